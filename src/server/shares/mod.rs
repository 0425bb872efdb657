//! Shares: an assessment handed to another, by the firm's wish.
//!
//! In goes what a firm answered, out comes a secret for a link, and back. Owns what a share holds and for how long;
//! `quota` decides how much may be shared, [`secrets`](super::secrets) encrypts. The store gets an encrypted text,
//! whose key only the link has. Wrong, expired and deleted are one case: no share. Nothing of a share is logged.
//!
//! A share holds the answers and which rule book and day they were assessed with, not the assessment:
//! that follows, to the byte.

mod quota;

pub use quota::ShareLimits;

use crate::server::access::Access;
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::clock::{day_of, start_of, today};
use crate::server::rules::Rules;
use crate::server::secrets::{CallerSecret, ShareSecret, encrypt};
use crate::server::store::{ShareAdded, ShareQuota, Store};
use actix_web::HttpRequest;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::facts::{Profile, parse};
use jiff::Timestamp;
use jiff::civil::Date;
use quota::{Maker, limit};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// For how many days a share may be kept.
pub(crate) const SHARE_DAYS: RangeInclusive<u16> = 1..=180;
/// For how many days it is kept by default.
pub(crate) const DEFAULT_DAYS: u16 = 30;
/// The largest profile that is shared, in bytes. One that answers every fact takes some four kilobytes.
const LARGEST: usize = 32 * 1024;

/// The shares of the service.
#[derive(Debug)]
pub(crate) struct Shares {
    limits: ShareLimits,
    secret: CallerSecret,
    store: Option<Store>,
    rules: Arc<Rules>,
    access: Arc<Access>,
}

/// What is shared.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// The profile, as JSON, as it was given.
    pub(crate) profile: String,
    /// Numbers of the profile that stand for a range, and the range, as the form writes it.
    pub(crate) ranges: BTreeMap<String, String>,
    /// The day from which windows were seen.
    pub(crate) as_of: Date,
    /// The version of the rule book.
    pub(crate) rulebook: String,
}

/// The text that is encrypted.
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
    /// The text of what is shared.
    fn write(shared: &Shared) -> Option<String> {
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
    fn parse(text: &str) -> Option<(Shared, String)> {
        let Self { profile, ranges, as_of, rulebook, program } = serde_json::from_str(text).ok()?;
        let as_of = as_of.parse().ok()?;
        Some((Shared { profile: profile.get().to_owned(), ranges, as_of, rulebook }, program))
    }
}

/// A share that was just made.
#[derive(Debug)]
pub(crate) struct NewShare {
    /// What the link holds after its `#`.
    pub(crate) secret: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// The last day on which it opens.
    pub(crate) until: Date,
}

/// A share that was opened.
#[derive(Debug)]
pub(crate) struct OpenShare {
    /// What was shared.
    pub(crate) shared: Shared,
    /// The version of the program that made it.
    pub(crate) program: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// The last day on which it opens.
    pub(crate) until: Date,
    /// The rule book of then.
    pub(crate) then: Arc<Advisor>,
    /// The profile, as that rule book reads it.
    pub(crate) profile: Profile,
}

impl Shares {
    pub(crate) fn new(
        limits: ShareLimits,
        secret: CallerSecret,
        store: Option<Store>,
        rules: Arc<Rules>,
        access: Arc<Access>,
    ) -> Self {
        Self { limits, secret, store, rules, access }
    }

    /// Whether the service can keep shares.
    pub(crate) fn are_kept(&self) -> bool {
        self.store.is_some()
    }

    fn store(&self) -> Result<&Store, Problem> {
        self.store.as_ref().ok_or_else(no_database)
    }

