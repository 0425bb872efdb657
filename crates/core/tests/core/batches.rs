//! Many firms at once are judged as each of them alone.

use crate::firms::{Firms, credit_code, to_json};
use crate::support::{advisor, files};
use export_advisor_core::condition::{Condition, Test};
use export_advisor_core::evaluate::{Answer, Batch, Evaluator, Outcome};
use export_advisor_core::facts::{FactId, FactSet, Kind, Profile, Value};
use export_advisor_core::formula::Formula;
use export_advisor_core::plan::{DerivedNodes, Plan};
use export_advisor_core::rulebook::{ExcludedBy, Status};
use export_advisor_core::script::load;
use jiff::civil::date;
use std::sync::Arc;

/// How many random firms one and block are compared on.
const FIRMS: usize = 20_000;
/// Sizes of batches, one after the other: around the ends of a bit word and of a tile, and some that are neither.
const SIZES: [usize; 12] = [1, 63, 64, 65, 0, 100, 511, 512, 513, 777, 1024, 2500];

type Found = Result<(), String>;

/// Puts a firm into the next row.
fn fill(batch: &mut Batch, profile: &Profile) {
    for (fact, value) in profile.iter() {
        batch.column(fact).push(value);
    }
}

/// The first thing that a block says of a row and `one` does not.
fn compare(plan: &Plan, outcome: &mut Outcome<'_>, row: usize, profile: &Profile) -> Found {
    compare_with(plan, &plan.derived, outcome, row, profile)
}

/// The same, where the block's derived facts stand in other nodes.
fn compare_with(
    plan: &Plan,
    derived: &[DerivedNodes],
    outcome: &mut Outcome<'_>,
    row: usize,
    profile: &Profile,
) -> Found {
    let answer = Answer::new(plan, profile, date(2024, 6, 1));
    let reported = || to_json(plan, profile, &mut fastrand::Rng::with_seed(0));
    for node in plan.nodes.indices() {
        let (one, batch) = (answer.truth(node), outcome.truth(node, row));
        if one != batch {
            return Err(format!("row {row}, node {node:?}: {one}, block {batch}: {}", reported()));
        }
    }
    let mut all = FactSet::default();
    for (index, support) in plan.book.supports.iter().enumerate() {
        let (one, batch) = (answer.status(index), outcome.status(index, row));
        if one != batch {
            let id = &support.id;
            return Err(format!("row {row}, {id}: {one:?}, block {batch:?}: {}", reported()));
        }
        let (one, batch) = (answer.excluded_by(index), outcome.excluded_by(index, row));
        let bit = |words: &Vec<u64>| words.get(row / 64).is_some_and(|w| w >> (row % 64) & 1 == 1);
        let bitmaps = outcome.exclusion_bitmaps(index);
        let of_bitmaps: Vec<ExcludedBy> = (ExcludedBy::ALL.into_iter().zip(&bitmaps))
            .filter(|(_, words)| bit(words))
            .map(|(by, _)| by)
            .collect();
        if one != batch || of_bitmaps != one.into_iter().collect::<Vec<_>>() {
            let id = &support.id;
            return Err(format!(
                "row {row}, {id}: excluded by {one:?}, block {batch:?}, bitmaps {of_bitmaps:?}: {}",
                reported()
            ));
        }
        let (one, batch) = (answer.missing_for(index), outcome.missing_for(index, row));
        if one != batch {
            let names = |facts: FactSet| -> Vec<&str> {
                facts.iter().map(|f| plan.book.catalogue.fact(f).name.as_str()).collect()
            };
            let (one, batch) = (names(one), names(batch));
            let id = &support.id;
            return Err(format!(
                "row {row}, {id}: missing {one:?}, block {batch:?}: {}",
                reported()
            ));
        }
        all.extend(&one);
    }
    if outcome.missing(row) != all {
        return Err(format!("row {row}: the union of what is missing differs: {}", reported()));
    }
    for (nodes, theirs) in plan.derived.iter().zip(derived) {
        let (one, batch) = (answer.follows(nodes), outcome.follows(theirs, row));
        if one != batch {
            let name = &plan.book.catalogue.fact(nodes.fact).name;
            return Err(format!("row {row}, {name}: {one:?}, block {batch:?}: {}", reported()));
        }
    }
    Ok(())
}

