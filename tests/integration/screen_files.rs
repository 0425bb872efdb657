//! Files as the world makes them: encodings, broken rows, pipes, full disks, a program that is killed.
//! Each has its expected outcome; every row is accounted for.

use crate::cli::run;
use crate::screen::{DAY, Row, folder, rows_of, screen};
use encoding_rs::{Encoding, GB18030};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

const LIST: &str = "企业名称,企业规模,是否出口,从业人数\n义乌𠮷贸易𪚥,微型,是,6\n㐂甲,小,否,1200\n";

fn screened(bytes: &[u8], more: &[&str]) -> (Vec<Row>, i32, String) {
    let (folder, input) = folder("list.csv", bytes);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, more);
    let rows = if output.exists() { rows_of(&output) } else { Vec::new() };
    (rows, code, err)
}

fn is_list(rows: &[Row], what: &str) {
    assert_eq!(rows.len(), 2, "{what}");
    assert_eq!(rows[0]["企业名称"], "义乌𠮷贸易𪚥", "{what}");
    assert_eq!((rows[0]["size"].as_str(), rows[1]["从业人数"].as_str()), ("微型", "1200"));
}

pub fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    mark.encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
}

pub fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

#[test]
fn every_encoding_is_read_and_told() {
    let cases = [
        ("UTF-8", LIST.as_bytes().to_vec()),
        ("UTF-8", [b"\xef\xbb\xbf", LIST.as_bytes()].concat()),
        // Characters of GB18030's four bytes among them.
        ("gb18030", encoded(LIST, GB18030)),
        ("UTF-16LE", utf16(LIST, u16::to_le_bytes, true)),
        ("UTF-16BE", utf16(LIST, u16::to_be_bytes, true)),
        ("UTF-16LE", utf16(LIST, u16::to_le_bytes, false)),
        ("UTF-16BE", utf16(LIST, u16::to_be_bytes, false)),
    ];
    for (name, bytes) in cases {
        let (rows, code, err) = screened(&bytes, &["--lang", "zh"]);
        assert_eq!(code, 0, "{name}: {err}");
        assert!(err.contains(&format!("编码：{name}（")), "{name}: {err}");
        is_list(&rows, name);
    }
    let (_, code, err) = screened(LIST.as_bytes(), &["--encoding", "latin-9"]);
    assert!(code == 2 && err.contains("gb18030"), "{err}");
    let (rows, ..) = screened(LIST.as_bytes(), &["--encoding", "gb18030"]);
    assert!(rows.is_empty(), "what is said counts: so read, no header is known");
}

/// What is behind the first MiB is read another way, by whichever thread is free.
#[test]
fn a_long_list_is_the_same_in_every_encoding_on_any_number_of_threads() {
    let mut list = String::from("企业名称,企业规模,是否出口,从业人数\n");
    let mut rows = 0;
    while list.len() < 3 << 20 {
        list.push_str(&format!("义乌𠮷贸易{rows},小,是,{}\n", rows % 900));
        rows += 1;
    }
    let output = |bytes: &[u8], threads: &str| {
        let (folder, input) = folder("list.csv", bytes);
        let output = folder.path().join("out.csv");
        let more = ["--supports", "guarantee-small-micro", "--workers", threads];
        let (code, err) = screen(&input, &output, &more);
        assert_eq!(code, 0, "{err}");
        std::fs::read_to_string(output).unwrap()
    };
    let one = output(list.as_bytes(), "1");
    assert_eq!(one.lines().count(), rows + 1);
    assert!(one.lines().zip(list.lines()).skip(1).all(|(out, row)| out.starts_with(row)));
    for (name, bytes) in [
        ("UTF-8", list.as_bytes().to_vec()),
        ("UTF-8 with a mark", [b"\xef\xbb\xbf", list.as_bytes()].concat()),
        ("GB18030", encoded(&list, GB18030)),
        ("UTF-16", utf16(&list, u16::to_be_bytes, true)),
    ] {
        for threads in ["1", "2", "5"] {
            assert!(output(&bytes, threads) == one, "{name}, {threads} threads");
        }
    }
}

