//! The epochs of a training as a table for other programs: `epochs.csv`; knows reports only.

use std::string::{String, ToString};
use std::vec::Vec;

use super::{EpochReport, Figures, Report};

/// A row for each epoch, with a header: its number, the steps so far, the learning rate, the mean loss of its steps, seconds, the mean loss
/// of each step of a training of several networks, and the figures of the training and validation rows as far as they were looked at.
/// What is not finite is empty.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-table-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::report::epochs;
/// let table = epochs(&trained.report)?;
/// assert!(table.starts_with("epoch,steps,learning_rate,step_loss,seconds,"));
/// assert_eq!(table.lines().count(), 1 + 5);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// None; the words of `csv` otherwise.
pub fn epochs(report: &Report) -> Result<String, String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let titled = report.epochs.iter().map(row);
    for (index, row) in titled.enumerate() {
        if index == 0 {
            let titles: Vec<&str> = row.iter().map(|(title, _)| &**title).collect();
            table.write_record(titles).map_err(|error| error.to_string())?;
        }
        table.write_record(row.iter().map(|(_, cell)| cell)).map_err(|error| error.to_string())?;
    }
    let bytes = table.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// The cells of an epoch with their titles, which all epochs share.
fn row(epoch: &EpochReport) -> Vec<(String, String)> {
    let EpochReport { epoch, steps, learning_rate, step_loss, seconds, steps_in_turn, train, validation } = epoch;
    let mut cells = std::vec![("epoch".into(), epoch.to_string()), ("steps".into(), steps.to_string())];
    cells.extend([
        ("learning_rate".into(), number(*learning_rate)),
        ("step_loss".into(), number(*step_loss)),
        ("seconds".into(), number(*seconds)),
    ]);
    cells.extend(steps_in_turn.iter().map(|(name, loss)| (std::format!("step_{name}"), number(*loss))));
    for (split, figures) in [("train", train), ("validation", validation)] {
        let Some(Figures { loss, metrics }) = figures else { continue };
        cells.push((std::format!("{split}_loss"), number(*loss)));
        cells.extend(metrics.iter().map(|(name, value)| (std::format!("{split}_{name}"), number(*value))));
    }
    cells
}

fn number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}
