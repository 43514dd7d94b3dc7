//! Functions of single numbers, as loops of generated code have them, and a loss with its gradient.

use std::hint::black_box;

use nn_runtime::isa::{Body, Isa, run};
use nn_runtime::loss::Case as LossCase;
use nn_runtime::program::Head;
use nn_runtime::{Loss, Targets, math};

use crate::{Case, Work, case, values};

/// Arguments of a call.
const COUNT: usize = 4096;

/// Each function with its name, as a loop over slices.
macro_rules! functions {
    ($($variant:ident $name:literal $function:path),* $(,)?) => {
        #[derive(Clone, Copy)]
        enum Function {
            $($variant),*
        }

        const FUNCTIONS: &[(&str, Function)] = &[$(($name, Function::$variant)),*];

        impl Body for Loop<'_> {
            type Output = ();

            #[inline(always)]
            fn run<I: Isa>(self, _: I) {
                let pairs = self.y.iter_mut().zip(self.x);
                match self.function {
                    $(Function::$variant => pairs.for_each(|(y, &x)| *y = $function(x)),)*
                }
            }
        }
    };
}

/// A loop as generated code has it.
struct Loop<'a> {
    function: Function,
    x: &'a [f32],
    y: &'a mut [f32],
}

functions! {
    Exp "exp" math::exp,
    ExpM1 "exp_m1" math::exp_m1,
    Ln "ln" math::ln,
    Ln1p "ln_1p" math::ln_1p,
    Softplus "softplus" math::softplus,
    Tanh "tanh" math::tanh,
    Sigmoid "sigmoid" math::sigmoid,
    Erf "erf" math::erf,
    Sqrt "sqrt" math::sqrt,
    Sin "sin" math::sin,
    Cos "cos" math::cos,
    Relu "relu" math::relu,
    Round "round" math::round,
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![cross_entropy()];
    for &(name, function) in FUNCTIONS {
        // Where all functions are defined.
        let x: Vec<f32> = values(COUNT).iter().map(|x| x + 1.5).collect();
        let mut y = x.clone();
        cases.push(case(format!("{name} {COUNT}"), Work::Elements(COUNT as f64), move || {
            run(Loop { function, x: &x, y: black_box(&mut y) });
        }));
    }
    cases
}

/// The loss of the GPT with its gradient, from logits.
fn cross_entropy() -> Case {
    let (rows, width) = (1024, 96);
    let (logits, output, mut gradient) = (values(rows * width), values(rows * width), values(rows * width));
    let classes: Vec<usize> = (0..rows).map(|row| row % width).collect();
    let loss = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    case("softmax and cross_entropy 1024x96", Work::Elements((rows * width) as f64), move || {
        let (head, targets, divisor) = (Head::Softmax, Targets::Classes(&classes), rows as f64);
        let case = LossCase { head, width, logits: &logits, output: &output, targets, sample_weights: &[], divisor };
        black_box(loss.evaluate(&case, black_box(&mut gradient)));
    })
}
