//! Lists as people have them: every file of `tests/data/lists/` is screened by the program, and has exactly the outcome
//! that `expected.json` beside it states. The folder's README describes both.

use crate::cli::run;
use crate::screen::DAY;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The outcome that a list must have. What is left out must not occur.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the list is, and why the outcome is right.
    about: String,
    #[serde(default)]
    options: Vec<String>,
    /// The exit status.
    exit: i32,
    /// Parts of the message that refuses the list; then there is no output.
    #[serde(default)]
    refused: Vec<String>,
    /// The columns that are read: `header → fact`, and the power of ten.
    #[serde(default)]
    columns: Vec<String>,
    /// Parts of all notes of how the list was read, but those of every list.
    #[serde(default)]
    notes: Vec<String>,
    /// Parts of whatever else stands on standard error.
    #[serde(default)]
    messages: Vec<String>,
    /// Texts that are in no output and no message.
    #[serde(default)]
    absent: Vec<String>,
    /// All rows, by their first cell or `#` and their number.
    #[serde(default)]
    rows: BTreeMap<String, ExpectedRow>,
}

/// What a row must have.
#[derive(Clone, Debug, Default, Deserialize)]
struct ExpectedRow {
    #[serde(default)]
    statuses: Statuses,
    /// A part of each fault of a cell.
    #[serde(default)]
    faults: Vec<String>,
    /// Parts of the faults of the row as such.
    #[serde(default)]
    row_faults: Vec<String>,
    /// All codes of warnings, each with parts of the warnings.
    #[serde(default)]
    warnings: BTreeMap<String, Vec<String>>,
    /// The cells of some columns.
    #[serde(flatten)]
    cells: BTreeMap<String, String>,
}

/// Whether a row has statuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Statuses {
    #[default]
    All,
    None,
}

/// What a run of the program left.
#[derive(Clone, Debug, Default)]
struct Outcome {
    exit: i32,
    err: String,
    written: Option<Written>,
}

/// What a run wrote.
#[derive(Clone, Debug, Default)]
struct Written {
    /// The output as it is.
    text: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    manifest: Json,
}

impl Written {
    fn read(output: &Path) -> Self {
        let text = std::fs::read_to_string(output).unwrap();
        let bytes = text.strip_prefix('\u{feff}').unwrap_or(&text).as_bytes();
        // The delimiter of the list stands before the first added column.
        let added = bytes.windows(7).position(|window| window == b"uscc_ok").unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(bytes[added - 1])
            .has_headers(false)
            .from_reader(bytes);
        let mut records = reader.records().map(|record| {
            let cells = record.unwrap();
            cells.iter().map(str::to_owned).collect::<Vec<_>>()
        });
        let header = records.next().unwrap();
        let rows: Vec<Vec<String>> = records.collect();
        assert!(rows.iter().all(|row| row.len() == header.len()), "{output:?}");
        let manifest = std::fs::read(format!("{}.manifest.json", output.display())).unwrap();
        Self { text, header, rows, manifest: serde_json::from_slice(&manifest).unwrap() }
    }

    fn count(&self, name: &str) -> usize {
        usize::try_from(self.manifest["counts"][name].as_u64().unwrap()).unwrap()
    }

    /// The columns that were read, as a case states them.
    fn columns_read(&self) -> Vec<String> {
        let columns = self.manifest["columns"].as_array().unwrap().iter();
        let read = columns.filter_map(|column| {
            let (header, fact) = (column["header"].as_str()?, column["fact"].as_str()?);
            let shift = column["shift"].as_i64().unwrap_or(0);
            let unit = if shift == 0 { String::new() } else { format!(" ×10^{shift}") };
            Some(format!("{header} → {fact}{unit}"))
        });
        read.collect()
    }

    /// An added column, whose name may have a suffix.
    fn added(&self, name: &str) -> usize {
        let at = self.header.iter().rposition(|header| header.replace("_screened", "") == name);
        at.unwrap()
    }

    /// The added columns that hold statuses.
    fn statuses(&self) -> Vec<usize> {
        let supports = self.manifest["supports"].as_array().unwrap();
        supports.iter().map(|support| self.added(support["id"].as_str().unwrap())).collect()
    }
}

