//! A learning rate range test on the data of a text; knows no terminal.

use std::path::PathBuf;

use super::error::SessionError;
use super::inputs::Part;
use super::overrides::Overrides;
use super::train::{settings, split};
use crate::data::{self, Dataset, Demand};
use crate::fit::{RangeReport, RangeTest, range_test};
use crate::network::initial;
use crate::program::Program;
use crate::real::Real;

/// Tries learning rates on the training rows of `program`, from its initial weights.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-range-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::Overrides;
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// use nn_runtime::fit::RangeTest;
/// use nn_runtime::session::find_learning_rate;
/// let found = find_learning_rate(Line::PROGRAM, &overrides, &RangeTest { steps: 50, ..RangeTest::default() })?;
/// assert!(found.points.len() <= 50);
/// println!("{:?}", found.valley);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the text has no data or trains several networks in steps, the data is wrong, or the loss does not fit the network.
pub fn find_learning_rate<T: Real>(
    program: &'static Program<T>,
    overrides: &Overrides,
    test: &RangeTest,
) -> Result<RangeReport, SessionError> {
    let no_data = || SessionError::NoData { network: program.name.into() };
    if program.training.is_some() {
        return Err(SessionError::InSteps { network: program.name.into() });
    }
    let recipe = program.recipe.ok_or_else(no_data)?;
    let source = recipe.data.ok_or_else(no_data)?;
    let path = overrides.data.clone().unwrap_or_else(|| PathBuf::from(source.path));
    let settings = settings(recipe, overrides);
    let dataset = data::load::<T>(&path, &source, split(recipe, overrides), settings.seed, &Demand::of(program))?;
    let Dataset { train, .. } = dataset;
    let train = Part::of(program, train);
    let weights = initial(program, settings.seed);
    let rows = (train.rows_of(program), train.targets());
    Ok(range_test(program, &settings, test, weights.as_ref(), rows)?)
}
