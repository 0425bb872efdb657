//! Which supports of a trade policy document concern a firm, why, what is still missing, what would
//! change the answer, and where to go next.
//!
//! ```
//! use export_advisor_core::{Advisor, Detail, date};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let advisor = Advisor::builtin()?;
//! let profile = advisor.profile(br#"{"exports_goods": true}"#)?;
//! println!("{}", advisor.assess(&profile, date(2026, 11, 28)).to_json(Detail::Full));
//! # Ok(())
//! # }
//! ```
//!
//! The crate is pure: rule files and a profile go in, an answer comes out. It reads no clock, file, network
//! or environment, and starts no thread.
//!
//! # From rules to an answer
//!
//! 1. [`RuleFiles`] holds the rule files and the policy texts: the built-in ones, or those that the caller
//!    has read. [`script`] runs each rule script once and makes a [`rulebook`] of plain data, or reports
//!    every fault as a [`diagnostic`].
//! 2. [`plan`] compiles the rule book into one graph of conditions; [`Advisor`] holds it with the parts of an
//!    answer that no firm changes.
//! 3. [`facts`] reads a profile: yes, no, numbers and codes, "not answered", "asked, does not know" and
//!    "known to be none" are different things. What is wrong is reported all at once.
//! 4. [`evaluate`] applies the plan to one firm or to a batch of firms in three-valued logic ([`truth`]);
//!    [`assessment`] prints the answer, and [`wording`] has every sentence of it in Chinese and English.
//!
//! [`sql`] prints the same plan as one query for a warehouse.

pub mod advisor;
pub mod analysis;
pub mod assessment;
pub mod china;
pub mod condition;
pub mod diagnostic;
mod diagram;
pub mod diff;
pub mod evaluate;
pub mod facts;
pub mod files;
pub mod formula;
pub mod index;
pub mod interrupt;
pub mod plan;
pub mod policy;
pub mod rulebook;
pub mod script;
pub mod sql;
pub mod truth;
pub mod wording;

pub use advisor::{Advisor, Assessment, ProfileFaults, RuleFaults};
pub use assessment::Detail;
pub use facts::Profile;
pub use files::RuleFiles;
pub use jiff::civil::{Date, date};
pub use wording::Lang;
