"""Measures how fast DuckDB runs the printed query: CSV to CSV and Parquet to Parquet.

    cargo run --release --example firms -- random 200000 11 FOLDER
    target/engines-venv/bin/python benches/sql.py FOLDER [--rounds 5] [--threads 2]

FOLDER holds the output of the example. `tests/engines/run` creates the Python environment. The script prints medians
over the rounds, with the fastest and the slowest. It leaves both files in FOLDER for other programs to screen:
`firms.csv` (lists joined by `;`, `none` for an empty one) and `firms.parquet`.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "engines"))
from engines import Duckdb  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=Path)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
folder = args.folder
types = json.loads((folder / "facts.json").read_text())
query = (folder / "query.duckdb.sql").read_text()
lists = [name for name, kind in types.items() if kind == "list"]

if not (folder / "firms.parquet").exists():
    engine, rows = Duckdb(), []
    with open(folder / "firms.ndjson", encoding="utf-8") as lines:
        for line in lines:
            firm = json.loads(line)
            cells = {k: None if v == "unknown" else v for k, v in firm["cells"].items()}
            rows.append({"id": firm["id"], **cells})
    engine.load((folder / "ddl.duckdb.sql").read_text(), types, rows)
    engine.connection.execute(f"COPY firms TO '{folder}/firms.parquet'")
    joined = ", ".join(
        f"CASE WHEN len({name}) = 0 THEN 'none' ELSE array_to_string({name}, ';') END AS {name}"
        for name in lists
    )
    engine.connection.execute(
        f"COPY (SELECT * REPLACE ({joined}) FROM firms) TO '{folder}/firms.csv' (HEADER)"
    )
    engine.close()

connection = duckdb.connect(config={"threads": args.threads})
engine = Duckdb()
engine.connection.execute((folder / "ddl.duckdb.sql").read_text())
described = engine.connection.execute("DESCRIBE firms").fetchall()
engine.close()
columns = {row[0]: "VARCHAR" if row[0] in lists else row[1] for row in described}
split = ", ".join(
    f"CASE {name} WHEN 'none' THEN []::VARCHAR[] ELSE string_split({name}, ';') END AS {name}"
    for name in lists
)
schema = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
sources = {
    "csv": f"SELECT * REPLACE ({split}) FROM read_csv('{folder}/firms.csv', header = true, "
    f"columns = {{{schema}}})",
    "parquet": f"SELECT * FROM read_parquet('{folder}/firms.parquet')",
}
count = connection.execute(f"SELECT count(*) FROM ({sources['parquet']})").fetchone()[0]
times = {ending: [] for ending in sources}
work = {ending: [] for ending in sources}
for _ in range(args.rounds):
    for ending, source in sources.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW firms AS {source}")
        start, cpu = time.monotonic(), time.process_time()
        connection.execute(f"COPY ({query}) TO '{folder}/out.{ending}'")
        times[ending].append(time.monotonic() - start)
        work[ending].append(time.process_time() - cpu)
for ending, seconds in times.items():
    rate = count / statistics.median(seconds)
    print(
        f"{ending} to {ending}: {count:,} firms, {statistics.median(seconds):.2f} s "
        f"({min(seconds):.2f}–{max(seconds):.2f}), {rate:,.0f} firms/s, "
        f"{statistics.median(work[ending]):.2f} s CPU, {args.threads} threads"
    )
