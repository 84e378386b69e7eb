#!/usr/bin/env python3
"""Fills a whyunsent store from a fleet's uploads with Apache Spark.

    spark-submit --files whyunsent --py-files whyunsent_scan.py,whyunsent_store.py whyunsent_job.py \\
        --manifest manifest.csv --root /data/uploads --store /data/store

The manifest (CSV with a header, or Parquet) lists every file that was uploaded: `upload`, `path` (relative to the root),
`size` in bytes and, where known, `modified`. It comes from whoever received the uploads, not from Spark, whose file sources
pass over empty files in silence. Rows of one `upload` are read as one. A batch is one manifest: run again it does nothing,
and where an upload has no receipt, or two, or a file of the manifest is gone, nothing is committed (exit code 1).
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys

from pyarrow import fs
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

from whyunsent_store import FORMAT, Store

TABLES = ("events", "uploads", "neighbourhoods")
TABLE = "case kind when 'upload' then 'uploads' when 'neighbourhood' then 'neighbourhoods' else 'events' end"
# What is left out by its kind, such as a picture, is no upload; it has a receipt all the same.
SKIPPED = "status = 'unsupported' and files = 0"
ROWS_PER_PART = 2_000_000
BAD = ("crashed", "timeout", "quarantined", "unreadable")
BAD_WARNED = 0.02
LISTED = 20


def main():
    options = arguments()
    store = Store(options.store)
    batch = name_of(options)
    with store.lock():
        if store.read(f"commits/{batch}.json"):
            print(f"batch {batch} is in the store already; nothing to do")
            return 0
        # Through Spark Connect the binary is here and gets its name on the executors when it is shipped.
        schema = ddl(options) if options.remote else None
        spark = session(options)
        try:
            return run(spark, store, batch, schema or ddl(options), options)
        finally:
            store.remove(f"staging/{batch}")
            if not options.remote:
                spark.stop()


def run(spark, store, batch, schema, options):
    """Scans, checks, and commits."""
    staging = f"{store.spark_url}/staging/{batch}"
    manifest = read_manifest(spark, options.manifest)
    rows = scanned(spark, manifest, store, schema, options)
    write(rows.withColumn("table", F.expr(TABLE)), staging, "lz4", ["table"])
    staged = {table: spark.read.schema(schema).parquet(f"{staging}/table={table}") for table in there(store, f"staging/{batch}")}
    receipts = spark.createDataFrame([], schema) if "uploads" not in staged else staged["uploads"]
    receipts = receipts.select("input", "bundle", "bundle_path", "status", "detail", "files", "rules").cache()

    wrong = check(manifest, receipts)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        print("uploads are not accounted for; nothing was committed", file=sys.stderr)
        return 1

    # What is left out is little: no row is moved for it.
    left_out = F.broadcast(known_ones(spark, store, receipts))
    parts = []
    for table, rows in staged.items():
        files = max(1, -(-rows.count() // ROWS_PER_PART))
        rows = rows.join(left_out, ["input", "bundle", "bundle_path"], "left_anti").drop("input").coalesce(files)
        parts += write_table(spark, rows, store, f"batches/{batch}/{table}", table)
    statuses = {row["status"]: row["count"] for row in receipts.groupBy("status").count().collect()}
    rules = sorted(row["rules"] for row in receipts.select("rules").distinct().collect())
    uploads = sum(part["rows"] for part in parts if part["table"] == "uploads")
    store.publish(
        {
            "format": FORMAT,
            "batch": batch,
            "uploads": uploads,
            "rules": rules,
            "delayed_after_ms": options.delayed_after_ms,
            "pending_after_ms": options.pending_after_ms,
            "replaces": [],
            "parts": parts,
            "receipts": statuses,
        }
    )
    every = sum(statuses.values())
    print(f"batch {batch}: {every} receipts {json.dumps(statuses, sort_keys=True)}, {uploads} new uploads, {len(parts)} parts")
    bad = sum(n for status, n in statuses.items() if status in BAD)
    if every and bad / every > (BAD_WARNED if options.max_bad is None else options.max_bad):
        print(f"warning: {bad} of {every} uploads could not be read", file=sys.stderr)
        return 0 if options.max_bad is None else 1
    return 0


def read_manifest(spark, path):
    """The manifest: upload, path, size, modified."""
    if path.endswith(".parquet"):
        manifest = spark.read.parquet(path)
    else:
        manifest = spark.read.option("header", True).option("escape", '"').csv(path)
    modified = F.col("modified").cast("timestamp") if "modified" in manifest.columns else F.lit(None).cast("timestamp")
    own = F.coalesce(F.col("upload"), F.col("path")) if "upload" in manifest.columns else F.col("path")
    return manifest.select(own.alias("upload"), "path", F.col("size").cast("bigint").alias("size"), modified.alias("modified"))


def scanned(spark, manifest, store, schema, options):
    """The rows that scans of the manifest's uploads answer: each upload is read by one of them, whose files come in order."""
    from whyunsent_scan import scan

    root = options.root.rstrip("/")
    uploads = manifest.withColumn("path", F.concat(F.lit(root + "/"), F.col("path")))
    columns = ["upload", "path", "modified"]
    if options.contents == "spark":
        uploads = uploads.join(contents(spark, root, options), bare("path") == F.col("bare"), "left")
        # Spark passes over empty files: what the manifest says to be empty is.
        uploads = uploads.withColumn("content", F.when(F.col("size") == 0, F.unhex(F.lit(""))).otherwise(F.col("content")))
        columns.append("content")
    total = manifest.agg(F.sum("size")).first()[0] or 0
    tasks = max(1, options.tasks or -(-total // options.task_bytes))
    uploads = uploads.repartition(tasks, "upload").sortWithinPartitions("upload", "path").select(columns)

    command = [options.binary, "scan", "--in", "arrow", "--out", "arrow", "--root", root, "--store-zone", store.info["zone"], "--jobs", "1"]
    command += ["--delayed-after", f"{options.delayed_after_ms}ms", "--pending-after", f"{options.pending_after_ms}ms"]
    environment = {}
    if store.info["key"] is None:
        command += ["--redact", "off", "--quiet"]
    else:
        command += ["--store-key", store.info["key"]]
        environment["WHYUNSENT_KEY"] = store.key(options.key_file)
    command += options.scan_args.split()
    return uploads.mapInArrow(lambda batches: scan(batches, command, environment), schema)


def contents(spark, root, options):
    """The bytes of the files below the root, as Spark reads them; larger ones are left to the scan."""
    files = spark.read.format("binaryFile").option("recursiveFileLookup", True).load(root)
    return files.where(F.col("length") <= options.contents_max_bytes).select(bare("path").alias("bare"), "content")


def bare(column):
    """A path without the scheme of files."""
    return F.regexp_replace(column, "^file:/+", "/")


def check(manifest, receipts):
    """What is not accounted for: each upload of the manifest has its receipts, an archive of uploads one for each."""
    gone = (F.col("status") == "unreadable") & F.col("detail").contains("No such file")
    told = receipts.groupBy("input", "bundle_path").agg(F.count("*").alias("n"), F.max(gone).alias("gone"))
    told = told.groupBy("input").agg(F.max("n").alias("n"), F.max("gone").alias("gone"))
    both = manifest.select("upload").distinct().join(told, F.col("upload") == F.col("input"), "full_outer")
    what = (
        F.when(F.col("upload").isNull(), "is not in the manifest")
        .when(F.col("n").isNull(), "is lost: it has no receipt")
        .when(F.col("n") > 1, "has a receipt twice")
        .when(F.col("gone"), "is in the manifest, and its file is gone")
    )
    wrong = both.select(F.coalesce("upload", "input").alias("upload"), what.alias("what")).where("what is not null").cache()
    listed = [f"{row['upload']}: {row['what']}" for row in wrong.orderBy("upload").limit(LISTED).collect()]
    more = wrong.count() - len(listed) if listed else 0
    return listed + ([f"and {more} more"] if more else [])


def known_ones(spark, store, receipts):
    """Uploads that are left out: what is no upload, all but the first with the same content, and what the store has."""
    first = F.row_number().over(Window.partitionBy("bundle").orderBy(F.expr(SKIPPED), "input", "bundle_path"))
    told = receipts.withColumn("left_out", F.expr(SKIPPED) | (first > 1))
    stored = [f"{store.spark_url}/{part['path']}" for commit in store.commits() for part in commit["parts"] if part["table"] == "uploads"]
    if stored:
        known = spark.read.parquet(*stored).select("bundle").distinct().withColumn("known", F.lit(True))
        told = told.join(known, "bundle", "left").withColumn("left_out", F.col("left_out") | F.coalesce("known", F.lit(False)))
    return told.where("left_out").select("input", "bundle", "bundle_path")


def there(store, name):
    """The tables that a directory of the store has."""
    return [table for table in TABLES if store.has(f"{name}/table={table}")]


def write(rows, place, compression, by):
    """Writes rows over whatever an attempt before this one left."""
    out = rows.write.mode("overwrite").option("compression", compression).option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
    out.partitionBy(*by).parquet(place)


def write_table(spark, rows, store, name, table):
    """Writes a table of the batch, partitioned by week, and lists its parts."""
    place = f"{store.spark_url}/{name}"
    write(rows, place, "zstd", ["week"])
    # The schema is given: a table may be empty.
    written = spark.read.schema(rows.schema).parquet(place)
    file = F.regexp_extract("_metadata.file_path", "(week=[^/]+/[^/]+)$", 1)
    parts = written.groupBy("week", file.alias("file"), F.col("_metadata.file_size").alias("bytes")).count().collect()
    return [
        {"table": table, "week": row["week"], "path": f"{name}/{row['file']}", "rows": row["count"], "bytes": row["bytes"], "hash": None}
        for row in sorted(parts, key=lambda row: row["file"])
    ]


def session(options):
    """A session, on the cluster that `spark-submit` named or through Spark Connect."""
    if options.remote:
        spark = SparkSession.builder.remote(options.remote).getOrCreate()
        spark.addArtifacts(options.binary, file=True)
        spark.addArtifacts(beside("whyunsent_scan.py"), pyfile=True)
        options.binary = os.path.basename(options.binary)
    else:
        spark = SparkSession.builder.appName("whyunsent").getOrCreate()
        spark.sparkContext.setLogLevel("WARN")
    for name, value in {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        # A file for each week at a time instead of a sort of all rows by week.
        "spark.sql.maxConcurrentOutputFileWriters": "64",
        # A row is a whole file where contents are handed over.
        "spark.sql.execution.arrow.maxRecordsPerBatch": "16" if options.contents == "spark" else "1000",
    }.items():
        spark.conf.set(name, value)
    return spark


def beside(name):
    """A file of this job."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def ddl(options):
    """The schema of rows as the binary prints it, or as it printed it where the driver cannot run it."""
    if options.schema:
        with open(options.schema) as file:
            return file.read()
    from whyunsent_scan import program

    binary = options.binary if options.remote else program(options.binary)
    return subprocess.run([binary, "schema", "--format", "spark-ddl", "--for-store"], check=True, capture_output=True, text=True).stdout


def name_of(options):
    """The name of a batch: that of its manifest and of how it is read."""
    hasher = hashlib.sha256()
    files, path = fs.FileSystem.from_uri(options.manifest) if "://" in options.manifest else (fs.LocalFileSystem(), options.manifest)
    with files.open_input_stream(path) as manifest:
        while block := manifest.read(1 << 20):
            hasher.update(block)
    how = [options.root, options.delayed_after_ms, options.pending_after_ms, options.scan_args]
    hasher.update(json.dumps(how).encode())
    return hasher.hexdigest()[:16]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", required=True, help="CSV with a header or one Parquet file: upload, path, size[, modified]")
    parser.add_argument("--root", required=True, help="what the manifest's paths are relative to")
    parser.add_argument("--store", required=True, help="a store: `whyunsent store init` makes an empty one")
    parser.add_argument("--binary", default="whyunsent", help="the name under which the binary was shipped, or its path on every machine")
    parser.add_argument("--schema", help="the output of `whyunsent schema --format spark-ddl --for-store`, where the driver cannot run the binary")
    parser.add_argument("--key-file", help="the key of pseudonyms, where neither WHYUNSENT_KEY nor the store holds it")
    parser.add_argument("--contents", choices=["paths", "spark"], default="paths", help="whether executors open files themselves or Spark reads them")
    parser.add_argument("--contents-max-bytes", type=int, default=64 << 20, help="larger files are not read by Spark")
    parser.add_argument("--delayed-after-ms", type=int, default=5_000)
    parser.add_argument("--pending-after-ms", type=int, default=600_000)
    parser.add_argument("--scan-args", default="", help="further arguments of `whyunsent scan`")
    parser.add_argument("--task-bytes", type=int, default=128 << 20, help="bytes of uploads that one task reads")
    parser.add_argument("--tasks", type=int, default=0, help="tasks, instead of by size")
    parser.add_argument("--max-bad", type=float, help="share of uploads that may be unreadable, crashed, timed out or quarantined before the job fails, committed all the same")
    parser.add_argument("--remote", help="a Spark Connect server, sc://host:15002; --binary is then a path on this machine")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
