//! Small questions about a piece of a line, answered with yes or no, so that a form that looks
//! personal but is a version, a time or a word stays as it is.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What stands where a value could stand and gives nobody away.
const PLAIN_WORDS: &[&str] = &[
    "",
    "null",
    "nil",
    "none",
    "undefined",
    "unknown",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "ok",
    "n/a",
    "na",
    "empty",
    "missing",
    "invalid",
    "expired",
    "incorrect",
    "wrong",
    "required",
    "failed",
    "failure",
    "error",
    "denied",
    "revoked",
    "rejected",
    "changed",
    "refreshed",
    "valid",
    "success",
    "default",
    "text",
    "media",
    "voice",
    "image",
    "video",
    "audio",
    "file",
    "other",
    "direct",
    "group",
    "wifi",
    "cell",
    "wired",
    "mobile",
    "unavailable",
    "lte",
    "nr",
    "connected",
    "connecting",
    "disconnected",
    "online",
    "offline",
    "foreground",
    "background",
    "server",
    "client",
    "system",
];
/// Words before a number of four parts that make it a version and not an address.
const VERSION_WORDS: &[&str] = &["v", "ver", "version", "release", "sdk", "build", "rev", "firmware", "versioncode", "version_code"];
/// Words before a long hash that make it a mark of a build.
const BUILD_WORDS: &[&str] = &["buildid", "build_id", "build-id", "commit", "sha", "revision", "git", "githash", "slice_uuid"];
/// None of these words is nearly so long, nor what stands between it and its value.
const WORD_MAX_BYTES: usize = 64;
/// Endings of file names that look like the last part of a host name.
const FILE_ENDINGS: &[&str] =
    &["png", "jpg", "jpeg", "gif", "webp", "svg", "so", "js", "ts", "kt", "java", "swift", "dex", "apk", "dll", "cc", "cpp", "rs", "go"];
/// Share of neighbours of different class (upper, lower, digit) in a random text: 0.62 on average;
/// `AttachmentUploadJobV2` has 0.35.
const RANDOM_CHANGES_MIN: f64 = 0.32;

/// Whether a value is one of the words that mean nothing personal, or only stars.
pub(super) fn is_plain(value: &str) -> bool {
    let value = value.trim();
    PLAIN_WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
        || value.chars().all(|c| matches!(c, '*' | '.' | '-' | 'x' | 'X' | '0'))
        || value == "-1"
        || is_redacted(value)
}

/// Whether a value is what this door, or another one before it, put there.
pub(super) fn is_redacted(value: &str) -> bool {
    let own = value.rsplit_once('_').is_some_and(|(kind, digits)| {
        // A prefix that was no part of the value may stand before it (`kMXEventLocalId_id_…`).
        let kind = kind.rsplit(|c: char| !c.is_ascii_lowercase()).next().unwrap_or(kind);
        digits.len() == super::PSEUDONYM_DIGITS
            && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
            && (1..=6).contains(&kind.len())
            && kind.bytes().all(|b| b.is_ascii_lowercase())
    });
    let masked = value.starts_with('<') && value.ends_with('>') && !value[1..].contains('<');
    own || masked || value.ends_with("***") || value.to_ascii_lowercase().contains("redacted")
}

/// Whether a stretch begins or ends inside an ASCII word or number.
pub(super) fn joins_word(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let at = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_alphanumeric);
    (start > 0 && at(start - 1)) || at(end)
}

/// Whether a number stands alone, not as a part of a longer one with points in it.
pub(super) fn is_whole_number(text: &str, start: usize, end: usize) -> bool {
    let digit = |i: usize| text.as_bytes().get(i).is_some_and(u8::is_ascii_digit);
    let point_before = start >= 2 && text.as_bytes()[start - 1] == b'.' && digit(start - 2);
    let point_after = text.as_bytes().get(end) == Some(&b'.') && digit(end + 1);
    !joins_word(text, start, end) && !point_before && !point_after
}

/// The digits of a value.
pub(super) fn digits(value: &str) -> Vec<u32> {
    value.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// The check of bank cards and device numbers (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, d)| if i % 2 == 0 { *d } else { 2 * d / 10 + 2 * d % 10 }).sum();
    sum.is_multiple_of(10)
}

/// The check of Chinese identity numbers (GB 11643-1999) with a date of birth that exists.
pub(super) fn is_id_card(value: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let (Some(body), Some(last)) = (value.get(..17), value.chars().last()) else { return false };
    let body = digits(body);
    let part = |from: usize, to: usize| body[from..to].iter().fold(0, |n, d| n * 10 + d);
    if value.len() != 18 || body.len() != 17 {
        return false;
    }
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
    let born = (1900..2100).contains(&part(6, 10)) && (1..=12).contains(&part(10, 12)) && (1..=31).contains(&part(12, 14));
    born && usize::try_from(sum % 11).is_ok_and(|i| CHECK[i] == last.to_ascii_uppercase())
}

