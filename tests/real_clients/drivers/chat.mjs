// A small client of the 2026 protocol on nothing but fetch and WebSocket: it runs in Node (with the package `ws`) and in a
// browser's page. It answers what a program can. `asked`: {prompts, model, token, image}; the result: {turns, error}.

const MODES = { "Copilot": "smart", "Think Deeper": "reasoning" };
const PATIENCE = 15000;

export async function answer(asked, { origin, fetch, WebSocket }) {
  const turns = [];
  try {
    const session = await begin(asked, { origin, fetch });
    for (const prompt of asked.prompts) {
      const turn = { text: "", images: [], sources: [], reasoning: "", suggestions: [], title: "", finish: "" };
      turns.push(turn);
      const content = [];
      if (asked.image) content.push({ type: "image", url: await upload(asked, session, { origin, fetch }) });
      content.push({ type: "text", text: prompt });
      await converse(session, content, turn, WebSocket);
    }
    return { turns, error: null };
  } catch (error) {
    return { turns, error: { type: error.name, text: String(error.message) } };
  }
}

async function begin(asked, { origin, fetch }) {
  const headers = { "content-type": "application/json" };
  if (asked.token) headers.authorization = `Bearer ${asked.token}`;
  const post = async (path, body) => {
    const response = await fetch(origin + path, { method: "POST", headers, body: JSON.stringify(body), credentials: "include" });
    if (!response.ok) throw new StatusError(response.status, path);
    return response;
  };
  const started = await post("/c/api/start", { timeZone: "UTC", startNewConversation: true, teenSupportEnabled: true });
  const { currentConversationId } = await started.json();
  const query = new URLSearchParams({ "api-version": "2", clientSessionId: crypto.randomUUID() });
  if (asked.token) query.set("accessToken", asked.token);
  else query.set("temporarySessionKey", (await (await post("/c/api/user/sessions/temporary", {})).json()).sessionKey);
  const url = `${origin.replace(/^http/, "ws")}/c/api/chat?${query}`;
  return { url, headers, conversationId: currentConversationId, mode: MODES[asked.model] };
}

async function upload(asked, session, { origin, fetch }) {
  const body = Uint8Array.from(atob(asked.image), (character) => character.charCodeAt(0));
  const headers = { ...session.headers, "content-type": "image/png" };
  const response = await fetch(origin + "/c/api/attachments", { method: "POST", headers, body, credentials: "include" });
  if (!response.ok) throw new StatusError(response.status, "/c/api/attachments");
  return (await response.json()).url;
}

function converse(session, content, turn, WebSocket) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(session.url);
    const late = setTimeout(() => finish(new Error("no answer in time")), PATIENCE);
    const finish = (error) => {
      clearTimeout(late);
      socket.close();
      error ? reject(error) : resolve();
    };
    const say = (message) => socket.send(JSON.stringify(message));
    const begin = () => {
      say({ event: "setOptions", supportedFeatures: ["partial-generated-images"], supportedCards: ["image"] });
      say({ event: "reportLocalConsents", grantedConsents: [] });
      question();
    };
    const question = () => {
      say({ event: "send", conversationId: session.conversationId, content, mode: session.mode, context: {} });
    };
    const meet = async ({ method, parameter, id }) => {
      if (method !== "hashcash") return finish(new Error(`challenge ${method}`));
      say({ event: "challengeResponse", token: await hashcash(parameter), method, id });
      question();
    };
    let greeted = false;
    socket.addEventListener("message", ({ data }) => {
      const event = JSON.parse(data);
      switch (event.event) {
        case "connected": if (!greeted) { greeted = true; begin(); } break;
        case "appendText": turn.text += event.text; break;
        case "chainOfThought": turn.reasoning += event.text; break;
        case "citation": turn.sources.push(event.url); break;
        case "imageGenerated": turn.images.push(event.url); break;
        case "titleUpdate": turn.title = event.title; break;
        case "suggestedFollowups": turn.suggestions = event.suggestions; finish(); break; // the last that follows `done`
        case "ping": say({ event: "pong", id: event.id }); break;
        case "done": turn.finish = "stop"; break;
        case "error": finish(new Error(`error ${event.errorCode}`)); break;
        case "challenge": meet(event); break;
      }
    });
    socket.addEventListener("error", (event) => finish(new Error(event.message || "the socket failed")));
    socket.addEventListener("close", (event) => finish(turn.finish ? null : new Error(`closed with ${event.code}`)));
  });
}

// The smallest number that, behind the seed, gives a SHA-256 with so many zero bits in front.
async function hashcash(parameter) {
  const colon = parameter.lastIndexOf(":");
  const [seed, bits] = [parameter.slice(0, colon), Number(parameter.slice(colon + 1))];
  for (let number = 0; ; number += 1) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(seed + number));
    if (bits === 0 || new DataView(digest).getUint32(0) >>> (32 - bits) === 0) return String(number);
  }
}

class StatusError extends Error {
  constructor(status, path) {
    super(`status ${status} from ${path}`);
    this.name = "StatusError";
  }
}
