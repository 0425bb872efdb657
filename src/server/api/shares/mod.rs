//! Shares: an assessment handed to another, by the firm's wish.
//!
//! In goes what a firm answered, out comes a secret for a link, and back. Owns what a share holds and
//! for how long; `seal` is how, `routes` what a client sends. The store gets a sealed text, whose key
//! only the link has. Wrong, expired and deleted are one case: no share. Nothing of a share is logged.
//!
//! A share holds the answers and which rule book and day they were assessed with, not the assessment:
//! that follows, to the byte.

mod quota;
mod routes;
mod seal;

pub use quota::ShareLimits;
pub(super) use routes::{__path_create, __path_delete, __path_open, body, create, delete, open};

use super::error::{Problem, ProblemCode};
use super::state::State;
use crate::server::store::{ShareAdded, ShareQuota, StoreError};
use actix_web::HttpRequest;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::facts::{Profile, parse};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use quota::{Maker, limit};
use seal::ShareSecret;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// For how many days a share may be kept.
pub const SHARE_DAYS: RangeInclusive<u16> = 1..=180;
/// Where the policies are in force.
const CHINA: Offset = Offset::constant(8);
/// For how many days it is kept if nothing is said.
const USUAL_DAYS: u16 = 30;
/// The largest profile that is shared, in bytes. One that answers every fact takes some four kilobytes.
const LARGEST: usize = 32 * 1024;

/// What is shared.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The profile, as JSON, as it was given.
    pub profile: String,
    /// Numbers of the profile that stand for a range, and the range, as the form writes it.
    pub ranges: BTreeMap<String, String>,
    /// The day from which windows were seen.
    pub as_of: Date,
    /// The version of the rule book.
    pub rulebook: String,
}

/// The text that is sealed.
#[derive(Serialize, Deserialize)]
struct Text {
    profile: Box<RawValue>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    ranges: BTreeMap<String, String>,
    as_of: String,
    rulebook: String,
    program: String,
}

