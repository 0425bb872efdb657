//! Text that becomes other text while it is read: a web page or a JSON document as a list.
//!
//! Owns the decoding to UTF-8 that must come first, and the source that the reader of texts reads from. It holds a
//! piece of the input and what became of it, whatever the size of the list.

use super::html::HtmlTable;
use super::input::Source;
use super::json_array::JsonArray;
use crate::error::wrapper::WrapperError;
use crate::table::encoding::Utf8;
use encoding_rs::Encoding;
use std::io::{self, Read};

/// How much is read at once.
const PIECE: usize = 1 << 16;

/// What text becomes.
#[derive(Debug)]
pub(super) enum Conversion {
    /// A table of a page becomes delimited text.
    Html(HtmlTable),
    /// A JSON document becomes lines.
    Json(JsonArray),
}

impl Conversion {
    fn push(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), WrapperError> {
        match self {
            Self::Html(table) => table.push(text, out),
            Self::Json(array) => array.push(text, out),
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        match self {
            Self::Html(table) => table.finish(out),
            Self::Json(array) => array.finish(out),
        }
    }
}

/// A source of converted text.
pub(super) struct Converted {
    inner: Source,
    utf8: Utf8,
    conversion: Conversion,
    raw: Vec<u8>,
    text: Vec<u8>,
    out: Vec<u8>,
    /// How much of `out` has been delivered.
    delivered: usize,
    at_end: bool,
}

impl Converted {
    /// Converts a source that is read in an encoding.
    pub(super) fn new(inner: Source, encoding: &'static Encoding, conversion: Conversion) -> Self {
        Self {
            inner,
            utf8: Utf8::new(encoding),
            conversion,
            raw: vec![0; PIECE],
            text: Vec::new(),
            out: Vec::new(),
            delivered: 0,
            at_end: false,
        }
    }

    fn advance(&mut self) -> io::Result<()> {
        // The first piece must contain the whole byte-order mark.
        let mut read = 0;
        while read < 4 && !self.at_end {
            let more = match self.inner.read(self.raw.get_mut(read..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            read += more;
            self.at_end = more == 0;
        }
        self.text.clear();
        self.out.clear();
        self.delivered = 0;
        self.utf8.add(self.raw.get(..read).unwrap_or_default(), self.at_end, &mut self.text);
        self.conversion.push(&self.text, &mut self.out).map_err(io::Error::other)?;
        if self.at_end {
            self.conversion.finish(&mut self.out).map_err(io::Error::other)?;
        }
        Ok(())
    }
}

impl Read for Converted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.delivered == self.out.len() && !self.at_end {
            self.advance()?;
        }
        let rest = self.out.get(self.delivered..).unwrap_or_default();
        let length = rest.len().min(out.len());
        if let (Some(out), Some(rest)) = (out.get_mut(..length), rest.get(..length)) {
            out.copy_from_slice(rest);
        }
        self.delivered += length;
        Ok(length)
    }
}
