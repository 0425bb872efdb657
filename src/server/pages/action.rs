//! What a person submitted with the form: the page, the button, the fields, parsed once.
//!
//! In go the pairs of a form, out comes a [`Submission`]. Buttons are texts only here. It decides nothing: what an
//! action does is the matter of [`reduce`](super::reduce).

use super::fields::{Pairs, sent};
use super::page::Page;
use export_advisor_core::facts::{Catalogue, FactId};

/// All supports, where a button could name one.
const ALL: &str = "@all";

/// What a button of the form asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Begin, from the start page.
    Start,
    /// Read the answers of the page, and go on.
    Next,
    /// Show the page again with what was entered, such as to search for a name.
    Redisplay,
    /// Go back one page.
    Back,
    /// Go on without an answer.
    Skip,
    /// Leave a page that was opened to change one answer.
    Return,
    /// Show the result, with the answers so far.
    ShowResult,
    /// Go on from the result with the questions that are left.
    Resume,
    /// Open a page to change one answer.
    Open(Page),
    /// Ask about one support only, by its id, or about all.
    AskAbout(Option<String>),
    /// Answer a question of the result; nothing if the rules do not know the fact any more.
    Answer(Option<FactId>, String),
    /// A button that the form does not have: show the page that comes next.
    Unknown,
}

impl Action {
    /// The action of a button's value; a form that is sent without a button goes on.
    fn parse(catalogue: &Catalogue, value: Option<&str>) -> Self {
        match value {
            Some("start") => Self::Start,
            None | Some("next") => Self::Next,
            Some("show") => Self::Redisplay,
            Some("back") => Self::Back,
            Some("skip") => Self::Skip,
            Some("return") => Self::Return,
            Some("result") => Self::ShowResult,
            Some("resume") => Self::Resume,
            Some(value) => Self::with_argument(catalogue, value).unwrap_or(Self::Unknown),
        }
    }

    fn with_argument(catalogue: &Catalogue, value: &str) -> Option<Self> {
        if let Some(support) = value.strip_prefix("about:") {
            return Some(Self::AskAbout((support != ALL).then(|| support.to_owned())));
        }
        if let Some(page) = value.strip_prefix("go:") {
            return Some(Self::Open(Page::parse(catalogue, page).unwrap_or(Page::Result)));
        }
        let (fact, text) = value.strip_prefix("set:")?.split_once('=')?;
        Some(Self::Answer(catalogue.find(fact).map(|fact| fact.id), text.to_owned()))
    }
}

/// A form that was submitted.
pub(super) struct Submission {
    pub(super) action: Action,
    /// The page that was filled in.
    pub(super) page: Option<Page>,
    /// The page that it returns to, if it was opened to change one answer.
    pub(super) return_to: Option<Page>,
    pub(super) pairs: Pairs,
}

impl Submission {
    pub(super) fn parse(catalogue: &Catalogue, pairs: Pairs) -> Self {
        let named = |name| sent(&pairs, name).and_then(|text| Page::parse(catalogue, text));
        let (page, return_to) = (named("page"), named("return"));
        let action = Action::parse(catalogue, sent(&pairs, "do"));
        // What is opened from the result returns to it.
        let return_to = if page == Some(Page::Result) { page } else { return_to };
        Self { action, page, return_to, pairs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use export_advisor_core::files::RuleFiles;

    #[test]
    fn each_button_of_the_form_is_an_action_and_no_other_text() {
        let book = export_advisor_core::script::load(&RuleFiles::builtin()).book;
        let catalogue = &book.catalogue;
        let fact = catalogue.find("exports_goods").map(|fact| fact.id);
        assert!(fact.is_some());
        let page = Page::Fact(fact.unwrap());
        for (value, action) in [
            ("start", Action::Start),
            ("next", Action::Next),
            ("show", Action::Redisplay),
            ("back", Action::Back),
            ("skip", Action::Skip),
            ("return", Action::Return),
            ("result", Action::ShowResult),
            ("resume", Action::Resume),
            ("go:exports_goods", Action::Open(page)),
            ("go:@result", Action::Open(Page::Result)),
            ("go:no_such_fact", Action::Open(Page::Result)),
            ("set:exports_goods=true", Action::Answer(fact, "true".to_owned())),
            ("set:no_such_fact=a=b", Action::Answer(None, "a=b".to_owned())),
            ("about:canton-fair", Action::AskAbout(Some("canton-fair".to_owned()))),
            ("about:@all", Action::AskAbout(None)),
            ("set:exports_goods", Action::Unknown),
            ("Next", Action::Unknown),
            ("", Action::Unknown),
        ] {
            assert_eq!(Action::parse(catalogue, Some(value)), action, "{value}");
        }
        assert_eq!(Action::parse(catalogue, None), Action::Next);
    }

    #[test]
    fn what_is_opened_from_the_result_returns_to_it() {
        let book = export_advisor_core::script::load(&RuleFiles::builtin()).book;
        let submit = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Submission::parse(&book.catalogue, pairs.collect())
        };
        let from_result = submit(&[("page", "@result"), ("return", "@size"), ("do", "go:@basics")]);
        assert_eq!(from_result.return_to, Some(Page::Result));
        let from_page = submit(&[("page", "@basics"), ("return", "@size")]);
        assert_ne!(from_page.return_to, from_page.page);
        assert!(from_page.return_to.is_some());
        assert_eq!(submit(&[("page", "nowhere")]).page, None);
    }
}
