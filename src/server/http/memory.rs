//! The memory that connections, requests and answers take: one budget for all clients.
//!
//! A connection reserves some of it when it is accepted, a request before its handler runs, a large body
//! before it is read, and an answer stays reserved until the client has received it. A request that gets none
//! within a second is refused.
//!
//! Owns the sizes; [`budget`] owns the shares of clients and who waits. Which connections are closed when nothing is left is
//! decided by [`eviction`](super::eviction). It knows no route, and never counts the memory of the rule book or
//! of the program itself.

use super::budget::{self, Budget, Shortage};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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
/// What a workbook takes beside that: the file, twice while it arrives, its shared strings and what is behind its cells.
pub(crate) const WORKBOOK: usize = 26 << 20;
/// What the clients of a last list take, while their tables grow: half as much again as their limit.
pub(crate) const CLIENTS: usize = 24 << 20;
/// What the connection's write buffer takes beside a large answer.
const WRITE_BUFFER: usize = 48 << 10;
/// The least budget with which any request can be answered.
pub const LEAST_MEMORY: usize = 16 << 20;

/// How long a request waits for memory.
const PATIENCE: Duration = Duration::from_secs(1);

/// The budget of a process.
#[derive(Debug)]
pub(super) struct Memory {
    budget: Arc<Budget>,
    /// When connections were last closed for it, in milliseconds since the process began.
    pub(super) closed_at: Mutex<u64>,
}

impl Memory {
    pub(super) fn new(bytes: usize) -> Self {
        let budget = Budget::new(bytes.max(LEAST_MEMORY) / UNIT);
        Self { budget, closed_at: Mutex::new(0) }
    }

    /// All units of the budget.
    pub(super) fn units(&self) -> usize {
        self.budget.units()
    }

    /// Why requests wait, and for how many units.
    pub(super) fn shortages(&self) -> Vec<(Shortage, usize)> {
        self.budget.shortages()
    }

    /// Reserves memory for a client. If there is none, calls `evict` and waits; nothing if that takes too long.
    pub(super) async fn reserve(
        &self,
        client: u64,
        bytes: usize,
        evict: impl FnOnce(),
    ) -> Option<Reservation> {
        let units = bytes.div_ceil(UNIT);
        self.budget.reserve(client, units, PATIENCE, evict).await.map(Reservation)
    }
}

/// What a connection holds of the budget; it is returned when this is dropped.
#[derive(Debug)]
pub(super) struct Reservation(budget::Reservation);

impl Reservation {
    /// In units of the budget.
    pub(super) fn units(&self) -> usize {
        self.0.units()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0.merge(other.0);
    }

    /// Counts it for another client.
    pub(super) fn move_to(&mut self, client: u64) {
        self.0.move_to(client);
    }

    /// Returns what is more than `bytes` beside the connection itself.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let kept = (CONNECTION + bytes).div_ceil(UNIT);
        self.0.shrink_to(kept);
    }

    /// The bytes that an answer takes until it was received, and how many of these are still to be reserved.
    pub(super) fn for_answer(&self, answer: usize) -> (usize, usize) {
        let needed = answer + answer.min(WRITE_BUFFER);
        let held = (self.units() * UNIT).saturating_sub(CONNECTION);
        // An answer that fits into the connection's own buffers needs no more.
        (needed, if needed > held + CONNECTION { needed - held } else { 0 })
    }
}
