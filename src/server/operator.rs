//! What the operator of a service says on its pages: its own texts, and the address under which people find them.
//!
//! In go a folder of texts and an address, read once at the start; out come paragraphs by topic and language. A text is
//! plain: the program adds all markup, so that a text can neither run a script nor load anything.

use export_advisor_core::diagnostic::{Diagnostic, nearest};
use export_advisor_core::wording::Lang;
use std::path::Path;

/// The largest text, in bytes.
const LARGEST: u64 = 64 * 1024;

/// What a page is about that says who runs the service, and how it treats people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Whom to write to or call.
    Contact,
    /// What is stored of whom, and for how long.
    Privacy,
    /// Who can use the pages, and what to do where somebody cannot.
    Accessibility,
}

impl Topic {
    const ALL: [Self; 3] = [Self::Contact, Self::Privacy, Self::Accessibility];

    const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Privacy => "privacy",
            Self::Accessibility => "accessibility",
        }
    }

    /// The name of the file with its text in a language.
    fn file(self, lang: Lang) -> String {
        format!("{}.{}.txt", self.name(), lang.as_str())
    }
}

/// The paragraphs of a text, each a list of lines, each a list of pieces.
pub(crate) type Paragraphs = Vec<Vec<Vec<Piece>>>;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// What is shown.
    pub(crate) text: String,
    /// The address that it links to; empty if it is no link.
    pub(crate) href: String,
}

/// The operator of a service.
#[derive(Clone, Debug, Default)]
pub struct Operator {
    /// Scheme and host under which people find the pages, without a slash at the end.
    site: Option<String>,
    texts: Vec<(Topic, Lang, Paragraphs)>,
}

impl Operator {
    /// An operator whose pages are found at `site`, with the texts of a folder.
    ///
    /// # Errors
    /// Every file that cannot be read, is too large, or has a name that no page asks for.
    pub fn read(site: Option<String>, folder: Option<&Path>) -> Result<Self, Vec<Diagnostic>> {
        let texts = folder.map(read_texts).transpose()?.unwrap_or_default();
        Ok(Self { site: site.map(|site| site.trim_end_matches('/').to_owned()), texts })
    }

    /// How many texts it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    /// Scheme and host under which people find the pages.
    pub(crate) fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }

    /// What the operator says of a topic, and in which language: in the reader's, or else in the other.
    pub(crate) fn text(&self, topic: Topic, lang: Lang) -> Option<(Lang, &Paragraphs)> {
        let other = if lang == Lang::Zh { Lang::En } else { Lang::Zh };
        [lang, other].into_iter().find_map(|lang| {
            let mut texts = self.texts.iter();
            let (_, _, text) =
                texts.find(|(about, written, _)| (*about, *written) == (topic, lang))?;
            Some((lang, text))
        })
    }
}

fn read_texts(folder: &Path) -> Result<Vec<(Topic, Lang, Paragraphs)>, Vec<Diagnostic>> {
    let known = Topic::ALL.into_iter().flat_map(|topic| {
        [Lang::Zh, Lang::En].into_iter().map(move |lang| (topic.file(lang), topic, lang))
    });
    let known: Vec<(String, Topic, Lang)> = known.collect();
    let entries = std::fs::read_dir(folder).map_err(|error| vec![unreadable(folder, &error)])?;
    let (mut texts, mut faults) = (Vec::new(), Vec::new());
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                faults.push(unreadable(folder, &error));
                continue;
            }
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Editors and file managers keep such files beside those of the user.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let Some((_, topic, lang)) = known.iter().find(|(known, ..)| *known == name) else {
            let names = known.iter().map(|(name, ..)| name.as_str());
            let help = match nearest(&name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the names are {}", names.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("no page shows a text named `{name}`");
            faults.push(fault(&path, message, &help));
            continue;
        };
        match read_text(&path) {
            Ok(text) => texts.push((*topic, *lang, text)),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(texts) } else { Err(faults) }
}

/// The paragraphs of a file.
fn read_text(path: &Path) -> Result<Paragraphs, Diagnostic> {
    let bytes = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if bytes > LARGEST {
        let message = format!("the text has {bytes} bytes; the most is {LARGEST}");
        return Err(fault(path, message, "shorten it"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    let paragraphs = paragraphs(&text);
    if paragraphs.is_empty() {
        return Err(fault(path, "the text is empty".to_owned(), "write it, or delete the file"));
    }
    Ok(paragraphs)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    fault(path, error.to_string(), "name a folder of texts (UTF-8) that the service may read")
}

fn fault(path: &Path, message: String, help: &str) -> Diagnostic {
    Diagnostic::new("operator-texts", &path.display().to_string(), message, help)
}

/// The paragraphs of a text: an empty line ends one.
fn paragraphs(text: &str) -> Paragraphs {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
    paragraphs.map(|lines| lines.iter().map(|line| pieces(line)).collect()).collect()
}

/// Takes a line apart into texts, and addresses of pages and mailboxes.
fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |text: &str, href: &str| match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if href.is_empty() && last.href.is_empty() => last.text.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), href: href.to_owned() }),
    };
    let mut rest = line;
    // Every address has a colon, so that a line is read once.
    while let Some(colon) = rest.find(':') {
        let mut schemes = ["https", "mailto"].into_iter();
        let scheme = schemes.find(|scheme| rest.split_at(colon).0.ends_with(scheme));
        let Some(scheme) = scheme else {
            let (text, after) = rest.split_at(colon + 1);
            push(text, "");
            rest = after;
            continue;
        };
        let (before, link) = rest.split_at(colon - scheme.len());
        push(before, "");
        // Chinese characters and punctuation end an address, as spaces do.
        let end = link.find(|c: char| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>'));
        let (link, after) = link.split_at(end.unwrap_or(link.len()));
        let address = link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        let name =
            ["https://", "mailto:"].into_iter().find_map(|start| address.strip_prefix(start));
        if name.is_some_and(|name| name.starts_with(|c: char| c.is_alphanumeric())) {
            push(address.trim_start_matches("mailto:"), address);
            push(link.split_at(address.len()).1, "");
        } else {
            push(link, "");
        }
        rest = after;
    }
    push(rest, "");
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_ends_a_paragraph() {
        let text = |lines: &[Vec<Piece>]| -> Vec<String> {
            lines.iter().flatten().map(|piece| piece.text.clone()).collect()
        };
        let found = paragraphs("\u{feff}甲\r\n 乙 \r\n\r\n\r\n丙\n");
        let found: Vec<_> = found.iter().map(|lines| text(lines)).collect();
        assert_eq!(found, [vec!["甲", "乙"], vec!["丙"]]);
        assert!(paragraphs(" \n\n").is_empty());
    }

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        let found = |line: &str| -> Vec<(String, String)> {
            pieces(line).into_iter().map(|piece| (piece.text, piece.href)).collect()
        };
        let pair = |text: &str, href: &str| (text.to_owned(), href.to_owned());
        assert_eq!(
            found("见https://a.example/甲，或 mailto:b@c.example."),
            [
                pair("见", ""),
                pair("https://a.example/", "https://a.example/"),
                pair("甲，或 ", ""),
                pair("b@c.example", "mailto:b@c.example"),
                pair(".", ""),
            ]
        );
        for plain in [
            "javascript:alert(1)",
            "电话: 010-12345678: 转 8",
            "mailto: a@b.example",
            "https://例子.中国",
            "https:",
            ":::",
        ] {
            assert_eq!(found(plain), [pair(plain, "")], "{plain}");
        }
        assert!(found("").is_empty());
    }
}
