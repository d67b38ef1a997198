// What each event waited for, and how long: `pause` is the time since the event before it in its exchange, and `gate`
// is the client's message that a replay waits for before it sends this one. Heartbeats wait for nothing.
export function addTiming(events) {
  const before = new Map();
  const sent = new Map();
  const requests = new Map();
  for (const event of events) {
    event.pause = event.at - (before.get(event.x)?.at ?? event.at);
    event.isFirst = !before.has(event.x);
    const isUpgraded = event.kind === "answer" && event.name.startsWith("101");
    event.gate = event.dir === "<" && !event.beat ? (isUpgraded ? requests : sent).get(event.x) : undefined;
    before.set(event.x, event);
    if (event.kind === "request") requests.set(event.x, event);
    if (event.dir === ">" && !event.beat && SENT.has(event.kind)) sent.set(event.x, event);
  }
}

const SENT = new Set(["request", "text", "binary"]);

// The times in which the client waited, of one exchange or of several: from a message of its own to the first one that
// the server sent after it. The one from a request to the head of its answer is a handshake.
export function waitsOf(events) {
  const seen = new Set();
  const waits = [];
  for (const event of events) {
    if (!event.gate || seen.has(event.gate)) continue;
    seen.add(event.gate);
    waits.push({ from: event.gate.at, until: event.at, isHandshake: event.kind === "answer" });
  }
  return waits;
}
