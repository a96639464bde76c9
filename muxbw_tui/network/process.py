"""The embedded network as a program of its own: `python -m muxbw_tui.network.process SCENARIO`.

It speaks NetworkCommand and NetworkReply over its standard input and output (see `control.py`), and ends when its
input closes; so it never outlives its parent, however that one ended. Ctrl+C is the parent's business.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from muxbw_tui.errors import MuxbwError
from muxbw_tui.network.control import Decoder, encode
from muxbw_tui.network.local import LocalNetwork, local_network
from muxbw_tui.network.scenario import Scenario, load_scenario
from muxbw_tui.network.sockets import allow_many_descriptors
from muxbw_tui.pb.muxbw_pb2 import NetworkCommand, NetworkReply

_READ_BYTES = 64 * 1024


def main() -> int:
    """Run the network named on the command line until standard input closes; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    allow_many_descriptors()
    try:
        scenario = load_scenario(sys.argv[1])
    except MuxbwError as exc:
        logging.getLogger(__name__).error("%s", exc)  # noqa: TRY400 - the message is all there is to say
        return exc.exit_code
    asyncio.run(_serve(scenario))
    return 0


async def _serve(scenario: Scenario) -> None:
    """Answer commands until there are no more."""
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    stdin = open(0, "rb", buffering=0)  # noqa: SIM115, ASYNC230 - the transport owns and closes it
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), stdin)
    decoder = Decoder(NetworkCommand)
    try:
        async with local_network(scenario) as network:
            _send(NetworkReply(topology=network.topology))
            while data := await commands.read(_READ_BYTES):
                for command in decoder.feed(data):
                    _send(await _carry_out(network, command))
    finally:
        transport.close()


async def _carry_out(network: LocalNetwork, command: NetworkCommand) -> NetworkReply:
    reply = NetworkReply(id=command.id)
    match command.WhichOneof("command"):
        case "pump_starts":
            reply.pump_faults.CopyFrom(await network.pump_starts(command.pump_starts.run_id))
        case "run_ended":
            await network.run_ended(command.run_ended.run_id)
        case "counters_wanted":
            reply.counters.CopyFrom(await network.counters())
        case unknown:
            reply.error = f"unknown command {unknown}"
    return reply


def _send(reply: NetworkReply) -> None:
    """Write a reply; blocks where the parent does not read, which is the parent's own wait."""
    data = memoryview(encode(reply))
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    sys.exit(main())
