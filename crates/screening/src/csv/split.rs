//! Where records end.
//!
//! In goes the text of a stream from the start of a record on, out comes the place after the last record
//! that is complete. A line end inside quotes is none.

use memchr::{memchr, memchr2, memrchr2};

/// How far a text can be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The place after the last line end outside quotes; 0 if there is none.
    pub end: usize,
    /// Whether the text ends inside quotes, and where these begin. A quote that takes in later rows is
    /// not closed by theirs.
    pub open_quote: Option<usize>,
}

/// Finds the end of the last complete record. A CR at the very end is not counted: an LF may follow.
#[must_use]
pub fn cut(text: &[u8], delimiter: u8) -> Cut {
    let mut end = 0;
    let mut at = 0;
    while let Some(quote) = memchr(b'"', text.get(at..).unwrap_or_default()).map(|p| p + at) {
        end = last_line_end(text, at, quote).unwrap_or(end);
        if !opens(text, quote, delimiter) {
            at = quote + 1;
            continue;
        }
        match closing(text, quote + 1) {
            Some(closed) if !swallows(text, quote, closed, delimiter) => at = closed + 1,
            _ => return Cut { end, open_quote: Some(quote) },
        }
    }
    end = last_line_end(text, at, text.len()).unwrap_or(end);
    Cut { end, open_quote: None }
}

/// The index after the first record and its line end; 0 if the record is not complete.
#[must_use]
pub fn first(text: &[u8], delimiter: u8) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let line = memchr2(b'\n', b'\r', rest);
        let quote = memchr(b'"', line.and_then(|line| rest.get(..line)).unwrap_or(rest));
        match (quote.map(|quote| at + quote), line.map(|line| at + line)) {
            (Some(quote), _) if !opens(text, quote, delimiter) => at = quote + 1,
            (Some(quote), _) => match closing(text, quote + 1) {
                Some(closed) if !swallows(text, quote, closed, delimiter) => at = closed + 1,
                _ => return 0,
            },
            // An LF may follow a CR at the very end.
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
fn opens(text: &[u8], quote: usize, delimiter: u8) -> bool {
    let before = quote.checked_sub(1).and_then(|index| text.get(index));
    before.is_none_or(|b| *b == delimiter || matches!(b, b'\n' | b'\r'))
}

fn last_line_end(text: &[u8], from: usize, to: usize) -> Option<usize> {
    let within = text.get(from..to)?;
    let within = match within {
        [rest @ .., b'\r'] if to == text.len() => rest,
        all => all,
    };
    memrchr2(b'\n', b'\r', within).map(|place| from + place + 1)
}

/// Whether a quote was closed only by one that opens a cell of a later row, so that the rows between would
/// be taken for its text: it spans lines, and is followed by what ends no cell.
fn swallows(text: &[u8], quote: usize, closed: usize, delimiter: u8) -> bool {
    let after = text.get(closed + 1..).unwrap_or_default();
    // A blank behind the quote is no text of another row.
    let next = after.iter().find(|b| **b == delimiter || !matches!(b, b' ' | b'\t'));
    let ends = next.is_none_or(|b| *b == delimiter || matches!(b, b'\n' | b'\r'));
    !ends && memchr2(b'\n', b'\r', text.get(quote..closed).unwrap_or_default()).is_some()
}

/// The quote that closes what opened before `at`.
fn closing(text: &[u8], mut at: usize) -> Option<usize> {
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
        let end = |text: &str| cut(text.as_bytes(), b',').end;
        assert_eq!(end("a,b\nc"), 4);
        assert_eq!(end("a,\"b\nc\",d\ne"), 10);
        assert_eq!(end("a,\"b\n"), 0);
        assert_eq!(end("a\nb,\"x\"\"\n"), 2);
        assert_eq!(end("a,x\"y\nb"), 6, "a quote inside a cell is a character");
        assert_eq!(end("a\rb\r"), 2, "an LF may follow the last CR");
        assert_eq!(end("a\r\nb"), 3);
        assert_eq!(cut(b"a\nb,\"c", b',').open_quote, Some(4));
    }

    #[test]
    fn the_first_record_is_cut_where_all_records_are() {
        let mut rng = fastrand::Rng::with_seed(21);
        let pieces = ["a", ",", "\n", "\r\n", "\r", "\"", "\"\"", "\",", ",\"", " "];
        for _ in 0..20_000 {
            let text: String = (0..rng.usize(0..24)).filter_map(|_| rng.choice(pieces)).collect();
            let text = text.as_bytes();
            let all = cut(text, b',').end;
            let mut at = 0;
            loop {
                let rest = text.get(at..).unwrap();
                match first(rest, b',') {
                    0 => break,
                    length => at += length,
                }
            }
            assert_eq!(at, all, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_quote_is_not_closed_by_that_of_a_later_row() {
        let open = |text: &str| cut(text.as_bytes(), b',').open_quote;
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
