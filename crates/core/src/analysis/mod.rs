//! What is true of all firms: criteria that can never hold, supports that can never apply, rules that nothing needs.
//!
//! Owns the checks of `check --analysis` and the list of [`Finding`]s. A rule book, its files and its cases go in. The
//! checks are exact, not samples: conditions become decision diagrams over everything that firms can answer, and a finding
//! is about all firms whose answers do not contradict each other. Every example is put through the ordinary engine before
//! it is reported; if the engine disagrees, the analysis ends with [`AnalysisError::Disagreement`]. It never changes an
//! answer, and decides nothing for a firm.

mod accepted;
mod brute_force;
mod cases;
mod criteria;
mod domains;
mod finding;
mod nested;
mod print;
mod reach;
mod supports;

pub use finding::{Example, Finding, FindingKind, Severity, Subject};
pub use print::{findings_to_json, findings_to_text};

use crate::diagnostic::Diagnostic;
use crate::diagram::MOST_NODES;
use crate::diagram::compile::{Firms, Model};
use crate::diagram::search::Assignment;
use crate::diagram::{DiagramError, DiagramId, Diagrams, Terminal};
use crate::evaluate::Answer;
use crate::facts::LocalizedText;
use crate::files::RuleFiles;
use crate::interrupt::Interrupt;
use crate::plan::{NodeId, Plan};
use crate::rulebook::CaseFile;
use crate::truth::Truth;
use jiff::civil::{Date, date};

/// The day on which examples are evaluated. A status does not depend on it.
const ANY_DAY: Date = date(2026, 1, 1);

/// Why there is no analysis.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// Nobody waits for it any more.
    #[error("the analysis was interrupted")]
    Interrupted,
    /// The engine does not say of an example what the diagrams say: a defect of this crate.
    #[error(
        "the analysis and the engine disagree about `{about}` for the firm {firm}: this is a defect of the program"
    )]
    Disagreement {
        /// What the finding is about.
        about: String,
        /// The firm, as JSON.
        firm: String,
    },
}

/// Analyses a rule book. `files` are those that it was read from.
///
/// Findings are in the order of [`FindingKind::ALL`], each kind in the order of the rules. Those that an `[[accept]]` block
/// names carry its reason; a block that names no finding becomes a diagnostic.
///
/// # Errors
/// If it was interrupted, or found a defect of its own.
pub fn analyse(
    plan: &Plan,
    files: &RuleFiles,
    cases: &[CaseFile],
    interrupt: &Interrupt,
) -> Result<(Vec<Finding>, Vec<Diagnostic>), AnalysisError> {
    analyse_with(plan, files, cases, &AnalysisOptions::default(), interrupt)
}

/// What an analysis looks for, and how much it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnalysisOptions {
    /// The most nodes of its diagrams.
    pub most_nodes: usize,
    /// Whether it compares supports with each other: of the checks the longest, and none of faults.
    pub compares_supports: bool,
}

impl Default for AnalysisOptions {
    fn default() -> Self {
        Self { most_nodes: MOST_NODES, compares_supports: true }
    }
}

/// The same with options.
///
/// # Errors
/// As [`analyse`].
pub fn analyse_with(
    plan: &Plan,
    files: &RuleFiles,
    cases: &[CaseFile],
    options: &AnalysisOptions,
    interrupt: &Interrupt,
) -> Result<(Vec<Finding>, Vec<Diagnostic>), AnalysisError> {
    let model = Model::new(&[plan], options.most_nodes, interrupt);
    let mut analyst = Analyst { plan, model, findings: Vec::new() };
    let checks: [Check; 6] = [
        criteria::check,
        supports::check,
        if options.compares_supports { nested::check } else { |_| Ok(()) },
        supports::changes,
        reach::derivations,
        reach::texts,
    ];
    for check in checks {
        match check(&mut analyst) {
            Ok(()) => {}
            Err(Stop::Analysis(error)) => return Err(error),
            Err(Stop::Diagram(DiagramError::Interrupted)) => {
                return Err(AnalysisError::Interrupted);
            }
            Err(Stop::Diagram(DiagramError::TooLarge)) => {
                analyst.too_large();
                break;
            }
        }
    }
    reach::unused(&mut analyst);
    reach::table_rows(&mut analyst, files);
    supports::windows(&mut analyst);
    cases::redundant(&mut analyst, cases);
    let mut findings = analyst.findings;
    let order = |kind: FindingKind| FindingKind::ALL.iter().position(|other| *other == kind);
    findings.sort_by_key(|finding| order(finding.kind));
    let faults = accepted::apply(files, &mut findings);
    Ok((findings, faults))
}

