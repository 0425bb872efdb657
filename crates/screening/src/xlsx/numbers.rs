//! Numbers of a sheet as text.
//!
//! A sheet keeps numbers as binary fractions and shows fifteen digits of them; days are numbers with a
//! format. Owns the way to the text that a person would have written: `1200`, `0.3`, `2026-11-25`, `12%`.
//! Whole numbers that the file spells with all digits keep them.

use jiff::civil::{Date, DateTime, date};
use std::fmt::Write as _;

/// How the numbers of a cell are shown, as far as it changes what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shown {
    /// As a number.
    #[default]
    Plain,
    /// As a day, a time, or both.
    Day,
    /// As a share of a hundred.
    Percent,
}

impl Shown {
    /// What a built-in number format means.
    pub(super) fn built_in(id: u32) -> Self {
        match id {
            9 | 10 => Self::Percent,
            14..=22 | 27..=36 | 45..=47 | 50..=58 => Self::Day,
            _ => Self::Plain,
        }
    }

    /// What a format in its own words means, such as `yyyy"年"m"月"d"日"` or `0.0%`.
    pub(super) fn of_code(code: &str) -> Self {
        let mut percent = false;
        let mut chars = code.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => {
                    let _ = chars.by_ref().find(|c| *c == '"');
                }
                '\\' | '_' | '*' => {
                    let _ = chars.next();
                }
                // A colour, a locale or a condition; `[h]` and its like are hours that go on.
                '[' => {
                    let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    let inside = inside.to_lowercase();
                    if !inside.is_empty() && inside.chars().all(|c| "hms".contains(c)) {
                        return Self::Day;
                    }
                }
                // Only the first of up to four parts: the others are for other signs.
                ';' => break,
                '%' => percent = true,
                'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return Self::Day,
                _ => {}
            }
        }
        if percent { Self::Percent } else { Self::Plain }
    }
}

/// A number as text, `raw` being what the file has; text that is no number stays as it is.
pub(super) fn text(raw: &str, shown: Shown, from_1904: bool, out: &mut String) {
    /// Digits that a sheet keeps.
    const KEPT: usize = 15;
    let raw = raw.trim();
    let whole = raw.strip_prefix('-').unwrap_or(raw);
    let whole = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    if whole && shown == Shown::Plain && (!whole_starts_with_zero(raw) || raw == "0") {
        out.push_str(raw);
        return;
    }
    let Some(number) = raw.parse::<f64>().ok().filter(|n| n.is_finite()) else {
        out.push_str(raw);
        return;
    };
    match shown {
        Shown::Plain => decimal(number, KEPT, out),
        Shown::Percent => {
            decimal(number * 100.0, KEPT - 1, out);
            out.push('%');
        }
        Shown::Day => match day(number, from_1904) {
            Some(text) => out.push_str(&text),
            None => decimal(number, KEPT, out),
        },
    }
}

fn whole_starts_with_zero(raw: &str) -> bool {
    raw.trim_start_matches('-').starts_with('0')
}

/// A number with so many digits at most, without exponent and without needless zeros.
fn decimal(number: f64, digits: usize, out: &mut String) {
    if number == 0.0 {
        out.push('0');
        return;
    }
    let spelled = format!("{:.*e}", digits - 1, number);
    let Some((mantissa, exponent)) = spelled.split_once('e') else { return };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let kept: String = mantissa.chars().filter(|c| *c != '.').collect();
    let kept = kept.trim_end_matches('0');
    out.push_str(sign);
    match usize::try_from(exponent) {
        Ok(exponent) => {
            let point = exponent + 1;
            for place in 0..point.max(kept.len()) {
                if place == point {
                    out.push('.');
                }
                out.push(kept.as_bytes().get(place).copied().map_or('0', char::from));
            }
        }
        Err(_) => {
            out.push_str("0.");
            for _ in 0..usize::try_from(-exponent - 1).unwrap_or(0) {
                out.push('0');
            }
            out.push_str(kept);
        }
    }
}

