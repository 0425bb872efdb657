//! What excludes a firm, the groups of an answer, and its errands, for random firms.

use crate::firms::{Firms, to_json};
use crate::support::advisor;
use export_advisor_core::assessment::{Errand, errands, grouped, warnings};
use export_advisor_core::evaluate::{Answer, Group, TILE_ROWS};
use export_advisor_core::facts::{Profile, Value};
use export_advisor_core::plan::{NodeId, Plan};
use export_advisor_core::rulebook::{Access, ExcludedBy, Status, SupportId, WindowState};
use export_advisor_core::truth::Truth;
use jiff::civil::{Date, date};
use std::collections::BTreeSet;

const FIRMS: usize = 20_000;
const DAY: Date = date(2026, 11, 25);

type Excluded = dyn Fn(&Answer<'_>, SupportId) -> Option<ExcludedBy>;

fn contradicts(answer: &Answer<'_>) -> bool {
    let reported = warnings(answer);
    reported.iter().any(|w| w.code == "contradiction" || w.code.starts_with("conflict:"))
}

/// With more answers, what excludes a firm only becomes stronger.
fn only_becomes_stronger(plan: &Plan, firms: usize, excluded: &Excluded) -> Result<(), String> {
    let mut random = Firms::new(plan, 41);
    for _ in 0..firms {
        let more = random.firm();
        let after = Answer::new(plan, &more, DAY);
        if contradicts(&after) {
            continue;
        }
        let mut less = more.clone();
        for (id, _) in more.iter() {
            if random.rng().f64() < 0.3 {
                less.set(id, Value::NotAnswered);
            }
        }
        let before = Answer::new(plan, &less, DAY);
        for id in plan.supports.indices() {
            let (few, many) = (excluded(&before, id), excluded(&after, id));
            if few.is_some_and(|few| many.is_none_or(|many| many > few)) {
                let json = to_json(plan, &more, &mut fastrand::Rng::with_seed(0));
                let support = &plan.book.supports[id].id;
                return Err(format!("{support}: {few:?} became {many:?}: {json}"));
            }
        }
    }
    Ok(())
}

#[test]
fn more_answers_move_what_excludes_towards_the_text() {
    let plan = &advisor().plan;
    only_becomes_stronger(plan, FIRMS, &|answer, id| answer.excluded_by(id)).unwrap();
}

#[test]
fn naming_the_last_criterion_that_fails_is_caught() {
    let plan = &advisor().plan;
    let planted = |answer: &Answer<'_>, id: SupportId| {
        let nodes = plan.criteria[id].iter().zip(&plan.book.supports[id].criteria);
        let failed = nodes.filter(|(node, _)| answer.truth(**node) == false.into());
        failed.map(|(_, criterion)| criterion.basis.excludes_by()).max()
    };
    assert!(only_becomes_stronger(plan, 2000, &planted).is_err());
}

#[test]
fn a_support_that_does_not_apply_is_excluded_by_exactly_one_thing() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 42);
    let mut seen = BTreeSet::new();
    for _ in 0..FIRMS {
        let profile = random.firm();
        let answer = Answer::new(plan, &profile, DAY);
        for id in plan.supports.indices() {
            let by = answer.excluded_by(id);
            assert_eq!(by.is_some(), answer.status(id) == Status::DoesNotApply);
            let exclusion = plan.exclusions[id];
            let known = [exclusion.text, exclusion.needs].into_iter().flatten();
            let asks_anyway = by == Some(ExcludedBy::Reading)
                && known.clone().all(|node| answer.truth(node).is_known())
                && plan.book.supports[id].access == Access::Apply
                && answer.window(id) == WindowState::Open;
            assert_eq!(Group::of(&answer, id) == Group::AskAnyway, asks_anyway);
            seen.insert((by, Group::of(&answer, id)));
        }
    }
    for by in ExcludedBy::ALL {
        assert!(seen.iter().any(|(found, _)| *found == Some(by)), "never {by:?}");
    }
    for group in Group::ALL {
        assert!(seen.iter().any(|(_, found)| *found == group), "never {group:?}");
    }
}

