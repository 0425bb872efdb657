//! Numbers of the service's settings: how each is read, and from where to where it goes.

use crate::server::http::memory::LEAST_MEMORY;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

pub(super) const SECONDS: RangeInclusive<u64> = 1..=3600;
pub(super) const SECONDS_HELP: &str = "write 1 to 3600 seconds";
pub(super) const COUNT_HELP: &str = "write a number from 1";

pub(super) const DAYS: RangeInclusive<u32> = 1..=36_500;
pub(super) const DAYS_HELP: &str = "write 1 to 36500 days";

pub(super) fn days(text: &str) -> Result<u32, &'static str> {
    let days: Option<u32> = text.parse().ok();
    days.filter(|days| DAYS.contains(days)).ok_or(DAYS_HELP)
}

pub(super) fn seconds(text: &str) -> Result<u64, &'static str> {
    let seconds: Option<u64> = text.parse().ok();
    seconds.filter(|seconds| SECONDS.contains(seconds)).ok_or(SECONDS_HELP)
}

pub(super) fn rate(text: &str) -> Result<NonZeroU32, &'static str> {
    text.parse().map_err(|_| COUNT_HELP)
}

pub(super) fn at_least_one(text: &str) -> Result<usize, &'static str> {
    let number: Option<usize> = text.parse().ok();
    number.filter(|number| *number > 0).ok_or(COUNT_HELP)
}

pub(super) const MEMORY_HELP: &str = "write a number of bytes from 16777216";

pub(super) fn memory(text: &str) -> Result<usize, &'static str> {
    let bytes: Option<usize> = text.parse().ok();
    bytes.filter(|bytes| *bytes >= LEAST_MEMORY).ok_or(MEMORY_HELP)
}
