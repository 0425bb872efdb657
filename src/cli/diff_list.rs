//! `diff --on`: what another rule book would mean for the firms of a list.
//!
//! Owns the arguments, where the counts go, and their form on a terminal. It counts nothing.

use super::diff::DiffFormat;
use super::list_args::{ListArgs, file_type};
use super::screen::{ProgressPrinter, failure};
use super::summary::table;
use super::terminal::report;
use super::{CliError, print};
use clap::Args;
use export_advisor_core::diff::SupportOutcome;
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::{self, Lang};
use export_advisor_screening::{
    BookComparison, BookComparisonOptions, BookDigest, Destination, DigestFormat, DigestSupport,
    FileType, ScreenError, compare_rule_books,
};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// How many causes are shown.
const SHOWN: usize = 10;

/// The fewest firms that can be hidden: of a count that is below two it is known that it is one.
const FEWEST: u64 = 3;

/// The list on which two rule books are compared.
#[derive(Debug, Args)]
#[command(mut_group("ListArgs", |group| group.requires("on")))]
pub(super) struct OnList {
    /// Which firms of this list get another status: a file that `screen` reads, or `-`
    #[arg(long, value_name = "LIST")]
    on: Option<PathBuf>,
    /// One line a moved firm and support: old and new status, the criteria that moved it, the sentences (.csv, .tsv,
    /// .ndjson, .xlsx or .parquet)
    #[arg(long, value_name = "FILE", requires = "on")]
    details: Option<PathBuf>,
    /// The counts without any firm: for programs (.json), or a page with charts (.html)
    #[arg(long, value_name = "FILE", requires = "on")]
    digest: Option<PathBuf>,
    /// Hide counts of fewer firms than this in the digest, and those from which they would follow
    #[arg(long, value_name = "N", requires = "on", value_parser = clap::value_parser!(u64).range(FEWEST..=1_000_000))]
    hide_below: Option<u64>,
    /// The column that names firms in the details [default: that of the credit code]
    #[arg(long, value_name = "COLUMN", requires = "details")]
    key: Option<String>,
    #[command(flatten)]
    args: ListArgs,
}

impl OnList {
    /// The list, if one is named.
    pub(super) fn list(&self) -> Option<&Path> {
        self.on.as_deref()
    }

    pub(super) fn run(
        &self,
        list: &Path,
        old: &Plan,
        new: &Plan,
        format: DiffFormat,
        lang: Lang,
    ) -> Result<(), CliError> {
        let fails = |error: ScreenError| failure(&error, lang);
        let chosen = self.args.chosen().ids(&[&new.book, &old.book], lang);
        let chosen = chosen.map_err(|messages| CliError::Usage(messages.join("\n")))?;
        let options = self.options(list, chosen.unwrap_or_default(), lang).map_err(fails)?;
        let mut watch = ProgressPrinter::new(lang, self.args.quiet, ListArgs::size(&options.input));
        let compared = compare_rule_books(old, new, &options, &mut watch);
        watch.end();
        let comparison = compared.map_err(fails)?;
        let digest = BookDigest::new(&comparison, options.hide_below);
        let has_files = options.details.is_some() || options.digest.is_some();
        if has_files {
            if !self.args.quiet {
                report(&format!("\n{}", text(&digest, &comparison, lang).trim_end()));
            }
            return Ok(());
        }
        print(&match format {
            DiffFormat::Text => text(&digest, &comparison, lang),
            DiffFormat::Json => digest.to_json(),
            DiffFormat::Html => digest.to_html(lang),
        })
    }

    fn options(
        &self,
        list: &Path,
        supports: Vec<String>,
        lang: Lang,
    ) -> Result<BookComparisonOptions, ScreenError> {
        let args = &self.args;
        let mut wrong = Vec::new();
        let map = args.mappings(lang, &mut wrong)?;
        let input_type = args.input_type(list)?;
        wrong.extend(args.unfit(input_type, lang));
        let details = self.details.as_ref().map(|path| {
            let found = file_type(path, None, FileType::from_path)?;
            Ok::<_, ScreenError>((Destination::File(path.clone()), found))
        });
        let digest = self.digest.as_ref().and_then(|path| {
            let format = match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => DigestFormat::Json,
                Some("html" | "htm") => DigestFormat::Html,
                _ => {
                    wrong.push(match lang {
                        Lang::Zh => "--digest：请写一个 .json 或 .html 文件".to_owned(),
                        Lang::En => "--digest: name a .json or .html file".to_owned(),
                    });
                    return None;
                }
            };
            Some((Destination::File(path.clone()), format))
        });
        if !wrong.is_empty() {
            return Err(ScreenError::Options(wrong));
        }
        Ok(BookComparisonOptions {
            input: ListArgs::input(list),
            input_type,
            as_of: args.as_of(),
            lang,
            supports,
            key: self.key.clone(),
            map,
            sheet: args.sheet.clone(),
            header_row: args.header_row(),
            encoding: args.encoding.clone(),
            delimiter: args.delimiter,
            workers: args.workers(),
            limits: args.limits(),
            mode: args.mode(),
            details: details.transpose()?,
            digest,
            hide_below: self.hide_below.unwrap_or(0),
        })
    }
}

