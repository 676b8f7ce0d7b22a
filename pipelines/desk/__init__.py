"""The operators' desk: people who watch the calls, and come into one that needs a person.

::

    call ── PersonDoor ─▶ LiveCall ─┬─▶ LiveCalls ─▶ feed ──▶ the desk's page
                                    │                          │ listen · whisper · say · take over
    caller ◀─ SecondVoice ◀─ Leg ◀──┴──────────────────────────┘ hand back
                                    └─ nobody came ─▶ Tickets ─▶ webhook
"""
