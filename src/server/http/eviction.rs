//! Eviction: which connections are closed when the memory is used up, or when a client is too slow.
//!
//! When nothing is left, connections of the client that holds most are closed, and the request that needs memory
//! waits for what they return. So a client that fills the memory loses its own connections; the others wait
//! some milliseconds. A connection whose deadline has passed is closed too.
//!
//! In goes the table of connections, out come closed sockets. It reserves nothing and answers nobody.

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
        let wanted = self.memory.wanted();
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

    /// Closes connections of the client that holds most, until they return so many units or it has no more; returns
    /// how many. Those that have held much without any progress for long come first.
    fn close_largest(&self, units: usize, now: u64) -> usize {
        let mut clients: HashMap<u64, Holder> = HashMap::new();
        let mut wanted = units;
        for connection in self.all() {
            let Some(client) = connection.client() else { continue };
            let held = connection.held();
            let holder = clients.entry(client).or_default();
            holder.units += held;
            if connection.is_closed() {
                // What it holds is about to be returned.
                wanted = wanted.saturating_sub(held);
            } else {
                let idle = now.saturating_sub(connection.active_at());
                let cost = idle.saturating_mul(held as u64);
                holder.connections.push((cost, held, connection));
            }
        }
        let largest = clients.into_values().max_by_key(|holder| holder.units);
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
    /// Its connections: what closing each is worth (units times milliseconds without progress), its units, and it.
    connections: Vec<(u64, usize, Arc<Connection>)>,
}
