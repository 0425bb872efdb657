//! How a document is numbered.

use super::lines::Line;
use serde::Deserialize;

/// The form of a document: what its measures are and how their sentences are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentForm {
    /// Parts `一、`, in them measures `（一）` that are counted through the document: opinions of the State Council. Sentences
    /// are `8.4`.
    Measures,
    /// Articles `第一条` in paragraphs, perhaps in chapters and sections: laws and regulations. Sentences are `5.2.1`.
    Articles,
    /// Sections `一、`, in them items `（一）` that begin anew in each, or plain paragraphs: notices. Sentences are `2.3.1`.
    Sections,
}

impl DocumentForm {
    /// The form that the lines of a document show: articles if there is one, measures if their numbers go on from part to
    /// part, else sections.
    pub(super) fn of(lines: &[Line]) -> Self {
        // An annex is numbered in its own way.
        let first = lines.iter().position(|line| !matches!(line, Line::Other | Line::Annex));
        let annex = lines.iter().enumerate().skip(first.unwrap_or_default());
        let annex = annex.filter(|(_, line)| **line == Line::Annex).map(|(index, _)| index).next();
        let lines = lines.get(..annex.unwrap_or(lines.len())).unwrap_or(lines);
        if lines.iter().any(|line| matches!(line, Line::Article(_))) {
            return Self::Articles;
        }
        // Measures that are counted through stand below more than one part, unless there is but one.
        let (mut parts, mut parts_with, mut last, mut begins_anew) = (0, 0, 0, false);
        for line in lines {
            match line {
                Line::Part(_) => (parts, last) = (parts + 1, 0),
                Line::Bracketed(number) => {
                    parts_with += u16::from(last == 0);
                    begins_anew |= parts_with > 1 && number.value == 1;
                    last = number.value;
                }
                _ => {}
            }
        }
        let goes_on = parts_with > 1 || (parts_with == 1 && parts <= 1);
        if goes_on && !begins_anew { Self::Measures } else { Self::Sections }
    }
}
