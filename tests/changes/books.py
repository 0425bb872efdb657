"""Checks what `diff OLD NEW --on LIST` says against plain screenings, and its causes by undoing them.

`edit RULES`: edits a copy of the built-in rules, a few criteria each in its own support, and prints nothing.

`check FOLDER`: in FOLDER are `details.ndjson`, `digest.json`, and `old.csv` and `new.csv`, which `screen --excluded-by`
wrote of the same list. Every line must have the states of both; every state that differs must have its line; and the
counts of the digest must be those of the lines.

`undo FOLDER N PROGRAM AS_OF`: of N sampled moves with causes, each cause is undone: its criterion is put back as it was, in
the new rules, and the firm is screened again by those rules. A single criterion must restore the state; of several that
are needed together all are put back.
"""

import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys

csv.field_size_limit(1 << 24)
MEASURES = "gbf-2023-10"
# File, text, other text. Each changes a criterion or two of a support, puts another in its place, or removes it.
EDITS = [
    (
        "08-credit.rhai",
        'firm.size <= "medium")\n    .needs("有融资需求", "needs financing", firm.financing_need)\n    .confirm("银行认哪种保单',
        'firm.size <= "small")\n    .needs("有融资需求", "needs financing", firm.financing_need and firm.has_eci_policy)\n    .confirm("银行认哪种保单',
    ),
    (
        "08-credit.rhai",
        'firm.region in ["中部", "西部"])\n    .needs("做或打算做进出口", "trades across the border or plans to", firm.cross_border',
        'firm.region in ["中部", "西部", "东北"])\n    .requires("做或打算做进出口", "trades across the border or plans to", stated, firm.cross_border',
    ),
    (
        "09-credit-insurance.rhai",
        "firm.supplies_exporters or firm.sells_abroad)\n    .confirm(\"当地有没有产业链",
        "firm.supplies_exporters and firm.sells_abroad)\n    .confirm(\"当地有没有产业链",
    ),
    (
        "09-credit-insurance.rhai",
        '    .requires("外贸企业", "is a foreign-trade enterprise", stated, firm.foreign_trade)\n    .requires("中型、小型或微型企业"',
        '    .requires("中型、小型或微型企业"',
    ),
]


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file)


def path_of(rules, name):
    return os.path.join(rules, MEASURES, name)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def edit(rules):
    for name, before, after in EDITS:
        path = path_of(rules, name)
        text = read(path)
        assert text.count(before) == 1, (name, before)
        write(path, text.replace(before, after))


def states(path):
    """Per row of a screened list, its status and what excludes the firm, by support; none where it has no status."""
    source = rows(path)
    header = next(source)
    names = [name[: -len("_excluded_by")] for name in header if name.endswith("_excluded_by")]
    at = {name: (header.index(name), header.index(f"{name}_excluded_by")) for name in names}
    for row in source:
        found = {name: (row[status], row[by]) for name, (status, by) in at.items()}
        yield row[0], found


def lines(folder):
    with open(f"{folder}/details.ndjson", encoding="utf-8") as file:
        for text in file:
            yield json.loads(text)


def check(folder):
    expected, firms = {}, 0
    for (key, old), (same, new) in zip(states(f"{folder}/old.csv"), states(f"{folder}/new.csv"), strict=True):
        assert key == same
        if all(status == "" for status, _ in new.values()):
            continue
        firms += 1
        for support in old:
            if old[support] != new[support]:
                expected[key, support] = (old[support], new[support])
    moved = len({key for key, _ in expected})
    total, cells = 0, {}
    for line in lines(folder):
        text = lambda name: line[name] or ""
        before, after = (text("before"), text("excluded_by_before")), (text("after"), text("excluded_by_after"))
        assert expected.pop((line["key"], line["support"]), None) == (before, after), f"not expected: {line}"
        assert line["causes"] and line["sentences"] and line["text"], line
        kind = (line["support"], "/".join(filter(None, before)), "/".join(filter(None, after)))
        cells[kind] = cells.get(kind, 0) + 1
        total += 1
    assert not expected, f"not reported: {list(expected.items())[:5]}"
    digest = json.load(open(f"{folder}/digest.json", encoding="utf-8"))
    assert (digest["firms"], digest["moved_firms"]) == (firms, moved), (digest["firms"], firms, moved)
    for support in digest["supports"]:
        counted = sum(cell["firms"] for cell in support["moves"])
        still = sum(cell["firms"] for cell in support["unchanged"])
        assert (counted, counted + still) == (support["moved"], firms), support["id"]
        assert sum(cause["firms"] for cause in support["causes"]) == counted, support["id"]
        for cell in support["moves"]:
            kind = (support["id"], cell["before"], cell["after"])
            assert cells.pop(kind, 0) == cell["firms"], kind
    assert not cells, cells
    print(f"{firms} firms, {moved} of them moved: {total} lines, each as two screenings have it")


