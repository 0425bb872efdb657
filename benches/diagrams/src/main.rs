//! The questions of the analysis, answered with libraries of binary decision diagrams.
//!
//! `diagrams LIBRARY check|planted|round FOLDER` solves the workloads in FOLDER, which a test of the core writes: `one` about one
//! rule book, `two` about it and an edited one. `check` writes the answers beside those of the core, `planted` those of
//! a workload with a fault, `round` measures once.
//! `benches/diagrams.sh` runs everything. Facts are encoded in bits; a code that is not used is one more of the last class,
//! so that no constraint has to exclude it. A truth is a pair of diagrams: where it is true, and where it is false.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

mod biodivine;
mod oxi;
mod questions;
mod workload;

use std::path::Path;

/// A library with functions of bits. Functions of one store are equal if they are the same function.
pub trait Library {
    type Function: Clone + Eq;
    /// Functions of so many bits, which are decided in this order.
    fn new(bits: usize) -> Self;
    fn constant(&self, value: bool) -> Self::Function;
    /// The function with these nodes, children first: bit, child if it is 0, child if it is 1. The children 0 and 1 are the
    /// constants, the first node is child 2; `root` is one of them.
    fn build(&self, nodes: &[[usize; 3]], root: usize) -> Self::Function;
    fn not(&self, a: &Self::Function) -> Self::Function;
    fn and(&self, a: &Self::Function, b: &Self::Function) -> Self::Function;
    fn or(&self, a: &Self::Function, b: &Self::Function) -> Self::Function;
    /// The first without the second.
    fn without(&self, a: &Self::Function, b: &Self::Function) -> Self::Function;
    /// Whether there are values of some bits with which a function is true.
    fn exists(&self, a: &Self::Function, bits: &[usize]) -> Self::Function;
    /// Whether the first is within the second.
    fn implies(&self, a: &Self::Function, b: &Self::Function) -> bool;
    fn is_never(&self, a: &Self::Function) -> bool;
    /// The bits that a function depends on.
    fn bits(&self, a: &Self::Function) -> Vec<usize>;
    /// The nodes that functions have together; the library may share them or not.
    fn nodes(&self, of: &[&Self::Function]) -> usize;
    /// The value of a function if every bit is 1 with this weight and 0 with the rest of 1.
    fn fingerprint(&self, a: &Self::Function, weights: &[u64]) -> u64;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, mode, folder] = arguments.as_slice() else {
        panic!("diagrams biodivine|oxidd check|planted|round FOLDER")
    };
    let folder = Path::new(folder);
    for name in ["one", "full", "two"] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let mut workload = workload::Workload::parse(&text);
        if mode == "planted" {
            workload.plant();
        }
        let answers = match library.as_str() {
            "biodivine" => questions::run::<biodivine::Biodivine>(library, name, mode, &workload),
            _ => questions::run::<oxi::Oxidd>(library, name, mode, &workload),
        };
        if mode != "round" {
            std::fs::write(folder.join(format!("{name}.{library}")), answers).unwrap();
        }
    }
}
