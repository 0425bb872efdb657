//! Several documents in one rule book: where and when each holds, how their supports relate, and what overlays add.

use crate::broken::{appended, faults_of, replaced};
use crate::support::{advisor, files};
use export_advisor_core::evaluate::{Answer, Group};
use export_advisor_core::facts::parse;
use export_advisor_core::files::{RuleFiles, sha256};
use export_advisor_core::rulebook::{ExcludedBy, RuleBook, Status, WindowState};
use export_advisor_core::script::load;
use export_advisor_core::truth::Truth;
use jiff::civil::{Date, date};

const PUDONG: &str = "rules/pudong-maintenance-2024/policy.toml";
const DAY: Date = date(2026, 11, 25);

/// How a policy stands to a firm: whether it holds there, and its supports by status.
fn standing(profile: &str, as_of: Date, policy: &str) -> (Truth, [usize; 3]) {
    let advisor = advisor();
    let book = advisor.book();
    let profile = parse(&book.catalogue, &book.reference, profile.as_bytes()).unwrap();
    let answer = Answer::new(&advisor.plan, &profile, as_of);
    let (id, _) = book.policies.iter_enumerated().find(|(_, p)| p.id == policy).unwrap();
    let of = |status: Status| {
        let supports = book.supports.iter_enumerated().filter(|(_, s)| s.policy == id);
        supports.filter(|(id, _)| answer.status(*id) == status).count()
    };
    let counts = [Status::Applies, Status::Undetermined, Status::DoesNotApply].map(of);
    (answer.holds_here(id), counts)
}

