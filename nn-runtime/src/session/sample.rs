//! Writes on from a prompt, character by character, with a network that was trained on a text; knows no terminal.

use std::boxed::Box;
use std::ops::ControlFlow;
use std::string::ToString;
use std::vec::Vec;

use super::error::SessionError;
use super::evaluate::encodings;
use super::inputs::{outputs, rounded};
use crate::data::{Encodings, TextEncodings};
use crate::error::Error;
use crate::program::{Head, Program};
use crate::real::Real;
use crate::rng::Draws;
use crate::step;
use crate::weights::Stored;

/// How the next character is chosen.
///
/// ```
/// use nn_runtime::session::Choice;
/// // One of the five most likely characters, a little more certain than the network is.
/// let choice = Choice { temperature: 0.8, top_k: Some(5), seed: 42 };
/// // The most likely one, always.
/// let sure = Choice { temperature: 0.0, top_k: None, seed: 0 };
/// assert_ne!(choice, sure);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// What logarithms of probabilities are divided by: 1 is what the network says, less is more certain, 0 takes the most likely one.
    pub temperature: f64,
    /// Only so many of the most likely characters can be chosen; `None`: all.
    pub top_k: Option<usize>,
    /// The seed of the random numbers: same seed, same text.
    pub seed: u64,
}

/// From encoded inputs to outputs, whatever the precision between.
type Outputs = dyn Fn(&[f64]) -> Result<Vec<f64>, Error>;

/// A trained network that writes on.
///
/// ```
/// nn_runtime::network! {
///     network Next(ids: class(4)[5]) { ids |> embedding(4) |> flatten |> dense(4) |> softmax }
///
///     train Next {
///         data text("cycle.txt", window = 5, stride = 1) { x = chars; y = next(chars); }
///         minimize cross_entropy with adam(lr = 0.1);
///         batch 16; epochs 10; seed 1;
///     }
/// }
/// use nn_runtime::session::{Choice, Overrides, Quiet, Sampler, train};
/// use nn_runtime::weights::{Stored, save};
/// use std::ops::ControlFlow;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-sampler-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let (data, weights) = (folder.join("cycle.txt"), folder.join("weights.safetensors"));
/// std::fs::write(&data, "abc.".repeat(50))?;
/// let trained = train(Next::PROGRAM, &Overrides { data: Some(data), ..Overrides::default() }, &mut Quiet)?;
/// save(&weights, Next::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
///
/// let sampler = Sampler::new(Next::PROGRAM, &Stored::open(&weights)?)?;
/// let (mut text, sure) = (String::new(), Choice { temperature: 0.0, top_k: None, seed: 0 });
/// sampler.sample("abc.a", 6, sure, |character| {
///     text.push_str(character);
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(text, "bc.abc");
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
pub struct Sampler {
    text: TextEncodings,
    head: Head,
    /// Values on the last axis of an output.
    width: usize,
    outputs: Box<Outputs>,
}

impl Sampler {
    /// A network with the weights of `stored`.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-samplernew-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// # let path = folder.join("weights.safetensors");
    /// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    /// use nn_runtime::{session::{Sampler, SessionError}, weights::Stored};
    /// // It knows numbers, and no text.
    /// let error = Sampler::new(Line::PROGRAM, &Stored::open(&path)?).err().expect("it cannot write");
    /// assert_eq!(error, SessionError::NoText { network: "Line".into() });
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the weights are not those of `program`, or were not trained on the next characters of a text.
    pub fn new<T: Real>(program: &'static Program<T>, stored: &Stored) -> Result<Self, SessionError> {
        let mut weights = std::vec![T::ZERO; program.weights];
        stored.copy_to(program, &mut weights)?;
        let Encodings::Text(text) = encodings(stored)? else {
            return Err(SessionError::NoText { network: program.name.to_string() });
        };
        if !text.next {
            return Err(SessionError::NoText { network: program.name.to_string() });
        }
        let outputs = move |inputs: &[f64]| {
            let outputs = outputs(program, &weights, &rounded(inputs), 1)?;
            Ok(outputs.into_iter().map(Real::to_f64).collect())
        };
        Ok(Self { text, head: program.head, width: step::width(program), outputs: Box::new(outputs) })
    }

