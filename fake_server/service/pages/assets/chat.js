// The chat page: what a person does becomes requests and messages, what the service says becomes the page.

import { Message, element } from "./answer.js";
import { answerTo, personsAnswer } from "./challenges.js";
import { clear, complain, notice, show } from "./log.js";
import { findToken } from "./tokens.js";
import { ChatSocket, Service } from "./wire.js";

const STOP_PATIENCE = 2000;
const at = (id) => document.getElementById(id);
const settings = JSON.parse(at("settings").textContent);
const service = new Service(settings);

let conversation = null; // its id, once there is one
let socket = null;
let turn = null; // the answer that is being given: {answer, command}
let lastAnswer = null;

// ---------------------------------------------------------------- what is shown
function state(text) {
  at("state").textContent = text;
}

function entitle(title) {
  at("title").textContent = title || "New conversation";
  document.title = title ? `${title} - a fake Copilot` : "A fake Copilot";
}

function clearLog() {
  clear();
  at("welcome").hidden = conversation !== null;
  lastAnswer = null;
}

// ---------------------------------------------------------------- a turn
function begin(text, command) {
  lastAnswer?.withdrawSuggestions();
  at("welcome").hidden = true;
  const said = new Message("human");
  said.write("0", text);
  show(said.box);
  const answer = new Message("ai");
  answer.box.setAttribute("aria-busy", "true");
  turn = { answer, command };
  showTurn();
}

function finish(told) {
  turn?.answer.box.setAttribute("aria-busy", "false");
  lastAnswer = turn?.answer ?? lastAnswer;
  turn = null;
  state(told);
  showTurn();
}

function showTurn() {
  at("send").hidden = turn !== null;
  at("stop").hidden = turn === null;
}

async function ask(text) {
  if (turn || !text.trim()) return;
  const command = { event: "send", conversationId: conversation, content: [{ type: "text", text }], mode: at("mode").value };
  if (settings.sendsContext) command.context = {};
  begin(text, command);
  const asked = turn;
  state("Waiting");
  try {
    command.conversationId = conversation ??= await service.openConversation();
    await connect();
    if (turn === asked) socket.send(command);
  } catch (error) {
    if (turn === asked) finish("");
    complain(error);
  }
}

async function connect() {
  if (!socket?.isOpen) socket = new ChatSocket(await service.socketUrl(), settings, take, ended);
  await socket.ready;
}

function stop() {
  const stopped = turn;
  if (!stopped) return;
  if (socket?.isOpen) socket.send({ event: "stop", conversationId: conversation });
  setTimeout(() => {
    if (turn !== stopped) return;
    finish("Stopped");
    socket?.close(); // the service did not hear of it
  }, STOP_PATIENCE);
}

async function ended(which, code, reason) {
  if (which !== socket) return;
  socket = null;
  state("");
  if (!turn) return;
  finish("");
  notice(`The connection has ended (${code}${reason ? `: ${reason}` : ""}) before the answer was done.`);
}

// ---------------------------------------------------------------- what the service says
const intoAnswer = {
  startMessage: () => state("Answering"),
  appendText: (answer, event) => answer.write(event.partId, String(event.text)),
  replaceText: (answer, event) => answer.write(event.partId, String(event.text), { replaces: true }),
  chainOfThought: (answer, event) => answer.think(String(event.text)),
  citation: (answer, event) => answer.cite(event.title, event.url, event.publisher),
  generatingImage: (answer, event) => answer.drawing(event.partId, event.prompt),
  partialImageGenerated: (answer, event) => answer.preview(event.partId, event.content),
  imageGenerated: (answer, event) => answer.drawn(event.partId, event.url, event.prompt),
  imageGenerationFailed: (answer, event) => answer.failedToDraw(event.partId),
};

const aside = {
  connected: () => {},
  ping: () => {},
  pong: () => {},
  received: () => state("The service has the message"),
  partCompleted: () => {},
  modeSelected: () => {},
  startSuggestion: () => {},
  suggestionCompleted: () => {},
  done: () => {
    finish("");
    list();
  },
  titleUpdate: (event) => {
    if (event.conversationId === conversation) entitle(event.title);
    list();
  },
  suggestedFollowups: (event) => event.suggestions.forEach((text, number) => suggest(number, text)),
  appendSuggestion: (event) => suggest(event.suggestionId, event.text),
  challenge: meet,
  error: (event) => refused(event),
  chatMessageError: (event) => refused(event),
};

