//! Screening: what comes out of a list is what `assess` says of each firm alone, and what is written
//! beside it is true.

use crate::cli::run;
use crate::firms::{Firms, to_json};
use crate::support::advisor;
use export_advisor_core::evaluate::{Answer, PartialValue};
use export_advisor_core::facts::{FactId, Kind, Profile, Value};
use export_advisor_core::rulebook::Status;
use fastrand::Rng;
use jiff::civil::date;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub const DAY: &str = "2026-11-25";

/// A row of a screened file: column → text.
pub type Row = BTreeMap<String, String>;

/// A folder with one file in it.
pub fn folder(name: &str, bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// The rows of delimited text.
pub fn rows_of(path: &Path) -> Vec<Row> {
    rows_parted(path, b',')
}

/// The rows of text that is parted by any delimiter.
pub fn rows_parted(path: &Path, delimiter: u8) -> Vec<Row> {
    let bytes = std::fs::read(path).unwrap();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            assert_eq!(record.len(), names.len());
            names.iter().cloned().zip(record.iter().map(str::to_owned)).collect()
        })
        .collect()
}

/// Screens, and gives back the exit status and what stood on standard error.
pub fn screen(input: &Path, output: &Path, more: &[&str]) -> (i32, String) {
    let mut args = vec!["screen", input.to_str().unwrap(), "-o", output.to_str().unwrap()];
    args.extend(["--as-of", DAY]);
    args.extend(more);
    let ran = run(&args, "");
    (ran.code, ran.err)
}

/// A value as one of the ways in which people spell it.
pub fn spelled(fact: FactId, value: &Value, rng: &mut Rng) -> String {
    let fact = advisor().book().catalogue.fact(fact);
    let of = |list: &[&str], rng: &mut Rng| list[rng.usize(0..list.len())].to_owned();
    let term = |index: u16, rng: &mut Rng| {
        let term = &fact.values[usize::from(index)];
        let mut all = vec![term.name.as_str(), &term.label.zh, &term.label.en];
        all.extend(term.also.iter().map(String::as_str));
        of(&all, rng)
    };
    let join = |items: Vec<String>, rng: &mut Rng| match items.is_empty() {
        true => of(&["无", "none", "没有"], rng),
        false => items.join(&of(&[";", "；", "、", "|"], rng)),
    };
    match value {
        Value::NotAnswered => of(&["", " "], rng),
        Value::Unknown => of(&["不详", "未知", "不清楚", "unknown"], rng),
        Value::Bool(true) => of(&["是", "有", "对", "√", "Y", "true", "1"], rng),
        Value::Bool(false) => of(&["否", "无", "×", "N", "false", "0"], rng),
        Value::Number(number) => {
            let plain = number.to_string();
            let unit = match &fact.kind {
                Kind::Number { unit, .. } => unit.zh.clone(),
                _ => String::new(),
            };
            let wide: String = plain
                .chars()
                .map(|c| char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c != ' ').unwrap_or(c))
                .collect();
            of(&[&plain, &format!("{plain}{unit}"), &wide], rng)
        }
        Value::Enum(index) => term(*index, rng),
        Value::Code(code) | Value::UncheckedCode(code) => code.clone(),
        Value::NoCode => "无".to_owned(),
        Value::EnumList(indices) => {
            let items = indices.iter().map(|index| term(*index, rng)).collect();
            join(items, rng)
        }
        Value::Codes(codes) => join(codes.clone(), rng),
    }
}

