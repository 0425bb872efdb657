//! How much may be shared: in all, and by one caller on one day.
//!
//! A caller is an API key, or an address without one; of IPv6 the network that a house has, so that the many
//! addresses of one network count together. The store counts for all processes. Of an address it gets a keyed
//! hash, whose key is not in the store, and in which the day is mixed, so that two days of one caller cannot
//! be connected.

use super::super::access::Caller;
use super::super::state::State;
use actix_web::{HttpMessage as _, HttpRequest};
use export_advisor_core::files::hex;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::net::IpAddr;
use std::sync::Arc;

/// How much may be shared. The operator sets it.
#[derive(Clone)]
pub struct ShareLimits {
    /// Shares that are kept at a time.
    pub rows: usize,
    /// Bytes of sealed texts that are kept at a time.
    pub bytes: usize,
    /// Shares that one address may make a day without a key; no limit if left out.
    pub address_day: Option<usize>,
    /// Shares that one key may make a day.
    pub key_day: usize,
    /// What addresses are hashed with.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for ShareLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, bytes, address_day, key_day, secret: _ } = self;
        write!(f, "ShareLimits({rows} shares, {bytes} bytes, {address_day:?}, {key_day})")
    }
}

impl Default for ShareLimits {
    fn default() -> Self {
        Self {
            rows: 100_000,
            bytes: 1024 * 1024 * 1024,
            address_day: None,
            key_day: 5_000,
            secret: [0; 32],
        }
    }
}

/// Who makes a share.
pub(super) struct Maker {
    /// The id of the API key; empty if there is none.
    pub(super) owner: Arc<str>,
    /// What is counted on a day, and how many the maker may make; nothing if there is no limit.
    pub(super) daily: Option<(String, i64)>,
}

impl State {
    /// Says how much may be shared.
    pub fn set_share_limits(&mut self, limits: ShareLimits) {
        self.share_limits = Arc::new(limits);
    }

    /// Who makes a share by a request, on a day.
    pub(super) fn maker(&self, request: &HttpRequest, day: &str) -> Maker {
        let limits = &self.share_limits;
        match request.extensions().get::<Caller>() {
            Some(Caller(id)) => Maker {
                owner: Arc::clone(id),
                daily: Some((id.to_string(), limit(limits.key_day))),
            },
            None => Maker {
                owner: Arc::from(""),
                daily: limits.address_day.map(|most| {
                    (hashed(&limits.secret, self.access.address(request), day), limit(most))
                }),
            },
        }
    }
}

/// A limit as the store counts.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A keyed hash of an address on a day.
fn hashed(secret: &[u8; 32], address: IpAddr, day: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    mac.update(format!("export-advisor share caller 1\0{day}\0{address}").as_bytes());
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_one_address_one_day_and_one_secret() {
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = hashed(&[1; 32], one, "2026-11-25");
        assert_eq!(first, hashed(&[1; 32], one, "2026-11-25"));
        for differs in [
            hashed(&[1; 32], other, "2026-11-25"),
            hashed(&[1; 32], one, "2026-11-26"),
            hashed(&[2; 32], one, "2026-11-25"),
        ] {
            assert_ne!(first, differs);
        }
        assert!(first.len() == 64 && !first.contains("192"));
    }
}
