//! The clients of the last list: who they are, and what they were.
//!
//! Owns what is held of each client while the new list is screened. In memory: the keyed hash of the key, the statuses,
//! the row, and where the record of its facts lies in a spool on the disk; some 60 bytes for up to 64 supports, whatever
//! the list holds beside. The record is read only of those clients whose statuses differ. A screener makes
//! [`ClientsChunk`]s, in parallel; they are added in the order of the rows.

use super::codec::{Decoder, Reading, put_fault, put_text, put_value};
use super::key::{KeyHash, KeyHasher};
use super::report::RowList;
use super::spool::{Spool, put_record};
use crate::error::ScreenError;
use crate::table::limits::{Exceeded, Limit, Limits, ON_DISK};
use export_advisor_core::evaluate::{Batch, Statuses};
use export_advisor_core::facts::FactId;
use foldhash::HashSet;

/// The clients of a chunk.
#[derive(Debug, Default)]
pub(crate) struct ClientsChunk {
    clients: Vec<ChunkClient>,
    /// Their statuses: the supports that apply, then those that do not, as bit words.
    statuses: Vec<u64>,
    /// Their records.
    records: Vec<u8>,
    /// The positions of rows with a blank key.
    blank: Vec<usize>,
    /// The positions of rows that cannot be taken apart and have no key that can be read.
    unreadable: Vec<usize>,
}

#[derive(Debug)]
struct ChunkClient {
    hash: KeyHash,
    position: usize,
    /// The offset of its record among those of the chunk.
    offset: usize,
    has_no_status: bool,
}

/// A row of a list, as far as clients are made of it.
pub(crate) struct ClientRow<'r> {
    /// Its index among the rows of the chunk.
    pub(crate) row: usize,
    /// Its position in the chunk, blank rows counted.
    pub(crate) position: usize,
    /// The text of its key.
    pub(crate) key: &'r str,
    /// What is wrong with the row, if it cannot be taken apart.
    pub(crate) fault: Option<&'r str>,
    /// The facts whose cells cannot be read, each with what is wrong.
    pub(crate) faulty: &'r [(FactId, String)],
}

impl ClientsChunk {
    /// Adds a row that is a firm.
    pub(crate) fn add(
        &mut self,
        client: &ClientRow<'_>,
        hasher: &KeyHasher,
        answers: &Batch,
        statuses: &Statuses,
    ) {
        let hash = match (hasher.hash(client.key), client.fault) {
            (Some(hash), _) => hash,
            (None, Some(_)) => return self.unreadable.push(client.position),
            (None, None) => return self.blank.push(client.position),
        };
        let (row, offset) = (client.row, self.records.len());
        put_record(&mut self.records, |out| {
            put_text(out, client.key);
            put_text(out, client.fault.unwrap_or_default());
            if client.fault.is_some() {
                return;
            }
            for (index, column) in answers.columns().iter().enumerate() {
                let fact = FactId::from(index);
                if row < column.len() && !client.faulty.iter().any(|(faulty, _)| *faulty == fact) {
                    put_value(out, fact, &column.value(row));
                }
            }
            for (fact, message) in client.faulty {
                put_fault(out, *fact, message);
            }
        });
        let (applies, not) = statuses.row(row);
        self.statuses.extend_from_slice(applies);
        self.statuses.extend_from_slice(not);
        let (position, has_no_status) = (client.position, client.fault.is_some());
        self.clients.push(ChunkClient { hash, position, offset, has_no_status });
    }

    /// How many bytes its records have.
    pub(crate) fn size(&self) -> usize {
        self.records.len()
    }
}

/// A key, and whose it is.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: KeyHash,
    client: usize,
}

/// What is marked of a client.
mod mark {
    /// Its row could not be taken apart.
    pub(super) const NO_STATUS: u8 = 1;
    /// Its key occurs in several rows.
    pub(super) const REPEATED: u8 = 2;
}

