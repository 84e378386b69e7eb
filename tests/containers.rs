//! Every container gives back the text that another program put into it: files that were made once by other
//! people's programs (`tests/containers/make.sh` says how), and whatever is written by those that are here now.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use support::{Tool, random_text, root};
use whyunsent::settings::Settings;
use whyunsent::source::Secrets;

fn settings() -> Settings {
    let at = |name: &str| root().join("tests/containers").join(name);
    let mut secrets = Secrets::default();
    secrets.read_passwords(&at("passwords.txt")).expect("passwords");
    secrets.read_logan_keys(&at("logan-key.txt")).expect("keys");
    let mut settings = Settings { redact: false, ..Settings::default() };
    settings.source.secrets = Arc::new(secrets);
    settings
}

/// The decoded text of a path, and its problems.
fn text(path: &Path, settings: &Settings) -> (String, Vec<String>) {
    let mut text = Vec::new();
    let summary = whyunsent::cat(&[path.to_path_buf()], settings, &mut |bytes| {
        text.extend_from_slice(bytes);
        Ok(())
    });
    let problems = summary.expect("the sink never fails").problems;
    let problems = problems.iter().map(|p| format!("{}: {}, {}", p.file, p.reason, p.action)).collect();
    (String::from_utf8_lossy(&text).into_owned(), problems)
}

#[track_caller]
fn reads_as(path: &Path, expected: &str) {
    let (found, problems) = text(path, &settings());
    let differs = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    assert!(found == expected, "{}: line {differs:?} differs, {} bytes of {}: {problems:?}", path.display(), found.len(), expected.len());
    assert!(problems.is_empty(), "{}: {problems:?}", path.display());
}

#[test]
fn what_other_programs_packed_is_read_to_the_byte() {
    let folder = root().join("tests/containers");
    let expected = std::fs::read_to_string(folder.join("text.log")).expect("the text");
    let tools = ["make.sh", "passwords.txt", "logan-key.txt", "blocks.logan", "logan.mmap2"];
    let packed = support::files(&folder).into_iter().filter(|p| !tools.iter().any(|t| p.ends_with(t)));
    let read: Vec<PathBuf> = packed.inspect(|path| reads_as(path, &expected)).collect();
    assert_eq!(read.len(), 22, "{read:?}");
}

/// The texts of Logan's lines.
fn logan_lines(text: &str) -> Vec<String> {
    let line = |l: &str| serde_json::from_str::<serde_json::Value>(l).ok()?.get("c")?.as_str().map(str::to_owned);
    text.lines().filter_map(line).collect()
}

#[test]
fn what_logan_wrote_is_read_to_the_line_and_its_cache_up_to_the_last_cipher_block() {
    let folder = root().join("tests/containers");
    let expected = std::fs::read_to_string(folder.join("text.log")).expect("the text");
    // The first line that Logan itself writes into every file.
    let expected: Vec<&str> = std::iter::once("clogan header").chain(expected.lines()).collect();
    let (found, problems) = text(&folder.join("blocks.logan"), &settings());
    assert_eq!((logan_lines(&found), problems), (expected.iter().map(|l| (*l).to_owned()).collect(), Vec::new()));
    // Logan writes the first lines to the file at once; the last one of a cache lacks what did not fill 16 bytes yet.
    let (found, problems) = text(&folder.join("logan.mmap2"), &settings());
    assert_eq!((logan_lines(&found).iter().map(String::as_str).collect::<Vec<_>>(), problems.len()), (expected[2..80].to_vec(), 0));
    assert!(found.ends_with(r#""l":176420161082"#), "{problems:?}");
}

#[test]
fn without_its_key_a_container_says_how_much_stays_closed_and_which_option_opens_it() {
    let open = Settings { redact: false, ..Settings::default() };
    for (name, reason) in [
        ("blocks.logan", "6 encrypted blocks of 6, key needed (--logan-key-file)"),
        ("zipcrypto.zip", "password needed (--password-file)"),
        ("aes256.zip", "password needed (--password-file)"),
        ("locked.7z", "password needed (--password-file)"),
    ] {
        let (found, problems) = text(&root().join("tests/containers").join(name), &open);
        assert_eq!(found, "", "{name}");
        assert!(problems.iter().any(|p| p.contains(reason)), "{name}: {problems:?}");
    }
}

#[test]
fn with_a_wrong_key_nothing_is_made_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, lines: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, lines).expect("writable");
        path
    };
    let mut secrets = Secrets::default();
    secrets.read_passwords(&write("p", "open barley\nopen rye\n")).expect("passwords");
    secrets.read_logan_keys(&write("l", "0123456789012346\n0123456789012345\n")).expect("keys");
    let mut settings = Settings { redact: false, ..Settings::default() };
    settings.source.secrets = Arc::new(secrets);
    for (name, reason) in [
        ("blocks.logan", "6 encrypted blocks of 6, the key does not fit"),
        ("zipcrypto.zip", "none of the 2 passwords opens it"),
        ("aes256.zip", "none of the 2 passwords opens it"),
        ("locked.7z", "none of the 2 passwords opens it"),
    ] {
        let (found, problems) = text(&root().join("tests/containers").join(name), &settings);
        assert_eq!(found, "", "{name}");
        assert!(problems.iter().any(|p| p.contains(reason)), "{name}: {problems:?}");
    }
}

