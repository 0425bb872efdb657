//! The workload as the core writes it, with facts encoded in bits.

use foldhash::HashMap;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Workload {
    /// How many classes each fact's variable has.
    classes: Vec<usize>,
    /// The first bit of each variable; behind the last, how many bits there are.
    #[serde(skip)]
    pub first_bit: Vec<usize>,
    pub nodes: Vec<Node>,
    pub derived: Vec<Derived>,
    /// The supports of each book.
    pub supports: Vec<Vec<Support>>,
    /// The criteria and supports of the first book.
    pub roots: Vec<usize>,
}

/// A formula in three-valued logic.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Node {
    /// A terminal, or nodes of a decision diagram, children first: a variable and a child for each class.
    Leaf(usize, Vec<(usize, Vec<usize>)>),
    Not(usize),
    And(Vec<usize>),
    Or(Vec<usize>),
    Coalesce(usize, usize),
}

/// A derived fact: what follows and what is stated, value by value.
#[derive(Deserialize)]
pub struct Derived {
    pub has_any_item: usize,
    pub follows: Vec<usize>,
    pub stated: Vec<usize>,
    pub variables: Vec<usize>,
}

#[derive(Deserialize)]
pub struct Support {
    pub root: usize,
    pub area: Option<usize>,
    pub text: Option<usize>,
    pub needs: Option<usize>,
}

/// How many terminals a leaf can have; 0, 1 and 2 are false, unknown and true.
const TERMINALS: usize = 8;

impl Workload {
    pub fn parse(text: &str) -> Self {
        let mut workload: Self = serde_json::from_str(text).unwrap();
        let mut bit = 0;
        workload.first_bit.push(bit);
        for classes in &workload.classes {
            bit += classes.next_power_of_two().ilog2() as usize;
            workload.first_bit.push(bit);
        }
        workload
    }

    /// Lets the first formula of more than one part that is a support of the first book hold if one part does.
    pub fn plant(&mut self) {
        for support in &self.supports[0] {
            if let Node::And(parts) = &self.nodes[support.root] {
                self.nodes[support.root] = Node::Or(parts.clone());
                return;
            }
        }
    }

    /// The nodes over bits that say where a leaf has a truth value, and the root.
    pub fn binary(
        &self,
        constant: usize,
        leaf: &[(usize, Vec<usize>)],
        wanted: usize,
    ) -> (Vec<[usize; 3]>, usize) {
        let (mut nodes, mut known) = (Vec::new(), HashMap::default());
        let mut made: Vec<usize> = Vec::with_capacity(leaf.len());
        for (variable, children) in leaf {
            let child = |class: usize| {
                let child = children[class.min(children.len() - 1)];
                if child < TERMINALS {
                    usize::from(child == wanted)
                } else {
                    made[child - TERMINALS]
                }
            };
            let bits = self.first_bit[*variable]..self.first_bit[variable + 1];
            let mut level: Vec<usize> = (0..1 << bits.len()).map(child).collect();
            for bit in bits.rev() {
                let pairs = level.chunks(2).map(|pair| {
                    let node = [bit, pair[0], pair[1]];
                    if node[1] == node[2] {
                        return node[1];
                    }
                    *known.entry(node).or_insert_with(|| {
                        nodes.push(node);
                        nodes.len() + 1
                    })
                });
                level = pairs.collect();
            }
            made.push(level[0]);
        }
        let root = made.last().copied().unwrap_or(usize::from(constant == wanted));
        (nodes, root)
    }
}
