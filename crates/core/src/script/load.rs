//! From rule files to a rule book: reads everything, then reports every fault.

use super::cascading::without_cascading;
use super::dates::day;
use super::draft::Drafts;
use super::finish;
use super::host::{Host, Sandbox, Script};
use super::known::Known;
use super::limits::{FAULTS, Limiter, TOO_SLOW};
use super::orphan_files::orphan_files;
use super::symbols::{Context, Location};
use crate::diagnostic::Diagnostic;
use crate::facts::{Catalogue, LocalizedText, Reference, Table, Tables, toml_fault};
use crate::files::{RuleFiles, sha256};
use crate::index::IndexVec;
use crate::interrupt::Interrupt;
use crate::policy;
use crate::rulebook::{
    Background, BackgroundKind, BenefitKind, MeasureTitle, Policy, PolicyId, RuleBook, Support,
};
use foldhash::HashMap;
use jiff::civil::Date;
use serde::Deserialize;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use toml::Spanned;

/// What reading the rules gave. A book is there even if there are faults, for as much as could be
/// read; it must then not be used for answers.
#[derive(Debug)]
pub struct Loaded {
    /// The book, as far as it could be read.
    pub book: RuleBook,
    /// All faults, in the order of the files.
    pub faults: Vec<Diagnostic>,
}

impl Loaded {
    /// The book, if it has no fault.
    ///
    /// # Errors
    /// All faults.
    pub fn into_result(self) -> Result<RuleBook, Vec<Diagnostic>> {
        if self.faults.is_empty() { Ok(self.book) } else { Err(self.faults) }
    }

    /// The book, if it has no fault but what a program finds in the care of its writing. An earlier
    /// program may not have looked for that, and the book states what it stated then.
    ///
    /// # Errors
    /// All other faults.
    pub fn into_kept(mut self) -> Result<RuleBook, Vec<Diagnostic>> {
        self.faults.retain(|fault| !OF_CARE.contains(&fault.code));
        self.into_result()
    }
}

/// Faults with which a book says the same as without.
const OF_CARE: [&str; 7] =
    ["stray-file", "no-policy-file", "window", "date", "fact-name", "fact-range", "table-head"];

/// Reads a rule book.
#[must_use]
pub fn load(files: &RuleFiles) -> Loaded {
    load_within(files, Vec::new(), &Interrupt::never())
}

/// Reads a rule book some of whose files could not be had, for the reasons that were `found`. Interrupted, it is a
/// book with nothing in it and the one fault `too-slow`, at the script that was not done.
#[must_use]
pub fn load_within(files: &RuleFiles, found: Vec<Diagnostic>, interrupt: &Interrupt) -> Loaded {
    let mut loaded = read_all(files, found, interrupt);
    if interrupt.is_set() {
        let at_script = loaded.faults.into_iter().find(|fault| fault.code == TOO_SLOW);
        let fault = at_script.unwrap_or_else(|| too_slow("rules"));
        loaded = Loaded { book: finish::empty_book(), faults: vec![fault] };
    }
    loaded
}

/// The fault of rules for which nobody waited to the end.
#[must_use]
pub fn too_slow(file: &str) -> Diagnostic {
    let message = "the rules take longer to read than they may";
    Diagnostic::new(
        TOO_SLOW,
        file,
        message,
        "shorten lists and conditions, or the largest of the files",
    )
}