/// Packs texts of several sizes with a program and reads them back.
fn round_trip(program: &'static str, ways: &[(&str, &str)]) {
    let Some(tool) = Tool::find(program) else { return };
    for (number, size) in [0usize, 1, 700, 66_000, 1_500_000].into_iter().enumerate() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let expected = random_text(size, number as u64);
        std::fs::write(folder.path().join("app.log"), &expected).expect("writable");
        for (file, command) in ways {
            let command = command.replace("TOOL", &tool.0.display().to_string());
            let done = Command::new("sh").args(["-ec", &command]).current_dir(folder.path()).output().expect("a shell");
            assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
            let packed = folder.path().join(file);
            if size > 0 {
                reads_as(&packed, &expected);
            } else {
                assert_eq!(text(&packed, &settings()).0, "", "{command}");
            }
        }
    }
}

#[test]
fn what_gzip_packs_now_is_read() {
    round_trip("gzip", &[("a.gz", "TOOL -c app.log > a.gz"), ("b.gz", "TOOL -1c app.log > b.gz")]);
}

#[test]
fn what_xz_packs_now_is_read() {
    round_trip("xz", &[("a.xz", "TOOL -c app.log > a.xz"), ("b.xz", "TOOL -c0 -Csha256 --block-size=100000 app.log > b.xz")]);
}

#[test]
fn what_bzip2_packs_now_is_read() {
    round_trip("bzip2", &[("a.bz2", "TOOL -c app.log > a.bz2"), ("b.bz2", "TOOL -1c app.log > b.bz2")]);
}

#[test]
fn what_lz4_packs_now_is_read() {
    round_trip(
        "lz4",
        &[
            ("a.lz4", "TOOL -qc app.log > a.lz4"),
            ("b.lz4", "TOOL -qc -9 -B4 -BX --content-size app.log > b.lz4"),
            ("c.lz4", "TOOL -qlc app.log > c.lz4"),
        ],
    );
}

#[test]
fn what_zstd_packs_now_is_read() {
    round_trip("zstd", &[("a.zst", "TOOL -qc app.log > a.zst"), ("b.zst", "TOOL -qc --long=27 -19 --no-check app.log > b.zst")]);
}

#[test]
fn what_zip_packs_now_is_read() {
    round_trip(
        "zip",
        &[
            ("a.zip", "TOOL -qX a.zip app.log"),
            ("b.zip", "cat app.log | TOOL -qX > b.zip"),
            ("c.zip", "TOOL -qXe -P 'open sesame' c.zip app.log"),
        ],
    );
}

#[test]
fn what_7z_packs_now_is_read() {
    round_trip(
        "7z",
        &[
            ("a.7z", "TOOL a -bso0 -bsp0 a.7z app.log"),
            ("b.7z", "TOOL a -bso0 -bsp0 '-popen sesame' -mhe=on b.7z app.log"),
            ("c.zip", "TOOL a -bso0 -bsp0 -tzip -mem=AES256 '-popen sesame' c.zip app.log"),
            ("d.tar", "TOOL a -bso0 -bsp0 -ttar d.tar app.log"),
        ],
    );
}

#[test]
fn what_tar_packs_now_is_read() {
    round_trip(
        "tar",
        &[("a.tar", "TOOL -cf a.tar app.log"), ("b.tgz", "TOOL -czf b.tgz app.log"), ("c.tar", "TOOL --format=posix -cf c.tar app.log")],
    );
}

#[test]
fn what_python_packs_now_is_read() {
    let script = "import bz2, gzip, lzma, zipfile, tarfile; t = open('app.log', 'rb').read()
open('a.gz', 'wb').write(gzip.compress(t)); open('a.bz2', 'wb').write(bz2.compress(t)); open('a.xz', 'wb').write(lzma.compress(t))
z = zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_LZMA); z.write('app.log'); z.close()
z = zipfile.ZipFile('b.zip', 'w', zipfile.ZIP_DEFLATED); z.write('app.log'); z.close()
r = tarfile.open('a.tar.xz', 'w:xz'); r.add('app.log'); r.close()";
    let command = format!("TOOL -c \"{script}\"");
    let ways: Vec<(&str, &str)> = ["a.gz", "a.bz2", "a.xz", "b.zip", "a.tar.xz"].into_iter().map(|f| (f, command.as_str())).collect();
    round_trip("python3", &ways);
}
