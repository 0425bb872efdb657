//! Cases that test nothing that others do not.

use super::reach::{tests_of_facts_below, unsure};
use super::{Analyst, FindingKind, Subject, text};
use crate::evaluate::Answer;
use crate::facts::{FactSet, parse};
use crate::plan::NodeId;
use crate::rulebook::{Case, CaseFile, SupportId, WindowState};
use crate::truth::Truth;
use foldhash::HashMap;

/// What a case asks of one support: all that the engine can tell of its firm there, and what is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    support: SupportId,
    truths: Vec<Truth>,
    unsure: FactSet,
    window: &'static str,
    /// Which of `excluded_by`, `missing` and `would_change` is compared.
    compares: [bool; 3],
}

/// Reports the cases whose every question another case asks as well, those that come later in the files.
pub(super) fn redundant(analyst: &mut Analyst<'_, '_>, files: &[CaseFile]) {
    let mut tests: HashMap<SupportId, Vec<NodeId>> = HashMap::default();
    let mut all: Vec<(&str, &Case, Vec<Question>)> = Vec::new();
    for file in files {
        for case in &file.cases {
            all.push((&file.path, case, questions(analyst, &mut tests, case)));
        }
    }
    let mut asked: HashMap<Question, usize> = HashMap::default();
    for (index, (path, case, questions)) in all.iter().enumerate() {
        let before: Option<Vec<usize>> =
            questions.iter().map(|question| asked.get(question).copied()).collect();
        for question in questions {
            // A question that compares more is one that compares less, too.
            for fewer in fewer(question) {
                asked.entry(fewer).or_insert(index);
            }
        }
        let Some(before) = before.filter(|before| !before.is_empty()) else { continue };
        let mut names: Vec<&str> = before
            .iter()
            .filter_map(|index| all.get(*index))
            .map(|(_, case, _)| case.name.as_str())
            .collect();
        names.dedup();
        let message = text(
            format!("用例“{}”测的，这些用例都测了：{}", case.name, names.join("、")),
            format!(
                "the case “{}” tests nothing that these do not: {}",
                case.name,
                names.join(", ")
            ),
        );
        let help = text("改成另一种情形，或者删掉", "turn it into another situation, or remove it");
        let subject = Subject::Case { file: (*path).to_owned(), line: case.line };
        let file = path.rsplit('/').next().unwrap_or(path);
        let about = format!("{}/{}", file.trim_end_matches(".toml"), case.name);
        analyst.add(FindingKind::CaseRedundant, about, subject, message, help);
    }
}

/// The question itself, and those that compare less.
fn fewer(question: &Question) -> impl Iterator<Item = Question> + '_ {
    (0..8_u8).filter_map(|mask| {
        let keep = [mask & 1 != 0, mask & 2 != 0, mask & 4 != 0];
        let possible = keep.iter().zip(question.compares).all(|(keep, compares)| !keep || compares);
        possible.then(|| Question { compares: keep, ..question.clone() })
    })
}

fn questions(
    analyst: &Analyst<'_, '_>,
    tests: &mut HashMap<SupportId, Vec<NodeId>>,
    case: &Case,
) -> Vec<Question> {
    let book = &analyst.plan.book;
    let Ok(profile) = parse(&book.catalogue, &book.reference, case.firm.as_bytes()) else {
        return Vec::new();
    };
    let answer = Answer::new(analyst.plan, &profile, case.as_of);
    let supports = case.expect.keys().filter_map(|id| Some((id, book.find(id)?.0)));
    let question = |(id, support): (&String, SupportId)| {
        let root = *analyst.plan.supports.at(support);
        let tests = tests.entry(support).or_insert_with(|| tests_of_facts_below(analyst, root));
        let window = answer.window(support);
        // Changes are held out in an open window only.
        let would_change = case.would_change.contains_key(id);
        let window = if would_change || window == WindowState::Open { window.as_str() } else { "" };
        Question {
            support,
            truths: tests.iter().map(|test| answer.truth(*test)).collect(),
            unsure: unsure(&answer, tests),
            window,
            compares: [
                case.excluded_by.contains_key(id),
                case.missing.contains_key(id),
                would_change,
            ],
        }
    };
    supports.map(question).collect()
}
