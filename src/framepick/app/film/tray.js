/* The picks in the order of their rank, other takes of the one looked at, and other scenes. */
const ITEM = `<button type="button"><span class="pic"><img alt="" loading="lazy"><span class="flag"></span></span>
<span class="line"><b class="rank"></b><span class="time"></span><span class="stars"></span></span></button>`;

function fillTray(desk) {
  const { film } = desk.chart;
  fill(desk, "tray", film.picks, (item, pick) => {
    const given = desk.stars.get(pick.frame);
    item.querySelector(".rank").textContent = pick.rank;
    item.querySelector(".stars").textContent = "★".repeat(given || pick.rating);
    item.querySelector(".stars").classList.toggle("given", Boolean(given));
    const isKept = desk.kept.has(pick.frame);
    item.querySelector(".flag").textContent = isKept ? "Kept" : desk.pinned.has(pick.frame) ? "Pinned" : "";
    item.classList.toggle("kept", isKept);
  });
  const others = film.scenes || [];
  desk.find("scenes").hidden = !others.length;
  fill(desk, "scenes-list", others);
}

/* Other takes: what comes second near the pick, and frames that show the same. */
function showTakes(desk, index) {
  const { film } = desk.chart;
  const list = desk.find("takes-list");
  const isAmong = [...list.children].some((item) => Number(item.dataset.frame) === index);
  const pick = film.picks.find((one) => one.frame === index);
  if (!pick && isAmong) return;
  const takes = pick ? pick.takes : [];
  desk.find("takes").hidden = !takes.length;
  if (pick) desk.find("takes-title").textContent = `Other takes of pick ${pick.rank}`;
  fill(desk, "takes-list", takes);
}

function fill(desk, name, frames, dress) {
  const list = desk.find(name);
  const old = new Map([...list.children].map((item) => [Number(item.dataset.frame), item]));
  const items = frames.map((one) => {
    const item = old.get(one.frame) || trayItem(desk, one);
    item.querySelector(".time").textContent = one.note ? `${one.clock} · ${one.note}` : one.clock;
    if (dress) dress(item, one);
    return item;
  });
  list.replaceChildren(...items);
}

function trayItem(desk, one) {
  const item = document.createElement("li");
  item.dataset.frame = one.frame;
  item.innerHTML = ITEM;
  const image = item.querySelector("img");
  [image.width, image.height] = desk.size;
  const { strip } = desk.chart.film;
  if (strip.times.length) image.src = thumbSource(desk.chart, nearest(strip.times, one.time));
  const sharp = new Image();
  sharp.onload = () => { image.src = sharp.src; };
  if (desk.stage === "ready" || desk.stage === "choosing") sharp.src = frameUrl(desk, one.frame, TRAY);
  item.querySelector("button").addEventListener("click", () => go(desk, one.frame));
  item.querySelector("button").setAttribute("aria-label", `${one.rank ? `Pick ${one.rank}` : "Frame"} at ${one.clock}`);
  return item;
}

/* Mark what is looked at. */
function mark(desk, index) {
  for (const name of ["tray", "takes-list", "scenes-list"]) {
    for (const item of desk.find(name).children) {
      item.classList.toggle("looked", Number(item.dataset.frame) === index);
    }
  }
}
