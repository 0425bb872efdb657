//! The page of a comparison for a reviewer: a bar a support, the flow from old to new statuses, the top causes.
//!
//! Owns the page. The digest goes in, so it has no more than that; HTML comes out that needs nothing else: styles and
//! charts are in it, it has no script and requests nothing. Every chart has its numbers beside it. `view` brings the
//! counts into the form of the page, `flow` draws.

mod flow;
mod view;

use super::digest::BookDigest;
use askama::Template;
use export_advisor_core::wording::Lang;
use view::View;

#[derive(Template)]
#[template(path = "book-diff.html")]
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

impl BookDigest {
    /// The digest as a page.
    #[must_use]
    pub fn to_html(&self, lang: Lang) -> String {
        let view = View::new(self, lang);
        let page = Page { lang: lang.as_str(), zh: lang == Lang::Zh, view };
        // All values of the page can be written.
        page.render().unwrap_or_default()
    }
}
