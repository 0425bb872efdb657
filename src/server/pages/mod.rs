//! The pages: start, guided form, result, sheet and text to take along, the adviser's page, the text.
//!
//! Every page works without a script; one small script helps where there is one. What a person enters
//! travels in the page, sealed (`seal`), and is stored nowhere unless a firm shares it (`shares`): there
//! is no session and no cookie, so a page goes on after a restart, in a second tab, after going back, and in a frame. In go requests,
//! out come pages; what is decided and said comes from the middle.

mod adviser;
mod cross_site;
mod fields;
mod frame;
mod guided;
mod interview;
mod prefill;
mod progress;
mod ranges;
mod reader;
mod result;
mod routes;
mod seal;
mod search;
mod shares;
mod sheets;
mod ticks;

pub use routes::{Pages, configure};
pub use seal::FormKey;
