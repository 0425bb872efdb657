//! Plans as diagrams.
//!
//! Owns the diagrams of one rule book, or of an old and a new one over the same variables ([`Model`]): of every node, of the
//! outcome of every support, and of the firms whose answers do not contradict each other. They are made when they are
//! first asked for.

use super::search::{Assignment, Search};
use super::space::Space;
use super::{DiagramError, DiagramId, Diagrams, Operator, Terminal, VariableId};
use crate::evaluate::Answer;
use crate::facts::{Catalogue, FactId, FactSet, Profile};
use crate::interrupt::Interrupt;
use crate::plan::{DerivedNodes, Node, NodeId, Plan};
use crate::rulebook::SupportId;
use crate::truth::Truth;
use foldhash::HashMap;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Rule books with the diagrams of their conditions.
pub(crate) struct Model<'p, 'i> {
    plans: Vec<&'p Plan>,
    pub(crate) space: Space,
    pub(crate) diagrams: Diagrams<'i>,
    outcomes: HashMap<(usize, SupportId), DiagramId>,
    known: HashMap<Firms, Known>,
    /// The variables of what firms must agree with.
    variables: HashMap<DiagramId, Rc<[VariableId]>>,
    /// Per book, the facts that only an office can say.
    of_offices: Vec<FactSet>,
}

/// Which firms a diagram is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Firms {
    /// All of them, contradictory answers included.
    Any,
    /// Those of whose answers none contradicts what follows from others.
    Consistent,
    /// Of the consistent ones, those that have answered everything that matters.
    Full,
    /// Of the consistent ones, those that have answered everything that matters and that no office has to say.
    FullButOffices,
}

impl Firms {
    /// Whether they have answered everything.
    const fn are_full(self) -> bool {
        matches!(self, Self::Full | Self::FullButOffices)
    }
}

/// The diagrams that were made.
#[derive(Default)]
struct Known {
    nodes: HashMap<(usize, NodeId), DiagramId>,
    /// Per book and derived fact: the firms that agree with what follows.
    agreeing: HashMap<(usize, FactId), DiagramId>,
}

impl<'p, 'i> Model<'p, 'i> {
    /// The model of some rule books, of at most so many nodes.
    pub(crate) fn new(plans: &[&'p Plan], most_nodes: usize, interrupt: &'i Interrupt) -> Self {
        Self {
            plans: plans.to_vec(),
            space: Space::new(plans),
            diagrams: Diagrams::new(most_nodes, interrupt),
            outcomes: HashMap::default(),
            known: HashMap::default(),
            variables: HashMap::default(),
            of_offices: plans.iter().map(|plan| of_offices(plan)).collect(),
        }
    }

    /// Forgets all diagrams if there are many: between two questions, where none of them is still in use.
    pub(crate) fn reclaim(&mut self) {
        if self.diagrams.is_crowded() {
            self.diagrams.clear();
            self.known.clear();
            self.variables.clear();
            self.outcomes.clear();
        }
    }

    fn known(&mut self, firms: Firms) -> &mut Known {
        // What a condition says of a firm does not depend on whether its answers are consistent.
        let firms = if firms == Firms::Consistent { Firms::Any } else { firms };
        self.known.entry(firms).or_default()
    }

    fn plan(&self, book: usize) -> Option<&'p Plan> {
        self.plans.get(book).copied()
    }

