//! A trained network that takes raw examples and answers in the words of its data; knows no terminal and no output file.

use std::boxed::Box;
use std::ops::Range;
use std::path::Path;
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec::Vec;

use serde::Serialize;

use super::answer::{Answers, Cell};
use super::error::SessionError;
use super::evaluate::encodings;
use super::inputs::{outputs, rounded};
use super::model::{Input, Model, Output};
use super::reply::Answer;
use crate::data::{Column, Demand, Encodings, FieldError, FieldFault, Fields, Fitted, Precision, TableEncodings};
use crate::error::Error;
use crate::fit::Settings;
use crate::program::{Head, Port, Program};
use crate::real::Real;
use crate::step;
use crate::weights::Stored;

/// Rows that are read, predicted and given at once.
pub(super) const BATCH: usize = 1024;
/// Values of inputs or outputs that are held at once for each thread.
const VALUES: usize = 1 << 18;

/// From encoded inputs to outputs on so many threads, whatever the precision between.
type Outputs = dyn Fn(&[f64], usize) -> Result<Vec<f64>, Error> + Send + Sync;

/// A trained network that takes raw examples and answers in the words of its data. Any number of threads may ask it at once.
///
/// ```
/// use std::thread;
///
/// nn_runtime::network! {
///     /// Whether two bits differ.
///     network Xor < dense(2->2, tanh), dense(2->1, sigmoid) >
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("predictor-{}.safetensors", std::process::id()));
/// let mut net = Xor::new(1);
/// net.set_param("dense_1.weight", &[9.0, 9.0, 9.0, 9.0])?;
/// net.set_param("dense_1.bias", &[-4.5, -13.5])?;
/// net.set_param("dense_2.weight", &[9.0, -9.0])?;
/// net.set_param("dense_2.bias", &[-9.0])?;
/// net.save(&path)?;
///
/// // These weights have no data beside them, so that examples are the numbers which the network takes.
/// let predictor = Xor::predictor(&path)?;
/// thread::scope(|scope| {
///     for (bits, differ) in [([0, 0], false), ([0, 1], true), ([1, 0], true), ([1, 1], false)] {
///         let predictor = &predictor;
///         scope.spawn(move || {
///             let answer = predictor.predict(&bits).expect("two numbers");
///             assert_eq!(answer.number("prediction").expect("a number") > 0.5, differ);
///         });
///     }
/// });
///
/// let wrong = predictor.predict(&[1.0, 2.0, 3.0]).expect_err("three numbers");
/// assert_eq!(wrong.to_string(), "3 values, and there should be 2");
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
pub struct Predictor {
    encodings: Option<Encodings>,
    /// How rows of bare numbers are read.
    bare: TableEncodings,
    /// How examples are read that are given by name.
    fields: Fields,
    /// The target columns, those of each row that is answered at once.
    targets: Vec<Column>,
    titles: Arc<[String]>,
    demand: Demand<'static>,
    answers: Answers,
    /// Which outputs answer: all, or for a text those of the last place that stand for characters.
    answering: Range<usize>,
    threads: usize,
    outputs: Box<Outputs>,
    model: Model,
}

impl Predictor {
    /// A network with the weights of `stored`. `threads`: 0 for as many as the machine has; the answers do not depend on it.
    ///
    /// If there are no encodings beside the weights, examples are the numbers that the network takes.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-pnew-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// # let path = folder.join("weights.safetensors");
    /// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    /// use nn_runtime::session::Predictor;
    /// use nn_runtime::weights::Stored;
    /// // On one thread.
    /// let predictor = Predictor::new(Line::PROGRAM, &Stored::open(&path)?, 1)?;
    /// assert!(predictor.predict(&[0.5])?.number("prediction").is_some());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the weights are not those of `program`, or their encodings cannot be read.
    pub fn new<T: Real>(program: &'static Program<T>, stored: &Stored, threads: usize) -> Result<Self, SessionError> {
        let mut weights = std::vec![T::ZERO; program.weights];
        stored.copy_to(program, &mut weights)?;
        let threshold = Settings::of(program).setup.loss.threshold();
        let answers = Answers { head: program.head, threshold, outputs: program.outputs };
        let outputs = move |inputs: &[f64], threads: usize| {
            let outputs = outputs(program, &weights, &rounded(inputs), threads)?;
            Ok(outputs.into_iter().map(Real::to_f64).collect())
        };
        let encodings = stored.encodings().map(|_| encodings(stored)).transpose()?;
        let targets = targets(program, encodings.as_ref());
        let answering = match &encodings {
            Some(Encodings::Text(text)) => {
                let last = program.outputs - step::width(program);
                last..program.outputs.min(last + text.characters.len())
            }
            _ => 0..program.outputs,
        };
        let demand = Demand::of(program);
        let (fields, titles) = (Fields::new(encodings.as_ref(), &demand), answers.titles(&targets));
        let classes = match &targets[..] {
            [column] => column.fitted.categories().unwrap_or_default().to_vec(),
            _ => Vec::new(),
        };
        let model = Model {
            name: program.name.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            input: Input { shape: program.input.to_vec(), takes: fields.takes(), fields: fields.list() },
            output: Output { shape: program.output.to_vec(), titles: titles.clone() },
            classes,
        };
        let bare = TableEncodings::bare(encodings.as_ref(), program.inputs);
        let outputs = Box::new(outputs);
        let titles = titles.into();
        Ok(Self { encodings, bare, fields, targets, titles, demand, answers, answering, threads, outputs, model })
    }

