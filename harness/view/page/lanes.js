import { byId, element, SENDERS } from "./element.js";

// One lane for REST, and one for each socket and stream, on one axis of time. A press filters by the lane's exchange.
const MOST_LANES = 200;

export class Lanes {
  constructor(session, end, onPick) {
    this.end = end;
    const rest = [];
    const lanes = [];
    const own = new Map();
    session.exchanges.forEach((exchange, number) => {
      if (exchange.lane === "rest") return;
      const events = [];
      own.set(number, events);
      lanes.push({ label: `#${number} ${exchange.method} ${exchange.target}`, exchange: String(number), events });
    });
    for (const event of session.events) (own.get(event.x) ?? rest).push(event);
    if (rest.length) lanes.unshift({ label: "REST", exchange: "", events: rest });
    this.lanes = lanes.slice(0, MOST_LANES).map((lane) => this.lane(lane, onPick));
    byId("lanes").append(...this.lanes.map((lane) => lane.button));
    if (lanes.length > MOST_LANES) byId("lanes").append(`and ${lanes.length - MOST_LANES} more: choose an exchange below`);
    new ResizeObserver(() => this.draw()).observe(byId("lanes"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  lane({ label, exchange, events }, onPick) {
    const canvas = element("canvas", { height: 22 });
    canvas.setAttribute("aria-hidden", "true");
    const name = element("span", {}, label.slice(0, 300));
    const button = element("button", { type: "button", className: "lane", title: label.slice(0, 300) }, name, canvas);
    button.addEventListener("click", () => onPick(exchange));
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
