//! Offices, as pages show them: the errand list, the steps of one support, and later documents.
//!
//! In go an answer or a support, out come views for the result page, the sheet and the text to copy. The texts
//! and their order come from the core; here they are only put into the page's language.

use export_advisor_core::assessment::{Advisor, errands};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::rulebook::{
    Contact, PaperId, Policy, PolicyId, RuleBook, Support, SupportId,
};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording::{self, Lang};

/// A visit to one office.
pub(super) struct ErrandView {
    pub(super) name: String,
    /// What it does.
    pub(super) does: String,
    pub(super) contacts: Vec<ContactView>,
    pub(super) asks: Vec<String>,
    /// What to bring, in one line; empty if that is nothing.
    pub(super) papers: String,
    /// The supports that one goes there for.
    pub(super) supports: Vec<SupportLink>,
    /// What else one can ask about there.
    pub(super) also: Vec<SupportLink>,
    /// Whether it is shown in full at first.
    pub(super) open: bool,
    /// How many questions there are.
    pub(super) count: String,
    /// What leads to the supports.
    pub(super) more: String,
}

/// So many lines of questions are shown at once on a phone; offices after them are folded, each to its name.
const LINES_SHOWN: usize = 16;

/// How many lines of a phone a text takes, about.
fn lines(text: &str, lang: Lang) -> usize {
    let a_line = match lang {
        Lang::Zh => 20,
        Lang::En => 42,
    };
    text.chars().count().div_ceil(a_line)
}

/// A support by its title and its id on the page.
pub(super) struct SupportLink {
    pub(super) id: String,
    pub(super) title: String,
}

/// How an office is reached; what is empty is not known.
pub(super) struct ContactView {
    pub(super) phone: String,
    /// The number as a telephone dials it.
    pub(super) dial: String,
    pub(super) url: String,
    pub(super) sure: bool,
    pub(super) office: String,
    pub(super) address: String,
    pub(super) hours: String,
    /// Who says so, and when it was last checked; empty if the rules say it.
    pub(super) by: String,
}

impl ContactView {
    /// All that is known, for plain text, in the order in which pages show it.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        let parts = [&self.office, &self.phone, &self.url, &self.address, &self.hours, &self.by];
        parts.into_iter().map(String::as_str).filter(|part| !part.is_empty())
    }
}

/// What to do at one office for one support.
pub(super) struct StepView {
    pub(super) office: String,
    /// What it does; empty if it is no office of the rule book.
    pub(super) does: String,
    /// How it is reached wherever the firm is.
    pub(super) contacts: Vec<ContactView>,
    pub(super) asks: Vec<String>,
    /// What to bring, in one line; empty if that is nothing.
    pub(super) papers: String,
}

/// The later documents of one policy.
pub(super) struct LaterView {
    pub(super) heading: String,
    /// The same where there is room for one line only.
    pub(super) short: String,
    /// A line for each.
    pub(super) documents: Vec<String>,
}

/// The errands of a firm.
pub(super) fn errand_list(advisor: &Advisor, answer: &Answer<'_>, lang: Lang) -> Vec<ErrandView> {
    let book = advisor.book();
    let links = |ids: &[SupportId]| -> Vec<SupportLink> {
        let supports = ids.iter().map(|id| book.supports.at(*id));
        let link = |s: &Support| SupportLink { id: s.id.clone(), title: text(lang, &s.title) };
        supports.map(link).collect()
    };
    let mut shown = 0;
    (errands(advisor, answer).iter())
        .map(|errand| {
            let open = shown < LINES_SHOWN;
            shown += errand.asks.iter().map(|ask| lines(lang.of(ask), lang)).sum::<usize>();
            let channel = book.channels.at(errand.channel);
            ErrandView {
                name: text(lang, &channel.name),
                does: text(lang, &channel.does),
                contacts: (errand.contacts.iter())
                    .map(|contact| contact_view(book, contact, lang))
                    .collect(),
                asks: errand.asks.iter().map(|ask| text(lang, ask)).collect(),
                papers: papers(book, &errand.papers, lang),
                supports: links(&errand.supports),
                also: links(&errand.also),
                open,
                count: text(lang, &wording::number_of_asks(errand.asks.len())),
                more: text(
                    lang,
                    &wording::errand_supports(errand.supports.len(), errand.also.len()),
                ),
            }
        })
        .collect()
}

/// What to do for a support, by office.
pub(super) fn steps(book: &RuleBook, support: &Support, lang: Lang) -> Vec<StepView> {
    (support.next_steps.iter())
        .map(|step| {
            let channel = step.channel.map(|id| book.channels.at(id));
            let contacts = channel.iter().flat_map(|channel| &channel.contacts);
            StepView {
                office: text(lang, &step.name),
                does: channel.map_or(String::new(), |channel| text(lang, &channel.does)),
                contacts: (contacts.filter(|contact| contact.area.is_empty()))
                    .map(|contact| contact_view(book, contact, lang))
                    .collect(),
                asks: step.asks.iter().map(|ask| text(lang, ask)).collect(),
                papers: papers(book, &step.papers, lang),
            }
        })
        .collect()
}

/// Later documents that touch those of an answer.
pub(super) fn later(answer: &Answer<'_>, lang: Lang) -> Vec<LaterView> {
    (held_here(answer).filter(|policy| !policy.later.is_empty()))
        .map(|policy| LaterView {
            heading: text(lang, &wording::later_line(policy)),
            short: text(lang, &wording::later_in_short(policy)),
            documents: (policy.later.iter())
                .map(|document| text(lang, &wording::later_document(document)))
                .collect(),
        })
        .collect()
}

/// The documents of an answer that hold where the firm is, or could.
pub(super) fn held_here<'a>(answer: &Answer<'a>) -> impl Iterator<Item = &'a Policy> {
    let ids = answer.policies().into_iter();
    let here: Vec<PolicyId> = ids.filter(|id| answer.holds_here(*id) != Truth::False).collect();
    let policies = &answer.plan.book.policies;
    here.into_iter().map(|id| policies.at(id))
}

fn text(lang: Lang, texts: &LocalizedText) -> String {
    lang.of(texts).to_owned()
}

fn papers(book: &RuleBook, ids: &[PaperId], lang: Lang) -> String {
    wording::papers(book, ids).map(|papers| text(lang, &papers)).unwrap_or_default()
}

fn contact_view(book: &RuleBook, contact: &Contact, lang: Lang) -> ContactView {
    let phone = contact.phone.clone().unwrap_or_default();
    let dial = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let url = contact.url.clone().unwrap_or_default();
    let optional = |texts: &Option<LocalizedText>| {
        texts.as_ref().map(|texts| text(lang, texts)).unwrap_or_default()
    };
    let by = contact.overlay.map(|id| text(lang, &book.overlays.at(id).by));
    ContactView {
        phone,
        dial,
        url,
        sure: contact.confidence == "high",
        office: optional(&contact.office),
        address: optional(&contact.address),
        hours: optional(&contact.hours),
        by: by.map_or_else(String::new, |by| match lang {
            Lang::Zh => format!("{by}，{}核对", contact.date),
            Lang::En => format!("{by}, checked {}", contact.date),
        }),
    }
}
