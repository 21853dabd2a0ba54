#!/usr/bin/env python3
"""Prints bfloat16.json: twenty steps of small networks whose products round their operands to bfloat16, in the forward and
the backward pass, and sum exactly; convolutions do not. `exactLosses` are those of PyTorch's float32.

    python3 bfloat16.py > bfloat16.json        # PyTorch 2.13, CPU
"""
import torch
from torch import nn

import networks
from networks import HEAD, conv, pool, show

networks.STEPS = 20
exact_layer = networks.layer


def rounded(tensor):
    return tensor.bfloat16().double()


class Product(torch.autograd.Function):
    """a b, and its gradients, of rounded operands."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return (rounded(a) @ rounded(b)).float()

    @staticmethod
    def backward(ctx, d):
        a, b = ctx.saved_tensors
        return ((rounded(d) @ rounded(b).transpose(-1, -2)).float(), (rounded(a).transpose(-1, -2) @ rounded(d)).float())


def linear(x, weight, bias):
    y = Product.apply(x.flatten(0, -2), weight.t()).unflatten(0, x.shape[:-1])
    return y if bias is None else y + bias


class Linear(nn.Linear):
    def forward(self, x):
        return linear(x, self.weight, self.bias)


class Embedding(networks.Embedding):
    def forward(self, ids):
        rows = super().forward(ids)
        if not hasattr(self, "position"):
            rows.source = (self.weight, ids)
        return rows


class Attention(nn.MultiheadAttention):
    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
                   for part in linear(x, self.in_proj_weight, self.in_proj_bias).split(width, -1))
        scores = Product.apply(q, k.transpose(-1, -2)) / self.head_dim ** 0.5
        mask = torch.ones(length, length, dtype=torch.bool).tril()
        weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
        y = Product.apply(weights, v).transpose(1, 2).flatten(-2)
        return linear(y, self.out_proj.weight, self.out_proj.bias)


def gates_of_inputs(module, x):
    """Where there are few tokens the whole table is multiplied, and a token's gradients are added before they are."""
    weight, bias = module.weight_ih_l0, module.bias_ih_l0
    table, ids = getattr(x, "source", (None, None))
    if table is not None and 2 * len(table) <= ids.numel():
        return linear(table, weight, bias)[ids]
    return linear(x, weight, bias)


class LSTM(nn.LSTM):
    def forward(self, x):
        inputs, outputs = gates_of_inputs(self, x), []
        h = c = torch.zeros(len(x), self.hidden_size)
        for t in range(x.shape[1]):
            i, f, g, o = (inputs[:, t] + linear(h, self.weight_hh_l0, self.bias_hh_l0)).chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            outputs.append(h)
        return torch.stack(outputs, 1)


class GRU(nn.GRU):
    def forward(self, x):
        inputs, outputs = gates_of_inputs(self, x), []
        h = torch.zeros(len(x), self.hidden_size)
        for t in range(x.shape[1]):
            ri, zi, ni = inputs[:, t].chunk(3, -1)
            rh, zh, nh = linear(h, self.weight_hh_l0, self.bias_hh_l0).chunk(3, -1)
            z = (zi + zh).sigmoid()
            h = z * h + (1 - z) * (ni + (ri + rh).sigmoid() * nh).tanh()
            outputs.append(h)
        return torch.stack(outputs, 1)


def layer(kind, shape, outputs, vocabulary=0):
    """As networks.layer, with products of rounded operands."""
    name, *rest = kind
    value = rest[0] if rest else None
    made = {"linear": Linear, "embedding": Embedding, "attention": Attention, "lstm": LSTM, "gru": GRU}.get(name)
    if made is None:
        return exact_layer(kind, shape, outputs, vocabulary)
    if name == "linear":
        options = value if isinstance(value, dict) else {"units": value}
        units = outputs if options["units"] == "classes" else options["units"]
        return Linear(shape[-1], units, bias=options.get("bias", True))
    if name == "embedding":
        return Embedding(vocabulary, value["units"], shape[0], value.get("places", False))
    if name == "attention":
        return Attention(shape[-1], value["heads"], bias=value.get("bias", True), batch_first=True)
    return made(shape[-1], value["units"], batch_first=True)


def both(*arguments, **options):
    networks.layer = exact_layer
    exact = networks.case(*arguments, **options)
    networks.layer = layer
    row = networks.case(*arguments, **options)
    assert row["weights"] == exact["weights"] and row["inputs"] == exact["inputs"]
    row["exactLosses"] = exact["losses"]
    return row


SGD = {"kind": "sgd", "rate": 0.02, "momentum": 0.9}
ADAMW = {"kind": "adamw", "rate": 1e-2, "decay": 0.1}
NORM = ["layernorm", {"bias": False}]
BLOCK = [["residual", {"layers": [NORM, ["attention", {"heads": 2, "bias": False}]], "shortcut": []}],
         ["residual", {"layers": [NORM, ["linear", {"units": 48, "bias": False}], ["gelu"],
                                  ["linear", {"units": 12, "bias": False}]], "shortcut": []}]]

if __name__ == "__main__":
    show([
        both("mlp", [["linear", 37], ["relu"], ["linear", 19], ["relu"], HEAD], [23], 5, 20, "cross-entropy", SGD),
        both("lenet", [conv(3, 3, padding=1), ["relu"], pool(2, 2), conv(5, 3), ["relu"], pool(2, 2), ["flatten"],
                       ["linear", 17], ["relu"], ["linear", 9], ["relu"], HEAD], [1, 12, 12], 4, 9, "cross-entropy", SGD),
        both("char-lstm", [["embedding", {"units": 9}], ["lstm", {"units": 13}], HEAD], [15], 7, 11, "cross-entropy",
             ADAMW, 1.0, vocabulary=7, targets=15),
        both("lstm of many tokens", [["embedding", {"units": 6}], ["lstm", {"units": 8}], HEAD], [5], 3, 9,
             "cross-entropy", ADAMW, vocabulary=40, targets=5),
        both("gru", [["embedding", {"units": 9}], ["gru", {"units": 13}], HEAD], [15], 7, 11, "cross-entropy", ADAMW, 1.0,
             vocabulary=7, targets=15),
        both("char-gpt", [["embedding", {"units": 12, "places": True}], ["repeat", {"times": 2, "layers": BLOCK}], NORM,
                          ["linear", {"units": "classes", "tied": "0", "bias": False}]], [40], 9, 4, "cross-entropy",
             # Rounding grows faster with larger steps, and adamw would follow the signs of gradients that are all rounding.
             {**SGD, "rate": 0.005}, 1.0, vocabulary=9, targets=40),
    ])