type ErrandsOf = dyn Fn(&Answer<'_>) -> Vec<Errand<'static>>;

/// Each office of each open support that applies and has a counter stands in one errand, once.
fn every_counter_once(firms: usize, errands_of: &ErrandsOf) -> Result<(), String> {
    let advisor = advisor();
    let (plan, book) = (&advisor.plan, advisor.book());
    let mut random = Firms::new(plan, 43);
    for _ in 0..firms {
        let profile: Profile = random.firm();
        let answer = Answer::new(plan, &profile, DAY);
        let mut expected = Vec::new();
        for (id, support) in book.supports.iter_enumerated() {
            let open = answer.window(id) == WindowState::Open;
            let applies = answer.status(id) == Status::Applies;
            if open && applies && support.access == Access::Apply {
                let channels = support.next_steps.iter().filter_map(|step| step.channel);
                expected.extend(channels.map(|channel| (channel, id)));
            }
        }
        let errands = errands_of(&answer);
        let mut found = Vec::new();
        for errand in &errands {
            found.extend(errand.supports.iter().map(|id| (errand.channel, *id)));
            let asks: BTreeSet<&str> = errand.asks.iter().map(|ask| ask.zh.as_str()).collect();
            let papers: BTreeSet<_> = errand.papers.iter().collect();
            if asks.len() != errand.asks.len() || papers.len() != errand.papers.len() {
                return Err("a question or a paper stands twice".to_owned());
            }
        }
        let offices: BTreeSet<_> = errands.iter().map(|errand| errand.channel).collect();
        expected.sort_unstable();
        found.sort_unstable();
        if expected != found || offices.len() != errands.len() {
            let json = to_json(plan, &profile, &mut fastrand::Rng::with_seed(0));
            return Err(format!("expected {expected:?}, found {found:?}: {json}"));
        }
        let weights: Vec<usize> = errands.iter().map(|errand| errand.supports.len()).collect();
        if !weights.is_sorted_by(|a, b| a >= b) {
            return Err(format!("the errands do not come by what they settle: {weights:?}"));
        }
    }
    Ok(())
}

#[test]
fn errands_have_every_counter_once() {
    every_counter_once(FIRMS, &|answer| errands(advisor(), answer)).unwrap();
}

#[test]
fn an_errand_left_out_is_caught() {
    let planted = |answer: &Answer<'_>| {
        let mut all = errands(advisor(), answer);
        all.pop();
        all
    };
    assert!(every_counter_once(500, &planted).is_err());
}

#[test]
fn nothing_is_open_before_its_document_was_issued() {
    let plan = &advisor().plan;
    let profile = Profile::empty(&plan.book.catalogue);
    for (id, policy) in plan.book.policies.iter_enumerated() {
        let first = policy.in_force.from;
        for (day, expected) in
            [(first.yesterday().unwrap(), WindowState::NotYetOpen), (first, WindowState::Open)]
        {
            let answer = Answer::new(plan, &profile, day);
            let of = plan.book.supports.iter_enumerated().filter(|(_, s)| s.policy == id);
            for (id, support) in of {
                if support.window.closes.is_none() && support.window.lapsed.is_none() {
                    assert_eq!(answer.window(id), expected, "{} on {day}", support.id);
                }
            }
        }
    }
}

#[test]
fn supports_come_by_their_rarest_condition() {
    let advisor = advisor();
    let plan = &advisor.plan;
    let firms = plan.book.population.firms(&plan.book.catalogue, 2 * TILE_ROWS);
    let firms: Vec<Profile> = firms.collect();
    let answers = firms.iter().map(|firm| Answer::new(plan, firm, DAY));
    let answers: Vec<Answer<'_>> = answers.collect();
    let rarest = |id: &SupportId| {
        let meeting =
            |node: NodeId| answers.iter().filter(|a| a.truth(node) == Truth::True).count();
        plan.criteria.at(*id).iter().map(|node| meeting(*node)).min().unwrap()
    };
    let order = advisor.in_order();
    let common = 2 * TILE_ROWS * 3 / 5;
    let supports = &plan.book.supports;
    let (related, alone): (Vec<SupportId>, Vec<SupportId>) =
        order.iter().copied().partition(|id| !supports.at(*id).relations.is_empty());
    assert!(alone.is_sorted_by_key(|id| (rarest(id).min(common), *id)));
    // Right behind the one that it relates to, or behind another that relates to that one.
    assert!(related.len() > 10);
    for id in related {
        let at = |id: SupportId| order.iter().position(|other| *other == id).unwrap();
        let before = order[at(id) - 1];
        let to = |id: SupportId| supports.at(id).relations.iter().map(|relation| relation.to);
        assert!(to(id).any(|one| one == before || to(before).any(|other| other == one)));
    }
    let all: BTreeSet<SupportId> = order.iter().copied().collect();
    assert_eq!((all.len(), order.len()), (plan.supports.len(), plan.supports.len()));
    assert!(rarest(&alone[0]) < 50 && rarest(&order[order.len() - 1]) > common);
}

/// Of the firms of the population: what many get is nobody's first card, what few get is first for those few.
#[test]
fn a_firm_reads_first_what_few_others_read() {
    let advisor = advisor();
    let plan = &advisor.plan;
    let id = |name: &str| plan.book.find(name).unwrap().0;
    let firms = plan.book.population.firms(&plan.book.catalogue, 2 * TILE_ROWS);
    let (mut with_fta, mut with_plant) = (0, 0);
    for firm in firms {
        let answer = Answer::new(plan, &firm, DAY);
        let grouped = grouped(advisor, &answer);
        let cards = grouped.iter().filter(|(group, _)| *group == Group::Now);
        let cards: Vec<SupportId> = cards.map(|(_, id)| *id).collect();
        if cards.contains(&id("fta-use")) && cards.len() > 1 {
            with_fta += 1;
            assert_ne!(cards[0], id("fta-use"), "{cards:?}");
        }
        let at = |name: &str| cards.iter().position(|card| *card == id(name));
        if let (Some(insurance), Some(finance)) =
            (at("plant-credit-insurance"), at("plant-finance"))
        {
            with_plant += 1;
            assert!(insurance < finance);
        }
        if let Some(processing) = at("border-landed-processing") {
            assert_eq!(processing, 0, "{cards:?}");
        }
    }
    assert!(with_fta > 500 && with_plant > 5, "{with_fta} {with_plant}");
}
