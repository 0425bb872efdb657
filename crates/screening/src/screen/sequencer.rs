//! Screened chunks in the order of the rows, with a fixed number of buffers.
//!
//! Owns the ordered queue between the threads and the outputs. Each thread submits its chunk under the chunk's
//! number. Whoever submits the next number, while nobody else emits, emits it and all that wait behind it. A chunk
//! carries a buffer, which comes back when the chunk is emitted; the number of buffers is fixed, so a slow output
//! makes the threads wait. An error ends the job at the number of its chunk. A thread that ends early is an error
//! too.

use super::screened::ScreenedChunk;
use crate::error::ScreenError;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Takes a screened chunk, and gives the buffer of its text back.
pub(crate) type Emit<'e> = dyn FnMut(ScreenedChunk) -> Result<Vec<u8>, ScreenError> + Send + 'e;

/// The queue that all threads share.
pub(crate) struct Sequencer<'e> {
    emit: Mutex<&'e mut Emit<'e>>,
    queue: Mutex<Queue>,
    /// Notified when a buffer comes back or an error occurs.
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Chunks that were screened before their predecessors.
    waiting: BTreeMap<usize, Result<ScreenedChunk, ScreenError>>,
    /// How many chunks were emitted: the number of the next.
    emitted: usize,
    /// Whether a thread is emitting.
    is_emitting: bool,
    /// Free buffers, the last used on top: it is nearest to the processor.
    buffers: Vec<Vec<u8>>,
    failed: Option<ScreenError>,
}

