//! Supports that apply to the same firms, or to some of the firms of another.

use super::{Analyst, BOOK, Finding, FindingKind, Stop, text};
use crate::diagram::DiagramId;
use crate::diagram::compile::Firms;
use crate::evaluate::Answer;
use crate::plan::NodeId;
use crate::rulebook::{Status, SupportId};
use crate::truth::Truth;
use foldhash::HashMap;

/// A support that can apply to somebody, and which others do not exclude one firm to which it applies.
struct Applying {
    id: SupportId,
    /// No other support of its policy can contain this one.
    beside: Vec<SupportId>,
    /// Supports of all policies with the same diagram.
    same: Vec<SupportId>,
}

pub(super) fn check(analyst: &mut Analyst<'_, '_>) -> Result<(), Stop> {
    let plan = analyst.plan;
    let mut applying: Vec<Applying> = Vec::new();
    // A reader compares what one document offers; only supports with the same conditions are worth a word across documents.
    let mut by_condition: HashMap<NodeId, Vec<SupportId>> = HashMap::default();
    for (id, node) in plan.supports.iter_enumerated() {
        by_condition.entry(*node).or_default().push(id);
    }
    let mut can_fail: HashMap<SupportId, bool> = HashMap::default();
    for (id, node) in plan.supports.iter_enumerated() {
        analyst.model.reclaim();
        can_fail.insert(id, analyst.can_be(*node, Truth::False)?);
        let conditions = analyst.conditions(Firms::Full, &[(*node, Truth::True)])?;
        let Some(mut firm) = analyst.model.smallest(Firms::Full, &conditions)? else { continue };
        let of: Vec<DiagramId> = conditions.iter().map(|(diagram, _)| *diagram).collect();
        analyst.model.answer_conditions(&mut firm, &of);
        analyst.model.answer_rest(&mut firm);
        let profile = analyst.model.profile(BOOK, &firm);
        let answer = Answer::new(plan, &profile, super::ANY_DAY);
        let policy = plan.book.supports.at(id).policy;
        let same: Vec<SupportId> = by_condition.get(node).into_iter().flatten().copied().collect();
        let others = plan.supports.indices().filter(|other| {
            plan.book.supports.at(*other).policy == policy && !same.contains(other)
        });
        let beside = others.filter(|other| answer.status(*other) != Status::DoesNotApply);
        applying.push(Applying { id, beside: beside.collect(), same });
    }
    // Which supports contain which: whoever gets the first gets the second.
    let mut contained: HashMap<SupportId, Vec<SupportId>> = HashMap::default();
    for one in &applying {
        let can_fail = |other: &SupportId| can_fail.get(other).copied().unwrap_or(false);
        let same = one.same.iter().filter(|other| **other != one.id && can_fail(other));
        contained.entry(one.id).or_default().extend(same);
        // What applies to everybody contains everything.
        for other in one.beside.iter().filter(|other| can_fail(other)) {
            analyst.model.reclaim();
            if analyst.is_within(one.id, *other)? {
                contained.entry(one.id).or_default().push(*other);
            }
        }
    }
    let contains = |narrow: SupportId, wide: SupportId| {
        contained.get(&narrow).is_some_and(|wider| wider.contains(&wide))
    };
    for one in &applying {
        let wider = contained.get(&one.id).into_iter().flatten().copied();
        let (equal, wider): (Vec<SupportId>, Vec<SupportId>) =
            wider.partition(|other| contains(*other, one.id));
        // Only the first of equal supports is reported, and of wider ones only the next wider.
        let first = equal.iter().all(|other| *other > one.id);
        if first && !equal.is_empty() {
            analyst.report(one, &equal, FindingKind::SupportsEqual)?;
        }
        let is_next = |wide: &SupportId| {
            let between = |middle: &SupportId| {
                middle != wide && contains(*middle, *wide) && !contains(*wide, *middle)
            };
            !wider.iter().any(between)
        };
        let next: Vec<SupportId> = wider.iter().copied().filter(is_next).collect();
        if first && !next.is_empty() {
            analyst.report(one, &next, FindingKind::SupportsNested)?;
        }
    }
    Ok(())
}

impl Analyst<'_, '_> {
    /// Whether every firm that has answered everything and gets the first gets the second.
    fn is_within(&mut self, narrow: SupportId, wide: SupportId) -> Result<bool, Stop> {
        let (narrow, wide) = (*self.plan.supports.at(narrow), *self.plan.supports.at(wide));
        for truth in [Truth::False, Truth::Unknown] {
            if self.can_end(&[(narrow, Truth::True), (wide, truth)])? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn report(
        &mut self,
        one: &Applying,
        others: &[SupportId],
        kind: FindingKind,
    ) -> Result<(), Stop> {
        let supports = &self.plan.book.supports;
        let support = supports.at(one.id);
        let names = |zh: bool| {
            let names = others.iter().map(|id| supports.at(*id));
            let names = names.map(|support| {
                if zh { format!("“{}”", support.title.zh) } else { format!("`{}`", support.id) }
            });
            names.collect::<Vec<_>>().join(if zh { "、" } else { ", " })
        };
        let (zh, en) = match kind {
            FindingKind::SupportsEqual => ("适用的企业相同的还有", "the same firms get"),
            _ => ("适用的企业也都适用", "whoever gets it also gets"),
        };
        let message = text(
            format!("“{}”{zh}{}", support.title.zh, names(true)),
            format!("{en} {}", names(false)),
        );
        let all = others.iter().chain([&one.id]);
        let all: Vec<(NodeId, Truth)> =
            all.map(|id| (*self.plan.supports.at(*id), Truth::True)).collect();
        let shows = text("这些支持都适用", "all of these apply to it");
        let example = self.example(&support.id, &all, shows)?;
        self.findings.push(Finding {
            kind,
            message,
            help: text(
                "不一定有错：核对是不是原文的意思",
                "nothing need be wrong: compare with the text",
            ),
            example,
            ..Finding::of_support(one.id, support)
        });
        Ok(())
    }
}
