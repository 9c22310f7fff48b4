"""Signals in several threads: Python gives them to the main thread only."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import Interrupted
from openclaw_fal.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Callable


def test_another_thread_ends_at_its_next_pause_and_knows_that_it_sent_nothing() -> None:
    signals, ended = Signals(), []

    def work() -> None:
        try:
            signals.pause(time.sleep, 60)
        except Interrupted as interrupt:
            ended.append((interrupt.exit_code, signals.interrupted_pause))

    thread = threading.Thread(target=work)
    thread.start()
    signals.interrupt_others(signal.SIGINT)
    thread.join(60)
    assert ended == [(130, True)]
    assert not signals.interrupted_pause  # that is the other thread's


def test_a_thread_that_holds_signals_is_waited_for_and_ends_afterwards() -> None:
    signals, ended = Signals(), []
    holding, may_go_on = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with signals.held():
                holding.set()
                may_go_on.wait(60)
                ended.append("sent")
        except Interrupted:
            ended.append("interrupted")

    thread = threading.Thread(target=work)
    thread.start()
    holding.wait(60)
    signals.interrupt_others(signal.SIGINT)
    assert not signals.wait_for_others(0.01)
    may_go_on.set()
    assert signals.wait_for_others(60)
    thread.join(60)
    assert ended == ["sent", "interrupted"]


class Finalized:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def interrupt_in_finalizer() -> None:
    Finalized()


def interrupt_in_weak_set() -> None:
    interrupt_as("_weakrefset", "_remove")


def interrupt_after_import() -> None:
    interrupt_as("importlib._bootstrap", "cb")


def interrupt_during_import() -> None:
    Path("interrupted.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    with suppress(AttributeError):  # the module has no such member, but is imported for it
        ctypes.pythonapi.PyCapsule_Import(b"interrupted.member", 0)  # as the module of TLS imports that of sockets


def interrupt_as(module: str, name: str) -> None:
    """Raise the signal in the callback of a weak reference, as a module would have it."""
    source = f"def {name}(_): signal.raise_signal(signal.SIGINT)"
    scope: dict[str, Any] = {"__name__": module, "signal": signal}
    exec(source, scope)
    target = threading.Event()
    reference = weakref.ref(target, scope[name])
    del target
    assert reference() is None


@pytest.mark.parametrize(
    "interrupt", [interrupt_in_finalizer, interrupt_in_weak_set, interrupt_after_import, interrupt_during_import]
)
def test_a_signal_where_python_drops_exceptions_is_raised_a_moment_later(
    interrupt: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path.cwd())
    signals = Signals()
    with signals.caught():
        interrupt()
        with pytest.raises(Interrupted):
            time.sleep(5)