/// Compares a screened row with what is said of the firm alone.
fn compare(row: &Row, profile: &Profile, texts: [&str; 3]) {
    let advisor = advisor();
    let book = advisor.book();
    let answer = Answer::new(&advisor.plan, profile, date(2026, 11, 25));
    let mut missing = export_advisor_core::facts::FactSet::default();
    for (index, support) in book.supports.iter().enumerate() {
        let term = match answer.status(index) {
            Status::Applies => texts[0],
            Status::DoesNotApply => texts[1],
            Status::Undetermined => texts[2],
        };
        assert_eq!(row[&support.id], term, "{} of {profile:?}", support.id);
        if answer.status(index) == Status::Undetermined {
            missing.extend(&answer.missing_for(index));
        }
    }
    let names: Vec<&str> =
        missing.iter().map(|fact| book.catalogue.fact(fact).name.as_str()).collect();
    assert_eq!(row["missing"], names.join(";"), "{profile:?}");
    let uscc = book.catalogue.find("uscc").unwrap().id;
    let ok = match profile.value(uscc) {
        Value::Code(_) => "yes",
        Value::UncheckedCode(_) => "no",
        _ => "",
    };
    assert_eq!(row["uscc_ok"], ok);
    let size = book.catalogue.find("size").unwrap();
    let nodes = advisor.plan.derived.iter().find(|nodes| nodes.fact == size.id).unwrap();
    let expected = match profile.value(size.id) {
        Value::Enum(term) => size.values[usize::from(*term)].label.en.clone(),
        _ => match answer.follows(nodes) {
            PartialValue::Enum(term) => size.values[usize::from(term)].label.en.clone(),
            PartialValue::AtMost(term) => {
                format!("at most {}", size.values[usize::from(term)].label.en)
            }
            _ => String::new(),
        },
    };
    assert_eq!(row["size_screened"], expected, "{profile:?}");
    assert_eq!(row["faults"], "");
}

const FIRMS: usize = 1500;

#[test]
fn a_screened_row_is_the_assessment_of_its_profile() {
    let advisor = advisor();
    let catalogue = &advisor.book().catalogue;
    let mut firms = Firms::new(&advisor.plan, 41);
    let profiles: Vec<Profile> = (0..FIRMS).map(|_| firms.firm()).collect();
    let rng = firms.rng();
    let (folder, input) = folder("firms.csv", "");
    let mut writer = csv::Writer::from_path(&input).unwrap();
    writer.write_record(catalogue.facts.iter().map(|fact| fact.name.as_str())).unwrap();
    for profile in &profiles {
        let cells: Vec<String> =
            profile.iter().map(|(fact, value)| spelled(fact, value, rng)).collect();
        writer.write_record(&cells).unwrap();
    }
    writer.flush().unwrap();
    drop(writer);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, &["--lang", "en", "--workers", "2"]);
    assert_eq!(code, 0, "{err}");
    let rows = rows_of(&output);
    assert_eq!(rows.len(), profiles.len());
    for (row, profile) in rows.iter().zip(&profiles) {
        compare(row, profile, ["applies", "does_not_apply", "undetermined"]);
    }
    // The same firms as JSON, a line each: the same answers, the words of the contract.
    let lines: Vec<String> =
        profiles.iter().map(|profile| to_json(&advisor.plan, profile, rng)).collect();
    let lines_in = folder.path().join("firms.ndjson");
    std::fs::write(&lines_in, lines.join("\n")).unwrap();
    let lines_out = folder.path().join("out.ndjson");
    let (code, err) = screen(&lines_in, &lines_out, &["--lang", "en"]);
    assert_eq!(code, 0, "{err}");
    let text = std::fs::read_to_string(&lines_out).unwrap();
    assert_eq!(text.lines().count(), profiles.len());
    for ((line, given), row) in text.lines().zip(&lines).zip(&rows) {
        assert!(line.starts_with(given.trim_end_matches('}')), "the caller's members stay");
        let found: serde_json::Value = serde_json::from_str(line).unwrap();
        for support in &advisor.book().supports {
            assert_eq!(found[&support.id], row[&support.id].as_str());
        }
        let missing: Vec<&str> =
            found["missing"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
        assert_eq!(missing.join(";"), row["missing"]);
    }
}

const SMALL: &str = "企业名称,信用代码,行业代码,从业人数,营业收入（元）,行政区划,是否出口,是否进口,融资需求\n\
甲,91110000600037341L,F5292,6,6800000,330782,是,否,有\n\
乙,91110000600037341M,F5191,12人,约300,330782,是,否,不详\n\
丙,,C3612,\"1,200\",,,,,\n";

