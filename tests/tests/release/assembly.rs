//! Reads the assembly texts that rustc leaves for x86-64: functions, how control flows in them, and what they mention.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// All functions of some assembly texts, by their symbols.
#[derive(Default)]
pub(crate) struct Texts {
    functions: BTreeMap<String, Function>,
    /// What a piece of constant memory points at, such as a table of methods, by the number of its text and its label.
    constants: BTreeMap<(usize, String), Vec<String>>,
}

/// A function as lines of assembly, without comments and directives.
#[derive(Default)]
pub(crate) struct Function {
    /// Its symbol.
    pub(crate) name: String,
    lines: Vec<String>,
    /// The number of its text.
    text: usize,
    /// The labels of each table of jumps.
    tables: Vec<(String, Vec<String>)>,
}

/// How control flows in a function: blocks of lines, and where it goes from each.
pub(crate) struct Flow<'a> {
    blocks: Vec<&'a [String]>,
    next: Vec<Vec<usize>>,
    function: &'a Function,
}

/// A loop that holds no other.
pub(crate) struct Innermost<'a> {
    flow: &'a Flow<'a>,
    blocks: Vec<usize>,
}

/// A call of an address that no line of the function names.
pub(crate) const UNKNOWN: &str = "an address from memory";

/// Whether a function of this name says that something is wrong, and does not return.
pub(crate) fn is_panic(symbol: &str) -> bool {
    ["panic", "_fail", "handle_error"].iter().any(|part| symbol.contains(part))
}

impl Texts {
    /// The functions of all assembly texts in a folder: of each crate the newest, since those of other compilers may be left.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut newest: BTreeMap<String, (SystemTime, PathBuf)> = BTreeMap::new();
        for entry in fs::read_dir(folder).expect("what has been built") {
            let entry = entry.expect("a file");
            let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            if let (Some((name, _)), true) = (name.split_once('-'), name.ends_with(".s")) {
                let written = entry.metadata().and_then(|data| data.modified()).expect("files have times");
                let known = newest.entry(name.to_owned()).or_insert_with(|| (written, path.clone()));
                if known.0 < written {
                    *known = (written, path);
                }
            }
        }
        let mut texts = Self::default();
        for (number, (_, path)) in newest.values().enumerate() {
            texts.add(number, &fs::read_to_string(path).expect("an assembly text"));
        }
        texts
    }

    fn add(&mut self, number: usize, text: &str) {
        let mut inside: Option<Function> = None;
        // The function before: its tables of jumps stand behind its end.
        let mut last = Function::default();
        let (mut label, mut announced) = ("", "");
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
            if let Some(name) = line.strip_suffix(':') {
                if name == announced {
                    inside = Some(Function { name: name.to_owned(), text: number, ..Function::default() });
                } else if name.starts_with(".Lfunc_end") {
                    self.keep(std::mem::take(&mut last));
                    last = inside.take().unwrap_or_default();
                } else if let (true, Some(function)) = (name.starts_with(".LBB"), &mut inside) {
                    function.lines.push(line.to_owned());
                } else if name.starts_with(".LJTI") {
                    last.tables.push((name.to_owned(), Vec::new()));
                }
                label = name;
            } else if let Some(name) = line.strip_prefix(".type\t").and_then(|line| line.strip_suffix(",@function")) {
                announced = name;
            } else if let Some(function) = &mut inside {
                if !line.starts_with('.') && !line.is_empty() {
                    function.lines.push(line.to_owned());
                }
            } else if let (Some(entry), Some((_, table))) = (line.strip_prefix(".long\t"), last.tables.last_mut()) {
                table.extend(entry.split('-').next().filter(|entry| entry.starts_with(".LBB")).map(str::to_owned));
            } else if let Some(symbol) = line.strip_prefix(".quad\t").filter(|symbol| symbol.starts_with('_')) {
                self.constants.entry((number, label.to_owned())).or_default().push(symbol.to_owned());
            }
        }
        self.keep(last);
    }

    fn keep(&mut self, function: Function) {
        if !function.name.is_empty() {
            self.functions.insert(function.name.clone(), function);
        }
    }

    /// The functions whose symbols have one of these parts.
    pub(crate) fn named(&self, parts: &[&str]) -> Vec<&Function> {
        self.functions.values().filter(|function| parts.iter().any(|part| function.name.contains(part))).collect()
    }

    /// The function of this symbol, if its text is here.
    pub(crate) fn function(&self, symbol: &str) -> Option<&Function> {
        self.functions.get(symbol)
    }

    /// All symbols that some functions can reach, themselves included, each with the function that mentions it: by calls, and by
    /// addresses of functions, also those in tables of methods. What leads to a panic alone is not followed.
    pub(crate) fn reached<'a>(&'a self, from: &[&'a Function]) -> BTreeMap<&'a str, &'a str> {
        let mut reached: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open: Vec<&Function> = Vec::new();
        for function in from {
            reached.insert(&function.name, "");
            open.push(function);
        }
        while let Some(function) = open.pop() {
            let flow = Flow::of(function);
            for symbol in flow.mentioned() {
                let pointed =
                    self.constants.get(&(function.text, symbol.to_owned())).into_iter().flatten().map(String::as_str);
                for symbol in [symbol].into_iter().chain(pointed) {
                    if symbol.starts_with('.') || is_panic(symbol) || reached.contains_key(symbol) {
                        continue;
                    }
                    reached.insert(symbol, &function.name);
                    open.extend(self.functions.get(symbol));
                }
            }
        }
        reached
    }
}

