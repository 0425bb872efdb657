//! The key points of a result as a short text for a chat.
//!
//! In goes a result view, out come lines of at most [`LONGEST`] characters: the offices first, then the first question
//! for each, what to bring, what is left to find out. A line stands in it whole or not at all. The firm's name and code are
//! not in it.

use super::result::ResultView;
use export_advisor_core::wording::{self, Lang};

/// The longest text, in characters.
pub(super) const LONGEST: usize = 800;

/// A line with its rank: lines of low rank are taken first.
struct Line {
    rank: usize,
    text: String,
}

/// The text.
pub(super) fn key_points(result: &ResultView, lang: Lang) -> String {
    let closing = lang.of(&wording::key_points_closing(&result.as_of)).to_owned();
    let offices = match &result.exporting {
        Some(exporting) if result.errands.is_empty() => &exporting.offices,
        _ => &result.errands,
    };
    let mut lines: Vec<Line> = vec![Line { rank: 0, text: result.summary.clone() }];
    if let Some(exporting) = &result.exporting {
        lines.push(Line { rank: 0, text: exporting.heading.clone() });
    }
    let label = |zh: &str, en: &str, text: &str| match lang {
        Lang::Zh => format!("　{zh}：{text}"),
        Lang::En => format!("   {en}: {text}"),
    };
    for (index, office) in offices.iter().enumerate() {
        let phone = office.contacts.iter().find(|contact| !contact.phone.is_empty());
        let phone = phone.map_or(String::new(), |contact| format!(" {}", contact.phone));
        let number = index + 1;
        lines.push(Line { rank: 1, text: format!("{number}. {}{phone}", office.name) });
        if let Some(ask) = office.asks.first() {
            lines.push(Line { rank: 2, text: label("问", "Ask", ask) });
        }
        if !office.papers.is_empty() {
            lines.push(Line { rank: 4, text: label("带上", "Bring", &office.papers) });
        }
    }
    let open = result.groups.iter().flat_map(|group| group.by_question());
    for open in open.filter_map(|open| open.ask).take(3) {
        lines.push(Line { rank: 3, text: label("还要弄清", "To find out", &open.question) });
    }
    fit(lines, closing, lang)
}

/// As many lines as fit, those of low rank first, in their order.
fn fit(lines: Vec<Line>, closing: String, lang: Lang) -> String {
    let further = |count: usize| lang.of(&wording::further_offices(count)).to_owned();
    let length = |text: &str| text.chars().count() + 1;
    // Also how many offices were left out has to fit.
    let mut left = LONGEST - length(&closing) - length(&further(99));
    let mut taken = vec![false; lines.len()];
    for rank in 0..=4 {
        for (line, taken) in lines.iter().zip(&mut taken).filter(|(line, _)| line.rank == rank) {
            if let Some(rest) = left.checked_sub(length(&line.text)) {
                (left, *taken) = (rest, true);
            }
        }
    }
    let is_left_out = |(line, taken): &(&Line, &bool)| line.rank == 1 && !**taken;
    let left_out = lines.iter().zip(&taken).filter(is_left_out).count();
    let mut text: Vec<String> = (lines.into_iter().zip(taken))
        .filter_map(|(line, taken)| taken.then_some(line.text))
        .collect();
    if left_out > 0 {
        text.push(further(left_out));
    }
    text.push(closing);
    text.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_the_text_is_never_longer_than_it_may_be() {
        for lang in [Lang::Zh, Lang::En] {
            for size in [1, 20, 60, 200, 700, 2000] {
                let line = |rank: usize| Line { rank, text: rank.to_string().repeat(size) };
                let lines = [0, 1, 2, 4, 1, 2, 4, 3].map(line);
                let text = fit(lines.into(), "end".to_owned(), lang);
                assert!(text.chars().count() <= LONGEST, "{size}: {}", text.chars().count());
                assert!(text.ends_with("\nend") || text == "end");
                let whole =
                    text.lines().filter(|line| line.starts_with(|c: char| "0124".contains(c)));
                assert!(whole.clone().all(|line| line.chars().count() == size
                    || line.contains('处')
                    || line.contains("more offices")));
                let offices = text.lines().filter(|line| line.chars().all(|c| c == '1')).count();
                let said = text.contains(lang.of(&wording::further_offices(2 - offices)));
                assert_eq!(said, offices < 2, "{size}: {text}");
            }
        }
    }
}
