//! The second, shorter output: one line a match, with the reasons in words.
//!
//! The list that a client manager calls: who, which support, why, what is still to be known, and what to
//! do next. Owns its columns and lines. Only supports whose window is open are listed. It decides nothing:
//! reasons are those of `evaluate`, worded as an assessment words them.

use super::cells::Cells;
use super::csv::escape;
use super::format::FileType;
use super::layout::free;
use super::output::Place;
use super::screener::Task;
use super::verdicts::Verdicts;
use export_advisor_core::assessment::used_value_text;
use export_advisor_core::evaluate::{Answer, Batch};
use export_advisor_core::facts::{FactId, Profile};
use export_advisor_core::rulebook::{Status, Support};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording::Lang;
use jiff::civil::Date;

/// What goes into the second output.
#[derive(Clone, Debug)]
pub struct MatchOptions {
    /// Where it goes.
    pub output: Place,
    /// Delimited text.
    pub output_type: FileType,
    /// The statuses that are a match.
    pub statuses: Vec<Status>,
}

/// A second output that is being made.
#[derive(Clone, Debug)]
pub struct Matches {
    /// What parts the cells.
    pub delimiter: u8,
    /// The statuses that are a match.
    pub statuses: Vec<Status>,
    /// The columns of the input that say who a firm is: those that hold no fact, and its credit code.
    pub columns: Vec<usize>,
    /// The day from which windows are seen.
    pub as_of: Date,
}

/// A match: its row within the chunk, and its line without the row's number.
pub type Match = (usize, Vec<u8>);

impl Matches {
    /// The first line.
    #[must_use]
    pub fn head(&self, task: &Task<'_>, bom: bool) -> Vec<u8> {
        let own = match task.layout.lang {
            Lang::Zh => ["支持事项", "名称", "状态", "理由", "待补信息", "下一步"],
            Lang::En => ["support", "title", "status", "reasons", "missing", "next step"],
        };
        let row = match task.layout.lang {
            Lang::Zh => "行号",
            Lang::En => "row",
        };
        let names = self.columns.iter().filter_map(|column| task.columns.names.get(*column));
        let names: Vec<&str> = names.map(String::as_str).collect();
        let mut head = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        head.extend_from_slice(free(row, &names).as_bytes());
        for name in
            names.iter().map(|name| (*name).to_owned()).chain(own.map(|own| free(own, &names)))
        {
            head.push(self.delimiter);
            escape(&name, self.delimiter, &mut head);
        }
        head.push(b'\n');
        head
    }

    /// The matches of a chunk, in order.
    pub(super) fn lines(
        &self,
        task: &Task<'_>,
        cells: &Cells<'_>,
        block: &Batch,
        verdicts: &Verdicts,
    ) -> Vec<Match> {
        let mut found = Vec::new();
        let asked = task.layout.supports.iter().map(|(support, _)| *support).enumerate();
        let asked: Vec<_> = asked.filter(|(_, support)| task.open.contains(support)).collect();
        for row in 0..verdicts.faults.len() {
            let matching: Vec<(usize, Status)> = (asked.iter())
                .filter_map(|(column, support)| {
                    let status = verdicts.status(row, *column)?;
                    self.statuses.contains(&status).then_some((*support, status))
                })
                .collect();
            if matching.is_empty() {
                continue;
            }
            let mut profile = Profile::empty(&task.plan.book.catalogue);
            for (fact, column) in (0_usize..).map(FactId::from).zip(block.columns()) {
                profile.set(fact, column.value(row));
            }
            let answer = Answer::new(task.plan, &profile, self.as_of);
            for (place, status) in matching {
                if let Some(support) = task.plan.book.supports.get(place) {
                    let line = self.line(task, cells, row, &answer, place, support, status);
                    found.push((row, line));
                }
            }
        }
        found
    }

    #[expect(clippy::too_many_arguments, reason = "all that a line is made of")]
    fn line(
        &self,
        task: &Task<'_>,
        cells: &Cells<'_>,
        row: usize,
        answer: &Answer<'_>,
        place: usize,
        support: &Support,
        status: Status,
    ) -> Vec<u8> {
        let lang = task.layout.lang;
        let mut line = Vec::new();
        let mut put = |text: &str| {
            line.push(self.delimiter);
            escape(text, self.delimiter, &mut line);
        };
        for column in &self.columns {
            put(super::csv::unguarded(cells.get(row, *column)));
        }
        put(&support.id);
        put(lang.of(&support.title));
        put(task.layout.status(status));
        put(&reasons(answer, place, support, status, lang));
        let missing = if status == Status::Undetermined {
            answer.missing_for(place)
        } else {
            export_advisor_core::facts::FactSet::default()
        };
        let catalogue = &task.plan.book.catalogue;
        let missing: Vec<&str> =
            missing.iter().map(|fact| lang.of(&catalogue.fact(fact).label)).collect();
        put(&missing.join(between(lang)));
        let colon = match lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        };
        put(&format!("{}{colon}{}", lang.of(&support.channel), lang.of(&support.ask)));
        line.push(b'\n');
        line
    }
}

/// The criteria that make the status what it is, each with the answers that it rests on.
fn reasons(
    answer: &Answer<'_>,
    place: usize,
    support: &Support,
    status: Status,
    lang: Lang,
) -> String {
    let wanted = match status {
        Status::Applies => Truth::True,
        Status::DoesNotApply => Truth::False,
        Status::Undetermined => Truth::Unknown,
    };
    let nodes = answer.plan.criteria.get(place);
    let catalogue = &answer.plan.book.catalogue;
    let told = support.criteria.iter().zip(nodes.into_iter().flatten());
    let told = told.filter(|(_, node)| answer.truth(**node) == wanted).map(|(criterion, node)| {
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
        let (label, values) = (lang.of(&criterion.label), values.join(between(lang)));
        match (lang, wanted) {
            (Lang::Zh, Truth::False) => format!("不符合“{label}”（{values}）"),
            (Lang::En, Truth::False) => format!("not “{label}” ({values})"),
            (Lang::Zh, _) => format!("{label}（{values}）"),
            (Lang::En, _) => format!("{label} ({values})"),
        }
    });
    let told: Vec<String> = told.collect();
    told.join(match lang {
        Lang::Zh => "；",
        Lang::En => "; ",
    })
}

const fn between(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    }
}

/// The columns that say who a firm is.
#[must_use]
pub fn naming(columns: &super::header::Columns, uscc: Option<FactId>) -> Vec<usize> {
    let facts = columns.facts.iter().enumerate();
    let named = facts.filter(|(_, mapped)| match mapped {
        None => true,
        Some(mapped) => Some(mapped.fact) == uscc,
    });
    named.map(|(column, _)| column).collect()
}
