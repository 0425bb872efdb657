//! The calendar day in China, which windows and as-of dates are seen by.
//!
//! Owns the offset from UTC and the two conversions. An instant or a day goes in, the other comes out. It
//! reads no clock.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// China's offset from UTC; it has had no summer time since 1991.
pub(crate) const OFFSET: Offset = Offset::constant(8);

/// The day in China at an instant.
#[must_use]
pub fn day(instant: Timestamp) -> Date {
    OFFSET.to_datetime(instant).date()
}

/// The instant at which a day begins in China; none for a day outside of the range of instants.
#[must_use]
pub fn start_of(day: Date) -> Option<Timestamp> {
    OFFSET.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_begins_eight_hours_before_that_of_utc() {
        let start = start_of(date(2026, 11, 28)).unwrap();
        assert_eq!(start.to_string(), "2026-11-27T16:00:00Z");
        assert_eq!(day(start), date(2026, 11, 28));
        assert_eq!(day(start - jiff::SignedDuration::from_secs(1)), date(2026, 11, 27));
    }
}
