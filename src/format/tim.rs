//! Tencent Cloud IM (TIM): the SDK's console and its file.
//!
//! Console: `TIM: YYYY-MM-DD HH:MM:SS.mmm/L/PID-TID    /Module   -file.cpp.line:function     text`
//! (tencentyun/TIMSDK#443, #368, #586). File: `YYYY-MM-DD HH:MM:SS.mmm|  tid|thread|L|   file.cpp:line |function > text`
//! (tencentyun/TIMSDK#370, #33).

use super::form::{Form, Parts, fraction_end, second_end};
use super::stamp::Stamp;
use super::{FormatInfo, digits_end, find, is_level, skip_blanks, trim_end};

/// The console.
pub const CONSOLE: Form = Form {
    info: FormatInfo {
        id: "tim-console",
        title: "Tencent IM SDK, console form",
        reference: "https://github.com/tencentyun/TIMSDK/issues/443",
    },
    parts: console,
    stamp: Stamp::parse_iso,
    first: b"T0123456789",
    only_at_home: false,
    samples: &[
        "TIM: 2019-10-29 11:06:26.592/I/5870-491634   /Msg         -imcore_conversation.cpp.117:operator()                     /SendMsg|code:7006|msg:File check failed",
        "TIM: 2024-06-18 11:40:00.007/I/6001-6044    /Network     -netstate.cpp.60:OnNetChange                         /net type:wifi|name:home",
    ],
};

/// The file.
pub const FILE: Form = Form {
    info: FormatInfo { id: "tim-file", title: "Tencent IM SDK, file form", reference: "https://github.com/tencentyun/TIMSDK/issues/370" },
    parts: file,
    stamp: Stamp::parse_iso,
    first: super::form::DIGITS,
    only_at_home: false,
    samples: &[
        "2019-09-24 17:13:08.135|  2048|looper_logic|E|                cos_helper.cpp:436 |operator()           > FetchToken failed, errorCode = 60008",
    ],
};

fn console(b: &[u8]) -> Option<Parts> {
    let start = if b.starts_with(b"TIM: ") { 5 } else { 0 };
    let rest = b.get(start..)?;
    let end = start + fraction_end(rest, second_end(rest, b'-', b' ')?);
    let level = end + 1;
    if b.get(end) != Some(&b'/') || !is_level(*b.get(level)?) || b.get(level + 1) != Some(&b'/') {
        return None;
    }
    let pid = level + 2;
    let pid_end = digits_end(b, pid);
    if b.get(pid_end) != Some(&b'-') {
        return None;
    }
    let tid_end = digits_end(b, pid_end + 1);
    let mut p =
        Parts { stamp: (start, end), level: (level, level + 1), pid: (pid, pid_end), tid: (pid_end + 1, tid_end), ..Parts::default() };
    let module = skip_blanks(b, tid_end);
    if b.get(module) == Some(&b'/') {
        let stop = super::form::word_end(b, module);
        p.tag = (module + 1, stop);
        p.message = skip_blanks(b, stop);
    } else {
        p.message = module;
    }
    // Behind the place in the source, which ends at the first blank, stands the text.
    if b.get(p.message) == Some(&b'-') {
        p.message = skip_blanks(b, super::form::word_end(b, p.message));
    }
    Some(p)
}

fn file(b: &[u8]) -> Option<Parts> {
    let end = fraction_end(b, second_end(b, b'-', b' ')?);
    if b.get(end) != Some(&b'|') {
        return None;
    }
    let next = |at: usize| Some(at + memchr::memchr(b'|', b.get(at..b.len().min(at + 80))?)?);
    let tid = next(end + 1)?;
    let thread = next(tid + 1)?;
    let level = next(thread + 1)?;
    let place = next(level + 1)?;
    let arrow = place + find(b.get(place..)?, b"> ")?;
    let tag = skip_blanks(b, level + 1);
    let tag_end = trim_end(b, tag, place);
    let colon = memchr::memchr(b':', &b[tag..tag_end]).map_or(tag_end, |c| tag + c);
    Some(Parts {
        stamp: (0, end),
        level: (thread + 1, level),
        tid: (skip_blanks(b, end + 1), tid),
        tag: (tag, colon),
        message: arrow + 2,
        ..Parts::default()
    })
}
