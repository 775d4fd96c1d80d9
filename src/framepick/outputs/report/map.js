/* A map of photos: tiles over a field of scores, moved and zoomed. */
const map = JSON.parse(document.getElementById("map").textContent);
const atlas = document.getElementById("atlas");
const tiles = document.getElementById("tiles");
const tip = document.getElementById("tip");
const viewChoice = document.getElementById("view");
const ink = atlas.getContext("2d");
const SIDE = Math.round(Math.sqrt(map.views[0].field.length));
const LEVELS = 10;
const PAINTED = 432;
const look = { x: 0, y: 0, zoom: 1 };
let width = 0, height = 0, wash = null, chosen = -1;

/* What is shown: the scores of one, or how they differ from those of another. */
function shownView() {
  const [own, other] = viewChoice.value.split("-").map(Number);
  const view = map.views[own];
  if (other === undefined) return view;
  const base = map.views[other];
  const values = view.field.map((value, at) => value - base.field[at]);
  const most = Math.max(0.05, ...values.filter((_, at) => view.weights[at] > 40).map(Math.abs));
  return { field: values, weights: view.weights, low: -most, high: most };
}

function bilinear(values, x, y) {
  const left = Math.max(0, Math.min(SIDE - 1.001, x)), top = Math.max(0, Math.min(SIDE - 1.001, y));
  const col = Math.floor(left), row = Math.floor(top), dx = left - col, dy = top - row;
  const at = row * SIDE + col, below = at + (row < SIDE - 1 ? SIDE : 0), step = col < SIDE - 1 ? 1 : 0;
  return (values[at] * (1 - dx) + values[at + step] * dx) * (1 - dy)
    + (values[below] * (1 - dx) + values[below + step] * dx) * dy;
}

/* The field in bands, as on a map of heights, with a line where one band meets the next. */
function paintField() {
  const view = shownView();
  const dark = document.documentElement.dataset.theme === "dark";
  const low = dark ? [38, 66, 110] : [120, 160, 215], high = dark ? [168, 86, 20] : [250, 170, 80];
  wash = document.createElement("canvas");
  wash.width = wash.height = PAINTED;
  const brush = wash.getContext("2d"), image = brush.createImageData(PAINTED, PAINTED);
  const bands = new Int8Array(PAINTED * PAINTED);
  for (let at = 0; at < bands.length; at++) {
    const x = (at % PAINTED + 0.5) / PAINTED * SIDE - 0.5;
    const y = (Math.floor(at / PAINTED) + 0.5) / PAINTED * SIDE - 0.5;
    const share = (bilinear(view.field, x, y) - view.low) / (view.high - view.low || 1);
    const band = bands[at] = Math.max(0, Math.min(LEVELS - 1, Math.floor(share * LEVELS)));
    const weight = Math.min(1, bilinear(view.weights, x, y) / 90);
    const isLine = (at % PAINTED && bands[at - 1] !== band) || (at >= PAINTED && bands[at - PAINTED] !== band);
    const mix = band / (LEVELS - 1);
    for (let one = 0; one < 3; one++) {
      const colour = low[one] + (high[one] - low[one]) * mix;
      image.data[4 * at + one] = isLine ? colour * (dark ? 1.5 : 0.7) : colour;
    }
    image.data[4 * at + 3] = 235 * weight;
  }
  brush.putImageData(image, 0, 0);
}

function scale() { return Math.min(width, height) * look.zoom; }
/* Pixels that the whole map takes across and down: it fills the stage, whatever its shape. */
function across() { return scale() * Math.max(1, width / height); }
function down() { return scale() * Math.max(1, height / width); }
function screenX(x) { return width / 2 + (x - 0.5 - look.x) * across(); }
function screenY(y) { return height / 2 + (y - 0.5 - look.y) * down(); }
function tileSide() {
  const even = Math.sqrt(width * height / map.places.length);
  return Math.max(10, Math.min(150, even * 0.62 * Math.pow(look.zoom, 0.8)));
}

function draw() {
  if (!wash) return;
  ink.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  ink.clearRect(0, 0, width, height);
  ink.imageSmoothingQuality = "high";
  ink.drawImage(wash, screenX(0), screenY(0), screenX(1) - screenX(0), screenY(1) - screenY(0));
  const side = tileSide();
  map.places.forEach((place, at) => { if (at !== chosen) drawTile(at, place, side); });
  if (chosen >= 0) drawTile(chosen, map.places[chosen], Math.max(side * 1.25, 40), true);
}

