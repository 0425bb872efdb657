//! The guided form: one page at a time, each made of what the page before carried.
//!
//! In goes what a form sent: the sealed state, the page that it was, the answers, and what to do. Out
//! comes the next page, the same page with what is wrong, or the result. The same request always has
//! the same answer, so going back, sending again and two tabs need no care.

use super::fields::{self, FieldView, Given, Pairs, sent};
use super::frame::{Frame, send as send_page};
use super::interview::{self, Page};
use super::prefill;
use super::progress::{Progress, clean_name};
use super::result::{self, RecapView, ResultView};
use super::routes::Pages;
use super::ticks::{self, ListView};
use crate::server::api::{Body, Problem, State};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::assessment::{Advisor, warnings};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{
    Fact, FactId, FactSet, FaultKind, LocalizedText, Profile, Together, Value,
};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::{self, ValidationError};
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
    named: bool,
    name: String,
    name_error: String,
    errors: Vec<(String, String)>,
    notes: Vec<String>,
    /// What should be looked at again.
    checks: Vec<String>,
    progress: String,
    inferred: Vec<RecapView>,
    back: bool,
    /// The page that it goes back to, if it was opened to change one thing; and whether that is the result.
    back_to: String,
    from_result: bool,
}

#[derive(Template)]
#[template(path = "result.html")]
struct ResultPage {
    f: Frame,
    state: String,
    notes: Vec<String>,
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

/// A form that was opened: what was sent, and what its state says.
pub(super) struct Opened {
    pub(super) pairs: Pairs,
    pub(super) progress: Progress,
}

/// Opens what a form sent; nothing if its state was altered.
pub(super) fn open(pages: &Pages, plan: &Plan, body: &[u8]) -> Result<Option<Opened>, Problem> {
    let pairs = fields::pairs(body)?;
    let progress = match sent(&pairs, "state") {
        None => Some(Progress::new(plan)),
        Some(sealed) => pages.key.open(sealed).and_then(|text| Progress::from_text(plan, &text)),
    };
    Ok(progress.map(|progress| Opened { pairs, progress }))
}

/// The page that says that what a page carried could not be used.
pub(super) fn refused(frame: Frame) -> Result<HttpResponse, Problem> {
    send_page(StatusCode::BAD_REQUEST, &RefusedPage { f: frame })
}

pub(super) async fn begin(
    state: web::Data<State>,
    pages: web::Data<Pages>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let advisor = state.advisor();
    let progress = Progress::new(&advisor.plan);
    let maker = Maker::new(&state, &pages, &advisor, &request);
    let page = maker.next(&progress);
    maker.show(page, &progress, None, &[], None)
}

pub(super) async fn send(
    state: web::Data<State>,
    pages: web::Data<Pages>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body?;
    let advisor = state.advisor();
    let mut maker = Maker::new(&state, &pages, &advisor, &request);
    let Some(Opened { pairs, mut progress }) = open(&pages, &advisor.plan, &body)? else {
        return refused(maker.frame());
    };
    let catalogue = &advisor.book().catalogue;
    let here = sent(&pairs, "page").and_then(|text| Page::from_text(catalogue, text));
    // Where a page that was opened to change one thing goes back to.
    let back_to = match here {
        Some(Page::Result) => here,
        _ => sent(&pairs, "return").and_then(|text| Page::from_text(catalogue, text)),
    };
    let action = sent(&pairs, "do").unwrap_or("next");
    if let Some(page) = action.strip_prefix("go:") {
        maker.keep(here, &pairs, &mut progress, Reading::Part);
        let page = Page::from_text(catalogue, page).unwrap_or(Page::Result);
        let back_to = back_to.or(here).unwrap_or(Page::Result);
        let back_to = Some(back_to).filter(|back_to| *back_to != page);
        return maker.show(page, &progress, None, &[], back_to);
    }
    if let Some((fact, text)) = action.strip_prefix("set:").and_then(|set| set.split_once('=')) {
        if let Some(fact) = catalogue.find(fact) {
            let one = vec![(fact.name.clone(), text.to_owned())];
            if let Ok(given) = fields::read(&advisor.plan, fact, &one) {
                maker.take(&mut progress, fact, given);
            }
        }
        return maker.show(Page::Result, &progress, None, &[], None);
    }
    match (action, here) {
        ("show", Some(page)) => maker.show(page, &progress, Some(&pairs), &[], back_to),
        ("return", _) => {
            let page = maker.still(back_to.unwrap_or(Page::Result), &progress);
            maker.show(page, &progress, None, &[], None)
        }
        ("result", here) => {
            maker.keep(here, &pairs, &mut progress, Reading::Whole);
            maker.show(Page::Result, &progress, None, &[], None)
        }
        ("back", here) => {
            maker.keep(here, &pairs, &mut progress, Reading::Part);
            let before = progress.trail.pop().or(here).unwrap_or(Page::Result);
            maker.show(before, &progress, None, &[], None)
        }
        ("skip", Some(page)) => {
            if let Page::Fact(id) = page {
                progress.skipped.insert(id);
            }
            progress.pass(page);
            let next = maker.next(&progress);
            maker.show(next, &progress, None, &[], None)
        }
        ("next", Some(page)) if page != Page::Result => {
            let mut further = progress.clone();
            let slips = maker.read(page, &pairs, &mut further, Reading::Whole);
            if !slips.is_empty() {
                return maker.show(page, &progress, Some(&pairs), &slips, back_to);
            }
            further.pass(page);
            let next = match back_to {
                Some(page) => maker.still(page, &further),
                None => maker.next(&further),
            };
            maker.show(next, &further, None, &[], None)
        }
        _ => {
            if action == "resume" {
                progress.trail.clear();
                if maker.next(&progress) == Page::Result {
                    // Only what was skipped is left, and it was asked for.
                    progress.skipped = FactSet::default();
                    progress.seen.clear();
                }
            }
            let next = maker.next(&progress);
            maker.show(next, &progress, None, &[], None)
        }
    }
}

/// Where on a page something is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// In the list to tick.
    List,
    /// In the field of a fact.
    Of(FactId),
    /// In the firm's name.
    Name,
}

