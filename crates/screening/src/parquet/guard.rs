//! The one place where a panic of the Parquet library is caught.
//!
//! The library checks much of what it reads, and panics where it does not. A damaged file is a fault of the input
//! like any other, so a panic becomes an error with what it said, and nothing is printed.

use super::TableError;
use crate::error::ScreenError;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

thread_local! {
    /// Whether this thread is within the library.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// Calls the library about the file at `path`. What it was about to change must not be used after an error.
pub(crate) fn guarded<T>(
    path: &Path,
    call: impl FnOnce() -> Result<T, ScreenError>,
) -> Result<T, ScreenError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if !WITHIN.get() {
                before(info);
            }
        }));
    });
    let outer = WITHIN.replace(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    WITHIN.set(outer);
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let fault = TableError::reading(text.unwrap_or("the library gave up"));
        Err(ScreenError::Table { path: path.to_owned(), fault })
    })
}