fn read_all(files: &RuleFiles, found: Vec<Diagnostic>, interrupt: &Interrupt) -> Loaded {
    let (send, receive) = mpsc::channel::<Known>();
    let receive = Mutex::new(receive);
    let (here, measures) = side_by_side(
        move || Here::read(files, send, interrupt),
        || Measures::read(files, &receive, interrupt),
    );
    let Here { mut faults, known, derive } = here;
    faults.extend(found);
    faults.extend(orphan_files(files));
    let (context, measures) = match (derive, measures) {
        (Ok(context), Ok(measures)) => (context, measures),
        (Err(message), _) | (_, Err(message)) => {
            faults.push(Diagnostic::new("engine", "", message, "this is a fault of the program"));
            return Loaded { book: finish::empty_book(), faults };
        }
    };
    let Measures { supports, drafts, faults: found, is_full, version } = measures;
    faults.extend(found);
    let mut book = finish::finish(&context, &known, drafts, supports, files, &faults);
    faults.append(&mut context.faults.borrow_mut());
    let order = |fault: &Diagnostic| (fault.file.clone(), fault.line, fault.column);
    faults.sort_by_key(order);
    let all = faults.len();
    faults.truncate(FAULTS);
    let mut faults = without_cascading(faults);
    if all > FAULTS || is_full || context.limiter.is_full() {
        let message = format!("there are more faults than the first {FAULTS}");
        faults.push(Diagnostic::new(
            "too-many-faults",
            "rules",
            message,
            "mend these, and look again",
        ));
    }
    drop(context);
    // Nobody else holds these any more: they are moved, not copied.
    book.catalogue = Arc::unwrap_or_clone(known.catalogue);
    book.policies = Arc::unwrap_or_clone(known.policies);
    book.reference = Arc::unwrap_or_clone(known.reference);
    book.kinds = Arc::unwrap_or_clone(known.kinds);
    book.version = version;
    faults.dedup();
    Loaded { book, faults }
}

/// Everything but the measures: about half of the work.
struct Here {
    faults: Vec<Diagnostic>,
    known: Known,
    derive: Result<Rc<Context>, String>,
}

impl Here {
    fn read(files: &RuleFiles, send: mpsc::Sender<Known>, interrupt: &Interrupt) -> Self {
        let mut faults = Vec::new();
        let tables = tables(files, &mut faults);
        let catalogue = Catalogue::load(files.within("rules/facts", ".toml"), &tables, &mut faults);
        let known = Known {
            catalogue: Arc::new(catalogue),
            reference: Arc::new(Reference::load(&tables)),
            tables: Arc::new(tables),
            kinds: Arc::new(read_kinds(files, &mut faults)),
            policies: Arc::new(read_policies(files, &mut faults)),
        };
        // Who does not listen has failed and says so itself.
        let _ = send.send(known.clone());
        let derive = Sandbox::new().map(|sandbox| {
            faults.extend(unsayable(&sandbox, files, &known.catalogue));
            let scripts = compile(&sandbox, waited_for(derive_scripts(files), interrupt), true);
            run(sandbox, &scripts, files, &known, interrupt)
        });
        Self { derive, known, faults }
    }
}

/// The measures, checked as far as they can be without the derived facts, and the version.
struct Measures {
    supports: Vec<(Location, Support)>,
    /// What else their scripts stated.
    drafts: Drafts,
    faults: Vec<Diagnostic>,
    /// Whether there are more faults than these.
    is_full: bool,
    version: String,
}

impl Measures {
    fn read(
        files: &RuleFiles,
        known: &Mutex<mpsc::Receiver<Known>>,
        interrupt: &Interrupt,
    ) -> Result<Self, String> {
        let sandbox = Sandbox::new()?;
        // To read a script it need not be known which facts there are.
        let scripts = compile(&sandbox, waited_for(measure_scripts(files), interrupt), false);
        let known = known.lock().ok().and_then(|known| known.recv().ok());
        let known = known.ok_or_else(|| "the fact catalogue was not read".to_owned())?;
        let context = run(sandbox, &scripts, files, &known, interrupt);
        let mut drafts = context.drafts.take();
        let supports = finish::supports(&context, &known, &mut drafts);
        Ok(Self {
            supports,
            drafts,
            faults: context.faults.take(),
            is_full: context.limiter.is_full(),
            version: files.version(),
        })
    }
}

