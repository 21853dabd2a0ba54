#!/usr/bin/env python3
"""Prints calibration.json: scores of probabilities, temperatures, paired tests and ensembles, from their definitions, in plain
Python: what ScoreTests expects.

    python3 calibration.py > calibration.json
"""
import json
import math
import random
import struct
from fractions import Fraction

from beta import philox

BOOTSTRAP = 9
BINS = 15


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def softmax(logits, scale=1.0):
    top = max(logits)
    powers = [math.exp((z - top) * scale) for z in logits]
    return [p / math.fsum(powers) for p in powers]


def nll(rows, labels, scale=1.0):
    return math.fsum(-math.log(softmax(z, scale)[y]) for z, y in zip(rows, labels)) / len(rows)


def calibration_error(confidences, rights):
    """Sum over the bins ((i - 1) / 15, i / 15] of |accuracy - confidence| times the bin's share."""
    total = 0.0
    for i in range(BINS):
        inside = [k for k, c in enumerate(confidences) if i / BINS < c <= (i + 1) / BINS]
        if inside:
            accuracy = sum(rights[k] for k in inside) / len(inside)
            confidence = math.fsum(confidences[k] for k in inside) / len(inside)
            total += abs(accuracy - confidence) * len(inside) / len(confidences)
    return total


def interval(confidences, rights):
    n, errors = len(confidences), []
    for resample in range(min(1000, max(200, 20_000_000 // n))):
        rows = []
        for start in range(0, n, 4):
            words = philox([start // 4, 0, resample, BOOTSTRAP << 24], [0, 0])
            rows += [word * n >> 32 for word in words[:n - start]]
        errors.append(calibration_error([confidences[k] for k in rows], [rights[k] for k in rows]))
    errors.sort()

    def quantile(q):
        place = q * (len(errors) - 1)
        below = math.floor(place)
        above = min(below + 1, len(errors) - 1)
        return errors[below] + (errors[above] - errors[below]) * (place - below)

    return quantile(0.025), quantile(0.975)


def score(shares, labels, answers=None):
    answers = answers or [p.index(max(p)) for p in shares]
    confidences = [p[a] for p, a in zip(shares, answers)]
    rights = [int(a == y) for a, y in zip(answers, labels)]
    low, high = interval(confidences, rights)
    brier = math.fsum((p - (k == y)) ** 2 for row, y in zip(shares, labels) for k, p in enumerate(row)) / len(labels)
    return dict(accuracy=sum(rights) / len(rights), brier=brier, ece=calibration_error(confidences, rights),
                eceLow=low, eceHigh=high)


def full_score(rows, labels, scale=1.0):
    return score([softmax(z, scale) for z in rows], labels) | dict(nll=nll(rows, labels, scale))


def temperature(rows, labels):
    """The root of the slope of the mean loss by log T, by halving."""
    low, high = math.log(0.05), math.log(20)

    def slope(t):
        scale = math.exp(-t)
        return math.fsum(
            z[y] - math.fsum(p * v for p, v in zip(softmax(z, scale), z)) for z, y in zip(rows, labels))

    if slope(low) >= 0:
        return math.exp(low)
    if slope(high) <= 0:
        return math.exp(high)
    for _ in range(200):
        middle = (low + high) / 2
        if slope(middle) < 0:
            low = middle
        else:
            high = middle
    return math.exp(low)


def case(name, seed, count, width, sharpness, skill):
    draw = random.Random(seed)
    labels = [draw.randrange(width) for _ in range(count)]
    rows = [[single(sharpness * (draw.gauss(0, 1) + skill * (k == y))) for k in range(width)] for y in labels]
    fitted = temperature(rows, labels)
    return dict(name=name, width=width, labels=labels, logits=[z for row in rows for z in row],
                score=full_score(rows, labels), temperature=fitted, calibrated=full_score(rows, labels, 1 / fitted))


def exact_p(first, second):
    n, fewer = first + second, min(first, second)
    if n == 0 or first == second:
        return 1.0
    return float(min(1, 2 * Fraction(sum(math.comb(n, k) for k in range(fewer + 1)), 2 ** n)))


def ensemble(seed, count, width, members):
    draw = random.Random(seed)
    labels = [draw.randrange(width) for _ in range(count)]
    logits = [[[single(2 * draw.gauss(0, 1) + 2 * (k == y)) for k in range(width)] for y in labels]
              for _ in range(members)]
    mean = lambda lists: [math.fsum(column) / len(lists) for column in zip(*lists)]
    shares = [mean([softmax(m[i]) for m in logits]) for i in range(count)]
    joint = [mean([m[i] for m in logits]) for i in range(count)]
    votes, elected = [], []
    for i in range(count):
        named = [m[i].index(max(m[i])) for m in logits]
        votes.append([named.count(k) / members for k in range(width)])
        elected.append(max(range(width), key=lambda k: (named.count(k), shares[i][k])))
    of_shares = score(shares, labels)
    of_shares["nll"] = math.fsum(-math.log(p[y]) for p, y in zip(shares, labels)) / count
    return dict(width=width, labels=labels, members=[[z for row in m for z in row] for m in logits],
                average_probabilities=of_shares, average_logits=full_score(joint, labels),
                vote=score(votes, labels, elected))


if __name__ == "__main__":
    print(json.dumps(dict(
        cases=[
            case("too sure", 1, 61, 4, 3.0, 1.0), case("not sure enough", 2, 50, 3, 0.3, 2.0),
            case("two classes", 3, 40, 2, 1.5, 0.8), case("never wrong", 4, 12, 3, 1.0, 30.0),
            case("chance", 5, 43, 10, 1.0, 0.0),
        ],
        pairs=[dict(better=b, worse=w, p=exact_p(b, w))
               for b, w in [(0, 0), (1, 0), (3, 3), (5, 0), (0, 6), (10, 2), (59, 40), (121, 59), (900, 800), (1500, 1200)]],
        ensembles=[ensemble(6, 53, 4, 4), ensemble(7, 37, 3, 2)])))