impl<'a> Flow<'a> {
    /// The flow of a function.
    pub(crate) fn of(function: &'a Function) -> Self {
        let lines = &function.lines;
        let ends = |line: &str| line.starts_with(['j', 'r']) || line == "ud2" || is_panic_call(line);
        let mut blocks: Vec<&[String]> = Vec::new();
        let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
        let mut start = 0;
        for (at, line) in lines.iter().enumerate() {
            if let Some(label) = line.strip_suffix(':') {
                if start < at {
                    blocks.push(&lines[start..at]);
                }
                start = at;
                labels.insert(label, blocks.len());
            } else if ends(line) {
                blocks.push(&lines[start..=at]);
                start = at + 1;
            }
        }
        if start < lines.len() {
            blocks.push(&lines[start..]);
        }
        let follow = |(at, block): (usize, &&[String])| {
            let last = block.last().map(String::as_str).unwrap_or_default();
            let to = last.split_whitespace().last().unwrap_or_default();
            let mut next = BTreeSet::new();
            if last.starts_with("jmp") && to.starts_with('*') {
                next.extend(function.tables_of(block).flatten().filter_map(|label| labels.get(label.as_str())));
            } else if last.starts_with('j') {
                next.extend(labels.get(to));
            }
            let goes_on = !["jmp", "ret", "ud2"].iter().any(|end| last.starts_with(end)) && !is_panic_call(last);
            if goes_on && at + 1 < blocks.len() {
                next.insert(at + 1);
            }
            next.into_iter().collect()
        };
        let next = blocks.iter().enumerate().map(follow).collect();
        Self { blocks, next, function }
    }

    /// The loops that hold no other.
    pub(crate) fn innermost_loops(&self) -> Vec<Innermost<'_>> {
        let all: Vec<usize> = (0..self.blocks.len()).collect();
        innermost(&all, &self.next).into_iter().map(|blocks| Innermost { flow: self, blocks }).collect()
    }

    /// The symbols that a block calls or jumps to, other than labels of its own function.
    fn calls(&self, block: usize) -> Vec<&'a str> {
        let lines = self.blocks[block];
        let mut calls = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let Some(to) = line.split_whitespace().last().filter(|_| line.starts_with("call") || line.starts_with('j'))
            else {
                continue;
            };
            match to.strip_prefix('*') {
                None if to.starts_with(".L") => {}
                None => calls.push(symbol(to)),
                Some(register) if register.starts_with('%') => {
                    let before = lines[..at].iter().rev().find_map(|line| address_in(line, register));
                    let anywhere = || self.function.lines.iter().filter_map(|line| address_in(line, register));
                    let known: Vec<&str> = before.map_or_else(|| anywhere().collect(), |symbol| vec![symbol]);
                    let jumps = line.starts_with('j') && !self.function.tables.is_empty();
                    match known.is_empty() && !jumps {
                        true => calls.push(UNKNOWN),
                        false => calls.extend(known),
                    }
                }
                Some(place) if place.contains("@GOTPCREL") => calls.push(symbol(place)),
                Some(_) => calls.push(UNKNOWN),
            }
        }
        calls
    }

    /// The panic that a block ends in, whatever happens there.
    fn panic_of(&self, block: usize) -> Option<&'a str> {
        let (mut block, mut seen) = (block, BTreeSet::new());
        while seen.insert(block) {
            if let Some(symbol) = self.calls(block).into_iter().find(|symbol| is_panic(symbol)) {
                return Some(symbol);
            }
            match self.next[block][..] {
                [next] => block = next,
                _ => return None,
            }
        }
        None
    }

    /// All symbols that are named outside of what leads to a panic.
    fn mentioned(&self) -> impl Iterator<Item = &'a str> {
        let blocks = (0..self.blocks.len()).filter(|block| self.panic_of(*block).is_none());
        blocks.flat_map(|block| self.blocks[block].iter().flat_map(|line| mentioned(line)))
    }
}

