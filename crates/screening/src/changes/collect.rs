//! The changes of all rows, in order, until the file can be written.
//!
//! Owns what is known only when the whole new list has been read: whether a key occurs in several of its rows, and which
//! clients of the last list it does not have. Until then the lines lie in a spool. The rows of the new list come first,
//! in its order; the clients that are gone follow in the order of the last list.

use super::clients::{Clients, Found, check_size};
use super::codec::{Decoder, put_number, put_text};
use super::compare::{ComparedRow, ComparedRows, Line, NO_STATE, RowClient, line};
use super::comparison::{ListComparison, SupportState};
use super::key::KeyHash;
use super::report::{ChangeCause, ChangeCounts, NotCompared, RowList};
use super::spool::{Spool, put_record};
use crate::error::ScreenError;
use crate::table::limits::Limits;
use export_advisor_core::rulebook::{Status, WindowState};
use export_advisor_core::wording::{self, Lang};

/// The names of the columns in formats for programs.
pub(crate) const COLUMNS: [&str; 10] = [
    "key",
    "support",
    "title",
    "before",
    "after",
    "window_before",
    "window_after",
    "cause",
    "undo",
    "detail",
];

/// The names of the columns in files for people, behind that of the key.
pub(crate) const fn labels(lang: Lang) -> [&'static str; 9] {
    match lang {
        Lang::Zh => {
            ["支持事项", "名称", "原状态", "现状态", "原时限", "现时限", "原因", "复原", "详情"]
        }
        Lang::En => [
            "support",
            "title",
            "before",
            "after",
            "window before",
            "window after",
            "cause",
            "undo",
            "detail",
        ],
    }
}

/// The changes that have been found so far.
#[derive(Debug)]
pub(crate) struct Collected {
    spool: Spool,
    found: Found,
    /// How much memory the clients of the last list take.
    of_clients: usize,
    not_compared: NotCompared,
    buffer: Vec<u8>,
}

/// The kinds of records.
mod kind {
    pub(super) const KNOWN: u8 = 0;
    pub(super) const NEW: u8 = 1;
}

impl Collected {
    /// None yet, of the clients of the last list.
    pub(crate) fn new(clients: &Clients, spool: Spool) -> Self {
        Self {
            spool,
            found: Found::new(clients.len()),
            of_clients: clients.memory(),
            not_compared: NotCompared::default(),
            buffer: Vec::new(),
        }
    }

    /// Adds the rows of the next chunk, whose first row has a number. Returns about how many bytes their lines have.
    ///
    /// # Errors
    /// The disk is full, or there are more new clients or changes than the limits allow.
    pub(crate) fn add(
        &mut self,
        rows: &ComparedRows,
        first: u64,
        limits: &Limits,
    ) -> Result<u64, ScreenError> {
        self.buffer.clear();
        for row in rows {
            let number = first + row.position as u64;
            let is_first = match row.client {
                RowClient::Known(client) => self.found.add(client),
                RowClient::New(hash) | RowClient::Ambiguous(hash) => self.found.add_new(hash),
                RowClient::Blank => {
                    self.not_compared.blank_key.add(number);
                    continue;
                }
                RowClient::Unreadable => {
                    self.not_compared.unreadable.add(number);
                    continue;
                }
            };
            if is_first {
                self.put(row, number);
            } else {
                self.not_compared.repeated_key.add(number);
            }
        }
        self.spool.append(&self.buffer)?;
        let size = check_size(limits, self.of_clients + self.found.memory(), self.spool.length());
        size.map_err(ScreenError::limit("-"))?;
        Ok(self.buffer.len() as u64)
    }

    fn put(&mut self, row: &ComparedRow, number: u64) {
        let (count, lines) = &row.lines;
        let is_new = matches!(row.client, RowClient::New(_));
        if *count == 0 && !is_new {
            return;
        }
        put_record(&mut self.buffer, |out| {
            match row.client {
                RowClient::Known(client) => {
                    out.push(kind::KNOWN);
                    put_number(out, client as u64);
                }
                RowClient::New(hash) => {
                    out.push(kind::NEW);
                    hash.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
                }
                RowClient::Ambiguous(_) | RowClient::Blank | RowClient::Unreadable => {}
            }
            put_number(out, number);
            put_text(out, &row.key);
            put_number(out, *count);
            out.extend_from_slice(lines);
        });
    }