#[test]
fn columns_rows_and_words_are_as_promised() {
    let (folder, input) = folder("list.csv", SMALL);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, &["--derive", "size,region,province"]);
    assert_eq!(code, 4, "a row has a fault");
    assert!(err.contains("第3行") && err.contains("约300"), "{err}");
    let text = std::fs::read_to_string(&output).unwrap();
    assert!(text.starts_with('\u{feff}'));
    let supports: Vec<&str> =
        advisor().book().supports.iter().map(|support| support.id.as_str()).collect();
    let head = format!(
        "\u{feff}{},uscc_ok,size,region,province,{},missing,warnings,faults",
        SMALL.lines().next().unwrap(),
        supports.join(",")
    );
    assert_eq!(text.lines().next().unwrap(), head);
    for (line, given) in text.lines().zip(SMALL.lines()).skip(1) {
        assert!(line.starts_with(&format!("{given},")), "the input passes as it was");
    }
    let rows = rows_of(&output);
    assert_eq!(rows[0]["uscc_ok"], "yes");
    assert_eq!((rows[0]["size"].as_str(), rows[0]["province"].as_str()), ("微型", "浙江省"));
    assert_eq!(rows[0]["guarantee-small-micro"], "适用");
    assert_eq!(rows[1]["uscc_ok"], "no");
    for support in supports {
        for row in &rows {
            assert!(["适用", "不适用", "待定"].contains(&row[support].as_str()));
        }
    }
    // A cell that cannot be read costs its fact alone: a wholesaler with 12 people is at most small.
    assert_eq!(rows[1]["size"], "不超过小型");
    assert!(rows[1]["missing"].contains("exports_services"));
    assert!(rows[1]["faults"].contains("revenue_wan"));
    assert!(rows[1]["warnings"].starts_with("[credit_code_check] "), "{}", rows[1]["warnings"]);
    assert!(rows[2]["missing"].contains("exports_goods"));
    // Screened again, with the added columns beside the old ones.
    let again = folder.path().join("again.csv");
    assert_eq!(screen(&output, &again, &[]).0, 4);
    let rows_again = rows_of(&again);
    assert_eq!(rows_again[2]["missing_screened"], rows[2]["missing"], "results are no answers");
    assert_eq!(rows_again[0]["guarantee-small-micro_screened"], "适用");
}

#[test]
fn a_column_of_the_list_that_is_named_as_an_added_one_hides_no_answers() {
    for head in ["uscc_ok,是否出口", "是否出口,faults", "uscc_ok,是否出口,uscc_ok_screened"]
    {
        let cells = head.split(',').map(|name| if name == "是否出口" { "是" } else { "x" });
        let row = cells.collect::<Vec<_>>().join(",");
        let (folder, input) = folder("list.csv", format!("{head}\n{row}\n"));
        let [once, twice] = ["once.csv", "twice.csv"].map(|name| folder.path().join(name));
        assert_eq!(screen(&input, &once, &[]).0, 0, "{head}");
        let (code, err) = screen(&once, &twice, &[]);
        assert_eq!(code, 0, "{head}: {err}");
        assert!(err.contains("是否出口→exports_goods"), "{head}: {err}");
    }
}

#[test]
fn only_what_is_asked_is_answered() {
    let (folder, input) = folder("list.csv", SMALL);
    let output = folder.path().join("out.tsv");
    let more = ["--supports", "guarantee-small-micro", "--derive", "", "--no-bom", "--quiet"];
    let (_, err) = screen(&input, &output, &more);
    assert!(!err.contains("编码"), "{err}");
    let text = std::fs::read_to_string(&output).unwrap();
    let head = text.lines().next().unwrap();
    assert!(
        head.ends_with("融资需求\tuscc_ok\tguarantee-small-micro\tmissing\twarnings\tfaults"),
        "{head}"
    );
    let (code, err) = screen(
        &input,
        &output,
        &["--supports", "guarantee-small-micr", "--derive", "siz", "--lang", "en"],
    );
    assert_eq!(code, 2);
    assert!(err.contains("did you mean `guarantee-small-micro`?"), "{err}");
    assert!(err.contains("did you mean `size`?"), "all at once: {err}");
}

