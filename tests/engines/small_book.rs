//! A small rule book with every kind of test and connective, and firms at every edge of it.

use crate::firms::credit_code;
use export_advisor_core::condition::{Condition, Test};
use export_advisor_core::facts::{
    Catalogue, FactId, Kind, LocalizedText, Reference, Table, Tables,
};
use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{
    Access, Basis, Criterion, Derivation, DerivedAs, Population, RuleBook, Support, Window,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// A fact of each type; the words try each engine's way of writing a text.
const FACTS: &str = r#"
group = { id = "all", order = 1, label = { zh = "全部", en = "all" } }
"#;

fn catalogue(tables: &Tables) -> Catalogue {
    let mut text = FACTS.to_owned();
    let texts = "{ zh = \"文\", en = \"it's\" }";
    let values = |values: &[&str]| -> String {
        values
            .iter()
            .map(|value| {
                let value = json!(value);
                format!(
                    "[[fact.values]]\nword = {value}\nlabel = {{ zh = {value}, en = {value} }}\n"
                )
            })
            .collect()
    };
    let odd = values(&["it's", "50%", "a_b", "back\\slash", "双“引”"]);
    let unit = "unit = { zh = \"个\", en = \"pieces\" }\nmin = 0\nmax = 10000000000";
    let ordered = format!("ordered = true\n{}", values(&["low", "mid", "high"]));
    for (name, kind, more) in [
        ("a", "bool", ""),
        ("b", "bool", ""),
        ("n", "integer", unit),
        ("d", "decimal", unit),
        ("w", "word", odd.as_str()),
        ("o", "word", ordered.as_str()),
        ("home", "code", "format = \"division\""),
        ("goal", "code", "format = \"division\"\nnone = true"),
        ("trade", "code", "format = \"industry\""),
        ("code", "code", "format = \"uscc\""),
        ("ws", "words", odd.as_str()),
        ("cs", "codes", "format = \"country\""),
        ("hs", "codes", "format = \"hs\""),
        ("yes", "bool", ""),
        ("which", "word", odd.as_str()),
        ("size", "word", ordered.as_str()),
        ("some", "words", odd.as_str()),
        ("lands", "codes", "format = \"country\""),
    ] {
        text.push_str(&format!(
            "[[fact]]\nname = \"{name}\"\ntype = \"{kind}\"\nlabel = {texts}\nquestion = {texts}\n\
             help = {texts}\nchangeable = false\n{more}\n"
        ));
    }
    let mut faults = Vec::new();
    let catalogue = Catalogue::load(
        std::iter::once(("rules/facts/all.toml", text.as_str())),
        tables,
        &mut faults,
    );
    assert!(faults.is_empty(), "{faults:?}");
    catalogue
}

/// The book, compiled.
pub fn plan() -> Plan {
    let mut faults = Vec::new();
    let tables: Tables = RuleFiles::builtin()
        .shared("rules/tables/", ".tsv")
        .map(|(file, text)| Table::parse(file, text, &mut faults))
        .map(|table| (table.name.clone(), Arc::new(table)))
        .collect();
    let catalogue = catalogue(&tables);
    let facts = |name: &str| catalogue.find(name).unwrap().id;
    let mut supports: Vec<Support> =
        conditions(&facts).into_iter().map(|(id, c)| support(&id, c)).collect();
    supports.extend(mixed(&facts));
    let derivations = derivations(&facts);
    Plan::new(RuleBook {
        version: "sha256:0".to_owned(),
        reference: Reference::load(&tables),
        catalogue,
        kinds: Vec::new(),
        channels: Vec::new().into(),
        papers: Vec::new().into(),
        population: Population::default(),
        policies: Vec::new().into(),
        supports: supports.into(),
        derivations: derivations.into(),
        conflicts: Vec::new(),
        overlays: Vec::new().into(),
    })
}

fn support(id: &str, condition: Shared) -> Support {
    let texts = LocalizedText::default();
    Support {
        id: id.to_owned(),
        policy: 0_usize.into(),
        measure: 1,
        title: LocalizedText { zh: "换\n行".to_owned(), en: "a\nline".to_owned() },
        summary: texts.clone(),
        kind: 0,
        access: Access::Apply,
        citations: Vec::new(),
        criteria: vec![criterion(id, Basis::Stated, condition)],
        emphases: Vec::new(),
        confirm: Vec::new(),
        next_steps: Vec::new(),
        note: None,
        amount: None,
        relations: Vec::new(),
        named_by: Vec::new(),
        see_also: Vec::new(),
        window: Window::default(),
    }
}

fn criterion(support: &str, basis: Basis, condition: Shared) -> Criterion {
    let id = format!("{support}/{}", basis.as_str());
    Criterion { id, label: LocalizedText::default(), basis, condition }
}

/// Supports with each set of bases, over the same conditions: one that is sometimes unknown, one that is never
/// false, and tests that share a fact.
fn mixed(facts: &dyn Fn(&str) -> FactId) -> Vec<Support> {
    let (defined, interpreted) = (
        || Basis::Defined { by: "a rule".to_owned() },
        || Basis::Interpreted { reason: LocalizedText::default() },
    );
    let (a, b) = (|| is(facts("a"), Test::Yes), || is(facts("b"), Test::Yes));
    let n = |limit: i64| is(facts("n"), Test::AtLeast(limit.into()));
    let never_false = || Condition::or([a(), open()]);
    let of = |id: &str, criteria: Vec<(Basis, Shared)>| {
        let mut support = support(id, a());
        let criteria = criteria.into_iter();
        support.criteria = criteria.map(|(basis, c)| criterion(id, basis, c)).collect();
        support
    };
    vec![
        of("mixed-all", vec![(Basis::Stated, a()), (Basis::Need, b()), (interpreted(), n(10))]),
        of("mixed-need", vec![(Basis::Need, a())]),
        of("mixed-reading", vec![(interpreted(), b().negate())]),
        of("mixed-need-reading", vec![(interpreted(), a()), (Basis::Need, b())]),
        of("mixed-same", vec![(interpreted(), a()), (Basis::Need, a()), (defined(), n(20))]),
        of(
            "mixed-texts",
            vec![
                (defined(), a().coalesce(b())),
                (Basis::Stated, n(10).negate()),
                (Basis::Need, n(20).negate()),
                (interpreted(), Condition::and([b(), n(1)])),
            ],
        ),
        of("mixed-never", vec![(Basis::Stated, never_false()), (Basis::Need, b())]),
    ]
}

type Shared = Arc<Condition>;

fn is(fact: FactId, test: Test) -> Shared {
    Arc::new(Condition::test(fact, test))
}

fn open() -> Shared {
    Arc::new(Condition::indeterminate())
}

/// Conditions in the order of words.
trait Said {
    fn negate(self) -> Shared;
    fn coalesce(self, other: Shared) -> Shared;
}

impl Said for Shared {
    fn negate(self) -> Shared {
        Condition::negate(&self)
    }

    fn coalesce(self, other: Shared) -> Shared {
        Arc::new(Condition::coalesce(self, other))
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn derivations(facts: &dyn Fn(&str) -> FactId) -> Vec<Derivation> {
    let (a, b) = (|| is(facts("a"), Test::Yes), || is(facts("b"), Test::Yes));
    let n = |limit: i64| is(facts("n"), Test::AtLeast(limit.into())).negate();
    let of = |name: &str, rule| Derivation {
        fact: facts(name),
        rule,
        source: String::new(),
        explanations: Vec::new(),
    };
    let country = |code: &str| {
        is(facts("cs"), Test::HasCode(texts(&[code]))).coalesce(Condition::and([a(), open()]))
    };
    vec![
        of("yes", DerivedAs::Yes(Condition::or([a(), Condition::and([b(), open()])]))),
        of("which", DerivedAs::Value(vec![(0, Condition::and([a(), b()])), (3, a().negate())])),
        of(
            "size",
            DerivedAs::AtMost(vec![n(10), Condition::or([n(20), Condition::and([a(), b()])])]),
        ),
        of("some", DerivedAs::IncludesValue(vec![(1, a()), (2, b().coalesce(open()))])),
        of(
            "lands",
            DerivedAs::IncludesCode(vec![
                ("JP".to_owned(), country("JP")),
                ("KR".to_owned(), country("KR")),
                ("US".to_owned(), b()),
            ]),
        ),
    ]
}

/// Every connective on `a` and `b`, and every kind of test with its opposite.
fn conditions(facts: &dyn Fn(&str) -> FactId) -> Vec<(String, Shared)> {
    let (a, b) = (|| is(facts("a"), Test::Yes), || is(facts("b"), Test::Yes));
    let mut all: Vec<(String, Shared)> = [
        ("and", Condition::and([a(), b()])),
        ("or", Condition::or([a(), b()])),
        ("not", a().negate()),
        ("otherwise", a().coalesce(b())),
        ("otherwise-open", a().coalesce(open())),
        ("and-open", Condition::and([a(), open()])),
        ("or-open", Condition::or([a(), open()])),
        ("nor", Condition::or([a(), b()]).negate()),
        ("nand", Condition::and([a(), b()]).negate()),
        ("neither-known", a().coalesce(b()).negate()),
        (
            "xor",
            Condition::or([
                Condition::and([a(), b().negate()]),
                Condition::and([a().negate(), b()]),
            ]),
        ),
        (
            "either-open",
            Condition::or([Condition::and([a(), open()]), Condition::and([b(), open()])]),
        ),
        (
            "mixed",
            Condition::and([
                Condition::or([a(), is(facts("n"), Test::AtLeast(10.into()))]),
                Condition::or([b(), is(facts("o"), Test::AtMost(0))]).negate(),
            ]),
        ),
    ]
    .into_iter()
    .map(|(id, condition)| (id.to_owned(), condition))
    .collect();
    let tests = [
        ("n", Test::AtLeast(10.into())),
        ("n", Test::MoreThan(10.into())),
        ("n", Test::Equals(10.into())),
        ("d", Test::AtLeast(2000.into())),
        ("d", Test::MoreThan(2000.into())),
        ("d", Test::Equals(2000.into())),
        ("d", Test::AtLeast(number("0.1"))),
        ("d", Test::MoreThan(number("1999.999999"))),
        ("d", Test::Equals(number("1999.999999"))),
        ("w", Test::OneOf(vec![0])),
        ("w", Test::OneOf(vec![1, 2, 3, 4])),
        ("o", Test::AtMost(0)),
        ("o", Test::AtMost(1)),
        ("home", Test::StartsWith(texts(&["37", "4401", "441302"]))),
        ("home", Test::StartsWith(texts(&["3702"]))),
        ("goal", Test::StartsWith(texts(&["1"]))),
        ("trade", Test::StartsWith(texts(&["F51", "C"]))),
        ("code", Test::RegisteredIn(texts(&["44", "110000"]))),
        ("ws", Test::HasValue(vec![0])),
        ("ws", Test::HasValue(vec![1, 2, 3, 4])),
        ("ws", Test::Empty),
        ("cs", Test::HasCode(texts(&["JP", "KR"]))),
        ("cs", Test::Empty),
        ("hs", Test::HasStart(texts(&["87", "610910"]))),
        ("hs", Test::HasCode(texts(&["870380"]))),
        ("hs", Test::Empty),
        ("yes", Test::Yes),
        ("which", Test::OneOf(vec![0])),
        ("which", Test::OneOf(vec![0, 3])),
        ("size", Test::AtMost(0)),
        ("size", Test::AtMost(1)),
        ("some", Test::HasValue(vec![1, 2])),
        ("some", Test::Empty),
        ("lands", Test::HasCode(texts(&["JP", "KR"]))),
        ("lands", Test::HasStart(texts(&["J", "US"]))),
        ("lands", Test::Empty),
    ];
    for (index, (fact, test)) in tests.into_iter().enumerate() {
        let condition = is(facts(fact), test);
        all.push((format!("{fact}-{index}"), condition.clone()));
        all.push((format!("{fact}-{index}-not"), condition.clone().negate()));
        // With another condition beside it: true, false and unknown of `a` on its side.
        all.push((format!("{fact}-{index}-and"), Condition::and([condition.clone(), a()])));
        all.push((format!("{fact}-{index}-or"), Condition::or([condition.clone(), a()])));
        all.push((format!("{fact}-{index}-otherwise"), condition.coalesce(a())));
    }
    // What one test can say is joined; each of these is also asked alone above.
    let several = |fact: &str, starts: [&str; 3]| {
        Condition::or(starts.map(|start| {
            is(facts(fact), Test::StartsWith(texts(&[start])))
                .coalesce(Condition::and([b(), open()]))
        }))
    };
    all.push(("joined-starts".to_owned(), several("home", ["11", "37", "4403"])));
    all.push(("joined-not".to_owned(), several("goal", ["11", "37", "4403"]).negate()));
    all
}

/// Cells of a firm, and the part of them that can be read.
type Cells = (Map<String, Json>, Map<String, Json>);

/// Firms at every edge: all pairs of `a` and `b` with each value of each other fact.
pub fn firms(plan: &Plan) -> Vec<Cells> {
    let pairs: Vec<Map<String, Json>> = [None, Some(json!(true)), Some(json!(false))]
        .iter()
        .flat_map(|a| [None, Some(json!(true)), Some(json!(false))].map(|b| (a.clone(), b)))
        .map(|(a, b)| {
            let known = a.map(|a| ("a".to_owned(), a)).into_iter();
            known.chain(b.map(|b| ("b".to_owned(), b))).collect()
        })
        .collect();
    let mut firms = Vec::new();
    for fact in &plan.book.catalogue.facts {
        let (readable, unreadable) = edges(&fact.name, &fact.kind);
        for pair in &pairs {
            for cell in &readable {
                let mut cells = pair.clone();
                cells.insert(fact.name.clone(), cell.clone());
                firms.push((cells.clone(), cells));
            }
            for cell in &unreadable {
                let mut cells = pair.clone();
                cells.remove(&fact.name);
                let rest = cells.clone();
                cells.insert(fact.name.clone(), cell.clone());
                firms.push((cells, rest));
            }
        }
    }
    firms
}

/// The cells of a firm that are listed as unreadable: an empty text and `unknown` are not known, and not listed.
pub fn faults(cells: &Map<String, Json>, readable: &Map<String, Json>) -> Vec<(String, Json)> {
    let blank = |cell: &Json| {
        cell.as_str()
            .is_some_and(|text| ["", "unknown"].contains(&text.trim().to_lowercase().as_str()))
    };
    let unread = cells.iter().filter(|(name, cell)| !readable.contains_key(*name) && !blank(cell));
    unread.map(|(name, cell)| (name.clone(), cell.clone())).collect()
}

/// Values that a profile may have, and values that it may not and a column might.
fn edges(name: &str, kind: &Kind) -> (Vec<Json>, Vec<Json>) {
    let list = |items: &[Json]| items.to_vec();
    match (name, kind) {
        (_, Kind::Bool) => (list(&[json!(true), json!(false), json!("unknown")]), Vec::new()),
        ("n", _) => (
            list(&["0", "1", "9", "10", "11", "19", "20", "21", "10000000"].map(|n| json!(n))),
            list(&["-1", "-10"].map(|n| json!(n))),
        ),
        ("d", _) => (
            list(
                &[
                    "0",
                    "0.0",
                    "0.09999999999999999999",
                    "0.1",
                    "0.10000000000000000001",
                    "1999.99999899999999999999",
                    "1999.999999",
                    "1999.9999990",
                    "1999.99999900000000000001",
                    "1999.9999999999999999999999",
                    "2000",
                    "2000.000",
                    "2000.0000000000000000000001",
                    "200",
                    "20000",
                    "10000000000",
                ]
                .map(|n| json!(n)),
            ),
            list(&["-2000", "-0.5", "20000000000"].map(|n| json!(n))),
        ),
        (_, Kind::Enum { ordered: true }) => (
            list(&["low", "mid", "high", "unknown"].map(|w| json!(w))),
            list(&["", "LOW", "low ", "none", "higher"].map(|w| json!(w))),
        ),
        (_, Kind::Enum { .. }) => (
            list(&["it's", "50%", "a_b", "back\\slash", "双“引”", "unknown"].map(|w| json!(w))),
            list(&["", "IT'S", "500", "axb", "backslash", "%", "its"].map(|w| json!(w))),
        ),
        ("home", _) => (
            list(
                &[
                    "370202",
                    "371202",
                    "440000",
                    "440103",
                    "441302",
                    "110101",
                    "unknown",
                    "340000",
                    "341400",
                    "440103001",
                    "341400001002",
                ]
                .map(|c| json!(c)),
            ),
            list(
                &["", "none", "UNKNOWN", " ", "深圳", "4403", "44030X", "4403030", "440303-1"]
                    .map(|c| json!(c)),
            ),
        ),
        ("goal", _) => (
            list(&["110101", "none", "370202", "unknown", "440303"].map(|c| json!(c))),
            list(&["", "  ", "NONE OF THEM", "1101"].map(|c| json!(c))),
        ),
        ("trade", _) => (
            list(
                &["F51", "F5191", "f5191", "5191", "C13", "1311", "c131", "unknown", "01", "97"]
                    .map(|c| json!(c)),
            ),
            list(
                &["", "F", "c", "none", "批发业", "X51", "F5191X", "F51911", "51911", "F-1"]
                    .map(|c| json!(c)),
            ),
        ),
        ("code", _) => {
            let right = credit_code("440300");
            let office = credit_code("110000");
            let mut readable = vec![json!(right), json!(right.to_lowercase()), json!(office)];
            readable.push(json!(credit_code("100000")));
            readable.extend(
                ["914403001922038216", "9144030071526726XG", "93450681MAT000050F"]
                    .map(|c| json!(c)),
            );
            // Wrong by one check, by the other, by both, and by characters that mean something in SQL.
            for (index, other) in
                [(17, '0'), (16, '0'), (5, '9'), (8, '\''), (9, '%'), (10, '_'), (11, '\\')]
            {
                let mut code: Vec<char> = right.chars().collect();
                code[index] = other;
                readable.push(json!(code.into_iter().collect::<String>()));
            }
            let unreadable =
                list(&["", "4403", "unknown ", "9144030019220382160"].map(|c| json!(c)));
            (readable, unreadable)
        }
        (_, Kind::EnumList) => (
            list(&[
                json!([]),
                json!(["it's"]),
                json!(["50%"]),
                json!(["a_b", "back\\slash"]),
                json!(["双“引”", "it's"]),
                json!("unknown"),
            ]),
            list(&[
                json!([null]),
                json!(["it's", null]),
                json!(["its"]),
                json!([""]),
                json!(["it's", "IT'S"]),
            ]),
        ),
        ("hs", _) => (
            list(&[
                json!([]),
                json!(["870380"]),
                json!(["8703.80"]),
                json!(["8703801010", "610910"]),
                json!(["610911"]),
                json!(["61091010"]),
                json!("unknown"),
            ]),
            list(&[
                json!([null]),
                json!(["87038"]),
                json!(["8703800"]),
                json!(["870380", ""]),
                json!(["汽车"]),
            ]),
        ),
        _ => (
            list(&[
                json!([]),
                json!(["JP"]),
                json!(["jp"]),
                json!(["US"]),
                json!(["US", "KR"]),
                json!(["DE", "FR"]),
                json!([" jp "]),
                json!("unknown"),
            ]),
            list(&[
                json!([null]),
                json!(["JP", null]),
                json!(["日本"]),
                json!(["JP", ""]),
                json!(["JP;KR"]),
                json!(["J1"]),
            ]),
        ),
    }
}
