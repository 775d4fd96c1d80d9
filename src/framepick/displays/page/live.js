"use strict";
const STATE_MS = 150, HIDDEN_MS = 1000, RETRY_MS = 1000, SPAN_SECONDS = 60;
const TITLES = {
  connecting: "Connecting", watching: "Watching", lost: "Camera lost", ended: "Ended",
  closing: "Saving", over: "Session over", gone: "No answer",
};
document.documentElement.classList.toggle("embedded", window !== window.parent);
const curve = { seconds: [], raw: [], level: [] };
let state = null, shownPicture = 0, isFetching = false, misses = 0, strip = "", isDone = false;

const find = (id) => document.getElementById(id);
const put = (id, text) => { const at = find(id); if (at.textContent !== text) at.textContent = text; };
const show = (id, isShown) => { find(id).hidden = !isShown; };
const fixed = (value, digits) => (value === null ? "–" : value.toFixed(digits));
const sentence = (text) => text && text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const address = (kind, still) => kind + "/" + encodeURIComponent(still.name);

function clock(seconds) {
  const all = Math.floor(seconds), rest = [Math.floor(all / 60) % 60, all % 60];
  const text = rest.map((part) => String(part).padStart(2, "0")).join(":");
  return all >= 3600 ? Math.floor(all / 3600) + ":" + text : text.replace(/^0/, "");
}

function stars(at, count) {
  if (at.dataset.count === String(count)) return;
  at.dataset.count = count;
  const rest = document.createElement("i");
  rest.textContent = count ? "★".repeat(5 - count) : "";
  at.replaceChildren("★".repeat(count), rest);
  at.setAttribute("aria-label", count + " of 5 stars");
}

function make(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text) made.textContent = text;
  return made;
}

// What is asked of the session.

async function ask(path, options) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(4000), ...options });
  if (!answer.ok) throw new Error(answer.status);
  return answer;
}

async function order(command) {
  try { await ask(command, { method: "POST" }); } catch (error) { /* the state will tell */ }
}

function keep() {
  if (!state || state.status !== "watching") return;
  order("press");
  const stage = find("stage");
  stage.classList.remove("flash");
  void stage.offsetWidth;  // begin the animation anew
  stage.classList.add("flash");
}

async function fetchPicture() {
  if (isFetching || document.hidden || !state.picture || state.picture === shownPicture) return;
  isFetching = true;
  const number = state.picture;
  try {
    const source = URL.createObjectURL(await (await ask("picture")).blob());
    const image = find("picture"), before = image.src;
    image.src = source;
    await image.decode();
    image.hidden = false;
    shownPicture = number;
    if (before) URL.revokeObjectURL(before);
  } catch (error) { /* the next one will do */ }
  isFetching = false;
}

// What is shown of it.

function coverText() {
  const retry = state.retry_seconds;
  switch (state.status) {
    case "connecting": return [state.trouble || "Waiting for the first picture.", ""];
    case "lost":
      return [state.trouble, retry > 0 ? "Trying again in " + Math.ceil(retry) + " s." : "Trying again now."];
    case "ended": return [state.trouble, ""];
    case "closing": return ["The last moments are being saved.", ""];
    case "over": return [state.message, null];
    case "gone": return ["The session does not answer. It may have ended; what it kept is in " + state.folder, null];
  }
  return ["", ""];
}

function showStatus() {
  document.body.dataset.status = state.status;
  const isNew = state.status === "lost" && !state.size[0];
  const title = isNew ? "Waiting for the camera" : TITLES[state.status];
  document.title = title + " · " + state.source + " · framepick live";
  put("status", title);
  put("mode", "Keeps " + state.mode);
  put("clock", clock(state.seconds));
  const [text, more] = coverText();
  put("cover-title", title);
  put("cover-text", more === null ? text : sentence(text));
  if (more !== null) put("cover-more", more);
  put("message", state.status === "watching" ? state.message : "");
  find("keep").disabled = state.status !== "watching";
  find("stop").disabled = ["ended", "closing", "over", "gone"].includes(state.status);
}

function showFigures() {
  const isOn = state.status === "watching";
  put("score", isOn ? fixed(state.score, 2) : "–");
  stars(find("stars"), isOn ? state.stars : 0);
  const share = state.percentile === null ? null : Math.min(state.percentile, 99.9);
  const digits = share < 10 || share > 99 ? 1 : 0;
  put("percentile", isOn && share !== null ? "above " + share.toFixed(digits) + " % of photographs" : "");
  put("rate", isOn ? fixed(state.rate, 1) + " of " + fixed(state.came_rate, 1) + "/s" : "–");
  put("age", isOn ? Math.round(1000 * state.age_seconds) + " ms" : "–");
  put("dropped", state.dropped.toLocaleString("en"));
  put("ring", (state.ring_bytes / 1048576).toFixed(1) + " MiB");
  put("veto", isOn && state.veto ? "Not kept now: " + state.veto : "");
  show("veto", isOn && state.veto);
  const [width, height] = state.size;
  if (width) find("stage").style.setProperty("--ratio", Math.max(width / height, 1));
}

