//! Lists made to cost far more than their size: each is refused by the name of a limit, and costs little.
//!
//! The program runs as a child that may not have [`MOST`] of memory. A list that an honest writer could have made
//! passes with the same limits. Damaged Parquet files are faults of the input, whatever the library makes of them.
#![cfg(target_os = "linux")]

use crate::screen::{DAY, folder, rows_of};
use crate::server::Server;
use crate::tables::table;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{Field, Schema};
use fastrand::Rng;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

/// Kilobytes of data that the program may have.
const MOST: u64 = 300_000;

/// Screens a file with little memory; the exit status and what was said.
fn screen(input: &Path, output: &Path, more: &[&str]) -> (i32, String) {
    let line = format!("ulimit -d {MOST}; umask 022; exec \"$0\" \"$@\"");
    let Output { status, stderr, .. } = Command::new("sh")
        .args(["-c", &line, env!("CARGO_BIN_EXE_export-advisor"), "screen"])
        .args([input, Path::new("-o"), output])
        .args(["--as-of", DAY, "--workers", "2", "--lang", "en"])
        .args(more)
        .output()
        .unwrap();
    (status.code().unwrap_or(-1), String::from_utf8(stderr).unwrap())
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

fn parquet(columns: &[(&str, ArrayRef)], properties: WriterProperties) -> Vec<u8> {
    let field =
        |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let arrays = columns.iter().map(|(_, array)| array.clone()).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn yes(rows: usize) -> ArrayRef {
    Arc::new(BooleanArray::from(vec![true; rows]))
}

/// A text of 64 kB in each row, which the file has once.
fn repeated(rows: usize) -> Vec<u8> {
    let long = "长".repeat(20_000);
    let keys = Int32Array::from(vec![0; rows]);
    let texts = DictionaryArray::new(keys, Arc::new(StringArray::from(vec![long])));
    let texts: ArrayRef = Arc::new(texts);
    let properties = WriterProperties::builder().set_dictionary_page_size_limit(1 << 20).build();
    parquet(&[("备注", texts), ("exports_goods", yes(rows))], properties)
}

/// Rows of 64 kB each, in a file of a few hundred kilobytes: written without a dictionary, and compressed or encoded
/// by what the properties say.
fn compressed(properties: WriterPropertiesBuilder) -> Vec<u8> {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a".repeat(64 << 10); 1_000]));
    let properties = properties.set_dictionary_enabled(false).build();
    let bytes = parquet(&[("备注", texts), ("exports_goods", yes(1_000))], properties);
    assert!(bytes.len() < 4 << 20, "{}", bytes.len());
    bytes
}

#[test]
fn no_codec_or_encoding_of_a_table_expands_without_a_limit() {
    let builder = WriterProperties::builder;
    let gzip = Compression::GZIP(Default::default());
    let zstd = Compression::ZSTD(Default::default());
    // Pages that only pass from table to table are copied; their encoding is not undone.
    let shared = builder().set_column_encoding("备注".into(), Encoding::DELTA_BYTE_ARRAY);
    for (what, properties, to) in [
        ("gzip", builder().set_compression(gzip), "csv"),
        ("gzip", builder().set_compression(gzip), "parquet"),
        ("zstd", builder().set_compression(zstd), "csv"),
        ("snappy", builder().set_compression(Compression::SNAPPY), "csv"),
        ("lz4", builder().set_compression(Compression::LZ4_RAW), "parquet"),
        ("shared beginnings", shared, "csv"),
    ] {
        let (folder, input) = folder("list.parquet", compressed(properties));
        let output = folder.path().join(format!("out.{to}"));
        let (code, message) = screen(&input, &output, &["--limit", "expansion=10"]);
        assert_eq!(code, 1, "{what} to {to}: {message}");
        assert!(message.contains("(limit `expansion`)"), "{what} to {to}: {message}");
        assert!(!output.exists(), "{what} to {to}");
    }
}

#[test]
fn a_large_table_of_contents_is_refused_before_it_is_read() {
    let note = KeyValue::new("note".to_owned(), "a".repeat(33 << 20));
    let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![note])).build();
    let list = parquet(&[("exports_goods", yes(10))], properties);
    let (folder, input) = folder("list.parquet", &list);
    let output = folder.path().join("out.csv");
    let (code, message) = screen(&input, &output, &[]);
    assert!(code == 1 && message.contains("(limit `footer`)"), "{code} {message}");
    assert_eq!(screen(&input, &output, &["--limit", "footer=64MiB", "--quiet"]).0, 0);
}

