//! Faults of rule files that only who reads folders can find.

use crate::broken::SCRIPT;
use crate::cli::run;
use crate::support::{files, write_files};

#[test]
fn a_file_that_is_not_utf_8_is_told_beside_the_others() {
    let folder = tempfile::tempdir().unwrap();
    write_files(files(), folder.path());
    let script = folder.path().join(SCRIPT);
    let utf_16: Vec<u8> = "measure(10);".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gbk = [b"// ".as_slice(), &[0xd6, 0xd0, 0xce, 0xc4], b"\nmeasure(10);"].concat();
    std::fs::write(folder.path().join("rules/kinds.toml"), "[").unwrap();
    let rules = folder.path().join("rules");
    for bytes in [[[0xff, 0xfe].as_slice(), &utf_16].concat(), gbk] {
        std::fs::write(&script, bytes).unwrap();
        let ran = run(&["check", "--rules", rules.to_str().unwrap()], "");
        assert_eq!(ran.code, 1);
        let message: Vec<&str> =
            ran.err.lines().filter(|line| line.starts_with("error[")).collect();
        assert_eq!(message.len(), 2, "{}", ran.err);
        assert!(ran.err.contains("error[not-utf-8]") && ran.err.contains(SCRIPT), "{}", ran.err);
        assert!(ran.err.contains("error[toml]"), "{}", ran.err);
    }
}
