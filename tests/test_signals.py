"""Signals in several threads: Python tells the main thread only."""

from __future__ import annotations

import signal
import threading
import time

from openclaw_fal.core.errors import Interrupted
from openclaw_fal.signals import Signals


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
    thread.join(5)
    assert ended == [(130, True)]
    assert not signals.interrupted_pause  # that is the other thread's


def test_a_thread_that_holds_signals_is_waited_for_and_ends_afterwards() -> None:
    signals, ended = Signals(), []
    holding, may_go_on = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with signals.held():
                holding.set()
                may_go_on.wait(5)
                ended.append("sent")
        except Interrupted:
            ended.append("interrupted")

    thread = threading.Thread(target=work)
    thread.start()
    holding.wait(5)
    signals.interrupt_others(signal.SIGINT)
    assert not signals.wait_for_others(0.01)
    may_go_on.set()
    assert signals.wait_for_others(5)
    thread.join(5)
    assert ended == ["sent", "interrupted"]
