//! Values that are personal because of the name before them: `password=…`, `"content":"…"`, `手机号：…`.
//!
//! One row per group of names. A row of words stays if its value is one of the plain words of
//! `checks.rs` (`token: expired`), or if the row's own test says so.

use super::checks::{is_plain, is_random};
use super::patterns::Patterns;
use super::shapes::Shown;
use super::value::Bare;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::Regex;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What precedes the value: quotes of the key, escaped or not, then `:`, `=`, `：`, `=>`, `是` or `为`.
const SEPARATOR: &str = r#"\\*["'”]{0,2}\s*(?:=>|[:=：是为])\s*"#;
/// Quotes of a key that [`SEPARATOR`] knows.
const QUOTES_MAX: usize = 2;
/// A `key` or `sig` shorter than this is a word or a number.
const WEAK_SECRET_MIN_BYTES: usize = 16;
/// System users of Android have up to six digits (`uid=10234`); accounts have more.
const SYSTEM_USER_MAX_DIGITS: usize = 6;
/// A phone number has at least this many digits.
const PHONE_MIN_DIGITS: usize = 5;

/// A value found by its key: the line, where the value starts, the value.
pub(super) struct Found<'a> {
    pub(super) value: &'a str,
    pub(super) quoted: bool,
    pub(super) equals: bool,
    /// Whether its name is Chinese: such names are labels that people wrote for people.
    pub(super) is_han: bool,
    /// The line that it is in.
    pub(super) line: &'a Line<'a>,
}

/// What is asked about a whole line, answered once.
pub(super) struct Line<'a> {
    text: &'a str,
    names_message: OnceCell<bool>,
}

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, names_message: OnceCell::new() }
    }

    /// Whether it names the id of a message: whom a message goes to is a person, where a state goes to is none.
    fn names_message(&self) -> bool {
        *self.names_message.get_or_init(|| MESSAGE_IDS.is_match(self.text))
    }
}

