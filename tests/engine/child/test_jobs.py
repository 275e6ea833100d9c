"""Which job is next, and what ends the computation of the one that runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from app.engine.child.jobs import Jobs


@dataclass(slots=True, eq=False)
class Job:
    number: int
    urgency: int = 1
    is_cancelled: bool = False


def filled(*jobs: Job) -> tuple[Jobs[Job], threading.Event]:
    """These jobs, and what is set while a computation would be aborted."""
    made: Jobs[Job] = Jobs()
    abort = threading.Event()
    made.are_computed_with(abort)
    for job in jobs:
        made.add(job)
    return made, abort


def test_the_most_urgent_goes_first_and_of_those_the_oldest() -> None:
    jobs, _abort = filled(Job(1, 2), Job(2, 0), Job(3, 0), Job(4, 1))
    order = []
    for _job in range(4):
        order.append(jobs.next().number)
        jobs.ended()
    assert order == [2, 3, 4, 1]


def test_what_is_put_back_goes_on_before_others_of_its_kind() -> None:
    jobs, _abort = filled(Job(1), Job(2), Job(3, 2))
    jobs.put_back(jobs.next())
    jobs.ended()
    assert jobs.next().number == 1


def test_only_what_is_more_urgent_aborts_what_runs() -> None:
    jobs, abort = filled(Job(1))
    running = jobs.next()
    jobs.add(Job(2))
    jobs.add(Job(3, 2))
    assert not abort.is_set()
    assert not jobs.is_outranked(running)
    jobs.add(Job(4, 0))
    assert abort.is_set()
    assert jobs.is_outranked(running)
    jobs.put_back(running)
    jobs.ended()
    assert jobs.next().number == 4
    assert not abort.is_set(), "the next one computes"


def test_nothing_is_aborted_while_nothing_runs() -> None:
    jobs, abort = filled(Job(1))
    jobs.next()
    jobs.ended()
    jobs.add(Job(2, 0))
    assert not abort.is_set()


def test_a_cancel_aborts_its_own_job_only() -> None:
    waiting = Job(2)
    jobs, abort = filled(Job(1), waiting)
    running = jobs.next()
    jobs.cancel(2)
    assert (waiting.is_cancelled, running.is_cancelled, abort.is_set()) == (True, False, False)
    jobs.cancel(1)
    assert (running.is_cancelled, abort.is_set()) == (True, True)


def test_what_was_cancelled_while_it_waited_computes_nothing() -> None:
    jobs, abort = filled(Job(1))
    jobs.cancel(1)
    assert jobs.next().is_cancelled
    assert abort.is_set()


def test_a_worker_waits_for_its_first_job() -> None:
    jobs, _abort = filled()
    found: list[int] = []
    worker = threading.Thread(target=lambda: found.append(jobs.next().number), name="paddock-test-worker")
    worker.start()
    jobs.add(Job(7))
    worker.join(10)
    assert found == [7]
