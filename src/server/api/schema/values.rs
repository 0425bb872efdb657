//! The values of facts, as answers have them.

use serde::{Deserialize, Serialize};
use serde_json::Number;
use std::borrow::Cow;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A value of a fact: yes or no, a number, an enum value or a code, a list of these, an upper bound, or null if there is
/// none. `"unknown"` was answered “I do not know”.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// An enum value or a code.
    Text(String),
    /// Enum values or codes.
    List(Vec<String>),
    /// An upper bound.
    AtMost(AtMost),
    /// None.
    None(()),
}

impl PartialSchema for FactValue {
    fn schema() -> RefOr<Schema> {
        let of = |kind: Type| ObjectBuilder::new().schema_type(kind);
        AnyOfBuilder::new()
            .description(Some(
                "A value of a fact: yes or no, a number, an enum value or a code, a list of these, an upper bound, or null if there is none. `\"unknown\"` was answered “I do not know”.",
            ))
            .examples(["micro"])
            .item(of(Type::Boolean))
            .item(of(Type::Number))
            .item(of(Type::String))
            .item(ArrayBuilder::new().items(of(Type::String)))
            .item(Ref::from_schema_name(AtMost::name()))
            .item(of(Type::Null))
            .into()
    }
}

impl ToSchema for FactValue {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("FactValue")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((AtMost::name().into_owned(), AtMost::schema()));
    }
}

/// An upper bound of an ordered fact.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AtMost {
    /// The enum value.
    #[schema(examples("small"))]
    pub at_most: String,
}

/// The values that do for a fact. `kind` says which of these it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(
    examples(json!({"kind": "one_of", "one_of": [true]})),
    discriminator(property_name = "kind", mapping(
        ("one_of" = "#/components/schemas/OneOf"),
        ("number" = "#/components/schemas/NumberRange"),
        ("code" = "#/components/schemas/CodeStarts"),
        ("list" = "#/components/schemas/ListNeeds"),
    ))
)]
pub enum NeededValue {
    /// One of several.
    OneOf(OneOf),
    /// A number within bounds.
    Number(NumberRange),
    /// A code.
    Code(CodeStarts),
    /// A list.
    List(ListNeeds),
}

/// Defines the type of `kind` of one member of [`NeededValue`], which has one value. The texts are tokens, since derived
/// descriptions read no literals of macros.
macro_rules! kind {
    ($name:ident, $value:tt, $doc:tt) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
        #[schema(examples($value))]
        pub enum $name {
            #[doc = $doc]
            #[serde(rename = $value)]
            Kind,
        }
    };
}

kind!(OneOfKind, "one_of", "`one_of`.");
kind!(NumberKind, "number", "`number`.");
kind!(CodeKind, "code", "`code`.");
kind!(ListKind, "list", "`list`.");

/// One of several values.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOf {
    /// Which values these are.
    pub kind: OneOfKind,
    /// The values: yes or no, or enum values.
    #[schema(examples(json!([true])))]
    pub one_of: Vec<Choice>,
}

/// Yes or no, or an enum value.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(examples(true))]
pub enum Choice {
    /// Yes or no.
    Bool(bool),
    /// An enum value.
    Text(String),
}

/// A number within bounds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberRange {
    /// Which values these are.
    pub kind: NumberKind,
    /// The lower bound; null if there is none.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub min: Option<NumberBound>,
    /// The upper bound; null if there is none.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub max: Option<NumberBound>,
}

/// A bound of a number.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberBound {
    /// The number, exact, in the unit of its fact.
    #[schema(examples("300"))]
    pub value: String,
    /// Whether the number itself does.
    #[schema(examples(true))]
    pub included: bool,
}

/// A code by how it begins.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeStarts {
    /// Which values these are.
    pub kind: CodeKind,
    /// It begins as one of these.
    #[schema(examples(json!(["33"])))]
    pub starts_with: Vec<String>,
    /// And as none of these.
    #[schema(examples(json!([])))]
    pub not_starts_with: Vec<String>,
}

/// What a list has and has not.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListNeeds {
    /// Which values these are.
    pub kind: ListKind,
    /// Of each of these it has at least one.
    #[schema(examples(json!([["retail_export"]])))]
    pub has_any: Vec<Vec<String>>,
    /// None of these.
    #[schema(examples(json!([])))]
    pub has_none: Vec<String>,
    /// Whether it is empty; null if that does not matter.
    pub empty: Option<bool>,
}
