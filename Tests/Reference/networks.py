#!/usr/bin/env python3
"""Prints networks.json: small networks trained for a few steps by PyTorch, for NetworksTests to follow.

    python3 networks.py > networks.json        # PyTorch 2.13, CPU
    python3 sequences.py > sequences.json      # the same for blocks and sequences
    python3 distillation.py > distillation.json    # the same for students of teachers

Each case has the layers as a recipe would name them, first weights and a batch (PyTorch's layouts, rounded so that the
file is exact), and what PyTorch makes of them: outputs and gradients at the first step, the loss of every step, weights,
buffers and evaluation outputs after the last.
"""
import json

import torch
from torch import nn

STEPS = 4


def layer(kind, shape, outputs, vocabulary=0):
    """One layer of a case as a PyTorch module; `shape` is what it gets."""
    name, *rest = kind
    value = rest[0] if rest else None
    if name == "linear":
        options = value if isinstance(value, dict) else {"units": value}
        units = outputs if options["units"] == "classes" else options["units"]
        return nn.Linear(shape[-1], units, bias=options.get("bias", True))
    if name == "embedding":
        return Embedding(vocabulary, value["units"], shape[0], value.get("places", False))
    if name == "attention":
        return Attention(shape[-1], value["heads"], bias=value.get("bias", True), batch_first=True)
    if name in ("lstm", "gru"):
        return recurrent({"lstm": nn.LSTM, "gru": nn.GRU}[name])(shape[-1], value["units"], value.get("output", "all"))
    if name == "reshape":
        return Reshape(value)
    if name == "transpose":
        return Transpose()
    if name == "padchannels":
        return PadChannels(value)
    if name == "conv2d":
        padding = value.get("padding", 0)
        return nn.Conv2d(shape[0], value["channels"], value["kernel"], value.get("stride", 1), padding,
                         groups=value.get("groups", 1), bias=value.get("bias", True))
    if name == "maxpool2d":
        return nn.MaxPool2d(value["size"], value["stride"])
    if name == "batchnorm":
        return nn.BatchNorm1d(shape[0]) if len(shape) == 1 else nn.BatchNorm2d(shape[0])
    if name == "layernorm":
        return nn.LayerNorm(shape[-1], bias=(value or {}).get("bias", True))
    if name == "rmsnorm":
        return nn.RMSNorm(shape[-1], eps=1e-5)
    if name == "groupnorm":
        return nn.GroupNorm(value, shape[0])
    if name == "avgpool2d":
        return nn.AvgPool2d(value["size"], value["stride"])
    if name == "globalaveragepool":
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    if name == "leakyrelu":
        return nn.LeakyReLU(0.01 if value is None else value)
    if name == "softmax":
        return nn.Softmax(-1)
    return {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "silu": nn.SiLU, "sigmoid": nn.Sigmoid,
            "flatten": nn.Flatten}[name]()


class Embedding(nn.Embedding):
    """A table, and where asked for a second one for the place in the window."""

    def __init__(self, vocabulary, units, length, places):
        super().__init__(vocabulary, units)
        if places:
            self.position = nn.Parameter(torch.randn(length, units))

    def forward(self, ids):
        rows = super().forward(ids)
        return rows + self.position if hasattr(self, "position") else rows


class Attention(nn.MultiheadAttention):
    """PyTorch's own, causal."""

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return super().forward(x, x, x, attn_mask=mask, need_weights=False, is_causal=True)[0]


def recurrent(base):
    class Recurrent(base):
        """PyTorch's own, from states of zero; the outputs of every position or of the last."""

        def __init__(self, features, units, output):
            super().__init__(features, units, batch_first=True)
            self.shown = output

        def forward(self, x):
            y = super().forward(x)[0]
            return y if self.shown == "all" else y[:, -1]

    return Recurrent


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body = [str(i) for i in range(len(body))]
        for name, module in zip(self.body, body):
            self.add_module(name, module)
        if shortcut:
            self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x):
        y = x
        for name in self.body:
            y = getattr(self, name)(y)
        return y + (self.shortcut(x) if hasattr(self, "shortcut") else x)


class Reshape(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape)


class Transpose(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2)


