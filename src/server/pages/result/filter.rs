//! What a person selects among the supports of a result: a kind, an office.
//!
//! In go the fields of the result page, which are no part of the form's state, and the groups; out come the supports
//! that were selected and the choices. Nothing is taken off the page: what was not selected is folded.

use crate::server::pages::fields::{OptionView, sent};
use export_advisor_core::evaluate::Group;
use export_advisor_core::rulebook::{ChannelId, RuleBook, Support, SupportId};
use export_advisor_core::wording::Lang;

/// What was selected; nothing means all.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::server::pages) struct Filter {
    /// The index of a kind.
    kind: Option<usize>,
    office: Option<ChannelId>,
}

/// The choices.
pub(in crate::server::pages) struct FilterView {
    /// Whether anything is selected.
    pub(in crate::server::pages) active: bool,
    pub(in crate::server::pages) kinds: Vec<OptionView>,
    pub(in crate::server::pages) offices: Vec<OptionView>,
}

impl Filter {
    /// What the fields of a page select; what the rules do not know selects nothing.
    pub(in crate::server::pages) fn parse(book: &RuleBook, pairs: &[(String, String)]) -> Self {
        let kind = sent(pairs, "kind");
        let office = sent(pairs, "office");
        Self {
            kind: kind.and_then(|id| book.kinds.iter().position(|kind| kind.id == id)),
            office: office.and_then(|id| {
                let mut channels = book.channels.iter_enumerated();
                channels.find(|(_, channel)| channel.id == id).map(|(index, _)| index)
            }),
        }
    }

    /// Whether a support is among what was selected.
    pub(in crate::server::pages) fn has(self, support: &Support) -> bool {
        self.kind.is_none_or(|kind| kind == support.kind)
            && self.office.is_none_or(|office| goes_to(support, office))
    }

    /// The choices of a result: kinds and offices of what concerns the firm or could.
    pub(super) fn view(
        self,
        book: &RuleBook,
        grouped: &[(Group, SupportId)],
        lang: Lang,
    ) -> FilterView {
        let open = grouped.iter().filter(|(group, _)| *group < Group::DoesNotApply);
        let open: Vec<&Support> = open.map(|(_, id)| book.supports.at(*id)).collect();
        self.choices(book, &open, lang)
    }

    /// The kinds and offices of some supports.
    pub(in crate::server::pages) fn choices(
        self,
        book: &RuleBook,
        supports: &[&Support],
        lang: Lang,
    ) -> FilterView {
        let option = |id: &str, label: &str, count: usize, chosen: bool| {
            let label = match lang {
                Lang::Zh => format!("{label}（{count}）"),
                Lang::En => format!("{label} ({count})"),
            };
            (count > 0 || chosen).then(|| OptionView {
                value: id.to_owned(),
                label,
                hint: String::new(),
                chosen,
            })
        };
        let kinds = book.kinds.iter().enumerate().filter_map(|(index, kind)| {
            let count = supports.iter().filter(|support| support.kind == index).count();
            option(&kind.id, lang.of(&kind.label), count, self.kind == Some(index))
        });
        let offices = book.channels.iter_enumerated().filter_map(|(index, channel)| {
            let count = supports.iter().filter(|support| goes_to(support, index)).count();
            option(&channel.id, lang.of(&channel.name), count, self.office == Some(index))
        });
        FilterView {
            active: self.kind.is_some() || self.office.is_some(),
            kinds: kinds.collect(),
            offices: offices.collect(),
        }
    }
}

fn goes_to(support: &Support, office: ChannelId) -> bool {
    support.next_steps.iter().any(|step| step.channel == Some(office))
}
