//! Files that are made to do harm: each is refused or read up to a limit that its problem names, at bounded cost,
//! and the log beside it is read as if nothing were there.

mod support;

use std::io::{Read, Write};
use whyunsent::source::{Options, Probe, ProblemKind, collect, open};

const LOG: &[u8] = b"2025-11-27 08:00:00.657 I net: the log beside it\n";

/// What became of a file beside a log: its own text, and its problems.
fn read(name: &str, bytes: &[u8]) -> (String, Vec<(ProblemKind, String)>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join(name), bytes).expect("writable");
    std::fs::write(folder.path().join("zz-beside.log"), LOG).expect("writable");
    let options = Options::default();
    let collected = collect(&[folder.path().to_path_buf()], &options);
    let mut problems = collected.problems;
    let (mut own, mut beside) = (String::new(), Vec::new());
    let probe = |_: &whyunsent::source::Document| Probe::default();
    for unit in &collected.units {
        let more = open(unit, &options, &probe, &mut |upload| {
            for document in &upload.documents {
                let mut reader = document.reader(&options.limits).expect("opens");
                let mut text = Vec::new();
                // More than any limit that is tested here: only the first bytes are kept.
                let mut buffer = vec![0; 1 << 16];
                while let Ok(n @ 1..) = reader.read(&mut buffer) {
                    text.extend_from_slice(&buffer[..n.min(4_096usize.saturating_sub(text.len()))]);
                }
                problems.extend(reader.problems());
                if document.name.ends_with("zz-beside.log") {
                    beside = text;
                } else {
                    own.push_str(&String::from_utf8_lossy(&text));
                }
            }
        });
        problems.extend(more);
    }
    assert_eq!(beside, LOG, "{name}: the log beside it, {problems:?}");
    (own, problems.into_iter().map(|p| (p.kind, format!("{}: {}, {}", p.file, p.reason, p.action))).collect())
}

#[track_caller]
fn refused(name: &str, bytes: &[u8], kind: ProblemKind, reason: &str) {
    let (_, problems) = read(name, bytes);
    assert!(problems.iter().any(|(k, text)| *k == kind && text.contains(reason)), "{name}: {problems:#?}");
}

fn stored(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file(name, options).expect("memory");
    zip.write_all(bytes).expect("memory");
    zip.finish().expect("memory").into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn a_bomb_is_read_up_to_the_ratio_that_is_allowed() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 19).expect("memory");
    let line = b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(16 << 10);
    for _ in 0..512 {
        encoder.write_all(&line).expect("memory");
    }
    let bomb = encoder.finish().expect("memory");
    assert!(bomb.len() < 256 << 10, "{}", bomb.len());
    refused("bomb.log.zst", &bomb, ProblemKind::Limit, "2000");
    // Inside one another it counts against the file on disk.
    refused("bomb.log.zst.gz", &gzip(&bomb), ProblemKind::Limit, "2000");
    refused("bomb.zip", &stored("bomb.log.zst", &bomb), ProblemKind::Limit, "2000");
}

#[test]
fn blocks_that_are_wrong_behind_their_text_count_as_that_text() {
    // Bzip2 knows only behind a block whether it is right, and 50 bytes can hold 45 MB.
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    for _ in 0..44 {
        encoder.write_all(&[b'a'; 1 << 20]).expect("memory");
    }
    let mut stream = encoder.finish().expect("memory");
    // In the checksum of the block.
    stream[10] ^= 1;
    refused("in-vain.bz2", &stream.repeat(400), ProblemKind::Limit, "2000");
}

/// Beginnings of units, each of which leads to the same end: text that is wrong behind its last byte.
fn beginnings(count: usize, one_bytes: usize, begin: impl Fn(usize) -> Vec<u8>, end: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = (1..=count).flat_map(|n| begin((count - n) * one_bytes)).collect();
    bytes.extend_from_slice(end);
    bytes
}

