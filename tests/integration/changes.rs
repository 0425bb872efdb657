//! What changed since the last screening: small months made by hand, each cause with the exact line.

use crate::cli::run;
use crate::formats::sheet_rows;
use crate::screen::{rows_of, rows_parted};
use crate::support::{files, write_files};
use crate::tables::texts;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The supports of most tests.
pub const SUPPORTS: &str = "guarantee-small-micro,branch-services-central-west,digital-trade-cases";

/// A folder with two months.
pub struct Months {
    folder: TempDir,
    supports: String,
}

impl Months {
    /// A folder for months in which some supports are asked for; all, if none is named.
    pub fn new(supports: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), supports: supports.to_owned() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Runs `screen` of a list into `OUTPUT`, and gives back the exit status and standard error.
    pub fn screen(&self, list: &str, output: &str, day: &str, more: &[&str]) -> (i32, String) {
        let (list, output) = (self.text(list), self.text(output));
        let mut args = vec!["screen", &list, "-o", &output, "--as-of", day];
        if !self.supports.is_empty() {
            args.extend(["--supports", &self.supports]);
        }
        args.extend(more);
        let ran = run(&args, "");
        (ran.code, ran.err)
    }

    /// Screens the last month's list; cells that cannot be read are expected.
    pub fn last(&self, list: &str, day: &str, more: &[&str]) {
        let (code, err) = self.screen(list, "last.csv", day, &[more, &["--quiet"]].concat());
        assert!([0, 4].contains(&code), "{err}");
    }

    /// Screens the new list with the changes since the last month, and gives them back.
    pub fn changes(&self, list: &str, day: &str, more: &[&str]) -> Vec<Value> {
        let (last, changes) = (self.text("last.csv"), self.text("changes.ndjson"));
        let compare = ["--previous", &last, "--key", "编号", "--changes", &changes];
        let (code, err) = self.screen(list, "now.csv", day, &[&compare, more].concat());
        assert!([0, 4].contains(&code), "{err}");
        lines(&self.path("changes.ndjson"))
    }
}

/// The lines of a file of changes.
pub fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Some members of a line.
fn members<'l>(line: &'l Value, names: &[&str]) -> Vec<&'l str> {
    names.iter().map(|name| line[name].as_str().unwrap_or("-")).collect()
}

pub const HEADER: &str =
    "编号,exports_goods,employees,industry,financing_need,division,own_digital_platform\n";

pub fn list(rows: &[&str]) -> String {
    format!("{HEADER}{}\n", rows.join("\n"))
}

#[test]
fn every_cause_has_its_line() {
    let months = Months::new(SUPPORTS);
    // A1 grows, A2 stays, A3 is gone, A4 becomes unreadable, A5 becomes readable, A6 moves and grows.
    let last = [
        "A1,是,12,F5191,是,500157,",
        "A2,是,12,F5191,是,500157,是",
        "A3,是,12,F5191,是,500157,",
        "A4,是,12,F5191,是,500157,",
        "A5,是,约12,F5191,是,500157,",
        "A6,是,12,F5191,否,310115,是",
    ];
    let now = [
        "A1,是,320,F5191,是,500157,",
        "A2,是,12,F5191,是,500157,是",
        "A7,是,12,F5191,是,500157,",
        "A4,是,约12,F5191,是,500157,",
        "A5,是,12,F5191,是,500157,",
        "a６ ,是,12,F5191,是,310115,是",
    ];
    months.write("last_list.csv", list(&last));
    months.write("list.csv", list(&now));
    months.last("last_list.csv", "2025-12-30", &[]);
    let found = months.changes("list.csv", "2026-01-15", &["--lang", "en"]);
    let shown: Vec<Vec<&str>> = found
        .iter()
        .map(|line| members(line, &["key", "support", "before", "after", "cause", "undo"]))
        .collect();
    let guarantee = "guarantee-small-micro";
    let cases = "digital-trade-cases";
    assert_eq!(
        shown,
        [
            ["A1", guarantee, "applies", "undetermined", "fact", "employees"],
            ["A7", "-", "-", "-", "new_client", "-"],
            ["A4", guarantee, "applies", "undetermined", "fault", "employees"],
            ["A5", guarantee, "undetermined", "applies", "fault", "employees"],
            ["a６ ", guarantee, "does_not_apply", "applies", "fact", "financing_need"],
            ["a６ ", cases, "applies", "applies", "window", "as_of"],
            ["A3", "-", "-", "-", "gone", "-"],
        ],
        "{found:#?}"
    );
}

