//! Two months: both rule books, both dates, the supports, and the clients of the last list.
//!
//! Owns what all threads share while the new list is compared with the last one, and when the state of a support
//! differs: a status depends on the facts and the rule book; beside it stands the window, which depends on the rule
//! book and the date. A support that does not apply has no window worth the name, so it is the same in any; and so is a
//! support that only the other rule book has.

use super::clients::Clients;
use super::shared_facts::{Book, SharedFacts};
use export_advisor_core::evaluate::Statuses;
use export_advisor_core::facts::{FactId, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{Status, Support, WindowState};
use export_advisor_core::wording::Lang;
use jiff::civil::Date;

/// What a support is to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SupportState {
    /// The status; `None` if the rule book has no such support.
    pub(crate) status: Option<Status>,
    /// The window.
    pub(crate) window: WindowState,
}

impl SupportState {
    /// Whether two states are the same to a client.
    pub(crate) fn is_same(self, other: Self) -> bool {
        let is_out = |state: Self| matches!(state.status, None | Some(Status::DoesNotApply));
        is_out(self) && is_out(other) || self == other
    }
}

/// A support of one rule book or both.
#[derive(Debug)]
pub(crate) struct ComparedSupport {
    /// Its id.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: LocalizedText,
    /// Its index in the new rule book.
    pub(crate) now: Option<usize>,
    /// Its index in the last rule book.
    pub(crate) before: Option<usize>,
    /// Its windows: of the new rule book on the new day and on the last day, then of the last rule book.
    windows: [[WindowState; 2]; 2],
}

impl ComparedSupport {
    /// Its index in a rule book.
    pub(crate) fn in_book(&self, book: Book) -> Option<usize> {
        match book {
            Book::Now => self.now,
            Book::Before => self.before,
        }
    }

    /// Its window by a rule book on the day of a screening.
    pub(crate) fn window(&self, book: Book, day: Book) -> WindowState {
        let [now, before] = self.windows;
        let [today, last] = if book == Book::Now { now } else { before };
        if day == Book::Now { today } else { last }
    }
}

/// What two months have in common, and what differs for every client.
#[derive(Debug)]
pub(crate) struct ListComparison<'a> {
    /// The new rules.
    pub(crate) plan: &'a Plan,
    /// The last rules.
    pub(crate) plan_before: &'a Plan,
    /// The day of the new screening.
    pub(crate) as_of: Date,
    /// The day of the last screening.
    pub(crate) as_of_before: Date,
    /// The language of details.
    pub(crate) lang: Lang,
    /// The compared supports: those of the layout, in its order, and behind them those that only the last rule book has.
    pub(crate) supports: Vec<ComparedSupport>,
    /// Per fact of either catalogue, the supports that it can decide, one bit each.
    relevant: Vec<Vec<u64>>,
    /// The facts of both catalogues.
    pub(crate) facts: SharedFacts,
    /// The supports whose windows differ, one bit each.
    moved: Vec<u64>,
    /// Per support, its bit among the statuses of the last list; `None` if that is its position.
    bits_before: Option<Vec<Option<usize>>>,
    /// The clients of the last list.
    pub(crate) clients: Clients,
}

/// What is needed to compare two months.
pub(crate) struct Months<'a> {
    /// The new rules.
    pub(crate) plan: &'a Plan,
    /// The last rules.
    pub(crate) plan_before: &'a Plan,
    /// The day of the new screening.
    pub(crate) as_of: Date,
    /// The day of the last screening.
    pub(crate) as_of_before: Date,
    /// The language of details.
    pub(crate) lang: Lang,
}

/// The supports to compare, as they are in each rule book. Where all supports of the new rule book are requested, those
/// that only the last one has are compared too. `requested` has the indices of those of the new rule book.
pub(crate) fn compared_supports(months: &Months<'_>, requested: &[usize]) -> Vec<ComparedSupport> {
    let (book, last) = (&months.plan.book, &months.plan_before.book);
    let of_now = requested.iter().filter_map(|index| {
        let support = book.supports.get(*index)?;
        let before = last.find(&support.id).map(|(index, support)| (index.index(), support));
        compared(months, Some((*index, support)), before)
    });
    let mut supports: Vec<ComparedSupport> = of_now.collect();
    if requested.len() == book.supports.len() {
        let withdrawn = last.supports.iter().enumerate();
        let withdrawn = withdrawn.filter(|(_, support)| book.find(&support.id).is_none());
        supports.extend(withdrawn.filter_map(|found| compared(months, None, Some(found))));
    }
    supports
}

