//! The identity of the program's own bytes.
//!
//! Owns the reading of the build ID that a linker writes into a Linux program: a hash of what it linked, the same for the
//! same bytes, as `file` and `readelf -n` print it. The version alone does not tell two builds apart. It reads some
//! hundred bytes of the program's file and hashes nothing; a program without such a note has no build ID.

use export_advisor_core::files::hex;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// The program's own file, where the system has such a name.
const PROGRAM: &str = "/proc/self/exe";
/// The type of a segment of notes.
const NOTES: u32 = 4;
/// The type and the owner of the note with the build ID.
const BUILD_ID: (u32, &[u8]) = (3, b"GNU\0");
/// The most bytes of notes that are read.
const MOST_BYTES: u64 = 1 << 16;

/// The build ID of the program, in hexadecimal digits; `None` if there is none.
#[must_use]
pub fn build_id() -> Option<String> {
    let mut file = File::open(PROGRAM).ok()?;
    read(&mut file).ok().flatten()
}

/// The build ID in an ELF file of 64 bits.
fn read(file: &mut File) -> io::Result<Option<String>> {
    let mut head = [0; 64];
    file.read_exact(&mut head)?;
    // The magic number, 64 bits, the lowest byte first.
    if !head.starts_with(b"\x7fELF\x02\x01") {
        return Ok(None);
    }
    let (Some(table), Some(size), Some(count)) =
        (number(&head, 32, 8), number(&head, 54, 2), number(&head, 56, 2))
    else {
        return Ok(None);
    };
    for index in 0..count {
        let mut segment = [0; 56];
        file.seek(SeekFrom::Start(table + index * size))?;
        file.read_exact(&mut segment)?;
        let (Some(kind), Some(offset), Some(length)) =
            (number(&segment, 0, 4), number(&segment, 8, 8), number(&segment, 32, 8))
        else {
            continue;
        };
        if kind != u64::from(NOTES) {
            continue;
        }
        file.seek(SeekFrom::Start(offset))?;
        let mut notes = Vec::new();
        file.by_ref().take(length.min(MOST_BYTES)).read_to_end(&mut notes)?;
        if let Some(id) = find(&notes) {
            return Ok(Some(hex(id)));
        }
    }
    Ok(None)
}

/// The content of the note with the build ID: each note has the lengths of its owner and its content, its type, and
/// both in words of four bytes.
fn find(mut notes: &[u8]) -> Option<&[u8]> {
    loop {
        let [owner, content] = [0, 4].map(|at| number(notes, at, 4));
        let (owner, content) = (usize::try_from(owner?).ok()?, usize::try_from(content?).ok()?);
        let kind = number(notes, 8, 4)?;
        let rest = notes.get(12..)?;
        let name = rest.get(..owner)?;
        let rest = rest.get(owner.next_multiple_of(4)..)?;
        let found = rest.get(..content)?;
        if (kind, name) == (u64::from(BUILD_ID.0), BUILD_ID.1) {
            return Some(found);
        }
        notes = rest.get(content.next_multiple_of(4)..)?;
    }
}

/// A number of some bytes, the lowest first.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// A note as a linker writes it.
    fn note(owner: &[u8], kind: u32, content: &[u8]) -> Vec<u8> {
        let mut note = Vec::new();
        for number in [owner.len() as u32, content.len() as u32, kind] {
            note.extend_from_slice(&number.to_le_bytes());
        }
        for part in [owner, content] {
            note.extend_from_slice(part);
            note.resize(note.len().next_multiple_of(4), 0);
        }
        note
    }

    #[test]
    fn the_note_is_found_among_others() {
        let mut notes = note(b"GNU\0", 1, &[9; 16]);
        notes.extend(note(b"other\0", 3, &[8; 5]));
        assert_eq!(find(&notes), None);
        notes.extend(note(b"GNU\0", 3, &[1, 2, 0xab]));
        assert_eq!(find(&notes), Some(&[1, 2, 0xab][..]));
        for cut in 0..notes.len() {
            let found = find(notes.get(..cut).unwrap());
            assert!(found.is_none() || cut >= notes.len() - 1, "{cut}");
        }
        assert_eq!(find(&[0xff; 64]), None);
    }

    #[test]
    fn a_program_has_the_build_id_that_its_linker_wrote() {
        let mut program = vec![0; 64];
        program[..6].copy_from_slice(b"\x7fELF\x02\x01");
        program[32] = 64;
        program[54] = 56;
        program[56] = 1;
        let notes = note(b"GNU\0", 3, &[0x61, 0xfb]);
        let mut segment = vec![0; 56];
        segment[0] = 4;
        segment[8] = 120;
        segment[32] = notes.len() as u8;
        program.extend(segment);
        program.extend(notes);
        let id = |bytes: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            file.rewind().unwrap();
            read(&mut file).ok().flatten()
        };
        assert_eq!(id(&program).as_deref(), Some("61fb"));
        assert_eq!(id(&program[..100]), None, "cut short");
        assert_eq!(id(&[b'#'; 300]), None, "a script");
        assert_eq!(id(b""), None);
    }
}
