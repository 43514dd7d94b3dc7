//! The expression inside of a fused loop as Rust.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::loops::{Nest, step_counter};
use super::whole;
use crate::ir::{Binary, Distribution, Unary};
use crate::plan::{Draw, Instruction};
use crate::shape::Extent;

impl Nest<'_> {
    /// The expression: a `let` for each part that is used more than once, then the result.
    pub(super) fn expression(&self) -> (TokenStream, TokenStream) {
        let body = &self.nest.body;
        let mut uses = vec![0usize; body.len()];
        for instruction in body {
            self.operands(instruction).into_iter().for_each(|operand| uses[operand] += 1);
        }
        let mut lets = TokenStream::new();
        let mut values: Vec<TokenStream> = Vec::new();
        for (at, instruction) in body.iter().enumerate() {
            let value = self.instruction(instruction, &values);
            let simple = matches!(instruction, Instruction::Load(_) | Instruction::Constant(_));
            if uses[at] > 1 && !simple {
                let name = format_ident!("t{at}");
                let value = unwrapped(value);
                lets.extend(quote!(let #name = #value;));
                values.push(quote!(#name));
            } else {
                values.push(value);
            }
        }
        (lets, unwrapped(values.pop().unwrap_or_default()))
    }

    fn instruction(&self, instruction: &Instruction, values: &[TokenStream]) -> TokenStream {
        match instruction {
            Instruction::Load(load) => self.element(&self.nest.loads[*load], &self.names[*load]),
            Instruction::Constant(x) => number(*x),
            Instruction::BatchSize => {
                let real = super::real(self.writer.precision());
                let rows = if self.writer.together.is_some() { quote!(batch) } else { quote!(rows) };
                quote!((#rows as #real))
            }
            Instruction::Iota(position) => {
                let real = super::real(self.writer.precision());
                // Machines have instructions for many numbers of 32 bits at once.
                let narrow = self.most(position).is_some_and(|most| i32::try_from(most).is_ok());
                let position = self.affine(position);
                if narrow { quote!(((#position) as i32 as #real)) } else { quote!(((#position) as #real)) }
            }
            Instruction::Random(draw) => self.draw(draw),
            Instruction::Unary(op, x) => unary(*op, &values[*x]),
            Instruction::Binary(op, a, b) => binary(*op, &values[*a], &values[*b]),
            Instruction::Select(condition, a, b) => {
                // A function, so that both are computed: a branch around a load would keep the loop from being vectorised.
                let (a, b) = (unwrapped(values[*a].clone()), unwrapped(values[*b].clone()));
                let condition = self.comparison(*condition, values).unwrap_or_else(|| {
                    let condition = &values[*condition];
                    quote!(#condition != 0.0)
                });
                quote!(math::select(#condition, #a, #b))
            }
        }
    }

    /// The instructions that the text of an instruction mentions: of a comparison that decides a choice, what it compares.
    fn operands(&self, instruction: &Instruction) -> Vec<usize> {
        match instruction {
            Instruction::Load(_)
            | Instruction::Constant(_)
            | Instruction::BatchSize
            | Instruction::Iota(_)
            | Instruction::Random(_) => Vec::new(),
            Instruction::Unary(_, x) => vec![*x],
            Instruction::Binary(_, a, b) => vec![*a, *b],
            Instruction::Select(condition, a, b) => match self.nest.body[*condition] {
                Instruction::Binary(Binary::Greater | Binary::GreaterEqual | Binary::Equal, x, y) => vec![x, y, *a, *b],
                _ => vec![*condition, *a, *b],
            },
        }
    }

    /// A comparison as a condition, instead of as a number that is compared with 0.
    fn comparison(&self, at: usize, values: &[TokenStream]) -> Option<TokenStream> {
        let Instruction::Binary(op, a, b) = &self.nest.body[at] else { return None };
        let (a, b) = (&values[*a], &values[*b]);
        match op {
            Binary::Greater => Some(quote!(#a > #b)),
            Binary::GreaterEqual => Some(quote!(#a >= #b)),
            Binary::Equal => Some(quote!(#a == #b)),
            Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Max | Binary::Min => None,
        }
    }

    /// A random number. Inside of loops, the steps stand between the example and the place of the number in it.
    fn draw(&self, draw: &Draw) -> TokenStream {
        let distribution = match draw.distribution {
            Distribution::Uniform => quote!(uniform),
            Distribution::Normal => quote!(normal),
        };
        let stream = Literal::u32_unsuffixed(draw.stream);
        let real = super::real(self.writer.precision());
        let mut element = self.flat_index(draw);
        let mut width = draw.width;
        // The steps of the innermost loop stand next to the place.
        for (depth, steps) in draw.steps.iter().rev() {
            let (step, each, count) = (step_counter(*depth), whole(width), whole(*steps));
            element = quote!(((#element) / #each * #count + #step) * #each + (#element) % #each);
            width *= steps;
        }
        let width = whole(width);
        quote!(draws.#distribution::<#real>(#stream, #width, #element))
    }

    /// The row-major position of a random number.
    fn flat_index(&self, draw: &Draw) -> TokenStream {
        let mut flat = TokenStream::new();
        for (axis, (position, extent)) in draw.at.iter().zip(&draw.extents).enumerate() {
            let position = self.affine(position);
            if axis == 0 {
                flat = position;
                continue;
            }
            let Extent::Fixed(n) = extent else { unreachable!("only the leading axis is of rows") };
            let n = whole(*n);
            let simple = axis == 1 && draw.at[0].as_counter().is_some();
            flat = if simple { quote!(#flat * #n + #position) } else { quote!((#flat) * #n + #position) };
        }
        if flat.is_empty() { quote!(0) } else { flat }
    }
}

fn unary(op: Unary, x: &TokenStream) -> TokenStream {
    let function = match op {
        Unary::Neg => return quote!((-#x)),
        Unary::Abs => quote!(abs),
        Unary::Sign => quote!(sign),
        Unary::Heaviside => quote!(heaviside),
        Unary::Relu => quote!(relu),
        Unary::Exp => quote!(exp),
        Unary::ExpM1 => quote!(exp_m1),
        Unary::Ln => quote!(ln),
        Unary::Softplus => quote!(softplus),
        Unary::Sqrt => quote!(sqrt),
        Unary::Recip => quote!(recip),
        Unary::Tanh => quote!(tanh),
        Unary::Sigmoid => quote!(sigmoid),
        Unary::Erf => quote!(erf),
        Unary::Sin => quote!(sin),
        Unary::Cos => quote!(cos),
        Unary::Round => quote!(round),
    };
    let x = unwrapped(x.clone());
    quote!(math::#function(#x))
}

fn binary(op: Binary, a: &TokenStream, b: &TokenStream) -> TokenStream {
    match op {
        Binary::Add => quote!((#a + #b)),
        Binary::Sub => quote!((#a - #b)),
        Binary::Mul => quote!((#a * #b)),
        Binary::Div => quote!((#a / #b)),
        Binary::Max | Binary::Min => {
            let function = if op == Binary::Max { quote!(max) } else { quote!(min) };
            let (a, b) = (unwrapped(a.clone()), unwrapped(b.clone()));
            quote!(math::#function(#a, #b))
        }
        Binary::Greater => quote!((if #a > #b { 1.0 } else { 0.0 })),
        Binary::GreaterEqual => quote!((if #a >= #b { 1.0 } else { 0.0 })),
        Binary::Equal => quote!((if #a == #b { 1.0 } else { 0.0 })),
    }
}

/// A number as a literal of whatever element type.
pub(super) fn number(x: f64) -> TokenStream {
    if x.is_nan() {
        return quote!((0.0 / 0.0));
    }
    let size = if x.is_infinite() { quote!((1.0 / 0.0)) } else { number_literal(x.abs()) };
    if x.is_sign_negative() { quote!((-#size)) } else { size }
}

fn number_literal(x: f64) -> TokenStream {
    let literal = Literal::f64_unsuffixed(x);
    quote!(#literal)
}

/// The inside of a pair of parentheses around a whole expression, where the place needs none.
fn unwrapped(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == proc_macro2::Delimiter::Parenthesis => {
            group.stream()
        }
        _ => tokens,
    }
}
