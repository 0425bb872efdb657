//! Rows of texts as text: delimited for people, lines of JSON for programs.
//!
//! Owns the form of a row that is made by the program and not by adding columns to another: those of the list of changes
//! and of a streamed list to call. It writes to no file.

use crate::table::delimited::escape;
use export_advisor_core::facts::json::escaped;

/// The form of rows.
#[derive(Clone, Debug)]
pub(crate) enum TextRows {
    /// Delimited text.
    Delimited {
        /// What stands between cells.
        delimiter: u8,
    },
    /// Lines of JSON.
    Json {
        /// The names of the columns, escaped.
        names: Vec<String>,
    },
}

impl TextRows {
    /// Lines of JSON with these names.
    pub(crate) fn json<S: AsRef<str>>(names: &[S]) -> Self {
        let names = names.iter().map(|name| escaped(name.as_ref()).into_owned()).collect();
        Self::Json { names }
    }

    /// Whether people read them, rather than programs.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self, Self::Delimited { .. })
    }

    /// The header; nothing for JSON.
    pub(crate) fn header<S: AsRef<str>>(&self, labels: &[S], bom: bool) -> Vec<u8> {
        let mut out = Vec::new();
        if self.is_for_people() {
            if bom {
                out.extend_from_slice(b"\xef\xbb\xbf");
            }
            self.write(labels, &mut out);
        }
        out
    }

    /// Appends a row, a text a column. JSON has null where a text is blank.
    pub(crate) fn write<S: AsRef<str>>(&self, row: &[S], out: &mut Vec<u8>) {
        match self {
            Self::Delimited { delimiter } => {
                for (column, text) in row.iter().enumerate() {
                    if column > 0 {
                        out.push(*delimiter);
                    }
                    escape(text.as_ref(), *delimiter, out);
                }
                out.push(b'\n');
            }
            Self::Json { names } => {
                out.push(b'{');
                members(names, row, out);
                out.extend_from_slice(b"}\n");
            }
        }
    }

    /// Appends a row whose first column is a number.
    pub(crate) fn write_numbered<S: AsRef<str>>(&self, number: u64, rest: &[S], out: &mut Vec<u8>) {
        let number = number.to_string();
        match (self, self.first_name()) {
            (Self::Json { names }, Some(first)) => {
                let start = ["{\"", first, "\":", &number, if rest.is_empty() { "" } else { "," }];
                start.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
                members(names.get(1..).unwrap_or_default(), rest, out);
                out.extend_from_slice(b"}\n");
            }
            _ => {
                let rest = rest.iter().map(AsRef::as_ref);
                let row: Vec<&str> = std::iter::once(number.as_str()).chain(rest).collect();
                self.write(&row, out);
            }
        }
    }

    fn first_name(&self) -> Option<&str> {
        match self {
            Self::Delimited { .. } => None,
            Self::Json { names } => names.first().map(String::as_str),
        }
    }
}

/// Appends the members of an object.
fn members<S: AsRef<str>>(names: &[String], row: &[S], out: &mut Vec<u8>) {
    for (column, (name, text)) in names.iter().zip(row).enumerate() {
        let before = [if column > 0 { ",\"" } else { "\"" }, name, "\":"];
        before.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
        match text.as_ref() {
            "" => out.extend_from_slice(b"null"),
            text => {
                out.push(b'"');
                out.extend_from_slice(escaped(text).as_bytes());
                out.push(b'"');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_texts_of_either_form() {
        let forms = [TextRows::Delimited { delimiter: b',' }, TextRows::json(&["row", "na\"me"])];
        let texts = forms.map(|form| {
            let mut out = form.header(&["行号", "名,称"], true);
            form.write(&["1", "=甲"], &mut out);
            form.write_numbered(2, &["\n"], &mut out);
            form.write_numbered(3, &[""], &mut out);
            String::from_utf8(out).unwrap()
        });
        assert_eq!(
            texts,
            [
                "\u{feff}行号,\"名,称\"\n1,'=甲\n2,\"\n\"\n3,\n",
                "{\"row\":\"1\",\"na\\\"me\":\"=甲\"}\n{\"row\":2,\"na\\\"me\":\"\\n\"}\n{\"row\":3,\"na\\\"me\":null}\n",
            ]
        );
    }
}
