/* What is on the stage: curve, stretches, marks, the strip of pictures, the map of the film. */
const PIN_LANE = 26;

function layout(chart, width, height) {
  const plot = { left: 42, right: width - 10, bottom: height - 24 };
  plot.top = 8 + PIN_LANE * assignLanes(chart, plot.left, plot.right);
  plot.width = plot.right - plot.left;
  plot.height = plot.bottom - plot.top;
  return plot;
}

function paintPlot(chart) {
  const { film, view, colours } = chart;
  const { context, width, height } = fitCanvas(chart.canvas);
  const plot = (chart.plot = layout(chart, width, height));
  const range = chart.withRaw ? chart.rawRange : chart.range;
  const scale = (time) => plot.left + ((time - view.from) / (view.to - view.from)) * plot.width;
  const rise = (score) => plot.bottom - ((score - range[0]) / (range[1] - range[0])) * plot.height;
  chart.scale = scale;
  chart.rise = rise;
  context.font = "12px system-ui, sans-serif";
  context.lineJoin = "round";
  drawLevels(context, range, rise, plot, colours);
  drawTimes(context, view, scale, plot, colours);
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top - 4, plot.width, plot.height + 4);
  context.clip();
  paintShots(context, chart, plot, scale);
  paintVetoes(context, chart, plot, scale);
  const runs = columnsOf(film, film.drawn, film.spread, view, scale);
  context.globalAlpha = 0.75;
  context.fillStyle = colours.band;
  fillBand(context, runs, rise);
  context.globalAlpha = 1;
  if (chart.withRaw) {
    const observed = columnsOf(film, chart.observed, null, view, scale);
    context.strokeStyle = colours.raw;
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    traceLine(context, observed, rise);
    context.globalAlpha = 1;
  }
  context.strokeStyle = context.fillStyle = colours.curve;
  context.lineWidth = 1.8;
  traceLine(context, runs, rise);
  dotFrames(context, runs, rise, view, film, plot.width);
  paintRelativeVetoes(context, chart, plot, scale);
  for (const layer of chart.layers) layer(context, chart, plot, scale);
  paintPicks(context, chart, plot, scale, rise);
  paintCursor(context, chart, plot, scale, rise);
  context.restore();
  paintStems(context, chart, plot, scale);
}

/* From each pin down to the plot, where its line goes on. */
function paintStems(context, { pins, colours }, plot, scale) {
  context.fillStyle = colours.pick;
  context.globalAlpha = 0.6;
  for (const { isSeen, lane, pick } of pins) {
    if (isSeen && lane) context.fillRect(scale(pick.time) - 0.5, plot.top - 4 - PIN_LANE * lane, 1, PIN_LANE * lane);
  }
  context.globalAlpha = 1;
}

function paintShots(context, { film, view, colours }, plot, scale) {
  const visible = film.shots.filter((row) => film.times[row] >= view.from && film.times[row] <= view.to);
  const isDense = visible.length * 14 > plot.width;  // then a mark at the foot is enough
  film.shots.forEach((row, at) => {
    const next = film.shots[at + 1];
    const begin = film.times[row];
    const end = next === undefined ? film.end : film.times[next];
    if (end < view.from || begin > view.to) return;
    const x = scale(begin);
    if (at % 2 && !isDense && !film.gaps.length) {
      context.fillStyle = colours.shade;
      context.fillRect(x, plot.top, scale(end) - x, plot.height);
    }
    if (at === 0) return;
    context.strokeStyle = colours.soft;
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    context.setLineDash(isDense ? [] : [3, 3]);
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, isDense ? plot.bottom - 6 : plot.top);
    context.lineTo(Math.round(x) + 0.5, plot.bottom);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  });
}

function paintVetoes(context, chart, plot, scale) {
  const { film, view, colours } = chart;
  context.textAlign = "center";
  for (const [first, last, word] of film.vetoes) {
    if (film.times[last] < view.from || film.times[first] > view.to) continue;
    const [from, to] = stretchOf(film, first, last, scale);
    context.fillStyle = chart.hatch ||= hatch(context, colours);
    context.fillRect(from, plot.top, to - from, plot.height);
    const middle = (Math.max(from, plot.left) + Math.min(to, plot.right)) / 2;
    const text = film.words[word];
    const room = context.measureText(text).width + 14;
    if (Math.min(to, plot.right) - Math.max(from, plot.left) < room) continue;
    context.fillStyle = colours.card;
    context.fillRect(middle - room / 2 + 2, plot.bottom - 26, room - 4, 18);
    context.fillStyle = colours.soft;
    context.fillText(text, middle, plot.bottom - 13);
  }
}

function paintRelativeVetoes(context, { film, view, colours }, plot, scale) {
  context.fillStyle = colours.relative;
  for (const [first, last] of film.relative_vetoes) {
    if (film.times[last] < view.from || film.times[first] > view.to) continue;
    const [from, to] = stretchOf(film, first, last, scale);
    context.fillRect(from, plot.bottom - 5, Math.max(1.5, to - from), 5);
  }
}

function paintPicks(context, chart, plot, scale, rise) {
  const { film, colours } = chart;
  for (const pick of film.picks) {
    const x = scale(pick.time);
    if (x < plot.left - 1 || x > plot.right + 1) continue;
    const y = rise(pick.score);
    context.strokeStyle = context.fillStyle = colours.pick;
    context.globalAlpha = 0.6;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, plot.top - 4);
    context.lineTo(x, y);
    context.stroke();
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(x, y, 4.5, 0, 7);
    context.fill();
    context.strokeStyle = colours.card;
    context.lineWidth = 1.5;
    context.stroke();
  }
}

