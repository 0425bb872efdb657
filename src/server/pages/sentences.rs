//! How pages name a sentence, and where they link to it.
//!
//! In go a document and the number of a sentence, out come its label and its address on the page of the text. It reads no
//! text of the sentence.

use export_advisor_core::policy::{DocumentForm, SentenceId};
use export_advisor_core::rulebook::{Policy, RuleBook};
use export_advisor_core::wording::Lang;

/// A sentence as pages name it: `8.4` of a document that numbers its measures through, else `第五条第二款`.
pub(super) fn label(policy: &Policy, id: SentenceId, lang: Lang) -> String {
    if policy.text.form == DocumentForm::Measures {
        return id.to_string();
    }
    match (policy.text.address(id), lang) {
        (Some(address), Lang::Zh) => address.zh,
        (Some(address), Lang::En) => address.en,
        (None, _) => id.to_string(),
    }
}

/// The page of a document's text: the first document of the book needs no parameter.
pub(super) fn text_page(book: &RuleBook, policy: &Policy, lang: Lang) -> String {
    match book.is_first(policy) {
        true => format!("/text?lang={}", lang.as_str()),
        false => format!("/text?policy={}&lang={}", policy.id, lang.as_str()),
    }
}

/// Where a sentence stands on the page of its document.
pub(super) fn address(book: &RuleBook, policy: &Policy, id: SentenceId, lang: Lang) -> String {
    format!("{}#{}", text_page(book, policy, lang), anchor(id))
}

/// The anchor of a sentence on the page of its document.
pub(super) fn anchor(id: SentenceId) -> String {
    format!("t-{}", id.to_string().replace('.', "-"))
}

/// A document in a list of documents.
pub(super) fn policy_line(policy: &Policy, lang: Lang) -> String {
    format!("{} {}", policy.number, lang.of(&policy.title)).trim_start().to_owned()
}
