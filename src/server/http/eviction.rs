//! Eviction: which connections are closed when the memory is used up, or when a client is too slow.
//!
//! When a client has used up its share, its own connections are closed; when the clients together have used up the
//! budget, those of the client that holds most. The request that needs memory waits for what they return. A
//! connection whose deadline has passed is closed too.
//!
//! In goes the table of connections, out come closed sockets. It reserves nothing and answers nobody.

use super::budget::Shortage;
use super::connections::{Connection, Connections};
use super::shutdown::Shutdown;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often connections are closed for requests that wait for memory.
const PERIOD: Duration = Duration::from_millis(20);
/// How often deadlines are checked.
const DEADLINES: Duration = Duration::from_secs(1);
/// Connections are closed for at least this part of the budget at a time, so that this is not done for each
/// request, and for no more than half of it.
const PART_FREED: usize = 32;

impl Connections {
    /// Closes slow clients, and those that hold the memory for which others wait, as long as the service runs.
    pub(crate) async fn watch(self: Arc<Self>, shutdown: Shutdown) {
        let mut checked = Instant::now();
        while shutdown.pause(PERIOD).await {
            self.close_for_waiting();
            if checked.elapsed() < DEADLINES {
                continue;
            }
            checked = Instant::now();
            let closed = self.close_late();
            if closed > 0 {
                tracing::warn!(connections = closed, "slow clients are cut");
            }
        }
    }

    /// Closes connections that hold as much memory as is waited for, if that was not just done.
    pub(super) fn close_for_waiting(&self) {
        let shortages = self.memory.shortages();
        if shortages.is_empty() {
            return;
        }
        let now = self.now();
        let Ok(mut closed_at) = self.memory.closed_at.try_lock() else { return };
        if now < closed_at.saturating_add(PERIOD.as_millis() as u64 / 2) {
            return;
        }
        *closed_at = now;
        let units = self.memory.units();
        let wanted = |wanted: usize| wanted.clamp(units / PART_FREED, units / 2);
        let closed = self.close_holders(&shortages, wanted, now);
        if closed > 0 {
            tracing::warn!(connections = closed, "memory is used up: connections are closed");
        }
    }

    /// Closes connections of the clients that are short of memory, or of the client that holds most where all are,
    /// until they return so many units or it has no more; returns how many. Those that have held much without any
    /// progress for long come first.
    fn close_holders(
        &self,
        shortages: &[(Shortage, usize)],
        wanted: impl Fn(usize) -> usize,
        now: u64,
    ) -> usize {
        let mut clients: HashMap<u64, Holder> = HashMap::new();
        for connection in self.all() {
            let Some(client) = connection.client() else { continue };
            clients.entry(client).or_default().add(connection, now);
        }
        let mut closed = 0;
        for (shortage, units) in shortages {
            let client = match shortage {
                Shortage::Share(client) => Some(*client),
                Shortage::Budget => {
                    clients.iter().max_by_key(|(_, holder)| holder.units).map(|(client, _)| *client)
                }
            };
            let holder = client.and_then(|client| clients.get_mut(&client));
            closed += holder.map_or(0, |holder| holder.close(wanted(*units)));
        }
        closed
    }

    /// Closes the connections whose deadline has passed; returns how many.
    fn close_late(&self) -> usize {
        let now = self.now();
        let mut late = self.all();
        late.retain(|connection| connection.deadline() < now);
        for connection in &late {
            connection.close();
        }
        late.len()
    }
}

/// What one client holds of the budget.
#[derive(Default)]
struct Holder {
    units: usize,
    /// Units that connections which were closed are about to return.
    returning: usize,
    /// Its connections: what closing each is worth (units times milliseconds without progress), its units, and it.
    connections: Vec<(u64, usize, Arc<Connection>)>,
}

impl Holder {
    fn add(&mut self, connection: Arc<Connection>, now: u64) {
        let held = connection.held();
        self.units += held;
        if connection.is_closed() {
            self.returning += held;
        } else {
            let idle = now.saturating_sub(connection.active_at());
            self.connections.push((idle.saturating_mul(held as u64), held, connection));
        }
    }

    /// Closes connections until so many units are about to be returned; returns how many.
    fn close(&mut self, wanted: usize) -> usize {
        self.connections.sort_unstable_by_key(|(worth, ..)| Reverse(*worth));
        let mut closed = 0;
        for (_, held, connection) in self.connections.drain(..) {
            if self.returning >= wanted {
                break;
            }
            connection.close();
            self.returning += held;
            closed += 1;
        }
        closed
    }
}
