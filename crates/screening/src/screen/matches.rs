//! The list to call: one line a firm and support, or one a firm, with the reasons in words.
//!
//! Owns the columns and lines of the second, shorter output: which firm, which supports, why, what is missing, and
//! what to do next; where supports that do not apply are listed, also what excludes the firm. Only supports with an
//! open window are listed. It decides nothing: reasons are those of `evaluate`, in the words of an assessment.

use super::added::AddedColumns;
use super::layout::Layout;
use crate::table::cells::Cells;
use crate::table::delimited::{escape, unguarded};
use crate::table::header::Columns;
use crate::table::names::unique;
use export_advisor_core::assessment::used_value_text;
use export_advisor_core::evaluate::{Answer, Batch, Group};
use export_advisor_core::facts::{FactId, FactSet, Profile};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{Basis, Status, Support};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;

/// What a line of the list to call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MatchesLayout {
    /// A firm and a support.
    #[default]
    Support,
    /// A firm, with its supports joined in one cell.
    Firm,
}

impl MatchesLayout {
    /// All layouts.
    pub const ALL: [Self; 2] = [Self::Support, Self::Firm];

    /// Its name in options and manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Firm => "firm",
        }
    }
}

/// What the list is made by.
#[derive(Clone, Debug)]
pub(crate) struct Matches {
    /// The delimiter of finished text; `None` if cells are wanted.
    pub(crate) delimiter: Option<u8>,
    /// Whether lines have the next steps. A workbook has them in a sheet of their own.
    pub(crate) has_next_steps: bool,
    /// What a line is.
    pub(crate) layout: MatchesLayout,
    /// The statuses that are a match.
    pub(crate) statuses: Vec<Status>,
    /// The columns of the input that identify a firm: those without a fact, and the credit code.
    pub(crate) columns: Vec<usize>,
    /// The requested supports whose window is open, by index.
    pub(crate) open: Vec<usize>,
    /// The day for which windows are evaluated.
    pub(crate) as_of: Date,
}

/// A line of the list to call without the number of its row, and its row within the chunk.
pub(crate) type PlacedMatch = (usize, MatchLine);

/// A line of the list to call without the number of its row.
#[derive(Clone, Debug)]
pub(crate) enum MatchLine {
    /// Finished text, with a delimiter before each cell.
    Text(Vec<u8>),
    /// Cells, and the supports that they name.
    Cells(Vec<String>, Vec<usize>),
}

impl MatchLine {
    /// About how many bytes it has in a file.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Cells(cells, _) => cells.iter().map(|cell| cell.len() + 1).sum(),
        }
    }
}

/// A support of a firm that is listed.
struct Listed<'a> {
    index: usize,
    support: &'a Support,
    status: Status,
    reasons: String,
    missing: FactSet,
}

