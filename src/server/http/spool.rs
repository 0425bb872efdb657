//! A list that arrives while its answer is not received.
//!
//! Most clients send all of a body before they read the first byte of its answer. So what arrives faster than it is
//! screened is kept: a little in memory, the rest in a file without a name, encrypted under a key that is in memory
//! alone, up to a limit. Beyond the limit the client has to receive the answer to what is in the file first; if it
//! receives none of it for some time, the list ends with the error that names the limit.
//!
//! Owns the order of the bytes between the task that receives them and the thread that screens them. The thread takes
//! what is in memory first only if nothing older is in the file.

use crate::server::secrets::BlockKey;
use actix_web::web::Bytes;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The bytes that are kept in memory.
const IN_MEMORY: usize = 256 << 10;

/// What the shortest piece counts for in memory.
const LEAST_PIECE: usize = 256;
/// The bytes of a block of the file, but for the last one.
pub(crate) const BLOCK: usize = 64 << 10;

/// What is kept of one list.
#[derive(Debug)]
pub(crate) struct Spool {
    state: Mutex<State>,
    /// Notified when bytes arrive, or the list ends.
    arrived: Condvar,
    /// The most bytes of the file.
    max_file_bytes: u64,
}

#[derive(Debug, Default)]
struct State {
    memory: VecDeque<Bytes>,
    in_memory: usize,
    /// Blocks that arrived after those in memory.
    overflow: Option<Overflow>,
    /// How the list ended; `None` while it arrives.
    end: Option<Result<(), io::ErrorKind>>,
    /// Nobody takes bytes any more.
    is_closed: bool,
    /// How many pieces were taken.
    taken: u64,
}

/// Blocks in a file.
#[derive(Debug)]
struct Overflow {
    file: File,
    key: BlockKey,
    /// The lengths of the blocks that were not taken yet, encrypted.
    lengths: VecDeque<usize>,
    /// The next block to take.
    next_read: Position,
    /// The next block to add.
    next_write: Position,
}

/// The number of a block, and where it begins in the file.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    number: u64,
    offset: u64,
}

impl Position {
    /// Moves behind a block of so many bytes.
    fn advance(&mut self, bytes: usize) {
        self.number += 1;
        self.offset += bytes as u64;
    }
}

/// Whether bytes were kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// They were.
    Yes,
    /// The memory or the file is full: bytes have to be taken first.
    Full,
    /// Nobody takes bytes any more.
    Closed,
}

impl Spool {
    /// An empty spool whose file has at most so many bytes.
    pub(crate) fn new(max_file_bytes: u64) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), arrived: Condvar::new(), max_file_bytes })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps bytes in memory, if they fit and nothing waits in the file.
    pub(crate) fn add(&self, bytes: &Bytes) -> Kept {
        let mut state = self.state();
        if state.is_closed {
            return Kept::Closed;
        }
        // A piece takes memory of its own, however short it is.
        let size = bytes.len().max(LEAST_PIECE);
        let is_ordered = state.overflow.as_ref().is_none_or(|overflow| overflow.lengths.is_empty());
        if !is_ordered || state.in_memory > 0 && state.in_memory + size > IN_MEMORY {
            return Kept::Full;
        }
        state.in_memory += size;
        state.memory.push_back(bytes.clone());
        self.arrived.notify_one();
        Kept::Yes
    }

    /// Keeps bytes in the file, on a thread that may block.
    ///
    /// # Errors
    /// The file cannot be written, or the system has no random bytes.
    pub(crate) fn add_to_file(&self, bytes: &Bytes) -> io::Result<Kept> {
        let mut state = self.state();
        if state.is_closed {
            return Ok(Kept::Closed);
        }
        let overflow = match &mut state.overflow {
            Some(overflow) => overflow,
            none => none.insert(Overflow::new()?),
        };
        if overflow.size() + bytes.len() as u64 > self.max_file_bytes {
            return Ok(Kept::Full);
        }
        overflow.add(bytes)?;
        self.arrived.notify_one();
        Ok(Kept::Yes)
    }

    /// Ends the list, unless it has ended.
    pub(crate) fn end(&self, how: Result<(), io::ErrorKind>) {
        self.state().end.get_or_insert(how);
        self.arrived.notify_one();
    }

    /// The next bytes, on a thread that may block; `None` at the end of the list.
    ///
    /// # Errors
    /// The list broke off, or the file cannot be read.
    pub(crate) fn take(&self) -> io::Result<Option<Bytes>> {
        let waits = |state: &mut State| {
            let has_blocks = state.overflow.as_ref().is_some_and(|o| !o.lengths.is_empty());
            state.memory.is_empty() && !has_blocks && state.end.is_none()
        };
        let state = self.arrived.wait_while(self.state(), waits);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = state.memory.pop_front() {
            state.in_memory -= bytes.len().max(LEAST_PIECE);
            state.taken += 1;
            return Ok(Some(bytes));
        }
        if let Some(overflow) = &mut state.overflow
            && let Some(bytes) = overflow.take()?
        {
            state.taken += 1;
            return Ok(Some(bytes));
        }
        match state.end {
            Some(Err(kind)) => Err(kind.into()),
            _ => Ok(None),
        }
    }

    /// How many pieces were taken so far.
    pub(crate) fn taken(&self) -> u64 {
        self.state().taken
    }

    /// Nobody takes bytes any more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        *state = State { is_closed: true, ..State::default() };
    }
}

