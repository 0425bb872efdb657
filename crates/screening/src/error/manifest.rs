//! Why a manifest cannot be run again.
//!
//! Owns the error of reading a manifest, in English and Chinese, and the version of the form, which it states.

use export_advisor_core::facts::LocalizedText;
use export_advisor_core::wording::BilingualError;

/// The version of the form of manifests that this program writes and reads.
pub(crate) const FORM: u32 = 2;

/// Why a manifest cannot be run again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Another text, or a damaged one.
    #[error("this is no manifest of a screening: {0}")]
    NoManifest(String),
    /// A manifest of a form that this program does not read.
    #[error(
        "the manifest has form {0}, this program reads form {FORM}: verify it with the program that it names, or screen the list again"
    )]
    OutputForm(u32),
    /// All that it names and this program does not find.
    #[error("{}", .0.iter().map(|text| text.en.as_str()).collect::<Vec<_>>().join("\n"))]
    NotFound(Vec<LocalizedText>),
    /// A file that is not the one that the manifest records.
    #[error(
        "`{file}` is not the file of that screening: the manifest has {recorded}, the file has {found}"
    )]
    OtherContent {
        /// The file.
        file: String,
        /// The hash in the manifest.
        recorded: String,
        /// The hash of the file.
        found: String,
    },
    /// The rule book of that screening is another one.
    #[error(
        "that screening was by the rule book {wanted}, this one is {given}: name the folder of the former with --previous-rules DIR"
    )]
    OtherRules {
        /// The version of the rule book of that screening.
        wanted: String,
        /// The version that is given.
        given: String,
    },
}

impl BilingualError for ManifestError {
    fn localized(&self) -> LocalizedText {
        let zh = match self {
            Self::NoManifest(why) => format!("这不是筛查清单：{why}"),
            Self::OutputForm(form) => format!(
                "清单的格式是第 {form} 版，本程序只读第 {FORM} 版：请用清单里写明的那一版程序核对，或重新筛查名单"
            ),
            Self::NotFound(wrong) => {
                wrong.iter().map(|text| text.zh.as_str()).collect::<Vec<_>>().join("\n")
            }
            Self::OtherContent { file, recorded, found } => {
                format!("“{file}”不是那次筛查的文件：清单记录为 {recorded}，这个文件是 {found}")
            }
            Self::OtherRules { wanted, given } => format!(
                "那次筛查用的是规则集 {wanted}，现在这套是 {given}：请用 --previous-rules DIR 指明前者的文件夹"
            ),
        };
        LocalizedText { zh, en: self.to_string() }
    }
}
