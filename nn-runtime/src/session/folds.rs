//! Cross-validation: as many trainings as there are folds, each of which holds another one back; knows no files.

use std::vec::Vec;

use super::checkpoints::Checkpoints;
use super::error::SessionError;
use super::overrides::Overrides;
use super::train::{Ended, Trained, train};
use super::watch::Watch;
use crate::program::Program;
use crate::real::Real;
use crate::recipe::Folds;
use crate::report::CrossValidation;

impl Overrides {
    /// The same for the training that holds back fold `held` of `count`, from 0. Its checkpoints lie in a folder of their own.
    ///
    /// ```
    /// # use nn_runtime::{recipe::Folds, session::Overrides};
    /// let second = Overrides::default().of_fold(5, 1);
    /// assert_eq!(second.folds, Some(Folds { count: 5, held: 1 }));
    /// ```
    pub fn of_fold(&self, count: usize, held: usize) -> Self {
        let checkpoints = self.checkpoints.clone().map(|checkpoints| {
            let folder = checkpoints.folder.join(std::format!("fold-{}", held + 1));
            Checkpoints { folder, ..checkpoints }
        });
        Self { folds: Some(Folds { count, held }), checkpoints, ..self.clone() }
    }
}

/// Trains `program` once for each of `count` folds, 2 or more, with the same seed, and says how far the figures of the folds are apart.
/// Gives what each training came to as well. A training that the watch ends, or whose loss is not finite, is the last.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-cross-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::session::{Overrides, Quiet, cross_validate};
/// let overrides = Overrides { data: Some(data), ..Overrides::default() };
/// let (summary, trained) = cross_validate(Line::PROGRAM, &overrides, 4, &mut Quiet)?;
/// assert_eq!((summary.folds.len(), trained.len()), (4, 4));
/// println!("{:.3} ± {:.3}", summary.validation.mean.loss, summary.validation.deviation.loss);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`train`], and if the data has fewer rows than folds or is divided by its place.
pub fn cross_validate<T: Real>(
    program: &'static Program<T>,
    overrides: &Overrides,
    count: usize,
    watch: &mut dyn Watch,
) -> Result<(CrossValidation, Vec<Trained<T>>), SessionError> {
    if count < 2 {
        return Err(SessionError::NoFolds { count });
    }
    let mut trained = Vec::new();
    let mut summary: Option<CrossValidation> = None;
    for held in 0..count {
        let one = train(program, &overrides.of_fold(count, held), watch)?;
        match &mut summary {
            Some(summary) => summary.go_on(&one.report),
            None => summary = CrossValidation::begin(&one.report),
        }
        let is_last = !matches!(one.ended, Ended::Finished | Ended::Early);
        trained.push(one);
        if is_last {
            break;
        }
    }
    summary.map(|summary| (summary, trained)).ok_or(SessionError::NoFolds { count })
}
