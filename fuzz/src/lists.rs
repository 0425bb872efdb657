//! Lists: CSV with encodings, NDJSON, XLSX and Parquet, through the real screening into every output format.
//!
//! The first byte of an input picks the output format, the language, and for text the encoding and the delimiter; the
//! rest is the file. An input of `xlsx` is a workbook, or the XML of one sheet that is put into a workbook here,
//! since random changes of a compressed file rarely reach its content. What must hold: rows in are rows out, faults
//! name rows that exist, the same list gives the same bytes, and the program reads its own
//! output, with as many rows and the same statuses.

use crate::hold;
use crate::product::{ListOptions, Screened, screen_list};
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;
use zip::write::SimpleFileOptions;

const OUTPUTS: [&str; 5] = ["csv", "ndjson", "xlsx", "parquet", "tsv"];
const ENCODINGS: [Option<&str>; 4] = [None, None, Some("gb18030"), Some("utf-16le")];
const DELIMITERS: [Option<u8>; 3] = [None, Some(b';'), Some(b'|')];

/// CSV.
pub fn csv(data: &[u8]) {
    let Some((first, file)) = data.split_first() else { return };
    hold("csv", list(file, &text_options("csv", *first)));
}

/// NDJSON.
pub fn ndjson(data: &[u8]) {
    let Some((first, file)) = data.split_first() else { return };
    let options = ListOptions { delimiter: None, ..text_options("ndjson", *first) };
    hold("ndjson", list(file, &options));
}

/// A workbook, or the XML of its sheet.
pub fn xlsx(data: &[u8]) {
    let Some((first, file)) = data.split_first() else { return };
    let options = table_options("xlsx", *first);
    let is_sheet = first / 10 % 2 == 1;
    let file = if is_sheet { workbook(file) } else { file.to_vec() };
    hold("xlsx", list(&file, &options));
}

/// A Parquet file.
pub fn parquet(data: &[u8]) {
    let Some((first, file)) = data.split_first() else { return };
    hold("parquet", list(file, &table_options("parquet", *first)));
}

fn table_options(from: &'static str, byte: u8) -> ListOptions {
    ListOptions { encoding: None, delimiter: None, ..text_options(from, byte % 10) }
}

fn text_options(from: &'static str, byte: u8) -> ListOptions {
    let pick = |bits: u8, of: usize| usize::from(bits) % of;
    ListOptions {
        from,
        to: OUTPUTS[pick(byte, 5)],
        english: byte / 5 % 2 == 1,
        encoding: ENCODINGS[pick(byte / 10, 4)],
        delimiter: DELIMITERS[pick(byte / 40, 3)],
        small: true,
    }
}

