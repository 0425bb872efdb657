#!/usr/bin/env bash
# Screens a list of ROWS synthetic firms, all sides in turn, ROUNDS rounds; prints medians, ratios and peak memory.
# It compares with reading and rewriting the CSV with the csv crate, and with DuckDB running our own printed query from
# the same files on as many threads (its table gets its types first, as docs/warehouse.md shows; every row has all
# columns of the list and all statuses). It runs from a hundredth to five times the rows to compare memory.
# WORKERS threads [default: one per core]. All files are in one temporary folder. The Python environment of
# tests/files/run provides DuckDB. Before each run the script touches two gigabytes of memory: the host of a virtual
# machine may have reclaimed free memory, and the side that writes most into new files would pay for getting it back.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} rows=${ROWS:-1000000} workers=${WORKERS:-$(nproc)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --release --quiet --bin export-advisor --example portfolio --example rewrite
target/release/examples/portfolio "$rows" >"$work/list.csv"
target/release/examples/portfolio "$((rows / 10))" >"$work/tenth.csv"
printf 'the list has %s rows, %s bytes\n' "$rows" "$(stat -c %s "$work/list.csv")"
gzip -1 -k "$work/list.csv"
head -n "$((rows / 10 + 1))" "$work/list.csv" >"$work/sheet.csv"
head -n "$((rows / 100 + 1))" "$work/list.csv" >"$work/hundredth.csv"
python=target/files-venv/bin/python
"$python" benches/duckdb_list.py prepare "$work" target/release/export-advisor

timed() { # name, command…: prints seconds, peak kB and CPU seconds; first deletes earlier outputs
  local name=$1; shift
  rm -f "$work"/copy.* "$work"/out.* "$work"/duck.*
  python3 -c 'import mmap; m = mmap.mmap(-1, 2 << 30); [m.__setitem__(at, 1) for at in range(0, 2 << 30, 4096)]'
  python3 - "$name" "$@" <<'PY'
import resource, subprocess, sys, time
began = time.monotonic()
code = subprocess.run(sys.argv[2:], stderr=subprocess.DEVNULL).returncode
seconds = time.monotonic() - began
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
assert code == 0, (sys.argv, code)
print(sys.argv[1], f"{seconds:.3f} {usage.ru_maxrss} {usage.ru_utime + usage.ru_stime:.3f}")
PY
}
advisor=target/release/export-advisor
screen() { timed "$1" "$advisor" screen "$2" -o "$3" --as-of 2026-11-25 --quiet --max-faults 100% --workers "$workers" "${@:4}"; }
for _ in $(seq "$rounds"); do
  timed rewrite target/release/examples/rewrite "$work/list.csv" "$work/copy.csv"
  screen screen "$work/list.csv" "$work/out.csv"
  screen one-support "$work/list.csv" "$work/out.csv" --supports guarantee-small-micro
  screen tenth "$work/tenth.csv" "$work/out.csv"
  screen hundredth "$work/hundredth.csv" "$work/out.csv"
  screen to-ndjson "$work/list.csv" "$work/out.ndjson"
  screen from-gzip "$work/list.csv.gz" "$work/out.csv"
  screen parquet "$work/clean.parquet" "$work/out.parquet"
  screen clean-csv "$work/clean.csv" "$work/out.csv"
  screen tenth-xlsx "$work/sheet.csv" "$work/out.xlsx"
  timed duckdb-csv "$python" benches/duckdb_list.py csv "$work" "$workers"
  timed duckdb-pq "$python" benches/duckdb_list.py parquet "$work" "$workers"
done | tee "$work/runs"
# Once, to compare memory: five times as many rows.
target/release/examples/portfolio "$((rows * 5))" >"$work/fivefold.csv"
screen fivefold "$work/fivefold.csv" "$work/out.csv" | tee -a "$work/runs"
python3 - "$work/runs" "$rows" <<'PY'
import statistics, sys
runs = {}
for line in open(sys.argv[1]):
    name, seconds, peak, cpu = line.split()
    runs.setdefault(name, []).append((float(seconds), int(peak), float(cpu)))
rows = int(sys.argv[2])
median = lambda name, index: statistics.median(run[index] for run in runs[name])
base = median("rewrite", 0)
print(f"{'':12} {'seconds':>9} {'min-max':>15} {'rows/s':>10} {'ratio':>6} {'CPU s':>7} {'peak MiB':>9}")
for name, found in runs.items():
    seconds = median(name, 0)
    of = rows // 10 if name.startswith("tenth") else {"hundredth": rows // 100, "fivefold": rows * 5}.get(name, rows)
    spread = f"{min(f[0] for f in found):.2f}-{max(f[0] for f in found):.2f}"
    print(f"{name:12} {seconds:9.2f} {spread:>15} {of / seconds:10.0f} {seconds / base:6.2f} {median(name, 2):7.2f} {median(name, 1) / 1024:9.1f}")
for ours, theirs in [("clean-csv", "duckdb-csv"), ("parquet", "duckdb-pq")]:
    pairs = zip(runs[ours], runs[theirs])
    print(f"{ours}: {statistics.median(b[0] / a[0] for a, b in pairs):.1f} × the rows/s of {theirs}")
PY
