import { byId, element, SENDERS } from "./element.js";
import { labelOf } from "./head.js";

// One lane for REST, and one for each socket and stream, on one axis of time. A press filters by the lane's exchange.
const MOST_LANES = 200;

export class Lanes {
  constructor(onPick) {
    this.onPick = onPick;
    this.lanes = [];
    this.end = 1;
    new ResizeObserver(() => this.draw()).observe(byId("lanes"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  show(session, end) {
    const lanes = lanesOf(session);
    this.end = end;
    this.lanes = lanes.slice(0, MOST_LANES).map((lane) => this.lane(lane));
    const more = lanes.length > MOST_LANES ? [`and ${lanes.length - MOST_LANES} more: choose an exchange below`] : [];
    byId("lanes").replaceChildren(...this.lanes.map((lane) => lane.button), ...more);
    this.draw();
  }

  lane({ label, exchange, events }) {
    const canvas = element("canvas", { height: 22 });
    canvas.setAttribute("aria-hidden", "true");
    const button = element("button", { type: "button", className: "lane", title: label }, element("span", {}, label), canvas);
    button.addEventListener("click", () => this.onPick(exchange));
    return { button, canvas, events, exchange };
  }

  mark(exchange) {
    for (const lane of this.lanes) lane.button.setAttribute("aria-pressed", String(lane.exchange === exchange && exchange !== ""));
  }

  draw() {
    const style = getComputedStyle(document.documentElement);
    const colours = { error: style.getPropertyValue("--error") };
    for (const who of Object.values(SENDERS)) colours[who] = style.getPropertyValue(`--${who}`);
    for (const { canvas, events } of this.lanes) {
      canvas.width = canvas.clientWidth || 1;
      const pen = canvas.getContext("2d");
      for (const event of events) {
        pen.fillStyle = event.error ? colours.error : colours[SENDERS[event.dir]];
        pen.globalAlpha = event.beat ? 0.3 : 1;
        pen.fillRect((event.at / this.end) * (canvas.width - 3), event.dir === ">" ? 3 : 11, 2, 8);
      }
    }
  }
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
