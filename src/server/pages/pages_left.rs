//! About how many pages are still to come, as it was measured.
//!
//! In go the page that is shown and how many questions are open, out comes a line of the table `pages-left.tsv`, which
//! `tests/tables/pages_left.py` makes by walking the form as made-up firms. It promises nothing.

use super::page::{Page, SEVERAL};
use export_advisor_core::wording::PagesLeft;
use std::sync::LazyLock;

/// Of one kind of page: from how many open questions a line counts, and what it says.
struct Line {
    page: &'static str,
    questions: usize,
    left: PagesLeft,
}

/// The name of the pages with one question, and that of the start.
const SINGLE: &str = "@single";
const START: &str = "@start";

static TABLE: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let lines = include_str!("pages-left.tsv").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines.filter_map(line).collect()
});

/// A line of the table; the head is none.
fn line(text: &'static str) -> Option<Line> {
    let mut cells = text.split('\t');
    let page = cells.next()?;
    let mut number = || cells.next()?.parse::<u32>().ok();
    let (questions, usual, most) = (number()?, number()?, number()?);
    Some(Line { page, questions: questions.try_into().ok()?, left: PagesLeft { usual, most } })
}

fn find(page: &str, questions: usize) -> Option<PagesLeft> {
    let lines = TABLE.iter().filter(|line| line.page == page && line.questions <= questions);
    lines.max_by_key(|line| line.questions).map(|line| line.left)
}

/// How many pages come after this one and before the result.
pub(super) fn pages_left(page: Page, questions: usize) -> Option<PagesLeft> {
    let name = match page {
        Page::Several(wanted) => SEVERAL.iter().find(|(together, _)| *together == wanted)?.1,
        Page::Fact(_) => SINGLE,
        Page::Result => return None,
    };
    find(name, questions)
}

/// How many pages the whole form has before the result.
pub(super) fn pages_in_all() -> Option<PagesLeft> {
    find(START, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_every_page_and_no_line_that_cannot_be_read() {
        let written = include_str!("pages-left.tsv").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(TABLE.len() + 1, written.count(), "all but the head");
        for (together, _) in SEVERAL {
            assert!(pages_left(Page::Several(together), 0).is_some());
        }
        assert!(find(SINGLE, 0).is_some() && find(SINGLE, 99).is_some());
        assert!(pages_in_all().is_some_and(|left| left.usual > 1));
        assert!(TABLE.iter().all(|line| line.left.usual <= line.left.most));
    }
}
