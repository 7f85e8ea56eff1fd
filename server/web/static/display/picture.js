/* Draws the picture: the TV's layouts (display/screens/layout.py) for a window of any shape. Lengths are millimetres of a
   43" television; --mm is their size in pixels. All texts come from the server. No syntax after ES2017. */
"use strict";

(function (exported) {
  const LANDSCAPE = { width: 941, height: 529, header: 54, heads: 30, footer: 44 };
  const PORTRAIT = { width: 529, height: 941, header: 74, heads: 36, footer: 74, waitingHeads: 30 };
  const WAITING_LINE = { landscape: 56, portrait: 53 };
  const SHORT_HEIGHT = 760; // a portrait lower than that has the call's number and counter side by side
  const CELLS = { I: 0.46, J: 0.46, M: 0.96, W: 0.96, H: 0.79, N: 0.83, Q: 0.81, G: 0.74 };
  const SVG = "http://www.w3.org/2000/svg";
  const ICONS = { arrow: "M3 12H20M13 5L20 12L13 19", broken: "M2 12H8M16 12H22M10.5 7.5L13.5 16.5" };

  const cellEm = (character) => (character >= "0" && character <= "9" ? 0.59 : CELLS[character] || 0.71);
  const widthEm = (text) => text.split("").reduce((sum, character) => sum + cellEm(character), 0);
  const commonEm = (texts, mostEm, mostWidth) =>
    Math.min(mostEm, mostWidth / Math.max.apply(null, texts.map(widthEm).concat([0.59])));

  const element = function (name, className, children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    (children || []).forEach((child) => made.appendChild(typeof child === "string" ? document.createTextNode(child) : child));
    return made;
  };
  const icon = function (name) {
    const svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", "icon " + name);
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ICONS[name]);
    svg.appendChild(path);
    return svg;
  };
  const mm = (length) => "calc(var(--mm) * " + length.toFixed(2) + ")";

  /* A number: each character in a cell of its own, never wrapped or cut. A screen reader reads it whole. */
  const number = function (text, em, className) {
    const cells = element("span", "cells", text.split("").map(function (character) {
      const cell = element("span", "cell", [character]);
      cell.style.width = cellEm(character) + "em";
      return cell;
    }));
    cells.setAttribute("aria-hidden", "true");
    const made = element("span", "number " + (className || ""), [cells, element("span", "unseen", [text])]);
    made.style.fontSize = mm(em);
    return made;
  };
  const priorityMark = (texts) => element("span", "priority", [texts.priority]);

  /* The layout of a window: its kind, the size of a millimetre, the size in millimetres, heights and lines. */
  const layoutFor = function (widthPx, heightPx) {
    const isLandscape = widthPx >= heightPx, base = isLandscape ? LANDSCAPE : PORTRAIT;
    const scale = isLandscape ? Math.min(widthPx / base.width, heightPx / base.height) : widthPx / base.width;
    const width = widthPx / scale, height = heightPx / scale;
    const inner = height - base.header - base.heads - base.footer;
    const layout = { isLandscape: isLandscape, mm: scale, width: width, height: height, isShort: !isLandscape && height < SHORT_HEIGHT };
    if (isLandscape) {
      layout.callsWidth = (width - 24 - 32 - 24) * 600 / 861;
      layout.rowHeight = (inner - 11) / 5;
      layout.linesPerColumn = Math.max(1, Math.floor((inner - 5) / WAITING_LINE.landscape));
      layout.lineHeight = WAITING_LINE.landscape;
      layout.columns = 1;
    } else {
      layout.callsWidth = width - 48;
      layout.linesPerColumn = height >= 900 ? 4 : height >= 700 ? 3 : 2;
      layout.lineHeight = WAITING_LINE.portrait;
      layout.rowHeight = (inner - base.waitingHeads - 16 - layout.linesPerColumn * layout.lineHeight) / 5;
      layout.columns = 2;
    }
    layout.rows = layout.rowHeight >= 40 ? 5 : 3;
    if (layout.rows === 3) layout.rowHeight = layout.rowHeight * 5 / 3;
    layout.lines = layout.linesPerColumn * layout.columns;
    return layout;
  };

  /* The mark of priority stands behind the number, or above the arrow where a wide number leaves no room. */
  const boardRow = function (row, sizes, layout, texts, isStale) {
    const markRoom = sizes.arrowX - 20 - 15 - widthEm(row.number) * sizes.em, isCrowded = row.priority && markRoom < (layout.isLandscape ? 67 : 44);
    const made = element("li", "row" + (row.calling && !isStale ? " calling" : "") + (isCrowded ? " crowded" : ""), [
      element("span", "left", [number(row.number, sizes.em)].concat(row.priority ? [priorityMark(texts)] : [])),
      icon("arrow"),
      element("span", "counter", [number(row.counter, sizes.labelEm)]),
    ]);
    made.style.height = mm(layout.rowHeight);
    return made;
  };

  const numberToCounter = (row, em, texts) => element("li", "small-call", [
    number(row.number, em),
    element("span", "small-arrow", (row.priority ? [priorityMark(texts)] : []).concat([icon("arrow")])),
    number(row.counter, em),
  ]);

  const calls = function (content, layout, texts, isStale) {
    const rows = content.rows.slice(0, Math.min(layout.rows, content.shown_rows)), width = layout.callsWidth;
    const arrowX = width * (layout.isLandscape ? 391 / 600 : 323 / 481), counterX = width * (layout.isLandscape ? 511 / 600 : 412 / 481);
    const sizes = {
      arrowX: arrowX,
      em: commonEm(rows.map((row) => row.number), layout.rowHeight * 0.97, arrowX - 20 - 15 - 6),
      labelEm: commonEm(rows.map((row) => row.counter), layout.rowHeight * 0.97, 2 * Math.min(counterX - arrowX - 24, width - counterX)),
    };
    const list = element("ol", "rows", rows.map((row) => boardRow(row, sizes, layout, texts, isStale)));
    const made = element("section", "calls", [
      element("h2", "heads", [element("span", "", [texts.invited]), element("span", "", [texts.counter])]), list]);
    made.style.width = mm(width);
    if (!rows.length && !content.earlier.length) list.appendChild(element("li", "row empty", [texts.empty]));
    if (content.earlier.length && rows.length < layout.rows) {
      const widest = Math.max.apply(null, content.earlier.map((row) => widthEm(row.number) + widthEm(row.counter)));
      const em = Math.min(34, ((width - 15) / 3 - 12 - 26) / widest);
      made.appendChild(element("div", "earlier", [element("h3", "", [texts.recent]),
        element("ol", "", content.earlier.map((row) => numberToCounter(Object.assign({}, row, { priority: false }), em, texts)))]));
    }
    return made;
  };

  const waiting = function (content, layout, texts, turns) {
    const page = content.waiting.length ? turns % content.waiting.length : 0, lines = content.waiting[page] || [];
    const list = element("ol", "lines", lines.map(function (line) {
      const made = element("li", line.prefix ? "line" : "line others", [
        element("span", "tile" + (line.prefix ? "" : " none") + (line.prefix.length > 1 ? " two" : ""), [line.prefix]),
        element("span", "name", [element("span", "", [line.name])]),
        element("span", line.count === 0 ? "count zero" : "count", [line.count === null ? "" : String(line.count)])]);
      made.style.height = mm(layout.lineHeight);
      return made;
    }));
    if (!lines.length) list.appendChild(element("li", "line others", [element("span", "name", [texts.nobody])]));
    const made = element("section", "waiting", [
      element("h2", "heads", [element("span", "", [texts.waiting]), element("span", "unit", [texts.people])]), list]);
    if (content.waiting.length > 1) made.appendChild(element("p", "page", [content.page_texts[page]]));
    return made;
  };

  /* A long name gets more lines of a smaller size. */
  const shrinkNames = function (root) {
    Array.prototype.forEach.call(root.querySelectorAll(".name"), function (name) {
      ["", " long", " longest"].some(function (size) {
        name.className = "name" + size;
        return name.firstChild.offsetHeight <= name.clientHeight + 1 && name.scrollWidth <= name.clientWidth + 1;
      });
    });
  };

  const callPanel = function (call, layout, texts) {
    const height = layout.isLandscape ? (layout.height - 54) * 346 / 475 : (layout.height - 76) * (layout.isShort ? 0.62 : 600 / 865);
    const beside = layout.isLandscape || layout.isShort, middle = height - (layout.isLandscape ? 66 + 42 : 56 + 57);
    const tileWidth = layout.isLandscape ? 225 : layout.isShort ? 150 : 313, arrow = layout.isShort ? 44 : 84;
    const numberWidth = beside ? layout.width - 48 - tileWidth - arrow - 32 : layout.width - 48;
    const numberHeight = beside ? middle : middle * 0.42, tileHeight = beside ? Math.min(middle, tileWidth) : middle * 0.46;
    const made = element("div", "panel", [
      element("p", "panel-heading", [element("span", "words", [texts.invited])]
        .concat(call.priority ? [priorityMark(texts)] : [])
        .concat(call.repeat ? [element("span", "repeat", [call.repeat])] : [])
        .concat(beside ? [element("span", "words to-counter", [texts.toCounter])] : [])),
      element("div", "panel-middle", [
        number(call.number, commonEm([call.number], Math.min(numberHeight * 0.98, 300), numberWidth), "big"),
        beside ? icon("arrow") : element("span", "words to-counter", [texts.toCounter]),
        element("span", "panel-tile", [number(call.label || "", commonEm([call.label || ""], Math.min(tileHeight * 0.95, 300), tileWidth - 16))]),
      ]),
      element("p", "panel-service", [call.service || ""]),
    ]);
    made.style.height = mm(height);
    const tile = made.querySelector(".panel-tile");
    tile.style.width = mm(tileWidth);
    tile.style.height = mm(tileHeight);
    made.querySelector(".panel-heading .to-counter, .panel-middle .to-counter").style.width = mm(beside ? tileWidth : layout.width - 48);
    return made;
  };

  const recent = function (content, call, layout, texts) {
    const rows = content.rows.filter((row) => row.number !== call.number).slice(0, 3), columns = layout.isLandscape ? 3 : 1;
    const width = (layout.width - 24) / columns, below = layout.isLandscape ? 129 * layout.height / 529 : layout.height - 76 - (layout.height - 76) * (layout.isShort ? 0.62 : 600 / 865);
    const shown = layout.isLandscape ? rows : rows.slice(0, Math.max(1, Math.floor((below - 36) / 50)));
    const widest = Math.max.apply(null, shown.map((row) => widthEm(row.number) + widthEm(row.counter)).concat([1]));
    const most = layout.isLandscape ? 62 : Math.min(62, (below - 36) / Math.max(shown.length, 1) * 0.85);
    const em = Math.min(most, (width - 36 - 24 - 14) / widest);
    return element("div", "recent", [element("h2", "", [texts.recent]), element("ol", "", shown.map((row) => numberToCounter(row, em, texts)))]);
  };

  const band = function (content, texts, turns, extraMessage) {
    const messages = content.messages.concat(extraMessage ? [{ text: extraMessage, right_text: null, has_priority_mark: false }] : []);
    const message = messages[turns % messages.length];
    return element("p", "message", [element("span", "text", [message.text])].concat(message.right_text === null ? [] : [
      element("span", "right", (message.has_priority_mark ? [priorityMark(texts)] : []).concat([element("span", "", [message.right_text])]))]));
  };

  exported.picture = {
    layoutFor: layoutFor, element: element, icon: icon, calls: calls, waiting: waiting, shrinkNames: shrinkNames,
    callPanel: callPanel, recent: recent, band: band,
  };
})(window.luotDisplay = window.luotDisplay || {});
