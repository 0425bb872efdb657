//! The parameters of a screening as they are sent.

use serde::Deserialize;
use utoipa::IntoParams;

/// Parameters of a screening.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScreenParams {
    /// The day from which windows are seen; today in China if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-25")]
    pub(super) as_of: Option<String>,
    /// The supports that are asked, separated by commas; all if left out.
    #[param(example = "guarantee-small-micro")]
    pub(super) supports: Option<String>,
    /// The policies whose supports are asked, separated by commas; all if left out.
    #[param(example = "gbf-2023-10")]
    pub(super) policy: Option<String>,
    /// Derived facts that are shown, separated by commas; `size,region` if left out.
    #[param(example = "size,region")]
    pub(super) derive: Option<String>,
    /// Whether each support has one more column, `<id>_excluded_by`: `out_of_area`, `text`, `no_need` or `reading` where it
    /// does not apply, else nothing.
    #[serde(default)]
    #[param(example = false)]
    pub(super) excluded_by: bool,
    /// The language of the words of a CSV, and of warnings and faults: `zh` or `en`; that of `Accept-Language` if left out,
    /// else Chinese.
    #[param(pattern = "^(zh|en)$", example = "en")]
    pub(super) lang: Option<String>,
    /// The encoding of the list; found out if left out.
    #[param(example = "gb18030")]
    pub(super) encoding: Option<String>,
    /// What a column holds: `HEADER=fact`, `HEADER=fact:元`, `#3=fact` for the third column, or `HEADER=-` to let it pass.
    /// May be repeated.
    #[serde(default)]
    #[param(example = json!(["销售=revenue_wan:元"]))]
    pub(super) map: Vec<String>,
    /// The sheet of a workbook; the first visible one with a known header if left out.
    #[param(example = "名单")]
    pub(super) sheet: Option<String>,
    /// The row of the header as a spreadsheet numbers it; found by the names of its columns if left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, example = 1)]
    pub(super) header_row: Option<String>,
    /// The statuses of the list to call, separated by commas: `applies`, `undetermined`, `does_not_apply`. The answer then
    /// has, in place of the list, a line a firm and support with one of them, with the reasons and the next step.
    #[param(example = "applies,undetermined")]
    pub(super) status: Option<String>,
    /// The version of a rule book that was in use before; the current one if left out.
    #[param(example = "sha256:0f3a…")]
    pub(super) rulebook: Option<String>,
    /// See [`ComparisonParams`].
    #[param(ignore)]
    pub(super) key: Option<String>,
    /// See [`ComparisonParams`].
    #[param(ignore)]
    pub(super) previous_as_of: Option<String>,
    /// See [`ComparisonParams`].
    #[param(ignore)]
    pub(super) previous_rulebook: Option<String>,
}

/// The parameters of two lists, as the description has them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters of `ScreenParams`")]
pub(crate) struct ComparisonParams {
    /// The column by which clients are matched: its header, `#3` for the third column, or a header of the fact that it
    /// holds.
    #[param(example = "统一社会信用代码")]
    key: String,
    /// The day for which the last list was screened; that of `as_of` if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-10-25")]
    previous_as_of: Option<String>,
    /// The version of the rule book by which the last list was screened; the present one if left out.
    previous_rulebook: Option<String>,
}
