//! The file of a list: what it is by its content, and where in it the list is.
//!
//! Owns the decision between what a name says and what the first bytes say, and the way from the file to the bytes of
//! the list: out of an archive, out of a compression, out of a page or a document. A file that holds no list that is
//! read is refused by what it is. A pipe other than standard input is read as its name says, since its beginning
//! cannot be read twice.

use super::compound;
use super::content::{self, Content, HEAD, Head, JsonForm, json_form};
use super::convert::{Conversion, Converted};
use super::html::HtmlTable;
use super::input::{self, Input, Source, decoder, decompress, limited};
use super::json_array::JsonArray;
use super::xlsx::package::Part;
use super::zip_list::{self, Entry, ZipContent};
use crate::error::ScreenError;
use crate::error::workbook::WorkbookError;
use crate::error::wrapper::WrapperError;
use crate::table::encoding::{Choice, Evidence};
use crate::table::format::{Compression, FileFormat, FileType};
use crate::table::limits::{Growth, Limit, Limits};
use crate::table::meter::Meter;
use encoding_rs::{Encoding, UTF_8};
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::wording::shown;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _};
use std::path::Path;

/// What the text of a file must become before it is a list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// Nothing: it is one.
    Plain,
    /// A table of a page.
    Html(&'static Encoding),
    /// Items of a document.
    Json(&'static Encoding, JsonForm),
}

/// The type of a file by its content, for a name that does not state it; `None` if the content does not either.
///
/// # Errors
/// The content is something that is known and not read.
pub fn recognise(path: &Path) -> Result<Option<FileType>, ScreenError> {
    let head = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|m| m.is_file()));
    let head = head.and_then(|mut file| Head::read(&mut file).ok());
    if head.is_none_or(|head| content::detect(&head) == Content::Unknown) {
        return Ok(None);
    }
    let stated = FileType { format: FileFormat::Csv, compression: Compression::Plain };
    let input = Input::File(path.to_owned());
    let list = ListFile::inspect(&input, stated, None, &Limits::default(), &mut None)?;
    Ok(Some(list.file_type))
}

/// A file with a list.
#[derive(Debug)]
pub(crate) struct ListFile {
    /// The file type of the list.
    pub(crate) file_type: FileType,
    /// How the list was found, for the user.
    pub(crate) notes: Vec<LocalizedText>,
    form: Form,
    /// The entry of an archive.
    entry: Option<Entry>,
    /// What has been read of standard input.
    head: Vec<u8>,
}

impl ListFile {
    /// Finds out what a file is. `copy` is set to a copy of standard input where that must be read in any order.
    ///
    /// # Errors
    /// The file cannot be read, or holds no list that is read.
    pub(crate) fn inspect(
        input: &Input,
        stated: FileType,
        encoding: Option<Choice>,
        limits: &Limits,
        copy: &mut Option<File>,
    ) -> Result<Self, ScreenError> {
        let path = input.path();
        let failed = |fault| ScreenError::Wrapper { path: path.to_owned(), fault };
        let io = || ScreenError::io(path);
        let mut list = Self {
            file_type: stated,
            notes: Vec::new(),
            form: Form::Plain,
            entry: None,
            head: Vec::new(),
        };
        let mut file = match input {
            Input::File(path) => {
                let file = File::open(path).map_err(io())?;
                if !file.metadata().map_err(io())?.is_file() {
                    return Ok(list);
                }
                Some(file)
            }
            Input::Stdin => None,
        };
        let mut head = match &mut file {
            Some(file) => Head::read(file).map_err(io())?,
            None => Head::read(&mut io::stdin()).map_err(io())?,
        };
        let mut content = content::detect(&head);
        if file.is_none() {
            list.head.clone_from(&head.bytes);
            if matches!(content, Content::Zip | Content::Compound) {
                let meter = Meter::default();
                file = Some(input::open_seekable(input, &list.head, copy, &meter)?);
            }
        }
        if content == Content::Zip {
            let Some(file) = &file else { return Ok(list) };
            let is_workbook = stated.format == FileFormat::Xlsx;
            match zip_list::read(file, path, limits) {
                Ok(ZipContent::List(entry)) => {
                    let part = entry.open(file).map_err(io())?;
                    head = Head::read(&mut { part })
                        .map_err(|e| failed(WrapperError::Archive(e.to_string())))?;
                    content = content::detect(&head);
                    if content == Content::Zip && entry.file_type.format != FileFormat::Xlsx {
                        return Err(failed(WrapperError::NestedArchive(entry.name)));
                    }
                    list.notes.push(entry_note(&entry));
                    list.file_type = entry.file_type;
                    list.entry = Some(entry);
                }
                Ok(ZipContent::Workbook) => {}
                // The reader of workbooks tells what is wrong with a damaged one.
                Err(ScreenError::Wrapper {
                    fault: WrapperError::NoList | WrapperError::Archive(_),
                    ..
                }) if is_workbook && has_extension(path, &["xlsx", "xlsm"]) => {}
                Err(error) => return Err(error),
            }
        }
        if content == Content::Compound {
            let kind = match (&list.entry, &mut file) {
                (None, Some(file)) => compound::kind(file),
                _ => compound::kind(Cursor::new(&head.bytes)),
            };
            let unsure = WorkbookError::OldOrLocked;
            return Err(kind.map_or_else(
                || ScreenError::Workbook { path: path.to_owned(), fault: unsure },
                failed,
            ));
        }
        let name = list.entry.as_ref().map_or(path, |entry| Path::new(&entry.name)).to_owned();
        let stated = list.file_type;
        list.resolve(&name, content, &head, encoding).map_err(failed)?;
        list.add_notes(stated);
        Ok(list)
    }

