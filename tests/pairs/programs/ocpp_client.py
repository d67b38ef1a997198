"""Three charging stations at once, OCPP 1.6: calls with random ids and times, heartbeats, and a question of the server's."""

import asyncio
import base64
import os
from datetime import UTC, datetime

import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result


def now():
    return datetime.now(UTC).isoformat()


class Station(ChargePoint):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.was_asked = asyncio.Event()

    @on("GetConfiguration")
    def asked(self, key):
        self.was_asked.set()
        return call_result.GetConfiguration(unknown_key=key)


async def charge(name):
    user = base64.b64encode(f"{name}:{os.environ['PAIR_PASSWORD']}".encode()).decode()
    async with websockets.connect(
        f"{os.environ['WIRETAPE_WS_URL']}/{name}",
        subprotocols=["ocpp1.6"],
        additional_headers={"Authorization": f"Basic {user}"},
    ) as socket:
        station = Station(name, socket)
        listening = asyncio.create_task(station.start())
        booted = await station.call(call.BootNotification(charge_point_vendor="Oak", charge_point_model="Tree"))
        await station.was_asked.wait()
        begun = await station.call(
            call.StartTransaction(connector_id=1, id_tag=name.upper(), meter_start=0, timestamp=now())
        )
        for value in range(3):
            measured = [{"timestamp": now(), "sampledValue": [{"value": str(value)}]}]
            await station.call(call.MeterValues(connector_id=1, meter_value=measured))
            await station.call(call.Heartbeat())
        await station.call(call.StopTransaction(meter_stop=3, timestamp=now(), transaction_id=begun.transaction_id))
        listening.cancel()
        return f"{name}: {booted.status}, {begun.id_tag_info['status']}, stopped"


async def main():
    print("\n".join(await asyncio.gather(*map(charge, ("oak", "elm", "ash")))))


asyncio.run(main())
