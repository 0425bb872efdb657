//! The shapes of lists that people have: titles above the header, two header rows, totals and separators among the
//! firms, sheets of notes, hidden rows. Rows are numbered as a spreadsheet shows them.

use crate::screen::{Row, folder, rows_of, rows_parted, screen};
use crate::workbooks::{Book, data};
use serde_json::Value;

/// Screens a list, and returns the rows, the exit status and standard error.
fn screened(name: &str, bytes: impl AsRef<[u8]>, more: &[&str]) -> (Vec<Row>, i32, String) {
    let (folder, input) = folder(name, bytes);
    let output = folder.path().join("out.csv");
    let args = [&["--lang", "en", "--supports", "guarantee-small-micro"], more].concat();
    let (code, err) = screen(&input, &output, &args);
    let rows = if output.exists() { rows_of(&output) } else { Vec::new() };
    (rows, code, err)
}

const HEAD: &str = "企业名称,是否出口,从业人数";

#[test]
fn a_header_is_found_where_it_is() {
    let firms = "甲,是,6\n乙,否,12\n";
    for (what, above, header_row) in [
        ("nothing above", "", 1),
        ("a title", "2026年外贸企业名单\n", 2),
        ("a title with blanks", "2026年外贸企业名单,,\n", 2),
        ("a title, a blank line and a note", "外贸企业名单\n\n制表单位：商务局,,2026年11月\n", 4),
        ("groups of columns", "基本情况,,规模\n", 2),
        ("a stated delimiter", "sep=,\n", 2),
    ] {
        let (rows, code, err) = screened("list.csv", format!("{above}{HEAD}\n{firms}"), &[]);
        assert_eq!((rows.len(), code), (2, 0), "{what}: {err}");
        assert_eq!((&*rows[0]["企业名称"], &*rows[1]["从业人数"]), ("甲", "12"), "{what}");
        assert!(err.contains("columns read (2): 是否出口→exports_goods"), "{what}: {err}");
        let is_reported = err.contains(&format!("the header is in row {header_row}"));
        assert_eq!(is_reported, header_row > 1 && above != "sep=,\n", "{what}: {err}");
        // As a sheet, the same.
        let lines: Vec<Vec<&str>> = above
            .lines()
            .filter(|line| *line != "sep=,")
            .map(|line| line.split(',').collect())
            .collect();
        let head: Vec<&str> = HEAD.split(',').collect();
        let mut sheet: Vec<&[&str]> = lines.iter().map(Vec::as_slice).collect();
        sheet.extend([&head[..], &["甲", "是", "#6"], &["乙", "否", "#12"]]);
        let (rows, code, err) = screened("list.xlsx", Book::one(data(&sheet)).bytes(), &[]);
        assert_eq!((rows.len(), code), (2, 0), "{what}: {err}");
        assert_eq!((&*rows[0]["企业名称"], &*rows[1]["从业人数"]), ("甲", "12"), "{what}");
    }
    // The output has the delimiter of the list.
    let firm = "甲,乙|是\n";
    for (delimiter, list) in [
        (b';', format!("名单\n{HEAD}\n{firms}").replace(',', ";")),
        (b'\t', format!("名单\n{HEAD}\n{firms}").replace(',', "\t")),
        (b'|', format!("sep=|\n企业名称|是否出口\n{firm}{firm}")),
    ] {
        let (folder, input) = folder("list.csv", &list);
        let output = folder.path().join("out.csv");
        let (code, err) = screen(&input, &output, &[]);
        assert_eq!(code, 0, "{err}");
        let rows = rows_parted(&output, delimiter);
        assert_eq!((rows.len(), &*rows[0]["是否出口"]), (2, "是"), "{list}");
    }
}

#[test]
fn a_header_of_two_rows_is_read_as_one() {
    let list =
        "外贸企业名单,,,\n企业名称,是否出口,经营情况,\n,,营业收入（万元）,从业人数\n甲,是,680,6\n";
    let (rows, code, err) = screened("list.csv", list, &[]);
    assert_eq!((rows.len(), code), (1, 0), "{err}");
    assert!(err.contains("the header is in rows 2 and 3; 1 rows above it"), "{err}");
    let found =
        ["企业名称", "是否出口", "营业收入（万元）", "从业人数"].map(|name| &*rows[0][name]);
    assert_eq!(found, ["甲", "是", "680", "6"]);
    assert_eq!(rows[0]["guarantee-small-micro"], "undetermined");
}

#[test]
fn a_stated_header_row_is_taken_or_refused() {
    let list = "是否出口,备注\n企业名称,是否进口\n甲,是\n";
    let (rows, code, err) = screened("list.csv", list, &["--header-row", "2"]);
    assert_eq!((rows.len(), code), (1, 0), "{err}");
    assert_eq!(rows[0]["是否进口"], "是");
    for (row, says) in [("7", "no row 7"), ("0", "0 is not in 1..=1000")] {
        let (rows, code, err) = screened("list.csv", list, &["--header-row", row]);
        assert!(rows.is_empty() && code == 2 && err.contains(says), "{err}");
    }
    let (_, code, err) =
        screened("list.ndjson", "{\"exports_goods\":true}\n", &["--header-row", "1"]);
    assert!(code == 2 && err.contains("--header-row"), "{err}");
    // The manifest keeps it.
    let (folder, input) = folder("list.csv", list);
    let output = folder.path().join("out.csv");
    assert_eq!(screen(&input, &output, &["--header-row", "2"]).0, 0);
    let manifest = folder.path().join("out.csv.manifest.json");
    let read: Value = serde_json::from_str(&std::fs::read_to_string(&manifest).unwrap()).unwrap();
    assert_eq!(read["options"]["header_row"], 2);
    let verified = crate::cli::run(&["verify", manifest.to_str().unwrap()], "");
    assert_eq!(verified.code, 0, "{}", verified.err);
}

