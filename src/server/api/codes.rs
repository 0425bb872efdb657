//! `GET /codes/{system}`: the codes of places, industries and countries, by name or in order.
//!
//! In go the words of a person, out come codes to put into a profile. The search is that of the form.

use super::error::{Problem, ProblemCode};
use super::params::{AskedRuleBook, lang};
use super::schema::Bilingual;
use crate::server::app::App;
use crate::server::http::etag;
use crate::server::http::query::Query;
use crate::server::search;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::facts::search::{LONGEST_SEARCHED, SearchEntry};
use export_advisor_core::facts::{Format, Reference};
use export_advisor_core::wording::{self, Lang};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::RangeInclusive;
use utoipa::{IntoParams, ToSchema};

/// How many codes a page may have.
const LIMIT: RangeInclusive<usize> = 1..=500;

/// Which codes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CodesParams {
    /// What a person calls it: an official, everyday or English name, pinyin or its initials, or the code, in at most
    /// 60 characters. All codes in order if left out.
    #[param(max_length = 60, example = "女装")]
    q: Option<String>,
    /// `zh` or `en`: names in that language only, of what has no English one the Chinese; both if left out.
    #[param(pattern = "^(zh|en)$", example = "zh")]
    lang: Option<String>,
    /// How many codes at most: 1 to 500.
    #[param(value_type = Option<u16>, example = 50, minimum = 1, maximum = 500)]
    #[serde(default = "default_limit")]
    limit: usize,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9]{1,6}$", example = "50")]
    after: Option<String>,
    /// The version of a rule book that was in use before; the current one if left out. With it, the answer may be kept.
    rulebook: Option<String>,
}

const fn default_limit() -> usize {
    50
}

/// A page of codes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CodePage {
    /// The codes: those of a search with the likeliest first, else in the order of the codes.
    #[schema(examples(json!([])))]
    codes: Vec<CodeInfo>,
    /// What to send as `after` for the next page; null if there is none.
    #[schema(required, examples("50"))]
    next: Option<String>,
}

/// A code with its names.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CodeInfo {
    /// The code, as a profile writes it; of a group of countries its id, which no profile takes.
    #[schema(examples("C1819"))]
    code: String,
    /// Its names. The English one of an industry is that of its group, of a place often its pinyin; sections of
    /// industries have none.
    name: Bilingual,
    /// The codes of what it lies in, the largest first: provinces and prefectures, or sections, divisions and groups.
    #[schema(examples(json!(["C", "C18", "C181"])))]
    within: Vec<String>,
    /// Of a group of countries the codes of its members, to put into a profile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(examples(json!([])))]
    members: Vec<String>,
}