impl Overflow {
    fn new() -> io::Result<Self> {
        let key = BlockKey::random().map_err(io::Error::other)?;
        let file = tempfile::tempfile()?;
        let (next_read, next_write) = (Position::default(), Position::default());
        Ok(Self { file, key, lengths: VecDeque::new(), next_read, next_write })
    }

    /// The bytes of the file.
    fn size(&self) -> u64 {
        self.next_write.offset
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        let block = self.key.encrypt(self.next_write.number, bytes);
        self.file.seek(SeekFrom::Start(self.next_write.offset))?;
        self.file.write_all(&block)?;
        self.lengths.push_back(block.len());
        self.next_write.advance(block.len());
        Ok(())
    }

    fn take(&mut self) -> io::Result<Option<Bytes>> {
        let Some(length) = self.lengths.pop_front() else { return Ok(None) };
        let mut block = vec![0; length];
        self.file.seek(SeekFrom::Start(self.next_read.offset))?;
        self.file.read_exact(&mut block)?;
        let bytes = self.key.decrypt(self.next_read.number, &block);
        self.next_read.advance(length);
        if self.lengths.is_empty() {
            // The next blocks begin at the start of the file again.
            self.file.set_len(0)?;
            (self.next_read.offset, self.next_write.offset) = (0, 0);
        }
        bytes.map(|bytes| Some(bytes.into())).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_the_order_in_which_they_went_in() {
        let mut rng = fastrand::Rng::with_seed(5);
        for round in 0..40 {
            let spool = Spool::new(4 << 20);
            let (mut given, mut taken) = (Vec::new(), Vec::new());
            for _ in 0..rng.usize(1..120) {
                let piece: Bytes = vec![rng.u8(..); rng.usize(1..90_000)].into();
                let kept = match spool.add(&piece) {
                    Kept::Full => spool.add_to_file(&piece).unwrap(),
                    kept => kept,
                };
                if kept == Kept::Yes {
                    given.extend_from_slice(&piece);
                }
                for _ in 0..rng.usize(0..3) {
                    if taken.len() < given.len() {
                        taken.extend_from_slice(&spool.take().unwrap().unwrap());
                    }
                }
            }
            spool.end(Ok(()));
            while let Some(bytes) = spool.take().unwrap() {
                taken.extend_from_slice(&bytes);
            }
            assert!(taken == given, "round {round}");
        }
    }

    #[test]
    fn a_file_has_no_more_than_its_limit_and_none_of_the_text() {
        let spool = Spool::new(100_000);
        let piece: Bytes = b"a firm".repeat(5_000).into();
        while spool.add(&piece) == Kept::Yes {}
        let mut blocks = 0;
        while spool.add_to_file(&piece).unwrap() == Kept::Yes {
            blocks += 1;
        }
        assert_eq!(blocks, 3);
        let mut text = Vec::new();
        {
            let mut state = spool.state();
            let file = &mut state.overflow.as_mut().unwrap().file;
            file.rewind().unwrap();
            file.read_to_end(&mut text).unwrap();
        }
        assert_eq!(text.len(), blocks * (piece.len() + 16));
        assert!(memchr::memmem::find(&text, b"firm").is_none());
        spool.close();
        assert_eq!(spool.add(&piece), Kept::Closed);
    }
}