/// Whether a block says of each firm what `one` says, in blocks of all sizes, one block and one
/// evaluator for all; `planted` is the plan that the evaluator is given.
fn batch_is_one(
    plan: &Plan,
    planted: &Plan,
    firms: usize,
    fill: &dyn Fn(&mut Batch, &Profile),
) -> Found {
    let mut random = Firms::new(plan, 11);
    let mut batch = Batch::new(planted);
    let mut evaluator = Evaluator::new(planted);
    let mut left = firms;
    for size in SIZES.into_iter().cycle() {
        let size = size.min(left);
        let profiles: Vec<Profile> = (0..size).map(|_| random.firm()).collect();
        batch.clear();
        profiles.iter().for_each(|profile| fill(&mut batch, profile));
        batch.set_rows(size);
        let mut outcome = evaluator.run(&batch);
        assert_eq!(outcome.rows(), size);
        for (row, profile) in profiles.iter().enumerate() {
            compare_with(plan, &planted.derived, &mut outcome, row, profile)?;
        }
        left -= size;
        if left == 0 {
            return Ok(());
        }
    }
    unreachable!("sizes come round again")
}

#[test]
fn a_batch_says_of_each_firm_what_one_says() {
    let plan = &advisor().plan;
    batch_is_one(plan, plan, FIRMS, &fill).unwrap();
}

fn plan() -> Plan {
    Plan::new(load(files()).into_result().unwrap())
}

#[test]
fn planted_faults_in_the_plan_are_caught() {
    let right = &advisor().plan;
    let mut book = load(files()).into_result().unwrap();
    let mut supports = (&mut book.supports).into_iter();
    let support = supports.find(|support| support.criteria.len() > 1).unwrap();
    support.criteria.pop();
    assert!(batch_is_one(right, &Plan::new(book), 300, &fill).is_err());

    // What follows for a derived fact, said of another value.
    let mut wrong = plan();
    wrong.derived.iter_mut().for_each(|nodes| nodes.follows.reverse());
    let found = batch_is_one(right, &wrong, 300, &fill).unwrap_err();
    assert!(found.contains(", block "), "{found}");

    // What several criteria share is not taken for granted.
    let mut wrong = plan();
    wrong.shared.iter_mut().for_each(Vec::clear);
    let found = batch_is_one(right, &wrong, 2000, &fill).unwrap_err();
    assert!(found.contains("missing"), "{found}");
}

#[test]
fn planted_faults_in_the_columns_are_caught() {
    let plan = &advisor().plan;
    // "Does not know" taken for "not answered" moves no truth, only what is missing.
    let silent = |batch: &mut Batch, profile: &Profile| {
        for (fact, value) in profile.iter() {
            let silent = if *value == Value::Unknown { &Value::NotAnswered } else { value };
            batch.column(fact).push(silent);
        }
    };
    let found = batch_is_one(plan, plan, 2000, &silent).unwrap_err();
    assert!(found.contains("missing"), "{found}");

    // A column that slips by a row.
    let late = plan.book.catalogue.find("financing_need").unwrap().id;
    let slipped = |batch: &mut Batch, profile: &Profile| {
        if batch.rows() == 0 {
            batch.column(late).push_not_answered();
        }
        fill(batch, profile);
    };
    let mut random = Firms::new(plan, 12);
    let profiles: Vec<Profile> = (0..300).map(|_| random.firm()).collect();
    let mut batch = Batch::new(plan);
    profiles.iter().for_each(|profile| slipped(&mut batch, profile));
    let mut evaluator = Evaluator::new(plan);
    let mut outcome = evaluator.run(&batch);
    let mut rows = profiles.iter().enumerate();
    assert!(rows.any(|(row, profile)| compare(plan, &mut outcome, row, profile).is_err()));
}

