//! What the answers of firms are cut into: one variable a fact, or several for a list.
//!
//! Owns the classes of answers. Two values of a fact are in one class if no test of any of the rule books tells them
//! apart, so a class behaves as one value. The engine's own index of tests decides that, so a class cannot mean something
//! else here than there. A list has a variable for whether it is answered and one for each class of items. Two books
//! share their facts by name; a value that one of them cannot read is “unknown” there, as in a screened list.

use super::candidates::candidates;
use super::search::{Assignment, Cost};
use super::{DiagramError, DiagramId, Diagrams, Operator, VariableId};
use crate::condition::Test;
use crate::facts::{Fact, FactId, FactSet, Kind, Profile, Value};
use crate::index::IndexVec;
use crate::plan::{Node, NodeId, Plan};
use crate::truth::Truth;
use foldhash::{HashMap, HashSet};
use serde_json::value::RawValue;

/// The variables of one rule book, or of two together.
pub(crate) struct Space {
    variables: IndexVec<VariableId, Variable>,
    /// Per book and fact, its variables; none of a fact that nothing tests.
    slots: Vec<IndexVec<FactId, Option<Slot>>>,
}

/// One variable. Class 0 is “not answered”, or “not in the list”.
struct Variable {
    /// The fact, in each book that has it.
    fact: Vec<Option<FactId>>,
    decides: Decides,
}

/// What a variable decides.
enum Decides {
    /// In which class the value is; the classes from 1 on.
    Value(Vec<Class>),
    /// Whether a list is answered.
    List,
    /// Whether a list has an item of this class.
    Item(Class),
}

/// Values that no test tells apart.
struct Class {
    /// A value of it for each book; none where the book cannot read it.
    values: Vec<Option<Value>>,
    /// Per book, the tests that are true of it.
    holding: Vec<HashSet<NodeId>>,
    /// How many candidates are in it, and the first few of a fact with named values.
    members: Vec<Value>,
}

/// The variables of a fact.
#[derive(Clone)]
enum Slot {
    Value(VariableId),
    List { answered: VariableId, items: Vec<VariableId> },
}

/// The tests of a book's facts.
struct Tests<'p> {
    of_fact: IndexVec<FactId, Vec<(NodeId, &'p Test)>>,
}

impl<'p> Tests<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut of_fact = IndexVec::filled(Vec::new(), &plan.book.catalogue.facts);
        for (id, node) in plan.nodes.iter_enumerated() {
            if let Node::Test((fact, test)) = node {
                of_fact.at_mut(*fact).push((id, test));
            }
        }
        Self { of_fact }
    }
}

impl Space {
    /// The variables of some rule books together: one, or an old one and a new one.
    pub(crate) fn new(plans: &[&Plan]) -> Self {
        let tests: Vec<Tests<'_>> = plans.iter().map(|plan| Tests::of(plan)).collect();
        let empty = |plan: &&Plan| IndexVec::filled(None, &plan.book.catalogue.facts);
        let mut space =
            Self { variables: IndexVec::new(), slots: plans.iter().map(empty).collect() };
        let facts = in_order(plans, shared_facts(plans)).into_iter();
        let classes: Vec<(Vec<Option<FactId>>, Vec<Class>)> = facts
            .map(|fact| {
                let classes = classes_of(plans, &tests, &fact);
                (fact, classes)
            })
            .filter(|(_, classes)| !classes.is_empty())
            .collect();
        space.assign(plans, classes);
        space
    }

