//! Days as rule files write them.

use jiff::civil::Date;

/// A day written as 2023-04-11.
pub(super) fn day(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// Whether a text is a day, a month or a year: 2023-04-11, 2023-04, 2023.
pub(super) fn is_date(text: &str) -> bool {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return false,
    };
    day(&whole).is_some()
}
