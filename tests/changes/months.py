"""Makes two further months of a list, and checks what is said of them.

`make LIST FOLDER`: from the first month (a list of `examples/portfolio.rs`) come `month2.csv` and `month3.csv`, with
changes that follow from the position of a row: row 0 of each hundred is gone, row 1 has other employees, row 2 a cell
that cannot be read, rows 3 and 6 two other facts, row 4 cannot be taken apart, row 5 has its key in another spelling. At
the end are new clients, blank keys and keys that are given twice. In month 3 no fact differs from month 2, but the rows that
could not be taken apart are whole again; its rules and its day are others.

`check FOLDER A B`: compares `changesB.ndjson` with the screened lists of both months, which another part of the
program wrote, and each cause with what was done to the row.
"""

import csv
import json
import sys

csv.field_size_limit(1 << 24)
WRONG = {"约300", "???", "可能", "其他", "9.1E+17"}
MOVED = "digital-trade-cases"
TWO = {3: ("financing_need", "plans_to_trade"), 6: ("employees", "revenue_wan")}


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file)


def fold(key):
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in key if not c.isspace()).upper()


def wide(key):
    return " " + "".join(chr(ord(c) + 0xFEE0) for c in key) + " "


def flipped(cell):
    return "否" if cell == "是" else "是"


def make(path, folder):
    source = rows(path)
    header = next(source)
    at = {name: index for index, name in enumerate(header)}
    month2 = open(f"{folder}/month2.csv", "w", encoding="utf-8", newline="")
    month3 = open(f"{folder}/month3.csv", "w", encoding="utf-8", newline="")
    two, three = csv.writer(month2), csv.writer(month3)
    two.writerow(header)
    three.writerow(header)
    count, some = 0, []
    for count, row in enumerate(source, 1):
        key, kind = row[0], count % 100
        if len(some) < 40:
            some.append(list(row))
        if kind == 0:
            continue
        if kind == 1:
            row[at["employees"]] = "3" if row[at["employees"]] not in ("3", "") else "4000"
        elif kind == 2:
            row[at["revenue_wan"]] = "约300"
        elif kind == 3:
            for name in TWO[kind]:
                row[at[name]] = flipped(row[at[name]])
        elif kind == 6:
            for name, low in zip(TWO[kind], ("2", "90")):
                row[at[name]] = low if row[at[name]] != low else "3"
        elif kind == 5:
            row[0] = wide(key)
        two.writerow(row[:3] if kind == 4 else row)
        three.writerow(row)
    for number in range(max(1, count // 100)):
        row = list(some[number % len(some)])
        row[0] = f"N{number}"
        two.writerow(row)
        three.writerow(row)
    for key in ["", " ", "T1", "T1", "T1", "T2", "T2"]:
        row = list(some[0])
        row[0] = key
        two.writerow(row)
        three.writerow(row)


def statuses(path):
    """Per key, the statuses of its row; `None` where it has none; keys that are blank or given twice are left out."""
    source = rows(path)
    header = next(source)
    first = header.index("uscc_ok")
    names = header[first + 3 : header.index("missing", first)]
    found, twice = {}, set()
    letter = {"applies": "a", "does_not_apply": "n", "undetermined": "u", "": "-"}
    for row in source:
        key = fold(row[0])
        if key in found:
            twice.add(key)
        if key:
            found[key] = "".join(letter[cell] for cell in row[first + 3 : first + 3 + len(names)])
    for key in twice:
        del found[key]
    return names, found, twice


def check(folder, a, b):
    names, before, twice_before = statuses(f"{folder}/screened{a}.csv")
    same, now, twice = statuses(f"{folder}/screened{b}.csv")
    assert names == same
    moved = b == "3"
    cells = {}
    if b == "2":
        header = next(rows(f"{folder}/month1.csv"))
        column = {name: header.index(name) for name in TWO[3] + TWO[6]}
        for count, row in enumerate(rows(f"{folder}/month1.csv")):
            if count % 100 in (1, 3, 6):
                cells[row[0]] = {name: row[index] for name, index in column.items()}
    expected = {}
    for key, after in now.items():
        was = before.get(key)
        if was is None:
            if key not in twice_before and after[0] != "-":
                expected[key, None] = ("", "")
            continue
        if was[0] == "-" or after[0] == "-":
            if was != after:
                expected[key, None] = ("", "")
            continue
        for name, x, y in zip(names, was, after):
            if x != y or (moved and name == MOVED and "n" != x):
                expected[key, name] = (x, y)
    for key, was in before.items():
        if key not in now and key not in twice and was[0] != "-":
            expected[key, None] = ("", "")
    total, causes = 0, {}
    letter = {"applies": "a", "does_not_apply": "n", "undetermined": "u", None: ""}
    for text in open(f"{folder}/changes{b}.ndjson", encoding="utf-8"):
        line = json.loads(text)
        key, name, cause, undo = fold(line["key"]), line["support"], line["cause"], line["undo"]
        states = expected.pop((key, name), None)
        assert states == (letter[line["before"]], letter[line["after"]]), f"not expected: {line}"
        total += 1
        causes[cause] = causes.get(cause, 0) + 1
        number = int(key) if key.isdigit() else None
        kind = number % 100 if number else None
        if name is None:
            if key not in before:
                right = cause == "new_client"
            elif key not in now:
                right = cause == "gone" and (kind == 0 or number is None)
            else:
                right = cause == "fault" and undo == "row" and kind == 4
        elif b == "3":
            right = (cause, undo) == (("window", "as_of") if name == MOVED else ("rule", "rules"))
        elif kind == 1:
            is_fault = cells[key]["employees"] in WRONG
            right = undo == "employees" and cause == ("fault" if is_fault else "fact")
        elif kind == 2:
            right = (cause, undo) == ("fault", "revenue_wan")
        elif kind in TWO:
            parts = set(undo.replace("+", "|").split("|"))
            was = {part for part in parts if cells[key][part] in WRONG}
            right = parts <= set(TWO[kind])
            one = "fault" if was else "fact"
            right = right and cause == ("several" if "+" in undo else one)
        else:
            right = False
        assert right, f"another cause: {line}"
    assert not expected, f"not reported: {list(expected.items())[:5]}"
    manifest = json.load(open(f"{folder}/screened{b}.csv.manifest.json", encoding="utf-8"))
    counts = manifest["changes"]["counts"]
    assert counts["lines"] == total and counts["causes"] == causes, (counts, total, causes)
    lists = counts["not_compared"]
    assert (lists["blank_key"]["count"], lists["repeated_key"]["count"]) == (2, 3), lists
    print(f"months {a} and {b}: {counts['compared']} clients compared, {total} lines, each as it should be: {causes}")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
