//! One file of a folder or archive, before and after a look at its first bytes: a [`Member`] comes
//! in; what goes out is a document, an archive, or a problem that says why it is neither.

use std::sync::Arc;

use super::Options;
use super::archive::Archive;
use super::decode::Layer;
use super::decode::stage::Meter;
use super::decode::text::Encoding;
use super::document::{Document, Raw};
use super::kind::{HEAD_BYTES, Kind, doubtful, is_crash_report, kind_of, salvaged};
use super::limits::Limits;
use super::problem::{Problem, ProblemKind};

/// A file of zeros is empty if it is at most this long, as the 150 KiB cache of mars is after a
/// clean end; a longer one is read, since text may follow.
const ZEROS_BYTES: usize = 256 << 10;

/// One file of a folder or archive.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Path in its folder or archive.
    pub(super) path: String,
    /// What evidence cites.
    pub(super) file: String,
    /// Its bytes.
    pub(super) raw: Raw,
    /// When it was last written.
    pub(super) modified_us: Option<i64>,
    /// Its size.
    pub(super) size: Option<u64>,
    /// Counts what it expands to.
    pub(super) meter: Meter,
    /// Archives and layers around it.
    pub(super) nesting: usize,
    /// So many bytes are looked through for a container whose beginning is damaged.
    pub(super) look_bytes: usize,
}

/// What a member is.
pub(super) enum Found {
    /// Text to read.
    Document(Document),
    /// Members of its own.
    Archive(Archive),
    /// Neither, and why.
    Neither(Problem),
}

impl Member {
    /// Looks at the first bytes, through as many compressions as there are.
    pub(super) fn look(self, options: &Options) -> Found {
        let limits = &options.limits;
        let mut document = Document {
            name: self.path,
            file: self.file,
            modified_us: self.modified_us,
            size_hint: self.size,
            crash_report: false,
            raw: self.raw.clone(),
            layers: Vec::new(),
            stored_bytes: self.raw.len.or(self.size).unwrap_or(0),
            encoding: Encoding::default(),
            mark_bytes: 0,
            meter: self.meter,
            secrets: Arc::clone(&options.secrets),
        };
        loop {
            if self.nesting + document.layers.len() > limits.max_nesting {
                let reason = format!("more than {} archives and compressions inside one another", limits.max_nesting);
                return neither(&document, ProblemKind::Limit, reason, "left out");
            }
            let mut reader = match document.undecoded(limits) {
                Ok(reader) => reader,
                Err(error) => {
                    return neither(&document, ProblemKind::Unreadable, format!("cannot be opened: {error}"), "left out");
                }
            };
            let head = reader.take_up_to(HEAD_BYTES);
            if head.is_empty()
                && let Some(problem) = reader.problems().into_iter().next()
            {
                let reason = format!("nothing can be read: {}", problem.reason);
                return neither(&document, ProblemKind::Unreadable, reason, "left out");
            }
            let mut kind = kind_of(&head, head.len() < HEAD_BYTES, limits);
            let by_its_head = kind;
            kind = match kind {
                Kind::Refuse(_) => deeper(&document, self.look_bytes, limits).map_or(kind, |(_, found)| found),
                // Good text in front of a unit is no damaged beginning.
                Kind::Text(encoding) if !encoding.is_wide() && doubtful(&head) => deeper(&document, self.look_bytes, limits)
                    .filter(|(at, _)| doubtful(&head[..head.len().min(*at)]))
                    .map_or(kind, |(_, found)| found),
                _ => kind,
            };
            match kind {
                // Blocks of lines: what is in them is a log and no further container.
                Kind::Layer(layer @ (Layer::Xlog | Layer::Logan)) => {
                    document.layers.push(layer);
                    document.size_hint = None;
                    return Found::Document(document);
                }
                Kind::Layer(layer) => document.layers.push(layer),
                Kind::Archive(format) => {
                    let nesting = self.nesting + document.layers.len();
                    return Found::Archive(Archive { document, format, nesting, salvaged: by_its_head != Kind::Archive(format) });
                }
                Kind::Empty => return neither(&document, ProblemKind::Empty, "the file is empty", "left out"),
                Kind::Zeros if reader_holds_only_zeros(&document, limits) => {
                    return neither(&document, ProblemKind::Empty, "the file holds only zero bytes", "left out");
                }
                Kind::Zeros => return Found::Document(document),
                Kind::Text(encoding) => {
                    document.crash_report = is_crash_report(&head);
                    document.encoding = options.encoding.unwrap_or(encoding);
                    document.mark_bytes = document.encoding.mark_bytes(&head);
                    return Found::Document(document);
                }
                Kind::Skip(what) => return neither(&document, ProblemKind::Skipped, what, "left out"),
                Kind::Refuse(what) => return neither(&document, ProblemKind::Unreadable, what, "left out"),
            }
            document.size_hint = None;
        }
    }
}

fn neither(document: &Document, kind: ProblemKind, reason: impl Into<String>, action: &str) -> Found {
    Found::Neither(Problem::new(&document.file, kind, reason).action(action))
}

/// What binary data holds whose beginning is damaged: the first unit of a container that stands in it.
fn deeper(document: &Document, look_bytes: usize, limits: &Limits) -> Option<(usize, Kind)> {
    let bytes = document.undecoded(limits).ok().filter(|_| look_bytes > 0)?.take_up_to(look_bytes);
    salvaged(&bytes, bytes.len() < look_bytes)
}

fn reader_holds_only_zeros(document: &Document, limits: &Limits) -> bool {
    let Ok(mut reader) = document.undecoded(limits) else { return false };
    let head = reader.take_up_to(ZEROS_BYTES + 1);
    head.len() <= ZEROS_BYTES && head.iter().all(|b| *b == 0)
}
