//! The errors of the macro: on the right tokens, one for each mistake, and the rest of the file is judged as if there were none.
//!
//! To accept what is said now, after reading it: `TRYBUILD=overwrite cargo test -p nn-tests --test ui`.

#[test]
fn errors_land_where_the_mistakes_are() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
