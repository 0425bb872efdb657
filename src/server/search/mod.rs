//! Finding a code by a name: places, industries, countries.
//!
//! In goes what a person typed, out come the codes that it may mean, the likeliest first: by their official, English and
//! everyday names and by pinyin. One list serves the page without a script, which shows the finds to choose from, and
//! the script, which shows them while one types; the API lists them by pages. It never chooses for the person between two things.

mod country;
mod industry;
mod place;

pub(crate) use country::select;

use export_advisor_core::facts::{Format, Reference};
use export_advisor_core::wording::Lang;

/// The most finds that are shown.
pub(crate) const MOST: usize = 20;

/// One find.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Find {
    /// The code; of a group of countries its id.
    pub(crate) code: String,
    /// As it is shown, and as it is read back.
    pub(crate) label: String,
    /// What is shown beside it: the English name, or how many countries a group has.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) hint: String,
    /// The members of a group of countries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) members: Vec<Find>,
}

/// A find with how well it fits.
struct Ranked {
    /// Whether the text is its name; else it only leads to it.
    is_name: bool,
    find: Find,
}

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// This code.
    Code(String),
    /// One of these; whether there are more.
    Several(Vec<Find>, bool),
    /// Nothing that is known.
    Nothing,
}

/// How a code is shown.
pub(crate) fn label(reference: &Reference, format: Format, code: &str, lang: Lang) -> String {
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
pub(crate) fn meaning(reference: &Reference, format: Format, text: &str, lang: Lang) -> Meaning {
    let code = code_in(text);
    let known = match format {
        Format::Division => reference.division(code).is_some(),
        Format::Industry => reference.industry(&code.to_uppercase()).is_some(),
        _ => false,
    };
    if known {
        return Meaning::Code(code.to_owned());
    }
    let found = find(reference, format, text, lang);
    let exact = found.iter().filter(|ranked| ranked.is_name).map(|ranked| &ranked.find);
    let exact: Vec<&Find> = exact.collect();
    // A class with one subclass of the same name: the longer code says all that the shorter says.
    let longest = exact.iter().max_by_key(|find| find.code.len());
    if let Some(longest) = longest
        && exact.iter().all(|find| longest.code.starts_with(&find.code))
    {
        return Meaning::Code(longest.code.clone());
    }
    let more = found.len() > MOST;
    let finds: Vec<Find> = found.into_iter().map(|ranked| ranked.find).take(MOST).collect();
    match finds.as_slice() {
        [] => Meaning::Nothing,
        [only] => Meaning::Code(only.code.clone()),
        _ => Meaning::Several(finds, more),
    }
}

/// The first of what a text may mean, the likeliest first.
pub(crate) fn suggest(reference: &Reference, format: Format, text: &str, lang: Lang) -> Vec<Find> {
    let found = find(reference, format, text, lang);
    found.into_iter().map(|ranked| ranked.find).take(MOST).collect()
}

/// All that a text may mean, the likeliest first.
pub(crate) fn all(reference: &Reference, format: Format, text: &str, lang: Lang) -> Vec<Find> {
    find(reference, format, text, lang).into_iter().map(|ranked| ranked.find).collect()
}

fn find(reference: &Reference, format: Format, text: &str, lang: Lang) -> Vec<Ranked> {
    match format {
        Format::Division => place::find(reference, text, lang),
        Format::Industry => industry::find(reference, text, lang),
        Format::Country => country::find(reference, text, lang),
        Format::Uscc | Format::Hs => Vec::new(),
    }
}

/// The English name beside a Chinese label, for those who read English.
fn english(lang: Lang, name: &str) -> String {
    if lang == Lang::En { name.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use export_advisor_core::files::RuleFiles;

    #[test]
    fn the_best_code_of_each_everyday_name_is_among_its_first_three_finds() {
        let book = export_advisor_core::script::load(&RuleFiles::builtin()).book;
        let reference = &book.reference;
        let mut wrong = Vec::new();
        for synonym in &reference.search_names().synonyms {
            let found = suggest(reference, Format::Industry, &synonym.word, Lang::Zh);
            let best = synonym.codes.first().unwrap();
            if !found.iter().take(3).any(|find| find.code == *best) {
                wrong.push(format!("{}: {best}", synonym.word));
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn an_everyday_name_is_taken_without_asking_only_if_it_leads_to_one_thing() {
        let book = export_advisor_core::script::load(&RuleFiles::builtin()).book;
        let reference = &book.reference;
        let of = |text: &str| meaning(reference, Format::Industry, text, Lang::Zh);
        assert!(matches!(of("女装"), Meaning::Several(..)));
        assert!(matches!(of("亚马逊"), Meaning::Several(..)));
        assert_eq!(of("加油站"), Meaning::Code("F5265".to_owned()));
        assert_eq!(of("互联网零售"), Meaning::Code("F5292".to_owned()), "the official name");
        assert_eq!(of("其他机织服装制造（C1819）"), Meaning::Code("C1819".to_owned()));
        assert_eq!(of("炼金术"), Meaning::Nothing);
        let of = |text: &str| meaning(reference, Format::Division, text, Lang::Zh);
        assert_eq!(of("义乌"), Meaning::Code("330782".to_owned()));
        assert!(matches!(of("suzhou"), Meaning::Several(..)));
        assert_eq!(of("yueqing"), Meaning::Code("330382".to_owned()));
    }
}
