"""A ticket outlives its call and the server, and is done once."""

import asyncio
import json
from pathlib import Path

from pipelines.desk.tickets import Tickets
from pipelines.desk.webhook import Webhook
from processors.escalation.record import CallRecord, Packet, packet
from tests.house import database, running


def about(wants: str) -> Packet:
    record = CallRecord()
    record.add("caller", wants)
    return packet(record, "nobody came")


def tickets_in(folder: Path, webhook: Webhook | None = None) -> Tickets:
    return Tickets(database(folder), folder / "tickets.jsonl", webhook)


async def test_tickets_are_open_until_somebody_has_done_them(tmp_path):
    tickets = tickets_in(tmp_path)
    first = await tickets.add("c1", "receptionist", about("the bill from March"))
    second = await tickets.add("c2", "receptionist", about("my insurance card"))
    assert {ticket["wants"] for ticket in await tickets.listed()} == {
        "the bill from March",
        "my insurance card",
    }
    assert await tickets.mark(first["id"], "kim", done=True)
    assert not await tickets.mark(first["id"], "lee", done=True)
    [left] = await tickets.listed()
    assert left["id"] == second["id"]
    [done] = await tickets.listed(done=True)
    assert (done["id"], done["doneBy"]) == (first["id"], "kim")
    assert await tickets.mark(first["id"], "lee", done=False)
    assert len(await tickets.listed()) == 2
    await tickets.close()


async def test_a_ticket_is_there_after_a_restart(tmp_path):
    before = tickets_in(tmp_path)
    await before.add("c1", "receptionist", about("call me back about the bill"))
    await before.close()
    after = tickets_in(tmp_path)
    [ticket] = await after.listed()
    assert ticket["why"] == "nobody came"
    assert ticket["lines"][0]["text"] == "call me back about the bill"
    await after.close()


async def test_a_ticket_that_the_database_does_not_take_is_in_the_file(tmp_path):
    (tmp_path / "blocked").write_text("no folder")
    spare = tmp_path / "desk" / "tickets.jsonl"
    tickets = Tickets(f"sqlite+aiosqlite:///{tmp_path}/blocked/x.db", spare)
    await tickets.add("c1", "receptionist", about("the bill"))
    assert json.loads(spare.read_text())["wants"] == "the bill"
    await tickets.close()


async def test_a_ticket_is_posted_as_it_is_written_down(tmp_path):
    posted: asyncio.Queue[bytes] = asyncio.Queue()

    async def send(url, body, headers):
        await posted.put(body)
        return 200

    webhook = Webhook("http://crm.test", "s", tmp_path / "dead.jsonl", send=send)
    tickets = tickets_in(tmp_path, webhook)
    await tickets.add("c1", "receptionist", about("call me back about the bill"))
    body = json.loads(await asyncio.wait_for(posted.get(), 5))
    [kept] = await tickets.listed()
    assert body == {name: value for name, value in kept.items() if not name.startswith("done")}
    await tickets.close()


async def test_operators_see_tickets_and_every_deed_is_written_down(tmp_path):
    here = {"Host": "localhost"}
    async with running(desk_dir=tmp_path, database_url=database(tmp_path)) as server:
        live = server.house.desk.live
        ticket = await live.tickets.add("c1", "talk", about("<b>the bill</b>"))
        assert (await server.http.get("/desk/api/tickets")).status_code == 403
        [shown] = (await server.http.get("/desk/api/tickets", headers=here)).json()
        assert shown["wants"] == "<b>the bill</b>"
        path = f"/desk/api/tickets/{ticket['id']}/done"
        with live.subscribe() as feed:
            assert (await server.http.post(path, headers=here)).status_code == 200
            assert feed.get_nowait() == {"type": "ticket", "id": ticket["id"], "done": True}
        assert (await server.http.post(path, headers=here)).status_code == 409
        done = await server.http.get("/desk/api/tickets", params={"done": True}, headers=here)
        assert done.json()[0]["doneBy"] == "this machine"
        assert (await server.http.post("/desk/api/tickets/x/done", headers=here)).status_code == 422
        deeds = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
        assert [("refused" in deed, deed["ticket"]) for deed in deeds] == [
            (False, ticket["id"]),
            (True, ticket["id"]),
        ]
