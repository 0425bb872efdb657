//! Gzip with whatever is behind it.
//!
//! Owns the reading of members one after the other, and of what follows the last one: tapes and block devices pad with
//! zeros, and some transfers append a line. Zeros are no part of the list. Other bytes are counted, so that the user
//! is told; if they hold the beginning of another member, rows may be lost, and reading fails.

use crate::table::meter::Meter;
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// The first bytes of a member.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// The content of all members.
pub(super) struct GzipMembers<R> {
    /// The current member; `None` behind the last.
    member: Option<GzDecoder<R>>,
    meter: Meter,
}

impl<R: BufRead> GzipMembers<R> {
    /// Reads members from a source.
    pub(super) fn new(source: R, meter: &Meter) -> Self {
        Self { member: Some(GzDecoder::new(source)), meter: meter.clone() }
    }

    /// Reads what is behind the last member to its end.
    fn drain(&self, mut source: R) -> io::Result<()> {
        let mut last = Vec::new();
        loop {
            let bytes = source.fill_buf()?;
            if bytes.is_empty() {
                return Ok(());
            }
            last.extend_from_slice(bytes);
            if memchr::memmem::find(&last, &MAGIC).is_some() {
                let message = "bytes between two of its parts belong to none";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            if bytes.iter().any(|byte| *byte != 0) {
                self.meter.ignore(bytes.len());
            }
            let length = bytes.len();
            source.consume(length);
            last.drain(..last.len().saturating_sub(MAGIC.len() - 1));
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let read = member.read(out)?;
            if read > 0 {
                return Ok(read);
            }
            let Some(mut source) = self.member.take().map(GzDecoder::into_inner) else { break };
            let rest = source.fill_buf()?;
            if rest == [0x1f] || rest.starts_with(&[0x1f, 0x8b]) {
                self.member = Some(GzDecoder::new(source));
            } else {
                self.drain(source)?;
            }
        }
        Ok(0)
    }
}
