//! Bytes of a file or pipe as UTF-8 text: unpacked within limits, without byte-order mark, transcoded from UTF-16.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use crate::config::Import;

use super::{Fault, TooLarge};

const BUFFER: usize = 64 * 1024;

/// Below so many unpacked bytes no ratio is judged: small files of equal rows pack very well.
const RATIO_FROM: u64 = 1024 * 1024;

/// An input that is open: its bytes are text of some format.
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
        let bytes: Box<dyn Read + 'a> = if packed {
            Box::new(Unpacked::new(raw, limits))
        } else {
            Box::new(Capped::new(raw, limits.max_file_bytes))
        };
        text(bytes).map(Self)
    }

    /// The first bytes, as many as are at hand; none when the input is empty.
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
fn fault(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            Fault::Damaged(error)
        }
        _ => Fault::from(error),
    }
}

/// Takes the byte-order mark away, and what it says of the encoding.
fn text<'a>(mut bytes: Box<dyn Read + 'a>) -> Result<Box<dyn BufRead + 'a>, Fault> {
    let start = peek(&mut bytes, 3).map_err(fault)?;
    let buffered = |bytes: Box<dyn Read + 'a>| Box::new(BufReader::with_capacity(BUFFER, bytes));
    Ok(match start.as_slice() {
        [0xEF, 0xBB, 0xBF] => buffered(bytes),
        [0xFF, 0xFE, rest @ ..] => buffered(Box::new(Utf16::new(rest, bytes, u16::from_le_bytes))),
        [0xFE, 0xFF, rest @ ..] => buffered(Box::new(Utf16::new(rest, bytes, u16::from_be_bytes))),
        _ => buffered(Box::new(Cursor::new(start).chain(bytes))),
    })
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

impl<R: Read> Utf16<io::Chain<Cursor<Vec<u8>>, R>> {
    fn new(start: &[u8], rest: R, unit: fn([u8; 2]) -> u16) -> Self {
        Self {
            units: Cursor::new(start.to_vec()).chain(rest),
            unit,
            high: None,
            ready: Cursor::default(),
        }
    }
}

impl<R: Read> Utf16<R> {
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
