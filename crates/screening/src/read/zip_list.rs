//! The one list in a zip archive.
//!
//! Owns the choice of the entry: folders and what systems leave beside files do not count, and neither do documents
//! beside the list. The sizes in the table of contents are compared with the limit before anything is decompressed.
//! Whether a zip file is a workbook is told by its parts.

use super::random_access::RandomAccess;
use super::xlsx::package::Part;
use crate::error::ScreenError;
use crate::error::wrapper::WrapperError;
use crate::table::format::FileType;
use crate::table::limits::{Exceeded, Limit, Limits};
use encoding_rs::GB18030;
use export_advisor_core::facts::LocalizedText;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use zip::{CompressionMethod, ZipArchive};

/// The most that an entry may always decompress to.
const ALWAYS: u64 = 16 << 20;

/// The most names that a message repeats.
const NAMES: usize = 10;

/// What a zip file is.
pub(super) enum ZipContent {
    /// A workbook.
    Workbook,
    /// An archive with one list.
    List(Entry),
}

/// An entry of an archive.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its name.
    pub(super) name: String,
    /// Its file type by its name.
    pub(super) file_type: FileType,
    /// The names of the other entries.
    pub(super) others: Vec<String>,
    range: (u64, u64),
    is_stored: bool,
    content: (u64, u32),
}

impl Entry {
    /// The content from its beginning.
    pub(super) fn open(&self, file: &File) -> io::Result<Part> {
        Ok(Part::new(
            RandomAccess::File(file.try_clone()?),
            self.range,
            self.is_stored,
            self.content,
        ))
    }
}

/// Reads the table of contents of a zip file.
///
/// # Errors
/// It is damaged, or no workbook and no archive with one list, or the list would be larger than the limit.
pub(super) fn read(file: &File, path: &Path, limits: &Limits) -> Result<ZipContent, ScreenError> {
    let failed = |fault| ScreenError::Wrapper { path: path.to_owned(), fault };
    let damaged = |error: &dyn std::fmt::Display| failed(WrapperError::Archive(error.to_string()));
    let input = file.try_clone().map_err(|e| damaged(&e))?;
    let mut zip = ZipArchive::new(BufReader::new(input)).map_err(|e| damaged(&e))?;
    let names: Vec<String> = zip.file_names_raw().map(name).collect();
    if let Some(kind) = document(&names) {
        return Err(failed(WrapperError::Foreign { kind, save_as: ".xlsx" }));
    }
    if names.iter().any(|name| name.starts_with("xl/") || name == "[Content_Types].xml") {
        return Ok(ZipContent::Workbook);
    }
    let files = || names.iter().enumerate().filter(|(_, name)| !is_residue(name));
    let type_of = |name: &str| FileType::of_input(Path::new(name)).ok();
    let lists = || files().filter_map(|(index, name)| Some((index, name, type_of(name)?)));
    // A text beside a list of another form is a note.
    let is_note = |name: &str| name.to_lowercase().ends_with(".txt");
    let all_notes = lists().all(|(_, name, _)| is_note(name));
    let mut found = lists().filter(|(_, name, _)| all_notes || !is_note(name));
    let Some((index, name, file_type)) = found.next() else {
        let archive = files().find(|(_, name)| is_archive(name));
        return Err(failed(
            archive.map_or(WrapperError::NoList, |(_, name)| {
                WrapperError::NestedArchive(name.clone())
            }),
        ));
    };
    let mut more: Vec<String> = found.map(|(_, name, _)| name.clone()).take(NAMES - 1).collect();
    if !more.is_empty() {
        more.insert(0, name.clone());
        return Err(failed(WrapperError::ManyLists(more)));
    }
    if is_archive(name) {
        return Err(failed(WrapperError::NestedArchive(name.clone())));
    }
    let entry = zip.by_index_raw(index).map_err(|e| damaged(&e))?;
    if entry.encrypted() {
        return Err(failed(WrapperError::LockedEntry(name.clone())));
    }
    let method = entry.compression();
    if !matches!(method, CompressionMethod::Deflated | CompressionMethod::Stored) {
        return Err(failed(WrapperError::Method(name.clone())));
    }
    let (size, compressed) = (entry.size(), entry.compressed_size());
    let most = limits.get(Limit::Expansion);
    if size > compressed.saturating_mul(most).max(ALWAYS) {
        return Err(ScreenError::limit(path)(Exceeded { limit: Limit::Expansion, most }));
    }
    let start = entry.data_start().ok_or_else(|| damaged(&"an entry has no beginning"))?;
    let others = files().filter(|(other, _)| *other != index);
    Ok(ZipContent::List(Entry {
        name: name.clone(),
        file_type,
        others: others.map(|(_, name)| name.clone()).take(NAMES).collect(),
        range: (start, compressed),
        is_stored: method == CompressionMethod::Stored,
        content: (size, entry.crc32()),
    }))
}

/// A name, which is UTF-8 or, from Chinese systems, GB18030.
fn name(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    }
}

/// Whether it is a folder, or a file that a system keeps for itself.
fn is_residue(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.is_empty()
        || name.starts_with("__MACOSX/")
        || file.starts_with('.')
        || file.starts_with("~$")
        || matches!(file.to_ascii_lowercase().as_str(), "thumbs.db" | "desktop.ini")
}

fn is_archive(name: &str) -> bool {
    let name = name.to_lowercase();
    [".zip", ".rar", ".7z", ".tar", ".tgz", ".tar.gz"].iter().any(|ending| name.ends_with(ending))
}

/// What a zip file is, if it is a document that is not read.
fn document(names: &[String]) -> Option<LocalizedText> {
    let has = |part: &str| names.iter().any(|name| name.starts_with(part));
    let (zh, en) = if has("xl/workbook.bin") {
        ("二进制工作簿（.xlsb）", "a binary workbook (.xlsb)")
    } else if has("word/document") {
        ("Word 文档", "a Word document")
    } else if has("ppt/presentation") {
        ("演示文稿", "a presentation")
    } else if has("content.xml") && has("META-INF/manifest.xml") {
        ("OpenDocument 文档（.ods 等）", "an OpenDocument file (.ods or another)")
    } else if has("Index/Document.iwa") {
        ("Numbers 表格", "a Numbers spreadsheet")
    } else {
        return None;
    };
    Some(LocalizedText { zh: zh.to_owned(), en: en.to_owned() })
}