    /// Decides between the stated type and the content.
    fn resolve(
        &mut self,
        name: &Path,
        content: Content,
        head: &Head,
        encoding: Option<Choice>,
    ) -> Result<(), WrapperError> {
        let compression = match content {
            Content::Gzip => Compression::Gzip,
            Content::Zstd => Compression::Zstd,
            _ => Compression::Plain,
        };
        if compression != Compression::Plain {
            let inner = unpacked(head, compression);
            let content = content::detect(&inner);
            match content {
                Content::Zip => return Err(WrapperError::Packed("zip/xlsx")),
                Content::Compound => return Err(WrapperError::Packed("xls")),
                Content::Parquet => return Err(WrapperError::Packed("parquet")),
                Content::Gzip | Content::Zstd => {
                    return Err(WrapperError::Packed("gz/zst"));
                }
                _ => {}
            }
            self.resolve_text(name, content, &inner, encoding)?;
            self.file_type.compression = compression;
            if !self.file_type.format.is_text() {
                self.file_type.format = FileFormat::Csv;
            }
            return Ok(());
        }
        let plain = |format| FileType { format, compression: Compression::Plain };
        match content {
            Content::Zip => self.file_type = plain(FileFormat::Xlsx),
            Content::Parquet => self.file_type = plain(FileFormat::Parquet),
            _ => self.resolve_text(name, content, head, encoding)?,
        }
        Ok(())
    }

    fn resolve_text(
        &mut self,
        name: &Path,
        content: Content,
        head: &Head,
        encoding: Option<Choice>,
    ) -> Result<(), WrapperError> {
        let stated = self.file_type.format;
        let plain = |format| FileType { format, compression: Compression::Plain };
        let encoding =
            |is_page| encoding.map_or_else(|| content::encoding(head, is_page), |e| e.encoding);
        match content {
            Content::Foreign(kind, save_as) => return Err(WrapperError::Foreign { kind, save_as }),
            Content::Html => {
                self.file_type = plain(FileFormat::Csv);
                self.form = Form::Html(encoding(true));
            }
            Content::Json => self.resolve_json(name, head, encoding(false)),
            Content::Text | Content::Unknown
                if stated == FileFormat::Ndjson && content::is_bracketed(head) =>
            {
                self.resolve_json(name, head, encoding(false));
            }
            Content::Text => {
                self.file_type = plain(if stated.is_text() { stated } else { FileFormat::Csv });
            }
            _ => {}
        }
        Ok(())
    }

    fn resolve_json(&mut self, name: &Path, head: &Head, encoding: &'static Encoding) {
        let is_lines = self.file_type.format == FileFormat::Ndjson;
        let is_document = !is_lines || has_extension(name, &["json"]);
        self.file_type = FileType { format: FileFormat::Ndjson, compression: Compression::Plain };
        match json_form(head, is_document) {
            JsonForm::Lines => {}
            form => self.form = Form::Json(encoding, form),
        }
    }

    fn add_notes(&mut self, stated: FileType) {
        match &self.form {
            Form::Html(encoding) => {
                let name = encoding.name();
                self.notes.push(LocalizedText {
                    zh: format!("内容是网页，读其中的表格（编码 {name}）。合并单元格只在表头处可读。"),
                    en: format!("the content is a web page: its table is read (encoding {name}); merged cells are read in the header alone"),
                });
            }
            Form::Json(encoding, form) => {
                let name = encoding.name();
                let (zh, en) = match form {
                    JsonForm::Array(Some(key)) => (
                        format!(
                            "JSON 文件（编码 {name}）：名单是“{}”里的数组，一项一行。",
                            shown(key)
                        ),
                        format!(
                            "a JSON document (encoding {name}): the list is the array `{}`, a row an item",
                            shown(key)
                        ),
                    ),
                    JsonForm::Array(None) => (
                        format!("JSON 文件（编码 {name}）：名单是一个数组，一项一行。"),
                        format!(
                            "a JSON document (encoding {name}): the list is an array, a row an item"
                        ),
                    ),
                    _ => (
                        format!("JSON 文件（编码 {name}）：一个对象一行。"),
                        format!("a JSON document (encoding {name}): a row an object"),
                    ),
                };
                self.notes.push(LocalizedText { zh, en });
            }
            Form::Plain if stated != self.file_type => {
                let (stated, found) = (stated.name(), self.file_type.name());
                self.notes.push(LocalizedText {
                    zh: format!("内容是 {found}，不是文件名或 --from 所说的 {stated}：按内容读取。"),
                    en: format!("the content is {found}, not {stated} as the name or --from says: it is read as what it is"),
                });
            }
            Form::Plain => {}
        }
    }

