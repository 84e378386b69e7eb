#!/usr/bin/env python3
"""Lists the files below a root as a manifest for `whyunsent_job.py`: upload, path, size, modified.

    whyunsent_manifest.py ROOT -o manifest.csv

For those whose upload service or storage inventory does not say so already. A folder with a metadata file (`details.json`
and the like) is one upload with all that lies below it; any other file is one by itself, unless `--depth N` says that the
first N folders of a path name its upload. Hidden files are left out, as the scan leaves them out.
"""
import argparse
import csv
import sys

from pyarrow import fs

METADATA = {"details.json", "details.log", "meta.json", "metadata.json", "main_entry.txt", "main-entry.txt"}
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst", ".lz4")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", help="a directory, or s3://, gs://, abfs://, hdfs://")
    parser.add_argument("-o", "--output", default="-", help="the manifest (default: standard output)")
    parser.add_argument("--depth", type=int, help="folders of a path that name its upload")
    options = parser.parse_args()
    files, root = fs.FileSystem.from_uri(options.root) if "://" in options.root else (fs.LocalFileSystem(), options.root.rstrip("/"))
    found = files.get_file_info(fs.FileSelector(root, recursive=True))
    paths = {info.path[len(root) :].lstrip("/"): info for info in found if info.type == fs.FileType.File}
    paths = {path: info for path, info in paths.items() if not is_hidden(path)}
    roots = {folder(path) for path in paths if is_metadata(path)}
    out = sys.stdout if options.output == "-" else open(options.output, "w", newline="")
    with out:
        rows = csv.writer(out)
        rows.writerow(["upload", "path", "size", "modified"])
        for path, info in sorted(paths.items()):
            modified = info.mtime.isoformat() if info.mtime else ""
            rows.writerow([upload_of(path, roots, options.depth), path, info.size, modified])


def upload_of(path, roots, depth):
    """What a file belongs to: the innermost folder with a metadata file, or what the depth says, or itself."""
    if depth:
        parts = path.split("/")
        return "/".join(parts[:depth]) if len(parts) > depth else path
    above = folder(path)
    while above not in roots:
        if not above:
            return path
        above = folder(above)
    return above or "."


def folder(path):
    return path.rpartition("/")[0]


def is_metadata(path):
    name = path.rpartition("/")[2].lower()
    for ending in COMPRESSIONS:
        name = name.removesuffix(ending)
    return name in METADATA


def is_hidden(path):
    return any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))


if __name__ == "__main__":
    main()
