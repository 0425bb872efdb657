//! How much one script may do beside Rhai's own steps, and how many faults are reported.
//!
//! Rhai counts its statements and calls, but not what a call does: joining two conditions takes as long as they are
//! large. Functions of the rule language note such work here; the engine asks after each step whether the script is to
//! end. Owns the counts and nothing else.

use crate::interrupt::Interrupt;
use std::cell::Cell;

/// How much one script may make: parts of conditions, each time that they are joined or used, and bytes of texts. A
/// built-in one makes some twelve thousand.
pub(super) const WORK: usize = 4_000_000;
/// The most faults that are reported: nobody reads more before the first are mended.
pub(super) const FAULTS: usize = 1000;
/// The code of the fault that nobody waited for the rules to the end.
pub(super) const TOO_SLOW: &str = "too-slow";
/// How many steps of a script pass between two checks of the interrupt.
const STEPS: u64 = 16;

/// Why a script was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It made too much.
    Work,
    /// It has too many faults.
    Faults,
    /// Nobody waits for the rules any more.
    Time,
}

/// The counts of the running script, and of the faults of all.
#[derive(Debug)]
pub(super) struct Limiter {
    interrupt: Interrupt,
    work: Cell<usize>,
    faults: Cell<usize>,
    ended: Cell<Option<Ended>>,
}

impl Limiter {
    pub(super) fn new(interrupt: Interrupt) -> Self {
        Self { interrupt, work: Cell::new(0), faults: Cell::new(0), ended: Cell::new(None) }
    }

    /// A script begins; says whether it may.
    pub(super) fn begin(&self) -> bool {
        self.work.set(0);
        self.ended.set(self.interrupt.is_set().then_some(Ended::Time));
        self.ended.get().is_none()
    }

    /// Notes work.
    pub(super) fn work(&self, parts: usize) {
        let work = self.work.get().saturating_add(parts);
        self.work.set(work);
        if work > WORK {
            self.end(Ended::Work);
        }
    }

    /// Notes a fault; says whether it is still to be reported.
    pub(super) fn fault(&self) -> bool {
        let faults = self.faults.get() + 1;
        self.faults.set(faults);
        if faults > FAULTS {
            self.end(Ended::Faults);
        }
        faults <= FAULTS
    }

    /// Whether there are more faults than are reported.
    pub(super) fn is_full(&self) -> bool {
        self.faults.get() > FAULTS
    }

    /// Whether the rules are still waited for.
    pub(super) fn is_waited_for(&self) -> bool {
        !self.interrupt.is_set()
    }

    /// Why the running script is to end, after so many of its steps.
    pub(super) fn ended_at(&self, step: u64) -> Option<Ended> {
        if step.is_multiple_of(STEPS) && self.interrupt.is_set() {
            self.end(Ended::Time);
        }
        self.ended.get()
    }

    /// Why the running script was ended.
    pub(super) fn ended(&self) -> Option<Ended> {
        self.ended.get()
    }

    /// The first reason stays.
    fn end(&self, why: Ended) {
        if self.ended.get().is_none() {
            self.ended.set(Some(why));
        }
    }
}
