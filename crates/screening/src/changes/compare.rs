//! The rows of a chunk of the new list, compared with the clients of the last one.
//!
//! Owns what one thread does: it finds the client of each row by its key, compares the states of all supports, and has
//! the causes of those that differ verified. Rows and statuses go in; [`ComparedRows`] come out, which are collected in
//! the order of the rows. Whether a key occurs in another row of the list is not known here.

use super::causes::{CauseFinder, ChangedClient, ChangedSupport, Why};
use super::codec::{Reading, put_number, put_text};
use super::comparison::{ListComparison, SupportState};
use super::detail::Details;
use super::key::KeyHash;
use super::report::ChangeCause;
use crate::error::ScreenError;
use export_advisor_core::evaluate::{Batch, Statuses};
use export_advisor_core::facts::{FactId, Value};
use export_advisor_core::rulebook::{Status, WindowState};
use std::borrow::Cow;
use std::sync::Arc;

/// A row of the new list.
#[derive(Debug)]
pub(crate) struct ComparedRow {
    /// Its position in the chunk, blank rows counted.
    pub(crate) position: usize,
    /// Whose it is.
    pub(crate) client: RowClient,
    /// The text of its key, if it has lines or is new.
    pub(crate) key: String,
    /// Its lines, as [`put_line`] writes them, and how many there are.
    pub(crate) lines: (u64, Vec<u8>),
}

/// Whose row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowClient {
    /// A client of the last list.
    Known(usize),
    /// A client that the last list does not have.
    New(KeyHash),
    /// A client whose key occurs several times in the last list.
    Ambiguous(KeyHash),
    /// The key is blank.
    Blank,
    /// The row cannot be taken apart, and its key is none of the last list.
    Unreadable,
}

/// The rows of a chunk that are firms.
pub(crate) type ComparedRows = Vec<ComparedRow>;

/// A line of the file of changes, without the client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line<'t> {
    /// The position of the support among the compared ones; `None` if the line is about the client.
    pub(crate) support: Option<usize>,
    /// What it was and what it is.
    pub(crate) states: [SupportState; 2],
    /// Why.
    pub(crate) cause: ChangeCause,
    /// What, put back, restores the former state.
    pub(crate) undo: &'t str,
    /// The same in words.
    pub(crate) detail: &'t str,
}

/// A state of no support.
pub(crate) const NO_STATE: SupportState = SupportState { status: None, window: WindowState::Open };

/// Writes a line.
pub(crate) fn put_line(out: &mut Vec<u8>, line: &Line<'_>) {
    put_number(out, line.support.map_or(0, |support| support as u64 + 1));
    for state in line.states {
        let status = match state.status {
            None => 0,
            Some(Status::Applies) => 1,
            Some(Status::DoesNotApply) => 2,
            Some(Status::Undetermined) => 3,
        };
        let window = match state.window {
            WindowState::Open => 0,
            WindowState::NotYetOpen => 1,
            WindowState::Closed => 2,
            WindowState::Lapsed => 3,
        };
        out.push(status << 2 | window);
    }
    let cause = ChangeCause::ALL.iter().position(|cause| *cause == line.cause);
    put_number(out, cause.unwrap_or(0) as u64);
    put_text(out, line.undo);
    put_text(out, line.detail);
}

/// Reads a line that [`put_line`] wrote.
pub(crate) fn line<'b>(decoder: &mut super::codec::Decoder<'b>) -> Option<Line<'b>> {
    let support = usize::try_from(decoder.number()?).ok()?.checked_sub(1);
    let mut state = || {
        let byte = decoder.byte()?;
        let status = match byte >> 2 {
            0 => None,
            1 => Some(Status::Applies),
            2 => Some(Status::DoesNotApply),
            _ => Some(Status::Undetermined),
        };
        let window = match byte & 3 {
            0 => WindowState::Open,
            1 => WindowState::NotYetOpen,
            2 => WindowState::Closed,
            _ => WindowState::Lapsed,
        };
        Some(SupportState { status, window })
    };
    let states = [state()?, state()?];
    let cause = *ChangeCause::ALL.get(usize::try_from(decoder.number()?).ok()?)?;
    let (undo, detail) = (decoder.text()?, decoder.text()?);
    Some(Line { support, states, cause, undo, detail })
}

/// What a chunk gives to compare.
pub(crate) struct RowsToCompare<'c, 'k> {
    /// The answers of the rows.
    pub(crate) answers: &'c Batch,
    /// The statuses of the supports of the layout.
    pub(crate) statuses: &'c Statuses,
    /// Per row, what is wrong with it.
    pub(crate) faults: &'c [Vec<Arc<str>>],
    /// The cells that cannot be read: their row, their fact, and which of the faults of the row it is.
    pub(crate) faulty: &'c [(usize, FactId, usize)],
    /// Whether a row has no status.
    pub(crate) has_no_status: &'c dyn Fn(usize) -> bool,
    /// The text of a row's key.
    pub(crate) key: &'c dyn Fn(usize) -> Cow<'k, str>,
    /// The position of a row in the chunk, blank rows counted.
    pub(crate) position: &'c dyn Fn(usize) -> usize,
}

/// Compares rows on one thread.
#[derive(Debug)]
pub(crate) struct Comparer<'a> {
    comparison: &'a ListComparison<'a>,
    causes: CauseFinder<'a>,
    buffer: Vec<u8>,
}

impl<'a> Comparer<'a> {
    /// A comparer for one thread.
    pub(crate) fn new(comparison: &'a ListComparison<'a>) -> Self {
        Self { comparison, causes: CauseFinder::new(comparison), buffer: Vec::new() }
    }

