//! Rule books of many documents: how loading, answering and analysing grow with them.
//!
//!     cargo run --release -p export-advisor-core --example documents -- 1 10 30 100
//!
//! Each made-up document has five to fifteen measures with five supports, whose conditions differ in facts and limits. One in
//! four holds everywhere, the others in one of sixteen cities; each has a day from which it is in force, some a last one.
//! Prints a line for each number of documents: how long it takes to load, to answer and to analyse, how many supports hold
//! where the firm is, how many questions are left, and how long answers are. With `--write DIR` it writes the last rule book
//! as a folder instead.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "an example measures, and reads its arguments"
)]

use export_advisor_core::analysis::{FindingKind, analyse};
use export_advisor_core::assessment::{Advisor, Detail, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::files::sha256;
use export_advisor_core::interrupt::Interrupt;
use export_advisor_core::plan::Plan;
use export_advisor_core::script::load;
use export_advisor_core::{RuleFiles, date};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

const SUPPORTS: usize = 5;

const AREAS: &str = "rules/tables/areas.tsv";

/// A sequence of numbers without a pattern that matters here.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.below(of.len())).copied().unwrap()
    }
}

/// The numerals that measures of a text are numbered with.
const NUMERALS: [&str; 15] = [
    "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四",
    "十五",
];
/// The cities that documents may hold in.
const CITIES: [&str; 16] = [
    "3201", "3202", "3203", "3204", "3205", "3301", "3302", "3303", "3304", "3701", "3702", "3703",
    "5101", "5103", "6101", "6103",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.iter().position(|argument| argument == "--write");
    let folder = folder.and_then(|index| arguments.get(index + 1));
    let counts = arguments.iter().filter_map(|argument| argument.parse::<usize>().ok());
    let counts: Vec<usize> = counts.collect();
    if let Some(folder) = folder {
        return write(&documents(counts.last().copied().unwrap_or(1)), Path::new(folder));
    }
    println!(
        "documents supports nodes load_ms answers_ms status_us here questions full_KiB of_one_KiB analysis_s findings peak_MiB"
    );
    for count in counts {
        measure(count);
    }
}

fn measure(count: usize) {
    let files = documents(count);
    let begun = Instant::now();
    let book = load(&files).into_result();
    let book = book.unwrap_or_else(|faults| panic!("{} faults, first {}", faults.len(), faults[0]));
    let plan = Plan::new(book);
    let loaded = begun.elapsed();
    let json = br#"{"division": "510104", "industry": "C1311", "employees": 120, "exports_goods": true, "financing_need": true}"#;
    let (catalogue, reference) = (&plan.book.catalogue, &plan.book.reference);
    let profile = export_advisor_core::facts::parse(catalogue, reference, json).unwrap();
    let mut times: Vec<u128> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            let answer = Answer::new(&plan, &profile, date(2026, 11, 28));
            let counts = answer.counts();
            std::hint::black_box(counts);
            begun.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let begun = Instant::now();
    let advisor = Advisor::new(plan.book.clone());
    let rendered = begun.elapsed();
    let plan = &advisor.plan;
    let answer = Answer::new(plan, &profile, date(2026, 11, 28));
    let counts = answer.counts();
    let here = counts.applies + counts.undetermined + counts.does_not_apply;
    let questions = answer.questions(None).len();
    let length = |answer: &Answer<'_>| {
        let mut out = String::new();
        write_json(&advisor, answer, &Detail::Full.into(), &mut out);
        out.len() / 1024
    };
    let full = length(&answer);
    let first = plan.book.supports.iter_enumerated().filter(|(_, s)| s.policy.index() == 0);
    let of_one = length(&answer.about(first.map(|(id, _)| id).collect()));
    let begun = Instant::now();
    let (findings, _) = analyse(plan, &files, &[], &Interrupt::never()).unwrap();
    let analysed = begun.elapsed();
    let is_cut = findings.iter().any(|finding| finding.kind == FindingKind::TooLarge);
    println!(
        "{count} {} {} {:.0} {:.0} {:.1} {here} {questions} {full} {of_one} {:.2}{} {} {}",
        plan.supports.len(),
        plan.nodes.len(),
        loaded.as_secs_f64() * 1e3,
        rendered.as_secs_f64() * 1e3,
        *times.get(100).unwrap() as f64 / 1e3,
        analysed.as_secs_f64(),
        if is_cut { " (too large)" } else { "" },
        findings.len(),
        peak(),
    );
}

/// The most memory that the process held, in MiB.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map_or_else(|| "?".to_owned(), |kib| (kib / 1024).to_string())
}

/// The built-in facts and tables with so many made-up documents instead of the real one.
fn documents(count: usize) -> RuleFiles {
    let mut files = RuleFiles::default();
    let builtin = RuleFiles::builtin();
    for (path, text) in builtin.iter() {
        let mut policies = builtin.iter().filter_map(|(path, _)| path.strip_suffix("policy.toml"));
        if !policies.any(|folder| path.starts_with(folder)) && !path.starts_with("seeds/") {
            files.insert(path, text);
        }
    }
    let mut areas = files.get(AREAS).unwrap().to_owned();
    for city in CITIES {
        let _ = writeln!(areas, "c{city}\t城市{city}\tcity {city}\t{city}\t{}0000", &city[..2]);
    }
    files.insert(AREAS, &areas);
    let mut numbers = Numbers(26);
    for document in 0..count {
        add(&mut files, document, &mut numbers);
    }
    files
}

