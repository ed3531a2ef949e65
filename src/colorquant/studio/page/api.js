// What the page asks of its server. Addresses are relative: the page's own holds the secret.
import { T } from "./texts.js";

// The server said no, in a sentence.
export class Refused extends Error {
  constructor(status, told) {
    super(told.error ?? T.failed.status(status));
    this.status = status;
    this.superseded = Boolean(told.superseded);
  }
}

// Nobody answers.
export class Lost extends Error {
  constructor() {
    super(T.failed.answer);
  }
}

const listeners = new Set();

// `listener` hears whether the server answers, each time that this changes.
export const onconnection = (listener) => listeners.add(listener);

let connected = true;

function tell(now) {
  if (now === connected) return;
  connected = now;
  for (const listener of listeners) listener(now);
}

// Do something that needs the server.
async function reached(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name === "AbortError") throw new Refused(409, { superseded: true });
    tell(false);
    throw new Lost();
  }
}

export async function ask(path, { method = "GET", body, json, view = "main", headers = {}, signal } = {}) {
  const sent = { method, headers: { "X-View": view, ...headers }, body, signal };
  if (json !== undefined) {
    sent.body = JSON.stringify(json);
    sent.headers["Content-Type"] = "application/json";
  }
  const answer = await reached(() => fetch(path, sent));
  tell(true);
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

export async function read(path, options) {
  const answer = await ask(path, options);
  return reached(() => answer.json());
}

const running = new Map();

// Ask for something that takes long. It ends where its view asks for something newer of that kind.
export async function post(path, json, view = "main") {
  const kind = `${view}/${path.split("/").pop()}`;
  running.get(kind)?.abort();
  const controller = new AbortController();
  running.set(kind, controller);
  return read(path, { method: "POST", json, view, signal: controller.signal });
}

export async function picture(path, view) {
  const answer = await ask(path, { view });
  return createImageBitmap(await reached(() => answer.blob()), { colorSpaceConversion: "none" });
}

// Send a file and hear how much of it has arrived, from 0 to 1.
export async function send(path, file, onprogress, headers = {}) {
  // Browsers report what cannot be read as if the server were lost.
  await file.slice(0, 1).arrayBuffer().catch(() => {
    throw new Refused(0, { error: T.failed.unreadable });
  });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => onprogress(loaded / total));
    request.addEventListener("load", () => {
      tell(true);
      if (request.status < 300) resolve(request.response);
      else reject(new Refused(request.status, request.response ?? {}));
    });
    request.addEventListener("error", () => {
      tell(false);
      reject(new Lost());
    });
    request.send(file);
  });
}

// Query parameters, without those that are not set.
export function query(parameters) {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return new URLSearchParams(set).toString();
}