class PadChannels(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channels = channels

    def forward(self, x):
        half = (self.channels - x.shape[1]) // 2
        return nn.functional.pad(x, (0, 0, 0, 0, half, half))


def rounded(tensor):
    """Four decimals: short in the file, and read back to the same float32."""
    return torch.round(tensor * 1e4) / 1e4


def values(tensor):
    return [float("%.7g" % v) for v in tensor.detach().flatten().tolist()]


def modules(layers, shape, outputs, vocabulary=0):
    """The layers' modules, and the shape that the last gives."""
    made, at = [], list(shape)
    for kind in layers:
        rest = kind[1] if len(kind) > 1 else None
        if kind[0] == "residual":
            body, after = modules(rest["layers"], at, outputs)
            module = Residual(body, modules(rest.get("shortcut", []), at, outputs)[0])
        elif kind[0] == "repeat":
            after, turns = at, []
            for _ in range(rest["times"]):
                turn, after = modules(rest["layers"], after, outputs)
                turns.append(nn.Sequential(*turn))
            module = nn.Sequential(*turns)
        else:
            module = layer(kind, at, outputs, vocabulary)
            module.eval()
            probe = torch.zeros(1, *at, dtype=torch.long if kind[0] == "embedding" else torch.float32)
            after = list(module(probe).shape[1:])
            module.train()
        made.append(module)
        at = after
    return made, at


def distilled(hard_loss, hard, temperature, soft, weights):
    """Hinton, Vinyals, Dean 2015: part of the labels' loss, and of T² times the divergence from the teachers' answers; an
    example counts by its class's weight in both."""
    def criterion(out, y):
        divergence = nn.functional.kl_div(torch.log_softmax(out / temperature, -1), soft, reduction="none").sum(-1)
        share = torch.tensor(weights)[y] if weights else torch.ones(len(y))
        return hard * hard_loss(out, y) + (1 - hard) * temperature ** 2 * (share * divergence).sum() / share.sum()

    return criterion


def case(name, layers, shape, outputs, batch, loss, optimizer, clip=None, seed=1, **options):
    torch.manual_seed(seed)
    vocabulary, targets = options.get("vocabulary", 0), options.get("targets", 1)
    net = nn.Sequential(*modules(layers, shape, outputs, vocabulary)[0])
    for i, kind in enumerate(layers):
        if kind[0] == "linear" and isinstance(kind[1], dict) and "tied" in kind[1]:
            net[i].weight = net[int(kind[1]["tied"])].weight
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(rounded(p + 0.1 * torch.randn_like(p)))
    x = torch.randint(vocabulary, (batch, *shape)) if vocabulary else rounded(torch.randn(batch, *shape))
    if loss == "cross-entropy":
        y = torch.randint(outputs, (batch * targets,))
    elif loss == "binary-cross-entropy":  # hard and soft targets
        y = rounded(torch.rand(batch, outputs))
        y = torch.where(torch.rand_like(y) < 0.5, torch.round(y), y)
    else:
        y = rounded(torch.randn(batch, outputs))
    if loss == "cross-entropy":
        weights = options.get("classWeights")
        criterion = nn.CrossEntropyLoss(torch.tensor(weights) if weights else None,
                                        label_smoothing=options.get("smoothing", 0))
    elif loss == "binary-cross-entropy":
        weights = options.get("positiveWeights")
        criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weights) if weights else None)
    else:
        criterion = {"mse": nn.MSELoss(), "mae": nn.L1Loss(), "huber": nn.HuberLoss(delta=options.get("delta", 1))}[loss]
    soft = None
    if "temperature" in options:
        temperature = options["temperature"]
        soft = torch.softmax(rounded(3 * torch.randn(batch * targets, outputs)) / temperature, -1)
        criterion = distilled(criterion, options["hard"], temperature, soft, options.get("classWeights"))
    other = None
    if "share" in options:
        share, plain, other = options["share"], criterion, y[torch.randperm(batch)]
        criterion = lambda out, y: share * plain(out, y) + (1 - share) * plain(out, other)
    kind, rate = optimizer["kind"], optimizer["rate"]
    decay = optimizer.get("decay", 0)
    if kind == "sgd":
        opt = torch.optim.SGD(net.parameters(), rate, optimizer.get("momentum", 0), weight_decay=decay,
                              nesterov=optimizer.get("nesterov", False))
    elif kind == "rmsprop":
        opt = torch.optim.RMSprop(net.parameters(), rate, optimizer.get("alpha", 0.99), weight_decay=decay,
                                  momentum=optimizer.get("momentum", 0))
    elif kind == "adagrad":
        opt = torch.optim.Adagrad(net.parameters(), rate, weight_decay=decay, eps=optimizer["epsilon"])
    elif kind == "adam":
        opt = torch.optim.Adam(net.parameters(), rate, weight_decay=decay)
    else:  # decay on matrices and kernels only
        groups = [{"params": [p for p in net.parameters() if (p.dim() > 1) == big], "weight_decay": decay * big}
                  for big in (True, False)]
        opt = torch.optim.AdamW(groups, rate)
    row = {
        "name": name, "layers": layers, "inputShape": list(shape), "outputs": outputs, "loss": loss,
        "optimizer": optimizer, "clip": clip, "weights": {k: values(p) for k, p in net.named_parameters()},
        "inputs": values(x), "classes": y.tolist() if loss == "cross-entropy" else [],
        "numbers": [] if loss == "cross-entropy" else values(y), "losses": [], "norms": [], **options,
    }
    if other is not None:
        row["otherClasses"] = other.tolist()
    if soft is not None:
        row["soft"] = values(soft)
    for step in range(STEPS):
        opt.zero_grad()
        out = net(x)
        value = criterion(out.flatten(0, 1) if targets > 1 else out, y)
        value.backward()
        row["losses"].append(float(value.detach()))
        row["norms"].append(float(torch.sqrt(sum((p.grad.double() ** 2).sum() for p in net.parameters()))))
        if step == 0:
            row["firstOutputs"] = values(out)
            row["gradients"] = {k: values(p.grad) for k, p in net.named_parameters()}
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        if "clipValue" in options:
            nn.utils.clip_grad_value_(net.parameters(), options["clipValue"])
        opt.step()
    net.eval()
    row["finalWeights"] = {k: values(p) for k, p in net.named_parameters()}
    row["buffers"] = {k: values(b.float()) for k, b in net.named_buffers()}
    row["finalOutputs"] = values(net(x))
    return row


