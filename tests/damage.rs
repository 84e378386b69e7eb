//! What damage costs: containers are written here, cut at every byte and flipped, filled and emptied at a
//! thousand random places; every record that lies wholly outside the smallest unit that could be decoded by
//! itself has to come back, every skipped byte has to be told, and nothing panics.
//!
//! What has to come back is counted from the writers' own notes of which bytes hold which records, and those
//! notes are checked by decoding each unit alone with the library that wrote it.

mod support;

use std::collections::HashSet;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::Path;
use support::Numbers;
use whyunsent::source::{Options, Probe, collect, open};

/// Records of a file and units that hold them.
const RECORDS: usize = 72;
const RECORDS_PER_UNIT: usize = 6;
/// Random places of each kind of damage.
const PLACES: usize = 1_000;

/// A unit that can be decoded by itself: its bytes and its records.
#[derive(Clone, Debug)]
struct Unit {
    bytes: Range<usize>,
    records: Range<usize>,
}

/// A file as it was written.
struct Written {
    name: &'static str,
    bytes: Vec<u8>,
    units: Vec<Unit>,
    told: Told,
}

/// What a container can say of its damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// Checksums: whatever is missing is told, to the byte. Reading goes on at a unit's start, or so many bytes
    /// behind it where a stream's header says nothing that its first block needs.
    Exactly(usize),
    /// No checksums, or none where a writer may have died: what reads as something else is not noticed. What is skipped is told to the byte.
    Skips,
    /// Members tell for themselves.
    Members,
}

fn record(number: usize) -> String {
    let mut numbers = Numbers(number as u64);
    let (a, b) = (numbers.below(1 << 40), numbers.below(1 << 20));
    format!(
        "2025-11-27 08:{:02}:{:02}.{:03} I net: record {number:04} of the log, {a:010x} 网络 {b:05x}\n",
        number / 60,
        number % 60,
        b % 1_000
    )
}

fn text(records: &Range<usize>) -> Vec<u8> {
    records.clone().flat_map(|n| record(n).into_bytes()).collect()
}

fn spans() -> impl Iterator<Item = Range<usize>> {
    (0..RECORDS).step_by(RECORDS_PER_UNIT).map(|from| from..from + RECORDS_PER_UNIT)
}

/// A file of units one behind the other.
fn units(name: &'static str, told: Told, pack: impl Fn(&[u8], usize) -> Vec<u8>) -> Written {
    let (mut bytes, mut units) = (Vec::new(), Vec::new());
    for (number, records) in spans().enumerate() {
        let start = bytes.len();
        bytes.extend(pack(&text(&records), number));
        units.push(Unit { bytes: start..bytes.len(), records });
    }
    Written { name, bytes, units, told }
}

