//! Causes of changed states, each verified by undoing it alone.
//!
//! Owns the search. For each client with a changed state the things that differ are listed: facts, the rule book, the
//! date. Each is undone alone, on otherwise new facts, rules and date: it is a cause if the state is then the former
//! one. Where none is, all are undone together, which gives the former state, since an answer depends on nothing else;
//! then one after the other is done again if the state stays the former one, until none can be. What is left are several
//! causes together: none of them can be left out. The set is minimal, not the smallest: the date is tried first, then
//! the rules, then the facts from the last of the catalogue to the first.

use super::codec::Reading;
use super::comparison::{ListComparison, SupportState};
use super::report::ChangeCause;
use super::shared_facts::Book;
use super::variants::{Stated, Variants};
use export_advisor_core::facts::{FactId, Value};
use export_advisor_core::rulebook::Support;
use export_advisor_core::truth::Truth;

/// A thing that differs between two months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// A fact, by its index among the differing facts of the client.
    Fact(usize),
    /// The rule book.
    Rules,
    /// The as-of date.
    Date,
}

/// A fact that differs.
#[derive(Debug)]
pub(super) struct FactChange {
    /// Its position among the facts of both catalogues.
    pub(super) fact: usize,
    /// How it was read.
    pub(super) before: Reading,
    /// How it is read.
    pub(super) now: Reading,
    /// The former value in the new catalogue.
    undone_now: Value,
    /// The former value in the last catalogue.
    undone_before: Value,
}

impl FactChange {
    /// Whether a cell could be read in one month only.
    pub(super) fn is_fault(&self) -> bool {
        self.before.fault.is_some() || self.now.fault.is_some()
    }
}

/// A client with changed states.
#[derive(Debug)]
pub(super) struct ChangedClient {
    /// The supports whose state differs.
    pub(super) supports: Vec<ChangedSupport>,
    /// The facts that differ.
    pub(super) facts: Vec<FactChange>,
    /// What the firm states.
    now: Stated,
    /// The same in the last catalogue; empty if both catalogues are one.
    now_in_last: Stated,
}

/// A support whose state differs.
#[derive(Debug)]
pub(super) struct ChangedSupport {
    /// Its position among the compared supports.
    pub(super) support: usize,
    /// What it was.
    pub(super) before: SupportState,
    /// What it is.
    pub(super) now: SupportState,
    /// Why.
    pub(super) why: Why,
    /// The truth of each of its criteria by the new rule book and by the last one, on the new facts; empty if both
    /// months have one rule book.
    pub(super) criteria: [Vec<Truth>; 2],
}

/// Why a state differs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Why {
    /// Undoing any one of these restores the former state.
    AnyOf(Vec<Thing>),
    /// Undoing all of these together restores it, and none can be left out.
    AllOf(Vec<Thing>),
    /// Undoing everything does not restore it: this cannot be.
    Unverified,
}

impl Why {
    /// The things.
    pub(super) fn things(&self) -> &[Thing] {
        match self {
            Self::AnyOf(things) | Self::AllOf(things) => things,
            Self::Unverified => &[],
        }
    }

    /// The code of the cause: that of the first thing, if any one restores the state.
    pub(super) fn cause(&self, client: &ChangedClient) -> ChangeCause {
        match self {
            Self::AllOf(_) => ChangeCause::Several,
            Self::Unverified => ChangeCause::Unverified,
            Self::AnyOf(things) => match things.first() {
                Some(Thing::Fact(index)) => match client.facts.get(*index) {
                    Some(fact) if fact.is_fault() => ChangeCause::Fault,
                    _ => ChangeCause::Fact,
                },
                Some(Thing::Rules) => ChangeCause::Rule,
                Some(Thing::Date) => ChangeCause::Window,
                None => ChangeCause::Unverified,
            },
        }
    }
}

