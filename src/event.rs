//! The one row of the whole tool, column by column, from which every output takes its schema.
//!
//! What comes in are judged messages, incidents and receipts; what goes out is [`EventRow`], and
//! [`COLUMNS`] with one [`Value`] per column, which NDJSON, CSV, Parquet and Arrow all read. One
//! flat schema: columns that a kind of row does not have are null.

use crate::taxonomy::{Cause, Clock, Kind, Outcome, Phase, Role, Status, Trust};

/// A cited line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// File relative to the path given, `/` between parts, members as `a.zip!/b.log`.
    pub file: String,
    /// 1-based physical line in the decoded text.
    pub line: u64,
    /// Byte offset of the line's start in the decoded text.
    pub offset: u64,
    /// What the line does for the verdict.
    pub role: Option<Role>,
    /// The physical line, without its line end.
    pub text: String,
}

/// A step of a message's life, as rows show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which step.
    pub phase: Phase,
    /// When, in µs since 1970 UTC.
    pub at: Option<i64>,
    /// 1-based line.
    pub line: u64,
}

/// A record near a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Near {
    /// File, as [`Evidence`] cites it.
    pub file: String,
    /// 1-based physical line in the decoded text.
    pub line: u64,
    /// How long before the message's last statement it was written, ms; negative: after it.
    pub before_ms: i64,
    /// Its tag, empty if none.
    pub tag: String,
    /// What it says.
    pub text: String,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// UTF-8 text.
    Str,
    /// 64-bit signed integer.
    Int64,
    /// 32-bit signed integer.
    Int32,
    /// True or false.
    Bool,
    /// Microseconds since 1970 UTC.
    Timestamp,
    /// List of text.
    StrList,
    /// List of `{file, line, offset, role, text}`.
    EvidenceList,
    /// List of `{phase, at, line}`.
    StepList,
    /// List of `{file, line, before_ms, tag, text}`.
    NearList,
}

/// A column of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name, the same in every format.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// What it means.
    pub doc: &'static str,
}

/// The value of one cell, borrowed from its row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Absent.
    Null,
    /// Text.
    Str(&'a str),
    /// Integer (`Int64` and `Int32`).
    Int(i64),
    /// Boolean.
    Bool(bool),
    /// Microseconds since 1970 UTC.
    Timestamp(i64),
    /// List of text.
    StrList(&'a [String]),
    /// Cited lines.
    Evidence(&'a [Evidence]),
    /// Steps.
    Steps(&'a [Step]),
    /// Records near a message.
    Near(&'a [Near]),
}

/// The value of one cell as a file gives it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Given<'a> {
    /// Absent.
    #[default]
    Null,
    /// Text.
    Str(&'a str),
    /// Integer, and µs since 1970 UTC.
    Int(i64),
    /// Boolean.
    Bool(bool),
    /// List of text.
    StrList(Vec<String>),
    /// Cited lines.
    Evidence(Vec<Evidence>),
    /// Steps.
    Steps(Vec<Step>),
    /// Records near a message.
    Near(Vec<Near>),
}

/// A field of [`EventRow`] that takes a cell in place: what is the same as before is neither copied nor parsed again.
/// `None` where the cell is not of its kind.
trait Take {
    fn take_cell(&mut self, given: Given<'_>) -> Option<()>;
}

impl Take for String {
    fn take_cell(&mut self, given: Given<'_>) -> Option<()> {
        match given {
            Given::Null => self.clear(),
            Given::Str(text) => replace(self, text),
            _ => return None,
        }
        Some(())
    }
}

/// Keeps the buffer, and the text where it is the same.
fn replace(own: &mut String, text: &str) {
    if own != text {
        own.clear();
        own.push_str(text);
    }
}

impl Take for Option<String> {
    fn take_cell(&mut self, given: Given<'_>) -> Option<()> {
        match (given, self.as_mut()) {
            (Given::Null, _) => *self = None,
            (Given::Str(text), Some(own)) => replace(own, text),
            (Given::Str(text), None) => *self = Some(text.to_owned()),
            _ => return None,
        }
        Some(())
    }
}

impl Take for Kind {
    fn take_cell(&mut self, given: Given<'_>) -> Option<()> {
        let Given::Str(text) = given else { return None };
        if self.as_str() != text {
            *self = text.parse().ok()?;
        }
        Some(())
    }
}

macro_rules! take_words {
    ($($word:ty),+) => { $(
        impl Take for Option<$word> {
            fn take_cell(&mut self, given: Given<'_>) -> Option<()> {
                match given {
                    Given::Null => *self = None,
                    Given::Str(text) if self.is_some_and(|own| own.as_str() == text) => {}
                    Given::Str(text) => *self = Some(text.parse().ok()?),
                    _ => return None,
                }
                Some(())
            }
        }
    )+ };
}

take_words!(Cause, Clock, Outcome, Trust, Status);

macro_rules! take {
    ($($field:ty, $given:pat => $value:expr;)+) => { $(
        impl Take for Option<$field> {
            fn take_cell(&mut self, given: Given<'_>) -> Option<()> {
                *self = match given {
                    Given::Null => None,
                    $given => Some($value),
                    _ => return None,
                };
                Some(())
            }
        }
    )+ };
}

take! {
    i64, Given::Int(n) => n;
    i32, Given::Int(n) => i32::try_from(n).ok()?;
    bool, Given::Bool(on) => on;
    Micros, Given::Int(us) => Micros(us);
    Vec<String>, Given::StrList(items) => items;
    Vec<Evidence>, Given::Evidence(items) => items;
    Vec<Step>, Given::Steps(items) => items;
    Vec<Near>, Given::Near(items) => items;
}

/// What a field of [`EventRow`] gives as a cell.
trait Cell {
    fn cell(&self) -> Value<'_>;
}

impl Cell for String {
    fn cell(&self) -> Value<'_> {
        Value::Str(self)
    }
}

impl Cell for Option<String> {
    fn cell(&self) -> Value<'_> {
        self.as_deref().map_or(Value::Null, Value::Str)
    }
}

impl Cell for Option<i64> {
    fn cell(&self) -> Value<'_> {
        self.map_or(Value::Null, Value::Int)
    }
}

impl Cell for Option<i32> {
    fn cell(&self) -> Value<'_> {
        self.map_or(Value::Null, |v| Value::Int(v.into()))
    }
}

impl Cell for Option<bool> {
    fn cell(&self) -> Value<'_> {
        self.map_or(Value::Null, Value::Bool)
    }
}

