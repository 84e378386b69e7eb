//! JSON Lines: one object a line, whatever its keys; among them the vocabulary of
//! `docs/client-telemetry.md`, the `OpenIM` SDK's JSON form, and the one-letter keys of Meituan Logan
//! (`{"c":text,"f":type,"l":ms,"n":thread,"i":thread id,"m":main thread}`, Clogan's `construct_data.c`).
//!
//! The quick check looks at the braces only; the keys of time, level, tag and message are found by
//! their usual spellings when a record is parsed.

use super::stamp::Stamp;
use super::{FormatInfo, Grammar, Head, Quick};
use serde_json::Value;

/// The grammar.
pub struct JsonLines;
/// The grammar as registered.
pub const JSONL: JsonLines = JsonLines;

const INFO: FormatInfo = FormatInfo { id: "jsonl", title: "JSON Lines", reference: "https://jsonlines.org" };

/// Spellings of the time key, most specific first.
pub const TIME_KEYS: &[&str] =
    &["timestamp", "@timestamp", "time", "ts", "datetime", "date", "timeUnixNano", "time_ms", "epoch_ms", "eventTime", "t", "l"];
/// Spellings of the level key.
pub const LEVEL_KEYS: &[&str] = &["level", "severityText", "severity", "lvl", "priority", "l"];
/// Spellings of the tag key.
pub const TAG_KEYS: &[&str] = &["tag", "logger", "category", "component", "module", "scope", "name"];
/// Spellings of the message key.
pub const MESSAGE_KEYS: &[&str] = &["msg", "message", "eventMessage", "text", "body", "event", "event.name", "c"];
/// Spellings of the process key.
pub const PID_KEYS: &[&str] = &["pid", "PID", "process.pid", "processID", "tag.processID"];
/// Spellings of the thread key.
pub const TID_KEYS: &[&str] = &["tid", "thread", "thread.id", "threadID", "tag.queueThreadLabel", "n"];
/// Spellings of the version key.
pub const VERSION_KEYS: &[&str] = &["service.version", "app_version", "appVersion", "app.version", "version"];

/// The first of `keys` that the object has.
#[must_use]
pub fn first<'a>(object: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    let flat = object.as_object().filter(|members| !members.values().any(|value| value.is_object() || value.is_array()));
    let Some(members) = flat else { return keys.iter().find_map(|key| lookup(object, key)) };
    // Most records are flat, and have fewer members than there are spellings.
    let place = |name: &String| keys.iter().position(|key| key == name);
    let found = members.iter().filter(|(_, value)| !value.is_null()).filter_map(|(name, value)| Some((place(name)?, value)));
    found.min_by_key(|(place, _)| *place).map(|(_, value)| value)
}

/// JSON as a value. JavaScript cuts texts between the halves of a character (`text.slice(0, 20)` of an emoji) and writes
/// the half as `\ud83d`, which is no Unicode and no reason to lose the time and the error of a record.
#[must_use]
pub fn parsed(text: &[u8]) -> Option<Value> {
    serde_json::from_slice(text).or_else(|error| mended(text).map_or(Err(error), |text| serde_json::from_slice(&text))).ok()
}

/// The text with halves of characters replaced, if there are any.
fn mended(text: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut mended = None;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += found;
        at += match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                mended.get_or_insert_with(|| text.to_vec())[at..at + 6].copy_from_slice(b"\\ufffd");
                6
            }
            // An escape of two characters, which may be a backslash.
            _ => 2,
        };
    }
    mended
}

/// A field by its name: as a key, below `attributes` or `resource`, or as a dotted path.
#[must_use]
pub fn lookup<'a>(object: &'a Value, key: &str) -> Option<&'a Value> {
    object
        .get(key)
        .or_else(|| object.get("attributes").and_then(|a| a.get(key)))
        .or_else(|| object.get("resource").and_then(|a| a.get(key)))
        .or_else(|| key.contains('.').then(|| key.split('.').try_fold(object, member)).flatten())
        .filter(|v| !v.is_null())
}

/// A member by key, or by number in a list.
fn member<'a>(value: &'a Value, part: &str) -> Option<&'a Value> {
    value.get(part).or_else(|| value.get(part.parse::<usize>().ok()?))
}

/// A scalar as text.
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// The stamp of an object, if it has one that can be read.
#[must_use]
pub fn stamp(object: &Value) -> Option<Stamp> {
    match first(object, TIME_KEYS)? {
        Value::String(s) => Stamp::parse(s),
        Value::Number(n) => Stamp::from_epoch(n.as_f64()?),
        _ => None,
    }
}

impl Grammar for JsonLines {
    fn info(&self) -> &FormatInfo {
        &INFO
    }

