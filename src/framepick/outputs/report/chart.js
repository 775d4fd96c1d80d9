/* The chart: the visible part of the film, the pointer, and zooming. `root` holds its elements, and
   `styled` has the colours; `film` is as `readFilm` gives it. */
function makeChart(film, root, styled) {
  const find = (name) => root.getElementById(name);
  const chart = {
    root, styled, find, stage: find("stage"), box: find("plot"), canvas: find("curve"),
    ribbon: find("ribbon"), map: find("map"), tip: find("tip"),
    view: { from: film.begin, to: film.end }, cursor: null, drag: null, withRaw: false,
    colours: readColours(styled), thumbs: new Map(), pins: [], isWaiting: false, layers: [],
  };
  chart.thumb = (at) => thumbOf(chart, at);
  takeFilm(chart, film);
  chart.paint = () => {
    if (chart.isWaiting) return;
    chart.isWaiting = true;
    requestAnimationFrame(() => paintAll(chart));
  };
  return chart;
}

/* Show `film` from now on. */
function takeFilm(chart, film) {
  chart.film = film;
  chart.range = scoreRange(film, false);
  chart.rawRange = scoreRange(film, true);
  chart.mapRuns = null;
  chart.observed = film.raw.slice();
  for (const [first, last] of film.vetoes) chart.observed.fill(NaN, first, last + 1);
  for (const { element } of chart.pins) element.remove();
  chart.pins = film.picks.map((pick) => ({ pick, element: pinOf(chart, pick) }));
}

function pinOf(chart, pick) {
  const element = document.createElement("a");
  element.className = "pin";
  element.href = "#pick-" + pick.rank;
  element.textContent = pick.rank;
  element.setAttribute("aria-label", `Pick ${pick.rank} at ${pick.timecode}: go to its pictures`);
  const point = () => { chart.cursor = pick.row; chart.paint(); };
  element.addEventListener("pointerenter", point);
  element.addEventListener("focus", point);
  chart.find("pins").append(element);
  return element;
}

function paintAll(chart) {
  chart.isWaiting = false;
  paintPlot(chart);
  placePins(chart);
  paintRibbon(chart);
  paintMap(chart);
  showTip(chart);
}

function thumbSource(chart, at) {
  const { prefix, pictures } = chart.film.strip;
  return (prefix || "data:image/jpeg;base64,") + pictures[at];
}

function thumbOf(chart, at) {
  const name = chart.film.strip.pictures[at];
  let image = chart.thumbs.get(name);
  if (!image) {
    image = new Image();
    image.onload = chart.paint;
    image.src = thumbSource(chart, at);
    chart.thumbs.set(name, image);
  }
  return image;
}

function pickAt(chart, row) {
  return chart.film.picks.find((pick) => pick.row === row);
}

/* What there is to say of a frame, as lines of (text, class). */
function storyOf(chart, row) {
  const { film } = chart;
  const time = film.times[row];
  const pick = pickAt(chart, row);
  const lines = [[timecode(film.code, time), "b"]];
  if (pick) lines.push([`Pick ${pick.rank}`, "good"]);
  lines.push([clock(time, 2) + " from the start", ""]);
  const score = film.drawn[row];
  if (!Number.isNaN(score)) {
    const spread = film.spread[row];
    const around = Number.isNaN(spread) ? "" : ` ± ${spread.toFixed(2)}`;
    lines.push([`Score ${score.toFixed(2)}${around}`, ""]);
  }
  if (film.kind[row]) lines.push(["Vetoed: " + film.words[film.kind[row] - 1], "bad"]);
  return lines;
}

