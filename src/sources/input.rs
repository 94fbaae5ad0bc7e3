//! Bytes of a file or pipe, unpacked within limits; and as UTF-8 text, without byte-order mark, transcoded from UTF-16.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use crate::config::Import;

use super::{Fault, TooLarge};

const BUFFER: usize = 64 * 1024;

/// Bytes read ahead to tell encoding and format.
const START: u64 = 1024;

/// Below so many unpacked bytes no ratio is judged: small files of equal rows pack very well.
const RATIO_FROM: u64 = 1024 * 1024;

/// An input that is open: its bytes, unpacked.
pub struct Input<'a>(Box<dyn BufRead + 'a>);

impl<'a> Input<'a> {
    /// Opens a file, standard input or bytes, packed with gzip or not.
    ///
    /// # Errors
    /// [`Fault::Read`] or [`Fault::Damaged`], when its first bytes can't be read.
    pub fn open(raw: impl Read + 'a, limits: &Import) -> Result<Self, Fault> {
        let mut raw = BufReader::with_capacity(BUFFER, raw);
        let start = peek(&mut raw, 2)?;
        let packed = start == [0x1F, 0x8B];
        let raw = Cursor::new(start).chain(raw);
        let mut bytes: Box<dyn Read + 'a> = if packed {
            Box::new(Unpacked::new(raw, limits))
        } else {
            Box::new(Capped::new(raw, limits.max_file_bytes))
        };
        let start = peek(&mut bytes, START).map_err(fault)?;
        let bytes = Cursor::new(start).chain(BufReader::with_capacity(BUFFER, bytes));
        Ok(Self(Box::new(bytes)))
    }

    /// The input as text: takes the byte-order mark away, and what it says of the encoding.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn into_text(mut self) -> Result<Self, Fault> {
        let unit: fn([u8; 2]) -> u16 = match self.fill()? {
            [0xEF, 0xBB, 0xBF, ..] => {
                self.consume(3);
                return Ok(self);
            }
            [0xFF, 0xFE, ..] => u16::from_le_bytes,
            [0xFE, 0xFF, ..] => u16::from_be_bytes,
            _ => return Ok(self),
        };
        self.consume(2);
        let text = BufReader::with_capacity(BUFFER, Utf16::new(self.0, unit));
        Ok(Self(Box::new(text)))
    }

    /// The bytes, for a reader that does its own decoding.
    pub(super) fn into_bytes(self) -> Box<dyn BufRead + 'a> {
        self.0
    }

    /// Its first bytes, about a kilobyte; none when it is empty. Of no meaning once rows were read.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn start(&mut self) -> Result<&[u8], Fault> {
        self.fill()
    }

    pub(super) fn fill(&mut self) -> Result<&[u8], Fault> {
        loop {
            match self.0.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(fault(error)),
            }
        }
        self.0.fill_buf().map_err(fault)
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}

/// Unpacking is the only step that calls data invalid.
pub(super) fn fault(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            Fault::Damaged(error)
        }
        _ => Fault::from(error),
    }
}

fn peek(bytes: &mut impl Read, count: u64) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    bytes.take(count).read_to_end(&mut start)?;
    Ok(start)
}

/// Fails once more than so many bytes came through.
struct Capped<R> {
    inner: R,
    passed: u64,
    limit: u64,
}

impl<R> Capped<R> {
    fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            passed: 0,
            limit,
        }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.passed += u64::try_from(count).expect("a buffer is no longer than 64 bits can say");
        if self.passed > self.limit {
            return Err(io::Error::other(TooLarge::File(self.limit)));
        }
        Ok(count)
    }
}

/// Gzip data unpacked, each step weighed against what it was unpacked from.
struct Unpacked<R: Read> {
    plain: Capped<MultiGzDecoder<BufReader<Capped<R>>>>,
    max_ratio: u64,
}

impl<R: Read> Unpacked<R> {
    fn new(packed: R, limits: &Import) -> Self {
        // Only counts: whatever it unpacks to is capped.
        let packed = BufReader::with_capacity(BUFFER, Capped::new(packed, u64::MAX));
        Self {
            plain: Capped::new(MultiGzDecoder::new(packed), limits.max_file_bytes),
            max_ratio: limits.max_ratio,
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.plain.read(buffer)?;
        let packed = self.plain.inner.get_ref().get_ref().passed;
        let allowed = packed.saturating_mul(self.max_ratio).max(RATIO_FROM);
        if self.plain.passed > allowed {
            return Err(io::Error::other(TooLarge::Ratio(self.max_ratio)));
        }
        Ok(count)
    }
}

/// UTF-16 made UTF-8. Half of a pair becomes a byte that no UTF-8 text has, so that its row is named for it.
struct Utf16<R> {
    units: R,
    unit: fn([u8; 2]) -> u16,
    /// The first half of a pair, before the second is read.
    high: Option<u16>,
    ready: Cursor<Vec<u8>>,
}

const BROKEN: u8 = 0xFF;

impl<R: Read> Utf16<R> {
    fn new(units: R, unit: fn([u8; 2]) -> u16) -> Self {
        Self {
            units,
            unit,
            high: None,
            ready: Cursor::default(),
        }
    }

