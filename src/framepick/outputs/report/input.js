/* Mouse, touch and keys. */
function takeMouse(chart) {
  const { box } = chart;
  const touches = new Map();
  let isMeant = false;  // the wheel zooms only after the pointer moved here: pages keep scrolling
  let press = null;
  window.addEventListener("scroll", () => { isMeant = false; }, { passive: true });
  box.addEventListener("wheel", (event) => {
    const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!isMeant && !event.ctrlKey && !isSideways) return;
    event.preventDefault();
    const span = chart.view.to - chart.view.from;
    const lines = event.deltaMode === 1 ? 24 : 1;
    if (isSideways) shift(chart, (event.deltaX * lines * span) / chart.plot.width);
    else zoom(chart, 1.0018 ** (event.deltaY * lines * (event.ctrlKey ? 4 : 1)), timeAt(chart, event));
  }, { passive: false });
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") touches.set(event.pointerId, event.clientX);
    else if (event.button === 0) press = { time: timeAt(chart, event), x: event.clientX, shift: event.shiftKey };
    box.setPointerCapture(event.pointerId);
    pointAt(chart, timeAt(chart, event), event.pointerType === "touch" ? 14 : 7);
  });
  box.addEventListener("pointermove", (event) => {
    isMeant = true;
    if (touches.has(event.pointerId) && touches.size === 2) {
      pinch(chart, touches, event);
      return;
    }
    if (press && press.shift) {
      shift(chart, press.time - timeAt(chart, event));
    } else if (press && Math.abs(event.clientX - press.x) > 5) {
      chart.drag = { from: press.time, to: timeAt(chart, event) };
    }
    pointAt(chart, timeAt(chart, event), event.pointerType === "touch" ? 14 : 7);
  });
  const release = (event) => {
    touches.delete(event.pointerId);
    const drag = chart.drag;
    press = chart.drag = null;
    if (drag && event.type === "pointerup") {
      setView(chart, Math.min(drag.from, drag.to), Math.max(drag.from, drag.to));
    }
    chart.paint();
  };
  box.addEventListener("pointerup", release);
  box.addEventListener("pointercancel", release);
  box.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "touch" || document.activeElement === box) return;
    chart.cursor = null;
    chart.paint();
  });
  box.addEventListener("dblclick", () => setView(chart, chart.film.begin, chart.film.end));
}

/* Two fingers: what lies under each of them stays under it. */
function pinch(chart, touches, event) {
  const [other] = [...touches.entries()].filter(([id]) => id !== event.pointerId);
  const before = touches.get(event.pointerId);
  const { left } = chart.canvas.getBoundingClientRect();
  const { view, plot } = chart;
  const time = (x) => view.from + ((x - left - plot.left) / plot.width) * (view.to - view.from);
  const [moved, still] = [time(before), time(other[1])];
  touches.set(event.pointerId, event.clientX);
  const apart = event.clientX - other[1];
  if (Math.abs(apart) < 12 || Math.sign(apart) !== Math.sign(before - other[1])) return;
  const perPixel = (moved - still) / apart;
  const from = still - (other[1] - left - plot.left) * perPixel;
  setView(chart, from, from + perPixel * plot.width);
}

function takeMap(chart) {
  const { map } = chart;
  let grip = null;
  const timeOn = (event) => {
    const { left } = map.getBoundingClientRect();
    const share = (event.clientX - left - chart.plot.left) / chart.plot.width;
    return chart.film.begin + share * (chart.film.end - chart.film.begin);
  };
  map.addEventListener("pointerdown", (event) => {
    const time = timeOn(event);
    const { from, to } = chart.view;
    const isInside = time >= from && time <= to;
    grip = isInside ? time - (from + to) / 2 : 0;
    map.setPointerCapture(event.pointerId);
    shift(chart, time - grip - (from + to) / 2);
  });
  map.addEventListener("pointermove", (event) => {
    if (grip === null) return;
    shift(chart, timeOn(event) - grip - (chart.view.from + chart.view.to) / 2);
  });
  for (const end of ["pointerup", "pointercancel"]) map.addEventListener(end, () => { grip = null; });
}

function takeKeys(chart) {
  const { box } = chart;
  const rows = () => chart.film.picks.map((pick) => pick.row).sort((a, b) => a - b);
  const here = () => chart.cursor ?? lowerBound(chart.film.times, chart.view.from);
  const page = () => Math.max(1, Math.round((chart.view.to - chart.view.from) / chart.film.step / 20));
  const centre = () => (chart.cursor === null
    ? (chart.view.from + chart.view.to) / 2 : chart.film.times[chart.cursor]);
  const keys = {
    ArrowLeft: () => pointAtRow(chart, here() - 1),
    ArrowRight: () => pointAtRow(chart, here() + 1),
    ArrowDown: () => pointAtRow(chart, here() - page()),
    ArrowUp: () => pointAtRow(chart, here() + page()),
    PageDown: () => pointAtRow(chart, here() - 5 * page()),
    PageUp: () => pointAtRow(chart, here() + 5 * page()),
    Home: () => pointAtRow(chart, 0),
    End: () => pointAtRow(chart, chart.film.times.length - 1),
    "+": () => zoom(chart, 0.6, centre()),
    "=": () => zoom(chart, 0.6, centre()),
    "-": () => zoom(chart, 1 / 0.6, centre()),
    0: () => setView(chart, chart.film.begin, chart.film.end),
    n: () => pointAtRow(chart, rows().find((row) => row > here()) ?? rows()[0] ?? here()),
    p: () => pointAtRow(chart, rows().filter((row) => row < here()).pop() ?? rows().pop() ?? here()),
    Escape: () => { chart.cursor = null; chart.paint(); },
    Enter: () => {
      const pick = chart.cursor !== null && pickAt(chart, chart.cursor);
      if (pick) chart.pins.find((pin) => pin.pick === pick).element.click();
    },
  };
  box.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || !chart.film.times.length) return;
    event.preventDefault();
    act();
  });
  box.addEventListener("focus", () => {
    if (box.matches(":focus-visible") && chart.cursor === null && chart.film.times.length) {
      pointAtRow(chart, rows()[0] ?? here());
    }
  });
}

function takeButtons(chart) {
  const { find } = chart;
  const middle = () => (chart.view.from + chart.view.to) / 2;
  find("closer").addEventListener("click", () => zoom(chart, 0.5, middle()));
  find("wider").addEventListener("click", () => zoom(chart, 2, middle()));
  find("whole").addEventListener("click", () => setView(chart, chart.film.begin, chart.film.end));
  find("raw").addEventListener("change", (event) => {
    chart.withRaw = event.target.checked;
    chart.paint();
  });
}
