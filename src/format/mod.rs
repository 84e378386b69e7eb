//! Lines -> heads: what comes in is one physical line, what goes out is whether it begins a record
//! and, where somebody asks, its stamp, process, thread, level, tag and message.
//!
//! Each form of log is one file with one [`Grammar`]: a unit struct with `INFO`, a quick check that
//! costs nanoseconds, and a full parse for the few lines that matter. The minimal example to copy
//! is [`brief`]. A new form is one file and one row in [`GRAMMARS`].

pub mod bare;
pub mod brief;
mod bytes;
pub mod console;
pub mod csv;
pub mod deltachat_desktop;
pub mod detect;
pub mod dumpstate;
pub mod element_android;
pub mod element_web;
pub mod form;
pub mod gajim;
pub mod gajim_xml;
pub mod glib;
pub mod json_document;
pub mod jsonl;
pub mod logback;
pub mod logfmt;
pub mod long;
pub mod mars;
pub mod monal;
pub mod nslog;
pub mod openim;
pub mod openim_v2;
pub mod parts;
pub mod preamble;
pub mod raw;
pub mod report;
pub mod shape;
pub mod signal;
pub mod signal_desktop;
pub mod signal_ios;
pub mod stamp;
pub mod stamped;
pub mod studio;
pub mod tdlib;
pub mod telegram;
pub mod threadtime;
pub mod threema;
pub mod tim;
pub mod tracing;
pub mod turbo;
pub mod unified;
pub mod xabber;

pub(crate) use bytes::lossy;
use bytes::{colon, digits_end, find, is_level, part, skip_blanks, trim_end};
use serde_json::Value;
use shape::Shape;
use stamp::Stamp;
use std::sync::LazyLock;

/// A form of log, for `formats` and for rows.
#[derive(Clone, Copy, Debug)]
pub struct FormatInfo {
    /// Stable id.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Where its grammar was read.
    pub reference: &'static str,
}

/// The result of the quick check: where tag and message stand in the line. There is one for every line, so it is one word
/// that stays in a register: from bit 0 on the start of the tag and its end in 16 bits each, equal where the form has none,
/// then the start of the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quick(u64);

impl Quick {
    /// Start and end of the tag, and start of the message; `None` where the tag stands 64 KiB from the start of the line or
    /// further, as none does.
    #[inline]
    #[must_use]
    pub fn new(tag_start: usize, tag_end: usize, message: usize) -> Option<Self> {
        let (tag_start, tag_end) = (u16::try_from(tag_start).ok()?, u16::try_from(tag_end).ok()?);
        Some(Quick(u64::from(tag_start) | u64::from(tag_end) << 16 | u64::from(u32::try_from(message).ok()?) << 32))
    }

    #[inline]
    const fn tag_start(self) -> usize {
        (self.0 & 0xffff) as usize
    }

    #[inline]
    const fn tag_end(self) -> usize {
        (self.0 >> 16 & 0xffff) as usize
    }

    /// Start of the message.
    #[inline]
    #[must_use]
    pub const fn message_start(self) -> usize {
        (self.0 >> 32) as usize
    }

    /// The tag of its line.
    #[inline]
    #[must_use]
    pub fn tag(self, line: &[u8]) -> &[u8] {
        part(line, self.tag_start(), self.tag_end())
    }

    /// Its line from the tag on.
    #[inline]
    #[must_use]
    pub fn from_tag(self, line: &[u8]) -> &[u8] {
        line.get(self.tag_start()..).unwrap_or_default()
    }

    /// The message of its line.
    #[inline]
    #[must_use]
    pub fn message(self, line: &[u8]) -> &[u8] {
        line.get(self.message_start()..).unwrap_or_default()
    }
}

/// A parsed head.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    /// The stamp, if the line has one that can be read.
    pub stamp: Option<Stamp>,
    /// Level as one of `V D I W E F`, or 0.
    pub level: u8,
    /// Process id as written.
    pub pid: &'a [u8],
    /// Thread id or name as written.
    pub tid: &'a [u8],
    /// App version that the line itself states.
    pub version: &'a [u8],
    /// Tag, trimmed.
    pub tag: &'a [u8],
    /// Message.
    pub message: &'a [u8],
}

