//! Uploads with a secret in each place, and the list of what was planted where.

use super::kind::Kind;
use super::logs::{Form, Message};
use super::place::Place;
use super::random::Random;
use super::shape::{Secret, secret};
use super::uploads::{headers, metadata, names};
use std::io::Write;

/// Which part of an upload holds a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Position {
    /// The line that says why a message was not sent.
    Failure,
    /// A line of the same moment.
    Beside,
    /// The end of the failing record, or a line that continues it.
    Below,
    /// The message's own text, where the form has it.
    Content,
    /// The form's own field for a person or a room.
    Receiver,
    /// The text of an exception that ends the process.
    Crash,
    /// Where an error code stands.
    Code,
    /// What the log says of app and device.
    Header,
    /// A field of the upload's metadata.
    Metadata,
    /// A line of no form.
    Unparsed,
    FileName,
    Directory,
    Member,
    /// The name of a file that cannot be read.
    Damaged,
}

/// One secret and where it is.
#[derive(Clone, Debug)]
pub struct Plant {
    pub secret: Secret,
    pub place: Option<Place>,
    pub position: Position,
    pub form: Option<Form>,
    /// The file or field.
    pub at: String,
    /// What was written.
    pub written: String,
}

/// Files by path, and what they hide.
#[derive(Default)]
pub struct Garden {
    pub files: Vec<(String, Vec<u8>)>,
    pub plants: Vec<Plant>,
}

/// How many messages a log has.
const PER_LOG: usize = 120;

/// A garden. `share` of all combinations of kind, place and form is planted (1: all).
pub fn plant(seed: u64, share: usize) -> Garden {
    let mut garden = Garden::default();
    let mut random = Random(seed);
    let mut logs: Vec<(Form, String, usize, usize)> = Form::ALL.map(|form| (form, form.header(), 0, 0)).into();
    for kind in Kind::ALL {
        for place in Place::ALL {
            for (index, form) in Form::ALL.into_iter().enumerate() {
                if !random.chance(share) {
                    continue;
                }
                let Some(secret) = fitting(kind, place, &mut random) else { continue };
                let position = random.pick(&[Position::Failure, Position::Failure, Position::Failure, Position::Beside, Position::Below]);
                let written = place.statement(&secret, &mut random);
                // A record is one line: what follows a line feed would be another one.
                let fields = place.fields(&secret).filter(|_| form.has_fields() && position == Position::Failure);
                let failure = match position {
                    Position::Failure if fields.is_some() => "timeout, request follows",
                    Position::Failure => &written,
                    _ => "timeout after 15000 ms",
                };
                let of = |wanted: Position, other: &'static str| if position == wanted { written.clone() } else { other.to_owned() };
                let (_, text, number, file) = &mut logs[index];
                text.push_str(&form.message(&Message {
                    number: *number,
                    failure,
                    fields: fields.as_ref(),
                    beside: &of(Position::Beside, "queue length 3"),
                    below: &of(Position::Below, ""),
                    content: "...",
                    receiver: "peer",
                }));
                *number += 1;
                let at = path(form, *file);
                garden.plants.push(Plant { secret, place: Some(place), position, form: Some(form), at, written });
                if *number >= PER_LOG {
                    garden.files.push((path(form, *file), std::mem::replace(text, form.header()).into_bytes()));
                    (*number, *file) = (0, *file + 1);
                }
            }
        }
    }
    own_fields(&mut garden, &mut random, &mut logs);
    for (form, text, number, file) in logs {
        if number > 0 {
            garden.files.push((path(form, file), text.into_bytes()));
        }
    }
    crashes(&mut garden, &mut random);
    codes(&mut garden, &mut random);
    headers(&mut garden, &mut random);
    metadata(&mut garden, &mut random);
    unparsed(&mut garden, &mut random);
    // Another week, for comparisons.
    let message = Message { number: 1, failure: "timeout", fields: None, beside: "x", below: "", content: "...", receiver: "peer" };
    let text = Form::JsonLines.header() + &Form::JsonLines.message(&message);
    garden.files.push(("week-before/client.jsonl".to_owned(), text.replace("2026-11-18", "2026-11-11").into_bytes()));
    names(&mut garden, &mut random);
    garden
}

fn path(form: Form, file: usize) -> String {
    format!("{form:?}-{file:03}/{}", form.file_name())
}

/// A secret of a kind that fits a place, if any of some does.
fn fitting(kind: Kind, place: Place, random: &mut Random) -> Option<Secret> {
    (0..12).map(|_| secret(kind, random)).find(|s| place.takes(s))
}