    /// A network with the weights of the file at `path`, on all threads of the machine.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-popen-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// # let path = folder.join("weights.safetensors");
    /// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    /// use nn_runtime::session::Predictor;
    /// let predictor = Predictor::open(Line::PROGRAM, &path)?;
    /// // The same, for a network whose name is known:
    /// let same = Line::predictor(&path)?;
    /// assert_eq!(predictor.predict(&[0.5])?, same.predict(&[0.5])?);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read, and what [`Predictor::new`] complains about.
    pub fn open<T: Real>(program: &'static Program<T>, path: &Path) -> Result<Self, SessionError> {
        Self::new(program, &Stored::open(path)?, 0)
    }

    /// What each cell of an answer is called: `prediction`, then `probability_` and each class, `output_` and each class where the
    /// outputs are no probabilities, or `prediction_` and each target where there are several.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-ptitles-{}.safetensors", std::process::id()));
    /// # Kinds::new(1).save(&path)?;
    /// let predictor = Kinds::predictor(&path)?;
    /// assert_eq!(predictor.titles(), ["prediction", "probability_0", "probability_1"]);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn titles(&self) -> &[String] {
        &self.titles
    }

    /// What the network takes and gives.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-pmodel-{}.safetensors", std::process::id()));
    /// # Kinds::new(1).save(&path)?;
    /// let predictor = Kinds::predictor(&path)?;
    /// let model = predictor.model();
    /// assert_eq!((model.name.as_str(), &model.classes[..]), ("Kinds", &["0".into(), "1".into()][..]));
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What the network computes in, and so how many digits of its numbers mean something.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-pprec-{}.safetensors", std::process::id()));
    /// # Kinds::new(1).save(&path)?;
    /// let predictor = Kinds::predictor(&path)?;
    /// assert_eq!(predictor.precision().name(), "f32");
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn precision(&self) -> Precision {
        self.demand.precision
    }

    /// The byte between the cells of the training file.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-psep-{}.safetensors", std::process::id()));
    /// # Kinds::new(1).save(&path)?;
    /// let predictor = Kinds::predictor(&path)?;
    /// assert_eq!(predictor.separator(), b',');
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn separator(&self) -> u8 {
        self.encodings.as_ref().map_or(b',', Encodings::separator)
    }

    /// The answer to one example: a structure or a map with the names of the columns, or an array of cells in the order of the columns.
    /// [`Model::input`] says what else examples can be.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-ppredict-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// # let path = folder.join("weights.safetensors");
    /// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    /// # let predictor = Line::predictor(&path)?;
    /// use std::collections::HashMap;
    /// let by_name = predictor.predict(&HashMap::from([("x", 0.5)]))?;
    /// let by_order = predictor.predict(&[0.5])?;
    /// assert_eq!(by_name, by_order);
    /// let wrong = predictor.predict(&HashMap::from([("z", 0.5)])).expect_err("no such column");
    /// assert_eq!(wrong.to_string(), "x: it is missing");
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Example`] names the field to blame.
    pub fn predict<S: Serialize + ?Sized>(&self, example: &S) -> Result<Answer, SessionError> {
        let mut inputs = Vec::with_capacity(self.demand.inputs);
        self.encode(example, &mut inputs)?;
        let answer = self.answers_to(&inputs, 1)?.next();
        answer.ok_or(SessionError::Training(Error::NoRows))
    }

    /// The answers to examples, in their order: those that [`Predictor::predict`] gives to each.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-pall-{}.safetensors", std::process::id()));
    /// # Kinds::new(1).save(&path)?;
    /// let predictor = Kinds::predictor(&path)?;
    /// let answers = predictor.predict_all(&[[0.5, 1.0], [1.5, 2.0]])?;
    /// assert_eq!(answers[1], predictor.predict(&[1.5, 2.0])?);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Example`] names the first field to blame, behind the number of its example: `[3].petal_width`.
    pub fn predict_all<S: Serialize>(&self, examples: &[S]) -> Result<Vec<Answer>, SessionError> {
        let mut answers = Vec::with_capacity(examples.len());
        for (number, examples) in examples.chunks(self.at_once()).enumerate() {
            let mut inputs = Vec::new();
            for (at, example) in examples.iter().enumerate() {
                let at = number * self.at_once() + at;
                self.encode(example, &mut inputs).map_err(|error| error.within(&std::format!("[{at}]")))?;
            }
            answers.extend(self.answers_to(&inputs, self.threads)?);
        }
        Ok(answers)
    }

    fn encode<S: Serialize + ?Sized>(&self, example: &S, inputs: &mut Vec<f64>) -> Result<(), FieldError> {
        let value = serde_json::to_value(example).map_err(|error| FieldError {
            field: String::new(),
            fault: FieldFault::NotSerializable(error.to_string()),
        })?;
        self.fields.encode(&value, inputs)
    }

    /// Puts the values of an example behind `inputs`.
    #[cfg(feature = "serve")]
    pub(crate) fn encode_value(&self, example: &serde_json::Value, inputs: &mut Vec<f64>) -> Result<(), FieldError> {
        self.fields.encode(example, inputs)
    }

    /// The answers to encoded inputs, on so many threads (0: all).
    pub(crate) fn answers_to(
        &self,
        inputs: &[f64],
        threads: usize,
    ) -> Result<impl Iterator<Item = Answer>, SessionError> {
        let cells = self.cells_of(inputs, threads)?;
        Ok(cells.map(|cells| Answer::new(&self.titles, cells, self.precision())))
    }

    /// The cells of these answers.
    pub(super) fn cells_of(
        &self,
        inputs: &[f64],
        threads: usize,
    ) -> Result<impl Iterator<Item = Vec<Cell>>, SessionError> {
        let Self { answers, answering, targets, .. } = self;
        let outputs = (self.outputs)(inputs, threads)?;
        let rows = outputs.len() / answers.outputs;
        Ok((0..rows).map(move |row| {
            let outputs = &outputs[row * answers.outputs..(row + 1) * answers.outputs];
            answers.answer(targets, &outputs[answering.clone()])
        }))
    }

    /// Examples that are predicted at once, so that they take little memory however wide they are.
    pub(crate) fn at_once(&self) -> usize {
        (VALUES / self.demand.inputs.max(self.demand.outputs).max(1)).clamp(1, BATCH)
    }

    pub(super) fn encodings(&self) -> Option<&Encodings> {
        self.encodings.as_ref()
    }

    pub(super) fn bare(&self) -> &TableEncodings {
        &self.bare
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }

    pub(super) fn demand(&self) -> &Demand<'static> {
        &self.demand
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads
    }
}

