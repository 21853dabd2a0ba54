#!/usr/bin/env python3
"""What simmer costs when nothing runs, how long a submit takes to its first step, and what is installed.

    Benchmarks/idle.py [--seconds 60]
"""
import argparse
import os
import time

from simmer import Daemon, PROGRAMS

RECIPE = """
recipe: 1
name: quick
data: {format: digits, examples: 2000}
model: {layers: [flatten, {linear: 64}, relu, {linear: classes}]}
until: {steps: 200}
"""


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def resident(pid):
    with open(f"/proc/{pid}/status") as f:
        return {line.split(":")[0]: int(line.split()[1]) for line in f if line.startswith(("VmRSS", "RssAnon", "VmHWM"))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    with Daemon() as daemon:
        time.sleep(2)
        before = cpu_ticks(daemon.process.pid)
        time.sleep(arguments.seconds)
        used = cpu_ticks(daemon.process.pid) - before
        memory = resident(daemon.process.pid)
        print(f"idle: {memory['VmRSS'] / 1024:.1f} MiB resident ({memory['RssAnon'] / 1024:.1f} anonymous), "
              f"{used * 1000 / os.sysconf('SC_CLK_TCK'):.0f} ms of CPU in {arguments.seconds} s")
        times = []
        for i in range(5):
            start = time.time()
            daemon.submit(f"quick{i}", RECIPE)
            job = daemon.wait_state(f"quick{i}", ["succeeded"])
            series = daemon.call("QueryMetrics", {"job": f"quick{i}", "names": ["train.loss"], "reduce": "every"})["series"]
            times.append(series[0]["timesUsec"][0] / 1e6 - start)
        times.sort()
        print(f"start of `simmer submit` to the first logged step: {times[2]:.2f} s (median of 5)")
    for program in ("simmer", "simmerd", "simmer-worker"):
        print(f"{program}: {os.path.getsize(os.path.join(PROGRAMS, program)) / 1e6:.1f} MB before strip")


main()
