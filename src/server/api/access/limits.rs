//! How many requests a minute: by key, and by address for those without.
//!
//! A limit is of one process. It refills evenly, and a minute's worth may come at once. The headers are
//! those of the IETF's draft on rate limits: `RateLimit-Policy` says the rule, `RateLimit` what is left.

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

/// What is left of a limit after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// `key` or `address`.
    policy: &'static str,
    rate: u32,
    left: u32,
    /// Seconds until one more request is taken; nothing if this one was.
    wait: Option<u64>,
}

impl Left {
    pub(super) fn is_over(&self) -> bool {
        self.wait.is_some()
    }

    /// Tells the client.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let Self { policy, rate, left, wait } = self;
        let used = u64::from(rate.saturating_sub(*left));
        let full = (used * MINUTE).div_ceil(u64::from(*rate).max(1));
        let mut set = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        let names = ["ratelimit-policy", "ratelimit"].map(HeaderName::from_static);
        let [rule, rest] = names;
        set(rule, format!("\"{policy}\";q={rate};w={MINUTE}"));
        set(rest, format!("\"{policy}\";r={left};t={full}"));
        if let Some(wait) = wait {
            set(RETRY_AFTER, wait.to_string());
        }
    }
}

/// The limit of one key.
#[derive(Debug)]
pub(super) struct OfKey {
    pub(super) rate: NonZeroU32,
    limiter: Direct,
}

impl OfKey {
    pub(super) fn new(rate: NonZeroU32) -> Self {
        let limiter = RateLimiter::direct(Quota::per_minute(rate)).with_middleware();
        Self { rate, limiter }
    }

    /// Counts a request.
    pub(super) fn take(&self) -> Left {
        let (policy, rate) = ("key", self.rate.get());
        match self.limiter.check() {
            Ok(state) => Left { policy, rate, left: state.remaining_burst_capacity(), wait: None },
            Err(early) => Left { policy, rate, left: 0, wait: Some(seconds(&early)) },
        }
    }
}

/// The limit of each address.
#[derive(Debug)]
pub(super) struct OfAddresses {
    rate: NonZeroU32,
    limiter: Keyed,
}

impl OfAddresses {
    pub(super) fn new(rate: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(rate)).with_middleware();
        Self { rate, limiter }
    }

    /// Counts a request.
    pub(super) fn take(&self, address: &IpAddr) -> Left {
        let (policy, rate) = ("address", self.rate.get());
        match self.limiter.check_key(address) {
            Ok(state) => Left { policy, rate, left: state.remaining_burst_capacity(), wait: None },
            Err(early) => Left { policy, rate, left: 0, wait: Some(seconds(&early)) },
        }
    }

    /// Forgets the addresses whose limit is full again.
    pub(super) fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

type Early = governor::NotUntil<<DefaultClock as governor::clock::Clock>::Instant>;

/// The seconds to wait, rounded up: who comes back then is taken.
fn seconds(early: &Early) -> u64 {
    let wait = early.wait_time_from(DefaultClock::default().now());
    wait.as_secs() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_may_come_at_once_and_no_more() {
        let limit = OfKey::new(NonZeroU32::MIN.saturating_add(2));
        let taken: Vec<bool> = (0..4).map(|_| !limit.take().is_over()).collect();
        assert_eq!(taken, [true, true, true, false]);
        let each = OfAddresses::new(NonZeroU32::MIN);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert!(!each.take(&one).is_over() && each.take(&one).is_over());
        assert!(!each.take(&other).is_over(), "addresses are counted apart");
        each.forget();
        assert!(each.take(&one).is_over(), "what is not full is not forgotten");
    }

    #[test]
    fn the_headers_say_what_is_left() {
        let mut headers = HeaderMap::new();
        let told = |headers: &HeaderMap, name: &str| -> String {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned()
        };
        Left { policy: "key", rate: 120, left: 118, wait: None }.tell(&mut headers);
        assert_eq!(told(&headers, "ratelimit-policy"), "\"key\";q=120;w=60");
        assert_eq!(told(&headers, "ratelimit"), "\"key\";r=118;t=1");
        assert_eq!(told(&headers, "retry-after"), "none");
        Left { policy: "address", rate: 60, left: 0, wait: Some(1) }.tell(&mut headers);
        assert_eq!(told(&headers, "ratelimit"), "\"address\";r=0;t=60");
        assert_eq!(told(&headers, "retry-after"), "1");
    }
}
