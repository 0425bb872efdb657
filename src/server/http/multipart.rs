//! The parts of a `multipart/form-data` body (RFC 7578), one after another, on a thread that may block.
//!
//! Owns the boundaries between parts and their headers. A part is read as it arrives; memory holds one piece of it.
//! Libraries for this gather what they have not parsed yet, without a limit.

use std::io::{self, Read};

/// How much is read at once.
const PIECE: usize = 16 << 10;
/// The bytes of the headers of a part.
const MAX_HEADERS: usize = 8 << 10;
/// The bytes of a boundary, as RFC 2046 allows them.
const MAX_BOUNDARY: usize = 70;

/// A body of several parts. Reading gives the bytes of the current part.
#[derive(Debug)]
pub(crate) struct Multipart<R> {
    source: R,
    /// What ends a part.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    /// How much of the buffer was given out.
    start: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In a part, or before the first.
    Part,
    /// At the delimiter behind a part.
    Delimiter,
    /// Behind the last part.
    End,
}

/// The headers of a part, as far as they are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PartHeader {
    /// The name of the field.
    pub(crate) name: String,
    /// The name of the file.
    pub(crate) file_name: Option<String>,
    /// The media type.
    pub(crate) content_type: Option<String>,
}

/// The boundary that the media type of a body names; `None` if it is not `multipart/form-data` or names none.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (media_type, parameters) = content_type.split_once(';')?;
    if !media_type.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    (1..=MAX_BOUNDARY).contains(&boundary.len()).then_some(boundary)
}

/// The value of a parameter of a header, without its quotes.
fn parameter<'t>(parameters: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = parameters;
    while !rest.is_empty() {
        let (key, behind) = rest.split_once('=')?;
        let key = key.trim_start_matches([';', ' ', '\t']).trim_end();
        let behind = behind.trim_start();
        let (value, behind) = match behind.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => {
                let (value, behind) = behind.split_once(';').unwrap_or((behind, ""));
                (value.trim_end(), behind)
            }
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = behind;
    }
    None
}

impl<R: Read> Multipart<R> {
    /// A body with a boundary.
    pub(crate) fn new(source: R, boundary: &str) -> Self {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        // The first delimiter may stand at the very start.
        let buffer = b"\r\n".to_vec();
        Self { source, delimiter, buffer, start: 0, state: State::Part }
    }

    /// The header of the next part, behind whatever is left of this one; `None` behind the last.
    ///
    /// # Errors
    /// The source fails or ends early, or the header of a part is none.
    pub(crate) fn next_part(&mut self) -> io::Result<Option<PartHeader>> {
        let mut rest = vec![0; PIECE];
        while self.read(&mut rest)? > 0 {}
        if self.state == State::End {
            return Ok(None);
        }
        self.start += self.delimiter.len();
        self.fill_to(2)?;
        if self.rest().starts_with(b"--") {
            self.state = State::End;
            return Ok(None);
        }
        let header = loop {
            if let Some(end) = memchr::memmem::find(self.rest(), b"\r\n\r\n") {
                let text = self.rest().get(..end).unwrap_or_default();
                let header = part_header(&String::from_utf8_lossy(text));
                self.start += end + 4;
                break header;
            }
            if self.rest().len() > MAX_HEADERS {
                return Err(invalid("a part of the body has no header that can be read"));
            }
            if !self.fill()? {
                return Err(cut_off());
            }
        };
        self.state = State::Part;
        let missing = || invalid("a part of the body has no `Content-Disposition` with a name");
        header.ok_or_else(missing).map(Some)
    }

