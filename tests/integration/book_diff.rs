//! What another rule book means for a list: a small list by hand, every line and count.

use crate::cli::{Ran, run};
use crate::formats::sheet_rows;
use crate::screen::rows_of;
use crate::support::{files, write_files};
use crate::workbooks::{Book, data};
use export_advisor_core::RuleFiles;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SCRIPT: &str = "rules/gbf-2023-10/08-credit.rhai";
const CREDIT_CASES: &str = "rules/gbf-2023-10/cases/08-credit.toml";
const DAY: &str = "2026-01-15";
const LOAN: &str = "policy-loan-enhancement";
const BRANCHES: &str = "branch-services-central-west";

/// The built-in rules with some texts of the eighth measure replaced, and without the cases that then fail.
fn edited(edits: &[(&str, &str)]) -> RuleFiles {
    let mut edited = files().clone();
    let mut text = edited.get(SCRIPT).unwrap().to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    edited.insert(SCRIPT, &text);
    let cases = edited.get(CREDIT_CASES).unwrap().to_owned();
    edited.insert(CREDIT_CASES, &cases);
    edited
}

/// A firm of medium size has no loan on its policy any more, and what excludes it is the text.
const SMALLER: (&str, &str) = (
    "firm.size <= \"medium\")\n    .needs(\"有融资需求\"",
    "firm.size <= \"small\")\n    .needs(\"有融资需求\"",
);
/// Whoever does not trade is excluded by the text, no longer by a lack of need.
const BASIS: (&str, &str) = (
    ".needs(\"做或打算做进出口\", \"trades across the border or plans to\", firm",
    ".requires(\"做或打算做进出口\", \"trades across the border or plans to\", stated, firm",
);

/// A folder with a new rule book and a list.
pub struct Comparison {
    folder: TempDir,
}

impl Comparison {
    pub fn new(new: &RuleFiles) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_files(new, &folder.path().join("new"));
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Runs `diff builtin new --on LIST`.
    pub fn run(&self, list: &str, more: &[&str]) -> Ran {
        let (new, list) = (self.text("new"), self.text(list));
        let mut args = vec!["diff", "builtin", &new, "--on", &list, "--as-of", DAY];
        args.extend(more);
        run(&args, "")
    }

