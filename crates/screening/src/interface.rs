//! How the options of a screening are given: as flags of the command line, or as parameters of a request.
//!
//! Owns the names of the options on both sides. Messages name the flags; whoever answers a request spells them anew,
//! because its reader can give no flag. It knows no option's meaning.

use std::borrow::Cow;

/// What the options of a screening are given through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// Flags: `--map 'HEADER=fact'`.
    CommandLine,
    /// Parameters of a request: `map=HEADER=fact`.
    Http,
}

impl Interface {
    /// What messages say of flags, and of the parameters that do the same.
    const OPTIONS: [(&'static str, &'static str); 10] = [
        ("--map", "map"),
        ("--sheet", "sheet"),
        ("--header-row", "header_row"),
        ("--encoding gb18030", "encoding=gb18030"),
        ("--encoding", "encoding"),
        ("--supports", "supports"),
        ("--derive", "derive"),
        ("--excluded-by", "excluded_by"),
        ("--key", "key"),
        ("export-advisor facts", "/api/v1/facts"),
    ];

    /// A message of this crate, with the options as they are given here.
    #[must_use]
    pub fn spell(self, message: &str) -> Cow<'_, str> {
        if self == Self::CommandLine {
            return Cow::Borrowed(message);
        }
        let mut spelled = Cow::Borrowed(message);
        for (flag, parameter) in Self::OPTIONS {
            if spelled.contains(flag) {
                spelled = Cow::Owned(with_parameter(&spelled, flag, parameter));
            }
        }
        spelled
    }
}

/// Replaces a flag, with the value in quotes behind it: `--map 'a=b'` becomes `` `map=a=b` ``.
fn with_parameter(message: &str, flag: &str, parameter: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, behind)) = rest.split_once(flag) {
        out.push_str(before);
        rest = match behind.strip_prefix(" '").and_then(|value| value.split_once('\'')) {
            Some((value, behind)) => {
                out.push_str(&format!("`{parameter}={value}`"));
                behind
            }
            None if flag.starts_with("--") => {
                out.push_str(&format!("`{parameter}`"));
                behind
            }
            None => {
                out.push_str(parameter);
                behind
            }
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_parameters() {
        for (message, spelled) in [
            ("say which with --map 'a=b:元'", "say which with `map=a=b:元`"),
            ("请加上 --map '#2=-' 让它原样通过。", "请加上 `map=#2=-` 让它原样通过。"),
            ("--header-row: the list has no row 9", "`header_row`: the list has no row 9"),
            ("run it again with --encoding gb18030", "run it again with `encoding=gb18030`"),
            ("as --encoding says", "as `encoding` says"),
            ("see `export-advisor facts` for names", "see `/api/v1/facts` for names"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(Interface::Http.spell(message), spelled);
            assert_eq!(Interface::CommandLine.spell(message), message);
        }
    }
}
