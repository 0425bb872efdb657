//! The command that prints SQL, and what excludes a firm in one firm, a batch and SQLite. What is printed is tested
//! in `export-advisor-core`.

use crate::cli::run;
use crate::firms::Firms;
use crate::server::Server;
use crate::support::{advisor, files};
use export_advisor_core::evaluate::{Answer, Batch, Evaluator};
use export_advisor_core::facts::{Profile, Value};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{ExcludedBy, Status};
use export_advisor_core::script::load;
use export_advisor_core::sql::{Dialect, SqlOptions, ddl, query};
use serde_json::{Map, Value as Json, json};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

#[test]
fn the_command_prints_what_the_library_does() {
    let printed = query(&advisor().plan, Dialect::Sqlite, &SqlOptions::default()).unwrap();
    let ran = run(&["sql", "--dialect", "sqlite"], "");
    assert_eq!((ran.code, ran.out == printed), (0, true), "{}", ran.err);
    let ran =
        run(&["sql", "--dialect", "spark", "--ddl", "--table", "b.f", "--key", "no,branch"], "");
    assert!(
        ran.code == 0 && ran.out.contains("CREATE TABLE `b`.`f` (\n    `no` STRING,\n    `branch`")
    );
    let ran = run(&["sql", "--dialect", "spark", "--key", "region"], "");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`region`"), "{}", ran.err);
    assert_eq!(run(&["sql"], "").code, 2);
    assert_eq!(run(&["sql", "--dialect", "oracle"], "").code, 2);
}

#[test]
fn the_columns_of_what_excludes_a_firm_are_printed_when_asked_for() {
    let names = SqlOptions { excluded_by: true, ..SqlOptions::default() };
    let printed = query(&advisor().plan, Dialect::DuckDb, &names).unwrap();
    let ran = run(&["sql", "--dialect", "duckdb", "--excluded-by"], "");
    assert_eq!((ran.code, ran.out == printed), (0, true), "{}", ran.err);
    let ran = run(&["sql", "--dialect", "duckdb", "--excluded-by", "--ddl"], "");
    assert_eq!(ran.code, 2, "the table is the same: {}", ran.err);
    let ran =
        run(&["sql", "--dialect", "spark", "--excluded-by", "--key", "FTA-USE_excluded_by"], "");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`FTA-USE_excluded_by` already"), "{}", ran.err);
    let server = Server::start();
    let path = "/api/v1/rulebook/sql?dialect=duckdb&excluded_by=";
    assert_eq!(server.send("GET", &format!("{path}true"), &[], "").body, printed);
    let plain = query(&advisor().plan, Dialect::DuckDb, &SqlOptions::default()).unwrap();
    assert_eq!(server.send("GET", &format!("{path}false"), &[], "").body, plain);
    assert!(!plain.contains("excluded_by"));
}

