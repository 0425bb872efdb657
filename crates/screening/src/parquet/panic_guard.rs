//! Panics of the Parquet library as errors.
//!
//! The library checks much of what it reads, and panics where it does not. A damaged file is a fault of the input,
//! so the panic becomes an error with the panic's message, and nothing is printed. No other module catches a panic.

use crate::error::ScreenError;
use crate::error::parquet::ParquetError;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

thread_local! {
    /// Whether this thread is inside a call of the library.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// Calls the library for the file at `path`. After an error, the caller must not use what the call was to change.
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
        let fault = ParquetError::reading(text.unwrap_or("the library gave up"));
        Err(ScreenError::Parquet { path: path.to_owned(), fault })
    })
}
