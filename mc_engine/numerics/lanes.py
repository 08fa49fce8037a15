"""Draws side by side: a number of the model is a vector of ``LANES`` draws, a lane being a draw.

Arrays keep the draw as their last axis, float64[..., lane]. ``load`` reads a row of one into a
``Vector``, on which arithmetic and comparisons work lane by lane, and ``store`` writes it back; in
between, numbers stay in registers. So an equation is written as for one draw. A choice that every
draw makes for itself is ``where`` of a ``Mask``. ``Words`` are the bits of a vector.

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


class Words(types.Type):
    """Type of ``LANES`` uint64."""

    def __init__(self) -> None:
        super().__init__("Words")


class Mask(types.Type):
    """Type of ``LANES`` truth values."""

    def __init__(self) -> None:
        super().__init__("Mask")


VECTOR, WORDS, MASK = Vector(), Words(), Mask()
_ELEMENT = {VECTOR: ir.DoubleType(), WORDS: ir.IntType(64), MASK: ir.IntType(1)}
_SCALAR = {VECTOR: types.float64, WORDS: types.uint64, MASK: types.boolean}


def _wide(kind: types.Type) -> ir.VectorType:
    """The compiler's type of a vector."""
    return ir.VectorType(_ELEMENT[kind], LANES)


def _declare(kind: types.Type) -> None:
    """Tell the compiler how values of a type are kept."""

    class Model(models.PrimitiveModel):
        def __init__(self, manager: Any, numba_type: types.Type) -> None:
            super().__init__(manager, numba_type, _wide(numba_type))

    register_default(type(kind))(Model)


def _spread(context: Any, builder: Any, kind: types.Type, given: types.Type, value: Any) -> Any:
    """Make a vector of a value: itself, or a number in every lane."""
    if given == kind:
        return value
    one = context.cast(builder, value, given, _SCALAR[kind])
    wide, place = _wide(kind), ir.IntType(32)
    if kind == MASK:
        one = builder.trunc(one, _ELEMENT[MASK]) if one.type != _ELEMENT[MASK] else one
    first = builder.insert_element(ir.Constant(wide, ir.Undefined), one, place(0))
    lanes = ir.Constant(ir.VectorType(place, LANES), [0] * LANES)
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
            _spread(context, builder, kind, given, value)
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
    for kind in (VECTOR, WORDS, MASK):
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
        _operator(getattr(operator, name), WORDS, WORDS,
                  lambda b, x, y, what=instruction: getattr(b, what)(x, y))  # fmt: skip
    for name in ("and_", "or_"):
        _operator(getattr(operator, name), MASK, MASK,
                  lambda b, x, y, what=name: getattr(b, what)(x, y))  # fmt: skip
    _operator(operator.invert, MASK, MASK, lambda b, x: b.not_(x))


_define()


def _wide_or_not(given: types.Type) -> types.Type:
    """The type of a result that is a vector where the argument is one."""
    return VECTOR if given == VECTOR else types.float64


def _place(context: Any, builder: Any, kinds: Any, values: Any) -> Any:
    """Point at a row of an array, given the array and the places on its axes but the last.

    As places are never negative here, none is counted from the end; with the width of a row known,
    neighbouring rows cost no arithmetic. Arrays are contiguous.
    """
    array = context.make_array(kinds[0])(context, builder, values[0])
    shape = cgutils.unpack_tuple(builder, array.shape)
    whole, start = context.get_value_type(types.intp), None
    for axis, (kind, value) in enumerate(zip(kinds[1:], values[1:], strict=True)):
        place = context.cast(builder, value, kind, types.intp)
        before = builder.mul(start, shape[axis]) if start is not None else whole(0)
        start = builder.add(before, place)
    offset = builder.mul(start, whole(LANES)) if start is not None else whole(0)
    first = builder.gep(array.data, [offset], inbounds=True)
    return builder.bitcast(first, _wide(VECTOR).as_pointer())


def _check_places(rows: Any, places: Any) -> None:
    whole = all(isinstance(place, types.Integer) for place in places)
    if not (whole and isinstance(rows, types.Array) and rows.ndim == len(places) + 1):
        raise errors.TypingError(
            f"rows of lanes: found {rows} at {places}, expected an array and a place on each of "
            "its axes but the last"
        )
    if rows.layout != "C" or rows.dtype != types.float64:
        raise errors.TypingError(f"rows of lanes: found {rows}, expected contiguous float64")


@_instruction
def load(typing: Any, rows: Any, *places: Any) -> Any:
    """Read one row of ``rows``, float64[..., lane], by its places on the other axes: a vector."""
    _check_places(rows, places)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        values = [args[0], *cgutils.unpack_tuple(builder, args[1])] if places else args[:1]
        place = _place(context, builder, (rows, *places), values)
        return builder.load(place, align=_BYTES)

    return VECTOR(rows, types.StarArgTuple(places)), emit


