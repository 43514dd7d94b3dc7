//! Single steps that make a program smaller: they are numbered, and one of them is done at a time. It does not know why a program
//! should be smaller, nor whether what is left is valid.

use nn_grammar::ast::{Body, Call, Chain, Expr, ExprKind, Graph, Item, Program, Stage, StatementKind, Type};

/// The program with one part less, by the number of the part; none beyond the last.
pub fn smaller(program: &Program, number: usize) -> Option<Program> {
    let mut smaller = program.clone();
    let mut edit = Edit { left: number, done: false };
    edit.program(&mut smaller);
    edit.done.then_some(smaller)
}

/// The search for the part.
struct Edit {
    left: usize,
    done: bool,
}

impl Edit {
    /// Whether the step at hand is the one.
    fn now(&mut self) -> bool {
        if self.done {
            return false;
        }
        self.done = self.left == 0;
        self.left = self.left.saturating_sub(1);
        self.done
    }

    fn removes<T>(&mut self, all: &mut Vec<T>) {
        for at in (0..all.len()).rev() {
            if self.now() {
                all.remove(at);
                return;
            }
        }
    }

    fn program(&mut self, program: &mut Program) {
        self.removes(&mut program.items);
        for item in &mut program.items {
            match item {
                Item::Network(network) => {
                    self.removes(&mut network.inputs);
                    self.body(&mut network.body);
                    network.inputs.iter_mut().filter_map(|input| input.kind.as_mut()).for_each(|kind| self.kind(kind));
                }
                Item::Block(block) => {
                    self.body(&mut block.body);
                    self.removes(&mut block.params);
                }
                Item::Use(_) | Item::Train(_) | Item::Search(_) | Item::Constant(_) => {}
            }
        }
    }

    fn body(&mut self, body: &mut Body) {
        match body {
            Body::Chain(chain) => self.chain(chain),
            Body::Graph(graph) => self.graph(graph),
        }
    }

    /// A second name for a value goes: whoever says it says the first.
    fn second_name(&mut self, graph: &mut Graph) {
        for at in (0..graph.statements.len()).rev() {
            let StatementKind::Let { names, value } = &graph.statements[at].kind else { continue };
            let ([second], ExprKind::Name(first)) = (&names[..], &value.kind) else { continue };
            let (second, first) = (second.text.clone(), first.clone());
            if self.now() {
                graph.statements.remove(at);
                rename(graph, &second, &first);
                return;
            }
        }
    }

    fn graph(&mut self, graph: &mut Graph) {
        self.second_name(graph);
        self.removes(&mut graph.statements);
        if let Some(result) = &mut graph.result {
            self.expr(result);
        }
        for statement in &mut graph.statements {
            match &mut statement.kind {
                StatementKind::Let { value, .. }
                | StatementKind::Next { value, .. }
                | StatementKind::Emit(value)
                | StatementKind::Sample { distribution: value, .. } => self.expr(value),
                StatementKind::Tensor { kind, value, .. } => {
                    kind.iter_mut().for_each(|kind| self.kind(kind));
                    self.expr(value);
                }
                StatementKind::Entry { .. } | StatementKind::Dim { .. } => {}
            }
        }
    }

    fn kind(&mut self, kind: &mut Type) {
        self.removes(&mut kind.extents);
        kind.extents.iter_mut().for_each(|extent| self.expr(extent));
    }

    fn chain(&mut self, chain: &mut Chain) {
        if chain.stages.len() > 1 {
            self.removes(&mut chain.stages);
        }
        for at in 0..chain.stages.len() {
            if let Some(inner) = inner_chain(&chain.stages[at])
                && self.now()
            {
                chain.stages.splice(at..=at, inner.stages);
                return;
            }
        }
        chain.stages.iter_mut().for_each(|stage| self.stage(stage));
    }

    fn stage(&mut self, stage: &mut Stage) {
        match stage {
            Stage::Call(call) => self.call(call),
            Stage::Chain(chain) => self.chain(chain),
        }
    }

    fn call(&mut self, call: &mut Call) {
        self.removes(&mut call.args);
        call.args.iter_mut().for_each(|arg| self.expr(&mut arg.value));
        call.chain.iter_mut().for_each(|chain| self.chain(chain));
    }

