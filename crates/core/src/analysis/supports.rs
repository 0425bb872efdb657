//! Supports that can never apply, never fail or never be decided; changes that cannot help; windows without effect.

use super::{Analyst, BOOK, Finding, FindingKind, Stop, Subject, text};
use crate::diagram::compile::Firms;
use crate::evaluate::Answer;
use crate::facts::LocalizedText;
use crate::plan::Counterfactual;
use crate::rulebook::{Support, SupportId};
use crate::truth::Truth;

pub(super) fn check(analyst: &mut Analyst<'_, '_>) -> Result<(), Stop> {
    for (id, support) in analyst.plan.book.supports.iter_enumerated() {
        analyst.model.reclaim();
        analyst.support(id, support)?;
    }
    Ok(())
}

impl Analyst<'_, '_> {
    /// The kinds of findings about the criteria of a support, and how many there are of them.
    fn found(&self, support: SupportId, kinds: &[FindingKind]) -> usize {
        let is_of = |finding: &&Finding| {
            kinds.contains(&finding.kind)
                && matches!(finding.subject, Subject::Support { id, .. } if id == support)
        };
        self.findings.iter().filter(is_of).count()
    }

    fn support(&mut self, id: SupportId, support: &Support) -> Result<(), Stop> {
        let node = *self.plan.supports.at(id);
        let finding = |kind, message, help| Finding {
            kind,
            message,
            help,
            ..Finding::of_support(id, support)
        };
        // A criterion that can never be met was reported by itself.
        let can_apply = self.can_be(node, Truth::True)?;
        if !can_apply && self.found(id, &[FindingKind::CriterionNever]) == 0 {
            let shows = text("对这家企业不适用", "it does not apply to this firm");
            let example = self.example(&support.id, &[(node, Truth::False)], shows)?;
            let message = text(
                format!("“{}”的各条不可能同时符合，没有企业能适用", support.title.zh),
                format!("no firm can meet all criteria of `{}` together", support.id),
            );
            let help = text("核对各条之间的矛盾", "find the criteria that exclude each other");
            self.findings
                .push(Finding { example, ..finding(FindingKind::SupportNever, message, help) });
            return Ok(());
        }
        let always = [FindingKind::CriterionAlways, FindingKind::CriterionNeverOpen];
        let can_fail = self.can_be(node, Truth::False)?;
        if !can_fail && self.found(id, &always) < support.criteria.len() {
            let shows = text("对这家企业适用", "it applies to this firm");
            let example = self.example(&support.id, &[(node, Truth::True)], shows)?;
            let message = text(
                format!("没有企业会被“{}”排除", support.title.zh),
                format!("`{}` excludes no firm", support.id),
            );
            let help = text(
                "核对各条：总有一条不会不符合",
                "at least one criterion should be able to fail",
            );
            self.findings.push(Finding {
                example,
                ..finding(FindingKind::SupportNeverFails, message, help)
            });
        }
        self.never_decided(id, support)
    }

    /// A support that stays open when a firm has answered all that a firm can answer.
    fn never_decided(&mut self, id: SupportId, support: &Support) -> Result<(), Stop> {
        let catalogue = &self.plan.book.catalogue;
        let node = *self.plan.supports.at(id);
        let root = self.model.node(Firms::FullButOffices, BOOK, node)?;
        for truth in [Truth::True, Truth::False] {
            if self.model.exists(Firms::FullButOffices, &[(root, truth.into())])? {
                return Ok(());
            }
        }
        let open = [(root, Truth::Unknown.into())];
        let Some(mut smallest) = self.model.smallest(Firms::FullButOffices, &open)? else {
            return Ok(());
        };
        self.model.answer_conditions(&mut smallest, &[root]);
        let profile = self.model.profile(BOOK, &smallest);
        let missing = Answer::new(self.plan, &profile, super::ANY_DAY).missing_for(id);
        let label = |of: fn(&LocalizedText) -> &str, separator: &str| {
            let labels = missing.iter().map(|fact| of(&catalogue.fact(fact).label).to_owned());
            labels.collect::<Vec<_>>().join(separator)
        };
        let message = text(
            format!(
                "企业自己怎么答，“{}”都定不下来，要看：{}",
                support.title.zh,
                label(|text| &text.zh, "、")
            ),
            format!(
                "`{}` stays undetermined whatever firms answer; it hangs on: {}",
                support.id,
                label(|text| &text.en, ", ")
            ),
        );
        let shows =
            text("能答的都答了，仍然待定", "it has answered all that it can, and it is still open");
        let example =
            Some(self.checked(&support.id, &smallest, &[(node, Truth::Unknown)], shows)?);
        let help = text(
            "如果只有窗口能定，写明理由接受；否则让这个事实项可以由企业回答",
            "accept it with a reason if only the office can say; else let firms answer the fact",
        );
        self.findings.push(Finding {
            kind: FindingKind::SupportNeverDecided,
            message,
            help,
            example,
            ..Finding::of_support(id, support)
        });
        Ok(())
    }
}

