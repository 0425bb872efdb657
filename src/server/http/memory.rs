//! The memory that connections, requests and answers take: one budget for all clients.
//!
//! A connection reserves some of it when it is accepted, a request before its handler runs, a large body
//! before it is read, and an answer stays reserved until the client has received it. A request that gets none
//! within a second is refused.
//!
//! Owns the budget, the sizes, and who waits for memory. Which connections are closed when nothing is left is
//! decided by [`eviction`](super::eviction). It knows no route, and never counts the memory of the rule book or
//! of the program itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The budget is counted in these.
const UNIT: usize = 1024;
/// What an open connection takes: its buffers, its task and its entry in the tables.
pub(super) const CONNECTION: usize = 32 << 10;
/// The bytes of a body for which every request has memory.
pub(super) const BODY: usize = 256 << 10;
/// What a request takes until its answer is made: a body of a profile, the profile that is parsed, and a full answer.
pub(super) const REQUEST: usize = BODY + (128 << 10);
/// What a list takes while it is screened: its sample, a chunk of rows and the screened chunk.
pub(crate) const SCREENING: usize = 4 << 20;
/// What the connection's write buffer takes beside a large answer.
const WRITE_BUFFER: usize = 48 << 10;
/// The least budget with which any request can be answered.
pub const LEAST_MEMORY: usize = 16 << 20;

/// How long a request waits for memory.
const PATIENCE: Duration = Duration::from_secs(1);

/// The budget of a process.
#[derive(Debug)]
pub(super) struct Memory {
    free: Arc<Semaphore>,
    pub(super) units: usize,
    /// The units that requests wait for.
    wanted: AtomicUsize,
    /// When connections were last closed for it, in milliseconds since the process began.
    pub(super) closed_at: Mutex<u64>,
}

impl Memory {
    pub(super) fn new(bytes: usize) -> Self {
        let units = bytes.max(LEAST_MEMORY) / UNIT;
        let free = Arc::new(Semaphore::new(units));
        Self { free, units, wanted: AtomicUsize::new(0), closed_at: Mutex::new(0) }
    }

    /// The units that so many bytes take. A body may be allowed to be larger than the budget.
    fn units(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.div_ceil(UNIT).min(self.units / 2)).unwrap_or(u32::MAX)
    }

    /// The units that requests wait for.
    pub(super) fn wanted(&self) -> usize {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Reserves memory. If there is none, calls `evict` and waits; nothing if that takes too long.
    pub(super) async fn reserve(&self, bytes: usize, evict: impl FnOnce()) -> Option<Reservation> {
        let units = self.units(bytes);
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_many_owned(units) {
            return Some(Reservation(permit));
        }
        let _wanted = Wanted::new(&self.wanted, units as usize);
        evict();
        let permit = Arc::clone(&self.free).acquire_many_owned(units);
        actix_web::rt::time::timeout(PATIENCE, permit).await.ok()?.ok().map(Reservation)
    }
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

/// What a connection holds of the budget; it is returned when this is dropped.
#[derive(Debug)]
pub(super) struct Reservation(OwnedSemaphorePermit);

impl Reservation {
    /// In units of the budget.
    pub(super) fn units(&self) -> usize {
        self.0.num_permits()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0.merge(other.0);
    }

    /// Returns what is more than `bytes` beside the connection itself.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let kept = (CONNECTION + bytes).div_ceil(UNIT);
        drop(self.0.split(self.units().saturating_sub(kept)));
    }

    /// The bytes that an answer takes until it was received, and how many of these are still to be reserved.
    pub(super) fn for_answer(&self, answer: usize) -> (usize, usize) {
        let needed = answer + answer.min(WRITE_BUFFER);
        let held = (self.units() * UNIT).saturating_sub(CONNECTION);
        // An answer that fits into the connection's own buffers needs no more.
        (needed, if needed > held + CONNECTION { needed - held } else { 0 })
    }
}
