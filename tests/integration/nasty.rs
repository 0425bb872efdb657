//! Nasty files, one after the other in one table: what each is, and what must come of it.
//!
//! Every file is screened by the program as a child that may not have 300 MB of memory, and whose peak is
//! looked at too. None ends in a panic, every row is accounted for by the output and by the manifest, and
//! what is refused leaves nothing. Closer looks at single outcomes are in `screen_files`, `workbooks`, `tables`.
#![cfg(target_os = "linux")]

use crate::screen::{DAY, Row, folder, rows_of};
use crate::screen_files::{encoded, utf16};
use crate::tables::table;
use crate::workbooks::{Book, NS, data, lie};
use arrow_array::{ArrayRef, Int64Array, StringArray};
use encoding_rs::GB18030;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Kilobytes that the program may have.
const MOST: u64 = 300_000;

const LIST: &str = "企业名称,企业规模,是否出口,从业人数\n义乌𠮷贸易𪚥,微型,是,6\n㐂甲,小,否,1200\n";

/// What comes of a file.
#[derive(Clone, Copy, Debug)]
enum Comes {
    /// So many rows come out, so many of them with a fault that says this.
    Rows(usize, usize, &'static str),
    /// Nothing comes out, and this is said.
    Refused(&'static str),
}
use Comes::{Refused, Rows};

/// Name, kind of the file, its bytes, the bytes that a pipe gives at once (0: a file), outcome.
type Nasty = (&'static str, &'static str, Vec<u8>, usize, Comes);

fn marked(text: &str) -> Vec<u8> {
    [b"\xef\xbb\xbf", text.as_bytes()].concat()
}

fn texts() -> Vec<Nasty> {
    let lines = |rows: &str| format!("企业名称,是否出口,从业人数\n{rows}").into_bytes();
    let wide = |columns: usize, cell: &str, last: &str| {
        let mut line = vec![cell; columns - 1];
        line.push(last);
        line.join(",")
    };
    let names: Vec<String> = (1..2000).map(|n| format!("列{n}")).collect();
    let wide = format!("{},从业人数\n{}\n", names.join(","), wide(2000, "0012", "6"));
    let gzip = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(LIST.repeat(50).as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    // A quarter of a gigabyte of blank lines in a megabyte.
    let blank = |level| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), level);
        packed.write_all("是否出口\n是\n".as_bytes()).unwrap();
        let blanks = vec![b'\n'; 1 << 20];
        (0..256).for_each(|_| packed.write_all(&blanks).unwrap());
        packed.finish().unwrap()
    };
    // 128 times its size, and a thousand times.
    let (blanks, bomb) = (blank(flate2::Compression::fast()), blank(flate2::Compression::best()));
    let header = format!("是否出口,{}\n是\n", "长".repeat(7 << 20)).into_bytes();
    let long_first = format!("{{\"名\":\"{}\",\"employees\":6}}\n", "长".repeat(1 << 20));
    let cells: Vec<String> =
        (0..600).map(|n| format!("{}{n}\n", "870380;".repeat(50_000))).collect();
    let cells = format!("hs\n{}", cells.concat()).into_bytes();
    let endless = format!("是否出口,备注\n是,\"{}", "a".repeat(40 << 20)).into_bytes();
    vec![
        ("UTF-8", "csv", LIST.into(), 0, Rows(2, 0, "")),
        ("UTF-8 with a mark", "csv", marked(LIST), 0, Rows(2, 0, "")),
        ("UTF-8 with a mark, a byte at a time", "csv", marked(LIST), 1, Rows(2, 0, "")),
        ("UTF-16 LE with a mark", "csv", utf16(LIST, u16::to_le_bytes, true), 0, Rows(2, 0, "")),
        ("UTF-16 BE with a mark", "csv", utf16(LIST, u16::to_be_bytes, true), 0, Rows(2, 0, "")),
        ("UTF-16 LE, bare", "csv", utf16(LIST, u16::to_le_bytes, false), 0, Rows(2, 0, "")),
        (
            "UTF-16 BE, 3 bytes at a time",
            "csv",
            utf16(LIST, u16::to_be_bytes, true),
            3,
            Rows(2, 0, ""),
        ),
        ("GB18030 with four bytes a character", "csv", encoded(LIST, GB18030), 0, Rows(2, 0, "")),
        ("GB18030, 3 bytes at a time", "csv", encoded(LIST, GB18030), 3, Rows(2, 0, "")),
        (
            "short words of GBK",
            "csv",
            encoded("name,size\na,小\nb,微\n", GB18030),
            0,
            Rows(2, 0, ""),
        ),
        (
            "mixed line ends",
            "csv",
            lines("甲,是,1\r\n乙,否,3\r丙,是,4\n\n\r\n丁,是,5"),
            0,
            Rows(4, 0, ""),
        ),
        ("a quoted line break", "csv", lines("\"甲\n(分部)\",是,1\n乙,否,3\n"), 0, Rows(2, 0, "")),
        ("an extra comma", "csv", lines("甲,是,1,200\n乙,否,3\n"), 0, Rows(2, 1, "4格")),
        ("a missing cell", "csv", lines("甲,是\n乙,否,3\n"), 0, Rows(2, 1, "2格")),
        ("a NUL", "csv", lines("甲\0,是,1\n乙,否,3\n"), 0, Rows(2, 1, "NUL")),
        ("text as a number", "csv", lines("甲,是,约300\n乙,否, 3 \n"), 0, Rows(2, 1, "约300")),
        ("formula names", "csv", lines("=1+1,是,1\n@x,否,3\n-x,否,3\n"), 0, Rows(3, 0, "")),
        ("leading zeros", "csv", lines("0012,是,007\n"), 0, Rows(1, 0, "")),
        ("empty", "csv", Vec::new(), 0, Refused("空")),
        ("only a header", "csv", lines(""), 0, Rows(0, 0, "")),
        ("breaks off in quotes", "csv", lines("甲,是,1\n\"乙,否"), 0, Refused("引号")),
        ("a quote that never closes", "csv", endless, 0, Refused("引号")),
        (
            "lines in quotes, and a blank behind them",
            "csv",
            lines("\"甲\n(分部)\" ,是,1\n乙,否,3\n"),
            0,
            Rows(2, 0, ""),
        ),
        (
            "a quote closed by that of a later row",
            "csv",
            lines("甲,是,\"1\n乙,否,3\n丙,是,\"4\"\n丁,是,5\n"),
            0,
            Refused("第2行"),
        ),
        ("a header of 20 MiB", "csv", header, 0, Refused("16 MiB")),
        ("600 long lists, all different", "csv", cells, 0, Rows(600, 600, "870380")),
        ("2,000 columns", "csv", wide.into_bytes(), 0, Rows(1, 0, "")),
        ("breaks off, packed", "csv.gz", gzip[..gzip.len() / 2].to_vec(), 0, Refused("不完整")),
        ("blank lines without end, packed", "csv.gz", blanks, 0, Rows(1, 0, "")),
        ("blank lines without end, packed well", "csv.gz", bomb, 0, Refused("expansion")),
        ("empty lines of JSON", "ndjson", Vec::new(), 0, Refused("空")),
        (
            "an array of JSON",
            "ndjson",
            b"[\n  {\n    \"employees\": 6\n  }\n]\n".into(),
            0,
            Rows(1, 0, ""),
        ),
        (
            "one object, after a blank line, without a line end",
            "ndjson",
            b"\n{\"employees\":6}".into(),
            0,
            Rows(1, 0, ""),
        ),
        ("a first line of 3 MiB", "ndjson", long_first.into(), 0, Rows(1, 0, "")),
        (
            "a line of JSON that breaks off",
            "ndjson",
            b"{\"employees\":1}\n{\"emp".into(),
            0,
            Rows(2, 1, "JSON"),
        ),
    ]
}

