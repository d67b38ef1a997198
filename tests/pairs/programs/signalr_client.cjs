// @microsoft/signalr by one of its transports: invocations, a stream, and what the hub pushes.
const signalR = require("@microsoft/signalr");
const WebSocket = require("ws");

// The hub sends its JSON in binary frames, which this client reads as text only.
class TextSocket extends WebSocket {
  set onmessage(listener) {
    super.onmessage = ({ data }) => listener({ data: data.toString() });
  }
}

const transport = signalR.HttpTransportType[process.argv[2]];
const options = { transport, WebSocket: TextSocket, ...(process.env.PAIR_TOKEN && { accessTokenFactory: () => process.env.PAIR_TOKEN }) };
const connection = new signalR.HubConnectionBuilder()
  .withUrl(`${process.env.WIRETAPE_URL}/hub`, options)
  .configureLogging(signalR.LogLevel.Warning)
  .build();

async function main() {
  const said = new Promise((resolve) => connection.on("said", resolve));
  await connection.start();
  console.log("sum", await connection.invoke("add", 40, 2));
  await connection.invoke("say", "Ada", "good morning");
  console.log("said", await said);
  await new Promise((complete, error) =>
    connection.stream("count", 3).subscribe({ next: (number) => console.log("counted", number), complete, error }));
  console.log("sums", (await Promise.all([1, 2, 3].map((each) => connection.invoke("add", each, each)))).join(" "));
  await connection.stop();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
