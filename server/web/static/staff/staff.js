/* The staff's pages without this file work by plain forms; with it they follow the hall by themselves.
   Nothing here decides anything: keys press the buttons that the server drew. */
"use strict";

(() => {
  const POLL_MS = 2000;
  const SAID_MS = 15000;
  const PRESENT_MS = 10000;
  const page = () => document.getElementById("page");
  const data = (name) => page()?.dataset[name];

  /* --- following the hall: a version number says when to fetch the page again --- */
  let streaming = false;
  let polled = null;
  let answering = true;

  const show = () => {
    for (const one of document.querySelectorAll("[data-link]")) one.hidden = (one.dataset.link === "on") !== answering;
  };
  const heard = (yes) => { answering = yes; show(); };
  const refresh = () => { if (document.getElementById("live")) htmx.trigger("#live", "changed"); };

  document.addEventListener("htmx:sseOpen", () => { streaming = true; heard(true); });
  for (const name of ["htmx:sseError", "htmx:sseClose"]) document.addEventListener(name, () => { streaming = false; });

  const poll = async () => {
    if (streaming || !document.getElementById("live")) return;
    try {
      const answer = await fetch("/version", { cache: "no-cache" });
      heard(answer.ok);
      const version = await answer.text();
      if (answer.ok && polled !== null && version !== polled) refresh();
      if (answer.ok) polled = version;
    } catch { heard(false); }
  };
  setInterval(poll, POLL_MS);

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
    page().toggleAttribute("data-auto", fresh.getElementById("page")?.hasAttribute("data-auto") ?? false);
    drawn = performance.now();
    show();
  };
  document.addEventListener("input", (event) => {
    event.target.closest(".panel, details")?.setAttribute("data-dirty", "");
    if (event.target.name === "outcome" && event.target.closest(".choices[data-ticket]")) {
      chosen = { ticket: event.target.closest(".choices").dataset.ticket, value: event.target.value };
    }
  });
  document.addEventListener("toggle", (event) => { if (!event.target.open) event.target.removeAttribute("data-dirty"); }, true);
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
  document.addEventListener("htmx:afterRequest", (event) => { if (!byItself(event)) { asking = Math.max(0, asking - 1); setTimeout(catchUp, 0); } });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (byItself(event) && (waits() || begun())) event.detail.shouldSwap = false;
    if (byItself(event) && waits()) leftOut = true;
    if (byItself(event) && !waits() && begun()) redrawAround(event.detail.xhr.responseText);
    opened = [...document.querySelectorAll("details[open]")].map((one) => one.id);
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
    follow();
    tick();
    document.querySelector(".panel[autofocus-first] :is(select, input:not([type=hidden]), textarea)")?.focus();
  });
  const failed = (event) => { if (event.detail.requestConfig?.verb === "post") document.getElementById("lost").hidden = false; heard(false); };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:afterOnLoad", (event) => { heard(true); if (!byItself(event)) document.getElementById("lost").hidden = true; });

  /* --- a list of procedures follows the service chosen in its form --- */
  const follow = () => {
    for (const list of document.querySelectorAll("select[data-follows]")) {
      const service = list.form.elements[list.dataset.follows].value;
      for (const group of list.querySelectorAll("optgroup")) group.hidden = group.disabled = group.dataset.service !== service;
      if (list.selectedOptions[0]?.parentElement.disabled) list.value = "";
    }
  };
  document.addEventListener("change", follow);

  /* --- keys: each presses what carries its letter --- */
  const typing = (at) => at.matches("input:not([type=radio], [type=checkbox]), textarea, select") || at.isContentEditable;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    acknowledge();
    if (event.key === "Escape") {
      const close = document.querySelector("[data-key=Escape]");
      if (close) { event.preventDefault(); close.click(); }
      return;
    }
    if (typing(event.target) || event.key.length !== 1) return;
    const key = event.key.toUpperCase();
    const found = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
    if (!found) return;
    event.preventDefault();
    if (found.disabled) return;
    if (found.matches("input[type=radio]")) found.focus();
    found.click();
  });

  /* --- presence: the page says that it is open, and that somebody is at it --- */
  const here = (key) => {
    const address = data("here");
    if (!address) return;
    const body = new URLSearchParams({ key: key ? "1" : "" });
    fetch(address, { method: "POST", body, keepalive: true }).then((answer) => heard(answer.ok), () => heard(false));
  };
  const acknowledge = () => { if (data("auto") !== undefined) here(true); };
  document.addEventListener("pointerdown", acknowledge);
  setInterval(() => here(false), PRESENT_MS);
  here(false);

  /* --- clocks: counted on from what the server drew, never ahead of the next drawing by more than its age --- */
  let drawn = performance.now();
  const two = (n) => String(n).padStart(2, "0");
  const tick = () => {
    const speed = Number(data("speed") ?? 1);
    const gone = (performance.now() - drawn) / 1000 * speed;
    for (const one of document.querySelectorAll("[data-running]")) {
      const s = Math.floor(Number(one.dataset.running) / 1000 + gone);
      const h = Math.floor(s / 3600);
      one.textContent = h ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${two(Math.floor(s / 60))}:${two(s % 60)}`;
    }
    for (const wait of document.querySelectorAll("[data-wait]")) {  // a key that does nothing yet says how long
      const left = Math.ceil(Number(wait.dataset.wait) - gone);
      if (left > 0) wait.textContent = wait.textContent.replace(/\d+/, left); else wait.remove();
    }
    for (const one of document.querySelectorAll("[data-clock]")) {
      const s = Math.floor(Number(one.dataset.clock) / 1000 + gone) % 86400;
      one.textContent = `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}`;
    }
  };
  setInterval(tick, 500);

  keepSaid();
  follow();
  tick();
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
  document.addEventListener("change", (event) => { event.target.closest("[data-submit-on-change]")?.requestSubmit(); });
})();
