//! `nnc draw`: pictures of what a trained network is and does; knows arguments, no pixels.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;

use super::eval::{chosen, readable, tested};
use super::train::{count, data_of, named};
use crate::cache;
use crate::failure::Failure;
use crate::package::Extras;
use crate::source::Text;

/// Draws what a trained network is and does, as PNG
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Filters go from black over grey for 0 to white, each by itself; maps from the least to the greatest value of their \
                  layer. Other pixels go from 0 to 1, from -1 to 1 or from 0 to 255 if all lie there, else from the least to the greatest."
)]
pub(crate) struct Arguments {
    /// What to draw
    #[arg(value_enum)]
    what: Drawing,
    #[command(flatten)]
    text: Text,
    /// The weights, as `nnc train` writes them
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Where the picture goes; of features one for each layer, whose name stands before the end
    #[arg(short, long, value_name = "PNG")]
    output: PathBuf,
    /// The data of features and reconstructions, in place of the text's
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// The row whose features are drawn, counted from 0
    #[arg(long, value_name = "N")]
    row: Option<usize>,
    /// The function of the network that samples come from, such as `decode`, in place of the network itself
    #[arg(long, value_name = "NAME")]
    entry: Option<String>,
    /// How many samples or reconstructions [default: 64 samples, 16 reconstructions]
    #[arg(long, value_name = "N", value_parser = count)]
    count: Option<usize>,
    /// How many pictures side by side [default: 8]
    #[arg(long, value_name = "N", value_parser = count)]
    columns: Option<usize>,
    /// The seed of the samples: same seed, same picture
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Which network, if the weights do not say it
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Drawing {
    /// The filters of the first layer that sees the picture
    Filters,
    /// What each layer makes of a row of the data
    Features,
    /// What the network, or one of its entries, makes of standard normal numbers
    Samples,
    /// Rows of the data, and what the network makes of each below it
    Reconstructions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let looks_inside = arguments.what == Drawing::Features;
    let networks = if looks_inside { source.compile_inspected()? } else { source.compile()? };
    readable(&arguments.weights)?;
    let network = arguments.network.as_deref().map(|name| named(&networks, name)).transpose()?;
    let what = match arguments.what {
        Drawing::Filters => "filters",
        Drawing::Features => "features",
        Drawing::Samples => "samples",
        Drawing::Reconstructions => "reconstructions",
    };
    let mut passed: Vec<OsString> = vec!["draw".into(), what.into()];
    passed.extend(["--weights".into(), arguments.weights.clone().into()]);
    passed.extend(["--output".into(), arguments.output.clone().into()]);
    if matches!(arguments.what, Drawing::Features | Drawing::Reconstructions) {
        let data = match &arguments.data {
            Some(path) => path.clone(),
            None => {
                let network = chosen(&networks, network)?;
                tested(network, data_of(&source, network)?)
            }
        };
        passed.extend(["--data".into(), data.into()]);
    }
    let text = |n: Option<usize>| n.map(|n| n.to_string());
    let further = [
        ("--network", arguments.network.clone()),
        ("--row", text(arguments.row)),
        ("--entry", arguments.entry.clone()),
        ("--count", text(arguments.count)),
        ("--columns", text(arguments.columns)),
        ("--seed", arguments.seed.map(|n| n.to_string())),
    ];
    for (option, value) in further {
        passed.extend(value.into_iter().flat_map(|value| [option.into(), value.into()]));
    }
    let extras = Extras { pictures: true, ..Extras::default() };
    cache::program(&source, &networks, extras)?.run(&passed)
}