    /// Whether the list is an entry of an archive.
    pub(crate) fn is_in_archive(&self) -> bool {
        self.entry.is_some()
    }

    /// The encoding of what [`Self::open_text`] gives, if it is not that of the file.
    pub(crate) fn converted(&self) -> Option<Choice> {
        let choice = Choice { encoding: UTF_8, evidence: Evidence::Converted, weak: false };
        (self.form != Form::Plain).then_some(choice)
    }

    /// Opens a list that is text.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(crate) fn open_text(
        &self,
        input: &Input,
        copy: &mut Option<File>,
        limits: &Limits,
        meter: &Meter,
    ) -> Result<Source, ScreenError> {
        let io = || ScreenError::io(input.path());
        let compression = self.file_type.compression;
        let source: Source = match (&self.entry, input) {
            (Some(entry), _) => {
                let file = input::open_seekable(input, &self.head, copy, meter)?;
                let part = entry.open(&file).map_err(io())?;
                let part: Source = Box::new(EntrySource { part, meter: meter.clone() });
                // Both the entry and what is packed in it count.
                let growth = Growth::expansion(limits, meter);
                let part = decoder(limited(part, &growth), compression, meter).map_err(io())?;
                if compression == Compression::Plain { part } else { limited(part, &growth) }
            }
            (None, Input::Stdin) => {
                let source = Box::new(Cursor::new(self.head.clone()).chain(io::stdin()));
                decompress(source, compression, limits, meter).map_err(io())?
            }
            (None, Input::File(path)) => {
                let source = Box::new(File::open(path).map_err(io())?);
                decompress(source, compression, limits, meter).map_err(io())?
            }
        };
        Ok(match &self.form {
            Form::Plain => source,
            Form::Html(encoding) => {
                let table = HtmlTable::new(limits.size(Limit::Columns));
                Box::new(Converted::new(source, encoding, Conversion::Html(table)))
            }
            Form::Json(encoding, form) => {
                let array = JsonArray::new(*form == JsonForm::Sequence);
                Box::new(Converted::new(source, encoding, Conversion::Json(array)))
            }
        })
    }

    /// Opens a list that is read in any order. The entry of an archive becomes a file without a name.
    ///
    /// # Errors
    /// The file cannot be read, or an entry is damaged or exceeds the limit.
    pub(crate) fn open_seekable(
        &self,
        input: &Input,
        copy: &mut Option<File>,
        limits: &Limits,
        meter: &Meter,
    ) -> Result<File, ScreenError> {
        let file = input::open_seekable(input, &self.head, copy, meter)?;
        let Some(entry) = &self.entry else { return Ok(file) };
        let path = input.path();
        let part: Source = Box::new(entry.open(&file).map_err(ScreenError::io(path))?);
        let mut part = limited(part, &Growth::expansion(limits, meter));
        let mut unpacked = tempfile::tempfile().map_err(ScreenError::io(path))?;
        io::copy(&mut part, &mut unpacked).map_err(|e| ScreenError::source(path, e))?;
        unpacked.rewind().map_err(ScreenError::io(path))?;
        Ok(unpacked)
    }
}

/// An entry that is being read, with its position in the file.
struct EntrySource {
    part: Part,
    meter: Meter,
}

impl Read for EntrySource {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(out)?;
        self.meter.set_position(self.part.position());
        Ok(read)
    }
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let packed = extension.as_deref().is_some_and(|e| matches!(e, "gz" | "zst"));
    if packed {
        return has_extension(Path::new(path.file_stem().unwrap_or_default()), wanted);
    }
    extension.is_some_and(|extension| wanted.contains(&extension.as_str()))
}

/// The beginning of what is compressed, as far as the beginning of the file has it.
fn unpacked(head: &Head, compression: Compression) -> Head {
    let source: Source = Box::new(Cursor::new(head.bytes.clone()));
    let mut bytes = Vec::new();
    let limit = u64::try_from(HEAD).unwrap_or(u64::MAX);
    // The error of a beginning that breaks off is none of the file.
    let read = decoder(source, compression, &Meter::default())
        .and_then(|inner| inner.take(limit).read_to_end(&mut bytes));
    let whole = head.whole && read.is_ok() && bytes.len() < HEAD;
    Head { bytes, whole }
}

fn entry_note(entry: &Entry) -> LocalizedText {
    let name = shown(&entry.name);
    let others: Vec<String> = entry.others.iter().map(|name| shown(name)).collect();
    let (zh, en) = if others.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("；没有读：{}", others.join("、")), format!("; not read: {}", others.join(", ")))
    };
    LocalizedText {
        zh: format!("名单是压缩包里的“{name}”{zh}"),
        en: format!("the list is `{name}` in the archive{en}"),
    }
}
