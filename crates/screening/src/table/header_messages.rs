//! Messages about headers that cannot be decided, in the language of the job.
//!
//! Owns the words; each message names the column, its possible meanings, and the `--map` option that decides it. The
//! decisions themselves are made in `header`.

use super::header::Mapped;
use export_advisor_core::facts::{Catalogue, Fact, FactId};
use export_advisor_core::wording::{Lang, shown};

/// Words the faults of headers and mappings.
pub(crate) struct HeaderMessages<'a> {
    pub(crate) lang: Lang,
    pub(crate) catalogue: &'a Catalogue,
}

impl HeaderMessages<'_> {
    fn of(&self, zh: String, en: String) -> String {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn fact(&self, id: FactId) -> String {
        let fact = self.catalogue.fact(id);
        match self.lang {
            Lang::Zh => format!("{}（{}）", fact.label.zh, fact.name),
            Lang::En => format!("{} ({})", fact.label.en, fact.name),
        }
    }

    fn facts(&self, ids: impl Iterator<Item = FactId>) -> String {
        let facts: Vec<String> = ids.map(|id| self.fact(id)).collect();
        facts.join(match self.lang {
            Lang::Zh => "，也可以是",
            Lang::En => ", or ",
        })
    }

    fn name(&self, id: FactId) -> &str {
        &self.catalogue.fact(id).name
    }

    pub(crate) fn ambiguous(&self, header: &str, facts: &[FactId]) -> String {
        let header = &shown(header);
        let both = self.facts(facts.iter().copied());
        let first = facts.first().map_or("", |fact| self.name(*fact));
        self.of(
            format!("列“{header}”有多种读法：{both}。请用 --map '{header}={first}' 指明是哪一个。"),
            format!("the column `{header}` can be {both}: say which with --map '{header}={first}'"),
        )
    }

    pub(crate) fn no_unit(&self, header: &str, meant: &[FactId]) -> String {
        let header = &shown(header);
        let facts = self.facts(meant.iter().copied());
        let name = meant.first().map_or("", |fact| self.name(*fact));
        self.of(
            format!(
                "列“{header}”（{facts}）没有写明单位：可能是万元，也可能是元。请把表头写成“{header}（万元）”或“{header}（元）”，或者加上 --map '{header}={name}:万元' 或 --map '{header}={name}:元'。"
            ),
            format!(
                "the column `{header}` ({facts}) names no unit: it may be 万元 (10,000 yuan) or 元 (yuan). Write the unit into the header, or add --map '{header}={name}:万元' or --map '{header}={name}:元'"
            ),
        )
    }

    pub(crate) fn two_units(&self, header: &str, [one, other]: [Mapped; 2]) -> String {
        let header = &shown(header);
        let fact = self.fact(one.fact);
        let name = self.name(one.fact);
        let [one, other] = [one, other].map(|mapped| unit(mapped.shift));
        self.of(
            format!(
                "列“{header}”（{fact}）写了两个单位：可能是{one}，也可能是{other}。请只留一个，或者加上 --map '{header}={name}:{one}' 或 --map '{header}={name}:{other}'。"
            ),
            format!(
                "the column `{header}` ({fact}) names two units: it may be {one} or {other}. Keep one, or add --map '{header}={name}:{one}' or --map '{header}={name}:{other}'"
            ),
        )
    }

    pub(crate) fn twice(&self, fact: &Fact, columns: &[usize], names: &[String]) -> String {
        let listed: Vec<String> = (columns.iter())
            .map(|column| {
                let name = shown(names.get(*column).map_or("", String::as_str));
                let number = column + 1;
                self.of(format!("第{number}列“{name}”"), format!("column {number} `{name}`"))
            })
            .collect();
        let last = columns.last().map_or(0, |column| column + 1);
        let fact = self.fact(fact.id);
        self.of(
            format!(
                "{}都被读作{fact}，只能留一列。不用的那一列请加上 --map '#{last}=-' 让它原样通过。",
                listed.join("、")
            ),
            format!(
                "{} are both read as {fact}: keep one, and let the other pass with --map '#{last}=-'",
                listed.join(" and ")
            ),
        )
    }

    pub(crate) fn no_column(&self, header: &str, names: &[String]) -> String {
        let near =
            export_advisor_core::diagnostic::nearest(header, names.iter().map(String::as_str));
        let near = near.map(shown);
        let (zh, en) = near.map_or((String::new(), String::new()), |near| {
            (format!("，是不是“{near}”？"), format!("; did you mean `{near}`?"))
        });
        self.of(
            format!("--map：文件里没有名为“{header}”的列{zh}"),
            format!("--map: the file has no column `{header}`{en}"),
        )
    }

    pub(crate) fn no_fact(&self, name: &str) -> String {
        let near = self.catalogue.nearest(name);
        let (zh, en) = near.map_or((String::new(), String::new()), |near| {
            (format!("，是不是“{near}”？"), format!("; did you mean `{near}`?"))
        });
        self.of(
            format!("--map：没有名为“{name}”的事实项{zh}"),
            format!("--map: no fact is named `{name}`{en}"),
        )
    }

    pub(crate) fn no_such_unit(&self, name: &str, unit: &str) -> String {
        self.of(
            format!("--map：“{name}”没有“{unit}”这个单位"),
            format!("--map: `{name}` has no unit `{unit}`"),
        )
    }

    pub(crate) fn several_columns(&self, header: &str, columns: &[usize]) -> String {
        let numbers: Vec<String> = columns.iter().map(|c| format!("#{}", c + 1)).collect();
        let numbers = numbers.join(", ");
        self.of(
            format!(
                "--map：名为“{header}”的列不止一个（{numbers}），请用列号指明，如 --map '#{}=…'",
                columns.first().map_or(0, |c| c + 1)
            ),
            format!(
                "--map: several columns are named `{header}` ({numbers}): name one by its number"
            ),
        )
    }

    pub(crate) fn nothing_known(&self, names: &[String]) -> String {
        let first: Vec<String> = names.iter().take(8).map(|name| shown(name)).collect();
        let shown = first.join(", ");
        self.of(
            format!(
                "没有一列的表头是认识的（{shown}…），结果会全是“待定”。第一行应当是表头；可用的列名见 export-advisor facts，或用 --map '表头=事实项' 指明。"
            ),
            format!(
                "no header is known ({shown} …), so nothing could be decided. The first line must be the header; see `export-advisor facts` for names, or say --map 'HEADER=fact'"
            ),
        )
    }
}

/// A unit of money as `--map` names it, by the power of ten to 万元.
fn unit(shift: i8) -> &'static str {
    match shift {
        ..-1 => "元",
        -1 => "千元",
        0 | 1 => "万元",
        2 => "百万元",
        3 => "千万元",
        4 => "亿元",
        5..8 => "billion yuan",
        8.. => "万亿元",
    }
}

#[cfg(test)]
mod tests {
    use super::unit;
    use export_advisor_core::facts::{MoneyUnit, header_unit};

    #[test]
    fn units_are_named_so_that_they_can_be_read() {
        for shift in [-4, -1, 0, 2, 3, 4, 5, 8] {
            let folded = unit(shift).replace(' ', "");
            assert_eq!(header_unit(&folded), Some(MoneyUnit::Complete(shift)), "{folded}");
        }
    }
}
