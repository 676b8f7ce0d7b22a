"""Log lines without what callers say and without secrets, at every level.

Pipecat's lines carry the conversation: the whole context, each transcript, each text for the voice.
None of that belongs into a log, which has other readers than a record has. What stands in the
source is shown, what a call has put in between is not::

    f"{self}: Generating TTS [{text}]"       Cartesia#0: Generating TTS […]
    f"{self} error: {error}"                 Anthropic#1 error: … 529 overloaded_error

Our own lines are written with this in mind from INFO on: they keep their values, but for what they
“quote”. Below INFO they are treated as Pipecat's.
"""

import ast
import linecache
import logging
import re
import sys
import textwrap
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

from loguru import logger
from pydantic import SecretStr

from pipelines.settings import Settings

_OURS = ("pipelines", "processors", "bots", "server", "tests", "__main__")
_HIDDEN = "…"
_MOST_LINES = 30  # of one call of the logger

_QUOTED = re.compile("“[^”]*”", re.DOTALL)
# What a service or an error is called: no caller speaks like that.
_NAME = re.compile(
    r"\b[A-Z]\w*#\d+\b"
    r"|\b[A-Z]\w*(?:Error|Exception|Timeout|Frame)\b"
    r"|\b[a-z]+(?:_[a-z]+)*_(?:error|timeout|exceeded|refused|invalid)\b"
    r"|(?<=[Cc]ode )[1-5]\d\d\b|(?<=[Cc]ode: )[1-5]\d\d\b|(?<=HTTP )[1-5]\d\d\b"
)


def set_up(level: str, settings: Settings | None = None) -> None:
    """One line a record on standard error; a traceback shows no values.

    Args:
        level: From which on lines are shown.
        settings: Whose secrets must not be shown, whoever writes them.
    """
    hide_words(secrets_of(settings) if settings else ())
    logger.remove()
    logger.add(sys.stderr, level=level, backtrace=False, diagnose=False)
    # What libraries say through `logging` goes the same way; below WARNING it is whole requests.
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING, force=True)
    for noisy in ("aioice", "aiortc", "anthropic", "openai", "httpcore", "httpx", "websockets"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def hide_words(secrets: Iterable[str] = ()) -> None:
    """Have every line of this process written without words and secrets, whatever shows it."""
    logger.configure(patcher=partial(_hide, secrets=tuple(secrets)))


def secrets_of(settings: Settings) -> list[str]:
    """Every secret of a deployment."""
    found: list[str] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        values = value if isinstance(value, tuple) else (value,)
        found += [each.get_secret_value() for each in values if isinstance(each, SecretStr)]
    # A short one would be found everywhere.
    return sorted((secret for secret in found if len(secret) >= 6), key=len, reverse=True)


def _hide(record: Any, secrets: tuple[str, ...]) -> None:
    ours = record["name"].split(".")[0] in _OURS if record["name"] else False
    if ours and record["level"].no >= logging.INFO:
        text = _QUOTED.sub(f"“{_HIDDEN}”", record["message"])
    else:
        text = bare(record["message"], template(record["file"].path, record["line"]))
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    record["message"] = text
    if record["exception"] is not None:
        record["exception"] = record["exception"]._replace(
            value=_without_words(record["exception"])
        )


def bare(message: str, parts: tuple[str, ...] | None) -> str:
    """A message with nothing but what stands in the source, and names of services and errors.

    Args:
        message: As it was to be written.
        parts: What stands in the source, with a value between each two; None: it is not known.

    >>> bare("Cartesia#0: Generating TTS [We open at 8.]", ("", ": Generating TTS [", "]"))
    'Cartesia#0: Generating TTS […]'
    >>> bare("I am Jo", None)
    '…'
    """
    if parts is None:
        return _names(message)
    if len(parts) == 1:
        return parts[0]
    found = re.fullmatch("(.*?)".join(map(re.escape, parts)), message, re.DOTALL)
    if found is None:
        return _names(message)
    values = [_names(value) for value in found.groups()]
    return parts[0] + "".join(value + part for value, part in zip(values, parts[1:], strict=True))


def _names(value: str) -> str:
    names = list(dict.fromkeys(_NAME.findall(value)))
    if names == [value]:
        return value
    return " ".join([_HIDDEN, *names]) if value else ""


@lru_cache(maxsize=1024)
def template(path: str, line: int) -> tuple[str, ...] | None:
    """The constant parts of the message that is logged at a place in the source."""
    lines = linecache.getlines(path)[line - 1 : line - 1 + _MOST_LINES]
    for count in range(1, len(lines) + 1):
        try:
            tree = ast.parse(textwrap.dedent("".join(lines[:count])))
        except SyntaxError:
            continue
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        return next((_parts(_message(call)) for call in calls if _logs(call)), None)
    return None


def _logs(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and bool(call.args)


def _message(call: ast.Call) -> ast.expr:
    levelled = isinstance(call.func, ast.Attribute) and call.func.attr == "log"
    return call.args[min(int(levelled), len(call.args) - 1)]


_METHODS = {"trace", "debug", "info", "success", "warning", "error", "critical", "exception", "log"}


def _parts(message: ast.expr) -> tuple[str, ...] | None:
    match message:
        case ast.Constant(value=str() as text):
            return (text,)
        case ast.JoinedStr(values=values):
            parts = [""]
            for value in values:
                if isinstance(value, ast.Constant):
                    parts[-1] += str(value.value)
                else:
                    parts.append("")
            return tuple(parts)
    return None


def _without_words(exception: Any) -> BaseException | None:
    if exception.value is None:
        return None
    try:
        return exception.type.__new__(exception.type)
    except Exception:
        return RuntimeError(exception.type.__name__)


class _ToLoguru(logging.Handler):
    """Passes on what a library writes through `logging`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it as a line of loguru, with the place that it comes from."""
        text = bare(record.getMessage(), _logged_at(record))

        def place(line: Any) -> None:
            line["name"], line["function"] = record.name, record.funcName
            line["message"], line["line"] = text, record.lineno

        logger.opt(exception=record.exc_info).patch(place).log(record.levelname, "")


def _logged_at(record: logging.LogRecord) -> tuple[str, ...] | None:
    parts = template(record.pathname, record.lineno)
    if parts is None or not record.args:
        return parts
    return tuple(_PLACE.split(parts[0])) if len(parts) == 1 else None


_PLACE = re.compile(r"%(?:\(\w+\))?[-+# 0-9.]*[a-zA-Z]")
