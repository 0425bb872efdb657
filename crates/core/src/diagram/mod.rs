//! Decision diagrams: functions of everything that firms can answer, each held once.
//!
//! Owns the store of diagrams ([`Diagrams`]), the variables that answers are cut into ([`space`]), how a plan becomes
//! diagrams ([`compile`]), and the search for the smallest firm ([`search`]). A diagram decides one variable a node: each
//! child is one class of answers, child 0 is “not answered”. Equal functions are one diagram, so two conditions that mean
//! the same have the same [`DiagramId`]. Every operation has an end: a store that grows beyond its limit reports
//! [`DiagramError::TooLarge`], and never a wrong answer. [Decision 17](../../../../docs/decisions/0017-decision-diagrams.md) says why
//! this is no library.

mod candidates;
pub(crate) mod compile;
pub(crate) mod operator;
pub(crate) mod search;
pub(crate) mod small_books;
pub(crate) mod space;
mod workload;

pub(crate) use operator::{Operator, Terminal};

use crate::index::index_type;
use crate::interrupt::Interrupt;
use crate::truth::Truth;
use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexSet;

index_type!(
    /// The index of a variable: what is decided at a node. Variables are decided in the order of their indices.
    pub(crate) struct VariableId
);

/// A diagram: a terminal, or a node of the store that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct DiagramId(u32);

/// Why there is no diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DiagramError {
    /// It would need more nodes than the store may hold.
    #[error("the decision diagrams of these rules are too large")]
    TooLarge,
    /// Nobody waits for it any more.
    #[error("the work was interrupted")]
    Interrupted,
}

/// The most nodes of a store, unless somebody says otherwise: some hundred megabytes.
pub(crate) const MOST_NODES: usize = 4_000_000;
/// How many steps pass between two checks of the interrupt.
const CHECK_INTERVAL: u32 = 1 << 14;
/// The most results of operations that are remembered; more are computed again.
const REMEMBERED: usize = 1 << 22;

/// A store of diagrams over the same variables.
pub(crate) struct Diagrams<'a> {
    /// Each node once: its variable, then its children.
    nodes: IndexSet<Box<[u32]>, RandomState>,
    results: HashMap<(Operator, DiagramId, DiagramId), DiagramId>,
    most_nodes: usize,
    interrupt: &'a Interrupt,
    steps: u32,
}

impl<'a> Diagrams<'a> {
    /// A store of at most so many nodes, that works as long as nobody interrupts it.
    pub(crate) fn new(most_nodes: usize, interrupt: &'a Interrupt) -> Self {
        let (nodes, results) = (IndexSet::default(), HashMap::default());
        Self { nodes, results, most_nodes, interrupt, steps: 0 }
    }

    /// Whether it is so full that what is not needed any more should go.
    pub(crate) fn is_crowded(&self) -> bool {
        self.nodes.len() > self.most_nodes / 2
    }

