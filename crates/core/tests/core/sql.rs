//! The printed SQL: what it looks like, and what it refuses. That it says the same as the program is
//! shown on real engines by `tests/engines/run`.

use crate::support::advisor;
use export_advisor_core::sql::{Dialect, Names, SqlError, ddl, query};

/// The widest line of SQL; comments quote the text, which has no such limit.
const WIDEST: usize = 160;

fn printed(dialect: Dialect) -> String {
    query(&advisor().plan, dialect, &Names::default()).unwrap()
}

#[test]
fn the_query_of_each_dialect() {
    // What does not hang on the dialect is kept once.
    insta::assert_snapshot!(
        "query_duckdb",
        printed(Dialect::DuckDb).replace(version(), "sha256:…")
    );
    let known: Vec<String> = printed(Dialect::DuckDb).lines().map(str::to_owned).collect();
    for dialect in [Dialect::PostgreSql, Dialect::Sqlite, Dialect::Spark] {
        let plain = |line: &str| line.replace('`', "\"");
        let text = printed(dialect);
        let other: Vec<&str> = text.lines().filter(|l| !known.contains(&plain(l))).collect();
        insta::assert_snapshot!(format!("query_{}_differs", dialect.as_str()), other.join("\n"));
    }
}

#[test]
fn the_table_of_each_dialect() {
    for dialect in Dialect::ALL {
        let text = ddl(&advisor().plan, dialect, &Names::default()).unwrap();
        let name = format!("ddl_{}", dialect.as_str());
        insta::assert_snapshot!(name, text.replace(version(), "sha256:…"));
    }
}

fn version() -> &'static str {
    &advisor().book().version
}

#[test]
fn a_dba_finds_every_support_by_number_title_and_sentence() {
    for dialect in Dialect::ALL {
        let text = printed(dialect);
        assert!(text.contains(version()) && text.contains("国办发〔2023〕10号"));
        for support in &advisor().book().supports {
            assert!(text.contains(&format!("-- {} · {}", support.title.zh, support.title.en)));
            for citation in &support.citations {
                let line = format!("-- {} “{}”", citation.sentence, citation.quote);
                assert!(text.contains(&line), "{line}");
            }
            let quote = if dialect == Dialect::Spark { '`' } else { '"' };
            assert!(text.contains(&format!("AS {quote}{}{quote}", support.id)));
        }
        for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
            let width = line.chars().count();
            assert!(width <= WIDEST, "{} characters: {line}", width);
        }
    }
}

#[test]
fn a_query_hangs_on_nothing_but_the_rules_and_the_names() {
    assert_eq!(printed(Dialect::Spark), printed(Dialect::Spark));
    let names = Names { table: "bank.\"firms".to_owned(), keys: vec!["client`no".to_owned()] };
    let text = query(&advisor().plan, Dialect::PostgreSql, &names).unwrap();
    assert!(text.contains(r#"FROM "bank"."""firms" AS t"#));
    assert!(text.contains(r#"AS "client`no","#));
    let text = query(&advisor().plan, Dialect::Spark, &names).unwrap();
    assert!(text.contains(r#"FROM `bank`.`"firms` AS t"#));
    assert!(text.contains("AS `client``no`,"));
}

#[test]
fn names_that_cannot_be_used_are_reported_all_at_once() {
    let keys = ["size", "Fta-Use", "a", "A", "x\ny", ""].map(str::to_owned).to_vec();
    let names = Names { table: "a..b".to_owned(), keys };
    let faults = query(&advisor().plan, Dialect::DuckDb, &names).unwrap_err();
    assert_eq!(
        faults,
        [
            SqlError::Unusable(String::new()),
            SqlError::Unusable("xy".to_owned()),
            SqlError::Unusable(String::new()),
            SqlError::Taken("size".to_owned()),
            SqlError::Taken("Fta-Use".to_owned()),
            SqlError::Twice("A".to_owned()),
        ]
    );
}
