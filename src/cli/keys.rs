//! `keys`: keys of the API, given, listed, taken back and replaced.
//!
//! A key is printed once, when it is made. The store keeps a keyed hash, made with a secret of the
//! service's data folder, so the command must be given the same folder as the service.

use super::audit::record;
use super::config::{ORIGIN_HELP, is_origin};
use super::kept::Kept;
use super::numbers::rate;
use super::{CliError, print};
use crate::server::access::Scope;
use crate::server::secrets::{KeySecret, NewKey};
use crate::server::store::KeyRow;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use std::num::NonZeroU32;

/// Looks after the keys of the API.
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Give a key, and print it, once
    Create(Create),
    /// List all keys, and what each may do
    List(Kept),
    /// Take a key back; services know within a second
    Revoke {
        /// Its id, the part between the underscores
        id: String,
        #[command(flatten)]
        kept: Kept,
    },
    /// Give a new key in the place of one, with its id, scopes, origins and rate
    Rotate {
        /// Its id, the part between the underscores
        id: String,
        /// How many hours the old key is still taken
        #[arg(long, value_name = "HOURS", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=720))]
        grace: u16,
        #[command(flatten)]
        kept: Kept,
    },
}

/// Arguments of `keys create`.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// Whom it is for
    #[arg(long, value_parser = name)]
    name: String,
    /// What it may be used for; several times, or separated by commas
    #[arg(long = "scope", value_delimiter = ',', required = true, value_parser = scopes())]
    scopes: Vec<Scope>,
    /// A site whose pages may use it in a browser, such as `https://example.org`; several times for
    /// several [default: none]
    #[arg(long = "origin", value_delimiter = ',', value_parser = origin)]
    origins: Vec<String>,
    /// Requests a minute
    #[arg(long, value_name = "N", default_value = "600", value_parser = rate)]
    rate: NonZeroU32,
    #[command(flatten)]
    kept: Kept,
}

impl KeysCommand {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let output = actix_web::rt::System::new().block_on(async {
            match self {
                Self::Create(create) => create.run().await,
                Self::List(kept) => {
                    let rows = kept.store().await?.keys().await?;
                    let mark = kept.secret()?.fingerprint();
                    Ok(rows.iter().map(|row| line(row, &mark)).collect())
                }
                Self::Revoke { id, kept } => {
                    let store = kept.store().await?;
                    if !store.revoke_key(id).await? {
                        return Err(none(id));
                    }
                    record(&store, "key_revoke", id).await?;
                    Ok(format!("key {id} is revoked\n"))
                }
                Self::Rotate { id, grace, kept } => {
                    let store = kept.store().await?;
                    let secret = kept.secret()?;
                    let key = make(&secret, Some(id))?;
                    let seconds = i64::from(*grace) * 3600;
                    if !store.rotate_key(id, &key.hash, &secret.fingerprint(), seconds).await? {
                        return Err(none(id));
                    }
                    record(&store, "key_rotate", id).await?;
                    Ok(format!("{}\n", key.text))
                }
            }
        })?;
        print(&output)
    }
}

impl Create {
    async fn run(&self) -> Result<String, CliError> {
        let secret = self.kept.secret()?;
        let key = make(&secret, None)?;
        let mut scopes = self.scopes.clone();
        scopes.sort_unstable();
        scopes.dedup();
        let scopes: Vec<&str> = scopes.into_iter().map(Scope::as_str).collect();
        let row = KeyRow {
            id: key.id,
            name: self.name.clone(),
            hash: key.hash,
            previous_hash: String::new(),
            previous_until: 0,
            made_with: secret.fingerprint(),
            scopes: scopes.join(","),
            origins: self.origins.join(","),
            rate: self.rate.get().into(),
            created_at: 0,
            revoked_at: 0,
        };
        let store = self.kept.store_or_new().await?;
        store.add_key(&row).await?;
        record(&store, "key_create", &row.id).await?;
        Ok(format!("{}\n", key.text))
    }
}

fn make(secret: &KeySecret, id: Option<&str>) -> Result<NewKey, CliError> {
    secret.make(id).map_err(|error| CliError::Faults(format!("no random bytes: {error}")))
}

fn none(id: &str) -> CliError {
    CliError::Faults(format!("no key in force has the id `{id}`; see `export-advisor keys list`"))
}

/// A key in one line: id, state, scopes, rate, origins, day, name.
fn line(row: &KeyRow, fingerprint: &str) -> String {
    let day = |second| {
        let day = jiff::Timestamp::from_second(second).map(|at| at.strftime("%F").to_string());
        day.unwrap_or_default()
    };
    let state = if row.revoked_at > 0 {
        format!("revoked {}", day(row.revoked_at))
    } else if row.made_with == fingerprint {
        "in force".to_owned()
    } else {
        "made with another data folder".to_owned()
    };
    let origins = if row.origins.is_empty() { "-" } else { &row.origins };
    let (id, scopes, rate, name) = (&row.id, &row.scopes, row.rate, &row.name);
    format!("{id}\t{state}\t{scopes}\t{rate}/min\t{origins}\t{}\t{name}\n", day(row.created_at))
}

fn scopes() -> impl clap::builder::TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::as_str))
        .try_map(|name| Scope::parse(&name).ok_or("no scope"))
}

fn origin(text: &str) -> Result<String, &'static str> {
    let right = is_origin(text) && !text.contains('*');
    right.then(|| text.to_ascii_lowercase()).ok_or(ORIGIN_HELP)
}

/// A name stands in a line of its own list.
fn name(text: &str) -> Result<String, &'static str> {
    let right = !text.trim().is_empty() && text.len() <= 200 && !text.contains(char::is_control);
    right.then(|| text.trim().to_owned()).ok_or("write a name in one line")
}
