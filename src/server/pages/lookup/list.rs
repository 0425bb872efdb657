//! `GET /supports`: all supports, to be browsed by measure, kind and office.
//!
//! What is selected stands in the parameters; what the rules do not know selects nothing. Whom a support is for and
//! whom it is not for is said in one line each, without a firm.

use super::measures::{MeasuresView, measures, of_measure, title};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::pages::fields::{self, sent};
use crate::server::pages::frame::{Frame, send};
use crate::server::pages::result::{Filter, FilterView};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::rulebook::{RuleBook, Support, WindowState};
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;

#[derive(Template)]
#[template(path = "supports-list.html")]
struct SupportsPage {
    f: Frame,
    filter: FilterView,
    measures: Vec<MeasuresView>,
    /// The measure that is selected; 0 if none is.
    measure: u8,
    count: String,
    groups: Vec<MeasureGroup>,
    /// The page in the other language.
    other_language: String,
}

/// The supports of a measure.
struct MeasureGroup {
    number: u8,
    title: String,
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
    let numbers = || book.policies.iter().flat_map(|policy| &policy.text.measures);
    let measure = sent(&pairs, "measure").and_then(|text| text.parse::<u8>().ok());
    let measure = measure.filter(|number| numbers().any(|measure| measure.number == *number));
    let all: Vec<&Support> = book.supports.iter().collect();
    let selected: Vec<&Support> = (all.iter().copied())
        .filter(|support| filter.has(support) && measure.is_none_or(|m| m == support.measure))
        .collect();
    let choices = filter.choices(book, &all, lang);
    let page = SupportsPage {
        groups: groups(book, &selected, measure, today, lang),
        measures: measures(book, &all, lang),
        count: lang.of(&wording::listed(selected.len(), all.len())).to_owned(),
        other_language: other_language(&f, measure, &choices),
        measure: measure.unwrap_or_default(),
        filter: choices,
        f,
    };
    send(StatusCode::OK, &page)
}

/// The address of the page in the other language, with what is selected.
fn other_language(f: &Frame, measure: Option<u8>, filter: &FilterView) -> String {
    let mut address = format!("{}?lang={}", f.path, f.other_lang());
    let measure = measure.map(|measure| ("measure", measure.to_string()));
    let kind = filter.kinds.iter().find(|kind| kind.chosen);
    let office = filter.offices.iter().find(|office| office.chosen);
    let kind = kind.map(|kind| ("kind", kind.value.clone()));
    let office = office.map(|office| ("office", office.value.clone()));
    for pair in [measure, kind, office].into_iter().flatten() {
        if let Ok(pair) = serde_urlencoded::to_string([pair]) {
            address.push('&');
            address.push_str(&pair);
        }
    }
    address
}

/// The supports by measure. A measure that was selected stands there even if it has none.
fn groups(
    book: &RuleBook,
    supports: &[&Support],
    selected: Option<u8>,
    today: Date,
    lang: Lang,
) -> Vec<MeasureGroup> {
    let policies = book.policies.iter_enumerated();
    let all = policies.flat_map(|(index, policy)| {
        policy.text.measures.iter().map(move |measure| (index, policy, measure.number))
    });
    all.filter_map(|(index, policy, number)| {
        let lines = of_measure(supports, index, number);
        let lines: Vec<LineView> = lines.map(|one| line(book, one, today, lang)).collect();
        let is_shown = !lines.is_empty() || selected == Some(number);
        is_shown.then(|| MeasureGroup {
            number,
            title: title(policy, number, lang),
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
        may_not: sentences(&wording::who_may_not(support), lang),
        offices: of(&wording::offices(support)),
    }
}

/// Sentences one after the other.
fn sentences(all: &[LocalizedText], lang: Lang) -> String {
    let all: Vec<&str> = all.iter().map(|one| lang.of(one)).collect();
    all.join(if lang == Lang::Zh { "" } else { " " })
}
