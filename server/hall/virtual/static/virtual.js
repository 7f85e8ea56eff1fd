"use strict";
// The page of the virtual hall: polls the hall for updates, shows them, and sends touches and presses to the hall.
// All texts come from the hall. An update is the JSON of page_view in server/hall/virtual/view.py.
(() => {
  const lang = document.body.dataset.lang;
  const texts = document.body.dataset; // the texts that change with the state of the hall
  const byId = (id) => document.getElementById(id);
  const LONG_POLL_S = 20; // the hall responds at once when something changes
  const RETRY_AFTER_MS = 1000;

  let clock = null; // {wallMs, readAtMs (of performance.now), speed, format}
  let kiosk = null; // the kiosk's part of the last update: version, width, height, targets
  let lastSpeech = null; // the last announcement; null: before the first update, false: none yet
  const openedByHand = new Map(); // title of a group of faults -> whether a person opened or closed it

  // --- requests ----------------------------------------------------------------------------------------
  // Show an error above the page; "" hides it.
  const alarm = (sentence) => {
    byId("alarm").textContent = sentence;
    byId("alarm").hidden = !sentence;
  };

  async function post(path, body = {}) {
    try {
      const response = await fetch(`${path}?lang=${lang}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      alarm(response.ok ? "" : (await response.json()).detail);
    } catch {
      alarm(byId("alarm").dataset.lost);
    }
  }

  async function pollUpdates() {
    let version = 0;
    for (;;) {
      try {
        const response = await fetch(`/news?after=${version}&wait_s=${version ? LONG_POLL_S : 0}&lang=${lang}`);
        if (!response.ok) throw new Error(String(response.status));
        const update = await response.json();
        if (document.body.classList.contains("lost")) alarm("");
        document.body.classList.remove("lost");
        show(update);
        version = update.version;
      } catch (error) {
        if (!(error instanceof TypeError) && !(error instanceof SyntaxError) && !/^\d+$/.test(error.message)) throw error;
        document.body.classList.add("lost");
        alarm(byId("alarm").dataset.lost);
        version = 0;
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
      }
    }
  }

  // --- showing -----------------------------------------------------------------------------------------
  function show(update) {
    clock = {
      wallMs: update.wall_ms, readAtMs: performance.now(), speed: update.speed,
      format: new Intl.DateTimeFormat("vi-VN", {
        timeZone: update.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
      }),
    };
    showClock();
    for (const button of document.querySelectorAll("[data-speed]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === update.speed));
    }
    byId("morning").textContent = update.morning.on ? texts.stop : texts.play;
    byId("morning").dataset.on = update.morning.on ? "1" : "";
    byId("progress").textContent = update.morning.text;
    byId("progress").hidden = !update.morning.on;
    kiosk = update.kiosk;
    if (byId("kiosk")) showScreen("kiosk", update.kiosk);
    if (byId("tv")) showScreen("tv", update.tv);
    if (byId("kiosk-targets")) showTargets(update.kiosk ? update.kiosk.targets : []);
    if (byId("speech")) showSpeech(update.speech);
    if (byId("printer")) showPrinter(update.printer);
    update.counters.forEach(showCounter);
    showFaults(update.faults);
    showLog(update.log);
  }

  function showClock() {
    if (clock) byId("clock").textContent = clock.format.format(clock.wallMs + (performance.now() - clock.readAtMs) * clock.speed);
  }

  // Store the data that an element shows; return whether they differ from those before.
  function storeIfChanged(element, data) {
    const json = JSON.stringify(data);
    if (element.dataset.shown === json) return false;
    element.dataset.shown = json;
    return true;
  }

  // A new picture replaces the old one when it has arrived, so that nothing flickers.
  function showPicture(image, address) {
    if (image.dataset.wanted === address) return;
    image.dataset.wanted = address;
    const next = new Image();
    next.onload = () => {
      if (image.dataset.wanted !== address) return;
      image.src = address;
      image.hidden = false;
    };
    next.onerror = () => { if (image.dataset.wanted === address) delete image.dataset.wanted; };
    next.src = address;
  }

  // Show the picture of a screen; null: its control port does not respond.
  function showScreen(name, screen) {
    const image = byId(`${name}-picture`);
    byId(name).classList.toggle("away", !screen);
    byId(name).querySelector(".empty").hidden = Boolean(screen);
    if (screen) showPicture(image, `/screens/${name}.png?v=${screen.version}`);
  }

  // One real button over each key of the kiosk's screen: for keyboards and screen readers.
  function showTargets(targets) {
    const box = byId("kiosk-targets");
    if (!storeIfChanged(box, targets)) return;
    const focused = document.activeElement && document.activeElement.dataset.target;
    box.replaceChildren(...targets.filter((target) => target.enabled).map((target) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.target = target.id;
      button.setAttribute("aria-label", target.label || target.id);
      button.style.left = `${(100 * target.x) / kiosk.width}%`;
      button.style.top = `${(100 * target.y) / kiosk.height}%`;
      button.style.width = `${(100 * target.w) / kiosk.width}%`;
      button.style.height = `${(100 * target.h) / kiosk.height}%`;
      if (target.id === focused) queueMicrotask(() => button.focus());
      return button;
    }));
  }

  function showSpeech(speech) {
    const isNew = speech && (!lastSpeech || speech.id !== lastSpeech.id);
    byId("caption").textContent = speech ? speech.caption : texts.silent;
    byId("times").textContent = speech ? speech.times : "";
    byId("again").hidden = !speech;
    const isFirstUpdate = lastSpeech === null;
    lastSpeech = speech || lastSpeech || false;
    if (isNew && !isFirstUpdate && byId("listen").getAttribute("aria-pressed") === "true") play();
  }

  function play() {
    if (!lastSpeech) return;
    byId("voice").src = `/speech/${encodeURIComponent(lastSpeech.id)}.wav`;
    byId("voice").play().catch(() => {}); // the browser may refuse sound before the first touch
  }

  function showPrinter(printer) {
    byId("paper-left").textContent = printer ? printer.left : texts.noPicture;
    const slip = printer && printer.slip;
    byId("slip").hidden = !slip;
    if (slip) {
      showPicture(byId("slip-picture"), `/slips/${slip.n}.png?v=${slip.picture}`);
      if (byId("slip-large").open) showPicture(byId("slip-large-picture"), `/slips/${slip.n}.png?v=${slip.picture}`);
      byId("slip").dataset.address = `/slips/${slip.n}.png?v=${slip.picture}`;
    }
    byId("take").disabled = !(slip && slip.finished);
    byId("paper").textContent = printer && !printer.paper ? texts.rollIn : texts.rollOut;
    byId("paper").dataset.present = printer && !printer.paper ? "" : "1";
  }

  function showCounter(counter) {
    const card = document.querySelector(`[data-counter="${CSS.escape(counter.id)}"]`);
    if (!card) return;
    card.querySelector("h3").textContent = counter.label;
    const mark = card.querySelector(".state-mark");
    mark.textContent = counter.mark_text;
    mark.dataset.mark = counter.mark || "";
    const image = card.querySelector(".sign img");
    card.querySelector(".sign .empty").hidden = Boolean(counter.picture);
    if (counter.lit || !counter.blinks) image.alt = counter.sign; // not anew with every blink
    card.querySelector(".model").textContent = counter.model;
    const lamp = card.querySelector(".lamp");
    if (lamp) lamp.hidden = !counter.lamp;
    if (counter.picture) showPicture(image, `/signs/${counter.id}.png?v=${counter.picture}`);
    else { image.hidden = true; delete image.dataset.wanted; }
  }

  function showFaults(groups) {
    if (!storeIfChanged(byId("faults"), groups)) return;
    const focused = document.activeElement && document.activeElement.dataset.path;
    byId("faults").replaceChildren(...groups.map((group, index) => {
      const details = document.createElement("details");
      const summary = document.createElement("summary");
      summary.textContent = group.title;
      details.open = openedByHand.get(group.title) ?? (index === 0 || group.rows.some((row) => row.on));
      summary.addEventListener("click", () => openedByHand.set(group.title, !details.open));
      details.append(summary, ...group.rows.map(faultSwitch));
      return details;
    }));
    if (focused) {
      const sameSwitch = document.querySelector(`[data-path="${CSS.escape(focused)}"]`);
      if (sameSwitch) sameSwitch.focus();
    }
  }

  function faultSwitch(row) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "switch";
    button.setAttribute("role", "switch");
    button.setAttribute("aria-checked", String(row.on));
    button.dataset.path = row.device === "hall" ? `/power/${row.fault}` : `/faults/${row.device}/${row.fault}`;
    // A fault of the hall's own programs is a power switch: on means that the power is off.
    button.dataset.send = String(row.device === "hall" ? row.on : !row.on);
    for (const [kind, label] of [["knob", ""], ["fault", row.label], ["state", row.on ? texts.on : texts.off]]) {
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = label;
      if (kind !== "fault") part.setAttribute("aria-hidden", "true");
      button.append(part);
    }
    return button;
  }

  function showLog(entries) {
    if (!storeIfChanged(byId("log"), entries)) return;
    byId("log").replaceChildren(...entries.map((entry) => {
      const item = document.createElement("li");
      const time = document.createElement("time");
      const sentence = document.createElement("span");
      time.textContent = entry.time;
      sentence.textContent = entry.text;
      item.append(time, sentence);
      return item;
    }));
  }

  // --- presses -----------------------------------------------------------------------------------------
  function tapAt(event) {
    const box = byId("kiosk-picture").getBoundingClientRect();
    if (!kiosk || !box.width) return;
    const x = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * (kiosk.width - 1);
    const y = Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1) * (kiosk.height - 1);
    post("/kiosk/tap", { x: Math.round(x), y: Math.round(y) });
  }

  // Press the digits of the field, then the key that takes them.
  function pressWithDigits(card, key) {
    const field = card.querySelector(".digits");
    post(`/keypads/${card.dataset.counter}`, { key, digits: field.value.replace(/\D/g, "") });
    field.value = "";
  }

  // Scan the newest slip ("slip"), or the code in the field.
  function scan(card, source) {
    const address = `/scanners/${card.dataset.counter}`;
    const code = card.querySelector(".scan-text").value;
    if (source === "slip") post(`${address}/slip`);
    else if (code) post(address, { text: code });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (event.target === byId("kiosk-picture")) tapAt(event);
    if (!button || button.disabled) return;
    const card = button.closest("[data-counter]");
    if (button.dataset.target) post("/kiosk/tap", { target: button.dataset.target });
    else if (button.dataset.key && card) post(`/keypads/${card.dataset.counter}`, { key: button.dataset.key });
    else if (button.dataset.keyAfterDigits && card) pressWithDigits(card, button.dataset.keyAfterDigits);
    else if (button.dataset.level && card) post(`/pads/${card.dataset.counter}`, { level: Number(button.dataset.level) });
    else if (button.dataset.scan && card) scan(card, button.dataset.scan);
    else if (button.dataset.path) post(button.dataset.path, { on: button.dataset.send === "true" });
    else if (button.dataset.speed) post("/speed", { speed: Number(button.dataset.speed) });
    else if (BUTTON_ACTIONS[button.id]) BUTTON_ACTIONS[button.id](button);
  });

  // By the id of the button.
  const BUTTON_ACTIONS = {
    visitor: () => post("/visitor"),
    morning: (button) => post("/morning", { on: !button.dataset.on }),
    take: () => post("/printer/take"),
    paper: (button) => post("/printer/paper", { present: !button.dataset.present }),
    roll: () => post("/printer/roll"),
    clear: () => post("/faults/clear"),
    again: play,
    listen: (button) => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      if (on) play();
      else byId("voice").pause();
    },
    slip: (button) => {
      byId("slip-large-picture").src = button.dataset.address;
      byId("slip-large").showModal();
      byId("slip-large").scrollTop = 0; // the browser scrolls to the button that it gives the focus to
    },
  };

  setInterval(showClock, 200);
  pollUpdates();
})();