/// What is wrong on a page, and where.
type Slips = Vec<(Spot, ValidationError)>;

/// How much a page that was sent says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// It was finished: what is not ticked is a no.
    Whole,
    /// It was left on the way: what is not ticked may still be.
    Part,
}

/// Makes pages for one request.
struct Maker<'a> {
    pages: &'a Pages,
    advisor: &'a Advisor,
    request: &'a HttpRequest,
    today: Date,
    shares: bool,
    /// What was filled in on the page that was left, and could not be read.
    left_out: Vec<LocalizedText>,
}

impl<'a> Maker<'a> {
    fn new(
        state: &State,
        pages: &'a Pages,
        advisor: &'a Advisor,
        request: &'a HttpRequest,
    ) -> Self {
        let shares = state.store().is_some();
        Self { pages, advisor, request, today: state.today(), shares, left_out: Vec::new() }
    }

    fn frame(&self) -> Frame {
        Frame::of(self.request)
    }

    fn answer<'p>(&'p self, progress: &'p Progress) -> Answer<'p> {
        Answer::new(&self.advisor.plan, &progress.profile, self.today)
    }

    fn next(&self, progress: &Progress) -> Page {
        interview::next(&self.answer(progress), progress)
    }

    /// The facts of a page: those of its list, and those with a field of their own.
    fn facts(&self, page: Page, profile: &Profile) -> (Vec<&'a Fact>, Vec<&'a Fact>) {
        let plan = &self.advisor.plan;
        let answer = Answer::new(plan, profile, self.today);
        match page {
            Page::Several(together) => {
                let questions = answer.questions(None);
                let all = interview::members(&answer, &questions, together);
                let lists = matches!(together, Together::Activities | Together::Needs);
                // Ids are places in the catalogue, which lives as long as the advisor.
                let facts = all.into_iter().map(|fact| plan.book.catalogue.fact(fact.id));
                facts.partition(|fact| lists && fields::is_tick(fact))
            }
            Page::Fact(id) => (Vec::new(), vec![plan.book.catalogue.fact(id)]),
            Page::Result => (Vec::new(), Vec::new()),
        }
    }

    fn take(&self, progress: &mut Progress, fact: &Fact, given: Given) {
        let plan = &self.advisor.plan;
        match given {
            Given::Nothing => {}
            Given::Range(range) => progress.answer_range(plan, fact.id, range),
            Given::Value(value, notices) => {
                progress.answer(plan, fact.id, value);
                progress.profile.notices.extend(notices);
            }
        }
    }

