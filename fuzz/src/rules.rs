//! Rules: the built-in files with one of them changed, and a published text changed with its hash.
//!
//! The first byte of `rule_script` picks a script, and whether the rest takes its place or follows it. The first three
//! bytes of `policy_text` say whether the rest takes the text's place or stands within it, where, and whether the
//! scripts are read too. What must hold: reading ends, with a rule book that answers or with faults, and each fault
//! says what is wrong, what to write instead, and names a line and a column that its file has.

use crate::hold;
use crate::product::{RuleFault, Rules, sha256};

/// A rule script.
pub fn rule_script(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let scripts = Rules::names("rules/", ".rhai");
    let Some(script) = scripts.get(usize::from(*first) % scripts.len().max(1)) else { return };
    let follows = usize::from(*first) / scripts.len().max(1) % 2 == 1;
    let mut rules = Rules::builtin();
    let text = String::from_utf8_lossy(rest);
    let before = rules.text(script).filter(|_| follows).unwrap_or_default();
    let text = format!("{before}{text}");
    rules.set(script, &text);
    hold("rule_script", placed(&rules));
}

/// A policy text.
pub fn policy_text(data: &[u8]) {
    let Some(([kind, low, high], rest)) = data.split_first_chunk::<3>() else { return };
    let policy = "rules/gbf-2023-10/policy.toml";
    let mut rules = Rules::builtin();
    let (Some(seed), Some(toml)) =
        (Rules::names("seeds/", ".txt").first().copied(), rules.text(policy).map(str::to_owned))
    else {
        return;
    };
    let before = rules.text(seed).unwrap_or_default().to_owned();
    let text = String::from_utf8_lossy(rest);
    let text = if kind % 2 == 0 {
        text.into_owned()
    } else {
        let at = usize::from(u16::from_le_bytes([*low, *high])) % (before.len() + 1);
        let taken = usize::from(kind / 2);
        let (at, end) = (before.floor_char_boundary(at), before.floor_char_boundary(at + taken));
        format!("{}{text}{}", &before[..at], &before[end.max(at)..])
    };
    // Most of the time goes into the scripts; with them, the quotes are looked for in the text.
    if *high < 0x40 {
        rules.remove(".rhai");
    }
    rules.set(policy, &toml.replace(&sha256(&before), &sha256(&text)));
    rules.set(seed, &text);
    hold("policy_text", placed(&rules));
}

fn placed(rules: &Rules) -> Result<(), String> {
    rules.load().iter().try_for_each(|fault| match rules.text(&fault.file) {
        Some(text) => is_in(fault, text),
        None => worded(fault),
    })
}

fn worded(fault: &RuleFault) -> Result<(), String> {
    match fault.message.is_empty() || fault.help.is_empty() || fault.printed.is_empty() {
        true => Err(format!("a fault without words: {fault:?}")),
        false => Ok(()),
    }
}

/// A fault is within its file.
pub fn is_in(fault: &RuleFault, text: &str) -> Result<(), String> {
    worded(fault)?;
    if fault.line == 0 {
        return Ok(());
    }
    // A file that ends with a line end has one more, empty line: there a script breaks off.
    let line = text.split('\n').nth(fault.line - 1).map(|line| line.trim_end_matches('\r'));
    let Some(line) = line else {
        return Err(format!("a line that is not there: {fault:?}"));
    };
    if fault.source != line || fault.column > line.chars().count() + 1 {
        return Err(format!("the line is {line:?}, and the fault {fault:?}"));
    }
    Ok(())
}
