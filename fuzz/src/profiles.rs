//! A profile: read, assessed, and assessed with one answer less.
//!
//! In go the bytes of a JSON body. A profile that is refused has a fault for what is wrong, each at a JSON pointer. One
//! that is read has an assessment that is JSON, the same twice; its normalised profile has the same assessment; and
//! no answer less turns a status into its opposite.

use crate::hold;
use crate::product::read_profile;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// The most answers that are taken away in turn.
const MOST: usize = 24;

/// A profile.
pub fn profile(data: &[u8]) {
    hold("profile", assessed(data));
}

fn assessed(json: &[u8]) -> Result<(), String> {
    let firm = match read_profile(json) {
        Ok(firm) => firm,
        Err(faults) if faults.is_empty() => return Err("refused without a fault".to_owned()),
        Err(faults) => {
            let wrong =
                faults.iter().find(|(pointer, _)| !pointer.is_empty() && !pointer.starts_with('/'));
            return wrong.map_or(Ok(()), |(pointer, _)| Err(format!("no pointer: `{pointer}`")));
        }
    };
    let full = firm.assessment(true);
    if full != firm.assessment(true) {
        return Err("the same firm, another answer".to_owned());
    }
    let read = parsed(&full)?;
    let statuses = firm.statuses();
    says(&parsed(&firm.assessment(false))?, &statuses)?;
    says(&read, &statuses)?;
    // As text: a number that went through a binary fraction would be another one.
    let parts: HashMap<String, Box<RawValue>> = serde_json::from_str(&full).unwrap_or_default();
    let normal = parts.get("profile").map_or("", |profile| profile.get());
    let again = read_profile(normal.as_bytes());
    let again =
        again.map_err(|faults| format!("its own profile {normal} is refused: {faults:?}"))?;
    if again.statuses() != statuses {
        return Err(format!("another answer to the normalised profile {normal}"));
    }
    if firm.contradicts() {
        return Ok(());
    }
    for (fact, less) in firm.with_less().take(MOST) {
        never_flips(&less.statuses(), &statuses).map_err(|e| format!("{e}, without `{fact}`"))?;
    }
    Ok(())
}

fn parsed(json: &str) -> Result<Value, String> {
    serde_json::from_str(json).map_err(|error| format!("an assessment that is no JSON: {error}"))
}

/// The JSON of an assessment has these statuses.
pub fn says(json: &Value, statuses: &[Option<bool>]) -> Result<(), String> {
    let word = |status: &Option<bool>| match status {
        Some(true) => "applies",
        Some(false) => "does_not_apply",
        None => "undetermined",
    };
    let supports = json.get("supports").and_then(Value::as_array);
    let said = supports.into_iter().flatten().map(|support| support.get("status")?.as_str());
    match said.eq(statuses.iter().map(|status| Some(word(status)))) {
        true => Ok(()),
        false => Err("the JSON says another status".to_owned()),
    }
}

/// A status that is decided with fewer answers is the same with more.
pub fn never_flips(less: &[Option<bool>], more: &[Option<bool>]) -> Result<(), String> {
    let changed = less.iter().zip(more).position(|(less, more)| less.is_some() && less != more);
    changed.map_or(Ok(()), |support| Err(format!("the status of support {support} changes")))
}
