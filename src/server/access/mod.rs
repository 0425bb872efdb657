//! Who may do what, and how often: API keys, their scopes and origins, and rate limits.
//!
//! Owns the keys in force and the rate limits. In goes a request with what its route requires, out comes an
//! [`Admission`] or a [`Refusal`]. It knows no route, never asks the database while a request waits, and puts no
//! key into a log, an error or an address.
//!
//! A server that only its own machine can reach is *local*: it listens on a loopback address, and no
//! proxy is trusted nor has the request passed one. There a key is not needed, except for `admin`.

mod client;
mod keys;
mod rate;
mod requirement;

pub(crate) use client::client_network;
pub use client::{Proxies, ProxyHeader};
pub use requirement::{Requirement, Scope};

use crate::server::api::error::{Problem, ProblemCode};
use crate::server::http::shutdown::Shutdown;
use crate::server::jobs::JobOwner;
use crate::server::secrets::KeySecret;
use crate::server::store::{Store, StoreError};
use actix_web::dev::ServiceRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpMessage as _, HttpRequest};
use arc_swap::ArcSwapOption;
use client::is_forwarded;
use keys::{Key, KeyTable};
use rate::{AddressLimiter, RateLimit};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Within what time a change of keys is in force in every process.
const IN_FORCE: Duration = Duration::from_secs(1);

/// The pause between two readings of the keys: half of that time, so that a reading may take the other half.
const PAUSE: Duration = Duration::from_millis(500);

const _: () = assert!(PAUSE.as_millis() * 2 <= IN_FORCE.as_millis());

/// The operator's settings of access.
#[derive(Debug, Default)]
pub struct AccessSettings {
    /// What keys are hashed with; without it there are none.
    pub secret: Option<KeySecret>,
    /// Whether the address listened on is of this machine alone.
    pub loopback: bool,
    /// Requests a minute of one address without a key; no limit if left out.
    pub anonymous_rate: Option<NonZeroU32>,
    /// The proxies in front.
    pub proxies: Proxies,
}

/// The id of the key that a request was sent with; it stands among the request's extensions if the key
/// was valid.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) Arc<str>);

/// A request that may go on to its handler.
pub(crate) struct Admission {
    pub(crate) key: Option<Arc<Key>>,
    pub(crate) rate: Option<RateLimit>,
}

/// A request that may not.
pub(crate) struct Refusal {
    pub(crate) problem: Problem,
    pub(crate) rate: Option<RateLimit>,
    /// The key, if it was valid and lacks the scope.
    pub(crate) key: Option<Arc<Key>>,
}

/// Access, as it is in force. Shared by all requests.
#[derive(Debug)]
pub(crate) struct Access {
    secret: Option<KeySecret>,
    loopback: bool,
    addresses: Option<AddressLimiter>,
    pub(crate) proxies: Proxies,
    /// The store that keeps keys.
    store: Option<Store>,
    /// Nothing until they were read for the first time.
    keys: ArcSwapOption<KeyTable>,
}

impl Access {
    pub(crate) fn new(settings: AccessSettings, store: Option<Store>) -> Self {
        let AccessSettings { secret, loopback, anonymous_rate, proxies } = settings;
        Self {
            secret,
            loopback: loopback && proxies.trusted.is_empty(),
            addresses: anonymous_rate.map(AddressLimiter::new),
            proxies,
            store,
            keys: ArcSwapOption::empty(),
        }
    }

