import { byId, element, seconds, SENDERS } from "./element.js";
import { labelOf } from "./head.js";
import { waitsOf } from "./timing.js";

// One lane for REST, and one for each socket and stream, on one axis of time. A press filters by the lane's exchange; a
// pointer that is drawn along a lane chooses a time range.
const MOST_LANES = 200;
const TICKS = 4;
const HEIGHT = 22;
const DRAWN = 6;

export class Lanes {
  constructor(onPick, onRange) {
    this.onPick = onPick;
    this.onRange = onRange;
    this.lanes = [];
    this.range = { from: 0, until: 1 };
    new ResizeObserver(() => this.draw()).observe(byId("lanes"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  show(session) {
    const lanes = lanesOf(session);
    this.lanes = lanes.slice(0, MOST_LANES).map((lane) => this.lane(lane));
    const more = lanes.length > MOST_LANES ? [`and ${lanes.length - MOST_LANES} more: choose an exchange below`] : [];
    byId("lanes").replaceChildren(axis(), ...this.lanes.map((lane) => lane.button), ...more);
  }

  lane({ label, exchange, events }) {
    const canvas = element("canvas", { height: HEIGHT });
    canvas.setAttribute("aria-hidden", "true");
    const track = element("span", { className: "track" }, canvas);
    const button = element("button", { type: "button", className: "lane" }, element("span", { className: "label" }, label), track);
    const waits = waitsOf(events);
    button.title = aboutLane(label, events, waits);
    let begun;
    track.addEventListener("pointerdown", (pressed) => (begun = pressed.offsetX));
    button.addEventListener("click", (released) => {
      const isDrawn = released.detail > 0 && begun !== undefined && Math.abs(released.offsetX - begun) >= DRAWN && released.target === canvas;
      if (isDrawn) this.onRange(...[begun, released.offsetX].map((x) => this.timeAt(x / canvas.clientWidth)).sort((one, other) => one - other));
      else this.onPick(exchange);
      begun = undefined;
    });
    return { button, canvas, events, exchange, waits };
  }

  timeAt(part) {
    const { from, until } = this.range;
    return from + part * (until - from);
  }

  mark(exchange) {
    for (const lane of this.lanes) lane.button.setAttribute("aria-pressed", String(lane.exchange === exchange && exchange !== ""));
  }

  // Shows this range of times, in microseconds, and nothing outside.
  zoom(from, until) {
    this.range = { from, until: Math.max(until, from + 1) };
    document.querySelectorAll("#axis .tick").forEach((tick, at) => {
      tick.textContent = `${seconds(this.timeAt(at / TICKS))}${at === TICKS ? " s" : ""}`;
    });
    this.draw();
  }

  // Draws a line at the time that the page shows.
  point(now) {
    const { from, until } = this.range;
    byId("lanes").style.setProperty("--now", Math.min(1, Math.max(0, (now - from) / (until - from))));
  }

  draw() {
    const style = getComputedStyle(document.documentElement);
    const colours = { error: style.getPropertyValue("--error"), wait: style.getPropertyValue("--quiet") };
    for (const who of Object.values(SENDERS)) colours[who] = style.getPropertyValue(`--${who}`);
    const { from, until } = this.range;
    for (const { canvas, events, waits } of this.lanes) {
      canvas.width = canvas.clientWidth || 1;
      const pen = canvas.getContext("2d");
      const place = (at) => ((at - from) / (until - from)) * (canvas.width - 3);
      for (const wait of waits) {
        if (wait.until < from || wait.from > until) continue;
        const width = Math.max(1, place(wait.until) - place(wait.from));
        pen.fillStyle = colours.wait;
        pen.globalAlpha = wait.isHandshake ? 0.25 : 0.6;
        pen.fillRect(place(wait.from) + 1, wait.isHandshake ? 3 : 10, width, wait.isHandshake ? 16 : 2);
      }
      for (const event of events) {
        if (event.at < from || event.at > until) continue;
        pen.fillStyle = event.error ? colours.error : colours[SENDERS[event.dir]];
        pen.globalAlpha = event.beat ? 0.3 : 1;
        pen.fillRect(place(event.at), event.dir === ">" ? 3 : 11, 2, 8);
      }
    }
  }
}

function axis() {
  const ticks = Array.from({ length: TICKS + 1 }, () => element("span", { className: "tick" }));
  const key = element("span", { className: "label", title: "grey field: handshake; grey line: waiting for the server's first message" }, "seconds");
  const row = element("div", { id: "axis" }, key, element("span", { className: "track" }, ...ticks));
  row.setAttribute("aria-hidden", "true");
  return row;
}

function aboutLane(label, events, waits) {
  const longest = (values) => seconds(values.reduce((one, other) => Math.max(one, other), 0));
  const took = (list) => list.map((wait) => wait.until - wait.from);
  const handshakes = took(waits.filter((wait) => wait.isHandshake));
  const others = took(waits.filter((wait) => !wait.isHandshake));
  return [
    `${label}: ${events.length} events`,
    ...(handshakes.length ? [`longest handshake ${longest(handshakes)} s`] : []),
    ...(others.length ? [`longest wait for the server ${longest(others)} s`] : []),
    `longest pause ${longest(events.map((event) => event.pause))} s`,
  ].join(", ");
}

function lanesOf(session) {
  const rest = new Map();
  const own = new Map();
  const lanes = [];
  session.exchanges.forEach((exchange, number) => {
    const isRest = exchange.lane === "rest";
    let lane = isRest ? rest.get(exchange.side) : undefined;
    if (!lane) {
      const label = isRest ? `${exchange.side ? `${exchange.side} ` : ""}REST` : labelOf(exchange, number);
      lane = { label, exchange: isRest ? "" : String(number), events: [] };
      if (isRest) rest.set(exchange.side, lane);
      else lanes.push(lane);
    }
    own.set(number, lane);
  });
  for (const event of session.events) own.get(event.x).events.push(event);
  return [...rest.values(), ...lanes];
}
