//! The whole text, each sentence with its supports or the reason for having none.

use super::frame::{Frame, send};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::policy::{Measure, SentenceId};
use export_advisor_core::rulebook::{Policy, RuleBook, WindowState};
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;

#[derive(Template)]
#[template(path = "reader.html")]
struct ReaderPage {
    f: Frame,
    policies: Vec<PolicyView>,
}

struct PolicyView {
    id: String,
    title: String,
    number: String,
    issuer: String,
    issued: String,
    preamble: String,
    measures: Vec<MeasureView>,
    closing: String,
}

struct MeasureView {
    number: u8,
    /// The part's heading, before its first measure.
    part: String,
    heading: String,
    english: String,
    sentences: Vec<SentenceView>,
}

struct SentenceView {
    id: String,
    text: String,
    supports: Vec<SupportView>,
    background: String,
}

struct SupportView {
    title: String,
    /// The window, if it is not open.
    window: String,
    summary: String,
    criteria: String,
    channel: String,
}

/// Shows the text.
pub(crate) async fn read(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let frame = Frame::new(&request);
    let advisor = app.advisor();
    let book = advisor.book();
    let today = today();
    let policies = (book.policies.iter().enumerate())
        .map(|(index, policy)| policy_view(book, index, policy, today, frame.lang))
        .collect();
    send(StatusCode::OK, &ReaderPage { f: frame, policies })
}

fn policy_view(
    book: &RuleBook,
    index: usize,
    policy: &Policy,
    today: Date,
    lang: Lang,
) -> PolicyView {
    let text = &policy.text;
    let mut part = usize::MAX;
    let measures = (text.measures.iter())
        .map(|measure| {
            let heading = if measure.part == part {
                String::new()
            } else {
                part = measure.part;
                text.parts.get(part).map(|range| text.slice(range).to_owned()).unwrap_or_default()
            };
            measure_view(book, (index, policy), measure, heading, today, lang)
        })
        .collect();
    PolicyView {
        id: policy.id.clone(),
        title: policy.title.zh.clone(),
        number: policy.number.clone(),
        issuer: lang.of(&policy.issuer).to_owned(),
        issued: policy.issued.to_string(),
        preamble: text.slice(&text.preamble).trim().to_owned(),
        measures,
        closing: text.slice(&text.closing).trim().to_owned(),
    }
}

fn measure_view(
    book: &RuleBook,
    (index, policy): (usize, &Policy),
    measure: &Measure,
    part: String,
    today: Date,
    lang: Lang,
) -> MeasureView {
    let number = measure.number;
    let title = policy.measures.iter().find(|m| m.number == number);
    let sentences = (1_u8..).zip(&measure.sentences).map(|(sentence, range)| {
        let id = SentenceId { measure: number, sentence };
        let supports = book.citing(index, id).map(|support| {
            let state = support.window.state(today).0;
            let state = match state {
                WindowState::Open => String::new(),
                closed => lang.of(&wording::window(closed)).to_owned(),
            };
            let criteria = support.criteria.iter().map(|c| lang.of(&c.label));
            let criteria: Vec<&str> = criteria.collect();
            SupportView {
                title: lang.of(&support.title).to_owned(),
                window: state,
                summary: lang.of(&support.summary).to_owned(),
                criteria: criteria.join(if lang == Lang::Zh { "；" } else { "; " }),
                channel: lang.of(&wording::offices(support)).to_owned(),
            }
        });
        let background = policy.background.iter().find(|b| b.sentence == id);
        SentenceView {
            id: id.to_string(),
            text: policy.text.slice(range).to_owned(),
            supports: supports.collect(),
            background: background.map(|b| lang.of(&b.reason).to_owned()).unwrap_or_default(),
        }
    });
    MeasureView {
        number,
        part,
        heading: format!("{number}. {}", policy.text.slice(&measure.title)),
        english: match (lang, title) {
            (Lang::En, Some(title)) => title.title.en.clone(),
            _ => String::new(),
        },
        sentences: sentences.collect(),
    }
}
