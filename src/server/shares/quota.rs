//! How much may be shared: in all, and by one caller on one day.
//!
//! A caller is an API key, or an address without one; of IPv6 the network that a household has, so that the many
//! addresses of one network count together. The store counts for all processes. Of an address it gets a keyed
//! hash (see [`CallerSecret`](crate::server::secrets::CallerSecret)).

use super::Shares;
use crate::server::access::Caller;
use actix_web::{HttpMessage as _, HttpRequest};
use std::sync::Arc;

/// How much may be shared. The operator sets it.
#[derive(Clone, Debug)]
pub struct ShareLimits {
    /// Shares that are kept at a time.
    pub rows: usize,
    /// Bytes of encrypted texts that are kept at a time.
    pub bytes: usize,
    /// Shares that one address may make a day without a key; no limit if left out.
    pub address_day: Option<usize>,
    /// Shares that one key may make a day.
    pub key_day: usize,
}

impl Default for ShareLimits {
    fn default() -> Self {
        Self { rows: 100_000, bytes: 1024 * 1024 * 1024, address_day: None, key_day: 5_000 }
    }
}

/// Who makes a share.
pub(super) struct Maker {
    /// The id of the API key; empty if there is none.
    pub(super) owner: Arc<str>,
    /// The caller that is counted on a day, and how many it may make; nothing if there is no limit.
    pub(super) daily: Option<(String, i64)>,
}

impl Shares {
    /// Who makes a share by a request, on a day.
    pub(super) fn maker(&self, request: &HttpRequest, day: &str) -> Maker {
        let limits = &self.limits;
        match request.extensions().get::<Caller>() {
            Some(Caller(id)) => Maker {
                owner: Arc::clone(id),
                daily: Some((id.to_string(), limit(limits.key_day))),
            },
            None => Maker {
                owner: Arc::from(""),
                daily: limits
                    .address_day
                    .map(|most| (self.secret.hash(self.access.network(request), day), limit(most))),
            },
        }
    }
}

/// A limit as the store counts.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
