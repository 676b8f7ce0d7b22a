"""The bot's end of a browser call."""

from typing import cast

from pipecat.runner.types import RunnerArguments, SmallWebRTCRunnerArguments
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport

from pipelines.settings import Settings
from pipelines.transports.second_voice import SecondVoice
from pipelines.transports.way import Way
from processors.backchannel_filter import PlayOut


async def open_way(runner_args: RunnerArguments, settings: Settings) -> Way:
    """Make the transport around a connection that the page has offered.

    Args:
        runner_args: `SmallWebRTCRunnerArguments`, from the server or Pipecat's runner.
        settings: The deployment's settings.
    """
    connection = cast(SmallWebRTCRunnerArguments, runner_args).webrtc_connection
    play_out = PlayOut()
    second_voice = SecondVoice(play_out)
    transport = SmallWebRTCTransport(
        webrtc_connection=connection,
        params=TransportParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_out_filter=second_voice,
        ),
    )
    # The page says itself when it can hear (RTVI client-ready); a greeting before that is lost.
    return Way(transport=transport, play_out=play_out, second_voice=second_voice, joined_event=None)
