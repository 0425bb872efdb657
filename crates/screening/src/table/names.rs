//! Names of added columns, as far as the reader of headers must know them.
//!
//! Owns the first and the last name, by which the header of an earlier screening is recognised, the suffix that
//! keeps an added name apart from an input column of the same name, and the suffix of the columns that tell what
//! excludes a firm.

/// The suffix of a name that an input column has already.
pub(crate) const SUFFIX: &str = "_screened";

/// The name of the first added column.
pub(crate) const FIRST: &str = "uscc_ok";

/// The name of the last added column.
pub(crate) const LAST: &str = "faults";

/// What follows a support's id in the name of the column that tells what excludes a firm.
pub(crate) const EXCLUDED_BY: &str = "_excluded_by";

/// A name that no input column has: `name`, with as many suffixes as are needed.
pub(crate) fn unique<T: AsRef<str>>(name: &str, input: &[T]) -> String {
    let mut name = name.to_owned();
    while input.iter().any(|it| it.as_ref() == name) {
        name.push_str(SUFFIX);
    }
    name
}
