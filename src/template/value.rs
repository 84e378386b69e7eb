//! A word -> whether it is a value, by its bytes alone.

use super::lex::{CLOCK, VARIABLE};

/// Names with this many dots between their parts are packages, hosts and keys, so values: `org.example.app`.
/// With one dot they are as often a member or a file of the program: `state.count`, `main.cpp`.
const NAME_MIN_DOTS: usize = 2;
/// Digits of a byte in a hex dump.
const BYTE_DIGITS: usize = 2;
/// Digits of a group of an IPv6 address, at most (RFC 4291).
const GROUP_MAX_DIGITS: usize = 4;

/// A word without the punctuation around it.
#[must_use]
pub fn core(line: &[u8], mut from: usize, mut to: usize) -> (usize, usize) {
    while to > from && matches!(line[to - 1], b'.' | b':' | b'!' | b'?' | b'-') {
        to -= 1;
    }
    while from < to {
        match line[from] {
            b'#' | b'@' | b':' | b'*' => from += 1,
            // A minus sign stays with its number.
            b'-' if !matches!(line[from + 1..to].first(), Some(b'0'..=b'9' | b'.')) => from += 1,
            _ => break,
        }
    }
    (from, to)
}

/// What a word is that must not be taken apart at its colons: a path or address, a time of day, an address of hardware.
#[must_use]
pub fn whole(word: &[u8]) -> Option<u8> {
    if is_path(word) {
        return Some(VARIABLE);
    }
    let colon = memchr::memchr(b':', word)?;
    let consists_of = |is: fn(&u8) -> bool| word.iter().all(|byte| is(byte) || matches!(byte, b':' | b'.'));
    // With dots before the colon it is a host and its port.
    if consists_of(u8::is_ascii_digit) && !is_dotted(&word[..colon]) {
        return Some(CLOCK);
    }
    let is_hardware = memchr::memchr(b':', &word[colon + 1..]).is_some() && consists_of(u8::is_ascii_hexdigit);
    (is_hardware && word.iter().any(u8::is_ascii_digit)).then_some(VARIABLE)
}

/// Whether a piece of a word is a value: it holds a digit, or it is a path or the dotted name of something.
#[must_use]
pub fn is_value(piece: &[u8]) -> bool {
    piece.iter().any(u8::is_ascii_digit) || is_path(piece) || is_dotted(piece)
}

/// Whether a word is a path or an address: `/var/log`, `~/log`, `C:\log`, `https://…`.
fn is_path(word: &[u8]) -> bool {
    match word {
        [b'/', b'/'] => false,
        [b'/' | b'\\', _, ..] | [_, b':', b'\\', ..] | [b'~' | b'.', b'/', _, ..] | [b'.', b'.', b'/', _, ..] => true,
        _ => has_scheme(word),
    }
}

/// Whether a word is an address with a scheme.
#[must_use]
pub fn has_scheme(word: &[u8]) -> bool {
    memchr::memmem::find(word, b"://").is_some_and(|at| at > 0)
}

/// Whether a word is the dotted name of something outside the message. One that ends in capitals, as `org.example.action.SENT`,
/// is by convention the name of a constant: it says what happened.
fn is_dotted(word: &[u8]) -> bool {
    let dots = word.windows(3).filter(|around| around[1] == b'.' && around[0] != b'.' && around[2] != b'.').count();
    let last = memchr::memrchr(b'.', word).map_or(word, |dot| &word[dot + 1..]);
    dots >= NAME_MIN_DOTS && !last.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'_'))
}

/// Whether a word after a value may be the next byte of a hex dump, all of letters. Longer groups are seldom without a digit, and words
/// such as `dead` are not: of words of two letters, only `be` and `ad` are English.
#[must_use]
pub fn is_hex_byte(word: &[u8]) -> bool {
    word.len() == BYTE_DIGITS && word.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a piece of a word after a value and a colon may be the next group of an address, all of letters.
#[must_use]
pub fn is_hex_group(piece: &[u8]) -> bool {
    (1..=GROUP_MAX_DIGITS).contains(&piece.len()) && piece.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_freed_of_the_punctuation_around_it() {
        let core = |word: &str| {
            let (from, to) = core(word.as_bytes(), 0, word.len());
            word[from..to].to_owned()
        };
        assert_eq!(["#12.", "@a:", "-5", "-x5-", "...", "-.5!"].map(core), ["12", "a", "-5", "x5", "", "-.5"]);
    }

    #[test]
    fn times_paths_and_hardware_are_whole() {
        let whole = |word: &str| whole(word.as_bytes());
        assert_eq!(["10:15", "10:15:02.123"].map(whole), [Some(CLOCK); 2]);
        let paths = ["/a", "~/a", "./a", "../a", "C:\\a", "https://a", "file:///a", "0a:1b:2c", "fe80::1"];
        assert_eq!(paths.map(whole), [Some(VARIABLE); 9]);
        assert_eq!(["a:b", "10.0.0.1:80", "a/b", "//", "be:ad:fe", ""].map(whole), [None; 6]);
    }

    #[test]
    fn digits_and_dotted_names_are_values() {
        let is_value = |word: &str| is_value(word.as_bytes());
        assert_eq!(["x1", "a.b.c", "a.b.C_D", "a.b", "a..b..c", "word"].map(is_value), [true, true, false, false, false, false]);
    }

    #[test]
    fn hex_digits_may_all_be_letters() {
        let is_hex = |word: &str| (is_hex_byte(word.as_bytes()), is_hex_group(word.as_bytes()));
        assert_eq!(["ff", "beef", "fed"].map(is_hex), [(true, true), (false, true), (false, true)]);
        assert_eq!(["gg", "", "decade"].map(is_hex), [(false, false); 3]);
    }
}