/// The clients of a list.
#[derive(Debug)]
pub(crate) struct Clients {
    hasher: KeyHasher,
    /// The keys, by hash.
    entries: Vec<Entry>,
    /// The index of the first entry of each bucket of hashes, and the number of entries.
    buckets: Vec<usize>,
    /// By how many bits a hash is shifted to give its bucket.
    shift: u32,
    /// Per client, its row as spreadsheets number it.
    rows: Vec<u64>,
    offsets: Vec<u64>,
    marks: Vec<u8>,
    statuses: Vec<u64>,
    /// How many words of `statuses` a client has.
    words: usize,
    spool: Spool,
    /// Rows with a blank key.
    pub(crate) blank: RowList,
    /// Rows whose key occurs in a row before them.
    pub(crate) repeated: RowList,
    /// Rows that cannot be taken apart and have no key that can be read.
    pub(crate) unreadable: RowList,
}

/// The record of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientRecord {
    /// The text of its key.
    pub(crate) key: String,
    /// What is wrong with its row, if it could not be taken apart.
    pub(crate) fault: String,
    /// Its facts, as far as they were stated or could not be read.
    pub(crate) facts: Vec<(FactId, Reading)>,
}

impl Clients {
    /// No clients yet, of so many supports.
    pub(crate) fn new(hasher: KeyHasher, supports: usize, spool: Spool) -> Self {
        Self {
            hasher,
            entries: Vec::new(),
            buckets: Vec::new(),
            shift: 0,
            rows: Vec::new(),
            offsets: Vec::new(),
            marks: Vec::new(),
            statuses: Vec::new(),
            words: 2 * supports.div_ceil(64),
            spool,
            blank: RowList::default(),
            repeated: RowList::default(),
            unreadable: RowList::default(),
        }
    }

    /// Adds the clients of the next chunk, whose first row has a number.
    ///
    /// # Errors
    /// The disk is full, or there are more clients than the limits allow.
    pub(crate) fn add(
        &mut self,
        chunk: &ClientsChunk,
        first: u64,
        limits: &Limits,
    ) -> Result<(), ScreenError> {
        let number = |position: usize| first + position as u64;
        let start = self.spool.append(&chunk.records)?;
        for client in &chunk.clients {
            self.entries.push(Entry { hash: client.hash, client: self.rows.len() });
            self.rows.push(number(client.position));
            self.offsets.push(start + client.offset as u64);
            self.marks.push(if client.has_no_status { mark::NO_STATUS } else { 0 });
        }
        self.statuses.extend_from_slice(&chunk.statuses);
        chunk.blank.iter().for_each(|position| self.blank.add(number(*position)));
        chunk.unreadable.iter().for_each(|position| self.unreadable.add(number(*position)));
        let size = check_size(limits, self.memory(), self.spool.length());
        size.map_err(ScreenError::limit("-"))
    }

    /// About how much memory they take.
    pub(crate) fn memory(&self) -> usize {
        let of_client =
            size_of::<Entry>() + 3 * size_of::<u64>() + 1 + self.words * size_of::<u64>();
        self.rows.len() * of_client
    }

    /// Makes the clients known by their keys. All have been added.
    pub(crate) fn index(&mut self) {
        self.entries.sort_unstable_by_key(|entry| (entry.hash, entry.client));
        let mut repeated = Vec::new();
        for run in self.entries.chunk_by(|a, b| a.hash == b.hash).filter(|run| run.len() > 1) {
            for (nth, entry) in run.iter().enumerate() {
                if let Some(marks) = self.marks.get_mut(entry.client) {
                    *marks |= mark::REPEATED;
                }
                if nth > 0 {
                    repeated.extend(self.rows.get(entry.client));
                }
            }
        }
        repeated.sort_unstable();
        repeated.into_iter().for_each(|row| self.repeated.add(row));
        // Hashes are uniform: a bucket has a few entries.
        let bits = self.entries.len().max(2).ilog2();
        self.shift = u64::BITS - bits;
        let mut next = 0;
        self.buckets.clear();
        for bucket in 0..1_u64 << bits {
            let is_before = |entry: &Entry| entry.hash[0] >> self.shift < bucket;
            let rest = self.entries.get(next..).unwrap_or_default();
            next += rest.iter().take_while(|entry| is_before(entry)).count();
            self.buckets.push(next);
        }
        self.buckets.push(self.entries.len());
    }

