//! The operators and methods that make conditions.
//!
//! Rhai's own operators are taken away, since they answer `false` in silence for two values of
//! different types; the ones here have a meaning or a fault for every pair.

use super::remedies::{empty_list, example, named, plausible, wrong_use};
use super::symbols::{Context, FactSymbol, Location, Meaning, SymbolicValue};
use crate::condition::Test;
use crate::facts::{Fact, FactId, Format, Kind};
use crate::formula::Formula;
use rhai::{Array, Dynamic, Engine, FLOAT, INT, NativeCallContext};
use rust_decimal::Decimal;
use std::rc::Rc;

type Fallible<T> = Result<T, Box<rhai::EvalAltResult>>;

/// The comparisons, each with how strongly it binds.
const COMPARE: [(&str, u8); 6] =
    [("==", 90), ("!=", 90), ("<", 130), ("<=", 130), (">", 130), (">=", 130)];

/// The operators that join, each with how strongly it binds and, if it is refused, what to write.
const JOIN: [(&str, u8, &str); 4] =
    [("and", 60, ""), ("or", 30, ""), ("&&", 60, "and"), ("||", 30, "or")];

/// Takes the engine's own operators away and lets it read ours.
pub(super) fn syntax(engine: &mut Engine) -> Result<(), String> {
    for (operator, level) in COMPARE {
        engine.disable_symbol(operator);
        engine.register_custom_operator(operator, level)?;
    }
    for (operator, level, instead) in JOIN {
        if !instead.is_empty() {
            engine.disable_symbol(operator);
        }
        engine.register_custom_operator(operator, level)?;
    }
    Ok(())
}

/// Registers what the operators of conditions do.
pub(super) fn register(engine: &mut Engine, context: &Rc<Context>) {
    for (operator, _) in COMPARE {
        let cx = Rc::clone(context);
        engine.register_fn(operator, move |call: NativeCallContext<'_>, a: Dynamic, b: Dynamic| {
            compare(&cx, &cx.location(&call), operator, a, b)
        });
    }
    for (operator, _, instead) in JOIN {
        let cx = Rc::clone(context);
        engine.register_fn(operator, move |call: NativeCallContext<'_>, a: Dynamic, b: Dynamic| {
            let location = cx.location(&call);
            if !instead.is_empty() {
                cx.fault(
                    &location,
                    "bool-operator",
                    format!("`{operator}` cannot join conditions"),
                    format!("write `{instead}` instead of `{operator}`"),
                );
                return Dynamic::from(SymbolicValue::ERROR);
            }
            if let (Some(a), Some(b)) = (a.as_bool().ok(), b.as_bool().ok()) {
                return Dynamic::from(if operator == "and" { a && b } else { a || b });
            }
            let terms = vec![condition(&cx, &location, &a), condition(&cx, &location, &b)];
            Dynamic::from(cx.join(&location, terms, operator == "and"))
        });
    }
    let cx = Rc::clone(context);
    engine.register_fn("!", move |call: NativeCallContext<'_>, a: Dynamic| {
        if let Ok(plain) = a.as_bool() {
            return Dynamic::from(!plain);
        }
        Dynamic::from(condition(&cx, &cx.location(&call), &a).negate())
    });
    let cx = Rc::clone(context);
    engine.register_fn(
        "contains",
        move |call: NativeCallContext<'_>, list: Dynamic, item: Dynamic| {
            contains(&cx, &cx.location(&call), list, item)
        },
    );
    for (name, all) in [("all_of", true), ("any_of", false)] {
        let cx = Rc::clone(context);
        engine.register_fn(name, move |call: NativeCallContext<'_>, list: Dynamic| {
            several(&cx, &cx.location(&call), name, &list, all)
        });
    }
    engine.register_fn("push", |list: &mut Array, item: Dynamic| list.push(item));
    let cx = Rc::clone(context);
    engine.register_fn("otherwise", move |call: NativeCallContext<'_>, a: SymbolicValue, b: Dynamic| {
        let location = cx.location(&call);
        let one = !matches!(&a.0, Some(Meaning::Tree(tree)) if !matches!(tree.formula(), Formula::Test(_)));
        if !one {
            cx.fault(
                &location,
                "otherwise",
                "`otherwise` follows a condition of several parts",
                "write it after one test of one fact, such as `firm.division.starts_with(\"44\").otherwise(…)`",
            );
        }
        let b = condition(&cx, &location, &b);
        cx.coalesce(&location, a, b)
    });
    methods(engine, context);
}

