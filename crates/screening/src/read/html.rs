//! A table of a web page as delimited text.
//!
//! Owns the reading of pages as programs save them under the name of a workbook: tags in any case, attributes without
//! quotes, cells and rows that are not closed. Text goes in by pieces; delimited text comes out, one record a row of
//! the table. It holds no row and no cell. Merged cells are filled with blanks in the first rows, where titles and
//! headers are; below them a row with merged cells has too few, which is a fault of that row.

use super::html_tag::{Tag, entity};
use crate::error::wrapper::WrapperError;
use crate::table::header_rows::SEARCHED;

/// The most bytes of a tag that are kept.
const TAG: usize = 4096;

/// The most bytes of a character reference.
const ENTITY: usize = 32;

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Text,
    /// A tag, and the quote that is open in it.
    Tag(Option<u8>),
    Comment,
    /// The text of `script` or `style`, and how much of its end has been read.
    Raw(&'static [u8], usize),
}

/// A page that becomes delimited text.
#[derive(Debug)]
pub(super) struct HtmlTable {
    state: State,
    /// The current tag, or the last bytes of a comment.
    tag: Vec<u8>,
    entity: Option<Vec<u8>>,
    most_cells: usize,
    /// The number of the current table, and of the one with several columns.
    tables: usize,
    list: Option<usize>,
    in_table: bool,
    in_row: bool,
    in_cell: bool,
    /// Whether the cell has text, and whether space precedes more of it.
    has_text: bool,
    space: Option<u8>,
    /// The cells of the row so far, blanks of merged cells included.
    cells: usize,
    /// The rows so far.
    rows: usize,
    /// Whether merged cells are filled with blanks, and whether the row has any.
    expands: bool,
    has_merged: bool,
    /// Columns and rows of the current cell.
    span: (usize, usize),
    /// Per column, in how many further rows a merged cell covers it.
    covers: Vec<usize>,
}

impl HtmlTable {
    /// Before the first byte.
    pub(super) fn new(most_cells: usize) -> Self {
        Self {
            state: State::Text,
            tag: Vec::new(),
            entity: None,
            most_cells,
            tables: 0,
            list: None,
            in_table: false,
            in_row: false,
            in_cell: false,
            has_text: false,
            space: None,
            cells: 0,
            rows: 0,
            expands: true,
            has_merged: false,
            span: (1, 1),
            covers: Vec::new(),
        }
    }

    /// Takes a piece of the page.
    ///
    /// # Errors
    /// The page has more than one list, or a row is too wide.
    pub(super) fn push(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), WrapperError> {
        text.iter().try_for_each(|byte| self.byte(*byte, out))
    }

