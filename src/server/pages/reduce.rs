//! The guided form as a reducer: state and action in, state and page out.
//!
//! In go the [`Progress`] that a page carried and what was submitted with it; out comes a [`Step`]: the next
//! state, the page to show, and what is wrong on it. The same input always has the same output, so going back,
//! submitting again and two tabs need no care. It renders nothing and knows no HTTP.

use super::action::{Action, Submission};
use super::checklist;
use super::fields::{self, FieldInput, Pairs, sent};
use super::interview::{self, PageFacts};
use super::page::Page;
use super::progress::{Progress, clean_name};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{
    Fact, FactId, FactSet, FaultKind, Format, LocalizedText, Together, Value,
};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::{self, ValidationError};
use jiff::civil::Date;

/// Where on a page an error is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Location {
    /// In the checklist.
    Checklist,
    /// In the field of a fact.
    Field(FactId),
    /// In the firm's name.
    Name,
}

/// What is wrong on a page, and where.
pub(super) type Errors = Vec<(Location, ValidationError)>;

/// What the form does next.
pub(super) struct Step {
    pub(super) progress: Progress,
    /// The page to show.
    pub(super) page: Page,
    /// Whether the page is shown as it was submitted, not from the state.
    pub(super) as_submitted: bool,
    pub(super) errors: Errors,
    pub(super) return_to: Option<Page>,
    /// The labels of what could not be read on the page that was left.
    pub(super) ignored: Vec<LocalizedText>,
    /// What else is said above the page: nothing that keeps it from being left.
    pub(super) notices: Vec<LocalizedText>,
    /// Numbers of the page that are unusual beside another; sent again, they are taken.
    pub(super) unusual: Vec<FactId>,
    /// Names that nothing was found for, and what they should have been names of.
    pub(super) unfound: Vec<(Format, String)>,
}

impl Step {
    fn show(page: Page, progress: Progress) -> Self {
        Self {
            progress,
            page,
            as_submitted: false,
            errors: Errors::new(),
            return_to: None,
            ignored: Vec::new(),
            notices: Vec::new(),
            unusual: Vec::new(),
            unfound: Vec::new(),
        }
    }
}

/// The names that nothing was found for.
fn unfound(errors: &[(Location, ValidationError)]) -> Vec<(Format, String)> {
    let unfound =
        errors.iter().filter_map(|(_, error)| match error {
            ValidationError::NotFound(format, given)
            | ValidationError::Fault(FaultKind::BadCode {
                format: format @ Format::Country,
                given,
            }) => Some((*format, given.clone())),
            _ => None,
        });
    unfound.collect()
}

/// Whether a page has the field of the firm's name. Nothing about one support is printed.
pub(super) fn asks_name(page: Page, progress: &Progress) -> bool {
    page == Page::Several(Together::Basics) && progress.about.is_none()
}

/// Whether a page that was submitted is finished.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// It is: an empty box is a no.
    Complete,
    /// It was left before its end: an empty box may still be ticked.
    Partial,
}

/// Reduces under one rule book on one day.
pub(super) struct Reducer<'a> {
    plan: &'a Plan,
    today: Date,
}

impl<'a> Reducer<'a> {
    pub(super) fn new(plan: &'a Plan, today: Date) -> Self {
        Self { plan, today }
    }

    /// The first page of a state.
    pub(super) fn begin(&self, progress: Progress) -> Step {
        Step::show(self.next(&progress), progress)
    }