#[test]
fn a_file_for_people_has_labels_and_the_detail() {
    let months = Months::new(SUPPORTS);
    months.write("last_list.csv", list(&["=1,是,12,F5191,是,500157,"]));
    months.write("list.csv", list(&["=1,是,320,F5191,是,500157,"]));
    months.last("last_list.csv", "2026-01-01", &[]);
    let (last, csv) = (months.text("last.csv.manifest.json"), months.text("changes.csv"));
    let compare = ["--previous", &last, "--key", "#1", "--changes", &csv];
    let (code, err) = months.screen("list.csv", "now.csv", "2026-01-15", &compare);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("与上次相比（1个客户两次都有）：1处变化"), "{err}");
    let text = std::fs::read_to_string(months.path("changes.csv")).unwrap();
    assert_eq!(
        text,
        "\u{feff}编号,支持事项,名称,原状态,现状态,原时限,现时限,原因,复原,详情\n\
         '=1,guarantee-small-micro,小微外贸企业融资担保增信,适用,待定,有效,有效,fact,employees,从业人员（employees）：12人 → 320人\n"
    );
}

/// The firm is small by either figure: undoing any one is enough, or both are needed.
#[test]
fn several_facts_are_any_of_them_or_all_of_them() {
    let months = Months::new("guarantee-small-micro");
    let header = "编号,exports_goods,employees,revenue_wan,industry,financing_need\n";
    let rows = |a: &str, b: &str| format!("{header}A,是,{a},F5191,是\nB,是,{b},F5191,是\n");
    months.write("last_list.csv", rows("12,1000", "320,50000"));
    months.write("list.csv", rows("320,50000", "12,1000"));
    months.last("last_list.csv", "2026-01-01", &[]);
    let found = months.changes("list.csv", "2026-01-15", &["--lang", "en"]);
    let shown: Vec<Vec<&str>> = (found.iter())
        .map(|line| members(line, &["key", "before", "after", "cause", "undo", "detail"]))
        .collect();
    assert_eq!(
        shown,
        [
            [
                "A",
                "applies",
                "does_not_apply",
                "fact",
                "employees|revenue_wan",
                "any one of these: number of employees (employees): 12 people → 320 people; last year's revenue (revenue_wan): 1000 10,000 yuan → 50000 10,000 yuan",
            ],
            [
                "B",
                "does_not_apply",
                "applies",
                "several",
                "employees+revenue_wan",
                "all of these together: number of employees (employees): 320 people → 12 people; last year's revenue (revenue_wan): 50000 10,000 yuan → 1000 10,000 yuan",
            ],
        ],
        "{found:#?}"
    );
}

/// A copy of the rules in which a wholesale firm is small below 10 people, not below 20.
pub fn stricter_rules(months: &Months) -> String {
    let mut changed = files().clone();
    let path = "rules/tables/size-class.tsv";
    let table = changed.iter().find(|(name, _)| *name == path).unwrap().1.to_owned();
    let stricter = table.replacen("F51\t200\t20\t5\t", "F51\t200\t10\t5\t", 1);
    assert_ne!(table, stricter);
    changed.insert(path, &stricter);
    write_files(&changed, &months.path("stricter"));
    months.text("stricter/rules")
}

