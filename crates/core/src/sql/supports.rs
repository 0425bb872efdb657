//! The supports as rows: what they are, where they stand in the text, and when they can be had.
//!
//! In go a plan and a dialect; out comes a query that reads no table, to be joined to the result of the other queries.
//! Whether a window is open on a day is for the engine to compare: it knows the day.

use super::dialect::Dialect;
use super::names::comment;
use super::options::Selection;
use super::query::identity;
use crate::plan::Plan;
use crate::rulebook::{Access, Support};
use jiff::civil::Date;
use std::fmt::Write as _;

pub(super) fn print(plan: &Plan, dialect: Dialect, selection: &Selection) -> String {
    let mut lines = identity(plan, dialect);
    lines.push(comment("-- Gives one row a support, and reads no table. A support can be had from opens (if there is one) to"));
    lines.push(comment("-- closes, and before lapsed: the first day without it. sentences are measure.sentence, separated by ;"));
    let mut out = lines.join("\n") + "\n";
    let supports = selection.supports.iter().filter_map(|id| plan.book.supports.get(*id));
    let rows: Vec<String> = supports.map(|support| row(plan, dialect, support)).collect();
    out.push_str(&rows.join("\nUNION ALL\n"));
    out.push('\n');
    out
}

fn row(plan: &Plan, dialect: Dialect, support: &Support) -> String {
    let text = |text: &str| dialect.text(&comment(text));
    let date = |date: Option<Date>| {
        let date = date.map_or_else(|| "NULL".to_owned(), |date| dialect.text(&date.to_string()));
        dialect.date(&date)
    };
    let policy = plan.book.policies.get(support.policy);
    let sentences: Vec<String> = support
        .sentences()
        .into_iter()
        .map(|id| policy.map_or_else(|| id.to_string(), |p| plan.book.sentence_key(p, id)))
        .collect();
    let access = match support.access {
        Access::Apply => "apply",
        Access::Indirect => "indirect",
    };
    let window = &support.window;
    let columns = [
        ("support", text(&support.id)),
        ("policy", text(policy.map_or("", |policy| &policy.id))),
        ("measure", support.measure.to_string()),
        ("sentences", text(&sentences.join(";"))),
        ("title_zh", text(&support.title.zh)),
        ("title_en", text(&support.title.en)),
        ("benefit", text(plan.book.kinds.get(support.kind).map_or("", |kind| &kind.id))),
        ("access", text(access)),
        ("opens", date(window.opens)),
        ("closes", date(window.closes.as_ref().map(|(date, _)| *date))),
        ("lapsed", date(window.lapsed.as_ref().map(|(date, _)| *date))),
    ];
    let mut out = "SELECT".to_owned();
    for (index, (name, value)) in columns.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\n    {value} AS {}", dialect.quoted(name));
    }
    out
}