/// Whether an address of IPv4 may give somebody away: not the machine itself, not everybody.
pub(super) fn is_foreign_ipv4(value: &str) -> bool {
    value.parse::<Ipv4Addr>().is_ok_and(|ip| !ip.is_loopback() && !ip.is_unspecified() && !ip.is_broadcast())
}

/// The same for IPv6; a few letters around `::` are the path of a class.
pub(super) fn is_foreign_ipv6(value: &str) -> bool {
    let telling = value.bytes().any(|b| b.is_ascii_digit()) && value.split(':').filter(|part| !part.is_empty()).count() >= 2;
    telling && value.parse::<Ipv6Addr>().is_ok_and(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

/// Whether four numbers with points between are a version: of a browser in a user agent, after
/// `version`, or in the name of a file.
pub(super) fn is_version(text: &str, start: usize, end: usize) -> bool {
    let (before, after) = (&text[..start], &text[end..]);
    if (before.ends_with(['-', '_']) && !before.ends_with("log_") && !before.ends_with("log-"))
        || (after.starts_with('-') && !after.starts_with("->"))
    {
        return true;
    }
    if let Some(product) = before.strip_suffix('/') {
        let (path, product) =
            product.split_at(product.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).len());
        // A part of a path is no product, nor is a folder with files named after addresses.
        let goes_on = after.starts_with([':', '/'])
            || after.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        return !product.is_empty() && !product.contains('.') && !goes_on && !path.ends_with('/');
    }
    follows_word(before, VERSION_WORDS)
}

/// Whether a hash names a build and not a person.
pub(super) fn is_build(text: &str, start: usize) -> bool {
    follows_word(&text[..start], BUILD_WORDS)
}

/// Whether the last word before a value is one of `words`.
fn follows_word(before: &str, words: &[&str]) -> bool {
    let before = &before[before.ceil_char_boundary(before.len().saturating_sub(WORD_MAX_BYTES))..];
    let before = before.trim_end_matches([' ', ':', '=', '"', '\'', '(', '[', '\\', ',']);
    let word = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).next().unwrap_or("");
    words.iter().any(|w| w.eq_ignore_ascii_case(word) || (w.len() >= 4 && word.to_ascii_lowercase().ends_with(w)))
}

/// Whether a text has the mix of upper, lower and digits that keys and tokens have and names do not;
/// the capital that begins a word of a name is no change.
pub(super) fn is_random(value: &str) -> bool {
    let class = |b: u8| match b {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let classes: Vec<u8> = value.trim_end_matches('=').bytes().map(class).collect();
    let changes =
        u32::try_from(classes.windows(2).filter(|pair| pair[0] != pair[1] && !matches!(pair, [1, 0])).count()).unwrap_or(u32::MAX);
    let pairs = u32::try_from(classes.len().saturating_sub(1)).unwrap_or(u32::MAX);
    (0..3).all(|c| classes.contains(&c)) && f64::from(changes) >= RANDOM_CHANGES_MIN * f64::from(pairs)
}

/// Whether an address ends in a host name and not in the ending of a file.
pub(super) fn is_address(value: &str) -> bool {
    let bare = value.split('/').next().unwrap_or(value);
    !bare.rsplit('.').next().is_some_and(|end| FILE_ENDINGS.iter().any(|f| f.eq_ignore_ascii_case(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_and_card_numbers_are_known_by_their_check_digit() {
        assert!(is_id_card("11010519491231002X") && !is_id_card("110105194912310021") && !is_id_card("123456789012345678"));
        assert!(luhn(&digits("4111 1111 1111 1111")) && !luhn(&digits("4111 1111 1111 1112")));
    }

    #[test]
    fn versions_are_no_addresses() {
        let check = |text: &str| {
            let start = text.find(|c: char| c.is_ascii_digit()).unwrap();
            let end = start + text[start..].find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len() - start);
            is_version(text, start, end)
        };
        for version in ["Chrome/120.0.6099.109", "version: 8.0.32.1", "app_version=1.2.3.4", "libx-1.2.3.4", "service.version\":\"1.2.3.4"]
        {
            assert!(check(version), "{version}");
        }
        for address in ["connect to /203.0.113.5", "chat.example.org/203.0.113.5:443", "from 203.0.113.5"] {
            assert!(!check(address), "{address}");
        }
    }

    #[test]
    fn random_text_is_told_from_names() {
        assert!(is_random("dGhpc0lzQTJTZWNyZXQ0VTc4OQ") && is_random("k9Tq2LmX0pZr7VbN4sYw1Jc8"));
        for name in ["AttachmentUploadJobV2Kt", "SignalServiceMessageSender2", "TLRPC$TL_messages_sendMessage1"] {
            assert!(!is_random(name), "{name}");
        }
    }

    #[test]
    fn redacted_values_are_known_again() {
        assert!(is_redacted("u_0123456789ab") && is_redacted("<phone>") && is_redacted("[REDACTED]5c2"));
        assert!(!is_redacted("user_alice") && !is_redacted("<a><b>"));
    }
}
