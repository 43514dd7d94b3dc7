#!/usr/bin/env bash
# The figures of the README: each example trained with ten seeds, the mean and the least score of its test rows.
#     examples/measure.sh            needs Rust; mushrooms are fetched from a package
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet -p nnc
nnc="${CARGO_TARGET_DIR:-target}/release/nnc"
examples/mushroom/fetch.sh > /dev/null
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

measure() { # example, metric
  for seed in 0 1 2 3 4 5 6 7 8 9; do
    "$nnc" train "examples/$1/$1.nn" --seed "$seed" -o "$out" > /dev/null 2> "$out/log" || { cat "$out/log"; exit 1; }
    # The last figures of the report are those of the kept weights on each split.
    tr -d ' \n' < "$out/report.json" | sed -E "s/.*\"final\":\{.*\"test\":\{[^}]*\"$2\":([-0-9.e]+).*/\1/"
    echo
  done | awk -v name="$1 $2" 'NF { sum += $1; if (n == 0 || $1 < least) least = $1; n++ }
    END { printf "%-18s mean of %d seeds %.4f, least %.4f\n", name, n, sum / n, least }'
}

measure iris accuracy
measure digits accuracy
measure mushroom accuracy
measure diabetes r2