    /// Has `write` write the lines of all clients with one row in either list, in the words of people or of programs.
    ///
    /// # Errors
    /// That of `write`, or a spool cannot be read.
    pub(crate) fn write(
        &mut self,
        comparison: &ListComparison<'_>,
        is_for_people: bool,
        write: &mut dyn FnMut(&[&str]) -> Result<(), ScreenError>,
    ) -> Result<ChangeCounts, ScreenError> {
        let clients = &comparison.clients;
        let mut counts = ChangeCounts::default();
        let mut put = |key: &str, line: &Line<'_>| {
            let support = line.support.and_then(|support| comparison.supports.get(support));
            counts.add(support.map(|support| support.id.as_str()), line.cause);
            let lang = if is_for_people { comparison.lang } else { Lang::En };
            let [before, after] = line.states.map(|state| status(lang, state));
            let [window, window_now] = line.states.map(|state| window(lang, state));
            write(&[
                key,
                support.map_or("", |support| &support.id),
                support.map_or("", |support| comparison.lang.of(&support.title)),
                &before,
                &after,
                &window,
                &window_now,
                line.cause.as_str(),
                line.undo,
                line.detail,
            ])
        };
        let mut records = self.spool.records()?;
        while records.next(&mut self.buffer)? {
            let mut decoder = Decoder(&self.buffer);
            let head = row_head(&mut decoder).ok_or_else(|| self.spool.damaged())?;
            let is_once = match head.client {
                RowClient::Known(client) => self.found.is_once(client),
                RowClient::New(hash) => self.found.is_new_once(&hash),
                RowClient::Ambiguous(_) | RowClient::Blank | RowClient::Unreadable => false,
            };
            if !is_once {
                continue;
            }
            if matches!(head.client, RowClient::New(_)) {
                let detail = match comparison.lang {
                    Lang::Zh => format!("本次名单第{}行", head.row),
                    Lang::En => format!("row {} of this list", head.row),
                };
                put(head.key, &whole_client(ChangeCause::NewClient, &detail))?;
            }
            for _ in 0..head.lines {
                let line = line(&mut decoder).ok_or_else(|| self.spool.damaged())?;
                put(head.key, &line)?;
            }
        }
        let mut unreadable = RowList::default();
        for client in 0..clients.len() {
            if clients.is_repeated(client) || !self.found.is_gone(client) {
                continue;
            }
            if clients.has_no_status(client) {
                unreadable.add(clients.row(client));
                continue;
            }
            let key = clients.record(client, &mut self.buffer)?.key;
            let detail = match comparison.lang {
                Lang::Zh => format!("上次名单第{}行", clients.row(client)),
                Lang::En => format!("row {} of the last list", clients.row(client)),
            };
            put(&key, &whole_client(ChangeCause::Gone, &detail))?;
        }
        let compared = |client: &usize| self.found.is_once(*client);
        counts.compared = (0..clients.len()).filter(compared).count() as u64;
        counts.not_compared = self.not_compared.clone();
        counts.not_compared_before = NotCompared {
            blank_key: clients.blank.clone(),
            repeated_key: clients.repeated.clone(),
            unreadable: clients.unreadable.and(&unreadable),
        };
        Ok(counts)
    }
}

/// What stands before the lines of a row.
struct RowHead<'b> {
    client: RowClient,
    row: u64,
    key: &'b str,
    lines: u64,
}

fn row_head<'b>(decoder: &mut Decoder<'b>) -> Option<RowHead<'b>> {
    let client = match decoder.byte()? {
        kind::KNOWN => RowClient::Known(usize::try_from(decoder.number()?).ok()?),
        _ => {
            let mut word = || decoder.bytes().map(u64::from_le_bytes);
            let hash: KeyHash = [word()?, word()?];
            RowClient::New(hash)
        }
    };
    Some(RowHead { client, row: decoder.number()?, key: decoder.text()?, lines: decoder.number()? })
}

fn whole_client(cause: ChangeCause, detail: &str) -> Line<'_> {
    Line { support: None, states: [NO_STATE; 2], cause, undo: "", detail }
}

/// A status in Chinese, or as programs name it.
fn status(lang: Lang, state: SupportState) -> String {
    match state.status {
        None => String::new(),
        Some(status) if lang == Lang::Zh => wording::status(status).zh,
        Some(status) => Status::as_str(status).to_owned(),
    }
}

/// A window in Chinese, or as programs name it; nothing where there is no status.
fn window(lang: Lang, state: SupportState) -> String {
    match state.status {
        None => String::new(),
        Some(_) if lang == Lang::Zh => wording::window(state.window).zh,
        Some(_) => WindowState::as_str(state.window).to_owned(),
    }
}
