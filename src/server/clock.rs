//! Days in China, where the policies are in force. China has kept one offset without summer time since 1992.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

const CHINA: Offset = Offset::constant(8);

/// Today.
pub(crate) fn today() -> Date {
    day_of(Timestamp::now())
}

/// The day to which a moment belongs.
pub(crate) fn day_of(at: Timestamp) -> Date {
    CHINA.to_datetime(at).date()
}

/// The first second of a day.
pub(crate) fn start_of(day: Date) -> Option<Timestamp> {
    CHINA.to_timestamp(day.at(0, 0, 0, 0)).ok()
}