#[test]
fn what_was_put_into_a_column_comes_back() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 13);
    let mut batch = Batch::new(plan);
    for _ in 0..3 {
        batch.clear();
        let profiles: Vec<Profile> = (0..130).map(|_| random.firm()).collect();
        profiles.iter().for_each(|profile| fill(&mut batch, profile));
        assert_eq!(batch.rows(), 130);
        for (row, profile) in profiles.iter().enumerate() {
            for (fact, value) in profile.iter() {
                assert_eq!(batch.columns()[fact.index()].value(row), *value, "row {row}");
            }
        }
    }
    let fact = |name| plan.book.catalogue.find(name).unwrap().id;
    let division = batch.column(fact("division"));
    division.clone_from(Batch::new(plan).column(fact("division")));
    division.push_code("330782");
    division.push_no_code();
    division.push_unchecked_code("a code of more than seven bytes");
    division.push_unknown();
    division.push_code("浙江省义乌市");
    let values: Vec<Value> = (0..6).map(|row| division.value(row)).collect();
    assert_eq!(
        values,
        [
            Value::Code("330782".to_owned()),
            Value::NoCode,
            Value::UncheckedCode("a code of more than seven bytes".to_owned()),
            Value::Unknown,
            Value::Code("浙江省义乌市".to_owned()),
            Value::NotAnswered,
        ]
    );
}

/// A random condition over a few facts and over conditions made before it, so that parts are shared.
fn condition(rng: &mut fastrand::Rng, tests: &[Condition], made: &[Arc<Condition>]) -> Condition {
    let part = |rng: &mut fastrand::Rng| match made {
        made if !made.is_empty() && rng.bool() => made[rng.usize(0..made.len())].clone(),
        _ => Arc::new(tests[rng.usize(0..tests.len())].clone()),
    };
    let formula = match rng.usize(0..8) {
        0 => Formula::Not(part(rng)),
        1 => Formula::Coalesce(part(rng), part(rng)),
        2 => Formula::Coalesce(part(rng), Arc::new(Condition::indeterminate())),
        3..=4 => Formula::And((0..rng.usize(2..4)).map(|_| part(rng)).collect()),
        _ => Formula::Or((0..rng.usize(2..4)).map(|_| part(rng)).collect()),
    };
    formula.into()
}

/// The built-in rules do not share, exclude and force in every way that rules could: these do.
#[test]
fn a_batch_says_what_one_says_of_any_rules() {
    let names =
        ["exports_goods", "imports_goods", "foreign_trade", "financing_need", "customs_credit"];
    let mut rng = fastrand::Rng::with_seed(17);
    for _ in 0..12 {
        let mut book = load(files()).into_result().unwrap();
        let tests: Vec<Condition> = names
            .iter()
            .map(|name| book.catalogue.find(name).unwrap())
            .flat_map(|fact| match fact.kind {
                Kind::Bool => vec![Condition::test(fact.id, Test::Yes)],
                _ => (0..3).map(|w| Condition::test(fact.id, Test::OneOf(vec![w, 3]))).collect(),
            })
            .collect();
        for support in &mut book.supports {
            let mut made: Vec<Arc<Condition>> = Vec::new();
            for _ in 0..6 {
                made.push(Arc::new(condition(&mut rng, &tests, &made)));
            }
            for criterion in &mut support.criteria {
                criterion.condition = made[rng.usize(2..made.len())].clone();
            }
        }
        let plan = Plan::new(book);
        batch_is_one(&plan, &plan, 400, &fill).unwrap();
    }
}

/// Codes of any length are judged alike, also those that no profile could have.
#[test]
fn codes_of_any_length_are_judged_as_by_one() {
    let plan = &advisor().plan;
    let credit = credit_code("330782");
    let codes = [
        "",
        "3",
        "33",
        "330782",
        "3307821",
        "33078212",
        credit.as_str(),
        "浙江省义乌市",
        "91浙江省",
        "330782",
        credit.as_str(),
        "44",
        "U330782",
    ];
    for name in ["uscc", "division", "industry"] {
        let fact = plan.book.catalogue.find(name).unwrap().id;
        let mut batch = Batch::new(plan);
        let profiles: Vec<Profile> = codes
            .iter()
            .map(|code| {
                let mut profile = Profile::empty(&plan.book.catalogue);
                profile.set(fact, Value::Code((*code).to_owned()));
                fill(&mut batch, &profile);
                profile
            })
            .collect();
        let mut evaluator = Evaluator::new(plan);
        let mut outcome = evaluator.run(&batch);
        for (row, profile) in profiles.iter().enumerate() {
            compare(plan, &mut outcome, row, profile).unwrap();
        }
    }
}

