//! The fields of a page: made from the catalogue, and read back.
//!
//! A field is shown from the pairs that a form sends, whether they were sent or are made of the
//! answers so far, so that a wrong answer is shown again as it was typed. Out come views for the
//! templates, and values, ranges or errors. A personal number is not shown again.

use super::progress::Progress;
use super::ranges::{self, Range};
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::search::{self, Find, Meaning};
use export_advisor_core::evaluate::Question;
use export_advisor_core::facts::{Fact, FaultKind, Format, Kind, Notice, Profile, Value};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::{self, Lang, ValidationError};

/// What a form sent: names and values, in order.
pub(super) type Pairs = Vec<(String, String)>;

/// The fields of a form. A page has some three hundred at most, and each is searched for among all that were sent.
const MOST_FIELDS: usize = 2000;

/// Reads what a form sent.
///
/// # Errors
/// It is no form, or has more fields than any page.
pub(super) fn pairs(body: &[u8]) -> Result<Pairs, Problem> {
    if memchr::memchr_iter(b'&', body).count() >= MOST_FIELDS {
        let detail = format!("a form may have {MOST_FIELDS} fields");
        return Err(Problem::new(ProblemCode::TooLarge).with(detail));
    }
    serde_urlencoded::from_bytes(body).map_err(|_| Problem::new(ProblemCode::BadBody))
}

/// One field.
#[derive(Default)]
pub(super) struct FieldView {
    /// The fact's name: the field's id and name.
    pub(super) id: String,
    pub(super) label: String,
    pub(super) question: String,
    pub(super) help: String,
    /// Why it is asked.
    pub(super) why: String,
    pub(super) error: String,
    /// Chosen from with one choice (`radios`), several (`checks`), or written (`text`).
    pub(super) control: &'static str,
    pub(super) options: Vec<OptionView>,
    pub(super) value: String,
    pub(super) unit: String,
    pub(super) example: &'static str,
    /// The list that the script searches for names: `place`, `industry`, `country`, or nowhere.
    pub(super) search: &'static str,
    /// What the script says where nothing is found.
    pub(super) nothing: String,
    pub(super) numeric: bool,
    /// What the text may mean, to choose from.
    pub(super) finds: Vec<OptionView>,
    pub(super) more: bool,
    /// The text that was asked about: sent again as it is, it is left at that.
    pub(super) offered: String,
    pub(super) ranges: Vec<OptionView>,
    /// Whether none of the ranges is chosen; it can be chosen again, since a choice cannot be undone.
    pub(super) no_range: bool,
    /// Whether “none” can be ticked.
    pub(super) can_be_none: bool,
    pub(super) none: bool,
    /// Whether “don't know” is offered beside it; a credit code can simply be left out.
    pub(super) can_be_unsure: bool,
    pub(super) unsure: bool,
}

/// One thing to choose.
#[derive(Default)]
pub(super) struct OptionView {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) chosen: bool,
}

/// What was entered for one fact.
#[derive(Debug, PartialEq)]
pub(super) enum FieldInput {
    Nothing,
    Value(Value, Vec<Notice>),
    Range(Range),
}

/// The first value that was sent under a name.
pub(super) fn sent<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// All values that were sent under a name.
pub(super) fn all_sent<'a>(pairs: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    pairs.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
}

/// What was written for a fact, and the ticks of what was chosen for it before.
fn written<'a>(pairs: &'a [(String, String)], fact: &Fact) -> Vec<&'a str> {
    let chosen = all_sent(pairs, &format!("{}-chosen", fact.name));
    chosen.into_iter().chain(all_sent(pairs, &fact.name)).collect()
}

/// The words of a fact that a list can tick: all of a list of values; of one value those but `none`
/// (nothing ticked) and `both` (all ticked). None if the fact's words are no such list.
pub(super) fn tickable(fact: &Fact) -> Vec<usize> {
    let is_list = match fact.kind {
        Kind::EnumList => true,
        Kind::Enum { .. } => fact.value_index("none").is_some(),
        _ => false,
    };
    let words = fact.values.iter().enumerate().filter(|_| is_list);
    words.filter(|(_, w)| w.name != "none" && w.name != "both").map(|(index, _)| index).collect()
}

/// Whether a fact can be a tick of a list.
pub(super) fn is_tick(fact: &Fact) -> bool {
    !fact.doubtful && (fact.kind == Kind::Bool || !tickable(fact).is_empty())
}

