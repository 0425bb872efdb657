//! Makes the rule book of what the scripts stated, and reports what is missing, stated twice or impossible.

mod codes;
mod derivations;
mod relations;
mod supports;

use super::dates::is_date;
use super::draft::{DraftRelation, DraftSupport, Drafts};
use super::known::Known;
use super::symbols::{Context, Location, Meaning, SymbolicValue};
use crate::condition::Condition;
use crate::diagnostic::Diagnostic;
use crate::facts::{Catalogue, Reference};
use crate::files::RuleFiles;
use crate::index::IndexVec;
use crate::policy::SentenceId;
use crate::rulebook::{
    BenefitKind, Channel, ChannelId, Conflict, Paper, PaperId, Policy, PolicyId, Population,
    RuleBook, Support,
};
use foldhash::{HashMap, HashSet};
use std::cell::RefCell;
use std::sync::Arc;

/// The longest name of a column, in bytes: PostgreSQL cuts off what is longer.
const LONGEST_NAME: usize = 63;

/// A book with nothing in it.
pub(super) fn empty_book() -> RuleBook {
    RuleBook {
        version: String::new(),
        catalogue: Catalogue::default(),
        reference: Reference::default(),
        kinds: Vec::new(),
        channels: IndexVec::new(),
        papers: IndexVec::new(),
        population: Population::default(),
        policies: IndexVec::new(),
        supports: IndexVec::new(),
        derivations: IndexVec::new(),
        conflicts: Vec::new(),
        overlays: IndexVec::new(),
    }
}

/// A support that was checked as far as it can be alone.
pub(super) struct Finished {
    location: Location,
    support: Support,
    relations: Vec<DraftRelation>,
}

/// Takes the supports out of the drafts and checks them as far as each can be checked alone; faults go to
/// the context.
pub(super) fn supports(context: &Context, known: &Known, stated: &mut Drafts) -> Vec<Finished> {
    let finisher = Finisher::new(context, known);
    let measures = finisher.measures(&std::mem::take(&mut stated.measures));
    let mut names = HashSet::default();
    let drafts = std::mem::take(&mut stated.supports).into_iter();
    let drafts = drafts.take_while(|_| context.limiter.is_waited_for());
    let supports = drafts.filter_map(|draft| {
        finisher.name(&draft, &mut names);
        finisher.support(draft, &measures)
    });
    supports.collect()
}

/// Checks what is left to be checked and makes the book of it; faults go to the context. What is known is
/// left out of the book: while the context is in use, it is shared.
pub(super) fn finish(
    context: &Context,
    known: &Known,
    stated: Drafts,
    mut supports: Vec<Finished>,
    files: &RuleFiles,
    found: &[Diagnostic],
) -> RuleBook {
    let mut drafts = context.drafts.take();
    drafts.append(stated);
    supports.extend(self::supports(context, known, &mut drafts));
    let finisher = Finisher::new(context, known);
    let derivations = finisher.derivations(drafts.derivations);
    let mut conflicts: Vec<Conflict> = Vec::new();
    let mut names = HashSet::default();
    for draft in drafts.conflicts {
        if !context.limiter.is_waited_for() {
            break;
        }
        if !names.insert(draft.id.clone()) {
            let message = format!("the conflict `{}` is described twice", draft.id);
            context.fault(
                &draft.location,
                "duplicate-id",
                message,
                "give each conflict its own id",
            );
        }
        if let Some(condition) = tree(draft.condition) {
            finisher.codes_exist(&draft.location, &condition);
            finisher.derivable(&draft.location, &condition, &derivations);
            conflicts.push(Conflict { id: draft.id, text: draft.text, condition });
        }
    }
    finisher.account(&supports, files, found);
    for Finished { location, support, .. } in
        supports.iter().take_while(|_| context.limiter.is_waited_for())
    {
        let criteria = support.criteria.iter().map(|criterion| &criterion.condition);
        for condition in criteria.chain(support.emphases.iter().map(|e| &e.condition)) {
            finisher.derivable(location, condition, &derivations);
        }
    }
    finisher.relate(&mut supports);
    let supports = supports.into_iter().map(|finished| finished.support).collect();
    RuleBook { supports, derivations: derivations.into(), conflicts, ..empty_book() }
}

fn tree(symbolic: SymbolicValue) -> Option<Arc<Condition>> {
    match symbolic.0 {
        Some(Meaning::Tree(tree)) => Some(tree),
        _ => None,
    }
}

struct Finisher<'a> {
    context: &'a Context,
    kinds: &'a [BenefitKind],
    channels: &'a IndexVec<ChannelId, Channel>,
    papers: &'a IndexVec<PaperId, Paper>,
    policies: &'a IndexVec<PolicyId, Policy>,
    reference: &'a Reference,
    /// Conditions whose codes were checked, by address; kept, so that no address comes twice.
    seen: RefCell<HashMap<*const Condition, Arc<Condition>>>,
}

impl<'a> Finisher<'a> {
    fn new(context: &'a Context, known: &'a Known) -> Self {
        let Known { kinds, channels, papers, policies, reference, .. } = known;
        Self { context, kinds, channels, papers, policies, reference, seen: RefCell::default() }
    }

    pub(super) fn fault_id(
        &self,
        draft: &DraftSupport,
        code: &'static str,
        message: String,
        help: &str,
    ) {
        self.context.fault_of_text(&draft.location, &draft.id, code, message, help);
    }

