//! Files of people and their folders.

use super::{ALL, LINES, Shape, Shown};
use crate::redact::checks::is_redacted;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::sync::LazyLock;

/// Below a user's storage, by an ending that people's files have, and the user's own folder.
pub(super) const SHAPES: &[Shape] = &[
    Shape {
        shown: Shown::Mask("file"),
        // Below a user's storage all of a path is the user's, up to the ending of the file.
        pattern: r#"(?i)(?:/storage/(?:emulated/[0-9]+|[0-9A-F]{4}-[0-9A-F]{4})|/(?:mnt/)?sdcard[0-9]?|/data/(?:user(?:_de)?/[0-9]+|data)|/var/mobile|content:/|file://|/(?:Users|home)/[^/\s]+|[A-Z]:\\{1,2}Users\\{1,2}[^\\/]+)[/\\]+(?P<v>[^"'<>|\n\r]*?)\.(?:jpe?g|png|gif|webp|hei[cf]|bmp|tiff?|mp4|mov|m4[av]|3gp|avi|mkv|webm|mp3|aac|amr|og[ag]|opus|wav|flac|silk|pdf|docx?|xlsx?|pptx?|od[tsp]|txt|csv|rtf|pages|numbers|key|zip|rar|7z|tar|gz|apk|ipa|vcf|ics|eml)(?-u:\b)"#,
        may: |t| t.dots >= 1 && t.names_storage(),
        places: LINES,
        accept: |_, at| Some(at),
    },
    Shape {
        shown: Shown::Mask("file"),
        pattern: r#"(?i)(?P<v>[^\s/\\"'“”‘’「」《》<>|*?,，;；:：。=()（）\[\]{}&%]+)\.(?:jpe?g|png|gif|webp|hei[cf]|bmp|tiff?|mp4|mov|m4[av]|3gp|avi|mkv|webm|mp3|aac|amr|og[ag]|opus|wav|flac|silk|pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|vcf)(?-u:\b)"#,
        may: |t| t.dots >= 1 && ENDINGS.is_match(t.text),
        places: LINES,
        accept: |text, at| (!is_redacted(&text[at.clone()]) && !text[at.start..].starts_with("http")).then_some(at),
    },
    Shape {
        shown: Shown::Mask("user"),
        pattern: r#"(?i)(?:/Users/|/home/|[A-Za-z]:\\{1,2}Users\\{1,2})(?P<v>[^/\\\s"':,;<>]+)"#,
        may: |t| t.names_storage(),
        places: ALL,
        accept: |_, at| Some(at),
    },
];

/// Beginnings of the endings of files that people send.
static ENDINGS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let endings = [
        ".jp", ".png", ".gif", ".webp", ".hei", ".bmp", ".tif", ".mp", ".mov", ".m4", ".3gp", ".avi", ".mkv", ".webm", ".aac", ".amr",
        ".og", ".opus", ".wav", ".flac", ".silk", ".pdf", ".doc", ".xls", ".ppt", ".od", ".rtf", ".vcf",
    ];
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(endings).expect("short words")
});
