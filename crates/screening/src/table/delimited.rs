//! A cell of delimited text: its guard against formulas, and its quotes.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a CR as a formula. East Asian ones also
//! take the full-width signs. [`escape`] writes a `'` before such a text, but not before a number such as −5.
//! [`unguarded`] removes it again, so a list that was screened once reads the same the second time.

/// Whether a spreadsheet could run a text as a formula.
#[must_use]
#[inline]
pub(crate) fn is_formula(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'=' | b'@' | b'\t' | b'\r') => true,
        Some(b'+' | b'-') => !is_number(text),
        // The full-width signs begin with this byte.
        Some(0xef) => match text.chars().next() {
            Some('＝' | '＠') => true,
            Some('＋' | '－') => !is_number(text),
            _ => false,
        },
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    let digit = |c: char| matches!(c, '0'..='9' | '０'..='９');
    let digits = text.chars().skip(1);
    let mut points = 0;
    let plain = digits.clone().all(|c| {
        let point = matches!(c, '.' | '．');
        points += usize::from(point);
        digit(c) || point
    });
    plain && points <= 1 && digits.clone().any(digit)
}

/// The text of a cell without the `'` that guards it.
#[must_use]
#[inline]
pub(crate) fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(inner) if is_formula(inner) => inner,
        _ => text,
    }
}

/// Writes one cell, with a guard and quotes where it needs them.
#[inline]
pub(crate) fn escape(text: &str, delimiter: u8, out: &mut Vec<u8>) {
    let guard = is_formula(text);
    let quoted = text.bytes().any(|b| b == delimiter || matches!(b, b'"' | b'\n' | b'\r'));
    if !quoted {
        if guard {
            out.push(b'\'');
        }
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    if guard {
        out.push(b'\'');
    }
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_the_guard_comes_off() {
        let written = |text: &str| {
            let mut out = Vec::new();
            escape(text, b',', &mut out);
            String::from_utf8(out).unwrap()
        };
        for text in [
            "=1+1",
            "@x",
            "+86 138",
            "-x",
            "\tx",
            "-1-1",
            "+",
            "-.",
            "＝1+1",
            "＠x",
            "＋86 138",
            "－x",
            "－1－1",
            "＋",
            "－．",
            "-１-１",
        ] {
            assert_eq!(written(text), format!("'{text}"));
            assert_eq!(unguarded(&format!("'{text}")), text);
        }
        assert_eq!(written("\rx"), "\"'\rx\"");
        assert_eq!(written("=a,\"b\""), "\"'=a,\"\"b\"\"\"");
        for text in
            ["-5", "+5.5", "-0.5", "a=b", "小", "'x", "", "－5", "－５．５", "（中）", "\u{feff}x"]
        {
            assert_eq!(written(text), text);
            assert_eq!(unguarded(text), text);
        }
    }
}