/// A time in µs since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

impl Cell for Option<Micros> {
    fn cell(&self) -> Value<'_> {
        self.map_or(Value::Null, |v| Value::Timestamp(v.0))
    }
}

impl Cell for Option<Vec<String>> {
    fn cell(&self) -> Value<'_> {
        self.as_deref().map_or(Value::Null, Value::StrList)
    }
}

impl Cell for Option<Vec<Evidence>> {
    fn cell(&self) -> Value<'_> {
        self.as_deref().map_or(Value::Null, Value::Evidence)
    }
}

impl Cell for Option<Vec<Step>> {
    fn cell(&self) -> Value<'_> {
        self.as_deref().map_or(Value::Null, Value::Steps)
    }
}

impl Cell for Option<Vec<Near>> {
    fn cell(&self) -> Value<'_> {
        self.as_deref().map_or(Value::Null, Value::Near)
    }
}

macro_rules! word_cells {
    ($($word:ty),+) => { $(
        impl Cell for Option<$word> {
            fn cell(&self) -> Value<'_> {
                self.map_or(Value::Null, |v| Value::Str(v.as_str()))
            }
        }
    )+ };
}

word_cells!(Cause, Clock, Outcome, Trust, Status);

impl Cell for Kind {
    fn cell(&self) -> Value<'_> {
        Value::Str(self.as_str())
    }
}

