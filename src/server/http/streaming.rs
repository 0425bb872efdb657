//! An answer that a thread makes while the client receives it.
//!
//! The thread sends pieces through a channel that holds few. So a client that does not read makes the thread
//! wait, and the memory holds no more of the answer than some pieces. The answer keeps its [`Job`] until the
//! client has received it or has gone; then the channel closes, and the thread stops.
//!
//! INVARIANT: only an answer that is whole has the record that says so. A list that ends early has a last record with
//! the problem in its place.

use super::connections::Connection;
use crate::server::jobs::Job;
use actix_web::body::{BodySize, MessageBody};
use actix_web::rt::task::JoinHandle;
use actix_web::web::Bytes;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Bytes of the largest piece.
pub(crate) const PIECE: usize = 64 << 10;
/// How many pieces the channel holds.
const CAPACITY: usize = 2;

/// Sends pieces, from a thread that may block.
#[derive(Clone, Debug)]
pub(crate) struct Sender(mpsc::Sender<io::Result<Bytes>>);

impl Sender {
    /// Sends bytes, in pieces; returns whether the client still receives them.
    pub(crate) fn send(&self, bytes: Vec<u8>) -> bool {
        let mut rest = Bytes::from(bytes);
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE));
            if self.0.blocking_send(Ok(piece)).is_err() {
                return false;
            }
        }
        true
    }
}

/// The pieces of an answer.
#[derive(Debug)]
pub(crate) struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

/// A channel for the pieces of an answer.
pub(crate) fn channel() -> (Sender, Pieces) {
    let (sender, pieces) = mpsc::channel(CAPACITY);
    (Sender(sender), Pieces(pieces))
}

/// The task that reads a request's body while it is answered. It ends with the answer: a body that ended after
/// that would pause the connection again, and it would read no request any more.
#[derive(Debug)]
pub(crate) struct BodyReader(pub(crate) JoinHandle<()>);

impl Drop for BodyReader {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The body of the answer.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(crate) pieces: Pieces,
    pub(crate) connection: Option<Arc<Connection>>,
    /// Held until the client has received the answer.
    pub(crate) _job: Job,
    /// Aborted with the answer.
    pub(crate) _reader: Option<BodyReader>,
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
            // actix asks for more when it has sent the client all there was.
            if piece.is_ready() {
                connection.start_deadline();
            } else {
                connection.clear_deadline();
            }
        }
        piece
    }
}
