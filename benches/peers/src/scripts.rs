//! Rhai: one function of all facts, with one variable a shared node, that gives a list of truths.

use crate::Peer;
use crate::print::{Language, Spelling, print};
use crate::rules::Rules;
use export_advisor_core::facts::{Fact, Kind, Profile, Value};
use export_advisor_core::plan::Plan;
use rhai::{AST, Array, Dynamic, Engine, ImmutableString, Scope};
use rust_decimal::prelude::ToPrimitive;

const RHAI: Language = Language {
    and: SPELLING.and,
    or: SPELLING.or,
    not: "!",
    earlier: "",
    // Less work than a choice: a test of what is not known is false.
    otherwise: |name, first, second| format!("({first} || {name} == () && {second})"),
    test: |_, fact, test| SPELLING.test(fact, test),
    worth: 8,
};
const SPELLING: Spelling = Spelling {
    and: " && ",
    or: " || ",
    null: "()",
    starts_with: "starts_with",
    office: "sub_string(NAME, 2, 6)",
    each: "|c| ",
    item: "c",
};

pub struct Scripts(Engine, AST);

impl Scripts {
    /// What is timed: a call with ready values.
    pub fn call(&self, firm: &[Dynamic]) -> Array {
        let mut scope = Scope::new();
        self.0.call_fn(&mut scope, &self.1, "supports", firm.to_vec()).expect("a call")
    }
}

impl Peer for Scripts {
    /// One value a fact: parameters are found by their place, variables put into a scope by name.
    type Firm = Vec<Dynamic>;

    fn new(rules: &Rules) -> Self {
        let facts = &rules.plan.book.catalogue.facts;
        let names: Vec<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
        let printed = print(rules, &RHAI);
        let mut text = format!("fn supports({}) {{\n", names.join(", "));
        for (id, expression) in printed.shared {
            text.push_str(&format!("let n{} = {expression};\n", id.index()));
        }
        text.push_str(&format!("[{}]\n}}", printed.supports.join(",\n")));
        let mut engine = Engine::new();
        engine.set_max_expr_depths(0, 0);
        let ast = engine.compile(text).expect("a script");
        Self(engine, ast)
    }

    fn firm(plan: &Plan, profile: &Profile) -> Vec<Dynamic> {
        profile.iter().map(|(id, value)| dynamic(plan.book.catalogue.fact(id), value)).collect()
    }

    fn answers(&self, firm: &Vec<Dynamic>) -> Vec<bool> {
        self.call(firm).iter().map(|truth| truth.as_bool().expect("true or false")).collect()
    }
}

fn dynamic(fact: &Fact, value: &Value) -> Dynamic {
    let text = |text: &str| Dynamic::from(ImmutableString::from(text));
    match value {
        Value::NotAnswered | Value::Unknown | Value::UncheckedCode(_) => Dynamic::UNIT,
        Value::Bool(yes) => Dynamic::from(*yes),
        Value::Number(n) => match fact.kind {
            Kind::Number { whole: true, .. } => Dynamic::from(n.to_i64().expect("a whole number")),
            _ => Dynamic::from(n.to_f64().expect("a number")),
        },
        Value::Enum(place) => text(fact.value_name(*place)),
        Value::Code(code) => text(code),
        Value::NoCode => text("none"),
        Value::EnumList(list) => {
            Dynamic::from_array(list.iter().map(|place| text(fact.value_name(*place))).collect())
        }
        Value::Codes(list) => Dynamic::from_array(list.iter().map(|code| text(code)).collect()),
    }
}
