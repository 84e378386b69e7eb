"""On the executors: the rows of scans into Parquet files of a store. Python writes them and the JVM never sees a row, which
would cost it more than the scan does; what goes back to the driver are receipts and the names of files.

Files have names of their own, so that what a failed or speculative attempt wrote is in nobody's way: only the names that a
successful one gives back are read or committed.
"""
import json
import os
import uuid
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from whyunsent_scan import scan
from whyunsent_store import opened

# What a staging task gives back: receipts, and then the files that it wrote, as JSON.
RECEIPT = [(name, pa.string()) for name in ("input", "bundle", "bundle_path", "status", "detail", "rules")]
STAGED = pa.schema([("task", pa.string()), *RECEIPT, ("files", pa.int64()), ("file", pa.string())])
FILE = pa.schema([("table", pa.string()), ("week", pa.string()), ("path", pa.string()), ("rows", pa.int64())])
# What a merging task gives back: the parts of the store.
PART = FILE.append(pa.field("bytes", pa.int64()))
# What names an upload among its batch.
UPLOAD = ["input", "bundle", "bundle_path"]
# Rows are held back until so many of a file, or so many bytes of all, are there.
ROWS_PER_GROUP = 65_536
BYTES_HELD = 128 << 20
FILES_OPEN = 64


def ddl(schema):
    """A schema as Spark takes it."""
    return ", ".join(f"`{field.name}` {'bigint' if field.type == pa.int64() else 'string'}" for field in schema)


def stage(batches, command, environment, place):
    """Scans uploads; their rows go into files below a place, by table and week."""
    task = uuid.uuid4().hex
    files = Files(place, task, "lz4")
    for batch in scan(batches, command, environment):
        receipts = batch.filter(pc.equal(batch["kind"], "upload"))
        if receipts.num_rows:
            columns = [receipts[name] for name, _ in RECEIPT] + [receipts["files"].cast(pa.int64())]
            none = pa.nulls(receipts.num_rows, pa.string())
            yield pa.record_batch([pa.array([task] * receipts.num_rows), *columns, none], schema=STAGED)
        for (table, week), rows in split(batch):
            files.add(table, week, rows)
    written = [json.dumps(file) for file in files.close()]
    if written:
        empty = [pa.nulls(len(written), field.type) for field in STAGED][1:-1]
        yield pa.record_batch([pa.array([task] * len(written)), *empty, pa.array(written)], schema=STAGED)


def merge(batches, staging, place):
    """Staged files into the parts of a store: those of a group become one, without the uploads that are left out."""
    sources, root = opened(staging)
    group, files = None, None
    for batch in batches:
        for row in batch.to_pylist():
            if row["group"] != group:
                yield from parts(files)
                group, files = row["group"], Files(place, uuid.uuid4().hex, "zstd")
            left_out = pa.array([key(upload) for upload in row["left_out"] or []], pa.string())
            with sources.open_input_file(f"{root}/{row['path']}") as source:
                for rows in pq.ParquetFile(source).iter_batches(batch_size=ROWS_PER_GROUP):
                    if len(left_out):
                        keys = pc.binary_join_element_wise(*[rows[name] for name in UPLOAD], "\0")
                        rows = rows.filter(pc.invert(pc.is_in(keys, value_set=left_out)))
                    files.add(row["table"], row["week"], rows.drop_columns(["input"]))
    yield from parts(files)


def parts(files):
    """The parts that were written, as a batch."""
    written = files.close() if files else []
    if written:
        yield pa.RecordBatch.from_pylist([{**file, "bytes": files.bytes_of(file["path"])} for file in written], schema=PART)


def key(upload):
    """What names an upload among its batch; None, which nothing is equal to, where it has no hash."""
    names = [upload[name] for name in UPLOAD]
    return None if None in names else "\0".join(names)


def split(batch):
    """The rows of a batch by table and week."""
    kind = batch["kind"]
    names = pc.if_else(pc.equal(kind, "neighbourhood"), "neighbourhoods", "events")
    names = pc.if_else(pc.equal(kind, "upload"), "uploads", names)
    keys = pc.binary_join_element_wise(names, batch["week"], "/")
    batch = batch.drop_columns(["week"])
    # Copied, so that the few rows of a week that are held back do not hold the whole batch.
    for name in pc.unique(keys).to_pylist():
        yield name.split("/"), batch.filter(pc.equal(keys, name))


class Files:
    """Parquet files below a place, one for each table and week at a time."""

    def __init__(self, place, name, compression):
        self.files, self.root = opened(place)
        self.name, self.compression = name, compression
        self.held, self.open, self.done = {}, {}, []
        # Rows and bytes that are held back of each file: to ask a batch of a hundred columns how large it is costs time.
        self.rows, self.bytes = Counter(), Counter()

    def add(self, table, week, rows):
        """Takes rows."""
        if rows.num_rows == 0:
            return
        of = (table, week)
        self.held.setdefault(of, []).append(rows)
        self.rows[of] += rows.num_rows
        self.bytes[of] += rows.nbytes
        if self.rows[of] >= ROWS_PER_GROUP:
            self.write(of)
        while self.bytes.total() > BYTES_HELD:
            self.write(max(self.held, key=self.bytes.get))

    def write(self, of):
        """Writes what is held back of a file."""
        rows = pa.Table.from_batches(self.held.pop(of)).combine_chunks()
        del self.rows[of], self.bytes[of]
        if of not in self.open:
            if len(self.open) >= FILES_OPEN:
                self.end(next(iter(self.open)))
            path = f"{of[0]}/week={of[1]}/part-{self.name}-{len(self.open) + len(self.done)}.parquet"
            if self.files.type_name not in ("s3", "gcs"):
                self.files.create_dir(os.path.dirname(f"{self.root}/{path}"))
            out = self.files.open_output_stream(f"{self.root}/{path}")
            self.open[of] = (path, out, pq.ParquetWriter(out, rows.schema, compression=self.compression), [])
        path, out, writer, counts = self.open[of]
        writer.write_table(rows)
        counts.append(rows.num_rows)

    def end(self, of):
        """Closes a file."""
        path, out, writer, counts = self.open.pop(of)
        writer.close()
        out.close()
        self.done.append({"table": of[0], "week": of[1], "path": path, "rows": sum(counts)})

    def close(self):
        """Closes all and lists them."""
        for of in list(self.held):
            self.write(of)
        for of in list(self.open):
            self.end(of)
        return self.done

    def bytes_of(self, path):
        """The size of a file that was written."""
        return self.files.get_file_info(f"{self.root}/{path}").size
