//! The parts of an answer's JSON that do not depend on the firm.

use crate::facts::Texts;
use crate::plan::{Accept, Item, Need, Node, Plan};
use crate::rulebook::{BackgroundKind, Basis, Support};
use crate::wording;
use serde_json::{Value, json};

/// Ready text, by the places of the plan.
#[derive(Debug)]
pub(super) struct Ready {
    /// `"sentences":{…}`
    pub(super) sentences: String,
    pub(super) supports: Vec<ReadySupport>,
    /// Per node that is a test: `{"id":…,"fact":…,"text":…`, else empty.
    pub(super) tests: Vec<String>,
    /// Per derivation: `{"fact":…` and `,"source":…}`.
    pub(super) derived: Vec<(String, String)>,
    /// Per fact, its name as a JSON text.
    pub(super) facts: Vec<String>,
}

#[derive(Debug)]
pub(super) struct ReadySupport {
    /// The id as a JSON text.
    pub(super) id: String,
    /// From `{"id":` to before the status.
    pub(super) head: String,
    /// The citations.
    pub(super) middle: String,
    /// Per criterion, from `{"id":` to before its truth.
    pub(super) criteria: Vec<String>,
    /// Per emphasis, from `{"label":` to before its truth.
    pub(super) emphases: Vec<String>,
    /// Per way to make it apply, per need: `{"fact":…,"needs":…}`.
    pub(super) flips: Vec<Vec<String>>,
    /// What stands after everything that depends on the firm.
    pub(super) tail: String,
}

impl Ready {
    pub(super) fn new(plan: &Plan) -> Self {
        let book = &plan.book;
        let supports = book.supports.iter().enumerate();
        let supports = supports.map(|(place, support)| ready_support(plan, place, support));
        let shown = plan.reasons();
        let nodes = (0..).zip(plan.nodes.iter().zip(&plan.ids));
        let tests = nodes.map(|(place, (node, id))| match node {
            Node::Test(fact, test) if shown.contains(&place) => {
                let fact = book.catalogue.fact(*fact);
                let text = texts(&wording::test(fact, &book.reference, test));
                opened(&json!({ "id": id, "fact": fact.name, "text": text }))
            }
            _ => String::new(),
        });
        let derived = book.derivations.iter().map(|derivation| {
            let fact = &book.catalogue.fact(derivation.fact).name;
            let source = format!(",\"source\":{}}}", json!(derivation.source));
            (opened(&json!({ "fact": fact })), source)
        });
        Self {
            sentences: format!("\"sentences\":{}", sentences(plan)),
            supports: supports.collect(),
            tests: tests.collect(),
            derived: derived.collect(),
            facts: book.catalogue.facts.iter().map(|fact| json!(fact.name).to_string()).collect(),
        }
    }
}

/// An object without its closing bracket.
fn opened(value: &Value) -> String {
    let text = value.to_string();
    text.strip_suffix('}').map_or(text.clone(), str::to_owned)
}

/// The members of an object, with a comma before them.
fn members(value: &Value) -> String {
    let text = value.to_string();
    let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or("");
    format!(",{inner}")
}

pub(super) fn texts(texts: &Texts) -> Value {
    json!({ "zh": texts.zh, "en": texts.en })
}

/// A basis as JSON.
pub(super) fn basis(basis: &Basis) -> Value {
    match basis {
        Basis::Stated => json!({ "kind": basis.word() }),
        Basis::Defined { by } => json!({ "kind": basis.word(), "by": by }),
        Basis::Interpreted { reason } => json!({ "kind": basis.word(), "reason": texts(reason) }),
    }
}

