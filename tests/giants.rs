//! Bombs and giants through the program itself: each is read within ten seconds and 300 MB, and what was not read is
//! said. One runs at a time, so that times are its own; memory is measured where the system tells it (Linux).

mod support;

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What one input may cost.
const TIME_MAX: Duration = Duration::from_secs(10);
const PEAK_MAX_KIB: u64 = 300 << 10;
/// Between two looks at a running process.
const LOOK_EVERY: Duration = Duration::from_millis(2);

const LINE: &[u8] = b"2025-11-27 08:00:00.657 I net: one of very many\n";

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What a run said and cost.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    /// What `--problems` wrote.
    problems: String,
}

/// Runs the program within the bounds; fails if it oversteps one.
fn run(name: &str, args: &[&str]) -> Run {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let out = tempfile::tempdir().unwrap();
    let place = |name: &str| out.path().join(name);
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_whyunsent"))
        .args(args)
        .arg("--problems")
        .arg(place("problems"))
        .env("WHYUNSENT_KEY", "07".repeat(32))
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(File::create(place("stdout")).unwrap())
        .stderr(File::create(place("stderr")).unwrap())
        .spawn()
        .unwrap();
    let (mut peak_kib, mut busy) = (0, Duration::ZERO);
    let status = loop {
        peak_kib = peak_kib.max(peak_of(child.id()).unwrap_or(0));
        busy = busy.max(busy_of(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(LOOK_EVERY);
    };
    let wall = start.elapsed();
    let text = |name: &str| String::from_utf8(std::fs::read(place(name)).unwrap_or_default()).unwrap();
    let run = Run { code: status.code(), stdout: text("stdout"), stderr: text("stderr"), problems: text("problems") };
    let (seconds, busy_seconds) = (wall.as_secs_f64(), busy.as_secs_f64());
    println!("{name}: {seconds:.2} s, of a processor {busy_seconds:.2} s, {} MiB, exit code {:?}", peak_kib >> 10, run.code);
    // On a machine that has more to do, a run waits for its turn.
    assert!(wall <= TIME_MAX || busy <= TIME_MAX && busy > Duration::ZERO, "{name}: {wall:?}");
    assert!(peak_kib <= PEAK_MAX_KIB, "{name}: {} MiB", peak_kib >> 10);
    assert!(run.stderr.len() < 64 << 10, "{name}: {} bytes of messages", run.stderr.len());
    run
}

/// The most memory that a process held so far.
fn peak_of(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// How long a process had a processor so far, in all threads together. The system counts hundredths of a second.
fn busy_of(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

/// Analyzes a file that is written into a folder beside a small log; the log is read whatever else is.
fn analyzed(name: &str, write: impl FnOnce(&mut dyn Write)) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let mut file = BufWriter::new(File::create(folder.path().join(name)).unwrap());
    write(&mut file);
    file.into_inner().unwrap();
    analyzed_folder(name, folder.path())
}

fn analyzed_folder(name: &str, folder: &Path) -> Run {
    std::fs::create_dir(folder.join("zz")).unwrap();
    let step =
        |time: &str, event: &str| format!("{{\"timestamp\":\"{time}\",\"event.name\":\"message.{event}\",\"message.id\":\"m-1\"}}\n");
    let beside = step("2026-11-03T10:00:00.000Z", "enqueue") + &step("2026-11-03T10:00:00.200Z", "ack");
    std::fs::write(folder.join("zz/beside.jsonl"), beside).unwrap();
    let run = run(name, &["analyze", folder.to_str().unwrap(), "--format", "json"]);
    assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["messages"]["sent"], 1, "{name}: the log beside it is read");
    let input = |n: &str| report["input"][n].as_u64().unwrap();
    assert_eq!(input("lines"), input("records") + input("continuations") + input("blank") + input("unread"), "{name}");
    run
}

#[track_caller]
fn says(run: &Run, message: &str) {
    assert!(!run.stderr.is_empty());
    assert!(run.problems.contains(message), "{}", run.problems.chars().take(4_000).collect::<String>());
}

fn repeated(piece: &[u8], times: usize) -> impl FnOnce(&mut dyn Write) + '_ {
    move |file| (0..times).for_each(|_| file.write_all(piece).unwrap())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// 64 MiB that pack well: lines, or one line without end.
fn block(unit: &[u8]) -> Vec<u8> {
    let mut block = unit.repeat((64 << 20) / unit.len());
    block.resize(64 << 20, *unit.last().unwrap());
    block
}

#[test]
fn a_gzip_bomb_of_ten_gigabytes_is_read_to_its_end() {
    // Deflate expands a thousandfold at most, so this is the most that ten megabytes can become.
    let run = analyzed("bomb.log.gz", repeated(&gzip(&block(b"\0")), 160));
    says(&run, "of no known log form");
}

#[test]
fn a_gzip_bomb_beyond_what_a_file_may_expand_to_is_read_up_to_there() {
    let run = analyzed("bomb.log.gz", repeated(&gzip(&block(b"\0")), 400));
    says(&run, "expands to more than");
}

#[test]
fn an_xz_bomb_is_read_up_to_the_ratio_that_is_allowed() {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(&block(b"\0")).unwrap();
    let run = analyzed("bomb.log.xz", repeated(&encoder.finish().unwrap(), 160));
    says(&run, "2000 times its stored size");
}

#[test]
fn a_zstd_bomb_is_read_up_to_the_ratio_that_is_allowed() {
    let frame = zstd::stream::encode_all(block(b"\0").as_slice(), 3).unwrap();
    let run = analyzed("bomb.log.zst", repeated(&frame, 160));
    says(&run, "2000 times its stored size");
}

#[test]
fn bzip2_and_lz4_bombs_are_read_up_to_what_is_allowed() {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(&block(b"\0")).unwrap();
    let run = analyzed("bomb.log.bz2", repeated(&encoder.finish().unwrap(), 160));
    says(&run, "2000 times its stored size");
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(&block(b"\0")).unwrap();
    let run = analyzed("bomb.log.lz4", repeated(&encoder.finish().unwrap(), 100));
    says(&run, "of no known log form");
}

/// A zip with many members that are the same bytes, each stored by itself.
fn zip_of(members: usize, bytes: &[u8]) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut one = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    one.start_file("one.log", options).unwrap();
    one.write_all(bytes).unwrap();
    let mut one = zip::ZipArchive::new(one.finish().unwrap()).unwrap();
    let mut many = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in 0..members {
        many.raw_copy_file_rename(one.by_index_raw(0).unwrap(), format!("{number:07}.log")).unwrap();
    }
    many.finish().unwrap().into_inner()
}

#[test]
fn a_zip_bomb_of_ten_gigabytes_is_read_within_the_bounds() {
    let run = analyzed("bomb.zip", repeated(&zip_of(160, &block(b"\0")), 1));
    says(&run, "of no known log form");
}

#[test]
fn a_zip_bomb_inside_gzip_and_zstd_counts_against_the_file_on_disk() {
    let inner = zstd::stream::encode_all(zip_of(400, &block(b"\0")).as_slice(), 19).unwrap();
    says(&analyzed("bomb.zip.zst.gz", repeated(&gzip(&inner), 1)), "expands to more than");
}

#[test]
fn a_zip_of_a_million_empty_members_is_read_up_to_the_limit() {
    let run = analyzed("million.zip", repeated(&zip_of(1_000_000, b""), 1));
    says(&run, "more than 150000 members");
    assert!(run.stderr.contains("million.zip: more than 150000 members (read up to the limit; all of it can be read once it is unpacked)"));
}

#[test]
fn a_zip_of_a_million_logs_is_read_up_to_the_limit() {
    let run = analyzed("million.zip", repeated(&zip_of(1_000_000, LINE), 1));
    says(&run, "more than 150000 members");
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["input"]["bundles"].as_u64(), Some(150_001));
}

