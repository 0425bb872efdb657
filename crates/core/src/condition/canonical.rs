//! A condition in one line, as a script would say it.

use super::{Condition, Test};
use crate::facts::{Catalogue, Fact};
use crate::formula::Formula;
use rust_decimal::Decimal;
use std::fmt::Write as _;
use std::sync::Arc;

pub(super) fn write(condition: &Condition, catalogue: &Catalogue, out: &mut String) {
    match condition.formula() {
        Formula::Indeterminate => out.push_str("open"),
        Formula::Test((id, test)) => write_test(test, catalogue.fact(*id), out),
        Formula::Not(inner) => {
            out.push('!');
            bracketed(inner, catalogue, out);
        }
        Formula::And(terms) => joined(terms, " and ", catalogue, out),
        Formula::Or(terms) => joined(terms, " or ", catalogue, out),
        Formula::Coalesce(first, second) => {
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
        Test::AtMost(index) => {
            out.push_str(" <= ");
            quoted(out, fact.value_name(*index));
        }
        Test::OneOf(indices) => {
            list(out, " in [", "]", indices.iter().map(|p| fact.value_name(*p)));
        }
        Test::HasValue(indices) => {
            list(out, ".has_any([", "])", indices.iter().map(|p| fact.value_name(*p)));
        }
        Test::StartsWith(codes) => texts(out, ".starts_with([", codes),
        Test::RegisteredIn(codes) => texts(out, ".registered_in([", codes),
        Test::HasCode(codes) => texts(out, ".has_any([", codes),
        Test::HasStart(codes) => texts(out, ".any_starts_with([", codes),
        Test::Empty => out.push_str(".is_empty()"),
    }
}

fn joined(terms: &[Arc<Condition>], operator: &str, catalogue: &Catalogue, out: &mut String) {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            out.push_str(operator);
        }
        bracketed(term, catalogue, out);
    }
}

fn bracketed(condition: &Condition, catalogue: &Catalogue, out: &mut String) {
    let plain =
        matches!(condition.formula(), Formula::Indeterminate | Formula::Test(..) | Formula::Not(_));
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
