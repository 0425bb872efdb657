//! The slow oracle: the scripts themselves, run for one firm with three-valued values.
//!
//! It shares no code with the plan but the scripts: what it answers, the plan must answer. Derived
//! facts are read from what the derive scripts have stated so far, so each of these runs after those
//! that it needs.

use super::draft::DraftSupport;
use super::host::{Host, Sandbox, Script};
use super::known::Known;
use super::load::{compile, context, derive_scripts, measure_scripts, tables};
use super::symbols::{Context, Meaning, SymbolicValue};
use crate::condition::Test;
use crate::facts::{FactId, FactSet, Profile, Value};
use crate::files::RuleFiles;
use crate::formula::Formula;
use crate::index::IndexVec;
use crate::interrupt::Interrupt;
use crate::rulebook::{ExcludedBy, Policy, PolicyId, RuleBook};
use crate::truth::Truth;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// The scripts of a rule book, ready to be run for one firm after another.
pub struct Oracle {
    context: Rc<Context>,
    host: Host,
    /// The derive scripts, sorted by need, then those of the measures.
    scripts: Vec<Script>,
    policies: Arc<IndexVec<PolicyId, Policy>>,
}

/// What the oracle says of one firm.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Support → truth of all its criteria together.
    pub supports: BTreeMap<String, Truth>,
    /// Support that does not apply → what excludes the firm.
    pub excluded_by: BTreeMap<String, ExcludedBy>,
    /// Conflict → whether it occurs.
    pub conflicts: BTreeMap<String, Truth>,
}

impl Oracle {
    /// Compiles the scripts of `files`, which must be the files that `book` was read from.
    ///
    /// # Errors
    /// If the sandbox cannot be made, or the derive scripts need each other in a circle.
    pub fn new(files: &RuleFiles, book: &RuleBook) -> Result<Self, String> {
        let known = Known {
            catalogue: Arc::new(book.catalogue.clone()),
            tables: Arc::new(tables(files, &mut Vec::new())),
            reference: Arc::new(book.reference.clone()),
            kinds: Arc::new(book.kinds.clone()),
            channels: Arc::new(book.channels.clone()),
            papers: Arc::new(book.papers.clone()),
            policies: Arc::new(book.policies.clone()),
        };
        let sandbox = Sandbox::new()?;
        let derive = compile(&sandbox, derive_scripts(files), true);
        let measures = compile(&sandbox, measure_scripts(files), false);
        let context = context(files, &known, &Interrupt::never());
        let host = Host::new(sandbox, Rc::clone(&context));
        let mut scripts = in_order(&context, &host, derive)?;
        scripts.extend(measures);
        Ok(Self { context, host, scripts, policies: Arc::clone(&known.policies) })
    }

    /// Runs all scripts for one firm.
    #[must_use]
    pub fn ask(&self, profile: &Profile) -> Verdict {
        let _ = self.context.drafts.take();
        let area_profile = profile;
        let profile = profile.clone();
        let stated = move |fact, test: &Test| stated(profile.value(fact), test);
        *self.context.answering.borrow_mut() = Some(Box::new(stated));
        for script in &self.scripts {
            self.host.run(script);
        }
        // Where a document holds stands in no script.
        let areas: Vec<(String, Truth)> = (self.policies.iter())
            .filter_map(|policy| {
                let Formula::Test((fact, test)) = policy.area.as_ref()?.condition.formula() else {
                    return None;
                };
                let stated = self::stated(area_profile.value(*fact), test);
                let truth = self.context.answer(*fact, test, stated);
                Some((format!("rules/{}/", policy.id), truth))
            })
            .collect();
        let area = |support: &DraftSupport| {
            let of = areas.iter().find(|(folder, _)| support.location.file.starts_with(folder));
            of.map_or(Truth::True, |(_, truth)| *truth)
        };
        let drafts = self.context.drafts.take();
        let all = |criteria: &[super::draft::DraftCriterion]| {
            criteria.iter().map(|c| truth(&c.condition)).fold(Truth::True, Truth::and)
        };
        let excluded_by = |criteria: &[super::draft::DraftCriterion]| {
            let failed = criteria.iter().filter(|c| truth(&c.condition) == Truth::False);
            failed.map(|c| c.basis.excludes_by()).min()
        };
        let excluded = drafts.supports.iter();
        let excluded = excluded.filter_map(|s| {
            let elsewhere = (area(s) == Truth::False).then_some(ExcludedBy::OutOfArea);
            Some((s.id.clone(), elsewhere.or_else(|| excluded_by(&s.requires))?))
        });
        Verdict {
            excluded_by: excluded.collect(),
            supports: (drafts.supports.iter())
                .map(|s| (s.id.clone(), all(&s.requires).and(area(s))))
                .collect(),
            conflicts: (drafts.conflicts.iter())
                .map(|c| (c.id.clone(), truth(&c.condition)))
                .collect(),
        }
    }
}

