//! Writes a list of made-up firms as CSV: `portfolio ROWS [SEED]`. The same seed gives the same list.
//!
//! Names, credit codes that pass their checks, places, industries, numbers and answers, with gaps as
//! client lists have them: about a fifth of the cells is blank, some say 不清楚, one row in two hundred
//! has a fault. For benchmarks and tests; no firm in it is real.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "an example"
)]

use export_advisor_core::facts::credit_code::{self, CodeFault};
use export_advisor_core::facts::{Fact, Format, Kind};
use export_advisor_core::files::RuleFiles;
use export_advisor_core::script::load;
use fastrand::Rng;
use std::io::Write;

fn main() {
    let mut args = std::env::args().skip(1);
    let rows: u64 = args.next().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let seed: u64 = args.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let book = load(&RuleFiles::builtin()).into_result().unwrap();
    let divisions: Vec<String> =
        book.reference.list(Format::Division).into_iter().map(|d| d.0).collect();
    let industries = book.reference.list(Format::Industry).into_iter().map(|i| i.0);
    let industries: Vec<String> = industries.filter(|code| code.len() == 5).collect();
    let mut rng = Rng::with_seed(seed);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    // Derived facts are not asked of clients, but for the size that some know.
    let asked = |fact: &&Fact| {
        fact.name == "size" || !book.derivations.iter().any(|derived| derived.fact == fact.id)
    };
    let facts: Vec<&Fact> = book.catalogue.facts.iter().filter(asked).collect();
    let names: Vec<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
    writeln!(out, "编号,企业名称,{}", names.join(",")).unwrap();
    let mut line = String::new();
    for row in 1..=rows {
        line.clear();
        line.push_str(&format!("{row},{}", name(&mut rng, row)));
        let place = divisions[rng.usize(0..divisions.len())].clone();
        let faulty = rng.u32(0..200) == 0;
        let fault = rng.usize(0..facts.len());
        for (at, fact) in facts.iter().enumerate() {
            line.push(',');
            if faulty && at == fault {
                line.push_str(wrong(fact));
            } else if rng.u32(0..100) >= share(fact) {
                if rng.u32(0..40) == 0 {
                    line.push_str("不清楚");
                }
            } else {
                cell(fact, &place, &industries, &mut rng, &mut line);
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes()).unwrap();
    }
    out.flush().unwrap();
}

fn name(rng: &mut Rng, row: u64) -> String {
    let first = ["华", "永", "金", "瑞", "恒", "德", "新", "东", "海", "义"];
    let second = ["达", "盛", "丰", "源", "泰", "通", "联", "诚", "和", "远"];
    let trade = ["进出口", "贸易", "制造", "电子", "纺织", "供应链", "汽车零部件", "五金"];
    let of = |list: &[&'static str], rng: &mut Rng| list[rng.usize(0..list.len())];
    let (a, b, c) = (of(&first, rng), of(&second, rng), of(&trade, rng));
    // Some names have a comma, and stand in quotes.
    if rng.u32(0..50) == 0 {
        format!("\"{a}{b}{c}有限公司（{row}号, 分部）\"")
    } else {
        format!("{a}{b}{c}有限公司{row}")
    }
}

/// How many of a hundred firms answer.
fn share(fact: &Fact) -> u32 {
    match fact.name.as_str() {
        "uscc" | "division" => 97,
        "industry" | "employees" | "revenue_wan" => 92,
        "size" => 30,
        _ => 78,
    }
}

fn cell(fact: &Fact, place: &str, industries: &[String], rng: &mut Rng, out: &mut String) {
    let pick = |list: &[&str], rng: &mut Rng| list[rng.usize(0..list.len())].to_owned();
    let several = |list: &[&str], rng: &mut Rng| {
        let some: Vec<String> = (0..rng.usize(1..4)).map(|_| pick(list, rng)).collect();
        some.join(";")
    };
    match &fact.kind {
        Kind::Bool => out.push_str(if rng.u32(0..100) < 45 { "是" } else { "否" }),
        Kind::Number { whole, .. } => {
            let magnitude = rng.f64() * 4.0;
            let number = 10_f64.powf(magnitude);
            if *whole {
                out.push_str(&format!("{number:.0}"));
            } else {
                out.push_str(&format!("{:.2}", number * 3.0));
            }
        }
        Kind::Enum { .. } | Kind::EnumList => {
            out.push_str(&fact.values[rng.usize(0..fact.values.len())].label.zh);
        }
        Kind::Code { format, .. } | Kind::Codes { format } => match format {
            Format::Division => out.push_str(place),
            Format::Industry => out.push_str(&industries[rng.usize(0..industries.len())]),
            Format::Uscc => out.push_str(&code(place, rng)),
            Format::Country => {
                let list = ["US", "JP", "KR", "DE", "VN", "RU", "BR", "AE", "ID", "HK"];
                out.push_str(&several(&list, rng));
            }
            Format::Hs => {
                let list = ["870380", "610910", "854143", "850760", "940360", "950300"];
                out.push_str(&several(&list, rng));
            }
        },
    }
}

/// A cell that cannot be read.
fn wrong(fact: &Fact) -> &'static str {
    match fact.kind {
        Kind::Bool => "可能",
        Kind::Number { .. } => "约300",
        Kind::Enum { .. } | Kind::EnumList => "其他",
        Kind::Code { format: Format::Uscc, .. } => "9.1E+17",
        Kind::Code { .. } | Kind::Codes { .. } => "???",
    }
}

/// A credit code that passes its checks.
fn code(place: &str, rng: &mut Rng) -> String {
    let mut code: Vec<char> =
        format!("91{place}MA{:06}00", rng.u32(0..1_000_000)).chars().collect();
    loop {
        let text: String = code.iter().collect();
        match credit_code::check(&text) {
            Ok(_) => return text,
            Err(CodeFault::BodyCheck { fits, .. }) => code[16] = fits,
            Err(CodeFault::Check { fits, .. }) => code[17] = fits,
            Err(_) => return text,
        }
    }
}
