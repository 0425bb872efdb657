//! The functions with which a script describes supports, derivations and conflicts.

use super::draft::{
    DraftChannel, DraftConflict, DraftCriterion, DraftDerivation, DraftRelation, DraftSupport,
    Office,
};
use super::operators::{condition, int};
use super::symbols::{Context, Location};
use crate::facts::{Cell, LocalizedText, Table};
use crate::files::RuleFiles;
use crate::rulebook::{Basis, OtherRule, RelationKind};
use rhai::{Array, Dynamic, Engine, EvalAltResult, INT, NativeCallContext};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// A support that a script is describing, by its index among the drafts.
#[derive(Clone, Copy)]
pub(super) struct SupportHandle(usize);

/// A derivation that a script is describing, by its index among the drafts.
#[derive(Clone, Copy)]
pub(super) struct DeriveHandle(usize);

/// How each function is called, for the fault of a call that fits none.
pub(super) const SIGNATURES: [(&str, &str); 44] = [
    ("measure", "measure(8);"),
    ("support", "support(\"kebab-case-id\")"),
    ("title", ".title(\"中文\", \"English\")"),
    ("summary", ".summary(\"中文\", \"English\")"),
    ("benefit", ".benefit(\"guarantee\")"),
    ("access", ".access(\"apply\") or .access(\"indirect\")"),
    ("cites", ".cites(\"8.4\", \"原文\")"),
    ("requires", ".requires(\"中文\", \"English\", stated, condition)"),
    ("needs", ".needs(\"中文\", \"English\", condition)"),
    ("emphasises", ".emphasises(\"中文\", \"English\", condition)"),
    ("confirm", ".confirm(\"中文\", \"English\")"),
    ("channel", ".channel(\"sinosure\")"),
    ("ask", ".ask(\"中文\", \"English\")"),
    ("bring", ".bring([\"licence\", \"contracts\"])"),
    ("amount", ".amount(\"原文里的字\", \"the same in English\")"),
    ("note", ".note(\"中文\", \"English\")"),
    ("see_also", ".see_also(\"rule\", \"date\", \"high\", \"中文\", \"English\")"),
    (
        "carries_out",
        ".carries_out(\"support-id\") or .carries_out(\"support-id\", \"差别\", \"the difference\")",
    ),
    (
        "extends",
        ".extends(\"support-id\") or .extends(\"support-id\", \"差别\", \"the difference\")",
    ),
    (
        "is_defined_by",
        ".is_defined_by(\"support-id\") or .is_defined_by(\"support-id\", \"差别\", \"the difference\")",
    ),
    (
        "replaces",
        ".replaces(\"support-id\") or .replaces(\"support-id\", \"差别\", \"the difference\")",
    ),
    ("opens", ".opens(\"2023-01-01\")"),
    ("closes", ".closes(\"2025-12-31\", \"中文\", \"English\")"),
    ("lapsed", ".lapsed(\"2023-08-30\", \"中文\", \"English\")"),
    ("defined", "defined(\"国统字〔2017〕213号\")"),
    ("interpreted", "interpreted(\"中文理由\", \"English reason\")"),
    ("derive", "derive(\"fact_name\")"),
    ("when", ".when(condition)"),
    ("value", ".value(\"word\", condition)"),
    ("at_most", ".at_most(\"word\", condition)"),
    ("includes", ".includes(\"word\", condition)"),
    ("source", ".source(\"rule or list\", \"date\")"),
    ("because", ".because(\"中文\", \"English\", condition)"),
    ("conflict", "conflict(\"id\", \"中文\", \"English\", condition)"),
    ("table", "table(\"name\")"),
    ("push", "list.push(condition)"),
    ("otherwise", "test_of_one_fact.otherwise(condition)"),
    ("all_of", "all_of([condition, condition])"),
    ("any_of", "any_of([condition, condition])"),
    ("starts_with", "firm.division.starts_with([\"44\", \"3502\"])"),
    ("registered_in", "firm.uscc.registered_in([\"44\"])"),
    ("has_any", "firm.markets.has_any([\"JP\", \"KR\"])"),
    ("any_starts_with", "firm.hs.any_starts_with([\"8702\", \"8703\"])"),
    ("is_empty", "firm.markets.is_empty()"),
];

/// Registers the functions; `open` is their count of drafts.
pub(super) fn register(engine: &mut Engine, context: &Rc<Context>) {
    supports(engine, context);
    relations(engine, context);
    channels(engine, context);
    derivations(engine, context);
    tables(engine, context);
    engine.register_type_with_name::<SupportHandle>("support");
    engine.register_type_with_name::<DeriveHandle>("derivation");
    engine.register_type_with_name::<Basis>("basis");
}

