//! The tables of the search: their codes exist, no name stands twice, and each name has its pinyin.

use crate::support::advisor;
use export_advisor_core::facts::search::{Fit, SearchText};
use export_advisor_core::facts::{Format, Reference};
use std::collections::{BTreeMap, BTreeSet};

fn reference() -> &'static Reference {
    &advisor().book().reference
}

/// The rows of a table by the names of its columns.
fn rows(text: &'static str) -> Vec<BTreeMap<&'static str, &'static str>> {
    let mut lines = text.lines().filter(|line| !line.starts_with("# "));
    let header: Vec<&str> =
        lines.next().unwrap().split('\t').map(|name| name.split(':').next().unwrap()).collect();
    lines.map(|line| header.iter().copied().zip(line.split('\t')).collect()).collect()
}

const INDUSTRIES: &str = include_str!("../../../../rules/tables/industries.tsv");
const DIVISIONS: &str = include_str!("../../../../rules/tables/divisions.tsv");
const PROVINCES: &str = include_str!("../../../../rules/tables/provinces.tsv");
const DIVISION_NAMES: &str = include_str!("../../../../rules/tables/division-names.tsv");
const COUNTRIES: &str = include_str!("../../../../rules/tables/countries.tsv");
const RCEP: &str = include_str!("../../../../rules/tables/rcep.tsv");
const GROUPS: &str = include_str!("../../../../rules/tables/country-groups.tsv");
const SYNONYMS: &str = include_str!("../../../../rules/tables/industry-synonyms.tsv");
const ENGLISH: &str = include_str!("../../../../rules/tables/industry-names.tsv");
const PINYIN: &str = include_str!("../../../../rules/tables/pinyin.tsv");

#[test]
fn everyday_names_lead_to_industries_and_stand_once() {
    let known: BTreeSet<&str> = rows(INDUSTRIES).iter().map(|row| row["code"]).collect();
    let synonyms = &reference().search_names().synonyms;
    assert!(synonyms.len() >= 600, "{}", synonyms.len());
    let mut seen = BTreeSet::new();
    for synonym in synonyms {
        let word = &synonym.word;
        assert!(!word.is_empty() && word.trim() == word, "`{word}`");
        assert!(seen.insert(word.to_lowercase()), "{word} stands twice");
        assert!(!synonym.codes.is_empty(), "{word}");
        let different: BTreeSet<&String> = synonym.codes.iter().collect();
        assert_eq!(different.len(), synonym.codes.len(), "{word}");
        for code in &synonym.codes {
            assert!(known.contains(code.as_str()) && code.len() > 2, "{word}: {code}");
        }
    }
}

#[test]
fn sections_divisions_and_groups_have_an_english_name_and_classes_none() {
    let named: BTreeSet<&str> = rows(ENGLISH).iter().map(|row| row["code"]).collect();
    let industries = rows(INDUSTRIES);
    let wanted = industries.iter().filter(|row| row["level"] != "class").map(|row| row["code"]);
    assert_eq!(named, wanted.collect());
    assert!(rows(ENGLISH).iter().all(|row| row["name_en"].is_ascii() && row["name_en"].len() > 3));
}

#[test]
fn groups_have_members_a_source_and_a_date() {
    let members = |id: &str| -> BTreeSet<String> {
        let groups = &reference().search_names().groups;
        groups.iter().find(|group| group.id == id).unwrap().members.iter().cloned().collect()
    };
    let partners = rows(RCEP).iter().map(|row| row["partner"].to_owned()).collect();
    assert_eq!(members("RCEP"), partners);
    assert_eq!(members("ASEAN"), members("southeast-asia"));
    for row in rows(GROUPS) {
        assert!(row["source"].chars().count() > 8 && row["date"].len() == 10, "{row:?}");
        assert!(matches!(row["confidence"], "high" | "medium"), "{row:?}");
        let listed: Vec<&str> = row["members"].split('|').collect();
        assert!(listed.len() > 2 && listed.is_sorted_by(|a, b| a < b), "{row:?}");
        for code in listed {
            assert_eq!(reference().country(code), Some(code), "{row:?}");
            assert!(!["CN", "HK", "MO", "TW"].contains(&code), "{row:?}");
        }
        for name in
            [row["id"], row["name_zh"], row["name_en"]].into_iter().chain(row["also"].split('|'))
        {
            assert_eq!(reference().country(name), None, "a country is called so: {name}");
        }
    }
    let all = rows(GROUPS);
    let belt = all.iter().filter(|row| row["name_zh"].contains("一带一路"));
    assert_eq!(belt.count(), 0, "it has no fixed list of members");
}

