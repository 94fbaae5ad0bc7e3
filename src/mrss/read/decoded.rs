//! Bytes of a feed as UTF-8, whatever they are encoded in: the byte-order mark tells it, else the XML declaration.

use std::io::{self, BufRead, Chain, Cursor, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use crate::{
    model::short,
    mrss::declaration::{Declaration, declaration},
};

/// Bytes at the start of a document among which its encoding is looked for.
const HEAD: u64 = 1024;

/// Decoded bytes held at once.
const ROOM: usize = 64 * 1024;

/// Why no more text comes.
#[derive(Debug)]
pub(super) enum Stop {
    /// The bytes can't be read.
    Read(io::Error),
    /// The byte at this place means nothing in the encoding of that name.
    Byte { offset: u64, encoding: &'static str },
    /// More than the limit was taken for one piece of the document.
    Long,
}

/// The text of a feed. Counts its lines, and refuses to hand out more than a limit for one piece of markup or text.
///
/// Reading fails with an error that says nothing; [`Self::stop`] tells the reason.
pub(super) struct Decoded<R> {
    bytes: Chain<Cursor<Vec<u8>>, R>,
    decoder: Decoder,
    text: Vec<u8>,
    /// The part of `text` that was not taken yet.
    from: usize,
    to: usize,
    /// Of the next byte that is not decoded.
    offset: u64,
    line: u64,
    /// Bytes taken since [`Self::begin`].
    taken: usize,
    limit: usize,
    ended: bool,
    /// A wrong byte, said once the text before it was taken.
    wrong: Option<u64>,
    stop: Option<Stop>,
}

impl<R: BufRead> Decoded<R> {
    /// Looks at the first bytes. `limit` is the most bytes of one piece.
    ///
    /// # Errors
    /// A sentence about an encoding that can't be read, or the failure to read the bytes.
    pub(super) fn open(mut bytes: R, limit: usize) -> io::Result<Result<Self, String>> {
        // A pipe may hand out fewer bytes at first than the encoding is told by.
        let mut start = Vec::new();
        bytes.by_ref().take(HEAD).read_to_end(&mut start)?;
        let (encoding, mark) = match sniff(&start) {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut start = Cursor::new(start);
        start.consume(mark);
        Ok(Ok(Self {
            bytes: start.chain(bytes),
            decoder: encoding.new_decoder_without_bom_handling(),
            text: vec![0; ROOM],
            from: 0,
            to: 0,
            offset: u64::try_from(mark).expect("a mark has a few bytes"),
            line: 1,
            taken: 0,
            limit,
            ended: false,
            wrong: None,
            stop: None,
        }))
    }

    /// The line of the next byte, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The next piece begins here.
    pub(super) fn begin(&mut self) {
        self.taken = 0;
    }

    /// Why reading has failed; none when it has not.
    pub(super) fn stop(&mut self) -> Option<Stop> {
        self.stop.take()
    }

    /// Decodes until there is text, or the end.
    fn refill(&mut self) -> Result<(), Stop> {
        while self.from == self.to && !self.ended {
            if let Some(offset) = self.wrong {
                let encoding = self.decoder.encoding().name();
                return Err(Stop::Byte { offset, encoding });
            }
            let bytes = match self.bytes.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stop::Read(error)),
            };
            let last = bytes.is_empty();
            let (result, read, written) =
                self.decoder
                    .decode_to_utf8_without_replacement(bytes, &mut self.text, last);
            self.bytes.consume(read);
            self.offset += u64::try_from(read).expect("a buffer is no longer than 64 bits can say");
            (self.from, self.to) = (0, written);
            match result {
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => {
                    self.wrong = Some(self.offset - u64::from(length) - u64::from(after));
                }
            }
        }
        Ok(())
    }
}

impl<R: BufRead> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let reached = if self.taken > self.limit {
            Err(Stop::Long)
        } else {
            self.refill()
        };
        match reached {
            Ok(()) => Ok(&self.text[self.from..self.to]),
            Err(stop) => {
                self.stop = Some(stop);
                Err(io::ErrorKind::Other.into())
            }
        }
    }

    fn consume(&mut self, count: usize) {
        let taken = &self.text[self.from..self.from + count];
        let lines = taken.iter().map(|byte| u64::from(*byte == b'\n'));
        self.line += lines.sum::<u64>();
        self.taken += count;
        self.from += count;
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// The encoding that the first bytes tell, and how many bytes its mark has.
fn sniff(start: &[u8]) -> Result<(&'static Encoding, usize), String> {
    match start {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => {
            Err("is UTF-32; save it as UTF-8".to_owned())
        }
        [0xEF, 0xBB, 0xBF, ..] => Ok((UTF_8, 3)),
        [0xFF, 0xFE, ..] => Ok((UTF_16LE, 2)),
        [0xFE, 0xFF, ..] => Ok((UTF_16BE, 2)),
        [b'<', 0, b'?', 0, ..] => Ok((UTF_16LE, 0)),
        [0, b'<', 0, b'?', ..] => Ok((UTF_16BE, 0)),
        [b'<', 0, ..] => Err(unmarked(1)),
        [0, b'<', ..] => Err(unmarked(0)),
        _ => declared(start).map(|encoding| (encoding, 0)),
    }
}

fn unmarked(offset: u64) -> String {
    format!(
        "looks like UTF-16 (byte 0 at offset {offset}) with neither byte-order mark nor XML declaration; save it as UTF-8"
    )
}

/// The encoding of the XML declaration, UTF-8 without one.
fn declared(start: &[u8]) -> Result<&'static Encoding, String> {
    let Declaration::Names(label) = declaration(start) else {
        return Ok(UTF_8);
    };
    let shown = short(&label.escape_ascii().to_string());
    match Encoding::for_label(label) {
        // Bytes that a declaration was read from byte by byte are no UTF-16, whatever it says.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) if encoding != REPLACEMENT => Ok(encoding),
        _ => Err(format!(
            "is declared to be `{shown}`, an encoding that is not read; save it as UTF-8"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        // Few bytes at once, so that sequences and the declaration stand across the edges.
        let bytes = io::BufReader::with_capacity(7, bytes);
        let mut decoded = Decoded::open(bytes, 1 << 20).unwrap()?;
        let mut text = String::new();
        match decoded.read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(_) => Err(format!("{:?}", decoded.stop().unwrap())),
        }
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn in_latin_1(text: &str) -> Vec<u8> {
        text.chars().map(|c| u8::try_from(c).unwrap()).collect()
    }

    #[test]
    fn the_mark_tells_the_encoding_and_else_the_declaration() {
        let text = format!("<?xml version=\"1.0\"?><a>{}</a>", "é😀".repeat(400));
        let marked = format!("\u{feff}{text}");
        for bytes in [
            text.clone().into_bytes(),
            marked.clone().into_bytes(),
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
            utf16(&text, u16::to_le_bytes),
            utf16(&text, u16::to_be_bytes),
        ] {
            assert_eq!(read(&bytes).as_ref(), Ok(&text), "{bytes:?}");
        }
        for label in ["ISO-8859-1", "latin1", "windows-1252"] {
            let text = format!("\n<?xml version='1.0' encoding = '{label}' ?><a>é</a>");
            assert_eq!(read(&in_latin_1(&text)), Ok(text));
        }
        let euro = b"<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>\x80</a>";
        assert!(read(euro).unwrap().contains('€'));
    }

    #[test]
    fn a_wrong_byte_is_told_by_its_place() {
        for (bytes, offset) in [
            (&b"<a>caf\xE9</a>"[..], 6),
            (b"\xEF\xBB\xBF<a>\xC3", 6),
            (b"\xFF\xFE<\0a\0\x3D\xD8>\0", 6),
            (b"\xFF\xFE<\0a", 4),
        ] {
            let fault = read(bytes).unwrap_err();
            assert!(fault.contains(&format!("offset: {offset},")), "{fault}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_a_cure() {
        for (bytes, part) in [
            (&b"<\0r\0s\0"[..], "offset 1) with neither"),
            (b"\0<\0r", "offset 0) with neither"),
            (b"\xFF\xFE\0\0<\0\0\0", "UTF-32"),
            (b"<?xml version='1.0' encoding='utf-7'?>", "`utf-7`"),
            (b"<?xml version='1.0' encoding='iso-2022-kr'?>", "not read"),
        ] {
            let fault = read(bytes).unwrap_err();
            assert!(
                fault.contains(part) && fault.contains("save it as UTF-8"),
                "{fault}"
            );
        }
    }

    #[test]
    fn lines_are_counted_and_a_piece_has_its_limit() {
        let mut decoded = Decoded::open(&b"a\nb\nc"[..], 3).unwrap().unwrap();
        assert_eq!(decoded.line(), 1);
        decoded.consume_exactly(4);
        assert_eq!(decoded.line(), 3);
        assert!(decoded.fill_buf().is_err());
        assert!(matches!(decoded.stop(), Some(Stop::Long)));
        decoded.begin();
        assert_eq!(decoded.fill_buf().unwrap(), b"c");
    }

    impl<R: BufRead> Decoded<R> {
        fn consume_exactly(&mut self, count: usize) {
            self.fill_buf().unwrap();
            self.consume(count);
        }
    }
}
