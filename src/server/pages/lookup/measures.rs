//! The measures of the documents at a glance, each with a link to its supports.

use crate::server::pages::result::capital;
use export_advisor_core::policy::DocumentForm;
use export_advisor_core::rulebook::{Policy, PolicyId, RuleBook, Support};
use export_advisor_core::wording::Lang;

/// The measures of one document.
pub(in crate::server::pages) struct MeasuresView {
    /// The document.
    pub(in crate::server::pages) policy: String,
    /// How many supports it has.
    pub(in crate::server::pages) count: usize,
    pub(in crate::server::pages) measures: Vec<MeasureView>,
}

/// A measure.
pub(in crate::server::pages) struct MeasureView {
    pub(in crate::server::pages) number: u8,
    /// As a parameter names it: [`MeasureChoice::to_text`].
    pub(in crate::server::pages) value: String,
    /// Number and title.
    pub(in crate::server::pages) label: String,
    pub(in crate::server::pages) title: String,
    /// How many supports it has.
    pub(in crate::server::pages) count: usize,
}

/// The measures of all documents, with how many of some supports they have.
pub(in crate::server::pages) fn measures(
    book: &RuleBook,
    supports: &[&Support],
    lang: Lang,
) -> Vec<MeasuresView> {
    (book.policies.iter_enumerated())
        .map(|(index, policy)| MeasuresView {
            policy: lang.of(&policy.name()).to_owned(),
            count: supports.iter().filter(|support| support.policy == index).count(),
            measures: (policy.measures.iter())
                .map(|measure| {
                    let number = measure.number;
                    let title = lang.of(&measure.title).to_owned();
                    MeasureView {
                        number,
                        value: MeasureChoice { policy: index, number }.to_text(book),
                        label: measure_label(policy, number, &title, lang),
                        title,
                        count: of_measure(supports, index, number).count(),
                    }
                })
                .collect(),
        })
        .collect()
}

/// A measure that is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MeasureChoice {
    pub(super) policy: PolicyId,
    pub(super) number: u8,
}

impl MeasureChoice {
    /// Reads what [`MeasureChoice::to_text`] writes, if there is such a measure.
    pub(super) fn parse(book: &RuleBook, text: &str) -> Option<Self> {
        let (policy, number) = match text.split_once(':') {
            Some((id, number)) => {
                (book.policies.iter_enumerated().find(|(_, policy)| policy.id == id)?, number)
            }
            None => (book.policies.iter_enumerated().next()?, text),
        };
        let number = number.parse::<u8>().ok()?;
        policy.1.text.measure(number)?;
        Some(Self { policy: policy.0, number })
    }

    /// The number, behind the document unless that is the first.
    pub(super) fn to_text(self, book: &RuleBook) -> String {
        let policy = book.policies.at(self.policy);
        match book.is_first(policy) {
            true => self.number.to_string(),
            false => format!("{}:{}", policy.id, self.number),
        }
    }

    /// Whether a support comes from it.
    pub(super) fn has(self, support: &Support) -> bool {
        support.policy == self.policy && support.measure == self.number
    }
}

/// Number and title of a measure.
pub(in crate::server::pages) fn measure_label(
    policy: &Policy,
    number: u8,
    title: &str,
    lang: Lang,
) -> String {
    if policy.text.form == DocumentForm::Measures {
        return format!("{number}. {title}");
    }
    let address = policy.text.measure_address(number);
    let address = address.map(|address| match lang {
        Lang::Zh => address.zh,
        Lang::En => address.en,
    });
    format!("{} {title}", capital(&address.unwrap_or_default())).trim_end().to_owned()
}

/// The title of a measure.
pub(super) fn title(policy: &Policy, number: u8, lang: Lang) -> String {
    let known = policy.measures.iter().find(|known| known.number == number);
    let written = policy.text.measure(number);
    let written = written.map_or("", |measure| policy.text.slice(&measure.title));
    known.map_or(written, |known| lang.of(&known.title)).to_owned()
}

/// The supports of a measure, of some.
pub(super) fn of_measure<'a>(
    supports: &[&'a Support],
    policy: PolicyId,
    number: u8,
) -> impl Iterator<Item = &'a Support> {
    let is_of = move |support: &&Support| support.policy == policy && support.measure == number;
    supports.iter().copied().filter(is_of)
}
