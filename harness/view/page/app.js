import { byId } from "./element.js";
import { keeps } from "./filter.js";
import { eventRow, pairRow, Rows } from "./rows.js";
import { Lanes } from "./lanes.js";
import { detailOf, showDetail } from "./detail.js";
import { showClock, turnsOf } from "./scrub.js";
import { differs, keepsPair, nextDifference, pairDetail } from "./compare.js";
import { chosenSession, showViews } from "./views.js";
import { showProblems } from "./problems.js";
import { showHead } from "./head.js";

const data = JSON.parse(byId("data").textContent);
const session = chosenSession(data);
const isCompared = Boolean(session.pairs);
const end = Math.max(1, ...session.events.slice(-1).map((event) => event.at), ...(isCompared ? data.events : []).slice(-1).map((event) => event.at));

const previous = new Map();
const lastOf = new Map();
for (const event of session.events) {
  previous.set(event, lastOf.get(event.x) ?? event.at);
  lastOf.set(event.x, event.at);
}
showHead(session);
showViews(data, session);

const rows = isCompared
  ? new Rows(pairRow, (pair) => showDetail(...pairDetail(pair, session, previous)))
  : new Rows(eventRow, (event) => showDetail(...detailOf(event, session, previous.get(event))));
const lanes = new Lanes(session, end, (exchange) => {
  byId("exchange").value = byId("exchange").value === exchange ? "" : exchange;
  filter();
});
const number = (id, other) => (byId(id).value === "" ? other : Number(byId(id).value));

function filter() {
  const values = Object.fromEntries(["search", "direction", "event", "exchange"].map((id) => [id, byId(id).value]));
  const range = { size: number("size", 0), from: number("from", 0), until: number("until", Infinity) };
  const keep = keeps({ ...values, ...range, errors: byId("errors").checked, beats: byId("beats").checked });
  const all = isCompared ? session.pairs : session.events;
  const shown = all.filter(isCompared ? keepsPair(keep, byId("differences").checked) : keep);
  byId("count").textContent = `${shown.length} of ${all.length}`;
  lanes.mark(values.exchange);
  rows.show(shown);
  if (isCompared) countDifferences(shown.filter(differs).length);
  scrub();
}

function countDifferences(count) {
  byId("differing").textContent = count ? `${count} ${count === 1 ? "row differs" : "rows differ"}` : "no difference: ids and times that vary from run to run count as equal";
  byId("before").disabled = byId("next").disabled = !count;
}

const turns = turnsOf(session.events);
function scrub() {
  rows.now = Number(byId("scrub").value);
  rows.draw();
  showClock(turns, byId("exchange").value, rows.now, isCompared);
}

function close() {
  byId("detail").hidden = true;
  rows.unpick();
  rows.list.focus();
}

function walk(step) {
  const at = nextDifference(rows.items, rows.picked < 0 && step < 0 ? rows.items.length : rows.picked, step);
  if (at >= 0) rows.pick(at, true);
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
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.key === "/" && !isTyping) {
    byId("fold").open = true;
    byId("search").focus();
    event.preventDefault();
  }
  if (event.key === "Escape") close();
  if (isCompared && !isTyping && event.key === "n") walk(1);
  if (isCompared && !isTyping && event.key === "p") walk(-1);
});
byId("next").addEventListener("click", () => walk(1));
byId("before").addEventListener("click", () => walk(-1));
byId("filters").addEventListener("input", filter);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("scrub").addEventListener("input", scrub);
byId("scrub").max = String(end);
byId("scrub").value = String(end);
byId("only").hidden = byId("walk").hidden = !isCompared;
const narrow = matchMedia("(max-width: 700px)");
const fold = () => (byId("fold").open = !narrow.matches);
narrow.addEventListener("change", fold);
fold();
filter();
rows.list.focus();
if (isCompared) walk(1);
showProblems(data, session, (event) => {
  byId("filters").reset();
  filter();
  rows.pick(rows.items.findIndex((item) => item === event || item.one === event), true);
});
