//! Supports: everything stated once, in both languages, with words of the text that really stand
//! there.

use super::{Finished, Finisher, tree};
use crate::diagnostic::nearest;
use crate::facts::LocalizedText;
use crate::policy::SentenceId;
use crate::rulebook::{
    Access, Basis, ChannelId, Citation, Criterion, Emphasis, InForce, NextStep, PaperId, PolicyId,
    Support, Window,
};
use crate::script::build::SIGNATURES;
use crate::script::dates::day;
use crate::script::draft::{DraftChannel, DraftSupport, Office};
use crate::script::symbols::Location;
use foldhash::{HashMap, HashSet};
use jiff::civil::Date;
use std::sync::Arc;

impl Finisher<'_> {
    pub(super) fn support(
        &self,
        draft: DraftSupport,
        measures: &HashMap<Arc<str>, (PolicyId, u8)>,
    ) -> Option<Finished> {
        let kebab = |id: &str| {
            !id.is_empty()
                && id.split('-').all(|part| {
                    !part.is_empty()
                        && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                })
        };
        if !kebab(&draft.id) {
            let message = format!("`{}` cannot be a support's id", draft.id);
            self.fault_id(
                &draft,
                "support-id",
                message,
                "use lower-case letters and digits, parted by `-`",
            );
        }
        let Some(&(policy, measure)) = measures.get(&draft.location.file) else {
            self.context.fault(
                &draft.location,
                "no-measure",
                "a support is described before its measure is named",
                "begin the script with `measure(8);`",
            );
            return None;
        };
        let title = self.one_text(&draft, &draft.title, "title");
        let summary = self.one_text(&draft, &draft.summary, "summary");
        let next_steps = self.next_steps(&draft);
        let kind =
            self.one_value(&draft, &draft.benefit, "benefit").and_then(|(location, value)| {
                let index = self.kinds.iter().position(|kind| kind.id == value);
                if index.is_none() {
                    let values = self.kinds.iter().map(|kind| kind.id.as_str());
                    let help = nearest(&value, values).map_or_else(
                        || "use a kind of rules/kinds.toml".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.context.fault_of_text(
                        &location,
                        &value,
                        "unknown-kind",
                        format!("no kind of benefit is named `{value}`"),
                        help,
                    );
                }
                index
            });
        let access = self.one_value(&draft, &draft.access, "access").and_then(
            |(location, value)| match value.as_str() {
                "apply" => Some(Access::Apply),
                "indirect" => Some(Access::Indirect),
                _ => {
                    self.context.fault_of_text(
                        &location,
                        &value,
                        "unknown-access",
                        format!("`{value}` is no access"),
                        "write `apply` (there is a counter to go to) or `indirect`",
                    );
                    None
                }
            },
        );
        let citations = self.citations(&draft, policy, measure);
        if draft.requires.is_empty() && !draft.broken && self.policies.at(policy).area.is_none() {
            self.fault_id(&draft, "no-criterion", format!("the support `{}` requires nothing", draft.id), "add at least one `.requires(…)` or `.needs(…)`: a support for every firm in the country says nothing");
        }
        let cited = |amount: &&LocalizedText| {
            let text = &self.policies.at(policy).text;
            citations.iter().any(|citation| text.locate(citation.sentence, &amount.zh).is_some())
        };
        if let Some(amount) = draft.amount.iter().find(|amount| !cited(amount)) {
            self.context.fault_of_text(
                &draft.location,
                &amount.zh,
                "quote-not-found",
                "these words stand in no sentence that the support cites".to_owned(),
                "copy the words of the text on the amount, to the character",
            );
        }
        let criteria = self.criteria(&draft, policy);
        self.check_texts(&draft);
        for criterion in &criteria {
            self.codes_exist(&draft.location, &criterion.condition);
        }
        for rule in &draft.see_also {
            self.is_dated(&draft.location, &rule.date);
            if !["high", "medium", "low"].contains(&rule.confidence.as_str()) {
                let message =
                    format!("`{}` says not how sure `{}` is", rule.confidence, rule.title);
                self.context.fault_of_text(
                    &draft.location,
                    &rule.confidence,
                    "confidence",
                    message,
                    "write `high`, `medium` or `low`",
                );
            }
        }
        let window = self.window(&draft, &self.policies.at(policy).in_force);
        let emphases = draft.emphases.iter().filter_map(|(label, symbolic)| {
            Some(Emphasis { label: label.clone(), condition: tree(symbolic.clone())? })
        });
        let emphases: Vec<Emphasis> = emphases.collect();
        for emphasis in &emphases {
            self.codes_exist(&draft.location, &emphasis.condition);
        }
        let support = Support {
            id: draft.id,
            policy,
            measure,
            title: title?,
            summary: summary?,
            kind: kind?,
            access: access?,
            citations,
            criteria,
            emphases,
            confirm: draft.confirm,
            next_steps,
            note: draft.note.into_iter().next(),
            amount: draft.amount.into_iter().next(),
            relations: Vec::new(),
            named_by: Vec::new(),
            see_also: draft.see_also,
            window,
        };
        Some(Finished { location: draft.location, support, relations: draft.relations })
    }

    /// No text is empty in one language, and nothing that may be stated once is stated twice.
    pub(super) fn check_texts(&self, draft: &DraftSupport) {
        let reasons = draft.requires.iter().filter_map(|criterion| match &criterion.basis {
            Basis::Interpreted { reason } => Some(reason),
            _ => None,
        });
        let labels = draft.requires.iter().map(|criterion| &criterion.label);
        let emphases = draft.emphases.iter().map(|(label, _)| label);
        let endings = draft.closes.iter().chain(&draft.lapsed).map(|(_, _, reason)| reason);
        let all = labels.chain(reasons).chain(emphases).chain(endings);
        let differences =
            draft.relations.iter().filter_map(|relation| relation.difference.as_ref());
        let all =
            all.chain(&draft.confirm).chain(&draft.note).chain(&draft.amount).chain(differences);
        let all = all.chain(draft.channels.iter().flat_map(|channel| &channel.asks));
        let offices = draft.channels.iter().filter_map(|channel| match &channel.office {
            Office::Words(name) => Some(name),
            Office::Id(_) => None,
        });
        let all = all.chain(offices);
        for _ in all.filter(|text| text.lacks_a_language()) {
            let message = format!("a text of `{}` is empty in one language", draft.id);
            self.fault_id(draft, "empty-text", message, "write it in Chinese and in English");
        }
        for (name, count) in [
            ("note", draft.note.len()),
            ("amount", draft.amount.len()),
            ("opens", draft.opens.len()),
            ("closes", draft.closes.len()),
            ("lapsed", draft.lapsed.len()),
        ] {
            if count > 1 {
                self.exactly_one(draft, count, name);
            }
        }
    }

    pub(super) fn one_text(
        &self,
        draft: &DraftSupport,
        given: &[LocalizedText],
        name: &'static str,
    ) -> Option<LocalizedText> {
        self.exactly_one(draft, given.len(), name);
        let text = given.first()?;
        if text.lacks_a_language() {
            self.fault_id(
                draft,
                "empty-text",
                format!("the `{name}` of `{}` is empty in one language", draft.id),
                "write it in Chinese and in English",
            );
        }
        Some(text.clone())
    }

    pub(super) fn one_value(
        &self,
        draft: &DraftSupport,
        given: &[(Location, String)],
        name: &'static str,
    ) -> Option<(Location, String)> {
        self.exactly_one(draft, given.len(), name);
        given.first().cloned()
    }

    pub(super) fn exactly_one(&self, draft: &DraftSupport, count: usize, name: &'static str) {
        let (code, message) = match count {
            0 if draft.broken => return,
            0 => (missing_code(name), format!("the support `{}` has no `{name}`", draft.id)),
            1 => return,
            _ => ("said-twice", format!("the support `{}` says its `{name}` twice", draft.id)),
        };
        let form = SIGNATURES.iter().find(|(known, _)| *known == name);
        let form = form.map_or("", |(_, form)| form);
        self.fault_id(draft, code, message, &format!("write one `{form}`"));
    }

    pub(super) fn citations(
        &self,
        draft: &DraftSupport,
        policy: PolicyId,
        measure: u8,
    ) -> Vec<Citation> {
        if draft.cites.is_empty() && !draft.broken {
            self.fault_id(
                draft,
                "no-citation",
                format!("the support `{}` cites nothing", draft.id),
                "add `.cites(\"8.4\", \"…\")` with words of the text",
            );
        }
        let text = &self.policies.at(policy).text;
        let mut kept = Vec::new();
        for (location, sentence, quote) in &draft.cites {
            let Some(id) =
                sentence.parse::<SentenceId>().ok().filter(|id| text.sentence(*id).is_some())
            else {
                let sentences = text.measure(measure).map_or(&[][..], |m| &m.sentences);
                let shown = |id: SentenceId| {
                    let start: String = text.sentence(id).unwrap_or("").chars().take(12).collect();
                    format!("{id} “{start}…”")
                };
                let help = match sentences {
                    [] => format!("measure {measure} has no sentences"),
                    [first, .., last] => format!(
                        "measure {measure} has the sentences {} to {}; its title is not counted",
                        shown(first.id),
                        shown(last.id)
                    ),
                    [one] => format!("measure {measure} has the sentence {}", one.id),
                };
                self.context.fault_of_text(
                    location,
                    sentence,
                    "unknown-sentence",
                    format!("the text has no sentence `{sentence}`"),
                    help,
                );
                continue;
            };
            // A support comes from one measure; what it asks for may stand in others.
            if id.measure != measure && kept.is_empty() {
                self.context.fault_of_text(
                    location,
                    sentence,
                    "other-measure",
                    format!("the first citation, sentence `{id}`, is not of measure {measure}"),
                    "describe the support in the script of the measure that it comes from",
                );
            }
            match text.locate(id, quote).filter(|_| !quote.is_empty()) {
                Some(range) => kept.push(Citation { sentence: id, quote: quote.clone(), range }),
                None => {
                    let whole = text.sentence(id).unwrap_or("");
                    let help = format!("copy words of it, to the character: {whole}");
                    self.context.fault_of_text(
                        location,
                        quote,
                        "quote-not-found",
                        format!("these words do not stand in sentence {id}"),
                        help,
                    );
                }
            }
        }
        kept
    }

    /// Where to go, with what to ask and bring there.
    fn next_steps(&self, draft: &DraftSupport) -> Vec<NextStep> {
        // Where there were no channels, the office and the question stood in any order.
        let words =
            matches!(draft.channels.as_slice(), [DraftChannel { office: Office::Words(_), .. }]);
        let early = draft.misplaced.iter().filter(|_| words);
        let early: Vec<LocalizedText> = early.filter_map(|(.., ask)| ask.clone()).collect();
        let misplaced = draft.misplaced.iter().filter(|(.., ask)| !words || ask.is_none());
        for (location, method, _) in misplaced {
            let message = format!("`{method}` stands before the office that it is for");
            let help = "write `.channel(\"sinosure\")` first";
            self.context.fault(location, "no-office", message, help);
        }
        if draft.channels.is_empty() && !draft.broken {
            self.exactly_one(draft, 0, "channel");
        }
        let mut seen = HashSet::default();
        let steps = draft.channels.iter().filter_map(|channel| {
            let asks: Vec<LocalizedText> = early.iter().chain(&channel.asks).cloned().collect();
            if asks.is_empty() && !draft.broken {
                let message = format!("the support `{}` asks nothing at an office", draft.id);
                let help = "write `.ask(\"中文\", \"English\")` after its `.channel(…)`";
                self.context.fault(&channel.location, "missing-ask", message, help);
            }
            let (id, name) = match &channel.office {
                Office::Words(name) => {
                    let message = "an office is named in words, not by its id";
                    let help = "add it to rules/channels.toml, and write `.channel(\"its-id\")`";
                    self.context.fault(&channel.location, "office-in-words", message, help);
                    (None, name.clone())
                }
                Office::Id(id) => {
                    let index = self.channels.iter().position(|known| known.id == *id);
                    let Some(index) = index.map(ChannelId::from) else {
                        let ids = self.channels.iter().map(|known| known.id.as_str());
                        self.unknown_id(&channel.location, id, ids, "unknown-channel", "channel");
                        return None;
                    };
                    if !seen.insert(index) {
                        let message = format!("`{id}` stands twice in `{}`", draft.id);
                        let help = "put all that is asked there after one `.channel(…)`";
                        self.context.fault(&channel.location, "channel-twice", message, help);
                    }
                    (Some(index), self.channels.at(index).name.clone())
                }
            };
            let papers = channel.papers.iter().filter_map(|(location, id)| {
                let index = self.papers.iter().position(|known| known.id == *id);
                if index.is_none() {
                    let ids = self.papers.iter().map(|known| known.id.as_str());
                    self.unknown_id(location, id, ids, "unknown-paper", "paper");
                }
                index.map(PaperId::from)
            });
            Some(NextStep { channel: id, name, asks, papers: papers.collect() })
        });
        steps.collect()
    }

    /// Reports an id that rules/channels.toml does not have.
    fn unknown_id<'i>(
        &self,
        location: &Location,
        id: &str,
        ids: impl Iterator<Item = &'i str>,
        code: &'static str,
        what: &str,
    ) {
        let named = self.channels.iter().find(|channel| channel.name.zh == *id);
        if let Some(channel) = named.filter(|_| what == "channel") {
            let message = format!("no {what} has the id `{id}`");
            let help = format!("write its id: `{}`", channel.id);
            return self.context.fault_of_text(location, id, code, message, help);
        }
        let help = nearest(id, ids).map_or_else(
            || format!("add a `[[{what}]]` to rules/channels.toml"),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("no {what} is named `{id}`");
        self.context.fault_of_text(location, id, code, message, help);
    }

    /// The criteria of a draft, that its document holds where the firm is before them.
    pub(super) fn criteria(&self, draft: &DraftSupport, policy: PolicyId) -> Vec<Criterion> {
        let mut taken: HashMap<String, usize> = HashMap::default();
        let area = self.policies.at(policy).area.iter();
        let area = area.map(|area| (&area.label, &Basis::Area, Some(Arc::clone(&area.condition))));
        let own = draft.requires.iter().map(|criterion| {
            (&criterion.label, &criterion.basis, tree(criterion.condition.clone()))
        });
        let criteria = area.chain(own).filter_map(|(label, basis, condition)| {
            let condition = condition?;
            let names: Vec<&str> = (condition.facts().iter())
                .map(|fact| self.context.catalogue.fact(fact).name.as_str())
                .collect();
            let mut id = format!("{}/{}", draft.id, names.join("+"));
            let count = taken.entry(id.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                id = format!("{id}-{count}");
            }
            Some(Criterion { id, label: label.clone(), basis: basis.clone(), condition })
        });
        criteria.collect()
    }

    pub(super) fn window(&self, draft: &DraftSupport, in_force: &InForce) -> Window {
        let date = |location: &Location, text: &str| {
            let read = day(text);
            if read.is_none() {
                self.context.fault_of_text(
                    location,
                    text,
                    "date",
                    format!("`{text}` is not a day"),
                    "write it as \"2025-12-31\"",
                );
            }
            read
        };
        let window = Window {
            opens: draft.opens.first().and_then(|(location, text)| date(location, text)),
            closes: draft
                .closes
                .first()
                .and_then(|(location, text, why)| Some((date(location, text)?, why.clone()))),
            lapsed: draft
                .lapsed
                .first()
                .and_then(|(location, text, why)| Some((date(location, text)?, why.clone()))),
        };
        // `opens` and `closes` are days on which it is open, `lapsed` is one on which it is not.
        let window = bounded(window, in_force);
        let opens = window.opens.unwrap_or(in_force.from);
        let closes_before = window.closes.as_ref().is_some_and(|(day, _)| *day < opens);
        let lapses_before = window.lapsed.as_ref().is_some_and(|(day, _)| *day <= opens);
        let closes = draft.closes.first().filter(|_| closes_before);
        let lapsed = draft.lapsed.first().filter(|_| lapses_before);
        let ends = closes.or(lapsed).map(|(location, text, _)| (location, text));
        let begins = draft.opens.first().filter(|_| closes_before || lapses_before);
        if let Some((location, text)) = ends.or(begins.map(|(location, text)| (location, text))) {
            let message = format!(
                "the support `{}` is never open: its days and those of its document leave none",
                draft.id
            );
            self.context.fault_of_text(
                location,
                text,
                "window",
                message,
                "correct one of the days",
            );
        }
        window
    }
}

