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

/// The paragraphs of a text, each a list of lines.
pub(crate) type Paragraphs = Vec<Vec<String>>;

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
    let source = folder.display().to_string();
    let unreadable = |source: &str, error: &dyn std::fmt::Display| {
        let help = "name a folder of texts (UTF-8) that the service may read";
        Diagnostic::new("operator-texts", source, error.to_string(), help)
    };
    let entries = std::fs::read_dir(folder).map_err(|error| vec![unreadable(&source, &error)])?;
    let (mut texts, mut faults) = (Vec::new(), Vec::new());
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                faults.push(unreadable(&source, &error));
                continue;
            }
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Editors and file managers keep such files beside those of the user.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let file = path.display().to_string();
        let Some((_, topic, lang)) = known.iter().find(|(known, ..)| *known == name) else {
            let names = known.iter().map(|(name, ..)| name.as_str());
            let help = match nearest(&name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the names are {}", names.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("no page shows a text named `{name}`");
            faults.push(Diagnostic::new("operator-texts", &file, message, help));
            continue;
        };
        match std::fs::metadata(&path).map(|metadata| metadata.len()) {
            Ok(bytes) if bytes > LARGEST => {
                let message = format!("the text has {bytes} bytes; the most is {LARGEST}");
                faults.push(Diagnostic::new("operator-texts", &file, message, "shorten it"));
            }
            Ok(_) => match std::fs::read_to_string(&path) {
                Ok(text) => texts.push((*topic, *lang, paragraphs(&text))),
                Err(error) => faults.push(unreadable(&file, &error)),
            },
            Err(error) => faults.push(unreadable(&file, &error)),
        }
    }
    if faults.is_empty() { Ok(texts) } else { Err(faults) }
}

/// The paragraphs of a text: an empty line ends one.
fn paragraphs(text: &str) -> Paragraphs {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty());
    let owned = paragraphs.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect());
    owned.filter(|lines: &Vec<String>| !lines.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_ends_a_paragraph() {
        let found = paragraphs("\u{feff}甲\r\n 乙 \r\n\r\n\r\n丙\n");
        assert_eq!(found, [vec!["甲", "乙"], vec!["丙"]]);
        assert!(paragraphs(" \n\n").is_empty());
    }
}