/// As many rows as China has firms with imports or exports, as a bank's warehouse would write them.
#[test]
fn an_honest_table_of_any_length_passes_at_the_default_limits() {
    let rows: i64 = 100_000;
    let number: Vec<i64> = (0..rows).collect();
    let name: Vec<String> = number.iter().map(|n| format!("企业{n}")).collect();
    let staff: Vec<i64> = number.iter().map(|n| n * 7 % 900).collect();
    let columns: [(&str, ArrayRef); 4] = [
        ("客户号", Arc::new(Int64Array::from(number))),
        ("企业名称", Arc::new(StringArray::from(name))),
        ("employees", Arc::new(Int64Array::from(staff))),
        ("exports_goods", yes(rows as usize)),
    ];
    let zstd = Compression::ZSTD(Default::default());
    let list = parquet(&columns, WriterProperties::builder().set_compression(zstd).build());
    let (folder, input) = folder("list.parquet", &list);
    let output = folder.path().join("out.parquet");
    let (code, message) = screen(&input, &output, &["--quiet"]);
    assert_eq!((code, message.as_str()), (0, ""), "{} bytes", list.len());
}

#[test]
fn hostile_lists_are_refused_by_the_name_of_a_limit() {
    let columns = |count: usize| {
        let names: Vec<String> = (1..count).map(|n| format!("c{n}")).collect();
        format!("{},exports_goods\n", names.join(","))
    };
    let names: Vec<String> = (0..5_000).map(|n| format!("c{n}")).collect();
    let wide: Vec<(&str, ArrayRef)> = names.iter().map(|name| (name.as_str(), yes(1))).collect();
    let keys: Vec<String> = (0..5_000).map(|n| format!("\"c{n}\":1")).collect();
    let long = format!("exports_goods\nyes\n{}\n", "x".repeat(20 << 20));
    for (what, kind, bytes, to, limit) in [
        (
            "short rows, packed",
            "csv.gz",
            gzip(format!("是否出口\n{}", "是\n".repeat(1_000_000)).as_bytes()),
            "csv",
            "output",
        ),
        (
            "blanks, packed",
            "csv.gz",
            gzip(&[b"exports_goods\nyes\n".as_slice(), &vec![b'\n'; 20 << 20]].concat()),
            "csv",
            "expansion",
        ),
        ("a text that is repeated", "parquet", repeated(3_000), "csv", "expansion"),
        ("a text that is repeated, for lines", "parquet", repeated(3_000), "ndjson", "expansion"),
        (
            "rows without end",
            "parquet",
            parquet(&[("exports_goods", yes(1_000_000))], WriterProperties::default()),
            "csv",
            "output",
        ),
        (
            "many columns",
            "csv",
            format!("{}1\n", columns(1_000_000)).into_bytes(),
            "parquet",
            "columns",
        ),
        (
            "many keys",
            "ndjson",
            format!("{{{},\"exports_goods\":true}}\n", keys.join(",")).into_bytes(),
            "parquet",
            "columns",
        ),
        (
            "many columns with types",
            "parquet",
            parquet(&wide, WriterProperties::default()),
            "parquet",
            "columns",
        ),
        ("a long row", "csv", long.into_bytes(), "csv", "line"),
    ] {
        let (folder, input) = folder(&format!("list.{kind}"), &bytes);
        let output = folder.path().join(format!("out.{to}"));
        let (code, message) = screen(&input, &output, &[]);
        assert_eq!(code, 1, "{what}: {message}");
        assert!(message.contains(&format!("(limit `{limit}`)")), "{what}: {message}");
        assert!(message.contains(&format!("--limit {limit}=N")), "{what}: {message}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{what}: nothing is left");
    }
}

/// A chunk of them would be taken apart into fifty million cells.
#[test]
fn short_rows_of_many_columns_cost_little_memory() {
    let names: Vec<String> = (0..4_000).map(|n| format!("c{n}")).collect();
    let list = format!("exports_goods,{}\n{}", names.join(","), "1\n".repeat(12_000));
    let (folder, input) = folder("list.csv", &list);
    let output = folder.path().join("out.csv");
    let (code, message) = screen(&input, &output, &["--quiet"]);
    assert!(code == 4 && output.exists(), "{message}");
    assert_eq!(rows_of(&output).len(), 12_000);
}

