//! The cells of the columns that are used, column by column; knows no statistics and no network.

use std::collections::HashMap;
use std::string::{String, ToString};
use std::vec::Vec;

use super::cells;
use super::error::DataError;
use super::fault::Fault;
use super::layout::called;
use super::records::Records;
use crate::real::Real;
use crate::recipe::Missing;

/// The category of empty cells and `?`, where missing cells are one.
pub(crate) const MISSING: &str = "?";

/// A column to read.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// Where it is in the file, from 0.
    pub(crate) index: usize,
    /// What its cells are.
    pub(crate) kind: Kind,
}

/// What the cells of a column are.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Finite numbers.
    Number,
    /// Finite numbers that are not negative.
    Weight,
    /// Ids of a vocabulary: whole numbers from 0 to one less.
    Id(usize),
    /// Names; once the training rows were seen, only theirs.
    Category(Option<Vec<String>>),
}

/// What a network computes in.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::data::{Demand, Precision};
/// assert_eq!(Demand::of(Net::PROGRAM).precision, Precision::F32);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits
    F32,
    /// 64 bits
    F64,
}

impl Precision {
    /// That of `T`.
    ///
    /// ```
    /// use nn_runtime::data::Precision;
    /// assert_eq!(Precision::of::<f64>(), Precision::F64);
    /// ```
    pub const fn of<T: Real>() -> Self {
        if T::BYTES == 4 { Self::F32 } else { Self::F64 }
    }

    /// `f32` or `f64`
    ///
    /// ```
    /// use nn_runtime::data::Precision;
    /// assert_eq!(Precision::F32.name(), "f32");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// The largest magnitude.
    pub(crate) const fn largest(self) -> f64 {
        match self {
            Self::F32 => f32::MAX as f64,
            Self::F64 => f64::MAX,
        }
    }
}

/// How cells are to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// What is done with missing cells.
    pub(crate) missing: Missing,
    /// What the network computes in.
    pub(crate) precision: Precision,
    /// Whether the rows are to be predicted, so that none can be left out.
    pub(crate) predicting: bool,
}

/// The cells of one column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cells {
    /// One number for each row.
    Numbers(Vec<f64>),
    /// An index into `names` for each row.
    Categories {
        /// In the order of the training rows' categories where those are known, else of their appearance.
        names: Vec<String>,
        /// One for each row.
        ids: Vec<u32>,
    },
}

/// The cells of the columns that are used.
pub(crate) struct Table {
    slots: Vec<Slot>,
    reading: Reading,
    /// Where each name of a column of categories is.
    found: Vec<HashMap<String, u32>>,
    /// One for each slot.
    pub(crate) cells: Vec<Cells>,
    /// How many rows there are.
    pub(crate) rows: usize,
    /// The number in the file, from 0, of each row: those left out count.
    pub(crate) numbers: Vec<usize>,
    /// Rows that were left out.
    pub(crate) dropped: usize,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(slots: Vec<Slot>, reading: Reading) -> Self {
        let named = |slot: &Slot| match &slot.kind {
            Kind::Category(Some(names)) => names.clone(),
            Kind::Category(None) | Kind::Number | Kind::Weight | Kind::Id(_) => Vec::new(),
        };
        let indexed = |names: Vec<String>| names.into_iter().zip(0..).collect();
        let cells = slots.iter().map(|slot| match slot.kind {
            Kind::Category(_) => Cells::Categories { names: named(slot), ids: Vec::new() },
            Kind::Number | Kind::Weight | Kind::Id(_) => Cells::Numbers(Vec::new()),
        });
        let (cells, found) = (cells.collect(), slots.iter().map(|slot| indexed(named(slot))).collect());
        Self { slots, reading, found, cells, rows: 0, numbers: Vec::new(), dropped: 0 }
    }

    /// Where the column of a slot is in the file.
    pub(crate) fn column(&self, slot: usize) -> usize {
        self.slots[slot].index
    }

    /// Adds all rows that are left.
    ///
    /// # Errors
    /// As [`Table::push`], and if there is no row.
    pub(crate) fn read(&mut self, records: &mut Records) -> Result<(), DataError> {
        while records.advance()? {
            self.push(records)?;
        }
        let fault = match self.dropped {
            _ if self.rows > 0 => return Ok(()),
            0 => Fault::NoRows,
            dropped => Fault::AllDropped(dropped),
        };
        Err(super::Place::file(records.file()).fault(fault))
    }

