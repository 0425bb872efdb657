//! Values as JSON, written behind what is there.

use super::{Catalogue, FactId, Profile, Value};
use std::borrow::Cow;
use std::fmt::Write as _;

/// A text as it stands between the quotes of JSON.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    // Almost all are plain, and taken as they are.
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        return Cow::Borrowed(text);
    }
    let mut quoted = serde_json::Value::from(text).to_string();
    quoted.pop();
    quoted.remove(0);
    Cow::Owned(quoted)
}

/// Writes a text.
pub fn write_text(text: &str, out: &mut String) {
    out.extend(["\"", &escaped(text), "\""]);
}

/// Writes a list of texts.
pub(crate) fn write_texts<'a>(texts: impl IntoIterator<Item = &'a str>, out: &mut String) {
    out.push('[');
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(text, out);
    }
    out.push(']');
}

impl Catalogue {
    /// Writes a value as a profile writes it; what was not answered is `null`.
    pub fn write_json(&self, id: FactId, value: &Value, out: &mut String) {
        let fact = self.fact(id);
        match value {
            Value::NotAnswered => out.push_str("null"),
            Value::Unknown => out.push_str("\"unknown\""),
            Value::NoCode => out.push_str("\"none\""),
            Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
            Value::Number(number) => {
                let _ = write!(out, "{}", number.normalize());
            }
            Value::Enum(index) => write_text(fact.value_name(*index), out),
            Value::Code(code) | Value::UncheckedCode(code) => write_text(code, out),
            Value::EnumList(indices) => {
                write_texts(indices.iter().map(|at| fact.value_name(*at)), out)
            }
            Value::Codes(codes) => write_texts(codes.iter().map(String::as_str), out),
        }
    }
}

impl Profile {
    /// The profile as a JSON object, without what was not answered.
    #[must_use]
    pub fn to_json(&self, catalogue: &Catalogue) -> String {
        let mut out = String::from("{");
        for (id, value) in self.iter().filter(|(_, value)| **value != Value::NotAnswered) {
            if out.len() > 1 {
                out.push_str(", ");
            }
            write_text(&catalogue.fact(id).name, &mut out);
            out.push_str(": ");
            catalogue.write_json(id, value, &mut out);
        }
        out.push('}');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_a_library_writes_them() {
        let all: String = ('\0'..='\u{2ff}').chain("汽车\u{2028}😀".chars()).collect();
        let mut texts: Vec<String> = all.chars().map(|c| format!("a{c}b")).collect();
        texts.extend([String::new(), "\"".to_owned(), "\\".to_owned(), all]);
        for text in &texts {
            let mut out = String::new();
            write_text(text, &mut out);
            assert_eq!(out, serde_json::to_string(text).unwrap());
        }
        let mut out = String::new();
        write_texts(texts.iter().map(String::as_str), &mut out);
        assert_eq!(out, serde_json::to_string(&texts).unwrap());
    }
}
