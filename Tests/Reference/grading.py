#!/usr/bin/env python3
"""Prints grading.json: agreement, divergence, recall and verdicts of a student, from their definitions, in plain Python: what
GradeTests expects.

    python3 grading.py > grading.json
"""
import json
import math
import random
from fractions import Fraction

from calibration import single, softmax


def tail(heads, count, share):
    return math.fsum(math.comb(count, k) * share ** k * (1 - share) ** (count - k) for k in range(heads, count + 1))


def root(function, level):
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < level else (low, middle)
    return low


def verdict(better, worse, count):
    n = better + worse
    p = float(Fraction(sum(math.comb(n, k) for k in range(better, n + 1)), 2 ** n))
    low = 0.0 if better == 0 else root(lambda s: tail(better, n, s), 0.025)
    # The tail of the others grows as the share falls.
    high = 1.0 if worse == 0 else 1 - root(lambda s: tail(worse, n, s), 0.025)
    outcome = "fail" if better <= worse else "pass" if p <= 0.025 else "undecided"
    return dict(better=better, worse=worse, count=count, p=p, outcome=outcome, difference=(better - worse) / count,
                low=(2 * low - 1) * n / count, high=(2 * high - 1) * n / count)


def pair(seed, count, width):
    draw = random.Random(seed)
    labels = [draw.randrange(width) for _ in range(count)]
    rows = [[[single(s * (draw.gauss(0, 1) + k * (j == y))) for j in range(width)] for y in labels]
            for s, k in [(1.5, 1.0), (2.5, 1.5)]]
    student, teacher = rows
    named = [[z.index(max(z)) for z in m] for m in rows]
    divergence = 0.0
    for own, theirs in zip(student, teacher):
        divergence += math.fsum(p * math.log(p / q) for p, q in zip(softmax(theirs), softmax(own)))
    recalls = [[labels.count(c), sum(a == y == c for a, y in zip(named[0], labels)) / max(labels.count(c), 1)]
               for c in range(width)]
    return dict(width=width, labels=labels, student=sum(student, []), teacher=sum(teacher, []),
                agreement=sum(a == b for a, b in zip(*named)) / count, divergence=divergence / count,
                recalls=recalls)


def biases(rows, labels, classes):
    """Each class's mean probability is made its share of the labels, one class after the other, until all are."""
    width = len(rows[0])
    added = [0.0] * width

    def excess(k, b):
        shifted = [[z + (b if j == k else added[j]) for j, z in enumerate(row)] for row in rows]
        return math.fsum(softmax(row)[k] for row in shifted) / len(rows) - labels.count(k) / len(labels)

    for _ in range(60 if len(classes) > 1 else 1):
        for k in classes:
            low, high = -60.0, 60.0
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if excess(k, middle) < 0 else (low, middle)
            added[k] = low
    if len(classes) == width:
        mean = math.fsum(added) / width
        added = [b - mean for b in added]
    return [added[k] for k in classes]


def unseen(seed, count, width, classes):
    """A network that has never seen class 0."""
    draw = random.Random(seed)
    labels = [draw.randrange(width) for _ in range(count)]
    rows = [[single(2 * (draw.gauss(0, 1) + 2 * (j == y)) - 9 * (j == 0)) for j in range(width)] for y in labels]
    return dict(width=width, labels=labels, logits=sum(rows, []), classes=classes, biases=biases(rows, labels, classes))


if __name__ == "__main__":
    print(json.dumps(dict(
        pairs=[pair(1, 41, 4), pair(2, 30, 2), pair(3, 25, 10)],
        unseen=[unseen(4, 50, 5, [0]), unseen(5, 40, 3, [0, 2]), unseen(6, 30, 3, [0, 1, 2])],
        verdicts=[verdict(*counts) for counts in [
            (0, 0, 50), (3, 3, 50), (5, 0, 50), (6, 0, 50), (0, 6, 50), (25, 9, 10_000), (9, 25, 10_000), (19, 11, 400),
            (121, 59, 10_000)]])))
