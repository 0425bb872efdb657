//! Reads `rules/channels.toml` (offices and papers) and `rules/population.toml`.

use super::dates::is_date;
use crate::diagnostic::{Diagnostic, nearest};
use crate::facts::{Catalogue, Fact, FactId, Kind, LocalizedText, Value, read_toml};
use crate::files::RuleFiles;
use crate::index::IndexVec;
use crate::rulebook::{Channel, ChannelId, Contact, Draw, Paper, PaperId, Population};
use foldhash::HashSet;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

const CHANNELS: &str = "rules/channels.toml";
const POPULATION: &str = "rules/population.toml";

/// How many values of a list a firm of the population may draw.
const MOST_TIMES: u8 = 9;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelsFile {
    #[serde(default)]
    channel: Vec<ChannelEntry>,
    #[serde(default)]
    paper: Vec<PaperEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelEntry {
    id: Spanned<String>,
    name: LocalizedText,
    does: LocalizedText,
    #[serde(default)]
    contact: Vec<Contact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaperEntry {
    id: Spanned<String>,
    name: LocalizedText,
}

/// The offices and the papers, none if the rules have no such file.
pub(super) fn read_channels(
    files: &RuleFiles,
    faults: &mut Vec<Diagnostic>,
) -> (IndexVec<ChannelId, Channel>, IndexVec<PaperId, Paper>) {
    let Some(text) = files.get(CHANNELS) else { return Default::default() };
    let Some(read) = read_toml::<ChannelsFile>(CHANNELS, text, faults) else {
        return Default::default();
    };
    let mut fault = |code, message: String, help: &str, id: &Spanned<String>| {
        let fault = Diagnostic::new(code, CHANNELS, message, help);
        faults.push(fault.at_bytes(text, id.span()));
    };
    let mut ids = HashSet::default();
    let channels =
        read.channel.iter().map(|entry| (&entry.id, [&entry.name, &entry.does].to_vec()));
    let papers = read.paper.iter().map(|entry| (&entry.id, vec![&entry.name]));
    for (id, texts) in channels.chain(papers) {
        if !ids.insert(id.get_ref().clone()) {
            let message = format!("`{}` stands twice", id.get_ref());
            fault("duplicate-id", message, "give each office and paper its own id", id);
        }
        if texts.iter().any(|text| text.lacks_a_language()) {
            let message = format!("a text of `{}` is empty in one language", id.get_ref());
            fault("empty-text", message, "write it in Chinese and in English", id);
        }
    }
    for entry in &read.channel {
        for contact in &entry.contact {
            let id = entry.id.get_ref();
            for [code, message, help] in contact_faults(contact) {
                fault(code, format!("a contact of `{id}` {message}"), help, &entry.id);
            }
            if !is_date(&contact.date) {
                let message = format!("a contact of `{id}` has no date");
                fault("date", message, "write when it was found: 2026-11-25", &entry.id);
            }
            let area = &contact.area;
            if area.len() > 6 || area.bytes().any(|b| !b.is_ascii_digit()) {
                let message = format!("`{area}` is no beginning of a division code");
                fault("impossible-code", message, "write up to six digits, or nothing", &entry.id);
            }
        }
    }
    let channels = read.channel.into_iter().map(|entry| Channel {
        id: entry.id.into_inner(),
        name: entry.name,
        does: entry.does,
        contacts: entry.contact,
    });
    let papers = read.paper.into_iter();
    let papers = papers.map(|entry| Paper { id: entry.id.into_inner(), name: entry.name });
    (channels.collect(), papers.collect())
}

/// What is wrong with a contact wherever it stands: the code, what is said of it, and the remedy.
pub(super) fn contact_faults(contact: &Contact) -> impl Iterator<Item = [&'static str; 3]> + use<> {
    let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    let mut texts = [&contact.office, &contact.address, &contact.hours].into_iter().flatten();
    let says_nothing =
        contact.phone.is_none() && contact.url.is_none() && contact.address.is_none();
    let all = [
        (
            !["high", "medium", "low"].contains(&contact.confidence.as_str()),
            ["confidence", "says not how sure it is", "write `high`, `medium` or `low`"],
        ),
        (
            contact.source.trim().is_empty(),
            ["date", "has no source", "write where it was found: `source = \"…\"`"],
        ),
        (says_nothing, ["contact", "says nothing", "add a `phone`, an `address` or a `url`"]),
        (
            contact.url.as_ref().is_some_and(|url| !is_web(url)),
            ["contact", "has a `url` that is no web address", "write it with https:// in front"],
        ),
        (
            texts.any(LocalizedText::lacks_a_language),
            [
                "empty-text",
                "has a text in one language alone",
                "write it in Chinese and in English",
            ],
        ),
    ];
    all.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, fault)| fault)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PopulationFile {
    note: LocalizedText,
    fact: Vec<DrawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DrawEntry {
    name: Spanned<String>,
    yes: Option<f64>,
    shares: Option<BTreeMap<String, f64>>,
    only_if: Option<String>,
    times: Option<u8>,
}

/// The reference population, empty if the rules state none.
pub(super) fn read_population(
    files: &RuleFiles,
    catalogue: &Catalogue,
    faults: &mut Vec<Diagnostic>,
) -> Population {
    let Some(text) = files.get(POPULATION) else { return Population::default() };
    let Some(read) = read_toml::<PopulationFile>(POPULATION, text, faults) else {
        return Population::default();
    };
    let mut draws: Vec<Draw> = Vec::new();
    for entry in read.fact {
        let mut fault = |code, message: String, help: String| {
            let fault = Diagnostic::new(code, POPULATION, message, help);
            faults.push(fault.at_bytes(text, entry.name.span()));
        };
        let name = entry.name.get_ref();
        let Some(fact) = catalogue.find(name) else {
            let near = nearest(name, catalogue.facts.iter().map(|fact| fact.name.as_str()));
            let help = near.map_or_else(
                || "use a fact of rules/facts/".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            fault("unknown-fact", format!("no fact is named `{name}`"), help);
            continue;
        };
        let before = |wanted: &String| -> Option<FactId> {
            let found = catalogue.find(wanted).filter(|fact| fact.kind == Kind::Bool)?;
            draws.iter().any(|draw| draw.fact == found.id).then_some(found.id)
        };
        let only_if = entry.only_if.as_ref().map(before);
        let values = values(fact, entry.yes, entry.shares, only_if.is_some());
        let values =
            values.and_then(|values| times(fact, entry.times).map(|times| (times, values)));
        if draws.iter().any(|draw| draw.fact == fact.id) {
            let message = format!("`{name}` is shared out twice");
            fault("population", message, "remove one of the two".to_owned());
            continue;
        }
        match (values, only_if) {
            (Err(help), _) => {
                fault("population", format!("this does not share out `{name}`"), help);
            }
            (_, Some(None)) => {
                let message =
                    format!("the `only_if` of `{name}` is no yes/no fact drawn before it");
                fault("population", message, "move it below that fact".to_owned());
            }
            (Ok((times, values)), only_if) => {
                draws.push(Draw::new(fact.id, only_if.flatten(), times, values));
            }
        }
    }
    Population { note: read.note, draws }
}

/// How many values of a fact each firm draws.
fn times(fact: &Fact, stated: Option<u8>) -> Result<u8, String> {
    let is_list = matches!(fact.kind, Kind::EnumList | Kind::Codes { .. });
    match stated {
        None => Ok(1),
        Some(times @ 1..=MOST_TIMES) if is_list => Ok(times),
        Some(_) => Err(format!("`times` is from 1 to {MOST_TIMES}, and for lists only")),
    }
}

/// The values of a fact with their weights, "no" or "none" last.
fn values(
    fact: &Fact,
    yes: Option<f64>,
    shares: Option<BTreeMap<String, f64>>,
    is_conditional: bool,
) -> Result<Vec<(Value, f64)>, String> {
    let weight = |weight: f64| match (0.0..=1.0).contains(&weight) {
        true => Ok(weight),
        false => Err("write shares from 0 to 1".to_owned()),
    };
    match (&fact.kind, yes, shares) {
        (Kind::Bool, Some(yes), None) => {
            let yes = weight(yes)?;
            Ok(vec![(Value::Bool(true), yes), (Value::Bool(false), 1.0 - yes)])
        }
        (Kind::Bool, ..) => Err("write `yes = 0.6`".to_owned()),
        (_, None, Some(shares)) => {
            let mut values = Vec::new();
            let mut none = None;
            for (name, share) in shares {
                let share = weight(share)?;
                match value(fact, &name) {
                    Some(value) if name == "none" => none = Some((value, share)),
                    Some(value) => values.push((value, share)),
                    None => return Err(format!("`{name}` is no value of `{}`", fact.name)),
                }
            }
            if is_conditional && none.is_none() {
                return Err("add `none`: it is what the other firms answer".to_owned());
            }
            values.extend(none);
            Ok(values)
        }
        _ => Err("write `shares = { value = 0.6, … }`".to_owned()),
    }
}

fn value(fact: &Fact, name: &str) -> Option<Value> {
    let list = |name: &str| fact.value_index(name).map(|index| vec![index]);
    match &fact.kind {
        Kind::Enum { .. } => fact.value_index(name).map(Value::Enum),
        Kind::EnumList if name == "none" => Some(Value::EnumList(Vec::new())),
        Kind::EnumList => list(name).map(Value::EnumList),
        Kind::Codes { .. } if name == "none" => Some(Value::Codes(Vec::new())),
        Kind::Codes { .. } => Some(Value::Codes(vec![name.to_owned()])),
        Kind::Code { none: true, .. } if name == "none" => Some(Value::NoCode),
        Kind::Code { .. } => Some(Value::Code(name.to_owned())),
        Kind::Bool | Kind::Number { .. } => None,
    }
}