impl Matches {
    /// The labels of the columns, that of the row's number first.
    pub(crate) fn header(&self, columns: &Columns, lang: Lang) -> Vec<String> {
        self.column_names(columns, |(zh, en)| match lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        })
    }

    /// The names of the columns for programs, that of the row's number first.
    pub(crate) fn names(&self, columns: &Columns) -> Vec<String> {
        self.column_names(columns, |(_, en)| en.replace(' ', "_"))
    }

    /// The names of the columns; own names are spelled by `spell`, in Chinese and English.
    fn column_names(
        &self,
        columns: &Columns,
        spell: impl Fn((&str, &str)) -> String,
    ) -> Vec<String> {
        let own: &[(&str, &str)] = match self.layout {
            MatchesLayout::Support => &[
                ("支持事项", "support"),
                ("名称", "title"),
                ("状态", "status"),
                ("因何不适用", "excluded by"),
                ("理由", "reasons"),
                ("待补信息", "missing"),
                ("下一步", "next step"),
            ],
            MatchesLayout::Firm => &[
                ("支持事项", "supports"),
                ("名称", "titles"),
                ("理由", "reasons"),
                ("待补信息", "missing"),
                ("下一步", "next steps"),
            ],
        };
        let is_listed = |(_, en): &&(&str, &str)| match *en {
            "excluded by" => self.lists_excluded(),
            "next step" | "next steps" => self.has_next_steps,
            _ => true,
        };
        let names = self.columns.iter().filter_map(|column| columns.names.get(*column));
        let names: Vec<&str> = names.map(String::as_str).collect();
        let own = own.iter().filter(is_listed).map(|own| unique(&spell(*own), &names));
        std::iter::once(unique(&spell(("行号", "row")), &names))
            .chain(names.iter().map(|name| (*name).to_owned()))
            .chain(own)
            .collect()
    }

    /// Whether supports that do not apply are listed: only then is there a column for what excludes a firm.
    fn lists_excluded(&self) -> bool {
        self.statuses.contains(&Status::DoesNotApply)
    }

    /// The matches of a chunk, in order.
    pub(super) fn lines(
        &self,
        plan: &Plan,
        layout: &Layout,
        cells: &Cells<'_>,
        answers: &Batch,
        added: &AddedColumns,
    ) -> Vec<PlacedMatch> {
        let mut found = Vec::new();
        let requested = layout.supports.iter().map(|(support, _)| *support).enumerate();
        let open: Vec<_> = requested.filter(|(_, support)| self.open.contains(support)).collect();
        for row in 0..added.faults.len() {
            let matching: Vec<(usize, Status)> = (open.iter())
                .filter_map(|(column, support)| {
                    let status = added.status(row, *column)?;
                    self.statuses.contains(&status).then_some((*support, status))
                })
                .collect();
            if matching.is_empty() {
                continue;
            }
            let mut profile = Profile::empty(&plan.book.catalogue);
            for (fact, column) in (0_usize..).map(FactId::from).zip(answers.columns()) {
                profile.set(fact, column.value(row));
            }
            let answer = Answer::new(plan, &profile, self.as_of);
            let listed = matching
                .into_iter()
                .filter_map(|(support, status)| Listed::new(&answer, support, status, layout.lang));
            let firm = || {
                let cells = self.columns.iter().map(|column| cells.get(row, *column));
                cells.map(|cell| unguarded(cell).to_owned())
            };
            match self.layout {
                MatchesLayout::Support => found.extend(listed.map(|listed| {
                    let own = self.of_support(&answer, layout, &listed);
                    (row, self.line(firm().chain(own).collect(), vec![listed.index]))
                })),
                MatchesLayout::Firm => {
                    let listed: Vec<Listed<'_>> = listed.collect();
                    let own = self.of_firm(&answer, layout, &listed);
                    let supports = listed.iter().map(|listed| listed.index).collect();
                    found.push((row, self.line(firm().chain(own).collect(), supports)));
                }
            }
        }
        found
    }

    fn line(&self, cells: Vec<String>, supports: Vec<usize>) -> MatchLine {
        let Some(delimiter) = self.delimiter else { return MatchLine::Cells(cells, supports) };
        let mut line = Vec::new();
        for cell in cells {
            line.push(delimiter);
            escape(&cell, delimiter, &mut line);
        }
        line.push(b'\n');
        MatchLine::Text(line)
    }

    /// The cells of a firm and a support.
    fn of_support(&self, answer: &Answer<'_>, layout: &Layout, listed: &Listed<'_>) -> Vec<String> {
        let (lang, book) = (layout.lang, &answer.plan.book);
        let mut cells = vec![
            listed.support.id.clone(),
            lang.of(&listed.support.title).to_owned(),
            layout.status(listed.status).to_owned(),
        ];
        if self.lists_excluded() {
            let by = answer.excluded_by(listed.index);
            cells.push(by.map_or("", |by| layout.exclusion(by)).to_owned());
        }
        cells.push(listed.reasons.clone());
        cells.push(labels(answer, listed.missing, lang));
        if self.has_next_steps {
            cells.push(lang.of(&wording::next_step_line(book, listed.support)).to_owned());
        }
        cells
    }

    /// The cells of a firm with its supports: their ids, their titles with the status where it can differ, the reasons
    /// and the next steps each after the titles that they belong to.
    fn of_firm(&self, answer: &Answer<'_>, layout: &Layout, all: &[Listed<'_>]) -> Vec<String> {
        let (lang, book) = (layout.lang, &answer.plan.book);
        let title = |listed: &Listed<'_>| lang.of(&listed.support.title).to_owned();
        let ids: Vec<&str> = all.iter().map(|listed| listed.support.id.as_str()).collect();
        let titles = all.iter().map(|listed| {
            let status = layout.status(listed.status);
            let by = answer.excluded_by(listed.index).map(|by| layout.exclusion(by));
            match (lang, self.statuses.len() > 1, by) {
                (_, false, None) => title(listed),
                (Lang::Zh, _, None) => format!("{}（{status}）", title(listed)),
                (Lang::Zh, _, Some(by)) => format!("{}（{status}：{by}）", title(listed)),
                (Lang::En, _, None) => format!("{} ({status})", title(listed)),
                (Lang::En, _, Some(by)) => format!("{} ({status}: {by})", title(listed)),
            }
        });
        let titles: Vec<String> = titles.collect();
        let reasons = all.iter().map(|listed| (title(listed), listed.reasons.clone()));
        let mut missing = FactSet::default();
        all.iter().for_each(|listed| missing.extend(&listed.missing));
        let mut cells = vec![
            ids.join(";"),
            titles.join(separator(lang)),
            grouped(reasons, lang),
            labels(answer, missing, lang),
        ];
        if self.has_next_steps {
            let steps = all.iter().map(|listed| {
                let step = wording::next_step_line(book, listed.support);
                (title(listed), lang.of(&step).to_owned())
            });
            cells.push(grouped(steps, lang));
        }
        cells
    }
}

