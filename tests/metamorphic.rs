//! No rule may depend on an id, a host, a name, a number or a time of a case: with all of them replaced by others,
//! no verdict changes.

mod support;

use chrono::{Datelike, Days, NaiveDate};
use regex::{Captures, Regex};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use whyunsent::event::EventRow;
use whyunsent::profile::Profiles;
use whyunsent::taxonomy::Kind;

/// Days by which every date moves: whole weeks, so that days of the week stay right.
const DAYS: u64 = 364;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A replacement: what it finds, and what it puts there.
type Rewrite = (Regex, fn(&Captures<'_>) -> String);

/// Replaces what is particular to one log.
struct Disguise {
    rewrites: Vec<Rewrite>,
    /// Numbers that are ids, by what stands before them.
    number: Regex,
}

impl Disguise {
    fn new() -> Self {
        type Put = fn(&Captures<'_>) -> String;
        let all: [(&str, Put); 11] = [
            // Dates with a year: 2026-03-04, 2026/03/04, 2026.03.04, 20260304 before a time or in a name.
            (r"\b(20[0-3]\d)([-/.]?)(0[1-9]|1[0-2])([-/.]?)(0[1-9]|[12]\d|3[01])(\b|T|_)", dated),
            (r"\b(0[1-9]|[12]\d|3[01])_(0[1-9]|1[0-2])_(20[23]\d)_", day_first),
            // Dates without: `03-04 18:20:01`, `Mar  4 18:20:01`, `4 Mar 2026`.
            (r"(?m)(^|[\[ ])(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])( \d\d:\d\d:\d\d)", yearless),
            (r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( +)(\d{1,2})(,? (?:20\d\d|\d\d:\d\d:\d\d))", month_first),
            // Seconds, milliseconds, microseconds and nanoseconds since 1970.
            (r"\b(1[2-9]\d{8})(\d{3}|\d{6}|\d{9})?(\.\d+)?\b", epoch),
            // Ids: UUIDs and hexadecimal words; not numbers behind `0x`, which are codes and addresses.
            (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", hex),
            (r"(^|[^0-9A-Za-z.x])([0-9a-f]*(?:\d[a-f]|[a-f]\d)[0-9a-f]{6,}|[0-9A-F]*(?:\d[A-F]|[A-F]\d)[0-9A-F]{6,})\b", hex_word),
            // Names before an address, and Matrix accounts and rooms.
            (r"([@!#])([A-Za-z][\w.+-]{2,})(:)([A-Za-z][\w-]*(?:\.[\w-]+)*\.[a-z]{2,})\b", name_at),
            (r"(^|[\s<(\[,;:'\x22=/@!])([A-Za-z][\w.+-]{2,})(@)([A-Za-z][\w-]*(?:\.[\w-]+)*\.[a-z]{2,})\b", name_at),
            // Hosts below names that are kept for examples, and their numbers.
            (r"\b([a-z][a-z0-9-]*)\.((?:[a-z0-9-]+\.)*example(?:\.(?:org|net|com))?)\b", host),
            // Telephone numbers and addresses.
            (r"(\+)(\d{7,15})\b", phone),
        ];
        let rewrites = all.into_iter().map(|(pattern, put)| (Regex::new(pattern).unwrap(), put)).collect();
        let number = r#"(?i)(?:\b|_)(?:[a-z]*id|token|seq|key|no|user|uin|peer|chat|dialog)"?\s?[=:]\s?"?(\d{5,12})\b"#;
        Disguise { rewrites, number: Regex::new(number).unwrap() }
    }

    fn text(&self, text: &str) -> String {
        let text = self.rewrites.iter().fold(text.to_owned(), |text, (pattern, put)| pattern.replace_all(&text, put).into_owned());
        let ids: HashSet<String> = self.number.captures_iter(&text).map(|c| c[1].to_owned()).collect();
        let numbers = Regex::new(r"\b\d{5,12}\b").unwrap();
        let other = |c: &Captures<'_>| if ids.contains(&c[0]) { format!("1{}", &hexed(&c[0])[1..]) } else { c[0].to_owned() };
        numbers.replace_all(&text, other).into_owned()
    }
}

/// Letters and digits that follow from a text.
fn pad(text: &str) -> impl Iterator<Item = u8> + use<> {
    let mut reader = blake3::Hasher::new().update(b"another ").update(text.as_bytes()).finalize_xof();
    std::iter::from_fn(move || {
        let mut byte = [0];
        reader.fill(&mut byte);
        Some(byte[0])
    })
}

/// Another word of the same form: digits stay digits, hexadecimal letters stay such, of the same case.
fn hexed(word: &str) -> String {
    let mut pad = pad(&word.to_lowercase());
    let mut next = |base: u8, n: u8| char::from(base + pad.next().unwrap_or(0) % n);
    word.chars()
        .map(|c| match c {
            '0'..='9' => next(b'0', 10),
            'a'..='f' => next(b'a', 6),
            'A'..='F' => next(b'A', 6),
            other => other,
        })
        .collect()
}

fn named(word: &str) -> String {
    let mut pad = pad(word);
    word.chars().map(|c| if c.is_ascii_lowercase() { char::from(b'a' + pad.next().unwrap_or(0) % 26) } else { c }).collect()
}

/// A date as many days later; by the same rule in every year, so that lines with a year and lines without stay together.
fn moved(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    const COMMON: i32 = 2026;
    match NaiveDate::from_ymd_opt(COMMON, month, day) {
        Some(date) => (date + Days::new(DAYS)).with_year(year + (date + Days::new(DAYS)).year() - COMMON),
        None => Some(NaiveDate::from_ymd_opt(year, month, day)? + Days::new(DAYS)),
    }
}

fn dated(c: &Captures<'_>) -> String {
    let number = |i: usize| c[i].parse::<u32>().unwrap();
    // Both separators are the same; a number of eight digits is a date only as a word of its own.
    match moved(c[1].parse().unwrap(), number(3), number(5)).filter(|_| c[2] == c[4]) {
        Some(date) => format!("{:04}{}{:02}{}{:02}{}", date.year(), &c[2], date.month(), &c[4], date.day(), &c[6]),
        None => c[0].to_owned(),
    }
}

fn day_first(c: &Captures<'_>) -> String {
    match moved(c[3].parse().unwrap(), c[2].parse().unwrap(), c[1].parse().unwrap()) {
        Some(date) => format!("{:02}_{:02}_{:04}_", date.day(), date.month(), date.year()),
        None => c[0].to_owned(),
    }
}

fn yearless(c: &Captures<'_>) -> String {
    match moved(2026, c[2].parse().unwrap(), c[3].parse().unwrap()) {
        Some(date) => format!("{}{:02}-{:02}{}", &c[1], date.month(), date.day(), &c[4]),
        None => c[0].to_owned(),
    }
}

fn month_first(c: &Captures<'_>) -> String {
    let month = MONTHS.iter().position(|m| *m == &c[1]).map_or(1, |i| u32::try_from(i).unwrap() + 1);
    let year = c[4].rsplit(' ').next().and_then(|y| y.parse::<i32>().ok());
    let Some(date) = moved(year.unwrap_or(2026), month, c[3].parse().unwrap()) else { return c[0].to_owned() };
    let rest = year.map_or_else(|| c[4].to_owned(), |y| c[4].replace(&y.to_string(), &date.year().to_string()));
    let width = c[2].len() + c[3].len() - 1;
    format!("{} {:>width$}{rest}", MONTHS[date.month0() as usize], date.day())
}

fn epoch(c: &Captures<'_>) -> String {
    let seconds: i64 = c[1].parse().unwrap();
    format!(
        "{}{}{}",
        seconds + 86_400 * i64::try_from(DAYS).unwrap(),
        c.get(2).map_or("", |m| m.as_str()),
        c.get(3).map_or("", |m| m.as_str())
    )
}

fn hex(c: &Captures<'_>) -> String {
    hexed(&c[0])
}

fn hex_word(c: &Captures<'_>) -> String {
    format!("{}{}", &c[1], hexed(&c[2]))
}

fn name_at(c: &Captures<'_>) -> String {
    format!("{}{}{}{}", &c[1], named(&c[2]), &c[3], &c[4])
}

fn host(c: &Captures<'_>) -> String {
    format!("{}.{}", named(&c[1]), &c[2])
}

fn phone(c: &Captures<'_>) -> String {
    format!("{}{}", &c[1], hexed(&c[2]))
}

/// What is compared: kind, outcome, cause, and the lines that prove it.
type Verdict = (Kind, Option<String>, Option<String>, Vec<u64>);

fn verdicts(rows: &[EventRow]) -> Vec<Verdict> {
    let lines = |r: &EventRow| r.evidence.iter().flatten().map(|e| e.line).collect();
    let told = rows.iter().filter(|r| r.kind != Kind::Upload);
    let mut all: Vec<Verdict> =
        told.map(|r| (r.kind, r.outcome.map(|o| o.to_string()), r.cause.map(|c| c.to_string()), lines(r))).collect();
    all.sort();
    all
}

/// Copies an upload, as it is or disguised; names of files are disguised as well.
fn copy(dir: &Path, disguise: Option<&Disguise>) -> (tempfile::TempDir, PathBuf) {
    let copy = tempfile::tempdir().unwrap();
    let root = copy.path().join("upload");
    for file in support::files(dir).into_iter().filter(|f| !f.ends_with("expect.json")) {
        let name = file.strip_prefix(dir).unwrap().to_str().unwrap();
        let name = disguise.map_or_else(|| name.to_owned(), |d| d.text(name));
        let bytes = std::fs::read(&file).unwrap();
        let bytes = match (disguise, std::str::from_utf8(&bytes)) {
            (Some(disguise), Ok(text)) => disguise.text(text).into_bytes(),
            _ => bytes,
        };
        let to = root.join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, bytes).unwrap();
    }
    (copy, root)
}

#[test]
fn other_ids_hosts_names_numbers_and_times_change_no_verdict() {
    let (disguise, profiles) = (Disguise::new(), Profiles::builtin());
    let cases = support::root().join("tests/cases");
    let labels: Vec<PathBuf> = support::files(&cases).into_iter().filter(|f| f.ends_with("expect.json")).collect();
    let mut wrong = Vec::new();
    let mut unaltered = Vec::new();
    for label in &labels {
        let dir = label.parent().unwrap();
        let rows = |disguise: Option<&Disguise>| {
            let (_kept, root) = copy(dir, disguise);
            verdicts(&support::rows_with(&[root], &profiles, |_| {}))
        };
        let (plain, disguised) = (rows(None), rows(Some(&disguise)));
        let text = |f: &PathBuf| std::fs::read_to_string(f).is_ok_and(|t| disguise.text(&t) != t);
        if !support::files(dir).iter().any(text) {
            unaltered.push(dir);
        }
        if plain != disguised {
            wrong.push(format!("{}:\n  {plain:?}\n  {disguised:?}", dir.strip_prefix(&cases).unwrap().display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), labels.len(), wrong.join("\n"));
    // Some logs are packed, in another encoding, or have nothing of the kind.
    assert!(unaltered.len() * 20 < labels.len(), "nothing to replace in {unaltered:?}");
}

#[test]
fn a_disguise_keeps_the_form_of_what_it_replaces() {
    let text = Disguise::new().text(
        "2026-03-04 18:20:01.003 [b359f212-2160-9474-74a7-2edf35dbb5a5] to anna.weber@chat.example.org code=0x8badf00d 20260304 1772644801003",
    );
    let shape = Regex::new(
        r"^2027-03-03 18:20:01.003 \[[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\] to [a-z]{4}\.[a-z]{5}@[a-z]{4}\.example\.org code=0x8badf00d 20270303 1804094401003$",
    );
    assert!(shape.unwrap().is_match(&text) && !text.contains("b359f212") && !text.contains("anna"), "{text}");
}
