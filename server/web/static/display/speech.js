/* The voice: loads the clips of the pack, joins them without other gaps, and says when it cannot speak.
   Clips and pauses come from the server, which makes them as for the TV. No syntax after ES2017. */
"use strict";

(function (exported) {
  const START_S = 0.05; // from the order to the first sound
  const WATCHDOG_S = 3; // a reading that has not ended so long after its time was not played
  const RETRY_MS = 10000, LOAD_TIMEOUT_MS = 15000, AT_ONCE = 4;
  const Context = window.AudioContext || window.webkitAudioContext;

  /* The moments (s after the first sound) at which the clips of parts begin, and when all has been said.
     A part is the name of a clip or a pause in ms; lengths: clip -> s. */
  const schedule = function (parts, lengths) {
    const starts = [];
    let atS = 0;
    parts.forEach(function (part) {
      if (typeof part === "number") { atS += part / 1000; return; }
      starts.push([part, atS]);
      atS += lengths[part];
    });
    return { starts: starts, lengthS: atS };
  };

  /* status: "off" (nobody has switched it on), "no_pack", "no_api", "loading", "load_failed", "cannot_decode", "blocked",
     "no_output" or "on". onStatus() is called when it has changed. clipUrl(name) is the address of a clip. */
  const Voice = function (onStatus, clipUrl) {
    this.status = "off";
    this._onStatus = onStatus;
    this._clipUrl = clipUrl;
    this._context = null;
    this._names = null;
    this._buffers = {};
    this._problem = null;
    this._playing = null;
    this._wanted = false;
    this._hasRun = false;
  };

  /* Use the clips of a pack; null: the office's language has none. */
  Voice.prototype.useClips = function (names) {
    if (names !== null && this._names !== null && names.join() === this._names.join()) return;
    this._names = names;
    if (this._context !== null) this._load();
    this._update();
  };

  /* Switch the sound on; browsers allow it after a key or a click. */
  Voice.prototype.enable = function () {
    this._wanted = true;
    if (Context && this._context === null) {
      this._context = new Context();
      this._context.onstatechange = this._update.bind(this);
      this._load();
    }
    if (this._context !== null && this._context.state !== "running") {
      const resumed = this._context.resume();
      if (resumed && resumed.catch) resumed.catch(function () { /* the status says blocked */ });
    }
    this._watchOutput();
    this._update();
  };

  Voice.prototype.disable = function () {
    this._wanted = false;
    this.stop();
    this._update();
  };

  /* Play parts; done(played) is called once. */
  Voice.prototype.play = function (parts, done) {
    const self = this, names = parts.filter((part) => typeof part !== "number");
    if (this.status !== "on" || !names.length || names.some((name) => !this._buffers[name])) {
      window.setTimeout(() => done(false), 0);
      return;
    }
    const lengths = {};
    names.forEach((name) => { lengths[name] = self._buffers[name].duration; });
    const plan = schedule(parts, lengths), context = this._context, firstS = context.currentTime + START_S;
    const playing = { sources: [], end: null };
    playing.end = function (played) {
      if (self._playing !== playing) return;
      self._playing = null;
      window.clearTimeout(playing.timer);
      done(played);
    };
    plan.starts.forEach(function (start, index) {
      const source = context.createBufferSource();
      source.buffer = self._buffers[start[0]];
      source.connect(context.destination);
      if (index === plan.starts.length - 1) source.onended = () => playing.end(context.state === "running");
      source.start(firstS + start[1]);
      playing.sources.push(source);
    });
    playing.timer = window.setTimeout(function () { self.stop(); }, (plan.lengthS + START_S + WATCHDOG_S) * 1000);
    this._playing = playing;
    this.lastPlan = plan;
  };

  /* Cut off the reading that is being played. */
  Voice.prototype.stop = function () {
    const playing = this._playing;
    if (playing === null) return;
    playing.sources.forEach(function (source) { source.onended = null; try { source.stop(); } catch (error) { /* not begun */ } });
    playing.end(false);
  };

  Voice.prototype._load = function () {
    const self = this, names = this._names;
    if (names === null) return;
    const missing = names.filter((name) => !this._buffers[name]);
    this._problem = null;
    const next = function () {
      if (self._names !== names || self._problem !== null) return;
      const name = missing.shift();
      if (name === undefined) { self._update(); return; }
      self._fetch(name, next);
    };
    for (let begun = 0; begun < AT_ONCE; begun += 1) next();
  };

  Voice.prototype._fetch = function (name, next) {
    const self = this, request = new XMLHttpRequest();
    const fail = function (problem) {
      if (self._problem !== null) return;
      self._problem = problem;
      window.setTimeout(() => self._load(), RETRY_MS);
      self._update();
    };
    request.open("GET", this._clipUrl(name));
    request.responseType = "arraybuffer";
    request.timeout = LOAD_TIMEOUT_MS;
    request.onerror = request.ontimeout = () => fail("load_failed");
    request.onload = function () {
      if (request.status !== 200) { fail("load_failed"); return; }
      self._context.decodeAudioData(request.response,
        function (buffer) { self._buffers[name] = buffer; self._update(); next(); }, () => fail("cannot_decode"));
    };
    request.send();
  };

  /* A context that runs but whose time stands still has no sound output. */
  Voice.prototype._watchOutput = function () {
    const self = this, context = this._context;
    if (context === null) return;
    const beganS = context.currentTime;
    window.setTimeout(function () { self._hasRun = context.currentTime > beganS; self._watched = true; self._update(); }, 1500);
  };

  Voice.prototype._find = function () {
    if (this._names === null) return "no_pack";
    if (!this._wanted) return "off";
    if (!Context) return "no_api";
    if (this._problem !== null) return this._problem;
    if (this._context.state !== "running") return "blocked";
    if (this._watched && !this._hasRun) return "no_output";
    return this._names.every((name) => this._buffers[name]) ? "on" : "loading";
  };

  Voice.prototype._update = function () {
    const status = this._find();
    if (status === this.status) return;
    this.status = status;
    if (status !== "on") this.stop();
    this._onStatus();
  };

  exported.schedule = schedule;
  exported.Voice = Voice;
})(window.luotDisplay = window.luotDisplay || {});
