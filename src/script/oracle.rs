//! The slow oracle: the scripts themselves, run for one firm with three-valued values.
//!
//! It shares no code with the plan but the scripts: what it answers, the plan must answer.

use super::host::Host;
use super::load::{Scripts, compile, host};
use super::symbols::{Context, Meaning, Sym};
use crate::condition::Test;
use crate::facts::{FactId, Profile, Table, Value};
use crate::files::RuleFiles;
use crate::rulebook::RuleBook;
use crate::truth::Truth;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// The scripts of a rule book, ready to be run for one firm after another.
pub struct Oracle {
    context: Rc<Context>,
    host: Host,
    scripts: Scripts,
    passes: usize,
}

/// What the oracle says of one firm.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Support → truth of all its criteria together.
    pub supports: BTreeMap<String, Truth>,
    /// Conflict → whether it occurs.
    pub conflicts: BTreeMap<String, Truth>,
}

/// A derived fact's conditions, by value.
type Derived = HashMap<FactId, Vec<(String, Truth)>>;

impl Oracle {
    /// Compiles the scripts of `files`, which must be the files that `book` was read from.
    ///
    /// # Errors
    /// If the sandbox cannot be made.
    pub fn new(files: &RuleFiles, book: &RuleBook) -> Result<Self, String> {
        let mut faults = Vec::new();
        let tables = files
            .within("rules/tables", ".tsv")
            .map(|(file, text)| Table::parse(file, text, &mut faults))
            .map(|table| (table.name.clone(), table))
            .collect();
        let (context, host) = host(files, book.catalogue.clone(), tables)?;
        let scripts = compile(&host, files, &book.policies);
        // One pass more than the longest chain of derivations lets every value settle.
        let passes = book.derivations.len().min(4) + 1;
        Ok(Self { context, host, scripts, passes })
    }

    /// Runs all scripts for one firm.
    #[must_use]
    pub fn ask(&self, profile: &Profile) -> Verdict {
        let profile = Rc::new(profile.clone());
        let mut derived = Derived::new();
        for _ in 0..self.passes {
            self.answer_with(&profile, &derived);
            for script in &self.scripts.derive {
                self.host.run(script);
            }
            let now = self.derived();
            if now == derived {
                break;
            }
            derived = now;
        }
        let conflicts = self.context.drafts.take().conflicts;
        let conflicts = conflicts.into_iter().map(|c| (c.id, truth(&c.condition))).collect();
        self.answer_with(&profile, &derived);
        for script in self.scripts.measures.iter().flatten() {
            self.host.run(script);
        }
        let supports = self.context.drafts.take().supports;
        let all = |criteria: &[super::draft::DraftCriterion]| {
            criteria.iter().map(|c| truth(&c.condition)).fold(Truth::True, Truth::and)
        };
        let supports = supports.into_iter().map(|s| (s.id, all(&s.requires))).collect();
        Verdict { supports, conflicts }
    }

    fn answer_with(&self, profile: &Rc<Profile>, derived: &Derived) {
        let _ = self.context.drafts.take();
        let profile = Rc::clone(profile);
        let derived = derived.clone();
        let catalogue = Rc::clone(&self.context.catalogue);
        *self.context.answering.borrow_mut() = Some(Box::new(move |fact, test| {
            let stated = stated(profile.value(fact), test);
            match derived.get(&fact) {
                Some(values) if !stated.is_known() => {
                    let words = &catalogue.fact(fact).words;
                    let word = |place: &u16| words.get(usize::from(*place)).map_or("", |w| &w.word);
                    from_derived(values, test, &word)
                }
                _ => stated,
            }
        }));
    }

    fn derived(&self) -> Derived {
        let drafts = self.context.drafts.take();
        let mut derived = Derived::new();
        for draft in &drafts.derivations {
            let Some(fact) = draft.fact else { continue };
            let yes = draft.when.iter().map(|sym| (String::new(), truth(sym)));
            let values = draft.values.iter().map(|(_, _, word, sym)| (word.clone(), truth(sym)));
            derived.insert(fact, yes.chain(values).collect());
        }
        *self.context.drafts.borrow_mut() = drafts;
        derived
    }
}

fn truth(sym: &Sym) -> Truth {
    match sym.0 {
        Some(Meaning::Truth(truth)) => truth,
        _ => Truth::Unknown,
    }
}

/// A test of what the firm stated itself.
fn stated(value: &Value, test: &Test) -> Truth {
    let any = |yes: bool| Truth::from(yes);
    match (value, test) {
        (Value::Bool(yes), Test::Yes) => any(*yes),
        (Value::Number(n), Test::AtLeast(limit)) => any(n >= limit),
        (Value::Number(n), Test::MoreThan(limit)) => any(n > limit),
        (Value::Number(n), Test::Equals(limit)) => any(n == limit),
        (Value::Word(word), Test::OneOf(words)) => any(words.contains(word)),
        (Value::Word(word), Test::AtMost(limit)) => any(word <= limit),
        (Value::Code(code), Test::StartsWith(starts)) => {
            any(starts.iter().any(|start| code.starts_with(start.as_str())))
        }
        (Value::NoCode, Test::StartsWith(_)) => Truth::False,
        (Value::Code(code), Test::RegisteredIn(starts)) => {
            let office: String = code.chars().skip(2).take(6).collect();
            any(starts.iter().any(|start| office.starts_with(start.as_str())))
        }
        (Value::Words(has), Test::HasWord(words)) => any(has.iter().any(|w| words.contains(w))),
        (Value::Codes(has), Test::HasCode(codes)) => any(has.iter().any(|c| codes.contains(c))),
        (Value::Codes(has), Test::HasStart(starts)) => {
            any(has.iter().any(|c| starts.iter().any(|start| c.starts_with(start.as_str()))))
        }
        (Value::Words(has), Test::Empty) => any(has.is_empty()),
        (Value::Codes(has), Test::Empty) => any(has.is_empty()),
        _ => Truth::Unknown,
    }
}

/// A test of a derived value, given how far each of its values is known.
fn from_derived<'a>(
    values: &[(String, Truth)],
    test: &Test,
    word: &dyn Fn(&u16) -> &'a str,
) -> Truth {
    let of = |wanted: &str| {
        values.iter().find(|(value, _)| value == wanted).map_or(Truth::False, |(_, truth)| *truth)
    };
    let any = |mut truths: Box<dyn Iterator<Item = Truth> + '_>| {
        let mut all = Truth::False;
        for truth in truths.by_ref() {
            all = all.or(truth);
        }
        all
    };
    match test {
        Test::Yes => of(""),
        Test::AtMost(place) => of(word(place)),
        Test::OneOf(places) | Test::HasWord(places) => {
            any(Box::new(places.iter().map(|p| of(word(p)))))
        }
        Test::HasCode(codes) => any(Box::new(codes.iter().map(|code| of(code)))),
        Test::HasStart(starts) => any(Box::new(
            values
                .iter()
                .filter(|(value, _)| starts.iter().any(|start| value.starts_with(start.as_str())))
                .map(|(_, truth)| *truth),
        )),
        Test::Empty => !any(Box::new(values.iter().map(|(_, truth)| *truth))),
        _ => Truth::Unknown,
    }
}
