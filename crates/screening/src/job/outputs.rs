//! The outputs of a job while they are written.
//!
//! Owns the screened list and the list to call: each screened chunk is written to both, in order, and counted. At
//! the end both are synced before either gets its name.

use super::options::Options;
use super::prepare::header;
use crate::error::ScreenError;
use crate::manifest::path_of;
use crate::screen::job::Job;
use crate::screen::layout::Layout;
use crate::screen::screened::ScreenedChunk;
use crate::screen::summary::MAX_REPORTED_FAULTS;
use crate::table::limits::Growth;
use crate::table::meter::Meter;
use crate::write::call_list::CallList;
use crate::write::target::{Destination, Target, Written};
use crate::write::writer::Writer;
use crate::write::xlsx::legend::Explanation;
use std::io;
use std::path::Path;

/// The open outputs, and what is counted in order.
pub(super) struct Outputs<'a> {
    layout: &'a Layout,
    input: &'a Path,
    growth: Growth,
    writer: Writer<'a>,
    /// The list to call.
    matches: Option<CallList>,
    /// The rows up to the next one, as spreadsheets count them.
    position: u64,
    rows_in: u64,
    rows_out: u64,
    blank: u64,
    faults: Vec<(u64, String)>,
}

impl<'a> Outputs<'a> {
    /// Opens the outputs of a job and writes their headers.
    pub(super) fn open(
        job: &'a Job<'_>,
        options: &'a Options,
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
        let (layout, input) = (&job.layout, options.input.path());
        let growth = Growth::output(&options.limits, meter);
        Ok(Self {
            layout,
            input,
            growth,
            writer,
            matches,
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
    ) -> Result<(Written, Option<(Written, u64)>), ScreenError> {
        let written = self.writer.finish(explanation)?;
        let matches = match self.matches {
            Some(matches) => Some(matches.finish(explanation)?),
            None => None,
        };
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
        Ok((written, matches))
    }
}
