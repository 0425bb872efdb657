//! Turns what the scripts said into the rule book, and says what is missing, twice or impossible.

use super::draft::{DraftDerivation, DraftSupport, Drafts};
use super::load::day;
use super::symbols::{At, Context, Meaning, Sym};
use crate::condition::Condition;
use crate::diagnostic::nearest;
use crate::facts::{Catalogue, FactId, Format, Kind, Reference, Texts};
use crate::files::RuleFiles;
use crate::policy::SentenceId;
use crate::rulebook::{
    Access, BenefitKind, Citation, Conflict, Criterion, Derivation, DerivedAs, Emphasis, Policy,
    RuleBook, Support, Window,
};
use std::collections::{HashMap, HashSet};

/// A book without supports, for when nothing more could be read.
pub(super) fn empty_book(
    files: &RuleFiles,
    reference: Reference,
    kinds: Vec<BenefitKind>,
    policies: Vec<Policy>,
) -> RuleBook {
    RuleBook {
        version: files.version(),
        catalogue: Catalogue::default(),
        reference,
        kinds,
        policies,
        supports: Vec::new(),
        derivations: Vec::new(),
        conflicts: Vec::new(),
    }
}

/// Checks the drafts and makes the book of them; faults go to the context.
pub(super) fn finish(
    context: &Context,
    drafts: Drafts,
    files: &RuleFiles,
    reference: Reference,
    kinds: Vec<BenefitKind>,
    policies: Vec<Policy>,
) -> RuleBook {
    let finisher = Finisher { context, kinds: &kinds, policies: &policies, reference: &reference };
    let derivations = finisher.derivations(drafts.derivations);
    let measures = finisher.measures(&drafts.measures, files);
    let mut ids: HashSet<String> = HashSet::new();
    let mut supports = Vec::new();
    for draft in drafts.supports {
        if !ids.insert(draft.id.clone()) {
            let message = format!("the support `{}` is described twice", draft.id);
            finisher.fault_id(&draft, "duplicate-id", message, "give each support its own id");
        }
        supports.extend(finisher.support(draft, &measures));
    }
    let mut conflicts: Vec<Conflict> = Vec::new();
    for draft in drafts.conflicts {
        if conflicts.iter().any(|other| other.id == draft.id) {
            let message = format!("the conflict `{}` is described twice", draft.id);
            context.fault(&draft.at, "duplicate-id", message, "give each conflict its own id");
        }
        if let Some(condition) = tree(draft.condition) {
            conflicts.push(Conflict { id: draft.id, text: draft.text, condition });
        }
    }
    finisher.account(&supports);
    RuleBook {
        version: files.version(),
        catalogue: context.catalogue.as_ref().clone(),
        reference,
        kinds,
        policies,
        supports,
        derivations,
        conflicts,
    }
}

fn tree(sym: Sym) -> Option<Condition> {
    match sym.0 {
        Some(Meaning::Tree(tree)) => Some(tree),
        _ => None,
    }
}

struct Finisher<'a> {
    context: &'a Context,
    kinds: &'a [BenefitKind],
    policies: &'a [Policy],
    reference: &'a Reference,
}