fn methods(engine: &mut Engine, context: &Rc<Context>) {
    for name in ["starts_with", "registered_in", "has_any", "any_starts_with"] {
        let cx = Rc::clone(context);
        engine.register_fn(
            name,
            move |call: NativeCallContext<'_>, fact: FactSymbol, texts: Dynamic| {
                text_test(&cx, &cx.location(&call), name, fact, &texts)
            },
        );
    }
    let cx = Rc::clone(context);
    engine.register_fn("is_empty", move |call: NativeCallContext<'_>, fact: FactSymbol| {
        let Some(id) = fact.0 else { return SymbolicValue::ERROR };
        let fact = cx.catalogue.fact(id);
        if !fact.is_list() {
            wrong_use(&cx, &cx.location(&call), fact, "is_empty()");
            return SymbolicValue::ERROR;
        }
        cx.test(id, Test::Empty)
    });
    // Rhai swallows an error from `to_string` inside `${…}`: record it instead.
    for name in ["to_string", "print", "debug", "to_debug"] {
        let cx = Rc::clone(context);
        engine.register_fn(name, move |call: NativeCallContext<'_>, _: &mut FactSymbol| {
            as_text(&cx, &cx.location(&call))
        });
        let cx = Rc::clone(context);
        engine.register_fn(name, move |call: NativeCallContext<'_>, _: &mut SymbolicValue| {
            as_text(&cx, &cx.location(&call))
        });
    }
}

fn as_text(cx: &Context, location: &Location) -> String {
    cx.fault(
        location,
        "fact-as-text",
        "a fact or a condition cannot be put into a text",
        "write the text out; a firm's values are shown beside each criterion anyway",
    );
    String::new()
}

/// What a script gave where a condition belongs.
pub(super) fn condition(cx: &Context, location: &Location, given: &Dynamic) -> SymbolicValue {
    if let Some(symbolic) = given.read_lock::<SymbolicValue>() {
        return symbolic.clone();
    }
    if let Some(symbol) = given.read_lock::<FactSymbol>() {
        let Some(id) = symbol.0 else { return SymbolicValue::ERROR };
        let fact = cx.catalogue.fact(id);
        if fact.kind == Kind::Bool {
            return cx.test(id, Test::Yes);
        }
        cx.fault(
            location,
            "not-a-condition",
            format!("`firm.{}` is not a yes/no fact", fact.name),
            format!("compare it, such as {}", example(fact)),
        );
        return SymbolicValue::ERROR;
    }
    let (message, help) = if given.is_bool() {
        (
            "a plain `true` or `false` stands where a condition belongs",
            "use a fact of the firm, such as `firm.exports_goods`",
        )
    } else {
        (
            "this is not a condition",
            "a condition is a yes/no fact, a comparison of a fact, or several joined by `and`, `or`",
        )
    };
    cx.fault(location, "not-a-condition", message, help);
    SymbolicValue::ERROR
}

fn several(
    cx: &Context,
    location: &Location,
    name: &str,
    list: &Dynamic,
    all: bool,
) -> SymbolicValue {
    let Ok(items) = list.as_array_ref() else {
        cx.fault(
            location,
            "not-a-list",
            format!("`{name}` takes a list"),
            format!("write `{name}([a, b])`"),
        );
        return SymbolicValue::ERROR;
    };
    if items.is_empty() {
        cx.fault(
            location,
            "empty-list",
            format!("`{name}` of an empty list says nothing"),
            "put at least one condition into the list",
        );
        return SymbolicValue::ERROR;
    }
    let terms = items.iter().map(|item| condition(cx, location, item)).collect();
    cx.join(location, terms, all)
}

