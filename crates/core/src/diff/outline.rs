//! A rule book as a list of items with named properties: the form in which two books are compared.
//!
//! Owns which properties an item has and what they are called. A new field of the rule book that people should see in a
//! comparison gets a line here. Conditions stand in it as they are written; what they mean is compared elsewhere.

use crate::facts::{Fact, Kind, LocalizedText};
use crate::rulebook::{
    BackgroundKind, Basis, Channel, Contact, DerivedAs, Emphasis, Overlay, Policy, RuleBook,
    Support,
};
use std::fmt::Debug;

/// What kind of thing an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A policy document.
    Policy,
    /// A sentence that carries no support.
    Background,
    /// A support.
    Support,
    /// Firms that a support is meant for in particular; its id is `SUPPORT/LABEL`.
    Emphasis,
    /// A fact that firms state.
    Fact,
    /// How a fact follows from others.
    Derivation,
    /// A warning about answers that contradict each other.
    Warning,
    /// An office.
    Channel,
    /// A paper that firms bring.
    Paper,
    /// A kind of benefit.
    BenefitKind,
    /// The reference population.
    Population,
    /// What a body that does not own the rules adds to them.
    Overlay,
}

impl ItemKind {
    /// Its name in JSON, in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Background => "background",
            Self::Support => "support",
            Self::Emphasis => "emphasis",
            Self::Fact => "fact",
            Self::Derivation => "derivation",
            Self::Warning => "warning",
            Self::Channel => "channel",
            Self::Paper => "paper",
            Self::BenefitKind => "benefit_kind",
            Self::Population => "population",
            Self::Overlay => "overlay",
        }
    }
}

/// The value of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// A text for people.
    Text(LocalizedText),
    /// Anything else, as it is written.
    Value(String),
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) id: String,
    /// What people call it.
    pub(super) title: LocalizedText,
    /// Its properties. A name may come several times, as `confirm` does.
    pub(super) properties: Vec<(String, Property)>,
}

impl Item {
    fn new(kind: ItemKind, id: &str, title: &LocalizedText) -> Self {
        Self { kind, id: id.to_owned(), title: title.clone(), properties: Vec::new() }
    }

    /// The list that it has its position in: emphases are listed in their support.
    pub(super) fn list(&self) -> (ItemKind, &str) {
        let support = match self.kind {
            ItemKind::Emphasis => self.id.split('/').next(),
            _ => None,
        };
        (self.kind, support.unwrap_or_default())
    }

    fn text(&mut self, name: impl Into<String>, text: &LocalizedText) {
        self.properties.push((name.into(), Property::Text(text.clone())));
    }

    fn value(&mut self, name: impl Into<String>, value: impl ToString) {
        self.properties.push((name.into(), Property::Value(value.to_string())));
    }

    /// Of a part that people rarely change, as the program prints it.
    fn debug(&mut self, name: &str, value: &impl Debug) {
        self.value(name, format!("{value:?}"));
    }
}

/// All items of a book, in its order.
pub(super) fn outline(book: &RuleBook) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for policy in &book.policies {
        items.push(of_policy(policy));
        items.extend(of_background(policy));
    }
    for support in &book.supports {
        items.push(of_support(book, support));
        items.extend(of_emphases(book, support));
    }
    items.extend(book.catalogue.facts.iter().map(|fact| of_fact(book, fact)));
    items.extend(of_derivations(book));
    for conflict in &book.conflicts {
        let mut item = Item::new(ItemKind::Warning, &conflict.id, &conflict.text);
        item.text("text", &conflict.text);
        item.value("condition", conflict.condition.canonical(&book.catalogue));
        items.push(item);
    }
    items.extend(book.channels.iter().map(|channel| of_channel(book, channel)));
    for paper in &book.papers {
        let mut item = Item::new(ItemKind::Paper, &paper.id, &paper.name);
        item.text("name", &paper.name);
        items.push(item);
    }
    for kind in &book.kinds {
        let mut item = Item::new(ItemKind::BenefitKind, &kind.id, &kind.label);
        item.text("label", &kind.label);
        item.value("amount", kind.amount);
        items.push(item);
    }
    let mut population = Item::new(ItemKind::Population, "population", &book.population.note);
    population.text("note", &book.population.note);
    for draw in &book.population.draws {
        let fact = book.catalogue.fact(draw.fact);
        let only_if = draw.only_if.map_or("", |fact| book.catalogue.fact(fact).name.as_str());
        for (value, share) in &draw.values {
            let mut text = String::new();
            book.catalogue.write_json(fact.id, value, &mut text);
            population.value(
                format!("{} {text}", fact.name),
                format!("{share} {} {only_if}", draw.times),
            );
        }
    }
    items.push(population);
    items.extend(book.overlays.iter().map(|overlay| of_overlay(book, overlay)));
    items
}

