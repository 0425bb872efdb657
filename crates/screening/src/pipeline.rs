//! Chunks in order, memory flat, all cores used.
//!
//! Owns the threads. There is one a core and all are alike: each reads the next chunk, screens it and, if its
//! turn has come and nobody else is at it, takes it and what waits behind it. So a chunk mostly stays with one
//! core from its bytes to its text, and nobody is woken to pass it on. Each chunk carries the memory its text
//! is written to, which comes back when it is taken: there are only so many, so whoever is slow makes the
//! others wait. An error ends all of them in its chunk's turn, and no chunk that is lost goes unnoticed.

use super::error::ScreenError;
use super::reader::{Body, Reader};
use super::screener::{Done, Screener, Task};
use super::summary::Tally;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many chunks may be on their way for each thread.
const AHEAD: usize = 2;

/// Takes a screened chunk, and gives the memory of its text back.
pub type Take<'t> = dyn FnMut(Done) -> Result<Vec<u8>, ScreenError> + Send + 't;

/// Hears of each chunk that is read.
pub type Tick<'t> = dyn FnMut() + Send + 't;

/// What is read in order: whoever has it reads.
struct Source<'r> {
    reader: &'r mut Reader,
    tick: &'r mut Tick<'r>,
    /// How many chunks were read.
    read: usize,
    ended: bool,
}

/// What is taken in order.
#[derive(Default)]
struct Turns {
    /// Chunks that were screened before their turn.
    early: BTreeMap<usize, Result<Done, ScreenError>>,
    /// How many were taken: the turn of the next.
    taken: usize,
    /// Whether someone is taking.
    taking: bool,
    /// Memory for the texts of chunks, the last used on top: it is nearest to the processor.
    rooms: Vec<Vec<u8>>,
    failed: Option<ScreenError>,
}

/// What the threads share.
struct Line<'t> {
    take: Mutex<&'t mut Take<'t>>,
    turns: Mutex<Turns>,
    /// Memory came back, or an error ended it.
    changed: Condvar,
}

/// The word that a chunk will be handed on. A thread that ends early breaks it, and that is told.
struct Promise<'s, 't> {
    line: &'s Line<'t>,
    turn: usize,
    kept: bool,
}

impl Promise<'_, '_> {
    fn keep(mut self, screened: Result<Done, ScreenError>) {
        self.line.hand_on(self.turn, screened);
        self.kept = true;
    }
}

impl Drop for Promise<'_, '_> {
    fn drop(&mut self) {
        if !self.kept {
            self.line.fail(ScreenError::Worker);
        }
    }
}

impl<'t> Line<'t> {
    fn new(rooms: usize, take: &'t mut Take<'t>) -> Self {
        let turns = Turns { rooms: vec![Vec::new(); rooms], ..Turns::default() };
        Self { take: Mutex::new(take), turns: Mutex::new(turns), changed: Condvar::new() }
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Memory for the next chunk, when there is some; none after an error.
    fn room(&self) -> Option<Vec<u8>> {
        let waits = |turns: &mut Turns| turns.failed.is_none() && turns.rooms.is_empty();
        let turns = self.changed.wait_while(self.turns(), waits);
        let mut turns = turns.unwrap_or_else(PoisonError::into_inner);
        if turns.failed.is_some() { None } else { turns.rooms.pop() }
    }

    /// Gives memory back.
    fn give(&self, room: Vec<u8>) {
        self.turns().rooms.push(room);
        self.changed.notify_one();
    }

    fn fail(&self, error: ScreenError) {
        self.turns().failed.get_or_insert(error);
        self.changed.notify_all();
    }

    /// Hands a chunk on. If nobody is taking and its turn has come, it is taken here, and so is what waits
    /// behind it.
    fn hand_on(&self, turn: usize, screened: Result<Done, ScreenError>) {
        let mut turns = self.turns();
        turns.early.insert(turn, screened);
        if turns.taking {
            return;
        }
        turns.taking = true;
        while turns.failed.is_none()
            && let next = turns.taken
            && let Some(screened) = turns.early.remove(&next)
        {
            drop(turns);
            let room = screened.and_then(|done| match self.take.lock() {
                Ok(mut take) => take(done),
                Err(_) => Err(ScreenError::Worker),
            });
            turns = self.turns();
            match room {
                Ok(room) => {
                    turns.taken += 1;
                    turns.rooms.push(room);
                    self.changed.notify_one();
                }
                Err(error) => {
                    turns.failed.get_or_insert(error);
                    self.changed.notify_all();
                }
            }
        }
        turns.taking = false;
    }
}

/// The next chunk and its turn; nothing after the last. The memory of the chunk before is used again.
fn next(source: &Mutex<Source<'_>>, line: &Line<'_>, memory: Vec<u8>) -> Option<(usize, Body)> {
    let mut source = source.lock().ok().filter(|source| !source.ended)?;
    source.reader.reuse(memory);
    let turn = source.read;
    match source.reader.next() {
        Ok(Some(body)) => {
            source.read += 1;
            (source.tick)();
            Some((turn, body))
        }
        Ok(None) => {
            source.ended = true;
            None
        }
        Err(error) => {
            source.ended = true;
            drop(source);
            // What was read before is taken first.
            line.hand_on(turn, Err(error));
            None
        }
    }
}

/// Screens all rows of a reader on so many threads, or as many as the system lets. `take` gets the chunks in
/// order; `tick` is called after each chunk that is read.
///
/// # Errors
/// The first of the reader's, the threads' and `take`'s, in the order of the rows.
pub fn run<'t>(
    reader: &'t mut Reader,
    task: &Task<'_>,
    threads: usize,
    take: &'t mut Take<'t>,
    tick: &'t mut Tick<'t>,
) -> Result<Tally, ScreenError> {
    let threads = threads.max(1);
    let line = Line::new(threads * AHEAD, take);
    let source = Mutex::new(Source { reader, tick, read: 0, ended: false });
    let work = || {
        let mut screener = Screener::new(task);
        while let Some(room) = line.room() {
            let Some((turn, body)) = next(&source, &line, screener.memory()) else {
                // Who waits for memory comes to the end with it.
                line.give(room);
                break;
            };
            let promise = Promise { line: &line, turn, kept: false };
            promise.keep(screener.run(body, room));
        }
        screener.tally
    };
    let tallies = std::thread::scope(|scope| {
        let start = || std::thread::Builder::new().spawn_scoped(scope, work);
        let started = as_many(threads, start).map_err(ScreenError::Threads)?;
        let tallies = started.into_iter().map(|thread| thread.join().ok());
        Ok::<Option<Vec<Tally>>, ScreenError>(tallies.collect())
    })?;
    let turns = line.turns.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = turns.failed {
        return Err(error);
    }
    let read = source.into_inner().map_err(|_| ScreenError::Worker)?.read;
    let mut tallies = tallies.into_iter().flatten();
    match tallies.next() {
        Some(mut all) if turns.taken == read => {
            tallies.for_each(|tally| all.merge(&tally));
            Ok(all)
        }
        _ => Err(ScreenError::Worker),
    }
}

