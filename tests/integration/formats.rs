//! A firm in a list is the firm alone: random firms go through real files of all four formats, and each
//! row that comes out has the statuses and missing facts that `assess` gives the same profile.
//!
//! Columns, headers, spellings, cell types and column types are random; columns that hold no fact lie
//! between. Screened files are read here by other means than the program's own. The harness is also run
//! with one firm whose row says something else than its profile, in each format: it must name that row.

use crate::firms::{Firms, to_json};
use crate::screen::{DAY, Row, rows_parted, screen, spelled};
use crate::support::advisor;
use crate::tables::{table, texts};
use crate::workbooks::{Book, NS, letters, part};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
    LargeStringArray, StringArray, StringViewArray,
};
use export_advisor_core::assessment::{Detail, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Fact, Kind, Profile, Value, parse};
use fastrand::Rng;
use rust_decimal::Decimal;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// What is said of a firm: a status a support, in the words of the contract, and the missing facts.
type Said = (Vec<String>, String);

/// A column of a file: a fact with the power of ten of its numbers, or nothing that is known.
struct Column {
    header: String,
    fact: Option<(&'static Fact, i8)>,
}

const FORMATS: [&str; 4] = ["csv", "ndjson", "xlsx", "parquet"];
/// One row, and those around a word of 64.
const SIZES: [usize; 6] = [1, 63, 64, 65, 2, 150];

/// What `assess` answers to a profile.
fn assessed(profile: &Profile) -> Said {
    let advisor = advisor();
    let book = advisor.book();
    let json = to_json(&advisor.plan, profile, &mut Rng::with_seed(0));
    let read = parse(&book.catalogue, &book.reference, json.as_bytes()).unwrap();
    let answer = Answer::new(&advisor.plan, &read, DAY.parse().unwrap());
    let mut text = String::new();
    write_json(advisor, &answer, &Detail::Missing.into(), &mut text);
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    let supports = found["supports"].as_array().unwrap();
    let statuses = supports.iter().map(|s| s["status"].as_str().unwrap().to_owned()).collect();
    let names = |s: &serde_json::Value| s["missing"].as_array().unwrap().clone();
    let missing: Vec<serde_json::Value> = supports.iter().flat_map(names).collect();
    let facts = book.catalogue.facts.iter().map(|fact| fact.name.as_str());
    let missing = facts.filter(|fact| missing.iter().any(|name| name == fact));
    (statuses, missing.collect::<Vec<_>>().join(";"))
}

/// Some facts in some order, under any of their headers, and two columns that hold none.
fn columns(rng: &mut Rng) -> Vec<Column> {
    let share = rng.f64() * 0.6 + 0.4;
    let mut all = Vec::new();
    for fact in &advisor().book().catalogue.facts {
        if rng.f64() > share {
            continue;
        }
        let mut headers = vec![(fact.name.clone(), 0)];
        headers.extend(fact.headers.iter().map(|header| (header.clone(), 0)));
        headers.extend(fact.headers_yuan.iter().map(|header| (header.clone(), -4)));
        if fact.headers_yuan.is_empty() {
            headers.extend([(fact.label.zh.clone(), 0), (fact.label.en.clone(), 0)]);
        }
        let (header, shift) = headers.swap_remove(rng.usize(0..headers.len()));
        all.push(Column { header, fact: Some((fact, shift)) });
    }
    for header in ["企业名称", "编号"] {
        all.push(Column { header: header.to_owned(), fact: None });
    }
    rng.shuffle(&mut all);
    all
}

/// What stands in a column that holds no fact.
fn passed(column: &Column, row: usize) -> String {
    match column.header.as_str() {
        "编号" => format!("00{row}"),
        _ => format!("甲, “{row}” & <𠮷>\"乙\""),
    }
}

/// A value as a person writes it, in the unit of its column.
fn cell(fact: &Fact, shift: i8, value: &Value, rng: &mut Rng) -> String {
    match value {
        Value::Number(number) if shift != 0 => in_yuan(*number).to_string(),
        other => spelled(fact.id, other, rng),
    }
}

fn in_yuan(number: Decimal) -> Decimal {
    (number * Decimal::from(10_000)).normalize()
}

fn csv_file(path: &Path, columns: &[Column], profiles: &[Profile], rng: &mut Rng) {
    let delimiter = [b',', b'\t', b';'][rng.usize(0..3)];
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_path(path).unwrap();
    writer.write_record(columns.iter().map(|column| &column.header)).unwrap();
    for (row, profile) in profiles.iter().enumerate() {
        let cells = columns.iter().map(|column| match column.fact {
            None => passed(column, row),
            Some((fact, shift)) => cell(fact, shift, profile.value(fact.id), rng),
        });
        writer.write_record(cells.collect::<Vec<_>>()).unwrap();
    }
    writer.flush().unwrap();
}

fn ndjson_file(path: &Path, columns: &[Column], profiles: &[Profile], rng: &mut Rng) {
    let mut text = String::new();
    for (row, profile) in profiles.iter().enumerate() {
        let mut members = Vec::new();
        for column in columns {
            let key = serde_json::to_string(&column.header).unwrap();
            let quoted = |text: String| serde_json::to_string(&text).unwrap();
            let value = match column.fact {
                None => quoted(passed(column, row)),
                Some((fact, shift)) => match profile.value(fact.id) {
                    Value::NotAnswered if rng.bool() => continue,
                    Value::Number(number) if shift != 0 => in_yuan(*number).to_string(),
                    value if rng.bool() => quoted(cell(fact, shift, value, rng)),
                    value => {
                        let mut json = String::new();
                        advisor().book().catalogue.write_json(fact.id, value, &mut json);
                        json
                    }
                },
            };
            members.push(format!("{key}:{value}"));
        }
        rng.shuffle(&mut members);
        writeln!(text, "{{{}}}", members.join(",")).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

fn xlsx_file(path: &Path, columns: &[Column], profiles: &[Profile], rng: &mut Rng) {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut shared: Vec<String> = Vec::new();
    let mut sheet = String::from("<sheetData><row r=\"1\">");
    for column in columns {
        write!(sheet, "<c t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(&column.header))
            .unwrap();
    }
    for (row, profile) in profiles.iter().enumerate() {
        write!(sheet, "</row><row r=\"{}\">", row + 2).unwrap();
        for (index, column) in columns.iter().enumerate() {
            let at = format!("{}{}", letters(index), row + 2);
            let value = column.fact.map(|(fact, _)| profile.value(fact.id));
            let text = match column.fact {
                None => passed(column, row),
                Some((fact, shift)) => cell(fact, shift, profile.value(fact.id), rng),
            };
            let (kind, inner) = match value {
                Some(Value::NotAnswered) if rng.bool() => continue,
                Some(Value::Bool(yes)) if rng.bool() => ("b", format!("<v>{}</v>", u8::from(*yes))),
                Some(Value::Number(number)) if rng.bool() => {
                    let yuan = column.fact.is_some_and(|(_, shift)| shift != 0);
                    let number = if yuan { in_yuan(*number) } else { *number };
                    ("n", format!("<v>{number}</v>"))
                }
                _ => match rng.usize(0..3) {
                    0 => ("str", format!("<f>A1&amp;\"\"</f><v>{}</v>", escaped(&text))),
                    1 => ("inlineStr", format!("<is><t>{}</t></is>", escaped(&text))),
                    _ => {
                        shared.push(format!("<si><t>{}</t></si>", escaped(&text)));
                        ("s", format!("<v>{}</v>", shared.len() - 1))
                    }
                },
            };
            write!(sheet, "<c r=\"{at}\" t=\"{kind}\">{inner}</c>").unwrap();
        }
    }
    sheet.push_str("</row></sheetData>");
    let strings = format!("<sst {NS}>{}</sst>", shared.concat());
    let book = Book { strings: Some(&strings), ..Book::one(sheet) };
    std::fs::write(path, book.bytes()).unwrap();
}

/// Whether a column of a table gets a type of its own, which has no word for “does not know”.
fn has_type(column: &Column) -> bool {
    column.header.len().is_multiple_of(2)
        && column.fact.is_some_and(|(fact, _)| !matches!(fact.kind, Kind::Code { .. }))
}

fn parquet_file(path: &Path, columns: &[Column], profiles: &[Profile], rng: &mut Rng) {
    let mut arrays: Vec<(&str, ArrayRef)> = Vec::new();
    for column in columns {
        let array = match column.fact {
            Some((fact, shift)) if has_type(column) => typed(fact, shift, profiles, rng),
            _ => {
                let cells = profiles.iter().enumerate().map(|(row, profile)| match column.fact {
                    None => Some(passed(column, row)),
                    Some((fact, shift)) => match profile.value(fact.id) {
                        Value::NotAnswered if rng.bool() => None,
                        value => Some(cell(fact, shift, value, rng)),
                    },
                });
                let cells: Vec<Option<String>> = cells.collect();
                let cells = cells.iter().map(Option::as_deref);
                match rng.usize(0..4) {
                    _ if column.fact.is_none() => Arc::new(cells.collect::<StringArray>()),
                    0 => Arc::new(cells.collect::<StringArray>()) as ArrayRef,
                    1 => Arc::new(cells.collect::<LargeStringArray>()),
                    2 => Arc::new(cells.collect::<StringViewArray>()),
                    _ => Arc::new(cells.collect::<DictionaryArray<Int32Type>>()),
                }
            }
        };
        arrays.push((&column.header, array));
    }
    table(path, &arrays, rng.usize(20..90), rng.bool());
}

/// A fact's answers as values with a type.
fn typed(fact: &Fact, shift: i8, profiles: &[Profile], rng: &mut Rng) -> ArrayRef {
    let values = profiles.iter().map(|profile| profile.value(fact.id));
    let number = |value: &Value| match value {
        Value::Number(number) if shift != 0 => Some(in_yuan(*number)),
        Value::Number(number) => Some(*number),
        _ => None,
    };
    let term = |index: u16| fact.values[usize::from(index)].name.clone();
    match &fact.kind {
        Kind::Bool => {
            let bits = values.map(|value| match value {
                Value::Bool(yes) => Some(*yes),
                _ => None,
            });
            match rng.bool() {
                true => Arc::new(bits.collect::<BooleanArray>()),
                false => Arc::new(bits.map(|yes| yes.map(i64::from)).collect::<Int64Array>()),
            }
        }
        Kind::Number { whole: true, .. } => {
            let whole = values.map(|value| number(value).map(|n| n.try_into().unwrap()));
            match rng.bool() {
                true => Arc::new(whole.collect::<Int64Array>()),
                false => Arc::new(
                    whole.map(|n: Option<i64>| n.map(|n| n as f64)).collect::<Float64Array>(),
                ),
            }
        }
        Kind::Number { .. } => {
            let cents = values.map(|value| {
                number(value).map(|mut number| {
                    number.rescale(8);
                    number.mantissa()
                })
            });
            let array = cents.collect::<Decimal128Array>();
            Arc::new(array.with_precision_and_scale(36, 8).unwrap())
        }
        Kind::Enum { .. } => Arc::new(
            values
                .map(|value| match value {
                    Value::Enum(index) => Some(term(*index)),
                    _ => None,
                })
                .collect::<StringArray>(),
        ),
        Kind::EnumList | Kind::Codes { .. } => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for value in values {
                match value {
                    Value::EnumList(indices) => {
                        indices.iter().for_each(|index| lists.values().append_value(term(*index)));
                        lists.append(true);
                    }
                    Value::Codes(codes) => {
                        codes.iter().for_each(|code| lists.values().append_value(code));
                        lists.append(true);
                    }
                    _ => lists.append_null(),
                }
            }
            Arc::new(lists.finish())
        }
        Kind::Code { .. } => unreachable!("codes are texts"),
    }
}

/// The rows of the first sheet of a workbook that the program wrote.
pub fn sheet_rows(path: &Path) -> Vec<Row> {
    rows_of_sheet(path, 1)
}

/// The rows of a sheet of a workbook that the program wrote, whose texts stand in their cells or in the shared ones.
pub fn rows_of_sheet(path: &Path, number: usize) -> Vec<Row> {
    let xml = part(path, &format!("xl/worksheets/sheet{number}.xml"));
    let shared = part(path, "xl/sharedStrings.xml");
    let plain = |text: &str| {
        let text = text.split_once('>').unwrap().1.split('<').next().unwrap();
        let text = text.replace("&lt;", "<").replace("&gt;", ">");
        text.replace("&quot;", "\"").replace("&amp;", "&")
    };
    let shared: Vec<String> = shared.split("<t").skip(1).map(plain).collect();
    let lines = xml.split("<row ").skip(1).map(|line| {
        let cells = line.split("<c r=\"").skip(1).map(|cell| {
            let column: String = cell.chars().take_while(char::is_ascii_alphabetic).collect();
            let text = cell.split("<t").nth(1).or_else(|| cell.split("<v").nth(1));
            let text = text.map_or(String::new(), plain);
            let is_shared = cell.split('>').next().unwrap().contains("t=\"s\"");
            (column, if is_shared { shared[text.parse::<usize>().unwrap()].clone() } else { text })
        });
        cells.collect::<Row>()
    });
    let lines: Vec<Row> = lines.collect();
    let rows = lines.iter().skip(1).map(|line| {
        let named = lines[0]
            .iter()
            .map(|(column, name)| (name.clone(), line.get(column).cloned().unwrap_or_default()));
        named.collect()
    });
    rows.collect()
}

/// The rows of a screened file by name: statuses, missing facts, and what passed through.
fn screened_rows(path: &Path, format: &str, names: &[&str]) -> Vec<Row> {
    match format {
        // Parted as the list was.
        "csv" => {
            let text = std::fs::read_to_string(path).unwrap();
            let head = text.lines().next().unwrap();
            let parts = |part: &u8| head.bytes().filter(|byte| byte == part).count();
            rows_parted(path, [b',', b'\t', b';'].into_iter().max_by_key(parts).unwrap())
        }
        "xlsx" => sheet_rows(path),
        "ndjson" => {
            let text = std::fs::read_to_string(path).unwrap();
            let lines = text.lines().map(|line| {
                let found: serde_json::Value = serde_json::from_str(line).unwrap();
                let cell = |name: &&str| {
                    let text = match &found[*name] {
                        serde_json::Value::Array(items) => {
                            let items = items.iter().map(|item| item.as_str().unwrap());
                            items.collect::<Vec<_>>().join(";")
                        }
                        serde_json::Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    ((*name).to_owned(), text)
                };
                names.iter().map(cell).collect()
            });
            lines.collect()
        }
        _ => {
            let columns: Vec<Vec<String>> = names.iter().map(|name| texts(path, name)).collect();
            let row = |row: usize| {
                let cells = names.iter().zip(&columns);
                cells.map(|(name, cells)| ((*name).to_owned(), cells[row].clone())).collect()
            };
            (0..columns[0].len()).map(row).collect()
        }
    }
}

/// Screens random firms in a format, and gives back the rows that say something else than `assess`. With
/// `plant`, one row of the file is another firm's, and its place is given back too.
fn differ(format: &str, rows: usize, seed: u64, plant: bool) -> (Vec<usize>, Option<usize>) {
    let plan = &advisor().plan;
    let mut firms = Firms::new(plan, seed);
    let columns = columns(firms.rng());
    let mut profiles: Vec<Profile> = (0..rows).map(|_| firms.firm()).collect();
    for profile in &mut profiles {
        for fact in &plan.book.catalogue.facts {
            let column = columns.iter().find(|c| c.fact.is_some_and(|(f, _)| f.id == fact.id));
            let typed = format == "parquet" && column.is_some_and(has_type);
            if column.is_none() || (typed && *profile.value(fact.id) == Value::Unknown) {
                profile.set(fact.id, Value::NotAnswered);
            }
        }
    }
    let expected: Vec<Said> = profiles.iter().map(assessed).collect();
    let mut planted = None;
    while plant && planted.is_none() {
        let row = firms.rng().usize(0..rows);
        let (fact, _) = columns[firms.rng().usize(0..columns.len())]
            .fact
            .unwrap_or_else(|| columns.iter().find_map(|column| column.fact).unwrap());
        let mut other = profiles[row].clone();
        other.set(fact.id, firms.value(fact.id));
        if assessed(&other) != expected[row] {
            profiles[row] = other;
            planted = Some(row);
        }
    }
    let rng = firms.rng();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join(format!("firms.{format}"));
    let output = folder.path().join(format!("screened.{format}"));
    match format {
        "csv" => csv_file(&input, &columns, &profiles, rng),
        "ndjson" => ndjson_file(&input, &columns, &profiles, rng),
        "xlsx" => xlsx_file(&input, &columns, &profiles, rng),
        _ => parquet_file(&input, &columns, &profiles, rng),
    }
    let (code, err) = screen(&input, &output, &["--lang", "en", "--workers", "2"]);
    assert_eq!(code, 0, "{format}, seed {seed}: {err}");
    let supports = advisor().book().supports.iter().map(|support| support.id.as_str());
    let mut names: Vec<&str> = supports.collect();
    names.extend(["missing", "企业名称", "编号"]);
    let found = screened_rows(&output, format, &names);
    assert_eq!(found.len(), rows, "{format}, seed {seed}");
    let mut differ = Vec::new();
    for (row, (found, (statuses, missing))) in found.iter().zip(&expected).enumerate() {
        for column in columns.iter().filter(|column| column.fact.is_none()) {
            assert_eq!(found[&column.header], passed(column, row), "{format}, seed {seed}");
        }
        let same = names.iter().zip(statuses).all(|(name, status)| found[*name] == *status);
        if !same || found["missing"] != *missing {
            differ.push(row);
        }
    }
    (differ, planted)
}

#[test]
fn a_row_of_every_format_is_the_firm_alone() {
    for format in FORMATS {
        for (seed, rows) in (1..).zip(SIZES) {
            let (differ, _) = differ(format, rows, seed, false);
            assert!(differ.is_empty(), "{format}, seed {seed}: rows {differ:?}");
        }
    }
}

#[test]
fn a_row_that_is_another_firm_is_noticed_in_every_format() {
    for (seed, format) in (50..).zip(FORMATS) {
        let (differ, planted) = differ(format, 70, seed, true);
        assert_eq!(differ, Vec::from_iter(planted), "{format}");
    }
}
