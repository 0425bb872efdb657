//! The connections that are open: how many of each client, and which have not taken their answer.
//!
//! actix closes a connection whose head does not come and one that is idle, and waits for ever for a
//! client that does not read, or whose body it has answered before its end. Here each connection has a
//! time at which it is cut, set when an answer begins, or a piece of one, and taken back by the next
//! request. It is later than that at which actix closes an idle one, so only those two are cut.
//!
//! What the system keeps of answers that nobody reads is bounded too: it would take megabytes of each
//! connection, and the server would make answers to fill them.
//!
//! A connection is counted for its address when it is accepted. One too many is refused and closed before a
//! byte of it is read. What each holds of the memory is the matter of `memory`.

use super::access::counted;
use super::error::{Problem, ProblemCode};
use super::limits::Limits;
use super::memory::{CONNECTION, Memory, PERIOD, Reserved};
use super::pace::{Paced, Turn};
use super::state::State;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, Shutdown, TcpStream as Socket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How often connections are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Time for an answer that is the last of its connection.
const LAST: Duration = Duration::from_secs(1);
/// Bytes that the system keeps on their way to a client: more than one full answer.
const UNREAD: usize = 256 * 1024;
/// Bytes of these that the client has not even room for. Whoever reads nothing costs this, and no more.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 * 1024;
/// In the place of a time: nothing is waited for.
const NOTHING: u64 = u64::MAX;
/// In the place of a caller: a proxy that works for none at the moment.
const NOBODY: u64 = 0;

