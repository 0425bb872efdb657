#!/usr/bin/env python3
"""Makes a list that other programs like to spoil, and says how the screened list must look.

    make_list.py PORTFOLIO.csv LIST.csv           the list
    make_list.py LIST.csv SCREENED.ndjson > FILE  what check_outputs.py compares with

The list is what `examples/portfolio.rs` printed, with numbers that begin with zeros, names that are
formulas, rare characters, line breaks. The screened lines are read by Python's own JSON: the columns of
the list must stand in every file as they stand in the list, the added ones as in the lines.
"""

import csv
import json
import sys

NAMES = ["=HYPERLINK(\"x\")", "@甲", "-1-1", "+86 579", "𠮷野家（义乌）㐂", "甲\n（分部）", "1E5", "3-4", "TRUE", "0x1F"]
CODES = ["编号", "uscc", "division", "industry", "hs", "企业名称"]


def make(portfolio: str, target: str) -> None:
    with open(portfolio, encoding="utf-8-sig", newline="") as source:
        header, *rows = csv.reader(source)
    number, name = header.index("编号"), header.index("企业名称")
    for place, row in enumerate(rows):
        row[number] = f"{place:07d}"
        if place % 3 == 0:
            row[name] = NAMES[place // 3 % len(NAMES)]
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
                # Of a row with faults nothing is said of what is missing.
                value = (" " if name == "faults" else ";").join(value)
            row[name] = "" if value is None else value
        # These are told in words of their own in each format.
        del row["uscc_ok"]
    json.dump({"rows": rows, "text": [c for c in CODES if c in rows[0]]}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    (expect if sys.argv[2].endswith(".ndjson") else make)(*sys.argv[1:])
