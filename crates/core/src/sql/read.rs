//! How a column is read: the same spellings as in a profile are folded, and whatever the catalogue
//! does not allow is NULL.
//!
//! In go facts and a dialect, out come expressions over `t`, the table. A profile with such a value
//! is refused; a row of a table cannot be, so its value counts as unknown and never as “no”.

use super::dialect::{Around, Dialect};
use super::layout::{Doc, fill};
use super::options::fraction;
use crate::facts::credit_code::{ALPHABET, BODY_WEIGHTS, WEIGHTS};
use crate::facts::{Fact, Format, Kind, Reference};
use std::fmt::Write as _;

/// The name of the table of retired divisions in a query.
pub(super) const RETIRED: &str = "retired";

/// Reads columns.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) dialect: Dialect,
    pub(super) reference: &'a Reference,
}

impl Reader<'_> {
    /// The expression of a fact's column as it comes from the table: codes trimmed and in upper case.
    pub(super) fn text(&self, fact: &Fact) -> String {
        let column = format!("t.{}", self.dialect.quoted(&fact.name));
        match fact.kind {
            Kind::Code { .. } => format!("upper(trim({}))", self.dialect.plain(&column)),
            _ => column,
        }
    }

    /// The expression of a fact's column as the table has it, as a text.
    pub(super) fn raw_text(&self, fact: &Fact) -> String {
        let column = format!("t.{}", self.dialect.quoted(&fact.name));
        self.dialect.raw_text(&column, fact.is_list())
    }

    /// The expressions and names of a fact's columns, of what `text` gave. `join` is the alias of the retired divisions,
    /// `digits` says that digits after a point are asked for.
    pub(super) fn columns(
        &self,
        fact: &Fact,
        name: &str,
        join: Option<&str>,
        digits: bool,
    ) -> Vec<(Doc, String)> {
        let d = self.dialect;
        let column = format!("t.{}", d.quoted(&fact.name));
        let only = |expression| vec![(Doc::Text(expression), name.to_owned())];
        match &fact.kind {
            Kind::Bool => only(d.read_bool(&column)),
            Kind::Number { min, max, .. } if d != Dialect::Sqlite => {
                only(format!("CASE WHEN {column} BETWEEN {min} AND {max} THEN {column} END"))
            }
            Kind::Number { whole, min, max, .. } => {
                let point = if *whole { "" } else { "." };
                let sign = if min.is_sign_negative() { "-" } else { "" };
                let mut plain = format!(
                    "{column} GLOB '*[0-9]*' AND {column} NOT GLOB '*[^0-9{point}{sign}]*'"
                );
                // One point at most, and a sign only in front.
                for (has, twice) in [(!whole, "*.*.*"), (!sign.is_empty(), "*?-*")] {
                    if has {
                        let _ = write!(plain, "\n                AND {column} NOT GLOB '{twice}'");
                    }
                }
                let number = format!("CAST({column} AS INTEGER)");
                let value = |then: &str| {
                    Doc::Text(format!(
                        "CASE
            WHEN {plain}
                AND {number} BETWEEN {min} AND {max}
            THEN {then}
        END"
                    ))
                };
                let mut columns = vec![(value(&number), name.to_owned())];
                if digits && !*whole {
                    let after = format!("substr({column}, instr({column} || '.', '.') + 1)");
                    columns.push((value(&format!("rtrim({after}, '0')")), fraction(name)));
                }
                columns
            }
            Kind::Enum { .. } => {
                let values: Vec<String> =
                    fact.values.iter().map(|value| d.text(&value.name)).collect();
                let plain = d.plain(&column);
                let around = Around {
                    before: format!("CASE WHEN {plain} IN ("),
                    after: format!(") THEN {plain} END"),
                };
                vec![(Doc::List(around, values), name.to_owned())]
            }
            Kind::Code { format: Format::Uscc, .. } => only(self.credit_code(&column)),
            Kind::Code { format: Format::Industry, .. } => only(self.industry(&column)),
            Kind::Code { format, none } => {
                let (valid, value) = self.code(*format, &column);
                let value = match join {
                    Some(alias) => format!("COALESCE({alias}.now, {value})"),
                    None => value,
                };
                let none = if *none {
                    format!("\n            WHEN {column} = 'NONE' THEN 'NONE'")
                } else {
                    String::new()
                };
                only(format!(
                    "CASE\n            WHEN {valid}\n            THEN {value}{none}\n        END"
                ))
            }
            Kind::EnumList => {
                let values: Vec<String> =
                    fact.values.iter().map(|value| d.text(&value.name)).collect();
                let known = fill(&values, ", ", 20);
                only(if d == Dialect::PostgreSql {
                    let list = format!("({column}::TEXT[] COLLATE \"C\")");
                    format!(
                        "CASE\n            WHEN {list} <@ ARRAY[\n                    {known}\n                ]\n            THEN {list}\n        END"
                    )
                } else {
                    let valid = |item: &str| {
                        format!("{item} IN (\n                    {known}\n                )")
                    };
                    d.read_list(&column, valid, str::to_owned)
                })
            }
            Kind::Codes { format } => {
                let item = |item: &str| {
                    let text = format!("upper(trim({item}))");
                    if *format == Format::Hs { format!("replace({text}, '.', '')") } else { text }
                };
                only(d.read_list(&column, |text| self.code(*format, &item(text)).0, item))
            }
        }
    }

    /// Whether a code has the right form, and the part of it that is read.
    fn code(&self, format: Format, code: &str) -> (String, String) {
        const DIGITS: &str = "0123456789";
        const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let d = self.dialect;
        let of = |length: &str, alphabet: &str| {
            format!("length({code}) {length}\n                AND {}", d.only(code, alphabet))
        };
        match format {
            // Codes of towns and villages begin with that of their county.
            Format::Division => (of("IN (6, 9, 12)", DIGITS), format!("substr({code}, 1, 6)")),
            // Customs tariffs append two or four national digits to the six of the HS.
            Format::Hs => (of("IN (6, 8, 10)", DIGITS), code.to_owned()),
            Format::Country => (of("= 2", LETTERS), code.to_owned()),
            Format::Industry | Format::Uscc => (of("> 0", LETTERS), code.to_owned()),
        }
    }

    /// A credit code if both its checks are right.
    fn credit_code(&self, code: &str) -> String {
        let d = self.dialect;
        let sum = |weights: &[u32], from: usize, alphabet: &str, check: &str| {
            let mut terms: Vec<String> = (weights.iter().zip(from..))
                .map(|(weight, position)| {
                    let character = format!("substr({code}, {position}, 1)");
                    format!("{weight} * {}", d.find(&format!("'{alphabet}'"), &character))
                })
                .collect();
            let last = format!("substr({code}, {}, 1)", from + weights.len());
            terms.push(d.find(&format!("'{check}'"), &last));
            fill(&terms, " + ", 21)
        };
        // Places in the alphabets count from 1, values from 0: so the sums are off by their weights.
        let off = |weights: &[u32], modulus: u32| (weights.iter().sum::<u32>() + 1) % modulus;
        let body = sum(&BODY_WEIGHTS, 9, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789X");
        let whole = sum(&WEIGHTS, 1, ALPHABET, ALPHABET);
        format!(
            "CASE
            WHEN length({code}) = 18
                AND {only}
                AND {check_17} > 0
                AND ({body}) % 11 = {body_off}
                AND ({whole}) % 31 = {whole_off}
            THEN {code}
        END",
            only = d.only(code, ALPHABET),
            check_17 = d.find("'0123456789X'", &format!("substr({code}, 17, 1)")),
            body_off = off(&BODY_WEIGHTS, 11),
            whole_off = off(&WEIGHTS, 31),
        )
    }

    /// An industry code with its letter, which the first two digits give.
    fn industry(&self, code: &str) -> String {
        let mut last: Vec<(String, String)> = Vec::new();
        for (known, _) in self.reference.list(Format::Industry) {
            let Some((letter, digits)) = known.split_at_checked(1) else { continue };
            let Some(two) = digits.get(..2) else { continue };
            match last.last_mut() {
                Some((same, up_to)) if same == letter => two.clone_into(up_to),
                _ => last.push((letter.to_owned(), two.to_owned())),
            }
        }
        const DIGITS: &str = "0123456789";
        let d = self.dialect;
        let letters: String = last.iter().map(|(letter, _)| letter.as_str()).collect();
        let first = d.find(&format!("'{letters}'"), &format!("substr({code}, 1, 1)"));
        let mut out = format!(
            "CASE
            WHEN length({code}) BETWEEN 3 AND 5
                AND {first} > 0
                AND {rest}
            THEN {code}
            WHEN length({code}) NOT BETWEEN 2 AND 4 OR NOT ({digits}) THEN NULL
",
            rest = d.only(&format!("substr({code}, 2)"), DIGITS),
            digits = d.only(code, DIGITS),
        );
        for (letter, two) in last {
            let _ = writeln!(
                out,
                "            WHEN substr({code}, 1, 2) <= '{two}' THEN '{letter}' || {code}"
            );
        }
        out + "        END"
    }
}

/// The form of a code, for people.
pub(super) fn form(format: Format) -> &'static str {
    match format {
        Format::Division => "GB/T 2260, 6 digits",
        Format::Industry => "GB/T 4754-2017, F5191",
        Format::Uscc => "GB 32100, 18 characters",
        Format::Hs => "HS, 6 digits",
        Format::Country => "ISO 3166-1, 2 letters",
    }
}
