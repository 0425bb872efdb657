//! The words of a report on two rule books, in one language.

use super::{Effect, FileChange, ItemChange, ItemKind};
use crate::truth::Truth;
use crate::wording::Lang;

/// Texts of a report in one language.
pub(super) struct Words(pub(super) Lang);

impl Words {
    /// The text of the language.
    pub(super) const fn of(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// What kind of thing an item is.
    #[must_use]
    pub(super) const fn kind(&self, kind: ItemKind) -> &'static str {
        match kind {
            ItemKind::Policy => self.of("文件", "policy"),
            ItemKind::Background => self.of("背景句", "background"),
            ItemKind::Support => self.of("支持事项", "support"),
            ItemKind::Emphasis => self.of("侧重", "emphasis"),
            ItemKind::Fact => self.of("事实项", "fact"),
            ItemKind::Derivation => self.of("推导", "derivation"),
            ItemKind::Warning => self.of("提醒", "warning"),
            ItemKind::Channel => self.of("窗口", "office"),
            ItemKind::Paper => self.of("材料", "paper"),
            ItemKind::BenefitKind => self.of("种类", "kind of benefit"),
            ItemKind::Population => self.of("参照企业", "reference population"),
            ItemKind::Overlay => self.of("地方补充", "overlay"),
        }
    }

    /// What happened to an item.
    pub(super) fn change(&self, change: &ItemChange) -> String {
        match change {
            ItemChange::Added => self.of("新增", "added").to_owned(),
            ItemChange::Removed => self.of("删除", "removed").to_owned(),
            ItemChange::Renamed { from } => {
                format!("{} `{from}`", self.of("改名，原来叫", "renamed, was"))
            }
            ItemChange::Changed => self.of("改动", "changed").to_owned(),
            ItemChange::Reordered => {
                self.of("只换了次序", "only moved to another position").to_owned()
            }
        }
    }

    pub(super) const fn file(&self, change: FileChange) -> &'static str {
        match change {
            FileChange::Added => self.of("新增", "added"),
            FileChange::Removed => self.of("删除", "removed"),
            FileChange::Changed => self.of("改动", "changed"),
            FileChange::Reformatted => self.of("只改了排版或注释", "only formatting or comments"),
        }
    }

    /// An outcome or a truth value as people read it.
    pub(super) fn outcome(&self, outcome: &str) -> String {
        let (name, value) = outcome.rsplit_once(": ").map_or(("", outcome), |(name, v)| (name, v));
        let text = match value {
            "applies" => self.of("适用", "applies"),
            "undetermined" => self.of("待定", "undetermined"),
            "does_not_apply/text" => self.of("不适用（原文排除）", "does not apply (by the text)"),
            "does_not_apply/no_need" => self.of("不适用（用不上）", "does not apply (no need)"),
            "does_not_apply/reading" => {
                self.of("不适用（只按我们的理解）", "does not apply (by our reading)")
            }
            "true" => self.of("成立", "true"),
            "false" => self.of("不成立", "false"),
            "unknown" => self.of("未知", "unknown"),
            other => other,
        };
        if name.is_empty() { text.to_owned() } else { format!("{name}: {text}") }
    }

    pub(super) fn truth(&self, truth: Option<Truth>) -> &'static str {
        match truth {
            None => self.of("没有这一条", "not there"),
            Some(Truth::True) => self.of("符合", "met"),
            Some(Truth::False) => self.of("不符合", "not met"),
            Some(Truth::Unknown) => self.of("未知", "unknown"),
        }
    }

    pub(super) fn effect(&self, effect: &Effect) -> &'static str {
        match effect {
            Effect::None => {
                self.of("对任何企业都没有影响（已证明）", "No effect on any firm (proved)")
            }
            Effect::Moves(_) => self.of(
                "有企业的结果会变：每种变动举一个最小的例子",
                "Some firms get another result: a smallest firm for each kind of move",
            ),
            Effect::TooLarge => self.of("条件太大，没有比较出来", "Too large to be compared"),
        }
    }
}
