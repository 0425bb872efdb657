//! What a stream answers with: the screened list, the list to call, or what changed.
//!
//! Owns the bytes of each: their header, those of a chunk, those behind the last chunk, and what the last record counts.
//! It reads nothing and sends nothing.

use crate::changes::collect::{COLUMNS, Collected, labels};
use crate::changes::comparison::ListComparison;
use crate::changes::report::ChangeCounts;
use crate::changes::spool::Spool;
use crate::error::ScreenError;
use crate::job::options::Options;
use crate::job::prepare::header;
use crate::screen::job::{Job, OutputForm};
use crate::screen::matches::MatchLine;
use crate::screen::screened::{Output, ScreenedChunk};
use crate::table::format::FileFormat;
use crate::table::limits::Limits;
use crate::table::names::unique;
use crate::write::target::Destination;
use crate::write::text_rows::TextRows;

/// The receiver of pieces; returns whether to continue.
pub(super) type Send<'s> = dyn FnMut(Vec<u8>) -> bool + 's;

/// What stands between the cells of an answer that is not the list.
const DELIMITER: u8 = b',';

/// About how many bytes are sent at once of what is behind the last chunk.
const PIECE: usize = 64 << 10;

/// An answer that is being made.
pub(super) enum Answer<'j> {
    /// The screened list.
    List {
        /// What stands between the cells of delimited text.
        delimiter: u8,
    },
    /// The list to call.
    Matches {
        /// The form of lines that screeners did not finish.
        rows: TextRows,
        /// How many lines there are.
        count: u64,
    },
    /// What changed since the last list.
    Changes {
        /// Both lists.
        comparison: &'j ListComparison<'j>,
        /// What was found so far.
        collected: Box<Collected>,
        /// The form of lines.
        rows: TextRows,
        /// What was written.
        counts: Box<ChangeCounts>,
    },
}

impl<'j> Answer<'j> {
    /// The answer that the options ask for. Unless it has the rows of the list, screeners make none.
    ///
    /// # Errors
    /// No spool can be created.
    pub(super) fn new(job: &mut Job<'j>, options: &Options) -> Result<Self, ScreenError> {
        let is_json = options.output_type.format == FileFormat::Ndjson;
        let delimited = TextRows::Delimited { delimiter: DELIMITER };
        if let Some(comparison) = job.comparison {
            job.form = OutputForm::Omitted;
            let rows = if is_json { TextRows::json(&COLUMNS) } else { delimited };
            let spool = Spool::new(&Destination::Discard)?;
            let collected = Box::new(Collected::new(&comparison.clients, spool));
            return Ok(Self::Changes { comparison, collected, rows, counts: Box::default() });
        }
        if let Some(matches) = &job.matches {
            job.form = OutputForm::Omitted;
            let names = || TextRows::json(&matches.names(&job.columns));
            return Ok(Self::Matches { rows: if is_json { names() } else { delimited }, count: 0 });
        }
        let delimiter = match job.form {
            OutputForm::Csv { delimiter } => delimiter,
            _ => DELIMITER,
        };
        Ok(Self::List { delimiter })
    }

    /// What stands between the cells of delimited text.
    pub(super) fn delimiter(&self) -> u8 {
        match self {
            Self::List { delimiter } => *delimiter,
            Self::Matches { .. } | Self::Changes { .. } => DELIMITER,
        }
    }

    /// The labels of the columns, if they are not those of the list.
    fn own_labels(&self, job: &Job<'_>) -> Option<Vec<String>> {
        let lang = job.layout.lang;
        match self {
            Self::List { .. } => None,
            Self::Matches { .. } => Some(job.matches.as_ref()?.header(&job.columns, lang)),
            Self::Changes { .. } => {
                let own = labels(lang);
                let key = job.key.and_then(|column| job.columns.names.get(column));
                let key = unique(key.map_or("", String::as_str), &own);
                Some(std::iter::once(key).chain(own.map(str::to_owned)).collect())
            }
        }
    }

    /// How many columns it has.
    pub(super) fn columns(&self, job: &Job<'_>) -> usize {
        let list = || job.columns.names.len() + job.layout.names().count();
        self.own_labels(job).map_or_else(list, |labels| labels.len())
    }

    /// Its header; nothing for JSON.
    pub(super) fn header(&self, job: &Job<'_>, options: &Options) -> Vec<u8> {
        match self {
            Self::List { .. } => header(job, options.bom),
            Self::Matches { rows, .. } | Self::Changes { rows, .. } => {
                rows.header(&self.own_labels(job).unwrap_or_default(), options.bom)
            }
        }
    }

    /// The bytes of a chunk whose first row has a number.
    ///
    /// # Errors
    /// The disk is full, or what is compared exceeds the limits.
    pub(super) fn chunk(
        &mut self,
        chunk: ScreenedChunk,
        first: u64,
        limits: &Limits,
    ) -> Result<Vec<u8>, ScreenError> {
        let mut out = Vec::new();
        match self {
            Self::List { .. } => {
                if let Output::Text(text) = chunk.output {
                    out = text;
                }
            }
            Self::Matches { rows, count, .. } => {
                *count += chunk.matches.len() as u64;
                for (position, line) in &chunk.matches {
                    let number = first + *position as u64;
                    match line {
                        MatchLine::Text(text) => {
                            out.extend_from_slice(number.to_string().as_bytes());
                            out.extend_from_slice(text);
                        }
                        MatchLine::Cells(cells, _) => rows.write_numbered(number, cells, &mut out),
                    }
                }
            }
            Self::Changes { collected, .. } => {
                collected.add(&chunk.compared, first, limits)?;
            }
        }
        Ok(out)
    }

    /// Sends what is behind the last chunk; returns whether it was received.
    ///
    /// # Errors
    /// A spool cannot be read.
    pub(super) fn finish(&mut self, send: &mut Send<'_>) -> Result<bool, ScreenError> {
        let Self::Changes { comparison, collected, rows, counts } = self else { return Ok(true) };
        let (mut out, mut is_received) = (Vec::new(), true);
        let mut write = |row: &[&str]| {
            rows.write(row, &mut out);
            if out.len() >= PIECE && is_received {
                is_received = send(std::mem::take(&mut out));
            }
            Ok(())
        };
        **counts = collected.write(comparison, rows.is_for_people(), &mut write)?;
        Ok(is_received && (out.is_empty() || send(out)))
    }

    /// What the last record counts beside rows: of delimited text, and as a member of an object.
    pub(super) fn counts(&self) -> Option<(String, &'static str, serde_json::Value)> {
        match self {
            Self::List { .. } => None,
            Self::Matches { count, .. } => {
                Some((format!("matches={count}"), "matches", serde_json::json!(count)))
            }
            Self::Changes { counts, .. } => Some((
                format!("compared={};changes={}", counts.compared, counts.lines),
                "changes",
                serde_json::json!(counts),
            )),
        }
    }
}
