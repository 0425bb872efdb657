//! What a script holds instead of a firm's answers, and the context that all its functions share.

use super::draft::Drafts;
use super::limits::Limiter;
use crate::condition::{Condition, DEEPEST, LARGEST, Test};
use crate::diagnostic::{Diagnostic, nearest};
use crate::facts::{Catalogue, FactId, LocalizedText, Tables};
use crate::truth::Truth;
use foldhash::{HashMap, HashSet};
use rhai::{NativeCallContext, Position};
use std::cell::RefCell;
use std::sync::Arc;

/// `firm` itself.
#[derive(Clone)]
pub(super) struct Firm;

/// `firm.x`; `None` stands for a fact that does not exist, so that one mistake is one fault.
#[derive(Clone, Copy)]
pub(super) struct FactSymbol(pub(super) Option<FactId>);

/// A condition of a script; `None` stands for one that could not be made.
#[derive(Clone)]
pub(super) struct SymbolicValue(pub(super) Option<Meaning>);

/// A condition as a tree, or, when a firm is at hand, as its truth.
#[derive(Clone)]
pub(super) enum Meaning {
    Tree(Arc<Condition>),
    Truth(Truth),
}

impl SymbolicValue {
    pub(super) const ERROR: Self = Self(None);

    pub(super) fn negate(self) -> Self {
        Self(self.0.map(|meaning| match meaning {
            Meaning::Tree(tree) => Meaning::Tree(Condition::negate(&tree)),
            Meaning::Truth(truth) => Meaning::Truth(!truth),
        }))
    }

    pub(super) fn join(terms: Vec<Self>, all: bool) -> Self {
        let mut trees = Vec::new();
        let mut truths = Vec::new();
        for term in terms {
            match term.0 {
                None => return Self::ERROR,
                Some(Meaning::Tree(tree)) => trees.push(tree),
                Some(Meaning::Truth(truth)) => truths.push(truth),
            }
        }
        Self(Some(if truths.is_empty() {
            Meaning::Tree(if all { Condition::and(trees) } else { Condition::or(trees) })
        } else {
            let truths = truths.into_iter();
            Meaning::Truth(if all {
                truths.fold(Truth::True, Truth::and)
            } else {
                truths.fold(Truth::False, Truth::or)
            })
        }))
    }

    fn tree(&self) -> Option<&Condition> {
        match &self.0 {
            Some(Meaning::Tree(tree)) => Some(tree),
            _ => None,
        }
    }

    pub(super) fn coalesce(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some(Meaning::Tree(a)), Some(Meaning::Tree(b))) => {
                Some(Meaning::Tree(Arc::new(Condition::coalesce(a, b))))
            }
            (Some(Meaning::Truth(a)), Some(Meaning::Truth(b))) => {
                Some(Meaning::Truth(a.coalesce(b)))
            }
            _ => None,
        })
    }
}

/// How a test is answered from what a firm states.
pub(super) type Answering = Box<dyn Fn(FactId, &Test) -> Truth>;

/// What all functions of the scripts share.
pub(super) struct Context {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) tables: Arc<Tables>,
    /// The file of the script that is being run.
    pub(super) running: RefCell<Arc<str>>,
    /// `None` while the scripts are read; for the oracle, what a firm states.
    pub(super) answering: RefCell<Option<Answering>>,
    pub(super) drafts: RefCell<Drafts>,
    pub(super) faults: RefCell<Vec<Diagnostic>>,
    /// File → text, for the underlined line of a fault.
    pub(super) texts: HashMap<String, Arc<str>>,
    /// The tests made so far: scripts repeat them, and equal ones are shared.
    pub(super) tests: RefCell<HashSet<Arc<Condition>>>,
    /// How much the running script has done beside Rhai's own steps.
    pub(super) limiter: Limiter,
}

