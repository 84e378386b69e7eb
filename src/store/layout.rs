//! A store on disk: what comes in is its directory, what goes out is a [`Store`] that was checked and the places of
//! everything in it.
//!
//! `STORE.json` holds the version of the format, the zone of its weeks and which key its pseudonyms were made with; `key`
//! is that key, unless the user keeps it elsewhere; `lock` is held by whoever writes.

use super::commit::{Commit, entries};
use super::remote::{Remote, is_url};
use crate::redact::Key;
use anyhow::{Context, anyhow, bail};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Version of the format that this program writes and reads.
pub const FORMAT: u32 = 1;
/// Largest `STORE.json` or commit that is read.
pub(super) const JSON_BYTES_MAX: u64 = 64 << 20;

/// What a store says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Version of the format.
    pub format: u32,
    /// Zone of days and weeks.
    pub zone: String,
    /// Fingerprint of the key of its pseudonyms; none where redaction is off.
    pub key: Option<String>,
    /// What made it.
    pub made_by: String,
}

/// An open store.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    /// Where it lies, if that is an object storage: `root` holds copies then.
    remote: Option<(String, Arc<Remote>)>,
    /// What it says of itself.
    pub info: Info,
    /// Zone of days and weeks.
    pub zone: Tz,
}

impl Store {
    /// Opens a store.
    ///
    /// # Errors
    /// That there is none, or that it is of another version, and what to do.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        if !is_url(root) {
            return Self::open_here(root, None);
        }
        let url = root.to_string_lossy().trim_end_matches('/').to_owned();
        let remote = Arc::new(Remote::open(&url)?);
        if !Self::is_one(remote.dir()) {
            bail!("{url} is no store: it has no STORE.json");
        }
        let dir = remote.dir().to_owned();
        Self::open_here(&dir, Some((url, remote)))
    }

    fn open_here(root: &Path, remote: Option<(String, Arc<Remote>)>) -> anyhow::Result<Self> {
        let path = root.join("STORE.json");
        if !Self::is_one(root) {
            bail!("{} is no store: it has no STORE.json; `whyunsent ingest PATH… --store {}` makes one", root.display(), root.display());
        }
        let info: Info = read_json(&path)?;
        if info.format != FORMAT {
            let advice = if info.format > FORMAT { "update whyunsent" } else { "run `whyunsent store upgrade`" };
            bail!("{}: the store has format {}, this version reads {FORMAT}: {advice}", root.display(), info.format);
        }
        let zone = info.zone.parse().map_err(|_| anyhow!("{}: time zone `{}` is not known", path.display(), info.zone))?;
        Ok(Self { root: root.to_owned(), remote, info, zone })
    }

    /// Makes a store in a directory that has none.
    ///
    /// # Errors
    /// That the directory holds something else, or cannot be written.
    pub fn create(root: &Path, zone: Tz, key: Option<&Key>) -> anyhow::Result<Self> {
        Self::may_be_made(root)?;
        fs::create_dir_all(root).with_context(|| format!("cannot make a store in {}", root.display()))?;
        let made_by = concat!("whyunsent ", env!("CARGO_PKG_VERSION")).to_owned();
        let info = Info { format: FORMAT, zone: zone.name().to_owned(), key: key.map(Key::fingerprint), made_by };
        let store = Self { root: root.to_owned(), remote: None, info, zone };
        write_json(&store.root.join("STORE.json"), &store.info)?;
        Ok(store)
    }

    /// That a directory is a store, is empty, or is not there.
    ///
    /// # Errors
    /// That it holds something else.
    pub fn may_be_made(root: &Path) -> anyhow::Result<()> {
        if is_url(root) {
            bail!("{}: stores in object storages are only read here; a cluster job fills them (spark/README.md)", root.display());
        }
        if Self::is_one(root) {
            return Ok(());
        }
        for path in entries(root)? {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if !matches!(name, "key" | "lock") && !name.starts_with(".tmp") {
                bail!("{} is not empty and no store: it holds {}; give a new directory", root.display(), path.display());
            }
        }
        Ok(())
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        self.remote.as_ref().map_or_else(|| self.root.display().to_string(), |(url, _)| url.clone())
    }

    /// That it may be written.
    ///
    /// # Errors
    /// That it lies in an object storage.
    pub fn must_be_writable(&self) -> anyhow::Result<()> {
        if self.remote.is_some() { Self::may_be_made(Path::new(&self.name())) } else { Ok(()) }
    }

    /// A part as a file of this machine.
    ///
    /// # Errors
    /// That it cannot be had from where the store lies.
    pub fn part(&self, path: &str) -> anyhow::Result<PathBuf> {
        self.remote.as_ref().map_or_else(|| Ok(self.root.join(path)), |(_, remote)| remote.part(path))
    }

    /// Its directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a store in a directory keeps its key.
    #[must_use]
    pub fn key_file(root: &Path) -> PathBuf {
        root.join("key")
    }

    /// That rows with these pseudonyms belong here.
    ///
    /// # Errors
    /// That the store's were made with another key, or with redaction on or off.
    pub fn admits(&self, key: Option<&Key>) -> anyhow::Result<()> {
        let shown = self.root.display();
        match (&self.info.key, key.map(Key::fingerprint)) {
            (None, None) => Ok(()),
            (Some(own), Some(given)) if *own == given => Ok(()),
            (Some(_), Some(_)) => {
                bail!("{shown}: its pseudonyms were made with another key: one user would count twice; give that --key-file")
            }
            (Some(_), None) => bail!("{shown}: the store is redacted; rows with `--redact off` do not belong into it"),
            (None, Some(_)) => bail!("{shown}: the store was made with `--redact off`; redacted rows would count its users twice"),
        }
    }

    /// Whether a directory holds a store.
    #[must_use]
    pub fn is_one(root: &Path) -> bool {
        root.join("STORE.json").is_file()
    }

    /// Waits until nobody else writes to a store, also one that is yet to be made, and holds it until the lock is dropped.
    /// `waits` is called once where somebody does.
    ///
    /// # Errors
    /// That the store cannot be written.
    pub fn lock(root: &Path, waits: impl FnOnce()) -> anyhow::Result<Lock> {
        let path = root.join("lock");
        let failed = || format!("cannot write to the store {}", root.display());
        fs::create_dir_all(root).with_context(failed)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).with_context(failed)?;
        if matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            waits();
            file.lock().with_context(failed)?;
        }
        Ok(Lock { _file: file })
    }

    /// The directory of commits.
    #[must_use]
    pub fn commits_dir(&self) -> PathBuf {
        self.root.join("commits")
    }

    /// The directory of batches.
    #[must_use]
    pub fn batches_dir(&self) -> PathBuf {
        self.root.join("batches")
    }

    /// The commits in force, by name: those that no other replaces.
    ///
    /// # Errors
    /// A commit that cannot be read.
    pub fn commits(&self) -> anyhow::Result<Vec<Commit>> {
        let all = self.all_commits()?;
        let replaced: Vec<String> = all.iter().flat_map(|c| c.replaces.iter().cloned()).collect();
        Ok(all.into_iter().filter(|c| !replaced.contains(&c.batch)).collect())
    }

    /// All commits, also those that another replaces and that wait to be removed.
    ///
    /// # Errors
    /// As [`Store::commits`].
    pub fn all_commits(&self) -> anyhow::Result<Vec<Commit>> {
        let dir = self.commits_dir();
        let mut names = entries(&dir)?;
        names.retain(|path| path.extension().is_some_and(|e| e == "json"));
        names.sort();
        names.iter().map(|path| read_json(path)).collect()
    }
}

