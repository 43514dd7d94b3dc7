//! `rbf(in->units)`: radial basis functions, which are large near their centres.

use super::dense::DENSE;
use super::{BASE, Layer, Lowering, TensorSpec};
use crate::init::Init;
use crate::ir::Value;
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Signature};

/// Radial basis functions.
pub(super) static RBF: Layer = Layer {
    signature: Signature {
        name: "rbf",
        doc: "Radial basis functions over the last axis: `y_j = exp(-width_j |x - centre_j|^2)`, `centres: [units, in]`, `widths: [units]`. \
              Inputs `[…, in]`, outputs `[…, units]`. Source: Broomhead and Lowe, Multivariable Functional Interpolation (1988), eq. 4.",
        params: &[
            Param::required("width", Kind::Flow, "`units`, or `in->units` to have the input width checked"),
            Param::optional(
                "init",
                Kind::Init,
                Preset::Init(Init::Normal { mean: 0.0, std: 1.0 }),
                "how the centres begin",
            ),
            Param::optional("width_init", Kind::Init, Preset::Init(Init::Ones), "how the widths begin"),
        ],
    },
    input: DENSE.input,
    output: DENSE.output,
    tensors: |args, incoming| {
        let units = args.flow("width").1;
        vec![
            TensorSpec::parameter("centres", [units, incoming.width()], args.init("init")),
            TensorSpec::parameter("widths", [units], args.init("width_init")),
        ]
    },
    lower,
    ..BASE
};

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let units = args.flow("width").1;
    let [centres, widths] = [cx.tensors[0], cx.tensors[1]];
    let g = &mut *cx.graph;
    let shape = g.shape(x).clone();
    let (width, places) = shape.dims.split_last().expect("`output` has looked for an axis");
    let count: usize = places.iter().product();
    let all = Shape::batched(count, [units, *width]);
    let points = g.reshape(x, Shape::batched(count, [*width]));
    let points = g.broadcast(points, all.clone(), &[0, 2]);
    let centres = g.broadcast(centres, all, &[1, 2]);
    let difference = g.sub(points, centres);
    let square = g.mul(difference, difference);
    let distance = g.sum(square, &[2]);
    let widths = g.along_last(widths, distance);
    let scaled = g.mul(widths, distance);
    let negative = g.neg(scaled);
    let y = g.exp(negative);
    g.reshape(y, Shape { rows: shape.rows, dims: [places, &[units]].concat() })
}
