/* The component: fetches the film while it changes, and ties its parts together. */
const STAGES = {
  opening: "Opening the film", searching: "Searching", choosing: "Comparing frames at full size",
  ready: "", failed: "",
};
const desks = new WeakMap();

function emptyFilm() {
  const none = { levels: "", lowest: 0, step: 1 };
  return readFilm({
    length: 1, times: { steps: "", first: 0, per_second: 1 }, smoothed: none, spread: none, raw: none,
    shots: [], gaps: [], vetoes: [], relative_vetoes: [], words: [], picks: [], frames: [],
    strip: { times: [], size: [16, 9], pictures: [] }, code: { rate: [25, 1], base: 25, drop: false, start: 0 },
  });
}

function tell(desk, name, value) {
  if (name === "frame") desk.isChosen = true;
  if (desk.component) desk.component.setTriggerValue(name, value);
}

function makeDesk(root) {
  const top = root.querySelector(".desk");
  const desk = {
    root, top, find: (name) => root.getElementById(name), version: -1, url: "", looked: null,
    drawn: null, component: null, isFetching: false, isGone: false, stage: "opening", size: [16, 9],
    kept: new Set(), pinned: new Set(), stars: new Map(), isLoupe: false, asked: 0,
  };
  desk.chart = makeChart(emptyFilm(), root, top);
  takeMouse(desk.chart);
  takeMap(desk.chart);
  takeKeys(desk.chart);
  takeButtons(desk.chart);
  takeClicks(desk);
  takeLoupe(desk);
  takeRanges(desk);
  desk.watcher = new ResizeObserver(() => { desk.chart.paint(); placeLoupe(desk); });
  desk.watcher.observe(top);
  setView(desk.chart, 0, 1);
  return desk;
}

/* Dark or light as the page around it. */
function followTheme(desk) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(desk.top).getPropertyValue("--st-background-color").trim();
  const value = parseInt(probe.fillStyle.slice(1), 16);
  const isDark = ((value >> 16) & 255) + ((value >> 8) & 255) + (value & 255) < 384;
  const theme = isDark ? "dark" : "light";
  if (desk.theme === theme) return;
  desk.theme = desk.top.dataset.theme = theme;
  desk.chart.colours = readColours(desk.top);
  desk.chart.hatch = null;
  desk.chart.paint();
}

/* A click on the curve looks at a frame; dragging zooms, as in the report. */
function takeClicks(desk) {
  const { chart, find } = desk;
  let pressed = null;
  chart.box.addEventListener("pointerdown", (event) => { pressed = event.clientX; });
  chart.box.addEventListener("pointerup", (event) => {
    if (pressed === null || Math.abs(event.clientX - pressed) > 5 || chart.cursor === null) return;
    lookAt(desk, chart.cursor, true);
  });
  chart.box.addEventListener("keydown", (event) => {
    if (/^(Arrow|Page|Home|End)/.test(event.key)) event.stopPropagation();
  });
  chart.box.addEventListener("keyup", (event) => {
    if (/^(Arrow|Page|Home|End)/.test(event.key)) lookAt(desk, chart.cursor, true);
  });
  chart.find("pins").addEventListener("click", (event) => {
    const pin = chart.pins.find(({ element }) => element === event.target);
    if (!pin) return;
    event.preventDefault();
    lookAt(desk, pin.pick.row, true);
  });
  const screen = find("screen");
  const keys = {
    ArrowLeft: () => step(desk, -1),
    ArrowRight: () => step(desk, 1),
    i: () => find("set-in").click(),
    o: () => find("set-out").click(),
    e: () => find("leave-out").click(),
  };
  for (const place of [screen, chart.box]) {
    place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
      if (place === chart.box && event.key.startsWith("Arrow")) return;
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
    });
  }
  find("back").addEventListener("click", () => step(desk, -1));
  find("on").addEventListener("click", () => step(desk, 1));
}

