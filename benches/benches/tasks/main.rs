//! How long the networks of `benches/tasks` take: `cargo bench -p nn-benches --bench tasks`.

mod networks;

use nn_runtime::Program;
use nn_runtime::program::Network;

fn main() {
    let programs: [&Program<f32>; 7] = [
        networks::Iris::PROGRAM,
        networks::IrisPlain::PROGRAM,
        networks::Mlp::PROGRAM,
        networks::LeNet::PROGRAM,
        networks::ResNet::PROGRAM,
        networks::Lstm::PROGRAM,
        networks::Gpt::PROGRAM,
    ];
    for program in programs {
        println!("{}: {} parameters", program.name, program.parameters);
        for single in program.singles() {
            println!("  {} {:?}", single.name(), single.shape());
        }
    }
}
