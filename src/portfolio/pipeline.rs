//! Reader, workers, writer: chunks in order, memory flat, all cores used.
//!
//! Owns the threads and the channels between them. The caller's thread reads and cuts; workers screen
//! chunks, each in its turn; one thread takes the screened chunks in the same turns, so that they come out
//! in order without being kept. Channels hold few chunks: who is slow makes the others wait. The memory of
//! texts goes back to where it came from, and is used again. The first error ends all of them, and no chunk
//! that is lost goes unnoticed.

use super::error::ScreenError;
use super::reader::{Body, Reader};
use super::screener::{Done, Screener, Task};
use super::summary::Tally;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

/// Takes a screened chunk, and gives the memory of its text back.
pub type Take<'t> = dyn FnMut(Done) -> Result<Vec<u8>, ScreenError> + Send + 't;

/// What one worker has made, and the way back to it.
struct Line {
    done: Receiver<Result<Done, ScreenError>>,
    back: SyncSender<Vec<u8>>,
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
    let waiting = reader.waiting();
    std::thread::scope(|scope| {
        let (mut senders, mut lines, mut handles) = (Vec::new(), Vec::new(), Vec::new());
        let (read, was_read) = channel();
        for _ in 0..workers.max(1) {
            let (send, bodies) = sync_channel::<Body>(waiting);
            // What is made of a chunk is several times as large.
            let made = waiting.div_ceil(2);
            let (send_done, done) = sync_channel::<Result<Done, ScreenError>>(made);
            let (back, written) = sync_channel::<Vec<u8>>(waiting);
            let read = read.clone();
            handles.push(scope.spawn(move || {
                let mut screener = Screener::new(task);
                for body in bodies {
                    written.try_iter().for_each(|memory| screener.reuse(memory));
                    let screened = screener.run(body);
                    // Without a reader there is no use for it.
                    let _ = read.send(screener.memory());
                    let failed = screened.is_err();
                    if send_done.send(screened).is_err() || failed {
                        break;
                    }
                }
                screener.tally
            }));
            senders.push(send);
            lines.push(Line { done, back });
        }
        let writer = scope.spawn(move || collect(&lines, take));
        let mut sent = 0_usize;
        let mut reading = Ok(());
        loop {
            was_read.try_iter().for_each(|memory| reader.reuse(memory));
            match reader.next() {
                Ok(None) => break,
                Err(error) => {
                    reading = Err(error);
                    break;
                }
                Ok(Some(body)) => {
                    let sender = senders.get(sent % senders.len());
                    if sender.is_none_or(|sender| sender.send(body).is_err()) {
                        break;
                    }
                    sent += 1;
                    tick();
                }
            }
        }
        drop(senders);
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

/// Takes screened chunks in their turns, and says how many came.
fn collect(lines: &[Line], take: &mut Take<'_>) -> Result<usize, ScreenError> {
    let mut taken = 0;
    while let Some(line) = lines.get(taken % lines.len().max(1)) {
        let Ok(done) = line.done.recv() else { break };
        // A worker that has ended, or has enough, does not take it.
        let _ = line.back.try_send(take(done?)?);
        taken += 1;
    }
    Ok(taken)
}
