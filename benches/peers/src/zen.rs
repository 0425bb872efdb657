//! zen-engine: a decision of one expression node, compiled, with one entry a shared node or support.

use crate::print::{Language, Spelling, print};
use crate::rules::Rules;
use crate::{Peer, SEED, firms};
use export_advisor_core::facts::Profile;
use export_advisor_core::plan::Plan;
use fastrand::Rng;
use serde_json::json;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use zen_engine::model::GraphContent;
use zen_engine::{Decision, DecisionGraphResponse, EvaluationOptions, Variable};

const ZEN: Language = Language {
    and: SPELLING.and,
    or: SPELLING.or,
    not: "not ",
    earlier: "$.",
    otherwise: |name, first, second| format!("({name} != null ? {first} : {second})"),
    test: |_, fact, test| SPELLING.test(fact, test),
    worth: 8,
};
const SPELLING: Spelling = Spelling {
    and: " and ",
    or: " or ",
    null: "null",
    starts_with: "startsWith",
    office: "NAME[2:7]",
    each: "",
    item: "#",
};

/// The decision, and the key of each support in its result.
pub struct Engine(Decision, Vec<String>);

impl Engine {
    /// What is timed: an evaluation of a ready value, with or without its trace.
    pub fn evaluate(&self, firm: &Variable, trace: bool) -> DecisionGraphResponse {
        let options = EvaluationOptions { trace, ..Default::default() };
        let mut future = pin!(self.0.evaluate_with_opts(firm.clone(), options));
        // Nothing in such a decision waits, so no runtime is needed.
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(response) => response.expect("an evaluation"),
            Poll::Pending => panic!("the decision waits"),
        }
    }
}

impl Peer for Engine {
    type Firm = Variable;

    fn new(rules: &Rules) -> Self {
        let printed = print(rules, &ZEN);
        let entry = |key: String, value| json!({"id": key, "key": key, "value": value});
        let shared = printed.shared.into_iter().map(|(id, text)| entry(format!("n{id}"), text));
        let mut keys = Vec::new();
        let mut supports = Vec::new();
        for (at, text) in printed.supports.into_iter().enumerate() {
            // A support that is a shared node has its entry already.
            match text.strip_prefix("$.") {
                Some(key) => keys.push(key.to_owned()),
                None => {
                    keys.push(format!("s{at}"));
                    supports.push(entry(format!("s{at}"), text));
                }
            }
        }
        let content = json!({
            "nodes": [
                {"id": "firm", "name": "firm", "type": "inputNode"},
                {"id": "rules", "name": "rules", "type": "expressionNode",
                 "content": {"expressions": shared.chain(supports).collect::<Vec<_>>()}},
            ],
            "edges": [{"id": "edge", "sourceId": "firm", "targetId": "rules", "type": "edge"}],
        });
        let content: GraphContent = serde_json::from_value(content).expect("a decision");
        let mut decision = Decision::from(content);
        // Without this every evaluation parses every expression anew.
        decision.compile();
        Self(decision, keys)
    }

    fn firm(plan: &Plan, profile: &Profile) -> Variable {
        let mut known = Profile::empty(&plan.book.catalogue);
        for (fact, value) in profile.iter().filter(|(_, value)| value.is_known()) {
            known.set(fact, value.clone());
        }
        let json = firms::to_json(plan, &known, &mut Rng::with_seed(SEED));
        serde_json::from_str(&json).expect("a value")
    }

    fn answers(&self, firm: &Variable) -> Vec<bool> {
        let result = self.evaluate(firm, false).result;
        let of = |key: &String| result.dot(key).and_then(|value| value.as_bool());
        self.1.iter().map(|key| of(key).expect("true or false")).collect()
    }
}
