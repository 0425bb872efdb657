//! Parquet files and the report: types, what passes through, what is refused, and that every format gives
//! the same answers.

use crate::cli::run;
use crate::firms::Firms;
use crate::screen::{Row, folder, rows_of, screen, spelled};
use crate::support::advisor;
use crate::workbooks::{Book, data};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float64Array, Int64Array, LargeStringArray, NullArray, RecordBatch, StringArray,
    StringViewArray, StructArray, TimestampMicrosecondArray, UInt8Array,
};
use arrow_schema::{DataType, Field, Schema};
use export_advisor_core::facts::Profile;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use std::path::Path;
use std::sync::Arc;

/// Writes columns, `group` rows a row group.
pub fn table(path: &Path, columns: &[(&str, ArrayRef)], group: usize, dictionary: bool) {
    let fields: Vec<Field> = (columns.iter())
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.iter().map(|(_, array)| array.clone()).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_dictionary_enabled(dictionary)
        .set_compression(Compression::UNCOMPRESSED)
        .build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// All rows of a file in one batch, and its schema.
fn read(path: &Path) -> (Arc<Schema>, Vec<RecordBatch>) {
    let file = std::fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_batch_size(1 << 20);
    let schema = builder.schema().clone();
    (schema, builder.build().unwrap().map(Result::unwrap).collect())
}

/// The text of a column of text in each row; blank where it is null.
pub fn texts(path: &Path, name: &str) -> Vec<String> {
    let (_, batches) = read(path);
    let mut all = Vec::new();
    for batch in batches {
        let column = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
        let texts = column.as_any().downcast_ref::<StringArray>().unwrap();
        all.extend(texts.iter().map(|text| text.unwrap_or("").to_owned()));
    }
    all
}

fn strings(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

const FIRMS: usize = 700;

#[test]
fn every_format_gives_the_same_answers() {
    let catalogue = &advisor().book().catalogue;
    let mut firms = Firms::new(&advisor().plan, 77);
    let profiles: Vec<Profile> = (0..FIRMS).map(|_| firms.firm()).collect();
    let rng = firms.rng();
    let names: Vec<&str> = catalogue.facts.iter().map(|fact| fact.name.as_str()).collect();
    let rows: Vec<Vec<String>> = (profiles.iter())
        .map(|profile| profile.iter().map(|(fact, value)| spelled(fact, value, rng)).collect())
        .collect();
    let (folder, csv_in) = folder("firms.csv", "");
    let at = |name: &str| folder.path().join(name);
    let mut writer = csv::Writer::from_path(&csv_in).unwrap();
    writer.write_record(&names).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.flush().unwrap();
    drop(writer);
    // As a workbook, with blanks left out.
    let escaped: Vec<Vec<String>> = (rows.iter())
        .map(|row| {
            row.iter().map(|c| c.trim().replace('&', "&amp;").replace('<', "&lt;")).collect()
        })
        .collect();
    let mut lines: Vec<Vec<&str>> = vec![names.clone()];
    lines.extend(escaped.iter().map(|row| row.iter().map(String::as_str).collect()));
    let lines: Vec<&[&str]> = lines.iter().map(Vec::as_slice).collect();
    std::fs::write(at("firms.xlsx"), Book::one(data(&lines)).bytes()).unwrap();
    // As columns: with dictionaries and without, in several row groups.
    let columns: Vec<(&str, ArrayRef)> = (names.iter().enumerate())
        .map(|(column, name)| {
            let cells = rows.iter().map(|row| Some(row[column].as_str()));
            (*name, Arc::new(cells.collect::<StringArray>()) as ArrayRef)
        })
        .collect();
    table(&at("firms.parquet"), &columns, 300, true);
    table(&at("plain.parquet"), &columns, 200, false);
    let (code, err) = screen(&csv_in, &at("direct.csv"), &["--lang", "en", "--workers", "2"]);
    assert_eq!(code, 0, "{err}");
    let expected = rows_of(&at("direct.csv"));
    assert_eq!(expected.len(), FIRMS);
    for input in ["firms.xlsx", "firms.parquet", "plain.parquet"] {
        let (code, err) = screen(&at(input), &at("out.csv"), &["--lang", "en"]);
        assert_eq!(code, 0, "{err}");
        let found = rows_of(&at("out.csv"));
        assert_eq!(found.len(), FIRMS, "{input}");
        for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
            for (name, cell) in expected {
                assert_eq!(found[name].trim(), cell.trim(), "{input}, row {row}, {name}");
            }
        }
    }
    for input in ["firms.csv", "firms.xlsx", "firms.parquet", "plain.parquet"] {
        let (code, err) =
            screen(&at(input), &at("out.parquet"), &["--lang", "en", "--workers", "2"]);
        assert_eq!(code, 0, "{err}");
        for support in &advisor().book().supports {
            same(&texts(&at("out.parquet"), &support.id), &expected, &support.id);
        }
        same(&texts(&at("out.parquet"), "missing"), &expected, "missing");
        // The facts pass as they came.
        for name in ["division", "markets", "employees"] {
            let found: Vec<String> = texts(&at("out.parquet"), name);
            for (found, row) in found.iter().zip(&rows) {
                let index = names.iter().position(|other| *other == name).unwrap();
                assert_eq!(found.trim(), row[index].trim(), "{input}");
            }
        }
        // Into a workbook and back.
        screen(&at(input), &at("out.xlsx"), &["--lang", "en"]);
        screen(&at("out.xlsx"), &at("back.csv"), &["--lang", "en"]);
        let back = rows_of(&at("back.csv"));
        assert_eq!(back.len(), FIRMS);
        for (row, expected) in back.iter().zip(&expected) {
            for support in &advisor().book().supports {
                assert_eq!(row[&support.id], expected[&support.id], "{input}");
                assert_eq!(row[&format!("{}_screened", support.id)], expected[&support.id]);
            }
            assert_eq!(row["missing"], expected["missing"], "{input}");
        }
    }
}

fn same(found: &[String], expected: &[Row], name: &str) {
    assert_eq!(found.len(), expected.len());
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(*found, expected[name], "row {row} of {name}");
    }
}

