//! What the trainings of a cross-validation came to, as the JSON of `folds.json`; knows reports only.

use std::string::{String, ToString};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Evaluation, Figures, Report, SettingsReport};

/// Trainings that each held back another fold (Stone 1974).
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-cv-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// use nn_runtime::session::cross_validate;
/// let (summary, _) = cross_validate(Line::PROGRAM, &overrides, 3, &mut Quiet)?;
/// for fold in &summary.folds {
///     println!("fold {}: loss {:.4} of {} rows", fold.fold, fold.validation.loss, fold.rows);
/// }
/// assert_eq!(summary.folds.len(), 3);
/// assert!(summary.validation.deviation.loss >= 0.0);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// The network.
    pub network: String,
    /// The file of the data.
    pub data: String,
    /// How each was trained; the split is that of the first.
    pub settings: SettingsReport,
    /// Each training that is done.
    pub folds: Vec<FoldReport>,
    /// Of the folds that were held back.
    pub validation: Spread,
    /// Of the rows that no fold has, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Spread>,
}

/// One training of a cross-validation.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-foldreport-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # use nn_runtime::session::cross_validate;
/// let (summary, _) = cross_validate(Line::PROGRAM, &overrides, 4, &mut Quiet)?;
/// let last = &summary.folds[3];
/// // 16 rows in four folds; the others are tested on.
/// assert_eq!((last.fold, last.rows), (4, 4));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldReport {
    /// The fold that was held back, from 1.
    pub fold: usize,
    /// Rows of it.
    pub rows: usize,
    /// Why the training ended.
    pub ended: String,
    /// The epoch whose weights were kept.
    pub best_epoch: usize,
    /// Of the fold.
    pub validation: Figures,
    /// Of the rows that no fold has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Figures>,
}

/// Mean and standard deviation of figures over folds.
///
/// ```
/// use nn_runtime::report::{Figures, Spread};
/// let folds = [1.0, 3.0].map(|loss| Figures { loss, metrics: Vec::new() });
/// let spread = Spread::of(&[&folds[0], &folds[1]]);
/// assert_eq!((spread.mean.loss, spread.deviation.loss), (2.0, 2.0_f64.sqrt()));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The sum divided by the number of folds.
    pub mean: Figures,
    /// The square root of the sum of squares around the mean, divided by the number of folds less 1; 0 for one fold.
    pub deviation: Figures,
}

impl CrossValidation {
    /// Of the report of the first training; none if it held nothing back.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-cvbegin-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::report::CrossValidation;
    /// let summary = CrossValidation::begin(&trained.report).expect("it has validation rows");
    /// assert_eq!(summary.folds.len(), 1);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn begin(report: &Report) -> Option<Self> {
        let fold = FoldReport::of(1, report)?;
        let nothing = Spread::of(&[]);
        let mut begun = Self {
            network: report.network.name.clone(),
            data: report.data.file.clone(),
            settings: report.settings.clone(),
            folds: Vec::new(),
            validation: nothing,
            test: None,
        };
        begun.add(fold);
        Some(begun)
    }

    /// Adds the report of the next training.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-cvgo-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::report::CrossValidation;
    /// let mut summary = CrossValidation::begin(&trained.report).expect("it has validation rows");
    /// summary.go_on(&trained.report);
    /// assert_eq!((summary.folds[1].fold, summary.validation.deviation.loss), (2, 0.0));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn go_on(&mut self, report: &Report) {
        if let Some(fold) = FoldReport::of(self.folds.len() + 1, report) {
            self.add(fold);
        }
    }

    fn add(&mut self, fold: FoldReport) {
        self.folds.push(fold);
        let of = |figures: fn(&FoldReport) -> Option<&Figures>| -> Vec<&Figures> {
            self.folds.iter().filter_map(figures).collect()
        };
        let (validation, test) = (of(|fold| Some(&fold.validation)), of(|fold| fold.test.as_ref()));
        let spreads = (Spread::of(&validation), (!test.is_empty()).then(|| Spread::of(&test)));
        (self.validation, self.test) = spreads;
    }

    /// Whether these are trainings of the same network with the same settings; how many threads there were does not matter.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-cvgoes-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::report::CrossValidation;
    /// let report = trained.report;
    /// let summary = CrossValidation::begin(&report).expect("it has validation rows");
    /// assert!(summary.goes_on("Line", &report.data.file, &report.settings));
    /// assert!(!summary.goes_on("Curve", &report.data.file, &report.settings));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn goes_on(&self, network: &str, data: &str, settings: &SettingsReport) -> bool {
        let alike = SettingsReport { threads: self.settings.threads, ..settings.clone() };
        self.network == network && self.data == data && self.settings == alike
    }
}

impl FoldReport {
    fn of(fold: usize, report: &Report) -> Option<Self> {
        let figures = |split: &Option<Evaluation>| split.as_ref().map(|split| split.figures.clone());
        Some(Self {
            fold,
            rows: report.last.validation.as_ref()?.rows,
            ended: report.ended.to_string(),
            best_epoch: report.best_epoch,
            validation: figures(&report.last.validation)?,
            test: figures(&report.last.test),
        })
    }
}

impl Spread {
    /// Of figures with the same names.
    ///
    /// ```
    /// # use nn_runtime::report::{Figures, Spread};
    /// let alone = Figures { loss: 0.5, metrics: Vec::new() };
    /// assert_eq!(Spread::of(&[&alone]).deviation.loss, 0.0);
    /// ```
    pub fn of(all: &[&Figures]) -> Self {
        let each = |of: &dyn Fn(&str) -> f64| {
            let metrics = all.first().map_or(&[][..], |first| &first.metrics);
            let metrics = metrics.iter().map(|(name, _)| (name.clone(), of(name))).collect();
            Figures { loss: of("loss"), metrics }
        };
        let count = all.len() as f64;
        let values = |name: &str| -> Vec<f64> { all.iter().filter_map(|figures| figures.find(name)).collect() };
        let mean = |name: &str| values(name).iter().sum::<f64>() / count;
        let deviation = |name: &str| {
            let mean = mean(name);
            let squares: f64 = values(name).iter().map(|value| (value - mean) * (value - mean)).sum();
            if all.len() < 2 { 0.0 } else { (squares / (count - 1.0)).sqrt() }
        };
        Self { mean: each(&mean), deviation: each(&deviation) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, Spread};
    use std::vec;

    #[test]
    fn mean_and_deviation_are_those_of_a_sample() {
        let of = |loss: f64, accuracy: f64| Figures { loss, metrics: vec![("accuracy".into(), accuracy)] };
        let (a, b, c) = (of(1.0, 0.5), of(2.0, 0.5), of(6.0, 0.5));
        let Spread { mean, deviation } = Spread::of(&[&a, &b, &c]);
        assert_eq!((mean.loss, mean.find("accuracy")), (3.0, Some(0.5)));
        assert_eq!((deviation.loss, deviation.find("accuracy")), (7.0_f64.sqrt(), Some(0.0)));
        assert_eq!(Spread::of(&[&a]).deviation.loss, 0.0, "one fold does not spread");
    }
}