/// Text of which each line is a unit.
fn lines(name: &'static str, mark: &[u8], encode: impl Fn(&str) -> Vec<u8>) -> Written {
    let (mut bytes, mut units) = (mark.to_vec(), Vec::new());
    for number in 0..RECORDS {
        let start = bytes.len();
        bytes.extend(encode(&record(number)));
        units.push(Unit { bytes: start..bytes.len(), records: number..number + 1 });
    }
    Written { name, bytes, units, told: Told::Members }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

/// One xz stream of many blocks.
fn xz_blocks() -> Written {
    use liblzma::stream::{Action, Check, Filters, LzmaOptions, Stream};
    let mut filters = Filters::new();
    filters.lzma2(&LzmaOptions::new_preset(6).expect("a preset"));
    let mut stream = Stream::new_stream_encoder(&filters, Check::Crc64).expect("an encoder");
    let (mut bytes, mut units) = (Vec::with_capacity(64 << 10), Vec::new());
    for records in spans() {
        let start = bytes.len();
        let text = text(&records);
        stream.process_vec(&text, &mut bytes, Action::Run).expect("memory");
        // A full flush ends the block.
        while !matches!(stream.process_vec(&[], &mut bytes, Action::FullFlush).expect("memory"), liblzma::stream::Status::StreamEnd) {}
        units.push(Unit { bytes: start..bytes.len(), records });
    }
    while !matches!(stream.process_vec(&[], &mut bytes, Action::Finish).expect("memory"), liblzma::stream::Status::StreamEnd) {}
    Written { name: "blocks.xz", bytes, units, told: Told::Exactly(12) }
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

fn lz4(text: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new().content_checksum(true).block_checksums(true);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("memory");
    encoder.include_checksum(true).expect("memory");
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

/// A block of Mars xlog as its asynchronous writer leaves it: magic, number, hours, length, key, payload, zero.
fn xlog(text: &[u8], number: usize, magic: u8) -> Vec<u8> {
    let payload = match magic {
        0x09 => {
            let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
            let mut out = Vec::with_capacity(text.len() + 1_000);
            stream.compress_vec(text, &mut out, flate2::FlushCompress::Sync).expect("memory");
            out
        }
        0x0d => {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("memory");
            encoder.write_all(text).expect("memory");
            encoder.flush().expect("memory");
            encoder.get_ref().clone()
        }
        _ => text.to_vec(),
    };
    let seq = u16::try_from(number + 1).expect("few").to_le_bytes();
    let len = u32::try_from(payload.len()).expect("small").to_le_bytes();
    [&[magic, seq[0], seq[1], 8, 8][..], &len, &[0; 64], &payload, &[0]].concat()
}

const LOGAN_KEY: [u8; 16] = *b"0123456789012345";

/// A block of Logan: gzip, padded, AES in CBC mode, behind its length.
fn logan(text: &[u8]) -> Vec<u8> {
    use aes::cipher::{Block, BlockModeEncrypt, KeyIvInit};
    let mut clear = gzip(text);
    let padding = 16 - clear.len() % 16;
    clear.extend(std::iter::repeat_n(u8::try_from(padding).expect("small"), padding));
    let mut cbc = cbc::Encryptor::<aes::Aes128>::new(&LOGAN_KEY.into(), &LOGAN_KEY.into());
    for chunk in clear.as_chunks_mut::<16>().0 {
        let mut block: Block<aes::Aes128> = (*chunk).into();
        cbc.encrypt_block(&mut block);
        *chunk = block.into();
    }
    [&[1][..], &u32::try_from(clear.len()).expect("small").to_be_bytes(), &clear, &[0]].concat()
}

fn zip(name: &'static str) -> Written {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut units = Vec::new();
    for (number, records) in spans().enumerate() {
        let methods = [zip::CompressionMethod::Deflated, zip::CompressionMethod::Stored];
        let options = zip::write::SimpleFileOptions::default().compression_method(methods[number % 2]);
        writer.start_file(format!("app-{number:02}.log"), options).expect("memory");
        writer.write_all(&text(&records)).expect("memory");
    }
    let bytes = writer.finish().expect("memory").into_inner();
    // Where members are is read by the crate, not by us.
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).expect("just written");
    for (number, records) in spans().enumerate() {
        let member = archive.by_index(number).expect("just written");
        let start = usize::try_from(member.header_start()).expect("small");
        let end = usize::try_from(member.data_start().expect("known") + member.compressed_size()).expect("small");
        units.push(Unit { bytes: start..end, records });
    }
    Written { name, bytes, units, told: Told::Members }
}

fn tar(name: &'static str) -> Written {
    let mut bytes = Vec::new();
    let mut units = Vec::new();
    for (number, records) in spans().enumerate() {
        let start = bytes.len();
        let content = text(&records);
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("app-{number:02}.log")).expect("short");
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        units.push(Unit { bytes: start..bytes.len(), records });
    }
    bytes.resize(bytes.len() + 1_024, 0);
    Written { name, bytes, units, told: Told::Members }
}

/// Where, how many bytes, and why.
type Skipped = (Option<u64>, Option<u64>, String);

/// The records that come back from bytes, and the problems: where, how many bytes skipped.
fn read(path: &Path, bytes: &[u8], options: &Options) -> (HashSet<usize>, Vec<Skipped>) {
    std::fs::write(path, bytes).expect("writable");
    let collected = collect(&[path.to_path_buf()], options);
    let mut problems = collected.problems;
    let mut text = Vec::new();
    let probe = |_: &whyunsent::source::Document| Probe::default();
    for unit in &collected.units {
        let more = open(unit, options, &probe, &mut |upload| {
            for document in &upload.documents {
                let Ok(mut reader) = document.reader(&options.limits) else { continue };
                reader.read_to_end(&mut text).expect("never fails");
                problems.extend(reader.problems());
                text.push(b'\n');
            }
        });
        problems.extend(more);
    }
    let whole = |line: &str| {
        let number = line.split_once("record ")?.1.get(..4)?.parse().ok()?;
        (record(number).trim_end() == line).then_some(number)
    };
    let found = String::from_utf8_lossy(&text).lines().filter_map(whole).collect();
    (found, problems.into_iter().map(|p| (p.offset, p.skipped_bytes, format!("{}: {}, {}", p.file, p.reason, p.action))).collect())
}

/// How a file is damaged: where, how many of its bytes are gone, and what stands there instead.
struct Damage {
    gone: Range<usize>,
    instead: Vec<u8>,
    /// One byte stands there with another bit.
    flips: bool,
}

impl Damage {
    fn random(kind: usize, len: usize, numbers: &mut Numbers) -> Self {
        let at = numbers.below(len);
        let size = 1 + numbers.below(if kind == 0 { 4 } else { 40 });
        let end = (at + size).min(len);
        let noise = |numbers: &mut Numbers, n: usize| (0..n).map(|_| u8::try_from(numbers.below(256)).expect("a byte")).collect();
        match kind {
            0 => Self { gone: at..at + 1, instead: Vec::new(), flips: true },
            1 => Self { gone: at..at, instead: noise(numbers, size), flips: false },
            _ => Self { gone: at..end, instead: Vec::new(), flips: false },
        }
    }

    fn apply(&self, bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
        let mut instead = self.instead.clone();
        if self.flips {
            instead.extend(bytes[self.gone.clone()].iter().map(|b| b ^ (1 << numbers.below(8))));
        }
        [&bytes[..self.gone.start], &instead, &bytes[self.gone.end..]].concat()
    }

    fn instead_bytes(&self) -> usize {
        self.instead.len() + usize::from(self.flips)
    }

    /// Whether a unit is as it was written. What stands exactly between two units touches neither.
    fn spares(&self, unit: &Range<usize>) -> bool {
        unit.end <= self.gone.start || unit.start >= self.gone.end
    }
}

struct Tally {
    expected: usize,
    back: usize,
    worst: (usize, usize, String),
}

impl Tally {
    fn add(&mut self, written: &Written, damage: &Damage, found: &HashSet<usize>, case: &str) {
        let safe = written.units.iter().filter(|u| damage.spares(&u.bytes)).flat_map(|u| u.records.clone());
        let (mut expected, mut back) = (0, 0);
        for record in safe {
            expected += 1;
            back += usize::from(found.contains(&record));
        }
        self.expected += expected;
        self.back += back;
        if expected - back > self.worst.0 {
            self.worst = (expected - back, expected, case.to_owned());
        }
    }
}

fn options(folder: &Path) -> Options {
    let key = folder.join("key");
    std::fs::write(&key, "0123456789012345\n0123456789012345\n").expect("writable");
    let mut secrets = whyunsent::source::Secrets::default();
    secrets.read_logan_keys(&key).expect("a key");
    Options { secrets: std::sync::Arc::new(secrets), ..Options::default() }
}

/// The whole treatment of one file.
fn endure(written: &Written) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = options(folder.path());
    let path = folder.path().join(written.name);
    let (found, problems) = read(&path, &written.bytes, &options);
    assert_eq!((found.len(), problems.len()), (RECORDS, 0), "{} undamaged: {problems:?}", written.name);

    let mut numbers = Numbers(42);
    for (kind, verb) in ["flipped", "inserted", "deleted"].into_iter().enumerate() {
        let mut tally = Tally { expected: 0, back: 0, worst: (0, 0, String::new()) };
        for _ in 0..PLACES {
            let damage = Damage::random(kind, written.bytes.len(), &mut numbers);
            let bytes = damage.apply(&written.bytes, &mut numbers);
            let (found, problems) = read(&path, &bytes, &options);
            let case = format!("{verb} at {:?}: {problems:?}", damage.gone);
            tally.add(written, &damage, &found, &case);
            told(written, &damage, &found, &problems, bytes.len(), &case);
        }
        report(written.name, verb, &tally);
    }
    let mut tally = Tally { expected: 0, back: 0, worst: (0, 0, String::new()) };
    for cut in 0..written.bytes.len() {
        let (found, problems) = read(&path, &written.bytes[..cut], &options);
        let damage = Damage { gone: cut..written.bytes.len(), instead: Vec::new(), flips: false };
        let case = format!("cut at {cut}: {problems:?}");
        tally.add(written, &damage, &found, &case);
        told(written, &damage, &found, &problems, cut, &case);
    }
    report(written.name, "cut", &tally);
}

