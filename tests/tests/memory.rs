//! Scratch memory: nothing lies over what is still needed, and hardly more is taken than is alive at one moment.

use std::path::{Path, PathBuf};

use nn_compiler::plan::placement::{Piece, extent, lower_bound, place};
use nn_compiler::plan::{Function, FunctionKind, Kernel, Memory, Place, Plan, Slot, Work};
use nn_compiler::{Compiled, compile};
use nn_grammar::text;

/// How much more than the lower bound an arena may take.
const MOST: f64 = 1.1;

/// The `.nn` files of the corpus and of the examples.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("corpus/pass"), root.join("../examples")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "nn") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// All networks of these files, with a name for messages.
fn networks() -> Vec<(String, Compiled)> {
    let mut networks = Vec::new();
    for file in files() {
        let source = std::fs::read_to_string(&file).expect("a text");
        // What only compiles from another folder is not what is tested here.
        let Ok(compiled) = text::parse(&source).and_then(|program| compile(&program)) else { continue };
        for network in compiled {
            networks.push((format!("{} {}", file.display(), network.network.name), network));
        }
    }
    assert!(networks.len() >= 40, "only {} networks", networks.len());
    networks
}

/// The most values that are alive at one moment, counted moment by moment.
fn most_alive(pieces: &[Piece]) -> usize {
    let alive =
        |at: usize| pieces.iter().filter(move |piece| piece.from <= at && at <= piece.to).map(|piece| piece.len);
    let end = pieces.iter().map(|piece| piece.to + 1).max().unwrap_or(0);
    (0..end).map(|at| alive(at).sum()).max().unwrap_or(0)
}

fn assert_apart(what: &str, pieces: &[Piece]) {
    for (at, a) in pieces.iter().enumerate() {
        for b in pieces[..at].iter().filter(|b| a.from <= b.to && b.from <= a.to) {
            let apart = a.offset + a.len <= b.offset || b.offset + b.len <= a.offset;
            assert!(apart, "{what}: {a:?} and {b:?} overlap");
        }
    }
}

#[test]
fn arenas_are_hardly_larger_than_what_is_alive() {
    for (name, network) in networks() {
        let Plan { predict_memory, train_memory, predict_arena, train_arena, .. } = &network.plan;
        for (kind, memory, arena) in
            [("prediction", predict_memory, predict_arena), ("training step", train_memory, train_arena)]
        {
            let Memory { per_row, fixed, .. } = memory;
            for (part, pieces, taken) in [("per row", per_row, arena.per_row), ("fixed", fixed, arena.fixed)] {
                let what = format!("{name}, {kind}, {part}");
                assert_apart(&what, pieces);
                assert_eq!(taken, extent(pieces), "{what}: the arena is as large as what lies in it");
                let least = most_alive(pieces);
                assert_eq!(least, lower_bound(pieces), "{what}: the bound");
                assert!(taken as f64 <= MOST * least as f64, "{what}: {taken} values, {least} are alive at most");
            }
        }
    }
}

#[test]
fn rows_lie_side_by_side_where_layers_are_narrow() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/tasks");
    let tasks = [("iris", 16), ("lenet", 128), ("lenet", 4), ("lenet", 1), ("mlp", 128), ("resnet", 32), ("lstm", 32)];
    for (task, batch) in tasks {
        let expected = ["iris", "lenet"].contains(&task) && batch >= 4;
        let source = std::fs::read_to_string(root.join(format!("{task}.nn"))).expect("a text");
        let (before, after) = source.split_once("batch ").expect("a train section says how many rows a batch has");
        let after = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let source = format!("{before}batch {batch}{after}");
        let program = text::parse(&source).expect("a program");
        for network in compile(&program).expect("a network") {
            let functions = &network.plan.functions;
            // Many rows are predicted so whatever the batch, where convolutions do most of the work.
            let many = functions.iter().filter(|function| function.kind == FunctionKind::PredictMany);
            let many: Vec<_> = many.map(|function| (function.beside, function.arena.block)).collect();
            assert_eq!(many, if task == "lenet" { vec![(true, 16)] } else { vec![] }, "{task}");
            let others = functions.iter().filter(|function| function.kind != FunctionKind::PredictMany);
            for Function { kind, beside, arena, .. } in others {
                let trains = matches!(kind, FunctionKind::Forward | FunctionKind::Backward);
                assert_eq!(*beside, expected && trains, "{task}: {kind:?}");
                let shares = trains || matches!(kind, FunctionKind::HeadForward | FunctionKind::HeadBackward);
                assert_eq!(arena.block, if expected && shares { 16 } else { 1 }, "{task}: {kind:?}");
            }
        }
    }
}

/// While one row is at its last loop, another is at its first: so no two of the places that they touch may overlap.
fn assert_rows_apart(name: &str, kernels: &[Kernel]) {
    let mut slots = Vec::new();
    for place in kernels.iter().flat_map(|kernel| kernel.work.places()) {
        match place {
            Place::Arena(slot) if !slots.contains(&slot) => slots.push(slot),
            _ => {}
        }
    }
    for (at, a) in slots.iter().enumerate() {
        for b in slots[..at].iter().filter(|b| a.batched == b.batched) {
            let apart = a.offset + a.len <= b.offset || b.offset + b.len <= a.offset;
            assert!(apart, "{name}: {a:?} and {b:?} overlap");
        }
    }
}

