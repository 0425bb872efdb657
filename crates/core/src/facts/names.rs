//! Divisions and industries by name.
//!
//! Owns the index of names: full names, short names without the level (宁波, 延边), former names, English names, and
//! names with what they lie in before them (浙江义乌). In goes a text, out comes the one code that it names, or all
//! that it may name. The index is built from the tables when the first name is read, since most lists have codes.
//!
//! It never guesses: a name that several places have is ambiguous. There are two exceptions. A place that contains all
//! others of the name stands for them, since that says nothing false (长沙 is the city, not the county in it). And a
//! short name of a province or prefecture is not one of a district or county elsewhere (中山, 西安), which is never
//! written without its level; districts of municipalities, which rank with prefectures, are (朝阳).

use super::spelling::spelling;
use foldhash::HashMap;

/// What a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NameMatch {
    /// Nothing that is known.
    Nothing,
    /// One division or industry.
    One(Named),
    /// Several, none of which contains the others: code and name of each.
    Several(Vec<(String, String)>),
}

/// A division or industry that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Its code; of a former division, the one that it had.
    pub(super) code: String,
    /// The name that goes with the code.
    pub(super) name: String,
    /// The code to read instead, if the code is no longer in force.
    pub(super) now: Option<String>,
}

/// A division in force or a former one, as the tables give it.
pub(super) struct DivisionRow<'a> {
    pub(super) code: &'a str,
    pub(super) name: &'a str,
    /// The code of what it lies in; of a former one, the code to read instead.
    pub(super) related: &'a str,
}

/// The longest text that is taken for a name, in characters.
const LONGEST: usize = 60;
/// How many names of areas may stand before a name.
const DEEPEST: u8 = 3;
/// The most places that a message lists.
const MOST_LISTED: usize = 8;

/// The levels that names end in, longer ones first.
const LEVELS: &[&str] = &[
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "地区",
    "新区",
    "林区",
    "特区",
    "省",
    "市",
    "县",
    "区",
    "盟",
    "旗",
];
/// The peoples in names of autonomous areas, longer ones first; a few are written without 族.
const PEOPLES: &[&str] = &[
    "柯尔克孜",
    "乌孜别克",
    "塔吉克族",
    "哈萨克族",
    "维吾尔族",
    "达斡尔族",
    "鄂温克族",
    "鄂伦春族",
    "塔塔尔族",
    "俄罗斯族",
    "维吾尔",
    "哈萨克",
    "塔吉克",
    "朝鲜族",
    "蒙古族",
    "土家族",
    "布依族",
    "毛南族",
    "仫佬族",
    "仡佬族",
    "哈尼族",
    "拉祜族",
    "布朗族",
    "纳西族",
    "景颇族",
    "傈僳族",
    "独龙族",
    "普米族",
    "裕固族",
    "保安族",
    "东乡族",
    "撒拉族",
    "锡伯",
    "蒙古",
    "满族",
    "回族",
    "畲族",
    "苗族",
    "瑶族",
    "侗族",
    "壮族",
    "黎族",
    "羌族",
    "彝族",
    "藏族",
    "水族",
    "傣族",
    "佤族",
    "白族",
    "怒族",
    "土族",
];
/// Terms between the names of what a division lies in and its own, which name no division.
const BETWEEN: &[&str] = &["省直辖县级行政区划", "自治区直辖县级行政区划", "市辖区", "辖区"];
/// English terms for levels.
const ENGLISH_LEVELS: &[&str] = &[
    "autonomousregion",
    "autonomousprefecture",
    "specialadministrativeregion",
    "municipality",
    "prefecture",
    "province",
    "district",
    "city",
];

/// A name and whether it is written in full.
type Entry = (usize, bool);

#[derive(Clone, Debug)]
struct Division {
    code: String,
    name: String,
    /// 1: a province; 2: a prefecture, or a district or city that lies in a province directly; 3: any other.
    rank: u8,
    is_prefecture: bool,
    is_retired: bool,
    /// What it lies in.
    parent: Option<usize>,
    /// What it is today.
    now: usize,
}

