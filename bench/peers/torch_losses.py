"""PyTorch's losses, eager and compiled, timed for `lossproof bench --torch PYTHON`, which runs this.

Says first what it is: {"library": "PyTorch 2.15.0"}. Then it answers each line of standard input with one line.
A work, {"loss": "cross_entropy", "inputs": [{"shape": [64, 23], "dtype": "f32"}, {"shape": [64], "dtype": "i64"}],
"options": {}, "result": "f32", "reduction": "mean", "gradient": true}, with the peers that do it:
{"peers": ["torch eager", ...]}, none where PyTorch has no such loss. Then {"peer": "torch eager", "threads": 1, "seconds": 0.05} with the median seconds
of a call, timed for at least so long: {"seconds": 0.0012}.

Memory is allocated as PyTorch does it for its users. With glibc, tensors of 32 MiB and more come fresh from the system
in each call, and their page faults can cost more than the arithmetic; MALLOC_MMAP_MAX_=0 and
MALLOC_TRIM_THRESHOLD_=1099511627776 in the environment show PyTorch without them.
"""

import functools
import inspect
import json
import sys

import torch
from torch.utils.benchmark import Timer

FUNCTIONS = {  # where PyTorch has another name, or asks for the classes' dimension
    "log_sigmoid": torch.nn.functional.logsigmoid,
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
    "logsumexp": lambda x: torch.logsumexp(x, -1),
}
try:
    from torchvision.ops import sigmoid_focal_loss

    FUNCTIONS["sigmoid_focal_loss"] = sigmoid_focal_loss
except ImportError:  # as without torchvision
    pass
DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32, "f64": torch.float64}


def tensors(loss, inputs):
    """Normal logits of deviation 3, uniform probabilities, masses and classes, other real inputs 0 or 1."""
    made = []
    for k, given in enumerate(inputs):
        shape = given["shape"]
        if given["dtype"] not in DTYPES:
            made.append(torch.randint(inputs[0]["shape"][-1], shape))
        elif (k == 0 and loss == "binary_cross_entropy") or (k == 1 and loss == "cross_entropy"):
            made.append(torch.rand(shape).to(DTYPES[given["dtype"]]))
        elif k == 0:
            made.append((torch.randn(shape) * 3).to(DTYPES[given["dtype"]]))
        else:
            made.append(torch.randint(2, shape).to(DTYPES[given["dtype"]]))
    return made


def reduced(function, reduction):
    """The loss with this reduction; the function itself where it takes none, None where one is asked for."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # a function in C++
        parameters = {}
    if "reduction" in parameters:
        return lambda *inputs: function(*inputs, reduction=reduction)
    return function if reduction == "none" else None


def calls(work):
    """What users write, by the name of the peer: on the logits as they are, and in the result's dtype if another."""
    function = FUNCTIONS.get(work["loss"], getattr(torch.nn.functional, work["loss"], None))
    function = function and reduced(functools.partial(function, **work["options"]), work["reduction"])
    if function is None:
        return {}
    x, *others = tensors(work["loss"], work["inputs"])
    x.requires_grad_(work["gradient"])
    result = DTYPES[work["result"]]
    losses = {"": function}
    if result != x.dtype:
        losses[" " + work["result"]] = lambda x, *others: function(x.to(result), *others)
    value = function(x, *others).detach()
    grad_output = torch.ones_like(value) if value.dim() == 0 else 3 * torch.randn_like(value)

    def call(loss):
        if not work["gradient"]:
            return lambda: loss(x, *others)

        def value_and_gradient():
            x.grad = None  # as zero_grad() leaves it: the backward pass need not add to it, but allocates it
            loss(x, *others).backward(grad_output)

        return value_and_gradient

    eager = {"torch eager" + suffix: call(loss) for suffix, loss in losses.items()}
    compiled = {
        "torch compile" + suffix: call(torch.compile(loss, dynamic=False)) for suffix, loss in losses.items()
    }
    return eager | compiled


def median_seconds(call, threads, seconds):
    torch.set_num_threads(threads)
    call()  # compiles, the first time with so many threads
    return Timer("call()", globals={"call": call}, num_threads=threads).blocked_autorange(min_run_time=seconds).median


def answer(request, current):
    """The answer, and the calls of the current work."""
    if "loss" in request:
        torch._dynamo.reset()  # or it would take the next shapes for dynamic ones, and in the end give up compiling
        current = calls(request)
        return {"peers": list(current)}, current
    return {"seconds": median_seconds(current[request["peer"]], request["threads"], request["seconds"])}, current


def main():
    torch.manual_seed(1)
    print(json.dumps({"library": "PyTorch " + torch.__version__}), flush=True)
    current = {}
    for line in sys.stdin:
        reply, current = answer(json.loads(line), current)
        print(json.dumps(reply), flush=True)


main()
