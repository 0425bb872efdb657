//! The bytes of an output: compressed, counted, hashed, and put into a file that appears as a whole.
//!
//! Owns the compression and the hash of what is written. A [`Target`] is opened on a [`Destination`], takes bytes in
//! order, and ends in two steps: [`Target::finish`] syncs everything to the disk, [`Finished::commit`] gives the file
//! its name. Standard output is written directly. It knows no format.

use crate::error::ScreenError;
use crate::fast::writeback::Writeback;
use crate::table::digest::sha256_text;
use crate::table::format::Compression;
use crate::write::temporary_file::{Mode, TemporaryFile};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the file.
    pub bytes: u64,
    /// `sha256:…` of the file.
    pub sha256: String,
}

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A file of this name.
    File(PathBuf),
    /// Standard output.
    Stdout,
    /// Nowhere: only the hash is needed.
    Discard,
}

impl Destination {
    /// The path, `-` for standard output.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Stdout | Self::Discard => Path::new("-"),
        }
    }
}

/// A file that is being written.
pub(crate) struct Target {
    path: PathBuf,
    encoder: Encoder,
}

enum Encoder {
    Plain(Box<Hashed>),
    Gzip(Box<flate2::write::GzEncoder<Hashed>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Hashed>>),
}

/// Counts and hashes the bytes that it passes on.
struct Hashed {
    sink: Sink,
    hash: Sha256,
    bytes: u64,
}

enum Sink {
    File {
        file: TemporaryFile,
        writeback: Writeback,
    },
    /// A device or a pipe, which cannot be renamed.
    Device(std::fs::File),
    Stdout(io::Stdout),
    Discard,
}

impl Write for Hashed {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let written = match &mut self.sink {
            Sink::File { file, writeback } => {
                let written = file.write(text)?;
                writeback.written(self.bytes + written as u64, file.file());
                written
            }
            Sink::Device(file) => file.write(text)?,
            Sink::Stdout(out) => out.write(text)?,
            Sink::Discard => text.len(),
        };
        self.hash.update(text.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::File { file, .. } => file.flush(),
            Sink::Device(file) => file.flush(),
            Sink::Stdout(out) => out.flush(),
            Sink::Discard => Ok(()),
        }
    }
}

impl Target {
    /// Opens a target.
    ///
    /// # Errors
    /// No file can be created in the target's folder.
    pub(crate) fn open(
        destination: &Destination,
        compression: Compression,
        mode: Mode,
    ) -> Result<Self, ScreenError> {
        let (sink, path) = match destination {
            Destination::Stdout => (Sink::Stdout(io::stdout()), PathBuf::from("-")),
            Destination::Discard => (Sink::Discard, PathBuf::from("-")),
            Destination::File(path) => {
                (sink(path, mode).map_err(ScreenError::io(path))?, path.clone())
            }
        };
        let hashed = Hashed { sink, hash: Sha256::new(), bytes: 0 };
        let encoder = match compression {
            Compression::Plain => Encoder::Plain(Box::new(hashed)),
            // The gzip header has neither time nor name: the same rows give the same bytes.
            Compression::Gzip => {
                let level = flate2::Compression::new(6);
                Encoder::Gzip(Box::new(flate2::GzBuilder::new().write(hashed, level)))
            }
            Compression::Zstd => {
                let encoder = zstd::stream::write::Encoder::new(hashed, 3);
                Encoder::Zstd(Box::new(encoder.map_err(ScreenError::io(&path))?))
            }
        };
        Ok(Self { path, encoder })
    }

    /// Writes a file that appears whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write_file(path: &Path, mode: Mode, text: &str) -> Result<Written, ScreenError> {
        let destination = Destination::File(path.to_owned());
        let mut target = Self::open(&destination, Compression::Plain, mode)?;
        target.write(text.as_bytes())?;
        target.finish()?.commit()
    }

    /// The path, `-` for standard output.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes text.
    ///
    /// # Errors
    /// The disk is full, or the reader of standard output has gone.
    pub(crate) fn write(&mut self, text: &[u8]) -> Result<(), ScreenError> {
        let written = match &mut self.encoder {
            Encoder::Plain(out) => out.write_all(text),
            Encoder::Gzip(out) => out.write_all(text),
            Encoder::Zstd(out) => out.write_all(text),
        };
        written.map_err(ScreenError::io(&self.path))
    }

    /// Ends the compression and syncs everything to the disk, still without the name.
    ///
    /// # Errors
    /// The disk is full.
    pub(crate) fn finish(self) -> Result<Finished, ScreenError> {
        let io = ScreenError::io(self.path);
        let finished = match self.encoder {
            Encoder::Plain(out) => Ok(*out),
            Encoder::Gzip(out) => out.finish(),
            Encoder::Zstd(out) => out.finish(),
        };
        let synced = finished.and_then(|mut hashed| {
            hashed.flush()?;
            if let Sink::File { file, .. } = &hashed.sink {
                file.file().sync_all()?;
            }
            Ok(hashed)
        });
        synced.map(Finished).map_err(io)
    }
}

impl Write for Target {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        match &mut self.encoder {
            Encoder::Plain(out) => out.write(text),
            Encoder::Gzip(out) => out.write(text),
            Encoder::Zstd(out) => out.write(text),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.encoder {
            Encoder::Plain(out) => out.flush(),
            Encoder::Gzip(out) => out.flush(),
            Encoder::Zstd(out) => out.flush(),
        }
    }
}

/// A file that is complete and only lacks its name.
pub(crate) struct Finished(Hashed);

impl Finished {
    /// Gives the file its name.
    ///
    /// # Errors
    /// The file cannot be renamed.
    pub(crate) fn commit(self) -> Result<Written, ScreenError> {
        if let Sink::File { file, .. } = self.0.sink {
            let path = file.path().to_owned();
            file.commit().map_err(ScreenError::io(path))?;
        }
        Ok(Written { bytes: self.0.bytes, sha256: sha256_text(&self.0.hash.finalize()) })
    }
}

fn sink(path: &Path, mode: Mode) -> io::Result<Sink> {
    // A symbolic link stays: the file that it leads to is replaced.
    let path = if path.is_symlink() { path.canonicalize()? } else { path.to_path_buf() };
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if !metadata.is_file() => {
            Ok(Sink::Device(std::fs::OpenOptions::new().write(true).open(&path)?))
        }
        _ => Ok(Sink::File {
            file: TemporaryFile::open(path, mode)?,
            writeback: Writeback::default(),
        }),
    }
}
