//! Registers of firms as public bodies publish them: short names of provinces, registered capital, a line of business,
//! no size and no answer. Every firm has statuses, and the summary states what one more column would decide.

use crate::firms::credit_code;
use crate::screen::{Row, folder, rows_of, screen};
use crate::support::advisor;
use fastrand::Rng;
use std::collections::BTreeMap;

const FIRMS: usize = 5000;

/// Provinces as registers write them, with the office of registration and the region.
const PROVINCES: [(&str, &str, &str); 6] = [
    ("天津", "120000", "east"),
    ("湖北", "420100", "centre"),
    ("浙江", "330782", "east"),
    ("广东", "440300", "east"),
    ("内蒙古", "150100", "west"),
    ("黑龙江", "230100", "north-east"),
];

const HEADER: &str =
    "序号,企业名称,统一社会信用代码,所在省份,注册资金,成立日期,法定代表人,行业,经营范围,电话";

/// A register with some cells that cannot be read, and how many.
fn register(rng: &mut Rng) -> (String, usize) {
    let (mut list, mut faulty) = (format!("{HEADER}\n"), 0);
    for number in 1..=FIRMS {
        let (name, office, _) = PROVINCES[rng.usize(0..PROVINCES.len())];
        // In some rows the province cannot be read; the code beside it states it.
        let province = if number % 50 == 0 { "本市" } else { name };
        let industry = ["批发业", "F5191", "互联网零售", "外贸"][rng.usize(0..4)];
        faulty += usize::from(province == "本市") + usize::from(industry == "外贸");
        let capital = ["500万人民币", "1000", "壹佰万元整", "100万美元", ""][rng.usize(0..5)];
        let code = credit_code(office);
        list.push_str(&format!(
            "{number},{name}某某{number}有限公司,{code},{province},{capital},2015-0{}-11,张某,{industry},\"货物进出口；日用百货、服装的销售,技术服务\",0{}\n",
            rng.usize(1..10),
            rng.u32(10_000_000..99_999_999),
        ));
    }
    (list, faulty)
}

/// How many statuses of the rows are undetermined.
fn undetermined(rows: &[Row]) -> usize {
    let supports = &advisor().book().supports;
    let of = |row: &Row| supports.iter().filter(|s| row[&s.id] == "undetermined").count();
    rows.iter().map(of).sum()
}

/// The line about a fact under “what to ask”: firms to ask, and statuses that could be decided.
fn question(err: &str, fact: &str) -> (usize, usize) {
    let line = err.lines().find(|l| l.contains(&format!("({fact}): ask "))).unwrap_or_default();
    let mut numbers = line.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[test]
fn every_firm_of_a_register_has_statuses() {
    let (list, faulty) = register(&mut Rng::with_seed(24));
    let (folder, input) = folder("register.csv", &list);
    let output = folder.path().join("out.csv");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert_eq!(code, 4, "{}", err.chars().take(2000).collect::<String>());
    assert!(
        err.contains("columns read (3): 统一社会信用代码→uscc, 所在省份→province, 行业→industry")
    );
    assert!(err.contains(&format!("({faulty} in all): their facts are unknown")));
    let rows = rows_of(&output);
    assert_eq!(rows.len(), FIRMS);
    let regions: BTreeMap<&str, &str> = PROVINCES.map(|(name, _, region)| (name, region)).into();
    for row in &rows {
        for support in &advisor().book().supports {
            assert!(!row[&support.id].is_empty(), "{}: {row:?}", support.id);
        }
        // The code settles the province where its own cell cannot be read.
        let name = PROVINCES.iter().find(|(name, ..)| row["企业名称"].starts_with(name)).unwrap().0;
        assert_eq!(row["region"], regions[name], "{row:?}");
        assert_eq!((&*row["uscc_ok"], &*row["warnings"]), ("yes", ""), "{row:?}");
        let is_faulty = row["所在省份"] == "本市" || row["行业"] == "外贸";
        assert_eq!(!row["faults"].is_empty(), is_faulty, "{row:?}");
        // No firm outside the nine cities' province is in them, whatever else is unknown.
        if name != "广东" {
            assert_eq!(row["gba-digital-pilot"], "does_not_apply", "{row:?}");
        }
    }
    // One more column decides no more statuses than the summary states, and many.
    let (asked, decides) = question(&err, "exports_goods");
    assert_eq!(asked, FIRMS, "{err}");
    let exports = |rng: &mut Rng| if rng.bool() { "是" } else { "否" };
    let mut rng = Rng::with_seed(25);
    let mut more = list.lines().map(|line| match line {
        HEADER => format!("{HEADER},是否出口\n"),
        firm => format!("{firm},{}\n", exports(&mut rng)),
    });
    let more: String = more.by_ref().collect();
    std::fs::write(folder.path().join("more.csv"), more).unwrap();
    let (code, err) = screen(&folder.path().join("more.csv"), &output, &["--lang", "en"]);
    assert_eq!(code, 4);
    assert_eq!(question(&err, "exports_goods"), (0, 0), "it is not asked again");
    let decided = undetermined(&rows) - undetermined(&rows_of(&output));
    assert!(decided <= decides && decided * 10 > decides, "{decided} of {decides}");
}
