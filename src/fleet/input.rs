//! Standard input -> requests: a path a line, or an Arrow IPC stream of uploads with their files.
//!
//! Paths below the root lose it, so that rows name uploads as a local run on that root does. A file is read where it is, or
//! from the bytes that come with it.

use super::request::{Asked, Request};
use crate::taxonomy::words;
use anyhow::{Context, anyhow, bail};
use polars::prelude::{DataType, Series};
use polars_arrow::io::ipc::read::{StreamMetadata, StreamReader, StreamState, read_stream_metadata};
use polars_arrow::record_batch::RecordBatch;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// Longest path.
const PATH_BYTES_MAX: u64 = 64 << 10;
/// Columns of the Arrow stream; all but `path` may be left out.
const COLUMNS: [&str; 4] = ["upload", "path", "content", "modified"];

words! {
    /// The form of standard input.
    #[derive(Default)]
    Form {
        /// A path a line.
        #[default]
        Paths = "paths",
        /// An Arrow IPC stream of `upload`, `path`, `content`, `modified`.
        Arrow = "arrow",
    }
}

/// The requests that a stream holds, one after another.
pub fn requests(
    form: Form,
    root: Option<&str>,
    stream: impl Read + Send + 'static,
) -> Box<dyn Iterator<Item = anyhow::Result<Vec<Request>>> + Send> {
    let root = Root::new(root);
    match form {
        Form::Paths => Box::new(Grouped { requests: Paths { root, lines: BufReader::new(stream) }, failed: None }),
        Form::Arrow => Box::new(Grouped { requests: Arrow::new(root, Box::new(stream)), failed: None }),
    }
}

/// Requests as they come.
trait Requests: Iterator<Item = anyhow::Result<Request>> {
    /// Whether the next one is there already: whoever asks piece by piece waits for the answer to each.
    fn is_there(&self) -> bool;
}

/// Groups of what is there at once.
struct Grouped<R> {
    requests: R,
    /// What ends it, behind the group that was being gathered.
    failed: Option<anyhow::Error>,
}

impl<R: Requests> Iterator for Grouped<R> {
    type Item = anyhow::Result<Vec<Request>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let (mut group, mut bytes) = (Vec::new(), 0);
        while group.is_empty() || (group.len() < GROUP_REQUESTS && bytes < GROUP_BYTES && self.requests.is_there()) {
            match self.requests.next() {
                None => break,
                Some(Err(error)) if group.is_empty() => return Some(Err(error)),
                Some(Err(error)) => {
                    self.failed = Some(error);
                    break;
                }
                Some(Ok(request)) => {
                    bytes += request.files.iter().filter_map(|file| Some(file.bytes.as_ref()?.len())).sum::<usize>();
                    group.push(request);
                }
            }
        }
        (!group.is_empty()).then_some(Ok(group))
    }
}

/// Requests of a group at most.
const GROUP_REQUESTS: usize = 32;
/// Bytes that come along with the requests of a group, but for those of the last.
const GROUP_BYTES: usize = 4 << 20;

/// A file as it was handed over.
struct Given {
    upload: Option<String>,
    path: String,
    bytes: Option<Vec<u8>>,
    modified_us: Option<i64>,
}

/// The root of all paths.
#[derive(Clone, Debug, Default)]
struct Root(Option<String>);

impl Root {
    fn new(root: Option<&str>) -> Self {
        Self(root.map(|root| bare(root).trim_end_matches('/').to_owned()))
    }

    /// The request for files of one upload, at least one.
    fn request(&self, files: Vec<Given>) -> Request {
        let stated = files[0].upload.clone();
        let input = stated.clone().unwrap_or_else(|| files[0].path.clone());
        let label = self.0.as_deref().and_then(|root| root.rsplit('/').next()).filter(|name| !name.is_empty());
        let label = label.unwrap_or_else(|| input.trim_end_matches('/').rsplit('/').next().unwrap_or(&input)).to_owned();
        let files: Vec<Asked> = files.into_iter().map(|file| self.asked(file)).collect();
        Request { input, label, one_upload: stated.is_some(), files, ..Request::default() }
    }

