#!/usr/bin/env python3
"""MNIST made as small as the digits of LeCun et al. 1989: 7,291 to learn from, 2,007 to test, 16 x 16 pixels.

    Tests/Reference/lecun1989_data.py MNIST-FOLDER OUT-FOLDER        # NumPy

Digits are drawn without repetition by seed, as in Karpathy's reproduction of 2022, and resized bilinearly, corners on corners.
"""
import gzip
import os
import sys

import numpy as np


def read(path):
    with gzip.open(path) as f:
        data = f.read()
    shape = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def small(images):
    at = np.linspace(0, 27, 16)
    low = np.minimum(at.astype(int), 26)
    part = (at - low)[:, None]
    rows = images[:, low] * (1 - part) + images[:, low + 1] * part
    part = part.T
    return np.ascontiguousarray(np.round(rows[:, :, low] * (1 - part) + rows[:, :, low + 1] * part), np.uint8)


def main(source, target):
    draw = np.random.default_rng(1337)
    for name, kind, count in (("train", "train", 7291), ("test", "t10k", 2007)):
        images = read(os.path.join(source, f"{kind}-images-idx3-ubyte.gz"))
        labels = read(os.path.join(source, f"{kind}-labels-idx1-ubyte.gz"))
        rows = draw.permutation(len(images))[:count]
        np.save(os.path.join(target, f"{name}-images.npy"), small(images[rows].astype(float)))
        np.save(os.path.join(target, f"{name}-labels.npy"), labels[rows])


main(*sys.argv[1:])
