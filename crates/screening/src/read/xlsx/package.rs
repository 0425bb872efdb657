//! The zip file of a workbook: its parts, and how much may come out of them.
//!
//! Owns the limits. A file goes in; parts come out as streams of bytes. The sizes in the table of contents are
//! checked before anything is decompressed, and a stream ends with an error if more comes out than was stated, if
//! its checksum is wrong, or if it breaks off. It knows no XML.

use crate::error::workbook::WorkbookError;
use crate::read::compound;
use crate::read::random_access::RandomAccess;
use crate::table::limits::{Limit, Limits};
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use zip::{CompressionMethod, ZipArchive};

const MIB: u64 = 1 << 20;

/// The largest decompressed size of a sheet. A sheet is streamed, so this bounds time, not memory.
const MOST_SHEET: u64 = 8192 * MIB;

/// From this size on the ratio of compression is checked.
const SUSPECT_FROM: u64 = 16 * MIB;

/// The most bytes without a new tag: a text of this length is in no cell.
const LONGEST_TEXT: u64 = 16 * MIB;

/// An open workbook file.
pub(super) struct Package {
    file: RandomAccess,
    zip: ZipArchive<BufReader<RandomAccess>>,
    /// How many times its size a part may decompress to. Sheets have a ratio of 5 to 30; deflate can reach 1032.
    most_ratio: u64,
    /// The largest decompressed size of a part that is held in memory.
    most_held: u64,
}

impl Package {
    /// Opens a workbook file.
    pub(super) fn open(mut file: RandomAccess, limits: &Limits) -> Result<Self, WorkbookError> {
        let broken = |error: &dyn std::fmt::Display| WorkbookError::NotAZip(error.to_string());
        let mut head = [0; 8];
        let found = file.read(&mut head).map_err(|e| broken(&e))?;
        if found == head.len() && head == compound::MAGIC {
            return Err(WorkbookError::OldOrLocked);
        }
        file.rewind().map_err(|e| broken(&e))?;
        let again = file.try_clone().map_err(|e| broken(&e))?;
        let zip = ZipArchive::new(BufReader::new(again)).map_err(|e| broken(&e))?;
        let (most_ratio, most_held) = (limits.get(Limit::Expansion), limits.get(Limit::Workbook));
        Ok(Self { file, zip, most_ratio, most_held })
    }

    /// The index of a part. Names are compared without case, as other readers of workbooks do.
    fn index_of(&self, name: &str) -> Option<usize> {
        self.zip.index_for_name(name).or_else(|| {
            let same = |raw: &[u8]| raw.eq_ignore_ascii_case(name.as_bytes());
            self.zip.file_names_raw().position(same)
        })
    }

    /// A part that is held in memory.
    pub(super) fn part(&mut self, name: &str) -> Result<Part, WorkbookError> {
        self.open_part(name, self.most_held)
    }

    /// A part, if it exists.
    pub(super) fn part_if_any(&mut self, name: &str) -> Result<Option<Part>, WorkbookError> {
        if self.index_of(name).is_some() { self.part(name).map(Some) } else { Ok(None) }
    }

    /// A part that is streamed.
    pub(super) fn stream(&mut self, name: &str) -> Result<Part, WorkbookError> {
        self.open_part(name, MOST_SHEET)
    }