    /// Gives out variables. The same item of several lists is decided one list after the other: lists that follow from
    /// each other, item by item, would otherwise need a diagram of each combination of items. The items of a list that
    /// follows from no other list are decided with it.
    fn assign(&mut self, plans: &[&Plan], classes: Vec<(Vec<Option<FactId>>, Vec<Class>)>) {
        let mut slots: Vec<(Vec<Option<FactId>>, Slot)> = Vec::new();
        let mut items: Vec<(String, usize, Class)> = Vec::new();
        for (fact, classes) in classes {
            let is_list = plans.iter().zip(&fact).any(|(plan, fact)| {
                fact.is_some_and(|fact| plan.book.catalogue.fact(fact).is_list())
            });
            if is_list {
                let list = Variable { fact: fact.clone(), decides: Decides::List };
                let answered = self.variables.push(list);
                let keys = classes.iter().map(|class| class.key(plans, &fact));
                let keys: Vec<String> = keys.collect();
                if follows_from_values(plans, &fact) {
                    let of_list = classes.into_iter().map(|class| {
                        let item = Variable { fact: fact.clone(), decides: Decides::Item(class) };
                        self.variables.push(item)
                    });
                    let items = of_list.collect();
                    slots.push((fact, Slot::List { answered, items }));
                    continue;
                }
                items.extend(keys.into_iter().zip(classes).map(|(key, c)| (key, slots.len(), c)));
                slots.push((fact, Slot::List { answered, items: Vec::new() }));
            } else {
                let value = Variable { fact: fact.clone(), decides: Decides::Value(classes) };
                slots.push((fact, Slot::Value(self.variables.push(value))));
            }
        }
        items.sort_by(|(a, first, _), (b, second, _)| (a, first).cmp(&(b, second)));
        for (_, index, class) in items {
            let Some((fact, Slot::List { items, .. })) = slots.get_mut(index) else { continue };
            let item = Variable { fact: fact.clone(), decides: Decides::Item(class) };
            items.push(self.variables.push(item));
        }
        for (shared, slot) in slots {
            for (slots, fact) in self.slots.iter_mut().zip(shared) {
                if let Some(fact) = fact {
                    *slots.at_mut(fact) = Some(slot.clone());
                }
            }
        }
    }

    /// How much a firm answers that is in this class of a variable.
    pub(crate) fn cost(&self, variable: VariableId, class: usize) -> Cost {
        match (class, &self.variables.at(variable).decides) {
            (0, _) => Cost::NOTHING,
            (_, Decides::Value(_) | Decides::List) => Cost::FACT,
            (_, Decides::Item(_)) => Cost::ITEM,
        }
    }

    /// The fact that a variable decides, in a book that has it.
    pub(crate) fn fact(&self, variable: VariableId, book: usize) -> Option<FactId> {
        self.variables.at(variable).fact.get(book).copied().flatten()
    }

    /// The values of a fact that no test tells apart, class by class.
    pub(crate) fn classes(&self, book: usize, fact: FactId) -> Vec<&[Value]> {
        let Some(Some(slot)) = self.slots.get(book).map(|slots| slots.at(fact)) else {
            return Vec::new();
        };
        match slot {
            Slot::Value(variable) => match &self.variables.at(*variable).decides {
                Decides::Value(classes) => {
                    classes.iter().map(|class| class.members.as_slice()).collect()
                }
                Decides::List | Decides::Item(_) => Vec::new(),
            },
            Slot::List { items, .. } => {
                let classes =
                    items.iter().filter_map(|item| match &self.variables.at(*item).decides {
                        Decides::Item(class) => Some(class.members.as_slice()),
                        Decides::Value(_) | Decides::List => None,
                    });
                classes.collect()
            }
        }
    }