/// What is skipped lies in damaged units only, ends where a unit begins, and is told once; what is missing is told.
fn told(
    written: &Written,
    damage: &Damage,
    found: &HashSet<usize>,
    problems: &[(Option<u64>, Option<u64>, String)],
    len: usize,
    case: &str,
) {
    let lead = match written.told {
        Told::Members => return,
        Told::Skips => 0,
        Told::Exactly(lead) => lead,
    };
    let name = written.name;
    let place = |n: u64| usize::try_from(n).expect("small");
    let skipped = problems.iter().filter_map(|(offset, n, _)| Some(place((*offset)?)..place((*offset)? + (*n)?)));
    let mut skipped: Vec<Range<usize>> = skipped.filter(|r| !r.is_empty()).collect();
    skipped.sort_by_key(|r| r.start);
    if skipped.iter().any(|r| r.end > len) {
        // A decoder may give out what it should have read: xz has chunks that are not compressed. What stands in
        // them is read as a container inside, whose places are others.
        assert!(found.len() >= RECORDS - RECORDS_PER_UNIT, "{name}: beyond the end {len}, {case}");
        return;
    }
    for pair in skipped.windows(2) {
        assert!(pair[0].end <= pair[1].start, "{name}: {pair:?} overlap, {case}");
    }
    // Places in the damaged file, of units that are as they were.
    let moved = |at: usize| if at >= damage.gone.end { at - damage.gone.len() + damage.instead_bytes() } else { at };
    let sound: Vec<Range<usize>> = written
        .units
        .iter()
        .filter(|u| damage.spares(&u.bytes))
        .map(|u| moved(u.bytes.start)..moved(u.bytes.start) + u.bytes.len())
        .collect();
    for range in &skipped {
        // Inside a damaged unit a part of it may be sound, as a block of a frame is.
        let inside = |u: &Unit| !damage.spares(&u.bytes) && range.end >= u.bytes.start && range.end <= moved(u.bytes.end);
        let lands =
            range.end == len || sound.iter().any(|u| (u.start..=u.start + lead).contains(&range.end)) || written.units.iter().any(inside);
        assert!(
            lands,
            "{name}: reading goes on at {} where nothing begins, of {len}, units {:?}, {case}",
            range.end,
            written.units.iter().map(|u| u.bytes.start).collect::<Vec<_>>()
        );
        let costs = sound.iter().find(|u| u.start + lead < range.end && range.start < u.end);
        assert!(costs.is_none(), "{name}: {range:?} costs the sound unit {costs:?}, {case}");
    }
    // A file that ends between two units, or after so few bytes that they could be anything, is no damaged one.
    let inside = written.units.iter().any(|u| u.bytes.start + 16 < damage.gone.start && damage.gone.start < u.bytes.end);
    if found.len() < RECORDS && inside && matches!(written.told, Told::Exactly(_)) {
        assert!(!problems.is_empty(), "{name}: {} records are missing without a word, {case}", RECORDS - found.len());
    }
}

