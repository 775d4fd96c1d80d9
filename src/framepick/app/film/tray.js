/* The picks, in the order of their rank. */
function fillTray(desk) {
  const { film } = desk.chart;
  const tray = desk.find("tray");
  const old = new Map([...tray.children].map((item) => [Number(item.dataset.frame), item]));
  const items = film.picks.map((pick) => {
    const item = old.get(pick.frame) || trayItem(desk, pick);
    item.querySelector(".rank").textContent = pick.rank;
    item.querySelector(".stars").textContent = "★".repeat(pick.rating);
    item.querySelector(".time").textContent = pick.clock;
    return item;
  });
  tray.replaceChildren(...items);
}

function trayItem(desk, pick) {
  const item = document.createElement("li");
  item.dataset.frame = pick.frame;
  item.innerHTML = `<button type="button"><img alt="" loading="lazy"><span class="line"><b class="rank"></b><span class="time"></span><span class="stars"></span></span></button>`;
  const image = item.querySelector("img");
  [image.width, image.height] = desk.size;
  const { strip } = desk.chart.film;
  if (strip.times.length) image.src = thumbSource(desk.chart, nearest(strip.times, pick.time));
  const sharp = new Image();
  sharp.onload = () => { image.src = sharp.src; };
  sharp.src = frameUrl(desk, pick.frame, 480);
  item.querySelector("button").addEventListener("click", () => {
    const row = desk.chart.film.frames.indexOf(pick.frame);
    pointAtRow(desk.chart, row);
    lookAt(desk, row, true);
  });
  return item;
}

/* Mark the pick that is looked at. */
function mark(desk, index) {
  for (const item of desk.find("tray").children) {
    item.classList.toggle("looked", Number(item.dataset.frame) === index);
  }
}
