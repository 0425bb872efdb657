//! Random months: facts change, cells break, rows come and go, the date passes the end of a window, rules change.
//!
//! The checker knows the profiles of both months and evaluates them alone, one by one. It demands that every difference
//! is reported exactly once, and nothing else; that what a line says to undo restores the former state when it is undone
//! alone; that of several things none can be left out; and that nothing was left without a cause. It is itself run
//! with planted errors, and must report each.

use crate::changes::{Months, lines};
use crate::firms::Firms;
use crate::screen::spelled;
use crate::support::{advisor, files, write_files};
use export_advisor_core::assessment::Advisor;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{FactId, Kind, Profile, Value};
use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{Status, WindowState};
use fastrand::Rng;
use jiff::civil::{Date, date};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A client in one month.
#[derive(Clone)]
struct Client {
    profile: Profile,
    /// The facts whose cells cannot be read.
    faulty: BTreeSet<FactId>,
}

/// A month: its rules, its day, its clients by key, in the order of the list.
struct Month<'a> {
    plan: &'a Plan,
    day: Date,
    clients: Vec<(String, Client)>,
}

impl Month<'_> {
    fn client(&self, key: &str) -> Option<&Client> {
        self.clients.iter().find(|(known, _)| known == key).map(|(_, client)| client)
    }
}

/// What a support is to a client: nothing where it does not apply or does not exist.
type State = Option<(Status, WindowState)>;

/// The states of all supports of a plan, by id.
fn states(plan: &Plan, profile: &Profile, day: Date) -> BTreeMap<String, State> {
    let answer = Answer::new(plan, profile, day);
    let supports = plan.book.supports.iter().enumerate();
    supports
        .map(|(index, support)| {
            let status = answer.status(index);
            let is_out = status == Status::DoesNotApply;
            (support.id.clone(), (!is_out).then(|| (status, answer.window(index))))
        })
        .collect()
}

/// A value of one catalogue in another.
fn translated(from: &Plan, fact: FactId, value: &Value, to: &Plan) -> Option<(FactId, Value)> {
    let fact = from.book.catalogue.fact(fact);
    let other = to.book.catalogue.find(&fact.name)?;
    let index = |index: &u16| other.value_index(&fact.values[usize::from(*index)].name);
    let value = match value {
        Value::Enum(value) => Value::Enum(index(value)?),
        Value::EnumList(list) => Value::EnumList(list.iter().map(index).collect::<Option<_>>()?),
        other => other.clone(),
    };
    Some((other.id, value))
}

/// The new client with some things as they were: names of facts, `rules` and `as_of`.
fn undone(
    now: &Month<'_>,
    before: &Month<'_>,
    key: &str,
    things: &[&str],
) -> BTreeMap<String, State> {
    let (new, old) = (now.client(key).unwrap(), before.client(key).unwrap());
    let plan = if things.contains(&"rules") { before.plan } else { now.plan };
    let day = if things.contains(&"as_of") { before.day } else { now.day };
    let mut profile = Profile::empty(&plan.book.catalogue);
    for (fact, value) in new.profile.iter() {
        if !things.contains(&now.plan.book.catalogue.fact(fact).name.as_str())
            && let Some((fact, value)) = translated(now.plan, fact, value, plan)
        {
            profile.set(fact, value);
        }
    }
    for (fact, value) in old.profile.iter() {
        if things.contains(&before.plan.book.catalogue.fact(fact).name.as_str())
            && let Some((fact, value)) = translated(before.plan, fact, value, plan)
        {
            profile.set(fact, value);
        }
    }
    states(plan, &profile, day)
}

