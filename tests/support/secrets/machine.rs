//! Values that machines are known by, and those that open something: addresses, names of networks, tokens, passwords.

use super::kind::Kind;
use super::random::Random;
use super::shape::split;

/// An address or a name of a network, and its parts.
pub fn network(kind: Kind, random: &mut Random) -> (String, Vec<String>) {
    let octet = |random: &mut Random| random.between(100, 254).to_string();
    match kind {
        Kind::Ipv4 => {
            let (head, last, end) =
                (random.pick(&["10.2", "192.168", "172.23", "114.92", "203.18", "85.214"]), octet(random), octet(random));
            (format!("{head}.{last}.{end}"), Vec::new())
        }
        Kind::Ipv6 => {
            let group = |random: &mut Random| random.pick(&["1", "2", "3", "a", "b", "c", "d"]).to_owned() + &random.hex(3);
            let (a, b, c, d) = (group(random), group(random), group(random), group(random));
            let text = match random.below(6) {
                0 => format!("2001:{a}:{b}:0:{c}:1:{d}:8a2e"),
                1 => format!("240e:{a}::{b}:{c}:{d}"),
                2 => format!("fe80::{a}:{}ff:fe{}:{c}%wlan0", &b[..2], random.hex(2)),
                3 => format!("::ffff:{}.{}.{}.{}", random.pick(&["10", "172", "192"]), octet(random), octet(random), octet(random)),
                4 => format!("fd{}:{b}:{c}::{d}", random.hex(2)),
                _ => format!("2A02:{a}:{b}:{c}::{d}").to_uppercase(),
            };
            // Of a mapped address what is left when only its head is taken for one.
            let parts = text.strip_prefix("::ffff:").map(|v4| v4[v4.find('.').unwrap_or(0)..].to_owned());
            (text, parts.into_iter().collect())
        }
        Kind::Mac => {
            let digits = random.hex(12);
            let text = match random.below(4) {
                0 | 1 => split(&digits, 2, ":"),
                2 => split(&digits, 2, "-").to_uppercase(),
                _ => split(&digits, 4, "."),
            };
            let tail = text[text.len() - 8..].to_owned();
            (text, vec![tail])
        }
        Kind::PrivateHost => {
            let word = random.word();
            let text = match random.below(7) {
                0 => format!("{word}.local"),
                1 => format!("{word}.lan"),
                2 => format!("im-{word}.corp"),
                3 => format!("{word}.chat.internal"),
                4 => format!("{word}.intranet"),
                5 => format!("{word}.home.arpa"),
                _ => format!("http://{word}:{}/v1/send", random.between(1024, 9999)),
            };
            (text, vec![word])
        }
        _ => {
            let word = random.name();
            let text = match random.below(4) {
                0 => format!("{word}-5G"),
                1 => format!("{word} Guest"),
                2 => format!("FRITZ!Box {word}"),
                _ => word.clone(),
            };
            (text, vec![word])
        }
    }
}

/// What opens an account, and its parts.
pub fn access(kind: Kind, random: &mut Random) -> (String, Vec<String>) {
    const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    match kind {
        Kind::Authorization => {
            let length = random.between(20, 48);
            let token = random.from(BASE64URL, length);
            let scheme = random.pick(&["Bearer", "bearer", "Basic", "Token", "Bearer"]);
            (format!("{scheme} {token}"), vec![token])
        }
        Kind::Jwt => {
            let (payload, signature) = (random.from(BASE64URL, 64), random.from(BASE64URL, 43));
            let head = random.pick(&["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJhbGciOiJSUzI1NiJ9"]);
            (format!("{head}.eyJ{payload}.{signature}"), vec![payload, signature])
        }
        Kind::ApiToken => {
            let text = match random.below(5) {
                0 => format!("syt_{}_{}_{}", random.token(12), random.token(20), random.token(6)),
                1 => random.token(24),
                2 => random.hex(32),
                3 => format!("sk-{}", random.token(32)),
                _ => random.token(16),
            };
            (text, Vec::new())
        }
        Kind::RawKey => {
            let text = match random.below(6) {
                0 => random.hex(32),
                1 => random.hex(40),
                2 => random.hex(64),
                3 => random.hex(64).to_uppercase(),
                4 => random.from(BASE64, 43) + "=",
                _ => random.from(BASE64, 64),
            };
            let head = text[..20].to_owned();
            (text, vec![head])
        }
        Kind::Cookie => {
            let (value, name) = (random.token(26), random.pick(&["sid", "JSESSIONID", "session", "rc_token"]));
            let text = match random.below(3) {
                0 => format!("{name}={value}; theme=dark"),
                1 => format!("{name}={value}; Path=/; HttpOnly"),
                _ => format!("lang=en; {name}={value}"),
            };
            (text, vec![value])
        }
        _ => {
            let word = random.name();
            let text = match random.below(4) {
                0 => format!("{word}{}!", random.digits(3)),
                1 => format!("{word}#{}", random.word()),
                2 => format!("{word}@{}$x", random.digits(2)),
                _ => word.clone() + &random.digits(4),
            };
            (text, vec![word])
        }
    }
}
