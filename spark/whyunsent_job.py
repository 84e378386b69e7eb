#!/usr/bin/env python3
"""Fills a whyunsent store from a fleet's uploads with Apache Spark.

    spark-submit --files whyunsent --py-files whyunsent_scan.py,whyunsent_parts.py,whyunsent_store.py whyunsent_job.py \\
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
import sys

from pyarrow import fs
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

from whyunsent_parts import FILE, PART, STAGED, ddl, merge, stage
from whyunsent_store import FORMAT, Store, opened

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
        spark = session(options)
        try:
            # What a job left behind that was stopped before its commit.
            store.remove(f"batches/{batch}")
            return run(spark, store, batch, options)
        finally:
            store.remove(f"staging/{batch}")
            if not options.remote:
                spark.stop()


def run(spark, store, batch, options):
    """Scans, checks, and commits."""
    staging = f"staging/{batch}"
    manifest = read_manifest(spark, options.manifest)
    # What the scans answer is written, so that no scan is repeated where an executor is lost later.
    told = f"{store.spark_url}/{staging}/told"
    scanned(spark, manifest, store, f"{store.url}/{staging}/rows", options).write.mode("overwrite").option("compression", "zstd").parquet(told)
    told = spark.read.schema(ddl(STAGED)).parquet(told)
    receipts = told.where("file is null").drop("file").cache()

    wrong = check(manifest, receipts)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        print("uploads are not accounted for; nothing was committed", file=sys.stderr)
        return 1

    files = told.where("file is not null").select("task", F.from_json("file", ddl(FILE)).alias("file")).select("task", "file.*")
    parts = merged(files, known_ones(spark, store, receipts), f"{store.url}/{staging}/rows", f"{store.url}/batches/{batch}")
    parts = [{**part, "path": f"batches/{batch}/{part['path']}", "hash": None} for part in parts]
    store.keep_only(f"batches/{batch}", {part["path"] for part in parts})
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


def scanned(spark, manifest, store, place, options):
    """Has the manifest's uploads scanned, each by one scan, which gets its files in order; what is said of them, and the
    files below a place that hold their rows."""
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
    return uploads.mapInArrow(lambda batches: stage(batches, command, environment, place), ddl(STAGED))


def merged(files, left_out, staged, place):
    """Makes parts of a store from staged files, without the uploads that are left out, and lists them."""
    before = Window.partitionBy("table", "week").orderBy("path").rowsBetween(Window.unboundedPreceding, -1)
    number = F.floor(F.coalesce(F.sum("rows").over(before), F.lit(0)) / ROWS_PER_PART)
    uploads = left_out.groupBy("task").agg(F.collect_list(F.struct("input", "bundle", "bundle_path")).alias("left_out"))
    work = files.withColumn("group", F.concat_ws("/", "table", "week", number)).join(uploads, "task", "left")
    work = work.select("group", "table", "week", "path", "left_out").cache()
    groups = max(1, work.select("group").distinct().count())
    work = work.repartition(groups, "group").sortWithinPartitions("group", "path")
    parts = work.mapInArrow(lambda batches: merge(batches, staged, place), ddl(PART)).collect()
    return sorted((part.asDict() for part in parts), key=lambda part: part["path"])


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
    return told.where("left_out").select("task", "input", "bundle", "bundle_path")


def session(options):
    """A session, on the cluster that `spark-submit` named or through Spark Connect."""
    if options.remote:
        spark = SparkSession.builder.remote(options.remote).getOrCreate()
        spark.addArtifacts(options.binary, file=True)
        for name in ("whyunsent_scan.py", "whyunsent_store.py", "whyunsent_parts.py"):
            spark.addArtifacts(beside(name), pyfile=True)
        options.binary = os.path.basename(options.binary)
    else:
        spark = SparkSession.builder.appName("whyunsent").getOrCreate()
        spark.sparkContext.setLogLevel("WARN")
    for name, value in {
        "spark.sql.session.timeZone": "UTC",
        # A row is a whole file where contents are handed over.
        "spark.sql.execution.arrow.maxRecordsPerBatch": "16" if options.contents == "spark" else "1000",
    }.items():
        spark.conf.set(name, value)
    return spark


def beside(name):
    """A file of this job."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def name_of(options):
    """The name of a batch: that of its manifest and of how it is read."""
    hasher = hashlib.sha256()
    files, path = opened(options.manifest) if "://" in options.manifest else (fs.LocalFileSystem(), options.manifest)
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
