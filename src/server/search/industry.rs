//! Industries by their official, English and everyday names, by pinyin and by code.

use super::{Find, Ranked, english, label};
use export_advisor_core::facts::search::{Fit, SearchEntry, SearchText, Synonym};
use export_advisor_core::facts::{Format, Reference};
use export_advisor_core::wording::Lang;
use std::collections::BTreeMap;

/// How an industry was found, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Name,
    Synonym,
    Pinyin,
    Prefix,
    SynonymPrefix,
    Infix,
    /// An everyday name is part of the text.
    SynonymWithin,
    SynonymInfix,
    Words,
    PinyinPrefix,
}

/// What firms add to the name of their goods, and the beginning of the codes that it speaks for; longer ones first.
const ACTIVITIES: &[(&str, &str)] = &[
    ("manufacturing", "C"),
    ("manufacturer", "C"),
    ("wholesaler", "F51"),
    ("wholesale", "F51"),
    ("exporter", "F51"),
    ("importer", "F51"),
    ("retailer", "F52"),
    ("trading", "F51"),
    ("factory", "C"),
    ("company", ""),
    ("export", "F51"),
    ("import", "F51"),
    ("retail", "F52"),
    ("trade", "F51"),
    ("maker", "C"),
    ("store", "F52"),
    ("shop", "F52"),
    ("生产企业", "C"),
    ("生产厂家", "C"),
    ("进出口", "F51"),
    ("专卖店", "F52"),
    ("加工厂", "C"),
    ("生意", ""),
    ("行业", ""),
    ("公司", ""),
    ("企业", ""),
    ("批发", "F51"),
    ("零售", "F52"),
    ("贸易", "F51"),
    ("外贸", "F51"),
    ("进口", "F51"),
    ("出口", ""),
    ("销售", "F5"),
    ("工厂", "C"),
    ("厂家", "C"),
    ("生产", "C"),
    ("制造", "C"),
    ("加工", "C"),
    ("厂", "C"),
    ("店", "F52"),
    ("业", ""),
];

/// Words before the name of the goods: 做女装的.
const VERBS: &[(&str, &str)] = &[
    ("我们是", ""),
    ("生产", "C"),
    ("制造", "C"),
    ("加工", "C"),
    ("出口", ""),
    ("进口", "F51"),
    ("做", ""),
    ("卖", "F5"),
];

/// What a text may mean, the likeliest first.
pub(super) fn find(reference: &Reference, text: &str, lang: Lang) -> Vec<Ranked> {
    let Some(wanted) = SearchText::new(text) else { return Vec::new() };
    let names = reference.search_names();
    let mut finds = Finds::default();
    for entry in &names.industries {
        if let Some(tier) = official(entry, &wanted) {
            finds.add(&entry.code, tier, 0);
        }
    }
    for synonym in &names.synonyms {
        if let Some((tier, distance)) = everyday(synonym, &wanted) {
            finds.add_all(synonym, tier, distance, "");
        }
    }
    if let Some((goods, codes)) = without_activity(wanted.key())
        && let Some(goods) = SearchText::new(goods)
    {
        for synonym in &names.synonyms {
            if matches!(synonym.name.fit(&goods), Some(Fit::Exact | Fit::Pinyin)) {
                finds.add_all(synonym, Tier::Synonym, 0, codes);
            }
        }
    }
    let mut found: Vec<(Tier, usize, usize, &SearchEntry)> = (names.industries.iter())
        .filter_map(|entry| {
            let (tier, order) = finds.by_code.get(entry.code.as_str())?;
            Some((*tier, *order, entry.name.chars().count(), entry))
        })
        .collect();
    found.sort_by(|a, b| (a.0, a.1, a.2, &a.3.code).cmp(&(b.0, b.1, b.2, &b.3.code)));
    let find = |entry: &SearchEntry| Find {
        code: entry.code.clone(),
        label: label(reference, Format::Industry, &entry.code, Lang::Zh),
        hint: english(lang, &entry.english),
        members: Vec::new(),
    };
    (found.into_iter())
        .map(|(tier, _, _, entry)| Ranked { is_name: tier == Tier::Name, find: find(entry) })
        .collect()
}

