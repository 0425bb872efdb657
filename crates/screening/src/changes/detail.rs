//! The words of a change: what it was and what it is.
//!
//! Owns the text of each cause in Chinese and English: a fact with its values as people write them, the criteria of a
//! rule with the sentences that they rest on, the dates of a window. It decides nothing.

use super::causes::{ChangedClient, ChangedSupport, FactChange, Thing, Why, in_both};
use super::codec::Reading;
use super::comparison::ListComparison;
use super::shared_facts::Book;
use export_advisor_core::facts::{Fact, Value};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{RuleBook, Support, Window};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording::{self, Lang};

/// The most characters of a detail: a cell of a workbook holds twice as many units of UTF-16.
const LONGEST: usize = 16_000;

/// Writes details in one language.
#[derive(Clone, Copy)]
pub(super) struct Details<'c> {
    pub(super) comparison: &'c ListComparison<'c>,
}

impl Details<'_> {
    fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self.comparison.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Why a state differs.
    pub(super) fn of(self, client: &ChangedClient, changed: &ChangedSupport) -> String {
        let things = changed.why.things();
        let texts = things.iter().map(|thing| match thing {
            Thing::Fact(index) => {
                client.facts.get(*index).map(|fact| self.fact(fact)).unwrap_or_default()
            }
            Thing::Rules => self.rules(changed),
            Thing::Date => self.date(changed),
        });
        let texts: Vec<String> = texts.collect();
        let joined = texts.join(self.pick("；", "; "));
        let text = match &changed.why {
            Why::AnyOf(things) if things.len() > 1 => {
                format!("{}{joined}", self.pick("任何一项复原即可：", "any one of these: "))
            }
            Why::AnyOf(_) => joined,
            Why::AllOf(_) => {
                format!("{}{joined}", self.pick("下列各项一起：", "all of these together: "))
            }
            Why::Unverified => self
                .pick(
                    "没有查实原因：请报告这个缺陷",
                    "no cause was verified: please report this defect",
                )
                .to_owned(),
        };
        shortened(text)
    }

    /// What, put back as it was, restores the former state: `a|b` for one of two, `a+b` for both together.
    pub(super) fn undo(self, client: &ChangedClient, changed: &ChangedSupport) -> String {
        let names = changed.why.things().iter().map(|thing| match thing {
            Thing::Fact(index) => {
                let change = client.facts.get(*index);
                change.and_then(|c| self.catalogued(c)).map_or("", |fact| fact.name.as_str())
            }
            Thing::Rules => "rules",
            Thing::Date => "as_of",
        });
        let names: Vec<&str> = names.collect();
        names.join(if matches!(changed.why, Why::AllOf(_)) { "+" } else { "|" })
    }

    /// What is wrong with a row that could be taken apart in one month only: the new one, if `is_now`.
    pub(super) fn row_fault(self, fault: &str, is_now: bool) -> String {
        let text = if is_now {
            self.pick("这一行拆不成一格一格：", "the row cannot be taken apart: ")
        } else {
            self.pick("上次那一行拆不成一格一格：", "the row could not be taken apart last time: ")
        };
        shortened(format!("{text}{fault}"))
    }

    fn fact(self, change: &FactChange) -> String {
        let comparison = self.comparison;
        let Some(shared) = comparison.facts.get(change.fact) else { return String::new() };
        let of = |book: Book, plan: &Plan, reading: &Reading| {
            let fact = shared.in_book(book).map(|id| plan.book.catalogue.fact(id));
            self.reading(plan, fact, reading)
        };
        let before = of(Book::Before, comparison.plan_before, &change.before);
        let now = of(Book::Now, comparison.plan, &change.now);
        let Some(fact) = self.catalogued(change) else { return String::new() };
        let (label, name) = (comparison.lang.of(&fact.label), &fact.name);
        match comparison.lang {
            Lang::Zh => format!("{label}（{name}）：{before} → {now}"),
            Lang::En => format!("{label} ({name}): {before} → {now}"),
        }
    }

    fn reading(self, plan: &Plan, fact: Option<&Fact>, reading: &Reading) -> String {
        if let Some(fault) = &reading.fault {
            return format!("{}{fault}", self.pick("读不出来：", "unreadable: "));
        }
        let Some(fact) = fact else {
            return self.pick("规则里没有这一项", "no such fact in the rules").to_owned();
        };
        let text = |value: &Value| {
            let book = &plan.book;
            let text = wording::value(&book.catalogue, fact, &book.reference, value);
            self.comparison.lang.of(&text).to_owned()
        };
        // A list is written in full: the item that matters may be the last.
        let items: Vec<String> = match &reading.value {
            Value::EnumList(list) => {
                list.iter().map(|i| text(&Value::EnumList(vec![*i]))).collect()
            }
            Value::Codes(list) => {
                list.iter().map(|code| text(&Value::Codes(vec![code.clone()]))).collect()
            }
            _ => Vec::new(),
        };
        if items.is_empty() { text(&reading.value) } else { items.join(self.pick("、", ", ")) }
    }

    /// The criteria that another rule book decides otherwise, with the sentences that the support rests on.
    fn rules(self, changed: &ChangedSupport) -> String {
        let comparison = self.comparison;
        let [now, before] = in_both(comparison, changed.support);
        let (book, support) = match (now, before) {
            (Some(support), _) => (&comparison.plan.book, support),
            (None, Some(support)) => (&comparison.plan_before.book, support),
            (None, None) => return String::new(),
        };
        let sentences = sentences(book, support);
        let mut found = Vec::new();
        if before.is_none() {
            found.push(self.pick("新增的支持事项", "a new support").to_owned());
        } else if now.is_none() {
            found.push(self.pick("已撤下的支持事项", "a support that was withdrawn").to_owned());
        } else {
            found.extend(self.criteria(changed));
        }
        if let (Some(now), Some(before)) = (now, before)
            && now.window != before.window
        {
            found.push(format!(
                "{}{} → {}",
                self.pick("办理时限：", "window: "),
                self.window(&before.window),
                self.window(&now.window)
            ));
        }
        let found = found.join(self.pick("，", ", "));
        match comparison.lang {
            Lang::Zh => format!("规则（{sentences}）：{found}"),
            Lang::En => format!("rules ({sentences}): {found}"),
        }
    }

    fn criteria(self, changed: &ChangedSupport) -> Vec<String> {
        let [now, before] = in_both(self.comparison, changed.support);
        let (now, before) = (now.map(|s| &s.criteria), before.map(|s| &s.criteria));
        let [truths, truths_before] = &changed.criteria;
        let truth = |truth: Option<Truth>| match truth {
            Some(truth) => self.comparison.lang.of(&wording::truth(truth)).to_owned(),
            None => self.pick("没有这个条件", "no such criterion").to_owned(),
        };
        let mut found = Vec::new();
        let is_met = |truth: Option<Truth>| truth.is_none_or(|truth| truth == Truth::True);
        for (criterion, now) in now.into_iter().flatten().zip(truths) {
            let mut former = before.into_iter().flatten().zip(truths_before);
            let former = former.find(|(former, _)| former.id == criterion.id);
            let former = former.map(|(_, truth)| *truth);
            let is_same = if former.is_some() { former == Some(*now) } else { is_met(Some(*now)) };
            if !is_same {
                let label = self.comparison.lang.of(&criterion.label);
                let (was, is) = (truth(former), truth(Some(*now)));
                found.push(format!("“{label}” {was} → {is}"));
            }
        }
        for (criterion, was) in before.into_iter().flatten().zip(truths_before) {
            let stays = now.into_iter().flatten().any(|now| now.id == criterion.id);
            if !stays && !is_met(Some(*was)) {
                let label = self.comparison.lang.of(&criterion.label);
                found.push(format!("“{label}” {} → {}", truth(Some(*was)), truth(None)));
            }
        }
        found
    }

    /// Both dates, and the window that one of them lies in.
    fn date(self, changed: &ChangedSupport) -> String {
        let comparison = self.comparison;
        let [now, before] = in_both(comparison, changed.support);
        let window = now.or(before).map(|support| self.window(&support.window));
        let (was, is, window) =
            (comparison.as_of_before, comparison.as_of, window.unwrap_or_default());
        match comparison.lang {
            Lang::Zh => format!("日期：{was} → {is}（办理时限：{window}）"),
            Lang::En => format!("date: {was} → {is} (window: {window})"),
        }
    }

    fn window(self, window: &Window) -> String {
        let mut parts = Vec::new();
        let zh = self.comparison.lang == Lang::Zh;
        if let Some(opens) = window.opens {
            parts.push(if zh { format!("自{opens}起") } else { format!("from {opens}") });
        }
        if let Some((closes, _)) = &window.closes {
            parts.push(if zh { format!("至{closes}止") } else { format!("until {closes}") });
        }
        if let Some((lapsed, _)) = &window.lapsed {
            parts.push(if zh { format!("{lapsed}失效") } else { format!("lapsed on {lapsed}") });
        }
        if parts.is_empty() {
            return self.pick("没有时限", "always open").to_owned();
        }
        parts.join(self.pick("，", ", "))
    }

    /// A fact in the new catalogue, or in the last one if the new one does not have it.
    fn catalogued(&self, change: &FactChange) -> Option<&Fact> {
        let comparison = self.comparison;
        let shared = comparison.facts.get(change.fact)?;
        match (shared.now, shared.before) {
            (Some(now), _) => Some(comparison.plan.book.catalogue.fact(now)),
            (None, Some(before)) => Some(comparison.plan_before.book.catalogue.fact(before)),
            (None, None) => None,
        }
    }
}

/// The sentences that a support cites, as answers name them.
fn sentences(book: &RuleBook, support: &Support) -> String {
    let policy = book.policies.at(support.policy);
    let named = support.sentences().into_iter().map(|id| book.sentence_key(policy, id));
    named.collect::<Vec<_>>().join(", ")
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text,
    }
}
