//! A loss and metrics as JSON, both ways; numbers that are not finite are `null` there.

use std::fmt;
use std::string::String;
use std::vec::Vec;

use serde::de::{MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Deserializer, Serialize};

/// A loss and metrics.
///
/// ```
/// use nn_runtime::report::Figures;
/// let figures = Figures { loss: 0.5, metrics: vec![("accuracy".into(), 0.9)] };
/// assert_eq!((figures.find("loss"), figures.find("accuracy")), (Some(0.5), Some(0.9)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Without noise and penalties.
    pub loss: f64,
    /// By name, in the order of the text.
    pub metrics: Vec<(String, f64)>,
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + self.metrics.len()))?;
        map.serialize_entry("loss", &self.loss)?;
        for (name, value) in &self.metrics {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Figures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Figures;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("figures by name")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Figures, M::Error> {
                let mut figures = Figures { loss: f64::NAN, metrics: Vec::new() };
                while let Some((name, value)) = map.next_entry::<String, Option<f64>>()? {
                    let value = value.unwrap_or(f64::NAN);
                    // No metric is called so.
                    if name == "loss" { figures.loss = value } else { figures.metrics.push((name, value)) }
                }
                Ok(figures)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A number that was not finite comes back as NaN.
pub(super) fn or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Figures {
    /// The loss, or a metric by its name.
    ///
    /// ```
    /// # use nn_runtime::report::Figures;
    /// let figures = Figures { loss: 0.5, metrics: vec![("mae".into(), 0.2)] };
    /// assert_eq!((figures.find("mae"), figures.find("f1")), (Some(0.2), None));
    /// ```
    pub fn find(&self, name: &str) -> Option<f64> {
        let metric = || self.metrics.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        if name == "loss" { Some(self.loss) } else { metric() }
    }
}
