//! Cells: one meaning for form and file, and nothing guessed.

use crate::screen::{folder, rows_of, screen};
use crate::support::advisor;
use export_advisor_core::facts::{Fact, FaultKind, Profile, Value};

fn fact(name: &str) -> &'static Fact {
    advisor().book().catalogue.find(name).unwrap()
}

fn read(name: &str, text: &str, shift: i8) -> Result<Value, FaultKind> {
    let reference = &advisor().book().reference;
    Profile::read_scaled(fact(name), &[text], shift, reference, &mut Vec::new())
}

fn number(text: &str) -> Result<Value, FaultKind> {
    Ok(Value::Number(text.parse().unwrap()))
}

#[test]
fn yes_and_no_have_many_words() {
    for text in ["是", "有", "对", "√", "Y", "y", "true", "TRUE", "1", " 是 ", "Ｙ", "yes"] {
        assert_eq!(read("exports_goods", text, 0), Ok(Value::Bool(true)), "{text}");
    }
    for text in ["否", "无", "×", "N", "false", "FALSE", "0", "０", "no"] {
        assert_eq!(read("exports_goods", text, 0), Ok(Value::Bool(false)), "{text}");
    }
    for text in ["不详", "未知", "不清楚", "unknown", "Unknown"] {
        assert_eq!(read("exports_goods", text, 0), Ok(Value::Unknown), "{text}");
        assert_eq!(read("employees", text, 0), Ok(Value::Unknown), "{text}");
        assert_eq!(read("markets", text, 0), Ok(Value::Unknown), "{text}");
    }
    for text in ["", "  ", "\u{3000}"] {
        assert_eq!(read("exports_goods", text, 0), Ok(Value::NotAnswered));
    }
    for text in ["可能", "2", "-", "是否", "x"] {
        assert_eq!(read("exports_goods", text, 0), Err(FaultKind::WrongType), "{text}");
    }
}

#[test]
fn numbers_are_exact_or_faults() {
    for (text, plain) in [
        ("1,200", "1200"),
        ("1200人", "1200"),
        ("３００", "300"),
        ("1，200 人", "1200"),
        ("7", "7"),
    ] {
        assert_eq!(read("employees", text, 0), number(plain), "{text}");
    }
    for text in [
        "约300", "300-500", "300~500", "三百", "1,20", "300+", "1.2.3", "1e3", "人", "1234,567",
        "0,500", "12,34", ",500", "1,,200", "1,200,",
    ] {
        assert_eq!(read("employees", text, 0), Err(FaultKind::WrongType), "{text}");
    }
    assert_eq!(read("employees", "1.5", 0), Err(FaultKind::NotWhole));
    for (text, shift, plain) in [
        ("680", 0, "680"),
        ("6,800,000", -4, "680"),
        ("6800001", -4, "680.0001"),
        ("680万元", -4, "680"),
        ("6800000元", 0, "680"),
        ("0.068亿元", 0, "680"),
        ("6.8", 2, "680"),
    ] {
        assert_eq!(read("revenue_wan", text, shift), number(plain), "{text} {shift}");
    }
    assert!(matches!(read("revenue_wan", "-5", 0), Err(FaultKind::OutOfRange { .. })));
}

#[test]
fn words_and_lists_have_labels() {
    let value = |name: &str, value: &str| Value::Enum(fact(name).value_index(value).unwrap());
    for (text, meant) in [
        ("微型", "micro"),
        ("微型企业", "micro"),
        ("小", "small"),
        ("小型企业", "small"),
        ("Small", "small"),
        ("LARGE", "large"),
        ("medium", "medium"),
    ] {
        assert_eq!(read("size", text, 0), Ok(value("size", meant)), "{text}");
    }
    assert_eq!(read("cbec", "无", 0), Ok(Value::EnumList(vec![])));
    assert_eq!(read("cbec", "否", 0), Ok(Value::EnumList(vec![])));
    let cbec = |names: &[&str]| {
        let values = names.iter().map(|name| fact("cbec").value_index(name).unwrap());
        Ok(Value::EnumList(values.collect()))
    };
    for (text, meant) in [
        ("retail", vec!["retail_export"]),
        ("B2C", vec!["retail_export"]),
        ("B2B", vec!["b2b_export"]),
        ("both", vec!["retail_export", "b2b_export"]),
        ("两种都做", vec!["retail_export", "b2b_export"]),
        ("零售进口", vec!["retail_import"]),
        ("retail_import;b2b_export", vec!["retail_import", "b2b_export"]),
    ] {
        assert_eq!(read("cbec", text, 0), cbec(&meant), "{text}");
    }
    assert!(matches!(read("cbec", "是", 0), Err(FaultKind::NotAValue { .. })));
    for text in ["无", "none", "没有", "[]"] {
        assert_eq!(read("markets", text, 0), Ok(Value::Codes(vec![])), "{text}");
        assert_eq!(read("cbec_zone", text, 0), Ok(Value::EnumList(vec![])), "{text}");
    }
    let both = Ok(Value::Codes(vec!["JP".to_owned(), "US".to_owned()]));
    for text in ["US;JP", "美国、日本", "JP US", "us，jp", "日本/美国", "US|JP|US"] {
        assert_eq!(read("markets", text, 0), both, "{text}");
    }
    // "/" is written for "left blank" as for "none": it says neither.
    for text in ["/", "、", ",", "; ,", "／／", "|"] {
        let (codes, texts) = (read("markets", text, 0), read("cbec_zone", text, 0));
        assert!(matches!(codes, Err(FaultKind::BadCode { .. })), "{text} {codes:?}");
        assert!(matches!(texts, Err(FaultKind::NotAValue { .. })), "{text} {texts:?}");
    }
    assert_eq!(read("markets", "US;JP;", 0), both);
    assert_eq!(read("markets", "South Korea", 0), Ok(Value::Codes(vec!["KR".to_owned()])));
}