/// The facts whose names mean something else in a script, which then cannot say `firm.name`.
fn unsayable(sandbox: &Sandbox, files: &RuleFiles, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let can_say = |names: &[&str]| {
        let text: String = names.iter().map(|name| format!("firm.{name};\n")).collect();
        sandbox.compile("", &text, false).is_read()
    };
    let names: Vec<&str> = catalogue.facts.iter().map(|fact| fact.name.as_str()).collect();
    if can_say(&names) {
        return Vec::new();
    }
    let fault = |name: &str| {
        let is_it = |line: &&str| {
            let value = line.split_once('=').filter(|(key, _)| key.trim() == "name");
            value.is_some_and(|(_, value)| {
                let value = value.trim_start();
                [format!("\"{name}\""), format!("'{name}'")].iter().any(|it| value.starts_with(it))
            })
        };
        let mut of_facts = files.within("rules/facts", ".toml");
        let found = of_facts.find_map(|(file, text)| Some((file, text, text.lines().find(is_it)?)));
        let (file, text, line) = found.unwrap_or_default();
        let message = format!("`{name}` cannot be a fact's name: no script can say `firm.{name}`");
        let help = "choose another name: this one means something else in scripts";
        Diagnostic::new("fact-name", file, message, help).at_text(text, line)
    };
    names.into_iter().filter(|name| !can_say(&[name])).map(fault).collect()
}

/// The tables by their names.
pub(super) fn tables(files: &RuleFiles, faults: &mut Vec<Diagnostic>) -> Tables {
    let tables = files.shared("rules/tables/", ".tsv");
    tables
        .map(|(file, text)| Table::parse(file, text, faults))
        .map(|table| (table.name.clone(), Arc::new(table)))
        .collect()
}

/// Runs both at once, on two threads where there can be two. What they give does not depend on
/// which is faster. The second may wait for what the first sends, not the other way round: where
/// there is one thread, it runs after it.
#[expect(clippy::disallowed_methods, reason = "reading the scripts is half of a load, and splits")]
fn side_by_side<A, B: Send>(here: impl FnOnce() -> A, there: impl Fn() -> B + Sync) -> (A, B) {
    std::thread::scope(|scope| {
        let handle = std::thread::Builder::new().spawn_scoped(scope, &there);
        let first = here();
        let second = match handle {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => there(),
        };
        (first, second)
    })
}

pub(super) fn derive_scripts(files: &RuleFiles) -> impl Iterator<Item = (&str, &str)> {
    files.within("rules/derive", ".rhai")
}

pub(super) fn measure_scripts(files: &RuleFiles) -> impl Iterator<Item = (&str, &str)> {
    files.policy_folders().flat_map(|folder| files.within(folder, ".rhai"))
}

/// What there is until nobody waits for it any more.
fn waited_for<T>(items: impl Iterator<Item = T>, interrupt: &Interrupt) -> impl Iterator<Item = T> {
    items.take_while(|_| !interrupt.is_set())
}

/// Reads scripts; what is wrong with one is reported when it is run.
pub(super) fn compile<'a>(
    sandbox: &Sandbox,
    scripts: impl Iterator<Item = (&'a str, &'a str)>,
    derives: bool,
) -> Vec<Script> {
    scripts.map(|(file, text)| sandbox.compile(file, text, derives)).collect()
}

/// Runs scripts; what they stated and what is wrong with them is in the context.
fn run(
    sandbox: Sandbox,
    scripts: &[Script],
    files: &RuleFiles,
    known: &Known,
    interrupt: &Interrupt,
) -> Rc<Context> {
    let context = context(files, known, interrupt);
    let host = Host::new(sandbox, Rc::clone(&context));
    scripts.iter().for_each(|script| host.run(script));
    context
}

