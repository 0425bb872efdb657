//! Workbooks, also those that no program should have made: each has an outcome that is known.

use crate::cli::run;
use crate::screen::{DAY, Row, rows_of, screen};
use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

pub const NS: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";

/// A zip of parts.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook made by hand.
#[derive(Default)]
pub struct Book<'a> {
    /// Name, state and what stands inside of `worksheet`.
    pub sheets: Vec<(&'a str, &'a str, String)>,
    pub strings: Option<&'a str>,
    pub styles: Option<&'a str>,
    pub properties: &'a str,
}

impl Book<'_> {
    pub fn one(inner: impl Into<String>) -> Self {
        Self { sheets: vec![("名单", "visible", inner.into())], ..Self::default() }
    }

    pub fn bytes(&self) -> Vec<u8> {
        const KIND: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let (mut sheets, mut related) = (String::new(), String::new());
        let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
        for (index, (name, state, inner)) in self.sheets.iter().enumerate() {
            let number = index + 1;
            write!(
                sheets,
                "<sheet name=\"{name}\" sheetId=\"{number}\" state=\"{state}\" r:id=\"rId{number}\"/>"
            )
            .unwrap();
            write!(related, "<Relationship Id=\"rId{number}\" Type=\"{KIND}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>").unwrap();
            let xml = format!("<?xml version=\"1.0\"?>\n<worksheet {NS}>{inner}</worksheet>");
            parts.push((format!("xl/worksheets/sheet{number}.xml"), xml.into_bytes()));
        }
        for (kind, part) in [("sharedStrings", self.strings), ("styles", self.styles)] {
            if let Some(text) = part {
                write!(
                    related,
                    "<Relationship Id=\"{kind}\" Type=\"{KIND}/{kind}\" Target=\"/xl/{kind}.xml\"/>"
                )
                .unwrap();
                parts.push((format!("xl/{kind}.xml"), text.as_bytes().to_vec()));
            }
        }
        let rels = |inner: &str| {
            format!("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{inner}</Relationships>").into_bytes()
        };
        let root = format!(
            "<Relationship Id=\"r\" Type=\"{KIND}/officeDocument\" Target=\"xl/workbook.xml\"/>"
        );
        let book =
            format!("<workbook {NS}>{}<sheets>{sheets}</sheets></workbook>", self.properties);
        parts.push(("_rels/.rels".into(), rels(&root)));
        parts.push(("xl/_rels/workbook.xml.rels".into(), rels(&related)));
        parts.push(("xl/workbook.xml".into(), book.into_bytes()));
        let parts: Vec<(&str, &[u8])> =
            parts.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        zipped(&parts)
    }
}

/// Rows of inline texts and, where a cell begins with `#`, of numbers; a blank cell is left out.
pub fn data(rows: &[&[&str]]) -> String {
    let mut xml = "<sheetData>".to_owned();
    for (row, cells) in rows.iter().enumerate() {
        write!(xml, "<row r=\"{}\">", row + 1).unwrap();
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let name = format!("{}{}", letters(column), row + 1);
            match cell.strip_prefix('#') {
                Some(number) => write!(xml, "<c r=\"{name}\"><v>{number}</v></c>"),
                None => write!(xml, "<c r=\"{name}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
            }
            .unwrap();
        }
        xml.push_str("</row>");
    }
    xml + "</sheetData>"
}

pub fn letters(column: usize) -> String {
    let mut name = String::new();
    let mut left = column + 1;
    while left > 0 {
        name.insert(0, char::from(b'A' + u8::try_from((left - 1) % 26).unwrap()));
        left = (left - 1) / 26;
    }
    name
}

fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    crate::screen::folder(name, bytes)
}

fn screened(bytes: &[u8], more: &[&str]) -> (Vec<Row>, i32, String) {
    let (folder, input) = file("list.xlsx", bytes);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, more);
    let rows = if output.exists() { rows_of(&output) } else { Vec::new() };
    (rows, code, err)
}