fn lists(rows: &[Option<&[Option<&str>]>]) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for row in rows {
        match row {
            None => builder.append_null(),
            Some(items) => {
                items.iter().for_each(|item| builder.values().append_option(*item));
                builder.append(true);
            }
        }
    }
    Arc::new(builder.finish())
}

/// A list of typed columns, and the same in text.
fn typed() -> (Vec<(&'static str, ArrayRef)>, &'static str) {
    let terms =
        DictionaryArray::<Int32Type>::from_iter([Some("micro"), None, Some("不详"), Some("small")]);
    let decimal = Decimal128Array::from(vec![Some(1250), None, Some(-5), Some(68_000_000)]);
    let columns: Vec<(&'static str, ArrayRef)> = vec![
        (
            "uscc",
            Arc::new(LargeStringArray::from(vec![
                Some("91110000600037341L"),
                None,
                Some(""),
                Some("91110000600037341M"),
            ])),
        ),
        (
            "industry",
            Arc::new(StringViewArray::from(vec![
                Some("F5292"),
                Some("a long text that is no industry"),
                None,
                Some("C3612"),
            ])),
        ),
        ("employees", Arc::new(Int64Array::from(vec![Some(6), Some(-1), None, Some(1200)]))),
        ("revenue_wan", Arc::new(decimal.with_precision_and_scale(18, 2).unwrap())),
        (
            "assets_wan",
            Arc::new(Float64Array::from(vec![Some(1200.0), Some(0.5), Some(f64::NAN), None])),
        ),
        (
            "exports_goods",
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)])),
        ),
        ("imports_goods", Arc::new(UInt8Array::from(vec![Some(1), Some(0), Some(2), None]))),
        ("financing_need", Arc::new(Float64Array::from(vec![Some(1.0), None, Some(0.0), None]))),
        ("size", Arc::new(terms)),
        ("division", Arc::new(Int64Array::from(vec![Some(330_782), None, None, Some(110_000)]))),
        (
            "markets",
            lists(&[Some(&[Some("JP"), Some("US")]), Some(&[]), None, Some(&[Some("US"), None])]),
        ),
        ("customs_credit", Arc::new(NullArray::new(4))),
    ];
    let text = "uscc,industry,employees,revenue_wan,assets_wan,exports_goods,imports_goods,financing_need,size,division,markets,customs_credit\n\
        91110000600037341L,F5292,6,12.50,1200,true,1,1,micro,330782,JP;US,\n\
        ,a long text that is no industry,-1,,0.5,false,0,,,,[],\n\
        ,,,-0.05,NaN,,2,0,不详,,,\n\
        91110000600037341M,C3612,1200,680000.00,,true,,,small,110000,US;null,\n";
    (columns, text)
}