/// The pairs that a form would send of the answers so far.
pub(super) fn filled(plan: &Plan, progress: &Progress, facts: &[&Fact], lang: Lang) -> Pairs {
    let mut pairs = Pairs::new();
    for fact in facts {
        let mut add = |name: String, value: &str| pairs.push((name, value.to_owned()));
        let name = fact.name.clone();
        if let Some(range) = progress.ranges.get(&fact.id) {
            add(format!("{name}-range"), &range.to_text());
            continue;
        }
        let chosen = matches!(fact.kind, Kind::Bool | Kind::Enum { .. });
        match progress.profile.value(fact.id) {
            Value::NotAnswered => {}
            Value::Unknown if chosen => add(name, "unknown"),
            Value::Unknown => add(format!("{name}-unsure"), "1"),
            Value::NoCode => add(format!("{name}-none"), "1"),
            Value::Bool(yes) => add(name, if *yes { "true" } else { "false" }),
            Value::Number(number) => add(name, lang.of(&wording::written_number(fact, *number))),
            Value::Enum(index) => add(name, fact.value_name(*index)),
            Value::Code(code) => {
                let Kind::Code { format, .. } = fact.kind else { continue };
                add(name, &search::label(&plan.book.reference, format, code, lang));
            }
            Value::UncheckedCode(code) => add(name, code),
            Value::EnumList(list) if list.is_empty() => add(format!("{name}-none"), "1"),
            Value::Codes(list) if list.is_empty() => add(format!("{name}-none"), "1"),
            Value::EnumList(list) => {
                list.iter().for_each(|index| add(name.clone(), fact.value_name(*index)));
            }
            Value::Codes(list) if matches!(fact.kind, Kind::Codes { format: Format::Country }) => {
                list.iter().for_each(|code| add(format!("{name}-chosen"), code));
            }
            Value::Codes(list) => add(name, &list.join(if lang == Lang::Zh { "、" } else { ", " })),
        }
    }
    pairs
}

/// Reads what was sent for one fact.
pub(super) fn read(
    plan: &Plan,
    fact: &Fact,
    pairs: &[(String, String)],
) -> Result<FieldInput, ValidationError> {
    let named = |suffix: &str| sent(pairs, &format!("{}{suffix}", fact.name));
    let (unsure, none) = (named("-unsure").is_some(), named("-none").is_some());
    let texts = written(pairs, fact);
    let texts: Vec<&str> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    let range = named("-range").and_then(|text| Range::of(fact, text));
    let pick = named("-pick").filter(|pick| !pick.is_empty());
    let answers = usize::from(!texts.is_empty() || range.is_some() || pick.is_some());
    if answers + usize::from(unsure) + usize::from(none) > 1 {
        let only_range = texts.is_empty() && range.is_some();
        return Err(if only_range {
            ValidationError::RangeAndOther
        } else {
            ValidationError::ValueAndOther
        });
    }
    let reference = &plan.book.reference;
    let mut notices = Vec::new();
    let mut value = |texts: &[&str]| {
        Profile::read_text(fact, texts, reference, &mut notices).map_err(ValidationError::Fault)
    };
    let value = match &fact.kind {
        _ if unsure => Value::Unknown,
        Kind::Code { .. } | Kind::Codes { .. } | Kind::EnumList if none => value(&["none"])?,
        Kind::Number { .. } if texts.is_empty() && range.is_some() => {
            return Ok(range.map_or(FieldInput::Nothing, FieldInput::Range));
        }
        Kind::Number { .. } => {
            let written = texts.first().and_then(|text| Range::written(fact, text));
            match (value(&texts), written) {
                (Ok(Value::Number(number)), _) if range.is_some_and(|r| !r.contains(number)) => {
                    return Err(ValidationError::NumberAndRange);
                }
                // Two ranges are one too many.
                (Err(_), Some(written)) if range.is_some_and(|r| !r.is_same(written, fact)) => {
                    return Err(ValidationError::NumberAndRange);
                }
                (Err(ValidationError::Fault(FaultKind::WrongType)), Some(written)) => {
                    return Ok(FieldInput::Range(written));
                }
                (read, _) => read?,
            }
        }
        Kind::Code { format: format @ (Format::Division | Format::Industry), .. } => {
            let (Some(text), picked) = (texts.first().copied().or(pick), pick) else {
                return Ok(FieldInput::Nothing);
            };
            // A pick counts while it is among what the text may mean.
            let found = search::meaning(reference, *format, text, Lang::Zh);
            match (found, picked) {
                (Meaning::Several(finds, _), Some(pick))
                    if finds.iter().any(|find| find.code == pick) =>
                {
                    value(&[pick])?
                }
                // What a list would read as well is read as it is there; the page also finds parts of names.
                (found, _) => match (value(&[text]), found) {
                    (Ok(read), _) => read,
                    // A personal number is reported as such, whatever else it is not.
                    (Err(ValidationError::Fault(FaultKind::PersonalNumber)), _) => {
                        return Err(ValidationError::Fault(FaultKind::PersonalNumber));
                    }
                    (Err(ValidationError::Fault(FaultKind::AmbiguousName { .. })), _)
                    | (Err(_), Meaning::Several(..)) => {
                        return Err(ValidationError::Several(text.to_owned()));
                    }
                    (Err(_), Meaning::Code(code)) => value(&[&code])?,
                    (Err(_), Meaning::Nothing) => {
                        return Err(ValidationError::NotFound(*format, text.to_owned()));
                    }
                },
            }
        }
        Kind::Codes { format: Format::Country } => {
            let selection = search::select(reference, &texts);
            let codes = selection.codes.iter().chain(&selection.unknown).map(String::as_str);
            value(&codes.collect::<Vec<_>>())?
        }
        _ => value(&texts)?,
    };
    Ok(match value {
        Value::NotAnswered => FieldInput::Nothing,
        value => FieldInput::Value(value, notices),
    })
}

