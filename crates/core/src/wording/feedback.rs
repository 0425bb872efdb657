//! What is said to a reader who reports that something is wrong or unclear.

use super::{BilingualError, texts};
use crate::facts::LocalizedText;

/// Why a message of a reader was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackError {
    /// Nothing was written.
    Nothing,
    /// It is longer than this many characters.
    TooLong(usize),
    /// A number of a person, a telephone, a firm or an address of mail stands in it.
    Personal,
    /// This network has sent as many today as it may.
    TooManyToday,
    /// As many are kept as the service keeps.
    Full,
    /// The store does not answer, or there is none.
    Unavailable,
}

impl BilingualError for FeedbackError {
    fn localized(&self) -> LocalizedText {
        match self {
            Self::Nothing => texts(
                "还没有写：请说说哪里有错，或者哪里看不懂。",
                "Nothing is written yet: please say what is wrong or unclear.",
            ),
            Self::TooLong(most) => texts(
                format!("写得太长：请写{most}个字以内。"),
                format!("That is too long: please write at most {most} characters."),
            ),
            Self::Personal => texts(
                "里面有电话、邮箱、证件号码或信用代码一类的内容。我们不收这些，请去掉再发。",
                "It holds something like a telephone number, a mail address, an identity number or a credit code. We take none of these: please remove it and send again.",
            ),
            Self::TooManyToday => texts(
                "没有收下：您所在的网络今天发来的已经很多，请明天再发。",
                "It was not taken: your network has sent many messages today. Please send it tomorrow.",
            ),
            Self::Full => texts(
                "没有收下：存放意见的地方满了，请过些日子再发。",
                "It was not taken: there is no space for more messages. Please send it in some days.",
            ),
            Self::Unavailable => texts(
                "没有收下：现在存不了，请过几分钟再发。",
                "It was not taken: it cannot be stored for now. Please send it in a few minutes.",
            ),
        }
    }
}

impl std::fmt::Display for FeedbackError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.localized().en)
    }
}

impl std::error::Error for FeedbackError {}

/// A message was kept: heading and text.
#[must_use]
pub fn received() -> (LocalizedText, LocalizedText) {
    (
        texts("收到了，谢谢", "Thank you, it was received"),
        texts(
            "我们会去核对。我们只存下了这段话、是哪一项和今天的日期，不知道是谁写的，所以没法回复您。",
            "We will look into it. We stored your text, which support it is about and the date. We do not know who wrote it, so we cannot reply.",
        ),
    )
}
