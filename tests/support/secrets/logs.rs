//! Logs of many forms in which every message fails, with room for a secret in the failure, beside it, below it, in the
//! message's own text and in its ids of people. Written from the forms' descriptions; no line is copied.

use serde_json::{Value, json};

/// A form of log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Form {
    SignalAndroid,
    Logcat,
    OpenImText,
    OpenImJson,
    TencentIm,
    ElementWeb,
    ElementAndroid,
    ElementX,
    ElementIos,
    SignalDesktopJson,
    SignalDesktopText,
    JsonLines,
    Logfmt,
    Csv,
    RocketChat,
    Smack,
    Conversations,
    Gajim,
    Telemetry,
    Mattermost,
    Stamped,
}

/// One message that is not sent.
pub struct Message<'a> {
    /// Its number in the log, from 0.
    pub number: usize,
    /// What the failing line says.
    pub failure: &'a str,
    /// The same as fields, where the form has some.
    pub fields: Option<&'a Value>,
    /// Another line of the same moment.
    pub beside: &'a str,
    /// A line below the failing one that continues it.
    pub below: &'a str,
    /// The message's text.
    pub content: &'a str,
    /// Who gets it, in the form's own field.
    pub receiver: &'a str,
}

use Form::*;

impl Form {
    pub const ALL: [Self; 21] = [
        SignalAndroid,
        Logcat,
        OpenImText,
        OpenImJson,
        TencentIm,
        ElementWeb,
        ElementAndroid,
        ElementX,
        ElementIos,
        SignalDesktopJson,
        SignalDesktopText,
        JsonLines,
        Logfmt,
        Csv,
        RocketChat,
        Smack,
        Conversations,
        Gajim,
        Telemetry,
        Mattermost,
        Stamped,
    ];

