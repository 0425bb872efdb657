//! The workload as the core writes it, with facts encoded in bits.

use foldhash::HashMap;

pub struct Workload {
    /// How many classes each fact's variable has.
    pub classes: Vec<usize>,
    /// The first bit of each variable; behind the last, how many bits there are.
    pub first_bit: Vec<usize>,
    pub nodes: Vec<Node>,
    pub derived: Vec<Derived>,
    pub supports: Vec<Support>,
    /// Book and node of each criterion and support.
    pub roots: Vec<(usize, usize)>,
}

/// A formula in three-valued logic.
pub enum Node {
    /// Nodes of a decision diagram, children first: a variable and a child for each class.
    Leaf(usize, Vec<(usize, Vec<usize>)>),
    Not(usize),
    And(Vec<usize>),
    Or(Vec<usize>),
    Coalesce(usize, usize),
}

/// A derived fact: what follows and what is stated, value by value.
pub struct Derived {
    pub has_any_item: usize,
    pub follows: Vec<usize>,
    pub stated: Vec<usize>,
    pub variables: Vec<usize>,
}

pub struct Support {
    pub book: usize,
    pub root: usize,
    pub text: Option<usize>,
    pub needs: Option<usize>,
}

/// How many terminals a leaf can have; 0, 1 and 2 are false, unknown and true.
const TERMINALS: usize = 8;

impl Workload {
    pub fn parse(text: &str) -> Self {
        let (classes, first_bit) = (Vec::new(), vec![0]);
        let (nodes, derived, supports, roots) = (vec![], vec![], vec![], vec![]);
        let mut workload = Self { classes, first_bit, nodes, derived, supports, roots };
        for line in text.lines() {
            let (name, rest) = line.split_once(' ').unwrap();
            let signed: Vec<i64> = rest.split(' ').map(|n| n.parse().unwrap()).collect();
            let numbers: Vec<usize> =
                signed.iter().map(|n| usize::try_from(*n).unwrap_or(0)).collect();
            let node = match name {
                "leaf" => Node::Leaf(numbers[0], decisions(&numbers[1..])),
                "not" => Node::Not(numbers[0]),
                "and" => Node::And(numbers),
                "or" => Node::Or(numbers),
                "coalesce" => Node::Coalesce(numbers[0], numbers[1]),
                _ => {
                    workload.other(name, &numbers, &signed);
                    continue;
                }
            };
            workload.nodes.push(node);
        }
        workload
    }

    fn other(&mut self, name: &str, numbers: &[usize], signed: &[i64]) {
        let node = |index: usize| usize::try_from(signed[index]).ok();
        match name {
            "variables" => {
                self.classes = numbers.to_vec();
                let mut bit = 0;
                for classes in numbers {
                    bit += classes.next_power_of_two().ilog2() as usize;
                    self.first_bit.push(bit);
                }
            }
            "derived" => {
                let (pairs, variables) = numbers[2..].split_at(numbers[1]);
                let (follows, stated) = pairs.split_at(pairs.len() / 2);
                let (follows, stated) = (follows.to_vec(), stated.to_vec());
                let variables = variables.to_vec();
                self.derived.push(Derived { has_any_item: numbers[0], follows, stated, variables });
            }
            "support" => self.supports.push(Support {
                book: numbers[0],
                root: numbers[1],
                text: node(2),
                needs: node(3),
            }),
            "root" => self.roots.push((numbers[0], numbers[1])),
            _ => panic!("an unknown line: {name}"),
        }
    }

    /// Lets the first formula of more than one part that is a support of the first book hold if one part does.
    pub fn plant(&mut self) {
        for support in self.supports.iter().filter(|support| support.book == 0) {
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

fn decisions(mut numbers: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let mut decisions = Vec::new();
    while let [variable, width, rest @ ..] = numbers {
        let (children, rest) = rest.split_at(*width);
        decisions.push((*variable, children.to_vec()));
        numbers = rest;
    }
    decisions
}