    /// The truth of a node of a book.
    pub(crate) fn node(
        &mut self,
        firms: Firms,
        book: usize,
        id: NodeId,
    ) -> Result<DiagramId, DiagramError> {
        if let Some(known) = self.known(firms).nodes.get(&(book, id)) {
            return Ok(*known);
        }
        let unknown = Diagrams::terminal(Truth::Unknown.into());
        let Some(plan) = self.plan(book) else { return Ok(unknown) };
        let diagram = match plan.node(id) {
            Node::Indeterminate => unknown,
            Node::Test((fact, _)) if self.is_left(firms, book, *fact) => unknown,
            Node::Test((fact, test)) => {
                let is_full = firms.are_full();
                self.space.test(&mut self.diagrams, book, id, (*fact, test), is_full)?
            }
            Node::Not(inner) => {
                let inner = self.node(firms, book, *inner)?;
                self.diagrams.map(Operator::Not, inner)?
            }
            node @ (Node::And(parts) | Node::Or(parts)) => {
                let parts = parts.iter().map(|part| self.node(firms, book, *part));
                let parts: Vec<DiagramId> = parts.collect::<Result<_, _>>()?;
                match node {
                    Node::And(_) => self.diagrams.all(parts)?,
                    _ => self.diagrams.any(parts)?,
                }
            }
            Node::Coalesce(first, second) => {
                let of_stated = *first;
                let first = self.node(firms, book, *first)?;
                let second = self.node(firms, book, *second)?;
                // A full firm states what follows, wherever something does: then what it states need not be looked at.
                match plan.node(of_stated) {
                    Node::Test((fact, _)) if firms.are_full() && plan.is_derived(*fact) => {
                        self.diagrams.apply(Operator::Coalesce, second, first)?
                    }
                    _ => self.diagrams.apply(Operator::Coalesce, first, second)?,
                }
            }
        };
        self.known(firms).nodes.insert((book, id), diagram);
        Ok(diagram)
    }

    /// Whether firms leave a fact unanswered.
    fn is_left(&self, firms: Firms, book: usize, fact: FactId) -> bool {
        let left = self.of_offices.get(book).filter(|_| firms == Firms::FullButOffices);
        left.is_some_and(|facts| facts.contains(fact))
    }

    /// The outcome of a support of a book.
    pub(crate) fn outcome(
        &mut self,
        book: usize,
        support: SupportId,
    ) -> Result<DiagramId, DiagramError> {
        if let Some(known) = self.outcomes.get(&(book, support)) {
            return Ok(*known);
        }
        let holds = Diagrams::terminal(Truth::True.into());
        let Some(plan) = self.plan(book) else { return Ok(holds) };
        let exclusion = plan.exclusions.at(support);
        let text = exclusion.text.map_or(Ok(holds), |node| self.node(Firms::Any, book, node))?;
        let needs = exclusion.needs.map_or(Ok(holds), |node| self.node(Firms::Any, book, node))?;
        let root = self.node(Firms::Any, book, *plan.supports.at(support))?;
        let area = exclusion.area.map_or(Ok(holds), |node| self.node(Firms::Any, book, node))?;
        let excluded_by = self.diagrams.apply(Operator::ExcludedBy, text, needs)?;
        let excluded_by = self.diagrams.apply(Operator::OutOfArea, area, excluded_by)?;
        let outcome = self.diagrams.apply(Operator::Outcome, root, excluded_by)?;
        self.outcomes.insert((book, support), outcome);
        Ok(outcome)
    }

    /// The firms that agree with what follows for a derived fact: what they state of it does not contradict it, as
    /// [`Answer::contradicts`](crate::evaluate::Answer::contradicts) says it.
    fn agreeing(
        &mut self,
        firms: Firms,
        book: usize,
        derived: &DerivedNodes,
    ) -> Result<DiagramId, DiagramError> {
        let key = (book, derived.fact);
        if let Some(known) = self.known(firms).agreeing.get(&key) {
            return Ok(*known);
        }
        let (mut contradict, mut false_ones, mut known_ones) = (vec![], vec![], vec![]);
        for (follows, stated) in derived.follows.iter().zip(&derived.stated) {
            let follows = self.node(firms, book, *follows)?;
            let stated = self.node(firms, book, *stated)?;
            contradict.push(self.diagrams.apply(Operator::Contradict, follows, stated)?);
            let is_false = self.diagrams.map(Operator::Is(Truth::False.into()), follows)?;
            let is_true = self.diagrams.map(Operator::Is(Truth::True.into()), follows)?;
            false_ones.push(is_false);
            known_ones.push(self.diagrams.apply(Operator::Or, is_true, is_false)?);
        }
        if !self.is_left(firms, book, derived.fact) {
            let nothing_follows = self.diagrams.all(false_ones)?;
            let diagrams = &mut self.diagrams;
            let stated = self.space.has_any_item(diagrams, book, derived.fact, firms.are_full())?;
            let stated = self.diagrams.map(Operator::Is(Truth::True.into()), stated)?;
            contradict.push(self.diagrams.apply(Operator::And, nothing_follows, stated)?);
        }
        let contradicts = self.diagrams.any(contradict)?;
        let mut agrees = self.diagrams.map(Operator::Not, contradicts)?;
        if firms.are_full() {
            // Where everything follows, it is enough that there is a value to state.
            let all_known = self.diagrams.all(known_ones)?;
            let is_stated = |variable| self.space.fact(variable, book) == Some(derived.fact);
            let possible = self.diagrams.some(agrees, &is_stated)?;
            let some_open = self.diagrams.map(Operator::Not, all_known)?;
            let where_known = self.diagrams.apply(Operator::And, all_known, possible)?;
            let where_open = self.diagrams.apply(Operator::And, some_open, agrees)?;
            agrees = self.diagrams.apply(Operator::Or, where_known, where_open)?;
        }
        self.known(firms).agreeing.insert(key, agrees);
        Ok(agrees)
    }

