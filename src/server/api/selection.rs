//! Which supports an answer is about, and how it is written: parameters that assessments and batches have in common.
//!
//! Owns their meaning and the messages of those that cannot be read. It evaluates nothing.

use super::error::{Problem, ProblemCode};
use super::params::lang;
use export_advisor_core::diagnostic::nearest;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::rulebook::{RuleBook, Status, SupportId};
use export_advisor_core::wording::Lang;

/// The parameters as they are sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SelectionParams<'p> {
    /// `lang`
    pub(super) lang: Option<&'p str>,
    /// `status`
    pub(super) status: Option<&'p str>,
    /// `supports`
    pub(super) supports: Option<&'p str>,
    /// `policy`
    pub(super) policy: Option<&'p str>,
}

/// What is selected.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    /// The language of texts; both if nothing is said.
    pub(super) lang: Option<Lang>,
    /// The statuses of the supports that are listed; all if none is named.
    pub(super) statuses: Vec<Status>,
    /// The supports that the answer is about; all if nothing is said.
    supports: Option<Vec<SupportId>>,
}

impl Selection {
    /// What parameters select of a rule book.
    ///
    /// # Errors
    /// If one cannot be read, or names what the rule book does not have.
    pub(super) fn new(book: &RuleBook, params: &SelectionParams<'_>) -> Result<Self, Problem> {
        let lang = params.lang.map(lang).transpose()?;
        let statuses = params.status.map_or(Ok(Vec::new()), statuses)?;
        let supports = chosen(book, params.supports, params.policy)?;
        Ok(Self { lang, statuses, supports })
    }

    /// An answer about what is selected.
    pub(super) fn of<'a>(&self, answer: Answer<'a>) -> Answer<'a> {
        match &self.supports {
            None => answer,
            Some(supports) => answer.about(supports.clone()),
        }
    }
}

/// The supports that `supports` and `policy` choose together; `None` if neither is given.
///
/// # Errors
/// If the rule book has no such support or policy.
pub(super) fn chosen(
    book: &RuleBook,
    ids: Option<&str>,
    policies: Option<&str>,
) -> Result<Option<Vec<SupportId>>, Problem> {
    let mut chosen = ids.map(|ids| supports(book, ids)).transpose()?;
    let known = book.policies.iter().map(|policy| policy.id.as_str());
    if let Some(wanted) = named("policy", policies, known, "/api/v1/policies")? {
        let is_of = |id: &SupportId| wanted.contains(&book.supports.at(*id).policy.index());
        chosen.get_or_insert_with(|| book.supports.indices().collect()).retain(is_of);
    }
    if ids.and(policies).is_some() && chosen.as_ref().is_some_and(Vec::is_empty) {
        return Err(bad("`supports` and `policy` together choose nothing".to_owned()));
    }
    Ok(chosen)
}

/// The supports that a parameter names.
///
/// # Errors
/// If the rule book has no such support.
fn supports(book: &RuleBook, ids: &str) -> Result<Vec<SupportId>, Problem> {
    let known = || book.supports.iter().map(|support| support.id.as_str());
    let found = items(ids).map(|id| match book.find(id) {
        Some((index, _)) => Ok(index),
        None => Err(unknown("supports", id, known(), "/api/v1/supports")),
    });
    found.collect()
}

/// The positions of what a parameter names among what there is; `None` if it is left out.
///
/// # Errors
/// If there is no such thing.
pub(super) fn named<'n>(
    parameter: &str,
    names: Option<&str>,
    known: impl Iterator<Item = &'n str> + Clone,
    list: &str,
) -> Result<Option<Vec<usize>>, Problem> {
    let found = names.map(|names| {
        let found = items(names).map(|name| {
            let index = known.clone().position(|known| known == name);
            index.ok_or_else(|| unknown(parameter, name, known.clone(), list))
        });
        found.collect()
    });
    found.transpose()
}

/// The statuses that a parameter names.
///
/// # Errors
/// If one is none.
pub(super) fn statuses(names: &str) -> Result<Vec<Status>, Problem> {
    let all = [Status::Applies, Status::Undetermined, Status::DoesNotApply];
    let found = items(names).map(|name| {
        all.into_iter().find(|status| status.as_str() == name).ok_or_else(|| {
            let names = all.map(Status::as_str).join("`, `");
            bad(format!("`status` is one or more of `{names}`, separated by commas"))
        })
    });
    found.collect()
}

/// The items of a list that is separated by commas.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// The problem of a name that is not known.
fn unknown<'n>(
    parameter: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
    list: &str,
) -> Problem {
    let name = export_advisor_core::wording::shown(name);
    let near = nearest(&name, known).map(|near| format!("did you mean `{near}`? "));
    let near = near.unwrap_or_default();
    bad(format!("`{parameter}`: there is no `{name}`; {near}see {list}"))
}

fn bad(detail: String) -> Problem {
    Problem::new(ProblemCode::BadQuery).with(detail)
}
