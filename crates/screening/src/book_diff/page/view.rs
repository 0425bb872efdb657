//! The counts of a digest in the form of its page: texts ready to be shown, widths of bars.
//!
//! Owns choices of what is shown and in which order. It writes no HTML and has no count that the digest does not have.

use super::flow::{Flow, STATUSES, WIDTH};
use crate::book_diff::digest::{Bilingual, BookDigest, DigestCause, DigestSupport};
use crate::write::page::number;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::{self, Lang};

/// How many causes are shown.
const SHOWN: usize = 20;

/// The names of the styles of statuses.
const CLASSES: [&str; STATUSES] = ["yes", "open", "no", "gone"];

/// All that the page shows.
pub(super) struct View<'a> {
    pub(super) digest: &'a BookDigest,
    pub(super) firms: String,
    pub(super) moved_firms: String,
    pub(super) rows: Vec<(&'static str, String)>,
    pub(super) supports: Vec<SupportBar<'a>>,
    /// The supports of which no firm moves.
    pub(super) still: usize,
    pub(super) drawing: Option<Drawing>,
    pub(super) causes: Vec<CauseRow<'a>>,
    /// How many causes are not shown.
    pub(super) more_causes: usize,
}

/// A support and its bar.
pub(super) struct SupportBar<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// What became of the support itself.
    pub(super) change: Option<String>,
    /// The parts of the bar: style, start and width in percent.
    pub(super) parts: Vec<(&'static str, String, String)>,
    /// The bar in words.
    pub(super) description: String,
    pub(super) moved: String,
    pub(super) sentences: String,
}

/// The drawing of the flow, with words.
pub(super) struct Drawing {
    pub(super) width: u32,
    pub(super) height: u64,
    pub(super) boxes: Vec<LabelledBox>,
    /// Style and outline of each ribbon.
    pub(super) ribbons: Vec<(&'static str, String)>,
    /// The moves as rows: from, to, how many.
    pub(super) rows: Vec<[String; 3]>,
    pub(super) description: String,
}

/// A box of the drawing.
pub(super) struct LabelledBox {
    pub(super) x: u32,
    pub(super) y: String,
    pub(super) height: String,
    pub(super) class: &'static str,
    pub(super) label_x: u32,
    pub(super) label_y: String,
    pub(super) anchor: &'static str,
    pub(super) label: String,
    pub(super) count: String,
}

/// A cause.
pub(super) struct CauseRow<'a> {
    pub(super) title: &'a str,
    pub(super) id: &'a str,
    pub(super) moved: String,
    /// The criteria: label, id, truths.
    pub(super) criteria: Vec<(&'a str, &'a str, String)>,
    pub(super) all_together: bool,
    pub(super) sentences: String,
    pub(super) firms: String,
}

impl<'a> View<'a> {
    /// What is shown of a digest.
    pub(super) fn new(digest: &'a BookDigest, lang: Lang) -> Self {
        let words = Words(lang);
        let mut moving: Vec<&DigestSupport> = digest.moving().collect();
        moving.sort_by_key(|support| std::cmp::Reverse(support.moved));
        let most = moving.iter().map(|support| shown(support)).max().unwrap_or(0);
        let mut causes: Vec<(&DigestSupport, &DigestCause)> = (digest.supports.iter())
            .flat_map(|support| support.causes.iter().map(move |cause| (support, cause)))
            .collect();
        causes.sort_by_key(|(_, cause)| std::cmp::Reverse(cause.firms));
        let rows = digest.rows.iter().flat_map(|rows| {
            [
                (words.t("名单行数", "rows of the list"), rows.total),
                (
                    words.t("有格子读不出的行", "rows with cells that could not be read"),
                    rows.faulty,
                ),
                (words.t("拆不开的行", "rows that could not be taken apart"), rows.without_status),
                (words.t("不是企业的行", "rows that are no firm"), rows.not_firms),
            ]
        });
        Self {
            digest,
            firms: words.count(digest.firms),
            moved_firms: words.count(digest.moved_firms),
            rows: rows.map(|(name, count)| (name, number(count))).collect(),
            still: digest.supports.len() - moving.len(),
            supports: moving.iter().map(|support| words.bar(support, most)).collect(),
            drawing: words.drawing(&digest.supports),
            more_causes: causes.len().saturating_sub(SHOWN),
            causes: causes
                .into_iter()
                .take(SHOWN)
                .map(|(s, cause)| words.cause(s, cause))
                .collect(),
        }
    }
}

/// The firms of a support's moves whose count is shown.
fn shown(support: &DigestSupport) -> u64 {
    support.moves.iter().filter_map(|cell| cell.firms).sum()
}

/// The status of an outcome, by its index among those of the drawing.
fn status(outcome: Option<&str>) -> usize {
    let status = outcome.map(|outcome| outcome.split('/').next().unwrap_or_default());
    let all = [Status::Applies, Status::Undetermined, Status::DoesNotApply];
    let found = status.and_then(|status| all.iter().position(|one| one.as_str() == status));
    found.unwrap_or(STATUSES - 1)
}

