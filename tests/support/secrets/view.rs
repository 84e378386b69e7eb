//! A text as its readers may decode it: each view is searched by itself.

/// The views of an output: as it is, unescaped once and twice, percent-decoded, without references of HTML, and with
/// the marks between digits taken out.
pub fn views(text: &str) -> Vec<(&'static str, String)> {
    let plain = without_escapes(text).to_lowercase();
    let json = unescaped(&plain);
    let twice = unescaped(&json);
    let percent = percent_decoded(&percent_decoded(&twice));
    let html = without_references(&twice);
    let narrow = half_width(&twice);
    let digits = joined(&narrow);
    let all = [
        ("plain", plain),
        ("json", json),
        ("json twice", twice),
        ("percent", percent),
        ("html", html),
        ("half width", narrow),
        ("joined", digits),
    ];
    let mut kept: Vec<(&'static str, String)> = Vec::new();
    for (name, view) in all {
        if kept.iter().all(|(_, other)| *other != view) {
            kept.push((name, view));
        }
    }
    kept
}

/// Without the escape sequences of a terminal (ECMA-48, CSI and OSC 8).
pub fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        if rest.next() == Some('[') {
            for c in rest.by_ref() {
                if ('@'..='~').contains(&c) {
                    break;
                }
            }
        }
    }
    out
}

/// JSON's escapes undone wherever they stand.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else { break };
        if c == 'u'
            && let Some(code) = rest.get(1..5).and_then(|h| u32::from_str_radix(h, 16).ok())
        {
            let decoded = char::from_u32(code).unwrap_or('\u{fffd}');
            out.extend(decoded.to_lowercase());
            rest = &rest[5..];
            continue;
        }
        match c {
            '/' | '"' | '\\' => out.push(c),
            'n' | 't' | 'r' => out.push(' '),
            _ => {
                out.push('\\');
                out.push(c);
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    out.push_str(rest);
    out
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten().and_then(|h| u8::from_str_radix(h, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).to_lowercase()
}

fn without_references(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = text.to_owned();
    for (reference, c) in [
        ("&#64;", "@"),
        ("&#x2b;", "+"),
        ("&#47;", "/"),
        ("&quot;", "\""),
        ("&#58;", ":"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        out = out.replace(reference, c);
    }
    out
}

fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c).to_ascii_lowercase(),
            c => c,
        })
        .collect()
}

/// Digits and letters that single spaces, hyphens or brackets part, joined.
pub fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let between = matches!(c, ' ' | '-' | '(' | ')' | '\u{a0}')
            && out.bytes().last().is_some_and(|b| b.is_ascii_digit())
            && rest.peek().is_some_and(|n| n.is_ascii_digit() || matches!(n, '(' | ')' | ' ' | '-'));
        if !between {
            out.push(c);
        }
    }
    out
}
