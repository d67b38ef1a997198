// @microsoft/signalr by one of its transports, in JSON, or in MessagePack by WebSocket (the hub sends binary frames only): invocations, a stream, and what the hub pushes.
const signalR = require("@microsoft/signalr");
const { MessagePackHubProtocol } = require("@microsoft/signalr-protocol-msgpack");

const transport = signalR.HttpTransportType[process.argv[2]];
const options = { transport, ...(process.env.PAIR_TOKEN && { accessTokenFactory: () => process.env.PAIR_TOKEN }) };
const builder = new signalR.HubConnectionBuilder()
  .withUrl(`${process.env.WIRETAPE_URL}/hub`, options)
  .configureLogging(signalR.LogLevel.Warning);
if (transport === signalR.HttpTransportType.WebSockets) builder.withHubProtocol(new MessagePackHubProtocol());
const connection = builder.build();

async function main() {
  const said = new Promise((resolve) => connection.on("said", resolve));
  await connection.start();
  console.log("sum", await connection.invoke("Add", 40, 2));
  await connection.invoke("Say", "Ada", "good morning");
  console.log("said", await said);
  await new Promise((complete, error) =>
    connection.stream("Count", 3).subscribe({ next: (number) => console.log("counted", number), complete, error }));
  console.log("sums", (await Promise.all([1, 2, 3].map((each) => connection.invoke("Add", each, each)))).join(" "));
  await connection.stop();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
