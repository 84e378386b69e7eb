//! The encodings in which logs hold text of others.

/// Percent-encoding of all but RFC 3986's unreserved characters.
pub fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// JSON's escapes where writers differ: `\/`, and `\u` for marks and what is not ASCII.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(b'/') => out.push_str("\\/"),
            Ok(b @ (b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b' ' | b'-' | b'_' | b'.')) => out.push(char::from(b)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

/// Character references of HTML and XML.
pub fn html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '+' => out.push_str("&#x2B;"),
            '/' => out.push_str("&#47;"),
            '"' => out.push_str("&quot;"),
            ':' => out.push_str("&#58;"),
            c => out.push(c),
        }
    }
    out
}

/// Digits and Latin letters as East Asian keyboards may write them.
pub fn full_width(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c }).collect()
}