#[test]
fn matches_are_the_list_to_call() {
    let (folder, input) = folder("list.csv", SMALL);
    let output = folder.path().join("out.csv");
    let matches = folder.path().join("call.csv");
    let more = [
        "--matches",
        matches.to_str().unwrap(),
        "--status",
        "applies,undetermined",
        "--supports",
        "guarantee-small-micro",
    ];
    let (_, err) = screen(&input, &output, &more);
    let rows = rows_of(&matches);
    assert_eq!(rows.len(), 3, "{err}");
    // Rows are numbered as a spreadsheet shows them, the header included.
    assert_eq!(rows[0]["行号"], "2");
    assert_eq!((rows[0]["企业名称"].as_str(), rows[0]["状态"].as_str()), ("甲", "适用"));
    assert!(rows[0]["理由"].contains("企业规模：微型"), "{:?}", rows[0]);
    assert!(!rows[0]["下一步"].is_empty());
    assert_eq!((rows[1]["行号"].as_str(), rows[1]["状态"].as_str()), ("3", "待定"));
    assert_eq!((rows[2]["行号"].as_str(), rows[2]["状态"].as_str()), ("4", "待定"));
    assert!(rows[2]["待补信息"].contains("融资"), "{:?}", rows[2]);
    assert!(!rows[0].contains_key("从业人数"), "shorter than the list");
}

#[test]
fn the_summary_counts_what_stands_in_the_file() {
    let (folder, input) = folder("list.csv", SMALL);
    let output = folder.path().join("out.csv");
    let (_, err) = screen(&input, &output, &["--lang", "en"]);
    let rows = rows_of(&output);
    assert!(
        err.contains("3 rows: 2 read whole, 1 with cells that could not be read (their facts are unknown), 0 that could not be taken apart (no status). Credit codes: 1 right, 1 wrong, 1 not given."),
        "{err}"
    );
    for support in &advisor().book().supports {
        let count = |term: &str| rows.iter().filter(|row| row[&support.id] == term).count();
        let line =
            err.lines().find(|line| line.trim_start().starts_with(&format!("{} ", support.id)));
        let numbers: Vec<usize> =
            line.unwrap().split_whitespace().filter_map(|term| term.parse().ok()).collect();
        let expected = [count("applies"), count("undetermined"), count("does_not_apply")];
        assert_eq!(numbers[..3], expected, "{line:?}");
        let (excluded_by, groups) = numbers[3..].split_at(4);
        assert_eq!(excluded_by.iter().sum::<usize>(), expected[2], "by what: {line:?}");
        assert_eq!(groups[..5].iter().sum::<usize>(), expected[0], "by size: {line:?}");
        assert_eq!(groups[5..].iter().sum::<usize>(), expected[0], "by region: {line:?}");
    }
    // The question that is first could settle as many statuses as the assessments of the rows say.
    let asked = err.lines().skip_while(|line| !line.starts_with("what to ask")).nth(1).unwrap();
    let name = asked.split(['(', ')']).nth(1).unwrap();
    let firm = br#"{"industry":"C3612","employees":1200}"#;
    let first = r#"{"uscc":"91110000600037341L","industry":"F5292","employees":6,"revenue_wan":680,"division":"330782","exports_goods":true,"imports_goods":false,"financing_need":true}"#;
    let second = r#"{"uscc":"91110000600037341M","industry":"F5191","employees":12,"division":"330782","exports_goods":true,"imports_goods":false,"financing_need":"unknown"}"#;
    let mut settles = 0;
    for json in [&firm[..], first.as_bytes(), second.as_bytes()] {
        let book = advisor().book();
        let profile =
            export_advisor_core::facts::parse(&book.catalogue, &book.reference, json).unwrap();
        let answer = Answer::new(&advisor().plan, &profile, date(2026, 11, 25));
        let fact = book.catalogue.find(name).unwrap().id;
        let questions = answer.questions(None);
        settles += questions.iter().find(|q| q.fact == fact).map_or(0, |q| q.supports.len());
    }
    assert!(asked.contains(&format!("could settle {settles}.")), "{asked} / {settles}");
}

