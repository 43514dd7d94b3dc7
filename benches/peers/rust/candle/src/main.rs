//! candle as a contestant: answers the driver of `benches/`.

mod models;
mod peer;

use nn_benches::serve::{self, Contestant};

use crate::peer::Peer;

/// As it is in `Cargo.toml`.
const VERSION: &str = if cfg!(feature = "avx512") { "candle-0.11.1+avx512" } else { "candle-0.11.1" };

fn main() -> std::io::Result<()> {
    serve::serve(VERSION, |order| match Peer::new(order) {
        Ok(peer) => Ok(Box::new(peer) as Box<dyn Contestant>),
        Err(error) => Err(error.to_string().replace('\n', " ")),
    })
}
