//! The last list, read once more before the new one is screened.
//!
//! Owns the order of events over it: it is opened as its manifest says, its rows are evaluated by the last rule book on
//! all threads, and its clients are kept. It must have the hash that the manifest records. Nothing is written but the
//! spool of the clients' facts.

use super::attempts;
use super::options::Options;
use super::prepare::{Attempt, Purpose, open, prepare};
use crate::changes::clients::Clients;
use crate::changes::comparison::{ListComparison, Months, compared_supports};
use crate::changes::key::KeyHasher;
use crate::changes::last::ChangeOptions;
use crate::changes::spool::Spool;
use crate::error::ScreenError;
use crate::screen::pipeline;
use crate::screen::screened::{Output, ScreenedChunk};
use crate::table::digest::sha256_of;
use crate::table::header::Headers;
use crate::table::meter::Meter;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::plan::Plan;

/// Reads the last list: what the new one is compared with, and notes for the user.
pub(super) fn read<'a>(
    plan: &'a Plan,
    options: &Options,
    changes: &ChangeOptions<'a>,
) -> Result<(ListComparison<'a>, Vec<LocalizedText>), ScreenError> {
    let months = Months {
        plan,
        plan_before: changes.plan,
        as_of: options.as_of,
        as_of_before: changes.as_of()?,
        lang: options.lang,
    };
    let supports = compared_supports(&months, &options.supports);
    let before: Vec<usize> = supports.iter().filter_map(|support| support.before).collect();
    let last = changes.options(before, options)?;
    let hasher = KeyHasher::new();
    let read = attempts(&last, &mut |last, attempt| {
        let spool = Spool::new(&changes.output)?;
        let clients = Clients::new(hasher.clone(), last.supports.len(), spool);
        clients_of(changes, last, attempt, clients)
    });
    let (mut clients, totals) = read.map_err(|error| {
        // A list that was changed may fail in any way: that it was changed is what matters.
        let found = sha256_of(last.input.path()).ok();
        found.and_then(|found| changes.check_list(&found).err()).unwrap_or(error)
    })?;
    clients.index();
    let notes = other_answers(changes, &last, &totals);
    Ok((ListComparison::new(&months, supports, clients), notes))
}

/// Per support, the rows to which it applied, did not apply, and for which it was undetermined.
type Totals = Vec<[u64; 3]>;

fn clients_of(
    changes: &ChangeOptions<'_>,
    options: &Options,
    attempt: &mut Attempt,
    mut clients: Clients,
) -> Result<(Clients, Totals), ScreenError> {
    let plan = changes.plan;
    let headers = Headers::new(&plan.book.catalogue);
    let meter = Meter::default();
    let mut reader = open(plan, options, attempt, &headers, &meter)?;
    let hasher = clients.hasher().clone();
    let purpose = Purpose::Clients { key: &changes.key, hasher: &hasher };
    let job = prepare(plan, options, &headers, &mut reader, purpose)?;
    let mut position = job.position as u64;
    let mut emit = |chunk: ScreenedChunk| {
        let Output::Clients(found) = chunk.output else { return Err(ScreenError::Worker) };
        clients.add(&found, position + 1, &options.limits)?;
        position += (chunk.rows + chunk.blank) as u64;
        Ok(Vec::new())
    };
    let tally = pipeline::run(&mut reader, &job, options.workers, &mut emit, &mut || {})?;
    changes.check_list(&meter.sha256())?;
    Ok((clients, tally.totals()))
}

/// The note that this program answers otherwise than the program of the last screening did, if it does.
fn other_answers(
    changes: &ChangeOptions<'_>,
    last: &Options,
    totals: &Totals,
) -> Vec<LocalizedText> {
    let manifest = changes.last.manifest();
    let mut found = Vec::new();
    for (index, [applies, not, undetermined]) in last.supports.iter().zip(totals) {
        let id = changes.plan.book.supports.get(*index).map(|support| &support.id);
        let recorded = manifest.supports.iter().find(|record| Some(&record.id) == id);
        let Some(record) = recorded else { continue };
        let counts = [record.applies, record.does_not_apply, record.undetermined];
        if counts != [*applies, *not, *undetermined] {
            found.push(record.id.as_str());
        }
    }
    if found.is_empty() {
        return Vec::new();
    }
    let (program, ids) = (&manifest.program, found.join(", "));
    vec![LocalizedText {
        zh: format!(
            "上次名单由“{program}”筛查；本程序对它给出的状态个数与当时的清单不同（{ids}）：“原状态”是本程序现在给出的，不是当时写出的。"
        ),
        en: format!(
            "the last list was screened by `{program}`, and this program counts other statuses in it than its manifest has ({ids}): what the changes call former is what this program says of it, not what was written then"
        ),
    }]
}
