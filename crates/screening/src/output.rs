//! A file that appears whole or not at all.
//!
//! Owns writing in the target's folder without a name, packing, the hash of what was written, and the name
//! at the end, after everything is on the disk. A target that is given up leaves no file, however the program
//! ends; where a file must have a name, it has a random one, and is only removed while the program lives.
//! Standard output is written as it comes. It knows no format.

use super::error::ScreenError;
use super::format::Packing;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the file.
    pub bytes: u64,
    /// `sha256:…` of the file.
    pub sha256: String,
}

/// Where a file is to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file of this name.
    File(PathBuf),
    /// Standard output.
    Stdout,
    /// Nowhere: only the hash is wanted.
    Nowhere,
}

impl Place {
    /// The path, `-` for standard output.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Stdout | Self::Nowhere => Path::new("-"),
        }
    }
}

/// Who may read and write a file that has rows of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Its owner alone; where it replaces a file, no one who could not read or write that.
    #[default]
    Private,
    /// As these bits say.
    Bits(u32),
}

impl Mode {
    /// Reads a mode in octal digits, such as `0640`.
    ///
    /// # Errors
    /// What can be written instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = (3..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let bits = u32::from_str_radix(text, 8).ok().filter(|bits| digits && *bits <= 0o777);
        match bits {
            Some(bits) if bits & 0o600 == 0o600 => Ok(Self::Bits(bits)),
            _ => {
                Err("write three octal digits by which its owner may read and write, such as 0640"
                    .to_owned())
            }
        }
    }

    /// The bits of a file that takes the place of another, if there is one there.
    #[cfg(unix)]
    fn bits(self, path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        match self {
            Self::Bits(bits) => bits,
            Self::Private => {
                let there = std::fs::metadata(path);
                0o600 & there.map_or(0o777, |there| there.permissions().mode())
            }
        }
    }
}

/// A file that is being written.
pub struct Target {
    path: PathBuf,
    packer: Packer,
}

enum Packer {
    Plain(Box<Hashed>),
    Gzip(Box<flate2::write::GzEncoder<Hashed>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Hashed>>),
}

/// Bytes on their way, counted and hashed.
struct Hashed {
    sink: Sink,
    hash: Sha256,
    bytes: u64,
}

enum Sink {
    File {
        draft: Draft,
        early: Early,
    },
    /// A device or a pipe: nothing that could be renamed.
    Device(std::fs::File),
    Stdout(io::Stdout),
    Nowhere,
}

/// Has what was written brought to the disk while more is written, so that the end need not wait for all of it.
#[derive(Default)]
struct Early {
    /// How much of the file the system was told of.
    told: u64,
}

impl Early {
    /// How many bytes are told at once: few enough that nobody waits long for the telling.
    const ENOUGH: u64 = 8 << 20;

    /// Linux begins to write what it is told will not be needed soon. Nothing waits for the disk here, and
    /// what fails there is told when the file is synced.
    fn wrote(&mut self, whole: u64, file: &std::fs::File) {
        let more = whole - self.told;
        if more < Self::ENOUGH {
            return;
        }
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{Advice, fadvise};
            // It is advice: a file that cannot take it is brought to the disk at the end.
            let _ = fadvise(file, self.told, std::num::NonZeroU64::new(more), Advice::DontNeed);
        }
        self.told = whole;
    }
}

impl Write for Hashed {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let written = match &mut self.sink {
            Sink::File { draft, early } => {
                let written = draft.write(text)?;
                early.wrote(self.bytes + written as u64, draft.file());
                written
            }
            Sink::Device(file) => file.write(text)?,
            Sink::Stdout(out) => out.write(text)?,
            Sink::Nowhere => text.len(),
        };
        self.hash.update(text.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::File { draft, .. } => draft.flush(),
            Sink::Device(file) => file.flush(),
            Sink::Stdout(out) => out.flush(),
            Sink::Nowhere => Ok(()),
        }
    }
}

impl Target {
    /// Opens a target.
    ///
    /// # Errors
    /// No file can be made in the target's folder.
    pub fn open(place: &Place, packing: Packing, mode: Mode) -> Result<Self, ScreenError> {
        let (sink, path) = match place {
            Place::Stdout => (Sink::Stdout(io::stdout()), PathBuf::from("-")),
            Place::Nowhere => (Sink::Nowhere, PathBuf::from("-")),
            Place::File(path) => (sink(path, mode).map_err(ScreenError::io(path))?, path.clone()),
        };
        let hashed = Hashed { sink, hash: Sha256::new(), bytes: 0 };
        let packer = match packing {
            Packing::Plain => Packer::Plain(Box::new(hashed)),
            // No time and no name in the head: the same rows give the same bytes.
            Packing::Gzip => {
                let level = flate2::Compression::new(6);
                Packer::Gzip(Box::new(flate2::GzBuilder::new().write(hashed, level)))
            }
            Packing::Zstd => {
                let encoder = zstd::stream::write::Encoder::new(hashed, 3);
                Packer::Zstd(Box::new(encoder.map_err(ScreenError::io(&path))?))
            }
        };
        Ok(Self { path, packer })
    }

    /// The path, `-` for standard output.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes text.
    ///
    /// # Errors
    /// The disk is full, or the reader of standard output has gone.
    pub fn write(&mut self, text: &[u8]) -> Result<(), ScreenError> {
        let written = match &mut self.packer {
            Packer::Plain(out) => out.write_all(text),
            Packer::Gzip(out) => out.write_all(text),
            Packer::Zstd(out) => out.write_all(text),
        };
        written.map_err(ScreenError::io(&self.path))
    }

    /// Brings everything to the disk and gives the file its name.
    ///
    /// # Errors
    /// The disk is full, or the file cannot be renamed.
    pub fn finish(self) -> Result<Written, ScreenError> {
        self.complete()?.keep()
    }

