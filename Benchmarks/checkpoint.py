#!/usr/bin/env python3
"""What checkpoints cost: slow-down of training, latency of GetJob meanwhile, rate to durable.

    Benchmarks/checkpoint.py [--pairs 3] [--seconds 40] [--only slow-down|durable|cost] [--every 60] [--checkpoints 12]

A 25-million-parameter MLP with Adam (300 MB a checkpoint) trains without checkpoints and with one every 10 and every
60 seconds, in turn within one run; ratios of the rates. Blocks of a minute differ by a few per cent on a shared machine;
what one checkpoint takes is measured more closely against the seconds around it. And 1,000 GetJob calls while
checkpoints are written without a pause, and the rate of one checkpoint to durable against a plain file of the same size
written and fsynced beside it.
"""
import argparse
import bisect
import os
import statistics
import threading
import time

from simmer import Daemon

RECIPE = """
recipe: 1
name: big
data: {{format: digits, examples: 14000, normalize: unit}}
model: {{layers: [flatten, {{linear: 4096}}, relu, {{linear: 4096}}, relu, {{linear: 1200}}, relu, {{linear: classes}}]}}
optimizer: {{kind: adam, rate: 1e-4}}
batch: 128
until: forever
evaluate: {{every: 100000000}}
checkpoint: {{every: {every}, keep: {{last: 5, best: 0, hourly: 0, daily: 0, weekly: 0}}}}
resources: {{threads: 2}}
"""


def steps_at(series, seconds):
    """Steps done at a moment of the daemon's clock, between two metric rows in proportion."""
    steps, times = series["steps"], [t / 1e6 for t in series["timesUsec"]]
    i = min(max(bisect.bisect_right(times, seconds), 1), len(times) - 1)
    share = (seconds - times[i - 1]) / (times[i] - times[i - 1])
    return steps[i - 1] + share * (steps[i] - steps[i - 1])


