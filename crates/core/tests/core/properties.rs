//! What must hold of every firm. Each harness is also run with a planted fault that it must catch.

use crate::firms::{Firms, to_json};
use crate::support::{advisor, files};
use export_advisor_core::assessment::{Detail, warnings, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{FactId, FactSet, Kind, Profile, Value, parse};
use export_advisor_core::plan::{Item, Need, Node, NodeId, Plan, ValueDomain};
use export_advisor_core::rulebook::{ExcludedBy, Status};
use export_advisor_core::script::{Oracle, load};
use export_advisor_core::truth::Truth;
use jiff::civil::{Date, date};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// How many random firms each property is held to.
const FIRMS: usize = 20_000;
/// A day on which every window is open.
const DAY: Date = date(2025, 6, 1);

type Found = Result<(), String>;

fn statuses(plan: &Plan, profile: &Profile) -> Vec<Status> {
    let answer = Answer::new(plan, profile, DAY);
    (0..plan.supports.len()).map(|index| answer.status(index)).collect()
}

fn reported(plan: &Plan, profile: &Profile, index: usize) -> String {
    let mut rng = fastrand::Rng::with_seed(0);
    let id = &plan.book.supports[index].id;
    format!("{id} of {}", to_json(plan, profile, &mut rng))
}

/// Whether a warning says that answers contradict each other: the one exception to “learning more
/// never flips an answer”.
fn contradicts(plan: &Plan, profile: &Profile) -> bool {
    let reported = warnings(&Answer::new(plan, profile, DAY));
    reported.iter().any(|w| w.code == "contradiction" || w.code.starts_with("conflict:"))
}

// ---- the plan says what the scripts say --------------------------------------------------------

fn plan_is_oracle(plan: &Plan, firms: usize) -> Found {
    let oracle = Oracle::new(files(), &plan.book).unwrap();
    let mut random = Firms::new(&advisor().plan, 1);
    for _ in 0..firms {
        let profile = random.firm();
        let verdict = oracle.ask(&profile);
        let answer = Answer::new(plan, &profile, DAY);
        let supports: BTreeMap<String, Truth> = (plan.book.supports.iter().zip(&plan.supports))
            .map(|(support, node)| (support.id.clone(), answer.truth(*node)))
            .collect();
        let conflicts: BTreeMap<String, Truth> = (plan.book.conflicts.iter().zip(&plan.conflicts))
            .map(|(conflict, node)| (conflict.id.clone(), answer.truth(*node)))
            .collect();
        let excluded: BTreeMap<String, ExcludedBy> = (plan.book.supports.iter_enumerated())
            .filter_map(|(id, support)| Some((support.id.clone(), answer.excluded_by(id)?)))
            .collect();
        if excluded != verdict.excluded_by {
            let json = to_json(plan, &profile, &mut fastrand::Rng::with_seed(0));
            return Err(format!(
                "excluded by: plan {excluded:?}, scripts {:?}, firm {json}",
                verdict.excluded_by
            ));
        }
        for (mine, theirs) in [(supports, verdict.supports), (conflicts, verdict.conflicts)] {
            if let Some((id, truth)) =
                mine.iter().find(|(id, truth)| theirs.get(*id) != Some(truth))
            {
                let json = to_json(plan, &profile, &mut fastrand::Rng::with_seed(0));
                return Err(format!(
                    "{id}: plan {truth}, scripts {:?}, firm {json}",
                    theirs.get(id)
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn the_plan_says_what_the_scripts_say() {
    plan_is_oracle(&advisor().plan, FIRMS).unwrap();
}

#[test]
fn a_planted_fault_in_the_plan_is_caught() {
    let mut book = load(files()).into_result().unwrap();
    let mut supports = (&mut book.supports).into_iter();
    let support = supports.find(|support| support.criteria.len() > 1).unwrap();
    support.criteria.pop();
    assert!(plan_is_oracle(&Plan::new(book), 200).is_err());
}

// ---- learning more never flips an answer -------------------------------------------------------

/// Fails where more answers turn a status into its opposite.
fn compared(plan: &Plan, more: &Profile, few: &[Status], many: &[Status]) -> Found {
    for (index, (few, many)) in few.iter().zip(many).enumerate() {
        if *few != Status::Undetermined && few != many {
            return Err(format!("{few:?} became {many:?}: {}", reported(plan, more, index)));
        }
    }
    Ok(())
}

fn more_never_changes(
    plan: &Plan,
    firms: usize,
    status: &dyn Fn(&Profile) -> Vec<Status>,
) -> Found {
    let mut random = Firms::new(plan, 2);
    for _ in 0..firms {
        let more = random.firm();
        // The one exception: an answer that contradicts what follows from others.
        if contradicts(plan, &more) {
            continue;
        }
        let mut less = more.clone();
        for (id, _) in more.iter() {
            if random.rng().f64() < 0.3 {
                less.set(id, Value::NotAnswered);
            }
        }
        compared(plan, &more, &status(&less), &status(&more))?;
    }
    Ok(())
}

/// The facts that decide a condition, through derived facts too.
fn facts_of(plan: &Plan, node: NodeId) -> HashSet<FactId> {
    let (mut waiting, mut seen, mut facts) = (vec![node], HashSet::new(), HashSet::new());
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        match plan.node(id) {
            Node::Test((fact, _)) => drop(facts.insert(*fact)),
            node => waiting.extend(node.parts().copied()),
        }
    }
    facts
}

/// Firms that answer what one conflict and one support test: where answers almost contradict each other, a warning may be
/// missing, and firms that answer any facts come there too rarely.
fn more_never_changes_beside(conflicts: &[NodeId], plan: &Plan, firms: usize) -> Found {
    let mut random = Firms::new(plan, 12);
    for conflict in conflicts {
        let facts = facts_of(plan, *conflict);
        let own: HashSet<FactId> = (plan.tests(*conflict).into_iter())
            .filter_map(|test| match plan.node(test) {
                Node::Test((fact, _)) => Some(*fact),
                _ => None,
            })
            .collect();
        for support in &plan.supports {
            let asked = facts_of(plan, *support);
            if asked.is_disjoint(&facts) {
                continue;
            }
            for _ in 0..firms {
                let mut more = Profile::empty(&plan.book.catalogue);
                for fact in facts.union(&asked) {
                    // Stated derived facts contradict what they are derived from.
                    let share = match (own.contains(fact), plan.is_derived(*fact)) {
                        (true, _) => 0.85,
                        (false, true) => 0.05,
                        (false, false) => 0.7,
                    };
                    if random.rng().f64() < share {
                        let value = random.value(*fact);
                        more.set(*fact, value);
                    }
                }
                if contradicts(plan, &more) {
                    continue;
                }
                let decided = statuses(plan, &more);
                for dropped in &own {
                    let mut less = more.clone();
                    less.set(*dropped, Value::NotAnswered);
                    compared(plan, &more, &statuses(plan, &less), &decided)?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn answers_beside_a_conflict_never_change_a_decided_answer() {
    let plan = &advisor().plan;
    more_never_changes_beside(&plan.conflicts, plan, 2_000).unwrap();
}

#[test]
fn a_conflict_that_is_not_reported_is_caught() {
    let mut plan = Plan::new(load(files()).into_result().unwrap());
    let conflicts = plan.conflicts.clone();
    let named = |id: &str| plan.book.conflicts.iter().position(|one| one.id == id).unwrap();
    let unreported = named("import-sources-without-imports");
    let other = (unreported + 1) % conflicts.len();
    plan.conflicts[unreported] = conflicts[other];
    let found = more_never_changes_beside(&conflicts[unreported..=unreported], &plan, 2_000);
    assert!(found.unwrap_err().contains("import_sources"));
}

#[test]
fn learning_more_never_changes_a_decided_answer() {
    let plan = &advisor().plan;
    more_never_changes(plan, FIRMS, &|profile| statuses(plan, profile)).unwrap();
}

#[test]
fn taking_unknown_for_no_is_caught() {
    let plan = &advisor().plan;
    let fact = plan.book.catalogue.find("financing_need").unwrap().id;
    let planted = |profile: &Profile| {
        let mut guessed = profile.clone();
        if *profile.value(fact) == Value::NotAnswered {
            guessed.set(fact, Value::Bool(false));
        }
        statuses(plan, &guessed)
    };
    assert!(more_never_changes(plan, 2000, &planted).is_err());
}

// ---- answering what is missing decides ---------------------------------------------------------

fn missing_decides(
    plan: &Plan,
    firms: usize,
    missing: &dyn Fn(&Answer<'_>, usize) -> FactSet,
) -> Found {
    let mut random = Firms::new(plan, 3);
    for _ in 0..firms {
        let profile = random.firm();
        let answer = Answer::new(plan, &profile, DAY);
        for index in 0..plan.supports.len() {
            let facts = missing(&answer, index);
            if answer.status(index) != Status::Undetermined {
                if !facts.is_empty() {
                    return Err(format!(
                        "decided, yet something is missing: {}",
                        reported(plan, &profile, index)
                    ));
                }
                continue;
            }
            let mut full = profile.clone();
            for fact in facts.iter() {
                let value = random.value(fact);
                // A code that fails its check is no answer.
                if value.is_known() || matches!(value, Value::UncheckedCode(_)) {
                    full.set(fact, value);
                }
            }
            let uncertain = full.iter().any(|(_, v)| matches!(v, Value::UncheckedCode(_)));
            if !uncertain && statuses(plan, &full)[index] == Status::Undetermined {
                return Err(format!("still open with {}", reported(plan, &full, index)));
            }
        }
    }
    Ok(())
}

#[test]
fn answering_what_is_missing_decides() {
    missing_decides(&advisor().plan, FIRMS, &|answer, index| answer.missing_for(index)).unwrap();
}

#[test]
fn a_missing_fact_left_out_is_caught() {
    let planted = |answer: &Answer<'_>, index: usize| {
        let mut facts = answer.missing_for(index);
        if let Some(first) = facts.iter().next() {
            facts.remove(first);
        }
        facts
    };
    assert!(missing_decides(&advisor().plan, 200, &planted).is_err());
}

/// A fact that is missing in a rare case although it cannot decide: docs/semantics.md describes it.
const KNOWN_EXCESS: [(&str, &str); 2] =
    [("plans_to_trade", "fta-use"), ("plans_to_trade", "fta-promotion-events")];

/// Only what could decide is missing: for each such fact there are two completions that differ in
/// nothing but its value, and in the status.
fn only_what_could_decide(
    plan: &Plan,
    firms: usize,
    missing: &dyn Fn(&Answer<'_>, usize) -> FactSet,
) -> Found {
    /// The rarest combination that decides is found in far fewer.
    const TRIES: usize = 40_000;
    let mut random = Firms::new(plan, 4);
    for _ in 0..firms {
        let profile = random.firm();
        let answer = Answer::new(plan, &profile, DAY);
        let index = random.rng().usize(0..plan.supports.len());
        let facts = missing(&answer, index);
        for fact in facts.iter() {
            let decides = (0..TRIES).any(|_| {
                // An input speaks only while what takes precedence over it, often a derived fact, is not stated.
                let [inputs, derived] = [0, 1].map(|_| random.rng().f64());
                // A chain of alternatives is decided by its last part only where all others fail.
                let noes = random.rng().f64();
                let mut full = profile.clone();
                for other in facts.iter() {
                    let share = if plan.is_derived(other) { inputs * derived } else { inputs };
                    if random.rng().f64() < share {
                        let no = random.rng().f64() < noes;
                        let no = no.then(|| denial(plan, other)).flatten();
                        let value = no.unwrap_or_else(|| random.value(other));
                        full.set(other, value);
                    }
                }
                let mut seen = HashSet::new();
                for _ in 0..6 {
                    full.set(fact, random.value(fact));
                    seen.insert(statuses(plan, &full)[index]);
                }
                seen.len() > 1
            });
            let name = &plan.book.catalogue.fact(fact).name;
            let support = &plan.book.supports[index].id;
            let is_known = KNOWN_EXCESS.contains(&(name.as_str(), support.as_str()));
            if !decides && !is_known {
                return Err(format!("{name} cannot decide {}", reported(plan, &profile, index)));
            }
        }
    }
    Ok(())
}

/// The answer that denies a fact, if its type has one.
fn denial(plan: &Plan, fact: FactId) -> Option<Value> {
    match plan.book.catalogue.fact(fact).kind {
        Kind::Bool => Some(Value::Bool(false)),
        Kind::EnumList => Some(Value::EnumList(Vec::new())),
        Kind::Codes { .. } => Some(Value::Codes(Vec::new())),
        _ => None,
    }
}

#[test]
fn only_what_could_decide_is_missing() {
    only_what_could_decide(&advisor().plan, 400, &|answer, index| answer.missing_for(index))
        .unwrap();
}

#[test]
fn a_fact_that_cannot_decide_is_caught() {
    let plan = &advisor().plan;
    let planted = |answer: &Answer<'_>, index: usize| {
        let mut facts = answer.missing_for(index);
        let idle = |fact: &FactId| !plan.used_by[*fact].contains(&index.into());
        if !facts.is_empty() {
            facts.insert(plan.book.catalogue.facts.indices().find(idle).unwrap());
        }
        facts
    };
    assert!(only_what_could_decide(plan, 100, &planted).is_err());
}

// ---- what would change it, changes it, and nothing smaller does --------------------------------

type Changes = Vec<Vec<Need>>;

fn changes(plan: &Plan, profile: &Profile, index: usize) -> Changes {
    let answer = Answer::new(plan, profile, DAY);
    let needs =
        |change: &export_advisor_core::evaluate::Change<'_>| change.needs().cloned().collect();
    answer.changes(index).iter().map(needs).collect()
}

/// The value of a fact after a change that it needs.
fn changed(old: &Value, domain: &ValueDomain, candidates: &[Value]) -> Value {
    match domain {
        ValueDomain::Bool(yes) => Value::Bool(*yes),
        ValueDomain::EnumList(values) => Value::Enum(values[0]),
        ValueDomain::List { has, lacks, .. } => {
            let (mut codes, mut values) = match old {
                Value::Codes(codes) => (codes.clone(), vec![]),
                Value::EnumList(values) => (vec![], values.clone()),
                _ => (vec![], vec![]),
            };
            for any in has {
                match &any[0] {
                    Item::Enum(value) => values.push(*value),
                    Item::Code(code) | Item::Start(code) => codes.push(code.clone()),
                }
            }
            codes.retain(|code| !lacks.contains(&Item::Code(code.clone())));
            values.retain(|value| !lacks.contains(&Item::Enum(*value)));
            let value =
                if values.is_empty() { Value::Codes(codes) } else { Value::EnumList(values) };
            if domain.admits(&value) {
                return value;
            }
            candidates.iter().find(|value| domain.admits(value)).unwrap().clone()
        }
        _ => candidates.iter().find(|value| domain.admits(value)).unwrap().clone(),
    }
}

fn changes_are_smallest(
    plan: &Plan,
    firms: usize,
    supports: Range<usize>,
    find: &dyn Fn(&Profile, usize) -> Changes,
) -> Found {
    let mut random = Firms::new(plan, 5);
    let changeable = |index: &usize| -> Vec<FactId> {
        let facts = plan.book.catalogue.facts.iter().filter(|fact| fact.changeable);
        facts.map(|f| f.id).filter(|f| plan.used_by[*f].contains(&(*index).into())).collect()
    };
    let changeable: Vec<Vec<FactId>> = supports.clone().map(|index| changeable(&index)).collect();
    for _ in 0..firms {
        let profile = random.firm();
        let index = random.rng().usize(supports.clone());
        let changeable = &changeable[index - supports.start];
        let sets = find(&profile, index);
        if statuses(plan, &profile)[index] == Status::Applies {
            if !sets.is_empty() {
                return Err(format!("applies already: {}", reported(plan, &profile, index)));
            }
            continue;
        }
        let holds = |profile: &Profile| statuses(plan, profile)[index] == Status::Applies;
        for set in &sets {
            let mut full = profile.clone();
            for need in set {
                let candidates = random.candidates(need.fact);
                full.set(need.fact, changed(profile.value(need.fact), &need.domain, candidates));
            }
            if !holds(&full) {
                return Err(format!(
                    "a change changes nothing: {set:?} for {}",
                    reported(plan, &profile, index)
                ));
            }
            for left_out in set {
                let mut less = full.clone();
                less.set(left_out.fact, profile.value(left_out.fact).clone());
                if holds(&less) {
                    return Err(format!(
                        "{set:?} is not smallest for {}",
                        reported(plan, &profile, index)
                    ));
                }
            }
        }
        // And none is forgotten: whatever one or two changes do is among the sets.
        let covered = |facts: &[FactId]| {
            sets.iter().any(|set| set.iter().all(|need| facts.contains(&need.fact)))
        };
        let tries = if changeable.is_empty() { 0 } else { 60 };
        for _ in 0..tries {
            let one = changeable[random.rng().usize(0..changeable.len())];
            let two = changeable[random.rng().usize(0..changeable.len())];
            let mut tried = profile.clone();
            for fact in [one, two] {
                let value = random.value(fact);
                tried.set(fact, value);
            }
            if holds(&tried) && !covered(&[one, two]) {
                return Err(format!("a way was forgotten: {}", reported(plan, &tried, index)));
            }
        }
    }
    Ok(())
}

#[test]
fn changes_change_and_nothing_smaller_does() {
    let plan = &advisor().plan;
    let all = 0..plan.supports.len();
    changes_are_smallest(plan, FIRMS, all, &|profile, index| changes(plan, profile, index))
        .unwrap();
}

#[test]
fn a_set_too_large_and_a_set_too_small_are_caught() {
    let plan = &advisor().plan;
    let idle = plan.book.catalogue.find("wants_overseas_fair").unwrap().id;
    let large = |profile: &Profile, index: usize| {
        let mut sets = changes(plan, profile, index);
        for set in &mut sets {
            if !set.iter().any(|need| need.fact == idle) {
                set.push(Need { fact: idle, domain: ValueDomain::Bool(true) });
            }
        }
        sets
    };
    assert!(changes_are_smallest(plan, 500, 0..plan.supports.len(), &large).is_err());
    let small = |profile: &Profile, index: usize| {
        let mut sets = changes(plan, profile, index);
        sets.iter_mut().for_each(|set| drop(set.pop()));
        sets.retain(|set| !set.is_empty());
        sets
    };
    assert!(changes_are_smallest(plan, 500, 0..plan.supports.len(), &small).is_err());
}

// ---- the same under rules that no policy has ---------------------------------------------------

/// A condition as a script writes it: small, with every connective, over few facts, so that its
/// parts meet again and again.
fn condition(rng: &mut fastrand::Rng, depth: usize) -> String {
    const TESTS: &[&str] = &[
        "firm.foreign_trade",
        "firm.exports_goods",
        "firm.imports_goods",
        "firm.financing_need",
        "firm.in_import_catalogue",
        "firm.markets.is_empty()",
        "\"JP\" in firm.markets",
        "firm.cbec.has_any([\"retail_export\", \"b2b_export\"])",
        "firm.division.starts_with(\"44\")",
        "firm.gba9",
    ];
    let test = TESTS[rng.usize(0..TESTS.len())];
    if depth == 0 {
        return test.to_owned();
    }
    let mut part = || condition(rng, depth - 1);
    let (a, b) = (part(), part());
    match rng.usize(0..8) {
        0..3 => format!("({a} and {b})"),
        3..5 => format!("({a} or {b})"),
        5 => format!("any_of([{test}]).otherwise({a})"),
        6 => format!("!({a})"),
        _ => a,
    }
}

/// The built-in rules with another support in place of that of measure 6.
fn book_with(criteria: &[String]) -> Plan {
    const SCRIPT: &str = "rules/gbf-2023-10/06-equipment-imports.rhai";
    let mut files = files().clone();
    let text = files.get(SCRIPT).unwrap();
    let (before, after) =
        (text.find("    .requires(").unwrap(), text.find("    .confirm(").unwrap());
    let requires: String = (criteria.iter())
        .map(|criterion| format!("    .requires(\"条件\", \"criterion\", stated, {criterion})\n"))
        .collect();
    let text = format!("{}{requires}{}", &text[..before], &text[after..]);
    files.insert(SCRIPT, &text);
    let book = load(&files).into_result();
    Plan::new(book.unwrap_or_else(|faults| panic!("{criteria:?}: {}", faults[0])))
}

/// Some whose parts get in each other's way, and random ones.
fn awkward_books() -> impl Iterator<Item = (Vec<String>, Plan)> {
    let written = [
        vec!["firm.foreign_trade", "!firm.foreign_trade or firm.financing_need"],
        vec![
            "firm.division.starts_with(\"44\").otherwise(firm.in_import_catalogue and firm.financing_need) \
             or (firm.division.starts_with(\"44\").otherwise(firm.financing_need) and firm.in_import_catalogue)",
        ],
    ];
    let written = written.into_iter().map(|list| list.into_iter().map(str::to_owned).collect());
    let mut rng = fastrand::Rng::with_seed(9);
    let random = (0..20).map(move |_| (0..2).map(|_| condition(&mut rng, 2)).collect());
    written.chain(random).map(|criteria: Vec<String>| {
        let plan = book_with(&criteria);
        (criteria, plan)
    })
}

#[test]
fn changes_under_awkward_rules_change_and_nothing_smaller_does() {
    for (criteria, plan) in awkward_books() {
        let index = plan.book.supports.iter().position(|s| s.measure == 6).unwrap();
        let find = |profile: &Profile, index: usize| changes(&plan, profile, index);
        let found = changes_are_smallest(&plan, 300, index..index + 1, &find);
        found.unwrap_or_else(|reported| panic!("{criteria:?}: {reported}"));
    }
}

// ---- the order of keys is nothing --------------------------------------------------------------

fn order_is_nothing(firms: usize, write: &dyn Fn(&Profile, &str) -> String) -> Found {
    let advisor = advisor();
    let book = advisor.book();
    let mut random = Firms::new(&advisor.plan, 6);
    for _ in 0..firms {
        let profile = random.firm();
        let answers: Vec<String> = (0..2)
            .map(|_| {
                let json = to_json(&advisor.plan, &profile, random.rng());
                let read = parse(&book.catalogue, &book.reference, json.as_bytes()).unwrap();
                write(&read, &json)
            })
            .collect();
        if answers[0] != answers[1] {
            return Err(answers[0].clone());
        }
    }
    Ok(())
}

fn written(profile: &Profile) -> String {
    let mut out = String::new();
    let answer = Answer::new(&advisor().plan, profile, DAY);
    write_json(advisor(), &answer, &Detail::Full.into(), &mut out);
    out
}

#[test]
fn the_order_of_keys_is_nothing() {
    order_is_nothing(FIRMS, &|profile, _| written(profile)).unwrap();
}

#[test]
fn an_answer_that_follows_the_order_is_caught() {
    assert!(order_is_nothing(50, &|profile, json| format!("{}{json}", written(profile))).is_err());
}

// ---- an answer is written where it begins ------------------------------------------------------

#[test]
fn an_answer_has_capacity_from_the_start_and_little_more() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 8);
    let mut firms: Vec<Profile> = (0..500).map(|_| random.firm()).collect();
    firms.push(Profile::empty(&plan.book.catalogue));
    for detail in [Detail::Status, Detail::Missing, Detail::Reasons, Detail::Full] {
        let sizes = firms.iter().map(|firm| {
            let mut out = String::new();
            write_json(advisor(), &Answer::new(plan, firm, DAY), &detail.into(), &mut out);
            out.len()
        });
        let (longest, capacity) = (sizes.max().unwrap(), detail.typical_size());
        assert!(
            (longest..2 * longest).contains(&capacity),
            "{detail:?}: {longest} of {capacity} bytes"
        );
    }
}
