import { byId, element } from "./element.js";
import { kept } from "./filter.js";
import { Rows } from "./rows.js";
import { Lanes } from "./lanes.js";
import { showDetail } from "./detail.js";
import { showAnswer, turnsOf } from "./scrub.js";
import { chosenSession, showProblems } from "./problems.js";

const data = JSON.parse(byId("data").textContent);
const session = chosenSession(data);
const end = Math.max(1, session.events.at(-1)?.at ?? 1);
const MOST_CHOICES = 500;

function addChoices(id, values) {
  byId(id).append(...values.slice(0, MOST_CHOICES).map(([value, text]) => element("option", { value }, text.slice(0, 80))));
}

const turns = turnsOf(session.events);
const previous = new Map();
const lastOf = new Map();
for (const event of session.events) {
  previous.set(event, lastOf.get(event.x) ?? event.at);
  lastOf.set(event.x, event.at);
}

const { about } = session;
document.title = `${session.title} · wiretape`;
byId("title").textContent = session.title;
byId("about").textContent =
  `recorded ${about.at} by ${about.by} from ${about.origin}${about.complete ? "" : ", cut"}` +
  `${about.redacted.length ? `; redacted: ${about.redacted.join(", ")}` : ""}` +
  `${about.leftOut ? `; ${about.leftOut} exchanges left out` : ""}`;
addChoices("event", [...new Set(session.events.map((event) => event.name || event.kind))].map((name) => [name, name]));
addChoices("exchange", session.exchanges.map((exchange, number) => [String(number), `#${number} ${exchange.method} ${exchange.target}`]));

const rows = new Rows((event) => showDetail(event, session, previous.get(event)));
const lanes = new Lanes(session, end, (exchange) => {
  byId("exchange").value = byId("exchange").value === exchange ? "" : exchange;
  filter();
});
const number = (id, other) => (byId(id).value === "" ? other : Number(byId(id).value));

function filter() {
  const values = Object.fromEntries(["search", "direction", "event", "exchange"].map((id) => [id, byId(id).value]));
  const range = { size: number("size", 0), from: number("from", 0), until: number("until", Infinity) };
  const shown = kept(session.events, { ...values, ...range, errors: byId("errors").checked, beats: byId("beats").checked });
  byId("count").textContent = `${shown.length} of ${session.events.length}`;
  lanes.mark(values.exchange);
  rows.show(shown);
  scrub();
}

function scrub() {
  const now = Number(byId("scrub").value);
  rows.now = now;
  rows.draw();
  const exchange = byId("exchange").value;
  showAnswer(exchange === "" ? turns : turns.filter((turn) => String(turn.pieces[0].x) === exchange), now);
}

function close() {
  byId("detail").hidden = true;
  rows.unpick();
  rows.list.focus();
}

const PAGE = 20;
const MOVES = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -Infinity, End: Infinity };
rows.list.addEventListener("keydown", (event) => {
  if (event.key in MOVES) {
    rows.pick(rows.picked + MOVES[event.key]);
    event.preventDefault();
  }
  if (event.key === "Enter" && rows.picked >= 0) byId("detail").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !(event.target instanceof HTMLInputElement)) {
    byId("search").focus();
    event.preventDefault();
  }
  if (event.key === "Escape") close();
});
byId("filters").addEventListener("input", filter);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("scrub").addEventListener("input", scrub);
byId("scrub").max = String(end);
byId("scrub").value = String(end);
filter();
rows.list.focus();
showProblems(data, session, (event) => {
  byId("filters").reset();
  filter();
  rows.pick(rows.events.indexOf(event));
});
