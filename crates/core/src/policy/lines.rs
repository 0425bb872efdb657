//! One line of a published text: what its number says, and where its sentences end.

use std::ops::Range;

/// A number at the begin of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: u16,
    /// How many bytes of the line it takes, with what belongs to it.
    pub(super) length: usize,
}

/// What a line begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// `第一章`, `第一节`, `第一编`.
    Chapter,
    /// `第一条`.
    Article(Number),
    /// `一、`.
    Part(Number),
    /// `（一）`.
    Bracketed(Number),
    /// `附件`, `附录`, alone or with a number or a colon: the text ends here.
    Annex,
    /// Anything else, also `1.` and `（1）`, which belong to what stands before.
    Other,
}

impl Line {
    /// What a line without surrounding space begins with.
    pub(super) fn of(line: &str) -> Self {
        if let Some(rest) = line.strip_prefix('第') {
            let unit = |unit: char| {
                let (number, _) = rest.split_once(unit)?;
                let value = chinese_number(number)?;
                let length = '第'.len_utf8() + number.len() + unit.len_utf8();
                Some(Number { value, length })
            };
            if let Some(number) = unit('条') {
                return Self::Article(number);
            }
            // A sentence may begin with a reference: “第二章规定的企业……”.
            let is_heading = |number: Number| {
                let rest = line.get(number.length..).unwrap_or_default();
                rest.is_empty() || rest.starts_with(char::is_whitespace)
            };
            if ['章', '节', '编'].into_iter().filter_map(unit).any(is_heading) {
                return Self::Chapter;
            }
        }
        if let Some(number) = bracketed(line) {
            return Self::Bracketed(number);
        }
        if let Some((number, _)) = line.split_once('、')
            && let Some(value) = chinese_number(number)
        {
            return Self::Part(Number { value, length: number.len() + '、'.len_utf8() });
        }
        let rest = ["附件", "附录", "附表"].into_iter().find_map(|name| line.strip_prefix(name));
        let is_annex = rest.is_some_and(|rest| {
            let is_number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
            let rest = rest.trim_start().trim_start_matches(is_number).trim_start();
            rest.is_empty() || rest.starts_with(['：', ':'])
        });
        if is_annex { Self::Annex } else { Self::Other }
    }
}

/// `（八）` or `(八)`.
fn bracketed(line: &str) -> Option<Number> {
    let inner = line.strip_prefix('（').or_else(|| line.strip_prefix('('))?;
    let end = inner.find(['）', ')'])?;
    let value = chinese_number(inner.get(..end)?)?;
    let close = inner.get(end..)?.chars().next()?;
    Some(Number { value, length: line.len() - inner.len() + end + close.len_utf8() })
}

/// 一 … 九千九百九十九; `〇` and `零` stand for a missing digit.
fn chinese_number(text: &str) -> Option<u16> {
    let digit = |c: char| "一二三四五六七八九".chars().position(|d| d == c).map(|i| i + 1);
    let (mut total, mut seen) = (0, None);
    if text.is_empty() {
        return None;
    }
    for c in text.chars() {
        match c {
            '千' => total += seen.take()? * 1000,
            '百' => total += seen.take()? * 100,
            // 一百一十, and 一百十 as some write it.
            '十' => total += seen.take().unwrap_or(1) * 10,
            '零' | '〇' if total > 0 && seen.is_none() => {}
            c if seen.is_none() => seen = Some(digit(c)?),
            _ => return None,
        }
    }
    u16::try_from(total + seen.unwrap_or(0)).ok().filter(|number| *number > 0)
}

/// The paragraphs of a text as ranges, without surrounding space and byte-order mark.
pub(super) fn paragraphs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let from = start;
        start += line.len();
        let inner = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let offset = line.find(inner)?;
        (!inner.is_empty()).then(|| from + offset..from + offset + inner.len())
    })
}

/// Splits a range at full stops; a stop inside “…”, （…） or 《…》 does not end a sentence. What follows the last stop is a
/// sentence too: an item ends with `；`, what leads over to items with `：`.
pub(super) fn sentences(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = range.start;
    let mut depth = 0_i32;
    for (offset, c) in text.get(range.clone()).unwrap_or("").char_indices() {
        match c {
            '“' | '（' | '《' => depth += 1,
            '”' | '）' | '》' => depth -= 1,
            '。' | '！' | '？' if depth <= 0 => {
                let end = range.start + offset + c.len_utf8();
                found.push(start..end);
                start = end;
            }
            _ => {}
        }
    }
    if start < range.end {
        found.push(start..range.end);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        for (text, number) in [
            ("一", 1),
            ("十", 10),
            ("十八", 18),
            ("二十", 20),
            ("九十九", 99),
            ("一百", 100),
            ("一百零一", 101),
            ("一百一十", 110),
            ("二百五十五", 255),
            ("一千二百六十", 1260),
        ] {
            assert_eq!(chinese_number(text), Some(number), "{text}");
        }
        for wrong in ["", "零", "一二", "百", "8", "甲", "十百"] {
            assert_eq!(chinese_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lines_are_told_by_their_begin() {
        let number = |value, text: &str| Number { value, length: text.len() };
        for (line, kind) in [
            ("第五条 企业可以", Line::Article(number(5, "第五条"))),
            ("第一百零二条　企业", Line::Article(number(102, "第一百零二条"))),
            ("第一章　总则", Line::Chapter),
            ("第二节 监督", Line::Chapter),
            ("一、总体要求", Line::Part(number(1, "一、"))),
            ("（十八）用好", Line::Bracketed(number(18, "（十八）"))),
            ("(三)另外", Line::Bracketed(number(3, "(三)"))),
            ("附件：清单", Line::Annex),
            ("附件1", Line::Annex),
            ("附件1：清单", Line::Annex),
            ("第二章规定的企业可以申请。", Line::Other),
            ("附件中的产品可以", Line::Other),
            ("第一批企业", Line::Other),
            ("（1）其他", Line::Other),
            ("1.其他", Line::Other),
            ("（2024年11月28日通过）", Line::Other),
        ] {
            assert_eq!(Line::of(line), kind, "{line}");
        }
    }
}
