//! The report for people: one page with charts and tables, to be read, printed and kept.
//!
//! Owns the page. The summary and the facts of the job go in; HTML comes out that needs nothing else: styles and
//! charts are in it, it has no script and requests nothing. Every chart has its numbers beside it, so nothing
//! depends on colour alone. It counts nothing itself; `view` brings the counts into the form of the page.

mod view;

use crate::error::ScreenError;
use crate::job::options::{Options, Report};
use askama::Template;
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::Lang;
use std::path::Path;
use view::View;

pub(crate) use view::number;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    lang: &'static str,
    zh: bool,
    view: View<'a>,
}

impl Page<'_> {
    /// One of two texts, by the language of the page.
    fn t<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.zh { zh } else { en }
    }
}

/// The page of a screening.
///
/// # Errors
/// Never in practice: all values of the page can be written.
fn html(plan: &Plan, options: &Options, report: &Report) -> Result<String, askama::Error> {
    let lang = options.lang;
    Page { lang: lang.as_str(), zh: lang == Lang::Zh, view: View::new(plan, options, report) }
        .render()
}

/// The page of a screening, for the file of this name.
///
/// # Errors
/// The page cannot be rendered.
pub(crate) fn text(
    plan: &Plan,
    options: &Options,
    report: &Report,
    path: &Path,
) -> Result<String, ScreenError> {
    html(plan, options, report).map_err(|error| ScreenError::io(path)(std::io::Error::other(error)))
}
