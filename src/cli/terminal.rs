//! Text for people, on a terminal.
//!
//! Owns the one way from text to standard error and, for text that is no data, to standard output. Names of files,
//! headers and cells are foreign: a control character in them could move the cursor, clear the screen or turn the
//! direction of what follows. So every such character is written as its number. Data passes by [`super::print`],
//! which changes nothing unless a terminal shows it.

use export_advisor_core::wording::Lang;
use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};

/// Whether a terminal would act on a character instead of showing it: a control character but for line ends and
/// tabs, or one that turns the direction of text.
fn acts(c: char) -> bool {
    let ours = matches!(c, '\n' | '\t');
    (c.is_control() && !ours) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text as a terminal may have it: `\u{1b}` for an escape character.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// A foreign text within a line: line ends and tabs are no more ours than the rest.
pub(super) fn inline(text: &str) -> String {
    let text = text.replace('\n', "\\n").replace('\t', "\\t");
    visible(&text).into_owned()
}

/// What goes to standard output: as it is, but where a terminal shows it.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if std::io::stdout().is_terminal() { visible(text) } else { Cow::Borrowed(text) }
}

/// Writes a line to standard error. Nobody can be told if that fails.
pub(super) fn report(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(text));
}

#[cfg(test)]
#[test]
fn what_a_terminal_would_act_on_is_written_as_its_number() {
    let text = "名\u{1b}[2J\r\n\t\u{7}\u{7f}\u{9b}31m\u{202e}x\u{2066}y\0é👩\u{200d}💻";
    let seen = visible(text);
    assert_eq!(
        seen,
        "名\\u{1b}[2J\\u{d}\n\t\\u{7}\\u{7f}\\u{9b}31m\\u{202e}x\\u{2066}y\\u{0}é👩\u{200d}💻"
    );
    assert!(matches!(visible("名,\n\t"), Cow::Borrowed(_)));
    assert_eq!(inline("a\nb\t\u{1b}"), "a\\nb\\t\\u{1b}");
}

/// That a name is none of those that there are.
pub(super) fn unknown_name<'a>(
    lang: Lang,
    option: &str,
    name: &str,
    names: impl Iterator<Item = &'a str>,
) -> String {
    let near = export_advisor_core::diagnostic::nearest(name, names);
    match lang {
        Lang::Zh => {
            let near = near.map_or(String::new(), |near| format!("，是不是“{near}”？"));
            format!("{option}：没有“{name}”{near}")
        }
        Lang::En => {
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("{option}: there is no `{name}`{near}")
        }
    }
}
