//! The sizes that the pages of a Parquet file state, before any page is decompressed.
//!
//! Owns the walk over the page headers. The sizes in the table of contents are not trusted: the library
//! decompresses a page to the size in its own header, and a header of twenty bytes may state two gigabytes. So all
//! headers are read first, and the total of what they state is limited by the size of the file. Gzip is the one
//! codec that the library decompresses past the stated size; its pages are decompressed here once, without being
//! kept.
//!
//! The library reads page headers too, but does not expose these sizes. Here only the few fields that are needed
//! are read, in the compact protocol of Thrift; all others are skipped.

use crate::error::parquet::ParquetError;
use crate::table::limits::{Exceeded, Growth};
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};

/// The least bytes of a decoded value; of an item of a list more, since a single row may have all of them.
const VALUE: u64 = 1;
const ITEM: u64 = 16;

/// The deepest nesting of a skipped field.
const DEEPEST: usize = 16;

/// The pages of a file.
#[derive(Clone, Debug)]
pub(super) struct Pages {
    /// Per leaf column, whether each of its chunks has one dictionary, and only indices of its entries.
    dictionaries: Vec<bool>,
    /// Per leaf column, the most bytes of a decoded text where texts share their beginnings: those of its page.
    pub(super) longest_shared: Vec<u64>,
}

impl Pages {
    /// Whether a column is stored as dictionaries throughout.
    pub(super) fn is_dictionary(&self, leaf: usize) -> bool {
        self.dictionaries.get(leaf).copied().unwrap_or(false)
    }
}

/// Why a file is not read.
#[derive(Debug)]
pub(super) enum PageError {
    /// A page is damaged.
    Table(ParquetError),
    /// All pages together are too large.
    Exceeded(Exceeded),
}

impl From<io::Error> for PageError {
    fn from(error: io::Error) -> Self {
        Self::Table(ParquetError::reading(error))
    }
}

/// Reads the headers of all pages.
pub(super) fn scan(
    file: &File,
    metadata: &ParquetMetaData,
    growth: &Growth,
) -> Result<Pages, PageError> {
    let leaves = metadata.file_metadata().schema_descr().num_columns();
    let mut pages = Pages {
        dictionaries: vec![metadata.num_row_groups() > 0; leaves],
        longest_shared: vec![0; leaves],
    };
    let mut input = BufReader::with_capacity(1 << 12, file.try_clone()?);
    for group in metadata.row_groups() {
        for (leaf, chunk) in group.columns().iter().enumerate() {
            let found = chunk_pages(&mut input, chunk, growth)?;
            if let Some(longest) = pages.longest_shared.get_mut(leaf) {
                *longest = found.longest_shared.max(*longest);
            }
            if let Some(all) = pages.dictionaries.get_mut(leaf) {
                *all &= found.is_dictionary;
            }
        }
    }
    Ok(pages)
}

struct ChunkPages {
    is_dictionary: bool,
    longest_shared: u64,
}

fn chunk_pages(
    input: &mut BufReader<File>,
    chunk: &ColumnChunkMetaData,
    growth: &Growth,
) -> Result<ChunkPages, PageError> {
    const PLAIN_DICTIONARY: i32 = 2;
    const DELTA_BYTE_ARRAY: i32 = 7;
    const RLE_DICTIONARY: i32 = 8;
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    let (Ok(mut offset), Ok(mut remaining)) =
        (u64::try_from(start), u64::try_from(chunk.compressed_size()))
    else {
        return Err(damaged().into());
    };
    let weight = if chunk.column_descr().max_rep_level() > 0 { ITEM } else { VALUE };
    let mut found = ChunkPages { is_dictionary: false, longest_shared: 0 };
    let (mut first, mut encoded) = (true, true);
    while remaining > 0 {
        input.seek(SeekFrom::Start(offset))?;
        let mut reader = Thrift { input: &mut *input, read: 0 };
        let header = reader.page()?;
        let length = reader.read + header.compressed_size;
        remaining = remaining.checked_sub(length).ok_or_else(damaged)?;
        offset += length;
        growth
            .add(header.decompressed_size.saturating_add(header.values.saturating_mul(weight)))
            .map_err(PageError::Exceeded)?;
        if matches!(chunk.compression(), Compression::GZIP(_)) && header.is_compressed {
            gzip(input, &header)?;
        }
        if header.is_dictionary {
            // The library accepts a second one, but then texts are not entries of one dictionary.
            encoded &= first;
            found.is_dictionary = true;
        } else {
            encoded &= matches!(header.encoding, PLAIN_DICTIONARY | RLE_DICTIONARY);
        }
        if header.encoding == DELTA_BYTE_ARRAY {
            found.longest_shared = found.longest_shared.max(header.decompressed_size);
        }
        first = false;
    }
    found.is_dictionary &= encoded;
    Ok(found)
}