/// The best that was found for each code: how, and the order within that.
#[derive(Default)]
struct Finds<'a> {
    by_code: BTreeMap<&'a str, (Tier, usize)>,
}

impl<'a> Finds<'a> {
    fn add(&mut self, code: &'a str, tier: Tier, order: usize) {
        let best = self.by_code.entry(code).or_insert((tier, order));
        *best = (*best).min((tier, order));
    }

    /// Adds the codes of an everyday name in their order, those that begin with `codes` first.
    fn add_all(&mut self, synonym: &'a Synonym, tier: Tier, distance: usize, codes: &str) {
        let (fitting, others): (Vec<&String>, Vec<&String>) =
            synonym.codes.iter().partition(|code| code.starts_with(codes));
        for (order, code) in fitting.into_iter().chain(others).enumerate() {
            self.add(code, tier, distance * 100 + order);
        }
    }
}

/// How a text fits an official name or a code.
fn official(entry: &SearchEntry, wanted: &SearchText) -> Option<Tier> {
    let code = if wanted.is_ascii() { entry.code.to_lowercase() } else { String::new() };
    let digits = code.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    if code == wanted.key() {
        return Some(Tier::Name);
    }
    let of_name = |(index, tier): (usize, Fit)| match (index, tier) {
        (0, Fit::Exact) => Tier::Name,
        (_, Fit::Exact | Fit::Pinyin) => Tier::Pinyin,
        (_, Fit::Prefix) => Tier::Prefix,
        (_, Fit::Infix) => Tier::Infix,
        (_, Fit::Words) => Tier::Words,
        (_, Fit::PinyinPrefix) => Tier::PinyinPrefix,
    };
    let fits = entry.names.iter().enumerate();
    let best = fits.filter_map(|(index, name)| Some(of_name((index, name.fit(wanted)?)))).min();
    let is_code = || {
        let prefix = wanted.key();
        prefix.len() > 1 && (code.starts_with(prefix) || digits.starts_with(prefix))
    };
    best.or_else(|| is_code().then_some(Tier::Infix))
}

/// How a text fits an everyday name, and how much the two differ in length.
fn everyday(synonym: &Synonym, wanted: &SearchText) -> Option<(Tier, usize)> {
    let (own, other) = (synonym.name.key().chars().count(), wanted.key().chars().count());
    let tier = match synonym.name.fit(wanted) {
        Some(Fit::Exact) => return Some((Tier::Synonym, 0)),
        Some(Fit::Pinyin) => return Some((Tier::Pinyin, 0)),
        Some(Fit::Prefix) if other > 1 => Tier::SynonymPrefix,
        Some(Fit::Infix) if other > 1 => Tier::SynonymInfix,
        Some(Fit::Words) => Tier::Words,
        Some(Fit::PinyinPrefix) => Tier::PinyinPrefix,
        _ if synonym.name.is_in(wanted) => Tier::SynonymWithin,
        _ => return None,
    };
    Some((tier, own.abs_diff(other)))
}

/// A text without what says how a firm deals with its goods, and the beginning of the codes that this speaks for.
fn without_activity(key: &str) -> Option<(&str, &'static str)> {
    let (mut rest, mut codes) = (key, "");
    let mut is_shorter = true;
    while is_shorter {
        let before = rest.len();
        rest = rest.strip_suffix('的').unwrap_or(rest);
        for (verb, of_verb) in VERBS.iter().copied() {
            if let Some(after) = rest.strip_prefix(verb)
                && !after.is_empty()
            {
                (rest, codes) = (after, if codes.is_empty() { of_verb } else { codes });
                break;
            }
        }
        for (activity, of_activity) in ACTIVITIES.iter().copied() {
            if let Some(goods) = rest.strip_suffix(activity)
                && !goods.is_empty()
            {
                (rest, codes) = (goods, if codes.is_empty() { of_activity } else { codes });
                break;
            }
        }
        is_shorter = rest.len() < before;
    }
    (rest.len() < key.len()).then_some((rest, codes))
}
