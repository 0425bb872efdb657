//! The parts of an answer's JSON that do not depend on the firm.

use super::policies::{NoteView, PrerenderedPolicy, RelationView, notes, policies, relations};
use crate::facts::{FactId, LocalizedText};
use crate::index::IndexVec;
use crate::plan::{Item, Need, Node, NodeId, Plan, ValueDomain};
use crate::rulebook::{
    Basis, Channel, ChannelId, Contact, DerivationId, OtherRule, PolicyId, RuleBook, Support,
    SupportId,
};
use crate::wording::{self, Lang};
use foldhash::{HashMap, HashSet};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Prerendered text, by the indices of the plan.
#[derive(Debug)]
pub(super) struct Prerendered {
    pub(super) policies: IndexVec<PolicyId, PrerenderedPolicy>,
    /// Per channel, from `{"channel":` to before its contacts.
    pub(super) channels: IndexVec<ChannelId, String>,
    pub(super) supports: IndexVec<SupportId, PrerenderedSupport>,
    /// Per node that is a test: `{"id":…,"fact":…,"text":…`, else empty.
    pub(super) tests: IndexVec<NodeId, String>,
    /// Per derivation: `{"fact":…` and `,"source":…}`.
    pub(super) derived: IndexVec<DerivationId, (String, String)>,
    /// The tests that can decide a derived fact, in words.
    pub(super) derived_tests: Arc<HashMap<NodeId, LocalizedText>>,
    /// Per fact, its name as a JSON text.
    pub(super) facts: IndexVec<FactId, String>,
}

#[derive(Debug)]
pub(super) struct PrerenderedSupport {
    /// The id as a JSON text.
    pub(super) id: String,
    /// From `{"id":` to before the status.
    pub(super) head: String,
    /// The citations.
    pub(super) after_window: String,
    /// Per criterion, from `{"id":` to before its truth.
    pub(super) criteria: Vec<String>,
    /// Per emphasis, from `{"label":` to before its truth.
    pub(super) emphases: Vec<String>,
    /// Per counterfactual, per need: `{"fact":…,"needs":…}`.
    pub(super) counterfactuals: Vec<Vec<Arc<str>>>,
    /// What stands after everything that depends on the firm.
    pub(super) tail: String,
}

impl Prerendered {
    pub(super) fn new(plan: &Plan, order: &[SupportId]) -> Self {
        let book = &plan.book;
        let supports = book.supports.iter_enumerated();
        // Many counterfactuals share a need.
        let mut needs = HashMap::default();
        let supports =
            supports.map(|(id, support)| prerender_support(plan, id, support, order, &mut needs));
        let shown = plan.reasons();
        let nodes = plan.nodes.iter_enumerated().zip(&plan.ids);
        let tests = nodes.map(|((node_id, node), id)| match node {
            Node::Test((fact, test)) if shown.contains(&node_id) => {
                let fact = book.catalogue.fact(*fact);
                let text = wording::test(fact, &book.reference, test);
                opened(&TestHead { id, fact: &fact.name, text })
            }
            _ => String::new(),
        });
        let derived = book.derivations.iter().map(|derivation| {
            let fact = &book.catalogue.fact(derivation.fact).name;
            (
                format!("{{\"fact\":{}", json(fact)),
                format!(",\"source\":{}}}", json(&derivation.source)),
            )
        });
        Self {
            policies: policies(plan),
            channels: book
                .channels
                .iter()
                .map(|channel| opened(&ChannelHead::of(channel)))
                .collect(),
            supports: supports.collect(),
            tests: tests.collect(),
            derived: derived.collect(),
            derived_tests: Arc::new(derived_tests(plan)),
            facts: book.catalogue.facts.iter().map(|fact| json(&fact.name)).collect(),
        }
    }

