//! Screened rows as a workbook.
//!
//! Owns the sheet of screened rows and the formats of its cells; the sheets that explain are added when everything is
//! counted. Input columns come first, then the added ones.

use super::legend::{self, Explanation};
use super::package::Base;
use super::rows::{RowSheet, Style};
use crate::error::ScreenError;
use crate::error::workbook::WorkbookError;
use crate::screen::added::AddedColumns;
use crate::screen::layout::Layout;
use crate::table::cells::{CellKind, Cells};
use crate::table::delimited::unguarded;
use crate::table::header::Columns;
use crate::write::target::Target;
use export_advisor_core::facts::Kind;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::Lang;
use rust_xlsxwriter::{Color, Format};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;

/// A workbook of screened rows that is being written.
pub(crate) struct XlsxWriter {
    sheet: RowSheet,
    /// Per input column, whether it holds a number as a fact.
    numbers: Vec<bool>,
    styles: Styles,
}

/// The styles of cells that have one.
struct Styles {
    head: Style,
    added: Style,
    statuses: [Style; 3],
    warning: Style,
    fault: Style,
}

/// The formats of the headers of columns: those of the list, and those that are added.
pub(super) fn heads() -> [Format; 2] {
    let head =
        Format::new().set_bold().set_text_wrap().set_background_color(Color::RGB(0xE8_ED_F2));
    let added = head.clone().set_background_color(Color::RGB(0xD9_E8_E3));
    [head, added]
}

/// The formats of a sheet of rows, in the order of [`Styles`].
fn formats() -> [Format; 7] {
    let [head, added] = heads();
    let applies = Format::new()
        .set_font_color(Color::RGB(0x0B_5D_45))
        .set_background_color(Color::RGB(0xE3_F1_EB));
    let undetermined = Format::new()
        .set_font_color(Color::RGB(0x7A_50_00))
        .set_background_color(Color::RGB(0xFB_F1_DC));
    let gray = Format::new().set_font_color(Color::RGB(0x6B_72_78));
    let warning = Format::new().set_font_color(Color::RGB(0x7A_50_00));
    let fault = Format::new().set_font_color(Color::RGB(0x9B_1C_1C));
    [head, added, applies, gray, undetermined, warning, fault]
}

impl Styles {
    /// The styles that the workbook gave to the formats.
    fn of(base: &Base<'_>) -> Result<Self, WorkbookError> {
        let styles: [Style; 7] = base
            .styles()?
            .try_into()
            .map_err(|_| WorkbookError::Writing("a format has no index".to_owned()))?;
        let [head, added, applies, not, undetermined, warning, fault] = styles;
        Ok(Self { head, added, statuses: [applies, not, undetermined], warning, fault })
    }

    fn status(&self, status: Status) -> Style {
        let [applies, not, undetermined] = self.statuses;
        match status {
            Status::Applies => applies,
            Status::DoesNotApply => not,
            Status::Undetermined => undetermined,
        }
    }
}

/// The title of the sheet of rows.
fn title(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "筛查结果",
        Lang::En => "Screening",
    }
}

impl XlsxWriter {
    /// Begins a workbook with the header of its sheet of rows.
    ///
    /// # Errors
    /// There are more columns than a sheet has, or no temporary file can be written.
    pub(crate) fn new(
        plan: &Plan,
        columns: &Columns,
        layout: &Layout,
    ) -> Result<Self, WorkbookError> {
        let catalogue = &plan.book.catalogue;
        let numbers = columns.facts.iter().map(|mapped| {
            mapped.is_some_and(|m| matches!(catalogue.fact(m.fact).kind, Kind::Number { .. }))
        });
        let styles = Styles::of(&Base::new(title(layout.lang), &formats()))?;
        let own = columns.names.iter().map(|name| (name.as_str(), styles.head));
        let header: Vec<_> = own.chain(layout.names().map(|name| (name, styles.added))).collect();
        Ok(Self { sheet: RowSheet::new(&header)?, numbers: numbers.collect(), styles })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// A sheet cannot hold them.
    pub(crate) fn write(
        &mut self,
        cells: &Cells,
        added: &AddedColumns,
        layout: &Layout,
    ) -> Result<(), WorkbookError> {
        let plain = Style::default();
        let mut missing = String::new();
        for row in 0..added.faults.len() {
            let sheet = &mut self.sheet;
            sheet.begin_row()?;
            for (column, is_fact) in self.numbers.iter().enumerate() {
                let text = cells.get(row, column);
                let kind = cells.kind(row, column);
                let text = if kind.is_some() { text } else { unguarded(text) };
                match kind {
                    Some(CellKind::Bool) if text.eq_ignore_ascii_case("true") => sheet.bool(true),
                    Some(CellKind::Bool) if text.eq_ignore_ascii_case("false") => sheet.bool(false),
                    Some(CellKind::Number | CellKind::Fraction) => sheet.number(text)?,
                    None if *is_fact => sheet.number(text)?,
                    _ => sheet.text(text, plain)?,
                }
            }
            let ok = match added.uscc_ok.get(row) {
                Some(Some(true)) => "yes",
                Some(Some(false)) => "no",
                _ => "",
            };
            sheet.text(ok, plain)?;
            for (index, column) in added.derived.iter().enumerate() {
                let text = column.get(row).map(|value| layout.derived_text(index, value));
                sheet.text(&text.unwrap_or_default(), plain)?;
            }
            for column in 0..layout.supports.len() {
                match added.status(row, column) {
                    Some(status) => {
                        sheet.text(layout.status(status), self.styles.status(status))?;
                    }
                    None => sheet.text("", plain)?,
                }
            }
            for column in 0..layout.excluded_by.len() {
                let by = added.excluded_by(row, column);
                sheet.text(by.map_or("", |by| layout.exclusion(by)), plain)?;
            }
            if layout.missing.is_some() {
                missing.clear();
                layout.write_facts(added.missing_facts(row), &mut missing);
                sheet.text(&missing, plain)?;
            }
            if layout.ask_next.is_some() {
                sheet.text(added.ask_next(row).map_or("", |fact| layout.fact(fact)), plain)?;
            }
            for (messages, style) in
                [(&added.warnings, self.styles.warning), (&added.faults, self.styles.fault)]
            {
                let text = messages.get(row).map(|messages| messages.join(" "));
                sheet.text(&text.unwrap_or_default(), style)?;
            }
            sheet.end_row()?;
        }
        Ok(())
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
        let assembled = self.sheet.finish().and_then(|written| {
            let formats = formats();
            let base = Base::new(title(explanation.layout.lang), &formats);
            let version = &explanation.plan.book.version;
            base.assemble(written, explanation.as_of, version, |book| {
                legend::summary(book.add_worksheet_with_constant_memory()?, explanation)?;
                legend::legend(book.add_worksheet_with_constant_memory()?, explanation)
            })
        });
        let path = target.path().to_owned();
        let file =
            assembled.map_err(|fault| ScreenError::Workbook { path: path.clone(), fault })?;
        copy(file, target, &path)
    }
}

/// Copies a finished workbook into its target.
pub(super) fn copy(mut file: File, target: &mut Target, path: &Path) -> Result<(), ScreenError> {
    file.rewind().map_err(ScreenError::io(path))?;
    let mut block = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut block).map_err(ScreenError::io(path))?;
        if read == 0 {
            return Ok(());
        }
        target.write(block.get(..read).unwrap_or_default())?;
    }
}
