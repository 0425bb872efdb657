//! The pages: start, guided form, result, sheet and text to take along, the adviser's page, the text.
//!
//! Every page works without a script; one small script helps where there is one. What a person enters is sent back
//! and forth in the page, signed, and is stored nowhere unless a firm shares it ([`shares`]) or a reader reports what is
//! wrong ([`feedback`]), which is no fact of a firm: there is no session and
//! no cookie, so a page goes on after a restart, in a second tab, after going back, and in a frame. In go requests,
//! out come pages; what is decided and how it is worded comes from the core.
//!
//! The guided form has one direction: [`action`] parses what was submitted, [`reduce`] makes of the state and the action
//! the next state and the page to show, [`form`] renders it.

pub(super) mod about;
mod action;
pub(super) mod adviser;
pub(super) mod assets;
pub(super) mod brand;
mod changes;
mod checklist;
mod concern;
mod cross_site;
pub(super) mod feedback;
mod fields;
pub(super) mod form;
mod frame;
pub(super) mod headers;
mod interview;
mod key_points;
pub(super) mod lookup;
pub(super) mod missing;
mod offices;
mod page;
mod pages_left;
mod prefill;
mod progress;
mod ranges;
pub(super) mod reader;
mod reduce;
mod result;
pub(super) mod saved;
mod sentences;
pub(super) mod shares;
pub(super) mod sheets;
pub(super) mod start;
pub(super) mod suggest;
