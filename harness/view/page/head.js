import { byId, element } from "./element.js";

// The title, where the session comes from, and the choices of the filters.
const MOST_CHOICES = 500;

export function showHead(session) {
  const { about } = session;
  document.title = `${session.title} · wiretape`;
  byId("title").textContent = session.title;
  byId("about").textContent =
    `recorded ${about.at} by ${about.by}${about.origin ? ` from ${about.origin}` : ""}${about.complete ? "" : ", cut"}` +
    `${about.redacted.length ? `; redacted: ${about.redacted.join(", ")}` : ""}` +
    `${about.leftOut ? `; ${about.leftOut} exchanges left out` : ""}`;
  addChoices("event", [...new Set(session.events.map((event) => event.name || event.kind))].map((name) => [name, name]));
  addChoices("exchange", session.exchanges.map((exchange, number) => [String(number), labelOf(exchange, number)]));
}

export function labelOf(exchange, number) {
  const side = exchange.side ? `${exchange.side} ` : "";
  return `${side}#${exchange.number ?? number} ${exchange.method} ${exchange.target}`.slice(0, 300);
}

function addChoices(id, values) {
  const select = byId(id);
  const before = select.value;
  select.replaceChildren(select.options[0], ...values.slice(0, MOST_CHOICES).map(([value, text]) => element("option", { value }, text.slice(0, 80))));
  select.value = before;
}