/// Everything that is wrong with the lines of changes between two months.
fn check(now: &Month<'_>, before: &Month<'_>, lines: &[Json]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expected = BTreeMap::new();
    for (key, client) in &now.clients {
        let Some(old) = before.client(key) else {
            expected.insert((key.clone(), String::new()), None);
            continue;
        };
        let new = states(now.plan, &client.profile, now.day);
        let old = states(before.plan, &old.profile, before.day);
        let ids: BTreeSet<&String> = new.keys().chain(old.keys()).collect();
        for id in ids {
            let (was, is) = (old.get(id).copied().flatten(), new.get(id).copied().flatten());
            if was != is {
                expected.insert((key.clone(), id.clone()), Some(was));
            }
        }
    }
    for (key, _) in before.clients.iter().filter(|(key, _)| now.client(key).is_none()) {
        expected.insert((key.clone(), String::new()), None);
    }
    for line in lines {
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        let (key, id) = (text("key"), text("support"));
        let Some(was) = expected.remove(&(key.to_owned(), id.to_owned())) else {
            wrong.push(format!("no difference, or reported before: {line}"));
            continue;
        };
        let cause = text("cause");
        let Some(was) = was else {
            let right = if now.client(key).is_some() { "new_client" } else { "gone" };
            if cause != right {
                wrong.push(format!("not {right}: {line}"));
            }
            continue;
        };
        let restores =
            |things: &[&str]| undone(now, before, key, things).get(id).copied().flatten() == was;
        if restores(&[]) {
            wrong.push(format!("the checker sees no difference: {line}"));
        }
        let undo = text("undo");
        let together: Vec<&str> = undo.split('+').collect();
        if together.len() > 1 {
            if cause != "several" || !restores(&together) {
                wrong.push(format!("undoing all does not restore the state: {line}"));
            }
            for left_out in 0..together.len() {
                let mut fewer = together.clone();
                fewer.remove(left_out);
                if restores(&fewer) {
                    wrong.push(format!("`{}` is not needed: {line}", together[left_out]));
                }
            }
            continue;
        }
        let any: Vec<&str> = undo.split('|').collect();
        for thing in &any {
            if !restores(&[thing]) {
                wrong.push(format!("undoing `{thing}` alone does not restore the state: {line}"));
            }
        }
        let is_fault = |thing: &str| {
            let is_faulty = |month: &Month<'_>| {
                let fact = month.plan.book.catalogue.find(thing);
                fact.is_some_and(|fact| month.client(key).unwrap().faulty.contains(&fact.id))
            };
            is_faulty(now) || is_faulty(before)
        };
        let right = match any[0] {
            "rules" => "rule",
            "as_of" => "window",
            fact if is_fault(fact) => "fault",
            _ => "fact",
        };
        if cause != right {
            wrong.push(format!("not {right}: {line}"));
        }
        // Nothing that restores the state alone is left out.
        let facts = [now.plan, before.plan].into_iter().flat_map(|plan| &plan.book.catalogue.facts);
        let facts = facts.map(|fact| fact.name.as_str());
        for thing in facts.chain(["rules", "as_of"]) {
            if !any.contains(&thing) && restores(&[thing]) {
                wrong.push(format!("`{thing}` restores the state too: {line}"));
            }
        }
    }
    wrong.extend(expected.keys().map(|(key, id)| format!("not reported: {key} {id}")));
    wrong
}

