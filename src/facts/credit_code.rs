//! The unified social credit code (统一社会信用代码, GB 32100-2015) and the personal identity
//! number that must not be taken for one.

/// The characters of a code; a character's place is its value.
pub const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// The weights of the first 17 characters (GB 32100): the whole sum is a multiple of 31.
pub const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of the organisation code in characters 9 to 16 (GB 11714-1997).
pub const BODY_WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// What a code that passes its checks says of its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// 91: a company or other enterprise.
    Firm,
    /// 92: an individually owned business, 个体工商户.
    SoleTrader,
    /// 93: a farmers' cooperative, 农民专业合作社.
    Cooperative,
    /// Any other registration: institutions, associations, …
    Other,
}

/// Why a code is not right. Places count characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// Not 18 characters long.
    Length(usize),
    /// A character that never occurs: I, O, S, V, Z, or no letter or digit.
    Character {
        /// Its place.
        place: usize,
        /// The character.
        found: char,
    },
    /// The ninth character of the organisation code (place 17) does not fit the eight before it.
    BodyCheck {
        /// The character that stands there.
        found: char,
        /// The one that would fit.
        fits: char,
    },
    /// The last character does not fit the seventeen before it.
    Check {
        /// The character that stands there.
        found: char,
        /// The one that would fit.
        fits: char,
    },
}

/// Checks a code in upper case.
///
/// # Errors
/// The first thing that is wrong with it: the body's own check before the whole code's.
pub fn check(code: &str) -> Result<Holder, CodeFault> {
    let mut characters = ['0'; 18];
    let mut count = 0;
    for found in code.chars() {
        if let Some(slot) = characters.get_mut(count) {
            *slot = found;
        }
        count += 1;
    }
    if count != 18 {
        return Err(CodeFault::Length(count));
    }
    let mut values = [0; 18];
    for (index, (slot, found)) in values.iter_mut().zip(characters).enumerate() {
        *slot = value(found).ok_or(CodeFault::Character { place: index + 1, found })?;
    }
    let body: usize = (characters.iter().skip(8).zip(BODY_WEIGHTS))
        .map(|(c, weight)| body_value(*c) * weight)
        .sum();
    let fits = match 11 - body % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(u32::try_from(digit).unwrap_or(0), 10).unwrap_or('0'),
    };
    if let Some(found) = characters.get(16).copied().filter(|c| *c != fits) {
        return Err(CodeFault::BodyCheck { found, fits });
    }
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    let fits = ALPHABET.as_bytes().get((31 - sum % 31) % 31).map_or('0', |byte| char::from(*byte));
    if let Some(found) = characters.get(17).copied().filter(|c| *c != fits) {
        return Err(CodeFault::Check { found, fits });
    }
    Ok(match (characters.first(), characters.get(1)) {
        (Some('9'), Some('1')) => Holder::Firm,
        (Some('9'), Some('2')) => Holder::SoleTrader,
        (Some('9'), Some('3')) => Holder::Cooperative,
        _ => Holder::Other,
    })
}

/// The value of each ASCII character, from 1; 0 is none.
const VALUES: [u8; 128] = {
    let mut values = [0; 128];
    let alphabet = ALPHABET.as_bytes();
    let mut place = 0;
    while place < alphabet.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "the alphabet is ASCII; this runs at build time"
        )]
        {
            values[alphabet[place] as usize] = place as u8 + 1;
        }
        place += 1;
    }
    values
};

fn value(c: char) -> Option<usize> {
    let found = VALUES.get(usize::try_from(u32::from(c)).ok()?)?;
    usize::from(*found).checked_sub(1)
}

fn body_value(c: char) -> usize {
    usize::try_from(c.to_digit(36).unwrap_or(0)).unwrap_or(0)
}

/// Whether 18 characters are a personal identity number: seventeen digits and a digit or X, with a
/// date of birth in its place. A code that passes the credit code's check is none.
#[must_use]
pub fn is_personal_number(text: &str) -> bool {
    let text = text.trim();
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse::<u32>().ok()
    };
    let shape = text.len() == 18
        && text.bytes().take(17).all(|b| b.is_ascii_digit())
        && text.bytes().last().is_some_and(|b| b.is_ascii_digit() || b == b'X' || b == b'x');
    shape
        && digits(6..10).is_some_and(|year| (1900..2100).contains(&year))
        && digits(10..12).is_some_and(|month| (1..=12).contains(&month))
        && digits(12..14).is_some_and(|day| (1..=31).contains(&day))
        && check(text).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes published by their holders, and the example of the standard's commentary.
    const RIGHT: [&str; 5] = [
        "91110000600037341L",
        "914403001922038216",
        "9144030071526726XG",
        "91440300192317458F",
        "91440400192548256N",
    ];

    #[test]
    fn right_codes_pass_and_any_changed_character_is_noticed() {
        for code in RIGHT {
            assert_eq!(check(code), Ok(Holder::Firm), "{code}");
            for place in 0..18 {
                for other in ALPHABET.chars() {
                    let mut changed: Vec<char> = code.chars().collect();
                    if let Some(c) = changed.get_mut(place).filter(|c| **c != other) {
                        *c = other;
                        assert!(check(&changed.iter().collect::<String>()).is_err());
                    }
                }
            }
        }
    }

    #[test]
    fn faults_name_the_character() {
        assert_eq!(check("9111"), Err(CodeFault::Length(4)));
        assert_eq!(
            check("9111000060003734IL"),
            Err(CodeFault::Character { place: 17, found: 'I' })
        );
        assert_eq!(check("91110000600037341M"), Err(CodeFault::Check { found: 'M', fits: 'L' }));
        assert_eq!(
            check("91110000600037342L"),
            Err(CodeFault::BodyCheck { found: '2', fits: '1' })
        );
        assert_eq!(check("93450681MAT000050F"), Ok(Holder::Cooperative));
    }

    #[test]
    fn personal_numbers_are_told_apart() {
        assert!(is_personal_number("11010519491231002X"));
        assert!(is_personal_number("110105194912310021"));
        assert!(!is_personal_number("914403001922038216"));
        assert!(!is_personal_number("91110000600037341L"));
        assert!(!is_personal_number("110105194913310021"), "there is no month 13");
    }
}