    /// Encrypts and stores what a firm shares. It ends with the last of `days`, the day of making not
    /// counted, so that the end does not disclose the second in which it was made.
    ///
    /// # Errors
    /// If the store does not answer, there is too much to share, or a limit of shares is reached.
    pub(crate) async fn create(
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
        let store = self.store()?;
        // Without its rule book a share is of no use.
        self.rules.store_pending().await.map_err(|error| Problem::of_store(&error))?;
        let today = today();
        let until = today.checked_add(jiff::Span::new().days(i64::from(days)));
        let until = until.map_err(|_| internal())?;
        let end = until.tomorrow().ok().and_then(start_of).ok_or_else(internal)?;
        let text = Text::write(shared).ok_or_else(internal)?;
        let today = today.to_string();
        let Maker { owner, daily } = self.maker(request, &today);
        let encrypted = encrypt(&text, end.as_second(), &today, &owner);
        let (secret, row) = encrypted.map_err(|error| {
            tracing::error!(%error, "no random bytes");
            internal()
        })?;
        let limits = &self.limits;
        let quota = ShareQuota {
            rows: limit(limits.rows),
            bytes: limit(limits.bytes),
            daily: daily.as_ref().map(|(caller, most)| (caller.as_str(), *most)),
        };
        match store.add_share(&row, &quota).await.map_err(|error| Problem::of_store(&error))? {
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
    /// If there is none, its rule book is not stored, or the store does not answer.
    pub(crate) async fn open(&self, secret: &str) -> Result<OpenShare, Problem> {
        let secret = ShareSecret::parse(secret);
        let store = self.store()?;
        let row = store.share(&secret.id()).await.map_err(|error| Problem::of_store(&error))?;
        let opened = match &row {
            Some(row) => secret.decrypt(row).map(|text| (row.expires_at, text)),
            None => {
                secret.decrypt_nothing();
                None
            }
        };
        let (end, text) = opened.ok_or_else(|| Problem::new(ProblemCode::NoShare))?;
        let internal = || Problem::new(ProblemCode::Internal);
        let (shared, program) = Text::parse(&text).ok_or_else(internal)?;
        let then = self.rules.version(Some(&shared.rulebook)).await?;
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

    /// Deletes a share by its code or link; returns whether there was one.
    ///
    /// # Errors
    /// If the store does not answer.
    pub(crate) async fn delete(&self, secret: &str) -> Result<bool, Problem> {
        let store = self.store()?;
        let id = ShareSecret::parse(secret).id();
        store.delete_share(&id).await.map_err(|error| Problem::of_store(&error))
    }
}

/// The day to which the second before an end belongs.
fn last_day(end: i64) -> Option<Date> {
    Timestamp::from_second(end.checked_sub(1)?).ok().map(day_of)
}

fn no_database() -> Problem {
    Problem::new(ProblemCode::StoreUnavailable).with("this service runs without a database")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::access::AccessSettings;
    use crate::server::http::shutdown::Shutdown;
    use crate::server::metrics::Metrics;
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
        let book = export_advisor_core::script::load(&files).book;
        let shared = shared(&files.version());
        let request = actix_web::test::TestRequest::default().to_http_request();
        actix_web::rt::System::new().block_on(async {
            let store = Store::open(&url).await.unwrap();
            let (metrics, kept) = (Arc::new(Metrics::new()), Some(store.clone()));
            let rules = Rules::new(Advisor::new(book), kept.clone(), metrics, Shutdown::default());
            let rules = Arc::new(rules);
            let access = Arc::new(Access::new(AccessSettings::default(), kept.clone()));
            let (limits, secret) = (ShareLimits::default(), CallerSecret::default());
            let shares = Shares::new(limits, secret, kept, Arc::clone(&rules), access);
            // The store has no tables yet.
            rules.publish(&files, "start", "").await;
            let none = shares.create(&shared, 30, &request).await.unwrap_err();
            assert_eq!(none.code, ProblemCode::StoreUnavailable);
            store.migrate().await.unwrap();
            let made = shares.create(&shared, 30, &request).await.unwrap();
            let kept = store.rule_book_versions().await.unwrap();
            assert_eq!(kept.first().map(|(version, _)| version), Some(&files.version()));
            let remaining = made.expires_at.as_second() - Timestamp::now().as_second();
            assert!((30 * 86400..=31 * 86400).contains(&remaining), "{remaining}");

            // One that has just ended, encrypted as it should be.
            let text = Text::write(&shared).unwrap();
            let now = Timestamp::now().as_second();
            let (ended, row) = encrypt(&text, now, "2026-11-25", "").unwrap();
            assert!(ended.decrypt(&row).is_some());
            let quota = ShareQuota { rows: 10, bytes: 1 << 20, daily: None };
            assert_eq!(store.add_share(&row, &quota).await.unwrap(), ShareAdded::Stored);
            let refused = shares.open(&ended.code()).await.unwrap_err();
            assert_eq!(refused.code, ProblemCode::NoShare);
            assert!(!shares.delete(&ended.code()).await.unwrap());
            assert_eq!(store.purge_shares("2026-11-25").await.unwrap(), 1);
            assert_eq!(store.purge_shares("2026-11-25").await.unwrap(), 0);
            let opened = shares.open(&made.secret).await.unwrap();
            assert_eq!((opened.until, opened.expires_at), (made.until, made.expires_at));
            assert_eq!(opened.shared.profile, shared.profile);
            assert!(shares.delete(&made.secret).await.unwrap());
        });
    }
}