@_instruction
def store(typing: Any, value: Any, rows: Any, *places: Any) -> Any:
    """Write a vector, or a number in every lane, to one row of ``rows``; twin of ``load``."""
    _check_places(rows, places)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        values = [args[1], *cgutils.unpack_tuple(builder, args[2])] if places else args[1:2]
        place = _place(context, builder, (rows, *places), values)
        builder.store(_spread(context, builder, VECTOR, value, args[0]), place, align=_BYTES)
        return context.get_dummy_value()

    return types.void(value, rows, types.StarArgTuple(places)), emit


@_instruction
def spread(typing: Any, number: Any) -> Any:
    """Make a vector of one number."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _spread(context, builder, VECTOR, sig.args[0], args[0])

    return VECTOR(number), emit


@_instruction
def words(typing: Any, number: Any) -> Any:
    """Make ``Words`` of one whole number."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _spread(context, builder, WORDS, number, args[0])

    return WORDS(number), emit


@_instruction
def lane_numbers(typing: Any) -> Any:
    """Give every lane its number, as ``Words``: 0 to ``LANES - 1``."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(_wide(WORDS), list(range(LANES)))

    return WORDS(), emit


@_instruction
def gather(typing: Any, table: Any, places: Any) -> Any:
    """Read one number of ``table``, float64[entry], for every lane; ``places`` are ``Words``."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = context.make_array(table)(context, builder, args[0])
        read = ir.Constant(_wide(VECTOR), ir.Undefined)
        for lane in range(LANES):
            which = ir.Constant(ir.IntType(32), lane)
            entry = builder.gep(array.data, [builder.extract_element(args[1], which)])
            read = builder.insert_element(read, builder.load(entry), which)
        return read

    return VECTOR(table, places), emit


@_instruction
def where(typing: Any, condition: Any, yes: Any, no: Any) -> Any:
    """Choose lane by lane: ``yes`` where the condition holds, else ``no``; both are evaluated."""
    vector = VECTOR in (condition, yes, no) or condition == MASK
    result = VECTOR if vector else types.float64

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        both = zip(sig.args[1:], args[1:], strict=True)
        if result == VECTOR:
            first, second = (_spread(context, builder, VECTOR, *one) for one in both)
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
def bits_of(typing: Any, x: Any) -> Any:
    """Bits of a vector, as ``Words``; of a number, as uint64."""
    result = WORDS if x == VECTOR else types.uint64

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(result))

    return result(x), emit


@_instruction
def of_bits(typing: Any, words: Any) -> Any:
    """Number with these bits; twin of ``bits_of``."""
    result = VECTOR if words == WORDS else types.float64

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(result))

    return result(words), emit


if not COMPILED:
    where, any_lane, sqrt = np.where, np.any, np.sqrt

    def load(rows, *places):
        """Read one row."""
        if min(places, default=0) < 0:
            raise IndexError(f"rows of lanes: found place {places}, expected none below 0")
        return np.copy(rows[places])

    def spread(number):
        """Make a vector of one number."""
        return np.full(LANES, float(number))

    def words(number):
        """Make words of one whole number."""
        return np.full(LANES, number, dtype=np.uint64)

    def lane_numbers():
        """Give every lane its number."""
        return np.arange(LANES, dtype=np.uint64)

    def gather(table, places):
        """Read one number of a table for every lane."""
        return table[places]

    def store(value, rows, *places):
        """Write a vector, or a number in every lane, to one row."""
        rows[(*places, slice(None))] = value

    def bits_of(x):
        """Bits of an array or a number."""
        return np.asarray(x, dtype=np.float64).view(np.uint64)

    def of_bits(words):
        """Numbers with these bits."""
        return np.asarray(words, dtype=np.uint64).view(np.float64)


@inner
def add(value, rows, *places):
    """Add a vector or a number to one row of ``rows``; as ``store``."""
    store(load(rows, *places) + value, rows, *places)


@inner
def clear(plane):
    """Set every number of ``plane``, float64[place, lane], to 0."""
    for place in range(plane.shape[0]):
        store(0.0, plane, place)


def rows(*shape: int) -> NDArray[np.float64]:
    """Make an array of zeros of this shape and ``LANES``, each row where registers like it."""
    wanted = (*shape, LANES)
    flat = np.zeros(math.prod(wanted) + ALIGNMENT // _BYTES)
    skipped = -(flat.ctypes.data // _BYTES) % (ALIGNMENT // _BYTES)
    return flat[skipped : skipped + math.prod(wanted)].reshape(wanted)
