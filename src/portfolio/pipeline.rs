//! Reader, workers, writer: chunks in order, memory flat, all cores used.
//!
//! Owns the threads and the channels between them. The caller's thread reads and cuts; whichever worker is
//! free screens the next chunk; one thread puts the screened chunks in order and takes them. Each chunk
//! carries the memory its text is written to, which comes back when it is taken: there are only so many,
//! so whoever is slow makes the others wait. The first error ends all of them, and no chunk that is lost
//! goes unnoticed.

use super::error::ScreenError;
use super::reader::{Body, Reader};
use super::screener::{Done, Screener, Task};
use super::summary::Tally;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Takes a screened chunk, and gives the memory of its text back.
pub type Take<'t> = dyn FnMut(Done) -> Result<Vec<u8>, ScreenError> + Send + 't;

/// A chunk on its way to a worker.
struct Chunk {
    turn: usize,
    body: Body,
    room: Vec<u8>,
}

/// The word that a chunk will be handed on. A worker that ends early breaks it, and that is told.
struct Promise<'s> {
    turn: usize,
    done: &'s Sender<(usize, Result<Done, ScreenError>)>,
    kept: bool,
}

impl Promise<'_> {
    /// Whether someone still takes it.
    fn keep(mut self, screened: Result<Done, ScreenError>) -> bool {
        self.kept = true;
        self.done.send((self.turn, screened)).is_ok()
    }
}

impl Drop for Promise<'_> {
    fn drop(&mut self) {
        if !self.kept {
            // Without a taker there is no one to tell.
            let _ = self.done.send((self.turn, Err(ScreenError::Worker)));
        }
    }
}

/// Screens all rows of a reader. `take` gets the chunks in order, on a thread of its own; `tick` is
/// called after each chunk that is read.
///
/// # Errors
/// The first of the reader's, the workers' and `take`'s.
pub fn run(
    reader: &mut Reader,
    task: &Task<'_>,
    workers: usize,
    take: &mut Take<'_>,
    tick: &mut dyn FnMut(),
) -> Result<Tally, ScreenError> {
    let workers = workers.max(1);
    let (send, chunks) = channel::<Chunk>();
    let chunks = Mutex::new(chunks);
    std::thread::scope(|scope| {
        let (give_back, rooms) = channel::<Vec<u8>>();
        for _ in 0..workers * reader.ahead() {
            // The other end is at hand.
            let _ = give_back.send(Vec::new());
        }
        let (send_read, read) = channel::<Vec<u8>>();
        let (send_done, done) = channel();
        let handles: Vec<_> = (0..workers)
            .map(|_| {
                let (chunks, read, done) = (&chunks, send_read.clone(), send_done.clone());
                scope.spawn(move || {
                    let mut screener = Screener::new(task);
                    while let Some(Chunk { turn, body, room }) = next(chunks) {
                        let promise = Promise { turn, done: &done, kept: false };
                        let screened = screener.run(body, room);
                        // Without a reader there is no use for it.
                        let _ = read.send(screener.memory());
                        if !promise.keep(screened) {
                            break;
                        }
                    }
                    screener.tally
                })
            })
            .collect();
        drop(send_done);
        let writer = scope.spawn(move || collect(&done, &give_back, take));
        let (mut sent, mut reading) = (0, Ok(()));
        // Without a writer no memory comes back.
        while let Ok(room) = rooms.recv() {
            read.try_iter().for_each(|memory| reader.reuse(memory));
            match reader.next() {
                Ok(None) => break,
                Err(error) => {
                    reading = Err(error);
                    break;
                }
                Ok(Some(body)) => {
                    if send.send(Chunk { turn: sent, body, room }).is_err() {
                        break;
                    }
                    sent += 1;
                    tick();
                }
            }
        }
        drop(send);
        let written = writer.join().map_err(|_| ScreenError::Worker)?;
        let mut tally: Option<Tally> = None;
        for handle in handles {
            let counted = handle.join().map_err(|_| ScreenError::Worker)?;
            match &mut tally {
                None => tally = Some(counted),
                Some(all) => all.merge(&counted),
            }
        }
        let written = written?;
        reading?;
        match tally {
            Some(tally) if written == sent => Ok(tally),
            _ => Err(ScreenError::Worker),
        }
    })
}

/// The next chunk to be screened; nothing when all have been handed out.
fn next(chunks: &Mutex<Receiver<Chunk>>) -> Option<Chunk> {
    chunks.lock().ok()?.recv().ok()
}

/// Takes screened chunks in their turns, gives their memory back, and says how many came.
fn collect(
    done: &Receiver<(usize, Result<Done, ScreenError>)>,
    give_back: &Sender<Vec<u8>>,
    take: &mut Take<'_>,
) -> Result<usize, ScreenError> {
    let (mut early, mut taken) = (BTreeMap::new(), 0);
    for (turn, screened) in done {
        early.insert(turn, screened);
        while let Some(screened) = early.remove(&taken) {
            let room = take(screened?)?;
            taken += 1;
            // A reader that has come to the end needs none.
            let _ = give_back.send(room);
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::{Promise, collect};
    use crate::portfolio::error::ScreenError;
    use crate::portfolio::screener::Done;
    use crate::portfolio::writer::Output;
    use std::sync::mpsc::channel;

    fn done(rows: usize) -> Done {
        let output = Output::Text(Vec::new());
        Done { rows, blank: 0, faults: Vec::new(), output, written: rows, matches: Vec::new() }
    }

    #[test]
    fn chunks_are_taken_in_their_turns_and_give_their_memory_back() {
        let (send, screened) = channel();
        let (give_back, rooms) = channel();
        for turn in [2, 0, 3, 1] {
            assert!(Promise { turn, done: &send, kept: false }.keep(Ok(done(turn))));
        }
        drop(send);
        let mut rows = Vec::new();
        let taken = collect(&screened, &give_back, &mut |done| {
            rows.push(done.rows);
            Ok(Vec::with_capacity(done.rows))
        });
        drop(give_back);
        assert!(matches!(taken, Ok(4)));
        assert_eq!(rows, [0, 1, 2, 3]);
        assert_eq!(rooms.iter().map(|room| room.capacity()).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    /// The others would wait for its turn, and the reader for memory, without end.
    #[test]
    fn a_worker_that_ends_early_is_told_at_once() {
        let (send, screened) = channel();
        let (give_back, _rooms) = channel();
        let worker = send.clone();
        let ended = std::thread::Builder::new().spawn(move || {
            let _promise = Promise { turn: 0, done: &worker, kept: false };
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(ended.is_ok_and(|thread| thread.join().is_err()));
        assert!(Promise { turn: 1, done: &send, kept: false }.keep(Ok(done(1))));
        drop(send);
        let taken = collect(&screened, &give_back, &mut |_| Ok(Vec::new()));
        assert!(matches!(taken, Err(ScreenError::Worker)));
    }
}