fn of_policy(policy: &Policy) -> Item {
    let mut item = Item::new(ItemKind::Policy, &policy.id, &policy.title);
    item.value("number", &policy.number);
    item.text("title", &policy.title);
    item.text("issuer", &policy.issuer);
    item.value("issued", policy.issued);
    item.value("level", policy.level.as_str());
    if let Some(area) = &policy.area {
        item.text("area name", &area.name);
        item.text("area label", &area.label);
    }
    item.value("in force from", policy.in_force.from);
    policy.in_force.until.iter().for_each(|day| item.value("in force until", day));
    for amendment in &policy.in_force.amendments {
        item.value(format!("amended by {}", amendment.by), amendment.on);
    }
    if let Some(replaced) = &policy.in_force.replaced {
        item.value(format!("replaced by {}", replaced.by), replaced.on);
    }
    for id in policy.text.sentence_ids() {
        item.value(format!("sentence {id}"), policy.text.sentence(id).unwrap_or(""));
    }
    for title in &policy.measures {
        item.text(format!("measure {} title", title.number), &title.title);
        if let Some(checked) = title.checked {
            item.value(format!("measure {} checked", title.number), checked);
        }
    }
    for later in &policy.later {
        item.debug(&format!("later {}", later.name), later);
    }
    item
}

fn of_background(policy: &Policy) -> impl Iterator<Item = Item> {
    policy.background.iter().map(|background| {
        let id = RuleBook::sentence_id(policy, background.sentence);
        let mut item = Item::new(ItemKind::Background, &id, &background.reason);
        match background.kind {
            BackgroundKind::Lapsed { on } => item.value("kind", format!("lapsed {on}")),
            kind => item.value("kind", kind.as_str()),
        }
        item.text("reason", &background.reason);
        if let Some(source) = &background.source {
            item.value("source", source);
        }
        item
    })
}

fn of_support(book: &RuleBook, support: &Support) -> Item {
    let mut item = Item::new(ItemKind::Support, &support.id, &support.title);
    let policy = book.policies.get(support.policy).map_or("", |policy| policy.id.as_str());
    item.value("policy", policy);
    item.value("measure", support.measure);
    item.text("title", &support.title);
    item.text("summary", &support.summary);
    item.value("benefit", book.kinds.get(support.kind).map_or("", |kind| kind.id.as_str()));
    item.value("access", support.access.as_str());
    for citation in &support.citations {
        item.value(format!("citation {}", citation.sentence), &citation.quote);
    }
    for criterion in &support.criteria {
        let facts = criterion.id.rsplit('/').next().unwrap_or(&criterion.id);
        let named = |name: &str| format!("criterion {facts} {name}");
        item.text(named("label"), &criterion.label);
        item.value(named("basis"), criterion.basis.as_str());
        match &criterion.basis {
            Basis::Defined { by } => item.value(named("defined by"), by),
            Basis::Interpreted { reason } => item.text(named("reason"), reason),
            Basis::Stated | Basis::Need | Basis::Area => {}
        }
        item.value(named("condition"), criterion.condition.canonical(&book.catalogue));
    }
    support.confirm.iter().for_each(|text| item.text("confirm", text));
    for step in &support.next_steps {
        let channel = step.channel.map(|id| book.channels.at(id).id.as_str());
        item.value("channel", channel.unwrap_or(&step.name.zh));
        step.asks.iter().for_each(|ask| item.text("ask", ask));
        step.papers.iter().for_each(|paper| item.value("bring", &book.papers.at(*paper).id));
    }
    support.note.iter().for_each(|note| item.text("note", note));
    support.amount.iter().for_each(|amount| item.text("amount", amount));
    for relation in &support.relations {
        let other = &book.supports.at(relation.to).id;
        item.value("relation", format!("{} {other}", relation.kind.as_str()));
        let difference = relation.difference.iter();
        difference.for_each(|text| item.text(format!("difference {other}"), text));
    }
    for other in &support.see_also {
        item.value("see also", &other.title);
        item.value(format!("see also {} date", other.title), &other.date);
        item.value(format!("see also {} confidence", other.title), &other.confidence);
        item.text(format!("see also {}", other.title), &other.says);
    }
    let window = &support.window;
    window.opens.iter().for_each(|day| item.value("opens", day));
    for (name, end) in [("closes", &window.closes), ("lapsed", &window.lapsed)] {
        if let Some((day, reason)) = end {
            item.value(name, day);
            item.text(format!("{name} reason"), reason);
        }
    }
    item
}

/// The id of an emphasis.
pub(super) fn emphasis_id(support: &str, emphasis: &Emphasis) -> String {
    format!("{support}/{}", emphasis.label.zh)
}