    /// The diagram of a test of a book. Of firms that have answered everything, “not answered” stands for an answer.
    pub(crate) fn test(
        &self,
        diagrams: &mut Diagrams<'_>,
        book: usize,
        node: NodeId,
        (fact, test): (FactId, &Test),
        is_answered: bool,
    ) -> Result<DiagramId, DiagramError> {
        let terminal = |truth: Truth| Diagrams::terminal(truth.into());
        let Some(Some(slot)) = self.slots.get(book).map(|slots| slots.at(fact)) else {
            return Ok(terminal(Truth::Unknown));
        };
        match slot {
            Slot::Value(variable) => {
                let Decides::Value(classes) = &self.variables.at(*variable).decides else {
                    return Ok(terminal(Truth::Unknown));
                };
                let truth = |class: &Class| class.truth(book, node);
                let children = classes.iter().map(truth).map(terminal);
                let answer = children.clone().next().filter(|_| is_answered);
                let unanswered = answer.unwrap_or(terminal(Truth::Unknown));
                diagrams.decide(*variable, std::iter::once(unanswered).chain(children))
            }
            Slot::List { answered, items } => {
                let found = |class: &Class| {
                    let has = class.truth(book, node);
                    // Any item at all makes a list not empty.
                    if *test == Test::Empty && has.is_known() { Truth::True } else { has }
                };
                let mut any = terminal(Truth::False);
                let mut unreadable = terminal(Truth::False);
                for item in items.iter().rev() {
                    let Decides::Item(class) = &self.variables.at(*item).decides else { continue };
                    match found(class) {
                        Truth::True => {
                            any = diagrams.decide(*item, [any, terminal(Truth::True)])?
                        }
                        Truth::False => {}
                        Truth::Unknown => {
                            unreadable =
                                diagrams.decide(*item, [unreadable, terminal(Truth::True)])?;
                        }
                    }
                }
                if *test == Test::Empty {
                    any = diagrams.map(Operator::Not, any)?;
                }
                // A list with an item that cannot be read cannot be read.
                let known = diagrams.apply(Operator::UnknownWhere, any, unreadable)?;
                let unanswered = if is_answered { known } else { terminal(Truth::Unknown) };
                diagrams.decide(*answered, [unanswered, known])
            }
        }
    }

    /// Whether a firm states anything in a list: true, false, or unknown if it is not answered.
    pub(crate) fn has_any_item(
        &self,
        diagrams: &mut Diagrams<'_>,
        book: usize,
        fact: FactId,
        is_answered: bool,
    ) -> Result<DiagramId, DiagramError> {
        let terminal = |truth: Truth| Diagrams::terminal(truth.into());
        let Some(Some(Slot::List { answered, items })) =
            self.slots.get(book).map(|slots| slots.at(fact))
        else {
            return Ok(terminal(Truth::Unknown));
        };
        let mut any = terminal(Truth::False);
        for item in items.iter().rev() {
            any = diagrams.decide(*item, [any, terminal(Truth::True)])?;
        }
        let unanswered = if is_answered { any } else { terminal(Truth::Unknown) };
        diagrams.decide(*answered, [unanswered, any])
    }

    /// All variables.
    pub(crate) fn variables(&self) -> impl Iterator<Item = VariableId> {
        self.variables.indices()
    }

    /// Lets a firm answer what a variable decides, if it does not yet: a value with the first class or with the last, and a
    /// list with what it has of it. The firm's variables are sorted.
    pub(crate) fn answer(
        &self,
        assignment: &mut Assignment,
        variable: VariableId,
        first_class: bool,
    ) {
        let (variable, class) = match &self.variables.at(variable).decides {
            Decides::Value(_) if first_class => (variable, 1),
            Decides::Value(classes) => (variable, classes.len()),
            Decides::List => (variable, 1),
            Decides::Item(_) => {
                let is_of = |slot: &&Slot| matches!(slot, Slot::List { items, .. } if items.contains(&variable));
                let mut slots = self.slots.iter().flatten().flatten();
                let Some(Slot::List { answered, .. }) = slots.find(is_of) else { return };
                (*answered, 1)
            }
        };
        match assignment.0.binary_search_by_key(&variable, |(other, _)| *other) {
            Err(index) => assignment.0.insert(index, (variable, class)),
            Ok(index) => {
                if let Some((_, known @ 0)) = assignment.0.get_mut(index) {
                    *known = class;
                }
            }
        }
    }