function showGuide() {
  const guide = state.status === "watching" ? state.guide : null;
  put("guide", guide ? guide.state : "");
  show("guide", guide && guide.state);
  const isPointing = guide && guide.dx !== null && guide.dy !== null;
  find("arrow").toggleAttribute("hidden", !isPointing);
  if (!isPointing) return;
  const [width, height] = state.size;
  const angle = Math.atan2(guide.dy * height, guide.dx * width) * 180 / Math.PI;
  find("arrow").firstElementChild.setAttribute("transform", "rotate(" + angle.toFixed(1) + ")");
  // near the border that it points to, where it hides little
  find("arrow").style.left = 50 + 36 * Math.cos(angle * Math.PI / 180) + "%";
  find("arrow").style.top = 50 + 32 * Math.sin(angle * Math.PI / 180) + "%";
}

function showBest() {
  const best = state.best, button = find("best"), image = button.firstElementChild;
  button.hidden = !best;
  if (!best || button.dataset.name === best.name) return;
  button.dataset.name = best.name;
  image.onerror = () => { image.onerror = null; image.src = address("small", best); };
  image.src = address("still", best);
  image.alt = best.name;
  button.onclick = () => enlarge(best);
  put("best-text", "Score " + fixed(best.score, 2) + " at " + clock(best.seconds) + ": " + best.reason);
}

function showKept() {
  put("count", state.kept_count || "");
  const best = state.best ? state.best.key : null;
  const now = state.kept.map((still) => still.name).join("/") + "|" + best;
  if (now === strip) return;
  strip = now;
  const before = new Map([...find("strip").children].map((one) => [one.dataset.name, one]));
  const ordered = [...state.kept].reverse();
  find("strip").replaceChildren(...ordered.map((still) => {
    const button = before.get(still.name) || stillButton(still);
    button.classList.toggle("is-best", still.key === best);
    return button;
  }));
}

function stillButton(still) {
  const button = make("button", "still"), image = make("img"), line = make("span");
  button.type = "button";
  button.dataset.name = still.name;
  image.src = address("small", still);
  image.alt = still.name;
  stars(line.appendChild(make("span", "stars")), still.stars);
  line.append(fixed(still.score, 2) + " at " + clock(still.seconds));
  button.append(image, line, make("span", "soft", still.reason));
  button.onclick = () => enlarge(still);
  return button;
}

function enlarge(still) {
  const dialog = find("large"), image = dialog.querySelector("img");
  image.onerror = () => { image.onerror = null; image.src = address("small", still); };
  image.src = address("still", still);
  image.alt = still.name;
  dialog.querySelector("b").textContent = still.name;
  dialog.querySelector("p span").textContent = "score " + fixed(still.score, 3) + "; " + still.reason;
  dialog.showModal();
}

// The curve of the last minute.

function grow(more) {
  for (const name of Object.keys(curve)) curve[name].push(...more[name]);
  let first = 0;
  while (first < curve.seconds.length && curve.seconds[first] < state.seconds - SPAN_SECONDS) first += 1;
  if (first) for (const name of Object.keys(curve)) curve[name].splice(0, first);
}

function bounds() {
  const values = [...curve.level, ...curve.raw].filter((value) => value !== null);
  if (!values.length) return [0, 1];
  const low = Math.min(...values), high = Math.max(...values), room = Math.max(0.12 * (high - low), 0.25);
  return [Math.max(0, low - room), high + room];
}

function ticks(low, high) {
  const step = [0.1, 0.2, 0.5, 1, 2, 5].find((one) => (high - low) / one <= 4) || 10;
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at);
  return found;
}

function draw() {
  const canvas = find("curve"), pen = canvas.getContext("2d"), scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight, style = getComputedStyle(document.body);
  const colour = (name) => style.getPropertyValue("--" + name);
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "12px system-ui, sans-serif";
  const [low, high] = bounds(), left = 30, top = 8, bottom = height - 20;
  const across = (seconds) => left + (1 - (state.seconds - seconds) / SPAN_SECONDS) * (width - left - 6);
  const down = (value) => bottom - (value - low) / (high - low) * (bottom - top);
  drawAxes(pen, colour, { low, high, left, bottom, width, height, across, down });
  pen.fillStyle = colour("raw");
  curve.raw.forEach((value, at) => {
    if (value !== null) pen.fillRect(across(curve.seconds[at]) - 1, down(value) - 1, 2, 2);
  });
  drawLevel(pen, colour, across, down);
  for (const still of state.kept) drawKept(pen, colour, still, { left, top, bottom, across, down, low, high });
}

