//! A condition in one line, as a script would say it.

use super::{Condition, Test};
use crate::facts::Catalogue;
use std::fmt::Write as _;
use std::sync::Arc;

pub(super) fn write(condition: &Condition, catalogue: &Catalogue, out: &mut String) {
    match condition {
        Condition::Open => out.push_str("open"),
        Condition::Test(id, test) => {
            let fact = catalogue.fact(*id);
            let _ = write!(out, "firm.{}", fact.name);
            let words = |places: &[u16]| list(places.iter().map(|p| fact.word_at(*p)));
            let texts = |texts: &[String]| list(texts.iter().map(String::as_str));
            let _ = match test {
                Test::Yes => Ok(()),
                Test::AtLeast(n) => write!(out, " >= {n}"),
                Test::MoreThan(n) => write!(out, " > {n}"),
                Test::Equals(n) => write!(out, " == {n}"),
                Test::AtMost(place) => write!(out, " <= {:?}", fact.word_at(*place)),
                Test::OneOf(places) => write!(out, " in {}", words(places)),
                Test::StartsWith(codes) => write!(out, ".starts_with({})", texts(codes)),
                Test::RegisteredIn(codes) => write!(out, ".registered_in({})", texts(codes)),
                Test::HasWord(places) => write!(out, ".has_any({})", words(places)),
                Test::HasCode(codes) => write!(out, ".has_any({})", texts(codes)),
                Test::HasStart(codes) => write!(out, ".any_starts_with({})", texts(codes)),
                Test::Empty => write!(out, ".is_empty()"),
            };
        }
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

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.map(|item| format!("{item:?}")).collect();
    format!("[{}]", items.join(", "))
}
