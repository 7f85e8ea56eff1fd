/* The visible keys of the clerk's page, for double_clicks.py. It does not use the page's own guard against double clicks. */
window.seen = (() => {
  /* Forms that were sent while they are held back: the server gets them one by one. */
  let isHolding = false;
  const held = [];
  const { open, send } = XMLHttpRequest.prototype;
  const posts = new WeakSet();
  XMLHttpRequest.prototype.open = function (method, ...more) {
    if (method.toUpperCase() === "POST") posts.add(this);
    open.call(this, method, ...more);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (isHolding && posts.has(this)) held.push(() => send.call(this, body)); else send.call(this, body);
  };

  const KEYS = "#page :is(button:not(:disabled), a[href], label.choice, label.tick, summary)";
  const OFFERS = "button, a[href], label, summary, select, input, textarea";
  const isShown = (offer) => offer.checkVisibility() && offer.getClientRects().length > 0;
  const leads = (offer) => offer.form?.getAttribute("action") ?? offer.getAttribute("href") ?? "";
  const text = (offer) => [
    offer.tagName.toLowerCase(),
    (offer.innerText ?? offer.name ?? "").replace(/\s+/g, " ").trim(),
    leads(offer),
    offer.form?.elements.ticket?.value ?? "",
  ].join(" | ");
  const keys = () => [...document.querySelectorAll(KEYS)].filter(isShown);
  const lists = () => [...document.querySelectorAll(".queue :is(ol, ul), table.recent")];
  const chosen = (key) => (typeof key === "number" ? keys()[key] : document.querySelector(key));
  return {
    keys: () => keys().map(text),
    /* The key's words, its box, whether it asks the server for something, and whether it sends a form that is answered
       on this page. */
    key: (key) => {
      const offer = chosen(key);
      if (!offer) return null;
      offer.scrollIntoView({ block: "nearest" });
      const { x, y, width, height } = offer.getBoundingClientRect();
      const form = offer.matches("button") ? offer.form : null;
      const asks = offer.matches("a[href]") || Boolean(form?.checkValidity());
      const sends = asks && form?.method === "post" && !form.closest("[hx-boost=false]");
      return { text: text(offer), x, y, width, height, sends: Boolean(sends), asks };
    },
    /* What lies under each point, and where that begins, whether the page takes a click there or not. */
    under: (points) => {
      const bare = new CSSStyleSheet();
      bare.replaceSync("* { pointer-events: auto !important }");
      document.adoptedStyleSheets = [bare];
      const found = points.map(([x, y]) => {
        const offer = document.elementFromPoint(x, y)?.closest(OFFERS);
        if (!offer || offer.disabled) return null;
        const box = offer.getBoundingClientRect();
        return `${text(offer)} | ${Math.round(box.x)} ${Math.round(box.y)}`;
      });
      document.adoptedStyleSheets = [];
      return found;
    },
    /* The panels that the page leads to; of the tickets in a list, the first of each list ("ticket-1"). */
    panels: () => {
      const names = [...document.querySelectorAll("#page a[href*='panel=']")].filter(isShown).map((link) => {
        const list = lists().indexOf(link.closest(".queue :is(ol, ul), table.recent"));
        return new URL(link.href).searchParams.get("panel") + (list < 0 ? "" : `-${list + 1}`);
      });
      return [...new Set(names)];
    },
    address: (panel) => {
      const [name, list] = panel.split("-");
      return (list ? lists()[list - 1] : document).querySelector(`a[href*='panel=${name}']`)?.href ?? null;
    },
    folds: () => [...document.querySelectorAll("#page details:not([open])[id] > summary")].filter(isShown)
      .map((summary) => summary.parentElement.id),
    /* Unfold what the ids name; false where the panel or one of those is not on the page. */
    open: (panel, ids) => {
      const folds = ids.map((id) => document.getElementById(id));
      if (folds.includes(null) || (panel && !document.querySelector(`.panel-${panel}`))) return false;
      for (const fold of folds) fold.open = true;
      return true;
    },
    fields: () => [...document.querySelectorAll(".panel form :is(input, textarea, select)")].some(isShown),
    /* Fill what the open forms ask for. */
    fill: () => {
      for (const field of document.querySelectorAll(".panel form :is(input, textarea)")) {
        if (!isShown(field)) continue;
        const group = field.form.elements[field.name];
        if (field.type === "radio" && !group.value) field.checked = true;
        if (field.name === "other") field.value = "x";
        if (field.name === "code") field.value = "H29.001.02-260126-120001";
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    },
    /* Send, beside the page, the forms that end a scan and the calls for help. */
    putAway: () => Promise.all([...document.querySelectorAll("form:is([action$='/scan/close'], [action*='/help/'])")]
      .map((form) => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }))),
    hold: () => { isHolding = true; },
    /* Let the first of the held forms go; false where there is none. */
    letGo: () => { const first = held.shift(); first?.(); return first !== undefined; },
    isAtRest: () => !window.leaving && document.readyState === "complete"
      && document.querySelectorAll(".htmx-request").length <= held.length,
  };
})();
// The server's stream says nothing: only the machine's own clicks draw the page again.
window.EventSource = class { addEventListener() {} close() {} };
window.leaving = false; // the page is being left for another, which has not come yet
addEventListener("submit", (event) => { window.leaving ||= !event.defaultPrevented; });
addEventListener("click", (event) => { window.leaving ||= !event.defaultPrevented && event.target.closest("a[href]") !== null; });
