//! A profile to begin with, made from a log: what the generic profile found in it, as steps and rules of the app's
//! own, with the lines as examples and as a case.

use super::each::each;
use super::{Reader, Silent, Tale};
use crate::cause::row;
use crate::event::EventRow;
use crate::format::{GRAMMARS, jsonl};
use crate::profile::syntax::AppKind;
use crate::profile::{ProfileError, Profiles};
use crate::redact::{Door, Key};
use crate::scan::{Mark, Scanner, scan};
use crate::session;
use crate::settings::Settings;
use crate::taxonomy::{Kind, Outcome, Phase};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Steps that are taken from a log; further ones are the author's to add.
const STEPS_MAX: usize = 12;
/// Rules likewise.
const RULES_MAX: usize = 6;
/// Messages whose lines make the case.
const CASE_MESSAGES: usize = 3;
/// Lines of the case.
const CASE_LINES: usize = 40;
/// What is made where no log is given.
const PLAIN: &str = include_str!("stub.toml");

/// A profile to begin with.
#[derive(Clone, Debug)]
pub struct Stub {
    /// Its text.
    pub toml: String,
    /// How many steps it has.
    pub steps: usize,
    /// How many rules.
    pub rules: usize,
}

/// A statement of the log: its phase (`None`: a cause), tag and expression, with an example.
type Statement = (Option<Phase>, String, String);

/// Makes a profile for an app that nobody has profiled, from the lines of a log if there is one.
///
/// # Errors
/// That the log shows no step of a message, or that what was made does not hold.
pub fn stub(id: &str, name: &str, paths: &[PathBuf], settings: &Settings, profiles: &Profiles, key: &Key) -> anyhow::Result<Stub> {
    if paths.is_empty() {
        return finished(PLAIN.replace("{id}", id).replace("{name}", name), profiles);
    }
    let door = Door::new(true, key.clone());
    let found = gather(paths, settings, profiles, &door);
    if found.statements.is_empty() {
        anyhow::bail!(
            "no line shows a message by its id: the generic profile has nothing to begin with (leave --from out for an empty one)"
        );
    }
    let mut toml = head(id, name, &found);
    let mut counts: BTreeMap<Option<Phase>, usize> = BTreeMap::new();
    for ((phase, tag, pattern), example) in &found.statements {
        let count = counts.entry(*phase).or_default();
        *count += 1;
        if phase.is_none() && *count > RULES_MAX || counts.iter().filter(|(p, _)| p.is_some()).map(|(_, n)| n).sum::<usize>() > STEPS_MAX {
            continue;
        }
        let number = counts[phase];
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        toml.push_str(&statement(id, *phase, &suffix, tag, pattern, example));
    }
    if !found.case.is_empty() {
        let log = found.case.iter().fold(String::new(), |mut log, line| {
            let _ = writeln!(log, "{line}");
            log
        });
        let outcome = outcome_of(&toml, &log, profiles);
        let _ = write!(toml, "\n[[case]]\nname = \"lines that this profile was made from\"\nlog = {}\n", literal(&log));
        toml.push_str(&outcome);
    }
    finished(toml, profiles)
}

/// Checks what was made as `profiles check` would.
fn finished(toml: String, profiles: &Profiles) -> anyhow::Result<Stub> {
    let with = profiles.with(vec![("the new profile".to_owned(), toml.clone())]).map_err(|errors| broken(&errors))?;
    let id = crate::profile::parse("", &toml).map(|f| f.app.id).unwrap_or_default();
    let own = |p: &ProfileError| p.file == "the new profile";
    let mut problems: Vec<ProfileError> = with.check_examples().into_iter().filter(own).collect();
    problems.extend(super::check_cases(&with).into_iter().filter(own));
    if !problems.is_empty() {
        return Err(broken(&problems));
    }
    let count = |of: fn(&crate::profile::syntax::File) -> usize| with.all.iter().find(|p| p.file.app.id == id).map_or(0, |p| of(&p.file));
    Ok(Stub { steps: count(|f| f.step.len()), rules: count(|f| f.rule.len()), toml })
}

fn broken(errors: &[ProfileError]) -> anyhow::Error {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("the lines do not make a profile that holds:\n{}", lines.join("\n"))
}

/// What a log shows.
#[derive(Default)]
struct Found {
    formats: BTreeSet<&'static str>,
    statements: BTreeMap<Statement, String>,
    case: Vec<String>,
}

