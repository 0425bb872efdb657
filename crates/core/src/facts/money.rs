//! Units of money, as files spell them.
//!
//! Owns the one table of spellings, each with its size and where it is read: in the header of a column, or
//! in a cell behind its number. It reads neither.

/// A unit of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyUnit {
    /// Its spelling: half-width, in lower case, without space.
    pub spelling: &'static str,
    /// The power of ten from it to 万元.
    pub shift: i8,
    /// Whether a header may end in it.
    pub in_header: bool,
    /// Whether a cell may end in it.
    pub in_cell: bool,
}

const fn unit(spelling: &'static str, shift: i8, in_header: bool, in_cell: bool) -> MoneyUnit {
    MoneyUnit { spelling, shift, in_header, in_cell }
}

/// All units. One that another ends in comes after it. The bare 万 and 亿 are read in cells only, where a
/// number precedes them; names of currencies only in headers.
pub const MONEY_UNITS: [MoneyUnit; 16] = [
    unit("10kyuan", 0, true, false),
    unit("10,000yuan", 0, true, false),
    unit("wanyuan", 0, true, true),
    unit("人民币万元", 0, true, false),
    unit("人民币元", -4, true, false),
    unit("百万元", 2, true, true),
    unit("万元", 0, true, true),
    unit("亿元", 4, true, true),
    unit("千元", -3, true, true),
    unit("yuan", -4, true, false),
    unit("wan", 0, true, false),
    unit("cny", -4, true, false),
    unit("rmb", -4, true, false),
    unit("元", -4, true, true),
    unit("万", 0, false, true),
    unit("亿", 4, false, true),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_not_hidden_by_one_that_it_ends_in() {
        for (index, unit) in MONEY_UNITS.iter().enumerate() {
            let mut before = MONEY_UNITS.iter().take(index);
            assert!(!before.any(|other| unit.spelling.ends_with(other.spelling)), "{unit:?}");
        }
    }
}
