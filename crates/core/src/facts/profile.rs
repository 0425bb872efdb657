//! A firm's profile, read from JSON against the catalogue: all faults at once.

use super::fault::{Fault, FaultKind, Notice, NoticeKind};
use super::spelled::BareUnit;
use super::{
    Catalogue, Fact, FactId, FactSet, Format, Kind, OldValue, Reference, Value, read, spelled,
};
use crate::index::IndexVec;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The most items of one list.
const LONGEST_LIST: usize = 1000;

/// The most faults of a profile that are reported: input with more of them is no profile.
const MOST_FAULTS: usize = 100;

/// What a firm states: one value a fact of the catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    values: IndexVec<FactId, Value>,
    /// What was read otherwise than it was written, in the order of the catalogue.
    pub notices: Vec<Notice>,
}

impl Profile {
    /// A profile that answers nothing.
    #[must_use]
    pub fn empty(catalogue: &Catalogue) -> Self {
        Self { values: IndexVec::filled(Value::NotAnswered, &catalogue.facts), notices: Vec::new() }
    }

    /// The value of a fact.
    #[must_use]
    pub fn value(&self, id: FactId) -> &Value {
        self.values.at(id)
    }

    /// Sets the value of a fact.
    pub fn set(&mut self, id: FactId, value: Value) {
        *self.values.at_mut(id) = value;
    }

    /// All values with their facts, in the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = (FactId, &Value)> {
        self.values.iter_enumerated()
    }

    /// Reads a value of one fact as a field of the form spells it. No unit stands beside such a field, so `5万` is one
    /// amount; a bare number counts in the fact's unit.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_text(
        fact: &Fact,
        texts: &[&str],
        reference: &Reference,
        notices: &mut Vec<Notice>,
    ) -> Result<Value, FaultKind> {
        Self::read(fact, texts, BareUnit::of_form(), reference, notices)
    }

    /// Reads a value of one fact as a file cell spells it, where a bare number is multiplied by a power of ten: −4 for a
    /// column in yuan of a fact in 万元. The header states the unit, so `5万` may be two amounts.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_scaled(
        fact: &Fact,
        texts: &[&str],
        shift: i8,
        reference: &Reference,
        notices: &mut Vec<Notice>,
    ) -> Result<Value, FaultKind> {
        Self::read(fact, texts, BareUnit::stated(shift), reference, notices)
    }

    fn read(
        fact: &Fact,
        texts: &[&str],
        bare: BareUnit,
        reference: &Reference,
        notices: &mut Vec<Notice>,
    ) -> Result<Value, FaultKind> {
        let mut kinds = Vec::new();
        let value = spelled::spelled(fact, texts, bare, reference, &mut kinds);
        notices.extend(kinds.into_iter().map(|kind| Notice { fact: fact.id, kind }));
        value
    }

    /// Reads the value of one member of a JSON object, as [`parse`] does, where a bare number is multiplied by a power
    /// of ten.
    ///
    /// # Errors
    /// What is wrong with it, all items of a list at once.
    pub fn read_member(
        fact: &Fact,
        raw: &RawValue,
        shift: i8,
        reference: &Reference,
        notices: &mut Vec<Notice>,
    ) -> Result<Value, Vec<FaultKind>> {
        let mut kinds = Vec::new();
        let value = value(fact, raw.get(), shift, reference, &mut kinds);
        notices.extend(kinds.into_iter().map(|kind| Notice { fact: fact.id, kind }));
        value.map_err(|faults| faults.into_iter().map(|(_, kind)| kind).collect())
    }
}

/// Reads a profile from JSON.
///
/// # Errors
/// All faults, those of the form first, then in the order of the keys.
pub fn parse(
    catalogue: &Catalogue,
    reference: &Reference,
    json: &[u8],
) -> Result<Profile, Vec<Fault>> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    // A text known to be UTF-8 is read without looking at each string again.
    let entries = match std::str::from_utf8(json) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(json),
    };
    let entries: Entries<'_> = match entries {
        Ok(entries) => entries,
        Err(error) if error.is_data() => {
            return Err(vec![Fault::whole(FaultKind::NotAnObject)]);
        }
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            return Err(vec![Fault::whole(FaultKind::NotJson { line, column })]);
        }
    };
    let mut profile = Profile::empty(catalogue);
    let mut faults = Vec::new();
    let mut seen = FactSet::default();
    let mut kinds = Vec::new();
    for (Key(key), raw) in entries.0 {
        if faults.len() > MOST_FAULTS {
            break;
        }
        let Some(fact) = catalogue.find(&key).or_else(|| {
            let fact = catalogue.find_alias(&key)?;
            let kind = NoticeKind::Alias { given: key.clone().into_owned() };
            profile.notices.push(Notice { fact: fact.id, kind });
            Some(fact)
        }) else {
            faults.push(Fault::unknown(&key));
            continue;
        };
        if seen.contains(fact.id) {
            faults.push(Fault::at(&key, Some(fact.id), FaultKind::Twice));
            continue;
        }
        seen.insert(fact.id);
        match value(fact, raw.get(), 0, reference, &mut kinds) {
            Ok(value) => profile.set(fact.id, value),
            Err(found) => faults.extend(found.into_iter().map(|(item, kind)| {
                let mut fault = Fault::at(&key, Some(fact.id), kind);
                if let Some(item) = item {
                    fault.pointer.push_str(&format!("/{item}"));
                }
                fault
            })),
        }
        profile.notices.extend(kinds.drain(..).map(|kind| Notice { fact: fact.id, kind }));
    }
    if faults.is_empty() {
        profile.notices.sort_by_key(|notice| notice.fact);
        Ok(profile)
    } else {
        if faults.len() > MOST_FAULTS {
            faults.truncate(MOST_FAULTS);
            faults.push(Fault::whole(FaultKind::More));
        }
        Err(faults)
    }
}

