//! Addresses and names of machines.

use super::{ALL, FIELDS, LINES, NAMES, Shape, Shown};
use crate::redact::checks::{is_foreign_ipv4, is_foreign_ipv6, is_redacted, is_version, is_whole_number, joins_word};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::ops::Range;
use std::sync::LazyLock;

/// MAC and IP addresses.
pub(super) const ADDRESSES: &[Shape] = &[
    Shape {
        shown: Shown::Mask("mac"),
        pattern: r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}",
        may: |t| t.pairs,
        places: ALL,
        accept: |text, at| {
            let next = text.as_bytes().get(at.end..).unwrap_or_default();
            let goes_on = matches!(next, [b':' | b'-', b, ..] if b.is_ascii_hexdigit());
            (!joins_word(text, at.start, at.end) && !goes_on).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("mac"),
        // As Cisco writes it.
        pattern: r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
        may: |t| t.dotted,
        places: ALL,
        accept: |text, at| {
            let value = &text[at.clone()];
            let mixed = value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic());
            let goes_on = text[at.end..].starts_with('.') && !text[at.end + 1..].starts_with([' ', '\n']) && text.len() > at.end + 1;
            (mixed && !goes_on && !joins_word(text, at.start, at.end)).then_some(at)
        },
    },
    Shape {
        shown: Shown::Mask("ip"),
        // Eight groups, or fewer around two colons; the last two may be an address of IPv4 (RFC 4291, 2.2).
        pattern: r"[0-9A-Fa-f:]*::(?:[0-9A-Fa-f:]*:)?[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*::[0-9A-Fa-f:]*|(?:[0-9A-Fa-f]{1,4}:){6}(?:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})",
        may: |t| t.colons >= 6 || (t.colons >= 2 && t.text.contains("::")),
        places: ALL,
        accept: |text, at| {
            let value = text[at.clone()].trim_end_matches(':');
            let value = if at.len() - value.len() == 2 { &text[at.clone()] } else { value };
            let end = at.start + value.len();
            // `Addr:2001:db8::1`: the first colon is not the address's.
            let start = at.start + usize::from(value.starts_with(':') && !value.starts_with("::"));
            (!joins_word(text, start, end) && is_foreign_ipv6(&text[start..end])).then_some(start..end)
        },
    },
    Shape {
        shown: Shown::Mask("ip"),
        pattern: r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
        may: |t| t.quads,
        places: NAMES,
        accept: |text, at| {
            let alone = is_whole_number(text, at.start, at.end);
            (alone && is_foreign_ipv4(&text[at.clone()]) && !is_version(text, at.start, at.end)).then_some(at)
        },
    },
];

/// Names that a private network gives.
pub(super) const HOSTS: &[Shape] = &[
    Shape {
        shown: Shown::Mask("host"),
        // Names for private networks: RFC 6762 (appendix G), RFC 8375, `.internal` (ICANN, 2024).
        pattern: r"(?i)[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_-]+)*\.(?:local|localdomain|localnet|lan|intranet|internal|corp|private|home\.arpa)",
        may: |t| t.dots >= 1 && PRIVATE.is_match(t.text),
        places: FIELDS,
        accept: host,
    },
    Shape {
        shown: Shown::Mask("host"),
        // A name without a point can be found in a private network only.
        pattern: r#"(?i)(?:(?:https?|wss?|ftps?|mqtts?|xmpp|tcp|udp|tls|ssl|socks[45]?h?|redis|smb)://(?:[^\s/@"']*@)?|resolve host:? ")(?P<v>[a-z0-9][a-z0-9_-]*)"#,
        may: |t| t.text.contains("://") || (t.has(b'"') && HOST.is_match(t.text)),
        places: LINES,
        accept: |text, at| {
            let goes_on =
                text[at.end..].starts_with(['.', '%', '@']) && text[at.end + 1..].starts_with(|c: char| c.is_ascii_alphanumeric());
            let value = &text[at.clone()];
            let known = ["localhost", "host", "server", "proxy"].iter().any(|w| w.eq_ignore_ascii_case(value));
            (!goes_on && !known && !is_redacted(value)).then_some(at)
        },
    },
];

/// Endings of the names of private networks.
static PRIVATE: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let endings = [".local", ".lan", ".intranet", ".internal", ".corp", ".private", ".home.arpa"];
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(endings).expect("seven words")
});

/// Before the name of a host that was not found.
static HOST: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(["resolve host"]).expect("two words")
});

/// A name for private networks: not a package of classes, which may have such a part.
fn host(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    const PACKAGES: [&str; 10] = ["com.", "org.", "net.", "io.", "java.", "javax.", "kotlin.", "kotlinx.", "android.", "androidx."];
    let value = &text[at.clone()];
    let rest = &text[at.end..];
    let goes_on = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
        || (rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
    // `NetworkConnectivity.LOCAL` is a constant.
    let constant = value.ends_with(|c: char| c.is_ascii_uppercase()) && value.bytes().any(|b| b.is_ascii_lowercase());
    let joined = text[..at.start].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    (!goes_on && !joined && !constant && !PACKAGES.iter().any(|package| value.starts_with(package))).then_some(at)
}