    fn quick(&self, line: &[u8]) -> Option<Quick> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (line.len() >= 2 && line[0] == b'{' && line.ends_with(b"}") && matches!(line[1], b'"' | b' ' | b'}'))
            .then(|| Quick::new(0, 0, 0))
            .flatten()
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>> {
        self.parse_with_object(line).map(|(head, _)| head)
    }

    fn parse_with_object<'a>(&self, line: &'a [u8]) -> Option<(Head<'a>, Option<Value>)> {
        self.quick(line)?;
        let object = parsed(line);
        // What holds records is as late as the last of them.
        let last = |o: &Value| super::parts::parts(o)?.last().and_then(stamp);
        let stamp = object.as_ref().and_then(|o| stamp(o).or_else(|| last(o)));
        Some((Head { stamp, message: line, ..Head::default() }, object))
    }

    fn is_json(&self) -> bool {
        true
    }

    fn object(&self, line: &[u8]) -> Option<Value> {
        parsed(line)
    }

    fn first(&self) -> &'static [u8] {
        b"{"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#"{"ts": 1783952000000, "level": "info", "tag": "App", "msg": "start"}"#,
            r#"{"timestamp":"2026-11-12T09:21:14.003+08:00","event.name":"message.ack","message.id":"m-1"}"#,
            r#"{"level":"INFO","time":"2025-04-02 06:05:00.002","logger":"sdk","msg":"recv msg","PID":33}"#,
            r#"{"c":"socket closed","f":2,"l":1764201610686,"n":"main","i":1,"m":true}"#,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_flat_nested_and_below_attributes() {
        let v: Value = serde_json::from_str(r#"{"a.b":1,"attributes":{"c.d":2},"e":{"f":3},"g":null}"#).unwrap();
        assert_eq!(lookup(&v, "a.b").and_then(Value::as_i64), Some(1));
        assert_eq!(lookup(&v, "c.d").and_then(Value::as_i64), Some(2));
        assert_eq!(lookup(&v, "e.f").and_then(Value::as_i64), Some(3));
        assert_eq!(lookup(&v, "g"), None);
    }

    #[test]
    fn the_first_spelling_that_an_object_has_is_taken_whether_it_is_flat_or_not() {
        let objects = [
            r#"{"ts":null,"time":"b","date":"c","tag":"x"}"#,
            r#"{"l":1,"lvl":"I","process.pid":7,"app.version":"2"}"#,
            r#"{"pid":null,"PID":5,"thread":"t","n":"u"}"#,
            r#"{"tag":{"processID":9},"pid":null,"attributes":{"event.name":"e","msg":"m"}}"#,
            r#"{"process":{"pid":3},"thread":{"id":4},"version":[1]}"#,
            r#"["msg"]"#,
            r#""msg""#,
            "{}",
        ];
        for text in objects {
            let object: Value = serde_json::from_str(text).unwrap();
            for keys in [TIME_KEYS, LEVEL_KEYS, TAG_KEYS, MESSAGE_KEYS, PID_KEYS, TID_KEYS, VERSION_KEYS] {
                assert_eq!(first(&object, keys), keys.iter().find_map(|key| lookup(&object, key)), "{text} {keys:?}");
            }
        }
        let object = serde_json::json!({"ts": null, "date": "c", "time": "b"});
        assert_eq!(first(&object, TIME_KEYS), Some(&Value::from("b")));
    }

    #[test]
    fn a_text_that_was_cut_inside_a_character_costs_nothing_else() {
        let cut = br#"{"ts":1783952000000,"msg":"hi \ud83d","pair":"\ud83d\ude00","other":"\ude00","path":"c:\\ud800"}"#;
        let object = parsed(cut).unwrap();
        assert_eq!(stamp(&object).map(|s| s.wall_us), Some(1_783_952_000_000_000));
        let text = |key: &str| object[key].as_str().unwrap();
        assert_eq!([text("msg"), text("pair"), text("other"), text("path")], ["hi \u{fffd}", "\u{1f600}", "\u{fffd}", "c:\\ud800"]);
        assert_eq!(parsed(br#"{"a":"\ud83d"#), None);
    }

    #[test]
    fn numbers_and_texts_both_give_a_time() {
        let a: Value = serde_json::from_str(JSONL.samples()[0]).unwrap();
        let b: Value = serde_json::from_str(JSONL.samples()[2]).unwrap();
        assert_eq!(stamp(&a).map(|s| s.wall_us), Some(1_783_952_000_000_000));
        let logan: Value = serde_json::from_str(JSONL.samples()[3]).unwrap();
        assert_eq!(stamp(&logan).map(|s| s.wall_us), Some(1_764_201_610_686_000));
        assert!(stamp(&b).is_some_and(|s| s.zone == super::super::stamp::Zone::Local));
    }
}
