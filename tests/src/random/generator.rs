//! Random programs as text. Each piece is offered to the compiler before it is kept, so that only few programs are refused as a whole.

use std::fmt::Write as _;

use super::dice::Dice;
use super::probe::{Known, Names, shape_of, written, written_shape};

/// The most values of one example that a step of a program yields.
const MOST_VALUES: usize = 60;
/// The most axes of a value.
const MOST_AXES: usize = 4;

/// What makes a program.
#[derive(Debug)]
pub struct Maker {
    pub(super) dice: Dice,
    /// The blocks so far, as text.
    pub(super) items: String,
    /// Uses of blocks that can be tried.
    pub(super) blocks: Vec<String>,
    names: usize,
    /// A text that breaks the compiler, if one has been tried.
    broken: Option<String>,
}

/// What can be named at a place of a program.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The values.
    pub(super) names: Names,
    /// Layers that wait for their inputs: name and declaration.
    pub(super) layers: Vec<(String, String)>,
    /// The statements so far.
    pub(super) statements: Vec<String>,
}

impl Scope {
    /// Some value, more likely a late one.
    pub(super) fn any(&self, dice: &mut Dice) -> (String, Known) {
        let mut all: Vec<(&String, &Known)> = self.names.iter().collect();
        // Names end in numbers that grow.
        all.sort_by_key(|(name, _)| name[1..].parse::<usize>().unwrap_or(0));
        let late = all.len().saturating_sub(3);
        let from = if dice.chance(60) { late } else { 0 };
        let (name, known) = all[from + dice.below(all.len() - from)];
        (name.clone(), known.clone())
    }

    /// A value of this shape, if there is one.
    pub(super) fn of_shape(&self, dice: &mut Dice, shape: &[usize]) -> Option<String> {
        let fitting: Vec<&String> =
            self.names.iter().filter(|(_, known)| known.shape == shape).map(|(name, _)| name).collect();
        if fitting.is_empty() { None } else { Some((*dice.pick(&fitting)).clone()) }
    }
}

/// A program from a seed: one network that is called `N`, and blocks. Most are valid. If a piece of it
/// breaks the compiler, a program of that piece.
pub fn program(seed: u64) -> String {
    let mut maker = Maker { dice: Dice::new(seed), items: String::new(), blocks: Vec::new(), names: 0, broken: None };
    for _ in 0..maker.dice.below(3) {
        maker.block();
    }
    let network = if maker.dice.chance(25) { maker.chain_network() } else { maker.graph_network() };
    maker.broken.unwrap_or(maker.items + &network)
}

impl Maker {
    /// A name that nothing has yet.
    pub(super) fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// A shape of so many axes at most.
    pub(super) fn shape(&mut self, most_axes: usize) -> Vec<usize> {
        let axes = self.dice.between(1, most_axes);
        (0..axes).map(|_| self.dice.between(1, 5)).collect()
    }

    /// The shape of an expression, if it is taken and small.
    pub(super) fn taken(&mut self, scope: &Scope, before: &str, expr: &str) -> Option<Vec<usize>> {
        let shape = match shape_of(&self.items, &scope.names, before, expr) {
            Ok(shape) => shape?,
            Err(text) => {
                self.broken = Some(text);
                return None;
            }
        };
        (shape.len() <= MOST_AXES && shape.iter().product::<usize>() <= MOST_VALUES).then_some(shape)
    }

    fn chain_network(&mut self) -> String {
        let (known, first) = if self.dice.chance(20) {
            let (steps, classes) = (self.dice.between(1, 4), self.dice.between(2, 6));
            let width = self.dice.between(1, 4);
            let stages = format!("input({steps}), embedding({classes}->{width})");
            (Known { shape: vec![steps, width], classes: None }, stages)
        } else {
            let shape = self.shape(3);
            let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
            (Known { shape, classes: None }, format!("input({})", extents.join(", ")))
        };
        let stages = self.dice.between(1, 5);
        let (chain, _) = self.stages(&known, stages, 2);
        format!("network N < {first}, {chain} >\n")
    }