    /// Forgets all diagrams. Those that were made before are of no use any more.
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.results.clear();
    }

    /// The function that is the same for every firm.
    pub(crate) const fn terminal(terminal: Terminal) -> DiagramId {
        DiagramId(terminal.index())
    }

    /// The value of a diagram that is the same for every firm.
    pub(crate) const fn as_terminal(diagram: DiagramId) -> Option<Terminal> {
        Terminal::of_index(diagram.0)
    }

    /// The variable that a diagram decides first, and its children; none of a terminal.
    pub(crate) fn node(&self, diagram: DiagramId) -> Option<(VariableId, &[u32])> {
        let index = (diagram.0 as usize).checked_sub(Terminal::COUNT)?;
        let (variable, children) = self.nodes.get_index(index)?.split_first()?;
        Some((VariableId::from(*variable as usize), children))
    }

    /// The diagram that decides a variable first. `children` do not decide it or one before it.
    pub(crate) fn decide(
        &mut self,
        variable: VariableId,
        children: impl IntoIterator<Item = DiagramId>,
    ) -> Result<DiagramId, DiagramError> {
        let index = u32::try_from(variable.index()).map_err(|_| DiagramError::TooLarge)?;
        let node: Box<[u32]> =
            std::iter::once(index).chain(children.into_iter().map(|child| child.0)).collect();
        let mut children = node.iter().skip(1);
        if let Some(first) = children.next()
            && children.all(|child| child == first)
        {
            return Ok(DiagramId(*first));
        }
        if self.nodes.len() >= self.most_nodes && !self.nodes.contains(&node) {
            return Err(DiagramError::TooLarge);
        }
        let (index, _) = self.nodes.insert_full(node);
        u32::try_from(index + Terminal::COUNT).map(DiagramId).map_err(|_| DiagramError::TooLarge)
    }

    /// The function that joins two, firm by firm.
    pub(crate) fn apply(
        &mut self,
        operator: Operator,
        a: DiagramId,
        b: DiagramId,
    ) -> Result<DiagramId, DiagramError> {
        if let Some(known) = operator.shortcut(a, b) {
            return Ok(known);
        }
        let (a, b) = if operator.is_commutative() && b < a { (b, a) } else { (a, b) };
        if let Some(known) = self.results.get(&(operator, a, b)) {
            return Ok(*known);
        }
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(CHECK_INTERVAL) && self.interrupt.is_set() {
            return Err(DiagramError::Interrupted);
        }
        let (of_a, of_b) = (self.node(a), self.node(b));
        let Some(variable) = of_a.into_iter().chain(of_b).map(|(variable, _)| variable).min()
        else {
            let (a, b) = (Self::as_terminal(a), Self::as_terminal(b));
            let terminal = a.zip(b).map_or(Terminal::OUTSIDE, |(a, b)| operator.of(a, b));
            return Ok(Self::terminal(terminal));
        };
        let parts = |node: Option<(VariableId, &[u32])>| -> Option<Vec<u32>> {
            let (_, children) = node.filter(|(decided, _)| *decided == variable)?;
            Some(children.to_vec())
        };
        let (of_a, of_b) = (parts(of_a), parts(of_b));
        let width = of_a.as_ref().or(of_b.as_ref()).map_or(0, Vec::len);
        let child = |parts: &Option<Vec<u32>>, whole: DiagramId, index: usize| {
            let part = parts.as_ref().and_then(|parts| parts.get(index));
            part.map_or(whole, |part| DiagramId(*part))
        };
        let mut children = Vec::with_capacity(width);
        for index in 0..width {
            children.push(self.apply(operator, child(&of_a, a, index), child(&of_b, b, index))?);
        }
        let result = self.decide(variable, children)?;
        if self.results.len() >= REMEMBERED {
            self.results.clear();
        }
        self.results.insert((operator, a, b), result);
        Ok(result)
    }

    /// The function that changes the values of another, firm by firm.
    pub(crate) fn map(
        &mut self,
        operator: Operator,
        of: DiagramId,
    ) -> Result<DiagramId, DiagramError> {
        self.apply(operator, of, of)
    }

    /// All of `parts`, in Kleene's logic.
    pub(crate) fn all(&mut self, parts: Vec<DiagramId>) -> Result<DiagramId, DiagramError> {
        let all = self.join(Operator::And, parts)?;
        Ok(all.unwrap_or(Self::terminal(Truth::True.into())))
    }

    /// One of `parts`, in Kleene's logic.
    pub(crate) fn any(&mut self, parts: Vec<DiagramId>) -> Result<DiagramId, DiagramError> {
        let any = self.join(Operator::Or, parts)?;
        Ok(any.unwrap_or(Self::terminal(Truth::False.into())))
    }

    /// Joins neighbours, then what came of them: what many parts have in common grows in few steps.
    fn join(
        &mut self,
        operator: Operator,
        mut parts: Vec<DiagramId>,
    ) -> Result<Option<DiagramId>, DiagramError> {
        while parts.len() > 1 {
            let pairs = parts.chunks(2).map(|pair| match *pair {
                [first, second] => self.apply(operator, first, second),
                _ => Ok(pair.first().copied().unwrap_or(Self::terminal(Terminal::OUTSIDE))),
            });
            parts = pairs.collect::<Result<_, _>>()?;
        }
        Ok(parts.first().copied())
    }

    /// Whether there are answers to some variables that make a diagram true.
    pub(crate) fn some(
        &mut self,
        diagram: DiagramId,
        of: &dyn Fn(VariableId) -> bool,
    ) -> Result<DiagramId, DiagramError> {
        self.some_below(diagram, of, &mut HashMap::default())
    }

    fn some_below(
        &mut self,
        diagram: DiagramId,
        of: &dyn Fn(VariableId) -> bool,
        known: &mut HashMap<DiagramId, DiagramId>,
    ) -> Result<DiagramId, DiagramError> {
        if let Some(known) = known.get(&diagram) {
            return Ok(*known);
        }
        let Some((variable, children)) = self.node(diagram) else { return Ok(diagram) };
        let children: Vec<DiagramId> = children.iter().map(|child| DiagramId(*child)).collect();
        let mut below = Vec::with_capacity(children.len());
        for child in children {
            below.push(self.some_below(child, of, known)?);
        }
        let found = if of(variable) { self.any(below)? } else { self.decide(variable, below)? };
        known.insert(diagram, found);
        Ok(found)
    }

    /// The variables that a diagram decides anywhere, in order.
    pub(crate) fn variables(&self, diagram: DiagramId) -> Vec<VariableId> {
        let mut variables = std::collections::BTreeSet::new();
        let mut seen = foldhash::HashSet::default();
        let mut waiting = vec![diagram];
        while let Some(next) = waiting.pop() {
            if let Some((variable, children)) = self.node(next)
                && seen.insert(next)
            {
                variables.insert(variable);
                waiting.extend(children.iter().map(|child| DiagramId(*child)));
            }
        }
        variables.into_iter().collect()
    }
}
