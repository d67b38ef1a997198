// The service as a client sees it: REST by fetch, and one WebSocket (docs/protocol.md §3, §4).

import { renew } from "./renewal.js";
import { findToken } from "./tokens.js";

const CONVERSATIONS = "/c/api/conversations";
const START = "/c/api/start";
const TEMPORARY_SESSION = "/c/api/user/sessions/temporary";
const CHAT = "/c/api/chat?api-version=2";
const REST_PATIENCE = 30000;
const SOCKET_PATIENCE = 10000;
const CONNECTED_PATIENCE = 3000;

// The service does not do what was asked for. `status` is 0 where nothing tells.
export class Refused extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export class Service {
  constructor(settings) {
    this.settings = settings;
    this.sessionId = randomUuid();
    this.sessionKey = null;
  }

  // What every visit begins with; the user, whose firstName is null for anonymous callers.
  async begin() {
    if (!findToken()) await renew();
    if (this.settings.starts) await this.#call("POST", START, this.#opening(false));
    await this.#openSession();
    return this.#call("GET", this.settings.userPath);
  }

  // The id of a new conversation.
  async openConversation() {
    const { openingPath, openingBody, starts } = this.settings;
    const answer = await this.#call("POST", openingPath, starts ? this.#opening(true) : openingBody);
    return answer.currentConversationId ?? answer.id;
  }

  async conversations() {
    return (await this.#call("GET", `${CONVERSATIONS}?types=chat`)).results;
  }

  // Messages, oldest first.
  async history(id) {
    return (await this.#call("GET", `${CONVERSATIONS}/${encodeURIComponent(id)}/history`)).results.reverse();
  }

  async remove(id) {
    await this.#call("DELETE", `${CONVERSATIONS}/${encodeURIComponent(id)}`);
  }

  // Where the socket is; anonymous callers of 2026 get a session first.
  async socketUrl() {
    await this.#openSession();
    const url = new URL(CHAT, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const known = findToken();
    if (known) url.searchParams.set("accessToken", known.token);
    if (known?.identity === "google") url.searchParams.set("X-UserIdentityType", "google");
    if (this.settings.clientSessionId) url.searchParams.set("clientSessionId", this.sessionId);
    if (!known && this.sessionKey) url.searchParams.set("temporarySessionKey", this.sessionKey);
    return url.href;
  }

  #opening(isNew) {
    return JSON.stringify({ ...JSON.parse(this.settings.openingBody), startNewConversation: isNew });
  }

  async #openSession() {
    if (!this.settings.anonymousSession || this.sessionKey || findToken()) return;
    this.sessionKey = (await this.#call("POST", TEMPORARY_SESSION, "{}")).sessionKey;
  }

  // Once more with a new token, if the one at hand is refused.
  async #call(method, path, body) {
    try {
      return await this.#callOnce(method, path, body);
    } catch (error) {
      if (error.status !== 401 || !findToken() || !(await renew())) throw error;
    }
    return this.#callOnce(method, path, body);
  }

  async #callOnce(method, path, body) {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const known = findToken();
    if (known) headers.authorization = `Bearer ${known.token}`;
    if (known?.identity === "google") headers["x-useridentitytype"] = "google";
    if (!known && this.sessionKey) headers["x-copilot-temporarysessionkey"] = this.sessionKey;
    const what = `${method} ${path.split("?")[0]}`;
    let answer;
    try {
      answer = await fetch(path, { method, headers, body, signal: AbortSignal.timeout(REST_PATIENCE) });
    } catch {
      throw new Refused(`${what}: no answer`);
    }
    if (!answer.ok) throw new Refused(`${what}: ${answer.status}`, answer.status);
    try {
      return await answer.json();
    } catch {
      throw new Refused(`${what}: ${answer.status}, but no JSON`, answer.status);
    }
  }
}

// One chat socket. `onEvent` gets every event, `onEnd` the close code once the socket is gone.
export class ChatSocket {
  #socket;
  #connected;
  #isConnected = new Promise((resolve) => {
    this.#connected = resolve;
  });

  constructor(url, settings, onEvent, onEnd) {
    this.settings = settings;
    this.onEvent = onEvent;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", (message) => this.#take(message.data));
    this.ready = this.#greet();
    this.ready.catch(() => {}); // whoever waits for it is told; that nobody does is no error
    this.#socket.addEventListener("close", (end) => onEnd(this, end.code, end.reason));
  }

  get isOpen() {
    return this.#socket.readyState <= WebSocket.OPEN;
  }

  send(command) {
    this.#socket.send(JSON.stringify(command));
  }

  close() {
    this.#socket.close();
  }

  // Resolves once messages may be sent.
  async #greet() {
    const opened = new Promise((resolve, reject) => {
      this.#socket.addEventListener("open", resolve);
      this.#socket.addEventListener("close", () => reject(new Refused("The service does not take the socket")));
      setTimeout(() => reject(new Refused("The socket does not open")), SOCKET_PATIENCE);
    });
    await opened;
    if (this.settings.greets) await Promise.race([this.#isConnected, after(CONNECTED_PATIENCE)]);
    this.#socket.send(this.settings.setOptions);
    if (this.settings.reportsConsents) this.send({ event: "reportLocalConsents", grantedConsents: [] });
  }

  #take(text) {
    let event;
    try {
      event = JSON.parse(text);
    } catch {
      event = { event: "(no JSON)", text: String(text) };
    }
    if (event.event === "connected") this.#connected();
    if (event.event === "ping") this.send({ event: "pong", id: event.id });
    this.onEvent(event);
  }
}

function after(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

// A version 4 UUID; crypto.randomUUID is there in secure contexts only.
function randomUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