/// All open connections of a process.
#[derive(Debug)]
pub(super) struct Connections {
    began: Instant,
    /// Time for a client to take an answer.
    patience: Duration,
    /// Connections of one address.
    most: Option<usize>,
    /// What is answered to one too many, as it goes over the wire.
    refusal: String,
    /// Callers are compared by hashes of their addresses.
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

/// What requests find by `conn_data`.
pub fn remember(stream: &Paced, data: &mut Extensions) {
    data.insert(Arc::clone(&stream.connection));
}

/// One open connection; requests find it by `conn_data`.
#[derive(Debug)]
pub(super) struct Connection {
    number: u64,
    _counted: Counted,
    is_proxy: bool,
    socket: Option<Socket>,
    pub(super) all: Arc<Connections>,
    /// When it is cut, in milliseconds since the process began.
    cut_at: AtomicU64,
    is_closed: AtomicBool,
    /// When its client last sent or received something, in milliseconds since the process began.
    active_at: AtomicU64,
    /// The hash of the address for which it works.
    caller: AtomicU64,
    /// What it holds of the memory.
    reserved: Mutex<Reserved>,
    /// The answer's body is at its end; what of it is not sent yet stands in the connection's buffer.
    has_answered: AtomicBool,
    pub(super) turn: Turn,
}

/// A connection as one of its address.
#[derive(Debug)]
struct Counted {
    all: Arc<Connections>,
    client: IpAddr,
}

impl Connections {
    pub(super) fn new(limits: &Limits) -> Self {
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

    pub(super) fn now(&self) -> u64 {
        self.after(Duration::ZERO)
    }

    fn after(&self, time: Duration) -> u64 {
        u64::try_from((self.began.elapsed() + time).as_millis()).unwrap_or(NOTHING)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn all(&self) -> Vec<Arc<Connection>> {
        // Dropping one takes the lock: none may be dropped while it is held.
        self.open().all.values().filter_map(Weak::upgrade).collect()
    }

    /// Counts a connection of an address; nothing if it has as many as it may have.
    fn count(self: &Arc<Self>, peer: IpAddr, is_proxy: bool) -> Option<Counted> {
        let client = counted(peer);
        let mut open = self.open();
        let count = open.of_client.entry(client).or_default();
        // Behind a proxy's address stand all its clients.
        if !is_proxy && self.most.is_some_and(|most| *count >= most) {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Counted { all: Arc::clone(self), client })
    }

    /// Takes a connection of an address into the tables.
    ///
    /// # Errors
    /// If the address has too many, or there is no memory.
    async fn accept(
        self: &Arc<Self>,
        stream: &TcpStream,
        peer: IpAddr,
        is_proxy: bool,
    ) -> io::Result<Arc<Connection>> {
        let Some(counted) = self.count(peer, is_proxy) else {
            // Whoever does not take these few bytes at once learns it from the close.
            let _ = socket2::SockRef::from(stream).send(self.refusal.as_bytes());
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        let permit = self.reserve(CONNECTION).await.ok_or(io::ErrorKind::OutOfMemory)?;
        let caller = if is_proxy { NOBODY } else { self.caller(counted.client) };
        let mut open = self.open();
        let number = open.next;
        open.next += 1;
        let connection = Arc::new(Connection {
            number,
            _counted: counted,
            is_proxy,
            socket: handle(stream),
            all: Arc::clone(self),
            cut_at: AtomicU64::new(NOTHING),
            is_closed: AtomicBool::new(false),
            active_at: AtomicU64::new(self.now()),
            caller: AtomicU64::new(caller),
            reserved: Mutex::new(Reserved::new(permit)),
            has_answered: AtomicBool::new(false),
            turn: Turn::default(),
        });
        open.all.insert(number, Arc::downgrade(&connection));
        Ok(connection)
    }

    fn caller(&self, client: IpAddr) -> u64 {
        self.hasher.hash_one(client).max(NOBODY + 1)
    }

    /// Cuts the connections whose time has come.
    fn cut(&self) -> usize {
        let now = self.now();
        let mut late = self.all();
        late.retain(|it| it.cut_at.load(Ordering::Relaxed) < now);
        for connection in &late {
            connection.close();
        }
        late.len()
    }
}

impl Connection {
    /// An answer begins, or a piece of one.
    pub(super) fn sends(&self) {
        self.cut_at.store(self.all.after(self.all.patience), Ordering::Relaxed);
    }

    /// The last answer begins.
    pub(super) fn ends(&self) {
        self.cut_at.store(self.all.after(LAST), Ordering::Relaxed);
    }

    /// A request has come: the answers before it were taken.
    pub(super) fn asks(&self) {
        self.has_answered.store(false, Ordering::Relaxed);
        self.cut_at.store(NOTHING, Ordering::Relaxed);
    }

    /// Something was sent or received.
    pub(super) fn is_active(&self) {
        self.active_at.store(self.all.now(), Ordering::Relaxed);
    }

    pub(super) fn active_at(&self) -> u64 {
        self.active_at.load(Ordering::Relaxed)
    }

    /// Works for a client, whose address a proxy may have told.
    pub(super) fn works_for(&self, client: IpAddr) {
        if self.is_proxy {
            self.caller.store(self.all.caller(counted(client)), Ordering::Relaxed);
        }
    }

    /// The hash of the address for which it works; nothing of a proxy that works for none at the moment.
    pub(super) fn caller(&self) -> Option<u64> {
        Some(self.caller.load(Ordering::Relaxed)).filter(|caller| *caller != NOBODY)
    }

    /// The body of the answer is at its end.
    pub(super) fn has_answered(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Everything that was to be sent was given to the system.
    pub(super) fn is_flushed(&self) {
        if self.has_answered.swap(false, Ordering::Relaxed) {
            self.give_back();
            if self.is_proxy {
                self.caller.store(NOBODY, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn reserved(&self) -> MutexGuard<'_, Reserved> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it holds of the memory, in units of the budget.
    pub(super) fn held(&self) -> usize {
        self.reserved().units()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Ends the connection, whatever it is at. actix notices it when it next reads or writes.
    pub(super) fn close(&self) {
        if let Some(socket) = &self.socket {
            self.is_closed.store(true, Ordering::Relaxed);
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.all.open().all.remove(&self.number);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.all.open();
        if let Some(count) = open.of_client.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.of_client.remove(&self.client);
            }
        }
    }
}

/// The answer to one who has as many connections as an address may have.
fn refusal(most: usize) -> String {
    let detail = format!("one address may hold {most} connections; close some");
    let problem = Problem::new(ProblemCode::TooManyRequests).with(detail);
    let body = serde_json::to_string(&problem).unwrap_or_default();
    format!(
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\nRetry-After: 5\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A second handle of a connection, by which it can be cut.
#[cfg(unix)]
fn handle(stream: &TcpStream) -> Option<Socket> {
    use std::os::fd::AsFd as _;
    stream.as_fd().try_clone_to_owned().ok().map(Socket::from)
}

#[cfg(not(unix))]
fn handle(_: &TcpStream) -> Option<Socket> {
    None
}

impl State {
    /// Takes a connection that was opened.
    ///
    /// # Errors
    /// If its address has too many, or there is no memory for it. The stream is then closed.
    pub async fn connected(&self, stream: TcpStream) -> io::Result<Paced> {
        // Without these the connection is served all the same.
        let socket = socket2::SockRef::from(&stream);
        let _ = socket.set_send_buffer_size(UNREAD);
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_notsent_lowat(UNSENT);
        let _ = stream.set_nodelay(true);
        let peer = stream.peer_addr()?.ip().to_canonical();
        let is_proxy = self.access.proxies.trusts(peer);
        let connection = self.connections.accept(&stream, peer, is_proxy).await?;
        Ok(Paced::new(stream, connection))
    }

    /// Cuts clients that drip or do not read, and those that hold the memory for which others wait, as long as
    /// the service runs.
    pub async fn watch_connections(self) {
        let mut looked = Instant::now();
        while self.pause(PERIOD).await {
            self.connections.close_for_waiting();
            if looked.elapsed() < LOOK {
                continue;
            }
            looked = Instant::now();
            let cut = self.connections.cut();
            if cut > 0 {
                tracing::warn!(connections = cut, "slow clients are cut");
            }
        }
    }
}