/// The names of divisions.
#[derive(Clone, Debug, Default)]
pub(super) struct DivisionNames {
    divisions: Vec<Division>,
    names: HashMap<String, Vec<Entry>>,
}

impl DivisionNames {
    /// The index of the divisions in force, the former ones, and other names of those in force: code and name.
    pub(super) fn new<'a>(
        current: impl Iterator<Item = DivisionRow<'a>>,
        retired: impl Iterator<Item = DivisionRow<'a>>,
        others: impl Iterator<Item = (String, &'a str)>,
    ) -> Self {
        let mut index = Self::default();
        let mut by_code: HashMap<&str, usize> = HashMap::default();
        let mut parents = Vec::new();
        for row in current {
            let own = index.divisions.len();
            by_code.insert(row.code, own);
            parents.push(row.related);
            let in_province = row.related.ends_with("0000") && !row.name.ends_with(['县', '旗']);
            index.divisions.push(Division {
                code: row.code.to_owned(),
                name: row.name.to_owned(),
                rank: if row.related.is_empty() { 1 } else { 3 - u8::from(in_province) },
                is_prefecture: row.code.ends_with("00"),
                is_retired: false,
                parent: None,
                now: own,
            });
        }
        for (division, parent) in index.divisions.iter_mut().zip(parents) {
            division.parent = by_code.get(parent).copied();
        }
        for row in retired {
            let Some(now) = by_code.get(row.related).copied() else { continue };
            let is_prefecture = row.code.ends_with("00");
            let in_municipality = ["11", "12", "31", "50"].iter().any(|p| row.code.starts_with(p));
            index.divisions.push(Division {
                code: row.code.to_owned(),
                name: row.name.to_owned(),
                rank: 3 - u8::from(is_prefecture || in_municipality),
                is_prefecture,
                is_retired: true,
                parent: None,
                now,
            });
        }
        for own in 0..index.divisions.len() {
            let Some(name) = index.divisions.get(own).map(|division| division.name.clone()) else {
                continue;
            };
            for short in short_names(&name) {
                index.add(&short, own, false);
            }
            index.add(&name, own, true);
        }
        for (code, name) in others {
            if let Some(own) = by_code.get(code.as_str()) {
                index.add(name, *own, false);
            }
        }
        index
    }

    fn add(&mut self, name: &str, own: usize, is_full: bool) {
        let entries = self.names.entry(key(name)).or_default();
        match entries.iter_mut().find(|entry| entry.0 == own) {
            Some(entry) => entry.1 |= is_full,
            None => entries.push((own, is_full)),
        }
    }

    /// What a text names.
    pub(super) fn find(&self, text: &str) -> NameMatch {
        if text.chars().nth(LONGEST).is_some() {
            return NameMatch::Nothing;
        }
        let found = self.resolve(text);
        let listed = || found.iter().filter_map(|own| self.divisions.get(*own));
        match found.as_slice() {
            [] => NameMatch::Nothing,
            [_] => listed().next().map_or(NameMatch::Nothing, |division| {
                let now = division.is_retired.then(|| self.code(division.now));
                NameMatch::One(Named {
                    code: division.code.clone(),
                    name: division.name.clone(),
                    now,
                })
            }),
            _ => NameMatch::Several(
                listed().take(MOST_LISTED).map(|d| (self.code(d.now), self.path(d))).collect(),
            ),
        }
    }

    fn code(&self, own: usize) -> String {
        self.divisions.get(own).map(|division| division.code.clone()).unwrap_or_default()
    }

    /// The name with those of what it lies in before it; of a former division, today's with the former in brackets.
    fn path(&self, division: &Division) -> String {
        let mut names: Vec<&str> = self
            .chain(division.now)
            .filter_map(|own| self.divisions.get(own))
            .map(|division| division.name.as_str())
            .collect();
        names.reverse();
        let path = names.concat();
        if division.is_retired { format!("{path}，原{}", division.name) } else { path }
    }