    fn asked(&self, file: Given) -> Asked {
        let path = bare(&file.path);
        let inside = self.0.as_deref().and_then(|root| path.strip_prefix(root)).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let name = match (inside, &self.0) {
            (Some(inside), _) => inside.trim_matches('/'),
            (None, Some(_)) => path.split_once("://").map_or(path, |(_, rest)| rest).trim_matches('/'),
            (None, None) => path.trim_end_matches('/').rsplit('/').next().unwrap_or(path),
        };
        Asked {
            name: name.to_owned(),
            place: file.bytes.is_none().then(|| PathBuf::from(path)),
            modified_us: file.modified_us,
            bytes: file.bytes,
        }
    }
}

/// A path without the scheme of files: `file:/a`, `file:///a` and `/a` are one.
fn bare(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("file:") else { return path };
    rest.strip_prefix("//").filter(|rest| rest.starts_with('/')).unwrap_or(rest)
}

/// A path a line.
struct Paths<R> {
    root: Root,
    lines: BufReader<R>,
}

impl<R: Read> Iterator for Paths<R> {
    type Item = anyhow::Result<Request>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = Vec::new();
            match (&mut self.lines).take(PATH_BYTES_MAX).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(n) if n as u64 == PATH_BYTES_MAX && !line.ends_with(b"\n") => {
                    return Some(Err(anyhow!("standard input: a path of more than {PATH_BYTES_MAX} bytes")));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error).context("standard input cannot be read")),
            }
            let path = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            if !path.is_empty() {
                return Some(Ok(self.root.request(vec![Given { upload: None, path, bytes: None, modified_us: None }])));
            }
        }
    }
}

impl<R: Read> Requests for Paths<R> {
    fn is_there(&self) -> bool {
        memchr::memchr(b'\n', self.lines.buffer()).is_some()
    }
}

/// An Arrow IPC stream.
struct Arrow {
    root: Root,
    stream: Option<Box<dyn Read + Send>>,
    batches: Option<(StreamMetadata, StreamReader<Forward>)>,
    rows: VecDeque<Given>,
    /// Files of the upload that is being gathered.
    open: Vec<Given>,
    failed: bool,
}

impl Arrow {
    fn new(root: Root, stream: Box<dyn Read + Send>) -> Self {
        Self { root, stream: Some(stream), batches: None, rows: VecDeque::new(), open: Vec::new(), failed: false }
    }

    /// Reads the next batch; false at the end.
    fn more(&mut self) -> anyhow::Result<bool> {
        if let Some(stream) = self.stream.take() {
            let mut forward = Forward { stream, at: 0 };
            let metadata = read_stream_metadata(&mut forward).context("standard input is no Arrow IPC stream")?;
            let names: Vec<&str> = metadata.schema.iter_names().map(polars::prelude::PlSmallStr::as_str).collect();
            if !names.contains(&"path") {
                bail!("the Arrow stream has no column `path`; it has {} (known: {})", names.join(", "), COLUMNS.join(", "));
            }
            self.batches = Some((metadata.clone(), StreamReader::new(forward, metadata, None)));
        }
        let Some((metadata, reader)) = &mut self.batches else { return Ok(false) };
        match reader.next().transpose().context("the Arrow stream on standard input is damaged")? {
            None | Some(StreamState::Waiting) => Ok(false),
            Some(StreamState::Some(batch)) => {
                let rows = given(metadata, batch)?;
                self.rows.extend(rows);
                Ok(true)
            }
        }
    }

    fn try_next(&mut self) -> anyhow::Result<Option<Request>> {
        loop {
            while let Some(file) = self.rows.pop_front() {
                let belongs = self.open.first().is_none_or(|first| first.upload.is_some() && first.upload == file.upload);
                let complete = if belongs { Vec::new() } else { std::mem::take(&mut self.open) };
                self.open.push(file);
                if !complete.is_empty() {
                    return Ok(Some(self.root.request(complete)));
                }
            }
            // A file that is an upload by itself need not wait for the next one.
            let by_itself = self.open.first().is_some_and(|first| first.upload.is_none());
            if by_itself || !self.more()? {
                let complete = std::mem::take(&mut self.open);
                return Ok((!complete.is_empty()).then(|| self.root.request(complete)));
            }
        }
    }
}

