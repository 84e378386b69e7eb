//! What a file is, by its first bytes and never by its name: first bytes come in, a [`Kind`] goes
//! out. Magic numbers are those of the formats' own specifications.

use super::archive::Format;
use super::decode::text::Encoding;
use super::decode::xlog_block::is_xlog;
use super::decode::zst::skippable;
use super::decode::{Layer, bzip2, logan, lz4, xz, zst};
use super::limits::Limits;

/// How many first bytes are looked at.
pub(super) const HEAD_BYTES: usize = 16 << 10;
/// Text may hold a few control bytes (a crash while writing leaves zeros), this share at most.
const CONTROL_SHARE_MAX_PERCENT: usize = 30;
/// Text with more of them than this may be a container of little compressed text whose beginning is damaged.
const CONTROL_SHARE_DOUBT_PERCENT: usize = 1;
/// Where a tar header says what it is.
const TAR_MAGIC_OFFSET: usize = 257;
/// How far into a document its own reports say that they are ours.
const REPORT_HEAD_BYTES: usize = 256;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No bytes at all.
    Empty,
    /// Only zero bytes, as far as was looked.
    Zeros,
    /// A compression or a container of blocks.
    Layer(Layer),
    /// An archive.
    Archive(Format),
    /// Text, to be read.
    Text(Encoding),
    /// No log by its kind: skipped and counted.
    Skip(&'static str),
    /// May hold logs but cannot be read.
    Refuse(&'static str),
}

/// Magic numbers at the very start, with what they mean.
const MAGICS: &[(&[u8], Kind)] = &[
    (b"\x1f\x8b", Kind::Layer(Layer::Gzip)),
    (zst::MAGIC, Kind::Layer(Layer::Zstd)),
    (xz::MAGIC, Kind::Layer(Layer::Xz)),
    (bzip2::MAGIC, Kind::Layer(Layer::Bzip2)),
    (lz4::MAGIC, Kind::Layer(Layer::Lz4)),
    (lz4::LEGACY_MAGIC, Kind::Layer(Layer::Lz4)),
    (b"PK\x03\x04", Kind::Archive(Format::Zip)),
    (b"PK\x05\x06", Kind::Archive(Format::Zip)),
    (b"7z\xbc\xaf\x27\x1c", Kind::Archive(Format::SevenZ)),
    (b"\x89PNG\r\n\x1a\n", Kind::Skip("an image")),
    (b"\xff\xd8\xff", Kind::Skip("an image")),
    (b"GIF8", Kind::Skip("an image")),
    (b"II*\0", Kind::Skip("an image")),
    (b"MM\0*", Kind::Skip("an image")),
    (b"8BPS", Kind::Skip("an image")),
    (b"<svg", Kind::Skip("an image")),
    (b"\0\0\x01\0", Kind::Skip("an image")),
    (b"%PDF-", Kind::Skip("a PDF document")),
    (b"ID3", Kind::Skip("an audio file")),
    (b"OggS", Kind::Skip("an audio file")),
    (b"fLaC", Kind::Skip("an audio file")),
    (b"#!AMR", Kind::Skip("an audio file")),
    (b"\x1a\x45\xdf\xa3", Kind::Skip("a video")),
    (b"SQLite format 3\0", Kind::Skip("a database")),
    (b"\x37\x7f\x06\x82", Kind::Skip("a database journal")),
    (b"\x37\x7f\x06\x83", Kind::Skip("a database journal")),
    (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", Kind::Skip("a database journal")),
    (b"PAR1", Kind::Skip("a Parquet table")),
    (b"ARROW1", Kind::Skip("an Arrow table")),
    (b"\xff\xff\xff\xff\x70\x00\x00\x00", Kind::Skip("an Arrow table")),
    (b"JAVA PROFILE ", Kind::Skip("a heap dump")),
    (b"MDMP", Kind::Skip("a minidump")),
    (b"\x7fELF", Kind::Skip("a program or core dump")),
    (b"\xcf\xfa\xed\xfe", Kind::Skip("a program or core dump")),
    (b"MZ\x90", Kind::Skip("a program")),
    (b"dex\n", Kind::Skip("a program")),
    (b"\xca\xfe\xba\xbe", Kind::Skip("a program")),
    (b"bplist00", Kind::Skip("a binary property list")),
    (b"\xd4\xc3\xb2\xa1", Kind::Skip("a packet capture")),
    (b"\xa1\xb2\xc3\xd4", Kind::Skip("a packet capture")),
    (b"\x0a\x0d\x0d\x0a", Kind::Skip("a packet capture")),
    (b"Rar!\x1a\x07", Kind::Refuse("a RAR archive, which is not read (known: gzip, zstd, xz, bzip2, lz4, zip, 7z, tar, xlog, Logan)")),
];

/// What a file is by its first [`HEAD_BYTES`]; `whole` if these are all there are.
pub(super) fn kind_of(head: &[u8], whole: bool, limits: &Limits) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    // Before the magics, since an xlog may begin as an lz4 or pcap does.
    if is_xlog(head, limits.xlog_block_bytes) {
        return Kind::Layer(Layer::Xlog);
    }
    if logan::is_logan(head, whole) {
        return Kind::Layer(Layer::Logan);
    }
    if let Some((_, kind)) = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *kind;
    }
    // Skippable frames may precede the first frame of a zstd or lz4 file.
    if let Some(len) = skippable(head) {
        let next = usize::try_from(len).ok().and_then(|len| head.get(len..)).unwrap_or_default();
        return Kind::Layer(if next.starts_with(lz4::MAGIC) { Layer::Lz4 } else { Layer::Zstd });
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Kind::Skip("a video or image");
    }
    if head.starts_with(b"RIFF") && matches!(head.get(8..12), Some(b"WEBP" | b"WAVE" | b"AVI ")) {
        return Kind::Skip("an image, audio file or video");
    }
    if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
        return Kind::Skip("an image");
    }
    if head.get(16..20) == Some(b"T-DB") {
        return Kind::Skip("a database");
    }
    if is_tar(head) {
        return Kind::Archive(Format::Tar);
    }
    if head.iter().all(|b| *b == 0) {
        return Kind::Zeros;
    }
    text_or_binary(head, whole)
}