    /// A division and all that it lies in.
    fn chain(&self, own: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(own), |own| self.divisions.get(*own)?.parent)
    }

    /// Whether a division is `area` or lies in it.
    fn is_within(&self, own: usize, area: usize) -> bool {
        let (Some(division), Some(outer)) = (self.divisions.get(own), self.divisions.get(area))
        else {
            return false;
        };
        self.chain(division.now).any(|above| above == outer.now)
            || division.is_retired && division.code.starts_with(outer.code.trim_end_matches("00"))
    }

    fn resolve(&self, text: &str) -> Vec<usize> {
        let key = key(text);
        if key.is_ascii() {
            // `Yiwu, Zhejiang, China` names the smallest first.
            let parts = key.split(',').map(|part| {
                let bare = ENGLISH_LEVELS.iter().find_map(|level| part.strip_suffix(level));
                bare.unwrap_or(part)
            });
            let parts = parts.filter(|part| !matches!(*part, "" | "china" | "prchina" | "prc"));
            let mut parts: Vec<&str> = parts.collect();
            parts.reverse();
            let smallest = key.split(',').next().unwrap_or_default();
            let mut found = self.resolve_key(&parts.concat());
            // `Hebei District` lies in Tianjin and is not the province.
            found.retain(|own| {
                self.divisions.get(*own).is_some_and(|d| fits_level(smallest, &d.code))
            });
            return found;
        }
        let bare: String = key
            .chars()
            .filter(|c| !matches!(c, ',' | '/' | '_' | '·' | '>' | '、' | '|' | '—'))
            .collect();
        let bare = bare
            .strip_prefix("中华人民共和国")
            .or_else(|| bare.strip_prefix("中国"))
            .unwrap_or(&bare);
        self.resolve_key(bare)
    }

    fn resolve_key(&self, key: &str) -> Vec<usize> {
        let named = self.named(key, None);
        if named.is_empty() { self.named_in_areas(key, None, 1) } else { named }
    }

    /// The divisions of a name, in an area if one is given.
    fn named(&self, key: &str, area: Option<usize>) -> Vec<usize> {
        let Some(entries) = self.names.get(key) else { return Vec::new() };
        let mut inside: Vec<Entry> = entries.clone();
        if let Some(area) = area {
            inside.retain(|(own, _)| self.is_within(*own, area));
            // 吉林省吉林 is the city.
            if inside.iter().any(|(own, _)| *own != area) {
                inside.retain(|(own, _)| *own != area);
            }
        }
        let full: Vec<usize> =
            inside.iter().filter(|(_, full)| *full).map(|(own, _)| *own).collect();
        if full.is_empty() {
            let all: Vec<usize> = inside.iter().map(|(own, _)| *own).collect();
            self.highest(&all).map_or_else(|| self.reduced(all), |own| vec![own])
        } else {
            self.reduced(full)
        }
    }

    /// The divisions of a name with what it lies in before it.
    fn named_in_areas(&self, key: &str, area: Option<usize>, depth: u8) -> Vec<usize> {
        let mut found = Vec::new();
        if depth > DEEPEST {
            return found;
        }
        for (end, _) in key.char_indices().skip(2) {
            let Some((head, tail)) = key.split_at_checked(end) else { continue };
            let Some(heads) = self.names.get(head) else { continue };
            let tail = BETWEEN.iter().find_map(|infix| tail.strip_prefix(infix)).unwrap_or(tail);
            for (outer, _) in heads {
                let is_area = self.divisions.get(*outer).is_some_and(|division| division.rank < 3);
                if !is_area || area.is_some_and(|area| !self.is_within(*outer, area)) {
                    continue;
                }
                if tail.is_empty() {
                    found.push(*outer);
                    continue;
                }
                let named = self.named(tail, Some(*outer));
                if named.is_empty() {
                    found.extend(self.named_in_areas(tail, Some(*outer), depth + 1));
                } else {
                    found.extend(named);
                }
            }
        }
        self.reduced(found)
    }

    /// The province, or else the prefecture, that a short name stands for: the only division of its rank.
    fn highest(&self, all: &[usize]) -> Option<usize> {
        let of_rank = |rank| {
            let found = all.iter().copied();
            let is_current = move |d: &Division| d.rank == rank && !d.is_retired;
            found.filter(move |own| self.divisions.get(*own).is_some_and(is_current))
        };
        let only = |rank| {
            let mut found = of_rank(rank);
            found.next().filter(|_| found.next().is_none())
        };
        if of_rank(1).next().is_some() {
            return only(1);
        }
        only(2).filter(|own| self.divisions.get(*own).is_some_and(|d| d.is_prefecture))
    }

    /// Leaves one of those that are the same today, and the one that contains all others, if there is one.
    fn reduced(&self, mut all: Vec<usize>) -> Vec<usize> {
        let now = |own: usize| self.divisions.get(own).map_or(own, |division| division.now);
        let is_retired = |own: usize| self.divisions.get(own).is_some_and(|d| d.is_retired);
        let current: Vec<usize> = all.iter().copied().filter(|own| !is_retired(*own)).collect();
        // A name in force stands for former ones of the same area.
        let same_area = |own: usize, other: usize| {
            self.is_within(now(own), now(other)) || self.is_within(now(other), now(own))
        };
        all.retain(|own| !is_retired(*own) || !current.iter().any(|other| same_area(*own, *other)));
        let mut seen = Vec::new();
        all.retain(|own| {
            let is_new = !seen.contains(&now(*own));
            seen.push(now(*own));
            is_new
        });
        let outer = all
            .iter()
            .copied()
            .find(|own| all.iter().all(|other| self.is_within(now(*other), now(*own))));
        match outer {
            Some(outer) => vec![outer],
            None => all,
        }
    }
}