/// Columns may be shorter than the block, and absent: the rest is not answered.
#[test]
fn what_a_column_lacks_is_not_answered() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 14);
    let profiles: Vec<Profile> = (0..700).map(|_| random.firm()).collect();
    let mut batch = Batch::new(plan);
    // Each column ends at another row, and every fifth has none.
    let length =
        |fact: FactId| if fact.index().is_multiple_of(5) { 0 } else { fact.index() * 97 % 700 };
    for (row, profile) in profiles.iter().enumerate() {
        for (fact, value) in profile.iter().filter(|(fact, _)| row < length(*fact)) {
            batch.column(fact).push(value);
        }
    }
    batch.set_rows(700);
    let mut evaluator = Evaluator::new(plan);
    let mut outcome = evaluator.run(&batch);
    for (row, mut profile) in profiles.into_iter().enumerate() {
        for fact in plan.book.catalogue.facts.iter().map(|fact| fact.id) {
            if row >= length(fact) {
                profile.set(fact, Value::NotAnswered);
            }
        }
        compare(plan, &mut outcome, row, &profile).unwrap();
    }
}

#[test]
fn chosen_supports_are_judged_as_all_are() {
    let plan = &advisor().plan;
    let chosen = [2, 4, 20, 41, 56, 4, 9999];
    let mut random = Firms::new(plan, 15);
    let profiles: Vec<Profile> = (0..600).map(|_| random.firm()).collect();
    let mut batch = Batch::new(plan);
    profiles.iter().for_each(|profile| fill(&mut batch, profile));
    let mut evaluator = Evaluator::only(plan, &chosen);
    let mut outcome = evaluator.run(&batch);
    let mut open = 0;
    for (row, profile) in profiles.iter().enumerate() {
        let answer = Answer::new(plan, profile, date(2024, 6, 1));
        let mut all = FactSet::default();
        for index in [2, 4, 20, 41, 56] {
            assert_eq!(outcome.status(index, row), answer.status(index));
            assert_eq!(outcome.missing_for(index, row), answer.missing_for(index));
            all.extend(&answer.missing_for(index));
            open += usize::from(answer.status(index) == Status::Undetermined);
        }
        assert_eq!(outcome.missing(row), all);
        for nodes in &plan.derived {
            assert_eq!(outcome.follows(nodes, row), answer.follows(nodes));
        }
        // Of the others nothing is said.
        assert_eq!(outcome.status(3, row), Status::Undetermined);
        assert!(outcome.missing_for(3, row).is_empty());
    }
    let mut asking = Evaluator::new(plan).asking_for(&[4, 20]);
    let mut narrow = asking.run(&batch);
    for row in 0..profiles.len() {
        let mut both = narrow.missing_for(4, row);
        both.extend(&narrow.missing_for(20, row));
        assert_eq!(narrow.missing(row), both);
        assert_eq!(narrow.missing_for(41, row), outcome.missing_for(41, row));
    }
    assert!(open > 500, "{open} open statuses are too few to show anything");
}

/// A row's bit stands in the masks where the status says, and no bit stands beyond the last row.
#[test]
fn masks_of_a_support_are_its_statuses() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 16);
    let mut batch = Batch::new(plan);
    (0..577).for_each(|_| fill(&mut batch, &random.firm()));
    let mut evaluator = Evaluator::new(plan);
    let outcome = evaluator.run(&batch);
    for index in 0..plan.supports.len() {
        let (applies, not) = outcome.status_bitmaps(index);
        assert_eq!((applies.len(), not.len()), (577_usize.div_ceil(64), 577_usize.div_ceil(64)));
        for row in 0..640 {
            let bit = |values: &[u64]| values[row / 64] >> (row % 64) & 1 == 1;
            let found = match (bit(applies), bit(not)) {
                (true, false) => Status::Applies,
                (false, true) => Status::DoesNotApply,
                (false, false) => Status::Undetermined,
                (true, true) => panic!("row {row} of {index} is both"),
            };
            let reported =
                if row < 577 { outcome.status(index, row) } else { Status::Undetermined };
            assert_eq!(found, reported);
        }
    }
}
