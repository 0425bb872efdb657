//! A condition in one line, as a script would say it.

use super::{Condition, Test};
use crate::facts::{Catalogue, Fact};
use rust_decimal::Decimal;
use std::fmt::Write as _;
use std::sync::Arc;

pub(super) fn write(condition: &Condition, catalogue: &Catalogue, out: &mut String) {
    match condition {
        Condition::Open => out.push_str("open"),
        Condition::Test(id, test) => write_test(test, catalogue.fact(*id), out),
        Condition::Not(inner) => {
            out.push('!');
            bracketed(inner, catalogue, out);
        }
        Condition::And(terms) => joined(terms, " and ", catalogue, out),
        Condition::Or(terms) => joined(terms, " or ", catalogue, out),
        Condition::Otherwise(first, second) => {
            bracketed(first, catalogue, out);
            out.push_str(".otherwise(");
            write(second, catalogue, out);
            out.push(')');
        }
    }
}

pub(super) fn write_test(test: &Test, fact: &Fact, out: &mut String) {
    out.push_str("firm.");
    out.push_str(&fact.name);
    match test {
        Test::Yes => {}
        Test::AtLeast(n) => number(out, " >= ", n),
        Test::MoreThan(n) => number(out, " > ", n),
        Test::Equals(n) => number(out, " == ", n),
        Test::AtMost(place) => {
            out.push_str(" <= ");
            quoted(out, fact.word_at(*place));
        }
        Test::OneOf(places) => {
            list(out, " in [", "]", places.iter().map(|p| fact.word_at(*p)));
        }
        Test::HasWord(places) => {
            list(out, ".has_any([", "])", places.iter().map(|p| fact.word_at(*p)));
        }
        Test::StartsWith(codes) => texts(out, ".starts_with([", codes),
        Test::RegisteredIn(codes) => texts(out, ".registered_in([", codes),
        Test::HasCode(codes) => texts(out, ".has_any([", codes),
        Test::HasStart(codes) => texts(out, ".any_starts_with([", codes),
        Test::Empty => out.push_str(".is_empty()"),
    }
}

fn joined(terms: &[Arc<Condition>], word: &str, catalogue: &Catalogue, out: &mut String) {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            out.push_str(word);
        }
        bracketed(term, catalogue, out);
    }
}

fn bracketed(condition: &Condition, catalogue: &Catalogue, out: &mut String) {
    let plain = matches!(condition, Condition::Open | Condition::Test(..) | Condition::Not(_));
    if plain {
        write(condition, catalogue, out);
    } else {
        out.push('(');
        write(condition, catalogue, out);
        out.push(')');
    }
}

fn number(out: &mut String, operator: &str, number: &Decimal) {
    let _ = write!(out, "{operator}{number}");
}

fn texts(out: &mut String, start: &str, codes: &[String]) {
    list(out, start, "])", codes.iter().map(String::as_str));
}

fn list<'a>(out: &mut String, start: &str, end: &str, items: impl Iterator<Item = &'a str>) {
    out.push_str(start);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        quoted(out, item);
    }
    out.push_str(end);
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for part in text.split_inclusive(['"', '\\']) {
        match part.strip_suffix(['"', '\\']) {
            Some(before) => {
                out.push_str(before);
                out.push('\\');
                out.push_str(part.get(before.len()..).unwrap_or(""));
            }
            None => out.push_str(part),
        }
    }
    out.push('"');
}