/// Texts of messages and ids of people in the forms' own fields.
fn own_fields(garden: &mut Garden, random: &mut Random, logs: &mut [(Form, String, usize, usize)]) {
    use Kind::*;
    for (form, text, number, file) in logs {
        let receivers: &[Kind] = match form {
            Form::SignalAndroid | Form::SignalDesktopJson | Form::SignalDesktopText => &[PhoneE164, Uuid],
            Form::Smack | Form::Conversations | Form::Gajim => &[Jid],
            Form::ElementWeb | Form::ElementAndroid | Form::ElementX | Form::ElementIos => &[MatrixRoom],
            Form::Mattermost | Form::Stamped => &[PhoneCn, Email],
            _ => &[ImUser, PhoneCn],
        };
        for _ in 0..10 {
            let contents = [MessageText, PhoneCn].into_iter().filter(|_| form.has_content());
            for (position, kind) in receivers.iter().map(|k| (Position::Receiver, *k)).chain(contents.map(|k| (Position::Content, k))) {
                let secret = secret(kind, random);
                let value = secret.value.clone();
                let (content, receiver) = if position == Position::Content { (value.as_str(), "peer") } else { ("...", value.as_str()) };
                let message = Message {
                    number: *number,
                    failure: "timeout after 15000 ms",
                    fields: None,
                    beside: "queue length 3",
                    below: "",
                    content,
                    receiver,
                };
                text.push_str(&form.message(&message));
                *number += 1;
                garden.plants.push(Plant {
                    secret,
                    place: None,
                    position,
                    form: Some(*form),
                    at: path(*form, *file),
                    written: value.clone(),
                });
            }
        }
    }
}

/// Crashes whose text, cause and frames hold a secret, while a message is on its way.
fn crashes(garden: &mut Garden, random: &mut Random) {
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        for place in [Place::Bare, Place::KeyValue, Place::DoubleQuoted, Place::ToString, Place::Cjk, Place::LineEnd] {
            let Some(secret) = fitting(kind, place, random) else { continue };
            let written = place.statement(&secret, random);
            let (minute, at) = (number % 60, format!("crash-{kind:?}-{place:?}/log.txt"));
            let p = |s: usize, text: &str| format!("11-18 11:{minute:02}:{s:02}.000  6120  6188 {text}\n");
            let text = Form::Logcat.header()
                + &p(1, "I TernSend: enqueue msg_id=c-1 kind=text")
                + &p(2, "E AndroidRuntime: FATAL EXCEPTION: main")
                + &p(2, "E AndroidRuntime: Process: com.example.tern, PID: 6120")
                + &p(2, &format!("E AndroidRuntime: java.lang.IllegalStateException: {written}"))
                + &p(2, "E AndroidRuntime: \tat com.example.tern.Send.run(Send.kt:42)")
                + &p(3, "I Process : Sending signal. PID: 6120 SIG: 9");
            garden.files.push((at.clone(), text.into_bytes()));
            garden.plants.push(Plant { secret, place: Some(place), position: Position::Crash, form: Some(Form::Logcat), at, written });
        }
    }
}

/// Secrets where a code is looked for.
fn codes(garden: &mut Garden, random: &mut Random) {
    for form in [Form::Logcat, Form::JsonLines, Form::OpenImJson, Form::Telemetry, Form::TencentIm, Form::Logfmt] {
        let (mut text, at) = (form.header(), format!("codes-{form:?}/{}", form.file_name()));
        for (number, kind) in Kind::ALL.into_iter().filter(|k| k.tells_itself()).enumerate() {
            let secret = secret(kind, random);
            let written = format!("errCode={} timeout", secret.value);
            let key = if form == Form::Telemetry { "error.code" } else { "code" };
            let fields = serde_json::json!({ key: secret.value });
            text.push_str(&form.message(&Message {
                number,
                failure: &written,
                fields: Some(&fields),
                beside: "queue length 3",
                below: "",
                content: "...",
                receiver: "peer",
            }));
            garden.plants.push(Plant { secret, place: None, position: Position::Code, form: Some(form), at: at.clone(), written });
        }
        garden.files.push((at, text.into_bytes()));
    }
}

fn unparsed(garden: &mut Garden, random: &mut Random) {
    let mut text = Form::Stamped.message(&Message {
        number: 0,
        failure: "timeout",
        fields: None,
        beside: "x",
        below: "",
        content: "...",
        receiver: "peer",
    });
    for kind in Kind::ALL {
        for place in [Place::Bare, Place::KeyValue, Place::KeyColon, Place::Cjk, Place::LineStart] {
            let Some(secret) = fitting(kind, place, random) else { continue };
            let written = place.statement(&secret, random);
            text.push_str(&format!("~~ {written}\n"));
            garden.plants.push(Plant {
                secret,
                place: Some(place),
                position: Position::Unparsed,
                form: None,
                at: "unparsed/notes.txt".to_owned(),
                written,
            });
        }
    }
    garden.files.push(("unparsed/notes.txt".to_owned(), text.into_bytes()));
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}
