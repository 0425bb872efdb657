//! A JSON document as lines: the objects of its one array, one a line.
//!
//! Owns the search for the array, which is the document itself or in an object of it, and the cutting of the array into
//! items. Text goes in by pieces; lines come out, which `ndjson` parses. It holds no item: a line break between the
//! tokens of an item becomes a space. Arrays of anything else than objects are passed over.

use crate::error::wrapper::WrapperError;
use export_advisor_core::facts::LocalizedText;

/// The deepest object in which the array is looked for.
const DEEPEST: usize = 16;

/// The most bytes of a key that are kept for messages.
const KEY: usize = 128;

/// What is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A token around the list.
    Around,
    /// The first item of an array.
    First,
    /// The rest of an array that is not the list; so many brackets are open.
    Skipped(usize),
    /// An item of the list.
    Next,
    /// The rest of an item; so many brackets are open.
    Item(usize),
    /// The rest of an item that is no object and no array.
    Scalar,
    /// What follows an item.
    Behind,
    /// The end of the document.
    End,
}

/// A document that is cut into lines.
#[derive(Debug)]
pub(super) struct JsonArray {
    state: State,
    /// Whether the document is a sequence of objects, each of which is an item.
    is_sequence: bool,
    /// The objects around the current position.
    objects: usize,
    in_string: bool,
    escaped: bool,
    key: Vec<u8>,
    /// The key of the list; empty if the document is the list.
    list: Option<String>,
}

impl JsonArray {
    /// Before the first byte.
    pub(super) fn new(is_sequence: bool) -> Self {
        Self {
            state: if is_sequence { State::Next } else { State::Around },
            is_sequence,
            objects: 0,
            in_string: false,
            escaped: false,
            key: Vec::new(),
            list: None,
        }
    }

    /// The key of the list, if the list was found.
    pub(super) fn list(&self) -> Option<&str> {
        self.list.as_deref()
    }

    /// Takes a piece of the document.
    ///
    /// # Errors
    /// It has no list, or more than one, or is no JSON.
    pub(super) fn push(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), WrapperError> {
        text.iter().try_for_each(|byte| self.byte(*byte, out))
    }

    /// Takes the end of the document.
    ///
    /// # Errors
    /// It has no list, or breaks off.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        match self.state {
            State::Next if self.is_sequence => Ok(()),
            State::End if self.list.is_some() => Ok(()),
            State::End => Err(WrapperError::NoArray),
            State::Around if self.objects == 0 => Err(WrapperError::NoArray),
            _ => {
                // A reader of lines must not take a part of an item for the whole.
                out.clear();
                Err(broken("它没有结尾", "it breaks off"))
            }
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        let is_item = matches!(self.state, State::Item(_) | State::Scalar);
        if self.in_string {
            if is_item {
                // A line break in a text is not JSON, and neither is a tab: its row is a fault.
                out.push(if matches!(byte, b'\n' | b'\r') { b'\t' } else { byte });
            } else if self.state == State::Around && self.key.len() < KEY {
                self.key.push(byte);
            }
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    if self.state == State::Around && self.key.last() == Some(&b'"') {
                        self.key.pop();
                    }
                }
                _ => {}
            }
            return Ok(());
        }
        let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match self.state {
            State::Item(_) | State::Scalar if is_space => {
                out.push(b' ');
                Ok(())
            }
            State::Item(depth) => {
                out.push(byte);
                self.in_string = byte == b'"';
                match nested(depth, byte) {
                    0 => self.end_item(out),
                    depth => self.state = State::Item(depth),
                }
                Ok(())
            }
            State::Scalar if matches!(byte, b',' | b']') => {
                self.end_item(out);
                self.byte(byte, out)
            }
            State::Scalar => {
                out.push(byte);
                self.in_string = byte == b'"';
                Ok(())
            }
            _ if is_space => Ok(()),
            State::Around => self.around(byte),
            State::First => self.first(byte, out),
            State::Skipped(depth) => {
                self.in_string = byte == b'"';
                match nested(depth, byte) {
                    0 => self.leave(),
                    depth => self.state = State::Skipped(depth),
                }
                Ok(())
            }
            State::Next => match byte {
                b'{' | b'[' => {
                    out.push(byte);
                    self.state = State::Item(1);
                    Ok(())
                }
                _ if self.is_sequence => {
                    Err(broken("对象之间有别的内容", "there is something between its objects"))
                }
                b']' | b',' => Err(broken("有多余的逗号", "there is a surplus comma")),
                _ => {
                    self.state = State::Scalar;
                    self.byte(byte, out)
                }
            },
            State::Behind => match byte {
                b',' => {
                    self.state = State::Next;
                    Ok(())
                }
                b']' => {
                    self.leave();
                    Ok(())
                }
                _ => Err(broken("两项之间缺逗号", "a comma between two items is missing")),
            },
            State::End => Err(broken("结尾后面还有内容", "something follows its end")),
        }
    }

    /// A token around the list.
    fn around(&mut self, byte: u8) -> Result<(), WrapperError> {
        match byte {
            b'{' if self.objects == DEEPEST => return Err(WrapperError::NoArray),
            b'{' => self.objects += 1,
            b'}' => {
                self.objects = self.objects.saturating_sub(1);
                self.leave();
            }
            b'[' => self.state = State::First,
            b'"' => {
                self.in_string = true;
                self.key.clear();
            }
            _ => {}
        }
        Ok(())
    }

    /// The first token of an array.
    fn first(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), WrapperError> {
        match byte {
            b']' => self.leave(),
            b'{' => {
                let key = String::from_utf8_lossy(&self.key).into_owned();
                if let Some(list) = &self.list {
                    return Err(WrapperError::ManyArrays(list.clone(), key));
                }
                self.list = Some(if self.objects == 0 { String::new() } else { key });
                out.push(byte);
                self.state = State::Item(1);
            }
            _ if self.objects == 0 => return Err(WrapperError::NotObjects),
            _ => {
                self.state = State::Skipped(1);
                return self.byte(byte, out);
            }
        }
        Ok(())
    }

    /// Behind an object or array around the list.
    fn leave(&mut self) {
        self.state = if self.objects == 0 { State::End } else { State::Around };
    }

    fn end_item(&mut self, out: &mut Vec<u8>) {
        out.push(b'\n');
        self.state = if self.is_sequence { State::Next } else { State::Behind };
    }
}