/// The form in which names are compared.
pub(super) fn key(text: &str) -> String {
    let mut key = spelling(text);
    key.retain(|c| !matches!(c, '\'' | '’' | '‘' | '-' | '.'));
    key
}

/// The short names of a division.
pub(super) fn short_names(name: &str) -> Vec<String> {
    let Some((level, bare)) =
        LEVELS.iter().find_map(|level| Some((*level, name.strip_suffix(level)?)))
    else {
        return Vec::new();
    };
    let mut short = bare.strip_suffix("各族").unwrap_or(bare);
    if level.starts_with("自治") || bare.ends_with('族') {
        while let Some(rest) = PEOPLES.iter().find_map(|people| short.strip_suffix(people)) {
            if rest.is_empty() {
                break;
            }
            short = rest;
        }
        // 东乡族自治县 is named after its people.
        short = short.strip_suffix('族').unwrap_or(short);
    }
    if short.chars().nth(1).is_none() {
        return Vec::new();
    }
    let with_level = match level {
        "自治州" => Some("州"),
        "自治县" => Some("县"),
        "自治旗" => Some("旗"),
        _ => None,
    };
    let with_level = with_level.map(|level| format!("{short}{level}"));
    std::iter::once(short.to_owned()).chain(with_level).collect()
}

/// The names of industries.
#[derive(Clone, Debug, Default)]
pub(super) struct IndustryNames(HashMap<String, Vec<String>>);

impl IndustryNames {
    /// The index of codes and names.
    pub(super) fn new<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut index: HashMap<String, Vec<String>> = HashMap::default();
        for (code, name) in rows {
            index.entry(key(name)).or_default().push(code.to_owned());
        }
        Self(index)
    }

    /// The codes of a name, shorter ones first.
    pub(super) fn codes(&self, text: &str) -> &[String] {
        self.0.get(&key(text)).map_or(&[], Vec::as_slice)
    }
}

/// Whether a division, by its code, can have the level that an English name ends with.
fn fits_level(name: &str, code: &str) -> bool {
    let is_province = code.ends_with("0000");
    let is_municipality =
        is_province && ["11", "12", "31", "50"].iter().any(|p| code.starts_with(p));
    if name.ends_with("district") || name.ends_with("county") {
        return !code.ends_with("00");
    }
    if name.ends_with("prefecture") {
        return !is_province;
    }
    !(name.ends_with("city") && is_province && !is_municipality)
}