    /// Takes back what was ticked, or marked as not known, and is so no more. A no that was said stays.
    fn take_back(&self, progress: &mut Progress, id: FactId) {
        let plan = &self.advisor.plan;
        let said = progress.profile.value(id);
        if progress.has(id) && !ticks::is_left(plan.book.catalogue.fact(id), said) {
            progress.answer(plan, id, Value::NotAnswered);
        }
    }

    /// Reads a page's answers into the progress, as far as they can be read; what cannot is told.
    fn read(&self, page: Page, pairs: &Pairs, progress: &mut Progress, reading: Reading) -> Slips {
        let plan = &self.advisor.plan;
        let (listed, asked) = self.facts(page, &progress.profile);
        let mut slips = Slips::new();
        let mut nothing = listed.is_empty();
        if !listed.is_empty() {
            // A list that was sent before has said its noes.
            let whole = reading == Reading::Whole || progress.seen.contains(&page);
            match ticks::read(&listed, pairs) {
                Ok(values) => {
                    for (id, value) in values {
                        if whole || !ticks::is_left(plan.book.catalogue.fact(id), &value) {
                            progress.answer(plan, id, value);
                        } else {
                            self.take_back(progress, id);
                        }
                    }
                }
                Err(slip) => {
                    if slip == ValidationError::NothingTicked {
                        listed.iter().for_each(|fact| self.take_back(progress, fact.id));
                    }
                    slips.push((Spot::List, slip));
                }
            }
        }
        for fact in &asked {
            match fields::read(plan, fact, pairs) {
                Ok(Given::Nothing) => {
                    // A field that was emptied takes its answer back.
                    if progress.has(fact.id) {
                        progress.answer(plan, fact.id, Value::NotAnswered);
                        nothing = false;
                    }
                    continue;
                }
                Ok(given) => self.take(progress, fact, given),
                Err(slip) => slips.push((Spot::Of(fact.id), slip)),
            }
            nothing = false;
        }
        if page == Page::Several(Together::Basics) {
            match clean_name(sent(pairs, "name").unwrap_or("")) {
                Some(name) => progress.name = name,
                None => slips.push((Spot::Name, ValidationError::Fault(FaultKind::PersonalNumber))),
            }
        }
        if nothing && slips.is_empty() {
            let first = asked.first().map_or(Spot::List, |fact| Spot::Of(fact.id));
            let alone = matches!(page, Page::Fact(_));
            slips.push((
                first,
                if alone { ValidationError::Nothing } else { ValidationError::NothingOnPage },
            ));
        }
        slips
    }

    /// Keeps what was filled in on a page that is left, and notes what of it could not be read.
    fn keep(
        &mut self,
        page: Option<Page>,
        pairs: &Pairs,
        progress: &mut Progress,
        reading: Reading,
    ) {
        let Some(page) = page.filter(|page| *page != Page::Result) else { return };
        let slips = self.read(page, pairs, progress, reading);
        if slips.is_empty() && reading == Reading::Whole {
            progress.pass(page);
        }
        let catalogue = &self.advisor.book().catalogue;
        let empty = [
            ValidationError::Nothing,
            ValidationError::NothingOnPage,
            ValidationError::NothingTicked,
        ];
        let left_out = slips.iter().filter(|(_, slip)| !empty.contains(slip));
        self.left_out = left_out
            .map(|(spot, _)| match (spot, page) {
                (Spot::Of(id), _) => catalogue.fact(*id).label.clone(),
                (Spot::List, Page::Several(together)) => wording::page(together).0,
                _ => wording::firm_name(),
            })
            .collect();
    }

    /// A page to go back to, or the next if it asks for nothing any more.
    fn still(&self, page: Page, progress: &Progress) -> Page {
        let asks = match page {
            Page::Result => true,
            Page::Several(_) => {
                let (listed, asked) = self.facts(page, &progress.profile);
                !listed.is_empty() || !asked.is_empty()
            }
            Page::Fact(id) => {
                let questions = self.answer(progress).questions(None);
                progress.has(id) || questions.iter().any(|question| question.fact == id)
            }
        };
        if asks { page } else { self.next(progress) }
    }

