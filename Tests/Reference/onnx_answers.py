"""What onnxruntime makes of an exported network: onnx_answers.py MODEL INPUTS.npy

Checks the file with onnx's own checker, types and shapes included, and prints one JSON object: the answers to the examples
of INPUTS (images without channels get one), and what the file says of itself. Needs onnx and onnxruntime.
"""

import json
import sys

import numpy
import onnx
import onnxruntime

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
(entry,) = session.get_inputs()
inputs = numpy.load(sys.argv[2]).astype(numpy.float32)
inputs = inputs.reshape((len(inputs), *entry.shape[1:]))
names = [output.name for output in session.get_outputs()]
answers = session.run(names, {entry.name: inputs})
# One example alone: the batch is any number.
for whole, alone in zip(answers, session.run(names, {entry.name: inputs[:1]})):
    assert numpy.allclose(whole[:1], alone, atol=1e-5), "the answers depend on the batch"
print(
    json.dumps(
        {
            "input": entry.name,
            "shape": entry.shape,
            "producer": model.producer_name,
            "version": model.producer_version,
            "operators": sorted({node.op_type for node in model.graph.node}),
            "metadata": {entry.key: entry.value for entry in model.metadata_props},
            **{name: answer.astype(float).tolist() for name, answer in zip(names, answers)},
        }
    )
)
