//! The state of the form: a firm's answers, and which pages it has seen.
//!
//! In and out goes the text that a page carries, which [`FormKey`](crate::server::secrets::FormKey) signs. Ranges of numbers are kept as
//! what they are; a number stands for one only while no rule distinguishes it from the rest of its range.
//! Under another rule book than it was written by, what can still be read is kept and the rest is
//! named. It words nothing, and nothing of it leaves the page.

use super::page::Page;
use super::ranges::{self, Range, Unusual};
use crate::server::shares::Shared;
use export_advisor_core::assessment::known_derived;
use export_advisor_core::evaluate::{Answer, PartialValue};
use export_advisor_core::facts::credit_code::without_personal_numbers;
use export_advisor_core::facts::{
    Fact, FactId, FactSet, Format, Kind, NoticeKind, Profile, Value, parse,
};
use export_advisor_core::plan::{DerivedNodes, Plan};
use export_advisor_core::rulebook::SupportId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The longest name of a firm, in characters.
const LONGEST_NAME: usize = 80;

/// The state of one form.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    /// The firm's name, for the printed sheet only.
    pub(super) name: String,
    /// The answers.
    pub(super) profile: Profile,
    /// Numbers that were answered with a range.
    pub(super) ranges: BTreeMap<FactId, Range>,
    /// Ranges that another answer has made too wide to decide with.
    pub(super) ambiguous: FactSet,
    /// Pages with several questions that were sent or skipped.
    pub(super) seen: Vec<Page>,
    /// Questions that were skipped.
    pub(super) skipped: FactSet,
    /// The pages gone through, for going back.
    pub(super) history: Vec<Page>,
    /// The fact answered last.
    pub(super) last: Option<FactId>,
    /// The support that the form is about; nothing if it is about all.
    pub(super) about: Option<SupportId>,
    /// What the state was written under, if the rules have changed since.
    pub(super) former: Option<Former>,
    /// Answers that the changed rules do not know any more, by their names.
    pub(super) dropped: Vec<String>,
}

/// The rule book that a state was written under, and the answers that only that one can read.
#[derive(Clone, Debug)]
pub(super) struct Former {
    /// Its version.
    pub(super) version: String,
    answers: serde_json::Map<String, serde_json::Value>,
    ranges: BTreeMap<String, String>,
}

impl Former {
    /// The rule book of a version, if it is not that of the plan.
    fn new(plan: &Plan, version: &str) -> Option<Self> {
        (version != plan.book.version).then(|| Self {
            version: version.to_owned(),
            answers: serde_json::Map::new(),
            ranges: BTreeMap::new(),
        })
    }
}

/// The wire format of the state.
#[derive(Serialize, Deserialize)]
struct WireState {
    #[serde(rename = "v")]
    version: String,
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(rename = "p")]
    profile: serde_json::Map<String, serde_json::Value>,
    #[serde(rename = "r", default, skip_serializing_if = "BTreeMap::is_empty")]
    ranges: BTreeMap<String, String>,
    #[serde(rename = "s", default)]
    seen: Vec<String>,
    #[serde(rename = "k", default)]
    skipped: Vec<String>,
    #[serde(rename = "t", default)]
    history: Vec<String>,
    #[serde(rename = "l", default)]
    last: Option<String>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    about: Option<String>,
}

