"""What onnxruntime makes of exported networks: onnx_answers.py MODEL INPUTS [MODEL INPUTS]...

Checks each file with onnx's own checker, types and shapes included, and prints one JSON object a line: the answers to the
examples of INPUTS (.npy, or .json with all numbers in one list), and what the file says of itself. Needs onnx and
onnxruntime.
"""

import json
import sys

import numpy
import onnx
import onnxruntime


def answer(path, examples):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    inputs = numpy.load(examples) if examples.endswith(".npy") else numpy.array(json.load(open(examples)))
    inputs = inputs.astype(numpy.int64 if "int64" in entry.type else numpy.float32).reshape((-1, *entry.shape[1:]))
    outputs = session.get_outputs()
    names = [output.name for output in outputs]
    answers = session.run(names, {entry.name: inputs})
    # One example alone: the batch is any number.
    for output, whole, alone in zip(outputs, answers, session.run(names, {entry.name: inputs[:1]})):
        assert numpy.allclose(whole[:1], alone, atol=1e-5), "the answers depend on the batch"
        assert whole.shape == (len(inputs), *output.shape[1:]), "the file declares another shape"
    return {
        "input": entry.name,
        "shape": entry.shape,
        "producer": model.producer_name,
        "version": model.producer_version,
        "operators": sorted({node.op_type for node in model.graph.node}),
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
        **{name: answer.astype(float).tolist() for name, answer in zip(names, answers)},
    }


for path, examples in zip(sys.argv[1::2], sys.argv[2::2]):
    print(json.dumps(answer(path, examples)))
