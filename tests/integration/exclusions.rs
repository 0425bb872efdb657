//! What excludes a firm: the columns, the counts and the list to call of a screening say what the assessment of
//! the firm alone says.

use crate::cli::run;
use crate::firms::{Firms, to_json};
use crate::formats::sheet_rows;
use crate::screen::{DAY, Row, folder, rows_of, screen};
use crate::server::Server;
use crate::support::advisor;
use crate::tables::texts;
use crate::workbooks::part;
use export_advisor_core::evaluate::{Answer, Group};
use export_advisor_core::facts::Profile;
use export_advisor_core::rulebook::{Basis, ExcludedBy};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How many random firms a list has: more than a chunk of rows.
const FIRMS: usize = 3000;

/// A list of random firms, and the firms.
fn list(seed: u64) -> (TempDir, PathBuf, Vec<Profile>) {
    let plan = &advisor().plan;
    let mut firms = Firms::new(plan, seed);
    let catalogue = &plan.book.catalogue;
    let mut profiles: Vec<Profile> = (0..FIRMS).map(|_| firms.firm()).collect();
    // The first line has every key, so that each is a column.
    profiles[0] = Profile::empty(catalogue);
    let nulls: Vec<String> =
        catalogue.facts.iter().map(|f| format!("\"{}\":null", f.name)).collect();
    let first = format!("{{{}}}", nulls.join(","));
    let rest = &profiles[1..];
    let lines = rest.iter().map(|profile| to_json(plan, profile, firms.rng()));
    // A row that cannot be taken apart has no status, and nothing that excludes it.
    let lines: Vec<String> =
        std::iter::once(first).chain(lines).chain(["{\"employees\":".to_owned()]).collect();
    let (folder, path) = folder("firms.ndjson", lines.join("\n"));
    (folder, path, profiles)
}

/// What excludes a firm, per support.
fn excluded_by(profile: &Profile) -> Vec<Option<ExcludedBy>> {
    let answer = Answer::new(&advisor().plan, profile, DAY.parse().unwrap());
    (0..advisor().book().supports.len()).map(|index| answer.excluded_by(index)).collect()
}

fn supports() -> impl Iterator<Item = &'static str> {
    advisor().book().supports.iter().map(|support| support.id.as_str())
}

/// Compares the columns of each support with the firms; `label` is the text of what excludes one.
fn compare(
    column: &dyn Fn(&str) -> Vec<String>,
    profiles: &[Profile],
    label: fn(ExcludedBy) -> String,
) {
    let expected: Vec<_> = profiles.iter().map(excluded_by).collect();
    for (index, id) in supports().enumerate() {
        let found = column(&format!("{id}_excluded_by"));
        assert_eq!(found.len(), FIRMS + 1, "{id}");
        for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let expected = expected[index].map_or(String::new(), label);
            assert_eq!(*found, expected, "row {row} of {id}: {:?}", profiles[row]);
        }
        assert_eq!(found[FIRMS], "", "a row that cannot be taken apart");
    }
}

fn column_of(rows: &[Row], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].clone()).collect()
}

fn name_of(by: ExcludedBy) -> String {
    by.as_str().to_owned()
}

fn label_of(by: ExcludedBy) -> String {
    wording::excluded_by(by).zh
}