fn gather(paths: &[PathBuf], settings: &Settings, profiles: &Profiles, door: &Door) -> Found {
    let reader = Reader::new(settings, profiles, door.clone(), &Silent);
    let mut found = Found::default();
    let mut messages: BTreeSet<String> = BTreeSet::new();
    each(paths, settings, &mut |upload| {
        for document in reader.documents(&upload, &mut Vec::new()).documents {
            let Some(grammar) = document.scanned.grammar else { continue };
            for mark in &document.scanned.marks {
                let is_generic = profiles.profile_of(mark.statement).file.app.kind == AppKind::Generic;
                let Some(id) = mark.get("id_msg").filter(|_| is_generic) else { continue };
                let phase = profiles.step(mark.statement).map(|s| s.phase);
                let Some((tag, pattern, example)) = expression(mark, id, grammar, door) else { continue };
                found.formats.insert(GRAMMARS[grammar as usize].info().id);
                found.statements.entry((phase, tag, pattern)).or_insert(example);
                let known = messages.len();
                if known < CASE_MESSAGES {
                    messages.insert(id.to_owned());
                }
                if messages.contains(id) && found.case.len() < CASE_LINES {
                    let line = door.text(&mark.last_cited().text());
                    if !found.case.contains(&line) {
                        found.case.push(line);
                    }
                }
            }
        }
        ControlFlow::Continue(())
    });
    found
}

/// Tag, expression and example of a line: what varies is left open, and so is what redaction takes out, in the expression
/// as in the example; the message's id is captured.
fn expression(mark: &Mark, id: &str, grammar: u8, door: &Door) -> Option<(String, String, String)> {
    let line = &*mark.last_cited().text();
    let shape = GRAMMARS[grammar as usize];
    if let Some(object) = shape.object(line.as_bytes()) {
        let field = object.as_object()?.iter().find(|(_, v)| jsonl::text(v).as_deref() == Some(id)).map(|(k, _)| k.clone())?;
        let message = jsonl::first(&object, jsonl::MESSAGE_KEYS).and_then(jsonl::text)?;
        let own = open(&door.text(&message), id, "[^\"]+?");
        return Some((String::new(), format!("^{own}\\t.*\"{}\":\\s*\"?(?<id_msg>[\\w.:@-]+)", regex::escape(&field)), door.text(line)));
    }
    let head = shape.parse(line.as_bytes())?;
    let (tag, message) = (String::from_utf8_lossy(head.tag).into_owned(), String::from_utf8_lossy(head.message).into_owned());
    let at = message.find(id)?;
    let (before, after) = (&message[..at], &message[at + id.len()..]);
    let own = |part: &str| open(&door.text(part), id, "\\S+");
    let pattern = format!("{}(?<id_msg>[\\w.:@-]+){}", own(before), own(after));
    let (pattern, example) = (pattern.trim_end().to_owned(), door.text(&message));
    // A part by itself may be redacted otherwise than in its line.
    let holds = regex::Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(&example) && pattern.is_match(&message));
    holds.then_some((tag, pattern, example))
}

/// Names of values that are free text: what follows them differs from line to line.
const SAID: [&str; 9] = ["error", "err", "errmsg", "err_msg", "msg", "message", "reason", "desc", "description"];

/// An expression for a text in which numbers and ids vary; it ends where free text begins.
fn open(text: &str, id: &str, any: &str) -> String {
    let mut pattern = String::new();
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 {
            pattern.push(' ');
        }
        if let Some((name, _)) = word.split_once(['=', ':'])
            && SAID.iter().any(|s| name.trim_start_matches(['[', '(', '"', ',']).eq_ignore_ascii_case(s))
        {
            pattern.push_str(&regex::escape(&word[..=name.len()]));
            break;
        }
        if let Some((before, after)) = word.split_once('<').filter(|(_, after)| after.contains('>')) {
            // What was taken out may have been several words.
            pattern.push_str(&regex::escape(before));
            pattern.push_str(".*?");
            pattern.push_str(&after.rsplit_once('>').map(|(_, end)| regex::escape(end)).unwrap_or_default());
            continue;
        }
        let varies = word.contains(id) || word.chars().any(|c| c.is_ascii_digit());
        match word.split_once(['=', ':']).filter(|_| varies) {
            // `code=500`: the name stays.
            Some((name, _)) if !name.is_empty() && !name.chars().any(|c| c.is_ascii_digit()) => {
                pattern.push_str(&regex::escape(&word[..=name.len()]));
                pattern.push_str(any);
            }
            _ if varies => pattern.push_str(any),
            _ => pattern.push_str(&regex::escape(word)),
        }
    }
    pattern
}

fn head(id: &str, name: &str, found: &Found) -> String {
    let formats: Vec<String> = found.formats.iter().map(|f| format!("\"{f}\"")).collect();
    format!(
        "# {name}: made from a log. Read every expression, give each step its reference, and add the causes.\n\n[app]\nid = \"{id}\"\nname = \"{name}\"\nkind = \"app\"\n# Package or bundle names, for crash and kill lines.\npackages = []\nformats = [{}]\n# Only where every acknowledgement is logged is silence a failure.\nlogs_acks = true\nids = [{{ name = \"msg\" }}]\nreference = \"the log that it was made from\"\n",
        formats.join(", ")
    )
}

