//! Faults and warnings of rows: a cell costs its fact, never its row; a personal number is in no output; what an
//! assessment warns of, a list warns of.

use crate::firms::{Firms, to_json};
use crate::screen::{DAY, Row, folder, rows_of, screen, spelled};
use crate::support::advisor;
use crate::tables::{table, texts};
use crate::workbooks::{Book, data, part};
use arrow_array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use export_advisor_core::assessment;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Format, Kind, Profile, Value};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;

/// More than the rows that are evaluated at once.
const FIRMS: usize = 1300;

/// A text that no fact has as a value.
const UNREADABLE: &str = "约三百多§";

/// A personal number that passes its check.
const PERSONAL: &str = "110105194912310021";

/// The columns of a row that a fault may not change.
fn answers(row: &Row, facts: &[&str]) -> Row {
    let is_given = |name: &String| facts.contains(&name.as_str());
    let kept = row.iter().filter(|(name, _)| !is_given(name) && *name != "faults");
    kept.filter(|(name, _)| *name != "uscc_ok").map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Firms as cells of text; `cell` is the text of a faulty one.
fn lists(seed: u64, cell: &str) -> [String; 2] {
    let advisor = advisor();
    let catalogue = &advisor.book().catalogue;
    let mut firms = Firms::new(&advisor.plan, seed);
    let profiles: Vec<Profile> = (0..FIRMS).map(|_| firms.firm()).collect();
    let rng = firms.rng();
    let mut writers = [(); 2].map(|()| csv::Writer::from_writer(Vec::new()));
    for writer in &mut writers {
        writer.write_record(catalogue.facts.iter().map(|fact| fact.name.as_str())).unwrap();
    }
    for profile in &profiles {
        let mut cells: Vec<String> =
            profile.iter().map(|(fact, value)| spelled(fact, value, rng)).collect();
        let mut blank = cells.clone();
        for _ in 0..rng.usize(0..4) {
            let index = rng.usize(0..cells.len());
            (cells[index], blank[index]) = (cell.to_owned(), String::new());
        }
        let [faulty, without] = &mut writers;
        faulty.write_record(&cells).unwrap();
        without.write_record(&blank).unwrap();
    }
    writers.map(|writer| String::from_utf8(writer.into_inner().unwrap()).unwrap())
}

#[test]
fn a_row_with_faulty_cells_is_answered_as_if_they_were_blank() {
    let facts: Vec<&str> =
        advisor().book().catalogue.facts.iter().map(|fact| fact.name.as_str()).collect();
    let [faulty, blank] = lists(71, UNREADABLE);
    let (folder, _) = folder("faulty.csv", &faulty);
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("blank.csv"), &blank).unwrap();
    // The same list as lines of JSON.
    let lines = rows_of(&at("faulty.csv")).into_iter().map(|row| {
        let cell = |text: String| (!text.trim().is_empty()).then_some(text);
        let members = row.into_iter().map(|(name, text)| (name, json!(cell(text))));
        Json::Object(members.collect()).to_string()
    });
    std::fs::write(at("faulty.ndjson"), lines.collect::<Vec<_>>().join("\n")).unwrap();
    let (code, err) = screen(&at("blank.csv"), &at("expected.csv"), &["--lang", "en"]);
    assert_eq!(code, 0, "{err}");
    let expected = rows_of(&at("expected.csv"));
    let given = faulty.matches(UNREADABLE).count();
    for (list, workers) in [("faulty.csv", "1"), ("faulty.csv", "3"), ("faulty.ndjson", "2")] {
        let more = ["--lang", "en", "--workers", workers];
        let (code, err) = screen(&at(list), &at("out.csv"), &more);
        assert_eq!(code, 4, "{err}");
        let rows = rows_of(&at("out.csv"));
        assert_eq!(rows.len(), expected.len());
        let mut faults = 0;
        for (number, (row, expected)) in rows.iter().zip(&expected).enumerate() {
            let mut added = expected.clone();
            let mut found: Row = row
                .iter()
                .filter(|(name, _)| expected.contains_key(*name))
                .map(|(name, cell)| (name.clone(), cell.clone()))
                .collect();
            // As a text of JSON a value may be an old one, of which a cell of a table has no warning.
            if list.ends_with("json") && found["warnings"].contains("[old_value]") {
                found.remove("warnings");
                added.remove("warnings");
            }
            assert_eq!(answers(&found, &facts), answers(&added, &facts), "{list}, row {number}");
            faults += row["faults"].matches(UNREADABLE).count();
        }
        assert_eq!(faults, given, "{list}: each faulty cell has its fault");
    }
    // A planted fault is noticed: a cell that is read in place of one that is not.
    let [planted, _] = lists(71, "是");
    std::fs::write(at("planted.csv"), planted).unwrap();
    screen(&at("planted.csv"), &at("out.csv"), &["--lang", "en"]);
    let rows = rows_of(&at("out.csv"));
    assert!(rows.iter().zip(&expected).any(|(a, b)| answers(a, &facts) != answers(b, &facts)));
}

