//! The files of the pages: style sheet, icon and scripts, built into the program.

use crate::server::http::static_file::StaticFile;
use actix_web::{HttpRequest, HttpResponse};
use std::sync::LazyLock;

const SCRIPT: &str = "text/javascript; charset=utf-8";

static STYLE: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("text/css; charset=utf-8", include_str!("assets/style.css")));
static ICON: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("image/svg+xml", include_str!("assets/icon.svg")));
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
