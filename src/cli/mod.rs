//! The command line. One definition gives arguments, help and completions; one file a subcommand.
//!
//! Exit status: 0 done, 1 the input or the rules have faults (on standard error), 2 wrong usage, 3 a file, an
//! address or the database failed. `CliError::status` is the one place that says which.
#![expect(clippy::disallowed_methods, reason = "an edge: reads files, arguments and the clock")]

mod assess;
#[cfg(feature = "server")]
mod audit;
mod changes;
mod check;
mod chosen;
#[cfg(feature = "server")]
mod config;
#[cfg(feature = "server")]
mod db;
mod diff;
mod diff_list;
#[cfg(feature = "server")]
mod doctor;
mod facts;
#[cfg(feature = "server")]
mod feedback;
#[cfg(feature = "server")]
mod form_key;
#[cfg(feature = "server")]
mod kept;
#[cfg(feature = "server")]
mod keys;
mod lineage;
mod list_args;
mod max_faults;
#[cfg(feature = "server")]
mod numbers;
#[cfg(feature = "server")]
mod rule_books;
mod rules;
mod sbom;
mod screen;
#[cfg(feature = "server")]
mod serve;
mod sql;
mod stored_rules;
mod summary;
mod terminal;
mod test;
mod threads;
mod verify;

#[cfg(feature = "server")]
use crate::server::store::StoreError;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use export_advisor_core::assessment::Detail;
use export_advisor_core::china::day;
use export_advisor_core::wording::Lang;
use jiff::civil::Date;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Tells a firm which supports of 国办发〔2023〕10号 concern it, why, what is missing, and where to go.
#[derive(Debug, Parser)]
#[command(name = "export-advisor", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the web form, the API and its description
    #[cfg(feature = "server")]
    Serve(serve::Serve),
    /// Look at the service's settings
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Try all that the service needs, and say what is in the way
    #[cfg(feature = "server")]
    Doctor(doctor::Doctor),
    /// Look after the store
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Db(db::DbCommand),
    /// Give, change and take back keys of the API
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Tell who did what and when, in counts and hashes
    #[cfg(feature = "server")]
    Audit(audit::Audit),
    /// List what readers report, and words that were searched for in vain
    #[cfg(feature = "server")]
    Feedback(feedback::Feedback),
    /// Assess one firm: a profile (JSON) in, one assessment out
    Assess(assess::Assess),
    /// Screen a list of firms: a file in, the same file with every status out
    Screen(Box<screen::Screen>),
    /// Run a screening again by its manifest, and say whether it comes out the same
    Verify(verify::Verify),
    /// Print a screening as an event of OpenLineage, made of its manifest
    Lineage(lineage::Lineage),
    /// Look at the rule books that the service keeps
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Rules(rule_books::RulesCommand),
    /// Tell every fault of the rules
    Check(check::Check),
    /// Report what changed between two rule books: texts, and whom it moves by which sentence
    Diff(diff::Diff),
    /// Run every case beside the rules
    Test(test::Test),
    /// Print the fact catalogue
    Facts(facts::Facts),
    /// Print the rule book as one query over a table of firms, or the table
    Sql(sql::Sql),
    /// Print the description of the API (OpenAPI 3.1)
    #[cfg(feature = "server")]
    Openapi,
    /// Print what the program is made of (CycloneDX)
    Sbom,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Which rules to use.
#[derive(Debug, Args)]
struct RulesArg {
    /// A folder of rules, with seeds/ beside it [default: the rules built into the program]
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// A folder to lay over the rules: contacts, notes and documents of another body; may be repeated
    #[arg(long, value_name = "DIR")]
    overlay: Vec<PathBuf>,
}

/// A language of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum LangArg {
    /// Chinese
    #[default]
    Zh,
    /// English
    En,
}

impl From<LangArg> for Lang {
    fn from(arg: LangArg) -> Self {
        match arg {
            LangArg::Zh => Self::Zh,
            LangArg::En => Self::En,
        }
    }
}

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DetailArg {
    /// Per support, status and window
    Status,
    /// Also what is missing, and the questions
    Missing,
    /// All that was found out of the firm, without the texts of the rule book
    Reasons,
    /// Everything
    #[default]
    Full,
}

