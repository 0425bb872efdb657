//! Compound files: the container of old workbooks and of locked new ones.
//!
//! Owns the names of the streams in such a file, which tell the two apart. It reads the header and the directory, of
//! which it visits a bounded number of sectors, and no stream.

use crate::error::wrapper::WrapperError;
use std::io::{Read, Seek, SeekFrom};

/// The first bytes of a compound file.
pub(crate) const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// The most sectors of the directory that are read.
const MOST_SECTORS: usize = 256;

/// What a compound file is, as the reason why it is not read. `None` if its directory cannot be read.
pub(super) fn kind(mut file: impl Read + Seek) -> Option<WrapperError> {
    let mut found = None;
    for name in streams(&mut file)? {
        match name.as_str() {
            "EncryptedPackage" => return Some(WrapperError::Locked),
            "Workbook" | "Book" => found = Some(WrapperError::OldWorkbook),
            _ => {}
        }
    }
    Some(found.unwrap_or(WrapperError::OfficeDocument))
}

/// The names of the streams and storages.
fn streams(file: &mut (impl Read + Seek)) -> Option<Vec<String>> {
    let mut header = [0; 512];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut header).ok()?;
    let shift = u32::from(u16_at(&header, 30)?);
    if !matches!(shift, 9 | 12) {
        return None;
    }
    let size = 1_u64 << shift;
    let mut sector = u32_at(&header, 48)?;
    let mut names = Vec::new();
    for index in 0..MOST_SECTORS {
        let mut entries = vec![0; usize::try_from(size).ok()?];
        let is_read = file.seek(SeekFrom::Start((u64::from(sector) + 1) << shift)).is_ok()
            && file.read_exact(&mut entries).is_ok();
        if !is_read {
            return (index > 0).then_some(names);
        }
        for entry in entries.chunks_exact(128) {
            let length = usize::from(u16_at(entry, 64)?).saturating_sub(2).min(62);
            let units = entry.get(..length)?.chunks_exact(2);
            let units: Vec<u16> = units.filter_map(|unit| u16_at(unit, 0)).collect();
            names.push(String::from_utf16_lossy(&units));
        }
        match next(file, &header, sector, shift) {
            Some(next) => sector = next,
            None => break,
        }
    }
    Some(names)
}

/// The sector that follows another one in its chain; `None` at its end.
fn next(file: &mut (impl Read + Seek), header: &[u8], sector: u32, shift: u32) -> Option<u32> {
    /// The first of the special values, which are no sectors.
    const SPECIAL: u32 = 0xffff_fffa;
    let in_table = 1 << (shift - 2);
    let table = usize::try_from(sector / in_table).ok().filter(|table| *table < 109)?;
    let table = u32_at(header, 76 + 4 * table).filter(|table| *table < SPECIAL)?;
    let offset = ((u64::from(table) + 1) << shift) + 4 * u64::from(sector % in_table);
    let mut entry = [0; 4];
    file.seek(SeekFrom::Start(offset)).ok()?;
    file.read_exact(&mut entry).ok()?;
    Some(u32::from_le_bytes(entry)).filter(|next| *next < SPECIAL)
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let found = bytes.get(offset..offset + 2)?.try_into().ok()?;
    Some(u16::from_le_bytes(found))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let found = bytes.get(offset..offset + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(found))
}
