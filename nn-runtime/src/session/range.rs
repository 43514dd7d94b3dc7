//! A learning rate range test on the data of a text; knows no terminal.

use std::path::PathBuf;

use super::error::SessionError;
use super::inputs::Part;
use super::train::{Overrides, settings, split};
use crate::data::{self, Dataset, Demand};
use crate::fit::{RangeReport, RangeTest, range_test};
use crate::network::initial;
use crate::program::Program;
use crate::real::Real;

/// Tries learning rates on the training rows of `program`, from its initial weights.
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
