//! The configuration file: TOML with the names of the flags.
//!
//! Looked for in this order: `--config`, `./whyunsent.toml`, then `whyunsent/whyunsent.toml` in the
//! user's configuration directory. Paths in it are relative to it.

use crate::report::help::Reach;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Its name.
pub const NAME: &str = "whyunsent.toml";
/// Largest file that is read.
const BYTES_MAX: u64 = 1 << 20;

/// What a configuration file can say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfigFile {
    /// `--profiles`.
    pub profiles: Option<PathBuf>,
    /// `--delayed-after`.
    pub delayed_after: Option<String>,
    /// `--pending-after`.
    pub pending_after: Option<String>,
    /// `--redact`.
    pub redact: Option<bool>,
    /// `--key-file`.
    pub key_file: Option<PathBuf>,
    /// `--xlog-key-file`.
    pub xlog_key_file: Option<PathBuf>,
    /// `--logan-key-file`.
    pub logan_key_file: Option<PathBuf>,
    /// `--password-file`.
    pub password_file: Option<PathBuf>,
    /// `--lang`.
    pub lang: Option<String>,
    /// `--tz`.
    pub tz: Option<String>,
    /// `--jobs`.
    pub jobs: Option<usize>,
    /// Bytes of a log that are read at a time.
    pub slab_bytes: Option<usize>,
    /// Whether what reading does not need is given up.
    pub sandbox: Option<bool>,
    /// `--strict`.
    pub strict: Option<bool>,
    /// `--color`.
    pub color: Option<String>,
    /// `--top`.
    pub top: Option<usize>,
    /// `--include`.
    pub include: Option<Vec<String>>,
    /// `--exclude`.
    pub exclude: Option<Vec<String>>,
    /// `--upload`.
    pub upload: Option<String>,
    /// `--encoding`.
    pub encoding: Option<String>,
    /// `--exclude-users`.
    pub exclude_users: Option<PathBuf>,
    /// A file of known issues, for stories and replies.
    pub known: Option<PathBuf>,
    /// Menu path of the app's privacy settings.
    pub privacy_path: Option<String>,
    /// `[targets]`: what the weekly report measures against.
    pub targets: Option<TargetsFile>,
    /// `[[channel]]`: how support is reached, the preferred way first.
    pub channel: Option<Vec<Reach>>,
}

/// What a team aims at: percentages such as `2%`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TargetsFile {
    /// Unsent rate aimed at.
    pub unsent: Option<String>,
    /// Unsent rate that must not be passed.
    pub unsent_critical: Option<String>,
    /// Client-attributable rate aimed at.
    pub client: Option<String>,
    /// Client-attributable rate that must not be passed.
    pub client_critical: Option<String>,
}

/// A configuration file and where it is.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The file, if there is one.
    pub path: Option<PathBuf>,
    /// What it says.
    pub file: ConfigFile,
}

/// Finds and reads the configuration.
///
/// # Errors
/// File, line, column and what was expected.
pub fn find(asked: Option<&Path>) -> Result<Found, String> {
    let path = match asked {
        Some(path) => Some(path.to_path_buf()),
        None => candidates().into_iter().find(|path| path.is_file()),
    };
    let Some(path) = path else { return Ok(Found::default()) };
    let shown = path.display();
    let size = std::fs::metadata(&path).map_err(|e| format!("{shown}: cannot read the configuration: {e}"))?.len();
    if size > BYTES_MAX {
        return Err(format!("{shown}: the configuration is larger than {BYTES_MAX} bytes"));
    }
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{shown}: cannot read the configuration: {e}"))?;
    let mut file = parse(&text).map_err(|e| format!("{shown}:{e}"))?;
    let base = path.parent().unwrap_or(Path::new(""));
    let own = [
        &mut file.profiles,
        &mut file.key_file,
        &mut file.exclude_users,
        &mut file.xlog_key_file,
        &mut file.logan_key_file,
        &mut file.password_file,
        &mut file.known,
    ];
    for own in own.into_iter().flatten() {
        *own = base.join(&*own);
    }
    Ok(Found { path: Some(path), file })
}

fn candidates() -> Vec<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let user = std::env::var_os("XDG_CONFIG_HOME").filter(|d| !d.is_empty()).map(PathBuf::from).or_else(home);
    let user = user.map(|dir| dir.join("whyunsent").join(NAME));
    [Some(PathBuf::from(NAME)), user].into_iter().flatten().collect()
}

/// `line:column: what is wrong`.
fn parse(text: &str) -> Result<ConfigFile, String> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = error.span().map_or((1, 1), |span| crate::profile::position(text, span.start));
        format!("{line}:{column}: {}", error.message())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_its_place_and_the_known_ones() {
        let error = parse("lang = \"zh\"\ndelayed_after = \"5s\"\n").unwrap_err();
        assert!(error.starts_with("2:1: ") && error.contains("`delayed_after`") && error.contains("`delayed-after`"), "{error}");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        std::fs::write(&path, "profiles = \"ours\"\nredact = false\n").unwrap();
        let found = find(Some(&path)).unwrap();
        assert_eq!(found.file.profiles, Some(dir.path().join("ours")));
        assert_eq!(found.file.redact, Some(false));
    }
}