/// A part of a whole in percent, with two digits after the point.
fn percent(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Words of one language.
struct Words(Lang);

impl Words {
    fn t<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.0 == Lang::Zh { zh } else { en }
    }

    fn of<'t>(&self, text: &'t Bilingual) -> &'t str {
        self.t(&text.zh, &text.en)
    }

    fn text(&self, text: LocalizedText) -> String {
        if self.0 == Lang::Zh { text.zh } else { text.en }
    }

    /// A count, or that it is hidden.
    fn count(&self, count: Option<u64>) -> String {
        count.map_or_else(|| self.t("不公开", "hidden").to_owned(), number)
    }

    fn status(&self, index: usize) -> String {
        let all = [Status::Applies, Status::Undetermined, Status::DoesNotApply];
        match all.get(index) {
            Some(status) => self.text(wording::status(*status)),
            None => self.t("规则里没有", "not in the rules").to_owned(),
        }
    }

    fn bar<'d>(&self, support: &'d DigestSupport, most: u64) -> SupportBar<'d> {
        let mut by_status = [0_u64; STATUSES];
        for cell in &support.moves {
            if let Some(count) = by_status.get_mut(status(cell.after.as_deref())) {
                *count += cell.firms.unwrap_or(0);
            }
        }
        let (mut parts, mut words, mut start) = (Vec::new(), Vec::new(), 0);
        for ((index, count), class) in by_status.into_iter().enumerate().zip(CLASSES) {
            if count > 0 {
                parts.push((class, percent(start, most), percent(count, most)));
                words.push(format!("{} {}", self.status(index), number(count)));
                start += count;
            }
        }
        let change = match support.change {
            "added" => Some(self.t("新增", "added").to_owned()),
            "removed" => Some(self.t("删除", "removed").to_owned()),
            "renamed" => support
                .renamed_from
                .as_ref()
                .map(|from| format!("{} {from}", self.t("原名", "renamed from"))),
            _ => None,
        };
        SupportBar {
            id: &support.id,
            title: self.of(&support.title),
            change,
            parts,
            description: format!(
                "{}{}",
                self.t("变为：", "become: "),
                words.join(self.t("，", ", "))
            ),
            moved: self.count(support.moved),
            sentences: support.sentences.join(self.t("、", ", ")),
        }
    }

    fn drawing(&self, supports: &[DigestSupport]) -> Option<Drawing> {
        let mut moves = [[0_u64; STATUSES]; STATUSES];
        for cell in supports.iter().flat_map(|support| &support.moves) {
            let row = moves.get_mut(status(cell.before.as_deref()));
            if let Some(count) = row.and_then(|row| row.get_mut(status(cell.after.as_deref()))) {
                *count += cell.firms.unwrap_or(0);
            }
        }
        let flow = Flow::new(&moves)?;
        let class = |index: usize| CLASSES.get(index).copied().unwrap_or("gone");
        let mut rows = Vec::new();
        for (before, row) in moves.iter().enumerate() {
            for (after, count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                rows.push([self.status(before), self.status(after), number(*count)]);
            }
        }
        let described = rows.iter().map(|[from, to, count]| format!("{from} → {to} {count}"));
        let description = described.collect::<Vec<_>>().join(self.t("；", "; "));
        let boxes = flow.boxes.into_iter().map(|one| LabelledBox {
            x: one.x,
            y: one.y,
            height: one.height,
            class: class(one.status),
            label_x: one.label_x,
            label_y: one.label_y,
            anchor: if one.is_left { "end" } else { "start" },
            label: self.status(one.status),
            count: number(one.count),
        });
        let ribbons = flow.ribbons.into_iter().map(|ribbon| (class(ribbon.after), ribbon.path));
        Some(Drawing {
            width: WIDTH,
            height: flow.height,
            boxes: boxes.collect(),
            ribbons: ribbons.collect(),
            rows,
            description,
        })
    }

    fn cause<'d>(&self, support: &'d DigestSupport, cause: &'d DigestCause) -> CauseRow<'d> {
        let truth = |truth: Option<&str>| match truth {
            None => self.t("没有", "absent"),
            Some("true") => self.t("符合", "met"),
            Some("false") => self.t("不符合", "not met"),
            Some(_) => self.t("还不清楚", "not known yet"),
        };
        let criteria = cause.criteria.iter().map(|criterion| {
            let truths = format!("{} → {}", truth(criterion.before), truth(criterion.after));
            (self.of(&criterion.label), criterion.id.as_str(), truths)
        });
        CauseRow {
            title: self.of(&support.title),
            id: &support.id,
            moved: format!(
                "{} → {}",
                self.outcome(cause.before.as_deref()),
                self.outcome(cause.after.as_deref())
            ),
            criteria: criteria.collect(),
            all_together: cause.all_together,
            sentences: support.sentences.join(self.t("、", ", ")),
            firms: number(cause.firms),
        }
    }

    /// An outcome in words: the status, and what excludes the firm.
    fn outcome(&self, outcome: Option<&str>) -> String {
        let by = outcome.and_then(|outcome| outcome.split_once('/')).map(|(_, by)| match by {
            "text" => self.t("因原文", "by the text"),
            "no_need" => self.t("没有需要", "no need"),
            _ => self.t("只是我们的理解", "only our reading"),
        });
        let status = self.status(status(outcome));
        match by {
            None => status,
            Some(by) => format!("{status}{}{by}{}", self.t("（", " ("), self.t("）", ")")),
        }
    }
}
