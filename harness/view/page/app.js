import { byId } from "./element.js";
import { keeps } from "./filter.js";
import { eventRows, pairRows, Rows } from "./rows.js";
import { Lanes } from "./lanes.js";
import { detailOf, showDetail } from "./detail.js";
import { showClock, turnsOf } from "./scrub.js";
import { differs, keepsPair, nextDifference, pairDetail } from "./compare.js";
import { chosenSession, showViews } from "./views.js";
import { showProblems } from "./problems.js";
import { showHead } from "./head.js";
import { follow } from "./live.js";
import { addTiming } from "./timing.js";

const data = JSON.parse(byId("data").textContent);
const session = chosenSession(data);
const isCompared = Boolean(session.pairs);
let turns = [];
let end = 1;
const rows = isCompared
  ? new Rows(pairRows, (pair) => showDetail(...pairDetail(pair, session, goTo)))
  : new Rows(eventRows, (event) => showDetail(...detailOf(event, session, goTo)));
const lanes = new Lanes((exchange) => {
  byId("exchange").value = byId("exchange").value === exchange ? "" : exchange;
  filter();
}, chooseRange);

// Shows the session as it is now; a live one grows.
function show() {
  addTiming(session.events);
  turns = turnsOf(session.events);
  end = session.events.reduce((latest, event) => Math.max(latest, event.at), 1);
  showHead(session);
  lanes.show(session);
  filter();
}

const number = (id, other) => (byId(id).value === "" ? other : Number(byId(id).value));

function filter() {
  const values = Object.fromEntries(["search", "direction", "event", "exchange"].map((id) => [id, byId(id).value]));
  const range = { size: number("size", 0), from: number("from", 0), until: number("until", Infinity) };
  const keep = keeps({ ...values, ...range, errors: byId("errors").checked, beats: byId("beats").checked });
  const all = isCompared ? session.pairs : session.events;
  const shown = all.filter(isCompared ? keepsPair(keep, byId("differences").checked) : keep);
  zoom(range.from * 1e6, Math.min(range.until * 1e6, end));
  byId("count").textContent = `${shown.length} of ${all.length}`;
  lanes.mark(values.exchange);
  rows.show(shown);
  if (isCompared) countDifferences(shown.filter(differs).length);
  scrub();
}

// The range of times is that of the lanes, the scale and the answer, too.
function zoom(from, until) {
  const scale = byId("scrub");
  const isAtEnd = scale.value === scale.max;
  scale.min = String(from);
  scale.max = String(Math.max(from, until));
  if (isAtEnd) scale.value = scale.max;
  lanes.zoom(from, until);
}

function chooseRange(from, until) {
  byId("from").value = (from / 1e6).toFixed(3);
  byId("until").value = (until / 1e6).toFixed(3);
  byId("fold").open = true;
  filter();
}

// Shows an event, whatever the filters hide.
function goTo(event) {
  const find = () => rows.items.findIndex((item) => item === event || item.one === event || item.other === event);
  if (find() < 0) {
    byId("filters").reset();
    filter();
  }
  rows.pick(find(), true);
}

function countDifferences(count) {
  byId("differing").textContent = count ? `${count} ${count === 1 ? "row differs" : "rows differ"}` : "no difference: ids and times that vary from run to run count as equal";
  byId("before").disabled = byId("next").disabled = !count;
}

function scrub() {
  rows.now = Number(byId("scrub").value);
  rows.draw();
  lanes.point(rows.now);
  showClock(turns, byId("exchange").value, rows.now, number("from", 0) * 1e6, isCompared);
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
byId("filters").addEventListener("reset", () => setTimeout(filter));
byId("scrub").addEventListener("input", () => {
  scrub();
  rows.reveal(rows.items.findLastIndex((item) => (item.one ?? item.other ?? item).at <= rows.now));
});
byId("scrub").max = byId("scrub").value = "1";
document.body.classList.toggle("compared", isCompared);
byId("only").hidden = byId("walk").hidden = !isCompared;
const narrow = matchMedia("(max-width: 700px)");
const fold = () => (byId("fold").open = !narrow.matches);
narrow.addEventListener("change", fold);
fold();
showViews(data, session);
show();
rows.list.focus();
if (isCompared) walk(1);
showProblems(data, session, goTo);
if (data.live) {
  follow(session, () => {
    const { list } = rows;
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
    const picked = rows.items[rows.picked];
    show();
    if (picked && !session.events.includes(picked)) byId("detail").replaceChildren();
    if (picked && !session.events.includes(picked)) byId("detail").hidden = true;
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  });
}
