//! `biodivine-lib-bdd`: each function is a list of nodes of its own.

use crate::Library;
use crate::questions::mix;
use biodivine_lib_bdd::{Bdd, BddNode, BddPointer, BddVariable, BddVariableSet, op_function};
use std::rc::Rc;

pub struct Biodivine {
    variables: BddVariableSet,
    bits: Vec<BddVariable>,
}

impl Library for Biodivine {
    type Function = Rc<Bdd>;

    fn new(bits: usize) -> Self {
        let variables = BddVariableSet::new_anonymous(u16::try_from(bits).unwrap());
        Self { bits: variables.variables(), variables }
    }

    fn constant(&self, value: bool) -> Rc<Bdd> {
        Rc::new(if value { self.variables.mk_true() } else { self.variables.mk_false() })
    }

    fn build(&self, nodes: &[[usize; 3]], root: usize) -> Rc<Bdd> {
        if root < 2 {
            return self.constant(root == 1);
        }
        let mut all = self.variables.mk_true().to_nodes();
        all.extend(nodes[..root - 1].iter().map(|[bit, low, high]| {
            let (low, high) = (BddPointer::from_index(*low), BddPointer::from_index(*high));
            BddNode::mk_node(self.bits[*bit], low, high)
        }));
        // The order of nodes, which equality depends on, is that of the results of operators.
        Rc::new(Bdd::from_nodes(&all).unwrap().and(&self.variables.mk_true()))
    }

    fn not(&self, a: &Rc<Bdd>) -> Rc<Bdd> {
        Rc::new(a.not())
    }

    fn and(&self, a: &Rc<Bdd>, b: &Rc<Bdd>) -> Rc<Bdd> {
        Rc::new(a.and(b))
    }

    fn or(&self, a: &Rc<Bdd>, b: &Rc<Bdd>) -> Rc<Bdd> {
        Rc::new(a.or(b))
    }

    fn without(&self, a: &Rc<Bdd>, b: &Rc<Bdd>) -> Rc<Bdd> {
        Rc::new(a.and_not(b))
    }

    fn exists(&self, a: &Rc<Bdd>, bits: &[usize]) -> Rc<Bdd> {
        let bits: Vec<BddVariable> = bits.iter().map(|bit| self.bits[*bit]).collect();
        Rc::new(a.exists(&bits))
    }

    fn implies(&self, a: &Rc<Bdd>, b: &Rc<Bdd>) -> bool {
        let without = Bdd::check_binary_op(usize::MAX, a, b, op_function::and_not);
        without.is_some_and(|(is_some, _)| !is_some)
    }

    fn is_never(&self, a: &Rc<Bdd>) -> bool {
        a.is_false()
    }

    fn bits(&self, a: &Rc<Bdd>) -> Vec<usize> {
        a.support_set().into_iter().map(BddVariable::to_index).collect()
    }

    fn nodes(&self, of: &[&Rc<Bdd>]) -> usize {
        of.iter().map(|bdd| bdd.size()).sum()
    }

    fn fingerprint(&self, a: &Rc<Bdd>, weights: &[u64]) -> u64 {
        let mut values = vec![0, 1];
        for pointer in a.pointers().skip(2) {
            let [low, high] = [a.low_link_of(pointer), a.high_link_of(pointer)];
            let [low, high] = [values[low.to_index()], values[high.to_index()]];
            values.push(mix(weights[a.var_of(pointer).to_index()], low, high));
        }
        if a.is_false() { 0 } else { values[values.len() - 1] }
    }
}
