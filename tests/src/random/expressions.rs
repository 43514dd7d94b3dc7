//! Random statements of graphs: arithmetic, slices, layers of several operands, layers that are used twice, and chains in between.

use nn_compiler::layers::{LAYERS, Layer, Role};

use super::arguments::{arguments, call};
use super::generator::{Maker, Scope};
use super::probe::Known;

/// How often an expression is drawn again when it is refused.
const TRIES: usize = 12;

impl Maker {
    /// Adds a statement that names one more value, if one is found that is taken.
    pub(super) fn statement(&mut self, scope: &mut Scope, depth: usize) {
        if depth > 0 && self.dice.chance(14) {
            return self.loop_statement(scope, depth - 1);
        }
        for _ in 0..TRIES {
            let Some((before, expr)) = self.expression(scope, depth) else { continue };
            let Some(shape) = self.taken(scope, &before, &expr) else { continue };
            let name = self.name();
            // What is declared for a layer that waits stands there already.
            scope.statements.push(format!("let {name} = {expr};"));
            scope.names.insert(name, Known { shape, classes: None });
            return;
        }
    }

    /// An expression, and what has to be declared before it that is not in the names of the scope.
    fn expression(&mut self, scope: &mut Scope, depth: usize) -> Option<(String, String)> {
        let (name, known) = scope.any(&mut self.dice);
        let plain = |expr: String| Some((String::new(), expr));
        if known.classes.is_some() {
            return plain(format!("{name} |> {}", self.stage(&known, 0)?.0));
        }
        match self.dice.below(12) {
            0..=2 => plain(self.arithmetic(scope, &name, &known)),
            3 => plain(self.slice(&name, &known)?),
            4 | 5 => plain(self.layer_call(scope, &name, &known)),
            6 => self.waiting_layer(scope, &name, &known),
            7 => plain(self.product(scope, &name, &known)),
            8 if depth > 0 => {
                let count = self.dice.between(1, 3);
                plain(format!("{name} |> < {} >", self.stages(&known, count, depth - 1).0))
            }
            9 => plain(format!("{name} |> {}", self.block_stage()?)),
            _ => plain(format!("{name} |> {}", self.stage(&known, depth)?.0)),
        }
    }

    fn arithmetic(&mut self, scope: &mut Scope, name: &str, known: &Known) -> String {
        let other = match self.dice.below(6) {
            0 => (*self.dice.pick(&["0.5", "2", "-1.5", "1 / 3"])).to_owned(),
            1 => {
                let last: Vec<usize> = known.shape.iter().rev().take(1).copied().collect();
                self.declared(scope, Some(last))
            }
            2 | 3 => scope.of_shape(&mut self.dice, &known.shape).unwrap_or_else(|| "0.25".to_owned()),
            _ => scope.any(&mut self.dice).0,
        };
        match self.dice.below(11) {
            0 | 1 => format!("{name} + {other}"),
            2 => format!("{name} - {other} * 0.5"),
            3 => format!("{other} - {name}"),
            4 | 5 => format!("{name} * {other}"),
            6 => format!("{name} / ({other} * {other} + 1.5)"),
            7 => format!("({name} > {other}) * {name}"),
            8 => format!("-{name} + ({other} >= {name})"),
            9 => format!("1 - ({name} <= {other})"),
            _ => format!("{name} * {name} + {other} / 2"),
        }
    }

    /// Some entries of some axes.
    fn slice(&mut self, name: &str, known: &Known) -> Option<String> {
        if known.shape.is_empty() {
            return None;
        }
        let axes = self.dice.between(1, known.shape.len());
        let item = |extent: usize, maker: &mut Self| {
            let low = maker.dice.below(extent);
            match maker.dice.below(5) {
                0 => low.to_string(),
                1 => format!("-{}", extent - low),
                2 => format!("{low}.."),
                3 => format!("{low}..{}", maker.dice.between(low + 1, extent)),
                _ => "..".to_owned(),
            }
        };
        let items: Vec<String> = known.shape[..axes].iter().map(|extent| item(*extent, self)).collect();
        Some(format!("{name}[{}]", items.join(", ")))
    }

    /// A layer of the table as a function of one value or several.
    fn layer_call(&mut self, scope: &mut Scope, name: &str, known: &Known) -> String {
        let fits = |layer: &&Layer| layer.role != Role::Input && layer.role != Role::Ids;
        let layers: Vec<&Layer> = LAYERS.iter().copied().filter(fits).collect();
        let layer = *self.dice.pick(&layers);
        let operands = layer.operands;
        let mut stated = vec![name.to_owned()];
        let other = |maker: &mut Self, scope: &mut Scope| match maker.dice.chance(65) {
            true => scope.of_shape(&mut maker.dice, &known.shape).expect("the value itself has its shape"),
            false => scope.any(&mut maker.dice).0,
        };
        for _ in 1..operands.required {
            stated.push(other(self, scope));
        }
        if operands.more && self.dice.chance(30) {
            stated.push(other(self, scope));
        }
        let more: Vec<String> = arguments(&mut self.dice, layer.signature.params, &known.shape);
        stated.extend(more);
        for optional in &operands.names[operands.required..] {
            if self.dice.chance(25) {
                stated.push(format!("{optional} = {}", other(self, scope)));
            }
        }
        call(layer.signature.name, &stated)
    }

    /// A layer that has a name, used for the first time or once more.
    fn waiting_layer(&mut self, scope: &mut Scope, name: &str, known: &Known) -> Option<(String, String)> {
        if scope.layers.is_empty() || self.dice.chance(40) {
            let (stages, _) = self.stages(known, 2, 1);
            let layer = self.name();
            let declaration = format!("let {layer} = < {stages} >;");
            scope.statements.push(declaration.clone());
            scope.layers.push((layer, declaration));
        }
        let (layer, declaration) = self.dice.pick(&scope.layers).clone();
        let expr = match self.dice.below(3) {
            0 => format!("{name} |> {layer}"),
            1 => format!("{layer}({name})"),
            _ => format!("{layer}({name}) + {layer}({name} * 0.5)"),
        };
        Some((declaration, expr))
    }

    /// A product of matrices, with a parameter or another value.
    fn product(&mut self, scope: &mut Scope, name: &str, known: &Known) -> String {
        let last = known.shape.last().copied().unwrap_or(1);
        let other = if self.dice.chance(60) {
            let width = self.dice.between(1, 4);
            self.declared(scope, Some(vec![last, width]))
        } else {
            scope.any(&mut self.dice).0
        };
        if self.dice.chance(70) { format!("{name} @ {other}") } else { format!("{other} @ {name}") }
    }
}
