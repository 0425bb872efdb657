//! The values that a change asks for, as diagrams.

use super::{Analyst, BOOK, Stop, constant};
use crate::diagram::{DiagramId, Operator};
use crate::facts::FactId;
use crate::plan::{Item, ValueDomain};
use crate::truth::Truth;

impl Analyst<'_, '_> {
    /// Whether a firm's value of a fact is one of a domain.
    pub(super) fn domain(&mut self, fact: FactId, domain: &ValueDomain) -> Result<DiagramId, Stop> {
        let space = &self.model.space;
        let ValueDomain::List { has, lacks, empty } = domain else {
            let admits = |value: &_| domain.admits(value);
            let is = space.is_value(&mut self.model.diagrams, BOOK, fact, admits)?;
            return Ok(is.unwrap_or(constant(Truth::True)));
        };
        let mut all = Vec::new();
        for items in has {
            all.push(self.has_item(fact, items)?);
        }
        let any = self.model.space.has_any_item(&mut self.model.diagrams, BOOK, fact, false)?;
        let lacking = self.has_item(fact, lacks)?;
        let lacks = self.model.diagrams.map(Operator::Not, lacking)?;
        // A list that is not answered lacks nothing.
        let is_open = self.model.diagrams.map(Operator::Is(Truth::Unknown.into()), any)?;
        let is_answered = self.model.diagrams.map(Operator::Not, is_open)?;
        all.extend([lacks, is_answered]);
        if let Some(empty) = empty {
            let wanted = Truth::from(!*empty).into();
            all.push(self.model.diagrams.map(Operator::Is(wanted), any)?);
        }
        Ok(self.model.diagrams.all(all)?)
    }

    /// Whether a list has one of some items.
    fn has_item(&mut self, fact: FactId, items: &[Item]) -> Result<DiagramId, Stop> {
        let wanted =
            ValueDomain::List { has: vec![items.to_vec()], lacks: Vec::new(), empty: None };
        let has = |value: &_| wanted.admits(value);
        Ok(self.model.space.has_item(&mut self.model.diagrams, BOOK, fact, has)?)
    }
}
