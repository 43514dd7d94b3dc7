//! burn as a contestant, on its backend `burn-flex`: answers the driver of `benches/`.

mod layers;
mod models;
mod peer;

use nn_benches::serve;

/// As it is in `Cargo.toml`.
const VERSION: &str = if cfg!(feature = "avx512") { "burn-flex-0.22.1+avx512" } else { "burn-flex-0.22.1" };

fn main() -> std::io::Result<()> {
    serve::serve(VERSION, |order| peer::contestant(order).map_err(|error| error.to_string().replace('\n', " ")))
}