/// Screening fails, says this, and leaves nothing.
fn refused(bytes: &[u8], more: &[&str], says: &str) {
    let (folder, input) = file("list.xlsx", bytes);
    let output = folder.path().join("out.csv");
    let mut args = vec!["--lang", "en"];
    args.extend(more);
    let (code, err) = screen(&input, &output, &args);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains(says), "`{says}` is not in: {err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left");
}

const HEAD: &[&str] = &["企业名称", "统一社会信用代码", "从业人数", "营业收入（万元）", "是否出口"];

#[test]
fn cells_of_every_type_are_read_as_they_are_seen() {
    let strings = format!(
        "<sst {NS}><si><t>企业名称</t></si><si><t>从业人数</t></si><si><r><t>是否</t></r><r><t>出口</t></r><rPh><t>shìfǒu</t></rPh></si><si><t xml:space=\"preserve\">甲 &amp; 乙&#10;丙_x000D_</t></si><si><t>备注</t></si></sst>"
    );
    let styles = format!(
        "<styleSheet {NS}><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"10\"/></cellXfs></styleSheet>"
    );
    let inner = "<sheetData><row r=\"3\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" t=\"s\"><v>1</v></c><c r=\"C3\" t=\"s\"><v>2</v></c><c r=\"D3\" t=\"s\"><v>4</v></c><c r=\"E3\" t=\"str\"><v>日期</v></c><c r=\"F3\" t=\"str\"><v>x</v></c></row>\
        <row r=\"5\"><c r=\"A5\" t=\"s\"><v>3</v></c><c r=\"B5\"><f>3*4</f><v>12.0</v></c><c r=\"C5\" t=\"b\"><v>1</v></c><c r=\"D5\" t=\"e\"><v>#N/A</v></c><c r=\"E5\" s=\"1\"><v>46351</v></c><c r=\"F5\" s=\"2\"><v>0.125</v></c></row>\
        <row><c t=\"inlineStr\"><is><t>丁</t></is></c><c><v>0.30000000000000004</v></c><c/><c><v>1234567890123456789</v></c></row></sheetData>";
    let book = Book { strings: Some(&strings), styles: Some(&styles), ..Book::one(inner) };
    let (rows, code, err) = screened(&book.bytes(), &[]);
    assert_eq!(code, 4, "0.3 employees are none: {err}");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["企业名称"], "甲 & 乙\n丙\r");
    assert_eq!((rows[0]["从业人数"].as_str(), rows[0]["是否出口"].as_str()), ("12", "TRUE"));
    assert_eq!((rows[0]["备注"].as_str(), rows[0]["日期"].as_str()), ("#N/A", "2026-11-25"));
    assert_eq!(rows[0]["x"], "12.5%");
    assert_eq!(rows[0]["faults"], "");
    assert_eq!(rows[1]["企业名称"], "丁", "rows and cells without a name follow one another");
    assert_eq!(
        (rows[1]["从业人数"].as_str(), rows[1]["备注"].as_str()),
        ("0.3", "1234567890123456789")
    );
    assert!(rows[1]["faults"].contains("employees"), "{:?}", rows[1]);
    assert!(err.contains("工作表：“名单”"), "{err}");
    // Rows 4 has no cell.
    assert!(err.contains("跳过1个空行"), "{err}");
}

#[test]
fn a_code_that_became_a_number_is_a_fault() {
    for number in ["#911100006000373410", "#9.1110000600037344E+17"] {
        let (rows, code, _) = screened(
            &Book::one(data(&[
                HEAD,
                &["甲", number, "#6", "", "是"],
                &["乙", "91110000600037341L", "6", "", "是"],
            ]))
            .bytes(),
            &[],
        );
        assert_eq!(code, 4);
        assert!(rows[0]["faults"].contains("信用代码"), "{:?}", rows[0]);
        assert_eq!(rows[0]["uscc_ok"], "no");
        assert_eq!((rows[1]["faults"].as_str(), rows[1]["uscc_ok"].as_str()), ("", "yes"));
    }
}