    /// The ids alone, for answers without the texts that a rule book has anyway.
    pub(super) fn ids(plan: &Plan) -> Self {
        let book = &plan.book;
        let fact = |id: FactId| book.catalogue.fact(id).name.as_str();
        let supports = book.supports.iter_enumerated().map(|(id, support)| PrerenderedSupport {
            id: json(&support.id),
            head: opened(&json!({ "id": support.id })),
            after_window: String::new(),
            criteria: support.criteria.iter().map(|c| opened(&json!({ "id": c.id }))).collect(),
            emphases: (0..support.emphases.len()).map(|n| opened(&json!({ "index": n }))).collect(),
            counterfactuals: (plan.counterfactuals.at(id).iter())
                .map(|counterfactual| {
                    let needs = counterfactual.needs.iter();
                    let ids = needs
                        .map(|need| NeedIds { fact: fact(need.fact), needs: needs_of(plan, need) });
                    ids.map(|need| json(&need).into()).collect()
                })
                .collect(),
            tail: String::new(),
        });
        let supports = supports.collect();
        let shown = plan.reasons();
        let nodes = plan.nodes.iter_enumerated().zip(&plan.ids);
        let tests = nodes.map(|((node_id, node), id)| match node {
            Node::Test((tested, _)) if shown.contains(&node_id) => {
                opened(&TestIds { id, fact: fact(*tested) })
            }
            _ => String::new(),
        });
        let derived = book
            .derivations
            .iter()
            .map(|derivation| (opened(&json!({ "fact": fact(derivation.fact) })), "}".to_owned()));
        let channels = book.channels.iter().map(|c| opened(&json!({ "channel": c.id })));
        let policies = book.policies.iter().map(|policy| PrerenderedPolicy {
            head: opened(&json!({ "id": policy.id })),
            ..PrerenderedPolicy::default()
        });
        Self {
            policies: policies.collect(),
            channels: channels.collect(),
            supports,
            tests: tests.collect(),
            derived: derived.collect(),
            derived_tests: Arc::new(derived_tests(plan)),
            facts: book.catalogue.facts.iter().map(|fact| json(&fact.name)).collect(),
        }
    }

    /// The same in one language.
    pub(super) fn in_language(&self, lang: Lang) -> Self {
        let one = |text: &String| one_language(text, lang);
        let all = |texts: &Vec<String>| texts.iter().map(one).collect();
        let policy = |policy: &PrerenderedPolicy| PrerenderedPolicy {
            head: one(&policy.head),
            sentences: one(&policy.sentences),
            sentence_uses: one(&policy.sentence_uses),
            later: one(&policy.later),
        };
        let support = |support: &PrerenderedSupport| PrerenderedSupport {
            id: support.id.clone(),
            head: one(&support.head),
            after_window: one(&support.after_window),
            criteria: all(&support.criteria),
            emphases: all(&support.emphases),
            counterfactuals: (support.counterfactuals.iter())
                .map(|needs| needs.iter().map(|need| one_language(need, lang).into()).collect())
                .collect(),
            tail: one(&support.tail),
        };
        Self {
            policies: self.policies.iter().map(policy).collect(),
            channels: self.channels.iter().map(one).collect(),
            supports: self.supports.iter().map(support).collect(),
            tests: self.tests.iter().map(one).collect(),
            derived: (self.derived.iter()).map(|(head, source)| (one(head), one(source))).collect(),
            derived_tests: Arc::clone(&self.derived_tests),
            facts: self.facts.clone(),
        }
    }
}

/// A JSON text whose bilingual texts have one language only.
fn one_language(json: &str, lang: Lang) -> String {
    // A quote within a JSON text is escaped, so this is found where a bilingual text begins, and nowhere else.
    const START: &str = "{\"zh\":\"";
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, behind)) = rest.split_once(START) {
        out.push_str(before);
        let (zh, behind) = text_and_rest(behind);
        let Some((en, behind)) = behind.strip_prefix(",\"en\":\"").map(text_and_rest) else {
            out.push_str(START);
            rest = behind;
            continue;
        };
        let (name, text) = match lang {
            Lang::Zh => ("zh", zh),
            Lang::En => ("en", en),
        };
        out.extend(["{\"", name, "\":\"", text, "\""]);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A JSON text behind its first quote: what it holds, escaped, and what is behind its last quote.
fn text_and_rest(json: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = json.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    let text = end.and_then(|end| json.split_at_checked(end));
    let (text, rest) = text.unwrap_or((json, ""));
    (text, rest.get(1..).unwrap_or_default())
}

/// JSON of plain data: names, texts and numbers always have one.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An object without its closing bracket.
pub(super) fn opened(value: &impl Serialize) -> String {
    let mut text = json(value);
    text.pop();
    text
}

/// The members of an object, with a comma before them.
fn members(value: &impl Serialize) -> String {
    let mut text = opened(value);
    text.replace_range(..text.len().min(1), ",");
    text
}

#[derive(Serialize)]
struct Head<'a> {
    id: &'a str,
    policy: &'a str,
    measure: u8,
    title: &'a LocalizedText,
    summary: &'a LocalizedText,
    benefit: Option<&'a str>,
    access: &'a str,
    order: usize,
}