    /// Adds the row at hand; false if it is left out for a missing cell.
    ///
    /// # Errors
    /// If a cell is not what its column holds; then the table stays as it was.
    pub(crate) fn push(&mut self, records: &Records) -> Result<bool, DataError> {
        let missing = |slot: &Slot| matches!(records.cell(slot.index), "" | MISSING);
        let drop = self.reading.missing == Missing::DropRow && !self.reading.predicting;
        if drop && self.slots.iter().any(missing) {
            self.dropped += 1;
            return Ok(false);
        }
        for at in 0..self.slots.len() {
            let pushed =
                if missing(&self.slots[at]) { self.push_missing(at, records) } else { self.push_cell(at, records) };
            if let Err(fault) = pushed {
                self.truncate();
                return Err(records.place(self.slots[at].index).fault(fault));
            }
        }
        self.rows += 1;
        self.numbers.push(self.rows + self.dropped - 1);
        Ok(true)
    }

    /// Forgets the cells of a row that was not added as a whole.
    fn truncate(&mut self) {
        for cells in &mut self.cells {
            match cells {
                Cells::Numbers(values) => values.truncate(self.rows),
                Cells::Categories { ids, .. } => ids.truncate(self.rows),
            }
        }
    }

    /// Forgets the rows, but not the names.
    pub(crate) fn clear(&mut self) {
        for cells in &mut self.cells {
            match cells {
                Cells::Numbers(values) => values.clear(),
                Cells::Categories { ids, .. } => ids.clear(),
            }
        }
        self.numbers.clear();
        self.rows = 0;
    }

    fn push_missing(&mut self, at: usize, records: &Records) -> Result<(), Fault> {
        let Reading { missing, predicting, .. } = self.reading;
        if missing == Missing::Category && matches!(self.slots[at].kind, Kind::Category(_)) {
            return self.push_category(at, MISSING, records);
        }
        let (column, cell) = (self.called(at, records), records.cell(self.slots[at].index).to_string());
        Err(Fault::MissingCell { column, cell, policy: missing, predicting })
    }

    fn push_cell(&mut self, at: usize, records: &Records) -> Result<(), Fault> {
        let cell = records.cell(self.slots[at].index);
        match self.slots[at].kind {
            Kind::Category(_) => self.push_category(at, cell, records),
            Kind::Number | Kind::Weight => self.push_number(at, cell, records, None),
            Kind::Id(vocabulary) => self.push_number(at, cell, records, Some(vocabulary)),
        }
    }

    fn push_number(
        &mut self,
        at: usize,
        cell: &str,
        records: &Records,
        vocabulary: Option<usize>,
    ) -> Result<(), Fault> {
        let value = cells::number(cell, vocabulary, self.reading.precision, || self.called(at, records))?;
        if matches!(self.slots[at].kind, Kind::Weight) && value < 0.0 {
            return Err(Fault::NegativeWeight { column: self.called(at, records), cell: cell.into() });
        }
        if let Cells::Numbers(values) = &mut self.cells[at] {
            values.push(value);
        }
        Ok(())
    }

    fn push_category(&mut self, at: usize, cell: &str, records: &Records) -> Result<(), Fault> {
        let Cells::Categories { names, ids } = &mut self.cells[at] else { return Ok(()) };
        let id = match self.found[at].get(cell) {
            Some(id) => *id,
            None if matches!(self.slots[at].kind, Kind::Category(Some(_))) => {
                let known = names.clone();
                return Err(Fault::UnseenCategory { column: self.called(at, records), cell: cell.into(), known });
            }
            None => {
                let id = u32::try_from(names.len()).unwrap_or(u32::MAX);
                names.push(cell.into());
                self.found[at].insert(cell.into(), id);
                id
            }
        };
        ids.push(id);
        Ok(())
    }

    fn called(&self, at: usize, records: &Records) -> String {
        let index = self.slots[at].index;
        called(index, records.header().map(|names| names[index].as_str()))
    }
}
