#!/usr/bin/env bash
# Compares `diff --on` with `screen` of the same list by the same program: one after the other in turn, ROUNDS rounds;
# prints the median seconds, seconds of CPU and peak MiB of each, and the ratios. Lists have ROWS firms of
# `examples/portfolio.rs`; the new rules are those of `tests/changes/books.py`.
# ROWS (100000 1000000), ROUNDS (3), WORKERS (2), PROGRAM (target/release/export-advisor).
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
program=${PROGRAM:-target/release/export-advisor}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/new"
cp -r rules seeds "$work/new"
python3 tests/changes/books.py edit "$work/new/rules"
for rows in ${ROWS:-100000 1000000}; do
  "$(dirname "$program")/examples/portfolio" "$rows" 7 >"$work/list.csv"
  python3 - "$program" "$work" "$rows" "${ROUNDS:-3}" "${WORKERS:-2}" <<'PY'
import os, statistics, subprocess, sys, time

program, work, rows, rounds, workers = sys.argv[1:]
common = ["--as-of", "2026-01-31", "--quiet", "--workers", workers]
list_, new = f"{work}/list.csv", f"{work}/new"
commands = {
    "screen": ["screen", list_, "-o", f"{work}/screened.csv", "--max-faults", "100%", *common],
    "diff --on": ["diff", "builtin", new, "--on", list_, "--digest", f"{work}/digest.json", *common],
    "diff --on, with details": [
        "diff", "builtin", new, "--on", list_, "--details", f"{work}/details.csv", "--key", "编号", *common,
    ],
}
found = {name: [] for name in commands}
for _ in range(int(rounds)):
    for name, command in commands.items():
        began = time.monotonic()
        child = subprocess.Popen([program, *command], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, (command, status)
        took = time.monotonic() - began
        found[name].append((took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
middle = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in found.items()}
print(f"{rows} rows, {workers} threads")
for name, (seconds, cpu, peak) in middle.items():
    wall, of_cpu = (a / b for a, b in zip((seconds, cpu), middle["screen"]))
    print(f"  {name:24} {seconds:7.2f} s {cpu:7.2f} s of CPU {peak:6.0f} MiB   × {wall:.2f} and {of_cpu:.2f}")
PY
done
