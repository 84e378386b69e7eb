//! Secrets around the lines of a log: in what is said of app and device, in metadata, in names of files and members.

use super::kind::Kind;
use super::logs::{Form, Message};
use super::planter::{Garden, Plant, Position, gzip, zip};
use super::random::Random;
use super::shape::{Secret, secret};

/// Kinds that people put into names of devices, networks and uploads.
const NAMES: [Kind; 10] = [
    Kind::PhoneCn,
    Kind::PhoneE164,
    Kind::Email,
    Kind::Mac,
    Kind::Uuid,
    Kind::Imei,
    Kind::ResidentId,
    Kind::BankCard,
    Kind::RawKey,
    Kind::Ipv4,
];

pub fn headers(garden: &mut Garden, random: &mut Random) {
    let mut add = |name: &str, kind: Kind, secret: Secret, header: String, message: String| {
        let at = format!("header-{name}-{kind:?}/log.txt");
        garden.files.push((at.clone(), (header.clone() + &message).into_bytes()));
        garden.plants.push(Plant { secret, place: None, position: Position::Header, form: None, at, written: header });
    };
    let message = |form: Form| {
        form.message(&Message {
            number: 1,
            failure: "timeout after 15000 ms",
            fields: None,
            beside: "queue length 3",
            below: "",
            content: "...",
            receiver: "peer",
        })
    };
    for kind in NAMES {
        for (name, template) in [
            ("device", "11-18 10:00:00.001  6120  6120 I TernApp : app start version=1.12.3(1123) device=samsung @ android=14\n"),
            ("version", "11-18 10:00:00.001  6120  6120 I TernApp : app start version=1.12.3-@(1123) device=samsung SM-A546B android=14\n"),
            (
                "carrier",
                "11-18 10:00:00.001  6120  6120 I TernApp : version=1.12.3(1123) device=samsung SM-A546B android=14 carrier=@ channel=@ region=@\n",
            ),
        ] {
            let secret = secret(kind, random);
            let header = template.replace('@', &secret.value);
            add(name, kind, secret, header, message(Form::Logcat));
        }
        let secret = secret(kind, random);
        let header = Form::SignalAndroid.header().replace("Pixel 7", &secret.value);
        add("sysinfo", kind, secret, header, message(Form::SignalAndroid));
    }
}

