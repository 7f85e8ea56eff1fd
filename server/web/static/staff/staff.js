/* Staff pages work with plain forms; with this file they also refresh by themselves and have live clocks.
   The server decides everything: shortcuts only press the buttons that it rendered. */

import "./alarm.js";
import "./beside.js";
import { updateControls } from "./guard.js";
import { showMode } from "./keys.js";
import { BUSY, fetchWhenFree, followVersion, retryMs, runExclusively, withTimeout } from "./live.js";
import { askToSignIn, isSignedOut, isSignedOutXhr } from "./session.js";

/* The server's attributes of #page: data-version (live version), data-drawn (version of the counter), data-as (id of the
   sign-in), data-auto (an automatic call waits to be acknowledged), data-speed (of the clocks), data-here (address of the
   presence reports), data-scans (address of scans), data-scripts (version of the scripts). A tab may stay open over an
   upgrade: these names stay, and a page of other scripts is loaded whole. This file sets data-dirty on a form with unsaved
   input, and hides the [data-link] that does not apply. */

const NOTICE_MS = 15000;
const PRESENCE_EVERY_MS = 10000;
const REFRESH_TIMEOUT_MS = 11000; // longer than the time limit of htmx's requests
const page = () => document.getElementById("page");
const pageData = (name) => page()?.dataset[name];
const scriptsVersion = pageData("scripts"); // of the loaded scripts, this file among them
const disconnectedAlert = document.getElementById("disconnected");

