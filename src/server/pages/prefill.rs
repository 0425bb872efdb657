//! Links that fill in the form in advance.
//!
//! The answers stand after the `#`, which reaches no server and no log; the script of the start page sends them. Older
//! links have them before it, and are read as well. A link carries only what discloses neither who a firm is nor how it does: no name, no credit code, no
//! figures, no needs. In go answers, out comes a link, and back; parameters that a link may not carry are
//! counted and not used.

use super::progress::Progress;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::facts::{Fact, Format, Kind, LocalizedText, Profile, Together, Value};
use export_advisor_core::plan::Plan;

/// Whether a link may carry a fact.
fn in_link(fact: &Fact) -> bool {
    match fact.kind {
        Kind::Number { .. } | Kind::Code { format: Format::Uscc, .. } => false,
        _ => fact.together != Some(Together::Needs),
    }
}

/// The link that fills in what a link may carry; nothing if there is no such answer.
pub(super) fn link(advisor: &Advisor, profile: &Profile, lang: &str) -> Option<String> {
    let catalogue = &advisor.book().catalogue;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for fact in catalogue.facts.iter().filter(|fact| in_link(fact)) {
        let text = match profile.value(fact.id) {
            Value::Bool(yes) => yes.to_string(),
            Value::Enum(index) => fact.value_name(*index).to_owned(),
            Value::EnumList(list) if list.is_empty() => "none".to_owned(),
            Value::EnumList(list) => {
                let names: Vec<&str> = list.iter().map(|index| fact.value_name(*index)).collect();
                names.join(",")
            }
            Value::Code(code) => code.clone(),
            Value::NoCode => "none".to_owned(),
            Value::Codes(codes) if codes.is_empty() => "none".to_owned(),
            Value::Codes(codes) => codes.join(","),
            _ => continue,
        };
        pairs.push((&fact.name, text));
    }
    if pairs.is_empty() {
        return None;
    }
    serde_urlencoded::to_string(pairs).map(|answers| format!("/?lang={lang}#{answers}")).ok()
}

/// The form that a link fills in, the labels of what it filled in, and how much of it was not used.
pub(super) fn read<'a>(plan: &'a Plan, answers: &str) -> (Progress, Vec<&'a LocalizedText>, usize) {
    let mut progress = Progress::new(plan);
    let (mut used, mut unused) = (Vec::new(), 0);
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(answers).unwrap_or_default();
    for (name, text) in pairs {
        // Other sites add their own parameters to addresses; only names of facts are meant for the form.
        let Some(fact) = plan.book.catalogue.find(&name) else { continue };
        let mut notices = Vec::new();
        let read = Profile::read_text(fact, &[&text], &plan.book.reference, &mut notices);
        match read {
            Ok(value) if in_link(fact) && value.is_known() => {
                progress.answer(plan, fact.id, value);
                progress.profile.notices.extend(notices);
                used.push(&fact.label);
            }
            _ => unused += 1,
        }
    }
    progress.last = None;
    (progress, used, unused)
}
