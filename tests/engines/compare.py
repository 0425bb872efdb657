"""Runs the printed SQL on a real engine and compares every cell with what the program says.

    compare.py FOLDER ENGINE [--rows N] [--loose]

FOLDER is what `cargo run --example firms` wrote. `--loose` makes the table without its checks, for
firms with cells that no profile may have. After the comparison the query is altered in a few places,
one at a time, and each alteration must be noticed: a comparison that cannot fail shows nothing.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

from engines import ENGINES, without_checks


def differences(names, rows, expected):
    """(cells compared, those that differ)."""
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


def alterations(query):
    """The query with one small thing changed, in several ways."""
    start = query.index("\n)\n\nSELECT\n")
    ways = {
        "an AND of the result is OR": (r" AND ", " OR "),
        "the last of a COALESCE comes first": (
            r"""COALESCE\((f\.\S+), (f\.(?!["`]open)\S+)\)""",
            r"COALESCE(\2, \1)",
        ),
        "what is stated is not asked": (r"""(COALESCE\(\s*)f\.["`]stated\.\w+["`],""", r"\1NULL,"),
        "a limit is one higher": (r"(?<=[<>]) (\d+)\b", lambda m: f" {int(m[1]) + 1}"),
        "a value is not in its list": (r"IN \(\s*'[^']*', ", "IN ("),
        "unknown is taken for no": (r'CAST\(NULL AS BOOLEAN\)', "(1 = 0)"),
    }
    for told, (pattern, by) in ways.items():
        # The first place in the conditions, or in the result where there is none before it.
        place = query.index("derived_1") if "derived_1" in query else 0
        place = start if told.startswith("an AND") else 0 if "NULL" in pattern else place
        head, tail = query[:place], query[place:]
        changed = head + re.sub(pattern, by, tail, count=1)
        if changed != query:
            yield told, changed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--loose", action="store_true")
    given = parser.parse_args()
    types = json.loads((given.folder / "facts.json").read_text())
    rows, expected = [], {}
    with open(given.folder / "firms.ndjson", encoding="utf-8") as lines:
        for line in lines:
            if given.rows is not None and len(rows) >= given.rows:
                break
            firm = json.loads(line)
            cells = {k: None if v == "unknown" else v for k, v in firm["cells"].items()}
            rows.append({"id": firm["id"], **cells})
            expected[firm["id"]] = firm["expected"]
    ddl = (given.folder / f"ddl.{given.engine}.sql").read_text()
    query = (given.folder / f"query.{given.engine}.sql").read_text()
    engine = ENGINES[given.engine]()
    try:
        engine.load(without_checks(ddl) if given.loose else ddl, types, rows)
        start = time.monotonic()
        names, result = engine.run(query)
        seconds = time.monotonic() - start
        compared, found = differences(names, result, expected)
        told = f"{engine.name} {engine.version}: {len(rows)} firms, {compared} cells"
        print(f"{told}, {len(found)} differ ({len(rows) / seconds:,.0f} firms/s with fetching)")
        for firm, name, value, wanted in found[:10]:
            cells = next(row for row in rows if row["id"] == firm)
            print(f"  {name}: {value!r}, not {wanted!r}, of {cells}")
        unnoticed = []
        for told, changed in alterations(query):
            noticed = len(differences(*engine.run(changed), expected)[1])
            print(f"  planted: {told}: {noticed} cells differ")
            if noticed == 0:
                unnoticed.append(told)
    finally:
        engine.close()
    if found or unnoticed:
        sys.exit(1)


main()
