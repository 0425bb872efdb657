//! Numbers of a sheet as text.
//!
//! A sheet stores numbers as binary fractions and shows fifteen digits of them; a date is a number with a format.
//! This module owns the conversion to the text that a person sees: `1200`, `0.3`, `2026-11-25`, `12%`, `030782`, and
//! `1.2345` for 12345 in a format that shows thousands. Digits that a format merely rounds away are kept. Integers
//! that the file spells with all digits keep them.

use crate::table::cells::CellKind;
use jiff::civil::{Date, DateTime, date};
use std::fmt::Write as _;

/// How a number is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NumberStyle {
    /// A number.
    #[default]
    Plain,
    /// A date, a time, or both.
    Day,
    /// A percentage.
    Percent,
    /// Something that the number does not say by itself: formats that depend on its size, or show none of it.
    Other,
}

/// The number format of a cell, as far as it changes the meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NumberFormat {
    pub(super) style: NumberStyle,
    /// The power of ten that the shown number is smaller by: three for each `,` at the end, one for each digit after
    /// a point that is a mere character (`0!.0,`).
    scale: usize,
    /// The digits to which a whole number is filled with zeros; 0 if it is not.
    width: usize,
    /// What is shown before and after the number, such as 万 or `$`. The signs of the yuan state no unit.
    before: String,
    after: String,
}

impl NumberFormat {
    fn of_style(style: NumberStyle) -> Self {
        Self { style, ..Self::default() }
    }

    /// The meaning of a built-in number format.
    pub(super) fn built_in(id: u32) -> Self {
        Self::of_style(match id {
            9 | 10 => NumberStyle::Percent,
            14..=22 | 27..=36 | 45..=47 | 50..=58 => NumberStyle::Day,
            _ => NumberStyle::Plain,
        })
    }

    /// The meaning of a format code, such as `yyyy"年"m"月"d"日"`, `0.0%` or `0!.0,"万"`.
    pub(super) fn from_code(code: &str) -> Self {
        /// The longest code that spreadsheets write; a longer one could make much of a short number.
        const LONGEST: usize = 255;
        if code.chars().take(LONGEST + 1).count() > LONGEST {
            return Self::of_style(NumberStyle::Other);
        }
        let sections: Vec<Section> = sections(code).map(Section::parse).collect();
        let Some(first) = sections.first() else { return Self::default() };
        if first.format.style == NumberStyle::Day {
            return Self::of_style(NumberStyle::Day);
        }
        if code.trim().is_empty() || first.is_text || first.is_general && sections.len() == 1 {
            return first.format.clone();
        }
        // Of up to four sections the second is for negative numbers, the third for zero; conditions change that.
        let is_conditional = sections.iter().any(|section| section.has_condition);
        let others =
            sections.iter().take(if is_conditional { 4 } else { 2 }).filter(|s| s.has_digits);
        let alike = |section: &Section| {
            (
                section.format.scale,
                section.format.width,
                section.format.style,
                &section.format.after,
            ) == (first.format.scale, first.format.width, first.format.style, &first.format.after)
        };
        let is_shown = first.has_digits && !first.has_inner_text && others.into_iter().all(alike);
        if is_shown { first.format.clone() } else { Self::of_style(NumberStyle::Other) }
    }

    /// Whether a number is shown as itself.
    fn is_plain(&self) -> bool {
        self.style == NumberStyle::Plain
            && self.scale == 0
            && self.width == 0
            && self.before.is_empty()
            && self.after.is_empty()
    }

    /// What a number becomes in this format: still a number, a text, or nothing that can be read.
    pub(super) fn kind(&self) -> CellKind {
        match self.style {
            NumberStyle::Other => CellKind::OtherFormat,
            NumberStyle::Plain
                if self.width == 0 && self.before.is_empty() && self.after.is_empty() =>
            {
                CellKind::Fraction
            }
            _ => CellKind::Text,
        }
    }
}

/// The sections of a format code, which `;` separates.
fn sections(code: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    code.split(move |c: char| {
        if escaped {
            escaped = false;
            return false;
        }
        match c {
            '"' => quoted = !quoted,
            '\\' | '!' if !quoted => escaped = true,
            _ => {}
        }
        c == ';' && !quoted
    })
}

/// One section of a format code.
#[derive(Debug, Default)]
struct Section {
    format: NumberFormat,
    has_condition: bool,
    has_digits: bool,
    /// `General`.
    is_general: bool,
    /// `@`.
    is_text: bool,
    /// Whether text other than a point stands between the digits.
    has_inner_text: bool,
}