    /// Writes `count` characters behind `prompt` and gives each to `each`, which may break it off. Without a prompt it begins behind a
    /// line break if the network knows one, else behind the first of its characters.
    ///
    /// A prompt that is shorter than the window stands at its beginning, and the answer is read at its last character: what a network
    /// makes of the places behind it does not matter to one that only looks back. A network that answers for the last place alone gets
    /// the first character of an empty prompt in front of it instead.
    ///
    /// ```
    /// nn_runtime::network! {
    ///     network Next(ids: class(4)[5]) { ids |> embedding(4) |> flatten |> dense(4) |> softmax }
    ///
    ///     train Next {
    ///         data text("cycle.txt", window = 5, stride = 1) { x = chars; y = next(chars); }
    ///         minimize cross_entropy with adam(lr = 0.1);
    ///         batch 16; epochs 1; seed 1;
    ///     }
    /// }
    /// use nn_runtime::session::{Choice, Overrides, Quiet, Sampler, SessionError, train};
    /// use nn_runtime::weights::{Stored, save};
    /// use std::ops::ControlFlow;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-sample-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let (data, weights) = (folder.join("cycle.txt"), folder.join("weights.safetensors"));
    /// # std::fs::write(&data, "abc.".repeat(50))?;
    /// # let trained = train(Next::PROGRAM, &Overrides { data: Some(data), ..Overrides::default() }, &mut Quiet)?;
    /// # save(&weights, Next::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    /// let sampler = Sampler::new(Next::PROGRAM, &Stored::open(&weights)?)?;
    /// let (mut count, choice) = (0, Choice { temperature: 1.0, top_k: Some(2), seed: 7 });
    /// // It is broken off after three of a thousand characters.
    /// sampler.sample("abc", 1000, choice, |_| {
    ///     count += 1;
    ///     if count == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// })?;
    /// assert_eq!(count, 3);
    /// let unseen = sampler.sample("xyz", 1, choice, |_| ControlFlow::Continue(()));
    /// assert_eq!(unseen, Err(SessionError::Unseen { character: 'x', known: 4 }));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the prompt has a character that the training has not seen.
    pub fn sample(
        &self,
        prompt: &str,
        count: usize,
        choice: Choice,
        mut each: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), SessionError> {
        let unseen = |character: char| SessionError::Unseen { character, known: self.text.characters.len() };
        let mut ids: Vec<usize> = Vec::new();
        for character in prompt.chars() {
            ids.push(self.id(character).ok_or_else(|| unseen(character))?);
        }
        if ids.is_empty() {
            ids.push(self.first());
        }
        for number in 0..count {
            let id = self.choose(&self.scores(&ids)?, choice, number);
            ids.push(id);
            if each(&self.text.characters[id]).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn id(&self, character: char) -> Option<usize> {
        self.text.characters.iter().position(|known| known.chars().eq([character]))
    }

    /// What stands before a text that begins.
    fn first(&self) -> usize {
        self.id('\n').unwrap_or(0)
    }

    /// The logarithms of the probabilities of each character behind these.
    fn scores(&self, ids: &[usize]) -> Result<Vec<f64>, Error> {
        let window = self.text.window;
        let last = &ids[ids.len().saturating_sub(window)..];
        let (mut row, missing) = (std::vec![self.first() as f64; window], window - last.len());
        let (begin, place) = if self.text.targets == 1 { (missing, 0) } else { (0, last.len() - 1) };
        for (cell, id) in row[begin..].iter_mut().zip(last) {
            *cell = *id as f64;
        }
        let output = (self.outputs)(&row)?;
        let output = &output[place * self.width..(place + 1) * self.width];
        let known = &output[..self.text.characters.len().min(self.width)];
        Ok(known
            .iter()
            .map(|y| if matches!(self.head, Head::Softmax | Head::Sigmoid) { libm::log(*y) } else { *y })
            .collect())
    }

    /// The next character, from a draw of its own.
    fn choose(&self, scores: &[f64], choice: Choice, number: usize) -> usize {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        // The most likely first; of equals, and of NaN, the one with the lower id.
        order.sort_by(|a, b| scores[*b].partial_cmp(&scores[*a]).unwrap_or(core::cmp::Ordering::Equal));
        order.truncate(choice.top_k.unwrap_or(scores.len()).max(1));
        let most = scores[order[0]];
        if choice.temperature == 0.0 || !most.is_finite() {
            return order[0];
        }
        let weights: Vec<f64> = order.iter().map(|id| libm::exp((scores[*id] - most) / choice.temperature)).collect();
        let draws = Draws { seed: choice.seed, step: number as u32, row: 0 };
        let mut rest = draws.uniform::<f64>(0, 1, 0) * weights.iter().sum::<f64>();
        for (id, weight) in order.iter().zip(&weights) {
            rest -= weight;
            if rest < 0.0 {
                return *id;
            }
        }
        order[0]
    }
}
