#!/usr/bin/env python3
"""Runs the queries of docs/sql.md on a store and compares what they count with reports of `whyunsent report --format json`.

    sql.py ENGINE STORE docs/sql.md WEEK=REPORT.json…

ENGINE is duckdb, clickhouse (by chdb) or spark. Prints how many queries ran and how many figures were equal.
"""
import json
import re
import sys


def main(engine, store, document, *reports):
    blocks = re.findall(r"```sql\n-- (views|query): (\w+)\n(.*?)```", open(document).read(), re.S)
    views = [text for kind, name, text in blocks if kind == "views" and name == engine]
    queries = {name: text for kind, name, text in blocks if kind == "query"}
    assert len(views) == 1 and len(queries) >= 5, (engine, list(queries))
    run = {"duckdb": duckdb, "clickhouse": clickhouse, "spark": spark}[engine]()
    for statement in statements(views[0].replace("STORE", store)):
        run(statement)
    told = {name: [row for statement in statements(text) for row in run(statement)] for name, text in queries.items()}
    compared = sum(compare(told, week, json.load(open(path))) for week, path in (report.split("=", 1) for report in reports))
    print(f"{len(told)} queries ran, {compared} figures are equal")


def statements(text):
    return [part.strip() for part in text.split(";\n") if part.strip()]


def compare(told, week, report):
    """How many figures of a week's report were compared; one that differs ends it."""
    figures = []
    outcomes = {row["outcome"]: row["messages"] for row in told["outcomes"] if row["week"] == week}
    figures += [(outcome, outcomes.get(outcome, 0), report["messages"][outcome]) for outcome in ("sent", "delayed", "unsent", "pending")]
    causes = {row["cause"]: row for row in told["causes"] if row["week"] == week}
    for cause in report["causes"]:
        # A cause may have held messages up and cost none.
        own = causes.pop(cause["cause"], {"unsent": 0, "users": 0})
        figures += [(cause["cause"], own["unsent"], cause["unsent"]), (cause["cause"] + " users", own["users"], cause["users"])]
    assert not causes, causes
    versions = {(row["app"], row["os"], row["app_version"]): row for row in told["versions"] if row["week"] == week}
    for version in report["versions"]:
        name, every = version["version"], version["all_causes"]
        own = versions[version["app"], version["os"], None if name == "(not stated)" else name]
        figures += [(name, (own["attempted"], own["unsent"]), (every["attempted"], every["unsent"]))]
    uploads = sum(row["uploads"] for row in told["uploads"] if row["week"] == week)
    figures += [("uploads", uploads, sum(report["quality"]["statuses"].values()))]
    lines = sum(row["line_count"] for row in told["uploads"] if row["week"] == week)
    figures += [("lines", lines, report["input"]["lines"])]
    wrong = [f"{week} {what}: {own} by SQL, {theirs} in the report" for what, own, theirs in figures if own != theirs]
    assert not wrong, "\n".join(wrong)
    return len(figures)


def duckdb():
    import duckdb

    connection = duckdb.connect()

    def run(statement):
        cursor = connection.execute(statement)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row)) for row in cursor.fetchall()]

    return run


def clickhouse():
    from chdb import session

    own = session.Session()

    def run(statement):
        answer = str(own.query(statement, "JSONEachRow"))
        return [{name: number(value) for name, value in json.loads(line).items()} for line in answer.splitlines()]

    return run


def number(value):
    """ClickHouse quotes 64-bit numbers in JSON."""
    return int(value) if isinstance(value, str) and value.isdigit() else value


def spark():
    from pyspark.sql import SparkSession

    own = SparkSession.builder.master("local[1]").config("spark.ui.enabled", False).config("spark.sql.shuffle.partitions", 1)
    own = own.config("spark.sql.session.timeZone", "UTC").config("spark.sql.sources.partitionColumnTypeInference.enabled", False).getOrCreate()
    return lambda statement: [row.asDict() for row in own.sql(statement).collect()]


if __name__ == "__main__":
    main(*sys.argv[1:])
