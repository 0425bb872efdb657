//! A fault of the TOML reader, as authors of rules read it.

use crate::diagnostic::Diagnostic;
use serde::de::DeserializeOwned;

/// Reads a TOML file of the rules; a syntax or form error becomes a diagnostic.
pub(crate) fn read_toml<T: DeserializeOwned>(
    file: &str,
    text: &str,
    faults: &mut Vec<Diagnostic>,
) -> Option<T> {
    toml::from_str(text).map_err(|error| faults.push(toml_fault(file, text, &error))).ok()
}

/// A TOML error as a diagnostic with its location.
pub fn toml_fault(file: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let fault = Diagnostic::new(
        "toml",
        file,
        described(error.message().trim_end()),
        "correct the line; rules/README.md shows each file's form",
    );
    match error.span() {
        Some(span) => fault.at_bytes(text, span),
        None => fault,
    }
}

/// A message of the TOML reader, where it names what the program calls its types.
fn described(message: &str) -> String {
    let Some((found, expected)) = message.split_once("expected ") else {
        return message.to_owned();
    };
    let whole = expected.len() > 1 && expected.starts_with(['u', 'i']);
    let expected = match expected {
        "a sequence" => "a list",
        "a map" => "a block or `{ … }`",
        number if whole && number.chars().skip(1).all(|c| c.is_ascii_digit()) => {
            if number.starts_with('u') {
                "a whole number that is not below 0"
            } else {
                "a whole number"
            }
        }
        "usize" => "a whole number that is not below 0",
        other if other.starts_with("struct ") => "a block or `{ … }`",
        other => other,
    };
    format!("{found}expected {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Inner {}

    #[derive(serde::Deserialize)]
    struct Outer {
        #[serde(rename = "inner")]
        _inner: Inner,
    }

    #[test]
    fn what_is_expected_is_named_without_types_of_the_program() {
        let mut faults = Vec::new();
        assert!(read_toml::<Outer>("a.toml", "inner = 1", &mut faults).is_none());
        let message = &faults.first().unwrap().message;
        assert!(message.ends_with("expected a block or `{ … }`"), "{message}");
    }

    #[test]
    fn numbers_of_the_program_are_described_and_all_else_is_kept() {
        for (expected, described_as) in [
            ("u32", "a whole number that is not below 0"),
            ("usize", "a whole number that is not below 0"),
            ("i64", "a whole number"),
            ("a sequence", "a list"),
            ("a map", "a block or `{ … }`"),
            ("unit", "unit"),
            ("i", "i"),
            ("f64", "f64"),
            ("a string", "a string"),
        ] {
            let message = described(&format!("invalid type: boolean, expected {expected}"));
            assert_eq!(message, format!("invalid type: boolean, expected {described_as}"));
        }
        assert_eq!(described("duplicate key"), "duplicate key");
    }
}