fn books() -> Vec<Nasty> {
    let head: &[&str] = &["企业名称", "统一社会信用代码", "从业人数", "是否出口"];
    let plain = data(&[head, &["甲", "", "#6", "是"], &["", "", "#7", "是"]]);
    let one = |sheet: String| Book::one(sheet).bytes();
    let covered = data(&[head, &["甲", "", "#6", "是"], &["", "", "", "是"]]);
    let merged = "<mergeCells><mergeCell ref=\"A2:A3\"/><mergeCell ref=\"C2:C3\"/></mergeCells>";
    let at = plain.find("</sheetData>").unwrap();
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let far = format!("{}{far}{}", &plain[..at], &plain[at..]);
    let bomb = one(format!("{plain}{}", " ".repeat(64 << 20)));
    let mut lying = bomb.clone();
    lie(&mut lying, "xl/worksheets/sheet1.xml", 4 << 20);
    let strings = format!("<sst {NS}><si><t>{}</t></si></sst>", "a".repeat(300 << 20));
    let mut stuffed = Book { strings: Some(&strings), ..Book::one(plain.clone()) }.bytes();
    let message = stuffed.clone();
    lie(&mut stuffed, "xl/sharedStrings.xml", 15 << 20);
    let whole = one(plain.clone());
    let names: Vec<String> = (1..2000).map(|n| format!("列{n}")).collect();
    let mut wide: Vec<&str> = names.iter().map(String::as_str).collect();
    wide.push("从业人数");
    let mut cells = vec!["0012"; 1999];
    cells.push("#6");
    let typed =
        data(&[head, &["0012", "#911100006000373410", "#6", "是"], &["#7", "", "'1,200", "#1"]]);
    vec![
        ("merged cells", "xlsx", one(covered + merged), 0, Rows(2, 1, "合并")),
        ("a number as text, a code as a number", "xlsx", one(typed), 0, Rows(2, 2, "")),
        ("a cell at XFD1048576", "xlsx", one(far), 0, Rows(3, 1, "16384")),
        ("a zip bomb", "xlsx", bomb, 0, Refused("解压后")),
        ("a zip bomb that lies of its size", "xlsx", lying, 0, Refused("已损坏")),
        ("300 MB of texts", "xlsx", message, 0, Refused("超过上限")),
        ("300 MB of texts, said to be 15", "xlsx", stuffed, 0, Refused("已损坏")),
        ("breaks off", "xlsx", whole[..whole.len() / 2].to_vec(), 0, Refused("不完整")),
        ("empty", "xlsx", Vec::new(), 0, Refused("")),
        ("only a header", "xlsx", one(data(&[head])), 0, Rows(0, 0, "")),
        ("2,000 columns", "xlsx", one(data(&[&wide, &cells])), 0, Rows(1, 0, "")),
    ]
}