impl<'a> Listed<'a> {
    fn new(answer: &Answer<'a>, index: usize, status: Status, lang: Lang) -> Option<Self> {
        let support = answer.plan.book.supports.get(index)?;
        let mut reasons = reasons(answer, index, support, status, lang);
        if Group::of(answer, index) == Group::AskAnyway {
            let colon = match lang {
                Lang::Zh => "：",
                Lang::En => ": ",
            };
            let heading = wording::heading(Group::AskAnyway);
            reasons = format!("{}{colon}{reasons}", lang.of(&heading));
        }
        let missing = if status == Status::Undetermined {
            answer.missing_for(index)
        } else {
            FactSet::default()
        };
        Some(Self { index, support, status, reasons, missing })
    }
}

/// Texts, each once, after the titles that it belongs to: `【甲】【乙】…`.
fn grouped(texts: impl Iterator<Item = (String, String)>, lang: Lang) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (title, text) in texts {
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, titles)) => titles.push(title),
            None => groups.push((text, vec![title])),
        }
    }
    let (open, close, space) = match lang {
        Lang::Zh => ("【", "】", ""),
        Lang::En => ("[", "]", " "),
    };
    let groups = groups.into_iter().map(|(text, titles)| {
        let titles: String = titles.iter().map(|title| format!("{open}{title}{close}")).collect();
        format!("{titles}{space}{text}")
    });
    groups.collect::<Vec<_>>().join(" ")
}

/// The labels of facts.
fn labels(answer: &Answer<'_>, facts: FactSet, lang: Lang) -> String {
    let catalogue = &answer.plan.book.catalogue;
    let labels: Vec<&str> = facts.iter().map(|fact| lang.of(&catalogue.fact(fact).label)).collect();
    labels.join(list_separator(lang))
}

/// The criteria that decide the status, each with the answers it depends on; where it does not apply, those criteria
/// that exclude the firm, and the reason of each that is our reading.
fn reasons(
    answer: &Answer<'_>,
    support_index: usize,
    support: &Support,
    status: Status,
    lang: Lang,
) -> String {
    let wanted = match status {
        Status::Applies => Truth::True,
        Status::DoesNotApply => Truth::False,
        Status::Undetermined => Truth::Unknown,
    };
    let nodes = answer.plan.criteria.get(support_index);
    let catalogue = &answer.plan.book.catalogue;
    let reasons = support.criteria.iter().zip(nodes.into_iter().flatten());
    let excluded_by = answer.excluded_by(support_index);
    let decides = |basis: &Basis| excluded_by.is_none_or(|by| basis.excludes_by() == by);
    let reasons = reasons
        .filter(|(criterion, node)| answer.truth(**node) == wanted && decides(&criterion.basis))
        .map(|(criterion, node)| {
            let mut facts: Vec<FactId> = answer.reasons(*node).iter().map(|r| r.fact).collect();
            facts.sort_unstable();
            facts.dedup();
            let values: Vec<String> = (facts.into_iter())
                .map(|fact| {
                    let label = lang.of(&catalogue.fact(fact).label);
                    let value = used_value_text(answer, fact);
                    match lang {
                        Lang::Zh => format!("{label}：{}", lang.of(&value)),
                        Lang::En => format!("{label}: {}", lang.of(&value)),
                    }
                })
                .collect();
            let (label, mut values) =
                (lang.of(&criterion.label), values.join(list_separator(lang)));
            if wanted == Truth::False
                && let Basis::Interpreted { .. } = criterion.basis
            {
                let basis = wording::basis(&criterion.basis);
                values.push_str(separator(lang));
                values.push_str(lang.of(&basis));
            }
            match (lang, wanted) {
                (Lang::Zh, Truth::False) => format!("不符合“{label}”（{values}）"),
                (Lang::En, Truth::False) => format!("not “{label}” ({values})"),
                (Lang::Zh, _) => format!("{label}（{values}）"),
                (Lang::En, _) => format!("{label} ({values})"),
            }
        });
    let reasons: Vec<String> = reasons.collect();
    reasons.join(separator(lang))
}

/// What stands between clauses.
const fn separator(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "；",
        Lang::En => "; ",
    }
}

const fn list_separator(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    }
}

/// The columns that identify a firm.
pub(crate) fn identifying_columns(columns: &Columns, uscc: Option<FactId>) -> Vec<usize> {
    let facts = columns.facts.iter().enumerate();
    let named = facts.filter(|(_, mapped)| match mapped {
        None => true,
        Some(mapped) => Some(mapped.fact) == uscc,
    });
    named.map(|(column, _)| column).collect()
}
