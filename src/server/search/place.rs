//! Places by their names, with or without what they lie in, by pinyin, by English name and by code.

use super::{Find, Ranked, english, label};
use export_advisor_core::facts::search::{Fit, LONGEST_SEARCHED, SearchEntry, SearchText};
use export_advisor_core::facts::{Format, Reference};
use export_advisor_core::wording::Lang;

/// What a text may mean, the likeliest first.
pub(super) fn find(reference: &Reference, text: &str, lang: Lang) -> Vec<Ranked> {
    let Some(wanted) = SearchText::new(text) else { return Vec::new() };
    let is_number = wanted.key().bytes().all(|byte| byte.is_ascii_digit());
    let mut found = if wanted.is_ascii() && !is_number {
        by_letters(reference, text, &wanted)
    } else {
        by_characters(reference, text)
    };
    found.sort_by(|a, b| (a.rank, &a.order, &a.entry.code).cmp(&(b.rank, &b.order, &b.entry.code)));
    let find = |entry: &SearchEntry| Find {
        code: entry.code.clone(),
        label: label(reference, Format::Division, &entry.code, Lang::Zh),
        hint: english(lang, &entry.english),
        members: Vec::new(),
    };
    (found.into_iter())
        .map(|place| Ranked { is_name: place.rank == 0, find: find(place.entry) })
        .collect()
}

/// A place that was found.
struct Place<'a> {
    /// 0 is the name itself, then how well it fits.
    rank: u8,
    /// Which of those that fit equally comes first.
    order: [usize; 3],
    entry: &'a SearchEntry,
}

/// The places of a pinyin or an English name: provinces first, then the larger trading cities.
fn by_letters<'a>(reference: &'a Reference, text: &str, wanted: &SearchText) -> Vec<Place<'a>> {
    let all = &reference.search_names().divisions;
    let parts: Vec<SearchText> =
        text.split([' ', ',', '，', '/']).filter_map(SearchText::new).collect();
    let begins = |code: &str, part: &SearchText| {
        let index = all.partition_point(|entry| entry.code.as_str() < code);
        let entry = all.get(index).filter(|entry| entry.code == code);
        entry.is_some_and(|entry| entry.names.iter().any(|name| name.fit(part).is_some()))
    };
    let rank = |entry: &SearchEntry| {
        let fit = entry.names.iter().filter_map(|name| name.fit(wanted)).min();
        let rank = match fit {
            Some(Fit::Exact | Fit::Pinyin) => Some(1),
            Some(Fit::Prefix | Fit::PinyinPrefix) => Some(2),
            Some(Fit::Words | Fit::Infix) => Some(3),
            None => None,
        };
        // `Yiwu, Zhejiang` and `zhejiang yiwu`: one part names it, the others what it lies in.
        let is_path = || {
            let is_own =
                |part: &SearchText| entry.names.iter().any(|name| name.fit(part).is_some());
            let above = [entry.code.get(..2), entry.code.get(..4)].into_iter().flatten();
            let above: Vec<String> = above.map(|start| format!("{start:0<6}")).collect();
            let is_above = |part: &SearchText| above.iter().any(|code| begins(code, part));
            parts.len() > 1
                && parts.iter().any(is_own)
                && parts.iter().all(|part| is_own(part) || is_above(part) || part.key() == "china")
        };
        rank.or_else(|| is_path().then_some(3))
    };
    let place = |entry: &'a SearchEntry| {
        let is_province = entry.code.ends_with("0000");
        let level = if is_province { 0 } else { 2 - usize::from(entry.code.ends_with("00")) };
        let weight = if is_province { 0 } else { usize::from(entry.weight) };
        let order = [weight, level, entry.name.chars().count()];
        Some(Place { rank: rank(entry)?, order, entry })
    };
    all.iter().filter_map(place).collect()
}

/// The places of a Chinese name or a code.
fn by_characters<'a>(reference: &'a Reference, text: &str) -> Vec<Place<'a>> {
    let words: Vec<&str> =
        text.split([' ', '　', '·', '，', ',']).filter(|w| !w.is_empty()).collect();
    let whole = words.concat();
    if whole.chars().nth(LONGEST_SEARCHED).is_some() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for entry in &reference.search_names().divisions {
        let name = entry.name.as_str();
        if matches!(name, "市辖区" | "县") {
            continue;
        }
        let label = label(reference, Format::Division, &entry.code, Lang::Zh);
        let path: String = label.chars().filter(|c| *c != ' ').collect();
        // “浙江省义乌市”, “浙江义乌”: what stands above it may be named first.
        let below = below(&label, &whole);
        let bare = name.trim_end_matches(['省', '市', '区', '县']);
        let rank = if [&whole, below].contains(&name)
            || path.starts_with(&format!("{whole}（"))
            || [&whole, below].contains(&bare)
        {
            0
        } else if name.starts_with(below) {
            1
        } else if name.contains(&whole) || entry.code.starts_with(&whole) {
            2
        } else if words.iter().all(|word| path.contains(word)) || path.contains(&whole) {
            3
        } else {
            continue;
        };
        found.push(Place { rank, order: [name.chars().count(), 0, 0], entry });
    }
    found
}

/// How the names of provinces and prefectures end, which may be left out; longer ones first.
const ENDINGS: [&str; 8] =
    ["维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "地区", "省", "市"];

/// What is left of a text after the names of what a place lies in, each with or without its ending.
/// If nothing is left, the text names one of these and not the place.
fn below<'a>(label: &str, text: &'a str) -> &'a str {
    let names: Vec<&str> = label.split('（').next().unwrap_or(label).split(' ').collect();
    let above = names.split_last().map_or(&[][..], |(_, above)| above);
    let left = above.iter().fold(text, |left, name| {
        let bare = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
        left.strip_prefix(name).or_else(|| left.strip_prefix(bare)).unwrap_or(left)
    });
    if left.is_empty() { text } else { left }
}
