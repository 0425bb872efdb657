//! The last list of a stream: its clients, with which those of the next list are compared.
//!
//! Owns the order of events over it: its rows are evaluated by the last rule book, and its clients are kept, in memory
//! and in a spool. It writes nothing else.

use super::{Opened, open};
use crate::changes::clients::Clients;
use crate::changes::comparison::{ListComparison, Months, compared_supports};
use crate::changes::key::KeyHasher;
use crate::changes::spool::Spool;
use crate::error::ScreenError;
use crate::job::options::Options;
use crate::job::prepare::Purpose;
use crate::read::input::Source;
use crate::screen::screened::Output;
use crate::screen::screener::Screener;
use crate::table::format::FileType;
use crate::table::header::Headers;
use crate::write::target::Destination;
use export_advisor_core::plan::Plan;
use jiff::civil::Date;

/// How the last list was screened.
#[derive(Clone, Debug)]
pub struct LastListOptions<'p> {
    /// The rules of then.
    pub plan: &'p Plan,
    /// The day of then.
    pub as_of: Date,
    /// The column by which clients of both lists are matched: its header, `#` and its number, or a header of the fact
    /// that it holds.
    pub key: String,
    /// The file type of the last list.
    pub input_type: FileType,
}

/// A last list that was read.
#[derive(Debug)]
pub struct LastList<'p> {
    pub(super) key: String,
    pub(super) comparison: ListComparison<'p>,
}

impl<'p> LastList<'p> {
    /// Reads the last list. Its columns are read by the same mappings as those of the next one, which is screened by
    /// `plan` and `options`.
    ///
    /// # Errors
    /// It cannot be screened, or has more clients than the limits allow.
    pub fn read(
        plan: &'p Plan,
        options: &Options,
        last: LastListOptions<'p>,
        source: Source,
    ) -> Result<Self, ScreenError> {
        let months = Months {
            plan,
            plan_before: last.plan,
            as_of: options.as_of,
            as_of_before: last.as_of,
            lang: options.lang,
        };
        let supports = compared_supports(&months, &options.supports);
        let before: Vec<usize> = supports.iter().filter_map(|support| support.before).collect();
        let own = Options {
            input_type: last.input_type,
            output_type: FileType::CSV,
            as_of: last.as_of,
            supports: before,
            derive: Vec::new(),
            excluded_by: false,
            matches: None,
            ..options.clone()
        };
        let hasher = KeyHasher::new();
        let headers = Headers::new(&last.plan.book.catalogue);
        let purpose = Purpose::Clients { key: &last.key, hasher: &hasher };
        let Opened { mut reader, job, first, .. } =
            open(last.plan, &own, &headers, purpose, source)?;
        let spool = Spool::new(&Destination::Discard)?;
        let mut clients = Clients::new(hasher.clone(), own.supports.len(), spool);
        let mut screener = Screener::new(&job);
        let (mut position, mut next) = (job.position as u64, first);
        while let Some(chunk) = next {
            let screened = screener.run(chunk, Vec::new())?;
            let Output::Clients(found) = screened.output else { return Err(ScreenError::Worker) };
            clients.add(&found, position + 1, &own.limits)?;
            position += (screened.rows + screened.blank) as u64;
            next = reader.next()?;
        }
        clients.index();
        Ok(Self { key: last.key, comparison: ListComparison::new(&months, supports, clients) })
    }
}
