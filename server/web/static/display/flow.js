/* When a call is shown large and spoken: the same rules as display/flow of the TV (call_panel.py, announcer.py, voice.py).
   tests/unit/test_display_browser_flow.py runs both side by side. Plain functions on one state; an event returns effects.
   For old televisions: no syntax after ES2017, no modules. */
"use strict";

(function (exported) {
  const CALL_KINDS = ["call", "recall", "last"];
  const RECENT_MS = 60000; // an older call that was missed is shown but not spoken
  const ALONE_S = 12, MAX_ALONE_S = 25; // a call on the panel: no other waits; and it is still being spoken
  const CROWDED_S = 5, MAX_CROWDED_S = 9; // others wait; and it is still being spoken
  const MIN_SHOWN_S = 3; // the visitor is already being served
  const MAX_REMEMBERED = 200, MAX_REMEMBERED_CALLS = 60;

  /* spokenIds: calls that are never begun again, oldest first; null until the first content of a first start. */
  const newState = function (spokenIds, hasVoice) {
    return {
      hasVoice: hasVoice, canSpeak: false, isQuiet: false, isAccelerated: false, times: 2,
      content: null, seen: [], panel: [], panelSince: 0, shown: [], outcomes: [],
      spokenIds: spokenIds, heard: false, queue: [], current: null,
    };
  };

  const isCall = (call) => CALL_KINDS.indexOf(call.kind) >= 0;
  const oldestFirst = (content) => content.calls.slice().reverse().map((call, index) => ({ call: call, index: index }))
    .sort((one, other) => one.call.at - other.call.at || one.index - other.index).map((row) => row.call);
  const isAtCounter = (content, call, state) => content.counters.some(
    (counter) => counter.id === call.counter && counter.number === call.number && counter.state === state);
  const stillCalled = (content, call) => !isCall(call) || isAtCounter(content, call, "called");
  const isRecent = (content, call) => content.at - call.at <= RECENT_MS;
  const sameCall = (call, other) =>
    isCall(call) && isCall(other) && call.number === other.number && call.counter === other.counter;
  const ofCall = (pairs, id) => { const found = pairs.filter((pair) => pair[0] === id); return found.length ? found[found.length - 1][1] : null; };

  /* --- the call panel --- */

  const newCalls = (state, content) => oldestFirst(content).filter((call) =>
    isCall(call) && state.seen.indexOf(call.id) < 0 && stillCalled(content, call)
    && (state.content !== null || (state.spokenIds !== null && state.spokenIds.indexOf(call.id) < 0 && isRecent(content, call))));

  const showFirst = function (state, now) {
    if (!state.panel.length) return [];
    const id = state.panel[0].id;
    state.shown = state.shown.concat([[id, now.wallMs]]).slice(-MAX_REMEMBERED_CALLS);
    return [{ kind: "acknowledge", call: id, shownAtMs: now.wallMs, spoken: ofCall(state.outcomes, id) }];
  };

  const isOver = function (state, now) {
    const call = state.panel[0], shownS = now.monoS - state.panelSince, content = state.content;
    if (!stillCalled(content, call)) return !isAtCounter(content, call, "serving") || shownS >= MIN_SHOWN_S;
    const isSpeaking = state.current !== null && state.current.call.id === call.id;
    if (state.panel.length > 1) return shownS >= (isSpeaking ? MAX_CROWDED_S : CROWDED_S);
    return shownS >= (isSpeaking ? MAX_ALONE_S : ALONE_S);
  };

  const advancePanel = function (state, now) {
    let effects = [];
    while (state.content !== null && state.panel.length && isOver(state, now)) {
      state.panel = state.panel.slice(1).filter((call) => stillCalled(state.content, call));
      state.panelSince = now.monoS;
      effects = effects.concat(showFirst(state, now));
    }
    return effects;
  };

  /* --- the announcements --- */

  const silence = function (state) {
    if (state.isAccelerated || state.isQuiet) return "muted";
    return state.canSpeak ? null : "no_audio";
  };

  const remember = function (state, ids) {
    const isFirst = state.spokenIds === null;
    const all = (state.spokenIds || []).concat(ids);
    state.spokenIds = isFirst ? all : all.slice(-MAX_REMEMBERED);
    return { kind: "save", ids: state.spokenIds };
  };

  const contentChanged = function (state, content) {
    const isFirst = !state.heard;
    state.heard = true;
    if (state.spokenIds === null) return [remember(state, oldestFirst(content).map((call) => call.id))];
    let queue = state.queue.filter((call) => stillCalled(content, call));
    let dropped = state.queue.filter((call) => queue.indexOf(call) < 0).map((call) => call.id);
    const known = state.spokenIds.concat(state.queue.map((call) => call.id)), outcomes = [];
    oldestFirst(content).filter((call) => known.indexOf(call.id) < 0).forEach(function (call) {
      const isLate = (isFirst || !isCall(call)) && !isRecent(content, call), reason = silence(state);
      if (isLate || !stillCalled(content, call)) {
        dropped.push(call.id);
      } else if (reason !== null) {
        dropped.push(call.id);
        outcomes.push({ kind: "outcome", call: call, spoken: reason });
      } else {
        dropped = dropped.concat(queue.filter((waiting) => sameCall(waiting, call)).map((waiting) => waiting.id));
        queue = queue.filter((waiting) => !sameCall(waiting, call)).concat([call]);
      }
    });
    state.queue = queue;
    return dropped.length ? [remember(state, dropped)].concat(outcomes) : outcomes;
  };

  const speakNext = function (state, effects) {
    while (state.current === null && state.queue.length) {
      const call = state.queue[0], reason = silence(state);
      state.queue = state.queue.slice(1);
      effects.push(remember(state, [call.id]));
      if (reason !== null) {
        effects.push({ kind: "outcome", call: call, spoken: reason });
      } else {
        state.current = { call: call, reading: 1, readings: isCall(call) ? state.times : 1 };
        effects.push({ kind: "speak", call: call, reading: 1 });
      }
    }
    return effects;
  };

  const speechEnded = function (state, id, reading, played) {
    const current = state.current;
    if (current === null || current.call.id !== id || current.reading !== reading) return [];
    state.current = null;
    const effects = reading === 1 ? [{ kind: "outcome", call: current.call, spoken: played ? "yes" : "no_audio" }] : [];
    if (!played) return effects; // the sound has just failed
    const isWanted = state.content !== null && stillCalled(state.content, current.call);
    if (reading < current.readings && !state.queue.length && isWanted) {
      state.current = { call: current.call, reading: reading + 1, readings: current.readings };
      effects.push({ kind: "speak", call: current.call, reading: reading + 1 });
    }
    return effects;
  };

  const stopAndClear = function (state) {
    if (state.current === null && !state.queue.length) return [];
    const effects = [];
    if (state.current !== null) {
      effects.push({ kind: "stop" });
      if (state.current.reading === 1) effects.push({ kind: "outcome", call: state.current.call, spoken: "muted" });
    }
    state.queue.forEach((call) => effects.push({ kind: "outcome", call: call, spoken: "muted" }));
    const save = remember(state, state.queue.map((call) => call.id));
    state.queue = [];
    state.current = null;
    return [save].concat(effects);
  };

  /* The outcomes of calls that are shown become acknowledgements; the others wait until they are shown. */
  const acknowledged = function (state, announced) {
    const effects = [];
    announced.forEach(function (effect) {
      if (effect.kind !== "outcome") { effects.push(effect); return; }
      if (!isCall(effect.call)) return;
      state.outcomes = state.outcomes.concat([[effect.call.id, effect.spoken]]).slice(-MAX_REMEMBERED_CALLS);
      const shownAtMs = ofCall(state.shown, effect.call.id);
      if (shownAtMs !== null) effects.push({ kind: "acknowledge", call: effect.call.id, shownAtMs: shownAtMs, spoken: effect.spoken });
    });
    return effects;
  };

  /* --- events; now: {wallMs, monoS} --- */

  const received = function (state, content, now) {
    const panelCalls = newCalls(state, content), wasIdle = !state.panel.length;
    const ids = content.calls.map((call) => call.id);
    state.seen = state.seen.concat(ids.filter((id) => state.seen.indexOf(id) < 0)).slice(-MAX_REMEMBERED);
    state.panel = state.panel.concat(panelCalls);
    state.content = content;
    state.isQuiet = content.is_quiet;
    state.times = content.times;
    const announced = state.hasVoice ? acknowledged(state, speakNext(state, contentChanged(state, content))) : [];
    let effects = announced;
    if (panelCalls.length && wasIdle) {
      state.panelSince = now.monoS;
      effects = showFirst(state, now).concat(announced);
    }
    return effects.concat(advancePanel(state, now));
  };

  const played = (state, id, reading, toItsEnd, now) =>
    acknowledged(state, speakNext(state, speechEnded(state, id, reading, toItsEnd))).concat(advancePanel(state, now));

  /* canSpeak: the sound is switched on and works. isAccelerated: a demonstration whose clock runs faster. */
  const voiceChanged = function (state, canSpeak, isAccelerated, now) {
    state.canSpeak = canSpeak;
    state.isAccelerated = isAccelerated;
    const effects = isAccelerated && state.hasVoice ? acknowledged(state, stopAndClear(state)) : [];
    return effects.concat(advancePanel(state, now));
  };

  const tick = (state, now) => advancePanel(state, now);

  exported.flow = { newState: newState, received: received, played: played, voiceChanged: voiceChanged, tick: tick };
})(window.luotDisplay = window.luotDisplay || {});
