//! The outputs of a job while they are written.
//!
//! Owns the screened list, the list to call and the list of changes: each screened chunk is written to them, in order,
//! and counted. At the end all are synced before any gets its name.

use super::options::Options;
use super::prepare::header;
use crate::changes::collect::{COLUMNS, Collected, labels};
use crate::changes::comparison::ListComparison;
use crate::changes::last::ChangeOptions;
use crate::changes::report::ChangeReport;
use crate::changes::spool::Spool;
use crate::error::ScreenError;
use crate::manifest::path_of;
use crate::screen::job::Job;
use crate::screen::layout::Layout;
use crate::screen::screened::ScreenedChunk;
use crate::screen::summary::MAX_REPORTED_FAULTS;
use crate::table::limits::{Growth, Limits};
use crate::table::meter::Meter;
use crate::table::names::unique;
use crate::write::call_list::CallList;
use crate::write::list::{ListHeader, ListWriter};
use crate::write::target::{Destination, Finished, Target, Written};
use crate::write::writer::Writer;
use crate::write::xlsx::legend::Explanation;
use export_advisor_core::wording::Lang;
use std::io;
use std::path::Path;

/// The open outputs, and what is counted in order.
pub(super) struct Outputs<'a> {
    layout: &'a Layout,
    input: &'a Path,
    limits: Limits,
    growth: Growth,
    writer: Writer<'a>,
    /// The list to call.
    matches: Option<CallList>,
    changes: Option<OpenChanges<'a>>,
    /// The rows up to the next one, as spreadsheets count them.
    position: u64,
    rows_in: u64,
    rows_out: u64,
    blank: u64,
    faults: Vec<(u64, String)>,
}

/// The list of changes.
struct OpenChanges<'a> {
    options: &'a ChangeOptions<'a>,
    comparison: &'a ListComparison<'a>,
    collected: Collected,
    writer: ListWriter,
}

/// The outputs that were written: the screened list, the list to call with its rows, and the changes.
pub(super) type Committed = (Written, Option<(Written, u64)>, Option<ChangeReport>);

impl<'a> Outputs<'a> {
    /// Opens the outputs of a job and writes their headers.
    pub(super) fn open(
        job: &'a Job<'_>,
        options: &'a Options,
        changes: Option<&'a ChangeOptions<'a>>,
        meter: &Meter,
    ) -> Result<Self, ScreenError> {
        let mode = options.mode;
        let target = Target::open(&options.output, options.output_type.compression, mode)?;
        let format = options.output_type.format;
        let writer = Writer::begin(target, format, &header(job, options.bom), job)?;
        let matches = match (&options.matches, &job.matches) {
            (Some(wanted), Some(matches)) => {
                let compression = wanted.output_type.compression;
                let target = Target::open(&wanted.output, compression, mode)?;
                Some(CallList::begin(target, matches, job, options.bom)?)
            }
            _ => None,
        };
        let changes = changes.zip(job.comparison);
        let changes = changes
            .map(|(changes, comparison)| OpenChanges::begin(job, options, changes, comparison));
        let changes = changes.transpose()?;
        let (layout, input) = (&job.layout, options.input.path());
        let growth = Growth::output(&options.limits, meter);
        Ok(Self {
            layout,
            input,
            limits: options.limits,
            growth,
            writer,
            matches,
            changes,
            position: job.position as u64,
            rows_in: 0,
            rows_out: 0,
            blank: 0,
            faults: Vec::new(),
        })
    }