/// The location of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Location {
    pub(super) file: Arc<str>,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Location {
    pub(super) fn new(file: &Arc<str>, position: Position) -> Self {
        Self {
            file: Arc::clone(file),
            line: position.line().unwrap_or(0),
            column: position.position().unwrap_or(0),
        }
    }
}

impl Context {
    /// Where a call of the running script stands.
    pub(super) fn location(&self, call: &NativeCallContext<'_>) -> Location {
        Location::new(&self.running.borrow(), call.call_position())
    }

    /// A test, as a condition or as its truth.
    pub(super) fn test(&self, fact: FactId, test: Test) -> SymbolicValue {
        SymbolicValue(Some(match self.answering.borrow().as_ref() {
            None => Meaning::Tree(self.interned(Condition::test(fact, test))),
            Some(stated) => Meaning::Truth(self.answer(fact, &test, stated(fact, &test))),
        }))
    }

    /// Joins conditions, unless the result is too large or too deep.
    pub(super) fn join(
        &self,
        location: &Location,
        terms: Vec<SymbolicValue>,
        all: bool,
    ) -> SymbolicValue {
        self.grown(location, terms, |terms| SymbolicValue::join(terms, all))
    }

    /// The first where it is known, else the second, unless the result is too large or too deep.
    pub(super) fn coalesce(
        &self,
        location: &Location,
        first: SymbolicValue,
        second: SymbolicValue,
    ) -> SymbolicValue {
        self.grown(location, vec![first, second], |terms| {
            let mut terms = terms.into_iter();
            let (first, second) = (terms.next(), terms.next());
            first.zip(second).map_or(SymbolicValue::ERROR, |(first, second)| first.coalesce(second))
        })
    }

    /// Makes a condition of others. Its size is checked before, since making it takes as long as it is large.
    fn grown(
        &self,
        location: &Location,
        terms: Vec<SymbolicValue>,
        make: impl FnOnce(Vec<SymbolicValue>) -> SymbolicValue,
    ) -> SymbolicValue {
        if !self.is_small(
            location,
            Condition::size(terms.iter().filter_map(SymbolicValue::tree), LARGEST),
        ) {
            return SymbolicValue::ERROR;
        }
        let made = make(terms);
        if made.tree().is_none_or(|tree| tree.depth() <= DEEPEST) {
            return made;
        }
        self.fault(
            location,
            "condition-too-deep",
            format!("more than {DEEPEST} conditions stand within each other"),
            "derive a fact for a part of it, or put the conditions into a list: `any_of(list)`, `all_of(list)`",
        );
        SymbolicValue::ERROR
    }

    /// Whether a condition may have this size; one that may not is a fault.
    pub(super) fn is_small(&self, location: &Location, size: usize) -> bool {
        self.limiter.work(size);
        let is_small = size < LARGEST;
        if !is_small {
            self.fault(
                location,
                "condition-too-large",
                format!(
                    "the condition would have more than {LARGEST} tests, joints and listed values"
                ),
                "derive a fact for a part of it, or name a group of codes by what they begin with",
            );
        }
        is_small
    }

    /// Notes that a condition is used: what is done with it later takes as long as it is large.
    pub(super) fn used(&self, condition: SymbolicValue) -> SymbolicValue {
        self.limiter.work(Condition::size(condition.tree(), LARGEST));
        condition
    }

    /// A text that a script says.
    pub(super) fn text(&self, text: &str) -> String {
        self.limiter.work(text.len());
        text.to_owned()
    }

    /// A text in both languages that a script says.
    pub(super) fn both(&self, zh: &str, en: &str) -> LocalizedText {
        LocalizedText { zh: self.text(zh), en: self.text(en) }
    }

    fn interned(&self, test: Condition) -> Arc<Condition> {
        let mut tests = self.tests.borrow_mut();
        if let Some(known) = tests.get(&test) {
            return Arc::clone(known);
        }
        let test = Arc::new(test);
        tests.insert(Arc::clone(&test));
        test
    }

