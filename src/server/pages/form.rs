//! The guided form: its handlers, and how a step is rendered.
//!
//! In goes what a form submitted: the signed state, the page, the answers and the button. Out comes the next page, the
//! same page with what is wrong, or the result. What follows from what is decided by [`Reducer`]; here is HTTP and HTML.

use super::action::Submission;
use super::changes::{ChangesView, since_written};
use super::checklist::{self, ListView};
use super::concern;
use super::fields::{self, FieldView, Pairs, sent};
use super::frame::{Frame, send};
use super::interview::{self, PageFacts};
use super::page::Page;
use super::pages_left::pages_left;
use super::prefill;
use super::progress::{Progress, clean_name};
use super::reduce::{Location, Reducer, Step, asks_name};
use super::result::{self, Filter, RecapView, ResultView};
use super::saved;
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::feedback::SearchField;
use crate::server::http::body::Body;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::assessment::{Advisor, warnings};
use export_advisor_core::facts::{FactId, Format, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::{self, Lang, ValidationError};
use jiff::civil::Date;

#[derive(Template)]
#[template(path = "page.html")]
struct QuestionPage {
    f: Frame,
    state: String,
    page: String,
    heading: String,
    lead: String,
    alone: bool,
    list: Option<ListView>,
    questions: Vec<FieldView>,
    /// The id of the support that the form is about; empty if it is about all.
    about: String,
    named: bool,
    name: String,
    name_error: String,
    errors: Vec<(String, String)>,
    /// What is asked once before the page is left, with where it is answered: no errors.
    choices: Vec<(String, String)>,
    /// What was asked about two numbers, so that they are taken when they are sent again.
    sure: Vec<(String, String)>,
    notes: Vec<String>,
    /// What changed rules mean for the firm, if they have changed.
    changed: Option<ChangesView>,
    /// What a person should check.
    checks: Vec<String>,
    progress: String,
    /// How many questions are open, for the measurement of pages left (`tests/tables/pages_left.py`).
    open: usize,
    inferred: Vec<RecapView>,
    back: bool,
    /// The page that it returns to, if it was opened to change one answer; and whether that is the result.
    return_to: String,
    from_result: bool,
}

#[derive(Template)]
#[template(path = "result.html")]
struct ResultPage {
    f: Frame,
    state: String,
    /// The address that holds the result, for the address bar.
    address: String,
    notes: Vec<String>,
    /// What changed rules mean for the firm, if they have changed.
    changed: Option<ChangesView>,
    /// The firm's name, for what is printed.
    name: String,
    prefill: String,
    /// Whether it can be shared.
    shares: bool,
    r: ResultView,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    f: Frame,
}

/// The form that was submitted, and the state that it carried; nothing if the state was altered.
pub(super) fn open(
    app: &App,
    plan: &Plan,
    body: &[u8],
) -> Result<Option<(Pairs, Progress)>, Problem> {
    let pairs = fields::pairs(body)?;
    let progress = match sent(&pairs, "state") {
        None => Some(Progress::new(plan)),
        Some(signed) => app
            .form_key
            .verify(saved::state_of(signed))
            .and_then(|text| Progress::from_text(plan, &text)),
    };
    Ok(progress.map(|progress| (pairs, progress)))
}

/// An error as the summary lists it: it names its field, unless it is about the whole page.
pub(super) fn summary_line(label: &LocalizedText, error: &ValidationError, lang: Lang) -> String {
    let text = wording::BilingualError::localized(error);
    let text = match error {
        ValidationError::Nothing | ValidationError::NothingOnPage => text,
        _ => wording::in_field(label, &text),
    };
    lang.of(&text).to_owned()
}

/// The page that says that the state of a page could not be used.
pub(super) fn refused(frame: Frame) -> Result<HttpResponse, Problem> {
    send(StatusCode::BAD_REQUEST, &RefusedPage { f: frame })
}

/// The first page.
pub(crate) async fn begin(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (advisor, today) = (app.advisor(), today());
    let mut step = Reducer::new(&advisor.plan, today).begin(Progress::new(&advisor.plan));
    // A page of the form has no address of its own: whoever opens this one may have been further on. `/embed` is where
    // a frame begins.
    if request.path() == "/form" {
        step.notices.push(wording::begun_anew());
    }
    Renderer { app: &app, advisor: &advisor, today }.render(Frame::new(&request), &step, None, &[])
}

/// The page that follows from what was submitted.
pub(crate) async fn submit(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let (advisor, today) = (app.advisor(), today());
    let (plan, frame) = (&advisor.plan, Frame::new(&request));
    let Some((pairs, progress)) = open(&app, plan, &body)? else {
        return refused(frame);
    };
    let submission = Submission::parse(&plan.book.catalogue, pairs);
    let step = Reducer::new(plan, today).reduce(progress, &submission);
    for (format, given) in &step.unfound {
        if let Some(field) = searched_field(*format) {
            app.feedback.count_search(field, given);
        }
    }
    let changed = since_written(&app, &advisor, &step.progress, today, frame.lang).await;
    let renderer = Renderer { app: &app, advisor: &advisor, today };
    renderer.render(frame, &step, changed, &submission.pairs)
}

/// What is searched for a name of this format; nothing if names are not searched for.
fn searched_field(format: Format) -> Option<SearchField> {
    match format {
        Format::Division => Some(SearchField::Place),
        Format::Industry => Some(SearchField::Industry),
        Format::Country => Some(SearchField::Country),
        Format::Uscc | Format::Hs => None,
    }
}

/// Renders steps under one rule book on one day.
struct Renderer<'a> {
    app: &'a App,
    advisor: &'a Advisor,
    today: Date,
}