function paintCursor(context, { film, colours, cursor, drag }, plot, scale, rise) {
  if (drag) {
    const [from, to] = [scale(drag.from), scale(drag.to)];
    context.fillStyle = colours.curve;
    context.globalAlpha = 0.18;
    context.fillRect(Math.min(from, to), plot.top, Math.abs(to - from), plot.height);
    context.globalAlpha = 1;
  }
  if (cursor === null || !film.times.length) return;
  const x = scale(film.times[cursor]);
  context.fillStyle = colours.ink;
  context.fillRect(Math.round(x), plot.top, 1, plot.height);
  if (Number.isNaN(film.drawn[cursor])) return;
  context.beginPath();
  context.arc(x + 0.5, rise(film.drawn[cursor]), 4, 0, 7);
  context.fill();
}

/* Pins stand above the plot in up to three lanes, the better pick lower; one without space becomes
   a dot. Lanes are assigned before the plot is laid out, which leaves space for them. */
function assignLanes(chart, left, right) {
  const { view } = chart;
  const placed = [];
  for (const pin of chart.pins) {
    const share = (pin.pick.time - view.from) / (view.to - view.from);
    const x = left + share * (right - left);
    pin.isSeen = x >= left - 1 && x <= right + 1;
    if (!pin.isSeen) continue;
    const room = pin.pick.rank < 10 ? 25 : 31;
    const taken = placed.filter((other) => Math.abs(other.x - x) < room).map((other) => other.lane);
    pin.lane = [0, 1, 2].find((one) => !taken.includes(one));
    if (pin.lane !== undefined) placed.push({ x, lane: pin.lane });
  }
  return placed.reduce((most, { lane }) => Math.max(most, lane + 1), 1);
}

function placePins(chart) {
  const bottom = chart.plot.top - 4;
  for (const pin of chart.pins) {
    pin.element.hidden = !pin.isSeen;
    if (!pin.isSeen) continue;
    const isSmall = pin.lane === undefined;
    pin.element.classList.toggle("small", isSmall);
    const y = isSmall ? bottom - 5 : bottom - PIN_LANE * (pin.lane + 1) + 4;
    const half = (isSmall ? 10 : pin.pick.rank < 10 ? 22 : pin.element.offsetWidth) / 2;
    const x = chart.scale(pin.pick.time) - half;
    const left = Math.min(Math.max(x, 0), chart.canvas.clientWidth - 2 * half);
    pin.element.style.transform = `translate(${left}px, ${y}px)`;
  }
}

/* Pictures along the visible time; they hold to the film while it is moved. */
function paintRibbon(chart) {
  const { film, view, plot } = chart;
  const { context, height } = fitCanvas(chart.ribbon);
  const strip = film.strip;
  if (!strip.times.length) return;
  const tile = Math.max(8, (height * strip.size[0]) / strip.size[1]);
  const seconds = (tile * (view.to - view.from)) / plot.width;
  context.beginPath();
  context.rect(plot.left, 0, plot.width, height);
  context.clip();
  for (let at = Math.floor(view.from / seconds); at * seconds < view.to; at++) {
    if ((at + 1) * seconds <= film.begin || at * seconds >= film.end) continue;
    const image = chart.thumb(nearest(strip.times, (at + 0.5) * seconds));
    if (image.complete && image.naturalWidth) {
      context.drawImage(image, chart.scale(at * seconds), 0, tile - 1, height);
    }
  }
}

/* The whole film, small, with the visible part marked. */
function paintMap(chart) {
  const { film, view, colours, plot } = chart;
  const { context, height } = fitCanvas(chart.map);
  const span = film.end - film.begin;
  const scale = (time) => plot.left + ((time - film.begin) / span) * plot.width;
  const rise = (score) =>
    height - 4 - ((score - chart.range[0]) / (chart.range[1] - chart.range[0])) * (height - 8);
  const whole = { from: film.begin, to: film.end };
  if (!chart.mapRuns || chart.mapWidth !== plot.width) {
    chart.mapRuns = columnsOf(film, film.drawn, null, whole, scale);
    chart.mapWidth = plot.width;
  }
  context.fillStyle = colours.veto;
  context.globalAlpha = 0.35;
  for (const [first, last] of film.vetoes) {
    const [from, to] = stretchOf(film, first, last, scale);
    context.fillRect(from, 0, to - from, height);
  }
  context.globalAlpha = 1;
  context.strokeStyle = colours.curve;
  context.lineWidth = 1;
  traceLine(context, chart.mapRuns, rise);
  context.fillStyle = colours.pick;
  for (const pick of film.picks) context.fillRect(scale(pick.time) - 1, 0, 2, height);
  const [from, to] = [scale(view.from), scale(view.to)];
  context.fillStyle = colours.card;
  context.globalAlpha = 0.65;
  context.fillRect(plot.left, 0, from - plot.left, height);
  context.fillRect(to, 0, plot.right - to, height);
  context.globalAlpha = 1;
  context.strokeStyle = colours.ink;
  context.strokeRect(from + 0.5, 0.5, Math.max(3, to - from - 1), height - 1);
}
