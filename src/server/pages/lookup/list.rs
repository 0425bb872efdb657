//! `GET /supports`: all supports, to be browsed by document, measure, kind and office, a page at a time.
//!
//! What is selected stands in the parameters; what the rules do not know selects nothing. Whom a support is for and
//! whom it is not for is said in one line each, without a firm.

use super::measures::{MeasureChoice, MeasuresView, measure_label, measures, of_measure, title};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::pages::fields::{self, OptionView, sent};
use crate::server::pages::frame::{Frame, send};
use crate::server::pages::result::{Filter, FilterView};
use crate::server::pages::sentences;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::rulebook::{RuleBook, Support, WindowState};
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;

/// How many supports a page lists.
const PAGE: usize = 150;

#[derive(Template)]
#[template(path = "supports-list.html")]
struct SupportsPage {
    f: Frame,
    filter: FilterView,
    measures: Vec<MeasuresView>,
    /// The measure that is selected; empty if none is.
    measure: String,
    /// The document that is selected; empty if none is.
    policy: String,
    /// The documents, if there are several: id and name.
    policies: Vec<(String, String)>,
    count: String,
    groups: Vec<MeasureGroup>,
    /// The address of the next page; empty if this is the last.
    next: String,
    /// The page in the other language.
    other_language: String,
}

/// The supports of a measure.
struct MeasureGroup {
    /// The document, where it begins on the page and there are several.
    policy: String,
    /// Number and title.
    label: String,
    /// Its text.
    address: String,
    supports: Vec<LineView>,
}

/// A support.
struct LineView {
    id: String,
    title: String,
    kind: String,
    /// Its window, if it is not open.
    window: String,
    may: String,
    may_not: String,
    offices: String,
}

/// Shows the supports that are selected.
pub(crate) async fn list(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (f, advisor, today) = (Frame::new(&request), app.advisor(), today());
    let (book, lang) = (advisor.book(), f.lang);
    let pairs = fields::pairs(request.query_string().as_bytes())?;
    let filter = Filter::parse(book, &pairs);
    let measure = sent(&pairs, "measure").and_then(|text| MeasureChoice::parse(book, text));
    let policy = sent(&pairs, "policy");
    let policy = book.policies.iter_enumerated().find(|(_, known)| Some(&*known.id) == policy);
    let policy = policy.filter(|(id, _)| measure.is_none_or(|measure| measure.policy == *id));
    let number = sent(&pairs, "page").and_then(|text| text.parse::<usize>().ok());
    let all: Vec<&Support> = book.supports.iter().collect();
    let selected: Vec<&Support> = (all.iter().copied())
        .filter(|support| filter.has(support))
        .filter(|support| measure.is_none_or(|measure| measure.has(support)))
        .filter(|support| policy.is_none_or(|(id, _)| id == support.policy))
        .collect();
    let number = number.unwrap_or(1).clamp(1, selected.len().div_ceil(PAGE).max(1));
    let shown = selected.chunks(PAGE).nth(number - 1).unwrap_or_default();
    let choices = filter.choices(book, &all, lang);
    let choice = Choice {
        measure: measure.map(|measure| measure.to_text(book)),
        policy: policy.map(|(_, policy)| policy.id.clone()),
        filter: &choices,
    };
    let next = if selected.len() > number * PAGE {
        choice.address(&f.path, f.lang_code(), number + 1)
    } else {
        String::new()
    };
    let several = book.policies.iter().filter(|_| book.policies.len() > 1);
    let page = SupportsPage {
        groups: groups(book, shown, measure, today, lang),
        measures: measures(book, &all, lang),
        count: lang.of(&wording::listed(selected.len(), all.len())).to_owned(),
        other_language: choice.address(&f.path, f.other_lang(), number),
        measure: choice.measure.clone().unwrap_or_default(),
        policy: choice.policy.clone().unwrap_or_default(),
        policies: several
            .map(|policy| (policy.id.clone(), lang.of(&policy.name()).to_owned()))
            .collect(),
        next,
        filter: choices,
        f,
    };
    send(StatusCode::OK, &page)
}

/// What is selected.
struct Choice<'a> {
    measure: Option<String>,
    policy: Option<String>,
    filter: &'a FilterView,
}

impl Choice<'_> {
    /// The address of a page with what is selected.
    fn address(&self, path: &str, lang: &str, page: usize) -> String {
        let chosen = |options: &[OptionView]| {
            options.iter().find(|option| option.chosen).map(|option| option.value.clone())
        };
        let pairs = [
            ("policy", self.policy.clone()),
            ("measure", self.measure.clone()),
            ("kind", chosen(&self.filter.kinds)),
            ("office", chosen(&self.filter.offices)),
            ("page", (page > 1).then(|| page.to_string())),
        ];
        let mut address = format!("{path}?lang={lang}");
        for (name, value) in pairs {
            if let Some(Ok(pair)) = value.map(|value| serde_urlencoded::to_string([(name, value)]))
            {
                address.push('&');
                address.push_str(&pair);
            }
        }
        address
    }
}

/// The supports by measure. A measure that was selected stands there even if it has none.
fn groups(
    book: &RuleBook,
    supports: &[&Support],
    selected: Option<MeasureChoice>,
    today: Date,
    lang: Lang,
) -> Vec<MeasureGroup> {
    let policies = book.policies.iter_enumerated();
    let all = policies.flat_map(|(index, policy)| {
        policy.text.measures.iter().map(move |measure| (index, policy, measure.number))
    });
    let mut last = None;
    all.filter_map(|(index, policy, number)| {
        let lines = of_measure(supports, index, number);
        let lines: Vec<LineView> = lines.map(|one| line(book, one, today, lang)).collect();
        let is_selected = selected == Some(MeasureChoice { policy: index, number });
        if lines.is_empty() && !is_selected {
            return None;
        }
        let begins = last.replace(index) != Some(index) && book.policies.len() > 1;
        Some(MeasureGroup {
            policy: if begins { lang.of(&policy.name()).to_owned() } else { String::new() },
            label: measure_label(policy, number, &title(policy, number, lang), lang),
            address: format!("{}#m-{number}", sentences::text_page(book, policy, lang)),
            supports: lines,
        })
    })
    .collect()
}

fn line(book: &RuleBook, support: &Support, today: Date, lang: Lang) -> LineView {
    let of = |texts: &LocalizedText| lang.of(texts).to_owned();
    let kind = book.kinds.get(support.kind);
    LineView {
        id: support.id.clone(),
        title: of(&support.title),
        kind: kind.map(|kind| of(&kind.label)).unwrap_or_default(),
        window: match support.window.state(today).0 {
            WindowState::Open => String::new(),
            other => of(&wording::window(other)),
        },
        may: of(&wording::who_may(support)),
        may_not: joined(&wording::who_may_not(support), lang),
        offices: of(&wording::offices(support)),
    }
}

/// Sentences one after the other.
fn joined(all: &[LocalizedText], lang: Lang) -> String {
    let all: Vec<&str> = all.iter().map(|one| lang.of(one)).collect();
    all.join(if lang == Lang::Zh { "" } else { " " })
}