/// Finds codes by name.
///
/// For fields in which a person names a place, an industry or a country: the search of the form, with everyday names,
/// pinyin and English. What is searched for says nothing of a firm, and is not stored.
#[utoipa::path(get, path = "/api/v1/codes/{system}", operation_id = "list_codes", tag = "rules",
    params(
        ("system" = String, Path, description = "`division` (GB/T 2260, six digits), `industry` (GB/T 4754-2017) or `country` (ISO 3166-1, two letters, and groups).", example = "industry", pattern = "^(division|industry|country)$"),
        CodesParams,
    ),
    responses(
        (status = 200, description = "A page of codes.", body = CodePage),
        (status = 400, description = "A parameter is not known or cannot be read."),
        (status = 404, description = "There is no such system of codes, or no rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    system: web::Path<String>,
    params: Query<CodesParams>,
) -> Result<HttpResponse, Problem> {
    let format = match system.as_str() {
        "division" => Format::Division,
        "industry" => Format::Industry,
        "country" => Format::Country,
        other => {
            let detail = format!(
                "there are no codes of `{}`; there are `division`, `industry` and `country`",
                wording::shown(other)
            );
            return Err(Problem::new(ProblemCode::NotFound).with(detail));
        }
    };
    let params = params.parsed()?;
    let bad = |detail: &str| Problem::new(ProblemCode::BadQuery).with(detail);
    let lang = params.lang.as_deref().map(lang).transpose()?;
    if !LIMIT.contains(&params.limit) {
        return Err(bad("`limit` is a number from 1 to 500"));
    }
    let is_next = |text: &&str| text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let after = params.after.as_deref().map(|text| Some(text).filter(is_next)?.parse().ok());
    let after: usize = after
        .map_or(Some(0), |after| after)
        .ok_or_else(|| bad("`after` is the `next` of the page before"))?;
    let asked = AskedRuleBook::new(&app, params.rulebook.as_deref()).await?;
    let reference = &asked.advisor.book().reference;
    let found = match params.q.as_deref() {
        Some(q) if q.chars().count() > LONGEST_SEARCHED => {
            return Err(bad("`q` has more than 60 characters"));
        }
        Some(q) => (search::all(reference, format, q, lang.unwrap_or_default()).into_iter())
            .map(|find| (find.code, find.members.into_iter().map(|one| one.code).collect()))
            .collect(),
        None => all(reference, format),
    };
    let page = page(reference, (format, lang), found, (after, params.limit));
    Ok(etag::json(&request, asked.made(), &page))
}

/// Answers for the description: a search, and groups of countries.
pub(super) fn examples(reference: &Reference) -> Vec<(&'static str, Value)> {
    let found = search::all(reference, Format::Industry, "女装", Lang::Zh).into_iter();
    let found = found.map(|find| (find.code, Vec::new())).collect();
    let groups = all(reference, Format::Country).into_iter();
    let groups = groups.filter(|(_, members)| !members.is_empty()).collect();
    let pages = [
        page(reference, (Format::Industry, None), found, (0, 1)),
        page(reference, (Format::Country, None), groups, (0, 1)),
    ];
    let pages = pages.into_iter().filter_map(|page| serde_json::to_value(page).ok());
    pages.map(|page| ("CodePage", page)).collect()
}

fn page(
    reference: &Reference,
    (format, lang): (Format, Option<Lang>),
    found: Vec<(String, Vec<String>)>,
    (after, limit): (usize, usize),
) -> CodePage {
    let count = found.len();
    let codes = found.into_iter().skip(after).take(limit).map(|(code, members)| CodeInfo {
        name: name(reference, format, &code, lang),
        within: within(reference, format, &code),
        code,
        members,
    });
    let next = after.saturating_add(limit);
    CodePage { codes: codes.collect(), next: (next < count).then(|| next.to_string()) }
}

/// All codes of a system in order, and groups of countries with their members behind them.
fn all(reference: &Reference, format: Format) -> Vec<(String, Vec<String>)> {
    if format != Format::Country {
        return reference.list(format).into_iter().map(|(code, _)| (code, Vec::new())).collect();
    }
    let countries = reference.countries().into_iter();
    let groups = reference.search_names().groups.iter();
    (countries.map(|(code, ..)| (code.to_owned(), Vec::new())))
        .chain(groups.map(|group| (group.id.clone(), group.members.clone())))
        .collect()
}

/// The names of a code, in one language or in both.
fn name(reference: &Reference, format: Format, code: &str, lang: Option<Lang>) -> Bilingual {
    let names = reference.search_names();
    let entries: &[SearchEntry] = match format {
        Format::Division => &names.divisions,
        Format::Industry => &names.industries,
        _ => &[],
    };
    let entry = entries.binary_search_by(|entry| entry.code.as_str().cmp(code)).ok();
    let english = entry.and_then(|at| entries.get(at)).map(|entry| entry.english.clone());
    let group = names.groups.iter().find(|group| group.id == code);
    let (zh, en) = match (reference.name(format, code), group) {
        (Some((zh, en)), _) if format == Format::Country => {
            (Some(zh.to_owned()), Some(en.to_owned()))
        }
        (Some((zh, _)), _) => (Some(zh.to_owned()), english),
        (None, Some(group)) => (Some(group.name.0.clone()), Some(group.name.1.clone())),
        (None, None) => (None, None),
    };
    let en = en.filter(|en| lang != Some(Lang::Zh) && !en.is_empty());
    // What has no English name has its Chinese one.
    Bilingual { zh: zh.filter(|_| lang != Some(Lang::En) || en.is_none()), en }
}

/// The codes of what a code lies in, the largest first.
fn within(reference: &Reference, format: Format, code: &str) -> Vec<String> {
    let lengths: &[usize] = match format {
        Format::Division => &[2, 4],
        Format::Industry => &[1, 3, 4],
        _ => &[],
    };
    let above = lengths.iter().filter_map(|length| code.get(..*length)).map(|start| {
        if format == Format::Division { format!("{start:0<6}") } else { start.to_owned() }
    });
    above.filter(|above| above != code && reference.name(format, above).is_some()).collect()
}
