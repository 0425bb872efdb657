"""Runs the printed SQL on a real engine and compares every cell with the program's result.

    compare.py FOLDER ENGINE [--rows N] [--loose]

FOLDER holds the output of `cargo run --example firms`: two queries, without and with the columns of what excludes a
firm. `--loose` creates the table without its CHECK constraints, for
firms with cells that no profile may have. After each comparison the script mutates the query, one mutation at a
time, and must detect each of them: a comparison that cannot fail proves nothing.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

from engines import ENGINES, without_checks


def differences(names, rows, expected):
    """The number of compared cells, and the cells that differ."""
    found, compared, seen = [], 0, set()
    key = names.index("id")
    for row in rows:
        firm = row[key]
        if firm in seen:
            found.append((firm, "id", "twice", "once"))
        seen.add(firm)
        wanted = expected[firm]
        if set(wanted) != set(names) - {"id"}:
            raise SystemExit(f"other columns: {set(wanted) ^ (set(names) - {'id'})}")
        for name, value in zip(names, row):
            if name == "id":
                continue
            compared += 1
            # SQLite has no boolean: 1 and 0 equal True and False.
            if value != wanted[name] or (value is None) != (wanted[name] is None):
                found.append((firm, name, value, wanted[name]))
    found.extend((firm, "id", "missing", "there") for firm in expected.keys() - seen)
    return compared, found


def mutations(query):
    """Yields the name of each mutation and the mutated query."""
    start = query.index("\n)\n\nSELECT\n")
    patterns = {
        "an AND of the result is OR": (r" AND ", " OR "),
        "the arguments of a COALESCE are swapped": (
            r"""COALESCE\((f\.\S+), (f\.(?!["`]open)\S+)\)""",
            r"COALESCE(\2, \1)",
        ),
        "the stated value is ignored": (r"""(COALESCE\(\s*)f\.["`]stated\.\w+["`],""", r"\1NULL,"),
        "a limit is one higher": (r"(?<=[<>]) (\d+)\b", lambda m: f" {int(m[1]) + 1}"),
        "a value is not in its list": (r"IN \(\s*'[^']*', ", "IN ("),
        "unknown is treated as no": (r'CAST\(NULL AS BOOLEAN\)', "(1 = 0)"),
    }
    for name, (pattern, replacement) in patterns.items():
        # The first match in the conditions, or in the whole query if it has no derived conditions.
        offset = query.index("derived_1") if "derived_1" in query else 0
        offset = start if name.startswith("an AND") else 0 if "NULL" in pattern else offset
        head, tail = query[:offset], query[offset:]
        mutated = head + re.sub(pattern, replacement, tail, count=1)
        if mutated != query:
            yield name, mutated


def mutated_exclusions(query):
    """Yields the name of each mutation of what excludes a firm, and the mutated query."""
    start = query.index("\n)\n\nSELECT\n")
    patterns = {
        "the text is a need": (r"THEN 'text'", "THEN 'no_need'"),
        "a need is our reading": (r"THEN 'no_need'", "THEN 'reading'"),
        "our reading is nothing": (r"THEN 'reading'", "THEN NULL"),
        "a firm that is not excluded is": (r"(CASE\s+WHEN) NOT \(", r"\1 (1 = 1) OR NOT ("),
    }
    for name, (pattern, replacement) in patterns.items():
        head, tail = query[:start], query[start:]
        mutated = head + re.sub(pattern, replacement, tail, count=1)
        if mutated != query:
            yield name, mutated


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--loose", action="store_true")
    args = parser.parse_args()
    types = json.loads((args.folder / "facts.json").read_text())
    rows, expected, excluded = [], {}, {}
    with open(args.folder / "firms.ndjson", encoding="utf-8") as lines:
        for line in lines:
            if args.rows is not None and len(rows) >= args.rows:
                break
            firm = json.loads(line)
            cells = {k: None if v == "unknown" else v for k, v in firm["cells"].items()}
            rows.append({"id": firm["id"], **cells})
            expected[firm["id"]] = firm["expected"]
            excluded[firm["id"]] = {**firm["expected"], **firm["excluded_by"]}
    ddl = (args.folder / f"ddl.{args.engine}.sql").read_text()
    queries = [("query", expected, mutations), ("exclusions", excluded, mutated_exclusions)]
    failed = False
    engine = ENGINES[args.engine]()
    try:
        engine.load(without_checks(ddl) if args.loose else ddl, types, rows)
        for file, wanted, mutate in queries:
            query = (args.folder / f"{file}.{args.engine}.sql").read_text()
            start = time.monotonic()
            names, result = engine.run(query)
            seconds = time.monotonic() - start
            compared, found = differences(names, result, wanted)
            summary = f"{engine.name} {engine.version}: {file}: {len(rows)} firms, {compared} cells"
            print(f"{summary}, {len(found)} differ ({len(rows) / seconds:,.0f} firms/s with fetching)")
            failed |= bool(found)
            for firm, name, value, right in found[:10]:
                cells = next(row for row in rows if row["id"] == firm)
                print(f"  {name}: {value!r}, not {right!r}, of {cells}")
            for mutation, mutated in mutate(query):
                detected = len(differences(*engine.run(mutated), wanted)[1])
                print(f"  mutation: {mutation}: {detected} cells differ")
                failed |= detected == 0
    finally:
        engine.close()
    if failed:
        sys.exit(1)


main()
