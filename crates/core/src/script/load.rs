//! From rule files to a rule book: reads everything, then reports every fault.

use super::cascading::without_cascading;
use super::draft::Drafts;
use super::finish::{self, Finished};
use super::host::{Host, Sandbox, Script};
use super::known::Known;
use super::limits::{FAULTS, Limiter, TOO_SLOW};
use super::offices::{read_channels, read_population};
use super::orphan_files::orphan_files;
use super::overlay::{read_notes, read_overlays};
use super::policies::read_policies;
use super::symbols::Context;
use crate::diagnostic::Diagnostic;
use crate::facts::{Catalogue, LocalizedText, Reference, Table, Tables, read_toml};
use crate::files::RuleFiles;
use crate::index::IndexVec;
use crate::interrupt::Interrupt;
use crate::rulebook::{BenefitKind, Overlay, OverlayId, Population, RuleBook};
use foldhash::HashMap;
use serde::Deserialize;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};

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
const OF_CARE: [&str; 8] = [
    "stray-file",
    "no-policy-file",
    "window",
    "date",
    "fact-name",
    "fact-range",
    "table-head",
    "office-in-words",
];

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
    let Here { mut faults, known, population, overlays, derive } = here;
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
    book.overlays = overlays;
    read_notes(files, &known.reference, &mut book, &mut faults);
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
    book.channels = Arc::unwrap_or_clone(known.channels);
    book.papers = Arc::unwrap_or_clone(known.papers);
    book.population = population;
    book.version = version;
    faults.dedup();
    Loaded { book, faults }
}

/// Everything but the measures: about half of the work.
struct Here {
    faults: Vec<Diagnostic>,
    known: Known,
    population: Population,
    overlays: IndexVec<OverlayId, Overlay>,
    derive: Result<Rc<Context>, String>,
}

impl Here {
    fn read(files: &RuleFiles, send: mpsc::Sender<Known>, interrupt: &Interrupt) -> Self {
        let mut faults = Vec::new();
        let tables = tables(files, &mut faults);
        let catalogue = Catalogue::load(files.within("rules/facts", ".toml"), &tables, &mut faults);
        let (mut channels, papers) = read_channels(files, &mut faults);
        let reference = Reference::load(&tables);
        let overlays = read_overlays(files, &reference, &mut channels, &mut faults);
        let population = read_population(files, &catalogue, &mut faults);
        let policies = read_policies(files, &catalogue, &mut faults);
        let known = Known {
            catalogue: Arc::new(catalogue),
            reference: Arc::new(reference),
            tables: Arc::new(tables),
            kinds: Arc::new(read_kinds(files, &mut faults)),
            channels: Arc::new(channels),
            papers: Arc::new(papers),
            policies: Arc::new(policies),
        };
        // Who does not listen has failed and says so itself.
        let _ = send.send(known.clone());
        let derive = Sandbox::new().map(|sandbox| {
            faults.extend(unsayable(&sandbox, files, &known.catalogue));
            let scripts = compile(&sandbox, waited_for(derive_scripts(files), interrupt), true);
            run(sandbox, &scripts, files, &known, interrupt)
        });
        Self { derive, known, population, overlays, faults }
    }
}

/// The measures, checked as far as they can be without the derived facts, and the version.
struct Measures {
    supports: Vec<Finished>,
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
    files.within(RuleFiles::DERIVE, ".rhai")
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
    let kinds = read_toml(FILE, text, faults).map_or_else(Vec::new, |kinds: Kinds| kinds.kind);
    kinds.into_iter().map(|k| BenefitKind { id: k.id, label: k.label, amount: k.amount }).collect()
}