#[test]
fn every_option_of_the_command_reaches_the_query_and_the_service() {
    use export_advisor_core::sql::{Layout, Naming, Source, faults, supports};
    let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let options = SqlOptions {
        source: Source::Table("bank.firms".to_owned()),
        keys: vec!["no".to_owned()],
        have: list(&["employees", "size"]),
        supports: list(&["fta-use"]),
        excluded_by: true,
        missing: true,
        layout: Layout::Long,
        naming: Naming::Snake,
    };
    let plan = &advisor().plan;
    let printed = query(plan, Dialect::DuckDb, &options).unwrap();
    let common = ["sql", "--dialect", "duckdb", "--key", "no", "--supports", "fta-use"];
    let result = ["--excluded-by", "--missing", "--layout", "long"];
    let table = ["--table", "bank.firms", "--have", "employees,size", "--names", "snake"];
    let ran = run(&[&common[..], &result, &table].concat(), "");
    assert_eq!((ran.code, ran.out == printed), (0, true), "{}", ran.err);
    let server = Server::start();
    let path = "/api/v1/rulebook/sql?dialect=duckdb&key=no&supports=fta-use";
    let have = "&table=bank.firms&have=employees,size&names=snake";
    let asked = format!("{path}&excluded_by=true&missing=true&layout=long{have}");
    assert_eq!(server.send("GET", &asked, &[], "").body, printed);

    let printed = faults(plan, Dialect::DuckDb, &options).unwrap();
    let ran = run(&[&common[..], &table, &["--faults"]].concat(), "");
    assert_eq!((ran.code, ran.out == printed), (0, true), "{}", ran.err);
    assert_eq!(server.send("GET", &format!("{path}{have}&print=faults"), &[], "").body, printed);

    let printed = supports(plan, Dialect::DuckDb, &options).unwrap();
    let ran = run(&[&common[..], &["--support-table"]].concat(), "");
    assert_eq!((ran.code, ran.out == printed), (0, true), "{}", ran.err);
    assert_eq!(server.send("GET", &format!("{path}&print=supports"), &[], "").body, printed);

    let raw = SqlOptions { source: Source::Expression("f(1)".to_owned()), ..SqlOptions::default() };
    let ran = run(&["sql", "--dialect", "spark", "--from-raw", "f(1)"], "");
    assert_eq!(ran.out, query(plan, Dialect::Spark, &raw).unwrap());

    for wrong in [
        &["--from-raw", "f(1)", "--ddl"][..],
        &["--from-raw", "f(1)", "--table", "firms"],
        &["--faults", "--missing"],
        &["--faults", "--ddl"],
        &["--support-table", "--have", "size"],
        &["--layout", "square"],
    ] {
        let ran = run(&[&["sql", "--dialect", "sqlite"][..], wrong].concat(), "");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong:?}");
    }
    let ran = run(&["sql", "--dialect", "sqlite", "--have", "employes,id"], "");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `employees`?"), "{}", ran.err);
    assert!(ran.err.contains("there is no fact `id`"), "{}", ran.err);
}

/// How many random firms are put to SQLite.
const FIRMS: usize = 20_000;
/// How many of them are inserted at once.
const AT_ONCE: usize = 2_000;

/// What is said of a firm: per support, its status and what excludes the firm.
type Said = Vec<(Status, Option<ExcludedBy>)>;

/// A status and what excludes a firm, as the rows of [`asked`] have them.
fn text_of(said: &Said) -> String {
    let word = |(status, by): &(Status, Option<ExcludedBy>)| {
        let status = match status {
            Status::Applies => "1",
            Status::DoesNotApply => "0",
            Status::Undetermined => "",
        };
        format!("{status}:{};", by.map_or("", ExcludedBy::as_str))
    };
    said.iter().map(word).collect()
}

/// The query around a printed one that gives a firm's statuses and exclusions as one text.
fn asked(printed: &str) -> String {
    let cell = |column: &str| format!("coalesce(\"{column}\", '')");
    let pair =
        |id: &str| format!("{} || ':' || {} || ';'", cell(id), cell(&format!("{id}_excluded_by")));
    let pairs: Vec<String> = advisor().book().supports.iter().map(|s| pair(&s.id)).collect();
    format!("SELECT id, {} AS said FROM (\n{printed}\n) ORDER BY id", pairs.join(" || "))
}

/// A firm as the cells of its row; what is not known is left out.
fn cells(number: usize, profile: &Profile) -> Json {
    let catalogue = &advisor().book().catalogue;
    let mut cells = Map::new();
    cells.insert("id".to_owned(), json!(number));
    for (fact, value) in profile.iter() {
        let mut text = String::new();
        catalogue.write_json(fact, value, &mut text);
        let cell = match value {
            Value::NotAnswered | Value::Unknown => continue,
            // As a text, no digit is lost.
            Value::Number(number) => json!(number.normalize().to_string()),
            _ => serde_json::from_str(&text).unwrap(),
        };
        cells.insert(catalogue.fact(fact).name.clone(), cell);
    }
    Json::Object(cells)
}

/// What a batch says of each firm.
fn said_by_batch(plan: &Plan, profiles: &[Profile]) -> Vec<String> {
    let (mut batch, mut evaluator) = (Batch::new(plan), Evaluator::new(plan));
    for (fact, value) in profiles.iter().flat_map(Profile::iter) {
        batch.column(fact).push(value);
    }
    batch.set_rows(profiles.len());
    let outcome = evaluator.run(&batch);
    let said = |row: usize| {
        let support = |s: usize| (outcome.status(s, row), outcome.excluded_by(s, row));
        text_of(&(0..plan.book.supports.len()).map(support).collect())
    };
    (0..profiles.len()).map(said).collect()
}

