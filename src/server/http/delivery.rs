//! The body of every answer, as it is sent to the client.
//!
//! It goes out in small pieces, since actix copies each piece into the connection's buffer: a whole answer at
//! once would stand in the memory twice. When the last piece is sent, the connection is marked, so that the
//! memory of the answer is returned once the client has received it.
//!
//! INVARIANT: the mark is set when the body is dropped, so also where a client goes away before the end.

use super::connections::Connection;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// Bytes of the largest piece.
const PIECE: usize = 16 << 10;

/// An answer's body that marks the end of the answer on its connection.
#[derive(Debug)]
pub(crate) struct Delivery {
    body: BoxBody,
    /// What was read from the body and is not sent yet.
    rest: Bytes,
    connection: Option<Arc<Connection>>,
}

impl Delivery {
    pub(super) fn new(
        body: impl MessageBody + 'static,
        connection: Option<Arc<Connection>>,
    ) -> Self {
        Self { body: body.boxed(), rest: Bytes::new(), connection }
    }
}

impl MessageBody for Delivery {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(piece)) => self.rest = piece,
                end => return Poll::Ready(end),
            }
        }
        let size = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(size))))
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.mark_answered();
        }
    }
}
