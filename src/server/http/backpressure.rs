//! Back-pressure: a connection is read no faster than its requests are answered.
//!
//! A client may send requests ahead of the answers to those before. actix parses whatever it has read, up
//! to a hundred kilobytes at a time, and each waiting request takes kilobytes: small requests that nobody
//! waits for would fill the memory. Here a connection is read in small pieces, larger ones only within a
//! body, and not at all while a request is answered whose body was read to its end, or while the client does not
//! receive an answer. The phase is the [`ReadState`](super::read_state::ReadState) of the connection.
//!
//! Owns the stream that actix reads and writes, and how it is accepted. It knows no route and closes no connection.
//!
//! INVARIANT: one piece at most is read for each time that actix polls. After a full piece the stream wakes its
//! own task instead of reading on, so that actix parses what it has before more comes.
//!
//! A client that closes its end of the connection has left: outside of a body the end of the stream is an error here,
//! so that actix drops the connection with the requests that are not answered yet. With `Ok(0)` actix answers them all
//! before it closes, and a service with more requests than it can answer spends its time on clients that no longer wait.
//! Within a body the handler learns of it, since it has to record what it did with the part that arrived.

use super::connections::{Connection, Connections};
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of the first piece: a dozen small requests, or a usual profile.
const FIRST: usize = 1 << 10;
/// Bytes of the largest piece.
const LARGEST: usize = 64 << 10;

/// Bytes that the system buffers for a client: more than one full answer.
const SEND_BUFFER: usize = 256 * 1024;
/// Bytes of these that do not even fit into the client's window. A client that reads nothing costs this, and no more.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 * 1024;

/// A connection that is read no faster than it is answered.
#[derive(Debug)]
pub(crate) struct BackPressured {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// Bytes of the next piece.
    piece: usize,
    /// The last piece was full: actix is to parse it before the next.
    was_full: bool,
    /// The client does not receive what it is sent.
    is_write_blocked: bool,
}

/// Puts the connection among the data of its requests, where handlers find it by `conn_data`.
pub(crate) fn attach_connection(stream: &BackPressured, data: &mut Extensions) {
    data.insert(Arc::clone(&stream.connection));
}

impl BackPressured {
    /// Accepts a connection; `is_trusted_proxy` decides on its address.
    ///
    /// # Errors
    /// If its address has too many, or there is no memory for it. The stream is then closed.
    pub(crate) async fn accept(
        stream: TcpStream,
        connections: &Arc<Connections>,
        is_trusted_proxy: impl FnOnce(std::net::IpAddr) -> bool,
    ) -> io::Result<Self> {
        // Without these the connection is served all the same.
        let socket = socket2::SockRef::from(&stream);
        let _ = socket.set_send_buffer_size(SEND_BUFFER);
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_notsent_lowat(UNSENT);
        let _ = stream.set_nodelay(true);
        let peer = stream.peer_addr()?.ip().to_canonical();
        let connection = connections.accept(&stream, peer, is_trusted_proxy(peer)).await?;
        let (piece, was_full, is_write_blocked) = (FIRST, false, false);
        Ok(Self { stream, connection, piece, was_full, is_write_blocked })
    }

    /// Notes the outcome of a write.
    fn after_write(&mut self, written: &Poll<io::Result<usize>>) {
        self.is_write_blocked = written.is_pending();
        if self.is_write_blocked {
            return;
        }
        // The next bytes are a new request, unless a body goes on.
        self.piece = FIRST;
        self.connection.mark_active();
        self.connection.read_state.wrote();
    }
}

impl AsyncRead for BackPressured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.connection.read_state.poll_readable(cx, self.is_write_blocked));
        if std::mem::take(&mut self.was_full) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let most = self.piece.min(out.remaining());
        let mut piece = ReadBuf::new(out.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        let read = piece.filled().len();
        if read == 0 {
            self.connection.mark_left();
            if !self.connection.read_state.is_in_body() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
        }
        out.advance(read);
        self.connection.mark_active();
        if read == most {
            self.was_full = true;
            self.piece = (self.piece * 2).min(LARGEST);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for BackPressured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.after_write(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.after_write(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        // actix flushes when its buffer is empty.
        if flushed.is_ready() {
            self.connection.after_flush();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
