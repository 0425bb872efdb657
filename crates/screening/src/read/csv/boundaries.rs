//! Where records end.
//!
//! The text of a stream goes in, from the start of a record; the offset after the last complete record comes out. A
//! line end inside quotes ends no record.

use memchr::{memchr, memchr2, memrchr2};

/// The end of the complete records of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Boundary {
    /// The offset after the last line end outside quotes; 0 if there is none.
    pub(crate) end: usize,
    /// The offset of a quote that is not closed. A quote of a later row does not close it.
    pub(crate) open_quote: Option<usize>,
}

/// Finds the end of the last complete record. A CR at the end of the text is not counted: an LF may follow.
pub(crate) fn last_boundary(text: &[u8], delimiter: u8) -> Boundary {
    let mut end = 0;
    let mut at = 0;
    while let Some(quote) = memchr(b'"', text.get(at..).unwrap_or_default()).map(|p| p + at) {
        end = last_line_end(text, at, quote).unwrap_or(end);
        if !opens_cell(text, quote, delimiter) {
            at = quote + 1;
            continue;
        }
        match closing_quote(text, quote + 1) {
            Some(closed) if !spans_rows(text, quote, closed, delimiter) => at = closed + 1,
            _ => return Boundary { end, open_quote: Some(quote) },
        }
    }
    end = last_line_end(text, at, text.len()).unwrap_or(end);
    Boundary { end, open_quote: None }
}

/// The offset after the first record and its line end; 0 if the record is not complete.
pub(crate) fn first_boundary(text: &[u8], delimiter: u8) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let line = memchr2(b'\n', b'\r', rest);
        let quote = memchr(b'"', line.and_then(|line| rest.get(..line)).unwrap_or(rest));
        match (quote.map(|quote| at + quote), line.map(|line| at + line)) {
            (Some(quote), _) if !opens_cell(text, quote, delimiter) => at = quote + 1,
            (Some(quote), _) => match closing_quote(text, quote + 1) {
                Some(closed) if !spans_rows(text, quote, closed, delimiter) => at = closed + 1,
                _ => return 0,
            },
            // An LF may follow a CR at the end of the text.
            (None, Some(line)) => match (text.get(line), text.get(line + 1)) {
                (Some(b'\r'), None) => return 0,
                (Some(b'\r'), Some(b'\n')) => return line + 2,
                _ => return line + 1,
            },
            (None, None) => return 0,
        }
    }
}

/// Whether a quote is the first character of a cell.
fn opens_cell(text: &[u8], quote: usize, delimiter: u8) -> bool {
    let before = quote.checked_sub(1).and_then(|index| text.get(index));
    before.is_none_or(|b| *b == delimiter || matches!(b, b'\n' | b'\r'))
}

fn last_line_end(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let within = text.get(start..end)?;
    let within = match within {
        [rest @ .., b'\r'] if end == text.len() => rest,
        all => all,
    };
    memrchr2(b'\n', b'\r', within).map(|offset| start + offset + 1)
}

/// Whether a quote is closed only by one that opens a cell of a later row, so that the rows between would be its
/// text: it spans lines, and no cell ends after it.
fn spans_rows(text: &[u8], quote: usize, closed: usize, delimiter: u8) -> bool {
    let after = text.get(closed + 1..).unwrap_or_default();
    // Blanks behind the quote are no text of another row.
    let next = after.iter().find(|b| **b == delimiter || !matches!(b, b' ' | b'\t'));
    let ends = next.is_none_or(|b| *b == delimiter || matches!(b, b'\n' | b'\r'));
    !ends && memchr2(b'\n', b'\r', text.get(quote..closed).unwrap_or_default()).is_some()
}

/// The quote that closes the one before `at`.
fn closing_quote(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let quote = memchr(b'"', text.get(at..)?)? + at;
        if text.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_in_quotes_are_none() {
        let end = |text: &str| last_boundary(text.as_bytes(), b',').end;
        assert_eq!(end("a,b\nc"), 4);
        assert_eq!(end("a,\"b\nc\",d\ne"), 10);
        assert_eq!(end("a,\"b\n"), 0);
        assert_eq!(end("a\nb,\"x\"\"\n"), 2);
        assert_eq!(end("a,x\"y\nb"), 6, "a quote inside a cell is a character");
        assert_eq!(end("a\rb\r"), 2, "an LF may follow the last CR");
        assert_eq!(end("a\r\nb"), 3);
        assert_eq!(last_boundary(b"a\nb,\"c", b',').open_quote, Some(4));
    }

    #[test]
    fn the_first_record_is_cut_where_all_records_are() {
        let mut rng = fastrand::Rng::with_seed(21);
        let pieces = ["a", ",", "\n", "\r\n", "\r", "\"", "\"\"", "\",", ",\"", " "];
        for _ in 0..20_000 {
            let text: String = (0..rng.usize(0..24)).filter_map(|_| rng.choice(pieces)).collect();
            let text = text.as_bytes();
            let all = last_boundary(text, b',').end;
            let mut at = 0;
            loop {
                let rest = text.get(at..).unwrap();
                match first_boundary(rest, b',') {
                    0 => break,
                    length => at += length,
                }
            }
            assert_eq!(at, all, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_quote_is_not_closed_by_that_of_a_later_row() {
        let open = |text: &str| last_boundary(text.as_bytes(), b',').open_quote;
        assert_eq!(open("a,\"b\nc,\"d\"\ne"), Some(2));
        assert_eq!(open("a,\"b\rc,\"d\"\ne,f\n"), Some(2));
        assert_eq!(open("a,\"b\nc\",d\n"), None, "a cell may have lines");
        assert_eq!(open("a,\"b\nc\" \t,d\n"), None, "and a blank behind them");
        assert_eq!(open("a,\"b\nc\"  \n"), None);
        assert_eq!(open("a,\"b\nc,\" d\"\n"), Some(2));
        assert_eq!(open("a,\"b\n\"\"c\"\"\"\n"), None);
        assert_eq!(open("a,\"b\" c,d\n"), None, "within a row nothing is lost");
    }
}
