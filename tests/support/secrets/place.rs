//! Where in a statement a secret can stand, and with what around it.

use super::encode::{escaped, full_width, html, percent};
use super::kind::Kind;
use super::random::Random;
use super::shape::Secret;
use serde_json::{Value, json};

/// A way to write a secret into a statement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Place {
    Bare,
    LineStart,
    LineEnd,
    KeyValue,
    KeyColon,
    KeySpaced,
    NeutralKey,
    DoubleQuoted,
    SingleQuoted,
    Backquoted,
    KeyQuoted,
    Round,
    Square,
    Angle,
    Commas,
    Semicolon,
    Arrow,
    Pipes,
    Slashes,
    FullStop,
    Cjk,
    CjkKey,
    CjkStop,
    Glued,
    GluedBehind,
    Underscores,
    Json,
    JsonNested,
    JsonArray,
    JsonKey,
    JsonNumber,
    JsonInJson,
    JsonNeutral,
    UrlPath,
    UrlQuery,
    UrlUser,
    UrlHost,
    UrlFragment,
    Exception,
    CausedBy,
    Frame,
    Percent,
    PercentTwice,
    JsonEscaped,
    Html,
    AnsiSplit,
    FullWidth,
    Upper,
    Lower,
    ToString,
    GoStruct,
    MapString,
    Sql,
    XmlAttribute,
    XmlText,
}

use Place::*;

impl Place {
    pub const ALL: [Self; 55] = [
        Bare,
        LineStart,
        LineEnd,
        KeyValue,
        KeyColon,
        KeySpaced,
        NeutralKey,
        DoubleQuoted,
        SingleQuoted,
        Backquoted,
        KeyQuoted,
        Round,
        Square,
        Angle,
        Commas,
        Semicolon,
        Arrow,
        Pipes,
        Slashes,
        FullStop,
        Cjk,
        CjkKey,
        CjkStop,
        Glued,
        GluedBehind,
        Underscores,
        Json,
        JsonNested,
        JsonArray,
        JsonKey,
        JsonNumber,
        JsonInJson,
        JsonNeutral,
        UrlPath,
        UrlQuery,
        UrlUser,
        UrlHost,
        UrlFragment,
        Exception,
        CausedBy,
        Frame,
        Percent,
        PercentTwice,
        JsonEscaped,
        Html,
        AnsiSplit,
        FullWidth,
        Upper,
        Lower,
        ToString,
        GoStruct,
        MapString,
        Sql,
        XmlAttribute,
        XmlText,
    ];

    /// Whether a secret can stand here and still be told to be one by a careful reader.
    pub fn takes(self, secret: &Secret) -> bool {
        let (value, kind) = (secret.value.as_str(), secret.kind);
        let phrase_has_key = secret.phrase.contains('=') || secret.phrase.contains(": ");
        match self {
            NeutralKey | JsonNeutral | JsonKey | JsonArray => kind.tells_itself(),
            Glued | GluedBehind | Underscores => kind.tells_itself() && kind.is_plain() && !value.contains([' ', '-', '+']),
            JsonNumber => value.bytes().all(|b| b.is_ascii_digit()) && value.len() < 19 && !value.starts_with('0'),
            UrlUser => matches!(kind, Kind::Password | Kind::Email | Kind::PhoneCn | Kind::PhoneE164),
            UrlHost => matches!(kind, Kind::Ipv4 | Kind::Ipv6 | Kind::PrivateHost | Kind::Uuid) && !value.contains(['%', '/']),
            UrlPath | UrlFragment => kind.tells_itself(),
            Percent | PercentTwice => !value.bytes().all(|b| b.is_ascii_alphanumeric()),
            JsonEscaped | Html => value.contains(['+', '@', '/', ':', '=', '"', '&', '\\']),
            FullWidth => matches!(kind, Kind::PhoneCn | Kind::ResidentId | Kind::BankCard | Kind::Imei),
            // Where the words around it tell what it is, a bracket of its own would part them.
            Round | Square | Angle | Backquoted | SingleQuoted | DoubleQuoted => kind.tells_itself() || !phrase_has_key,
            Upper | Lower => !matches!(kind, Kind::Jwt | Kind::RawKey | Kind::Authorization) && value.contains(|c: char| c.is_alphabetic()),
            Sql | XmlAttribute | XmlText => kind != Kind::Authorization && kind != Kind::Cookie,
            _ => true,
        }
    }

    /// How a reader must look to see the secret: 0 as it stands, 1 in an encoding of URLs or JSON, 2 in one that
    /// few logs hold.
    pub fn depth(self) -> u8 {
        match self {
            Percent | UrlPath | UrlQuery | UrlUser | UrlFragment | JsonEscaped | JsonInJson => 1,
            PercentTwice | Html | AnsiSplit | FullWidth | Glued | GluedBehind => 2,
            _ => 0,
        }
    }

    /// The JSON value of a place that is JSON.
    pub fn fields(self, secret: &Secret) -> Option<Value> {
        let (key, value) = (secret.key, secret.value.as_str());
        Some(match self {
            Json => json!({ key: value, "retry": 2 }),
            JsonNested => json!({ "data": { "peer": { key: value, "state": "idle" } } }),
            JsonArray => json!({ (format!("{key}s")): [value, "other"] }),
            JsonKey => json!({ "members": { value: { "state": 3 } } }),
            JsonNumber => json!({ key: value.parse::<u64>().ok()?, "retry": 2 }),
            JsonInJson => json!({ "payload": json!({ key: value, "retry": 2 }).to_string() }),
            JsonNeutral => json!({ "arg0": value, "retry": 2 }),
            _ => return None,
        })
    }

