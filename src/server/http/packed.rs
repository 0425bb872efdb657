//! Answers that are packed as a whole: at a level that pays for texts of some hundred kilobytes.
//!
//! Owns the choice of the level. Streams and short answers are packed elsewhere, as they are sent.

use super::static_file::accepts_gzip;
use actix_web::http::header::{CONTENT_ENCODING, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// Of the levels of gzip, the one behind which a text becomes hardly any shorter.
const LEVEL: u32 = 4;
/// The bytes of a text that is worth it.
const LEAST: usize = 16 << 10;

/// Finishes an answer with a text, packed if the client takes gzip.
pub(crate) fn body(
    request: &HttpRequest,
    response: &mut HttpResponseBuilder,
    text: String,
) -> HttpResponse {
    if text.len() < LEAST || !accepts_gzip(request) {
        return response.body(text);
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::new(LEVEL));
    // Memory takes all that is written.
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    match packed {
        Ok(packed) => {
            response
                .insert_header((CONTENT_ENCODING, "gzip"))
                .insert_header((VARY, "accept-encoding"));
            response.body(packed)
        }
        Err(_) => response.body(text),
    }
}
