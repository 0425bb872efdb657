//! The facade: a rule book that answers, in three calls.
//!
//! Owns the short way from rule files to an [`Advisor`], from JSON to a profile, and from a profile to an
//! [`Assessment`] that prints itself, together with the errors of the first two. It composes the other
//! modules and adds no meaning: everything that it does can be done with them step by step.

use crate::assessment::{Detail, write_json, write_text};
use crate::diagnostic::Diagnostic;
use crate::evaluate::Answer;
use crate::facts::{Fault, LocalizedText, Profile, Suggestions, parse};
use crate::files::RuleFiles;
use crate::script::load;
use crate::wording::{self, BilingualError, Lang};
use jiff::civil::Date;
use std::fmt;

pub use crate::assessment::Advisor;

impl Advisor {
    /// The rules that are built into this crate.
    ///
    /// # Errors
    /// All faults of the rules: of the built-in ones, none.
    pub fn builtin() -> Result<Self, RuleFaults> {
        Self::from_files(&RuleFiles::builtin())
    }

    /// Rules from their files, which the caller has read.
    ///
    /// # Errors
    /// All faults of the rules.
    pub fn from_files(files: &RuleFiles) -> Result<Self, RuleFaults> {
        load(files).into_result().map(Self::new).map_err(RuleFaults)
    }

    /// Reads a firm's profile from JSON.
    ///
    /// # Errors
    /// All faults of the profile.
    pub fn profile(&self, json: &[u8]) -> Result<Profile, ProfileFaults> {
        let book = self.book();
        parse(&book.catalogue, &book.reference, json).map_err(|faults| {
            let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
            let faults = faults.into_iter().map(|fault| {
                let text = wording::fault(&book.catalogue, &fault, suggestions.of(&fault));
                (fault, text)
            });
            ProfileFaults(faults.collect())
        })
    }

    /// Assesses a firm on a day.
    #[must_use]
    pub fn assess<'a>(&'a self, profile: &'a Profile, as_of: Date) -> Assessment<'a> {
        Assessment { advisor: self, answer: Answer::new(&self.plan, profile, as_of) }
    }
}

/// What the rules say of one firm on one day.
#[derive(Debug)]
pub struct Assessment<'a> {
    advisor: &'a Advisor,
    answer: Answer<'a>,
}

impl<'a> Assessment<'a> {
    /// The findings: statuses, reasons, missing facts, changes, questions.
    #[must_use]
    pub const fn answer(&self) -> &Answer<'a> {
        &self.answer
    }

    /// The assessment as JSON, the same bytes as from the command line and the API.
    #[must_use]
    pub fn to_json(&self, detail: Detail) -> String {
        let mut out = String::with_capacity(detail.typical_size());
        write_json(self.advisor, &self.answer, &detail.into(), &mut out);
        out
    }

    /// The assessment as text for a terminal.
    #[must_use]
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        write_text(self.advisor, &self.answer, lang, &mut out);
        out
    }
}

/// All faults of rule files, for the person who writes the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFaults(Vec<Diagnostic>);

impl RuleFaults {
    /// The faults, in the order of the files.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl fmt::Display for RuleFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        separated(f, "\n\n", &self.0)
    }
}

impl std::error::Error for RuleFaults {}

/// All faults of a profile, each with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileFaults(Vec<(Fault, LocalizedText)>);

impl ProfileFaults {
    /// The faults with their texts.
    #[must_use]
    pub fn faults(&self) -> &[(Fault, LocalizedText)] {
        &self.0
    }
}

impl fmt::Display for ProfileFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        separated(f, "\n", self.0.iter().map(|(_, text)| &text.en))
    }
}

impl std::error::Error for ProfileFaults {}

impl BilingualError for ProfileFaults {
    fn localized(&self) -> LocalizedText {
        let join = |lang: Lang| -> String {
            self.0.iter().map(|(_, text)| lang.of(text)).collect::<Vec<_>>().join("\n")
        };
        LocalizedText { zh: join(Lang::Zh), en: join(Lang::En) }
    }
}

fn separated<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    separator: &str,
    items: impl IntoIterator<Item = T>,
) -> fmt::Result {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_of_a_profile_are_reported_in_both_languages() {
        let advisor = Advisor::builtin().unwrap();
        let faults = advisor.profile(br#"{"exports_good": true, "employees": -1}"#).unwrap_err();
        assert_eq!(faults.faults().len(), 2);
        let text = faults.localized();
        assert_eq!(text.en, faults.to_string());
        assert_eq!((text.zh.lines().count(), text.en.lines().count()), (2, 2), "{text:?}");
        assert!(text.en.contains("did you mean `exports_goods`?"), "{}", text.en);
    }

    #[test]
    fn all_faults_of_rules_are_reported() {
        let mut files = RuleFiles::builtin();
        files.insert("rules/kinds.toml", "[");
        let faults = Advisor::from_files(&files).unwrap_err();
        assert!(faults.diagnostics().iter().any(|fault| fault.code == "toml"), "{faults}");
    }
}
