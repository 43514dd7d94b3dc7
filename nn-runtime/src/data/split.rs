//! Which rows are trained on, validated on and tested on; knows row numbers and classes only.
//!
//! Rows are shuffled with stream [`SPLIT`], then divided: each part gets the whole rows of its fraction, and the rows that
//! remain go one by one to the parts with the largest remainders (Hamilton's method; the earlier part first). With
//! `stratify`, each class is divided so by itself.

use std::ops::Range;
use std::vec::Vec;

use super::fault::Fault;
use crate::recipe::{Folds, Split};
use crate::rng::{SPLIT, Stream};

/// Row numbers of the three parts, in shuffled order, or in the order of the file without a shuffle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) train: Vec<usize>,
    pub(crate) validation: Vec<usize>,
    pub(crate) test: Vec<usize>,
}

/// The classes of a target column, for `stratify`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Classes<'c> {
    /// How the column is called in messages.
    pub(crate) column: &'c str,
    pub(crate) names: &'c [std::string::String],
    /// The class of each row.
    pub(crate) ids: &'c [u32],
}

/// Divides `rows` rows. `classes` is what `stratify` asks for.
///
/// # Errors
/// If a part with a fraction above 0 gets no row, a class has one row under `stratify`, or there are no classes for it.
pub(crate) fn split(rows: usize, split: Split, classes: Option<Classes<'_>>, seed: u64) -> Result<Parts, Fault> {
    let mut order: Vec<usize> = (0..rows).collect();
    if split.shuffle {
        Stream { seed, stream: SPLIT, step: 0 }.shuffle(&mut order);
    }
    let mut parts = Parts::default();
    if split.stratify {
        let classes = classes.ok_or(Fault::NoClasses)?;
        let quotas = class_quotas(split, classes)?;
        deal(&order, &mut parts, quotas, |row| classes.ids[row] as usize);
    } else {
        deal(&order, &mut parts, std::vec![quota(split, rows)], |_| 0);
    }
    if let Some(folds) = split.folds {
        hold_back(folds, split, classes, &mut parts)?;
    }
    for (part, fraction, got) in [
        ("train", split.train, &parts.train),
        ("validation", split.validation, &parts.validation),
        ("test", split.test, &parts.test),
    ] {
        if fraction > 0.0 && got.is_empty() {
            return Err(Fault::EmptyPart { part, fraction, rows });
        }
    }
    Ok(parts)
}

/// Moves one fold of what is trained on to what is validated on. Folds differ by one row at most, and by one of each class under
/// `stratify`; without a shuffle they are rows that follow each other.
fn hold_back(folds: Folds, split: Split, classes: Option<Classes<'_>>, parts: &mut Parts) -> Result<(), Fault> {
    let Folds { count, held } = folds;
    let rows = parts.train.len();
    if rows < count {
        return Err(Fault::FewRows { folds: count, rows });
    }
    // Places in the list of rows, by class, so that neighbours go to different folds.
    let mut places: Vec<usize> = (0..rows).collect();
    if let (true, Some(classes)) = (split.stratify, classes) {
        places.sort_by_key(|place| classes.ids[parts.train[*place]]);
    }
    let mut is_held = std::vec![false; rows];
    for (order, place) in places.into_iter().enumerate() {
        let fold = if split.shuffle { order % count } else { order * count / rows };
        is_held[place] = fold == held;
    }
    let mut held_back = is_held.iter();
    let (validation, train) = parts.train.iter().partition(|_| *held_back.next().unwrap_or(&false));
    (parts.validation, parts.train) = (validation, train);
    Ok(())
}

/// Divides `rows` rows by their position: what is trained on first, then what is validated on, then what is tested on.
pub(crate) fn by_position(rows: usize, split: Split) -> [Range<usize>; 3] {
    let [train, validation, _] = quota(split, rows);
    [0..train, train..train + validation, train + validation..rows]
}

fn class_quotas(split: Split, classes: Classes<'_>) -> Result<Vec<[usize; 3]>, Fault> {
    let mut counts = std::vec![0; classes.names.len()];
    for id in classes.ids {
        counts[*id as usize] += 1;
    }
    if let Some(lonely) = counts.iter().position(|count| *count == 1) {
        let class = classes.names[lonely].clone();
        return Err(Fault::LonelyClass { column: classes.column.into(), class });
    }
    Ok(counts.iter().map(|count| quota(split, *count)).collect())
}

/// Rows of each part out of `rows`.
fn quota(split: Split, rows: usize) -> [usize; 3] {
    let exact = [split.train, split.validation, split.test].map(|fraction| fraction * rows as f64);
    // 0.8 * 5 may be a little less than 4.
    let mut quota = exact.map(|exact| (exact + 1e-9) as usize);
    let mut remainders = [0, 1, 2].map(|part| exact[part] - quota[part] as f64);
    for _ in quota.iter().sum()..rows {
        let mut largest = 0;
        for part in 1..3 {
            if remainders[part] > remainders[largest] {
                largest = part;
            }
        }
        quota[largest] += 1;
        remainders[largest] -= 1.0;
    }
    quota
}