impl ChangedClient {
    /// A client with the facts of both months, as far as they are stated or could not be read.
    pub(super) fn new(
        comparison: &ListComparison<'_>,
        supports: Vec<ChangedSupport>,
        now: Vec<(FactId, Reading)>,
        before: Vec<(FactId, Reading)>,
    ) -> Self {
        let shared = &comparison.facts;
        let mut both: Vec<Option<(Reading, Reading)>> = vec![None; shared.len()];
        let mut stated = Stated::new();
        for (fact, reading) in now {
            if reading.value != Value::NotAnswered {
                stated.push((fact, reading.value.clone()));
            }
            let slot = shared.position(Book::Now, fact).and_then(|position| both.get_mut(position));
            if let Some(slot) = slot {
                slot.get_or_insert_default().0 = reading;
            }
        }
        for (fact, reading) in before {
            let position = shared.position(Book::Before, fact);
            if let Some(slot) = position.and_then(|position| both.get_mut(position)) {
                slot.get_or_insert_default().1 = reading;
            }
        }
        let (mut facts, mut now_in_last) = (Vec::new(), Stated::new());
        for (position, both) in both.into_iter().enumerate() {
            let (Some((now, before)), Some(fact)) = (both, shared.get(position)) else { continue };
            let (undone_now, undone_before) = if shared.is_same() {
                (before.value.clone(), before.value.clone())
            } else {
                let now_in_last_book = fact.translated(&now.value, Book::Before);
                let before_in_now = fact.translated(&before.value, Book::Now);
                let is_same = now_in_last_book == before.value && before_in_now == now.value;
                if let Some(last) = fact.before {
                    now_in_last.push((last, now_in_last_book));
                }
                if is_same {
                    continue;
                }
                (before_in_now, before.value.clone())
            };
            if now.value != before.value || !shared.is_same() {
                facts.push(FactChange { fact: position, before, now, undone_now, undone_before });
            }
        }
        Self { supports, facts, now: stated, now_in_last }
    }

    /// Adds the firm to those of a rule book, some of its facts undone.
    fn push(
        &self,
        comparison: &ListComparison<'_>,
        variants: &mut Variants<'_>,
        book: Book,
        undone: &[Thing],
    ) -> usize {
        let stated = match book {
            Book::Before if !comparison.facts.is_same() => &self.now_in_last,
            _ => &self.now,
        };
        let instead = undone.iter().filter_map(|thing| {
            let Thing::Fact(index) = thing else { return None };
            let change = self.facts.get(*index)?;
            let fact = comparison.facts.get(change.fact)?.in_book(book)?;
            let value = match book {
                Book::Now => &change.undone_now,
                Book::Before => &change.undone_before,
            };
            Some((fact, value))
        });
        variants.push(stated, &instead.collect::<Vec<_>>())
    }
}

/// A set of things that is being made minimal for one changed support.
struct Task {
    client: usize,
    support: usize,
    /// The things that are undone.
    things: Vec<Thing>,
    /// The thing that is done again next; `None` before it is known that undoing all restores the state.
    next: Option<usize>,
    /// How many things were tried since one was left out.
    failures: usize,
    /// Whether `things` has only what can decide the support.
    is_narrowed: bool,
}

/// Finds causes.
#[derive(Debug)]
pub(super) struct CauseFinder<'a> {
    comparison: &'a ListComparison<'a>,
    now: Variants<'a>,
    before: Variants<'a>,
}

/// How many firms are evaluated at once.
const AT_ONCE: usize = 1 << 10;

impl<'a> CauseFinder<'a> {
    /// A finder for a comparison.
    pub(super) fn new(comparison: &'a ListComparison<'a>) -> Self {
        let now = Variants::new(comparison, Book::Now);
        Self { comparison, now, before: Variants::new(comparison, Book::Before) }
    }

    /// Finds why each state of each client differs.
    pub(super) fn find(&mut self, clients: &mut [ChangedClient]) {
        let mut rest = clients;
        while !rest.is_empty() {
            let variants = |client: &ChangedClient| client.facts.len() + 2;
            let mut sum = 0;
            let some = rest.iter().take_while(|client| {
                let fits = sum == 0 || sum + variants(client) <= AT_ONCE;
                sum += variants(client);
                fits
            });
            let count = some.count();
            let (some, others) = std::mem::take(&mut rest).split_at_mut(count);
            self.undo_each(some);
            self.undo_several(some);
            rest = others;
        }
    }

