//! The service's settings: defaults < a TOML file < `EXPORT_ADVISOR_…` in the environment < flags.
//!
//! One struct is the flags, the names of the environment and the keys of the file. An unknown key,
//! in the file or in the environment, is a fault with the nearest right one.

use super::kept::database;
use super::numbers::{
    COUNT_HELP, DAYS, DAYS_HELP, MEMORY_HELP, SECONDS, SECONDS_HELP, at_least_one, days, memory,
    rate, seconds,
};
use super::rules::USUAL_SECONDS;
use super::threads::{WORKERS, WORKERS_HELP, workers};
use super::{CliError, RulesArg, listed, print};
use crate::server::api::{
    AccessSettings, KeySecret, LEAST_MEMORY, Limits, Proxies, ProxyHeader, ShareLimits,
};
use crate::server::store::{StoreError, check_address, masked};
use clap::{Args, Subcommand, ValueEnum};
use export_advisor_core::diagnostic::{Diagnostic, nearest};
use export_advisor_core::facts::toml_fault;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What every setting's name in the environment begins with.
const PREFIX: &str = "EXPORT_ADVISOR_";

/// The settings as they can be given; what is left out is not given.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "EXPORT_ADVISOR_BIND")]
    bind: Option<SocketAddr>,
    /// How many threads answer [default: one a core]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_WORKERS", value_parser = workers)]
    workers: Option<usize>,
    /// A folder of rules, with seeds/ beside it; read again on SIGHUP [default: the rules built
    /// into the program]
    #[arg(long, value_name = "DIR", env = "EXPORT_ADVISOR_RULES")]
    rules: Option<PathBuf>,
    /// Where rule books are kept: sqlite:FILE, postgres://… or none [default: SQLite in the user's
    /// data folder]
    #[arg(long, value_name = "URL", env = "EXPORT_ADVISOR_DATABASE", hide_env_values = true)]
    pub(super) database: Option<String>,
    /// Whether a PostgreSQL database on another machine may be reached without TLS [default: false]
    #[arg(long, value_name = "BOOL", env = "EXPORT_ADVISOR_DATABASE_PLAINTEXT", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) database_plaintext: Option<bool>,
    /// The folder for what the service keeps: the key that forms are sealed with, and the database if
    /// none is named [default: the user's data folder]
    #[arg(long, value_name = "DIR", env = "EXPORT_ADVISOR_DATA")]
    pub(super) data: Option<PathBuf>,
    /// A site that may show the form in a frame, such as `https://example.org`; several times for
    /// several [default: none]
    #[arg(long, value_name = "ORIGIN", env = "EXPORT_ADVISOR_EMBED", value_delimiter = ',')]
    embed: Option<Vec<String>>,
    /// A proxy in front, as an address or a range such as `10.0.0.0/8`; several times for several. Only
    /// from these is the client's address taken that they name [default: none]
    #[arg(long, value_name = "ADDR", env = "EXPORT_ADVISOR_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxy: Option<Vec<String>>,
    /// The header in which a trusted proxy names the client [default: x-forwarded-for]
    #[arg(long, value_name = "HEADER", env = "EXPORT_ADVISOR_PROXY_HEADER")]
    proxy_header: Option<Header>,
    /// How many requests a minute one address may send without a key [default: 300, and no limit where
    /// only this machine can reach the server]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_ANONYMOUS_RATE", value_parser = rate)]
    anonymous_rate: Option<NonZeroU32>,
    /// How many seconds a request's head may take [default: 5]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_HEAD_TIMEOUT", value_parser = seconds)]
    head_timeout: Option<u64>,
    /// How many seconds a request's body may take [default: 20]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_BODY_TIMEOUT", value_parser = seconds)]
    body_timeout: Option<u64>,
    /// How many seconds an idle connection is kept [default: 15]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_IDLE_TIMEOUT", value_parser = seconds)]
    idle_timeout: Option<u64>,
    /// How many seconds a client may take to receive an answer [default: 30]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_ANSWER_TIMEOUT", value_parser = seconds)]
    answer_timeout: Option<u64>,
    /// The most bytes of a request's head [default: 16384]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_HEAD_BYTES", value_parser = at_least_one)]
    head_bytes: Option<usize>,
    /// The most lists and objects of a JSON body within each other [default: 16]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_JSON_DEPTH", value_parser = at_least_one)]
    json_depth: Option<usize>,
    /// The most headers of a request [default: 64]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_HEADERS", value_parser = at_least_one)]
    headers: Option<usize>,
    /// The most bytes of a body that is one profile or form [default: 262144]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_BODY_BYTES", value_parser = at_least_one)]
    body_bytes: Option<usize>,
    /// The most bytes of a batch [default: 8388608]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_BATCH_BYTES", value_parser = at_least_one)]
    batch_bytes: Option<usize>,
    /// How many lists and batches are under way at a time [default: 16]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_JOBS", value_parser = at_least_one)]
    jobs: Option<usize>,
    /// How many lists and batches of one key, or of one address without a key, are under way at a time
    /// [default: 4]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_CLIENT_JOBS", value_parser = at_least_one)]
    client_jobs: Option<usize>,
    /// The most bytes that connections, requests and answers take in all, at least 16777216
    /// [default: 100663296]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_MEMORY_BYTES", value_parser = memory)]
    memory_bytes: Option<usize>,
    /// How many connections one address holds at a time [default: 256, and no limit where only this
    /// machine can reach the server]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_CLIENT_CONNECTIONS", value_parser = at_least_one)]
    client_connections: Option<usize>,
    /// How many connections each thread holds at a time [default: 4096]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_CONNECTIONS", value_parser = at_least_one)]
    connections: Option<usize>,
    /// How many shares are kept at a time [default: 100000]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_SHARE_ROWS", value_parser = at_least_one)]
    share_rows: Option<usize>,
    /// How many bytes of shares are kept at a time [default: 1073741824]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_SHARE_BYTES", value_parser = at_least_one)]
    share_bytes: Option<usize>,
    /// How many shares one address may make a day without a key [default: 200, and no limit where only
    /// this machine can reach the server]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_SHARES_PER_DAY", value_parser = at_least_one)]
    shares_per_day: Option<usize>,
    /// How many shares one key may make a day [default: 5000]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_KEY_SHARES_PER_DAY", value_parser = at_least_one)]
    key_shares_per_day: Option<usize>,
    /// How many seconds reading the rules may take, at the start and when they are read again [default: 30]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_LOAD_TIMEOUT", value_parser = seconds)]
    load_timeout: Option<u64>,
    /// For how many days lines of the audit are kept [default: 400]
    #[arg(long, value_name = "DAYS", env = "EXPORT_ADVISOR_AUDIT_DAYS", value_parser = days)]
    audit_days: Option<u32>,
    /// How the log is written, to standard error [default: text]
    #[arg(long, value_name = "FORM", env = "EXPORT_ADVISOR_LOG")]
    log: Option<Log>,
    /// How much is logged [default: info]
    #[arg(long, value_name = "LEVEL", env = "EXPORT_ADVISOR_LOG_LEVEL")]
    log_level: Option<LogLevel>,
    /// The OpenTelemetry collector that gets a span of each request, such as http://127.0.0.1:4318
    #[arg(long, value_name = "URL", env = "EXPORT_ADVISOR_OTLP_ENDPOINT")]
    otlp_endpoint: Option<String>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Log {
    /// A line a request, for people
    #[default]
    Text,
    /// A JSON object a request
    Json,
    /// No lines
    Off,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LogLevel {
    /// A line a request, and what an operator should know
    #[default]
    Info,
    /// Also what the parts of the program say of themselves, such as each statement to the database
    Debug,
}

/// The header in which a proxy names the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Header {
    /// `X-Forwarded-For`
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

/// Where settings come from: a file, and what stands above it.
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// A file of settings (TOML), one key a flag, `-` written as `_`
    #[arg(long, value_name = "FILE", env = "EXPORT_ADVISOR_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    given: Settings,
}

