import { element } from "./element.js";

// Indents JSON without reading its values, so that long numbers and repeated names stay as they were sent.
export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const MOST_TOKENS = 20000;

// The lines of a JSON text: its indentation, text, and the path of the value that stands there.
export function jsonLines(text) {
  const lines = [{ indent: 0, text: "", path: "" }];
  const stack = [];
  const here = () => stack.map((level) => (level.array ? `[${level.index}]` : `.${level.key}`)).join("");
  const next = () => lines.push({ indent: stack.length, text: "", path: here() });
  const tokens = text.match(TOKENS) ?? [];
  tokens.slice(0, MOST_TOKENS).forEach((token, at) => {
    const top = stack.at(-1);
    if (token === "{" || token === "[") {
      lines.at(-1).text += token;
      if (tokens[at + 1] === "}" || tokens[at + 1] === "]") return;
      stack.push({ array: token === "[", index: 0, key: "" });
      next();
    } else if (token === "}" || token === "]") {
      if (tokens[at - 1] !== "{" && tokens[at - 1] !== "[") {
        stack.pop();
        next();
      }
      lines.at(-1).text += token;
    } else if (token === ",") {
      lines.at(-1).text += ",";
      if (top.array) top.index += 1;
      next();
    } else if (token === ":") {
      lines.at(-1).text += ": ";
    } else {
      if (top && !top.array && tokens[at + 1] === ":") {
        const name = JSON.parse(token);
        // No option can name such a field; a space makes the whole path one that none accepts.
        top.key = /[.[\]\s*]/.test(name) ? " " : name;
        lines.at(-1).path = here();
      }
      lines.at(-1).text += token;
    }
  });
  if (tokens.length > MOST_TOKENS) lines.push({ indent: 0, text: "… (the rest is not shown)", path: "" });
  return lines;
}

// Names and values above this are cut: a browser takes seconds to lay out a megabyte.
const MOST_OF_A_TEXT = 10000;
export const cut = (text) => (text.length > MOST_OF_A_TEXT ? `${text.slice(0, MOST_OF_A_TEXT)}… (${text.length - MOST_OF_A_TEXT} more characters)` : text);

// A text in which each placeholder is a chip that says what kind of value was there.
const PLACEHOLDER = /wiretape-([a-z]+(?:-[a-z]+)*)-\d+(?:@example\.com)?/g;
export function withChips(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    parts.push(text.slice(at, found.index), element("mark", { title: `placeholder of a secret: ${found[1]}` }, found[0]));
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)];
}
