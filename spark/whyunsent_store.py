"""A store as the job sees it: a directory or a prefix of an object store, by pyarrow's file systems.

Readers trust only what a file of `commits/` names; it is written last, whole or not at all.
"""
import contextlib
import json
import os
import tempfile
import urllib.parse

from pyarrow import fs

FORMAT = 1


def opened(url):
    """The file system of a URL and the path in it; Hadoop calls S3 `s3a`, pyarrow `s3`."""
    return fs.FileSystem.from_uri(url.replace("s3a://", "s3://", 1))


class Store:
    """A store at a path or URL (`s3://`, `gs://`, `abfs://`, `hdfs://`, `file:`)."""

    def __init__(self, where):
        self.url = where.rstrip("/")
        if "://" not in self.url and not self.url.startswith("file:"):
            self.url = "file://" + urllib.parse.quote(os.path.abspath(self.url))
        self.files, self.root = opened(self.url)
        self.is_local = isinstance(self.files, fs.LocalFileSystem)
        self.spark_url = "file://" + self.root if self.is_local else self.url
        self.info = self.read("STORE.json")
        if self.info is None:
            raise SystemExit(f"{where} is no store: it has no STORE.json; `whyunsent store init --store DIR` makes one to copy there")
        if self.info["format"] != FORMAT:
            raise SystemExit(f"{where}: the store has format {self.info['format']}, this job writes {FORMAT}")

    def read(self, name):
        """A JSON file of the store; None where it is missing."""
        try:
            with self.files.open_input_stream(f"{self.root}/{name}") as file:
                return json.loads(file.read())
        except FileNotFoundError:
            return None

    def key(self, file=None):
        """The key of pseudonyms as hex: of a file, of the environment, or that which the store keeps."""
        if file:
            raw = open(file, "rb").read()
        elif os.environ.get("WHYUNSENT_KEY"):
            return os.environ["WHYUNSENT_KEY"].strip()
        else:
            with self.files.open_input_stream(f"{self.root}/key") as own:
                raw = own.read()
        return raw.hex() if len(raw) == 32 else raw.decode().strip()

    def commits(self):
        """The commits in force."""
        found = self.files.get_file_info(fs.FileSelector(f"{self.root}/commits", allow_not_found=True))
        every = [self.read(f"commits/{info.base_name}") for info in found if info.extension == "json"]
        replaced = {batch for commit in every for batch in commit["replaces"]}
        return [commit for commit in every if commit["batch"] not in replaced]

    @contextlib.contextmanager
    def lock(self):
        """Held while the store is written, where there is one file system to hold it on; elsewhere one job writes at a time."""
        if not self.is_local:
            yield
            return
        import fcntl

        with open(f"{self.root}/lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def publish(self, commit):
        """Writes a commit, whole or not at all; one that is there already stays."""
        text = json.dumps(commit, indent=2).encode() + b"\n"
        place = f"{self.root}/commits/{commit['batch']}.json"
        self.files.create_dir(f"{self.root}/commits")
        if not self.is_local:
            # An object appears whole; the name is that of its content, so that a second writer writes the same.
            with self.files.open_output_stream(place) as out:
                out.write(text)
            return
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(place), prefix=".tmp-", delete=False) as draft:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
        os.chmod(draft.name, 0o644)
        os.rename(draft.name, place)

    def keep_only(self, name, kept):
        """Removes all files of a directory of the store but some."""
        found = self.files.get_file_info(fs.FileSelector(f"{self.root}/{name}", allow_not_found=True, recursive=True))
        for info in found:
            if info.is_file and info.path.removeprefix(f"{self.root}/") not in kept:
                self.files.delete_file(info.path)

    def remove(self, name):
        """Removes a directory of the store."""
        with contextlib.suppress(FileNotFoundError):
            self.files.delete_dir(f"{self.root}/{name}")