function drawTile(at, place, side, isChosen) {
  const x = screenX(place[0]) - side / 2, y = screenY(place[1]) - side / 2;
  if (x > width || y > height || x + side < 0 || y + side < 0) return;
  const from = map.tile, left = at % map.across * from, top = Math.floor(at / map.across) * from;
  ink.drawImage(tiles, left, top, from, from, x, y, side, side);
  ink.lineWidth = isChosen ? 3 : 1;
  ink.strokeStyle = isChosen ? "#fff" : "rgba(0, 0, 0, 0.35)";
  ink.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
}

function resize() {
  const box = atlas.parentElement.getBoundingClientRect();
  width = Math.round(box.width);
  height = Math.round(box.height);
  atlas.width = width * devicePixelRatio;
  atlas.height = height * devicePixelRatio;
  draw();
}

function nearest(x, y) {
  const side = tileSide() / 2;
  let best = -1, least = Infinity;
  map.places.forEach((place, at) => {
    const away = Math.max(Math.abs(screenX(place[0]) - x), Math.abs(screenY(place[1]) - y));
    if (away <= side && away < least) { least = away; best = at; }
  });
  return best;
}

function zoomBy(factor, x = width / 2, y = height / 2) {
  const zoom = Math.max(1, Math.min(40, look.zoom * factor));
  const change = 1 - look.zoom / zoom;
  look.x += (x - width / 2) * change / across();
  look.y += (y - height / 2) * change / down();
  look.zoom = zoom;
  keepWithin();
  draw();
}

function keepWithin() {
  const most = 0.5 * (1 - 1 / look.zoom) + 0.05;
  look.x = Math.max(-most, Math.min(most, look.x));
  look.y = Math.max(-most, Math.min(most, look.y));
}

function tell(at, x, y) {
  tip.hidden = at < 0;
  if (at < 0) return;
  const lines = map.views.map((view) => view.name + " " + view.scores[at].toFixed(2));
  tip.replaceChildren(...[map.names[at], ...lines].map((text) => {
    const line = document.createElement("div");
    line.textContent = text;
    return line;
  }));
  tip.style.left = Math.max(0, Math.min(width - 220, x + 14)) + "px";
  tip.style.top = Math.max(0, Math.min(height - 80, y + 14)) + "px";
}

let held = null;
function begin(event) {
  held = { x: event.offsetX, y: event.offsetY, moved: false };
  atlas.setPointerCapture(event.pointerId);
}
function move(event) {
  const x = event.offsetX, y = event.offsetY;
  if (held && Math.hypot(x - held.x, y - held.y) > (held.moved ? 0 : 4)) {
    look.x -= (x - held.x) / across();
    look.y -= (y - held.y) / down();
    held = { x, y, moved: true };
    keepWithin();
    tell(-1);
    draw();
    return;
  }
  const at = nearest(x, y);
  if (at !== chosen) { chosen = at; draw(); }
  tell(at, x, y);
  atlas.style.cursor = at < 0 ? "grab" : "pointer";
}
function end() {
  if (held && !held.moved && chosen >= 0) window.open(map.links[chosen], "_blank", "noopener");
  held = null;
}

atlas.addEventListener("pointerdown", begin);
atlas.addEventListener("pointermove", move);
atlas.addEventListener("pointerup", end);
atlas.addEventListener("pointerleave", () => { chosen = -1; tell(-1); draw(); });
atlas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
}, { passive: false });
atlas.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key === "+" || event.key === "=") zoomBy(1.5);
  else if (event.key === "-") zoomBy(1 / 1.5);
  else if (steps[event.key]) {
    look.x += steps[event.key][0] * 0.1 / look.zoom;
    look.y += steps[event.key][1] * 0.1 / look.zoom;
    keepWithin();
    draw();
  } else return;
  event.preventDefault();
});
document.getElementById("nearer").addEventListener("click", () => zoomBy(1.5));
document.getElementById("farther").addEventListener("click", () => zoomBy(1 / 1.5));
document.getElementById("whole").addEventListener("click", () => {
  Object.assign(look, { x: 0, y: 0, zoom: 1 });
  draw();
});
const repaint = () => { paintField(); draw(); };
viewChoice.addEventListener("change", repaint);
themeListeners.push(repaint);
new ResizeObserver(resize).observe(atlas.parentElement);
tiles.decode().then(() => { paintField(); resize(); });
