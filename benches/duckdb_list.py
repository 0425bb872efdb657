"""DuckDB's side of benches/screen.sh.

    duckdb_list.py prepare FOLDER PROGRAM      list.csv → clean.csv, clean.parquet
    duckdb_list.py csv|parquet FOLDER THREADS  the printed query over clean.*, to duck.*

A query cannot represent faults and "does not know": in `clean` these cells are blank, yes and no are booleans, labels
are enum values, and the Parquet file has types and lists. Both sides then read the same file. The query writes the
number of the firm, derived facts and statuses; the program also writes all columns of the list, missing facts and
faults.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb

RULES = Path(__file__).parent.parent / "rules" / "facts"
# The texts that the generator writes for "does not know" and for faults.
BLANKED = ("不清楚", "可能", "约300", "其他", "???", "9.1E+17")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def prepare(folder: Path, program: str) -> None:
    def printed(*more: str) -> str:
        command = [program, "sql", "--dialect", "duckdb", *more]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    base = duckdb.connect()
    base.execute(printed("--ddl"))
    types = {row[0]: row[1] for row in base.execute("DESCRIBE firms").fetchall()}
    labels = {}
    for path in sorted(RULES.glob("*.toml")):
        for fact in tomllib.loads(path.read_text(encoding="utf-8")).get("fact", []):
            labels[fact["name"]] = {v["label"]["zh"]: v["word"] for v in fact.get("values", [])}
    source = f"read_csv('{folder}/list.csv', all_varchar = true, header = true)"
    header = [row[0] for row in base.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    blanked = ", ".join(map(quoted, BLANKED))
    flat, typed = [], []
    for name in header:
        kind = types.get(name, "VARCHAR")
        cell = f"CASE WHEN \"{name}\" IN ({blanked}) THEN NULL ELSE \"{name}\" END"
        if kind == "BOOLEAN":
            cell = f"CASE \"{name}\" WHEN '是' THEN true WHEN '否' THEN false END"
        elif labels.get(name):
            cases = " ".join(f"WHEN {quoted(k)} THEN {quoted(v)}" for k, v in labels[name].items())
            cell = f"CASE \"{name}\" {cases} END"
        elif kind == "INTEGER" or kind.startswith("DECIMAL"):
            cell = f"TRY_CAST(\"{name}\" AS {'INTEGER' if kind == 'INTEGER' else 'DECIMAL(18,2)'})"
        name = "id" if name == "编号" else name
        flat.append(f"{cell} AS \"{name}\"")
        typed.append((f"string_split({cell}, ';')" if kind.endswith("[]") else cell) + f' AS "{name}"')
    base.execute(f"COPY (SELECT {', '.join(flat)} FROM {source}) TO '{folder}/clean.csv' (HEADER)")
    base.execute(f"COPY (SELECT {', '.join(typed)} FROM {source}) TO '{folder}/clean.parquet'")
    (folder / "types.json").write_text(json.dumps(types))
    (folder / "query.sql").write_text(printed())


def run(kind: str, folder: Path, threads: int) -> None:
    types = json.loads((folder / "types.json").read_text())
    base = duckdb.connect(config={"threads": threads})
    described = base.execute(f"DESCRIBE SELECT * FROM '{folder}/clean.parquet'").fetchall()
    header = [row[0] for row in described]
    lists = [name for name in header if types.get(name, "").endswith("[]")]
    if kind == "csv":
        schema = {n: "VARCHAR" if n in lists else types.get(n, "VARCHAR") for n in header}
        schema = ", ".join(f"'{name}': '{kind}'" for name, kind in schema.items())
        split = ", ".join(f"string_split({name}, ';') AS {name}" for name in lists)
        source = f"SELECT * REPLACE ({split}) FROM read_csv('{folder}/clean.csv', header = true, columns = {{{schema}}})"
    else:
        source = f"SELECT * FROM '{folder}/clean.parquet'"
    more = "".join(f', NULL::{kind} AS "{name}"' for name, kind in types.items() if name not in header)
    base.execute(f"CREATE TEMP VIEW firms AS SELECT *{more} FROM ({source})")
    query = (folder / "query.sql").read_text()
    base.execute(f"COPY ({query}) TO '{folder}/duck.{kind}'")


if __name__ == "__main__":
    what, where, last = sys.argv[1:]
    if what == "prepare":
        prepare(Path(where), last)
    else:
        run(what, Path(where), int(last))