/// The grammar of one form. Both functions take a physical line without its line end and never
/// panic; `parse` gives `Some` wherever `quick` does.
pub trait Grammar: Sync {
    /// What the form is.
    fn info(&self) -> &FormatInfo;
    /// Whether the line begins a record.
    fn quick(&self, line: &[u8]) -> Option<Quick>;
    /// The same, of a line that nearly always begins like the head before it.
    fn quick_alike(&self, line: &[u8], _shape: &mut Shape) -> Option<Quick> {
        self.quick(line)
    }
    /// The heads of at most 64 lines, each given by where it begins and ends: a bit for each that has one.
    fn heads(&self, bytes: &[u8], lines: &[(usize, usize)], shape: &mut Shape, heads: &mut [Quick]) -> u64 {
        let mut headed = 0;
        for ((number, (start, end)), head) in lines.iter().enumerate().zip(heads) {
            if let Some(quick) = self.quick_alike(&bytes[*start..*end], shape) {
                *head = quick;
                headed |= 1 << number;
            }
        }
        headed
    }
    /// All parts of the head.
    fn parse<'a>(&self, line: &'a [u8]) -> Option<Head<'a>>;
    /// All parts of the head, and the object of its line, if records are objects.
    fn parse_with_object<'a>(&self, line: &'a [u8]) -> Option<(Head<'a>, Option<Value>)> {
        Some((self.parse(line)?, self.object(line)))
    }
    /// The form under whose id profiles ask for its records.
    fn profile_id(&self) -> &'static str {
        self.info().id
    }
    /// Whether records are objects, matched by field.
    fn is_json(&self) -> bool {
        false
    }
    /// The object of a record's head line.
    fn object(&self, _line: &[u8]) -> Option<Value> {
        None
    }
    /// The bytes that a head may begin with.
    fn first(&self) -> &'static [u8];
    /// Whether heads are so plain that they only count in documents of this form.
    fn only_at_home(&self) -> bool {
        false
    }
    /// Whether single lines show the form; if not, something else in the document does.
    fn told_by_lines(&self) -> bool {
        true
    }
    /// Whether a document of this form is one report, told by its first line.
    fn is_report(&self) -> bool {
        false
    }
    /// The stamp that stands below the head of a record.
    fn stamp_within(&self, _text: &[u8]) -> Option<Stamp> {
        None
    }
    /// Lines that must be detected as this form and as no other.
    fn samples(&self) -> &'static [&'static str];
}

/// Every form, in the order in which ties of detection are broken.
pub const GRAMMARS: &[&dyn Grammar] = &[
    &signal::VERSIONED,
    &signal::DATED,
    &threadtime::THREADTIME,
    &threadtime::TIME,
    &long::LONG,
    &studio::STUDIO,
    &brief::BRIEF,
    &bare::PROCESS,
    &bare::THREAD,
    &bare::TAG,
    &mars::MARS,
    &openim::OPENIM,
    &openim_v2::OPENIM_V2,
    &tim::CONSOLE,
    &tim::FILE,
    &tdlib::TDLIB,
    &telegram::TELEGRAM,
    &tracing::TRACING,
    &element_android::ELEMENT_ANDROID,
    &element_web::ELEMENT_WEB,
    &signal_desktop::SIGNAL_DESKTOP,
    &signal_ios::SIGNAL_IOS,
    &logback::LOGBACK,
    &turbo::TURBO,
    &gajim::GAJIM,
    &gajim_xml::GAJIM_XML,
    &glib::GLIB,
    &xabber::XABBER,
    &monal::MONAL,
    &deltachat_desktop::DELTACHAT_DESKTOP,
    &threema::THREEMA,
    &nslog::NSLOG,
    &unified::UNIFIED,
    &unified::DEVICE,
    &console::CONSOLE,
    &jsonl::JSONL,
    &logfmt::LOGFMT,
    &csv::CSV,
    &report::IPS,
    &report::JETSAM,
    &report::CRASH,
    &report::TOMBSTONE,
    &report::ANR,
    &dumpstate::DUMPSTATE,
    &json_document::JSON_DOCUMENT,
    &raw::RAW,
    &stamped::STAMPED,
];

/// For every first byte, the grammars whose heads may begin with it: one bit each.
static BY_FIRST: LazyLock<[u64; 256]> = LazyLock::new(|| {
    let mut masks = [0u64; 256];
    for (id, grammar) in GRAMMARS.iter().enumerate() {
        for byte in grammar.first() {
            masks[usize::from(*byte)] |= 1 << id;
        }
    }
    masks
});

/// The grammars whose heads may begin with a byte: one bit each, by index in [`GRAMMARS`].
#[must_use]
pub fn by_first(byte: u8) -> u64 {
    BY_FIRST[usize::from(byte)]
}

/// Index of a grammar in [`GRAMMARS`].
pub type GrammarId = u8;

/// Forms that one word stands for in a profile: an app that writes to such a log is found in whatever way the log is printed.
pub const FAMILIES: &[(&str, &[&str])] = &[
    (
        "logcat",
        &[
            "logcat-threadtime",
            "logcat-time",
            "logcat-brief",
            "logcat-process",
            "logcat-tag",
            "logcat-thread",
            "logcat-long",
            "logcat-studio",
        ],
    ),
    ("apple", &["apple-nslog", "apple-unified", "apple-device", "apple-console"]),
];

/// Whether a form is the one of this name, or of the family of this name.
#[must_use]
pub fn is_of(form: &str, name: &str) -> bool {
    form == name || FAMILIES.iter().any(|(family, forms)| *family == name && forms.contains(&form))
}

/// The known forms.
#[must_use]
pub fn formats() -> Vec<FormatInfo> {
    let mut all: Vec<_> = GRAMMARS.iter().map(|g| *g.info()).collect();
    all.push(FormatInfo {
        id: "xlog",
        title: "Mars binary log container (.xlog, .mmap3)",
        reference: "https://github.com/Tencent/mars (mars/xlog)",
    });
    all
}

