//! `--max-faults`: how many faults a list may have and still end with exit status 0.

use export_advisor_screening::Summary;

/// How many faults a screening may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MaxFaults {
    /// So many faulty cells and rows that cannot be taken apart.
    Count(u64),
    /// So many rows with a fault, in hundredths of a percent of all rows.
    Share(u64),
}

impl MaxFaults {
    /// Reads `100` or `2.5%`.
    ///
    /// # Errors
    /// What can be written instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "write a number such as 100, or a share of the rows such as 2.5%".to_owned();
        let Some(share) = text.strip_suffix(['%', '％']) else {
            return text.parse().map(Self::Count).map_err(|_| wrong());
        };
        let (whole, part) = share.split_once('.').unwrap_or((share, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(wrong());
        }
        let hundredths = format!("{whole}{part:0<2}").parse().ok().filter(|share| *share <= 10_000);
        hundredths.map(Self::Share).ok_or_else(wrong)
    }

    /// Whether a screening has no more faults than that.
    pub(super) fn allows(self, summary: &Summary) -> bool {
        match self {
            Self::Count(most) => summary.faulty_cells + summary.row_faults <= most,
            Self::Share(most) => {
                u128::from(summary.faulty) * 10_000 <= u128::from(summary.rows) * u128::from(most)
            }
        }
    }
}
