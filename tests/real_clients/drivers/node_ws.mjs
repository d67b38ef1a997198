// Node with the package `ws`: the question on stdin, the answer on stdout. Argument: the folder of node modules.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { answer } from "./chat.mjs";

const { WebSocket } = createRequire(process.argv[2] + "/")("ws");
const asked = JSON.parse(await text(process.stdin));
class Socket extends WebSocket {
  constructor(url) {
    super(url, { origin: "https://copilot.microsoft.com" });
  }
}
const told = await answer(asked, { origin: "https://copilot.microsoft.com", fetch, WebSocket: Socket });
process.stdout.write(JSON.stringify(told), () => process.exit(0));
