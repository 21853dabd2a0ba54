#!/usr/bin/env python3
"""The polynomial of gelu's kernel (Sources/CKernels/curves.h): Q with erfcx(z) = t Q(t), t = 1 / (1 + C z), which fits the
scaled complementary error function with the least largest relative error for z up to 9.4, behind which exp(-z²) is zero
in single precision. Needs torch and numpy. Prints the coefficients, highest power first, and the error."""
import numpy as np
import torch

C, DEGREE, LARGEST = 0.33, 7, 9.4
least = 1 / (1 + C * LARGEST)
t = (1 + least) / 2 + (1 - least) / 2 * np.cos(np.linspace(0, np.pi, 4001))
f = torch.special.erfcx(torch.tensor((1 / t - 1) / C, dtype=torch.float64)).numpy() / t
terms = np.polynomial.chebyshev.chebvander((2 * t - 1 - least) / (1 - least), DEGREE)
weight = np.ones_like(t)
for _ in range(200):  # Lawson's: weights follow the error until it is the same at all its extremes
    scale = np.sqrt(weight) / f
    fit = np.linalg.lstsq(terms * scale[:, None], f * scale, rcond=None)[0]
    error = np.abs(terms @ fit / f - 1)
    weight *= error / error.max() + 1e-3
    weight /= weight.mean()
polynomial = np.polynomial.Chebyshev(fit, domain=[least, 1]).convert(kind=np.polynomial.Polynomial)
for coefficient in polynomial.coef[::-1]:
    print(f"{coefficient:.9g}f")
print(f"largest relative error {error.max():.2g}")
