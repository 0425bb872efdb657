//! Every name of the product that the targets use: lists, profiles, rules, settings and the service in-process.
//!
//! The rest of the crate sees plain values: texts, counts, statuses. A renamed item of the product is mended here.

use actix_web::dev::Service as _;
use actix_web::http::Method;
use actix_web::{HttpResponse, body, test};
use export_advisor::server::access::AccessSettings;
use export_advisor::server::app::{App, Parts};
use export_advisor::server::http::limits::Limits as HttpLimits;
use export_advisor::server::operator::Operator;
use export_advisor::server::reload::RuleSource;
use export_advisor::server::secrets::FormKey;
use export_advisor::server::service::application;
use export_advisor::server::shares::ShareLimits;
use export_advisor_core::assessment::{Advisor, Detail, warnings, write_json};
use export_advisor_core::diagnostic::Diagnostic;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{FactId, Fault, LocalizedText, Profile, Value, parse};
use export_advisor_core::files::RuleFiles;
use export_advisor_core::interrupt::Interrupt;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::script::load;
use export_advisor_core::wording::Lang;
use export_advisor_screening::{
    Columns, Destination, FileType, Input, Limit, Limits, Meter, MissingColumn, Mode, Options,
    Progress, screen,
};
use jiff::civil::{Date, date};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// A day on which windows are open, and some closed.
const DAY: Date = date(2026, 11, 25);

/// The built-in rule book.
static ADVISOR: LazyLock<Advisor> = LazyLock::new(|| match load(&FILES).into_result() {
    Ok(book) => Advisor::new(book),
    Err(faults) => panic!("{} faults in the built-in rules", faults.len()),
});
static FILES: LazyLock<RuleFiles> = LazyLock::new(RuleFiles::builtin);

// ---- lists -------------------------------------------------------------------------------------

/// How a list is screened.
#[derive(Clone, Debug)]
pub struct ListOptions {
    /// The format of the input, as `--from` names it.
    pub from: &'static str,
    /// The format of the output, as `--to` names it.
    pub to: &'static str,
    /// Texts in English instead of Chinese.
    pub english: bool,
    /// `--encoding`.
    pub encoding: Option<&'static str>,
    /// `--delimiter`.
    pub delimiter: Option<u8>,
    /// Whether the limits are those of the service, which are the smallest.
    pub small: bool,
}

/// What a screening says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screened {
    /// Rows that were read.
    pub rows_in: u64,
    /// Rows that were written.
    pub rows_out: u64,
    /// Rows that the summary counts.
    pub counted: u64,
    /// Rows with a fault.
    pub faulty: u64,
    /// Rows with a fault that cannot be taken apart.
    pub unreadable: u64,
    /// Rows that are no firm.
    pub not_firms: u64,
    /// The rows whose faults are listed, as a spreadsheet numbers them.
    pub fault_rows: Vec<u64>,
    /// For each support, rows to which it applies, does not apply, and is undetermined.
    pub statuses: Vec<[u64; 3]>,
}

struct Silent;

impl Progress for Silent {
    fn start(&mut self, _: &Columns, _: &Plan, _: &[LocalizedText]) {}
    fn advance(&mut self, _: &Meter) {}
}

/// Screens a file into another.
///
/// # Errors
/// The message for the person who asked.
pub fn screen_list(input: &Path, output: &Path, options: &ListOptions) -> Result<Screened, String> {
    let plan = &ADVISOR.plan;
    let derived = ["size", "region"].into_iter();
    let derived = derived.filter_map(|name| Some(plan.book.catalogue.find(name)?.id));
    let mut limits = if options.small { Limits::SERVICE } else { Limits::COMMAND_LINE };
    if !options.small {
        // An output has more columns than its input, and longer lines.
        limits.set(Limit::Columns, 10_000);
        limits.set(Limit::Expansion, 100_000);
    }
    let file_type = |name: &str| FileType::parse(name).ok_or(format!("no format `{name}`"));
    let asked = Options {
        input: Input::File(input.to_owned()),
        input_type: file_type(options.from)?,
        output: Destination::File(output.to_owned()),
        output_type: file_type(options.to)?,
        as_of: DAY,
        lang: if options.english { Lang::En } else { Lang::Zh },
        supports: (0..plan.book.supports.len()).collect(),
        derive: derived.collect(),
        // Outputs of both forms are read again.
        excluded_by: options.english,
        missing: MissingColumn::All,
        ask_next: options.english,
        keep_refused: false,
        header_row: None,
        map: Vec::new(),
        sheet: None,
        encoding: options.encoding.map(str::to_owned),
        delimiter: options.delimiter,
        bom: !options.english,
        workers: 1,
        matches: None,
        report: None,
        summary: None,
        limits,
        mode: Mode::default(),
    };
    let report = screen(plan, &asked, &mut Silent).map_err(|error| error.to_string())?;
    let summary = report.summary;
    Ok(Screened {
        rows_in: report.rows_in,
        rows_out: report.rows_out,
        counted: summary.rows,
        faulty: summary.faulty,
        unreadable: summary.unreadable,
        not_firms: summary.not_firms,
        fault_rows: summary.first_faults.into_iter().map(|(row, _)| row).collect(),
        statuses: summary.supports.into_iter().map(|support| support.total).collect(),
    })
}

