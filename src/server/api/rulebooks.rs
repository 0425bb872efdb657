//! `GET /rulebooks`, `GET /rulebooks/{version}`, `GET /rulebooks/{version}/archive`, `GET /rulebooks/{old}..{new}`: the rule
//! books that can be asked, when each was put in use and by what, their files, and what differs between two of them.
//!
//! In goes a version, or its first digits; out comes what the history says of it, or a ZIP archive that the service makes
//! of the same files always in the same way. Nothing of a firm is in a rule book. The archive is made of what was stored, so
//! that it is to be had where this program cannot read the rules any more.

use super::error::{Problem, ProblemCode};
use super::rulebook::{RuleBookInfo, info};
use super::schema::RuleBookComparison;
use crate::server::app::App;
use crate::server::http::etag::{self, Made};
use crate::server::http::query::NoQuery;
use crate::server::rules::KeptRuleBook;
use crate::server::store::PublishedRow;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::diff::{
    BookDiff, CriterionMove, Effect, ItemChange, ItemDiff, ItemKind, MoveExample, Property,
    PropertyDiff, SupportOutcome,
};
use export_advisor_core::files::RuleFiles;
use export_advisor_core::rulebook::RuleBook;
use export_advisor_core::truth::Truth;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use utoipa::ToSchema;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The digits of a whole version.
const DIGITS: usize = 64;

/// A rule book that can be asked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptRuleBookInfo {
    /// Its version: a hash of its content.
    #[schema(examples("sha256:0f3a…"))]
    version: String,
    #[serde(flatten)]
    history: RuleBookHistory,
}

/// A rule book, and when it was in use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OneRuleBook {
    #[serde(flatten)]
    info: RuleBookInfo,
    #[serde(flatten)]
    history: RuleBookHistory,
}

/// When a rule book was in use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleBookHistory {
    /// Whether the service answers with it where a request names no rule book.
    #[schema(examples(true))]
    in_use: bool,
    /// When it was stored first; null if it is not stored.
    #[schema(examples("2026-11-25T08:00:00Z"), format = "date-time")]
    stored_at: Option<String>,
    /// When it was put in use, the oldest first: more than once if the service went back to it. It is empty if that was
    /// before the service recorded it.
    #[schema(examples(json!([])))]
    publications: Vec<PublicationInfo>,
}

/// A rule book put in use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublicationInfo {
    /// When.
    #[schema(examples("2026-11-25T08:00:00Z"), format = "date-time")]
    at: String,
    /// What did it: `start`, where the service was started with it, or `reload`, where it was read again. Others may come.
    #[schema(examples("reload"))]
    by: String,
    /// The name of the key that asked for it; null if it was done at the machine.
    #[schema(examples("publisher"))]
    key: Option<String>,
}

impl From<KeptRuleBook> for RuleBookHistory {
    fn from(kept: KeptRuleBook) -> Self {
        Self {
            in_use: kept.is_in_use,
            stored_at: kept.stored_at.map(time),
            publications: kept.publications.into_iter().map(PublicationInfo::from).collect(),
        }
    }
}

impl From<PublishedRow> for PublicationInfo {
    fn from(row: PublishedRow) -> Self {
        let PublishedRow { version: _, at, cause, key } = row;
        Self { at: time(at), by: cause, key: Some(key).filter(|key| !key.is_empty()) }
    }
}

fn time(second: i64) -> String {
    Timestamp::from_second(second).map(|at| at.to_string()).unwrap_or_default()
}

