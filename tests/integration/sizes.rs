//! Outputs that are no larger than they must be: which missing facts a row names, shared texts and the limits of a
//! workbook, compressed columns of Parquet, and the layouts of the list to call.

use crate::cli::run;
use crate::firms::{Firms, to_json};
use crate::formats::{rows_of_sheet, sheet_rows};
use crate::screen::{DAY, Row, folder, rows_of, screen};
use crate::support::advisor;
use crate::tables::texts;
use crate::workbooks::part;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{FactId, FactSet, Profile};
use export_advisor_core::rulebook::Status;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FIRMS: usize = 600;

/// A list of random firms, and the firms.
fn list(seed: u64) -> (TempDir, PathBuf, Vec<Profile>) {
    let plan = &advisor().plan;
    let mut firms = Firms::new(plan, seed);
    let catalogue = &plan.book.catalogue;
    let profiles: Vec<Profile> = (0..FIRMS).map(|_| firms.firm()).collect();
    let lines = profiles.iter().map(|profile| to_json(plan, profile, firms.rng()));
    // A line that only serves to name every key, and is no firm for the tests.
    let nulls = catalogue.facts.iter().map(|f| format!("\"{}\":null", f.name));
    let first = format!("{{\"name\":\"-\",{}}}", nulls.collect::<Vec<_>>().join(","));
    let lines: Vec<String> = std::iter::once(first).chain(lines).collect();
    let (folder, path) = folder("firms.ndjson", lines.join("\n"));
    (folder, path, profiles)
}

/// The missing facts of a firm in the order in which they are worth asking, and how many supports each could decide.
fn ranked(profile: &Profile) -> Vec<(FactId, usize)> {
    let advisor = advisor();
    let answer = Answer::new(&advisor.plan, profile, DAY.parse().unwrap());
    let mut missing = FactSet::default();
    for support in 0..advisor.book().supports.len() {
        if answer.status(support) == Status::Undetermined {
            missing.extend(&answer.missing_for(support));
        }
    }
    let questions: BTreeMap<FactId, usize> =
        answer.questions(None).iter().map(|ask| (ask.fact, ask.supports.len())).collect();
    let mut facts: Vec<(FactId, usize)> =
        missing.iter().map(|fact| (fact, questions.get(&fact).copied().unwrap_or(0))).collect();
    assert_eq!(facts.iter().filter(|(_, count)| *count > 0).count(), questions.len());
    facts.sort_by_key(|(fact, count)| (Reverse(*count), *fact));
    facts
}

fn name(fact: FactId) -> &'static str {
    &advisor().book().catalogue.fact(fact).name
}

#[test]
fn a_row_names_the_missing_facts_that_are_asked_for() {
    let (folder, input, profiles) = list(71);
    let at = |name: &str| folder.path().join(name);
    let screened = |output: &str, more: &[&str]| {
        let (code, err) = screen(&input, &at(output), &[&["--lang", "en"], more].concat());
        assert_eq!(code, 0, "{err}");
    };
    let column = |output: &str, name: &str| -> Vec<String> {
        let path = at(output);
        let rows: Vec<String> = match output.rsplit('.').next().unwrap() {
            "csv" => rows_of(&path).iter().map(|row| row[name].clone()).collect(),
            "xlsx" => sheet_rows(&path).iter().map(|row| row[name].clone()).collect(),
            "parquet" => texts(&path, name),
            _ => std::fs::read_to_string(&path)
                .unwrap()
                .lines()
                .map(|line| match &serde_json::from_str::<Value>(line).unwrap()[name] {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    Value::Array(all) => {
                        all.iter().map(|f| f.as_str().unwrap()).collect::<Vec<_>>().join(";")
                    }
                    other => panic!("{other}"),
                })
                .collect(),
        };
        rows[1..].to_vec()
    };
    let expected: Vec<Vec<(FactId, usize)>> = profiles.iter().map(ranked).collect();
    let names = |facts: &[(FactId, usize)]| {
        facts.iter().map(|(fact, _)| name(*fact)).collect::<Vec<_>>().join(";")
    };
    let mut asked = BTreeSet::new();
    for format in ["csv", "ndjson", "xlsx", "parquet"] {
        let output = &format!("top.{format}");
        screened(output, &["--missing", "top:3", "--ask-next"]);
        let (missing, next) = (column(output, "missing"), column(output, "ask_next"));
        for (row, facts) in expected.iter().enumerate() {
            let top = names(&facts[..facts.len().min(3)]);
            assert_eq!(missing[row], top, "row {row} of {format}: {:?}", profiles[row]);
            let first = facts.first().filter(|(_, count)| *count > 0);
            let first = first.map_or("", |(fact, _)| name(*fact));
            assert_eq!(next[row], first, "row {row} of {format}: {:?}", profiles[row]);
            asked.insert(first);
        }
        // More than there are is all of them.
        screened(output, &["--missing", "top:200"]);
        for (missing, facts) in column(output, "missing").iter().zip(&expected) {
            assert_eq!(*missing, names(facts), "{format}");
        }
    }
    assert!(asked.len() > 5 && asked.contains(""), "{asked:?}");
    // The sum over all rows is what the summary counts.
    let manifest = run(&["verify", &format!("{}.manifest.json", at("top.csv").display())], "");
    assert_eq!(manifest.code, 0, "{}", manifest.err);
}

