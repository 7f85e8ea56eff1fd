/* Nothing on a page acts until guard.js has looked at it: the second click of a pair may come while that is on its way.
   Once the page is loaded without it, the page works without it. */
addEventListener("click", (event) => {
  if (globalThis.guarded || !event.isTrusted) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
addEventListener("load", () => { globalThis.guarded = true; });
