//! The report of a screened list.

use crate::screen::{folder, rows_of, screen};
use crate::support::advisor;

#[test]
fn the_report_says_what_was_counted_and_needs_nothing_else() {
    let list = "企业名称,从业人数,行业代码,是否出口,行政区划\n甲,6,F5292,是,330782\n乙<script>,约300,F5191,是,330782\n丙,12,C3612,否,110000\n";
    let (folder, input) = folder("名单<b>.csv", list);
    let at = |name: &str| folder.path().join(name);
    let (report, output) = (at("report.html"), at("out.csv"));
    let more = |lang: &'static str| vec!["--report", report.to_str().unwrap(), "--lang", lang];
    assert_eq!(screen(&input, &output, &more("zh")).0, 4);
    let page = std::fs::read_to_string(&report).unwrap();
    assert!(page.contains("<html lang=\"zh") && page.contains("名单筛查报告"), "{page}");
    for never in ["<script", "http://", "https://", "<b>.csv", "src=", "@import", "url("] {
        assert!(!page.contains(never), "{never}");
    }
    let rows = rows_of(&output);
    for support in &advisor().book().supports {
        let start = page.find(&format!("<code>{}</code>", support.id)).unwrap();
        let line = page[start..].split("</tr>").next().unwrap();
        let count = |term: &str| rows.iter().filter(|row| row[&support.id] == term).count();
        let numbers: Vec<usize> = (line.split("<td class=\"n").skip(1))
            .map(|cell| cell.split('>').nth(1).unwrap().split('<').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(numbers[..3], [count("适用"), count("待定"), count("不适用")], "{}", support.id);
    }
    assert!(page.contains("约300") && page.contains(&advisor().book().version));
    let manifest = std::fs::read_to_string(at("out.csv.manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    for hash in [&manifest["input"]["sha256"], &manifest["output"]["sha256"]] {
        assert!(page.contains(hash.as_str().unwrap()));
    }
    assert_eq!(screen(&input, &output, &more("en")).0, 4);
    let page = std::fs::read_to_string(&report).unwrap();
    assert!(page.contains("<html lang=\"en\"") && page.contains("Screening report"));
    assert!(page.contains("undetermined") && !page.contains("适用"), "one language");
    // It may not take the place of another file.
    let (code, err) =
        screen(&input, &output, &["--report", output.to_str().unwrap(), "--lang", "en"]);
    assert_eq!(code, 2);
    assert!(err.contains("is the input, or another output"), "{err}");
}
