"""Work that must not happen in the server's process: libraries that hold the GIL, keep global
state, or are under another licence.

One child process serves every call of the server; each call opens channels to it::

    server                                     child (python -m <module>)
    Worker.open(kind, …) ──▶ "open"  ─────────▶ serve(kinds) makes the handler
    channel.send(name, blob, …) ──────────────▶ handler.receive(name, fields, blob)
    async for message in channel ◀───────────── emit(name, blob, …)
    channel.close()      ──▶ "close" ─────────▶ handler.close()

A message on the pipe is two lengths (header, blob; 4 bytes each, big endian), a JSON header and a
blob. A child that dies ends every open channel with `WorkerDied` and is started again by the next
`open`.
"""

import asyncio
import json
import struct
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, BinaryIO, Protocol

from loguru import logger

_LENGTHS = struct.Struct(">II")


class WorkerDied(RuntimeError):
    """The child process ended while a channel to it was open."""


@dataclass(frozen=True)
class Message:
    """One message of a channel: its name, its fields and raw bytes."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    blob: bytes = b""


def pack(channel: int, message: Message) -> bytes:
    """The bytes of a message on the pipe."""
    header = json.dumps([channel, message.name, message.fields]).encode()
    return _LENGTHS.pack(len(header), len(message.blob)) + header + message.blob


def _unpack(header: bytes, blob: bytes) -> tuple[int, Message]:
    channel, name, fields = json.loads(header)
    return channel, Message(name, fields, blob)


class Channel:
    """One conversation with a handler in the child."""

    def __init__(self, worker: "Worker", number: int) -> None:
        """Made by `Worker.open`."""
        self._worker = worker
        self._number = number
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()

    def send(self, name: str, blob: bytes = b"", **fields: Any) -> None:
        """Queue a message for the handler; never waits.

        Raises:
            WorkerDied: the child has ended.
        """
        self._worker.write(self._number, Message(name, fields, blob))

    def deliver(self, message: Message | None) -> None:
        """Hand over what the child sent; None says that nothing follows."""
        self._inbox.put_nowait(message)

    async def __aiter__(self) -> AsyncIterator[Message]:
        """The handler's messages until `close`.

        Raises:
            WorkerDied: the child ended before the channel was closed.
        """
        while (message := await self._inbox.get()) is not None:
            yield message
        if self._worker.forget(self._number):
            raise WorkerDied(f"{self._worker.module} ended during a call")

    def close(self) -> None:
        """End the conversation; the handler is closed, iteration ends."""
        if self._worker.forget(self._number):
            self._worker.write_if_alive(self._number, Message("close"))
        self._inbox.put_nowait(None)


class Worker:
    """The parent's end of a child process, started when the first channel is opened.

    Args:
        module: The module that the child runs; it calls `serve`.
    """

    def __init__(self, module: str) -> None:
        """Nothing is started yet."""
        self.module = module
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._channels: dict[int, Channel] = {}
        self._numbers = count(1)
        self._starting = asyncio.Lock()

    async def open(self, kind: str, **fields: Any) -> Channel:
        """Open a channel to a new handler of `kind`, starting the child where there is none."""
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                await self._start()
        number = next(self._numbers)
        channel = self._channels[number] = Channel(self, number)
        self.write(number, Message("open", {"kind": kind, **fields}))
        return channel

    async def stop(self) -> None:
        """End the child and every channel."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if self._reader:
            await self._reader

    def write(self, number: int, message: Message) -> None:
        """Queue a message for the child; raises `WorkerDied` where there is none."""
        if not self.write_if_alive(number, message):
            raise WorkerDied(f"{self.module} is not running")

    def write_if_alive(self, number: int, message: Message) -> bool:
        """Queue a message where the child runs; says whether it does."""
        process = self._process
        if process is None or process.returncode is not None or process.stdin is None:
            return False
        process.stdin.write(pack(number, message))
        return True

    def forget(self, number: int) -> bool:
        """Drop a channel; says whether it was still open."""
        return self._channels.pop(number, None) is not None

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self.module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        logger.debug(f"{self.module} runs as process {self._process.pid}")
        self._reader = asyncio.create_task(self._read(self._process), name=self.module)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            while True:
                sizes = _LENGTHS.unpack(await process.stdout.readexactly(_LENGTHS.size))
                parts = [await process.stdout.readexactly(size) for size in sizes]
                number, message = _unpack(parts[0], parts[1])
                if channel := self._channels.get(number):
                    channel.deliver(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            await process.wait()
            if process is self._process:
                logger.error(
                    f"{self.module} ended with {process.returncode}; the next call starts it again"
                )
        for channel in list(self._channels.values()):
            channel.deliver(None)


_workers: dict[tuple[int, str], Worker] = {}


def shared_worker(module: str) -> Worker:
    """The one worker for `module` in this event loop."""
    key = (id(asyncio.get_running_loop()), module)
    return _workers.setdefault(key, Worker(module))


async def stop_workers() -> None:
    """End every worker of this event loop: when the server or a command-line call ends."""
    loop = id(asyncio.get_running_loop())
    for key in [key for key in _workers if key[0] == loop]:
        await _workers.pop(key).stop()


Emit = Callable[..., None]


class Handler(Protocol):
    """The child's end of a channel. Made as `kind(emit, **fields)`; called from one thread."""

    def receive(self, name: str, fields: Mapping[str, Any], blob: bytes) -> None:
        """Act on a message."""
        ...

    def close(self) -> None:
        """Free what the handler holds."""
        ...


def serve(kinds: Mapping[str, Callable[..., Handler]]) -> None:
    """Run the child: read messages from standard input until it ends.

    A handler that raises loses its message, never the process: the channel gets an "error".
    """
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    # Whatever a library prints must not land between the messages.
    sys.stdout = sys.stderr
    lock = threading.Lock()
    handlers: dict[int, Handler] = {}

    def emitter(number: int) -> Emit:
        def emit(name: str, blob: bytes = b"", **fields: Any) -> None:
            with lock:
                sink.write(pack(number, Message(name, fields, blob)))
                sink.flush()

        return emit

    while (received := _read_message(source)) is not None:
        number, message = received
        try:
            _dispatch(kinds, handlers, number, message, emitter(number))
        except Exception as error:
            emitter(number)("error", text=f"{type(error).__name__}: {error}")


def _dispatch(
    kinds: Mapping[str, Callable[..., Handler]],
    handlers: dict[int, Handler],
    number: int,
    message: Message,
    emit: Emit,
) -> None:
    if message.name == "open":
        fields = dict(message.fields)
        handlers[number] = kinds[fields.pop("kind")](emit, **fields)
    elif message.name == "close":
        if handler := handlers.pop(number, None):
            handler.close()
    elif handler := handlers.get(number):
        handler.receive(message.name, message.fields, message.blob)


def _read_message(source: BinaryIO) -> tuple[int, Message] | None:
    lengths = source.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header, blob = _LENGTHS.unpack(lengths)
    return _unpack(source.read(header), source.read(blob))