/// A group of keys.
pub(super) struct KeyRow {
    /// Kind, as shown.
    pub(super) shown: Shown,
    /// Names, `|` between; `_` stands for `_`, `.`, `-` or nothing.
    names: &'static str,
    /// Whether the names may end a longer one (`im_token`, `accessToken`).
    suffix: bool,
    /// How far a value without quotes goes.
    pub(super) bare: Bare,
    /// Whether the line's own message may stand under these names, at the top of a JSON line.
    pub(super) may_be_log: bool,
    /// Whether a value is personal.
    pub(super) accept: fn(&Found<'_>) -> bool,
}

pub(super) const KEYS: &[KeyRow] = &[
    KeyRow {
        shown: Shown::Mask("text"),
        names: "content|contents|msg_content|message_content|message_text|text_content|text_elem|plain_text|msg_body|msg_text|push_content|push_text|quote_text|formatted_body|caption|draft|消息内容|正文",
        suffix: false,
        bare: Bare::Text,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && !f.value.starts_with("//") && !is_measure(f.value),
    },
    KeyRow {
        shown: Shown::Mask("text"),
        names: "text|body",
        suffix: false,
        bare: Bare::Text,
        may_be_log: true,
        accept: |f| !is_plain(f.value) && !f.value.starts_with("//") && !is_measure(f.value),
    },
    KeyRow {
        shown: Shown::Mask("text"),
        // An error's own words stand behind `desc=` (TIM).
        names: "desc",
        suffix: false,
        bare: Bare::Never,
        may_be_log: true,
        accept: |f| f.quoted && !is_plain(f.value),
    },
    KeyRow {
        shown: Shown::Mask("text"),
        names: "subject|alert|title|reply_to|original_text",
        suffix: false,
        bare: Bare::Text,
        may_be_log: true,
        accept: |f| (f.quoted || f.equals) && !is_plain(f.value) && !f.value.starts_with("//") && !is_measure(f.value),
    },
    KeyRow {
        shown: Shown::Mask("secret"),
        names: "authorization|cookie|set_cookie",
        suffix: true,
        bare: Bare::Line,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && !is_plain(f.value.split([' ', ',']).next().unwrap_or("")),
    },
    KeyRow {
        shown: Shown::Mask("secret"),
        names: "password|passwd|pwd|passphrase|passcode|secret|credential|credentials|otp|pin_code|verify_code|verification_code|sms_code|captcha_code|private_key|api_key|app_key|access_key|secret_key|session_key|aes_key|enc_key|master_key|recovery_key|密码|口令|验证码|密钥|令牌",
        suffix: true,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && !f.value.starts_with(':'),
    },
    KeyRow {
        shown: Shown::Mask("secret"),
        names: "token|ticket|user_sig|signature|sig|sign|csrf|jsessionid|key|salt|ciphertext",
        suffix: true,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| {
            let digit = f.value.bytes().any(|b| b.is_ascii_digit());
            let letter = f.value.bytes().any(|b| b.is_ascii_alphabetic());
            let long = f.value.len() >= WEAK_SECRET_MIN_BYTES && !f.value.contains(char::is_whitespace);
            !is_plain(f.value) && ((digit && letter && f.value.len() >= 6) || (long && is_random(f.value)) || (digit && long))
        },
    },
    KeyRow {
        // An id of a message in Wire, of a request elsewhere: lines are followed by it.
        shown: Shown::Pseudonym("id"),
        names: "nonce",
        suffix: true,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && f.value.len() >= 6 && f.value.bytes().any(|b| b.is_ascii_digit()),
    },
    KeyRow {
        shown: Shown::Mask("name"),
        names: "nick_name|sender_nickname|from_nick|display_name|real_name|full_name|first_name|last_name|contact_name|sender_name|user_name|group_name|room_name|remark|昵称|姓名|备注名|备注|用户名|群名称",
        suffix: false,
        bare: Bare::Clause,
        may_be_log: false,
        accept: |f| !is_plain(f.value),
    },
    KeyRow {
        shown: Shown::Mask("name"),
        names: "host_name|device_name|computer_name|machine_name",
        suffix: false,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && !f.value.contains('.'),
    },
    KeyRow {
        shown: Shown::Mask("ssid"),
        names: "ssid|wifi_name|ap_name|网络名称|无线网络|热点名称|热点",
        suffix: true,
        bare: Bare::Clause,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && !f.value.contains("unknown ssid"),
    },
    KeyRow {
        shown: Shown::Mask("ssid"),
        names: "extra",
        suffix: false,
        bare: Bare::Never,
        may_be_log: false,
        accept: |f| f.quoted && !f.equals && !is_plain(f.value) && !f.value.contains(['{', ':']),
    },
    KeyRow {
        shown: Shown::Mask("file"),
        names: "file_name|attachment_name|file_path|local_path|save_path|source_path|image_path|video_path|voice_path|文件名称|文件名|附件名|附件",
        suffix: false,
        bare: Bare::Clause,
        may_be_log: false,
        accept: |f| {
            let name = f.value.trim_end_matches(['/', ' ']).to_ascii_lowercase();
            let telling = f.quoted || f.equals || f.is_han || name.contains('.');
            telling && !is_plain(f.value) && !SOURCE_ENDINGS.iter().any(|end| name.ends_with(end)) && name.len() > 2
        },
    },
    KeyRow {
        shown: Shown::Mask("phone"),
        names: "phone|phone_number|phone_no|phone_num|mobile|mobile_number|mobile_no|tel|telephone|msisdn|cell_phone|contact_number|手机号码|手机号|手机|电话号码|电话",
        suffix: true,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| f.value.bytes().filter(u8::is_ascii_digit).count() >= PHONE_MIN_DIGITS,
    },
    KeyRow {
        shown: Shown::Mask("id_card"),
        names: "id_card|id_card_no|id_number|身份证号码|身份证号|身份证",
        suffix: false,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| f.value.bytes().filter(u8::is_ascii_digit).count() >= PHONE_MIN_DIGITS,
    },
    KeyRow {
        shown: Shown::Mask("coordinate"),
        names: "lat|latitude|lng|lon|longitude|经度|纬度",
        suffix: false,
        bare: Bare::Number,
        may_be_log: false,
        accept: |f| f.value.parse::<f64>().is_ok_and(|n| n.abs() <= 180.0) && f.value.contains('.'),
    },
    KeyRow {
        shown: Shown::Pseudonym("d"),
        names: "device_id|dev_id|dev id|android_id|oaid|idfa|idfv|udid|imei|imsi|iccid|meid|serial_no|serial_number|serialno|serial|installation_id|install_id|push_token|registration_id|client_instance_id|设备号|设备编号|设备id|序列号",
        suffix: true,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && f.value.len() > 3 && !f.value.starts_with(':'),
    },
    KeyRow {
        shown: Shown::Pseudonym("u"),
        names: "user_id|login_user|open_id|union_id|acc_id|account_id|from_account|to_account|send_id|recv_id|sender_id|receiver_id|from_uid|to_uid|from_user|to_user|from_id|to_id|peer_id|owner_id|member_id|customer_id|uin|qq|wx_id|aci|pni|service_id|用户id",
        suffix: true,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && !f.value.starts_with(':'),
    },
    KeyRow {
        shown: Shown::Pseudonym("u"),
        names: "uid",
        suffix: true,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| {
            let system = f.value.len() <= SYSTEM_USER_MAX_DIGITS && f.value.bytes().all(|b| b.is_ascii_digit());
            !is_plain(f.value) && !system && !f.value.starts_with("u0_a") && !f.value.starts_with(':')
        },
    },
    KeyRow {
        shown: Shown::Pseudonym("u"),
        names: "user|account|sender|receiver|recipient|peer|contact|member|owner|jid|from|to|login|identifier|账号|帐号|用户|对方",
        suffix: false,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| {
            let digits = f.value.bytes().filter(u8::is_ascii_digit).count();
            let word = !f.value.contains(char::is_whitespace) && !f.value.contains("://") && !f.value.starts_with(':');
            let of_message = || f.line.names_message() && f.value.len() >= 4;
            let telling =
                f.quoted || f.is_han || (f.equals && digits >= 1 && f.value.len() >= 5) || digits >= 6 || (f.equals && of_message());
            !is_plain(f.value) && word && telling && f.value.len() >= 3 && !(digits == f.value.len() && digits < 4)
        },
    },
    KeyRow {
        shown: Shown::Pseudonym("g"),
        names: "rid|group_id|room_id|chat_id|conversation_id|conv_id|dialog_id|team_id|channel_id|session_id|群号|群id",
        suffix: true,
        bare: Bare::Word,
        may_be_log: false,
        accept: |f| !is_plain(f.value) && f.value.len() > 3 && !f.value.starts_with(':'),
    },
];

/// Names of ids of messages.
static MESSAGE_IDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let names = ["msgid", "msg_id", "messageid", "message_id", "message id"];
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(names).expect("five words")
});