/// One of the checks.
type Check = fn(&mut Analyst<'_, '_>) -> Result<(), Stop>;

/// Why a check ends early.
enum Stop {
    Diagram(DiagramError),
    Analysis(AnalysisError),
}

impl From<DiagramError> for Stop {
    fn from(error: DiagramError) -> Self {
        Self::Diagram(error)
    }
}

/// An analysis in progress.
struct Analyst<'p, 'i> {
    plan: &'p Plan,
    model: Model<'p, 'i>,
    findings: Vec<Finding>,
}

/// The only rule book of the model.
const BOOK: usize = 0;

/// The diagram of a condition that is the same for all firms.
const fn constant(truth: Truth) -> DiagramId {
    Diagrams::terminal(Terminal::of(truth))
}

impl<'p> Analyst<'p, '_> {
    fn too_large(&mut self) {
        self.findings.push(Finding {
            kind: FindingKind::TooLarge,
            about: "rules".to_owned(),
            subject: Subject::Rules,
            message: text(
                "规则太大，没有全部分析完",
                "the rules are too large to be analysed as a whole",
            ),
            help: text(
                "把同样的条件写成推导出的事实项，或者分成几份规则分别分析",
                "derive a fact for conditions that stand in many places, or analyse the policies one by one",
            ),
            example: None,
            accepted: None,
        });
    }

    /// Whether a node can have a truth value for a firm with consistent answers.
    fn can_be(&mut self, node: NodeId, truth: Truth) -> Result<bool, Stop> {
        let conditions = self.conditions(Firms::Consistent, &[(node, truth)])?;
        Ok(self.model.exists(Firms::Consistent, &conditions)?)
    }

    /// Whether nodes can have these truth values together for a firm that has answered everything.
    fn can_end(&mut self, nodes: &[(NodeId, Truth)]) -> Result<bool, Stop> {
        let conditions = self.conditions(Firms::Full, nodes)?;
        Ok(self.model.exists(Firms::Full, &conditions)?)
    }

    fn conditions(
        &mut self,
        firms: Firms,
        nodes: &[(NodeId, Truth)],
    ) -> Result<Vec<(DiagramId, Terminal)>, Stop> {
        let of = nodes
            .iter()
            .map(|(node, truth)| Ok((self.model.node(firms, BOOK, *node)?, Terminal::of(*truth))));
        of.collect()
    }

    /// The smallest firm for which nodes have these truth values, if the ordinary engine agrees.
    fn example(
        &mut self,
        about: &str,
        nodes: &[(NodeId, Truth)],
        shows: LocalizedText,
    ) -> Result<Option<Example>, Stop> {
        let conditions = self.conditions(Firms::Consistent, nodes)?;
        let Some(found) = self.model.smallest(Firms::Consistent, &conditions)? else {
            return Ok(None);
        };
        self.checked(about, &found, nodes, shows).map(Some)
    }

    fn checked(
        &self,
        about: &str,
        assignment: &Assignment,
        nodes: &[(NodeId, Truth)],
        shows: LocalizedText,
    ) -> Result<Example, Stop> {
        let profile = self.model.profile(BOOK, assignment);
        let firm = profile.to_json(&self.plan.book.catalogue);
        let answer = Answer::new(self.plan, &profile, ANY_DAY);
        if nodes.iter().all(|(node, truth)| answer.truth(*node) == *truth) {
            Ok(Example { firm, shows })
        } else {
            let about = about.to_owned();
            Err(Stop::Analysis(AnalysisError::Disagreement { about, firm }))
        }
    }
}

/// A text in both languages.
fn text(zh: impl Into<String>, en: impl Into<String>) -> LocalizedText {
    LocalizedText { zh: zh.into(), en: en.into() }
}