def slow_down(arguments):
    """One run, blocks with and without checkpoints in turn: two processes differ by more than a checkpoint costs."""
    for interval in (10, 60):
        if arguments.every and arguments.every != interval:
            continue
        block = interval * max(1, arguments.seconds // interval)
        with Daemon() as daemon:
            daemon.submit("big", RECIPE.format(every="1000 hours"))
            daemon.wait_state("big", ["running"])
            time.sleep(10)
            first, bounds, written = daemon.summary("big")["progress"]["step"], [time.time()], []
            for _ in range(arguments.pairs):
                # Each goes first in turn: what drifts with time favours neither.
                for with_ in (True, False) if len(bounds) % 4 == 1 else (False, True):
                    # Asked for, since a schedule's next moment would depend on the block before; each is over in its block.
                    for due in range(block // interval) if with_ else ():
                        time.sleep(max(0, bounds[-1] + (due + 0.5) * interval - time.time()))
                        daemon.call("CheckpointJob", {"job": "big"})
                    time.sleep(max(0, bounds[-1] + block - time.time()))
                    bounds.append(time.time())
                    written.append(checkpoints(daemon, bounds[-2]))
            time.sleep(1)
            series = daemon.call("QueryMetrics", {"job": "big", "names": ["train.loss"], "fromStep": first,
                                                  "maxPoints": 10000, "reduce": "every"})["series"][0]
        rates = [(steps_at(series, b) - steps_at(series, a)) / (b - a) for a, b in zip(bounds, bounds[1:])]
        slower = []
        for pair in range(arguments.pairs):
            two = sorted(zip(written[2 * pair:2 * pair + 2], rates[2 * pair:2 * pair + 2]))
            assert two[0][0] == 0 and two[1][0] == block // interval, f"checkpoints in the two blocks: {two}"
            slower.append(1 - two[1][1] / two[0][1])
            print(f"  every {interval} s: {two[1][1]:.2f} against {two[0][1]:.2f} steps/s", flush=True)
        print(f"checkpoint every {interval} seconds: slower by {100 * statistics.median(slower):.1f} % "
              f"(median of {len(slower)} pairs of {block} s)", flush=True)


def cost(arguments):
    """Seconds of training that one checkpoint takes: five seconds from the asking on against the five before and behind."""
    with Daemon() as daemon:
        daemon.submit("big", RECIPE.format(every="1000 hours"))
        daemon.wait_state("big", ["running"])
        time.sleep(10)
        first, asked = daemon.summary("big")["progress"]["step"], []
        for _ in range(arguments.checkpoints):
            time.sleep(5)
            asked.append(time.time())
            daemon.call("CheckpointJob", {"job": "big"})
            time.sleep(max(0, asked[-1] + 10 - time.time()))
        time.sleep(1)
        series = daemon.call("QueryMetrics", {"job": "big", "names": ["train.loss"], "fromStep": first,
                                              "maxPoints": 10000, "reduce": "every"})["series"][0]
    lost = []
    for moment in asked:
        before, at, after, behind = (steps_at(series, moment + s) for s in (-5, 0, 5, 10))
        lost.append(5 - 10 * (after - at) / (at - before + behind - after))
    lost.sort()
    middle = statistics.median(lost)
    print(f"one checkpoint takes {middle:.2f} s of training (median of {len(lost)}, quartiles "
          f"{lost[len(lost) // 4]:.2f} to {lost[3 * len(lost) // 4]:.2f}): {100 * middle / 60:.1f} % every 60 seconds, "
          f"{100 * middle / 10:.1f} % every 10", flush=True)


def checkpoints(daemon, since):
    """How many checkpoints were begun since a moment; retention has to keep as many."""
    return sum(c["createdUsec"] >= since * 1e6 for c in daemon.call("ListCheckpoints", {"job": "big"})["checkpoints"])


def raw_rate(folder, size):
    block = os.urandom(1 << 20)
    path = os.path.join(folder, "raw")
    start = time.monotonic()
    with open(path, "wb", buffering=0) as f:
        for i in range(size >> 20):
            f.write(i.to_bytes(8, "little") + block[8:])
        os.fsync(f.fileno())
    seconds = time.monotonic() - start
    os.unlink(path)
    return size / seconds / (1 << 20)


def durable_and_latency(_):
    with Daemon() as daemon:
        daemon.submit("big", RECIPE.format(every="1000 hours"))
        daemon.wait_state("big", ["running"])
        time.sleep(3)
        daemon.simmer("pause", "big")
        daemon.wait_state("big", ["paused"])
        ratios, rates = [], []
        for _ in range(5):
            daemon.simmer("resume", "big")
            daemon.wait_state("big", ["running"])
            time.sleep(1.5)
            raw = raw_rate(daemon.folder, 300 << 20)
            start = time.monotonic()
            daemon.simmer("checkpoint", "create", "big", "--wait")
            seconds = time.monotonic() - start
            size = daemon.call("ListCheckpoints", {"job": "big", "limit": 1})["checkpoints"][0]["sizeBytes"]
            rates.append(size / seconds / (1 << 20))
            ratios.append(rates[-1] / raw)
        print(f"asked to durable while training: {statistics.median(rates):.0f} MiB/s, "
              f"{100 * statistics.median(ratios):.0f} % of a plain write + fsync", flush=True)

        stop = threading.Event()

        def write():
            while not stop.is_set():
                daemon.simmer("checkpoint", "create", "big", "--wait")

        writer = threading.Thread(target=write)
        writer.start()
        connection = daemon.connect()
        times = []
        for _ in range(1000):
            start = time.monotonic()
            daemon.call("GetJob", {"job": "big"}, connection)
            times.append((time.monotonic() - start) * 1e3)
            time.sleep(0.005)
        stop.set()
        writer.join()
        times.sort()
        print(f"GetJob while checkpoints are written: p50 {times[500]:.2f} ms, p99 {times[990]:.2f} ms, "
              f"max {times[-1]:.2f} ms of 1,000", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--only", choices=["slow-down", "durable", "cost"])
    parser.add_argument("--checkpoints", type=int, default=12, help="for the cost of one")
    parser.add_argument("--every", type=int, choices=[10, 60], help="slow-down at this interval alone")
    arguments = parser.parse_args()
    for name, measure in (("durable", durable_and_latency), ("cost", cost), ("slow-down", slow_down)):
        if arguments.only in (None, name):
            measure(arguments)


main()
