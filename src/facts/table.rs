//! Reference tables: tab-separated text with its source at the head.

use crate::diagnostic::Diagnostic;

/// One field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text; empty means none.
    Text(String),
    /// A whole number, or none.
    Int(Option<i64>),
    /// Texts, parted by `|` in the file.
    List(Vec<String>),
}

/// A table of `rules/tables/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name, without folder and ending.
    pub name: String,
    /// The head lines, `key: value` each, such as source, date, confidence.
    pub head: Vec<(String, String)>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, one cell a column.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Reads a table. A column header may carry a type: `name:int`, `name:list`.
    pub fn parse(file: &str, text: &str, faults: &mut Vec<Diagnostic>) -> Self {
        let name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".tsv").to_owned();
        let mut table = Self { name, ..Self::default() };
        let mut types: Vec<&str> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if let Some(head) = line.strip_prefix("# ") {
                let (key, value) = head.split_once(':').unwrap_or(("note", head));
                table.head.push((key.trim().to_owned(), value.trim().to_owned()));
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            if table.columns.is_empty() {
                for field in fields {
                    let (column, kind) = field.split_once(':').unwrap_or((field, "text"));
                    table.columns.push(column.to_owned());
                    types.push(kind);
                }
                continue;
            }
            if fields.len() != table.columns.len() {
                let found = format!(
                    "this row has {} fields, the header has {}",
                    fields.len(),
                    table.columns.len()
                );
                faults.push(
                    Diagnostic::new("table-row", file, found, "part the fields with one tab each")
                        .at(text, index + 1, 1),
                );
                continue;
            }
            let row = fields.iter().zip(&types).map(|(field, kind)| match *kind {
                "int" if field.is_empty() => Cell::Int(None),
                "int" => Cell::Int(field.parse().ok().or_else(|| {
                    faults.push(
                        Diagnostic::new(
                            "table-number",
                            file,
                            format!("`{field}` is not a whole number"),
                            "write digits only, or leave the field empty",
                        )
                        .at(text, index + 1, 1),
                    );
                    None
                })),
                "list" if field.is_empty() => Cell::List(Vec::new()),
                "list" => Cell::List(field.split('|').map(str::to_owned).collect()),
                _ => Cell::Text((*field).to_owned()),
            });
            let row = row.collect();
            table.rows.push(row);
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

    /// The rows as texts of the named columns; a missing column reads as empty.
    pub fn texts<'a, const N: usize>(
        &'a self,
        columns: [&str; N],
    ) -> impl Iterator<Item = [&'a str; N]> + use<'a, N> {
        let places = columns.map(|name| self.columns.iter().position(|c| c == name));
        self.rows.iter().map(move |row| {
            places.map(|place| match place.and_then(|p| row.get(p)) {
                Some(Cell::Text(text)) => text.as_str(),
                _ => "",
            })
        })
    }

    /// The lists of one column.
    pub fn lists(&self, column: &str) -> impl Iterator<Item = &[String]> {
        let place = self.columns.iter().position(|c| c == column);
        self.rows.iter().map(move |row| match place.and_then(|p| row.get(p)) {
            Some(Cell::List(list)) => list.as_slice(),
            _ => &[],
        })
    }
}
