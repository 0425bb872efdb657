#!/usr/bin/env python3
"""Makes the lists of this folder that are no text: workbooks, Parquet, archives, packed files, documents.

    python3 -m venv target/lists-venv
    target/lists-venv/bin/pip install -r tests/data/lists/requirements.txt
    target/lists-venv/bin/python tests/data/lists/make.py [NAME …]

Without names it makes all of them; the same program makes the same bytes, except of `password.xlsx`, whose key is drawn
at random. The files are committed, so the tests need neither Python nor these packages. All firms are made up.
"""

import bz2
import datetime
import gzip
import io
import lzma
import pathlib
import sqlite3
import struct
import sys
import tempfile
import zipfile
import zlib

import msoffcrypto.format.ooxml
import openpyxl
import pyarrow
import pyarrow.parquet
import xlsxwriter
import xlwt

HERE = pathlib.Path(__file__).parent
WHEN = (2026, 11, 1, 0, 0, 0)
DAY = datetime.date(2020, 1, 31)
CODE = "91330782MA2EA5XX1U"
HEAD = ["企业名称", "是否出口", "从业人数"]
FIRMS = [HEAD, ["甲", "是", 6], ["乙", "否", 12]]
TEXT = "".join(",".join(map(str, row)) + "\n" for row in FIRMS)


def book(sheets, **options):
    """A workbook: a name of a sheet and what fills it."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, **options})
    made.set_properties({"created": datetime.datetime(*WHEN), "author": "", "company": ""})
    for name, fill in sheets.items():
        sheet = made.add_worksheet(name)
        if callable(fill):
            fill(made, sheet)
        else:
            rows(sheet, fill)
    made.close()
    return out.getvalue()


def rows(sheet, values, first=0):
    for number, row in enumerate(values):
        for column, value in enumerate(row):
            if value is not None and value != "":
                sheet.write(first + number, column, value)


def one(fill, **options):
    return book({"名单": fill}, **options)


def entries(files, **changes):
    """A zip file with fixed times. A name in bytes is written as it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    made = out.getvalue()
    for old, new in changes.get("replaced", []):
        made = made.replace(old, new)
    return made


def packed(text):
    return gzip.compress(text if isinstance(text, bytes) else text.encode(), mtime=0)


def compound(streams):
    """The container of old office files, with the names of its streams alone."""
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HH", header, 30, 9, 6)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<I", header, 76, 0)
    table = bytearray(b"\xff" * 512)
    struct.pack_into("<II", table, 0, 0xFFFFFFFD, 0xFFFFFFFE)
    directory = bytearray(512)
    for index, name in enumerate(["Root Entry", *streams]):
        units = name.encode("utf-16-le")
        directory[128 * index : 128 * index + len(units)] = units
        struct.pack_into("<H", directory, 128 * index + 64, len(units) + 2)
    return bytes(header + table + directory)


def parquet(columns, codec):
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), out, compression=codec)
    return out.getvalue()


# ---- workbooks


def plain(made, sheet):
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    rows(sheet, [["企业名称", "是否出口", "行业代码", "从业人数", "营业收入（万元）", "成立日期"], ["甲", True, "F5191", 300, 0.1 + 0.2], ["乙", False, "F5191", 3]])
    sheet.write_datetime(1, 5, datetime.datetime.combine(DAY, datetime.time()), day)


def hidden_rows(made, sheet):
    rows(sheet, FIRMS)
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_column(2, 2, None, None, {"hidden": True})


def merged_cells(made, sheet):
    rows(sheet, [[*HEAD, "网点"], ["甲", "是", 6, "义乌"], ["乙", None, 12, None], ["丙", "是", 3, "金华"]])
    sheet.merge_range(1, 1, 2, 1, "是")
    sheet.merge_range(1, 3, 2, 3, "义乌")


def title_merged(made, sheet):
    sheet.merge_range(0, 0, 0, 2, "2026年外贸企业名单")
    sheet.write(1, 0, "制表：商务局")
    rows(sheet, FIRMS, 2)


