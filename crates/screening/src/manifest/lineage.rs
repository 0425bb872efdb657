//! A screening as an event of OpenLineage, made of its manifest.
//!
//! Owns the form of the event (version 2-0-2 of the specification): the run, the job, the list and what was written, their
//! columns, and which columns of the list each written column depends on by the rule book. It sends nothing and reads no
//! clock: the caller states the time and the run, so the same manifest gives the same bytes. Nothing of a row is in it.

use super::{FileRecord, Manifest};
use crate::job::options::{MatchOptions, Options};
use crate::job::prepare::matches_of;
use crate::screen::job::credit_code_fact;
use crate::screen::layout::{Layout, OptionalColumns};
use crate::screen::matches::identifying_columns;
use crate::screen::questions::MissingColumn;
use crate::table::header::{Columns, Mapped};
use export_advisor_core::facts::{FactId, FactSet};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::SupportId;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The specification that the event follows.
const SPECIFICATION: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
/// Where the specification's facets are.
const FACETS: &str = "https://openlineage.io/spec/facets/";
/// The schema of the run's own facet: `openapi/rule-book-run-facet.schema.json`.
const RULE_BOOK_FACET: &str = "urn:export-advisor:schema:rule-book-run-facet:1";

/// What the manifest does not state of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id, a UUID.
    pub id: String,
    /// When it was complete, by RFC 3339.
    pub time: String,
    /// The namespace of the job.
    pub namespace: String,
    /// The name of the job.
    pub job: String,
}

/// The id of a run whose scheduler gave it none: a UUID (version 8) of the manifest's text, so that each manifest has
/// its own and keeps it.
#[must_use]
pub fn run_id(manifest: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(manifest);
    let mut bytes: Vec<u8> = hash.iter().take(16).copied().collect();
    if let Some(byte) = bytes.get_mut(6) {
        *byte = *byte & 0x0f | 0x80;
    }
    if let Some(byte) = bytes.get_mut(8) {
        *byte = *byte & 0x3f | 0x80;
    }
    let digits = export_advisor_core::files::hex(&bytes);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or(""));
    parts.join("-")
}

impl Manifest {
    /// The event that says that the screening is complete. `path` is where the manifest is; `options` are those that it
    /// stands for, by the rule book of `plan`.
    #[must_use]
    pub fn lineage(&self, plan: &Plan, options: &Options, path: &Path, run: &Run) -> Value {
        let program = format!("pkg:cargo/{}", self.program.replacen(' ', "@", 1));
        let event = Event { manifest: self, plan, options, path, run, program: &program };
        event.value()
    }

    /// The columns of the list with their facts.
    fn list_columns(&self, plan: &Plan) -> Columns {
        let facts = self.columns.iter().map(|column| {
            let fact = plan.book.catalogue.find(column.fact.as_deref()?)?.id;
            Some(Mapped { fact, shift: column.shift })
        });
        let names = self.columns.iter().map(|column| column.header.clone());
        Columns { names: names.collect(), facts: facts.collect(), results: Vec::new() }
    }
}

/// What an event is made of.
struct Event<'a> {
    manifest: &'a Manifest,
    plan: &'a Plan,
    options: &'a Options,
    path: &'a Path,
    run: &'a Run,
    program: &'a str,
}

/// A written column and the columns of the list that it depends on.
struct Field {
    name: String,
    inputs: Vec<String>,
    /// How it depends on them: type and subtype of the specification.
    transformation: (&'static str, &'static str),
}

const IDENTITY: (&str, &str) = ("DIRECT", "IDENTITY");
const MESSAGE: (&str, &str) = ("DIRECT", "TRANSFORMATION");
const CONDITION: (&str, &str) = ("INDIRECT", "CONDITIONAL");

