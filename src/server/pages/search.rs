//! Finding a code by a name: places, industries, countries.
//!
//! In goes what a person typed, out come the codes that it may mean, the likeliest first. One list
//! serves the page without a script, which shows the finds to choose from, and the script, which
//! shows them while one types. It never chooses for the person between two things.

use export_advisor_core::facts::{Format, Reference};
use export_advisor_core::wording::Lang;

/// The most finds that are shown.
pub(super) const MOST: usize = 20;

/// One find.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Find {
    /// The code.
    pub(super) code: String,
    /// As it is shown, and as it is read back.
    pub(super) label: String,
}

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This code.
    Code(String),
    /// One of these; whether there are more.
    Several(Vec<Find>, bool),
    /// Nothing that is known.
    Nothing,
}

/// How a code is shown.
pub(super) fn label(reference: &Reference, format: Format, code: &str, lang: Lang) -> String {
    let name = |code: &str| {
        let (zh, en) = reference.name(format, code)?;
        Some(if lang == Lang::Zh { zh } else { en })
    };
    let own = name(code).unwrap_or(code);
    match format {
        Format::Division => {
            let above = [code.get(..2), code.get(..4)].into_iter().flatten();
            let above = above.map(|start| format!("{start:0<6}")).filter(|above| above != code);
            let mut path: Vec<&str> = Vec::new();
            let above: Vec<String> = above.collect();
            // Municipalities have a level between that is only an office's name.
            let names = above.iter().filter_map(|code| name(code));
            path.extend(names.filter(|name| !matches!(*name, "市辖区" | "县")));
            path.push(own);
            path.dedup();
            format!("{}（{code}）", path.join(" "))
        }
        Format::Industry => format!("{own}（{code}）"),
        _ => own.to_owned(),
    }
}

/// The code that a text ends with in brackets, as `label` writes it, or that it is as a whole.
fn code_in(text: &str) -> &str {
    let inner = text.strip_suffix(['）', ')']).and_then(|t| t.rsplit(['（', '(']).next());
    inner.unwrap_or(text).trim()
}

/// What a text means.
pub(super) fn meaning(reference: &Reference, format: Format, text: &str) -> Meaning {
    let code = code_in(text);
    let known = match format {
        Format::Division => reference.division(code).is_some(),
        Format::Industry => reference.industry(&code.to_uppercase()).is_some(),
        _ => false,
    };
    if known {
        return Meaning::Code(code.to_owned());
    }
    let found = find(reference, format, text);
    let exact: Vec<&Find> = found.iter().filter(|(rank, _)| *rank == 0).map(|(_, f)| f).collect();
    // A class with one subclass of the same name: the longer code says all that the shorter says.
    let longest = exact.iter().max_by_key(|find| find.code.len());
    if let Some(longest) = longest
        && exact.iter().all(|find| longest.code.starts_with(&find.code))
    {
        return Meaning::Code(longest.code.clone());
    }
    let more = found.len() > MOST;
    let finds: Vec<Find> = found.into_iter().map(|(_, find)| find).take(MOST).collect();
    match finds.as_slice() {
        [] => Meaning::Nothing,
        [only] => Meaning::Code(only.code.clone()),
        _ => Meaning::Several(finds, more),
    }
}

/// What a text may mean, the likeliest first.
pub(super) fn suggest(reference: &Reference, format: Format, text: &str, lang: Lang) -> Vec<Find> {
    if format == Format::Country {
        return suggest_countries(reference, text.trim(), lang);
    }
    find(reference, format, text).into_iter().map(|(_, find)| find).take(MOST).collect()
}

/// Countries and regions by either name.
fn suggest_countries(reference: &Reference, text: &str, lang: Lang) -> Vec<Find> {
    let wanted = text.to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    // A code or another name of it, such as a short one, is read as a whole.
    let meant = reference.country(text);
    let mut found: Vec<(bool, Find)> = (reference.countries().into_iter())
        .filter(|(code, zh, en)| {
            meant == Some(*code) || zh.contains(&wanted) || en.to_lowercase().contains(&wanted)
        })
        .map(|(code, zh, en)| {
            let begins = meant == Some(code)
                || zh.starts_with(&wanted)
                || en.to_lowercase().starts_with(&wanted);
            let label = if lang == Lang::Zh { zh } else { en };
            (!begins, Find { code: code.to_owned(), label: label.to_owned() })
        })
        .collect();
    found.sort_by(|a, b| (a.0, &a.1.code).cmp(&(b.0, &b.1.code)));
    found.into_iter().map(|(_, find)| find).take(MOST).collect()
}

/// All finds with their rank: 0 is the name itself, then how well it fits.
fn find(reference: &Reference, format: Format, text: &str) -> Vec<(u8, Find)> {
    let words: Vec<&str> =
        text.split([' ', '　', '·', '，', ',']).filter(|w| !w.is_empty()).collect();
    let whole = words.concat();
    if whole.is_empty() || whole.chars().count() > 60 {
        return Vec::new();
    }
    let mut found: Vec<(u8, usize, Find)> = Vec::new();
    for (code, name) in reference.list(format) {
        if matches!(name.as_str(), "市辖区" | "县") || code.len() < 2 {
            continue;
        }
        let label = label(reference, format, &code, Lang::Zh);
        let path: String = label.chars().filter(|c| *c != ' ').collect();
        // “浙江省义乌市”, “浙江义乌”: what stands above it may be named first.
        let below = below(&label, &whole);
        let bare = name.trim_end_matches(['省', '市', '区', '县']);
        let rank = if [&whole, below].contains(&name.as_str())
            || path.starts_with(&format!("{whole}（"))
            || [&whole, below].contains(&bare)
        {
            0
        } else if name.starts_with(below) {
            1
        } else if name.contains(&whole) || code.to_lowercase().starts_with(&whole.to_lowercase()) {
            2
        } else if words.iter().all(|word| path.contains(word)) || path.contains(&whole) {
            3
        } else {
            continue;
        };
        found.push((rank, name.chars().count(), Find { code, label }));
    }
    found.sort_by(|a, b| (a.0, a.1, &a.2.code).cmp(&(b.0, b.1, &b.2.code)));
    found.into_iter().map(|(rank, _, find)| (rank, find)).collect()
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

/// Codes or names of countries, parted by commas, as codes where they are known.
pub(super) fn countries(reference: &Reference, text: &str) -> Vec<String> {
    let parts = text.split([',', '，', ';', '；', '、', '\n']).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(|part| reference.country(part).unwrap_or(part).to_owned())
        .collect()
}