    /// Takes the end of the page.
    ///
    /// # Errors
    /// It has no table, or breaks off.
    pub(super) fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), WrapperError> {
        match (self.tables, self.in_table) {
            (0, _) => Err(WrapperError::NoTable),
            (_, true) => Err(WrapperError::PageEnds),
            _ => Ok(()),
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        match self.state {
            State::Text if byte == b'<' => {
                self.end_entity(out);
                self.tag.clear();
                self.state = State::Tag(None);
            }
            State::Text if self.in_cell => self.text(byte, out),
            State::Text => {}
            // A `<` that begins no tag is text.
            State::Tag(None)
                if self.tag.is_empty()
                    && !(byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?')) =>
            {
                self.state = State::Text;
                if self.in_cell {
                    self.character(b'<', out);
                }
                return self.byte(byte, out);
            }
            State::Tag(None) if byte == b'>' => {
                self.state = State::Text;
                let tag = std::mem::take(&mut self.tag);
                self.take_tag(&tag, out)?;
                self.tag = tag;
            }
            State::Tag(quote) => {
                // A quote opens a value only behind `=`.
                let opens = quote.is_none()
                    && matches!(byte, b'"' | b'\'')
                    && self.tag.trim_ascii_end().last() == Some(&b'=');
                self.state = match quote {
                    Some(open) if open == byte => State::Tag(None),
                    None if opens => State::Tag(Some(byte)),
                    _ => State::Tag(quote),
                };
                if self.tag.len() < TAG {
                    self.tag.push(byte);
                }
                if self.tag == b"!--" {
                    self.tag.clear();
                    self.state = State::Comment;
                }
            }
            State::Comment => {
                if byte == b'>' && self.tag == b"--" {
                    self.state = State::Text;
                } else {
                    self.tag.push(byte);
                    let surplus = self.tag.len().saturating_sub(2);
                    self.tag.drain(..surplus);
                }
            }
            State::Raw(end, read) => {
                let matches = end.get(read).is_some_and(|b| b.eq_ignore_ascii_case(&byte));
                let read = match (matches, byte) {
                    (true, _) => read + 1,
                    (false, b'<') => 1,
                    _ => 0,
                };
                self.state = State::Raw(end, read);
                if read == end.len() {
                    self.tag.clear();
                    self.state = State::Tag(None);
                }
            }
        }
        Ok(())
    }

    fn take_tag(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), WrapperError> {
        let tag = Tag::read(text);
        match (tag.is_end, tag.name.as_slice()) {
            (false, b"table") if self.in_cell => return Err(WrapperError::NestedTable),
            (_, b"table") => {
                self.end_row(out)?;
                self.covers.clear();
                self.in_table = !tag.is_end;
                self.tables += usize::from(!tag.is_end);
            }
            (false, b"tr") if self.in_table => {
                self.end_row(out)?;
                self.in_row = true;
            }
            (true, b"tr" | b"thead" | b"tbody" | b"tfoot") => self.end_row(out)?,
            (false, b"td" | b"th") if self.in_table => {
                self.end_cell(out)?;
                self.in_row = true;
                self.start_cell(&tag, out)?;
            }
            (true, b"td" | b"th") => self.end_cell(out)?,
            (false, b"br") => self.space = Some(b'\n'),
            (_, b"p" | b"div" | b"li") => self.space = self.space.or(Some(b' ')),
            (false, b"script") => self.state = State::Raw(b"</script", 0),
            (false, b"style") => self.state = State::Raw(b"</style", 0),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, byte: u8, out: &mut Vec<u8>) {
        if let Some(entity) = &mut self.entity {
            if byte == b';' {
                let name = std::mem::take(entity);
                self.entity = None;
                match self::entity(&name) {
                    Some(found) => {
                        let mut text = [0; 4];
                        let text = found.encode_utf8(&mut text).as_bytes();
                        text.iter().for_each(|byte| self.character(*byte, out));
                    }
                    None => {
                        let text = [b"&", name.as_slice(), b";"].concat();
                        text.iter().for_each(|byte| self.character(*byte, out));
                    }
                }
                return;
            }
            if (byte.is_ascii_alphanumeric() || byte == b'#') && entity.len() < ENTITY {
                entity.push(byte);
                return;
            }
            self.end_entity(out);
        }
        if byte == b'&' {
            self.entity = Some(Vec::new());
        } else {
            self.character(byte, out);
        }
    }

    /// Writes what began like a character reference and is none.
    fn end_entity(&mut self, out: &mut Vec<u8>) {
        if let Some(name) = self.entity.take().filter(|_| self.in_cell) {
            self.character(b'&', out);
            name.iter().for_each(|byte| self.character(*byte, out));
        }
    }

    /// Writes a byte of a cell. A quoted cell begins with its first text, so that a blank one is blank.
    fn character(&mut self, byte: u8, out: &mut Vec<u8>) {
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            self.space = self.space.or(Some(b' '));
            return;
        }
        match self.space.take() {
            Some(space) if self.has_text => out.push(space),
            _ => {}
        }
        if !self.has_text {
            out.push(b'"');
            self.has_text = true;
        }
        if byte == b'"' {
            out.push(byte);
        }
        out.push(byte);
    }

    fn start_cell(&mut self, tag: &Tag, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        while self.take_cover() {
            self.blank(out)?;
        }
        self.blank(out)?;
        self.span = (tag.number(b"colspan"), tag.number(b"rowspan"));
        (self.in_cell, self.has_text, self.space) = (true, false, None);
        Ok(())
    }

    /// Begins a further cell of the row.
    fn blank(&mut self, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        if self.cells > self.most_cells {
            return Err(WrapperError::TooManyCells(self.most_cells));
        }
        if self.cells > 0 {
            out.push(b',');
        }
        self.cells += 1;
        Ok(())
    }

    /// Whether a merged cell of a row above covers the next column.
    fn take_cover(&mut self) -> bool {
        match self.covers.get_mut(self.cells) {
            Some(rows) if *rows > 0 => {
                *rows -= 1;
                self.has_merged = true;
                true
            }
            _ => false,
        }
    }

    fn end_cell(&mut self, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        self.end_entity(out);
        if !self.in_cell {
            return Ok(());
        }
        if self.has_text {
            out.push(b'"');
        }
        self.in_cell = false;
        let (columns, rows) = self.span;
        if self.expands && (columns > 1 || rows > 1) {
            self.has_merged = true;
            let first = self.cells - 1;
            for _ in 1..columns {
                self.blank(out)?;
            }
            if rows > 1 {
                self.covers.resize(self.covers.len().max(self.cells), 0);
                self.covers.iter_mut().take(self.cells).skip(first).for_each(|c| *c = rows - 1);
            }
        }
        Ok(())
    }

    fn end_row(&mut self, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        self.end_cell(out)?;
        if !self.in_row {
            return Ok(());
        }
        while self.take_cover() {
            self.blank(out)?;
        }
        if self.cells > 1 {
            if self.list.is_some_and(|list| list != self.tables) {
                return Err(WrapperError::ManyTables);
            }
            self.list = Some(self.tables);
        }
        self.rows += 1;
        if self.rows >= SEARCHED || (self.cells > 1 && !self.has_merged) {
            self.expands = false;
            self.covers.clear();
        }
        (self.in_row, self.has_merged, self.cells) = (false, false, 0);
        out.push(b'\n');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(page: &str) -> Result<String, WrapperError> {
        let mut table = HtmlTable::new(50);
        let mut out = Vec::new();
        // In pieces of one byte, so that no state depends on where a piece ends.
        for byte in page.bytes() {
            table.push(&[byte], &mut out)?;
        }
        table.finish(&mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn rows_become_records() {
        for (page, records) in [
            ("<table><tr><td>a<td>b<tr><td>1<td></table>", "\"a\",\"b\"\n\"1\",\n"),
            (
                "<!-- <table> --><style>td {x: '<table>'}</style><TABLE border=1><TR><TH align='>'>a</TH>\
                 <th>b</th></TR>\n<tr><td> x&amp;<b>y</b>\n z&nbsp;</td><td>\"1\"<br>2&#x4f01;&bogus;&</td></tr></TABLE>",
                "\"a\",\"b\"\n\"x&y z\",\"\"\"1\"\"\n2企&bogus;&\"\n",
            ),
            // Merged cells above the firms are blanks.
            (
                "<table><tr><td colspan=3>t</td></tr><tr><td rowspan=2>a</td><td colspan=2>g</td></tr>\
                 <tr><td>b</td><td>c</td></tr><tr><td>1</td><td>2</td><td>3</td></tr>\
                 <tr><td colspan=2>1</td><td>3</td></tr></table>",
                "\"t\",,\n\"a\",\"g\",\n,\"b\",\"c\"\n\"1\",\"2\",\"3\"\n\"1\",\"3\"\n",
            ),
            ("<table><tr><td>t</table><table><tr><td>a<td>b</table>", "\"t\"\n\"a\",\"b\"\n"),
            ("<table><tr><td title='a\"b' x=\"'\">it's < 3</table>", "\"it's < 3\"\n"),
        ] {
            assert_eq!(text(page).as_deref(), Ok(records), "{page}");
        }
    }

    #[test]
    fn pages_without_one_list_are_refused() {
        use WrapperError::{ManyTables, NestedTable, NoTable, PageEnds, TooManyCells};
        for (page, fault) in [
            ("<html><frameset></frameset></html>", NoTable),
            ("<table><tr><td>a", PageEnds),
            ("<table><tr><td a='", PageEnds),
            ("<table><tr><td><table>", NestedTable),
            ("<table><tr><td>a<td>b</table><table><tr><td>a<td>b</table>", ManyTables),
            ("<table><tr><td colspan=1000000>a</table>", TooManyCells(50)),
        ] {
            assert_eq!(text(page), Err(fault), "{page}");
        }
        let many = format!("<table><tr>{}</table>", "<td>".repeat(100));
        assert_eq!(text(&many), Err(TooManyCells(50)));
    }
}
