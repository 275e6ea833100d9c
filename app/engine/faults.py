"""What went wrong with the engine child or the model file, as a sentence with a next step."""

from __future__ import annotations

import signal

from app.engine.protocol import Failed, LoadFailed
from app.errors import Cancelled, ContextFull, EngineDied, EngineFault, EngineSilent, ModelFault
from app.process import Exit
from app.text import _

# Windows reports these as exit codes.
ILLEGAL_INSTRUCTION_CODE, ACCESS_VIOLATION_CODE, IN_PAGE_ERROR_CODE = 0xC000001D, 0xC0000005, 0xC0000006
ABORT_CODE, NO_MEMORY_CODE = 3, 0xC0000017
STDERR_CHARS = 1000


def of_load(failed: LoadFailed) -> ModelFault:
    """The error for a file that could not be loaded."""
    detail = failed.detail
    match failed.fault:
        case "not_gguf":
            return ModelFault(
                _("This is not a model file that the engine can read."),
                _("Choose another GGUF file."),
                detail=detail,
            )
        case "truncated":
            return ModelFault(_("The model file is damaged or was cut short."), _("Download it again."), detail=detail)
        case "architecture":
            return ModelFault(
                _("This kind of model is not known to the engine: {name}.").format(name=_quoted(detail)),
                _("It may be newer than this Paddock. Choose another model."),
                detail=detail,
            )
        case "split":
            return ModelFault(
                _("This model is split into several files, and they do not fit together."),
                _("Put all its parts into one folder under their own names."),
                detail=detail,
            )
        case "memory":
            return ModelFault(
                _("There is not enough free memory for this model."),
                _("Close other programs, or choose a smaller model."),
                detail=detail,
            )
        case "context_memory":
            return ModelFault(
                _("There is not enough free memory for a conversation of this length with this model."),
                _("Choose a shorter context in the settings, or a smaller model."),
                detail=detail,
            )
        case "unreadable":
            return ModelFault(
                _("The engine could not read the model file."),
                _("Check that it is still there and may be read."),
                detail=detail,
            )
        case "device":
            return ModelFault(
                _("A device that the model was to run on is not there any more."),
                _("Try again: Paddock plans anew with those that are there."),
                detail=detail,
            )
        case "adapter":
            return ModelFault(
                _("An adapter could not be used: it was made for another model, or its file is damaged."),
                _("Take it out of the model's settings, or choose another."),
            )
        case "draft":
            return ModelFault(
                _("The small model that is to guess ahead does not speak the vocabulary of this one."),
                _("Choose one of the same family, or none, in the model's settings."),
            )
        case "other":
            return ModelFault(_("The engine could not load this model."), _("Choose another model."), detail=detail)


def _quoted(detail: str) -> str:
    """What llama.cpp put in quotation marks: the architecture's name."""
    parts = detail.split("'")
    return parts[1][:40] if len(parts) > 2 else "?"


def of_job(failed: Failed) -> EngineFault:
    """The error for an answer that could not be given by an engine that goes on."""
    match failed.fault:
        case "context_full":
            return context_full(failed.tokens, failed.limit)
        case "shape":
            return EngineFault(
                _("The form that was asked of the answer is not one that the engine understands."),
                _("Correct the JSON schema or the grammar."),
                detail=failed.detail,
            )
        case "template":
            return EngineFault(
                _("This model cannot take a conversation of this kind."),
                _("Leave out the tools or the system text, or choose another model."),
                detail=failed.detail,
            )
        case "decode":
            pass
    return EngineFault(_("The engine could not work out this answer."), _("Try again."), detail=failed.detail)


def context_full(tokens: int, limit: int) -> ContextFull:
    return ContextFull(
        _("This conversation is {tokens} tokens long, and the model can read {limit} at a time.").format(
            tokens=tokens, limit=limit
        ),
        _("Start a new chat, shorten the message, or choose a longer context in the settings."),
    )


def of_death(exit_: Exit) -> EngineDied:
    """The error for a child that ended without being asked to."""
    killed_by = exit_.signal
    code = None if exit_.code is None else exit_.code & 0xFFFFFFFF
    next_step = _("Try again.")
    if killed_by == getattr(signal, "SIGKILL", -1):
        sentence = _("The engine was ended by the system, probably because memory ran out.")
        next_step = _("Try again, close other programs, or choose a smaller model.")
    elif killed_by == signal.SIGILL or code == ILLEGAL_INSTRUCTION_CODE:
        sentence = _("The engine was built for another processor than this one.")
        next_step = _("Rebuild it on this machine: run Paddock's set-up again.")
    elif killed_by in (signal.SIGSEGV, signal.SIGABRT, getattr(signal, "SIGBUS", -1)) or code in (
        ACCESS_VIOLATION_CODE,
        IN_PAGE_ERROR_CODE,
    ):
        sentence = _("The engine crashed. The model file may have changed or may be damaged.")
        next_step = _("Try again. If it happens again, download the model once more or choose another.")
    else:
        sentence = _("The engine ended unexpectedly.")
    # The child writes no prompts there: its own traceback, or the line of the assertion that failed.
    detail = f"signal {killed_by}, code {exit_.code}: {exit_.stderr_tail[-STDERR_CHARS:]}"
    return EngineDied(sentence, next_step, detail=detail)


def is_about_memory(exit_: Exit | None) -> bool:
    """Whether a child that ended so while it loaded may have wanted too much memory.

    The system kills such a child, or llama.cpp aborts it where a device refuses an allocation.
    """
    if exit_ is None:
        return False
    killed_by = exit_.signal
    code = None if exit_.code is None else exit_.code & 0xFFFFFFFF
    return killed_by in (getattr(signal, "SIGKILL", -1), signal.SIGABRT) or code in (ABORT_CODE, NO_MEMORY_CODE)


def of_silence(waited_s: float) -> EngineSilent:
    return EngineSilent(
        _("The engine gave no sign of life for {seconds} seconds and was ended.").format(
            seconds=max(1, round(waited_s))
        ),
        _("Try again."),
    )


def stopped() -> Cancelled:
    """The error for who waits for something that was stopped."""
    return Cancelled(_("Stopped."))


def of_halt() -> EngineSilent:
    """The error for a child that somebody stopped by a signal."""
    return EngineSilent(_("The engine was halted by another program and was ended."), _("Try again."))


def of_deafness() -> EngineSilent:
    """The error for a child that did not obey a stop in time; whoever stopped it gets Cancelled."""
    return EngineSilent(
        _("The engine could not stop in time and was ended."), _("It is loaded again for the next question.")
    )


def of_refusal(reason: str) -> EngineFault:
    return EngineFault(
        _("The installed engine is not the one that this Paddock was made for."),
        _("Run Paddock's set-up again."),
        detail=reason[:STDERR_CHARS],
    )


def of_nonsense(reason: str) -> EngineDied:
    return EngineDied(
        _("The engine said something that Paddock does not understand, and was ended."),
        _("Try again. If it happens again, choose another model."),
        detail=reason,
    )


def closed() -> EngineFault:
    return EngineFault(_("The model is no longer loaded."), _("Try again."))


def not_started(reason: str) -> EngineFault:
    return EngineFault(_("The engine could not be started."), _("Close other programs and try again."), detail=reason)
