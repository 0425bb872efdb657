"""Runs the printed SQL on a real engine and compares every cell with the program's result.

    compare.py FOLDER ENGINE [--rows N] [--loose]

FOLDER holds the output of `cargo run --example firms`. `--loose` creates the table without its CHECK constraints, for
firms with cells that no profile may have. After the comparison the script mutates the query, one mutation at a time,
and must detect each of them: a comparison that cannot fail proves nothing.
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--loose", action="store_true")
    args = parser.parse_args()
    types = json.loads((args.folder / "facts.json").read_text())
    rows, expected = [], {}
    with open(args.folder / "firms.ndjson", encoding="utf-8") as lines:
        for line in lines:
            if args.rows is not None and len(rows) >= args.rows:
                break
            firm = json.loads(line)
            cells = {k: None if v == "unknown" else v for k, v in firm["cells"].items()}
            rows.append({"id": firm["id"], **cells})
            expected[firm["id"]] = firm["expected"]
    ddl = (args.folder / f"ddl.{args.engine}.sql").read_text()
    query = (args.folder / f"query.{args.engine}.sql").read_text()
    engine = ENGINES[args.engine]()
    try:
        engine.load(without_checks(ddl) if args.loose else ddl, types, rows)
        start = time.monotonic()
        names, result = engine.run(query)
        seconds = time.monotonic() - start
        compared, found = differences(names, result, expected)
        summary = f"{engine.name} {engine.version}: {len(rows)} firms, {compared} cells"
        print(f"{summary}, {len(found)} differ ({len(rows) / seconds:,.0f} firms/s with fetching)")
        for firm, name, value, wanted in found[:10]:
            cells = next(row for row in rows if row["id"] == firm)
            print(f"  {name}: {value!r}, not {wanted!r}, of {cells}")
        undetected = []
        for mutation, mutated in mutations(query):
            detected = len(differences(*engine.run(mutated), expected)[1])
            print(f"  mutation: {mutation}: {detected} cells differ")
            if detected == 0:
                undetected.append(mutation)
    finally:
        engine.close()
    if found or undetected:
        sys.exit(1)


main()
