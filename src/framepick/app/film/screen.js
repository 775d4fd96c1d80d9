/* The frame that is looked at: small at once, large when it has come. */
function frameUrl(desk, index, side) {
  return `${desk.url}/frame/${index}/${side}`;
}

/* Look at the frame of a row; `isMeant` tells the page as well. */
function lookAt(desk, row, isMeant) {
  const { film } = desk.chart;
  if (!film.times.length) return;
  const at = Math.min(film.times.length - 1, Math.max(0, row));
  const index = film.frames[at];
  if (desk.looked === index && !isMeant) return;
  desk.looked = index;
  showFrame(desk, at, index);
  if (isMeant) tell(desk, "frame", index);
}

function showFrame(desk, row, index) {
  const { find, chart } = desk;
  const image = find("frame");
  const { strip, times } = chart.film;
  image.hidden = false;
  if (strip.times.length) image.src = thumbSource(chart, nearest(strip.times, times[row]));
  [image.width, image.height] = desk.size;
  image.alt = "Frame at " + clock(times[row], 2);
  const large = new Image();
  large.onload = () => { if (desk.looked === index) image.src = large.src; };
  large.src = frameUrl(desk, index, 1600);
  caption(desk, row);
  mark(desk, index);
}

function caption(desk, row) {
  const { find, chart: { film } } = desk;
  const score = film.drawn[row];
  find("code").textContent = timecode(film.code, film.times[row]);
  find("at").textContent = clock(film.times[row], 2);
  find("score").textContent = Number.isNaN(score) ? "" : "score " + score.toFixed(2);
  find("why").textContent = film.kind[row] ? film.words[film.kind[row] - 1] : "";
}

/* Step from frame to frame. */
function step(desk, rows) {
  const { chart } = desk;
  const here = chart.film.frames.indexOf(desk.looked);
  if (here < 0) return;
  pointAtRow(chart, here + rows);
  lookAt(desk, here + rows, true);
}