#[test]
fn the_exit_status_tells_three_kinds_apart() {
    // Two faulty cells in one row, one row that cannot be taken apart, two good rows.
    let list = "是否出口,从业人数\n可能,约3\n是,1,2\n是,3\n否,4\n";
    let (folder, input) = folder("list.csv", list);
    let output = folder.path().join("out.csv");
    for (allowed, code) in [
        (&[][..], 4),
        (&["--max-faults", "0"], 4),
        (&["--max-faults", "2"], 4),
        (&["--max-faults", "3"], 0),
        (&["--max-faults", "49.99%"], 4),
        (&["--max-faults", "50%"], 0),
        (&["--max-faults", "100%"], 0),
    ] {
        let (found, err) = screen(&input, &output, &[allowed, &["--lang", "en"]].concat());
        assert_eq!(found, code, "{allowed:?}: {err}");
        assert!(err.contains("1 of 4 rows have cells that could not be read (2 in all)"), "{err}");
        assert!(err.contains("1 of 4 rows could not be taken apart"), "{err}");
        assert_eq!(rows_of(&output).len(), 4);
    }
    for wrong in ["-1", "x", "101%", "1.234%", "%", "1.%"] {
        assert_eq!(screen(&input, &output, &["--max-faults", wrong]).0, 2, "{wrong}");
    }
    std::fs::write(&input, "是否出口\n是\n").unwrap();
    assert_eq!(screen(&input, &output, &[]).0, 0, "all read");
    std::fs::write(&input, "名称\n甲\n").unwrap();
    assert_eq!(screen(&input, &output, &[]).0, 1, "nothing can be written");
}

/// Everything that a screening wrote and said, as text.
fn all_text(folder: &Path, err: &str) -> String {
    let mut text = err.to_owned();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("list.") {
            continue;
        }
        if name.ends_with(".xlsx") {
            for name in ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"] {
                text.push_str(&part(&path, name));
            }
        } else if name.ends_with(".parquet") {
            text.push_str(&texts(&path, "uscc").join("\n"));
        }
        text.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
    }
    text
}