#[derive(Serialize)]
struct Middle<'a> {
    note: Option<&'a LocalizedText>,
    citations: Vec<Cited<'a>>,
}

#[derive(Serialize)]
struct Cited<'a> {
    sentence: String,
    sentence_id: String,
    quote: &'a str,
}

#[derive(Serialize)]
struct CriterionHead<'a> {
    id: &'a str,
    label: &'a LocalizedText,
    basis: BasisOf<'a>,
    condition: String,
    facts: Vec<&'a str>,
}

#[derive(Serialize)]
struct BasisOf<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a LocalizedText>,
}

impl<'a> BasisOf<'a> {
    fn new(basis: &'a Basis) -> Self {
        let (by, reason) = match basis {
            Basis::Stated | Basis::Need | Basis::Area => (None, None),
            Basis::Defined { by } => (Some(by.as_str()), None),
            Basis::Interpreted { reason } => (None, Some(reason)),
        };
        Self { kind: basis.as_str(), by, reason }
    }
}

#[derive(Serialize)]
struct Label<'a> {
    label: &'a LocalizedText,
}

#[derive(Serialize)]
struct Tail<'a> {
    confirm: &'a [LocalizedText],
    next_step: NextStepView<'a>,
    amount: Option<&'a LocalizedText>,
    notes: Vec<NoteView<'a>>,
    relations: Vec<RelationView<'a>>,
    see_also: &'a [OtherRule],
}

#[derive(Serialize)]
struct NextStepView<'a> {
    channel: LocalizedText,
    ask: LocalizedText,
    channels: Vec<StepView<'a>>,
}

#[derive(Serialize)]
struct StepView<'a> {
    id: Option<&'a str>,
    name: &'a LocalizedText,
    ask: LocalizedText,
    bring: Option<LocalizedText>,
}

#[derive(Serialize)]
struct ChannelHead<'a> {
    channel: &'a str,
    name: &'a LocalizedText,
    does: &'a LocalizedText,
}

impl<'a> ChannelHead<'a> {
    fn of(channel: &'a Channel) -> Self {
        Self { channel: &channel.id, name: &channel.name, does: &channel.does }
    }
}

/// A contact of an office, as answers have it.
#[derive(Serialize)]
pub(super) struct ContactView<'a> {
    area: &'a str,
    phone: Option<&'a str>,
    url: Option<&'a str>,
    source: &'a str,
    date: &'a str,
    confidence: &'a str,
    office: Option<&'a LocalizedText>,
    address: Option<&'a LocalizedText>,
    hours: Option<&'a LocalizedText>,
    by: Option<&'a LocalizedText>,
}

impl<'a> ContactView<'a> {
    pub(super) fn of(book: &'a RuleBook, contact: &'a Contact) -> Self {
        Self {
            office: contact.office.as_ref(),
            address: contact.address.as_ref(),
            hours: contact.hours.as_ref(),
            by: contact.overlay.map(|overlay| &book.overlays.at(overlay).by),
            area: &contact.area,
            phone: contact.phone.as_deref(),
            url: contact.url.as_deref(),
            source: &contact.source,
            date: &contact.date,
            confidence: &contact.confidence,
        }
    }
}

#[derive(Serialize)]
struct TestHead<'a> {
    id: &'a str,
    fact: &'a str,
    text: LocalizedText,
}

#[derive(Serialize)]
struct TestIds<'a> {
    id: &'a str,
    fact: &'a str,
}

#[derive(Serialize)]
struct NeedIds<'a> {
    fact: &'a str,
    needs: Value,
}

#[derive(Serialize)]
struct PrerenderedNeed<'a> {
    fact: &'a str,
    needs: Value,
    text: LocalizedText,
}