#[test]
fn values_with_types_mean_what_their_text_means() {
    let (columns, text) = typed();
    let (folder, csv_in) = folder("list.csv", text);
    let at = |name: &str| folder.path().join(name);
    for (name, known) in [
        ("industry", true),
        ("assets_wan", true),
        ("size", true),
        ("markets", true),
        ("customs_credit", true),
    ] {
        assert_eq!(advisor().book().catalogue.find(name).is_some(), known, "{name} is a fact");
    }
    table(&at("list.parquet"), &columns, 3, true);
    screen(&csv_in, &at("direct.csv"), &[]);
    let expected = rows_of(&at("direct.csv"));
    let (code, err) = screen(&at("list.parquet"), &at("out.csv"), &[]);
    assert_eq!(code, 4, "{err}");
    for (row, (found, expected)) in rows_of(&at("out.csv")).iter().zip(&expected).enumerate() {
        assert_eq!(found, expected, "row {row}");
    }
    let faulty: Vec<bool> = expected.iter().map(|row| !row["faults"].is_empty()).collect();
    assert_eq!(faulty, [false, true, true, true], "{expected:?}");
    let (code, _) = screen(&at("list.parquet"), &at("out.parquet"), &["--lang", "zh"]);
    assert_eq!(code, 4);
    let faults: Vec<String> = expected.iter().map(|row| row["faults"].clone()).collect();
    assert_eq!(texts(&at("out.parquet"), "faults"), faults);
    let missing: Vec<String> = expected.iter().map(|row| row["missing"].clone()).collect();
    assert_eq!(texts(&at("out.parquet"), "missing"), missing);
    let (_, batches) = read(&at("out.parquet"));
    let ok = batches[0].column_by_name("uscc_ok").unwrap();
    let ok = ok.as_any().downcast_ref::<BooleanArray>().unwrap();
    assert_eq!(ok.iter().collect::<Vec<_>>(), [Some(true), None, None, Some(false)]);
    assert_eq!(texts(&at("out.parquet"), "size_screened"), ["micro", "", "", "small"]);
}

