"""Tools that a draft wants wait for the end of the turn; what only reads is fetched meanwhile.

::

    draft   model ── wants find_times(…) ──┬─ held ─▶ the turn is confirmed ─▶ it runs
                                           ├─ reads only: fetched ───────────▶ its result is there
                                           └─ the caller goes on ─▶ it never runs

Pipecat 1.14 withdraws a draft that wants a tool, and the model is asked a second time when the turn
is over: the caller waits for it twice.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pipecat.frames.frames import FunctionCallFromLLM, FunctionCallResultProperties
from pipecat.services.llm_service import FunctionCallParams, LLMService, TAdapter

from processors.turn_taking.speculation import Draft, Drafts, DraftState

Tool = Callable[..., Awaitable[None]]
_Result = tuple[Any, FunctionCallResultProperties | None]
_READS_ONLY = "reads_only"


def reads_only(tool: Tool) -> Tool:
    """Mark a tool that changes nothing, so that it may run for a draft that comes to nothing.

    Args:
        tool: A direct function: `params`, then its own arguments by name.
    """

    @functools.wraps(tool)
    async def answered(params: FunctionCallParams, **arguments: Any) -> None:
        llm = params.llm
        ahead = llm.fetched(params) if isinstance(llm, HeldCalls) else None
        if ahead is None:
            await tool(params, **arguments)
            return
        result, properties = await ahead
        await params.result_callback(result, properties=properties)

    setattr(answered, _READS_ONLY, tool)
    return answered


class HeldCalls(LLMService[TAdapter]):
    """Hold the tool calls of a draft until its turn is confirmed; mix it in before a service.

    Only for a line with a `DraftDoor` and a `HeldVoice`; see `hold_calls`.
    """

    _drafts: Drafts | None = None
    _held: tuple[Draft, Sequence[FunctionCallFromLLM]] | None = None

    def hold_calls(self, drafts: Drafts) -> None:
        """From now on the calls of these drafts wait; before, Pipecat withdraws the draft."""
        self._drafts = drafts
        self._ahead: dict[str, asyncio.Task[_Result]] = {}  # by id of the call
        drafts.watch(self._on_settled)

    async def run_function_calls(self, function_calls: Sequence[FunctionCallFromLLM]) -> None:
        """Run them, or hold them where they belong to a draft."""
        draft = self._drafts.held if self._drafts else None
        if not function_calls or draft is None or not self._speculation_gate.is_speculating:
            await super().run_function_calls(function_calls)
            return
        draft.wants_tools = True
        self._held = (draft, function_calls)
        for call in function_calls:
            self._fetch(call)

    def fetched(self, params: FunctionCallParams) -> asyncio.Task[_Result] | None:
        """The result of a call that has been made ahead, or is being made; once."""
        if self._drafts is None:
            return None
        return self._ahead.pop(params.tool_call_id, None)

    def _on_settled(self, draft: Draft) -> None:
        if self._held is None or self._held[0] is not draft:
            return
        (_, calls), self._held = self._held, None
        if draft.state is DraftState.KEPT:
            self.create_task(super().run_function_calls(calls), f"{self}: the calls of a draft")
            return
        for task in self._ahead.values():
            task.cancel()
        self._ahead.clear()

    def _fetch(self, call: FunctionCallFromLLM) -> None:
        item = self._functions.get(call.function_name)
        tool = getattr(getattr(item, "handler", None), "function", None)
        tool = getattr(tool, _READS_ONLY, None)
        if tool is not None:
            read = self._read(tool, call)
            task = self.create_task(read, f"{self}: {call.function_name} ahead")
            self._ahead[call.tool_call_id] = task

    async def _read(self, tool: Tool, call: FunctionCallFromLLM) -> _Result:
        kept: _Result = (None, None)

        async def keep(
            result: Any, *, properties: FunctionCallResultProperties | None = None
        ) -> None:
            nonlocal kept
            kept = (result, properties)

        worker = self.pipeline_worker
        params = FunctionCallParams(
            function_name=call.function_name,
            tool_call_id=call.tool_call_id,
            arguments=call.arguments,
            llm=self,
            pipeline_worker=worker,
            context=call.context,
            result_callback=keep,
            app_resources=worker.app_resources,
            worker_runner=worker.worker_runner,
        )
        await tool(params, **call.arguments)
        return kept
