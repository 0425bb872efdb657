//! The service's settings: defaults < a TOML file < `EXPORT_ADVISOR_…` in the environment < flags.
//!
//! One struct, [`Config`], is the flags, the names of the environment, the keys of the file, and the settings in
//! force. In go a file and what clap read, out come the settings, or every fault of them. An unknown key, in the file
//! or in the environment, is a fault with the nearest right one.

use super::kept::database;
use super::numbers::{
    COUNT_HELP, DAYS, DAYS_HELP, MEMORY_HELP, SECONDS, SECONDS_HELP, at_least_one, days, memory,
    rate, seconds,
};
use super::rules::USUAL_SECONDS;
use super::threads::{WORKERS, WORKERS_HELP, workers};
use super::{CliError, RulesArg, listed, print};
use crate::server::access::{AccessSettings, Proxies, ProxyHeader};
use crate::server::audit::AUDIT_DAYS;
use crate::server::http::limits::Limits;
use crate::server::http::memory::LEAST_MEMORY;
use crate::server::operator::Operator;
use crate::server::secrets::KeySecret;
use crate::server::service::ServerSettings;
use crate::server::shares::ShareLimits;
use crate::server::store::{StoreError, check_address, masked};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand, ValueEnum};
use export_advisor_core::diagnostic::{Diagnostic, nearest};
use export_advisor_core::facts::toml_fault;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What every setting's name in the environment begins with.
const PREFIX: &str = "EXPORT_ADVISOR_";