#[test]
fn what_passes_through_keeps_its_type_and_values() {
    let (mut columns, _) = typed();
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(4)]));
    let parts = StructArray::from(vec![(Arc::new(Field::new("x", DataType::Int64, true)), inner)]);
    columns.extend([
        (
            "开户日",
            Arc::new(Date32Array::from(vec![Some(20_000), None, Some(-1), Some(0)])) as ArrayRef,
        ),
        (
            "时间",
            Arc::new(
                TimestampMicrosecondArray::from(vec![Some(1), None, Some(3), Some(4)])
                    .with_timezone("Asia/Shanghai"),
            ),
        ),
        (
            "指纹",
            Arc::new(BinaryArray::from_opt_vec(vec![
                Some(b"\xff\x00"),
                None,
                Some(b""),
                Some(b"a"),
            ])),
        ),
        ("明细", Arc::new(parts)),
    ]);
    let (folder, input) = folder("list.parquet", "");
    table(&input, &columns, 3, true);
    let output = folder.path().join("out.parquet");
    let (code, err) = screen(&input, &output, &[]);
    assert_eq!(code, 4, "{err}");
    let ((given, before), (found, after)) = (read(&input), read(&output));
    let before = &before[0];
    for (index, field) in given.fields().iter().enumerate() {
        assert_eq!(found.field(index).data_type(), field.data_type(), "{}", field.name());
        assert_eq!(found.field(index).name(), field.name());
        assert_eq!(
            after[0].column(index).to_data(),
            before.column(index).to_data(),
            "{}",
            field.name()
        );
    }
    let metadata = std::fs::File::open(&output).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(metadata).unwrap();
    let about = builder.metadata().file_metadata().key_value_metadata().unwrap();
    let version = about.iter().find(|pair| pair.key == "rulebook").unwrap();
    assert_eq!(version.value.as_deref(), Some(advisor().book().version.as_str()));
    // The same rows give the same bytes.
    let twin = folder.path().join("twin.parquet");
    screen(&input, &twin, &["--workers", "1"]);
    assert_eq!(std::fs::read(&output).unwrap(), std::fs::read(&twin).unwrap());
    // Text has no place for bytes and parts: said at once, by name, before anything is written.
    let (code, err) = screen(&input, &folder.path().join("out.csv"), &["--lang", "en"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("`指纹` has type Binary") && err.contains("`明细` has type Struct"),
        "{err}"
    );
    assert!(!folder.path().join("out.csv").exists());
}

#[test]
fn types_that_are_no_answers_are_refused_by_name() {
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let parts = StructArray::from(vec![(Arc::new(Field::new("x", DataType::Int64, true)), inner)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("企业名称", strings(&[Some("甲")])),
        ("employees", Arc::new(parts)),
        ("industry", Arc::new(BinaryArray::from_vec(vec![b"F5292"]))),
        ("exports_goods", Arc::new(BooleanArray::from(vec![true]))),
    ];
    let (folder, input) = folder("list.parquet", "");
    table(&input, &columns, 10, true);
    let output = folder.path().join("out.parquet");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert_eq!(code, 1);
    for says in ["`employees` has type Struct", "`industry` has type Binary", "--map 'industry=-'"]
    {
        assert!(err.contains(says), "{err}");
    }
    assert!(!output.exists());
    let map = ["--map", "industry=-", "--map", "employees=-"];
    let (code, err) = screen(&input, &output, &map);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn a_code_as_a_fraction_is_a_fault() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("uscc", Arc::new(Float64Array::from(vec![Some(9.111e17), None]))),
        ("exports_goods", Arc::new(BooleanArray::from(vec![true, true]))),
    ];
    let (folder, input) = folder("list.parquet", "");
    table(&input, &columns, 10, true);
    for output in ["out.parquet", "out.csv"] {
        let output = folder.path().join(output);
        let (code, err) = screen(&input, &output, &[]);
        assert_eq!(code, 4);
        assert!(err.contains("第1行") && !err.contains("第2行"), "{err}");
    }
}

#[test]
fn a_code_of_digits_as_an_exact_number_is_read_whatever_the_output() {
    let code = 914_403_001_922_038_216;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("uscc", Arc::new(Int64Array::from(vec![Some(code), None]))),
        ("exports_goods", Arc::new(BooleanArray::from(vec![true, true]))),
    ];
    let (folder, input) = folder("list.parquet", "");
    table(&input, &columns, 10, true);
    for output in ["out.parquet", "out.csv", "out.ndjson", "out.xlsx"] {
        let (code, err) = screen(&input, &folder.path().join(output), &[]);
        assert_eq!(code, 0, "{output}: {err}");
    }
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(csv.lines().nth(1).unwrap().starts_with("914403001922038216,true,yes,"), "{csv}");
}

