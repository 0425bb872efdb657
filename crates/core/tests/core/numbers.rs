//! Numbers as people say them in a field of the form, and what is no number but a range.

use crate::support::advisor;
use export_advisor_core::facts::{Fact, FaultKind, Interval, IntervalEnd, Profile, Value};
use rust_decimal::Decimal;

fn fact(name: &str) -> &'static Fact {
    advisor().book().catalogue.find(name).unwrap()
}

fn read(name: &str, text: &str) -> Result<Value, FaultKind> {
    Profile::read_text(fact(name), &[text], &advisor().book().reference, &mut Vec::new())
}

#[test]
fn a_field_without_a_unit_beside_it_takes_the_unit_that_is_written() {
    for (text, wan) in [
        ("680", "680"),
        ("680万", "680"),
        ("６８０万", "680"),
        ("1亿", "10000"),
        ("1.2 亿元", "12000"),
        ("3 million yuan", "300"),
        ("3 million", "300"),
        ("RMB 3 million", "300"),
        ("2千万", "2000"),
        ("6,800,000元", "680"),
        ("0", "0"),
    ] {
        let expected = Value::Number(wan.parse().unwrap());
        assert_eq!(read("revenue_wan", text), Ok(expected), "{text}");
    }
    // A currency alone does not say whether the number counts in yuan or in the 万元 of a bare number.
    for text in ["¥300", "300 RMB"] {
        assert!(
            matches!(read("revenue_wan", text), Err(FaultKind::AmbiguousUnit { .. })),
            "{text}"
        );
    }
    for text in ["300美元", "约300万", "300万左右", "680w", "680多万", "三百万"] {
        assert_eq!(read("revenue_wan", text), Err(FaultKind::WrongType), "{text}");
    }
    for (text, people) in
        [("50", 50), ("50人", 50), ("50 people", 50), ("1.2万", 12000), ("1.2万人", 12000)]
    {
        assert_eq!(read("employees", text), Ok(Value::Number(people.into())), "{text}");
    }
    for text in ["约50", "50多人", "五十", "50人以下", "20-50", "1.2万元"] {
        assert_eq!(read("employees", text), Err(FaultKind::WrongType), "{text}");
    }
}

/// From, and the end with `!` if the number belongs to the range.
fn interval(name: &str, text: &str) -> Option<(String, String)> {
    let plain = |number: Decimal| number.normalize().to_string();
    let Interval { from, end } = Interval::parse(fact(name), text)?;
    Some((
        plain(from),
        match end {
            None => String::new(),
            Some(IntervalEnd::Included(to)) => format!("{}!", plain(to)),
            Some(IntervalEnd::Excluded(below)) => plain(below),
        },
    ))
}

#[test]
fn a_bound_is_a_range_that_is_right_however_its_word_is_meant() {
    for (name, text, from, end) in [
        // Usage differs on whether 50 belongs to it: it does, so the range is the wider one.
        ("employees", "50人以下", "0", "50!"),
        ("employees", "50以下", "0", "50!"),
        ("employees", "50人及以下", "0", "50!"),
        ("employees", "50 人以内", "0", "50!"),
        ("employees", "不超过50人", "0", "50!"),
        ("employees", "up to 50", "0", "50!"),
        ("employees", "≤50", "0", "50!"),
        ("employees", "不到50人", "0", "50"),
        ("employees", "不足 50", "0", "50"),
        ("employees", "fewer than 50 people", "0", "50"),
        ("employees", "under 50", "0", "50"),
        ("employees", "<50", "0", "50"),
        ("employees", "50人以上", "50", ""),
        ("employees", "超过50人", "50", ""),
        ("employees", "50 or more", "50", ""),
        ("employees", "50+", "50", ""),
        ("employees", "20-50人", "20", "50!"),
        ("employees", "20到50", "20", "50!"),
        ("employees", "20～50人", "20", "50!"),
        ("employees", "20人至50人", "20", "50!"),
        ("employees", "between 20 and 50", "20", "50!"),
        ("revenue_wan", "500万以下", "0", "500!"),
        ("revenue_wan", "不到1亿", "0", "10000"),
        ("revenue_wan", "300-500万", "300", "500!"),
        ("revenue_wan", "1到2亿", "10000", "20000!"),
        ("revenue_wan", "5000万到1.2亿元", "5000", "12000!"),
        ("revenue_wan", "3 to 5 million yuan", "300", "500!"),
        ("revenue_wan", "less than 3 million yuan", "0", "300"),
        ("revenue_wan", "over 10 million yuan", "1000", ""),
        ("revenue_wan", "300-500", "300", "500!"),
    ] {
        assert_eq!(interval(name, text), Some((from.to_owned(), end.to_owned())), "{text}");
    }
    for (name, text) in [
        ("employees", "50"),
        ("employees", "-5"),
        ("employees", "50-20"),
        ("employees", "不到0人"),
        ("employees", "50人左右"),
        ("employees", "约20到50"),
        ("employees", "以下"),
        ("employees", "1.5-3"),
        ("employees", "2026-11-29"),
        ("revenue_wan", "5000-1亿"),
        ("revenue_wan", "¥300以下"),
        ("revenue_wan", "300美元以下"),
        ("exports_goods", "1-2"),
    ] {
        assert_eq!(interval(name, text), None, "{text}");
    }
}
