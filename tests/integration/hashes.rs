//! Texts from outside meet no hash that their author can foresee.

use crate::cli::run;
use crate::screen::{folder, screen};
use crate::workbooks::{Book, data};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::process::Command;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Hash functions without a seed. None may be a dependency: a map keyed by a text or number from outside would let
/// its author send nothing but collisions. (`clippy.toml` bans the unseeded states of those that have both.)
const UNSEEDED: [&str; 7] =
    ["rustc-hash", "rustc_hash", "fxhash", "fnv", "nohash", "seahash", "metrohash"];

#[test]
fn no_hash_without_a_seed_is_at_hand() {
    let manifest = include_str!("../../Cargo.toml");
    for name in UNSEEDED {
        assert!(!manifest.contains(name), "{name}");
    }
    let lints = include_str!("../../clippy.toml");
    for path in [
        "std::hash::BuildHasherDefault",
        "std::hash::DefaultHasher",
        "foldhash::fast::FixedState",
        "foldhash::quality::FixedState",
    ] {
        assert!(lints.contains(&format!("\"{path}\"")), "{path} is not banned");
    }
}

/// The two products that the hash of `rustc-hash` 2 is made of.
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Different keys that all have one hash under `rustc-hash` 2, which knows no seed: it mixes 16 bytes at a time,
/// and where the first eight of the third block are what the first block was mixed to, the product is zero,
/// whatever the last eight are.
fn colliding_keys(count: usize) -> impl Iterator<Item = String> {
    const SEED: u64 = 0x243f_6a88_85a3_08d3;
    const NO_COLLAPSE: u64 = 0xa409_3822_299f_31d0;
    let value = |text: &str| u64::from_le_bytes(text.as_bytes().try_into().unwrap());
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"\\".contains(byte);
    let (first, mixed) = (0..)
        .find_map(|number: u64| {
            let first = format!("{number:016}");
            let mixed =
                mix(SEED ^ value(&first[..8]), NO_COLLAPSE ^ value(&first[8..])).to_le_bytes();
            let mixed = std::str::from_utf8(&mixed).ok()?;
            mixed.bytes().all(|byte| plain(&byte)).then(|| (first, mixed.to_owned()))
        })
        .unwrap();
    (0..count).map(move |number| format!("{first}{:16}{mixed}{number:08}{:16}", "", ""))
}

/// The limit is of processor time, not of the clock: a busy machine does not fail it. Collisions take many times
/// as much, all else a fraction of a second.
#[test]
fn chosen_keys_cost_no_more_than_others() {
    const KEYS: usize = 20_000;
    const SECONDS: u32 = 6;
    let mut line = String::from("{\"exports_goods\":true");
    for key in colliding_keys(KEYS) {
        let _ = write!(line, ",\"{key}\":1");
    }
    line.push_str("}\n");
    let mut csv = colliding_keys(KEYS).collect::<Vec<_>>().join(",");
    csv.push_str(",exports_goods\n");
    for (name, text, output) in [
        ("list.ndjson", &line, "out.ndjson"),
        ("list.ndjson", &line, "out.csv"),
        ("list.csv", &csv, "out.csv"),
    ] {
        let (files, path) = folder(name, text);
        let script = format!("ulimit -t {SECONDS}; exec \"$@\"");
        let ran = Command::new("sh")
            .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_export-advisor"), "screen"])
            .arg(&path)
            .arg("-o")
            .arg(files.path().join(output))
            .args(["--limit", "columns=30000", "--limit", "output=100000"])
            .arg("--quiet")
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&ran.stderr);
        let message: String = message.chars().take(300).collect();
        assert_eq!(ran.status.code(), Some(0), "{name} to {output}: {:?} {message}", ran.status);
    }
    // The keys are those of a profile, too.
    let ran = run(&["assess", "-"], &line);
    assert_eq!(ran.code, 1);
}

/// Where a damaged workbook has several parts for one purpose, which of them counts must not hang on a seed.
#[test]
fn the_seed_does_not_choose_the_part_of_a_workbook() {
    const RELATIONS: &str = "_rels/.rels";
    let rows: [&[&str]; 2] = [&["企业名称", "是否出口"], &["甲", "是"]];
    let mut sound = ZipArchive::new(Cursor::new(Book::one(data(&rows)).bytes())).unwrap();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..sound.len() {
        let part = sound.by_index_raw(index).unwrap();
        if part.name().unwrap() != RELATIONS {
            zip.raw_copy_file(part).unwrap();
        }
    }
    zip.start_file(RELATIONS, SimpleFileOptions::default()).unwrap();
    zip.write_all(b"<Relationships>").unwrap();
    for number in (0..16).rev() {
        let target = if number == 0 { "xl/workbook.xml" } else { "xl/none.xml" };
        let relation = format!(
            "<Relationship Id=\"r{number}\" Type=\"/officeDocument\" Target=\"{target}\"/>"
        );
        zip.write_all(relation.as_bytes()).unwrap();
    }
    zip.write_all(b"</Relationships>").unwrap();
    let (files, path) = folder("list.xlsx", zip.finish().unwrap().into_inner());
    for number in 0..3 {
        let (code, err) = screen(&path, &files.path().join(format!("out-{number}.csv")), &[]);
        assert_eq!(code, 0, "{err}");
    }
}