fn supports(engine: &mut Engine, context: &Rc<Context>) {
    let cx = Rc::clone(context);
    engine.register_fn("measure", move |call: NativeCallContext<'_>, number: INT| {
        cx.drafts.borrow_mut().measures.push((cx.location(&call), number));
    });
    let cx = Rc::clone(context);
    engine.register_fn("support", move |call: NativeCallContext<'_>, id: &str| {
        let mut drafts = cx.drafts.borrow_mut();
        drafts.supports.push(DraftSupport::new(cx.location(&call), &cx.text(id)));
        SupportHandle(drafts.supports.len() - 1)
    });
    let cx = Rc::clone(context);
    engine.register_fn("defined", move |by: &str| Basis::Defined { by: cx.text(by) });
    let cx = Rc::clone(context);
    engine.register_fn("interpreted", move |zh: &str, en: &str| Basis::Interpreted {
        reason: cx.both(zh, en),
    });

    // One function a list of texts: the drafts keep all, `finish` says what is missing or twice.
    type Field = fn(&mut DraftSupport) -> &mut Vec<LocalizedText>;
    let fields: [(&str, Field); 5] = [
        ("title", |s| &mut s.title),
        ("summary", |s| &mut s.summary),
        ("confirm", |s| &mut s.confirm),
        ("note", |s| &mut s.note),
        ("amount", |s| &mut s.amount),
    ];
    for (name, field) in fields {
        let cx = Rc::clone(context);
        engine.register_fn(name, move |handle: SupportHandle, zh: &str, en: &str| {
            cx.support(handle, |support| field(support).push(cx.both(zh, en)))
        });
    }
    type TextField = fn(&mut DraftSupport) -> &mut Vec<(Location, String)>;
    let values: [(&str, TextField); 3] = [
        ("benefit", |s| &mut s.benefit),
        ("access", |s| &mut s.access),
        ("opens", |s| &mut s.opens),
    ];
    for (name, field) in values {
        let cx = Rc::clone(context);
        engine.register_fn(
            name,
            move |call: NativeCallContext<'_>, handle: SupportHandle, value: &str| {
                let location = cx.location(&call);
                cx.support(handle, |support| field(support).push((location, cx.text(value))))
            },
        );
    }
    type Ending = fn(&mut DraftSupport) -> &mut Vec<(Location, String, LocalizedText)>;
    let endings: [(&str, Ending); 2] =
        [("closes", |s| &mut s.closes), ("lapsed", |s| &mut s.lapsed)];
    for (name, field) in endings {
        let cx = Rc::clone(context);
        engine.register_fn(
            name,
            move |call: NativeCallContext<'_>,
                  handle: SupportHandle,
                  date: &str,
                  zh: &str,
                  en: &str| {
                let location = cx.location(&call);
                cx.support(handle, |support| {
                    field(support).push((location, cx.text(date), cx.both(zh, en)));
                })
            },
        );
    }
    let cx = Rc::clone(context);
    engine.register_fn(
        "cites",
        move |call: NativeCallContext<'_>, handle: SupportHandle, sentence: &str, quote: &str| {
            let location = cx.location(&call);
            cx.support(handle, |support| {
                support.cites.push((location, cx.text(sentence), cx.text(quote)));
            })
        },
    );
    let cx = Rc::clone(context);
    engine.register_fn(
        "requires",
        move |call: NativeCallContext<'_>,
              handle: SupportHandle,
              zh: &str,
              en: &str,
              basis: Basis,
              given: Dynamic| {
            let condition = cx.used(condition(&cx, &cx.location(&call), &given));
            cx.support(handle, |support| {
                let label = cx.both(zh, en);
                support.requires.push(DraftCriterion { label, basis, condition });
            })
        },
    );
    let cx = Rc::clone(context);
    engine.register_fn(
        "needs",
        move |call: NativeCallContext<'_>,
              handle: SupportHandle,
              zh: &str,
              en: &str,
              given: Dynamic| {
            let condition = cx.used(condition(&cx, &cx.location(&call), &given));
            cx.support(handle, |support| {
                let label = cx.both(zh, en);
                support.requires.push(DraftCriterion { label, basis: Basis::Need, condition });
            })
        },
    );
    let cx = Rc::clone(context);
    engine.register_fn(
        "emphasises",
        move |call: NativeCallContext<'_>,
              handle: SupportHandle,
              zh: &str,
              en: &str,
              given: Dynamic| {
            let condition = cx.used(condition(&cx, &cx.location(&call), &given));
            cx.support(handle, |support| support.emphases.push((cx.both(zh, en), condition)))
        },
    );
    let cx = Rc::clone(context);
    engine.register_fn(
        "see_also",
        move |handle: SupportHandle,
              title: &str,
              date: &str,
              confidence: &str,
              zh: &str,
              en: &str| {
            cx.support(handle, |support| {
                support.see_also.push(OtherRule {
                    title: cx.text(title),
                    date: cx.text(date),
                    confidence: cx.text(confidence),
                    says: cx.both(zh, en),
                });
            })
        },
    );
}

