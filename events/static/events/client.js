/**
 * The `events` channel in a browser: stays connected and tells what became stale (docs/client.md, docs/messages.md).
 *
 *     const events = new EventsClient("/api/ws/events", { onState: (state) => (badge.textContent = state) });
 *     events.on("processes", "LIST", fetchProcesses);
 */

/**
 * Whether the page may be stale: `connected` no, `catching up` it is being told what it missed, `offline` yes.
 * @typedef {"connected" | "catching up" | "offline"} State
 * What a cache is keyed by; without `id` everything of the type is stale.
 * @typedef {{ type: string, id?: string }} Tag
 * @typedef {(tag: Tag) => void} Handler
 * @typedef {{ status_code: number, detail: unknown }} Refusal
 * @typedef {object} Options
 * @property {string | (() => string | Promise<string>)} [token] bearer token; a function is asked at every connect
 * @property {string} [position] up to where the page knows everything, from an earlier client's `position`
 * @property {(state: State) => void} [onState] called when the state changes; it is `offline` at first
 * @property {(refusal?: Refusal) => void} [onRefused] called once when the client gives up for good
 * @property {number} [pingIntervalMs] pause between two pings
 * @property {number} [answerTimeoutMs] time for the handshake and for a pong; after it the connection counts as dead
 * @property {number} [positionIntervalMs] pause from a frame to the question that notes the position behind it
 * @property {number} [backoffBaseMs] longest pause before the first reconnect; it doubles with each that fails
 * @property {number} [backoffCapMs] longest pause of all
 */

// Together at most 34 messages a minute.
const DEFAULTS = {
  pingIntervalMs: 30_000, answerTimeoutMs: 10_000, positionIntervalMs: 2_000, backoffBaseMs: 500, backoffCapMs: 15_000,
};
const PING = "__ping__", PONG = "__pong__", POSITION = "__position__";
const REFUSED = 1008;

/** Connects at once, like EventSource, and again whenever the connection is lost, until it is closed or refused. */
export class EventsClient {
  #url;
  #options;
  /** From where the next connection is told what it missed: undefined asks for nothing, "" for everything. */
  #position;
  #failures = 0; // Connections lost since the last one that proved good.
  #connection = new AbortController(); // Ends the present connection,
  #life = new AbortController(); // and this one the client.
  /** @type {State} */ #state = "offline";
  /** @type {Refusal | undefined} */ #refusal;
  /** @type {WebSocket | undefined} */ #socket;
  /** @type {Set<{ type: string, id?: string, handler: Handler }>} */ #subscriptions = new Set();
  /** @type {Record<string, ReturnType<typeof setTimeout>>} */ #timers = {};

