//! The question that long work asks now and then: is the result still wanted?
//!
//! Whoever starts the work knows the clock and whether the program ends, and gives an [`Interrupt`] down with the
//! call. The work asks it between its steps, and ends early with [`Interrupted`] when the answer is yes. Nothing here
//! reads a clock.

use std::sync::Arc;

/// Whether work is to end early.
#[derive(Clone)]
pub struct Interrupt(Arc<dyn Fn() -> bool + Send + Sync>);

/// The work ended early: what it made is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the work was interrupted")]
pub struct Interrupted;

impl Interrupt {
    /// Work that may take as long as it takes.
    #[must_use]
    pub fn never() -> Self {
        Self(Arc::new(|| false))
    }

    /// Work that ends early once `is_so` says yes. From then on it must always say yes.
    #[must_use]
    pub fn when(is_so: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_so))
    }

    /// Whether the work is to end early.
    #[must_use]
    pub fn is_set(&self) -> bool {
        (self.0)()
    }

    /// Goes on, unless the work is to end early.
    ///
    /// # Errors
    /// If it is.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.is_set() { Err(Interrupted) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupt(…)")
    }
}
