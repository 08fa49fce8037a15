"""Draws side by side: a number of the model is a vector of ``LANES`` draws, a lane being a draw.

Arrays keep the draw as their last axis, float64[..., lane]. ``load`` reads a row of one into a
``Vector``, on which arithmetic and comparisons work lane by lane, and ``store`` writes it back; in
between, numbers stay in registers. So an equation is written as for one draw. A choice that every
draw makes for itself is ``where`` of a ``Mask``. A ``UInt64Vector`` has the bits of a vector.

Vectors are a type of compiled code, made here of the vectors that the compiler has. Without
compiling (``NUMBA_DISABLE_JIT``) they are NumPy arrays.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, errors
from numba.core.datamodel import models, register_default
from numba.core.extending import intrinsic
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numpy.typing import NDArray

from mc_engine.numerics.accelerate import COMPILED, inner

# Two vectors of the widest registers there are: one alone would wait for its own results.
LANES = 16
# A row begins where such a register may be read in one go, bytes.
ALIGNMENT = 64
_BYTES = 8


def _instruction(function: Callable[..., Any]) -> Any:
    """Make a function of compiled code from one that types it and emits its instructions."""
    return intrinsic(function)


class Vector(types.Type):
    """Type of ``LANES`` float64."""

    def __init__(self) -> None:
        super().__init__("Vector")


class UInt64Vector(types.Type):
    """Type of ``LANES`` uint64."""

    def __init__(self) -> None:
        super().__init__("UInt64Vector")


class Mask(types.Type):
    """Type of ``LANES`` truth values."""

    def __init__(self) -> None:
        super().__init__("Mask")


VECTOR, UINT64_VECTOR, MASK = Vector(), UInt64Vector(), Mask()
_ELEMENT = {VECTOR: ir.DoubleType(), UINT64_VECTOR: ir.IntType(64), MASK: ir.IntType(1)}
_SCALAR = {VECTOR: types.float64, UINT64_VECTOR: types.uint64, MASK: types.boolean}


def _wide(kind: types.Type) -> ir.VectorType:
    """The compiler's type of a vector."""
    return ir.VectorType(_ELEMENT[kind], LANES)


def _declare(kind: types.Type) -> None:
    """Tell the compiler how values of a type are stored."""

    class Model(models.PrimitiveModel):
        def __init__(self, manager: Any, numba_type: types.Type) -> None:
            super().__init__(manager, numba_type, _wide(numba_type))

    register_default(type(kind))(Model)


def _broadcast(context: Any, builder: Any, kind: types.Type, given: types.Type, value: Any) -> Any:
    """Make a vector of a value: itself, or a number in every lane."""
    if given == kind:
        return value
    one = context.cast(builder, value, given, _SCALAR[kind])
    wide, index = _wide(kind), ir.IntType(32)
    if kind == MASK:
        one = builder.trunc(one, _ELEMENT[MASK]) if one.type != _ELEMENT[MASK] else one
    first = builder.insert_element(ir.Constant(wide, ir.Undefined), one, index(0))
    lanes = ir.Constant(ir.VectorType(index, LANES), [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(wide, ir.Undefined), lanes)


def _fits(kind: types.Type, given: types.Type) -> bool:
    return given == kind or isinstance(given, types.Boolean if kind == MASK else types.Number)


def _operator(
    function: Callable[..., Any], kind: types.Type, result: types.Type, emit: Callable[..., Any]
) -> None:
    """Define an operator between two vectors of a kind, or of a vector and a number."""

    @infer_global(function)
    class Typing(AbstractTemplate):
        key = function

        def generic(self, args: Any, kws: Any) -> Any:
            if kind in args and all(_fits(kind, given) for given in args):
                return signature(result, *args)
            return None

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        wide = [
            _broadcast(context, builder, kind, given, value)
            for given, value in zip(sig.args, args, strict=True)
        ]
        return emit(builder, *wide)

    vector, number = type(kind), types.Boolean if kind == MASK else types.Number
    for pair in ((vector, vector), (vector, number), (number, vector)):
        lower_builtin(function, *pair)(lower)
    lower_builtin(function, vector)(lower)


def _compare(sign: str) -> Callable[..., Any]:
    # As Python has it: NaN differs from everything, and compares with nothing.
    def emit(builder: Any, left: Any, right: Any) -> Any:
        form = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
        return form(sign, left, right)

    return emit


def _define() -> None:
    """Define types and operators; once."""
    for kind in (VECTOR, UINT64_VECTOR, MASK):
        _declare(kind)
    for name, instruction in (("add", "fadd"), ("sub", "fsub"), ("mul", "fmul"),
                              ("truediv", "fdiv")):  # fmt: skip
        for form in (name, f"i{name}"):
            _operator(getattr(operator, form), VECTOR, VECTOR,
                      lambda b, x, y, what=instruction: getattr(b, what)(x, y))  # fmt: skip
    _operator(operator.neg, VECTOR, VECTOR, lambda b, x: b.fneg(x))
    for name, sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="),
                       ("ne", "!=")):  # fmt: skip
        _operator(getattr(operator, name), VECTOR, MASK, _compare(sign))
    for name, instruction in (("add", "add"), ("mul", "mul"), ("and_", "and_"), ("or_", "or_"),
                              ("xor", "xor"), ("lshift", "shl"), ("rshift", "lshr")):  # fmt: skip
        _operator(getattr(operator, name), UINT64_VECTOR, UINT64_VECTOR,
                  lambda b, x, y, what=instruction: getattr(b, what)(x, y))  # fmt: skip
    for name in ("and_", "or_"):
        _operator(getattr(operator, name), MASK, MASK,
                  lambda b, x, y, what=name: getattr(b, what)(x, y))  # fmt: skip
    _operator(operator.invert, MASK, MASK, lambda b, x: b.not_(x))


