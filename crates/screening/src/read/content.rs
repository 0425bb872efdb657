//! What a file is by its first bytes.
//!
//! Owns the magic bytes of the files that people take for lists, and the beginnings of pages and JSON documents. The
//! head of a file goes in; it reads no further, and decides nothing about names.

use super::compound;
use super::json_array::JsonArray;
use crate::table::encoding::{Evidence, choose};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use export_advisor_core::facts::LocalizedText;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::io::{self, Read};

/// How much of the beginning of a file is looked at.
pub(super) const HEAD: usize = 1 << 16;

/// The beginning of a file.
#[derive(Debug)]
pub(super) struct Head {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Whether they are the whole file.
    pub(super) whole: bool,
}

impl Head {
    /// Reads the beginning of a source.
    pub(super) fn read(source: &mut dyn Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(HEAD).unwrap_or(u64::MAX);
        source.take(limit).read_to_end(&mut bytes)?;
        let whole = bytes.len() < HEAD;
        Ok(Self { bytes, whole })
    }
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A zip file: a workbook, another document, or an archive.
    Zip,
    Gzip,
    Zstd,
    /// The container of old and of locked workbooks.
    Compound,
    Parquet,
    /// A web page.
    Html,
    /// A document or lines, in braces or brackets.
    Json,
    /// Something that is known and not read, and what to save it as.
    Foreign(LocalizedText, &'static str),
    /// Other text.
    Text,
    /// Nothing, or nothing that is known.
    Unknown,
}

/// What a file is that begins so.
pub(super) fn detect(head: &Head) -> Content {
    let (head, whole) = (head.bytes.as_slice(), head.whole);
    let foreign = |zh: &str, en: &str, save_as| {
        Content::Foreign(LocalizedText { zh: zh.to_owned(), en: en.to_owned() }, save_as)
    };
    let begins = |magic: &[u8]| head.starts_with(magic);
    if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        return Content::Zip;
    } else if begins(b"\x1f\x8b") {
        return Content::Gzip;
    } else if begins(b"\x28\xb5\x2f\xfd") {
        return Content::Zstd;
    } else if begins(&compound::MAGIC) {
        return Content::Compound;
    } else if begins(b"PAR1") {
        return Content::Parquet;
    }
    for (magic, zh, en, save_as) in [
        (&b"PARE"[..], "加密的 Parquet 文件", "an encrypted Parquet file", "plain .parquet"),
        (b"%PDF-", "PDF 文件", "a PDF file", ".xlsx"),
        (b"Rar!\x1a\x07", "RAR 压缩包", "a RAR archive", ".zip, .xlsx or .csv"),
        (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", "a 7z archive", ".zip, .xlsx or .csv"),
        (b"\xfd7zXZ\0", "xz 压缩文件", "a file packed with xz", ".csv or .csv.gz"),
        (b"BZh", "bzip2 压缩文件", "a file packed with bzip2", ".csv or .csv.gz"),
        (b"SQLite format 3\0", "SQLite 数据库", "an SQLite database", ".csv"),
        (b"{\\rtf", "RTF 文档", "an RTF document", ".xlsx"),
        (b"\x89PNG", "图片", "a picture", ".xlsx"),
        (b"\xff\xd8\xff", "图片", "a picture", ".xlsx"),
        (b"MIME-Version:", "单文件网页（.mht）", "a web page in one file (.mht)", ".xlsx"),
    ] {
        // A header of delimited text may begin with these letters.
        if begins(magic) && (magic != b"BZh" || head.get(4..10) == Some(b"1AY&SY")) {
            return foreign(zh, en, save_as);
        }
    }
    let beginning = head.get(..head.len().min(8192)).unwrap_or_default();
    let text = decoded(beginning, false);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if text.starts_with('<') {
        let root = root(&text.to_ascii_lowercase()).to_owned();
        if root.starts_with("<workbook") || root.starts_with("<ss:workbook") {
            return foreign("XML 表格（2003 版）", "an XML spreadsheet of 2003", ".xlsx");
        }
        let tags =
            ["html", "!doctype html", "head", "meta", "body", "table", "style", "div", "title"];
        if tags.iter().any(|tag| root.strip_prefix('<').is_some_and(|r| r.starts_with(tag))) {
            return Content::Html;
        }
    }
    let mut tokens = text.chars().filter(|c| !c.is_ascii_whitespace());
    match (tokens.next(), tokens.next()) {
        (Some('['), Some('{')) | (Some('{'), Some('"')) => Content::Json,
        _ if is_text(head, whole) => Content::Text,
        _ => Content::Unknown,
    }
}

/// A text without the comments and instructions before its first element.
fn root(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ => return rest,
        };
        match rest.split_once(end) {
            Some((_, behind)) => rest = behind.trim_start(),
            None => return "",
        }
    }
}