/// The header of a member of a tar archive, and its data.
fn tar_member(kind: tar::EntryType, name: &str, data: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_entry_type(kind);
    header.set_size(data.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut bytes = [header.as_bytes().as_slice(), data].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn a_tar_of_a_million_members_of_one_name_is_read_up_to_the_limit() {
    // Behind a compression, so that a few megabytes are half a gigabyte.
    let thousand = gzip(&tar_member(tar::EntryType::Regular, "same.log", b"").repeat(1_000));
    says(&analyzed("million.tar.gz", repeated(&thousand, 1_000)), "more than 150000 members");
    let thousand = gzip(&tar_member(tar::EntryType::Symlink, "link.log", b"").repeat(1_000));
    says(&analyzed("links.tar.gz", repeated(&thousand, 1_000)), "more than 150000 members");
}

#[test]
fn archives_of_archives_share_one_limit_of_members() {
    let inner = zip_of(120_000, b"");
    let run = analyzed("nested.zip.gz", repeated(&gzip(&zip_of(20, &inner)), 1));
    says(&run, "more than 400000 members in all archives of this file");
}

#[test]
fn names_of_a_mebibyte_are_cut_and_names_are_limited_together() {
    let name = tar_member(tar::EntryType::GNULongName, "x", "n".repeat((1 << 20) - 1).as_bytes());
    let member = [name, tar_member(tar::EntryType::Regular, "x", LINE)].concat();
    let run = analyzed("names.tar.gz", repeated(&gzip(&member), 400));
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    let name = tar_member(tar::EntryType::GNULongName, "x", "n".repeat(4_000).as_bytes());
    let member = [name, tar_member(tar::EntryType::Regular, "x", LINE)].concat();
    let run = analyzed("names.tar.gz", repeated(&gzip(&member.repeat(100)), 1_000));
    says(&run, "names of more than 16777216 bytes");
}

#[test]
fn headers_that_lead_into_nowhere_do_not_make_an_archive_be_read_over_and_over() {
    // A zip without directory: each local header announces an end where nothing stands.
    let mut header = b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\x01\0\0\0".to_vec();
    header.extend((300_u32 << 20).to_le_bytes());
    header.extend((300_u32 << 20).to_le_bytes());
    header.extend([5, 0, 0, 0]);
    header.extend(b"a.log");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("headers.zip");
    std::fs::write(&path, header.repeat(50_000)).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    says(&analyzed_folder("headers.zip", folder.path()), "central directory cannot be read");
    // A tar of nothing but headers, each with data that ends inside another one.
    let mut header = tar::Header::new_gnu();
    header.set_path("a.log").unwrap();
    header.set_size(1 << 19);
    header.set_cksum();
    let piece = [header.as_bytes().as_slice(), &[b'x'; 64]].concat().repeat(1_000);
    says(&analyzed("headers.tar.gz", repeated(&gzip(&piece), 2_000)), "tar header is damaged, or not where it should be");
}

#[test]
fn a_line_of_a_gigabyte_is_counted_and_not_held() {
    let run = analyzed("line.log.gz", repeated(&gzip(&block(b"a")), 16));
    says(&run, "of no known log form");
    // The same on disk, in a file that is mostly a hole, with records around it.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("line.log");
    std::fs::write(&path, LINE.repeat(1_000)).unwrap();
    let mut file = File::options().append(true).open(&path).unwrap();
    file.set_len(1 << 30).unwrap();
    file.write_all(&[b"\n".as_slice(), &LINE.repeat(1_000)].concat()).unwrap();
    let run = analyzed_folder("line.log", folder.path());
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["input"]["lines"].as_u64(), Some(2 + 2_001), "{}{}", run.problems, report["input"]);
}

#[test]
fn very_many_empty_lines_and_records_are_read() {
    analyzed("empty.log.gz", repeated(&gzip(&block(b"\n")), 4));
    analyzed("lines.log.gz", repeated(&gzip(&block(LINE)), 4));
}

#[test]
fn json_of_any_depth_and_width_is_a_line_like_another() {
    let deep = [b"{\"timestamp\":\"2026-11-03T10:00:00Z\",\"a\":".as_slice(), &b"[".repeat(1 << 20), b"\n"].concat();
    analyzed("deep.jsonl", repeated(&deep, 20));
    let wide: String = (0..60_000).map(|n| format!("\"k{n}\":\"v\",")).collect();
    let wide = format!("{{\"timestamp\":\"2026-11-03T10:00:00Z\",\"event.name\":\"message.enqueue\",{wide}\"message.id\":\"m\"}}\n");
    analyzed("wide.jsonl", repeated(wide.as_bytes(), 100));
}

/// The names in an archive and in those inside it.
fn names_in(archive: impl std::io::Read + std::io::Seek) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    let mut names = Vec::new();
    for number in 0..archive.len() {
        let mut member = archive.by_index(number).unwrap();
        names.push(member.name().unwrap().into_owned());
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        if bytes.starts_with(b"PK") {
            names.extend(names_in(std::io::Cursor::new(bytes)));
        }
    }
    names
}

