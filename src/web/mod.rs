//! The pages: a form made from the fact catalogue, and the answer to it. No script is needed.
//!
//! Nothing is stored: the answers travel in the page, and the answer page holds the form again.

mod form;
mod pages;
mod view;

pub use pages::configure;
