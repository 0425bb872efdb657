//! Countries and regions by any of their names, by pinyin and by code, and groups of them.

use super::{Find, Ranked, label};
use export_advisor_core::facts::search::{CountryGroup, Fit, SearchName, SearchText};
use export_advisor_core::facts::{Format, Reference};
use export_advisor_core::wording::{self, Lang};

/// What a list of names of countries and groups selects.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// The codes of the countries, those of the members of groups among them; each once.
    pub(crate) codes: Vec<String>,
    /// The names that nothing has, as they were typed.
    pub(crate) unknown: Vec<String>,
    /// Whether a group was among them.
    pub(crate) has_group: bool,
}

/// Reads names or codes of countries and groups, separated by commas.
pub(crate) fn select(reference: &Reference, texts: &[&str]) -> Selection {
    let mut selection = Selection::default();
    let parts = texts.iter().flat_map(|text| text.split([',', '，', ';', '；', '、', '\n']));
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        let found = match (reference.country(part), group(reference, part)) {
            (Some(code), _) => vec![code.to_owned()],
            (None, Some(group)) => {
                selection.has_group = true;
                group.members.clone()
            }
            (None, None) => {
                selection.unknown.push(part.to_owned());
                continue;
            }
        };
        for code in found {
            if !selection.codes.contains(&code) {
                selection.codes.push(code);
            }
        }
    }
    selection
}

/// The group that a text names.
fn group<'a>(reference: &'a Reference, text: &str) -> Option<&'a CountryGroup> {
    let wanted = SearchText::new(text)?;
    let is_named = |group: &&CountryGroup| fit(&group.names, &wanted) == Some(Fit::Exact);
    reference.search_names().groups.iter().find(is_named)
}

fn fit(names: &[SearchName], wanted: &SearchText) -> Option<Fit> {
    names.iter().filter_map(|name| name.fit(wanted)).min()
}

/// How well a text fits: 0 is a name itself, 1 its pinyin or a code; prefixes come before parts of names.
fn rank(fit: Fit) -> u8 {
    match fit {
        Fit::Exact => 0,
        Fit::Pinyin => 1,
        Fit::Prefix => 2,
        Fit::PinyinPrefix => 3,
        Fit::Words | Fit::Infix => 4,
    }
}

/// What a text may mean, the likeliest first.
pub(super) fn find(reference: &Reference, text: &str, lang: Lang) -> Vec<Ranked> {
    let Some(wanted) = SearchText::new(text) else { return Vec::new() };
    let names = reference.search_names();
    let one = |code: &str| Find {
        code: code.to_owned(),
        label: label(reference, Format::Country, code, lang),
        ..Find::default()
    };
    let mut found: Vec<((u8, bool, usize), Find)> = Vec::new();
    // A code or another name of it, such as a short one, is read as a whole.
    let meant = reference.country(text.trim());
    for entry in &names.countries {
        let by_name = fit(&entry.names, &wanted).map(rank);
        let by_code = (meant == Some(entry.code.as_str())).then_some(1);
        if let Some(rank) = by_name.into_iter().chain(by_code).min() {
            found.push(((rank, false, entry.name.chars().count()), one(&entry.code)));
        }
    }
    for group in &names.groups {
        let Some(rank) = fit(&group.names, &wanted).map(rank) else { continue };
        let (zh, en) = &group.name;
        let find = Find {
            code: group.id.clone(),
            label: if lang == Lang::Zh { zh.clone() } else { en.clone() },
            hint: lang.of(&wording::group_size(group.members.len())).to_owned(),
            members: group.members.iter().map(|code| one(code)).collect(),
        };
        found.push(((rank, true, zh.chars().count()), find));
    }
    found.sort_by(|a, b| (a.0, &a.1.code).cmp(&(b.0, &b.1.code)));
    found.into_iter().map(|(order, find)| Ranked { is_name: order.0 == 0, find }).collect()
}