    /// A statement of this place.
    pub fn statement(self, secret: &Secret, random: &mut Random) -> String {
        let Secret { key, value, phrase, kind, .. } = secret;
        if let Some(fields) = self.fields(secret) {
            return format!("timeout, request was {fields}");
        }
        let host = "https://api.chat.example.com";
        match self {
            Bare => format!("peer dropped {phrase} during send, timeout"),
            LineStart => format!("{phrase} refused the connection, timeout"),
            LineEnd => format!("timeout after 15000 ms for {phrase}"),
            KeyValue => format!("timeout code=504 {key}={value} attempt=2"),
            KeyColon => format!("timeout, {key}: {value}, attempt 2"),
            KeySpaced => format!("timeout {key} = {value} after 3 tries"),
            NeutralKey => format!("timeout arg0={phrase} attempt=2"),
            DoubleQuoted => format!("timeout for \"{phrase}\" after 3 tries"),
            SingleQuoted => format!("timeout for '{phrase}' after 3 tries"),
            Backquoted => format!("timeout for `{phrase}` after 3 tries"),
            KeyQuoted => format!("timeout {key}=\"{value}\" after 3 tries"),
            Round => format!("timeout ({phrase}) after 3 tries"),
            Square => format!("timeout [{phrase}] after 3 tries"),
            Angle => format!("timeout <{phrase}> after 3 tries"),
            Commas => format!("timeout a,{phrase},b after 3 tries"),
            Semicolon => format!("timeout;{phrase};3 tries"),
            Arrow => format!("timeout queue->{phrase}->socket"),
            Pipes => format!("timeout|{phrase}|3 tries"),
            Slashes => format!("timeout at session/{phrase}/send"),
            FullStop => format!("timeout for {phrase}. Try again."),
            Cjk => format!("发送超时timeout，{}{phrase}，请重试", kind.chinese()),
            CjkKey => format!("发送超时timeout，{}：{value}。请重试", kind.chinese()),
            CjkStop => format!("用户{phrase}发送超时timeout"),
            Glued => format!("timeout for {}{value} after 3 tries", key.replace('_', "")),
            GluedBehind => format!("timeout for {value}offline after 3 tries"),
            Underscores => format!("timeout in conv_{value}_0 after 3 tries"),
            UrlPath => format!("timeout {host}/v1/users/{}/send", percent(value)),
            UrlQuery => format!("timeout {host}/v1/send?{key}={}&n=1", percent(value)),
            UrlUser => format!("timeout https://{}:pw@api.chat.example.com/v1/send", percent(value)),
            UrlHost if *kind == Kind::Ipv6 => format!("timeout https://[{value}]:8443/v1/send"),
            UrlHost => format!("timeout https://{value}:8443/v1/send"),
            UrlFragment => format!("timeout {host}/#/chat/{}", percent(value)),
            Exception => format!("java.io.IOException: timeout, cannot deliver to {phrase} (attempt 2)"),
            CausedBy => format!("Caused by: java.net.SocketTimeoutException: {phrase}"),
            Frame => format!("timeout at com.example.Send.run(Send.kt:42) [{phrase}]"),
            Percent => format!("timeout in {} after 3 tries", percent_phrase(phrase, value, percent)),
            PercentTwice => format!("timeout in {} after 3 tries", percent_phrase(phrase, value, |v| percent(&percent(v)))),
            JsonEscaped => format!("timeout, request was {{\"{key}\":\"{}\",\"retry\":2}}", escaped(value)),
            Html => format!("timeout in {} after 3 tries", percent_phrase(phrase, value, html)),
            FullWidth => format!("发送超时timeout，{}{}", kind.chinese(), full_width(value)),
            AnsiSplit => {
                let at = (value.chars().count() / 2).max(1);
                let (head, tail): (String, String) = (value.chars().take(at).collect(), value.chars().skip(at).collect());
                let text = phrase.replacen(value.as_str(), &format!("\u{1b}[31m{head}\u{1b}[0m{tail}"), 1);
                format!("timeout for {text} after 3 tries")
            }
            Upper => format!("TIMEOUT FOR {}", phrase.to_uppercase()),
            Lower => format!("timeout for {}", phrase.to_lowercase()),
            ToString => format!("timeout in Peer(id=7, {key}={value}, state=ACTIVE)"),
            GoStruct => format!("timeout in &{{{}{}:{value} State:1}}", key[..1].to_uppercase(), &key[1..]),
            MapString => format!("timeout in {{{key}={value}, retry=2}}"),
            Sql => format!("timeout: SELECT _id FROM peers WHERE {key}='{value}' LIMIT 1"),
            XmlAttribute => format!("timeout <peer {key}='{value}' state='2'/>"),
            XmlText => format!("timeout <item><{key}>{value}</{key}></item>"),
            Json | JsonNested | JsonArray | JsonKey | JsonNumber | JsonInJson | JsonNeutral => {
                let _ = random;
                unreachable!("these are fields")
            }
        }
    }
}

/// A phrase with its value encoded, the words around it as they are.
fn percent_phrase(phrase: &str, value: &str, encode: impl Fn(&str) -> String) -> String {
    if phrase.contains(value) { phrase.replacen(value, &encode(value), 1) } else { encode(phrase) }
}
