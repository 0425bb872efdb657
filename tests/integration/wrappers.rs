//! Lists in what people send them in: archives, pages, JSON documents, packed files, old and locked workbooks, wrong
//! names. Each is read, or refused with what it is and what to do.

use crate::cli::run;
use crate::screen::{folder, rows_of, screen};
use crate::workbooks::{Book, data};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::io::{Cursor, Write as _};
use std::sync::Arc;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Two firms; the output has 甲 with six people and 乙 with twelve.
const LIST: &str = "企业名称,是否出口,从业人数\n甲,是,6\n乙,否,12\n";

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn workbook() -> Vec<u8> {
    let rows: [&[&str]; 3] =
        [&["企业名称", "是否出口", "从业人数"], &["甲", "是", "#6"], &["乙", "否", "#12"]];
    Book::one(data(&rows)).bytes()
}

fn page() -> String {
    let rows = LIST.lines().map(|line| {
        let cells = line.split(',').map(|cell| format!("<td class=x>{cell}</td>"));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    });
    format!(
        "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><head><style><!-- td {{}} --></style></head>\
         <body><table><tr><td colspan=3>外贸企业&nbsp;名单</td></tr>{}</table></body></html>",
        rows.collect::<String>()
    )
}

fn json() -> String {
    "[\n  {\"企业名称\": \"甲\", \"是否出口\": true,\n   \"从业人数\": 6},\n  {\"企业名称\": \"乙\", \"是否出口\": false, \"从业人数\": 12}\n]\n"
        .to_owned()
}

