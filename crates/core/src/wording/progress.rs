//! How far a person is in the form, in words that calm: pages, never the number of all questions.

use super::texts;
use crate::facts::LocalizedText;

/// How many pages are still to come, as measured: for most firms, and for nine in ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagesLeft {
    /// For half of the firms it is no more than this.
    pub usual: u32,
    /// For nine in ten it is no more than this.
    pub most: u32,
}

/// The progress: what is decided, and about how many pages are left, if that is known.
#[must_use]
pub fn progress(
    decided: usize,
    questions: usize,
    skipped: usize,
    left: Option<PagesLeft>,
) -> LocalizedText {
    let (zh, en) = match (questions, left) {
        (0, _) if skipped > 0 => {
            ("，其余的问题您跳过了".to_owned(), ". You skipped the other questions".to_owned())
        }
        (0, _) => ("，能问的都问了".to_owned(), ". Everything has been asked".to_owned()),
        (_, None) => {
            ("，再答几个问题会更准".to_owned(), "; a few more answers would settle more".to_owned())
        }
        (_, Some(left)) => {
            let left = pages_left(left);
            (format!("，{}", left.zh), format!("; {}", left.en))
        }
    };
    texts(format!("已确定{decided}项{zh}"), format!("{decided} settled{en}"))
}

/// How many pages come after this one and before the result.
fn pages_left(left: PagesLeft) -> LocalizedText {
    match (left.usual, left.most) {
        (_, 0) => texts("下一页多半就是结果", "the result most likely comes next"),
        (usual, most) if usual >= most => texts(
            format!("后面大约还有{most}页"),
            format!("about {most} more {}", if most == 1 { "page" } else { "pages" }),
        ),
        (0, most) => {
            texts(format!("后面最多再有{most}页左右"), format!("at most {most} or so more pages"))
        }
        (usual, most) => texts(
            format!("后面大约还有{usual}到{most}页"),
            format!("about {usual} to {most} more pages"),
        ),
    }
}

/// How long the whole form usually is, for the start page.
#[must_use]
pub fn pages_in_all(left: PagesLeft) -> LocalizedText {
    let PagesLeft { usual, most } = left;
    let (zh, en) = if usual == most {
        (format!("{most}页"), format!("{most} pages"))
    } else {
        (format!("{usual}到{most}页"), format!("{usual} to {most} pages"))
    };
    texts(
        format!("一般{zh}，三五分钟；随时可以看结果"),
        format!("Usually {en}, a few minutes; you can see the result at any time"),
    )
}