/// The notes of how a list was read, without those of every list.
fn notes(err: &str) -> Vec<&str> {
    let lines = err.lines();
    let notes = lines.take_while(|l| !l.starts_with("columns read") && !l.starts_with("读作"));
    let is_usual = |note: &str| {
        note.starts_with("encoding: UTF-8 (all bytes")
            || note.starts_with("编码：UTF-8（全部字节")
            || note.starts_with("encoding: UTF-8 (its beginning")
            || note.starts_with("sheet: ") && note.contains("(of 1)")
    };
    notes.filter(|note| !is_usual(note)).collect()
}

/// All differences between what a case states and what came out; each names its field.
fn compare(case: &Case, outcome: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    if outcome.exit != case.exit {
        found.push(format!("exit: {}, expected {}", outcome.exit, case.exit));
    }
    for (field, parts) in [("refused", &case.refused), ("messages", &case.messages)] {
        for part in parts.iter().filter(|part| !outcome.err.contains(&***part)) {
            found.push(format!("{field}: `{part}` is not on standard error: {}", outcome.err));
        }
    }
    for text in &case.absent {
        let is_written =
            outcome.written.as_ref().is_some_and(|written| written.text.contains(text));
        if is_written || outcome.err.contains(text) {
            found.push(format!("absent: `{text}`"));
        }
    }
    match (&outcome.written, case.refused.is_empty()) {
        (Some(written), true) => {
            compare_notes(case, &outcome.err, &mut found);
            compare_written(case, written, &mut found);
        }
        (None, false) => {}
        (None, true) => found.push(format!("refused: no reason is expected: {}", outcome.err)),
        (Some(_), false) => found.push("refused: the list was read".to_owned()),
    }
    found
}

fn compare_notes(case: &Case, err: &str, found: &mut Vec<String>) {
    let notes = notes(err);
    let is_missing = |part: &&String| !notes.iter().any(|note| note.contains(&***part));
    for part in case.notes.iter().filter(is_missing) {
        found.push(format!("notes: `{part}` is missing: {notes:?}"));
    }
    for note in notes.iter().filter(|note| !case.notes.iter().any(|part| note.contains(&**part))) {
        found.push(format!("notes: not expected: {note}"));
    }
}

fn compare_written(case: &Case, written: &Written, found: &mut Vec<String>) {
    if written.columns_read() != case.columns {
        found.push(format!("columns: {:?}, expected {:?}", written.columns_read(), case.columns));
    }
    let mut expected: BTreeMap<&str, &ExpectedRow> =
        case.rows.iter().map(|(name, row)| (name.as_str(), row)).collect();
    for (row, number) in written.rows.iter().zip(1..) {
        let by_number = format!("#{number}");
        let first = row.first().map_or("", String::as_str);
        let by_name = expected.remove(first).map(|expected| (first, expected));
        match by_name.or_else(|| Some((&*by_number, expected.remove(&*by_number)?))) {
            Some((name, expected)) => compare_row(name, expected, written, row, found),
            None => found.push(format!("rows: {by_number} `{first}` is not expected")),
        }
    }
    for name in expected.keys() {
        found.push(format!("rows: `{name}` is missing"));
    }
    let rows = || case.rows.values();
    let of = |is: &dyn Fn(&&ExpectedRow) -> bool| rows().filter(is).count();
    let has_faults = |row: &&ExpectedRow| !row.faults.is_empty() || !row.row_faults.is_empty();
    let has_none = |row: &&ExpectedRow| row.statuses == Statuses::None;
    for (name, expected) in [
        ("rows_in", case.rows.len()),
        ("rows_out", case.rows.len()),
        ("faulty_cells", rows().map(|row| row.faults.len()).sum()),
        ("rows_with_faults", of(&has_faults)),
        ("rows_without_status", of(&|row| has_none(row) && has_faults(row))),
        ("rows_not_firms", of(&|row| has_none(row) && !has_faults(row))),
        ("rows_with_warnings", of(&|row| !row.warnings.is_empty())),
    ] {
        if written.count(name) != expected {
            found.push(format!("counts: {name} is {}, expected {expected}", written.count(name)));
        }
    }
}

