//! The result at one glance: a tile for each measure of the documents, by what it means for the firm.
//!
//! In go the groups of the supports, out come tiles. Each links to the first support of its measure in the best of
//! its groups, and says in words what its colour shows.

use crate::server::pages::sentences;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::evaluate::{Answer, Group};
use export_advisor_core::policy::Measure;
use export_advisor_core::rulebook::{Policy, PolicyId, SupportId};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording::{self, Lang};

/// The tiles of one document.
pub(in crate::server::pages) struct TilesView {
    /// The document.
    pub(in crate::server::pages) policy: String,
    pub(in crate::server::pages) tiles: Vec<TileView>,
}

/// A measure.
pub(in crate::server::pages) struct TileView {
    pub(in crate::server::pages) number: u8,
    /// The best group of its supports; empty if it has none.
    pub(in crate::server::pages) group: &'static str,
    /// Where it links to: its first support of that group, or its text, if it has none.
    pub(in crate::server::pages) link: String,
    /// Its title, and what it means for the firm.
    pub(in crate::server::pages) meaning: String,
}

/// The tiles of all documents.
pub(super) fn tiles(
    advisor: &Advisor,
    answer: &Answer<'_>,
    grouped: &[(Group, SupportId)],
    lang: Lang,
) -> Vec<TilesView> {
    let here = answer.policies().into_iter();
    here.filter(|id| answer.holds_here(*id) != Truth::False)
        .map(|id| {
            let policy = advisor.book().policies.at(id);
            let measures = policy.measures.iter();
            let measures = measures.filter_map(|known| policy.text.measure(known.number));
            TilesView {
                policy: lang.of(&policy.name()).to_owned(),
                tiles: measures
                    .map(|measure| tile(advisor, (id, policy), measure, grouped, lang))
                    .collect(),
            }
        })
        .collect()
}

fn tile(
    advisor: &Advisor,
    (index, policy): (PolicyId, &Policy),
    measure: &Measure,
    grouped: &[(Group, SupportId)],
    lang: Lang,
) -> TileView {
    let book = advisor.book();
    let number = measure.number;
    let known = policy.measures.iter().find(|known| known.number == number);
    let title =
        known.map_or_else(|| policy.text.slice(&measure.title), |known| lang.of(&known.title));
    let of_measure = grouped.iter().filter(|(_, id)| {
        let support = book.supports.at(*id);
        support.policy == index && support.measure == number
    });
    let best = of_measure.clone().map(|(group, _)| *group).min();
    let mut members = of_measure.filter(|(group, _)| Some(*group) == best);
    let first = members.next().map(|(_, id)| book.supports.at(*id).id.clone());
    let count = usize::from(first.is_some()) + members.count();
    let meaning = match best {
        None => match lang {
            Lang::Zh => format!("{title}：{}", wording::no_support_in_measure().zh),
            Lang::En => format!("{title}: {}", wording::no_support_in_measure().en),
        },
        Some(group) => {
            let heading = wording::heading(group);
            match lang {
                Lang::Zh => format!("{title}：{}（{count}项）", heading.zh),
                Lang::En => format!("{title}: {} ({count})", heading.en),
            }
        }
    };
    TileView {
        number,
        group: best.map_or("", Group::as_str),
        link: match first {
            Some(id) => format!("#s-{id}"),
            None => match measure.sentences.first() {
                Some(one) => sentences::address(book, policy, one.id, lang),
                None => sentences::text_page(book, policy, lang),
            },
        },
        meaning,
    }
}
