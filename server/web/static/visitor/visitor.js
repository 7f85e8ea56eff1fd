// Fetches the page regularly and replaces its content; when that fails, the old content stays, marked as stale.
// Without scripts a meta refresh reloads the page instead.
// Clicks within MIN_VISIBLE_MS of a change are ignored, so that the second tap of a double tap has no effect.
"use strict";
(() => {
  const MIN_VISIBLE_MS = 600;
  const BUSY = 503;             // the status of a busy server; its header Retry-After has the seconds until the next try
  const RETRY_SPREAD_MS = 1000; // of the pages that were refused together
  const main = document.getElementById("main");
  const refreshS = Number(main.dataset.refreshS);
  let changedMs = performance.now();
  const noteChange = () => { changedMs = performance.now(); };
  const blockEarlyClick = (event) => {
    if (event.timeStamp - changedMs >= MIN_VISIBLE_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("click", blockEarlyClick, true);
  addEventListener("pageshow", noteChange);
  const refresh = async (isRetry = false) => {
    try {
      const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(8000) });
      if (response.status === BUSY && !isRetry) {
        const retryMs = (Number(response.headers.get("Retry-After")) || 2) * 1000 + Math.random() * RETRY_SPREAD_MS;
        setTimeout(() => refresh(true), retryMs);
        return;
      }
      if (!response.ok && response.status !== 404) throw new Error(String(response.status));
      const newDocument = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const fold of main.querySelectorAll("details[open][id]")) { // what a visitor unfolded stays so
        newDocument.getElementById(fold.id)?.setAttribute("open", "");
      }
      if (newDocument.getElementById("main").innerHTML !== main.innerHTML) noteChange();
      for (const id of ["main", "updated", "stale"]) {
        const current = document.getElementById(id), replacement = newDocument.getElementById(id);
        if (current && replacement) current.replaceChildren(...replacement.childNodes);
      }
      document.title = newDocument.title;
      document.getElementById("stale").hidden = true;
    } catch {
      document.getElementById("stale").hidden = false;
    }
  };
  if (refreshS) setInterval(() => refresh(), refreshS * 1000);
})();