impl Renderer<'_> {
    /// The page of a step; `changed` is what changed rules mean for the firm, `submitted` what was entered on the page, if it
    /// is shown as it was submitted.
    fn render(
        &self,
        frame: Frame,
        step: &Step,
        changed: Option<ChangesView>,
        submitted: &[(String, String)],
    ) -> Result<HttpResponse, Problem> {
        let Step { progress, page, errors: invalid, return_to, .. } = step;
        let lang = frame.lang;
        let plan = &self.advisor.plan;
        let filter = Filter::parse(&plan.book, submitted);
        let (page, submitted) = (*page, Some(submitted).filter(|_| step.as_submitted));
        let answer = progress.evaluate(plan, self.today);
        let state = self.app.form_key.sign(&progress.to_text(plan));
        let mut notes = Vec::new();
        if progress.former.is_some() {
            notes.push(lang.of(&wording::rules_changed(&progress.dropped)).to_owned());
        }
        if !step.ignored.is_empty() {
            let labels: Vec<&LocalizedText> = step.ignored.iter().collect();
            notes.push(lang.of(&wording::not_taken(&labels)).to_owned());
        }
        notes.extend(step.notices.iter().map(|notice| lang.of(notice).to_owned()));
        if let (Page::Result, Some(support)) = (page, progress.about) {
            let about = (progress, support);
            return concern::show(self.app, self.advisor, &answer, about, (notes, changed), frame);
        }
        if page == Page::Result {
            let page = ResultPage {
                prefill: prefill::link(self.advisor, &progress.profile, lang.as_str())
                    .unwrap_or_default(),
                r: result::filtered(self.advisor, &answer, progress, filter, lang),
                name: progress.name.clone(),
                shares: self.app.shares.are_kept(),
                address: saved::address(self.app, plan, progress, self.today, lang.as_str()),
                state,
                notes,
                changed,
                f: frame,
            };
            return send(StatusCode::OK, &page);
        }
        let PageFacts { listed, asked } = interview::page_facts(plan, self.today, page, progress);
        let questions = answer.questions(progress.last);
        let alone = matches!(page, Page::Fact(_));
        let error_at =
            |location| invalid.iter().find(|(at, _)| *at == location).map(|(_, error)| error);
        let message = |error: Option<&ValidationError>| {
            error
                .map(|error| lang.of(&wording::BilingualError::localized(error)).to_owned())
                .unwrap_or_default()
        };
        let with_label = |label: &LocalizedText, error: Option<&ValidationError>| {
            error.map_or(String::new(), |error| summary_line(label, error, lang))
        };
        let mut errors = Vec::new();
        let list = (!listed.is_empty()).then(|| {
            let error = message(error_at(Location::Checklist));
            if !error.is_empty() {
                errors.push(("list".to_owned(), error.clone()));
            }
            let filled = checklist::filled(progress, &listed);
            let industry = checklist::industry(&plan.book.catalogue, &progress.profile);
            checklist::view(&listed, industry, submitted.unwrap_or(&filled), error, lang)
        });
        let filled = fields::filled(plan, progress, &asked, lang);
        let shown = submitted.unwrap_or(&filled);
        let (mut views, mut choices, mut sure) = (Vec::new(), Vec::new(), Vec::new());
        for fact in asked {
            let mut view =
                fields::view(plan, progress, fact, shown, error_at(Location::Field(fact.id)), lang);
            if alone {
                let question = questions.iter().find(|question| question.fact == fact.id);
                view.why = fields::why(plan, question, fact, lang);
            }
            if let Some(ValidationError::Several(given)) = error_at(Location::Field(fact.id))
                && !view.finds.is_empty()
            {
                view.error.clear();
                let anchor = format!("{}-pick-1", view.id);
                choices.push((anchor, lang.of(&wording::choose(given)).to_owned()));
            }
            let unusual = step.unusual.contains(&fact.id).then(|| progress.unusual(plan, fact));
            if let Some(unusual) = unusual.flatten() {
                let asked = wording::unusual(unusual.number, unusual.per);
                choices.push((view.id.clone(), lang.of(&asked).to_owned()));
                sure.push((format!("{}-sure", view.id), unusual.to_text()));
            }
            if !view.error.is_empty() {
                errors.push((
                    view.id.clone(),
                    with_label(&fact.label, error_at(Location::Field(fact.id))),
                ));
            }
            views.push(view);
        }
        let name_error = message(error_at(Location::Name));
        if !name_error.is_empty() {
            errors.push((
                "name".to_owned(),
                with_label(&wording::firm_name(), error_at(Location::Name)),
            ));
        }
        // Only near the answers that it is about; the result shows all.
        let near = |id: &FactId| {
            let fact = plan.book.catalogue.fact(*id);
            page.asks(fact) || progress.history.last().is_some_and(|last| last.asks(fact))
        };
        let checks = warnings(&answer).into_iter().filter(|w| w.facts.iter().any(near));
        let checks = checks.map(|warning| lang.of(&warning.message).to_owned()).collect();
        if !alone {
            notes.extend(result::ambiguous_ranges(&answer, progress, lang));
        }
        let (heading, lead) = match page {
            Page::Several(together) => {
                let (heading, lead) = wording::page(together, progress.about.is_some());
                (lang.of(&heading).to_owned(), lang.of(&lead).to_owned())
            }
            _ => (views.first().map(|v| v.question.clone()).unwrap_or_default(), String::new()),
        };
        let tally = interview::tally(&answer, progress);
        let about = progress.about.map(|id| plan.book.supports.at(id));
        let line = match about {
            Some(support) => wording::asked_for(support),
            None => {
                let left = pages_left(page, tally.questions);
                wording::progress(tally.decided, tally.questions, tally.skipped, left)
            }
        };
        let basics = asks_name(page, progress);
        let name = match submitted {
            Some(pairs) if basics => {
                clean_name(sent(pairs, "name").unwrap_or("")).unwrap_or_default()
            }
            _ => progress.name.clone(),
        };
        let status =
            if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = QuestionPage {
            page: page.to_text(&plan.book.catalogue),
            state,
            heading,
            lead,
            alone,
            list,
            questions: views,
            about: about.map(|support| support.id.clone()).unwrap_or_default(),
            named: basics,
            name,
            name_error,
            errors,
            choices,
            sure,
            notes,
            changed,
            checks,
            progress: lang.of(&line).to_owned(),
            open: tally.questions,
            inferred: result::inferred(&answer, lang),
            back: !progress.history.is_empty(),
            from_result: *return_to == Some(Page::Result),
            return_to: return_to.map(|page| page.to_text(&plan.book.catalogue)).unwrap_or_default(),
            f: frame,
        };
        send(status, &page)
    }
}
