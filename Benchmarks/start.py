#!/usr/bin/env python3
"""From nothing to the first step: simmer against PyTorch, alternately, as ratios.

    Benchmarks/start.py --python VENV/bin/python [--peer ../shared/bench/peers_torch.py] [--pairs 3]

The peer's row w10: exec of Python to the end of one step of an MLP 784-800-800-10. simmer's own: the start of the worker's
process to the end of the same step, and the start of `simmer submit` to it, which also copies, inspects and queues.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import threading
import time

from simmer import Daemon, ROOT, npy

RECIPE = """
recipe: 1
name: first
data: {format: npy, train: {inputs: inputs.npy, targets: labels.npy}}
model: {preset: {mlp: {width: 800}}}
optimizer: {kind: sgd, rate: 0.05, momentum: 0.9}
batch: 128
until: {steps: 1}
resources: {threads: 2}
"""


def watch(daemon, starts, stop):
    """When each of the daemon's processes was first seen, to a millisecond."""
    while not stop.is_set():
        for pid in daemon.workers():
            starts.setdefault(pid, time.time())
        time.sleep(0.001)


def ours(runs=5):
    """Seconds from the worker's start, and from the submit, to the end of the first step; medians."""
    from_worker, from_submit = [], []
    with Daemon() as daemon:
        for name, shape in (("inputs", (1280, 784)), ("labels", (1280,))):
            with open(os.path.join(daemon.folder, name + ".npy"), "wb") as f:
                f.write(npy(shape, "|u1", bytes(b % 10 for b in os.urandom(math.prod(shape)))))
        for run in range(runs):
            starts, stop = {}, threading.Event()
            watcher = threading.Thread(target=watch, args=(daemon, starts, stop))
            watcher.start()
            begin = time.time()
            daemon.submit(f"first{run}", RECIPE)
            daemon.wait_state(f"first{run}", ["succeeded"])
            stop.set()
            watcher.join()
            series = daemon.call("QueryMetrics", {"job": f"first{run}", "names": ["train.loss"], "reduce": "every"})["series"]
            end = series[0]["timesUsec"][0] / 1e6
            assert series[0]["steps"] == [1]
            # The inspecting worker came before the one that trains.
            from_worker.append(end - max(t for t in starts.values() if t < end))
            from_submit.append(end - begin)
    return statistics.median(from_worker), statistics.median(from_submit)


def theirs(arguments):
    out = subprocess.run([arguments.python, arguments.peer, "--workloads", "w10", "--modes", "eager", "--threads", "2"],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out.strip().splitlines()[-1])["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="a Python that has torch")
    parser.add_argument("--peer", default=os.path.join(ROOT, "..", "shared", "bench", "peers_torch.py"))
    parser.add_argument("--pairs", type=int, default=3)
    arguments = parser.parse_args()
    worker, submit = [], []
    for _ in range(arguments.pairs):
        (a, b), peer = ours(), theirs(arguments)
        worker.append(peer / a)
        submit.append(peer / b)
        print(f"  worker to first step {a:.3f} s, submit to first step {b:.3f} s, peer {peer:.3f} s", flush=True)
    for name, found in (("process start to first step", worker), ("submit to first step", submit)):
        print(f"{name}: ratio {statistics.median(found):.1f} (median of {len(found)} pairs, {min(found):.1f} to "
              f"{max(found):.1f})", flush=True)


main()
