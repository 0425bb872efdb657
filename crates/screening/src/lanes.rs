//! Sixty-four bytes at a time.
//!
//! Cells are short, so that to start a search for each costs more than it finds: here 64 bytes are compared
//! together, and come out as places, one bit each.

use wide::u8x16;

/// How many bytes are looked at together.
pub(super) const TOGETHER: usize = 64;

/// The places of a byte.
#[inline]
pub(super) fn places(bytes: &[u8; TOGETHER], byte: u8) -> u64 {
    let parts = (0..).step_by(16).zip(bytes.as_chunks::<16>().0);
    parts.fold(0, |found, (part, sixteen)| {
        let equal = u8x16::new(*sixteen).simd_eq(u8x16::splat(byte));
        found | u64::from(equal.to_bitmask()) << part
    })
}

/// The places of what parts and begins cells of delimited text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// What parts cells.
    pub(super) delimiters: u64,
    /// What ends a line.
    pub(super) lines: u64,
    /// Quotes.
    pub(super) quotes: u64,
    /// What a formula can begin with, of a full-width sign its first byte; a CR cannot begin a cell here.
    pub(super) suspects: u64,
}

/// Finds them.
#[inline]
pub(super) fn marks(bytes: &[u8; TOGETHER], delimiter: u8) -> Marks {
    let mut marks = Marks::default();
    for (part, sixteen) in (0..).step_by(16).zip(bytes.as_chunks::<16>().0) {
        let lanes = u8x16::new(*sixteen);
        let equal = |byte| lanes.simd_eq(u8x16::splat(byte));
        let places = |mask: u8x16| u64::from(mask.to_bitmask()) << part;
        marks.delimiters |= places(equal(delimiter));
        marks.lines |= places(equal(b'\n') | equal(b'\r'));
        marks.quotes |= places(equal(b'"'));
        let signs = equal(b'=') | equal(b'+') | equal(b'-') | equal(b'@');
        marks.suspects |= places(signs | equal(b'\t') | equal(0xef));
    }
    marks
}

#[cfg(test)]
#[test]
fn each_byte_at_each_place() {
    for place in 0..TOGETHER {
        for byte in 0..=255 {
            let mut bytes = [b'x'; TOGETHER];
            *bytes.get_mut(place).unwrap() = byte;
            let bit = |is: bool| u64::from(is) << place;
            let expected = Marks {
                delimiters: bit(byte == b','),
                lines: bit(matches!(byte, b'\n' | b'\r')),
                quotes: bit(byte == b'"'),
                suspects: bit(matches!(byte, b'=' | b'+' | b'-' | b'@' | b'\t' | 0xef)),
            };
            assert_eq!(marks(&bytes, b','), expected, "{byte} at {place}");
            assert_eq!(places(&bytes, byte) >> place & 1, 1, "{byte} at {place}");
            assert_eq!(places(&bytes, b'x') | 1 << place, u64::MAX, "{byte} at {place}");
        }
    }
}
