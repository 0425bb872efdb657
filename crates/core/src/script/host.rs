//! The sandbox: one Rhai engine with nothing in it but the rule language.
//!
//! [`Sandbox`] reads texts into scripts, for which it needs no fact catalogue; [`Host`] is a sandbox
//! with the functions of the rule language in it, and runs them.

use super::build::{self, SIGNATURES};
use super::limits::{Ended, TOO_SLOW, WORK};
use super::operators;
use super::symbols::{Context, FactSymbol, Firm, Location};
use crate::facts::half_width;
use crate::rulebook::Basis;
use rhai::packages::{ArithmeticPackage, BasicIteratorPackage, Package};
use rhai::{
    AST, Dynamic, Engine, EvalAltResult, NativeCallContext, OptimizationLevel, ParseError,
    ParseErrorType, Position, Scope,
};
use std::rc::Rc;
use std::sync::Arc;

/// The largest script, in bytes: compiling takes time that grows with the square of its size.
const LARGEST: usize = 64 * 1024;
/// How many operations one script may take; the largest of the built-in ones takes a tenth.
const OPERATIONS: u64 = 400_000;

const FIRM: &str = "firm";
const STATED: &str = "stated";
const OPEN: &str = "open";
/// What scripts are given, in the order in which it is given to them; `open` in derive scripts only.
const CONSTANTS: [&str; 3] = [FIRM, STATED, OPEN];

/// An engine that can read the rule language, and nothing else.
pub(super) struct Sandbox {
    engine: Engine,
}

/// A sandbox with the functions of the rule language.
pub(super) struct Host {
    engine: Engine,
    pub(super) context: Rc<Context>,
}

/// A script as it was read.
pub(super) struct Script {
    pub(super) file: Arc<str>,
    /// Whether it may use `open`.
    derives: bool,
    read: Result<AST, Unreadable>,
}

impl Script {
    /// Whether it could be read.
    pub(super) fn is_read(&self) -> bool {
        self.read.is_ok()
    }
}

/// Why a script could not be read.
enum Unreadable {
    /// It has so many bytes.
    TooLarge(usize),
    Syntax(ParseError),
}

impl Sandbox {
    pub(super) fn new() -> Result<Self, String> {
        let mut engine = Engine::new_raw();
        ArithmeticPackage::new().register_into_engine(&mut engine);
        BasicIteratorPackage::new().register_into_engine(&mut engine);
        engine.set_optimization_level(OptimizationLevel::None);
        engine.set_fast_operators(false);
        engine.set_strict_variables(true);
        engine.set_allow_shadowing(false);
        engine.set_allow_anonymous_fn(false);
        engine.set_allow_statement_expression(false);
        engine.set_fail_on_invalid_map_property(true);
        engine.set_max_operations(OPERATIONS);
        engine.set_max_call_levels(16);
        // Sizes count what a list or row holds inside: the largest table must fit.
        engine.set_max_string_size(500_000);
        engine.set_max_array_size(100_000);
        engine.set_max_map_size(100_000);
        engine.set_max_functions(50);
        engine.set_max_variables(200);
        engine.set_max_modules(0);
        engine.set_max_expr_depths(64, 32);
        for symbol in [
            "switch", "while", "loop", "do", "until", "return", "throw", "try", "eval", "import",
            "export", "??", "?.", "?[", "Fn", "call", "curry", "private", "global",
        ] {
            engine.disable_symbol(symbol);
        }
        engine.on_print(|_| {});
        engine.on_debug(|_, _, _| {});
        operators::syntax(&mut engine)?;
        Ok(Self { engine })
    }

    /// Reads a script. What is wrong with it is reported when it is run.
    pub(super) fn compile(&self, file: &str, text: &str, derives: bool) -> Script {
        let read = if text.len() > LARGEST {
            Err(Unreadable::TooLarge(text.len()))
        } else {
            // Only the names count here: nothing is computed before a script is run.
            let mut scope = Scope::new();
            for name in CONSTANTS.iter().filter(|name| derives || **name != OPEN) {
                scope.push_constant(*name, ());
            }
            self.engine.compile_with_scope(&scope, text).map_err(Unreadable::Syntax)
        };
        Script { file: Arc::from(file), derives, read }
    }
}