impl Event<'_> {
    fn value(&self) -> Value {
        let (manifest, run) = (self.manifest, self.run);
        let columns = manifest.list_columns(self.plan);
        let mut outputs =
            vec![self.output(&manifest.output, manifest.counts.rows_out, &self.fields(&columns))];
        if let (Some(record), Some(matches)) = (&manifest.matches, &self.options.matches) {
            let fields = self.match_fields(matches, &columns);
            outputs.push(self.output(record, manifest.counts.matches, &fields));
        }
        for record in [&manifest.report, &manifest.summary].into_iter().flatten() {
            outputs.push(self.dataset(record, Map::new(), "outputFacets", Map::new()));
        }
        let known = columns.names.iter().zip(&columns.facts).map(|(name, mapped)| {
            let description = mapped.map(|mapped| {
                let fact = self.plan.book.catalogue.fact(mapped.fact);
                format!("{} · {} ({})", fact.label.zh, fact.label.en, fact.name)
            });
            match description {
                Some(description) => json!({ "name": name, "description": description }),
                None => json!({ "name": name }),
            }
        });
        let schema = json!({ "fields": known.collect::<Vec<_>>() });
        let facets = self.facet("schema", "1-1-1/SchemaDatasetFacet", schema);
        let counts = json!({
            "rowCount": manifest.counts.rows_in, "size": manifest.input.bytes, "fileCount": 1,
        });
        let statistics =
            self.facet("inputStatistics", "1-0-0/InputStatisticsInputDatasetFacet", counts);
        let input = self.dataset(&manifest.input, facets, "inputFacets", statistics);
        json!({
            "eventType": "COMPLETE",
            "eventTime": run.time,
            "run": { "runId": run.id, "facets": self.run_facets() },
            "job": { "namespace": run.namespace, "name": run.job, "facets": self.facet(
                "jobType",
                "2-0-3/JobTypeJobFacet",
                json!({ "processingType": "BATCH", "integration": "EXPORT_ADVISOR", "jobType": "SCREENING" }),
            ) },
            "inputs": [input],
            "outputs": outputs,
            "producer": self.program,
            "schemaURL": SPECIFICATION,
        })
    }

    /// A facet of the specification under its name.
    fn facet(&self, name: &str, schema: &str, members: Value) -> Map<String, Value> {
        let definition = schema.split_once('/').map_or(schema, |(_, definition)| definition);
        let url = format!("{FACETS}{schema}.json#/$defs/{definition}");
        Map::from_iter([(name.to_owned(), self.with_schema(&url, members))])
    }

    fn with_schema(&self, url: &str, members: Value) -> Value {
        let mut facet = json!({ "_producer": self.program, "_schemaURL": url });
        if let (Some(facet), Value::Object(members)) = (facet.as_object_mut(), members) {
            facet.extend(members);
        }
        facet
    }

    fn run_facets(&self) -> Map<String, Value> {
        let manifest = self.manifest;
        let (name, version) = manifest.program.split_once(' ').unwrap_or((&manifest.program, ""));
        let engine = json!({ "name": name, "version": version });
        let mut facets = self.facet("processing_engine", "1-1-1/ProcessingEngineRunFacet", engine);
        let mut book = json!({ "version": manifest.rulebook, "asOf": manifest.as_of });
        if let (Some(members), Some(build)) = (book.as_object_mut(), &manifest.build) {
            members.insert("programBuild".to_owned(), build.clone().into());
        }
        let book = self.with_schema(RULE_BOOK_FACET, book);
        facets.insert("exportAdvisor_ruleBook".to_owned(), book);
        facets
    }

    /// An output with the columns that it has.
    fn output(&self, record: &FileRecord, rows: u64, fields: &[Field]) -> Value {
        let names = fields.iter().map(|field| json!({ "name": field.name }));
        let schema = json!({ "fields": names.collect::<Vec<_>>() });
        let mut facets = self.facet("schema", "1-1-1/SchemaDatasetFacet", schema);
        let (namespace, name) = self.name(&self.manifest.input);
        let lineage = fields.iter().filter(|field| !field.inputs.is_empty()).map(|field| {
            let (kind, subtype) = field.transformation;
            let inputs = field.inputs.iter().map(|input| {
                json!({
                    "namespace": namespace, "name": name, "field": input,
                    "transformations": [{ "type": kind, "subtype": subtype }],
                })
            });
            (field.name.clone(), json!({ "inputFields": inputs.collect::<Vec<_>>() }))
        });
        let lineage = json!({ "fields": lineage.collect::<Map<_, _>>() });
        facets.extend(self.facet("columnLineage", "1-2-0/ColumnLineageDatasetFacet", lineage));
        let counts = json!({ "rowCount": rows, "size": record.bytes, "fileCount": 1 });
        let schema = "1-0-2/OutputStatisticsOutputDatasetFacet";
        self.dataset(record, facets, "outputFacets", self.facet("outputStatistics", schema, counts))
    }

    /// A file as a dataset: its hash is its version.
    fn dataset(
        &self,
        record: &FileRecord,
        mut facets: Map<String, Value>,
        own: &str,
        own_facets: Map<String, Value>,
    ) -> Value {
        let version = json!({ "datasetVersion": record.sha256 });
        facets.extend(self.facet("version", "1-0-1/DatasetVersionDatasetFacet", version));
        let storage = json!({ "storageLayer": "file", "fileFormat": record.form });
        facets.extend(self.facet("storage", "1-0-1/StorageDatasetFacet", storage));
        let (namespace, name) = self.name(record);
        let mut dataset = json!({ "namespace": namespace, "name": name, "facets": facets });
        if let Some(dataset) = dataset.as_object_mut().filter(|_| !own_facets.is_empty()) {
            dataset.insert(own.to_owned(), own_facets.into());
        }
        dataset
    }

    /// The name of a file in the specification's naming: the namespace `file`, and its absolute path. A relative path
    /// is that of the file where it exists: from here, or beside the manifest. A stream belongs to the job.
    fn name(&self, record: &FileRecord) -> (String, String) {
        if record.path == "-" {
            return (self.run.namespace.clone(), format!("{}:-", self.run.job));
        }
        let stated = PathBuf::from(&record.path);
        let beside = stated.file_name().map(|name| self.path.with_file_name(name));
        let exists = |path: &PathBuf| path.exists();
        let found = Some(stated.clone()).filter(exists).or_else(|| beside.filter(exists));
        let found = found.unwrap_or(stated);
        let absolute = std::path::absolute(&found).unwrap_or(found);
        ("file".to_owned(), absolute.display().to_string())
    }

    /// The columns of the list that hold any of some facts.
    fn with_facts(&self, columns: &Columns, facts: &dyn Fn(FactId) -> bool) -> Vec<String> {
        let all = columns.names.iter().zip(&columns.facts);
        let found = all.filter(|(_, mapped)| mapped.is_some_and(|mapped| facts(mapped.fact)));
        found.map(|(name, _)| name.clone()).collect()
    }

    /// The facts that a support depends on.
    fn facts_of(&self, support: usize) -> FactSet {
        let support = SupportId::from(support);
        let facts = self.plan.used_by.iter_enumerated();
        facts.filter(|(_, supports)| supports.contains(&support)).map(|(fact, _)| fact).collect()
    }

    /// The columns of the screened list.
    fn fields(&self, columns: &Columns) -> Vec<Field> {
        let (plan, options) = (self.plan, self.options);
        let optional = OptionalColumns {
            excluded_by: options.excluded_by,
            missing: options.missing != MissingColumn::None,
            ask_next: options.ask_next,
        };
        let (supports, derive) = (&options.supports, &options.derive);
        let layout = Layout::new(plan, options.lang, supports, derive, optional, &columns.names);
        let by_condition = |name: &str, facts: &dyn Fn(FactId) -> bool| Field {
            name: name.to_owned(),
            inputs: self.with_facts(columns, facts),
            transformation: CONDITION,
        };
        let copied = |name: &String| Field {
            name: name.clone(),
            inputs: vec![name.clone()],
            transformation: IDENTITY,
        };
        let mut fields: Vec<Field> = columns.names.iter().map(copied).collect();
        let uscc = credit_code_fact(plan);
        fields.push(by_condition(&layout.uscc_ok, &|fact| Some(fact) == uscc));
        for column in &layout.derived {
            let inputs = plan.inputs.get(column.fact.index()).copied().unwrap_or_default();
            let is_input = |fact| fact == column.fact || inputs.contains(fact);
            fields.push(by_condition(&column.name, &is_input));
        }
        let of_support = |support: usize, name: &str| {
            let facts = self.facts_of(support);
            by_condition(name, &|fact| facts.contains(fact))
        };
        fields.extend(layout.supports.iter().map(|(support, name)| of_support(*support, name)));
        let excluded_by = layout.supports.iter().zip(&layout.excluded_by);
        fields.extend(excluded_by.map(|((support, _), name)| of_support(*support, name)));
        let mut any = FactSet::default();
        supports.iter().for_each(|support| any.extend(&self.facts_of(*support)));
        for name in [&layout.missing, &layout.ask_next].into_iter().flatten() {
            fields.push(by_condition(name, &|fact| any.contains(fact)));
        }
        for name in [&layout.warnings, &layout.faults] {
            let inputs = self.with_facts(columns, &|_| true);
            fields.push(Field { name: name.clone(), inputs, transformation: MESSAGE });
        }
        fields
    }

    /// The columns of the list to call: those that identify a firm, and what was found out of it.
    fn match_fields(&self, wanted: &MatchOptions, columns: &Columns) -> Vec<Field> {
        let identifying = identifying_columns(columns, credit_code_fact(self.plan));
        let matches = matches_of(wanted, identifying, Vec::new(), self.options.as_of);
        let (plan, options) = (self.plan, self.options);
        let optional = OptionalColumns { excluded_by: false, missing: false, ask_next: false };
        let layout = Layout::new(plan, options.lang, &[], &[], optional, &[]);
        let names = matches.header(columns, layout.lang);
        let own = matches.columns.iter().filter_map(|column| columns.names.get(*column));
        let own: Vec<&String> = own.collect();
        let known = self.with_facts(columns, &|_| true);
        let field = |(index, name): (usize, String)| match index.checked_sub(1) {
            // The number of the row depends on no cell.
            None => Field { name, inputs: Vec::new(), transformation: IDENTITY },
            Some(index) => match own.get(index) {
                Some(input) => {
                    Field { inputs: vec![(*input).clone()], name, transformation: IDENTITY }
                }
                None => Field { name, inputs: known.clone(), transformation: MESSAGE },
            },
        };
        names.into_iter().enumerate().map(field).collect()
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn each_manifest_has_its_own_run() {
        let id = run_id(b"{}");
        assert_eq!(id, run_id(b"{}"));
        assert_ne!(id, run_id(b"{ }"));
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        let digit = |at: usize| id.as_bytes()[at];
        assert_eq!(digit(14), b'8', "{id}");
        assert!(b"89ab".contains(&digit(19)), "{id}");
    }
}
