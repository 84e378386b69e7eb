//! What names say: a path comes in; what goes out is its safe form, whether it is hidden, a metadata
//! file, or which log it is a part of.

use super::decode::Layer;

/// Files that describe the upload they lie in, without the suffix of a compression: rageshake
/// (`details.json`, on older servers only `details.log`), Android bug reports (`main_entry.txt`;
/// the documentation writes `main-entry.txt`) and the plain `meta.json`.
const METADATA_NAMES: &[&str] = &["details.json", "details.log", "meta.json", "metadata.json", "main_entry.txt", "main-entry.txt"];
/// Suffixes that say what is in a file rather than which part it is.
const EXTENSIONS: &[&str] = &["log", "txt", "json", "jsonl", "ndjson", "xlog", "mmap3", "rawlog", "out", "csv", "trace", "logcat", "err"];
/// Words that rotation puts behind a name.
const AGE_WORDS: &[&str] = &["old", "bak", "prev", "previous", "last", "backup"];
/// Reports that stand for themselves though their names differ only in a date.
const WHOLE_REPORTS: &[&str] = &["bugreport", "dumpstate", "sysdiagnose"];
/// Rotation numbers have at most so many digits, unless zeros lead.
const NUMBER_DIGITS_MAX: usize = 3;
/// What replaces a name that is nothing but dots and slashes.
const NAMELESS: &str = "nameless";

/// A path from an archive as a safe relative one, and whether it tried to leave the archive.
pub(super) fn sanitised(name: &str) -> (String, bool) {
    let mut escaped = name.starts_with(['/', '\\']);
    let mut parts = Vec::new();
    for part in name.split(['/', '\\']) {
        let drive = part.len() == 2 && part.ends_with(':');
        match part {
            "" | "." => {}
            ".." => escaped = true,
            _ if drive && parts.is_empty() => escaped = true,
            _ => parts.push(part.replace(|c: char| c.is_control(), "_")),
        }
    }
    if parts.is_empty() {
        parts.push(NAMELESS.to_owned());
    }
    (parts.join("/"), escaped)
}

/// Whether a relative path is hidden: a dot file, or what macOS adds to its archives.
pub(super) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// A name without the suffixes of `layers` compressions.
pub(super) fn without_compression(name: &str, layers: usize) -> &str {
    let mut name = name;
    for _ in 0..layers {
        let mut suffixes = Layer::ALL.iter().flat_map(|layer| layer.suffixes());
        let Some(shorter) = suffixes.find_map(|suffix| strip_suffix(name, suffix)) else { break };
        name = shorter;
    }
    name
}

fn strip_suffix<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, end) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
    (!rest.is_empty() && !rest.ends_with('/') && end.eq_ignore_ascii_case(suffix)).then_some(rest)
}

/// The folder of a path, and its last part.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether a file describes the upload it lies in.
pub(super) fn is_metadata(path: &str) -> bool {
    let name = without_compression(split(path).1, 1);
    METADATA_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a name is that of a JSON file, compressed or not.
pub(super) fn is_json(path: &str) -> bool {
    strip_suffix(without_compression(path, 1), ".json").is_some()
}

/// Which part of a rotated log a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The one that is written, or a log that is not rotated.
    Base,
    /// Numbered; `behind` if the number stands behind the extension (`app.log.1`), where it can mean
    /// nothing else.
    Number {
        /// The number.
        number: u64,
        /// Where it stands.
        behind: bool,
    },
    /// Named by date, time or age.
    Dated,
}

/// The log that a file is a part of, by its name without folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogName {
    /// What the parts share; files with equal stems may be one log.
    pub(super) stem: String,
    /// Which part it is.
    pub(super) part: Part,
}

/// Reads a file name as stem and part.
pub(super) fn log_name(name: &str) -> LogName {
    let whole = LogName { stem: name.to_owned(), part: Part::Base };
    let name = without_compression(name, 2);
    let mut tokens = tokens(name);
    let mut part = Part::Base;
    let mut extensions = Vec::new();
    loop {
        if let Some(found) = take_part(&mut tokens, extensions.is_empty()) {
            part = merged(part, found);
        } else if tokens.len() > 1 && tokens.last().is_some_and(|t| is_extension(t)) {
            extensions.extend(tokens.pop().map(str::to_ascii_lowercase));
        } else {
            break;
        }
    }
    if let Some(run) = leading_date(&tokens) {
        tokens.drain(..run);
        part = merged(part, Part::Dated);
    }
    let nothing_left = tokens.is_empty() && part != Part::Dated;
    if nothing_left || WHOLE_REPORTS.iter().any(|w| tokens.first().is_some_and(|t| t.eq_ignore_ascii_case(w))) {
        return whole;
    }
    // A cache file belongs to its xlog, and a decoded xlog is called `x.xlog.log`.
    let kind = if extensions.iter().any(|e| e == "xlog" || e == "mmap3") {
        "xlog".to_owned()
    } else {
        extensions.first().cloned().unwrap_or_default()
    };
    let kind = if part != Part::Base && kind.is_empty() { "log".to_owned() } else { kind };
    LogName { stem: format!("{}.{kind}", tokens.join("-")), part }
}

