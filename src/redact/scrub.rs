//! The pass over a line: what the rows of `keys.rs` and `shapes.rs` find is replaced, the rest copied.

use super::decode::{self, Decoded};
use super::key::Key;
use super::keys::{self, Found, KEYS};
use super::shapes::{self, SHAPES, Shape, Shown, Traits};
use super::{checks, value};
use regex::Regex;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// Keys of time or level: a JSON object that has one of them is a line of a log.
const LOG_KEYS: &[&str] = &["\"time", "\"ts\"", "\"t\"", "\"@timestamp\"", "\"level\"", "\"lvl\"", "\"severity", "\"priority\"", "\"pid\""];

/// A value is judged by so much of it.
const JUDGED_MAX_BYTES: usize = 512;
/// Words inside something that was not accepted from which it is looked at anew.
const RETRIES_MAX: usize = 16;

/// A line with what is personal in it replaced.
pub(super) fn line(key: &Key, text: &str) -> String {
    let mut places = Places::default();
    for layer in decode::layers(text) {
        let mut inside = Places::default();
        keyed(&layer.text, &mut inside);
        forms(&layer.text, &mut inside, |_| true);
        places.join(&layer, inside);
    }
    keyed(text, &mut places);
    forms(text, &mut places, |_| true);
    places.replace(key, text)
}

/// A path with the people in it replaced.
pub(super) fn path(key: &Key, text: &str) -> String {
    only(key, text, |shape| shape.places.in_paths)
}

/// A field of a device or an app with the people in it replaced.
pub(super) fn field(key: &Key, text: &str) -> String {
    only(key, text, |shape| shape.places.in_fields)
}

/// A version or build with the people in it replaced.
pub(super) fn version(key: &Key, text: &str) -> String {
    only(key, text, |shape| shape.places.in_versions)
}

fn only(key: &Key, text: &str, wanted: fn(&Shape) -> bool) -> String {
    let mut places = Places::default();
    for layer in decode::layers(text) {
        let mut inside = Places::default();
        forms(&layer.text, &mut inside, wanted);
        places.join(&layer, inside);
    }
    forms(text, &mut places, wanted);
    places.replace(key, text)
}

/// What the names before values tell.
fn keyed(text: &str, places: &mut Places) {
    let mut depths = None;
    let mut ends = value::Ends::default();
    let line = keys::Line::new(text);
    for row in keys::rows(text) {
        let found = &KEYS[row];
        let mut taken = 0..0;
        for m in keys::PATTERNS[row].find_iter(text) {
            let at = value::Start { at: m.end(), is_doubled: value::is_doubled(m.as_str()) };
            let Some(range) = value::span(text, at, found.bare, &mut ends) else { continue };
            // A name inside a value that is gone is gone with it.
            if taken.start <= range.start && range.end <= taken.end {
                continue;
            }
            if found.may_be_log && depths.get_or_insert_with(|| Depths::of(text)).is_log(m.start(), m.as_str()) {
                continue;
            }
            let sign = m.as_str().trim_end();
            let facts = Found {
                value: judged(&text[range.clone()]),
                quoted: value::is_quoted(text, m.end()),
                equals: sign.ends_with('='),
                is_han: !m.as_str().is_ascii() && !sign.starts_with(|c: char| c.is_ascii()),
                line: &line,
            };
            // A word that means nothing is not so long.
            let is_cut = facts.value.len() < range.len();
            if (found.accept)(&facts) || (is_cut && checks::is_plain(facts.value)) {
                taken = range.clone();
                places.take(range, found.shown);
            }
        }
    }
    elements(text, &line, places);
}

/// The beginning of a value.
fn judged(value: &str) -> &str {
    &value[..value.floor_char_boundary(JUDGED_MAX_BYTES)]
}

/// Elements of XML whose name is one of the keys.
fn elements(text: &str, line: &keys::Line<'_>, places: &mut Places) {
    if !text.contains("</") {
        return;
    }
    for captures in ELEMENT.captures_iter(text) {
        let (Some(name), Some(value)) = (captures.get(1), captures.get(2)) else { continue };
        let written = format!("{}=", name.as_str());
        let facts = Found { value: value.as_str(), quoted: true, equals: true, is_han: false, line };
        let mut rows = keys::rows(&written).filter(|row| keys::PATTERNS[*row].find(&written).is_some_and(|m| m.end() == written.len()));
        if let Some(row) = rows.find(|row| (KEYS[*row].accept)(&facts)) {
            places.take(value.range(), KEYS[row].shown);
        }
    }
}