/// Archives whose members want to be elsewhere, analyzed and packed anew.
#[test]
fn names_that_lead_out_of_an_archive_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (inner, out) = (folder.path().join("a/b/c"), folder.path().join("out.zip"));
    std::fs::create_dir_all(&inner).unwrap();
    let names =
        ["../../up.log", "/abs.log", "C:\\drive.log", "..\\..\\back.log", "a/../../../x.log", "./../y.log", "nul\0.log", "\u{202e}gol.log"];
    let mut zip = zip::ZipWriter::new(File::create(inner.join("escape.zip")).unwrap());
    for name in names {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(LINE).unwrap();
    }
    zip.finish().unwrap();
    let mut tar = File::create(inner.join("escape.tar")).unwrap();
    for name in names {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(LINE.len() as u64);
        header.set_cksum();
        tar.write_all(header.as_bytes()).unwrap();
        tar.write_all(LINE).unwrap();
        tar.write_all(&vec![0; 512 - LINE.len()]).unwrap();
    }
    drop(tar);
    let before = support::files(folder.path());
    let run = run("escape", &["redact", inner.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    says(&run, "its name leads out of the archive");
    let mut after = support::files(folder.path());
    after.retain(|path| *path != out);
    assert_eq!(before, after);
    let written = names_in(File::open(out).unwrap());
    assert!(written.len() >= 2 * names.len(), "{written:?}");
    for name in written {
        let safe = !name.starts_with(['/', '\\']) && !name.contains(['\\', '\0', ':']) && name.split('/').all(|part| part != "..");
        assert!(safe, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_folders_without_end_are_said_and_left() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("in")).unwrap();
    symlink("self.log", root.join("self.log")).unwrap();
    symlink("two", root.join("one")).unwrap();
    symlink("one", root.join("two")).unwrap();
    symlink("..", root.join("in/up")).unwrap();
    symlink("/", root.join("in/everything")).unwrap();
    symlink("nowhere", root.join("dangling.log")).unwrap();
    let mut deep = PathBuf::from(&root);
    (0..200).for_each(|_| deep.push("d"));
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("deep.log"), LINE).unwrap();
    says(&analyzed_folder("links", &root), "more than 64 folders below one another");
    // A path that is itself such a link.
    let circle = run("circle", &["analyze", root.join("one").to_str().unwrap()]);
    assert_eq!(circle.code, Some(3));
    says(&circle, "cannot be read");
}

/// A line of Signal's send job, as it names a job and a message.
fn job_line(at_ms: usize, job: usize, says: &str) -> String {
    let time = format!("{:02}:{:02}:{:02}.{:03}", at_ms / 3_600_000 % 24, at_ms / 60_000 % 60, at_ms / 1_000 % 60, at_ms % 1_000);
    format!("[7.43.3] [304  ] 2025-06-03 {time} GMT-04:00 I IndividualSendJob: [JOB::{job:012x}][IndividualSendJob] {says}\n")
}

#[test]
fn messages_that_later_lines_make_one_are_one() {
    const MESSAGES: usize = 50_000;
    let run = analyzed("chain.log", |file| {
        let mut at_ms = 0;
        let mut says = |job: usize, message: usize| {
            at_ms += 1;
            file.write_all(job_line(at_ms, job, &format!("Sending message: {message}, Recipient: RecipientId::81")).as_bytes()).unwrap();
        };
        (0..MESSAGES).for_each(|n| says(n, n));
        // Each line says that two of them are one, the last two first.
        (1..MESSAGES).rev().for_each(|n| says(n, n - 1));
        (0..MESSAGES).for_each(|_| says(MESSAGES - 1, MESSAGES - 1));
    });
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["messages"]["pending"], 1);
}

