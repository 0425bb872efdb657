//! The encoding of a text.
//!
//! Owns the choice of an encoding, with its evidence, and the decoding of a stream. Lists of Chinese firms are
//! UTF-8 with or without a byte-order mark, UTF-16 from spreadsheets, or GB18030 (GBK). Most GBK text is no valid
//! UTF-8, but that of short words is: 小 is the bytes of a Cyrillic letter. Where both readings are possible, the
//! one with more known headers and values is chosen. A choice that rests on ASCII alone is weak: a later value that
//! reads only in GB18030 overrides it.

use encoding_rs::{Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// The evidence of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// `--encoding`.
    Stated,
    /// A byte-order mark.
    Bom,
    /// A NUL beside every ASCII character.
    Nuls,
    /// Valid UTF-8 with characters beyond ASCII.
    Valid,
    /// Only ASCII so far, which all encodings share.
    Ascii,
    /// Valid in both, with more known headers and values in this one.
    Meaning,
    /// Not valid UTF-8.
    NotUtf8,
    /// A later value reads only in this encoding.
    LaterValue,
    /// The text was made of a page or a document, whose encoding was another matter.
    Converted,
}

/// A chosen encoding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Choice {
    /// The encoding.
    pub(crate) encoding: &'static Encoding,
    /// Why it was chosen.
    pub(crate) evidence: Evidence,
    /// Whether a later value may override it.
    pub(crate) weak: bool,
}

/// The encoding of a name such as `gbk`.
pub(crate) fn find(name: &str) -> Option<&'static Encoding> {
    match name.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" => Some(UTF_8),
        "gb18030" | "gbk" | "gb2312" | "cp936" => Some(GB18030),
        "utf-16" | "utf-16le" | "utf16" | "utf16le" => Some(UTF_16LE),
        "utf-16be" | "utf16be" => Some(UTF_16BE),
        _ => None,
    }
}

/// Chooses by the beginning of a text. `whole` states that the sample is the whole text; `meaning` counts the known
/// headers and values of a reading.
pub(crate) fn choose(sample: &[u8], whole: bool, meaning: &dyn Fn(&str) -> usize) -> Choice {
    let sure = |encoding, evidence| Choice { encoding, evidence, weak: false };
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return sure(encoding, Evidence::Bom);
    }
    if let Some(encoding) = utf16(sample) {
        return sure(encoding, Evidence::Nuls);
    }
    let gb = readable(GB18030, sample, whole);
    match readable(UTF_8, sample, whole) {
        Some(text) if text.is_ascii() => {
            Choice { encoding: UTF_8, evidence: Evidence::Ascii, weak: true }
        }
        Some(text) => {
            let other = gb.as_deref().map_or(0, meaning);
            if other > meaning(&text) {
                return sure(GB18030, Evidence::Meaning);
            }
            // Chinese in UTF-8 takes three bytes a character; two bytes may be one GBK character.
            let chinese = text.chars().any(|c| c.len_utf8() > 2);
            Choice { encoding: UTF_8, evidence: Evidence::Valid, weak: !chinese }
        }
        None if gb.is_some() => sure(GB18030, Evidence::NotUtf8),
        // Neither is valid: the one with fewer replacement characters.
        None => {
            let replaced = |encoding: &'static Encoding| {
                let (text, _) = encoding.decode_without_bom_handling(sample);
                text.matches('\u{fffd}').count()
            };
            if replaced(GB18030) < replaced(UTF_8) {
                sure(GB18030, Evidence::NotUtf8)
            } else {
                sure(UTF_8, Evidence::Valid)
            }
        }
    }
}

