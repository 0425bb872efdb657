//! Request bodies, decompressed within the limit of their route.
//!
//! In goes the payload of a request in the coding that the client names, out come its bytes. The decoder writes
//! into a buffer that refuses what does not fit, and is checked after each 32 KiB of output: a body that grows
//! a thousandfold is refused when it reaches the limit, not after it was written. The compressed bytes have the
//! same limit.
//!
//! INVARIANT: no other code decompresses a request body; actix's own extractors are not used.

use crate::server::api::error::{Problem, ProblemCode};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::{HttpRequest, web};
use flate2::write::{GzDecoder, ZlibDecoder};
use futures_core::Stream as _;
use std::io::{self, Write};
use std::pin::Pin;

/// Compressed bytes that are decompressed before other requests of the thread go on: they make at most some
/// hundreds of kilobytes.
const STEP: usize = 512;

/// The coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Deflate,
}

impl Coding {
    /// The coding that a request names.
    ///
    /// # Errors
    /// If it is another one.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let Some(name) = request.headers().get(CONTENT_ENCODING) else { return Ok(Self::Identity) };
        match name.to_str().unwrap_or("").trim().to_ascii_lowercase().as_str() {
            "identity" => Ok(Self::Identity),
            "gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            _ => Err(Problem::new(ProblemCode::UnsupportedMediaType)
                .with("send it without `Content-Encoding`, or with `gzip`")),
        }
    }
}

/// Reads a request's body to its end.
///
/// # Errors
/// If it or its decompressed form has more than `limit` bytes, breaks off, or is not in the coding that the
/// request names.
pub(super) async fn read(
    request: HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<web::Bytes, Problem> {
    let coding = Coding::of(&request)?;
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length: Option<usize> = length.and_then(|length| length.parse().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(Problem::too_large(limit));
    }
    let mut decoder = Decoder::new(coding, limit);
    let mut received = 0;
    while let Some(chunk) = std::future::poll_fn(|cx| Pin::new(&mut payload).poll_next(cx)).await {
        let chunk = chunk.map_err(|_| Problem::new(ProblemCode::BadBody))?;
        received += chunk.len();
        if received > limit {
            return Err(Problem::too_large(limit));
        }
        if coding == Coding::Identity {
            decoder.write_all(&chunk).map_err(|error| problem(&error, limit))?;
            continue;
        }
        for step in chunk.chunks(STEP) {
            decoder.write_all(step).map_err(|error| problem(&error, limit))?;
            actix_web::rt::task::yield_now().await;
        }
    }
    decoder.finish().map(web::Bytes::from).map_err(|error| problem(&error, limit))
}

fn problem(error: &io::Error, limit: usize) -> Problem {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Problem::too_large(limit),
        _ => Problem::new(ProblemCode::BadBody),
    }
}

/// Bytes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        let length = self.bytes.len() + more.len();
        if length > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if length > self.bytes.capacity() {
            // Doubling would reserve more than may come.
            let capacity = (2 * self.bytes.capacity()).clamp(length, self.limit);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Identity(Bounded),
    Gzip(Box<GzDecoder<Bounded>>),
    Deflate(Box<ZlibDecoder<Bounded>>),
}

impl Decoder {
    fn new(coding: Coding, limit: usize) -> Self {
        let bytes = Bounded { bytes: Vec::new(), limit };
        match coding {
            Coding::Identity => Self::Identity(bytes),
            Coding::Gzip => Self::Gzip(Box::new(GzDecoder::new(bytes))),
            Coding::Deflate => Self::Deflate(Box::new(ZlibDecoder::new(bytes))),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Identity(out) => out.write_all(bytes),
            Self::Gzip(decoder) => decoder.write_all(bytes),
            Self::Deflate(decoder) => decoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        let out = match self {
            Self::Identity(out) => out,
            Self::Gzip(decoder) => decoder.finish()?,
            Self::Deflate(decoder) => decoder.finish()?,
        };
        Ok(out.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    /// The bytes, and how many bytes of the input were taken.
    fn decode(coding: Coding, limit: usize, input: &[u8]) -> (io::Result<Vec<u8>>, usize) {
        let mut decoder = Decoder::new(coding, limit);
        for (step, bytes) in input.chunks(STEP).enumerate() {
            if let Err(error) = decoder.write_all(bytes) {
                return (Err(error), step * STEP);
            }
        }
        (decoder.finish(), input.len())
    }

    #[test]
    fn a_body_is_refused_where_it_reaches_the_limit() {
        let plain = vec![b'a'; 100_000];
        let bomb = vec![0; 64 << 20];
        let gzip = |bytes: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let deflate = |bytes: &[u8]| {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        for (coding, small, large) in [
            (Coding::Identity, plain.clone(), bomb.clone()),
            (Coding::Gzip, gzip(&plain), gzip(&bomb)),
            (Coding::Deflate, deflate(&plain), deflate(&bomb)),
        ] {
            assert_eq!(decode(coding, plain.len(), &small).0.unwrap(), plain, "{coding:?}");
            let over = decode(coding, plain.len() - 1, &small).0.unwrap_err();
            assert_eq!(over.kind(), io::ErrorKind::FileTooLarge, "{coding:?}");
            let (over, taken) = decode(coding, 1 << 20, &large);
            assert_eq!(over.unwrap_err().kind(), io::ErrorKind::FileTooLarge, "{coding:?}");
            assert!(taken < large.len() / 16, "{coding:?}: {taken} of {}", large.len());
            if coding != Coding::Identity {
                // Cut off, damaged, or with more behind it.
                let (cut, _) = small.split_at(small.len() - 5);
                let mut damaged = small.clone();
                damaged.iter_mut().rev().take(2).for_each(|byte| *byte ^= 1);
                let more = [&small[..], b"more"].concat();
                for wrong in [cut, &damaged, &more] {
                    let error = decode(coding, 1 << 20, wrong).0.unwrap_err();
                    assert_ne!(error.kind(), io::ErrorKind::FileTooLarge, "{coding:?}");
                }
            }
        }
    }

    #[test]
    fn the_buffer_never_reserves_more_than_the_limit() {
        let mut out = Bounded { bytes: Vec::new(), limit: 10_000 };
        while out.write_all(&[0; 7]).is_ok() {
            assert!(out.bytes.capacity() <= 10_000, "{}", out.bytes.capacity());
        }
        assert_eq!(out.bytes.len(), 9_996);
    }
}
