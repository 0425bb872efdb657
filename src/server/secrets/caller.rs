//! Keyed hashes of addresses, by which shares are counted.
//!
//! The store counts shares by address and day without knowing the address: it gets an HMAC whose key is not in
//! the store. The day is part of the hash, so that two days of one caller cannot be connected.

use super::hmac;
use export_advisor_core::files::hex;
use hmac::Mac as _;
use std::net::IpAddr;

/// The secret for hashes of callers.
#[derive(Clone, Default)]
pub struct CallerSecret([u8; 32]);

impl std::fmt::Debug for CallerSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallerSecret(…)")
    }
}

impl CallerSecret {
    /// A secret of 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash of an address on a day.
    pub(crate) fn hash(&self, address: IpAddr, day: &str) -> String {
        let mut mac = hmac(&self.0);
        mac.update(format!("export-advisor share caller 1\0{day}\0{address}").as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_one_address_one_day_and_one_secret() {
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let hash = |secret, address, day| CallerSecret::new([secret; 32]).hash(address, day);
        let first = hash(1, one, "2026-11-25");
        assert_eq!(first, hash(1, one, "2026-11-25"));
        for differs in
            [hash(1, other, "2026-11-25"), hash(1, one, "2026-11-26"), hash(2, one, "2026-11-25")]
        {
            assert_ne!(first, differs);
        }
        assert!(first.len() == 64 && !first.contains("192"));
    }
}