fn compare_row(
    name: &str,
    expected: &ExpectedRow,
    written: &Written,
    row: &[String],
    found: &mut Vec<String>,
) {
    let mut report =
        |field: &str, what: String| found.push(format!("rows: `{name}`: {field}: {what}"));
    let is_blank = |column: usize| row[column].is_empty();
    let has_statuses = match expected.statuses {
        Statuses::All => !written.statuses().into_iter().any(is_blank),
        Statuses::None => written.statuses().into_iter().all(is_blank),
    };
    if !has_statuses {
        report("statuses", format!("not {:?}", expected.statuses));
    }
    let (faults, warnings) = (&row[written.added("faults")], &row[written.added("warnings")]);
    let parts = || expected.faults.iter().chain(&expected.row_faults);
    if parts().next().is_none() && !faults.is_empty() {
        report("faults", format!("not expected: {faults}"));
    }
    for part in parts().filter(|part| !faults.contains(&***part)) {
        report("faults", format!("`{part}` is missing: {faults}"));
    }
    let is_code = |text: &&str| text.bytes().all(|b| b.is_ascii_lowercase() || b"_:-".contains(&b));
    let codes = warnings.split('[').filter_map(|text| Some(text.split_once("] ")?.0));
    let mut codes: Vec<&str> = codes.filter(is_code).collect();
    codes.sort_unstable();
    if !codes.iter().eq(expected.warnings.keys()) {
        report("warnings", format!("{codes:?}, expected {:?}", expected.warnings.keys()));
    }
    for part in expected.warnings.values().flatten().filter(|part| !warnings.contains(&***part)) {
        report("warnings", format!("`{part}` is missing: {warnings}"));
    }
    for (column, text) in &expected.cells {
        match written.header.iter().position(|header| header == column) {
            Some(at) if row[at] == *text => {}
            Some(at) => report(column, format!("`{}`, expected `{text}`", row[at])),
            None => report(column, "there is no such column".to_owned()),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lists")
}

/// The cases of a folder by the name of their file, and the names of its files.
fn cases(folder: &Path) -> (BTreeMap<String, Case>, Vec<String>) {
    let text = std::fs::read(folder.join("expected.json")).unwrap();
    let cases = serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{folder:?}: {e}"));
    let files = std::fs::read_dir(folder).unwrap().map(|file| {
        let file = file.unwrap();
        file.file_name().into_string().unwrap()
    });
    (cases, files.filter(|name| name != "expected.json").collect())
}

/// Files without a case, and cases without a file.
fn orphans(cases: &BTreeMap<String, Case>, files: &[String]) -> Vec<String> {
    let without_case = files.iter().filter(|file| !cases.contains_key(*file));
    let without_file = cases.keys().filter(|case| !files.contains(case));
    let without_case = without_case.map(|file| format!("{file}: no case"));
    without_case.chain(without_file.map(|case| format!("{case}: no file"))).collect()
}

/// All cases with the path of their list.
fn all() -> Vec<(PathBuf, Case)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let subject = entry.unwrap().path();
        if subject.is_dir() {
            let (cases, files) = cases(&subject);
            assert_eq!(orphans(&cases, &files), Vec::<String>::new(), "{subject:?}");
            found.extend(cases.into_iter().map(|(name, case)| (subject.join(name), case)));
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// Screens a list as the command line does.
fn screened(list: &Path, case: &Case) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.csv");
    let mut args = vec!["screen", list.to_str().unwrap(), "-o", output.to_str().unwrap()];
    args.extend(["--as-of", DAY, "--workers", "1"]);
    if !case.options.iter().any(|option| option == "--lang") {
        args.extend(["--lang", "en"]);
    }
    args.extend(case.options.iter().map(String::as_str));
    let ran = run(&args, "");
    let written = output.exists().then(|| Written::read(&output));
    Outcome { exit: ran.code, err: ran.err, written }
}

#[test]
fn every_list_has_its_outcome() {
    let all = all();
    assert!(all.len() >= 120, "{}", all.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some((list, case)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let name = list.strip_prefix(folder()).unwrap().display();
            let differences = compare(case, &screened(list, case)).into_iter();
            found.extend(differences.map(|difference| format!("{name}: {difference}")));
        }
        found
    };
    let mut found: Vec<String> = std::thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    found.sort_unstable();
    let cut = found.iter().map(|text| text.chars().take(1500).collect::<String>());
    assert!(found.is_empty(), "{}", cut.collect::<Vec<_>>().join("\n"));
}

#[test]
fn many_lists_have_nothing_to_report() {
    let (cases, _) = cases(&folder().join("right"));
    assert!(cases.len() >= 15, "{}", cases.len());
    for (name, case) in cases {
        assert!(case.exit == 0 && case.notes.is_empty() && !case.rows.is_empty(), "{name}");
        for row in case.rows.values() {
            let is_right = row.statuses == Statuses::All
                && row.faults.is_empty()
                && row.row_faults.is_empty()
                && row.warnings.is_empty();
            assert!(is_right, "{name}");
        }
    }
}

/// A list with a row that cannot be taken apart, and its case.
fn sample() -> (PathBuf, Case) {
    let list = folder().join("cells/too-many-cells.csv");
    let (cases, _) = cases(list.parent().unwrap());
    (list, cases["too-many-cells.csv"].clone())
}

#[test]
fn a_wrong_expectation_is_noticed() {
    let (list, case) = sample();
    assert!(!case.about.is_empty());
    let outcome = screened(&list, &case);
    assert_eq!(compare(&case, &outcome), Vec::<String>::new());
    let row = |case: &mut Case, change: fn(&mut ExpectedRow)| {
        change(case.rows.get_mut("甲").unwrap());
    };
    let cell = |row: &mut ExpectedRow, column: &str, text: &str| {
        row.cells.insert(column.to_owned(), text.to_owned());
    };
    type Change<'a> = (&'a str, Box<dyn Fn(&mut Case)>);
    let changes: Vec<Change<'_>> = vec![
        ("exit", Box::new(|case| case.exit = 0)),
        ("columns", Box::new(|case| case.columns[0].push('x'))),
        ("columns", Box::new(|case| drop(case.columns.pop()))),
        ("notes", Box::new(|case| case.notes.push("x".to_owned()))),
        ("messages", Box::new(|case| case.messages.push("§".to_owned()))),
        ("absent", Box::new(|case| case.absent.push("甲".to_owned()))),
        ("refused", Box::new(|case| case.refused.push("row 3".to_owned()))),
        (
            "rows: `乙`",
            Box::new(|case| drop(case.rows.insert("乙".to_owned(), Default::default()))),
        ),
        ("rows: #3", Box::new(|case| drop(case.rows.remove("丙")))),
        ("statuses", Box::new(move |case| row(case, |row| row.statuses = Statuses::None))),
        ("faults", Box::new(move |case| row(case, |row| row.faults.push("x".to_owned())))),
        ("faulty_cells", Box::new(move |case| row(case, |row| row.faults.push(String::new())))),
        ("faults", Box::new(|case| case.rows.get_mut("#2").unwrap().row_faults.clear())),
        (
            "warnings",
            Box::new(move |case| {
                row(case, |row| drop(row.warnings.insert("old_value".to_owned(), Vec::new())));
            }),
        ),
        (
            "canton-fair",
            Box::new(move |case| cell(case.rows.get_mut("甲").unwrap(), "canton-fair", "")),
        ),
        ("no such", Box::new(move |case| cell(case.rows.get_mut("甲").unwrap(), "x", ""))),
    ];
    for (field, change) in changes {
        let mut wrong = case.clone();
        change(&mut wrong);
        let found = compare(&wrong, &outcome);
        assert!(found.iter().any(|text| text.contains(field)), "{field}: {found:?}");
    }
    // What was not expected is noticed too.
    let mut reported = outcome.clone();
    reported.err.insert_str(0, "a note\n");
    assert!(compare(&case, &reported)[0].contains("not expected: a note"));
    let written = outcome.written.as_ref().unwrap();
    for column in [written.added("faults"), written.added("warnings")] {
        let mut changed = outcome.clone();
        changed.written.as_mut().unwrap().rows[0][column] = "[old_value] x".to_owned();
        let found = compare(&case, &changed);
        assert!(found[0].contains("rows: `甲`"), "{found:?}");
    }
    let mut lost = outcome;
    lost.written = None;
    assert!(compare(&case, &lost)[0].starts_with("refused: no reason is expected"));
}

#[test]
fn a_file_without_a_case_and_a_case_without_a_file_are_noticed() {
    let (_, case) = sample();
    let cases = BTreeMap::from([("a.csv".to_owned(), case.clone()), ("b.csv".to_owned(), case)]);
    let found = orphans(&cases, &["a.csv".to_owned(), "c.csv".to_owned()]);
    assert_eq!(found, ["c.csv: no case", "b.csv: no file"]);
    // A word that no field has.
    let typo = serde_json::from_str::<Case>("{\"about\":\"\",\"exit\":0,\"note\":[]}");
    assert!(typo.is_err());
}
