//! The lines of a slab -> what they gave: marks, points, and counts.

use super::batch::Batch;
use super::cited::Line;
use super::head::continues;
use super::mark::{Counts, Point};
use super::quotes::{Drafts, Drawn};
use super::record::{Asked, Context, Open};
use super::slab::Slab;
use super::{PLAIN_BYTES, STRIP_BYTES};
use crate::format::preamble::{is_structural, key_value};
use crate::format::{GRAMMARS, Quick, jsonl};
use std::sync::atomic::Ordering;

/// What a slab gave; lines and offsets are relative to the slab.
#[derive(Default)]
pub struct Found {
    pub marks: Drawn,
    pub points: Vec<Point>,
    pub counts: Counts,
    /// Lines before the first record.
    pub orphans: u64,
    /// Whether any record began.
    pub record_open: bool,
}

/// Scans a slab; `marks` is empty, and is so again.
pub fn scan(slab: &Slab, context: &Context<'_, '_>, marks: &mut Drafts) -> Found {
    let mut found = Found::default();
    found.counts.bytes = slab.bytes().len() as u64;
    let mut open = Open::default();
    let mut next_point = 0;
    let mut last_head: Option<(u8, Line<'_>)> = None;
    let mut batch = Batch::new(slab, context);
    while batch.next() {
        let mut number = 0;
        while number < batch.len() {
            // Of those in which nothing stands that is asked for only the last one can go on.
            let (first, quiet) = (number, batch.quiet_from(number));
            number += quiet.max(1);
            let here = batch.line(number - 1);
            let begins = match (&context.header, context.grammar) {
                (Some(_), Some(id)) => {
                    let fresh = !here.bytes.trim_ascii().is_empty() && !open.is_quoted();
                    fresh.then(|| (id, Quick::default()))
                }
                _ => batch.head(number - 1),
            };
            if let Some((grammar, q)) = begins {
                found.counts.records += (number - first) as u64;
                found.record_open = true;
                if here.offset >= next_point {
                    for line in (first..number).map(|at| batch.line(at)) {
                        if line.offset >= next_point {
                            point(&mut found, grammar, line, context);
                            next_point = line.offset + STRIP_BYTES;
                        }
                    }
                }
                last_head = Some((grammar, here));
                if quiet > 0 {
                    open.close(context, marks);
                }
                step(&mut open, here, (grammar, q), batch.asked(number - 1, (grammar, q), context), context, marks);
            } else if here.bytes.trim_ascii().is_empty() {
                found.counts.blank += 1;
            } else if is_structural(here.bytes) {
                found.counts.records += 1;
                open.close(context, marks);
            } else if !found.record_open {
                if slab.offset == 0 && context.grammar.is_some() && key_value(here.bytes).is_some() {
                    found.counts.records += 1;
                } else {
                    found.orphans += 1;
                }
            } else {
                found.counts.continuations += 1;
                if open.is_open() {
                    open.push_bare(here);
                }
            }
        }
    }
    open.close(context, marks);
    if let Some((grammar, line)) = last_head {
        point(&mut found, grammar, line, context);
    }
    found.counts.lines = batch.lines();
    let quoted = context.quoted.fetch_add(marks.quoted_bytes(), Ordering::Relaxed);
    found.marks = marks.take(quoted > PLAIN_BYTES);
    found
}

/// Takes a line with a head: it continues the open record or begins one.
#[inline]
fn step<'s>(
    open: &mut Open<'s>,
    here: Line<'s>,
    (grammar, q): (u8, Quick),
    asked: Asked<'_, '_>,
    context: &Context<'_, '_>,
    marks: &mut Drafts,
) {
    if open.is_open() {
        if open.is_alike(q) && continues(here.bytes, q) && open.is_same(grammar, here.bytes, q) {
            open.push_headed(here, q, asked);
            return;
        }
        open.close(context, marks);
    }
    if asked.filter.is_asked(asked.entry) {
        open.begin(here, grammar, q, asked);
    }
}

fn point(found: &mut Found, grammar: u8, line: Line<'_>, context: &Context<'_, '_>) {
    let stamp = match &context.header {
        Some(header) => header.object(line.bytes).as_ref().and_then(jsonl::stamp),
        None => GRAMMARS[grammar as usize].parse(line.bytes).and_then(|h| h.stamp),
    };
    if let Some(stamp) = stamp {
        found.points.push(Point { line: line.number, offset: line.offset, stamp });
    }
}
