//! The state that a form carries from one request to the next: compressed and signed, not encrypted.
//!
//! Owns the key of the data folder and the signature: deflate, then HMAC-SHA256 over the bytes, then base64url.
//! A value that was altered, cut or signed with another key is refused as a whole. A signature hides nothing:
//! whoever holds the page can read what it carries. The other secrets of the service are derived from this key.

use super::{CallerSecret, KEY_BYTES, KeySecret, derive, hmac, random};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::io::Read as _;

/// Names the purpose of a signature, so that a value signed for another purpose is not accepted.
const PURPOSE: &[u8] = b"export-advisor form 1\0";
/// The longest text that is read. A profile that answers every fact takes some four kilobytes.
const LONGEST: u64 = 64 * 1024;

/// The key that form state is signed with; the service's other secrets are derived from it.
#[derive(Clone)]
pub struct FormKey([u8; KEY_BYTES]);

impl std::fmt::Debug for FormKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FormKey(…)")
    }
}

impl FormKey {
    /// A new random key.
    ///
    /// # Errors
    /// If the system has no random bytes to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        random().map(Self)
    }

    /// A key from its text; nothing if it is none.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The key as a text, for the file that keeps it.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The secret for API keys.
    #[must_use]
    pub fn key_secret(&self) -> KeySecret {
        KeySecret::new(derive(&self.0, b"export-advisor api keys 1"))
    }

    /// The secret for hashes of those who make shares.
    #[must_use]
    pub fn caller_secret(&self) -> CallerSecret {
        CallerSecret::new(derive(&self.0, b"export-advisor share callers 1"))
    }

    fn mac(&self, compressed: &[u8]) -> Hmac<Sha256> {
        let mut mac = hmac(&self.0);
        mac.update(PURPOSE);
        mac.update(compressed);
        mac
    }

    /// A text, compressed and signed.
    pub(crate) fn sign(&self, text: &str) -> String {
        let mut compressed = Vec::new();
        let mut encoder = DeflateEncoder::new(text.as_bytes(), Compression::best());
        // Reading from memory does not fail; if it did, the signature would cover less than the text.
        if encoder.read_to_end(&mut compressed).is_err() {
            return String::new();
        }
        let mut bytes = self.mac(&compressed).finalize().into_bytes().to_vec();
        bytes.append(&mut compressed);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The text of a signed value; nothing if it was not signed with this key, or was altered.
    pub(crate) fn verify(&self, value: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(value.trim()).ok()?;
        let (signature, compressed) = bytes.split_at_checked(KEY_BYTES)?;
        self.mac(compressed).verify_slice(signature).ok()?;
        let mut text = String::new();
        DeflateDecoder::new(compressed).take(LONGEST).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> FormKey {
        FormKey([byte; KEY_BYTES])
    }

    #[test]
    fn what_was_signed_verifies_with_the_same_key_alone() {
        for text in ["", "{}", "企业\u{1F600}<script>\u{202e}"] {
            let signed = key(1).sign(text);
            assert_eq!(key(1).verify(&signed).as_deref(), Some(text));
            assert_eq!(key(2).verify(&signed), None);
        }
        let kept = key(3);
        let again = FormKey::from_text(&format!("{}\n", kept.to_text()));
        assert_eq!(again.and_then(|k| k.verify(&kept.sign("a"))).as_deref(), Some("a"));
        assert!(FormKey::from_text("short").is_none());
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let signed = key(1).sign("{\"exports_goods\":true}");
        for position in 0..signed.len() {
            let altered: String = (signed.chars().enumerate())
                .map(|(at, c)| {
                    if at != position {
                        c
                    } else if c == 'A' {
                        'B'
                    } else {
                        'A'
                    }
                })
                .collect();
            // The last character may have bits that carry nothing; such a spelling is refused too.
            assert_eq!(key(1).verify(&altered), None, "{position}");
            let cut: String = signed.chars().take(position).collect();
            assert_eq!(key(1).verify(&cut), None, "{position}");
        }
    }
}
