//! Parameters that several resources have.

use super::error::{Problem, ProblemCode};
use crate::server::clock::today;
use jiff::civil::Date;

/// A day as a parameter writes it, `2026-11-25` and no other spelling: a time with a zone would not say which day is
/// meant.
///
/// # Errors
/// If it is not a day.
pub(super) fn day(name: &str, text: &str) -> Result<Date, Problem> {
    let day: Option<Date> = text.parse().ok();
    day.filter(|day| day.year() > 0 && day.to_string() == text).ok_or_else(|| {
        let detail = format!("`{name}` is not a day: write it as 2026-11-25");
        Problem::new(ProblemCode::BadQuery).with(detail)
    })
}

/// The day from which windows are seen: the parameter `as_of`, else today in China.
///
/// # Errors
/// If it is not a day.
pub(super) fn as_of(text: Option<&str>) -> Result<Date, Problem> {
    text.map_or_else(|| Ok(today()), |text| day("as_of", text))
}
