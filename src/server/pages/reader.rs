//! `GET /text`: the whole text of a document (`policy`, else the first), each sentence with its supports or the reason for having none; its contents, and a search
//! in it.
//!
//! What is searched for stands in the address (`q`) and is marked wherever it is, in the text and in what is said of it.
//! Views of the text are made here; how a text is marked is the matter of [`lookup::marks`](super::lookup::marks).

use super::fields::{self, sent};
use super::frame::{Frame, send};
use super::lookup::marks::{LONGEST, Marked, Search, is_marked};
use super::lookup::measure_label;
use super::{missing, sentences};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::feedback::SearchField;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::policy::{DocumentForm, Measure, Sentence};
use export_advisor_core::rulebook::{Policy, PolicyId, RuleBook, Support, WindowState};
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;

#[derive(Template)]
#[template(path = "reader.html")]
struct ReaderPage {
    f: Frame,
    /// What is searched for, and how often it was found; empty if nothing is searched for.
    query: String,
    outcome: String,
    /// Where it was found: anchor and label.
    found: Vec<(String, String)>,
    policy: Option<PolicyView>,
    /// The other documents: address and name.
    others: Vec<(String, String)>,
    /// The page without a search.
    address: String,
    /// The page in the other language.
    other_language: String,
}

struct PolicyView {
    id: String,
    title: Marked,
    number: String,
    issuer: String,
    issued: String,
    /// Where and when it holds, a line each.
    scope: Vec<String>,
    contents: Vec<ContentsView>,
    preamble: Marked,
    measures: Vec<MeasureView>,
    closing: Vec<ParagraphView>,
}

/// A part in the contents.
struct ContentsView {
    anchor: String,
    heading: String,
    /// Number of each measure, and how it is called.
    measures: Vec<(u8, String)>,
}

struct MeasureView {
    number: u8,
    /// As people name it.
    name: String,
    /// The part's heading, before its first measure, with its anchor.
    part: Marked,
    part_anchor: String,
    heading: Marked,
    english: Marked,
    sentences: Vec<SentenceView>,
}

struct SentenceView {
    /// As people name it.
    label: String,
    anchor: String,
    text: Marked,
    supports: Vec<SupportView>,
    background: Marked,
}

struct SupportView {
    id: String,
    title: Marked,
    /// The window, if it is not open.
    window: String,
    summary: Marked,
    criteria: Marked,
    channel: Marked,
    /// Whether something that is folded was searched for.
    is_found: bool,
}

/// A paragraph after the last measure; the heading of a part has an anchor.
struct ParagraphView {
    anchor: String,
    text: Marked,
}

/// Shows the text.
pub(crate) async fn read(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let f = Frame::new(&request);
    let pairs = fields::pairs(request.query_string().as_bytes())?;
    let query = sent(&pairs, "q").unwrap_or("").trim().to_owned();
    let is_too_long = query.chars().nth(LONGEST).is_some();
    let search = Search::new(if is_too_long { "" } else { &query });
    let advisor = app.advisor();
    let (book, today) = (advisor.book(), today());
    let reader = Reader { book, search: &search, today, lang: f.lang };
    let wanted = sent(&pairs, "policy").filter(|id| !id.is_empty());
    let mut all = book.policies.iter_enumerated();
    let policy = all.find(|(_, policy)| wanted.is_none_or(|id| policy.id == id));
    if policy.is_none() && wanted.is_some() {
        return missing::not_found(&request, ["/text"].into_iter());
    }
    // What is searched for is counted while it is marked.
    let view = policy.map(|(index, policy)| reader.policy(index, policy));
    let others = book.policies.iter().filter(|other| policy.is_none_or(|(_, p)| p.id != other.id));
    let others = others.map(|other| {
        (sentences::text_page(book, other, f.lang), sentences::policy_line(other, f.lang))
    });
    if search.found() == 0 && !query.is_empty() && !is_too_long {
        app.feedback.count_search(SearchField::Text, &query);
    }
    let outcome = match (query.is_empty(), is_too_long) {
        (true, _) => LocalizedText::default(),
        (_, true) => wording::search_too_long(LONGEST),
        (_, false) => wording::searched(&query, search.found()),
    };
    let page = ReaderPage {
        outcome: f.lang.of(&outcome).to_owned(),
        found: view.iter().flat_map(|policy| found(policy, &f)).collect(),
        others: others.collect(),
        address: match policy {
            Some((_, policy)) => sentences::text_page(book, policy, f.lang),
            None => String::new(),
        },
        policy: view,
        other_language: other_language(&f, wanted, &query),
        query,
        f,
    };
    send(StatusCode::OK, &page)
}

