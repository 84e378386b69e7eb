//! `TokenIM` feedback bundles: three weeks, four versions (3.5.0 loses session keys), nine devices (one
//! cannot encode video), three networks.

use crate::UPLOADS;
use crate::rng::Rng;
use crate::truth::Truth;
use crate::{Args, xlog};
use chrono::{DateTime, FixedOffset, TimeZone};
use serde_json::{Map, Value, json};
use std::io::Write;

struct Device {
    maker: &'static str,
    model: &'static str,
    os: &'static str,
    version: &'static str,
}

const DEVICES: &[Device] = &[
    Device { maker: "Xiaomi", model: "2211133C", os: "android", version: "14" },
    Device { maker: "HUAWEI", model: "ADY-AL10", os: "android", version: "12" },
    Device { maker: "OPPO", model: "PFJM10", os: "android", version: "13" },
    Device { maker: "vivo", model: "V2243A", os: "android", version: "13" },
    Device { maker: "samsung", model: "SM-S9110", os: "android", version: "15" },
    Device { maker: "HONOR", model: "ANY-AN00", os: "android", version: "13" },
    Device { maker: "Apple", model: "iPhone14,5", os: "ios", version: "17.6" },
    Device { maker: "Apple", model: "iPhone16,1", os: "ios", version: "18.1" },
];
/// The planted incompatibility: no video encoder on this model.
const BROKEN_DEVICE: Device = Device { maker: "Xiaomi", model: "Redmi Note 12 4G", os: "android", version: "13" };
/// The planted bug: this version loses session keys.
const BROKEN_VERSION: &str = "3.5.0";
const VERSIONS: &[(&str, &str)] = &[("3.4.0", "30400"), ("3.4.1", "30401"), ("3.5.0", "30500"), ("3.5.1", "30501")];

/// A way to fail: cause, weight, and the error fields that a client records.
struct Failure {
    cause: &'static str,
    weight: u64,
    fields: &'static [(&'static str, &'static str)],
}