impl<'a> Innermost<'a> {
    /// Its lines.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &'a str> {
        self.blocks.iter().flat_map(|block| self.flow.blocks[*block]).map(String::as_str)
    }

    /// Its lines as one text.
    pub(crate) fn text(&self) -> String {
        self.lines().collect::<Vec<_>>().join("\n")
    }

    /// What is called in each round.
    pub(crate) fn calls(&self) -> Vec<&'a str> {
        self.blocks.iter().flat_map(|block| self.flow.calls(*block)).collect()
    }

    /// The panics that a round may end in.
    pub(crate) fn panics(&self) -> Vec<&'a str> {
        let leaves = self.blocks.iter().flat_map(|block| &self.flow.next[*block]);
        leaves.filter(|next| !self.blocks.contains(next)).filter_map(|next| self.flow.panic_of(*next)).collect()
    }
}

impl Function {
    /// The tables of jumps that a block names; all, if it names none.
    fn tables_of(&self, block: &[String]) -> impl Iterator<Item = &Vec<String>> {
        let names = |name: &str| block.iter().any(|line| line.contains(&format!("{name}(")));
        let any = self.tables.iter().any(|(name, _)| names(name));
        self.tables.iter().filter(move |(name, _)| !any || names(name)).map(|(_, labels)| labels)
    }
}

/// The name in an operand: `*memcpy@GOTPCREL(%rip)`.
fn symbol(operand: &str) -> &str {
    operand.trim_start_matches('*').split(['@', '(']).next().unwrap_or_default()
}

/// The symbol whose address a line puts in a register.
fn address_in<'a>(line: &'a str, register: &str) -> Option<&'a str> {
    let (from, to) = line.split_once('\t')?.1.rsplit_once(", ")?;
    let loads = (line.starts_with("movq") && from.contains("@GOTPCREL")) || line.starts_with("leaq");
    (to == register && loads && from.ends_with("(%rip)")).then(|| symbol(from))
}

/// The symbols that the operands of a line name.
fn mentioned(line: &str) -> impl Iterator<Item = &str> {
    let is_jump = line.starts_with("call") || line.starts_with('j');
    let operands = line.split_once('\t').map_or("", |(_, operands)| operands).split(", ");
    let named = operands.filter(move |operand| is_jump || operand.ends_with("(%rip)"));
    named.map(symbol).filter(|symbol| !symbol.starts_with(['%', '$', '(']) && !symbol.starts_with(".LBB"))
}

fn is_panic_call(line: &str) -> bool {
    line.starts_with("call") && is_panic(line)
}

/// The cycles of a graph that hold no other.
fn innermost(nodes: &[usize], next: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for cycle in cycles(nodes, next) {
        let is_within: BTreeSet<usize> = cycle.iter().copied().collect();
        let outside = nodes.iter().filter(|node| !is_within.contains(node));
        let entered: BTreeSet<usize> = outside.flat_map(|node| next[*node].iter().copied()).collect();
        let mut heads: BTreeSet<usize> = is_within.intersection(&entered).copied().collect();
        if heads.is_empty() {
            heads.extend(cycle.first());
        }
        // Without the ways back to where it is entered, what still goes round is a loop within.
        let mut cut = vec![Vec::new(); next.len()];
        for node in &cycle {
            let stays = |to: &&usize| is_within.contains(to) && !heads.contains(to);
            cut[*node] = next[*node].iter().filter(stays).copied().collect();
        }
        let within = innermost(&cycle, &cut);
        if within.is_empty() {
            found.push(cycle);
        } else {
            found.extend(within);
        }
    }
    found
}

/// The largest sets of nodes of which each can be reached from each other, in order; of one node only if it follows itself.
fn cycles(nodes: &[usize], next: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut done = Vec::new();
    let within: BTreeSet<usize> = nodes.iter().copied().collect();
    for &node in nodes {
        for &to in next[node].iter().filter(|to| within.contains(to)) {
            before.entry(to).or_default().push(node);
        }
        let mut way = if seen.insert(node) { vec![(node, 0)] } else { Vec::new() };
        while let Some((at, branch)) = way.last_mut() {
            let to = next[*at].get(*branch).copied();
            *branch += 1;
            match to {
                Some(to) if within.contains(&to) && seen.insert(to) => way.push((to, 0)),
                Some(_) => {}
                None => {
                    done.push(*at);
                    way.pop();
                }
            }
        }
    }
    let mut left = within;
    let mut found = Vec::new();
    for node in done.into_iter().rev() {
        let mut open: Vec<usize> = left.take(&node).into_iter().collect();
        let mut cycle = Vec::new();
        while let Some(at) = open.pop() {
            cycle.push(at);
            open.extend(before.get(&at).into_iter().flatten().filter_map(|from| left.take(from)));
        }
        cycle.sort_unstable();
        if cycle.len() > 1 || cycle.first().is_some_and(|only| next[*only].contains(only)) {
            found.push(cycle);
        }
    }
    found
}