pub fn metadata(garden: &mut Garden, random: &mut Random) {
    const FIELDS: [&str; 13] = [
        "app",
        "app_version",
        "app_build",
        "channel",
        "device.manufacturer",
        "device.model",
        "os.version",
        "os.build",
        "installation_id",
        "region",
        "carrier",
        "network_subtype",
        "user_id",
    ];
    for field in FIELDS {
        for kind in NAMES {
            let secret = secret(kind, random);
            let mut meta = serde_json::json!({"app": "TernApp", "app_version": "3.5.1", "app_build": "30501", "channel": "store", "device": {"manufacturer": "Xiaomi", "model": "2211133C", "class": "phone"}, "os": {"name": "android", "version": "14"}, "installation_id": "27bda2cff08c8b8d", "exported_at": "2026-11-18T13:00:00+08:00"});
            match field.split_once('.') {
                Some((outer, inner)) => meta[outer][inner] = secret.value.clone().into(),
                None => meta[field] = secret.value.clone().into(),
            }
            let folder = format!("meta-{}-{kind:?}", field.replace('.', "-"));
            let log = Form::Telemetry.header().replace(",\"service.version\":\"3.5.1\"", "")
                + &Form::Telemetry.message(&Message {
                    number: 1,
                    failure: "timeout",
                    fields: None,
                    beside: "x",
                    below: "",
                    content: "...",
                    receiver: "peer",
                });
            garden.files.push((format!("{folder}/meta.json"), meta.to_string().into_bytes()));
            garden.files.push((format!("{folder}/telemetry.jsonl"), log.into_bytes()));
            garden.plants.push(Plant {
                secret,
                place: None,
                position: Position::Metadata,
                form: None,
                at: format!("{folder}/meta.json: {field}"),
                written: meta.to_string(),
            });
        }
    }
    for field in ["user_text", "user_id", "device_id", "device", "os", "Version", "User-Agent", "branch_name"] {
        for kind in NAMES {
            let secret = secret(kind, random);
            let mut details = serde_json::json!({"id": "2026-11-18/183602-K4QZ7TNB", "create_time": 1_795_024_000_000_u64, "user_text": "stayed red", "app": "element-web", "data": {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Electron/38.2", "Version": "1.12.3", "user_id": "@x:y.example"}, "labels": null, "logs": ["logs-0000.log.gz"]});
            if field == "user_text" {
                details[field] = secret.value.clone().into()
            } else {
                details["data"][field] = secret.value.clone().into()
            }
            let folder = format!("rage-{field}-{kind:?}");
            let log = Form::ElementWeb.message(&Message {
                number: 1,
                failure: "timeout",
                fields: None,
                beside: "x",
                below: "",
                content: "...",
                receiver: "!r:hs.example",
            });
            garden.files.push((format!("{folder}/details.json"), details.to_string().into_bytes()));
            garden.files.push((format!("{folder}/logs-0000.log.gz"), gzip(log.as_bytes())));
            garden.plants.push(Plant {
                secret,
                place: None,
                position: Position::Metadata,
                form: None,
                at: format!("{folder}/details.json: {field}"),
                written: details.to_string(),
            });
        }
    }
}

/// Names of files, folders and members, of what is read and of what is not.
pub fn names(garden: &mut Garden, random: &mut Random) {
    let log = |form: Form| {
        form.header()
            + &form.message(&Message {
                number: 1,
                failure: "timeout after 15000 ms",
                fields: None,
                beside: "x",
                below: "",
                content: "...",
                receiver: "peer",
            })
    };
    let kinds =
        Kind::ALL.into_iter().filter(|k| k.tells_itself() || matches!(k, Kind::ImUser | Kind::PersonName | Kind::FileName | Kind::Ssid));
    for kind in kinds {
        for (position, way) in [
            (Position::FileName, "plain"),
            (Position::FileName, "within"),
            (Position::Directory, "plain"),
            (Position::Directory, "within"),
            (Position::Member, "plain"),
            (Position::Member, "within"),
            (Position::Damaged, "gzip"),
            (Position::Damaged, "zip"),
            (Position::Damaged, "png"),
            (Position::Damaged, "member"),
        ] {
            let secret = secret(kind, random);
            if secret.value.contains(['/', '\0', '\\']) || secret.value.len() > 120 {
                continue;
            }
            let name = if way == "plain" { secret.value.clone() } else { format!("log_{}_2026-11-18", secret.value) };
            let number = garden.files.len();
            let (at, bytes) = match position {
                Position::FileName => (format!("files-{number}/{name}.log"), log(Form::Logcat).into_bytes()),
                Position::Directory => (format!("folder-{number}/{name}/log.txt"), log(Form::Logcat).into_bytes()),
                Position::Member => {
                    (format!("archive-{number}.zip"), zip(&[(&format!("{name}/{name}.log"), log(Form::JsonLines).as_bytes())]))
                }
                _ => match way {
                    "gzip" => (format!("bad-{number}/{name}.log.gz"), gzip(log(Form::Logcat).as_bytes())[..60].to_vec()),
                    "zip" => (format!("bad-{number}/{name}.zip"), b"PK\x03\x04 nothing of the kind".to_vec()),
                    "png" => (format!("bad-{number}/{name}.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
                    _ => (format!("bad-{number}.zip"), zip(&[(&format!("{name}.log.gz"), &gzip(log(Form::Logcat).as_bytes())[..60])])),
                },
            };
            garden.files.push((at.clone(), bytes));
            garden.plants.push(Plant { secret, place: None, position, form: None, at, written: name });
        }
    }
}
