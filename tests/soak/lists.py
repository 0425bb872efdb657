#!/usr/bin/env python3
"""Screens lists made to cost far more than their size, and prints the cost of each.

    tests/soak/lists.py PROGRAM [PROGRAM ...]

For each list and program it prints exit status, seconds, peak memory, bytes written, and the first message. Each run has
at most MEMORY of data and SECONDS of time. Lists of text need only Python's standard library; the Parquet lists need
pyarrow (tests/files/run creates an environment with it), and are omitted without it.
"""

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MEMORY = 6 << 30
SECONDS = 120
WRITTEN = 8 << 30


def texts(folder):
    """Lists of text: name of the list, its file, the format of the output."""
    rows = "是否出口\n" + "是\n" * 1_400_000
    yield "short rows, gzip", write(folder / "rows.csv.gz", gzip.compress(rows.encode(), 9)), "csv"
    blanks = b"exports_goods\nyes\n" + b"\n" * (256 << 20)
    yield "blank lines, gzip", write(folder / "blanks.csv.gz", gzip.compress(blanks, 9)), "csv"
    header = "是否出口," + "长" * (5 << 20) + "\n是,1\n"
    yield "a header of 15 MiB", write(folder / "header.csv", header.encode()), "csv"
    cells = "是否出口" + ",a" * (7 << 20) + "\n是\n"
    yield "a header of 7 million cells", write(folder / "cells.csv", cells.encode()), "csv"
    wide = ",".join(["exports_goods", *(f"c{n}" for n in range(1_000_000))]) + "\nyes\n"
    yield "a million columns", write(folder / "wide.csv", wide.encode()), "parquet"
    padded = ",".join(["exports_goods", *(f"c{n}" for n in range(4_000))]) + "\n" + "1\n" * 1_000_000
    yield "short rows of 4,001 columns", write(folder / "padded.csv", padded.encode()), "csv"
    keys = json.dumps({"exports_goods": True, **{f"c{n}": 1 for n in range(4_000)}})
    objects = keys + "\n" + "{}\n" * 200_000
    yield "short lines of 4,001 keys", write(folder / "keys.ndjson", objects.encode()), "csv"


def tables(folder):
    """Lists in Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def table(name, columns, **options):
        pq.write_table(pa.table(columns), folder / name, **options)
        return folder / name

    yes = pa.array([True] * 60_000)
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 60_000, pa.int32()), ["长" * 22_000])
    repeated = table("repeated.parquet", {"exports_goods": yes, "备注": long}, compression="zstd")
    yield "a text of 66 kB in 60,000 rows", repeated, "csv"
    yield "the same, as lines", repeated, "ndjson"
    yield "the same, as columns", repeated, "parquet"
    rows = {"exports_goods": pa.array([True] * 3_000_000)}
    yield "3 million rows of one column", table("rows.parquet", rows), "csv"
    groups = {"employees": pa.array([n % 300 for n in range(200_000)])}
    small = table("groups.parquet", groups, row_group_size=1)
    yield "200,000 row groups", small, "parquet"
    yield "200,000 row groups, as text", small, "csv"
    # Honest: 645,000 firms, where most columns have few distinct values.
    count = 645_000
    honest = {
        "企业名称": pa.array([f"企业{n}" for n in range(count)]),
        "从业人数": pa.array([n * 7 % 300 for n in range(count)]),
        "行业代码": pa.array([("F5191", "C1810", "C3919")[n % 3] for n in range(count)]),
        "是否出口": pa.array([n % 5 != 0 for n in range(count)]),
    }
    file = table("honest.parquet", honest, compression="zstd")
    yield "honest: 645,000 firms", file, "csv"
    yield "honest: 645,000 firms, as columns", file, "parquet"


def write(path, content):
    path.write_bytes(content)
    return path


def limit():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))


def high_water(pid):
    """The peak memory of a process so far. (The resource usage of a child would include this process.)"""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) << 10 if lines else 0


def run(program, list_, to):
    """One run in its own temporary folder."""
    with tempfile.TemporaryDirectory(dir=list_.parent) as folder:
        messages, out = Path(folder) / "messages", Path(folder) / f"out.{to}"
        command = [program, "screen", str(list_), "-o", str(out), "--workers", "2", "--lang", "en"]
        start = time.monotonic()
        with messages.open("wb") as err:
            child = subprocess.Popen(command + ["--quiet"], stderr=err, preexec_fn=limit)
            stopped, peak = False, 0
            while child.poll() is None:
                peak = max(peak, high_water(child.pid))
                if time.monotonic() - start > SECONDS and not stopped:
                    child.kill()
                    stopped = True
                time.sleep(0.02)
        seconds = time.monotonic() - start
        lines = messages.read_text(errors="replace").splitlines()
        written = out.stat().st_size if out.exists() else 0
        return {
            "exit": "stopped" if stopped else child.returncode,
            "seconds": seconds,
            "peak": peak,
            "written": written,
            "message": lines[0][-110:] if lines else "",
        }


def main():
    programs = sys.argv[1:]
    if not programs:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        lists = list(texts(Path(folder)))
        try:
            lists += tables(Path(folder))
        except ImportError:
            print("pyarrow is not installed: no Parquet lists", file=sys.stderr)
        print(f"{'list':36} {'bytes':>10} {'to':8} {'exit':>7} {'s':>7} {'peak MB':>8} {'out MB':>8}  message")
        for name, path, to in lists:
            for program in programs:
                r = run(program, path, to)
                print(
                    f"{name:36} {path.stat().st_size:>10} {to:8} {r['exit']!s:>7} {r['seconds']:>7.2f}"
                    f" {r['peak'] / 1e6:>8.0f} {r['written'] / 1e6:>8.1f}  {r['message']}",
                    flush=True,
                )


main()