    /// What was read and not given out.
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads more; `false` at the end of the source.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.start.min(self.buffer.len()));
        self.start = 0;
        let held = self.buffer.len();
        self.buffer.resize(held + PIECE, 0);
        let read = self.source.read(self.buffer.get_mut(held..).unwrap_or_default());
        self.buffer.truncate(held + read.as_ref().copied().unwrap_or(0));
        Ok(read? > 0)
    }

    /// Reads until so many bytes are at hand.
    fn fill_to(&mut self, bytes: usize) -> io::Result<()> {
        while self.rest().len() < bytes {
            if !self.fill()? {
                return Err(cut_off());
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Multipart<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.state == State::Part && !out.is_empty() {
            let rest = self.rest();
            let found = memchr::memmem::find(rest, &self.delimiter);
            // The end of what is at hand may be the start of a delimiter.
            let certain = found.unwrap_or((rest.len() + 1).saturating_sub(self.delimiter.len()));
            if certain > 0 {
                let count = certain.min(out.len());
                let (from, to) = (rest.get(..count), out.get_mut(..count));
                from.zip(to).into_iter().for_each(|(from, to)| to.copy_from_slice(from));
                self.start += count;
                return Ok(count);
            }
            if found.is_some() {
                self.state = State::Delimiter;
            } else if !self.fill()? {
                return Err(cut_off());
            }
        }
        Ok(0)
    }
}

fn part_header(text: &str) -> Option<PartHeader> {
    let mut header = PartHeader::default();
    let mut is_named = false;
    for line in text.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if name.trim().eq_ignore_ascii_case("content-type") {
            header.content_type = Some(value.to_owned());
        } else if name.trim().eq_ignore_ascii_case("content-disposition") {
            let parameters = value.split_once(';').map_or("", |(_, parameters)| parameters);
            if let Some(name) = parameter(parameters, "name") {
                (header.name, is_named) = (name.to_owned(), true);
            }
            header.file_name = parameter(parameters, "filename").map(str::to_owned);
        }
    }
    is_named.then_some(header)
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the body ends before the last boundary")
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Slow<'b>(&'b [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(out.len());
            (&mut self.0).take(count as u64).read(out)
        }
    }

    fn parts(body: &[u8], at_once: usize) -> io::Result<Vec<(PartHeader, Vec<u8>)>> {
        let mut multipart = Multipart::new(Slow(body, at_once), "XX");
        let mut found = Vec::new();
        while let Some(header) = multipart.next_part()? {
            let mut bytes = Vec::new();
            multipart.read_to_end(&mut bytes)?;
            found.push((header, bytes));
        }
        Ok(found)
    }

    const BODY: &[u8] = b"preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"previous\"; filename=\"a;b.csv\"\r\ncontent-type: text/csv\r\n\r\n1\r\n--X\r\n--\r\n--XX\r\nContent-Disposition: form-data; name=list\r\n\r\n\r\n--XX--\r\nepilogue";

    #[test]
    fn parts_are_read_however_their_bytes_arrive() {
        let header = |name: &str, file: Option<&str>, media: Option<&str>| PartHeader {
            name: name.to_owned(),
            file_name: file.map(str::to_owned),
            content_type: media.map(str::to_owned),
        };
        let expected = vec![
            (header("previous", Some("a;b.csv"), Some("text/csv")), b"1\r\n--X\r\n--".to_vec()),
            (header("list", None, None), Vec::new()),
        ];
        for at_once in 1..80 {
            assert_eq!(parts(BODY, at_once).unwrap(), expected, "{at_once} bytes at once");
        }
        let first = &BODY[10..];
        assert_eq!(parts(first, 7).unwrap(), expected, "a body may begin with the boundary");
    }

    #[test]
    fn a_part_that_is_skipped_is_not_read() {
        let mut multipart = Multipart::new(Slow(BODY, 5), "XX");
        assert_eq!(multipart.next_part().unwrap().unwrap().name, "previous");
        assert_eq!(multipart.next_part().unwrap().unwrap().name, "list");
        assert_eq!(multipart.next_part().unwrap(), None);
        assert_eq!(multipart.next_part().unwrap(), None, "the end stays the end");
    }

    #[test]
    fn a_body_that_is_cut_off_or_has_no_header_is_an_error() {
        let last = memchr::memmem::rfind(BODY, b"--XX--").unwrap() + 6;
        for end in 0..last {
            assert!(parts(&BODY[..end], 9).is_err(), "cut off at {end}");
        }
        let mut endless = b"--XX\r\n".to_vec();
        endless.resize(1 << 20, b'a');
        assert_eq!(parts(&endless, 4096).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert!(parts(b"--XX\r\n\r\n\r\n--XX--", 9).is_err(), "no name");
    }

    #[test]
    fn a_boundary_is_a_parameter_of_the_media_type() {
        for (content_type, found) in [
            ("multipart/form-data; boundary=XX", Some("XX")),
            ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"", Some("a b")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/mixed; boundary=XX", None),
            ("text/csv; boundary=XX", None),
        ] {
            assert_eq!(boundary(content_type), found, "{content_type}");
        }
        let long = format!("multipart/form-data; boundary={}", "X".repeat(71));
        assert_eq!(boundary(&long), None);
    }
}
