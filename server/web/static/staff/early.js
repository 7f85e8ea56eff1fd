/* Blocks all clicks until guard.js is loaded, because the second click of a double click may come before that.
   If guard.js cannot be loaded, clicks work again after the page's load event. */
addEventListener("click", (event) => {
  if (globalThis.guarded || !event.isTrusted) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
addEventListener("load", () => { globalThis.guarded = true; });