#[test]
fn short_words_of_gbk_are_given_a_second_look() {
    // 小 and 微 in GBK are Cyrillic and Greek letters in UTF-8.
    let short = encoded("name,size\na,小\nb,微\n", GB18030);
    assert!(std::str::from_utf8(&short).is_ok());
    let (rows, code, err) = screened(&short, &[]);
    assert_eq!(
        (code, rows[0]["size"].as_str(), rows[1]["size"].as_str()),
        (0, "小", "微"),
        "{err}"
    );
    // Far behind what is looked at first.
    let mut late = String::from("name,size\n");
    while late.len() < 2 << 20 {
        late.push_str("a,small\n");
    }
    let lines = late.lines().count();
    let late = [late.as_bytes(), &encoded("b,小\n", GB18030)].concat();
    let (rows, code, err) = screened(&late, &["--supports", "guarantee-small-micro"]);
    assert_eq!((code, rows.len()), (0, lines), "{err}");
    assert_eq!(rows.last().unwrap()["size"], "小");
    // From a pipe it cannot be read again: that is said, and nothing is written.
    let (folder, input) = folder("late.csv", &late);
    let output = folder.path().join("out.csv");
    let child = Command::new(env!("CARGO_BIN_EXE_export-advisor"))
        .args(["screen", "-", "--from", "csv", "--quiet", "-o", output.to_str().unwrap()])
        .stdin(std::fs::File::open(input).unwrap())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(child.status.code() == Some(1) && err.contains("--encoding gb18030"), "{err}");
    assert!(!output.exists());
}

