//! `POST /feedback`: a reader reports that something about a support is wrong or unclear.
//!
//! In go the id of a support and a text, nothing else: no state of the form and no answer. Out comes a page that says
//! whether the text was kept; if it was not, the text stands in the form again. What may be kept decides
//! [`Feedback`](crate::server::feedback::Feedback).

use super::fields::{self, sent};
use super::frame::{Frame, send};
use super::missing;
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::feedback::Message;
use crate::server::http::body::Body;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::facts::credit_code::without_personal_numbers;
use export_advisor_core::wording::{self, BilingualError as _, FeedbackError};

#[derive(Template)]
#[template(path = "feedback.html")]
struct FeedbackPage {
    f: Frame,
    support: String,
    heading: String,
    message: String,
    /// What the reader wrote, if it was not kept.
    text: String,
    error: String,
    errors: Vec<(String, String)>,
    notes: Vec<String>,
}

/// Keeps a message, and says so.
pub(crate) async fn send_feedback(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let (f, advisor) = (Frame::new(&request), app.advisor());
    let (book, lang) = (advisor.book(), f.lang);
    let pairs = fields::pairs(&body)?;
    let id = sent(&pairs, "support").unwrap_or_default();
    let Some((_, support)) = book.find(id) else {
        return missing::not_found(&request, ["/supports"].into_iter());
    };
    let text = sent(&pairs, "text").unwrap_or_default();
    let message = Message { support: &support.id, rule_book: &book.version, lang, text };
    match app.feedback.add(&message, &request).await {
        Ok(()) => {
            let (heading, message) = wording::received();
            let page = FeedbackPage {
                support: support.id.clone(),
                heading: lang.of(&heading).to_owned(),
                message: lang.of(&message).to_owned(),
                text: String::new(),
                error: String::new(),
                errors: Vec::new(),
                notes: Vec::new(),
                f,
            };
            send(StatusCode::CREATED, &page)
        }
        Err(error) => {
            let message = lang.of(&error.localized()).to_owned();
            let page = FeedbackPage {
                support: support.id.clone(),
                heading: lang.of(&support.title).to_owned(),
                message: String::new(),
                // The number of a person is not sent back either.
                text: without_personal_numbers(text).into_owned(),
                errors: vec![("message".to_owned(), message.clone())],
                error: message,
                notes: Vec::new(),
                f,
            };
            refused(error, &page)
        }
    }
}

/// Sends a page with the status of an error.
fn refused(error: FeedbackError, page: &FeedbackPage) -> Result<HttpResponse, Problem> {
    let (status, seconds) = match error {
        FeedbackError::Nothing | FeedbackError::TooLong(_) | FeedbackError::Personal => {
            (StatusCode::UNPROCESSABLE_ENTITY, None)
        }
        FeedbackError::TooManyToday => (StatusCode::TOO_MANY_REQUESTS, Some("86400")),
        FeedbackError::Full => (StatusCode::SERVICE_UNAVAILABLE, None),
        FeedbackError::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Some("30")),
    };
    let mut response = send(status, page)?;
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(seconds));
    }
    Ok(response)
}