_define()


def _wide_or_not(given: types.Type) -> types.Type:
    """The type of a result that is a vector where the argument is one."""
    return VECTOR if given == VECTOR else types.float64


def _row_pointer(context: Any, builder: Any, kinds: Any, values: Any) -> Any:
    """Point at a row of an array, given the array and an index on each axis but the last.

    As an index is never negative here, none is counted from the end; with the width of a row known,
    neighbouring rows cost no arithmetic. Arrays are contiguous.
    """
    array = context.make_array(kinds[0])(context, builder, values[0])
    shape = cgutils.unpack_tuple(builder, array.shape)
    whole, start = context.get_value_type(types.intp), None
    for axis, (kind, value) in enumerate(zip(kinds[1:], values[1:], strict=True)):
        index = context.cast(builder, value, kind, types.intp)
        before = builder.mul(start, shape[axis]) if start is not None else whole(0)
        start = builder.add(before, index)
    offset = builder.mul(start, whole(LANES)) if start is not None else whole(0)
    first = builder.gep(array.data, [offset], inbounds=True)
    return builder.bitcast(first, _wide(VECTOR).as_pointer())


def _check_indices(rows: Any, indices: Any) -> None:
    whole = all(isinstance(index, types.Integer) for index in indices)
    if not (whole and isinstance(rows, types.Array) and rows.ndim == len(indices) + 1):
        raise errors.TypingError(
            f"rows of lanes: found {rows} at {indices}, expected an array and an index on each of "
            "its axes but the last"
        )
    if rows.layout != "C" or rows.dtype != types.float64:
        raise errors.TypingError(f"rows of lanes: found {rows}, expected contiguous float64")


@_instruction
def load(typing: Any, rows: Any, *indices: Any) -> Any:
    """Read one row of ``rows``, float64[..., lane], by its indices on the other axes: a vector."""
    _check_indices(rows, indices)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        values = [args[0], *cgutils.unpack_tuple(builder, args[1])] if indices else args[:1]
        pointer = _row_pointer(context, builder, (rows, *indices), values)
        return builder.load(pointer, align=_BYTES)

    return VECTOR(rows, types.StarArgTuple(indices)), emit


@_instruction
def store(typing: Any, value: Any, rows: Any, *indices: Any) -> Any:
    """Write a vector, or a number in every lane, to one row of ``rows``; twin of ``load``."""
    _check_indices(rows, indices)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        values = [args[1], *cgutils.unpack_tuple(builder, args[2])] if indices else args[1:2]
        pointer = _row_pointer(context, builder, (rows, *indices), values)
        builder.store(_broadcast(context, builder, VECTOR, value, args[0]), pointer, align=_BYTES)
        return context.get_dummy_value()

    return types.void(value, rows, types.StarArgTuple(indices)), emit


@_instruction
def broadcast(typing: Any, number: Any) -> Any:
    """Make a vector of one number."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _broadcast(context, builder, VECTOR, sig.args[0], args[0])

    return VECTOR(number), emit


@_instruction
def broadcast_uint64(typing: Any, number: Any) -> Any:
    """Make a ``UInt64Vector`` of one whole number."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _broadcast(context, builder, UINT64_VECTOR, number, args[0])

    return UINT64_VECTOR(number), emit