#[test]
fn another_rule_book_is_a_cause_and_the_last_one_is_needed() {
    let months = Months::new("guarantee-small-micro,policy-loan-enhancement");
    let rules = stricter_rules(&months);
    let (builtin, last) = (files().version(), months.text("last.csv"));
    let row = "A,是,12,F5191,是,,\n";
    months.write("last_list.csv", format!("{HEADER}{row}"));
    months.write("list.csv", format!("{HEADER}{row}"));
    // From the built-in rules to others: the program has the former itself.
    months.last("last_list.csv", "2026-01-01", &[]);
    let found = months.changes("list.csv", "2026-01-15", &["--lang", "en", "--rules", &rules]);
    let names = ["key", "support", "before", "after", "cause", "undo", "detail"];
    let expected = [
        "A",
        "guarantee-small-micro",
        "applies",
        "undetermined",
        "rule",
        "rules",
        "rules (8.4): “is small or micro” met → not known yet",
    ];
    let shown: Vec<Vec<&str>> = found.iter().map(|line| members(line, &names)).collect();
    assert_eq!(shown, [expected], "{found:#?}");
    // And back: now they must be named.
    months.last("last_list.csv", "2026-01-01", &["--rules", &rules]);
    let changes = months.text("changes.csv");
    let compare = ["--previous", &last, "--key", "编号", "--changes", &changes, "--lang", "en"];
    let (code, err) = months.screen("list.csv", "refused.csv", "2026-01-15", &compare);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("--previous-rules DIR") && err.contains(&builtin), "{err}");
    assert!(!months.path("refused.csv").exists() && !months.path("changes.csv").exists());
    let named = ["--lang", "en", "--previous-rules", &rules];
    let found = months.changes("list.csv", "2026-01-15", &named);
    assert_eq!(
        members(&found[0], &["before", "after", "cause"]),
        ["undetermined", "applies", "rule"]
    );
    // Others than those of the last screening are refused.
    let folder = months.path("other");
    let mut other = files().clone();
    let table = "rules/tables/size-class.tsv";
    let text = other.iter().find(|(name, _)| *name == table).unwrap().1.to_owned();
    other.insert(table, &text.replacen("F51\t200\t20\t5\t", "F51\t200\t30\t5\t", 1));
    write_files(&other, &folder);
    let other = folder.join("rules");
    let more = [&compare[..], &["--previous-rules", other.to_str().unwrap()]].concat();
    let (code, err) = months.screen("list.csv", "refused.csv", "2026-01-15", &more);
    assert!(code == 1 && err.contains("--previous-rules"), "{err}");
}

#[test]
fn keys_are_matched_in_any_spelling_and_reported_if_they_match_nothing() {
    let months = Months::new("guarantee-small-micro");
    let firm = "是,12,F5191,是,,";
    let large = "是,12,F5191,否,,";
    let last = [
        format!("A1,{firm}"),
        format!("A2,{firm}"),
        format!("a 2,{firm}"),
        format!(",{firm}"),
        format!("A4,{firm}"),
        format!("A5,{firm}"),
        "合计,,60,,,,".to_owned(),
    ];
    let now = [
        format!("ａ1,{large}"),
        format!("A2,{large}"),
        format!("A4,{large}"),
        format!("A4 ,{large}"),
        format!(" ,{large}"),
        format!("A6,{large}"),
        format!("A6,{large}"),
        format!("A5,{firm}"),
        "合计,,90,,,,".to_owned(),
    ];
    let rows = |rows: &[String]| format!("{HEADER}{}\n", rows.join("\n"));
    months.write("last_list.csv", rows(&last));
    months.write("list.csv", rows(&now));
    months.last("last_list.csv", "2026-01-01", &[]);
    let found = months.changes("list.csv", "2026-01-15", &[]);
    let keys: Vec<Vec<&str>> = found.iter().map(|l| members(l, &["key", "cause"])).collect();
    assert_eq!(keys, [["ａ1", "fact"]], "A4 and A6 are given twice, A2 was: {found:#?}");
    let record = &manifest(&months)["changes"];
    let list = |count: u64, first: &[u64]| json!({ "count": count, "first": first });
    let none = list(0, &[]);
    assert_eq!(
        record["counts"]["not_compared"],
        json!({ "blank_key": list(1, &[6]), "repeated_key": list(2, &[5, 8]), "unreadable": none })
    );
    assert_eq!(
        record["counts"]["not_compared_before"],
        json!({ "blank_key": list(1, &[5]), "repeated_key": list(1, &[4]), "unreadable": none })
    );
    assert_eq!(record["counts"]["compared"], 2, "A1 and A5");
    // A column that one of the lists does not have.
    let last = months.text("last.csv");
    let changes = months.text("other.csv");
    let compare = ["--previous", &last, "--key", "客户", "--changes", &changes, "--lang", "en"];
    let (code, err) = months.screen("list.csv", "refused.csv", "2026-01-15", &compare);
    assert!(code == 2 && err.contains("the last list has no column `客户`"), "{err}");
}