/// Lists the rule books.
///
/// Every rule book that was in use is kept and can be asked, by `rulebook=VERSION`. Each is listed with the time at which it
/// was stored, and when and by what it was put in use.
#[utoipa::path(get, path = "/api/v1/rulebooks", operation_id = "list_rulebooks", tag = "rules",
    responses(
        (status = 200, description = "The rule books, the one stored last first.", body = Vec<KeptRuleBookInfo>),
        (status = 400, description = "It has no parameters."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn list(app: web::Data<App>, _: NoQuery) -> Result<HttpResponse, Problem> {
    let history = app.rules.history().await?.into_iter();
    let all: Vec<KeptRuleBookInfo> = history
        .map(|kept| KeptRuleBookInfo { version: kept.version.clone(), history: kept.into() })
        .collect();
    let version = app.advisor().book().version.clone();
    Ok(HttpResponse::Ok()
        .insert_header(("Rule-Book-Version", version))
        .insert_header(("Cache-Control", "no-cache"))
        .json(all))
}

/// One rule book.
///
/// What `/rulebook` says of it, and when it was in use.
#[utoipa::path(get, path = "/api/v1/rulebooks/{version}", operation_id = "get_kept_rulebook", tag = "rules",
    params(("version" = String, Path, description = "The version, or its digits, of which the first eight do: clients that escape `:` in a path leave `sha256:` out.", example = "0f3a5b7c")),
    responses(
        (status = 200, description = "The rule book.", body = OneRuleBook),
        (status = 400, description = "It has no parameters."),
        (status = 404, description = "No rule book, or several, are named so, or this program cannot read it any more."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn get(
    app: web::Data<App>,
    request: HttpRequest,
    version: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let kept = app.rules.find(&version).await?;
    let advisor = app.rules.version(Some(&kept.version)).await?;
    let state =
        format!("{}{}", kept.publications.len(), if kept.is_in_use { "-in-use" } else { "" });
    let version = kept.version.clone();
    let one = OneRuleBook { info: info(advisor.book()), history: kept.into() };
    Ok(etag::json_in_state(&request, &version, &state, &one))
}

/// What differs between two rule books.
///
/// Which supports, texts, offices, facts and rows of tables were added, removed or changed; and of each changed condition,
/// whether it has no effect on any firm, which is proved, or a smallest firm for each kind of move, with the criterion that
/// moved it. One comparison is made at a time, in about a second, and the last ones are kept.
#[utoipa::path(get, path = "/api/v1/rulebooks/{old}..{new}", operation_id = "compare_rulebooks", tag = "rules",
    params(
        ("old" = String, Path, description = "The version to start from, written as for one rule book.", example = "0f3a5b7c"),
        ("new" = String, Path, description = "The version that it became.", example = "9be1c204"),
    ),
    responses(
        (status = 200, description = "What differs.", body = RuleBookComparison),
        (status = 400, description = "It has no parameters."),
        (status = 404, description = "No rule book, or several, are named so, or this program cannot read it any more."),
        (status = 503, description = "The store does not answer, or other rule books are being compared."),
    ))]
pub(crate) async fn compare(
    app: web::Data<App>,
    request: HttpRequest,
    versions: web::Path<(String, String)>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let (old, new) = (app.rules.find(&versions.0).await?, app.rules.find(&versions.1).await?);
    let comparison = app.comparisons.of(&old.version, &new.version).await?;
    let is_stated = names(&versions.0, &old) && names(&versions.1, &new);
    let made = Made { version: &new.version, is_stated };
    Ok(etag::kept_file(
        &request,
        made,
        &format!("{}-{}", old.version, new.version),
        &comparison.file,
    ))
}

/// The files of a rule book.
///
/// A ZIP archive with the folders `rules` and `seeds`, which `export-advisor --rules` reads when it is unpacked. Cases and
/// pages for people have no part in an answer and are not in it. One version has one archive, to the byte, as long as the
/// program is the same.
#[utoipa::path(get, path = "/api/v1/rulebooks/{version}/archive", operation_id = "get_rulebook_archive", tag = "rules",
    params(("version" = String, Path, description = "The version, or its digits, of which the first eight do: clients that escape `:` in a path leave `sha256:` out.", example = "0f3a5b7c")),
    responses(
        (status = 200, description = "The archive.", body = RuleBookArchive, content_type = "application/zip"),
        (status = 400, description = "It has no parameters."),
        (status = 404, description = "No rule book, or several, are named so."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn archive(
    app: web::Data<App>,
    request: HttpRequest,
    version: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let kept = app.rules.find(&version).await?;
    let files = app.rules.files(&kept.version).await?;
    // Milliseconds of work: not on a thread that other requests need.
    let packed = web::block(move || pack(&files)).await;
    let packed =
        packed.ok().and_then(Result::ok).ok_or_else(|| Problem::new(ProblemCode::Internal))?;
    let digits = kept.version.trim_start_matches("sha256:").get(..12).unwrap_or_default();
    let made = Made { version: &kept.version, is_stated: names(&version, &kept) };
    let name = format!("rulebook-{digits}.zip");
    Ok(etag::download(&request, made, "application/zip", &name, packed))
}

/// What differs where one criterion was changed, with the names of the schemas that have texts of the rules in them.
pub(super) fn examples(book: &RuleBook) -> Vec<(&'static str, Value)> {
    let supports = book.supports.iter();
    let mut criteria = supports.filter_map(|support| Some((support, support.criteria.first()?)));
    let Some((support, criterion)) = criteria.next() else { return Vec::new() };
    let (before, after) = (Truth::True, Truth::Unknown);
    let id = criterion.id.clone();
    let cause = CriterionMove {
        id,
        label: criterion.label.clone(),
        before: Some(before),
        after: Some(after),
    };
    let example = MoveExample {
        before: SupportOutcome::Applies.to_string(),
        after: SupportOutcome::Undetermined.to_string(),
        firm: json!({ "size": "small" }).to_string(),
        old_firm: None,
        answers: Vec::new(),
        unknown_before: Vec::new(),
        is_contradictory: false,
        causes: vec![cause],
    };
    let condition = |size: &str| Some(Property::Value(format!("firm.size <= \"{size}\"")));
    let property = PropertyDiff {
        name: "criterion size condition".to_owned(),
        criterion: Some(criterion.label.clone()),
        old: condition("small"),
        new: condition("micro"),
    };
    let item = ItemDiff {
        kind: ItemKind::Support,
        id: support.id.clone(),
        title: support.title.clone(),
        change: ItemChange::Changed,
        properties: vec![property],
        effect: Some(Effect::Moves(vec![example])),
        sentences: Vec::new(),
    };
    let version = book.version.clone();
    let diff = BookDiff {
        old: version.clone(),
        new: version,
        items: vec![item],
        rows: Vec::new(),
        files: Vec::new(),
    };
    let diff = diff.to_json();
    let parts = [
        ("ChangedItem", "/items/0"),
        ("ChangedProperty", "/items/0/properties/0"),
        ("FirmMove", "/items/0/moves/0"),
        ("MovedCriterion", "/items/0/moves/0/causes/0"),
    ];
    let parts = parts.map(|(name, at)| (name, diff.pointer(at).cloned().unwrap_or_default()));
    parts.into_iter().chain([("RuleBookComparison", diff)]).collect()
}

/// Whether a text names a rule book for ever: its first digits may name another one one day.
fn names(text: &str, kept: &KeptRuleBook) -> bool {
    kept.version.ends_with(text) && text.len() >= DIGITS
}

/// The bytes of an archive.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "describes an answer")]
pub(super) struct RuleBookArchive(Vec<u8>);

/// The archive of files: in the order of their paths, all with the same time, so that the bytes depend on nothing else.
fn pack(files: &RuleFiles) -> ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    for (path, text) in files.iter() {
        archive.start_file(path, options)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}
