//! Reference tables: tab-separated text with its source at the head.

use crate::diagnostic::Diagnostic;
use std::ops::Range;
use std::sync::Arc;

/// One field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// A text; empty means none.
    Text(&'a str),
    /// A whole number, or none.
    Int(Option<i64>),
    /// Texts, parted by `|` in the file.
    List(Vec<&'a str>),
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Text,
    Int,
    List,
}

/// A table of `rules/tables/`. Its rows stay text until they are asked for: the code lists have
/// thousands, of which scripts read none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name, without folder and ending.
    pub name: String,
    /// The head lines, `key: value` each, such as source, date, confidence.
    pub head: Vec<(String, String)>,
    /// The names of the columns.
    pub columns: Vec<String>,
    kinds: Vec<Column>,
    text: Arc<str>,
    rows: Vec<Range<usize>>,
}

impl Table {
    /// Reads a table. A column header may carry a type: `name:int`, `name:list`.
    pub fn parse(file: &str, text: &Arc<str>, faults: &mut Vec<Diagnostic>) -> Self {
        let name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".tsv").to_owned();
        let mut table = Self { name, text: Arc::clone(text), ..Self::default() };
        let mut end = 0;
        for (index, whole) in text.split_inclusive('\n').enumerate() {
            let start = end;
            end += whole.len();
            let line = whole.trim_end_matches('\n');
            if let Some(head) = line.strip_prefix("# ") {
                let (key, value) = head.split_once(':').unwrap_or(("note", head));
                table.head.push((key.trim().to_owned(), value.trim().to_owned()));
            } else if table.columns.is_empty() {
                table.header(line);
            } else if table.row_is_right(file, text, index + 1, line, faults) {
                table.rows.push(start..start + line.len());
            }
        }
        for key in ["source", "date", "confidence"] {
            if !table.head.iter().any(|(k, _)| k == key) {
                faults.push(Diagnostic::new(
                    "table-head",
                    file,
                    format!("the table does not say its `{key}`"),
                    format!("add a line `# {key}: …` at its head"),
                ));
            }
        }
        table
    }

    fn header(&mut self, line: &str) {
        for field in line.split('\t') {
            let (column, kind) = field.split_once(':').unwrap_or((field, "text"));
            self.columns.push(column.to_owned());
            self.kinds.push(match kind {
                "int" => Column::Int,
                "list" => Column::List,
                _ => Column::Text,
            });
        }
    }

    fn row_is_right(
        &self,
        file: &str,
        text: &str,
        number: usize,
        line: &str,
        faults: &mut Vec<Diagnostic>,
    ) -> bool {
        let count = line.bytes().filter(|byte| *byte == b'\t').count() + 1;
        if count != self.columns.len() {
            let found =
                format!("this row has {count} fields, the header has {}", self.columns.len());
            faults.push(
                Diagnostic::new("table-row", file, found, "part the fields with one tab each")
                    .at(text, number, 1),
            );
            return false;
        }
        if self.kinds.contains(&Column::Int) {
            let numbers =
                line.split('\t').zip(&self.kinds).filter(|(_, kind)| **kind == Column::Int);
            for (field, _) in numbers.filter(|(f, _)| !f.is_empty() && f.parse::<i64>().is_err()) {
                faults.push(
                    Diagnostic::new(
                        "table-number",
                        file,
                        format!("`{field}` is not a whole number"),
                        "write digits only, or leave the field empty",
                    )
                    .at(text, number, 1),
                );
            }
        }
        true
    }

    /// The rows, one cell a column.
    pub fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        self.lines().map(|line| {
            let fields = line.split('\t').zip(&self.kinds);
            fields.map(|(field, kind)| Self::cell(field, *kind)).collect()
        })
    }

    /// The rows as texts of the named columns; a missing column reads as empty.
    pub fn texts<'a, const N: usize>(
        &'a self,
        columns: [&str; N],
    ) -> impl Iterator<Item = [&'a str; N]> + use<'a, N> {
        let places = columns.map(|name| self.columns.iter().position(|c| c == name));
        self.lines().map(move |line| {
            places.map(|place| place.and_then(|p| line.split('\t').nth(p)).unwrap_or(""))
        })
    }

    /// The lists of one column.
    pub fn lists(&self, column: &str) -> impl Iterator<Item = Vec<&str>> + use<'_> {
        let place = self.columns.iter().position(|c| c == column);
        self.lines().map(move |line| {
            let field = place.and_then(|p| line.split('\t').nth(p)).unwrap_or("");
            Self::list(field)
        })
    }

    /// The text that the ranges of `spans` lie in.
    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Where the named columns of the rows lie in the table's text; a missing column is empty.
    pub(super) fn spans<'a, const N: usize>(
        &'a self,
        columns: [&str; N],
    ) -> impl Iterator<Item = [Range<usize>; N]> + use<'a, N> {
        let places = columns.map(|name| self.columns.iter().position(|c| c == name));
        self.rows.iter().zip(self.lines()).map(move |(row, line)| {
            let mut spans = places.map(|_| row.start..row.start);
            let mut start = row.start;
            for (place, field) in line.split('\t').enumerate() {
                for (span, _) in spans.iter_mut().zip(&places).filter(|(_, p)| **p == Some(place)) {
                    *span = start..start + field.len();
                }
                start += field.len() + 1;
            }
            spans
        })
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| self.text.get(row.clone()))
    }

    fn cell(field: &str, kind: Column) -> Cell<'_> {
        match kind {
            Column::Text => Cell::Text(field),
            Column::Int => Cell::Int(field.parse().ok()),
            Column::List => Cell::List(Self::list(field)),
        }
    }

    fn list(field: &str) -> Vec<&str> {
        if field.is_empty() { Vec::new() } else { field.split('|').collect() }
    }
}