impl Requests for Arrow {
    fn is_there(&self) -> bool {
        // The last upload of a batch may go on in the next one, unless its file is one by itself.
        let Some(first) = self.open.first().or(self.rows.front()) else { return false };
        first.upload.is_none() || self.rows.iter().any(|file| file.upload != first.upload)
    }
}

impl Iterator for Arrow {
    type Item = anyhow::Result<Request>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.try_next();
        self.failed = next.is_err();
        next.transpose()
    }
}

/// The rows of a batch, whatever types of text and bytes it has.
fn given(metadata: &StreamMetadata, batch: RecordBatch) -> anyhow::Result<Vec<Given>> {
    let mut series: Vec<(String, Series)> = Vec::new();
    for (name, array) in metadata.schema.iter_names().zip(batch.into_arrays()) {
        if COLUMNS.contains(&name.as_str()) {
            let column = Series::try_from((name.clone(), array)).with_context(|| format!("column `{name}`"))?;
            series.push((name.to_string(), column));
        }
    }
    let find = |wanted: &str| series.iter().find(|(name, _)| name == wanted).map(|(_, column)| column);
    let cast = |wanted: &str, kind: &DataType| {
        let column = find(wanted).filter(|column| column.null_count() < column.len());
        column.map(|column| column.cast(kind).with_context(|| format!("column `{wanted}` is of type {}", column.dtype()))).transpose()
    };
    let (upload, path, content) =
        (cast("upload", &DataType::String)?, cast("path", &DataType::String)?, cast("content", &DataType::Binary)?);
    let micros = DataType::Datetime(polars::prelude::TimeUnit::Microseconds, None);
    let modified = cast("modified", &micros)?.map(|column| column.cast(&DataType::Int64)).transpose()?;
    let length = find("path").map_or(0, |column| column.len());
    let text = |column: Option<&Series>, row: usize| -> anyhow::Result<Option<String>> {
        Ok(match column {
            Some(column) => column.str()?.get(row).map(str::to_owned),
            None => None,
        })
    };
    let row = |row: usize| {
        let upload = text(upload.as_ref(), row)?;
        let path = text(path.as_ref(), row)?.with_context(|| format!("row {row} has no path"))?;
        let bytes = match &content {
            Some(content) => content.binary()?.get(row).map(<[u8]>::to_vec),
            None => None,
        };
        let modified_us = match &modified {
            Some(modified) => modified.i64()?.get(row),
            None => None,
        };
        Ok(Given { upload, path, bytes, modified_us })
    };
    (0..length).map(row).collect()
}

/// A stream that is read from start to end by a reader which asks where it is and passes over what it does not want.
struct Forward {
    stream: Box<dyn Read + Send>,
    at: u64,
}

impl Read for Forward {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.stream.read(out)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Forward {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Current(over) = to else { return Err(io::Error::other("a stream has no such place")) };
        let over = u64::try_from(over).map_err(|_| io::Error::other("a stream does not go back"))?;
        let passed = io::copy(&mut self.by_ref().take(over), &mut io::sink())?;
        if passed == over { Ok(self.at) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column, DataFrame, IpcCompression, IpcStreamWriter, NamedFrom, SerWriter};

    /// Input, whether it is stated to be one upload, and names and bytes of its files.
    type Named = (String, bool, Vec<(String, Option<Vec<u8>>)>);

    fn names(requests: &[Request]) -> Vec<Named> {
        let files = |r: &Request| r.files.iter().map(|f| (f.name.clone(), f.bytes.clone())).collect();
        requests.iter().map(|r| (r.input.clone(), r.one_upload, files(r))).collect()
    }

    fn read(form: Form, root: Option<&str>, stream: Vec<u8>) -> anyhow::Result<Vec<Request>> {
        let groups: Vec<Vec<Request>> = requests(form, root, io::Cursor::new(stream)).collect::<anyhow::Result<_>>()?;
        Ok(groups.into_iter().flatten().collect())
    }

