"""How calls arrive: one bot for each, within limits, on the open internet.

::

    GET  /        the talk page          POST /start                       a call is asked for
    GET  /bots    who can answer         POST, PATCH /sessions/…/offer     a browser connects
    GET  /desk    the operators' desk    GET, POST   /desk/api/…           what they see and do
    GET  /calls   what was recorded      GET  /calls/<id>, /calls.json     its sound, words, cost
    POST /token   the page's own pass    GET  /health, /ready, /metrics    for operators
    GET  /join/…  into a Daily room      POST /daily-dialin-webhook        a telephone rings
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bots import BOTS
from pipelines import metrics, quiet_log
from pipelines.admission import Refused
from pipelines.answers import close_answers
from pipelines.call_pages import call_pages, keep_tidy
from pipelines.desk import routes as desk_routes
from pipelines.draining_server import DrainingServer
from pipelines.house import Answering, House
from pipelines.http_guard import BoundedBody, OwnOrigin, SecurityHeaders
from pipelines.http_shapes import (
    BotCard,
    Health,
    Pass,
    Readiness,
    StartAnswer,
    StartRequest,
    problems,
)
from pipelines.rehearsal import OutFolderError, rehearse
from pipelines.services.embedded.process import stop_workers
from pipelines.settings import Settings
from pipelines.transports.loopback import CallerAudioError

PAGE = Path(__file__).parent / "pipelines" / "transports" / "webrtc" / "page"


def make_app(settings: Settings, bots: Mapping[str, Answering] = BOTS) -> FastAPI:
    """The whole server as an ASGI application.

    Args:
        settings: What differs per deployment.
        bots: Who can answer, by name.
    """
    house = House(settings, bots)
    app = FastAPI(
        title="Downbeat",
        version="0.1.0",
        description="Voice agents that answer calls.",
        # The interactive pages would load scripts from a third party.
        docs_url=None,
        redoc_url=None,
        responses=problems(408, 413),  # a body that is too slow or too large, wherever it goes
        lifespan=_lifespan(house),
    )
    app.state.house = house
    app.include_router(_page_routes(house))
    app.include_router(_start_routes(house))
    app.include_router(_operator_routes(house))
    app.include_router(house.webrtc.router)
    if house.daily:
        app.include_router(house.daily.router)
    app.state.desk = house.desk
    app.include_router(desk_routes.router)
    app.mount("/desk/static", StaticFiles(directory=desk_routes.PAGE), name="desk page")
    app.include_router(call_pages(house.recorded, house.desk.operator))
    app.mount("/static", StaticFiles(directory=PAGE), name="static")
    app.add_exception_handler(RequestValidationError, _say_what_is_invalid)
    app.add_exception_handler(Refused, _say_when_to_come_back)
    app.add_middleware(BoundedBody)
    app.add_middleware(OwnOrigin, allowed=settings.allowed_origins)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "PATCH"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(SecurityHeaders)
    return app


def _lifespan(house: House) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        chores = [
            asyncio.create_task(house.calls.reap(), name="reap calls"),
            asyncio.create_task(metrics.measure_loop_lag(), name="measure loop lag"),
            asyncio.create_task(_load_bots(house), name="load bots"),
            asyncio.create_task(keep_tidy(house.recorded), name="old calls"),
        ]
        yield
        await house.desk.close()
        await house.calls.drain(0)
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await close_answers()
        await stop_workers()

    return lifespan


async def _load_bots(house: House) -> None:
    """Load the bots off the event loop; the first caller does not wait for them."""
    for name, bot in house.bots.items():
        try:
            await bot.warm_up(house.settings)
        except Exception as error:
            logger.error(f"bot {name} cannot be loaded: {type(error).__name__}: {error}")
    house.loaded = True


def _page_routes(house: House) -> APIRouter:
    routes = APIRouter(tags=["page"])

    @routes.get("/", response_class=FileResponse)
    async def page() -> FileResponse:
        """The talk page."""
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    @routes.get("/bots")
    async def bots() -> list[BotCard]:
        """Who can answer."""
        return [
            BotCard(name=name, title=bot.title, description=bot.description)
            for name, bot in house.bots.items()
        ]

    @routes.post("/token", responses=problems(403))
    async def token() -> Pass:
        """A pass for the talk page: good for one start, and not for long."""
        pass_ = house.tokens.issue(time.time())
        return Pass(token=pass_, expires_in_secs=int(house.tokens.ttl_secs))

    return routes


def _start_routes(house: House) -> APIRouter:
    routes = APIRouter(tags=["calls"])

    @routes.post(
        "/start",
        response_model_exclude_none=True,
        responses=problems(400, 401, 403, 404, 429, 502, 503),
    )
    async def start(
        wanted: StartRequest,
        request: Request,
        authorization: Annotated[str | None, Header(max_length=500)] = None,
    ) -> StartAnswer:
        """Ask for a call; a slot is held for it until the caller's side connects."""
        house.admit_knock(request)
        house.check_key(authorization)
        return StartAnswer.model_validate(await house.start(wanted))

    return routes