/// A date says more than a number, and a number behind the extension more than one before it.
fn merged(old: Part, new: Part) -> Part {
    match (&old, &new) {
        (Part::Base, _) | (Part::Number { behind: false, .. }, Part::Dated) => new,
        _ => old,
    }
}

fn is_extension(token: &str) -> bool {
    EXTENSIONS.iter().any(|known| token.eq_ignore_ascii_case(known))
}

/// Splits at separators, and at the `T` and `Z` of an ISO time.
fn tokens(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let cuts = |(at, c): (usize, char)| {
        let before = at.checked_sub(1).and_then(|b| bytes.get(b));
        match c {
            '.' | '_' | '-' | ' ' | ':' | '+' => true,
            'T' => digit(before) && digit(bytes.get(at + 1)),
            'Z' => digit(before) && !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric),
            _ => false,
        }
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    for (at, c) in name.char_indices() {
        if cuts((at, c)) {
            tokens.push(&name[start..at]);
            start = at + c.len_utf8();
        }
    }
    tokens.push(&name[start..]);
    tokens.retain(|t| !t.is_empty());
    tokens
}

/// Takes the date, number or age word at the end away.
fn take_part(tokens: &mut Vec<&str>, behind: bool) -> Option<Part> {
    let last = tokens.last()?;
    if tokens.len() > 1 && AGE_WORDS.iter().any(|w| last.eq_ignore_ascii_case(w)) {
        tokens.pop();
        return Some(Part::Dated);
    }
    let run = tokens.iter().rev().take_while(|t| t.bytes().all(|b| b.is_ascii_digit())).count();
    for len in (1..=run).rev() {
        let from = tokens.len() - len;
        if is_date(&tokens[from..]) {
            tokens.truncate(from);
            return Some(Part::Dated);
        }
    }
    if run == 0 || run > 1 && !date_before_number(&tokens[tokens.len() - run..]) {
        return None;
    }
    let digits = last.len();
    let number: u64 = last.parse().ok()?;
    if digits > NUMBER_DIGITS_MAX && !last.starts_with('0') {
        return None;
    }
    tokens.pop();
    Some(Part::Number { number, behind })
}

/// `20240521` `1`: the date is taken in the next round.
fn date_before_number(run: &[&str]) -> bool {
    is_date(&run[..run.len() - 1])
}

/// How many tokens at the start are a date.
fn leading_date(tokens: &[&str]) -> Option<usize> {
    let run = tokens.iter().take_while(|t| t.bytes().all(|b| b.is_ascii_digit())).count();
    (1..=run).rev().find(|len| is_date(&tokens[..*len]))
}

