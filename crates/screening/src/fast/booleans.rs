//! The common texts of booleans, such as 是 and `0`, in a hash table that is made at compile time.
//!
//! A column of booleans has a few texts a million times. They are looked up by their key; every other text is left to
//! `Profile::read_scaled`.

use export_advisor_core::evaluate::short;

/// The value of a cell of a boolean fact, if its text is a common one. The plain form compares the text with each of
/// [`CommonBoolean::TEXTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum CommonBoolean {
    Yes,
    No,
    Blank,
    /// Any other text.
    Other,
}

impl CommonBoolean {
    const TEXTS: [(&'static str, Self); 9] = [
        ("是", Self::Yes),
        ("1", Self::Yes),
        ("true", Self::Yes),
        ("Y", Self::Yes),
        ("否", Self::No),
        ("0", Self::No),
        ("false", Self::No),
        ("N", Self::No),
        ("", Self::Blank),
    ];

    /// A hash table of the texts without collisions: one lookup costs a third of comparing with each text.
    #[expect(clippy::indexing_slicing, reason = "this runs at compile time")]
    const TABLE: [(u64, Self); 16] = {
        let mut table = [(u64::MAX, Self::Other); 16];
        let mut texts: &[(&str, Self)] = &Self::TEXTS;
        while let [(text, value), rest @ ..] = texts {
            let Some(key) = short(text.as_bytes()) else {
                panic!("a common text is longer than seven bytes")
            };
            let slot = &mut table[Self::index(key)];
            assert!(slot.0 == u64::MAX, "two texts have one index: choose another factor");
            *slot = (key, *value);
            texts = rest;
        }
        table
    };

    const fn index(key: u64) -> usize {
        (key.wrapping_mul(0x837d_19db_bd89_6311) >> 60) as usize
    }

    /// Looks up a cell by the key that [`short`] gives its text; `None` for a longer text.
    #[inline]
    pub(crate) fn from_key(key: Option<u64>) -> Self {
        let key = key.unwrap_or(u64::MAX);
        match Self::TABLE.get(Self::index(key)) {
            Some((text, value)) if *text == key => *value,
            _ => Self::Other,
        }
    }
}