const FAILURES: &[Failure] = &[
    Failure {
        cause: "network.timeout",
        weight: 8,
        fields: &[("error.domain", "network"), ("error.type", "AckTimeout"), ("error.message", "no ack within 15000 ms: timed out")],
    },
    Failure {
        cause: "network.dns",
        weight: 4,
        fields: &[
            ("error.domain", "network"),
            ("error.type", "java.net.UnknownHostException"),
            ("error.message", "Unable to resolve host \"im.token.example\": No address associated with hostname"),
        ],
    },
    Failure {
        cause: "network.tls",
        weight: 3,
        fields: &[
            ("error.domain", "network"),
            ("error.type", "javax.net.ssl.SSLHandshakeException"),
            ("error.message", "Trust anchor for certification path not found."),
        ],
    },
    Failure {
        cause: "network.blocked",
        weight: 3,
        fields: &[
            ("error.domain", "network"),
            ("error.type", "java.net.ConnectException"),
            ("error.message", "failed to connect: ECONNREFUSED (Connection refused)"),
        ],
    },
    Failure {
        cause: "network.weak",
        weight: 4,
        fields: &[
            ("error.domain", "network"),
            ("error.type", "java.net.SocketException"),
            ("error.message", "Software caused connection abort"),
        ],
    },
    Failure {
        cause: "account.signed_out",
        weight: 4,
        fields: &[("error.domain", "server"), ("error.type", "TokenExpired"), ("error.message", "token expired, login again")],
    },
    Failure {
        cause: "account.disabled_policy",
        weight: 2,
        fields: &[("error.domain", "server"), ("error.type", "AccountBanned"), ("error.message", "账号因违规已被封禁")],
    },
    Failure {
        cause: "account.disabled_security",
        weight: 2,
        fields: &[("error.domain", "server"), ("error.type", "AccountLocked"), ("error.message", "检测到登录异常，账号已被保护性锁定")],
    },
    Failure {
        cause: "account.disabled_complaint",
        weight: 1,
        fields: &[("error.domain", "server"), ("error.type", "AccountRestricted"), ("error.message", "账号因被多人投诉，已限制发送消息")],
    },
    Failure {
        cause: "account.deleted",
        weight: 1,
        fields: &[("error.domain", "server"), ("error.type", "AccountDeactivated"), ("error.message", "账号已注销")],
    },
    Failure {
        cause: "account.recipient_gone",
        weight: 3,
        fields: &[("error.domain", "server"), ("error.type", "RecipientNotFound"), ("error.message", "对方账号不存在")],
    },
    Failure {
        cause: "permission.recipient_blocked",
        weight: 4,
        fields: &[("error.domain", "server"), ("error.type", "BlockedByPeer"), ("error.message", "消息已发出，但被对方拒收了")],
    },
    Failure {
        cause: "permission.not_allowed",
        weight: 3,
        fields: &[("error.domain", "server"), ("error.type", "NotPeersFriend"), ("error.message", "对方还不是你的好友")],
    },
    Failure {
        cause: "permission.not_member",
        weight: 3,
        fields: &[("error.domain", "server"), ("error.type", "NotInGroup"), ("error.message", "not a member of the group")],
    },
    Failure {
        cause: "permission.muted",
        weight: 3,
        fields: &[("error.domain", "server"), ("error.type", "MutedInGroup"), ("error.message", "您已被禁言")],
    },
    Failure {
        cause: "permission.os_denied",
        weight: 2,
        fields: &[
            ("error.domain", "os"),
            ("error.type", "android.app.ForegroundServiceStartNotAllowedException"),
            ("error.message", "startForegroundService() not allowed due to mAllowStartForeground false"),
        ],
    },
    Failure {
        cause: "software.outdated",
        weight: 2,
        fields: &[
            ("error.domain", "server"),
            ("error.type", "ClientVersionTooOld"),
            ("error.message", "client version too old, please upgrade"),
        ],
    },
    Failure {
        cause: "software.storage",
        weight: 3,
        fields: &[
            ("error.domain", "storage"),
            ("error.type", "android.database.sqlite.SQLiteFullException"),
            ("error.message", "database or disk is full (code 13 SQLITE_FULL)"),
        ],
    },
    Failure {
        cause: "software.bug",
        weight: 2,
        fields: &[
            ("error.domain", "client"),
            ("error.type", "java.lang.NullPointerException"),
            ("error.message", "Attempt to invoke virtual method on a null object reference"),
        ],
    },
    Failure {
        cause: "service.error",
        weight: 4,
        fields: &[("error.domain", "http"), ("error.type", "HttpException"), ("error.message", "HTTP 503 Service Unavailable")],
    },
    Failure {
        cause: "service.rate_limited",
        weight: 3,
        fields: &[("error.domain", "http"), ("error.type", "HttpException"), ("error.message", "HTTP 429 Too Many Requests")],
    },
    Failure {
        cause: "content.too_large",
        weight: 3,
        fields: &[("error.domain", "client"), ("error.type", "FileTooLarge"), ("error.message", "file size exceeds limit of 100 MB")],
    },
    Failure {
        cause: "content.rejected",
        weight: 3,
        fields: &[("error.domain", "server"), ("error.type", "SensitiveWords"), ("error.message", "消息包含敏感词")],
    },
    Failure {
        cause: "content.unsupported",
        weight: 1,
        fields: &[("error.domain", "server"), ("error.type", "UnsupportedMessageType"), ("error.message", "message type not supported")],
    },
];
const CRYPTO: Failure = Failure {
    cause: "software.crypto",
    weight: 1,
    fields: &[
        ("error.domain", "crypto"),
        ("error.type", "NoSessionException"),
        ("error.message", "no session for device after key store migration"),
    ],
};
const CODEC: Failure = Failure {
    cause: "software.incompatible",
    weight: 1,
    fields: &[
        ("error.domain", "media"),
        ("error.type", "android.media.MediaCodec$CodecException"),
        ("error.message", "Failed to initialize OMX.qcom.video.encoder.avc, error 0xfffffff4"),
    ],
};

/// Makes bundles spread over 2 to 22 November 2026.
pub fn make(args: &Args) -> std::io::Result<Truth> {
    let mut rng = Rng::new(args.seed);
    let mut truth = Truth::default();
    let uploads = args.uploads.unwrap_or(UPLOADS);
    for number in 0..uploads {
        let bundle = Bundle::new(&mut rng, number, uploads);
        let name = format!("tokenim-{:03}-{}.zip", number + 1, bundle.day());
        let (own, bytes) = bundle.write(&mut rng)?;
        std::fs::write(args.out.join(&name), bytes)?;
        if let Some(labels) = &args.labels {
            std::fs::create_dir_all(labels)?;
            let mut label = own.to_json();
            label["source"] = json!("generator: examples/generate, seed and number in the name");
            label["upload"] =
                json!(format!("{}/{name}", args.out.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())));
            label["app"] = json!("TokenIM");
            label["app_version"] = json!(bundle.version.0);
            label["device_model"] = json!(bundle.device.model);
            let file = labels.join(name.replace(".zip", ".json"));
            std::fs::write(file, serde_json::to_string_pretty(&label)? + "\n")?;
        }
        truth.add(&own);
    }
    Ok(truth)
}

