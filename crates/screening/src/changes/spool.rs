//! Records that are too many for the memory, in a file without a name.
//!
//! Owns the file: it lies in the folder of the output, it is encrypted under a key that is in memory alone, and it is
//! gone when the program ends. Records are appended in order by one thread and read at any offset by any. Each has its
//! length before it. It knows nothing of what they hold.

use crate::error::ScreenError;
use crate::write::target::Destination;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _, StreamCipherSeek as _};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// How much is read at once of a record whose length is not known yet.
const GUESS: usize = 1 << 9;

/// A file of records.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    file: File,
    key: FileKey,
    length: u64,
    /// The records that are encrypted.
    buffer: Vec<u8>,
    /// Held by who moves the file's position, where the system reads nowhere else.
    #[cfg_attr(unix, expect(dead_code, reason = "other systems need it"))]
    position: Mutex<()>,
}

impl Spool {
    /// An empty spool beside an output.
    ///
    /// # Errors
    /// No file can be created there.
    pub(crate) fn new(output: &Destination) -> Result<Self, ScreenError> {
        let folder = match output {
            Destination::File(path) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                folder.unwrap_or(Path::new(".")).to_owned()
            }
            Destination::Stdout | Destination::Discard => std::env::temp_dir(),
        };
        let file = tempfile::tempfile_in(&folder).map_err(ScreenError::io(&folder))?;
        let key = FileKey::random().map_err(ScreenError::io(&folder))?;
        Ok(Self { folder, file, key, length: 0, buffer: Vec::new(), position: Mutex::new(()) })
    }

    /// The bytes of its records.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Appends records that have their lengths before them, and returns the offset of the first.
    ///
    /// # Errors
    /// The disk is full.
    pub(crate) fn append(&mut self, records: &[u8]) -> Result<u64, ScreenError> {
        let offset = self.length;
        self.buffer.clear();
        self.buffer.extend_from_slice(records);
        let mut write = || {
            self.key.apply(offset, &mut self.buffer)?;
            self.file.write_all(&self.buffer)
        };
        write().map_err(ScreenError::io(&self.folder))?;
        self.length += records.len() as u64;
        Ok(offset)
    }

    /// Reads the record at an offset.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn read(&self, offset: u64, record: &mut Vec<u8>) -> Result<(), ScreenError> {
        let mut read = || -> io::Result<()> {
            record.resize(GUESS, 0);
            let found = self.read_at(record, offset)?;
            let (length, _) =
                record.get(..found).and_then(<[u8]>::split_first_chunk).ok_or_else(broken)?;
            let end = size_of::<u32>() + u32::from_le_bytes(*length) as usize;
            record.resize(end.max(found), 0);
            let mut filled = found;
            while filled < end {
                let rest = record.get_mut(filled..end).unwrap_or_default();
                match self.read_at(rest, offset + filled as u64)? {
                    0 => return Err(broken()),
                    more => filled += more,
                }
            }
            record.truncate(end);
            record.drain(..size_of::<u32>());
            Ok(())
        };
        read().map_err(ScreenError::io(&self.folder))
    }

    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        let found = self.read_encrypted(out, offset)?;
        self.key.apply(offset, out.get_mut(..found).unwrap_or_default())?;
        Ok(found)
    }

    #[cfg(unix)]
    fn read_encrypted(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, out, offset)
    }

    #[cfg(not(unix))]
    fn read_encrypted(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        let _held = self.position.lock();
        (&self.file).seek(io::SeekFrom::Start(offset))?;
        (&self.file).read(out)
    }

    /// All records in order. Nothing is appended afterwards.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn records(&self) -> Result<Records<'_>, ScreenError> {
        (&self.file).rewind().map_err(ScreenError::io(&self.folder))?;
        let source = Decrypted { spool: self, offset: 0 };
        Ok(Records { spool: self, source: BufReader::with_capacity(1 << 16, source) })
    }

    /// The error of a record that is not as it was written.
    pub(crate) fn damaged(&self) -> ScreenError {
        ScreenError::io(&self.folder)(broken())
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a temporary file is not as it was written")
}

