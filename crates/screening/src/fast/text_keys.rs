//! Short texts as numbers, for lookups without a string comparison.
//!
//! The core's `short` gives texts of up to seven bytes as 8-byte keys; this module adds texts of up to fifteen
//! bytes. The plain form of a lookup by key is a lookup by the text.

/// A text of eight to fifteen bytes as a 16-byte key that no other text has: its bytes, the first in the lowest
/// place, and its length in the highest.
#[must_use]
#[inline]
pub(crate) fn key_16(text: &[u8]) -> Option<u128> {
    let (first, last) = (text.first_chunk()?, text.last_chunk()?);
    let length = u32::try_from(text.len()).ok().filter(|length| *length < 16)?;
    // Of the last eight bytes those that the first eight do not have.
    let rest = u64::from_le_bytes(*last).checked_shr(8 * (16 - length)).unwrap_or(0);
    let high = rest | u64::from(length) << 56;
    Some(u128::from(u64::from_le_bytes(*first)) | u128::from(high) << 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_different_texts_differ() {
        assert_eq!(key_16(b"1234567"), None);
        assert_eq!(key_16(b"1234567890123456"), None);
        let mut seen = std::collections::HashMap::new();
        let mut rng = fastrand::Rng::with_seed(6);
        for _ in 0..20_000 {
            let text: Vec<u8> =
                (0..rng.usize(8..16)).map(|_| *rng.choice(b"\0ab").unwrap()).collect();
            let key = key_16(&text).unwrap();
            assert_eq!(seen.entry(key).or_insert_with(|| text.clone()), &text, "{text:?}");
        }
    }
}
