//! The page of a training: one file without outside resources, to be read without a program in it; knows reports, no files.
//!
//! ```
//! # nn_runtime::network! {
//! #     network Line < dense(1->1) >
//! #     train Line {
//! #         data csv("line.csv") { x = column("x"); y = column("y"); }
//! #         split train = 0.6, validation = 0.2, test = 0.2;
//! #         minimize mse with adam(lr = 0.05);
//! #         batch 4; epochs 5; seed 1; metric mae;
//! #     }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-htmlmod-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let data = folder.join("line.csv");
//! # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
//! # std::fs::write(&data, format!("x,y\n{rows}"))?;
//! # use nn_runtime::session::{Overrides, Quiet, train};
//! # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
//! # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
//! use nn_runtime::report::html::{Page, html};
//! let page = html(&Page { report: &trained.report, examined: None, inspection: None, graph: None });
//! assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Line"));
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```

#[cfg(test)]
mod browser;
mod chart;
mod classes;
mod curves;
mod facts;
mod layers;
#[cfg(feature = "images")]
mod picture;
mod style;
#[cfg(test)]
mod tests;
mod values;
mod words;
mod worst;

use std::fmt::{Result, Write};
use std::string::String;

use super::{Examined, Inspection, Report};
use words::Escaped;

/// What a page shows.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-page-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::report::html::{Page, html};
/// let page = Page { report: &trained.report, examined: Some(&trained.examined), inspection: None, graph: None };
/// std::fs::write(folder.join("report.html"), html(&page))?;
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The training.
    pub report: &'a Report,
    /// A closer look at some rows, if there was one.
    pub examined: Option<&'a Examined>,
    /// What was seen in the layers, if somebody looked.
    pub inspection: Option<&'a Inspection>,
    /// The architecture as an SVG picture, as `nnc graph` draws it; without one, the tensors are listed. It becomes part of the page as
    /// it is, so it must come from who writes the page.
    pub graph: Option<&'a str>,
}

/// The page as HTML. All that comes from texts and data is escaped.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-html-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::report::html::{Page, html};
/// let page = html(&Page { report: &trained.report, examined: None, inspection: None, graph: None });
/// assert!(page.contains("<title>Line: training report</title>"));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
pub fn html(page: &Page<'_>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_page(&mut text, page);
    text
}

fn write_page(out: &mut String, page: &Page<'_>) -> Result {
    let Page { report, examined, inspection, graph } = *page;
    let name = Escaped(&report.network.name);
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
    writeln!(out, "<title>{name}: training report</title>\n<style>{}</style>\n</head>\n<body>", style::STYLE)?;
    writeln!(out, "<header><h1>{name}</h1>")?;
    facts::summary(out, report)?;
    writeln!(out, "</header>\n<main>")?;
    facts::figures(out, report)?;
    curves::curves(out, report)?;
    classes::classes(out, report, examined)?;
    if let Some(examined) = examined {
        values::values(out, examined)?;
        worst::worst(out, examined)?;
    }
    if let Some(seen) = inspection {
        layers::layers(out, seen)?;
    }
    facts::architecture(out, report, graph)?;
    facts::settings(out, report)?;
    facts::times(out, report)?;
    writeln!(out, "</main>\n<footer>Written by nn-runtime {}.</footer>\n</body>\n</html>", report.versions.nn_runtime)
}

/// A part of the page with its heading.
fn section(out: &mut String, title: &str, content: impl FnOnce(&mut String) -> Result) -> Result {
    let mut inner = String::new();
    content(&mut inner)?;
    // Without content there is nothing to head.
    if inner.is_empty() { Ok(()) } else { writeln!(out, "<section><h2>{}</h2>\n{inner}</section>", Escaped(title)) }
}