#[test]
fn places_that_are_tried_in_vain_count_as_the_text_that_they_hold() {
    // 120 MB of text in 120 KB, then a kind of block that there is none of.
    let mut run = flate2::Compress::new(flate2::Compression::best(), false);
    let mut end = Vec::with_capacity(1 << 20);
    run.compress_vec(&vec![b'a'; 120 << 20], &mut end, flate2::FlushCompress::Sync).expect("memory");
    end.extend_from_slice(&[7; 4]);
    // A stored block that holds all that follow.
    let member = |rest: usize| {
        let len = u16::try_from(rest).expect("a stored block");
        [&b"\x1f\x8b\x08\0\0\0\0\0\0\x03\0"[..], &len.to_le_bytes(), &(!len).to_le_bytes()].concat()
    };
    let text = LOG.repeat(20_000);
    let file = [gzip(&text), beginnings(4_000, 15, member, &end)].concat();
    refused("in-vain.log.gz", &file, ProblemKind::Limit, "2000");

    // Blocks of one byte, 128 KiB times; the kind of the last is reserved.
    let block = |bytes: usize, kind: u32| ((u32::try_from(bytes).expect("a block") << 3) | kind << 1).to_le_bytes()[..3].to_vec();
    let mut end = [block(128 << 10, 1), vec![b'a']].concat().repeat(1_000);
    end.extend_from_slice(&[0xff; 8]);
    let frame = |rest: usize| [b"\x28\xb5\x2f\xfd\0\x58".to_vec(), block(rest, 0)].concat();
    let file = [zstd::encode_all(&text[..], 3).expect("memory"), beginnings(6_000, 9, frame, &end)].concat();
    refused("in-vain.log.zst", &file, ProblemKind::Limit, "2000");

    // Each fourth byte begins a block of 2 MiB with a checksum that does not fit.
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(
        lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max4MB).block_checksums(true),
        Vec::new(),
    );
    encoder.write_all(&text).expect("memory");
    let mut file = encoder.finish().expect("memory");
    file.truncate(file.len() - 4);
    file.extend_from_slice(&[0, 0, 0x20, 0].repeat(4 << 20));
    refused("in-vain.log.lz4.gz", &gzip(&file), ProblemKind::Limit, "2000");

    // Blocks that all end in the same zeros, behind which nothing stands.
    let first = [&[1, 0, 0, 0, 16][..], &[0x5a; 16], &[0, 0x55]].concat();
    let begin = |rest: usize| {
        let len = u32::try_from(rest.next_multiple_of(16) + 1_024).expect("a block");
        [&[1][..], &len.to_be_bytes()].concat()
    };
    let end = [vec![0; 900 << 10], vec![0x55; 64]].concat();
    let file = [first, beginnings(13_000, 5, begin, &end)].concat();
    refused("in-vain.logan.gz", &gzip(&file), ProblemKind::Limit, "2000");
}

#[test]
fn ten_thousand_archives_inside_one_another_are_opened_as_deep_as_is_allowed() {
    let mut archive = stored("app.log", LOG);
    for _ in 0..10_000 {
        archive = stored("a.zip", &archive);
    }
    refused("deep.zip", &archive, ProblemKind::Limit, "more than 8 archives and compressions inside one another");
    let mut layers = LOG.to_vec();
    for _ in 0..100 {
        layers = gzip(&layers);
    }
    refused("deep.gz", &layers, ProblemKind::Limit, "more than 8 archives and compressions inside one another");
}

#[test]
fn ten_thousand_members_are_read_each() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let inner = stored("app.log", LOG);
    for number in 0..10_000 {
        zip.start_file(format!("{number:05}.zip"), zip::write::SimpleFileOptions::default()).expect("memory");
        zip.write_all(&inner).expect("memory");
    }
    let (text, problems) = read("many.zip", &zip.finish().expect("memory").into_inner());
    assert_eq!((text.lines().count(), problems), (10_000, Vec::new()));
}

