//! How long the networks of `benches/tasks` take: `cargo bench -p nn-benches --bench tasks`.

mod networks;
mod ours;

use nn_benches::material::Examples;
use nn_benches::task::TASKS;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some("--serve") {
        return Ok(ours::serve()?);
    }
    for task in &TASKS {
        ours::write_weights(task, Path::new("/tmp/nnb"))?;
        Examples::of(task).write(task, Path::new("/tmp/nnb"))?;
    }
    Ok(())
}
