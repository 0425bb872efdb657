//! The smallest firm for which a diagram has a value.
//!
//! Owns what “smallest” means: the fewest facts answered, and of these the fewest items of lists. A variable that a
//! diagram does not decide stays unanswered.

use super::space::Space;
use super::{DiagramId, Diagrams, Terminal, VariableId};
use foldhash::HashMap;

/// How much a firm answers: facts in the upper half, items of lists in the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost(u32);

impl Cost {
    /// Nothing is answered.
    pub(crate) const NOTHING: Self = Self(0);
    /// One fact.
    pub(crate) const FACT: Self = Self(1 << 16);
    /// One item of a list.
    pub(crate) const ITEM: Self = Self(1);

    /// Both together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Which class of each variable a firm is in, as far as it matters; class 0, and all that is not listed, is unanswered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assignment(pub(crate) Vec<(VariableId, usize)>);

/// The least cost of each terminal below a diagram.
type Costs = [Option<Cost>; Terminal::COUNT];

/// Searches diagrams of one store.
pub(crate) struct Search<'d, 's, 'a> {
    diagrams: &'d Diagrams<'a>,
    space: &'s Space,
    costs: HashMap<DiagramId, Costs>,
}

impl<'d, 's, 'a> Search<'d, 's, 'a> {
    pub(crate) fn new(diagrams: &'d Diagrams<'a>, space: &'s Space) -> Self {
        Self { diagrams, space, costs: HashMap::default() }
    }

    /// The terminals that some firm reaches, without [`Terminal::OUTSIDE`].
    pub(crate) fn terminals(&mut self, diagram: DiagramId) -> Vec<Terminal> {
        let costs = self.costs(diagram);
        let found = (0..).zip(costs).filter(|(_, cost)| cost.is_some());
        let terminals = found.filter_map(|(index, _)| Terminal::of_index(index));
        terminals.filter(|terminal| *terminal != Terminal::OUTSIDE).collect()
    }

    /// A smallest firm for which the diagram has this value.
    pub(crate) fn smallest(&mut self, diagram: DiagramId, wanted: Terminal) -> Option<Assignment> {
        let mut left = self.cost(diagram, wanted)?;
        let mut assignment = Assignment::default();
        let mut current = diagram;
        while let Some((variable, children)) = self.diagrams.node(current) {
            let children: Vec<DiagramId> = children.iter().map(|child| DiagramId(*child)).collect();
            let (class, child, rest) =
                children.into_iter().enumerate().find_map(|(class, child)| {
                    let rest = self.cost(child, wanted)?;
                    let own = self.space.cost(variable, class);
                    (own.and(rest) == left).then_some((class, child, rest))
                })?;
            assignment.0.push((variable, class));
            (current, left) = (child, rest);
        }
        Some(assignment)
    }

    /// The least that a firm answers for which the diagram has this value.
    fn cost(&mut self, diagram: DiagramId, wanted: Terminal) -> Option<Cost> {
        self.costs(diagram).get(wanted.index() as usize).copied().flatten()
    }

    fn costs(&mut self, diagram: DiagramId) -> Costs {
        if let Some(terminal) = Diagrams::as_terminal(diagram) {
            let mut costs = [None; Terminal::COUNT];
            if let Some(cost) = costs.get_mut(terminal.index() as usize) {
                *cost = Some(Cost::NOTHING);
            }
            return costs;
        }
        if let Some(known) = self.costs.get(&diagram) {
            return *known;
        }
        let mut costs: Costs = [None; Terminal::COUNT];
        let diagrams = self.diagrams;
        if let Some((variable, children)) = diagrams.node(diagram) {
            for (class, child) in children.iter().enumerate() {
                let own = self.space.cost(variable, class);
                let of_child = self.costs(DiagramId(*child));
                for (cost, child) in costs.iter_mut().zip(of_child) {
                    let through = child.map(|child| child.and(own));
                    *cost = match (*cost, through) {
                        (Some(known), Some(through)) => Some(known.min(through)),
                        (known, through) => known.or(through),
                    };
                }
            }
        }
        self.costs.insert(diagram, costs);
        costs
    }
}