/// The settings in force.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Config {
    pub(super) bind: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) workers: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "print_masked")]
    database: Option<String>,
    database_plaintext: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<PathBuf>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) embed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trusted_proxy: Vec<String>,
    proxy_header: Header,
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymous_rate: Option<NonZeroU32>,
    head_timeout: u64,
    body_timeout: u64,
    idle_timeout: u64,
    answer_timeout: u64,
    head_bytes: usize,
    headers: usize,
    json_depth: usize,
    body_bytes: usize,
    batch_bytes: usize,
    jobs: usize,
    client_jobs: usize,
    memory_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_connections: Option<usize>,
    pub(super) connections: usize,
    share_rows: usize,
    share_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    shares_per_day: Option<usize>,
    key_shares_per_day: usize,
    load_timeout: u64,
    pub(super) audit_days: u32,
    pub(super) log: Log,
    pub(super) log_level: LogLevel,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) otlp_endpoint: Option<String>,
}

impl ConfigArgs {
    /// The settings in force.
    pub(super) fn config(&self) -> Result<Config, CliError> {
        let file = match &self.config {
            Some(path) => read(path)?,
            None => Settings::default(),
        };
        let (given, usual, shares) = (&self.given, Limits::default(), ShareLimits::default());
        let config = Config {
            bind: given.bind.or(file.bind).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
            workers: given.workers.or(file.workers),
            rules: given.rules.clone().or(file.rules),
            database: given.database.clone().or(file.database),
            database_plaintext: or(given.database_plaintext, file.database_plaintext, false),
            data: given.data.clone().or(file.data),
            embed: given.embed.clone().or(file.embed).unwrap_or_default(),
            trusted_proxy: given.trusted_proxy.clone().or(file.trusted_proxy).unwrap_or_default(),
            proxy_header: given.proxy_header.or(file.proxy_header).unwrap_or_default(),
            anonymous_rate: given.anonymous_rate.or(file.anonymous_rate),
            head_timeout: or(given.head_timeout, file.head_timeout, 5),
            body_timeout: or(given.body_timeout, file.body_timeout, 20),
            idle_timeout: or(given.idle_timeout, file.idle_timeout, 15),
            answer_timeout: or(given.answer_timeout, file.answer_timeout, 30),
            head_bytes: or(given.head_bytes, file.head_bytes, usual.head_bytes),
            headers: or(given.headers, file.headers, usual.headers),
            json_depth: or(given.json_depth, file.json_depth, usual.json_depth),
            body_bytes: or(given.body_bytes, file.body_bytes, usual.body_bytes),
            batch_bytes: or(given.batch_bytes, file.batch_bytes, usual.batch_bytes),
            jobs: or(given.jobs, file.jobs, usual.jobs),
            client_jobs: or(given.client_jobs, file.client_jobs, usual.client_jobs),
            memory_bytes: or(given.memory_bytes, file.memory_bytes, usual.memory_bytes),
            client_connections: given.client_connections.or(file.client_connections),
            connections: or(given.connections, file.connections, 4096),
            share_rows: or(given.share_rows, file.share_rows, shares.rows),
            share_bytes: or(given.share_bytes, file.share_bytes, shares.bytes),
            shares_per_day: given.shares_per_day.or(file.shares_per_day),
            key_shares_per_day: or(
                given.key_shares_per_day,
                file.key_shares_per_day,
                shares.key_day,
            ),
            load_timeout: or(given.load_timeout, file.load_timeout, USUAL_SECONDS),
            audit_days: or(given.audit_days, file.audit_days, 400),
            log: given.log.or(file.log).unwrap_or_default(),
            log_level: given.log_level.or(file.log_level).unwrap_or_default(),
            otlp_endpoint: given.otlp_endpoint.clone().or(file.otlp_endpoint),
        };
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut faults = unknown_names(names);
        faults.extend(config.faults());
        if faults.is_empty() { Ok(config) } else { Err(listed(&faults)) }
    }
}