/// An empty context.
pub(super) fn context(files: &RuleFiles, known: &Known, interrupt: &Interrupt) -> Rc<Context> {
    let texts: HashMap<String, Arc<str>> = files
        .shared("rules/", ".rhai")
        .map(|(path, text)| (path.to_owned(), Arc::clone(text)))
        .collect();
    Rc::new(Context {
        catalogue: Arc::clone(&known.catalogue),
        tables: Arc::clone(&known.tables),
        running: RefCell::default(),
        answering: RefCell::new(None),
        drafts: RefCell::default(),
        faults: RefCell::default(),
        texts,
        tests: RefCell::default(),
        limiter: Limiter::new(interrupt.clone()),
    })
}

fn read_kinds(files: &RuleFiles, faults: &mut Vec<Diagnostic>) -> Vec<BenefitKind> {
    const FILE: &str = "rules/kinds.toml";
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Kinds {
        kind: Vec<Kind>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Kind {
        id: String,
        label: LocalizedText,
        #[serde(default)]
        amount: bool,
    }
    let Some(text) = files.get(FILE) else {
        faults.push(Diagnostic::new(
            "no-kinds",
            FILE,
            "the kinds of benefit are missing",
            "add the file with `[[kind]]` blocks",
        ));
        return Vec::new();
    };
    match toml::from_str::<Kinds>(text) {
        Ok(kinds) => kinds
            .kind
            .into_iter()
            .map(|k| BenefitKind { id: k.id, label: k.label, amount: k.amount })
            .collect(),
        Err(error) => {
            faults.push(toml_fault(FILE, text, &error));
            Vec::new()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    id: Spanned<String>,
    number: String,
    title: LocalizedText,
    issuer: LocalizedText,
    issued: Spanned<toml::value::Datetime>,
    seed: Spanned<String>,
    sha256: Spanned<String>,
    sentences: Spanned<usize>,
    measure: Vec<MeasureEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureEntry {
    number: u8,
    slug: String,
    title: Spanned<String>,
    title_en: String,
}

fn read_policies(files: &RuleFiles, faults: &mut Vec<Diagnostic>) -> IndexVec<PolicyId, Policy> {
    let folders: Vec<&str> = files.policy_folders().collect();
    if folders.is_empty() {
        faults.push(Diagnostic::new(
            "no-policy",
            "rules",
            "no policy was found",
            "add a folder with a policy.toml",
        ));
    }
    folders.into_iter().filter_map(|folder| read_policy(files, folder, faults)).collect()
}

fn read_policy(files: &RuleFiles, folder: &str, faults: &mut Vec<Diagnostic>) -> Option<Policy> {
    let file = format!("{folder}/policy.toml");
    let toml = files.get(&file)?;
    let read: PolicyFile = match toml::from_str(toml) {
        Ok(read) => read,
        Err(error) => {
            faults.push(toml_fault(&file, toml, &error));
            return None;
        }
    };
    let mut fault = |code, message: String, help: &str, span| {
        faults.push(Diagnostic::new(code, &file, message, help).at_bytes(toml, span));
    };
    let id = folder.rsplit('/').next().unwrap_or(folder);
    if read.id.get_ref() != id {
        let message = format!("the id `{}` is not the folder's name `{id}`", read.id.get_ref());
        fault("policy-id", message, "make them equal", read.id.span());
    }
    let issued = day(&read.issued.get_ref().to_string()).unwrap_or_else(|| {
        fault(
            "date",
            format!("`{}` is not a day", read.issued.get_ref()),
            "write it as 2023-04-11",
            read.issued.span(),
        );
        Date::constant(2000, 1, 1)
    });
    let Some(seed) = files.get(read.seed.get_ref()) else {
        let message = format!("the text `{}` does not exist", read.seed.get_ref());
        fault(
            "no-seed",
            message,
            "put the published text there; seeds/ stands beside rules/",
            read.seed.span(),
        );
        return None;
    };
    if sha256(seed) != *read.sha256.get_ref() {
        let message = "the text is not the one that the rules were written for".to_owned();
        fault(
            "seed-changed",
            message,
            "restore the text, or read the rules against the new one and write its SHA-256",
            read.sha256.span(),
        );
    }
    let text = match policy::parse(seed) {
        Ok(text) => text,
        Err(errors) => {
            // Locating a fault scans the text.
            for error in errors.into_iter().take(FAULTS) {
                let index = error.index();
                let end = (index + 3).min(seed.len());
                faults.push(
                    Diagnostic::new(
                        "policy-text",
                        read.seed.get_ref(),
                        error.to_string(),
                        "compare the text with the published one",
                    )
                    .at_bytes(seed, index..end),
                );
            }
            return None;
        }
    };
    let count = text.sentence_ids().count();
    if count != *read.sentences.get_ref() {
        let message = format!("the text has {count} sentences, not {}", read.sentences.get_ref());
        fault(
            "sentence-count",
            message,
            "compare the text with the published one",
            read.sentences.span(),
        );
    }
    for (measure, entry) in text.measures.iter().zip(&read.measure) {
        let title = text.slice(&measure.title);
        if entry.title.get_ref() != title || entry.number != measure.number {
            let message = format!("measure {} is titled `{title}` in the text", measure.number);
            fault("measure-title", message, "copy the title from the text", entry.title.span());
        }
    }
    if text.measures.len() != read.measure.len() {
        let message = format!(
            "the text has {} measures, {} are listed",
            text.measures.len(),
            read.measure.len()
        );
        fault("measure-title", message, "list each measure once, in order", read.sentences.span());
    }
    let measures = (read.measure.into_iter())
        .map(|entry| MeasureTitle {
            number: entry.number,
            slug: entry.slug,
            title: LocalizedText { zh: entry.title.into_inner(), en: entry.title_en },
        })
        .collect();
    let background = read_background(files, folder, &text, faults);
    Some(Policy {
        id: id.to_owned(),
        number: read.number,
        title: read.title,
        issuer: read.issuer,
        issued,
        text,
        measures,
        background,
    })
}

fn read_background(
    files: &RuleFiles,
    folder: &str,
    policy: &policy::PolicyText,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Background> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        background: Vec<Entry>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        sentence: Spanned<String>,
        kind: Kind,
        reason: LocalizedText,
        on: Option<toml::value::Datetime>,
        source: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Government,
        Lapsed,
    }
    let file = format!("{folder}/background.toml");
    let Some(toml) = files.get(&file) else { return Vec::new() };
    let read: File = match toml::from_str(toml) {
        Ok(read) => read,
        Err(error) => {
            faults.push(toml_fault(&file, toml, &error));
            return Vec::new();
        }
    };
    let mut kept: Vec<Background> = Vec::new();
    for entry in read.background {
        if faults.len() > FAULTS {
            break;
        }
        let span = entry.sentence.span();
        let given = entry.sentence.get_ref();
        let mut fault = |code, message: String, help: &str| {
            faults.push(Diagnostic::new(code, &file, message, help).at_bytes(toml, span.clone()));
        };
        let Some(sentence) = given.parse().ok().filter(|id| policy.sentence(*id).is_some()) else {
            fault(
                "unknown-sentence",
                format!("the text has no sentence `{given}`"),
                "write measure.sentence, the measure's title not counted",
            );
            continue;
        };
        if kept.iter().any(|other| other.sentence == sentence) {
            fault("background-twice", format!("sentence `{given}` stands twice"), "remove one");
        }
        let on = entry.on.and_then(|date| day(&date.to_string()));
        let kind = match (entry.kind, on) {
            (Kind::Government, _) => BackgroundKind::Government,
            (Kind::Lapsed, Some(on)) => BackgroundKind::Lapsed { on },
            (Kind::Lapsed, None) => {
                fault(
                    "date",
                    "a lapsed sentence needs its day".to_owned(),
                    "add `on = 2023-08-30`",
                );
                continue;
            }
        };
        kept.push(Background { sentence, kind, reason: entry.reason, source: entry.source });
    }
    kept
}
