"use strict";
// The virtual hall: asks the hall for what is new, shows it, passes on taps. All texts come from the hall.
(() => {
  const lang = document.body.dataset.lang;
  const text = document.body.dataset;
  const at = (id) => document.getElementById(id);
  const WAIT_S = 20;
  const REST_MS = 1000;

  let clock = null; // {wall, since, speed, format}
  let kiosk = null; // the picture as told: version, width, height, targets
  let spoken = null;
  const folded = new Map(); // title of a group of faults -> whether a hand opened or closed it

  // --- asking ------------------------------------------------------------------------------------------
  const alarm = (sentence) => {
    at("alarm").textContent = sentence;
    at("alarm").hidden = !sentence;
  };

  async function post(path, body = {}) {
    try {
      const answer = await fetch(`${path}?lang=${lang}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      alarm(answer.ok ? "" : (await answer.json()).detail);
    } catch {
      alarm(at("alarm").dataset.lost);
    }
  }

  async function follow() {
    let version = 0;
    for (;;) {
      try {
        const answer = await fetch(`/news?after=${version}&wait_s=${version ? WAIT_S : 0}&lang=${lang}`);
        if (!answer.ok) throw new Error(String(answer.status));
        const news = await answer.json();
        if (document.body.classList.contains("lost")) alarm("");
        document.body.classList.remove("lost");
        show(news);
        version = news.version;
      } catch (error) {
        if (!(error instanceof TypeError) && !(error instanceof SyntaxError) && !/^\d+$/.test(error.message)) throw error;
        document.body.classList.add("lost");
        alarm(at("alarm").dataset.lost);
        version = 0;
        await new Promise((done) => setTimeout(done, REST_MS));
      }
    }
  }

  // --- showing -----------------------------------------------------------------------------------------
  function show(news) {
    clock = {
      wall: news.wall_ms, since: performance.now(), speed: news.speed,
      format: new Intl.DateTimeFormat("vi-VN", {
        timeZone: news.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
      }),
    };
    tick();
    for (const button of document.querySelectorAll("[data-speed]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === news.speed));
    }
    at("morning").textContent = news.morning.on ? text.stop : text.play;
    at("morning").dataset.on = news.morning.on ? "1" : "";
    at("progress").textContent = news.morning.text;
    at("progress").hidden = !news.morning.on;
    kiosk = news.kiosk;
    if (at("kiosk")) screen("kiosk", news.kiosk);
    if (at("tv")) screen("tv", news.tv);
    if (at("kiosk-targets")) targets(news.kiosk ? news.kiosk.targets : []);
    if (at("speech")) speech(news.speech);
    if (at("printer")) printer(news.printer);
    news.counters.forEach(counter);
    faults(news.faults);
    log(news.log);
  }

  function tick() {
    if (clock) at("clock").textContent = clock.format.format(clock.wall + (performance.now() - clock.since) * clock.speed);
  }

  // A new picture replaces the old one when it has arrived, so that nothing flickers.
  function picture(image, address) {
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

  function screen(name, told) {
    const image = at(`${name}-picture`);
    at(name).classList.toggle("away", !told);
    at(name).querySelector(".empty").hidden = Boolean(told) ;
    if (told) picture(image, `/screens/${name}.png?v=${told.version}`);
  }

  // One real button over each key of the kiosk's screen: for keyboards and screen readers.
  function targets(list) {
    const box = at("kiosk-targets");
    const key = JSON.stringify(list);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    const focused = document.activeElement && document.activeElement.dataset.target;
    box.replaceChildren(...list.filter((one) => one.enabled).map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.target = one.id;
      button.setAttribute("aria-label", one.label || one.id);
      button.style.left = `${(100 * one.x) / kiosk.width}%`;
      button.style.top = `${(100 * one.y) / kiosk.height}%`;
      button.style.width = `${(100 * one.w) / kiosk.width}%`;
      button.style.height = `${(100 * one.h) / kiosk.height}%`;
      if (one.id === focused) queueMicrotask(() => button.focus());
      return button;
    }));
  }

  function speech(told) {
    const isNew = told && (!spoken || told.id !== spoken.id);
    at("caption").textContent = told ? told.caption : text.silent;
    at("times").textContent = told ? told.times : "";
    at("again").hidden = !told;
    const first = spoken === null;
    spoken = told || spoken || false;
    if (isNew && !first && at("listen").getAttribute("aria-pressed") === "true") play();
  }

  function play() {
    if (!spoken) return;
    at("voice").src = `/speech/${encodeURIComponent(spoken.id)}.wav`;
    at("voice").play().catch(() => {}); // the browser may refuse sound before the first touch
  }

  function printer(told) {
    at("paper-left").textContent = told ? told.left : text.noPicture;
    const slip = told && told.slip;
    at("slip").hidden = !slip;
    if (slip) {
      picture(at("slip-picture"), `/slips/${slip.n}.png?v=${slip.picture}`);
      if (at("slip-large").open) picture(at("slip-large-picture"), `/slips/${slip.n}.png?v=${slip.picture}`);
      at("slip").dataset.address = `/slips/${slip.n}.png?v=${slip.picture}`;
    }
    at("take").disabled = !(slip && slip.finished);
    at("paper").textContent = told && !told.paper ? text.rollIn : text.rollOut;
    at("paper").dataset.present = told && !told.paper ? "" : "1";
  }

  function counter(told) {
    const card = document.querySelector(`[data-counter="${CSS.escape(told.id)}"]`);
    if (!card) return;
    card.querySelector("h3").textContent = told.label;
    const mark = card.querySelector(".mark-of");
    mark.textContent = told.mark_text;
    mark.dataset.mark = told.mark || "";
    const image = card.querySelector(".sign img");
    card.querySelector(".sign .empty").hidden = Boolean(told.picture);
    if (told.lit || !told.blinks) image.alt = told.sign; // not anew with every blink
    card.querySelector(".model").textContent = told.model;
    const lamp = card.querySelector(".lamp");
    if (lamp) lamp.hidden = !told.lamp;
    if (told.picture) picture(image, `/signs/${told.id}.png?v=${told.picture}`);
    else { image.hidden = true; delete image.dataset.wanted; }
  }

  function faults(groups) {
    const key = JSON.stringify(groups);
    if (at("faults").dataset.key === key) return;
    at("faults").dataset.key = key;
    const focused = document.activeElement && document.activeElement.dataset.path;
    at("faults").replaceChildren(...groups.map((group, n) => {
      const details = document.createElement("details");
      const summary = document.createElement("summary");
      summary.textContent = group.title;
      details.open = folded.get(group.title) ?? (n === 0 || group.rows.some((row) => row.on));
      summary.addEventListener("click", () => folded.set(group.title, !details.open));
      details.append(summary, ...group.rows.map(faultSwitch));
      return details;
    }));
    if (focused) {
      const again = document.querySelector(`[data-path="${CSS.escape(focused)}"]`);
      if (again) again.focus();
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
    for (const [kind, words] of [["knob", ""], ["what", row.label], ["state", row.on ? text.on : text.off]]) {
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = words;
      if (kind !== "what") part.setAttribute("aria-hidden", "true");
      button.append(part);
    }
    return button;
  }

  function log(lines) {
    const key = JSON.stringify(lines);
    if (at("log").dataset.key === key) return;
    at("log").dataset.key = key;
    at("log").replaceChildren(...lines.map((line) => {
      const item = document.createElement("li");
      const time = document.createElement("time");
      const words = document.createElement("span");
      time.textContent = line.time;
      words.textContent = line.text;
      item.append(time, words);
      return item;
    }));
  }

  // --- acting ------------------------------------------------------------------------------------------
  function tapAt(event) {
    const box = at("kiosk-picture").getBoundingClientRect();
    if (!kiosk || !box.width) return;
    const x = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * (kiosk.width - 1);
    const y = Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1) * (kiosk.height - 1);
    post("/kiosk/tap", { x: Math.round(x), y: Math.round(y) });
  }

  // The digits first, then the key that wants them, as a hand does it.
  function keyed(card, key) {
    const field = card.querySelector(".digits");
    post(`/keypads/${card.dataset.counter}`, { key, digits: field.value.replace(/\D/g, "") });
    field.value = "";
  }

  function scan(card, what) {
    const address = `/scanners/${card.dataset.counter}`;
    const written = card.querySelector(".scan-text").value;
    if (what === "slip") post(`${address}/slip`);
    else if (written) post(address, { text: written });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (event.target === at("kiosk-picture")) tapAt(event);
    if (!button || button.disabled) return;
    const card = button.closest("[data-counter]");
    if (button.dataset.target) post("/kiosk/tap", { target: button.dataset.target });
    else if (button.dataset.key && card) post(`/keypads/${card.dataset.counter}`, { key: button.dataset.key });
    else if (button.dataset.keyed && card) keyed(card, button.dataset.keyed);
    else if (button.dataset.level && card) post(`/pads/${card.dataset.counter}`, { level: Number(button.dataset.level) });
    else if (button.dataset.scan && card) scan(card, button.dataset.scan);
    else if (button.dataset.path) post(button.dataset.path, { on: button.dataset.send === "true" });
    else if (button.dataset.speed) post("/speed", { speed: Number(button.dataset.speed) });
    else if (actions[button.id]) actions[button.id](button);
  });

  const actions = {
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
      else at("voice").pause();
    },
    slip: (button) => {
      at("slip-large-picture").src = button.dataset.address;
      at("slip-large").showModal();
      at("slip-large").scrollTop = 0; // the browser scrolls to the button that it gives the focus to
    },
  };

  setInterval(tick, 200);
  follow();
})();
