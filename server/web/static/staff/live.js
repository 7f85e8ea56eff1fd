/* Live updates: when the server's version number changes, the page refreshes. A browser opens few connections to one
   server, so all its pages share one event stream: the page that holds a Web Lock reads the stream and broadcasts the
   versions to the others. A hidden page releases the lock. Refreshes and presence reports of all pages run one at a
   time, so that a press always finds a free connection. Without locks or channels each page polls instead. */

const POLL_MS = 2000;    // between two polls of /version
const RETRY_MS = 5000;   // a page without a free stream polls for this long, then asks for a stream again
export const REQUEST_TIMEOUT_MS = 8000;
const STREAM_LOCK = "luot-stream";
const BACKGROUND_LOCK = "luot-background";

export const withTimeout = (options = {}) => ({ ...options, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });

/* A busy server refuses a request with this status and changes nothing; after Retry-After it may be sent again. */
export const BUSY = 503;
const UNAUTHENTICATED = 401;
const BUSY_TRIES = 4;
const RETRY_SPREAD_MS = 1000; // of the pages that were refused together
/* `retryAfter`: the value of the header, in seconds. */
export const retryMs = (retryAfter) => (Number(retryAfter) || 2) * 1000 + Math.random() * RETRY_SPREAD_MS;
/* Send a request whose repetition has no further effect; send it again while the server is busy. */
export const fetchWhenFree = async (url, options) => {
  for (let tries = 1; ; tries += 1) {
    const headers = { "Accept-Language": document.documentElement.lang }; // a busy server reads no cookie
    const response = await fetch(url, withTimeout({ ...options, headers }));
    if (response.status !== BUSY || tries === BUSY_TRIES) return response;
    await new Promise((resolve) => setTimeout(resolve, retryMs(response.headers.get("Retry-After"))));
  }
};

/* Run a background task while no other page of this browser runs one. */
export const runExclusively = (task) => (navigator.locks ? navigator.locks.request(BACKGROUND_LOCK, task) : task());

/* Calls `onVersion(version)` with every version received, `onConnected(isConnected)` after every request, and
   `onSignedOut()` when the server asks for a sign-in. */
export const followVersion = ({ onVersion, onConnected, onSignedOut }) => {
  const canShare = Boolean(navigator.locks && globalThis.BroadcastChannel);
  const channel = canShare ? new BroadcastChannel(STREAM_LOCK) : null;
  let latestVersion = null;  // the newest version that this page received from the server
  let releaseLock = null;    // releases the lock; null while another page has it
  let lockRequest = null;    // aborts the request for the lock
  let source = null;
  let timer = 0;

  const publish = (version, isConnected) => {
    if (version) latestVersion = version;
    onConnected(isConnected);
    if (version) onVersion(version);
    channel?.postMessage({ version, isLinked: isConnected }); // `isLinked`: tabs of an older release read it
  };
  const poll = async () => {
    try {
      const response = await fetch("/version", withTimeout({ cache: "no-cache" }));
      if (response.status === UNAUTHENTICATED) { publish(null, true); onSignedOut(); return; }
      publish(response.ok ? await response.text() : null, response.ok);
    } catch { publish(null, false); }
  };

  /* The page with the lock reads the stream; while the server has no free stream, it polls every two seconds. */
  const closeStream = () => { source?.close(); source = null; clearTimeout(timer); };
  const openStream = () => {
    closeStream();
    source = new EventSource("/live");
    source.addEventListener("open", () => publish(null, true));
    source.addEventListener("version", (event) => publish(event.data, true));
    source.addEventListener("ended", () => { closeStream(); pollFor(RETRY_MS); }); // the session may be over: a poll knows
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) { publish(null, false); return; }
      source = null;
      pollFor(RETRY_MS);
    });
  };
  const pollFor = (remainingMs) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      await poll();
      if (releaseLock === null) return;
      if (remainingMs > 0) pollFor(remainingMs - POLL_MS); else openStream();
    }, POLL_MS);
  };

  const takeLock = async () => {
    if (lockRequest || releaseLock) return;
    lockRequest = new AbortController();
    try {
      await navigator.locks.request(STREAM_LOCK, { signal: lockRequest.signal }, () => new Promise((resolve) => {
        releaseLock = () => { closeStream(); releaseLock = null; resolve(); };
        lockRequest = null;
        openStream();
      }));
    } catch { /* the page was hidden before it got the lock */ }
    lockRequest = null;
    if (!document.hidden && !releaseLock) takeLock();
  };
  const yieldLock = () => { lockRequest?.abort(); releaseLock?.(); };

  if (!canShare) {
    setInterval(() => { if (!document.hidden) poll(); }, POLL_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
    return;
  }
  channel.addEventListener("message", (event) => {
    if (event.data.ask) { // another page has become visible and asks for the newest version
      if (releaseLock && latestVersion) channel.postMessage({ version: latestVersion, isLinked: true });
      return;
    }
    onConnected(event.data.isLinked);
    if (event.data.version) onVersion(event.data.version);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { yieldLock(); return; }
    channel.postMessage({ ask: true });
    takeLock();
  });
  addEventListener("pagehide", yieldLock);
  addEventListener("pageshow", (event) => { if (event.persisted && !document.hidden) takeLock(); });
  if (!document.hidden) { channel.postMessage({ ask: true }); takeLock(); }
};