/// What was given, else what the file says, else what is usual.
fn or<T>(given: Option<T>, file: Option<T>, usual: T) -> T {
    given.or(file).unwrap_or(usual)
}

impl Config {
    /// Numbers that are out of their range; those of flags are refused before.
    fn faults(&self) -> Vec<Diagnostic> {
        let seconds = [
            ("head_timeout", self.head_timeout),
            ("body_timeout", self.body_timeout),
            ("idle_timeout", self.idle_timeout),
            ("answer_timeout", self.answer_timeout),
            ("load_timeout", self.load_timeout),
        ];
        let origins = self.embed.iter().filter(|origin| !is_origin(origin));
        let origins = origins.map(|o| ("embed", format!("`{o}`"), ORIGIN_HELP));
        let collector = self.otlp_endpoint.iter().filter(|url| !is_collector(url));
        let collector = collector.map(|url| ("otlp_endpoint", format!("`{url}`"), COLLECTOR_HELP));
        let proxies = self.trusted_proxy.iter().filter(|proxy| Proxies::range(proxy).is_none());
        let proxies = proxies.map(|p| ("trusted_proxy", format!("`{p}`"), PROXY_HELP));
        let seconds = seconds.into_iter().filter(|(_, value)| !SECONDS.contains(value));
        let days = (!DAYS.contains(&self.audit_days)).then_some(self.audit_days);
        let days = days.map(|days| ("audit_days", days.to_string(), DAYS_HELP));
        let workers = self.workers.filter(|workers| !WORKERS.contains(workers));
        let workers = workers.map(|workers| ("workers", workers.to_string(), WORKERS_HELP));
        let memory = (self.memory_bytes < LEAST_MEMORY).then_some(self.memory_bytes);
        let memory = memory.map(|bytes| ("memory_bytes", bytes.to_string(), MEMORY_HELP));
        let counts = [
            ("head_bytes", Some(self.head_bytes)),
            ("headers", Some(self.headers)),
            ("json_depth", Some(self.json_depth)),
            ("body_bytes", Some(self.body_bytes)),
            ("batch_bytes", Some(self.batch_bytes)),
            ("jobs", Some(self.jobs)),
            ("client_jobs", Some(self.client_jobs)),
            ("client_connections", self.client_connections),
            ("connections", Some(self.connections)),
            ("share_rows", Some(self.share_rows)),
            ("share_bytes", Some(self.share_bytes)),
            ("shares_per_day", self.shares_per_day),
            ("key_shares_per_day", Some(self.key_shares_per_day)),
        ];
        let counts = counts.into_iter().filter(|(_, value)| *value == Some(0));
        let fault = |name: &str, value: String, help| {
            Diagnostic::new("setting", "settings", format!("`{name}` is {value}"), help)
        };
        seconds
            .map(|(name, value)| fault(name, value.to_string(), SECONDS_HELP))
            .chain(counts.map(|(name, _)| fault(name, "0".to_owned(), COUNT_HELP)))
            .chain(
                origins
                    .chain(collector)
                    .chain(proxies)
                    .chain(days)
                    .chain(workers)
                    .chain(memory)
                    .map(|(name, value, help)| fault(name, value, help)),
            )
            .collect()
    }

