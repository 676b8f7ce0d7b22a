"""A double of Daily: its REST API on loopback, and a stand-in for daily-python's `CallClient`.

The real `DailyTransport` runs whole calls against it::

    async with DailyApi() as daily:                    # rooms, tokens, pinlessCallUpdate
        with daily_python(monkeypatch) as rooms:       # the client library
            caller = rooms.room(url).join("caller")

It proves our logic and how the transport is used, not how Daily behaves.
"""

import asyncio
import queue
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Self

from aiohttp import web

KEY = "daily-test-key"


class DailyApi:
    """Daily's REST API, as far as Pipecat and a dial-in server use it.

    Args:
        fail: Path endings that answer 500, e.g. `{"/rooms"}`; may be changed while it runs.
        wait: Path endings that never answer.
    """

    def __init__(self, *, fail: set[str] | None = None, wait: set[str] | None = None) -> None:
        """No room exists."""
        self.fail = fail or set()
        self.wait = wait or set()
        self.rooms: dict[str, dict[str, Any]] = {}
        self.tokens: list[dict[str, Any]] = []
        self.created = 0
        self.deleted: list[str] = []
        self.let_through: list[dict[str, Any]] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        """Serve on a free port."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/v1/rooms", self._create)
        app.router.add_get("/v1/rooms/{name}", self._get)
        app.router.add_delete("/v1/rooms/{name}", self._delete)
        app.router.add_post("/v1/meeting-tokens", self._token)
        app.router.add_post("/v1/dialin/pinlessCallUpdate", self._pinless)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop serving."""
        self.wait.clear()
        await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": "authentication-error"}, status=401)
        if any(request.path.endswith(end) for end in self.wait):
            await asyncio.Event().wait()
        if any(request.path.endswith(end) for end in self.fail):
            return web.json_response({"error": "server-error"}, status=500)
        return await handler(request)

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        name = body.get("name") or uuid.uuid4().hex
        if name in self.rooms:
            return web.json_response({"error": "invalid-request-error"}, status=400)
        config = dict(body.get("properties") or {})
        if config.get("sip"):
            config["sip_uri"] = {"endpoint": f"{name}.0@example.sip.daily.co"}
        self.created += 1
        self.rooms[name] = {
            "id": uuid.uuid4().hex,
            "name": name,
            "api_created": True,
            "privacy": body.get("privacy", "public"),
            "url": f"https://example.daily.co/{name}",
            "created_at": "2026-11-24T00:00:00.000Z",
            "config": config,
        }
        return web.json_response(self.rooms[name])

    async def _get(self, request: web.Request) -> web.Response:
        room = self.rooms.get(request.match_info["name"])
        return web.json_response(room or {"error": "not-found"}, status=200 if room else 404)

    async def _delete(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if self.rooms.pop(name, None) is None:
            return web.json_response({"error": "not-found"}, status=404)
        self.deleted.append(name)
        return web.json_response({"deleted": True, "name": name})

    async def _token(self, request: web.Request) -> web.Response:
        properties = (await request.json())["properties"]
        self.tokens.append(properties)
        kind = "owner" if properties.get("is_owner") else "guest"
        return web.json_response({"token": f"{kind}-{len(self.tokens)}"})

    async def _pinless(self, request: web.Request) -> web.Response:
        self.let_through.append(await request.json())
        return web.json_response({"success": True})


@dataclass
class Room:
    """One room of the client library: who is in it, what the bot did.

    What it `refuses`, by method, fails with that error; whom it `dialled` has these sessions.
    """

    url: str
    clients: list["CallClient"] = field(default_factory=list)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)
    refuses: dict[str, str] = field(default_factory=dict)
    dialled: list[str] = field(default_factory=list)

    def join(self, name: str = "caller", *, owner: bool = False) -> str:
        """Have somebody join; gives their participant id."""
        person = {
            "id": uuid.uuid4().hex,
            "info": {"userName": name, "isOwner": owner, "isLocal": False},
            "media": {"microphone": {"state": "playable"}},
        }
        self.people[person["id"]] = person
        self.event("on_participant_joined", person)
        return person["id"]

    def leave(self, participant_id: str, reason: str = "leftCall") -> None:
        """Have somebody leave."""
        self.event("on_participant_left", self.people.pop(participant_id), reason)

    def event(self, name: str, *args: Any) -> None:
        """Call the bot's event handler, on the library's own thread as the real one does."""
        for client in list(self.clients):
            client.post(lambda client=client: getattr(client.handler, name)(*args))

    def speak(self, participant_id: str, pcm: bytes, rate: int = 16_000) -> None:
        """Send 16-bit mono sound of a participant, in pieces of 20 ms."""
        size = rate // 50 * 2
        for start in range(0, len(pcm) - size + 1, size):
            audio = SimpleNamespace(
                audio_frames=pcm[start : start + size],
                sample_rate=rate,
                num_channels=1,
                bits_per_sample=16,
                num_audio_frames=size // 2,
            )
            for client in list(self.clients):
                for (who, source), renderer in list(client.renderers.items()):
                    if who == participant_id:
                        client.post(lambda f=renderer, a=audio, s=source: f(participant_id, a, s))

    def asked(self, name: str) -> list[Any]:
        """The arguments of every call of the client's method `name`."""
        return [what for called, what in self.calls if called == name]


