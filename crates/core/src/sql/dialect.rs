//! What differs between engines: names, texts, lists, and how a column's values are read.
//!
//! In go names, values and expressions, out come pieces of SQL. Whatever an engine's column can
//! hold and the catalogue does not allow is read as NULL, which is “unknown” and never “no”. It
//! knows neither the plan nor the layout of a query.

use crate::facts::{Fact, Kind};

/// An engine whose SQL is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL 12 or newer.
    PostgreSql,
    /// SQLite 3.38 or newer: lists are JSON texts, decimals are texts.
    Sqlite,
    /// DuckDB 1.3 or newer.
    DuckDb,
    /// Spark SQL 3.4 or newer.
    Spark,
}

/// An expression around a list of values, which may be broken over lines.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) before: String,
    pub(super) after: String,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PostgreSql, Self::Sqlite, Self::DuckDb, Self::Spark];

    /// `postgresql`, `sqlite`, `duckdb` or `spark`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::Sqlite => "sqlite",
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
        }
    }

    /// The dialect of a name.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == value)
    }

    /// The name of the engine.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::Sqlite => "SQLite",
            Self::DuckDb => "DuckDB",
            Self::Spark => "Spark",
        }
    }

    /// A name, quoted.
    pub(super) fn quoted(self, name: &str) -> String {
        match self {
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A text as a literal.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            _ => format!("'{}'", text.replace('\'', "''")),
        }
    }

    /// What stands between `WITH name` and `(`. An engine that would copy an expression to each
    /// query that uses it asks for it to be computed once.
    pub(super) const fn fence(self) -> &'static str {
        match self {
            Self::PostgreSql | Self::Sqlite => "AS MATERIALIZED",
            Self::DuckDb | Self::Spark => "AS",
        }
    }

    /// The type of a fact's column.
    pub(super) fn column_type(self, fact: &Fact) -> String {
        /// What fits into four bytes with a sign.
        const FOUR_BYTES: usize = 9;
        match (&fact.kind, self) {
            (Kind::Bool, _) => "BOOLEAN".to_owned(),
            (Kind::Number { whole: true, .. }, Self::Sqlite) => "INTEGER".to_owned(),
            (Kind::Number { whole: true, min, max, .. }, _) => {
                let small = digits(min).max(digits(max)) <= FOUR_BYTES;
                if small { "INTEGER" } else { "BIGINT" }.to_owned()
            }
            // Any number of digits, exactly.
            (Kind::Number { .. }, Self::PostgreSql) => "NUMERIC".to_owned(),
            // A number column of SQLite is a binary fraction.
            (Kind::Number { .. }, Self::Sqlite) => "TEXT".to_owned(),
            (Kind::Number { min, max, .. }, _) => {
                /// The most digits that both engines keep.
                const MOST: usize = 38;
                let whole = digits(min).max(digits(max));
                // A profile's numbers have at most 28 digits after the point.
                format!("DECIMAL({MOST},{})", MOST.saturating_sub(whole).min(28))
            }
            (Kind::Enum { .. } | Kind::Code { .. }, Self::PostgreSql | Self::Sqlite) => {
                "TEXT".to_owned()
            }
            (Kind::Enum { .. } | Kind::Code { .. }, Self::DuckDb) => "VARCHAR".to_owned(),
            (Kind::Enum { .. } | Kind::Code { .. }, Self::Spark) => "STRING".to_owned(),
            (Kind::EnumList | Kind::Codes { .. }, Self::PostgreSql) => "TEXT[]".to_owned(),
            (Kind::EnumList | Kind::Codes { .. }, Self::Sqlite) => "TEXT".to_owned(),
            (Kind::EnumList | Kind::Codes { .. }, Self::DuckDb) => "VARCHAR[]".to_owned(),
            (Kind::EnumList | Kind::Codes { .. }, Self::Spark) => "ARRAY<STRING>".to_owned(),
        }
    }

    /// The type of a text in a `CREATE TABLE`.
    pub(super) const fn text_type(self) -> &'static str {
        match self {
            Self::PostgreSql | Self::Sqlite => "TEXT",
            Self::DuckDb => "VARCHAR",
            Self::Spark => "STRING",
        }
    }

    /// A day, from a text or NULL; SQLite has texts for days.
    pub(super) fn date(self, text: &str) -> String {
        match self {
            Self::Sqlite => text.to_owned(),
            _ => format!("CAST({text} AS DATE)"),
        }
    }

    /// The position of one text in another, from 1, or 0.
    pub(super) fn find(self, text: &str, part: &str) -> String {
        match self {
            Self::PostgreSql => format!("strpos({text}, {part})"),
            _ => format!("instr({text}, {part})"),
        }
    }

    /// Whether a text has characters of an alphabet only.
    pub(super) fn only(self, text: &str, alphabet: &str) -> String {
        match self {
            Self::Sqlite => format!("{text} NOT GLOB '*[^{alphabet}]*'"),
            _ => format!("translate({text}, '{alphabet}', '') = ''"),
        }
    }

    /// Whether a list has one of some texts. Unknown where the list is, false for an empty one.
    pub(super) fn has_any(self, column: &str) -> Around {
        let (before, after) = match self {
            Self::PostgreSql => (format!("{column} && ARRAY["), "]"),
            Self::DuckDb => (format!("list_has_any({column}, ["), "])"),
            Self::Spark => (format!("arrays_overlap({column}, array("), "))"),
            // EXISTS alone would be false of a list that is not known.
            Self::Sqlite => (
                format!(
                    "CASE WHEN {column} IS NOT NULL THEN EXISTS \
                     (SELECT 1 FROM json_each({column}) AS item WHERE item.value IN ("
                ),
                ")) END",
            ),
        };
        Around { before, after: after.to_owned() }
    }

    /// Whether a list has a text whose first `length` characters are one of some.
    pub(super) fn has_start(self, column: &str, length: usize) -> Around {
        let exists = |items: &str, value: &str| {
            format!(
                "CASE WHEN {column} IS NOT NULL THEN EXISTS \
                 (SELECT 1 FROM {items} WHERE substr({value}, 1, {length}) IN ("
            )
        };
        let (before, after) = match self {
            Self::PostgreSql => {
                (exists(&format!("unnest({column}) AS item(value)"), "item.value"), ")) END")
            }
            Self::Sqlite => {
                (exists(&format!("json_each({column}) AS item"), "item.value"), ")) END")
            }
            Self::DuckDb => (
                format!(
                    "list_has_any(list_transform({column}, lambda item: substr(item, 1, {length})), ["
                ),
                "])",
            ),
            Self::Spark => (
                format!(
                    "arrays_overlap(transform({column}, item -> substr(item, 1, {length})), array("
                ),
                "))",
            ),
        };
        Around { before, after: after.to_owned() }
    }

    /// Whether a list is known to be empty.
    pub(super) fn empty(self, column: &str) -> String {
        match self {
            Self::PostgreSql => format!("cardinality({column}) = 0"),
            Self::Sqlite => format!("json_array_length({column}) = 0"),
            Self::DuckDb => format!("len({column}) = 0"),
            // An older Spark says -1 of a list that is not known.
            Self::Spark => format!("CASE WHEN {column} IS NOT NULL THEN size({column}) = 0 END"),
        }
    }

    /// A yes/no column, read.
    pub(super) fn read_bool(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!(
                "CASE {column} WHEN 1 THEN 1 WHEN 0 THEN 0 WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
            ),
            _ => column.to_owned(),
        }
    }

    /// A text column without an order of its own: the engine compares its bytes.
    pub(super) fn plain(self, column: &str) -> String {
        match self {
            Self::PostgreSql => format!("({column} COLLATE \"C\")"),
            Self::Sqlite => format!("({column} COLLATE BINARY)"),
            _ => column.to_owned(),
        }
    }

    /// A list column, unless it is no list or has an item that `valid` does not hold of. `valid` and `value` give
    /// the check of an item and what is read for it; nothing is read otherwise than it stands if `value` is the same.
    pub(super) fn read_list(
        self,
        column: &str,
        valid: impl Fn(&str) -> String,
        value: impl Fn(&str) -> String,
    ) -> String {
        let is_unchanged = value("item") == "item";
        match self {
            Self::PostgreSql => {
                let item = "(item.value COLLATE \"C\")";
                let items = format!("unnest({column}) AS item(value)");
                format!(
                    "CASE
            WHEN {column} IS NOT NULL
                AND NOT EXISTS (
                    SELECT 1 FROM {items}
                    WHERE ({}) IS NOT TRUE
                )
            THEN ARRAY(SELECT {} FROM {items})
        END",
                    deeper(&valid(item)),
                    value(item)
                )
            }
            // The functions of JSON stop a query at a text that is none: a CASE asks first.
            Self::Sqlite => {
                let items = format!("json_each({column}) AS item");
                let read = if is_unchanged {
                    column.to_owned()
                } else {
                    format!("(SELECT json_group_array({}) FROM {items})", value("item.value"))
                };
                format!(
                    "CASE
            WHEN typeof({column}) = 'text' AND json_valid({column})
            THEN CASE
                WHEN json_type({column}) = 'array'
                    AND NOT EXISTS (
                        SELECT 1 FROM {items}
                        WHERE (item.type = 'text' AND {}) IS NOT TRUE
                    )
                THEN {read}
            END
        END",
                    deeper(&deeper(&valid("item.value"))),
                )
            }
            Self::DuckDb => format!(
                "CASE
            WHEN len(list_filter(
                {column},
                lambda item: NOT coalesce({}, false)
            )) = 0
            THEN {}
        END",
                valid("item"),
                if is_unchanged {
                    column.to_owned()
                } else {
                    format!("list_transform({column}, lambda item: {})", value("item"))
                }
            ),
            Self::Spark => format!(
                "CASE
            WHEN forall(
                {column},
                item -> coalesce({}, false)
            )
            THEN {}
        END",
                valid("item"),
                if is_unchanged {
                    column.to_owned()
                } else {
                    format!("transform({column}, item -> {})", value("item"))
                }
            ),
        }
    }

    /// A cell as a text, as the engine writes it; a list as JSON where the engine has that.
    pub(super) fn raw_text(self, column: &str, is_list: bool) -> String {
        match self {
            Self::PostgreSql if is_list => format!("CAST(array_to_json({column}) AS TEXT)"),
            Self::Spark if is_list => format!("to_json({column})"),
            // Bytes need not be a text.
            Self::Sqlite => format!(
                "CASE typeof({column})
            WHEN 'blob' THEN hex({column})
            ELSE CAST({column} AS TEXT)
        END"
            ),
            _ => format!("CAST({column} AS {})", self.text_type()),
        }
    }
}

/// An expression over several lines, moved to the right.
fn deeper(lines: &str) -> String {
    lines.replace('\n', "\n    ")
}

/// How many digits a limit has before the point.
fn digits(limit: &rust_decimal::Decimal) -> usize {
    limit.trunc().abs().normalize().to_string().len()
}
