"""Which native libraries a program loads whatever happens, from the code of the class that is started.

Only what its static initializer and its main method do before their first branch is certain: a call further on may
never be reached, and one inside of a `try` may have a fallback. Source: Java Virtual Machine Specification, sections
4.4 to 4.7.3 and chapter 6.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_UTF8, _INTEGER, _CLASS, _STRING = 1, 3, 7, 8
_METHODS = (10, 11)
_NAME_AND_TYPE = 12
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_TWO_PLACES = (5, 6)
_LDC, _LDC_W, _INVOKEVIRTUAL, _INVOKESTATIC = 18, 19, 182, 184
_CALLS = frozenset({"java/lang/System", "java/lang/Runtime"})
_RUN_FIRST = {("<clinit>", "()V"), ("main", "([Ljava/lang/String;)V"), ("main", "()V")}
_ENDS_LINE = frozenset([*range(153, 178), 191, 196, *range(198, 202)])
"""Branches, returns, athrow, and `wide`, which needs a length of its own."""
_LONGER = {
    **dict.fromkeys([16, 18, *range(21, 26), *range(54, 59), 188], 2),
    **dict.fromkeys([17, 19, 20, 132, *range(178, 185), 187, 189, 192, 193], 3),
    197: 4,
    **dict.fromkeys([185, 186], 5),
}
"""Bytes of the instructions that have operands; all others have one."""


def certain(data: bytes) -> tuple[str, ...]:
    """File names (`libfoo.so`) of the libraries that the class in `data` loads before anything can keep it from that.

    Empty where the class file cannot be read.
    """
    try:
        return tuple(dict.fromkeys(_Class(data).loads()))
    except (struct.error, IndexError, KeyError, UnicodeDecodeError):
        return ()


class _Class:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._texts: dict[int, str] = {}
        self._pairs: dict[int, tuple[int, int, int]] = {}
        """Constants that name others: tag and two indices, the second 0 where there is only one."""
        self._after_pool = self._read_pool()

    def loads(self) -> Iterator[str]:
        for name, descriptor, at in self._methods():
            if (name, descriptor) in _RUN_FIRST:
                for attribute, start, _ in self._attributes(at):
                    if attribute == "Code":
                        yield from self._of_code(start)

    def _number(self, at: int) -> int:
        return int(struct.unpack_from(">H", self._data, at)[0])

    def _read_pool(self) -> int:
        count, at, index = self._number(8), 10, 1
        while index < count:
            tag = self._data[at]
            if tag == _UTF8:
                size = self._number(at + 1)
                self._texts[index] = self._data[at + 3 : at + 3 + size].decode("utf-8", "replace")
                at += 3 + size
            else:
                if tag in {_CLASS, _STRING, _NAME_AND_TYPE, *_METHODS}:
                    two = self._number(at + 3) if tag not in {_CLASS, _STRING} else 0
                    self._pairs[index] = tag, self._number(at + 1), two
                at += 1 + _SIZES[tag]
            index += 2 if tag in _TWO_PLACES else 1
        return at

    def _methods(self) -> Iterator[tuple[str, str, int]]:
        """Name, descriptor and where the attributes begin."""
        at = self._after_pool + 6
        at += 2 + 2 * self._number(at)
        for kind in ("field", "method"):
            count = self._number(at)
            at += 2
            for _ in range(count):
                if kind == "method":
                    yield self._texts[self._number(at + 2)], self._texts[self._number(at + 4)], at + 6
                at = max((end for _, _, end in self._attributes(at + 6)), default=at + 8)

    def _attributes(self, at: int) -> Iterator[tuple[str, int, int]]:
        """Name, beginning and end of each; they lie one behind the other."""
        count, at = self._number(at), at + 2
        for _ in range(count):
            (size,) = struct.unpack_from(">I", self._data, at + 2)
            yield self._texts[self._number(at)], at + 6, at + 6 + size
            at += 6 + size

    def _of_code(self, at: int) -> Iterator[str]:
        (size,) = struct.unpack_from(">I", self._data, at + 4)
        code = self._data[at + 8 : at + 8 + size]
        table = at + 8 + size
        handlers = [struct.unpack_from(">HH", self._data, table + 2 + 8 * n) for n in range(self._number(table))]
        here, said = 0, ""
        while here < len(code) and code[here] not in _ENDS_LINE:
            instruction = code[here]
            if instruction in {_INVOKESTATIC, _INVOKEVIRTUAL} and not any(a <= here < b for a, b in handlers):
                yield from self._loaded(int.from_bytes(code[here + 1 : here + 3], "big"), said)
            said = self._constant(code[here + 1 : here + 3]) if instruction in {_LDC, _LDC_W} else ""
            if instruction == _LDC:
                said = self._constant(code[here + 1 : here + 2])
            here += _LONGER.get(instruction, 1)

    def _constant(self, operand: bytes) -> str:
        tag, text, _ = self._pairs.get(int.from_bytes(operand, "big"), (0, 0, 0))
        return self._texts.get(text, "") if tag == _STRING else ""

    def _loaded(self, method: int, said: str) -> Iterator[str]:
        tag, owner, name_and_type = self._pairs[method]
        owner_name = self._texts[self._pairs[owner][1]]
        name = self._texts[self._pairs[name_and_type][1]]
        if tag in _METHODS and owner_name in _CALLS and said:
            if name == "loadLibrary":
                yield f"lib{said}.so"
            elif name == "load":
                yield said.rpartition("/")[2]