pub fn manifest(months: &Months) -> Value {
    let text = std::fs::read_to_string(months.path("now.csv.manifest.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_row_that_cannot_be_taken_apart_is_a_fault_of_its_client() {
    let months = Months::new("guarantee-small-micro");
    let firm = "是,12,F5191,是,,";
    months.write("last_list.csv", format!("{HEADER}A1,{firm}\nA2,是,12\nA3,是,12\nA4,是\n"));
    months.write("list.csv", format!("{HEADER}A1,是,12\nA2,{firm}\nA3,是,12\nA9,是\n"));
    months.last("last_list.csv", "2026-01-01", &[]);
    let found = months.changes("list.csv", "2026-01-15", &["--lang", "en"]);
    let names = ["key", "support", "before", "after", "cause", "undo", "detail"];
    let shown: Vec<Vec<&str>> = found.iter().map(|line| members(line, &names)).collect();
    let fault = "the row has 3 cells, the header 7: a delimiter may be missing.";
    assert_eq!(
        shown,
        [
            [
                "A1",
                "-",
                "-",
                "-",
                "fault",
                "row",
                &format!("the row cannot be taken apart: {fault}")
            ],
            [
                "A2",
                "-",
                "-",
                "-",
                "fault",
                "row",
                &format!("the row could not be taken apart last time: {fault}"),
            ],
        ],
        "A3 is as it was; nobody knows whose the rows of A4 and A9 are: {found:#?}"
    );
    let counts = &manifest(&months)["changes"]["counts"];
    assert_eq!(counts["not_compared"]["unreadable"], json!({ "count": 1, "first": [5] }));
    assert_eq!(counts["not_compared_before"]["unreadable"], json!({ "count": 1, "first": [5] }));
}

#[test]
fn long_lists_give_the_same_changes_on_any_number_of_threads() {
    let months = Months::new("guarantee-small-micro");
    let rows = |financing: &dyn Fn(usize) -> &'static str, order: &dyn Fn(usize) -> usize| {
        let mut text = HEADER.to_owned();
        for row in (0..30_000).map(order) {
            text.push_str(&format!("K{row},是,12,F5191,{},,\n", financing(row)));
        }
        text
    };
    months.write("last_list.csv", rows(&|_| "是", &|row| row));
    let now = |row: usize| if row.is_multiple_of(7) { "否" } else { "是" };
    months.write("list.csv", rows(&now, &|row| 29_999 - row));
    let mut expected: Option<Vec<Value>> = None;
    for workers in ["1", "2", "5"] {
        months.last("last_list.csv", "2026-01-01", &["--workers", workers]);
        let found = months.changes("list.csv", "2026-01-15", &["--workers", workers]);
        let keys = found.iter().map(|line| line["key"].as_str().unwrap());
        let changed = (0..30_000_u32).rev().filter(|row| row.is_multiple_of(7));
        assert!(keys.eq(changed.map(|row| format!("K{row}"))), "{workers} threads");
        assert!(found.iter().all(|line| line["undo"] == "financing_need"));
        assert!(*expected.get_or_insert_with(|| found.clone()) == found, "{workers} threads");
    }
}

#[test]
fn a_personal_number_is_no_key_and_is_not_repeated() {
    let months = Months::new("guarantee-small-micro");
    let person = "11010519491231002X";
    let rows =
        |need: &str| format!("uscc,financing_need\n{person},{need}\n91110000600037341L,{need}\n");
    months.write("last_list.csv", rows("是"));
    months.write("list.csv", rows("否"));
    months.last("last_list.csv", "2026-01-01", &[]);
    for kind in ["csv", "parquet"] {
        let input = if kind == "csv" { "list.csv" } else { "list.parquet" };
        let (code, err) =
            months.screen("list.csv", "list.parquet", "2026-01-15", &["--keep-refused"]);
        assert_eq!(code, 4, "{err}");
        let (last, changes) = (months.text("last.csv"), months.text("changes.ndjson"));
        let compare = ["--previous", &last, "--key", "信用代码", "--changes", &changes];
        let output = format!("now.{kind}");
        let (code, err) = months.screen(input, &output, "2026-01-15", &compare);
        assert_eq!(code, 4, "{err}");
        let text = std::fs::read_to_string(months.path("changes.ndjson")).unwrap();
        assert!(!text.contains(person) && !err.contains(person), "{text}");
        let found = lines(&months.path("changes.ndjson"));
        let keys: Vec<Vec<&str>> = found.iter().map(|l| members(l, &["key", "cause"])).collect();
        assert_eq!(keys, [["91110000600037341L", "fact"]], "{kind}");
        assert!(err.contains("1行没有核对用的键"), "{err}");
    }
}

/// The same months in every format give the same lines in every format.
#[test]
fn every_format_gives_the_same_changes() {
    let months = Months::new(SUPPORTS);
    let kept = "A5,是,12,F5191,是,310115,是";
    let last =
        list(&["A1,是,12,F5191,是,500157,", "A2,是,12,F5191,是,500157,是", "A3,是,1,,,,", kept]);
    let now =
        list(&["A1,是,约12,F5191,是,500157,", "A2,是,12,F5191,是,310115,是", "A4,是,1,,,,", kept]);
    months.write("last_list.csv", last);
    months.write("list.csv", now);
    // The program itself writes the lists in other formats; their added columns are no facts.
    for name in ["last_list", "list"] {
        for format in ["ndjson", "xlsx", "parquet"] {
            let (code, err) = months.screen(
                &format!("{name}.csv"),
                &format!("{name}.{format}"),
                "2026-01-01",
                &[],
            );
            assert!([0, 4].contains(&code), "{err}");
        }
    }
    let mut expected: Option<Vec<Value>> = None;
    for list in ["csv", "ndjson", "xlsx", "parquet"] {
        months.last(&format!("last_list.{list}"), "2025-12-30", &[]);
        for output in ["csv", "parquet"] {
            let last = months.text("last.csv");
            let changes = months.text("changes.ndjson");
            let compare = ["--previous", &last, "--key", "编号", "--changes", &changes];
            let (code, err) = months.screen(
                &format!("list.{list}"),
                &format!("now.{output}"),
                "2026-01-15",
                &[&compare[..], &["--lang", "en"]].concat(),
            );
            assert!([0, 4].contains(&code), "{err}");
            let found = lines(&months.path("changes.ndjson"));
            let expected = expected.get_or_insert_with(|| found.clone());
            assert_eq!(found.len(), expected.len(), "{list}, {output}: {found:#?}");
            for (line, expected) in found.iter().zip(&*expected) {
                for (name, value) in line.as_object().unwrap() {
                    // Details name rows, which Parquet and NDJSON number without a header.
                    assert!(name == "detail" || *value == expected[name], "{list}: {line:#?}");
                }
            }
        }
    }
    let expected = expected.unwrap();
    let causes: Vec<&str> = expected.iter().map(|l| l["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["fault", "fact", "fact", "new_client", "window", "gone"], "{expected:#?}");
    months.last("last_list.csv", "2025-12-30", &[]);
    let last = months.text("last.csv");
    let names: Vec<String> = expected[0].as_object().unwrap().keys().cloned().collect();
    let texts: Vec<Vec<String>> = (expected.iter())
        .map(|line| names.iter().map(|n| line[n].as_str().unwrap_or("").to_owned()).collect())
        .collect();
    for file in ["changes.csv", "changes.tsv", "changes.csv.gz", "changes.xlsx", "changes.parquet"]
    {
        let path = months.text(file);
        let compare = ["--previous", &last, "--key", "编号", "--changes", &path, "--lang", "en"];
        let (code, err) = months.screen("list.csv", "now.csv", "2026-01-15", &compare);
        assert!([0, 4].contains(&code), "{err}");
        let found = texts_of(&months.path(file));
        assert_eq!(found.len(), texts.len(), "{file}");
        for (found, expected) in found.iter().zip(&texts) {
            assert_eq!(found[..9], expected[..9], "{file}");
        }
    }
}

/// The cells of a file of changes, column by column in the order of the file.
fn texts_of(path: &Path) -> Vec<Vec<String>> {
    let labels = "support,title,before,after,window before,window after,cause,undo,detail";
    let labels: Vec<&str> = std::iter::once("编号").chain(labels.split(',')).collect();
    let name = path.file_name().unwrap().to_str().unwrap();
    let rows = match name.rsplit('.').next().unwrap() {
        "parquet" => {
            let names = ["key", "support", "title", "before", "after", "window_before"];
            let names = [&names[..], &["window_after", "cause", "undo", "detail"]].concat();
            let columns: Vec<Vec<String>> = names.iter().map(|n| texts(path, n)).collect();
            return (0..columns[0].len())
                .map(|row| columns.iter().map(|column| column[row].clone()).collect())
                .collect();
        }
        "xlsx" => sheet_rows(path),
        "tsv" => rows_parted(path, b'\t'),
        "gz" => {
            let plain = path.with_file_name("plain.csv");
            let mut file = std::fs::File::create(&plain).unwrap();
            let packed = std::fs::File::open(path).unwrap();
            std::io::copy(&mut flate2::read::GzDecoder::new(packed), &mut file).unwrap();
            rows_of(&plain)
        }
        _ => rows_of(path),
    };
    rows.iter().map(|row| labels.iter().map(|label| row[*label].clone()).collect()).collect()
}
