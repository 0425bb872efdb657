//! What all requests share.

use super::body::USUAL_DEADLINE;
use crate::assessment::Advisor;
use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// The service's state: the rule book, ready to answer.
#[derive(Clone, Debug)]
pub struct State {
    advisor: Arc<Advisor>,
    today: fn() -> Date,
    pub(super) body_deadline: Duration,
}

impl State {
    /// A state that answers from `advisor`, with today's date in China.
    #[must_use]
    pub fn new(advisor: Advisor) -> Self {
        let today = || jiff::tz::offset(8).to_datetime(jiff::Timestamp::now()).date();
        Self { advisor: Arc::new(advisor), today, body_deadline: USUAL_DEADLINE }
    }

    /// How long a request's body may take from its first byte to its last.
    pub fn set_body_deadline(&mut self, deadline: Duration) {
        self.body_deadline = deadline;
    }

    /// The rule book in use. A request keeps the one that it began with.
    #[must_use]
    pub fn advisor(&self) -> Arc<Advisor> {
        Arc::clone(&self.advisor)
    }

    /// Today, where the policies are in force.
    #[must_use]
    pub fn today(&self) -> Date {
        (self.today)()
    }

    /// A cacheable answer: it changes only with the rule book.
    pub(super) fn cacheable<T: Serialize>(&self, request: &HttpRequest, value: &T) -> HttpResponse {
        let version = &self.advisor.book().version;
        // Weak, since an answer may be compressed; the program's version is in it, since a new
        // program may tell the same rules otherwise.
        let tag = format!("W/\"{}-{version}\"", env!("CARGO_PKG_VERSION"));
        let known = request.headers().get(IF_NONE_MATCH).and_then(|v| v.to_str().ok());
        if known.is_some_and(|known| known.split(',').any(|t| t.trim() == tag)) {
            return HttpResponse::NotModified()
                .insert_header((ETAG, tag))
                .insert_header(("Cache-Control", "no-cache"))
                .insert_header(("Rule-Book-Version", version.as_str()))
                .finish();
        }
        HttpResponse::Ok()
            .insert_header((ETAG, tag))
            .insert_header(("Cache-Control", "no-cache"))
            .insert_header(("Rule-Book-Version", version.as_str()))
            .json(value)
    }
}