/* --- the connection: an alert at the large keys while it is lost, and one notice when it is back --- */
const PROBE_EVERY_MS = 2000;
let isConnected = true;
let lostAction = false; // a request of the person was lost
let isProbing = false;
const showConnection = () => {
  document.documentElement.toggleAttribute("data-offline", !isConnected); // staff.css: no key takes clicks
  for (const indicator of document.querySelectorAll("[data-link]")) indicator.hidden = (indicator.dataset.link === "on") !== isConnected;
  for (const part of document.querySelectorAll("[data-lost-action]")) part.hidden = !lostAction;
  disconnectedAlert.hidden = !lostAction || document.querySelector(".lost") !== null;
};
const setConnected = (connected) => {
  const isBack = connected && (!isConnected || lostAction);
  isConnected = connected;
  if (isBack) {
    if (lostAction) notice = { html: document.getElementById("reconnected").innerHTML, shownMs: performance.now() };
    lostAction = false;
    refresh();
  }
  showConnection();
  if (!connected) probe();
};
const loseAction = () => { lostAction = true; setConnected(false); };
/* Ask until the server answers: the keys are locked until then. */
const probe = async () => {
  if (isProbing) return;
  isProbing = true;
  while (!isConnected) {
    const answers = await fetch("/version", withTimeout({ cache: "no-cache" })).then(() => true, () => false);
    if (answers) setConnected(true);
    else await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  isProbing = false;
};
/* A stream that ended is no lost connection while the server answers. */
const suspectLoss = (connected) => {
  if (connected) { setConnected(true); return; }
  if (isConnected) fetch("/version", withTimeout({ cache: "no-cache" })).catch(() => setConnected(false));
};
const isLocked = (event) => !isConnected && event.target.closest?.("#page :is(a[href], button, form)") != null;
for (const name of ["click", "submit"]) {
  document.addEventListener(name, (event) => {
    if (!isLocked(event) || (name === "click" && !event.target.closest("a[href], button"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}

/* --- refreshing the page, one page of the browser at a time --- */
let refreshQueued = false;
const fetchPage = async () => {
  refreshQueued = false;
  const live = document.getElementById("live");
  if (!live) return;
  const request = htmx.ajax("GET", live.dataset.page, { source: live, target: "#page", select: "#page", swap: "outerHTML" });
  await Promise.race([request.catch(() => {}), new Promise((resolve) => setTimeout(resolve, REFRESH_TIMEOUT_MS))]);
};
let retryTimer = 0; // repeats a refresh that a busy server refused; until then no other is made
const refreshLater = (delayMs) => {
  clearTimeout(retryTimer);
  retryTimer = setTimeout(() => { retryTimer = 0; refresh(); }, delayMs);
};
const refresh = () => {
  if (document.hidden) { refreshWhenVisible = true; return; }
  if (refreshQueued || retryTimer) return;
  refreshQueued = true;
  runExclusively(fetchPage);
};
let refreshWhenVisible = false;
document.addEventListener("visibilitychange", () => { if (!document.hidden && refreshWhenVisible) { refreshWhenVisible = false; refresh(); } });
if (document.getElementById("live")) {
  followVersion({ onVersion: (version) => { if (version !== pageData("version")) refresh(); }, onConnected: suspectLoss, onSignedOut: askToSignIn });
}
document.addEventListener("signed-in", () => refresh());
setInterval(refresh, Number(document.getElementById("live")?.dataset.refreshEveryS ?? 20) * 1000);

/* --- replacing the page: a refresh never discards what a person has begun to enter --- */
let chosenOutcome = null;  // the outcome chosen for a ticket but not sent yet
let openDetails = [];      // ids of the <details> that were open before a refresh
let scrolledPx = [];       // how far each [data-keeps-scroll] was scrolled before a refresh
let notice = { html: "", shownMs: 0 };  // the result of the last action: stays through refreshes for NOTICE_MS
const keepNotice = () => {
  const area = document.getElementById("notices");
  if (!area) return;
  if (area.innerHTML) notice = { html: area.innerHTML, shownMs: performance.now() };
  else if (notice.html && performance.now() - notice.shownMs < NOTICE_MS) area.innerHTML = notice.html;
};

const hasUnsavedInput = () => document.querySelector("[data-dirty]") !== null
  || document.activeElement?.closest(".panel form, details form") != null;
const refreshAroundForm = (html) => {
  const newDocument = new DOMParser().parseFromString(html, "text/html");
  for (const id of ["part-head", "part-band", "part-strip", "part-queue", "part-alerts", "part-messages"]) {
    const [old, replacement] = [document.getElementById(id), newDocument.getElementById(id)];
    if (!old || !replacement) continue;
    old.replaceWith(replacement);
    htmx.process(replacement);
  }
  const replacement = newDocument.getElementById("page");
  page().toggleAttribute("data-auto", replacement?.hasAttribute("data-auto") ?? false);
  if (replacement?.dataset.version) page().dataset.version = replacement.dataset.version;
  renderedMs = performance.now();
  showConnection();
  updateControls();
};
document.addEventListener("input", (event) => {
  event.target.closest(".panel, details")?.setAttribute("data-dirty", "");
  if (event.target.name === "outcome" && event.target.closest(".choices[data-ticket]")) {
    chosenOutcome = { ticket: event.target.closest(".choices").dataset.ticket, value: event.target.value };
  }
});
document.addEventListener("toggle", (event) => {
  if (!event.target.open) event.target.removeAttribute("data-dirty");
  updateControls();
}, true);
// No refresh while a request of the person is pending, because it would remove the form that waits for the response, nor
// while the pointer is down, because the press would be lost. A skipped refresh is made right afterwards.
let pendingRequests = 0;
let isPointerDown = false;
let refreshSkipped = false;
const mustDeferRefresh = () => pendingRequests > 0 || isPointerDown;
const refreshIfSkipped = () => { if (refreshSkipped && !mustDeferRefresh()) { refreshSkipped = false; refresh(); } };
document.addEventListener("pointerdown", () => { isPointerDown = true; }, true);
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => setTimeout(() => { isPointerDown = false; refreshIfSkipped(); }, 50), true);
}
const isAutoRefresh = (event) => event.detail.elt?.id === "live" || event.detail.requestConfig?.elt?.id === "live";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isAutoRefresh(event)) pendingRequests += 1;
  else if (mustDeferRefresh()) { refreshSkipped = true; event.preventDefault(); }
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (isAutoRefresh(event)) return;
  pendingRequests = Math.max(0, pendingRequests - 1);
  setTimeout(refreshIfSkipped, 0);
});
document.addEventListener("htmx:configRequest", (event) => { // a busy server reads no cookie
  event.detail.headers["Accept-Language"] = document.documentElement.lang;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (isSignedOutXhr(event.detail.xhr)) { event.detail.shouldSwap = false; askToSignIn(); return; }
  if (event.detail.shouldSwap && !isPage(event.detail.xhr)) { keepPage(event); return; }
  if (isAutoRefresh(event) && (mustDeferRefresh() || hasUnsavedInput())) event.detail.shouldSwap = false;
  if (isAutoRefresh(event) && mustDeferRefresh()) refreshSkipped = true;
  if (isAutoRefresh(event) && !mustDeferRefresh() && hasUnsavedInput()) refreshAroundForm(event.detail.xhr.responseText);
  openDetails = [...document.querySelectorAll("details[open]")].map((details) => details.id);
  scrolledPx = [...document.querySelectorAll("[data-keeps-scroll]")].map((area) => area.scrollTop);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (isAutoRefresh(event) && pageData("scripts") !== scriptsVersion) { // the server was upgraded
    location.assign(document.getElementById("live").dataset.page);
    return;
  }
  if (!isAutoRefresh(event)) notice = { html: "", shownMs: 0 };
  keepNotice();
  for (const id of openDetails) document.getElementById(id)?.setAttribute("open", "");
  if (!isAutoRefresh(event) && event.detail.xhr.status >= 400) markRefusedForm(event.detail.requestConfig.path);
  document.querySelectorAll("[data-keeps-scroll]").forEach((area, index) => { area.scrollTop = scrolledPx[index] ?? 0; });
  const group = document.querySelector(".choices[data-ticket]");
  if (chosenOutcome && group?.dataset.ticket === chosenOutcome.ticket) {
    const radio = group.querySelector(`input[value="${CSS.escape(chosenOutcome.value)}"]`);
    if (radio) radio.checked = true;
  }
  renderedMs = performance.now();
  showConnection();
  showMode();
  updateClocks();
  updateControls();
  if (event.detail.target?.id === "page") focusPanel();
});
/* The page of a refusal has the form as it was sent: unsaved input, which the next refresh would empty. */
const markRefusedForm = (action) => {
  for (const form of document.forms) {
    if (form.getAttribute("action") === action) form.closest(".panel, details[open]")?.setAttribute("data-dirty", "");
  }
};
/* The field for the next step of the form that was opened: that which the page names, else the first one. */
const focusPanel = () => {
  const panel = document.querySelector(".panel[autofocus-first]");
  (panel?.querySelector("[data-first-focus]") ?? panel?.querySelector("select, input:not([type=hidden]), textarea"))?.focus();
};
const onRequestFailed = (event) => {
  if (event.detail.requestConfig?.verb === "post") loseAction(); else setConnected(false);
};
document.addEventListener("htmx:sendError", onRequestFailed);
document.addEventListener("htmx:timeout", onRequestFailed);
document.addEventListener("htmx:afterOnLoad", (event) => {
  if (!isAutoRefresh(event)) lostAction = false;
  setConnected(true);
});

/* --- an answer that is no page: the page and its forms stay, so that the same request can be sent again --- */
const isPage = (xhr) => xhr.responseText.includes(" data-scripts=");
const keepPage = (event) => {
  const { xhr, requestConfig } = event.detail;
  event.detail.shouldSwap = false;
  const isRedirected = new URL(xhr.responseURL).pathname !== new URL(requestConfig.path, location.href).pathname;
  const wasAccepted = requestConfig.verb === "post" && isRedirected; // only the page after it was refused
  if (xhr.status === BUSY && wasAccepted) leavePanel(xhr.responseURL);
  if (xhr.status === BUSY && (wasAccepted || isAutoRefresh(event))) refreshLater(retryMs(xhr.getResponseHeader("Retry-After")));
  else showRefusal(xhr.responseText);
};
/* The next refresh fetches `url` and replaces every form. */
const leavePanel = (url) => {
  const live = document.getElementById("live");
  if (live) live.dataset.page = url;
  for (const form of document.querySelectorAll("[data-dirty]")) form.removeAttribute("data-dirty");
  document.activeElement?.blur();
};
/* Show the sentence of a page with a refusal; without one, that of a lost connection. */
const showRefusal = (html) => {
  const sentence = new DOMParser().parseFromString(html, "text/html").querySelector("h1")?.textContent;
  const alert = document.getElementById("refused").content.cloneNode(true);
  alert.querySelector("span").textContent = sentence ?? disconnectedAlert.textContent.trim();
  const area = document.getElementById("notices") ?? Object.assign(document.createElement("div"), { id: "notices" });
  area.replaceChildren(alert);
  if (!area.isConnected) document.getElementById("main").prepend(area);
  keepNotice();
};
document.addEventListener("lost", loseAction); // by keys.js: a scan
document.addEventListener("refused", (event) => showRefusal(event.detail)); // by keys.js: a scan

/* --- the list of procedures shows those of the service chosen in its form --- */
const listProcedures = () => {
  for (const select of document.querySelectorAll("select[data-follows]")) {
    const service = select.form.elements[select.dataset.follows].value.split("/")[0];
    for (const group of select.querySelectorAll("optgroup")) {
      group.hidden = group.disabled = group.dataset.service !== service;
    }
    if (select.selectedOptions[0]?.parentElement.disabled) select.value = "";
  }
};
document.addEventListener("change", listProcedures);

/* --- presence: the page reports that it is open, and that a person uses it --- */
const postPresence = (isKeyPress) => {
  const body = new URLSearchParams({ key: isKeyPress ? "1" : "", as: pageData("as") ?? "" });
  const options = { method: "POST", body, keepalive: true };
  const request = isKeyPress ? fetchWhenFree(pageData("here"), options) : fetch(pageData("here"), withTimeout(options));
  return request.then((response) => {
    const isBusy = response.status === BUSY; // the next report follows soon
    if (isSignedOut(response)) { setConnected(true); askToSignIn(); return; }
    setConnected(response.ok || isBusy || response.status === 401 || response.status === 409);
    if (!response.ok && !isBusy) refresh(); // this page's sign-in has ended: the refresh shows the sign-in page
  }, () => setConnected(false));
};
const reportPresence = () => { if (pageData("here")) runExclusively(() => postPresence(false)); };
const acknowledge = () => { if (pageData("here") && pageData("auto") !== undefined) postPresence(true); };
document.addEventListener("pointerdown", acknowledge);
document.addEventListener("keydown", acknowledge);
setInterval(reportPresence, PRESENCE_EVERY_MS);
reportPresence();

/* --- clocks: advance from the values that the server rendered, until the next refresh --- */
let renderedMs = performance.now();
const twoDigits = (n) => String(n).padStart(2, "0");
const updateClocks = () => {
  const speed = Number(pageData("speed") ?? 1);
  const elapsedS = (performance.now() - renderedMs) / 1000 * speed;
  for (const running of document.querySelectorAll("[data-running]")) {
    const seconds = Math.floor(Number(running.dataset.running) / 1000 + elapsedS);
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    running.textContent = `${hours ? `${hours}:` : ""}${twoDigits(minutes)}:${twoDigits(seconds % 60)}`;
  }
  for (const wait of document.querySelectorAll("[data-wait]")) { // the countdown of a button that has no effect yet
    const remainingS = Math.ceil(Number(wait.dataset.wait) - elapsedS);
    if (remainingS > 0) wait.textContent = wait.textContent.replace(/\d+/, remainingS); else wait.remove();
  }
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const seconds = Math.floor(Number(clock.dataset.clock) / 1000 + elapsedS) % 86400; // of the day
    clock.textContent = `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor(seconds / 60) % 60)}`;
  }
};
setInterval(updateClocks, 500);

keepNotice();
showMode();
updateClocks();
showConnection();
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
document.addEventListener("change", (event) => { event.target.closest("[data-submit-on-change]")?.requestSubmit(); });