#[test]
fn codes_that_a_spreadsheet_spoilt_are_not_rebuilt() {
    for text in ["9.1E+17", "9.14403E+17", "914403001922038000", "9.1e+17"] {
        assert_eq!(read("uscc", text, 0), Err(FaultKind::SpreadsheetNumber), "{text}");
    }
    assert_eq!(
        read("uscc", "914403001922038216", 0),
        Ok(Value::Code("914403001922038216".to_owned()))
    );
    assert_eq!(read("uscc", "11010519491231002X", 0), Err(FaultKind::PersonalNumber));
    assert_eq!(read("employees", "110105194912310021", 0), Err(FaultKind::PersonalNumber));
    // 0111 that lost its zero is also B11 with a 1; C3612 without its letter is one code.
    assert_eq!(read("industry", "3612", 0), Ok(Value::Code("C3612".to_owned())));
    assert!(matches!(read("division", "30782", 0), Err(FaultKind::BadCode { .. })));
    assert!(matches!(read("hs", "10121", 0), Err(FaultKind::BadCode { .. })));
    let reference = &advisor().book().reference;
    let doubtful = (100..1000).map(|n| n.to_string()).find(|digits| {
        reference.industry(digits).is_some() && reference.industry(&format!("0{digits}")).is_some()
    });
    let doubtful = doubtful.unwrap();
    assert!(matches!(read("industry", &doubtful, 0), Err(FaultKind::BadCode { .. })), "{doubtful}");
}

#[test]
fn what_is_said_wrongly_of_columns_is_told_in_the_language_asked_for() {
    let (folder, input) = folder("list.csv", "名称,是否出口,营业收入（元）\n甲,是,1\n");
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("number.toml"), "\"名称\" = 7\n").unwrap();
    std::fs::write(at("short.csv"), "名称\n").unwrap();
    for (output, zh, en) in [
        ("名称=nofact", "没有名为“nofact”的事实项", "no fact is named `nofact`"),
        ("名称=employes", "是不是“employees”？", "did you mean `employees`?"),
        ("名称=employees:万元", "“employees”没有“万元”这个单位", "`employees` has no unit"),
        ("客户=employees", "没有名为“客户”的列", "has no column `客户`"),
        (&at("none.toml"), "请写 表头=事实项", "write HEADER=fact"),
        (&at("number.toml"), "须是事实项的名称", "must be a fact's name"),
        (&at("short.csv"), "第1行：请写表头和事实项", "line 1: write a header and a fact"),
    ] {
        for (lang, message) in [("zh", zh), ("en", en)] {
            let out = folder.path().join("out.csv");
            let (code, err) = screen(&input, &out, &["--quiet", "--lang", lang, "--map", output]);
            assert!(code == 2 && err.contains(message), "{output}: {err}");
        }
    }
}

#[test]
fn no_added_column_stands_twice() {
    let text = "名称,行号,status,row,是否出口,是否进口,行业代码,从业人数,融资需求\n甲,7,x,8,是,否,F5191,6,是\n";
    let (folder, input) = folder("list.csv", text);
    let (out, call) = (folder.path().join("out.csv"), folder.path().join("call.csv"));
    for lang in ["zh", "en"] {
        let more = ["--lang", lang, "--derive", "size,region,size", "--matches"];
        let (code, err) = screen(&input, &out, &[&more[..], &[call.to_str().unwrap()]].concat());
        assert_eq!(code, 0, "{err}");
        for file in [&out, &call] {
            let text = std::fs::read_to_string(file).unwrap();
            let head = text.lines().next().unwrap().trim_start_matches('\u{feff}');
            let names: Vec<&str> = head.split(',').collect();
            let once: std::collections::BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(once.len(), names.len(), "{head}");
        }
        let (rows, own) = (rows_of(&call), if lang == "zh" { "行号" } else { "row" });
        let row = rows.first().unwrap();
        assert_eq!((row[&format!("{own}_screened")].as_str(), row["名称"].as_str()), ("2", "甲"));
        assert_eq!(row[own], if lang == "zh" { "7" } else { "8" }, "what the list says passes");
    }
}