fn add(files: &mut RuleFiles, document: usize, numbers: &mut Numbers) {
    let id = format!("doc-{document:03}");
    let mut seed = format!("# 第{document}号文件\n\n");
    let mut policy = String::new();
    let mut scripts = Vec::new();
    let measures = 5 + document * 7 % 11;
    for measure in 1..=measures {
        let numeral = NUMERALS.get(measure - 1).copied().unwrap();
        let title = format!("第{document}号文件第{measure}条");
        let _ = write!(seed, "（{numeral}）{title}。");
        let _ = write!(
            policy,
            "\n[[measure]]\nnumber = {measure}\nslug = \"m\"\ntitle = \"{title}\"\ntitle_en = \"Measure {measure}\"\n"
        );
        let mut script = format!("measure({measure});\n");
        for support in 1..=SUPPORTS {
            let sentence = format!("支持企业做第{document}之{measure}之{support}件事");
            let _ = write!(seed, "{sentence}。");
            script.push_str(&support_of(document, measure, support, &sentence, numbers));
        }
        seed.push_str("\n\n");
        scripts.push((format!("rules/{id}/{measure:02}-m.rhai"), script));
    }
    let path = format!("seeds/{id}.txt");
    let head = format!(
        "id = \"{id}\"\nnumber = \"文〔2026〕{document}号\"\ntitle = {{ zh = \"第{document}号文件\", en = \"Document {document}\" }}\n\
         issuer = {{ zh = \"某部\", en = \"A ministry\" }}\nissued = 2020-01-01\nseed = \"{path}\"\nsha256 = \"{}\"\nsentences = {}\n{}",
        sha256(&seed),
        measures * SUPPORTS,
        scope(document)
    );
    files.insert(&path, &seed);
    files.insert(&format!("rules/{id}/policy.toml"), &format!("{head}{policy}"));
    files.insert(&format!("rules/{id}/background.toml"), "");
    scripts.iter().for_each(|(path, script)| files.insert(path, script));
}

/// Where and when a document holds.
fn scope(document: usize) -> String {
    let from = format!("from = {}-0{}-01\n", 2020 + document % 7, document % 9 + 1);
    let until = if document % 5 == 4 { "until = 2030-12-31\n" } else { "" };
    let area = match document % 4 {
        0 => String::new(),
        _ => {
            let city = CITIES[document * 5 % CITIES.len()];
            format!(
                "level = \"city\"\n[area]\nwithin = [\"c{city}\"]\nname = {{ zh = \"城市{city}\", en = \"city {city}\" }}\n\
                 label = {{ zh = \"在城市{city}\", en = \"is in city {city}\" }}\n"
            )
        }
    };
    format!("{area}[in_force]\n{from}{until}")
}

fn support_of(
    document: usize,
    measure: usize,
    support: usize,
    sentence: &str,
    numbers: &mut Numbers,
) -> String {
    let id = format!("d{document}-m{measure}-s{support}");
    let mut script = format!(
        "support(\"{id}\")\n    .title(\"{sentence}\", \"Thing {id}\")\n    .summary(\"文件支持{sentence}。\", \"The text supports {id}.\")\n    \
         .benefit(\"credit\")\n    .access(\"apply\")\n    .cites(\"{measure}.{support}\", \"{sentence}\")\n"
    );
    let mut used = Vec::new();
    for _ in 0..=numbers.below(4) {
        let kind = numbers.below(9);
        if used.contains(&kind) {
            continue;
        }
        used.push(kind);
        let condition = match kind {
            0 => "firm.foreign_trade".to_owned(),
            1 => format!("firm.size <= \"{}\"", numbers.pick(&["micro", "small", "medium"])),
            2 => {
                let province = numbers.pick(&["32", "33", "37", "61"]);
                let city = numbers.below(9) + 1;
                format!("firm.division.starts_with([\"{province}0{city}\"])")
            }
            3 => {
                let section =
                    numbers.pick(&["C13", "C17", "C26", "C34", "C36", "C38", "C39", "F51"]);
                format!("firm.industry.starts_with([\"{section}\"])")
            }
            4 => format!("firm.employees >= {}", numbers.below(40) * 25),
            5 => format!("firm.revenue_wan < {}", (numbers.below(40) + 1) * 1000),
            6 => {
                format!("firm.region in [\"{}\"]", numbers.pick(&["东部", "中部", "西部", "东北"]))
            }
            7 => format!(
                "firm.markets.has_any([\"{}\"]) or firm.exports_services",
                numbers.pick(&["JP", "US", "DE", "VN", "BR", "RU"])
            ),
            _ => "firm.financing_need".to_owned(),
        };
        let _ = writeln!(
            script,
            "    .requires(\"条件{kind}\", \"criterion {kind}\", stated, {condition})"
        );
    }
    script.push_str(
        "    .confirm(\"以窗口的答复为准\", \"the office decides\")\n    .channel(\"bank\")\n    .ask(\"怎么办？\", \"How is it done?\");\n\n",
    );
    script
}

fn write(files: &RuleFiles, folder: &Path) {
    for (path, text) in files.iter() {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