/// Who wrote each value of an arena last: the slot that was written as a whole.
#[derive(Default)]
struct Cells {
    per_row: Vec<Option<Slot>>,
    fixed: Vec<Option<Slot>>,
}

impl Cells {
    fn of(&mut self, slot: Slot) -> &mut [Option<Slot>] {
        let part = if slot.batched { &mut self.per_row } else { &mut self.fixed };
        part.resize(part.len().max(slot.offset + slot.len), None);
        &mut part[slot.offset..slot.offset + slot.len]
    }

    /// Runs kernels; those of a loop twice, so that its second step meets what the first one left.
    fn run(&mut self, name: &str, kernels: &[Kernel]) {
        for kernel in kernels {
            if let Work::Scan { kernels, .. } = &kernel.work {
                self.run(name, kernels);
                self.run(name, kernels);
                continue;
            }
            if let Work::Rows(kernels) = &kernel.work {
                assert_rows_apart(name, kernels);
                self.run(name, kernels);
                continue;
            }
            let mut slots = Vec::new();
            for place in kernel.work.places() {
                if let Place::Arena(slot) = place {
                    slots.push(slot);
                }
            }
            let target = kernel.work.target().expect("loops of kernels have been run");
            for slot in &slots {
                if Place::Arena(*slot) != target {
                    let intact = self.of(*slot).iter().all(|writer| *writer == Some(*slot));
                    assert!(intact, "{name}: {} ({}) reads {slot:?}, which is lost", kernel.name, kernel.origin);
                }
            }
            if let Place::Arena(slot) = target {
                self.of(slot).fill(Some(slot));
            }
        }
    }
}

#[test]
fn what_is_read_is_what_was_written_last() {
    for (name, network) in networks() {
        let of = |kinds: &[FunctionKind]| {
            let find = |kind: &FunctionKind| network.plan.functions.iter().find(|function| function.kind == *kind);
            let functions: Vec<&Function> = kinds.iter().filter_map(find).collect();
            assert_eq!(functions.len(), kinds.len(), "{name} has all functions");
            let mut cells = Cells::default();
            functions.iter().for_each(|function| cells.run(&name, &function.kernels));
            (cells.per_row.len(), cells.fixed.len())
        };
        let predict = of(&[FunctionKind::Predict]);
        let many = network.plan.many_arena.map(|arena| (of(&[FunctionKind::PredictMany]), arena));
        let train =
            of(&[FunctionKind::Forward, FunctionKind::HeadForward, FunctionKind::HeadBackward, FunctionKind::Backward]);
        let both = [(predict, network.plan.predict_arena), (train, network.plan.train_arena)];
        for ((per_row, fixed), arena) in both.into_iter().chain(many) {
            assert_eq!((per_row, fixed), (arena.per_row, arena.fixed), "{name}: what is touched is the arena");
        }
    }
}

/// Numbers below `end`, the same on every run (Steele et al., "SplitMix", 2014).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    /// Pieces of random lengths; most are short-lived, as those of networks are.
    fn pieces(&mut self, count: usize) -> Vec<Piece> {
        let mut piece = |_| {
            let from = self.below(2 * count);
            let life = if self.below(8) == 0 { 2 * count } else { 6 };
            Piece { from, to: from + self.below(life), len: 1 << self.below(9) | self.below(16), offset: 0 }
        };
        (0..count).map(&mut piece).collect()
    }
}

#[test]
fn random_pieces_lie_apart_and_close_together() {
    let mut numbers = Numbers(1);
    let mut ratios = Vec::new();
    for case in 0..200 {
        let count = 1 + numbers.below(120);
        let mut pieces = numbers.pieces(count);
        let mut again = pieces.clone();
        place(&mut pieces);
        place(&mut again);
        assert_eq!(pieces, again, "case {case}: the same pieces lie in the same places");
        assert_apart(&format!("case {case}"), &pieces);
        assert_eq!(most_alive(&pieces), lower_bound(&pieces), "case {case}: the bound");
        ratios.push(extent(&pieces) as f64 / lower_bound(&pieces) as f64);
    }
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    let worst = ratios.iter().copied().fold(1.0, f64::max);
    println!("random pieces take {mean:.4} of the bound in the mean, {worst:.4} at most");
    assert!(mean < 1.02 && worst < 1.2, "mean {mean}, worst {worst}");
}

/// The compiler tells of calls that the runtime makes.
#[test]
fn compiler_and_runtime_predict_as_many_rows_at_once() {
    for per_row in [0, 1, 48, 8191, 8192, 8193, 60_000, 1 << 20, usize::MAX >> 4] {
        for bytes in [4, 8] {
            for block in [1, 16] {
                let fixed = 5;
                let told = nn_compiler::plan::Arena { per_row, fixed, block }.rows_at_once(bytes);
                let made = nn_runtime::program::Arena { per_row, fixed, block }.rows_at_once(bytes);
                assert_eq!(told, made, "{per_row} values of {bytes} bytes, in blocks of {block}");
            }
        }
    }
}