struct Bundle {
    version: (&'static str, &'static str),
    device: &'static Device,
    installation: String,
    begin_ms: i64,
    zone: FixedOffset,
    pid: i64,
}

impl Bundle {
    fn new(rng: &mut Rng, number: usize, all: usize) -> Self {
        // Users move to newer versions over the weeks; one bundle in six is of the broken device.
        let week = number * 3 / all.max(1);
        let weights: &[(u64, usize)] = match week {
            0 => &[(40, 0), (45, 1), (15, 2)],
            1 => &[(20, 0), (35, 1), (40, 2), (5, 3)],
            _ => &[(10, 0), (25, 1), (30, 2), (35, 3)],
        };
        let version = VERSIONS[*rng.weighted(weights)];
        let device = if number % 6 == 4 { &BROKEN_DEVICE } else { rng.pick(DEVICES) };
        let day = (number * 21 / all.max(1)) as u32;
        let zone = FixedOffset::east_opt(8 * 3600).expect("eight hours are an offset");
        let begin = zone.with_ymd_and_hms(2026, 11, 2 + day, 8 + rng.below(10) as u32, rng.below(60) as u32, 0).single();
        Bundle {
            version,
            device,
            installation: format!("{:016x}", rng.next()),
            begin_ms: begin.expect("a day of November").timestamp_millis(),
            zone,
            pid: rng.range(2_000, 30_000),
        }
    }

    fn at(&self, ms: i64) -> DateTime<FixedOffset> {
        self.zone.timestamp_millis_opt(ms).single().expect("a time of 2026")
    }

    fn day(&self) -> String {
        self.at(self.begin_ms).format("%Y%m%d").to_string()
    }

    fn write(&self, rng: &mut Rng) -> std::io::Result<(Truth, Vec<u8>)> {
        let mut story = Story {
            bundle: self,
            rng,
            truth: Truth::default(),
            events: Vec::new(),
            lines: Vec::new(),
            now: self.begin_ms,
            task: 10,
            network: "wifi",
        };
        story.tell();
        let (truth, end) = (story.truth.clone(), story.now);
        let mut lines = std::mem::take(&mut story.lines);
        lines.sort_by_key(|(at, _)| *at);
        let mut events = std::mem::take(&mut story.events);
        events.sort_by_key(|(at, _)| *at);
        let meta = json!({
            "app": "TokenIM", "app_version": self.version.0, "app_build": self.version.1, "channel": "store",
            "device": {"manufacturer": self.device.maker, "model": self.device.model, "class": "phone"},
            "os": {"name": self.device.os, "version": self.device.version},
            "installation_id": self.installation,
            "exported_at": self.at(end + 60_000).to_rfc3339(),
            "region": "CN", "carrier": "Example Mobile",
        });
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file("meta.json", options)?;
        zip.write_all(serde_json::to_string_pretty(&meta)?.as_bytes())?;
        zip.start_file(format!("TokenIM_{}.xlog", self.day()), options)?;
        let text: Vec<String> = lines.into_iter().map(|(_, l)| l).collect();
        zip.write_all(&xlog::encode(&text, 9))?;
        zip.start_file("telemetry.jsonl", options)?;
        for (_, event) in &events {
            writeln!(zip, "{event}")?;
        }
        Ok((truth, zip.finish()?.into_inner()))
    }
}

/// Tells one bundle: messages, noise, networks.
struct Story<'b, 'r> {
    bundle: &'b Bundle,
    rng: &'r mut Rng,
    truth: Truth,
    events: Vec<(i64, Value)>,
    lines: Vec<(i64, String)>,
    now: i64,
    task: i64,
    network: &'static str,
}

