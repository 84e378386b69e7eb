//! The protocol between supervisor and worker, both of one and the same build: frames of a tag, a length and bytes.

use super::request::Request;
use crate::source::Problem;
use anyhow::{Context, bail};
use std::io::{ErrorKind, Read, Write};

/// Longest frame: what a worker tells of one upload, or the bytes of one file.
const FRAME_BYTES_MAX: u64 = 8 << 30;

/// What a worker tells.
#[derive(Debug)]
pub enum Told {
    /// That it is ready.
    Ready,
    /// That it begins to read an upload, at this path.
    Begin(String),
    /// Rows of an upload, encoded, its receipt last.
    Rows(Vec<u8>),
    /// What was wrong.
    Problems(Vec<Problem>),
    /// That so many of the requests that are asked for together are told by now.
    Upto(u64),
    /// That all that was asked for is told.
    Done,
}

const READY: u8 = b'+';
const BEGIN: u8 = b'>';
const ROWS: u8 = b'=';
const PROBLEMS: u8 = b'!';
const UPTO: u8 = b'#';
const DONE: u8 = b'.';
const REQUEST: u8 = b'?';
const BYTES: u8 = b'*';
const NO_BYTES: u8 = b'-';

impl Told {
    /// Writes it.
    ///
    /// # Errors
    /// What the stream says.
    pub fn write(&self, out: &mut impl Write) -> anyhow::Result<()> {
        match self {
            Self::Ready => frame(out, READY, &[]),
            Self::Begin(path) => frame(out, BEGIN, path.as_bytes()),
            Self::Rows(rows) => frame(out, ROWS, rows),
            Self::Problems(problems) => frame(out, PROBLEMS, &serde_json::to_vec(problems)?),
            Self::Upto(requests) => frame(out, UPTO, &requests.to_le_bytes()),
            Self::Done => frame(out, DONE, &[]),
        }
    }

    /// Reads one; `None` at the end of the stream.
    ///
    /// # Errors
    /// What the stream says, or that it ends in the middle.
    pub fn read(input: &mut impl Read) -> anyhow::Result<Option<Self>> {
        let Some((tag, bytes)) = unframe(input)? else { return Ok(None) };
        Ok(Some(match tag {
            READY => Self::Ready,
            BEGIN => Self::Begin(String::from_utf8(bytes)?),
            ROWS => Self::Rows(bytes),
            PROBLEMS => Self::Problems(serde_json::from_slice(&bytes)?),
            UPTO => Self::Upto(u64::from_le_bytes(bytes.as_slice().try_into()?)),
            DONE => Self::Done,
            other => bail!("a worker told something unknown ({other})"),
        }))
    }
}

impl Request {
    /// Writes it.
    ///
    /// # Errors
    /// What the stream says.
    pub fn write(&self, out: &mut impl Write) -> anyhow::Result<()> {
        frame(out, REQUEST, &serde_json::to_vec(self)?)?;
        for file in &self.files {
            match &file.bytes {
                Some(bytes) => frame(out, BYTES, bytes)?,
                None => frame(out, NO_BYTES, &[])?,
            }
        }
        Ok(out.flush()?)
    }

    /// Reads one; `None` at the end of the stream.
    ///
    /// # Errors
    /// What the stream says, or that it ends in the middle.
    pub fn read(input: &mut impl Read) -> anyhow::Result<Option<Self>> {
        let Some((REQUEST, bytes)) = unframe(input)? else { return Ok(None) };
        let mut request: Self = serde_json::from_slice(&bytes)?;
        for file in &mut request.files {
            let (tag, bytes) = unframe(input)?.context("a request ends in the middle")?;
            file.bytes = (tag == BYTES).then_some(bytes);
        }
        Ok(Some(request))
    }
}

fn frame(out: &mut impl Write, tag: u8, bytes: &[u8]) -> anyhow::Result<()> {
    out.write_all(&[tag])?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    Ok(out.write_all(bytes)?)
}

fn unframe(input: &mut impl Read) -> anyhow::Result<Option<(u8, Vec<u8>)>> {
    let mut head = [0; 9];
    match input.read_exact(&mut head[..1]) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        done => done?,
    }
    input.read_exact(&mut head[1..])?;
    let length = u64::from_le_bytes(head[1..].try_into()?);
    if length > FRAME_BYTES_MAX {
        bail!("a frame of {length} bytes");
    }
    let mut bytes = Vec::new();
    // Read as it comes: the length may be a lie, and memory is not taken for one.
    if input.take(length).read_to_end(&mut bytes)? as u64 != length {
        bail!("a frame ends in the middle");
    }
    Ok(Some((head[0], bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::request::Asked;

    #[test]
    fn a_request_comes_back_with_the_bytes_of_its_files() {
        let file = |name: &str, bytes: Option<Vec<u8>>| Asked { name: name.into(), bytes, ..Asked::default() };
        let files = vec![file("a.log", Some(b"x\0\n".to_vec())), file("b.log", None)];
        let request = Request { input: "u".into(), one_upload: true, files, ..Request::default() };
        let mut wire = Vec::new();
        request.write(&mut wire).unwrap();
        let back = Request::read(&mut wire.as_slice()).unwrap().unwrap();
        assert_eq!((back.input.as_str(), back.one_upload), ("u", true));
        assert_eq!((back.files[0].bytes.as_deref(), back.files[1].bytes.as_deref()), (Some(b"x\0\n".as_slice()), None));
        assert!(Request::read(&mut [].as_slice()).unwrap().is_none());
        assert!(Request::read(&mut &wire[..wire.len() - 4]).is_err());
    }

    #[test]
    fn what_a_worker_tells_comes_back_and_a_lie_about_its_length_is_an_error() {
        let mut wire = Vec::new();
        for told in [Told::Ready, Told::Begin("a.zip!/é.log".into()), Told::Rows(vec![1, 2]), Told::Problems(Vec::new()), Told::Done] {
            told.write(&mut wire).unwrap();
        }
        let mut read = wire.as_slice();
        let mut back = Vec::new();
        while let Some(told) = Told::read(&mut read).unwrap() {
            back.push(format!("{told:?}"));
        }
        assert_eq!(back, ["Ready", "Begin(\"a.zip!/é.log\")", "Rows([1, 2])", "Problems([])", "Done"]);
        let lie = [&[ROWS], 1_000_000_u64.to_le_bytes().as_slice(), b"short"].concat();
        assert!(Told::read(&mut lie.as_slice()).is_err());
    }
}