    /// The step that an action leads to.
    pub(super) fn reduce(&self, mut progress: Progress, submission: &Submission) -> Step {
        let Submission { action, page, return_to, pairs } = submission;
        match (action, *page) {
            (Action::Open(opened), here) => {
                let ignored = self.leave(here, pairs, &mut progress, Reading::Partial);
                let return_to = return_to.or(here).unwrap_or(Page::Result);
                let return_to = Some(return_to).filter(|return_to| return_to != opened);
                Step { return_to, ignored, ..Step::show(*opened, progress) }
            }
            (Action::AskAbout(support), here) => {
                let ignored = self.leave(here, pairs, &mut progress, Reading::Partial);
                let support = support.as_deref().and_then(|id| self.plan.book.find(id));
                progress.ask_about(support.map(|(index, _)| index));
                Step { ignored, ..self.begin(progress) }
            }
            (Action::Answer(fact, text), _) => {
                if let Some(fact) = fact.map(|id| self.plan.book.catalogue.fact(id)) {
                    let pair = vec![(fact.name.clone(), text.clone())];
                    if let Ok(input) = fields::read(self.plan, fact, &pair) {
                        self.apply(&mut progress, fact, input);
                    }
                }
                Step::show(Page::Result, progress)
            }
            (Action::Redisplay, Some(page)) => {
                Step { as_submitted: true, return_to: *return_to, ..Step::show(page, progress) }
            }
            (Action::Return, _) => {
                let page = self.page_or_next(return_to.unwrap_or(Page::Result), &progress);
                Step::show(page, progress)
            }
            (Action::ShowResult, here) => {
                let ignored = self.leave(here, pairs, &mut progress, Reading::Complete);
                Step { ignored, ..Step::show(Page::Result, progress) }
            }
            (Action::Back, here) => {
                let ignored = self.leave(here, pairs, &mut progress, Reading::Partial);
                let before = progress.history.pop().or(here).unwrap_or(Page::Result);
                Step { ignored, ..Step::show(before, progress) }
            }
            (Action::Skip, Some(page)) => {
                self.pass(page, &mut progress);
                self.begin(progress)
            }
            (Action::Next, Some(page)) if page != Page::Result => {
                let mut further = progress.clone();
                let errors = self.read(page, pairs, &mut further, Reading::Complete);
                let unfound = unfound(&errors);
                Step { unfound, ..self.advance((progress, further), page, submission, errors) }
            }
            (Action::Resume, _) => {
                progress.history.clear();
                if self.next(&progress) == Page::Result {
                    // Only skipped questions are left, and they were asked for.
                    progress.skipped = FactSet::default();
                    progress.seen.clear();
                }
                self.begin(progress)
            }
            // Nothing is read: the page that comes next is shown.
            (
                Action::Start | Action::Next | Action::Redisplay | Action::Skip | Action::Unknown,
                _,
            ) => self.begin(progress),
        }
    }

    /// The step after a page that was read: `before` is the state without its answers, `further` with them.
    fn advance(
        &self,
        (before, mut further): (Progress, Progress),
        page: Page,
        submission: &Submission,
        errors: Errors,
    ) -> Step {
        let Submission { return_to, pairs, .. } = submission;
        let (errors, notices) = self.leave_out(errors, pairs, &mut further);
        if !errors.is_empty() {
            let step = Step::show(page, before);
            return Step { as_submitted: true, errors, return_to: *return_to, ..step };
        }
        let opened = self.groups(page, pairs, &further);
        if !opened.is_empty() {
            // Nobody has seen yet which countries these are.
            let notices = notices.into_iter().chain(opened).collect();
            return Step { return_to: *return_to, notices, ..Step::show(page, further) };
        }
        let unusual = self.unusual(page, pairs, &further);
        if !unusual.is_empty() {
            let step = Step::show(page, further);
            return Step { return_to: *return_to, notices, unusual, ..step };
        }
        if before.former.is_some() && !self.facts(page, &further).listed.is_empty() {
            // The list may have grown since it was shown: what nobody saw is no no.
            return Step { return_to: *return_to, ..Step::show(page, further) };
        }
        self.pass(page, &mut further);
        let step = match return_to {
            Some(page) => Step::show(self.page_or_next(*page, &further), further),
            None => self.begin(further),
        };
        Step { notices, ..step }
    }

    fn answer<'p>(&'p self, progress: &'p Progress) -> Answer<'p> {
        progress.evaluate(self.plan, self.today)
    }

    fn next(&self, progress: &Progress) -> Page {
        interview::next(&self.answer(progress), progress)
    }

