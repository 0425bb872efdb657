//! Who may do what, and how often: API keys, their scopes and origins, limits, and cross-origin use.
//!
//! Owns the keys in force, the limits and the table of what each route needs. In goes every request,
//! before it is routed and again before the handler that the router chose; out comes the request, or a problem. It never asks the database
//! while a request waits, and no key reaches a log, an error or an address.
//!
//! A server that only its own machine can reach is *local*: it listens on a loopback address, and no
//! proxy is trusted nor has the request passed one. There a key is not needed, except for `admin`.

mod client;
mod describe;
mod guard;
mod key;
mod limits;
mod path;
mod table;

pub(super) use client::counted;
pub use client::{Proxies, ProxyHeader};
pub(super) use describe::describe;
pub use guard::check_head;
pub(super) use guard::{guard, guard_unrouted};
pub use key::{KeySecret, NewKey, Scope};

use super::jobs::JobOwner;
use super::state::State;
use crate::server::store::{Store, StoreError};
use actix_web::{HttpMessage as _, HttpRequest};
use arc_swap::ArcSwapOption;
use limits::OfAddresses;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use table::Table;

/// Within what time a change of keys is in force in every process.
const IN_FORCE: Duration = Duration::from_secs(1);

/// The pause between two readings of the keys: half of that time, so that a reading may take the other half.
const PAUSE: Duration = Duration::from_millis(500);

const _: () = assert!(PAUSE.as_millis() * 2 <= IN_FORCE.as_millis());

/// What an operator says of access.
#[derive(Debug, Default)]
pub struct AccessSettings {
    /// What keys are hashed with; without it there are none.
    pub secret: Option<KeySecret>,
    /// Whether there is a store that keeps keys.
    pub keeps_keys: bool,
    /// Whether the address listened on is of this machine alone.
    pub loopback: bool,
    /// Requests a minute of one address without a key; no limit if left out.
    pub anonymous_rate: Option<NonZeroU32>,
    /// The proxies in front.
    pub proxies: Proxies,
}

/// The id of the key that a request was sent with; it stands among the request's extensions if the key
/// was right.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) Arc<str>);

/// Access, as it is in force. Shared by all requests.
#[derive(Debug)]
pub(super) struct Access {
    secret: Option<KeySecret>,
    loopback: bool,
    addresses: Option<OfAddresses>,
    pub(super) proxies: Proxies,
    /// Whether there is a store that keeps keys.
    keeps_keys: bool,
    /// Nothing until they were read for the first time.
    keys: ArcSwapOption<Table>,
}

impl Access {
    pub(super) fn new(settings: AccessSettings) -> Self {
        let AccessSettings { secret, keeps_keys, loopback, anonymous_rate, proxies } = settings;
        let loopback = loopback && proxies.trusted.is_empty();
        let addresses = anonymous_rate.map(OfAddresses::new);
        let keys = ArcSwapOption::empty();
        Self { secret, loopback, addresses, proxies, keeps_keys, keys }
    }

    /// By whom the lists and batches of a request are counted.
    pub(super) fn job_owner(&self, request: &HttpRequest) -> JobOwner {
        match request.extensions().get::<Caller>() {
            Some(Caller(key)) => JobOwner::Key(Arc::clone(key)),
            None => JobOwner::Address(self.address(request)),
        }
    }

    /// The address by which a request's client is counted; of IPv6 the network that a house has.
    pub(super) fn address(&self, request: &HttpRequest) -> IpAddr {
        client::counted(self.proxies.client(request))
    }

    /// Reads the keys in force.
    async fn read(&self, store: &Store) -> Result<(), StoreError> {
        let Some(secret) = &self.secret else { return Ok(()) };
        let rows = store.keys().await?;
        let before = self.keys.load();
        let table = Table::new(rows, secret, before.as_deref());
        let count = |table: &Table| (table.len(), table.foreign);
        if before.as_deref().map(count) != Some(count(&table)) {
            tracing::info!(keys = table.len(), "keys read");
            if table.foreign > 0 {
                let keys = table.foreign;
                tracing::warn!(keys, "keys made with another secret are not taken; see --data");
            }
        }
        self.keys.store(Some(Arc::new(table)));
        Ok(())
    }
}

impl State {
    /// Says who may do what.
    pub fn set_access(&mut self, settings: AccessSettings) {
        self.access = Arc::new(Access::new(settings));
    }

    /// The origins that keys list: their pages may use the API, and show the form in a frame.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        self.access.keys.load().iter().flat_map(|table| table.origins().cloned()).collect()
    }

    /// Reads the keys in force once.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn read_keys(&self) -> Result<(), StoreError> {
        match self.store() {
            Some(store) => self.access.read(store).await,
            None => Ok(()),
        }
    }

    /// Keeps the keys in memory fresh, as long as the service runs.
    pub async fn keep_access(self) {
        let mut away = false;
        loop {
            match self.read_keys().await {
                Ok(()) => away = false,
                // Told once; the last keys stay in force.
                Err(error) if !away => {
                    away = true;
                    tracing::error!(%error, "keys cannot be read; the last ones stay in force");
                }
                Err(_) => {}
            }
            if let Some(addresses) = &self.access.addresses {
                addresses.forget();
            }
            if !self.pause(PAUSE).await {
                return;
            }
        }
    }
}