/// Whether a group of countries was written, whose members are to be shown before they count.
pub(super) fn has_group(plan: &Plan, fact: &Fact, pairs: &[(String, String)]) -> bool {
    matches!(fact.kind, Kind::Codes { format: Format::Country })
        && search::select(&plan.book.reference, &all_sent(pairs, &fact.name)).has_group
}

/// Whether a text was offered with what it may mean, and sent again without a choice.
pub(super) fn was_offered(fact: &Fact, pairs: &[(String, String)], text: &str) -> bool {
    let offered = sent(pairs, &format!("{}-offered", fact.name));
    offered.is_some_and(|offered| offered.trim() == text.trim())
}

/// Makes the view of one field.
pub(super) fn view(
    plan: &Plan,
    progress: &Progress,
    fact: &Fact,
    pairs: &[(String, String)],
    error: Option<&ValidationError>,
    lang: Lang,
) -> FieldView {
    let personal = matches!(error, Some(ValidationError::Fault(FaultKind::PersonalNumber)));
    let named = |suffix: &str| sent(pairs, &format!("{}{suffix}", fact.name));
    let texts = written(pairs, fact);
    let (control, search) = match &fact.kind {
        Kind::Bool | Kind::Enum { .. } => ("radios", ""),
        Kind::EnumList => ("checks", ""),
        Kind::Code { format: Format::Division, .. } => ("text", "place"),
        Kind::Code { format: Format::Industry, .. } => ("text", "industry"),
        Kind::Codes { format: Format::Country } => ("text", "country"),
        _ => ("text", ""),
    };
    let mut field = FieldView {
        id: fact.name.clone(),
        label: lang.of(&fact.label).to_owned(),
        question: lang.of(&fact.question).to_owned(),
        help: lang.of(&fact.help).to_owned(),
        error: error
            .map(|e| lang.of(&wording::BilingualError::localized(e)).to_owned())
            .unwrap_or_default(),
        control,
        search,
        nothing: match search {
            "" => String::new(),
            _ => lang.of(&wording::nothing_found()).to_owned(),
        },
        options: options(fact, &texts, lang),
        none: named("-none").is_some(),
        can_be_unsure: !matches!(fact.kind, Kind::Code { format: Format::Uscc, .. }),
        unsure: named("-unsure").is_some(),
        ..FieldView::default()
    };
    if control == "text" && !personal {
        field.value = texts.first().copied().unwrap_or_default().to_owned();
    }
    match &fact.kind {
        Kind::Number { unit, .. } => {
            field.numeric = true;
            // Beside a unit, a person would not know whether to write one.
            if !fact.is_money() {
                lang.of(unit).clone_into(&mut field.unit);
            }
            let chosen = named("-range").and_then(|text| Range::of(fact, text));
            field.ranges = (ranges::offered(plan, &progress.profile, fact.id).into_iter())
                .map(|range| OptionView {
                    value: range.to_text(),
                    label: lang.of(&range.label(fact)).to_owned(),
                    chosen: chosen.is_some_and(|chosen| chosen.is_same(range, fact)),
                    ..OptionView::default()
                })
                .collect();
            field.no_range = !field.ranges.iter().any(|range| range.chosen);
            // A range that was written and is none of those offered stands where it was written.
            if let Some(range) = chosen.filter(|_| field.no_range && field.value.is_empty()) {
                lang.of(&range.label(fact)).clone_into(&mut field.value);
            }
            if let Some(ValidationError::TooWide(text)) = error {
                field.offered.clone_from(text);
            }
        }
        Kind::Code { format, none } => {
            field.can_be_none = *none;
            field.example = example(*format, lang);
            if let Some(ValidationError::Several(text)) = error
                && let Meaning::Several(finds, more) =
                    search::meaning(&plan.book.reference, *format, text, lang)
            {
                field.finds = finds.into_iter().map(found).collect();
                field.more = more;
                field.offered.clone_from(text);
            }
        }
        Kind::Codes { format } => {
            field.can_be_none = true;
            if *format == Format::Country {
                // Countries are ticks that can be taken off; the text is for more of them.
                let selection = search::select(&plan.book.reference, &texts);
                let chosen = |code: &String| OptionView {
                    value: code.clone(),
                    label: search::label(&plan.book.reference, *format, code, lang),
                    chosen: true,
                    ..OptionView::default()
                };
                field.options = selection.codes.iter().map(chosen).collect();
                if !personal {
                    field.value =
                        selection.unknown.join(if lang == Lang::Zh { "、" } else { ", " });
                }
            }
            // What follows from other lists is a choice of theirs, which an example may not be in.
            if !plan.is_derived(fact.id) {
                field.example = example(*format, lang);
            }
        }
        Kind::EnumList => {
            field.can_be_none = true;
            // A value of earlier rules may mean none of today's.
            let old = fact.old_values.iter().filter(|old| old.means.is_empty());
            field.none |= old.into_iter().any(|old| texts.contains(&old.name.as_str()));
        }
        _ => {}
    }
    field
}