    /// An expression becomes one of those that it is made of, or one of those becomes smaller.
    fn expr(&mut self, expr: &mut Expr) {
        for part in parts(expr) {
            if self.now() {
                *expr = part;
                return;
            }
        }
        match &mut expr.kind {
            ExprKind::Number(number) => {
                let whole: Option<usize> = number.digits.parse().ok();
                for less in whole.into_iter().flat_map(|n| [1, n.saturating_sub(1)]).filter(|less| Some(*less) < whole)
                {
                    if self.now() {
                        number.digits = less.to_string();
                        return;
                    }
                }
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::Negate(inner) | ExprKind::Field(inner, _) => self.expr(inner),
            ExprKind::Binary(_, left, right) | ExprKind::Arrow(left, right) | ExprKind::Range(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::List(all) => all.iter_mut().for_each(|one| self.expr(one)),
            ExprKind::Index(base, items) => {
                self.removes(items);
                self.expr(base);
                items.iter_mut().for_each(|item| self.expr(item));
            }
            ExprKind::Pipe(left, stage) => {
                self.expr(left);
                self.stage(stage);
            }
            ExprKind::Chain(chain) => self.chain(chain),
            ExprKind::If(choice) => {
                self.graph(&mut choice.then);
                self.graph(&mut choice.otherwise);
            }
            ExprKind::Scan(scan) => {
                if scan.sequences.len() > 1 {
                    self.removes(&mut scan.sequences);
                }
                self.graph(&mut scan.body);
            }
            ExprKind::Tuple(args) => {
                self.removes(args);
                args.iter_mut().for_each(|arg| self.expr(&mut arg.value));
            }
            ExprKind::Text(_) | ExprKind::Name(_) | ExprKind::Open(..) => {}
        }
    }
}

/// Says `first` wherever a value of a graph is made of `second`. What a chain names is left as it is.
fn rename(graph: &mut Graph, second: &str, first: &str) {
    for statement in &mut graph.statements {
        match &mut statement.kind {
            StatementKind::Let { value, .. }
            | StatementKind::Next { value, .. }
            | StatementKind::Emit(value)
            | StatementKind::Tensor { value, .. } => rename_in(value, second, first),
            StatementKind::Sample { .. } | StatementKind::Entry { .. } | StatementKind::Dim { .. } => {}
        }
    }
    graph.result.iter_mut().for_each(|result| rename_in(result, second, first));
}

fn rename_in(expr: &mut Expr, second: &str, first: &str) {
    match &mut expr.kind {
        ExprKind::Name(name) if name == second => first.clone_into(name),
        ExprKind::Negate(inner) | ExprKind::Field(inner, _) | ExprKind::Index(inner, _) => {
            rename_in(inner, second, first);
        }
        ExprKind::Binary(_, left, right) => {
            rename_in(left, second, first);
            rename_in(right, second, first);
        }
        ExprKind::Pipe(left, stage) => {
            rename_in(left, second, first);
            if let Stage::Call(call) = &mut **stage {
                call.args.iter_mut().for_each(|arg| rename_in(&mut arg.value, second, first));
            }
        }
        ExprKind::Call(call) => call.args.iter_mut().for_each(|arg| rename_in(&mut arg.value, second, first)),
        ExprKind::Tuple(args) => args.iter_mut().for_each(|arg| rename_in(&mut arg.value, second, first)),
        ExprKind::Scan(scan) => {
            scan.sequences.iter_mut().for_each(|(_, sequence)| rename_in(sequence, second, first));
            rename(&mut scan.body, second, first);
        }
        _ => {}
    }
}

/// The chain that a stage works on, or is.
fn inner_chain(stage: &Stage) -> Option<Chain> {
    match stage {
        Stage::Call(call) => call.chain.clone(),
        Stage::Chain(chain) => Some(chain.clone()),
    }
}

/// What an expression can be replaced by: what it works on.
fn parts(expr: &Expr) -> Vec<Expr> {
    match &expr.kind {
        ExprKind::Negate(inner) => vec![(**inner).clone()],
        ExprKind::Binary(_, left, right) => vec![(**left).clone(), (**right).clone()],
        ExprKind::Index(base, _) | ExprKind::Pipe(base, _) => vec![(**base).clone()],
        ExprKind::Call(call) => {
            call.args.iter().filter(|arg| arg.name.is_none()).map(|arg| arg.value.clone()).collect()
        }
        ExprKind::Tuple(args) => args.iter().map(|arg| arg.value.clone()).collect(),
        ExprKind::Scan(scan) => scan.sequences.iter().map(|(_, sequence)| sequence.clone()).collect(),
        _ => Vec::new(),
    }
}
