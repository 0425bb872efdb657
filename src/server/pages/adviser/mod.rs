//! The adviser's page: all facts on one page, the result beside them, for one firm after another.
//!
//! The answers are the fields themselves, so nothing is carried; the result carries the signed state
//! to the sheet, the text, the share and the guided form. In go the fields and a button: fill the rest of a section
//! with “no” ([`rest`]), undo that, or take over a pasted row ([`pasted`]). Out comes the page with what can still
//! change a status in view ([`section`]). The script of the page sends the same fields and takes the parts of the
//! answer, so there is one logic. The list of firms of a day is in the script's memory alone; a firm's name that is
//! sent is shown again, and neither stored nor logged.

mod entered;
mod pasted;
mod rest;
mod section;

use super::fields::{self, Pairs, sent};
use super::form::summary_line;
use super::frame::{Frame, send};
use super::page::Page;
use super::progress::{Progress, clean_name};
use super::result::{self, ResultView};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::http::body::Body;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use entered::Entered;
use export_advisor_core::evaluate::{Answer, Counts};
use export_advisor_core::facts::{FactSet, LocalizedText, Together};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording;
use pasted::PasteView;
use section::SectionView;

#[derive(Template)]
#[template(path = "adviser.html")]
struct AdviserPage {
    f: Frame,
    state: String,
    name: String,
    sections: Vec<SectionView>,
    /// Whether what changes nothing is shown too.
    all: bool,
    /// The questions in view that “the rest: no” may answer.
    shown: String,
    /// Those that it answered.
    filled: String,
    /// The line that says where the firm stands, and its numbers.
    live: String,
    counts: Counts,
    questions: usize,
    paste: PasteView,
    errors: Vec<(String, String)>,
    notes: Vec<String>,
    result: Option<ResultView>,
    /// Whether it can be shared.
    shares: bool,
}

/// The page without answers.
pub(crate) async fn empty(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show(&app, Frame::new(&request), None)
}

/// The page with the answers that were submitted, and the result.
pub(crate) async fn submit(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let pairs = fields::pairs(&body)?;
    show(&app, Frame::new(&request), Some(pairs))
}

/// A button of the page.
enum Button {
    /// Take over the pasted row.
    Paste,
    /// Answer the rest of a section with “no”.
    Rest(usize),
    /// Undo that.
    Undo(usize),
    /// Show the result.
    Show,
}

impl Button {
    /// The button of its value; any other shows the result.
    fn parse(plan: &Plan, value: Option<&str>) -> Self {
        let groups = &plan.book.catalogue.groups;
        let section = |id: &str| groups.iter().position(|group| group.id == id);
        match value.and_then(|value| value.split_once(':')) {
            Some(("rest", id)) => section(id).map_or(Self::Show, Self::Rest),
            Some(("undo", id)) => section(id).map_or(Self::Show, Self::Undo),
            _ if value == Some("paste") => Self::Paste,
            _ => Self::Show,
        }
    }
}

fn show(app: &App, frame: Frame, submitted: Option<Pairs>) -> Result<HttpResponse, Problem> {
    let (lang, today) = (frame.lang, today());
    let advisor = app.advisor();
    let plan = &advisor.plan;
    let catalogue = &plan.book.catalogue;
    let is_submitted = submitted.is_some();
    let mut pairs = submitted.unwrap_or_default();
    let button = Button::parse(plan, sent(&pairs, "do"));
    let mut name = clean_name(sent(&pairs, "name").unwrap_or("")).unwrap_or_default();
    let mut paste = PasteView::new(&pairs);
    match button {
        Button::Paste => paste.take_over(plan, &mut pairs, &mut name, lang),
        Button::Undo(section) => rest::undo(plan, &mut pairs, section),
        Button::Rest(_) | Button::Show => {}
    }
    let mut entered = Entered::read(plan, pairs);
    let mut filled = rest::filled(plan, &entered);
    if let Button::Rest(section) = button {
        filled.extend(&rest::fill(plan, &mut entered, section, today, lang));
    }
    let answer = Answer::new(plan, &entered.progress.profile, today);
    let questions: FactSet = answer.questions(None).iter().map(|question| question.fact).collect();
    let (counts, sections) =
        (answer.counts(), section::sections(plan, &entered, &questions, &filled, lang));
    let left = questions.iter().count();
    let invalid = entered.invalid.iter().map(|(id, _)| &catalogue.fact(*id).label);
    let invalid: Vec<&LocalizedText> = invalid.collect();
    let live = wording::desk_status(counts, left, &invalid);
    let errors: Vec<(String, String)> = (entered.invalid.iter())
        .map(|(id, error)| {
            let fact = catalogue.fact(*id);
            (fact.name.clone(), summary_line(&fact.label, error, lang))
        })
        .collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let progress = to_hand_over(plan, &entered.progress, &name);
    let result = is_submitted.then(|| result::view(&advisor, &answer, &progress, lang));
    let page = AdviserPage {
        state: app.form_key.sign(&progress.to_text(plan)),
        name,
        sections,
        all: sent(&entered.pairs, "@all").is_some(),
        shown: rest::names(plan, &rest::in_view(plan, &entered, &questions)),
        filled: rest::names(plan, &filled),
        live: lang.of(&live).to_owned(),
        counts,
        questions: left,
        paste,
        errors,
        notes: Vec::new(),
        result,
        shares: app.shares.are_kept(),
        f: frame,
    };
    send(status, &page)
}

/// The state that other pages go on from: a person who goes on to the guided form has filled in the pages with several
/// questions, and what is empty was left out.
fn to_hand_over(plan: &Plan, progress: &Progress, name: &str) -> Progress {
    let mut progress = progress.clone();
    for together in [Together::Basics, Together::Size] {
        let facts = plan.book.catalogue.facts.iter();
        let facts = facts.filter(|fact| fact.together == Some(together));
        let empty: FactSet = facts.map(|fact| fact.id).filter(|id| !progress.has(*id)).collect();
        progress.skipped.extend(&empty);
        progress.pass(Page::Several(together));
    }
    progress.history.clear();
    progress.last = None;
    name.clone_into(&mut progress.name);
    progress
}
