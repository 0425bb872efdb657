//! What a page carries from one request to the next: sealed, so that nobody can alter it.
//!
//! Owns the key and the seal: deflate, then HMAC-SHA256 over the bytes, then base64url. In goes a
//! text, out comes a field's value, and back. A value that was altered, cut or sealed with another
//! key is refused as a whole. It hides nothing: whoever holds the page may read what it carries.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::io::Read as _;

/// Says what is sealed, so that a value sealed for another purpose is none of these.
const PURPOSE: &[u8] = b"export-advisor form 1\0";
/// The bytes of a seal.
const SEAL: usize = 32;
/// The longest text that is opened. A profile that answers every fact takes some four kilobytes.
const LONGEST: u64 = 64 * 1024;

/// The key that pages are sealed with.
#[derive(Clone)]
pub struct FormKey([u8; SEAL]);

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
        let mut bytes = [0; SEAL];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
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

    /// A secret for another purpose, from which this key cannot be told.
    #[must_use]
    pub fn derive(&self, purpose: &[u8]) -> [u8; SEAL] {
        let mut bytes = [0; SEAL];
        #[expect(clippy::expect_used, reason = "HKDF gives up to 255 blocks, and this is one")]
        Hkdf::<Sha256>::new(None, &self.0).expand(purpose, &mut bytes).expect("one block");
        bytes
    }

    fn mac(&self, packed: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(PURPOSE);
        mac.update(packed);
        Some(mac)
    }

    /// A text, sealed.
    pub(super) fn seal(&self, text: &str) -> String {
        let mut packed = Vec::new();
        let mut encoder = DeflateEncoder::new(text.as_bytes(), Compression::best());
        // Reading from memory does not fail; if it did, the seal would be of less than the text.
        let whole = encoder.read_to_end(&mut packed).is_ok();
        let Some(mac) = self.mac(&packed).filter(|_| whole) else { return String::new() };
        let mut bytes = mac.finalize().into_bytes().to_vec();
        bytes.append(&mut packed);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The text of a sealed value; nothing if it is not as it was sealed with this key.
    pub(super) fn open(&self, value: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(value.trim()).ok()?;
        let (seal, packed) = bytes.split_at_checked(SEAL)?;
        self.mac(packed)?.verify_slice(seal).ok()?;
        let mut text = String::new();
        DeflateDecoder::new(packed).take(LONGEST).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> FormKey {
        FormKey([byte; SEAL])
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_alone() {
        for text in ["", "{}", "企业\u{1F600}<script>\u{202e}"] {
            let sealed = key(1).seal(text);
            assert_eq!(key(1).open(&sealed).as_deref(), Some(text));
            assert_eq!(key(2).open(&sealed), None);
        }
        let kept = key(3);
        let again = FormKey::from_text(&format!("{}\n", kept.to_text()));
        assert_eq!(again.and_then(|k| k.open(&kept.seal("a"))).as_deref(), Some("a"));
        assert!(FormKey::from_text("short").is_none());
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let sealed = key(1).seal("{\"exports_goods\":true}");
        for place in 0..sealed.len() {
            let altered: String = (sealed.chars().enumerate())
                .map(|(at, c)| {
                    if at != place {
                        c
                    } else if c == 'A' {
                        'B'
                    } else {
                        'A'
                    }
                })
                .collect();
            // The last character may have bits that carry nothing; such a spelling is refused too.
            assert_eq!(key(1).open(&altered), None, "{place}");
            let cut: String = sealed.chars().take(place).collect();
            assert_eq!(key(1).open(&cut), None, "{place}");
        }
    }
}
