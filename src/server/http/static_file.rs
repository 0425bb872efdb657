//! Files that are the same for all clients: compressed once, at the first request, and shared by all.

use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, ContentEncoding, Encoding,
    Header as _, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use std::sync::OnceLock;

/// A file of the program.
#[derive(Debug)]
pub(crate) struct StaticFile {
    content_type: String,
    bytes: web::Bytes,
    /// Nothing inside if it could not be compressed.
    compressed: OnceLock<Option<web::Bytes>>,
}

impl StaticFile {
    /// A file with its media type.
    pub(crate) fn new(content_type: impl Into<String>, bytes: impl Into<web::Bytes>) -> Self {
        let (content_type, bytes) = (content_type.into(), bytes.into());
        Self { content_type, bytes, compressed: OnceLock::new() }
    }

    /// An answer for [`StaticFile::send`] to finish; a browser may keep it for an hour.
    pub(crate) fn response(&self) -> HttpResponseBuilder {
        let mut response = HttpResponse::Ok();
        response
            .content_type(self.content_type.as_str())
            .insert_header((CACHE_CONTROL, "public, max-age=3600"))
            .insert_header((VARY, ACCEPT_ENCODING.as_str()));
        response
    }

    /// Finishes an answer in the coding that the client prefers. It names its coding in any case, so that
    /// no middleware compresses the file once more for each request.
    pub(crate) fn send(
        &self,
        request: &HttpRequest,
        response: &mut HttpResponseBuilder,
    ) -> HttpResponse {
        let compressed = accepts_gzip(request)
            .then(|| self.compressed.get_or_init(|| compress(&self.bytes).ok()).as_ref());
        let (coding, bytes) = match compressed.flatten() {
            Some(bytes) => (ContentEncoding::Gzip, bytes),
            None => (ContentEncoding::Identity, &self.bytes),
        };
        response.insert_header((CONTENT_ENCODING, coding.as_str())).body(bytes.clone())
    }
}

pub(crate) fn accepts_gzip(request: &HttpRequest) -> bool {
    let supported = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request).ok();
    accepted.and_then(|accepted| accepted.negotiate(supported.iter())) == Some(Encoding::gzip())
}

fn compress(bytes: &[u8]) -> std::io::Result<web::Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish().map(web::Bytes::from)
}
