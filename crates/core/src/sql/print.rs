//! A condition as an expression over columns: one recursive function over the nodes.
//!
//! In go the nodes, the dialect and the names of the nodes that are columns already; out come
//! expressions. Every expression is true, false or NULL exactly where its node is true, false or
//! unknown. Columns are always those of `f`.

use super::dialect::{Around, Dialect};
use super::gather::{Graph, Leaf, Node};
use super::layout::Doc;
use super::options::{Naming, OPEN, fraction, stated};
use crate::condition::Test;
use crate::facts::{Catalogue, Fact, FactId, FactSet, Format, Kind};
use crate::plan::NodeId;
use crate::truth::Truth;
use foldhash::HashMap;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Prints nodes.
#[derive(Debug)]
pub(super) struct Printer<'a> {
    pub(super) dialect: Dialect,
    pub(super) naming: Naming,
    pub(super) catalogue: &'a Catalogue,
    /// The facts that can follow from others.
    pub(super) derived: FactSet,
    pub(super) graph: &'a Graph,
    /// The nodes that have a column.
    pub(super) named: HashMap<NodeId, String>,
}

impl Printer<'_> {
    /// The name of the column that holds what is stated of a fact: the plain name is that of what is
    /// known of it, stated or derived.
    pub(super) fn stated(&self, fact: &Fact) -> String {
        if self.derived.contains(fact.id) { stated(&fact.name) } else { fact.name.clone() }
    }

    /// A column's name as the query has it, quoted.
    pub(super) fn quoted(&self, name: &str) -> String {
        self.dialect.quoted(&self.naming.column(name))
    }

    /// A column of the CTE at hand.
    pub(super) fn column(&self, name: &str) -> String {
        format!("f.{}", self.quoted(name))
    }

    /// Whether a node is never known.
    pub(super) fn is_indeterminate(&self, id: NodeId) -> bool {
        *self.graph.node(id) == Node::Indeterminate
    }

    /// A text that is never known.
    pub(super) fn unknown_text(&self) -> Doc {
        Doc::Text(format!("CAST(NULL AS {})", self.dialect.text_type()))
    }

    /// A node as an expression that may stand in another one.
    pub(super) fn node(&self, id: NodeId) -> Doc {
        match self.named.get(&id) {
            Some(name) => Doc::Text(self.column(name)),
            None => self.definition(id, true),
        }
    }

    /// What a node is made of, whether it has a column or not.
    pub(super) fn definition(&self, id: NodeId, brackets: bool) -> Doc {
        match self.graph.node(id) {
            Node::Indeterminate => Doc::Text(self.column(OPEN)),
            Node::Test(leaf) => self.leaf(leaf, brackets),
            Node::Not(inner) => self.not(*inner),
            Node::And(parts) => self.joined("AND", parts, brackets),
            Node::Or(parts) => self.joined("OR", parts, brackets),
            Node::Coalesce(first, second) => {
                let mut parts = vec![self.bare(*first)];
                // The first that is known: a row of them is one call.
                let mut last = *second;
                while let (false, Node::Coalesce(first, second)) =
                    (self.named.contains_key(&last), self.graph.node(last))
                {
                    parts.push(self.bare(*first));
                    last = *second;
                }
                parts.push(self.bare(last));
                Doc::Call { before: "COALESCE(", parts, comma: ",", after: ")" }
            }
        }
    }

    /// A node between brackets that are there already.
    pub(super) fn bare(&self, id: NodeId) -> Doc {
        if self.named.contains_key(&id) { self.node(id) } else { self.definition(id, false) }
    }

    fn joined(&self, keyword: &'static str, parts: &[NodeId], brackets: bool) -> Doc {
        let parts = parts.iter().map(|part| self.node(*part)).collect();
        Doc::Joined { keyword, parts, brackets }
    }

    /// The opposite of a node, which may not stand in another expression.
    pub(super) fn not(&self, inner: NodeId) -> Doc {
        if !self.named.contains_key(&inner)
            && let Node::Test(Leaf::Fact(fact, test)) = self.graph.node(inner)
        {
            let fact = self.catalogue.fact(*fact);
            // What is compared here is never NaN, which reading excludes.
            match test {
                Test::AtLeast(n) => return self.number(fact, "<", n),
                Test::MoreThan(n) => return self.number(fact, "<=", n),
                _ => {}
            }
        }
        Doc::not(self.bare(inner))
    }

    fn leaf(&self, leaf: &Leaf, brackets: bool) -> Doc {
        match leaf {
            Leaf::Fact(fact, test) => self.test(*fact, test, brackets),
            Leaf::FactUnknown(fact) => {
                let column = self.column(&self.stated(self.catalogue.fact(*fact)));
                Doc::Text(format!("{column} IS NULL"))
            }
            Leaf::Is(id, truth) => {
                let after = match truth {
                    Truth::True => ") IS TRUE",
                    Truth::False => ") IS FALSE",
                    Truth::Unknown => ") IS NULL",
                };
                Doc::Call { before: "(", parts: vec![self.bare(*id)], comma: "", after }
            }
            Leaf::Constant(yes) => Doc::Text(if *yes { "(1 = 1)" } else { "(1 = 0)" }.to_owned()),
        }
    }

    fn test(&self, id: FactId, test: &Test, brackets: bool) -> Doc {
        let fact = self.catalogue.fact(id);
        let column = self.column(&self.stated(fact));
        let values = |indices: &mut dyn Iterator<Item = u16>| -> Vec<String> {
            indices.map(|index| self.dialect.text(fact.value_name(index))).collect()
        };
        match test {
            Test::Yes => Doc::Text(column),
            Test::AtLeast(n) => self.number(fact, ">=", n),
            Test::MoreThan(n) => self.number(fact, ">", n),
            Test::Equals(n) => self.number(fact, "=", n),
            Test::OneOf(indices) => one_of(&column, values(&mut indices.iter().copied())),
            Test::AtMost(index) => one_of(&column, values(&mut (0..=*index))),
            Test::StartsWith(codes) => self.by_length(codes, brackets, |length, items| {
                one_of(&format!("substr({column}, 1, {length})"), items)
            }),
            // Characters 3 to 8 name the office of first registration.
            Test::RegisteredIn(codes) => self.by_length(codes, brackets, |length, items| {
                one_of(&format!("substr({column}, 3, {length})"), items)
            }),
            Test::HasValue(indices) => {
                Doc::List(self.dialect.has_any(&column), values(&mut indices.iter().copied()))
            }
            // A customs tariff's digits after the six of the HS do not count.
            Test::HasCode(codes) if fact.kind == (Kind::Codes { format: Format::Hs }) => self
                .by_length(codes, brackets, |length, items| {
                    Doc::List(self.dialect.has_start(&column, length), items)
                }),
            Test::HasCode(codes) => {
                let items = codes.iter().map(|code| self.dialect.text(code)).collect();
                Doc::List(self.dialect.has_any(&column), items)
            }
            Test::HasStart(codes) => self.by_length(codes, brackets, |length, items| {
                Doc::List(self.dialect.has_start(&column, length), items)
            }),
            Test::Empty => Doc::Text(self.dialect.empty(&column)),
        }
    }

    /// One expression a length of codes.
    fn by_length(
        &self,
        codes: &[String],
        brackets: bool,
        of: impl Fn(usize, Vec<String>) -> Doc,
    ) -> Doc {
        let mut lengths: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for code in codes {
            lengths.entry(code.chars().count()).or_default().push(self.dialect.text(code));
        }
        let mut parts: Vec<Doc> =
            lengths.into_iter().map(|(length, items)| of(length, items)).collect();
        match (parts.pop(), parts.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                parts.extend(last);
                Doc::Joined { keyword: "OR", parts, brackets }
            }
        }
    }

    /// A number compared with a limit, to the last digit.
    fn number(&self, fact: &Fact, operator: &'static str, limit: &Decimal) -> Doc {
        let column = self.column(&self.stated(fact));
        let limit = limit.normalize();
        let whole = matches!(fact.kind, Kind::Number { whole: true, .. });
        if whole || self.dialect != Dialect::Sqlite {
            return Doc::Text(format!("{column} {operator} {limit}"));
        }
        // Two columns: the part before the point, and the digits after it without zeros at the end.
        if limit.is_integer() && matches!(operator, ">=" | "<") {
            return Doc::Text(format!("{column} {operator} {limit}"));
        }
        let fraction = self.column(&fraction(&self.stated(fact)));
        let text = limit.to_string();
        let digits = text.split_once('.').map_or("", |(_, digits)| digits);
        let whole = limit.trunc();
        Doc::Text(format!("({column}, {fraction}) {operator} ({whole}, '{digits}')"))
    }

    /// Whether the digits after the point are asked for.
    pub(super) fn needs_fraction(&self, test: &Test) -> bool {
        match test {
            Test::AtLeast(n) => !n.is_integer(),
            Test::MoreThan(_) | Test::Equals(_) => true,
            _ => false,
        }
    }
}

/// Whether an expression is one of some values.
fn one_of(expression: &str, items: Vec<String>) -> Doc {
    match items.as_slice() {
        [only] => Doc::Text(format!("{expression} = {only}")),
        _ => {
            Doc::List(Around { before: format!("{expression} IN ("), after: ")".to_owned() }, items)
        }
    }
}