impl Progress {
    /// A form that nobody has begun.
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            name: String::new(),
            profile: Profile::empty(&plan.book.catalogue),
            ranges: BTreeMap::new(),
            ambiguous: FactSet::default(),
            seen: Vec::new(),
            skipped: FactSet::default(),
            history: Vec::new(),
            last: None,
            about: None,
            former: None,
            dropped: Vec::new(),
        }
    }

    /// The answers as JSON; with or without the numbers that stand for ranges.
    fn answers(&self, plan: &Plan, with_ranges: bool) -> String {
        let catalogue = &plan.book.catalogue;
        let mut profile = String::from("{");
        for (id, value) in self.profile.iter() {
            if *value == Value::NotAnswered || !with_ranges && self.ranges.contains_key(&id) {
                continue;
            }
            let comma = if profile.len() > 1 { "," } else { "" };
            let _ = write!(profile, "{comma}\"{}\":", catalogue.fact(id).name);
            // A code that is no longer in force stays as given, so that its notice stays.
            match self.retired(id) {
                Some(code) => catalogue.write_json(id, &Value::Code(code), &mut profile),
                None => catalogue.write_json(id, value, &mut profile),
            }
        }
        profile.push('}');
        profile
    }

    /// The ranges by the names of their facts.
    fn range_texts(&self, plan: &Plan) -> BTreeMap<String, String> {
        let name = |id: &FactId| plan.book.catalogue.fact(*id).name.clone();
        self.ranges.iter().map(|(id, range)| (name(id), range.to_text())).collect()
    }

    /// What is shared of it: the answers, without the firm's name.
    pub(super) fn to_share(&self, plan: &Plan, as_of: Date) -> Shared {
        Shared {
            profile: self.answers(plan, true),
            ranges: self.range_texts(plan),
            as_of,
            rulebook: plan.book.version.clone(),
        }
    }

    /// Reads what was shared; nothing if it is none.
    pub(super) fn from_share(plan: &Plan, shared: &Shared) -> Option<Self> {
        let mut read = Self::new(plan);
        read.former = Former::new(plan, &shared.rulebook);
        read.read(plan, &shared.profile, &shared.ranges)?;
        Some(read)
    }

    /// The answers as the rule book reads them under which the state was written, with those that only it knows; nothing
    /// if it cannot read them. `plan` is that of the rules in use.
    pub(super) fn under_former(&self, plan: &Plan, former_plan: &Plan) -> Option<Self> {
        let former = self.former.as_ref()?;
        let answers: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&self.answers(plan, false)).ok()?;
        let (mut all_answers, mut all_ranges) = (former.answers.clone(), former.ranges.clone());
        all_answers.extend(answers);
        all_ranges.extend(self.range_texts(plan));
        let mut read = Self::new(former_plan);
        read.read(former_plan, &serde_json::to_string(&all_answers).ok()?, &all_ranges)?;
        Some(read)
    }

    /// The state as an address may hold it: without the firm's name, its credit code and the way that was gone. What
    /// follows from the code alone, such as the province, is stated instead.
    pub(super) fn for_address(&self, plan: &Plan, today: Date) -> Self {
        let mut public = self.clone();
        public.name.clear();
        public.history.clear();
        public.last = None;
        let is_credit_code =
            |fact: &&Fact| matches!(fact.kind, Kind::Code { format: Format::Uscc, .. });
        for code in plan.book.catalogue.facts.iter().filter(is_credit_code) {
            public.answer(plan, code.id, Value::NotAnswered);
            let (before, after) = (&self.profile, public.profile.clone());
            let (before, after) =
                (Answer::new(plan, before, today), Answer::new(plan, &after, today));
            let lost = |nodes: &DerivedNodes| after.follows(nodes) == PartialValue::Unknown;
            for (nodes, followed) in known_derived(&before).filter(|(nodes, _)| lost(nodes)) {
                let from_code = plan.inputs.at(nodes.fact).contains(code.id);
                if let (PartialValue::Enum(value), true) = (followed, from_code) {
                    public.answer(plan, nodes.fact, Value::Enum(value));
                }
            }
        }
        public.last = None;
        public
    }

    /// The text that a page carries.
    pub(super) fn to_text(&self, plan: &Plan) -> String {
        let catalogue = &plan.book.catalogue;
        let name = |id: FactId| catalogue.fact(id).name.clone();
        let profile = self.answers(plan, false);
        let wire = WireState {
            version: plan.book.version.clone(),
            name: self.name.clone(),
            profile: serde_json::from_str(&profile).unwrap_or_default(),
            ranges: self.range_texts(plan),
            seen: self.seen.iter().map(|page| page.to_text(catalogue)).collect(),
            skipped: self.skipped.iter().map(name).collect(),
            history: self.history.iter().map(|page| page.to_text(catalogue)).collect(),
            last: self.last.map(name),
            about: self.about.map(|id| plan.book.supports.at(id).id.clone()),
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Reads the text that a page carried; nothing if it is none.
    pub(super) fn from_text(plan: &Plan, text: &str) -> Option<Self> {
        let wire: WireState = serde_json::from_str(text).ok()?;
        let catalogue = &plan.book.catalogue;
        let mut read = Self::new(plan);
        read.former = Former::new(plan, &wire.version);
        read.name = clean_name(&wire.name).unwrap_or_default();
        let profile = serde_json::to_string(&wire.profile).ok()?;
        read.read(plan, &profile, &wire.ranges)?;
        let fact = |name: &String| catalogue.find(name).map(|fact| fact.id);
        let page = |text: &String| Page::parse(catalogue, text);
        let seen = wire.seen.iter().filter_map(page);
        // A list may have grown since it was sent: nobody has seen the whole of it.
        let is_whole = |page: &Page| read.former.is_none() || !page.has_list();
        read.seen = seen.filter(is_whole).collect();
        read.skipped = wire.skipped.iter().filter_map(fact).collect();
        read.history = wire.history.iter().filter_map(page).collect();
        read.last = wire.last.as_ref().and_then(fact);
        // A support that is gone leaves the whole form.
        read.about = wire.about.and_then(|id| plan.book.find(&id)).map(|(index, _)| index);
        Some(read)
    }

    /// Reads answers and ranges, and names what the rules do not know any more; nothing if they are none.
    fn read(
        &mut self,
        plan: &Plan,
        profile: &str,
        ranges: &BTreeMap<String, String>,
    ) -> Option<()> {
        let (catalogue, reference) = (&plan.book.catalogue, &plan.book.reference);
        let mut json = profile.to_owned();
        // Every fault takes at least one answer away, so this ends.
        self.profile = loop {
            let faults = match parse(catalogue, reference, json.as_bytes()) {
                Ok(profile) => break profile,
                Err(faults) => faults,
            };
            let mut answers: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&json).ok()?;
            let before = answers.len();
            for fault in faults {
                if let Some(answer) = answers.remove(&fault.key) {
                    self.dropped.push(match fault.fact {
                        Some(id) => catalogue.fact(id).label.zh.clone(),
                        None => fault.key.clone(),
                    });
                    if let Some(former) = &mut self.former {
                        former.answers.insert(fault.key, answer);
                    }
                }
            }
            if answers.len() == before {
                return None;
            }
            json = serde_json::to_string(&answers).ok()?;
        };
        for (name, range) in ranges {
            let fact = catalogue.find(name);
            match fact.and_then(|fact| Some((fact.id, Range::of(fact, range)?))) {
                Some((id, range)) => drop(self.ranges.insert(id, range)),
                None => {
                    self.dropped.push(name.clone());
                    if let Some(former) = &mut self.former {
                        former.ranges.insert(name.clone(), range.clone());
                    }
                }
            }
        }
        self.resolve_ranges(plan);
        Some(())
    }

    /// Answers each range with a number if the rules do not distinguish its numbers, and leaves the others
    /// unanswered. Called after every change, since another industry has other limits.
    fn resolve_ranges(&mut self, plan: &Plan) {
        self.ambiguous = FactSet::default();
        for id in self.ranges.keys() {
            self.profile.set(*id, Value::NotAnswered);
        }
        for (id, range) in &self.ranges {
            match ranges::stands_for(plan, &self.profile, *id, *range) {
                Some(number) => self.profile.set(*id, Value::Number(number)),
                None => self.ambiguous.insert(*id),
            }
        }
    }

    /// What the rules say of the answers so far, about the one support if the form is about one.
    pub(super) fn evaluate<'a>(&'a self, plan: &'a Plan, as_of: Date) -> Answer<'a> {
        let answer = Answer::new(plan, &self.profile, as_of);
        match self.about {
            Some(support) => answer.about(vec![support]),
            None => answer,
        }
    }

    /// Makes the form one about a support, or about all. The answers stay; its pages are gone through anew.
    pub(super) fn ask_about(&mut self, support: Option<SupportId>) {
        self.about = support;
        self.seen.clear();
        self.history.clear();
    }

    /// Sets an answer, and forgets the answer of the same fact before.
    pub(super) fn answer(&mut self, plan: &Plan, id: FactId, value: Value) {
        self.ranges.remove(&id);
        self.skipped.remove(id);
        self.profile.notices.retain(|notice| notice.fact != id);
        self.last = Some(id);
        self.profile.set(id, value);
        self.resolve_ranges(plan);
    }

    /// Whether a fact has an answer, a range that decides nothing included.
    pub(super) fn has(&self, id: FactId) -> bool {
        *self.profile.value(id) != Value::NotAnswered || self.ranges.contains_key(&id)
    }

    /// Whether a number that was given is unusual beside another; a number that only stands for a range is not looked at.
    pub(super) fn unusual<'a>(&self, plan: &'a Plan, fact: &'a Fact) -> Option<Unusual<'a>> {
        let unusual = ranges::unusual(plan, &self.profile, fact)?;
        let is_range = |fact: &Fact| self.ranges.contains_key(&fact.id);
        (!is_range(unusual.number.0) && !is_range(unusual.per.0)).then_some(unusual)
    }

    /// Sets a range as the answer.
    pub(super) fn answer_range(&mut self, plan: &Plan, id: FactId, range: Range) {
        self.answer(plan, id, Value::NotAnswered);
        self.ranges.insert(id, range);
        self.resolve_ranges(plan);
    }

    /// Marks a page as gone through.
    pub(super) fn pass(&mut self, page: Page) {
        if !self.seen.contains(&page) && !matches!(page, Page::Fact(_)) {
            self.seen.push(page);
        }
        if self.history.last() != Some(&page) {
            self.history.push(page);
        }
    }

    fn retired(&self, id: FactId) -> Option<String> {
        self.profile.notices.iter().find_map(|notice| match &notice.kind {
            NoticeKind::RetiredDivision { code, .. } if notice.fact == id => Some(code.clone()),
            _ => None,
        })
    }
}

/// A firm's name as it may be shown: one line, not too long, without signs that nobody sees. Nothing if
/// a personal identity number stands in it.
pub(super) fn clean_name(name: &str) -> Option<String> {
    let hidden = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let personal = without_personal_numbers(name) != name;
    let shown = name.trim().chars().filter(|c| !hidden(c)).take(LONGEST_NAME);
    (!personal).then(|| shown.collect())
}
