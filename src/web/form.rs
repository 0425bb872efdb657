//! The form's fields: made from the catalogue, read back into a profile.

use crate::facts::{
    Catalogue, Fact, FactId, FaultKind, Format, Kind, Notice, Profile, Reference, Value,
};
use crate::plan::Plan;
use crate::wording::{self, Lang};

/// A group of fields.
pub(super) struct GroupView {
    pub(super) label: String,
    pub(super) fields: Vec<FieldView>,
}

/// One field.
pub(super) struct FieldView {
    pub(super) name: String,
    pub(super) question: String,
    pub(super) help: String,
    pub(super) unit: String,
    pub(super) placeholder: String,
    /// The list that an input may be chosen from, by its id.
    pub(super) list: &'static str,
    pub(super) numeric: bool,
    /// For a choice: value, label, chosen.
    pub(super) options: Vec<(String, String, bool)>,
    pub(super) value: String,
    pub(super) error: Option<String>,
}

/// What the form said: per fact the texts as given, what they were read as, and what is wrong.
pub(super) struct Submission {
    pub(super) profile: Profile,
    pub(super) given: Vec<(FactId, String)>,
    pub(super) faults: Vec<(FactId, FaultKind)>,
}

impl Submission {
    /// A form that nobody filled in.
    pub(super) fn empty(catalogue: &Catalogue) -> Self {
        Self { profile: Profile::empty(catalogue), given: Vec::new(), faults: Vec::new() }
    }

    /// Reads the pairs of a form. Names that are no facts are passed over.
    pub(super) fn read(plan: &Plan, pairs: &[(String, String)]) -> Self {
        let book = &plan.book;
        let mut read = Self::empty(&book.catalogue);
        let mut notices: Vec<Notice> = Vec::new();
        for fact in &book.catalogue.facts {
            let texts: Vec<&str> = (pairs.iter())
                .filter(|(name, _)| *name == fact.name)
                .map(|(_, text)| text.as_str())
                .collect();
            let words = ["不清楚", "不知道", "unknown", "don't know"];
            let unknown = texts.iter().any(|text| words.contains(&text.trim()));
            let texts = if unknown { vec!["unknown"] } else { texts };
            let given = texts.join(" ");
            if !given.trim().is_empty() {
                read.given.push((fact.id, given));
            }
            match Profile::read_text(fact, &texts, &book.reference, &mut notices) {
                Ok(value) => read.profile.set(fact.id, value),
                Err(kind) => read.faults.push((fact.id, kind)),
            }
        }
        // What must not be kept is not shown again either.
        let personal = |fact: FactId| {
            read.faults.iter().any(|(id, kind)| *id == fact && *kind == FaultKind::PersonalNumber)
        };
        read.given.retain(|(fact, _)| !personal(*fact));
        read.profile.notices = notices;
        read
    }
}

/// The facts that the form asks: those that follow from no others, those worth asking anyway, and
/// those that were given or are the next to ask.
fn asked<'a>(
    plan: &'a Plan,
    submission: &'a Submission,
    next: &'a [FactId],
) -> impl Iterator<Item = &'a Fact> {
    plan.book.catalogue.facts.iter().filter(|fact| {
        !plan.is_derived(fact.id)
            || fact.rank.is_some()
            || next.contains(&fact.id)
            || submission.given.iter().any(|(id, _)| *id == fact.id)
    })
}

/// The form, filled with what was submitted.
pub(super) fn groups(
    plan: &Plan,
    submission: &Submission,
    next: &[FactId],
    lang: Lang,
) -> Vec<GroupView> {
    let catalogue = &plan.book.catalogue;
    let mut groups: Vec<GroupView> = Vec::new();
    let mut last = usize::MAX;
    for fact in asked(plan, submission, next) {
        if fact.group != last {
            last = fact.group;
            let label = catalogue.groups.get(last).map_or("", |group| lang.of(&group.label));
            groups.push(GroupView { label: label.to_owned(), fields: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.fields.push(field(catalogue, fact, submission, lang));
        }
    }
    groups
}

fn field(catalogue: &Catalogue, fact: &Fact, submission: &Submission, lang: Lang) -> FieldView {
    let said = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let value = submission.profile.value(fact.id);
    let option =
        |word: &str, label: &str, chosen: bool| (word.to_owned(), label.to_owned(), chosen);
    let fixed = |mut middle: Vec<(String, String, bool)>| {
        let nothing = *value == Value::NotAnswered;
        let mut options = vec![option("", said("请选择", "choose"), nothing)];
        options.append(&mut middle);
        options.push(option("unknown", said("不清楚", "don't know"), *value == Value::Unknown));
        options
    };
    let options = match &fact.kind {
        Kind::Bool => fixed(vec![
            option("true", said("是", "yes"), *value == Value::Bool(true)),
            option("false", said("否", "no"), *value == Value::Bool(false)),
        ]),
        Kind::Word { .. } => fixed(
            (0_u16..)
                .zip(&fact.words)
                .map(|(place, word)| {
                    option(&word.word, lang.of(&word.label), *value == Value::Word(place))
                })
                .collect(),
        ),
        _ => Vec::new(),
    };
    let (list, placeholder) = match &fact.kind {
        Kind::Code { format: Format::Division, none } => (
            "divisions",
            if *none {
                said("六位代码；没有填“无”", "six digits; write none if there is none")
            } else {
                said("六位代码，如330782", "six digits, such as 330782")
            },
        ),
        Kind::Code { format: Format::Industry, .. } => {
            ("industries", said("行业代码，如F52或F5292", "a code, such as F52 or F5292"))
        }
        Kind::Code { .. } => ("", said("18位", "18 characters")),
        Kind::Codes { format: Format::Country } => {
            ("", said("如 美国、日本；没有填“无”", "such as US, JP; write none if there are none"))
        }
        Kind::Codes { .. } => {
            ("", said("六位编码，用顿号分开", "six digits each, parted by commas"))
        }
        _ => ("", ""),
    };
    let fault = submission.faults.iter().find(|(id, _)| *id == fact.id).map(|(_, kind)| {
        let fault = crate::facts::Fault {
            pointer: String::new(),
            key: fact.name.clone(),
            fact: Some(fact.id),
            kind: kind.clone(),
        };
        lang.of(&wording::fault(catalogue, &fault)).to_owned()
    });
    let given = submission.given.iter().find(|(id, _)| *id == fact.id);
    FieldView {
        name: fact.name.clone(),
        question: lang.of(&fact.question).to_owned(),
        help: lang.of(&fact.help).to_owned(),
        unit: match &fact.kind {
            Kind::Number { unit, .. } => lang.of(unit).to_owned(),
            _ => String::new(),
        },
        placeholder: placeholder.to_owned(),
        list,
        numeric: matches!(fact.kind, Kind::Number { .. }),
        options,
        value: given.map(|(_, text)| text.clone()).unwrap_or_default(),
        error: fault,
    }
}

/// Codes that an input may be chosen from: provinces and cities, or divisions of industries.
pub(super) fn choices(reference: &Reference, format: Format) -> Vec<(String, String)> {
    let short = |code: &str| match format {
        Format::Division => code.ends_with("00"),
        _ => code.len() == 3,
    };
    reference.list(format).into_iter().filter(|(code, _)| short(code)).collect()
}
