//! Whether one support concerns the firm: where a form that is about one support ends.
//!
//! In go the answers and the support, out comes a page with the verdict, what decided it, and a way into the whole form
//! that keeps the answers. What is asked on the way here decides [`interview`](super::interview).

use super::changes::ChangesView;
use super::frame::{Frame, send};
use super::progress::Progress;
use super::result::{self, RecapView, SupportView};
use super::saved;
use crate::server::api::error::Problem;
use crate::server::app::App;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use export_advisor_core::assessment::{Advisor, grouped};
use export_advisor_core::evaluate::{Answer, Group};
use export_advisor_core::rulebook::SupportId;
use export_advisor_core::wording;

#[derive(Template)]
#[template(path = "concern.html")]
struct ConcernPage {
    f: Frame,
    state: String,
    /// The address that holds the page, for the address bar.
    address: String,
    notes: Vec<String>,
    /// What changed rules mean for the firm, if they have changed.
    changed: Option<ChangesView>,
    /// The group that the support is in, by its name in pages.
    place: &'static str,
    verdict: String,
    /// How many questions are left.
    open: usize,
    s: SupportView,
    recap: Vec<RecapView>,
    inferred: Vec<RecapView>,
    closing: String,
    as_of: String,
    version: String,
}

/// Shows what a support means for the firm.
///
/// # Errors
/// If the page cannot be rendered.
pub(super) fn show(
    app: &App,
    advisor: &Advisor,
    answer: &Answer<'_>,
    (progress, support): (&Progress, SupportId),
    (notes, changed): (Vec<String>, Option<ChangesView>),
    frame: Frame,
) -> Result<HttpResponse, Problem> {
    let (plan, lang) = (&advisor.plan, frame.lang);
    let group = grouped(advisor, answer).first().map_or(Group::Undetermined, |(group, _)| *group);
    let one = result::one(advisor, answer, progress, support, lang);
    let page = ConcernPage {
        state: app.form_key.sign(&progress.to_text(plan)),
        address: saved::address(app, plan, progress, answer.as_of, lang.as_str()),
        notes,
        changed,
        place: group.as_str(),
        verdict: lang.of(&wording::verdict(group)).to_owned(),
        open: one.support.questions.len(),
        s: one.support,
        recap: one.recap,
        inferred: result::inferred(answer, lang),
        closing: lang.of(&wording::closing_line(advisor.book())).to_owned(),
        as_of: answer.as_of.to_string(),
        version: advisor.book().version.clone(),
        f: frame,
    };
    send(StatusCode::OK, &page)
}