fn compare(
    cx: &Context,
    location: &Location,
    operator: &str,
    a: Dynamic,
    b: Dynamic,
) -> Fallible<Dynamic> {
    let mirrored = match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    };
    let fact = |d: &Dynamic| d.read_lock::<FactSymbol>().map(|symbol| *symbol);
    match (fact(&a), fact(&b)) {
        (Some(left), None) => Ok(Dynamic::from(compare_fact(cx, location, operator, left, &b))),
        (None, Some(right)) => Ok(Dynamic::from(compare_fact(cx, location, mirrored, right, &a))),
        (Some(_), Some(_)) => {
            cx.fault(
                location,
                "compare-facts",
                "two facts cannot be compared with each other",
                "compare a fact with a value",
            );
            Ok(Dynamic::from(SymbolicValue::ERROR))
        }
        (None, None) if a.is::<SymbolicValue>() || b.is::<SymbolicValue>() => {
            cx.fault(
                location,
                "compare-condition",
                format!("`{operator}` cannot compare a condition"),
                "join conditions with `and`, `or`; write `a >= 1 and a < 3` for a range",
            );
            Ok(Dynamic::from(SymbolicValue::ERROR))
        }
        (None, None) => Ok(compare_plain(cx, location, operator, &a, &b)),
    }
}