    pub(super) fn rules(&self) -> RulesArg {
        RulesArg { rules: self.rules.clone() }
    }

    /// The address of the store; nothing if none is wanted.
    pub(super) fn database(&self) -> Result<Option<String>, CliError> {
        self.check_database()?;
        database(self.database.as_deref(), self.data.as_deref())
    }

    /// Whether the address of the store may be used.
    fn check_database(&self) -> Result<(), StoreError> {
        let url = self.database.as_deref().unwrap_or("none");
        check_address(url, self.database_plaintext)
    }

    /// Who may do what.
    pub(super) fn access(&self, secret: KeySecret, keeps_keys: bool) -> AccessSettings {
        let trusted = self.trusted_proxy.iter().filter_map(|proxy| Proxies::range(proxy)).collect();
        let header = match self.proxy_header {
            Header::XForwardedFor => ProxyHeader::XForwardedFor,
            Header::Forwarded => ProxyHeader::Forwarded,
        };
        let loopback = self.bind.ip().to_canonical().is_loopback();
        let usual = if self.is_local() { None } else { USUAL_RATE };
        AccessSettings {
            secret: Some(secret),
            keeps_keys,
            loopback,
            anonymous_rate: self.anonymous_rate.or(usual),
            proxies: Proxies { trusted, header },
        }
    }

    pub(super) fn head_timeout(&self) -> Duration {
        Duration::from_secs(self.head_timeout)
    }

    /// How much a request, a client and all together may take.
    pub(super) fn limits(&self) -> Limits {
        let usual = if self.is_local() { None } else { USUAL_CONNECTIONS };
        Limits {
            body_timeout: Duration::from_secs(self.body_timeout),
            answer_timeout: Duration::from_secs(self.answer_timeout.max(self.idle_timeout + 1)),
            body_bytes: self.body_bytes,
            batch_bytes: self.batch_bytes,
            head_bytes: self.head_bytes,
            headers: self.headers,
            json_depth: self.json_depth,
            client_connections: self.client_connections.or(usual),
            jobs: self.jobs,
            client_jobs: self.client_jobs,
            memory_bytes: self.memory_bytes,
        }
    }

    /// How much may be shared.
    pub(super) fn share_limits(&self, secret: [u8; 32]) -> ShareLimits {
        let usual = if self.is_local() { None } else { USUAL_SHARES };
        ShareLimits {
            rows: self.share_rows,
            bytes: self.share_bytes,
            address_day: self.shares_per_day.or(usual),
            key_day: self.key_shares_per_day,
            secret,
        }
    }

