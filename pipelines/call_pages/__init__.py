"""The pages of recorded calls, and their data.

::

    GET /calls                    the list            GET /calls.json?text=&bot=&…
    GET /calls/<id>#t=12.3        one call            GET /calls/<id>.json
    GET /calls/<id>/call.flac     its sound           GET /calls/<id>/peaks
    GET /calls/<id>/export.html   all of it in one file

Who may see them is decided by `check`; without one, only this machine.
"""

import asyncio
import ipaddress
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from loguru import logger

from pipelines.call_pages.export import export
from pipelines.http_shapes import problems
from processors.trace.events import RecordError
from processors.trace.index import CallIndex
from processors.trace.summary import read_call

PAGE = Path(__file__).parent / "page"
_FILES = {path.name for path in PAGE.iterdir() if path.suffix in (".js", ".css", ".svg")}
_NEARLY_FULL_BYTES = 200_000_000

Check = Callable[[Request], Any]


def this_machine_only(request: Request) -> None:
    """Let in whoever asks from this machine.

    Raises:
        HTTPException: 403.
    """
    host = request.client.host if request.client else ""
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise HTTPException(403, "calls are shown to operators only; log in at the desk")


def call_pages(index: CallIndex, check: Check = this_machine_only) -> APIRouter:
    """The routes.

    Args:
        index: The calls.
        check: Raises HTTPException for whoever may not see them.
    """
    # The files of the page hold nothing of a call; everything else is behind the check.
    routes = APIRouter(tags=["calls"], responses=problems(401, 403, 404))

    # `/calls/<id>.json` is tried before `/calls/<id>`.
    def checked(request: Request) -> None:
        check(request)

    _add_data(routes, index, [Depends(checked)])
    _add_pages(routes, check)
    return routes


async def keep_tidy(index: CallIndex, period_secs: float = 600) -> None:
    """Delete for ever what is too old, whether or not anybody looks at the list."""
    while True:
        try:
            await asyncio.to_thread(index.refresh)
        except Exception as error:
            logger.error(f"the list of calls cannot be kept: {type(error).__name__}: {error}")
        await asyncio.sleep(period_secs)


def _add_pages(routes: APIRouter, check: Check) -> None:
    def page(name: str, request: Request) -> Response:
        try:
            check(request)
        except HTTPException as error:
            if error.status_code != 401:
                raise
            return RedirectResponse("/desk", 303)
        return FileResponse(PAGE / name, headers={"Cache-Control": "no-cache"})

    @routes.get("/call-page/{name}", response_class=FileResponse, include_in_schema=False)
    def file(name: str) -> FileResponse:
        if name not in _FILES:
            raise HTTPException(404, "no such file")
        return FileResponse(PAGE / name, headers={"Cache-Control": "no-cache"})

    @routes.get("/calls", response_class=FileResponse)
    def calls_page(request: Request) -> Response:
        """The list of calls, as a page."""
        return page("calls.html", request)

    @routes.get("/calls/{call_id}", response_class=FileResponse)
    def call_page(call_id: str, request: Request) -> Response:
        """One call, as a page."""
        return page("call.html", request)


def _add_data(routes: APIRouter, index: CallIndex, checked: list[Any]) -> None:
    @routes.get("/calls.json", dependencies=checked)
    def calls(
        text: Annotated[str, Query(max_length=200)] = "",
        bot: Annotated[str, Query(max_length=100)] = "",
        outcome: Annotated[str, Query(max_length=100)] = "",
        flag: Annotated[str, Query(max_length=100)] = "",
        slower_ms: Annotated[int, Query(ge=0, le=10**9)] = 0,
        dearer: Annotated[float, Query(ge=0, le=10**9)] = 0.0,
        order: Annotated[str, Query(max_length=20)] = "newest",
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """Calls that fit, with totals over all of them and a row for each day."""
        found = index.search(
            text=text,
            bot=bot,
            outcome=outcome,
            flag=flag,
            slower_ms=slower_ms,
            dearer=dearer,
            order=order,
            offset=offset,
            limit=limit,
        )
        return found | {"warning": _warning(index.root)}

    @routes.get("/calls/{call_id}.json", dependencies=checked)
    def call(call_id: str) -> dict[str, Any]:
        """Everything about one call."""
        return _read(index, call_id)

    @routes.get("/calls/{call_id}/call.flac", response_class=FileResponse, dependencies=checked)
    def sound(call_id: str) -> FileResponse:
        """The sound of both sides: the caller left, what was sent to them right."""
        path = _folder(index, call_id) / "call.flac"
        if not path.is_file():
            raise HTTPException(404, "no sound was kept of this call")
        return FileResponse(path, media_type="audio/flac")

    @routes.get("/calls/{call_id}/peaks", response_class=Response, dependencies=checked)
    def peaks(call_id: str) -> Response:
        """Two bytes (caller, bot) for each 20 ms: how loud it was at most, 0 to 255."""
        path = _folder(index, call_id) / "peaks.bin"
        found = path.read_bytes() if path.is_file() else b""
        return Response(found, media_type="application/octet-stream")

    @routes.get("/calls/{call_id}/export.html", response_class=HTMLResponse, dependencies=checked)
    def export_page(call_id: str) -> HTMLResponse:
        """The page of a call with its sound in one file that needs no server."""
        page = export(_folder(index, call_id), _read(index, call_id))
        name = f'attachment; filename="call-{call_id}.html"'
        return HTMLResponse(page, headers={"Content-Disposition": name})


def _folder(index: CallIndex, call_id: str) -> Path:
    try:
        return index.folder(call_id)
    except RecordError as error:
        raise HTTPException(404, str(error)) from error


def _read(index: CallIndex, call_id: str) -> dict[str, Any]:
    try:
        return read_call(_folder(index, call_id))
    except RecordError as error:
        raise HTTPException(422, str(error)) from error


def _warning(root: Path) -> str:
    """What the operator has to know about the disk; "" when all is well."""
    free = shutil.disk_usage(root).free
    if free < _NEARLY_FULL_BYTES:
        return f"The disk has {free // 1_000_000} MB left: calls go on, but are not recorded soon."
    return ""
