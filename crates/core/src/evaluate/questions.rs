//! What to ask next.

use super::one::Answer;
use crate::facts::{FactId, FactSet};
use crate::index::IndexVec;
use crate::rulebook::{Status, SupportId, WindowState};

/// A question that could still decide something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The fact to ask for.
    pub fact: FactId,
    /// The undetermined supports that it could help to decide.
    pub supports: Vec<SupportId>,
}

impl Answer<'_> {
    /// The questions that could still decide a support that can be had, the best first. Empty: no
    /// further answer would change anything.
    ///
    /// Where documents of some places may hold, the place comes first, and nothing else is asked for their supports while
    /// it can be. Then gating facts come, by their rank; then what stands near `last`, the fact answered
    /// last; then what could decide most. A fact that the firm does not know is not asked again, and
    /// a derived fact is asked for a support only when nothing that it follows from can be.
    #[must_use]
    pub fn questions(&self, last: Option<FactId>) -> Vec<Question> {
        let catalogue = &self.plan.book.catalogue;
        let mut supports = IndexVec::filled(Vec::new(), &catalogue.facts);
        let mut askable = FactSet::default();
        let mut of_area = FactSet::default();
        for support in self.supports() {
            let open = self.window(support) == WindowState::Open;
            if self.status(support) != Status::Undetermined || !open {
                continue;
            }
            let missing: FactSet = (self.missing_for(support).iter())
                .filter(|fact| !self.profile.value(*fact).is_asked_unknown())
                .collect();
            let area = self.plan.exclusions.at(support).area;
            let is_undecided = area.is_some_and(|area| !self.truth(area).is_known());
            let decides_area = self.plan.area_facts(support);
            let asks_area = is_undecided && decides_area.intersects(&missing);
            let missing = if asks_area { missing.intersection(&decides_area) } else { missing };
            for fact in missing.iter() {
                let inputs = *self.plan.inputs.at(fact);
                let waits = catalogue.fact(fact).rank.is_none() && inputs.intersects(&missing);
                if !waits {
                    supports.at_mut(fact).push(support);
                    askable.insert(fact);
                    if asks_area {
                        of_area.insert(fact);
                    }
                }
            }
        }
        let near = last.map(|fact| catalogue.fact(fact).group);
        let mut questions: Vec<Question> = askable
            .iter()
            .map(|fact| Question { fact, supports: std::mem::take(supports.at_mut(fact)) })
            .collect();
        questions.sort_by_key(|question| {
            let fact = catalogue.fact(question.fact);
            let rank = fact.rank.unwrap_or(u32::MAX);
            let elsewhere = near.is_some_and(|group| group != fact.group);
            let is_of_area = of_area.contains(question.fact);
            (!is_of_area, rank, elsewhere, usize::MAX - question.supports.len(), question.fact)
        });
        questions
    }
}