#[test]
fn every_format_says_what_excludes_the_firm() {
    let (folder, input, profiles) = list(61);
    let at = |name: &str| folder.path().join(name);
    let screened = |input: &Path, output: &str, more: &[&str]| {
        let (code, err) = screen(input, &at(output), &[&["--excluded-by"], more].concat());
        assert_eq!(code, 4, "a row has a fault: {err}");
        assert!(
            err.contains(&format!("{} rows: {FIRMS} read whole", FIRMS + 1))
                || !more.contains(&"en"),
            "{err}"
        );
    };
    screened(&input, "en.csv", &["--lang", "en", "--workers", "3"]);
    let rows = rows_of(&at("en.csv"));
    compare(&|name| column_of(&rows, name), &profiles, name_of);
    screened(&input, "zh.csv", &[]);
    let rows = rows_of(&at("zh.csv"));
    compare(&|name| column_of(&rows, name), &profiles, label_of);
    for (lang, label) in [("zh", label_of as fn(ExcludedBy) -> String), ("en", name_of)] {
        screened(&input, "out.xlsx", &["--lang", lang]);
        let rows = sheet_rows(&at("out.xlsx"));
        compare(&|name| column_of(&rows, name), &profiles, label);
        // Files for programs have the same texts in both languages.
        screened(&input, "out.parquet", &["--lang", lang, "--workers", "2"]);
        compare(&|name| texts(&at("out.parquet"), name), &profiles, name_of);
        screened(&input, "out.ndjson", &["--lang", lang]);
        let text = std::fs::read_to_string(at("out.ndjson")).unwrap();
        let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let cell = |line: &Value, name: &str| match &line[name] {
            Value::Null => line.get(name).map_or("no member".to_owned(), |_| String::new()),
            text => text.as_str().unwrap().to_owned(),
        };
        compare(&|name| lines.iter().map(|line| cell(line, name)).collect(), &profiles, name_of);
    }
    // Screened again, the columns are results and not answers; row groups are copied on the way. The row that could
    // not be taken apart is blank in the table, so that it has an answer now.
    let (code, err) = screen(&at("out.parquet"), &at("again.parquet"), &["--excluded-by"]);
    assert_eq!(code, 0, "{err}");
    let again = at("again.parquet");
    compare(&|name| texts(&again, name), &profiles, name_of);
    let without_last = |name: &str| {
        let mut cells = texts(&again, &format!("{name}_screened"));
        *cells.last_mut().unwrap() = String::new();
        cells
    };
    compare(&without_last, &profiles, name_of);
    let rescreened = |from: &str, to: &str| {
        let (code, err) = screen(&at(from), &at(to), &["--lang", "en"]);
        assert_eq!(code, 0, "{err}");
        let passing = err.lines().find(|line| line.contains("_excluded_by")).unwrap_or("");
        assert!(!passing.contains('→'), "{passing}");
        let rows = rows_of(&at(to));
        compare(&|name| column_of(&rows, name), &profiles, name_of);
        assert!(rows[0].keys().all(|name| !name.ends_with("_excluded_by_screened")));
    };
    rescreened("en.csv", "again.csv");
}

#[test]
fn without_the_option_there_is_no_such_column() {
    let (folder, input, _) = list(62);
    let at = |name: &str| folder.path().join(name);
    screen(&input, &at("with.csv"), &["--excluded-by", "--supports", "aeo-cultivation,fta-use"]);
    screen(&input, &at("without.csv"), &["--supports", "aeo-cultivation,fta-use"]);
    let text = std::fs::read_to_string(at("with.csv")).unwrap();
    let head = text.lines().next().unwrap();
    let columns = "size,region,aeo-cultivation,fta-use,aeo-cultivation_excluded_by,fta-use_excluded_by,missing,warnings,faults";
    assert!(head.replace("_screened", "").ends_with(columns), "{head}");
    let mut rows = rows_of(&at("with.csv"));
    for row in &mut rows {
        for id in ["aeo-cultivation", "fta-use"] {
            row.remove(&format!("{id}_excluded_by")).unwrap();
        }
    }
    assert!(rows == rows_of(&at("without.csv")), "the other columns are the same");
    let options = |name: &str| manifest(&at(name))["options"]["excluded_by"].clone();
    assert_eq!((options("with.csv"), options("without.csv")), (true.into(), Value::Null));
}

fn manifest(output: &Path) -> Value {
    let path = output
        .with_file_name(format!("{}.manifest.json", output.file_name().unwrap().to_str().unwrap()));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Per support, the rows of a screened list: applies, undetermined, does not apply, and these by what excludes them.
fn counted(rows: &[Row]) -> BTreeMap<&'static str, [u64; 7]> {
    let count = |name: &str, text: &str| rows.iter().filter(|row| row[name] == text).count() as u64;
    let counts = supports().map(|id| {
        let by = format!("{id}_excluded_by");
        let [applies, open, not] =
            ["applies", "undetermined", "does_not_apply"].map(|status| count(id, status));
        let excluded = ExcludedBy::ALL.map(|kind| count(&by, kind.as_str()));
        assert_eq!(excluded.iter().sum::<u64>(), not, "{id}");
        let [elsewhere, text, no_need, reading] = excluded;
        (id, [applies, open, not, elsewhere, text, no_need, reading])
    });
    counts.collect()
}

