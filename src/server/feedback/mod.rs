//! What readers report, and what they search for in vain: for the operator, without the reader.
//!
//! In goes a text about a support, or a word that nothing was found for; out comes whether it is kept. `text` decides
//! what a message may hold, `searches` which words are counted. The store gets a text and a day, a word and a count: no
//! profile, no address, no time. How many messages a network has sent today is known to this process alone.

mod searches;
mod text;

pub(crate) use searches::SearchField;

use crate::server::access::Access;
use crate::server::clock::today;
use crate::server::store::{FeedbackRow, Store, StoreError};
use actix_web::HttpRequest;
use export_advisor_core::wording::{FeedbackError, Lang};
use jiff::civil::Date;
use searches::Searches;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// How many messages are kept at a time.
const MOST_KEPT: i64 = 5_000;
/// How many messages one address sends on a day; of IPv6 the network that a household has.
const MOST_A_DAY: u32 = 20;
/// Of how many addresses this is known; the messages of others are not taken on that day.
const MOST_ADDRESSES: usize = 10_000;
/// How many words of a day are kept.
const MOST_WORDS: i64 = 500;
/// For how many days messages and words are kept.
pub(crate) const FEEDBACK_DAYS: i64 = 400;

/// A message of a reader.
pub(crate) struct Message<'a> {
    /// The id of the support that it is about.
    pub(crate) support: &'a str,
    /// The version of the rule book that the reader sees.
    pub(crate) rule_book: &'a str,
    pub(crate) lang: Lang,
    /// As it was sent.
    pub(crate) text: &'a str,
}

/// The messages and words of the service.
#[derive(Debug)]
pub(crate) struct Feedback {
    store: Option<Store>,
    access: Arc<Access>,
    /// How many messages each address has sent, and on which day.
    sent: Mutex<(Option<Date>, BTreeMap<IpAddr, u32>)>,
    searches: Searches,
}

impl Feedback {
    pub(crate) fn new(store: Option<Store>, access: Arc<Access>) -> Self {
        Self { store, access, sent: Mutex::default(), searches: Searches::default() }
    }

    /// Whether the service can keep messages.
    pub(crate) fn is_kept(&self) -> bool {
        self.store.is_some()
    }

    /// Keeps a message.
    ///
    /// # Errors
    /// If it may not be kept as it is, a limit is reached, or the store does not answer.
    pub(crate) async fn add(
        &self,
        message: &Message<'_>,
        request: &HttpRequest,
    ) -> Result<(), FeedbackError> {
        let store = self.store.as_ref().ok_or(FeedbackError::Unavailable)?;
        let text = text::accept(message.text)?;
        let today = today();
        if !self.count(self.access.network(request), today) {
            return Err(FeedbackError::TooManyToday);
        }
        let row = FeedbackRow {
            id: FeedbackRow::new_id(),
            day: today.to_string(),
            support: message.support.to_owned(),
            rule_book: message.rule_book.to_owned(),
            lang: message.lang.as_str().to_owned(),
            text,
        };
        match store.add_feedback(&row, MOST_KEPT).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                tracing::warn!("as many messages of readers are kept as the service keeps");
                Err(FeedbackError::Full)
            }
            Err(error) => {
                tracing::error!(%error, "a message of a reader was not kept");
                Err(FeedbackError::Unavailable)
            }
        }
    }

    /// Counts a message of an address, unless it has sent as many as a day allows.
    fn count(&self, address: IpAddr, today: Date) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let (day, counts) = &mut *sent;
        if *day != Some(today) {
            *day = Some(today);
            counts.clear();
        }
        if counts.len() >= MOST_ADDRESSES && !counts.contains_key(&address) {
            return false;
        }
        let count = counts.entry(address).or_default();
        let is_taken = *count < MOST_A_DAY;
        *count += u32::from(is_taken);
        is_taken
    }

    /// Counts what was searched for in vain, if it is a word that may be counted.
    pub(crate) fn count_search(&self, field: SearchField, text: &str) {
        if self.store.is_some() {
            self.searches.count(field, text, today());
        }
    }

    /// Writes the words that were counted.
    ///
    /// # Errors
    /// If the store fails; then they wait for the next time.
    pub(crate) async fn write(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let rows = self.searches.waiting();
        if !rows.is_empty() {
            store.count_searches(&rows, MOST_WORDS).await?;
            self.searches.written(&rows);
        }
        Ok(())
    }

    /// Deletes what has been kept for long enough; returns how much.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn purge(&self) -> Result<u64, StoreError> {
        let Some(store) = &self.store else { return Ok(0) };
        match today().checked_sub(jiff::Span::new().days(FEEDBACK_DAYS)) {
            Ok(oldest) => store.purge_feedback(&oldest.to_string()).await,
            Err(_) => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::access::AccessSettings;
    use jiff::civil::date;

    #[test]
    fn an_address_sends_so_many_messages_a_day() {
        let access = Arc::new(Access::new(AccessSettings::default(), None));
        let feedback = Feedback::new(None, access);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let (monday, tuesday) = (date(2026, 11, 30), date(2026, 12, 1));
        for _ in 0..MOST_A_DAY {
            assert!(feedback.count(one, monday));
        }
        assert!(!feedback.count(one, monday) && feedback.count(other, monday));
        assert!(feedback.count(one, tuesday));
        assert!(!feedback.is_kept());
    }
}