/// Sorts derive scripts so that each comes after those that it needs; one without derivations,
/// such as that of the conflicts, comes last.
fn in_order(context: &Context, host: &Host, scripts: Vec<Script>) -> Result<Vec<Script>, String> {
    scripts.iter().for_each(|script| host.run(script));
    let drafts = context.drafts.take();
    let mut makes: HashMap<Arc<str>, FactSet> = HashMap::new();
    let mut needs: HashMap<Arc<str>, FactSet> = HashMap::new();
    let mut derived = FactSet::default();
    for draft in &drafts.derivations {
        let Some(fact) = draft.fact else { continue };
        derived.insert(fact);
        makes.entry(Arc::clone(&draft.location.file)).or_default().insert(fact);
        let conditions =
            draft.when.iter().chain(draft.values.iter().map(|(.., symbolic)| symbolic));
        for symbolic in conditions {
            if let Some(Meaning::Tree(tree)) = &symbolic.0 {
                needs.entry(Arc::clone(&draft.location.file)).or_default().extend(&tree.facts());
            }
        }
    }
    let (mut waiting, last): (Vec<Script>, Vec<Script>) =
        scripts.into_iter().partition(|script| makes.contains_key(&script.file));
    let mut sorted: Vec<Script> = Vec::new();
    let mut made = FactSet::default();
    while !waiting.is_empty() {
        let prerendered = waiting.iter().position(|script| {
            let own = makes.get(&script.file).copied().unwrap_or_default();
            let needs = needs.get(&script.file).copied().unwrap_or_default();
            let mut open = needs.iter().filter(|fact| derived.contains(*fact));
            open.all(|fact| made.contains(fact) || own.contains(fact))
        });
        let Some(prerendered) = prerendered else {
            return Err("the derive scripts need each other in a circle".to_owned());
        };
        let script = waiting.remove(prerendered);
        made.extend(&makes.get(&script.file).copied().unwrap_or_default());
        sorted.push(script);
    }
    sorted.extend(last);
    Ok(sorted)
}

impl Context {
    /// A test of a fact for the oracle: of what is stated, otherwise of what the scripts have stated
    /// of it so far.
    pub(super) fn answer(&self, fact: FactId, test: &Test, stated: Truth) -> Truth {
        if stated.is_known() {
            return stated;
        }
        let drafts = self.drafts.borrow();
        let Some(draft) = drafts.derivations.iter().find(|d| d.fact == Some(fact)) else {
            return stated;
        };
        let values = &self.catalogue.fact(fact).values;
        let value = |index: &u16| values.get(usize::from(*index)).map_or("", |w| w.name.as_str());
        let yes = draft.when.iter().map(|symbolic| ("", truth(symbolic)));
        let values =
            draft.values.iter().map(|(_, _, value, symbolic)| (value.as_str(), truth(symbolic)));
        let values: Vec<(&str, Truth)> = yes.chain(values).collect();
        from_derived(&values, test, &value)
    }
}

fn truth(symbolic: &SymbolicValue) -> Truth {
    match symbolic.0 {
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
        (Value::Enum(value), Test::OneOf(values)) => any(values.contains(value)),
        (Value::Enum(value), Test::AtMost(limit)) => any(value <= limit),
        (Value::Code(code), Test::StartsWith(starts)) => {
            any(starts.iter().any(|start| code.starts_with(start.as_str())))
        }
        (Value::NoCode, Test::StartsWith(_)) => Truth::False,
        (Value::Code(code), Test::RegisteredIn(starts)) => {
            let office: String = code.chars().skip(2).take(6).collect();
            any(starts.iter().any(|start| office.starts_with(start.as_str())))
        }
        (Value::EnumList(has), Test::HasValue(values)) => {
            any(has.iter().any(|w| values.contains(w)))
        }
        (Value::Codes(has), Test::HasCode(codes)) => any(has.iter().any(|c| codes.contains(c))),
        (Value::Codes(has), Test::HasStart(starts)) => {
            any(has.iter().any(|c| starts.iter().any(|start| c.starts_with(start.as_str()))))
        }
        (Value::EnumList(has), Test::Empty) => any(has.is_empty()),
        (Value::Codes(has), Test::Empty) => any(has.is_empty()),
        _ => Truth::Unknown,
    }
}

/// A test of a derived value, given how far each of its values is known.
fn from_derived<'a>(
    values: &[(&str, Truth)],
    test: &Test,
    value: &dyn Fn(&u16) -> &'a str,
) -> Truth {
    let of = |wanted: &str| {
        values.iter().find(|(value, _)| *value == wanted).map_or(Truth::False, |(_, truth)| *truth)
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
        Test::AtMost(index) => of(value(index)),
        Test::OneOf(indices) | Test::HasValue(indices) => {
            any(Box::new(indices.iter().map(|p| of(value(p)))))
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
