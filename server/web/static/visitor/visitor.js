// Fetches the page again and swaps what it shows; when that fails the old picture stays, marked as old.
// Without scripts a meta refresh does the same, less gently.
"use strict";
(() => {
  const seconds = Number(document.getElementById("main").dataset.refreshS);
  const update = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(8000) });
      if (!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["main", "updated", "stale"]) {
        const there = document.getElementById(id), newer = fresh.getElementById(id);
        if (there && newer) there.replaceChildren(...newer.childNodes);
      }
      document.title = fresh.title;
      document.getElementById("stale").hidden = true;
    } catch {
      document.getElementById("stale").hidden = false;
    }
  };
  setInterval(update, seconds * 1000);
})();