/// Held by whoever writes; dropped, the next may.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Reads a small JSON file.
pub(super) fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<T> {
    let shown = path.display();
    let size = fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.len();
    if size > JSON_BYTES_MAX {
        bail!("{shown} is larger than {JSON_BYTES_MAX} bytes");
    }
    let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{shown} is not what this version writes; `whyunsent store verify` says what else is wrong"))
}

/// Writes a JSON file that appears whole or not at all.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir).with_context(failed)?;
    let mut file = tempfile::Builder::new().prefix(".tmp-").tempfile_in(dir).with_context(failed)?;
    let mut text = serde_json::to_vec_pretty(value).with_context(failed)?;
    text.push(b'\n');
    file.write_all(&text).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    open_to_all(file.as_file()).with_context(failed)?;
    file.persist(path).map_err(|e| e.error).with_context(failed)?;
    sync_dir(dir);
    Ok(())
}

/// Temporary files are their owner's alone; what stays is as readable as other files of the store.
fn open_to_all(file: &File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    let _ = file;
    Ok(())
}

/// Makes a rename last; where directories cannot be synced, the file system decides.
pub(super) fn sync_dir(dir: &Path) {
    if let Ok(dir) = File::open(dir) {
        let _ = dir.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_opens_as_it_was_made_and_other_directories_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("s");
        assert!(Store::open(&root).unwrap_err().to_string().contains("no store"));
        let key = Key::new([1; 32]);
        let made = Store::create(&root, Tz::Asia__Shanghai, Some(&key)).unwrap();
        let opened = Store::open(&root).unwrap();
        assert_eq!((&opened.info, opened.zone), (&made.info, Tz::Asia__Shanghai));
        assert!(made.admits(Some(&key)).is_ok());
        assert!(made.admits(Some(&Key::new([2; 32]))).unwrap_err().to_string().contains("another key"));
        assert!(made.admits(None).unwrap_err().to_string().contains("redact"));
        let other = dir.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("x.log"), "x").unwrap();
        assert!(Store::create(&other, Tz::UTC, None).unwrap_err().to_string().contains("x.log"));
    }

    #[test]
    fn a_store_of_another_version_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        Store::create(dir.path(), Tz::UTC, None).unwrap();
        let path = dir.path().join("STORE.json");
        fs::write(&path, fs::read_to_string(&path).unwrap().replace("\"format\": 1", "\"format\": 7")).unwrap();
        let error = Store::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("format 7") && error.contains("update whyunsent"), "{error}");
    }

    #[test]
    fn two_writers_take_turns() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path(), Tz::UTC, None).unwrap();
        let first = Store::lock(store.root(), || panic!("nobody else writes")).unwrap();
        let other = store.clone();
        let (waits, waited) = std::sync::mpsc::channel();
        let second = std::thread::spawn(move || Store::lock(other.root(), || waits.send(()).unwrap()).is_ok());
        waited.recv().unwrap();
        drop(first);
        assert!(second.join().unwrap());
    }
}