#[test]
fn rows_that_are_no_firm_have_no_status_and_are_in_no_list_to_call() {
    let list = format!(
        "{HEAD}\n甲,是,6\n小计,,6\n------,------,---\n,,\n乙,是,12\n合 计：,,18\nTotal (2),,18\n合计科技有限公司,是,3\n"
    );
    let (folder, input) = folder("list.csv", &list);
    let at = |name: &str| folder.path().join(name);
    let calls = at("call.csv");
    let more =
        ["--matches", calls.to_str().unwrap(), "--status", "applies,undetermined,does_not_apply"];
    let (code, err) = screen(&input, &at("out.csv"), &[&more[..], &["--lang", "en"]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("5 rows are no firm"), "{err}");
    let rows = rows_of(&at("out.csv"));
    assert_eq!(rows.len(), 8, "every row comes out");
    let has_status: Vec<bool> =
        rows.iter().map(|row| !row["guarantee-small-micro"].is_empty()).collect();
    assert_eq!(has_status, [true, false, false, false, true, false, false, true]);
    for (row, has_status) in rows.iter().zip(has_status) {
        assert_eq!(row["warnings"].starts_with("[not_a_firm] "), !has_status, "{row:?}");
        assert!(row["faults"].is_empty(), "{row:?}");
    }
    let called = rows_of(&calls);
    let numbers: std::collections::BTreeSet<&str> = called.iter().map(|row| &*row["row"]).collect();
    assert_eq!(numbers, ["2", "6", "9"].into());
    let manifest = std::fs::read_to_string(at("out.csv.manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["counts"]["rows_not_firms"], 5);
    assert_eq!(manifest["counts"]["rows_with_faults"], 0);
    // Screened again, they are what they were: what was added is nothing of their own.
    let (code, err) = screen(&at("out.csv"), &at("again.csv"), &[]);
    assert_eq!(code, 0, "{err}");
    for (row, before) in rows_of(&at("again.csv")).iter().zip(&rows) {
        let [now, then] = ["guarantee-small-micro_screened", "guarantee-small-micro"];
        assert_eq!(row[now].is_empty(), before[then].is_empty(), "{row:?}");
    }
    // A running number alone is no firm; the only answer of a firm is.
    let (rows, code, err) = screened("list.csv", "序号,从业人数\n1,6\n2,\n3,7\n,9\n", &[]);
    assert_eq!(code, 0, "{err}");
    let has_status: Vec<bool> =
        rows.iter().map(|row| !row["guarantee-small-micro"].is_empty()).collect();
    assert_eq!(has_status, [true, false, true, true]);
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    let list = format!("名单\n\n{HEAD}\n甲,是,6\n\n\"乙\n（分部）\",可能,7\n\n\n丙,是,约3\n");
    let (_, code, err) = screened("list.csv", &list, &[]);
    assert_eq!(code, 4);
    assert!(err.contains("row 6: `可能`") && err.contains("row 9: `约3`"), "{err}");
    // In chunks, too.
    let many = format!("{HEAD}\n{}", "甲,是,6\n\n".repeat(40_000)) + "乙,可能,7\n";
    let (_, _, err) = screened("list.csv", &many, &["--workers", "3"]);
    assert!(err.contains("row 80002: `可能`"), "{err}");
    let (_, _, err) =
        screened("list.ndjson", "\n{\"employees\":1}\n\n{\"employees\":\"x\"}\n", &[]);
    assert!(err.contains("row 4: `x`"), "{err}");
    let mut sheet = data(&[&["企业名称", "是否出口"], &["甲", "是"]]);
    let at = sheet.find("</sheetData>").unwrap();
    sheet.insert_str(at, "<row r=\"9\"><c r=\"B9\" t=\"str\"><v>可能</v></c></row>");
    let (_, code, err) = screened("list.xlsx", Book::one(sheet).bytes(), &[]);
    assert!(code == 4 && err.contains("row 9: `可能`"), "{err}");
}

#[test]
fn hidden_rows_and_columns_are_told_and_read() {
    let cells = "<cols><col min=\"2\" max=\"3\" width=\"9\" hidden=\"1\"/></cols><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>企业名称</v></c><c r=\"B1\" t=\"str\"><v>是否出口</v></c></row><row r=\"2\" hidden=\"1\"><c r=\"A2\" t=\"str\"><v>甲</v></c></row><row r=\"3\"><c r=\"A3\" t=\"str\"><v>乙</v></c></row></sheetData>";
    let (rows, code, err) = screened("list.xlsx", Book::one(cells).bytes(), &[]);
    assert_eq!((rows.len(), code), (2, 0), "{err}");
    assert!(err.contains("1 rows and 2 columns are hidden"), "{err}");
}