#[test]
fn merged_cells_are_faults_only_where_a_fact_is_asked() {
    let sheet = data(&[
        HEAD,
        &["甲", "", "#6", "", "是"],
        &["", "", "", "", "是"],
        &["丙", "", "#7", "", "是"],
    ]);
    let merges =
        "<mergeCells count=\"2\"><mergeCell ref=\"A2:A3\"/><mergeCell ref=\"C2:C3\"/></mergeCells>";
    let (rows, code, err) = screened(&Book::one(sheet + merges).bytes(), &[]);
    assert_eq!((rows.len(), code), (3, 4), "{err}");
    assert!(err.contains("2处合并单元格"), "{err}");
    assert_eq!((rows[0]["faults"].as_str(), rows[2]["faults"].as_str()), ("", ""));
    let fault = &rows[1]["faults"];
    assert!(fault.contains("employees") && !fault.contains("企业名称"), "{fault}");
}

#[test]
fn merged_areas_are_seen_wherever_they_begin() {
    let row: &[&str] = &["", "", "", "", "是"];
    let sheet =
        data(&[HEAD, &["甲", "", "#6", "", "是"], row, row, row, &["乙", "", "", "", "是"]]);
    // Beside, twice the same, begun above the header, over later rows, outside the columns, of one cell.
    let areas = ["C2:C3", "C2:C3", "E1:E1", "C4:D5", "C4:C4", "Z2:Z9", "C6"];
    let merges: Vec<_> = areas.iter().map(|area| format!("<mergeCell ref=\"{area}\"/>")).collect();
    let merges = format!("<mergeCells>{}</mergeCells>", merges.concat());
    let (rows, _, err) = screened(&Book::one(sheet + &merges).bytes(), &[]);
    let faulty = |row: usize| rows[row]["faults"].contains("employees");
    assert_eq!([0, 1, 2, 3, 4].map(faulty), [false, true, false, true, false], "{err} {rows:?}");
}

#[test]
fn sheets_are_chosen_by_name_or_by_sight() {
    let list = || data(&[HEAD, &["甲", "", "#6", "", "是"]]);
    let other = || data(&[HEAD, &["乙", "", "#6", "", "是"]]);
    let book = Book {
        sheets: vec![
            ("旧", "hidden", other()),
            ("新", "visible", list()),
            ("再", "veryHidden", other()),
        ],
        ..Book::default()
    };
    let (rows, _, err) = screened(&book.bytes(), &[]);
    assert_eq!(rows[0]["企业名称"], "甲", "{err}");
    let (rows, _, _) = screened(&book.bytes(), &["--sheet", "旧"]);
    assert_eq!(rows[0]["企业名称"], "乙");
    let (rows, code, err) = screened(&book.bytes(), &["--sheet", "没有", "--lang", "en"]);
    assert!(rows.is_empty() && code == 2 && err.contains("旧, 新, 再"), "{err}");
    let hidden = Book { sheets: vec![("旧", "hidden", list())], ..Book::default() };
    refused(&hidden.bytes(), &[], "all sheets are hidden");
}

#[test]
fn days_of_1904_are_the_same_days() {
    let styles = format!("<styleSheet {NS}><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>");
    let inner = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>日期</v></c><c r=\"B1\" t=\"str\"><v>是否出口</v></c></row><row r=\"2\"><c r=\"A2\" s=\"0\"><v>44889</v></c></row></sheetData>";
    let book = Book {
        styles: Some(&styles),
        properties: "<workbookPr date1904=\"1\"/>",
        ..Book::one(inner)
    };
    assert_eq!(screened(&book.bytes(), &[]).0[0]["日期"], "2026-11-25");
}

#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let mut sheet = data(&[HEAD, &["甲", "", "#6", "", "是"]]);
    let at = sheet.find("</sheetData>").unwrap();
    sheet.insert_str(at, "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>");
    let (folder, input) = file("far.xlsx", &Book::one(sheet).bytes());
    let output = folder.path().join("out.csv");
    let (code, err) = limited(&input, &output);
    assert_eq!(code, 4, "{err}");
    let rows = rows_of(&output);
    assert_eq!(rows.len(), 2, "blank rows are no rows");
    assert!(rows[1]["faults"].contains("16384"), "{:?}", rows[1]);
    assert!(err.contains("跳过1048573个空行"), "{err}");
}