    /// Whether only this machine can reach the server: all who use it stand behind one address.
    pub(super) fn is_local(&self) -> bool {
        self.bind.ip().to_canonical().is_loopback() && self.trusted_proxy.is_empty()
    }

    /// What is to be said of an address that others reach without a proxy in front.
    pub(super) fn exposure(&self) -> Option<String> {
        let is_exposed =
            !self.bind.ip().to_canonical().is_loopback() && self.trusted_proxy.is_empty();
        is_exposed.then(|| {
            format!(
                "{} is reached from other machines without a proxy: in plain HTTP, `/metrics` and `/admin` too; \
                 put a proxy in front and name it as `trusted_proxy`",
                self.bind
            )
        })
    }

    pub(super) fn load_timeout(&self) -> Duration {
        Duration::from_secs(self.load_timeout)
    }

    pub(super) fn idle_timeout(&self) -> Duration {
        Duration::from_secs(self.idle_timeout)
    }
}

/// Looks at settings without starting anything.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Tell every fault of the settings, the rules included
    Check(ConfigArgs),
    /// Print the settings in force, as a file of settings
    Print(ConfigArgs),
}

impl ConfigCommand {
    pub(super) fn run(&self) -> Result<(), CliError> {
        match self {
            Self::Check(args) => {
                let config = args.config()?;
                config.check_database()?;
                let advisor = config.rules().advisor()?;
                print(&format!("the settings are right; rule book {}\n", advisor.book().version))
            }
            Self::Print(args) => {
                let config = args.config()?;
                print(&toml::to_string(&config).map_err(|e| CliError::Faults(e.to_string()))?)
            }
        }
    }
}

/// The settings of a file.
pub(super) fn read(path: &Path) -> Result<Settings, CliError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| CliError::Io { path: name.clone(), source })?;
    parse(&name, &text)
}

/// The settings in a text.
fn parse(name: &str, text: &str) -> Result<Settings, CliError> {
    toml::from_str(text).map_err(|error| {
        // The line may be that of the database, or meant to be.
        let covered = |text: String| if text.contains("://") { masked(&text) } else { text };
        let fault = toml_fault(name, text, &error);
        let (source, message) = (covered(fault.source), covered(fault.message));
        listed(&[Diagnostic { source, message, ..fault }])
    })
}

/// Reads a text as a file of settings, with nothing else given but the environment.
pub(super) fn check(text: &str) -> Result<(), CliError> {
    let args = ConfigArgs { config: None, given: parse("settings", text)? };
    Ok(args.config()?.check_database()?)
}

/// The names in the environment that look like settings and are none.
fn unknown_names(names: impl Iterator<Item = String>) -> Vec<Diagnostic> {
    let command = Settings::augment_args(clap::Command::new("serve"));
    let mut known: Vec<String> = command
        .get_arguments()
        .filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned()))
        .collect();
    known.push(format!("{PREFIX}CONFIG"));
    let unknown = names.filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    unknown
        .map(|name| {
            let help = match nearest(&name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`export-advisor serve --help` lists all".to_owned(),
            };
            let message = format!("no setting is named `{name}`");
            Diagnostic::new("unknown-setting", "environment", message, help)
        })
        .collect()
}

/// Prints the address of a database without its password.
fn print_masked<S: serde::Serializer>(url: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&masked(url.as_deref().unwrap_or_default()))
}

/// Requests a minute of an address: a firm answers the form with some ten; many sit behind one.
const USUAL_RATE: Option<NonZeroU32> = NonZeroU32::new(300);
/// Connections of an address: a browser opens six, and many sit behind one.
const USUAL_CONNECTIONS: Option<usize> = Some(256);
/// Shares of an address a day: a firm makes a few, and many sit behind one.
const USUAL_SHARES: Option<usize> = Some(200);
const PROXY_HELP: &str = "write an address or a range, such as 10.0.0.0/8";
pub(super) const ORIGIN_HELP: &str = "write scheme and host alone, such as https://example.org";

/// Whether a text is an origin, and nothing that could say more in a header.
pub(super) fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '*');
    host.is_some_and(|host| !host.is_empty() && host.chars().all(plain))
}

const COLLECTOR_HELP: &str = "write the address of a collector, such as http://127.0.0.1:4318";

/// Whether a text is an address that spans can be sent to: plain HTTP, since there is no TLS on this way.
fn is_collector(text: &str) -> bool {
    let text = text.trim_end_matches('/');
    let uri = text.parse::<actix_web::http::Uri>().ok();
    is_origin(text)
        && !text.contains('*')
        && uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some())
}