/// UTF-16 without a byte-order mark: commas and line ends have a NUL on one side.
fn utf16(sample: &[u8]) -> Option<&'static Encoding> {
    let nuls = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    if (even + odd) * 50 < sample.len() || even + odd < 2 {
        return None;
    }
    if odd >= 10 * even {
        Some(UTF_16LE)
    } else if even >= 10 * odd {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The text, if all of it is valid; a character that breaks off at the end of a sample is not an error.
fn readable(encoding: &'static Encoding, sample: &[u8], whole: bool) -> Option<String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(sample.len())?);
    let (_, _, faulty) = decoder.decode_to_string(sample, &mut text, whole);
    (!faulty).then_some(text)
}

/// The reading in GB18030 of a text that was read as UTF-8, if it is valid and not ASCII.
pub(crate) fn in_gb18030(bytes: &[u8]) -> Option<String> {
    readable(GB18030, bytes, true).filter(|text| !text.is_ascii())
}

/// Decodes a stream to UTF-8; invalid bytes become `U+FFFD`.
pub(crate) struct Utf8 {
    /// `None` for UTF-8, whose bytes are copied.
    decoder: Option<Decoder>,
    /// Whether a byte-order mark may still come.
    beginning: bool,
}

impl Utf8 {
    /// A decoder of an encoding, which removes a byte-order mark at the beginning.
    pub(crate) fn new(encoding: &'static Encoding) -> Self {
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_with_bom_removal());
        Self { decoder, beginning: true }
    }

    /// Whether the following bytes of the stream can be used without decoding.
    pub(crate) fn is_copy(&self) -> bool {
        self.decoder.is_none() && !self.beginning
    }

    /// Appends bytes to a text. The first piece must contain the whole byte-order mark, if there is one.
    pub(crate) fn add(&mut self, bytes: &[u8], last: bool, text: &mut Vec<u8>) {
        let Some(decoder) = &mut self.decoder else {
            let bom = if self.beginning { bytes.strip_prefix(b"\xef\xbb\xbf") } else { None };
            self.beginning = self.beginning && bytes.is_empty();
            text.extend_from_slice(bom.unwrap_or(bytes));
            return;
        };
        let mut rest = bytes;
        loop {
            let capacity =
                decoder.max_utf8_buffer_length(rest.len()).unwrap_or(rest.len() * 3 + 16);
            let start = text.len();
            text.resize(start + capacity, 0);
            let out = text.get_mut(start..).unwrap_or_default();
            let (result, read, written, _) = decoder.decode_to_utf8(rest, out, last);
            text.truncate(start + written);
            rest = rest.get(read..).unwrap_or_default();
            if result == encoding_rs::CoderResult::InputEmpty {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_found() {
        let text = "企业名称,从业人数\n义乌小商品,12\n";
        let meaning = |text: &str| usize::from(text.contains("从业人数"));
        let of = |bytes: &[u8]| choose(bytes, true, &meaning);
        assert_eq!(of(text.as_bytes()).encoding, UTF_8);
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(of(&marked).evidence, Evidence::Bom);
        let gb = GB18030.encode(text).0;
        assert_eq!((of(&gb).encoding, of(&gb).evidence), (GB18030, Evidence::NotUtf8));
        for (encoding, bytes) in [
            (UTF_16LE, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
            (UTF_16BE, text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ] {
            assert_eq!((of(&bytes).encoding, of(&bytes).evidence), (encoding, Evidence::Nuls));
            let mut whole = Vec::new();
            let mut stream = Utf8::new(encoding);
            for byte in &bytes {
                stream.add(&[*byte], false, &mut whole);
            }
            stream.add(&[], true, &mut whole);
            assert_eq!(whole, text.as_bytes());
        }
        assert!(of(b"a,b\n1,2\n").weak);
    }

    #[test]
    fn short_words_of_gbk_are_recognised_by_their_meaning() {
        // 小 and 微 are one letter each in UTF-8.
        let bytes = GB18030.encode("size\n小\n微\n").0;
        assert!(std::str::from_utf8(&bytes).is_ok());
        let meaning = |text: &str| text.lines().filter(|l| ["小", "微"].contains(l)).count();
        let choice = choose(&bytes, true, &meaning);
        assert_eq!((choice.encoding, choice.evidence), (GB18030, Evidence::Meaning));
        let unsure = choose(&bytes, true, &|_| 0);
        assert!(unsure.encoding == UTF_8 && unsure.weak);
    }
}
