//! Encoded rows in the precision of a network, and what it predicts for them; knows no file.

use std::vec::Vec;

use crate::batch::{Rows, Targets};
use crate::data::{Answers, Examples};
use crate::error::Error;
use crate::fit::all_threads;
use crate::network::predict_rows;
use crate::profile;
use crate::program::Program;
use crate::real::Real;

/// Rows in the precision of a network.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-part-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::data::{Demand, load};
/// use nn_runtime::session::Part;
/// let recipe = Line::PROGRAM.recipe.expect("the text has a train section");
/// let source = recipe.data.expect("it has data");
/// let dataset = load::<f32>(&data, &source, recipe.split, 1, &Demand::of(Line::PROGRAM))?;
/// let test = Part::of(Line::PROGRAM, dataset.test);
/// let net = Line::new(1);
/// let outputs = test.outputs(Line::PROGRAM, nn_runtime::Network::weights(&net), 1)?;
/// assert_eq!((test.rows, outputs.len()), (4, 4));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Part<T> {
    /// How many.
    pub rows: usize,
    /// `rows * inputs` values, row by row.
    pub inputs: Vec<T>,
    classes: Vec<usize>,
    values: Vec<T>,
    sample_weights: Vec<f64>,
}

impl<T: Real> Part<T> {
    /// Rows that have been read for `program`. The steps of a training take targets behind inputs.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::{data::{Answers, Examples}, session::Part};
    /// let targets = Answers::Values(vec![1.0, 0.0]);
    /// let examples = Examples { rows: 2, inputs: vec![0.0, 1.0, 1.0, 0.0], targets, sample_weights: Vec::new() };
    /// assert_eq!(Part::of(Net::PROGRAM, examples).rows, 2);
    /// ```
    pub fn of(program: &Program<T>, examples: Examples<T>) -> Self {
        if program.training.is_some() {
            return Self::joined(examples);
        }
        let Examples { rows, inputs, targets, sample_weights } = examples;
        let (classes, values) = match targets {
            Answers::Classes(classes) => (classes, Vec::new()),
            Answers::Values(values) => (Vec::new(), values),
        };
        Self { rows, inputs, classes, values, sample_weights }
    }

    fn joined(examples: Examples<T>) -> Self {
        let Examples { rows, inputs, targets, sample_weights } = examples;
        let targets = match targets {
            Answers::Classes(classes) => classes.into_iter().map(|class| T::from_f64(class as f64)).collect(),
            Answers::Values(values) => values,
        };
        let inputs = match targets.len().checked_div(rows) {
            None | Some(0) => inputs,
            Some(each) => {
                let pairs = inputs.chunks(inputs.len() / rows).zip(targets.chunks(each));
                pairs.flat_map(|(input, target)| input.iter().chain(target)).copied().collect()
            }
        };
        Self { rows, inputs, classes: Vec::new(), values: Vec::new(), sample_weights }
    }

    /// So many of these rows, each as far from the next as it can be; nothing if there are no more.
    pub(super) fn at_most(&self, most: usize) -> Option<Self> {
        if self.rows <= most {
            return None;
        }
        let chosen = |values: usize| {
            let each = values / self.rows;
            (0..most).flat_map(move |row| {
                let first = row * self.rows / most * each;
                first..first + each
            })
        };
        Some(Self {
            rows: most,
            inputs: chosen(self.inputs.len()).map(|place| self.inputs[place]).collect(),
            classes: chosen(self.classes.len()).map(|place| self.classes[place]).collect(),
            values: chosen(self.values.len()).map(|place| self.values[place]).collect(),
            sample_weights: chosen(self.sample_weights.len()).map(|place| self.sample_weights[place]).collect(),
        })
    }

    /// How much each of the first `rows` counts; empty: all the same.
    pub(super) fn sample_weights_of(&self, rows: usize) -> &[f64] {
        &self.sample_weights[..rows.min(self.sample_weights.len())]
    }

