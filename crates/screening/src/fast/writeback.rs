//! Early writeback of a large file.
//!
//! Owns the advice to the system that what has been written can go to the disk. Without it the same bytes reach the
//! disk, all of them in the final sync.

/// Asks the system to write a file to the disk while more of it is being made, so that the final sync is short.
#[derive(Default)]
pub(crate) struct Writeback {
    /// How many bytes of the file the system has been advised about.
    advised: u64,
}

impl Writeback {
    /// How many bytes are advised at once: few enough that the call itself is short.
    const STEP: u64 = 8 << 20;

    /// Reports that a file has `whole` bytes. Linux begins to write pages that are advised not to be needed soon.
    /// This does not wait for the disk; a write that fails is reported when the file is synced.
    pub(crate) fn written(&mut self, whole: u64, file: &std::fs::File) {
        let more = whole - self.advised;
        if more < Self::STEP {
            return;
        }
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{Advice, fadvise};
            // A file that does not take advice is written by the final sync.
            let _ = fadvise(file, self.advised, std::num::NonZeroU64::new(more), Advice::DontNeed);
        }
        self.advised = whole;
    }
}
