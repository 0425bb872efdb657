//! A profile is read, normalised, and refused with all its faults.

use crate::firms::credit_code;
use crate::support::advisor;
use export_advisor_core::facts::{
    Fault, LocalizedText, NoticeKind, Profile, Suggestions, Value, parse,
};
use export_advisor_core::wording;

fn read(json: &str) -> Result<Profile, Vec<Fault>> {
    let book = advisor().book();
    parse(&book.catalogue, &book.reference, json.as_bytes())
}

/// A fault in words, with its suggestion.
fn worded(fault: &Fault) -> LocalizedText {
    let book = advisor().book();
    let suggestion = Suggestions::new(&book.catalogue, &book.reference).of(fault);
    wording::fault(&book.catalogue, fault, suggestion)
}

fn value(json: &str, name: &str) -> Value {
    let profile = read(json).unwrap_or_else(|faults| panic!("{json}: {faults:?}"));
    profile.value(advisor().book().catalogue.find(name).unwrap().id).clone()
}

fn codes(json: &str) -> Vec<(String, &'static str)> {
    let faults = read(json).err().unwrap_or_else(|| panic!("{json} has no fault"));
    faults.iter().map(|f| (f.pointer.clone(), wording::fault_code(&f.kind))).collect()
}

#[test]
fn four_kinds_of_nothing_are_kept_separate() {
    assert_eq!(value("{}", "markets"), Value::NotAnswered);
    assert_eq!(value(r#"{"markets": null}"#, "markets"), Value::NotAnswered);
    assert_eq!(value(r#"{"markets": "unknown"}"#, "markets"), Value::Unknown);
    assert_eq!(value(r#"{"markets": []}"#, "markets"), Value::Codes(vec![]));
    assert_eq!(value(r#"{"plans_move_to": "none"}"#, "plans_move_to"), Value::NoCode);
}

#[test]
fn spellings_are_folded() {
    assert_eq!(value(r#"{"division": "３３０７ ８２"}"#, "division"), Value::Code("330782".into()));
    assert_eq!(value(r#"{"industry": "ｆ5292"}"#, "industry"), Value::Code("F5292".into()));
    assert_eq!(value(r#"{"industry": "5292"}"#, "industry"), Value::Code("F5292".into()));
    assert_eq!(
        value(r#"{"markets": ["us", "日本", "US", " Germany "]}"#, "markets"),
        Value::Codes(vec!["DE".into(), "JP".into(), "US".into()])
    );
    assert_eq!(value(r#"{"hs": ["8703.80.00"]}"#, "hs"), Value::Codes(vec!["870380".into()]));
    assert_eq!(value("\u{feff}{\"exports_goods\": true}", "exports_goods"), Value::Bool(true));
}

#[test]
fn what_is_escaped_means_the_same() {
    assert_eq!(
        value(r#"{"\u0065mployees": 5}"#, "employees"),
        value(r#"{"employees": 5}"#, "employees")
    );
    assert_eq!(
        value(r#"{"division": "\u0033\u00330782"}"#, "division"),
        Value::Code("330782".into())
    );
    let listed = Value::Codes(vec!["JP".into(), "US".into()]);
    assert_eq!(value(r#"{"markets": ["\u0055S", "\u65e5本"]}"#, "markets"), listed);
    assert_eq!(value(r#"{"markets": "\u0075nknown"}"#, "markets"), Value::Unknown);
    assert_eq!(
        codes(
            r#"{"cbec": "\ud800", "hs": ["\udc00"], "\u0065mployees": 5, "employees": 5, "a\/b~": 1}"#
        ),
        [
            ("/cbec".to_owned(), "wrong_type"),
            ("/hs/0".to_owned(), "wrong_type"),
            ("/employees".to_owned(), "given_twice"),
            ("/a~1b~0".to_owned(), "unknown_fact"),
        ]
    );
    // Bytes that are no text, in a key, in a value and between them.
    let book = advisor().book();
    for bytes in [&b"{\"a\xff\": 1}"[..], b"{\"cbec\": \"\xff\"}", b"{\xff}"] {
        let faults = parse(&book.catalogue, &book.reference, bytes).unwrap_err();
        let reported: Vec<_> = faults.iter().map(|f| wording::fault_code(&f.kind)).collect();
        assert_eq!(reported, ["not_json"], "{bytes:?}");
    }
}

#[test]
fn all_faults_are_reported_at_once_by_name() {
    let faults = codes(
        r#"{"exprts_goods": true, "employees": "many", "revenue_wan": -5, "cbec": "retial",
            "markets": ["US", "Atlantis", 7], "division": "999999", "employees": 3,
            "assets_wan": 1e40, "exports_goods": 2}"#,
    );
    let expected = [
        ("/exprts_goods", "unknown_fact"),
        ("/employees", "wrong_type"),
        ("/revenue_wan", "out_of_range"),
        ("/cbec", "not_a_value"),
        ("/markets/1", "bad_code"),
        ("/markets/2", "wrong_type"),
        ("/division", "bad_code"),
        ("/employees", "given_twice"),
        ("/assets_wan", "too_many_digits"),
        ("/exports_goods", "wrong_type"),
    ];
    let expected: Vec<(String, &str)> = expected.map(|(p, c)| (p.to_owned(), c)).to_vec();
    assert_eq!(faults, expected);
    let near = read(r#"{"exprts_goods": true}"#).unwrap_err();
    let reported = worded(&near[0]);
    assert!(
        reported.en.contains("`exports_goods`") && reported.zh.contains("exports_goods"),
        "{reported:?}"
    );
}

/// Every value that a fact had in an earlier version of the rules is still read, with a notice.
#[test]
fn values_of_earlier_rules_are_read_with_a_notice() {
    for (old, now) in [
        ("none", r#"[]"#),
        ("retail", r#"["retail_export"]"#),
        ("b2b", r#"["b2b_export"]"#),
        ("both", r#"["retail_export","b2b_export"]"#),
    ] {
        let profile = read(&format!(r#"{{"cbec": "{old}"}}"#)).unwrap();
        let [notice] = profile.notices.as_slice() else { panic!("{old}: one notice") };
        let catalogue = &advisor().book().catalogue;
        assert_eq!(wording::notice(catalogue, notice).0, "old_value");
        let mut json = String::new();
        catalogue.write_json(notice.fact, profile.value(notice.fact), &mut json);
        assert_eq!(json, now);
        assert!(read(&format!(r#"{{"cbec": {now}}}"#)).unwrap().notices.is_empty());
    }
    assert_eq!(codes(r#"{"cbec": ["retail"]}"#).first().unwrap().1, "not_a_value");
}

#[test]
fn what_is_no_profile_is_refused() {
    for (json, code) in [
        ("", "not_json"),
        ("{", "not_json"),
        ("nonsense", "not_json"),
        ("[]", "not_an_object"),
        ("3", "not_an_object"),
        ("null", "not_an_object"),
        ("{\"a\": 1} x", "not_json"),
        (r#"{"division": "\u0000"}"#, "bad_code"),
        (r#"{"division": "\ud800"}"#, "wrong_type"),
        (r#"{"employees": 1.5}"#, "not_whole"),
        (r#"{"employees": {}}"#, "wrong_type"),
    ] {
        assert_eq!(codes(json).first().unwrap().1, code, "{json}");
    }
    let deep = format!("{{\"markets\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(codes(&deep).iter().all(|(_, code)| *code == "wrong_type"));
}

#[test]
fn a_personal_number_is_refused_and_not_repeated() {
    for json in [
        r#"{"uscc": "11010519491231002X"}"#,
        r#"{"division": "110105194912310021"}"#,
        r#"{"employees": "11010519491231002X"}"#,
        r#"{"cbec": "１１０１０５１９４９１２３１００２Ｘ"}"#,
    ] {
        let faults = read(json).unwrap_err();
        assert_eq!(wording::fault_code(&faults[0].kind), "personal_number", "{json}");
        let reported = worded(&faults[0]);
        assert!(!format!("{reported:?}{faults:?}").contains("19491231"), "{reported:?}");
    }
}

#[test]
fn a_personal_number_as_a_key_is_not_repeated() {
    for key in [
        "１１０１０５ 19491231002X",
        "法人 110105194912310021",
        "11010519491231002X的企业，和1101 0519 4912 3100 21",
        "9110105194912310021",
    ] {
        let faults = read(&format!("{{\"{key}\": 1}}")).unwrap_err();
        let reported = worded(&faults[0]);
        assert!(!format!("{reported:?}{faults:?}").contains("1949"), "{key} {reported:?}");
    }
}

#[test]
fn personal_numbers_without_end_are_reported_as_one_is() {
    let many = "110105194912310021".repeat(20_000);
    for json in [
        format!("{{\"{many}\": 1}}"),
        format!("{{\"cbec\": \"{many}\"}}"),
        format!("{{\"markets\": [\"JP\", \"{many}\"]}}"),
    ] {
        let faults = read(&json).unwrap_err();
        let reported = worded(&faults[0]);
        let reported = format!("{reported:?}");
        assert!(!reported.contains("1949"), "{} …", reported.chars().take(200).collect::<String>());
    }
}

#[test]
fn a_credit_code_that_fails_its_check_is_kept_and_decides_nothing() {
    let right = credit_code("440300");
    let book = advisor().book();
    let province = |json: &str| {
        let profile = read(json).unwrap();
        let answer = export_advisor_core::evaluate::Answer::new(
            &advisor().plan,
            &profile,
            jiff::civil::date(2026, 11, 25),
        );
        let id = book.catalogue.find("province").unwrap().id;
        let nodes = advisor().plan.derived.iter().find(|n| n.fact == id).unwrap();
        (answer.follows(nodes), profile.notices)
    };
    let (known, notices) = province(&format!("{{\"uscc\": \"{right}\"}}"));
    assert_ne!(known, export_advisor_core::evaluate::PartialValue::Unknown);
    assert!(notices.is_empty());
    let last = if right.ends_with('A') { 'B' } else { 'A' };
    let wrong = format!("{}{last}", &right[..17]);
    let (unknown, notices) = province(&format!("{{\"uscc\": \"{wrong}\"}}"));
    assert_eq!(unknown, export_advisor_core::evaluate::PartialValue::Unknown);
    let (_, reported) = wording::notice(&book.catalogue, &notices[0]);
    assert!(reported.en.contains("character 18") && reported.zh.contains("第18位"), "{reported:?}");
    assert_eq!(value(&format!("{{\"uscc\": \"{wrong}\"}}"), "uscc"), Value::UncheckedCode(wrong));
}

#[test]
fn retired_divisions_are_read_as_those_of_today_with_a_notice() {
    for (old, now) in [("500112", "500157"), ("371202", "370116"), ("120107", "120116")] {
        let profile = read(&format!("{{\"division\": \"{old}\"}}")).unwrap();
        let id = advisor().book().catalogue.find("division").unwrap().id;
        assert_eq!(profile.value(id), &Value::Code(now.to_owned()), "{old}");
        assert!(matches!(profile.notices[0].kind, NoticeKind::RetiredDivision { .. }));
    }
}

#[test]
fn older_names_work_with_a_notice() {
    let profile = read(r#"{"uscc_synthetic": "91330782MAT000018Y"}"#).unwrap();
    assert!(
        matches!(&profile.notices[0].kind, NoticeKind::Alias { given } if given == "uscc_synthetic")
    );
    assert_eq!(codes(r#"{"uscc": null, "uscc_synthetic": null}"#)[0].1, "given_twice");
}

#[test]
fn decimals_are_exact() {
    let Value::Number(n) = value(r#"{"revenue_wan": 1999.9999999999999999999}"#, "revenue_wan")
    else {
        panic!("not a number")
    };
    assert_eq!(n.to_string(), "1999.9999999999999999999");
    assert_eq!(value(r#"{"revenue_wan": -0.0}"#, "revenue_wan"), Value::Number(0.into()));
    for (text, plain) in [
        ("1.5e3", "1500"),
        ("15e-1", "1.5"),
        ("1.9999999999999999999999999e3", "1999.9999999999999999999999"),
        ("0.00012E+2", "0.012"),
        ("7e0", "7"),
    ] {
        let expected = Value::Number(plain.parse().unwrap());
        assert_eq!(
            value(&format!("{{\"revenue_wan\": {text}}}"), "revenue_wan"),
            expected,
            "{text}"
        );
    }
    for text in
        ["1e-2147483648", "1e2147483647", "1e999999999999", "1.99999999999999999999999999999999e3"]
    {
        assert_eq!(
            codes(&format!("{{\"revenue_wan\": {text}}}"))[0].1,
            "too_many_digits",
            "{text}"
        );
    }
}