    /// Decides whether a request may go on to a handler that requires something of it, and counts it.
    pub(crate) fn admit(
        &self,
        request: &ServiceRequest,
        requirement: Requirement,
    ) -> Result<Admission, Refusal> {
        let mut admission = Admission { key: None, rate: None };
        let refused =
            |code, Admission { key, rate }| Refusal { problem: Problem::new(code), rate, key };
        let keys = self.keys.load();
        let known = match (bearer(request), keys.as_deref(), &self.secret) {
            (None, ..) if has_other_scheme(request, requirement) => Err(ProblemCode::BadKey),
            (None, ..) => Ok(None),
            (Some(text), Some(table), Some(secret)) => {
                let now = jiff::Timestamp::now().as_second();
                table.find(secret, text, now).map(Arc::clone).map(Some).ok_or(ProblemCode::BadKey)
            }
            // There are keys, and they could not be read yet.
            (Some(_), None, Some(_)) if self.store.is_some() => Err(ProblemCode::StoreUnavailable),
            (Some(_), ..) => Err(ProblemCode::BadKey),
        };
        admission.rate = match (&known, &self.addresses) {
            (Ok(Some(key)), _) => Some(key.limit.check()),
            (_, None) => None,
            (_, Some(addresses)) => Some(addresses.check(&self.network(request.request()))),
        };
        if admission.rate.is_some_and(|rate| rate.is_exceeded()) {
            return Err(refused(ProblemCode::TooManyRequests, admission));
        }
        admission.key = match known {
            Ok(key) => key,
            // Whether the key is valid is not known; a request that needs none goes on.
            Err(ProblemCode::StoreUnavailable) if !requirement.needs_key() => None,
            Err(code) => {
                let mut refusal = refused(code, admission);
                if code == ProblemCode::BadKey && bearer(request).is_none() {
                    let detail = "send `Authorization: Bearer …` with a key, or no `Authorization`";
                    refusal.problem = refusal.problem.with(detail);
                }
                return Err(refusal);
            }
        };
        let code = match (&admission.key, requirement.scope()) {
            (Some(key), Some(scope)) if !key.has_scope(scope) => ProblemCode::LacksScope,
            (None, Some(_)) if requirement.needs_key() => {
                if matches!(requirement, Requirement::KeyUnlessLocal(_)) && self.is_local(request) {
                    return Ok(admission);
                }
                ProblemCode::NeedsKey
            }
            _ => return Ok(admission),
        };
        let mut refusal = refused(code, admission);
        let scope = requirement.scope().map_or("", Scope::as_str);
        let who = "the operator of the service gives keys";
        refusal.problem = refusal.problem.with(match code {
            ProblemCode::NeedsKey => {
                format!(
                    "send `Authorization: Bearer …` with a key that has the scope `{scope}`; {who}"
                )
            }
            _ => format!("this needs the scope `{scope}`, which the key does not have; {who}"),
        });
        Err(refusal)
    }

    fn is_local(&self, request: &ServiceRequest) -> bool {
        self.loopback && !is_forwarded(request)
    }

    /// Whether any key lists an origin.
    pub(crate) fn lists_origin(&self, origin: &str) -> bool {
        self.keys.load().as_ref().is_some_and(|table| table.lists_origin(origin))
    }

    /// The origins that keys list: their pages may use the API, and show the form in a frame.
    pub(crate) fn origins(&self) -> Vec<String> {
        self.keys.load().iter().flat_map(|table| table.origins().cloned()).collect()
    }

    /// By whom the lists and batches of a request are counted.
    pub(crate) fn job_owner(&self, request: &HttpRequest) -> JobOwner {
        match request.extensions().get::<Caller>() {
            Some(Caller(key)) => JobOwner::Key(Arc::clone(key)),
            None => JobOwner::Address(self.network(request)),
        }
    }

    /// The address by which a request's client is counted; of IPv6 the network that a household has.
    pub(crate) fn network(&self, request: &HttpRequest) -> IpAddr {
        client_network(self.proxies.client(request))
    }

    /// Reads the keys in force once.
    ///
    /// # Errors
    /// If the store fails; then the last keys stay in force.
    pub(crate) async fn read_keys(&self) -> Result<(), StoreError> {
        let (Some(store), Some(secret)) = (&self.store, &self.secret) else { return Ok(()) };
        let rows = store.keys().await?;
        let before = self.keys.load();
        let table = KeyTable::new(rows, secret, before.as_deref());
        let count = |table: &KeyTable| (table.len(), table.foreign);
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

    /// Keeps the keys in memory fresh, as long as the service runs.
    pub(crate) async fn keep_fresh(self: Arc<Self>, shutdown: Shutdown) {
        let mut is_away = false;
        loop {
            match self.read_keys().await {
                Ok(()) => is_away = false,
                // Logged once; the last keys stay in force.
                Err(error) if !is_away => {
                    is_away = true;
                    tracing::error!(%error, "keys cannot be read; the last ones stay in force");
                }
                Err(_) => {}
            }
            if let Some(addresses) = &self.addresses {
                addresses.forget();
            }
            if !shutdown.pause(PAUSE).await {
                return;
            }
        }
    }
}

/// Whether a request to the API carries something else than a key: whoever sends it means to be known. On pages,
/// which no key opens, it is a proxy's own affair.
fn has_other_scheme(request: &ServiceRequest, requirement: Requirement) -> bool {
    let is_given = request.headers().contains_key(AUTHORIZATION);
    is_given && (requirement.scope().is_some() || request.path().starts_with("/api/"))
}

/// The key that a request carries.
fn bearer(request: &ServiceRequest) -> Option<&str> {
    let (scheme, key) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
