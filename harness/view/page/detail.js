import { byId, element, seconds, SENDERS } from "./element.js";
import { cut, isJson, jsonLines, withChips } from "./pretty.js";

// The names that a place can have: as --ignore and --bind read them.
const TREE = /^(?:\.[^.[\]\s*]+|\[\d+\])+$/;
const PAIR = /^[^\s[\]]+$/;

// The pane beside the list.
export function showDetail(...children) {
  const pane = byId("detail");
  pane.hidden = false;
  pane.scrollTop = 0;
  pane.replaceChildren(...children);
}

// All about one message; `goTo` shows another one.
export function detailOf(event, session, goTo) {
  const exchange = session.exchanges[event.x];
  const copies = element("div");
  const root = exchange.lane === "socket" && event.kind !== "request" ? "message" : "json";
  const offer = (path) => offerPlace(copies, event, root + path, TREE.test(path));
  const offerPair = (kind) => (name) => offerPlace(copies, event, `${kind}.${name}`, PAIR.test(name));
  const isRequest = event.kind === "request";
  return [
    element("h2", {}, cut(event.name || event.kind)),
    list([
      ["from", SENDERS[event.dir]],
      ["at", `${seconds(event.at)} s${event.isFirst ? "" : `, ${seconds(event.pause)} s after the one before in its exchange`}`],
      ["exchange", `#${event.number ?? event.x} ${exchange.method} ${exchange.url}`],
      ["bytes", event.size],
      ...(event.code === undefined ? [] : [["close code", event.code]]),
    ]),
    ...gate(event, goTo),
    ...section("Content", content(event, offer)),
    ...section("Form", isRequest && form(event).length ? [list(form(event), offerPair("form"))] : []),
    ...section("Path", isRequest && path(exchange).length ? [list(path(exchange), (name) => offerPlace(copies, event, name, true))] : []),
    ...section("Query", isRequest && query(exchange).length ? [list(query(exchange), offerPair("query"))] : []),
    ...section("Headers", event.headers ? [list(event.headers, isRequest && offerPair("header"))] : []),
    copies,
    ...section("Faults at this place", faultsAt(event, exchange).map(code)),
    ...section("As a command", isRequest && exchange.curl ? [code(exchange.curl)] : []),
    ...section("In Python", isRequest && exchange.python ? [code(exchange.python)] : []),
  ];
}

// What a replay waits for before it sends this.
function gate({ at, gate }, goTo) {
  if (!gate) return [];
  const name = `${(gate.name || gate.kind).slice(0, 100)} at ${seconds(gate.at)} s`;
  const button = element("button", { type: "button", className: "place", title: "show that message" }, name);
  button.addEventListener("click", () => goTo(gate));
  return [element("p", { className: "gate" }, "waited for ", button, `, and came ${seconds(at - gate.at)} s later`)];
}

const FAULTS = {
  request: ["status 503 at request {}", "status 429 retry-after=2 at request {}", "cut at request {}"],
  upgrade: ["status 503 at upgrade {}", "cut at upgrade {}"],
  message: ["cut after {} messages", "close 1012 after {} messages", "stall after {} messages"],
  own: ["lose at message {}", "duplicate at message {}"],
};

// Rules for `wiretape replay`, for `faults` and `wire.fault` of a test, and for `wiretape record`.
function faultsAt(event, exchange) {
  if (!event.place) return [];
  const [unit, number] = event.place;
  const faults = [...FAULTS[unit], ...(unit === "message" && event.dir === "<" ? FAULTS.own : [])];
  return faults.map((fault) => `--fault ${quoted(`${fault.replace("{}", number)} of ${exchange.faultTarget}`)}`);
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function section(title, children) {
  return children.length ? [element("h3", {}, title), ...children] : [];
}

function form(event) {
  const [, type = ""] = (event.headers ?? []).find(([name]) => name === "content-type") ?? [];
  return type.startsWith("application/x-www-form-urlencoded") ? [...new URLSearchParams(event.text)] : [];
}

// The segments of the path with the places that name them.
function path(exchange) {
  const text = exchange.target.replace(/^[a-z]+:\/\/[^/]*/, "").split("?")[0];
  return text.split("/").slice(1).map((segment, number) => [`path[${number}]`, segment]).filter(([, segment]) => segment);
}

function query(exchange) {
  return [...new URLSearchParams(exchange.target.split("?").slice(1).join("?"))];
}

// Names and their values; with `offer`, a name is a button for the options of its place.
function list(pairs, offer) {
  const named = (name) => (offer ? placeButton(name, () => offer(name)) : cut(name));
  return element("dl", {}, ...pairs.flatMap(([name, value]) => [element("dt", {}, named(name)), element("dd", {}, ...withChips(cut(String(value))))]));
}

function placeButton(text, press) {
  const button = element("button", { type: "button", className: "place", title: "options for this place" }, cut(text));
  button.addEventListener("click", press);
  return button;
}

function code(text) {
  const button = element("button", { type: "button" }, "copy");
  const shown = element("pre", {}, ...withChips(cut(text)));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      // Browsers refuse some pages, such as one of a file: the reader copies what is selected.
      getSelection().selectAllChildren(shown);
      button.textContent = "selected";
    }
  });
  return element("div", { className: "code" }, shown, button);
}

function content(event, offer) {
  if (event.image) return [element("img", { src: event.image, alt: "the image of this message" })];
  const parts = (event.records ?? []).map(([head, text]) => {
    const shown = [...(head ? [element("pre", {}, ...withChips(cut(head)))] : []), ...(text ? [json(text)] : [])];
    return element("div", { className: "record" }, ...shown);
  });
  if (event.base64) return [...parts, element("pre", {}, hex(event.base64))];
  if (parts.length) return parts;
  if (event.text === undefined) return [];
  const shown = isJson(event.text) ? json(event.text, offer) : element("pre", {}, ...withChips(event.text));
  return event.cut ? [shown, element("p", {}, `only the first ${event.text.length} characters are in this page`)] : [shown];
}

// Indented; with `offer`, names of fields are buttons for the options of their place.
function json(text, offer) {
  const lines = jsonLines(text).map(({ indent, text, path }) => {
    const line = element("div", {}, "  ".repeat(indent));
    const found = /^("(?:[^"\\]|\\.)*")(: .*)$/s.exec(text);
    if (!found || !path || !offer) {
      line.append(...withChips(cut(text)));
      return line;
    }
    line.append(placeButton(found[1], () => offer(path)), ...withChips(cut(found[2])));
    return line;
  });
  return element("pre", {}, ...lines);
}

// The options for a place in what the client sent: a replay compares nothing else.
function offerPlace(copies, event, place, hasName) {
  if (event.dir !== ">") {
    copies.replaceChildren(element("p", {}, "A replay compares what the client sends; this came from the server."));
    return;
  }
  if (!hasName) {
    copies.replaceChildren(element("p", {}, "No option can name this place: name the value around it."));
    return;
  }
  const option = quoted(place);
  copies.replaceChildren(...section("For this place", [code(`--ignore ${option}`), code(`--bind ${option}`)]));
  copies.scrollIntoView({ block: "nearest" });
}

function hex(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).slice(0, 4096);
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.slice(at, at + 16)];
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ").padEnd(48)} ${text}`);
  }
  return lines.join("\n");
}
