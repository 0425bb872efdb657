//! The query: CTEs that read the table, those that compute what several conditions share, and the
//! SELECT of the result.
//!
//! In go a plan, a dialect and options; out comes the text. It gathers what the result is made of and orders the
//! parts; each part has its own module.

use super::dialect::Dialect;
use super::gather::Gathered;
use super::inputs;
use super::layers::Layers;
use super::missing::{self, MissingFacts};
use super::names::comment;
use super::options::{Layout, Selection, Source, SqlOptions};
use super::print::Printer;
use super::result::{Columns, of_support};
use super::{derived, derived_columns};
use crate::facts::FactSet;
use crate::plan::{NodeId, Plan};
use crate::rulebook::{Criterion, ExcludedBy, SupportId};
use foldhash::HashMap;

/// What tells what excludes a firm from a support: nodes with what excludes a firm if they are false, the strongest
/// first.
pub(super) type Exclusion = Vec<(NodeId, ExcludedBy)>;

fn exclusion(plan: &Plan, gathered: &Gathered, id: SupportId) -> Exclusion {
    let of = (plan.book.supports.get(id), plan.exclusions.get(id), plan.supports.get(id));
    let (Some(support), Some(exclusion), Some(status)) = of else { return Vec::new() };
    let by_reading = |c: &Criterion| c.basis.excludes_by() == ExcludedBy::Reading;
    // If none of the others is false, a support is false by our reading alone.
    let reading = support.criteria.iter().any(by_reading).then_some(*status);
    let nodes = exclusion.nodes().into_iter().chain([(reading, ExcludedBy::Reading)]);
    nodes.filter_map(|(node, by)| Some((gathered.of(node?), by))).collect()
}

pub(super) fn print(
    plan: &Plan,
    dialect: Dialect,
    options: &SqlOptions,
    selection: &Selection,
) -> String {
    let mut gathered = Gathered::new(plan, selection.facts);
    let long = options.layout == Layout::Long;
    // A row of the long layout has no derived facts.
    let values = if long { Vec::new() } else { derived::values(plan, &mut gathered) };
    let chosen = selection.supports.iter();
    let columns = chosen.filter_map(|id| {
        let support = plan.book.supports.get(*id)?;
        let status = gathered.of(*plan.supports.get(*id)?);
        let exclusion =
            if options.excluded_by { exclusion(plan, &gathered, *id) } else { Vec::new() };
        Some((support, status, exclusion))
    });
    let columns: Vec<_> = columns.collect();
    let missing: Vec<MissingFacts> = if options.missing {
        missing::of_supports(plan, &mut gathered, &selection.supports)
    } else {
        Vec::new()
    };
    let any_missing =
        if long { MissingFacts::new() } else { missing::of_any(&mut gathered, &missing) };
    let columns = Columns {
        values,
        supports: (columns.into_iter())
            .enumerate()
            .map(|(number, (support, status, exclusion))| {
                let missing = missing.get(number).filter(|_| long).cloned().unwrap_or_default();
                of_support(support, status, exclusion, missing)
            })
            .collect(),
        missing: any_missing,
    };
    let roots = columns.roots();
    let derived: FactSet = plan.derived.iter().map(|nodes| nodes.fact).collect();
    let mut printer = Printer {
        dialect,
        naming: options.naming,
        catalogue: &plan.book.catalogue,
        derived,
        graph: &gathered.graph,
        named: HashMap::default(),
    };
    let layers = Layers::find(&mut printer, &roots, options.keys.len());
    let mut out = header(plan, dialect, options, &columns);
    let mut tests = inputs::tests(&printer, &roots);
    // What is stated of a derived fact is shown, even if nothing tests it.
    for column in derived_columns::columns(plan) {
        if !long && selection.facts.contains(column.fact) {
            tests.entry(column.fact).or_default();
        }
    }
    out.push_str(&inputs::print(plan, &printer, options, &tests, false));
    let last = layers.print(&printer, &mut out);
    out.push_str(&columns.print(plan, &printer, options, &last));
    out
}

/// The program, the rule book and the policies, as comments.
pub(super) fn identity(plan: &Plan, dialect: Dialect) -> Vec<String> {
    let book = &plan.book;
    let program = env!("CARGO_PKG_VERSION");
    let mut lines = vec![
        format!("-- export-advisor {program}, printed for {}", dialect.name()),
        format!("-- rule book {}", book.version),
    ];
    lines.extend(book.policies.iter().map(|policy| {
        comment(&format!("-- {} {} · {}", policy.number, policy.title.zh, policy.title.en))
    }));
    lines.push("--".to_owned());
    lines
}

/// Which table is read.
pub(super) fn reads(options: &SqlOptions) -> String {
    let read = match &options.source {
        Source::Table(name) => format!("the table {name}"),
        Source::Expression(text) => text.clone(),
    };
    comment(&format!("-- Reads {read}; a column has the name of its fact (export-advisor facts)."))
}

/// The key columns, before what a row has besides.
pub(super) fn handed_on(options: &SqlOptions) -> String {
    let keys = options.keys.join(", ");
    if keys.is_empty() { keys } else { format!("{keys}, then ") }
}

fn header(plan: &Plan, dialect: Dialect, options: &SqlOptions, columns: &Columns<'_>) -> String {
    let mut lines = identity(plan, dialect);
    let supports = columns.supports.len();
    let handed_on = handed_on(options);
    lines.push(reads(options));
    if options.layout == Layout::Long {
        lines.push(comment(&format!(
            "-- Gives {handed_on}support and status, in {supports} rows a firm, one a support:"
        )));
        lines.push("-- 'applies' 适用 · 'does_not_apply' 不适用 · 'undetermined' 待定.".to_owned());
    } else {
        let derived = derived_columns::columns(plan).len();
        lines.push(comment(&format!(
            "-- Gives {handed_on}{derived} columns of derived facts, then {supports} columns, one a support:"
        )));
        lines.push(
            "-- true 适用 applies · false 不适用 does not apply · NULL 待定 undetermined."
                .to_owned(),
        );
    }
    if options.excluded_by {
        lines.push(match options.layout {
            Layout::Wide => format!(
                "-- Then {supports} columns, one a support, of what excludes a firm where it does not apply:"
            ),
            Layout::Long => {
                "-- Then excluded_by: what excludes a firm where the support does not apply:".to_owned()
            }
        });
        lines.push("-- 'text' 原文的条件 a condition of the text · 'no_need' 没有需要 no such need · 'reading' 只是我们的理解 only our reading.".to_owned());
    }
    if options.missing {
        lines.push(
            "-- Then missing: the facts that could decide what is undetermined, separated by ;"
                .to_owned(),
        );
    }
    lines.push(
        "-- NULL in a fact's column is “not known”; an empty list is “known to be none”."
            .to_owned(),
    );
    if let Some(have) = &options.have {
        lines.push(comment(&format!(
            "-- The table has only {}; all other facts count as not known.",
            have.join(", ")
        )));
    }
    lines.push(
        "-- Whether a support can be had on a day is not in its column: see its comment."
            .to_owned(),
    );
    lines.join("\n") + "\n"
}