/// A compound file with streams of these names.
fn compound(names: &[&str]) -> Vec<u8> {
    let mut bytes = vec![0; 512 * 3];
    bytes[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    bytes[30..32].copy_from_slice(&9_u16.to_le_bytes());
    bytes[48..52].copy_from_slice(&1_u32.to_le_bytes());
    bytes[76..80].copy_from_slice(&0_u32.to_le_bytes());
    bytes[512 + 4..512 + 8].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
    for (index, name) in names.iter().enumerate() {
        let entry = 1024 + 128 * index;
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes[entry..entry + units.len()].copy_from_slice(&units);
        let length = u16::try_from(units.len() + 2).unwrap();
        bytes[entry + 64..entry + 66].copy_from_slice(&length.to_le_bytes());
    }
    bytes
}

fn parquet_of(codec: Compression) -> Vec<u8> {
    let column = |index: usize| {
        let cells = LIST.lines().skip(1).map(|line| line.split(',').nth(index).unwrap());
        Arc::new(cells.map(Some).collect::<StringArray>()) as ArrayRef
    };
    let names = ["企业名称", "是否出口", "从业人数"];
    let columns = names.iter().enumerate().map(|(index, name)| (*name, column(index)));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(codec).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Screens a file that must be read, also once more from its manifest, and returns standard error.
#[track_caller]
fn read(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let (folder, input) = folder(name, bytes);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert_eq!(code, 0, "{name}: {err}");
    let rows = rows_of(&output);
    let found: Vec<(&str, &str)> =
        rows.iter().map(|row| (&*row["企业名称"], &*row["从业人数"])).collect();
    assert_eq!(found, [("甲", "6"), ("乙", "12")], "{name}: {err}");
    assert!(err.contains("columns read (2): 是否出口→exports_goods"), "{name}: {err}");
    let manifest = folder.path().join("out.csv.manifest.json");
    let verified = run(&["verify", manifest.to_str().unwrap()], "");
    assert_eq!(verified.code, 0, "{name}: {}", verified.err);
    err
}

/// Screens a file that must be refused, and returns standard error.
#[track_caller]
fn refused(name: &str, bytes: impl AsRef<[u8]>, says: &str) -> String {
    let (folder, input) = folder(name, bytes);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert!(!output.exists(), "{name}: {err}");
    assert_eq!(code, 1, "{name}: {err}");
    assert!(err.contains(says), "{name}: {err}");
    err
}

#[test]
fn old_and_locked_workbooks_are_told_apart() {
    for name in ["list.xls", "list.et", "list.xlsx", "list.csv"] {
        refused(name, compound(&["Root Entry", "Workbook"]), "old binary workbook (.xls or .et)");
        refused(name, compound(&["Root Entry", "Book"]), "save it as .xlsx");
        let locked = compound(&["Root Entry", "EncryptionInfo", "EncryptedPackage"]);
        refused(name, locked, "locked with a password: open it, remove the password");
    }
    refused("list.xls", compound(&["Root Entry", "WordDocument"]), "another document");
    // A directory that is not where the header says.
    let mut bytes = compound(&["Root Entry", "Workbook"]);
    bytes[48..52].copy_from_slice(&0x00ff_ffff_u32.to_le_bytes());
    refused("list.xls", &bytes, "an old .xls workbook, or one that is locked");
    // A directory that is a circle.
    let mut bytes = compound(&["Root Entry", "Workbook"]);
    bytes[516..520].copy_from_slice(&1_u32.to_le_bytes());
    refused("list.xls", &bytes, "old binary workbook");
    refused("list.xls", &compound(&[])[..8], "an old .xls workbook, or one");
}

#[test]
fn pages_and_text_under_the_name_of_a_workbook_are_read() {
    let err = read("list.xls", page());
    assert!(err.contains("the content is a web page: its table is read (encoding UTF-8)"), "{err}");
    assert!(err.contains("the header is in row 2"), "{err}");
    let gb = page().replace(
        "<head>",
        "<head><meta http-equiv=Content-Type content='text/html; charset=gb2312'>",
    );
    let err = read("list.xls", encoding_rs::GB18030.encode(&gb).0);
    assert!(err.contains("encoding GBK"), "{err}");
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(page().encode_utf16()).flat_map(u16::to_le_bytes).collect();
    read("list.xls", utf16);
    read("list.html", page());
    read("list.csv", page());
    let err = read("list.xls", LIST);
    assert!(err.contains("the content is csv, not xlsx as the name or --from says"), "{err}");
    refused("list.xls", "<html><frameset></frameset></html>", "without a table");
    refused("list.xls", page().replace("</table>", ""), "breaks off");
    refused("list.html", format!("{}{}", page(), page()), "more than one table");
    refused("list.html", page().replace("甲", "<table>"), "in a cell of another table");
    refused("list.html", "<table><tr><td colspan=900000000>企业名称</table>", "limit `columns`");
    let xml = "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"></Workbook>";
    refused("list.xls", xml, "an XML spreadsheet of 2003");
    // A row with a merged cell is a fault: its cells are not moved.
    let merged = page().replace("<td class=x>乙</td><td class=x>否</td>", "<td colspan=2>乙</td>");
    let (folder, input) = folder("list.xls", merged);
    let (code, err) = screen(&input, &folder.path().join("out.csv"), &["--lang", "en"]);
    assert!(code == 4 && err.contains("the row has 2 cells, the header 3"), "{err}");
}

#[test]
fn tab_separated_text_named_xls_is_read() {
    let (folder, input) = folder("list.xls", LIST.replace(',', "\t"));
    let output = folder.path().join("out.xlsx");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert!(code == 0 && err.contains("columns read (2)"), "{err}");
}

#[test]
fn the_content_decides_where_the_name_is_wrong() {
    let err = read("list.csv", workbook());
    assert!(err.contains("the content is xlsx, not csv"), "{err}");
    read("list.xls", workbook());
    read("list.csv.gz", LIST);
    let err = read("list.csv", gzip(LIST.as_bytes()));
    assert!(err.contains("the content is csv.gz, not csv"), "{err}");
    read("list.xlsx", gzip(LIST.as_bytes()));
    read("list.csv", parquet_of(Compression::SNAPPY));
    refused("list.csv.gz", gzip(&workbook()), "packed zip/xlsx");
    refused("list.csv", b"%PDF-1.7\n", "this is a PDF file");
    refused("list.csv", b"Rar!\x1a\x07\x01\x00", "a RAR archive");
    refused("list.parquet", b"PARE....PARE", "an encrypted Parquet file");
    let ods = zipped(&[("content.xml", b"<x/>"), ("META-INF/manifest.xml", b"<x/>")]);
    refused("list.xlsx", ods, "an OpenDocument file");
    refused("list.xlsx", zipped(&[("xl/workbook.bin", b"x")]), "a binary workbook (.xlsb)");
}

#[test]
fn every_codec_of_parquet_that_is_in_use_is_read() {
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::BROTLI(Default::default()),
        Compression::LZ4_RAW,
        Compression::ZSTD(Default::default()),
    ] {
        read("list.parquet", parquet_of(codec));
    }
}

#[test]
fn an_archive_with_one_list_is_read() {
    let note = "说明".as_bytes();
    let err = read("list.zip", zipped(&[("名单/客户.csv", LIST.as_bytes())]));
    assert!(err.contains("the list is `名单/客户.csv` in the archive"), "{err}");
    let residue: [(&str, &[u8]); 4] = [
        ("客户.xlsx", &workbook()),
        ("__MACOSX/._客户.xlsx", b"x"),
        ("说明.txt", note),
        ("公函.pdf", b"%PDF-"),
    ];
    let err = read("list.zip", zipped(&residue));
    assert!(err.contains("not read: 说明.txt, 公函.pdf"), "{err}");
    read("list.zip", zipped(&[("客户.xls", page().as_bytes())]));
    read("list.zip", zipped(&[("客户.csv.gz", &gzip(LIST.as_bytes()))]));
    read("list.zip", zipped(&[("客户.parquet", &parquet_of(Compression::SNAPPY))]));
    read("list.zip", zipped(&[("客户.json", json().as_bytes())]));

    let list = LIST.as_bytes();
    let err =
        refused("list.zip", zipped(&[("a.csv", list), ("b.csv", list)]), "more than one list");
    assert!(err.contains("a.csv, b.csv"), "{err}");
    refused("list.zip", zipped(&[("a.pdf", b"%PDF-")]), "holds no list");
    refused("list.zip", zipped(&[]), "holds no list");
    refused(
        "list.zip",
        zipped(&[("b.zip", &zipped(&[("a.csv", list)]))]),
        "another archive, `b.zip`",
    );
    refused(
        "list.zip",
        zipped(&[("b.csv", &zipped(&[("a.csv", list)]))]),
        "another archive, `b.csv`",
    );
    refused("list.zip", zipped(&[("b.xls", &compound(&["Book"]))]), "old binary workbook");
    refused("list.zip", &zipped(&[("a.csv", list)])[..60], "damaged or not complete");
}

#[test]
fn archives_are_held_to_their_limits() {
    let bomb = vec![b'a'; 64 << 20];
    for name in ["a.csv", "a.parquet", "a.json"] {
        refused("list.zip", zipped(&[(name, &bomb)]), "limit `expansion`");
    }
    // The size that is stated is a lie.
    let mut lying = zipped(&[("a.csv", &bomb)]);
    crate::workbooks::lie(&mut lying, "a.csv", 1000);
    refused("list.zip", &lying, "larger than it says");
    let packed = gzip(&bomb);
    refused("list.zip", zipped(&[("a.csv.gz", &packed)]), "limit `expansion`");
    refused("list.csv", &packed, "limit `expansion`");
    // A wrong checksum.
    let mut damaged = zipped(&[("a.csv", LIST.as_bytes())]);
    damaged[14] ^= 1;
    let central = damaged.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    damaged[central + 16] ^= 1;
    refused("list.zip", &damaged, "checksum");
}

#[test]
fn a_json_document_is_read() {
    let err = read("list.json", json());
    assert!(err.contains("the list is an array, a row an item"), "{err}");
    read("list.ndjson", json());
    read("list.json.gz", gzip(json().as_bytes()));
    read("list.json", encoding_rs::GB18030.encode(&json()).0);
    let inside = format!(
        "{{\"code\": 0, \"columns\": [\"a\", [1]], \"data\": {{\"total\": 2, \"rows\": {}}}}}",
        json()
    );
    let err = read("list.json", inside.replace('\n', " "));
    assert!(err.contains("the list is the array `rows`"), "{err}");
    read("list.json", inside);
    let lines = json().replace("},\n", "}\n").replace(['[', ']'], "");
    let err = read("list.json", &lines);
    assert!(err.contains("a row an object"), "{err}");

    refused("list.json", "[[{\"是否出口\": true}]]", "the items of the JSON array are no objects");
    refused("list.json", "[1, 2]", "no objects");
    refused("list.json", "{\"a\": [{\"是否出口\": 1}], \"b\": [{\"x\": 1}]}", "`a` and `b`");
    refused("list.json", &json()[..json().len() - 3], "it breaks off");
    refused("list.json", "[".repeat(1 << 20), "no objects");
    let deep = format!("[{{\"a\":{}", "[".repeat(1 << 20));
    refused("list.json", deep, "it breaks off");
    let long = format!("[{{\"a\":\"{}\"}}]", "x".repeat(17 << 20));
    refused("list.json", long, "limit `line`");
    // An item that is no object is a fault of its row.
    let mixed = "[{\"是否出口\":true},[{\"是否出口\":true}],null]";
    let (folder, input) = folder("list.json", mixed);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert!(code == 4 && rows_of(&output).len() == 3, "{err}");
}

#[test]
fn what_is_behind_a_packed_list_is_no_part_of_it() {
    let packed = gzip(LIST.as_bytes());
    let (first, second) = LIST.split_at(LIST.find('乙').unwrap());
    let members = [gzip(first.as_bytes()), gzip(second.as_bytes())].concat();
    for padding in [0, 1, 511, 100_000] {
        let err = read("list.csv.gz", [&*members, &vec![0; padding]].concat());
        assert!(!err.contains("behind"), "{err}");
    }
    let err = read("list.csv.gz", [&*packed, b"\r\n--boundary--\r\n"].concat());
    assert!(err.contains("16 bytes behind the packed list"), "{err}");
    // A member that does not follow the one before would be lost.
    let gap = [&*gzip(first.as_bytes()), &[0; 9], &gzip(second.as_bytes())].concat();
    refused("list.csv.gz", gap, "belong to none");
}

#[test]
fn standard_input_is_read_by_its_content() {
    let (folder, _) = folder("unused", "");
    let output = folder.path().join("out.csv");
    let args = ["screen", "-", "--from", "json", "-o", output.to_str().unwrap(), "--lang", "en"];
    let ran = run(&args, &json());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(rows_of(&output).len(), 2);
}
