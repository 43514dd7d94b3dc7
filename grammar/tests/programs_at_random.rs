//! Random programs of the whole language: what is printed is read back as it was, and is printed the same again.

mod programs;

use nn_grammar::ast::Program;
use nn_grammar::diagnostic::Diagnostic;
use nn_grammar::printer::{self, print};
use nn_grammar::{text, tokens};
use proptest::prelude::*;

/// Reads a text.
type Door = fn(&str) -> Result<Program, Vec<Diagnostic>>;

/// The front ends that read the whole language.
const DOORS: &[Door] = &[text::parse, tokens::parse_source];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_and_printed_again(program in programs::program()) {
        let printed = print(&program);
        for door in DOORS {
            let read = door(&printed);
            prop_assert_eq!(read.as_ref(), Ok(&program), "{}", printed);
            prop_assert_eq!(&print(&read.expect("it equals a program")), &printed);
        }
        prop_assert_eq!(printer::format(&printed), Ok(printed.clone()));
    }

    #[test]
    fn messages_have_one_line(expr in programs::expr()) {
        let line = printer::expr(&expr);
        prop_assert!(!line.contains('\n'), "{}", line);
        let read = text::parse(&format!("network N {{ {line} }}"));
        let printed = print(&read.expect("an expression on one line is an expression"));
        let again = text::parse(&printed).expect("so it is when it is broken");
        let nn_grammar::ast::Item::Network(network) = &again.items[0] else { panic!("it is a network") };
        let nn_grammar::ast::Body::Graph(graph) = &network.body else { panic!("it has a graph") };
        prop_assert_eq!(graph.result.as_deref(), Some(&expr), "{}", line);
    }
}