/// A support is open only while its document holds.
fn bounded(mut window: Window, in_force: &InForce) -> Window {
    window.opens = window.opens.max(Some(in_force.from));
    if let Some(until) = in_force.until {
        let (zh, en) = both_days(until);
        let reason = LocalizedText {
            zh: format!("文件施行到{zh}为止。"),
            en: format!("The document is in force until {en}."),
        };
        let own = window.closes.take().filter(|(day, _)| *day <= until);
        window.closes = Some(own.unwrap_or((until, reason)));
    }
    if let Some(replaced) = &in_force.replaced {
        let (zh, en) = both_days(replaced.on);
        let reason = LocalizedText {
            zh: format!("{zh}起，这份文件由{}代替。", replaced.by),
            en: format!("Since {en} {} stands in the place of this document.", replaced.by),
        };
        let own = window.lapsed.take().filter(|(day, _)| *day <= replaced.on);
        window.lapsed = Some(own.unwrap_or((replaced.on, reason)));
    }
    window
}

/// A day in Chinese and in English.
fn both_days(day: Date) -> (String, String) {
    let zh = format!("{}年{}月{}日", day.year(), day.month(), day.day());
    (zh, day.strftime("%-d %B %Y").to_string())
}

fn missing_code(name: &str) -> &'static str {
    match name {
        "title" => "missing-title",
        "summary" => "missing-summary",
        "channel" => "missing-channel",
        "benefit" => "missing-benefit",
        _ => "missing-access",
    }
}
