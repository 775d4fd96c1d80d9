/* The film as numbers: unpacks what the page carries, finds frames by time, writes time codes. */
function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
}

const MISSING = 65535;

function unpackLevels(packed) {
  const levels = new Uint16Array(bytesOf(packed.levels));
  const values = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i++) {
    values[i] = levels[i] === MISSING ? NaN : packed.lowest + levels[i] * packed.step;
  }
  return values;
}

function unpackTimes(packed) {
  const steps = new Uint32Array(bytesOf(packed.steps));
  const times = new Float64Array(steps.length);
  let units = packed.first;
  for (let i = 0; i < steps.length; i++) {
    units += steps[i];
    times[i] = units / packed.per_second;
  }
  return times;
}

/* Unpack a film in place, as it comes from JSON. */
function readFilm(film) {
  film.times = unpackTimes(film.times);
  for (const name of ["smoothed", "spread", "raw"]) film[name] = unpackLevels(film[name]);
  const count = film.times.length;
  film.kind = new Uint16Array(count);  // 1 + place in film.words of the veto of a frame
  film.breaks = new Uint8Array(count);
  for (const row of [...film.shots, ...film.gaps]) film.breaks[row] = 1;
  film.drawn = film.smoothed.slice();
  for (const [first, last, word] of film.vetoes) {
    film.kind.fill(word + 1, first, last + 1);
    film.drawn.fill(NaN, first, last + 1);
  }
  for (const [first, last, word] of film.relative_vetoes) film.kind.fill(word + 1, first, last + 1);
  film.step = count > 1 ? medianStep(film.times) : 0.04;
  for (let i = 1; i < count; i++) {
    if (film.times[i] - film.times[i - 1] > Math.max(1, 8 * film.step)) film.breaks[i] = 1;
  }
  film.begin = count ? film.times[0] : 0;
  film.end = Math.max(film.length, count ? film.times[count - 1] : 0, film.begin + film.step);
  return film;
}

function medianStep(times) {
  const stride = Math.max(1, Math.floor(times.length / 2000));
  const steps = [];
  for (let i = 1; i < times.length; i += stride) steps.push(times[i] - times[i - 1]);
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] || 0.04;
}

/* First place in rising `values` that is not below `value`. */
function lowerBound(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nearest(values, value) {
  const at = lowerBound(values, value);
  if (at === 0) return 0;
  if (at === values.length) return at - 1;
  return values[at] - value < value - values[at - 1] ? at : at - 1;
}

function clock(seconds, digits) {
  const units = Math.round(Math.max(0, seconds) * 10 ** digits);
  const whole = Math.floor(units / 10 ** digits);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  let text = hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  if (digits) text += "." + String(units % 10 ** digits).padStart(digits, "0");
  return text;
}

/* Time code of the frame nearest to a time, as the project's tables have it. */
function timecode(code, seconds) {
  const base = code.base;
  const dropped = code.drop ? base / 15 : 0;
  const perTen = base * 600 - 9 * dropped;
  const day = perTen * 144;
  let number = code.start + Math.floor((seconds * code.rate[0]) / code.rate[1] + 0.5);
  number = ((number % day) + day) % day;
  if (dropped) {
    const rest = number % perTen;
    const minutes = Math.max(0, Math.floor((rest - dropped) / (base * 60 - dropped)));
    number += dropped * (9 * Math.floor(number / perTen) + minutes);
  }
  const digits = Math.max(2, String(base - 1).length);
  const parts = [
    Math.floor(number / (base * 3600)), Math.floor(number / (base * 60)) % 60,
    Math.floor(number / base) % 60,
  ].map((part) => String(part).padStart(2, "0"));
  return parts.join(":") + (code.drop ? ";" : ":") + String(number % base).padStart(digits, "0");
}