fn report(name: &str, verb: &str, tally: &Tally) {
    let share = if tally.expected == 0 { 100.0 } else { 100.0 * tally.back as f64 / tally.expected as f64 };
    println!("{name} {verb}: {} of {} untouched records came back, {share:.2} %; worst: {:?}", tally.back, tally.expected, tally.worst);
    assert!(share >= 95.0, "{name} {verb}: {share:.2} % came back; {:?}", tally.worst);
}

#[test]
fn text_loses_the_damaged_line() {
    endure(&lines("utf8.log", b"", |line| line.as_bytes().to_vec()));
    endure(&lines("mark.log", b"\xef\xbb\xbf", |line| line.as_bytes().to_vec()));
    endure(&lines("gb.log", b"", |line| encoding_rs::GB18030.encode(line).0.into_owned()));
}

#[test]
fn wide_text_loses_the_damaged_line() {
    endure(&lines("le.log", b"\xff\xfe", |line| line.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    endure(&lines("be.log", b"\xfe\xff", |line| line.encode_utf16().flat_map(u16::to_be_bytes).collect()));
}

#[test]
fn gzip_loses_the_damaged_member() {
    endure(&units("members.gz", Told::Exactly(0), |text, _| gzip(text)));
}

#[test]
fn zstd_loses_the_damaged_frame() {
    endure(&units("frames.zst", Told::Exactly(0), |text, _| zstd(text)));
}

#[test]
fn xz_loses_the_damaged_stream_or_block() {
    endure(&units("streams.xz", Told::Exactly(12), |text, _| xz(text)));
    endure(&xz_blocks());
}

#[test]
fn bzip2_loses_the_damaged_block() {
    endure(&units("streams.bz2", Told::Exactly(4), |text, _| bzip2(text)));
}

#[test]
fn lz4_loses_the_damaged_frame() {
    endure(&units("frames.lz4", Told::Exactly(0), |text, _| lz4(text)));
}

#[test]
fn xlog_loses_the_damaged_block() {
    endure(&units("zlib.xlog", Told::Skips, |text, n| xlog(text, n, 0x09)));
    endure(&units("zstd.xlog", Told::Skips, |text, n| xlog(text, n, 0x0d)));
    endure(&units("plain.xlog", Told::Skips, |text, n| xlog(text, n, 0x08)));
}

#[test]
fn logan_loses_the_damaged_block() {
    endure(&units("blocks.logan", Told::Skips, |text, _| logan(text)));
}

#[test]
fn zip_loses_the_damaged_member() {
    endure(&zip("members.zip"));
}

#[test]
fn tar_loses_the_damaged_member() {
    endure(&tar("members.tar"));
    let plain = tar("members.tar.zst");
    // Each member in a frame of its own, as `zstd --rsyncable` and seekable writers do.
    let mut bytes = Vec::new();
    let mut units = Vec::new();
    for unit in &plain.units {
        let start = bytes.len();
        bytes.extend(zstd(&plain.bytes[unit.bytes.clone()]));
        units.push(Unit { bytes: start..bytes.len(), records: unit.records.clone() });
    }
    endure(&Written { bytes, units, ..plain });
}

/// A 7z archive packs all into one stream and says at its end what is in it, so damage costs all of it; that it does
/// has to be said.
#[test]
fn seven_zip_is_read_in_whole_or_says_why_not() {
    let archive = support::root().join("tests/containers/lzma2.7z");
    let bytes = std::fs::read(archive).expect("the archive");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = Options::default();
    let path = folder.path().join("all.7z");
    let mut numbers = Numbers(7);
    let damages = (0..300).map(|n| Damage::random(n % 3, bytes.len(), &mut numbers)).collect::<Vec<_>>();
    let cuts = (32..bytes.len()).step_by(7).map(|cut| Damage { gone: cut..bytes.len(), instead: Vec::new(), flips: false });
    let mut told = 0;
    for damage in damages.into_iter().chain(cuts) {
        let (_, problems) = read(&path, &damage.apply(&bytes, &mut numbers), &options);
        told += usize::from(!problems.is_empty());
        // Of the first bytes two say for which version it is.
        let harmless = damage.flips && matches!(damage.gone.start, 6 | 7);
        assert!(!problems.is_empty() || harmless, "{:?}", damage.gone);
    }
    assert!(told > 700, "{told}");
}

/// Files of other programs whose checksums cover their text: whatever happens to them, what comes out is the text, or
/// less of it, or is told to be wrong.
#[test]
fn encrypted_and_streamed_archives_say_what_is_wrong_with_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let secrets = support::root().join("tests/containers/passwords.txt");
    let mut known = whyunsent::source::Secrets::default();
    known.read_passwords(&secrets).expect("passwords");
    let options = Options { secrets: std::sync::Arc::new(known), ..Options::default() };
    for name in ["aes256.zip", "zipcrypto.zip", "streamed.zip", "bzip2.zip", "legacy.lz4", "two-frames.lz4", "ustar.tar.gz", "gnu.tar.zst"]
    {
        let bytes = std::fs::read(support::root().join("tests/containers").join(name)).expect("the archive");
        let path = folder.path().join(name);
        let mut numbers = Numbers(11);
        let mut told = 0;
        for round in 0..300 {
            let damage = Damage::random(round % 3, bytes.len(), &mut numbers);
            let (_, problems) = read(&path, &damage.apply(&bytes, &mut numbers), &options);
            told += usize::from(!problems.is_empty());
        }
        // Padding, names, times and unused fields may change without harm; legacy frames have no checksum.
        assert!(told > if name == "legacy.lz4" { 50 } else { 200 }, "{name}: {told}");
    }
}

#[test]
fn an_open_message_is_pending_where_its_end_may_be_lost_and_failed_where_nothing_is() {
    use whyunsent::taxonomy::{Kind, Outcome};
    let line = |second: usize, event: &str, id: usize| {
        format!(
            "{{\"timestamp\":\"2026-11-20T08:{:02}:{:02}.000Z\",\"event.name\":\"{event}\",\"message.id\":\"m-{id:012}\"}}\n",
            second / 60,
            second % 60
        )
    };
    // An open message, and half an hour of others that are sent.
    let open = [line(0, "message.enqueue", 1), line(0, "message.attempt", 1)].concat();
    let others = |from: usize| {
        (from..from + 600)
            .map(|n| [line(n * 2, "message.enqueue", n), line(n * 2, "message.attempt", n), line(n * 2 + 1, "message.ack", n)].concat())
            .collect::<String>()
    };
    let outcome = |files: &[(&str, Vec<u8>)]| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).expect("writable");
        }
        let rows = support::rows(&[folder.path().to_path_buf()], |s| s.source.grouping = whyunsent::source::Grouping::Dir);
        let first = rows.into_iter().filter(|r| r.kind == Kind::Message).min_by_key(|r| r.started_at);
        first.expect("a message").outcome
    };
    let rest = gzip(others(10).as_bytes());
    let broken = [&rest[..rest.len() / 2], &gzip(others(900).as_bytes())].concat();
    let whole = [gzip(open.as_bytes()), rest.clone()].concat();
    assert_eq!(outcome(&[("app.jsonl.gz", whole)]), Some(Outcome::Unsent));
    let damaged = [gzip(open.as_bytes()), broken.clone()].concat();
    assert_eq!(outcome(&[("app.jsonl.gz", damaged)]), Some(Outcome::Pending));
    // The same where the loss is in the next file of the log, and none where it ends before the message begins.
    assert_eq!(outcome(&[("app.1.jsonl", open.clone().into_bytes()), ("app.jsonl.gz", broken)]), Some(Outcome::Pending));
    assert_eq!(outcome(&[("app.1.jsonl", open.into_bytes()), ("app.jsonl.gz", rest)]), Some(Outcome::Unsent));
}
