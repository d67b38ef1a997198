// Home Assistant's own client: it counts its calls, and chance decides which of them are sent together.
globalThis.WebSocket ??= require("ws");

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 60));

async function main() {
  const { createConnection, createLongLivedTokenAuth, callService, getStates } = await import(
    require.resolve("home-assistant-js-websocket")
  );
  const auth = createLongLivedTokenAuth(process.env.WIRETAPE_URL, process.env.PAIR_TOKEN);
  const connection = await createConnection({ auth });
  const trees = [];
  let heard;
  const all = new Promise((resolve) => (heard = resolve));
  const leave = await connection.subscribeEvents(({ data }) => {
    if (trees.push(data.entity_id) === 3) heard();
  }, "state_changed");
  await Promise.all(
    ["oak", "elm", "ash"].map(async (tree) => {
      await pause();
      await callService(connection, "light", "turn_on", { entity: `light.${tree}` });
      await connection.ping();
    }),
  );
  await all;
  console.log(trees.sort().join("\n"), (await getStates(connection))[0].state);
  await leave();
  connection.close();
}
main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
