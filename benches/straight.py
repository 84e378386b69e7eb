#!/usr/bin/env python3
"""What one would write in an afternoon: reads logs line by line, follows messages by their ids, counts those sent and not
sent, by a few reasons. Signal-Android debug logs, logcat, JSON Lines. For comparison of speed only.

    straight.py PATH...
"""
import json
import os
import re
import sys
from collections import Counter

SIGNAL = re.compile(rb"^\[[^\]]+\] \[[^\]]+\] (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \S+ ([VDIWEF]) ([\w$]+)\s*: (.*)$")
LOGCAT = re.compile(rb"^(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\s+(\d+)\s+(\d+) ([VDIWEF]) ([^:]+?)\s*: (.*)$")
JOB = re.compile(rb"\[JOB::([0-9a-f-]{36})\]\[(\w*Send\w*)\]")
MESSAGE = re.compile(rb"(?:msg_?id|message[ _]?id|localid|client_?msg\w*)[\"']?[=: ]+[\"']?([\w-]+)", re.I)
SENT = re.compile(rb"Job finished with result SUCCESS|sent|ack|success", re.I)
FAILED = re.compile(rb"Job failed|FAILURE|fail|error|reject|give up", re.I)
REASONS = [
    ("dns", re.compile(rb"UnknownHost|resolve host", re.I)),
    ("timeout", re.compile(rb"timeout|timed out", re.I)),
    ("tls", re.compile(rb"SSLHandshake|certificate", re.I)),
    ("crypto", re.compile(rb"UntrustedIdentity|NoSession|decrypt", re.I)),
    ("server", re.compile(rb"ServerException|\b5\d\d\b")),
    ("other", re.compile(rb"")),
]


def files(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                yield from (os.path.join(folder, name) for name in names)
        else:
            yield path


def follow(path, messages):
    with open(path, "rb") as lines:
        for line in lines:
            if line.startswith(b"{"):
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                text = str(row.get("msg") or row.get("message") or "").encode()
            else:
                head = SIGNAL.match(line) or LOGCAT.match(line)
                if not head:
                    continue
                text = head.group(head.lastindex)
            found = JOB.search(text) or MESSAGE.search(text)
            if not found:
                continue
            key = (path, found.group(1))
            if FAILED.search(text):
                messages[key] = next(name for name, reason in REASONS if reason.search(text))
            elif SENT.search(text):
                messages[key] = "sent"
            else:
                messages.setdefault(key, "open")


def main(paths):
    messages = {}
    for path in files(paths):
        follow(path, messages)
    for state, count in Counter(messages.values()).most_common():
        print(count, state)


main(sys.argv[1:])