/// The settings in force. A setting is a field here and a value of [`Config::default`]: its flag, its name in the
/// environment and its key in the file follow from the field.
#[derive(Clone, Debug, Args, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Config {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "EXPORT_ADVISOR_BIND")]
    pub(super) bind: SocketAddr,
    /// How many threads answer [default: one a core]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_WORKERS", value_parser = workers)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) workers: Option<usize>,
    /// A folder of rules, with seeds/ beside it; read again on SIGHUP [default: the rules built
    /// into the program]
    #[arg(long, value_name = "DIR", env = "EXPORT_ADVISOR_RULES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<PathBuf>,
    /// A folder to lay over the rules: contacts, notes, pages and documents of another body; may be repeated
    #[arg(long, value_name = "DIR", env = "EXPORT_ADVISOR_OVERLAY", value_delimiter = ',')]
    overlay: Vec<PathBuf>,
    /// Where rule books are kept: sqlite:FILE, postgres://… or none [default: SQLite in the user's
    /// data folder]
    #[arg(long, value_name = "URL", env = "EXPORT_ADVISOR_DATABASE", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "print_masked")]
    pub(super) database: Option<String>,
    /// Whether a PostgreSQL database on another machine may be reached without TLS [default: false]
    #[arg(long, value_name = "BOOL", env = "EXPORT_ADVISOR_DATABASE_PLAINTEXT", action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) database_plaintext: bool,
    /// The folder for what the service keeps: the key that forms are sealed with, and the database if
    /// none is named [default: the user's data folder]
    #[arg(long, value_name = "DIR", env = "EXPORT_ADVISOR_DATA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<PathBuf>,
    /// A site that may show the form in a frame, such as `https://example.org`; several times for
    /// several [default: none]
    #[arg(long, value_name = "ORIGIN", env = "EXPORT_ADVISOR_EMBED", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) embed: Vec<String>,
    /// The scheme and host under which people find the pages, such as `https://trade.example.org`: for
    /// search engines, and for pictures in chats [default: none]
    #[arg(long, value_name = "ORIGIN", env = "EXPORT_ADVISOR_SITE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    /// A folder with the operator's own texts for the pages on contact, privacy and accessibility, such
    /// as contact.zh.txt and contact.en.txt; read at the start [default: none]
    #[arg(long, value_name = "DIR", env = "EXPORT_ADVISOR_OPERATOR_TEXTS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_texts: Option<PathBuf>,
    /// A proxy in front, as an address or a range such as `10.0.0.0/8`; several times for several. Only
    /// from these is the client's address taken that they name [default: none]
    #[arg(long, value_name = "ADDR", env = "EXPORT_ADVISOR_TRUSTED_PROXY", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trusted_proxy: Vec<String>,
    /// The header in which a trusted proxy names the client [default: x-forwarded-for]
    #[arg(long, value_name = "HEADER", env = "EXPORT_ADVISOR_PROXY_HEADER")]
    proxy_header: Header,
    /// How many requests a minute one address may send without a key [default: 300, and no limit where
    /// only this machine can reach the server]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_ANONYMOUS_RATE", value_parser = rate)]
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymous_rate: Option<NonZeroU32>,
    /// How many seconds a request's head may take [default: 5]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_HEAD_TIMEOUT", value_parser = seconds)]
    head_timeout: u64,
    /// How many seconds a request's body may take [default: 20]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_BODY_TIMEOUT", value_parser = seconds)]
    body_timeout: u64,
    /// How many seconds an idle connection is kept [default: 15]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_IDLE_TIMEOUT", value_parser = seconds)]
    idle_timeout: u64,
    /// How many seconds a client may take to receive an answer [default: 30]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_ANSWER_TIMEOUT", value_parser = seconds)]
    answer_timeout: u64,
    /// The most bytes of a request's head [default: 16384]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_HEAD_BYTES", value_parser = at_least_one)]
    head_bytes: usize,
    /// The most lists and objects of a JSON body within each other [default: 16]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_JSON_DEPTH", value_parser = at_least_one)]
    json_depth: usize,
    /// The most headers of a request [default: 64]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_HEADERS", value_parser = at_least_one)]
    headers: usize,
    /// The most bytes of a body that is one profile or form [default: 262144]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_BODY_BYTES", value_parser = at_least_one)]
    body_bytes: usize,
    /// The most bytes of a batch [default: 8388608]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_BATCH_BYTES", value_parser = at_least_one)]
    batch_bytes: usize,
    /// How many lists and batches are under way at a time [default: 16]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_JOBS", value_parser = at_least_one)]
    jobs: usize,
    /// How many lists and batches of one key, or of one address without a key, are under way at a time
    /// [default: 4]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_CLIENT_JOBS", value_parser = at_least_one)]
    client_jobs: usize,
    /// The most bytes that connections, requests and answers take in all, at least 16777216
    /// [default: 100663296]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_MEMORY_BYTES", value_parser = memory)]
    memory_bytes: usize,
    /// The most bytes of a list that wait in a temporary file while its answer is not received
    /// [default: 268435456]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_SPOOL_BYTES", value_parser = at_least_one)]
    spool_bytes: usize,
    /// How many connections one address holds at a time [default: 256, and no limit where only this
    /// machine can reach the server]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_CLIENT_CONNECTIONS", value_parser = at_least_one)]
    #[serde(skip_serializing_if = "Option::is_none")]
    client_connections: Option<usize>,
    /// How many connections each thread holds at a time [default: 4096]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_CONNECTIONS", value_parser = at_least_one)]
    pub(super) connections: usize,
    /// How many shares are kept at a time [default: 100000]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_SHARE_ROWS", value_parser = at_least_one)]
    share_rows: usize,
    /// How many bytes of shares are kept at a time [default: 1073741824]
    #[arg(long, value_name = "BYTES", env = "EXPORT_ADVISOR_SHARE_BYTES", value_parser = at_least_one)]
    share_bytes: usize,
    /// How many shares one address may make a day without a key [default: 200, and no limit where only
    /// this machine can reach the server]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_SHARES_PER_DAY", value_parser = at_least_one)]
    #[serde(skip_serializing_if = "Option::is_none")]
    shares_per_day: Option<usize>,
    /// How many shares one key may make a day [default: 5000]
    #[arg(long, value_name = "N", env = "EXPORT_ADVISOR_KEY_SHARES_PER_DAY", value_parser = at_least_one)]
    key_shares_per_day: usize,
    /// How many seconds reading the rules may take, at the start and when they are read again [default: 30]
    #[arg(long, value_name = "SECONDS", env = "EXPORT_ADVISOR_LOAD_TIMEOUT", value_parser = seconds)]
    load_timeout: u64,
    /// For how many days lines of the audit are kept [default: 400]
    #[arg(long, value_name = "DAYS", env = "EXPORT_ADVISOR_AUDIT_DAYS", value_parser = days)]
    pub(super) audit_days: u32,
    /// How the log is written, to standard error [default: text]
    #[arg(long, value_name = "FORM", env = "EXPORT_ADVISOR_LOG")]
    pub(super) log: Log,
    /// How much is logged [default: info]
    #[arg(long, value_name = "LEVEL", env = "EXPORT_ADVISOR_LOG_LEVEL")]
    pub(super) log_level: LogLevel,
    /// The OpenTelemetry collector that gets a span of each request, such as http://127.0.0.1:4318
    #[arg(long, value_name = "URL", env = "EXPORT_ADVISOR_OTLP_ENDPOINT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) otlp_endpoint: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        let (limits, shares) = (Limits::default(), ShareLimits::default());
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            workers: None,
            rules: None,
            overlay: Vec::new(),
            database: None,
            database_plaintext: false,
            data: None,
            embed: Vec::new(),
            site: None,
            operator_texts: None,
            trusted_proxy: Vec::new(),
            proxy_header: Header::default(),
            anonymous_rate: None,
            head_timeout: 5,
            body_timeout: limits.body_timeout.as_secs(),
            idle_timeout: 15,
            answer_timeout: limits.answer_timeout.as_secs(),
            head_bytes: limits.head_bytes,
            json_depth: limits.json_depth,
            headers: limits.headers,
            body_bytes: limits.body_bytes,
            batch_bytes: limits.batch_bytes,
            jobs: limits.jobs,
            client_jobs: limits.client_jobs,
            memory_bytes: limits.memory_bytes,
            spool_bytes: usize::try_from(limits.spool_bytes).unwrap_or(usize::MAX),
            client_connections: None,
            connections: 4096,
            share_rows: shares.rows,
            share_bytes: shares.bytes,
            shares_per_day: None,
            key_shares_per_day: shares.key_day,
            load_timeout: USUAL_SECONDS,
            audit_days: AUDIT_DAYS,
            log: Log::default(),
            log_level: LogLevel::default(),
            otlp_endpoint: None,
        }
    }
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