/// A day and time by its number; nothing if it is no day of this or nearby times.
fn day(number: f64, from_1904: bool) -> Option<String> {
    const SECONDS: f64 = 86_400.0;
    if !(0.0..2_958_466.0).contains(&number) {
        return None;
    }
    let mut days = number.floor();
    let mut seconds = ((number - days) * SECONDS).round();
    if seconds >= SECONDS {
        (days, seconds) = (days + 1.0, 0.0);
    }
    #[expect(clippy::cast_possible_truncation, reason = "both are whole and in range")]
    let (days, seconds) = (days as i64, seconds as i64);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = String::new();
    if days > 0 {
        // Sheets count a 29 February 1900 that there never was.
        let (first, days): (Date, i64) = match (from_1904, days) {
            (true, days) => (date(1904, 1, 1), days),
            (false, days @ ..60) => (date(1899, 12, 31), days),
            (false, days) => (date(1899, 12, 30), days),
        };
        let days = jiff::Span::new().try_days(days).ok()?;
        let at: DateTime = first.checked_add(days).ok()?.to_datetime(jiff::civil::Time::midnight());
        text = at.date().to_string();
    }
    if seconds > 0 || days == 0 {
        if !text.is_empty() {
            text.push(' ');
        }
        let _ = write!(text, "{hour:02}:{minute:02}");
        if second > 0 {
            let _ = write!(text, ":{second:02}");
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        for (raw, shown, expected) in [
            ("1200", Shown::Plain, "1200"),
            ("1200.0", Shown::Plain, "1200"),
            ("1.2E3", Shown::Plain, "1200"),
            ("0.30000000000000004", Shown::Plain, "0.3"),
            ("1234.5600000000001", Shown::Plain, "1234.56"),
            ("-0.05", Shown::Plain, "-0.05"),
            ("0", Shown::Plain, "0"),
            ("-0", Shown::Plain, "0"),
            ("007", Shown::Plain, "7"),
            ("1E-7", Shown::Plain, "0.0000001"),
            ("123456789012345678", Shown::Plain, "123456789012345678"),
            ("9.1110000123456794E+17", Shown::Plain, "911100001234568000"),
            ("0.12", Shown::Percent, "12%"),
            ("0.125", Shown::Percent, "12.5%"),
            ("0.07", Shown::Percent, "7%"),
            ("1", Shown::Day, "1900-01-01"),
            ("59", Shown::Day, "1900-02-28"),
            ("61", Shown::Day, "1900-03-01"),
            ("46351", Shown::Day, "2026-11-25"),
            ("46351.5", Shown::Day, "2026-11-25 12:00"),
            ("46351.999999999", Shown::Day, "2026-11-26"),
            ("0.25", Shown::Day, "06:00"),
            ("-3", Shown::Day, "-3"),
            ("9999999", Shown::Day, "9999999"),
            ("x", Shown::Plain, "x"),
        ] {
            let mut out = String::new();
            text(raw, shown, false, &mut out);
            assert_eq!(out, expected, "{raw} as {shown:?}");
        }
        let mut out = String::new();
        text("44889", Shown::Day, true, &mut out);
        assert_eq!(out, "2026-11-25");
    }

    #[test]
    fn formats_tell_days_and_shares() {
        for (code, shown) in [
            ("General", Shown::Plain),
            ("0.00", Shown::Plain),
            ("#,##0;[Red]-#,##0", Shown::Plain),
            ("\"my days\"0", Shown::Plain),
            ("0.0%", Shown::Percent),
            ("yyyy\"年\"m\"月\"d\"日\"", Shown::Day),
            ("[$-804]yyyy/m/d", Shown::Day),
            ("[h]:mm", Shown::Day),
            ("_-* #,##0.00_-", Shown::Plain),
            ("\\d0", Shown::Plain),
            ("0;d", Shown::Plain),
        ] {
            assert_eq!(Shown::of_code(code), shown, "{code}");
        }
        assert_eq!(Shown::built_in(14), Shown::Day);
        assert_eq!(Shown::built_in(9), Shown::Percent);
        assert_eq!(Shown::built_in(4), Shown::Plain);
    }
}