    /// Undoes each thing alone.
    fn undo_each(&mut self, clients: &mut [ChangedClient]) {
        let comparison = self.comparison;
        let Self { now, before, .. } = self;
        let has_same_rules = comparison.has_same_rules();
        now.clear();
        before.clear();
        // Per client, the rows of the firm as it is, of the firm by the last rules, and with each fact undone.
        let mut rows = Vec::with_capacity(clients.len());
        for client in clients.iter() {
            let by_rules = (!has_same_rules).then(|| {
                let as_it_is = client.push(comparison, now, Book::Now, &[]);
                (as_it_is, client.push(comparison, before, Book::Before, &[]))
            });
            let by_fact = client.facts.iter().enumerate().map(|(index, change)| {
                let mut supports = client.supports.iter();
                let is_relevant =
                    supports.any(|changed| comparison.is_relevant(change.fact, changed.support));
                is_relevant.then(|| client.push(comparison, now, Book::Now, &[Thing::Fact(index)]))
            });
            let by_fact: Vec<Option<usize>> = by_fact.collect();
            rows.push((by_rules, by_fact));
        }
        let (now, before) = (now.evaluate(), before.evaluate());
        for (client, (by_rules, by_fact)) in clients.iter_mut().zip(rows) {
            let is_fault: Vec<bool> = client.facts.iter().map(FactChange::is_fault).collect();
            for changed in &mut client.supports {
                let Some(support) = comparison.supports.get(changed.support) else { continue };
                let state = |status, book: Book, day: Book| SupportState {
                    status,
                    window: support.window(book, day),
                };
                let mut found = Vec::new();
                for (index, row) in by_fact.iter().enumerate() {
                    let status = row.and_then(|row| support.now.map(|id| now.status(id, row)));
                    if row.is_some() && state(status, Book::Now, Book::Now).is_same(changed.before)
                    {
                        found.push(Thing::Fact(index));
                    }
                }
                found.sort_by_key(|thing| match thing {
                    Thing::Fact(index) => !is_fault.get(*index).copied().unwrap_or(false),
                    Thing::Rules | Thing::Date => true,
                });
                if let Some((as_it_is, by_last)) = by_rules {
                    let status = support.before.map(|id| before.status(id, by_last));
                    if state(status, Book::Before, Book::Now).is_same(changed.before) {
                        found.push(Thing::Rules);
                    }
                    let truths = |book: Book, row: usize| -> Vec<Truth> {
                        let (plan, outcome) = match book {
                            Book::Now => (comparison.plan, &now),
                            Book::Before => (comparison.plan_before, &before),
                        };
                        let nodes = support.in_book(book).and_then(|id| plan.criteria.get(id));
                        nodes.into_iter().flatten().map(|node| outcome.truth(*node, row)).collect()
                    };
                    changed.criteria = [truths(Book::Now, as_it_is), truths(Book::Before, by_last)];
                }
                let on_last_day = state(changed.now.status, Book::Now, Book::Before);
                if comparison.as_of != comparison.as_of_before
                    && on_last_day.is_same(changed.before)
                {
                    found.push(Thing::Date);
                }
                changed.why = Why::AnyOf(found);
            }
        }
    }

    /// Undoes several things together where none alone restores the state.
    fn undo_several(&mut self, clients: &mut [ChangedClient]) {
        let comparison = self.comparison;
        let mut tasks = Vec::new();
        for (index, client) in clients.iter().enumerate() {
            for (support, changed) in client.supports.iter().enumerate() {
                if changed.why.things().is_empty() {
                    let things = all_things(comparison, client, Some(changed.support));
                    tasks.push(Task::new(index, support, things));
                }
            }
        }
        while !tasks.is_empty() {
            let mut going_on = Vec::new();
            for some in std::mem::take(&mut tasks).chunks_mut(AT_ONCE) {
                let restored = self.try_each(clients, some);
                for (task, restores) in some.iter_mut().zip(restored) {
                    let why = step(comparison, clients, task, restores);
                    let changed = clients.get_mut(task.client);
                    let changed = changed.and_then(|client| client.supports.get_mut(task.support));
                    match (why, changed) {
                        (Some(why), Some(changed)) => changed.why = why,
                        _ => going_on.push(std::mem::replace(task, Task::new(0, 0, Vec::new()))),
                    }
                }
            }
            tasks = going_on;
        }
    }

