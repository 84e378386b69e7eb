//! The key of the pseudonyms: from a file, the environment, the user's state directory, or chance.
//!
//! What comes in is where to look; what goes out is 32 bytes that no message, error or debug print
//! ever shows.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Environment variable with the key as 64 hex digits.
const VARIABLE: &str = "WHYUNSENT_KEY";
/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// A key file larger than this is not read: 64 hex digits and a line end fit many times.
const KEY_FILE_MAX_BYTES: u64 = 4096;

/// The key of the pseudonyms.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; KEY_BYTES]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why there is no key.
#[derive(Debug)]
pub enum KeyError {
    /// The file cannot be read or written.
    Io(PathBuf, std::io::Error),
    /// What stands there is no key.
    Form(String),
    /// The system gives no random bytes.
    Random(String),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Io(path, error) => write!(f, "key file {}: {error}", path.display()),
            KeyError::Form(place) => write!(f, "{place} holds no key: expected 32 raw bytes or 64 hex digits"),
            KeyError::Random(error) => write!(f, "no random bytes for a key: {error}"),
        }
    }
}

impl std::error::Error for KeyError {}

impl Key {
    /// A key of known bytes.
    #[must_use]
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Key(bytes)
    }

    /// The key in force: of `key_file`, else of the environment, else of the user's state directory
    /// (made at first use), else a random one with a warning that says what follows from it.
    ///
    /// # Errors
    /// If a file or variable that the user named holds no key.
    pub fn resolve(key_file: Option<&Path>) -> Result<(Key, Option<String>), KeyError> {
        if let Some(key) = Self::given(key_file)? {
            return Ok((key, None));
        }
        let problem = match state_file(|name| std::env::var_os(name).map(PathBuf::from)) {
            None => "no home directory to keep a key in".to_owned(),
            Some(path) => match Self::read_or_create(&path) {
                Ok(key) => return Ok((key, None)),
                Err(error) => error.to_string(),
            },
        };
        let warning = format!("{problem}: the pseudonyms of this run will match no other run; give --key-file or {VARIABLE}");
        Ok((Self::random()?, Some(warning)))
    }

    /// The key that was given for this run, by file or environment; `None` if none was.
    ///
    /// # Errors
    /// If what was given holds no key.
    pub fn given(key_file: Option<&Path>) -> Result<Option<Key>, KeyError> {
        if let Some(path) = key_file {
            return Self::read(path).map(Some);
        }
        match std::env::var(VARIABLE) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => from_hex(text.trim().as_bytes()).map(Some).ok_or_else(|| KeyError::Form(format!("the variable {VARIABLE}"))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(KeyError::Form(format!("the variable {VARIABLE}"))),
        }
    }

    /// The key in a file: 32 raw bytes or 64 hex digits.
    ///
    /// # Errors
    /// If the file cannot be read or holds something else.
    pub fn read(path: &Path) -> Result<Key, KeyError> {
        let io = |error| KeyError::Io(path.to_owned(), error);
        let mut bytes = Vec::new();
        let mut file = std::io::Read::take(std::fs::File::open(path).map_err(io)?, KEY_FILE_MAX_BYTES);
        std::io::Read::read_to_end(&mut file, &mut bytes).map_err(io)?;
        let raw = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).ok().map(Key);
        raw.or_else(|| from_hex(bytes.trim_ascii())).ok_or_else(|| KeyError::Form(format!("key file {}", path.display())))
    }

    /// The key in a file, which is made with a random key and mode 0600 if there is none. Of two
    /// processes that make it at once, both get the key of the first.
    ///
    /// # Errors
    /// If the file can neither be read nor made, or holds no key.
    pub fn read_or_create(path: &Path) -> Result<Key, KeyError> {
        match Self::read(path) {
            Err(KeyError::Io(_, error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            done => return done,
        }
        let io = |error| KeyError::Io(path.to_owned(), error);
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(io)?;
        let key = Self::random()?;
        // `NamedTempFile` makes files that only their owner may read.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
        writeln!(file, "{}", key.hex()).map_err(io)?;
        file.as_file().sync_all().map_err(io)?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(key),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Self::read(path),
            Err(error) => Err(io(error.error)),
        }
    }

    /// Names the key without giving it away: first 8 hex digits of a keyed hash of a constant.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        blake3::keyed_hash(&self.0, b"whyunsent key").to_hex()[..8].to_owned()
    }

    /// The pseudonym of a value.
    #[must_use]
    pub(super) fn pseudonym(&self, kind: &str, value: &str) -> String {
        let hash = blake3::keyed_hash(&self.0, value.as_bytes()).to_hex();
        [kind, "_", &hash[..super::PSEUDONYM_DIGITS]].concat()
    }

    fn random() -> Result<Key, KeyError> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(Key(bytes))
    }

    fn hex(&self) -> String {
        self.0.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }
}

fn from_hex(text: &[u8]) -> Option<Key> {
    let mut bytes = [0; KEY_BYTES];
    if text.len() != 2 * KEY_BYTES {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(Key(bytes))
}

/// `$XDG_STATE_HOME/whyunsent/key`, `~/.local/state/whyunsent/key`, on Windows below `%LOCALAPPDATA%`.
fn state_file(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let folder = variable("XDG_STATE_HOME").filter(|p| p.is_absolute());
    let home = || variable("HOME").filter(|p| p.is_absolute()).map(|h| h.join(".local").join("state"));
    let folder = folder.or_else(home).or_else(|| variable("LOCALAPPDATA").filter(|p| p.is_absolute()))?;
    Some(folder.join("whyunsent").join("key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_holds_raw_bytes_or_hex_digits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, [5; 32]).unwrap();
        assert_eq!(Key::read(&path).unwrap(), Key([5; 32]));
        std::fs::write(&path, "0A".repeat(32) + "\n").unwrap();
        assert_eq!(Key::read(&path).unwrap(), Key([10; 32]));
    }

    #[test]
    fn what_is_no_key_is_named_but_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "hunter2").unwrap();
        let error = Key::read(&path).unwrap_err().to_string();
        assert!(error.contains("key file") && error.contains("64 hex digits") && !error.contains("hunter2"), "{error}");
        assert_eq!(format!("{:?}", Key([9; 32])), "Key(…)");
    }

    #[test]
    fn a_named_key_file_that_is_missing_is_an_error() {
        assert!(matches!(Key::resolve(Some(Path::new("/nonexistent/key"))), Err(KeyError::Io(..))));
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("key");
        let made = Key::read_or_create(&path).unwrap();
        assert_eq!(Key::read_or_create(&path).unwrap(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn the_state_directory_follows_the_environment() {
        let with = |set: &'static str| move |name: &str| (name == set).then(|| PathBuf::from("/s"));
        assert_eq!(state_file(with("XDG_STATE_HOME")), Some(PathBuf::from("/s/whyunsent/key")));
        assert_eq!(state_file(with("HOME")), Some(PathBuf::from("/s/.local/state/whyunsent/key")));
        assert_eq!(state_file(|_| None), None);
        assert_eq!(state_file(|_| Some(PathBuf::from("relative"))), None);
    }
}