    /// Compares the rows of a chunk.
    ///
    /// # Errors
    /// The records of the last list cannot be read.
    pub(crate) fn compare(
        &mut self,
        rows: &RowsToCompare<'_, '_>,
    ) -> Result<ComparedRows, ScreenError> {
        let comparison = self.comparison;
        let clients = &comparison.clients;
        let mut found = ComparedRows::with_capacity(rows.faults.len());
        let (mut changed, mut changed_rows) = (Vec::new(), Vec::new());
        // The faults of a chunk are in the order of columns; those of a row are looked up.
        let mut faulty = rows.faulty.to_vec();
        faulty.sort_unstable();
        for (row, faults) in rows.faults.iter().enumerate() {
            let has_no_status = (rows.has_no_status)(row);
            if has_no_status && faults.is_empty() {
                // It is no firm.
                continue;
            }
            let key = (rows.key)(row);
            let client = match clients.hasher().hash(&key) {
                None if has_no_status => RowClient::Unreadable,
                None => RowClient::Blank,
                Some(hash) => match clients.find(hash) {
                    Some(client) if clients.is_repeated(client) => RowClient::Ambiguous(hash),
                    Some(client) => RowClient::Known(client),
                    None if has_no_status => RowClient::Unreadable,
                    None => RowClient::New(hash),
                },
            };
            let mut compared = ComparedRow {
                position: (rows.position)(row),
                client,
                key: String::new(),
                lines: (0, Vec::new()),
            };
            match client {
                RowClient::New(_) => compared.key = key.into_owned(),
                RowClient::Known(client) if has_no_status || clients.has_no_status(client) => {
                    if has_no_status != clients.has_no_status(client) {
                        let fault = if has_no_status {
                            faults.join(" ")
                        } else {
                            clients.record(client, &mut self.buffer)?.fault
                        };
                        compared.key = key.into_owned();
                        compared.lines = (1, self.row_fault(&fault, has_no_status));
                    }
                }
                RowClient::Known(client) => {
                    let supports = comparison.differing(client, rows.statuses, row);
                    if !supports.is_empty() {
                        compared.key = key.into_owned();
                        changed_rows.push(found.len());
                        changed.push(self.changed(rows, &faulty, row, client, supports)?);
                    }
                }
                RowClient::Ambiguous(_) | RowClient::Blank | RowClient::Unreadable => {}
            }
            found.push(compared);
        }
        self.causes.find(&mut changed);
        for (client, index) in changed.iter().zip(changed_rows) {
            if let Some(compared) = found.get_mut(index) {
                compared.lines = (client.supports.len() as u64, self.lines(client));
            }
        }
        Ok(found)
    }

    /// The line of a client whose row could be taken apart in one month only.
    fn row_fault(&self, fault: &str, is_now: bool) -> Vec<u8> {
        let texts = Details { comparison: self.comparison };
        let detail = texts.row_fault(fault, is_now);
        let mut out = Vec::new();
        let cause = ChangeCause::Fault;
        let line =
            Line { support: None, states: [NO_STATE; 2], cause, undo: "row", detail: &detail };
        put_line(&mut out, &line);
        out
    }

    /// A client with the facts of both months.
    fn changed(
        &mut self,
        rows: &RowsToCompare<'_, '_>,
        faulty: &[(usize, FactId, usize)],
        row: usize,
        client: usize,
        supports: Vec<usize>,
    ) -> Result<ChangedClient, ScreenError> {
        let comparison = self.comparison;
        let supports = supports.into_iter().map(|support| ChangedSupport {
            support,
            before: comparison.before(client, support),
            now: comparison.now(rows.statuses, row, support),
            why: Why::Unverified,
            criteria: Default::default(),
        });
        let supports: Vec<ChangedSupport> = supports.collect();
        // No fact moves a window.
        let is_window = |s: &ChangedSupport| s.before.status == s.now.status;
        if comparison.has_same_rules() && supports.iter().all(is_window) {
            return Ok(ChangedClient::new(comparison, supports, Vec::new(), Vec::new()));
        }
        let start = faulty.partition_point(|(faulty, ..)| *faulty < row);
        let faulty = faulty.get(start..).unwrap_or_default();
        let faulty = faulty.iter().take_while(|(faulty, ..)| *faulty == row);
        let mut now: Vec<(FactId, Reading)> = Vec::new();
        for (index, column) in rows.answers.columns().iter().enumerate() {
            if row < column.len() {
                let value = column.value(row);
                if value != Value::NotAnswered {
                    now.push((FactId::from(index), Reading { value, fault: None }));
                }
            }
        }
        for (_, fact, message) in faulty {
            let message = rows.faults.get(row).and_then(|faults| faults.get(*message));
            let message = message.cloned().unwrap_or_default();
            match now.iter_mut().find(|(known, _)| known == fact) {
                Some((_, reading)) => match &mut reading.fault {
                    Some(fault) => fault.extend([" ", &message]),
                    None => reading.fault = Some(message.to_string()),
                },
                None => {
                    let reading =
                        Reading { value: Value::NotAnswered, fault: Some(message.to_string()) };
                    now.push((*fact, reading));
                }
            }
        }
        let before = comparison.clients.record(client, &mut self.buffer)?.facts;
        Ok(ChangedClient::new(comparison, supports, now, before))
    }

    fn lines(&self, client: &ChangedClient) -> Vec<u8> {
        let texts = Details { comparison: self.comparison };
        let mut out = Vec::new();
        for changed in &client.supports {
            let line = Line {
                support: Some(changed.support),
                states: [changed.before, changed.now],
                cause: changed.why.cause(client),
                undo: &texts.undo(client, changed),
                detail: &texts.of(client, changed),
            };
            put_line(&mut out, &line);
        }
        out
    }
}