    /// The inputs, and how much each row counts.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{data::{Answers, Examples}, session::Part};
    /// let targets = Answers::Values(vec![1.0, 0.0]);
    /// let examples = Examples { rows: 2, inputs: vec![0.0, 1.0, 1.0, 0.0], targets, sample_weights: vec![1.0, 3.0] };
    /// let part = Part::of(Net::PROGRAM, examples);
    /// let rows = part.rows_of(Net::PROGRAM);
    /// assert_eq!((rows.width, rows.sample_weights), (2, &[1.0, 3.0][..]));
    /// ```
    pub fn rows_of(&self, program: &Program<T>) -> Rows<'_, T> {
        Rows::new(&self.inputs, program.inputs).weighted(&self.sample_weights)
    }

    /// What the outputs should be.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3, softmax) > }
    /// # use nn_runtime::{data::{Answers, Examples}, session::Part};
    /// use nn_runtime::Targets;
    /// let targets = Answers::Classes(vec![2, 0]);
    /// let examples = Examples { rows: 2, inputs: vec![0.0, 1.0, 1.0, 0.0], targets, sample_weights: Vec::new() };
    /// assert!(matches!(Part::of(Net::PROGRAM, examples).targets(), Targets::Classes([2, 0])));
    /// ```
    pub fn targets(&self) -> Targets<'_, T> {
        if self.classes.is_empty() { Targets::Values(&self.values) } else { Targets::Classes(&self.classes) }
    }

    /// The outputs of the network for these rows: `rows * outputs` values.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{data::{Answers, Examples}, session::Part};
    /// use nn_runtime::Network;
    /// let targets = Answers::Values(vec![1.0, 0.0]);
    /// let examples = Examples { rows: 2, inputs: vec![0.0, 1.0, 1.0, 0.0], targets, sample_weights: Vec::new() };
    /// let net = Net::new(1);
    /// let outputs = Part::of(Net::PROGRAM, examples).outputs(Net::PROGRAM, net.weights(), 1)?;
    /// assert_eq!(outputs, [net.predict(&[0.0, 1.0])[0], net.predict(&[1.0, 0.0])[0]]);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// What [`predict_rows`] complains about.
    pub fn outputs(&self, program: &Program<T>, weights: &[T], threads: usize) -> Result<Vec<T>, Error> {
        outputs(program, weights, &self.inputs, threads)
    }
}

pub(super) fn rounded<T: Real>(values: &[f64]) -> Vec<T> {
    values.iter().map(|value| T::from_f64(*value)).collect()
}

/// The outputs for `inputs`, on `threads` threads (0: as for a training). The rows do not depend on each other, so
/// neither does the result depend on the number of threads.
pub(super) fn outputs<T: Real>(
    program: &Program<T>,
    weights: &[T],
    inputs: &[T],
    threads: usize,
) -> Result<Vec<T>, Error> {
    /// Values that are worth a thread.
    const WORTH: usize = 1 << 16;
    let rows = inputs.len() / program.inputs;
    let mut outputs = std::vec![T::ZERO; rows * program.outputs];
    let threads = if threads == 0 { all_threads() } else { threads };
    let each = rows.div_ceil(threads.min(1 + inputs.len() / WORTH));
    let predict =
        |input: &[T], output: &mut [T]| predict_rows(program, weights, Rows::new(input, program.inputs), output);
    if each >= rows {
        predict(inputs, &mut outputs)?;
        return Ok(outputs);
    }
    profile::beside(rows.div_ceil(each), || {
        std::thread::scope(|scope| {
            let chunks = inputs.chunks(each * program.inputs).zip(outputs.chunks_mut(each * program.outputs));
            let running: Vec<_> = chunks.map(|(input, output)| scope.spawn(move || predict(input, output))).collect();
            running
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    })?;
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::Part;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn a_sample_has_whole_rows_from_everywhere() {
        let inputs: Vec<f32> = (0..14).map(|value| value as f32).collect();
        let part =
            Part { rows: 7, inputs, classes: vec![0, 1, 2, 3, 4, 5, 6], values: Vec::new(), sample_weights: vec![] };
        let sample = part.at_most(3).expect("there are more");
        assert_eq!((sample.rows, sample.classes), (3, vec![0, 2, 4]));
        assert_eq!(sample.inputs, [0.0, 1.0, 4.0, 5.0, 8.0, 9.0]);
        assert_eq!(part.at_most(7), None);
    }
}
