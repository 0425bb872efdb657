//! The list to call: one line a match, with the reasons in words.
//!
//! Owns the columns and lines of the second, shorter output: which firm, which support, why, what is missing, and
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

/// What the list is made by.
#[derive(Clone, Debug)]
pub(crate) struct Matches {
    /// The delimiter.
    pub(crate) delimiter: u8,
    /// The statuses that are a match.
    pub(crate) statuses: Vec<Status>,
    /// The columns of the input that identify a firm: those without a fact, and the credit code.
    pub(crate) columns: Vec<usize>,
    /// The requested supports whose window is open, by index.
    pub(crate) open: Vec<usize>,
    /// The day for which windows are evaluated.
    pub(crate) as_of: Date,
}

/// A match: its row within the chunk, and its line without the row's number.
pub(crate) type MatchLine = (usize, Vec<u8>);

impl Matches {
    /// The first line.
    pub(crate) fn header(&self, columns: &Columns, layout: &Layout, bom: bool) -> Vec<u8> {
        let own = match layout.lang {
            Lang::Zh => ["支持事项", "名称", "状态", "因何不适用", "理由", "待补信息", "下一步"],
            Lang::En => {
                ["support", "title", "status", "excluded by", "reasons", "missing", "next step"]
            }
        };
        let own = own.iter().enumerate().filter(|(index, _)| *index != 3 || self.lists_excluded());
        let row = match layout.lang {
            Lang::Zh => "行号",
            Lang::En => "row",
        };
        let names = self.columns.iter().filter_map(|column| columns.names.get(*column));
        let names: Vec<&str> = names.map(String::as_str).collect();
        let mut header = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        header.extend_from_slice(unique(row, &names).as_bytes());
        for name in
            names.iter().map(|n| (*n).to_owned()).chain(own.map(|(_, own)| unique(own, &names)))
        {
            header.push(self.delimiter);
            escape(&name, self.delimiter, &mut header);
        }
        header.push(b'\n');
        header
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
    ) -> Vec<MatchLine> {
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
            for (support, status) in matching {
                let line = self.line(layout, cells, row, &answer, support, status);
                found.extend(line.map(|line| (row, line)));
            }
        }
        found
    }

    fn line(
        &self,
        layout: &Layout,
        cells: &Cells<'_>,
        row: usize,
        answer: &Answer<'_>,
        support_index: usize,
        status: Status,
    ) -> Option<Vec<u8>> {
        let lang = layout.lang;
        let book = &answer.plan.book;
        let support = book.supports.get(support_index)?;
        let colon = match lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        };
        let mut line = Vec::new();
        let mut put = |text: &str| {
            line.push(self.delimiter);
            escape(text, self.delimiter, &mut line);
        };
        for column in &self.columns {
            put(unguarded(cells.get(row, *column)));
        }
        put(&support.id);
        put(lang.of(&support.title));
        put(layout.status(status));
        let excluded_by = answer.excluded_by(support_index);
        if self.lists_excluded() {
            put(excluded_by.map_or("", |by| layout.exclusion(by)));
        }
        let reasons = reasons(answer, support_index, support, status, lang);
        if Group::of(answer, support_index) == Group::AskAnyway {
            put(&format!("{}{colon}{reasons}", lang.of(&wording::heading(Group::AskAnyway))));
        } else {
            put(&reasons);
        }
        let missing = if status == Status::Undetermined {
            answer.missing_for(support_index)
        } else {
            FactSet::default()
        };
        let missing: Vec<&str> =
            missing.iter().map(|fact| lang.of(&book.catalogue.fact(fact).label)).collect();
        put(&missing.join(list_separator(lang)));
        put(lang.of(&wording::next_step_line(book, support)));
        line.push(b'\n');
        Some(line)
    }
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
                values.push_str(match lang {
                    Lang::Zh => "；",
                    Lang::En => "; ",
                });
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
    reasons.join(match lang {
        Lang::Zh => "；",
        Lang::En => "; ",
    })
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