    /// A name for its file.
    pub fn file_name(self) -> &'static str {
        match self {
            SignalAndroid | SignalDesktopText => "debuglog.txt",
            OpenImText => "open-im-sdk-core.2026-11-18",
            OpenImJson => "sdk.2026-11-18.jsonl",
            TencentIm => "imsdk_20261118.log",
            ElementX => "logs.2026-11-18-10.log",
            SignalDesktopJson => "app.log",
            JsonLines => "client.jsonl",
            Telemetry => "telemetry.jsonl",
            Csv => "export.csv",
            Gajim => "2026-11-18-100000-debug.log",
            _ => "log.txt",
        }
    }

    /// Whether the failing line may hold fields of JSON.
    pub fn has_fields(self) -> bool {
        matches!(self, OpenImText | OpenImJson | JsonLines | Telemetry | RocketChat)
    }

    /// Whether the form has a field for the message's own text.
    pub fn has_content(self) -> bool {
        !matches!(
            self,
            SignalAndroid | TencentIm | ElementX | ElementIos | SignalDesktopJson | SignalDesktopText | Conversations | Mattermost
        )
    }

    /// What stands before the first message.
    pub fn header(self) -> String {
        match self {
            SignalAndroid => "============ SYSINFO ============\nManufacturer       : Google\nModel              : Pixel 7\nAndroid            : 14 (UQ1A, 1)\nApp                : Signal 8.14.2 (155002, APK) (abc)\n\n\n\n============ LOGGER =============\n".to_owned(),
            SignalDesktopText => "========= System info =========\nApp version: 8.12.1\nOS version: 6.17.9\nTime: 1795000000000\n\n========= Logs =========\n".to_owned(),
            Logcat => "--------- beginning of main\n11-18 10:00:00.001  6120  6120 I TernApp : app start version=1.12.3(1123) device=samsung SM-A546B android=14\n".to_owned(),
            Csv => "time,level,tag,msg_id,event,message\n".to_owned(),
            Conversations | RocketChat | Smack => "--------- beginning of main\n".to_owned(),
            JsonLines => "{\"ts\":\"2026-11-18T10:00:00.001+01:00\",\"level\":\"info\",\"tag\":\"App\",\"msg\":\"start\",\"app_version\":\"5.0.2\",\"device\":\"motorola moto g54\",\"os\":\"Android 14\"}\n".to_owned(),
            Telemetry => "{\"timestamp\":\"2026-11-18T10:00:00.000+08:00\",\"event.name\":\"session.start\",\"session.id\":\"s-1\",\"service.version\":\"3.5.1\"}\n".to_owned(),
            ElementWeb => "2026-11-18T10:00:00.010Z I Platform: app.element.web 1.11.83\n".to_owned(),
            _ => String::new(),
        }
    }

    /// The lines of one message.
    #[allow(clippy::too_many_lines)]
    pub fn message(self, m: &Message) -> String {
        let Message { number: n, failure, beside, below, content, receiver, .. } = m;
        let second = 20 * (n + 1);
        let clock = |plus: usize| {
            let s = second + plus;
            format!("{:02}:{:02}:{:02}.{:03}", 10 + s / 3600, s / 60 % 60, s % 60, 100 + plus * 7)
        };
        let (t0, t1) = (clock(0), clock(6));
        let d = "2026-11-18";
        let quoted = |text: &str| Value::from(text).to_string();
        match self {
            SignalAndroid => {
                let job = format!("[JOB::9f3a7c10-2f84-4a96-9d5b-{n:012x}][IndividualSendJob]");
                let at = |t: &str| format!("[8.14.2] [412  ] {d} {t} GMT+02:00");
                let tail = |ms: u32| format!("(Time Since Submission: {ms} ms, Lifespan: 86400000 ms, Run Attempt: 1/Unlimited)");
                let below = if below.is_empty() {
                    "\tat org.thoughtcrime.securesms.jobs.IndividualSendJob.deliver(IndividualSendJob.kt:185)"
                } else {
                    below
                };
                [
                    format!("{} I JobRunner: {job}[1] Running job. {}", at(&t0), tail(20)),
                    format!("{} I IndividualSendJob: {job}[179500000{n:04}] Sending message: {}, Recipient: {receiver}, Thread: 2, Attachments: {content}, Editing: N/A {}", at(&t0), 5000 + n, tail(30)),
                    format!("{} I SignalServiceMessageSender: [179500000{n:04}] {beside}", at(&t0)),
                    format!("{} W BaseJob: {job} Encountered a failing exception. {}", at(&t1), tail(6000)),
                    format!("{} W BaseJob: org.whispersystems.signalservice.api.push.exceptions.PushNetworkException: {failure}", at(&t1)),
                    format!("{} W BaseJob: {below}", at(&t1)),
                    format!("{} W JobRunner: {job}[1] Job failed. {}", at(&t1), tail(6001)),
                    format!("{} W IndividualSendJob: {job} Failure {}\n", at(&t1), tail(6002)),
                ].join("\n")
            }
            Logcat => format!(
                "11-18 {t0}  6120  6188 I TernSend: enqueue msg_id=t-{n} kind=text to={receiver} text=\"{content}\"\n11-18 {t0}  6120  6188 D TernNet : {beside}\n11-18 {t1}  6120  6188 E TernSend: msg_id=t-{n} send failed: java.net.SocketTimeoutException: {failure}\n11-18 {t1}  6120  6188 E TernSend: \tat com.example.tern.Send.run(Send.kt:42) {below}\n"
            ),
            OpenImText | OpenImJson => {
                let message = json!({"clientMsgID": format!("c0de{n:08x}"), "createTime": 1_794_996_000_000_u64, "sendTime": 0, "sessionType": 1, "sendID": receiver, "msgFrom": 100, "contentType": 101, "senderPlatformID": 2, "seq": 0, "isRead": false, "status": 1, "recvID": "7710033", "textElem": {"content": content}});
                let mut fields =
                    json!({"operationID": format!("op-{n}"), "message": message, "error": format!("10001 NetworkTimeoutError {failure}")});
                merge(&mut fields, m.fields);
                let line = |t: &str, level: &str, caller: &str, msg: &str, fields: &Value| {
                    if self == OpenImJson {
                        let mut all = json!({"level": level, "time": format!("{d} {t}"), "logger": "sdk", "caller": caller, "msg": format!("{msg:<50}"), "PID": 118, "version": "v3.8.4"});
                        merge(&mut all, Some(fields));
                        format!("{all}\n")
                    } else {
                        format!(
                            "{d} {t}\t\u{1b}[34m{level}\u{1b}[0m\t\u{1b}[34m[PID:21880]    \u{1b}[0m\t[3.8.3]                       \t[flutter/Android]                                 \t{:<50}\t{msg:<50}\t{fields}\n",
                            format!("[{caller}]")
                        )
                    }
                };
                line(
                    &t0,
                    "INFO",
                    "open_im_sdk/caller.go:404",
                    "input req",
                    &json!({"operationID": format!("op-{n}"), "function name": "github.com/openimsdk/openim-sdk-core/v3/internal/conversation_msg.(*Conversation).SendMessage-fm", "args": [message, receiver, "", null, false]}),
                ) + &line(
                    &t0,
                    "DEBUG",
                    "conversation_msg/api.go:292",
                    "before insert message is",
                    &json!({"operationID": format!("op-{n}"), "message": message, "beside": beside}),
                ) + &line(&t1, "ERROR", "conversation_msg/api.go:700", "send msg to server failed", &fields)
            }
            TencentIm => format!(
                "11-18 {t0}  4210  4210 I ChatPresenter: sendMessage seq={n} conv=c2c_{receiver} elem=text {content}\nTIM: {d} {t0}/I/4210-4288    /Net         -netstate.cpp.120:Check        /{beside}\nTIM: {d} {t1}/I/4210-4288    /Msg         -imcore_conversation.cpp.117:operator()              /SendMsg|code:9508|msg:{failure}\n11-18 {t1}  4210  4210 E ChatPresenter: sendMessage fail seq={n} code=9508 desc={failure} {below}\n"
            ),
            ElementWeb => {
                let room = "!pier:hs.kestrel.example";
                format!(
                    "{d}T{t0}Z D sendEvent of type m.room.message in {receiver} with txnId m17950000{n}.0\n{d}T{t0}Z D {beside}\n{d}T{t0}Z D {{\"msgtype\":\"m.text\",\"body\":{}}}\n{d}T{t1}Z E Error sending event ConnectionError: fetch failed: {failure} (https://hs.kestrel.example/_matrix/client/v3/rooms/!pier%3Ahs.kestrel.example/send/m.room.encrypted/m17950000{n}.0)\n    at async send (bundle.js:1:2) {below}\n{d}T{t1}Z D setting pendingEvent status to not_sent in {room} event ID ~{room}:m17950000{n}.0 -> undefined\n",
                    quoted(content)
                )
            }
            ElementAndroid => {
                let (id, a, b) = (format!("$local.5b3e7c10-2f84-4a96-9d5b-{n:012x}"), t0.replace('.', "*"), t1.replace('.', "*"));
                format!(
                    "{d}T{a}GMT+00:00Z 97 V/ /Tag: ## post SendEventQueuedTask queueIdentifier: {receiver}, taskIdentifier:  {id})\n{d}T{a}GMT+00:00Z 63 D/ /Tag: {beside} body={content}\n{d}T{b}GMT+00:00Z 47 E/ /Tag: Exception when executing request PUT https://hs.kestrel.example/_matrix/client/r0/rooms/!pier:hs.kestrel.example/send/m.room.encrypted/{id} java.net.SocketTimeoutException: {failure}\n\tat okhttp3.Call.run(Call.kt:1) {below}\n{d}T{b}GMT+00:00Z 47 W/ /Tag: Unable to send the Event {failure}\n{d}T{b}GMT+00:00Z 70 V/ /Tag: ## SendEvent: [1795000000000] Update local state of {id} to UNDELIVERED\n"
                )
            }
            ElementX => {
                let span = format!(
                    "spans: send_raw{{room_id=\"{receiver}\" transaction_id=\"e1f0{n}\"}} > send{{request_id=\"REQ-{n}\" method=PUT uri=\"https://hs.kestrel.example/_matrix/client/v3/rooms/!pier:hs.kestrel.example/send/m.room.encrypted/e1f0{n}\"}}"
                );
                format!(
                    "{d}T{t0}000Z DEBUG matrix_sdk::http_client::native: Sending request num_attempt=1 | crates/matrix-sdk/src/http_client/native.rs:71 | {span}\n{d}T{t0}001Z DEBUG matrix_sdk::room: {beside} body: {content} | crates/matrix-sdk/src/room/mod.rs:71\n{d}T{t1}000Z  WARN matrix_sdk::send_queue: Unrecoverable error when sending request: {failure} txn_id=e1f0{n} error=Http(Reqwest(reqwest::Error {{ kind: Request, source: TimedOut }})) {below} | crates/matrix-sdk/src/send_queue/mod.rs:1010\n"
                )
            }
            ElementIos => format!(
                "{d} {t0} Element[612:40211]  [MXRoom] sendEventOfType: m.room.message in room {receiver}\n{d} {t0} Element[612:40211]  [MXRoom] sendEventOfType(MXCrypto): Encrypting event kMXEventLocalId_B80E41D7-2C5A-4F93-8D16-{n:012X}\n{d} {t0} Element[612:40211]  [MXSession] {beside} {content}\n{d} {t1} Element[612:40211]  [MXHTTPClient] Request 0x281f3{n:04x} failed for path: _matrix/client/r0/rooms/!pier:kestrel.example/send/m.room.encrypted/kMXEventLocalId_B80E41D7-2C5A-4F93-8D16-{n:012X} - HTTP code: 0. Error: Error Domain=NSURLErrorDomain Code=-1001 \"The request timed out. {failure}\" {below}\n{d} {t1} Element[612:40211]  [MXHTTPClient] Give up retry for request 0x281f3{n:04x}. Time expired.\n"
            ),
            SignalDesktopJson | SignalDesktopText => {
                let id = format!("[REDACTED]{:03x}", n % 4096);
                let line = |t: &str, level: u32, name: &str, text: String| {
                    if self == SignalDesktopJson {
                        format!("{}\n", json!({"level": level, "time": format!("{d}T{t}Z"), "msg": text}))
                    } else {
                        format!("{name:<5} {d}T{t}Z {text}\n")
                    }
                };
                let queue = "conversation job queue";
                line(&t0, 30, "INFO", format!("{queue}: added new job {id}"))
                    + &line(&t0, 30, "INFO", format!("{queue}: running job {id}, attempt 110 of 110"))
                    + &line(&t0, 30, "INFO", format!("{queue}, job ID {id}, attempt 110: sending direct message to {receiver}"))
                    + &line(&t0, 30, "INFO", format!("{beside} {content}"))
                    + &line(
                        &t1,
                        50,
                        "ERROR",
                        format!(
                            "{queue}: job {id} failed on attempt 110. Error: SendMessageNetworkError: {failure}\n    at callback (preload.bundle.js:79:99548) {below}"
                        ),
                    )
            }
            JsonLines => {
                let at = |t: &str| format!("{d}T{t}+01:00");
                let mut failed = json!({"ts": at(&t1), "level": "error", "tag": "Send", "msg": format!("failed: {failure}"), "msg_id": format!("ns-{n}"), "status": "FAILED", "stack": below});
                merge(&mut failed, m.fields);
                format!(
                    "{}\n{}\n{failed}\n",
                    json!({"ts": at(&t0), "level": "info", "tag": "Send", "msg": "enqueue", "msg_id": format!("ns-{n}"), "content": content, "toUserID": receiver}),
                    json!({"ts": at(&t0), "level": "debug", "tag": "Net", "msg": beside}),
                )
            }
            Logfmt => format!(
                "ts={d}T{t0}+01:00 level=info tag=send msg=\"enqueue\" msg_id=lf-{n} body={} toUserID={}\nts={d}T{t0}+01:00 level=debug tag=net msg={}\nts={d}T{t1}+01:00 level=error tag=send msg=\"send failed\" msg_id=lf-{n} status=FAILED err={} detail={}\n",
                quoted(content),
                quoted(receiver),
                quoted(beside),
                quoted(failure),
                quoted(below)
            ),
            Csv => {
                let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
                format!(
                    "{d}T{t0}+01:00,info,Send,cs-{n},enqueue,{}\n{d}T{t0}+01:00,debug,Net,,,{}\n{d}T{t1}+01:00,error,Send,cs-{n},failed,{}\n",
                    cell(&format!("enqueue msg_id=cs-{n} to={receiver} text={content}")),
                    cell(beside),
                    cell(&format!("msg_id=cs-{n} send failed: {failure} {below}"))
                )
            }
            RocketChat => {
                let p = |t: &str, text: String| format!("11-18 {t}  9911 10044 I OkHttp  : {text}\n");
                let url = "https://open.hafen.example/api/v1/chat.sendMessage";
                let id = format!("Kq7vR2mXw9Tz{n:05}");
                let mut reply = json!({"success": false, "error": format!("error-message-size-exceeded {failure}"), "errorType": "error-message-size-exceeded"});
                merge(&mut reply, m.fields);
                p(&t0, format!("--> POST {url}"))
                    + &p(&t0, "Content-Type: application/json; charset=utf-8".to_owned())
                    + &p(&t0, format!("X-Note: {beside}"))
                    + &p(&t0, json!({"message": {"_id": id, "rid": receiver, "msg": content}}).to_string())
                    + &p(&t0, "--> END POST (118-byte body)".to_owned())
                    + &p(&t1, format!("<-- 400 {url} (176ms)"))
                    + &p(&t1, format!("X-Trace: {below}"))
                    + &p(&t1, reply.to_string())
                    + &p(&t1, "<-- END HTTP (102-byte body)".to_owned())
            }
            Smack => {
                let p = |t: &str, text: String| format!("11-18 {t} D/SMACK   (23118): {text}\n");
                let xml = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;");
                p(
                    &t0,
                    format!(
                        "SENT (0): <message xmlns='jabber:client' to='{receiver}' id='QX7-{n}' type='chat'><body>{}</body></message>",
                        xml(content)
                    ),
                ) + &p(&t0, beside.to_string())
                    + &p(
                        &t1,
                        format!(
                            "RECV (0): <message from='{receiver}' to='thies@wiesenau.example/yaxim.48a1' id='QX7-{n}' type='error'><error type='cancel'><remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{}</text></error></message> {below}",
                            xml(failure)
                        ),
                    )
            }
            Conversations => {
                let p = |t: &str, text: String| format!("11-18 {t} 14872 15012 D conversations: {text}\n");
                let id = format!("c77e0a14-2d39-4b51-8f06-{n:012x}");
                p(&t0, format!("AxolotlService ({receiver}): Cache miss: {id}"))
                    + &p(&t0, format!("AxolotlService ({receiver}): Generated message, caching: {id}"))
                    + &p(&t0, format!("AxolotlService ({receiver}): Cache hit: {id}"))
                    + &p(&t0, format!("{receiver}: {beside} {content}"))
                    + &p(&t1, format!("{receiver}: policy violation. rate limit {failure} {below}"))
            }
            Gajim => {
                let p = |t: &str, text: String| format!("{d} {} (I) nbxmpp.connection        |          (kolibri) {text}\n", &t[..8]);
                let id = format!("b73e9d10-44aa-4f08-8c12-{n:012x}");
                p(
                    &t0,
                    format!(
                        "::::: DATA SENT ::::\n\n<message xmlns='jabber:client' to='{receiver}' type='chat' id='{id}'><origin-id xmlns='urn:xmpp:sid:0' id='{id}' /><body>{content}</body></message>\n"
                    ),
                ) + &p(&t0, beside.to_string())
                    + &p(
                        &t1,
                        format!(
                            "::::: DATA RECEIVED ::::\n\n<message xmlns='jabber:client' from='{receiver}' to='wanda@kolibri.example/gajim.9Q' type='error' id='{id}'><error type='cancel'><remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{failure}</text></error></message> {below}\n"
                        ),
                    )
            }
            Telemetry => {
                let at = |t: &str| format!("{d}T{t}+08:00");
                let mut failed = json!({"timestamp": at(&t1), "event.name": "message.fail", "message.id": format!("m-{n:012x}"), "error.domain": "network", "error.type": "SocketTimeoutException", "error.message": failure, "stack": below});
                merge(&mut failed, m.fields);
                format!(
                    "{}\n{}\n{}\n{failed}\n",
                    json!({"timestamp": at(&t0), "event.name": "message.enqueue", "message.id": format!("m-{n:012x}"), "message.content": "text", "body": content, "recipient": receiver}),
                    json!({"timestamp": at(&t0), "event.name": "message.attempt", "message.id": format!("m-{n:012x}"), "attempt": 1}),
                    json!({"timestamp": at(&t0), "event.name": "note", "text": beside}),
                )
            }
            Mattermost => format!(
                "2026/11/18 {t0} +0100 INFO  {beside} {receiver} {content}\n2026/11/18 {t1} +0100 DEBUG Error sending a post Received invalid response from the server.; request timed out {failure}\n{below}\n"
            ),
            Stamped => format!(
                "{d} {t0} [main] sending message msgId=st-{n} to {receiver} content: {content}\n{d} {t0} [main] {beside}\n{d} {t1} [main] ERROR 消息 msgId=st-{n} 发送失败 not sent: {failure}\n  continued: {below}\n"
            ),
        }
    }
}

/// Adds the members of one object to another.
fn merge(into: &mut Value, from: Option<&Value>) {
    if let (Some(into), Some(from)) = (into.as_object_mut(), from.and_then(Value::as_object)) {
        for (key, value) in from {
            into.insert(key.clone(), value.clone());
        }
    }
}
