//! Takes connections until it is told to stop, and then ends what is under way; knows no routes.

use core::future::Future;
use core::time::Duration;
use std::boxed::Box;
use std::io;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Connections at once; others wait in the system until one ends.
const CONNECTIONS: usize = 512;
/// How long nothing is taken after the system had no place for a connection.
const PAUSE: Duration = Duration::from_millis(50);

/// How serving ended.
///
/// ```
/// use nn_runtime::serve::Stopped;
/// // For a log, or the exit code of a program.
/// let code = |stopped| if stopped == Stopped::Gracefully { 0 } else { 1 };
/// assert_eq!((code(Stopped::Gracefully), code(Stopped::Late)), (0, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All that was under way has been answered.
    Gracefully,
    /// The time of grace was over before.
    Late,
}

/// Serves `routes` to what connects to `listener`, until `stop` is ready. Then nothing new is taken, connections that wait for a request
/// are closed, and those under way have until `grace` is over. A request must begin within `time` after its connection, or the answer
/// before.
///
/// ```
/// use nn_runtime::serve::{Stopped, axum::{Router, routing::get}, serve};
/// use std::time::Duration;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let routes = Router::new().route("/health", get(|| async { "well" }));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let stop = tokio::time::sleep(Duration::from_millis(50));
/// let stopped = serve(listener, routes, Duration::from_secs(10), stop, Duration::from_secs(1)).await?;
/// assert_eq!(stopped, Stopped::Gracefully);
/// # Ok(())
/// # })
/// # .map_err(|error: std::io::Error| error)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// None while it runs: what is wrong with a connection ends that one.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    time: Duration,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<Stopped> {
    let connections =
        Connections { routes, time, open: Arc::new(Semaphore::new(CONNECTIONS)), all: GracefulShutdown::new() };
    let mut stop = Box::pin(stop);
    loop {
        tokio::select! {
            // Who is to stop does not take more first.
            biased;
            () = &mut stop => break,
            () = connections.take(&listener) => {}
        }
    }
    // Who has connected before has been heard: those that the system holds for us are taken as well.
    while timeout(Duration::ZERO, connections.take(&listener)).await.is_ok() {}
    drop(listener);
    let stopped = tokio::select! {
        () = connections.all.shutdown() => Stopped::Gracefully,
        () = sleep(grace) => Stopped::Late,
    };
    Ok(stopped)
}

struct Connections {
    routes: Router,
    time: Duration,
    open: Arc<Semaphore>,
    all: GracefulShutdown,
}

impl Connections {
    /// Takes the next connection, which a task of its own then serves.
    async fn take(&self, listener: &TcpListener) {
        let Ok(place) = self.open.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Most often there are too many files, or the other side has gone.
            Err(_) => return sleep(PAUSE).await,
        };
        let connection = self.all.watch(self.connection(stream));
        tokio::spawn(async move {
            // The other side has gone, or spoke no HTTP: there is nobody to tell.
            let _ = connection.await;
            drop(place);
        });
    }

    fn connection(&self, stream: TcpStream) -> http1::Connection<TokioIo<TcpStream>, TowerToHyperService<Router>> {
        // Answers are small, and wait for nothing.
        let _ = stream.set_nodelay(true);
        let service: TowerToHyperService<Router> = TowerToHyperService::new(self.routes.clone());
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.time)
            .serve_connection(TokioIo::new(stream), service)
    }
}