    fn open_part(&mut self, name: &str, limit: u64) -> Result<Part, WorkbookError> {
        let index = self.index_of(name).ok_or_else(|| WorkbookError::NoPart(name.to_owned()))?;
        let damaged = |message: String| WorkbookError::Damaged { part: name.to_owned(), message };
        let entry = self.zip.by_index_raw(index).map_err(|e| damaged(e.to_string()))?;
        let (size, compressed, crc) = (entry.size(), entry.compressed_size(), entry.crc32());
        let method = entry.compression();
        if entry.encrypted()
            || !matches!(method, CompressionMethod::Deflated | CompressionMethod::Stored)
        {
            return Err(WorkbookError::Compression(name.to_owned()));
        }
        let start = entry.data_start().ok_or_else(|| damaged("it has no beginning".to_owned()))?;
        drop(entry);
        if size > limit {
            let part = name.to_owned();
            return Err(WorkbookError::TooLarge { part, size: size / MIB, limit: limit / MIB });
        }
        let ratio = size / compressed.max(1);
        if size > SUSPECT_FROM && ratio > self.most_ratio {
            return Err(WorkbookError::Bomb { part: name.to_owned(), ratio });
        }
        let io = |error: io::Error| damaged(error.to_string());
        let mut file = self.file.try_clone().map_err(io)?;
        // Cloned files share their position: each part seeks before it reads.
        file.seek(SeekFrom::Start(start)).map_err(io)?;
        let is_stored = method == CompressionMethod::Stored;
        let range = (start, compressed);
        Ok(Part::new(file, range, is_stored, (size, crc)).with_longest_text(LONGEST_TEXT))
    }
}

/// A range of a file; other slices of the file may be read in between.
struct Slice {
    file: RandomAccess,
    at: u64,
    left: u64,
}

impl Read for Slice {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let Some(out) = out.get_mut(..most).filter(|out| !out.is_empty()) else { return Ok(0) };
        self.file.seek(SeekFrom::Start(self.at))?;
        let read = self.file.read(out)?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

enum Content {
    Stored(Slice),
    Deflated(Box<DeflateDecoder<BufReader<Slice>>>),
}

/// A part that is being decompressed.
pub(in crate::read) struct Part {
    inner: Content,
    left: u64,
    sum: Crc,
    crc: u32,
    since_tag: u64,
    longest_text: u64,
}

impl Part {
    /// A part that begins at an offset of a file, has so many compressed bytes there, and is to have a size and a
    /// checksum.
    pub(in crate::read) fn new(
        file: RandomAccess,
        (start, compressed): (u64, u64),
        is_stored: bool,
        (size, crc): (u64, u32),
    ) -> Self {
        let compressed = Slice { file, at: start, left: compressed };
        let inner = if is_stored {
            Content::Stored(compressed)
        } else {
            let buffer = BufReader::with_capacity(1 << 16, compressed);
            Content::Deflated(Box::new(DeflateDecoder::new(buffer)))
        };
        let (left, sum) = (size, Crc::new());
        Self { inner, left, sum, crc, since_tag: 0, longest_text: u64::MAX }
    }

    /// The same, with a limit on the bytes between two tags.
    fn with_longest_text(self, longest_text: u64) -> Self {
        Self { longest_text, ..self }
    }

    /// The position in the file.
    pub(in crate::read) fn position(&self) -> u64 {
        match &self.inner {
            Content::Stored(slice) => slice.at,
            Content::Deflated(decoder) => decoder.get_ref().get_ref().at,
        }
    }
}

impl Read for Part {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.inner {
            Content::Stored(slice) => slice.read(out)?,
            Content::Deflated(decoder) => decoder.read(out)?,
        };
        let wrong = |message: &str| Err(io::Error::new(io::ErrorKind::InvalidData, message));
        if read == 0 {
            return match (self.left, self.sum.sum() == self.crc) {
                (0, true) => Ok(0),
                (0, false) => wrong("its checksum is wrong"),
                _ => wrong("it breaks off"),
            };
        }
        let Some(left) = self.left.checked_sub(read as u64) else {
            return wrong("it is larger than it says");
        };
        self.left = left;
        let out = out.get(..read).unwrap_or_default();
        self.sum.update(out);
        let tag = memchr::memrchr(b'<', out);
        self.since_tag = tag.map_or(self.since_tag + read as u64, |at| (read - at) as u64);
        if self.since_tag > self.longest_text {
            return wrong("it has a text that no cell can hold");
        }
        Ok(read)
    }
}
