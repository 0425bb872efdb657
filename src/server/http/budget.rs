//! A budget of memory that clients share fairly.
//!
//! In go requests for units, out come reservations, which give their units back when they are dropped. No client
//! holds more than [`SHARE`] of the budget, so a single client never makes the others wait. When several clients
//! have used it up together, freed units go to the waiting client that holds least; of one client, to the request
//! that came first.
//!
//! Owns the arithmetic of the budget alone: it knows no connection, closes nothing and has no clock but the timeout
//! of a request.

use foldhash::HashMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// The part of the budget that one client may hold, in eighths.
const SHARE: usize = 5;

/// A number of units that clients share.
#[derive(Debug)]
pub(super) struct Budget {
    units: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    free: usize,
    next_request: u64,
    /// Clients that hold units or wait for some.
    clients: HashMap<u64, Client>,
    /// The units of all waiting requests.
    wanted: usize,
}

#[derive(Debug, Default)]
struct Client {
    held: usize,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    request: u64,
    units: usize,
    granted: oneshot::Sender<Reservation>,
}

/// Why requests wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortage {
    /// The clients together have used up the budget.
    Budget,
    /// The client has used up its share.
    Share(u64),
}

impl Budget {
    pub(super) fn new(units: usize) -> Arc<Self> {
        let state = State { free: units, ..State::default() };
        Arc::new(Self { units, state: Mutex::new(state) })
    }

    /// All units, free and reserved.
    pub(super) fn units(&self) -> usize {
        self.units
    }

    /// The units that requests wait for: of each client that has used up its share, and of all others together.
    pub(super) fn shortages(&self) -> Vec<(Shortage, usize)> {
        let state = self.state();
        if state.wanted == 0 {
            return Vec::new();
        }
        let mut shortages = Vec::new();
        let mut of_all = 0;
        for (id, client) in &state.clients {
            let Some(first) = client.waiting.front() else { continue };
            let units = client.waiting.iter().map(|waiting| waiting.units).sum();
            if self.allows(client.held + first.units) {
                of_all += units;
            } else {
                shortages.push((Shortage::Share(*id), units));
            }
        }
        if of_all > 0 {
            shortages.push((Shortage::Budget, of_all));
        }
        shortages
    }

    /// Reserves units for a client; at most half of the budget, so that any request can be served.
    ///
    /// Returns nothing if there are too few for `patience`. `waits` is called once if the request has to wait.
    pub(super) async fn reserve(
        self: &Arc<Self>,
        client: u64,
        units: usize,
        patience: Duration,
        waits: impl FnOnce(),
    ) -> Option<Reservation> {
        let units = units.min(self.units / 2);
        let (request, mut granted) = {
            let mut state = self.state();
            if state.wanted == 0 && units <= state.free && self.allows(state.held(client) + units) {
                return Some(self.take(&mut state, client, units));
            }
            let request = state.next_request;
            state.next_request += 1;
            state.wanted += units;
            let (sender, granted) = oneshot::channel();
            let waiting = Waiting { request, units, granted: sender };
            state.clients.entry(client).or_default().waiting.push_back(waiting);
            self.serve(state);
            (request, granted)
        };
        // Withdraws the request when it is given up, or when this future is dropped.
        let _waiting = Withdraw { budget: self, client, request };
        if let Ok(reservation) = granted.try_recv() {
            return Some(reservation);
        }
        waits();
        actix_web::rt::time::timeout(patience, granted).await.ok()?.ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one client may hold so many units.
    fn allows(&self, held: usize) -> bool {
        held.saturating_mul(8) <= self.units.saturating_mul(SHARE)
    }

    /// INVARIANT: `free` and what clients hold are together all units. Only `take`, `give_back` and
    /// `Reservation::move_to` change them, under one lock.
    fn take(self: &Arc<Self>, state: &mut State, client: u64, units: usize) -> Reservation {
        state.free -= units;
        state.clients.entry(client).or_default().held += units;
        Reservation { budget: Arc::clone(self), client, units }
    }

    fn give_back(self: &Arc<Self>, client: u64, units: usize) {
        let mut state = self.state();
        state.free += units;
        state.release(client, units);
        self.serve(state);
    }

    /// Grants what is free to those who wait.
    fn serve(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let mut unclaimed = Vec::new();
        while state.wanted > 0 {
            let next = (state.clients.iter())
                .filter_map(|(id, client)| {
                    let first = client.waiting.front()?;
                    let allowed = self.allows(client.held + first.units);
                    allowed.then_some((client.held, first.request, *id, first.units))
                })
                .min();
            // The client whose turn it is may want more than is free: the others wait behind it.
            let Some((.., id, units)) = next.filter(|(.., units)| *units <= state.free) else {
                break;
            };
            let Some(waiting) =
                state.clients.get_mut(&id).and_then(|client| client.waiting.pop_front())
            else {
                break;
            };
            state.wanted -= units;
            let reservation = self.take(&mut state, id, units);
            if let Err(reservation) = waiting.granted.send(reservation) {
                unclaimed.push(reservation);
            }
        }
        // Dropping one takes the lock.
        drop(state);
        drop(unclaimed);
    }

    fn withdraw(self: &Arc<Self>, client: u64, request: u64) {
        let mut state = self.state();
        let Some(entry) = state.clients.get_mut(&client) else { return };
        let Some(at) = entry.waiting.iter().position(|waiting| waiting.request == request) else {
            return;
        };
        let units = entry.waiting.remove(at).map_or(0, |waiting| waiting.units);
        state.wanted -= units;
        state.release(client, 0);
        // It may have stood before one that fits.
        self.serve(state);
    }
}

impl State {
    fn held(&self, client: u64) -> usize {
        self.clients.get(&client).map_or(0, |client| client.held)
    }

