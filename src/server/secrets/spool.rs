//! The encryption of blocks that leave the memory for a file that nobody else reads: ChaCha20-Poly1305 under a random
//! key that is in memory alone, and goes with it.
//!
//! INVARIANT: a number encrypts one block and no second, so it may be the nonce.

use super::{KEY_BYTES, random};
use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};

/// The key of one file.
pub(crate) struct BlockKey(ChaCha20Poly1305);

impl std::fmt::Debug for BlockKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlockKey(…)")
    }
}

impl BlockKey {
    /// A new key.
    ///
    /// # Errors
    /// If the system has no random bytes to give.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let key: [u8; KEY_BYTES] = random()?;
        Ok(Self(ChaCha20Poly1305::new(&key.into())))
    }

    /// Encrypts the block of a number.
    pub(crate) fn encrypt(&self, number: u64, block: &[u8]) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "only more than 256 GiB cannot be encrypted")]
        self.0.encrypt(&nonce(number).into(), block).expect("a block of some kilobytes")
    }

    /// Decrypts the block of a number; nothing if it was altered.
    pub(crate) fn decrypt(&self, number: u64, block: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(&nonce(number).into(), block).ok()
    }
}

fn nonce(number: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    for (byte, of_number) in nonce.iter_mut().zip(number.to_le_bytes()) {
        *byte = of_number;
    }
    nonce
}