/// A support as it is in each rule book.
fn compared<'s>(
    months: &Months<'_>,
    now: Option<(usize, &'s Support)>,
    before: Option<(usize, &'s Support)>,
) -> Option<ComparedSupport> {
    let (_, support) = now.or(before)?;
    let days = [months.as_of, months.as_of_before];
    let windows = [now, before].map(|found| {
        days.map(|day| found.map_or(WindowState::Open, |(_, s)| s.window.state(day).0))
    });
    Some(ComparedSupport {
        id: support.id.clone(),
        title: support.title.clone(),
        now: now.map(|(index, _)| index),
        before: before.map(|(index, _)| index),
        windows,
    })
}

impl<'a> ListComparison<'a> {
    /// A comparison of a new list with the clients of the last one.
    pub(crate) fn new(
        months: &Months<'a>,
        supports: Vec<ComparedSupport>,
        clients: Clients,
    ) -> Self {
        let words = supports.len().div_ceil(64);
        let facts =
            SharedFacts::new(&months.plan.book.catalogue, &months.plan_before.book.catalogue);
        let relevant = (0..facts.len()).map(|position| {
            let mut bits = vec![0; words];
            let mut decides = |plan: &Plan, fact: Option<FactId>, book: Book| {
                let Some(used_by) = fact.and_then(|fact| plan.used_by.get(fact)) else { return };
                for (index, support) in supports.iter().enumerate() {
                    let index_in_book = support.in_book(book);
                    if used_by.iter().any(|id| Some(id.index()) == index_in_book) {
                        set(&mut bits, index);
                    }
                }
            };
            let fact = facts.get(position);
            decides(months.plan, fact.and_then(|fact| fact.now), Book::Now);
            decides(months.plan_before, fact.and_then(|fact| fact.before), Book::Before);
            bits
        });
        let relevant = relevant.collect();
        let mut moved = vec![0; words];
        for (index, support) in supports.iter().enumerate() {
            let (now, before) =
                (support.window(Book::Now, Book::Now), support.window(Book::Before, Book::Before));
            if support.now.is_some() && support.before.is_some() && now != before {
                set(&mut moved, index);
            }
        }
        let mut next = 0;
        let bits: Vec<Option<usize>> = (supports.iter())
            .map(|support| {
                support.before.map(|_| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let is_plain = bits.iter().enumerate().all(|(index, bit)| *bit == Some(index))
            && supports.iter().all(|support| support.now.is_some());
        Self {
            plan: months.plan,
            plan_before: months.plan_before,
            as_of: months.as_of,
            as_of_before: months.as_of_before,
            lang: months.lang,
            supports,
            relevant,
            facts,
            moved,
            bits_before: (!is_plain).then_some(bits),
            clients,
        }
    }

    /// Whether both months have one rule book.
    pub(crate) fn has_same_rules(&self) -> bool {
        self.plan.book.version == self.plan_before.book.version
    }

    /// Whether a fact can decide a support by either rule book.
    pub(crate) fn is_relevant(&self, fact: usize, support: usize) -> bool {
        self.relevant.get(fact).is_some_and(|bits| is_set(bits, support))
    }

    /// What a support was to a client of the last list.
    pub(crate) fn before(&self, client: usize, support: usize) -> SupportState {
        let (applies, not) = self.clients.statuses(client);
        let bit = match &self.bits_before {
            None => Some(support),
            Some(bits) => bits.get(support).copied().flatten(),
        };
        let bit = bit.filter(|_| self.supports.get(support).is_some_and(|s| s.before.is_some()));
        let status = bit.map(|bit| {
            if is_set(applies, bit) {
                Status::Applies
            } else if is_set(not, bit) {
                Status::DoesNotApply
            } else {
                Status::Undetermined
            }
        });
        let window = self.supports.get(support).map(|s| s.window(Book::Before, Book::Before));
        SupportState { status, window: window.unwrap_or(WindowState::Open) }
    }

    /// What a support is to the firm of a row.
    pub(crate) fn now(&self, statuses: &Statuses, row: usize, support: usize) -> SupportState {
        let compared = self.supports.get(support);
        let status = compared.and_then(|s| s.now).map(|_| statuses.of(row, support));
        let window = compared.map(|s| s.window(Book::Now, Book::Now));
        SupportState { status, window: window.unwrap_or(WindowState::Open) }
    }

    /// The supports whose state differs between a client of the last list and a row, in order.
    pub(crate) fn differing(&self, client: usize, statuses: &Statuses, row: usize) -> Vec<usize> {
        if self.bits_before.is_some() {
            let differs = |support: &usize| {
                !self.before(client, *support).is_same(self.now(statuses, row, *support))
            };
            return (0..self.supports.len()).filter(differs).collect();
        }
        // The plain form of this is above; words have 64 supports at once.
        let (applies, not) = statuses.row(row);
        let (applied, did_not) = self.clients.statuses(client);
        let now = applies.iter().zip(not);
        let words = now.zip(applied.iter().zip(did_not)).zip(&self.moved);
        let mut found = Vec::new();
        for (word, (((applies, not), (applied, did_not)), moved)) in words.enumerate() {
            let mut bits = (applies ^ applied) | (not ^ did_not) | (moved & !(not & did_not));
            while bits != 0 {
                found.push(word * 64 + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
        found
    }
}

fn set(bits: &mut [u64], index: usize) {
    if let Some(word) = bits.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

fn is_set(bits: &[u64], index: usize) -> bool {
    bits.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
}