#[test]
fn a_message_that_fails_a_hundred_thousand_times_is_one() {
    let run = analyzed("retries.log", |file| {
        for n in 0..100_000 {
            let failed = job_line(n * 50, 7, "Encountered a retryable exception. (Time Since Submission: 9 ms)")
                .replace(" I IndividualSendJob:", " W BaseJob:");
            let why = job_line(n * 50, 7, "").replace(
                " I IndividualSendJob: [JOB::000000000007][IndividualSendJob] ",
                " W BaseJob: java.net.SocketTimeoutException: timeout",
            );
            file.write_all((failed + &why).as_bytes()).unwrap();
        }
    });
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["messages"]["unsent"], 1);
    says(&run, "a message with 4096 steps or more");
}

/// A line of Conversations' log.
fn stanza_line(at_ms: usize, says: &str) -> String {
    let time = format!("{:02}:{:02}:{:02}.{:03}", at_ms / 3_600_000 % 24, at_ms / 60_000 % 60, at_ms / 1_000 % 60, at_ms % 1_000);
    format!("11-02 {time}  7712  7712 D conversations: {says}\n")
}

#[test]
fn lines_about_very_many_open_messages_cost_no_square_of_their_number() {
    const MESSAGES: usize = 50_000;
    let run = analyzed("open.log", |file| {
        for n in 0..MESSAGES {
            let counted = format!("ana@x.example: counting outbound message as #{}", 1_000_000 + n);
            file.write_all(stanza_line(n, &counted).as_bytes()).unwrap();
        }
        for n in 0..MESSAGES {
            file.write_all(stanza_line(MESSAGES + n, "ana@x.example: server acknowledged stanza #5").as_bytes()).unwrap();
        }
    });
    says(&run, "50000000 open messages were looked at");
}