    /// What another rule or a source is dated.
    fn is_dated(&self, location: &Location, date: &str) {
        if !is_date(date) {
            let message = format!("`{date}` is not a date");
            let help = "write it as \"2025-12-31\", \"2025-12\" or \"2025\"";
            self.context.fault_of_text(location, date, "date", message, help);
        }
    }

    /// The name of a support is its own and can name a column of SQL.
    fn name(&self, draft: &DraftSupport, names: &mut HashSet<String>) {
        let id = &draft.id;
        if !names.insert(id.clone()) {
            let message = format!("the support `{id}` is described twice");
            self.fault_id(draft, "duplicate-id", message, "give each support its own id");
        }
        if id.len() > LONGEST_NAME {
            let message = format!("`{id}` has more than {LONGEST_NAME} bytes");
            let help = "an id names a column in SQL: shorten it";
            self.fault_id(draft, "support-id", message, help);
        }
        if self.context.catalogue.find(id).is_some() {
            let message = format!("`{id}` is the name of a fact");
            let help = "both name columns of one table: give the support another id";
            self.fault_id(draft, "support-id", message, help);
        }
    }

    /// File → (policy, measure).
    fn measures(&self, stated: &[(Location, i64)]) -> HashMap<Arc<str>, (PolicyId, u8)> {
        let mut by_file: HashMap<Arc<str>, (PolicyId, u8)> = HashMap::default();
        for (location, number) in stated {
            let policy = self
                .policies
                .iter()
                .position(|p| location.file.starts_with(&format!("rules/{}/", p.id)));
            let number = u8::try_from(*number).ok();
            let measure = policy.map(PolicyId::from).zip(number).filter(|(policy, number)| {
                self.policies.at(*policy).text.measure(*number).is_some()
            });
            let Some((policy, number)) = measure else {
                self.context.fault(
                    location,
                    "unknown-measure",
                    "the text has no such measure",
                    "write the measure's number in the text",
                );
                continue;
            };
            let slug = self.policies.at(policy).measures.iter().find(|m| m.number == number);
            let expected =
                slug.map(|m| format!("{:02}-{}.rhai", m.number, m.slug)).unwrap_or_default();
            if !location.file.ends_with(&format!("/{expected}")) {
                let message = format!("measure {number} belongs into `{expected}`");
                self.context.fault(
                    location,
                    "wrong-file",
                    message,
                    "rename the file, or correct the number",
                );
            }
            if by_file.insert(Arc::clone(&location.file), (policy, number)).is_some() {
                self.context.fault(
                    location,
                    "measure-twice",
                    "`measure` stands twice",
                    "one script describes one measure",
                );
            }
        }
        by_file
    }

    /// Every measure has a script, and every sentence is cited or background, and none is both. Which
    /// sentences are accounted for is not known while there is a fault in the file that should say it.
    fn account(&self, supports: &[Finished], files: &RuleFiles, found: &[Diagnostic]) {
        let faulty = |file: &str| found.iter().any(|fault| fault.file == file);
        let script = |policy: &Policy, number: u8| {
            let measure = policy.measures.iter().find(|m| m.number == number);
            measure.map(|m| format!("rules/{}/{number:02}-{}.rhai", policy.id, m.slug))
        };
        let folders = self.policies.iter().map(|p| (p, format!("rules/{}", p.id)));
        for (policy, folder) in folders {
            for measure in &policy.measures {
                let file = format!("{folder}/{:02}-{}.rhai", measure.number, measure.slug);
                if files.get(&file).is_none() {
                    let location = Location { file: file.into(), ..Location::default() };
                    self.context.fault(
                        &location,
                        "no-script",
                        format!("measure {} has no script", measure.number),
                        "write one, if only `measure(7);` with a comment",
                    );
                }
            }
        }
        let cited: HashSet<(PolicyId, SentenceId)> = supports
            .iter()
            .map(|finished| &finished.support)
            .flat_map(|s| s.citations.iter().map(|citation| (s.policy, citation.sentence)))
            .collect();
        for (index, policy) in self.policies.iter_enumerated() {
            let file: Arc<str> = format!("rules/{}/background.toml", policy.id).into();
            for id in policy.text.sentence_ids() {
                let cited = cited.contains(&(index, id));
                let background = policy.background.iter().any(|b| b.sentence == id);
                // Scripts of other measures may cite the sentences of one without a script.
                let is_script_faulty = || match script(policy, id.measure) {
                    Some(script) => faulty(&script),
                    None => policy.measures.iter().any(|measure| {
                        script(policy, measure.number).is_some_and(|script| faulty(&script))
                    }),
                };
                let is_reported = || !faulty(&file) && !is_script_faulty();
                let (code, message, help) = match (cited, background) {
                    (false, false) if is_reported() => (
                        "sentence-unaccounted",
                        format!(
                            "sentence {id} is neither cited nor background: {}",
                            policy.text.sentence(id).unwrap_or("")
                        ),
                        "cite it in a support, or give the reason in background.toml",
                    ),
                    (true, true) => (
                        "sentence-both",
                        format!("sentence {id} is background, yet a support cites it"),
                        "remove one of the two; a sentence of `[area]` or `[in_force]` that a support cites is left out there",
                    ),
                    _ => continue,
                };
                let location = Location { file: Arc::clone(&file), ..Location::default() };
                self.context.fault(&location, code, message, help);
            }
        }
    }
}
