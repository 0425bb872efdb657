//! A source that is read in any order: a file, or bytes in memory.
//!
//! Owns the choice between the two. A stream has no file, and a service that keeps no list on a disk holds a workbook
//! in memory.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

/// A source with a position.
#[derive(Debug)]
pub(crate) enum RandomAccess {
    File(File),
    Memory(Cursor<Arc<[u8]>>),
}

impl RandomAccess {
    /// Bytes in memory.
    pub(crate) fn memory(bytes: Vec<u8>) -> Self {
        Self::Memory(Cursor::new(bytes.into()))
    }

    /// The same source again. Clones of a file share its position.
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::File(file) => file.try_clone().map(Self::File),
            Self::Memory(bytes) => Ok(Self::Memory(bytes.clone())),
        }
    }
}

impl Read for RandomAccess {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(out),
            Self::Memory(bytes) => bytes.read(out),
        }
    }
}

impl Seek for RandomAccess {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}