impl Section {
    fn parse(code: &str) -> Self {
        const GENERAL: &str = "general";
        let mut section = Self::default();
        // The text since the last digit, the commas since it, the digits since a point that is a mere character.
        let (mut text, mut commas, mut after_point) = (String::new(), 0, None);
        let (mut zeros, mut other_digits, mut point) = (0, 0, false);
        if let Some(start) = code.to_ascii_lowercase().find(GENERAL) {
            (section.is_general, section.has_digits) = (true, true);
            section.format.before = literal(code.get(..start).unwrap_or_default());
            section.format.after = literal(code.get(start + GENERAL.len()..).unwrap_or_default());
            return section;
        }
        let mut exponent = false;
        let mut chars = code.chars();
        while let Some(c) = chars.next() {
            match c.to_ascii_lowercase() {
                '"' => text.extend(chars.by_ref().take_while(|c| *c != '"')),
                '\\' | '!' => text.extend(chars.next()),
                '_' | '*' => {
                    let _ = chars.next();
                }
                // A colour, a locale with a currency, or a condition; `[h]` and the like are elapsed hours.
                '[' => {
                    let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    if !inside.is_empty() && inside.chars().all(|c| "hmsHMS".contains(c)) {
                        section.format.style = NumberStyle::Day;
                        return section;
                    }
                    section.has_condition |= inside.starts_with(['<', '>', '=']);
                    if let Some(currency) = inside.strip_prefix('$') {
                        let (sign, locale) = currency.split_once('-').unwrap_or((currency, ""));
                        let is_yen = matches!(sign, "¥" | "￥") && locale.ends_with("411");
                        text.push_str(if is_yen { "JPY" } else { sign });
                    }
                }
                '%' => section.format.style = NumberStyle::Percent,
                'd' | 'm' | 'y' | 'h' | 's' => {
                    section.format.style = NumberStyle::Day;
                    return section;
                }
                '@' => section.is_text = true,
                '0' | '#' | '?' if exponent => {}
                '0' | '#' | '?' => {
                    let held = std::mem::take(&mut text);
                    if !section.has_digits {
                        section.format.before = shown(&held);
                    } else if held == "." && after_point.is_none() && !point {
                        after_point = Some(0);
                    } else if !held.is_empty() {
                        section.has_inner_text = true;
                    }
                    (section.has_digits, commas) = (true, 0);
                    match &mut after_point {
                        Some(digits) => *digits += 1,
                        None if point => {}
                        None if c == '0' => zeros += 1,
                        None => other_digits += 1,
                    }
                }
                '.' => point = true,
                ',' if section.has_digits => commas += 1,
                // `E+00` after the digits.
                'e' => exponent = true,
                '+' if exponent => {}
                ',' => {}
                _ => text.push(c),
            }
        }
        section.format.after = shown(&text);
        section.format.scale = 3 * commas + after_point.unwrap_or(0);
        if zeros > 1 && other_digits == 0 && section.format.scale == 0 {
            section.format.width = zeros;
        }
        section
    }
}

/// The text in what stands before or after `General`.
fn literal(code: &str) -> String {
    shown(&code.chars().filter(|c| !matches!(c, '"' | '\\' | '!')).collect::<String>())
}

/// A text of a format, if it has a meaning: letters or a currency, but not that of China, which states no unit.
fn shown(text: &str) -> String {
    let text = text.trim();
    let is_yuan = matches!(text, "¥" | "￥" | "CNY" | "RMB" | "人民币");
    let has_meaning = text.chars().any(|c| c.is_alphanumeric() || matches!(c, '$' | '€' | '£'));
    if has_meaning && !is_yuan { text.to_owned() } else { String::new() }
}

/// A number as text, from the text in the file; text that is no number stays as it is.
pub(super) fn text(raw: &str, format: &NumberFormat, from_1904: bool, out: &mut String) {
    /// Digits that a sheet keeps.
    const KEPT: usize = 15;
    let raw = raw.trim();
    let whole = raw.strip_prefix('-').unwrap_or(raw);
    let whole = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    if whole && format.is_plain() && (!whole_starts_with_zero(raw) || raw == "0") {
        out.push_str(raw);
        return;
    }
    let Some(number) = raw.parse::<f64>().ok().filter(|n| n.is_finite()) else {
        out.push_str(raw);
        return;
    };
    match format.style {
        NumberStyle::Plain => {
            out.push_str(&format.before);
            let start = out.len();
            decimal(number, KEPT, out);
            if format.scale > 0 {
                let scaled = smaller(out.get(start..).unwrap_or_default(), format.scale);
                out.truncate(start);
                out.push_str(&scaled);
            }
            let digits = out.len() - start;
            if number >= 0.0
                && digits < format.width
                && !out.get(start..).is_some_and(|t| t.contains('.'))
            {
                out.insert_str(start, &"0".repeat(format.width - digits));
            }
            out.push_str(&format.after);
        }
        NumberStyle::Percent => {
            decimal(number * 100.0, KEPT - 1, out);
            out.push('%');
        }
        NumberStyle::Day => match day(number, from_1904) {
            Some(text) => out.push_str(&text),
            None => decimal(number, KEPT, out),
        },
        NumberStyle::Other => decimal(number, KEPT, out),
    }
}

