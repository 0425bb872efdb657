//! The parameters of a screening, and what they ask for.
//!
//! Owns the meaning of each parameter and the messages of those that cannot be read. It reads no body.

use super::params::ScreenParams;
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::api::params::{day, lang};
use crate::server::api::selection;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::wording::{self, Lang};
use export_advisor_screening::{
    Destination, FileType, Input, Limits, MatchOptions, MatchesLayout, MissingColumn, Mode, Options,
};
use jiff::civil::Date;

/// The options of a screening, but for the file type of the list.
///
/// # Errors
/// What is wrong with a parameter.
pub(super) fn options(
    advisor: &Advisor,
    params: &ScreenParams,
    accepted: Lang,
    as_of: Date,
    output: FileType,
) -> Result<Options, String> {
    let book = advisor.book();
    let list = |text: &Option<String>| -> Vec<String> {
        let items = text.iter().flat_map(|text| text.split(','));
        items.map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
    };
    let (named, policies) = (params.supports.as_deref(), params.policy.as_deref());
    let named = selection::chosen(book, named, policies).map_err(|problem| problem.detail)?;
    let mut supports: Vec<usize> = match named {
        Some(named) => named.into_iter().map(|id| id.index()).collect(),
        None => (0..book.supports.len()).collect(),
    };
    supports.sort_unstable();
    supports.dedup();
    let mut derive = Vec::new();
    let shown = params.derive.clone().or_else(|| Some("size,region".to_owned()));
    for name in list(&shown) {
        let fact = book.catalogue.find(&name).map(|fact| fact.id);
        match fact.filter(|fact| advisor.plan.is_derived(*fact)) {
            Some(fact) => derive.push(fact),
            // Other rules may derive neither of the two.
            None if params.derive.is_none() => {}
            None => return Err("`derive` names no derived fact; see /api/v1/facts".to_owned()),
        }
    }
    let header_row = params.header_row.as_deref().map(|row| {
        let row = row.parse().ok().filter(|row| (1..=1000).contains(row));
        row.ok_or_else(|| "`header_row` is a number from 1 to 1000".to_owned())
    });
    let header_row = header_row.transpose()?;
    let map = params.map.iter().map(|text| {
        let (header, fact) = text.rsplit_once('=').ok_or_else(|| {
            format!(
                "`map` is HEADER=fact, HEADER=fact:元, #3=fact or HEADER=-, and `{}` is none",
                wording::shown(text)
            )
        })?;
        Ok((header.to_owned(), fact.to_owned()))
    });
    let map = map.collect::<Result<Vec<_>, String>>()?;
    let statuses = params.status.as_deref().map_or(Ok(Vec::new()), selection::statuses);
    let statuses = statuses.map_err(|problem| problem.detail)?;
    let lang = params.lang.as_deref().map_or(Ok(accepted), lang);
    let lang = lang.map_err(|problem| problem.detail)?;
    Ok(Options {
        // Neither is used: the list comes and goes through channels.
        input: Input::Stdin,
        output: Destination::Discard,
        // That of the body or of a part of it.
        input_type: FileType::CSV,
        output_type: output,
        as_of,
        lang,
        supports,
        derive,
        excluded_by: params.excluded_by,
        missing: MissingColumn::All,
        ask_next: false,
        keep_refused: false,
        header_row,
        map,
        sheet: params.sheet.clone(),
        report: None,
        summary: None,
        encoding: params.encoding.clone(),
        delimiter: None,
        bom: false,
        workers: 1,
        matches: (!statuses.is_empty()).then_some(MatchOptions {
            output: Destination::Discard,
            output_type: output,
            layout: MatchesLayout::Support,
            statuses,
        }),
        limits: Limits::SERVICE,
        mode: Mode::Private,
    })
}

/// Sets the file type of the list.
///
/// # Errors
/// A parameter that is not for it.
pub(super) fn set_input_type(options: &mut Options, input_type: FileType) -> Result<(), String> {
    let (is_workbook, is_ndjson) = (input_type == FileType::XLSX, input_type == FileType::NDJSON);
    for (name, is_given, fits, formats) in [
        ("sheet", options.sheet.is_some(), is_workbook, "a workbook"),
        ("header_row", options.header_row.is_some(), !is_ndjson, "CSV or a workbook"),
        ("encoding", options.encoding.is_some(), !is_workbook, "CSV or NDJSON"),
    ] {
        if is_given && !fits {
            return Err(format!("`{name}` is for {formats}: leave it out"));
        }
    }
    options.input_type = input_type;
    Ok(())
}

/// The key by which the clients of two lists are matched, and the day of the last list.
///
/// # Errors
/// What is wrong with a parameter.
pub(super) fn comparison(params: &ScreenParams, as_of: Date) -> Result<(String, Date), Problem> {
    let bad = |detail: &str| Problem::new(ProblemCode::BadQuery).with(detail);
    let key = params.key.clone().filter(|key| !key.trim().is_empty());
    let key = key.ok_or_else(|| {
        bad("`key` is missing: name the column by which the clients of both lists are matched")
    })?;
    if params.status.is_some() {
        return Err(bad(
            "`status` is for the list to call, and two lists give what changed: leave it out",
        ));
    }
    let previous = params.previous_as_of.as_deref();
    let previous = previous.map_or(Ok(as_of), |text| day("previous_as_of", text))?;
    Ok((key, previous))
}

/// Refuses the parameters of two lists.
///
/// # Errors
/// There is one of them.
pub(super) fn no_comparison(params: &ScreenParams) -> Result<(), Problem> {
    let given = [
        ("key", params.key.is_some()),
        ("previous_as_of", params.previous_as_of.is_some()),
        ("previous_rulebook", params.previous_rulebook.is_some()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((name, _)) => Err(Problem::new(ProblemCode::BadQuery).with(format!(
            "`{name}` is for two lists: send them to `/api/v1/screenings:compare`, or leave it out"
        ))),
    }
}
