/* Blocks all clicks until guard.js is loaded, because the second click of a double click may come before that.
   If guard.js cannot be loaded, clicks work again after the page's load event. */
document.documentElement.setAttribute("data-early", ""); // staff.css: no control takes clicks
addEventListener("click", (event) => {
  if (globalThis.guarded || !event.isTrusted) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
globalThis.acceptClicks = () => {
  globalThis.guarded = true;
  document.documentElement.removeAttribute("data-early");
};
addEventListener("load", globalThis.acceptClicks);
