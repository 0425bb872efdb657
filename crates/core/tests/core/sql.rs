//! The printed SQL: what it looks like, and what it refuses. That it says the same as the program is
//! shown on real engines by `tests/engines/run`.

use crate::support::{advisor, files};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::ExcludedBy;
use export_advisor_core::script::load;
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
    let (table, keys) = ("bank.\"firms".to_owned(), vec!["client`no".to_owned()]);
    let names = Names { table, keys, ..Names::default() };
    let text = query(&advisor().plan, Dialect::PostgreSql, &names).unwrap();
    assert!(text.contains(r#"FROM "bank"."""firms" AS t"#));
    assert!(text.contains(r#"AS "client`no","#));
    let text = query(&advisor().plan, Dialect::Spark, &names).unwrap();
    assert!(text.contains(r#"FROM `bank`.`"firms` AS t"#));
    assert!(text.contains("AS `client``no`,"));
}

#[test]
fn what_excludes_a_firm_has_a_column_a_support_only_if_it_is_asked_for() {
    let names = Names { excluded_by: true, ..Names::default() };
    for dialect in Dialect::ALL {
        let text = query(&advisor().plan, dialect, &names).unwrap();
        let select = &text[text.rfind("\nSELECT\n").unwrap()..];
        let quote = if dialect == Dialect::Spark { '`' } else { '"' };
        let mut found = 0;
        for support in &advisor().book().supports {
            let start = select.find(&format!("AS {quote}{}{quote}", support.id)).unwrap();
            let column = format!("AS {quote}{}_excluded_by{quote}", support.id);
            let end = select.find(&column).unwrap();
            assert!(start < end, "{}: statuses come first", support.id);
            let case = &select[select[..end].rfind("CASE").unwrap()..end];
            for by in ExcludedBy::ALL {
                let can = support.criteria.iter().any(|c| c.basis.excludes_by() == by);
                let branch = format!("THEN '{}'", by.as_str());
                assert_eq!(case.contains(&branch), can, "{}: {case}", support.id);
                found += usize::from(can);
            }
            assert!(!printed(dialect).contains(&column));
        }
        let branches = ExcludedBy::ALL.map(|by| format!("THEN '{}'", by.as_str()));
        let counts = branches.iter().map(|branch| select.matches(branch.as_str()).count());
        assert_eq!(counts.sum::<usize>(), found);
        for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
            assert!(line.chars().count() <= WIDEST, "{line}");
        }
        let table = ddl(&advisor().plan, dialect, &names).unwrap();
        assert_eq!(table, ddl(&advisor().plan, dialect, &Names::default()).unwrap());
    }
}

#[test]
fn an_id_that_is_too_long_for_the_column_of_what_excludes_a_firm_is_reported() {
    let mut book = load(files()).into_result().unwrap();
    let ids = ["a".repeat(51), "b".repeat(52), "c".repeat(63)];
    for (support, id) in book.supports.iter_mut().zip(&ids) {
        support.id.clone_from(id);
    }
    let plan = Plan::new(book);
    let names = |excluded_by| Names { excluded_by, ..Names::default() };
    assert!(query(&plan, Dialect::Sqlite, &names(false)).is_ok());
    let faults = query(&plan, Dialect::Sqlite, &names(true)).unwrap_err();
    let [_, b, c] = ids;
    assert_eq!(faults, [b.clone(), c].map(SqlError::LongId));
    assert!(faults[0].to_string().contains(&b), "{}", faults[0]);
}

#[test]
fn names_that_cannot_be_used_are_reported_all_at_once() {
    let keys = ["size", "Fta-Use", "a", "A", "x\ny", ""].map(str::to_owned).to_vec();
    let names = Names { table: "a..b".to_owned(), keys, ..Names::default() };
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