fn statement(id: &str, phase: Option<Phase>, suffix: &str, tag: &str, pattern: &str, example: &str) -> String {
    let mut text = match phase {
        Some(phase) => format!("\n[[step]]\nid = \"{id}.{phase}{suffix}\"\nphase = \"{phase}\"\n"),
        None => format!(
            "\n[[rule]]\nid = \"{id}.cause{suffix}\"\n# Say the cause itself where the line means only one.\ncause = \"by-text\"\ntier = \"refusal\"\nsays = {{ en = \"the line that shows the failure says so\", zh = \"失败日志中写明了原因\" }}\nreference = \"the log that it was made from\"\n"
        ),
    };
    let part = if phase.is_some() { "step" } else { "rule" };
    let _ = write!(text, "examples = [{}]\n[{part}.match]\n", literal(example));
    if !tag.is_empty() {
        let _ = writeln!(text, "tag = {}", literal(tag));
    }
    let _ = writeln!(text, "message = {}", literal(pattern));
    text
}

/// What the new profile says of the case.
fn outcome_of(toml: &str, log: &str, profiles: &Profiles) -> String {
    let Ok(with) = profiles.with(vec![("the new profile".to_owned(), toml.to_owned())]) else { return String::new() };
    let Ok(scanned) = scan(&mut log.as_bytes(), &Scanner::new(&with), 1, &|_| {}) else { return String::new() };
    let document = session::Document { file: "case".into(), name: "case".into(), modified_us: Some(0), scanned, ..Default::default() };
    let session = session::assemble(&with, vec![document], &[], None);
    let common = row::Common { bundle: String::new(), bundle_path: String::new(), rules: String::new(), cites_sent: true };
    let settings = Settings { redact: false, ..Settings::default() };
    let rows: Vec<EventRow> = Tale::of(&session).rows(&settings, &common).flatten().collect();
    let messages: Vec<&EventRow> = rows.iter().filter(|r| r.kind == Kind::Message).collect();
    let subject = messages.iter().find(|r| r.outcome == Some(Outcome::Unsent)).or(messages.first());
    let mut expect = format!("attempts = {}", messages.len());
    if let Some(outcome) = subject.and_then(|r| r.outcome) {
        let _ = write!(expect, ", outcome = \"{outcome}\"");
    }
    if let Some(cause) = subject.and_then(|r| r.cause) {
        let _ = write!(expect, ", cause = \"{cause}\"");
    }
    format!("expect = {{ {expect} }}\n")
}

/// A string of TOML: as it is where it can be, else escaped.
fn literal(text: &str) -> String {
    if text.contains('\n') && !text.contains("'''") && !text.contains('\r') {
        return format!("'''\n{text}'''");
    }
    if !text.contains(['\'', '\n', '\r']) {
        return format!("'{text}'");
    }
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "03-04 09:30:00.100  9211  9260 I Outgoing: enqueue msgId=m-1001 to=u_4\n03-04 09:30:00.400  9211  9260 I Outgoing: msgId=m-1001 send ok cost=290\n03-04 09:31:00.100  9211  9260 I Outgoing: enqueue msgId=m-1002 to=u_5\n03-04 09:31:00.900  9211  9260 W Outgoing: msgId=m-1002 send failed code=500 internal server error\n";

    fn made(log: &str) -> anyhow::Result<Stub> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        std::fs::write(&path, log).unwrap();
        stub("murmel", "Murmel", &[path], &Settings::default(), &Profiles::builtin(), &Key::new([7; 32]))
    }

    #[test]
    fn a_log_makes_a_profile_that_holds_and_knows_its_own_lines() {
        let stub = made(LOG).unwrap();
        assert_eq!((stub.steps, stub.rules), (3, 1), "{}", stub.toml);
        assert!(stub.toml.contains("expect = { attempts = 2, outcome = \"unsent\", cause = \"service.error\" }"), "{}", stub.toml);
        assert!(stub.toml.contains("(?<id_msg>") && stub.toml.contains("tag = 'Outgoing'"));
    }

    #[test]
    fn what_is_personal_is_neither_in_an_expression_nor_in_an_example() {
        let line = "03-04 09:30:00.100  9211  9260 W Outgoing: send msgId=m-1001 to +8613812345678 failed token=Zq8kLm2PxW9tRb4v password: huntersecret mail ann.lee@example.org host 10.1.2.3 code=500\n";
        let toml = made(line).unwrap().toml;
        for secret in ["13812345678", "Zq8kLm2P", "huntersecret", "ann", "10.1.2.3"] {
            assert!(!toml.contains(secret), "{secret}: {toml}");
        }
        assert!(toml.contains("failed") && toml.contains("(?<id_msg>"), "{toml}");
    }

    #[test]
    fn without_a_log_there_is_an_example_to_change() {
        let stub = stub("murmel", "Murmel", &[], &Settings::default(), &Profiles::builtin(), &Key::new([7; 32])).unwrap();
        assert!(stub.steps >= 3 && stub.rules >= 1, "{}", stub.toml);
    }

    #[test]
    fn a_log_without_messages_says_so() {
        let error = made("03-04 09:30:00.100  9211  9260 I Other: hello\n").unwrap_err().to_string();
        assert!(error.contains("no line shows a message"), "{error}");
    }
}
