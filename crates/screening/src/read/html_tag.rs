//! Tags and character references of a web page.
//!
//! Owns the name of a tag with the few attributes that matter to a table, and the characters that references stand
//! for. Text goes in; it keeps no state.

/// A tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    /// Whether it is the end of an element.
    pub(super) is_end: bool,
    /// Its name in lower case.
    pub(super) name: Vec<u8>,
    /// What follows the name, in lower case.
    attributes: Vec<u8>,
}

impl Tag {
    /// Reads what stands between `<` and `>`.
    pub(super) fn read(text: &[u8]) -> Self {
        let (is_end, text) = match text.strip_prefix(b"/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let (name, attributes) = text.split_at(length);
        Self {
            is_end,
            name: name.to_ascii_lowercase(),
            attributes: attributes.to_ascii_lowercase(),
        }
    }

    /// The number of an attribute, at least 1.
    pub(super) fn number(&self, name: &[u8]) -> usize {
        let mut rest = self.attributes.as_slice();
        while let Some(at) = memchr::memmem::find(rest, name) {
            let before = at.checked_sub(1).and_then(|before| rest.get(before));
            rest = rest.get(at + name.len()..).unwrap_or_default();
            let value = rest.trim_ascii_start().strip_prefix(b"=");
            if before.is_none_or(u8::is_ascii_whitespace)
                && let Some(value) = value
            {
                let value = value.trim_ascii_start();
                let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
                let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).take(9);
                let number =
                    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
                return number.max(1);
            }
        }
        1
    }
}

/// The character of a reference, without `&` and `;`. A no-break space is a space.
pub(super) fn entity(name: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(name).ok()?;
    let found = match text {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "middot" => '·',
        "yen" => '¥',
        "times" => '×',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "ldquo" => '“',
        "rdquo" => '”',
        _ => {
            let number = text.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|found| *found != '\0')?
        }
    };
    Some(if found == '\u{a0}' { ' ' } else { found })
}