/// A size, a count or a kind of content: `118 bytes`, `image/jpeg`.
fn is_measure(value: &str) -> bool {
    static MEASURE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^[0-9.]+ ?(?:b|kb|mb|kib|mib|bytes?|chars?|characters|lines?|ms|s)?$|^(?:text|image|video|audio|application|multipart)/[a-z0-9.+*-]+$",
        )
        .expect("the pattern is a constant")
    });
    MEASURE.is_match(value)
}

/// Names of files that are a program's and not a person's.
const SOURCE_ENDINGS: &[&str] = &[
    ".kt", ".java", ".swift", ".m", ".mm", ".go", ".cc", ".cpp", ".c", ".h", ".rs", ".js", ".ts", ".tsx", ".py", ".dart", ".cs", ".so",
    ".dll", ".dylib", ".log", ".xlog", ".db", ".sqlite",
];

/// The patterns of the rows, each up to the start of its value.
pub(super) static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(KEYS.len(), |row| pattern(&KEYS[row])));
/// The last words of all names, each with the rows that have it: a line without them in front of a
/// separator needs none of the patterns.
static NEEDLES: LazyLock<Needles> = LazyLock::new(Needles::new);

struct Needles {
    find: AhoCorasick,
    rows: Vec<u32>,
}

impl Needles {
    fn new() -> Self {
        let mut by_word: BTreeMap<String, u32> = BTreeMap::new();
        for (row, found) in KEYS.iter().enumerate() {
            for name in found.names.split('|') {
                let word = name.rsplit('_').next().unwrap_or(name).to_lowercase();
                *by_word.entry(word).or_default() |= 1 << row;
            }
        }
        let find = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(by_word.keys())
            .expect("the names are short");
        Needles { find, rows: by_word.into_values().collect() }
    }
}

