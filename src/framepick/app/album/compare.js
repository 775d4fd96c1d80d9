/* Photos side by side: one zoom and one place for all, and their faces close up. */
const MOST_PANES = 4;
const FACE = 84;
const FACE_ROOM = 1.7;
const CLOSER = 3;

function makeElement(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function starsOf(photo) {
  return photo.veto ? "" : "★".repeat(photo.stars) + "☆".repeat(5 - photo.stars);
}

function openPanes(album, photos) {
  const { find } = album;
  album.view = { scale: 1, x: 0, y: 0 };
  album.panes = photos.slice(0, MOST_PANES).map((photo) => makePane(album, photo));
  find("panes").replaceChildren(...album.panes.map((pane) => pane.element));
  find("panes").dataset.count = album.panes.length;
  if (!find("side-by-side").open) find("side-by-side").showModal();
  showHeat(album);
}

/* Show which parts lift and lower the scores, or the photos themselves. */
function showHeat(album) {
  album.find("heat").ariaPressed = album.isHeat;
  for (const pane of album.panes) {
    pane.isFull = album.isHeat;
    pane.image.src = `${album.url}/${pane.photo.id}/${album.isHeat ? "heat" : album.sides[1]}`;
  }
  place(album);
}

function makePane(album, photo) {
  const element = makeElement("figure", "pane");
  const frame = makeElement("div", "frame");
  const image = makeElement("img");
  image.alt = photo.name;
  image.draggable = false;
  frame.append(image);
  const caption = makeElement("figcaption");
  const about = makeElement("div", "text");
  const line = makeElement("div", "line");
  line.append(makeElement("b", "", photo.name), makeElement("span", "stars", starsOf(photo)));
  if (!photo.veto) line.append(makeElement("span", "score", photo.score.toFixed(2)));
  about.append(line);
  if (photo.why.length) about.append(makeElement("p", "why", photo.why.join(". ") + "."));
  const pane = { element, frame, image, photo, isFull: false };
  caption.append(about, facesOf(album, pane));
  element.append(frame, caption);
  listen(album, pane);
  return pane;
}

/* Close-ups of the faces, from left to right; a click goes there in all photos. */
function facesOf(album, pane) {
  const row = makeElement("div", "faces");
  const { photo } = pane;
  for (const [left, top, right, bottom] of photo.faces) {
    const [width, height] = photo.size;
    const side = FACE_ROOM * Math.max((right - left) * width, (bottom - top) * height);
    const large = album.sides[1] / Math.max(width, height);
    const isSmall = side * Math.min(1, large) < FACE * devicePixelRatio;
    const face = makeElement("button", "face");
    const factor = FACE / side;
    const x = ((left + right) / 2) * width - side / 2, y = ((top + bottom) / 2) * height - side / 2;
    Object.assign(face.style, {
      backgroundImage: `url("${album.url}/${photo.id}/${album.sides[isSmall ? 2 : 1]}")`,
      backgroundSize: `${width * factor}px ${height * factor}px`,
      backgroundPosition: `${-x * factor}px ${-y * factor}px`,
    });
    face.type = "button";
    face.ariaLabel = "A face, close up; look there in all photos";
    face.addEventListener("click", () => {
      const scale = Math.min(8, Math.max(2, 0.5 / Math.max(right - left, bottom - top)));
      album.view = { scale, x: (0.5 - (left + right) / 2) * scale, y: (0.5 - (top + bottom) / 2) * scale };
      place(album);
    });
    row.append(face);
  }
  return row;
}

/* Show the same part of all photos. */
function place(album) {
  const { view } = album;
  const room = Math.max(0, (view.scale - 1) / 2);
  view.x = Math.min(room, Math.max(-room, view.x));
  view.y = Math.min(room, Math.max(-room, view.y));
  for (const pane of album.panes) {
    pane.image.style.transform = `translate(${view.x * 100}%, ${view.y * 100}%) scale(${view.scale})`;
    if (view.scale > 1.4 && !pane.isFull) {
      pane.isFull = true;
      pane.image.src = `${album.url}/${pane.photo.id}/${album.sides[2]}`;
    }
  }
}

/* Zoom so that what lies under the pointer stays there; `at` are shares of the photo from its middle. */
function zoom(album, factor, at = { x: 0, y: 0 }) {
  const { view } = album;
  const scale = Math.min(12, Math.max(1, view.scale * factor));
  const by = scale / view.scale;
  album.view = { scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
  place(album);
}

function pointIn(pane, event) {
  const box = pane.frame.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = pane.image;
  return {
    x: (event.clientX - box.left - box.width / 2) / Math.max(1, offsetWidth),
    y: (event.clientY - box.top - box.height / 2) / Math.max(1, offsetHeight),
  };
}

function listen(album, pane) {
  const fingers = new Map();
  const { frame } = pane;
  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(album, Math.exp(-event.deltaY / 400), pointIn(pane, event));
  }, { passive: false });
  frame.addEventListener("dblclick", (event) => {
    zoom(album, album.view.scale > 1 ? 0 : CLOSER, pointIn(pane, event));
  });
  frame.addEventListener("pointerdown", (event) => {
    frame.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, pointIn(pane, event));
  });
  frame.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = pointIn(pane, event);
    fingers.set(event.pointerId, now);
    const other = [...fingers.entries()].find(([id]) => id !== event.pointerId);
    if (other) {
      const [apart, were] = [now, before].map((one) => Math.hypot(one.x - other[1].x, one.y - other[1].y));
      if (were > 0) zoom(album, apart / were, other[1]);
    } else {
      album.view.x += now.x - before.x;
      album.view.y += now.y - before.y;
      place(album);
    }
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    frame.addEventListener(kind, (event) => fingers.delete(event.pointerId));
  }
}