#[test]
fn manifest_and_summaries_count_what_stands_in_the_rows() {
    let (folder, input, _) = list(63);
    let at = |name: &str| folder.path().join(name);
    let report = at("report.html");
    let more = ["--excluded-by", "--lang", "en", "--report", report.to_str().unwrap()];
    let (_, err) = screen(&input, &at("out.csv"), &[&more[..], &["--workers", "3"]].concat());
    let expected = counted(&rows_of(&at("out.csv")));
    for index in 3..6 {
        assert!(expected.values().any(|counts| counts[index] > 0), "each of the three is there");
    }
    let page = std::fs::read_to_string(&report).unwrap();
    let manifest_of_out = manifest(&at("out.csv"));
    let records = manifest_of_out["supports"].as_array().unwrap();
    assert_eq!(records.len(), expected.len());
    for record in records {
        let id = record["id"].as_str().unwrap();
        let wanted = expected[id];
        let by = &record["excluded_by"];
        let found = [
            &record["applies"],
            &record["undetermined"],
            &record["does_not_apply"],
            &by["out_of_area"],
            &by["text"],
            &by["no_need"],
            &by["reading"],
        ];
        assert_eq!(found.map(|count| count.as_u64().unwrap()), wanted, "{id}");
        let line = err.lines().find(|line| line.trim_start().starts_with(&format!("{id} ")));
        let numbers = line.unwrap().split_whitespace().filter_map(|term| term.parse().ok());
        assert_eq!(numbers.take(7).collect::<Vec<u64>>(), wanted, "{id} on the terminal");
        let start = page.find(&format!("<code>{id}</code>")).unwrap();
        let line = page[start..].split("</tr>").next().unwrap();
        let cells = line.split("<td class=\"n").skip(1).map(|cell| {
            let text = cell.split('>').nth(1).unwrap().split('<').next().unwrap();
            text.replace(',', "").parse().unwrap()
        });
        assert_eq!(cells.collect::<Vec<u64>>(), wanted, "{id} on the page");
    }
    // The same on one thread, without the columns, and in another format.
    screen(&input, &at("one.csv"), &["--lang", "en", "--workers", "1"]);
    assert_eq!(manifest(&at("one.csv"))["supports"], manifest_of_out["supports"]);
    screen(&input, &at("out.xlsx"), &["--lang", "en", "--excluded-by"]);
    assert_eq!(manifest(&at("out.xlsx"))["supports"], manifest_of_out["supports"]);
    let summary = part(&at("out.xlsx"), "xl/worksheets/sheet2.xml");
    assert!(summary.contains("<t>does not apply: by the text"), "the head of the sheet of counts");
    for (id, wanted) in &expected {
        let text = format!("<t>{id}</t>");
        let row = summary.split("<row ").find(|row| row.contains(&text)).unwrap();
        let numbers = row.split("<c r=\"").skip(4).map(|cell| {
            cell.split("<v>").nth(1).unwrap().split('<').next().unwrap().parse::<u64>().unwrap()
        });
        assert_eq!(numbers.take(7).collect::<Vec<_>>(), wanted, "{id} in the sheet of counts");
    }
}

