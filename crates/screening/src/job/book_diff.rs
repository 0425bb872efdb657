//! A comparison of two rule books on a list, from beginning to end.
//!
//! Owns the order of events: the destinations are checked first, then the input's encoding and columns; each chunk is read
//! once and evaluated by both books; the files get their names when all are complete.

use super::attempts;
use super::options::Progress;
use super::prepare::{Attempt, Purpose, check_destinations, open, prepare};
use crate::book_diff::books::{Books, ComparedSupport, compared};
use crate::book_diff::details::DetailsWriter;
use crate::book_diff::digest::BookDigest;
use crate::book_diff::facts::BookFacts;
use crate::book_diff::options::{BookComparisonOptions, DigestFormat};
use crate::book_diff::report::{BookComparison, SupportMoves};
use crate::error::ScreenError;
use crate::job::options::Options;
use crate::screen::pipeline;
use crate::screen::screened::{Output, ScreenedChunk};
use crate::table::format::Compression;
use crate::table::header::Headers;
use crate::table::limits::Growth;
use crate::table::meter::Meter;
use crate::write::target::{Destination, Target};
use crate::write::temporary_file::Mode;
use export_advisor_core::diagnostic::nearest;
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::Lang;

/// Finds out what a new rule book would mean for the firms of a list that an old one has judged so far. Nothing is
/// written but the files that the options name.
///
/// # Errors
/// Whatever stops the job; then there is no file.
pub fn compare_rule_books(
    old: &Plan,
    new: &Plan,
    options: &BookComparisonOptions,
    progress: &mut dyn Progress,
) -> Result<BookComparison, ScreenError> {
    check_supports(old, new, options)?;
    let supports = compared(old, new, &options.supports);
    let of_new = supports.iter().filter_map(|support| support.pair.new);
    let screening = options.screening(of_new.map(|id| id.index()).collect());
    let outputs = [
        options.details.as_ref().map(|(destination, _)| destination),
        options.digest.as_ref().map(|(destination, _)| destination),
    ];
    let outputs: Vec<&Destination> = outputs.into_iter().flatten().collect();
    check_destinations(&screening, &[], &outputs)?;
    let job = ComparisonJob { old, new, options, supports: &supports };
    attempts(&screening, &mut |screening, attempt| job.run(screening, attempt, progress))
}

/// Supports of neither book.
fn check_supports(
    old: &Plan,
    new: &Plan,
    options: &BookComparisonOptions,
) -> Result<(), ScreenError> {
    let ids = || new.book.supports.iter().chain(old.book.supports.iter()).map(|s| s.id.as_str());
    let wrong = options.supports.iter().filter(|id| !ids().any(|known| known == id.as_str()));
    let wrong = wrong.map(|id| {
        let near = nearest(id, ids());
        match options.lang {
            Lang::Zh => {
                let near = near.map_or(String::new(), |near| format!("，是不是“{near}”？"));
                format!("--supports：两套规则都没有“{id}”{near}")
            }
            Lang::En => {
                let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                format!("--supports: neither rule book has `{id}`{near}")
            }
        }
    });
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(ScreenError::Options(wrong)) }
}

struct ComparisonJob<'j> {
    old: &'j Plan,
    new: &'j Plan,
    options: &'j BookComparisonOptions,
    supports: &'j [ComparedSupport],
}

impl ComparisonJob<'_> {
    fn run(
        &self,
        screening: &Options,
        attempt: &mut Attempt,
        progress: &mut dyn Progress,
    ) -> Result<BookComparison, ScreenError> {
        let Self { old, new, options, supports } = *self;
        let headers = Headers::new(&new.book.catalogue);
        let old_headers = Headers::new(&old.book.catalogue);
        let facts = BookFacts::new((old, &old_headers), (new, &headers), &options.map);
        let screening = &Options { map: facts.map(&options.map), ..screening.clone() };
        let meter = Meter::default();
        let mut reader = open(new, screening, attempt, &headers, &meter)?;
        let purpose = Purpose::Books { key: options.key.as_deref(), facts: &facts };
        let mut job = prepare(new, screening, &headers, &mut reader, purpose)?;
        let old_job = Books::old_job(&job, &facts, old)?;
        let details = options.details.as_ref();
        let books = Books {
            old,
            new,
            as_of: options.as_of,
            lang: options.lang,
            supports,
            has_details: details.is_some(),
            is_for_people: details.is_some_and(|(_, file_type)| file_type.format.is_for_people()),
            facts: facts.clone(),
            old_job,
        };
        job.books = Some(&books);
        let mut notes = attempt.list.notes.clone();
        notes.extend(reader.notes());
        notes.extend(headers.nearly_known(&job.columns, &screening.map));
        progress.start(&job.columns, new, &notes);

        let details = details.map(|details| DetailsWriter::begin(&books, details, options.mode));
        let mut details = details.transpose()?;
        let growth = Growth::output(&options.limits, &meter);
        let mut position = job.position as u64;
        let mut emit = |chunk: ScreenedChunk| {
            let size = growth.add(chunk.size(&job.layout));
            size.map_err(ScreenError::limit(options.input.path()))?;
            let Output::Moves(firms) = chunk.output else { return Err(ScreenError::Worker) };
            if let Some(details) = &mut details {
                details.write(&firms, position + 1)?;
            }
            position += (chunk.rows + chunk.blank) as u64;
            Ok(Vec::new())
        };
        let mut advance = || progress.advance(&meter);
        let tally = pipeline::run(&mut reader, &job, options.workers, &mut emit, &mut advance)?;
        if let Some(note) = super::ignored_note(&meter) {
            progress.note(&note);
            notes.push(note);
        }
        let mut comparison = BookComparison {
            old: old.book.version.clone(),
            new: new.book.version.clone(),
            as_of: options.as_of,
            rows: tally.row_counts(),
            firms: tally.moves.firms,
            moved_firms: tally.moves.moved_firms,
            supports: SupportMoves::all(supports, &tally.moves),
            notes,
            input_bytes: meter.bytes(),
            details: None,
            digest: None,
        };
        let details = details.map(DetailsWriter::finish).transpose()?;
        let digest = self.digest(&comparison, options.mode)?;
        // Both files are complete before either gets its name.
        let digest = digest.map(Target::finish).transpose()?;
        comparison.details = match details {
            Some((finished, lines)) => Some((finished.commit()?, lines)),
            None => None,
        };
        comparison.digest = match digest {
            Some(finished) => Some(finished.commit()?),
            None => None,
        };
        Ok(comparison)
    }

    /// The digest as it is requested, in a file that has yet no name.
    fn digest(
        &self,
        comparison: &BookComparison,
        mode: Mode,
    ) -> Result<Option<Target>, ScreenError> {
        let Some((destination, format)) = &self.options.digest else { return Ok(None) };
        let digest = BookDigest::new(comparison, self.options.hide_below);
        let text = match format {
            DigestFormat::Json => digest.to_json(),
            DigestFormat::Html => digest.to_html(self.options.lang),
        };
        let mut target = Target::open(destination, Compression::Plain, mode)?;
        target.write(text.as_bytes())?;
        Ok(Some(target))
    }
}
