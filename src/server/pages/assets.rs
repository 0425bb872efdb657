//! The files of the pages: style sheet, pictures, scripts and what search engines ask for, built into the program.

use crate::server::http::static_file::StaticFile;
use actix_web::{HttpRequest, HttpResponse};
use std::sync::LazyLock;

const SCRIPT: &str = "text/javascript; charset=utf-8";

static STYLE: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("text/css; charset=utf-8", include_str!("assets/style.css")));
static ICON: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("image/svg+xml", include_str!("assets/icon.svg")));
static LARGE_ICON: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("image/png", &include_bytes!("assets/icon-180.png")[..]));
static FAVICON: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("image/x-icon", &include_bytes!("assets/favicon.ico")[..]));
static CARD: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("image/png", &include_bytes!("assets/card.png")[..]));
static ROBOTS: LazyLock<StaticFile> = LazyLock::new(|| {
    StaticFile::new("text/plain; charset=utf-8", include_str!("assets/robots.txt"))
});
static FORM: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new(SCRIPT, include_str!("assets/form.js")));
static ADVISER: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new(SCRIPT, include_str!("assets/adviser.js")));
static EMBED: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new(SCRIPT, include_str!("assets/embed.js")));

fn send(file: &StaticFile, request: &HttpRequest) -> HttpResponse {
    file.send(request, &mut file.response())
}

/// The style sheet.
pub(crate) async fn style(request: HttpRequest) -> HttpResponse {
    send(&STYLE, &request)
}

/// The icon.
pub(crate) async fn icon(request: HttpRequest) -> HttpResponse {
    send(&ICON, &request)
}

/// The icon for the home screen of a telephone.
pub(crate) async fn large_icon(request: HttpRequest) -> HttpResponse {
    send(&LARGE_ICON, &request)
}

/// The icon at the address that a browser asks for by itself.
pub(crate) async fn favicon(request: HttpRequest) -> HttpResponse {
    send(&FAVICON, &request)
}

/// The picture that chats show of a page.
pub(crate) async fn card(request: HttpRequest) -> HttpResponse {
    send(&CARD, &request)
}

/// What search engines may read.
pub(crate) async fn robots(request: HttpRequest) -> HttpResponse {
    send(&ROBOTS, &request)
}

/// The script of the form.
pub(crate) async fn form(request: HttpRequest) -> HttpResponse {
    send(&FORM, &request)
}

/// The script of the adviser's page.
pub(crate) async fn adviser(request: HttpRequest) -> HttpResponse {
    send(&ADVISER, &request)
}

/// The script of a site that shows the form in a frame.
pub(crate) async fn embed(request: HttpRequest) -> HttpResponse {
    send(&EMBED, &request)
}