    /// The firms of which all `conditions` are so, as a diagram that is true of them. The diagrams of the conditions are of
    /// the same firms.
    ///
    /// Only what the conditions depend on matters: a derived fact that they do not depend on may stay unanswered, and then
    /// it contradicts nothing. Of full firms an unanswered variable of the diagram stands for any answer.
    pub(crate) fn firms(
        &mut self,
        firms: Firms,
        conditions: &[(DiagramId, Terminal)],
    ) -> Result<DiagramId, DiagramError> {
        let no = Diagrams::terminal(Truth::False.into());
        let mut all = Vec::new();
        for (diagram, wanted) in conditions {
            all.push(self.diagrams.map(Operator::Is(*wanted), *diagram)?);
        }
        let mut found = self.diagrams.all(all)?;
        if found == no || firms == Firms::Any {
            return Ok(found);
        }
        let about = conditions.iter().flat_map(|(diagram, _)| self.diagrams.variables(*diagram));
        let about: BTreeSet<VariableId> = about.collect();
        // One after the other: all of them together would be larger than what is left of the firms.
        for agreeing in self.agreeing_with(firms, about)? {
            if found == no {
                break;
            }
            found = self.diagrams.apply(Operator::And, found, agreeing)?;
        }
        Ok(found)
    }

    /// What firms must agree with who answer what some variables decide.
    fn agreeing_with(
        &mut self,
        firms: Firms,
        about: BTreeSet<VariableId>,
    ) -> Result<Vec<DiagramId>, DiagramError> {
        let yes = Diagrams::terminal(Truth::True.into());
        let mut variables = about;
        let mut waiting: Vec<(usize, &DerivedNodes)> = Vec::new();
        for (book, plan) in self.plans.iter().enumerate() {
            waiting.extend(plan.derived.iter().map(|nodes| (book, nodes)));
        }
        let mut found = Vec::new();
        loop {
            let before = waiting.len();
            let mut rest = Vec::new();
            for (book, nodes) in waiting {
                let is_stated =
                    |variable: &VariableId| self.space.fact(*variable, book) == Some(nodes.fact);
                let matters = if firms.are_full() {
                    let agreeing = self.agreeing(firms, book, nodes)?;
                    agreeing != yes
                        && self.variables(agreeing).iter().any(|v| variables.contains(v))
                } else {
                    !self.is_left(firms, book, nodes.fact) && variables.iter().any(is_stated)
                };
                if matters {
                    let agreeing = self.agreeing(firms, book, nodes)?;
                    variables.extend(self.variables(agreeing).iter().copied());
                    found.push(agreeing);
                } else {
                    rest.push((book, nodes));
                }
            }
            if rest.len() == before {
                return Ok(found);
            }
            waiting = rest;
        }
    }

