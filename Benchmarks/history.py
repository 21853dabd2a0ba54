#!/usr/bin/env python3
"""What weeks of metrics cost: size of simmer.db, latency of GetJob and of curves, while old values are thinned and after.

    Benchmarks/history.py [--steps 10000000] [--interval 10] [--left 1000000] [--calls 1000]

A test of StorageTests makes the store (`swift build -c release --build-tests` first): six metrics with a value every
`interval` steps, thinned on the way as a daemon would, but for the last `left` steps. Then a daemon is started on it, which
finds these to thin a minute after its start.
"""
import argparse
import os
import sqlite3
import subprocess
import tempfile
import time

from simmer import ROOT, Daemon

ROWS = """SELECT (SELECT count(*) FROM metric), (SELECT count(*) FROM bucket), (SELECT sum(rows) FROM bucket),
    (SELECT max(level) FROM bucket)"""


def look(path):
    """Rows of metric, buckets, rows in buckets, highest level; and MiB of the file with its log."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute(ROWS).fetchone()
    return rows, sum(os.path.getsize(path + end) for end in ("", "-wal") if os.path.exists(path + end)) / (1 << 20)


def latency(daemon, method, parameters, calls, until=lambda: False):
    """Milliseconds of each call, one after another with a pause; at most `calls`, or as long as `until` is false."""
    connection, times = daemon.connect(), []
    while len(times) < calls and not until():
        start = time.monotonic()
        daemon.call(method, parameters, connection)
        times.append((time.monotonic() - start) * 1e3)
        time.sleep(0.002)
    connection.close()
    return sorted(times)


def say(what, times):
    if times:
        print(f"{what}: p50 {times[len(times) // 2]:.2f} ms, p99 {times[len(times) * 99 // 100]:.2f} ms, "
              f"max {times[-1]:.2f} ms of {len(times)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000_000)
    parser.add_argument("--interval", type=int, default=10)
    parser.add_argument("--left", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simmer-history-") as folder:
        made = subprocess.run(
            ["swift", "test", "-c", "release", "--skip-build", "--filter", "HistoryCampaign"], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "SIMMER_HISTORY": folder, "SIMMER_HISTORY_STEPS": str(arguments.steps),
                 "SIMMER_HISTORY_INTERVAL": str(arguments.interval), "SIMMER_HISTORY_LEFT": str(arguments.left)})
        if made.returncode != 0:
            raise RuntimeError(made.stdout)
        print("\n".join(line for line in made.stdout.splitlines() if line.startswith("history:")), flush=True)
        os.rename(os.path.join(folder, "state"), os.path.join(folder, "store"))
        path = os.path.join(folder, "store", "simmer.db")
        (raw, buckets, rows, level), size = look(path)
        print(f"made: {raw} rows, {buckets} buckets of {rows} rows in {level} levels, {size:.1f} MiB", flush=True)
        with Daemon(folder) as daemon:
            job = {"job": "weeks"}
            say("GetJob before", latency(daemon, "GetJob", job, arguments.calls))
            deadline = time.monotonic() + 120
            while look(path)[0][0] == raw and time.monotonic() < deadline:
                time.sleep(0.05)
            start = time.monotonic()
            done = 0

            def settled():
                # Asked of the file, not of the daemon, and not at every call.
                nonlocal done
                done += 1
                return done % 50 == 0 and look(path)[0][0] < 7 * 8_192

            say("GetJob while it thins", latency(daemon, "GetJob", job, 1_000_000, settled))
            print(f"thinned in {time.monotonic() - start:.1f} s", flush=True)
            time.sleep(5)
            (raw, buckets, rows, level), size = look(path)
            print(f"then: {raw} rows, {buckets} buckets of {rows} rows in {level} levels, {size:.1f} MiB", flush=True)
            say("GetJob", latency(daemon, "GetJob", job, arguments.calls))
            names = ["train.loss"]
            say("one curve, 2,000 points", latency(daemon, "QueryMetrics", {**job, "names": names}, arguments.calls // 5))
            say("six curves, 200 points", latency(daemon, "QueryMetrics", {**job, "maxPoints": 200}, arguments.calls // 10))


main()