impl Finisher<'_> {
    fn fault_id(&self, draft: &DraftSupport, code: &'static str, message: String, help: &str) {
        self.context.fault_of_text(&draft.at, &draft.id, code, message, help);
    }

    /// File → (policy, measure).
    fn measures(&self, said: &[(At, i64)], files: &RuleFiles) -> HashMap<String, (usize, u8)> {
        let mut by_file: HashMap<String, (usize, u8)> = HashMap::new();
        for (at, number) in said {
            let place =
                self.policies.iter().position(|p| at.file.starts_with(&format!("rules/{}/", p.id)));
            let number = u8::try_from(*number).ok();
            let measure = place.zip(number).filter(|(policy, number)| {
                self.policies.get(*policy).is_some_and(|p| p.text.measure(*number).is_some())
            });
            let Some((policy, number)) = measure else {
                self.context.fault(
                    at,
                    "unknown-measure",
                    "the text has no such measure",
                    "write the measure's number in the text",
                );
                continue;
            };
            let slug = self
                .policies
                .get(policy)
                .and_then(|p| p.measures.iter().find(|m| m.number == number));
            let expected =
                slug.map(|m| format!("{:02}-{}.rhai", m.number, m.slug)).unwrap_or_default();
            if !at.file.ends_with(&format!("/{expected}")) {
                let message = format!("measure {number} belongs into `{expected}`");
                self.context.fault(
                    at,
                    "wrong-file",
                    message,
                    "rename the file, or correct the number",
                );
            }
            if by_file.insert(at.file.clone(), (policy, number)).is_some() {
                self.context.fault(
                    at,
                    "measure-twice",
                    "`measure` stands twice",
                    "one script describes one measure",
                );
            }
        }
        let folders = self.policies.iter().map(|p| (p, format!("rules/{}", p.id)));
        for (policy, folder) in folders {
            for measure in &policy.measures {
                let file = format!("{folder}/{:02}-{}.rhai", measure.number, measure.slug);
                if files.get(&file).is_none() {
                    let at = At { file, ..At::default() };
                    self.context.fault(
                        &at,
                        "no-script",
                        format!("measure {} has no script", measure.number),
                        "write one, if only `measure(7);` with a comment",
                    );
                }
            }
        }
        by_file
    }

    fn support(
        &self,
        draft: DraftSupport,
        measures: &HashMap<String, (usize, u8)>,
    ) -> Option<Support> {
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
        let Some(&(policy, measure)) = measures.get(&draft.at.file) else {
            self.context.fault(
                &draft.at,
                "no-measure",
                "a support is described before its measure is named",
                "begin the script with `measure(8);`",
            );
            return None;
        };
        let title = self.one_text(&draft, &draft.title, "title");
        let summary = self.one_text(&draft, &draft.summary, "summary");
        let channel = self.one_text(&draft, &draft.channel, "channel");
        let ask = self.one_text(&draft, &draft.ask, "ask");
        let kind = self.one_word(&draft, &draft.benefit, "benefit").and_then(|(at, word)| {
            let place = self.kinds.iter().position(|kind| kind.id == word);
            if place.is_none() {
                let words = self.kinds.iter().map(|kind| kind.id.as_str());
                let help = nearest(&word, words).map_or_else(
                    || "use a kind of rules/kinds.toml".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.context.fault_of_text(
                    &at,
                    &word,
                    "unknown-kind",
                    format!("no kind of benefit is named `{word}`"),
                    help,
                );
            }
            place
        });
        let access =
            self.one_word(&draft, &draft.access, "access").and_then(|(at, word)| {
                match word.as_str() {
                    "apply" => Some(Access::Apply),
                    "indirect" => Some(Access::Indirect),
                    _ => {
                        self.context.fault_of_text(
                            &at,
                            &word,
                            "unknown-access",
                            format!("`{word}` is no access"),
                            "write `apply` (there is a counter to go to) or `indirect`",
                        );
                        None
                    }
                }
            });
        let citations = self.citations(&draft, policy, measure);
        if draft.requires.is_empty() {
            self.fault_id(&draft, "no-criterion", format!("the support `{}` requires nothing", draft.id), "add at least one `.requires(…)`: a support for every firm in the country says nothing");
        }
        let criteria = self.criteria(&draft);
        for rule in &draft.see_also {
            if !["high", "medium", "low"].contains(&rule.confidence.as_str()) {
                let message =
                    format!("`{}` says not how sure `{}` is", rule.confidence, rule.title);
                self.context.fault_of_text(
                    &draft.at,
                    &rule.confidence,
                    "confidence",
                    message,
                    "write `high`, `medium` or `low`",
                );
            }
        }
        let window = self.window(&draft);
        let emphases = draft.emphases.iter().filter_map(|(label, sym)| {
            Some(Emphasis { label: label.clone(), condition: tree(sym.clone())? })
        });
        let emphases = emphases.collect();
        Some(Support {
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
            channel: channel?,
            ask: ask?,
            note: draft.note.into_iter().next(),
            see_also: draft.see_also,
            window,
        })
    }

    fn one_text(&self, draft: &DraftSupport, given: &[Texts], name: &'static str) -> Option<Texts> {
        self.exactly_one(draft, given.len(), name);
        let text = given.first()?;
        if text.zh.trim().is_empty() || text.en.trim().is_empty() {
            self.fault_id(
                draft,
                "empty-text",
                format!("the `{name}` of `{}` is empty in one language", draft.id),
                "write it in Chinese and in English",
            );
        }
        Some(text.clone())
    }

    fn one_word(
        &self,
        draft: &DraftSupport,
        given: &[(At, String)],
        name: &'static str,
    ) -> Option<(At, String)> {
        self.exactly_one(draft, given.len(), name);
        given.first().cloned()
    }

    fn exactly_one(&self, draft: &DraftSupport, count: usize, name: &'static str) {
        let (code, message) = match count {
            0 => (missing_code(name), format!("the support `{}` has no `{name}`", draft.id)),
            1 => return,
            _ => ("said-twice", format!("the support `{}` says its `{name}` twice", draft.id)),
        };
        let form = super::build::SIGNATURES.iter().find(|(known, _)| *known == name);
        let form = form.map_or("", |(_, form)| form);
        self.fault_id(draft, code, message, &format!("write one `{form}`"));
    }

    fn citations(&self, draft: &DraftSupport, policy: usize, measure: u8) -> Vec<Citation> {
        if draft.cites.is_empty() {
            self.fault_id(
                draft,
                "no-citation",
                format!("the support `{}` cites nothing", draft.id),
                "add `.cites(\"8.4\", \"…\")` with words of the text",
            );
        }
        let Some(text) = self.policies.get(policy).map(|p| &p.text) else { return Vec::new() };
        let mut kept = Vec::new();
        for (at, sentence, quote) in &draft.cites {
            let Some(id) =
                sentence.parse::<SentenceId>().ok().filter(|id| text.sentence(*id).is_some())
            else {
                let last = text.measure(measure).map_or(0, |m| m.sentences.len());
                let help = format!(
                    "measure {measure} has the sentences {measure}.1 to {measure}.{last}; its title is not counted"
                );
                self.context.fault_of_text(
                    at,
                    sentence,
                    "unknown-sentence",
                    format!("the text has no sentence `{sentence}`"),
                    help,
                );
                continue;
            };
            if id.measure != measure {
                self.context.fault_of_text(
                    at,
                    sentence,
                    "other-measure",
                    format!("sentence `{id}` is not of measure {measure}"),
                    "describe the support in the script of the measure that it comes from",
                );
            }
            match text.locate(id, quote).filter(|_| !quote.is_empty()) {
                Some(range) => kept.push(Citation { sentence: id, quote: quote.clone(), range }),
                None => {
                    let whole = text.sentence(id).unwrap_or("");
                    let help = format!("copy words of it, to the character: {whole}");
                    self.context.fault_of_text(
                        at,
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

    fn criteria(&self, draft: &DraftSupport) -> Vec<Criterion> {
        let mut taken: HashMap<String, usize> = HashMap::new();
        let criteria = draft.requires.iter().filter_map(|criterion| {
            let condition = tree(criterion.condition.clone())?;
            let names: Vec<&str> = (condition.facts().iter())
                .map(|fact| self.context.catalogue.fact(fact).name.as_str())
                .collect();
            let mut id = format!("{}/{}", draft.id, names.join("+"));
            let count = taken.entry(id.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                id = format!("{id}-{count}");
            }
            Some(Criterion {
                id,
                label: criterion.label.clone(),
                basis: criterion.basis.clone(),
                condition,
            })
        });
        criteria.collect()
    }

    fn window(&self, draft: &DraftSupport) -> Window {
        let date = |at: &At, text: &str| {
            let read = day(text);
            if read.is_none() {
                self.context.fault_of_text(
                    at,
                    text,
                    "date",
                    format!("`{text}` is not a day"),
                    "write it as \"2025-12-31\"",
                );
            }
            read
        };
        Window {
            opens: draft.opens.first().and_then(|(at, text)| date(at, text)),
            closes: draft
                .closes
                .first()
                .and_then(|(at, text, why)| Some((date(at, text)?, why.clone()))),
            lapsed: draft
                .lapsed
                .first()
                .and_then(|(at, text, why)| Some((date(at, text)?, why.clone()))),
        }
    }

    /// Every sentence is cited or background, and none is both.
    fn account(&self, supports: &[Support]) {
        for (place, policy) in self.policies.iter().enumerate() {
            let file = format!("rules/{}/background.toml", policy.id);
            for id in policy.text.sentence_ids() {
                let cited = supports
                    .iter()
                    .any(|s| s.policy == place && s.citations.iter().any(|c| c.sentence == id));
                let background = policy.background.iter().any(|b| b.sentence == id);
                let (code, message, help) = match (cited, background) {
                    (false, false) => (
                        "sentence-unaccounted",
                        format!(
                            "sentence {id} is neither cited nor background: {}",
                            policy.text.sentence(id).unwrap_or("")
                        ),
                        "cite it in a support, or give the reason in background.toml",
                    ),
                    (true, true) => (
                        "sentence-both",
                        format!("sentence {id} is background, yet a support cites it"),
                        "remove one of the two",
                    ),
                    _ => continue,
                };
                let at = At { file: file.clone(), ..At::default() };
                self.context.fault(&at, code, message, help);
            }
        }
    }

    fn derivations(&self, drafts: Vec<DraftDerivation>) -> Vec<Derivation> {
        let mut derivations: Vec<(At, Derivation)> = Vec::new();
        for draft in drafts {
            let Some(fact) = draft.fact else { continue };
            let name = &self.context.catalogue.fact(fact).name;
            if derivations.iter().any(|(_, other)| other.fact == fact) {
                let message = format!("`{name}` is derived twice");
                self.context.fault(&draft.at, "duplicate-id", message, "join the two with `or`");
                continue;
            }
            let source = match draft.source.as_slice() {
                [(title, date)] => format!("{title}，{date}"),
                _ => {
                    let message =
                        format!("the derivation of `{name}` does not name its source once");
                    self.context.fault(
                        &draft.at,
                        "no-source",
                        message,
                        "add one `.source(\"rule or list\", \"date\")`",
                    );
                    String::new()
                }
            };
            let at = draft.at.clone();
            if let Some(rule) = self.derived_as(fact, draft) {
                derivations.push((at, Derivation { fact, rule, source }));
            }
        }
        self.in_order(derivations)
    }

    fn derived_as(&self, id: FactId, draft: DraftDerivation) -> Option<DerivedAs> {
        let fact = self.context.catalogue.fact(id);
        let (method, form) = match &fact.kind {
            Kind::Bool => ("when", ".when(condition)"),
            Kind::Word { ordered: false } => ("value", ".value(\"word\", condition)"),
            Kind::Word { ordered: true } => {
                ("at_most", ".at_most(\"word\", condition) for every value but the last, in order")
            }
            Kind::Words | Kind::Codes { .. } => ("includes", ".includes(\"word\", condition)"),
            Kind::Number { .. } | Kind::Code { .. } => {
                ("", "only yes/no facts, words and lists can be derived")
            }
        };
        let wrong = |at: &At| {
            let message = format!("this is not how `{}` can be derived", fact.name);
            self.context.fault(at, "derivation", message, format!("write {form}"));
        };
        let fits = draft.values.iter().all(|(_, used, ..)| *used == method)
            && (draft.when.is_empty() || method == "when")
            && (!draft.values.is_empty() || !draft.when.is_empty());
        if !fits {
            wrong(&draft.at);
            return None;
        }
        if method == "when" {
            let conditions: Option<Vec<Condition>> = draft.when.into_iter().map(tree).collect();
            return Some(DerivedAs::Yes(Condition::or(conditions?)));
        }
        let codes = matches!(fact.kind, Kind::Codes { .. });
        let mut words = Vec::new();
        let mut texts = Vec::new();
        for (at, _, word, sym) in draft.values {
            let condition = tree(sym)?;
            if codes {
                let country = matches!(fact.kind, Kind::Codes { format: Format::Country });
                if country && self.reference.country(&word) != Some(word.as_str()) {
                    self.context.fault_of_text(
                        &at,
                        &word,
                        "impossible-code",
                        format!("no country has the code `{word}`"),
                        "write two capital letters of ISO 3166-1",
                    );
                }
                texts.push((word, condition));
            } else if let Some(place) = self.context.word(&at, id, &word) {
                words.push((place, condition));
            }
        }
        Some(match method {
            "value" => DerivedAs::Value(words),
            "at_most" => {
                if !words
                    .iter()
                    .map(|(place, _)| usize::from(*place))
                    .eq(0..fact.words.len().saturating_sub(1))
                {
                    wrong(&draft.at);
                    return None;
                }
                DerivedAs::AtMost(words.into_iter().map(|(_, condition)| condition).collect())
            }
            _ if codes => DerivedAs::IncludesCode(texts),
            _ => DerivedAs::IncludesWord(words),
        })
    }

    /// Sorts derivations so that each comes after those that it needs.
    fn in_order(&self, derivations: Vec<(At, Derivation)>) -> Vec<Derivation> {
        let mut waiting = derivations;
        let mut sorted: Vec<Derivation> = Vec::new();
        while !waiting.is_empty() {
            let open: Vec<FactId> = waiting.iter().map(|(_, d)| d.fact).collect();
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(_, derivation)| {
                    let needs = derivation.rule.conditions();
                    !needs.iter().any(|c| c.facts().iter().any(|fact| open.contains(&fact)))
                });
            if ready.is_empty() {
                for (at, derivation) in &rest {
                    let name = &self.context.catalogue.fact(derivation.fact).name;
                    self.context.fault(
                        at,
                        "derivation-circle",
                        format!("`{name}` follows from itself, through other derived facts"),
                        "derive it from facts that the firm states",
                    );
                }
                break;
            }
            sorted.extend(ready.into_iter().map(|(_, derivation)| derivation));
            waiting = rest;
        }
        sorted
    }
}

fn missing_code(name: &str) -> &'static str {
    match name {
        "title" => "missing-title",
        "summary" => "missing-summary",
        "channel" => "missing-channel",
        "ask" => "missing-ask",
        "benefit" => "missing-benefit",
        _ => "missing-access",
    }
}