  /**
   * @param {string | URL} url absolute, or relative to the page
   * @param {Options} options
   */
  constructor(url, options = {}) {
    this.#url = url;
    this.#options = { ...DEFAULTS, ...options };
    this.#position = options.position;
    const retry = () => "retry" in this.#timers && this.#connect();
    addEventListener("online", retry, { signal: this.#life.signal });
    document.addEventListener("visibilitychange", retry, { signal: this.#life.signal });
    this.#connect();
  }

  get state() { return this.#state; }
  /** Up to where everything was told; undefined while unknown. */
  get position() { return this.#position || undefined; }

  /**
   * Call the handler for each frame of the type; with an id only for that id and for frames without id, which make
   * everything of the type stale. Returns the function that ends this.
   * @param {string} type
   * @param {[handler: Handler] | [id: string, handler: Handler]} idAndHandler
   */
  on(type, ...idAndHandler) {
    const [id, handler] = idAndHandler.length === 2 ? idAndHandler : [undefined, ...idAndHandler];
    const subscription = { type, id, handler };
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  /** Let a newer token of the same user count from now on: the one given, or what the `token` function returns now. */
  async renew(token = this.#options.token) {
    this.#options.token = token;
    const newer = await this.#token();
    if (newer && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ token: newer }));
  }

  /** Disconnect for good; no handler is called any more. */
  close() {
    this.#life.abort();
    this.#subscriptions.clear();
    this.#disconnect();
    this.#become("offline");
  }

  async #connect() {
    this.#disconnect();
    const { signal } = (this.#connection = new AbortController());
    this.#later("answer", this.#options.answerTimeoutMs, () => this.#reconnect());
    try {
      const token = await this.#token();
      if (signal.aborted) return;
      const socket = (this.#socket = new WebSocket(this.#address(), token ? ["base64.bearer.token", token] : []));
      signal.addEventListener("abort", () => socket.close());
      socket.addEventListener("open", () => (this.#beat(), this.#become("catching up")), { signal });
      socket.addEventListener("message", (event) => this.#received(event.data), { signal });
      socket.addEventListener("close", (event) => this.#closed(event.code), { signal });
    } catch (error) {
      reportError(error);
      if (!signal.aborted) this.#reconnect();
    }
  }

  #token() { return typeof this.#options.token === "function" ? this.#options.token() : this.#options.token; }
  #address() {
    const address = new URL(this.#url, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    if (this.#position !== undefined) address.searchParams.set("since", this.#position);
    return address;
  }

  /** Ask for a sign of life, and for the position: after a long silence too, the log must reach back to it. */
  #beat() {
    this.#socket?.send(PING);
    this.#socket?.send(POSITION);
    this.#later("answer", this.#options.answerTimeoutMs, () => this.#reconnect());
    this.#later("beat", this.#options.pingIntervalMs, () => this.#beat());
  }

  /** @param {unknown} data */
  #received(data) {
    if (data === PONG) return this.#cancel("answer");
    const { name, value, position, error } = parse(data);
    const isFrame = name === "invalidateCache" && typeof value?.type === "string";
    const ask = () => this.#socket?.send(POSITION);
    if (isFrame || position === null) this.#later("position", this.#options.positionIntervalMs, ask);
    if (isFrame) this.#dispatch(value);
    else if (typeof position === "string") {
      this.#position = position;
      this.#failures = 0;
      this.#become("connected");
    } else this.#refusal = error;
  }

  /** @param {Tag} tag */
  #dispatch(tag) {
    for (const subscription of this.#subscriptions) {
      const { type, id, handler } = subscription;
      const concerns = type === tag.type && (id === undefined || tag.id === undefined || id === tag.id);
      // Called apart, as all that the page gave: the browser reports what it throws, which stops nothing here.
      if (concerns) queueMicrotask(() => this.#subscriptions.has(subscription) && handler(tag));
    }
  }

  #closed(/** @type {number} */ code) {
    const status = this.#refusal?.status_code;
    const mayRenew = status === 401 && this.#state === "connected" && typeof this.#options.token !== "string";
    if (code !== REFUSED || mayRenew || status === 429 || status === 503) return this.#reconnect();
    this.close();
    queueMicrotask(() => this.#options.onRefused?.(this.#refusal));
  }

  /** Back off exponentially with full jitter, so that the clients of a server that restarts spread out. */
  #reconnect() {
    this.#disconnect();
    this.#refusal = undefined;
    // What the page shows may be older than the first attempt.
    this.#position ??= "";
    const longest = Math.min(this.#options.backoffCapMs, this.#options.backoffBaseMs * 2 ** this.#failures++);
    this.#later("retry", Math.random() * longest, () => this.#connect());
    this.#become("offline");
  }

  #disconnect() {
    this.#connection.abort();
    for (const name in this.#timers) this.#cancel(name);
  }

  /** @param {State} state */
  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    queueMicrotask(() => this.#options.onState?.(state));
  }

  /** @type {(name: string, ms: number, work: () => void) => void} if one of that name waits, it stays instead */
  #later(name, ms, work) {
    this.#timers[name] ??= setTimeout(() => (delete this.#timers[name], work()), ms);
  }

  /** @param {string} name */
  #cancel(name) {
    clearTimeout(this.#timers[name]);
    delete this.#timers[name];
  }
}

/** @type {(text: unknown) => Record<string, any>} the object that a frame holds; an empty one for anything else */
const parse = (text) => {
  try { return Object(JSON.parse(String(text))); } catch { return {}; }
};