    /// Whether the value of a fact is one that `admits` takes; false if it is not answered. For lists see the tests of
    /// their items.
    pub(crate) fn is_value(
        &self,
        diagrams: &mut Diagrams<'_>,
        book: usize,
        fact: FactId,
        admits: impl Fn(&Value) -> bool,
    ) -> Result<Option<DiagramId>, DiagramError> {
        let Some(Some(Slot::Value(variable))) = self.slots.get(book).map(|slots| slots.at(fact))
        else {
            return Ok(None);
        };
        let Decides::Value(classes) = &self.variables.at(*variable).decides else {
            return Ok(None);
        };
        let is = |class: &Class| {
            let value = class.values.get(book).and_then(Option::as_ref);
            Diagrams::terminal(Truth::from(value.is_some_and(&admits)).into())
        };
        let children: Vec<DiagramId> = classes.iter().map(is).collect();
        let no = Diagrams::terminal(Truth::False.into());
        diagrams.decide(*variable, std::iter::once(no).chain(children)).map(Some)
    }

    /// Whether a list has an item that `admits` takes, which gets it as a list of its own; false if it is not answered.
    pub(crate) fn has_item(
        &self,
        diagrams: &mut Diagrams<'_>,
        book: usize,
        fact: FactId,
        admits: impl Fn(&Value) -> bool,
    ) -> Result<DiagramId, DiagramError> {
        let terminal = |truth: Truth| Diagrams::terminal(truth.into());
        let mut any = terminal(Truth::False);
        let Some(Some(Slot::List { answered, items })) =
            self.slots.get(book).map(|slots| slots.at(fact))
        else {
            return Ok(any);
        };
        for item in items.iter().rev() {
            let Decides::Item(class) = &self.variables.at(*item).decides else { continue };
            let value = class.values.get(book).and_then(Option::as_ref);
            if value.is_some_and(&admits) {
                any = diagrams.decide(*item, [any, terminal(Truth::True)])?;
            }
        }
        diagrams.decide(*answered, [terminal(Truth::False), any])
    }

    /// The profile of a firm for one of the books.
    pub(crate) fn profile(&self, assignment: &Assignment, plan: &Plan, book: usize) -> Profile {
        let mut profile = Profile::empty(&plan.book.catalogue);
        for (variable, class) in assignment.0.iter().filter(|(_, class)| *class > 0) {
            let Some(fact) = self.fact(*variable, book) else { continue };
            match &self.variables.at(*variable).decides {
                Decides::Value(classes) => {
                    let found = class.checked_sub(1).and_then(|index| classes.get(index));
                    if let Some(value) = found.and_then(|found| found.values.get(book)?.clone()) {
                        profile.set(fact, value);
                    }
                }
                Decides::List => profile.set(fact, empty(&plan.book.catalogue.fact(fact).kind)),
                Decides::Item(found) => {
                    let item = found.values.get(book).and_then(Option::as_ref);
                    let joined = with_item(profile.value(fact), item);
                    profile.set(fact, joined);
                }
            }
        }
        profile
    }
}

impl Class {
    /// How the value that stands for the class is written.
    fn key(&self, plans: &[&Plan], fact: &[Option<FactId>]) -> String {
        let mut key = String::new();
        let books = plans.iter().zip(fact).zip(&self.values);
        let written =
            books.filter_map(|((plan, fact), value)| Some((plan, (*fact)?, value.as_ref()?)));
        if let Some((plan, fact, value)) = written.into_iter().next() {
            plan.book.catalogue.write_json(fact, value, &mut key);
        }
        key
    }

    fn truth(&self, book: usize, node: NodeId) -> Truth {
        match (self.values.get(book), self.holding.get(book)) {
            (Some(Some(_)), Some(holding)) => Truth::from(holding.contains(&node)),
            _ => Truth::Unknown,
        }
    }
}

/// An empty list.
fn empty(kind: &Kind) -> Value {
    if *kind == Kind::EnumList { Value::EnumList(Vec::new()) } else { Value::Codes(Vec::new()) }
}

