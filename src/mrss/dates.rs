//! Moments and numbers as feeds write them, without a formatter's detours: both stand in every item.

use crate::model::Timestamp;

const WEEKDAYS: [&[u8; 3]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// Writes a moment as `Tue, 01 Sep 2026 09:00:00 +0000`; parts of a second are left out.
pub(super) fn rfc_822(out: &mut Vec<u8>, moment: Timestamp) {
    let civil = Civil::of(moment);
    out.extend_from_slice(WEEKDAYS[civil.weekday]);
    out.extend_from_slice(b", ");
    out.extend_from_slice(&pair(civil.day));
    out.push(b' ');
    out.extend_from_slice(MONTHS[civil.month - 1]);
    out.push(b' ');
    civil.year(out);
    out.push(b' ');
    civil.time(out);
    out.extend_from_slice(b" +0000");
}

/// Writes a moment as `2026-09-01T09:00:00Z`, which is ISO 8601 and W3C-DTF; parts of a second are left out.
pub(super) fn iso_8601(out: &mut Vec<u8>, moment: Timestamp) {
    let civil = Civil::of(moment);
    civil.year(out);
    out.push(b'-');
    out.extend_from_slice(&pair(civil.month));
    out.push(b'-');
    out.extend_from_slice(&pair(civil.day));
    out.push(b'T');
    civil.time(out);
    out.push(b'Z');
}

/// Writes whole seconds since the epoch, negative before it.
pub(super) fn epoch(out: &mut Vec<u8>, moment: Timestamp) {
    integer(out, moment.as_millis().div_euclid(1000));
}

/// Writes a whole number in decimal digits.
pub(super) fn integer(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10).to_le_bytes()[0];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[start..]);
}

/// A moment by the calendar, in UTC. The years are those of [`Timestamp`]: 0 to 9999.
struct Civil {
    year: usize,
    /// 1 to 12.
    month: usize,
    /// 1 to 31.
    day: usize,
    /// Days after a Thursday, on which the epoch began.
    weekday: usize,
    second_of_day: usize,
}

impl Civil {
    /// Counts in years that begin in March, so that the leap day is the last one.
    fn of(moment: Timestamp) -> Self {
        let seconds = moment.as_millis().div_euclid(1000);
        let days = seconds.div_euclid(86_400);
        let since_march_0 = days + 719_468;
        let era = since_march_0.div_euclid(146_097);
        let day_of_era = since_march_0.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = (from_march + 2) % 12 + 1;
        Self {
            year: small(era * 400 + year_of_era + i64::from(month <= 2)),
            month: small(month),
            day: small(day_of_year - (153 * from_march + 2) / 5 + 1),
            weekday: small(days.rem_euclid(7)),
            second_of_day: small(seconds.rem_euclid(86_400)),
        }
    }

    fn year(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&pair(self.year / 100));
        out.extend_from_slice(&pair(self.year % 100));
    }

    fn time(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&pair(self.second_of_day / 3600));
        out.push(b':');
        out.extend_from_slice(&pair(self.second_of_day / 60 % 60));
        out.push(b':');
        out.extend_from_slice(&pair(self.second_of_day % 60));
    }
}

fn small(number: i64) -> usize {
    usize::try_from(number).expect("parts of a date from the year 0 on are small and not negative")
}

fn pair(number: usize) -> [u8; 2] {
    let [tens, ones] = [number / 10 % 10, number % 10].map(|digit| digit.to_le_bytes()[0]);
    [b'0' + tens, b'0' + ones]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: fn(&mut Vec<u8>, Timestamp), moment: Timestamp) -> String {
        let mut out = Vec::new();
        write(&mut out, moment);
        String::from_utf8(out).unwrap()
    }

    fn assert_like_chrono(moment: Timestamp) {
        let utc = moment.to_utc();
        assert_eq!(
            written(rfc_822, moment),
            utc.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
        );
        assert_eq!(
            written(iso_8601, moment),
            utc.format("%Y-%m-%dT%H:%M:%SZ").to_string()
        );
        assert_eq!(written(epoch, moment), utc.timestamp().to_string());
    }

    #[test]
    fn known_moments_are_written_in_all_forms() {
        let moment = Timestamp::from_millis(1_788_253_200_999);
        assert_eq!(written(rfc_822, moment), "Tue, 01 Sep 2026 09:00:00 +0000");
        assert_eq!(written(iso_8601, moment), "2026-09-01T09:00:00Z");
        assert_eq!(written(epoch, moment), "1788253200");
    }

    #[test]
    fn the_ends_of_time_are_written_as_chrono_writes_them() {
        for millis in [
            i64::MIN,
            -62_167_219_200_000,
            -1,
            0,
            951_782_400_000,
            i64::MAX,
        ] {
            assert_like_chrono(Timestamp::from_millis(millis));
        }
    }

    #[test]
    fn integers_are_written_like_the_standard_library_does() {
        for number in [0, 7, -7, 10, 73_400_320, i64::MIN, i64::MAX] {
            let mut out = Vec::new();
            integer(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_moment_is_written_as_chrono_writes_it(millis in -62_167_219_200_000_i64..253_402_300_800_000) {
            assert_like_chrono(Timestamp::from_millis(millis));
        }
    }
}
