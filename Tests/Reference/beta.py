#!/usr/bin/env python3
"""Prints the bits of a few beta numbers, from the definitions in other words: what BetaTests expects.

    python3 beta.py
"""
import math
import struct

MASK = 0xFFFFFFFF
MIXUP = 8


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011)."""
    c, k = list(counter), list(key)
    for turn in range(10):
        if turn:
            k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
    return c


def block(seed, step, index):
    return philox([index & MASK, index >> 32, step & MASK, MIXUP << 24 | step >> 32 & 0xFFFFFF], [seed & MASK, seed >> 32])


def log(x):
    m, e = math.frexp(x)  # 0.5 to 1
    m, e = 2 * m, e - 1
    if m > 1.4142135623730951:
        m, e = m / 2, e + 1
    t = (m - 1) / (m + 1)
    square, total = t * t, 0.0
    for term in range(23, 0, -2):
        total = total * square + 1 / term
    return e * 0.6931471805599453 + 2 * t * total


def exp(x):
    if not -690 < x < 690:
        return 0.0 if x < 0 else math.inf
    power = x * 1.4426950408889634
    power = math.copysign(math.floor(abs(power) + 0.5), power)  # away from zero, as Swift rounds
    rest = x - power * 0.693145751953125 - power * 1.4286068203094172e-6
    total = 1.0
    for term in range(17, 0, -1):
        total = 1 + total * rest / term
    return math.ldexp(total, int(power))


def quantile(p):
    """Wichura 1988, AS 241 (PPND7)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        above = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
        below = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1
        return q * above / below
    r = math.sqrt(-log(p if q < 0 else 1 - p))
    if r <= 5:
        r -= 1.6
        size = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) / (
            (0.12021132975 * r + 0.73700164250) * r + 1)
    else:
        r -= 5
        size = (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150) / (
            (0.012258202635 * r + 0.24197894225) * r + 1)
    return -size if q < 0 else size


def beta(seed, alpha, step, index):
    at, logs = index << 32, []
    while len(logs) < 2:
        d = alpha + 2 / 3
        c = 1 / math.sqrt(9 * d)
        words = [(w + 0.5) * 2.0 ** -32 for w in block(seed, step, at)]
        at += 1
        x = quantile(words[0])
        root = 1 + c * x
        if root <= 0:
            continue
        v, log_v = root * root * root, 3 * log(root)
        if log(words[1]) < 0.5 * x * x + d - d * v + d * log_v:
            logs.append(log(d) + log_v + log(words[2]) / alpha)
    return 1 / (1 + exp(logs[1] - logs[0]))


if __name__ == "__main__":
    for alpha in (0.2, 1.0):
        numbers = [beta(7, alpha, 11, i) for i in range(3)]
        print(alpha, numbers, ["0x%x" % struct.unpack("<Q", struct.pack("<d", b))[0] for b in numbers])
