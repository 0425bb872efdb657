//! The printed SQL: what it looks like, and what it refuses. That it says the same as the program is
//! shown on real engines by `tests/engines/run`.

use crate::support::{advisor, files};
use export_advisor_core::facts::Kind;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::ExcludedBy;
use export_advisor_core::script::load;
use export_advisor_core::sql::{
    Dialect, Layout, Naming, Source, SqlError, SqlOptions, ddl, faults, query, supports,
};

/// The widest line of SQL; comments quote the text, which has no such limit.
const WIDEST: usize = 160;

fn printed(dialect: Dialect) -> String {
    query(&advisor().plan, dialect, &SqlOptions::default()).unwrap()
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
        let text = ddl(&advisor().plan, dialect, &SqlOptions::default()).unwrap();
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
                let policy = advisor().book().policies.at(support.policy);
                let sentence = advisor().book().sentence_key(policy, citation.sentence);
                let line = format!("-- {sentence} “{}”", citation.quote);
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
    let names = SqlOptions { source: Source::Table(table), keys, ..SqlOptions::default() };
    let text = query(&advisor().plan, Dialect::PostgreSql, &names).unwrap();
    assert!(text.contains(r#"FROM "bank"."""firms" AS t"#));
    assert!(text.contains(r#"AS "client`no","#));
    let text = query(&advisor().plan, Dialect::Spark, &names).unwrap();
    assert!(text.contains(r#"FROM `bank`.`"firms` AS t"#));
    assert!(text.contains("AS `client``no`,"));
}

#[test]
fn what_excludes_a_firm_has_a_column_a_support_only_if_it_is_asked_for() {
    let names = SqlOptions { excluded_by: true, ..SqlOptions::default() };
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
        assert_eq!(table, ddl(&advisor().plan, dialect, &SqlOptions::default()).unwrap());
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
    let names = |excluded_by| SqlOptions { excluded_by, ..SqlOptions::default() };
    assert!(query(&plan, Dialect::Sqlite, &names(false)).is_ok());
    let faults = query(&plan, Dialect::Sqlite, &names(true)).unwrap_err();
    let [_, b, c] = ids;
    assert_eq!(faults, [b.clone(), c].map(SqlError::LongId));
    assert!(faults[0].to_string().contains(&b), "{}", faults[0]);
}

#[test]
fn names_that_cannot_be_used_are_reported_all_at_once() {
    let keys = ["size", "Fta-Use", "a", "A", "x\ny", ""].map(str::to_owned).to_vec();
    let names =
        SqlOptions { source: Source::Table("a..b".to_owned()), keys, ..SqlOptions::default() };
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

fn options() -> SqlOptions {
    SqlOptions::default()
}

fn names(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

/// The columns of the last SELECT, as they are named.
fn result_columns(text: &str, quote: char) -> Vec<String> {
    let select = &text[text.rfind("\nSELECT\n").unwrap()..];
    let mark = format!(" AS {quote}");
    let parts = select.split(mark.as_str()).skip(1);
    parts.map(|part| part.split(quote).next().unwrap().to_owned()).collect()
}

#[test]
fn a_table_of_few_columns_is_asked_for_no_other() {
    let have = options_with(names(&["employees", "industry", "financing_need"]));
    for dialect in Dialect::ALL {
        let text = query(&advisor().plan, dialect, &have).unwrap();
        let quote = if dialect == Dialect::Spark { '`' } else { '"' };
        for fact in &advisor().book().catalogue.facts {
            let column = format!("t.{quote}{}{quote}", fact.name);
            let has = ["employees", "industry", "financing_need"].contains(&fact.name.as_str());
            assert_eq!(text.contains(&column), has, "{}", fact.name);
        }
        // The result has the same columns whatever the table has.
        assert_eq!(result_columns(&text, quote), result_columns(&printed(dialect), quote));
        let table = ddl(&advisor().plan, dialect, &have).unwrap();
        let columns = table.lines().filter(|line| line.starts_with(&format!("    {quote}")));
        assert_eq!(columns.count(), 4, "{table}");
        for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
            assert!(line.chars().count() <= WIDEST, "{line}");
        }
    }
    assert!(query(&advisor().plan, Dialect::DuckDb, &options_with(names(&[]))).is_ok());
}

fn options_with(have: Option<Vec<String>>) -> SqlOptions {
    SqlOptions { have, ..options() }
}

#[test]
fn facts_and_supports_that_do_not_exist_are_refused_with_what_was_meant() {
    let asked = SqlOptions {
        have: names(&["employes", "x", "size"]),
        supports: names(&["fta-use", "guarantee-small-micr"]),
        ..options()
    };
    let faults = query(&advisor().plan, Dialect::Sqlite, &asked).unwrap_err();
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "there is no fact `employes`; did you mean `employees`?",
            "there is no fact `x`: `export-advisor facts` lists all",
            "there is no support `guarantee-small-micr`; did you mean `guarantee-small-micro`?",
        ]
    );
}

#[test]
fn only_the_supports_that_are_asked_for_have_columns() {
    let asked = SqlOptions {
        supports: names(&["guarantee-small-micro", "fta-use"]),
        excluded_by: true,
        missing: true,
        ..options()
    };
    let text = query(&advisor().plan, Dialect::PostgreSql, &asked).unwrap();
    let columns = result_columns(&text, '"');
    let last = columns.iter().rev().take(5).rev().map(String::as_str).collect::<Vec<_>>();
    let mut ids = ["guarantee-small-micro", "fta-use"];
    ids.sort_by_key(|id| advisor().book().supports.iter().position(|s| s.id == *id));
    let excluded = ids.map(|id| format!("{id}_excluded_by"));
    assert_eq!(last, [ids[0], ids[1], excluded[0].as_str(), excluded[1].as_str(), "missing"]);
    // What nothing asked for needs is not read.
    assert!(!text.contains(r#"t."customs_credit""#));
}

#[test]
fn names_in_snake_case_are_different_and_plain() {
    let asked = SqlOptions {
        naming: Naming::Snake,
        excluded_by: true,
        missing: true,
        keys: vec!["Client-No".to_owned()],
        ..options()
    };
    for dialect in Dialect::ALL {
        let text = query(&advisor().plan, dialect, &asked).unwrap();
        let quote = if dialect == Dialect::Spark { '`' } else { '"' };
        let columns = result_columns(&text, quote);
        assert_eq!(columns[0], "client_no");
        let exact = SqlOptions { naming: Naming::Exact, ..asked.clone() };
        let exact = query(&advisor().plan, dialect, &exact).unwrap();
        assert_eq!(columns.len(), result_columns(&exact, quote).len());
        let mut different = columns.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), columns.len());
        // Every name of the query, also inside it, but that of the table's own column.
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        for name in code.split(quote).skip(1).step_by(2) {
            let plain = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
            assert!(plain || name == "Client-No" || name == "C", "{name}");
        }
    }
    for (keys, wanted) in [
        (vec!["a-b", "a_b"], SqlError::Twice("a_b".to_owned())),
        (vec!["FTA_use"], SqlError::Taken("FTA_use".to_owned())),
        (vec!["客户号"], SqlError::NoSnakeCase("客户号".to_owned())),
        (vec!["--"], SqlError::NoSnakeCase("--".to_owned())),
    ] {
        let keys = keys.into_iter().map(str::to_owned).collect();
        let asked = SqlOptions { naming: Naming::Snake, keys, ..options() };
        assert_eq!(query(&advisor().plan, Dialect::Spark, &asked).unwrap_err(), [wanted]);
    }
}

#[test]
fn supports_that_differ_only_in_what_snake_case_drops_are_refused() {
    let mut book = load(files()).into_result().unwrap();
    for (support, id) in book.supports.iter_mut().zip(["same-name", "same_name"]) {
        support.id = id.to_owned();
    }
    let plan = Plan::new(book);
    let asked = SqlOptions { naming: Naming::Snake, ..options() };
    let clash = ["same-name", "same_name", "same_name"].map(str::to_owned);
    let [a, b, snake] = clash;
    let faults = query(&plan, Dialect::DuckDb, &asked).unwrap_err();
    assert_eq!(faults, [SqlError::SameInSnakeCase(a, b, snake)]);
    // In the long layout an id is a value.
    let asked = SqlOptions { layout: Layout::Long, ..asked };
    assert!(query(&plan, Dialect::DuckDb, &asked).is_ok());
}

#[test]
fn the_long_layout_has_a_row_of_each_support() {
    let asked = SqlOptions { layout: Layout::Long, excluded_by: true, missing: true, ..options() };
    for dialect in Dialect::ALL {
        let text = query(&advisor().plan, dialect, &asked).unwrap();
        let quote = if dialect == Dialect::Spark { '`' } else { '"' };
        let select = &text[text.rfind("\nSELECT\n    ").unwrap()..];
        for name in ["id", "support", "status", "excluded_by", "missing"] {
            assert!(text.contains(&format!(" AS {quote}{name}{quote}")), "{name}");
        }
        for support in &advisor().book().supports {
            assert!(text.contains(&format!("'{}'", support.id)), "{}", support.id);
            assert!(text.contains(&format!("-- {} · {}", support.title.zh, support.title.en)));
        }
        let plain = SqlOptions { layout: Layout::Long, ..options() };
        let plain = query(&advisor().plan, dialect, &plain).unwrap();
        assert!(!plain.contains("excluded_by") && !plain.contains("missing"), "{select}");
        for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
            assert!(line.chars().count() <= WIDEST, "{line}");
        }
    }
}

#[test]
fn an_expression_stands_after_from_as_it_is() {
    let raw = "{{ ref('firms') }}";
    let asked = SqlOptions { source: Source::Expression(raw.to_owned()), ..options() };
    for dialect in Dialect::ALL {
        let text = query(&advisor().plan, dialect, &asked).unwrap();
        assert!(text.contains(&format!("FROM {raw} AS t")));
        // Nothing else is taken for a template.
        assert_eq!(text.matches("{{").count(), 2, "FROM and the comment");
        assert!(!text.contains("{%") && !text.contains("{#"));
        assert!(faults(&advisor().plan, dialect, &asked).unwrap().contains(raw));
        assert_eq!(ddl(&advisor().plan, dialect, &asked).unwrap_err(), [SqlError::NoTable]);
    }
    let blank = SqlOptions { source: Source::Expression(" ".to_owned()), ..options() };
    assert_eq!(query(&advisor().plan, Dialect::Spark, &blank).unwrap_err(), [SqlError::NoSource]);
}

#[test]
fn the_supports_are_rows_with_their_windows() {
    for dialect in Dialect::ALL {
        let text = supports(&advisor().plan, dialect, &options()).unwrap();
        let rows: Vec<&str> = text.split("\nUNION ALL\n").collect();
        assert_eq!(rows.len(), advisor().book().supports.len());
        for (row, support) in rows.iter().zip(&advisor().book().supports) {
            let quote = if dialect == Dialect::Spark { '`' } else { '"' };
            assert!(row.contains(&format!("'{}' AS {quote}support{quote}", support.id)));
            let book = advisor().book();
            let policy = book.policies.at(support.policy);
            let sentences: Vec<String> =
                support.sentences().iter().map(|id| book.sentence_key(policy, *id)).collect();
            assert!(row.contains(&format!("'{}' AS {quote}sentences", sentences.join(";"))));
            for day in [support.window.opens, support.window.lapsed.as_ref().map(|(d, _)| *d)] {
                assert!(day.is_none_or(|day| row.contains(&format!("'{day}'"))), "{row}");
            }
        }
    }
}

#[test]
fn the_query_for_faults_lists_the_columns_that_the_query_reads() {
    for dialect in Dialect::ALL {
        let text = faults(&advisor().plan, dialect, &options()).unwrap();
        let main = printed(dialect);
        let quote = if dialect == Dialect::Spark { '`' } else { '"' };
        for fact in &advisor().book().catalogue.facts {
            let column = format!("t.{quote}{}{quote}", fact.name);
            let boolean = fact.kind == Kind::Bool && dialect != Dialect::Sqlite;
            assert_eq!(text.contains(&column), main.contains(&column) && !boolean, "{}", fact.name);
        }
        for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
            let is_text = line.trim_start().starts_with('\'');
            assert!(is_text || line.chars().count() <= WIDEST, "{line}");
        }
    }
}