function take(event) {
  const into = Object.hasOwn(intoAnswer, event.event) ? intoAnswer[event.event] : null;
  if (into) {
    if (!turn) return; // of a turn that was given up
    into(turn.answer, event);
    show(turn.answer.box);
  } else if (Object.hasOwn(aside, event.event)) {
    aside[event.event](event);
  } else {
    state(`The service said something unknown: ${event.event}`);
  }
}

function suggest(id, text) {
  const answer = turn?.answer ?? lastAnswer;
  if (!answer) return;
  answer.suggest(id, text, ask);
  show(answer.box);
}

function refused(event) {
  finish("");
  const again = event.errorDetail?.nextAvailableAt;
  const more = [event.message, again && `again at ${again}`].filter(Boolean).join("; ");
  notice(`The service refuses: ${event.errorCode ?? "no code"}${more ? ` (${more})` : ""}`);
}

async function meet(challenge) {
  const name = challenge.method ?? "no method";
  const answered = (response) => {
    if (!socket?.isOpen) return;
    socket.send(response);
    if (turn) socket.send(turn.command);
  };
  const response = await answerTo(challenge, settings);
  if (response) {
    notice(`The service asked for proof (${name}); this page has computed it.`);
    answered(response);
  } else {
    notice(`The service asks for proof that a person is there (${name}).`, {
      "I am a person": () => answered(personsAnswer(challenge)),
    });
  }
}

// ---------------------------------------------------------------- conversations
async function list() {
  try {
    // One without a title is new, and nothing was said in it: each visit may open one.
    const all = (await service.conversations()).filter(({ id, title }) => title || id === conversation);
    at("none-yet").hidden = all.length > 0;
    at("conversations").replaceChildren(...all.map(row));
  } catch (error) {
    complain(error);
  }
}

function row({ id, title }) {
  const open = element("button", { type: "button" }, title || "Untitled");
  if (id === conversation) open.setAttribute("aria-current", "true");
  open.addEventListener("click", () => visit(id, title));
  const remove = element("button", { type: "button", class: "remove", "aria-label": `Delete ${title || "Untitled"}` }, "Delete");
  remove.addEventListener("click", () => forget(id));
  const item = element("li");
  item.append(open, remove);
  return item;
}

async function visit(id, title) {
  leave();
  conversation = id;
  entitle(title);
  clearLog();
  try {
    const messages = await service.history(id);
    if (conversation !== id) return;
    for (const { author, content } of messages) show(new Message((author.type ?? author) === "human" ? "human" : "ai").fill(content).box);
  } catch (error) {
    complain(error);
  }
  await list();
}

async function forget(id) {
  try {
    await service.remove(id);
    if (id === conversation) startAnew();
    await list();
  } catch (error) {
    complain(error);
  }
}

function startAnew() {
  leave();
  conversation = null;
  entitle("");
  clearLog();
  list();
  at("prompt").focus();
}

// Gives up the running turn; its socket goes with it, so that nothing of it comes later.
function leave() {
  if (!turn) return;
  finish("");
  socket?.close();
  socket = null;
}

// ---------------------------------------------------------------- the page
function submit(event) {
  event?.preventDefault();
  if (turn) return;
  const text = at("prompt").value;
  at("prompt").value = "";
  ask(text);
}

function onKey(event) {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
}

function listCommands() {
  for (const { usage, help } of settings.commands) {
    const button = element("button", { type: "button" }, usage);
    button.addEventListener("click", () => {
      at("prompt").value = `${usage.split(" ")[0]} `;
      at("prompt").focus();
    });
    const item = element("li");
    item.append(button, ` ${help}`);
    at("commands").append(item);
  }
}

async function open() {
  at("about").textContent = `A fake Copilot of generation ${settings.generation}, seed ${settings.seed}.`;
  at("address").textContent = `COPILOT_BASE_URL=${location.origin}`;
  for (const { name, mode } of settings.modes) at("mode").add(new Option(name, mode));
  listCommands();
  at("composer").addEventListener("submit", submit);
  at("prompt").addEventListener("keydown", onKey);
  at("stop").addEventListener("click", stop);
  at("new").addEventListener("click", startAnew);
  at("sign-in").textContent = findToken() ? "Account" : "Sign in";
  try {
    const user = await service.begin();
    at("who").textContent = user.firstName ? `Signed in as ${user.firstName}.` : "Not signed in.";
    await list();
    await connect();
    state("Connected");
  } catch (error) {
    complain(error);
  }
  document.body.dataset.open = "yes";
}

open();