/// Changes that `would_change` would hold out, though no firm can be where they would help.
pub(super) fn changes(analyst: &mut Analyst<'_, '_>) -> Result<(), Stop> {
    let plan = analyst.plan;
    for (id, support) in plan.book.supports.iter_enumerated() {
        // What can apply to nobody was reported, and no change helps.
        if analyst.found(id, &[FindingKind::CriterionNever, FindingKind::SupportNever]) > 0 {
            continue;
        }
        analyst.model.reclaim();
        for counterfactual in plan.counterfactuals.at(id) {
            if analyst.is_possible(counterfactual)? {
                continue;
            }
            let catalogue = &plan.book.catalogue;
            let labels = |of: fn(&LocalizedText) -> &str, separator: &str| {
                let needs = counterfactual.needs.iter();
                let labels = needs.map(|need| of(&catalogue.fact(need.fact).label).to_owned());
                labels.collect::<Vec<_>>().join(separator)
            };
            let names: Vec<&str> = (counterfactual.needs.iter())
                .map(|need| catalogue.fact(need.fact).name.as_str())
                .collect();
            analyst.findings.push(Finding {
                kind: FindingKind::ChangeNever,
                about: format!("{}/{}", support.id, names.join("+")),
                message: text(
                    format!(
                        "“{}”的一种改法（{}）帮不了任何企业",
                        support.title.zh,
                        labels(|text| &text.zh, "、")
                    ),
                    format!(
                        "one way to make `{}` apply ({}) can help no firm",
                        support.id,
                        labels(|text| &text.en, ", ")
                    ),
                ),
                help: text(
                    "它要求的其他条件没有企业能同时满足：核对这些条件",
                    "no firm can meet what it presupposes: compare the conditions",
                ),
                ..Finding::of_support(id, support)
            });
        }
    }
    Ok(())
}

impl Analyst<'_, '_> {
    /// Whether a firm can be where a change would help, with the values that it asks for.
    fn is_possible(&mut self, change: &Counterfactual) -> Result<bool, Stop> {
        let mut all = self.conditions(Firms::Consistent, &change.preconditions)?;
        for need in &change.needs {
            all.push((self.domain(need.fact, &need.domain)?, Truth::True.into()));
        }
        Ok(self.model.exists(Firms::Consistent, &all)?)
    }
}

/// Windows that are never open, and dates in them that have no effect.
pub(super) fn windows(analyst: &mut Analyst<'_, '_>) {
    for (id, support) in analyst.plan.book.supports.iter_enumerated() {
        let window = &support.window;
        let closes = window.closes.as_ref().map(|(date, _)| *date);
        let lapsed = window.lapsed.as_ref().map(|(date, _)| *date);
        let never = window.opens.is_some_and(|opens| {
            closes.is_some_and(|closes| closes < opens) || lapsed.is_some_and(|day| day <= opens)
        });
        let mut add = |kind, zh: String, en: String| {
            let help = text("核对窗口的日期", "compare the dates of the window");
            let finding =
                Finding { kind, message: text(zh, en), help, ..Finding::of_support(id, support) };
            analyst.findings.push(finding);
        };
        if never {
            let zh = format!("“{}”在哪一天都不开放", support.title.zh);
            add(FindingKind::WindowNever, zh, format!("`{}` is open on no day", support.id));
        } else if closes.zip(lapsed).is_some_and(|(closes, lapsed)| lapsed <= closes) {
            let zh = format!("“{}”先失效，截止日期没有作用", support.title.zh);
            let en = format!("`{}` lapses before it closes: `closes` has no effect", support.id);
            add(FindingKind::WindowDateUnused, zh, en);
        }
    }
}

impl Finding {
    /// A finding about a support, its texts still empty.
    pub(super) fn of_support(id: SupportId, support: &Support) -> Self {
        Self {
            kind: FindingKind::SupportNever,
            about: support.id.clone(),
            subject: Subject::Support { id, label: None },
            message: LocalizedText::default(),
            help: LocalizedText::default(),
            example: None,
            accepted: None,
        }
    }
}