    /// Whether what each task undoes next restores the former state.
    fn try_each(&mut self, clients: &[ChangedClient], tasks: &[Task]) -> Vec<bool> {
        let comparison = self.comparison;
        let Self { now, before, .. } = self;
        now.clear();
        before.clear();
        let rows = tasks.iter().map(|task| {
            let client = clients.get(task.client)?;
            let undone = task.undone();
            let (variants, book) = if undone.contains(&Thing::Rules) {
                (&mut *before, Book::Before)
            } else {
                (&mut *now, Book::Now)
            };
            Some((book, client.push(comparison, variants, book, &undone)))
        });
        let rows: Vec<Option<(Book, usize)>> = rows.collect();
        let (now, before) = (now.evaluate(), before.evaluate());
        let restores = tasks.iter().zip(rows).map(|(task, row)| {
            let (book, row) = row?;
            let changed = clients.get(task.client)?.supports.get(task.support)?;
            let support = comparison.supports.get(changed.support)?;
            let day = if task.undone().contains(&Thing::Date) { Book::Before } else { Book::Now };
            let status = support.in_book(book).map(|id| match book {
                Book::Now => now.status(id, row),
                Book::Before => before.status(id, row),
            });
            let state = SupportState { status, window: support.window(book, day) };
            Some(state.is_same(changed.before))
        });
        restores.map(|restores| restores.unwrap_or(false)).collect()
    }
}

impl Task {
    /// A task for a support of a client, with the things that can decide it.
    const fn new(client: usize, support: usize, things: Vec<Thing>) -> Self {
        Self { client, support, things, next: None, failures: 0, is_narrowed: true }
    }

    /// The things that are undone next.
    fn undone(&self) -> Vec<Thing> {
        let things = self.things.iter().enumerate();
        things.filter(|(index, _)| Some(*index) != self.next).map(|(_, thing)| *thing).collect()
    }
}

/// Takes the answer to what a task tried; the cause if it is found, and `None` if there is more to try.
fn step(
    comparison: &ListComparison<'_>,
    clients: &[ChangedClient],
    task: &mut Task,
    restores: bool,
) -> Option<Why> {
    match task.next {
        None if restores => task.next = Some(0),
        None if task.is_narrowed => {
            let client = clients.get(task.client)?;
            task.things = all_things(comparison, client, None);
            task.is_narrowed = false;
        }
        None => return Some(Why::Unverified),
        Some(index) => {
            let next = if restores {
                task.things.remove(index);
                task.failures = 0;
                index
            } else {
                task.failures += 1;
                index + 1
            };
            // A thing that was needed beside others may not be needed without them.
            task.next = Some(if next < task.things.len() { next } else { 0 });
        }
    }
    let is_minimal = task.next.is_some() && task.failures >= task.things.len();
    is_minimal.then(|| {
        let mut things = std::mem::take(&mut task.things);
        things.reverse();
        if things.len() == 1 { Why::AnyOf(things) } else { Why::AllOf(things) }
    })
}

/// All things that differ for a client, or those of them that can decide a support, in the order in which they are
/// tried.
fn all_things(
    comparison: &ListComparison<'_>,
    client: &ChangedClient,
    support: Option<usize>,
) -> Vec<Thing> {
    let date = (comparison.as_of != comparison.as_of_before).then_some(Thing::Date);
    let rules = (!comparison.has_same_rules()).then_some(Thing::Rules);
    let facts = client.facts.iter().enumerate().rev();
    let facts = facts.filter(|(_, change)| {
        support.is_none_or(|support| comparison.is_relevant(change.fact, support))
    });
    date.into_iter().chain(rules).chain(facts.map(|(index, _)| Thing::Fact(index))).collect()
}

/// A support in both rule books.
pub(super) fn in_both<'a>(
    comparison: &ListComparison<'a>,
    support: usize,
) -> [Option<&'a Support>; 2] {
    let compared = comparison.supports.get(support);
    let find = |book: Book| {
        let plan: &'a _ = match book {
            Book::Now => comparison.plan,
            Book::Before => comparison.plan_before,
        };
        compared.and_then(|s| s.in_book(book)).and_then(|index| plan.book.supports.get(index))
    };
    [find(Book::Now), find(Book::Before)]
}