impl Text {
    fn of(shared: &Shared) -> Option<String> {
        let text = Self {
            profile: RawValue::from_string(shared.profile.clone()).ok()?,
            ranges: shared.ranges.clone(),
            as_of: shared.as_of.to_string(),
            rulebook: shared.rulebook.clone(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        serde_json::to_string(&text).ok()
    }

    /// What was shared, and the program's version.
    fn read(text: &str) -> Option<(Shared, String)> {
        let Self { profile, ranges, as_of, rulebook, program } = serde_json::from_str(text).ok()?;
        let as_of = as_of.parse().ok()?;
        Some((Shared { profile: profile.get().to_owned(), ranges, as_of, rulebook }, program))
    }
}

/// A share that was just made.
#[derive(Debug)]
pub struct NewShare {
    /// What the link holds after its `#`.
    pub secret: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The last day on which it opens.
    pub until: Date,
}

/// A share that was opened.
#[derive(Debug)]
pub struct OpenShare {
    /// What was shared.
    pub shared: Shared,
    /// The version of the program that made it.
    pub program: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The last day on which it opens.
    pub until: Date,
    /// The rule book of then.
    pub then: Arc<Advisor>,
    /// The profile, as that rule book reads it.
    pub profile: Profile,
}

impl State {
    /// Seals and keeps what a firm shares. It ends with the last of `days`, the day of making not
    /// counted, so that the end does not tell the second in which it was made.
    ///
    /// # Errors
    /// If the store does not answer, there is too much to share, or a limit of shares is reached.
    pub async fn share(
        &self,
        shared: &Shared,
        days: u16,
        request: &HttpRequest,
    ) -> Result<NewShare, Problem> {
        let internal = || Problem::new(ProblemCode::Internal);
        if shared.profile.len() > LARGEST {
            let detail = format!("a shared profile may have {LARGEST} bytes");
            return Err(Problem::new(ProblemCode::TooLarge).with(detail));
        }
        let store = self.store().ok_or_else(nothing_kept)?;
        // Without its rule book a share is of no use.
        self.keep_late().await.map_err(|error| unavailable(&error))?;
        let today = self.today();
        let until = today.checked_add(jiff::Span::new().days(i64::from(days)));
        let until = until.map_err(|_| internal())?;
        let end = until.tomorrow().and_then(|end| CHINA.to_timestamp(end.at(0, 0, 0, 0)));
        let end = end.map_err(|_| internal())?;
        let text = Text::of(shared).ok_or_else(internal)?;
        let today = today.to_string();
        let Maker { owner, daily } = self.maker(request, &today);
        let sealed = seal::seal(&text, end.as_second(), &today, &owner);
        let (secret, row) = sealed.map_err(|error| {
            tracing::error!(%error, "no random bytes");
            internal()
        })?;
        let limits = &self.share_limits;
        let quota = ShareQuota {
            rows: limit(limits.rows),
            bytes: limit(limits.bytes),
            daily: daily.as_ref().map(|(caller, most)| (caller.as_str(), *most)),
        };
        match store.add_share(&row, &quota).await.map_err(|error| unavailable(&error))? {
            ShareAdded::Stored => Ok(NewShare { secret: secret.code(), expires_at: end, until }),
            ShareAdded::DailyLimit => Err(Problem::new(ProblemCode::TooManyShares)),
            ShareAdded::TotalLimit => {
                tracing::warn!("as many shares are kept as `share_rows` and `share_bytes` allow");
                Err(Problem::new(ProblemCode::SharesFull))
            }
        }
    }

    /// Opens a share by its code or link.
    ///
    /// # Errors
    /// If there is none, its rule book is not to be had, or the store does not answer.
    pub async fn open_share(&self, secret: &str) -> Result<OpenShare, Problem> {
        let secret = ShareSecret::of(secret);
        let store = self.store().ok_or_else(nothing_kept)?;
        let row = store.share(&secret.id()).await.map_err(|error| unavailable(&error))?;
        let opened = match &row {
            Some(row) => secret.open(row).map(|text| (row.expires_at, text)),
            None => {
                secret.open_none();
                None
            }
        };
        let (end, text) = opened.ok_or_else(|| Problem::new(ProblemCode::NoShare))?;
        let internal = || Problem::new(ProblemCode::Internal);
        let (shared, program) = Text::read(&text).ok_or_else(internal)?;
        let then = self.rule_book(Some(&shared.rulebook)).await?;
        let book = then.book();
        let profile = parse(&book.catalogue, &book.reference, shared.profile.as_bytes());
        Ok(OpenShare {
            profile: profile.map_err(|_| internal())?,
            then,
            shared,
            program,
            expires_at: Timestamp::from_second(end).map_err(|_| internal())?,
            until: last_day(end).ok_or_else(internal)?,
        })
    }

    /// Deletes a share by its code or link; says whether there was one.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn delete_share(&self, secret: &str) -> Result<bool, Problem> {
        let store = self.store().ok_or_else(nothing_kept)?;
        let id = ShareSecret::of(secret).id();
        store.delete_share(&id).await.map_err(|error| unavailable(&error))
    }
}

/// The day to which the second before an end belongs.
fn last_day(end: i64) -> Option<Date> {
    let last = Timestamp::from_second(end.checked_sub(1)?).ok()?;
    Some(CHINA.to_datetime(last).date())
}

fn nothing_kept() -> Problem {
    Problem::new(ProblemCode::StoreUnavailable).with("this service runs without a database")
}

fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(%error, "the store failed");
    Problem::new(ProblemCode::StoreUnavailable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::Store;
    use export_advisor_core::files::RuleFiles;

    fn shared(version: &str) -> Shared {
        Shared {
            profile: "{\"employees\":12}".to_owned(),
            ranges: BTreeMap::new(),
            as_of: Date::constant(2026, 11, 25),
            rulebook: version.to_owned(),
        }
    }

    #[test]
    fn a_share_lasts_until_its_end_and_brings_its_rule_book_along() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
        let files = RuleFiles::builtin();
        let mut state = State::new(Advisor::new(export_advisor_core::script::load(&files).book));
        let shared = shared(&files.version());
        let request = actix_web::test::TestRequest::default().to_http_request();
        actix_web::rt::System::new().block_on(async {
            // The store comes late.
            state.keep_rule_book(&files).await;
            let none = state.share(&shared, 30, &request).await.unwrap_err();
            assert_eq!(none.code, ProblemCode::StoreUnavailable);
            let store = Store::open(&url).await.unwrap();
            store.migrate().await.unwrap();
            state.set_store(store.clone());
            let made = state.share(&shared, 30, &request).await.unwrap();
            let kept = store.rule_book_versions().await.unwrap();
            assert_eq!(kept.first().map(|(version, _)| version), Some(&files.version()));
            let left = made.expires_at.as_second() - Timestamp::now().as_second();
            assert!((30 * 86400..=31 * 86400).contains(&left), "{left}");

            // One that has just ended, sealed as it should be.
            let text = Text::of(&shared).unwrap();
            let now = Timestamp::now().as_second();
            let (ended, row) = seal::seal(&text, now, "2026-11-25", "").unwrap();
            assert!(ended.open(&row).is_some());
            let quota = ShareQuota { rows: 10, bytes: 1 << 20, daily: None };
            assert_eq!(store.add_share(&row, &quota).await.unwrap(), ShareAdded::Stored);
            let told = state.open_share(&ended.code()).await.unwrap_err();
            assert_eq!(told.code, ProblemCode::NoShare);
            assert!(!state.delete_share(&ended.code()).await.unwrap());
            assert_eq!(store.purge_shares("2026-11-25").await.unwrap(), 1);
            assert_eq!(store.purge_shares("2026-11-25").await.unwrap(), 0);
            let opened = state.open_share(&made.secret).await.unwrap();
            assert_eq!((opened.until, opened.expires_at), (made.until, made.expires_at));
            assert_eq!(opened.shared.profile, shared.profile);
            assert!(state.delete_share(&made.secret).await.unwrap());
        });
    }
}