/// The rows that a line may have, as numbers in order.
pub(super) fn rows(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let mut mask = 0u32;
    for m in NEEDLES.find.find_overlapping_iter(text) {
        let rows = NEEDLES.rows[m.pattern().as_usize()];
        if mask & rows != rows && is_separated(&bytes[m.end()..]) {
            mask |= rows;
        }
    }
    (0..KEYS.len()).filter(move |row| mask & (1 << row) != 0)
}

/// Whether what follows a name may be [`SEPARATOR`], by its first bytes.
fn is_separated(mut rest: &[u8]) -> bool {
    while let Some((b'\\', after)) = rest.split_first().map(|(b, r)| (*b, r)) {
        rest = after;
    }
    for _ in 0..QUOTES_MAX {
        match rest.first() {
            Some(b'"' | b'\'') => rest = &rest[1..],
            Some(0xe2) => return true,
            _ => break,
        }
    }
    while let Some(b'\t'..=b'\r' | b' ') = rest.first() {
        rest = &rest[1..];
    }
    // Blanks and Chinese separators are more than one byte in UTF-8.
    matches!(rest.first(), Some(b':' | b'=' | 0x80..))
}

fn pattern(row: &KeyRow) -> String {
    let names = row.names.replace('_', "[._-]?");
    let start = if row.suffix { "(?-u:[A-Za-z0-9_.-]*)" } else { r"(?:(?-u:\b)|_)" };
    let (ascii, han): (Vec<&str>, Vec<&str>) = names.split('|').partition(|name| name.is_ascii());
    let han = if han.is_empty() { String::new() } else { format!("|(?:{})", han.join("|")) };
    format!("(?i)(?:{start}(?:{}){han}){SEPARATOR}", ascii.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_compiles_and_names_something() {
        assert!((0..KEYS.len()).all(|row| !PATTERNS[row].is_match("")));
        assert!(KEYS.len() <= 32, "a row is a bit of a u32");
    }

    #[test]
    fn a_line_that_a_pattern_finds_is_never_passed_over() {
        let separators = [":", "=", "：", " = ", "\": ", "\\\": \\\"", "=>", "是", "为", "\u{3000}:"];
        for (row, found) in KEYS.iter().enumerate() {
            for name in found.names.split('|') {
                for (n, joint) in ["_", "", "-", "."].into_iter().enumerate() {
                    let text = format!("x {}{}v", name.replace('_', joint).to_uppercase(), separators[(n + row) % separators.len()]);
                    assert!(!PATTERNS[row].is_match(&text) || rows(&text).any(|r| r == row), "{text}");
                }
            }
        }
    }

    #[test]
    fn names_are_found_in_their_usual_spellings() {
        let found = |text: &str| rows(text).any(|row| PATTERNS[row].is_match(text));
        for text in ["userID=a", "user_id: a", "\"loginUserId\":\"a\"", "\\\"accessToken\\\":\\\"a", "密码：a", "user.id=a"] {
            assert!(found(text), "{text}");
        }
        for text in ["contents of a file", "spin: fast", "uidx=3", "message.contentious=1"] {
            assert!(!found(text), "{text}");
        }
    }
}
