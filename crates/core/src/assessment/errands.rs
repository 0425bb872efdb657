//! The errands of an answer: what applies, by office.

use super::Advisor;
use crate::evaluate::Answer;
use crate::facts::LocalizedText;
use crate::rulebook::{
    Access, Channel, ChannelId, Contact, PaperId, Status, SupportId, WindowState,
};

/// A visit to one office.
#[derive(Clone, Debug, PartialEq)]
pub struct Errand<'a> {
    /// The office.
    pub channel: ChannelId,
    /// The supports that one goes there for.
    pub supports: Vec<SupportId>,
    /// Supports without a counter on which this office works too.
    pub also: Vec<SupportId>,
    /// What to ask, each question once.
    pub asks: Vec<&'a LocalizedText>,
    /// What to bring, each paper once.
    pub papers: Vec<PaperId>,
    /// How the office is reached where the firm is.
    pub contacts: Vec<&'a Contact>,
}

/// The errands of a firm, the one that settles most first: each office of each support that applies, is
/// open and has a counter, exactly once.
#[must_use]
pub fn errands<'a>(advisor: &'a Advisor, answer: &Answer<'_>) -> Vec<Errand<'a>> {
    let book = advisor.book();
    let mut errands: Vec<Errand<'a>> = Vec::new();
    let applying = |access: Access| {
        advisor.in_order().iter().copied().filter(move |id| {
            answer.is_about(*id)
                && book.supports.at(*id).access == access
                && answer.status(*id) == Status::Applies
                && answer.window(*id) == WindowState::Open
        })
    };
    for id in applying(Access::Apply) {
        for step in &book.supports.at(id).next_steps {
            let Some(channel) = step.channel else { continue };
            let index = errands.iter().position(|errand| errand.channel == channel);
            let index = index.unwrap_or_else(|| {
                errands.push(Errand {
                    channel,
                    supports: Vec::new(),
                    also: Vec::new(),
                    asks: Vec::new(),
                    papers: Vec::new(),
                    contacts: contacts(advisor, answer, channel),
                });
                errands.len() - 1
            });
            let Some(errand) = errands.get_mut(index) else { continue };
            errand.supports.push(id);
            for ask in &step.asks {
                if !errand.asks.contains(&ask) {
                    errand.asks.push(ask);
                }
            }
            for paper in &step.papers {
                if !errand.papers.contains(paper) {
                    errand.papers.push(*paper);
                }
            }
        }
    }
    for id in applying(Access::Indirect) {
        for step in &book.supports.at(id).next_steps {
            let mut open = errands.iter_mut();
            if let Some(errand) = open.find(|errand| Some(errand.channel) == step.channel) {
                errand.also.push(id);
            }
        }
    }
    // Stable: of two that settle as much, the one with the most specific support comes first.
    errands.sort_by_key(|errand| std::cmp::Reverse(errand.supports.len()));
    errands
}

/// How an office is reached where the firm is: those of the nearest area that has any, then those of the whole country.
#[must_use]
pub fn contacts_near<'a>(channel: &'a Channel, division: &str) -> Vec<&'a Contact> {
    let near = |contact: &&Contact| division.starts_with(contact.area.as_str());
    let nearest = channel.contacts.iter().filter(near).map(|contact| contact.area.len()).max();
    let contacts = channel.contacts.iter().filter(near);
    let mut contacts: Vec<&Contact> = contacts
        .filter(|contact| contact.area.is_empty() || Some(contact.area.len()) == nearest)
        .collect();
    contacts.sort_by_key(|contact| std::cmp::Reverse(contact.area.len()));
    contacts
}

fn contacts<'a>(advisor: &'a Advisor, answer: &Answer<'_>, channel: ChannelId) -> Vec<&'a Contact> {
    contacts_near(advisor.book().channels.at(channel), answer.division())
}
