import { byId, element, seconds, SENDERS } from "./element.js";

// The list of messages: only the rows that can be seen are in the document.
const ROW = 24;
const BEYOND = 10;
const LONGEST = 300;
const SHORTEST_PAUSE = 1000;

export class Rows {
  // `drawn` makes the row of an item at a time.
  constructor(drawn, onPick) {
    this.drawn = drawn;
    this.list = byId("rows");
    this.spacer = byId("spacer");
    this.items = [];
    this.picked = -1;
    this.now = Infinity;
    this.onPick = onPick;
    this.shown = new Map();
    this.list.addEventListener("scroll", () => this.fill());
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

  // Draws the rows that have come into view, and keeps the others: so that scrolling costs little.
  fill() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - BEYOND);
    const last = Math.min(this.items.length, first + Math.ceil(this.list.clientHeight / ROW) + 2 * BEYOND);
    for (const [number, row] of this.shown) {
      if (number >= first && number < last) continue;
      row.remove();
      this.shown.delete(number);
    }
    const kept = this.spacer.firstChild;
    const earliest = kept ? Number(kept.dataset.number) : last;
    const [before, after] = [document.createDocumentFragment(), document.createDocumentFragment()];
    for (let number = first; number < last; number += 1) {
      if (this.shown.has(number)) continue;
      const row = this.row(this.items[number], number);
      this.shown.set(number, row);
      (number < earliest ? before : after).append(row);
    }
    this.spacer.prepend(before);
    this.spacer.append(after);
    if (this.picked >= first && this.picked < last) this.list.setAttribute("aria-activedescendant", `row-${this.picked}`);
    else this.list.removeAttribute("aria-activedescendant");
  }

  row(item, number) {
    const row = this.drawn(item, this.now);
    row.id = `row-${number}`;
    row.dataset.number = number;
    row.style.top = `${number * ROW}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(number === this.picked));
    row.setAttribute("aria-setsize", String(this.items.length));
    row.setAttribute("aria-posinset", String(number + 1));
    return row;
  }
}

function eventCells(event) {
  return [
    element("span", { className: "at" }, seconds(event.at)),
    element("span", { className: "pause", title: "seconds since the event before it in its exchange" }, event.pause >= SHORTEST_PAUSE ? `+${seconds(event.pause)}` : ""),
    element("span", { className: `who ${SENDERS[event.dir]}` }, `${event.dir} #${event.number ?? event.x}`),
    element("span", { className: "size" }, event.size ? `${event.size} B` : ""),
    element("span", { className: "name" }, (event.name || event.kind).slice(0, LONGEST)),
    element("span", { className: "text" }, (event.text ?? "").slice(0, LONGEST)),
  ];
}

export function eventRow(event, now) {
  const row = element("div", { className: "row" }, ...eventCells(event));
  if (event.error) row.classList.add("error");
  if (event.at > now) row.classList.add("late");
  return row;
}

// Two halves, one for each session; a half without an event is empty.
export function pairRow(pair, now) {
  const half = (event) => {
    const cells = element("div", { className: "half" }, ...(event ? eventCells(event) : []));
    if (event?.error) cells.classList.add("error");
    if (event?.at > now) cells.classList.add("late");
    return cells;
  };
  const sign = element("span", { className: "sign", title: pair.state }, { changed: "≠", removed: "−", added: "+" }[pair.state] ?? "");
  return element("div", { className: `row pair ${pair.state}` }, half(pair.one), sign, half(pair.other));
}
