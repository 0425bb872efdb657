//! What is said of an operator or a method that is used in a wrong way.
//!
//! Owns how values and types of facts are named in faults, and what to write instead. In go a value or a fact,
//! out comes a fault or a text. It makes no condition.

use super::symbols::{Context, Location};
use crate::facts::{Fact, Format, Kind};
use rhai::Dynamic;

/// Whether any value of such a fact could match: a typing error here would be a silent `false`.
pub(super) fn plausible(kind: &Kind, method: &str, text: &str) -> bool {
    let digits =
        |most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match (kind, method) {
        (Kind::Code { format: Format::Division, .. }, "starts_with") => digits(6),
        (Kind::Code { .. }, "registered_in") => digits(6),
        (Kind::Code { format: Format::Industry, .. }, "starts_with") => {
            let mut chars = text.chars();
            text.len() <= 5
                && chars.next().is_some_and(|c| c.is_ascii_uppercase())
                && chars.all(|c| c.is_ascii_digit())
        }
        (Kind::Codes { format: Format::Country }, "has_any") => {
            text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
        }
        (Kind::Codes { format: Format::Hs }, "any_starts_with") => digits(6),
        (Kind::Codes { format: Format::Hs }, "has_any") => text.len() == 6 && digits(6),
        _ => true,
    }
}

/// Reports a list that nothing can be in.
pub(super) fn empty_list(cx: &Context, location: &Location, method: &str) {
    cx.fault(
        location,
        "empty-list",
        format!("`{method}` with an empty list is never true"),
        "put at least one text into the list",
    );
}

/// Reports a method that the type of a fact does not have.
pub(super) fn wrong_use(cx: &Context, location: &Location, fact: &Fact, method: &str) {
    cx.fault(
        location,
        "wrong-type",
        format!("`{method}` does not fit `firm.{}`", fact.name),
        format!("write {}", example(fact)),
    );
}

/// What a value is, in plain English.
pub(super) fn named(value: &Dynamic) -> &'static str {
    match value.type_name() {
        "()" => "an empty value",
        "bool" => "`true` or `false`",
        "i64" | "f64" => "a number",
        "char" => "a text in single quotes",
        "string" => "a text",
        "array" => "a list",
        "condition" => "a condition",
        _ => "this",
    }
}

/// How a fact of this type is tested.
pub(super) fn example(fact: &Fact) -> String {
    let name = &fact.name;
    match &fact.kind {
        Kind::Bool => format!("`firm.{name}` or `!firm.{name}`"),
        Kind::Number { .. } => format!("`firm.{name} >= 300`"),
        Kind::Enum { ordered: true } => format!("`firm.{name} <= \"{}\"`", fact.value_name(1)),
        Kind::Enum { ordered: false } => format!("`firm.{name} in [\"{}\"]`", fact.value_name(0)),
        Kind::Code { format: Format::Uscc, .. } => format!("`firm.{name}.registered_in([\"44\"])`"),
        Kind::Code { format: Format::Industry, .. } => {
            format!("`firm.{name}.starts_with(\"F51\")`")
        }
        Kind::Code { .. } => format!("`firm.{name}.starts_with(\"44\")`"),
        Kind::EnumList => format!("`firm.{name}.has_any([\"{}\"])`", fact.value_name(0)),
        Kind::Codes { format: Format::Hs } => {
            format!("`firm.{name}.any_starts_with([\"8703\"])`")
        }
        Kind::Codes { .. } => format!("`firm.{name}.has_any([\"JP\"])`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rhai::Array;

    #[test]
    fn each_kind_of_value_has_a_name() {
        let values: [(Dynamic, &str); 7] = [
            (Dynamic::UNIT, "an empty value"),
            (true.into(), "`true` or `false`"),
            (1_i64.into(), "a number"),
            (1.5.into(), "a number"),
            ('a'.into(), "a text in single quotes"),
            ("a".into(), "a text"),
            (Array::new().into(), "a list"),
        ];
        for (value, name) in values {
            assert_eq!(named(&value), name, "{}", value.type_name());
        }
    }

    #[test]
    fn a_text_that_no_code_has_is_not_plausible() {
        let code = |format| Kind::Code { format, none: false };
        let codes = |format| Kind::Codes { format };
        let (division, industry) = (code(Format::Division), code(Format::Industry));
        let (countries, goods) = (codes(Format::Country), codes(Format::Hs));
        for (kind, method, fits, others) in [
            (&division, "starts_with", &["4", "440300"][..], &["", "4403000", "广东", "4a"][..]),
            (&division, "registered_in", &["44"], &["", "GD"]),
            (&industry, "starts_with", &["F", "F51", "F5191"], &["", "f51", "51", "F5a", "F51911"]),
            (&countries, "has_any", &["JP"], &["", "jp", "JPN", "J1"]),
            (&goods, "any_starts_with", &["87", "870380"], &["", "8703801", "汽车"]),
            (&goods, "has_any", &["870380"], &["87", "8703801", "87038a"]),
            (&Kind::EnumList, "has_any", &["", "anything"], &[]),
        ] {
            for text in fits {
                assert!(plausible(kind, method, text), "{method} {text}");
            }
            for text in others {
                assert!(!plausible(kind, method, text), "{method} {text}");
            }
        }
    }
}