#[test]
fn messages_that_fail_at_once_for_one_reason_cost_no_square_of_their_number() {
    const MESSAGES: usize = 3_000;
    let run = analyzed("at-once.log", |file| {
        for n in 0..MESSAGES {
            let counted = format!("ana@x.example: counting outbound message as #{n}");
            file.write_all(stanza_line(n, &counted).as_bytes()).unwrap();
        }
        for n in 0..MESSAGES {
            let failed = "AxolotlService (ana@x.example): Have no target devices in PEP!";
            file.write_all(stanza_line(MESSAGES + n, failed).as_bytes()).unwrap();
        }
    });
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["messages"]["unsent"], MESSAGES);
}

#[test]
fn messages_that_fail_among_very_many_errors_cost_no_square_of_their_number() {
    const MESSAGES: usize = 4_000;
    let run = analyzed("among.log", |file| {
        for n in 0..MESSAGES {
            let counted = format!("ana@x.example: counting outbound message as #{n}");
            file.write_all(stanza_line(2 * n, &counted).as_bytes()).unwrap();
            let error = stanza_line(2 * n, "ana@x.example: error connecting java.net.ConnectException");
            (0..20).for_each(|_| file.write_all(error.as_bytes()).unwrap());
        }
        file.write_all(stanza_line(2 * 3_600_000, "app switched into background").as_bytes()).unwrap();
    });
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["messages"]["unsent"], MESSAGES);
    says(&run, "a failure with more than 2048 records near it");
}

#[test]
fn messages_that_fail_among_errors_whose_lines_lie_anywhere_cost_no_square_of_their_number() {
    const MESSAGES: usize = 4_000;
    const ERRORS: usize = 80_000;
    let run = analyzed("anywhere.log", |file| {
        for n in 0..MESSAGES {
            let counted = format!("ana@x.example: counting outbound message as #{n}");
            file.write_all(stanza_line(20 * n, &counted).as_bytes()).unwrap();
        }
        for n in 0..ERRORS {
            // Lines that are near in time are far from each other in the file.
            let error = format!("ana@x.example: error connecting java.net.ConnectException: Connection refused, {n}");
            file.write_all(stanza_line(n * 7_919 % ERRORS, &error).as_bytes()).unwrap();
        }
        file.write_all(stanza_line(2 * 3_600_000, "app switched into background").as_bytes()).unwrap();
    });
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["messages"]["unsent"], MESSAGES);
}

#[test]
fn crashes_without_end_cost_no_square_of_their_number() {
    const CRASHES: usize = 80_000;
    // Of one process within seconds, which is one crash, and of as many processes as Linux numbers.
    for (name, pid_of, crashes) in [("one", 7_712..7_713, 1), ("many", 1_000..31_000, CRASHES)] {
        let run = analyzed(&format!("crashes-{name}.log"), |file| {
            file.write_all(stanza_line(0, "ana@x.example: counting outbound message as #1").as_bytes()).unwrap();
            for n in 0..CRASHES {
                let pid = pid_of.start + n % pid_of.len();
                let line = |says: &str| {
                    stanza_line(n + 1, says).replace("  7712  7712 D conversations", &format!(" {pid:5} {pid:5} E AndroidRuntime"))
                };
                let names = line(&format!("Process: eu.siacs.conversations, PID: {pid}"));
                let crash = [line("FATAL EXCEPTION: main"), names, line("java.lang.NullPointerException: x")].concat();
                file.write_all(crash.as_bytes()).unwrap();
            }
        });
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let counts = report["incidents"].as_array().unwrap().iter().map(|incident| incident["count"].as_u64().unwrap());
        assert_eq!(counts.sum::<u64>(), crashes as u64, "{name}");
    }
}
