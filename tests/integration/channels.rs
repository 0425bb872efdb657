//! One table of values for all channels: CSV, NDJSON, workbook, Parquet, the form and the API read each alike.
//!
//! Each value is given beside the same other facts, once as it is written and once as a profile spells it. Whatever
//! follows from the two must be the same, in each channel; a value that is a fault must be one in each.

use crate::page::{encoded, submit};
use crate::screen::{Row, rows_of, screen};
use crate::server::Server;
use crate::support::advisor;
use crate::tables::table;
use crate::workbooks::{Book, data};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// Facts beside the value, so that much depends on it.
const BESIDE: [(&str, &str); 6] = [
    ("foreign_trade", "true"),
    ("exports_goods", "true"),
    ("cbec", "retail_export"),
    ("industry", "C3612"),
    ("employees", "300"),
    ("financing_need", "true"),
];

/// A fact, the header of its column, and pairs: a value as it is written, and as a profile spells it; nothing for a
/// fault.
type Group = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const FAULT: &str = "";

const GROUPS: &[Group] = &[
    (
        "division",
        "行政区划代码",
        &[
            ("330782", "\"330782\""),
            ("330782.0", "\"330782\""),
            ("３３０７８２", "\"330782\""),
            ("330782001", "\"330782\""),
            ("330782001000", "\"330782\""),
            ("浙江省金华市义乌市", "\"330782\""),
            ("浙江义乌", "\"330782\""),
            ("义乌", "\"330782\""),
            ("宁波", "\"330200\""),
            ("Ningbo", "\"330200\""),
            ("Ningbo, Zhejiang", "\"330200\""),
            ("天津", "\"120000\""),
            ("湖北省", "\"420000\""),
            ("内蒙古", "\"150000\""),
            ("新疆", "\"650000\""),
            ("Xinjiang", "\"650000\""),
            ("北京市朝阳区", "\"110105\""),
            ("吉林吉林", "\"220200\""),
            ("雄安新区", "\"133100\""),
            ("133100", "\"133100\""),
            ("崇文区", "\"110101\""),
            ("110103", "\"110101\""),
            ("441282", "\"440000\""),
            ("341299", "\"340000\""),
            ("440000", "\"440000\""),
            ("朝阳", FAULT),
            ("鼓楼区", FAULT),
            ("Suzhou", FAULT),
            ("4403", FAULT),
            ("990101", FAULT),
        ],
    ),
    (
        "province",
        "所在省份",
        &[
            ("天津", "\"天津市\""),
            ("湖北", "\"湖北省\""),
            ("内蒙古", "\"内蒙古自治区\""),
            ("新疆维吾尔自治区", "\"新疆维吾尔自治区\""),
            ("Zhejiang", "\"浙江省\""),
            ("Hubei Province", "\"湖北省\""),
            ("广西省", FAULT),
        ],
    ),
    (
        "industry",
        "行业代码",
        &[
            ("C3611", "\"C3611\""),
            ("3611", "\"C3611\""),
            ("c3611", "\"C3611\""),
            ("5191.0", "\"F5191\""),
            ("汽车整车制造", "\"C361\""),
            ("软件开发", "\"I651\""),
            ("批发业", "\"F51\""),
            ("制造业", FAULT),
        ],
    ),
    (
        "markets",
        "销往国家",
        &[
            ("JP", "[\"JP\"]"),
            ("日本、美国", "[\"JP\",\"US\"]"),
            ("Republic of Korea", "[\"KR\"]"),
            ("Russia;越南", "[\"RU\",\"VN\"]"),
            ("锡兰", "[\"LK\"]"),
            ("无", "[]"),
            ("大洋国", FAULT),
        ],
    ),
    (
        "imports_goods",
        "是否进口",
        &[
            ("1", "true"),
            ("1.0", "true"),
            ("是", "true"),
            ("true", "true"),
            ("Y", "true"),
            ("0", "false"),
            ("0.0", "false"),
            ("否", "false"),
            ("false", "false"),
            ("不详", "\"unknown\""),
            ("2", FAULT),
            ("1.5", FAULT),
        ],
    ),
    (
        "employees",
        "从业人数",
        &[
            ("300", "300"),
            ("300.0", "300"),
            ("1,200", "1200"),
            ("1200人", "1200"),
            ("３００", "300"),
            ("300.5", FAULT),
            ("约300", FAULT),
        ],
    ),
    (
        "revenue_wan",
        "revenue_wan",
        &[
            ("300", "300"),
            ("300.0", "300"),
            ("1,999.5", "1999.5"),
            ("300万元", "300"),
            ("3000000元", "300"),
            ("¥3千元", "0.3"),
            ("3百万元", "300"),
            ("2千万元", "2000"),
            ("3.2亿元", "32000"),
            ("RMB 5 million", "500"),
            ("5 million yuan", "500"),
            ("人民币300万元", "300"),
            ("5万", FAULT),
            ("3.2亿", FAULT),
            ("¥300", FAULT),
            ("300美元", FAULT),
        ],
    ),
    (
        "size",
        "企业规模",
        &[("微型", "\"micro\""), ("小型企业", "\"small\""), ("Large", "\"large\"")],
    ),
    (
        "hs",
        "hs",
        &[
            ("870323", "[\"870323\"]"),
            ("870323.0", "[\"870323\"]"),
            ("8703.23", "[\"870323\"]"),
            ("8703230000", "[\"870323\"]"),
        ],
    ),
];

