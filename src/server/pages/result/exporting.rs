//! What would concern a firm that exports no goods, if it did.
//!
//! In goes an answer, out come the number of supports and the offices to ask first: the answer of the same rules to the
//! same profile with the export question answered yes. What the firm stated of facts that follow from this answer
//! is left out, since it was stated of a firm that does not export.

use crate::server::pages::offices::{ErrandView, errand_list};
use export_advisor_core::assessment::Advisor;
use export_advisor_core::evaluate::{Answer, Counts};
use export_advisor_core::facts::{Fact, Profile, Value};
use export_advisor_core::wording::{self, Lang};

/// The question that is answered otherwise.
const EXPORTS: &str = "exports_goods";
/// The fact that says that a firm is about to begin.
const PLANS: &str = "plans_to_trade";
/// How many offices are named.
const OFFICES: usize = 3;

/// What would concern the firm.
pub(in crate::server::pages) struct ExportingView {
    pub(in crate::server::pages) heading: String,
    pub(in crate::server::pages) offices: Vec<ErrandView>,
    /// What would depend on more answers; empty if nothing would.
    pub(in crate::server::pages) undetermined: String,
    /// Whether the firm is about to begin: then it is shown at once.
    pub(in crate::server::pages) planned: bool,
    /// The fact that the tick sets; empty if the rules do not ask for it.
    pub(in crate::server::pages) tick: String,
}

/// What would concern a firm that nothing concerns, or that is about to begin; nothing for another.
pub(super) fn view(advisor: &Advisor, answer: &Answer<'_>, lang: Lang) -> Option<ExportingView> {
    let catalogue = &advisor.book().catalogue;
    let exports = catalogue.find(EXPORTS)?;
    let plans = catalogue.find(PLANS);
    let states = |fact: &Fact| *answer.profile.value(fact.id) == Value::Bool(true);
    let planned = plans.is_some_and(states);
    let Counts { applies, undetermined, .. } = answer.counts();
    let nothing = applies == 0 && undetermined == 0;
    if states(exports) || !(nothing || planned) {
        return None;
    }
    let profile = exporting(advisor, answer.profile, exports);
    let answer = Answer::new(&advisor.plan, &profile, answer.as_of);
    let counts = answer.counts();
    if counts.applies <= applies {
        return None;
    }
    let mut offices = errand_list(advisor, &answer, lang);
    offices.truncate(OFFICES);
    let undetermined = match counts.undetermined {
        0 => String::new(),
        count => lang.of(&wording::if_exporting_undetermined(count)).to_owned(),
    };
    Some(ExportingView {
        heading: lang.of(&wording::if_exporting(counts.applies)).to_owned(),
        offices,
        undetermined,
        planned,
        tick: plans.map(|fact| fact.name.clone()).unwrap_or_default(),
    })
}

/// The same firm, exporting goods.
fn exporting(advisor: &Advisor, profile: &Profile, exports: &Fact) -> Profile {
    let mut changed = profile.clone();
    for fact in &advisor.book().catalogue.facts {
        if advisor.plan.inputs.at(fact.id).contains(exports.id) {
            changed.set(fact.id, Value::NotAnswered);
        }
    }
    changed.set(exports.id, Value::Bool(true));
    changed
}