fn ready_support(plan: &Plan, place: usize, support: &Support) -> ReadySupport {
    let book = &plan.book;
    let policy = book.policies.get(support.policy);
    let head = json!({
        "id": support.id,
        "policy": policy.map(|p| &p.id),
        "measure": support.measure,
        "title": texts(&support.title),
        "summary": texts(&support.summary),
        "benefit": book.kinds.get(support.kind).map(|kind| &kind.id),
        "access": support.access.word(),
    });
    let citations: Vec<Value> = support
        .citations
        .iter()
        .map(|c| {
            let sentence = policy.map(|policy| book.sentence_key(policy, c.sentence));
            json!({ "sentence": sentence, "quote": c.quote })
        })
        .collect();
    let note = support.note.as_ref().map(texts);
    let criteria = support.criteria.iter().map(|criterion| {
        let facts = criterion.condition.facts();
        let facts: Vec<&str> =
            facts.iter().map(|fact| book.catalogue.fact(fact).name.as_str()).collect();
        opened(&json!({
            "id": criterion.id,
            "label": texts(&criterion.label),
            "basis": basis(&criterion.basis),
            "condition": criterion.condition.canonical(&book.catalogue),
            "facts": facts,
        }))
    });
    let emphases = support.emphases.iter().map(|e| opened(&json!({ "label": texts(&e.label) })));
    let flips = plan
        .flips
        .get(place)
        .into_iter()
        .flatten()
        .map(|flip| flip.needs.iter().map(|need| ready_need(plan, need).to_string()).collect());
    let see_also: Vec<Value> = support
        .see_also
        .iter()
        .map(|rule| {
            json!({
                "title": rule.title,
                "date": rule.date,
                "confidence": rule.confidence,
                "says": texts(&rule.says),
            })
        })
        .collect();
    let tail = json!({
        "confirm": support.confirm.iter().map(texts).collect::<Vec<_>>(),
        "next_step": { "channel": texts(&support.channel), "ask": texts(&support.ask) },
        "see_also": see_also,
    });
    ReadySupport {
        id: json!(support.id).to_string(),
        head: opened(&head),
        middle: members(&json!({ "note": note, "citations": citations })),
        criteria: criteria.collect(),
        emphases: emphases.collect(),
        flips: flips.collect(),
        tail: members(&tail),
    }
}

fn ready_need(plan: &Plan, need: &Need) -> Value {
    let book = &plan.book;
    let fact = book.catalogue.fact(need.fact);
    let word = |place: &u16| fact.word_at(*place).to_owned();
    let items = |items: &[Item]| -> Vec<String> {
        let name = |item: &Item| match item {
            Item::Word(place) => word(place),
            Item::Code(code) | Item::Start(code) => code.clone(),
        };
        items.iter().map(name).collect()
    };
    let number = |bound: &Option<(rust_decimal::Decimal, bool)>| {
        bound.as_ref().map(|(n, included)| json!({ "value": n.to_string(), "included": included }))
    };
    let needs = match &need.accept {
        Accept::Bool(yes) => json!({ "one_of": [yes] }),
        Accept::Words(words) => json!({ "one_of": words.iter().map(word).collect::<Vec<_>>() }),
        Accept::Number { min, max } => json!({ "min": number(min), "max": number(max) }),
        Accept::Code { starts, not } => json!({ "starts_with": starts, "not_starts_with": not }),
        Accept::List { has, lacks, empty } => json!({
            "has_any": has.iter().map(|any| items(any)).collect::<Vec<_>>(),
            "has_none": items(lacks),
            "empty": empty,
        }),
    };
    let text = texts(&wording::need(fact, &book.reference, &need.accept));
    json!({ "fact": fact.name, "needs": needs, "text": text })
}

fn sentences(plan: &Plan) -> Value {
    let book = &plan.book;
    let mut map = serde_json::Map::new();
    for (place, policy) in book.policies.iter().enumerate() {
        for id in policy.text.sentence_ids() {
            let background = policy.background.iter().find(|b| b.sentence == id);
            let value = match background {
                Some(background) => {
                    let kind = match background.kind {
                        BackgroundKind::Government => "government",
                        BackgroundKind::Lapsed { .. } => "lapsed",
                    };
                    json!({ "background": kind, "reason": texts(&background.reason) })
                }
                None => json!(book.citing(place, id).map(|s| &s.id).collect::<Vec<_>>()),
            };
            map.insert(book.sentence_key(policy, id), value);
        }
    }
    Value::Object(map)
}