fn compare_plain(
    cx: &Context,
    location: &Location,
    operator: &str,
    a: &Dynamic,
    b: &Dynamic,
) -> Dynamic {
    use std::cmp::Ordering;
    let order = if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        Some(a.cmp(&b))
    } else if let (Ok(a), Ok(b)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        Some(a.as_str().cmp(b.as_str()))
    } else if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        Some(a.cmp(&b))
    } else if let (Ok(a), Ok(b)) = (a.as_float(), b.as_float()) {
        a.partial_cmp(&b)
    } else if a.is_unit() || b.is_unit() {
        // An empty field of a table is `()`.
        let same = a.is_unit() && b.is_unit();
        matches!(operator, "==" | "!=").then_some(if same {
            Ordering::Equal
        } else {
            Ordering::Less
        })
    } else {
        None
    };
    let Some(order) = order else {
        cx.fault(
            location,
            "compare-types",
            format!("`{operator}` cannot compare {} with {}", named(a), named(b)),
            "compare a number with a number, a text with a text (in double quotes)",
        );
        return Dynamic::from(false);
    };
    Dynamic::from(match operator {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn compare_fact(
    cx: &Context,
    location: &Location,
    operator: &str,
    symbol: FactSymbol,
    value: &Dynamic,
) -> SymbolicValue {
    let Some(id) = symbol.0 else { return SymbolicValue::ERROR };
    let fact = cx.catalogue.fact(id);
    let wrong = |help: String| {
        let (name, given) = (&fact.name, named(value));
        let message = format!("`firm.{name}` cannot be compared with {given} by `{operator}`");
        cx.fault(location, "compare-types", message, help);
        SymbolicValue::ERROR
    };
    if value.is_unit() {
        return wrong(
            "an empty field of a table is `()`: leave its row out, `if row.x != () { … }`"
                .to_owned(),
        );
    }
    if value.is_char() {
        return wrong("texts stand in double quotes: `\"…\"`".to_owned());
    }
    match &fact.kind {
        Kind::Number { .. } => {
            let number = if let Ok(n) = value.as_int() {
                Some(Decimal::from(n))
            } else {
                value.as_float().ok().and_then(decimal)
            };
            let Some(n) = number else {
                let text = value.as_immutable_string_ref().ok();
                let meant = text.and_then(|text| text.trim().parse::<Decimal>().ok());
                let meant = meant.unwrap_or(Decimal::from(300));
                return wrong(format!("write `firm.{} {operator} {meant}`", fact.name));
            };
            let test = |test| cx.test(id, test);
            match operator {
                "==" => test(Test::Equals(n)),
                "!=" => test(Test::Equals(n)).negate(),
                ">=" => test(Test::AtLeast(n)),
                "<" => test(Test::AtLeast(n)).negate(),
                ">" => test(Test::MoreThan(n)),
                _ => test(Test::MoreThan(n)).negate(),
            }
        }
        Kind::Enum { ordered } => {
            let Ok(value) = value.as_immutable_string_ref() else {
                let value = fact.value_name(u16::from(*ordered));
                let operator = if *ordered { operator } else { "==" };
                return wrong(format!("write `firm.{} {operator} \"{value}\"`", fact.name));
            };
            let Some(index) = cx.value(location, id, value.as_str()) else {
                return SymbolicValue::ERROR;
            };
            if *ordered {
                ordered_value(cx, id, fact, operator, index)
            } else {
                match operator {
                    "==" => cx.test(id, Test::OneOf(vec![index])),
                    "!=" => cx.test(id, Test::OneOf(vec![index])).negate(),
                    _ => {
                        let name = &fact.name;
                        wrong(format!(
                            "the values of `firm.{name}` have no order: use `in [\"…\"]`"
                        ))
                    }
                }
            }
        }
        Kind::Bool => {
            let name = &fact.name;
            wrong(format!("write `firm.{name}` or `!firm.{name}`"))
        }
        Kind::Code { .. } | Kind::EnumList | Kind::Codes { .. } => {
            wrong(format!("write {}", example(fact)))
        }
    }
}

/// An ordered fact is a set of thresholds: `<= v` for every value but the highest.
fn ordered_value(
    cx: &Context,
    id: FactId,
    fact: &Fact,
    operator: &str,
    index: u16,
) -> SymbolicValue {
    let highest = u16::try_from(fact.values.len().saturating_sub(1)).unwrap_or(0);
    let at_most = |index: u16| (index < highest).then(|| cx.test(id, Test::AtMost(index)));
    let below = index.checked_sub(1).and_then(at_most);
    let upper = at_most(index);
    let known = || {
        // Always true of a known value: used only for a threshold at the very end of the scale.
        let test = || cx.test(id, Test::AtMost(0));
        SymbolicValue::join(vec![test(), test().negate()], false)
    };
    let less_or_equal = |symbolic: Option<SymbolicValue>| symbolic.unwrap_or_else(known);
    match operator {
        "<=" => less_or_equal(upper),
        ">" => less_or_equal(upper).negate(),
        "<" => below.unwrap_or_else(|| known().negate()),
        ">=" => below.map_or_else(known, SymbolicValue::negate),
        equal => {
            let parts: Vec<SymbolicValue> =
                below.map(SymbolicValue::negate).into_iter().chain(upper).collect();
            let same = SymbolicValue::join(parts, true);
            if equal == "==" { same } else { same.negate() }
        }
    }
}

/// `x in list`.
fn contains(cx: &Context, location: &Location, list: Dynamic, item: Dynamic) -> Dynamic {
    let error_value = || Dynamic::from(SymbolicValue::ERROR);
    if item.is::<SymbolicValue>() {
        cx.fault(
            location,
            "in-condition",
            "`in` looks for a condition in a list",
            "write `x !in [ … ]` instead of `!x in [ … ]`",
        );
        return error_value();
    }
    // "JP" in firm.markets
    if let Some(symbol) = list.read_lock::<FactSymbol>().map(|s| *s) {
        return Dynamic::from(text_test(cx, location, "has_any", symbol, &item));
    }
    let Ok(items) = list.as_array_ref() else {
        cx.fault(
            location,
            "not-a-list",
            "`in` needs a list on its right",
            "write `x in [\"a\", \"b\"]`",
        );
        return error_value();
    };
    cx.limiter.work(items.len());
    let Some(symbol) = item.read_lock::<FactSymbol>().map(|s| *s) else {
        return Dynamic::from(items.iter().any(|other| {
            compare_plain(cx, location, "==", other, &item).as_bool().unwrap_or(false)
        }));
    };
    let Some(id) = symbol.0 else { return error_value() };
    let fact = cx.catalogue.fact(id);
    if !matches!(fact.kind, Kind::Enum { .. }) {
        wrong_use(cx, location, fact, "in [ … ]");
        return error_value();
    }
    if items.is_empty() {
        empty_list(cx, location, "in");
        return error_value();
    }
    if !cx.is_small(location, items.len()) {
        return error_value();
    }
    let Some(texts) = texts_of(cx, location, &items) else { return error_value() };
    let indices: Option<Vec<u16>> =
        texts.iter().map(|value| cx.value(location, id, value)).collect();
    let Some(mut indices) = indices else { return error_value() };
    if let Kind::Enum { ordered: true } = fact.kind {
        let terms = indices.iter().map(|index| ordered_value(cx, id, fact, "==", *index)).collect();
        return Dynamic::from(cx.join(location, terms, false));
    }
    indices.sort_unstable();
    indices.dedup();
    Dynamic::from(cx.test(id, Test::OneOf(indices)))
}

fn text_test(
    cx: &Context,
    location: &Location,
    method: &str,
    symbol: FactSymbol,
    given: &Dynamic,
) -> SymbolicValue {
    let Some(id) = symbol.0 else { return SymbolicValue::ERROR };
    let fact = cx.catalogue.fact(id);
    let single = given.as_immutable_string_ref().is_ok();
    let texts = if single {
        given.as_immutable_string_ref().ok().map(|text| vec![cx.text(&text)])
    } else {
        match given.as_array_ref() {
            Ok(items) if items.is_empty() => {
                empty_list(cx, location, method);
                return SymbolicValue::ERROR;
            }
            Ok(items) if !cx.is_small(location, items.len()) => None,
            Ok(items) => texts_of(cx, location, &items),
            Err(_) => {
                cx.fault(
                    location,
                    "not-a-text",
                    format!("`{method}` takes a text or a list of texts"),
                    format!("write {}", example(fact)),
                );
                None
            }
        }
    };
    let Some(mut texts) = texts else { return SymbolicValue::ERROR };
    texts.sort_unstable();
    texts.dedup();
    if let Some(bad) = texts.iter().find(|text| !plausible(&fact.kind, method, text)) {
        cx.fault_of_text(
            location,
            bad,
            "impossible-code",
            format!("no value of `firm.{}` can match `{bad}`", fact.name),
            format!("write {}", example(fact)),
        );
        return SymbolicValue::ERROR;
    }
    let test = match (method, &fact.kind) {
        ("starts_with", Kind::Code { format, .. }) if *format != Format::Uscc => {
            Test::StartsWith(texts)
        }
        ("registered_in", Kind::Code { format: Format::Uscc, .. }) => Test::RegisteredIn(texts),
        ("has_any", Kind::Codes { .. }) => Test::HasCode(texts),
        ("any_starts_with", Kind::Codes { .. }) => Test::HasStart(texts),
        ("has_any", Kind::EnumList) => {
            let indices: Option<Vec<u16>> =
                texts.iter().map(|w| cx.value(location, id, w)).collect();
            let Some(mut indices) = indices else { return SymbolicValue::ERROR };
            indices.sort_unstable();
            Test::HasValue(indices)
        }
        _ => {
            wrong_use(cx, location, fact, method);
            return SymbolicValue::ERROR;
        }
    };
    cx.test(id, test)
}

fn texts_of(cx: &Context, location: &Location, items: &[Dynamic]) -> Option<Vec<String>> {
    let texts: Option<Vec<String>> = items
        .iter()
        .map(|item| item.as_immutable_string_ref().ok().map(|text| cx.text(&text)))
        .collect();
    if texts.is_none() {
        cx.fault(
            location,
            "not-a-text",
            "the list holds something that is not a text",
            "texts stand in double quotes: `[\"a\", \"b\"]`",
        );
    }
    texts
}

/// A script's number as it is written, not as its nearest binary fraction.
fn decimal(number: FLOAT) -> Option<Decimal> {
    number.is_finite().then(|| number.to_string().parse().ok()).flatten()
}

/// A plain integer of a script.
pub(super) fn int(number: i64) -> Dynamic {
    Dynamic::from_int(number as INT)
}