/// What follows from a row: all but the column of the value and the messages.
fn outcome(row: &Row, header: &str) -> (Vec<(String, String)>, bool) {
    let is_input = |name: &str| name == header || BESIDE.iter().any(|(fact, _)| *fact == name);
    let given =
        row.iter().filter(|(name, _)| !is_input(name) && *name != "faults" && *name != "warnings");
    // A derived column is renamed where the list has one of the name.
    let named = given.map(|(name, value)| (name.replace("_screened", ""), value.clone()));
    let mut named: Vec<(String, String)> = named.collect();
    named.sort();
    (named, !row["faults"].is_empty())
}

fn screened(
    folder: &Path,
    input: &str,
    header: &str,
    more: &[&str],
) -> Vec<(Vec<(String, String)>, bool)> {
    let (input, output) = (folder.join(input), folder.join("out.csv"));
    let derive = ["--derive", "size,region,province,gba9,yrd,cbec_zone,fta_partners"];
    let (status, error) = screen(&input, &output, &[&derive, more].concat());
    assert!(status == 0 || output.exists(), "{}: {status} {error}", input.display());
    rows_of(&output).iter().map(|row| outcome(row, header)).collect()
}

/// The facts beside one.
fn beside(fact: &str) -> Vec<(&'static str, &'static str)> {
    BESIDE.into_iter().filter(|(name, _)| *name != fact).collect()
}

fn write_csv(path: &Path, header: &str, facts: &[(&str, &str)], texts: &[&str]) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    let names = facts.iter().map(|(name, _)| *name);
    writer.write_record(std::iter::once(header).chain(names)).unwrap();
    for text in texts {
        writer.write_record(std::iter::once(*text).chain(facts.iter().map(|f| f.1))).unwrap();
    }
    writer.flush().unwrap();
}

fn write_ndjson(path: &Path, header: &str, facts: &[(&str, &str)], values: &[Value]) {
    let lines = values.iter().map(|value| {
        let mut line = json!({ header: value });
        for (name, text) in facts {
            line[*name] = json!(text);
        }
        format!("{line}\n")
    });
    std::fs::write(path, lines.collect::<String>()).unwrap();
}

fn write_xlsx(path: &Path, header: &str, facts: &[(&str, &str)], cells: &[String]) {
    let names = std::iter::once(header).chain(facts.iter().map(|(name, _)| *name));
    let mut rows = vec![names.collect::<Vec<_>>()];
    for cell in cells {
        rows.push(std::iter::once(cell.as_str()).chain(facts.iter().map(|f| f.1)).collect());
    }
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    std::fs::write(path, Book::one(data(&rows)).bytes()).unwrap();
}