/// Reads a compressed page, whose body is next, to its end without keeping it.
fn gzip(input: &mut BufReader<File>, header: &PageHeader) -> Result<(), PageError> {
    let levels = header.levels.min(header.compressed_size);
    io::copy(&mut input.by_ref().take(levels), &mut io::sink())?;
    let compressed = input.take(header.compressed_size - levels);
    let stated = header.decompressed_size.saturating_sub(levels);
    let mut decompressed = MultiGzDecoder::new(compressed).take(stated.saturating_add(1));
    if io::copy(&mut decompressed, &mut io::sink())? > stated {
        Err(damaged().into())
    } else {
        Ok(())
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a page is not of the size that it states")
}

/// The fields of a page header that are needed.
#[derive(Debug, Default)]
struct PageHeader {
    decompressed_size: u64,
    compressed_size: u64,
    values: u64,
    encoding: i32,
    is_dictionary: bool,
    /// Whether its body is compressed.
    is_compressed: bool,
    /// The bytes at its beginning that are not compressed.
    levels: u64,
}

/// A struct in the compact protocol of Thrift.
struct Thrift<'a, R> {
    input: &'a mut R,
    read: u64,
}

impl<R: BufRead> Thrift<'_, R> {
    /// Reads the header of a page; of a repeated field the last one counts, as in the library.
    fn page(&mut self) -> io::Result<PageHeader> {
        let mut header = PageHeader { is_compressed: true, ..PageHeader::default() };
        let mut field = 0;
        while let Some((kind, id)) = self.field(field)? {
            field = id;
            match (id, kind) {
                (2, 5) => header.decompressed_size = size(self.number()?)?,
                (3, 5) => header.compressed_size = size(self.number()?)?,
                (5 | 7 | 8, 12) => {
                    header.is_dictionary = id == 7;
                    self.body(&mut header, id)?;
                }
                _ => self.skip(kind, DEEPEST)?,
            }
        }
        Ok(header)
    }

    /// Reads the part of a page header for its kind: 5 data, 7 a dictionary, 8 data of the second version.
    fn body(&mut self, header: &mut PageHeader, of: i16) -> io::Result<()> {
        let (mut field, mut levels) = (0, 0);
        while let Some((kind, id)) = self.field(field)? {
            field = id;
            match (of, id, kind) {
                (_, 1, 5) => header.values = size(self.number()?)?,
                (5 | 7, 2, 5) | (8, 4, 5) => header.encoding = self.number()?,
                (8, 5 | 6, 5) => levels += size(self.number()?)?,
                (8, 7, 1 | 2) => header.is_compressed = kind == 1,
                _ => self.skip(kind, DEEPEST)?,
            }
        }
        header.levels = levels;
        Ok(())
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        self.read += 1;
        Ok(byte[0])
    }

    /// The type and number of the next field; `None` at the end of the struct.
    fn field(&mut self, before: i16) -> io::Result<Option<(u8, i16)>> {
        let byte = self.byte()?;
        let (delta, kind) = (byte >> 4, byte & 0xf);
        Ok(match (kind, delta) {
            (0, _) => None,
            (_, 0) => Some((kind, self.number()? as i16)),
            _ => Some((kind, before.wrapping_add(i16::from(delta)))),
        })
    }

    fn varint(&mut self) -> io::Result<u64> {
        let (mut number, mut shift) = (0, 0_u32);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
            shift = shift.wrapping_add(7);
        }
    }

    fn number(&mut self) -> io::Result<i32> {
        let number = self.varint()?;
        // The library truncates numbers in the same way.
        Ok(((number >> 1) as i64 ^ -((number & 1) as i64)) as i32)
    }

    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.input.by_ref().take(bytes), &mut io::sink())?;
        self.read += passed;
        if passed < bytes { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Skips a value that is not needed.
    fn skip(&mut self, kind: u8, deep: usize) -> io::Result<()> {
        let deeper = deep.checked_sub(1).ok_or_else(damaged)?;
        match kind {
            // The type of a boolean field is its value.
            1 | 2 => Ok(()),
            3 => self.pass(1),
            4..=6 => self.varint().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.varint()?;
                self.pass(length)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let count = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
                (0..count).try_for_each(|_| self.item(byte & 0xf, deeper))
            }
            11 => {
                let count = self.varint()?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                (0..count).try_for_each(|_| {
                    self.item(kinds >> 4, deeper)?;
                    self.item(kinds & 0xf, deeper)
                })
            }
            12 => {
                let mut field = 0;
                while let Some((kind, id)) = self.field(field)? {
                    field = id;
                    self.skip(kind, deeper)?;
                }
                Ok(())
            }
            13 => self.pass(16),
            _ => Err(damaged()),
        }
    }

    /// Skips an item of a list, where a boolean takes a byte.
    fn item(&mut self, kind: u8, deep: usize) -> io::Result<()> {
        if matches!(kind, 1 | 2) { self.pass(1) } else { self.skip(kind, deep) }
    }
}

fn size(number: i32) -> io::Result<u64> {
    u64::try_from(number).map_err(|_| damaged())
}
