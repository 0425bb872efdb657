//! What a value may be written as: names of divisions, industries and countries, codes, amounts, numbers of a wrong
//! form. A JSON profile and a cell are read alike, so each row of the tables is read as both.

use crate::support::advisor;
use export_advisor_core::facts::{
    Fault, FaultKind, NoticeKind, Profile, Suggestions, Value, json_schema, parse,
};
use export_advisor_core::wording::{fault, fault_code};

/// A text as a cell, and as the text of a member of a profile.
fn read(name: &str, text: &str, shift: i8) -> (Result<Value, FaultKind>, Vec<NoticeKind>) {
    let book = advisor().book();
    let fact = book.catalogue.find(name).unwrap();
    let mut notices = Vec::new();
    let value = Profile::read_scaled(fact, &[text], shift, &book.reference, &mut notices);
    if shift == 0 {
        let json = format!("{{\"{name}\":{}}}", serde_json::to_string(text).unwrap());
        match parse(&book.catalogue, &book.reference, json.as_bytes()) {
            Ok(profile) => {
                assert_eq!(Ok(profile.value(fact.id)), value.as_ref(), "{text}");
                assert_eq!(profile.notices, notices, "{text}");
            }
            Err(faults) => assert_eq!(Err(&faults[0].kind), value.as_ref(), "{text}"),
        }
    }
    (value, notices.into_iter().map(|notice| notice.kind).collect())
}

fn code(name: &str, text: &str) -> String {
    match read(name, text, 0).0 {
        Ok(Value::Code(code)) => code,
        Ok(Value::Codes(codes)) => codes.join(";"),
        Err(kind) => fault_code(&kind).to_owned(),
        other => panic!("{text}: {other:?}"),
    }
}