def two_header_rows(made, sheet):
    rows(sheet, [["企业名称", "是否出口", "经营情况"], ["", "", "营业收入（万元）", "从业人数"], ["甲", "是", 680, 6]])
    sheet.merge_range(0, 0, 1, 0, "企业名称")
    sheet.merge_range(0, 1, 1, 1, "是否出口")
    sheet.merge_range(0, 2, 0, 3, "经营情况")


def shown_as(unit, cells):
    """Firms of wholesale with 300 people, and their revenue in number formats."""

    def fill(made, sheet):
        rows(sheet, [["企业名称", "行业代码", "从业人数", f"营业收入（{unit}）"]])
        for number, (name, value, code) in enumerate(cells, 1):
            rows(sheet, [[name, "F5191", 300]], number)
            sheet.write_number(number, 3, value, made.add_format({"num_format": code}))

    return fill


NUMBER_FORMATS = [
    ("甲", 8000000, "0!.0,"),
    ("乙", 30000000, "0!.0,"),
    ("丙", 8000, "#,##0.0_ "),
    ("丁", 50000, '0"万元"'),
    ("戊", 680, "0.00"),
    ("己", 3000, '"¥"#,##0.00'),
    ("庚", 0.08, "0%"),
    ("辛", 8000000, '[>=10000]0!.0,"万";0'),
    ("壬", 46351, "yyyy-mm-dd"),
    ("癸", 680, ";;;"),
    ("子", 3000, "[$$-409]0"),
]


def zeros_in_front(made, sheet):
    rows(sheet, [["企业名称", "行业代码", "营业收入（万元）"], ["甲", None, 30], ["乙", 111, 30]])
    sheet.write_number(1, 1, 111, made.add_format({"num_format": "0000"}))


def credit_codes(made, sheet):
    rows(sheet, [["企业名称", "统一社会信用代码", "是否出口"], ["甲", 913307820000000123, "是"], ["乙", CODE, "是"]])


def formula_results(made, sheet):
    rows(sheet, [["企业名称", "是否出口", "行业代码", "从业人数"], ["甲", None, None, None]])
    sheet.write_formula(1, 1, '=IF(1=1,"是","否")', None, "是")
    sheet.write_formula(1, 2, '="F"&5191', None, "F5191")
    sheet.write_formula(1, 3, "=1+2", None, 3)


def errors(made, sheet):
    rows(sheet, [[*HEAD, "备注"], ["甲", "是"], ["乙", "是", 3]])
    sheet.write_formula(1, 2, "=NA()", None, "#N/A")
    sheet.write_formula(1, 3, "=#REF!", None, "#REF!")


def digits_as_text(made, sheet):
    rows(sheet, [["企业名称", "是否出口", "行业代码", "从业人数"], ["甲", "1", "5191", "3"], ["乙", "1", "F5191", "3人"]])


def row_numbers(made, sheet):
    rows(sheet, [HEAD, ["甲", "是", 6]])
    rows(sheet, [["乙", "可能", 7]], 8)


def beside_the_table(made, sheet):
    rows(sheet, [HEAD, ["甲", "是", 6], ["乙", "是", 7, None, "见附件"]])


def rich_text(made, sheet):
    rows(sheet, [HEAD, [None, "是", 6]])
    bold = made.add_format({"bold": True})
    sheet.write_rich_string(1, 0, bold, "甲公司", "（义乌）")


def stated_row(made, sheet):
    rows(sheet, [["是否出口", "备注"], [], ["企业名称", "是否进口"], ["甲", "是"]])


def from_1904(made, sheet):
    rows(sheet, [["企业名称", "是否出口", "成立日期"], ["甲", "是"]])
    sheet.write_datetime(1, 2, datetime.datetime.combine(DAY, datetime.time()), made.add_format({"num_format": "yyyy-mm-dd"}))


