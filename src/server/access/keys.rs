//! The API keys in force, in memory. The store is read twice a second, so that a change by one process or the
//! command line is in force everywhere within a second, and no request waits for the database.
//!
//! While the store does not answer, the last keys stay in force. Before they were read for the first time
//! there is no table, and whether a key is valid is not known.

use super::rate::KeyLimiter;
use super::requirement::Scope;
use crate::server::secrets::{KeySecret, parts, unhex};
use crate::server::store::KeyRow;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::Arc;

/// A key in force.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its id, which is no secret.
    pub(crate) id: Arc<str>,
    hash: Vec<u8>,
    previous: Vec<u8>,
    previous_until: i64,
    scopes: Vec<Scope>,
    origins: Vec<String>,
    pub(super) limit: Arc<KeyLimiter>,
}

impl Key {
    pub(super) fn has_scope(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    pub(crate) fn lists_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|listed| listed == origin)
    }
}

/// All keys in force.
#[derive(Debug, Default)]
pub(super) struct KeyTable {
    keys: HashMap<String, Arc<Key>>,
    origins: HashSet<String>,
    /// Keys whose hash was made with another secret than this server's.
    pub(super) foreign: usize,
}

impl KeyTable {
    /// The table of the stored keys. Rate limits are carried over from the table before.
    pub(super) fn new(rows: Vec<KeyRow>, secret: &KeySecret, before: Option<&Self>) -> Self {
        let (mut table, fingerprint) = (Self::default(), secret.fingerprint());
        for row in rows.into_iter().filter(|row| row.revoked_at == 0) {
            if row.made_with != fingerprint {
                table.foreign += 1;
                continue;
            }
            let rate = u32::try_from(row.rate).ok().and_then(NonZeroU32::new);
            let rate = rate.unwrap_or(NonZeroU32::MIN);
            let known = before.and_then(|table| table.keys.get(&row.id));
            let limit = known.map(|key| &key.limit).filter(|limit| limit.rate == rate);
            let origins: Vec<String> = items(&row.origins).map(str::to_owned).collect();
            table.origins.extend(origins.iter().cloned());
            let key = Key {
                id: row.id.as_str().into(),
                hash: unhex(&row.hash).unwrap_or_default(),
                previous: unhex(&row.previous_hash).unwrap_or_default(),
                previous_until: row.previous_until,
                scopes: items(&row.scopes).filter_map(Scope::parse).collect(),
                origins,
                limit: limit.map_or_else(|| Arc::new(KeyLimiter::new(rate)), Arc::clone),
            };
            table.keys.insert(row.id, Arc::new(key));
        }
        table
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether any key lists an origin.
    pub(super) fn lists_origin(&self, origin: &str) -> bool {
        self.origins.contains(origin)
    }

    /// All origins that keys list.
    pub(super) fn origins(&self) -> impl Iterator<Item = &String> {
        self.origins.iter()
    }

    /// Finds the key that a text is. An unknown id takes as long as a wrong secret.
    pub(super) fn find(&self, secret: &KeySecret, text: &str, now: i64) -> Option<&Arc<Key>> {
        let (id, sent) = parts(text)?;
        let Some(key) = self.keys.get(id) else {
            let _ = std::hint::black_box(secret.matches(id, sent, &[0; 32]));
            return None;
        };
        let valid = secret.matches(id, sent, &key.hash)
            || key.previous_until > now && secret.matches(id, sent, &key.previous);
        valid.then_some(key)
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|item| !item.is_empty())
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
            made_with: secret.fingerprint(),
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
        let table = KeyTable::new(vec![first.clone()], &secret, None);
        let key = table.find(&secret, &text, 100);
        assert!(
            key.is_some_and(|key| key.has_scope(Scope::Screen) && !key.has_scope(Scope::Admin))
        );
        assert!(key.is_some_and(|key| key.lists_origin("https://b.example")));
        assert!(
            table.lists_origin("https://a.example") && !table.lists_origin("https://c.example")
        );
        let rotated = secret.make(Some(&first.id))?;
        let after = KeyRow {
            hash: rotated.hash,
            previous_hash: first.hash.clone(),
            previous_until: 100,
            ..first.clone()
        };
        let table = KeyTable::new(vec![after], &secret, Some(&table));
        assert!(table.find(&secret, &rotated.text, 100).is_some());
        assert!(table.find(&secret, &text, 99).is_some());
        assert!(table.find(&secret, &text, 100).is_none());
        let revoked = KeyRow { revoked_at: 5, ..first.clone() };
        assert!(KeyTable::new(vec![revoked], &secret, None).find(&secret, &text, 1).is_none());
        let other = KeySecret::new([8; 32]);
        let table = KeyTable::new(vec![first], &other, None);
        assert_eq!((table.len(), table.foreign), (0, 1));
        Ok(())
    }

    #[test]
    fn a_rate_limit_is_carried_over_when_keys_are_read_again() -> Result<(), getrandom::Error> {
        let secret = KeySecret::new([7; 32]);
        let (first, text) = row(&secret)?;
        let before = KeyTable::new(vec![first.clone()], &secret, None);
        let limit =
            |table: &KeyTable| table.find(&secret, &text, 0).map(|key| Arc::clone(&key.limit));
        let same = KeyTable::new(vec![first.clone()], &secret, Some(&before));
        let other = KeyTable::new(vec![KeyRow { rate: 61, ..first }], &secret, Some(&before));
        let is_same = |a: &KeyTable| limit(a).zip(limit(&before)).map(|(a, b)| Arc::ptr_eq(&a, &b));
        assert_eq!((is_same(&same), is_same(&other)), (Some(true), Some(false)));
        Ok(())
    }
}
