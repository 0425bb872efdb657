//! Whether a connection may be read: the state that the handler side sets and the stream side asks.
//!
//! The guard, the body extractors and the request log move a connection through the phases of a request; the
//! stream in [`backpressure`](super::backpressure) reads only in the phases that allow it, and waits otherwise.
//! It knows no socket and no route.
//!
//! INVARIANT: no wake-up is lost. [`ReadState::poll_readable`] registers the waker *before* the check of the
//! phase that makes it wait, and whoever changes the phase stores it *before* it takes the waker. So either the reader
//! sees the new phase, or the other side sees its waker; the lock around the waker orders the two. Today both sides
//! run on the one thread that owns the connection; the order makes the type correct without that.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// A request is not being read: the client may send, if it receives what it is sent.
const IDLE: u8 = 0;
/// A request is being answered, and the client has nothing to send.
const PAUSED: u8 = 1;
/// A request's body is being read.
const BODY: u8 = 2;
/// A body is being read while its answer is sent.
const STREAMING: u8 = 3;

/// The phase of a connection, and the task that waits to read it.
#[derive(Debug, Default)]
pub(crate) struct ReadState {
    phase: AtomicU8,
    reader: Mutex<Option<Waker>>,
}

impl ReadState {
    /// A request has begun. Its body stays in the socket until there is memory for it.
    pub(super) fn begin_request(&self) {
        self.phase.store(PAUSED, Ordering::Relaxed);
    }

    /// Begins to read the body.
    pub(super) fn read_body(&self) {
        self.resume(BODY);
    }

    /// The body was read to its end.
    pub(crate) fn finish_body(&self) {
        self.phase.store(PAUSED, Ordering::Relaxed);
    }

    /// Begins to read the body while the answer is sent.
    pub(crate) fn stream_body(&self) {
        self.resume(STREAMING);
    }

    /// Whether a body is being read.
    pub(super) fn is_in_body(&self) -> bool {
        matches!(self.phase.load(Ordering::Relaxed), BODY | STREAMING)
    }

    /// The answer begins. The rest of a body that was not read to its end is not waited for.
    pub(super) fn begin_answer(&self) {
        if self.phase.load(Ordering::Relaxed) == BODY {
            self.resume(IDLE);
        }
    }

    /// The client received a part of an answer: the next request may come.
    pub(super) fn wrote(&self) {
        if self.phase.load(Ordering::Relaxed) == PAUSED {
            self.resume(IDLE);
        } else {
            self.wake();
        }
    }

    /// Ready if the connection may be read now; else the task is woken when that may have changed. While a write
    /// is blocked, only the body of a request is read.
    pub(super) fn poll_readable(&self, cx: &Context<'_>, is_write_blocked: bool) -> Poll<()> {
        if !self.is_readable(is_write_blocked) {
            let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            *reader = Some(cx.waker().clone());
            drop(reader);
            if !self.is_readable(is_write_blocked) {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }

    fn is_readable(&self, is_write_blocked: bool) -> bool {
        match self.phase.load(Ordering::Relaxed) {
            PAUSED => false,
            IDLE => !is_write_blocked,
            _ => true,
        }
    }

    /// Enters a phase in which there may be something to read.
    fn resume(&self, phase: u8) {
        self.phase.store(phase, Ordering::Relaxed);
        self.wake();
    }

    fn wake(&self) {
        let waiting = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reader) = waiting {
            reader.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn whoever_waits_is_woken_by_the_next_phase_that_reads() {
        let (state, count) = (ReadState::default(), Arc::new(Count(AtomicUsize::new(0))));
        let waker = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&waker);
        let woken = || count.0.load(Ordering::Relaxed);
        assert!(state.poll_readable(&cx, false).is_ready());
        assert!(state.poll_readable(&cx, true).is_pending(), "the client receives nothing");
        state.begin_request();
        assert!(state.poll_readable(&cx, false).is_pending());
        assert_eq!(woken(), 0);
        state.read_body();
        assert_eq!(woken(), 1);
        assert!(state.poll_readable(&cx, true).is_ready());
        state.finish_body();
        assert!(state.poll_readable(&cx, false).is_pending());
        state.wrote();
        assert_eq!(woken(), 2);
        assert!(state.poll_readable(&cx, false).is_ready());
    }
}
