"""Immutable records. Defining their classes takes a fraction of the time of named tuples and data classes.

Those compile code for each class. For the classes that an image needs, that took a tenth of its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass_transform(frozen_default=True)
class Record:
    """An immutable object with the fields that its class annotates; a value beside an annotation is its default.

    Fields are given by position or by name. Names with a leading underscore are no fields; the methods are named as in
    `typing.NamedTuple`.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _names: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[Mapping[str, Any]] = {}
    _is_checked: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(name for name in cls.__annotations__ if name[0] != "_")
        cls.__match_args__ = cls._fields  # type: ignore[attr-defined,misc]  # mypy knows those of each class
        cls._names = frozenset(cls._fields)
        cls._defaults = {name: cls.__dict__[name] for name in cls._fields if name in cls.__dict__}
        cls._is_checked = cls._check is not Record._check

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = self.__dict__
        is_complete = len(values) == len(self._fields) and not named
        if not is_complete:
            fields.update(self._defaults)
        fields.update(zip(self._fields, values))  # noqa: B905 - checked below; `strict` takes a quarter of the time
        if not is_complete:
            fields.update(named)
            if fields.keys() != self._names or len(values) > len(fields):
                raise self._mismatch(len(values))
        if self._is_checked:
            self._check()

    def _check(self) -> None:
        """Raise an error for values that no object may have."""

    def _mismatch(self, positional: int) -> TypeError:
        given = self.__dict__.keys()
        missing, unknown = sorted(self._names - given), sorted(given - self._names)
        return TypeError(f"{type(self).__name__}: {positional=}, {missing=}, {unknown=}")

    @classmethod
    def _restored(cls, record: Mapping[str, Any]) -> Self:
        """Return what `_known` or `_asdict` gave. Members without a field, of other versions, are left out."""
        return cls(**{name: record[name] for name in cls._fields if name in record})

    def _known(self) -> dict[str, Any]:
        """Return the fields that are not ``None``."""
        return {name: value for name, value in self.__dict__.items() if value is not None}

    def _replace(self, **changes: Any) -> Self:
        copy = object.__new__(type(self))
        fields = copy.__dict__
        fields.update(self.__dict__)
        fields.update(changes)
        if fields.keys() != self._names:  # an unknown name, or a cached property beside the fields
            return type(self)(**self._asdict() | changes)
        if self._is_checked:
            copy._check()
        return copy

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, map(self.__dict__.__getitem__, self._fields), strict=True))

    def __eq__(self, other: object) -> bool:
        return self._asdict() == other._asdict() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), *self._asdict().values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be changed; use _replace")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be removed")
