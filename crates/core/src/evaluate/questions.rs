//! What to ask next.

use super::one::Answer;
use crate::facts::{FactId, FactSet};
use crate::rulebook::{Status, WindowState};

/// A question that could still settle something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The fact to ask for.
    pub fact: FactId,
    /// The undetermined supports that it could help to settle, by place.
    pub supports: Vec<usize>,
}

impl Answer<'_> {
    /// The questions that could still settle a support that can be had, the best first. Empty: no
    /// further answer would change anything.
    ///
    /// Gating facts come first, by their rank; then what stands near `last`, the fact answered
    /// last; then what could settle most. A fact that the firm does not know is not asked again, and
    /// a derived fact is asked for a support only when nothing that it follows from can be.
    #[must_use]
    pub fn questions(&self, last: Option<FactId>) -> Vec<Question> {
        let catalogue = &self.plan.book.catalogue;
        let mut supports: Vec<Vec<usize>> = vec![Vec::new(); catalogue.facts.len()];
        let mut askable = FactSet::default();
        for place in 0..self.plan.supports.len() {
            let open = self.window(place) == WindowState::Open;
            if self.status(place) != Status::Undetermined || !open {
                continue;
            }
            let missing: FactSet = (self.missing_for(place).iter())
                .filter(|fact| !self.profile.value(*fact).is_asked_unknown())
                .collect();
            for fact in missing.iter() {
                let inputs = self.plan.inputs.get(fact.index()).copied().unwrap_or_default();
                let waits = catalogue.fact(fact).rank.is_none() && inputs.intersects(&missing);
                if !waits && let Some(list) = supports.get_mut(fact.index()) {
                    list.push(place);
                    askable.insert(fact);
                }
            }
        }
        let near = last.map(|fact| catalogue.fact(fact).group);
        let mut questions: Vec<Question> = askable
            .iter()
            .filter_map(|fact| {
                let supports = supports.get(fact.index())?.clone();
                Some(Question { fact, supports })
            })
            .collect();
        questions.sort_by_key(|question| {
            let fact = catalogue.fact(question.fact);
            let rank = fact.rank.unwrap_or(u32::MAX);
            let elsewhere = near.is_some_and(|group| group != fact.group);
            (rank, elsewhere, usize::MAX - question.supports.len(), question.fact)
        });
        questions
    }
}
