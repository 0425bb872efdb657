//! The connections that are open: how many of each client, and which have not received their answer.
//!
//! actix closes a connection whose head does not come and one that is idle, and waits for ever for a
//! client that does not read, or whose body it has answered before its end. Here each connection has a
//! deadline, set when an answer begins, or a piece of one, and taken back by the next request.
//!
//! A connection is counted for its address when it is accepted. One too many is refused and closed before a
//! byte of it is read. Owns the table of connections and what each holds of the memory; who is closed, and when,
//! is the matter of [`eviction`](super::eviction).
//!
//! INVARIANT: a deadline is later than the time at which actix closes an idle connection
//! ([`Limits::answer_timeout`]), so only slow clients reach it.
//! INVARIANT: no connection is dropped while the table is locked, since dropping one takes the lock.

use super::limits::Limits;
use super::memory::{CONNECTION, Memory, Reservation};
use super::read_state::ReadState;
use crate::server::access::client_network;
use crate::server::api::error::{Problem, ProblemCode};
use actix_web::rt::net::TcpStream;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, Shutdown, TcpStream as Socket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Time for an answer that is the last of its connection.
const LAST: Duration = Duration::from_secs(1);
/// In the place of a time: there is no deadline.
const NO_DEADLINE: u64 = u64::MAX;
/// In the place of a client: a proxy that works for none at the moment.
const NOBODY: u64 = 0;

/// All open connections of a process.
#[derive(Debug)]
pub(crate) struct Connections {
    began: Instant,
    /// Time for a client to receive an answer.
    patience: Duration,
    /// Connections of one address.
    most: Option<usize>,
    /// The answer to one too many, as it goes over the wire.
    refusal: String,
    /// Clients are compared by hashes of their addresses.
    hasher: RandomState,
    pub(super) memory: Memory,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    all: HashMap<u64, Weak<Connection>>,
    of_client: HashMap<IpAddr, usize>,
}

/// One open connection; requests find it by `conn_data`.
#[derive(Debug)]
pub(crate) struct Connection {
    number: u64,
    _counted: Counted,
    is_proxy: bool,
    socket: Option<Socket>,
    connections: Arc<Connections>,
    /// When it is closed, in milliseconds since the process began.
    deadline: AtomicU64,
    is_closed: AtomicBool,
    /// The client closed its end.
    has_left: AtomicBool,
    /// When its client last sent or received something, in milliseconds since the process began.
    active_at: AtomicU64,
    /// The hash of the address for which it works.
    client: AtomicU64,
    /// What it holds of the memory.
    reserved: Mutex<Reservation>,
    /// The answer's body is at its end; what of it is not sent yet stands in the connection's buffer.
    is_answered: AtomicBool,
    pub(crate) read_state: ReadState,
}

/// A connection as one of its address.
#[derive(Debug)]
struct Counted {
    connections: Arc<Connections>,
    client: IpAddr,
}

impl Connections {
    pub(crate) fn new(limits: &Limits) -> Self {
        let most = limits.client_connections;
        Self {
            began: Instant::now(),
            patience: limits.answer_timeout,
            most,
            refusal: refusal(most.unwrap_or_default()),
            hasher: RandomState::new(),
            memory: Memory::new(limits.memory_bytes),
            open: Mutex::default(),
        }
    }

    /// Milliseconds since the process began.
    pub(super) fn now(&self) -> u64 {
        self.after(Duration::ZERO)
    }

