//! Two texts, part by part: what is the same, what was removed, what was added.

use similar::{ChangeTag, TextDiff};

/// A part of a text that was compared word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// In both.
    Same(String),
    /// Only in the old text.
    Removed(String),
    /// Only in the new text.
    Added(String),
}

/// Compares two texts by words and numbers, Chinese by characters. Between two changes a few letters that are the same belong to
/// them; texts of which little is the same are two texts.
#[must_use]
pub(crate) fn text_parts(old: &str, new: &str) -> Vec<TextPart> {
    let parts = without_islands(compared(old, new));
    let same = parts.iter().map(|part| match part {
        TextPart::Same(text) => text.chars().count(),
        TextPart::Removed(_) | TextPart::Added(_) => 0,
    });
    let longer = old.chars().count().max(new.chars().count());
    if same.sum::<usize>() * 5 >= longer * 2 {
        return parts;
    }
    let whole = [TextPart::Removed(old.to_owned()), TextPart::Added(new.to_owned())];
    whole.into_iter().filter(|part| !part.text().is_empty()).collect()
}

fn compared(old: &str, new: &str) -> Vec<TextPart> {
    let (old, new) = (tokens(old), tokens(new));
    let diff = TextDiff::from_slices(&old, &new);
    let mut parts: Vec<TextPart> = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value();
        match (change.tag(), parts.last_mut()) {
            (ChangeTag::Equal, Some(TextPart::Same(before)))
            | (ChangeTag::Delete, Some(TextPart::Removed(before)))
            | (ChangeTag::Insert, Some(TextPart::Added(before))) => before.push_str(text),
            (ChangeTag::Equal, _) => parts.push(TextPart::Same(text.to_owned())),
            (ChangeTag::Delete, _) => parts.push(TextPart::Removed(text.to_owned())),
            (ChangeTag::Insert, _) => parts.push(TextPart::Added(text.to_owned())),
        }
    }
    parts
}

/// The same parts, of which none that is the same and short stands between two changes.
fn without_islands(parts: Vec<TextPart>) -> Vec<TextPart> {
    /// In bytes: six letters, or two Chinese characters.
    const SHORT: usize = 6;
    let mut joined = Vec::with_capacity(parts.len());
    let (mut removed, mut added) = (String::new(), String::new());
    let mut parts = parts.into_iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            TextPart::Removed(text) => removed.push_str(&text),
            TextPart::Added(text) => added.push_str(&text),
            TextPart::Same(text) => {
                let is_between =
                    !(removed.is_empty() && added.is_empty()) && parts.peek().is_some();
                if is_between && text.trim().len() <= SHORT {
                    removed.push_str(&text);
                    added.push_str(&text);
                    continue;
                }
                joined.extend(changed(&mut removed, &mut added));
                joined.push(TextPart::Same(text));
            }
        }
    }
    joined.extend(changed(&mut removed, &mut added));
    joined
}

/// What was removed and added so far, which begins anew.
fn changed(removed: &mut String, added: &mut String) -> impl Iterator<Item = TextPart> {
    let (removed, added) = (std::mem::take(removed), std::mem::take(added));
    let parts = [TextPart::Removed(removed), TextPart::Added(added)];
    parts.into_iter().filter(|part| !part.text().is_empty())
}

impl TextPart {
    fn text(&self) -> &str {
        match self {
            Self::Same(text) | Self::Removed(text) | Self::Added(text) => text,
        }
    }
}

/// The words and numbers of a text, and each other character by itself: Chinese is compared by characters.
fn tokens(text: &str) -> Vec<&str> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut tokens, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let end =
            if is_of_word(first) { rest.find(|c| !is_of_word(c)) } else { Some(first.len_utf8()) };
        let (token, behind) = rest.split_at(end.unwrap_or(rest.len()));
        tokens.push(token);
        rest = behind;
    }
    tokens
}

/// The same of a long text, without the long parts that are the same; none of texts that are short enough to be read side by
/// side.
pub(super) fn excerpts(old: &str, new: &str) -> Option<Vec<TextPart>> {
    const SHORT: usize = 160;
    const CONTEXT: usize = 40;
    if old.chars().count().max(new.chars().count()) <= SHORT {
        return None;
    }
    let mut parts = text_parts(old, new);
    let last = parts.len().saturating_sub(1);
    for (index, part) in parts.iter_mut().enumerate() {
        let TextPart::Same(text) = part else { continue };
        let length = text.chars().count();
        let before = if index == 0 { 0 } else { CONTEXT };
        let behind = if index == last { 0 } else { CONTEXT };
        if length > before + behind + 3 {
            let start: String = text.chars().take(before).collect();
            let end: String = text.chars().skip(length - behind).collect();
            *text = format!("{start} … {end}");
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_by_characters_or_words() {
        use TextPart::{Added, Removed, Same};
        let text = |text: &str| text.to_owned();
        assert_eq!(
            text_parts("小微外贸企业", "中小微外贸企业"),
            [Added(text("中")), Same(text("小微外贸企业"))]
        );
        assert_eq!(
            text_parts("small firms", "large firms"),
            [Removed(text("small")), Added(text("large")), Same(text(" firms"))]
        );
        assert_eq!(
            text_parts("不到20人", "不到10人"),
            [Same(text("不到")), Removed(text("20")), Added(text("10")), Same(text("人"))]
        );
    }

    #[test]
    fn pieces_that_nobody_can_read_are_one_change() {
        use TextPart::{Added, Removed, Same};
        let text = |text: &str| text.to_owned();
        assert_eq!(
            text_parts("ask the local office when it opens", "ask a local bureau when it opens"),
            [
                Same(text("ask ")),
                Removed(text("the local office")),
                Added(text("a local bureau")),
                Same(text(" when it opens")),
            ]
        );
        let (old, new) = ("先选对展会：卖货到境外看广交会", "广交会适合我们的业务吗？");
        assert_eq!(text_parts(old, new), [Removed(text(old)), Added(text(new))]);
        assert_eq!(text_parts("", "新"), [Added(text("新"))]);
        assert_eq!(text_parts("同", "同"), [Same(text("同"))]);
    }

    #[test]
    fn of_long_texts_what_differs_is_left() {
        use TextPart::{Added, Removed, Same};
        assert_eq!(excerpts("firm.employees < 20", "firm.employees < 10"), None);
        let long = "firm.industry in codes or ".repeat(20);
        let of = |number| format!("{long}firm.employees < {number} or {long}");
        let context = |part: &str| Same(part.to_owned());
        assert_eq!(
            excerpts(&of(20), &of(10)).unwrap(),
            [
                context(" … m.industry in codes or firm.employees < "),
                Removed("20".to_owned()),
                Added("10".to_owned()),
                context(" or firm.industry in codes or firm.indus … "),
            ]
        );
    }
}
