//! A pasted row of a list becomes the fields of the adviser's page.
//!
//! The row is read as screening reads lists. What it says replaces what the fields of its columns held; all other
//! fields stay, unless the row is of another firm by its name or credit code: then none does. A cell that is no answer is put into its field as it is, which then says what is wrong. The page
//! carries the header, so that the next row needs none; the row itself is not shown again. In go the fields, out come
//! fields, and lines on what was read and what was not.

use super::entered::remove;
use crate::server::pages::fields::{self, Pairs, sent};
use crate::server::pages::progress::{Progress, clean_name};
use export_advisor_core::facts::credit_code::without_personal_numbers;
use export_advisor_core::facts::{FactId, Format, Kind, LocalizedText, Value, code_spelling};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::{self, BilingualError as _, Lang};
use export_advisor_screening::paste::{self, CellContent, NotRead, Pasted, PastedRow};

/// What stands between the names of columns in the field that carries them.
const BETWEEN: char = '\t';

/// What the page carries and says of pasted rows.
pub(super) struct PasteView {
    /// The header pasted last, as a field carries it; empty if there is none.
    pub(super) columns: String,
    /// What was read and what was not.
    pub(super) lines: Vec<String>,
    /// Whether the row is of another firm than the fields were.
    pub(super) is_other_firm: bool,
}

impl PasteView {
    /// What the page carries.
    pub(super) fn new(pairs: &[(String, String)]) -> Self {
        Self {
            columns: sent(pairs, "@columns").unwrap_or_default().to_owned(),
            lines: Vec::new(),
            is_other_firm: false,
        }
    }

    /// Puts the row that was pasted into the fields.
    pub(super) fn take_over(
        &mut self,
        plan: &Plan,
        pairs: &mut Pairs,
        name: &mut String,
        lang: Lang,
    ) {
        let (catalogue, reference) = (&plan.book.catalogue, &plan.book.reference);
        let last: Vec<String> = match self.columns.as_str() {
            "" => Vec::new(),
            columns => {
                let names = columns.split(BETWEEN).take(paste::MOST_COLUMNS);
                names.map(str::to_owned).collect()
            }
        };
        let text = sent(pairs, "@row").unwrap_or_default();
        let mut lines: Vec<LocalizedText> = Vec::new();
        match paste::read(catalogue, reference, text, &last) {
            Err(error) => lines.push(error.localized()),
            Ok(Pasted::Header(header)) => {
                lines.push(wording::pasted_header(header.len()));
                self.columns = carried(&header);
            }
            Ok(Pasted::Row(row)) => {
                lines = report(&row);
                self.columns = carried(&row.header);
                let firm = row.cells.iter().find(|cell| cell.content == CellContent::FirmName);
                let firm = firm.map(|cell| clean_name(&cell.text));
                let has_other_name = firm.iter().flatten().any(|firm| *firm != *name);
                self.is_other_firm =
                    !name.is_empty() && has_other_name || has_other_code(plan, &row, pairs);
                if self.is_other_firm {
                    name.clear();
                    pairs.retain(|(field, _)| field == "@all");
                    lines.push(wording::pasted_other_firm());
                }
                fill(plan, &row, pairs, lang);
                match firm {
                    Some(Some(firm)) => *name = firm,
                    Some(None) => lines.push(wording::pasted_no_name()),
                    None => {}
                }
            }
        }
        self.lines = lines.iter().map(|line| lang.of(line).to_owned()).collect();
    }
}

/// A header as a field carries it.
fn carried(header: &[String]) -> String {
    let plain = |name: &String| without_personal_numbers(name).replace(BETWEEN, " ");
    header.iter().map(plain).collect::<Vec<_>>().join(&BETWEEN.to_string())
}

/// Whether the fields hold another credit code than the row.
fn has_other_code(plan: &Plan, row: &PastedRow, pairs: &[(String, String)]) -> bool {
    let is_code = |id: FactId| {
        matches!(plan.book.catalogue.fact(id).kind, Kind::Code { format: Format::Uscc, .. })
    };
    row.cells.iter().any(|cell| match &cell.content {
        CellContent::Value(id, Value::Code(code), _) if is_code(*id) => {
            let entered = sent(pairs, &plan.book.catalogue.fact(*id).name).unwrap_or_default();
            !entered.trim().is_empty() && code_spelling(entered) != *code
        }
        _ => false,
    })
}

/// Puts the cells into the fields of their facts.
fn fill(plan: &Plan, row: &PastedRow, pairs: &mut Pairs, lang: Lang) {
    for cell in &row.cells {
        let (id, value) = match &cell.content {
            CellContent::Value(id, value, _) => (*id, Some(value)),
            CellContent::Faulty(id, _) => (*id, None),
            CellContent::FirmName | CellContent::NotRead(_) => continue,
        };
        let fact = plan.book.catalogue.fact(id);
        remove(pairs, fact);
        match value {
            Some(value) => {
                let mut progress = Progress::new(plan);
                progress.answer(plan, id, value.clone());
                pairs.extend(fields::filled(plan, &progress, &[fact], lang));
            }
            None => pairs.push((fact.name.clone(), cell.text.clone())),
        }
    }
}

/// What was read of a row, and what was not.
fn report(row: &PastedRow) -> Vec<LocalizedText> {
    let of = |is: fn(&CellContent) -> bool| {
        let cells = row.cells.iter().filter(move |cell| is(&cell.content));
        cells.map(|cell| cell.header.as_str()).collect::<Vec<&str>>()
    };
    let read = of(|content| matches!(content, CellContent::FirmName | CellContent::Value(..)));
    let faulty = of(|content| matches!(content, CellContent::Faulty(..)));
    let unknown = of(|content| *content == CellContent::NotRead(NotRead::UnknownHeader));
    let nameless = of(|content| *content == CellContent::NotRead(NotRead::NoHeader));
    let mut lines = vec![wording::pasted(&read)];
    if !faulty.is_empty() {
        lines.push(wording::pasted_faulty(&faulty));
    }
    for cell in &row.cells {
        match &cell.content {
            CellContent::NotRead(NotRead::UnknownHeader | NotRead::NoHeader) => {}
            CellContent::NotRead(reason) => {
                lines.push(wording::pasted_not_read(&cell.header, &reason.localized()));
            }
            _ => {}
        }
    }
    if !unknown.is_empty() {
        lines.push(wording::pasted_unknown(&unknown));
    }
    if !nameless.is_empty() {
        lines.push(wording::pasted_without_name(nameless.len()));
    }
    if row.further_rows > 0 {
        lines.push(wording::pasted_more(row.further_rows));
    }
    lines
}
