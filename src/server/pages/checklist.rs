//! Checklists: many yes/no facts on one page.
//!
//! An empty box is a no, but only once the page was submitted with a tick or with “none of these”;
//! a box that is marked as not certain is “don't know”. A fact with the words `none`, two kinds and `both`
//! is a tick for each kind. In go facts and pairs, out come views, and values or an error.

use super::fields::{OptionView, Pairs, all_sent, tickable};
use super::progress::Progress;
use export_advisor_core::facts::{Fact, FactId, Kind, Value};
use export_advisor_core::wording::{Lang, ValidationError};

/// The name of the ticks in a form, and that of the marks of what is not certain.
const TICK: &str = "tick";
const UNSURE: &str = "unsure";
/// The tick “none of these”.
const NONE: &str = "@none";

/// A list to tick.
pub(super) struct ListView {
    pub(super) options: Vec<OptionView>,
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
        let kinds: Vec<_> =
            all.iter().filter(|(tick, _)| ticked.contains(&tick.as_str())).collect();
        let value = match (unsure.contains(&fact.name.as_str()), kinds.as_slice()) {
            (true, []) => Value::Unknown,
            (true, _) => return Err(ValidationError::TickedTwice(fact.label.clone())),
            (false, kinds) if fact.kind == Kind::Bool => Value::Bool(!kinds.is_empty()),
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
        _ => false,
    }
}

/// Makes the view of a list.
pub(super) fn view(
    facts: &[&Fact],
    pairs: &[(String, String)],
    error: String,
    lang: Lang,
) -> ListView {
    let (ticked, unsure) = (all_sent(pairs, TICK), all_sent(pairs, UNSURE));
    let mut options = Vec::new();
    let mut marks = Vec::new();
    for fact in facts {
        marks.push(OptionView {
            value: fact.name.clone(),
            label: capital(lang.of(&fact.label)),
            chosen: unsure.contains(&fact.name.as_str()),
            ..OptionView::default()
        });
        for (nth, (tick, index)) in boxes(fact).into_iter().enumerate() {
            let label = match index.and_then(|index| fact.values.get(index)) {
                Some(value) => {
                    let between = if lang == Lang::Zh { "：" } else { ": " };
                    format!("{}{between}{}", lang.of(&fact.label), lang.of(&value.label))
                }
                None => lang.of(&fact.label).to_owned(),
            };
            options.push(OptionView {
                chosen: ticked.contains(&tick.as_str()),
                value: tick,
                label: capital(&label),
                hint: if nth == 0 {
                    first_sentence(lang.of(&fact.help)).to_owned()
                } else {
                    String::new()
                },
            });
        }
    }
    ListView {
        options,
        unsure: marks,
        none: ticked.contains(&NONE),
        error,
        unfolded: !unsure.is_empty(),
    }
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
