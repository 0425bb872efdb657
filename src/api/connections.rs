//! The connections that are open: how many of each client, and which have not taken their answer.
//!
//! actix closes a connection whose head does not come and one that is idle, and waits for ever for a
//! client that does not read, or whose body it has answered before its end. Here each connection has a
//! time at which it is cut, set when an answer begins, or a piece of one, and taken back by the next
//! request. It is later than that at which actix closes an idle one, so only those two are cut.
//!
//! What the system keeps of answers that nobody reads is bounded too: it would take megabytes of each
//! connection, and the server would make answers to fill them.

use super::pace::{Paced, Turn};
use super::state::State;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use std::collections::HashMap;
use std::net::{IpAddr, Shutdown, TcpStream as Socket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
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

/// All open connections of a process.
#[derive(Debug)]
pub(super) struct Connections {
    began: Instant,
    /// Time for a client to take an answer.
    patience: Duration,
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
    if let Some(connection) = &stream.connection {
        data.insert(Arc::clone(connection));
    }
}

/// One open connection; requests find it by `conn_data`.
#[derive(Debug)]
pub(super) struct Connection {
    number: u64,
    pub(super) peer: IpAddr,
    /// How many its client has, this one among them, when it was opened.
    pub(super) nth: usize,
    socket: Option<Socket>,
    all: Arc<Connections>,
    /// When it is cut, in milliseconds since the process began.
    cut_at: AtomicU64,
    pub(super) turn: Turn,
}

impl Connections {
    pub(super) fn new(patience: Duration) -> Self {
        Self { began: Instant::now(), patience, open: Mutex::default() }
    }

    fn after(&self, time: Duration) -> u64 {
        u64::try_from((self.began.elapsed() + time).as_millis()).unwrap_or(NOTHING)
    }

    fn open(self: &Arc<Self>, stream: &TcpStream) -> Option<Arc<Connection>> {
        let peer = stream.peer_addr().ok()?.ip().to_canonical();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let number = open.next;
        open.next += 1;
        let count = open.of_client.entry(peer).or_default();
        *count += 1;
        let connection = Arc::new(Connection {
            number,
            peer,
            nth: *count,
            socket: handle(stream),
            all: Arc::clone(self),
            cut_at: AtomicU64::new(NOTHING),
            turn: Turn::default(),
        });
        open.all.insert(number, Arc::downgrade(&connection));
        Some(connection)
    }

    /// Cuts the connections whose time has come.
    fn cut(&self) -> usize {
        let now = self.after(Duration::ZERO);
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let late: Vec<Arc<Connection>> = open
            .all
            .values()
            .filter_map(Weak::upgrade)
            .filter(|it| it.cut_at.load(Ordering::Relaxed) < now)
            .collect();
        // Dropping one takes the lock.
        drop(open);
        for connection in &late {
            if let Some(socket) = &connection.socket {
                let _ = socket.shutdown(Shutdown::Both);
            }
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
        self.cut_at.store(NOTHING, Ordering::Relaxed);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.all.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all.remove(&self.number);
        if let Some(count) = open.of_client.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                open.of_client.remove(&self.peer);
            }
        }
    }
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
    pub fn connected(&self, stream: TcpStream) -> Paced {
        // Without either the connection is served all the same.
        let socket = socket2::SockRef::from(&stream);
        let _ = socket.set_send_buffer_size(UNREAD);
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_notsent_lowat(UNSENT);
        let _ = stream.set_nodelay(true);
        let connection = self.connections.open(&stream);
        Paced::new(stream, connection)
    }

    /// Cuts clients that drip or do not read, as long as the service runs.
    pub async fn watch_connections(self) {
        while self.pause(LOOK).await {
            let cut = self.connections.cut();
            if cut > 0 {
                tracing::warn!(connections = cut, "slow clients are cut");
            }
        }
    }
}