impl From<DetailArg> for Detail {
    fn from(arg: DetailArg) -> Self {
        match arg {
            DetailArg::Status => Self::Status,
            DetailArg::Missing => Self::Missing,
            DetailArg::Reasons => Self::Reasons,
            DetailArg::Full => Self::Full,
        }
    }
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
enum CliError {
    /// Faults of the input or the rules, ready to print.
    #[error("{0}")]
    Faults(String),
    /// A list was screened and written, with more faults than allowed, ready to print.
    #[error("{0}")]
    WrittenWithFaults(String),
    /// Arguments that ask for what does not exist, or do not go together.
    #[error("{0}")]
    Usage(String),
    /// A screening could not read or write what it needs.
    #[error("{0}")]
    Failed(String),
    /// A file or the terminal failed.
    #[error("{path}: {source}")]
    Io { path: String, source: std::io::Error },
    /// The store failed.
    #[cfg(feature = "server")]
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CliError {
    fn status(&self) -> u8 {
        match self {
            Self::Faults(_) => 1,
            Self::Usage(_) => 2,
            Self::Failed(_) | Self::Io { .. } => 3,
            Self::WrittenWithFaults(_) => 4,
            #[cfg(feature = "server")]
            Self::Store(
                StoreError::Parameter(_) | StoreError::Unreadable | StoreError::Plaintext(_),
            ) => 1,
            #[cfg(feature = "server")]
            Self::Store(StoreError::Address(_) | StoreError::NotAFile) => 2,
            #[cfg(feature = "server")]
            Self::Store(_) => 3,
        }
    }
}

/// Runs the program with the arguments that it was called with.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            // What was typed stands in the message, so it has no colours either.
            terminal::report(error.to_string().trim_end());
            return ExitCode::from(2);
        }
        Err(help) => help.exit(),
    };
    let result = match cli.command {
        #[cfg(feature = "server")]
        Command::Serve(serve) => serve.run(),
        #[cfg(feature = "server")]
        Command::Config(config) => config.run(),
        #[cfg(feature = "server")]
        Command::Doctor(doctor) => doctor.run(),
        #[cfg(feature = "server")]
        Command::Db(db) => db.run(),
        #[cfg(feature = "server")]
        Command::Keys(keys) => keys.run(),
        #[cfg(feature = "server")]
        Command::Audit(audit) => audit.run(),
        #[cfg(feature = "server")]
        Command::Feedback(feedback) => feedback.run(),
        Command::Assess(assess) => assess.run(),
        Command::Screen(screen) => screen.run(),
        Command::Verify(verify) => verify.run(),
        Command::Lineage(lineage) => lineage.run(),
        #[cfg(feature = "server")]
        Command::Rules(rules) => rules.run(),
        Command::Check(check) => check.run(),
        Command::Diff(diff) => diff.run(),
        Command::Test(test) => test.run(),
        Command::Facts(facts) => facts.run(),
        Command::Sql(sql) => sql.run(),
        #[cfg(feature = "server")]
        Command::Openapi => print(&format!("{}\n", crate::server::routes::description())),
        Command::Sbom => sbom::run(),
        Command::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "export-advisor", &mut out);
            print(&String::from_utf8_lossy(&out))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::report(&error.to_string());
            ExitCode::from(error.status())
        }
    }
}

/// Checks the text of a file of settings as `serve` does before it starts, without starting anything.
///
/// # Errors
/// All faults, as they are printed.
#[cfg(feature = "server")]
pub fn check_settings(text: &str) -> Result<(), String> {
    config::check(text).map_err(|error| error.to_string())
}

/// Today in China, where the policies are in force.
fn today() -> Date {
    day(jiff::Timestamp::now())
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write a day as 2026-11-25".to_owned())
}

/// Reads a file, or standard input for `-`.
fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let io = |source| CliError::Io { path: path.display().to_string(), source };
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(io)?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(io)
}

/// Writes to standard output; a reader that has gone away is no fault.
fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(terminal::shown(text).as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError::Io { path: "standard output".to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Joins faults for printing, and counts them.
fn listed(faults: &[export_advisor_core::diagnostic::Diagnostic]) -> CliError {
    let messages: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let count = match faults.len() {
        1 => "1 fault".to_owned(),
        n => format!("{n} faults"),
    };
    CliError::Faults(format!("{}\n\n{count}", messages.join("\n\n")))
}
