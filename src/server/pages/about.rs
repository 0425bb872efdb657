//! The pages that say who runs the service, what it stores, and who can use it.
//!
//! In go the operator's texts, out come pages: first what the operator says, then what is true of the program itself.

use super::frame::{Frame, send};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::operator::Topic;
use crate::server::shares::{DEFAULT_DAYS, SHARE_DAYS};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::wording::Lang;

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    f: Frame,
    topic: Topic,
    title: &'static str,
    description: &'static str,
    /// The operator's text: its language for HTML, and its paragraphs of lines of pieces.
    text: Option<(&'static str, Vec<Vec<Vec<Piece>>>)>,
    default_days: u16,
    most_days: u16,
}

/// A piece of a line: a text, and the address that it links to; empty if it is no link.
struct Piece {
    text: String,
    href: String,
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
    let text = app.operator.text(topic, f.lang).map(|(lang, paragraphs)| {
        let html = if lang == Lang::Zh { "zh-CN" } else { "en" };
        let lines = |lines: &Vec<String>| lines.iter().map(|line| pieces(line)).collect();
        (html, paragraphs.iter().map(lines).collect())
    });
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
                "It works by keyboard, enlarged, read aloud and without a script; what to do where it does not.",
            ),
        ),
    };
    let (default_days, most_days) = (DEFAULT_DAYS, *SHARE_DAYS.end());
    send(StatusCode::OK, &AboutPage { f, topic, title, description, text, default_days, most_days })
}

/// Takes a line apart into texts and addresses of pages and mailboxes.
fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = line;
    let start = |rest: &str| ["https://", "mailto:"].iter().filter_map(|s| rest.find(s)).min();
    while let Some(at) = start(rest) {
        let (before, link) = rest.split_at(at);
        // Chinese characters and punctuation end an address, as spaces do.
        let end = link.find(|c: char| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>'));
        let (link, after) = link.split_at(end.unwrap_or(link.len()));
        let address = link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        let text = address.strip_prefix("mailto:").unwrap_or(address);
        pieces.push(Piece { text: before.to_owned(), href: String::new() });
        pieces.push(Piece { text: text.to_owned(), href: address.to_owned() });
        pieces.push(Piece {
            text: link.get(address.len()..).unwrap_or("").to_owned(),
            href: String::new(),
        });
        rest = after;
    }
    pieces.push(Piece { text: rest.to_owned(), href: String::new() });
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links() {
        let found = |line: &str| -> Vec<(String, String)> {
            pieces(line).into_iter().map(|piece| (piece.text, piece.href)).collect()
        };
        let pair = |text: &str, href: &str| (text.to_owned(), href.to_owned());
        assert_eq!(
            found("见https://a.example/甲，或 mailto:b@c.example."),
            [
                pair("见", ""),
                pair("https://a.example/", "https://a.example/"),
                pair("甲，或 ", ""),
                pair("b@c.example", "mailto:b@c.example"),
                pair(".", ""),
            ]
        );
        assert_eq!(found("javascript:alert(1)"), [pair("javascript:alert(1)", "")]);
        assert!(found("").is_empty());
    }
}
