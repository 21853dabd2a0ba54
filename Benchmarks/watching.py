#!/usr/bin/env python3
"""What watchers cost: processor time of a whole run with them and without, alternately, as ratios.

    Benchmarks/watching.py [--pairs 5] [--data ../shared/data] [--jobs mnist-mlp,char-gpt]
    Benchmarks/watching.py --sample [--pairs 5] ...

Needs `make build`. Processor time rather than the clock on the wall: other programs take less part in it. One thread, so
that nothing waits for another. Prints a line a job: the ratio of the least times, the median of the ratios, and each
of them.

With --sample nothing is compared: `perf` looks two thousand times a second at what a run with watchers is doing, and the
share of looks at which a watcher is on the stack is their cost, whatever the machine does meanwhile, with the standard
error of such a count; of these, what is done around updates, and what at evaluations, in checkpoints and at the end.
"""
import argparse
import math
import os
import re
import statistics
import subprocess
import tempfile
import time

from simmer import Daemon, ROOT

COMMON = """
recipe: 1
name: {name}
seed: 1
resources: {{threads: 1}}
checkpoint: {{every: 1 minute}}
"""
IDX = """
data:
  format: idx
  train: {inputs: DATA/mnist/train-images-idx3-ubyte.gz, targets: DATA/mnist/train-labels-idx1-ubyte.gz}
  normalize: unit
"""
JOBS = {
    "mnist-mlp": IDX + "model: {preset: mlp}\noptimizer: {kind: adam, rate: 3e-4}\nbatch: 64\nuntil: {steps: 3000}\n"
                       "evaluate: {every: 844}\nclip: {gradient_norm: 5.0}\n",
    "char-gpt": "data: {format: text, train: DATA/text/tinyshakespeare.txt, window: 64}\n"
                "model: {preset: {char-gpt: {depth: 2, width: 64, heads: 2}}}\n"
                "optimizer: {kind: adamw, rate: 1e-3}\nbatch: 12\nuntil: {steps: 1500}\nevaluate: {every: 500}\n"
                "clip: {gradient_norm: 1.0}\n",
}
OFF = "watch: {" + ", ".join(f"W{n}: off" for n in (2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)) + "}\n"


def processor_seconds(daemon, job):
    """Of the job's worker, from its start to its end."""
    tick = os.sysconf("SC_CLK_TCK")
    pid, seconds, looked = None, 0.0, 0.0
    while True:
        if pid:
            try:
                with open(f"/proc/{pid}/stat") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                seconds = (int(fields[11]) + int(fields[12])) / tick
            except OSError:
                pid = None
        # The daemon is asked seldom: it takes part of the same processors.
        if time.monotonic() - looked > (0.5 if pid else 0.05):
            looked = time.monotonic()
            state = daemon.summary(job)["state"]
            if state in ("succeeded", "failed"):
                return seconds, state
            if not pid and state == "running":
                pid = (daemon.workers() or [None])[0]
        time.sleep(0.02)


# What watchers do in the trainer, as the compiler spells it; and the evaluation's forward pass that counts active units,
# which is one's own where nothing else is above it.
WATCHERS = re.compile(r"TrainerC\d+(watch|canary|look|beginLook|endLook|showMagnitudes)")
AT_UPDATES = re.compile(r"TrainerC\d+watch(Before|Gradient|Update|After|Epoch)")
COUNTING = re.compile(r"^\s*\w+ \S*(NetworkC3run\S*UnitActivity|UnitActivityC)")


def sampled(daemon, job, folder):
    """Looks at the job's worker from when it runs to its end: all of them, those within a watcher, those of them around
    an update."""
    while not (workers := daemon.workers()) or daemon.summary(job)["state"] != "running":
        time.sleep(0.02)
    data = os.path.join(folder, "perf.data")
    subprocess.run(["perf", "record", "--quiet", "-e", "cpu-clock", "-F", "1999", "--call-graph", "fp", "-o", data,
                    "-p", str(workers[0])], check=True, stderr=subprocess.DEVNULL)
    text = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym", "--no-demangle"], check=True,
                          capture_output=True, text=True).stdout
    stacks = [stack for stack in text.split("\n\n") if stack.strip()]
    while daemon.summary(job)["state"] not in ("succeeded", "failed"):
        time.sleep(0.1)
    within = [stack for stack in stacks if WATCHERS.search(stack) or COUNTING.search(stack)]
    return len(stacks), len(within), sum(1 for stack in within if AT_UPDATES.search(stack))


def sample(arguments, daemon, kind, recipe):
    looks = within = updates = 0
    with tempfile.TemporaryDirectory(prefix="simmer-watching-") as folder:
        for run in range(arguments.pairs):
            job = f"{kind}-{run}"
            daemon.submit(job, COMMON.format(name=job) + recipe)
            counts = sampled(daemon, job, folder)
            looks, within, updates = (a + b for a, b in zip((looks, within, updates), counts))

    def share(count):
        part = count / looks
        return f"{100 * part:.2f} % (standard error {100 * math.sqrt(part * (1 - part) / looks):.2f})"

    print(f"{kind}: {share(within)} of {looks} looks within a watcher: {share(updates)} around updates, "
          f"{share(within - updates)} at evaluations, in checkpoints and at the end", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--data", default=os.path.join(os.path.dirname(ROOT), "shared", "data"))
    parser.add_argument("--jobs", default=",".join(JOBS))
    parser.add_argument("--sample", action="store_true", help="count what perf sees (linux-perf)")
    arguments = parser.parse_args()
    with Daemon(configuration="proofs: {every: 0 seconds}\nnice: 0\n") as daemon:
        for kind in arguments.jobs.split(","):
            recipe = JOBS[kind].replace("DATA", os.path.abspath(arguments.data))
            if arguments.sample:
                sample(arguments, daemon, kind, recipe)
                continue
            ratios, least = [], {"on": [], "off": []}
            for pair in range(arguments.pairs):
                times = {}
                for name, more in sorted((("on", ""), ("off", OFF)), reverse=pair % 2 == 1):
                    job = f"{kind}-{name}-{pair}"
                    daemon.submit(job, COMMON.format(name=job) + recipe + more)
                    times[name], state = processor_seconds(daemon, job)
                    if state == "failed":
                        raise RuntimeError(daemon.summary(job)["reason"])
                ratios.append(times["on"] / times["off"])
                for name in times:
                    least[name].append(times[name])
                print(f"  {kind}: {times['on']:.2f} s with, {times['off']:.2f} s without", flush=True)
            print(f"{kind}: {min(least['on']) / min(least['off']):.4f} of the least, median {statistics.median(ratios):.4f} "
                  f"({', '.join(f'{r:.4f}' for r in ratios)})", flush=True)


if __name__ == "__main__":
    main()
