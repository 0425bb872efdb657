//! The keys in force, in memory: read from the store twice a second, so that what one process or the
//! command line writes is known to all within a second, and no request waits for the database.
//!
//! While the store is away the last keys stay in force. Before they were read for the first time
//! nobody can say whether a key is right, and `Found` says that.

use super::key::{KeySecret, Scope, parts, unhex};
use super::limits::OfKey;
use crate::server::store::KeyRow;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::Arc;

/// A key in force.
#[derive(Debug)]
pub(super) struct Key {
    /// Its id, which is no secret.
    pub(super) id: Arc<str>,
    hash: Vec<u8>,
    previous: Vec<u8>,
    previous_until: i64,
    scopes: Vec<Scope>,
    origins: Vec<String>,
    pub(super) limit: Arc<OfKey>,
}

impl Key {
    pub(super) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    pub(super) fn lists(&self, origin: &str) -> bool {
        self.origins.iter().any(|listed| listed == origin)
    }
}

/// All keys in force.
#[derive(Debug, Default)]
pub(super) struct Table {
    keys: HashMap<String, Arc<Key>>,
    origins: HashSet<String>,
    /// Keys whose hash was made with another secret than this server's.
    pub(super) foreign: usize,
}

impl Table {
    /// The table of what is kept. Limits go on from the table before.
    pub(super) fn new(rows: Vec<KeyRow>, secret: &KeySecret, before: Option<&Self>) -> Self {
        let (mut table, mark) = (Self::default(), secret.mark());
        for row in rows.into_iter().filter(|row| row.revoked_at == 0) {
            if row.made_with != mark {
                table.foreign += 1;
                continue;
            }
            let rate = u32::try_from(row.rate).ok().and_then(NonZeroU32::new);
            let rate = rate.unwrap_or(NonZeroU32::MIN);
            let known = before.and_then(|table| table.keys.get(&row.id));
            let limit = known.map(|key| &key.limit).filter(|limit| limit.rate == rate);
            let origins: Vec<String> = words(&row.origins).map(str::to_owned).collect();
            table.origins.extend(origins.iter().cloned());
            let key = Key {
                id: row.id.as_str().into(),
                hash: unhex(&row.hash).unwrap_or_default(),
                previous: unhex(&row.previous_hash).unwrap_or_default(),
                previous_until: row.previous_until,
                scopes: words(&row.scopes).filter_map(Scope::from_word).collect(),
                origins,
                limit: limit.map_or_else(|| Arc::new(OfKey::new(rate)), Arc::clone),
            };
            table.keys.insert(row.id, Arc::new(key));
        }
        table
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether any key lists an origin.
    pub(super) fn lists(&self, origin: &str) -> bool {
        self.origins.contains(origin)
    }

    /// All origins that keys list.
    pub(super) fn origins(&self) -> impl Iterator<Item = &String> {
        self.origins.iter()
    }

    /// The key that a text is. An unknown id takes as long as a wrong secret.
    pub(super) fn find(&self, secret: &KeySecret, text: &str, now: i64) -> Option<&Arc<Key>> {
        let (id, sent) = parts(text)?;
        let Some(key) = self.keys.get(id) else {
            let _ = secret.fits(id, sent, &[0; 32]);
            return None;
        };
        let right = secret.fits(id, sent, &key.hash)
            || key.previous_until > now && secret.fits(id, sent, &key.previous);
        right.then_some(key)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(secret: &KeySecret) -> Result<(KeyRow, String), getrandom::Error> {
        let key = secret.make(None)?;
        let row = KeyRow {
            id: key.id,
            name: "bank".to_owned(),
            hash: key.hash,
            previous_hash: String::new(),
            previous_until: 0,
            made_with: secret.mark(),
            scopes: "assess,screen".to_owned(),
            origins: "https://a.example,https://b.example".to_owned(),
            rate: 60,
            created_at: 1,
            revoked_at: 0,
        };
        Ok((row, key.text))
    }

    #[test]
    fn a_key_is_found_until_it_is_revoked_or_its_grace_ends() -> Result<(), getrandom::Error> {
        let secret = KeySecret::new([7; 32]);
        let (first, text) = row(&secret)?;
        let table = Table::new(vec![first.clone()], &secret, None);
        let key = table.find(&secret, &text, 100);
        assert!(key.is_some_and(|key| key.may(Scope::Screen) && !key.may(Scope::Admin)));
        assert!(key.is_some_and(|key| key.lists("https://b.example")));
        assert!(table.lists("https://a.example") && !table.lists("https://c.example"));
        let rotated = secret.make(Some(&first.id))?;
        let after = KeyRow {
            hash: rotated.hash,
            previous_hash: first.hash.clone(),
            previous_until: 100,
            ..first.clone()
        };
        let table = Table::new(vec![after], &secret, Some(&table));
        assert!(table.find(&secret, &rotated.text, 100).is_some());
        assert!(table.find(&secret, &text, 99).is_some());
        assert!(table.find(&secret, &text, 100).is_none());
        let revoked = KeyRow { revoked_at: 5, ..first.clone() };
        assert!(Table::new(vec![revoked], &secret, None).find(&secret, &text, 1).is_none());
        let other = KeySecret::new([8; 32]);
        let table = Table::new(vec![first], &other, None);
        assert_eq!((table.len(), table.foreign), (0, 1));
        Ok(())
    }

    #[test]
    fn a_limit_goes_on_when_keys_are_read_again() -> Result<(), getrandom::Error> {
        let secret = KeySecret::new([7; 32]);
        let (first, text) = row(&secret)?;
        let before = Table::new(vec![first.clone()], &secret, None);
        let limit = |table: &Table| table.find(&secret, &text, 0).map(|key| Arc::clone(&key.limit));
        let same = Table::new(vec![first.clone()], &secret, Some(&before));
        let other = Table::new(vec![KeyRow { rate: 61, ..first }], &secret, Some(&before));
        let is_same = |a: &Table| limit(a).zip(limit(&before)).map(|(a, b)| Arc::ptr_eq(&a, &b));
        assert_eq!((is_same(&same), is_same(&other)), (Some(true), Some(false)));
        Ok(())
    }
}