def criteria_of(text, support):
    """The block of a support, and its criteria as they stand in it."""
    start = text.index(f'support("{support}")')
    end = text.find("\nsupport(", start)
    block = text[start : end if end >= 0 else len(text)]
    found = re.findall(r"\n    \.(?:requires|needs)\(.*?(?=\n    \.|;\n|;$)", block, re.S)
    return block, found


def facts(criterion):
    return set(re.findall(r"firm\.([a-z_]+)", criterion))


def put_back(folder, support, ids):
    """New rules in which some criteria of a support are as the old ones have them."""
    work = f"{folder}/undone"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(f"{folder}/new", work)
    rules = f"{work}/rules"
    for name in sorted(os.listdir(f"{rules}/{MEASURES}")):
        if not name.endswith(".rhai") or f'support("{support}")' not in read(path_of(rules, name)):
            continue
        text, old = read(path_of(rules, name)), read(path_of(f"{folder}/old/rules", name))
        block, now = criteria_of(text, support)
        _, before = criteria_of(old, support)
        for id in ids:
            wanted = set(id.split("/", 1)[1].split("+"))
            is_it = lambda criterion: facts(criterion) == wanted
            was, is_ = [c for c in before if is_it(c)], [c for c in now if is_it(c)]
            assert len(was) <= 1 and len(is_) <= 1 and (was or is_), (id, was, is_)
            if was and is_:
                undone = block.replace(is_[0], was[0])
            elif is_:
                undone = block.replace(is_[0], "")
            else:
                # It was removed: it goes before the first that is left.
                undone = block.replace(now[0], was[0] + now[0], 1)
            text, block = text.replace(block, undone), undone
        write(path_of(rules, name), text)
    return rules


def undo(folder, count, program, as_of):
    found = [line for line in lines(folder) if line["causes"]]
    rng = random.Random(5)
    by_cause = {}
    for line in rng.sample(found, min(int(count), len(found))):
        together = " & " in line["causes"]
        ids = re.split(r" [&|] ", line["causes"])
        for chosen in [ids] if together else [[id] for id in ids]:
            by_cause.setdefault((line["support"], tuple(chosen)), []).append(line)
    header, wanted = None, {line["key"] for of_cause in by_cause.values() for line in of_cause}
    cells = {}
    for row in rows(f"{folder}/list.csv"):
        if header is None:
            header = row
        elif row[0] in wanted:
            cells[row[0]] = row
    verified = 0
    for (support, ids), of_cause in sorted(by_cause.items()):
        rules = put_back(folder, support, ids)
        with open(f"{folder}/some.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(cells[line["key"]] for line in of_cause)
        out = f"{folder}/some-screened.csv"
        args = ["screen", f"{folder}/some.csv", "-o", out, "--excluded-by", "--rules", rules, "--as-of", as_of]
        subprocess.run([program, *args, "--lang", "en", "--quiet", "--max-faults", "100%"], check=True)
        for line, (key, state) in zip(of_cause, states(out), strict=True):
            was = (line["before"], line["excluded_by_before"] or "")
            assert key == line["key"] and state[support] == was, f"{ids} is no cause: {line} {state[support]}"
            verified += 1
    print(f"{verified} causes of {min(int(count), len(found))} moves undone, {len(by_cause)} different ones: each restores the status")


if __name__ == "__main__":
    {"edit": edit, "check": check, "undo": undo}[sys.argv[1]](*sys.argv[2:])