/// Where in a list a fault is, if in one, and what it is.
type ItemFault = (Option<usize>, FaultKind);

/// The value of a member. A text is read as a cell of a list is, and so is a number where the fact is none.
fn value(
    fact: &Fact,
    raw: &str,
    shift: i8,
    reference: &Reference,
    notices: &mut Vec<NoticeKind>,
) -> Result<Value, Vec<ItemFault>> {
    let whole = |kind| vec![(None, kind)];
    let wrong = || vec![(None, FaultKind::WrongType)];
    match (raw.as_bytes().first(), &fact.kind) {
        (Some(b'n'), _) => Ok(Value::NotAnswered),
        (Some(b'"'), _) => {
            let text = text(raw).map_err(|_| wrong())?;
            // The schema states this length, and counts blanks.
            if read::longest(&fact.kind).is_some_and(|longest| read::is_longer(&text, longest)) {
                return Err(whole(FaultKind::TooLong));
            }
            if let Some(old) = fact.old_value(&text) {
                return Ok(old_value(fact, old, &text, notices));
            }
            // A text keeps its zeros, which a cell of a spreadsheet may have lost.
            if let Kind::Code { format: Format::Industry, .. } = fact.kind
                && text.bytes().all(|b| b.is_ascii_digit())
                && let Ok(code) = read::code(Format::Industry, &text, reference, notices)
            {
                return Ok(code);
            }
            spelled::spelled(fact, &[&text], BareUnit::stated(shift), reference, notices)
                .map_err(whole)
        }
        (Some(b't'), Kind::Bool) => Ok(Value::Bool(true)),
        (Some(b'f'), Kind::Bool) => Ok(Value::Bool(false)),
        (Some(b'-' | b'0'..=b'9'), Kind::Number { .. }) => {
            read::scaled(fact, raw, shift).map_err(whole)
        }
        (Some(b'0'..=b'9'), kind) if may_be_number(kind) => {
            let plain = read::plain_number(raw).map_err(whole)?;
            spelled::spelled(fact, &[&plain], BareUnit::stated(shift), reference, notices)
                .map_err(whole)
        }
        (Some(b'['), Kind::EnumList | Kind::Codes { .. }) => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| wrong())?;
            if items.len() > LONGEST_LIST {
                return Err(whole(FaultKind::TooMany));
            }
            list(fact, &items, reference, notices)
        }
        _ => Err(wrong()),
    }
}

/// Whether a number can spell a value of a fact that is none. Many programs keep too few digits of a number for a credit
/// code.
fn may_be_number(kind: &Kind) -> bool {
    match kind {
        Kind::Bool => true,
        Kind::Code { format, .. } | Kind::Codes { format } => {
            matches!(format, Format::Division | Format::Industry | Format::Hs)
        }
        _ => false,
    }
}

/// A value of an earlier version of the rules, read as what it means today.
pub(super) fn old_value(
    fact: &Fact,
    old: &OldValue,
    given: &str,
    notices: &mut Vec<NoticeKind>,
) -> Value {
    let means = old.means.clone();
    notices.push(NoticeKind::OldValue { given: given.to_owned(), means: means.clone() });
    match (&fact.kind, means.as_slice()) {
        (Kind::Enum { .. }, [one]) => Value::Enum(*one),
        _ => sorted_enum_list(means),
    }
}

/// What a JSON string says; most have nothing escaped and are taken as they stand.
fn text(raw: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str(raw).map(Cow::Owned),
    }
}

fn list(
    fact: &Fact,
    items: &[&RawValue],
    reference: &Reference,
    notices: &mut Vec<NoticeKind>,
) -> Result<Value, Vec<ItemFault>> {
    let (mut values, mut codes, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let text = match item.get().as_bytes().first() {
            Some(b'0'..=b'9') if may_be_number(&fact.kind) => read::plain_number(item.get()),
            _ => text(item.get()).map_err(|_| FaultKind::WrongType),
        };
        let read = match (text, &fact.kind) {
            (Err(kind), _) => Err(kind),
            (Ok(text), Kind::Codes { format }) => {
                spelled::code(*format, &text, reference, notices).map(|code| codes.push(code))
            }
            (Ok(text), _) => {
                read::enum_value(fact, &text).map(|enum_value| values.push(enum_value))
            }
        };
        faults.extend(read.err().map(|kind| (Some(index), kind)));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(if matches!(fact.kind, Kind::EnumList) {
        sorted_enum_list(values)
    } else {
        sorted_codes(codes)
    })
}

fn sorted_enum_list(mut values: Vec<u16>) -> Value {
    values.sort_unstable();
    values.dedup();
    Value::EnumList(values)
}

fn sorted_codes(codes: Vec<Value>) -> Value {
    let mut codes: Vec<String> = codes
        .into_iter()
        .filter_map(|value| match value {
            Value::Code(code) | Value::UncheckedCode(code) => Some(code),
            _ => None,
        })
        .collect();
    codes.sort_unstable();
    codes.dedup();
    Value::Codes(codes)
}

/// A key of an object, taken as it stands if nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of a JSON object with their raw values, in order; a repeated key comes as often as it stands there.
///
/// # Errors
/// If the text is not JSON, or not an object.
pub fn members(json: &[u8]) -> Result<Vec<(Cow<'_, str>, &RawValue)>, serde_json::Error> {
    let entries: Entries<'_> = serde_json::from_slice(json)?;
    Ok(entries.0.into_iter().map(|(Key(key), raw)| (key, raw)).collect())
}

/// The keys of an object with their raw values, repeated keys included.
struct Entries<'a>(Vec<(Key<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}
