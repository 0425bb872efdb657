//! Keys, key derivation, signing and encryption: the one home of cryptography in the service.
//!
//! - [`FormKey`] is the key in the data folder. It *signs* the state that a form carries, and the other
//!   secrets of the service are derived from it. A signature hides nothing.
//! - [`KeySecret`] makes and checks API keys; only their keyed hashes are stored.
//! - [`CallerSecret`] hashes the addresses of those who make shares.
//! - [`ShareSecret`] *encrypts* what a firm shares. Only the link holds it; the service forgets it.
//! - [`BlockKey`] *encrypts* what waits in a file to be screened. It is in memory alone.
//!
//! No secret is printed, logged or stored from here: `Debug` names the type and nothing else.

mod api_key;
mod caller;
mod form_key;
mod share;
mod spool;

pub use api_key::{KeySecret, NewKey};
pub(super) use api_key::{parts, unhex};
pub use caller::CallerSecret;
pub use form_key::FormKey;
pub(super) use share::{ShareSecret, encrypt};
pub(super) use spool::BlockKey;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;

/// The bytes of a key, and of an HMAC-SHA256.
const KEY_BYTES: usize = 32;

/// An HMAC-SHA256 under a key.
fn hmac(key: &[u8; KEY_BYTES]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    Hmac::<Sha256>::new_from_slice(key).expect("a key of any length")
}

/// A secret for the purpose that a label names (HKDF-SHA256). The key does not follow from it.
fn derive<const N: usize>(key: &[u8; KEY_BYTES], label: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "HKDF gives up to 255 blocks, and this is one")]
    Hkdf::<Sha256>::new(None, key).expand(label, &mut bytes).expect("one block");
    bytes
}

/// New random bytes.
fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