impl Story<'_, '_> {
    fn tell(&mut self) {
        self.event(
            self.now,
            "session.start",
            &[("service.version", self.bundle.version.0.into()), ("device.model.identifier", self.bundle.device.model.into())],
        );
        self.line(self.now, "I", "TokenIM.Boot", &format!("version={}({}) start", self.bundle.version.0, self.bundle.version.1));
        self.set_network("wifi");
        for _ in 0..self.rng.range(30, 60) {
            self.now += self.rng.range(4_000, 90_000);
            self.noise();
            if self.rng.chance(60) {
                let network = *self.rng.weighted(&[(5, "wifi"), (4, "cell")]);
                self.set_network(network);
            }
            self.message();
        }
        self.now += 15 * 60_000;
        self.event(self.now, "app.background", &[]);
        self.noise();
    }

    fn set_network(&mut self, network: &'static str) {
        self.network = network;
        let name = if network == "none" { "unavailable" } else { network };
        self.event(self.now, "network.change", &[("network.connection.type", name.into())]);
        let mars = match network {
            "wifi" => "wifi, ssid:home, ip_stack:ELocalIPStack_IPv4, log:",
            "cell" => "mobile, ispname:Example, ran:13, ip_stack:ELocalIPStack_IPv4, log:",
            _ => "no network",
        };
        self.line(self.now, "I", "mars::stn", &format!("task network change current network:{mars}"));
    }

    fn message(&mut self) {
        let id = format!("m-{:012x}", self.rng.next() & 0xFFFF_FFFF_FFFF);
        let content = *self.rng.weighted(&[(78, "text"), (10, "voice"), (12, "media")]);
        let conversation = *self.rng.weighted(&[(7, "direct"), (3, "group")]);
        let broken_version = self.bundle.version.0 == BROKEN_VERSION && self.rng.chance(140);
        let broken_device = self.bundle.device.model == BROKEN_DEVICE.model && content == "media" && self.rng.chance(800);
        if broken_device {
            self.failing(&id, content, conversation, &CODEC);
        } else if broken_version {
            self.failing(&id, content, conversation, &CRYPTO);
        } else if self.rng.chance(30) {
            self.odd(&id, content, conversation);
        } else if self.rng.chance(12) {
            self.offline(&id, content, conversation);
        } else {
            self.sent(&id, content, conversation);
        }
    }

    fn enqueue(&mut self, id: &str, content: &str, conversation: &str) {
        let network = if self.network == "none" { "unavailable" } else { self.network };
        self.event(
            self.now,
            "message.enqueue",
            &[
                ("message.id", id.into()),
                ("message.content", content.into()),
                ("message.conversation", conversation.into()),
                ("network.connection.type", network.into()),
            ],
        );
        self.line(self.now + 1, "I", "TokenIM.Send", &format!("enqueue msgId={id} type={content}"));
    }

    fn attempt(&mut self, id: &str, n: i64) {
        self.now += self.rng.range(5, 60);
        self.event(self.now, "message.attempt", &[("message.id", id.into()), ("attempt", n.into())]);
        self.task += 1;
        let task = self.task;
        self.line(self.now + 1, "I", "mars::stn", &format!("task start long short taskid:{task}, cmdid:3, need_authed:true, cgi:/im/sendmsg, channel_select:3, limit_flow:true, report_arg:"));
    }

    fn ack(&mut self, id: &str) {
        let (task, server) = (self.task, self.rng.next() >> 16);
        self.line(self.now - 1, "I", "mars::stn", &format!("task end callback  long cmdid:3, err(0, 0, 0), svr(203.0.113.20:8080, NewDNSIP, im.token.example), cost(s:212, r:61, c:41, rw:143), all:163, retry:1, cgi:/im/sendmsg, taskid:{task}, tid:7360"));
        self.event(self.now, "message.ack", &[("message.id", id.into()), ("server.message.id", format!("s{server:x}").into())]);
        self.line(self.now + 1, "I", "TokenIM.Send", &format!("ack msgId={id} svrId={server}"));
    }

    fn sent(&mut self, id: &str, content: &str, conversation: &str) {
        self.enqueue(id, content, conversation);
        self.attempt(id, 1);
        if self.rng.chance(25) {
            // A retry that succeeds: late, not lost.
            self.now += self.rng.range(200, 900);
            let failure = &FAILURES[*self.rng.pick(&[0usize, 1, 4])];
            self.fail_event("message.retry", id, failure);
            self.now += self.rng.range(6_000, 40_000);
            self.attempt(id, 2);
            self.now += self.rng.range(80, 700);
            self.ack(id);
            self.truth.delayed(failure.cause);
            return;
        }
        self.now += self.rng.range(60, 1_800);
        self.ack(id);
        self.truth.sent += 1;
    }

