//! What libFuzzer learns of an input where nothing is instrumented: the size and the first byte.
//!
//! Without coverage libFuzzer finds no input worth keeping, so it has nothing to change and stops. With `FUZZ_BLIND` in
//! the environment, each new pair of size class and first byte counts as something new.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};

static IS_BLIND: LazyLock<bool> = LazyLock::new(|| std::env::var_os("FUZZ_BLIND").is_some());

#[used]
#[expect(unsafe_code, reason = "libFuzzer finds its counters by the name of their section")]
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static COUNTERS: [AtomicU8; 4096] = [const { AtomicU8::new(0) }; 4096];

/// Counts an input.
pub fn note(data: &[u8]) {
    if !*IS_BLIND {
        return;
    }
    let size = data.len().checked_ilog2().unwrap_or(0) as usize;
    let first = data.first().copied().map_or(0, usize::from);
    if let Some(counter) = COUNTERS.get(size % 16 * 256 + first) {
        counter.store(1, Ordering::Relaxed);
    }
}
