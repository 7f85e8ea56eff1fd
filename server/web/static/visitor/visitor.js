// Fetches the page again and swaps what it shows; when that fails the old picture stays, marked as old.
// Without scripts a meta refresh does the same, less gently.
// What was drawn less than REST_MS ago is not pressed: the second tap of a pair does nothing new.
"use strict";
(() => {
  const REST_MS = 600;
  const main = document.getElementById("main");
  const seconds = Number(main.dataset.refreshS);
  let drawn = performance.now();
  const rest = () => { drawn = performance.now(); };
  const guard = (event) => {
    if (event.timeStamp - drawn >= REST_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("click", guard, true);
  addEventListener("pageshow", rest);
  const update = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(8000) });
      if (!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (fresh.getElementById("main").innerHTML !== main.innerHTML) rest();
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
  if (seconds) setInterval(update, seconds * 1000);
})();