/// Gives each row, in order, to the first part whose quota for the row's group is not used up.
fn deal(order: &[usize], parts: &mut Parts, mut quotas: Vec<[usize; 3]>, group: impl Fn(usize) -> usize) {
    for row in order {
        let quota = &mut quotas[group(*row)];
        let part = quota.iter().position(|left| *left > 0).unwrap_or(0);
        quota[part] = quota[part].saturating_sub(1);
        [&mut parts.train, &mut parts.validation, &mut parts.test][part].push(*row);
    }
}

#[cfg(test)]
mod tests {
    use super::{Classes, Parts, quota, split};
    use crate::recipe::{Folds, Split};
    use std::string::{String, ToString};
    use std::vec;
    use std::vec::Vec;

    const EIGHT_ONE_ONE: Split =
        Split { train: 0.8, validation: 0.1, test: 0.1, stratify: false, shuffle: true, folds: None };

    fn sorted(parts: &Parts) -> Vec<usize> {
        let mut all = [&parts.train[..], &parts.validation, &parts.test].concat();
        all.sort_unstable();
        all
    }

    #[test]
    fn every_row_goes_to_one_part_by_largest_remainder() {
        assert_eq!(quota(EIGHT_ONE_ONE, 150), [120, 15, 15]);
        assert_eq!(quota(EIGHT_ONE_ONE, 8), [6, 1, 1]);
        assert_eq!(quota(EIGHT_ONE_ONE, 6), [5, 1, 0]);
        assert_eq!(quota(Split { train: 0.8, validation: 0.0, test: 0.2, ..EIGHT_ONE_ONE }, 5), [4, 0, 1]);
        let parts = split(53, EIGHT_ONE_ONE, None, 1).unwrap();
        assert_eq!(sorted(&parts), (0..53).collect::<Vec<_>>());
        assert_ne!(parts, split(53, EIGHT_ONE_ONE, None, 2).unwrap());
        assert_eq!(parts, split(53, EIGHT_ONE_ONE, None, 1).unwrap());
    }

    #[test]
    fn without_a_shuffle_the_order_of_the_file_stays() {
        let parts = split(10, Split { shuffle: false, ..EIGHT_ONE_ONE }, None, 1).unwrap();
        assert_eq!((parts.train, parts.validation, parts.test), ((0..8).collect(), vec![8], vec![9]));
    }

    #[test]
    fn stratify_divides_each_class() {
        let names = ["a", "b"].map(ToString::to_string);
        let ids: Vec<u32> = (0..30).map(|row| u32::from(row >= 10)).collect();
        let classes = Classes { column: "y", names: &names, ids: &ids };
        let parts = split(30, Split { stratify: true, ..EIGHT_ONE_ONE }, Some(classes), 3).unwrap();
        let count = |rows: &[usize]| rows.iter().filter(|row| **row < 10).count();
        assert_eq!(
            [&parts.train, &parts.validation, &parts.test].map(|part| (count(part), part.len())),
            [(8, 24), (1, 3), (1, 3)]
        );
        assert_eq!(sorted(&parts), (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn each_row_is_held_back_once() {
        let names = ["a", "b"].map(ToString::to_string);
        let ids: Vec<u32> = (0..23).map(|row| u32::from(row >= 8)).collect();
        for (stratify, shuffle) in [(true, true), (false, true), (false, false)] {
            let classes = Some(Classes { column: "y", names: &names, ids: &ids });
            let how = Split { stratify, shuffle, ..EIGHT_ONE_ONE };
            let of = |held| split(23, how.in_folds(Folds { count: 4, held }), classes, 3).unwrap();
            let folds: Vec<Parts> = (0..4).map(of).collect();
            let mut held: Vec<usize> = folds.iter().flat_map(|parts| parts.validation.clone()).collect();
            held.extend(&folds[0].test);
            held.sort_unstable();
            assert_eq!(held, (0..23).collect::<Vec<_>>());
            for parts in &folds {
                assert_eq!(sorted(parts), (0..23).collect::<Vec<_>>());
                assert_eq!(parts.test, folds[0].test, "no fold has the rows of the test");
                assert!((5..=6).contains(&parts.validation.len()), "{parts:?}");
                let rare = parts.validation.iter().filter(|row| **row < 8).count();
                assert!(!stratify || (1..=2).contains(&rare), "{parts:?}");
                assert!(shuffle || parts.validation.is_sorted_by(|a, b| a + 1 == *b), "{parts:?}");
            }
        }
        let wrong = split(3, EIGHT_ONE_ONE.in_folds(Folds { count: 5, held: 0 }), None, 1);
        assert_eq!(wrong.unwrap_err().to_string(), "5 folds of 3 rows would be empty");
    }

    #[test]
    fn what_cannot_be_divided_is_an_error() {
        let message = |rows, how, classes| split(rows, how, classes, 1).unwrap_err().to_string();
        assert_eq!(message(2, EIGHT_ONE_ONE, None), "validation = 0.1 of 2 rows is none");
        let stratify = Split { stratify: true, ..EIGHT_ONE_ONE };
        assert_eq!(
            message(9, stratify, None),
            "`stratify` divides each class, so y has to be labels(...) or one_hot(...) of one column"
        );
        let names: Vec<String> = ["a", "b"].map(ToString::to_string).into();
        let classes = Classes { column: "`species`", names: &names, ids: &[0, 0, 0, 1] };
        assert_eq!(
            message(4, stratify, Some(classes)),
            "column `species`: class `b` has one row, which `stratify` cannot divide; add rows or leave it out"
        );
    }
}