    fn after(&self, time: Duration) -> u64 {
        u64::try_from((self.began.elapsed() + time).as_millis()).unwrap_or(NO_DEADLINE)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn all(&self) -> Vec<Arc<Connection>> {
        self.open().all.values().filter_map(Weak::upgrade).collect()
    }

    /// Counts a connection of an address; nothing if it has as many as it may have.
    fn count(self: &Arc<Self>, peer: IpAddr, is_proxy: bool) -> Option<Counted> {
        let client = client_network(peer);
        let mut open = self.open();
        let count = open.of_client.entry(client).or_default();
        // Behind a proxy's address stand all its clients.
        if !is_proxy && self.most.is_some_and(|most| *count >= most) {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Counted { connections: Arc::clone(self), client })
    }

    /// Adds a connection of an address to the table.
    ///
    /// # Errors
    /// If the address has too many, or there is no memory.
    pub(super) async fn accept(
        self: &Arc<Self>,
        stream: &TcpStream,
        peer: IpAddr,
        is_proxy: bool,
    ) -> io::Result<Arc<Connection>> {
        let Some(counted) = self.count(peer, is_proxy) else {
            // A client that does not receive these few bytes at once learns of the refusal from the close.
            let _ = socket2::SockRef::from(stream).send(self.refusal.as_bytes());
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        let client = if is_proxy { NOBODY } else { self.client_hash(counted.client) };
        let reserved = self.reserve(client, CONNECTION).await.ok_or(io::ErrorKind::OutOfMemory)?;
        let mut open = self.open();
        let number = open.next;
        open.next += 1;
        let connection = Arc::new(Connection {
            number,
            _counted: counted,
            is_proxy,
            socket: second_handle(stream),
            connections: Arc::clone(self),
            deadline: AtomicU64::new(NO_DEADLINE),
            is_closed: AtomicBool::new(false),
            has_left: AtomicBool::new(false),
            active_at: AtomicU64::new(self.now()),
            client: AtomicU64::new(client),
            reserved: Mutex::new(reserved),
            is_answered: AtomicBool::new(false),
            read_state: ReadState::default(),
        });
        open.all.insert(number, Arc::downgrade(&connection));
        Ok(connection)
    }

    fn client_hash(&self, client: IpAddr) -> u64 {
        self.hasher.hash_one(client).max(NOBODY + 1)
    }

    /// Reserves memory for a client, closing connections for it if need be; nothing if there is none for too long.
    async fn reserve(&self, client: u64, bytes: usize) -> Option<Reservation> {
        self.memory.reserve(client, bytes, || self.close_for_waiting()).await
    }
}

impl Connection {
    /// An answer begins, or a piece of one: the client has so long to receive it.
    pub(super) fn start_deadline(&self) {
        self.set_deadline(self.connections.after(self.connections.patience));
    }

    /// The client has so long again, if anything is waited for: it still sends the request that is being answered.
    pub(crate) fn extend_deadline(&self) {
        if self.deadline() != NO_DEADLINE {
            self.start_deadline();
        }
    }

    /// The last answer of the connection begins.
    pub(super) fn start_last_deadline(&self) {
        self.set_deadline(self.connections.after(LAST));
    }

    /// Nothing is waited for: a request has come, so the answers before it were received, or an answer is not
    /// made yet.
    pub(super) fn clear_deadline(&self) {
        self.set_deadline(NO_DEADLINE);
    }

    fn set_deadline(&self, time: u64) {
        self.deadline.store(time, Ordering::Relaxed);
    }

    pub(super) fn deadline(&self) -> u64 {
        self.deadline.load(Ordering::Relaxed)
    }

    /// The client closed its end.
    pub(super) fn mark_left(&self) {
        self.has_left.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_left(&self) -> bool {
        self.has_left.load(Ordering::Relaxed)
    }

    /// A request has come.
    pub(super) fn begin_request(&self) {
        self.is_answered.store(false, Ordering::Relaxed);
        self.clear_deadline();
    }

    /// Something was sent or received.
    pub(super) fn mark_active(&self) {
        self.active_at.store(self.connections.now(), Ordering::Relaxed);
    }

    pub(super) fn active_at(&self) -> u64 {
        self.active_at.load(Ordering::Relaxed)
    }

    /// Sets the client for which a proxy's connection works.
    pub(super) fn set_client(&self, client: IpAddr) {
        if self.is_proxy {
            let hash = self.connections.client_hash(client_network(client));
            self.client.store(hash, Ordering::Relaxed);
            self.reserved().move_to(hash);
        }
    }

    /// The hash of the address for which it works; nothing of a proxy that works for none at the moment.
    pub(super) fn client(&self) -> Option<u64> {
        Some(self.client.load(Ordering::Relaxed)).filter(|client| *client != NOBODY)
    }

    /// The body of the answer is at its end.
    pub(super) fn mark_answered(&self) {
        self.is_answered.store(true, Ordering::Relaxed);
    }

    /// All bytes that were to be sent were handed to the system: the memory of an answer at its end is returned.
    pub(super) fn after_flush(&self) {
        if self.is_answered.swap(false, Ordering::Relaxed) {
            let mut reserved = self.reserved();
            reserved.shrink_to(0);
            if self.is_proxy {
                self.client.store(NOBODY, Ordering::Relaxed);
                reserved.move_to(NOBODY);
            }
        }
    }

    fn reserved(&self) -> MutexGuard<'_, Reservation> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it holds of the memory, in units of the budget.
    pub(super) fn held(&self) -> usize {
        self.reserved().units()
    }

    /// Reserves more memory for the request that is answered.
    ///
    /// # Errors
    /// If there is none for too long.
    pub(crate) async fn reserve(&self, bytes: usize) -> Result<(), Problem> {
        let client = self.client.load(Ordering::Relaxed);
        let more = self.connections.reserve(client, bytes).await;
        let more = more.ok_or_else(|| Problem::new(ProblemCode::Busy).with(NO_MEMORY))?;
        self.reserved().add(more);
        Ok(())
    }

    /// Keeps reserved what an answer of so many bytes takes until it was received.
    ///
    /// # Errors
    /// If more is needed than was reserved, and there is none for too long.
    pub(super) async fn reserve_answer(&self, answer: usize) -> Result<(), Problem> {
        let (needed, more) = self.reserved().for_answer(answer);
        if more > 0 {
            self.reserve(more).await?;
        }
        self.reserved().shrink_to(needed);
        Ok(())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Closes the connection at once. actix notices it when it next reads or writes.
    pub(super) fn close(&self) {
        if let Some(socket) = &self.socket {
            self.is_closed.store(true, Ordering::Relaxed);
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

const NO_MEMORY: &str =
    "the memory for requests is used up: wait as many seconds as `Retry-After` says";

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.open().all.remove(&self.number);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        if let Some(count) = open.of_client.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.of_client.remove(&self.client);
            }
        }
    }
}

/// The answer to a client that has as many connections as an address may have.
fn refusal(most: usize) -> String {
    let detail = format!("one address may hold {most} connections; close some");
    let problem = Problem::new(ProblemCode::TooManyRequests).with(detail);
    let body = serde_json::to_string(&problem).unwrap_or_default();
    format!(
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\nRetry-After: 5\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A second handle of a connection, by which it can be closed.
#[cfg(unix)]
fn second_handle(stream: &TcpStream) -> Option<Socket> {
    use std::os::fd::AsFd as _;
    stream.as_fd().try_clone_to_owned().ok().map(Socket::from)
}

#[cfg(not(unix))]
fn second_handle(_: &TcpStream) -> Option<Socket> {
    None
}
