//! One binary, which runs the program.
#![allow(missing_docs, unreachable_pub, reason = "tests")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "../../crates/core/tests/core/broken.rs"]
#[expect(dead_code, reason = "the tests of core use the rest")]
mod broken;
#[path = "../../crates/core/tests/core/support.rs"]
mod core_support;
#[path = "../../crates/core/tests/core/firms.rs"]
mod firms;
#[path = "../../examples/readings.rs"]
mod readings;

mod access;
mod addresses;
mod adviser;
mod api;
mod audit;
mod bodies;
mod book_diff;
mod book_diff_proof;
mod border;
mod cell_faults;
mod changes;
mod changes_files;
mod changes_random;
mod channels;
mod cli;
mod codes;
mod cycles;
mod description;
mod docs;
mod ending;
mod exclusions;
mod faults;
mod feedback;
mod formats;
mod hashes;
mod headers;
mod hostile;
mod leaks;
mod limits;
mod list_parameters;
mod list_shapes;
mod lists;
mod lookup;
mod matrix;
mod nasty;
mod operation;
mod operator;
mod page;
mod page_addresses;
mod page_changes;
mod page_numbers;
mod page_result;
mod page_skips;
mod page_ticks;
mod places;
mod registers;
mod report;
mod rule_diff;
mod rulebooks;
mod schedulers;
mod screen;
mod screen_cells;
mod screen_files;
mod screenings;
mod search;
mod server;
mod shares;
mod sizes;
mod sql;
mod storage;
mod store;
mod suggestions;
mod support;
mod tables;
#[cfg(feature = "opentelemetry")]
mod telemetry;
mod two_lists;
mod workbooks;
mod wrappers;