/// The address of the page in the other language, with what is searched for.
fn other_language(f: &Frame, policy: Option<&str>, query: &str) -> String {
    let address = format!("{}?lang={}", f.path, f.other_lang());
    let query = Some(query).filter(|query| !query.is_empty());
    let pairs = [("policy", policy), ("q", query)];
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
    pairs
        .filter_map(|pair| serde_urlencoded::to_string([pair]).ok())
        .fold(address, |address, pair| format!("{address}&{pair}"))
}

/// Where in a document something is marked: anchor and label.
fn found(policy: &PolicyView, f: &Frame) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if is_marked(&policy.title) || is_marked(&policy.preamble) {
        found.push((format!("p-{}", policy.id), f.t("开头", "the beginning").to_owned()));
    }
    for measure in &policy.measures {
        if is_marked(&measure.part) {
            found.push((measure.part_anchor.clone(), plain(&measure.part)));
        }
        if is_marked(&measure.heading) || is_marked(&measure.english) {
            let label = match f.lang {
                Lang::Zh => format!("{}的标题", measure.name),
                Lang::En => format!("the title of {}", measure.name),
            };
            found.push((format!("m-{}", measure.number), label));
        }
        let sentences = measure.sentences.iter().filter(|sentence| {
            let of_support = |s: &SupportView| s.is_found || is_marked(&s.title);
            is_marked(&sentence.text)
                || is_marked(&sentence.background)
                || sentence.supports.iter().any(of_support)
        });
        found.extend(sentences.map(|sentence| (sentence.anchor.clone(), sentence.label.clone())));
    }
    if policy.closing.iter().any(|paragraph| is_marked(&paragraph.text)) {
        let heading = policy.closing.iter().find(|paragraph| !paragraph.anchor.is_empty());
        let anchor = heading.map_or("closing", |heading| heading.anchor.as_str());
        found.push((anchor.to_owned(), f.t("结尾", "the end").to_owned()));
    }
    found
}

/// A marked text without its marks.
fn plain(text: &[(String, bool)]) -> String {
    text.iter().map(|(piece, _)| piece.as_str()).collect()
}

/// Puts documents into views.
struct Reader<'a> {
    book: &'a RuleBook,
    search: &'a Search,
    today: Date,
    lang: Lang,
}