/// Where settings come from: a file, and the flags and the environment, which override it.
#[derive(Debug)]
pub(super) struct ConfigArgs {
    /// A file of settings (TOML), one key a flag, `-` written as `_`
    file: Option<PathBuf>,
    /// What was given; nothing else, so that it overrides only what it names.
    given: ArgMatches,
}

impl Args for ConfigArgs {
    fn augment_args(command: Command) -> Command {
        let file =
            Arg::new("config").long("config").value_name("FILE").env("EXPORT_ADVISOR_CONFIG");
        let file = file.value_parser(clap::value_parser!(PathBuf));
        let file = file.help("A file of settings (TOML), one key a flag, `-` written as `_`");
        Config::augment_args_for_update(command.arg(file))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ConfigArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { file: matches.get_one("config").cloned(), given: matches.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl ConfigArgs {
    /// The settings in force.
    pub(super) fn config(&self) -> Result<Config, CliError> {
        let mut config = self.file.as_deref().map(read).transpose()?.unwrap_or_default();
        let given = config.update_from_arg_matches(&self.given);
        given.map_err(|error| CliError::Usage(error.to_string()))?;
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut faults = unknown_names(names);
        faults.extend(config.faults());
        if faults.is_empty() { Ok(config) } else { Err(listed(&faults)) }
    }
}

impl Config {
    /// Values of the file that are out of their range; those of flags are refused before.
    fn faults(&self) -> Vec<Diagnostic> {
        let seconds = [
            ("head_timeout", self.head_timeout),
            ("body_timeout", self.body_timeout),
            ("idle_timeout", self.idle_timeout),
            ("answer_timeout", self.answer_timeout),
            ("load_timeout", self.load_timeout),
        ];
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
        let mut faults = Vec::new();
        let mut check = |is_right: bool, name: &str, value: &dyn Display, help: &str| {
            if !is_right {
                let message = format!("`{name}` is {value}");
                faults.push(Diagnostic::new("setting", "settings", message, help));
            }
        };
        for (name, value) in seconds {
            check(SECONDS.contains(&value), name, &value, SECONDS_HELP);
        }
        for (name, value) in counts {
            check(value != Some(0), name, &0, COUNT_HELP);
        }
        for origin in &self.embed {
            check(is_origin(origin), "embed", &quoted(origin), ORIGIN_HELP);
        }
        if let Some(site) = &self.site {
            let is_right = is_origin(site.trim_end_matches('/')) && !site.contains('*');
            check(is_right, "site", &quoted(site), ORIGIN_HELP);
        }
        if let Some(url) = &self.otlp_endpoint {
            check(is_collector(url), "otlp_endpoint", &quoted(url), COLLECTOR_HELP);
        }
        for proxy in &self.trusted_proxy {
            let is_right = Proxies::range(proxy).is_some();
            check(is_right, "trusted_proxy", &quoted(proxy), PROXY_HELP);
        }
        check(DAYS.contains(&self.audit_days), "audit_days", &self.audit_days, DAYS_HELP);
        if let Some(number) = &self.workers {
            check(WORKERS.contains(number), "workers", number, WORKERS_HELP);
        }
        let is_right = self.memory_bytes >= LEAST_MEMORY;
        check(is_right, "memory_bytes", &self.memory_bytes, MEMORY_HELP);
        faults
    }

    pub(super) fn rules(&self) -> RulesArg {
        RulesArg { rules: self.rules.clone(), overlay: self.overlay.clone() }
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
    pub(super) fn access(&self, secret: KeySecret) -> AccessSettings {
        let trusted = self.trusted_proxy.iter().filter_map(|proxy| Proxies::range(proxy)).collect();
        let header = match self.proxy_header {
            Header::XForwardedFor => ProxyHeader::XForwardedFor,
            Header::Forwarded => ProxyHeader::Forwarded,
        };
        let loopback = self.bind.ip().to_canonical().is_loopback();
        let usual = if self.is_local() { None } else { USUAL_RATE };
        AccessSettings {
            secret: Some(secret),
            loopback,
            anonymous_rate: self.anonymous_rate.or(usual),
            proxies: Proxies { trusted, header },
        }
    }

    /// What the operator says on the pages.
    pub(super) fn operator(&self) -> Result<Operator, CliError> {
        let read = Operator::read(self.site.clone(), self.operator_texts.as_deref());
        read.map_err(|faults| listed(&faults))
    }

    /// How the server is run.
    pub(super) fn server(&self) -> ServerSettings {
        ServerSettings {
            workers: self.workers,
            connections: self.connections,
            head_timeout: Duration::from_secs(self.head_timeout),
            idle_timeout: Duration::from_secs(self.idle_timeout),
        }
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
            spool_bytes: self.spool_bytes as u64,
        }
    }

    /// How much may be shared.
    pub(super) fn share_limits(&self) -> ShareLimits {
        let usual = if self.is_local() { None } else { USUAL_SHARES };
        ShareLimits {
            rows: self.share_rows,
            bytes: self.share_bytes,
            address_day: self.shares_per_day.or(usual),
            key_day: self.key_shares_per_day,
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
                config.operator()?;
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
pub(super) fn read(path: &Path) -> Result<Config, CliError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| CliError::Io { path: name.clone(), source })?;
    parse(&name, &text)
}

/// The settings in a text.
fn parse(name: &str, text: &str) -> Result<Config, CliError> {
    toml::from_str(text).map_err(|error| {
        // The line may be that of the database, or meant to be.
        let fault = toml_fault(name, text, &error);
        let (source, message) = (covered(&fault.source), covered(&fault.message));
        listed(&[Diagnostic { source, message, ..fault }])
    })
}

/// A text of a setting, without a password that stands in an address.
fn covered(text: &str) -> String {
    let may_be_address = ["://", "@", "password"].into_iter().any(|part| text.contains(part));
    if may_be_address { masked(text) } else { text.to_owned() }
}

/// The value of a setting in a message.
fn quoted(value: &str) -> String {
    format!("`{}`", masked(value))
}

/// Checks a text as a file of settings, with nothing else given.
pub(super) fn check(text: &str) -> Result<(), CliError> {
    let config = parse("settings", text)?;
    let faults = config.faults();
    if faults.is_empty() { Ok(config.check_database()?) } else { Err(listed(&faults)) }
}

/// The names in the environment that look like settings and are none.
fn unknown_names(names: impl Iterator<Item = String>) -> Vec<Diagnostic> {
    let command = Config::augment_args_for_update(Command::new("serve"));
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
