//! SHA-256 as manifests write it.
//!
//! Owns the form `sha256:…` in lower-case hexadecimal digits, and hashing a file on the disk. Inputs and outputs
//! are hashed while they are read and written, by the meter and the target.

use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _};
use std::path::Path;

/// The hash of a file on the disk, as `sha256:…`.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(sha256_text(&hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// A hash as `sha256:…`.
pub(crate) fn sha256_text(hash: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("sha256:");
    for byte in hash {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
