//! What an overlay says on the pages: the name of the service, a line on the first page, a closing line, a colour, a logo.
//!
//! In go the overlays of the rule book in use, the last one first; out come texts, a style sheet and a drawing. Texts are
//! escaped by the templates, the colour is six digits, and a browser shows the drawing as a picture, which runs nothing.

use crate::server::app::App;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{HttpResponse, web};
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::rulebook::{RuleBook, Theme};
use export_advisor_core::wording::Lang;

/// What the overlays of a rule book say on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Brand {
    /// The name of the service; empty if nobody gives it another.
    pub(super) title: String,
    /// Below the heading of the first page.
    pub(super) lead: String,
    /// At the end of each page.
    pub(super) closing: String,
    /// Whether there is a style sheet.
    pub(super) has_colour: bool,
    /// Whether there is a drawing.
    pub(super) has_logo: bool,
}

impl Brand {
    /// What overlays say in a language.
    pub(super) fn new(book: &RuleBook, lang: Lang) -> Self {
        let text = |of: fn(&Theme) -> &Option<LocalizedText>| {
            last(book, |theme| of(theme).as_ref())
                .map_or_else(String::new, |text| lang.of(text).to_owned())
        };
        Self {
            title: text(|theme| &theme.title),
            lead: text(|theme| &theme.lead),
            closing: text(|theme| &theme.closing),
            has_colour: last(book, |theme| theme.colour.as_ref()).is_some(),
            has_logo: last(book, |theme| theme.logo.as_ref()).is_some(),
        }
    }
}

/// What the last overlay that says it says.
fn last<'b, T>(book: &'b RuleBook, of: impl Fn(&'b Theme) -> Option<T>) -> Option<T> {
    book.overlays.iter().rev().find_map(|overlay| of(&overlay.theme))
}

fn send(content_type: &str, text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        // It changes with the rules.
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        ))
        .body(text)
}

/// The colour of links and buttons on a light ground; on a dark one it would not be read.
pub(crate) async fn style(app: web::Data<App>) -> HttpResponse {
    let advisor = app.advisor();
    let colour = last(advisor.book(), |theme| theme.colour.as_deref());
    let rule = colour.map_or_else(String::new, |colour| {
        format!("@media (prefers-color-scheme: light) {{ :root {{ --accent: {colour}; --focus: {colour}; }} }}\n")
    });
    send("text/css; charset=utf-8", rule)
}

/// The drawing in the head of pages; empty if there is none.
pub(crate) async fn logo(app: web::Data<App>) -> HttpResponse {
    const EMPTY: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    let advisor = app.advisor();
    let logo = last(advisor.book(), |theme| theme.logo.as_deref()).unwrap_or(EMPTY);
    send("image/svg+xml", logo.to_owned())
}