fn tables() -> Vec<Nasty> {
    let written = |columns: &[(&str, ArrayRef)]| {
        let (_folder, path) = folder("t.parquet", b"");
        table(&path, columns, 10, true);
        std::fs::read(path).unwrap()
    };
    let number = |n: Vec<i64>| Arc::new(Int64Array::from(n)) as ArrayRef;
    let whole = written(&[("employees", number(vec![6, -1]))]);
    let names: Vec<String> = (1..2000).map(|n| format!("列{n}")).collect();
    let text = Arc::new(StringArray::from(vec!["0012"])) as ArrayRef;
    let mut wide: Vec<(&str, ArrayRef)> =
        names.iter().map(|n| (n.as_str(), text.clone())).collect();
    wide.push(("employees", number(vec![6])));
    vec![
        ("a number outside its range", "parquet", whole.clone(), 0, Rows(2, 1, "employees")),
        ("breaks off", "parquet", whole[..whole.len() / 2].to_vec(), 0, Refused("Parquet")),
        ("no rows", "parquet", written(&[("employees", number(vec![]))]), 0, Rows(0, 0, "")),
        ("empty", "parquet", Vec::new(), 0, Refused("空")),
        ("2,000 columns", "parquet", written(&wide), 0, Rows(1, 0, "")),
    ]
}