/// New names need `tests/tables/pinyin.py`.
#[test]
fn every_name_has_its_pinyin() {
    let read: BTreeSet<&str> = rows(PINYIN).iter().map(|row| row["text"]).collect();
    let mut missing = BTreeSet::new();
    for (table, columns) in [
        (INDUSTRIES, &["name"][..]),
        (DIVISIONS, &["name"]),
        (PROVINCES, &["name", "also"]),
        (DIVISION_NAMES, &["also"]),
        (COUNTRIES, &["name_zh", "aliases"]),
        (GROUPS, &["name_zh", "also"]),
        (SYNONYMS, &["words"]),
    ] {
        for row in rows(table) {
            for text in columns.iter().map(|column| row[column]) {
                let chinese = text.chars().filter(|c| ('\u{3400}'..='\u{9fff}').contains(c));
                missing.extend(chinese.filter(|c| !read.contains(c.to_string().as_str())));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
    for row in rows(PINYIN) {
        let syllables = row["reading"].split(' ');
        assert_eq!(syllables.clone().count(), row["text"].chars().count(), "{row:?}");
        for syllable in syllables {
            assert!(
                syllable.bytes().all(|b| b.is_ascii_lowercase()) && !syllable.is_empty(),
                "{row:?}"
            );
        }
    }
}

#[test]
fn characters_with_several_readings_are_read_as_in_the_name() {
    let of = |format: Format, code: &str| {
        let names = reference().search_names();
        let list = match format {
            Format::Division => &names.divisions,
            Format::Industry => &names.industries,
            _ => &names.countries,
        };
        list.iter().find(|entry| entry.code == code).unwrap()
    };
    let places = "重庆 chongqing,厦门 xiamen,乐清 yueqing,丽水 lishui,蚌埠 bengbu,亳州 bozhou,台州 taizhou,六安 luan,\
        铅山 yanshan,歙县 shexian,黟县 yixian,涡阳 guoyang,枞阳 zongyang,盱眙 xuyi,邳州 pizhou,浚县 xunxian,郏县 jiaxian,\
        长垣 changyuan,尉氏 weishi,尉犁 yuli,柘城 zhecheng,泌阳 biyang,中牟 zhongmu,牟平 muping,荥阳 xingyang,荥经 yingjing,\
        漯河 luohe,渑池 mianchi,莘县 shenxian,茌平 chiping,东阿 donge,单县 shanxian,曲阜 qufu,乐陵 laoling,乐亭 laoting,\
        乐山 leshan,蔚县 yuxian,井陉 jingxing,大城 daicheng,洪洞 hongtong,隰县 xixian,长子 zhangzi,长治 changzhi,繁峙 fanshi,\
        吴堡 wubu,柞水 zhashui,旬邑 xunyi,黄陂 huangpi,监利 jianli,耒阳 leiyang,郴州 chenzhou,汨罗 miluo,犍为 qianwei,\
        什邡 shifang,筠连 junlian,郫都 pidu,色达 seda,都匀 duyun,都江堰 dujiangyan,六盘水 liupanshui,六枝 liuzhi,六合 luhe,\
        朝阳 chaoyang,番禺 panyu,东莞 dongguan,大埔 dabu,黄埔 huangpu,百色 baise,闵行 minhang,宿州 suzhou,宿迁 suqian,\
        会昌 huichang,莎车 shache,鄯善 shanshan,覃塘 qintang,句容 jurong,佛山 foshan,佛冈 fogang,珲春 hunchun,马尾 mawei,\
        崆峒 kongtong,伽师 jiashi,乌什 wushi,库尔勒 kuerle,勐腊 mengla,绿春 lvchun,阿勒泰 aletai,西藏 xizang";
    let mut count = 0;
    for pair in places.split(',').map(str::trim) {
        let (name, pinyin) = pair.split_once(' ').unwrap();
        let text = SearchText::new(pinyin).unwrap();
        let named = reference().search_names().divisions.iter().filter(|entry| {
            entry.name == name || entry.name.starts_with(name) && !entry.name.contains("自治县")
        });
        for entry in named {
            let fit = entry.names.iter().filter_map(|own| own.fit(&text)).min();
            assert!(
                fit.is_some_and(|fit| fit <= Fit::PinyinPrefix),
                "{} {pinyin}: {fit:?}",
                entry.name
            );
            count += 1;
        }
    }
    assert!(count > 80, "{count}");
    for (format, code, pinyin) in [
        (Format::Industry, "L7241", "kuaijishenjijishuiwufuwu"),
        (Format::Industry, "J6621", "shangyeyinhangfuwu"),
        (Format::Industry, "C242", "yueqizhizao"),
        (Format::Industry, "C2921", "suliaobomozhizao"),
        (Format::Country, "SA", "shate"),
        (Format::Country, "HN", "hongdulasi"),
        (Format::Country, "US", "meiguo"),
    ] {
        let text = SearchText::new(pinyin).unwrap();
        let fit = of(format, code).names.iter().filter_map(|own| own.fit(&text)).min();
        assert_eq!(fit, Some(Fit::Pinyin), "{code} {pinyin}");
    }
    let wrong = SearchText::new("zhongqing").unwrap();
    assert!(of(Format::Division, "500000").names.iter().all(|own| own.fit(&wrong).is_none()));
}

#[test]
fn english_words_are_compared_in_the_singular() {
    let fit = |word: &str, text: &str| {
        let names = &reference().search_names().synonyms;
        let synonym = names.iter().find(|synonym| synonym.word == word).unwrap();
        synonym.name.fit(&SearchText::new(text).unwrap())
    };
    for text in ["used cars", "Used Car", "USED-CARS", " used  cars "] {
        assert_eq!(fit("used cars", text), Some(Fit::Exact), "{text}");
    }
    assert_eq!(fit("used cars", "used"), Some(Fit::Prefix));
    assert_eq!(fit("used cars", "car"), Some(Fit::Words));
    assert_eq!(fit("used cars", "ar"), None, "words begin so, or not at all");
    assert_eq!(fit("batteries", "battery"), Some(Fit::Exact));
    assert_eq!(fit("women's clothing", "womens clothing"), Some(Fit::Exact));
    assert_eq!(fit("女装", "nz"), Some(Fit::Pinyin));
    assert_eq!(fit("女装", "nü zhuang"), Some(Fit::Pinyin));
    assert_eq!(fit("女装", "n"), None, "one letter would begin thousands");
    assert_eq!(SearchText::new(&"a".repeat(61)), None);
    assert_eq!(SearchText::new("，、"), None);
}