/// The index of the grammar with this id.
#[must_use]
pub fn grammar_by_id(id: &str) -> Option<GrammarId> {
    GRAMMARS.iter().position(|g| g.info().id == id).and_then(|i| GrammarId::try_from(i).ok())
}

/// The level letter of a word such as `WARN` or `error`, or 0.
#[must_use]
pub fn level_of(word: &[u8]) -> u8 {
    match word.first().map(u8::to_ascii_uppercase) {
        Some(b'T' | b'V') => b'V',
        Some(b'D') => b'D',
        Some(b'I' | b'N') => b'I',
        Some(b'W') => b'W',
        Some(b'E') => b'E',
        Some(b'F' | b'A' | b'C' | b'P') => b'F',
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_made_of_known_forms() {
        for (family, forms) in FAMILIES {
            assert!(grammar_by_id(family).is_none(), "{family}");
            assert!(forms.iter().all(|form| grammar_by_id(form).is_some() && is_of(form, family) && form.starts_with(family)), "{family}");
        }
        assert!(!is_of("jsonl", "logcat"));
    }

    #[test]
    fn every_sample_is_read_by_its_own_grammar() {
        for g in GRAMMARS {
            for sample in g.samples() {
                let quick = g.quick(sample.as_bytes());
                let head = g.parse(sample.as_bytes());
                assert!(quick.is_some() && head.is_some(), "{}: {sample}", g.info().id);
                let (q, h) = (quick.unwrap(), head.unwrap());
                if !g.is_json() {
                    assert_eq!(q.tag(sample.as_bytes()), h.tag, "{}: {sample}", g.info().id);
                    assert!(q.message(sample.as_bytes()).starts_with(h.message), "{sample}");
                }
            }
        }
    }

    /// Lines are only tried on the forms whose heads may begin as they do.
    #[test]
    fn no_head_begins_with_a_byte_that_its_form_does_not_name() {
        for g in GRAMMARS {
            for sample in g.samples() {
                for byte in 0..=255 {
                    let mut line = sample.as_bytes().to_vec();
                    line[0] = byte;
                    assert!(g.quick(&line).is_none() || g.first().contains(&byte), "{}: {byte:#x} in {sample}", g.info().id);
                }
            }
        }
    }

    /// The id that some text is detected as.
    fn detected(text: &str) -> &'static str {
        detect::detect(text.as_bytes()).best.map_or("unknown", |(id, _)| GRAMMARS[id as usize].info().id)
    }

    /// What stands around the lines of a log in real exports and must not change its form.
    type Wrap = fn(&[&str]) -> String;
    const WRAPPINGS: [(&str, Wrap); 5] = [
        ("as they are", |lines| lines.join("\n")),
        ("with CRLF", |lines| lines.join("\r\n")),
        ("each by itself, three times", |lines| lines.iter().flat_map(|l| [*l; 3]).collect::<Vec<_>>().join("\n")),
        ("below a letter", |lines| format!("Dear support,\n\nmy message was not sent:\n\n{}", [lines, lines, lines].concat().join("\n"))),
        ("cut at the end", |lines| {
            let text = [lines, lines].concat().join("\n");
            String::from_utf8_lossy(&text.as_bytes()[..text.len() - 9]).into_owned()
        }),
    ];

    /// Form of the samples -> form that they were taken for, off the diagonal.
    #[test]
    fn the_confusion_matrix_of_all_samples_is_diagonal() {
        let mut confused = Vec::new();
        let mut cells = 0;
        for g in GRAMMARS.iter().filter(|g| !g.samples().is_empty() && !g.is_report()) {
            for (wrapping, wrap) in WRAPPINGS {
                cells += 1;
                let found = detected(&wrap(g.samples()));
                if found != g.info().id {
                    confused.push(format!("{} {wrapping}: {found}", g.info().id));
                }
            }
        }
        for g in GRAMMARS.iter().filter(|g| !g.samples().is_empty() && g.is_report()) {
            cells += 1;
            let found = detected(&g.samples().join("\n"));
            if found != g.info().id {
                confused.push(format!("{} as they are: {found}", g.info().id));
            }
        }
        assert!(cells > 150, "{cells}");
        assert!(confused.is_empty(), "{confused:#?}");
    }

    /// Heads that a line of one form shares with another one: the more exact grammar stands first.
    #[test]
    fn a_single_line_of_a_form_is_of_that_form() {
        let mut confused = Vec::new();
        for g in GRAMMARS.iter().filter(|g| !g.is_report() && g.info().id != "csv") {
            for sample in g.samples() {
                let found = detected(sample);
                if found != g.info().id {
                    confused.push(format!("{} taken for {found}: {sample}", g.info().id));
                }
            }
        }
        assert!(confused.is_empty(), "{confused:#?}");
    }

    #[test]
    fn cut_lines_never_panic() {
        for g in GRAMMARS {
            for sample in g.samples() {
                for end in 0..sample.len() {
                    let line = &sample.as_bytes()[..end];
                    assert_eq!(g.quick(line).is_some(), g.parse(line).is_some(), "{:?}", &sample[..0]);
                }
            }
        }
    }
}
