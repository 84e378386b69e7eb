//! A store that lies in an object storage (`s3://`, `gs://`, `az://` …), for reading: what comes in is its URL, what goes out
//! are local files. What is small (`STORE.json`, its key, commits, published reports) is copied when the store is opened;
//! parts are copied when they are read, and of these so many are kept as `KEPT_BYTES_MAX` holds.
//!
//! Credentials come from the environment, as the storage's own tools take them (`AWS_…`, `GOOGLE_…`, `AZURE_…`). Programs
//! built without the feature `object-store` say so.

use std::path::Path;

/// Whether a store is named by a URL.
#[must_use]
pub fn is_url(root: &Path) -> bool {
    root.to_str().is_some_and(|text| text.contains("://"))
}

#[cfg(feature = "object-store")]
pub(super) use with::Remote;
#[cfg(not(feature = "object-store"))]
pub(super) use without::Remote;

#[cfg(not(feature = "object-store"))]
mod without {
    use anyhow::bail;
    use std::path::{Path, PathBuf};

    /// No such store can be opened.
    #[derive(Debug)]
    pub enum Remote {}

    impl Remote {
        pub fn open(url: &str) -> anyhow::Result<Self> {
            bail!(
                "{url}: this program was built without object storages; `cargo build --release --features object-store` builds one with them"
            )
        }

        pub fn dir(&self) -> &Path {
            match *self {}
        }

        pub fn part(&self, _: &str) -> anyhow::Result<PathBuf> {
            match *self {}
        }
    }
}

#[cfg(feature = "object-store")]
mod with {
    use crate::store::layout::JSON_BYTES_MAX;
    use anyhow::{Context, bail};
    use futures_util::{StreamExt, TryStreamExt};
    use object_store::path::Path as Key;
    use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, parse_url_opts};
    use std::collections::VecDeque;
    use std::fs;
    use std::io::Write;
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, PoisonError};
    use tempfile::TempDir;
    use tokio::runtime::Runtime;
    use url::Url;

    /// Bytes of parts that are kept beside the one that is read.
    const KEPT_BYTES_MAX: u64 = 4 << 30;

    /// An open storage, and the copies of its files.
    #[derive(Debug)]
    pub struct Remote {
        url: String,
        storage: Box<dyn ObjectStore>,
        prefix: Key,
        runtime: Runtime,
        dir: TempDir,
        /// Parts that are here, the oldest first.
        kept: Mutex<VecDeque<(PathBuf, u64)>>,
    }

    impl Remote {
        pub fn open(url: &str) -> anyhow::Result<Self> {
            let failed = || format!("{url}: the store cannot be opened");
            let parsed = Url::parse(url).with_context(failed)?;
            let environment = std::env::vars().map(|(name, value)| (name.to_ascii_lowercase(), value));
            let (storage, prefix) = parse_url_opts(&parsed, environment).with_context(failed)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().with_context(failed)?;
            let dir = tempfile::Builder::new().prefix("whyunsent-store-").tempdir().with_context(failed)?;
            let remote = Self { url: url.to_owned(), storage, prefix, runtime, dir, kept: Mutex::default() };
            for name in ["STORE.json", "key"] {
                remote.mirror_one(name).with_context(failed)?;
            }
            for folder in ["commits", "reports"] {
                remote.mirror_folder(folder).with_context(failed)?;
            }
            Ok(remote)
        }

        /// The directory of what was copied.
        pub fn dir(&self) -> &Path {
            self.dir.path()
        }

        /// A part, by its path in the store.
        pub fn part(&self, path: &str) -> anyhow::Result<PathBuf> {
            // Named by a hash: a path that a commit names leads nowhere else.
            let place = self.dir.path().join(format!("part-{}", &blake3::hash(path.as_bytes()).to_hex()[..32]));
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.iter().any(|(own, _)| *own == place) {
                return Ok(place);
            }
            let mut file = fs::File::create(&place)?;
            let key = self.key(path);
            let bytes = self.runtime.block_on(async {
                let mut stream = self.storage.get(&key).await?.into_stream();
                let mut bytes = 0;
                while let Some(chunk) = stream.next().await {
                    let chunk = chunk?;
                    bytes += chunk.len() as u64;
                    file.write_all(&chunk)?;
                }
                anyhow::Ok(bytes)
            });
            let bytes = bytes.with_context(|| format!("{}/{path} cannot be read", self.url))?;
            kept.push_back((place.clone(), bytes));
            while kept.len() > 1 && kept.iter().map(|(_, bytes)| bytes).sum::<u64>() > KEPT_BYTES_MAX {
                if let Some((oldest, _)) = kept.pop_front() {
                    let _ = fs::remove_file(oldest);
                }
            }
            Ok(place)
        }

        fn key(&self, path: &str) -> Key {
            path.split('/').fold(self.prefix.clone(), |key, part| key.join(part))
        }

        /// Copies a small file; one that is not there stays away.
        fn mirror_one(&self, name: &str) -> anyhow::Result<()> {
            let key = self.key(name);
            match self.runtime.block_on(self.storage.head(&key)) {
                Ok(meta) => self.copy(&meta, name),
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            }
        }

        /// Copies the small files below a folder.
        fn mirror_folder(&self, folder: &str) -> anyhow::Result<()> {
            let key = self.key(folder);
            let found: Vec<ObjectMeta> = self.runtime.block_on(self.storage.list(Some(&key)).try_collect())?;
            for meta in found {
                let inside = meta.location.prefix_match(&self.prefix).context("a file outside of the store")?;
                let name = inside.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
                if name.ends_with(".json") && !name.split('/').any(|part| part.starts_with('.')) {
                    self.copy(&meta, &name)?;
                }
            }
            Ok(())
        }

        fn copy(&self, meta: &ObjectMeta, name: &str) -> anyhow::Result<()> {
            if meta.size > JSON_BYTES_MAX {
                bail!("{}/{name} is larger than {JSON_BYTES_MAX} bytes", self.url);
            }
            let bytes = self.runtime.block_on(async { self.storage.get(&meta.location).await?.bytes().await })?;
            let place = self.dir.path().join(name);
            fs::create_dir_all(place.parent().unwrap_or(self.dir.path()))?;
            Ok(fs::write(place, bytes)?)
        }
    }
}
