//! Findings that the rules accept, with a reason.
//!
//! Owns the `[[accept]]` blocks beside the cases. A block that names no finding is a fault: what it accepted is gone.

use super::{Finding, FindingKind};
use crate::diagnostic::Diagnostic;
use crate::files::RuleFiles;
use serde::Deserialize;
use toml::Spanned;

/// The part of a file of cases that is read here.
#[derive(Deserialize)]
struct AcceptFile {
    #[serde(default)]
    accept: Vec<Accept>,
}

/// `[[accept]]`: a finding, and why it is no fault.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    /// The code of the finding.
    finding: Spanned<String>,
    /// What the finding is about.
    about: Spanned<String>,
    reason: String,
}

/// Writes the reasons of the blocks into the findings, and reports the blocks that match none.
pub(super) fn apply(files: &RuleFiles, findings: &mut [Finding]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (path, text) in
        files.iter().filter(|(path, _)| path.contains("/cases/") && path.ends_with(".toml"))
    {
        // A file that cannot be read was reported with the cases.
        let Ok(file) = toml::from_str::<AcceptFile>(text) else { continue };
        for accept in file.accept {
            let span = accept.about.span();
            let fault = |message: String, help: &str| {
                Diagnostic::new("accept", path, message, help).at_bytes(text, span.clone())
            };
            let (code, about) = (accept.finding.get_ref(), accept.about.get_ref());
            if FindingKind::of_code(code).is_none() {
                faults.push(fault(
                    format!("`{code}` is no finding of the analysis"),
                    "write the code that `check --analysis` prints",
                ));
                continue;
            }
            if accept.reason.trim().is_empty() {
                faults.push(fault(
                    format!("`{code}` of `{about}` is accepted without a reason"),
                    "write the reason for the next person who reads the rules",
                ));
                continue;
            }
            let mut found = false;
            for finding in findings.iter_mut() {
                if finding.kind.code() == code && finding.about == *about {
                    finding.accepted = Some(accept.reason.clone());
                    found = true;
                }
            }
            if !found {
                faults.push(fault(
                    format!("the analysis no longer finds `{code}` of `{about}`"),
                    "remove the block: what it accepted is gone",
                ));
            }
        }
    }
    faults
}
