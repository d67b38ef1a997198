import { byId, element, seconds, SENDERS } from "./element.js";

// The list of messages: only the rows that can be seen are in the document.
const ROW = 24;
const BEYOND = 10;
const LONGEST = 300;

export class Rows {
  constructor(onPick) {
    this.list = byId("rows");
    this.spacer = byId("spacer");
    this.events = [];
    this.picked = -1;
    this.now = Infinity;
    this.onPick = onPick;
    this.list.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.list);
  }

  show(events) {
    const before = this.events[this.picked];
    this.events = events;
    this.picked = before ? events.indexOf(before) : -1;
    this.spacer.style.height = `${events.length * ROW}px`;
    this.draw();
  }

  pick(number) {
    if (!this.events.length) return;
    this.picked = Math.max(0, Math.min(this.events.length - 1, number));
    const top = this.picked * ROW;
    const height = this.list.clientHeight;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    if (top + ROW > this.list.scrollTop + height) this.list.scrollTop = top + ROW - height;
    this.draw();
    this.onPick(this.events[this.picked]);
  }

  unpick() {
    this.picked = -1;
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - BEYOND);
    const last = first + Math.ceil(this.list.clientHeight / ROW) + 2 * BEYOND;
    this.spacer.replaceChildren(...this.events.slice(first, last).map((event, at) => this.row(event, first + at)));
    if (this.picked >= first && this.picked < last) this.list.setAttribute("aria-activedescendant", `row-${this.picked}`);
    else this.list.removeAttribute("aria-activedescendant");
  }

  row(event, number) {
    const who = SENDERS[event.dir];
    const row = element(
      "div",
      { className: "row", id: `row-${number}`, role: "option" },
      element("span", { className: "at" }, seconds(event.at)),
      element("span", { className: `who ${who}` }, `${event.dir} #${event.x}`),
      element("span", { className: "size" }, event.size ? `${event.size} B` : ""),
      element("span", { className: "name" }, (event.name || event.kind).slice(0, LONGEST)),
      element("span", { className: "text" }, (event.text ?? "").slice(0, LONGEST)),
    );
    if (event.error) row.classList.add("error");
    if (event.at > this.now) row.classList.add("late");
    row.style.top = `${number * ROW}px`;
    row.setAttribute("aria-selected", String(number === this.picked));
    row.setAttribute("aria-setsize", String(this.events.length));
    row.setAttribute("aria-posinset", String(number + 1));
    row.addEventListener("click", () => this.pick(number));
    return row;
  }
}
