#!/usr/bin/env python3
"""Makes a list whose values programs often corrupt, and the expected screened list.

    make_list.py PORTFOLIO.csv LIST.csv           the list
    make_list.py LIST.csv SCREENED.ndjson > FILE  the expected cells for check_outputs.py

The list is the output of `examples/portfolio.rs`, with numbers that begin with zeros, names that are formulas, rare
characters, line breaks, and a cell that its fact cannot have. Python's own JSON parser reads the screened lines: every
file must have the columns of the list unchanged, and the added columns as in the lines.
"""

import csv
import json
import sys

NAMES = ["=HYPERLINK(\"x\")", "@甲", "-1-1", "+86 579", "𠮷野家（义乌）㐂", "甲\n（分部）", "1E5", "3-4", "TRUE", "0x1F"]
CODES = ["编号", "uscc", "division", "industry", "hs", "企业名称"]


def make(portfolio: str, target: str) -> None:
    with open(portfolio, encoding="utf-8-sig", newline="") as source:
        header, *rows = csv.reader(source)
    number, name, size = (header.index(column) for column in ("编号", "企业名称", "size"))
    for at, row in enumerate(rows):
        row[number] = f"{at:07d}"
        if at % 3 == 0:
            row[name] = NAMES[at // 3 % len(NAMES)]
    rows[len(rows) // 2][size] = "特大"
    with open(target, "w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([header, *rows])


def expect(source: str, screened: str) -> None:
    with open(source, encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with open(screened, encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    assert len(rows) == len(found) > 0, (len(rows), len(found))
    for row, line in zip(rows, found):
        assert line["企业名称"] == row["企业名称"], (line["企业名称"], row["企业名称"])
        for name, value in list(line.items())[len(row) :]:
            if isinstance(value, list):
                value = (" " if name in ("warnings", "faults") else ";").join(value)
            row[name] = "" if value is None else value
        # Each format writes this column differently.
        del row["uscc_ok"]
    json.dump({"rows": rows, "text": [c for c in CODES if c in rows[0]]}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    (expect if sys.argv[2].endswith(".ndjson") else make)(*sys.argv[1:])
