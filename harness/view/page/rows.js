import { byId, element, seconds, SENDERS } from "./element.js";

// The list of messages: only the rows that can be seen are in the document.
const ROW = 24;
const BEYOND = 10;
const LONGEST = 300;
const SHORTEST_PAUSE = 1000;
const SETTLED = 150;
const PAUSE = "seconds since the event before it in its exchange";
const SIGNS = { changed: "≠", removed: "−", added: "+" };

export class Rows {
  // `kind` is `eventRows` or `pairRows`: it makes an empty row, and puts an item into one.
  constructor(kind, onPick) {
    this.kind = kind;
    this.list = byId("rows");
    this.spacer = byId("spacer");
    this.items = [];
    this.picked = -1;
    this.now = Infinity;
    this.onPick = onPick;
    this.shown = new Map();
    this.list.addEventListener("scroll", () => {
      this.fill();
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.order(), SETTLED);
    });
    new ResizeObserver(() => this.fill()).observe(this.list);
    this.spacer.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.pick(Number(row.dataset.number));
    });
  }

  show(items) {
    const before = this.items[this.picked];
    this.items = items;
    this.picked = before ? items.indexOf(before) : -1;
    this.spacer.style.height = `${items.length * ROW}px`;
    this.draw();
  }

  pick(number, isCentred = false) {
    if (!this.items.length) return;
    this.picked = Math.max(0, Math.min(this.items.length - 1, number));
    if (isCentred) this.list.scrollTop = this.picked * ROW - (this.list.clientHeight - ROW) / 2;
    this.reveal(this.picked);
    this.onPick(this.items[this.picked]);
  }

  // Scrolls as little as is needed to see a row.
  reveal(number) {
    const top = Math.max(0, number) * ROW;
    const height = this.list.clientHeight;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    if (top + ROW > this.list.scrollTop + height) this.list.scrollTop = top + ROW - height;
    this.draw();
  }

  unpick() {
    this.picked = -1;
    this.draw();
  }

  // Draws all rows anew: their content or their look has changed.
  draw() {
    this.shown.clear();
    this.spacer.replaceChildren();
    this.fill();
  }

  // Draws the rows that have come into view. It puts them into those that went out: to make elements anew costs twice
  // the time of a frame's script and style.
  fill() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - BEYOND);
    const last = Math.min(this.items.length, first + Math.ceil(this.list.clientHeight / ROW) + 2 * BEYOND);
    const unused = [];
    for (const [number, row] of this.shown) {
      if (number >= first && number < last) continue;
      unused.push(row);
      this.shown.delete(number);
    }
    for (let number = first; number < last; number += 1) {
      if (this.shown.has(number)) continue;
      const row = unused.pop() ?? this.spacer.appendChild(this.kind.empty());
      this.put(row, number);
      this.shown.set(number, row);
    }
    for (const row of unused) row.remove();
    if (this.picked >= first && this.picked < last) this.list.setAttribute("aria-activedescendant", `row-${this.picked}`);
    else this.list.removeAttribute("aria-activedescendant");
  }

  put(row, number) {
    this.kind.put(row, this.items[number], this.now);
    row.id = `row-${number}`;
    row.dataset.number = number;
    row.style.top = `${number * ROW}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(number === this.picked));
    row.setAttribute("aria-setsize", String(this.items.length));
    row.setAttribute("aria-posinset", String(number + 1));
  }

  // A screen reader reads rows in the document's order, which scrolling does not keep.
  order() {
    const numbers = [...this.shown.keys()].sort((one, other) => one - other);
    this.spacer.append(...numbers.map((number) => this.shown.get(number)));
  }
}

const CELLS = ["at", "pause", "who", "size", "name", "text"];

function emptyCells() {
  return CELLS.map((className) => element("span", className === "pause" ? { className, title: PAUSE } : { className }, ""));
}

function putEvent(row, event, now) {
  textsOf(event).forEach((text, at) => {
    const written = row.children[at].firstChild;
    if (written.data !== text) written.data = text;
  });
  row.children[CELLS.indexOf("who")].className = `who ${SENDERS[event.dir]}`;
  row.classList.toggle("error", Boolean(event.error));
  row.classList.toggle("late", event.at > now);
}

// A half without an event has no cells.
function putHalf(half, event, now) {
  if (!event) {
    half.className = "half";
    half.replaceChildren();
    return;
  }
  if (!half.firstChild) half.append(...emptyCells());
  putEvent(half, event, now);
}

function textsOf(event) {
  return [
    seconds(event.at),
    event.pause >= SHORTEST_PAUSE ? `+${seconds(event.pause)}` : "",
    `${event.dir} #${event.number ?? event.x}`,
    event.size ? `${event.size} B` : "",
    (event.name || event.kind).slice(0, LONGEST),
    (event.text ?? "").slice(0, LONGEST),
  ];
}

export const eventRows = {
  empty: () => element("div", { className: "row" }, ...emptyCells()),
  put: putEvent,
};

// Two halves, one for each session.
export const pairRows = {
  empty() {
    const half = () => element("div", { className: "half" });
    return element("div", { className: "row pair" }, half(), element("span", { className: "sign" }, ""), half());
  },
  put(row, pair, now) {
    const [one, sign, other] = row.children;
    row.className = `row pair ${pair.state}`;
    putHalf(one, pair.one, now);
    putHalf(other, pair.other, now);
    sign.title = pair.state;
    sign.firstChild.data = SIGNS[pair.state] ?? "";
  },
};
