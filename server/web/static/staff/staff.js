/* The staff's pages without this file work by plain forms; with it they follow the hall by themselves.
   Nothing here decides anything: keys press the buttons that the server drew. */

import { survey } from "./guard.js";
import { showMode } from "./keys.js";
import { follow, inTurn, limited } from "./live.js";

const SAID_MS = 15000;
const PRESENT_MS = 10000;
const TURN_MS = 11000; // longer than the time limit of htmx's requests
const page = () => document.getElementById("page");
const data = (name) => page()?.dataset[name];
const lost = document.getElementById("lost");

/* --- the connection: what was lost is said while it is lost, and that it is back, once --- */
let answering = true;
const show = () => {
  for (const sign of document.querySelectorAll("[data-link]")) sign.hidden = (sign.dataset.link === "on") !== answering;
};
const heard = (yes) => {
  answering = yes;
  if (yes && !lost.hidden) {
    lost.hidden = true;
    said = { html: document.getElementById("back").innerHTML, at: performance.now() };
    refresh();
  }
  show();
};

/* --- drawing the page again, in turn with the browser's other pages --- */
let wanted = false;
const draw = async () => {
  wanted = false;
  const live = document.getElementById("live");
  if (!live) return;
  const request = htmx.ajax("GET", live.dataset.page, { source: live, target: "#page", select: "#page", swap: "outerHTML" });
  await Promise.race([request.catch(() => {}), new Promise((resolve) => setTimeout(resolve, TURN_MS))]);
};
const refresh = () => {
  if (document.hidden) { stale = true; return; }
  if (wanted) return;
  wanted = true;
  inTurn(draw);
};
let stale = false;
document.addEventListener("visibilitychange", () => { if (!document.hidden && stale) { stale = false; refresh(); } });
if (document.getElementById("live")) {
  follow({ changed: (version) => { if (version !== data("version")) refresh(); }, linked: heard });
}
setInterval(refresh, Number(document.getElementById("live")?.dataset.everyS ?? 20) * 1000);

/* --- replacing the page: what a person has begun is never taken from under their hands --- */
let chosen = null;   // outcome chosen for a ticket but not sent yet
let opened = [];     // tables that were folded out
let said = { html: "", at: 0 };  // the answer to what was asked: it outlives redrawings for a while
const keepSaid = () => {
  const place = document.getElementById("said");
  if (!place) return;
  if (place.innerHTML) said = { html: place.innerHTML, at: performance.now() };
  else if (said.html && performance.now() - said.at < SAID_MS) place.innerHTML = said.html;
};

const begun = () => document.querySelector("[data-dirty]") !== null
  || document.activeElement?.closest(".panel form, details form") != null;
