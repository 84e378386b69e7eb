#!/usr/bin/env python3
"""Times whyunsent beside public tools on generated logs, in one run, and prints one table.

    cargo build --release --examples --bin whyunsent
    python3 benches/compare.py [--bytes 1GB] [--runs 5] [--threads 2] [--dir DIR] [--only WORD]...

Whole processes, page cache warm, medians. What whyunsent does is its whole job: every message from enqueue to
acknowledgement, a verdict on each that was not sent, and the report; the others count lines. Tools that are not there
are named at the end.
"""
import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
LITERALS = ROOT / "benches/literals-28.txt"
KINDS = {"signal": "debuglog.txt", "logcat": "logcat.txt", "jsonl": "nest.jsonl"}
SMALL_FILES, SMALL_BYTES = 20_000, 20_000
# Rounds of noise before a message where messages are as rare as in a debug log of a phone in daily use: 3 to 6 lines of
# 1,200 tell of one, three in a thousand.
SPARSE = 6
# Rounds of noise, words for it, and the ending of a corpus's folder.
DENSITIES = ((1, "", ""), (SPARSE, f", a message for {200 * SPARSE:,} lines", "-sparse"))


def size(text):
    number, unit = re.fullmatch(r"([\d.]+)\s*([KMG]?)B?", text, re.I).groups()
    return int(float(number) * {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}[unit.upper()])


def generate(kind, into, total, uploads=None, noise=1):
    """Logs of a kind: one file, or one an upload; a message for every 200 lines, times `noise`."""
    if into.exists():
        return
    shape = ["--uploads", str(uploads)] if uploads else ["--one-file"]
    made = subprocess.run([RELEASE / "examples/generate", "--out", into, "--kind", kind, "--bytes", str(total), "--noise", str(noise), *shape], stdout=subprocess.DEVNULL)
    if made.returncode:
        sys.exit("no generator: run `cargo build --release --examples` first")


def cut(source, into):
    """20,000 files of 20 KB, each in its folder."""
    if into.exists():
        return
    with open(source, "rb") as text:
        for number in range(SMALL_FILES):
            piece = text.read(SMALL_BYTES) + text.readline()
            if not piece:
                text.seek(0)
                piece = text.read(SMALL_BYTES) + text.readline()
            folder = into / f"{number:05}"
            folder.mkdir(parents=True)
            (folder / "log.txt.gz").write_bytes(gzip.compress(piece, 6))


def pack(source, into, command):
    if into.exists() or not shutil.which(command[0]):
        return
    into.mkdir()
    with open(into / (source.name + {"gzip": ".gz", "zstd": ".zst"}[command[0]]), "wb") as packed:
        subprocess.run([*command, source], stdout=packed, check=True)


def bundles(home):
    """Zips of an .xlog each, and their bytes of text."""
    into = home / "tokenim"
    if not into.exists():
        subprocess.run([RELEASE / "examples/generate", "--out", into, "--kind", "tokenim", "--uploads", "2000"], stdout=subprocess.DEVNULL, check=True)
    command = [RELEASE / "whyunsent", "analyze", into, "--quiet", "--format", "json"]
    return into, json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["input"]["bytes"]


def corpora(home, total):
    """Name, path and bytes of text of each corpus."""
    found = []
    for noise, words, suffix in DENSITIES:
        for kind in KINDS:
            one = home / f"{kind}-one{suffix}"
            generate(kind, one, total, noise=noise)
            found.append((f"{kind}, one file{words}", one, total))
            if kind != "jsonl":
                many = home / f"{kind}-200{suffix}"
                generate(kind, many, total, 200, noise)
                found.append((f"{kind}, 200 files{words}", many, total))
    for _, words, suffix in DENSITIES:
        signal = home / f"signal-one{suffix}" / KINDS["signal"]
        for ending, command in (("gz", ["gzip", "-c"]), ("zst", ["zstd", "-qc"])):
            folder = home / f"signal-{ending}{suffix}"
            pack(signal, folder, command)
            if folder.exists():
                found.append((f"signal, .{ending}{words}", folder, total))
    cut(home / "signal-one" / KINDS["signal"], home / "signal-small")
    found.append(("tokenim, 2,000 zips of an .xlog", *bundles(home)))
    return found + [("signal, 20,000 .gz of 20 KB", home / "signal-small", SMALL_FILES * SMALL_BYTES)]


