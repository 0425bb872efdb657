//! Columns of statuses as bytes of a Parquet file.
//!
//! Owns the encoding of a status: a dictionary of the three statuses, and two bits a row, the index in it, compressed
//! where that makes the column smaller. The plain form is the library's encoder, which looks up the text of each status of each row, fifty-seven million for
//! a million firms. Here the bitmaps that evaluation leaves are interleaved.

use crate::error::parquet::ParquetError;
use crate::screen::added::AddedColumns;
use arrow_buffer::BooleanBufferBuilder;
use bytes::Bytes;
use export_advisor_core::evaluate::Statuses;
use export_advisor_core::rulebook::Status;
use parquet::basic::{Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter as _};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::io::Write;
use zstd::bulk::Compressor;

/// The statuses, in the order of their indices.
const STATUSES: [Status; 3] = [Status::Applies, Status::DoesNotApply, Status::Undetermined];
/// Bits of an index.
const BITS: u8 = 2;

/// The statuses of a row group.
#[derive(Debug)]
pub(super) struct StatusColumns {
    /// Which rows have statuses: those that can be taken apart.
    good: BooleanBufferBuilder,
    /// The statuses of these.
    statuses: Statuses,
}

/// A column of a row group.
#[derive(Debug)]
pub(super) struct StatusChunk {
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl StatusColumns {
    pub(super) fn new() -> Self {
        Self { good: BooleanBufferBuilder::new(0), statuses: Statuses::default() }
    }

    /// Adds rows.
    pub(super) fn add(&mut self, added: &AddedColumns) {
        let rows = 0..added.faults.len();
        for row in rows.clone() {
            self.good.append(!added.has_no_status(row));
        }
        self.statuses.append(&added.statuses, rows.filter(|row| !added.has_no_status(*row)));
    }

    /// Encodes the columns, each described.
    pub(super) fn finish(
        mut self,
        columns: &[ColumnDescPtr],
    ) -> Result<Vec<StatusChunk>, ParquetError> {
        let rows = self.good.len();
        let levels = levels(&mut self.good);
        let indices = indices(&self.statuses);
        let mut compressor = Compressor::new(0).map_err(ParquetError::writing)?;
        let chunk = |(column, indices): (&ColumnDescPtr, Vec<u8>)| {
            let mut page = levels.clone();
            page.push(BITS);
            hybrid(self.statuses.rows(), BITS, &indices, &mut page);
            chunk(column, rows, page, &mut compressor)
        };
        columns.iter().zip(indices).map(chunk).collect()
    }
}

impl StatusChunk {
    /// Appends the column to a row group.
    pub(super) fn append_to<W: Write + Send>(
        self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        group.append_column(&self.bytes, self.close).map_err(ParquetError::writing)
    }
}

/// Which rows have a value, as the beginning of a data page.
fn levels(good: &mut BooleanBufferBuilder) -> Vec<u8> {
    let rows = good.len();
    let mut bits = good.finish().into_inner().into_vec().unwrap_or_else(|kept| kept.to_vec());
    bits.resize(rows.div_ceil(8), 0);
    let mut levels = vec![0; size_of::<u32>()];
    hybrid(rows, 1, &bits, &mut levels);
    let length = u32::try_from(levels.len() - size_of::<u32>()).unwrap_or(u32::MAX);
    levels.splice(..size_of::<u32>(), length.to_le_bytes());
    levels
}

/// Per support, the indices of its statuses, [`BITS`] a row, the first row in the lowest bits.
fn indices(statuses: &Statuses) -> Vec<Vec<u8>> {
    let rows = statuses.rows();
    let size = rows.div_ceil(64) * 64 * usize::from(BITS) / 8;
    let mut indices: Vec<Vec<u8>> =
        (0..statuses.supports()).map(|_| Vec::with_capacity(size)).collect();
    for first in (0..rows).step_by(64) {
        // The bits past the last row are not "undetermined".
        let valid = u64::MAX >> 64_usize.saturating_sub(rows - first);
        for (word, indices) in indices.chunks_mut(64).enumerate() {
            let [applies, not] = statuses.bitmaps(first, word);
            for (indices, (applies, not)) in indices.iter_mut().zip(applies.iter().zip(not)) {
                let undetermined = !(applies | not) & valid;
                for half in [0, 32] {
                    let bits = spread(not >> half) | spread(undetermined >> half) << 1;
                    indices.extend_from_slice(&bits.to_le_bytes());
                }
            }
        }
    }
    indices
}

/// The lower 32 bits of a word, each followed by a zero.
fn spread(word: u64) -> u64 {
    let mut bits = word & 0xffff_ffff;
    for (shift, kept) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        bits = (bits | bits << shift) & kept;
    }
    bits
}

