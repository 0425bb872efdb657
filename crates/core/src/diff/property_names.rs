//! What the properties of items are called in reports.
//!
//! [`outline`](super::outline) names properties by keys that stay what they are in JSON; here they get the words of officers.

use super::report::same;
use crate::facts::LocalizedText;

/// Keys and their names. A key that ends with a blank is the start of longer ones; what follows is shown as it is.
const NAMES: &[(&str, &str, &str)] = &[
    ("order of ", "次序：", "order of "),
    ("policy", "文件", "policy"),
    ("measure ", "条目 ", "measure "),
    ("measure", "条目", "measure"),
    ("number", "文号", "number"),
    ("title", "标题", "title"),
    ("issuer", "发文机关", "issuer"),
    ("issued", "成文日期", "date of issue"),
    ("level", "级别", "level"),
    ("area name", "适用地区", "area"),
    ("area label", "适用地区的条件", "criterion of the area"),
    ("in force from", "施行日期", "in force from"),
    ("in force until", "施行到", "in force until"),
    ("amended by ", "修改：", "amended by "),
    ("replaced by ", "代替：", "replaced by "),
    ("relation", "与别的文件的关系", "relation to another document"),
    ("difference ", "差别：", "difference: "),
    ("sentence ", "原文句子 ", "sentence "),
    ("later ", "后来的文件：", "later document: "),
    ("summary", "概述", "summary"),
    ("benefit", "支持的种类", "kind of benefit"),
    ("access", "怎样得到", "how it is had"),
    ("citation ", "引用的句子 ", "quote of sentence "),
    ("confirm", "需要核实", "to be confirmed"),
    ("channel", "去哪里", "office"),
    ("ask", "要问什么", "what to ask"),
    ("bring", "要带什么", "what to bring"),
    ("note", "备注", "note"),
    ("note ", "补充说明：", "note to "),
    ("by", "由谁负责", "responsible"),
    ("pages", "页面", "pages"),
    ("see also ", "另见：", "see also: "),
    ("see also", "另见", "see also"),
    ("opens", "开始日期", "opens"),
    ("closes", "截止日期", "closes"),
    ("closes reason", "截止的理由", "why it closes"),
    ("lapsed", "失效日期", "lapsed"),
    ("lapsed reason", "失效的理由", "why it lapsed"),
    ("kind", "类别", "kind"),
    ("reason", "理由", "reason"),
    ("source", "出处", "source"),
    ("label", "名称", "label"),
    ("condition", "判断式", "condition"),
    ("type", "类型", "type"),
    ("group", "分组", "group"),
    ("question", "问题", "question"),
    ("help", "说明", "help"),
    ("alias", "旧名称", "older name"),
    ("header", "表头", "header"),
    ("value", "选项", "value"),
    ("value ", "选项 ", "value "),
    ("industry", "行业", "industry"),
    ("usual_per", "通常的比例", "usual ratio"),
    ("because", "推导的理由", "explanation"),
    ("because ", "推导的理由 ", "explanation "),
    ("text", "文字", "text"),
    ("name", "名称", "name"),
    ("does", "职责", "what it does"),
    ("contact ", "联系方式 ", "contact "),
    ("amount", "金额", "amount"),
];

/// What is said of a criterion.
const OF_CRITERIA: &[(&str, &str, &str)] = &[
    ("label", "名称", "label"),
    ("basis", "依据", "basis"),
    ("defined by", "界定它的规定", "what defines it"),
    ("reason", "这样理解的理由", "reason of the reading"),
    ("condition", "判断式", "condition"),
];

/// The name of a property, of a criterion if one is given by its label.
pub(super) fn property_name(key: &str, criterion: Option<&LocalizedText>) -> LocalizedText {
    let named = |(_, zh, en): &(&str, &str, &str)| LocalizedText {
        zh: (*zh).to_owned(),
        en: (*en).to_owned(),
    };
    if let Some(label) = criterion {
        let of = OF_CRITERIA.iter().find(|(end, _, _)| key.ends_with(&format!(" {end}")));
        let name = of.map_or_else(|| same(key), named);
        return LocalizedText {
            zh: format!("条件“{}”的{}", label.zh, name.zh),
            en: format!("{} of the criterion \u{201c}{}\u{201d}", name.en, label.en),
        };
    }
    if let Some(exact) = NAMES.iter().find(|(name, _, _)| *name == key) {
        return named(exact);
    }
    if let Some(value) = key.strip_suffix(" when") {
        return LocalizedText {
            zh: format!("什么时候是“{value}”"),
            en: format!("when it is \u{201c}{value}\u{201d}"),
        };
    }
    let start = NAMES.iter().find(|(name, _, _)| name.ends_with(' ') && key.starts_with(name));
    start.map_or_else(
        || same(key),
        |(name, zh, en)| {
            let rest = key.strip_prefix(name).unwrap_or_default();
            LocalizedText { zh: format!("{zh}{rest}"), en: format!("{en}{rest}") }
        },
    )
}

/// A basis by its name in the rules.
pub(super) fn basis(name: &str) -> LocalizedText {
    let (zh, en) = match name {
        "stated" => ("原文写明", "stated in the text"),
        "defined" => ("其他规定界定", "defined by another rule"),
        "need" => ("有需要才用得上", "helps only a firm that needs it"),
        "interpreted" => ("我们的理解", "our reading"),
        "area" => ("文件只在这里适用", "where the document holds"),
        other => (other, other),
    };
    LocalizedText { zh: zh.to_owned(), en: en.to_owned() }
}
