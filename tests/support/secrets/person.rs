//! Values that name people, what they write and where they are.

use super::kind::Kind;
use super::random::Random;

/// A value and its parts.
pub fn person(kind: Kind, random: &mut Random) -> (String, Vec<String>) {
    let (word, other) = (random.word(), random.word());
    match kind {
        Kind::Email => {
            let local = match random.below(4) {
                0 => format!("{word}.{other}"),
                1 => format!("{word}+chat{}", random.digits(2)),
                2 => format!("{word}_{}", random.digits(3)),
                _ => word.clone(),
            };
            let host = random.pick(&["gmail.com", "qq.com", "163.com", "web.de", "corp.example.co.uk", "mail.example.org"]);
            (format!("{local}@{host}"), vec![local, word])
        }
        Kind::Jid => {
            let text = match random.below(3) {
                0 => format!("{word}@jabber.example/{}.{}", random.name(), random.token(4)),
                1 => format!("{word}@conference.jabber.example/{other}"),
                _ => format!("{word}@xmpp.example.net"),
            };
            (text, vec![word])
        }
        Kind::MatrixUser => (format!("@{word}:{}", random.pick(&["matrix.org", "hs.example.com", "hs.kestrel.example:8448"])), vec![word]),
        Kind::MatrixRoom => {
            let id = random.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 18);
            match random.below(4) {
                0 | 1 => (format!("!{id}:hs.example.com"), vec![id]),
                2 => (format!("#{word}:matrix.org"), vec![word]),
                _ => {
                    let long = random.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 43);
                    (format!("!{long}"), vec![long])
                }
            }
        }
        Kind::Uuid => {
            let hex = random.hex(32);
            let dashed = format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]);
            let text = match random.below(4) {
                0 => dashed.replace('-', ""),
                1 => dashed.to_uppercase(),
                _ => dashed,
            };
            let tail = text[text.len() - 12..].to_owned();
            (text, vec![tail])
        }
        Kind::Coordinates => {
            let (lat, lng) =
                (format!("{}.{}", random.between(21, 59), random.digits(6)), format!("{}.{}", random.between(73, 129), random.digits(6)));
            (format!("{lat},{lng}"), vec![lat, lng])
        }
        Kind::MessageText => {
            let text = match random.below(3) {
                0 => format!("{word} {other}"),
                1 => format!("meet {word} at {other} tomorrow"),
                _ => format!("{word}，{other}"),
            };
            (text, vec![word, other])
        }
        Kind::FileName => {
            let stamp = random.digits(6);
            let text = match random.below(6) {
                0 => format!("file:///storage/emulated/0/DCIM/Camera/{word}_{stamp}.jpg"),
                1 => format!("/storage/emulated/0/Download/{word} {other}.pdf"),
                2 => format!("/data/user/0/com.example.chat/cache/{word}.mp4"),
                3 => format!("content://media/external/images/{word}-{stamp}.png"),
                4 => format!("/var/mobile/Containers/Data/Application/{word}.heic"),
                _ => format!("{word}-{other}.docx"),
            };
            (text, vec![word])
        }
        Kind::UserDirectory => {
            let text = match random.below(4) {
                0 => format!("C:\\Users\\{word}\\AppData\\Roaming\\Chat\\db.sqlite"),
                1 => format!("/Users/{word}/Library/Application Support/Chat/db"),
                2 => format!("/home/{word}/.config/chat/db.sqlite"),
                _ => format!("C:/Users/{word}/chat.db"),
            };
            (text, vec![word])
        }
        Kind::ImUser => {
            let text = match random.below(4) {
                0 => random.pick(&["2", "5", "7"]).to_owned() + &random.digits(9),
                1 => word.clone(),
                2 => format!("{word}_{}", random.digits(3)),
                _ => format!("u{}{}", random.digits(5), word),
            };
            (text, Vec::new())
        }
        Kind::DeviceId => {
            let text = match random.below(3) {
                0 => format!("46000{}", random.digits(10)),
                1 => format!("898600{}", random.digits(14)),
                _ => random.hex(16),
            };
            (text, Vec::new())
        }
        _ => (format!("{} {}", random.name(), random.name()), Vec::new()),
    }
}
