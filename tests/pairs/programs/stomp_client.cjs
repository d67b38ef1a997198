// @stomp/stompjs: one client subscribes to three places in random order, with ids that it counts; another one sends.
const { Client } = require("@stomp/stompjs");
Object.assign(global, { WebSocket: require("ws") });

const trees = ["oak", "elm", "ash"];
const heard = [];

function fail(problem) {
  console.error(problem);
  process.exit(1);
}

function connected(work) {
  const client = new Client({
    brokerURL: `${process.env.WIRETAPE_WS_URL}/stomp`,
    connectHeaders: { login: "walker", passcode: process.env.PAIR_PASSWORD },
    reconnectDelay: 0,
    onStompError: ({ headers }) => fail(headers.message),
    onWebSocketError: fail,
    onConnect: () => work(client),
  });
  client.activate();
}

function hear(tree, { body }, clients) {
  heard.push(`${tree}: ${JSON.parse(body).text}`);
  if (heard.length === trees.length) {
    console.log(heard.sort().join("\n"));
    Promise.all(clients.map((client) => client.deactivate())).then(() => process.exit(0));
  }
}

connected((listener) =>
  connected((speaker) => {
    for (const tree of [...trees].sort(() => Math.random() - 0.5)) {
      listener.subscribe(`/${tree}`, (message) => hear(tree, message, [listener, speaker]));
    }
    setTimeout(() => {
      for (const tree of trees) {
        const body = JSON.stringify({ id: crypto.randomUUID(), text: `The ${tree} has leaves again` });
        speaker.publish({ destination: `/${tree}`, body });
      }
    }, 100);
  }),
);