def without_result():
    """openpyxl writes a formula without its result, as programs do that do not calculate."""
    made = openpyxl.Workbook()
    made.properties.created = made.properties.modified = datetime.datetime(*WHEN)
    for row in [HEAD, ["甲", "是", "=1+2"], ["乙", "是", 3]]:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    with zipfile.ZipFile(out) as archive:
        return entries({name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"})


def hidden_sheet():
    def old(made, sheet):
        rows(sheet, [HEAD, ["丙", "是", 3]])

    def new(made, sheet):
        rows(sheet, FIRMS)
        sheet.activate()
        sheet.set_first_sheet()
        made.get_worksheet_by_name("旧名单").hide()

    return book({"旧名单": old, "名单": new})


def workbooks():
    months = {"一月": FIRMS, "二月": [HEAD, ["丙", "是", 3]]}
    plain_book = one(FIRMS)
    return {
        "plain.xlsx": one(plain),
        "notes-first.xlsx": book({"填表说明": [["本表由各网点填写"], ["每月5日前报送"]], "名单": FIRMS}),
        "sheet-stated.xlsx": book(months),
        "no-such-sheet.xlsx": book(months),
        "further-sheets.xlsx": book(months),
        "hidden-sheet.xlsx": hidden_sheet(),
        "empty-sheets.xlsx": book({"名单": FIRMS, "Sheet2": [], "Sheet3": []}),
        "hidden-rows.xlsx": one(hidden_rows),
        "merged-cells.xlsx": one(merged_cells),
        "title-merged.xlsx": one(title_merged),
        "two-header-rows.xlsx": one(two_header_rows),
        "number-formats.xlsx": one(shown_as("万元", NUMBER_FORMATS)),
        "thousands-shown.xlsx": one(shown_as("千元", [("甲", 8000000, "0,"), ("乙", 30000000, "#,##0,")])),
        "millions-shown.xlsx": one(shown_as("百万元", [("甲", 8000000, "0.0,,"), ("乙", 30000000, "0.0,,")])),
        "zeros-in-front.xlsx": one(zeros_in_front),
        "credit-code-as-number.xlsx": one(credit_codes),
        "formula-without-result.xlsx": without_result(),
        "formula-results.xlsx": one(formula_results),
        "errors.xlsx": one(errors),
        "digits-as-text.xlsx": one(digits_as_text, strings_to_numbers=False),
        "totals.xlsx": one([*FIRMS, ["合计", None, 18]]),
        "row-numbers.xlsx": one(row_numbers),
        "beside-the-table.xlsx": one(beside_the_table),
        "shared-and-rich-text.xlsx": one(rich_text),
        "empty.xlsx": one([]),
        "damaged.xlsx": plain_book[: len(plain_book) // 2],
        "header-row-stated.xlsx": one(stated_row),
        "from-1904.xlsx": one(from_1904, date_1904=True),
    }


# ---- wrappers


def old_workbook():
    made = xlwt.Workbook(encoding="utf-8")
    sheet = made.add_sheet("名单")
    for number, row in enumerate(FIRMS):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def locked_workbook():
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(one(FIRMS))).encrypt("made-up", out)
    return out.getvalue()


def locked_archive():
    """The flag of a password in both headers of an entry."""
    made = bytearray(entries({"客户.csv": TEXT}))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def gbk_name():
    """The name as Chinese systems write it, without the flag of UTF-8."""
    name = "客户.csv".encode("gbk")
    holder = "x" * len(name)
    return entries({holder: TEXT}, replaced=[(holder.encode(), name)])


def database():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "list.db"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA page_size = 512")
            connection.execute("CREATE TABLE firms (name TEXT)")
        connection.close()
        return path.read_bytes()


def picture():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def wrappers():
    half = TEXT.index("乙")
    first, second = packed(TEXT[:half]), packed(TEXT[half:])
    columns = {name: [row[index] for row in FIRMS[1:]] for index, name in enumerate(HEAD)}
    page = (HERE / "wrappers/page.xls").read_bytes()
    old = old_workbook()
    return {
        "book.csv": one(FIRMS),
        "book.xls": one(FIRMS),
        "old.xls": old,
        "old.et": old,
        "old.xlsx": old,
        "old-zh.xls": old,
        "password.xlsx": locked_workbook,
        "document.doc": compound(["WordDocument", "1Table"]),
        "one-list.zip": entries({"名单/": "", "名单/客户.csv": TEXT}),
        "list-and-notes.zip": entries({"客户.xlsx": one(FIRMS), "__MACOSX/._客户.xlsx": "x", "说明.txt": "说明", "公函.pdf": "%PDF-"}),
        "gbk-name.zip": gbk_name(),
        "page-in-archive.zip": entries({"客户.xls": page}),
        "two-lists.zip": entries({"a.csv": TEXT, "b.csv": TEXT}),
        "no-list.zip": entries({"公函.pdf": "%PDF-"}),
        "archive-in-archive.zip": entries({"b.zip": entries({"a.csv": TEXT})}),
        "password.zip": locked_archive(),
        "old-in-archive.zip": entries({"客户.xls": old}),
        "cut.zip": entries({"a.csv": TEXT})[:60],
        "list.csv.gz": packed(TEXT),
        "list.csv.zst": pyarrow.compress(TEXT.encode(), "zstd", asbytes=True),
        "packed.csv": packed(TEXT),
        "padded.csv.gz": packed(TEXT) + bytes(1000),
        "two-members.csv.gz": first + second,
        "bytes-behind.csv.gz": packed(TEXT) + b"\r\n--boundary--\r\n",
        "member-behind.csv.gz": first + bytes(9) + second,
        "cut.csv.gz": packed(TEXT)[:-12],
        "book.xlsx.gz": packed(one(FIRMS)),
        "snappy.parquet": parquet(columns, "snappy"),
        "brotli.parquet": parquet(columns, "brotli"),
        "zstd.parquet": parquet(columns, "zstd"),
        "gzip.parquet": parquet(columns, "gzip"),
        "parquet.csv": parquet(columns, "snappy"),
        "report.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
        "list.rar": b"Rar!\x1a\x07\x01\x00" + bytes(32),
        "list.7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(32),
        "list.csv.xz": lzma.compress(TEXT.encode()),
        "list.csv.bz2": bz2.compress(TEXT.encode()),
        "list.db": database(),
        "list.png": picture(),
        "encrypted.parquet": b"PARE" + bytes(16) + b"PARE",
        "binary.xlsb": entries({"[Content_Types].xml": "<x/>", "xl/workbook.bin": "x"}),
        "open.ods": entries({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>", "META-INF/manifest.xml": "<x/>"}),
        "letter.docx": entries({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
    }


# ---- right


def right():
    header = ["企业名称", "统一社会信用代码", "行业代码", "从业人数", "营业收入（万元）", "行政区划代码", "是否出口", "是否进口", "融资需求", "出口国别"]
    firms = [
        ["甲", CODE, "F5191", 3, 680.0, 330782, True, False, True, ["JP", "KR"]],
        ["乙", None, "C3611", 500, 30000.0, 420100, True, True, False, ["US"]],
        ["丙", None, None, None, None, None, None, None, None, None],
    ]
    columns = {name: [firm[index] for firm in firms] for index, name in enumerate(header)}
    cells = [[";".join(cell) if isinstance(cell, list) else cell for cell in firm] for firm in firms]
    return {"clients.xlsx": one([header, *cells]), "clients.parquet": parquet(columns, "snappy")}


def main(names):
    for folder, files in [("workbooks", workbooks()), ("wrappers", wrappers()), ("right", right())]:
        for name, content in files.items():
            if not names or name in names:
                path = HERE / folder / name
                path.parent.mkdir(exist_ok=True)
                # What is drawn at random is made when it is asked for, or not there.
                if callable(content):
                    if path.exists() and not names:
                        continue
                    content = content()
                path.write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1:])
