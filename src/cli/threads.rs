//! How many threads work.

use std::ops::RangeInclusive;

pub(super) const WORKERS: RangeInclusive<usize> = 1..=1024;
pub(super) const WORKERS_HELP: &str = "write 1 to 1024 threads";

/// A number of threads: more than there are cores help nobody, and a system has only so many.
pub(super) fn workers(text: &str) -> Result<usize, &'static str> {
    let workers: Option<usize> = text.parse().ok();
    workers.filter(|workers| WORKERS.contains(workers)).ok_or(WORKERS_HELP)
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
