//! An answer that a thread makes while the client takes it.
//!
//! The thread gives pieces to a channel that holds few. So a client that does not read makes the thread
//! wait, and the memory holds no more of the answer than some pieces. The answer keeps its place among
//! the jobs until the client has taken it or has gone; then the channel breaks, and the thread stops.

use super::connections::Connection;
use super::jobs::Job;
use actix_web::body::{BodySize, MessageBody};
use actix_web::rt::task::JoinHandle;
use actix_web::web::Bytes;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Bytes of the largest piece.
pub(super) const PIECE: usize = 64 << 10;
/// How many pieces wait in the channel.
const WAITING: usize = 2;

/// Takes pieces, on a thread that may block.
#[derive(Clone, Debug)]
pub(super) struct Sender(mpsc::Sender<io::Result<Bytes>>);

impl Sender {
    /// Sends bytes, in pieces; says whether the client still takes them.
    pub(super) fn send(&self, bytes: Vec<u8>) -> bool {
        let mut rest = Bytes::from(bytes);
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE));
            if self.0.blocking_send(Ok(piece)).is_err() {
                return false;
            }
        }
        true
    }

    /// Breaks the answer off, so that nobody takes it for whole.
    pub(super) fn fail(&self, error: io::Error) {
        let _ = self.0.blocking_send(Err(error));
    }
}

/// The pieces of an answer.
#[derive(Debug)]
pub(super) struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

/// A channel for the pieces of an answer.
pub(super) fn channel() -> (Sender, Pieces) {
    let (sender, pieces) = mpsc::channel(WAITING);
    (Sender(sender), Pieces(pieces))
}

/// The task that reads a request's body while it is answered. It ends with the answer: told of the body's
/// end after that, the connection would wait for an answer to be written, and read no request any more.
#[derive(Debug)]
pub(super) struct Reading(pub(super) JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The body of the answer.
#[derive(Debug)]
pub(super) struct Streamed {
    pub(super) pieces: Pieces,
    pub(super) connection: Option<Arc<Connection>>,
    pub(super) _job: Job,
    pub(super) _reading: Option<Reading>,
}

impl MessageBody for Streamed {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = self.pieces.0.poll_recv(cx);
        if let Some(connection) = &self.connection {
            // Asked for more, actix has given the client what there was.
            if piece.is_ready() { connection.sends() } else { connection.asks() }
        }
        piece
    }
}
