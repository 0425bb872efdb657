//! Limits on an input and on what is made of it.
//!
//! Owns the limits: each has a name, which messages repeat and `--limit NAME=N` takes, a default and a unit. A list
//! is read as a stream, so most limits bound the cost of a small hostile file, not the size of a large honest one.
//! [`Growth`] counts what an input becomes and compares it with the input's own size. It reads and writes nothing.

use crate::table::meter::Meter;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::wording::BilingualError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const MIB: u64 = 1 << 20;

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// How many times its size an input may decompress to.
    Expansion,
    /// How many times the size of the input all outputs together may have.
    Output,
    /// The columns of a list.
    Columns,
    /// The bytes of one row of a text, and so of its header.
    Line,
    /// The bytes of the table of contents of a Parquet file.
    Footer,
    /// The bytes of a part of a workbook that is held in memory, such as its shared strings; of a stream, also those of
    /// the workbook.
    Workbook,
    /// The bytes of memory that the clients of a last list take, some 70 each. Their facts, on the disk, may take
    /// 64 times as much.
    Clients,
}

/// How many times their memory the facts of the clients of a last list may take on the disk.
pub(crate) const ON_DISK: u64 = 64;

impl Limit {
    /// All limits.
    pub const ALL: [Self; 7] = [
        Self::Expansion,
        Self::Output,
        Self::Columns,
        Self::Line,
        Self::Footer,
        Self::Workbook,
        Self::Clients,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expansion => "expansion",
            Self::Output => "output",
            Self::Columns => "columns",
            Self::Line => "line",
            Self::Footer => "footer",
            Self::Workbook => "workbook",
            Self::Clients => "clients",
        }
    }

    /// Whether it counts bytes.
    const fn is_size(self) -> bool {
        matches!(self, Self::Line | Self::Footer | Self::Workbook | Self::Clients)
    }

    /// The range in which it can be set. A cell's position in a chunk has 32 bits, and only a row that is longer than
    /// a chunk is held as a whole.
    const fn range(self) -> (u64, u64) {
        match self {
            Self::Expansion | Self::Output => (1, 1_000_000_000),
            Self::Columns => (1, 1_000_000),
            Self::Line | Self::Footer | Self::Workbook => (MIB, 1024 * MIB),
            Self::Clients => (MIB, 1024 * 1024 * MIB),
        }
    }
}

/// A limit that an input exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.localized().en)]
pub struct Exceeded {
    /// The limit.
    pub limit: Limit,
    /// Its value.
    pub most: u64,
}

impl BilingualError for Exceeded {
    fn localized(&self) -> LocalizedText {
        let (most, name) = (self.most, self.limit.as_str());
        let mib = most / MIB;
        let (zh, en) = match self.limit {
            Limit::Expansion => (
                format!("解压后是文件大小的 {most} 倍以上，正常名单不会如此"),
                format!("it unpacks to more than {most} times its size, as no list does"),
            ),
            Limit::Output => (
                format!("筛查结果是名单大小的 {most} 倍以上，正常名单不会如此"),
                format!("what comes of it is more than {most} times its size, as of no list"),
            ),
            Limit::Columns => {
                (format!("名单有 {most} 列以上"), format!("it has more than {most} columns"))
            }
            Limit::Line => (
                format!("这一行超过 {mib} MiB：是不是少了引号，或者这不是文本文件？"),
                format!(
                    "the row is longer than {mib} MiB; is a quote missing, or is this no text?"
                ),
            ),
            Limit::Footer => (
                format!("文件末尾的目录超过 {mib} MiB"),
                format!("its table of contents is larger than {mib} MiB"),
            ),
            Limit::Workbook => (
                format!("工作簿超过 {mib} MiB：请另存为 CSV，或用命令行筛查"),
                format!(
                    "the workbook is larger than {mib} MiB: save it as CSV, or screen it on the command line"
                ),
            ),
            Limit::Clients => (
                format!("要比较的客户占用超过 {mib} MiB 内存：请分成几份名单，或用命令行比较"),
                format!(
                    "the clients to compare take more than {mib} MiB of memory: split the lists, or compare them on the command line"
                ),
            ),
        };
        LocalizedText {
            zh: format!("{zh}（限额 {name}）"), en: format!("{en} (limit `{name}`)")
        }
    }
}

/// The limits of one screening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    most: [u64; Limit::ALL.len()],
    /// About how much memory a chunk of rows may take while it is screened.
    pub(crate) chunk: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::COMMAND_LINE
    }
}

impl Limits {
    /// Those of the command line.
    pub const COMMAND_LINE: Self = Self {
        most: [200, 2000, 4096, 16 * MIB, 32 * MIB, 256 * MIB, 8192 * MIB],
        chunk: 32 << 20,
    };