// ---- profiles ----------------------------------------------------------------------------------

/// A profile that was read.
#[derive(Clone, Debug)]
pub struct Firm(Profile);

/// Reads a profile.
///
/// # Errors
/// A JSON pointer and a key for each fault.
pub fn read_profile(json: &[u8]) -> Result<Firm, Vec<(String, String)>> {
    let book = ADVISOR.book();
    let read = parse(&book.catalogue, &book.reference, json);
    let pairs = |faults: Vec<Fault>| faults.into_iter().map(|f| (f.pointer, f.key)).collect();
    read.map(Firm).map_err(pairs)
}

impl Firm {
    /// The assessment as JSON, in full or statuses only.
    #[must_use]
    pub fn assessment(&self, full: bool) -> String {
        let answer = Answer::new(&ADVISOR.plan, &self.0, DAY);
        let detail = if full { Detail::Full } else { Detail::Status };
        let mut json = String::new();
        write_json(&ADVISOR, &answer, &detail.into(), &mut json);
        json
    }

    /// The status of each support: applies, does not apply, or nothing if it is undetermined.
    #[must_use]
    pub fn statuses(&self) -> Vec<Option<bool>> {
        let answer = Answer::new(&ADVISOR.plan, &self.0, DAY);
        let status = |support| match answer.status(support) {
            Status::Applies => Some(true),
            Status::DoesNotApply => Some(false),
            Status::Undetermined => None,
        };
        (0..ADVISOR.plan.supports.len()).map(status).collect()
    }

    /// Whether the answers contradict each other: then more answers may change a status.
    #[must_use]
    pub fn contradicts(&self) -> bool {
        let found = warnings(&Answer::new(&ADVISOR.plan, &self.0, DAY));
        found.iter().any(|w| w.code == "contradiction" || w.code.starts_with("conflict:"))
    }

    /// The same firm with one answer less, for each of its answers, with the fact's name.
    pub fn with_less(&self) -> impl Iterator<Item = (&'static str, Self)> {
        let answered = self.0.iter().filter(|(_, value)| **value != Value::NotAnswered);
        let facts: Vec<FactId> = answered.map(|(fact, _)| fact).collect();
        facts.into_iter().map(|fact| {
            let mut less = self.0.clone();
            less.set(fact, Value::NotAnswered);
            less.notices.retain(|notice| notice.fact != fact);
            (ADVISOR.book().catalogue.fact(fact).name.as_str(), Self(less))
        })
    }
}

// ---- rules -------------------------------------------------------------------------------------

/// A fault of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// The file; empty or a folder if no single file is at fault.
    pub file: String,
    /// The line from 1, 0 for the whole file.
    pub line: usize,
    /// The column from 1 in characters, 0 for the whole line.
    pub column: usize,
    /// The line's text, empty if there is no line.
    pub source: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// As it is printed.
    pub printed: String,
}

/// Files of rules, to be changed and read.
#[derive(Clone, Debug)]
pub struct Rules(RuleFiles);

impl Rules {
    /// The built-in rules.
    #[must_use]
    pub fn builtin() -> Self {
        Self(FILES.clone())
    }

    /// The files' names below a folder and with an ending, in order.
    #[must_use]
    pub fn names(folder: &str, ending: &str) -> Vec<&'static str> {
        let names = FILES.iter().map(|(name, _)| name);
        names.filter(|name| name.starts_with(folder) && name.ends_with(ending)).collect()
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<&str> {
        self.0.get(file)
    }

    /// Puts a text in the place of a file's.
    pub fn set(&mut self, file: &str, text: &str) {
        self.0.insert(file, text);
    }