fn of_emphases(book: &RuleBook, support: &Support) -> impl Iterator<Item = Item> {
    support.emphases.iter().map(|emphasis| {
        let id = emphasis_id(&support.id, emphasis);
        let mut item = Item::new(ItemKind::Emphasis, &id, &emphasis.label);
        item.text("label", &emphasis.label);
        item.value("condition", emphasis.condition.canonical(&book.catalogue));
        item
    })
}

fn of_fact(book: &RuleBook, fact: &Fact) -> Item {
    let mut item = Item::new(ItemKind::Fact, &fact.name, &fact.label);
    item.debug("type", &fact.kind);
    item.value("group", book.catalogue.groups.get(fact.group).map_or("", |group| &group.id));
    item.text("label", &fact.label);
    item.text("question", &fact.question);
    item.text("help", &fact.help);
    item.value("changeable", fact.changeable);
    fact.rank.iter().for_each(|rank| item.value("rank", rank));
    fact.together.iter().for_each(|page| item.debug("together", page));
    item.value("doubtful", fact.doubtful);
    item.value("decided_by_office", fact.decided_by_office);
    if let Some(ratio) = &fact.usual_per {
        let per = &book.catalogue.fact(ratio.per).name;
        item.value("usual_per", format!("{per}: {} to {}", ratio.least, ratio.most));
    }
    fact.aliases.iter().for_each(|alias| item.value("alias", alias));
    let lists = [&fact.headers, &fact.headers_yuan, &fact.headers_fallback];
    lists.into_iter().flatten().for_each(|header| item.value("header", header));
    if matches!(fact.kind, Kind::Enum { .. } | Kind::EnumList) {
        for value in &fact.values {
            item.value("value", &value.name);
            item.text(format!("value {}", value.name), &value.label);
            value
                .also
                .iter()
                .for_each(|also| item.value(format!("value {} also", value.name), also));
        }
    }
    fact.old_values.iter().for_each(|old| item.debug("old value", old));
    fact.industries.iter().for_each(|start| item.value("industry", start));
    item
}

fn of_derivations(book: &RuleBook) -> impl Iterator<Item = Item> {
    book.derivations.iter().map(|derivation| {
        let fact = book.catalogue.fact(derivation.fact);
        let mut item = Item::new(ItemKind::Derivation, &fact.name, &fact.label);
        item.value("source", &derivation.source);
        let mut condition = |name: &str, condition: &crate::condition::Condition| {
            item.value(format!("{name} when"), condition.canonical(&book.catalogue));
        };
        match &derivation.rule {
            DerivedAs::Yes(when) => condition("yes", when),
            DerivedAs::AtMost(list) => {
                for (index, when) in (0..).zip(list) {
                    condition(&format!("at most {}", fact.value_name(index)), when);
                }
            }
            DerivedAs::Value(list) | DerivedAs::IncludesValue(list) => {
                list.iter().for_each(|(value, when)| condition(fact.value_name(*value), when));
            }
            DerivedAs::IncludesCode(list) => {
                list.iter().for_each(|(code, when)| condition(code, when));
            }
        }
        for (text, when) in &derivation.explanations {
            item.text("because", text);
            item.value(format!("because {} when", text.zh), when.canonical(&book.catalogue));
        }
        item
    })
}

fn of_overlay(book: &RuleBook, overlay: &Overlay) -> Item {
    let mut item = Item::new(ItemKind::Overlay, &overlay.id, &overlay.name);
    item.text("name", &overlay.name);
    item.text("by", &overlay.by);
    item.debug("pages", &overlay.theme);
    for note in &overlay.notes {
        let support = &book.supports.at(note.support).id;
        let area = if note.area.is_empty() { "nation-wide" } else { &note.area };
        item.text(format!("note {support} {area}"), &note.text);
    }
    item
}

fn of_channel(book: &RuleBook, channel: &Channel) -> Item {
    let mut item = Item::new(ItemKind::Channel, &channel.id, &channel.name);
    item.text("name", &channel.name);
    item.text("does", &channel.does);
    for contact in &channel.contacts {
        let Contact { area, phone, url, source, date, confidence, office, address, hours, overlay } =
            contact;
        let area = if area.is_empty() { "nation-wide" } else { area };
        for (name, text) in [("office", office), ("address", address), ("hours", hours)] {
            text.iter().for_each(|text| item.text(format!("contact {area} {name}"), text));
        }
        let by = overlay.map(|overlay| &book.overlays.at(overlay).id);
        by.into_iter().for_each(|by| item.value(format!("contact {area} by"), by));
        phone.iter().for_each(|phone| item.value(format!("contact {area} phone"), phone));
        url.iter().for_each(|url| item.value(format!("contact {area} url"), url));
        item.value(format!("contact {area} source"), source);
        item.value(format!("contact {area} date"), date);
        item.value(format!("contact {area} confidence"), confidence);
    }
    item
}
