//! Reference tables: tab-separated text with its source at the head.

use crate::diagnostic::Diagnostic;
use std::collections::BTreeMap;
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

/// The tables by their names.
pub type Tables = BTreeMap<String, Arc<Table>>;

/// The most faults of one table that are reported.
const MOST_FAULTS: usize = 100;
/// The most columns of a table.
const MOST_COLUMNS: usize = 100;

/// A table of `rules/tables/`. Its fields stay text until they are asked for: the code lists have
/// thousands of rows, of which scripts read none.
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
    /// Where the fields lie in the text, row by row.
    fields: Vec<Range<usize>>,
}

impl Table {
    /// Reads a table. A column header may carry a type: `name:int`, `name:list`.
    pub fn parse(file: &str, text: &Arc<str>, faults: &mut Vec<Diagnostic>) -> Self {
        let name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".tsv").to_owned();
        let mut table = Self { name, text: Arc::clone(text), ..Self::default() };
        let (mut number, mut line, mut field) = (1, 0, 0);
        let (mut kept, before) = (0, faults.len());
        let unended = (!text.is_empty() && !text.ends_with('\n')).then_some(text.len());
        for end in memchr::memchr2_iter(b'\t', b'\n', text.as_bytes()).chain(unended) {
            table.fields.push(field..end);
            field = end + 1;
            if text.as_bytes().get(end) == Some(&b'\t') {
                continue;
            }
            if table.is_row(file, number, line..end, kept, faults) {
                kept = table.fields.len();
            }
            table.fields.truncate(kept);
            (number, line) = (number + 1, field);
            // Locating a fault scans the text.
            if faults.len() - before > MOST_FAULTS {
                let message = format!("the table has more than {MOST_FAULTS} faults");
                let help = "mend its first rows, and look again";
                faults.push(Diagnostic::new("table-row", file, message, help));
                break;
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

    /// Takes a line, whose fields are those from `kept`, and says whether it is a row. The lines of the
    /// head and the header are none.
    fn is_row(
        &mut self,
        file: &str,
        number: usize,
        line: Range<usize>,
        kept: usize,
        faults: &mut Vec<Diagnostic>,
    ) -> bool {
        let text = Arc::clone(&self.text);
        let line = text.get(line).unwrap_or("");
        if let Some(head) = line.strip_prefix("# ") {
            let (key, value) = head.split_once(':').unwrap_or(("note", head));
            self.head.push((key.trim().to_owned(), value.trim().to_owned()));
            return false;
        }
        if self.columns.is_empty() {
            self.header(file, number, line, faults);
            return false;
        }
        let count = self.fields.len() - kept;
        if count != self.columns.len() {
            let found =
                format!("this row has {count} fields, the header has {}", self.columns.len());
            faults.push(
                Diagnostic::new("table-row", file, found, "part the fields with one tab each")
                    .at(&text, number, 1),
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
                    .at(&text, number, 1),
                );
            }
        }
        true
    }

    fn header(&mut self, file: &str, number: usize, line: &str, faults: &mut Vec<Diagnostic>) {
        let mut offset = 1;
        if line.split('\t').nth(MOST_COLUMNS).is_some() {
            let message = format!("the table has more than {MOST_COLUMNS} columns");
            let help = "part it into several tables";
            faults.push(Diagnostic::new("table-head", file, message, help));
        }
        for field in line.split('\t').take(MOST_COLUMNS) {
            let (column, kind) = match field.split_once(':') {
                Some((column, "int")) => (column, Some(Column::Int)),
                Some((column, "list")) => (column, Some(Column::List)),
                Some((column, _)) => (column, None),
                None => (field, Some(Column::Text)),
            };
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            let wrong = if column.is_empty() || !column.bytes().all(plain) {
                Some((
                    "is no name of a column",
                    "write letters, digits and `_`, and part the columns with one tab each",
                ))
            } else if self.columns.iter().any(|other| other == column) {
                Some(("stands twice", "give each column its own name"))
            } else if kind.is_none() {
                Some(("has an unknown type", "write `:int`, `:list`, or nothing for texts"))
            } else {
                None
            };
            if let Some((message, help)) = wrong {
                let message = format!("`{field}` {message}");
                let fault = Diagnostic::new("table-head", file, message, help);
                faults.push(fault.at(&self.text, number, offset));
            }
            self.columns.push(column.to_owned());
            self.kinds.push(kind.unwrap_or(Column::Text));
            offset += field.chars().count() + 1;
        }
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len() / self.columns.len().max(1)
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The index of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// A field as text; that of a missing column is empty.
    #[must_use]
    pub fn text(&self, row: usize, column: Option<usize>) -> &str {
        let field = column.and_then(|column| self.fields.get(row * self.columns.len() + column));
        field.and_then(|field| self.text.get(field.clone())).unwrap_or("")
    }

    /// The rows as texts of the named columns; a missing column reads as empty.
    pub fn texts<'a, const N: usize>(
        &'a self,
        columns: [&str; N],
    ) -> impl Iterator<Item = [&'a str; N]> + use<'a, N> {
        let indices = columns.map(|name| self.column(name));
        (0..self.len()).map(move |row| indices.map(|column| self.text(row, column)))
    }

    /// The lists of one column.
    pub fn lists(&self, column: &str) -> impl Iterator<Item = Vec<&str>> + use<'_> {
        let column = self.column(column);
        (0..self.len()).map(move |row| Self::list(self.text(row, column)))
    }

    /// A field by the type of its column.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let field = self.text(row, Some(column));
        match self.kinds.get(column).copied().unwrap_or(Column::Text) {
            Column::Text => Cell::Text(field),
            Column::Int => Cell::Int(field.parse().ok()),
            Column::List => Cell::List(Self::list(field)),
        }
    }

    fn list(field: &str) -> Vec<&str> {
        if field.is_empty() { Vec::new() } else { field.split('|').collect() }
    }
}