impl Reader<'_> {
    fn mark(&self, text: &str) -> Marked {
        self.search.mark(text)
    }

    fn marked(&self, texts: &LocalizedText) -> Marked {
        self.mark(self.lang.of(texts))
    }

    fn policy(&self, index: PolicyId, policy: &Policy) -> PolicyView {
        let text = &policy.text;
        let mut part = usize::MAX;
        let measures = (text.measures.iter())
            .map(|measure| {
                let is_first = measure.part != part;
                part = measure.part;
                let heading = text.parts.get(part).filter(|_| is_first);
                let heading = heading.map(|range| self.mark(text.slice(range)));
                self.measure((index, policy), measure, heading.unwrap_or_default())
            })
            .collect();
        PolicyView {
            id: policy.id.clone(),
            title: self.mark(&policy.title.zh),
            number: policy.number.clone(),
            issuer: self.lang.of(&policy.issuer).to_owned(),
            issued: policy.issued.to_string(),
            scope: wording::scope(policy, self.today)
                .iter()
                .map(|line| self.lang.of(line).to_owned())
                .collect(),
            contents: self.contents(policy),
            preamble: self.mark(text.slice(&text.preamble).trim()),
            measures,
            closing: self.closing(policy),
        }
    }

    fn contents(&self, policy: &Policy) -> Vec<ContentsView> {
        let text = &policy.text;
        let parts = text.parts.iter().enumerate();
        parts
            .map(|(part, heading)| ContentsView {
                anchor: part_anchor(part),
                heading: text.slice(heading).to_owned(),
                measures: (text.measures.iter())
                    .filter(|measure| measure.part == part)
                    .map(|measure| {
                        let number = measure.number;
                        let known = policy.measures.iter().find(|m| m.number == number);
                        let written = text.slice(&measure.title);
                        let title = known.map_or(written, |known| self.lang.of(&known.title));
                        (number, measure_label(policy, number, title, self.lang))
                    })
                    .collect(),
            })
            .collect()
    }

    /// What follows the last measure: the parts without measures, the issuer, the date.
    fn closing(&self, policy: &Policy) -> Vec<ParagraphView> {
        let text = &policy.text;
        let parts: Vec<&str> = text.parts.iter().map(|range| text.slice(range)).collect();
        let lines = text.slice(&text.closing).lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(|line| {
                let part = parts.iter().position(|part| *part == line);
                ParagraphView {
                    anchor: part.map(part_anchor).unwrap_or_default(),
                    text: self.mark(line),
                }
            })
            .collect()
    }

    fn measure(
        &self,
        (index, policy): (PolicyId, &Policy),
        measure: &Measure,
        part: Marked,
    ) -> MeasureView {
        let number = measure.number;
        let title = policy.measures.iter().find(|m| m.number == number);
        let sentences = measure.sentences.iter().map(|Sentence { id, range, .. }| {
            let id = *id;
            let supports = self.book.citing(index, id).map(|support| self.support(support));
            let background = policy.background.iter().find(|b| b.sentence == id);
            SentenceView {
                label: sentences::label(policy, id, self.lang),
                anchor: sentences::anchor(id),
                text: self.mark(policy.text.slice(range)),
                supports: supports.collect(),
                background: background.map(|b| self.marked(&b.reason)).unwrap_or_default(),
            }
        });
        let address = policy.text.measure_address(number);
        let name = address.map(|address| match self.lang {
            Lang::Zh => address.zh,
            Lang::En => address.en,
        });
        MeasureView {
            number,
            name: name.unwrap_or_default(),
            part,
            part_anchor: part_anchor(measure.part),
            heading: self.mark(&heading(policy, measure)),
            english: match (self.lang, title) {
                (Lang::En, Some(title)) => self.mark(&title.title.en),
                _ => Marked::new(),
            },
            sentences: sentences.collect(),
        }
    }

    fn support(&self, support: &Support) -> SupportView {
        let lang = self.lang;
        let criteria: Vec<&str> = support.criteria.iter().map(|c| lang.of(&c.label)).collect();
        let criteria = criteria.join(if lang == Lang::Zh { "；" } else { "; " });
        let (summary, criteria) = (self.marked(&support.summary), self.mark(&criteria));
        let channel = self.marked(&wording::offices(support));
        let is_found = is_marked(&summary) || is_marked(&criteria) || is_marked(&channel);
        SupportView {
            id: support.id.clone(),
            title: self.marked(&support.title),
            window: match support.window.state(self.today).0 {
                WindowState::Open => String::new(),
                closed => lang.of(&wording::window(closed)).to_owned(),
            },
            is_found,
            summary,
            criteria,
            channel,
        }
    }
}

/// The heading of a measure: its number and title, or its number and our caption if it has none.
fn heading(policy: &Policy, measure: &Measure) -> String {
    let number = measure.number;
    if policy.text.form == DocumentForm::Measures {
        return format!("{number}. {}", policy.text.slice(&measure.title));
    }
    let address = policy.text.measure_address(number).map(|address| address.zh);
    let address = address.unwrap_or_default();
    let known = policy.measures.iter().find(|known| known.number == number);
    let title = known.map_or(policy.text.slice(&measure.title), |known| known.title.zh.as_str());
    format!("{address} {title}").trim_end().to_owned()
}

/// Where a part begins on the page.
fn part_anchor(part: usize) -> String {
    format!("part-{}", part + 1)
}
