//! The words of the added columns, made ready for one file.
//!
//! A row has a status for each support, and a list a million rows: most of an output is these words. So
//! those of four supports are copied at once, together with the delimiters before them.

use super::super::layout::Layout;
use super::escape;
use export_advisor_core::facts::FactSet;
use export_advisor_core::rulebook::Status;

/// How many supports are written together: their bits are the place in a table.
const TOGETHER: usize = 4;

/// How much is copied at once, whatever the text's length.
const ROOM: usize = 64;

/// A text that is copied in one piece where it is no longer than [`ROOM`].
#[derive(Clone, Debug)]
struct Ready {
    /// The text, and blanks up to `ROOM`.
    text: Vec<u8>,
    length: usize,
}

impl Ready {
    fn new(mut text: Vec<u8>) -> Self {
        let length = text.len();
        text.resize(length.max(ROOM), b' ');
        Self { text, length }
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        match self.text.first_chunk::<ROOM>() {
            // A copy of a fixed length is a few instructions; what is too much is taken back.
            Some(chunk) if self.length <= ROOM => {
                let end = out.len() + self.length;
                out.extend_from_slice(chunk);
                out.truncate(end);
            }
            _ => out.extend_from_slice(self.text.get(..self.length).unwrap_or_default()),
        }
    }
}

/// The words of one file's added columns, each with the delimiter before it.
#[derive(Clone, Debug)]
pub struct AddedText {
    /// What parts the cells.
    pub delimiter: u8,
    /// By the bits of [`TOGETHER`] supports that apply and, above them, that do not.
    together: Vec<Ready>,
    /// The same for one support.
    single: Vec<Ready>,
    /// Per derived column, its words.
    words: Vec<Vec<Ready>>,
    /// Per fact, its name after a `;`.
    facts: Vec<Ready>,
}

impl AddedText {
    /// The words of a layout.
    #[must_use]
    pub fn new(layout: &Layout, delimiter: u8) -> Self {
        let status = |applies: bool, not: bool| match (applies, not) {
            (true, _) => Status::Applies,
            (_, true) => Status::DoesNotApply,
            _ => Status::Undetermined,
        };
        let several = |count: usize| -> Vec<Ready> {
            let text = |bits: usize| {
                let mut text = Vec::new();
                for place in 0..count {
                    let bit = |at: usize| bits >> at & 1 == 1;
                    text.push(delimiter);
                    let word = layout.status(status(bit(place), bit(count + place)));
                    escape(word, delimiter, &mut text);
                }
                Ready::new(text)
            };
            (0..1 << (2 * count)).map(text).collect()
        };
        let words = (0..layout.derived.len()).map(|column| {
            let words = layout.derived_words(column).iter().map(|word| {
                let mut text = vec![delimiter];
                escape(word, delimiter, &mut text);
                Ready::new(text)
            });
            words.collect()
        });
        let facts = layout.facts().iter().map(|name| Ready::new(format!(";{name}").into()));
        Self {
            delimiter,
            together: several(TOGETHER),
            single: several(1),
            words: words.collect(),
            facts: facts.collect(),
        }
    }

    /// Writes the statuses of a row: the supports that apply and those that do not, one bit each.
    pub fn statuses(&self, applies: &[u64], not: &[u64], supports: usize, out: &mut Vec<u8>) {
        const BITS: u64 = (1 << TOGETHER) - 1;
        let mut left = supports;
        for (applies, not) in applies.iter().zip(not) {
            let (mut applies, mut not) = (*applies, *not);
            let mut within = left.min(64);
            left -= within;
            while within >= TOGETHER {
                let bits = applies & BITS | (not & BITS) << TOGETHER;
                write(&self.together, bits, out);
                (applies, not) = (applies >> TOGETHER, not >> TOGETHER);
                within -= TOGETHER;
            }
            while within > 0 {
                write(&self.single, applies & 1 | (not & 1) << 1, out);
                (applies, not) = (applies >> 1, not >> 1);
                within -= 1;
            }
        }
    }

    /// Writes the names of facts, parted by `;`.
    pub fn facts(&self, facts: FactSet, out: &mut Vec<u8>) {
        // They are parted by what may be what parts the cells.
        let quoted = self.delimiter == b';' && facts.iter().nth(1).is_some();
        out.push(self.delimiter);
        out.extend(quoted.then_some(b'"'));
        for (index, name) in
            facts.iter().filter_map(|fact| self.facts.get(fact.index())).enumerate()
        {
            match index {
                0 => out.extend_from_slice(name.text.get(1..name.length).unwrap_or_default()),
                _ => name.write(out),
            }
        }
        out.extend(quoted.then_some(b'"'));
    }

    /// Writes a word of a derived column.
    pub fn word(&self, column: usize, word: u16, out: &mut Vec<u8>) {
        match self.words.get(column).and_then(|words| words.get(usize::from(word))) {
            Some(ready) => ready.write(out),
            None => out.push(self.delimiter),
        }
    }
}

#[inline]
fn write(table: &[Ready], bits: u64, out: &mut Vec<u8>) {
    let ready = usize::try_from(bits).ok().and_then(|bits| table.get(bits));
    if let Some(ready) = ready {
        ready.write(out);
    }
}