    fn graph_network(&mut self) -> String {
        let mut scope = Scope::default();
        for _ in 0..self.dice.between(1, 3) {
            let classes = self.dice.chance(12).then(|| self.dice.between(2, 6));
            let shape = self.shape(if classes.is_some() { 1 } else { 3 });
            scope.names.insert(self.name(), Known { shape, classes });
        }
        let inputs: Vec<String> =
            scope.names.iter().map(|(name, known)| format!("{name}: {}", written(known))).collect();
        for _ in 0..self.dice.between(1, 9) {
            self.statement(&mut scope, 2);
        }
        let result = self.result(&scope);
        let mut text = format!("network N({}) {{\n", inputs.join(", "));
        for statement in &scope.statements {
            writeln!(text, "    {statement}").expect("a string takes everything");
        }
        write!(text, "    {result}\n}}\n").expect("a string takes everything");
        text
    }

    /// What a graph yields: mostly of values that nothing else uses.
    fn result(&mut self, scope: &Scope) -> String {
        let said = scope.statements.join(" ");
        let used = |name: &str| said.matches(name).count() > 1;
        let mut loose: Vec<&String> = scope.names.keys().filter(|name| !used(name)).collect();
        loose.sort_by_key(|name| std::cmp::Reverse(name[1..].parse::<usize>().unwrap_or(0)));
        let last = loose.first().map_or_else(|| scope.any(&mut self.dice).0, |name| (*name).clone());
        let width = self.dice.between(1, 4);
        match self.dice.below(10) {
            0 | 1 => last,
            2 => format!("{last} |> softmax"),
            3 | 4 if loose.len() > 1 => {
                let parts: Vec<String> =
                    loose.iter().take(3).enumerate().map(|(at, name)| format!("out{at} = {name}")).collect();
                format!("({})", parts.join(", "))
            }
            choice => {
                let flat = |name: &String| match scope.names[name].shape.is_empty() {
                    true => name.clone(),
                    false => format!("({name} |> flatten |> dense({width}, tanh))"),
                };
                let parts: Vec<String> = loose.into_iter().take(4).map(flat).collect();
                let sum = if parts.is_empty() { flat(&last) } else { parts.join(" + ") };
                if choice == 9 { format!("({sum}) |> dense(3) |> sigmoid") } else { sum }
            }
        }
    }

    /// Declares a block, if what it is made of is taken.
    fn block(&mut self) {
        let name = format!("block_{}", self.blocks.len() + 1);
        let width = self.dice.between(1, 4);
        let act = super::arguments::activation(&mut self.dice);
        let known = Known { shape: vec![self.dice.between(1, 4), width], classes: None };
        let count = self.dice.between(1, 2);
        let (stages, _) = self.stages(&known, count, 1);
        let text = if self.dice.chance(50) {
            format!(
                "block {name}(c: dim, act: activation = {act}, p: real = 0.25) < dense(c, act), {stages}, dropout(p) >\n"
            )
        } else {
            let other = self.dice.between(1, 2);
            format!(
                "block {name}(c: dim, k: dim = {other})(x) {{ let f = x |> dense(c, {act}); \
                 let g = if k == 1 {{ f }} else {{ f |> dense(c * k) |> dense(c) }}; let h = g |> < {stages} >; f * g + h }}\n"
            )
        };
        // Whether the block can be used is seen when it is.
        self.items += &text;
        self.blocks.push(name);
    }

    /// A tensor that the text itself declares.
    pub(super) fn declared(&mut self, scope: &mut Scope, shape: Option<Vec<usize>>) -> String {
        let name = self.name();
        let shape = shape.unwrap_or_else(|| self.shape(2));
        let extents = written_shape(&shape);
        let statement = match self.dice.below(6) {
            0 => {
                let count: usize = shape.iter().product();
                let numbers: Vec<String> = (0..count).map(|at| format!("{}", (at % 5) as f64 * 0.5 - 1.0)).collect();
                if shape.len() == 1 {
                    format!("const {name}: {extents} = [{}];", numbers.join(", "))
                } else {
                    format!("const {name}: {extents} = 0.7;")
                }
            }
            1 => {
                let distribution = *self.dice.pick(&["normal", "normal(0.5, 0.1)", "uniform(-1, 1)"]);
                let extents = if shape.is_empty() { "" } else { &extents };
                format!("sample {name} ~ {distribution}{extents};")
            }
            _ => format!("param {name}: {extents} = {};", *self.dice.pick(&["normal(0, 0.5)", "ones", "0.3", "zeros"])),
        };
        scope.statements.push(statement);
        scope.names.insert(name.clone(), Known { shape, classes: None });
        name
    }
}
