//! The bytes of a list, between the task that receives them and the thread that screens them.
//!
//! Owns the order in which they are received: how long it waits for the client, and what is gathered for the spool's
//! file. It reads no list.

use crate::server::http::connections::Connection;
use crate::server::http::spool::{BLOCK, Kept, Spool};
use actix_web::rt::time::{sleep, timeout};
use actix_web::web;
use futures_core::Stream as _;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The slowest rate of a list, in bytes a second, after the time that every body has.
const SLOWEST: u64 = 8 * 1024;
/// The time between two tries to add to a full spool.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Both ends of a spool of so many bytes.
pub(super) fn spool(max_file_bytes: u64) -> (SpoolWriter, Incoming) {
    let spool = Spool::new(max_file_bytes);
    let incoming = Incoming { spool: Arc::clone(&spool), piece: web::Bytes::new() };
    (SpoolWriter { spool, gathered: Vec::new() }, incoming)
}

/// Receives a body until it ends, or nobody takes it any more. Every body may wait for `patience` in all.
pub(super) async fn receive(
    mut payload: web::Payload,
    mut bytes_in: SpoolWriter,
    connection: Option<Arc<Connection>>,
    patience: Duration,
) {
    if let Some(connection) = &connection {
        connection.read_state.stream_body();
    }
    let (mut waited, mut received) = (Duration::ZERO, 0);
    loop {
        let next = std::future::poll_fn(|cx| Pin::new(&mut payload).poll_next(cx));
        let most = patience + Duration::from_secs(received / SLOWEST);
        let left = most.saturating_sub(waited);
        let asked = Instant::now();
        // What was gathered for the file is screened even if nothing more arrives for a while.
        let may_wait = if bytes_in.gathered.is_empty() { left } else { left.min(BETWEEN_TRIES) };
        let piece = match timeout(may_wait, next).await {
            Ok(None) => break,
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(_))) => return bytes_in.fail(io::ErrorKind::ConnectionAborted),
            Err(_) if may_wait < left => {
                waited += asked.elapsed();
                bytes_in.add_gathered();
                continue;
            }
            Err(_) => return bytes_in.fail(io::ErrorKind::TimedOut),
        };
        waited += asked.elapsed();
        received += piece.len() as u64;
        // A client that sends does not have to receive yet.
        if let Some(connection) = &connection {
            connection.extend_deadline();
        }
        match bytes_in.add(piece, patience).await {
            Ok(true) => {}
            // Nobody takes it any more: the work has ended.
            Ok(false) => return,
            Err(error) => return bytes_in.fail(error.kind()),
        }
    }
    match bytes_in.flush(patience).await {
        Ok(true) => bytes_in.spool.end(Ok(())),
        Ok(false) => return,
        Err(error) => return bytes_in.fail(error.kind()),
    }
    if let Some(connection) = connection {
        connection.read_state.finish_body();
    }
}

/// The end of the spool at which the request's bytes arrive. If it is dropped, the list ends.
pub(super) struct SpoolWriter {
    spool: Arc<Spool>,
    /// Short pieces on their way to the file, which takes blocks.
    gathered: Vec<u8>,
}

impl SpoolWriter {
    /// Keeps bytes; `false` if nobody takes them any more.
    async fn add(&mut self, bytes: web::Bytes, patience: Duration) -> io::Result<bool> {
        if self.gathered.is_empty() {
            match self.spool.add(&bytes) {
                Kept::Yes => return Ok(true),
                Kept::Closed => return Ok(false),
                Kept::Full => {}
            }
        }
        self.gathered.extend_from_slice(&bytes);
        if self.gathered.len() < BLOCK { Ok(true) } else { self.flush(patience).await }
    }

    /// Keeps in memory what was gathered, if it fits by now.
    fn add_gathered(&mut self) {
        let bytes = web::Bytes::from(std::mem::take(&mut self.gathered));
        if self.spool.add(&bytes) == Kept::Full {
            self.gathered = bytes.into();
        }
    }

    /// Keeps what was gathered; `false` if nobody takes it any more.
    async fn flush(&mut self, patience: Duration) -> io::Result<bool> {
        let bytes = web::Bytes::from(std::mem::take(&mut self.gathered));
        if bytes.is_empty() {
            return Ok(true);
        }
        let (mut began, mut taken) = (Instant::now(), self.spool.taken());
        loop {
            let mut kept = self.spool.add(&bytes);
            if kept == Kept::Full {
                let (spool, block) = (Arc::clone(&self.spool), bytes.clone());
                let wrote = actix_web::rt::task::spawn_blocking(move || spool.add_to_file(&block));
                kept = wrote.await.map_err(io::Error::other)??;
            }
            if kept != Kept::Full {
                return Ok(kept == Kept::Yes);
            }
            // A client that receives the answer empties the file in the end.
            if taken != self.spool.taken() {
                (began, taken) = (Instant::now(), self.spool.taken());
            }
            if began.elapsed() > patience {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            sleep(BETWEEN_TRIES).await;
        }
    }

    fn fail(&self, kind: io::ErrorKind) {
        self.spool.end(Err(kind));
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        self.spool.end(Err(io::ErrorKind::ConnectionAborted));
    }
}

/// The request's bytes, for a thread that may block.
pub(super) struct Incoming {
    spool: Arc<Spool>,
    piece: web::Bytes,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.spool.close();
    }
}

impl Read for Incoming {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.spool.take()? {
                None => return Ok(0),
                Some(piece) => self.piece = piece,
            }
        }
        let taken = self.piece.split_to(self.piece.len().min(out.len()));
        if let Some(out) = out.get_mut(..taken.len()) {
            out.copy_from_slice(&taken);
        }
        Ok(taken.len())
    }
}