/// A workbook with one sheet; what stands behind a NUL are its shared strings.
fn workbook(xml: &[u8]) -> Vec<u8> {
    const RELATED: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let (sheet, strings) = match xml.iter().position(|byte| *byte == 0) {
        Some(end) => (&xml[..end], &xml[end + 1..]),
        None => (xml, &b""[..]),
    };
    let relation = |id: u8, kind: &str, target: &str| {
        format!("<Relationship Id=\"r{id}\" Type=\"{RELATED}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |inner: String| {
        format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{inner}</Relationships>")
    };
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATED}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let mut of_book = relation(1, "worksheet", "worksheets/sheet1.xml");
    of_book.push_str(&relation(2, "sharedStrings", "sharedStrings.xml"));
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let parts = [
        ("[Content_Types].xml", format!("<Types xmlns=\"{PACKAGE}/content-types\"/>").into_bytes()),
        ("_rels/.rels", relations(relation(1, "officeDocument", "xl/workbook.xml")).into_bytes()),
        ("xl/workbook.xml", book.into_bytes()),
        ("xl/_rels/workbook.xml.rels", relations(of_book).into_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.to_vec()),
        ("xl/sharedStrings.xml", strings.to_vec()),
    ];
    for (name, content) in parts {
        // Writing to memory does not fail.
        let _ = zip.start_file(name, stored).map(|()| zip.write_all(&content));
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Screens a list twice, and then its output.
fn list(file: &[u8], options: &ListOptions) -> Result<(), String> {
    let io = |error: std::io::Error| error.to_string();
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(parent).map_err(io)?;
    let path = |name: &str, ending: &str| folder.path().join(format!("{name}.{ending}"));
    let input = path("input", options.from);
    fs::write(&input, file).map_err(io)?;
    let (first, second) = (path("first", options.to), path("second", options.to));
    let screened = match screen_list(&input, &first, options) {
        Ok(screened) => screened,
        Err(message) => return refused(&message, file, &first),
    };
    let again = screen_list(&input, &second, options)?;
    let bytes = fs::read(&first).map_err(io)?;
    same(&screened, &again, &bytes, &fs::read(&second).map_err(io)?)?;
    counted(&screened)?;
    let reread = ListOptions {
        from: options.to,
        to: "csv",
        encoding: None,
        delimiter: if options.to == "csv" { options.delimiter } else { None },
        small: false,
        ..options.clone()
    };
    let read = match screen_list(&first, &path("reread", "csv"), &reread) {
        Ok(read) => read,
        // Lines without a row are an empty file, which names no columns.
        Err(_) if options.to == "ndjson" && screened.rows_out == 0 => return Ok(()),
        // From Parquet to Parquet, columns that are no facts are copied unread: damage in them shows as text only.
        Err(_) if options.from == "parquet" && options.to == "parquet" => {
            let text = ListOptions { to: "csv", small: false, ..options.clone() };
            let whole = screen_list(&input, &path("text", "csv"), &text);
            return whole.map_or(Ok(()), |_| Err("of a whole file, a damaged one".to_owned()));
        }
        Err(message) => return Err(format!("its own output is refused: {message}")),
    };
    counted(&read)?;
    reads_own(&screened, &read)
}

/// A refusal says something, names no line that the file does not have, and leaves no output.
pub fn refused(message: &str, file: &[u8], output: &Path) -> Result<(), String> {
    if message.trim().is_empty() {
        return Err("refused without a word".to_owned());
    }
    if output.exists() {
        return Err(format!("refused, and there is an output: {message}"));
    }
    let lines = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    let named = message.split("line ").nth(1).unwrap_or("");
    let digits = named.bytes().take_while(u8::is_ascii_digit).count();
    match named[..digits].parse::<usize>() {
        Ok(line) if line == 0 || line > lines => Err(format!("{lines} lines, and: {message}")),
        _ => Ok(()),
    }
}

/// Every row comes out, every row is counted, each that can be taken apart and is a firm has its statuses, and the rows
/// with faults are named in their order.
pub fn counted(found: &Screened) -> Result<(), String> {
    let rows = found.rows_in;
    let good = rows.saturating_sub(found.unreadable + found.not_firms);
    let adds_up = found.rows_out == rows && found.counted == rows && found.faulty <= rows;
    if !adds_up || found.unreadable > found.faulty || found.faulty + found.not_firms > rows {
        return Err(format!("rows do not add up: {found:?}"));
    }
    if found.fault_rows.first() == Some(&0) || !found.fault_rows.is_sorted_by(|a, b| a < b) {
        return Err(format!("a fault names a row that is not there: {found:?}"));
    }
    match found.statuses.iter().find(|counts| counts.iter().sum::<u64>() != good) {
        Some(counts) => Err(format!("{good} rows that are firms, statuses of {counts:?}")),
        None => Ok(()),
    }
}

/// The same list gives the same report and the same bytes.
pub fn same(first: &Screened, second: &Screened, one: &[u8], two: &[u8]) -> Result<(), String> {
    match first == second && one == two {
        true => Ok(()),
        false => Err("the same list gave another output".to_owned()),
    }
}

/// The output of a list has its rows and, where no cell has a fault, its statuses.
pub fn reads_own(screened: &Screened, read: &Screened) -> Result<(), String> {
    if screened.rows_out != read.rows_in {
        return Err(format!("{} rows written, {} read", screened.rows_out, read.rows_in));
    }
    // A line without members is a firm, and a blank row is none.
    let is_clean = screened.faulty == 0 && read.faulty == 0 && screened.not_firms == read.not_firms;
    match is_clean && screened.statuses != read.statuses {
        true => Err("its own output has other statuses".to_owned()),
        false => Ok(()),
    }
}