#[test]
fn a_limit_that_is_raised_lets_the_list_pass_and_others_count_still() {
    let rows = 100_000;
    let list = parquet(&[("exports_goods", yes(rows))], WriterProperties::default());
    let (folder, input) = folder("list.parquet", &list);
    let output = folder.path().join("out.csv");
    let (code, message) = screen(&input, &output, &["--limit", "output=1000000", "--quiet"]);
    assert_eq!((code, message.as_str()), (0, ""));
    assert_eq!(rows_of(&output).len(), rows);
    for wrong in ["rows=3", "columns", "columns=0", "line=1"] {
        assert_eq!(screen(&input, &output, &["--limit", wrong]).0, 2, "{wrong}");
    }
}

/// 200,000 row groups: those of the output would need an entry for each of their sixty columns.
#[test]
fn many_row_groups_become_few() {
    let rows = 200_000;
    let number: Vec<i64> = (0..rows).map(|n| n % 300).collect();
    let name: Vec<String> = (0..rows).map(|n| format!("企业{n}")).collect();
    let (folder, input) = folder("list.parquet", b"");
    let columns: [(&str, ArrayRef); 2] = [
        ("企业名称", Arc::new(StringArray::from(name))),
        ("employees", Arc::new(Int64Array::from(number))),
    ];
    table(&input, &columns, 20, true);
    for to in ["csv", "parquet"] {
        let output = folder.path().join(format!("out.{to}"));
        let (code, message) = screen(&input, &output, &["--quiet"]);
        assert_eq!((code, message.as_str()), (0, ""), "{to}");
    }
}

#[test]
fn a_damaged_table_is_a_fault_of_the_input() {
    let texts: Vec<Option<String>> =
        (0..3_000).map(|n| (n % 7 != 0).then(|| format!("企业{}", n % 500))).collect();
    let columns: [(&str, ArrayRef); 3] = [
        ("企业名称", Arc::new(StringArray::from(texts))),
        ("employees", Arc::new(Int64Array::from((0..3_000).collect::<Vec<i64>>()))),
        ("exports_goods", yes(3_000)),
    ];
    let whole: Vec<Vec<u8>> = vec![
        parquet(&columns, WriterProperties::default()),
        parquet(&columns, WriterProperties::builder().set_dictionary_enabled(false).build()),
    ];
    let mut rng = Rng::with_seed(21);
    for round in 0..60 {
        let mut bytes = rng.choice(&whole).unwrap().clone();
        for _ in 0..rng.usize(1..4) {
            // The table of contents as often as the pages.
            let size = bytes.len();
            let from = if rng.bool() { size.saturating_sub(1_500) } else { 4 };
            let at = rng.usize(from..size - 8);
            bytes[at] = rng.u8(..);
        }
        let (folder, input) = folder("list.parquet", &bytes);
        let output = folder.path().join(if rng.bool() { "out.parquet" } else { "out.csv" });
        let (code, message) = screen(&input, &output, &[]);
        let named = message.contains("list.parquet");
        assert!(
            [0, 1, 4].contains(&code) && !message.contains("panicked"),
            "{round}: {code} {message}"
        );
        assert!(output.exists() || named, "{round}: {message}");
    }
}

#[test]
fn what_has_rows_of_a_list_is_its_owners_alone() {
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let list = "企业名称,是否出口\n甲,是\n";
    for (before, option, after) in [
        (None, None, 0o600),
        (Some(0o644), None, 0o600),
        (Some(0o400), None, 0o400),
        (None, Some("0640"), 0o640),
        (Some(0o600), Some("664"), 0o664),
    ] {
        let (folder, input) = folder("list.csv", list);
        let at = |name: &str| folder.path().join(name);
        let written = ["out.csv", "call.csv", "report.html"].map(at);
        if let Some(bits) = before {
            for path in &written {
                std::fs::write(path, "old").unwrap();
                std::fs::set_permissions(path, Permissions::from_mode(bits)).unwrap();
            }
        }
        let [_, call, report] = written.each_ref().map(|path| path.to_str().unwrap());
        let mut more = vec!["--matches", call, "--report", report];
        more.extend(option.iter().flat_map(|mode| ["--mode", *mode]));
        let (code, message) = screen(&input, &written[0], &more);
        assert_eq!(code, 0, "{message}");
        for path in &written {
            assert_eq!(mode(path), after, "{before:?} {option:?} {}", path.display());
        }
        let manifest = if option.is_some() { after } else { 0o600 };
        assert_eq!(mode(&at("out.csv.manifest.json")), manifest);
    }
    let (_folder, input) = folder("list.csv", list);
    for wrong in ["0", "999", "0400", "rw", "1640", "+640"] {
        assert_eq!(
            screen(&input, Path::new("-"), &["--to", "csv", "--mode", wrong]).0,
            2,
            "{wrong}"
        );
    }
}

