//! The command that prints SQL. What it prints is tested in `export-advisor-core`.

use crate::cli::run;
use crate::support::advisor;
use export_advisor_core::sql::{Dialect, Names, query};

#[test]
fn the_command_prints_what_the_library_does() {
    let printed = query(&advisor().plan, Dialect::Sqlite, &Names::default()).unwrap();
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