fn write_parquet(path: &Path, header: &str, facts: &[(&str, &str)], column: ArrayRef) {
    let rows = column.len();
    let mut columns = vec![(header, column)];
    for (name, text) in facts {
        columns.push((*name, Arc::new(StringArray::from(vec![*text; rows])) as ArrayRef));
    }
    table(path, &columns, 64, false);
}

#[test]
fn a_value_is_read_the_same_in_every_file() {
    let mut values = 0;
    for (fact, header, pairs) in GROUPS {
        values += pairs.len();
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let facts = beside(fact);
        let written: Vec<&str> = pairs.iter().map(|(text, _)| *text).collect();
        // A fault leaves the fact open, as a value that is not known does.
        let spelled = pairs.iter().map(|(_, json)| match *json {
            FAULT => Value::Null,
            json => serde_json::from_str(json).unwrap(),
        });
        write_ndjson(&at("plain.ndjson"), fact, &facts, &spelled.collect::<Vec<_>>());
        let plain = screened(folder.path(), "plain.ndjson", fact, &[]);
        let same = |name: &str, kind: &str, rows: &[usize]| {
            let found = screened(folder.path(), name, header, &[]);
            assert_eq!(found.len(), rows.len(), "{fact} {name}");
            for ((found, is_fault), row) in found.iter().zip(rows) {
                let (text, json) = pairs[*row];
                assert_eq!(*is_fault, json == FAULT, "{fact} `{text}` of {kind}");
                if json != FAULT {
                    assert_eq!(found, &plain[*row].0, "{fact} `{text}` of {kind}");
                }
            }
        };
        let all: Vec<usize> = (0..pairs.len()).collect();
        write_csv(&at("list.csv"), header, &facts, &written);
        same("list.csv", "CSV", &all);
        let texts: Vec<Value> = written.iter().map(|text| json!(text)).collect();
        write_ndjson(&at("list.ndjson"), header, &facts, &texts);
        same("list.ndjson", "NDJSON", &all);
        let cells: Vec<String> = written.iter().map(|text| (*text).to_owned()).collect();
        write_xlsx(&at("list.xlsx"), header, &facts, &cells);
        same("list.xlsx", "a workbook", &all);
        write_parquet(
            &at("list.parquet"),
            header,
            &facts,
            Arc::new(StringArray::from(written.clone())),
        );
        same("list.parquet", "Parquet", &all);
        // Numbers and booleans in the types of the format.
        let of = |is_typed: fn(&str) -> bool| -> Vec<usize> {
            all.iter().copied().filter(|row| is_typed(written[*row])).collect()
        };
        let numbers = of(|text| text.parse::<f64>().is_ok());
        let floats = numbers.iter().map(|row| written[*row].parse::<f64>().unwrap());
        let floats: Vec<f64> = floats.collect();
        if !numbers.is_empty() {
            let raw = numbers.iter().map(|row| serde_json::from_str(written[*row]).unwrap());
            write_ndjson(&at("numbers.ndjson"), header, &facts, &raw.collect::<Vec<Value>>());
            same("numbers.ndjson", "numbers of NDJSON", &numbers);
            let cells: Vec<String> =
                numbers.iter().map(|row| format!("#{}", written[*row])).collect();
            write_xlsx(&at("numbers.xlsx"), header, &facts, &cells);
            same("numbers.xlsx", "numbers of a workbook", &numbers);
            write_parquet(
                &at("numbers.parquet"),
                header,
                &facts,
                Arc::new(Float64Array::from(floats)),
            );
            same("numbers.parquet", "numbers of Parquet", &numbers);
        }
        let whole = of(|text| text.parse::<i64>().is_ok());
        if !whole.is_empty() {
            let column = whole.iter().map(|row| written[*row].parse::<i64>().unwrap());
            let column = Arc::new(Int64Array::from(column.collect::<Vec<_>>()));
            write_parquet(&at("whole.parquet"), header, &facts, column);
            same("whole.parquet", "whole numbers of Parquet", &whole);
        }
        let booleans = of(|text| text.parse::<bool>().is_ok());
        if !booleans.is_empty() {
            let bits = booleans.iter().map(|row| written[*row].parse::<bool>().unwrap());
            let bits: Vec<bool> = bits.collect();
            let raw: Vec<Value> = bits.iter().map(|yes| json!(yes)).collect();
            write_ndjson(&at("booleans.ndjson"), header, &facts, &raw);
            same("booleans.ndjson", "booleans of NDJSON", &booleans);
            write_parquet(
                &at("booleans.parquet"),
                header,
                &facts,
                Arc::new(BooleanArray::from(bits)),
            );
            same("booleans.parquet", "booleans of Parquet", &booleans);
        }
    }
    assert!(values >= 80, "{values}");
}

