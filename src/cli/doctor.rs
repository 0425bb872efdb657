//! `doctor`: tries, with the service's settings, all that the service will need, and says of each
//! thing how it is and what to do. Nothing is changed but for what a start of the service would make.

use super::config::{Config, ConfigArgs};
use super::form_key::{self, usual_folder};
use super::{CliError, print, today};
use crate::server::store::{DATABASE_PARTS, Store, StoreError, beside, is_open_to_others};
use crate::server::telemetry::Telemetry;
use clap::Args;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    config: ConfigArgs,
}

/// What was found of one thing: how it is, or what is wrong and what to do.
type Finding = (&'static str, Result<String, String>);

impl Doctor {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let config = self.config.config()?;
        let mut findings = vec![
            ("rules", rules(&config)),
            ("address", address(&config)),
            ("data folder", folder(config.data.as_deref())),
            ("open files", open_files(&config)),
            ("operator's texts", operator_texts(&config)),
        ];
        findings.extend(store(&config));
        findings.extend(config.otlp_endpoint.as_deref().map(|url| ("collector", collector(url))));
        let lines = findings.iter().map(|(what, found)| match found {
            Ok(finding) => format!("ok   {what}: {finding}\n"),
            Err(finding) => format!("BAD  {what}: {finding}\n"),
        });
        let exposure = config.exposure().map(|finding| format!("WARN address: {finding}\n"));
        print(&lines.chain(exposure).collect::<String>())?;
        match findings.iter().filter(|(_, found)| found.is_err()).count() {
            0 => Ok(()),
            1 => Err(CliError::Faults("1 thing is in the way".to_owned())),
            n => Err(CliError::Faults(format!("{n} things are in the way"))),
        }
    }
}

/// The operator's texts can be shown.
fn operator_texts(config: &Config) -> Result<String, String> {
    let operator = config.operator().map_err(|faults| faults.to_string())?;
    match operator.count() {
        0 => Ok("none: /contact names nobody".to_owned()),
        count => Ok(format!("{count}")),
    }
}

/// The rules have no fault, and the clock is not before them.
fn rules(config: &Config) -> Result<String, String> {
    let advisor = config.rules().advisor().map_err(|faults| faults.to_string())?;
    let (book, today) = (advisor.book(), today());
    match book.policies.iter().map(|policy| policy.issued).max() {
        Some(issued) if issued > today => Err(format!(
            "the clock says {today}, before the policy was issued ({issued}): set the clock"
        )),
        _ => Ok(format!("{} supports, {}, today is {today}", book.supports.len(), book.version)),
    }
}

/// The address can be listened on, and who can reach it.
fn address(config: &Config) -> Result<String, String> {
    TcpListener::bind(config.bind).map_err(|error| {
        format!("{} cannot be listened on ({error}): stop what uses it, or set `bind`", config.bind)
    })?;
    let reach = if config.is_local() {
        "this machine alone, which screens without a key"
    } else {
        "others too, who screen with a key"
    };
    Ok(format!("{} is free; it is reached by {reach}", config.bind))
}

/// Something can be written where things are kept, and the form's key is there and nobody else's.
fn folder(named: Option<&Path>) -> Result<String, String> {
    let folder = named.map(Path::to_path_buf).or_else(usual_folder);
    let folder = folder.ok_or("there is none: name one with `data`")?;
    form_key::kept_in(Some(&folder)).map_err(|error| error.to_string())?;
    let probe = folder.join(format!("doctor.{}", std::process::id()));
    let written = std::fs::write(&probe, "x").and_then(|()| std::fs::remove_file(&probe));
    written.map_err(|error| format!("{}: {error}", folder.display()))?;
    if let Some(found) = open_to_others(&[folder.join(form_key::FILE)]) {
        return Err(found);
    }
    Ok(format!("{} holds the form's key", folder.display()))
}

/// As many files may be open as there may be connections: two a connection, and some for the rest.
fn open_files(config: &Config) -> Result<String, String> {
    const REST: usize = 100;
    let Ok(limits) = std::fs::read_to_string("/proc/self/limits") else {
        return Ok("this system does not tell their limit".to_owned());
    };
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let most: Option<usize> =
        line.and_then(|line| line.split_whitespace().nth(3)).and_then(|field| field.parse().ok());
    let workers =
        config.workers.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    let needed = 2 * config.connections * workers.unwrap_or(1) + REST;
    match most {
        Some(most) if most < needed => Err(format!(
            "{most} may be open, {needed} are needed for all connections: raise the limit (LimitNOFILE), or lower `connections`"
        )),
        Some(most) => Ok(format!("{most} may be open, {needed} are needed at most")),
        None => Ok("no limit".to_owned()),
    }
}

/// The collector takes spans.
fn collector(url: &str) -> Result<String, String> {
    Telemetry::check(url).map(|()| format!("{url} takes spans")).map_err(|error| {
        format!("{url} does not take spans ({error}): start it, or mend `otlp_endpoint`; the service goes on without")
    })
}

/// The database answers, has the schema, and its keys are this service's.
fn store(config: &Config) -> Vec<Finding> {
    let url = match config.database() {
        Ok(Some(url)) => url,
        Ok(None) => {
            let finding = "none: no keys, no shares, and former answers cannot be asked again";
            return vec![("database", Ok(finding.to_owned()))];
        }
        Err(error) => return vec![("database", Err(error.to_string()))],
    };
    let looked = actix_web::rt::System::new().block_on(async {
        let store = Store::open(&url).await?;
        if store.is_own() {
            store.migrate().await?;
        }
        store.check().await?;
        Ok::<_, StoreError>((store.rule_book_versions().await?.len(), store.keys().await?))
    });
    let (books, keys) = match looked {
        Ok(found) => found,
        Err(error) => return vec![("database", Err(error.to_string()))],
    };
    let files = database_files(&url);
    let sound = match open_to_others(&files) {
        Some(found) => Err(found),
        None => Ok(format!("sound; {books} rule books kept")),
    };
    let key = form_key::kept_in(config.data.as_deref());
    let fingerprint = key.map(|key| key.key_secret().fingerprint());
    let in_force: Vec<_> = keys.iter().filter(|key| key.revoked_at == 0).collect();
    let foreign =
        in_force.iter().filter(|key| !fingerprint.as_ref().is_ok_and(|it| *it == key.made_with));
    let keys = match foreign.count() {
        0 => Ok(format!("{} in force", in_force.len())),
        n => Err(format!(
            "{n} of {} were made with another form.key and are not taken: `keys rotate` them, or bring that file back",
            in_force.len()
        )),
    };
    vec![("database", sound), ("keys", keys)]
}

/// What is wrong with files that others than the service's user may read or write, and what to do.
pub(super) fn open_to_others(files: &[PathBuf]) -> Option<String> {
    let open = files.iter().filter(|file| is_open_to_others(file));
    let open: Vec<String> = open.map(|file| file.display().to_string()).collect();
    (!open.is_empty()).then(|| {
        let names = open.join(" ");
        format!("others can read or write {names}: chmod 600 {names}")
    })
}

/// The files of a database; none if it is not kept in a file.
pub(super) fn database_files(url: &str) -> Vec<PathBuf> {
    let parts = |file: PathBuf| DATABASE_PARTS.map(|part| beside(&file, part)).to_vec();
    Store::file(url).map(parts).unwrap_or_default()
}
