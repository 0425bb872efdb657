//! The media types of lists.

use actix_web::HttpRequest;
use export_advisor_screening::FileType;

pub(super) const NDJSON: &str = "application/x-ndjson; charset=utf-8";
pub(super) const CSV: &str = "text/csv; charset=utf-8; header=present";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub(super) const LIST_TYPES: &str = "send `Content-Type: text/csv`, `application/x-ndjson` or, for a workbook, `application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`; a list as a file of a form goes to `/api/v1/screenings:upload`";
pub(super) const FORM_TYPE: &str = "send `multipart/form-data` with a boundary; a list that is the whole body goes to `/api/v1/screenings`";

pub(super) fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// The file type that a media type names.
pub(super) fn file_type(media_type: &str) -> Option<FileType> {
    let bare = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match bare.as_str() {
        "text/csv" => Some(FileType::CSV),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            Some(FileType::NDJSON)
        }
        XLSX => Some(FileType::XLSX),
        _ => None,
    }
}
