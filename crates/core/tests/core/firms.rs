//! Random firms: seeded, with the values at which rules change their mind.

use export_advisor_core::condition::Test;
use export_advisor_core::facts::credit_code::{self, CodeFault};
use export_advisor_core::facts::{Fact, FactId, Format, Kind, Profile, Value};
use export_advisor_core::plan::{Node, Plan};
use fastrand::Rng;
use rust_decimal::Decimal;

/// Makes firms for a plan.
pub struct Firms<'a> {
    plan: &'a Plan,
    rng: Rng,
    /// Per fact, values at and beside every limit that a rule names.
    values: Vec<Vec<Value>>,
}

impl<'a> Firms<'a> {
    pub fn new(plan: &'a Plan, seed: u64) -> Self {
        let values = plan.book.catalogue.facts.iter().map(|fact| interesting(plan, fact)).collect();
        Self { plan, rng: Rng::with_seed(seed), values }
    }

    /// Values of a fact that can make a difference.
    pub fn candidates(&self, fact: FactId) -> &[Value] {
        &self.values[fact.index()]
    }

    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// A value of a fact.
    pub fn value(&mut self, fact: FactId) -> Value {
        let pool = &self.values[fact.index()];
        match &self.plan.book.catalogue.fact(fact).kind {
            Kind::Codes { .. } | Kind::EnumList => {
                let several = self.rng.usize(0..4);
                let mut codes = Vec::new();
                let mut values = Vec::new();
                for _ in 0..several {
                    match &pool[self.rng.usize(0..pool.len())] {
                        Value::Codes(list) => codes.extend(list.clone()),
                        Value::EnumList(list) => values.extend(list.clone()),
                        _ => {}
                    }
                }
                codes.sort();
                codes.dedup();
                values.sort();
                values.dedup();
                let words_kind = self.plan.book.catalogue.fact(fact).kind == Kind::EnumList;
                if words_kind { Value::EnumList(values) } else { Value::Codes(codes) }
            }
            _ => pool[self.rng.usize(0..pool.len())].clone(),
        }
    }

    /// A firm that answers a random share of the facts.
    pub fn firm(&mut self) -> Profile {
        let mut profile = Profile::empty(&self.plan.book.catalogue);
        let answered = self.rng.f64();
        for fact in &self.plan.book.catalogue.facts {
            // Derived facts are rarely stated.
            let share = if self.plan.is_derived(fact.id) { answered * 0.3 } else { answered };
            let value = if self.rng.f64() < share {
                self.value(fact.id)
            } else if self.rng.f64() < 0.08 {
                Value::Unknown
            } else {
                Value::NotAnswered
            };
            profile.set(fact.id, value);
        }
        profile
    }
}

fn interesting(plan: &Plan, fact: &Fact) -> Vec<Value> {
    let tests: Vec<&Test> = plan
        .nodes
        .iter()
        .filter_map(|node| match node {
            Node::Test((id, test)) if *id == fact.id => Some(test),
            _ => None,
        })
        .collect();
    let texts = || {
        tests.iter().flat_map(|test| match test {
            Test::StartsWith(texts)
            | Test::HasStart(texts)
            | Test::HasCode(texts)
            | Test::RegisteredIn(texts) => texts.clone(),
            _ => Vec::new(),
        })
    };
    match &fact.kind {
        Kind::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Kind::Enum { .. } => (0..fact.values.len() as u16).map(Value::Enum).collect(),
        Kind::EnumList => {
            let mut values = vec![Value::EnumList(vec![])];
            values
                .extend((0..fact.values.len() as u16).step_by(7).map(|w| Value::EnumList(vec![w])));
            values
        }
        Kind::Number { whole, .. } => {
            let mut values = vec![Value::Number(0.into()), Value::Number(1_000_000.into())];
            for test in &tests {
                if let Test::AtLeast(n) | Test::MoreThan(n) | Test::Equals(n) = test {
                    for step in [-1, 0, 1] {
                        values.push(Value::Number(*n + Decimal::from(step)));
                    }
                    if !whole {
                        values.push(Value::Number(*n - Decimal::new(1, 6)));
                    }
                }
            }
            values
        }
        Kind::Code { format: Format::Division, none } => {
            let known = plan.book.reference.list(Format::Division);
            let mut values: Vec<Value> =
                known.iter().step_by(37).map(|(code, _)| Value::Code(code.clone())).collect();
            for start in texts() {
                let inside = known.iter().find(|(code, _)| code.starts_with(&start));
                values.extend(inside.map(|(code, _)| Value::Code(code.clone())));
            }
            if *none {
                values.push(Value::NoCode);
            }
            values
        }
        Kind::Code { format: Format::Uscc, .. } => {
            let mut values = vec![Value::UncheckedCode("91110000600037341M".to_owned())];
            for (start, _) in plan.book.reference.list(Format::Division).iter().step_by(90) {
                values.push(Value::Code(credit_code(start)));
            }
            values.push(Value::Code(credit_code("100000")));
            values
        }
        Kind::Code { format, .. } => {
            let known = plan.book.reference.list(*format);
            let known: Vec<_> = known.into_iter().filter(|(code, _)| code.len() > 1).collect();
            let mut values: Vec<Value> =
                known.iter().step_by(29).map(|(code, _)| Value::Code(code.clone())).collect();
            for start in texts() {
                let inside = known.iter().find(|(code, _)| code.starts_with(&start));
                values.extend(inside.map(|(code, _)| Value::Code(code.clone())));
            }
            values
        }
        Kind::Codes { format } => {
            let others: &[&str] = match format {
                Format::Country => &["US", "BR", "IN", "HK", "DE"],
                _ => &["870380", "610910", "854143"],
            };
            let mut values = vec![Value::Codes(vec![])];
            let codes = texts().filter(|code| *format != Format::Country || code.len() == 2);
            let codes = codes.chain(others.iter().map(|code| (*code).to_owned()));
            // Rules may test the first digits of an HS code; a firm has six.
            let whole = |code| if *format == Format::Hs { format!("{code:0<6}") } else { code };
            values.extend(codes.map(|code| Value::Codes(vec![whole(code)])));
            values
        }
    }
}

/// A right credit code of a firm registered at `office`.
pub fn credit_code(office: &str) -> String {
    let mut code: Vec<char> = format!("91{office}MAT0000000").chars().collect();
    loop {
        let text: String = code.iter().collect();
        match credit_code::check(&text) {
            Ok(_) => return text,
            Err(CodeFault::BodyCheck { fits, .. }) => code[16] = fits,
            Err(CodeFault::Check { fits, .. }) => code[17] = fits,
            Err(other) => panic!("{text}: {other:?}"),
        }
    }
}

/// A profile as JSON, its keys in an order of `rng`.
pub fn to_json(plan: &Plan, profile: &Profile, rng: &mut Rng) -> String {
    let mut members: Vec<String> = profile
        .iter()
        .filter(|(_, value)| **value != Value::NotAnswered)
        .map(|(id, value)| {
            let mut text = format!("\"{}\":", plan.book.catalogue.fact(id).name);
            plan.book.catalogue.write_json(id, value, &mut text);
            text
        })
        .collect();
    rng.shuffle(&mut members);
    format!("{{{}}}", members.join(","))
}