/// Writes numbers of some bits, already bit-packed, in the format's hybrid of run lengths and bit packing: one run
/// if all are the same, else one pack.
fn hybrid(count: usize, bits: u8, packed: &[u8], out: &mut Vec<u8>) {
    let groups = count.div_ceil(8);
    let packed = packed.get(..groups * usize::from(bits)).unwrap_or(packed);
    let first = packed.first().map_or(0, |byte| byte & ((1 << bits) - 1));
    let per_byte = 8 / usize::from(bits);
    let all = (0..per_byte).fold(0, |all, index| all | first << (index * usize::from(bits)));
    let (whole, rest) = packed.split_at(count / per_byte);
    let remainder = count % per_byte * usize::from(bits);
    let same = whole.iter().all(|byte| *byte == all)
        && rest.first().is_none_or(|byte| (byte ^ all) & ((1_u16 << remainder) - 1) as u8 == 0);
    if same {
        varint(count << 1, out);
        out.push(first);
    } else {
        varint(groups << 1 | 1, out);
        out.extend_from_slice(packed);
    }
}

/// A number, seven bits a byte, the lowest first.
fn varint(mut number: usize, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A column: the dictionary, and one page of indices.
fn chunk(
    column: &ColumnDescPtr,
    rows: usize,
    page: Vec<u8>,
    compressor: &mut Compressor<'_>,
) -> Result<StatusChunk, ParquetError> {
    let count = u32::try_from(rows).map_err(ParquetError::writing)?;
    let mut dictionary = Vec::new();
    for word in STATUSES.map(Status::as_str) {
        dictionary.extend_from_slice(&u32::try_from(word.len()).unwrap_or(u32::MAX).to_le_bytes());
        dictionary.extend_from_slice(word.as_bytes());
    }
    let sizes = [dictionary.len(), page.len()];
    let mut buffers = [dictionary, page];
    let mut compressed = [Vec::new(), Vec::new()];
    for (compressed, buffer) in compressed.iter_mut().zip(&buffers) {
        *compressed = compressor.compress(buffer).map_err(ParquetError::writing)?;
    }
    let saved = sizes.iter().sum::<usize>().checked_sub(compressed.iter().map(Vec::len).sum());
    let saved = saved.filter(|saved| *saved > 0);
    if saved.is_some() {
        buffers = compressed;
    }
    let [dictionary, page] = buffers;
    let dictionary = Page::DictionaryPage {
        buf: dictionary.into(),
        num_values: STATUSES.len() as u32,
        encoding: Encoding::PLAIN,
        is_sorted: false,
    };
    let page = Page::DataPage {
        buf: page.into(),
        num_values: count,
        encoding: Encoding::RLE_DICTIONARY,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    };
    let mut bytes = Vec::new();
    let mut tracked = TrackedWrite::new(&mut bytes);
    let mut writer = SerializedPageWriter::new(&mut tracked);
    let mut offsets = [0; 2];
    for ((offset, page), size) in offsets.iter_mut().zip([dictionary, page]).zip(sizes) {
        let written = writer.write_page(CompressedPage::new(page, size));
        *offset = i64::try_from(written.map_err(ParquetError::writing)?.offset).unwrap_or(i64::MAX);
    }
    writer.close().map_err(ParquetError::writing)?;
    drop(tracked);
    let size = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
    let (compressed, uncompressed) = (bytes.len(), bytes.len() + saved.unwrap_or(0));
    let compression = match saved {
        Some(_) => Compression::ZSTD(ZstdLevel::default()),
        None => Compression::UNCOMPRESSED,
    };
    let [dictionary, data] = offsets;
    let stats = |page_type, encoding| PageEncodingStats { page_type, encoding, count: 1 };
    let metadata = ColumnChunkMetaData::builder(column.clone())
        .set_compression(compression)
        .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
        .set_page_encoding_stats(vec![
            stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN),
            stats(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY),
        ])
        .set_total_compressed_size(size(compressed))
        .set_total_uncompressed_size(size(uncompressed))
        .set_num_values(i64::from(count))
        .set_dictionary_page_offset(Some(dictionary))
        .set_data_page_offset(data)
        .build()
        .map_err(ParquetError::writing)?;
    let close = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: u64::from(count),
        metadata,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok(StatusChunk { bytes: bytes.into(), close })
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn bits_are_spread() {
        let mut rng = fastrand::Rng::with_seed(3);
        for word in [0, 1, u64::MAX].into_iter().chain((0..1000).map(|_| rng.u64(..))) {
            let expected = (0..32).fold(0, |all, bit| all | (word >> bit & 1) << (2 * bit));
            assert_eq!(spread(word), expected, "{word:x}");
        }
    }

    #[test]
    fn the_same_number_again_and_again_is_one_run() {
        for count in [1, 3, 4, 5, 8, 9, 64, 65] {
            for number in 0..3_u8 {
                // The bits past the last number do not matter.
                let mut packed = vec![0xff; usize::div_ceil(count, 8) * 2];
                for index in 0..count {
                    packed[index / 4] &= !(3 << (index % 4 * 2));
                    packed[index / 4] |= number << (index % 4 * 2);
                }
                let mut out = Vec::new();
                hybrid(count, 2, &packed, &mut out);
                assert_eq!(out.last(), Some(&number), "{count} of {number}");
                assert!(out.len() <= 3 && out[0] & 1 == 0, "{count} of {number}: {out:?}");
                packed[(count - 1) / 4] ^= 1 << ((count - 1) % 4 * 2);
                out.clear();
                hybrid(count, 2, &packed, &mut out);
                assert_eq!(out[0] & 1, u8::from(count > 1), "{count} of {number}");
            }
        }
    }
}
