//! Screening on all cores, in the order of the rows, with flat memory.
//!
//! Owns the threads. There is one a core, and all are alike: each reads the next chunk under a lock, screens it,
//! and submits it to the sequencer, which emits chunks in order. So a chunk mostly stays with one core from its
//! bytes to its text, and no thread is woken only to pass it on. An error ends all threads, and no chunk is lost
//! unnoticed.

use super::job::Job;
use super::screener::Screener;
use super::sequencer::{CompletionGuard, Emit, Sequencer};
use super::tally::Tally;
use crate::error::ScreenError;
use crate::read::reader::{Chunk, Reader};
use std::io;
use std::sync::Mutex;

/// How many chunks may be in the pipeline for each thread.
const CHUNKS_PER_THREAD: usize = 2;

/// Is called after each chunk that is read.
pub(crate) type Advance<'t> = dyn FnMut() + Send + 't;

/// The input. Whoever locks it reads the next chunk.
struct Source<'r> {
    reader: &'r mut Reader,
    advance: &'r mut Advance<'r>,
    /// How many chunks were read.
    read: usize,
    at_end: bool,
}

/// The next chunk and its number; `None` after the last. The buffer of the previous chunk is used again.
fn next(
    source: &Mutex<Source<'_>>,
    sequencer: &Sequencer<'_>,
    buffer: Vec<u8>,
) -> Option<(usize, Chunk)> {
    let mut source = source.lock().ok().filter(|source| !source.at_end)?;
    source.reader.reuse(buffer);
    let number = source.read;
    match source.reader.next() {
        Ok(Some(chunk)) => {
            source.read += 1;
            (source.advance)();
            Some((number, chunk))
        }
        Ok(None) => {
            source.at_end = true;
            None
        }
        Err(error) => {
            source.at_end = true;
            drop(source);
            // The chunks before it are emitted first.
            sequencer.submit(number, Err(error));
            None
        }
    }
}

/// Screens all rows of a reader on so many threads, or as many as the system starts. `emit` gets the chunks in order;
/// `advance` is called after each chunk that is read.
///
/// # Errors
/// The first error of the reader, the threads and `emit`, in the order of the rows.
pub(crate) fn run<'t>(
    reader: &'t mut Reader,
    job: &Job<'_>,
    threads: usize,
    emit: &'t mut Emit<'t>,
    advance: &'t mut Advance<'t>,
) -> Result<Tally, ScreenError> {
    let threads = threads.max(1);
    let sequencer = Sequencer::new(threads * CHUNKS_PER_THREAD, emit);
    let source = Mutex::new(Source { reader, advance, read: 0, at_end: false });
    let work = || {
        let mut screener = Screener::new(job);
        while let Some(buffer) = sequencer.take_buffer() {
            let Some((number, chunk)) = next(&source, &sequencer, screener.take_input_buffer())
            else {
                // A thread that waits for a buffer reaches the end with this one.
                sequencer.return_buffer(buffer);
                break;
            };
            let guard = CompletionGuard::new(&sequencer, number);
            guard.complete(screener.run(chunk, buffer));
        }
        screener.tally
    };
    let tallies = std::thread::scope(|scope| {
        let start = || std::thread::Builder::new().spawn_scoped(scope, work);
        let started = as_many(threads, start).map_err(ScreenError::Threads)?;
        let tallies = started.into_iter().map(|thread| thread.join().ok());
        Ok::<Option<Vec<Tally>>, ScreenError>(tallies.collect())
    })?;
    let emitted = sequencer.finish()?;
    let read = source.into_inner().map_err(|_| ScreenError::Worker)?.read;
    let mut tallies = tallies.into_iter().flatten();
    match tallies.next() {
        Some(mut all) if emitted == read => {
            tallies.for_each(|tally| all.merge(&tally));
            Ok(all)
        }
        _ => Err(ScreenError::Worker),
    }
}

/// Starts so many threads, or as many as the system starts; one is enough.
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
    use super::as_many;

    #[test]
    fn fewer_threads_than_wanted_are_enough() {
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
}