#[test]
fn broken_tables_are_told_and_leave_nothing() {
    let (columns, _) = typed();
    let (_kept, good) = folder("good.parquet", "");
    table(&good, &columns, 3, true);
    let bytes = std::fs::read(&good).unwrap();
    let mut flipped = bytes.clone();
    flipped[6] ^= 0xff;
    flipped[7] ^= 0xff;
    let cases: [(&[u8], &str); 6] = [
        (b"", "is empty"),
        (b"PAR1", "no Parquet file"),
        (b"no list\n1 2\n", "no Parquet file"),
        (&bytes[..bytes.len() - 9], "no Parquet file"),
        (&bytes[bytes.len() / 2..], "no Parquet file"),
        (&flipped, "no Parquet file"),
    ];
    for (bytes, says) in cases {
        let (folder, input) = crate::screen::folder("list.parquet", bytes);
        let output = folder.path().join("out.parquet");
        let (code, err) = screen(&input, &output, &["--lang", "en"]);
        assert_eq!(code, 1, "{says}: {err}");
        assert!(err.contains(says), "{err}");
        assert!(!err.contains("panicked"), "{err}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left");
    }
    let empty: Vec<(&str, ArrayRef)> =
        vec![("employees", Arc::new(Int64Array::from(Vec::<i64>::new())))];
    let (folder, input) = crate::screen::folder("list.parquet", b"");
    table(&input, &empty, 10, true);
    let output = folder.path().join("out.parquet");
    let (code, err) = screen(&input, &output, &[]);
    assert_eq!(code, 0, "{err}");
    assert!(texts(&output, "missing").is_empty());
}

