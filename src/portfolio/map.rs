//! A file that says what columns hold.
//!
//! TOML (`"年销售" = "revenue_wan:万元"`) or delimited text of two columns, header and fact. In goes a
//! path, out comes what it says, as `--map` would.

use super::error::ScreenError;
use super::header::Said;
use std::path::Path;

/// Reads a map of columns.
///
/// # Errors
/// The file cannot be read, or a line does not say what a column holds.
pub fn read_map(path: &Path) -> Result<Vec<Said>, ScreenError> {
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => ScreenError::Options(vec![format!(
            "--map {}: write HEADER=fact, or the name of a file that exists",
            path.display()
        )]),
        _ => ScreenError::Io { path: path.to_owned(), source },
    })?;
    let wrong = |message: String| {
        ScreenError::Options(vec![format!("--map {}: {message}", path.display())])
    };
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
        let said = table.into_iter().map(|(header, fact)| match fact {
            toml::Value::String(fact) => Ok((header, fact)),
            _ => Err(wrong(format!("`{header}` must be a fact's name, as a text"))),
        });
        return said.collect();
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    let (cells, _) = super::csv::Records::new(b',').read(text.into(), 2);
    if let Some((row, _)) = cells.faults().first() {
        return Err(wrong(format!(
            "line {}: write a header and a fact, parted by a comma",
            row + 1
        )));
    }
    let cell =
        |row: usize, column: usize| super::csv::unguarded(cells.get(row, column).trim()).to_owned();
    Ok((0..cells.rows()).map(|row| (cell(row, 0), cell(row, 1))).collect())
}