/// Screens with little memory to be had.
fn limited(input: &Path, output: &Path) -> (i32, String) {
    let program = env!("CARGO_BIN_EXE_export-advisor");
    let line = "ulimit -v 900000; exec \"$0\" \"$@\"";
    let ran = std::process::Command::new("sh")
        .args(["-c", line, program, "screen"])
        .args([input.as_os_str(), "-o".as_ref(), output.as_os_str()])
        .args(["--as-of", DAY])
        .output()
        .unwrap();
    (ran.status.code().unwrap_or(-1), String::from_utf8(ran.stderr).unwrap())
}

/// A stored size in both tables of contents of a zip, changed.
pub fn lie(zip: &mut [u8], name: &str, size: u32) {
    for (mark, at, name_at) in [(b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)] {
        let starts = zip.windows(4).enumerate().filter(|(_, w)| w == mark).map(|(at, _)| at);
        let found =
            starts.filter(|s| zip[s + name_at..].starts_with(name.as_bytes())).collect::<Vec<_>>();
        assert_eq!(found.len(), 1, "{name}");
        zip[found[0] + at..found[0] + at + 4].copy_from_slice(&size.to_le_bytes());
    }
}

#[test]
fn files_made_to_fill_the_memory_are_not_read() {
    let sheet = data(&[HEAD, &["甲", "", "#6", "", "是"]]);
    let blanks = " ".repeat(64 << 20);
    let bomb = Book::one(format!("{sheet}{blanks}")).bytes();
    refused(&bomb, &[], "unpacks to");
    // A size that is a lie: what comes out is stopped at what was said.
    let mut lying = bomb.clone();
    lie(&mut lying, "xl/worksheets/sheet1.xml", 4 << 20);
    refused(&lying, &[], "is damaged");
    let strings = format!("<sst {NS}><si><t>{}</t></si></sst>", "a".repeat(300 << 20));
    let mut stuffed = Book { strings: Some(&strings), ..Book::one(sheet) }.bytes();
    refused(&stuffed, &[], "more than the 256 MiB");
    lie(&mut stuffed, "xl/sharedStrings.xml", 15 << 20);
    let (folder, input) = file("list.xlsx", &stuffed);
    let (code, err) = limited(&input, &folder.path().join("out.csv"));
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("已损坏"), "{err}");
}

#[test]
fn damaged_workbooks_are_told_and_leave_nothing() {
    let good = Book::one(data(&[HEAD, &["甲", "", "#6", "", "是"]])).bytes();
    for length in [0, 1, 30, good.len() / 2, good.len() - 1] {
        refused(&good[..length], &[], "");
    }
    refused(b"PK\x03\x04 nothing", &[], "no workbook");
    refused(b"no list\n1 2\n", &[], "no workbook");
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old";
    refused(old, &[], "without a password");
    refused(&zipped(&[("word/document.xml", b"<a/>")]), &[], "a Word document");
    refused(&zipped(&[("xl/styles.xml", b"<a/>")]), &[], "has no part");
    // A bit that is wrong in what is packed.
    let mut flipped = good.clone();
    let index = flipped.windows(24).position(|w| w == b"xl/worksheets/sheet1.xml").unwrap() + 60;
    flipped[index] ^= 0x10;
    refused(&flipped, &[], "is damaged");
    for inner in [
        "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>7</v></c></row></sheetData>",
        "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></row></sheetData>",
        "<sheetData><row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row></sheetData>",
        "<sheetData><row r=\"1048577\"><c r=\"A1048577\"><v>1</v></c></row></sheetData>",
        "<sheetData><row r=\"1\"><c r=\"A1\"><v>1",
    ] {
        refused(&Book::one(inner).bytes(), &[], "is damaged");
    }
    for empty in ["", "<sheetData/>", "<sheetData><row r=\"1\"/></sheetData>"] {
        refused(&Book::one(empty).bytes(), &[], "is empty");
    }
}

