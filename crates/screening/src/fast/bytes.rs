//! Comparisons of 64 bytes at a time.
//!
//! Cells are short, so starting a search for each one costs more than the search finds. These functions compare 64
//! bytes with SIMD and return the positions that match as the bits of a word, the first byte in the lowest bit.

use wide::u8x16;

/// How many bytes are compared at once.
pub(crate) const WIDTH: usize = 64;

/// The positions of a byte. The plain form compares one byte after the other.
#[inline]
pub(crate) fn positions(bytes: &[u8; WIDTH], byte: u8) -> u64 {
    let parts = (0..).step_by(16).zip(bytes.as_chunks::<16>().0);
    parts.fold(0, |found, (part, sixteen)| {
        let equal = u8x16::new(*sixteen).simd_eq(u8x16::splat(byte));
        found | u64::from(equal.to_bitmask()) << part
    })
}

/// The positions of the structural characters of delimited text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Structure {
    /// Delimiters.
    pub(crate) delimiters: u64,
    /// CR and LF.
    pub(crate) lines: u64,
    /// Quotes.
    pub(crate) quotes: u64,
    /// Bytes that a formula can begin with, of a full-width sign the first one. A CR is left out: it cannot begin a
    /// cell.
    pub(crate) formulas: u64,
}

/// Finds the structural characters. The plain form compares each byte with each of them.
#[inline]
pub(crate) fn structure(bytes: &[u8; WIDTH], delimiter: u8) -> Structure {
    let mut structure = Structure::default();
    for (part, sixteen) in (0..).step_by(16).zip(bytes.as_chunks::<16>().0) {
        let vector = u8x16::new(*sixteen);
        let equal = |byte| vector.simd_eq(u8x16::splat(byte));
        let positions = |mask: u8x16| u64::from(mask.to_bitmask()) << part;
        structure.delimiters |= positions(equal(delimiter));
        structure.lines |= positions(equal(b'\n') | equal(b'\r'));
        structure.quotes |= positions(equal(b'"'));
        let signs = equal(b'=') | equal(b'+') | equal(b'-') | equal(b'@');
        structure.formulas |= positions(signs | equal(b'\t') | equal(0xef));
    }
    structure
}

#[cfg(test)]
#[test]
fn each_byte_at_each_position() {
    for index in 0..WIDTH {
        for byte in 0..=255 {
            let mut bytes = [b'x'; WIDTH];
            *bytes.get_mut(index).unwrap() = byte;
            let bit = |is: bool| u64::from(is) << index;
            let expected = Structure {
                delimiters: bit(byte == b','),
                lines: bit(matches!(byte, b'\n' | b'\r')),
                quotes: bit(byte == b'"'),
                formulas: bit(matches!(byte, b'=' | b'+' | b'-' | b'@' | b'\t' | 0xef)),
            };
            assert_eq!(structure(&bytes, b','), expected, "{byte} at {index}");
            assert_eq!(positions(&bytes, byte) >> index & 1, 1, "{byte} at {index}");
            assert_eq!(positions(&bytes, b'x') | 1 << index, u64::MAX, "{byte} at {index}");
        }
    }
}
