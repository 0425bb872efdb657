//! Broken rules: each kind of mistake has its own message, with location and remedy.

use crate::broken::{SCRIPT, appended, doubling, faults_of, replaced, requires, support};
use export_advisor_core::diagnostic::Diagnostic;

/// Asserts that a mistake gives a fault of this code, with its location, and prints it.
fn check(name: &str, code: &str, faults: &[Diagnostic]) -> String {
    let fault = faults.iter().find(|fault| fault.code == code).unwrap_or_else(|| {
        let reported: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{name}: no `{code}` among:\n{}", reported.join("\n"))
    });
    assert!(!fault.help.is_empty(), "{name} has no remedy");
    assert!(!fault.file.is_empty(), "{name} has no file");
    format!("## {name}\n{fault}\n")
}

#[test]
fn every_kind_of_mistake_has_its_message() {
    let long = format!("// {}\n", "很长".repeat(100_000));
    let many = format!(
        "let x = 0;\nfor i in [{}] {{ for j in [{0}] {{ for k in [{0}] {{ x += 1; }} }} }}",
        "1,".repeat(150)
    );
    let deep = requires(&["firm.foreign_trade"; 80].join(" or "));
    let cases: Vec<(&str, &str, Vec<Diagnostic>)> = vec![
        ("a misspelt fact", "unknown-fact", appended(&requires("firm.exprts_goods"))),
        ("a misspelt value", "unknown-word", appended(&requires("firm.size <= \"smal\""))),
        (
            "a wrong quote",
            "quote-not-found",
            appended(&support(
                ".cites(\"10.1\", \"鼓励银行\").requires(\"条件\", \"criterion\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "&& for and",
            "bool-operator",
            appended(&requires("firm.foreign_trade && firm.exports_goods")),
        ),
        (
            "|| for or",
            "bool-operator",
            appended(&requires("firm.foreign_trade || firm.exports_goods")),
        ),
        (
            "if on a condition",
            "if-on-condition",
            appended("\nif firm.foreign_trade { measure(10); }\n"),
        ),
        (
            "a yes/no fact compared with a number",
            "compare-types",
            appended(&requires("firm.foreign_trade == 1")),
        ),
        (
            "a number compared with a text",
            "compare-types",
            appended(&requires("firm.employees >= \"300\"")),
        ),
        (
            "a number below a text",
            "compare-types",
            appended(&requires("firm.employees < \"1000\"")),
        ),
        ("a word that is a number", "compare-types", appended(&requires("firm.size > 3"))),
        ("all_of without a list", "wrong-call", appended(&requires("all_of(firm.gba9, firm.yrd)"))),
        ("not for !", "unknown-name", appended(&requires("not firm.foreign_trade"))),
        (
            "and not for and !",
            "unknown-name",
            appended(&requires("firm.foreign_trade and not firm.gba9")),
        ),
        ("a full-width comma", "syntax", replaced(SCRIPT, "\", \"", "\"，\"")),
        ("a full-width bracket", "syntax", replaced(SCRIPT, ".title(", ".title（")),
        ("a full-width stop", "syntax", appended(&requires("firm。gba9"))),
        ("full-width quotes", "syntax", appended(&requires("firm.size == “micro”"))),
        ("a word in single quotes", "compare-types", appended(&requires("firm.size == 'x'"))),
        ("a fact compared with ()", "compare-types", appended(&requires("firm.size == ()"))),
        (
            "an order of unordered words",
            "compare-types",
            appended(&requires("firm.region < \"西部\"")),
        ),
        (
            "two facts compared",
            "compare-facts",
            appended(&requires("firm.exports_goods == firm.imports_goods")),
        ),
        ("a range in one go", "compare-condition", appended(&requires("1 < firm.employees < 300"))),
        ("!x in [..]", "in-condition", appended(&requires("!firm.customs_credit in [\"常规\"]"))),
        (
            "an unknown office",
            "unknown-channel",
            appended(&support(
                ".channel(\"bnak\").ask(\"乙？\", \"b?\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "an unknown paper",
            "unknown-paper",
            appended(&support(
                ".bring([\"licnce\"]).requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "an office twice",
            "channel-twice",
            appended(&support(
                ".channel(\"bank\").ask(\"丙？\", \"c?\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "an office in words",
            "office-in-words",
            appended(&support(
                ".channel(\"甲\", \"a\").ask(\"丙？\", \"c?\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "a question of no office",
            "no-office",
            appended(&requires("firm.foreign_trade").replace(
                ".channel(\"bank\").ask(\"乙\", \"b\")",
                ".ask(\"乙？\", \"b?\").channel(\"bank\").ask(\"丙？\", \"c?\")",
            )),
        ),
        (
            "an office without a question",
            "missing-ask",
            appended(&support(
                ".channel(\"sinosure\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        ("an empty list", "empty-list", appended(&requires("firm.customs_credit in []"))),
        (
            "a number where a condition belongs",
            "not-a-condition",
            appended(&requires("firm.employees")),
        ),
        ("a plain true", "not-a-condition", appended(&requires("true"))),
        (
            "a test that does not fit the fact",
            "wrong-type",
            appended(&requires("firm.employees.starts_with(\"1\")")),
        ),
        (
            "a code that cannot exist",
            "impossible-code",
            appended(&requires("firm.division.starts_with(\"GD\")")),
        ),
        (
            "a country that does not exist",
            "impossible-code",
            appended(&requires("firm.markets.has_any([\"XX\"])")),
        ),
        (
            "a division that does not exist",
            "impossible-code",
            appended(&requires("firm.division.starts_with(\"9999\")")),
        ),
        (
            "a value that never follows",
            "never-derived",
            appended(&requires("firm.fta_partners.has_any([\"US\"])")),
        ),
        (
            "a country that does not exist, in an emphasis",
            "impossible-code",
            appended(&support(
                ".requires(\"条件\", \"criterion\", stated, firm.foreign_trade).emphasises(\"特别\", \"in particular\", firm.markets.has_any([\"XX\"]))",
            )),
        ),
        (
            "a country that does not exist, in a conflict",
            "impossible-code",
            appended(
                "\nconflict(\"trial\", \"矛盾。\", \"A contradiction.\", firm.markets.has_any([\"XX\"]));\n",
            ),
        ),
        (
            "a value that never follows, in a conflict",
            "never-derived",
            appended(
                "\nconflict(\"trial\", \"矛盾。\", \"A contradiction.\", firm.fta_partners.has_any([\"US\"]));\n",
            ),
        ),
        (
            "an empty label",
            "empty-text",
            appended(&support(".requires(\"\", \"c\", stated, firm.foreign_trade)")),
        ),
        (
            "an empty reason",
            "empty-text",
            appended(&support(
                ".requires(\"条\", \"c\", interpreted(\"\", \"\"), firm.foreign_trade)",
            )),
        ),
        (
            "a note twice",
            "said-twice",
            appended(&support(
                ".note(\"甲\", \"a\").note(\"乙\", \"b\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        ("a fact in a text", "fact-as-text", appended("\nlet x = `规模${firm.size}`;\n")),
        (
            "switch",
            "not-in-the-language",
            appended("\nlet y = switch firm.size { \"micro\" => 1, _ => 2 };\n"),
        ),
        (
            "??",
            "not-in-the-language",
            appended(&requires("firm.foreign_trade ?? firm.exports_goods")),
        ),
        ("?.", "not-in-the-language", appended(&requires("firm?.foreign_trade"))),
        ("while", "not-in-the-language", appended("\nwhile true { }\n")),
        ("return", "not-in-the-language", appended("\nreturn;\n")),
        ("open in a measure", "open-in-measure", appended(&requires("firm.foreign_trade or open"))),
        ("an unknown name", "unknown-name", appended(&requires("foreign_trade"))),
        ("a changed firm", "assignment", appended("\nfirm.size = \"small\";\n")),
        (
            "a changed row",
            "assignment",
            appended("\nfor p in table(\"provinces\") { p.code = \"1\"; }\n"),
        ),
        ("a changed number", "assignment", appended("\nlet n = 1;\nn.code = 2;\n")),
        ("a field of a fact", "unknown-field", appended(&requires("firm.size.small"))),
        ("a field of a number", "unknown-field", appended("\nlet n = 1;\nlet m = n.code;\n")),
        (
            "an unknown function",
            "unknown-function",
            appended(&support(".require(\"条件\", \"criterion\", stated, firm.foreign_trade)")),
        ),
        (
            "a call with too few things",
            "wrong-call",
            appended(&support(".requires(\"条件\", stated, firm.foreign_trade)")),
        ),
        ("broken syntax", "syntax", appended("\nsupport(\"x\"\n")),
        ("too deep an expression", "too-deep", appended(&deep)),
        ("an endless loop", "too-costly", appended(&format!("\n{many}\n"))),
        ("a 1 MB script", "too-large", appended(&long)),
        ("a condition that doubles in each line", "condition-too-large", appended(&doubling())),
        (
            "a condition that doubles by a function",
            "condition-too-large",
            appended(&format!(
                "\nfn twice(c, d, e) {{ (c and d) or (c and e) }}\nlet c = firm.exports_goods;\nfor i in 0..40 {{ c = twice(c, firm.gba9, firm.yrd); }}\n{}",
                requires("c")
            )),
        ),
        (
            "conditions within each other",
            "condition-too-deep",
            appended(&format!(
                "\nlet c = firm.exports_goods;\nfor i in 0..40 {{ c = c and firm.gba9 or firm.yrd; }}\n{}",
                requires("c")
            )),
        ),
        (
            "conditions within each other by otherwise",
            "condition-too-deep",
            appended(&format!(
                "\nlet c = firm.exports_goods;\nlet gba = firm.division.starts_with(\"44\");\nfor i in 0..40 {{ c = gba.otherwise(c); }}\n{}",
                requires("c")
            )),
        ),
        (
            "a list of 50,000 codes",
            "condition-too-large",
            appended(&format!(
                "\nlet codes = [];\nfor i in 0..50000 {{ codes.push(\"JP\"); }}\n{}",
                requires("firm.markets.has_any(codes)")
            )),
        ),
        (
            "a long text in a loop",
            "too-costly",
            appended(&format!("\nfor i in 0..20000 {{ defined(\"{}\"); }}\n", "long".repeat(100))),
        ),
        (
            "a large condition in a loop",
            "too-costly",
            appended(&format!(
                "\nlet all = [];\nfor i in 0..10000 {{ all.push(firm.employees >= i); }}\nlet c = any_of(all);\nfor i in 0..1000 {{ let d = c and firm.gba9; }}\n{}",
                requires("firm.gba9")
            )),
        ),
        (
            "a mistake in a loop",
            "too-many-faults",
            appended("\nfor i in 0..5000 { firm.exprts_goods; }\n"),
        ),
        (
            "derived facts in a long row",
            "derivation-chain",
            faults_of(|files| {
                let fact = |n: usize| {
                    let like = "\n[[fact]]\nname = \"row_NUMBER\"\ntype = \"bool\"\nrank = NUMBER\nchangeable = false\nhelp = { zh = \"甲\", en = \"a\" }\nlabel = { zh = \"甲\", en = \"a\" }\nquestion = { zh = \"甲\", en = \"a\" }\n";
                    like.replace("NUMBER", &n.to_string())
                };
                let file = "rules/facts/trade.toml";
                let facts = files.get(file).unwrap().to_owned();
                let facts: String = std::iter::once(facts).chain((900..920).map(fact)).collect();
                files.insert(file, &facts);
                let derive = |n: usize| {
                    format!(
                        "derive(\"row_{}\").when(firm.row_{n}).source(\"甲\", \"2025\");\n",
                        n + 1
                    )
                };
                let script: String = (900..919).map(derive).collect();
                files.insert("rules/derive/row.rhai", &script);
            }),
        ),
        (
            "no title",
            "missing-title",
            appended(
                "\nsupport(\"trial\").summary(\"试。\", \"trial\").benefit(\"info\").access(\"apply\").cites(\"10.2\", \"企业充分享惠\").channel(\"bank\").ask(\"乙\", \"b\").requires(\"条\", \"c\", stated, firm.foreign_trade);\n",
            ),
        ),
        (
            "a title twice",
            "said-twice",
            appended(&support(
                ".title(\"又\", \"again\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        ("no criterion", "no-criterion", appended(&support(".confirm(\"甲\", \"a\")"))),
        (
            "no citation",
            "no-citation",
            appended(
                &support(".confirm(\"甲\", \"a\")")
                    .replace(".cites(\"10.2\", \"企业充分享惠\")", ""),
            ),
        ),
        (
            "an id twice",
            "duplicate-id",
            appended(
                &requires("firm.foreign_trade").replace("\"trial\")\n", "\"fx-hedging-rmb\")\n"),
            ),
        ),
        (
            "an id that is a fact",
            "support-id",
            appended(&requires("firm.foreign_trade").replace("\"trial\")\n", "\"size\")\n")),
        ),
        (
            "an id that is too long for a column",
            "support-id",
            appended(&requires("firm.foreign_trade").replace(
                "\"trial\")\n",
                "\"a-support-whose-id-is-so-long-that-no-column-could-be-called-like-it\")\n",
            )),
        ),
        (
            "an id in capitals",
            "support-id",
            appended(&requires("firm.foreign_trade").replace("\"trial\")\n", "\"Trial\")\n")),
        ),
        (
            "an unknown sentence",
            "unknown-sentence",
            appended(&support(
                ".cites(\"10.9\", \"企业\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "a sentence of another measure",
            "other-measure",
            appended(
                &support(".requires(\"条\", \"c\", stated, firm.foreign_trade)")
                    .replace("\"10.2\", \"企业充分享惠\"", "\"9.1\", \"进一步扩大\""),
            ),
        ),
        (
            "an unknown kind",
            "unknown-kind",
            appended(&requires("firm.foreign_trade").replace("\"info\"", "\"infos\"")),
        ),
        (
            "an unknown access",
            "unknown-access",
            appended(&requires("firm.foreign_trade").replace("\"apply\"", "\"online\"")),
        ),
        (
            "a wrong day",
            "date",
            appended(&support(
                ".opens(\"2023-13-01\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "a window that closes before it opens",
            "window",
            appended(&support(
                ".opens(\"2027-02-20\").closes(\"2027-02-19\", \"甲\", \"a\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "a window that lapses on the day on which it opens",
            "window",
            appended(&support(
                ".opens(\"2027-02-20\").lapsed(\"2027-02-20\", \"甲\", \"a\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        ("a measure twice", "measure-twice", appended("\nmeasure(10);\n")),
        (
            "a measure that is not in the text",
            "unknown-measure",
            replaced(SCRIPT, "measure(10);", "measure(19);"),
        ),
        ("the wrong file", "wrong-file", replaced(SCRIPT, "measure(10);", "measure(11);")),
        ("a support before its measure", "no-measure", replaced(SCRIPT, "measure(10);", "")),
        (
            "a sentence nobody accounts for",
            "sentence-unaccounted",
            replaced(
                "rules/gbf-2023-10/background.toml",
                "sentence = \"7.1\"",
                "sentence = \"8.1\"",
            ),
        ),
        (
            "a sentence twice in the background",
            "background-twice",
            replaced(
                "rules/gbf-2023-10/background.toml",
                "sentence = \"7.1\"",
                "sentence = \"7.2\"",
            ),
        ),
        (
            "a sentence both ways",
            "sentence-both",
            replaced(
                "rules/gbf-2023-10/background.toml",
                "sentence = \"7.1\"",
                "sentence = \"8.1\"",
            ),
        ),
        ("a script that is not there", "no-script", faults_of(|files| drop(files.remove(SCRIPT)))),
        (
            "a text that was changed",
            "seed-changed",
            replaced("seeds/000_27c13384efe3ac55.txt", "融资增信", "融资担保"),
        ),
        (
            "a text that lost a measure",
            "policy-text",
            replaced("seeds/000_27c13384efe3ac55.txt", "（九）", "（十）"),
        ),
        (
            "a wrong title of a measure",
            "measure-title",
            replaced("rules/gbf-2023-10/policy.toml", "优化跨境结算服务", "优化结算服务"),
        ),
        (
            "a misspelt key in TOML",
            "toml",
            replaced("rules/facts/trade.toml", "changeable = true", "changable = true"),
        ),
        (
            "a text in one language only",
            "toml",
            replaced("rules/kinds.toml", "label = {", "label = \"x\" #"),
        ),
        ("a negative order", "toml", replaced("rules/facts/trade.toml", "order = ", "order = -")),
        (
            "a fact whose least value is above its greatest",
            "fact-range",
            replaced("rules/facts/basics.toml", "max = ", "max = -"),
        ),
        (
            "a fact that an office decides and that a page asks",
            "fact-office",
            replaced(
                "rules/facts/green.toml",
                "decided_by_office = true",
                "decided_by_office = true\ntogether = \"needs\"",
            ),
        ),
        (
            "a usual amount for each of something that is no number",
            "fact-ratio",
            replaced("rules/facts/basics.toml", "fact = \"employees\"", "fact = \"industry\""),
        ),
        (
            "a fact whose name scripts cannot say",
            "fact-name",
            replaced("rules/facts/trade.toml", "\"imports_goods\"", "\"in\""),
        ),
        (
            "a fact named like a column of results",
            "fact-name",
            replaced("rules/facts/trade.toml", "\"imports_goods\"", "\"missing\""),
        ),
        (
            "a column twice",
            "table-head",
            replaced("rules/tables/gba-cities.tsv", "code\tprefix", "code\tcode"),
        ),
        (
            "a column of an unknown type",
            "table-head",
            replaced("rules/tables/gba-cities.tsv", "prefix\t", "prefix:integer\t"),
        ),
        (
            "a table with spaces for tabs",
            "table-head",
            faults_of(|files| {
                let file = "rules/tables/gba-cities.tsv";
                let text = files.get(file).unwrap().replace('\t', "  ");
                files.insert(file, &text);
            }),
        ),
        (
            "a day in words",
            "date",
            appended(&support(
                ".see_also(\"另一规定\", \"2025年3月\", \"high\", \"甲\", \"a\").requires(\"条\", \"c\", stated, firm.foreign_trade)",
            )),
        ),
        (
            "a source without its day",
            "date",
            replaced("rules/derive/trade.rhai", "\"2026-03-01\"", "\"今年\""),
        ),
        (
            "a fact twice",
            "fact-twice",
            replaced(
                "rules/facts/trade.toml",
                "name = \"imports_goods\"",
                "name = \"exports_goods\"",
            ),
        ),
        (
            "a derivation in a circle",
            "derivation-circle",
            replaced(
                "rules/derive/trade.rhai",
                "derive(\"imports_goods\")",
                "derive(\"imports_goods\").when(firm.foreign_trade)",
            ),
        ),
        (
            "a derivation of the wrong form",
            "derivation",
            replaced(
                "rules/derive/region.rhai",
                "derive(\"yrd\")\n    .when(firm.province in delta_names)",
                "derive(\"yrd\")\n    .value(\"x\", firm.province in delta_names)",
            ),
        ),
        (
            "an unknown table",
            "unknown-table",
            replaced("rules/derive/size.rhai", "table(\"size-class\")", "table(\"sizeclass\")"),
        ),
        (
            "an unknown column",
            "unknown-column",
            replaced("rules/derive/size.rhai", "row.prefixes", "row.prefix"),
        ),
        (
            "a column of another table",
            "unknown-column",
            replaced("rules/derive/size.rhai", "row.prefixes", "row.alpha2"),
        ),
        (
            "a row with a field too many",
            "table-row",
            replaced("rules/tables/rcep.tsv", "\nJP\t", "\nJP\tx\t"),
        ),
        (
            "a table without a source",
            "table-head",
            replaced("rules/tables/rcep.tsv", "# source:", "# where:"),
        ),
    ];
    let mut reported = String::new();
    for (name, code, faults) in &cases {
        reported.push_str(&check(name, code, faults));
        reported.push('\n');
    }
    insta::assert_snapshot!("diagnostics", reported);
}
