//! Lines: an expression on one line if it fits, else broken between its parts.
//!
//! In go pieces of SQL and the column where they begin, out comes text. It knows no SQL but
//! brackets and commas.

use super::dialect::Around;

/// How wide a line may be, in characters.
const WIDTH: usize = 100;

/// An expression with the points where it may be broken.
#[derive(Debug)]
pub(super) enum Doc {
    /// Never broken.
    Text(String),
    /// Values between brackets, as many a line as fit.
    List(Around, Vec<String>),
    /// Parts joined by a keyword; in brackets if it stands in another expression.
    Joined { keyword: &'static str, parts: Vec<Doc>, brackets: bool },
    /// Parts between brackets, separated by commas or spaces.
    Call { before: &'static str, parts: Vec<Doc>, comma: &'static str, after: &'static str },
    /// A branch of a CASE.
    When(Box<Doc>, String),
}

impl Doc {
    /// A CASE of branches.
    pub(super) fn case(branches: Vec<Self>) -> Self {
        Self::Call { before: "CASE ", parts: branches, comma: "", after: " END" }
    }

    /// A branch of a CASE.
    pub(super) fn when(condition: Self, then: &str) -> Self {
        Self::When(Box::new(condition), then.to_owned())
    }

    /// The opposite.
    pub(super) fn not(inner: Self) -> Self {
        Self::Call { before: "NOT (", parts: vec![inner], comma: "", after: ")" }
    }

    /// On one line.
    pub(super) fn flat(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(around, items) => {
                format!("{}{}{}", around.before, items.join(", "), around.after)
            }
            Self::Joined { keyword, parts, brackets } => {
                let parts: Vec<String> = parts.iter().map(Self::flat).collect();
                let joined = parts.join(&format!(" {keyword} "));
                if *brackets { format!("({joined})") } else { joined }
            }
            Self::Call { before, parts, comma, after } => {
                let parts: Vec<String> = parts.iter().map(Self::flat).collect();
                format!("{before}{}{after}", parts.join(&format!("{comma} ")))
            }
            Self::When(condition, then) => format!("WHEN {} THEN {then}", condition.flat()),
        }
    }

    /// Over as many lines as it needs; the first line begins at `indent`.
    pub(super) fn lines(&self, indent: usize) -> String {
        let flat = self.flat();
        if indent + flat.chars().count() <= WIDTH {
            return flat;
        }
        let margin = |by: usize| format!("\n{}", " ".repeat(indent + by));
        match self {
            Self::Text(text) => text.clone(),
            Self::List(around, items) => {
                let items = fill(items, ", ", indent + 4);
                format!("{}{}{items}{}{}", around.before, margin(4), margin(0), around.after)
            }
            Self::Joined { keyword, parts, brackets } => {
                let inner = usize::from(*brackets);
                let parts: Vec<String> = parts
                    .iter()
                    .enumerate()
                    .map(|(index, part)| {
                        let lead = if index == 0 { 0 } else { keyword.len() + 1 };
                        part.lines(indent + inner + lead)
                    })
                    .collect();
                let joined = parts.join(&format!("{}{keyword} ", margin(inner)));
                if *brackets { format!("({joined})") } else { joined }
            }
            Self::Call { before, parts, comma, after } => {
                let parts: Vec<String> = parts.iter().map(|part| part.lines(indent + 4)).collect();
                let joined = parts.join(&format!("{comma}{}", margin(4)));
                let (before, after) = (before.trim_end(), after.trim_start());
                format!("{before}{}{joined}{}{after}", margin(4), margin(0))
            }
            Self::When(condition, then) => {
                format!("WHEN {}{}THEN {then}", condition.lines(indent + 5), margin(2))
            }
        }
    }
}

/// Values with a separator between them, as many a line as fit.
pub(super) fn fill(items: &[String], separator: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut column = indent;
    for (index, item) in items.iter().enumerate() {
        let width = item.chars().count() + separator.len();
        if index > 0 {
            out.push_str(separator);
        }
        if index > 0 && column + width > WIDTH {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        }
        out.push_str(item);
        column += width;
    }
    out
}
