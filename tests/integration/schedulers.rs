//! What a scheduler takes from a screening: the summary as a file, the event of OpenLineage, the build in the manifest,
//! and verifying with a rule book that the service keeps.

use crate::cli::{Ran, run};
use crate::screen::{DAY, folder, rows_of, screen};
use crate::server::Server;
use crate::store::databases;
use crate::support::{advisor, files, write_files};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LIST: &str = "企业名称,信用代码,行业代码,从业人数,营业收入（万元）,行政区划,是否出口,是否进口,融资需求\n\
甲,91110000600037341L,F5292,6,680,330782,是,否,有\n\
乙,91110000600037341M,F5191,约12,300,330782,是,maybe,不详\n\
丙,,C3612,约1200,,,,,\n\
丁,,C3612\n\
合计,,,1218,980,,,,\n\
戊,,F5191,15,,330782,,是,110101199003074514\n";

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn sha256(path: &Path) -> String {
    let hash = Sha256::digest(std::fs::read(path).unwrap());
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

fn manifest_of(output: &Path) -> PathBuf {
    PathBuf::from(format!("{}.manifest.json", output.display()))
}

fn verify(output: &Path, more: &[&str]) -> Ran {
    let manifest = manifest_of(output);
    run(&[&["verify", manifest.to_str().unwrap(), "--lang", "en"], more].concat(), "")
}

/// A schema that refuses every member which it does not describe.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            members.values_mut().for_each(closed);
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        _ => {}
    }
}

