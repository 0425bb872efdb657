//! How much of an input has been read.
//!
//! Owns the count and the SHA-256 of the input's bytes. A [`Meter`] is shared by the reader, by the limits that
//! compare an output with its input, and by whoever shows the progress.

use super::digest::sha256_text;
use sha2::{Digest as _, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What has been read of an input so far. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    bytes: Arc<AtomicU64>,
    /// The position of the reader, where a file is hashed before it is parsed.
    position: Arc<AtomicU64>,
    hash: Arc<Mutex<Sha256>>,
    /// The bytes behind the list that are no part of it.
    ignored: Arc<AtomicU64>,
}

impl Meter {
    /// Bytes read so far, before decompression.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts bytes and hashes them.
    pub(crate) fn add(&self, bytes: &[u8]) {
        if let Ok(mut hash) = self.hash.lock() {
            hash.update(bytes);
        }
        self.count(bytes.len());
    }

    /// Counts bytes without hashing them.
    pub(crate) fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.position.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The position of the reader, in bytes of the file.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Sets the position of the reader.
    pub(crate) fn set_position(&self, bytes: u64) {
        self.position.store(bytes.min(self.bytes()), Ordering::Relaxed);
    }

    /// Counts bytes behind the list that are no part of it.
    pub(crate) fn ignore(&self, bytes: usize) {
        self.ignored.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The bytes behind the list that are no part of it and no padding.
    pub(crate) fn ignored(&self) -> u64 {
        self.ignored.load(Ordering::Relaxed)
    }

    /// `sha256:…` of what has been read.
    #[must_use]
    pub(crate) fn sha256(&self) -> String {
        let hash = self.hash.lock().map(|hash| hash.clone()).unwrap_or_default();
        sha256_text(&hash.finalize())
    }
}