#[test]
fn a_manifest_with_other_counts_is_noticed_and_one_of_another_form_refused() {
    let (folder, input) = folder("list.csv", "企业名称,是否出口,是否进口\n甲,否,否\n乙,是,否\n");
    let output = folder.path().join("out.csv");
    assert_eq!(screen(&input, &output, &["--excluded-by"]).0, 0);
    let path = folder.path().join("out.csv.manifest.json");
    let verify = || run(&["verify", path.to_str().unwrap(), "--lang", "en"], "");
    assert_eq!(verify().code, 0, "{}", verify().err);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut other: Value = serde_json::from_str(&text).unwrap();
    other["supports"][0]["excluded_by"]["reading"] = 77.into();
    std::fs::write(&path, other.to_string()).unwrap();
    let ran = verify();
    assert!(ran.code == 1 && ran.err.contains("counts of a support"), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    // An earlier program had another form, which this one does not write.
    other.as_object_mut().unwrap().remove("supports");
    other["manifest"] = 1.into();
    std::fs::write(&path, other.to_string()).unwrap();
    let ran = verify();
    assert!(ran.code == 1 && ran.err.contains("form 1"), "{}", ran.err);
    assert!(ran.err.contains("the program that it names"), "{}", ran.err);
}

#[test]
fn the_list_to_call_names_the_criteria_that_decide() {
    let (folder, input, profiles) = list(64);
    let at = |name: &str| folder.path().join(name);
    for lang in ["zh", "en"] {
        let matches = at("call.csv");
        let more = ["--matches", matches.to_str().unwrap(), "--lang", lang, "--supports"];
        let ids =
            "aeo-cultivation,fta-use,plant-workforce,equipment-import-subsidy,credit-insurance";
        screen(&input, &at("out.csv"), &[&more[..], &[ids, "--status", "does_not_apply"]].concat());
        let rows = rows_of(&matches);
        let zh = lang == "zh";
        let name = |zh_name: &'static str, en: &'static str| if zh { zh_name } else { en };
        let lang = if zh { wording::Lang::Zh } else { wording::Lang::En };
        let (mut found, mut asking) = (BTreeMap::<ExcludedBy, usize>::new(), 0);
        for row in &rows {
            let number: usize = row[name("行号", "row")].parse().unwrap();
            let profile = &profiles[number - 1];
            let book = advisor().book();
            let (id, support) = book.find(&row[name("支持事项", "support")]).unwrap();
            let answer = Answer::new(&advisor().plan, profile, DAY.parse().unwrap());
            let by = answer.excluded_by(id).unwrap();
            *found.entry(by).or_default() += 1;
            let label = if zh { label_of(by) } else { name_of(by) };
            assert_eq!(row[name("因何不适用", "excluded by")], label);
            let reasons = &row[name("理由", "reasons")];
            let heading = wording::heading(Group::AskAnyway);
            let asks_anyway = Group::of(&answer, id) == Group::AskAnyway;
            asking += usize::from(asks_anyway);
            assert_eq!(reasons.starts_with(lang.of(&heading)), asks_anyway, "{reasons}");
            for (criterion, node) in support.criteria.iter().zip(&advisor().plan.criteria[id]) {
                let decides =
                    answer.truth(*node) == Truth::False && criterion.basis.excludes_by() == by;
                let named = reasons.contains(&format!("“{}”", lang.of(&criterion.label)));
                assert_eq!(named, decides, "{} of {reasons}", criterion.id);
                if let (true, Basis::Interpreted { reason }) = (decides, &criterion.basis) {
                    assert!(reasons.contains(lang.of(reason)), "{reasons}");
                }
            }
        }
        assert!(found.len() == 3 && asking > 0, "{found:?}, {asking}");
        // A list of those that apply has no such column.
        screen(&input, &at("out.csv"), &[&more[..], &[ids]].concat());
        let head = std::fs::read_to_string(&matches).unwrap();
        assert!(!head.lines().next().unwrap().contains(name("因何不适用", "excluded by")));
    }
}

#[test]
fn the_service_adds_the_same_columns() {
    let server = Server::start();
    let list = "企业名称,是否出口,从业人数,行业代码\n甲,是,6,F5292\n乙,否,7,F5191\n";
    let path = format!("/api/v1/screenings?as_of={DAY}&lang=en&excluded_by=");
    let reply = server.send("POST", &format!("{path}true"), &[("Content-Type", "text/csv")], list);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let args = ["screen", "-", "--from", "csv", "-o", "-", "--to", "csv", "--excluded-by"];
    let more = ["--as-of", DAY, "--no-bom", "--quiet", "--lang", "en"];
    let ran = run(&[&args[..], &more].concat(), list);
    assert!(ran.out.contains("_excluded_by"), "{}", ran.out);
    assert!(
        reply.body.starts_with(&ran.out) && reply.body.contains("\n#summary,"),
        "{}",
        reply.body
    );
    let reply = server.send("POST", &format!("{path}so"), &[("Content-Type", "text/csv")], list);
    assert_eq!(reply.status, 400, "{}", reply.body);
}