@_instruction
def lane_numbers(typing: Any) -> Any:
    """Give every lane its number, as a ``UInt64Vector``: 0 to ``LANES - 1``."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(_wide(UINT64_VECTOR), list(range(LANES)))

    return UINT64_VECTOR(), emit


@_instruction
def gather(typing: Any, table: Any, index: Any) -> Any:
    """Read one number of ``table``, float64[entry], for every lane.

    ``index`` is a ``UInt64Vector``.
    """

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = context.make_array(table)(context, builder, args[0])
        read = ir.Constant(_wide(VECTOR), ir.Undefined)
        for lane in range(LANES):
            which = ir.Constant(ir.IntType(32), lane)
            entry = builder.gep(array.data, [builder.extract_element(args[1], which)])
            read = builder.insert_element(read, builder.load(entry), which)
        return read

    return VECTOR(table, index), emit


@_instruction
def where(typing: Any, condition: Any, yes: Any, no: Any) -> Any:
    """Choose lane by lane: ``yes`` where the condition holds, else ``no``; both are evaluated."""
    vector = VECTOR in (condition, yes, no) or condition == MASK
    result = VECTOR if vector else types.float64

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        both = zip(sig.args[1:], args[1:], strict=True)
        if result == VECTOR:
            first, second = (_broadcast(context, builder, VECTOR, *one) for one in both)
        else:
            first, second = (context.cast(builder, v, t, types.float64) for t, v in both)
        chosen = args[0]
        if sig.args[0] != MASK:
            chosen = context.cast(builder, chosen, sig.args[0], types.boolean)
        return builder.select(chosen, first, second)

    return result(condition, yes, no), emit


@_instruction
def any_lane(typing: Any, mask: Any) -> Any:
    """Whether a mask holds in any lane; a single truth is itself."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if mask != MASK:
            return args[0]
        bits = ir.IntType(LANES)
        return builder.icmp_unsigned("!=", builder.bitcast(args[0], bits), bits(0))

    return types.boolean(mask), emit


@_instruction
def sqrt(typing: Any, x: Any) -> Any:
    """Square root of a vector or of a number."""
    result = _wide_or_not(x)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        of = f"v{LANES}f64" if x == VECTOR else "f64"
        kind = ir.FunctionType(args[0].type, [args[0].type])
        return builder.call(
            cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.{of}"), args
        )

    return result(x), emit


@_instruction
def to_bits(typing: Any, x: Any) -> Any:
    """Bits of a vector, as a ``UInt64Vector``; of a number, as uint64."""
    result = UINT64_VECTOR if x == VECTOR else types.uint64

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(result))

    return result(x), emit


@_instruction
def from_bits(typing: Any, bits: Any) -> Any:
    """Number with these bits; twin of ``to_bits``."""
    result = VECTOR if bits == UINT64_VECTOR else types.float64

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(result))

    return result(bits), emit


if not COMPILED:
    where, any_lane, sqrt = np.where, np.any, np.sqrt

    def load(rows, *indices):
        """Read one row."""
        if min(indices, default=0) < 0:
            raise IndexError(f"rows of lanes: found index {indices}, expected none below 0")
        return np.copy(rows[indices])

    def broadcast(number):
        """Make a vector of one number."""
        return np.full(LANES, float(number))

    def broadcast_uint64(number):
        """Make a vector of one whole number."""
        return np.full(LANES, number, dtype=np.uint64)

    def lane_numbers():
        """Give every lane its number."""
        return np.arange(LANES, dtype=np.uint64)

    def gather(table, index):
        """Read one number of a table for every lane."""
        return table[index]

    def store(value, rows, *indices):
        """Write a vector, or a number in every lane, to one row."""
        rows[(*indices, slice(None))] = value

    def to_bits(x):
        """Bits of an array or a number."""
        return np.asarray(x, dtype=np.float64).view(np.uint64)

    def from_bits(bits):
        """Numbers with these bits."""
        return np.asarray(bits, dtype=np.uint64).view(np.float64)


@inner
def add(value, rows, *indices):
    """Add a vector or a number to one row of ``rows``; as ``store``."""
    store(load(rows, *indices) + value, rows, *indices)


@inner
def clear(plane):
    """Set every number of ``plane``, float64[index, lane], to 0."""
    for index in range(plane.shape[0]):
        store(0.0, plane, index)


def rows(*shape: int) -> NDArray[np.float64]:
    """Make an array of zeros of this shape and ``LANES``, each row where registers like it."""
    wanted = (*shape, LANES)
    flat = np.zeros(math.prod(wanted) + ALIGNMENT // _BYTES)
    skipped = -(flat.ctypes.data // _BYTES) % (ALIGNMENT // _BYTES)
    return flat[skipped : skipped + math.prod(wanted)].reshape(wanted)