    fn failing(&mut self, id: &str, content: &str, conversation: &str, failure: &Failure) {
        self.enqueue(id, content, conversation);
        self.attempt(id, 1);
        self.now += self.rng.range(40, 2_000);
        self.fail_event("message.fail", id, failure);
        let code = failure.fields[1].1;
        self.line(self.now + 1, "W", "TokenIM.Send", &format!("msgId={id} 未发送 error={code}"));
        self.truth.unsent(failure.cause);
    }

    fn odd(&mut self, id: &str, content: &str, conversation: &str) {
        if self.rng.chance(80) {
            return self.crash(id, content, conversation);
        }
        let weights: Vec<(u64, usize)> = FAILURES.iter().enumerate().map(|(i, f)| (f.weight, i)).collect();
        let failure = &FAILURES[*self.rng.weighted(&weights)];
        self.failing(id, content, conversation, failure);
    }

    fn crash(&mut self, id: &str, content: &str, conversation: &str) {
        self.enqueue(id, content, conversation);
        self.attempt(id, 1);
        self.now += 30;
        self.event(
            self.now,
            "app.crash",
            &[
                ("error.type", "java.lang.IllegalStateException".into()),
                ("error.message", "\tat im.token.app.SendQueue.offer(SendQueue.java:88)".into()),
            ],
        );
        self.now += 4_000;
        self.event(self.now, "session.start", &[("service.version", self.bundle.version.0.into())]);
        self.truth.unsent("software.crash");
        self.truth.incident("crash");
    }

    fn offline(&mut self, id: &str, content: &str, conversation: &str) {
        self.set_network("none");
        self.now += 500;
        self.enqueue(id, content, conversation);
        self.attempt(id, 1);
        self.now += 15;
        let failure = Failure {
            cause: "network.offline",
            weight: 0,
            fields: &[
                ("error.domain", "network"),
                ("error.type", "java.net.UnknownHostException"),
                ("error.message", "Unable to resolve host \"im.token.example\""),
            ],
        };
        self.fail_event("message.fail", id, &failure);
        self.truth.unsent(failure.cause);
        self.now += 20_000;
        self.set_network("wifi");
    }

    fn fail_event(&mut self, name: &str, id: &str, failure: &Failure) {
        let mut fields: Vec<(&str, Value)> = vec![("message.id", id.into())];
        fields.extend(failure.fields.iter().map(|(k, v)| (*k, Value::from(*v))));
        self.event(self.now, name, &fields);
    }

    fn event(&mut self, at: i64, name: &str, fields: &[(&str, Value)]) {
        let mut object = Map::new();
        object.insert("timestamp".into(), self.bundle.at(at).to_rfc3339_opts(chrono::SecondsFormat::Millis, false).into());
        object.insert("event.name".into(), name.into());
        object.extend(fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())));
        self.events.push((at, Value::Object(object)));
    }

    fn line(&mut self, at: i64, level: &str, tag: &str, text: &str) {
        let time = self.bundle.at(at).format("%Y-%m-%d +8.0 %H:%M:%S%.3f");
        let pid = self.bundle.pid;
        self.lines.push((at, format!("[{level}][{time}][{pid}, {}][{tag}][:0, ][{text}", pid + 51)));
    }

    /// What matters to no message.
    fn noise(&mut self) {
        for _ in 0..self.rng.range(8, 20) {
            let (at, n) = (self.now - self.rng.range(0, 3_000), self.rng.below(100_000));
            let (tag, text) = match self.rng.below(8) {
                0 => ("mars::comm", format!("alarm cancel id:{n}, seq:{}, after:270000", n % 90)),
                1 => ("TokenIM.Image", format!("load avatar u_{n} hit=mem")),
                2 => ("mars::stn", format!("noop succ, interval:{n}")),
                3 => ("TokenIM.Recv", format!("newmsg notify seq={n} 拉取 1 条")),
                4 => ("TokenIM.UI", "onResume ChatActivity".to_owned()),
                5 => ("TokenIM.Config", format!("config send_timeout=15000 retry_max=3 rev={n}")),
                6 => ("TokenIM.Recv", format!("msgId=r-{n} download thumbnail failed: timeout")),
                _ => ("mars::comm", format!("<- getNetInfo +{}, ", n % 3)),
            };
            self.line(at, "D", tag, &text);
        }
        if self.rng.chance(300) {
            let at = self.now;
            self.event(at, "app.foreground", &[]);
        }
    }
}
