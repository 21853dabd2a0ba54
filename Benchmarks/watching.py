#!/usr/bin/env python3
"""What watchers cost: processor time of a whole run with them and without, alternately, as ratios.

    Benchmarks/watching.py [--pairs 5] [--data ../shared/data] [--jobs mnist-mlp,char-gpt]

Needs `make build`. Processor time rather than the clock on the wall: other programs take less part in it. One thread, so
that nothing waits for another. Prints a line a job: the ratio of the least times, the median of the ratios, and each
of them.
"""
import argparse
import os
import statistics
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--data", default=os.path.join(os.path.dirname(ROOT), "shared", "data"))
    parser.add_argument("--jobs", default=",".join(JOBS))
    arguments = parser.parse_args()
    with Daemon(configuration="proofs: {every: 0 seconds}\nnice: 0\n") as daemon:
        for kind in arguments.jobs.split(","):
            recipe = JOBS[kind].replace("DATA", os.path.abspath(arguments.data))
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
