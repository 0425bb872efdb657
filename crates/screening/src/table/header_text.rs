//! The text of headers: the form in which they are compared, and the parts that change no meaning or state a unit.
//!
//! Owns the folding, the units of money and the year in a header, the bracket at its end, remarks such as （必填）, and
//! the comparison of misspelt headers. Texts go in and come out; it knows no fact.

use export_advisor_core::facts::{MoneyUnit, half_width, header_unit};

/// Remarks in brackets that do not change the meaning of a header, folded; any other may.
const REMARKS: [&str; 13] = [
    "必填",
    "选填",
    "可选",
    "可空",
    "非必填",
    "required",
    "optional",
    "人",
    "名",
    "个",
    "家",
    "是否",
    "下拉选择",
];

/// A header without the remarks in brackets that do not change its meaning.
pub(super) fn without_remarks(header: &str) -> String {
    let mut plain = String::with_capacity(header.len());
    let mut rest = header;
    while let Some(open) = rest.find(['(', '（', '[', '【', '〔']) {
        let (before, bracket) = rest.split_at(open);
        let Some(close) = bracket.find([')', '）', ']', '】', '〕']) else { break };
        let inside = fold(bracket.get(..close).unwrap_or_default());
        let is_length =
            inside.strip_suffix('位').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
        plain.push_str(before);
        let mut end = bracket.get(close..).unwrap_or_default().chars();
        end.next();
        if !is_length && !REMARKS.contains(&inside.as_str()) {
            plain.push_str(bracket.get(..bracket.len() - end.as_str().len()).unwrap_or_default());
        }
        rest = end.as_str();
    }
    plain.push_str(rest);
    plain
}

/// Whether two folded headers of at least three characters differ in one character, or one has one more.
pub(super) fn is_one_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() < 3 || long.len() - short.len() > 1 || short == long {
        return false;
    }
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let rest = |list: &[char], from: usize| list.get(from..).unwrap_or_default().to_vec();
    let skipped = usize::from(short.len() == long.len());
    rest(&short, same + skipped) == rest(&long, same + 1)
}

/// The form in which headers are compared: half-width, in lower case, without spaces, brackets, punctuation and
/// characters without width.
pub(crate) fn fold(text: &str) -> String {
    let has_width = |c: char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let between = |c: &char| {
        has_width(*c) && !c.is_whitespace() && !"()[]{}【】〔〕《》_-:/·*,、;'‘’".contains(*c)
    };
    let folded: String = text.chars().map(half_width).filter(between).collect();
    folded.to_lowercase().replace("单位", "")
}

/// The units of money that a folded header may end in, the longest first, each with the rest of the header.
pub(super) fn units(folded: &str) -> impl Iterator<Item = (&str, MoneyUnit)> {
    let splits = folded.char_indices().skip(1).filter_map(|(end, _)| folded.split_at_checked(end));
    splits.filter_map(|(bare, unit)| Some((bare, header_unit(unit)?)))
}

/// A folded header without its year, if it has one: the same header with more and more of `2023年度` removed.
pub(super) fn without_year(folded: &str) -> Vec<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let years = folded.char_indices().filter_map(|(start, _)| {
        let (before, rest) = folded.split_at_checked(start)?;
        let (year, after) = rest.split_at_checked(4)?;
        let is_year = (year.starts_with("19") || year.starts_with("20"))
            && year.chars().all(is_digit)
            && !before.ends_with(is_digit)
            && !after.starts_with(is_digit);
        is_year.then_some((before.strip_suffix("fy").unwrap_or(before), after))
    });
    let years: Vec<(&str, &str)> = years.collect();
    let [(before, after)] = years.as_slice() else { return Vec::new() };
    let after_year = ["年度", "年", ""].iter().filter_map(|suffix| after.strip_prefix(suffix));
    after_year.map(|after| format!("{before}{after}")).collect()
}

/// What stands before the bracket at the end of a header, and in it.
pub(super) fn last_bracket(header: &str) -> Option<(&str, &str)> {
    let text = header.trim_end().strip_suffix([')', '）', ']', '】', '〕'])?;
    let (before, bracket) = text.split_at(text.rfind(['(', '（', '[', '【', '〔'])?);
    let mut inside = bracket.chars();
    inside.next();
    Some((before, inside.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bracket_at_the_end_is_found() {
        for (header, parts) in [
            ("revenue_wan（元）", Some(("revenue_wan", "元"))),
            ("营业收入(2023)[万元] ", Some(("营业收入(2023)", "万元"))),
            ("（必填）营业收入", None),
            ("营业收入）", None),
            ("", None),
        ] {
            assert_eq!(last_bracket(header), parts, "{header}");
        }
    }
}
