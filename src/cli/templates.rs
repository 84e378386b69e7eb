//! `templates`: the kinds of message in any log.

use super::args::{Global, InputFormat, ListFormat, TemplatesArgs};
use super::exit::{DONE, Failure};
use super::listing;
use super::output::Output;
use super::reading::{confine, door, note, nothing_readable, paths, tell};
use super::resolve::resolve;
use crate::pipeline::{Clustered, Messages, Place, assign, templates};
use crate::redact::Door;
use crate::template::Templates;
use anyhow::Context;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write as _;

/// Runs the command.
pub fn run(global: &Global, args: &TemplatesArgs) -> Result<u8, Failure> {
    let resolved = resolve(global, &args.read.how, args.top, None)?;
    let door = door(global, &resolved)?;
    let messages = match args.input_format {
        InputFormat::Auto => Messages::Records,
        InputFormat::Raw => Messages::Lines,
    };
    let paths = paths(&args.read)?;
    confine(&resolved, &args.read, &paths, None);
    let summary = if args.assign {
        let (mut stream, gone) = Output::Stdout.stream()?;
        let mut stream = std::io::BufWriter::new(&mut stream);
        let mut shown = Shown::default();
        let written = assign(&paths, &resolved.settings, messages, &mut |file, line, place, templates| {
            let template = shown.of(place, templates, &door);
            match file {
                Some(file) => writeln!(stream, "{{\"file\":{},\"line\":{line},{template}}}", json!(door.path(file))),
                None => writeln!(stream, "{{\"line\":{line},{template}}}"),
            }
            .context("cannot write standard output")
        });
        let stopped = written.is_err();
        let summary = gone.forgive(written)?;
        gone.forgive(stream.flush().context("cannot write standard output"))?;
        if stopped {
            return Ok(DONE);
        }
        summary
    } else {
        let (found, summary) = templates(&paths, &resolved.settings, messages)?;
        list(&found, &door, resolved.top, args.format)?;
        if !global.quiet {
            note(&total(&found));
        }
        summary
    };
    tell(&summary, &door, args.read.problems.as_deref(), global.quiet)?;
    if summary.files == 0 { Err(nothing_readable(&summary)) } else { Ok(DONE) }
}

/// Templates as they are written for each line, each made once.
#[derive(Default)]
struct Shown(Vec<Option<String>>);

impl Shown {
    fn of(&mut self, place: usize, templates: &Templates, door: &Door) -> &str {
        self.0.resize(templates.all().len(), None);
        self.0[place].get_or_insert_with(|| {
            let template = &templates.all()[place];
            format!("\"id\":\"{}\",\"template\":{}", template.id, json!(door.text(&template.text)))
        })
    }
}

fn list(found: &Clustered, door: &Door, top: usize, format: ListFormat) -> Result<(), Failure> {
    let at = |place: Place| format!("{}:{}", door.path(&found.files[place.document]), place.line);
    let rows = found.templates.all().iter().zip(&found.places).take(top);
    if format == ListFormat::Ndjson {
        let mut text = String::new();
        for (template, (first, last)) in rows {
            let share = crate::stats::interval::ratio(template.lines, found.messages);
            let row = json!({
                "id": template.id.to_string(), "count": template.lines, "share": share,
                "first": at(*first), "last": at(*last), "template": door.text(&template.text),
            });
            let _ = writeln!(text, "{row}");
        }
        return Output::Stdout.write_all(&text);
    }
    let percent = |count: u64| format!("{:.2} %", crate::stats::interval::ratio(count, found.messages) * 100.0);
    let rows: Vec<Vec<String>> = rows
        .map(|(template, (first, last))| {
            vec![
                template.lines.to_string(),
                percent(template.lines),
                at(*first),
                at(*last),
                template.id.to_string(),
                door.text(&template.text),
            ]
        })
        .collect();
    listing::print(&["count", "share", "first", "last", "id", "template"], &rows, format)
}

fn total(found: &Clustered) -> String {
    let all = found.templates.all().len();
    let mut text = format!("{} messages of {all} templates", found.messages);
    if found.templates.cut_lines() > 0 {
        let _ = write!(text, "; of {} of them only the beginning was looked at", found.templates.cut_lines());
    }
    if let Some(level) = found.templates.level() {
        let _ = write!(
            text,
            "; there are too many, so those that begin with the same {} words are one where there are more than {}",
            level.tokens, level.signatures
        );
    }
    text
}
