#!/usr/bin/env python3
"""Checks that third-party programs read the expected cells from a screened file.

    check_outputs.py EXPECTED.json FILE…

EXPECTED.json has "rows" (a list of objects, column → text, blank for no value) and "text" (the columns
whose cells must be text: codes that would lose zeros or digits as numbers). Every program that supports the
format reads each FILE:

    .csv      pandas, Polars, DuckDB
    .parquet  pandas (pyarrow), Polars, DuckDB
    .xlsx     openpyxl, pandas, and LibreOffice, which also prints it to PDF (if `soffice` is there, or
              SOFFICE names it; --office requires it)

Every program must see all rows in order, with equal cells, and codes as text. On differences the script lists them and
exits with status 1.
"""

import argparse
import csv
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

faults: list[str] = []


def text(value) -> str:
    """A cell as text: blank for no value, a number without redundant zeros."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, str)):
        return str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        items = value if isinstance(value, (list, tuple)) else value.tolist()
        if isinstance(items, (list, tuple)):
            return ";".join(text(item) for item in items) or "[]"
        return text(items)
    return str(value)


def same(found: str, expected: str) -> bool:
    """Equal, or equal as numbers or as yes and no."""
    if found == expected or found.lower() == expected.lower():
        return True
    try:
        return Decimal(found) == Decimal(expected)
    except ArithmeticError:
        return False


def compare(who: str, header: list[str], rows: list[list], expected: dict) -> None:
    """Compares the rows that a program read with the expected ones."""
    wanted = expected["rows"]
    if len(rows) != len(wanted):
        faults.append(f"{who}: {len(rows)} rows, {len(wanted)} expected")
    names = list(wanted[0]) if wanted else []
    for name in names:
        if name not in header:
            faults.append(f"{who}: no column {name}")
            return
    for number, (row, want) in enumerate(zip(rows, wanted), start=1):
        cells = dict(zip(header, row))
        for name in names:
            value = cells[name]
            is_code = name in expected["text"]
            if is_code and value is not None and not isinstance(value, str):
                if not (isinstance(value, float) and math.isnan(value)):
                    faults.append(f"{who}: row {number}, {name}: {value!r} is not text")
                    continue
            found = text(value)
            equal = found == want[name] if is_code else same(found, want[name])
            if not equal:
                faults.append(f"{who}: row {number}, {name}: {found!r}, expected {want[name]!r}")


def frame(who: str, table, expected: dict) -> None:
    """Compares a pandas table."""
    rows = [[None if value is None else value for value in row] for row in table.astype(object).values.tolist()]
    compare(who, [str(name) for name in table.columns], rows, expected)


def guarded(cell: str) -> str:
    """A cell as written to CSV: with a quote before a text that a spreadsheet would run, but not before a number."""
    number = cell[1:].replace(".", "", 1).isdecimal() and cell[0] in "+-"
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r") and not number else cell


def check_csv(path: Path, expected: dict) -> None:
    import duckdb
    import pandas
    import polars

    rows = [{name: guarded(cell) for name, cell in row.items()} for row in expected["rows"]]
    expected = {**expected, "rows": rows}
    codes = {name: str for name in expected["text"]}
    frame("pandas", pandas.read_csv(path, dtype=codes, keep_default_na=False, na_values=[""]), expected)
    table = polars.read_csv(path, infer_schema=False)
    compare("polars", table.columns, [list(row) for row in table.rows()], expected)
    found = duckdb.sql(f"SELECT * FROM read_csv('{path}', all_varchar = true, header = true)")
    compare("duckdb", found.columns, [list(row) for row in found.fetchall()], expected)


def check_parquet(path: Path, expected: dict) -> None:
    import duckdb
    import pandas
    import polars

    frame("pandas", pandas.read_parquet(path), expected)
    table = polars.read_parquet(path)
    compare("polars", table.columns, [list(row) for row in table.rows()], expected)
    found = duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
    compare("duckdb", found.columns, [list(row) for row in found.fetchall()], expected)


def check_xlsx(path: Path, expected: dict, needs_office: bool) -> None:
    import openpyxl
    import pandas

    book = openpyxl.load_workbook(path, read_only=True)
    if len(book.sheetnames) < 3:
        faults.append(f"openpyxl: sheets {book.sheetnames}: the summary or the legend is missing")
    sheet = book.worksheets[0]
    lines = [list(row) for row in sheet.iter_rows(values_only=True)]
    compare("openpyxl", [text(name) for name in lines[0]], lines[1:], expected)
    for row in sheet.iter_rows():
        faults.extend(
            f"openpyxl: {cell.coordinate} is a formula" for cell in row if cell.data_type == "f"
        )
    frame("pandas", pandas.read_excel(path, sheet_name=0, dtype=dict.fromkeys(expected["text"], str), keep_default_na=False, na_values=[""]), expected)
    office = os.environ.get("SOFFICE") or shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        if needs_office:
            faults.append("there is no LibreOffice: install libreoffice-calc, or set SOFFICE")
        return
    with tempfile.TemporaryDirectory() as folder:
        own = f"-env:UserInstallation=file://{folder}/profile"
        # 44,34,76: comma, quote, UTF-8; every cell as displayed, texts in quotes.
        for kind in ["csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false", "pdf"]:
            subprocess.run(
                [office, own, "--headless", "--convert-to", kind, "--outdir", folder, str(path)],
                check=True,
                capture_output=True,
                timeout=300,
            )
        lines = list(csv.reader((Path(folder) / f"{path.stem}.csv").open(encoding="utf-8")))
        compare("libreoffice", lines[0], [[cell or None for cell in row] for row in lines[1:]], expected)
        if (Path(folder) / f"{path.stem}.pdf").stat().st_size < 2000:
            faults.append("libreoffice: the PDF is empty")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("expected", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--office", action="store_true", help="fail if there is no LibreOffice")
    args = parser.parse_args()
    expected = json.loads(args.expected.read_text(encoding="utf-8"))
    expected.setdefault("text", [])
    for path in args.files:
        before = len(faults)
        if path.suffix == ".csv":
            check_csv(path, expected)
        elif path.suffix == ".parquet":
            check_parquet(path, expected)
        elif path.suffix == ".xlsx":
            check_xlsx(path, expected, args.office)
        else:
            faults.append(f"{path}: no program reads this format")
        print(f"{path.name}: {len(expected['rows'])} rows, {len(faults) - before} differences")
    for fault in faults[:50]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
