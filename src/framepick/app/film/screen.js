/* The frame that is looked at: small at once, large when it has come. */
const BESIDE = 10;

function frameUrl(desk, index, side) {
  return `${desk.url}/frame/${index}/${side}`;
}

function rowOf(desk, index) {
  return desk.chart.film.frames.indexOf(index);
}

/* Look at the frame of a row; where it `isMeant`, the page is told. */
function lookAt(desk, row, isMeant) {
  const { film } = desk.chart;
  if (!film.times.length) return;
  const at = Math.min(film.times.length - 1, Math.max(0, row));
  const index = film.frames[at];
  desk.looked = index;
  showFrame(desk, at, index);
  if (isMeant) tell(desk, "frame", index);
}

function showFrame(desk, row, index) {
  const { find, chart } = desk;
  const image = find("frame");
  const { strip, times } = chart.film;
  for (const name of ["frame", "caption", "back", "on"]) find(name).hidden = false;
  if (strip.times.length && desk.drawn !== index) {
    image.src = thumbSource(chart, nearest(strip.times, times[row]));
  }
  desk.drawn = index;
  find("fit").style.setProperty("--shape", desk.size[0] / desk.size[1]);
  image.alt = "Frame at " + clock(times[row], 2);
  loadSharp(desk, index);
  caption(desk, row);
  showCrops(desk, index);
  showBeside(desk, row);
  showTakes(desk, index);
  mark(desk, index);
}

/* The large picture: as it fits, or every pixel while the loupe is on. */
function loadSharp(desk, index) {
  const image = desk.find("frame");
  const sharp = new Image();
  sharp.onload = () => {
    if (desk.looked === index) image.src = sharp.src;
  };
  sharp.src = frameUrl(desk, index, desk.isLoupe ? FULL : LARGE);
}

function caption(desk, row) {
  const { find, chart: { film } } = desk;
  const score = film.drawn[row];
  find("code").textContent = timecode(film.code, film.times[row]);
  find("at").textContent = clock(film.times[row], 2);
  find("score").textContent = Number.isNaN(score) ? "" : "score " + score.toFixed(2);
  find("why").textContent = film.kind[row] ? film.words[film.kind[row] - 1] : "";
}

/* Crops of a pick, as frames over its picture. */
function showCrops(desk, index) {
  const pick = desk.chart.film.picks.find((one) => one.frame === index);
  const boxes = ((pick && pick.crops) || []).map((crop) => {
    const box = document.createElement("div");
    box.className = "crop";
    for (const side of ["left", "top", "width", "height"]) box.style[side] = `${crop[side] * 100}%`;
    const name = document.createElement("span");
    name.textContent = crop.ratio;
    box.append(name);
    return box;
  });
  desk.find("crops").replaceChildren(...boxes);
}

/* Frames before and after, each a click away. */
function showBeside(desk, row) {
  const { film } = desk.chart;
  const list = desk.find("beside");
  if (desk.stage === "searching" || desk.stage === "opening") return list.replaceChildren();
  const first = Math.max(0, row - BESIDE);
  const last = Math.min(film.frames.length - 1, row + BESIDE);
  const old = new Map([...list.children].map((item) => [Number(item.dataset.frame), item]));
  const items = [];
  for (let at = first; at <= last; at++) {
    const item = old.get(film.frames[at]) || thumbItem(desk, film.frames[at], at);
    item.classList.toggle("looked", at === row);
    item.classList.toggle("cut", Boolean(film.breaks[at]) && at > first);
    items.push(item);
  }
  list.replaceChildren(...items);
  const middle = items[row - first];
  if (middle) list.scrollLeft = middle.offsetLeft - (list.clientWidth - middle.offsetWidth) / 2;
}

function thumbItem(desk, index, row) {
  const item = document.createElement("li");
  item.dataset.frame = index;
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", "Frame at " + clock(desk.chart.film.times[row], 2));
  const image = document.createElement("img");
  image.alt = "";
  [image.width, image.height] = desk.size;
  image.src = frameUrl(desk, index, SMALL);
  button.append(image);
  button.addEventListener("click", () => go(desk, index));
  item.append(button);
  return item;
}

/* Go to a frame, on the curve as well. */
function go(desk, index) {
  const row = rowOf(desk, index);
  if (row < 0) return;
  pointAtRow(desk.chart, row);
  lookAt(desk, row, true);
}

function step(desk, rows) {
  const here = rowOf(desk, desk.looked);
  const next = desk.chart.film.frames[here + rows];
  if (here >= 0 && next !== undefined) go(desk, next);
}
