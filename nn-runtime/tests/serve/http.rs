//! A server in a thread, and a client that speaks HTTP/1.1 over a plain socket; knows no routes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use nn_runtime::serve::axum::Router;
use nn_runtime::serve::{Stopped, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A server that stops when it is told to, or when nobody asks it any more.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Stopped>,
}

impl Server {
    pub(crate) fn new(routes: Router, time: Duration, grace: Duration) -> Self {
        let (told, address) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.expect("threads");
            let stopped = runtime.block_on(async {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
                told.send(listener.local_addr().expect("an address")).expect("somebody asks");
                let stop = async { stopped.await.unwrap_or_default() };
                serve(listener, routes, time, stop, grace).await.expect("it serves")
            });
            runtime.shutdown_background();
            stopped
        });
        Self { address: address.recv().expect("it has begun"), stop, thread }
    }

    /// Tells it to stop; gives what it takes to wait for that.
    pub(crate) fn stop(self) -> JoinHandle<Stopped> {
        self.stop.send(()).expect("it listens");
        self.thread
    }
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A connection, and what was read of it beyond the last response.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next response; `UnexpectedEof` if the connection is closed before its first byte.
    pub(crate) fn read(&mut self) -> io::Result<Response> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more()?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let status = status.ok_or(ErrorKind::InvalidData)?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, length)| length.parse().ok()).unwrap_or(0);
        while self.buffer.len() < end + length {
            self.more()?;
        }
        let body = String::from_utf8_lossy(&self.buffer[end..end + length]).into_owned();
        self.buffer.drain(..end + length);
        Ok(Response { status, headers, body })
    }

    fn more(&mut self) -> io::Result<()> {
        let mut piece = [0; 4096];
        match self.stream.read(&mut piece) {
            Ok(0) if self.buffer.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
            Ok(0) => Err(io::Error::other("a response was cut off")),
            Ok(read) => {
                self.buffer.extend_from_slice(&piece[..read]);
                Ok(())
            }
            Err(error) if self.buffer.is_empty() => Err(error),
            Err(error) => Err(io::Error::other(format!("a response was cut off: {error}"))),
        }
    }

    pub(crate) fn ask(&mut self, request: &[u8]) -> io::Result<Response> {
        self.write(request)?;
        self.read()
    }
}

/// A request with a JSON body.
pub(crate) fn post(path: &str, body: &str) -> Vec<u8> {
    request("POST", path, "application/json", body)
}

pub(crate) fn request(method: &str, path: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: t\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}
