//! The supports that a command is about: named one by one, or by their documents.
//!
//! Owns the two arguments and the messages of names that no rule book has. It evaluates nothing.

use super::terminal::unknown_name;
use clap::Args;
use export_advisor_core::rulebook::{RuleBook, Support};
use export_advisor_core::wording::Lang;

/// The supports that are asked.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ChosenSupports {
    /// Only these supports
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(super) supports: Vec<String>,
    /// Only the supports of these documents
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(super) policies: Vec<String>,
}

impl ChosenSupports {
    /// The ids of the supports of some rule books that are asked, in their order; `None` if all are.
    ///
    /// # Errors
    /// One message for each name that none of them has.
    pub(super) fn ids(
        &self,
        books: &[&RuleBook],
        lang: Lang,
    ) -> Result<Option<Vec<String>>, Vec<String>> {
        if self.supports.is_empty() && self.policies.is_empty() {
            return Ok(None);
        }
        let policies = || books.iter().flat_map(|book| &book.policies);
        let all = || books.iter().flat_map(|book| book.supports.iter().map(move |s| (*book, s)));
        let mut wrong = Vec::new();
        for id in self.supports.iter().filter(|id| !all().any(|(_, support)| support.id == **id)) {
            let ids = all().map(|(_, support)| support.id.as_str());
            wrong.push(unknown_name(lang, "--supports", id, ids));
        }
        for id in self.policies.iter().filter(|id| !policies().any(|policy| policy.id == **id)) {
            let ids = policies().map(|policy| policy.id.as_str());
            wrong.push(unknown_name(lang, "--policies", id, ids));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let is_chosen = |(book, support): &(&RuleBook, &Support)| {
            let policy = &book.policies.at(support.policy).id;
            (self.supports.is_empty() || self.supports.contains(&support.id))
                && (self.policies.is_empty() || self.policies.contains(policy))
        };
        let mut ids: Vec<String> = Vec::new();
        for (_, support) in all().filter(is_chosen) {
            if !ids.contains(&support.id) {
                ids.push(support.id.clone());
            }
        }
        if ids.is_empty() {
            return Err(vec![match lang {
                Lang::Zh => "--supports 和 --policies 合起来一项也没有选中".to_owned(),
                Lang::En => "--supports and --policies together choose nothing".to_owned(),
            }]);
        }
        Ok(Some(ids))
    }
}