    #[test]
    fn each_line_is_a_path_and_loses_the_root() {
        let lines = b"/data/raw/u/a.log\nfile:///data/raw/b.log\r\n\n/elsewhere/c.log".to_vec();
        let found = read(Form::Paths, Some("file:/data/raw/"), lines.clone()).unwrap();
        let named: Vec<&str> = found.iter().map(|r| r.files[0].name.as_str()).collect();
        assert_eq!(named, ["u/a.log", "b.log", "elsewhere/c.log"]);
        assert_eq!(found[1].files[0].place.as_deref(), Some(std::path::Path::new("/data/raw/b.log")));
        assert!(found.iter().all(|r| r.label == "raw" && !r.one_upload));
        let without = read(Form::Paths, None, lines).unwrap();
        assert_eq!(without[0].files[0].name, "a.log");
    }

    /// Gives pieces one by one; who reads on behind them would wait for ever.
    struct Piecewise(VecDeque<&'static [u8]>);

    impl Read for Piecewise {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().expect("nobody reads on while there is something to do");
            out[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn what_is_there_at_once_is_a_group_and_nobody_waits_for_more() {
        let mut groups = requests(Form::Paths, None, Piecewise([b"a\nb\n".as_slice(), b"c\nd", b"\n"].into()));
        let mut next = || groups.next().unwrap().unwrap().into_iter().map(|request| request.input).collect::<Vec<_>>();
        assert_eq!(next(), ["a", "b"]);
        assert_eq!(next(), ["c"]);
        assert_eq!(next(), ["d"]);
    }

    #[test]
    fn a_group_is_no_larger_than_its_limits_and_what_is_wrong_behind_it_loses_none() {
        let lines = "a\n".repeat(GROUP_REQUESTS + 3);
        let sizes: Vec<usize> = requests(Form::Paths, None, io::Cursor::new(lines)).map(|group| group.unwrap().len()).collect();
        assert_eq!(sizes, [GROUP_REQUESTS, 3]);
        let long = [b"a\n".to_vec(), vec![b'x'; 1 << 20], b"\n".to_vec()].concat();
        let mut groups = requests(Form::Paths, None, io::Cursor::new(long));
        assert_eq!(groups.next().unwrap().unwrap()[0].input, "a");
        assert!(groups.next().unwrap().is_err());
    }

    #[test]
    #[allow(clippy::default_trait_access, reason = "the type of a level is not exported")]
    fn rows_of_one_upload_are_one_request_in_any_type_and_compression() {
        for compression in [None, Some(IpcCompression::LZ4), Some(IpcCompression::ZSTD(Default::default()))] {
            for kind in [DataType::String, DataType::Binary] {
                let upload = Series::new("upload".into(), [Some("u1"), Some("u1"), None, None, Some("u2")]);
                let path = Series::new("path".into(), ["/r/1/a", "/r/1/b", "/r/c", "/r/d", "/r/2/e"]).cast(&kind).unwrap();
                let content = Series::new("content".into(), [Some(b"x\xff".as_slice()), None, Some(b""), None, None]);
                let columns = [upload, path, content].map(Column::from).to_vec();
                let mut frame = DataFrame::new(5, columns).unwrap();
                let mut stream = Vec::new();
                IpcStreamWriter::new(&mut stream).with_compression(compression).finish(&mut frame).unwrap();
                let found = names(&read(Form::Arrow, Some("/r"), stream).unwrap());
                let expected = [
                    ("u1".to_owned(), true, vec![("1/a".to_owned(), Some(b"x\xff".to_vec())), ("1/b".to_owned(), None)]),
                    ("/r/c".to_owned(), false, vec![("c".to_owned(), Some(Vec::new()))]),
                    ("/r/d".to_owned(), false, vec![("d".to_owned(), None)]),
                    ("u2".to_owned(), true, vec![("2/e".to_owned(), None)]),
                ];
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn what_is_no_stream_or_has_no_paths_is_an_error_that_says_so() {
        let error = |stream: Vec<u8>| format!("{:#}", read(Form::Arrow, None, stream).unwrap_err());
        assert!(error(b"hello world, this is text".to_vec()).contains("no Arrow IPC stream"));
        let mut frame = DataFrame::new(1, vec![Column::from(Series::new("file".into(), ["a"]))]).unwrap();
        let mut stream = Vec::new();
        IpcStreamWriter::new(&mut stream).finish(&mut frame).unwrap();
        assert!(error(stream).contains("no column `path`; it has file"));
    }
}