def _operator_routes(house: House) -> APIRouter:
    routes = APIRouter(tags=["operation"])

    @routes.get("/health")
    async def health() -> Health:
        """The process is alive."""
        return Health()

    @routes.get("/ready", responses={503: {"model": Readiness, "description": "Not now"}})
    async def ready(response: Response) -> Readiness:
        """Whether a call could be taken now: loaded, not closing, a slot free."""
        free = house.calls.admission.free if house.loaded else 0
        response.status_code = 200 if free else 503
        return Readiness(ready=free > 0, live_calls=len(house.calls), free_slots=free)

    @routes.get("/metrics", response_class=Response, responses=problems(401, 403))
    async def metrics_text(
        request: Request, authorization: Annotated[str | None, Header(max_length=500)] = None
    ) -> Response:
        """Counters and histograms in Prometheus' format, for whoever may read them."""
        house.check_scraper(request, authorization)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _say_what_is_invalid(_: Request, error: Exception) -> JSONResponse:
    """422 with where and why, but without what was sent: that may be a secret or unprintable."""
    assert isinstance(error, RequestValidationError)
    problems = [
        {
            "loc": [str(part)[:64] for part in problem["loc"]],
            "msg": problem["msg"],
            "type": problem["type"],
        }
        for problem in error.errors()[:20]
    ]
    return JSONResponse({"detail": problems}, 422)


async def _say_when_to_come_back(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    metrics.REFUSED.labels(error.reason).inc()
    after = {"Retry-After": str(error.retry_after_secs)}
    return JSONResponse({"detail": str(error), "reason": error.reason}, 503, after)


def serve(settings: Settings, bots: Mapping[str, Answering] = BOTS) -> None:
    """Serve until told to stop."""
    app = make_app(settings, bots)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
    logger.info(f"talk to a bot at http://{settings.host}:{settings.port}")
    house: House = app.state.house

    async def drain() -> None:
        await house.calls.drain(settings.drain_secs)
        # A page that follows the desk would otherwise hold its connection to the last second.
        house.desk.live.close()

    DrainingServer(config, drain).run()


def main(bot: str | None = None) -> None:
    """The command line, of the server and of every bot that is run as a script.

    Args:
        bot: The bot to serve, or to hold a call with; every bot by default.
    """
    arguments = _arguments(bot)
    if "-t" in sys.argv or "--transport" in sys.argv:
        quiet_log.hide_words(quiet_log.secrets_of(Settings()))
        # Pipecat's development runner finds `bot` in the script that was started.
        from pipecat.runner.run import main as develop

        develop()
        return
    settings = Settings()
    quiet_log.set_up("WARNING" if arguments.call else settings.log_level, settings)
    if not arguments.call:
        serve(settings, {bot: BOTS[bot]} if bot else BOTS)
        return
    try:
        answered = asyncio.run(_rehearse(bot or arguments.bot, arguments, settings))
    except (CallerAudioError, OutFolderError) as error:
        sys.exit(str(error))
    sys.exit(0 if answered else 1)


async def _rehearse(bot: str, arguments: argparse.Namespace, settings: Settings) -> bool:
    chosen = BOTS[bot]
    return await rehearse(
        chosen.entry, arguments.call, arguments.out, warm_up=partial(chosen.warm_up, settings)
    )


def _arguments(bot: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Serve the talk page, or hold one call with a recording as the caller.",
        epilog="With -t daily, Pipecat's own development runner starts the bot.",
    )
    if bot is None:
        parser.add_argument("--bot", choices=sorted(BOTS), default=next(iter(BOTS)))
    parser.add_argument("--call", type=Path, metavar="WAV", help="the caller's voice")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="for call.wav")
    return parser.parse_known_args()[0] if "-t" in sys.argv else parser.parse_args()


if __name__ == "__main__":
    main()