/// An element without elements inside.
static ELEMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<([A-Za-z_][\w.:-]{0,63})(?:\s[^<>]*)?>([^<>]+)</").expect("the pattern is a constant"));

/// What values tell by their form.
fn forms(text: &str, places: &mut Places, wanted: impl Fn(&Shape) -> bool) {
    let traits = Traits::of(text);
    for row in (0..SHAPES.len()).filter(|row| wanted(SHAPES[*row]) && (SHAPES[*row].may)(&traits)) {
        form(row, text, places);
    }
}

/// What has the form of one shape.
fn form(row: usize, text: &str, places: &mut Places) {
    let mut from = 0;
    let mut refused = (0, 0);
    while let Some((whole, value)) = shapes::find(row, text, from) {
        let accepted = (SHAPES[row].accept)(text, value);
        // What is not accepted may hide what is: `Mac:4e:b3:…` begins with `ac:4e`.
        from = if let Some(range) = &accepted {
            range.end
        } else {
            refused = (whole.end, if refused.0 == whole.end { refused.1 + 1 } else { 0 });
            if refused.1 < RETRIES_MAX { next_word(text, whole.start, whole.end) } else { whole.end }
        }
        .max(from + 1);
        if let Some(range) = accepted.filter(|r| !checks::is_redacted(&text[r.clone()])) {
            // A long word around an id that is known already is not an id of its own.
            if SHAPES[row].shown != Shown::Pseudonym("id") || places.is_free(&range) {
                places.take(range, SHAPES[row].shown);
            }
        }
        while from < text.len() && !text.is_char_boundary(from) {
            from += 1;
        }
        if from > text.len() {
            break;
        }
    }
}

/// Where the next word begins within a stretch, else its end.
fn next_word(text: &str, start: usize, end: usize) -> usize {
    let bytes = &text.as_bytes()[start..end];
    let inside = bytes.windows(2).position(|pair| !pair[0].is_ascii_alphanumeric() && pair[1].is_ascii_alphanumeric());
    inside.map_or(end, |n| start + n + 1)
}

/// What is to be replaced, without overlaps; of two that overlap who comes first says what is shown.
#[derive(Default)]
struct Places(BTreeMap<usize, Place>);

struct Place {
    end: usize,
    shown: Shown,
    /// What a pseudonym is made of, if not of the text as it is written.
    value: Option<String>,
}

impl Places {
    fn is_free(&self, range: &Range<usize>) -> bool {
        self.0.range(..range.end).next_back().is_none_or(|(_, place)| place.end <= range.start)
    }

    fn take(&mut self, range: Range<usize>, shown: Shown) {
        self.put(range, shown, None);
    }

    fn put(&mut self, range: Range<usize>, shown: Shown, value: Option<String>) {
        if range.is_empty() {
            return;
        }
        let overlapping: Vec<usize> =
            self.0.range(..range.end).rev().take_while(|(_, place)| place.end > range.start).map(|(start, _)| *start).collect();
        let Some(first) = overlapping.last().copied() else {
            self.0.insert(range.start, Place { end: range.end, shown, value });
            return;
        };
        let end = overlapping.iter().filter_map(|start| self.0.get(start)).map(|place| place.end).max().unwrap_or(range.end);
        if first <= range.start && range.end <= end && overlapping.len() == 1 {
            return;
        }
        // Both are personal: what neither covers alone, the two cover together.
        let mut kept = None;
        for start in overlapping {
            kept = self.0.remove(&start);
        }
        let shown = kept.map_or(shown, |place| place.shown);
        self.0.insert(first.min(range.start), Place { end: end.max(range.end), shown, value: None });
    }

    /// Takes over what was found behind escapes.
    fn join(&mut self, layer: &Decoded, inside: Places) {
        for (start, place) in inside.0 {
            let value = layer.text[start..place.end].to_owned();
            self.put(layer.place(&(start..place.end)), place.shown, Some(value));
        }
    }

    fn replace(&self, key: &Key, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for (start, place) in &self.0 {
            out.push_str(&text[copied..*start]);
            let quote = quote_of_json(text, *start, place.end);
            out.push_str(quote);
            match place.shown {
                Shown::Mask(kind) => out.extend(["<", kind, ">"]),
                Shown::Pseudonym(kind) => {
                    out.push_str(&key.pseudonym(kind, place.value.as_deref().unwrap_or(&text[*start..place.end])));
                }
            }
            out.push_str(quote);
            copied = place.end;
        }
        out.push_str(&text[copied..]);
        out
    }
}