function showTip(chart) {
  const { tip, film, cursor } = chart;
  for (const { element, pick } of chart.pins) {
    element.classList.toggle("lit", cursor !== null && pick.row === cursor);
  }
  tip.hidden = cursor === null || !film.times.length;
  if (tip.hidden) return;
  if (tip.row !== cursor) fillTip(chart);
  const x = chart.scale(film.times[cursor]);
  // on narrow pages the style sheet sets the tip below the plot, where it hides nothing
  tip.style.visibility = x < chart.plot.left - 1 || x > chart.plot.right + 1 ? "hidden" : "visible";
  const width = tip.offsetWidth;
  const room = chart.canvas.clientWidth;
  const left = x + 16 + width > room ? x - 16 - width : x + 16;
  tip.style.transform = `translate(${Math.max(0, Math.min(left, room - width))}px, ${chart.plot.top + 4}px)`;
}

function fillTip(chart) {
  const { tip, film, cursor } = chart;
  const lines = storyOf(chart, cursor);
  tip.row = cursor;
  tip.replaceChildren();
  if (film.strip.times.length) {
    const image = document.createElement("img");
    const at = nearest(film.strip.times, film.times[cursor]);
    const pick = pickAt(chart, cursor);
    const kept = pick && chart.root.querySelector(`#pick-${pick.rank} img`);
    [image.width, image.height] = film.strip.size;
    image.src = kept ? kept.src : thumbSource(chart, at);
    image.alt = "";
    tip.append(image);
  }
  for (const [text, kind] of lines) {
    const line = document.createElement(kind === "b" ? "b" : "div");
    line.textContent = text;
    if (kind && kind !== "b") line.className = kind;
    tip.append(line);
  }
  chart.box.setAttribute("aria-valuenow", film.times[cursor].toFixed(3));
  chart.box.setAttribute("aria-valuetext", lines.map((line) => line[0]).join(", "));
}

function setView(chart, from, to) {
  const { film } = chart;
  const whole = film.end - film.begin;
  const span = Math.min(whole, Math.max(to - from, Math.min(whole, 12 * film.step)));
  const middle = (from + to) / 2;
  const start = Math.min(Math.max(middle - span / 2, film.begin), film.end - span);
  chart.view = { from: start, to: start + span };
  chart.find("whole").disabled = span >= whole;
  chart.paint();
}

/* Zoom by `factor` (under 1 is closer), the time `centre` staying where it is. */
function zoom(chart, factor, centre) {
  const { from, to } = chart.view;
  const whole = chart.film.end - chart.film.begin;
  const span = Math.min(whole, Math.max((to - from) * factor, Math.min(whole, 12 * chart.film.step)));
  const start = centre - ((centre - from) * span) / (to - from);
  setView(chart, start, start + span);
}

function shift(chart, seconds) {
  setView(chart, chart.view.from + seconds, chart.view.to + seconds);
}

function timeAt(chart, event) {
  const { left } = chart.canvas.getBoundingClientRect();
  const share = (event.clientX - left - chart.plot.left) / chart.plot.width;
  return chart.view.from + Math.min(1, Math.max(0, share)) * (chart.view.to - chart.view.from);
}

/* Point at the frame nearest to a time; a pick within reach draws the cursor. */
function pointAt(chart, time, reach) {
  const { film, view, plot } = chart;
  if (!film.times.length) return;
  chart.cursor = nearest(film.times, time);
  const seconds = ((reach || 0) * (view.to - view.from)) / plot.width;
  let closest = seconds;
  for (const pick of film.picks) {
    const apart = Math.abs(pick.time - time);
    if (apart < closest) {
      closest = apart;
      chart.cursor = pick.row;
    }
  }
  chart.paint();
}

function pointAtRow(chart, row) {
  const { film, view } = chart;
  chart.cursor = Math.min(film.times.length - 1, Math.max(0, row));
  const time = film.times[chart.cursor];
  const span = view.to - view.from;
  if (time < view.from || time > view.to) setView(chart, time - span / 2, time + span / 2);
  chart.paint();
}

/* Show a stretch with some of its surroundings. */
function visit(chart, from, to, row) {
  const around = Math.max(2 * (to - from), 60 * chart.film.step, 2);
  setView(chart, from - around, to + around);
  pointAtRow(chart, row);
  chart.stage.scrollIntoView({ block: "center" });
  chart.box.focus({ preventScroll: true });
}