    /// The variables that a diagram decides; remembered, for one that is asked for again and again.
    fn variables(&mut self, diagram: DiagramId) -> Rc<[VariableId]> {
        let diagrams = &self.diagrams;
        let variables = self.variables.entry(diagram);
        Rc::clone(variables.or_insert_with(|| diagrams.variables(diagram).into()))
    }

    /// Whether there is a firm of which all `conditions` are so.
    pub(crate) fn exists(
        &mut self,
        firms: Firms,
        conditions: &[(DiagramId, Terminal)],
    ) -> Result<bool, DiagramError> {
        if firms == Firms::Consistent {
            return Ok(self.smallest(firms, conditions)?.is_some());
        }
        Ok(self.firms(firms, conditions)? != Diagrams::terminal(Truth::False.into()))
    }

    /// A smallest firm of which all `conditions` are so. Full firms get only the answers that make a difference: see
    /// [`Self::answer_conditions`].
    pub(crate) fn smallest(
        &mut self,
        firms: Firms,
        conditions: &[(DiagramId, Terminal)],
    ) -> Result<Option<Assignment>, DiagramError> {
        if firms == Firms::Consistent {
            // The smallest of all firms is mostly consistent, and is found without the diagrams of contradictions.
            let found = self.smallest(Firms::Any, conditions)?;
            if found.as_ref().is_none_or(|found| self.is_consistent(found)) {
                return Ok(found);
            }
        }
        let found = self.firms(firms, conditions)?;
        Ok(Search::new(&self.diagrams, &self.space).smallest(found, Truth::True.into()))
    }

    /// Whether no answer of a firm contradicts what follows from others, in any book.
    fn is_consistent(&self, assignment: &Assignment) -> bool {
        self.plans.iter().enumerate().all(|(book, plan)| {
            let profile = self.space.profile(assignment, plan, book);
            // Nothing that contradicts depends on the day.
            let answer = Answer::new(plan, &profile, Date::MIN);
            !plan.derived.iter().any(|nodes| answer.contradicts(nodes))
        })
    }

    /// Lets a full firm answer all facts that the diagrams of its conditions depend on, as far as it has not; derived facts
    /// are left to follow, unless what it states of them matters.
    pub(crate) fn answer_conditions(&self, assignment: &mut Assignment, of: &[DiagramId]) {
        assignment.0.sort_unstable();
        let decided: Vec<VariableId> = assignment.0.iter().map(|(variable, _)| *variable).collect();
        let about = of.iter().flat_map(|diagram| self.diagrams.variables(*diagram));
        let given = about.filter(|variable| !self.follows(*variable));
        // “Not answered” stood for the first answer.
        for variable in decided.into_iter().chain(given) {
            self.space.answer(assignment, variable, true);
        }
    }

    /// Lets a firm answer all other facts, as far from a yes as possible; derived facts are left to follow.
    pub(crate) fn answer_rest(&self, assignment: &mut Assignment) {
        for variable in self.space.variables().filter(|variable| !self.follows(*variable)) {
            self.space.answer(assignment, variable, false);
        }
    }

    /// Whether a variable decides what a firm states of a derived fact.
    fn follows(&self, variable: VariableId) -> bool {
        let mut books = self.plans.iter().enumerate();
        books.any(|(book, plan)| {
            self.space.fact(variable, book).is_some_and(|fact| plan.is_derived(fact))
        })
    }

    /// The values that a diagram has for any firm at all, contradictory answers included.
    pub(crate) fn terminals(&self, diagram: DiagramId) -> Vec<Terminal> {
        Search::new(&self.diagrams, &self.space).terminals(diagram)
    }

    /// The profile of a firm for a book.
    pub(crate) fn profile(&self, book: usize, assignment: &Assignment) -> Profile {
        let empty = || Profile::empty(&Catalogue::default());
        self.plan(book).map_or_else(empty, |plan| self.space.profile(assignment, plan, book))
    }
}

/// The facts that only an office can say.
fn of_offices(plan: &Plan) -> FactSet {
    let facts = plan.book.catalogue.facts.iter().filter(|fact| fact.decided_by_office);
    facts.map(|fact| fact.id).collect()
}