#[test]
fn a_header_alone_and_two_thousand_columns_pass() {
    let (rows, code, err) = screened(&Book::one(data(&[HEAD])).bytes(), &[]);
    assert_eq!((rows.len(), code), (0, 0), "{err}");
    let wide: Vec<String> = (0..2000).map(|n| format!("列{n}")).collect();
    let mut head: Vec<&str> = wide.iter().map(String::as_str).collect();
    head[1999] = "从业人数";
    let mut line = vec!["0012"; 2000];
    line[1999] = "#6";
    let (rows, code, err) = screened(&Book::one(data(&[&head, &line, &line])).bytes(), &[]);
    assert_eq!((rows.len(), code), (2, 0), "{err}");
    assert_eq!((rows[1]["列1998"].as_str(), rows[1]["从业人数"].as_str()), ("0012", "6"));
}

/// The text of a part of a workbook.
pub fn part(path: &Path, name: &str) -> String {
    let mut zip = ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn what_is_written_keeps_text_as_text_and_numbers_as_numbers() {
    let list = "企业名称,编号,从业人数,营业收入（万元）,是否出口\n=1+1,0012,6,12.50,是\n'@x,9e5,\"1,200\",300,maybe\n-5,,7,,否\n";
    let (folder, input) = file("list.csv", list.as_bytes());
    let output = folder.path().join("out.xlsx");
    let (code, err) = screen(&input, &output, &[]);
    assert_eq!(code, 4, "{err}");
    let mut sheet = part(&output, "xl/worksheets/sheet1.xml");
    sheet.push_str(&part(&output, "xl/sharedStrings.xml"));
    assert!(sheet.contains("<t>=1+1</t>") && !sheet.contains("<f>"), "no formula is written");
    assert!(sheet.contains("<t>0012</t>") && sheet.contains("<t>9e5</t>"), "codes stay text");
    assert!(sheet.contains("<t>@x</t>"), "the guard comes off");
    assert!(sheet.contains("<t>-5</t>"), "a name stays text");
    assert!(
        sheet.contains("<v>6</v>") && sheet.contains("<v>300</v>"),
        "numbers of facts are numbers"
    );
    assert!(sheet.contains("<t>12.50</t>") && sheet.contains("<t>1,200</t>"), "as it was written");
    assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<autoFilter"), "{sheet}");
    let book = part(&output, "xl/workbook.xml");
    assert!(book.contains("筛查结果") && book.contains("汇总") && book.contains("说明"));
    // Read again: the same rows, and their statuses as before.
    let again = folder.path().join("again.csv");
    screen(&output, &again, &[]);
    let (first, direct) = (rows_of(&again), folder.path().join("direct.csv"));
    screen(&input, &direct, &[]);
    for (row, expected) in first.iter().zip(rows_of(&direct)) {
        for name in ["guarantee-small-micro", "missing", "uscc_ok", "faults"] {
            assert_eq!(row[name], expected[name], "{name}");
            assert_eq!(row[&format!("{name}_screened")], expected[name], "{name}");
        }
        assert_eq!(row["编号"], expected["编号"]);
    }
    // The same rows give the same bytes, and the manifest can be verified.
    let twin = folder.path().join("twin.xlsx");
    screen(&input, &twin, &[]);
    assert_eq!(std::fs::read(&output).unwrap(), std::fs::read(&twin).unwrap());
    let manifest = format!("{}.manifest.json", output.display());
    let ran = run(&["verify", &manifest], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn a_text_that_no_cell_can_hold_is_told() {
    let list = format!("企业名称,从业人数\n甲,6\n{},7\n", "长".repeat(32_768));
    let (folder, input) = file("list.csv", list.as_bytes());
    let output = folder.path().join("out.xlsx");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert_eq!(code, 1);
    assert!(err.contains("row 2, column `企业名称`") && err.contains("has 32768"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left");
}
