//! A file that appears under its name as a whole, or not at all.
//!
//! Owns the creation of a file without a name in the folder of its target, its permissions, and the name that it gets
//! when everything is on the disk. An abandoned file is gone, however the program ends. Where the file system must
//! have a name, it is a random one, and the file is removed only while the program lives.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Who may read and write a file that has rows of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The owner alone; where the file replaces another, with no permission that the old one did not give.
    #[default]
    Private,
    /// These permission bits.
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

    /// The bits of a file that replaces another, if one exists.
    #[cfg(unix)]
    fn bits(self, path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        match self {
            Self::Bits(bits) => bits,
            Self::Private => {
                let replaced = std::fs::metadata(path);
                0o600 & replaced.map_or(0o777, |replaced| replaced.permissions().mode())
            }
        }
    }
}

/// A file in the folder of its target, which does not have the target's name yet.
pub(crate) struct TemporaryFile {
    path: PathBuf,
    mode: Mode,
    handle: Handle,
}

enum Handle {
    /// In no folder: it is gone when the program ends, whatever ends it.
    #[cfg(target_os = "linux")]
    Unnamed(std::fs::File),
    /// Where the system or the file system has no files without a name.
    Named(NamedTempFile),
}

impl TemporaryFile {
    /// Creates an empty file for a target. Only its owner may open it until it is committed.
    ///
    /// # Errors
    /// No file can be created in the target's folder.
    pub(crate) fn open(path: PathBuf, mode: Mode) -> io::Result<Self> {
        let folder = folder(&path);
        #[cfg(target_os = "linux")]
        if let Some(file) = linux::unnamed(folder) {
            return Ok(Self { path, mode, handle: Handle::Unnamed(file) });
        }
        // The library creates it with mode 0600.
        let handle = Handle::Named(builder().tempfile_in(folder)?);
        Ok(Self { path, mode, handle })
    }

    /// The path that it gets.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The open file.
    pub(crate) fn file(&self) -> &std::fs::File {
        match &self.handle {
            #[cfg(target_os = "linux")]
            Handle::Unnamed(file) => file,
            Handle::Named(file) => file.as_file(),
        }
    }

    /// Syncs it to the disk and gives it its name.
    ///
    /// # Errors
    /// The disk is full, or the file cannot get the name.
    pub(crate) fn commit(self) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let bits = self.mode.bits(&self.path);
            self.file().set_permissions(std::fs::Permissions::from_mode(bits))?;
        }
        self.file().sync_all()?;
        let path = self.path;
        match self.handle {
            #[cfg(target_os = "linux")]
            Handle::Unnamed(file) => linux::name(&file, &path)?,
            Handle::Named(file) => drop(file.persist(&path).map_err(|error| error.error)?),
        }
        // The name itself is on the disk only when the folder is.
        #[cfg(unix)]
        std::fs::File::open(folder(&path))?.sync_all()?;
        Ok(())
    }
}

impl Write for TemporaryFile {
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

    /// The path by which a file without a name can be linked.
    fn by_number(file: &File) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
    }

    /// Creates one; `None` where it cannot be created, or could not be named later.
    pub(super) fn unnamed(folder: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = File::from(open(folder, flags, Mode::from(0o600)).ok()?);
        by_number(&file).exists().then_some(file)
    }

    /// Gives it a name. A link replaces no file: where the name is taken, the file is linked under a random one and
    /// renamed at once.
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
