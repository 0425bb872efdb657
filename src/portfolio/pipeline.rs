//! Reader, workers, writer: chunks in order, memory flat, all cores used.
//!
//! Owns the threads and the channels between them. The caller's thread reads and cuts; workers screen
//! chunks, each in its turn; one thread takes the screened chunks in the same turns, so that they come out
//! in order without being kept. Channels hold few chunks: who is slow makes the others wait. The first
//! error ends all of them, and no chunk that is lost goes unnoticed.

use super::error::ScreenError;
use super::reader::{Body, Reader};
use super::screener::{Done, Screener, Task};
use super::summary::Tally;
use std::sync::mpsc::{Receiver, sync_channel};

/// Screens all rows of a reader. `take` gets the chunks in order, on a thread of its own; `tick` is
/// called after each chunk that is read.
///
/// # Errors
/// The first of the reader's, the workers' and `take`'s.
pub fn run(
    reader: &mut Reader,
    task: &Task<'_>,
    workers: usize,
    take: &mut (dyn FnMut(Done) -> Result<(), ScreenError> + Send),
    tick: &mut dyn FnMut(),
) -> Result<Tally, ScreenError> {
    let waiting = reader.waiting();
    std::thread::scope(|scope| {
        let (mut senders, mut results, mut handles) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..workers.max(1) {
            let (send, bodies) = sync_channel::<Body>(waiting);
            let (done, result) = sync_channel::<Result<Done, ScreenError>>(waiting);
            handles.push(scope.spawn(move || {
                let mut screener = Screener::new(task);
                for body in bodies {
                    let screened = screener.run(body);
                    let failed = screened.is_err();
                    if done.send(screened).is_err() || failed {
                        break;
                    }
                }
                screener.tally
            }));
            senders.push(send);
            results.push(result);
        }
        let writer = scope.spawn(move || collect(&results, take));
        let mut sent = 0_usize;
        let mut reading = Ok(());
        loop {
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
fn collect(
    results: &[Receiver<Result<Done, ScreenError>>],
    take: &mut (dyn FnMut(Done) -> Result<(), ScreenError> + Send),
) -> Result<usize, ScreenError> {
    let mut taken = 0;
    while let Some(result) = results.get(taken % results.len().max(1)) {
        let Ok(done) = result.recv() else { break };
        take(done?)?;
        taken += 1;
    }
    Ok(taken)
}
