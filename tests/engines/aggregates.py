#!/usr/bin/env python3
"""Counts the messages of a week of a store with DuckDB and compares with what `whyunsent report --format json` says.

    aggregates.py STORE WEEK REPORT.json [THREADS]

Of the rows of one message, in this week and those beside it, the one counts that knows most. Prints how many figures were
compared and how long the queries took; figures that differ are named and end it.
"""
import json
import resource
import sys
import time
from datetime import date, timedelta

import duckdb

EXACT = 1 << 20  # more latencies go into buckets, of which a quantile is at most 1/32 too long


def main(store, week, report, threads=None):
    report = json.load(open(report))
    if threads:
        duckdb.sql(f"set threads = {int(threads)}")
    started = time.monotonic()
    counted_once(store, week)
    once = time.monotonic()
    asked = {
        "messages": (["all"], query("'all'")),
        "versions": (["app", "os", "version"], query("app, os, version", users='coalesce("user", bundle)')),
        "devices": (["os", "device"], query("os, device")),
        "networks": (["network"], query("network")),
        "causes": (["cause"], causes()),
    }
    done = time.monotonic()
    compared = compare(report, asked)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{compared} figures are equal; DuckDB: {done - started:.1f} s ({once - started:.1f} s to count once), {peak_mb} MB")


def counted_once(store, week):
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    near = ["{}-W{:02}".format(*(monday + timedelta(days=days)).isocalendar()[:2]) for days in (-7, 0, 7)]
    near = ", ".join(f"'{name}'" for name in near)
    duckdb.sql(f"""
        create temp table message as
        select app, os, app_version as version, network_type as network, "user", bundle, outcome, cause, attributable, latency_ms,
               case when device_model is null then device_manufacturer
                    when device_manufacturer is null or starts_with(lower(device_model), lower(device_manufacturer)) then device_model
                    else device_manufacturer || ' ' || device_model end as device
        from (
            select * from read_parquet('{store}/batches/*/events/week=*/*.parquet', hive_partitioning = true)
            where kind = 'message' and week in ({near})
            qualify row_number() over (
                partition by message_id
                order by outcome <> 'pending' desc, coalesce(tries, 0) desc, ended_at desc nulls last, bundle
            ) = 1
        )
        where week = '{week}'
    """)


def query(by, users='"user"'):
    outside = "cause is not null and split_part(cause, '.', 1) in ('network', 'account', 'permission', 'content')"
    counts = {
        "attempted": "count(*)",
        "sent": "count(*) filter (outcome = 'sent')",
        "delayed": "count(*) filter (outcome = 'delayed')",
        "unsent": "count(*) filter (outcome = 'unsent')",
        "pending": "count(*) filter (outcome = 'pending')",
        "attributable": "count(*) filter (outcome = 'unsent' and attributable)",
        "eligible": f"count(*) filter (outcome <> 'pending' and not (outcome = 'unsent' and {outside}))",
        "users": f"count(distinct {users})",
        "users_unsent": f"count(distinct {users}) filter (outcome = 'unsent')",
        "n": "count(latency_ms) filter (outcome in ('sent', 'delayed'))",
        "p": "quantile_disc(latency_ms, [0.5, 0.95, 0.99]) filter (outcome in ('sent', 'delayed'))",
    }
    return table(by, counts, "message")


def causes():
    counts = {
        "unsent": "count(*) filter (outcome = 'unsent')",
        "delayed": "count(*) filter (outcome = 'delayed')",
        "users": "count(distinct \"user\") filter (outcome = 'unsent')",
        "attributable": "count(*) filter (outcome = 'unsent' and attributable)",
    }
    return table("cause", counts, "message where cause is not null")


def table(by, counts, source):
    width = len(by.split(","))
    columns = ", ".join(f"{what} as {name}" for name, what in counts.items())
    rows = duckdb.sql(f"select {by}, {columns} from {source} group by all").fetchall()
    return {row[:width]: dict(zip(counts, row[width:])) for row in rows}


def compare(report, asked):
    wrong, compared = [], 0
    told = {
        "messages": [{"all": "all", **report["messages"]}],
        "versions": [{**row, **row["all_causes"]} for row in report["versions"]],
        "devices": report["devices"],
        "networks": report["networks"],
        "causes": report["causes"],
    }
    for name, (by, theirs) in asked.items():
        ours = {tuple(row[key] for key in by): row for row in told[name]}
        if name == "versions":  # what no log states is called so
            # and the users of logs that name none are their uploads
            stated = lambda key: key[:2] + (None if key[2] == "(not stated)" else key[2],)
            ours = {stated(key): row for key, row in ours.items()}
        if set(ours) != set(theirs):
            wrong.append(f"{name}: rows of one only: {sorted(map(str, set(ours) ^ set(theirs)))}")
        for key in set(ours) & set(theirs):
            for figure, value in theirs[key].items():
                if figure in ours[key] and figure != "p":
                    compared += 1
                    if ours[key][figure] != value:
                        wrong.append(f"{name} {key} {figure}: {ours[key][figure]}, DuckDB {value}")
    delays = [("messages", ("all",), report["delays"]["overall"])]
    delays += [("versions", (row["app"], row["os"], row["version"]), row) for row in report["delays"]["versions"]]
    delays += [("networks", (row["network"],), row) for row in report["delays"]["networks"]]
    total = report["delays"]["overall"]["n"]
    for name, key, row in delays:
        theirs = asked[name][1][key]
        compared += 1
        if row["n"] != theirs["n"]:
            wrong.append(f"delays {name} {key}: {row['n']} acknowledged, DuckDB {theirs['n']}")
        for figure, value in zip(("p50_ms", "p95_ms", "p99_ms"), theirs["p"] or ()):
            compared += 1
            spare = 0 if total <= EXACT else value // 32
            if not value <= row[figure] <= value + spare:
                wrong.append(f"delays {name} {key} {figure}: {row[figure]}, DuckDB {value}")
    if wrong:
        sys.exit("\n".join(wrong[:40]))
    return compared


main(*sys.argv[1:])
