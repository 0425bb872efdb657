//! Numbers of a sheet as text.
//!
//! A sheet stores numbers as binary fractions and shows fifteen digits of them; a date is a number with a format.
//! This module owns the conversion to the text that a person would write: `1200`, `0.3`, `2026-11-25`, `12%`.
//! Integers that the file spells with all digits keep them.

use jiff::civil::{Date, DateTime, date};
use std::fmt::Write as _;

/// The number format of a cell, as far as it changes the meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NumberStyle {
    /// A number.
    #[default]
    Plain,
    /// A date, a time, or both.
    Day,
    /// A percentage.
    Percent,
}

impl NumberStyle {
    /// The meaning of a built-in number format.
    pub(super) fn built_in(id: u32) -> Self {
        match id {
            9 | 10 => Self::Percent,
            14..=22 | 27..=36 | 45..=47 | 50..=58 => Self::Day,
            _ => Self::Plain,
        }
    }

    /// The meaning of a format code, such as `yyyy"年"m"月"d"日"` or `0.0%`.
    pub(super) fn from_code(code: &str) -> Self {
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
                // A colour, a locale or a condition; `[h]` and the like are elapsed hours.
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

/// A number as text, from the text in the file; text that is no number stays as it is.
pub(super) fn text(raw: &str, style: NumberStyle, from_1904: bool, out: &mut String) {
    /// Digits that a sheet keeps.
    const KEPT: usize = 15;
    let raw = raw.trim();
    let whole = raw.strip_prefix('-').unwrap_or(raw);
    let whole = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    if whole && style == NumberStyle::Plain && (!whole_starts_with_zero(raw) || raw == "0") {
        out.push_str(raw);
        return;
    }
    let Some(number) = raw.parse::<f64>().ok().filter(|n| n.is_finite()) else {
        out.push_str(raw);
        return;
    };
    match style {
        NumberStyle::Plain => decimal(number, KEPT, out),
        NumberStyle::Percent => {
            decimal(number * 100.0, KEPT - 1, out);
            out.push('%');
        }
        NumberStyle::Day => match day(number, from_1904) {
            Some(text) => out.push_str(&text),
            None => decimal(number, KEPT, out),
        },
    }
}

fn whole_starts_with_zero(raw: &str) -> bool {
    raw.trim_start_matches('-').starts_with('0')
}

/// A number with at most so many digits, without exponent and trailing zeros.
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
            for index in 0..point.max(kept.len()) {
                if index == point {
                    out.push('.');
                }
                out.push(kept.as_bytes().get(index).copied().map_or('0', char::from));
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

/// A date and time by its serial number; `None` if it is out of range.
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
        // Sheets count a 29 February 1900, which did not exist.
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
        for (raw, style, expected) in [
            ("1200", NumberStyle::Plain, "1200"),
            ("1200.0", NumberStyle::Plain, "1200"),
            ("1.2E3", NumberStyle::Plain, "1200"),
            ("0.30000000000000004", NumberStyle::Plain, "0.3"),
            ("1234.5600000000001", NumberStyle::Plain, "1234.56"),
            ("-0.05", NumberStyle::Plain, "-0.05"),
            ("0", NumberStyle::Plain, "0"),
            ("-0", NumberStyle::Plain, "0"),
            ("007", NumberStyle::Plain, "7"),
            ("1E-7", NumberStyle::Plain, "0.0000001"),
            ("123456789012345678", NumberStyle::Plain, "123456789012345678"),
            ("9.1110000123456794E+17", NumberStyle::Plain, "911100001234568000"),
            ("0.12", NumberStyle::Percent, "12%"),
            ("0.125", NumberStyle::Percent, "12.5%"),
            ("0.07", NumberStyle::Percent, "7%"),
            ("1", NumberStyle::Day, "1900-01-01"),
            ("59", NumberStyle::Day, "1900-02-28"),
            ("61", NumberStyle::Day, "1900-03-01"),
            ("46351", NumberStyle::Day, "2026-11-25"),
            ("46351.5", NumberStyle::Day, "2026-11-25 12:00"),
            ("46351.999999999", NumberStyle::Day, "2026-11-26"),
            ("0.25", NumberStyle::Day, "06:00"),
            ("-3", NumberStyle::Day, "-3"),
            ("9999999", NumberStyle::Day, "9999999"),
            ("x", NumberStyle::Plain, "x"),
        ] {
            let mut out = String::new();
            text(raw, style, false, &mut out);
            assert_eq!(out, expected, "{raw} as {style:?}");
        }
        let mut out = String::new();
        text("44889", NumberStyle::Day, true, &mut out);
        assert_eq!(out, "2026-11-25");
    }

    #[test]
    fn formats_state_days_and_percentages() {
        for (code, style) in [
            ("General", NumberStyle::Plain),
            ("0.00", NumberStyle::Plain),
            ("#,##0;[Red]-#,##0", NumberStyle::Plain),
            ("\"my days\"0", NumberStyle::Plain),
            ("0.0%", NumberStyle::Percent),
            ("yyyy\"年\"m\"月\"d\"日\"", NumberStyle::Day),
            ("[$-804]yyyy/m/d", NumberStyle::Day),
            ("[h]:mm", NumberStyle::Day),
            ("_-* #,##0.00_-", NumberStyle::Plain),
            ("\\d0", NumberStyle::Plain),
            ("0;d", NumberStyle::Plain),
        ] {
            assert_eq!(NumberStyle::from_code(code), style, "{code}");
        }
        assert_eq!(NumberStyle::built_in(14), NumberStyle::Day);
        assert_eq!(NumberStyle::built_in(9), NumberStyle::Percent);
        assert_eq!(NumberStyle::built_in(4), NumberStyle::Plain);
    }
}
