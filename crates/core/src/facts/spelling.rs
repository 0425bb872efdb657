//! The forms in which texts are compared: half-width, without space.

use std::borrow::Cow;

/// What stands between the items of a list.
pub(super) const BETWEEN: [char; 11] =
    [',', '，', ';', '；', '、', '|', '/', '／', '｜', '\n', '\t'];

/// Full-width letters, digits and signs become half-width; space, also inside, goes.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    let stays = |c: char| !c.is_whitespace() && !matches!(c, '！'..='～');
    if text.bytes().all(|b| b.is_ascii_graphic()) || text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| !c.is_whitespace());
    kept.map(half_width).collect()
}

/// A full-width letter, digit or sign as the half-width one; any other character as it is.
#[must_use]
pub fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// The form in which spellings of enum values are compared: half-width, without space, in lower case.
pub(super) fn spelling(text: &str) -> String {
    fold(text).to_lowercase()
}

/// A folded text as codes are compared, in capitals.
pub(super) fn capitals(folded: Cow<'_, str>) -> Cow<'_, str> {
    if folded.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        folded
    } else {
        Cow::Owned(folded.to_uppercase())
    }
}

/// The form in which credit codes, and other codes by which rows are matched, are compared: half-width, without space,
/// in capitals.
#[must_use]
pub fn code_spelling(text: &str) -> Cow<'_, str> {
    capitals(fold(text))
}
