/* The part of the film that is searched, and parts left out: dragged on the filmstrip. */
function takeRanges(desk) {
  const { find, chart } = desk;
  desk.ranges = { start: null, end: null, excluded: [] };
  const strip = find("strip");
  let from = null;
  strip.addEventListener("pointerdown", (event) => {
    if (!desk.isLeavingOut || event.target.closest("button")) return;
    from = timeAt(chart, event);
    strip.setPointerCapture(event.pointerId);
  });
  strip.addEventListener("pointermove", (event) => {
    if (from !== null) drawRanges(desk, [from, timeAt(chart, event)].sort((a, b) => a - b));
  });
  strip.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const cut = [from, timeAt(chart, event)].sort((a, b) => a - b);
    from = null;
    leaveOut(desk, false);
    if (cut[1] - cut[0] > chart.film.step) setRanges(desk, { excluded: [...desk.ranges.excluded, cut] });
    else drawRanges(desk);
  });
  find("set-in").addEventListener("click", () => setRanges(desk, { start: lookedTime(desk) }));
  find("set-out").addEventListener("click", () => setRanges(desk, { end: lookedTime(desk) }));
  find("leave-out").addEventListener("click", () => leaveOut(desk, !desk.isLeavingOut));
  find("all-in").addEventListener("click", () => setRanges(desk, { start: null, end: null, excluded: [] }));
  chart.layers.push((context, _, plot, scale) => {
    shadeRanges(desk, context, plot, scale);
    drawRanges(desk);
  });
}

function lookedTime(desk) {
  const row = rowOf(desk, desk.looked);
  return row < 0 ? null : desk.chart.film.times[row];
}

function leaveOut(desk, isOn) {
  desk.isLeavingOut = isOn;
  desk.find("leave-out").setAttribute("aria-pressed", String(isOn));
  desk.find("strip").classList.toggle("cutting", isOn);
}

function setRanges(desk, changes) {
  const next = { ...desk.ranges, ...changes };
  if (next.start !== null && next.end !== null && next.start >= next.end) {
    if ("start" in changes) next.end = null;
    else next.start = null;
  }
  desk.ranges = next;
  desk.chart.paint();
  tell(desk, "ranges", { ...next, serial: Date.now() });
}

/* Where nothing is searched, as pairs of times. */
function shadows(desk) {
  const { start, end, excluded } = desk.ranges;
  const { film } = desk.chart;
  const outside = [];
  if (start !== null) outside.push([film.begin, start]);
  if (end !== null) outside.push([end, film.end]);
  return [...outside, ...excluded.map(([from, to]) => [from ?? film.begin, to ?? film.end])];
}

function shadeRanges(desk, context, plot, scale) {
  context.fillStyle = desk.chart.colours.well;
  context.globalAlpha = 0.72;
  for (const [from, to] of shadows(desk)) context.fillRect(scale(from), plot.top - 4, scale(to) - scale(from), plot.height + 4);
  context.globalAlpha = 1;
}

/* Shadows and handles over the filmstrip; `drawing` is a part that is being left out. */
function drawRanges(desk, drawing) {
  const { find, chart } = desk;
  const { start, end, excluded } = desk.ranges;
  const { view, plot } = chart;
  const key = JSON.stringify([view, plot.left, plot.width, chart.film.end, desk.ranges, drawing]);
  if (key === desk.rangesKey) return;
  desk.rangesKey = key;
  find("all-in").hidden = start === null && end === null && !excluded.length;
  const parts = shadows(desk).map((span) => shadow(desk, span));
  if (drawing) parts.push(shadow(desk, drawing));
  excluded.forEach((span, at) => parts.push(remover(desk, span, at)));
  for (const [side, time] of [["start", start ?? chart.film.begin], ["end", end ?? chart.film.end]]) {
    parts.push(handle(desk, side, time));
  }
  find("ranges").replaceChildren(...parts);
}

function shadow(desk, [from, to]) {
  const { chart } = desk;
  const part = document.createElement("div");
  const left = Math.max(chart.plot.left, chart.scale(from));
  const right = Math.min(chart.plot.right, chart.scale(to));
  part.className = "out";
  part.style.left = `${left}px`;
  part.style.width = `${Math.max(0, right - left)}px`;
  return part;
}

function remover(desk, [from, to], at) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "again";
  button.textContent = "×";
  button.setAttribute("aria-label", `Search ${clock(from, 1)} to ${clock(to, 1)} again`);
  button.style.left = `${desk.chart.scale((from + to) / 2)}px`;
  button.addEventListener("click", () => {
    setRanges(desk, { excluded: desk.ranges.excluded.filter((_, place) => place !== at) });
  });
  return button;
}

/* A handle for the in or the out point: dragged, or moved frame by frame with the arrow keys. */
function handle(desk, side, time) {
  const { chart } = desk;
  const grip = document.createElement("div");
  grip.className = `grip ${side}`;
  grip.tabIndex = 0;
  grip.setAttribute("role", "slider");
  grip.setAttribute("aria-label", side === "start" ? "Search from" : "Search up to");
  grip.setAttribute("aria-valuenow", time.toFixed(2));
  grip.setAttribute("aria-valuetext", clock(time, 2));
  grip.style.left = `${chart.scale(time)}px`;
  const limited = (at) => Math.min(chart.film.end, Math.max(chart.film.begin, at));
  const settle = (at) => {
    const isEdge = side === "start" ? at <= chart.film.begin + 1e-6 : at >= chart.film.end - 1e-6;
    setRanges(desk, { [side]: isEdge ? null : at });
  };
  grip.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    grip.setPointerCapture(event.pointerId);
    grip.onpointermove = (moved) => {
      grip.style.left = `${chart.scale(limited(timeAt(chart, moved)))}px`;
    };
    grip.onpointerup = (released) => settle(limited(timeAt(chart, released)));
  });
  grip.addEventListener("keydown", (event) => {
    const rows = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!rows) return;
    event.preventDefault();
    event.stopPropagation();
    settle(limited(time + rows * chart.film.step));
  });
  return grip;
}