fn prerender_support(
    plan: &Plan,
    id: SupportId,
    support: &Support,
    order: &[SupportId],
    needs: &mut HashMap<Need, Arc<str>>,
) -> PrerenderedSupport {
    let book = &plan.book;
    let policy = book.policies.at(support.policy);
    let head = Head {
        id: &support.id,
        policy: &policy.id,
        measure: support.measure,
        title: &support.title,
        summary: &support.summary,
        benefit: book.kinds.get(support.kind).map(|kind| kind.id.as_str()),
        access: support.access.as_str(),
        order: order.iter().position(|other| *other == id).map_or(0, |index| index + 1),
    };
    let citations = support.citations.iter().map(|c| Cited {
        sentence: book.sentence_key(policy, c.sentence),
        sentence_id: RuleBook::sentence_id(policy, c.sentence),
        quote: &c.quote,
    });
    let after_window = Middle { note: support.note.as_ref(), citations: citations.collect() };
    let criteria = support.criteria.iter().map(|criterion| {
        let facts = criterion.condition.facts();
        opened(&CriterionHead {
            id: &criterion.id,
            label: &criterion.label,
            basis: BasisOf::new(&criterion.basis),
            condition: criterion.condition.canonical(&book.catalogue),
            facts: facts.iter().map(|fact| book.catalogue.fact(fact).name.as_str()).collect(),
        })
    });
    let emphases = support.emphases.iter().map(|e| opened(&Label { label: &e.label }));
    let counterfactuals = plan.counterfactuals.at(id).iter().map(|counterfactual| {
        let texts = counterfactual.needs.iter().map(|need| match needs.get(need) {
            Some(text) => Arc::clone(text),
            None => {
                let text: Arc<str> = prerender_need(plan, need).into();
                needs.insert(need.clone(), Arc::clone(&text));
                text
            }
        });
        texts.collect()
    });
    let tail = Tail {
        confirm: &support.confirm,
        next_step: next_step(book, support),
        amount: support.amount.as_ref(),
        notes: notes(book, id),
        relations: relations(book, id),
        see_also: &support.see_also,
    };
    PrerenderedSupport {
        id: json(&support.id),
        head: opened(&head),
        after_window: members(&after_window),
        criteria: criteria.collect(),
        emphases: emphases.collect(),
        counterfactuals: counterfactuals.collect(),
        tail: members(&tail),
    }
}

fn next_step<'a>(book: &'a RuleBook, support: &'a Support) -> NextStepView<'a> {
    let steps = support.next_steps.iter().map(|step| StepView {
        id: step.channel.map(|id| book.channels.at(id).id.as_str()),
        name: &step.name,
        ask: wording::asks(&step.asks),
        bring: wording::papers(book, &step.papers),
    });
    NextStepView {
        channel: wording::offices(support),
        ask: wording::whole_next_step(book, support),
        channels: steps.collect(),
    }
}

fn prerender_need(plan: &Plan, need: &Need) -> String {
    let book = &plan.book;
    let fact = book.catalogue.fact(need.fact);
    let text = wording::need(fact, &book.reference, &need.domain);
    json(&PrerenderedNeed { fact: &fact.name, needs: needs_of(plan, need), text })
}

/// The values that do for a fact.
fn needs_of(plan: &Plan, need: &Need) -> Value {
    let fact = plan.book.catalogue.fact(need.fact);
    let value = |index: &u16| fact.value_name(*index).to_owned();
    let items = |items: &[Item]| -> Vec<String> {
        let name = |item: &Item| match item {
            Item::Enum(index) => value(index),
            Item::Code(code) | Item::Start(code) => code.clone(),
        };
        items.iter().map(name).collect()
    };
    let number = |bound: &Option<(rust_decimal::Decimal, bool)>| {
        bound.as_ref().map(|(n, included)| json!({ "value": n.to_string(), "included": included }))
    };
    match &need.domain {
        ValueDomain::Bool(yes) => json!({ "kind": "one_of", "one_of": [yes] }),
        ValueDomain::EnumList(values) => {
            let values: Vec<String> = values.iter().map(value).collect();
            json!({ "kind": "one_of", "one_of": values })
        }
        ValueDomain::Number { min, max } => {
            json!({ "kind": "number", "min": number(min), "max": number(max) })
        }
        ValueDomain::Code { starts, not } => {
            json!({ "kind": "code", "starts_with": starts, "not_starts_with": not })
        }
        ValueDomain::List { has, lacks, empty } => json!({
            "kind": "list",
            "has_any": has.iter().map(|any| items(any)).collect::<Vec<_>>(),
            "has_none": items(lacks),
            "empty": empty,
        }),
    }
}

/// The tests that can decide a derived fact, in words.
fn derived_tests(plan: &Plan) -> HashMap<NodeId, LocalizedText> {
    let book = &plan.book;
    let mut waiting: Vec<NodeId> =
        plan.derived.iter().flat_map(|nodes| nodes.follows.iter().copied()).collect();
    let (mut seen, mut tests) = (HashSet::default(), HashMap::default());
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        waiting.extend(plan.node(id).parts().copied());
        if let Node::Test((fact, test)) = plan.node(id) {
            let fact = book.catalogue.fact(*fact);
            tests.insert(id, wording::test(fact, &book.reference, test));
        }
    }
    tests
}