/// Starts so many, or as many as the system lets; one is enough.
fn as_many<T>(count: usize, mut start: impl FnMut() -> io::Result<T>) -> io::Result<Vec<T>> {
    let mut started = vec![start()?];
    while started.len() < count
        && let Ok(one) = start()
    {
        started.push(one);
    }
    Ok(started)
}

#[cfg(test)]
mod tests {
    use super::{Line, Promise, Take, as_many};
    use crate::error::ScreenError;
    use crate::screener::Done;
    use crate::writer::Output;

    #[test]
    fn what_the_system_does_not_start_is_done_without() {
        for (wanted, possible, started) in
            [(1, 9, Some(1)), (4, 9, Some(4)), (4, 2, Some(2)), (4, 0, None)]
        {
            let mut count = 0;
            let start = || {
                count += 1;
                if count > possible { Err(std::io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
            };
            let done = as_many(wanted, start);
            assert_eq!(done.ok().map(|all| all.len()), started, "{wanted} of {possible}");
        }
    }

    fn done(rows: usize) -> Done {
        let output = Output::Text(Vec::new());
        Done { rows, blank: 0, faults: Vec::new(), output, written: rows, matches: Vec::new() }
    }

    fn promise<'s, 't>(line: &'s Line<'t>, turn: usize) -> Promise<'s, 't> {
        Promise { line, turn, kept: false }
    }

    #[test]
    fn chunks_are_taken_in_their_turns_and_give_their_memory_back() {
        let mut rows = Vec::new();
        let mut take = |done: Done| {
            rows.push(done.rows);
            Ok(Vec::with_capacity(done.rows))
        };
        let take: &mut Take<'_> = &mut take;
        let line = Line::new(0, take);
        for turn in [2, 0, 3, 1] {
            promise(&line, turn).keep(Ok(done(turn)));
        }
        let rooms: Vec<_> = std::iter::repeat_with(|| line.room()).take(4).flatten().collect();
        assert_eq!(rooms.iter().map(Vec::capacity).collect::<Vec<_>>(), [3, 2, 1, 0]);
        drop(line);
        assert_eq!(rows, [0, 1, 2, 3]);
    }

    #[test]
    fn an_error_ends_it_in_its_turn() {
        let mut rows = Vec::new();
        let mut take = |done: Done| {
            rows.push(done.rows);
            Ok(Vec::new())
        };
        let take: &mut Take<'_> = &mut take;
        let line = Line::new(8, take);
        promise(&line, 1).keep(Err(ScreenError::Worker));
        assert!(line.room().is_some());
        promise(&line, 2).keep(Ok(done(2)));
        promise(&line, 0).keep(Ok(done(0)));
        assert!(line.room().is_none());
        drop(line);
        assert_eq!(rows, [0]);
    }

    /// The others would wait for its turn, and then for memory, without end.
    #[test]
    fn a_thread_that_ends_early_is_told_at_once() {
        let mut take = |_: Done| Ok(Vec::new());
        let take: &mut Take<'_> = &mut take;
        let line = Line::new(0, take);
        let waiting = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| line.room());
            let ended = scope.spawn(|| {
                let _promise = promise(&line, 0);
                std::panic::resume_unwind(Box::new(()));
            });
            assert!(ended.join().is_err());
            waiting.join()
        });
        assert!(matches!(waiting, Ok(None)));
        promise(&line, 1).keep(Ok(done(1)));
        assert!(line.room().is_none());
    }
}