def conv(channels, kernel, **more):
    return ["conv2d", {"channels": channels, "kernel": kernel, **more}]


def pool(size, stride):
    return ["maxpool2d", {"size": size, "stride": stride}]


HEAD = ["linear", "classes"]
sgd = {"kind": "sgd", "rate": 0.1}
adam = {"kind": "adam", "rate": 1e-2}


def cases():
    return [
    case("linear", [HEAD], [7], 5, 6, "cross-entropy", sgd),
    case("relu", [["linear", 19], ["relu"], HEAD], [7], 3, 5, "cross-entropy", {**sgd, "momentum": 0.9}),
    case("tanh and mse", [["linear", 11], ["tanh"], HEAD], [6], 2, 7, "mse", {**sgd, "momentum": 0.9, "nesterov": True}),
    case("tanh by itself", [["tanh"], ["linear", 5], ["tanh"], ["tanh"], HEAD], [6], 2, 7, "mse", sgd),
    case("adam with L2", [["linear", 12], ["relu"], HEAD], [9], 4, 8, "cross-entropy", {**adam, "decay": 0.1}),
    case("adamw", [["linear", 12], ["relu"], HEAD], [9], 4, 8, "cross-entropy",
         {"kind": "adamw", "rate": 1e-2, "decay": 0.1}),
    case("clipped", [["linear", 12], ["relu"], HEAD], [9], 4, 8, "mse", {**sgd, "decay": 0.01}, clip=0.5),
    case("batchnorm of features", [["linear", 10], ["batchnorm"], ["relu"], ["batchnorm"], HEAD], [5], 3, 9,
         "cross-entropy", {**sgd, "momentum": 0.5}),
    case("convolution", [conv(3, 3), ["relu"], ["flatten"], HEAD], [2, 6, 5], 3, 4, "cross-entropy", sgd),
    case("convolution to pool", [conv(5, 3), ["relu"], pool(2, 2), ["flatten"], HEAD], [1, 9, 8], 3, 5,
         "cross-entropy", adam),
    case("same padding, stride, overlap",
         [conv(4, 3, padding=1), ["tanh"], conv(6, 3, stride=2, padding=1, bias=False), ["relu"], pool(3, 2),
          ["relu"], ["flatten"], HEAD], [3, 13, 11], 3, 4, "cross-entropy", {"kind": "adamw", "rate": 1e-2, "decay": 0.1}),
    case("five by five, one by one", [conv(3, 5, padding=2), ["relu"], conv(5, 1), ["flatten"], ["linear", 6], ["relu"],
                                      HEAD], [2, 6, 7], 2, 3, "mse", adam),
    case("batchnorm of images",
         [conv(4, 3, bias=False), ["batchnorm"], ["relu"], pool(2, 2), conv(3, 2), ["batchnorm"], ["flatten"],
          ["batchnorm"], HEAD], [2, 8, 8], 3, 6, "cross-entropy", {**sgd, "momentum": 0.9, "decay": 0.01}),
    case("whole vectors", [conv(16, 3), ["relu"], conv(32, 3), ["relu"], pool(2, 2), ["flatten"], HEAD], [1, 10, 18], 3,
         5, "cross-entropy", sgd),
    case("curves", [["linear", 9], ["gelu"], ["linear", 8], ["silu"], ["linear", 7], ["sigmoid"], ["leakyrelu", 0.2],
                    HEAD], [6], 3, 7, "cross-entropy", {**sgd, "momentum": 0.9}),
    case("curves in a row", [["relu"], ["sigmoid"], ["gelu"], ["tanh"], ["silu"], ["leakyrelu"], ["relu"], HEAD], [17],
         2, 5, "mse", adam),
    case("average pools", [conv(4, 3), ["leakyrelu"], ["avgpool2d", {"size": 2, "stride": 1}], conv(17, 2), ["gelu"],
                           ["avgpool2d", {"size": 2, "stride": 2}], ["silu"], ["globalaveragepool"], HEAD], [2, 9, 8],
         3, 5, "cross-entropy", sgd),
    case("layernorm", [["layernorm"], ["linear", 19], ["layernorm"], ["gelu"], ["layernorm"], HEAD], [7], 3, 5,
         "cross-entropy", {**sgd, "momentum": 0.9}),
    case("layernorm of a flattened image", [conv(3, 3), ["flatten"], ["layernorm"], ["relu"], HEAD], [2, 5, 6], 3, 5,
         "mse", {"kind": "adamw", "rate": 1e-2, "decay": 0.1}),
    case("rmsnorm", [["rmsnorm"], ["linear", 18], ["rmsnorm"], ["silu"], HEAD], [7], 3, 5, "cross-entropy", adam),
    case("groupnorm", [["groupnorm", 1], conv(6, 3), ["groupnorm", 3], ["relu"], conv(18, 2), ["groupnorm", 1], ["gelu"],
                       ["globalaveragepool"], HEAD], [2, 7, 6], 3, 5, "cross-entropy", {**sgd, "momentum": 0.9}),
    case("label smoothing", [["linear", 8], ["tanh"], HEAD], [6], 5, 7, "cross-entropy", sgd, smoothing=0.15),
    case("class weights", [["linear", 8], ["tanh"], HEAD], [6], 3, 9, "cross-entropy", sgd,
         classWeights=[0.25, 1.0, 3.5]),
    case("class weights and smoothing", [HEAD], [6], 4, 9, "cross-entropy", {**sgd, "momentum": 0.9}, smoothing=0.3,
         classWeights=[0.25, 1.0, 3.5, 2.0]),
    case("mae", [["linear", 8], ["tanh"], HEAD], [6], 3, 9, "mae", sgd),
    case("huber", [["linear", 8], ["tanh"], HEAD], [6], 3, 9, "huber", sgd, delta=0.7),
    case("rmsprop", [["linear", 8], ["relu"], HEAD], [6], 3, 9, "cross-entropy", {"kind": "rmsprop", "rate": 1e-2}),
    case("rmsprop with momentum and L2", [["linear", 8], ["relu"], HEAD], [6], 3, 9, "mse",
         {"kind": "rmsprop", "rate": 1e-3, "alpha": 0.9, "momentum": 0.8, "decay": 0.05}),
    case("adagrad", [["linear", 8], ["relu"], HEAD], [6], 3, 9, "cross-entropy",
         {"kind": "adagrad", "rate": 0.05, "decay": 0.02, "epsilon": 1e-10}),
    case("clipped by value", [["linear", 8], ["relu"], HEAD], [6], 3, 9, "mse", adam, clipValue=0.05),
    case("clipped by norm and value", [["linear", 8], ["relu"], HEAD], [6], 3, 9, "mse", sgd, clip=0.5, clipValue=0.1),
    case("pool first", [pool(2, 1), ["relu"], conv(20, 2), ["flatten"], ["relu"], HEAD], [3, 5, 5], 3, 4,
         "cross-entropy", sgd),
    ]


def show(cases):
    """One line a case."""
    text = json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":"))
    print(text.replace('},{"name"', '},\n{"name"'))


if __name__ == "__main__":
    show(cases())
