//! How fast a connection is read.
//!
//! A client may send requests ahead of the answers to those before. actix takes apart whatever it has read, up
//! to a hundred kilobytes at a time, and each waiting request takes kilobytes: small requests that nobody
//! waits for would fill the memory. Here a connection is read in small pieces, larger ones only within a
//! body, and not at all while a request is worked on whose body is whole, or while an answer is not taken.
//!
//! Owns the [`Paced`] stream and the [`Turn`] of a connection. It knows no route and cuts no connection.

use super::connections::Connection;
use actix_web::rt::net::TcpStream;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of the first piece: a dozen small requests, or a usual profile.
const FIRST: usize = 1 << 10;
/// Bytes of the largest piece.
const LARGEST: usize = 64 << 10;

/// Whose turn it is on a connection.
#[derive(Debug, Default)]
pub(super) struct Turn {
    now: AtomicU8,
    /// Who waits to read.
    reader: Mutex<Option<Waker>>,
}

/// The client may send, if it takes what it is sent.
const FREE: u8 = 0;
/// A request is worked on, and the client has nothing to send.
const HELD: u8 = 1;
/// A request's body is read.
const BODY: u8 = 2;
/// A body is read while its answer is sent.
const BOTH: u8 = 3;

impl Turn {
    /// A request has begun. Its body waits outside until there is memory for it.
    pub(super) fn begins(&self) {
        self.now.store(HELD, Ordering::Relaxed);
    }

    /// Its body is read.
    pub(super) fn reads_body(&self) {
        self.read(BODY);
    }

    /// Its body is read to the end.
    pub(super) fn has_body(&self) {
        self.now.store(HELD, Ordering::Relaxed);
    }

    /// Its body is read on while the answer is sent.
    pub(super) fn streams(&self) {
        self.read(BOTH);
    }

    /// Its answer begins. What is left of its body is not waited for.
    pub(super) fn answers(&self) {
        if self.now.load(Ordering::Relaxed) == BODY {
            self.read(FREE);
        }
    }

    /// Goes on to a turn in which there may be something to read.
    fn read(&self, turn: u8) {
        self.now.store(turn, Ordering::Relaxed);
        self.wake();
    }

    fn wake(&self) {
        let waiting = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reader) = waiting {
            reader.wake();
        }
    }

    fn wait(&self, cx: &Context<'_>) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        *reader = Some(cx.waker().clone());
    }
}

/// A connection that is read at the pace at which it is answered.
#[derive(Debug)]
pub struct Paced {
    stream: TcpStream,
    pub(super) connection: Arc<Connection>,
    /// Bytes of the next piece.
    piece: usize,
    /// The last piece was full: whoever reads is to look at it before the next.
    full: bool,
    /// The client does not take what it is sent.
    blocked: bool,
}

impl Paced {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self { stream, connection, piece: FIRST, full: false, blocked: false }
    }

    /// Notes what came of a write.
    fn wrote(&mut self, written: &Poll<io::Result<usize>>) {
        self.blocked = written.is_pending();
        if self.blocked {
            return;
        }
        // What comes next is a new request, unless a body goes on.
        self.piece = FIRST;
        self.connection.is_active();
        let turn = &self.connection.turn;
        if turn.now.load(Ordering::Relaxed) == HELD { turn.read(FREE) } else { turn.wake() }
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let turn = &self.connection.turn;
        let now = turn.now.load(Ordering::Relaxed);
        if now == HELD || now == FREE && self.blocked {
            turn.wait(cx);
            return Poll::Pending;
        }
        if std::mem::take(&mut self.full) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let most = self.piece.min(out.remaining());
        let mut piece = ReadBuf::new(out.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        let read = piece.filled().len();
        out.advance(read);
        self.connection.is_active();
        if read == most && most > 0 {
            self.full = true;
            self.piece = (self.piece * 2).min(LARGEST);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        // actix flushes when its buffer is empty.
        if flushed.is_ready() {
            self.connection.is_flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