/// The quote that a value without any needs, so that JSON stays JSON: a number behind a name in quotes.
fn quote_of_json(text: &str, start: usize, end: usize) -> &str {
    let before = text[..start].trim_end().strip_suffix(':').map_or("", str::trim_end);
    let goes_on = text[end..].trim_start().starts_with([',', '}', ']']);
    let Some(name) = before.strip_suffix('"').filter(|_| goes_on) else { return "" };
    let escapes = name.bytes().rev().take_while(|b| *b == b'\\').count();
    &before[name.len() - escapes..]
}

/// Keys under which a line of a log has its own message, if it has one of them, whatever else it holds.
const MESSAGE_KEYS: &[&str] = &["\"message\":", "\"msg\":", "\"event\":", "\"event.name\":", "\"short_message\":"];

/// Where a line that is one JSON object has its own fields, as opposed to those of objects inside.
struct Depths {
    changes: Vec<(usize, bool)>,
    /// Whether its message stands under another name, so that `text` and `body` are somebody's.
    has_message: bool,
}

impl Depths {
    fn of(text: &str) -> Self {
        let mut changes = vec![(0, false)];
        let has_message = MESSAGE_KEYS.iter().any(|key| text.contains(key));
        if !text.trim_start().starts_with('{') || !LOG_KEYS.iter().any(|key| text.contains(key)) {
            return Depths { changes, has_message };
        }
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
                _ => continue,
            }
            // A key is met before its quote closes, so its own string counts as the level around it.
            changes.push((at, depth == 1));
        }
        Depths { changes, has_message }
    }

    /// Whether what stands under a name here is the log's own message.
    fn is_log(&self, position: usize, name: &str) -> bool {
        let next = self.changes.partition_point(|(at, _)| *at <= position);
        let is_message = MESSAGE_KEYS.iter().any(|key| key[1..].starts_with(name.trim_matches(['"', ' ', ':']).trim_start_matches('_')));
        self.changes[next - 1].1 && (!self.has_message || is_message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        line(&Key::new([7; 32]), text)
    }

    #[test]
    fn json_stays_json_where_a_number_is_replaced() {
        let out = shown(r#"{"userID":61200440,"phone":13800138000,"in":"{\"recvID\":77100330}"}"#);
        let value: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert!(value["userID"].as_str().unwrap().starts_with("u_") && value["phone"] == "<phone>", "{out}");
        let inner: serde_json::Value = serde_json::from_str(value["in"].as_str().unwrap()).expect("JSON in JSON");
        assert!(inner["recvID"].as_str().unwrap().starts_with("u_"), "{out}");
    }

    #[test]
    fn values_behind_escapes_are_found_and_pseudonyms_are_of_what_they_mean() {
        let plain = shown("to li.lei@example.org failed");
        assert_eq!(shown("to li.lei%40example.org failed"), plain);
        assert_eq!(shown(r"to li.lei\u0040example.org failed"), plain);
        assert_eq!(shown("GET /v1/%2B8613800138000/x"), "GET /v1/<phone>/x");
        assert_eq!(shown("tel １３８００１３８０００ 忙"), "tel <phone> 忙");
    }

    #[test]
    fn of_two_overlapping_values_both_are_gone() {
        assert_eq!(shown("desc=\"slow\" text=for cookie=lang=en; session=yyjf81kq"), "desc=\"<text>\" text=<text>");
    }

    #[test]
    fn what_touches_an_arrow_a_slash_or_a_name_is_found() {
        assert_eq!(shown("queue->4e:b3:db:f5:a5:3d->socket"), "queue-><mac>->socket");
        assert_eq!(shown("&{Mac:4e:b3:db:f5:a5:3d Addr:2001:db8:100b:0:16a1:1:cd67:8a2e}"), "&{Mac:<mac> Addr:<ip>}");
        assert_eq!(shown("queue->203.18.244.109->socket /users/10.2.3.4/send"), "queue-><ip>->socket /users/<ip>/send");
        assert_eq!(shown("from ::ffff:192.0.2.9 by e6ed.8154.1eb2."), "from <ip> by <mac>.");
        assert_eq!(shown("imei864266419266558, 35-209900-176148-1"), "imei<imei>, <imei>");
        assert_eq!(shown("at lat=31.309874, lng=102.506231/send"), "at lat=<coordinate>, lng=<coordinate>/send");
    }

    #[test]
    fn names_of_private_hosts_and_of_files_of_people_are_gone_and_classes_and_sources_stay() {
        assert_eq!(shown("https://im-x.corp:9912/send, http://nas01:8080/x"), "https://<host>:9912/send, http://<host>:8080/x");
        assert_eq!(shown("Unable to resolve host \"nas01\""), "Unable to resolve host \"<host>\"");
        let stays = "at com.android.internal.os.ZygoteInit.main(ZygoteInit.java:1) chat.example.org http://localhost:8080/";
        assert_eq!(shown(stays), stays);
        assert_eq!(shown("open /storage/emulated/0/Download/tax 2025.pdf failed"), "open /storage/emulated/0/<file>.pdf failed");
        assert_eq!(shown("upload cat-photo.jpg ok, see app.log and libx.so"), "upload <file>.jpg ok, see app.log and libx.so");
    }

    #[test]
    fn elements_and_cells_and_chinese_labels_are_names_too() {
        assert_eq!(shown("<item><password>Zark@95</password></item>"), "<item><password><secret></password></item>");
        assert_eq!(shown(r#"a,"{""password"":""Zark@95$x"",""n"":1}",b"#), r#"a,"{""password"":""<secret>"",""n"":1}",b"#);
        assert_eq!(shown("网络名称：Tryrk5G。请重试"), "网络名称：<ssid>。请重试");
        assert!(shown("用户：张三丰 已下线").starts_with("用户：u_"));
    }

    #[test]
    fn an_account_number_is_known_by_its_check_digits() {
        assert_eq!(shown("to GB82 WEST 1234 5698 7654 32 failed"), "to <iban> failed");
        assert_eq!(shown("iban=DE89370400440532013000;"), "iban=<iban>;");
        assert_eq!(shown("to GB82 WEST 1234 5698 7654 33 failed"), "to GB82 WEST 1234 5698 7654 33 failed");
    }

    /// Lines of minified JSON and of hostile senders are as long as a line is looked at.
    #[test]
    fn a_line_of_a_mebibyte_is_redacted_in_seconds_whatever_is_repeated_in_it() {
        let repeated = [
            "pwd='a",
            "text=a,b=",
            "text=a ",
            "text=\"a",
            "text=)",
            "用户：张三",
            "-----BEGIN",
            "phone=",
            "user=aaaaa ",
            "token=:",
            "from=abcd1,",
            "<body>a",
            "{\"rid\"\"msg\":\"a\"",
            "a-",
            "http-a.jpg-",
            "0123456789abcdef0123456789abcdef-",
            "a.b-",
            "/a",
            "\"args\":}, \"<a>\", \"",
            "pwd=\"\"a",
            "cookie=a=",
            "&#64;",
            "\\u0040",
            "nick_name:a:",
            "1.2.3.4-",
            "a@a.a.",
            "@a:",
            "1 ",
        ];
        let slow: Vec<_> = repeated
            .into_iter()
            .filter_map(|piece| {
                let text = piece.repeat((1 << 20) / piece.len());
                let began = std::time::Instant::now();
                shown(&text);
                let seconds = began.elapsed().as_secs_f64();
                (seconds > 10.0).then_some((piece, seconds))
            })
            .collect();
        assert!(slow.is_empty(), "{slow:?}");
    }

    /// Lines with numbers in groups, addresses and tokens.
    const LINES: &str = "[ -~]{0,20}([A-Za-z]{2}[0-9]{2})?([A-Z0-9]{4} ?){0,5}([0-9]{3,5}[ -]){0,4}[0-9:.-]{0,24}[A-Za-z0-9+/=@!#%$<>_-]{0,40}[，是 ]?[ -~]{0,20}";

    proptest! {
        /// The cheap look at a line never passes over what a shape would replace in it.
        #[test]
        fn a_shape_is_only_passed_over_where_it_replaces_nothing(text in LINES) {
            let traits = Traits::of(&text);
            for row in (0..SHAPES.len()).filter(|row| !(SHAPES[*row].may)(&traits)) {
                let mut places = Places::default();
                form(row, &text, &mut places);
                prop_assert!(places.0.is_empty(), "{} in {text}", shapes::PATTERNS[row].as_str());
            }
        }

        #[test]
        fn a_key_is_only_passed_over_where_its_pattern_finds_nothing(text in LINES) {
            for (row, pattern) in (0..KEYS.len()).map(|row| (row, &keys::PATTERNS[row])) {
                prop_assert!(keys::rows(&text).any(|r| r == row) || !pattern.is_match(&text), "{} in {text}", pattern.as_str());
            }
        }
    }
}
