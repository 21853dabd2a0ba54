#!/usr/bin/env python3
"""Training samples per second: simmer against PyTorch, alternately, as ratios.

    Benchmarks/training.py --python VENV/bin/python [--peer ../shared/bench/peers_torch.py] [--workloads w1,w2]
                           [--modes eager,tuned,compile] [--threads 2] [--pairs 3] [--seconds 10] [--busy] [--bfloat16]

Needs `make build`, a C compiler, and a Python with torch for the peer. Prints a line a workload and mode: the median over
the pairs of (simmer's rate / the peer's rate), both on the same number of threads, one after the other in turn; of (the
peer's largest resident memory / simmer's); and simmer's share of the multiply-adds that the CPU can do.
With --busy another process takes half of one core meanwhile; with --bfloat16 simmer's products are of bfloat16 (the peer's
mode for that is bf16).
"""
import argparse
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile

from simmer import Daemon, ROOT, npy

COMMON = """
recipe: 1
name: {name}
until: forever
evaluate: {{every: 100000000}}
checkpoint: {{every: 1000 hours}}
resources: {{threads: {threads}}}
"""
DIGITS = "data: {format: digits, examples: 14000, validation: {fraction: 0.1}, normalize: unit}\n"
TEXT = "data: {format: text, train: text.txt, window: WINDOW}\n"
ADAM = "optimizer: {kind: adam, rate: 1e-3}\n"
MOMENTUM = "optimizer: {kind: sgd, rate: 0.05, momentum: 0.9}\n"
GPT = "optimizer: {kind: adamw, rate: 1e-3, betas: [0.9, 0.99], decay: 0.1}\nclip: {gradient_norm: 1.0}\n"
# The peer's workloads: (batch, recipe).
WORKLOADS = {
    "w1": (128, DIGITS + ADAM + "model: {layers: [flatten, {dropout: 0.2}, {linear: 1200}, relu, {dropout: 0.5}, "
           "{linear: 1200}, relu, {dropout: 0.5}, {linear: classes}]}"),
    "w2": (128, DIGITS + MOMENTUM + "model: {preset: {mlp: {width: 800}}}"),
    "w2tiny": (32, "data: {format: npy, train: {inputs: table.npy, targets: labels.npy}, normalize: none}\n" + MOMENTUM
               + "model: {preset: {mlp: {width: 64}}}"),
    "w3": (64, DIGITS + ADAM + "model: {layers: [{conv2d: {channels: 32, kernel: 3}}, relu, {conv2d: {channels: 64, "
           "kernel: 3}}, relu, {maxpool2d: 2}, {dropout: 0.25}, flatten, {linear: 128}, relu, {dropout: 0.5}, "
           "{linear: classes}]}"),
    "w4": (128, "data: {format: npy, train: {inputs: images.npy, targets: labels.npy}, normalize: unit}\n"
           "optimizer: {kind: sgd, rate: 0.1, momentum: 0.9, decay: 1e-4}\nmodel: {preset: resnet20}"),
    "w5": (12, TEXT.replace("WINDOW", "64") + GPT + "model: {preset: char-gpt}"),
    "w5big": (16, TEXT.replace("WINDOW", "256") + GPT
              + "model: {preset: {char-gpt: {depth: 6, width: 384, heads: 6}}}"),
    "w6": (32, TEXT.replace("WINDOW", "64") + ADAM + "model: {preset: char-lstm}"),
}


def write_data(folder):
    """What the peer draws, in kind: random images, a random table, a text in which each letter has four successors."""
    draw = random.Random(1)
    files = {
        "images.npy": npy((6400, 3, 32, 32), "|u1", draw.randbytes(6400 * 3 * 32 * 32)),
        "table.npy": npy((3200, 30), "<f4", struct.pack("<96000f", *(draw.gauss(0, 1) for _ in range(96000)))),
    }
    for name, classes, count in (("images", 10, 6400), ("table", 2, 3200)):
        files[f"{name}-labels.npy"] = npy((count,), "|u1", bytes(draw.randrange(classes) for _ in range(count)))
    letters = [chr(48 + i) for i in range(65)]
    successors = {letter: draw.choices(letters, k=4) for letter in letters}
    text = list(letters)
    while len(text) < 1_000_000:
        text.append(draw.choice(successors[text[-1]]))
    files["text.txt"] = "".join(text).encode()
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