/// How a support stands to those of other documents.
fn relations(engine: &mut Engine, context: &Rc<Context>) {
    for kind in RelationKind::ALL {
        let relate = move |cx: &Context, location, handle, to: &str, difference| {
            let relation = DraftRelation { location, kind, to: cx.text(to), difference };
            cx.support(handle, |support| support.relations.push(relation))
        };
        let cx = Rc::clone(context);
        engine.register_fn(
            kind.as_str(),
            move |call: NativeCallContext<'_>, handle: SupportHandle, to: &str| {
                relate(&cx, cx.location(&call), handle, to, None)
            },
        );
        let cx = Rc::clone(context);
        engine.register_fn(
            kind.as_str(),
            move |call: NativeCallContext<'_>,
                  handle: SupportHandle,
                  to: &str,
                  zh: &str,
                  en: &str| {
                relate(&cx, cx.location(&call), handle, to, Some(cx.both(zh, en)))
            },
        );
    }
}

/// Where to go, and for each office what to ask and what to bring.
fn channels(engine: &mut Engine, context: &Rc<Context>) {
    let channel = |location, office| {
        let (asks, papers) = (Vec::new(), Vec::new());
        DraftChannel { location, office, asks, papers }
    };
    let cx = Rc::clone(context);
    engine.register_fn(
        "channel",
        move |call: NativeCallContext<'_>, handle: SupportHandle, id: &str| {
            let office = Office::Id(cx.text(id));
            let channel = channel(cx.location(&call), office);
            cx.support(handle, |support| support.channels.push(channel))
        },
    );
    let cx = Rc::clone(context);
    engine.register_fn(
        "channel",
        move |call: NativeCallContext<'_>, handle: SupportHandle, zh: &str, en: &str| {
            let office = Office::Words(cx.both(zh, en));
            let channel = channel(cx.location(&call), office);
            cx.support(handle, |support| support.channels.push(channel))
        },
    );
    let cx = Rc::clone(context);
    engine.register_fn(
        "ask",
        move |call: NativeCallContext<'_>, handle: SupportHandle, zh: &str, en: &str| {
            let location = cx.location(&call);
            let ask = cx.both(zh, en);
            cx.support(handle, |support| match support.channels.last_mut() {
                Some(channel) => channel.asks.push(ask),
                None => support.misplaced.push((location, "ask", Some(ask))),
            })
        },
    );
    let cx = Rc::clone(context);
    engine.register_fn(
        "bring",
        move |call: NativeCallContext<'_>, handle: SupportHandle, papers: Array| {
            let location = cx.location(&call);
            let papers = papers.into_iter().map(|paper| {
                let text = paper.into_immutable_string().unwrap_or_default();
                (location.clone(), cx.text(&text))
            });
            let papers: Vec<_> = papers.collect();
            cx.support(handle, |support| match support.channels.last_mut() {
                Some(channel) => channel.papers.extend(papers),
                None => support.misplaced.push((location, "bring", None)),
            })
        },
    );
}

/// Reports what is stated of the facts themselves outside `rules/derive`: it would hold for the supports of every
/// document, those that an overlay does not own among them.
fn of_all_firms(cx: &Context, location: &Location, function: &str) {
    if location.file.rsplit_once('/').is_none_or(|(folder, _)| folder != RuleFiles::DERIVE) {
        let message = format!("`{function}` stands in a script of a document");
        let help = "only scripts in rules/derive/ say what follows from facts, since it holds for all documents";
        cx.fault(location, "misplaced", message, help);
    }
}