#[test]
fn more_rows_than_a_sheet_holds_are_refused_before_anything_is_written() {
    let rows = 1_048_576;
    let columns: Vec<(&str, ArrayRef)> =
        vec![("exports_goods", Arc::new(BooleanArray::new_null(rows)))];
    let (folder, input) = folder("list.parquet", "");
    table(&input, &columns, rows, true);
    let output = folder.path().join("out.xlsx");
    let (code, err) = screen(&input, &output, &["--lang", "en"]);
    assert_eq!(code, 1);
    assert!(err.contains("at most 1048575 rows"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left");
}

#[test]
fn tables_come_from_a_pipe_and_matches_go_beside_them() {
    let (columns, _) = typed();
    let (folder, input) = folder("list.parquet", "");
    table(&input, &columns, 2, true);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let direct = [
        "screen",
        input.to_str().unwrap(),
        "-o",
        &at("a.parquet"),
        "--matches",
        &at("a.csv"),
        "--as-of",
        "2026-11-25",
    ];
    assert_eq!(run(&direct, "").code, 4);
    let line =
        "\"$0\" screen - --from parquet -o - --to parquet --as-of 2026-11-25 <\"$1\" >\"$2\"";
    let ran = std::process::Command::new("sh")
        .args([
            "-c",
            line,
            env!("CARGO_BIN_EXE_export-advisor"),
            input.to_str().unwrap(),
            &at("b.parquet"),
        ])
        .status()
        .unwrap();
    assert_eq!(ran.code(), Some(4));
    assert_eq!(std::fs::read(at("a.parquet")).unwrap(), std::fs::read(at("b.parquet")).unwrap());
    let matches = rows_of(Path::new(&at("a.csv")));
    let rows: std::collections::BTreeSet<_> = matches.iter().map(|row| &*row["行号"]).collect();
    assert_eq!(rows, ["1", "4"].into(), "a faulty cell costs no row its matches");
    let verified = run(&["verify", &format!("{}.manifest.json", at("a.parquet"))], "");
    assert_eq!(verified.code, 0, "{}", verified.err);
}

#[test]
fn row_groups_are_copied_and_large_ones_encoded_anew() {
    // More than a row group that is copied may have.
    const ROWS: usize = (1 << 18) + 5;
    const GROUP: usize = 1000;
    let (folder, _) = folder("list.csv", "");
    let at = |name: &str| folder.path().join(name);
    // In the first group each row has a fault, then one in a few hundred.
    let people =
        |row: usize| if row < GROUP || row.is_multiple_of(311) { -1 } else { row as i64 % 700 };
    let mut notes = ListBuilder::new(StringBuilder::new());
    for row in 0..ROWS {
        (0..row % 3).for_each(|item| notes.values().append_value(["a", "乙"][item]));
        notes.append(!row.is_multiple_of(7));
    }
    let answer = |row: usize| (!row.is_multiple_of(5)).then_some(row.is_multiple_of(3));
    let moment = |row: usize| (!row.is_multiple_of(9)).then_some(row as i64 * 1_000_003);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("备注", Arc::new(notes.finish())),
        ("exports_goods", Arc::new((0..ROWS).map(answer).collect::<BooleanArray>())),
        ("employees", Arc::new((0..ROWS).map(people).collect::<Int64Array>())),
        ("moment", Arc::new((0..ROWS).map(moment).collect::<TimestampMicrosecondArray>())),
    ];
    table(&at("groups.parquet"), &columns, GROUP, true);
    table(&at("whole.parquet"), &columns, ROWS, true);
    let screened = |name: &str| {
        let out = at(&format!("out-{name}"));
        let (code, err) = screen(&at(name), &out, &["--lang", "en", "--workers", "2"]);
        assert_eq!(code, 4, "{err}");
        let [batch] = &read(&out).1[..] else { panic!("one batch is all") };
        (batch.clone(), groups(&out))
    };
    let (copied, out) = screened("groups.parquet");
    let (anew, parts) = screened("whole.parquet");
    assert_eq!(copied.columns(), anew.columns());
    assert_eq!(copied.num_rows(), ROWS);
    for ((name, given), found) in columns.iter().zip(copied.columns()) {
        assert_eq!(given, found, "{name}");
    }
    let faulty = (0..ROWS).filter(|row| people(*row) < 0).count();
    let nulls = |name: &str| copied.column_by_name(name).unwrap().null_count();
    assert_eq!((nulls("guarantee-small-micro"), nulls("faults")), (0, ROWS - faulty));
    // What was copied is as long as it was, and packed as it was.
    let given = groups(&at("groups.parquet"));
    assert_eq!((given.len(), out.len()), (ROWS.div_ceil(GROUP), given.len()));
    for (given, out) in given.iter().zip(&out) {
        assert_eq!(given.num_rows(), out.num_rows());
        for (given, out) in given.columns().iter().zip(out.columns()) {
            let message = |it: &ColumnChunkMetaData| {
                (it.compressed_size(), it.compression_codec(), it.encodings().collect::<Vec<_>>())
            };
            assert_eq!(message(given), message(out));
        }
    }
    assert!(parts.len() > 1, "no large row group is held in memory");
}

#[test]
fn a_damaged_row_group_is_told_with_its_file() {
    let (folder, _) = folder("list.csv", "");
    let at = |name: &str| folder.path().join(name);
    let people: Int64Array = (0..3000).map(|row| Some(row % 700)).collect();
    let names: StringArray = (0..3000).map(|row| Some(format!("企业{row}"))).collect();
    table(
        &at("whole.parquet"),
        &[("employees", Arc::new(people)), ("name", Arc::new(names))],
        1000,
        true,
    );
    let bytes = std::fs::read(at("whole.parquet")).unwrap();
    for group in 0..3 {
        let message = &groups(&at("whole.parquet"))[group];
        let start = usize::try_from(message.column(0).byte_range().0).unwrap();
        let mut damaged = bytes.clone();
        damaged[start..start + 40].fill(0xff);
        std::fs::write(at("damaged.parquet"), damaged).unwrap();
        for out in ["out.parquet", "out.csv"] {
            let (code, err) = screen(&at("damaged.parquet"), &at(out), &[]);
            assert!(code != 0 && err.contains("damaged.parquet"), "{group}, {out}: {err}");
            assert!(!at(out).exists());
        }
    }
}

fn groups(path: &Path) -> Vec<RowGroupMetaData> {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    reader.metadata().row_groups().to_vec()
}