/// The codes that a name may mean.
fn candidates(name: &str, text: &str) -> Vec<String> {
    match read(name, text, 0).0 {
        Err(FaultKind::AmbiguousName { candidates, .. }) => {
            candidates.into_iter().map(|(code, _)| code).collect()
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn divisions_have_names() {
    for (text, expected) in [
        ("天津", "120000"),
        ("天津市", "120000"),
        ("湖北", "420000"),
        ("湖北省", "420000"),
        ("内蒙古", "150000"),
        ("新疆", "650000"),
        ("新疆维吾尔自治区", "650000"),
        ("广西", "450000"),
        ("香港", "810000"),
        ("中国香港", "810000"),
        ("宁波", "330200"),
        ("宁波市", "330200"),
        ("义乌", "330782"),
        ("义乌市", "330782"),
        ("浙江义乌", "330782"),
        ("浙江省义乌市", "330782"),
        ("浙江省金华市义乌市", "330782"),
        ("浙江省 金华市 义乌市", "330782"),
        ("浙江省/金华市/义乌市", "330782"),
        ("浙江-金华-义乌", "330782"),
        ("中国浙江省义乌市", "330782"),
        ("延边", "222400"),
        ("延边州", "222400"),
        ("恩施州", "422800"),
        ("景宁", "331127"),
        ("景宁县", "331127"),
        ("上海浦东", "310115"),
        ("浦东新区", "310115"),
        ("北京市朝阳区", "110105"),
        ("北京市市辖区朝阳区", "110105"),
        ("北京市北京市朝阳区", "110105"),
        ("北京朝阳", "110105"),
        ("辽宁朝阳", "211300"),
        ("朝阳市", "211300"),
        ("吉林长春朝阳", "220104"),
        ("江苏省南京市鼓楼区", "320106"),
        ("徐州鼓楼", "320302"),
        ("吉林省吉林市", "220200"),
        ("吉林吉林", "220200"),
        ("湖北省省直辖县级行政区划仙桃市", "429004"),
        ("雄安新区", "133100"),
        ("河北雄安", "133100"),
        // The wider place says nothing false.
        ("长沙", "430100"),
        ("吉林", "220000"),
        ("海南", "460000"),
        // A prefecture is written without its level, a district elsewhere is not.
        ("中山", "442000"),
        ("南宁", "450100"),
        ("广西南宁", "450100"),
        ("西安", "610100"),
        ("大同", "140200"),
        ("襄樊市", "420600"),
        ("Zhejiang", "330000"),
        ("zhejiang province", "330000"),
        ("Ningbo", "330200"),
        ("Ningbo City", "330200"),
        ("Ningbo, Zhejiang, China", "330200"),
        ("Yiwu, Zhejiang", "330782"),
        ("Zhejiang Yiwu", "330782"),
        ("Xi'an", "610100"),
        ("XIAN", "610100"),
        ("Wuxi", "320200"),
        ("Inner Mongolia", "150000"),
        ("Ürümqi", "650100"),
        ("Tibet", "540000"),
        // No name of a division.
        ("浙江省义乌市稠州北路1号", "bad_code"),
        ("制造业", "bad_code"),
        ("县", "bad_code"),
        ("中国", "bad_code"),
        ("浙江省杭州市义乌市", "bad_code"),
        ("义鸟", "bad_code"),
    ] {
        assert_eq!(code("division", text), expected, "{text}");
    }
}

#[test]
fn a_name_of_several_lists_them() {
    assert_eq!(candidates("division", "鼓楼区"), ["320106", "320302", "350102", "410204"]);
    assert_eq!(candidates("division", "鼓楼"), ["320106", "320302", "350102", "410204"]);
    assert_eq!(candidates("division", "朝阳"), ["110105", "211300", "211321", "220104"]);
    assert_eq!(candidates("division", "通州区"), ["110112", "320612"]);
    assert_eq!(candidates("division", "Suzhou"), ["320500", "341300"]);
    assert_eq!(candidates("division", "Chaoyang"), ["110105", "211300"]);
    assert_eq!(candidates("division", "Yiwu"), ["330782", "650522"]);
    let book = advisor().book();
    let kind = read("division", "通州区", 0).0.unwrap_err();
    let fact = book.catalogue.find("division").unwrap();
    let found = Fault { pointer: String::new(), key: fact.name.clone(), fact: Some(fact.id), kind };
    let text = fault(&book.catalogue, &found, None);
    assert!(
        text.zh.contains("北京市通州区（110112）、江苏省南通市通州区（320612）"),
        "{}",
        text.zh
    );
    assert!(text.en.contains("江苏省南通市通州区 (320612)"), "{}", text.en);
}

#[test]
fn former_names_and_codes_are_read_with_a_notice() {
    for (text, now) in [
        ("崇文区", "110101"),
        ("北京市崇文区", "110101"),
        ("110103", "110101"),
        ("思茅市", "530800"),
    ] {
        let (value, notices) = read("division", text, 0);
        assert_eq!(value, Ok(Value::Code(now.to_owned())), "{text}");
        assert!(matches!(&notices[..], [NoticeKind::RetiredDivision { .. }]), "{text}");
    }
    for (text, province) in [
        ("441282", "440000"),
        ("441282.0", "440000"),
        ("342401", "340000"),
        ("441299001000", "440000"),
    ] {
        let (value, notices) = read("division", text, 0);
        let known = advisor().book().reference.division(text).is_some();
        if !known {
            assert_eq!(value, Ok(Value::Code(province.to_owned())), "{text}");
            assert!(matches!(&notices[..], [NoticeKind::UnknownDivision { .. }]), "{text}");
        }
    }
    for (text, expected) in [
        ("330782001000", "330782"),
        ("330782001", "330782"),
        ("440300.0", "440300"),
        ("440000", "440000"),
        ("133100", "133100"),
        ("4403", "bad_code"),
        ("44030000", "bad_code"),
        ("990000", "bad_code"),
        ("100000", "bad_code"),
        ("440300.5", "bad_code"),
    ] {
        assert_eq!(code("division", text), expected, "{text}");
        assert!(read("division", text, 0).1.is_empty(), "{text}");
    }
}

/// Every name of the table names its division, or several, of which it is one.
#[test]
fn every_division_has_its_name() {
    let reference = &advisor().book().reference;
    let all = reference.list(export_advisor_core::facts::Format::Division);
    let mut ambiguous = 0;
    for (own, name) in &all {
        match read("division", name, 0).0 {
            Ok(Value::Code(code)) => assert_eq!(&code, own, "{name}"),
            Err(FaultKind::AmbiguousName { candidates, .. }) => {
                ambiguous += 1;
                assert!(
                    candidates.len() == 8 || candidates.iter().any(|(code, _)| code == own),
                    "{name}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }
        let province =
            &all.iter().find(|(code, _)| *code == format!("{:0<6}", &own[..2])).unwrap().1;
        if province != name {
            let path = format!("{province}{name}");
            match read("division", &path, 0).0 {
                Ok(Value::Code(code)) => assert_eq!(&code, own, "{path}"),
                Err(FaultKind::AmbiguousName { .. }) => {}
                other => panic!("{path}: {other:?}"),
            }
        }
    }
    assert!(ambiguous < 200, "{ambiguous}");
}

#[test]
fn industries_have_names() {
    for (text, expected) in [
        ("C3611", "C3611"),
        ("3611", "C3611"),
        ("c3611", "C3611"),
        ("5191.0", "F5191"),
        ("汽车整车制造", "C361"),
        ("汽柴油车整车制造", "C3611"),
        ("软件开发", "I651"),
        ("批发业", "F51"),
        ("燃气生产和供应业", "D45"),
        ("制造业", "bad_code"),
        ("C", "bad_code"),
        ("软件", "bad_code"),
        ("111.0", "bad_code"),
    ] {
        assert_eq!(code("industry", text), expected, "{text}");
    }
    // A group with one class of the same name is that class.
    let reference = &advisor().book().reference;
    let industries = reference.list(export_advisor_core::facts::Format::Industry);
    for (own, name) in industries.iter().filter(|(code, _)| code.len() == 5) {
        assert_eq!(&code("industry", name), own, "{name}");
    }
}

#[test]
fn countries_have_names() {
    for (text, expected) in [
        ("JP", "JP"),
        ("日本", "JP"),
        ("日本国", "JP"),
        ("Japan", "JP"),
        ("俄罗斯", "RU"),
        ("Russia", "RU"),
        ("South Korea", "KR"),
        ("Republic of Korea", "KR"),
        ("Viet Nam", "VN"),
        ("U.S.A.", "US"),
        ("Burma", "MM"),
        ("锡兰", "LK"),
        ("Turkey", "TR"),
        ("Cote d’Ivoire", "CI"),
        ("大洋国", "bad_code"),
    ] {
        assert_eq!(code("markets", text), expected, "{text}");
    }
}

#[test]
fn provinces_have_short_names_and_no_near_ones() {
    let book = advisor().book();
    let fact = book.catalogue.find("province").unwrap();
    for (text, name) in [
        ("天津", "天津市"),
        ("湖北", "湖北省"),
        ("内蒙古", "内蒙古自治区"),
        ("新疆", "新疆维吾尔自治区"),
        ("Xinjiang", "新疆维吾尔自治区"),
        ("Hubei Province", "湖北省"),
        ("澳门", "澳门特别行政区"),
        ("330000", "浙江省"),
        ("33", "浙江省"),
        ("330782.0", "浙江省"),
        ("441282", "广东省"),
        ("330782101200", "浙江省"),
        ("浙江省义乌市", "浙江省"),
        ("宁波市", "浙江省"),
        ("吉林", "吉林省"),
        ("北京市海淀区", "北京市"),
        ("襄樊市", "湖北省"),
    ] {
        let expected = Value::Enum(fact.value_index(name).unwrap());
        assert_eq!(read("province", text, 0).0, Ok(expected), "{text}");
    }
    let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
    let mut suggested = |name: &str, text: &str| {
        let kind = read(name, text, 0).0.unwrap_err();
        suggestions.of_value(book.catalogue.find(name).unwrap(), &kind).map(str::to_owned)
    };
    // Another province, county or trade is never what was meant.
    for (name, text) in [
        ("province", "99"),
        ("province", "330"),
        ("province", "鼓楼区"),
        ("cbec_zone", "北京市海淀区"),
        ("province", "湖比省"),
        ("province", "广西省"),
        ("division", "991282"),
        ("division", "义鸟市"),
        ("industry", "C3619"),
        ("industry", "F5198"),
    ] {
        assert_eq!(suggested(name, text), None, "{text}");
    }
    assert_eq!(suggested("division", "4403").as_deref(), Some("440300"));
    assert_eq!(suggested("size", "smal").as_deref(), Some("small"));
}

#[test]
fn amounts_have_units() {
    for (text, shift, expected) in [
        ("680", 0, "680"),
        ("680", -4, "0.068"),
        ("300元", 0, "0.03"),
        ("300元", -4, "0.03"),
        ("3千元", 0, "0.3"),
        ("¥3千元", 0, "0.3"),
        ("5万元", 0, "5"),
        ("5万元", -4, "5"),
        ("3百万元", 0, "300"),
        ("2千万元", 0, "2000"),
        ("3.2亿元", 0, "32000"),
        ("1,200万", -4, "1200"),
        ("5万", -4, "5"),
        ("3.2亿", -4, "32000"),
        ("5 million", -4, "500"),
        ("¥300", -4, "0.03"),
        ("RMB 300", -4, "0.03"),
        ("RMB 5 million", 0, "500"),
        ("RMB 5 million", -1, "500"),
        ("5 million yuan", 0, "500"),
        ("人民币1,200万元", 0, "1200"),
        ("1200万元人民币", 0, "1200"),
        ("¥5万", 0, "5"),
        ("0万", 0, "0"),
        ("12", -1, "1.2"),
        ("12", 2, "1200"),
        ("12", 3, "12000"),
        ("12", 4, "120000"),
    ] {
        let expected = Value::Number(expected.parse().unwrap());
        assert_eq!(read("revenue_wan", text, shift).0, Ok(expected), "{text} {shift}");
    }
    for (text, shift, one, other) in [
        ("5万", 0, "5", "50000"),
        ("5万", -1, "5", "5000"),
        ("3.2亿", 0, "32000", "320000000"),
        ("¥300", 0, "0.03", "300"),
        ("300 RMB", 0, "0.03", "300"),
        ("5 million", 0, "500", "5000000"),
        ("1,200万", 0, "1200", "12000000"),
    ] {
        match read("revenue_wan", text, shift).0 {
            Err(FaultKind::AmbiguousUnit { readings, .. }) => {
                assert_eq!(readings, [one, other], "{text} {shift}")
            }
            other => panic!("{text} {shift}: {other:?}"),
        }
    }
    for text in ["300美元", "$300", "约300万元", "3十万元", "万元", "300万人"] {
        assert_eq!(read("revenue_wan", text, 0).0, Err(FaultKind::WrongType), "{text}");
    }
}

#[test]
fn numbers_mean_the_same_with_a_zero_fraction() {
    for (text, expected) in
        [("1.0", true), ("1", true), ("0.0", false), ("0", false), ("1.00", true)]
    {
        assert_eq!(read("exports_goods", text, 0).0, Ok(Value::Bool(expected)), "{text}");
    }
    assert_eq!(read("exports_goods", "1.5", 0).0, Err(FaultKind::WrongType));
    assert_eq!(read("employees", "300.0", 0).0, Ok(Value::Number(300.into())));
    assert_eq!(code("hs", "870323.0"), "870323");
    assert_eq!(code("hs", "8703.23"), "870323");
    let book = advisor().book();
    for (name, json, expected) in [
        ("exports_goods", "1", Value::Bool(true)),
        ("exports_goods", "0.0", Value::Bool(false)),
        ("exports_goods", "\"1\"", Value::Bool(true)),
        ("exports_goods", "true", Value::Bool(true)),
        ("industry", "5191", Value::Code("F5191".to_owned())),
        ("industry", "5191.0", Value::Code("F5191".to_owned())),
        ("division", "440300.0", Value::Code("440300".to_owned())),
        ("division", "4.403e5", Value::Code("440300".to_owned())),
        ("employees", "\"300\"", Value::Number(300.into())),
        ("employees", "3e2", Value::Number(300.into())),
        ("hs", "[870323]", Value::Codes(vec!["870323".to_owned()])),
        ("hs", "870323", Value::Codes(vec!["870323".to_owned()])),
    ] {
        let text = format!("{{\"{name}\":{json}}}");
        let profile = parse(&book.catalogue, &book.reference, text.as_bytes()).unwrap();
        let fact = book.catalogue.find(name).unwrap();
        assert_eq!(profile.value(fact.id), &expected, "{text}");
    }
    // A bare number of a line has the unit of its key, in whatever form it is written.
    let fact = book.catalogue.find("revenue_wan").unwrap();
    for json in ["6800000", "6.8e6", "6800000.0", "\"6800000\"", "\"680万元\""] {
        let raw = serde_json::value::RawValue::from_string(json.to_owned()).unwrap();
        let value = Profile::read_member(fact, &raw, -4, &book.reference, &mut Vec::new());
        assert_eq!(value, Ok(Value::Number(680.into())), "{json}");
    }
}

#[test]
fn no_text_is_longer_than_the_schema_states() {
    let book = advisor().book();
    let schema = json_schema(&book.catalogue);
    for fact in &book.catalogue.facts {
        let forms = schema["properties"][&fact.name]["anyOf"].as_array().unwrap();
        let is_text =
            |form: &&serde_json::Value| form["type"] == "string" && form.get("enum").is_none();
        let longest = match forms.iter().find(is_text) {
            Some(form) => form["maxLength"].as_u64(),
            // A code that may be none is one form within another.
            None => forms[0]["anyOf"][0]["maxLength"].as_u64(),
        };
        assert_eq!(longest.is_none(), fact.is_list(), "{}", fact.name);
        let Some(longest) = longest.map(|longest| usize::try_from(longest).unwrap()) else {
            continue;
        };
        let parse_text = |text: String| {
            let json = format!("{{\"{}\":\"{text}\"}}", fact.name);
            parse(&book.catalogue, &book.reference, json.as_bytes())
        };
        assert!(parse_text(" ".repeat(longest)).is_ok(), "{}", fact.name);
        for filler in [" ", "0", "是", "，"] {
            let faults = parse_text(filler.repeat(longest + 1)).unwrap_err();
            assert_eq!(faults[0].kind, FaultKind::TooLong, "{} {filler}", fact.name);
        }
    }
}