#[test]
fn a_list_without_missing_facts_has_all_other_columns() {
    let (folder, input, _) = list(72);
    let at = |name: &str| folder.path().join(name);
    for (output, more) in [
        ("usual.csv", &[][..]),
        ("all.csv", &["--missing", "all"]),
        ("none.csv", &["--missing", "none"]),
        ("next.csv", &["--missing", "none", "--ask-next"]),
    ] {
        let (code, err) = screen(&input, &at(output), more);
        assert_eq!(code, 0, "{err}");
        let verified = run(&["verify", &format!("{}.manifest.json", at(output).display())], "");
        assert_eq!(verified.code, 0, "{}", verified.err);
    }
    let bytes = |name: &str| std::fs::read(at(name)).unwrap();
    assert!(bytes("usual.csv") == bytes("all.csv"), "all is what it is without the option");
    let head = |name: &str| {
        let text = std::fs::read_to_string(at(name)).unwrap();
        text.lines().next().unwrap().rsplit(',').take(4).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(head("all.csv")[..3], ["faults", "warnings", "missing"]);
    assert_eq!(head("none.csv")[..2], ["faults", "warnings"]);
    assert_eq!(head("next.csv")[..3], ["faults", "warnings", "ask_next"]);
    let mut all = rows_of(&at("all.csv"));
    all.iter_mut().for_each(|row| drop(row.remove("missing").unwrap()));
    assert!(all == rows_of(&at("none.csv")));
    // A list that was screened so is recognised as screened before.
    let (code, err) = screen(&at("next.csv"), &at("again.csv"), &["--lang", "en"]);
    assert_eq!(code, 0, "{err}");
    let rows = rows_of(&at("again.csv"));
    assert!(rows[0].contains_key("ask_next") && rows[0].contains_key("faults_screened"));
    for wrong in ["top", "top:0", "some"] {
        assert_eq!(screen(&input, &at("wrong.csv"), &["--missing", wrong]).0, 2);
    }
}

#[test]
fn cells_of_a_workbook_share_their_texts_up_to_a_limit() {
    const ROWS: usize = 6000;
    let rows = (0..ROWS).map(|n| format!("企业{n},<乙> & “{}”,是,12", n % 7));
    let text =
        format!("企业名称,备注,是否出口,从业人数\n{}\n", rows.collect::<Vec<_>>().join("\n"));
    let (folder, input) = folder("list.csv", text);
    let at = |name: &str| folder.path().join(name);
    let (code, err) = screen(&input, &at("out.xlsx"), &[]);
    assert_eq!(code, 0, "{err}");
    screen(&input, &at("out.csv"), &[]);
    let expected = rows_of(&at("out.csv"));
    assert!(sheet_rows(&at("out.xlsx")) == expected, "the same cells as delimited text");
    let sheet = part(&at("out.xlsx"), "xl/worksheets/sheet1.xml");
    let shared = part(&at("out.xlsx"), "xl/sharedStrings.xml");
    let inline = sheet.matches("t=\"inlineStr\"").count();
    assert_eq!(
        inline,
        ROWS - 4095,
        "names beyond those that one column may add, its header among them"
    );
    assert_eq!(sheet.matches("待定").count(), 0, "a status stands once");
    assert_eq!(shared.matches("<t>待定</t>").count(), 1);
    let counts = |name: &str| -> usize {
        shared
            .split(&format!(" {name}=\""))
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    };
    assert_eq!(counts("count"), sheet.matches("t=\"s\"").count());
    assert_eq!(counts("uniqueCount"), shared.matches("<si>").count());
    // It is read again as any workbook is.
    let (code, err) = screen(&at("out.xlsx"), &at("again.csv"), &[]);
    assert_eq!(code, 0, "{err}");
    for (row, expected) in rows_of(&at("again.csv")).iter().zip(&expected) {
        assert_eq!(row["企业名称"], expected["企业名称"]);
        assert_eq!(row["missing_screened"], expected["missing"]);
    }
}

#[test]
fn a_list_that_no_sheet_can_hold_is_refused_by_its_count_before_it_is_screened() {
    const MOST: usize = 1_048_575;
    let (folder, input) = folder("list.csv", format!("从业人数\n{}", "\n1\n".repeat(MOST + 1)));
    let output = folder.path().join("out.xlsx");
    let one = ["--supports", "aeo-cultivation", "--lang", "en"];
    let refused = |input: &Path, message: &str| {
        let (code, err) = screen(input, &output, &one);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(message), "{err}");
        assert!(!err.contains("columns read"), "before anything else: {err}");
        assert!(!output.exists());
    };
    // Blank lines do not count.
    refused(&input, "holds at most 1048575 rows under its header, and there are 1048576:");
    let compressed = folder.path().join("list.csv.zst");
    let bytes = zstd::stream::encode_all(&std::fs::read(&input).unwrap()[..], 1).unwrap();
    assert!(bytes.len() < 1 << 20);
    std::fs::write(&compressed, bytes).unwrap();
    refused(&compressed, "there are 1048576:");
    let lines = folder.path().join("list.ndjson");
    std::fs::write(&lines, "{\"employees\":1}\n".repeat(MOST + 2)).unwrap();
    refused(&lines, "there are 1048577:");
    let names: Vec<String> = (1..16_384).map(|n| format!("c{n}")).collect();
    let wide = folder.path().join("wide.csv");
    std::fs::write(&wide, format!("从业人数,{}\n", names.join(","))).unwrap();
    let (code, err) = screen(&wide, &output, &[&one[..], &["--limit", "columns=20000"]].concat());
    assert_eq!(code, 1, "{err}");
    // uscc_ok, size, region, the status, missing, warnings and faults.
    assert!(err.contains("holds at most 16384 columns, and there would be 16391:"), "{err}");
    assert!(!output.exists());
}