    /// What hashes the keys of both lists.
    pub(crate) fn hasher(&self) -> &KeyHasher {
        &self.hasher
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The client with a key: the first of them, if several have it.
    pub(crate) fn find(&self, hash: KeyHash) -> Option<usize> {
        let bucket = usize::try_from(hash[0] >> self.shift).ok()?;
        let (start, end) = (self.buckets.get(bucket)?, self.buckets.get(bucket + 1)?);
        let entries = self.entries.get(*start..*end)?;
        entries.iter().find(|entry| entry.hash == hash).map(|entry| entry.client)
    }

    /// Whether its key occurs in several rows.
    pub(crate) fn is_repeated(&self, client: usize) -> bool {
        self.has(client, mark::REPEATED)
    }

    /// Whether its row could not be taken apart.
    pub(crate) fn has_no_status(&self, client: usize) -> bool {
        self.has(client, mark::NO_STATUS)
    }

    fn has(&self, client: usize, mark: u8) -> bool {
        self.marks.get(client).is_some_and(|marks| marks & mark != 0)
    }

    /// Its row in the last list, as spreadsheets number it.
    pub(crate) fn row(&self, client: usize) -> u64 {
        self.rows.get(client).copied().unwrap_or(0)
    }

    /// The supports that applied to it and those that did not, as bit words.
    pub(crate) fn statuses(&self, client: usize) -> (&[u64], &[u64]) {
        let start = client * self.words;
        let words = self.statuses.get(start..start + self.words).unwrap_or_default();
        words.split_at(words.len() / 2)
    }

    /// Reads its record.
    ///
    /// # Errors
    /// The spool cannot be read.
    pub(crate) fn record(
        &self,
        client: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<ClientRecord, ScreenError> {
        self.spool.read(self.offsets.get(client).copied().unwrap_or(u64::MAX), buffer)?;
        let decoded = || {
            let mut decoder = Decoder(buffer);
            let (key, fault) = (decoder.text()?.to_owned(), decoder.text()?.to_owned());
            let mut facts = Vec::new();
            while !decoder.is_at_end() {
                facts.push(decoder.reading()?);
            }
            Some(ClientRecord { key, fault, facts })
        };
        decoded().ok_or_else(|| self.spool.damaged())
    }
}

/// Compares what clients take in memory and on the disk with the limits.
pub(super) fn check_size(limits: &Limits, memory: usize, on_disk: u64) -> Result<(), Exceeded> {
    let on_disk = usize::try_from(on_disk.div_ceil(ON_DISK)).unwrap_or(usize::MAX);
    limits.check(Limit::Clients, memory.max(on_disk))
}

/// Which clients of the last list, and which new ones, have been found in the new list.
#[derive(Debug)]
pub(crate) struct Found {
    /// Per client of the last list, in how many rows it was found: none, one, or several.
    known: Vec<u8>,
    new: HashSet<KeyHash>,
    /// New keys of several rows.
    repeated: HashSet<KeyHash>,
}

impl Found {
    /// None of so many clients.
    pub(crate) fn new(clients: usize) -> Self {
        Self { known: vec![0; clients], new: HashSet::default(), repeated: HashSet::default() }
    }

    /// Adds a row of a client of the last list; `false` if it is not the first.
    pub(crate) fn add(&mut self, client: usize) -> bool {
        let Some(rows) = self.known.get_mut(client) else { return false };
        *rows = rows.saturating_add(1).min(2);
        *rows == 1
    }

    /// Adds a row of a new client; `false` if it is not the first.
    pub(crate) fn add_new(&mut self, hash: KeyHash) -> bool {
        let is_first = self.new.insert(hash);
        if !is_first {
            self.repeated.insert(hash);
        }
        is_first
    }

    /// About how much memory it takes.
    pub(crate) fn memory(&self) -> usize {
        /// A set has up to twice the slots that it needs, each with a byte of its own.
        const NEW: usize = 2 * (size_of::<KeyHash>() + 1) + 6;
        self.known.len() + (self.new.len() + self.repeated.len()) * NEW
    }

    /// Whether a client of the last list has exactly one row.
    pub(crate) fn is_once(&self, client: usize) -> bool {
        self.known.get(client) == Some(&1)
    }

    /// Whether a client of the last list has no row.
    pub(crate) fn is_gone(&self, client: usize) -> bool {
        self.known.get(client) == Some(&0)
    }

    /// Whether a new client has exactly one row.
    pub(crate) fn is_new_once(&self, hash: &KeyHash) -> bool {
        !self.repeated.contains(hash)
    }
}