/// The container of which a unit stands in bytes that begin like nothing known: the first one, but what has no
/// magic number only where nothing else stands. Gives the place too.
pub(super) fn salvaged(bytes: &[u8], whole: bool) -> Option<(usize, Kind)> {
    let layers = Layer::ALL.iter().filter_map(|layer| Some((layer.is_weak(), layer.find(bytes, whole)?, Kind::Layer(*layer))));
    let archives = Format::ALL.iter().filter_map(|format| Some((false, format.find(bytes)?, Kind::Archive(*format))));
    // An archive before what is packed inside it.
    archives.chain(layers).min_by_key(|(weak, at, _)| (*weak, *at)).map(|(_, at, kind)| (at, kind))
}

fn text_or_binary(head: &[u8], whole: bool) -> Kind {
    let encoding = Encoding::of(head);
    let wide = matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be);
    if !wide {
        let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if starts_with_ignoring_case(start, b"<!doctype html") || starts_with_ignoring_case(start, b"<html") {
            return Kind::Skip("an HTML page");
        }
        if is_own_report(start) {
            return Kind::Skip("a report of this tool");
        }
        let control = control_bytes(head);
        if control * 100 > head.len() * CONTROL_SHARE_MAX_PERCENT || (control > 0 && !mostly_lines(head, whole)) {
            return Kind::Refuse("binary data of no known kind");
        }
    }
    Kind::Text(encoding)
}

/// Whether what is taken for text may be a container whose beginning is damaged.
pub(super) fn doubtful(head: &[u8]) -> bool {
    control_bytes(head) * 100 > head.len() * CONTROL_SHARE_DOUBT_PERCENT
}

/// How many bytes no text has. Every file is looked at, so that a compiler shall make vectors of this.
fn control_bytes(head: &[u8]) -> usize {
    // As many as one byte can count.
    let of_chunk = |chunk: &[u8]| usize::from(chunk.iter().map(|b| u8::from(is_control(*b))).sum::<u8>());
    head.chunks(usize::from(u8::MAX)).map(of_chunk).sum()
}

#[allow(clippy::needless_bitwise_bool)] // vectors do not branch
const fn is_control(b: u8) -> bool {
    (b <= 0x07) | (b == 0x0b) | ((b >= 0x0e) & (b <= 0x1a)) | ((b >= 0x1c) & (b <= 0x1f)) | (b == 0x7f)
}

/// Whether bytes with a few control bytes still read as lines: random data of 256 values holds 10 %
/// control bytes, so what tells is that most bytes are printable ASCII or well-formed UTF-8.
fn mostly_lines(head: &[u8], whole: bool) -> bool {
    let printable = head.iter().filter(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t')).count();
    let well_formed: usize =
        head.utf8_chunks().map(|c| c.valid().chars().filter(|c| !c.is_ascii()).map(char::len_utf8).sum::<usize>()).sum();
    let least = if whole { 60 } else { 70 };
    (printable + well_formed) * 100 >= head.len() * least
}

fn starts_with_ignoring_case(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|t| t.eq_ignore_ascii_case(prefix))
}

/// Reports carry `whyunsent.report/…` in their head, rows begin with their first columns.
fn is_own_report(start: &[u8]) -> bool {
    let head = &start[..start.len().min(REPORT_HEAD_BYTES)];
    memchr::memmem::find(head, b"whyunsent.report/").is_some()
        || head.starts_with(b"bundle,bundle_path,kind,")
        || (head.starts_with(b"{\"bundle\":\"") && memchr::memmem::find(head, b"\"bundle_path\":").is_some())
        || (head.starts_with(b"# ") && starts_with_ignoring_case(&head[2..], b"whyunsent"))
}

