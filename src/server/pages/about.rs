//! The pages that say who runs the service, what it stores, and who can use it.
//!
//! In go the operator's texts, out come pages: first what the operator says, then what is true of the program itself.

use super::frame::{Frame, send};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::feedback::FEEDBACK_DAYS;
use crate::server::operator::{Paragraphs, Topic};
use crate::server::shares::{DEFAULT_DAYS, SHARE_DAYS};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::wording::Lang;

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage<'a> {
    f: Frame,
    topic: Topic,
    title: &'static str,
    description: &'static str,
    /// The operator's text: its language for HTML, and its paragraphs.
    text: Option<(&'static str, &'a Paragraphs)>,
    /// Whether the operator has said how to be reached.
    has_contact: bool,
    default_days: u16,
    most_days: u16,
    /// For how many days the lines of the audit are kept.
    audit_days: u32,
    /// For how many days messages of readers and words searched in vain are kept.
    feedback_days: i64,
}

/// Says whom to write to or call.
pub(crate) async fn contact(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    page(&app, &request, Topic::Contact)
}

/// Says what is stored, and for how long.
pub(crate) async fn privacy(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    page(&app, &request, Topic::Privacy)
}

/// Says who can use the pages.
pub(crate) async fn accessibility(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    page(&app, &request, Topic::Accessibility)
}

fn page(app: &App, request: &HttpRequest, topic: Topic) -> Result<HttpResponse, Problem> {
    let f = Frame::new(request);
    let text = app.operator.text(topic, f.lang);
    let text = text.map(|(lang, text)| (if lang == Lang::Zh { "zh-CN" } else { "en" }, text));
    let has_contact = app.operator.text(Topic::Contact, f.lang).is_some();
    let (title, description) = match topic {
        Topic::Contact => (
            f.t("联系我们", "Contact"),
            f.t("谁在办这个网站，有问题找谁。", "Who runs this site, and whom to ask."),
        ),
        Topic::Privacy => (
            f.t("隐私", "Privacy"),
            f.t(
                "您填的内容留在您的页面里；什么情况下保存什么，保存多久。",
                "What you enter stays in your page; what is stored when, and for how long.",
            ),
        ),
        Topic::Accessibility => (
            f.t("无障碍", "Accessibility"),
            f.t(
                "只用键盘、放大、读屏、不开脚本，都能用；用不了怎么办。",
                "Usable by keyboard, enlarged, with a screen reader and without scripts; what to do where it is not.",
            ),
        ),
    };
    let page = AboutPage {
        topic,
        title,
        description,
        text,
        has_contact,
        default_days: DEFAULT_DAYS,
        most_days: *SHARE_DAYS.end(),
        audit_days: app.audit.days(),
        feedback_days: FEEDBACK_DAYS,
        f,
    };
    send(StatusCode::OK, &page)
}
