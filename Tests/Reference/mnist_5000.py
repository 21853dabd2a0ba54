#!/usr/bin/env python3
"""Writes the first 5,000 digits of MNIST's training files, and the last 5,000 for validation, as IDX files beside a copy of the
test files: the data of config/recipes/mnist-5000.yaml.

    python3 mnist_5000.py ~/mnist ~/mnist-5000
"""
import gzip
import pathlib
import struct
import sys


def read(path):
    data = gzip.decompress(path.read_bytes())
    rank = data[3]
    shape = struct.unpack(f">{rank}I", data[4:4 + 4 * rank])
    return data[:4], shape, data[4 + 4 * rank:]


def main(source, target):
    target.mkdir(parents=True, exist_ok=True)
    for kind in ["images-idx3", "labels-idx1"]:
        magic, shape, values = read(source / f"train-{kind}-ubyte.gz")
        size = len(values) // shape[0]
        for name, start in [("train", 0), ("validation", shape[0] - 5000)]:
            header = magic + struct.pack(f">{len(shape)}I", 5000, *shape[1:])
            part = values[start * size:(start + 5000) * size]
            (target / f"{name}-{kind}-ubyte.gz").write_bytes(gzip.compress(header + part, mtime=0))
        test = target / f"t10k-{kind}-ubyte.gz"
        test.write_bytes((source / test.name).read_bytes())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).expanduser(), pathlib.Path(sys.argv[2]).expanduser())