#[test]
fn members_that_share_their_bytes_are_counted_each() {
    // A zip whose directory names one member many times over (David Fifield, "A better zip bomb", 2019).
    let text = b"2025-11-27 08:00:00.657 I net: again and again\n".repeat(1 << 16);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("app.log", zip::write::SimpleFileOptions::default()).expect("memory");
    zip.write_all(&text).expect("memory");
    let whole = zip.finish().expect("memory").into_inner();
    let find = |signature: &[u8]| whole.windows(4).rposition(|w| w == signature).expect("there");
    let (directory, end) = (find(b"PK\x01\x02"), find(b"PK\x05\x06"));
    let count = 2_000u16;
    let entries = whole[directory..end].repeat(usize::from(count));
    let mut tail = whole[end..].to_vec();
    tail[8..10].copy_from_slice(&count.to_le_bytes());
    tail[10..12].copy_from_slice(&count.to_le_bytes());
    tail[12..16].copy_from_slice(&u32::try_from(entries.len()).expect("small").to_le_bytes());
    let bomb = [&whole[..directory], &entries, &tail].concat();
    refused("overlap.zip", &bomb, ProblemKind::Damaged, "1999 members are named for bytes of another one");
}

#[test]
fn absurd_lengths_cost_no_memory_and_name_what_is_wrong() {
    use ProblemKind::{Damaged, Limit, Unreadable};
    let max = u32::MAX.to_le_bytes();
    let xlog = [&[9, 1, 0, 8, 8][..], &max, &[0; 64], &[7; 2_000]].concat();
    let logan = [&[1][..], &[0x7f, 0xff, 0xff, 0xf0], &[7; 2_000]].concat();
    for (name, bytes) in [("a.xlog", &xlog), ("a.logan", &logan)] {
        let (_, problems) = read(name, bytes);
        assert!(problems.iter().any(|(k, _)| matches!(k, Damaged | Limit | Unreadable)), "{name}: {problems:?}");
    }
    // A frame of zstd with a window of 2 GiB: magic, descriptor without size, window 2³¹.
    let wide = [&b"\x28\xb5\x2f\xfd\x00\xa8"[..], &[0x51, 0, 0], &[b'a'; 10]].concat();
    refused("wide.zst", &wide, Unreadable, "a window larger than 128 MiB");
    // A member of a tar that claims 8 GiB and has a kibibyte.
    let mut header = tar::Header::new_ustar();
    header.set_path("app.log").expect("short");
    header.set_size(8 << 30);
    header.set_mode(0o644);
    header.set_cksum();
    let tar = [header.as_bytes().as_slice(), &LOG.repeat(20)].concat();
    let (text, problems) = read("long.tar", &tar);
    assert!(text.starts_with("2025-11-27") && !problems.is_empty(), "{problems:?}");
    // A member of a zip whose local and central sizes claim 4 GiB less 2.
    let mut zip = stored("app.log", &LOG.repeat(20));
    let central = zip.windows(4).rposition(|w| w == b"PK\x01\x02").expect("there");
    for at in [18, 22, central + 20, central + 24] {
        zip[at..at + 4].copy_from_slice(&(u32::MAX - 1).to_le_bytes());
    }
    let (text, problems) = read("long.zip", &zip);
    assert!(text.starts_with("2025-11-27") && !problems.is_empty(), "{problems:?}");
    // A name of a tar that is longer than any path.
    let mut long = tar::Header::new_gnu();
    long.set_entry_type(tar::EntryType::GNULongName);
    long.set_size(64 << 20);
    long.set_cksum();
    let (_, problems) = read("name.tar", &[long.as_bytes().as_slice(), &vec![b'n'; 64 << 20]].concat());
    assert!(!problems.is_empty());
}

#[test]
fn links_and_paths_of_an_archive_lead_nowhere() {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, kind, target) in [
        ("link.log", tar::EntryType::Symlink, "/etc/passwd"),
        ("hard.log", tar::EntryType::Link, "../../../../etc/passwd"),
        ("pipe.log", tar::EntryType::Fifo, "x"),
        ("device.log", tar::EntryType::Char, "x"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        tar.append_link(&mut header, name, target).expect("memory");
    }
    let mut header = tar::Header::new_gnu();
    header.set_size(LOG.len() as u64);
    header.as_old_mut().name[..22].copy_from_slice(b"../../../../tmp/up.log");
    header.set_cksum();
    tar.append(&header, LOG).expect("memory");
    let (text, problems) = read("links.tar", &tar.into_inner().expect("memory"));
    assert_eq!(text.as_bytes(), LOG, "{problems:?}");
    assert!(!std::path::Path::new("/tmp/up.log").exists());
}