    /// The condition that no fact can decide.
    pub(super) fn open(&self) -> SymbolicValue {
        SymbolicValue(Some(match self.answering.borrow().as_ref() {
            None => Meaning::Tree(Arc::new(Condition::indeterminate())),
            Some(_) => Meaning::Truth(Truth::Unknown),
        }))
    }

    /// Records a fault at a location.
    pub(super) fn fault(
        &self,
        location: &Location,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if !self.limiter.fault() {
            return;
        }
        let fault = Diagnostic::new(code, &location.file, short(message), short(help));
        let fault = match self.texts.get(&*location.file) {
            Some(text) if location.line > 0 => {
                fault.at(text, location.line, location.column.max(1))
            }
            _ => fault,
        };
        self.faults.borrow_mut().push(fault);
    }

    /// Records a fault of a quoted text on the line of a call, or near it.
    pub(super) fn fault_of_text(
        &self,
        location: &Location,
        quoted: &str,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if !self.limiter.fault() {
            return;
        }
        let fault = Diagnostic::new(code, &location.file, short(message), short(help));
        let fault = match self.texts.get(&*location.file) {
            Some(text) => {
                let literal = format!("\"{quoted}\"");
                let call = line_start(text, location.line);
                let found = text.get(call..).and_then(|rest| rest.find(&literal));
                match found.filter(|offset| *offset < 600) {
                    Some(offset) => {
                        fault.at_bytes(text, call + offset..call + offset + literal.len())
                    }
                    None => fault.at(text, location.line, location.column.max(1)),
                }
            }
            None => fault,
        };
        self.faults.borrow_mut().push(fault);
    }

    /// A fact by name; a name that does not exist is a fault.
    pub(super) fn fact(&self, location: &Location, name: &str) -> FactSymbol {
        if let Some(fact) = self.catalogue.find(name) {
            return FactSymbol(Some(fact.id));
        }
        let help = match self.catalogue.nearest(name) {
            Some(near) => format!("did you mean `firm.{near}`?"),
            None => "declare it in rules/facts/, or use a fact that is declared there".to_owned(),
        };
        let message = format!("no fact is named `{name}`");
        self.fault(&self.location_of(location, name), "unknown-fact", message, help);
        FactSymbol(None)
    }

    /// The index of an enum value of a fact; one that does not exist is a fault.
    pub(super) fn value(&self, location: &Location, fact: FactId, value: &str) -> Option<u16> {
        let fact = self.catalogue.fact(fact);
        let index = fact.value_index(value);
        if index.is_none() {
            let values = || fact.values.iter().map(|w| w.name.as_str());
            let help = match nearest(value, values()) {
                Some(near) => format!("did you mean `\"{near}\"`?"),
                None if fact.values.is_empty() => format!("`firm.{}` takes no words", fact.name),
                None => {
                    let all: Vec<&str> = values().take(12).collect();
                    format!("its values are: {}", all.join(", "))
                }
            };
            self.fault_of_text(
                location,
                value,
                "unknown-word",
                format!("`{value}` is not a value of `firm.{}`", fact.name),
                help,
            );
        }
        index
    }

    /// The location of a token at or after a location of its line: that of `firm.x` is its dot, that of
    /// `derive("x")` the function's name.
    pub(super) fn location_of(&self, location: &Location, value: &str) -> Location {
        let mut location = location.clone();
        if let Some(text) = self.texts.get(&*location.file) {
            let line = text.lines().nth(location.line.saturating_sub(1)).unwrap_or("");
            let from: String = line.chars().skip(location.column.saturating_sub(1)).collect();
            if let Some(offset) = from.find(value) {
                location.column += from.get(..offset).unwrap_or("").chars().count();
            }
        }
        location
    }
}

/// What a fault says, without the rest of a text that nobody reads to its end.
fn short(text: impl Into<String>) -> String {
    const LONGEST: usize = 2000;
    let mut text = text.into();
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

fn line_start(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}
