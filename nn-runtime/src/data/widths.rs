//! Whether the columns make what the network takes and gives, with the arithmetic if they do not.

use core::ops::Range;
use std::string::String;
use std::vec::Vec;

use super::encoding::{Column, TableEncodings};
use super::fault::{Fault, Side};
use super::fitted::Fitted;
use super::table::Precision;
use crate::program::{Ids, Program};
use crate::real::Real;
use crate::step;

/// What a network asks of its data.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::data::Demand;
/// let demand = Demand::of(Net::PROGRAM);
/// assert_eq!((demand.network, demand.inputs, demand.outputs), ("Net", 2, 1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Demand<'n> {
    /// The name of the network.
    pub network: &'n str,
    /// Values in one input.
    pub inputs: usize,
    /// Values in one output.
    pub outputs: usize,
    /// Values on the last axis of an output.
    pub width: usize,
    /// Which values of an input are ids.
    pub ids: &'n [Ids],
    /// Values in one target, if the loss is an expression of the text; else targets are compared with outputs.
    pub stated: Option<usize>,
    /// What it computes in.
    pub precision: Precision,
}

impl<'n> Demand<'n> {
    /// What `program` asks.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3, softmax) > }
    /// use nn_runtime::data::Demand;
    /// let demand = Demand::of(Net::PROGRAM);
    /// assert_eq!((demand.inputs, demand.outputs, demand.width), (2, 3, 3));
    /// ```
    pub fn of<T: Real>(program: &Program<T>) -> Demand<'n> {
        let Program { name, inputs, outputs, ids, .. } = *program;
        let width = step::width(program);
        let stated = program.stated().map(|objective| objective.targets);
        // A step of a training takes targets behind inputs.
        let joined = program.training.map(|training| training.targets);
        let (inputs, stated) = (inputs - joined.unwrap_or(0), stated.or(joined));
        Demand { network: name, inputs, outputs, width, ids, stated, precision: Precision::of::<T>() }
    }

    /// How many ids there are, if the values in `places` of an input all are ids of one vocabulary.
    pub(crate) fn vocabulary(&self, places: Range<usize>) -> Option<usize> {
        let holds = |ids: &&Ids| ids.first <= places.start && places.end <= ids.places().end;
        self.ids.iter().find(holds).map(|ids| ids.vocabulary)
    }

    /// The least vocabulary of the ids among the values in `places` of an input.
    pub(crate) fn least_vocabulary(&self, places: Range<usize>) -> Option<usize> {
        let meets = |ids: &&Ids| ids.first < places.end && places.start < ids.places().end;
        self.ids.iter().filter(meets).map(|ids| ids.vocabulary).min()
    }

    /// What stands at a place of an input for a step that the example lacks.
    pub(crate) fn padding(&self, place: usize) -> f64 {
        let lacks = self.ids.iter().any(|ids| ids.padded && ids.places().contains(&place));
        if lacks { -1.0 } else { 0.0 }
    }

    /// In how many places classes can be told apart.
    pub(crate) const fn places(&self) -> usize {
        match self.outputs.checked_div(self.width) {
            Some(places) => places,
            None => 0,
        }
    }

    /// Whether the fitted columns make the inputs and outputs of the network.
    pub(crate) fn check(&self, encodings: &TableEncodings) -> Result<(), Fault> {
        for (column, places) in encodings.x.iter().zip(places(&encodings.x)) {
            if let Some(vocabulary) = self.least_vocabulary(places) {
                self.check_ids(column, vocabulary)?;
            }
        }
        let (rows, ahead) = (encodings.grouping.input_rows(), encodings.grouping.target_rows());
        if width(&encodings.x).checked_mul(rows) != Some(self.inputs) {
            return Err(self.width(Side::Inputs, self.inputs, &encodings.x, rows));
        }
        if let Some(targets) = self.stated {
            return if width(&encodings.y).checked_mul(ahead) == Some(targets) {
                Ok(())
            } else {
                Err(self.width(Side::Compared, targets, &encodings.y, ahead))
            };
        }
        if let [Column { fitted: Fitted::Labels { categories }, .. }] = &encodings.y[..] {
            return self.check_classes(&encodings.y[0], categories, ahead);
        }
        for column in &encodings.y {
            if let Fitted::Labels { categories } = &column.fitted
                && categories.len() != 2
            {
                return Err(Fault::ManyClasses { column: column.called(), classes: categories.clone() });
            }
        }
        if width(&encodings.y).checked_mul(ahead) == Some(self.outputs) {
            Ok(())
        } else {
            Err(self.width(Side::Targets, self.outputs, &encodings.y, ahead))
        }
    }

    fn check_ids(&self, column: &Column, vocabulary: usize) -> Result<(), Fault> {
        let (network, called) = (self.network.into(), column.called());
        match &column.fitted {
            Fitted::Number => Ok(()),
            Fitted::Labels { categories } if categories.len() <= vocabulary => Ok(()),
            Fitted::Labels { categories } => {
                Err(Fault::Vocabulary { network, column: called, categories: categories.len(), vocabulary })
            }
            other => Err(Fault::NotIds { network, column: called, encoding: other.name().into() }),
        }
    }

    /// Each of `rows` rows has a class id.
    fn check_classes(&self, column: &Column, classes: &[String], rows: usize) -> Result<(), Fault> {
        let fits = if self.outputs == rows {
            classes.len() == 2
        } else {
            classes.len().checked_mul(rows) == Some(self.outputs)
        };
        let (network, outputs) = (self.network.into(), self.outputs.div_ceil(rows.max(1)));
        if fits {
            Ok(())
        } else {
            Err(Fault::Classes { network, outputs, column: column.called(), classes: classes.to_vec() })
        }
    }

    fn width(&self, side: Side, expected: usize, columns: &[Column], rows: usize) -> Fault {
        let sum = match rows {
            1 => sum(columns),
            _ => std::format!("{}: {rows} rows of {}", width(columns).saturating_mul(rows), sum(columns)),
        };
        Fault::Width { network: self.network.into(), side, expected, sum }
    }
}

/// The places in an input of what each column becomes; in windows and sequences those of the first row.
pub(crate) fn places(columns: &[Column]) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    columns.iter().map(move |column| {
        let begin = end;
        end += column.fitted.width();
        begin..end
    })
}

/// Values that the columns become.
pub(crate) fn width(columns: &[Column]) -> usize {
    columns.iter().map(|column| column.fitted.width()).sum()
}

/// `5: 4 of standardize(a, b, c, d) + 1 of number(e)`
fn sum(columns: &[Column]) -> String {
    let groups = columns.chunk_by(|a, b| a.fitted.name() == b.fitted.name());
    let terms: Vec<String> = groups
        .map(|group| std::format!("{} of {}({})", width(group), group[0].fitted.name(), members(group)))
        .collect();
    std::format!("{}: {}", width(columns), terms.join(" + "))
}

fn members(group: &[Column]) -> String {
    const SHOWN: usize = 12;
    let member = |column: &Column| match &column.fitted {
        Fitted::OneHot { categories } if group.len() > 1 => std::format!("{}: {}", column.title(), categories.len()),
        _ => column.title(),
    };
    let mut names: Vec<String> = group.iter().take(SHOWN).map(member).collect();
    if group.len() > SHOWN {
        names.push(std::format!("and {} more", group.len() - SHOWN));
    }
    names.join(", ")
}
