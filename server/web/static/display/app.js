/* The display in a browser: polls the content, runs the flow, draws the picture, speaks, and reports to the server.
   No syntax after ES2017: smart televisions have browsers of 2017 and later. */
"use strict";

(function (display) {
  const POLL_MS = 1000, TIMEOUT_MS = 5000, STALE_S = 10, STARTING_S = 10, PAGE_S = 8, DRAW_MS = 250;
  const REPORT_AGAIN_MS = 2000, MAX_REPORTS = 30, RELOAD_AFTER_S = 60, ACCELERATED = 1.5, SPEED_SPAN_S = 5;
  const SPOKEN_KEY = "luot-display-spoken", SOUND_KEY = "luot-display-sound";
  const body = document.body, texts = JSON.parse(body.getAttribute("data-texts"));
  const mayReport = body.hasAttribute("data-reports"), hasVoice = body.hasAttribute("data-voice");
  const address = body.getAttribute("data-address"), scripts = body.getAttribute("data-scripts");
  const screen = document.getElementById("screen"), sound = document.getElementById("sound");
  const picture = display.picture, flow = display.flow, element = picture.element;

  const stored = function (key) { try { return window.localStorage.getItem(key); } catch (error) { return null; } };
  const store = function (key, value) { try { window.localStorage.setItem(key, value); } catch (error) { /* private window */ } };
  const storedIds = function () {
    try { const ids = JSON.parse(stored(SPOKEN_KEY)); return Array.isArray(ids) ? ids : null; } catch (error) { return null; }
  };

  const monoS = () => window.performance.now() / 1000;
  const startedS = monoS();
  let state = flow.newState(storedIds(), hasVoice), etag = "", layout = null, newScriptsS = null, isStopped = false;
  let answer = null, speedBase = null; // {wallMs, monoS}: the server's time when it answered last, and some seconds before
  const wallMs = () => answer === null ? Date.now() : answer.wallMs + (monoS() - answer.monoS) * 1000;
  const now = () => ({ wallMs: Math.round(wallMs()), monoS: monoS() });
  const isStale = () => answer !== null && monoS() - answer.monoS >= STALE_S;

  /* --- the voice --- */

  const voice = new display.Voice(function () { voiceChanged(); }, (name) => address + "/voice/" + voiceLanguage + "/" + name);
  let isAccelerated = false, voiceLanguage = "";
  const voiceChanged = function () {
    run(flow.voiceChanged(state, voice.status === "on", isAccelerated, now()));
    draw();
  };
  const switchOn = function () { store(SOUND_KEY, "on"); voice.enable(); draw(); };
  const switchOff = function () { store(SOUND_KEY, "off"); voice.disable(); draw(); };

  /* --- effects --- */

  const run = function (effects) {
    effects.forEach(function (effect) {
      if (effect.kind === "acknowledge") report(effect);
      else if (effect.kind === "save") store(SPOKEN_KEY, JSON.stringify(effect.ids));
      else if (effect.kind === "speak") speak(effect);
      else if (effect.kind === "stop") voice.stop();
    });
  };
  const speak = function (effect) {
    body.setAttribute("data-speaking", effect.call.id);
    voice.play(effect.call.parts, function (toItsEnd) {
      body.removeAttribute("data-speaking");
      run(flow.played(state, effect.call.id, effect.reading, toItsEnd, now()));
      draw();
    });
  };
  /* A page that nobody sees (a tab in the background, a covered window) has shown nothing. */
  const report = function (effect) {
    if (mayReport && !document.hidden) send("/calls/" + encodeURIComponent(effect.call), effect, MAX_REPORTS);
  };
  const send = function (path, effect, tries) {
    const request = new XMLHttpRequest();
    const again = function () { if (tries > 1) window.setTimeout(() => send(path, effect, tries - 1), REPORT_AGAIN_MS); };
    request.open("POST", address + path);
    request.timeout = TIMEOUT_MS;
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.setRequestHeader("Accept", "application/json");
    request.onload = function () { if (request.status >= 500) again(); };
    request.onerror = request.ontimeout = again;
    request.send("shown_at=" + encodeURIComponent(new Date(effect.shownAtMs).toISOString()) + "&spoken=" + (effect.spoken || ""));
  };

  /* --- polling --- */

  const poll = function () {
    if (isStopped) return;
    const request = new XMLHttpRequest(), next = () => window.setTimeout(poll, POLL_MS);
    request.open("GET", address + "/content?lines=" + layout.lines + "&lang=" + document.documentElement.lang);
    request.timeout = TIMEOUT_MS;
    request.setRequestHeader("Accept", "application/json");
    if (etag) request.setRequestHeader("If-None-Match", etag);
    request.onload = function () { answered(request); next(); };
    request.onerror = request.ontimeout = next;
    request.send();
  };
  const answered = function (request) {
    if (request.status === 401 || request.status === 403) { window.location.reload(); isStopped = true; return; }
    if (request.status !== 200 && request.status !== 304) return;
    answer = { wallMs: Number(request.getResponseHeader("Luot-Now")), monoS: monoS() };
    measureSpeed();
    if (request.status === 304) return;
    let content;
    try { content = JSON.parse(request.responseText); } catch (error) { return; }
    etag = request.getResponseHeader("ETag");
    if (content.scripts !== scripts && newScriptsS === null) newScriptsS = monoS();
    if (content.voice !== null) voiceLanguage = content.voice.language;
    voice.useClips(content.voice === null ? null : content.voice.clips);
    run(flow.received(state, content, now()));
    draw();
  };
  const measureSpeed = function () {
    if (speedBase === null || answer.monoS - speedBase.monoS > 2 * SPEED_SPAN_S) speedBase = answer;
    const spanS = answer.monoS - speedBase.monoS;
    if (spanS < SPEED_SPAN_S) return;
    const isFast = state.content !== null && state.content.is_demo && (answer.wallMs - speedBase.wallMs) / 1000 / spanS > ACCELERATED;
    speedBase = answer;
    if (isFast !== isAccelerated) { isAccelerated = isFast; voiceChanged(); }
  };

  /* --- the picture --- */

  const keys = {};
  /* Build a part again only when it looks different, so that nothing blinks or begins again. */
  const part = function (id, look, build) {
    const key = JSON.stringify(look), place = document.getElementById(id);
    if (keys[id] === key) return;
    keys[id] = key;
    while (place.firstChild) place.removeChild(place.firstChild);
    build().forEach((child) => place.appendChild(child));
    if (id === "picture") picture.shrinkNames(place);
  };

  const twoDigits = (value) => (value < 10 ? "0" : "") + value;
  const hallTime = (ms) => new Date(ms + state.content.clock.offset_min * 60000);
  const hhmm = function (ms) { const time = hallTime(ms); return twoDigits(time.getUTCHours()) + ":" + twoDigits(time.getUTCMinutes()); };
  const dateLine = function (ms) {
    const time = hallTime(ms);
    return texts.weekdays[time.getUTCDay()] + ", " + twoDigits(time.getUTCDate()) + "/" + twoDigits(time.getUTCMonth() + 1) + "/" + time.getUTCFullYear();
  };

  const logo = document.getElementById("logo"), mark = document.querySelector(".mark");
  /* The office's logo in the place of the mark. One that cannot be loaded leaves the mark. */
  const showLogo = function (address) {
    if (address === null) { logo.hidden = true; mark.removeAttribute("hidden"); logo.removeAttribute("src"); }
    else if (logo.getAttribute("src") !== address) { logo.src = address; }
  };
  logo.onload = function () { logo.hidden = false; mark.setAttribute("hidden", ""); };
  logo.onerror = function () { logo.hidden = true; mark.removeAttribute("hidden"); };

  const drawHeading = function () {
    const heading = state.content.heading, unknown = state.content.clock.unknown;
    const time = unknown === null ? hhmm(wallMs()) : "--:--", date = unknown === null ? dateLine(wallMs()) : unknown;
    showLogo(heading.logo || null);
    part("heading", [heading, time, date], () => [
      element("span", "names", (heading.centre && heading.hall.length <= 40 ? [element("span", "centre", [heading.centre])] : []).concat([element("strong", heading.hall.length > 40 ? "hall long" : "hall", [heading.hall])])),
      heading.mode ? element("span", "mode", [heading.mode]) : element("span", "mode none"),
      element("span", "date", [date]), element("strong", "clock", [time])]);
  };

  const isSilent = () => hasVoice && (voice.status !== "on" || state.isQuiet);

  const drawPicture = function () {
    const content = state.content, stale = isStale(), turns = Math.floor(monoS() / PAGE_S);
    const kind = content === null || (!stale && content.closed !== null) ? "text" : !stale && state.panel.length ? "call" : "board";
    screen.className = "screen " + (layout.isLandscape ? "landscape" : "portrait") + (layout.isShort ? " short" : "") + " " + kind + (stale ? " stale" : "");
    if (content === null) {
      part("picture", ["text", monoS() - startedS < STARTING_S], () => [
        element("p", "only-text", [monoS() - startedS < STARTING_S ? texts.starting : texts.noData])]);
    } else if (kind === "text") {
      part("picture", ["text", content.closed], () => [element("p", "only-text", [content.closed])]);
    } else if (kind === "call") {
      const call = state.panel[0];
      part("picture", ["call", call.id, size()], () => [picture.callPanel(call, layout, texts), element("div", "recent-place")]);
      const place = screen.querySelector(".recent-place"), key = JSON.stringify([content.rows, size()]);
      if (place.getAttribute("data-key") !== key) {
        place.setAttribute("data-key", key);
        if (place.firstChild) place.removeChild(place.firstChild);
        place.appendChild(picture.recent(content, call, layout, texts));
      }
    } else {
      const page = content.waiting.length ? turns % content.waiting.length : 0;
      part("picture", ["board", content.rows, content.earlier, content.waiting, page, stale, size()], () => [
        picture.calls(content, layout, texts, stale), picture.waiting(content, layout, texts, turns)]);
    }
    part("band", kind !== "board" ? [kind] : stale ? ["stale", answer.wallMs] : [content.messages, turns, isSilent()], function () {
      if (kind !== "board") return [];
      if (stale) return [element("p", "message", [picture.icon("broken"), element("strong", "", [texts.stale.replace("{time}", hhmm(answer.wallMs))])])];
      return [picture.band(content, texts, turns, isSilent() ? texts.silent : null)];
    });
  };
  const size = () => [window.innerWidth, window.innerHeight];

  const drawSound = function () {
    const status = !hasVoice || state.content === null ? "on" : voice.status, lacks = state.content !== null && state.content.voice !== null && state.content.voice.missing.length > 0;
    const text = status !== "on" ? texts.sound[status] : lacks ? texts.sound.lacks : "";
    sound.className = !hasVoice ? "none" : text ? "problem" : "quiet";
    sound.setAttribute("data-status", hasVoice ? voice.status : "none");
    sound.querySelector("p").textContent = text;
    const takesPress = status === "off" || status === "blocked";
    sound.querySelector("[data-on]").hidden = !takesPress;
    sound.querySelector("[data-off]").hidden = status === "off" || status === "no_pack";
  };

  const draw = function () {
    if (state.content !== null) drawHeading();
    drawPicture();
    drawSound();
  };

  const measure = function () {
    const bar = sound.className === "problem" ? sound.offsetHeight : 0;
    layout = picture.layoutFor(document.documentElement.clientWidth, document.documentElement.clientHeight - bar);
    screen.style.setProperty("--mm", layout.mm + "px");
    screen.style.bottom = bar + "px";
    return bar;
  };
  let measuredBar = -1;
  const redraw = function () {
    const bar = sound.className === "problem" ? sound.offsetHeight : 0;
    if (bar !== measuredBar) { measuredBar = bar; measure(); keys.picture = ""; keys.band = ""; }
    draw();
  };

  /* --- beginning --- */

  if (document.fonts && document.fonts.ready) document.fonts.ready.then(function () { keys.picture = ""; draw(); }); // names fit differently now
  window.addEventListener("resize", function () { measuredBar = -1; redraw(); });
  document.addEventListener("click", function (event) {
    if (event.target.hasAttribute("data-off")) switchOff();
    else if (event.target.hasAttribute("data-on") || stored(SOUND_KEY) === "on") switchOn();
  });
  document.addEventListener("keydown", function () { if (hasVoice && stored(SOUND_KEY) === "on" && voice.status === "blocked") voice.enable(); });
  window.setInterval(function () {
    run(flow.tick(state, now()));
    redraw();
    const waited = newScriptsS !== null && monoS() - newScriptsS > RELOAD_AFTER_S;
    if (newScriptsS !== null && !isStale() && (waited || (!state.panel.length && state.current === null))) { newScriptsS = null; window.location.reload(); }
  }, DRAW_MS);
  measure();
  if (hasVoice && stored(SOUND_KEY) === "on") voice.enable();
  redraw();
  poll();
  display.state = () => state;
  display.voice = voice;
})(window.luotDisplay);
