//! The encryption of a share: ChaCha20-Poly1305 under a key that is derived from the link's secret.
//!
//! In goes a text, out come a secret and the row that is stored, and back. Owns the secret, what is derived
//! from it, and the padding. Every other column of the row is authenticated too: a text that was put into
//! another row, or whose row was altered, does not decrypt.
//!
//! INVARIANT: a secret encrypts one text and no second. So its key is used once, and the nonce may be derived
//! from the secret too.

use super::{KEY_BYTES, derive, random};
use crate::server::store::ShareRow;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use export_advisor_core::files::hex;

/// Texts are padded to a multiple of this, so that a length says little.
const PAD: usize = 1024;
/// The bytes that encryption adds: the tag.
const TAG: usize = 16;

/// What a link holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ShareSecret([u8; KEY_BYTES]);

impl std::fmt::Debug for ShareSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShareSecret(…)")
    }
}

impl ShareSecret {
    /// Reads the secret of a code, or of a link that ends with one. Any other text becomes a secret that
    /// nobody was given, so that it is looked up like every other.
    pub(crate) fn parse(text: &str) -> Self {
        let code = text.trim().rsplit('#').next().unwrap_or_default();
        let bytes = URL_SAFE_NO_PAD.decode(code).unwrap_or_default();
        Self(bytes.try_into().unwrap_or([0; KEY_BYTES]))
    }

    /// The code, as a link holds it.
    pub(crate) fn code(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The id of the row.
    pub(crate) fn id(&self) -> String {
        hex(&derive::<32>(&self.0, b"export-advisor share id 1"))
    }

    fn cipher(&self) -> (ChaCha20Poly1305, [u8; 12]) {
        let key: [u8; 32] = derive(&self.0, b"export-advisor share key 1");
        (ChaCha20Poly1305::new(&key.into()), derive(&self.0, b"export-advisor share nonce 1"))
    }

    /// The text of a row; nothing if it was not encrypted with this secret, or the row was altered.
    pub(crate) fn decrypt(&self, row: &ShareRow) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(&row.ciphertext).ok()?;
        let (cipher, nonce) = self.cipher();
        let payload = Payload { msg: &bytes, aad: &authenticated(row) };
        let text = cipher.decrypt(&nonce.into(), payload).ok()?;
        String::from_utf8(text).ok()
    }

    /// Decrypts in vain: the work for a share that does not exist, so that it takes as long as for one that does.
    pub(crate) fn decrypt_nothing(&self) {
        let row = ShareRow {
            id: self.id(),
            ciphertext: URL_SAFE_NO_PAD.encode([0; PAD + TAG]),
            expires_at: 0,
            created_day: "0000-00-00".to_owned(),
            owner: String::new(),
        };
        let _ = std::hint::black_box(self.decrypt(&row));
    }
}

/// Encrypts a text with a new secret.
///
/// # Errors
/// If the system has no random bytes to give.
pub(crate) fn encrypt(
    text: &str,
    expires_at: i64,
    created_day: &str,
    owner: &str,
) -> Result<(ShareSecret, ShareRow), getrandom::Error> {
    let secret = ShareSecret(random()?);
    let mut row = ShareRow {
        id: secret.id(),
        ciphertext: String::new(),
        expires_at,
        created_day: created_day.to_owned(),
        owner: owner.to_owned(),
    };
    // Spaces at the end of JSON mean nothing.
    let mut padded = text.as_bytes().to_vec();
    padded.resize(padded.len().next_multiple_of(PAD), b' ');
    let (cipher, nonce) = secret.cipher();
    let payload = Payload { msg: &padded, aad: &authenticated(&row) };
    #[expect(clippy::expect_used, reason = "only texts of more than 256 GiB cannot be encrypted")]
    let encrypted = cipher.encrypt(&nonce.into(), payload).expect("a text of some kilobytes");
    row.ciphertext = URL_SAFE_NO_PAD.encode(encrypted);
    Ok((secret, row))
}

/// What is authenticated besides the text: all other columns, each ended by a byte that stands in none.
fn authenticated(row: &ShareRow) -> Vec<u8> {
    let ShareRow { id, ciphertext: _, expires_at, created_day, owner } = row;
    format!("export-advisor share 1\0{id}\0{expires_at}\0{created_day}\0{owner}\0").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encrypted(text: &str) -> Result<(ShareSecret, ShareRow), getrandom::Error> {
        encrypt(text, 1_800_000_000, "2026-11-25", "0123456789ab")
    }

    #[test]
    fn a_link_decrypts_its_own_row_as_it_was_made_and_nothing_else() -> Result<(), getrandom::Error>
    {
        let text = "{\"profile\":{\"employees\":12}}";
        let (secret, row) = encrypted(text)?;
        let (other, other_row) = encrypted(text)?;
        let decrypt = |row: &ShareRow| secret.decrypt(row);
        assert_eq!(decrypt(&row).as_deref().map(str::trim_end), Some(text));
        assert_eq!(other.decrypt(&row), None);
        for altered in [
            ShareRow { id: other_row.id.clone(), ..row.clone() },
            ShareRow { ciphertext: other_row.ciphertext.clone(), ..row.clone() },
            ShareRow { expires_at: row.expires_at + 1, ..row.clone() },
            ShareRow { created_day: "2026-11-26".to_owned(), ..row.clone() },
            ShareRow { owner: String::new(), ..row.clone() },
            ShareRow { ciphertext: String::new(), ..row.clone() },
        ] {
            assert_eq!(decrypt(&altered), None, "{altered:?}");
        }
        assert_eq!(ShareSecret::parse(&secret.code()), secret);
        assert_eq!(ShareSecret::parse(&format!(" https://a.example/s#{} ", secret.code())), secret);
        assert!(!format!("{secret:?}").contains(&secret.code()));
        secret.decrypt_nothing();
        Ok(())
    }

    #[test]
    fn every_byte_of_the_encrypted_text_counts() -> Result<(), getrandom::Error> {
        let (secret, row) = encrypted("{}")?;
        let bytes = URL_SAFE_NO_PAD.decode(&row.ciphertext).unwrap_or_default();
        assert_eq!(bytes.len(), PAD + TAG);
        for position in 0..bytes.len() {
            let altered: Vec<u8> = (bytes.iter().enumerate())
                .map(|(at, byte)| if at == position { byte ^ 1 } else { *byte })
                .collect();
            let row = ShareRow { ciphertext: URL_SAFE_NO_PAD.encode(altered), ..row.clone() };
            assert_eq!(secret.decrypt(&row), None, "{position}");
        }
        Ok(())
    }

    #[test]
    fn a_length_says_little_and_no_two_rows_are_alike() -> Result<(), getrandom::Error> {
        let (_, short) = encrypted("{}")?;
        let (_, again) = encrypted("{}")?;
        let (_, longer) = encrypted(&" ".repeat(PAD))?;
        let (_, longest) = encrypted(&" ".repeat(PAD + 1))?;
        assert_eq!(short.ciphertext.len(), longer.ciphertext.len());
        assert!(longest.ciphertext.len() > longer.ciphertext.len());
        assert_ne!((&short.id, &short.ciphertext), (&again.id, &again.ciphertext));
        Ok(())
    }

    #[test]
    fn what_is_no_code_stands_for_one_secret() {
        let none = ShareSecret::parse("");
        for text in ["x", "企业", "/s#", "AAAA", &"A".repeat(44), &"A".repeat(42)] {
            assert_eq!(ShareSecret::parse(text), none, "{text}");
        }
    }
}
