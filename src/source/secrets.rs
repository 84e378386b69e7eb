//! Keys and passwords of the integrator: files that hold them come in, what decoders need goes out.
//! Secrets come from files only, never from the command line, and leave by no door: their `Debug` is
//! empty and no problem repeats them.
//!
//! A file is lines; empty ones and those that begin with `#` are passed over.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;

use super::decode::logan::LoganKey;
use super::decode::xlog_key::XlogKey;

/// Bytes of a file of secrets.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What encrypted containers are opened with.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Private keys of xlog, one a line.
    pub(super) xlog_keys: Vec<XlogKey>,
    /// Keys and initialisation vectors of Logan, a pair of lines each.
    pub(super) logan_keys: Vec<LoganKey>,
    /// Passwords of archives, one a line.
    pub(super) passwords: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { xlog_keys, logan_keys, passwords } = self;
        write!(f, "Secrets({} xlog keys, {} Logan keys, {} passwords)", xlog_keys.len(), logan_keys.len(), passwords.len())
    }
}

impl Secrets {
    /// Why an archive stays closed.
    pub(super) fn why_locked(&self) -> String {
        match self.passwords.len() {
            0 => "password needed (--password-file)".to_owned(),
            1 => "the password does not open it".to_owned(),
            n => format!("none of the {n} passwords opens it"),
        }
    }

    /// Reads the private keys of xlog: 64 hex digits a line.
    ///
    /// # Errors
    /// What is wrong with the file, and in which line.
    pub fn read_xlog_keys(&mut self, path: &Path) -> Result<(), String> {
        for (number, line) in lines(path)? {
            let key = XlogKey::parse(&line).map_err(|e| format!("{}, line {number}: {e}", path.display()))?;
            self.xlog_keys.push(key);
        }
        if self.xlog_keys.is_empty() { Err(format!("{} holds no key", path.display())) } else { Ok(()) }
    }

    /// Reads key and initialisation vector of Logan: a line each, 16 characters or 32 hex digits; further
    /// pairs for further apps.
    ///
    /// # Errors
    /// What is wrong with the file, and in which line.
    pub fn read_logan_keys(&mut self, path: &Path) -> Result<(), String> {
        let lines = lines(path)?;
        for pair in lines.chunks(2) {
            let [(number, key), (_, iv)] = pair else {
                return Err(format!("{}: a key without an initialisation vector in the line below it", path.display()));
            };
            let key = LoganKey::parse(key, iv).map_err(|e| format!("{}, line {number}: {e}", path.display()))?;
            self.logan_keys.push(key);
        }
        if self.logan_keys.is_empty() { Err(format!("{} holds no key", path.display())) } else { Ok(()) }
    }

    /// Reads passwords of archives: one a line.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read_passwords(&mut self, path: &Path) -> Result<(), String> {
        self.passwords.extend(lines(path)?.into_iter().map(|(_, line)| line));
        if self.passwords.is_empty() { Err(format!("{} holds no password", path.display())) } else { Ok(()) }
    }
}

/// The lines that count, with their numbers.
fn lines(path: &Path) -> Result<Vec<(usize, String)>, String> {
    let read = || -> io::Result<String> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(io::Error::other(format!("it is larger than {FILE_BYTES_MAX} bytes")));
        }
        String::from_utf8(bytes).map_err(|_| io::Error::other("it is no UTF-8"))
    };
    let text = read().map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let kept = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
    Ok(kept.map(|(line, number)| (number, line.trim_end_matches('\r').to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("writable");
        std::fs::write(file.path(), text).expect("writable");
        file
    }

    #[test]
    fn secrets_are_read_by_line_and_never_shown() {
        let mut secrets = Secrets::default();
        secrets.read_passwords(file("# of the help desk\nopen sesame \n\n密码\n").path()).unwrap();
        assert_eq!(secrets.passwords, ["open sesame ", "密码"]);
        secrets.read_xlog_keys(file(&format!("{}\n", "7f".repeat(32))).path()).unwrap();
        secrets.read_logan_keys(file("0123456789abcdef\nfedcba9876543210\n").path()).unwrap();
        assert_eq!(format!("{secrets:?}"), "Secrets(1 xlog keys, 1 Logan keys, 2 passwords)");
    }

    #[test]
    fn what_is_wrong_with_a_file_names_its_line_and_not_its_text() {
        let wrong = Secrets::default().read_xlog_keys(file("\n\nhunter2\n").path()).unwrap_err();
        assert!(wrong.contains("line 3") && !wrong.contains("hunter2"), "{wrong}");
        let wrong = Secrets::default().read_logan_keys(file("0123456789abcdef\n").path()).unwrap_err();
        assert!(wrong.contains("initialisation vector"), "{wrong}");
        let wrong = Secrets::default().read_passwords(file("# none\n").path()).unwrap_err();
        assert!(wrong.contains("holds no password"), "{wrong}");
        let wrong = Secrets::default().read_passwords(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(wrong.contains("cannot read"), "{wrong}");
    }
}