/// What the form reads otherwise: no header and no key states a unit there, so half a unit is one of yuan.
const OF_FORM: [(&str, &str, &str); 2] =
    [("revenue_wan", "5万", "5"), ("revenue_wan", "3.2亿", "32000")];

#[test]
fn a_value_is_read_the_same_by_the_api_and_the_form() {
    let server = Server::start();
    let statuses = |body: &str| -> Vec<String> {
        body.split(" id=\"s-")
            .skip(1)
            .map(|part| part.split('>').next().unwrap().to_owned())
            .collect()
    };
    // What else is answered beside a field that cannot be read still has its result.
    let without = |fact: &str| {
        let pairs: Vec<String> =
            beside(fact).iter().map(|(name, value)| format!("{name}={value}")).collect();
        statuses(&submit(&server, "zh", &pairs.join("&")).body)
    };
    for (fact, _, pairs) in GROUPS {
        let facts = beside(fact);
        for (text, canonical) in *pairs {
            let firm = json!({ *fact: text }).to_string();
            let reply = server.post("/api/v1/assessments?detail=status", &firm);
            if *canonical == FAULT {
                assert_eq!(reply.status, 422, "{fact} `{text}`: {}", reply.body);
            } else {
                assert_eq!(reply.status, 200, "{fact} `{text}`: {}", reply.body);
                let answer: Value = serde_json::from_str(&reply.body).unwrap();
                let plain = json!({ *fact: serde_json::from_str::<Value>(canonical).unwrap() });
                let plain = server.post("/api/v1/assessments?detail=status", &plain.to_string());
                let plain: Value = serde_json::from_str(&plain.body).unwrap();
                assert_eq!(answer["supports"], plain["supports"], "{fact} `{text}`");
                assert_eq!(answer["profile"], plain["profile"], "{fact} `{text}`");
            }
            let form = |text: &str| {
                let mut pairs = vec![format!("{fact}={}", encoded(text))];
                pairs.extend(facts.iter().map(|(name, value)| format!("{name}={value}")));
                let reply = submit(&server, "zh", &pairs.join("&"));
                (reply.status, statuses(&reply.body))
            };
            let of_form = OF_FORM.iter().find(|(of, spelled, _)| (of, spelled) == (fact, text));
            let canonical = of_form.map_or(*canonical, |(.., canonical)| canonical);
            let (found, expected) = (
                form(text),
                match canonical {
                    FAULT => (422, without(fact)),
                    _ => form(&spelled(fact, canonical)),
                },
            );
            assert_eq!(found, expected, "{fact} `{text}` in the form");
        }
    }
}

/// A value of a profile as a field of the form has it.
fn spelled(fact: &str, canonical: &str) -> String {
    let value: Value = serde_json::from_str(canonical).unwrap_or_default();
    match &value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "无".to_owned(),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join("、")
        }
        other => {
            assert!(advisor().book().catalogue.find(fact).is_some());
            other.to_string()
        }
    }
}
