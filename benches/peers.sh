#!/usr/bin/env bash
# Compares the evaluator with zen-engine, Rhai and OpenFisca on the same rules and random firms, on one thread, all sides
# in turn, ROUNDS rounds; prints medians, ranges and ratios. First it checks each peer against two-valued logic for every
# firm and support, and checks that a planted rule is detected. OpenFisca evaluates 200 firms one at a time, then ROWS at
# once. Everything is built and installed under target/; the first build takes a quarter of an hour on one core.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} rows=${ROWS:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

venv=target/peers-venv
if ! cmp -s benches/peers/requirements.txt "$venv/installed.txt"; then
  python3 -m venv "$venv" || { tests/apt-install python3-venv; python3 -m venv "$venv"; }
  "$venv/bin/pip" install -q -r benches/peers/requirements.txt
  cp benches/peers/requirements.txt "$venv/installed.txt"
fi
cargo build --release --quiet --manifest-path benches/peers/Cargo.toml --target-dir target/peers
peers=target/peers/release/peers
openfisca() { "$venv/bin/python" benches/peers/openfisca.py "$work" "$1"; }

"$peers" prepare "$work" "$rows"
openfisca check
for _ in $(seq "$rounds"); do
  "$peers" round
  openfisca round
done | tee "$work/runs"
python3 - "$work/runs" "$rows" <<'PY'
import statistics, sys
runs = {}
for line in open(sys.argv[1]):
    name, spent = line.split()
    runs.setdefault(name, []).append(float(spent) / 1000)
sides = [
    ("ours-one", "ours-one", "ours, one firm at a time"),
    ("rhai", "ours-one", "Rhai, two values"),
    ("zen", "ours-one", "zen-engine, two values"),
    ("zen-trace", "ours-one", "zen-engine with its trace"),
    ("openfisca-one", "ours-one", "OpenFisca, one firm at a time"),
    ("ours-blocks", "ours-blocks", "ours, batches of 1,024"),
    ("openfisca-at-once", "ours-blocks", f"OpenFisca, {int(sys.argv[2]):,} at once"),
    ("ours-blocks-fill", None, "separately: filling our batches"),
    ("openfisca-fill", None, "separately: filling its columns"),
]
print(f"\n{'microseconds per firm':36} {'median':>10} {'min-max':>21} {'× ours':>8}")
for name, base, label in sides:
    found = runs[name]
    ratio = ""
    if base:
        times = statistics.median(a / b for a, b in zip(found, runs[base]))
        ratio = f"{times:.0f}" if times >= 10 else f"{times:.1f}"
    print(f"{label:36} {statistics.median(found):10.3f} {f'{min(found):.3f}-{max(found):.3f}':>21} {ratio:>8}")
print("OpenFisca gets each test of a text or a list precomputed, and whether a fact is unknown.")
PY