/// A plain number with its point moved to the left.
fn smaller(text: &str, digits: usize) -> String {
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let whole = format!("{}{whole}", "0".repeat((digits + 1).saturating_sub(whole.len())));
    let (left, moved) = whole.split_at_checked(whole.len() - digits).unwrap_or((&whole, ""));
    let fraction = format!("{moved}{fraction}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{left}{point}{fraction}")
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
            text(raw, &NumberFormat::of_style(style), false, &mut out);
            assert_eq!(out, expected, "{raw} as {style:?}");
        }
        let mut out = String::new();
        text("44889", &NumberFormat::built_in(14), true, &mut out);
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
            assert_eq!(NumberFormat::from_code(code).style, style, "{code}");
        }
        assert_eq!(NumberFormat::built_in(14).style, NumberStyle::Day);
        assert_eq!(NumberFormat::built_in(9).style, NumberStyle::Percent);
        assert_eq!(NumberFormat::built_in(4).style, NumberStyle::Plain);
    }

    #[test]
    fn numbers_are_read_as_their_format_shows_them() {
        for (code, raw, expected, kind) in [
            ("0!.0,", "12345", "1.2345", CellKind::Fraction),
            ("0\\.0,", "12345678", "1234.5678", CellKind::Fraction),
            ("0\".\"0,", "5000", "0.5", CellKind::Fraction),
            ("0,", "12345", "12.345", CellKind::Fraction),
            ("#,##0,", "1200000", "1200", CellKind::Fraction),
            ("0.0,,", "1200000", "1.2", CellKind::Fraction),
            ("0!.0000", "12345", "1.2345", CellKind::Fraction),
            ("0,;-0,", "-1500", "-1.5", CellKind::Fraction),
            ("0!.0,\"万\"", "12345", "1.2345万", CellKind::Text),
            ("0.00,,\"百万元\"", "5000000", "5百万元", CellKind::Text),
            ("#,##0\"元\"", "1200", "1200元", CellKind::Text),
            ("General\"万元\"", "680", "680万元", CellKind::Text),
            ("0\"人\"", "12", "12人", CellKind::Text),
            ("000000", "30782", "030782", CellKind::Text),
            ("0000", "111", "0111", CellKind::Text),
            ("0000", "51911", "51911", CellKind::Text),
            ("000000", "1.5", "1.5", CellKind::Text),
            ("\"¥\"#,##0.00", "1200.5", "1200.5", CellKind::Fraction),
            ("[$¥-804]#,##0", "1200", "1200", CellKind::Fraction),
            ("[$$-409]#,##0", "1200", "$1200", CellKind::Text),
            ("[$¥-411]#,##0", "1200", "JPY1200", CellKind::Text),
            ("[>=10000]0!.0,\"万\";0", "12345", "12345", CellKind::OtherFormat),
            ("[>=100000000]0.00,,\"亿\";[>=10000]0,\"万\";0", "5", "5", CellKind::OtherFormat),
            ("[Red][<0]-0;0", "5", "5", CellKind::Fraction),
            (";;;", "5", "5", CellKind::OtherFormat),
            ("\"保密\"", "5", "5", CellKind::OtherFormat),
            ("000\\-0000", "1234567", "1234567", CellKind::OtherFormat),
            ("@", "330782", "330782", CellKind::Fraction),
            ("0.00E+00", "12345", "12345", CellKind::Fraction),
            (
                "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
                "1200.5",
                "1200.5",
                CellKind::Fraction,
            ),
            ("# ?/?", "1.5", "1.5", CellKind::OtherFormat),
            ("000-0000", "1234567", "1234567", CellKind::OtherFormat),
            ("0E+00", "12345", "12345", CellKind::Fraction),
            ("#,##0.00_);(#,##0.00)", "-5", "-5", CellKind::Fraction),
        ] {
            let format = NumberFormat::from_code(code);
            let mut out = String::new();
            text(raw, &format, false, &mut out);
            assert_eq!(
                (out.as_str(), format.kind()),
                (expected, kind),
                "{raw} as {code}: {format:?}"
            );
        }
    }
}