const redrawAround = (text) => {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const id of ["part-head", "part-queue", "part-alerts"]) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (!old || !now) continue;
    old.replaceWith(now);
    htmx.process(now);
  }
  const now = fresh.getElementById("page");
  page().toggleAttribute("data-auto", now?.hasAttribute("data-auto") ?? false);
  if (now?.dataset.version) page().dataset.version = now.dataset.version;
  drawn = performance.now();
  show();
  survey();
};
document.addEventListener("input", (event) => {
  event.target.closest(".panel, details")?.setAttribute("data-dirty", "");
  if (event.target.name === "outcome" && event.target.closest(".choices[data-ticket]")) {
    chosen = { ticket: event.target.closest(".choices").dataset.ticket, value: event.target.value };
  }
});
document.addEventListener("toggle", (event) => {
  if (!event.target.open) event.target.removeAttribute("data-dirty");
  survey();
}, true);
// What a person asked is answered first: a redrawing in between would take away the form that waits for its answer.
// Nor while a button is held down, or the press would be lost. What was left out is fetched right after.
let asking = 0;
let held = false;
let leftOut = false;
const waits = () => asking > 0 || held;
const catchUp = () => { if (leftOut && !waits()) { leftOut = false; refresh(); } };
document.addEventListener("pointerdown", () => { held = true; }, true);
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => setTimeout(() => { held = false; catchUp(); }, 50), true);
}
const byItself = (event) => event.detail.elt?.id === "live" || event.detail.requestConfig?.elt?.id === "live";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!byItself(event)) asking += 1;
  else if (waits()) { leftOut = true; event.preventDefault(); }
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (byItself(event)) return;
  asking = Math.max(0, asking - 1);
  setTimeout(catchUp, 0);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (byItself(event) && (waits() || begun())) event.detail.shouldSwap = false;
  if (byItself(event) && waits()) leftOut = true;
  if (byItself(event) && !waits() && begun()) redrawAround(event.detail.xhr.responseText);
  opened = [...document.querySelectorAll("details[open]")].map((table) => table.id);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!byItself(event)) said = { html: "", at: 0 };
  keepSaid();
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  const group = document.querySelector(".choices[data-ticket]");
  if (chosen && group?.dataset.ticket === chosen.ticket) {
    const radio = group.querySelector(`input[value="${CSS.escape(chosen.value)}"]`);
    if (radio) radio.checked = true;
  }
  drawn = performance.now();
  show();
  showMode();
  listProcedures();
  tick();
  survey();
  document.querySelector(".panel[autofocus-first] :is(select, input:not([type=hidden]), textarea)")?.focus();
});
const failed = (event) => {
  if (event.detail.requestConfig?.verb === "post") lost.hidden = false;
  heard(false);
};
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);
document.addEventListener("htmx:afterOnLoad", (event) => {
  if (!byItself(event)) lost.hidden = true;
  heard(true);
});

/* --- a list of procedures follows the service chosen in its form --- */
const listProcedures = () => {
  for (const list of document.querySelectorAll("select[data-follows]")) {
    const service = list.form.elements[list.dataset.follows].value;
    for (const group of list.querySelectorAll("optgroup")) {
      group.hidden = group.disabled = group.dataset.service !== service;
    }
    if (list.selectedOptions[0]?.parentElement.disabled) list.value = "";
  }
};
document.addEventListener("change", listProcedures);

/* --- presence: the page says that it is open, and that somebody is at it --- */
const post = (key) => {
  const body = new URLSearchParams({ key: key ? "1" : "", as: data("as") ?? "" });
  return fetch(data("here"), limited({ method: "POST", body, keepalive: true })).then((answer) => {
    heard(answer.ok || answer.status === 401 || answer.status === 409);
    if (!answer.ok) refresh(); // this page's sign-in has ended: the server draws what there is to do
  }, () => heard(false));
};
const here = () => { if (data("here")) inTurn(() => post(false)); };
const acknowledge = () => { if (data("here") && data("auto") !== undefined) post(true); };
document.addEventListener("pointerdown", acknowledge);
document.addEventListener("keydown", acknowledge);
setInterval(here, PRESENT_MS);
here();

/* --- clocks: counted on from what the server drew, never ahead of the next drawing by more than its age --- */
let drawn = performance.now();
const two = (n) => String(n).padStart(2, "0");
const tick = () => {
  const speed = Number(data("speed") ?? 1);
  const gone = (performance.now() - drawn) / 1000 * speed;
  for (const running of document.querySelectorAll("[data-running]")) {
    const s = Math.floor(Number(running.dataset.running) / 1000 + gone);
    const h = Math.floor(s / 3600);
    const minutes = h ? `${h}:${two(Math.floor(s / 60) % 60)}` : two(Math.floor(s / 60));
    running.textContent = `${minutes}:${two(s % 60)}`;
  }
  for (const wait of document.querySelectorAll("[data-wait]")) { // a key that does nothing yet says how long
    const left = Math.ceil(Number(wait.dataset.wait) - gone);
    if (left > 0) wait.textContent = wait.textContent.replace(/\d+/, left); else wait.remove();
  }
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const s = Math.floor(Number(clock.dataset.clock) / 1000 + gone) % 86400;
    clock.textContent = `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}`;
  }
};
setInterval(tick, 500);

keepSaid();
showMode();
listProcedures();
tick();
show();
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
document.addEventListener("change", (event) => { event.target.closest("[data-submit-on-change]")?.requestSubmit(); });
