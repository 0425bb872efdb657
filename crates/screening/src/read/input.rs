//! Opening an input: a file or standard input, decompressed, counted and hashed while it is read.
//!
//! Owns opening and decompression, and holds the decompressed size to the limit `expansion`. The hash is that of the
//! file on the disk, before decompression. It knows neither encodings nor formats.

use super::gzip::GzipMembers;
use crate::error::ScreenError;
use crate::table::format::Compression;
use crate::table::limits::{Growth, Limits};
use crate::table::meter::Meter;
use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};

/// Bytes that are read in order, by whichever thread.
pub(crate) type Source = Box<dyn Read + Send>;

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Input {
    /// The path, `-` for standard input.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Stdin => Path::new("-"),
        }
    }
}

/// Counts and hashes bytes as they are read.
struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.meter.add(out.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Counts bytes as they are read, without a hash.
struct Counted {
    inner: Source,
    meter: Meter,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.meter.count(read);
        Ok(read)
    }
}

/// A source whose bytes a meter counts, without a hash.
pub(crate) fn counted(source: Source, meter: &Meter) -> Source {
    Box::new(Counted { inner: source, meter: meter.clone() })
}

/// Counts bytes after decompression, and ends with an error where they exceed the limit.
struct Limited<R> {
    inner: R,
    growth: Growth,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.growth.add(read as u64).map_err(io::Error::other)?;
        Ok(read)
    }
}

/// Opens an input that is read in any order. It is hashed first. Standard input is copied to a file without a name,
/// which is gone when the program ends; `copy` keeps it for a second reading, and `head` has been read of it before.
///
/// # Errors
/// The file cannot be read, or standard input cannot be copied.
pub(crate) fn open_seekable(
    input: &Input,
    head: &[u8],
    copy: &mut Option<File>,
    meter: &Meter,
) -> Result<File, ScreenError> {
    let mut open = || -> io::Result<File> {
        let mut file = match (input, copy.as_ref()) {
            (Input::File(path), _) => File::open(path)?,
            (Input::Stdin, Some(copied)) => copied.try_clone()?,
            (Input::Stdin, None) => {
                let mut file = tempfile::tempfile()?;
                io::copy(&mut head.chain(io::stdin()), &mut file)?;
                *copy = Some(file.try_clone()?);
                file
            }
        };
        file.rewind()?;
        let mut metered = Metered { inner: file.try_clone()?, meter: meter.clone() };
        io::copy(&mut metered, &mut io::sink())?;
        file.rewind()?;
        meter.set_position(0);
        Ok(file)
    };
    open().map_err(ScreenError::io(input.path()))
}

/// Counts and hashes a source, and decompresses it.
///
/// # Errors
/// The decoder cannot be set up.
pub(super) fn decompress(
    raw: Source,
    compression: Compression,
    limits: &Limits,
    meter: &Meter,
) -> io::Result<Source> {
    let metered: Source = Box::new(Metered { inner: raw, meter: meter.clone() });
    if compression == Compression::Plain {
        return Ok(metered);
    }
    let inner = decoder(metered, compression, meter)?;
    Ok(limited(inner, &Growth::expansion(limits, meter)))
}

/// A source without its compression.
///
/// # Errors
/// The decoder cannot be set up.
pub(super) fn decoder(raw: Source, compression: Compression, meter: &Meter) -> io::Result<Source> {
    Ok(match compression {
        Compression::Plain => raw,
        Compression::Gzip => {
            Box::new(GzipMembers::new(io::BufReader::with_capacity(1 << 16, raw), meter))
        }
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(raw)?),
    })
}

/// A source that ends with an error where it exceeds a limit.
pub(super) fn limited(inner: Source, growth: &Growth) -> Source {
    Box::new(Limited { inner, growth: growth.clone() })
}