/// What a run came to: exit status, what was said, and the peak of its memory in kilobytes.
fn watched(
    args: &[&str],
    pieces: Option<(&[u8], usize)>,
    message: &std::path::Path,
) -> (i32, String, u64) {
    let line = format!("ulimit -d {MOST}; exec \"$0\" \"$@\"");
    let mut child = Command::new("sh")
        .args(["-c", &line, env!("CARGO_BIN_EXE_export-advisor"), "screen"])
        .args(args)
        .args(["--as-of", DAY, "--workers", "2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(message).unwrap())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    if let Some((bytes, size)) = pieces {
        for piece in bytes.chunks(size) {
            pipe.write_all(piece).unwrap();
        }
    }
    drop(pipe);
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        if let Some(code) = child.try_wait().unwrap() {
            break code.code().unwrap_or(-1);
        }
        let now = std::fs::read_to_string(&status).unwrap_or_default();
        let line = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let size = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(size.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    };
    (code, std::fs::read_to_string(message).unwrap(), peak)
}

fn check(nasty: Vec<Nasty>) {
    for (what, kind, bytes, pieces, comes) in nasty {
        let what = format!("{what} ({kind})");
        let (folder, input) = folder(&format!("list.{kind}"), &bytes);
        let at = |name: &str| folder.path().join(name);
        let out = at("out.csv");
        let target = ["-o", out.to_str().unwrap()];
        let (code, message, peak) = match pieces {
            0 => {
                let args = [input.to_str().unwrap(), target[0], target[1]];
                watched(&args, None, &at("said"))
            }
            size => {
                let args = ["-", "--from", kind, target[0], target[1]];
                watched(&args, Some((&bytes, size)), &at("said"))
            }
        };
        assert!(
            !message.contains("panicked") && [0, 1, 4].contains(&code),
            "{what}: {code} {message}"
        );
        assert!(peak < MOST, "{what}: {peak} kB");
        match comes {
            Refused(why) => {
                assert_eq!(code, 1, "{what}: {message}");
                assert!(message.contains(why), "{what}: {message}");
                let left = std::fs::read_dir(folder.path()).unwrap().count();
                assert_eq!(left, 2, "{what}: only the list and what was said are there");
            }
            Rows(rows, faulty, why) => {
                assert_eq!(code, if faulty > 0 { 4 } else { 0 }, "{what}: {message}");
                let found = rows_of(&out);
                assert_eq!(found.len(), rows, "{what}: {message}");
                let with: Vec<_> = found.iter().filter(|row| !row["faults"].is_empty()).collect();
                assert_eq!(with.len(), faulty, "{what}: {message}");
                assert!(with.iter().all(|row| row["faults"].contains(why)), "{what}: {message}");
                // Only a row that cannot be taken apart has no status.
                let apart = |row: &&&Row| {
                    let kinds = ["表头", "JSON 对象"];
                    !kinds.iter().any(|kind| row["faults"].contains(kind))
                };
                let has_status = |row: &&&Row| !row["guarantee-small-micro"].is_empty();
                let statuses = with.iter().filter(has_status).count();
                assert_eq!(statuses, with.iter().filter(apart).count(), "{what}: {message}");
                let manifest = std::fs::read_to_string(at("out.csv.manifest.json")).unwrap();
                let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
                for count in ["rows_in", "rows_out"] {
                    assert_eq!(manifest["counts"][count], rows, "{what}");
                }
                let counts = &manifest["counts"];
                assert_eq!(counts["rows_with_faults"], faulty, "{what}");
                assert_eq!(counts["rows_without_status"], faulty - statuses, "{what}");
            }
        }
    }
}

#[test]
fn nasty_texts_have_their_outcomes() {
    check(texts());
}

#[test]
fn nasty_workbooks_have_their_outcomes() {
    check(books());
}

#[test]
fn nasty_tables_have_their_outcomes() {
    check(tables());
}

#[test]
fn keys_without_end_cost_no_memory_and_no_product() {
    // Lines pass as they are: a key that the first ones did not have is no fault here.
    let keys: Vec<String> = (0..200_000).map(|n| format!("\"k{n}\":1")).collect();
    let wide = format!("{{\"employees\":6}}\n{{{}}}\n", keys.join(","));
    let name = "键".repeat(99);
    let new: Vec<String> =
        (0..300_000).map(|n| format!("{{\"employees\":6,\"{name}{n}\":1}}\n")).collect();
    for (what, list) in [("many in a line", wide), ("a new one in each line", new.concat())] {
        let (folder, input) = folder("list.ndjson", list.as_bytes());
        let out = folder.path().join("out.ndjson");
        let args = [input.to_str().unwrap(), "-o", out.to_str().unwrap()];
        let (code, message, peak) = watched(&args, None, &folder.path().join("said"));
        assert_eq!(code, 0, "{what}: {message}");
        assert!(peak < MOST / 2, "{what}: {peak} kB");
        let found = std::fs::read_to_string(out).unwrap();
        assert_eq!(found.lines().count(), list.lines().count(), "{what}");
    }
}