fn derivations(engine: &mut Engine, context: &Rc<Context>) {
    let cx = Rc::clone(context);
    engine.register_fn("derive", move |call: NativeCallContext<'_>, name: &str| {
        let location = cx.location(&call);
        of_all_firms(&cx, &location, "derive");
        let fact = cx.fact(&location, name).0;
        let mut drafts = cx.drafts.borrow_mut();
        let (when, values) = (Vec::new(), Vec::new());
        let (source, explanations) = (Vec::new(), Vec::new());
        drafts.derivations.push(DraftDerivation {
            location,
            broken: false,
            fact,
            when,
            values,
            source,
            explanations,
        });
        DeriveHandle(drafts.derivations.len() - 1)
    });
    let cx = Rc::clone(context);
    engine.register_fn(
        "when",
        move |call: NativeCallContext<'_>, handle: DeriveHandle, given: Dynamic| {
            let condition = cx.used(condition(&cx, &cx.location(&call), &given));
            cx.derivation(handle, |derivation| derivation.when.push(condition))
        },
    );
    for name in ["value", "at_most", "includes"] {
        let cx = Rc::clone(context);
        engine.register_fn(
            name,
            move |call: NativeCallContext<'_>,
                  handle: DeriveHandle,
                  value: &str,
                  given: Dynamic| {
                let location = cx.location(&call);
                let condition = cx.used(condition(&cx, &location, &given));
                cx.derivation(handle, |derivation| {
                    derivation.values.push((location, name, cx.text(value), condition));
                })
            },
        );
    }
    let cx = Rc::clone(context);
    engine.register_fn("source", move |handle: DeriveHandle, title: &str, date: &str| {
        cx.derivation(handle, |derivation| {
            derivation.source.push((cx.text(title), cx.text(date)));
        })
    });
    let cx = Rc::clone(context);
    engine.register_fn(
        "because",
        move |call: NativeCallContext<'_>,
              handle: DeriveHandle,
              zh: &str,
              en: &str,
              given: Dynamic| {
            let condition = cx.used(condition(&cx, &cx.location(&call), &given));
            let text = cx.both(zh, en);
            cx.derivation(handle, |derivation| derivation.explanations.push((text, condition)))
        },
    );
    let cx = Rc::clone(context);
    engine.register_fn(
        "conflict",
        move |call: NativeCallContext<'_>, id: &str, zh: &str, en: &str, given: Dynamic| {
            let location = cx.location(&call);
            let condition = cx.used(condition(&cx, &location, &given));
            of_all_firms(&cx, &location, "conflict");
            let (id, text) = (cx.text(id), cx.both(zh, en));
            cx.drafts.borrow_mut().conflicts.push(DraftConflict { location, id, text, condition });
        },
    );
}

fn tables(engine: &mut Engine, context: &Rc<Context>) {
    engine.register_type_with_name::<Rows>("table");
    engine.register_type_with_name::<Row>("row");
    engine.register_iterator::<Rows>();
    let cx = Rc::clone(context);
    engine.register_fn("table", move |call: NativeCallContext<'_>, name: &str| {
        if let Some(table) = cx.tables.get(name) {
            return Rows(Arc::clone(table));
        }
        let near = crate::diagnostic::nearest(name, cx.tables.keys().map(String::as_str));
        let help = near.map_or_else(
            || format!("add rules/tables/{name}.tsv"),
            |near| format!("did you mean `table(\"{near}\")`?"),
        );
        let message = format!("no table is named `{name}`");
        cx.fault_of_text(&cx.location(&call), name, "unknown-table", message, help);
        Rows::default()
    });
    engine.register_indexer_get(field);
}

/// The rows of a table, to be gone through by `for`.
#[derive(Clone, Default)]
struct Rows(Arc<Table>);

impl IntoIterator for Rows {
    type Item = Row;
    type IntoIter = EachRow;

    fn into_iter(self) -> Self::IntoIter {
        EachRow { indices: 0..self.0.len(), table: self.0 }
    }
}

/// The rows of a table, each made when the loop comes to it.
struct EachRow {
    table: Arc<Table>,
    indices: Range<usize>,
}

impl Iterator for EachRow {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.indices.next().map(|index| Row { table: Arc::clone(&self.table), index })
    }
}

/// A row of a table: its fields are read when a script asks for them.
#[derive(Clone)]
struct Row {
    table: Arc<Table>,
    index: usize,
}

fn field(
    call: NativeCallContext<'_>,
    row: &mut Row,
    column: &str,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let Some(index) = row.table.column(column) else {
        let location = call.call_position();
        return Err(EvalAltResult::ErrorPropertyNotFound(column.to_owned(), location).into());
    };
    Ok(match row.table.cell(row.index, index) {
        Cell::Text(text) => Dynamic::from(text.to_owned()),
        Cell::Int(number) => number.map_or(Dynamic::UNIT, int),
        Cell::List(list) => {
            let texts = list.into_iter().map(|text| Dynamic::from(text.to_owned()));
            Dynamic::from_array(texts.collect())
        }
    })
}

impl Context {
    fn support(
        &self,
        handle: SupportHandle,
        change: impl FnOnce(&mut DraftSupport),
    ) -> SupportHandle {
        if let Some(support) = self.drafts.borrow_mut().supports.get_mut(handle.0) {
            change(support);
        }
        handle
    }

    fn derivation(
        &self,
        handle: DeriveHandle,
        change: impl FnOnce(&mut DraftDerivation),
    ) -> DeriveHandle {
        if let Some(derivation) = self.drafts.borrow_mut().derivations.get_mut(handle.0) {
            change(derivation);
        }
        handle
    }
}
