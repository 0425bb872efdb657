//! The memory that connections, requests and answers take: one budget for all callers.
//!
//! A connection reserves some of it when it is accepted, a request before its handler runs, a large body
//! before it is read, and an answer stays reserved until the client has received it. When nothing is left, the
//! service closes connections of the caller that holds most, and the request that needs memory waits for
//! what they give back. So a caller that fills the memory loses its own connections; the others wait
//! some milliseconds. A request that gets none within a second is refused.
//!
//! Owns the budget and the choice of what is closed. It knows no route, and it never counts what the
//! rule book or the program itself takes.

use super::connections::{Connection, Connections};
use super::error::{Problem, ProblemCode};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The budget is counted in these.
const UNIT: usize = 1024;
/// What an open connection takes: its buffers, its task and its place in the tables.
pub(super) const CONNECTION: usize = 32 << 10;
/// The bytes of a body for which every request has memory.
pub(super) const BODY: usize = 256 << 10;
/// What a request takes until its answer is made: a body of a profile, what is read of it, and a full answer.
pub(super) const REQUEST: usize = BODY + (128 << 10);
/// What a list takes while it is screened: its sample, a chunk of rows and what comes of it.
pub(super) const SCREENING: usize = 4 << 20;
/// What the connection's write buffer takes beside a large answer.
const WRITE_BUFFER: usize = 48 << 10;
/// The least budget with which any request can be answered.
pub const LEAST: usize = 16 << 20;

/// How long a request waits for memory.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often connections are closed for those who wait.
pub(super) const PERIOD: Duration = Duration::from_millis(20);
/// Connections are closed for at least this part of the budget at a time, so that this is not done for each
/// request, and for no more than half of it.
const PART_FREED: usize = 32;

/// The budget of a process.
#[derive(Debug)]
pub(super) struct Memory {
    free: Arc<Semaphore>,
    units: usize,
    /// The units that requests wait for.
    wanted: AtomicUsize,
    /// When connections were last closed for it, in milliseconds since the process began.
    closed_at: Mutex<u64>,
}

impl Memory {
    pub(super) fn new(bytes: usize) -> Self {
        let units = bytes.max(LEAST) / UNIT;
        let free = Arc::new(Semaphore::new(units));
        Self { free, units, wanted: AtomicUsize::new(0), closed_at: Mutex::new(0) }
    }

    /// The units that so many bytes take. A body may be allowed to be larger than the budget.
    fn units(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.div_ceil(UNIT).min(self.units / 2)).unwrap_or(u32::MAX)
    }
}

impl Connections {
    /// Reserves memory; nothing if there is none for too long.
    pub(super) async fn reserve(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = self.memory.units(bytes);
        if let Ok(permit) = Arc::clone(&self.memory.free).try_acquire_many_owned(units) {
            return Some(permit);
        }
        let _wanted = Wanted::new(&self.memory.wanted, units as usize);
        self.close_for_waiting();
        let permit = Arc::clone(&self.memory.free).acquire_many_owned(units);
        actix_web::rt::time::timeout(PATIENCE, permit).await.ok()?.ok()
    }

    /// Closes connections that hold as much memory as is waited for, if that was not just done.
    pub(super) fn close_for_waiting(&self) {
        let wanted = self.memory.wanted.load(Ordering::Relaxed);
        if wanted == 0 {
            return;
        }
        let now = self.now();
        let Ok(mut closed_at) = self.memory.closed_at.try_lock() else { return };
        if now < closed_at.saturating_add(PERIOD.as_millis() as u64 / 2) {
            return;
        }
        *closed_at = now;
        let units = self.memory.units;
        let closed = self.close_largest(wanted.clamp(units / PART_FREED, units / 2), now);
        if closed > 0 {
            tracing::warn!(connections = closed, "memory is used up: connections are closed");
        }
    }

    /// Closes connections of the caller that holds most, until what they hold is as much or it has no more; says
    /// how many. Those that have held much without any progress for long come first.
    fn close_largest(&self, units: usize, now: u64) -> usize {
        let mut callers: HashMap<u64, Holder> = HashMap::new();
        let mut wanted = units;
        for connection in self.all() {
            let Some(caller) = connection.caller() else { continue };
            let held = connection.held();
            let holder = callers.entry(caller).or_default();
            holder.units += held;
            if connection.is_closed() {
                // What it holds is on its way back.
                wanted = wanted.saturating_sub(held);
            } else {
                let idle = now.saturating_sub(connection.active_at());
                let cost = idle.saturating_mul(held as u64);
                holder.connections.push((cost, held, connection));
            }
        }
        let largest = callers.into_values().max_by_key(|holder| holder.units);
        let mut connections = largest.unwrap_or_default().connections;
        connections.sort_unstable_by_key(|(cost, ..)| Reverse(*cost));
        let mut closed = 0;
        for (_, held, connection) in connections {
            if wanted == 0 {
                break;
            }
            connection.close();
            wanted = wanted.saturating_sub(held);
            closed += 1;
        }
        closed
    }
}

/// What one caller holds of the budget.
#[derive(Default)]
struct Holder {
    units: usize,
    /// Its connections: what closing each is worth (units times milliseconds without progress), its units, and it.
    connections: Vec<(u64, usize, Arc<Connection>)>,
}

/// Units that a request waits for, as long as it does.
struct Wanted<'a>(&'a AtomicUsize, usize);

impl<'a> Wanted<'a> {
    fn new(sum: &'a AtomicUsize, units: usize) -> Self {
        sum.fetch_add(units, Ordering::Relaxed);
        Self(sum, units)
    }
}

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}

/// What a connection holds of the budget.
#[derive(Debug)]
pub(super) struct Reserved(OwnedSemaphorePermit);

impl Reserved {
    pub(super) fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(permit)
    }

    /// In units of the budget.
    pub(super) fn units(&self) -> usize {
        self.0.num_permits()
    }

    fn add(&mut self, permit: OwnedSemaphorePermit) {
        self.0.merge(permit);
    }

    /// Gives back what is more than `bytes` beside the connection itself.
    fn keep(&mut self, bytes: usize) {
        let kept = (CONNECTION + bytes).div_ceil(UNIT);
        drop(self.0.split(self.units().saturating_sub(kept)));
    }
}

impl Connection {
    /// Reserves more memory for the request that is worked on.
    ///
    /// # Errors
    /// If there is none for too long.
    pub(super) async fn reserve(&self, bytes: usize) -> Result<(), Problem> {
        let permit = self.all.reserve(bytes).await;
        let permit = permit.ok_or_else(|| Problem::new(ProblemCode::Busy).with(NO_MEMORY))?;
        self.reserved().add(permit);
        Ok(())
    }

    /// Keeps reserved what an answer of so many bytes takes until it was received.
    ///
    /// # Errors
    /// If more is needed than was reserved, and there is none for too long.
    pub(super) async fn keep_for(&self, answer: usize) -> Result<(), Problem> {
        let needed = answer + answer.min(WRITE_BUFFER);
        let held = (self.held() * UNIT).saturating_sub(CONNECTION);
        // An answer that fits into the connection's own buffers needs no more.
        if needed > held + CONNECTION {
            self.reserve(needed - held).await?;
        }
        self.reserved().keep(needed);
        Ok(())
    }

    /// Gives back what was reserved for requests and answers.
    pub(super) fn give_back(&self) {
        self.reserved().keep(0);
    }
}

const NO_MEMORY: &str =
    "the memory for requests is used up: wait as many seconds as `Retry-After` says";
