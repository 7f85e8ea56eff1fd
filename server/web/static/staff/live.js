/* Following the hall: a version number says when to draw the page again. A browser has few connections to one server,
   so all its pages share one stream: the page that holds a lock reads it and passes the numbers on. A hidden page
   gives the lock back. Drawing again and presence also take turns, so that a press always finds a connection free.
   Where locks or channels are lacking, each page polls, and keeps no connection open. */

const POLL_MS = 2000;
const RETRY_MS = 5000;
export const LIMIT_MS = 8000;
const STREAM = "luot-stream";
const BACKGROUND = "luot-background";

export const limited = (options = {}) => ({ ...options, signal: AbortSignal.timeout(LIMIT_MS) });

/* Do something that nobody waits for when no other page of this browser does so. */
export const inTurn = (work) => (navigator.locks ? navigator.locks.request(BACKGROUND, work) : work());

/* `changed(version)` is called with every version heard, `linked(yes)` with what is known of the server. */
export const follow = ({ changed, linked }) => {
  const shared = Boolean(navigator.locks && globalThis.BroadcastChannel);
  const channel = shared ? new BroadcastChannel(STREAM) : null;
  let latest = null;   // the version heard last, by the page that reads
  let give = null;     // gives the lock back
  let waiting = null;  // aborts the wait for the lock
  let source = null;
  let timer = 0;

  const tell = (version, isLinked) => {
    if (version) latest = version;
    linked(isLinked);
    if (version) changed(version);
    channel?.postMessage({ version, isLinked });
  };
  const poll = async () => {
    try {
      const answer = await fetch("/version", limited({ cache: "no-cache" }));
      tell(answer.ok ? await answer.text() : null, answer.ok);
    } catch { tell(null, false); }
  };

  /* The page that reads: a stream, or where the server has none free, a question every two seconds until it has. */
  const stop = () => { source?.close(); source = null; clearTimeout(timer); };
  const listen = () => {
    stop();
    source = new EventSource("/live");
    source.addEventListener("open", () => tell(null, true));
    source.addEventListener("version", (event) => tell(event.data, true));
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) { tell(null, false); return; }
      source = null;
      pollFor(RETRY_MS);
    });
  };
  const pollFor = (left) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      await poll();
      if (give === null) return;
      if (left > 0) pollFor(left - POLL_MS); else listen();
    }, POLL_MS);
  };

  const read = async () => {
    if (waiting || give) return;
    waiting = new AbortController();
    try {
      await navigator.locks.request(STREAM, { signal: waiting.signal }, () => new Promise((resolve) => {
        give = () => { stop(); give = null; resolve(); };
        waiting = null;
        listen();
      }));
    } catch { /* hidden before it was this page's turn */ }
    waiting = null;
    if (!document.hidden && !give) read();
  };
  const rest = () => { waiting?.abort(); give?.(); };

  if (!shared) {
    setInterval(() => { if (!document.hidden) poll(); }, POLL_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
    return;
  }
  channel.addEventListener("message", (event) => {
    if (event.data.ask) { if (give && latest) channel.postMessage({ version: latest, isLinked: true }); return; }
    linked(event.data.isLinked);
    if (event.data.version) changed(event.data.version);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { rest(); return; }
    channel.postMessage({ ask: true });
    read();
  });
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => { if (event.persisted && !document.hidden) read(); });
  if (!document.hidden) { channel.postMessage({ ask: true }); read(); }
};