/// A list of the clients of a month.
fn list(month: &Month<'_>, rng: &mut Rng) -> String {
    let catalogue = &month.plan.book.catalogue;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = catalogue.facts.iter().map(|fact| fact.name.clone());
    writer.write_record(std::iter::once("编号".to_owned()).chain(names)).unwrap();
    for (key, client) in &month.clients {
        let cells = client.profile.iter().map(|(fact, value)| {
            if client.faulty.contains(&fact) {
                return broken(&catalogue.fact(fact).kind).to_owned();
            }
            // The spellings are those of the built-in catalogue.
            match translated(month.plan, fact, value, &advisor().plan) {
                Some((fact, value)) => spelled(fact, &value, rng),
                None => match value {
                    Value::Bool(true) => "是".to_owned(),
                    Value::Bool(false) => "否".to_owned(),
                    _ => String::new(),
                },
            }
        });
        writer.write_record(std::iter::once(key.clone()).chain(cells)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// A cell that cannot be read.
fn broken(kind: &Kind) -> &'static str {
    match kind {
        Kind::Number { .. } => "约300",
        _ => "???",
    }
}

/// A fact that the built-in rules do not have.
const BOATS: &str = r#"[[fact]]
name = "makes_boats"
type = "bool"
label = { zh = "造船", en = "makes boats" }
question = { zh = "您的企业造船吗？", en = "Does your firm make boats?" }
help = { zh = "造船。", en = "Boats." }
changeable = false
headers = ["是否造船"]
"#;

/// A client of the built-in rules in the catalogue of a plan; a fact that only that has is random.
fn in_plan(client: &Client, plan: &Plan, rng: &mut Rng) -> Client {
    let mut profile = Profile::empty(&plan.book.catalogue);
    for (fact, value) in client.profile.iter() {
        if let Some((fact, value)) = translated(&advisor().plan, fact, value, plan) {
            profile.set(fact, value);
        }
    }
    if let Some(boats) = plan.book.catalogue.find("makes_boats") {
        profile.set(boats.id, Value::Bool(rng.bool()));
    }
    let faulty = client
        .faulty
        .iter()
        .filter_map(|fact| plan.book.catalogue.find(&advisor().book().catalogue.fact(*fact).name));
    Client { profile, faulty: faulty.map(|fact| fact.id).collect() }
}

/// The built-in rules with a threshold of size, a criterion and the end of a window changed, and one more fact.
fn other_rules() -> RuleFiles {
    let mut changed = files().clone();
    let mut replace = |path: &str, old: &str, new: &str| {
        let text = changed.iter().find(|(name, _)| *name == path).unwrap().1.to_owned();
        let replaced = text.replacen(old, new, 1);
        assert_ne!(text, replaced, "{path}");
        changed.insert(path, &replaced);
    };
    replace("rules/tables/size-class.tsv", "F51\t200\t20\t5\t", "F51\t200\t10\t5\t");
    let credit = "rules/gbf-2023-10/08-credit.rhai";
    replace(credit, "firm.size <= \"medium\")", "firm.size <= \"small\")");
    replace("rules/gbf-2023-10/13-digital-trade.rhai", "2025-12-31", "2026-06-30");
    // A fact before all others, so that all have another index, and an enum value before the others of its fact.
    replace("rules/facts/auto.toml", "[[fact]]\n", &format!("{BOATS}\n[[fact]]\n"));
    let needs = ".needs(\"做或打算做进出口\", \"trades across the border or plans to\", firm.cross_border or firm.plans_to_trade or firm.plans_to_sell)";
    let boats =
        format!(".requires(\"造船\", \"makes boats\", stated, firm.makes_boats)\n    {needs}");
    replace(credit, needs, &boats);
    changed
}

struct Case {
    seed: u64,
    /// How many clients the last list has.
    clients: usize,
    /// The days of the last month and of the new one.
    days: [Date; 2],
    /// Whether the last month, and the new one, have the other rules.
    others: [bool; 2],
}

/// The months of a case with what the program says of them.
fn with_months(case: &Case, found: &mut dyn FnMut(&Month<'_>, &Month<'_>, Vec<Json>)) {
    let months = Months::new("");
    let other = other_rules();
    write_files(&other, &months.path("other"));
    let other = Advisor::from_files(&other).unwrap();
    let plans =
        case.others.map(|other_rules| if other_rules { &other.plan } else { &advisor().plan });
    let mut firms = Firms::new(&advisor().plan, case.seed);
    let mut rng = Rng::with_seed(case.seed);
    let client = |profile: Profile| Client { profile, faulty: BTreeSet::new() };
    let firm = |firms: &mut Firms<'_>| client(firms.firm());
    let mut before = Month { plan: plans[0], day: case.days[0], clients: Vec::new() };
    for number in 0..case.clients {
        before.clients.push((format!("K{number}"), firm(&mut firms)));
    }
    let mut now = Month { plan: plans[1], day: case.days[1], clients: before.clients.clone() };
    for (_, client) in &mut now.clients {
        let changes = [0, 0, 1, 1, 2, 3, 8, 40][rng.usize(0..8)];
        for _ in 0..changes {
            let fact = FactId::from(rng.usize(0..advisor().book().catalogue.facts.len()));
            let value = match rng.u8(0..6) {
                0 => Value::NotAnswered,
                1 => Value::Unknown,
                _ => firms.value(fact),
            };
            client.profile.set(fact, value);
        }
    }
    for month in [&mut before, &mut now] {
        for (_, client) in &mut month.clients {
            for _ in 0..[0, 0, 1, 3][rng.usize(0..4)] {
                let fact = FactId::from(rng.usize(0..advisor().book().catalogue.facts.len()));
                client.profile.set(fact, Value::NotAnswered);
                client.faulty.insert(fact);
            }
        }
    }
    now.clients.drain(..7);
    for number in 0..5 {
        now.clients.push((format!("N{number}"), firm(&mut firms)));
    }
    rng.shuffle(&mut now.clients);
    for month in [&mut before, &mut now] {
        for (_, client) in &mut month.clients {
            *client = in_plan(client, month.plan, &mut rng);
        }
    }
    months.write("last_list.csv", list(&before, &mut rng));
    months.write("list.csv", list(&now, &mut rng));
    let folder = months.text("other/rules");
    let rules = |is_other: bool| if is_other { vec!["--rules", &folder] } else { Vec::new() };
    let days = case.days.map(|day| day.to_string());
    months.last("last_list.csv", &days[0], &rules(case.others[0]));
    let mut more = rules(case.others[1]);
    if case.others[0] {
        more.extend(["--previous-rules", &folder]);
    }
    let _ = months.changes("list.csv", &days[1], &more);
    found(&now, &before, lines(&months.path("changes.ndjson")));
}

/// The days before and after the end of a window by either rules.
fn cases() -> Vec<Case> {
    let (before, between, after) = (date(2025, 12, 1), date(2026, 2, 1), date(2026, 8, 1));
    let case = |seed, days, others| Case { seed, clients: 120, days, others };
    vec![
        case(1, [between, between], [false, false]),
        case(2, [before, between], [false, false]),
        case(3, [before, after], [false, true]),
        case(4, [between, after], [true, false]),
        case(5, [after, before], [true, true]),
        case(6, [between, between], [false, true]),
    ]
}

#[test]
fn every_difference_is_reported_once_with_a_cause_that_restores_it() {
    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        with_months(&case, &mut |now, before, lines| {
            let wrong = check(now, before, &lines);
            assert!(
                wrong.is_empty(),
                "case {}: {}",
                case.seed,
                wrong[..wrong.len().min(5)].join("\n")
            );
            for line in lines {
                *causes.entry(line["cause"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        });
    }
    // The months have all causes, and each often enough.
    for cause in ["fact", "fault", "rule", "window", "several", "new_client", "gone"] {
        assert!(causes.get(cause).copied().unwrap_or(0) >= 20, "{cause}: {causes:?}");
    }
    assert!(!causes.contains_key("unverified"), "{causes:?}");
}

/// A checker that cannot fail proves nothing.
#[test]
fn a_planted_error_is_reported() {
    let case = Case { clients: 40, ..cases().swap_remove(2) };
    with_months(&case, &mut |now, before, lines| {
        assert!(check(now, before, &lines).is_empty());
        let first = |cause: &str| {
            lines
                .iter()
                .position(|line| line["cause"] == cause)
                .unwrap_or_else(|| panic!("no {cause}"))
        };
        let planted = |change: &dyn Fn(&mut Vec<Json>)| {
            let mut lines = lines.clone();
            change(&mut lines);
            check(now, before, &lines)
        };
        let is_reported = |change: &dyn Fn(&mut Vec<Json>)| assert!(!planted(change).is_empty());
        for cause in ["fact", "fault", "rule", "window", "several", "new_client", "gone"] {
            let index = first(cause);
            // Left out, twice, or with another cause.
            is_reported(&|lines| drop(lines.remove(index)));
            is_reported(&|lines| lines.push(lines[index].clone()));
            let other = if cause == "fact" { "rule" } else { "fact" };
            is_reported(&|lines| lines[index]["cause"] = other.into());
        }
        for cause in ["fact", "fault", "rule", "window"] {
            let other = if cause == "window" { "rules" } else { "as_of" };
            is_reported(&|lines| lines[first(cause)]["undo"] = other.into());
        }
        // One of several is missing, or one too many is named.
        let index = first("several");
        let undo = lines[index]["undo"].as_str().unwrap().to_owned();
        let fewer = undo.split_once('+').unwrap().1.to_owned();
        is_reported(&|lines| lines[index]["undo"] = fewer.clone().into());
        let unneeded = advisor().book().catalogue.facts.iter().map(|fact| &fact.name);
        let unneeded = unneeded.clone().find(|name| !undo.contains(*name)).unwrap();
        is_reported(&|lines| lines[index]["undo"] = format!("{undo}+{unneeded}").into());
    });
}
