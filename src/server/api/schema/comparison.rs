//! What differs between two rule books, as the description has it. It is written by `export_advisor_core::diff`; a test
//! holds these types to it.

use super::Bilingual;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What differs between two rule books.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleBookComparison {
    /// The version of the old one.
    #[schema(examples("sha256:0f3a…"))]
    old: String,
    /// The version of the new one.
    #[schema(examples("sha256:0f3a…"))]
    new: String,
    /// Whether the status of a support changes for some firm, or what excludes it.
    #[schema(examples(true))]
    moves_firms: bool,
    /// The most important thing, in a sentence.
    summary: Bilingual,
    /// What differs in itself or in its meaning: supports first.
    #[schema(examples(json!([])))]
    items: Vec<ChangedItem>,
    /// Rows of tables that differ.
    #[schema(examples(json!([])))]
    rows: Vec<ChangedRow>,
    /// Files that differ.
    #[schema(examples(json!([])))]
    files: Vec<ChangedFile>,
}

/// A support, fact, office or other named thing that differs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedItem {
    /// What it is: `support`, `fact`, `derivation`, `warning`, `channel`, `paper`, `policy` and others.
    #[schema(examples("support"))]
    kind: String,
    /// Its id.
    #[schema(examples("guarantee-small-micro"))]
    id: String,
    /// Its title.
    title: Bilingual,
    /// What happened to it: `added`, `removed`, `renamed`, `changed` or `reordered`.
    #[schema(examples("changed"))]
    change: String,
    /// The id that it had, if it was renamed; null otherwise.
    #[schema(examples(json!(null)))]
    from: Option<String>,
    /// What the change of its condition does: `none` (proved), `moves`, `too_large` (not compared); null if the condition is
    /// the same, or it has none.
    #[schema(examples("moves"))]
    effect: Option<String>,
    /// A smallest firm for each kind of move.
    #[schema(examples(json!([])))]
    moves: Vec<FirmMove>,
    /// Its properties that differ.
    #[schema(examples(json!([])))]
    properties: Vec<ChangedProperty>,
    /// The sentences that it rests on.
    #[schema(examples(json!([])))]
    sentences: Vec<ChangedSentence>,
}

/// A move from one outcome to another.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirmMove {
    /// The outcome under the old rules: a status, after `/` what excludes the firm; or a truth value.
    #[schema(examples("applies"))]
    before: String,
    /// The outcome under the new rules.
    #[schema(examples("does_not_apply/text"))]
    after: String,
    /// A smallest firm that makes this move, as a profile for the new rules.
    #[schema(examples(json!({"size": "small"})))]
    firm: Map<String, Value>,
    /// The same firm as the old rules read it, if that is another profile; null otherwise.
    #[schema(examples(json!(null)))]
    old_firm: Option<Map<String, Value>>,
    /// Whether only firms whose answers contradict each other make this move.
    #[schema(examples(false))]
    contradictory: bool,
    /// The criteria that moved it; none of other items than supports.
    #[schema(examples(json!([])))]
    causes: Vec<MovedCriterion>,
}

/// A criterion that moved a firm.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MovedCriterion {
    /// Its id.
    #[schema(examples("guarantee-small-micro/size"))]
    criterion: String,
    /// Its label.
    label: Bilingual,
    /// Its truth under the old rules; null if it is new.
    #[schema(examples("true"))]
    before: Option<String>,
    /// Its truth under the new rules; null if it was removed.
    #[schema(examples("false"))]
    after: Option<String>,
}

/// A property that differs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedProperty {
    /// Its name in the rules.
    #[schema(examples("criterion size condition"))]
    name: String,
    /// The label of the criterion that it is a property of; null if it is of none.
    criterion: Option<Bilingual>,
    /// What it was: a text in both languages, or a value; null if it is new.
    old: Option<PropertyValue>,
    /// What it is; null if it was removed.
    new: Option<PropertyValue>,
}

/// The value of a property: a text for people, or what the rules have.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(examples("firm.size <= \"small\""))]
pub(crate) enum PropertyValue {
    /// A text for people.
    Text(Bilingual),
    /// What the rules have.
    Value(String),
}

/// A sentence of a policy.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedSentence {
    /// Its id.
    #[schema(examples("8.4"))]
    id: String,
    /// Its words.
    #[schema(examples("鼓励政府性融资担保机构为符合条件的小微外贸企业提供融资增信支持。"))]
    text: String,
}

/// A row of a table that differs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedRow {
    /// The table.
    #[schema(examples("rcep"))]
    table: String,
    /// The row's key: its first cell.
    #[schema(examples("MY"))]
    key: String,
    /// The row as it was, cells separated by ` | `; null if it was added.
    #[schema(examples(json!(null)))]
    old: Option<String>,
    /// The row as it is; null if it was removed.
    #[schema(examples(json!(null)))]
    new: Option<String>,
}

/// A file that differs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedFile {
    /// Its path in the archive.
    #[schema(examples("rules/tables/rcep.tsv"))]
    path: String,
    /// What happened to it: `added`, `removed`, `changed`, or `reformatted` if only its form or comments differ.
    #[schema(examples("changed"))]
    change: String,
}
