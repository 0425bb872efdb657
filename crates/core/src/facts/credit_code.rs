//! The unified social credit code (统一社会信用代码, GB 32100-2015) and the personal identity
//! number that must not be taken for one.

use super::spelling::half_width;
use std::borrow::Cow;

/// The characters of a code; a character's position is its value.
pub(crate) const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// The weights of the first 17 characters (GB 32100): the whole sum is a multiple of 31.
pub(crate) const WEIGHTS: [u32; 17] =
    [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of the organisation code in characters 9 to 16 (GB 11714-1997).
pub(crate) const BODY_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

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
        /// Its position.
        position: usize,
        /// The character.
        found: char,
    },
    /// The ninth character of the organisation code (position 17) does not fit the eight before it.
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
    let Ok(characters) = <&[u8; 18]>::try_from(code.as_bytes()) else {
        return Err(unreadable(code));
    };
    let values = characters.map(value);
    if values.contains(&NONE) {
        return Err(unreadable(code));
    }
    let found = |position: usize| characters.get(position).copied().map_or('0', char::from);
    let body: u32 = (characters.iter().skip(8).zip(BODY_WEIGHTS))
        .map(|(c, weight)| body_value(*c) * weight)
        .sum();
    let fits = match 11 - body % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    };
    if found(16) != fits {
        return Err(CodeFault::BodyCheck { found: found(16), fits });
    }
    let sum: u32 = values.iter().zip(WEIGHTS).map(|(v, w)| u32::from(*v) * w).sum();
    let fits = usize::try_from((31 - sum % 31) % 31).ok();
    let fits =
        fits.and_then(|value| ALPHABET.as_bytes().get(value)).map_or('0', |c| char::from(*c));
    if found(17) != fits {
        return Err(CodeFault::Check { found: found(17), fits });
    }
    Ok(match (found(0), found(1)) {
        ('9', '1') => Holder::Firm,
        ('9', '2') => Holder::SoleTrader,
        ('9', '3') => Holder::Cooperative,
        _ => Holder::Other,
    })
}

/// A made-up code of a company that was registered in an office of six digits; none if the office has another form.
#[must_use]
pub fn registered_in(office: &str) -> Option<String> {
    let mut code = format!("91{office}MA00000000");
    // The two check characters, one after the other.
    for _ in 0..2 {
        let (kept, fits) = match check(&code) {
            Ok(_) => return Some(code),
            Err(CodeFault::BodyCheck { fits, .. }) => (16, fits),
            Err(CodeFault::Check { fits, .. }) => (17, fits),
            Err(CodeFault::Length(_) | CodeFault::Character { .. }) => return None,
        };
        let rest: String = code.chars().skip(kept + 1).collect();
        code = code.chars().take(kept).chain([fits]).chain(rest.chars()).collect();
    }
    check(&code).ok().map(|_| code)
}

/// Why a text has not the form of a code.
fn unreadable(code: &str) -> CodeFault {
    let count = code.chars().count();
    let mut characters = (1..).zip(code.chars());
    let wrong = characters.find(|(_, c)| u8::try_from(*c).map_or(NONE, value) == NONE);
    match wrong.filter(|_| count == 18) {
        Some((position, found)) => CodeFault::Character { position, found },
        None => CodeFault::Length(count),
    }
}

/// What is no value of a character.
const NONE: u8 = u8::MAX;

/// The value of each byte.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let alphabet = ALPHABET.as_bytes();
    let mut position = 0;
    while position < alphabet.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "every byte has an index; this runs at build time"
        )]
        {
            values[alphabet[position] as usize] = position as u8;
        }
        position += 1;
    }
    values
};

fn value(c: u8) -> u8 {
    VALUES.get(usize::from(c)).copied().unwrap_or(NONE)
}

/// The value of a digit or a capital in the organisation code.
fn body_value(c: u8) -> u32 {
    u32::from(if c.is_ascii_digit() { c - b'0' } else { c.wrapping_sub(b'A').wrapping_add(10) })
}

/// Whether 18 characters are a personal identity number: seventeen digits and a digit or X, with a
/// date of birth there. A code that passes the credit code's check is none.
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

/// The text with `…` instead of every personal identity number in it, also one that is written
/// full-width or with spaces, hyphens or characters without width between its digits.
#[must_use]
pub fn without_personal_numbers(text: &str) -> Cow<'_, str> {
    const LENGTH: usize = 18;
    let between = |c: char| {
        c.is_whitespace()
            || matches!(c, '-' | '－' | '‐'..='―' | '\u{200b}'..='\u{200f}' | '\u{feff}')
    };
    let chars: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| !between(*c)).collect();
    let mut out = String::new();
    let (mut kept, mut nth) = (0, 0);
    while let Some(run) = chars.get(nth..nth + LENGTH) {
        nth += 1;
        let number: String = run.iter().map(|(_, c)| half_width(*c)).collect();
        let (Some((start, _)), Some((last, end))) = (run.first(), run.last()) else { break };
        if is_personal_number(&number) {
            out.push_str(text.get(kept..*start).unwrap_or_default());
            out.push('…');
            kept = last + end.len_utf8();
            nth += LENGTH - 1;
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(out)
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
            for position in 0..18 {
                for other in ALPHABET.chars() {
                    let mut changed: Vec<char> = code.chars().collect();
                    if let Some(c) = changed.get_mut(position).filter(|c| **c != other) {
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
            Err(CodeFault::Character { position: 17, found: 'I' })
        );
        assert_eq!(
            check("9111000060003734义L"),
            Err(CodeFault::Character { position: 17, found: '义' })
        );
        assert_eq!(check("91110000600037é4L"), Err(CodeFault::Length(17)), "of 18 bytes");
        assert_eq!(check("91110000600037341M"), Err(CodeFault::Check { found: 'M', fits: 'L' }));
        assert_eq!(
            check("91110000600037342L"),
            Err(CodeFault::BodyCheck { found: '2', fits: '1' })
        );
        assert_eq!(check("93450681MAT000050F"), Ok(Holder::Cooperative));
        assert_eq!(check("92440300MA5D12340A"), Ok(Holder::SoleTrader));
        assert_eq!(check("5310000050001234X6"), Ok(Holder::Other));
    }

    #[test]
    fn personal_numbers_are_distinguished() {
        assert!(is_personal_number("11010519491231002X"));
        assert!(is_personal_number("110105194912310021"));
        assert!(!is_personal_number("914403001922038216"));
        assert!(!is_personal_number("91110000600037341L"));
        assert!(is_personal_number("11010519491231002x"));
        for (text, why) in [
            ("110105194913310021", "there is no month 13"),
            ("110105194912320021", "there is no day 32"),
            ("110105180012310021", "nobody lives who was born in 1800"),
            ("11010519491231002", "of 17 characters"),
            ("1101051949123100A1", "a letter before the last"),
            ("11010519491231002Y", "the last is another letter"),
        ] {
            assert!(!is_personal_number(text), "{text}: {why}");
        }
    }

    #[test]
    fn personal_numbers_are_left_out_of_a_text() {
        for (text, shown) in [
            ("of 11010519491231002X, no more", "of …, no more"),
            ("11010519491231002X110105194912310021", "……"),
            ("1101051949 1231002Ｘ和110105-19491231-0021。", "…和…。"),
            ("91110000600037341L", "91110000600037341L"),
        ] {
            assert_eq!(without_personal_numbers(text), shown);
        }
    }
}