    /// Leaves the files with an ending out.
    pub fn remove(&mut self, ending: &str) {
        for file in Self::names("rules/", ending) {
            self.0.remove(file);
        }
    }

    /// Reads the rules; where they have no fault, makes a plan of them and assesses a firm that says nothing.
    #[must_use]
    pub fn load(&self) -> Vec<RuleFault> {
        let faults = match load(&self.0).into_result() {
            Ok(book) => {
                let advisor = Advisor::new(book);
                let profile = Profile::empty(&advisor.book().catalogue);
                let answer = Answer::new(&advisor.plan, &profile, DAY);
                let mut json = String::new();
                write_json(&advisor, &answer, &Detail::Full.into(), &mut json);
                assert!(
                    serde_json::from_str::<serde_json::Value>(&json).is_ok(),
                    "no JSON: {json}"
                );
                return Vec::new();
            }
            Err(faults) => faults,
        };
        let fault = |fault: Diagnostic| RuleFault {
            printed: fault.to_string(),
            file: fault.file,
            line: fault.line,
            column: fault.column,
            source: fault.source,
            message: fault.message,
            help: fault.help,
        };
        faults.into_iter().map(fault).collect()
    }
}

/// `sha256:…` without its prefix, as `policy.toml` names a text.
#[must_use]
pub fn sha256(text: &str) -> String {
    export_advisor_core::files::sha256(text)
}

// ---- settings ----------------------------------------------------------------------------------

/// Reads a file of settings as `serve` does.
///
/// # Errors
/// The faults as they are printed.
pub fn check_settings(text: &str) -> Result<(), String> {
    export_advisor::cli::check_settings(text)
}

// ---- the service -------------------------------------------------------------------------------

/// The key that the service signs with.
pub const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// An answer of the service.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body as it is before any compression.
    pub body: Vec<u8>,
}

type Answering = Pin<Box<dyn Future<Output = Reply>>>;

/// The service, on the thread that asks it.
struct Service {
    system: actix_web::rt::SystemRunner,
    call: Box<dyn Fn(test::TestRequest) -> Answering>,
}

thread_local! {
    // Never dropped: it would look for other values of a thread that ends, some of which are gone by then.
    static SERVICE: ManuallyDrop<Service> = ManuallyDrop::new(Service::new());
}

impl Service {
    /// The service as `serve` puts it together, without a store and a socket.
    fn new() -> Self {
        let system = actix_web::rt::System::new();
        let Ok(book) = load(&FILES).into_result() else { panic!("the built-in rules") };
        let Some(form_key) = FormKey::from_text(KEY) else { panic!("the key") };
        let read = |_: &Interrupt| Err("no rules to reload".to_owned());
        let app = App::new(Parts {
            advisor: Advisor::new(book),
            source: RuleSource { read: Arc::new(read), within: Duration::from_secs(1) },
            store: None,
            limits: HttpLimits::default(),
            access: AccessSettings { loopback: true, ..AccessSettings::default() },
            share_limits: ShareLimits::default(),
            caller_secret: form_key.caller_secret(),
            audit_days: 1,
            telemetry: None,
            form_key,
            embed: Vec::new(),
            operator: Operator::default(),
        });
        let app = application(app);
        let app = Rc::new(system.block_on(test::init_service(app)));
        let call = move |request: test::TestRequest| -> Answering {
            let app = Rc::clone(&app);
            Box::pin(async move {
                let response = match app.call(request.to_request()).await {
                    Ok(response) => response.map_into_boxed_body().into(),
                    Err(error) => error.error_response(),
                };
                let (head, content) = HttpResponse::into_parts(response);
                let body = body::to_bytes(content).await;
                let Ok(body) = body else { panic!("the body of an answer breaks off") };
                Reply { status: head.status().as_u16(), body: body.to_vec() }
            })
        };
        Self { system, call: Box::new(call) }
    }
}

/// Asks the service: a form to POST, or nothing for a GET.
#[must_use]
pub fn ask(path: &str, form: Option<&[u8]>) -> Reply {
    let request = test::TestRequest::with_uri(path)
        .peer_addr(SocketAddr::from(([127, 0, 0, 1], 9)))
        .insert_header(("Host", "127.0.0.1"));
    let request = match form {
        Some(form) => request
            .method(Method::POST)
            .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
            .set_payload(form.to_vec()),
        None => request,
    };
    SERVICE.with(|service| service.system.block_on((service.call)(request)))
}
