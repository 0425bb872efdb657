//! Checklists: many yes/no facts on one page.
//!
//! An empty box is a no, but only once the page was submitted with a tick or with “none of these”;
//! a box that is marked as not certain is “don't know”. A list of values is a tick for each value, and so is a
//! fact with the words `none`, two kinds and `both`. What is likely in the firm's industry stands first; that
//! orders the list and answers nothing. In go facts and pairs, out come views, and values or an error.

use super::fields::{OptionView, Pairs, all_sent, tickable};
use super::progress::Progress;
use export_advisor_core::facts::{Catalogue, Fact, FactId, Format, Kind, Profile, Value};
use export_advisor_core::wording::{Lang, ValidationError};

/// The name of the ticks in a form, and that of the marks of what is not certain.
const TICK: &str = "tick";
const UNSURE: &str = "unsure";
/// The tick “none of these”.
const NONE: &str = "@none";

/// A list to tick.
pub(super) struct ListView {
    pub(super) options: Vec<OptionView>,
    /// What is less common in the firm's industry; shown after the others, under a heading.
    pub(super) rare: Vec<OptionView>,
    /// The same facts, to be marked as not certain.
    pub(super) unsure: Vec<OptionView>,
    pub(super) none: bool,
    pub(super) error: String,
    /// Whether something is marked as not certain, so that the marks are unfolded.
    pub(super) unfolded: bool,
}

fn boxes(fact: &Fact) -> Vec<(String, Option<usize>)> {
    let kinds = tickable(fact);
    if kinds.is_empty() {
        return vec![(fact.name.clone(), None)];
    }
    let of = |index: usize| fact.values.get(index).map_or("", |value| value.name.as_str());
    kinds.into_iter().map(|index| (format!("{}={}", fact.name, of(index)), Some(index))).collect()
}

/// Whether a box is ticked, also by a value that the fact had in earlier rules.
fn is_ticked(fact: &Fact, (tick, index): &(String, Option<usize>), ticked: &[&str]) -> bool {
    let old = |tick: &&str| {
        let value = tick.strip_prefix(fact.name.as_str()).and_then(|rest| rest.strip_prefix('='));
        let old = fact.old_values.iter().find(|old| Some(old.name.as_str()) == value);
        old.is_some_and(|old| old.means.iter().any(|means| Some(usize::from(*means)) == *index))
    };
    ticked.contains(&tick.as_str()) || ticked.iter().any(old)
}

/// The pairs that a list would send of the answers so far.
pub(super) fn filled(progress: &Progress, facts: &[&Fact]) -> Pairs {
    let mut pairs = Pairs::new();
    let mut answered = false;
    let mut add = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
    for fact in facts {
        let value = progress.profile.value(fact.id);
        answered |= value.is_known();
        if value.is_asked_unknown() {
            add(UNSURE, &fact.name);
        }
        for (tick, index) in boxes(fact) {
            let chosen = match (value, index) {
                (Value::Bool(yes), None) => *yes,
                (Value::Enum(value), Some(index)) => {
                    usize::from(*value) == index || fact.value_name(*value) == "both"
                }
                (Value::EnumList(list), Some(index)) => {
                    list.iter().any(|value| usize::from(*value) == index)
                }
                _ => false,
            };
            if chosen {
                add(TICK, &tick);
            }
        }
    }
    if answered && !pairs.iter().any(|(name, _)| name == TICK) {
        pairs.push((TICK.to_owned(), NONE.to_owned()));
    }
    pairs
}