    fn release(&mut self, client: u64, units: usize) {
        if let Some(entry) = self.clients.get_mut(&client) {
            entry.held -= units;
            if entry.held == 0 && entry.waiting.is_empty() {
                self.clients.remove(&client);
            }
        }
    }
}

/// Takes a request out of the queue, if it still waits.
struct Withdraw<'a> {
    budget: &'a Arc<Budget>,
    client: u64,
    request: u64,
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        self.budget.withdraw(self.client, self.request);
    }
}

/// Units that a client holds, until this is dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    budget: Arc<Budget>,
    client: u64,
    units: usize,
}

impl Reservation {
    pub(super) fn units(&self) -> usize {
        self.units
    }

    /// Takes over the units of another reservation of the same budget.
    pub(super) fn merge(&mut self, mut other: Self) {
        other.move_to(self.client);
        self.units += std::mem::take(&mut other.units);
    }

    /// Gives back all units above `units`.
    pub(super) fn shrink_to(&mut self, units: usize) {
        let surplus = self.units.saturating_sub(units);
        if surplus > 0 {
            self.units -= surplus;
            self.budget.give_back(self.client, surplus);
        }
    }

    /// Counts the units for another client, whatever that one holds.
    pub(super) fn move_to(&mut self, client: u64) {
        if client == self.client {
            return;
        }
        let mut state = self.budget.state();
        state.clients.entry(client).or_default().held += self.units;
        state.release(self.client, self.units);
        self.client = client;
        self.budget.serve(state);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.units > 0 {
            self.budget.give_back(self.client, self.units);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    const LONG: Duration = Duration::from_secs(3600);

    fn poll<T>(future: &mut Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[actix_web::test]
    async fn one_client_gets_its_share_and_leaves_the_rest_to_others() {
        let budget = Budget::new(80);
        let first = budget.reserve(1, 40, LONG, || {}).await.map(|it| it.units());
        assert_eq!(first, Some(40));
        let held = budget.reserve(1, 40, LONG, || {}).await;
        let mut more = pin!(budget.reserve(1, 20, LONG, || {}));
        assert!(poll(&mut more).is_pending(), "40 of 80 and 20 more are over its share");
        assert_eq!(budget.shortages(), [(Shortage::Share(1), 20)]);
        assert!(budget.reserve(2, 30, LONG, || {}).await.is_some(), "another client does not wait");
        drop(held);
        assert!(poll(&mut more).is_ready());
        assert_eq!(budget.shortages(), []);
    }

    #[actix_web::test]
    async fn freed_units_go_to_the_client_that_holds_least() {
        let budget = Budget::new(80);
        let a = budget.reserve(1, 40, LONG, || {}).await;
        let b = budget.reserve(2, 30, LONG, || {}).await;
        let c = budget.reserve(3, 10, LONG, || {}).await;
        let (mut first, mut second, mut third) = (
            pin!(budget.reserve(1, 10, LONG, || {})),
            pin!(budget.reserve(2, 10, LONG, || {})),
            pin!(budget.reserve(4, 10, LONG, || {})),
        );
        assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
        assert!(poll(&mut third).is_pending());
        assert_eq!(budget.shortages(), [(Shortage::Budget, 30)]);
        drop(c);
        let third = match poll(&mut third) {
            Poll::Ready(third) => third,
            Poll::Pending => None,
        };
        assert!(third.is_some(), "it holds nothing");
        assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
        drop(third);
        assert!(poll(&mut second).is_ready(), "it holds 30, the other 40");
        drop((a, b));
    }

    #[actix_web::test]
    async fn a_request_that_is_given_up_leaves_the_queue() {
        let budget = Budget::new(80);
        let held = budget.reserve(1, 40, LONG, || {}).await;
        let rest = budget.reserve(2, 40, LONG, || {}).await;
        {
            let mut dropped = pin!(budget.reserve(3, 40, LONG, || {}));
            assert!(poll(&mut dropped).is_pending());
        }
        assert!(budget.reserve(3, 40, Duration::from_millis(1), || {}).await.is_none());
        assert_eq!(budget.shortages(), []);
        drop((held, rest));
        let state = budget.state();
        assert_eq!((state.free, state.clients.len()), (80, 0));
    }

    #[actix_web::test]
    async fn units_follow_their_reservation() {
        let budget = Budget::new(80);
        let mut one = budget.reserve(1, 10, LONG, || {}).await.unwrap();
        one.merge(budget.reserve(2, 20, LONG, || {}).await.unwrap());
        one.move_to(3);
        one.shrink_to(12);
        {
            let state = budget.state();
            assert_eq!(state.free, 68);
            assert_eq!(
                state.clients.iter().map(|(id, it)| (*id, it.held)).collect::<Vec<_>>(),
                [(3, 12)]
            );
        }
        drop(one);
        assert_eq!(budget.state().free, 80);
    }
}
