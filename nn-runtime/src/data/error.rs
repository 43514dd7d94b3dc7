//! What is wrong with the data and where: a fault with its place; knows not what a fault says.

use std::boxed::Box;
use std::fmt;
use std::string::String;

use super::fault::Fault;

/// What is wrong with the data, and where.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-dataerror-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::session::{Overrides, Quiet, SessionError, train};
/// std::fs::write(&data, "x,y\n0.1,0.2\n0.3,much\n")?;
/// let error = train(Line::PROGRAM, &Overrides { data: Some(data), ..Overrides::default() }, &mut Quiet).unwrap_err();
/// let SessionError::Data(error) = error else { panic!("{error}") };
/// assert_eq!(error.place.at, Some((3, 5)));
/// assert!(error.to_string().contains("line.csv:3:5: "));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DataError {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Box<Fault>,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.fault)
    }
}

impl std::error::Error for DataError {}

/// A place in a file: a line and a character column, both from 1, where there is one to blame.
///
/// ```
/// use nn_runtime::data::Place;
/// assert_eq!(Place { file: "iris.csv".into(), at: Some((7, 12)) }.to_string(), "iris.csv:7:12");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path as it was given, or `<stdin>`.
    pub file: String,
    /// Line and column.
    pub at: Option<(u64, u64)>,
}

impl Place {
    /// The whole file.
    ///
    /// ```
    /// use nn_runtime::data::Place;
    /// assert_eq!(Place::file("iris.csv").at, None);
    /// ```
    pub fn file(file: &str) -> Self {
        Self { file: file.into(), at: None }
    }

    /// An error here.
    ///
    /// ```
    /// use nn_runtime::data::{Fault, Place};
    /// assert_eq!(Place::file("iris.csv").fault(Fault::Empty).to_string(), "iris.csv: the file is empty");
    /// ```
    pub fn fault(self, fault: Fault) -> DataError {
        DataError { place: self, fault: Box::new(fault) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.file),
            None => f.write_str(&self.file),
        }
    }
}