    /// Writes a chunk, and gives the buffer of its text back.
    pub(super) fn write(&mut self, chunk: ScreenedChunk) -> Result<Vec<u8>, ScreenError> {
        let size = self.growth.add(chunk.size(self.layout));
        size.map_err(ScreenError::limit(self.input))?;
        let first = self.position + 1;
        let number = |position: usize| first + position as u64;
        for (position, text) in chunk.faults {
            if self.faults.len() < MAX_REPORTED_FAULTS {
                self.faults.push((number(position), text));
            }
        }
        if let Some(matches) = &mut self.matches {
            for (position, line) in &chunk.matches {
                matches.write(number(*position), line)?;
            }
        }
        if let Some(changes) = &mut self.changes {
            let size = changes.collected.add(&chunk.compared, first, &self.limits)?;
            self.growth.add(size).map_err(ScreenError::limit(self.input))?;
        }
        let buffer = self.writer.write(chunk.output, self.layout)?;
        self.position += (chunk.rows + chunk.blank) as u64;
        self.rows_in += chunk.rows as u64;
        self.rows_out += chunk.written as u64;
        self.blank += chunk.blank as u64;
        Ok(buffer)
    }

    /// Rows read, and rows written.
    pub(super) fn rows(&self) -> (u64, u64) {
        (self.rows_in, self.rows_out)
    }

    /// Takes the number of blank lines, and the first rows with faults.
    pub(super) fn take_counts(&mut self) -> (u64, Vec<(u64, String)>) {
        (self.blank, std::mem::take(&mut self.faults))
    }

    /// Syncs all outputs to the disk, then gives them their names.
    pub(super) fn commit(
        self,
        options: &Options,
        explanation: &Explanation<'_>,
    ) -> Result<Committed, ScreenError> {
        let written = self.writer.finish(explanation)?;
        let matches = match self.matches {
            Some(matches) => Some(matches.finish(explanation)?),
            None => None,
        };
        let changes = self.changes.map(OpenChanges::finish).transpose()?;
        // The old manifest is removed before the new output appears, so that no manifest is beside another file.
        if let Destination::File(path) = &options.output {
            match std::fs::remove_file(path_of(path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(ScreenError::io(path_of(path))(error));
                }
                _ => {}
            }
        }
        let written = written.commit()?;
        let matches = match matches {
            Some((finished, rows)) => Some((finished.commit()?, rows)),
            None => None,
        };
        let changes = match changes {
            Some((finished, report)) => {
                Some(ChangeReport { written: finished.commit()?, ..report })
            }
            None => None,
        };
        Ok((written, matches, changes))
    }
}

impl<'a> OpenChanges<'a> {
    fn begin(
        job: &Job<'_>,
        options: &Options,
        changes: &'a ChangeOptions<'a>,
        comparison: &'a ListComparison<'a>,
    ) -> Result<Self, ScreenError> {
        let target = Target::open(&changes.output, changes.output_type.compression, options.mode)?;
        let own = labels(options.lang);
        let key = job.key.and_then(|column| job.columns.names.get(column));
        let key = unique(key.map_or("", String::as_str), &own);
        let labels: Vec<&str> = std::iter::once(key.as_str()).chain(own).collect();
        let title = match options.lang {
            Lang::Zh => "变化",
            Lang::En => "Changes",
        };
        let (names, as_of, bom) = (&COLUMNS, options.as_of, options.bom);
        let rulebook = &job.plan.book.version;
        let header = ListHeader { names, labels: &labels, title, as_of, rulebook, bom };
        let writer = ListWriter::begin(target, changes.output_type, &header)?;
        let collected = Collected::new(&comparison.clients, Spool::new(&changes.output)?);
        Ok(Self { options: changes, comparison, collected, writer })
    }

    /// Writes the list. The report has yet no file.
    fn finish(mut self) -> Result<(Finished, ChangeReport), ScreenError> {
        let is_for_people = self.writer.is_for_people();
        let mut write = |row: &[&str]| self.writer.write(row);
        let counts = self.collected.write(self.comparison, is_for_people, &mut write)?;
        let finished = self.writer.finish()?;
        let last = &self.options.last;
        let report = ChangeReport {
            path: self.options.output.path().to_owned(),
            file_type: self.options.output_type,
            written: Written { bytes: 0, sha256: String::new() },
            key: self.options.key.clone(),
            previous: last.path().to_owned(),
            previous_sha256: last.sha256().to_owned(),
            counts,
        };
        Ok((finished, report))
    }
}