#[test]
fn marks_and_rows_in_small_pieces_are_read() {
    for (name, bytes) in [
        ("utf-8", [b"\xef\xbb\xbf", LIST.as_bytes()].concat()),
        ("utf-16", utf16(LIST, u16::to_le_bytes, true)),
        ("gb18030", encoded(LIST, GB18030)),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_export-advisor"))
            .args(["screen", "-", "--from", "csv", "-o", "-", "--to", "csv", "--quiet"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        for byte in bytes {
            pipe.write_all(&[byte]).unwrap();
            pipe.flush().unwrap();
        }
        drop(pipe);
        let mut out = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
        assert!(child.wait().unwrap().success());
        let (_folder, path) = folder("piped.csv", out);
        is_list(&rows_of(&path), name);
    }
}

#[test]
fn broken_rows_have_faults_and_stay() {
    let head = "企业名称,是否出口,从业人数\n";
    for (what, body, rows, faulty, message) in [
        ("an extra comma", "甲,是,1,200\n乙,否,3\n", 2, 1, "4格"),
        ("a missing cell", "甲,是\n乙,否,3\n", 2, 1, "2格"),
        ("blank surplus", "甲,是,1,,\n乙,否,3\n", 2, 0, ""),
        ("mixed line ends", "甲,是,1\r\n乙,否,3\r丙,是,4\n\n\r\n丁,是,5", 4, 0, ""),
        ("a quoted line break", "\"甲\n(分部)\",是,1\n乙,否,3\n", 2, 0, ""),
        ("a quote inside", "甲\"乙,是,1\n\"丙\"丁,否,3\n", 2, 0, ""),
        ("a NUL", "甲\0,是,1\n乙,否,3\n", 2, 1, "NUL"),
        ("no text", "甲,可能,1\n乙,约,3\n", 2, 2, "可能"),
        ("a personal number", "甲,110105194912310021,1\n乙,否,3\n", 2, 1, "身份证"),
        ("text as number, number as text", "甲,'是,\"1,200\"\n乙,否, 3 \n", 2, 1, "'是"),
    ] {
        let (found, code, err) = screened(format!("{head}{body}").as_bytes(), &[]);
        assert_eq!(found.len(), rows, "{what}: {err}");
        let with = found.iter().filter(|row| !row["faults"].is_empty());
        assert_eq!(with.clone().count(), faulty, "{what}: {err}");
        assert_eq!(code, if faulty > 0 { 4 } else { 0 }, "{what}");
        for row in with {
            let is_reported = row["faults"].contains(message) || what == "no text";
            assert!(is_reported, "{what}: {}", row["faults"]);
            let is_apart = !row["faults"].contains("表头");
            assert_eq!(row["guarantee-small-micro"].is_empty(), !is_apart, "{what}");
        }
        assert!(!err.contains("110105194912310021"), "{what}");
        assert!(found.iter().all(|row| row.values().all(|cell| !cell.contains("1949"))));
    }
    // Bytes that are no text, in a file that is UTF-8 otherwise.
    let mut bytes = LIST.as_bytes().to_vec();
    bytes.extend_from_slice(b"\xff\xfe\xe4,\xe5\xbe\xae,1,2\n");
    let (rows, code, err) = screened(&bytes, &["--encoding", "utf-8"]);
    assert_eq!((rows.len(), code), (3, 4), "{err}");
    assert!(rows[2]["faults"].contains('�'), "{}", rows[2]["faults"]);
}

#[test]
fn files_that_are_none_are_told() {
    for (what, bytes, message) in [
        ("empty", &b""[..], "empty"),
        ("blank", b"\n\n\r\n", "empty"),
        ("an open quote", "是否出口,备注\n是,a\n否,\"b\n是,c\n".as_bytes(), "line 3"),
        ("an open quote in the header", "是否出口,\"备注\n是,a\n".as_bytes(), "line 1"),
        ("no header", "甲,是\n乙,否\n".as_bytes(), "--map"),
    ] {
        let (rows, code, err) = screened(bytes, &["--lang", "en"]);
        assert!(rows.is_empty() && code == 1, "{what}");
        assert!(err.contains(message), "{what}: {err}");
    }
    let (rows, code, err) = screened("是否出口,备注\r\n".as_bytes(), &[]);
    assert_eq!((rows.len(), code), (0, 0), "only a header: {err}");
    let (folder, input) = folder("x.csv.gz", b"no gzip at all");
    let (code, err) = screen(&input, &folder.path().join("y.csv"), &[]);
    assert!(code == 1 && err.contains("已损坏"), "{err}");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(LIST.repeat(50).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    std::fs::write(&input, &packed[..packed.len() / 2]).unwrap();
    let output = folder.path().join("y.csv");
    let (code, err) = screen(&input, &output, &[]);
    assert!(code == 1 && err.contains("不完整"), "{err}");
    assert!(!output.exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written stays");
}

#[test]
fn two_thousand_columns_and_long_cells_pass() {
    let names: Vec<String> = (0..2000).map(|n| format!("c{n}")).collect();
    let cells: Vec<String> = (0..2000).map(|n| format!("v{n}")).collect();
    let long = "长".repeat(400_000);
    let text = format!(
        "{},是否出口\n{},是\n{}{},否\n",
        names.join(","),
        cells.join(","),
        long,
        ",".repeat(1999)
    );
    let (rows, code, err) = screened(text.as_bytes(), &[]);
    assert_eq!((rows.len(), code), (2, 0), "{err}");
    assert_eq!(rows[0]["c1999"], "v1999");
    assert_eq!(rows[1]["c0"], long);
    // What never ends is stopped before it fills the memory.
    let endless = format!("是否出口,备注\n是,\"{}", "a".repeat(17 << 20));
    let (_, code, err) = screened(endless.as_bytes(), &["--lang", "en"]);
    assert!(code == 1 && err.contains("never closed"), "{err}");
}

#[test]
fn formulas_are_guarded_once() {
    let text =
        "企业名称,备注,是否出口\n=HYPERLINK(1),-5,是\n@a,+86 1,否\n\"=a,\"\"b\"\"\",\"\t x\",=1\n";
    let (folder, input) = folder("list.csv", text);
    let output = folder.path().join("out.csv");
    assert_eq!(screen(&input, &output, &[]).0, 4);
    let rows = rows_of(&output);
    assert_eq!((rows[0]["企业名称"].as_str(), rows[0]["备注"].as_str()), ("'=HYPERLINK(1)", "-5"));
    assert_eq!((rows[1]["企业名称"].as_str(), rows[1]["备注"].as_str()), ("'@a", "'+86 1"));
    assert_eq!((rows[2]["企业名称"].as_str(), rows[2]["备注"].as_str()), ("'=a,\"b\"", "'\t x"));
    // Our own reader takes the guard away: the second time gives the same cells, and as JSON none.
    let again = folder.path().join("again.csv");
    screen(&output, &again, &[]);
    for (row, before) in rows_of(&again).iter().zip(&rows) {
        assert_eq!((&row["企业名称"], &row["备注"]), (&before["企业名称"], &before["备注"]));
        assert_eq!(row["faults_screened"], before["faults"]);
    }
    let lines = folder.path().join("out.ndjson");
    screen(&output, &lines, &[]);
    let text = std::fs::read_to_string(lines).unwrap();
    assert!(text.starts_with("{\"企业名称\":\"=HYPERLINK(1)\""), "{text}");
}

#[test]
fn lines_of_json_are_kept_whatever_they_are() {
    let text = concat!(
        "{\"名称\":\"甲\",\"employees\":12, \"x\":{\"y\":[1,2.50]}}\n",
        "\n",
        "not json\n",
        "{\"employees\":12.5}\n",
        "{\"employees\":1,\"employees\":2}\n",
        "{\"是否出口\":\"是\",\"size\":\"微型\"}\n",
        "[1]\n",
    );
    let (folder, input) = folder("list.jsonl", text);
    let output = folder.path().join("out.ndjson");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert_eq!(code, 4);
    let out = std::fs::read_to_string(&output).unwrap();
    let lines: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 6, "{err}");
    assert!(out.starts_with(
        "{\"名称\":\"甲\",\"employees\":12, \"x\":{\"y\":[1,2.50]},\"uscc_ok\":null,"
    ));
    assert_eq!(lines[1]["line"], "not json");
    let faulty: Vec<bool> =
        lines.iter().map(|line| !line["faults"].as_array().unwrap().is_empty()).collect();
    assert_eq!(faulty, [false, true, true, true, false, true]);
    assert_eq!(lines[4]["size_screened"], "micro");
    // Only a line that is no object has no status; of a key that is given twice the fact is unknown.
    for (line, is_object) in lines.iter().zip([true, false, true, true, true, false]) {
        assert_eq!(line["guarantee-small-micro"].is_string(), is_object, "{line}");
    }
    assert!(lines[3]["missing"].as_array().unwrap().contains(&"employees".into()));
    // As a table, a key that comes later than the rows which were looked at has a fault; here all were.
    let table = folder.path().join("out.csv");
    assert_eq!(screen(&input, &table, &[]).0, 4);
    let rows = rows_of(&table);
    assert_eq!(rows.len(), 6);
    assert_eq!((rows[0]["名称"].as_str(), rows[4]["size"].as_str()), ("甲", "微型"));
}

#[test]
fn packed_and_piped_files_are_the_same_rows() {
    let (folder, input) = folder("list.csv", LIST);
    let plain = folder.path().join("plain.csv");
    assert_eq!(screen(&input, &plain, &[]).0, 0);
    let expected = std::fs::read(&plain).unwrap();
    for ending in ["gz", "zst"] {
        let packed = folder.path().join(format!("p.csv.{ending}"));
        assert_eq!(screen(&input, &packed, &[]).0, 0);
        let bytes = std::fs::read(&packed).unwrap();
        let mut unpacked = Vec::new();
        match ending {
            "gz" => flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).unwrap(),
            _ => zstd::stream::read::Decoder::new(&bytes[..])
                .unwrap()
                .read_to_end(&mut unpacked)
                .unwrap(),
        };
        assert!(unpacked == expected, "{ending}");
        let back = folder.path().join("back.csv");
        let added: Vec<&str> = vec!["--supports", "guarantee-small-micro"];
        assert_eq!(screen(&packed, &back, &added).0, 0, "packed files are read");
        assert_eq!(rows_of(&back).len(), 2);
    }
    let ran = run(
        &["screen", "-", "--from", "csv", "-o", "-", "--to", "csv", "--as-of", DAY, "--quiet"],
        LIST,
    );
    assert!(ran.out.as_bytes() == expected, "{}", ran.err);
    assert_eq!(run(&["screen", "-", "-o", "-"], "").code, 2, "the form must be said");
}

#[test]
fn outputs_are_whole_or_not_there() {
    let (folder, input) = folder("list.csv", LIST);
    let (code, err) = screen(&input, &input, &[]);
    assert!(code == 2 && err.contains("已是输入"), "{err}");
    assert_eq!(std::fs::read_to_string(&input).unwrap(), LIST);
    let (code, err) = screen(&input, &folder.path().join("no/such/out.csv"), &[]);
    assert!(code == 3 && err.contains("out.csv"), "{err}");
    let (code, err) = screen(&input, &input.join("out.csv"), &[]);
    assert!(code == 3 && err.contains("out.csv"), "a file is no folder: {err}");
    let output = folder.path().join("out.csv");
    std::fs::write(&output, "old").unwrap();
    std::fs::write(&input, "企业规模\n小\n\"").unwrap();
    assert_eq!(screen(&input, &output, &[]).0, 1);
    assert_eq!(
        std::fs::read_to_string(&output).unwrap(),
        "old",
        "a failed run leaves the old file"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn nothing_takes_the_place_of_what_is_read_or_written_besides() {
    let (folder, input) = folder("n.csv.manifest.json", LIST);
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::create_dir(at("sub")).unwrap();
    let input = input.to_str().unwrap();
    for (args, named) in [
        // The manifest would be the list.
        (vec![input, "--from", "csv", "-o", &at("n.csv")], "n.csv.manifest.json"),
        (vec![input, "--from", "csv", "-o", &at("sub/../n.csv")], "n.csv.manifest.json"),
        (vec!["-", "--from", "csv", "-o", &at("x"), "--to", "csv", "--report", &at("x")], "x"),
        (
            vec!["-", "--from", "csv", "-o", &at("x.csv"), "--report", &at("x.csv.manifest.json")],
            "x.csv.manifest.json",
        ),
        (vec!["-", "--from", "csv", "-o", &at("x.csv"), "--matches", &at("x.csv")], "x.csv"),
        (
            vec![
                "-",
                "--from",
                "csv",
                "-o",
                &at("x.csv"),
                "--matches",
                &at("m.csv"),
                "--report",
                &at("m.csv"),
            ],
            "m.csv",
        ),
    ] {
        let ran = run(&[&["screen", "--quiet"], &args[..]].concat(), LIST);
        assert_eq!(ran.code, 2, "{args:?}");
        let message = format!("{named}”已是输入或另一个输出");
        assert!(ran.err.contains(&message), "{args:?}: {}", ran.err);
        assert_eq!(std::fs::read_to_string(input).unwrap(), LIST, "{args:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let (_folder, input) = folder("list.csv", LIST);
    let (code, err) = screen(&input, std::path::Path::new("/dev/full"), &["--to", "csv"]);
    assert_eq!(code, 3);
    assert!(err.contains("/dev/full") && err.contains("space"), "{err}");
    assert!(std::path::Path::new("/dev/full").exists(), "a device is not replaced");
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_what_was_there() {
    let rows = "企业,是,12,F5191,微型\n".repeat(60_000);
    let (folder, input) =
        folder("list.csv", format!("企业名称,是否出口,从业人数,行业代码,企业规模\n{rows}"));
    let at = |name: &str| folder.path().join(name);
    let matches = at("call.csv");
    for name in ["out.csv", "out.csv.gz", "out.csv.zst", "out.ndjson", "out.xlsx", "out.parquet"] {
        let output = at(name);
        std::fs::write(&output, "old").unwrap();
        // The largest file may have half a megabyte, or eight kilobytes where they are packed.
        let blocks = if name.contains("csv.") || name.ends_with('t') { 16 } else { 1000 };
        // With the signal ignored, what is written past the limit is an error, as on a full disk.
        let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let ran = Command::new("sh")
            .args(["-c", &line, env!("CARGO_BIN_EXE_export-advisor"), "screen"])
            .args([&input, &std::path::PathBuf::from("-o"), &output])
            .args(["--as-of", DAY, "--quiet", "--lang", "en", "--matches"])
            .arg(&matches)
            .env("TMPDIR", folder.path())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(3), "{name}: {err}");
        assert!(err.contains("File too large") && !err.contains("panicked"), "{name}: {err}");
        assert!(err.contains("out.") || err.contains("call.csv"), "{name}: {err}");
        assert_eq!(std::fs::read_to_string(&output).unwrap(), "old", "{name}");
        std::fs::remove_file(&output).unwrap();
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "{name}: nothing half-written stays");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file_is_told() {
    let (_folder, input) = folder("list.csv", LIST);
    // No one may make a file there, not even an administrator.
    let (code, err) = screen(&input, std::path::Path::new("/proc/self/out.csv"), &[]);
    assert!(code == 3 && err.contains("/proc/self/out.csv"), "{err}");
    assert!(!err.contains("panicked"), "{err}");
    let whole = tempfile::tempdir().unwrap();
    let report = ["--report", "/proc/self/report.html"];
    let (code, err) = screen(&input, &whole.path().join("out.csv"), &report);
    assert!(code == 3 && err.contains("/proc/self/report.html"), "{err}");
    assert!(!whole.path().join("out.csv.manifest.json").exists(), "not all was written");
}

/// The files of a folder that are neither a list nor what is written of one.
fn parts(folder: &std::path::Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|name| name.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_ended_by_a_signal_leaves_what_was_there() {
    let row = "企业,微型,是,12\n";
    let list =
        format!("企业名称,企业规模,是否出口,从业人数\n{}", row.repeat((3 << 20) / row.len()));
    for (name, signal) in [
        ("out.csv", "INT"),
        ("out.csv", "TERM"),
        ("out.csv", "HUP"),
        ("out.csv", "KILL"),
        ("out.ndjson.gz", "TERM"),
        ("out.xlsx", "TERM"),
        ("out.parquet", "TERM"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at(name), "old").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_export-advisor"))
            .args(["screen", "-", "--from", "csv", "--quiet", "--as-of", DAY, "-o"])
            .arg(at(name))
            .args(["--supports", "guarantee-small-micro", "--matches"])
            .arg(at("call.csv"))
            .env("TMPDIR", folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        // The outputs are open before more than the first MiB is read, and the list does not end.
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(list.as_bytes()).unwrap();
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
        assert!(sent.success() && !child.wait().unwrap().success(), "{name} {signal}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{name} {signal}: {left:?}");
        assert_eq!(std::fs::read_to_string(at(name)).unwrap(), "old", "{name} {signal}");
    }
}

/// Kills a screening again and again while it runs: the output is whole or not there, and so is its manifest.
fn killed(kind: &str, rows: usize, kills: usize) {
    let mut text = String::from("企业名称,企业规模,是否出口,从业人数,行业代码\n");
    for row in 0..rows {
        text.push_str(&format!("企业{row},,是,{},F5191\n", row % 900));
    }
    let (folder, input) = folder("list.csv", &text);
    let output = folder.path().join(format!("out.{kind}"));
    let manifest = folder.path().join(format!("out.{kind}.manifest.json"));
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_export-advisor"))
            .args(["screen", input.to_str().unwrap(), "-o", output.to_str().unwrap()])
            .args(["--as-of", DAY, "--quiet", "--supports", "guarantee-small-micro"])
            .spawn()
            .unwrap()
    };
    let began = std::time::Instant::now();
    assert!(start().wait().unwrap().success());
    let whole = began.elapsed();
    let expected = std::fs::read(&output).unwrap();
    let recorded = std::fs::read(&manifest).unwrap();
    let mut rng = fastrand::Rng::with_seed(9);
    let mut interrupted = 0;
    for _ in 0..kills {
        let _ = std::fs::remove_file(&output);
        let _ = std::fs::remove_file(&manifest);
        let mut child = start();
        std::thread::sleep(whole.mul_f64(rng.f64()));
        child.kill().unwrap();
        interrupted += usize::from(!child.wait().unwrap().success());
        #[cfg(target_os = "linux")]
        assert_eq!(parts(folder.path()), Vec::<String>::new(), "rows of the list are left");
        if output.exists() {
            assert!(std::fs::read(&output).unwrap() == expected, "a partial output");
        } else {
            assert!(!manifest.exists(), "a manifest without its output");
        }
        if manifest.exists() {
            assert!(std::fs::read(&manifest).unwrap() == recorded, "a partial manifest");
        }
    }
    assert!(interrupted > 0, "no run was killed before its end");
    assert!(start().wait().unwrap().success());
    assert!(std::fs::read(&output).unwrap() == expected);
    assert!(std::fs::read(&manifest).unwrap() == recorded);
}

#[test]
fn a_killed_run_leaves_no_part_and_a_rerun_gives_the_same_bytes() {
    killed("csv", 30_000, 50);
}

#[test]
fn nor_does_one_that_writes_lines_of_json() {
    killed("ndjson", 15_000, 50);
}

#[test]
fn nor_does_one_that_writes_columns() {
    killed("parquet", 15_000, 50);
}

#[test]
fn nor_does_one_that_writes_a_workbook() {
    killed("xlsx", 3_000, 50);
}
