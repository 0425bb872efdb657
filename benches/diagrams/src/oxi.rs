//! `oxidd`: one store of nodes with complemented edges, on one thread.

use crate::Library;
use crate::questions::mix;
use foldhash::{HashMap, HashSet};
use oxidd::bcdd::{BCDDFunction, BCDDManagerRef, new_manager};
use oxidd::{
    BooleanFunction, BooleanFunctionQuant, Function, HasLevel, InnerNode, Manager, ManagerRef, Node,
};
use std::collections::BTreeSet;

/// How many nodes and results the store has place for.
const NODES: usize = 1 << 22;
const RESULTS: usize = 1 << 18;

pub struct Oxidd {
    manager: BCDDManagerRef,
    bits: Vec<BCDDFunction>,
}

impl Library for Oxidd {
    type Function = BCDDFunction;

    fn new(bits: usize) -> Self {
        let manager = new_manager(NODES, RESULTS, 1);
        let bits = manager.with_manager_exclusive(|manager| {
            let bits = manager.add_vars(u32::try_from(bits).unwrap());
            bits.map(|bit| BCDDFunction::var(manager, bit).unwrap()).collect()
        });
        Self { manager, bits }
    }

    fn constant(&self, value: bool) -> BCDDFunction {
        let constant = if value { BCDDFunction::t } else { BCDDFunction::f };
        self.manager.with_manager_shared(constant)
    }

    fn build(&self, nodes: &[[usize; 3]], root: usize) -> BCDDFunction {
        let mut made = vec![self.constant(false), self.constant(true)];
        for [bit, low, high] in nodes {
            made.push(self.bits[*bit].ite(&made[*high], &made[*low]).unwrap());
        }
        made.swap_remove(root)
    }

    fn not(&self, a: &BCDDFunction) -> BCDDFunction {
        a.not().unwrap()
    }

    fn and(&self, a: &BCDDFunction, b: &BCDDFunction) -> BCDDFunction {
        a.and(b).unwrap()
    }

    fn or(&self, a: &BCDDFunction, b: &BCDDFunction) -> BCDDFunction {
        a.or(b).unwrap()
    }

    fn without(&self, a: &BCDDFunction, b: &BCDDFunction) -> BCDDFunction {
        b.imp_strict(a).unwrap()
    }

    fn exists(&self, a: &BCDDFunction, bits: &[usize]) -> BCDDFunction {
        let bits = bits.iter().map(|bit| &self.bits[*bit]);
        a.exists(&bits.fold(self.constant(true), |all, bit| self.and(&all, bit))).unwrap()
    }

    fn implies(&self, a: &BCDDFunction, b: &BCDDFunction) -> bool {
        a.imp(b).unwrap().valid()
    }

    fn is_never(&self, a: &BCDDFunction) -> bool {
        !a.satisfiable()
    }

    fn bits(&self, a: &BCDDFunction) -> Vec<usize> {
        let mut bits = BTreeSet::new();
        self.visit(a, &mut HashSet::default(), &mut |bit| {
            bits.insert(bit);
        });
        bits.into_iter().collect()
    }

    fn nodes(&self, of: &[&BCDDFunction]) -> usize {
        let (mut seen, mut count) = (HashSet::default(), 0);
        of.iter().for_each(|of| self.visit(of, &mut seen, &mut |_| count += 1));
        count
    }

    fn fingerprint(&self, a: &BCDDFunction, weights: &[u64]) -> u64 {
        below(a, weights, &mut HashMap::default())
    }
}

impl Oxidd {
    /// Visits each inner node that was not seen before, with its bit.
    fn visit(&self, of: &BCDDFunction, seen: &mut HashSet<usize>, found: &mut impl FnMut(usize)) {
        fn inner<M: Manager>(
            manager: &M,
            edge: oxidd::util::Ref<'_, M::Edge>,
            seen: &mut HashSet<usize>,
            found: &mut impl FnMut(usize),
        ) where
            M::InnerNode: HasLevel,
        {
            let Node::Inner(node) = manager.get_node(edge) else { return };
            if seen.insert(std::ptr::from_ref(node).addr()) {
                found(node.level() as usize);
                node.children().for_each(|child| inner(manager, child, seen, found));
            }
        }
        of.with_manager_shared(|manager, edge| inner(manager, edge, seen, found));
    }
}

#[expect(clippy::mutable_key_type, reason = "a function hashes as its edge, which does not change")]
fn below(of: &BCDDFunction, weights: &[u64], known: &mut HashMap<BCDDFunction, u64>) -> u64 {
    if let Some(known) = known.get(of) {
        return *known;
    }
    let Some((high, low)) = of.cofactors() else { return u64::from(of.valid()) };
    let bit = of.with_manager_shared(|manager, edge| manager.get_node(edge).level());
    let (low, high) = (below(&low, weights, known), below(&high, weights, known));
    let value = mix(weights[bit as usize], low, high);
    known.insert(of.clone(), value);
    value
}
