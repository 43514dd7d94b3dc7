//! What the environment asks for, and whether that makes sense: a library passes over what does not, a program says so.

use std::env;
use std::ffi::OsStr;

use super::args::UsageError;
use crate::fit::threads;
use crate::isa::{Level, available};

/// Whether `NN_ISA` and `NN_THREADS` can be done. One that is empty asks for nothing.
pub(super) fn check() -> Result<(), UsageError> {
    let value = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    value("NN_ISA").map_or(Ok(()), |value| check_isa(&value, available()))?;
    value("NN_THREADS").map_or(Ok(()), |value| check_threads(&value))
}

/// Whether a machine with the instruction sets up to `best` can do with the one of this name.
fn check_isa(value: &OsStr, best: Level) -> Result<(), UsageError> {
    let value = value.to_string_lossy();
    match Level::named(&value) {
        None => {
            let known = Level::ALL.map(Level::name).join(", ");
            Err(UsageError(std::format!(
                "the environment variable NN_ISA is `{value}`, and that is no instruction set; it can be one of {known}"
            )))
        }
        Some(asked) if asked > best => Err(UsageError(std::format!(
            "the environment variable NN_ISA asks for {value}, which this machine does not have; the best that it has is {}",
            best.name()
        ))),
        Some(_) => Ok(()),
    }
}

fn check_threads(value: &OsStr) -> Result<(), UsageError> {
    match value.to_str().and_then(threads) {
        Some(_) => Ok(()),
        None => Err(UsageError(std::format!(
            "the environment variable NN_THREADS is `{}`, but it must be a whole number from 1 on",
            value.to_string_lossy()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn an_instruction_set_has_a_name_and_the_machine_has_it() {
        let check = |value: &str, best| check_isa(OsStr::new(value), best).map_err(|error| error.to_string());
        for best in Level::ALL {
            for asked in Level::ALL {
                assert_eq!(check(asked.name(), best).is_ok(), asked <= best, "{asked:?} on {best:?}");
            }
        }
        assert_eq!(
            check("avx512", Level::Avx2).unwrap_err(),
            "the environment variable NN_ISA asks for avx512, which this machine does not have; the best that it has is avx2"
        );
        for wrong in ["AVX2", "v3", " avx2", "neon"] {
            assert_eq!(
                check(wrong, Level::Avx512).unwrap_err(),
                std::format!(
                    "the environment variable NN_ISA is `{wrong}`, and that is no instruction set; it can be one of portable, avx2, \
                     avx512"
                )
            );
        }
    }

    #[test]
    fn threads_are_a_whole_number_from_1_on() {
        assert_eq!(check_threads(OsStr::new("3")), Ok(()));
        for wrong in ["0", "-1", "two", "1.5", "99999999999999999999999"] {
            assert_eq!(
                check_threads(OsStr::new(wrong)).unwrap_err().to_string(),
                std::format!(
                    "the environment variable NN_THREADS is `{wrong}`, but it must be a whole number from 1 on"
                )
            );
        }
    }
}