function drawAxes(pen, colour, at) {
  pen.fillStyle = colour("soft");
  pen.strokeStyle = colour("line");
  pen.lineWidth = 1;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const value of curve.seconds.length ? ticks(at.low, at.high) : []) {
    const y = Math.round(at.down(value)) + 0.5;
    pen.beginPath();
    pen.moveTo(at.left, y);
    pen.lineTo(at.width - 6, y);
    pen.stroke();
    pen.fillText(String(Math.round(10 * value) / 10), at.left - 6, y);
  }
  pen.textBaseline = "alphabetic";
  const inner = at.width > 480 ? [45, 30, 15] : [30];
  for (const [ago, align] of [[60, "left"], ...inner.map((one) => [one, "center"]), [0, "right"]]) {
    pen.textAlign = align;
    pen.fillText(ago ? ago + " s ago" : "now", at.across(state.seconds - ago), at.height - 4);
  }
}

function drawLevel(pen, colour, across, down) {
  pen.strokeStyle = colour("curve");
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.beginPath();
  let before = -Infinity;
  curve.level.forEach((value, at) => {
    const seconds = curve.seconds[at];
    if (value === null) { before = -Infinity; return; }
    const isOn = seconds - before < 1.5;
    pen[isOn ? "lineTo" : "moveTo"](across(seconds), down(value));
    before = seconds;
  });
  pen.stroke();
}

function drawKept(pen, colour, still, at) {
  const x = at.across(still.seconds);
  if (x < at.left) return;
  const y = at.down(Math.min(Math.max(still.score, at.low), at.high));
  pen.fillStyle = pen.strokeStyle = colour("pick");
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, at.bottom);
  pen.lineTo(x, y);
  pen.stroke();
  pen.beginPath();
  pen.arc(x, y, 4.5, 0, 2 * Math.PI);
  pen.fill();
}

// The end: the report is fetched while there is somebody to give it.

async function finish() {
  isDone = true;
  try {
    const text = await (await ask("report")).text();
    const report = new DOMParser().parseFromString(text, "text/html");
    for (const link of report.querySelectorAll('a[href]:not([href^="#"])')) link.replaceWith(...link.childNodes);
    const whole = new Blob(["<!DOCTYPE html>", report.documentElement.outerHTML], { type: "text/html" });
    const link = make("a", "", "Open the report");
    link.href = URL.createObjectURL(whole);
    link.target = "_blank";
    find("cover-more").replaceChildren(link);
  } catch (error) { put("cover-more", ""); }
  await order("left");
}

function update() {
  showStatus();
  showFigures();
  showGuide();
  showBest();
  showKept();
  draw();
  fetchPicture();
}

async function poll() {
  const last = curve.seconds.length ? curve.seconds[curve.seconds.length - 1] : 0;
  try {
    state = await (await ask("state?after=" + last)).json();
    misses = 0;
    grow(state.curve);
  } catch (error) {
    misses += 1;
    if (!state || misses < 3) return;
    const wasEnding = ["closing", "over", "ended"].includes(state.status);
    if (wasEnding) state.message = "What was kept is in " + state.folder;
    state.status = wasEnding ? "over" : "gone";
  }
  update();
  if (state.status === "over") await finish();
}

async function run() {
  while (!isDone) {
    await poll();
    await wait(misses ? RETRY_MS : document.hidden ? HIDDEN_MS : STATE_MS);
  }
}

find("keep").addEventListener("click", () => { keep(); find("keep").blur(); });
find("stop").addEventListener("click", () => {
  const button = find("stop");
  if (button.dataset.asked) { button.textContent = "Ending"; order("stop"); return; }
  button.dataset.asked = "yes";
  button.textContent = "End now?";
  setTimeout(() => {
    delete button.dataset.asked;
    if (button.textContent === "End now?") button.textContent = "End session";
  }, 4000);
});
document.addEventListener("keydown", (event) => {
  if (event.code !== "Space" || event.repeat || event.target === find("stop")) return;
  if (find("large").open) return;
  event.preventDefault();
  keep();
});
find("large").addEventListener("click", (event) => { if (event.target === find("large")) find("large").close(); });
window.addEventListener("resize", () => { if (state) draw(); });
run();