/// Reads a list: a value for each fact.
pub(super) fn read(
    facts: &[&Fact],
    pairs: &[(String, String)],
) -> Result<Vec<(FactId, Value)>, ValidationError> {
    let (ticked, unsure) = (all_sent(pairs, TICK), all_sent(pairs, UNSURE));
    let none = ticked.contains(&NONE);
    if ticked.is_empty() && unsure.is_empty() {
        return Err(ValidationError::NothingTicked);
    }
    if none && ticked.len() > 1 {
        return Err(ValidationError::NoneAndSome);
    }
    let mut values = Vec::new();
    for fact in facts {
        let all = boxes(fact);
        let kinds: Vec<_> = all.iter().filter(|one| is_ticked(fact, one, &ticked)).collect();
        let value = match (unsure.contains(&fact.name.as_str()), kinds.as_slice()) {
            (true, []) => Value::Unknown,
            (true, _) => return Err(ValidationError::TickedTwice(fact.label.clone())),
            (false, kinds) if fact.kind == Kind::Bool => Value::Bool(!kinds.is_empty()),
            (false, kinds) if fact.kind == Kind::EnumList => {
                let indices = kinds.iter().filter_map(|(_, index)| u16::try_from((*index)?).ok());
                Value::EnumList(indices.collect())
            }
            (false, kinds) => {
                let value = match kinds {
                    [] => fact.value_index("none"),
                    [(_, Some(index))] => u16::try_from(*index).ok(),
                    _ => fact.value_index("both"),
                };
                value.map_or(Value::NotAnswered, Value::Enum)
            }
        };
        values.push((fact.id, value));
    }
    Ok(values)
}

/// Whether a value only means that the box was empty.
pub(super) fn is_no(fact: &Fact, value: &Value) -> bool {
    match value {
        Value::Bool(yes) => !yes,
        Value::Enum(value) => fact.value_name(*value) == "none",
        Value::EnumList(list) => list.is_empty(),
        _ => false,
    }
}

/// The industry of a firm, if it is known.
pub(super) fn industry<'a>(catalogue: &Catalogue, profile: &'a Profile) -> Option<&'a str> {
    let is_industry =
        |fact: &&Fact| matches!(fact.kind, Kind::Code { format: Format::Industry, .. });
    let fact = catalogue.facts.iter().find(is_industry)?;
    match profile.value(fact.id) {
        Value::Code(code) => Some(code),
        _ => None,
    }
}

/// Makes the view of a list for a firm of an industry; without one all is as likely.
pub(super) fn view(
    facts: &[&Fact],
    industry: Option<&str>,
    pairs: &[(String, String)],
    error: String,
    lang: Lang,
) -> ListView {
    let (ticked, unsure) = (all_sent(pairs, TICK), all_sent(pairs, UNSURE));
    let is_likely = |fact: &&Fact| industry.is_none_or(|industry| fact.is_likely_in(industry));
    let (mut likely, mut less): (Vec<&Fact>, Vec<&Fact>) =
        facts.iter().copied().partition(is_likely);
    if likely.is_empty() {
        likely = std::mem::take(&mut less);
    }
    let mut marks = Vec::new();
    let mut boxes_of = |facts: Vec<&Fact>| {
        let mut options = Vec::new();
        for fact in facts {
            options.extend(options_of(fact, &ticked, lang));
            marks.push(OptionView {
                value: fact.name.clone(),
                label: capital(lang.of(&fact.label)),
                chosen: unsure.contains(&fact.name.as_str()),
                ..OptionView::default()
            });
        }
        options
    };
    let (options, rare) = (boxes_of(likely), boxes_of(less));
    ListView {
        options,
        rare,
        unsure: marks,
        none: ticked.contains(&NONE),
        error,
        unfolded: !unsure.is_empty(),
    }
}

/// The boxes of a fact.
fn options_of(fact: &Fact, ticked: &[&str], lang: Lang) -> Vec<OptionView> {
    let all = boxes(fact).into_iter().enumerate();
    all.map(|(nth, one)| {
        let label = match one.1.and_then(|index| fact.values.get(index)) {
            Some(value) => {
                let between = if lang == Lang::Zh { "：" } else { ": " };
                format!("{}{between}{}", lang.of(&fact.label), lang.of(&value.label))
            }
            None => lang.of(&fact.label).to_owned(),
        };
        let hint = if nth == 0 { first_sentence(lang.of(&fact.help)) } else { "" };
        OptionView {
            chosen: is_ticked(fact, &one, ticked),
            label: capital(&label),
            hint: hint.to_owned(),
            value: one.0,
        }
    })
    .collect()
}

/// The first sentence of a help text.
fn first_sentence(text: &str) -> &str {
    let end = text.find('。').map(|at| at + '。'.len_utf8());
    let end = end.or_else(|| text.find(". ").map(|at| at + 1));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
