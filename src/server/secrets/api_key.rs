//! API keys: how a key is made, written, hashed and compared.
//!
//! A key is `ea_ID_SECRET`: twelve hexadecimal digits that are no secret, and 256 random bits. The store
//! keeps HMAC-SHA256 of both under a secret of the server, so that a stolen database is of no use. A key is
//! shown when it is made and never again; no message repeats one.

use super::{hmac, random};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use export_advisor_core::files::hex;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// What every key begins with, so that a scanner for lost secrets finds it.
const PREFIX: &str = "ea_";
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;

/// The server's secret for keys.
#[derive(Clone)]
pub struct KeySecret([u8; 32]);

impl std::fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeySecret(…)")
    }
}

/// A key that was just made.
pub struct NewKey {
    /// Its id.
    pub id: String,
    /// What is kept of it.
    pub hash: String,
    /// The key as it is given to its user, once.
    pub text: String,
}

impl KeySecret {
    /// A secret of 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Makes a key; under the id that is given, else under a new one.
    ///
    /// # Errors
    /// If the system has no random bytes to give.
    pub fn make(&self, id: Option<&str>) -> Result<NewKey, getrandom::Error> {
        let id = match id {
            Some(id) => id.to_owned(),
            None => hex(&random::<ID_BYTES>()?),
        };
        let secret = URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()?);
        let text = format!("{PREFIX}{id}_{secret}");
        Ok(NewKey { hash: hex(&self.mac(&id, &secret).finalize().into_bytes()), id, text })
    }

    /// Names the secret without disclosing it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let whole = hex(&self.mac("", "which secret").finalize().into_bytes());
        whole.chars().take(16).collect()
    }

    /// Whether a key's secret part has a hash. The comparison takes the same time wherever the two differ.
    pub(crate) fn matches(&self, id: &str, secret: &str, hash: &[u8]) -> bool {
        self.mac(id, secret).verify_slice(hash).is_ok()
    }

    fn mac(&self, id: &str, secret: &str) -> Hmac<Sha256> {
        let mut mac = hmac(&self.0);
        mac.update(b"export-advisor api key 1\0");
        mac.update(id.as_bytes());
        mac.update(b"\0");
        mac.update(secret.as_bytes());
        mac
    }
}

/// The parts of a key, id and secret; nothing if a text is none.
pub(crate) fn parts(text: &str) -> Option<(&str, &str)> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let right = id.len() == 2 * ID_BYTES && id.bytes().all(|b| b.is_ascii_hexdigit());
    (right && secret.len() == SECRET_BYTES.div_ceil(3) * 4 - 1).then_some((id, secret))
}

/// The bytes of hexadecimal digits; nothing if they are none.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    let pair = |pair: &[u32]| pair.iter().fold(0, |sum, digit| sum * 16 + digit) as u8;
    Some(digits.chunks(2).map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_fits_its_own_hash_under_its_own_secret_alone() -> Result<(), getrandom::Error> {
        let (ours, other) = (KeySecret::new([1; 32]), KeySecret::new([2; 32]));
        let (key, second) = (ours.make(None)?, ours.make(None)?);
        let hash = unhex(&key.hash).unwrap_or_default();
        let (id, secret) = parts(&key.text).unwrap_or_default();
        assert_eq!(id, key.id);
        assert!(ours.matches(id, secret, &hash));
        assert!(!other.matches(id, secret, &hash));
        assert!(!ours.matches(&second.id, secret, &hash), "a hash is of one id");
        assert!(!ours.matches(id, parts(&second.text).unwrap_or_default().1, &hash));
        assert!(!ours.matches(id, secret, &[]));
        assert_ne!(ours.fingerprint(), other.fingerprint());
        assert!(!format!("{ours:?}").contains('1'));
        Ok(())
    }

    #[test]
    fn what_is_no_key_has_no_parts() {
        for text in ["", "ea_", "ea_0123456789ab_", "ea_0123456789ab_short", "Bearer x", "ea_企业"]
        {
            assert_eq!(parts(text), None, "{text}");
        }
        assert_eq!(unhex("0aff"), Some(vec![10, 255]));
        assert_eq!((unhex("0af"), unhex("0g")), (None, None));
    }
}
