//! How many requests a minute: by key, and by address for those without.
//!
//! A limit is of one process. It refills evenly, and a minute's worth may come at once. The headers are
//! those of the IETF's draft on rate limits: `RateLimit-Policy` states the rule, `RateLimit` the remaining quota.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

const MINUTE: u64 = 60;

type Direct = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;
type Keyed =
    RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

/// A rate limit after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// `key` or `address`.
    policy: &'static str,
    rate: u32,
    /// Requests that may still come at once.
    remaining: u32,
    /// Seconds until one more request is accepted; nothing if this one was.
    wait: Option<u64>,
}

impl RateLimit {
    pub(super) fn is_exceeded(&self) -> bool {
        self.wait.is_some()
    }

    /// Writes the rule and the remaining quota into the headers of an answer.
    pub(crate) fn write_headers(&self, headers: &mut HeaderMap) {
        let Self { policy, rate, remaining, wait } = self;
        let used = u64::from(rate.saturating_sub(*remaining));
        let full = (used * MINUTE).div_ceil(u64::from(*rate).max(1));
        let mut set = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        let [rule, quota] = ["ratelimit-policy", "ratelimit"].map(HeaderName::from_static);
        set(rule, format!("\"{policy}\";q={rate};w={MINUTE}"));
        set(quota, format!("\"{policy}\";r={remaining};t={full}"));
        if let Some(wait) = wait {
            set(RETRY_AFTER, wait.to_string());
        }
    }
}

/// The limit of one key.
#[derive(Debug)]
pub(super) struct KeyLimiter {
    pub(super) rate: NonZeroU32,
    limiter: Direct,
}

impl KeyLimiter {
    pub(super) fn new(rate: NonZeroU32) -> Self {
        let limiter = RateLimiter::direct(Quota::per_minute(rate)).with_middleware();
        Self { rate, limiter }
    }

    /// Counts a request.
    pub(super) fn check(&self) -> RateLimit {
        let (policy, rate) = ("key", self.rate.get());
        match self.limiter.check() {
            Ok(state) => accepted(policy, rate, state.remaining_burst_capacity()),
            Err(refusal) => refused(policy, rate, &refusal),
        }
    }
}

/// The limit of each address.
#[derive(Debug)]
pub(super) struct AddressLimiter {
    rate: NonZeroU32,
    limiter: Keyed,
}

impl AddressLimiter {
    pub(super) fn new(rate: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(rate)).with_middleware();
        Self { rate, limiter }
    }

    /// Counts a request.
    pub(super) fn check(&self, address: &IpAddr) -> RateLimit {
        let (policy, rate) = ("address", self.rate.get());
        match self.limiter.check_key(address) {
            Ok(state) => accepted(policy, rate, state.remaining_burst_capacity()),
            Err(refusal) => refused(policy, rate, &refusal),
        }
    }

    /// Forgets the addresses whose quota is full again.
    pub(super) fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

fn accepted(policy: &'static str, rate: u32, remaining: u32) -> RateLimit {
    RateLimit { policy, rate, remaining, wait: None }
}

type Refusal = governor::NotUntil<<DefaultClock as governor::clock::Clock>::Instant>;

/// The seconds to wait are rounded up, so that a request that comes back then is accepted.
fn refused(policy: &'static str, rate: u32, refusal: &Refusal) -> RateLimit {
    let wait = refusal.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
    RateLimit { policy, rate, remaining: 0, wait: Some(wait) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_may_come_at_once_and_no_more() {
        let limit = KeyLimiter::new(NonZeroU32::MIN.saturating_add(2));
        let accepted: Vec<bool> = (0..4).map(|_| !limit.check().is_exceeded()).collect();
        assert_eq!(accepted, [true, true, true, false]);
        let each = AddressLimiter::new(NonZeroU32::MIN);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert!(!each.check(&one).is_exceeded() && each.check(&one).is_exceeded());
        assert!(!each.check(&other).is_exceeded(), "addresses are counted apart");
        each.forget();
        assert!(each.check(&one).is_exceeded(), "what is not full is not forgotten");
    }

    #[test]
    fn the_headers_state_the_remaining_quota() {
        let mut headers = HeaderMap::new();
        let value = |headers: &HeaderMap, name: &str| -> String {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned()
        };
        accepted("key", 120, 118).write_headers(&mut headers);
        assert_eq!(value(&headers, "ratelimit-policy"), "\"key\";q=120;w=60");
        assert_eq!(value(&headers, "ratelimit"), "\"key\";r=118;t=1");
        assert_eq!(value(&headers, "retry-after"), "none");
        RateLimit { policy: "address", rate: 60, remaining: 0, wait: Some(1) }
            .write_headers(&mut headers);
        assert_eq!(value(&headers, "ratelimit"), "\"address\";r=0;t=60");
        assert_eq!(value(&headers, "retry-after"), "1");
    }
}
