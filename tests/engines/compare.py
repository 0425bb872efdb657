"""Runs the printed SQL on a real engine and compares every cell with the program's result.

    compare.py FOLDER ENGINE [--rows N] [--variants N] [--loose] [--faulty]

FOLDER holds the output of `cargo run --example firms`: two queries, without and with the columns of what excludes a
firm, and one query a variant of the options. `--loose` creates the table without its CHECK constraints, for
firms with cells that no profile may have. After each comparison the script mutates the query, one mutation at a
time, and must detect each of them: a comparison that cannot fail proves nothing. `--faulty`, for few firms with cells
that cannot be read, mutates only the query that lists those.
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


def mutated_variants(query, expected):
    """Yields the name of each mutation of a variant, and the mutated query, if the expected cells can tell."""
    start = query.index("\n)\n\nSELECT\n")
    texts = set(texts_in(expected))
    patterns = {
        "a fact is never missing": (r"THEN ';\w+'", "THEN ''", True),
        # Of few columns, nothing may apply to any firm.
        "what applies does not": (r"THEN 'applies'", "THEN 'does_not_apply'", "applies" in texts),
        "readable cells are listed": (r"IS NULL(\s+)AND lower\(", r"IS NOT NULL\1AND lower(", True),
    }
    for name, (pattern, replacement, can_tell) in patterns.items():
        head, tail = query[:start], query[start:]
        mutated = head + re.sub(pattern, replacement, tail, flags=re.S)
        if can_tell and mutated != query:
            yield name, mutated


def texts_in(value):
    """All texts in a JSON value."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, str):
        yield value


def by_support(names, rows):
    """The rows of the long layout as one row a firm, and no row twice."""
    firms, seen = {}, set()
    further = names[2:]
    for firm, support, *cells in rows:
        if (firm, support) in seen:
            raise SystemExit(f"firm {firm}, support {support}: twice")
        seen.add((firm, support))
        firms.setdefault(firm, {})[support] = dict(zip(further, cells))
    return firms


def differing(variant, names, rows, expected, cells):
    """The number of compared cells, and the cells that differ, of a variant."""
    if variant.get("faults"):
        names = [name.lower() for name in names]
        found = {(row[0], row[1]): row[2] for row in rows}
        if len(found) != len(rows) or names[1:] != ["fact", "value", "expected"]:
            raise SystemExit(f"a cell is listed twice, or other columns: {names}")
        wanted = {(firm, fact): cell for firm, row in expected.items() for fact, cell in row.items()}
        differ = [(firm, fact, found.get((firm, fact)), wanted.get((firm, fact)))
                  for firm, fact in sorted(found.keys() ^ wanted.keys())]
        for (firm, fact), cell in found.items():
            right = cells[firm].get(fact)
            if re.fullmatch(r"\d{6}(19|20)\d{9}[\dXx]", str(right)):
                right = "…"
            # An engine writes numbers and lists in its own way.
            if isinstance(right, str) and not re.fullmatch(r"-?[\d.]+", right) and cell != right:
                differ.append((firm, fact, cell, right))
        return len(wanted), differ
    if variant.get("long"):
        found = by_support(names, [row for row in rows if row[0] in expected])
        flat = lambda all: {(f, s, c): v for f, row in all.items() for s, cs in row.items() for c, v in cs.items()}
        found, wanted = flat(found), flat(expected)
        keys = found.keys() | wanted.keys()
        absent = object()
        differ = [(key[0], key[1:], found.get(key), wanted.get(key)) for key in keys
                  if found.get(key, absent) != wanted.get(key, absent)]
        return len(wanted), differ
    return differences(names, rows, expected)


def compare_variants(engine, folder, types, rows, count, loose, mutate):
    """Puts the variants to some of the firms; says whether one differs."""
    path = folder / "variants.json"
    if not path.exists():
        return False
    rows = rows[:count]
    cells = {row["id"]: row for row in rows}
    ddl = (folder / f"ddl.{engine.name}.sql").read_text()
    failed, loaded = False, None
    for variant in json.loads(path.read_text()):
        name, have = variant["name"], variant.get("have")
        expected = {}
        with open(folder / f"{name}.ndjson", encoding="utf-8") as lines:
            for line in lines:
                firm = json.loads(line)
                if firm["id"] in cells:
                    expected[firm["id"]] = firm["expected"]
        own = {fact: kind for fact, kind in types.items() if have is None or fact in have}
        if loaded != list(own):
            table = ddl
            if have is not None:
                table = (folder / f"{name}.ddl.{engine.name}.sql").read_text()
            engine.load(without_checks(table) if loose else table, own, rows)
            loaded = list(own)
        query = (folder / f"{name}.{engine.name}.sql").read_text()
        start = time.monotonic()
        compared, found = differing(variant, *engine.run(query), expected, cells)
        seconds = time.monotonic() - start
        print(f"{engine.name}: {name}: {len(expected)} firms, {compared} cells, {len(found)} differ ({seconds:.1f} s)")
        failed |= bool(found)
        for firm, column, value, right in found[:10]:
            print(f"  {column}: {value!r}, not {right!r}, of {cells[firm]}")
        mutations = mutate == "all" or mutate == name
        for mutation, mutated in mutated_variants(query, expected) if mutations else []:
            detected = len(differing(variant, *engine.run(mutated), expected, cells)[1])
            print(f"  mutation: {mutation}: {detected} cells differ")
            failed |= detected == 0
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--variants", type=int, default=1500)
    parser.add_argument("--loose", action="store_true")
    parser.add_argument("--faulty", action="store_true")
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
            for mutation, mutated in [] if args.faulty else mutate(query):
                detected = len(differences(*engine.run(mutated), wanted)[1])
                print(f"  mutation: {mutation}: {detected} cells differ")
                failed |= detected == 0
        # Spark plans a query for seconds, and other engines show that a fault is detected.
        mutate = "none" if args.engine == "spark" else "faults" if args.faulty else "all"
        failed |= compare_variants(
            engine, args.folder, types, rows, args.variants, args.loose, mutate
        )
    finally:
        engine.close()
    if failed:
        sys.exit(1)


main()
