//! The console form of the `OpenIM` SDK: tabs, padding and colours as its file has them. Sources:
//! openimsdk/tools `log/zap.go`, openim-sdk-core `internal/conversation_msg/api.go` and
//! `internal/interaction/long_conn_mgr.go`, open-im-server `pkg/common/servererrs/code.go`.

use crate::rng::Rng;
use crate::stream::{Voice, stamp};
use crate::truth::Truth;
use std::io::Write;

const ZONE_MS: i64 = 8 * 3_600_000;
const SENDER: &str = "6120044";

/// Code, name, cause.
const REFUSALS: &[(u64, (u32, &str, &str))] = &[
    (4, (1_302, "BlockedByPeer", "permission.recipient_blocked")),
    (3, (1_303, "NotPeersFriend", "permission.not_allowed")),
    (3, (1_402, "MutedInGroup", "permission.muted")),
    (2, (1_203, "NotInGroupYetError", "permission.not_member")),
    (2, (1_101, "UserIDNotFoundError", "account.recipient_gone")),
    (3, (500, "ServerInternalError", "service.error")),
];

/// Level, caller, message, fields.
const NOISE: &[(&str, &str, &str, &str)] = &[
    ("DEBUG", "interaction/long_conn_mgr.go:957", "server Pong Message Received", r#"{"appData": "2240577552"}"#),
    ("INFO", "interaction/long_conn_mgr.go:461", "sendPingMessage", r#"{"goroutine ID:": 41}"#),
    (
        "DEBUG",
        "interaction/long_conn_mgr.go:891",
        "recv push msg",
        r#"{"operationID": "push-9662", "msgNum": 1, "notificationNum": 1, "msg": "{}"}"#,
    ),
    (
        "INFO",
        "open_im_sdk/caller.go:272",
        "fn call success",
        r#"{"operationID": "1715300745751", "function name": "GetAllConversationList-fm", "cost time": "14 ms"}"#,
    ),
    ("DEBUG", "conversation_msg/sync.go:88", "SyncConversations", r#"{"operationID": "op-sync", "timeout": 10}"#),
    ("WARN", "third/upload.go:140", "download progress lost", r#"{"error": "context deadline exceeded"}"#),
];

pub struct OpenIm {
    number: u64,
    /// The noise without its stamp, padded once.
    noise: Vec<Vec<u8>>,
}

impl OpenIm {
    pub fn new() -> std::io::Result<Self> {
        let mut noise = Vec::new();
        for (level, caller, message, fields) in NOISE {
            let mut text = Vec::new();
            tail(&mut text, level, caller, message, fields)?;
            noise.push(text);
        }
        Ok(OpenIm { number: 0, noise })
    }
}

impl Voice for OpenIm {
    const APP: Option<&'static str> = Some("OpenIM app");
    const STEM: &'static str = "open-im-sdk-core";
    const EXTENSION: &'static str = "log";

    fn header(&self, out: &mut Vec<u8>, now_ms: i64) -> std::io::Result<()> {
        line(
            out,
            now_ms,
            "INFO",
            "open_im_sdk/init_login.go:77",
            "InitSDK info",
            r#"{"operationID": "init-7", "config": {"systemType":"flutter","platformID":2,"apiAddr":"http://im.example:10002","wsAddr":"ws://im.example:10001","logLevel":5}}"#,
        )?;
        line(
            out,
            now_ms,
            "INFO",
            "interaction/long_conn_mgr.go:879",
            "long conn establish success",
            r#"{"localAddr": "10.0.2.16:50122", "connNum": 1}"#,
        )
    }

    fn noise(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64) -> std::io::Result<()> {
        // Six lines tell of a message, so it takes more noise to keep them below two in a hundred.
        for _ in 0..rng.range(320, 400) {
            *now_ms += rng.range(1, 60);
            stamp(out, *now_ms, ZONE_MS);
            let text: &Vec<u8> = rng.pick(&self.noise);
            out.extend_from_slice(text);
        }
        Ok(())
    }

    fn message(&mut self, rng: &mut Rng, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
        self.number += 1;
        message(rng, self.number, out, now_ms, truth)
    }
}

fn message(rng: &mut Rng, number: u64, out: &mut Vec<u8>, now_ms: &mut i64, truth: &mut Truth) -> std::io::Result<()> {
    *now_ms += rng.range(100, 900);
    let (id, begun) = (format!("{:016x}", rng.next()), *now_ms);
    let body = format!(
        r#"{{"clientMsgID":"{id}","createTime":{begun},"sendTime":0,"sessionType":1,"sendID":"{SENDER}","msgFrom":100,"contentType":101,"senderPlatformID":2,"seq":0,"isRead":false,"status":1,"recvID":"7710033","textElem":{{"content":"晚上见"}}}}"#
    );
    line(
        out,
        begun,
        "INFO",
        "open_im_sdk/caller.go:404",
        "input req",
        &format!(
            r#"{{"operationID": "op-{number}", "function name": "github.com/openimsdk/openim-sdk-core/v3/internal/conversation_msg.(*Conversation).SendMessage-fm", "args": [{body},"7710033","",null,false]}}"#
        ),
    )?;
    line(
        out,
        begun + 1,
        "DEBUG",
        "conversation_msg/api.go:292",
        "before insert message is",
        &format!(r#"{{"operationID": "op-{number}", "message": {body}}}"#),
    )?;
    line(
        out,
        begun + 4,
        "DEBUG",
        "interaction/long_conn_mgr.go:414",
        "writePump recv message",
        &format!(r#"{{"reqIdentifier": 1003, "operationID": "op-{number}", "sendID": "{SENDER}"}}"#),
    )?;
    *now_ms += 5 + rng.range(40, 900);
    match rng.below(1_000) {
        0..=929 => {
            reply(out, *now_ms, number, 0, "")?;
            truth.sent += 1;
            ended(out, *now_ms + 2, number, &id, 2, &format!("{:012x}", rng.next() >> 16))
        }
        930..=959 => {
            for _ in 0..rng.range(7, 20) {
                line(
                    out,
                    *now_ms,
                    "WARN",
                    "interaction/long_conn_mgr.go:455",
                    "send binary message error",
                    &format!(
                        r#"{{"operationID": "op-{number}", "error": "10000 NetworkError connection closed,re conning...", "local address": "10.0.2.16:50122"}}"#
                    ),
                )?;
                *now_ms += 1_000;
            }
            line(
                out,
                *now_ms,
                "INFO",
                "interaction/long_conn_mgr.go:879",
                "long conn establish success",
                r#"{"localAddr": "10.0.2.16:50122", "connNum": 2}"#,
            )?;
            *now_ms += 90;
            reply(out, *now_ms, number, 0, "")?;
            // The log says that the connection was closed, not why, so the delay is labelled without a cause.
            truth.delayed += 1;
            ended(out, *now_ms + 2, number, &id, 2, &format!("{:012x}", rng.next() >> 16))
        }
        _ => {
            let (code, name, cause) = *rng.weighted(REFUSALS);
            reply(out, *now_ms, number, code, name)?;
            line(
                out,
                *now_ms + 2,
                "ERROR",
                "conversation_msg/api.go:700",
                "send msg to server failed",
                &format!(r#"{{"operationID": "op-{number}", "message": {body}, "error": "{code} {name}"}}"#),
            )?;
            truth.unsent(cause);
            ended(out, *now_ms + 3, number, &id, 3, "")
        }
    }
}

fn reply(out: &mut Vec<u8>, now_ms: i64, number: u64, code: u32, name: &str) -> std::io::Result<()> {
    line(
        out,
        now_ms,
        "INFO",
        "interaction/long_conn_mgr.go:665",
        "recv msg",
        &format!(r#"{{"operationID": "op-{number}", "errCode": {code}, "errMsg": "{name}", "reqIdentifier": 1003}}"#),
    )
}

fn ended(out: &mut Vec<u8>, now_ms: i64, number: u64, id: &str, status: u8, server: &str) -> std::io::Result<()> {
    line(
        out,
        now_ms,
        "DEBUG",
        "conversation_msg/api.go:155",
        "this is test send message",
        &format!(
            r#"{{"operationID": "op-{number}", "sendTime": {now_ms}, "status": {status}, "clientMsgID": "{id}", "serverMsgID": "{server}"}}"#
        ),
    )
}

fn line(out: &mut Vec<u8>, now_ms: i64, level: &str, caller: &str, message: &str, fields: &str) -> std::io::Result<()> {
    stamp(out, now_ms, ZONE_MS);
    tail(out, level, caller, message, fields)
}

fn tail(out: &mut Vec<u8>, level: &str, caller: &str, message: &str, fields: &str) -> std::io::Result<()> {
    let colour = match level {
        "DEBUG" => 37,
        "INFO" => 34,
        "WARN" => 33,
        _ => 31,
    };
    let (process, caller) = ("[PID:21880]", format!("[{caller}]"));
    writeln!(
        out,
        "\t\x1b[{colour}m{level}\x1b[0m\t\x1b[{colour}m{process:<15}\x1b[0m\t{:<30}\t{:<50}\t{caller:<50}\t{message:<50}\t{fields}",
        "[3.8.3]", "[flutter/Android]"
    )
}
