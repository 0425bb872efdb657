//! The number of rows of a list that becomes a workbook.
//!
//! A sheet holds a limited number of rows. Parquet states its own; a text is counted here before its first row is
//! screened, since reading a file costs little beside writing a workbook, and a refusal after a million rows comes late.
//! Standard input and pipes cannot be read twice: there the writer refuses the first row that does not fit.

use super::options::Options;
use super::prepare::{Attempt, open};
use crate::error::ScreenError;
use crate::error::workbook::{MAX_ROWS, WorkbookError};
use crate::read::csv::records::Records;
use crate::read::input::Input;
use crate::read::reader::{Chunk, Reader};
use crate::table::format::{Compression, FileFormat};
use crate::table::header::Headers;
use crate::table::meter::Meter;
use export_advisor_core::plan::Plan;

/// Refuses a list that has more rows than its output can hold, if that can be known before its rows are screened.
///
/// # Errors
/// There are too many rows, or the list cannot be read.
pub(super) fn check_rows(
    plan: &Plan,
    options: &Options,
    attempt: &mut Attempt,
    headers: &Headers<'_>,
) -> Result<(), ScreenError> {
    /// The least bytes of a row with its line end.
    const SHORTEST: u64 = 2;
    let Input::File(path) = &options.input else { return Ok(()) };
    let input = options.input_type;
    if options.output_type.format != FileFormat::Xlsx || !input.format.is_text() {
        return Ok(());
    }
    let metadata = std::fs::metadata(path).map_err(ScreenError::io(path))?;
    let is_plain = input.compression == Compression::Plain && !attempt.list.is_in_archive();
    if !metadata.is_file() || (is_plain && metadata.len() < MAX_ROWS * SHORTEST) {
        return Ok(());
    }
    let rows = count(&mut open(plan, options, attempt, headers, &Meter::default())?)?;
    if rows > MAX_ROWS {
        let path = options.output.path().to_owned();
        return Err(ScreenError::Workbook { path, fault: WorkbookError::TooManyRows(Some(rows)) });
    }
    Ok(())
}

fn count(reader: &mut Reader) -> Result<u64, ScreenError> {
    let columns = reader.columns().len();
    let mut records = Records::new(reader.delimiter());
    let mut rows = 0;
    while let Some(chunk) = reader.next()? {
        rows += match &chunk {
            Chunk::Csv(bytes) => records.read(String::from_utf8_lossy(bytes), columns).rows(),
            Chunk::Ndjson(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                text.lines().filter(|line| !line.trim().is_empty()).count()
            }
            Chunk::Cells(cells) => cells.rows(),
            Chunk::Parquet(_) => 0,
        } as u64;
        if let Chunk::Csv(buffer) | Chunk::Ndjson(buffer) = chunk {
            reader.reuse(buffer);
        }
    }
    Ok(rows)
}