/// The counts as text: a table of the supports with moves, then the top causes.
fn text(digest: &BookDigest, comparison: &BookComparison, lang: Lang) -> String {
    let words = Words(lang);
    let mut out = String::new();
    let (firms, moved) = (words.count(digest.firms), words.count(digest.moved_firms));
    let _ = match lang {
        Lang::Zh => writeln!(out, "比较了{firms}家企业，{moved}家至少有一项状态改变。"),
        Lang::En => {
            writeln!(out, "{firms} firms compared, {moved} of them with a status that moves.")
        }
    };
    if let Some(rows) = digest.rows.filter(|rows| rows.faulty + rows.not_firms > 0) {
        let (faulty, without, not) = (rows.faulty, rows.without_status, rows.not_firms);
        let _ = match lang {
            Lang::Zh => writeln!(
                out,
                "{faulty}行有读不出的格子，其中{without}行拆不开、不比较；{not}行不是企业。"
            ),
            Lang::En => writeln!(
                out,
                "{faulty} rows have cells that could not be read, {without} of them could not be taken apart and are not compared; {not} rows are no firm."
            ),
        };
    }
    let moving: Vec<&DigestSupport> = digest.moving().collect();
    if moving.is_empty() {
        out.push_str(words.t("没有支持事项改变状态。\n", "No support gets another status.\n"));
    } else {
        words.moves(&moving, &mut out);
        words.causes(&moving, &mut out);
    }
    if let Some((_, lines)) = &comparison.details {
        let _ = match lang {
            Lang::Zh => writeln!(out, "\n明细：{lines}行。"),
            Lang::En => writeln!(out, "\ndetails: {lines} lines"),
        };
    }
    out
}

struct Words(Lang);

impl Words {
    fn t<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A count, or that it is hidden.
    fn count(&self, count: Option<u64>) -> String {
        count.map_or_else(|| self.t("（不公开）", "(hidden)").to_owned(), |count| count.to_string())
    }

    /// An outcome in Chinese, or as programs name it; or that the rule book does not have the support.
    fn outcome(&self, outcome: Option<&str>) -> String {
        let Some(text) = outcome else { return self.t("（没有）", "(absent)").to_owned() };
        let found = SupportOutcome::ALL.into_iter().find(|one| one.to_string() == text);
        let Some(found) = found.filter(|_| self.0 == Lang::Zh) else { return text.to_owned() };
        let status = wording::status(found.status()).zh;
        match found.excluded_by() {
            None => status,
            Some(by) => format!("{status}（{}）", wording::excluded_by(by).zh),
        }
    }

    fn moves(&self, supports: &[&DigestSupport], out: &mut String) {
        let head = [
            self.t("支持事项", "support"),
            self.t("原状态", "before"),
            self.t("新状态", "after"),
            self.t("家数", "firms"),
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for support in supports {
            let name = match support.change {
                "added" => format!("{} [{}]", support.id, self.t("新增", "added")),
                "removed" => format!("{} [{}]", support.id, self.t("删除", "removed")),
                _ => support.id.clone(),
            };
            rows.push(vec![name, String::new(), String::new(), self.count(support.moved)]);
            for cell in &support.moves {
                rows.push(vec![
                    String::new(),
                    self.outcome(cell.before.as_deref()),
                    self.outcome(cell.after.as_deref()),
                    self.count(cell.firms),
                ]);
            }
        }
        let _ = writeln!(out, "\n{}", self.t("状态改变的企业数", "firms whose status moves"));
        table(&rows, out);
    }

    fn causes(&self, supports: &[&DigestSupport], out: &mut String) {
        let causes = supports.iter().flat_map(|s| s.causes.iter().map(move |cause| (*s, cause)));
        let mut causes: Vec<_> = causes.filter(|(_, cause)| !cause.criteria.is_empty()).collect();
        causes.sort_by_key(|(_, cause)| std::cmp::Reverse(cause.firms));
        if causes.is_empty() {
            return;
        }
        let heading = self.t(
            "主要起因（“|”：单独改回任何一个条件就恢复原状；“&”：几个条件一起改回才行）",
            "top causes (`|`: any one of the criteria, put back, restores the status; `&`: only all of them do)",
        );
        let _ = writeln!(out, "\n{heading}");
        for (support, cause) in causes.into_iter().take(SHOWN) {
            let ids: Vec<&str> = cause.criteria.iter().map(|c| c.id.as_str()).collect();
            let ids = ids.join(if cause.all_together { " & " } else { " | " });
            let (before, after) =
                (self.outcome(cause.before.as_deref()), self.outcome(cause.after.as_deref()));
            let (firms, sentences) = (cause.firms, support.sentences.join(", "));
            let _ = match self.0 {
                Lang::Zh => writeln!(out, "  {ids}：{before} → {after}，{firms}家（{sentences}）"),
                Lang::En => {
                    writeln!(out, "  {ids}: {before} → {after}, {firms} firms ({sentences})")
                }
            };
        }
    }
}
