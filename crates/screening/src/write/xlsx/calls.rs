//! The list to call as a workbook.
//!
//! Owns its two sheets: the lines, and the next steps, once for each support that the lines name, with the number of the
//! lines. Where to go for a support does not depend on the firm, so a line need not repeat it.

use super::legend::{Explanation, Page};
use super::package::Base;
use super::rows::{RowSheet, Style};
use super::writer::{copy, heads};
use crate::error::ScreenError;
use crate::error::workbook::WorkbookError;
use crate::write::target::Target;
use export_advisor_core::wording::{self, Lang};
use rust_xlsxwriter::{Worksheet, XlsxError};
use std::collections::BTreeMap;

/// A list to call that is being written.
pub(crate) struct CallWriter {
    sheet: RowSheet,
    /// Per support, how many lines name it.
    lines: BTreeMap<usize, u64>,
}

fn title(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "联系名单",
        Lang::En => "List to call",
    }
}

impl CallWriter {
    /// Begins a workbook with the header of its lines.
    ///
    /// # Errors
    /// There are more columns than a sheet has, or no temporary file can be written.
    pub(crate) fn new(names: &[String], lang: Lang) -> Result<Self, WorkbookError> {
        let styles = Base::new(title(lang), &heads()).styles()?;
        let head = styles.first().copied().unwrap_or_default();
        let header: Vec<_> = names.iter().map(|name| (name.as_str(), head)).collect();
        Ok(Self { sheet: RowSheet::new(&header)?, lines: BTreeMap::new() })
    }

    /// Writes a line with the number of its row and the supports that it names.
    ///
    /// # Errors
    /// A sheet cannot hold it.
    pub(crate) fn write(
        &mut self,
        number: u64,
        cells: &[String],
        supports: &[usize],
    ) -> Result<(), WorkbookError> {
        self.sheet.begin_row()?;
        self.sheet.number(&number.to_string())?;
        for cell in cells {
            self.sheet.text(cell, Style::default())?;
        }
        for support in supports {
            *self.lines.entry(*support).or_default() += 1;
        }
        self.sheet.end_row()
    }

    /// Ends the workbook and writes it into a target.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn finish(
        self,
        target: &mut Target,
        explanation: &Explanation<'_>,
    ) -> Result<(), ScreenError> {
        let lines = self.lines;
        let assembled = self.sheet.finish().and_then(|written| {
            let heads = heads();
            let base = Base::new(title(explanation.layout.lang), &heads);
            let version = &explanation.plan.book.version;
            base.assemble(written, explanation.as_of, version, |book| {
                next_steps(book.add_worksheet_with_constant_memory()?, explanation, &lines)
            })
        });
        let path = target.path().to_owned();
        let file =
            assembled.map_err(|fault| ScreenError::Workbook { path: path.clone(), fault })?;
        copy(file, target, &path)
    }
}

/// Writes the sheet of next steps.
fn next_steps(
    sheet: &mut Worksheet,
    explanation: &Explanation<'_>,
    lines: &BTreeMap<usize, u64>,
) -> Result<(), XlsxError> {
    let lang = explanation.layout.lang;
    let text = |zh, en| match lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    sheet.set_name(text("下一步", "Next steps"))?;
    for (column, width) in (0..).zip([34, 44, 90, 10]) {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let mut page = Page::new(sheet);
    page.head(&[
        text("支持事项", "support"),
        text("名称", "title"),
        text("下一步", "next step"),
        text("行数", "lines"),
    ])?;
    let book = &explanation.plan.book;
    for (index, count) in lines {
        let Some(support) = book.supports.get(*index) else { continue };
        let step = wording::next_step_line(book, support);
        page.line(&[&support.id, lang.of(&support.title), lang.of(&step)], &[*count])?;
    }
    Ok(())
}