    /// Those of the service, whose callers share its memory.
    pub const SERVICE: Self =
        Self { most: [50, 2000, 1024, MIB, MIB, 8 * MIB, 16 * MIB], chunk: 2 << 20 };

    /// The value of a limit.
    pub(crate) fn get(&self, limit: Limit) -> u64 {
        let found = self.most.iter().zip(Limit::ALL).find(|(_, each)| *each == limit);
        found.map_or(0, |(most, _)| *most)
    }

    /// Sets a limit.
    pub fn set(&mut self, limit: Limit, most: u64) {
        for (slot, each) in self.most.iter_mut().zip(Limit::ALL) {
            if each == limit {
                *slot = most;
            }
        }
    }

    /// Reads the value of `--limit`: `columns=10000`, `line=64MiB`.
    ///
    /// # Errors
    /// What can be written instead.
    pub fn parse(text: &str) -> Result<(Limit, u64), String> {
        let (name, number) = text.split_once('=').unwrap_or((text, ""));
        let Some(limit) = Limit::ALL.into_iter().find(|limit| limit.as_str() == name) else {
            let names = Limit::ALL.map(Limit::as_str).join(", ");
            return Err(format!("the limits are {names}: write one as columns=10000"));
        };
        let (digits, unit) = match number.strip_suffix("MiB") {
            Some(digits) if limit.is_size() => (digits, MIB),
            _ => (number, 1),
        };
        let most = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
        let (low, high) = limit.range();
        most.filter(|most| (low..=high).contains(most)).map(|most| (limit, most)).ok_or_else(|| {
            let size = if limit.is_size() { " bytes, or so many MiB as 64MiB" } else { "" };
            format!("`{name}` is a number from {low} to {high}{size}")
        })
    }

    /// Compares a number with a limit.
    ///
    /// # Errors
    /// It is larger.
    pub(crate) fn check(&self, limit: Limit, number: usize) -> Result<(), Exceeded> {
        let most = self.get(limit);
        if number as u64 > most { Err(Exceeded { limit, most }) } else { Ok(()) }
    }

    /// A limit as a size in memory.
    pub(crate) fn size(&self, limit: Limit) -> usize {
        usize::try_from(self.get(limit)).unwrap_or(usize::MAX)
    }
}

/// What an input becomes, limited to a multiple of what was read of it. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Growth {
    meter: Meter,
    limit: Limit,
    most: u64,
    /// What the smallest input may become.
    floor: u64,
    total: Arc<AtomicU64>,
}

impl Growth {
    /// For the decompressed input.
    pub(crate) fn expansion(limits: &Limits, meter: &Meter) -> Self {
        Self::new(Limit::Expansion, 16 * MIB, limits, meter)
    }

    /// For all outputs together.
    pub(crate) fn output(limits: &Limits, meter: &Meter) -> Self {
        Self::new(Limit::Output, 64 * MIB, limits, meter)
    }

    fn new(limit: Limit, floor: u64, limits: &Limits, meter: &Meter) -> Self {
        let most = limits.get(limit);
        Self { meter: meter.clone(), limit, most, floor, total: Arc::default() }
    }

    /// Counts bytes.
    ///
    /// # Errors
    /// There are too many for the size of the input.
    pub(crate) fn add(&self, bytes: u64) -> Result<(), Exceeded> {
        let total = self.total.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let allowed = self.meter.bytes().saturating_mul(self.most).max(self.floor);
        let (limit, most) = (self.limit, self.most);
        if total > allowed { Err(Exceeded { limit, most }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_by_name_and_kept_in_their_range() {
        for (text, found) in [
            ("columns=10000", Some((Limit::Columns, 10_000))),
            ("line=64MiB", Some((Limit::Line, 64 * MIB))),
            ("line=1048576", Some((Limit::Line, MIB))),
            ("line=1", None),
            ("columns=1MiB", None),
            ("columns=0", None),
            ("columns=-1", None),
            ("columns", None),
            ("rows=1", None),
            ("expansion=18446744073709551616", None),
            ("line=18446744073709551615MiB", None),
        ] {
            assert_eq!(Limits::parse(text).ok(), found, "{text}");
        }
        let mut limits = Limits::default();
        for limit in Limit::ALL {
            let (low, high) = limit.range();
            assert!((low..=high).contains(&limits.get(limit)));
            assert!((low..=high).contains(&Limits::SERVICE.get(limit)));
            limits.set(limit, high);
            assert_eq!(limits.get(limit), high);
        }
    }

    #[test]
    fn growth_is_limited_by_what_was_read() {
        let meter = Meter::default();
        let growth = Growth::expansion(&Limits::default(), &meter);
        assert!(growth.add(16 * MIB).is_ok());
        assert!(growth.add(1).is_err());
        meter.add(&vec![0; 1 << 20]);
        assert!(growth.clone().add(184 * MIB - 1).is_ok());
        assert!(growth.add(1).is_err());
    }
}