async fn execute(connection: &mut SqliteConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

/// What SQLite says of each firm by a printed query.
async fn said_by_sqlite(connection: &mut SqliteConnection, printed: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(asked(printed))).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get("said")).collect()
}

/// The firms for which two differ.
fn differing(found: &[String], expected: &[String]) -> Vec<usize> {
    assert_eq!(found.len(), expected.len());
    (0..found.len()).filter(|row| found[*row] != expected[*row]).collect()
}

#[test]
fn one_firm_a_batch_and_sqlite_agree_on_what_excludes_a_firm() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 71);
    let profiles: Vec<Profile> = (0..FIRMS).map(|_| random.firm()).collect();
    let supports = || 0..plan.book.supports.len();
    let one = |profile: &Profile| -> Said {
        let answer = Answer::new(plan, profile, "2026-11-25".parse().unwrap());
        supports().map(|support| (answer.status(support), answer.excluded_by(support))).collect()
    };
    let expected: Vec<String> = profiles.iter().map(|profile| text_of(&one(profile))).collect();
    for by in ExcludedBy::ALL {
        let has = |said: &&String| said.contains(by.as_str());
        assert!(expected.iter().filter(has).count() > FIRMS / 20, "{by:?}");
    }

    for (profiles, expected) in profiles.chunks(AT_ONCE).zip(expected.chunks(AT_ONCE)) {
        let found = said_by_batch(plan, profiles);
        assert_eq!(differing(&found, expected), [0_usize; 0], "a batch and one firm");
    }
    // A planted fault is noticed: needs taken for the text.
    let mut wrong = Plan::new(load(files()).into_result().unwrap());
    wrong.exclusions.iter_mut().for_each(|by| std::mem::swap(&mut by.text, &mut by.needs));
    let found = said_by_batch(&wrong, &profiles[..AT_ONCE]);
    assert!(!differing(&found, &expected[..AT_ONCE]).is_empty());

    let names = SqlOptions { excluded_by: true, ..SqlOptions::default() };
    let printed = query(plan, Dialect::Sqlite, &names).unwrap();
    actix_web::rt::System::new().block_on(async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let table = ddl(plan, Dialect::Sqlite, &names).unwrap();
        execute(&mut connection, table.replace("\"id\" TEXT", "\"id\" INTEGER")).await;
        let facts = plan.book.catalogue.facts.iter();
        // What `->>` gives of true is 1, and of a list its JSON.
        let columns: Vec<&str> = facts.map(|fact| fact.name.as_str()).collect();
        let values: Vec<String> =
            columns.iter().map(|name| format!("value ->> '$.{name}'")).collect();
        let insert = format!(
            "INSERT INTO firms (id, {}) SELECT value ->> '$.id', {} FROM json_each(?)",
            columns.join(", "),
            values.join(", ")
        );
        for (chunk, profiles) in profiles.chunks(AT_ONCE).enumerate() {
            let rows = (chunk * AT_ONCE..).zip(profiles);
            let rows: Vec<Json> = rows.map(|(number, profile)| cells(number, profile)).collect();
            let insert = sqlx::query(AssertSqlSafe(insert.clone()));
            let insert = insert.bind(Json::Array(rows).to_string());
            insert.execute(&mut connection).await.unwrap();
        }
        let found = said_by_sqlite(&mut connection, &printed).await;
        let differ = differing(&found, &expected);
        for row in differ.iter().take(3) {
            println!("{}\n{}\n{}", cells(*row, &profiles[*row]), found[*row], expected[*row]);
        }
        assert_eq!(differ, [0_usize; 0], "SQLite and one firm");

        // Planted faults are noticed.
        execute(&mut connection, "DELETE FROM firms WHERE id >= 2000".to_owned()).await;
        for (right, wrong) in [
            ("THEN 'no_need'", "THEN 'reading'"),
            ("THEN 'reading'", "THEN NULL"),
            ("CASE WHEN NOT", "CASE WHEN"),
        ] {
            let place = printed.rfind(right).unwrap();
            let (before, after) = printed.split_at(place);
            let planted = format!("{before}{}", after.replacen(right, wrong, 1));
            let found = said_by_sqlite(&mut connection, &planted).await;
            assert!(!differing(&found, &expected[..2000]).is_empty(), "{right}");
        }
    });
}
