//! Pictures of networks that are hard to draw: no box covers another, no line passes under a box.

use nn_grammar::text;

use super::layout::{Layout, layout};
use super::{Graph, dot, of, svg};

fn graph(source: &str) -> Graph {
    let program = text::parse(source).expect("a text");
    let compiled = nn_compiler::compile(&program).expect("a network");
    of(&compiled[0].network)
}

const SKIPS: &str =
    "block unit(c: dim) < residual < conv(c, 3, relu, pad = same), batch_norm, conv(c, 3, pad = same) >, relu >
network Net(x: [8, 8, 3], y: [4]) {
    let a = x |> conv(4, 3, pad = same) |> unit(4) |> unit(4);
    let b = y |> dense(16, relu);
    let c = concat(a |> flatten, b, b |> dense(3, tanh));
    (left = c |> dense(2, softmax), right = c |> repeat(3) < dense(275, relu) > |> dense(1))
}";

#[test]
fn boxes_have_arguments_sizes_and_shapes() {
    let graph = graph("network Small < dense(4->8, relu), dense(8->3, softmax) >");
    let shown: Vec<String> =
        graph.boxes.iter().map(|one| format!("{} | {} | {:?}", one.title, one.note, one.yields)).collect();
    assert_eq!(
        shown,
        [
            "input x | | [\"[4]\"]",
            "dense(4->8, relu) | dense_1 · 40 parameters | [\"[8]\"]",
            "dense(8->3, softmax) | dense_2 · 27 parameters | [\"[3]\"]",
            "output | | [\"[3]\"]"
        ]
        .map(|line| line.replace("| |", "|  |"))
    );
}

#[test]
fn a_loop_is_a_box_with_its_steps() {
    let graph = graph("network Deep < input(6), repeat(5) < residual < dense(6, tanh) > >, dense(2) >");
    let inner = graph.boxes.iter().find_map(|one| one.inner.as_ref()).expect("a loop");
    let titles: Vec<&str> = inner.boxes.iter().map(|one| &*one.title).collect();
    assert_eq!(titles, ["from the step before", "dense(6, tanh)", "residual sum", "to the next step"]);
    assert_eq!(inner.lines.len(), 4, "the way around the layer is a line of its own");
}

/// The corners of boxes with those of their insides, moved to where they stand.
fn corners(laid: &Layout, (x, y): (f64, f64), found: &mut Vec<[f64; 4]>) {
    for one in &laid.boxes {
        let (left, top) = (one.at.0 + x, one.at.1 + y);
        match &one.inner {
            Some((right, down, inner)) => corners(inner, (left + right, top + down), found),
            None => found.push([left, top, left + one.size.0, top + one.size.1]),
        }
    }
}

#[test]
fn nothing_lies_over_anything() {
    let laid = layout(&graph(SKIPS));
    let mut boxes = Vec::new();
    corners(&laid, (0.0, 0.0), &mut boxes);
    assert!(boxes.len() > 15, "{}", boxes.len());
    for (index, a) in boxes.iter().enumerate() {
        for b in &boxes[index + 1..] {
            assert!(a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1], "{a:?} and {b:?}");
        }
    }
    for (x, y, word) in &laid.words {
        let end = x + 6.7 * word.chars().count() as f64;
        assert!(*x >= 0.0 && end <= laid.width && *y <= laid.height, "{word} leaves the picture");
        for one in &laid.boxes {
            let (left, top) = one.at;
            let apart = end <= left || left + one.size.0 <= *x || *y <= top || top + one.size.1 <= y - 10.0;
            assert!(apart, "{word} lies under {one:?}");
        }
    }
    for way in &laid.ways {
        for pair in way.windows(2) {
            for one in &laid.boxes {
                let inside = |x: f64| one.at.0 < x && x < one.at.0 + one.size.0;
                let crosses = pair[0].1 < one.at.1 + one.size.1 && pair[1].1 > one.at.1;
                assert!(!(crosses && (inside(pair[0].0) || inside(pair[1].0))), "{pair:?} passes under {one:?}");
            }
        }
    }
}

#[test]
fn what_comes_from_the_text_is_escaped() {
    let graph = graph("network Small < dense(4->3) >");
    let picture = svg("a < b & \"c\"", &graph);
    assert!(picture.contains("a &lt; b &amp; &quot;c&quot;") && picture.contains("dense(4-&gt;3)"), "{picture}");
    assert!(dot("a \"b\"\\", &graph).starts_with("digraph \"a \\\"b\\\"\\\\\" {"));
}
