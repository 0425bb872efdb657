//! What an answer says of each document, whatever the firm: its head, the state of its sentences, later documents,
//! and how supports of several documents stand to each other.

use super::prerendered::{json, opened};
use crate::facts::LocalizedText;
use crate::index::IndexVec;
use crate::plan::Plan;
use crate::policy::SentenceId;
use crate::rulebook::{LaterDocument, Policy, PolicyId, RuleBook, SupportId};
use foldhash::HashMap;
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Debug, Default)]
pub(super) struct PrerenderedPolicy {
    /// From `{"id":` to before whether it holds where the firm is.
    pub(super) head: String,
    /// Members: each sentence by its name.
    pub(super) sentences: String,
    /// Members: each sentence by its id.
    pub(super) sentence_uses: String,
    /// Items: later documents.
    pub(super) later: String,
}

#[derive(Serialize)]
pub(super) struct NoteView<'a> {
    overlay: &'a str,
    by: &'a LocalizedText,
    area: &'a str,
    text: &'a LocalizedText,
}

#[derive(Serialize)]
pub(super) struct RelationView<'a> {
    kind: &'a str,
    support: &'a str,
    policy: &'a str,
    difference: Option<&'a LocalizedText>,
}

#[derive(Serialize)]
struct PolicyHead<'a> {
    id: &'a str,
    number: &'a str,
    title: &'a LocalizedText,
    issuer: &'a LocalizedText,
    level: &'a str,
    area: Option<&'a LocalizedText>,
    in_force_from: String,
    in_force_until: Option<String>,
}

/// How a support stands to those of other documents.
pub(super) fn relations(book: &RuleBook, id: SupportId) -> Vec<RelationView<'_>> {
    let related = book.related(id).map(|related| {
        let support = book.supports.at(related.support);
        let (id, policy) = (&support.id, &book.policies.at(support.policy).id);
        RelationView { kind: related.kind, support: id, policy, difference: related.difference }
    });
    related.collect()
}

/// What overlays say of a support.
pub(super) fn notes(book: &RuleBook, id: SupportId) -> Vec<NoteView<'_>> {
    let notes = book.notes(id).map(|(overlay, note)| NoteView {
        overlay: &overlay.id,
        by: &overlay.by,
        area: &note.area,
        text: &note.text,
    });
    notes.collect()
}

/// What is said of each document, whatever the firm.
pub(super) fn policies(plan: &Plan) -> IndexVec<PolicyId, PrerenderedPolicy> {
    let of_policies = plan.book.policies.iter_enumerated().map(|(id, policy)| {
        let [sentences, sentence_uses] = sentences(plan, id, policy);
        let in_force = &policy.in_force;
        let head = PolicyHead {
            id: &policy.id,
            number: &policy.number,
            title: &policy.title,
            issuer: &policy.issuer,
            level: policy.level.as_str(),
            area: policy.area.as_ref().map(|area| &area.name),
            in_force_from: in_force.from.to_string(),
            in_force_until: in_force.until.map(|day| day.to_string()),
        };
        let later: Vec<String> = policy.later.iter().map(|one| json(&later(policy, one))).collect();
        let later = later.join(",");
        PrerenderedPolicy { head: opened(&head), sentences, sentence_uses, later }
    });
    of_policies.collect()
}

fn later(policy: &Policy, later: &LaterDocument) -> Value {
    let mut value = json!({ "policy": policy.id });
    if let (Value::Object(all), Ok(Value::Object(members))) =
        (&mut value, serde_json::to_value(later))
    {
        all.extend(members);
    }
    value
}

/// Every sentence of a document by its name and by its id, with the supports that cite it, or why none does: the members of
/// two objects.
fn sentences(plan: &Plan, id: PolicyId, policy: &Policy) -> [String; 2] {
    let book = &plan.book;
    let mut citing: HashMap<SentenceId, Vec<&str>> = HashMap::default();
    for support in book.supports.iter().filter(|support| support.policy == id) {
        for sentence in support.sentences() {
            citing.entry(sentence).or_default().push(&support.id);
        }
    }
    let (mut by_name, mut by_id) = (serde_json::Map::new(), serde_json::Map::new());
    for sentence in policy.text.sentence_ids() {
        let background = policy.background.iter().find(|b| b.sentence == sentence);
        let value = match background {
            Some(background) => {
                json!({ "background": background.kind.as_str(), "reason": background.reason })
            }
            None => json!(citing.get(&sentence).map_or(&[][..], Vec::as_slice)),
        };
        // What older clients read; the sentences of other documents are in `sentence_uses` alone.
        if book.is_first(policy) {
            by_name.insert(book.sentence_key(policy, sentence), value.clone());
        }
        by_id.insert(RuleBook::sentence_id(policy, sentence), value);
    }
    [by_name, by_id].map(|map| {
        let text = Value::Object(map).to_string();
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        inner.unwrap_or_default().to_owned()
    })
}
