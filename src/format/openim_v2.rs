//! The log of the `OpenIM` SDK before its third version, by logrus with a formatter that prints every field.
//!
//! `YYYY-MM-DD HH:MM:SS.mmm [LEVL] [PID:n] [FilePath:file.go:line] [OperationID:id] [message]`, the level in four
//! letters. Sources: openimsdk/openim-sdk-core v2 `pkg/log/log.go`; lines in openimsdk/open-im-server#208 and #305. The
//! message begins at the operation, which ties a call, the write to the socket and the reply.

use super::FormatInfo;
use super::form::{DIGITS, Form, Parts, fraction_end, second_end};
use super::stamp::Stamp;

/// The grammar as registered.
pub const OPENIM_V2: Form = Form {
    info: FormatInfo {
        id: "openim-v2",
        title: "OpenIM SDK log before version 3",
        reference: "https://github.com/openimsdk/open-im-server/issues/305",
    },
    parts,
    stamp: Stamp::parse_iso,
    first: DIGITS,
    only_at_home: false,
    samples: &[
        "2022-04-13 14:50:02.605 [DEBU] [PID:13393] [FilePath:msg_sync.go:61] [OperationID:1649832657228] [seqMaxSynchronized 211 seqMaxNeedSync 211]",
        "2022-11-08 17:29:18.206 [ERRO] [PID:1] [FilePath:ws.go:97] [OperationID:1667899762145597998] [Not send timeout, failed, close conn]",
    ],
};

/// Longest field of a head.
const FIELD_MAX: usize = 128;

fn parts(b: &[u8]) -> Option<Parts> {
    let stamp = fraction_end(b, second_end(b, b'-', b' ')?);
    let level = stamp + 2;
    if b.get(stamp..level)? != b" [" || !b.get(level..level + 4)?.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let pid = level + 11;
    if b.get(level + 4..pid)? != b"] [PID:" {
        return None;
    }
    let pid_end = pid + memchr::memchr(b']', b.get(pid..b.len().min(pid + FIELD_MAX))?)?;
    let path = pid_end + 2;
    if !b.get(path..)?.starts_with(b"[FilePath:") {
        return None;
    }
    let message = path + memchr::memchr(b']', &b[path..b.len().min(path + FIELD_MAX)])? + 2;
    (message <= b.len()).then_some(Parts { stamp: (0, stamp), level: (level, level + 4), pid: (pid, pid_end), message, ..Parts::default() })
}

#[cfg(test)]
mod tests {
    use super::super::Grammar;
    use super::*;

    #[test]
    fn the_message_begins_at_the_operation() {
        let h = OPENIM_V2.parse(OPENIM_V2.samples[0].as_bytes()).unwrap();
        assert_eq!((h.level, h.pid), (b'D', &b"13393"[..]));
        assert!(h.message.starts_with(b"[OperationID:1649832657228] [seqMax"));
    }
}