/// The open brackets behind a token.
fn nested(depth: usize, byte: u8) -> usize {
    match byte {
        b'{' | b'[' => depth + 1,
        b'}' | b']' => depth - 1,
        _ => depth,
    }
}

fn broken(zh: &str, en: &str) -> WrapperError {
    WrapperError::Json(LocalizedText { zh: format!("{zh}。"), en: en.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, is_sequence: bool) -> Result<String, WrapperError> {
        let mut array = JsonArray::new(is_sequence);
        let mut out = Vec::new();
        // In pieces of one byte, so that no state depends on where a piece ends.
        for byte in text.bytes() {
            array.push(&[byte], &mut out)?;
        }
        array.finish(&mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn items_become_lines() {
        for (text, lines) in [
            ("[{\"a\":1},\n {\"a\":\"]}\\\"\"}]", "{\"a\":1}\n{\"a\":\"]}\\\"\"}\n"),
            ("[{\"a\":\n[1,\n{}]}]\n", "{\"a\": [1, {}]}\n"),
            (
                "{\"n\":2,\"cols\":[\"a\",[{}]],\"d\":{\"l\":[{\"a\":1},null,[2],\"x,]\"]},\"e\":[]}",
                "{\"a\":1}\nnull\n[2]\n\"x,]\"\n",
            ),
            ("[{\"a\":\"x\ny\"}]", "{\"a\":\"x\ty\"}\n"),
        ] {
            assert_eq!(cut(text, false).as_deref(), Ok(lines), "{text}");
        }
        assert_eq!(
            cut("{\"a\":\n1}\n{\"a\":[2]}", true).as_deref(),
            Ok("{\"a\": 1}\n{\"a\":[2]}\n")
        );
    }

    #[test]
    fn documents_without_one_list_are_refused() {
        use WrapperError::{Json, ManyArrays, NoArray, NotObjects};
        for text in ["{}", "[]", "1", "{\"a\":[1,2]}", "{\"a\":[[{}]]}", ""] {
            assert_eq!(cut(text, false), Err(NoArray), "{text}");
        }
        for text in ["[1]", "[[{\"a\":1}]]", "[\"a\"]"] {
            assert_eq!(cut(text, false), Err(NotObjects), "{text}");
        }
        let two = cut("{\"a\":[{}],\"b\":[{}]}", false);
        assert_eq!(two, Err(ManyArrays("a".to_owned(), "b".to_owned())));
        for text in ["[{}", "[{}{}]", "[{},]", "[{}]]", "{\"a\":[{}]", "[{\"a\":\"", "[{}] x"] {
            assert!(matches!(cut(text, false), Err(Json(_))), "{text}");
        }
        let deep = "{\"a\":".repeat(100_000);
        assert_eq!(cut(&deep, false), Err(NoArray));
        let deep = format!("[{}", "[".repeat(100_000));
        assert_eq!(cut(&deep, false), Err(NotObjects));
    }
}
