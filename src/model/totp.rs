//! Codes of six digits that a device and the daemon both make of a secret and the time (RFC 6238, with SHA-1 and steps of
//! 30 seconds, as every authenticator app does).

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

use super::{OperatorName, Timestamp};

const STEP_MILLIS: i64 = 30_000;
/// Steps by which a device's clock may be off, either way.
const DRIFT: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What a device and the daemon share. Printing it shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; Self::BYTES]);

impl TotpSecret {
    /// As long as the digest that codes are made with (RFC 4226 4).
    pub const BYTES: usize = 20;

    /// The secret of these random bytes.
    pub fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it into a device: base32 (RFC 4648 6), without padding.
    pub fn to_base32(&self) -> String {
        base32(&self.0)
    }

    /// As a device reads it from a picture.
    pub fn uri(&self, name: &OperatorName) -> String {
        // A name may hold `@` and `+`, which mean something in an address.
        let name = name.as_str().replace('@', "%40").replace('+', "%2B");
        format!(
            "otpauth://totp/mcnd:{name}?secret={}&issuer=mcnd",
            self.to_base32()
        )
    }

    /// The step whose code this is, of those around `now`; none before or at the step `last`, whose code was taken.
    /// Blanks that people put between digits do not count.
    pub fn step_of(&self, code: &str, now: Timestamp, last: i64) -> Option<i64> {
        let code: String = code.chars().filter(|one| !one.is_whitespace()).collect();
        let present = now.as_millis().div_euclid(STEP_MILLIS);
        let mut steps = (present - DRIFT..=present + DRIFT).filter(|step| *step > last);
        steps.find(|step| self.code(*step).as_bytes().ct_eq(code.as_bytes()).into())
    }

    fn code(&self, step: i64) -> String {
        format!("{:06}", self.number(step) % 1_000_000)
    }

    /// RFC 4226 5.3: four bytes of the digest, from a place that its last four bits name, without their sign.
    fn number(&self, step: i64) -> u32 {
        let mut hmac =
            Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        hmac.update(&step.to_be_bytes());
        let digest = hmac.finalize().into_bytes();
        let place = usize::from(digest[19] & 0xf);
        let four = [
            digest[place],
            digest[place + 1],
            digest[place + 2],
            digest[place + 3],
        ];
        u32::from_be_bytes(four) & 0x7fff_ffff
    }
}

impl TryFrom<Vec<u8>> for TotpSecret {
    type Error = Vec<u8>;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        bytes.try_into().map(Self)
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret")
    }
}

/// A code that takes the place of a device, of 80 random bits: 16 letters and digits in fours.
pub fn recovery_code(bytes: [u8; 10]) -> String {
    let text = base32(&bytes).to_lowercase();
    let fours = text.as_bytes().chunks(4).map(String::from_utf8_lossy);
    fours.collect::<Vec<_>>().join("-")
}

/// What counts of a recovery code, however it was typed.
pub fn plain_recovery_code(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_lowercase()
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits)) as usize & 31]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6238, appendix B, for SHA-1.
    fn secret() -> TotpSecret {
        TotpSecret::new(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(
                secret().number(seconds / 30) % 100_000_000,
                code,
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_code_is_good_a_step_early_or_late_and_never_after_it_was_taken() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let step = |code: &str, seconds, last| secret().step_of(code, at(seconds), last);
        for seconds in [0, 29, 59, 89] {
            assert_eq!(step(" 287 082", seconds, 0), Some(1), "{seconds}");
        }
        assert_eq!(step("287082", 90, 0), None);
        assert_eq!(step("287082", 59, 1), None);
        for wrong in ["287083", "94287082", "", "28708", "２８７０８２"] {
            assert_eq!(step(wrong, 59, 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_written_as_devices_read_it() {
        assert_eq!(secret().to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"f"), "MY");
        let name: OperatorName = "ann+x@example.com".parse().unwrap();
        assert_eq!(
            secret().uri(&name),
            "otpauth://totp/mcnd:ann%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=mcnd"
        );
        assert!(!format!("{:?}", secret()).contains("GEZ"));
    }

    #[test]
    fn a_recovery_code_counts_however_it_is_typed() {
        let code = recovery_code([7; 10]);
        assert_eq!(code.len(), 19, "{code}");
        let typed = code.to_uppercase().replace('-', " ");
        assert_eq!(plain_recovery_code(&typed), code.replace('-', ""));
    }
}