    /// Transcodes what comes next; leaves nothing ready at the end.
    fn refill(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        let want = u64::try_from(BUFFER).expect("the buffer is small");
        self.units.by_ref().take(want).read_to_end(&mut bytes)?;
        let text = self.ready.get_mut();
        text.clear();
        let (units, odd) = bytes.as_chunks::<2>();
        for unit in units.iter().map(|unit| (self.unit)(*unit)) {
            let pair = self.high.take().into_iter().chain([unit]);
            for decoded in char::decode_utf16(pair) {
                match decoded {
                    Ok(character) => {
                        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    Err(half) if half.unpaired_surrogate() == unit && is_high(unit) => {
                        self.high = Some(unit);
                    }
                    Err(_) => text.push(BROKEN),
                }
            }
        }
        let ended = bytes.len() < BUFFER;
        if !odd.is_empty() || (ended && self.high.take().is_some()) {
            text.push(BROKEN);
        }
        self.ready.set_position(0);
        Ok(())
    }
}

fn is_high(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.ready.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        self.refill()?;
        self.ready.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;
    use crate::sources::{
        Format, Rows,
        given::{csv, errors, fault, limits, mapping, read},
    };

    const TEXT: &str = "guid,title\na,é 😀\n";

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    }

    /// Gives one byte at a time, as a slow pipe does.
    struct Dribble<'a>(&'a [u8]);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(1);
            self.0.read(&mut buffer[..count])
        }
    }

    #[test]
    fn every_encoding_and_packing_gives_the_same_rows() {
        let expected = csv(TEXT).unwrap();
        let little = utf16(TEXT, u16::to_le_bytes);
        let two_members = [packed(&TEXT.as_bytes()[..9]), packed(&TEXT.as_bytes()[9..])].concat();
        for bytes in [
            format!("\u{feff}{TEXT}").into_bytes(),
            packed(TEXT.as_bytes()),
            packed(&little),
            little,
            utf16(TEXT, u16::to_be_bytes),
            two_members,
        ] {
            assert_eq!(csv(&bytes).unwrap(), expected, "{bytes:?}");
            let input = Input::open(Dribble(&bytes), &limits()).unwrap();
            let rows = Rows::read(input, Format::Csv, mapping(), &limits()).unwrap();
            assert_eq!(rows.collect::<Result<Vec<_>, _>>().unwrap(), expected);
        }
    }

    #[test]
    fn utf_16_is_whole_across_buffers() {
        let title = "😀".repeat(20_000);
        for shift in ["", "x"] {
            let text = format!("guid,title\na,{shift}{title}\n");
            let mut limits = limits();
            limits.max_cell_bytes = 1 << 20;
            let bytes = utf16(&text, u16::to_le_bytes);
            let rows = read(Format::Csv, &bytes, mapping(), &limits).unwrap();
            let title = format!("{shift}{title}");
            assert_eq!(
                rows[0].as_ref().unwrap().patch[0].1.as_deref(),
                Some(title.as_str())
            );
        }
    }

    #[test]
    fn half_a_pair_in_utf_16_spoils_its_row_alone() {
        let mut bytes = utf16("guid,title\na,", u16::to_le_bytes);
        bytes.extend(0xD83D_u16.to_le_bytes());
        bytes.extend("\nb,y".encode_utf16().flat_map(u16::to_le_bytes));
        let found = errors(csv(&bytes));
        let [(1, message)] = &found[..] else {
            panic!("one error")
        };
        assert!(message.contains("offset 13 "), "{message}");
        bytes.push(b'z');
        assert_eq!(errors(csv(&bytes)).len(), 2);
    }

    #[test]
    fn damaged_gzip_data_is_a_fault() {
        let whole = packed(&TEXT.repeat(100).into_bytes());
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0x55;
        for bytes in [
            &whole[..whole.len() - 4],
            &whole[..1],
            &flipped,
            b"\x1F\x8Bno gzip",
        ] {
            let outcome = csv(bytes);
            assert!(outcome.is_err(), "{outcome:?}");
            if bytes.len() > 1 {
                assert!(matches!(outcome, Err(Fault::Damaged(_))), "{outcome:?}");
            }
        }
    }

    #[test]
    fn what_unpacks_to_too_much_is_given_up() {
        let bomb = packed(&vec![b'\n'; 8 * 1024 * 1024]);
        assert!(fault(csv(&bomb)).contains("more than 200 times its size"));
        let mut limits = limits();
        limits.max_file_bytes = 100;
        for bytes in [packed(&[b'\n'; 200]), vec![b'\n'; 200]] {
            let fault = fault(read(Format::Csv, &bytes, mapping(), &limits));
            assert!(fault.contains("more than 100 bytes"), "{fault}");
        }
    }

    #[test]
    fn the_start_is_the_unpacked_one() {
        let bytes = packed(TEXT.as_bytes());
        let mut input = Input::open(&bytes[..], &limits()).unwrap();
        assert!(input.start().unwrap().starts_with(b"guid"));
        assert!(
            Input::open(&b""[..], &limits())
                .unwrap()
                .start()
                .unwrap()
                .is_empty()
        );
    }
}
