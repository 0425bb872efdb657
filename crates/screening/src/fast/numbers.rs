//! Plain decimal numbers, without the general parser.
//!
//! Most cells of numbers are digits with at most one point. They are read here in one pass; every other text is
//! left to `Profile::read_scaled`.

use rust_decimal::Decimal;

/// Reads digits with at most one point between them, as few as are exact in 64 bits; `None` for any other text. The
/// plain form parses the text as a [`Decimal`].
#[inline]
pub(crate) fn plain_number(text: &str) -> Option<Decimal> {
    const MOST: usize = 17;
    if text.len() > MOST {
        return None;
    }
    let (mut digits, mut point, mut last) = (0_i64, None, b'.');
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => digits = digits * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
        last = byte;
    }
    if last == b'.' {
        return None;
    }
    let scale = point.map_or(0, |at| text.len() - at - 1);
    let number = Decimal::new(digits, u32::try_from(scale).ok()?);
    // Trailing zeros after the point are removed.
    Some(if scale > 0 && last == b'0' { number.normalize() } else { number })
}
