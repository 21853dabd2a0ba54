"""Losses and their gradients on the outputs by PyTorch, for ChecksTests/ObjectiveTests.swift. Prints Swift literals."""

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
outputs = torch.tensor([1.5, -0.25, 0.75])
wanted = torch.tensor([1.0, 0.0, 0.25])


def show(name, loss):
    x = outputs.clone().requires_grad_()
    value = loss(x)
    value.backward()
    print(name, repr(value.item()), [repr(g) for g in x.grad.tolist()])


show("cross-entropy", lambda x: F.cross_entropy(x[None], torch.tensor([2])))
show("cross-entropy, smoothing 0.2", lambda x: F.cross_entropy(x[None], torch.tensor([2]), label_smoothing=0.2))
show("binary", lambda x: F.binary_cross_entropy_with_logits(x, wanted))
show(
    "binary, positive weights",
    lambda x: F.binary_cross_entropy_with_logits(x, wanted, pos_weight=torch.tensor([0.5, 1.0, 3.0])),
)
show("mse", lambda x: F.mse_loss(x, wanted))
show("mae", lambda x: F.l1_loss(x, wanted))
show("huber 0.3", lambda x: F.huber_loss(x, wanted, delta=0.3))

# The best constants, by a search over a grid that is fine enough.
values = torch.tensor([0.0, 1.0, 2.0, 10.0, 11.0])
grid = torch.linspace(-1, 12, 1_300_001)
for name, loss in [
    ("mse", lambda c: ((c - values) ** 2).mean(-1)),
    ("huber 1", lambda c: F.huber_loss(c.expand(-1, 5), values.expand(len(c), 5), reduction="none", delta=1.0).mean(-1)),
]:
    best = torch.cat([loss(part[:, None]) for part in grid.split(100_000)])
    print("constant", name, repr(grid[best.argmin()].item()), repr(best.min().item()))