/// What each output of a network means.
fn targets<T: Real>(program: &Program<T>, encodings: Option<&Encodings>) -> Vec<Column> {
    let Some(encodings) = encodings else {
        let classes = matches!(program.head, Head::Softmax | Head::LogSoftmax);
        return match classes && step::width(program) == program.outputs {
            true => {
                let categories = (0..program.outputs).map(|class| class.to_string()).collect();
                std::vec![Column { index: 0, name: None, fitted: Fitted::Labels { categories } }]
            }
            false => columns_of(program.ports, program.outputs),
        };
    };
    let targets = encodings.targets();
    // What a loss of the text compares with need not be what the network yields.
    let apart = program.stated().is_some()
        && !matches!(encodings, Encodings::Text(_))
        && !are_answers(&targets, program.outputs);
    if apart { columns_of(program.ports, program.outputs) } else { targets }
}

/// Whether target columns say what each of some outputs means.
fn are_answers(targets: &[Column], outputs: usize) -> bool {
    match targets {
        [Column { fitted: Fitted::Labels { categories } | Fitted::OneHot { categories }, .. }] => {
            categories.len() == outputs || (categories.len(), outputs) == (2, 1)
        }
        _ => targets.iter().map(|column| column.fitted.width()).sum::<usize>() == outputs,
    }
}

/// Columns of numbers, one for each output: `mu_1`, `mu_2`; without a number if it is alone, by their numbers if they have no names.
fn columns_of(ports: &[Port], outputs: usize) -> Vec<Column> {
    let named = ports.iter().flat_map(|port| {
        (1..=port.values).map(|number| match port.values {
            1 => port.name.to_string(),
            _ => std::format!("{}_{number}", port.name),
        })
    });
    let mut titles: Vec<String> = named.collect();
    if titles.len() != outputs {
        titles = (1..=outputs).map(|number| number.to_string()).collect();
    }
    let column = |(index, title)| Column { name: Some(title), index, fitted: Fitted::Number };
    titles.into_iter().enumerate().map(column).collect()
}
