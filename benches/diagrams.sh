#!/usr/bin/env bash
# Compares the decision diagrams of the core with biodivine-lib-bdd and oxidd, all on one thread and in turn, ROUNDS
# rounds; prints medians. The rules are the built-in ones and DOCUMENTS made-up documents. First it requires the same answers
# of all sides (the fingerprints of all functions, and each yes and no), and others once a rule is planted. The answers are
# those of benches/diagrams and of the test `workload` of the core. Everything is built under target/.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} documents=${DOCUMENTS:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

target=${CARGO_TARGET_DIR:-target}
cargo build --release --quiet --manifest-path benches/diagrams/Cargo.toml --target-dir "$target/diagrams"
cargo test --release --quiet -p export-advisor-core --lib --no-run
cargo run --release --quiet -p export-advisor-core --example documents -- "$documents" --write "$work/documents"
diagrams=$target/diagrams/release/diagrams
ours() {
  env DIAGRAMS_FOLDER="$work/$1" ${rules:+DIAGRAMS_RULES="$rules"} ${2:+DIAGRAMS_ROUND=1} \
    cargo test --release --quiet -p export-advisor-core --lib -- --exact diagram::workload::workload --nocapture
}

for book in built-in made-up; do
  rules=
  if [ "$book" = made-up ]; then rules=$work/documents; fi
  folder=$work/$book
  mkdir "$folder"
  ours "$book" > /dev/null
  for library in biodivine oxidd; do
    "$diagrams" "$library" check "$folder"
    for name in one full two; do cmp "$folder/$name.ours" "$folder/$name.$library"; done
    "$diagrams" "$library" planted "$folder"
    for name in one full two; do
      if cmp -s "$folder/$name.ours" "$folder/$name.$library"; then echo "$library: a planted rule is overlooked"; exit 1; fi
    done
  done
  echo "$book: $(cat "$folder"/*.ours | wc -l) answers are the same on all sides; a planted rule is detected"
  for _ in $(seq "$rounds"); do
    ours "$book" round
    for library in biodivine oxidd; do "$diagrams" "$library" round "$folder"; done
  done | grep '^@' > "$work/$book.runs"
done
python3 - "$work" <<'PY'
import statistics, sys
for book in ["built-in", "made-up"]:
    runs = {}
    for line in open(f"{sys.argv[1]}/{book}.runs"):
        _, side, phase, unit, value = line.split()
        runs.setdefault((phase, unit), {}).setdefault(side, []).append(float(value))
    print(f"\n{book:24} {'ours':>10} {'biodivine':>10} {'oxidd':>10}")
    for (phase, unit), sides in runs.items():
        # Later workloads use memory that the first one has freed.
        if len(sides) == 3 and phase not in ("full-peak", "two-peak"):
            row = [statistics.median(sides[side]) for side in ("ours", "biodivine", "oxidd")]
            print(f"{phase + ', ' + unit:24}" + "".join(f" {value:10.{1 if unit == 'ms' else 0}f}" for value in row))
PY
tree() { cargo tree --quiet "$@" --prefix none --edges normal,build | cut -d' ' -f1 | sort -u; }
tree -p export-advisor-core > "$work/core"
cargo metadata --quiet --format-version 1 --manifest-path benches/diagrams/Cargo.toml > "$work/metadata"
for library in biodivine-lib-bdd oxidd; do
  tree --manifest-path benches/diagrams/Cargo.toml -p "$library" | comm -13 "$work/core" - > "$work/new"
  python3 - "$library" "$work" <<'PY'
import json, pathlib, sys
library, work = sys.argv[1], pathlib.Path(sys.argv[2])
new = set((work / "new").read_text().split())
packages = [p for p in json.loads((work / "metadata").read_text())["packages"] if p["name"] in new]
sources = [file for p in packages for file in (pathlib.Path(p["manifest_path"]).parent / "src").rglob("*.rs")]
lines = sum(file.read_bytes().count(b"\n") for file in sources)
print(f"{library}: {len(new)} crates that the core has not, {lines} lines")
PY
done