#[cfg(unix)]
#[test]
fn what_went_to_a_pipe_is_made_again_and_compared_by_its_hash() {
    let (folder, input) = folder("list.csv", SMALL);
    let pipe = folder.path().join("out.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let taken = pipe.clone();
    let reader = std::thread::spawn(move || std::fs::read(taken).unwrap());
    screen(&input, &pipe, &[]);
    assert!(!reader.join().unwrap().is_empty());
    let manifest = folder.path().join("out.csv.manifest.json");
    let verified = run(&["verify", manifest.to_str().unwrap()], "");
    assert_eq!(verified.code, 0, "{}", verified.err);
    // What is compared is what the pipe was given.
    std::fs::write(&input, SMALL.replacen('1', "2", 1)).unwrap();
    assert_eq!(run(&["verify", manifest.to_str().unwrap()], "").code, 1, "another list");
}

#[test]
fn manifests_are_true_and_can_be_verified() {
    let (folder, input) = folder("list.csv", SMALL);
    let output = folder.path().join("out.csv.gz");
    let matches = folder.path().join("call.csv");
    screen(&input, &output, &["--matches", matches.to_str().unwrap()]);
    let path = folder.path().join("out.csv.gz.manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let hash = |path: &Path| {
        let digest = Sha256::digest(std::fs::read(path).unwrap());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    };
    assert_eq!(manifest["counts"]["rows_in"], 3);
    assert_eq!(manifest["counts"]["rows_out"], 3);
    assert_eq!(manifest["manifest"], 2);
    let counts = &manifest["counts"];
    assert_eq!(counts["rows_with_faults"], 1);
    assert_eq!((&counts["rows_without_status"], &counts["faulty_cells"]), (&0.into(), &1.into()));
    assert_eq!(counts["rows_with_warnings"], 2);
    let warnings = serde_json::json!({
        "conflict:division-outside-uscc-province": 1, "credit_code_check": 1,
    });
    assert_eq!(manifest["warnings"], warnings);
    assert_eq!(manifest["input"]["sha256"], hash(&input));
    assert_eq!(manifest["output"]["sha256"], hash(&output));
    assert_eq!(manifest["matches"]["sha256"], hash(&matches));
    assert_eq!(manifest["rulebook"], advisor().book().version.as_str());
    assert_eq!(manifest["as_of"], DAY);
    assert_eq!(manifest["columns"][4]["shift"], -4);
    let verify = || run(&["verify", path.to_str().unwrap(), "--lang", "en", "--workers", "1"], "");
    assert_eq!(verify().code, 0, "{}", verify().err);
    // The same again gives the same bytes.
    screen(&input, &output, &["--matches", matches.to_str().unwrap(), "--workers", "1"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    // A changed output, a changed list, and rules that are others, are told.
    for (file, message) in [
        (&output, "different: output file on the disk"),
        (&matches, "different: second output file on the disk"),
    ] {
        let bytes = std::fs::read(file).unwrap();
        std::fs::write(file, &bytes[..bytes.len() - 1]).unwrap();
        let ran = verify();
        assert!(ran.code == 1 && ran.err.contains(message), "{}", ran.err);
        std::fs::remove_file(file).unwrap();
        let ran = verify();
        assert!(ran.code == 1 && ran.err.contains(message), "{}", ran.err);
        assert!(ran.err.contains("no such file") && ran.err.lines().count() == 1, "{}", ran.err);
        std::fs::write(file, bytes).unwrap();
    }
    std::fs::write(&input, SMALL.replace("1,200", "1,100")).unwrap();
    let ran = verify();
    assert!(ran.code == 1 && ran.err.contains("different: input:"), "{}", ran.err);
    std::fs::write(&input, SMALL).unwrap();
    std::fs::write(&path, text.replace("\"lang\": \"zh\"", "\"lang\": \"en\"")).unwrap();
    let ran = verify();
    assert!(ran.code == 1 && ran.err.contains("output, made again"), "{}", ran.err);
    std::fs::remove_file(&input).unwrap();
    let ran = verify();
    assert!(ran.code == 1 && ran.err.contains("the list `"), "{}", ran.err);
    let zh = run(&["verify", path.to_str().unwrap()], "");
    assert!(zh.code == 1 && zh.err.contains("找不到名单"), "{}", zh.err);
    std::fs::write(&path, "{}").unwrap();
    let zh = run(&["verify", path.to_str().unwrap()], "");
    assert!(zh.code == 1 && zh.err.contains("这不是筛查清单"), "{}", zh.err);
}
