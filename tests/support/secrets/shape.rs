//! One value of each kind, in the shapes that its standard or its platform documents.

use super::check;
use super::kind::Kind;
use super::random::Random;
use super::{machine, person};

/// A value that must not leave.
#[derive(Clone, Debug)]
pub struct Secret {
    pub kind: Kind,
    /// The value as it stands under a key.
    pub value: String,
    /// The value with the words that tell what it is, where it does not tell itself.
    pub phrase: String,
    /// A key for it.
    pub key: &'static str,
    /// What of it is personal, each long enough not to occur by chance: the whole first.
    pub parts: Vec<String>,
}

/// A random value of a kind.
pub fn secret(kind: Kind, random: &mut Random) -> Secret {
    let key = random.pick(kind.keys());
    let (value, parts) = value(kind, random);
    let phrase = if kind.tells_itself() { value.clone() } else { phrase(kind, key, &value, random) };
    let mut all = vec![value.clone()];
    all.extend(parts);
    all.dedup();
    Secret { kind, value, phrase, key, parts: all }
}

impl Secret {
    /// Which of the kind's documented forms the value has.
    pub fn form(&self) -> &'static str {
        let text = self.value.as_str();
        match self.kind {
            Kind::PhoneE164 if text.starts_with("00") => "00 prefix",
            Kind::PhoneE164 | Kind::PhoneCn if text.contains([' ', '-', '(']) => "grouped",
            Kind::BankCard | Kind::Iban | Kind::Imei if text.contains([' ', '-']) => "grouped",
            Kind::Ipv6 if text.contains('%') => "zone",
            Kind::Ipv6 if text.contains('.') => "v4-mapped",
            Kind::Ipv6 if text.contains("::") => "compressed",
            Kind::Mac if text.contains('.') => "Cisco",
            Kind::Mac if text.contains('-') => "hyphens",
            Kind::Jid if text.contains('/') => "with resource",
            Kind::MatrixRoom if text.starts_with('#') => "alias",
            Kind::MatrixRoom if !text.contains(':') => "room version 12",
            Kind::Uuid if !text.contains('-') => "without hyphens",
            Kind::RawKey if text.contains(['+', '/', '=']) || text.len() == 64 && text.bytes().any(|b| b.is_ascii_uppercase()) => {
                "base64 or upper hex"
            }
            Kind::PrivateHost if text.contains("://") => "single name in a URL",
            Kind::MessageText if text.contains(' ') => "of several words",
            Kind::FileName if !text.contains('/') => "bare name",
            Kind::FileName if text.contains("://") => "URI",
            Kind::UserDirectory if text.contains(':') => "Windows",
            Kind::ImUser if text.bytes().all(|b| b.is_ascii_digit()) => "digits",
            _ => "plain",
        }
    }
}

/// The value with what tells its kind to a reader who sees only the line.
fn phrase(kind: Kind, key: &str, value: &str, random: &mut Random) -> String {
    match kind {
        Kind::Authorization => format!("{key}: {value}"),
        Kind::Ssid => match random.below(3) {
            0 => format!("SSID: \"{value}\", BSSID: <none>, Supplicant state: COMPLETED"),
            1 => format!("ssid=\"{value}\""),
            _ => format!("SSID: {value}, rssi: -61"),
        },
        Kind::PrivateHost if value.contains("://") => value.to_owned(),
        Kind::PrivateHost => format!("{}://{value}:{}/send", random.pick(&["http", "https", "wss"]), random.between(1024, 9999)),
        Kind::Coordinates => {
            let (lat, lng) = value.split_once(',').unwrap_or((value, ""));
            let lng = lng.trim();
            match random.below(4) {
                0 => format!("lat={lat}, lng={lng}"),
                1 => format!("geo:{lat},{lng}"),
                2 => format!("latitude: {lat} longitude: {lng}"),
                _ => format!("Location[gps {lat},{lng} hAcc=12]"),
            }
        }
        Kind::FileName if !value.contains('/') => format!("name=\"{value}\""),
        Kind::FileName | Kind::UserDirectory => value.to_owned(),
        Kind::MessageText => format!("{key}=\"{value}\""),
        _ => format!("{key}={value}"),
    }
}

fn value(kind: Kind, random: &mut Random) -> (String, Vec<String>) {
    match kind {
        Kind::PhoneE164 | Kind::PhoneCn => phone(kind, random),
        Kind::Imei | Kind::ResidentId | Kind::BankCard | Kind::Iban => (check::number(kind, random), Vec::new()),
        Kind::Ipv4 | Kind::Ipv6 | Kind::Mac | Kind::PrivateHost | Kind::Ssid => machine::network(kind, random),
        Kind::Authorization | Kind::Jwt | Kind::ApiToken | Kind::RawKey | Kind::Cookie | Kind::Password => machine::access(kind, random),
        _ => person::person(kind, random),
    }
}

fn phone(kind: Kind, random: &mut Random) -> (String, Vec<String>) {
    if kind == Kind::PhoneCn {
        let number = format!("1{}{}", random.between(3, 9), random.digits(9));
        let (a, b, c) = (&number[..3], &number[3..7], &number[7..]);
        let text = match random.below(9) {
            0..3 => number.clone(),
            3 => format!("{a} {b} {c}"),
            4 => format!("{a}-{b}-{c}"),
            5 => format!("+86{number}"),
            6 => format!("+86 {a} {b} {c}"),
            7 => format!("86-{number}"),
            _ => format!("+86-{a}-{b}-{c}"),
        };
        return (text, vec![number]);
    }
    let (code, length) = random.pick(&[
        ("1", 10),
        ("44", 10),
        ("49", 11),
        ("33", 9),
        ("91", 10),
        ("55", 11),
        ("7", 10),
        ("81", 10),
        ("234", 10),
        ("971", 9),
    ]);
    let national = random.pick(&["2", "3", "5", "6", "7", "9"]).to_owned() + &random.digits(length - 1);
    let (a, b, c) = (&national[..3], &national[3..6], &national[6..]);
    let text = match random.below(7) {
        0..2 => format!("+{code}{national}"),
        2 => format!("+{code} {a} {b} {c}"),
        3 => format!("+{code}-{a}-{b}-{c}"),
        4 => format!("+{code} ({a}) {b}-{c}"),
        5 => format!("+{code} {a}{b}{c}"),
        _ => format!("00{code} {a} {b}{c}"),
    };
    (text, vec![national])
}

/// A text in groups of so many characters.
pub fn split(text: &str, group: usize, between: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(group).map(|g| g.iter().collect::<String>()).collect::<Vec<_>>().join(between)
}