#[test]
fn a_terminal_gets_no_control_characters_of_a_list() {
    let name = "\u{1b}[2Jlist\u{202e}.csv";
    let header = "是否出口,\u{1b}]0;title\u{7}\u{9b}x\u{2066}\n";
    let (folder, input) = folder(name, format!("{header}\u{1b}[31m也许,1\n"));
    let output = folder.path().join("out.csv");
    let twice = folder.path().join("\u{1b}[2J.none");
    for (input, output, code) in [(&input, &output, 4), (&input, &twice, 2), (&twice, &output, 2)] {
        let (status, message) = screen(input, output, &[]);
        assert_eq!(status, code, "{message}");
        assert!(!message.contains(|c: char| c.is_control() && c != '\n'), "{message:?}");
        assert!(!message.contains(['\u{202e}', '\u{2066}']), "{message:?}");
    }
    let (status, message) = screen(&input, &output, &["--no\u{1b}[2J\u{202e}x"]);
    assert!(status == 2 && message.contains("\\u{202e}"), "{message:?}");
    assert!(!message.contains(['\u{1b}', '\u{202e}']), "{message:?}");
    let written = std::fs::read_to_string(&output).unwrap();
    assert!(written.contains("\u{1b}]0;title\u{7}"), "data passes as it is: {written:?}");
}

#[test]
fn full_width_signs_are_guarded_and_a_mark_within_a_list_is_kept() {
    let rows =
        "＝1+1,是\n＠x,是\n－x,是\n－5,是\n\u{feff}甲,是\n\u{feff}乙,\"是\"\n\"\u{feff}丙\",是\n";
    let (folder, input) = folder("list.csv", format!("\u{feff}企业名称,是否出口\n{rows}"));
    let (output, again) = (folder.path().join("out.csv"), folder.path().join("again.csv"));
    assert_eq!(screen(&input, &output, &["--quiet"]), (0, String::new()));
    let names = |path: &Path| -> Vec<String> {
        rows_of(path).iter().map(|row| row["企业名称"].clone()).collect()
    };
    let found = names(&output);
    let expected = ["'＝1+1", "'＠x", "'－x", "－5", "\u{feff}甲", "\u{feff}乙", "\u{feff}丙"];
    assert_eq!(found, expected);
    assert_eq!(screen(&output, &again, &["--quiet"]), (0, String::new()));
    assert_eq!(names(&again), expected, "the guard is taken away and put back");
}

#[test]
fn a_list_over_http_has_its_own_limits() {
    let server = Server::start();
    let path = "/api/v1/screenings?as_of=2026-11-25&lang=en";
    let names = |count: usize| (1..count).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    let long = format!("是否出口,{}\n是,1\n", "a".repeat(2 << 20));
    let cells = format!("是否出口,{}\n是\n", "a,".repeat(400_000));
    let line = format!("{{\"exports_goods\":true,\"x\":\"{}\"}}\n", "a".repeat(2 << 20));
    for (kind, list, limit) in [
        ("text/csv", long, "line 1: the row is longer than 1 MiB"),
        ("text/csv", cells, "more than 1024 columns"),
        ("text/csv", format!("是否出口,{}\n是\n", names(2_000)), "more than 1024 columns"),
        ("application/x-ndjson", line, "line 1: the row is longer than 1 MiB"),
    ] {
        let reply = server.send("POST", path, &[("Content-Type", kind)], &list);
        assert_eq!(reply.status, 422, "{limit}: {}", reply.body);
        assert!(reply.body.contains(limit), "{}", reply.body);
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.split_whitespace().next().unwrap().parse().unwrap();
    assert!(peak < MOST, "{peak} kB");
}
