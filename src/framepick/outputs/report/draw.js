/* Drawing of the curve: one column of pixels at a time, so that a film of any length is quick. */
function readColours(element) {
  const style = getComputedStyle(element);
  const colours = {};
  for (const name of ["ground", "card", "well", "line", "ink", "soft", "curve", "band", "raw",
    "pick", "veto", "veto-ground", "relative", "shade"]) {
    colours[name] = style.getPropertyValue("--" + name).trim();
  }
  return colours;
}

function screenRatio() {
  return Math.min(3, window.devicePixelRatio || 1);
}

/* Fit a canvas to its place on the page; its context then draws in CSS pixels. */
function fitCanvas(canvas) {
  const ratio = screenRatio();
  const width = Math.max(1, canvas.clientWidth);
  const height = Math.max(1, canvas.clientHeight);
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixels[0]) canvas.width = pixels[0];
  if (canvas.height !== pixels[1]) canvas.height = pixels[1];
  const context = canvas.getContext("2d");
  context.setTransform(pixels[0] / width, 0, 0, pixels[1] / height, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/* Range of scores that the plot shows: the smoothed ones with a usual band, or the raw ones too. */
function scoreRange(film, withRaw) {
  let low = Infinity;
  let high = -Infinity;
  const spreads = [];
  for (let i = 0; i < film.drawn.length; i++) {
    const value = film.drawn[i];
    if (Number.isNaN(value)) continue;
    if (i % 7 === 0) spreads.push(film.spread[i] || 0);
    if (value < low) low = value;
    if (value > high) high = value;
    if (withRaw && film.raw[i] < low) low = film.raw[i];
    if (withRaw && film.raw[i] > high) high = film.raw[i];
  }
  if (low > high) return [0, 0];  // no scores: nothing to draw
  spreads.sort((a, b) => a - b);
  const margin = (spreads[Math.floor(spreads.length * 0.9)] || 0) + 0.04 * (high - low) + 0.02;
  return [low - margin, high + margin];
}

/* Columns (x, first, low, high, last, low of band, high of band) of the frames in view, in runs. */
function columnsOf(film, values, spread, view, scale) {
  const runs = [];
  let run = null;
  let column = null;
  const ratio = screenRatio();
  const from = Math.max(0, lowerBound(film.times, view.from) - 1);
  const to = Math.min(film.times.length, lowerBound(film.times, view.to) + 2);
  for (let i = from; i < to; i++) {
    const value = values[i];
    if (Number.isNaN(value)) {
      run = column = null;
      continue;
    }
    if (run === null || film.breaks[i]) {
      run = [];
      runs.push(run);
      column = null;
    }
    const x = scale(film.times[i]);
    const sd = spread ? spread[i] || 0 : 0;
    const pixel = Math.floor(x * ratio);
    if (column === null || pixel !== column.pixel) {
      column = {
        pixel, x, first: value, low: value, high: value, last: value,
        under: value - sd, over: value + sd,
      };
      run.push(column);
      continue;
    }
    column.last = value;
    if (value < column.low) column.low = value;
    if (value > column.high) column.high = value;
    if (value - sd < column.under) column.under = value - sd;
    if (value + sd > column.over) column.over = value + sd;
  }
  return runs;
}

function traceLine(context, runs, height) {
  context.beginPath();
  for (const run of runs) {
    run.forEach((column, at) => {
      if (at === 0) context.moveTo(column.x, height(column.first));
      else context.lineTo(column.x, height(column.first));
      if (column.low !== column.high) {
        context.lineTo(column.x, height(column.low));
        context.lineTo(column.x, height(column.high));
        context.lineTo(column.x, height(column.last));
      }
    });
    if (run.length === 1) {
      context.moveTo(run[0].x - 1.5, height(run[0].last));
      context.lineTo(run[0].x + 1.5, height(run[0].last));
    }
  }
  context.stroke();
}

function fillBand(context, runs, height) {
  for (const run of runs) {
    context.beginPath();
    run.forEach((column) => context.lineTo(column.x, height(column.over)));
    const last = run[run.length - 1];
    if (run.length === 1) context.lineTo(last.x + 1.5, height(last.over));
    if (run.length === 1) context.lineTo(last.x + 1.5, height(last.under));
    for (let at = run.length - 1; at >= 0; at--) context.lineTo(run[at].x, height(run[at].under));
    context.closePath();
    context.fill();
  }
}

function dotFrames(context, runs, height, view, film, width) {
  if ((width * film.step) / (view.to - view.from) < 7) return;
  context.beginPath();
  for (const run of runs) {
    for (const column of run) {
      context.moveTo(column.x + 2.5, height(column.first));
      context.arc(column.x, height(column.first), 2.5, 0, 7);
    }
  }
  context.fill();
}

/* Stretch of the plot that rows `first` to `last` take: half a frame to each side. */
function stretchOf(film, first, last, scale) {
  const before = first > 0 ? (film.times[first - 1] + film.times[first]) / 2 : film.begin;
  const after = last + 1 < film.times.length
    ? (film.times[last] + film.times[last + 1]) / 2 : film.end;
  return [scale(before), Math.max(scale(after), scale(before) + 1)];
}

function hatch(context, colours) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = colours["veto-ground"];
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colours.veto;
  pen.globalAlpha = 0.6;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

const TIME_STEPS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
  3600, 7200, 18000, 36000];

function drawTimes(context, view, scale, plot, colours) {
  const wanted = ((view.to - view.from) * 78) / plot.width;
  const step = TIME_STEPS.find((one) => one >= wanted) || 86400;
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  context.fillStyle = colours.soft;
  context.textAlign = "center";
  for (let at = Math.ceil(view.from / step); at * step <= view.to; at++) {
    const x = scale(at * step);
    context.fillRect(Math.round(x), plot.bottom, 1, 4);
    const text = clock(at * step, digits);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(x, plot.right + 10 - half), plot.bottom + 16);
  }
}

function drawLevels(context, range, height, plot, colours) {
  if (range[0] === range[1]) return;
  const rough = (range[1] - range[0]) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  context.textAlign = "right";
  for (let at = Math.ceil(range[0] / step); at * step < range[1]; at++) {
    const y = Math.round(height(at * step)) + 0.5;
    if (y < plot.top + 4) continue;
    context.fillStyle = colours.line;
    context.fillRect(plot.left, y, plot.width, 1);
    context.fillStyle = colours.soft;
    context.fillText((at * step).toFixed(step < 1 ? Math.ceil(-Math.log10(step)) : 0), plot.left - 7, y + 4);
  }
}
