//! Bytes in: a file or standard input, unpacked, counted and hashed as they come.
//!
//! Owns opening and unpacking. The hash is that of the file as it lies on the disk, before unpacking. It
//! knows neither encodings nor formats.

use super::error::ScreenError;
use super::format::Packing;
use super::limits::{Growth, Limits};
use super::output::hex;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Bytes that are read in order, by one thread or another.
pub type Source = Box<dyn Read + Send>;

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl From {
    /// The path, `-` for standard input.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Stdin => Path::new("-"),
        }
    }
}

/// What has been read of a file so far; shared with who shows the progress.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    bytes: Arc<AtomicU64>,
    /// How far the reader is, where the file is hashed before it is read.
    reached: Arc<AtomicU64>,
    hash: Arc<Mutex<Sha256>>,
}

impl Meter {
    /// Bytes read so far, as they lie on the disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts bytes, and takes them into the hash.
    pub fn take(&self, bytes: &[u8]) {
        if let Ok(mut hash) = self.hash.lock() {
            hash.update(bytes);
        }
        self.count(bytes.len());
    }

    fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.reached.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// How far the reader is, in bytes of the file.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.reached.load(Ordering::Relaxed)
    }

    /// Says how far the reader is.
    pub fn reach(&self, bytes: u64) {
        self.reached.store(bytes.min(self.bytes()), Ordering::Relaxed);
    }

    /// `sha256:…` of what has been read.
    #[must_use]
    pub fn sha256(&self) -> String {
        let hash = self.hash.lock().map(|hash| hash.clone()).unwrap_or_default();
        hex(&hash.finalize())
    }
}

/// Bytes that are metered as they are read.
struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.meter.take(out.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Bytes that are counted as they are read: no hash of them is wanted.
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

/// Bytes that are counted by a meter, without a hash.
pub(super) fn counted(source: Source, meter: &Meter) -> Source {
    Box::new(Counted { inner: source, meter: meter.clone() })
}

/// What is unpacked, held to the size of what it was packed in.
struct Unpacked<R> {
    inner: R,
    growth: Growth,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.growth.add(read as u64).map_err(io::Error::other)?;
        Ok(read)
    }
}

/// Opens an input and unpacks it.
///
/// # Errors
/// The file cannot be opened.
pub fn open(
    from: &From,
    packing: Packing,
    limits: &Limits,
    meter: &Meter,
) -> Result<Source, ScreenError> {
    let io = ScreenError::io(from.path());
    let raw: Source = match from {
        From::Stdin => Box::new(io::stdin()),
        From::File(path) => Box::new(File::open(path).map_err(io)?),
    };
    unpack(raw, packing, limits, meter).map_err(ScreenError::io(from.path()))
}

/// Opens an input that is read in any order: it is hashed first; standard input goes into a file without a
/// name, which is gone when the program ends.
///
/// # Errors
/// The file cannot be read, or standard input cannot be kept.
pub fn open_seekable(from: &From, meter: &Meter) -> Result<File, ScreenError> {
    let open = || -> io::Result<File> {
        let mut file = match from {
            From::File(path) => {
                let file = File::open(path)?;
                let mut metered = Metered { inner: file.try_clone()?, meter: meter.clone() };
                io::copy(&mut metered, &mut io::sink())?;
                file
            }
            From::Stdin => {
                let mut file = tempfile::tempfile()?;
                let mut metered = Metered { inner: io::stdin(), meter: meter.clone() };
                io::copy(&mut metered, &mut file)?;
                file
            }
        };
        file.rewind()?;
        meter.reach(0);
        Ok(file)
    };
    open().map_err(ScreenError::io(from.path()))
}

fn unpack(raw: Source, packing: Packing, limits: &Limits, meter: &Meter) -> io::Result<Source> {
    let metered = Metered { inner: raw, meter: meter.clone() };
    let inner: Source = match packing {
        Packing::Plain => return Ok(Box::new(metered)),
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(io::BufReader::with_capacity(
            1 << 16,
            metered,
        ))),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(metered)?),
    };
    Ok(Box::new(Unpacked { inner, growth: Growth::unpacked(limits, meter) }))
}