#[test]
fn a_document_holds_in_its_area_alone_and_is_undetermined_where_the_place_is_not_known() {
    let policy = "pudong-maintenance-2024";
    for (place, holds) in [
        (r#"{"division": "310115"}"#, Truth::True),
        (r#"{"division": "510104"}"#, Truth::False),
        (r#"{"division": "330106"}"#, Truth::False),
        // Of Shanghai alone nothing follows, nor of a district that the Lingang New Area reaches into.
        (r#"{"division": "310000"}"#, Truth::Unknown),
        (r#"{"division": "310120"}"#, Truth::Unknown),
        (r#"{"division": "310120", "local_area": ["lingang"]}"#, Truth::True),
        (r#"{"division": "310120", "local_area": []}"#, Truth::False),
        ("{}", Truth::Unknown),
    ] {
        let (found, [applies, undetermined, not]) = standing(place, DAY, policy);
        assert_eq!(found, holds, "{place}");
        assert_eq!(applies, 0, "{place}");
        match holds {
            Truth::False => assert_eq!(undetermined, 0, "{place}"),
            Truth::Unknown => assert_eq!(not, 0, "{place}"),
            Truth::True => assert!(undetermined > 8, "{place}"),
        }
    }
}

#[test]
fn a_firm_elsewhere_is_asked_nothing_for_a_document_and_reads_none_of_its_noes() {
    let advisor = advisor();
    let book = advisor.book();
    let read = |json: &str| parse(&book.catalogue, &book.reference, json.as_bytes()).unwrap();
    let of_area = |name: &str| {
        let id = book.policies.iter_enumerated().find(|(_, p)| p.id == name).unwrap().0;
        let supports = book.supports.iter_enumerated().filter(|(_, s)| s.policy == id);
        supports.map(|(id, _)| id).collect::<Vec<_>>()
    };
    let local = [of_area("pudong-maintenance-2024"), of_area("hangzhou-cbec-2016")].concat();
    let chengdu = read(r#"{"division": "510104", "exports_goods": true}"#);
    let answer = Answer::new(&advisor.plan, &chengdu, DAY);
    for id in &local {
        assert_eq!(answer.excluded_by(*id), Some(ExcludedBy::OutOfArea));
        assert_eq!(Group::of(&answer, *id), Group::OutOfArea);
        assert!(answer.missing_for(*id).is_empty());
    }
    let asked = answer.questions(None);
    assert!(asked.iter().all(|question| !question.supports.iter().any(|id| local.contains(id))));
    assert_eq!(answer.counts().out_of_area, local.len());
    // Nothing is known: the place comes first, and nothing else is asked for these supports.
    let nobody = read("{}");
    let answer = Answer::new(&advisor.plan, &nobody, DAY);
    let questions = answer.questions(None);
    assert_eq!(book.catalogue.fact(questions[0].fact).name, "division");
    for question in &questions[1..] {
        assert!(!question.supports.iter().any(|id| local.contains(id)));
    }
    // A district that does not tell: what does is asked.
    let fengxian = read(r#"{"division": "310120"}"#);
    let answer = Answer::new(&advisor.plan, &fengxian, DAY);
    let first = answer.questions(None)[0].fact;
    assert_eq!(book.catalogue.fact(first).name, "local_area");
    // Who does not know it is asked what could still decide these supports.
    let somewhere = read(r#"{"division": "330000", "local_area": "unknown"}"#);
    let answer = Answer::new(&advisor.plan, &somewhere, DAY);
    let hangzhou = of_area("hangzhou-cbec-2016");
    let questions = answer.questions(None);
    for id in hangzhou.iter().filter(|id| answer.status(**id) == Status::Undetermined) {
        let is_asked = questions.iter().any(|question| question.supports.contains(id));
        let left = answer.missing_for(*id).iter();
        let is_left = left.filter(|fact| !somewhere.value(*fact).is_asked_unknown()).count() > 0;
        assert_eq!(is_asked, is_left);
    }
    assert!(
        questions.iter().any(|question| hangzhou.iter().any(|id| question.supports.contains(id)))
    );
}

#[test]
fn a_support_is_open_on_some_day_of_its_document() {
    let script = "rules/pudong-maintenance-2024/05-inside-zones.rhai";
    let stated = ".cites(\"5.1.1\"";
    let with = |line: &str, window: &str| {
        let mut files = files().clone();
        let policy = files.get(PUDONG).unwrap();
        let policy = policy.replace("from = 2025-01-01", &format!("from = 2025-01-01\n{line}"));
        let text =
            files.get(script).unwrap().replacen(stated, &format!("{window}\n    {stated}"), 1);
        files.insert(PUDONG, &policy);
        files.insert(script, &text);
        load(&files).into_result().err().unwrap_or_default()
    };
    let until = "until = 2027-12-31";
    assert!(with(until, ".opens(\"2027-12-31\")").is_empty());
    for (line, window) in [
        (until, ".opens(\"2028-01-01\")"),
        ("", ".closes(\"2024-12-31\", \"甲\", \"a\")"),
        ("replaced = { on = 2027-06-01, by = \"x\", source = \"y\" }", ".opens(\"2027-06-01\")"),
    ] {
        let faults = with(line, window);
        let codes: Vec<(&str, &str)> = faults.iter().map(|f| (f.code, f.file.as_str())).collect();
        assert_eq!(codes, [("window", script)], "{line} {window}: {faults:?}");
    }
}

#[test]
fn a_day_before_or_after_is_a_state_and_no_fault() {
    let here = r#"{"division": "310115", "bonded_maintenance": true, "financing_need": true}"#;
    let window = |files: &RuleFiles, as_of: Date| {
        let book = load(files).into_result().unwrap();
        let (_, support) = book.find("pudong-repair-finance").unwrap();
        let (state, reason) = support.window.state(as_of);
        (state, reason.map(|reason| reason.zh.clone()))
    };
    assert_eq!(window(files(), date(2024, 12, 31)), (WindowState::NotYetOpen, None));
    assert_eq!(window(files(), date(2025, 1, 1)), (WindowState::Open, None));
    assert_eq!(standing(here, date(2024, 12, 31), "pudong-maintenance-2024").0, Truth::True);
    let with = |line: &str| {
        let mut files = files().clone();
        let text = files
            .get(PUDONG)
            .unwrap()
            .replace("from = 2025-01-01", &format!("from = 2025-01-01\n{line}"));
        files.insert(PUDONG, &text);
        files
    };
    let ends = with("until = 2027-12-31");
    assert_eq!(window(&ends, date(2027, 12, 31)).0, WindowState::Open);
    let (state, reason) = window(&ends, date(2028, 1, 1));
    assert_eq!(
        (state, reason.unwrap().as_str()),
        (WindowState::Closed, "文件施行到2027年12月31日为止。")
    );
    let replaced = with("replaced = { on = 2027-06-01, by = \"某新规定\", source = \"公报\" }");
    let (state, reason) = window(&replaced, date(2027, 6, 1));
    assert_eq!(state, WindowState::Lapsed);
    assert_eq!(reason.unwrap(), "2027年6月1日起，这份文件由某新规定代替。");
}

#[test]
fn what_a_policy_file_says_wrongly_of_its_scope_is_a_fault_with_a_remedy() {
    for (from, to, code, help) in [
        ("\"pudong\"", "\"pudon\"", "unknown-word", "did you mean `pudong`?"),
        ("within = [\"pudong\", \"lingang\"]", "within = []", "area", "leave the area out"),
        ("\"2.1.1\"", "\"2.9\"", "unknown-sentence", "\"3..5\""),
        ("from = 2025-01-01", "from = 2025-01-01\nuntil = 2024-01-01", "date", "correct one"),
        (
            "from = 2025-01-01",
            "from = 2025-01-01\nreplaced = { on = 2024-01-01, by = \"x\", source = \"y\" }",
            "date",
            "correct the day",
        ),
        (
            "from = 2025-01-01",
            "from = 2025-01-01\namended = [{ on = 2026-01-01, by = \"\", source = \"y\" }]",
            "date",
            "source = ",
        ),
        ("level = \"province\"", "level = \"planet\"", "toml", "rules/README.md"),
    ] {
        let faults = replaced(PUDONG, from, to);
        let fault = faults.iter().find(|fault| fault.code == code);
        let fault = fault.unwrap_or_else(|| panic!("{to}: no `{code}` among {faults:?}"));
        assert!(fault.help.contains(help) && fault.file == PUDONG, "{to}: {fault:?}");
    }
}

#[test]
fn relations_name_supports_of_other_documents_and_are_seen_from_both_sides() {
    let book = advisor().book();
    let (national, _) = book.find("bonded-maintenance-pilot").unwrap();
    let (local, _) = book.find("pudong-repair-pilot-ftz").unwrap();
    let kind = |from, to| book.related(from).find(|one| one.support == to).unwrap().kind;
    assert_eq!(kind(local, national), "carries_out");
    assert_eq!(kind(national, local), "carried_out_by");
    let difference =
        |from, to| book.related(from).find(|one| one.support == to).unwrap().difference;
    assert!(difference(local, national).is_some());
    assert_eq!(difference(local, national), difference(national, local));
    let trial = |line: &str| {
        appended(&crate::broken::support(&format!(
            ".requires(\"条\", \"c\", stated, firm.foreign_trade)\n    {line}"
        )))
    };
    for (line, code, help) in [
        (".extends(\"pudong-repair-finance\")", "", ""),
        (
            ".extends(\"pudong-repair-financ\")",
            "unknown-support",
            "did you mean `pudong-repair-finance`?",
        ),
        (".extends(\"fx-hedging-rmb\")", "relation", "cite both sentences"),
        (
            ".extends(\"pudong-repair-finance\").replaces(\"pudong-repair-finance\")",
            "relation",
            "remove one of the two",
        ),
        (".extends(\"pudong-repair-finance\", \"差别\", \"\")", "empty-text", "in English"),
    ] {
        let faults = trial(line);
        let expected: &[&str] = if code.is_empty() { &[] } else { &[code] };
        let codes: Vec<&str> = faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, expected, "{line}");
        assert!(faults.iter().all(|fault| fault.help.contains(help)), "{line}: {faults:?}");
    }
}

#[test]
fn an_amount_is_words_of_a_cited_sentence() {
    let amount = |text: &str| {
        appended(&crate::broken::support(&format!(
            ".requires(\"条\", \"c\", stated, firm.foreign_trade)\n    .amount(\"{text}\", \"amount\")"
        )))
    };
    assert!(amount("企业充分享惠").is_empty());
    let faults = amount("最多3万元");
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["quote-not-found"]);
}

/// An overlay with some files.
fn overlay(given: &[(&str, &str)]) -> RuleFiles {
    let mut files = RuleFiles::default();
    files.insert("overlay.toml", "name = { zh = \"示例\", en = \"Example\" }\nby = { zh = \"示例局\", en = \"Example bureau\" }\n");
    for (path, text) in given {
        files.insert(path, text);
    }
    files
}

const CONTACT: &str = "[[contact]]\nchannel = \"customs\"\narea = \"3301\"\nphone = \"000\"\nsource = \"示例\"\nchecked = 2026-11-30\n";

#[test]
fn an_overlay_adds_and_changes_nothing_of_the_rules() {
    let laid = |given: &[(&str, &str)]| files().clone().with_overlay("example", &overlay(given));
    let note = "[[note]]\nsupport = \"insurance-sme\"\narea = \"33\"\nzh = \"先问本局\"\nen = \"Ask us first\"\n";
    let with = laid(&[("contacts.toml", CONTACT), ("notes.toml", note)]).unwrap();
    assert_ne!(with.version(), files().version(), "it is hashed with the rules");
    let book = load(&with).into_result().unwrap();
    let plain = advisor().book();
    assert_eq!(
        (&book.supports, &book.policies, &book.catalogue),
        (&plain.supports, &plain.policies, &plain.catalogue)
    );
    let (support, _) = book.find("insurance-sme").unwrap();
    assert_eq!(
        book.notes(support)
            .map(|(by, note)| (by.id.as_str(), note.text.zh.as_str()))
            .collect::<Vec<_>>(),
        [("example", "先问本局")]
    );
    let customs = book.channels.iter().find(|channel| channel.id == "customs").unwrap();
    let near = |division: &str| {
        let all = export_advisor_core::assessment::contacts_near(customs, division);
        all.iter().map(|contact| contact.area.clone()).collect::<Vec<_>>()
    };
    assert_eq!(near("330106").first().map(String::as_str), Some("3301"));
    assert!(near("510104").iter().all(String::is_empty));
    // What stands in the rules cannot be replaced, and what nobody reads is a fault.
    for (path, text, says) in [
        ("gbf-2023-10/policy.toml", "", "the rules have this file already"),
        ("seeds/000_27c13384efe3ac55.txt", "", "the rules have this file already"),
        ("channels.toml", "", "an overlay has no such file"),
        ("tables/divisions.tsv", "", "an overlay has no such file"),
        ("derive/size.rhai", "", "an overlay has no such file"),
        ("tables/policy.toml", "", "an overlay has no such file"),
        ("overlays/policy.toml", "", "an overlay has no such file"),
        ("areas.tsv", "area\tlabel\nx\ty\n", "the head is not that of"),
    ] {
        let faults = laid(&[(path, text)]).unwrap_err();
        assert!(faults.iter().any(|fault| fault.message.contains(says)), "{path}: {faults:?}");
        assert!(
            faults.iter().all(|fault| !fault.help.is_empty() && fault.file.starts_with("example/"))
        );
    }
    assert!(files().clone().with_overlay("Example County", &overlay(&[])).is_err());
    assert!(files().clone().with_overlay("example", &RuleFiles::default()).is_err());
}

#[test]
fn what_an_overlay_says_wrongly_is_a_fault_with_a_remedy() {
    let faults = |given: &[(&str, &str)]| {
        let files = files().clone().with_overlay("example", &overlay(given)).unwrap();
        load(&files).faults
    };
    let contact = |from: &str, to: &str| CONTACT.replace(from, to);
    let note = |support: &str, area: &str, en: &str| {
        format!(
            "[[note]]\nsupport = \"{support}\"\narea = \"{area}\"\nzh = \"注\"\nen = \"{en}\"\n"
        )
    };
    let pages = |line: &str| {
        format!(
            "name = {{ zh = \"示例\", en = \"Example\" }}\nby = {{ zh = \"局\", en = \"Bureau\" }}\n[pages]\n{line}\n"
        )
    };
    for (path, text, code) in [
        ("contacts.toml", contact("customs", "custom"), "unknown-channel"),
        ("contacts.toml", contact("3301", "9999"), "impossible-code"),
        ("contacts.toml", contact("\"3301\"", "\"\""), "impossible-code"),
        ("contacts.toml", contact("phone = \"000\"\n", ""), "contact"),
        ("contacts.toml", contact("source = \"示例\"", "source = \" \""), "date"),
        ("contacts.toml", contact("2026-11-30", "2026-11-30T10:00:00"), "date"),
        ("contacts.toml", contact("phone", "fax"), "toml"),
        ("notes.toml", note("insurance-sm", "", "note"), "unknown-support"),
        ("notes.toml", note("insurance-sme", "99", "note"), "impossible-code"),
        ("notes.toml", note("insurance-sme", "", ""), "empty-text"),
        ("overlay.toml", pages("colour = \"blue\""), "overlay"),
        ("overlay.toml", pages("title = { zh = \"甲\", en = \"\" }"), "empty-text"),
        ("logo.svg", "<svg><script>alert(1)</script></svg>".to_owned(), "overlay"),
    ] {
        let faults = faults(&[(path, &text)]);
        let codes: Vec<&str> = faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [code], "{path}: {text}");
        assert!(faults[0].help.len() > 5, "{:?}", faults[0]);
    }
    assert!(faults(&[("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")]).is_empty());
}

#[test]
fn a_broken_document_says_nothing_of_what_others_would_have_found_there() {
    let faults = faults_of(|files| {
        files.insert("rules/pudong-maintenance-2024/05-inside-zones.rhai", "measure(5)\n\nsupport(")
    });
    let codes: Vec<&str> = faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, ["syntax"], "{faults:?}");
}

/// A notice of a county, with one script, in a folder that sorts before all documents of the rules and begins as that of
/// the derivations.
fn county(script: &str) -> RuleFiles {
    let text = "一、支持开拓市场。对本县企业参加境外展会给予补助。\n";
    let policy = format!(
        "id = \"derive-2026\"\nnumber = \"\"\ntitle = {{ zh = \"示例县通知\", en = \"Example notice\" }}\n\
         issuer = {{ zh = \"示例县政府\", en = \"Example county\" }}\nissued = 2026-01-01\nlevel = \"county\"\n\
         seed = \"seeds/aaa.txt\"\nsha256 = \"{}\"\nsentences = 1\n[[measure]]\nnumber = 1\nslug = \"market\"\n\
         title = \"支持开拓市场\"\ntitle_en = \"Markets\"\n",
        sha256(text)
    );
    let background = "[[background]]\nsentences = [\"1.1.1\"]\nkind = \"government\"\nreason = { zh = \"示例\", en = \"An example\" }\n";
    let given = [
        ("derive-2026/policy.toml", policy.as_str()),
        ("seeds/aaa.txt", text),
        ("derive-2026/01-market.rhai", script),
        ("derive-2026/background.toml", background),
    ];
    files().clone().with_overlay("example", &overlay(&given)).unwrap()
}

#[test]
fn a_document_of_an_overlay_stands_after_those_of_the_rules() {
    let laid = county("measure(1);\n");
    let book = load(&laid).into_result().unwrap();
    let plain = advisor().book();
    let ids =
        |book: &RuleBook| book.policies.iter().map(|policy| policy.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&book), [ids(plain), vec!["derive-2026".to_owned()]].concat());
    let key = |book: &RuleBook| {
        let (_, support) = book.find("guarantee-small-micro").unwrap();
        let sentence = support.citations[0].sentence;
        book.sentence_key(book.policies.at(support.policy), sentence)
    };
    assert_eq!(key(&book), key(plain));
}

#[test]
fn a_document_derives_nothing_and_names_no_conflict() {
    for script in [
        "measure(1);\nderive(\"financing_need\").when(firm.exports_goods).source(\"x\", \"2026\");\n",
        "measure(1);\nconflict(\"x\", \"一\", \"one\", firm.exports_goods);\n",
    ] {
        let faults = load(&county(script)).into_result().unwrap_err();
        let ours = faults.iter().find(|fault| fault.code == "misplaced").unwrap();
        assert_eq!(ours.file, "rules/derive-2026/01-market.rhai", "{script}");
    }
}