/// Whether it is text of several lines whose first have delimiters.
fn is_text(head: &[u8], whole: bool) -> bool {
    let is_utf16 = Encoding::for_bom(head).is_some_and(|(encoding, _)| encoding != UTF_8);
    let control = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
    if !is_utf16 && head.iter().any(control) {
        return false;
    }
    let text = decoded(head, whole);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(20);
    let damaged = text.chars().filter(|c| *c == '\u{fffd}').count();
    damaged < 2 && lines.any(|line| line.contains(['\t', ',', ';', '|']))
}

/// The text of a beginning, as well as it can be read.
fn decoded(head: &[u8], whole: bool) -> Cow<'_, str> {
    let encoding = choose(head, whole, &|_| 0).encoding;
    encoding.decode_with_bom_removal(head).0
}

/// Whether it begins as JSON does.
pub(super) fn is_bracketed(head: &Head) -> bool {
    let beginning = head.bytes.get(..head.bytes.len().min(1024)).unwrap_or_default();
    let text = decoded(beginning, false);
    text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(['[', '{'])
}

/// The encoding of a page or a document: its mark, what the page states, or what its bytes allow.
pub(super) fn encoding(head: &Head, is_page: bool) -> &'static Encoding {
    let (head, whole) = (head.bytes.as_slice(), head.whole);
    let choice = choose(head, whole, &|_| 0);
    if !is_page || matches!(choice.evidence, Evidence::Bom | Evidence::Nuls) {
        return choice.encoding;
    }
    let beginning = head.get(..head.len().min(8192)).unwrap_or_default().to_ascii_lowercase();
    let at = memchr::memmem::find(&beginning, b"charset");
    let stated = at.and_then(|at| beginning.get(at + b"charset".len()..)).and_then(|rest| {
        let rest = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
        let is_label = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let length = rest.iter().take_while(is_label).count();
        Encoding::for_label(rest.get(..length)?)
    });
    // Pages often state an encoding that is not theirs: it counts where the bytes allow it.
    let fits = |encoding: &&'static Encoding| {
        let (text, damaged) = encoding.decode_without_bom_handling(head);
        !matches!(*encoding, e if e == UTF_16LE || e == UTF_16BE)
            && (!damaged || (!whole && text.chars().filter(|c| *c == '\u{fffd}').count() < 2))
    };
    match stated.filter(fits) {
        Some(stated) if choice.evidence != Evidence::Valid || choice.weak => stated,
        _ => choice.encoding,
    }
}

/// How JSON is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JsonForm {
    /// One object a line.
    Lines,
    /// One array, and its key if it is in an object.
    Array(Option<String>),
    /// Objects one after the other, broken over lines.
    Sequence,
}

/// How JSON that begins so is to be read. `is_document` states that the name is that of a document, not of lines.
pub(super) fn json_form(head: &Head, is_document: bool) -> JsonForm {
    let text = encoding(head, false).decode_with_bom_removal(&head.bytes).0;
    let text = text.trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let is_line = serde_json::from_str::<IgnoredAny>(first).is_ok();
    let is_array = text.starts_with('[');
    let is_alone = rest.trim().is_empty();
    let opens = || matches!(first.trim_end(), "{" | "[" | "[{");
    let is_lines = if is_line {
        !is_alone || (!is_array && !is_document)
    } else {
        // A broken line among others is a fault of its row.
        !is_document && !is_array && !opens()
    };
    if is_lines {
        return JsonForm::Lines;
    }
    let mut array = JsonArray::new(false);
    let mut out = Vec::new();
    let _ = array.push(text.as_bytes(), &mut out);
    match array.list() {
        Some("") => JsonForm::Array(None),
        Some(key) => JsonForm::Array(Some(key.to_owned())),
        None if is_array || !head.whole => JsonForm::Array(None),
        None if is_line => JsonForm::Lines,
        None => JsonForm::Sequence,
    }
}
