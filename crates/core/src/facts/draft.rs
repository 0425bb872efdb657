//! The blocks of `rules/facts/*.toml` as they are written, before the catalogue checks them.
//!
//! In goes TOML, out come drafts. It checks that a type has the keys that it needs, and nothing that concerns two facts.

use super::{Format, Kind, LocalizedText, Together};
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactsFile {
    pub(super) group: DraftGroup,
    #[serde(default)]
    pub(super) fact: Vec<DraftFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftGroup {
    pub(super) id: String,
    pub(super) order: u32,
    pub(super) label: LocalizedText,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DraftType {
    Bool,
    Integer,
    Decimal,
    #[serde(rename = "word")]
    Enum,
    Code,
    #[serde(rename = "words")]
    EnumList,
    Codes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftFact {
    pub(super) name: Spanned<String>,
    pub(super) r#type: DraftType,
    pub(super) label: LocalizedText,
    pub(super) question: LocalizedText,
    pub(super) help: LocalizedText,
    pub(super) changeable: bool,
    pub(super) rank: Option<u32>,
    pub(super) together: Option<Together>,
    #[serde(default)]
    pub(super) doubtful: bool,
    #[serde(default)]
    pub(super) decided_by_office: bool,
    pub(super) usual_per: Option<DraftRatio>,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    #[serde(default)]
    pub(super) headers: Vec<String>,
    #[serde(default)]
    pub(super) headers_yuan: Vec<String>,
    #[serde(default)]
    pub(super) headers_fallback: Vec<String>,
    pub(super) unit: Option<LocalizedText>,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) format: Option<Format>,
    #[serde(default)]
    pub(super) none: bool,
    #[serde(default)]
    pub(super) ordered: bool,
    #[serde(default)]
    pub(super) values: Vec<DraftValue>,
    #[serde(default)]
    pub(super) old_values: Vec<DraftOldValue>,
    #[serde(default)]
    pub(super) industries: Vec<String>,
    pub(super) values_from: Option<DraftSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftValue {
    #[serde(rename = "word")]
    pub(super) name: String,
    pub(super) label: LocalizedText,
    #[serde(default)]
    pub(super) also: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftOldValue {
    pub(super) value: String,
    pub(super) means: Vec<String>,
    #[serde(default)]
    pub(super) also: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftSource {
    pub(super) table: String,
    #[serde(rename = "word")]
    pub(super) name: String,
    pub(super) zh: String,
    pub(super) en: String,
    /// A column of other spellings.
    pub(super) also: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftRatio {
    pub(super) fact: String,
    /// A decimal as a text, so that no binary fraction comes in.
    pub(super) least: String,
    pub(super) most: String,
}

impl DraftFact {
    pub(super) fn kind(&self) -> Result<Kind, String> {
        let format = || self.format.ok_or_else(|| "a code needs its `format`".to_owned());
        Ok(match self.r#type {
            DraftType::Bool => Kind::Bool,
            DraftType::Integer | DraftType::Decimal => Kind::Number {
                whole: matches!(self.r#type, DraftType::Integer),
                unit: self.unit.clone().ok_or("a number needs its `unit`")?,
                min: self.min.ok_or("a number needs its `min`")?.into(),
                max: self.max.ok_or("a number needs its `max`")?.into(),
            },
            DraftType::Enum => Kind::Enum { ordered: self.ordered },
            DraftType::EnumList => Kind::EnumList,
            DraftType::Code => Kind::Code { format: format()?, none: self.none },
            DraftType::Codes => Kind::Codes { format: format()? },
        })
    }
}