fn found(find: Find) -> OptionView {
    OptionView { value: find.code, label: find.label, hint: find.hint, chosen: false }
}

fn example(format: Format, lang: Lang) -> &'static str {
    let (zh, en) = match format {
        Format::Division => ("例如：义乌、yiwu", "For example: Yiwu"),
        Format::Industry => {
            ("例如：外贸、女装、跨境电商、软件", "For example: clothes, amazon seller, software")
        }
        Format::Country => {
            ("例如：美国、日本，或者欧盟、东盟", "For example: Japan, Germany, or EU")
        }
        Format::Hs => ("例如：870380、610910", "For example: 870380, 610910"),
        Format::Uscc => ("", ""),
    };
    if lang == Lang::Zh { zh } else { en }
}

fn options(fact: &Fact, texts: &[&str], lang: Lang) -> Vec<OptionView> {
    let label = |zh: &str, en: &str| if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() };
    // A value of earlier rules is chosen as what it means today.
    let means = |index: Option<u16>| {
        let old = fact.old_values.iter().filter(|old| texts.contains(&old.name.as_str()));
        index.is_some_and(|index| old.into_iter().any(|old| old.means.contains(&index)))
    };
    let option = |value: &str, label: String| OptionView {
        value: value.to_owned(),
        label,
        chosen: texts.contains(&value) || means(fact.value_index(value)),
        ..OptionView::default()
    };
    let words = fact.values.iter().map(|w| option(&w.name, lang.of(&w.label).to_owned()));
    let mut all: Vec<OptionView> = match fact.kind {
        Kind::Bool => vec![option("true", label("是", "Yes")), option("false", label("否", "No"))],
        Kind::Enum { .. } | Kind::EnumList => words.collect(),
        _ => return Vec::new(),
    };
    if !matches!(fact.kind, Kind::EnumList) {
        all.push(option("unknown", label("不清楚", "I don't know")));
    }
    all
}

/// Why a question is asked.
pub(super) fn why(plan: &Plan, question: Option<&Question>, fact: &Fact, lang: Lang) -> String {
    let used = plan.used_by.get(fact.id.index());
    let supports = question.map(|q| &q.supports).or(used);
    let Some(supports) = supports.filter(|list| !list.is_empty()) else { return String::new() };
    let first = supports.first().and_then(|index| plan.book.supports.get(*index));
    first.map_or(String::new(), |support| {
        lang.of(&wording::why(&support.title, supports.len())).to_owned()
    })
}