/// The records of a spool in order.
pub(crate) struct Records<'s> {
    spool: &'s Spool,
    source: BufReader<Decrypted<'s>>,
}

/// The bytes of a spool in order.
struct Decrypted<'s> {
    spool: &'s Spool,
    offset: u64,
}

impl Read for Decrypted<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let found = (&self.spool.file).read(out)?;
        self.spool.key.apply(self.offset, out.get_mut(..found).unwrap_or_default())?;
        self.offset += found as u64;
        Ok(found)
    }
}

/// The key of one file. Its bytes are those of one key stream, each used once: records are only appended.
struct FileKey([u8; 32]);

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey(…)")
    }
}

impl FileKey {
    fn random() -> io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    /// Encrypts or decrypts the bytes at an offset.
    ///
    /// # Errors
    /// The file would have more than 256 GiB.
    fn apply(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut cipher = ChaCha20::new(&self.0.into(), &[0; 12].into());
        let found = cipher.try_seek(offset).and_then(|()| cipher.try_apply_keystream(bytes));
        found.map_err(io::Error::other)
    }
}

impl Records<'_> {
    /// Reads the next record; `false` after the last.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn next(&mut self, record: &mut Vec<u8>) -> Result<bool, ScreenError> {
        let mut read = || -> io::Result<bool> {
            let mut length = [0; size_of::<u32>()];
            match self.source.read_exact(&mut length) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                other => other?,
            }
            record.resize(u32::from_le_bytes(length) as usize, 0);
            self.source.read_exact(record)?;
            Ok(true)
        };
        read().map_err(ScreenError::io(&self.spool.folder))
    }
}

/// Appends a record with its length before it.
pub(crate) fn put_record(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; size_of::<u32>()]);
    write(out);
    let length = u32::try_from(out.len() - start - size_of::<u32>()).unwrap_or(u32::MAX);
    if let Some(slot) = out.get_mut(start..start + size_of::<u32>()) {
        slot.copy_from_slice(&length.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_any_length_are_read_in_order_and_at_any_offset() {
        let mut spool = Spool::new(&Destination::Discard).unwrap();
        let lengths = [0, 1, GUESS - 4, GUESS, GUESS + 1, 3 * GUESS, 1 << 17];
        let mut offsets = Vec::new();
        for (number, length) in lengths.into_iter().enumerate() {
            let mut bytes = Vec::new();
            put_record(&mut bytes, |out| out.resize(out.len() + length, number as u8));
            offsets.push(spool.append(&bytes).unwrap());
        }
        let mut record = Vec::new();
        for (number, (offset, length)) in offsets.iter().zip(lengths).enumerate().rev() {
            spool.read(*offset, &mut record).unwrap();
            assert_eq!(record, vec![number as u8; length]);
        }
        let mut records = spool.records().unwrap();
        for (number, length) in lengths.into_iter().enumerate() {
            assert!(records.next(&mut record).unwrap());
            assert_eq!(record, vec![number as u8; length]);
        }
        assert!(!records.next(&mut record).unwrap());
        drop(records);
        assert!(spool.read(spool.length, &mut record).is_err(), "there is no record");
    }

    #[test]
    fn the_file_has_none_of_the_text() {
        let mut spool = Spool::new(&Destination::Discard).unwrap();
        let mut bytes = Vec::new();
        put_record(&mut bytes, |out| out.extend(b"a client ".repeat(1000)));
        spool.append(&bytes).unwrap();
        spool.append(&bytes).unwrap();
        let mut text = Vec::new();
        (&spool.file).rewind().unwrap();
        (&spool.file).read_to_end(&mut text).unwrap();
        assert_eq!(text.len(), 2 * bytes.len());
        assert!(memchr::memmem::find(&text, b"client").is_none());
        let (first, second) = text.split_at(bytes.len());
        assert_ne!(first, second, "the key stream goes on");
    }
}
