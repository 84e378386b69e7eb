//! Content that wants to be more than text: whatever stands in logs, in names and in versions, each output is what it
//! says it is. (That the page runs nothing is tested in a browser, in `browser.rs`.)

mod support;

use std::path::Path;
use std::process::Output;
use support::hostile;

fn whyunsent(args: &[&str]) -> Output {
    let output = support::run(args);
    assert!(matches!(output.status.code(), Some(0 | 1 | 4)), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(output: Output) -> String {
    String::from_utf8(output.stdout).expect("all that is written is UTF-8")
}

/// What is written of hostile uploads in a form, both with redaction and as it is, in both languages.
fn each_form(commands: &[&[&str]], mut check: impl FnMut(&str, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let root = hostile::write(folder.path());
    for command in commands {
        for (redact, lang) in [("on", "en"), ("off", "en"), ("off", "zh")] {
            let args =
                [&command[..1], &[root.to_str().unwrap(), "--redact", redact, "--lang", lang, "--no-progress"], &command[1..]].concat();
            let output = whyunsent(&args);
            let errors = String::from_utf8(output.stderr.clone()).unwrap();
            is_harmless_on_a_terminal(&format!("{command:?} {redact} {lang}, errors"), &errors);
            check(&format!("{command:?} {redact} {lang}"), &text(output));
        }
    }
}

/// No escape, no other control character but the ends of lines, nothing that turns the direction or hides.
#[track_caller]
fn is_harmless_on_a_terminal(what: &str, text: &str) {
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
    };
    let found = text.lines().find(|line| line.contains(harmful));
    assert!(found.is_none(), "{what}: {found:?}");
}

#[test]
fn a_terminal_is_given_no_escape() {
    each_form(
        &[&["analyze"], &["analyze", "--format", "markdown"], &["versions"], &["detect"], &["explain"], &["check", "--max-unsent", "1%"]],
        is_harmless_on_a_terminal,
    );
}

#[test]
fn with_colours_the_only_escapes_are_those_of_colours() {
    let sequence = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    each_form(&[&["analyze", "--color", "always"]], |what, text| {
        assert!(text.contains('\u{1b}'), "{what}");
        is_harmless_on_a_terminal(what, &sequence.replace_all(text, ""));
    });
}

#[test]
fn json_is_json() {
    each_form(&[&["analyze", "--format", "json"], &["versions", "--format", "json"]], |what, text| {
        let report: Result<serde_json::Value, _> = serde_json::from_str(text);
        assert!(report.is_ok_and(|r| r.is_object()), "{what}");
    });
    each_form(&[&["events", "--receipts"]], |what, text| {
        for line in text.lines() {
            let row: Result<serde_json::Value, _> = serde_json::from_str(line);
            assert!(row.as_ref().is_ok_and(serde_json::Value::is_object), "{what}: {row:?}");
        }
        assert!(text.lines().count() > 1_000, "{what}");
    });
}

#[test]
fn a_spreadsheet_is_given_no_formula() {
    each_form(
        &[&["events", "--receipts", "--format", "csv"], &["analyze", "--format", "csv"], &["versions", "--format", "csv"]],
        |what, text| {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let mut cells = 0;
            for row in reader.records() {
                for cell in &row.unwrap() {
                    let is_number = cell.parse::<f64>().is_ok();
                    // Spreadsheets drop blanks before they look.
                    let first = cell.trim_start_matches(' ');
                    assert!(is_number || !first.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{what}: {cell:?}");
                    cells += 1;
                }
            }
            assert!(cells > 8, "{what}: {cells}");
        },
    );
}

/// What is left of Markdown without its code spans.
fn outside_code(markdown: &str) -> String {
    let runs = regex::Regex::new("`+").unwrap();
    let mut out = String::new();
    for line in markdown.lines() {
        let mut rest = line;
        while let Some(at) = rest.find('`') {
            // A backslash takes the meaning from the backtick behind it.
            if rest[..at].ends_with('\\') {
                out.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
                continue;
            }
            out.push_str(&rest[..at]);
            let fence = rest[at..].len() - rest[at..].trim_start_matches('`').len();
            let inside = &rest[at + fence..];
            let end = runs.find_iter(inside).find(|run| run.len() == fence).unwrap_or_else(|| panic!("an open code span: {line}"));
            rest = &inside[end.end()..];
        }
        out.push_str(rest);
        out.push('\n');
    }
    out
}

#[test]
fn markdown_holds_no_markup_link_or_image_of_a_log() {
    // What is not escaped: elements, links, images, entities, addresses that are links by themselves, and people who
    // would be called by their names.
    let active = regex::Regex::new(r"(?:^|[^\\])(?:\\\\)*(?:[<\[\]]|&[#A-Za-z]|~~)|[a-zA-Z]://|(?i)\bwww\.[a-z]|@[A-Za-z]").unwrap();
    each_form(&[&["analyze", "--format", "markdown"], &["versions", "--format", "markdown"]], |what, text| {
        let text = outside_code(text);
        let found = active.find(&text).map(|m| text[m.start().saturating_sub(80)..].chars().take(200).collect::<String>());
        assert!(found.is_none(), "{what}: {found:?}");
        // Rows have as many cells as their table has columns: no bar is a log's.
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair.iter().all(|line| line.starts_with("| "))) {
            assert_eq!(bars(pair[0]), bars(pair[1]), "{what}: {pair:?}");
        }
    });
}

#[test]
fn a_store_of_such_uploads_reports_them_and_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let root = hostile::write(folder.path());
    let store = folder.path().join("store");
    let shown = store.to_str().unwrap();
    text(whyunsent(&["ingest", root.to_str().unwrap(), "--store", shown]));
    for week in ["2026-W46", "2026-W47"] {
        for lang in ["en", "zh"] {
            let report = |form: &str| text(whyunsent(&["report", "--store", shown, "--week", week, "--format", form, "--lang", lang]));
            is_harmless_on_a_terminal("report", &report("table"));
            is_harmless_on_a_terminal("report", &report("markdown"));
            assert!(serde_json::from_str::<serde_json::Value>(&report("json")).is_ok());
        }
    }
    assert!(text(whyunsent(&["store", "verify", "--store", shown])).contains("all counts agree"));
    nothing_is_beside(folder.path(), &["hostile", "store"]);
}

/// Names of uploads lead to no other place.
fn nothing_is_beside(folder: &Path, known: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(known.iter().any(|k| name == *k), "{name:?}");
    }
}