class Rooms:
    """Every room of the client library, made when first asked for.

    Args:
        join_error: What joining fails with; None lets the bot in.
    """

    def __init__(self, join_error: str | None = None) -> None:
        """No room yet."""
        self.join_error = join_error
        self._rooms: dict[str, Room] = {}
        self._made = defaultdict(asyncio.Event)

    def room(self, url: str) -> Room:
        """The room at `url`."""
        return self._rooms.setdefault(url, Room(url))


class CallClient:
    """What the transport uses of daily-python's client: calls back on a thread of its own."""

    def __init__(self, rooms: Rooms, event_handler: Any = None) -> None:
        """Start the thread."""
        self.handler = event_handler
        self.renderers: dict[tuple[str, str], Callable[..., None]] = {}
        self._rooms = rooms
        self._room: Room | None = None
        self._id = uuid.uuid4().hex
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue()
        threading.Thread(target=self._run, daemon=True, name="daily double").start()

    def _run(self) -> None:
        while (do := self._work.get()) is not None:
            do()

    def post(self, do: Callable[[], None]) -> None:
        """Do something on the library's thread."""
        self._work.put(do)

    def _done(self, completion: Callable[..., None] | None, *args: Any) -> None:
        if completion:
            self.post(lambda: completion(*args))

    def join(
        self,
        url: str,
        token: str | None = None,
        client_settings: Mapping[str, Any] | None = None,
        completion: Callable[..., None] | None = None,
    ) -> None:
        """Enter the room, unless joining fails."""
        if self._rooms.join_error:
            self._done(completion, None, self._rooms.join_error)
            return
        self._room = self._rooms.room(url)
        self._room.clients.append(self)
        self._room.calls.append(("join", token))
        local = {
            "participants": {"local": {"id": self._id}},
            "meetingSession": {"id": uuid.uuid4().hex},
        }
        self._done(completion, local, None)
        for person in list(self._room.people.values()):
            self.post(lambda person=person: self.handler.on_participant_joined(person))

    def leave(self, completion: Callable[..., None] | None = None) -> None:
        """Go out of the room."""
        if self._room and self in self._room.clients:
            self._room.clients.remove(self)
            self._room.calls.append(("leave", None))
        self._done(completion, None)

    def release(self) -> None:
        """End the thread."""
        self._work.put(None)

    def participants(self) -> dict[str, Any]:
        """Who is there."""
        return dict(self._room.people) if self._room else {}

    def set_audio_renderer(
        self,
        participant_id: str,
        callback: Callable[..., None],
        source: str = "microphone",
        **_: Any,
    ) -> None:
        """Have a participant's sound called back."""
        self.renderers[participant_id, source] = callback

    def start_dialout(self, settings: Any = None, completion: Any = None) -> None:
        """Dial out; the session has an id at once."""
        self._note("start_dialout", settings)
        if error := self._refused("start_dialout"):
            self._done(completion, None, error)
            return
        session = uuid.uuid4().hex
        if self._room:
            self._room.dialled.append(session)
        self._done(completion, session, None)

    def write(self, pcm: bytes) -> None:
        """What the bot's microphone sends."""
        if self._room:
            self._room.heard += pcm

    def _refused(self, name: str) -> str | None:
        return self._room.refuses.get(name) if self._room else None

    def _note(self, name: str, what: Any) -> None:
        if self._room:
            self._room.calls.append((name, what))

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Every other method is noted and completes, without an error unless the room refuses."""
        if name.startswith("_"):
            raise AttributeError(name)

        def method(*args: Any, completion: Callable[..., None] | None = None, **named: Any) -> None:
            self._note(name, args[0] if args else named)
            self._done(completion, self._refused(name))

        return method


def daily_python(monkeypatch: Any, rooms: Rooms | None = None) -> Rooms:
    """Put the double in the place of daily-python for one test; gives its rooms."""
    import pipecat.transports.daily.transport as daily

    rooms = rooms or Rooms()
    clients: list[CallClient] = []

    def client(event_handler: Any = None) -> CallClient:
        clients.append(CallClient(rooms, event_handler))
        return clients[-1]

    class Source:
        """A microphone that is as fast as the bot."""

        def __init__(self, sample_rate: int, channels: int, auto_silence: bool = True) -> None:
            self.client = clients[-1] if clients else None

        def write_frames(self, data: bytes, completion: Callable[..., None]) -> None:
            for each in clients:
                each.write(data)
            completion(len(data) // 2)

    monkeypatch.setattr(daily, "CallClient", client)
    monkeypatch.setattr(daily, "CustomAudioSource", Source)
    monkeypatch.setattr(
        daily, "CustomAudioTrack", lambda source: SimpleNamespace(id="track", source=source)
    )
    monkeypatch.setattr(daily, "Daily", SimpleNamespace(init=lambda *_, **__: None))
    return rooms