impl<'e> Sequencer<'e> {
    /// A queue with so many buffers.
    pub(crate) fn new(buffers: usize, emit: &'e mut Emit<'e>) -> Self {
        let queue = Queue { buffers: vec![Vec::new(); buffers], ..Queue::default() };
        Self { emit: Mutex::new(emit), queue: Mutex::new(queue), changed: Condvar::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a buffer for the next chunk; `None` after an error.
    pub(crate) fn take_buffer(&self) -> Option<Vec<u8>> {
        let waits = |queue: &mut Queue| queue.failed.is_none() && queue.buffers.is_empty();
        let queue = self.changed.wait_while(self.queue(), waits);
        let mut queue = queue.unwrap_or_else(PoisonError::into_inner);
        if queue.failed.is_some() { None } else { queue.buffers.pop() }
    }

    /// Gives a buffer back that no chunk needs.
    pub(crate) fn return_buffer(&self, buffer: Vec<u8>) {
        self.queue().buffers.push(buffer);
        self.changed.notify_one();
    }

    fn fail(&self, error: ScreenError) {
        self.queue().failed.get_or_insert(error);
        self.changed.notify_all();
    }

    /// Submits the chunk of a number. If nobody is emitting and it is the next, it is emitted here, and so are those
    /// that wait behind it.
    pub(crate) fn submit(&self, number: usize, screened: Result<ScreenedChunk, ScreenError>) {
        let mut queue = self.queue();
        queue.waiting.insert(number, screened);
        if queue.is_emitting {
            return;
        }
        queue.is_emitting = true;
        while queue.failed.is_none()
            && let next = queue.emitted
            && let Some(screened) = queue.waiting.remove(&next)
        {
            drop(queue);
            let buffer = screened.and_then(|chunk| match self.emit.lock() {
                Ok(mut emit) => emit(chunk),
                Err(_) => Err(ScreenError::Worker),
            });
            queue = self.queue();
            match buffer {
                Ok(buffer) => {
                    queue.emitted += 1;
                    queue.buffers.push(buffer);
                    self.changed.notify_one();
                }
                Err(error) => {
                    queue.failed.get_or_insert(error);
                    self.changed.notify_all();
                }
            }
        }
        queue.is_emitting = false;
    }

    /// How many chunks were emitted.
    ///
    /// # Errors
    /// The first error, in the order of the chunks.
    pub(crate) fn finish(self) -> Result<usize, ScreenError> {
        let queue = self.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        queue.failed.map_or(Ok(queue.emitted), Err)
    }
}

/// Submits the chunk of a number, or fails the job if it is dropped before, as where its thread ends early: the other
/// threads would wait for that number without end.
pub(crate) struct CompletionGuard<'s, 'e> {
    sequencer: &'s Sequencer<'e>,
    number: usize,
    is_complete: bool,
}

impl<'s, 'e> CompletionGuard<'s, 'e> {
    /// A guard for the chunk of a number.
    pub(crate) fn new(sequencer: &'s Sequencer<'e>, number: usize) -> Self {
        Self { sequencer, number, is_complete: false }
    }

    /// Submits the chunk.
    pub(crate) fn complete(mut self, screened: Result<ScreenedChunk, ScreenError>) {
        self.sequencer.submit(self.number, screened);
        self.is_complete = true;
    }
}

impl Drop for CompletionGuard<'_, '_> {
    fn drop(&mut self) {
        if !self.is_complete {
            self.sequencer.fail(ScreenError::Worker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::screened::Output;

    fn chunk(rows: usize) -> ScreenedChunk {
        let output = Output::Text(Vec::new());
        let (faults, matches, compared) = (Vec::new(), Vec::new(), Vec::new());
        ScreenedChunk { rows, blank: 0, faults, output, written: rows, matches, compared }
    }

    fn guard<'s, 'e>(sequencer: &'s Sequencer<'e>, number: usize) -> CompletionGuard<'s, 'e> {
        CompletionGuard::new(sequencer, number)
    }

    #[test]
    fn chunks_are_emitted_in_order_and_give_their_buffers_back() {
        let mut rows = Vec::new();
        let mut emit = |chunk: ScreenedChunk| {
            rows.push(chunk.rows);
            Ok(Vec::with_capacity(chunk.rows))
        };
        let emit: &mut Emit<'_> = &mut emit;
        let sequencer = Sequencer::new(0, emit);
        for number in [2, 0, 3, 1] {
            guard(&sequencer, number).complete(Ok(chunk(number)));
        }
        let buffers = std::iter::repeat_with(|| sequencer.take_buffer()).take(4).flatten();
        assert_eq!(buffers.map(|buffer| buffer.capacity()).collect::<Vec<_>>(), [3, 2, 1, 0]);
        drop(sequencer);
        assert_eq!(rows, [0, 1, 2, 3]);
    }

    #[test]
    fn an_error_ends_the_job_at_its_chunk() {
        let mut rows = Vec::new();
        let mut emit = |chunk: ScreenedChunk| {
            rows.push(chunk.rows);
            Ok(Vec::new())
        };
        let emit: &mut Emit<'_> = &mut emit;
        let sequencer = Sequencer::new(8, emit);
        guard(&sequencer, 1).complete(Err(ScreenError::Worker));
        assert!(sequencer.take_buffer().is_some());
        guard(&sequencer, 2).complete(Ok(chunk(2)));
        guard(&sequencer, 0).complete(Ok(chunk(0)));
        assert!(sequencer.take_buffer().is_none());
        drop(sequencer);
        assert_eq!(rows, [0]);
    }

    /// The others would wait for its number, and then for a buffer, without end.
    #[test]
    fn a_thread_that_ends_early_is_an_error_at_once() {
        let mut emit = |_: ScreenedChunk| Ok(Vec::new());
        let emit: &mut Emit<'_> = &mut emit;
        let sequencer = Sequencer::new(0, emit);
        let waiting = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| sequencer.take_buffer());
            let ended = scope.spawn(|| {
                let _guard = guard(&sequencer, 0);
                std::panic::resume_unwind(Box::new(()));
            });
            assert!(ended.join().is_err());
            waiting.join()
        });
        assert!(matches!(waiting, Ok(None)));
        guard(&sequencer, 1).complete(Ok(chunk(1)));
        assert!(sequencer.take_buffer().is_none());
    }
}
