//! The measures of the documents at a glance, each with a link to its supports.

use export_advisor_core::rulebook::{Policy, PolicyId, RuleBook, Support};
use export_advisor_core::wording::Lang;

/// The measures of one document.
pub(in crate::server::pages) struct MeasuresView {
    /// The number of the document.
    pub(in crate::server::pages) policy: String,
    pub(in crate::server::pages) measures: Vec<MeasureView>,
}

/// A measure.
pub(in crate::server::pages) struct MeasureView {
    pub(in crate::server::pages) number: u8,
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
            policy: policy.number.clone(),
            measures: (policy.text.measures.iter())
                .map(|measure| MeasureView {
                    number: measure.number,
                    title: title(policy, measure.number, lang),
                    count: of_measure(supports, index, measure.number).count(),
                })
                .collect(),
        })
        .collect()
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