fn assert_valid(schema: &str, value: &Value) {
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    closed(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}\n{value:#}", errors.join("\n"));
}

const SUMMARY: &str = include_str!("../../openapi/summary.schema.json");

/// A screened list with all that can be written beside it.
fn screened() -> (TempDir, PathBuf, PathBuf) {
    let (folder, input) = folder("list.csv", LIST);
    let output = folder.path().join("out.csv");
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (call, report, summary) = (at("call.csv"), at("report.html"), at("summary.json"));
    let more = ["--matches", &call, "--report", &report, "--summary", &summary, "--lang", "en"];
    let (code, err) = screen(&input, &output, &more);
    assert_eq!(code, 4, "{err}");
    let summary = folder.path().join("summary.json");
    (folder, output, summary)
}

#[test]
fn the_summary_of_a_screening_is_a_file_for_programs() {
    let (folder, output, path) = screened();
    let summary = json_of(&path);
    assert_valid(SUMMARY, &summary);
    let manifest = json_of(&manifest_of(&output));
    for name in ["program", "rulebook", "as_of", "input", "output", "matches"] {
        assert_eq!(summary[name], manifest[name], "{name}");
    }
    let rows = rows_of(&output);
    let warned = rows.iter().filter(|row| !row["warnings"].is_empty()).count();
    let expected = json!({
        "total": 6, "read_whole": 1, "with_faulty_cells": 3, "without_status": 1, "not_firms": 1,
        "with_warnings": warned, "matches": manifest["counts"]["matches"], "blank_lines": 0,
    });
    assert_eq!(summary["rows"], expected);
    assert_eq!(summary["credit_codes"], json!({ "valid": 1, "invalid": 1, "not_given": 4 }));
    // The counts are those of the columns.
    let supports = summary["supports"].as_array().unwrap();
    assert_eq!(supports.len(), advisor().book().supports.len());
    for support in supports {
        let id = support["id"].as_str().unwrap();
        for status in ["applies", "undetermined", "does_not_apply"] {
            let count = rows.iter().filter(|row| row[id] == status).count();
            assert_eq!(support[status], count, "{id} {status}");
        }
    }
    for question in summary["questions"].as_array().unwrap() {
        let fact = question["fact"].as_str().unwrap();
        let missing = rows.iter().filter(|row| row["missing"].split(';').any(|f| f == fact));
        assert!(question["rows"].as_u64().unwrap() <= missing.count() as u64, "{question}");
    }
    let faults = &summary["faults"];
    assert_eq!((&faults["cells"], &faults["rows"]), (&json!(4), &json!(1)));
    assert_eq!(faults["personal_numbers"], 1);
    let kinds = json!([
        { "code": "wrong_type", "fact": "employees", "count": 2 },
        { "code": "too_few_cells", "fact": null, "count": 1 },
        { "code": "wrong_type", "fact": "imports_goods", "count": 1 },
        { "code": "personal_number", "fact": "financing_need", "count": 1 },
    ]);
    let sorted = |kinds: &Value| {
        let mut all: Vec<String> =
            kinds.as_array().unwrap().iter().map(ToString::to_string).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&faults["by_kind"]), sorted(&kinds));
    assert_eq!(faults["by_kind"][0]["count"], 2, "the most frequent first");
    let codes: BTreeMap<&str, u64> = (summary["warnings"].as_array().unwrap().iter())
        .map(|warning| (warning["code"].as_str().unwrap(), warning["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(json!(codes), manifest["warnings"]);
    // No cell of the list stands in it.
    let text = std::fs::read_to_string(&path).unwrap();
    for cell in ["甲", "91110000600037341L", "约12", "110101199003074514"] {
        assert!(!text.contains(cell), "{cell}");
    }
    // The same on one thread, and it is no output that may take the place of another.
    let twin = folder.path().join("twin.json");
    let input = folder.path().join("list.csv");
    let more = |summary: &Path| {
        let call = folder.path().join("call.csv");
        let more = ["--matches", call.to_str().unwrap(), "--lang", "en", "--workers", "1"];
        let more = more.map(str::to_owned).into_iter();
        more.chain(["--summary".to_owned(), summary.to_str().unwrap().to_owned()])
            .collect::<Vec<_>>()
    };
    let again = |summary: &Path| {
        let more = more(summary);
        screen(&input, &output, &more.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(again(&twin).0, 4);
    assert_eq!(std::fs::read_to_string(&twin).unwrap(), text);
    let (code, err) = again(&output);
    assert_eq!(code, 2);
    assert!(err.contains("is the input, or another output"), "{err}");
}

#[test]
fn a_manifest_names_what_stands_beside_the_output_and_verify_compares_it() {
    let (folder, output, summary) = screened();
    let manifest = json_of(&manifest_of(&output));
    let report = folder.path().join("report.html");
    for (name, path) in [("report", &report), ("summary", &summary)] {
        assert_eq!(manifest[name]["sha256"], sha256(path), "{name}");
        assert_eq!(manifest[name]["bytes"], std::fs::metadata(path).unwrap().len(), "{name}");
        assert_eq!(manifest[name]["path"], path.to_str().unwrap());
    }
    let same = verify(&output, &[]);
    assert_eq!(same.code, 0, "{}", same.err);
    for (path, name) in [(&report, "report"), (&summary, "summary")] {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, [&bytes[..], b" "].concat()).unwrap();
        let changed = verify(&output, &[]);
        assert_eq!(changed.code, 1);
        assert!(changed.err.contains(&format!("{name} on the disk")), "{}", changed.err);
        // A manifest that was made to fit is found out, since both are made again.
        let mut forged = manifest.clone();
        forged[name]["sha256"] = sha256(path).into();
        std::fs::write(manifest_of(&output), forged.to_string()).unwrap();
        let changed = verify(&output, &[]);
        assert_eq!(changed.code, 1);
        assert!(changed.err.contains(&format!("{name}, made again")), "{}", changed.err);
        std::fs::write(manifest_of(&output), manifest.to_string()).unwrap();
        std::fs::remove_file(path).unwrap();
        let gone = verify(&output, &[]);
        assert!(gone.code == 1 && gone.err.contains("no such file"), "{}", gone.err);
        std::fs::write(path, bytes).unwrap();
    }
    // All of it may be elsewhere.
    let other = tempfile::tempdir().unwrap();
    for name in
        ["list.csv", "out.csv", "out.csv.manifest.json", "call.csv", "report.html", "summary.json"]
    {
        std::fs::rename(folder.path().join(name), other.path().join(name)).unwrap();
    }
    let moved = verify(&other.path().join("out.csv"), &[]);
    assert_eq!(moved.code, 0, "{}", moved.err);
}

#[test]
fn a_manifest_names_the_build_of_the_program() {
    let (_folder, output, _) = screened();
    let mut manifest = json_of(&manifest_of(&output));
    if cfg!(target_os = "linux") {
        let build = manifest["build"].as_str().unwrap();
        let digits =
            (0..build.len()).step_by(2).map(|at| u8::from_str_radix(&build[at..at + 2], 16));
        let id: Vec<u8> = digits.map(Result::unwrap).collect();
        assert!(id.len() >= 8, "{build}");
        let program = std::fs::read(env!("CARGO_BIN_EXE_export-advisor")).unwrap();
        assert!(program.windows(id.len()).any(|bytes| bytes == id), "it stands in the program");
    }
    // Another build that makes the same bytes is no difference, but it is reported.
    manifest["build"] = "00ff".into();
    std::fs::write(manifest_of(&output), manifest.to_string()).unwrap();
    let verified = verify(&output, &[]);
    assert_eq!(verified.code, 0, "{}", verified.err);
    assert!(verified.err.contains("00ff"), "{}", verified.err);
    // A manifest without a build is one of a program before.
    manifest.as_object_mut().unwrap().remove("build");
    std::fs::write(manifest_of(&output), manifest.to_string()).unwrap();
    assert_eq!(verify(&output, &[]).code, 0);
}

/// The event of a manifest.
fn lineage(output: &Path, more: &[&str]) -> Value {
    let manifest = manifest_of(output);
    let ran = run(&[&["lineage", manifest.to_str().unwrap()], more].concat(), "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// What OpenLineage 2-0-2 asks of an event, as far as it concerns this one.
fn core_of_the_specification() -> Value {
    let facets = json!({ "type": "object", "additionalProperties": {
        "type": "object",
        "required": ["_producer", "_schemaURL"],
        "properties": {
            "_producer": { "type": "string", "format": "uri" },
            "_schemaURL": { "type": "string", "format": "uri" },
        },
    } });
    let dataset = |own: &str| {
        json!({
            "type": "object",
            "required": ["namespace", "name"],
            "additionalProperties": false,
            "properties": {
                "namespace": { "type": "string" }, "name": { "type": "string" },
                "facets": facets, own: facets,
            },
        })
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["eventTime", "producer", "schemaURL", "run", "job"],
        "additionalProperties": false,
        "properties": {
            "eventType": { "enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"] },
            "eventTime": { "type": "string", "format": "date-time" },
            "producer": { "type": "string", "format": "uri" },
            "schemaURL": { "const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent" },
            "run": {
                "type": "object", "required": ["runId"],
                "properties": { "runId": { "type": "string", "format": "uuid" }, "facets": facets },
            },
            "job": {
                "type": "object", "required": ["namespace", "name"],
                "properties": { "namespace": { "type": "string" }, "name": { "type": "string" }, "facets": facets },
            },
            "inputs": { "type": "array", "items": dataset("inputFacets") },
            "outputs": { "type": "array", "items": dataset("outputFacets") },
        },
    })
}

const RUN: [&str; 4] =
    ["--run-id", "0197a2c5-30a1-7c41-9a5e-3f6c1b2d4e5f", "--event-time", "2026-11-25T08:00:00Z"];

#[test]
fn a_screening_is_an_event_of_openlineage() {
    let (folder, output, _) = screened();
    let event = lineage(&output, &RUN);
    let specification = jsonschema::options()
        .should_validate_formats(true)
        .build(&core_of_the_specification())
        .unwrap();
    let errors: Vec<String> = specification.iter_errors(&event).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{event:#}");
    assert_eq!(event, lineage(&output, &RUN), "the same run, the same event");
    assert_eq!(event["eventType"], "COMPLETE");
    assert_eq!(event["eventTime"], RUN[3]);
    assert_eq!(event["run"]["runId"], RUN[1]);
    assert_eq!(event["job"]["name"], "screen");
    let manifest = json_of(&manifest_of(&output));
    let book = &event["run"]["facets"]["exportAdvisor_ruleBook"];
    assert_valid(include_str!("../../openapi/rule-book-run-facet.schema.json"), book);
    assert_eq!((&book["version"], &book["asOf"]), (&manifest["rulebook"], &json!(DAY)));
    // Every file is a dataset whose version is its hash.
    let input = &event["inputs"][0];
    assert_eq!(input["namespace"], "file");
    assert_eq!(input["name"], folder.path().join("list.csv").to_str().unwrap());
    let outputs = event["outputs"].as_array().unwrap();
    let datasets = std::iter::once(input).chain(outputs);
    for (dataset, name) in datasets.zip(["input", "output", "matches", "report", "summary"]) {
        let record = &manifest[name];
        assert_eq!(dataset["name"], record["path"], "{name}");
        assert_eq!(dataset["facets"]["version"]["datasetVersion"], record["sha256"], "{name}");
        assert_eq!(dataset["facets"]["storage"]["fileFormat"], record["form"], "{name}");
    }
    assert_eq!(outputs.len(), 4);
    assert_eq!(input["inputFacets"]["inputStatistics"]["rowCount"], 6);
    // The columns are those of the files.
    let header = |name: &str| -> Vec<String> {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        let mut reader = csv::Reader::from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap());
        reader.headers().unwrap().iter().map(str::to_owned).collect()
    };
    let names = |dataset: &Value| -> Vec<String> {
        let fields = dataset["facets"]["schema"]["fields"].as_array().unwrap();
        fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    };
    for (dataset, name) in
        [(input, "list.csv"), (&outputs[0], "out.csv"), (&outputs[1], "call.csv")]
    {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        let expected = if bytes.starts_with(b"\xef\xbb\xbf") {
            header(name)
        } else {
            LIST.lines().next().unwrap().split(',').map(str::to_owned).collect()
        };
        assert_eq!(names(dataset), expected, "{name}");
    }
    // Without a stated run each manifest has its own, which stays.
    let (first, second) = (lineage(&output, &[]), lineage(&output, &[]));
    assert_eq!(first["run"]["runId"], second["run"]["runId"]);
    assert_ne!(first["run"]["runId"], event["run"]["runId"]);
    assert!(specification.is_valid(&first));
    let named = lineage(&output, &["--namespace", "bank", "--job", "monthly"]);
    assert_eq!(
        (&named["job"]["namespace"], &named["job"]["name"]),
        (&json!("bank"), &json!("monthly"))
    );
    let manifest = manifest_of(&output);
    let wrong =
        |more: &[&str]| run(&[&["lineage", manifest.to_str().unwrap()], more].concat(), "").code;
    assert_eq!(wrong(&["--run-id", "7"]), 2);
    assert_eq!(wrong(&["--event-time", "yesterday"]), 2);
    assert_eq!(run(&["lineage", output.to_str().unwrap()], "").code, 1, "no manifest");
}

#[test]
fn a_written_column_depends_on_no_other_columns_than_the_event_names() {
    let text = "企业名称,行业代码,从业人数,营业收入（万元）,行政区划,是否出口,是否进口,融资需求\n\
        甲,F5292,6,680,330782,是,否,有\n乙,F5191,12,300,440300,是,是,\n丙,C3612,1200,90000,110000,否,否,否\n丁,C3611,,,330782,是,,有\n";
    let (folder, input) = folder("list.csv", text);
    let output = folder.path().join("out.csv");
    let more = ["--excluded-by", "--ask-next", "--derive", "size,region,province"];
    assert_eq!(screen(&input, &output, &more).0, 0);
    let event = lineage(&output, &RUN);
    let fields = event["outputs"][0]["facets"]["columnLineage"]["fields"].as_object().unwrap();
    let inputs = |fields: &Map<String, Value>, name: &str| -> BTreeSet<String> {
        let found = fields.get(name).map(|field| field["inputFields"].as_array().unwrap().clone());
        let found = found.unwrap_or_default();
        found.iter().map(|input| input["field"].as_str().unwrap().to_owned()).collect()
    };
    let before = rows_of(&output);
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    for name in &header {
        assert_eq!(inputs(fields, name), BTreeSet::from([(*name).to_owned()]), "copied");
    }
    let mut changes = 0;
    for (column, name) in header.iter().enumerate() {
        let lines = text.lines().enumerate().map(|(number, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if number > 0 {
                cells[column] = "";
            }
            cells.join(",")
        });
        std::fs::write(&input, lines.collect::<Vec<_>>().join("\n")).unwrap();
        let other = folder.path().join("other.csv");
        assert_eq!(screen(&input, &other, &more).0, 0);
        for (before, after) in before.iter().zip(rows_of(&other)) {
            for (written, cell) in before {
                if after[written] != *cell {
                    changes += 1;
                    assert!(inputs(fields, written).contains(*name), "{written} depends on {name}");
                }
            }
        }
    }
    assert!(changes > 100, "{changes}");
    // And not on all of them: most supports do not look at the industry.
    let supports = advisor().book().supports.iter();
    let narrow = supports.filter(|support| !inputs(fields, &support.id).contains("行业代码"));
    assert!(narrow.count() > 10);
}

#[test]
fn an_old_manifest_is_verified_with_the_rule_book_that_the_service_keeps() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "kept") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let own = tempfile::tempdir_in(folder.path()).unwrap();
        let at = |name: &str| own.path().join(name);
        write_files(files(), own.path());
        let rules = at("rules");
        let script = rules.join("gbf-2023-10/08-credit.rhai");
        let text = std::fs::read_to_string(&script).unwrap();
        let other = text.replace("firm.size <= \"small\"", "firm.size <= \"micro\"");
        assert_ne!(other, text);
        std::fs::write(&script, other).unwrap();
        let stated = ["--rules", rules.to_str().unwrap()];
        // The service keeps the rules that it uses, soon after it has started.
        let service =
            Server::start_with(&[&stated[..], &["--database", &url, "--log", "off"]].concat());
        let kept = || run(&["rules", "list", "--database", &url], "").out;
        while kept().is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        drop(service);
        let (input, output) = (at("list.csv"), at("out.csv"));
        std::fs::write(&input, LIST).unwrap();
        assert_eq!(screen(&input, &output, &stated).0, 4);
        let version = json_of(&manifest_of(&output))["rulebook"].as_str().unwrap().to_owned();
        assert_ne!(version, advisor().book().version);
        std::fs::remove_dir_all(&rules).unwrap();

        let without = verify(&output, &[]);
        assert_eq!(without.code, 1);
        assert!(without.err.contains("rule book"), "{}", without.err);
        let with = verify(&output, &["--database", &url]);
        assert_eq!(with.code, 0, "{}", with.err);
        assert!(with.out.contains(&version), "{}", with.out);
        let manifest = manifest_of(&output);
        let event = run(&["lineage", manifest.to_str().unwrap(), "--lang", "en"], "");
        assert!(event.code == 1 && event.err.contains("--database"), "{}", event.err);
        let event = lineage(&output, &["--database", &url]);
        assert_eq!(event["run"]["facets"]["exportAdvisor_ruleBook"]["version"], version.as_str());

        // The rule book as a folder, by its version or the first digits of it.
        let listed = run(&["rules", "list", "--database", &url], "");
        assert_eq!(listed.code, 0, "{}", listed.err);
        assert!(listed.out.lines().next().unwrap().starts_with(&version), "{}", listed.out);
        for (name, digits) in [("whole", version.as_str()), ("first", &version[7..15])] {
            let exported = at(name);
            let to = exported.to_str().unwrap();
            let ran = run(&["rules", "export", digits, to, "--database", &url], "");
            assert_eq!(ran.code, 0, "{}", ran.err);
            let folder = exported.join("rules");
            let by_folder = verify(&output, &["--rules", folder.to_str().unwrap()]);
            assert_eq!(by_folder.code, 0, "{}", by_folder.err);
            let again = run(&["rules", "export", digits, to, "--database", &url], "");
            assert_eq!(again.code, 3, "the folder is not empty");
        }
        let none = at("none");
        let export = |version: &str| {
            let to = none.to_str().unwrap();
            run(&["rules", "export", version, to, "--database", &url, "--lang", "en"], "")
        };
        let absent = export(&format!("sha256:{}", "0".repeat(64)));
        assert_eq!(absent.code, 1);
        assert!(absent.err.contains("keeps no rule book"), "{}", absent.err);
        assert_eq!(export("").code, 1, "which one?");
        assert!(!none.exists());
        // A store that does not keep it says so.
        let empty = format!("sqlite:{}", at("empty.sqlite").display());
        assert_eq!(run(&["db", "migrate", "--database", &empty], "").code, 0);
        let unknown = verify(&output, &["--database", &empty]);
        assert!(unknown.code == 1 && unknown.err.contains("keeps no rule book"), "{}", unknown.err);
    }
}