/// Whether numbers are a date, perhaps with a time: `2026 01 08 17`, `19 04 2024 23 55 00`,
/// `20240521 101500`, or seconds or milliseconds since 1970.
fn is_date(run: &[&str]) -> bool {
    let value = |at: usize, len: usize, min: u32, max: u32| {
        run.get(at).is_some_and(|t| t.len() == len && t.parse().is_ok_and(|n: u32| (min..=max).contains(&n)))
    };
    let year = |at| value(at, 4, 1990, 2100);
    let two = |at, min, max| value(at, 2, min, max);
    let time = |from: usize| run[from.min(run.len())..].iter().all(|t| t.len() <= 6) && run.len() <= from + 4;
    let ymd = year(0) && two(1, 1, 12) && two(2, 1, 31) && time(3);
    let dmy = two(0, 1, 31) && two(1, 1, 31) && year(2) && time(3);
    let first = run.first().copied().unwrap_or_default();
    let part = |from: usize, to: usize| first.get(from..to).and_then(|t| t.parse::<u32>().ok()).unwrap_or(0);
    let packed = matches!(first.len(), 8 | 10 | 12 | 14)
        && (1990..=2100).contains(&part(0, 4))
        && (1..=12).contains(&part(4, 6))
        && (1..=31).contains(&part(6, 8))
        && time(1);
    let epoch = run.len() == 1 && matches!(first.len(), 10 | 13) && (1_000..2_000).contains(&part(0, 4));
    ymd || dmy || packed || epoch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn one_log(names: &[&str]) {
        let first = log_name(names[0]);
        for name in names {
            assert_eq!(log_name(name).stem, first.stem, "{name} and {}", names[0]);
        }
    }

    #[track_caller]
    fn different(names: &[&str]) {
        let mut stems: Vec<_> = names.iter().map(|n| log_name(n).stem).collect();
        stems.sort();
        stems.dedup();
        assert_eq!(stems.len(), names.len(), "{stems:?}");
    }

    #[test]
    fn parts_of_a_rotated_log_share_a_stem() {
        one_log(&["app.log", "app.log.1", "app.1.log.gz", "app.log.2.gz", "app.log.old", "app-prev.log"]);
        one_log(&["app.log", "app.log.2026-01-08", "app-2026-01-08.log", "app.2026-01-08.1.log.zst"]);
        one_log(&["logs.0.txt", "logs.1.txt", "logs.0.txt.gz"]);
        one_log(&["logs.2026-01-08-17.log", "logs.2026-01-08-18.log"]);
        one_log(&["MM_20240521.xlog", "MM_20240521_1.xlog", "MM.mmap3", "MM_20240521.xlog.log"]);
        one_log(&["open-im-sdk-core.2024-09-20", "open-im-sdk-core.2024-09-21"]);
        one_log(&["Signal 2021-01-15--10-12-00-000.log", "Signal 2021-01-16--08-00-01-120.log"]);
        one_log(&["Monal 2026-02-11.rawlog.txt", "Monal 2026-02-12.rawlog.txt"]);
        one_log(&["19_04_2024_23_55_00.txt", "20_04_2024_08_00_00.txt"]);
        one_log(&["logs-0000.log.gz", "logs-0001.log.gz"]);
        one_log(&["app_2026-01-08T17:00:00Z.log", "app_2026-01-09T17:00:00Z.log"]);
    }

    #[test]
    fn other_logs_have_other_stems() {
        different(&["MM_20240521.xlog", "PUSH_20240521.xlog"]);
        different(&["console.log", "console-nse.log", "console-share.log"]);
        different(&["19_04_2024_23_55_00.txt", "19_04_2024_23_55_00_mtproto.txt"]);
        different(&["1.log", "2.log", "3.log"]);
        different(&["case-4711.log", "case-4712.log"]);
        different(&["app 1.0.3.log", "app 1.0.4.log"]);
        different(&["u001.log", "u002.log"]);
        different(&["app.log", "app (1).log"]);
        different(&["bugreport-x-2026-01-08-10-11-12.txt", "bugreport-x-2026-01-09-10-11-12.txt"]);
    }

    #[test]
    fn a_number_behind_the_extension_is_told_from_one_before() {
        assert_eq!(log_name("app.log.2").part, Part::Number { number: 2, behind: true });
        assert_eq!(log_name("app.2.log").part, Part::Number { number: 2, behind: false });
        assert_eq!(log_name("app_20240521_2.log").part, Part::Dated);
        assert_eq!(log_name("app.log").part, Part::Base);
    }

    #[test]
    fn names_that_leave_the_archive_are_made_safe() {
        assert_eq!(sanitised("../../etc/a.log"), ("etc/a.log".to_owned(), true));
        assert_eq!(sanitised("C:\\logs\\a.log"), ("logs/a.log".to_owned(), true));
        assert_eq!(sanitised("./logs//a\u{7}.log"), ("logs/a_.log".to_owned(), false));
        assert_eq!(sanitised("/.."), (NAMELESS.to_owned(), true));
    }

    #[test]
    fn metadata_files_are_known_also_when_compressed() {
        assert!(is_metadata("bugs/x/details.log.gz") && is_metadata("Details.json"));
        assert!(!is_metadata("expect.json") && !is_metadata("x/meta.json.txt"));
    }

    #[test]
    fn hidden_files_are_known_at_any_depth() {
        assert!(is_hidden(".git/config") && is_hidden("a/__MACOSX/b") && is_hidden("a/._b.log"));
        assert!(!is_hidden("a/b.c/d"));
    }
}
