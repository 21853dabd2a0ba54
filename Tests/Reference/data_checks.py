"""Numbers for Tests/ChecksTests/DataReferenceTests.swift, from numpy: python data_checks.py > data_checks.json"""

import json

import numpy as np

HEIGHT, WIDTH, COUNT = 9, 7, 4


def images():
    i, r, c = np.meshgrid(np.arange(COUNT), np.arange(HEIGHT), np.arange(WIDTH), indexing="ij")
    return (r * 31 + c * 17 + i * 53 + r * c * (i + 1)) % 256


def look(image):
    x = image / 255.0
    dx, dy = np.diff(x, axis=1), np.diff(x, axis=0)
    edges = np.concatenate([dx.ravel(), dy.ravel()])
    p = np.bincount(image.ravel(), minlength=256) / image.size
    p = p[p > 0]
    rows, columns = np.nonzero(x > (x.min() + x.max()) / 2)
    levels = np.sort(image.ravel())
    return {
        "ink": x.mean(),
        "contrast": x.std(),
        "sharpness": np.sqrt((edges**2).mean()),
        "entropy": -(p * np.log2(p)).sum(),
        "center_x": ((x.sum(0) * (np.arange(WIDTH) + 0.5)).sum() / x.sum()) / WIDTH,
        "center_y": ((x.sum(1) * (np.arange(HEIGHT) + 0.5)).sum() / x.sum()) / HEIGHT,
        "symmetry": np.corrcoef(x.ravel(), x[:, ::-1].ravel())[0, 1],
        "box_width": int(columns.max() - columns.min() + 1),
        "box_height": int(rows.max() - rows.min() + 1),
        "darkest": levels[image.size * 5 // 100] / 255.0,
        "brightest": levels[image.size * 99 // 100] / 255.0,
    }


def neighbours():
    """Twenty points in three columns, scaled by median and quartiles; distances to the nearest and the tenth."""
    i = np.arange(20)
    points = np.stack([i * 7 % 20 / 4.0, i * i % 13 * 1.0, i * 11 % 17 * 100.0], axis=1)
    low, middle, high = np.percentile(points, [25, 50, 75], axis=0)
    scaled = (points - middle) * 1.349 / (high - low)
    distances = np.sqrt(((scaled[:, None] - scaled[None]) ** 2).sum(-1))
    np.fill_diagonal(distances, np.inf)
    ordered = np.sort(distances, axis=1)
    return {"nearest": ordered[:, 0].tolist(), "tenth": ordered[:, 9].tolist()}


def wilson(hits, count, z=3.719):
    """The smaller root of (share - p)^2 = z^2 p (1 - p) / n."""
    share = hits / count
    roots = np.roots([1 + z * z / count, -(2 * share + z * z / count), share * share])
    return float(np.min(roots.real))


def confident():
    """Northcutt, Jiang, Chuang 2021: off-diagonal by class thresholds."""
    i, c = np.meshgrid(np.arange(40), np.arange(3), indexing="ij")
    logits = ((i * 7 + c * 5) % 11) / 8.0 + c * 1.0
    p = np.exp(logits)
    p /= p.sum(1, keepdims=True)
    given = (np.arange(40) * 2) % 3
    thresholds = np.array([p[given == k, k].mean() for k in range(3)])
    suspects = []
    for row in range(40):
        above = [k for k in range(3) if p[row, k] >= thresholds[k]]
        if above and max(above, key=lambda k: p[row, k]) != given[row]:
            suspects.append(row)
    return {"thresholds": thresholds.tolist(), "suspects": suspects}


def plane():
    """Twelve points of four columns: scores on the first two components by numpy's SVD, and the shares of variance."""
    i, c = np.meshgrid(np.arange(12), np.arange(4), indexing="ij")
    x = ((i * 7 + c * 3) % 13) * (c + 1) + (i * c % 5) * 0.5
    x = x - x.mean(0)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    scores = u[:, :2] * s[:2]
    largest = scores[np.abs(scores).argmax(0), [0, 1]]
    scores = scores * np.sign(largest)
    return {"scores": scores.tolist(), "shares": (s[:2] ** 2 / (s**2).sum()).tolist()}


def separation():
    """Areas under the ROC curve by counting all pairs, and their variances by DeLong's structural components."""
    results = []
    for first, second in [
        ([i * 7 % 23 / 10 for i in range(17)], [i * 5 % 19 / 10 + 0.6 for i in range(12)]),
        ([i * 3 % 4 for i in range(9)], [i * 3 % 5 for i in range(14)]),
        ([0.0, 1, 2], [5.0, 6, 7, 8]),
    ]:
        x, y = np.array(first, float), np.array(second, float)
        psi = (y[None, :] > x[:, None]) + 0.5 * (y[None, :] == x[:, None])
        variance = psi.mean(1).var(ddof=1) / len(x) + psi.mean(0).var(ddof=1) / len(y)
        results.append({"first": first, "second": second, "area": psi.mean(), "variance": variance})
    return results


def main():
    print(
        json.dumps(
            {
                "images": [look(image) for image in images()],
                "neighbours": neighbours(),
                "wilson": [[h, n, wilson(h, n)] for h, n in [(0, 10), (96, 100), (148, 150), (1000, 1000), (37, 90)]],
                "confident": confident(),
                "plane": plane(),
                "separation": separation(),
            },
            indent=1,
        )
    )


main()
