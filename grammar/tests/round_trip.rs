//! What is printed is read back as it was, through every door.

mod programs;

use nn_grammar::printer::{format, print};
use nn_grammar::tokens::{self, Input};
use nn_grammar::{span::Span, text};
use proc_macro2::TokenStream;
use proptest::prelude::*;
use std::str::FromStr;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_door_reads_what_is_printed(program in programs::program()) {
        let printed = print(&program);
        let read = text::parse(&printed);
        prop_assert_eq!(read.as_ref(), Ok(&program), "{}", printed);
        let through_tokens = tokens::parse_source(&printed);
        prop_assert_eq!(through_tokens.as_ref(), Ok(&program), "{}", printed);
        // Spans compare equal wherever they are; their digits do not.
        prop_assert_eq!(format!("{:?}", read), format!("{:?}", through_tokens), "{}", printed);
        let stream = TokenStream::from_str(&printed).expect("a printed program is made of Rust tokens");
        prop_assert_eq!(tokens::parse(stream).input, Ok(Input::Program(program.clone())), "{}", printed);
        prop_assert_eq!(print(&program), printed);
    }

    #[test]
    fn printing_what_was_read_changes_nothing(program in programs::program()) {
        let printed = print(&program);
        let read = text::parse(&printed).expect("a printed program can be read");
        prop_assert_eq!(&print(&read), &printed);
        prop_assert_eq!(format(&printed), Ok(printed.clone()));
        for line in printed.lines() {
            prop_assert!(!line.ends_with(' '), "{:?} ends with a blank", line);
        }
    }

    #[test]
    fn an_anonymous_chain_is_read(chain in programs::chain()) {
        let network = nn_grammar::ast::Network {
            docs: Vec::new(),
            public: false,
            name: nn_grammar::ast::Name { text: "N".to_owned(), span: Span::default() },
            inputs: Vec::new(),
            dims: Vec::new(),
            settings: Vec::new(),
            body: nn_grammar::ast::Body::Chain(chain.clone()),
            span: Span::default(),
        };
        let printed = print(&nn_grammar::ast::Program { items: vec![nn_grammar::ast::Item::Network(network)] });
        let anonymous = printed.strip_prefix("network N ").expect("a network starts with its name");
        let stream = TokenStream::from_str(anonymous).expect("a printed chain is made of Rust tokens");
        prop_assert_eq!(tokens::parse(stream).input, Ok(Input::Anonymous(chain)));
        let stream = TokenStream::from_str(printed.strip_prefix("network ").expect("it does")).expect("so is this");
        let program = text::parse(&printed).expect("a printed program can be read");
        prop_assert_eq!(tokens::parse(stream).input, Ok(Input::Program(program)));
    }
}
