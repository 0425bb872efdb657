//! What a message of a reader may hold.
//!
//! In goes what was sent, out comes the text to keep. Nothing of a person or a firm is kept that can be recognised by its
//! form: identity numbers, credit codes, telephone numbers, addresses of mail. Who writes a name is asked not to.

use export_advisor_core::facts::credit_code::{check, without_personal_numbers};
use export_advisor_core::facts::half_width;
use export_advisor_core::wording::FeedbackError;

/// The longest message, in characters.
const LONGEST: usize = 1000;
/// From so many digits on, a number that begins as telephone numbers do may be one.
const TELEPHONE: usize = 11;
/// The length of a credit code.
const CREDIT_CODE: usize = 18;

/// The text that is kept of a message: without signs that nobody sees, but with its lines.
///
/// # Errors
/// If it is empty or too long, or holds a number that is somebody's.
pub(super) fn accept(sent: &str) -> Result<String, FeedbackError> {
    let text = sent.replace("\r\n", "\n");
    let text: String = text.trim().chars().filter(|c| *c == '\n' || !is_hidden(*c)).collect();
    if text.trim().is_empty() {
        return Err(FeedbackError::Nothing);
    }
    if text.chars().nth(LONGEST).is_some() {
        return Err(FeedbackError::TooLong(LONGEST));
    }
    if is_personal(&text) { Err(FeedbackError::Personal) } else { Ok(text) }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether something in a text has the form of a number or an address that is somebody's.
fn is_personal(text: &str) -> bool {
    let narrow: String = text.chars().map(half_width).collect();
    let mut words = narrow.split(|c: char| !c.is_ascii_alphanumeric());
    narrow.contains('@')
        || without_personal_numbers(&narrow) != narrow
        || words.any(|word| word.len() == CREDIT_CODE && check(&word.to_ascii_uppercase()).is_ok())
        || has_telephone(&narrow)
}

/// Whether a number stands in a text that is as long as a telephone number and begins like one, with or without the
/// code of the country: digits with single spaces, hyphens or brackets between them. A range of dates begins with a 2.
fn has_telephone(text: &str) -> bool {
    let (mut digits, mut is_separated) = (String::new(), false);
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            is_separated = false;
            let number = digits.strip_prefix("86").filter(|rest| rest.len() >= TELEPHONE);
            let number = number.unwrap_or(&digits);
            if number.len() >= TELEPHONE && number.starts_with(['0', '1']) {
                return true;
            }
        } else if !digits.is_empty() && !is_separated && matches!(c, ' ' | '-' | '(' | ')') {
            is_separated = true;
        } else {
            (digits, is_separated) = (String::new(), false);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_kept_as_it_is_read() {
        for (sent, kept) in [
            (
                "  第8.4句说的是小微企业，这里写成了中小微。 ",
                "第8.4句说的是小微企业，这里写成了中小微。",
            ),
            ("one\r\ntwo\u{1b}[2J\u{202e}", "one\ntwo[2J"),
            (
                "国办发〔2023〕10号，2023-04-11 2024-05-01",
                "国办发〔2023〕10号，2023-04-11 2024-05-01",
            ),
            ("税号末位12345678", "税号末位12345678"),
        ] {
            assert_eq!(accept(sent), Ok(kept.to_owned()), "{sent}");
        }
        for empty in ["", " \r\n\t", "\u{200b}"] {
            assert_eq!(accept(empty), Err(FeedbackError::Nothing));
        }
        assert!(accept(&"字".repeat(LONGEST)).is_ok());
        assert_eq!(accept(&"字".repeat(LONGEST + 1)), Err(FeedbackError::TooLong(LONGEST)));
    }

    #[test]
    fn what_is_somebodys_is_not_kept() {
        for sent in [
            "我的电话13800138000",
            "电话 138 0013 8000",
            "+86 13800138000",
            "8613800138000",
            "(0571)87654321",
            "（0571）8765-4321",
            "０５７１－８７６５４３２１",
            "0571-87654321",
            "写信到 a@example.com",
            "写信到 a＠example.com",
            "代码91110000600037341L不对",
            "身份证11010519491231002X",
        ] {
            assert_eq!(accept(sent), Err(FeedbackError::Personal), "{sent}");
        }
    }
}