async function fetchFilm(desk) {
  if (desk.isFetching) return;
  desk.isFetching = true;
  try {
    do {
      const answer = await fetch(`${desk.url}?after=${desk.version}`, { cache: "no-store" });
      if (!answer.ok) { showStage(desk, { stage: "failed", error: "This film is not open any more; open it again." }); break; }
      take(desk, await answer.json());
    } while (!desk.isGone && !["ready", "failed"].includes(desk.stage));
  } catch (error) {
    if (!desk.isGone) setTimeout(() => fetchFilm(desk), 1000);
  } finally {
    desk.isFetching = false;
  }
}

function take(desk, state) {
  // the page around may have been drawn of a version that never came here
  const isNews = desk.stage !== state.stage || desk.component.data.version !== state.version;
  const settled = isNews && ["ready", "failed"].includes(state.stage);
  desk.version = state.version;
  desk.stage = state.stage;
  if (state.film) showFilm(desk, state.film);
  showStage(desk, state);
  if (settled) tell(desk, "settled", state.version);
}

function showFilm(desk, raw) {
  const { chart } = desk;
  raw.strip.prefix = desk.url + "/strip/";
  const film = readFilm(raw);
  const wasWhole = chart.view.to - chart.view.from >= chart.film.end - chart.film.begin - 1e-6;
  const time = chart.cursor === null ? null : chart.film.times[chart.cursor];
  desk.size = film.strip.size;
  takeFilm(chart, film);
  if (time !== undefined && time !== null) chart.cursor = nearest(film.times, time);
  if (wasWhole) setView(chart, film.begin, film.end);
  fillTray(desk);
  follow(desk, film);
  chart.paint();
}

/* Stay with the frame that is looked at; until one is chosen, look at the best so far. */
function follow(desk, film) {
  if (!film.times.length) return;
  const known = desk.isChosen ? film.frames.indexOf(desk.looked) : -1;
  const best = film.picks.find((pick) => pick.rank === 1);
  const row = known >= 0 ? known : best ? best.row : film.times.length - 1;
  lookAt(desk, row, false);
}

function showStage(desk, state) {
  const { find, top } = desk;
  top.dataset.stage = state.stage;
  const share = state.total ? state.done / state.total : null;
  const amount = state.total ? ` · ${Math.min(100, Math.floor(share * 100))} %` : "";
  find("stage-text").textContent = state.error || (STAGES[state.stage] + (state.stage === "searching" ? amount : ""));
  find("wait").hidden = !find("stage-text").textContent;
  find("progress").hidden = state.stage !== "searching";
  find("progress").firstElementChild.style.width = share === null ? "30%" : `${share * 100}%`;
}

/* Take what the page says: which frames are marked, and which one is to be looked at. */
function obey(desk, data) {
  desk.kept = new Set(data.kept);
  desk.pinned = new Set(data.pinned);
  desk.stars = new Map(data.stars);
  const { serial, ...ranges } = data.ranges;
  if (JSON.stringify(ranges) !== JSON.stringify(desk.ranges)) {
    desk.ranges = ranges;
    desk.chart.paint();
  }
  fillTray(desk);
  setLoupe(desk, data.is_loupe);
  if (data.look === null || data.look_serial === desk.asked) return;
  desk.asked = data.look_serial;
  desk.isChosen = true;
  const row = rowOf(desk, data.look);
  if (row >= 0 && data.look !== desk.looked) {
    pointAtRow(desk.chart, row);
    lookAt(desk, row, false);
  } else if (row < 0) desk.looked = data.look;
}

export default function (component) {
  const { parentElement, data } = component;
  let desk = desks.get(parentElement);
  if (!desk) {
    desk = makeDesk(parentElement);
    desks.set(parentElement, desk);
  }
  desk.component = component;
  desk.isGone = false;
  followTheme(desk);
  if (desk.url !== data.url) Object.assign(desk, { url: data.url, version: -1 });
  obey(desk, data);
  if (data.version !== desk.version) fetchFilm(desk);
  return () => { desk.isGone = true; };
}
