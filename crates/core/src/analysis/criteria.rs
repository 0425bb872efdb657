//! Criteria that decide nothing: never true, always true, or implied by the others of their support.

use super::{Analyst, Finding, FindingKind, Stop, Subject, text};
use crate::facts::LocalizedText;
use crate::plan::NodeId;
use crate::rulebook::{Criterion, SupportId};
use crate::truth::Truth;

pub(super) fn check(analyst: &mut Analyst<'_, '_>) -> Result<(), Stop> {
    let plan = analyst.plan;
    for (support, criteria) in plan.criteria.iter_enumerated() {
        analyst.model.reclaim();
        let of_support = &plan.book.supports.at(support).criteria;
        for (index, (criterion, node)) in of_support.iter().zip(criteria).enumerate() {
            let others = criteria.iter().enumerate().filter(|(other, _)| *other != index);
            let others: Vec<NodeId> = others.map(|(_, node)| *node).collect();
            analyst.criterion(support, criterion, *node, &others)?;
        }
    }
    Ok(())
}

impl Analyst<'_, '_> {
    fn criterion(
        &mut self,
        support: SupportId,
        criterion: &Criterion,
        node: NodeId,
        others: &[NodeId],
    ) -> Result<(), Stop> {
        if !self.can_be(node, Truth::True)? {
            return self.never(support, criterion, node);
        }
        let can_end_otherwise =
            self.can_end(&[(node, Truth::False)])? || self.can_end(&[(node, Truth::Unknown)])?;
        if !can_end_otherwise {
            return self.always(support, criterion, node);
        }
        self.implied(support, criterion, node, others)
    }

    fn never(
        &mut self,
        support: SupportId,
        criterion: &Criterion,
        node: NodeId,
    ) -> Result<(), Stop> {
        let shows = text("这家企业不符合这一条", "this firm does not meet the criterion");
        let example = self.example(&criterion.id, &[(node, Truth::False)], shows)?;
        self.findings.push(Finding {
            kind: FindingKind::CriterionNever,
            message: text(
                format!("条件“{}”没有企业能符合", criterion.label.zh),
                format!("no firm can meet the criterion “{}”", criterion.label.en),
            ),
            help: text(
                "核对条件里的事实项和取值：它们不可能同时成立",
                "compare its facts and values: they cannot hold together",
            ),
            example,
            ..Finding::of_criterion(support, criterion)
        });
        Ok(())
    }

    fn always(
        &mut self,
        support: SupportId,
        criterion: &Criterion,
        node: NodeId,
    ) -> Result<(), Stop> {
        let shows = text("这家企业符合这一条", "this firm meets the criterion");
        let example = self.example(&criterion.id, &[(node, Truth::True)], shows)?;
        let label = &criterion.label;
        let is_open = self.can_be(node, Truth::Unknown)? || self.can_be(node, Truth::False)?;
        let (kind, message) = if is_open {
            let zh = format!("答完以后，每家企业都符合条件“{}”", label.zh);
            let en = format!("every firm that has answered everything meets “{}”", label.en);
            (FindingKind::CriterionAlways, text(zh, en))
        } else {
            let zh = format!("条件“{}”对什么都没答的企业也成立", label.zh);
            let en = format!("every firm meets the criterion “{}”, whatever it answers", label.en);
            (FindingKind::CriterionNeverOpen, text(zh, en))
        };
        let help = text(
            "它不排除任何企业：删掉它，或者改成原文要的条件",
            "it excludes no firm: remove it, or write what the text asks for",
        );
        self.findings.push(Finding {
            kind,
            message,
            help,
            example,
            ..Finding::of_criterion(support, criterion)
        });
        Ok(())
    }

    fn implied(
        &mut self,
        support: SupportId,
        criterion: &Criterion,
        node: NodeId,
        others: &[NodeId],
    ) -> Result<(), Stop> {
        let mut together: Vec<(NodeId, Truth)> =
            others.iter().map(|node| (*node, Truth::True)).collect();
        for truth in [Truth::False, Truth::Unknown] {
            together.push((node, truth));
            if self.can_end(&together)? {
                return Ok(());
            }
            together.pop();
        }
        together.push((node, Truth::True));
        // Of a support that can never apply the others cannot hold together either.
        if others.is_empty() || !self.can_end(&together)? {
            return Ok(());
        }
        let shows = text(
            "这家企业符合其他各条，也就符合这一条",
            "this firm meets the others, and so this one",
        );
        let example = self.example(&criterion.id, &together, shows)?;
        self.findings.push(Finding {
            kind: FindingKind::CriterionImplied,
            message: text(
                format!("符合其他各条的企业，都符合条件“{}”", criterion.label.zh),
                format!("whoever meets the other criteria meets “{}”", criterion.label.en),
            ),
            help: text(
                "原文两处都说了就写明理由接受；否则删掉它",
                "accept it with a reason if the text says both; remove it otherwise",
            ),
            example,
            ..Finding::of_criterion(support, criterion)
        });
        Ok(())
    }
}

impl Finding {
    /// A finding about a criterion, its texts still empty.
    fn of_criterion(support: SupportId, criterion: &Criterion) -> Self {
        let label = Some(criterion.label.zh.clone());
        Self {
            kind: FindingKind::CriterionNever,
            about: criterion.id.clone(),
            subject: Subject::Support { id: support, label },
            message: LocalizedText::default(),
            help: LocalizedText::default(),
            example: None,
            accepted: None,
        }
    }
}
