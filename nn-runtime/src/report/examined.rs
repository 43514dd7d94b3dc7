//! A closer look at rows that a trained network was shown: curves, pairs and examples for a report; knows no element type and no file.

use std::string::String;
use std::vec::Vec;

use serde::Serialize;

/// A closer look at the rows of one split.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-examined-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let examined = trained.examined;
/// assert_eq!((examined.split, examined.rows), ("test", 4));
/// for example in &examined.worst {
///     println!("row {}: {} instead of {}", example.row, example.prediction, example.target);
/// }
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Examined {
    /// Which split: `test`, else `validation`, else `train`.
    pub split: &'static str,
    /// How many rows it has.
    pub rows: usize,
    /// How many of them were looked at, from the first on.
    pub looked_at: usize,
    /// For classes and probabilities: each class against the rest.
    pub roc: Vec<RocCurve>,
    /// For values: targets and predictions in the units of the data.
    pub pairs: Vec<Pairs>,
    /// The rows with the largest losses, the largest first.
    pub worst: Vec<Example>,
}

/// How many of the others are taken for a class when so many of the class are found (Fawcett, An Introduction to ROC Analysis, 2006).
///
/// ```
/// use nn_runtime::report::RocCurve;
/// let sure = RocCurve { name: "cat".into(), area: 1.0, points: vec![(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)] };
/// // The trapezoids below it.
/// let area: f64 = sure.points.windows(2).map(|two| (two[1].0 - two[0].0) * (two[0].1 + two[1].1) / 2.0).sum();
/// assert_eq!(area, sure.area);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RocCurve {
    /// The class, or the output.
    pub name: String,
    /// The area under the curve; NaN without rows of both kinds.
    pub area: f64,
    /// Parts of the others and of the class, from (0, 0) to (1, 1); at most 201 points.
    pub points: Vec<(f64, f64)>,
}

/// What an output should be and what it is.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-pairs-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let pairs = &trained.examined.pairs[0];
/// assert_eq!((pairs.name.as_str(), pairs.points.len()), ("y", 4));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pairs {
    /// The column, or what the values are of.
    pub name: String,
    /// Target and prediction; of many at most 2000, evenly spread.
    pub points: Vec<(f64, f64)>,
}

/// A row with its loss.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-example-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let worst = &trained.examined.worst;
/// assert!(worst[0].loss >= worst[1].loss);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// Its number in the split, from 0.
    pub row: usize,
    /// Its loss, without penalties.
    pub loss: f64,
    /// What the network was given.
    pub input: Shown,
    /// What it should say.
    pub target: String,
    /// What it says.
    pub prediction: String,
}

/// An input as it can be shown.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-shown-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::report::Shown;
/// let Shown::Cells(cells) = &trained.examined.worst[0].input else { panic!("it is a row") };
/// assert_eq!(cells[0].0, "x");
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Shown {
    /// Names and values.
    Cells(Vec<(String, String)>),
    /// Some text.
    Text(String),
    /// A picture.
    Image(Image),
}

/// A picture: rows of pixels from the top.
///
/// ```
/// use nn_runtime::report::Image;
/// let chessboard = Image { width: 2, height: 2, channels: 1, bytes: vec![0, 255, 255, 0] };
/// assert_eq!(chessboard.bytes.len(), chessboard.height * chessboard.width * chessboard.channels);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bytes of a pixel: 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// `height * width * channels` bytes.
    pub bytes: Vec<u8>,
}
