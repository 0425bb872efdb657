//! A file of column mappings, as `--map` takes it.
//!
//! Owns its two forms: TOML (`"年销售" = "revenue_wan:万元"`), and delimited text of two columns, header and fact. A path
//! goes in; the mappings come out, or what is wrong with the file in the language of the job.

use super::csv::records::Records;
use crate::error::ScreenError;
use crate::table::delimited::unguarded;
use crate::table::header::ColumnMapping;
use export_advisor_core::wording::Lang;
use std::path::Path;

/// Reads a file of column mappings.
///
/// # Errors
/// The file cannot be read, or a line is no mapping.
pub fn read_map(path: &Path, lang: Lang) -> Result<Vec<ColumnMapping>, ScreenError> {
    let wrong = |zh: String, en: String| {
        let path = path.display();
        ScreenError::Options(vec![match lang {
            Lang::Zh => format!("--map {path}：{zh}"),
            Lang::En => format!("--map {path}: {en}"),
        }])
    };
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => wrong(
            "请写 表头=事实项，或写一个已有文件的名称".to_owned(),
            "write HEADER=fact, or the name of a file that exists".to_owned(),
        ),
        _ => ScreenError::Io { path: path.to_owned(), source },
    })?;
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
        let table: toml::Table =
            text.parse().map_err(|e: toml::de::Error| wrong(e.to_string(), e.to_string()))?;
        let mappings = table.into_iter().map(|(header, fact)| match fact {
            toml::Value::String(fact) => Ok((header, fact)),
            _ => Err(wrong(
                format!("“{header}”须是事实项的名称，写成文字"),
                format!("`{header}` must be a fact's name, as a text"),
            )),
        });
        return mappings.collect();
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    let cells = Records::new(b',').read(text.into(), 2);
    if let Some((row, _)) = cells.faults().first() {
        return Err(wrong(
            format!("第{}行：请写表头和事实项，用逗号隔开", row + 1),
            format!("line {}: write a header and a fact, parted by a comma", row + 1),
        ));
    }
    let cell = |row: usize, column: usize| unguarded(cells.get(row, column).trim()).to_owned();
    Ok((0..cells.rows()).map(|row| (cell(row, 0), cell(row, 1))).collect())
}