    fn facts(&self, page: Page, progress: &Progress) -> PageFacts<'a> {
        interview::page_facts(self.plan, self.today, page, progress)
    }

    /// Marks a page as gone through: what it asked and has no answer was passed over.
    fn pass(&self, page: Page, progress: &mut Progress) {
        let PageFacts { listed, asked } = self.facts(page, progress);
        for fact in listed.into_iter().chain(asked) {
            if !progress.has(fact.id) {
                progress.skipped.insert(fact.id);
            }
        }
        progress.pass(page);
    }

    fn apply(&self, progress: &mut Progress, fact: &Fact, input: FieldInput) {
        match input {
            FieldInput::Nothing => {}
            FieldInput::Range(range) => progress.answer_range(self.plan, fact.id, range),
            FieldInput::Value(value, notices) => {
                progress.answer(self.plan, fact.id, value);
                progress.profile.notices.extend(notices);
            }
        }
    }

    /// Removes the answer of a box that was ticked, or marked as not known, and is so no more. A stated no stays.
    fn clear(&self, progress: &mut Progress, id: FactId) {
        let stated = progress.profile.value(id);
        if progress.has(id) && !checklist::is_no(self.plan.book.catalogue.fact(id), stated) {
            progress.answer(self.plan, id, Value::NotAnswered);
        }
    }

    /// Reads a page's answers into the state, as far as they can be read; returns the errors of the others.
    fn read(&self, page: Page, pairs: &Pairs, progress: &mut Progress, reading: Reading) -> Errors {
        let plan = self.plan;
        let PageFacts { listed, asked } = self.facts(page, progress);
        let mut errors = Errors::new();
        let mut is_empty = listed.is_empty();
        if !listed.is_empty() {
            // A list that was submitted before has stated its noes.
            let is_complete = (reading == Reading::Complete && progress.former.is_none())
                || progress.seen.contains(&page);
            match checklist::read(&listed, pairs) {
                Ok(values) => {
                    for (id, value) in values {
                        if is_complete || !checklist::is_no(plan.book.catalogue.fact(id), &value) {
                            progress.answer(plan, id, value);
                        } else {
                            self.clear(progress, id);
                        }
                    }
                }
                Err(error) => {
                    if error == ValidationError::NothingTicked {
                        listed.iter().for_each(|fact| self.clear(progress, fact.id));
                    }
                    errors.push((Location::Checklist, error));
                }
            }
        }
        for fact in &asked {
            match fields::read(plan, fact, pairs) {
                Ok(FieldInput::Nothing) => {
                    // A field that was emptied removes its answer.
                    if progress.has(fact.id) {
                        progress.answer(plan, fact.id, Value::NotAnswered);
                        is_empty = false;
                    }
                    continue;
                }
                Ok(input) => self.apply(progress, fact, input),
                Err(error) => errors.push((Location::Field(fact.id), error)),
            }
            is_empty = false;
        }
        // Whether a range decides may depend on the other answers of the page.
        for fact in asked.iter().filter(|fact| progress.ambiguous.contains(fact.id)) {
            if let Some(text) = sent(pairs, &fact.name).filter(|text| !text.trim().is_empty()) {
                let error = ValidationError::TooWide(text.to_owned());
                errors.push((Location::Field(fact.id), error));
            }
        }
        if asks_name(page, progress) {
            match clean_name(sent(pairs, "name").unwrap_or("")) {
                Some(name) => progress.name = name,
                None => {
                    errors.push((Location::Name, ValidationError::Fault(FaultKind::PersonalNumber)))
                }
            }
        }
        if is_empty && errors.is_empty() {
            let first = asked.first().map_or(Location::Checklist, |fact| Location::Field(fact.id));
            let is_alone = matches!(page, Page::Fact(_));
            errors.push((
                first,
                if is_alone { ValidationError::Nothing } else { ValidationError::NothingOnPage },
            ));
        }
        errors
    }

    /// Takes what nobody is stopped for out of the errors: places and industries that nothing was found for or of whose
    /// finds none was chosen, and ranges that were sent again as wide as they were. Their facts are skipped; a notice
    /// names them.
    fn leave_out(
        &self,
        errors: Errors,
        pairs: &Pairs,
        progress: &mut Progress,
    ) -> (Errors, Vec<LocalizedText>) {
        let (mut left, mut notices) = (Errors::new(), Vec::new());
        for (location, error) in errors {
            let fact = match location {
                Location::Field(id) => Some(self.plan.book.catalogue.fact(id)),
                _ => None,
            };
            let notice = match (fact, &error) {
                (
                    Some(fact),
                    ValidationError::NotFound(Format::Division | Format::Industry, given),
                ) => Some((fact, wording::left_out(&fact.label, given))),
                (Some(fact), ValidationError::Several(given))
                    if fields::was_offered(fact, pairs, given) =>
                {
                    Some((fact, wording::not_chosen(&fact.label, given)))
                }
                // The page after this one reports the range itself.
                (Some(fact), ValidationError::TooWide(given))
                    if fields::was_offered(fact, pairs, given) =>
                {
                    progress.skipped.insert(fact.id);
                    continue;
                }
                _ => None,
            };
            match notice {
                Some((fact, notice)) => {
                    if progress.has(fact.id) {
                        progress.answer(self.plan, fact.id, Value::NotAnswered);
                    }
                    progress.skipped.insert(fact.id);
                    notices.push(notice);
                }
                None => left.push((location, error)),
            }
        }
        (left, notices)
    }

    /// The numbers of a page that are unusual beside another number, unless they were sent again after that was said.
    fn unusual(&self, page: Page, pairs: &Pairs, progress: &Progress) -> Vec<FactId> {
        let facts = self.facts(page, progress).asked.into_iter();
        let asked = facts.filter(|fact| {
            let confirmed = sent(pairs, &format!("{}-sure", fact.name));
            let unusual = progress.unusual(self.plan, fact);
            unusual.is_some_and(|unusual| confirmed != Some(unusual.to_text().as_str()))
        });
        asked.map(|fact| fact.id).collect()
    }

    /// Notices of the groups of countries that were written on a page.
    fn groups(&self, page: Page, pairs: &Pairs, progress: &Progress) -> Vec<LocalizedText> {
        let asked = self.facts(page, progress).asked.into_iter();
        let opened = asked.filter(|fact| fields::has_group(self.plan, fact, pairs));
        opened.map(|fact| wording::group_opened(&fact.label)).collect()
    }

    /// Keeps what was filled in on a page that is left; returns the labels of what could not be read.
    fn leave(
        &self,
        page: Option<Page>,
        pairs: &Pairs,
        progress: &mut Progress,
        reading: Reading,
    ) -> Vec<LocalizedText> {
        let Some(page) = page.filter(|page| *page != Page::Result) else { return Vec::new() };
        let errors = self.read(page, pairs, progress, reading);
        let grown = progress.former.is_some() && page.has_list();
        if errors.is_empty() && reading == Reading::Complete && !grown {
            self.pass(page, progress);
        }
        let empty = [
            ValidationError::Nothing,
            ValidationError::NothingOnPage,
            ValidationError::NothingTicked,
        ];
        let is_taken = |error: &ValidationError| {
            empty.contains(error) || matches!(error, ValidationError::TooWide(_))
        };
        let ignored = errors.iter().filter(|(_, error)| !is_taken(error));
        ignored
            .map(|(location, _)| match (location, page) {
                (Location::Field(id), _) => self.plan.book.catalogue.fact(*id).label.clone(),
                (Location::Checklist, Page::Several(together)) => wording::page(together, false).0,
                _ => wording::firm_name(),
            })
            .collect()
    }

    /// A page to return to, or the next if it asks for nothing any more.
    fn page_or_next(&self, page: Page, progress: &Progress) -> Page {
        let asks = match page {
            Page::Result => true,
            Page::Several(_) => !self.facts(page, progress).is_empty(),
            Page::Fact(id) => {
                let questions = interview::questions(&self.answer(progress), None);
                progress.has(id) || questions.iter().any(|question| question.fact == id)
            }
        };
        if asks { page } else { self.next(progress) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use export_advisor_core::files::RuleFiles;

    /// The state that a page of older rules carried.
    fn older(plan: &Plan, profile: &str) -> Progress {
        let text = format!(r#"{{"v":"sha256:older","p":{profile},"s":["@basics","@size"]}}"#);
        Progress::from_text(plan, &text).unwrap()
    }

    fn submission(plan: &Plan, pairs: &[(&str, &str)]) -> Submission {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Submission::parse(&plan.book.catalogue, pairs.collect())
    }

    #[test]
    fn a_list_of_older_rules_is_shown_again_and_what_nobody_saw_is_no_no() {
        let plan = Plan::new(export_advisor_core::script::load(&RuleFiles::builtin()).book);
        let id = |name: &str| plan.book.catalogue.find(name).unwrap().id;
        let reducer = Reducer::new(&plan, jiff::civil::date(2026, 11, 29));
        let ticked = [
            ("page", "@activities"),
            ("do", "next"),
            ("tick", "exports_goods"),
            ("tick", "cbec=b2b"),
        ];
        let step = reducer.reduce(older(&plan, "{}"), &submission(&plan, &ticked));
        assert!(step.page == Page::Several(Together::Activities) && step.errors.is_empty());
        let value = |name: &str| step.progress.profile.value(id(name)).clone();
        assert_eq!(value("exports_goods"), Value::Bool(true));
        let b2b = plan.book.catalogue.fact(id("cbec")).value_index("b2b_export").unwrap();
        assert_eq!(value("cbec"), Value::EnumList(vec![b2b]));
        assert_eq!(value("overseas_warehouse"), Value::NotAnswered);
        // Under today's rules the same list is complete.
        let again = Progress::from_text(&plan, &step.progress.to_text(&plan)).unwrap();
        let next = reducer.reduce(again, &submission(&plan, &ticked));
        assert!(next.page != Page::Several(Together::Activities));
        assert_eq!(*next.progress.profile.value(id("overseas_warehouse")), Value::Bool(false));
    }

    /// Whichever way the page is left, and whether its list was sent before.
    #[test]
    fn a_box_that_nobody_saw_is_no_no() {
        let plan = Plan::new(export_advisor_core::script::load(&RuleFiles::builtin()).book);
        let id = |name: &str| plan.book.catalogue.find(name).unwrap().id;
        let reducer = Reducer::new(&plan, jiff::civil::date(2026, 11, 29));
        for seen in [r#"["@basics","@size"]"#, r#"["@basics","@size","@activities"]"#] {
            for action in ["next", "result", "back", "go:employees"] {
                let text = format!(r#"{{"v":"sha256:older","p":{{}},"s":{seen}}}"#);
                let progress = Progress::from_text(&plan, &text).unwrap();
                let pairs = [("page", "@activities"), ("do", action), ("tick", "exports_goods")];
                let step = reducer.reduce(progress, &submission(&plan, &pairs));
                let value = |name: &str| step.progress.profile.value(id(name)).clone();
                assert_eq!(value("exports_goods"), Value::Bool(true), "{action}");
                assert_eq!(value("overseas_warehouse"), Value::NotAnswered, "{action} {seen}");
                let list = Page::Several(Together::Activities);
                assert!(!step.progress.seen.contains(&list), "{action} {seen}");
            }
        }
    }

    #[test]
    fn a_state_of_older_rules_keeps_what_its_values_mean() {
        let plan = Plan::new(export_advisor_core::script::load(&RuleFiles::builtin()).book);
        let cbec = plan.book.catalogue.find("cbec").unwrap();
        let index = |name: &str| cbec.value_index(name).unwrap();
        for (old, means) in [
            ("none", vec![]),
            ("retail", vec![index("retail_export")]),
            ("both", vec![index("retail_export"), index("b2b_export")]),
        ] {
            let state = older(&plan, &format!(r#"{{"cbec":"{old}","exports_goods":true}}"#));
            assert_eq!(*state.profile.value(cbec.id), Value::EnumList(means), "{old}");
            assert!(state.dropped.is_empty(), "{old}");
        }
    }
}
