//! The zip file of a workbook: its parts, and how much may come out of them.
//!
//! Owns the limits. In goes a file, out come parts as streams of bytes. Sizes that the table of contents
//! states are looked at before anything is unpacked, and a stream ends with an error when more comes out
//! than was stated, when its checksum is wrong, or when it breaks off. It knows no XML.

use super::BookError;
use crate::limits::{Limit, Limits};
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use zip::{CompressionMethod, ZipArchive};

const MIB: u64 = 1 << 20;

/// The most that a sheet may unpack to. A sheet is streamed, so this bounds time, not memory.
const MOST_SHEET: u64 = 8192 * MIB;

/// The most that a part may unpack to that is kept.
const MOST_KEPT: u64 = 256 * MIB;

/// From this size on a part is looked at for being made to fill the memory.
const SUSPECT_FROM: u64 = 16 * MIB;

/// The most bytes without a new tag: a text of this length is in no cell.
const LONGEST_TEXT: u64 = 16 * MIB;

/// How the file of an old or locked workbook begins.
const OLD: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// An open workbook file.
pub(super) struct Package {
    file: File,
    zip: ZipArchive<BufReader<File>>,
    /// How many times its size a part may unpack to. Sheets are packed by 5 to 30; deflate can reach 1032.
    most_ratio: u64,
}

impl Package {
    /// Opens a workbook and looks at all sizes that it states.
    pub(super) fn open(mut file: File, limits: &Limits) -> Result<Self, BookError> {
        let broken = |error: &dyn std::fmt::Display| BookError::NotAZip(error.to_string());
        let mut head = [0; 8];
        let found = file.read(&mut head).map_err(|e| broken(&e))?;
        if found == head.len() && head == OLD {
            return Err(BookError::OldOrLocked);
        }
        file.rewind().map_err(|e| broken(&e))?;
        let again = file.try_clone().map_err(|e| broken(&e))?;
        let zip = ZipArchive::new(BufReader::new(again)).map_err(|e| broken(&e))?;
        Ok(Self { file, zip, most_ratio: limits.get(Limit::Expansion) })
    }

    /// Whether there is a part; names are compared without case, as readers of workbooks do.
    fn place(&self, name: &str) -> Option<usize> {
        self.zip.index_for_name(name).or_else(|| {
            let same = |raw: &[u8]| raw.eq_ignore_ascii_case(name.as_bytes());
            self.zip.file_names_raw().position(same)
        })
    }

    /// A part that is kept as a whole.
    pub(super) fn part(&mut self, name: &str) -> Result<Part, BookError> {
        self.open_part(name, MOST_KEPT)
    }

    /// A part, if it is there.
    pub(super) fn part_if_any(&mut self, name: &str) -> Result<Option<Part>, BookError> {
        if self.place(name).is_some() { self.part(name).map(Some) } else { Ok(None) }
    }

    /// A part that is streamed.
    pub(super) fn stream(&mut self, name: &str) -> Result<Part, BookError> {
        self.open_part(name, MOST_SHEET)
    }

    fn open_part(&mut self, name: &str, limit: u64) -> Result<Part, BookError> {
        let place = self.place(name).ok_or_else(|| BookError::NoPart(name.to_owned()))?;
        let damaged = |message: String| BookError::Damaged { part: name.to_owned(), message };
        let entry = self.zip.by_index_raw(place).map_err(|e| damaged(e.to_string()))?;
        let (size, packed, crc) = (entry.size(), entry.compressed_size(), entry.crc32());
        let method = entry.compression();
        if entry.encrypted()
            || !matches!(method, CompressionMethod::Deflated | CompressionMethod::Stored)
        {
            return Err(BookError::Packing(name.to_owned()));
        }
        let start = entry.data_start().ok_or_else(|| damaged("it has no beginning".to_owned()))?;
        drop(entry);
        if size > limit {
            let part = name.to_owned();
            return Err(BookError::TooLarge { part, size: size / MIB, limit: limit / MIB });
        }
        let ratio = size / packed.max(1);
        if size > SUSPECT_FROM && ratio > self.most_ratio {
            return Err(BookError::Bomb { part: name.to_owned(), ratio });
        }
        let io = |error: io::Error| damaged(error.to_string());
        let mut file = self.file.try_clone().map_err(io)?;
        // Files that are cloned share their place: each part seeks before it reads.
        file.seek(SeekFrom::Start(start)).map_err(io)?;
        let packed = Slice { file, at: start, left: packed };
        let inner = match method {
            CompressionMethod::Stored => Unpacked::Stored(packed),
            _ => Unpacked::Deflated(Box::new(DeflateDecoder::new(BufReader::with_capacity(
                1 << 16,
                packed,
            )))),
        };
        Ok(Part { inner, left: size, sum: Crc::new(), crc, since_tag: 0 })
    }
}

/// Bytes of a file from one place to another; other slices of the file may be read in between.
struct Slice {
    file: File,
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

enum Unpacked {
    Stored(Slice),
    Deflated(Box<DeflateDecoder<BufReader<Slice>>>),
}

/// A part that is being unpacked.
pub(super) struct Part {
    inner: Unpacked,
    left: u64,
    sum: Crc,
    crc: u32,
    since_tag: u64,
}

impl Part {
    /// How many bytes of the file have been taken.
    pub(super) fn taken(&self) -> u64 {
        match &self.inner {
            Unpacked::Stored(slice) => slice.at,
            Unpacked::Deflated(decoder) => decoder.get_ref().get_ref().at,
        }
    }
}

impl Read for Part {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.inner {
            Unpacked::Stored(slice) => slice.read(out)?,
            Unpacked::Deflated(decoder) => decoder.read(out)?,
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
        if self.since_tag > LONGEST_TEXT {
            return wrong("it has a text that no cell can hold");
        }
        Ok(read)
    }
}