    /// Ends the packing and brings everything to the disk, still without its name.
    ///
    /// # Errors
    /// The disk is full.
    pub fn complete(self) -> Result<Complete, ScreenError> {
        let io = ScreenError::io(self.path);
        let finished = match self.packer {
            Packer::Plain(out) => Ok(*out),
            Packer::Gzip(out) => out.finish(),
            Packer::Zstd(out) => out.finish(),
        };
        let done = finished.and_then(|mut hashed| {
            hashed.flush()?;
            if let Sink::File { draft, .. } = &hashed.sink {
                draft.file().sync_all()?;
            }
            Ok(hashed)
        });
        done.map(Complete).map_err(io)
    }
}

impl Write for Target {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        match &mut self.packer {
            Packer::Plain(out) => out.write(text),
            Packer::Gzip(out) => out.write(text),
            Packer::Zstd(out) => out.write(text),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.packer {
            Packer::Plain(out) => out.flush(),
            Packer::Gzip(out) => out.flush(),
            Packer::Zstd(out) => out.flush(),
        }
    }
}

/// A file that is whole, and has only to get its name.
pub struct Complete(Hashed);

impl Complete {
    /// Gives the file its name.
    ///
    /// # Errors
    /// The file cannot be renamed.
    pub fn keep(self) -> Result<Written, ScreenError> {
        if let Sink::File { draft, .. } = self.0.sink {
            let path = draft.path.clone();
            draft.keep().map_err(ScreenError::io(path))?;
        }
        Ok(Written { bytes: self.0.bytes, sha256: hex(&self.0.hash.finalize()) })
    }
}

fn sink(path: &Path, mode: Mode) -> io::Result<Sink> {
    // A link stays a link: the file that it leads to is replaced.
    let path = if path.is_symlink() { path.canonicalize()? } else { path.to_path_buf() };
    match std::fs::metadata(&path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => {
            Ok(Sink::Device(std::fs::OpenOptions::new().write(true).open(&path)?))
        }
        _ => Ok(Sink::File { draft: Draft::open(path, mode)?, early: Early::default() }),
    }
}

/// A file in the folder of its target that has not got the target's name yet.
pub struct Draft {
    path: PathBuf,
    mode: Mode,
    body: Body,
}

enum Body {
    /// In no folder: it ends with the program, whatever ends that.
    #[cfg(target_os = "linux")]
    Unnamed(std::fs::File),
    /// Where the system or the file system has no such files.
    Named(NamedTempFile),
}

impl Draft {
    /// Makes an empty file for a target. Only its owner may open it until it is kept.
    ///
    /// # Errors
    /// No file can be made in the target's folder.
    pub fn open(path: PathBuf, mode: Mode) -> io::Result<Self> {
        let folder = folder(&path);
        #[cfg(target_os = "linux")]
        if let Some(file) = linux::unnamed(folder) {
            return Ok(Self { path, mode, body: Body::Unnamed(file) });
        }
        // The library makes it with 0600.
        let body = Body::Named(builder().tempfile_in(folder)?);
        Ok(Self { path, mode, body })
    }

    fn file(&self) -> &std::fs::File {
        match &self.body {
            #[cfg(target_os = "linux")]
            Body::Unnamed(file) => file,
            Body::Named(file) => file.as_file(),
        }
    }

    /// Brings it to the disk and gives it its name.
    ///
    /// # Errors
    /// The disk is full, or the file cannot get the name.
    pub fn keep(self) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let bits = self.mode.bits(&self.path);
            self.file().set_permissions(std::fs::Permissions::from_mode(bits))?;
        }
        self.file().sync_all()?;
        let path = self.path;
        match self.body {
            #[cfg(target_os = "linux")]
            Body::Unnamed(file) => linux::name(&file, &path)?,
            Body::Named(file) => drop(file.persist(&path).map_err(|error| error.error)?),
        }
        // The name itself is on the disk only when the folder is.
        #[cfg(unix)]
        std::fs::File::open(folder(&path))?.sync_all()?;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.file().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".screening-").suffix(".part");
    builder
}

/// Files without a name (`O_TMPFILE`), which get one by a link.
#[cfg(target_os = "linux")]
mod linux {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd as _;
    use std::path::{Path, PathBuf};

    /// The name by which a file without one can be linked.
    fn by_number(file: &File) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
    }

    /// Makes one; nothing where it could not be made, or not be named later.
    pub(super) fn unnamed(folder: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = File::from(open(folder, flags, Mode::from(0o600)).ok()?);
        by_number(&file).exists().then_some(file)
    }

    /// Gives it a name. A link takes nobody's place: where the name is another's, it is linked under a random
    /// one and renamed at once.
    pub(super) fn name(file: &File, path: &Path) -> io::Result<()> {
        let number = by_number(file);
        let link = |to: &Path| linkat(CWD, &number, CWD, to, AtFlags::SYMLINK_FOLLOW);
        match link(path) {
            Err(rustix::io::Errno::EXIST) => {
                let linked = super::builder().make_in(super::folder(path), |to| Ok(link(to)?))?;
                linked.persist(path).map_err(|error| error.error)
            }
            done => Ok(done?),
        }
    }
}

/// The hash of a file as it stands on the disk, as manifests write it.
///
/// # Errors
/// The file cannot be read.
pub fn hash_of(path: &Path) -> Result<String, ScreenError> {
    let mut hash = Sha256::new();
    let mut file = std::fs::File::open(path).map_err(ScreenError::io(path))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = io::Read::read(&mut file, &mut buffer).map_err(ScreenError::io(path))?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// A hash as it stands in manifests.
pub(super) fn hex(hash: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("sha256:");
    for byte in hash {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