#[test]
fn a_personal_number_is_refused_and_in_no_output() {
    let csv = format!("uscc,exports_goods,employees\n{PERSONAL},是,{PERSONAL}\n,{PERSONAL},3\n");
    let lines = format!(
        "{{\"uscc\":\"{PERSONAL}\", \"exports_goods\": true,\"employees\":{PERSONAL}}}\n{{\"uscc\":null,\"exports_goods\":\"{PERSONAL}\",\"employees\":3}}\n"
    );
    let sheet = data(&[
        &["uscc", "exports_goods", "employees"],
        &[PERSONAL, "是", PERSONAL],
        &["", PERSONAL, "#3"],
    ]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("uscc", Arc::new(StringArray::from(vec![Some(PERSONAL), None]))),
        ("exports_goods", Arc::new(StringArray::from(vec!["是", PERSONAL]))),
        ("employees", Arc::new(Int64Array::from(vec![PERSONAL.parse().unwrap(), 3]))),
    ];
    for kind in ["csv", "ndjson", "xlsx", "parquet"] {
        for to in ["csv", "tsv", "ndjson", "xlsx", "parquet"] {
            let (folder, input) = folder(&format!("list.{kind}"), "");
            match kind {
                "csv" => std::fs::write(&input, &csv).unwrap(),
                "ndjson" => std::fs::write(&input, &lines).unwrap(),
                "xlsx" => std::fs::write(&input, Book::one(sheet.clone()).bytes()).unwrap(),
                _ => table(&input, &columns, 10, true),
            }
            let at = |name: &str| folder.path().join(name);
            let (output, call, report) =
                (at(&format!("out.{to}")), at("call.csv"), at("report.html"));
            let (call, report) = (call.to_str().unwrap(), report.to_str().unwrap());
            let all = "applies,undetermined,does_not_apply";
            let more = ["--matches", call, "--status", all, "--report", report];
            let (code, err) = screen(&input, &output, &more);
            assert_eq!(code, 4, "{kind} to {to}: {err}");
            let written = all_text(folder.path(), &err);
            assert!(!written.contains(PERSONAL), "{kind} to {to}");
            assert!(written.contains("身份证"), "{kind} to {to}: it is said");
            let manifest = std::fs::read_to_string(at(&format!("out.{to}.manifest.json")));
            let manifest: Json = serde_json::from_str(&manifest.unwrap()).unwrap();
            assert_eq!(manifest["counts"]["refused_cells"], 3, "{kind} to {to}");
            assert_eq!(manifest["counts"]["rows_without_status"], 0, "{kind} to {to}");
            // On request the cells stay as they are, and are not read all the same.
            let (code, err) = screen(&input, &output, &["--keep-refused"]);
            assert_eq!(code, 4, "{kind} to {to}: {err}");
            let written = all_text(folder.path(), &err);
            assert!(written.contains(PERSONAL), "{kind} to {to}");
            let path = at(&format!("out.{to}.manifest.json"));
            let verified = crate::cli::run(&["verify", path.to_str().unwrap()], "");
            assert_eq!(verified.code, 0, "{kind} to {to}: {}", verified.err);
        }
    }
}

#[test]
fn a_personal_number_in_a_line_that_is_no_object_or_a_key_given_twice_is_in_no_output() {
    let lines = format!(
        "{{\"exports_goods\":true}}\n{{\"exports_goods\":true, \"x\":{PERSONAL}\n{{\"uscc\":\"\",\"exports_goods\":true,\"uscc\":\"{PERSONAL}\"}}\n"
    );
    let (folder, input) = folder("list.ndjson", lines);
    for to in ["out.ndjson", "out.csv"] {
        let (code, err) = screen(&input, &folder.path().join(to), &[]);
        assert_eq!(code, 4, "{err}");
        assert!(!all_text(folder.path(), &err).contains(PERSONAL), "{to}");
    }
}

#[test]
fn a_list_warns_of_what_an_assessment_warns_of() {
    let advisor = advisor();
    let catalogue = &advisor.book().catalogue;
    let mut firms = Firms::new(&advisor.plan, 73);
    let profiles: Vec<Profile> = (0..FIRMS).map(|_| firms.firm()).collect();
    let rng = firms.rng();
    let nulls: Vec<String> =
        catalogue.facts.iter().map(|fact| format!("\"{}\":null", fact.name)).collect();
    let mut list = vec![format!("{{{}}}", nulls.join(","))];
    list.extend(profiles.iter().map(|profile| to_json(&advisor.plan, profile, rng)));
    let (folder, input) = folder("list.ndjson", list.join("\n"));
    let at = |name: &str| folder.path().join(name);
    let mut codes = std::collections::BTreeMap::<String, u64>::new();
    let expected: Vec<Vec<String>> = list
        .iter()
        .map(|line| {
            let (book, day) = (advisor.book(), DAY.parse().unwrap());
            let profile = export_advisor_core::facts::parse(
                &book.catalogue,
                &book.reference,
                line.as_bytes(),
            );
            let profile = profile.unwrap();
            let answer = Answer::new(&advisor.plan, &profile, day);
            let warnings = assessment::warnings(&answer).into_iter();
            // An older name of a key is no matter of a row, since a list has it in its header.
            warnings.map(|warning| warning.code).filter(|code| code != "old_name").collect()
        })
        .collect();
    expected.iter().flatten().for_each(|code| *codes.entry(code.clone()).or_default() += 1);
    assert!(codes.len() > 3, "{codes:?}");
    for output in ["out.ndjson", "out.csv"] {
        let (code, err) = screen(&input, &at(output), &["--workers", "3"]);
        assert_eq!(code, 0, "{err}");
        let found: Vec<Vec<String>> = if output.ends_with("json") {
            let text = std::fs::read_to_string(at(output)).unwrap();
            let rows = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
            rows.map(|row| {
                let list = row["warnings"].as_array().unwrap().clone();
                list.iter().map(|text| code_of(text.as_str().unwrap())).collect()
            })
            .collect()
        } else {
            let rows = rows_of(&at(output));
            rows.iter().map(|row| row["warnings"].split(" [").map(code_of).collect()).collect()
        };
        for (row, (found, expected)) in found.into_iter().zip(&expected).enumerate() {
            let mut found: Vec<String> = found.into_iter().filter(|c| !c.is_empty()).collect();
            let mut expected = expected.clone();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{output}, row {row}: {}", list[row]);
        }
        let manifest = std::fs::read_to_string(at(&format!("{output}.manifest.json"))).unwrap();
        let manifest: Json = serde_json::from_str(&manifest).unwrap();
        assert_eq!(manifest["warnings"], json!(codes), "{output}");
        for (code, count) in &codes {
            assert!(err.contains(&format!("{code}：{count}次")), "{code} {count}: {err}");
        }
    }
}