    /// The details as lines of JSON, and the digest, of the supports that are moved.
    pub fn both(&self, list: &str, more: &[&str]) -> (Vec<Value>, Value) {
        let (details, digest) = (self.text("details.ndjson"), self.text("digest.json"));
        let mut args = vec!["--details", &details, "--digest", &digest, "--lang", "en"];
        args.extend(more);
        let ran = self.run(list, &args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let text = std::fs::read_to_string(&details).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (lines, serde_json::from_str(&std::fs::read_to_string(&digest).unwrap()).unwrap())
    }
}

const HEADER: [&str; 8] = [
    "编号",
    "size",
    "exports_goods",
    "financing_need",
    "region",
    "plans_to_trade",
    "plans_to_sell",
    "cross_border",
];

/// A and E are medium-sized; of C it is unknown; B stays; D is in the centre and trades with nobody.
const FIRMS: [[&str; 8]; 5] = [
    ["A", "中型", "是", "是", "", "", "", ""],
    ["B", "小型", "是", "是", "", "", "", ""],
    ["C", "", "是", "是", "", "", "", ""],
    ["D", "小型", "否", "否", "中部", "否", "否", "否"],
    ["E", "中型", "是", "", "", "", "", ""],
];

fn csv() -> String {
    let mut text = HEADER.join(",");
    for firm in FIRMS {
        write!(text, "\n{}", firm.join(",")).unwrap();
    }
    text + "\n"
}

fn ndjson() -> String {
    let line = |firm: [&str; 8]| {
        let members = HEADER.iter().zip(firm).filter(|(_, cell)| !cell.is_empty());
        let line: serde_json::Map<String, Value> = members
            .map(|(name, cell)| {
                let value = match cell {
                    "是" => json!(true),
                    "否" => json!(false),
                    other => json!(other),
                };
                ((*name).to_owned(), value)
            })
            .collect();
        format!("{}\n", Value::Object(line))
    };
    FIRMS.into_iter().map(line).collect()
}

fn members(line: &Value) -> Vec<String> {
    let names = [
        "row",
        "key",
        "support",
        "before",
        "after",
        "excluded_by_before",
        "excluded_by_after",
        "causes",
    ];
    names.iter().map(|name| line[*name].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn each_moved_firm_has_its_line_whatever_the_format() {
    let comparison = Comparison::new(&edited(&[SMALLER]));
    comparison.write("list.csv", csv());
    comparison.write("list.ndjson", ndjson());
    let rows: Vec<&[&str]> =
        std::iter::once(&HEADER).chain(&FIRMS).map(|row| row.as_slice()).collect();
    comparison.write("list.xlsx", Book::one(data(&rows)).bytes());
    let size = "policy-loan-enhancement/size";
    let expected = [
        ["2", "A", LOAN, "applies", "does_not_apply", "-", "text", size],
        ["6", "E", LOAN, "undetermined", "does_not_apply", "-", "text", size],
    ];
    for (list, first) in [("list.csv", 0), ("list.xlsx", 0), ("list.ndjson", 1)] {
        let (lines, digest) = comparison.both(list, &["--key", "编号"]);
        let found: Vec<Vec<String>> = lines.iter().map(members).collect();
        let mut expected = expected.map(|line| line.map(str::to_owned).to_vec());
        for line in &mut expected {
            line[0] = (line[0].parse::<usize>().unwrap() - first).to_string();
        }
        assert_eq!(found, expected, "{list}");
        assert!(lines[0]["text"].as_str().unwrap().contains("保单融资增信合作"), "{}", lines[0]);
        assert_eq!(lines[0]["sentences"], "gbf-2023-10:8.2");
        assert_eq!((&digest["firms"], &digest["moved_firms"]), (&json!(5), &json!(2)));
        let supports = digest["supports"].as_array().unwrap();
        let moved: Vec<&Value> = supports.iter().filter(|s| s["moved"] != json!(0)).collect();
        assert_eq!(moved.len(), 1, "{list}");
        assert_eq!((&moved[0]["id"], &moved[0]["moved"]), (&json!(LOAN), &json!(2)));
        assert_eq!(
            moved[0]["moves"],
            json!([
                { "before": "applies", "after": "does_not_apply/text", "firms": 1 },
                { "before": "undetermined", "after": "does_not_apply/text", "firms": 1 },
            ])
        );
        assert_eq!(
            moved[0]["unchanged"],
            json!([
                { "before": "applies", "after": "applies", "firms": 1 },
                { "before": "undetermined", "after": "undetermined", "firms": 1 },
                { "before": "does_not_apply/no_need", "after": "does_not_apply/no_need", "firms": 1 },
            ])
        );
        let causes = moved[0]["causes"].as_array().unwrap();
        assert_eq!(causes.len(), 2);
        assert_eq!(causes[0]["criteria"][0]["id"], size);
    }
}

#[test]
fn what_excludes_a_firm_may_move_and_supports_come_and_go() {
    let text = files().get(SCRIPT).unwrap();
    let (start, rest) = text.split_once("support(\"policy-loan-enhancement\")").unwrap();
    let (_, rest) = rest.split_once("\nsupport(").unwrap();
    let mut new = edited(&[BASIS]);
    let (moved, _) = BASIS;
    assert!(start.contains(moved));
    let (_, to) = BASIS;
    // Another support takes the sentence over.
    let citing = "    .cites(\"8.3\"";
    assert!(rest.contains(citing));
    let cites = ".cites(\"8.2\", \"鼓励银行和保险机构扩大保单融资增信合作，加大对中小微外贸企业的融资增信支持力度\")";
    let rest = rest.replacen(citing, &format!("    {cites}\n{citing}"), 1);
    new.insert(SCRIPT, &format!("{}support({rest}", start.replace(moved, to)));
    new.insert(CREDIT_CASES, "");
    let comparison = Comparison::new(&new);
    comparison.write("list.csv", csv());
    let (lines, digest) = comparison.both("list.csv", &["--key", "#1"]);
    let found: Vec<Vec<String>> = lines.iter().map(members).collect();
    let d: Vec<&Vec<String>> = found.iter().filter(|line| line[1] == "D").collect();
    assert_eq!(d.len(), 1, "{found:?}");
    assert_eq!(d[0][2..7], [BRANCHES, "does_not_apply", "does_not_apply", "no_need", "text"]);
    assert_eq!(d[0][7], format!("{BRANCHES}/plans_to_trade+plans_to_sell+cross_border"));
    let removed: Vec<&Vec<String>> = found.iter().filter(|line| line[2] == LOAN).collect();
    let states: Vec<(&str, &str, &str)> =
        removed.iter().map(|line| (line[1].as_str(), line[3].as_str(), line[4].as_str())).collect();
    // D, to which it did not apply, does not notice.
    assert_eq!(
        states,
        [
            ("A", "applies", "-"),
            ("B", "applies", "-"),
            ("C", "undetermined", "-"),
            ("E", "undetermined", "-")
        ]
    );
    let supports = digest["supports"].as_array().unwrap();
    let removed = supports.iter().find(|support| support["id"] == LOAN).unwrap();
    assert_eq!((&removed["change"], &removed["moved"]), (&json!("removed"), &json!(4)));

    // The other way round the support is added.
    let (old, list) = (comparison.text("new"), comparison.text("list.csv"));
    let added = run(&["diff", &old, "builtin", "--on", &list, "--format", "json"], "");
    assert_eq!(added.code, 0, "{}", added.err);
    let digest: Value = serde_json::from_str(&added.out).unwrap();
    let supports = digest["supports"].as_array().unwrap();
    let added = supports.iter().find(|support| support["id"] == LOAN).unwrap();
    assert_eq!((&added["change"], &added["moved"]), (&json!("added"), &json!(4)));
}

#[test]
fn the_same_rules_move_nobody_and_a_renamed_support_is_the_same() {
    let mut renamed = files().clone();
    for (path, text) in files().iter() {
        if path.contains("gbf-2023-10") {
            renamed.insert(path, &text.replace("insurance-industry-chain", "insurance-chain"));
        }
    }
    let comparison = Comparison::new(&renamed);
    comparison.write("list.csv", csv());
    let (lines, digest) = comparison.both("list.csv", &[]);
    assert!(lines.is_empty(), "{lines:?}");
    let supports = digest["supports"].as_array().unwrap();
    let renamed = supports.iter().find(|support| support["id"] == "insurance-chain").unwrap();
    assert_eq!(renamed["renamed_from"], "insurance-industry-chain");
    assert_eq!((&renamed["moved"], &digest["moved_firms"]), (&json!(0), &json!(0)));
    let text = comparison.run("list.csv", &["--lang", "en"]);
    assert!(text.out.contains("No support gets another status."), "{}", text.out);
}

/// The built-in rules with one more fact, and a criterion of it.
fn with_another_fact() -> RuleFiles {
    let wanted = "firm.size <= \"medium\")\n    .needs(\"有融资需求\"";
    let criterion = ".requires(\"有绿梦\", \"has a green dream\", stated, firm.green_dream)";
    let with = wanted.replacen(")\n", &format!(")\n    {criterion}\n"), 1);
    let mut edited = edited(&[(wanted, &with)]);
    let path = "rules/facts/green.toml";
    let fact = r#"
[[fact]]
name = "green_dream"
type = "bool"
label = { zh = "绿梦", en = "green dream" }
question = { zh = "绿梦吗？", en = "A green dream?" }
help = { zh = "绿梦", en = "green dream" }
changeable = false
headers = ["绿梦"]
"#;
    let facts = format!("{}{fact}", edited.get(path).unwrap());
    edited.insert(path, &facts);
    edited.insert(CREDIT_CASES, "");
    edited
}

#[test]
fn columns_that_one_book_alone_knows_are_read_for_it() {
    let comparison = Comparison::new(&with_another_fact());
    // Of F it is not known, since the cell cannot be read.
    let list = "编号,size,exports_goods,financing_need,绿梦\nA,小型,是,是,是\nB,小型,是,是,否\nC,小型,是,是,\nF,小型,是,是,???\n";
    comparison.write("list.csv", list);
    let (csv, parquet) = (comparison.text("list.csv"), comparison.text("list.parquet"));
    assert_eq!(run(&["screen", &csv, "-o", &parquet, "--quiet"], "").code, 0);
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split(',').collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    comparison.write("list.xlsx", Book::one(data(&rows)).bytes());
    let json = [("A", "true"), ("B", "false"), ("C", "null"), ("F", "\"???\"")];
    let line = |(key, dream): (&str, &str)| {
        format!(
            "{{\"编号\":\"{key}\",\"size\":\"小型\",\"exports_goods\":true,\"financing_need\":true,\"green_dream\":{dream}}}\n"
        )
    };
    // The key comes late: it is none of the columns of the first lines.
    let late: String = (0..2000).map(|_| "{\"size\":\"小型\"}\n").collect();
    comparison.write("list.ndjson", late + &json.map(line).concat());
    comparison.write("mapped.csv", list.replace("绿梦", "梦"));
    let id = "policy-loan-enhancement/green_dream";
    for (list, more) in [
        ("list.csv", &[][..]),
        ("list.xlsx", &[]),
        ("list.parquet", &[]),
        ("list.ndjson", &[]),
        ("mapped.csv", &["--map", "梦=green_dream"]),
    ] {
        let path = comparison.text(list);
        let found = |old: &str, new: &str| -> Vec<Vec<String>> {
            let details = comparison.text("details.ndjson");
            let mut args =
                vec!["diff", old, new, "--on", &path, "--details", &details, "--key", "编号"];
            args.extend(more);
            let ran = run(&args, "");
            assert_eq!(ran.code, 0, "{list}: {}", ran.err);
            let text = std::fs::read_to_string(&details).unwrap();
            let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
            lines.map(|line: Value| members(&line)[1..].to_vec()).collect()
        };
        let edited = comparison.text("new");
        let expected = [
            ["B", LOAN, "does_not_apply", "applies", "text", "-", id],
            ["C", LOAN, "undetermined", "applies", "-", "-", id],
            ["F", LOAN, "undetermined", "applies", "-", "-", id],
        ];
        assert_eq!(found(&edited, "builtin"), expected, "{list}");
        let expected = expected
            .map(|[key, support, was, is, by, by_now, id]| [key, support, is, was, by_now, by, id]);
        assert_eq!(found("builtin", &edited), expected, "{list}, the other way round");
    }
}

#[test]
fn counts_go_to_the_terminal_or_into_a_page() {
    let comparison = Comparison::new(&edited(&[SMALLER]));
    comparison.write("list.csv", csv());
    let text = comparison.run("list.csv", &["--lang", "en"]);
    assert_eq!(text.code, 0, "{}", text.err);
    for part in [
        "5 firms compared, 2 of them with a status that moves.",
        "policy-loan-enhancement",
        "does_not_apply/text",
        "policy-loan-enhancement/size: applies → does_not_apply/text, 1 firms (gbf-2023-10:8.2)",
    ] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
    for (lang, parts) in [
        ("zh", ["<html lang=\"zh\">", "规则改动对名单的影响", "中型、小型或微型企业"]),
        (
            "en",
            [
                "<html lang=\"en\">",
                "What a change of the rules means for a list",
                "is medium-sized, small or micro",
            ],
        ),
    ] {
        let page = comparison.text("digest.html");
        let ran = comparison.run("list.csv", &["--digest", &page, "--lang", lang, "--quiet"]);
        assert_eq!((ran.code, ran.err.as_str(), ran.out.as_str()), (0, "", ""));
        let page = std::fs::read_to_string(&page).unwrap();
        for part in parts {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains("<svg class=\"flow\"") && !page.contains("<script"), "{page}");
        assert!(!page.contains("list.csv"), "the page names the list");
    }
}

#[test]
fn details_are_for_people_in_tables() {
    let comparison = Comparison::new(&edited(&[SMALLER]));
    let formula = csv().replace("\nA,", "\n=1+1,");
    comparison.write("list.csv", formula);
    let details = comparison.text("details.csv");
    let ran = comparison.run("list.csv", &["--details", &details, "--key", "编号"]);
    assert!(ran.code == 0 && ran.err.contains("明细：2行。"), "{}", ran.err);
    let rows = rows_of(Path::new(&details));
    assert_eq!((rows[0]["企业"].as_str(), rows[0]["原状态"].as_str()), ("'=1+1", "适用"));
    assert_eq!(rows[0]["现在因何不适用"], "原文或所引规定的条件");
    let details = comparison.text("details.xlsx");
    let ran = comparison.run("list.csv", &["--details", &details, "--key", "编号", "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(sheet_rows(Path::new(&details)).len(), 2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&details).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let comparison = Comparison::new(&edited(&[SMALLER, BASIS]));
    let mut list = csv();
    for number in 0..20_000 {
        let firm = FIRMS[number % FIRMS.len()];
        writeln!(list, "{number},{}", firm[1..].join(",")).unwrap();
    }
    comparison.write("list.csv", list);
    let bytes = |workers: &str| {
        comparison.both("list.csv", &["--workers", workers, "--key", "编号"]);
        ["details.ndjson", "digest.json"].map(|name| std::fs::read(comparison.path(name)).unwrap())
    };
    let one = bytes("1");
    assert!(one == bytes("4"));
    assert_eq!(String::from_utf8(one[0].clone()).unwrap().lines().count(), 3 * 4001);
}

#[test]
fn small_counts_are_hidden_on_request() {
    let comparison = Comparison::new(&edited(&[SMALLER]));
    let mut list = csv();
    for number in 0..40 {
        let firm = FIRMS[usize::from(number % 4 == 0) + 1];
        writeln!(list, "{number},{}", firm[1..].join(",")).unwrap();
    }
    comparison.write("list.csv", list);
    let (_, digest) = comparison.both("list.csv", &["--hide-below", "5"]);
    let supports = digest["supports"].as_array().unwrap();
    let loan = supports.iter().find(|support| support["id"] == LOAN).unwrap();
    assert_eq!((&loan["moved"], &loan["unchanged"]), (&Value::Null, &Value::Null));
    assert_eq!(
        loan["moves"][0],
        json!({ "before": "applies", "after": "does_not_apply/text", "firms": null })
    );
    assert_eq!((&loan["causes"], &loan["has_hidden_causes"]), (&json!([]), &json!(true)));
    assert_eq!((&digest["moved_firms"], &digest["firms"]), (&Value::Null, &json!(45)));
    let text = comparison.run("list.csv", &["--hide-below", "5", "--lang", "en"]);
    assert!(text.out.contains("45 firms compared, (hidden) of them"), "{}", text.out);
    let (_, all) = comparison.both("list.csv", &[]);
    assert_eq!(all["moved_firms"], json!(2));
}

#[test]
fn what_is_wrong_is_told_with_its_remedy() {
    let comparison = Comparison::new(&edited(&[SMALLER]));
    comparison.write("list.csv", csv());
    for (args, code, part) in [
        (vec!["--key", "nothing", "--details", "/tmp/never-written.csv"], 2, "no column `nothing`"),
        (
            vec!["--supports", "policy-loan-enhancemen"],
            2,
            "did you mean `policy-loan-enhancement`?",
        ),
        (vec!["--digest", "counts.txt"], 2, "--digest: name a .json or .html file"),
        (vec!["--details", "lines.doc"], 2, "lines.doc"),
        (vec!["--hide-below", "2"], 2, "2 is not in 3..=1000000"),
        (vec!["--sheet", "x"], 2, "--sheet is for xlsx"),
        (vec!["--map", "编号=sise"], 2, "sise"),
    ] {
        let ran = comparison.run("list.csv", &[&args[..], &["--lang", "en"]].concat());
        assert!(ran.code == code && ran.err.contains(part), "{args:?}: {} {}", ran.code, ran.err);
    }
    let list = comparison.text("list.csv");
    let ran = comparison.run("list.csv", &["--details", &list, "--lang", "en"]);
    assert!(ran.code == 2 && ran.err.contains("is the input, or another output"), "{}", ran.err);
    let missing = comparison.run("nothing.csv", &[]);
    assert!(missing.code == 3 && missing.err.contains("nothing.csv"), "{}", missing.err);
    comparison.write("empty.csv", "");
    let empty = comparison.run("empty.csv", &[]);
    assert_eq!(empty.code, 1, "{}", empty.err);
    for option in
        [["--digest", "x.json"], ["--hide-below", "5"], ["--workers", "1"], ["--sheet", "x"]]
    {
        let ran = run(&["diff", "builtin", "builtin", option[0], option[1]], "");
        assert!(ran.code == 2 && ran.err.contains("--on <LIST>"), "{option:?}: {}", ran.err);
    }
}
