//! The keys by which clients of two lists are matched.
//!
//! Owns the form in which keys are compared, which is that of credit codes, and their keyed hash: a list's keys are
//! foreign text, so they are hashed with a secret that is drawn for each run. 128 bits of SHA-256 stand for a key; that
//! two different keys of a billion have the same is less likely than 1 in 10^20.

use crate::table::header::{Columns, Headers, Mapped, columns_named};
use export_advisor_core::facts::code_spelling;
use export_advisor_core::wording::{Lang, shown};
use sha2::{Digest as _, Sha256};
use std::hash::{BuildHasher as _, RandomState};

/// The keyed hash of a key.
pub(crate) type KeyHash = [u64; 2];

/// Hashes keys with a secret.
#[derive(Clone, Debug)]
pub(crate) struct KeyHasher {
    /// The state after the secret, which fills one block.
    begun: Sha256,
}

impl KeyHasher {
    /// A hasher with a new secret.
    pub(crate) fn new() -> Self {
        let mut begun = Sha256::new();
        for word in 0..8_u64 {
            // The standard library seeds each state from the randomness of the system.
            begun.update(RandomState::new().hash_one(word).to_le_bytes());
        }
        Self { begun }
    }

    /// The hash of a key, in whichever spelling; `None` for a blank.
    pub(crate) fn hash(&self, key: &str) -> Option<KeyHash> {
        let key = code_spelling(key);
        if key.is_empty() {
            return None;
        }
        let digest = self.begun.clone().chain_update(key.as_bytes()).finalize();
        let mut words = digest.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
        Some([words.next()?, words.next()?])
    }
}

/// The column that `--key` names: by its header, by `#` and its number, or by any known header of the fact that it
/// holds.
///
/// # Errors
/// There is none, or several: what to write instead. `list` says which list it is.
pub(crate) fn key_column(
    columns: &Columns,
    headers: &Headers<'_>,
    key: &str,
    list: [&str; 2],
    lang: Lang,
) -> Result<usize, String> {
    let [zh, en] = list;
    let found = columns_named(&columns.names, key);
    let by_fact = || {
        let meant = headers.meaning(key, columns)?;
        let holds = |mapped: &Option<Mapped>| mapped.is_some_and(|m| m.fact == meant.fact);
        columns.facts.iter().position(holds)
    };
    match found.as_slice() {
        [column] => Ok(*column),
        [] => by_fact().ok_or_else(|| {
            let names: Vec<String> = columns.names.iter().map(|name| shown(name)).collect();
            let key = shown(key);
            match lang {
                Lang::Zh => format!("--key：{zh}没有“{key}”这一列；它的列：{}", names.join("、")),
                Lang::En => format!(
                    "--key: {en} has no column `{key}`; its columns are: {}",
                    names.join(", ")
                ),
            }
        }),
        several => {
            let numbers: Vec<String> = several.iter().map(|c| format!("#{}", c + 1)).collect();
            let (key, numbers) = (shown(key), numbers.join(", "));
            Err(match lang {
                Lang::Zh => format!("--key：{zh}有几列都叫“{key}”：请写其中一个 {numbers}"),
                Lang::En => {
                    format!("--key: {en} has several columns `{key}`: write one of {numbers}")
                }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_as_credit_codes_are_and_hashed_with_a_secret() {
        let hasher = KeyHasher::new();
        let hash = |key: &str| hasher.hash(key);
        assert_eq!(hash("91110000600037341L"), hash(" ９１１１００００６０００３７３４１l "));
        assert_ne!(hash("91110000600037341L"), hash("91110000600037341M"));
        assert_eq!((hash(""), hash(" \u{3000}\t")), (None, None));
        assert_ne!(hash("a"), KeyHasher::new().hash("a"), "each run has its own secret");
    }
}
