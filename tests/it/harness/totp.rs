//! An authenticator app of the tests' own (RFC 6238).

use mcnd::model::Timestamp;

/// The code of six digits that a device with this secret shows: the RFC's way once more, by other hands.
pub(crate) fn code(secret: &str, at: Timestamp) -> String {
    let key = key(secret);
    let step = at.as_millis() / 30_000;
    let mac = hmac_sha1(&key, &step.to_be_bytes());
    let place = usize::from(mac[19] & 15);
    let number = u32::from_be_bytes(mac[place..place + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The bytes that a secret in base32 stands for (RFC 4648).
pub(crate) fn key(secret: &str) -> Vec<u8> {
    let (mut key, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in secret.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
        held = (held << 5) | u32::try_from(value).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            key.push(u8::try_from((held >> bits) & 0xff).unwrap());
        }
    }
    key
}

/// RFC 2104, for keys no longer than a block.
fn hmac_sha1(key: &[u8], text: &[u8]) -> [u8; 20] {
    use sha1::{Digest as _, Sha1};
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(one, key)| *one ^= key);
        block
    };
    let inner = Sha1::new()
        .chain_update(pad(0x36))
        .chain_update(text)
        .finalize();
    Sha1::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}