/// A list with another item. One that cannot be read makes the list one that cannot be read.
fn with_item(list: &Value, item: Option<&Value>) -> Value {
    match (list, item) {
        (Value::EnumList(list), Some(Value::EnumList(item))) => {
            let mut all: Vec<u16> = list.iter().chain(item).copied().collect();
            all.sort_unstable();
            Value::EnumList(all)
        }
        (Value::Codes(list), Some(Value::Codes(item))) => {
            let mut all: Vec<String> = list.iter().chain(item).cloned().collect();
            all.sort_unstable();
            Value::Codes(all)
        }
        _ => Value::NotAnswered,
    }
}

/// The classes of a fact's answers; none if nothing tests it.
fn classes_of(plans: &[&Plan], tests: &[Tests<'_>], shared: &[Option<FactId>]) -> Vec<Class> {
    let of_book = |book: usize| {
        let fact = shared.get(book).copied().flatten()?;
        Some((plans.get(book)?, fact, tests.get(book)?.of_fact.at(fact)))
    };
    let tests = (0..plans.len()).filter_map(of_book).flat_map(|(.., tests)| tests);
    let tests: Vec<&Test> = tests.map(|(_, test)| *test).collect();
    if tests.is_empty() {
        return Vec::new();
    }
    let mut classes: Vec<Class> = Vec::new();
    let mut by_holding: HashMap<Vec<Option<Vec<NodeId>>>, usize> = HashMap::default();
    for values in candidates_of(plans, shared, &tests) {
        let holding = |book: usize| {
            let (plan, fact, _) = of_book(book)?;
            let value = values.get(book)?.as_ref()?;
            let mut holding = Vec::new();
            plan.test_indices.at(fact).evaluate(value, |node| holding.push(node));
            holding.sort_unstable();
            holding.dedup();
            Some(holding)
        };
        let key: Vec<Option<Vec<NodeId>>> = (0..plans.len()).map(holding).collect();
        let index = *by_holding.entry(key).or_insert_with_key(|key| {
            let holding = key.iter().map(|holding| holding.iter().flatten().copied().collect());
            let (values, holding) = (values.clone(), holding.collect());
            classes.push(Class { values, holding, members: Vec::new() });
            classes.len() - 1
        });
        if let Some(class) = classes.get_mut(index)
            && let Some(value) = values.into_iter().flatten().next()
        {
            class.members.push(value);
        }
    }
    classes
}

/// The facts of some books, each with its index in every book that has it, in the order of the first book. A fact is the
/// same in two books if it has the same name, or if one of them knows the name of the other as an alias, and both are
/// lists or neither is.
fn shared_facts(plans: &[&Plan]) -> Vec<Vec<Option<FactId>>> {
    let [first, second] = plans else {
        let facts = plans.first().map(|plan| plan.book.catalogue.facts.indices());
        return facts.into_iter().flatten().map(|fact| vec![Some(fact)]).collect();
    };
    let (old, new) = (&first.book.catalogue, &second.book.catalogue);
    let mut taken = FactSet::default();
    let mut shared: Vec<Vec<Option<FactId>>> = Vec::new();
    for fact in &old.facts {
        let by_alias = || fact.aliases.iter().find_map(|alias| new.find(alias));
        let same = new.find(&fact.name).or_else(|| new.find_alias(&fact.name)).or_else(by_alias);
        let same = same.filter(|other| other.is_list() == fact.is_list());
        let same = same.filter(|other| !taken.contains(other.id));
        same.iter().for_each(|other| taken.insert(other.id));
        shared.push(vec![Some(fact.id), same.map(|other| other.id)]);
    }
    let only_new = new.facts.indices().filter(|fact| !taken.contains(*fact));
    shared.extend(only_new.map(|fact| vec![None, Some(fact)]));
    shared
}

/// Puts each derived fact right behind the facts that it follows from: what a diagram must remember from one to the other
/// would multiply everything that is decided between them.
fn in_order(plans: &[&Plan], facts: Vec<Vec<Option<FactId>>>) -> Vec<Vec<Option<FactId>>> {
    let mut decided: Vec<FactSet> = vec![FactSet::default(); plans.len()];
    let mut ordered: Vec<Vec<Option<FactId>>> = Vec::with_capacity(facts.len());
    let mut waiting = facts;
    while !waiting.is_empty() {
        let is_ready = |fact: &Vec<Option<FactId>>, decided: &[FactSet]| {
            let mut books = plans.iter().zip(fact).zip(decided);
            books.all(|((plan, fact), decided)| {
                fact.is_none_or(|fact| plan.inputs.at(fact).is_subset(decided))
            })
        };
        let is_derived = |fact: &Vec<Option<FactId>>| {
            plans
                .iter()
                .zip(fact)
                .any(|(plan, fact)| fact.is_some_and(|fact| plan.is_derived(fact)))
        };
        let derived = waiting.iter().position(|fact| is_derived(fact) && is_ready(fact, &decided));
        let next = derived.or_else(|| waiting.iter().position(|fact| is_ready(fact, &decided)));
        // Derivations have no circle within a book; two books may have one together.
        let fact = waiting.remove(next.unwrap_or(0));
        for (decided, fact) in decided.iter_mut().zip(&fact) {
            fact.iter().for_each(|fact| decided.insert(*fact));
        }
        ordered.push(fact);
    }
    ordered
}

/// Whether a list follows from facts none of which is a list.
fn follows_from_values(plans: &[&Plan], fact: &[Option<FactId>]) -> bool {
    plans.iter().zip(fact).all(|(plan, fact)| {
        fact.is_none_or(|fact| {
            let inputs = *plan.inputs.at(fact);
            let catalogue = &plan.book.catalogue;
            !inputs.is_empty() && inputs.iter().all(|input| !catalogue.fact(input).is_list())
        })
    })
}

/// Values that stand for all others, as each book reads them.
fn candidates_of(
    plans: &[&Plan],
    shared: &[Option<FactId>],
    tests: &[&Test],
) -> Vec<Vec<Option<Value>>> {
    let facts: Vec<Option<(&Plan, &Fact)>> = plans
        .iter()
        .zip(shared)
        .map(|(plan, fact)| fact.map(|fact| (*plan, plan.book.catalogue.fact(fact))))
        .collect();
    let mut known = facts.iter().flatten();
    let Some((first, fact)) = known.next() else { return Vec::new() };
    let is_code = matches!(fact.kind, Kind::Code { .. } | Kind::Codes { .. });
    let same = |(plan, other): &(&Plan, &Fact)| {
        other.kind == fact.kind
            && other.values == fact.values
            && (!is_code || plan.book.reference == first.book.reference)
    };
    if known.all(same) {
        let values = candidates(fact, &first.book.reference, tests).into_iter();
        let each = |value: Value| facts.iter().map(|book| book.map(|_| value.clone())).collect();
        return values.map(each).collect();
    }
    // Declared otherwise: each book reads what the others write.
    let mut seen = HashSet::default();
    let mut all = Vec::new();
    for (plan, fact) in facts.iter().flatten() {
        for value in candidates(fact, &plan.book.reference, tests) {
            let mut json = String::new();
            plan.book.catalogue.write_json(fact.id, &value, &mut json);
            if !seen.insert(json.clone()) {
                continue;
            }
            let Ok(raw) = RawValue::from_string(json) else { continue };
            let read = |book: &Option<(&Plan, &Fact)>| {
                let (plan, fact) = (*book)?;
                let reference = &plan.book.reference;
                let value = Profile::read_member(fact, &raw, 0, reference, &mut Vec::new()).ok();
                value.filter(Value::is_known)
            };
            all.push(facts.iter().map(read).collect());
        }
    }
    all
}
