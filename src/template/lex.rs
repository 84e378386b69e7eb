//! Bytes -> what each byte is, and a signature -> its tokens. One table decides where words begin and end, before and after masking.

/// Part of a word, ASCII.
pub const WORD: u8 = 1;
/// `0` to `9`; also [`WORD`].
pub const DIGIT: u8 = 1 << 1;
/// `:`, `.`, `/` or `\`, which join the parts of names, times and paths; also [`WORD`].
pub const JOINT: u8 = 1 << 2;
/// Beyond ASCII. Scripts that put no spaces around words put none around numbers either, so such a word ends where ASCII begins.
pub const WIDE: u8 = 1 << 3;
/// A token of one byte, whatever is around it: how people space `=`, commas and brackets says nothing about the message.
pub const MARK: u8 = 1 << 4;
/// White space and control bytes.
pub const SPACE: u8 = 1 << 5;

/// The byte of a signature for a variable. No line can bring it in: it is a control byte there.
pub const VARIABLE: u8 = 1;
/// The byte of a signature for a variable that looks like a time of day.
pub const CLOCK: u8 = 2;
/// The byte of a signature for all that was cut off its end.
pub const CUT: u8 = 3;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [WORD; 256];
    let mut at = 0;
    while at < table.len() {
        if at <= 0x20 || at == 0x7f {
            table[at] = SPACE;
        } else if at >= 0x80 {
            table[at] = WIDE;
        }
        at += 1;
    }
    set(&mut table, b"0123456789", WORD | DIGIT);
    set(&mut table, b":./\\", WORD | JOINT);
    set(&mut table, b"=,;()[]{}<>|\"'", MARK);
    table
}

const fn set(table: &mut [u8; 256], bytes: &[u8], class: u8) {
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = class;
        at += 1;
    }
}

/// What a byte is.
#[inline]
#[must_use]
pub fn class(byte: u8) -> u8 {
    CLASS[usize::from(byte)]
}

/// Where the run of bytes of some classes that begins at `from` ends, and all classes met in it.
#[inline]
#[must_use]
pub fn run(bytes: &[u8], from: usize, of: u8) -> (usize, u8) {
    let mut met = 0;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        let class = class(*byte);
        if class & of == 0 {
            return (at, met);
        }
        met |= class;
    }
    (bytes.len(), met)
}

/// A piece of a signature. What is between two tokens is white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its first byte.
    pub from: usize,
    /// The byte after its last.
    pub to: usize,
}

/// The tokens of a signature: variables, marks, and words without the colons in and the punctuation after them.
#[must_use]
pub fn tokens(signature: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = signature.get(at) {
        let class = class(byte);
        let to = if class & (WORD | WIDE) == 0 { at + 1 } else { run(signature, at, class & (WORD | WIDE)).0 };
        if class & WORD != 0 {
            split(signature, at, to, &mut tokens);
        } else if class & SPACE == 0 || matches!(byte, VARIABLE | CLOCK | CUT) {
            tokens.push(Token { from: at, to });
        }
        at = to;
    }
    tokens
}

/// Splits a word around each colon and before the punctuation at its end.
fn split(signature: &[u8], mut from: usize, end: usize, tokens: &mut Vec<Token>) {
    while from < end {
        let mut to = from + 1;
        if signature[from] != b':' {
            to = memchr::memchr(b':', &signature[from..end]).map_or(end, |length| from + length);
            let trailing = signature[from..to].iter().rev().take_while(|byte| matches!(byte, b'.' | b'!' | b'?')).count();
            if trailing < to - from {
                to -= trailing;
            }
        }
        tokens.push(Token { from, to });
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(signature: &str, expected: &[&str]) {
        let tokens = tokens(signature.as_bytes());
        let texts: Vec<&str> = tokens.iter().map(|token| &signature[token.from..token.to]).collect();
        assert_eq!(texts, expected, "{signature}");
    }

    #[test]
    fn a_token_is_a_word_a_mark_or_a_variable() {
        check("a=(\u{1}, b-c) \u{2}\u{3}", &["a", "=", "(", "\u{1}", ",", "b-c", ")", "\u{2}", "\u{3}"]);
    }

    #[test]
    fn colons_and_final_punctuation_are_tokens_of_their_own() {
        check("open:\u{1} a::b done. wait... ?", &["open", ":", "\u{1}", "a", ":", ":", "b", "done", ".", "wait", "...", "?"]);
    }

    #[test]
    fn a_word_beyond_ascii_ends_where_ascii_begins() {
        check("发送\u{1}失败code", &["发送", "\u{1}", "失败", "code"]);
    }

    #[test]
    fn white_space_is_no_token() {
        check(" \t ", &[]);
    }
}
