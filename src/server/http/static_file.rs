//! Files that are the same for all clients: compressed once in each coding, at the first request that takes it, and
//! shared by all.

use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, ContentEncoding, Encoding,
    Header as _, Preference, Quality, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Result, Write as _};
use std::sync::OnceLock;

/// The highest level of brotli that compresses the largest file in a tenth of a second; 10 and 11 take seconds to save a
/// few per cent.
const BROTLI_LEVEL: u32 = 9;
/// The logarithm of how far brotli looks back.
const BROTLI_WINDOW: u32 = 22;
const BUFFER: usize = 16 << 10;

/// A file of the program.
#[derive(Debug)]
pub(crate) struct StaticFile {
    content_type: String,
    bytes: web::Bytes,
    /// Nothing inside if compressing it does not make it smaller, as of pictures.
    gzip: OnceLock<Option<web::Bytes>>,
    brotli: OnceLock<Option<web::Bytes>>,
}

impl StaticFile {
    /// A file with its media type.
    pub(crate) fn new(content_type: impl Into<String>, bytes: impl Into<web::Bytes>) -> Self {
        let (content_type, bytes) = (content_type.into(), bytes.into());
        Self { content_type, bytes, gzip: OnceLock::new(), brotli: OnceLock::new() }
    }

    /// An answer for [`StaticFile::send`] to finish; a browser may keep it for an hour.
    pub(crate) fn response(&self) -> HttpResponseBuilder {
        let mut response = HttpResponse::Ok();
        response.insert_header((CACHE_CONTROL, "public, max-age=3600"));
        response
    }

    fn smaller(&self, compressed: Result<web::Bytes>) -> Option<web::Bytes> {
        compressed.ok().filter(|compressed| compressed.len() < self.bytes.len())
    }

    /// Finishes an answer in the coding that the client prefers. It names its coding in any case, so that
    /// no middleware compresses the file once more for each request.
    pub(crate) fn send(
        &self,
        request: &HttpRequest,
        response: &mut HttpResponseBuilder,
    ) -> HttpResponse {
        let coding = preferred(request, &[ContentEncoding::Brotli, ContentEncoding::Gzip]);
        let compressed = match coding {
            ContentEncoding::Brotli => {
                self.brotli.get_or_init(|| self.smaller(brotli(&self.bytes)))
            }
            ContentEncoding::Gzip => self.gzip.get_or_init(|| self.smaller(gzip(&self.bytes))),
            _ => &None,
        };
        let (coding, bytes) = match compressed {
            Some(bytes) => (coding, bytes),
            None => (ContentEncoding::Identity, &self.bytes),
        };
        response
            .content_type(self.content_type.as_str())
            .insert_header((VARY, ACCEPT_ENCODING.as_str()))
            .insert_header((CONTENT_ENCODING, coding.as_str()))
            .body(bytes.clone())
    }
}

pub(crate) fn accepts_gzip(request: &HttpRequest) -> bool {
    preferred(request, &[ContentEncoding::Gzip]) == ContentEncoding::Gzip
}

/// The coding that a client likes best: of several that it likes alike, the first of `supported`.
fn preferred(request: &HttpRequest, supported: &[ContentEncoding]) -> ContentEncoding {
    let accepted = AcceptEncoding::parse(request).map(|accepted| accepted.0).unwrap_or_default();
    let quality = |coding: ContentEncoding| {
        let wanted = Encoding::Known(coding);
        let is_wanted = |item: &Preference<Encoding>| match item {
            Preference::Specific(coding) => *coding == wanted,
            Preference::Any => false,
        };
        accepted.iter().find(|one| is_wanted(&one.item)).map(|one| one.quality)
    };
    // The last of several that are alike is the greatest to `max_by_key`.
    let last_first = [ContentEncoding::Identity].into_iter().chain(supported.iter().rev().copied());
    let wanted = last_first.filter_map(|coding| Some((quality(coding)?, coding)));
    let wanted = wanted.filter(|(quality, _)| *quality > Quality::ZERO);
    let best = wanted.max_by_key(|(quality, _)| *quality);
    best.map_or(ContentEncoding::Identity, |(_, coding)| coding)
}

fn gzip(bytes: &[u8]) -> Result<web::Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish().map(web::Bytes::from)
}

fn brotli(bytes: &[u8]) -> Result<web::Bytes> {
    let mut encoder = CompressorWriter::new(Vec::new(), BUFFER, BROTLI_LEVEL, BROTLI_WINDOW);
    encoder.write_all(bytes)?;
    Ok(encoder.into_inner().into())
}