impl Host {
    /// Puts the functions of the rule language into a sandbox.
    pub(super) fn new(sandbox: Sandbox, context: Rc<Context>) -> Self {
        let mut engine = sandbox.engine;
        engine.register_type_with_name::<Firm>("firm");
        engine.register_type_with_name::<FactSymbol>("fact");
        engine.register_type_with_name::<super::symbols::SymbolicValue>("condition");
        let cx = Rc::clone(&context);
        engine.register_indexer_get(
            move |call: NativeCallContext<'_>, _: &mut Firm, name: &str| {
                cx.fact(&cx.location(&call), name)
            },
        );
        let cx = Rc::clone(&context);
        engine.on_progress(move |step| cx.limiter.ended_at(step).map(|_| Dynamic::UNIT));
        operators::register(&mut engine, &context);
        build::register(&mut engine, &context);
        Self { engine, context }
    }

    /// Runs a script; what it says goes to the drafts, what is wrong is recorded.
    pub(super) fn run(&self, script: &Script) {
        if !self.context.limiter.begin() {
            return;
        }
        *self.context.running.borrow_mut() = Arc::clone(&script.file);
        let ast = match &script.read {
            Ok(ast) => ast,
            Err(Unreadable::TooLarge(bytes)) => {
                self.context.fault(
                    &Location { file: Arc::clone(&script.file), ..Location::default() },
                    "too-large",
                    format!("the script has {bytes} bytes, {LARGEST} are allowed"),
                    "move lists into a table of rules/tables/, or split the script",
                );
                return;
            }
            Err(Unreadable::Syntax(ParseError(kind, position))) => {
                self.parse_fault(&script.file, kind, *position);
                return;
            }
        };
        let mut scope = Scope::new();
        scope.push_constant(FIRM, Firm);
        scope.push_constant(STATED, Basis::Stated);
        if script.derives {
            scope.push_constant(OPEN, self.context.open());
        }
        let ran = self.engine.run_ast_with_scope(&mut scope, ast);
        // Whatever ended the script in its last step ends it too.
        let ended = self.context.limiter.ended();
        let ended = ended.map(|_| EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE));
        if let Some(error) = ran.err().map(|error| *error).or(ended) {
            self.context.drafts.borrow_mut().break_off(&script.file);
            self.run_fault(&script.file, &error);
        }
    }

    fn parse_fault(&self, file: &Arc<str>, kind: &ParseErrorType, position: Position) {
        let location = Location::new(file, position);
        let message = kind.to_string();
        let (code, message, help) = match kind {
            ParseErrorType::VariableUndefined(name) if name == "open" => (
                "open-in-measure",
                "`open` cannot be used in a measure".to_owned(),
                "a criterion must be decidable; ask the open point with `confirm`, or derive a fact".to_owned(),
            ),
            ParseErrorType::VariableUndefined(name) => (
                "unknown-name",
                format!("`{name}` is not known here"),
                match name.to_lowercase().as_str() {
                    "firm" => "a function does not see `firm`: give it as a parameter",
                    "not" => "write `!` for it: `!firm.exports_goods`, `firm.cbec !in [ … ]`",
                    _ => "texts stand in double quotes; facts are written `firm.name`",
                }
                .to_owned(),
            ),
            ParseErrorType::Reserved(token) => ("not-in-the-language", format!("`{token}` is not part of the rule language"), instead_of(token)),
            ParseErrorType::BadInput(_) | ParseErrorType::UnknownOperator(_) => {
                let token = self.value_name(&location);
                match token.as_str() {
                    "switch" | "while" | "loop" | "do" | "until" | "return" | "throw" | "try"
                    | "eval" | "import" | "export" | "??" | "?." | "?[" => (
                        "not-in-the-language",
                        format!("`{token}` is not part of the rule language"),
                        instead_of(&token),
                    ),
                    _ => self.sign_fault(&location).unwrap_or_else(|| {
                        ("syntax", lower(&message), SYNTAX_HELP.to_owned())
                    }),
                }
            }
            ParseErrorType::ExprTooDeep => (
                "too-deep",
                "the expression is nested too deeply".to_owned(),
                "put the conditions into a list and use `any_of(list)` or `all_of(list)`".to_owned(),
            ),
            _ => ("syntax", lower(&message), SYNTAX_HELP.to_owned()),
        };
        self.context.fault(&location, code, message, help);
    }

    fn run_fault(&self, file: &Arc<str>, error: &EvalAltResult) {
        // A fault inside a function carries the location of the call: walk inwards.
        let mut inner = error;
        while let EvalAltResult::ErrorInFunctionCall(_, _, cause, _) = inner {
            inner = cause;
        }
        let mut location = Location::new(file, inner.position());
        let (code, message, help) = match inner {
            EvalAltResult::ErrorTooManyOperations(_) => (
                "too-costly",
                format!("the script takes more than {OPERATIONS} steps"),
                "a loop does not end, or runs over too long a list".to_owned(),
            ),
            EvalAltResult::ErrorTerminated(..) => match self.context.limiter.ended() {
                Some(Ended::Work) => (
                    "too-costly",
                    format!("what the script makes has more than {WORK} parts"),
                    "join conditions once and use what comes of it, and keep texts and lists short; look at the loops".to_owned(),
                ),
                Some(Ended::Time) => (
                    TOO_SLOW,
                    "the rules take longer to read than they may; this script was not done".to_owned(),
                    "look at its loops: a list or text that is copied in each round, or grows".to_owned(),
                ),
                // The faults are reported.
                Some(Ended::Faults) | None => return,
            },
            EvalAltResult::ErrorStackOverflow(_) => (
                "too-deep",
                "functions call each other too deeply".to_owned(),
                "a function must not call itself".to_owned(),
            ),
            EvalAltResult::ErrorDataTooLarge(what, _) => (
                "too-large",
                format!("{} grows too large", lower(what)),
                "a rule needs no such sizes: look at the loop".to_owned(),
            ),
            EvalAltResult::ErrorMismatchDataType(expected, _, _) if expected == "bool" => (
                "if-on-condition",
                "a decision is asked of a fact or condition, which has no answer while rules are read".to_owned(),
                "describe when the support applies in `requires(…)`; alternatives are joined by `or`".to_owned(),
            ),
            EvalAltResult::ErrorFunctionNotFound(signature, _) => {
                let name = signature.split([' ', '(']).next().unwrap_or(signature);
                let known = SIGNATURES.iter().find(|(known, _)| *known == name);
                let names = SIGNATURES.iter().map(|(known, _)| *known);
                let help = match (known, crate::diagnostic::nearest(name, names)) {
                    (Some((_, form)), _) => format!("write it as `{form}`"),
                    (None, Some(near)) => format!("did you mean `{near}`?"),
                    (None, None) => "rules/README.md lists all functions".to_owned(),
                };
                let message = match known {
                    Some(_) => format!("`{name}` is called with other things than it takes"),
                    None => format!("no function is named `{name}`"),
                };
                (if known.is_some() { "wrong-call" } else { "unknown-function" }, message, help)
            }
            EvalAltResult::ErrorPropertyNotFound(name, _) => {
                location = self.context.location_of(&location, name);
                (
                    "unknown-column",
                    format!("there is no `{name}` here"),
                    "use a column of the table's header line".to_owned(),
                )
            }
            EvalAltResult::ErrorAssignmentToConstant(name, _) => (
                "assignment",
                format!("`{name}` cannot be changed"),
                "a rule only describes; compare with `==`".to_owned(),
            ),
            EvalAltResult::ErrorDotExpr(message, _) if message.starts_with("No writable property") => (
                "assignment",
                "a field cannot be changed".to_owned(),
                "a rule only describes; compare with `==`".to_owned(),
            ),
            EvalAltResult::ErrorDotExpr(..) => (
                "unknown-field",
                "what stands before the dot has no such field".to_owned(),
                "only `firm` and the rows of a table have fields; a function ends with `(…)`"
                    .to_owned(),
            ),
            other => ("script", lower(&other.to_string()), SYNTAX_HELP.to_owned()),
        };
        self.context.fault(&location, code, message, help);
    }

    /// A sign as it is typed with the Chinese input on, where the language has one of its own.
    fn sign_fault(&self, location: &Location) -> Option<(&'static str, String, String)> {
        let sign = self.rest_at(location).chars().next()?;
        let wanted = meant_sign(sign)?;
        let message = format!("`{sign}` is not part of the rule language");
        let help = format!(
            "write `{wanted}`: outside the double quotes, signs are typed with the Chinese input off (半角)"
        );
        Some(("syntax", message, help))
    }

    /// The line from a location on.
    fn rest_at(&self, location: &Location) -> String {
        let text = self.context.texts.get(&*location.file);
        let line = text.and_then(|text| text.lines().nth(location.line.saturating_sub(1)));
        line.unwrap_or("").chars().skip(location.column.saturating_sub(1)).collect()
    }

    fn value_name(&self, location: &Location) -> String {
        let rest = self.rest_at(location);
        if rest.starts_with('?') {
            return rest.chars().take(2).collect();
        }
        rest.chars().take_while(|c| c.is_alphanumeric()).collect()
    }
}

const SYNTAX_HELP: &str = "see rules/README.md for the form of a script";

/// What a full-width sign stands for.
fn meant_sign(sign: char) -> Option<char> {
    match sign {
        '。' => Some('.'),
        '“' | '”' | '„' => Some('"'),
        '‘' | '’' => Some('\''),
        '、' => Some(','),
        '【' => Some('['),
        '】' => Some(']'),
        '《' => Some('<'),
        '》' => Some('>'),
        '\u{3000}' => Some(' '),
        other => Some(half_width(other)).filter(|half| *half != other),
    }
}

fn instead_of(token: &str) -> String {
    match token {
        "switch" => "join the cases with `or`: `firm.size == \"micro\" or …`".to_owned(),
        "??" | "?." | "?[" => "an unanswered fact stays unknown by itself: leave it out".to_owned(),
        "while" | "loop" | "do" | "until" => "use `for x in list { … }`".to_owned(),
        "import" | "export" => "share a condition by deriving a fact in rules/derive/".to_owned(),
        _ => "leave it out: a script is read from its first line to its last".to_owned(),
    }
}

fn lower(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
