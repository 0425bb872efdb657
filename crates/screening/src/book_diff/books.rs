//! Two rule books: the supports of both, and how a list is read for the old one.
//!
//! Owns what all threads share while the rows of a list are evaluated by both books. It is made once, when the columns of
//! the list are known.

use super::facts::BookFacts;
use crate::error::ScreenError;
use crate::screen::job::Job;
use crate::screen::layout::{Layout, OptionalColumns};
use export_advisor_core::diff::{CriterionPair, SupportPair};
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::plan::{NodeId, Plan};
use export_advisor_core::rulebook::{Criterion, ExcludedBy, Policy, RuleBook, Support, SupportId};
use export_advisor_core::wording::Lang;
use jiff::civil::Date;

/// A support of one rule book or both.
#[derive(Debug)]
pub(crate) struct ComparedSupport {
    /// Its index in each book.
    pub(crate) pair: SupportPair,
    /// Its id: that of the new book, if that has it.
    pub(crate) id: String,
    /// The id in the old book, if it was another.
    pub(crate) renamed_from: Option<String>,
    /// Its title.
    pub(crate) title: LocalizedText,
    /// The sentences that it cites: their addresses and their words.
    pub(crate) sentences: Vec<(String, String)>,
    /// Its criteria in both books.
    pub(crate) criteria: Vec<ComparedCriterion>,
}

/// A criterion of one rule book or both.
#[derive(Debug)]
pub(crate) struct ComparedCriterion {
    /// Its id.
    pub(crate) id: String,
    /// Its label.
    pub(crate) label: LocalizedText,
    /// Its node in the old and in the new plan.
    pub(crate) nodes: [Option<NodeId>; 2],
    /// What it excludes by in each.
    pub(crate) excludes_by: [Option<ExcludedBy>; 2],
}

/// The supports that are compared.
pub(crate) fn compared(old: &Plan, new: &Plan, ids: &[String]) -> Vec<ComparedSupport> {
    let pairs = SupportPair::all(&old.book, &new.book).into_iter();
    let pairs = pairs.filter_map(|pair| ComparedSupport::new(old, new, pair));
    let is_named = |support: &ComparedSupport| {
        let names = [Some(&support.id), support.renamed_from.as_ref()];
        ids.is_empty() || names.into_iter().flatten().any(|name| ids.contains(name))
    };
    pairs.filter(is_named).collect()
}

impl ComparedSupport {
    fn new(old: &Plan, new: &Plan, pair: SupportPair) -> Option<Self> {
        let of = |plan: &'_ Plan, id: Option<SupportId>| -> Option<Support> {
            plan.book.supports.get(id?).cloned()
        };
        let (was, is) = (of(old, pair.old), of(new, pair.new));
        let (book, support) =
            is.as_ref().map(|is| (&new.book, is)).or(was.as_ref().map(|was| (&old.book, was)))?;
        let criteria = CriterionPair::all(was.as_ref(), is.as_ref()).into_iter();
        let criteria = criteria.filter_map(|criterion| {
            let found = |support: Option<&Support>, index: Option<usize>| -> Option<Criterion> {
                support?.criteria.get(index?).cloned()
            };
            let was = found(was.as_ref(), criterion.old);
            let is = found(is.as_ref(), criterion.new);
            let node =
                |plan: &Plan, id: Option<SupportId>, index: Option<usize>| -> Option<NodeId> {
                    plan.criteria.get(id?)?.get(index?).copied()
                };
            let nodes = [node(old, pair.old, criterion.old), node(new, pair.new, criterion.new)];
            let excludes_by = [&was, &is].map(|c| c.as_ref().map(|c| c.basis.excludes_by()));
            let criterion = is.or(was)?;
            Some(ComparedCriterion { id: criterion.id, label: criterion.label, nodes, excludes_by })
        });
        let renamed_from = was.as_ref().map(|was| was.id.clone()).filter(|id| *id != support.id);
        Some(Self {
            pair,
            id: support.id.clone(),
            renamed_from,
            title: support.title.clone(),
            sentences: sentences(book, support),
            criteria: criteria.collect(),
        })
    }
}

/// The sentences that a support cites: their addresses and their words.
fn sentences(book: &RuleBook, support: &Support) -> Vec<(String, String)> {
    let Some(policy): Option<&Policy> = book.policies.get(support.policy) else {
        return Vec::new();
    };
    let ids = support.sentences().into_iter();
    ids.map(|id| {
        let text = policy.text.sentence(id).unwrap_or_default().to_owned();
        (RuleBook::sentence_id(policy, id), text)
    })
    .collect()
}

/// Two rule books on a list.
pub(crate) struct Books<'a> {
    /// The old rules.
    pub(crate) old: &'a Plan,
    /// The new rules.
    pub(crate) new: &'a Plan,
    /// The day for which windows are evaluated.
    pub(crate) as_of: Date,
    /// The language of labels.
    pub(crate) lang: Lang,
    /// The compared supports.
    pub(crate) supports: &'a [ComparedSupport],
    /// Whether the moved firms are wanted, and not only their number.
    pub(crate) has_details: bool,
    /// Whether details are words for people, rather than names for programs.
    pub(crate) is_for_people: bool,
    /// What differs between the facts.
    pub(crate) facts: BookFacts<'a>,
    /// How the list is read for the old book, as far as it is not read for the new one.
    pub(crate) old_job: Job<'a>,
}

impl<'a> Books<'a> {
    /// The job that reads for the old book what the job of the new book does not read.
    ///
    /// # Errors
    /// A mapping of the user is wrong.
    pub(crate) fn old_job(
        job: &Job<'a>,
        facts: &BookFacts<'a>,
        old: &'a Plan,
    ) -> Result<Job<'a>, ScreenError> {
        let columns = facts.old_columns(&job.columns, job.layout.lang)?;
        let optional = OptionalColumns { excluded_by: false, missing: false, ask_next: false };
        let layout = Layout::new(old, job.layout.lang, &[], &[], optional, &columns.names);
        Ok(Job {
            plan: old,
            headers: job.headers,
            columns,
            layout,
            position: job.position,
            delimiter: job.delimiter,
            is_encoding_weak: job.is_encoding_weak,
            keep_refused: false,
            missing_column: job.missing_column,
            form: job.form,
            hasher: None,
            open: Vec::new(),
            matches: None,
            parquet: None,
            decoded: job.decoded.clone(),
            key: job.key,
            comparison: None,
            books: None,
            newer: Some((facts.clone(), job.columns.clone())),
        })
    }
}