/// The columns of the first row group, by name.
fn chunks(path: &Path) -> BTreeMap<String, ColumnChunkMetaData> {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let group = reader.metadata().row_group(0);
    let columns = group.columns().iter();
    columns.map(|column| (column.column_descr().name().to_owned(), column.clone())).collect()
}

#[test]
fn columns_of_parquet_have_dictionaries_and_are_compressed() {
    let (folder, input, _) = list(73);
    let at = |name: &str| folder.path().join(name);
    let (code, err) = screen(&input, &at("out.parquet"), &["--ask-next", "--excluded-by"]);
    assert_eq!(code, 0, "{err}");
    let columns = chunks(&at("out.parquet"));
    let is_compressed = |name: &str| matches!(columns[name].compression(), Compression::ZSTD(_));
    let has_dictionary = |name: &str| {
        let encodings: Vec<Encoding> = columns[name].encodings().collect();
        columns[name].dictionary_page_offset().is_some()
            && encodings.contains(&Encoding::RLE_DICTIONARY)
    };
    for name in
        ["missing", "ask_next", "warnings", "faults", "size_screened", "employees", "industry"]
    {
        assert!(is_compressed(name), "{name}: {:?}", columns[name].compression());
        assert!(has_dictionary(name), "{name}");
    }
    let statuses = advisor().book().supports.iter().map(|support| support.id.as_str());
    let mut compressed = 0;
    for name in statuses {
        assert!(has_dictionary(name), "{name}");
        let column = &columns[name];
        match column.compression() {
            Compression::UNCOMPRESSED => {
                assert_eq!(column.compressed_size(), column.uncompressed_size(), "{name}");
            }
            Compression::ZSTD(_) => {
                compressed += 1;
                assert!(column.compressed_size() < column.uncompressed_size(), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(compressed > 5, "{compressed}");
}

/// The list to call in both layouts and forms.
#[test]
fn the_list_to_call_has_a_line_a_firm_or_one_a_support() {
    let text = "企业名称,备注,行业代码,从业人数,营业收入（万元）,行政区划,是否出口,是否进口,融资需求\n\
        甲,=x,F5292,6,680,330782,是,否,有\n乙,,F5191,,,330782,是,否,\n丙,,C3612,1200,,,否,否,否\n";
    let (folder, input) = folder("list.csv", text);
    let at = |name: &str| folder.path().join(name);
    for lang in ["zh", "en"] {
        for status in ["applies,undetermined", "applies", "applies,undetermined,does_not_apply"] {
            let call = |name: &str, layout: &str| {
                let list = at(name);
                let path = list.to_str().unwrap().to_owned();
                let more = ["--matches", &path, "--status", status, "--lang", lang];
                let layout: &[&str] =
                    if layout.is_empty() { &[] } else { &["--matches-layout", layout] };
                let (code, err) = screen(&input, &at("out.csv"), &[&more[..], layout].concat());
                assert_eq!(code, 0, "{err}");
                let manifest = format!("{}.manifest.json", at("out.csv").display());
                let verified = run(&["verify", &manifest], "");
                assert_eq!(verified.code, 0, "{}", verified.err);
                list
            };
            let usual = std::fs::read(call("usual.csv", "")).unwrap();
            let supports = call("supports.csv", "support");
            assert!(usual == std::fs::read(&supports).unwrap());
            let supports = rows_of(&supports);
            let names = |zh: &'static str, en: &'static str| if lang == "zh" { zh } else { en };
            let (row, id) = (names("行号", "row"), names("支持事项", "support"));
            let step = names("下一步", "next step");
            let without = |rows: &[Row], column: &str| -> Vec<Row> {
                let mut rows = rows.to_vec();
                rows.iter_mut().for_each(|row| drop(row.remove(column).unwrap()));
                rows
            };
            // A workbook has the same lines, and the next steps of each support once. Cells are not guarded there.
            let book = call("supports.xlsx", "support");
            let unguarded = |rows: &[Row]| -> Vec<Row> {
                let mut rows = rows.to_vec();
                for row in &mut rows {
                    let note = row.get_mut("备注").unwrap();
                    *note = note.trim_start_matches('\'').to_owned();
                }
                rows
            };
            assert_eq!(sheet_rows(&book), unguarded(&without(&supports, step)));
            let mut expected: BTreeMap<String, (String, usize)> = BTreeMap::new();
            for line in &supports {
                expected.entry(line[id].clone()).or_insert((line[step].clone(), 0)).1 += 1;
            }
            let steps = rows_of_sheet(&book, 2);
            assert_eq!(steps.len(), expected.len());
            for line in &steps {
                let (step_of, count) = &expected[&line[id]];
                assert_eq!(
                    (&line[step], &line[names("行数", "lines")]),
                    (step_of, &count.to_string())
                );
            }
            // A line a firm has what the lines of its supports have.
            let firms = rows_of(&call("firms.csv", "firm"));
            let rows: BTreeSet<&str> = supports.iter().map(|line| line[row].as_str()).collect();
            assert_eq!(firms.len(), rows.len());
            let id_of_firm = names("支持事项", "supports");
            let steps_of_firm = names("下一步", "next steps");
            for firm in &firms {
                let own: Vec<&Row> =
                    supports.iter().filter(|line| line[row] == firm[row]).collect();
                let ids: Vec<&str> = own.iter().map(|line| line[id].as_str()).collect();
                assert_eq!(firm[id_of_firm], ids.join(";"));
                for line in own {
                    let title = &line[names("名称", "title")];
                    assert!(firm[names("名称", "titles")].contains(title.as_str()), "{firm:?}");
                    // Where all have the same status, it is not repeated.
                    let found = &line[names("状态", "status")];
                    let titles = &firm[names("名称", "titles")];
                    let shown = titles.contains(&format!("{title}{}{found}", names("（", " (")));
                    assert_eq!(shown, status != "applies", "{titles}");
                    for cell in [names("理由", "reasons"), step] {
                        let joined = &firm[if cell == step { steps_of_firm } else { cell }];
                        assert!(joined.contains(line[cell].as_str()), "{joined}");
                    }
                    for label in line[names("待补信息", "missing")].split(names("、", ", ")) {
                        assert!(firm[names("待补信息", "missing")].contains(label));
                    }
                    assert_eq!(firm["企业名称"], line["企业名称"]);
                }
                // A step stands once, however many supports have it.
                let step = &supports.iter().find(|line| line[row] == firm[row]).unwrap()[step];
                assert_eq!(firm[steps_of_firm].matches(step.as_str()).count(), 1);
            }
            let book = call("firms.xlsx", "firm");
            assert_eq!(sheet_rows(&book), unguarded(&without(&firms, steps_of_firm)));
            assert_eq!(rows_of_sheet(&book, 2), steps, "the same next steps");
        }
    }
    let wrong = screen(&input, &at("out.csv"), &["--matches-layout", "firm"]);
    assert_eq!(wrong.0, 2, "without a list to call: {}", wrong.1);
}