macro_rules! row {
    ($($name:ident: $field:ty, $kind:ident, $doc:literal;)+) => {
        /// A row: a message, an action, an incident, a neighbourhood, or the receipt of an upload.
        #[derive(Clone, Debug)]
        #[allow(clippy::struct_excessive_bools, reason = "columns, each by itself")]
        pub struct EventRow { $(#[doc = $doc] pub $name: $field,)+ }

        /// The schema, in column order.
        pub const COLUMNS: &[Column] = &[
            $(Column { name: stringify!($name), kind: Type::$kind, doc: $doc },)+
        ];

        impl EventRow {
            /// The cells of the row, in the order of [`COLUMNS`].
            #[must_use]
            pub fn cells(&self) -> Vec<Value<'_>> {
                vec![$(self.$name.cell(),)+]
            }

            /// Takes a cell into the column at a place of [`COLUMNS`].
            ///
            /// # Errors
            /// The name of the column, whose cell is not of its kind.
            pub fn take(&mut self, column: usize, given: Given<'_>) -> Result<(), &'static str> {
                let mut place = 0;
                $(
                    if column == place {
                        return self.$name.take_cell(given).ok_or(stringify!($name));
                    }
                    place += 1;
                )+
                let _ = place;
                Ok(())
            }

            /// An empty row of a kind.
            #[must_use]
            pub fn new(kind: Kind) -> Self {
                let empty = Blank;
                let mut row = EventRow { $($name: empty.make(),)+ };
                row.kind = kind;
                row
            }
        }
    };
}

/// Makes the empty value of each field type.
struct Blank;

trait Make<T> {
    fn make(&self) -> T;
}

impl<T> Make<Option<T>> for Blank {
    fn make(&self) -> Option<T> {
        None
    }
}

impl Make<String> for Blank {
    fn make(&self) -> String {
        String::new()
    }
}

impl Make<Kind> for Blank {
    fn make(&self) -> Kind {
        Kind::Message
    }
}

row! {
    bundle: String, Str, "first 16 hex digits of the BLAKE3 hash over the upload's members";
    bundle_path: String, Str, "where the upload was found";
    kind: Kind, Str, "message, action, crash, anr, kill, notification_missed, incompatibility, feature_missing, neighbourhood or upload";
    key: Option<String>, Str, "the message's id in the log; a pseudonym while redaction is on";
    message_id: Option<String>, Str, "the same message in every upload that shows it";
    content: Option<String>, Str, "text, media, voice or other";
    conversation: Option<String>, Str, "direct or group";
    size_bytes: Option<i64>, Int64, "size of the message or attachment";
    recipients: Option<i64>, Int64, "recipients of a group message";
    recipients_failed: Option<i64>, Int64, "recipients that did not get it";
    outcome: Option<Outcome>, Str, "sent, delayed, unsent or pending";
    cause: Option<Cause>, Str, "class.reason";
    trust: Option<Trust>, Str, "how the cause is tied to the message";
    rule: Option<String>, Str, "id of the rule that gave the cause";
    rules: Option<String>, Str, "version of the rule set";
    also: Option<Vec<String>>, StrList, "rival or contributing causes, best first";
    attributable: Option<bool>, Bool, "a build can fix it";
    code: Option<String>, Str, "error code as logged";
    until: Option<Micros>, Timestamp, "end of a sanction";
    retry_after_ms: Option<i64>, Int64, "wait that the server asked for";
    evidence: Option<Vec<Evidence>>, EvidenceList, "1 to 6 cited lines, the proving one first";
    steps: Option<Vec<Step>>, StepList, "the life cycle";
    signature: Option<String>, Str, "crashes and hangs: exception or signal plus top application frame";
    incident: Option<String>, Str, "id of the incident that cost this message";
    app: Option<String>, Str, "service.name";
    app_version: Option<String>, Str, "service.version";
    app_build: Option<String>, Str, "app.build_id";
    channel: Option<String>, Str, "release channel";
    device_manufacturer: Option<String>, Str, "device.manufacturer";
    device_model: Option<String>, Str, "device.model.identifier, without the maker";
    device_class: Option<String>, Str, "phone, tablet, desktop or emulator";
    os: Option<String>, Str, "os.name: android, ios, windows, linux or macos";
    os_version: Option<String>, Str, "os.version";
    os_build: Option<String>, Str, "build of the operating system";
    abi: Option<String>, Str, "processor interface";
    network_type: Option<String>, Str, "wifi, cell, wired, none or unknown: the network that decided the outcome";
    network_subtype: Option<String>, Str, "lte, nr …";
    carrier: Option<String>, Str, "mobile operator";
    vpn: Option<bool>, Bool, "a VPN was up";
    region: Option<String>, Str, "country or region";
    user: Option<String>, Str, "pseudonym of the account or installation";
    started_at: Option<Micros>, Timestamp, "first statement about it";
    ended_at: Option<Micros>, Timestamp, "last statement about it";
    clock: Option<Clock>, Str, "how sure the times are";
    latency_ms: Option<i64>, Int64, "enqueue to acknowledgement";
    queue_ms: Option<i64>, Int64, "waiting in the queue";
    offline_ms: Option<i64>, Int64, "waiting for a network";
    encrypt_ms: Option<i64>, Int64, "encrypting";
    upload_ms: Option<i64>, Int64, "uploading its attachment";
    server_ms: Option<i64>, Int64, "waiting for the server";
    tries: Option<i32>, Int32, "tries seen";
    upload: Option<String>, Str, "receipt: name of the upload as handed over";
    first_at: Option<Micros>, Timestamp, "receipt: first time stamp";
    last_at: Option<Micros>, Timestamp, "receipt: last time stamp";
    days_seen: Option<i64>, Int64, "receipt: days with any record";
    files: Option<i64>, Int64, "receipt: members read";
    bytes: Option<i64>, Int64, "receipt: decoded bytes";
    lines: Option<i64>, Int64, "receipt: physical lines = records + continuations + blank + unread";
    records: Option<i64>, Int64, "receipt: lines that begin a record";
    continuations: Option<i64>, Int64, "receipt: lines that continue a record";
    blank: Option<i64>, Int64, "receipt: blank lines";
    unread: Option<i64>, Int64, "receipt: lines of no known form";
    sent: Option<i64>, Int64, "receipt: messages sent";
    delayed: Option<i64>, Int64, "receipt: messages delayed";
    unsent: Option<i64>, Int64, "receipt: messages unsent";
    pending: Option<i64>, Int64, "receipt: messages pending";
    incidents: Option<i64>, Int64, "receipt: incidents";
    formats: Option<Vec<String>>, StrList, "receipt: formats found";
    status: Option<Status>, Str, "receipt: ok, partial, empty, quarantined, unsupported, unreadable, crashed or timeout";
    detail: Option<String>, Str, "receipt: why it is not ok";
    near: Option<Vec<Near>>, NearList, "neighbourhood: the records around a message";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_row_has_a_cell_for_every_column() {
        let row = EventRow::new(Kind::Upload);
        assert_eq!(row.cells().len(), COLUMNS.len());
        assert_eq!(row.kind, Kind::Upload);
    }

    #[test]
    fn column_names_are_unique() {
        let mut names: Vec<_> = COLUMNS.iter().map(|c| c.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COLUMNS.len());
    }
}
