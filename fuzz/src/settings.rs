//! A file of settings, read as `serve` reads it.
//!
//! In goes the text of the file. What must hold: it is taken, or each fault stands at a line of the file or names the
//! setting; the same text has the same faults; a password in the address of the database is not printed.

use crate::hold;
use crate::product::check_settings;

/// A password, at its place in an address.
const SECRET: &str = "://u:zqsecret@";

/// A file of settings.
pub fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let found = check_settings(&text);
    hold(
        "config",
        if found == check_settings(&text) { Ok(()) } else { Err("another answer".to_owned()) },
    );
    if let Err(faults) = found {
        hold("config", named(&faults, &text));
    }
}

/// Each fault has its place, and none has a password.
pub fn named(faults: &str, text: &str) -> Result<(), String> {
    if faults.contains(SECRET) {
        return Err(format!("a password is printed: {faults}"));
    }
    let lines = text.split('\n').count();
    let has_line = |fault: &str| {
        let place = fault.split_once("settings:").and_then(|(_, rest)| rest.split(':').next());
        let line = place.and_then(|line| line.parse::<usize>().ok());
        line.is_some_and(|line| (1..=lines).contains(&line))
    };
    if faults.trim().is_empty() {
        return Err("refused without a word".to_owned());
    }
    // Each fault begins a line; a line of the file is quoted behind its number.
    let all = format!("\n{faults}");
    let mut all = all.split("\nerror[").skip(1);
    match all.find(|fault| !has_line(fault) && fault.split('`').count() < 3) {
        Some(fault) => Err(format!("a fault that names nothing: {fault}")),
        None => Ok(()),
    }
}