    fn show(
        &self,
        page: Page,
        progress: &Progress,
        pairs: Option<&Pairs>,
        slips: &[(Spot, ValidationError)],
        back_to: Option<Page>,
    ) -> Result<HttpResponse, Problem> {
        let frame = self.frame();
        let lang = frame.lang;
        let plan = &self.advisor.plan;
        let answer = self.answer(progress);
        let state = self.pages.key.seal(&progress.to_text(plan));
        let mut notes = Vec::new();
        if progress.rules_changed {
            notes.push(lang.of(&wording::rules_changed(&progress.dropped)).to_owned());
        }
        if !self.left_out.is_empty() {
            let labels: Vec<&LocalizedText> = self.left_out.iter().collect();
            notes.push(lang.of(&wording::not_taken(&labels)).to_owned());
        }
        if page == Page::Result {
            let page = ResultPage {
                prefill: prefill::link(self.advisor, &progress.profile, lang.as_str())
                    .unwrap_or_default(),
                r: result::view(self.advisor, &answer, progress, lang),
                shares: self.shares,
                state,
                notes,
                f: frame,
            };
            return send_page(StatusCode::OK, &page);
        }
        let (listed, asked) = self.facts(page, &progress.profile);
        let questions = answer.questions(progress.last);
        let alone = matches!(page, Page::Fact(_));
        let slip_of = |spot| slips.iter().find(|(at, _)| *at == spot).map(|(_, slip)| slip);
        let told = |slip: Option<&ValidationError>| {
            slip.map(|slip| lang.of(&wording::BilingualError::localized(slip)).to_owned())
                .unwrap_or_default()
        };
        let mut errors = Vec::new();
        let list = (!listed.is_empty()).then(|| {
            let error = told(slip_of(Spot::List));
            if !error.is_empty() {
                errors.push(("list".to_owned(), error.clone()));
            }
            let filled = ticks::filled(progress, &listed);
            ticks::view(&listed, pairs.unwrap_or(&filled), error, lang)
        });
        let filled = fields::filled(plan, progress, &asked, lang);
        let shown = pairs.unwrap_or(&filled);
        let mut views = Vec::new();
        for fact in asked {
            let mut view =
                fields::view(plan, progress, fact, shown, slip_of(Spot::Of(fact.id)), lang);
            if alone {
                let question = questions.iter().find(|question| question.fact == fact.id);
                view.why = fields::why(plan, question, fact, lang);
            }
            if !view.error.is_empty() {
                errors.push((view.id.clone(), view.error.clone()));
            }
            views.push(view);
        }
        let name_error = told(slip_of(Spot::Name));
        if !name_error.is_empty() {
            errors.push(("name".to_owned(), name_error.clone()));
        }
        // Told where it can still be seen what it is about; the result tells all.
        let near = |id: &FactId| {
            let fact = plan.book.catalogue.fact(*id);
            page.asks(fact) || progress.trail.last().is_some_and(|last| last.asks(fact))
        };
        let checks = warnings(&answer).into_iter().filter(|w| w.facts.iter().any(near));
        let checks = checks.map(|warning| lang.of(&warning.message).to_owned()).collect();
        if !alone {
            notes.extend(result::wide(&answer, progress, lang));
        }
        let (heading, lead) = match page {
            Page::Several(together) => {
                let (heading, lead) = wording::page(together);
                (lang.of(&heading).to_owned(), lang.of(&lead).to_owned())
            }
            _ => (views.first().map(|v| v.question.clone()).unwrap_or_default(), String::new()),
        };
        let tally = interview::tally(&answer, progress);
        let line = wording::progress(tally.decided, tally.questions, tally.skipped);
        let basics = page == Page::Several(Together::Basics);
        let name = match pairs {
            Some(pairs) if basics => {
                clean_name(sent(pairs, "name").unwrap_or("")).unwrap_or_default()
            }
            _ => progress.name.clone(),
        };
        let status = if slips.is_empty() { 200 } else { 422 };
        let page = QuestionPage {
            page: page.to_text(&plan.book.catalogue),
            state,
            heading,
            lead,
            alone,
            list,
            questions: views,
            named: basics,
            name,
            name_error,
            errors,
            notes,
            checks,
            progress: lang.of(&line).to_owned(),
            inferred: result::inferred(&answer, lang),
            back: !progress.trail.is_empty(),
            from_result: back_to == Some(Page::Result),
            back_to: back_to.map(|page| page.to_text(&plan.book.catalogue)).unwrap_or_default(),
            f: frame,
        };
        send_page(StatusCode::from_u16(status).unwrap_or_default(), &page)
    }
}