/// The code of a warning in a list.
fn code_of(text: &str) -> String {
    text.trim_start_matches('[').split(']').next().unwrap_or_default().to_owned()
}

#[test]
fn warnings_say_what_to_check() {
    let list = "uscc,size,industry,employees,division\n\
        91110000600037341M,大型,C181,3,\n\
        ,,,,110103\n";
    let (folder, input) = folder("list.csv", list);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, &["--supports", "aeo-cultivation"]);
    assert_eq!(code, 0, "{err}");
    let rows = rows_of(&output);
    assert!(
        rows[0]["warnings"].contains("[credit_code_check]")
            && rows[0]["warnings"].contains("第18位“M”")
            && rows[0]["warnings"].contains("[contradiction] “企业规模”填的是“大型”")
            && rows[0]["warnings"].contains("微型"),
        "{:?}",
        rows[0]
    );
    assert!(rows[1]["warnings"].contains("[retired_division]"), "{:?}", rows[1]);
}

#[test]
fn a_sole_trader_is_told_apart() {
    let catalogue = &advisor().book().catalogue;
    let uscc = (catalogue.facts.iter())
        .find(|fact| matches!(fact.kind, Kind::Code { format: Format::Uscc, .. }))
        .unwrap();
    // The last character is the one that passes the check.
    let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let reference = &advisor().book().reference;
    let mut codes = alphabet.chars().map(|last| format!("92330782MA2EA5XX6{last}"));
    let bodies = |code: &String| {
        let mut notices = Vec::new();
        let value = Profile::read_scaled(uscc, &[code], 0, reference, &mut notices);
        matches!(value, Ok(Value::Code(_)))
    };
    let found = codes.find(bodies).or_else(|| {
        // The body has a check character of its own, in place 17.
        let bodies_of =
            |body: char| alphabet.chars().map(move |last| format!("92330782MA2EA5XX{body}{last}"));
        alphabet.chars().flat_map(bodies_of).find(bodies)
    });
    let code = found.unwrap();
    let (folder, input) = folder("list.csv", format!("uscc,exports_goods\n{code},是\n"));
    let output = folder.path().join("out.csv");
    assert_eq!(screen(&input, &output, &[]).0, 0);
    let rows = rows_of(&output);
    assert_eq!(rows[0]["uscc_ok"], "yes");
    assert!(rows[0]["warnings"].starts_with("[sole_trader] "), "{:?}", rows[0]["warnings"]);
}

#[test]
fn a_copied_column_of_parquet_is_decoded_where_a_cell_must_not_be_copied() {
    let rows = 2500;
    let code = |row: usize| Some(if row == 2100 { PERSONAL } else { "91110000600037341L" });
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("uscc", Arc::new((0..rows).map(code).collect::<StringArray>())),
        ("exports_goods", Arc::new(BooleanArray::from(vec![true; rows]))),
    ];
    let (folder, input) = folder("list.parquet", "");
    table(&input, &columns, 1000, true);
    let output = folder.path().join("out.parquet");
    let (code, err) = screen(&input, &output, &["--workers", "2"]);
    assert_eq!(code, 4, "{err}");
    let found = texts(&output, "uscc");
    for (row, found) in found.iter().enumerate() {
        assert_eq!(found, if row == 2100 { "" } else { "91110000600037341L" }, "row {row}");
    }
    assert_eq!(texts(&output, "guarantee-small-micro").len(), rows);
}