def simmer_rate(arguments, name, batch, recipe, seconds, folder):
    """Samples per second, and MiB of memory at most."""
    kind = "images" if "images.npy" in recipe else "table"
    text = COMMON.format(name=name, threads=arguments.threads) + f"batch: {batch}\n" + recipe
    if arguments.bfloat16:
        text += "\nprecision: bfloat16\n"
    path = os.path.join(folder, f"{name}.yaml")
    with open(path, "w") as f:
        f.write(text.replace("labels.npy", f"{kind}-labels.npy"))
    with Daemon() as daemon:
        daemon.submit(name, path)
        daemon.wait_state(name, ["running"])
        rate = daemon.steps_per_second(name, seconds) * batch
        with open(f"/proc/{daemon.workers()[0]}/status") as f:
            peak = next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))
        return rate, peak / 1024


def peer_rate(arguments, name, mode):
    out = subprocess.run([arguments.python, arguments.peer, "--workloads", name, "--modes", mode,
                          "--threads", str(arguments.threads), "--seconds", str(arguments.seconds)],
                         capture_output=True, text=True, check=True).stdout
    row = json.loads(out.strip().splitlines()[-1])
    return row["samples_per_s"], row["peak_rss_mb"], row["gflop_per_step"]


def peak(threads, folder):
    """GFLOP/s of nothing but multiply-adds."""
    program = os.path.join(folder, "peak")
    if not os.path.exists(program):
        source = os.path.join(ROOT, "Benchmarks", "peak.c")
        subprocess.run(["cc", "-O3", "-march=native", "-pthread", source, "-o", program], check=True)
    return float(subprocess.run([program, str(threads), "1"], capture_output=True, text=True, check=True).stdout)


# Half of one core, in slices of 5 ms.
BUSY = """
import time
while True:
    end = time.perf_counter() + 0.005
    while time.perf_counter() < end: pass
    time.sleep(0.005)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="a Python that has torch")
    parser.add_argument("--peer", default=os.path.join(ROOT, "..", "shared", "bench", "peers_torch.py"))
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--modes", default="eager,tuned,compile")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--busy", action="store_true", help="beside a process that takes half of one core")
    parser.add_argument("--bfloat16", action="store_true", help="simmer with `precision: bfloat16`")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simmer-bench-") as folder:
        write_data(folder)
        limit = peak(arguments.threads, folder)
        print(f"multiply-adds alone: {limit:.0f} GFLOP/s", flush=True)
        busy = subprocess.Popen([sys.executable, "-c", BUSY]) if arguments.busy else None
        try:
            for name in arguments.workloads.split(","):
                compare(arguments, name, folder, limit)
        finally:
            if busy:
                busy.kill()
                busy.wait()


def compare(arguments, name, folder, limit):
    batch, recipe = WORKLOADS[name]
    for mode in arguments.modes.split(","):
        ratios, memory, shares = [], [], []
        # Losses are told every ten steps of the largest network, which take 16 s.
        seconds = arguments.seconds * (6 if name == "w5big" else 1)
        for _ in range(arguments.pairs):
            ours, our_peak = simmer_rate(arguments, name, batch, recipe, seconds, folder)
            theirs, their_peak, gflop = peer_rate(arguments, name, mode)
            ratios.append(ours / theirs)
            memory.append(their_peak / our_peak)
            shares.append(ours / batch * gflop / limit)
            print(f"  {name} {mode}: simmer {ours:.0f}, peer {theirs:.0f} samples/s; {our_peak:.0f} and "
                  f"{their_peak:.0f} MiB", flush=True)
        print(f"{name} {mode}: ratio {statistics.median(ratios):.2f} (median of {len(ratios)} pairs, "
              f"{min(ratios):.2f} to {max(ratios):.2f}), memory {statistics.median(memory):.1f}, "
              f"{100 * statistics.median(shares):.0f} % of the multiply-adds", flush=True)


if __name__ == "__main__":
    main()
