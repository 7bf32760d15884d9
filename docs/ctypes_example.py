#!/usr/bin/env python3
"""The losses from Python by ctypes alone: python3 ctypes_example.py [path of liblossproof.so.0]

The functions are made from what the library says of its losses; only the structures of lossproof.h are written out.
"""
import array
import ctypes
import math
import sys
from ctypes import POINTER, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint8, c_uint16, c_uint64, c_void_p


class Device(ctypes.Structure):
    _fields_ = [("device_type", c_int32), ("device_id", c_int32)]


class DataType(ctypes.Structure):
    _fields_ = [("code", c_uint8), ("bits", c_uint8), ("lanes", c_uint16)]


class DLTensor(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("device", Device), ("ndim", c_int32), ("dtype", DataType),
                ("shape", POINTER(c_int64)), ("strides", POINTER(c_int64)), ("byte_offset", c_uint64)]


class Argument(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("kind", c_int32), ("optional", c_int32)]


class Option(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("kind", c_int32)]


class Options(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("reduction", c_int32), ("has_ignore_index", c_int32),
                ("ignore_index", c_int64), ("has_dtype", c_int32), ("dtype", DataType), ("has_beta", c_int32),
                ("beta", c_double), ("weight", POINTER(DLTensor)), ("pos_weight", POINTER(DLTensor)),
                ("log_target", c_int32), ("has_label_smoothing", c_int32), ("label_smoothing", c_double),
                ("has_temperature", c_int32), ("temperature", c_double), ("has_alpha", c_int32), ("alpha", c_double),
                ("has_gamma", c_int32), ("gamma", c_double)]


REDUCTIONS = {"mean": 1, "sum": 2, "none": 3, "per_sample": 4, "batchmean": 5}
CPU = Device(1, 0)
DTYPES = {"f": DataType(2, 32, 1), "d": DataType(2, 64, 1), "i": DataType(0, 32, 1), "q": DataType(0, 64, 1)}

library = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "liblossproof.so.0")


def function(name, result, *arguments):
    """The library's function of this name. A handle of a loss is a c_void_p."""
    found = library["lossproof_" + name]
    found.restype, found.argtypes = result, arguments
    return found


Tensors = POINTER(POINTER(DLTensor))
last_error = function("last_error", c_char_p)
version = function("version", c_char_p)
loss_count = function("loss_count", c_size_t)
loss_at = function("loss_at", c_void_p, c_size_t)
loss_name = function("loss_name", c_char_p, c_void_p)
argument_count = function("argument_count", c_size_t, c_void_p)
argument_at = function("argument_at", POINTER(Argument), c_void_p, c_size_t)
option_count = function("option_count", c_size_t, c_void_p)
option_at = function("option_at", POINTER(Option), c_void_p, c_size_t)
value_shape = function("value_shape", c_int32, c_void_p, Tensors, c_size_t, POINTER(Options), POINTER(c_int64),
                       POINTER(c_int32))
value_and_gradient = function("value_and_gradient", c_int32, c_void_p, Tensors, c_size_t, POINTER(Options),
                              POINTER(DLTensor), POINTER(DLTensor), Tensors)


class Tensor:
    """Row-major elements: an array of type code f, d, i or q, with a shape."""

    def __init__(self, code, shape, elements):
        self.elements, self.shape = array.array(code, elements), shape
        extents = (c_int64 * len(shape))(*shape)
        self.dl = DLTensor(self.elements.buffer_info()[0], CPU, len(shape), DTYPES[code], extents, None, 0)


def check(status):
    if status != 0:
        raise ValueError(last_error().decode())


def filled(number, code, shape):
    return Tensor(code, shape, [number] * math.prod(shape))


def pointers(*tensors):
    return (POINTER(DLTensor) * len(tensors))(*(t and ctypes.pointer(t.dl) for t in tensors))


def options_of(given, taken):
    options = Options(struct_size=ctypes.sizeof(Options))
    for name, value in given.items():
        if name not in taken:
            raise TypeError(f"no option {name}; expected one of {', '.join(taken)}")
        if name == "reduction":
            options.reduction = REDUCTIONS[value]
        else:
            setattr(options, name, ctypes.pointer(value.dl) if isinstance(value, Tensor) else value)
            if hasattr(Options, "has_" + name):
                setattr(options, "has_" + name, 1)
    return options


def function_of(loss):
    """A function of the loss's inputs and options: its value, and its gradient with respect to the first input."""
    inputs = [argument_at(loss, i).contents.name.decode() for i in range(argument_count(loss))]
    taken = [option_at(loss, i).contents.name.decode() for i in range(option_count(loss))]
    taken = [name for name in taken if hasattr(Options, name)]  # a later library may know more of them

    def call(*tensors, **given):
        options, passed = options_of(given, taken), pointers(*tensors)
        extents, ndim = (c_int64 * 8)(), c_int32()
        check(value_shape(loss, passed, len(tensors), options, extents, ndim))
        code, shape = tensors[0].elements.typecode, extents[:ndim.value]
        value, grad_output, gradient = filled(0, code, shape), filled(1, code, shape), filled(0, code, tensors[0].shape)
        gradients = pointers(gradient, *[None] * (len(tensors) - 1))
        check(value_and_gradient(loss, passed, len(tensors), options, grad_output.dl, value.dl, gradients))
        return value.elements, gradient.elements

    call.__doc__ = f"inputs {', '.join(inputs)}; options {', '.join(taken)}"
    return call


losses = {loss_name(loss).decode(): function_of(loss) for loss in map(loss_at, range(loss_count()))}

print("lossproof", version().decode())
for name, loss in losses.items():
    print(f"{name}: {loss.__doc__}")

logits = Tensor("f", [1, 2], [0, -40])
value, gradient = losses["cross_entropy"](logits, Tensor("q", [1], [0]))
print(f"loss {value[0]:.9g}, gradient {gradient[0]:.9g} {gradient[1]:.9g}")
try:
    losses["cross_entropy"](logits, Tensor("q", [1], [2]), reduction="none")
except ValueError as error:
    print(error)