/// A tar header: its magic, or (before POSIX) a checksum that holds.
fn is_tar(head: &[u8]) -> bool {
    head.get(TAR_MAGIC_OFFSET..TAR_MAGIC_OFFSET + 5) == Some(b"ustar") || old_tar(head).is_some()
}

fn old_tar(head: &[u8]) -> Option<()> {
    let header = head.get(..512)?;
    let digits = header.get(148..156)?;
    let text = std::str::from_utf8(digits).ok()?.trim_matches(['\0', ' ']);
    let announced = u32::from_str_radix(text, 8).ok()?;
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    let blanked: u32 = digits.iter().map(|b| u32::from(*b)).sum();
    (header[0] != 0 && announced == sum - blanked + 8 * u32::from(b' ')).then_some(())
}

/// Whether a text is a crash report rather than a log: an Apple `.ips` or `.crash`, a `MetricKit`
/// payload, an Android tombstone, a trace of hanging threads, or Android's record of how processes ended.
pub(super) fn is_crash_report(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let ips = line.starts_with(b"{")
        && [&b"\"bug_type\""[..], b"\"incident_id\"", b"\"app_name\""]
            .iter()
            .filter(|key| memchr::memmem::find(line, key).is_some())
            .count()
            >= 2;
    let metrickit = head.starts_with(b"{")
        && [&b"\"crashDiagnostics\""[..], b"\"hangDiagnostics\"", b"\"timeStampBegin\""]
            .iter()
            .any(|key| memchr::memmem::find(head, key).is_some());
    ips || metrickit
        || line.starts_with(b"Incident Identifier:")
        || line.starts_with(b"*** *** *** *** *** *** *** ***")
        || line.starts_with(b"ACTIVITY MANAGER PROCESS EXIT INFO")
        || (line.starts_with(b"----- pid ") && memchr::memmem::find(line, b" at ").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(head: &[u8]) -> Kind {
        kind_of(head, true, &Limits::default())
    }

    #[test]
    fn text_is_text_in_any_encoding() {
        assert_eq!(kind(b"03-04 18:20:01.003 I/A: x\n"), Kind::Text(Encoding::Utf8));
        assert_eq!(kind("2026 消息发送失败\n".as_bytes()), Kind::Text(Encoding::Utf8));
        assert_eq!(kind(b"2026 \xcf\xfb\xcf\xa2\xb7\xa2\xcb\xcd\n"), Kind::Text(Encoding::Gb18030));
        assert_eq!(kind(b"\xff\xfea\0\n\0"), Kind::Text(Encoding::Utf16Le));
        assert_eq!(kind(b"\n\n\n\n\n\n\n\n\n\n\nlog\n"), Kind::Text(Encoding::Utf8));
        assert_eq!(kind(b"\x1b[32mINFO\x1b[0m started\n"), Kind::Text(Encoding::Utf8));
    }

    #[test]
    fn a_log_with_a_few_zero_bytes_is_still_text() {
        let text = [b"08:00 line before the power went\n".as_slice(), &[0; 9], b"\n08:01 line after\n"].concat();
        assert_eq!(kind(&text), Kind::Text(Encoding::Utf8));
    }

    #[test]
    fn strangers_are_told_by_their_magic() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n..."), Kind::Skip("an image"));
        assert_eq!(kind(b"SQLite format 3\0"), Kind::Skip("a database"));
        assert_eq!(kind(b"JAVA PROFILE 1.0.2\0"), Kind::Skip("a heap dump"));
        assert_eq!(kind(b" <!DOCTYPE HTML><html>"), Kind::Skip("an HTML page"));
        assert_eq!(kind(b"{\"schema\":\"whyunsent.report/1\""), Kind::Skip("a report of this tool"));
        assert!(matches!(kind(b"Rar!\x1a\x07\x01\0"), Kind::Refuse(_)));
        assert_eq!(kind(&[0; 99]), Kind::Zeros);
        assert_eq!(kind(b""), Kind::Empty);
    }

    #[test]
    fn random_bytes_are_refused() {
        let mut state = 1u32;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(4096)
        .collect();
        assert_eq!(kind(&bytes), Kind::Refuse("binary data of no known kind"));
    }

    #[test]
    fn crash_reports_are_no_logs() {
        assert!(is_crash_report(b"{\"app_name\":\"Voxa\",\"bug_type\":\"309\"}\n{"));
        assert!(is_crash_report(b"*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***\nBuild"));
        assert!(is_crash_report(b"{\n  \"timeStampBegin\" : \"2026-03-04 18:20:01\",\n"));
        assert!(is_crash_report(b"----- pid 9211 at 2026-03-04 18:20:01 -----\n"));
        assert!(!is_crash_report(b"{\"level\":30,\"time\":1}\n"));
    }
}