def duckdb(path, threads):
    """A count by DuckDB's readers with the 28 literals as `LIKE`."""
    python = os.environ.get("WHYUNSENT_PYTHON", "python3")
    if subprocess.run([python, "-c", "import duckdb"], capture_output=True).returncode:
        return None
    likes = " or ".join("line like '%" + text.replace("'", "''") + "%'" for text in LITERALS.read_text().splitlines())
    glob = f"{path}/**/*.{'jsonl' if 'jsonl' in str(path) else 'txt'}"
    if "jsonl" in str(path):
        source = f"(select msg as line from read_json('{glob}', format = 'newline_delimited', columns = {{msg: 'VARCHAR'}}))"
    else:
        source = (
            f"read_csv('{glob}', columns = {{'line': 'VARCHAR'}}, delim = '\\x01', quote = '', escape = '', header = false, "
            "auto_detect = false, strict_mode = false)"
        )
    query = f"select count(*) from {source} where {likes}"
    return [python, "-c", f"import duckdb; duckdb.sql('set threads = {threads}'); print(duckdb.sql({query!r}).fetchall())"]


def tools(path, threads, whole_list):
    """Name and command of each tool for a corpus; `None` where it is not there."""
    have = lambda *command: list(command) if shutil.which(command[0]) else None
    files = [str(file) for file in sorted(path.rglob("*")) if file.is_file()]
    whyunsent = [str(RELEASE / "whyunsent"), "analyze", str(path), "--quiet", "--jobs", str(threads), "--format", "json", "-o", os.devnull]
    yield "whyunsent", whyunsent
    yield "whyunsent, one thread", [part if part != str(threads) else "1" for part in whyunsent]
    if files[0].endswith(".gz"):
        if len(files) == 1:
            yield "libdeflate-gunzip", have("libdeflate-gunzip", "-kc", *files)
            yield "gunzip", have("gunzip", "-kc", *files)
        return
    if files[0].endswith(".zip"):
        return
    if files[0].endswith(".zst"):
        yield "zstd -d", have("zstd", "-dc", *files)
        return
    yield "wc -l", have("wc", "-l", *files)
    search = ["-c", "-F", f"-j{threads}"]
    yield "ripgrep, 28 literals", have("rg", *search, "-f", str(LITERALS), str(path))
    yield "ripgrep, all literals", have("rg", *search, "-i", "-f", str(whole_list), str(path))
    yield "DuckDB, 28 LIKE", duckdb(path, threads)
    if len(files) == 1:
        parse = '* | json | count' if files[0].endswith("jsonl") else '* | parse "* * * *" as a, b, c, d | count'
        yield "angle-grinder, parse", have("agrind", "-f", files[0], parse)
        yield "lnav, headless", have("lnav", "-n", "-c", ";SELECT count(*) FROM all_logs", files[0])
        yield "straight Python", have("python3", str(ROOT / "benches/straight.py"), str(path))


def timed(command, runs, limit_s):
    """Median seconds and peak MB; one run that takes long is enough."""
    seconds, peak = [], 0
    for run in range(runs + 1):
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.monotonic() - started
        # What finds nothing is no failure of ripgrep's.
        if os.waitstatus_to_exitcode(status) not in ((0, 1) if command[0] == "rg" else (0,)):
            return None
        peak = max(peak, usage.ru_maxrss // 1024)
        if run > 0 or took > limit_s:
            seconds.append(took)
        if took > limit_s:
            break
    return statistics.median(seconds), peak


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--bytes", type=size, default="1GB")
    ask.add_argument("--runs", type=int, default=5)
    ask.add_argument("--threads", type=int, default=2)
    ask.add_argument("--dir", type=Path, help="where the logs are made and kept; a temporary directory if not given")
    ask.add_argument("--only", action="append", default=[], help="corpora whose name holds this")
    asked = ask.parse_args()
    home = asked.dir or Path(tempfile.mkdtemp(prefix="whyunsent-compare-"))
    home.mkdir(parents=True, exist_ok=True)
    whole_list = home / "literals.txt"
    whole_list.write_bytes(subprocess.run([RELEASE / "whyunsent", "profiles", "literals"], capture_output=True, check=True).stdout)
    missing = set()
    print("| corpus | tool | seconds | MB/s | × whyunsent | peak MB |\n|---|---|---:|---:|---:|---:|")
    for name, path, total in corpora(home, asked.bytes):
        if asked.only and not any(word in name for word in asked.only):
            continue
        own = None
        for tool, command in tools(path, asked.threads, whole_list):
            if command is None:
                missing.add(tool)
                continue
            told = timed(command, asked.runs, 10)
            if told is None:
                print(f"| {name} | {tool} | failed | | | |")
                continue
            seconds, peak = told
            own = own or seconds
            print(f"| {name} | {tool} | {seconds:.2f} | {total / seconds / 1e6:,.0f} | {seconds / own:.2f} | {peak} |", flush=True)
    if missing:
        print(f"\nNot found, not compared: {', '.join(sorted(missing))}")
    if not asked.dir:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
