/* The loupe: every pixel of the picture, moved by the pointer. */
const [SMALL, TRAY, LARGE, FULL] = [240, 480, 1600, 100000];

function setLoupe(desk, isOn) {
  if (desk.isLoupe === isOn) return;
  desk.isLoupe = isOn;
  desk.find("screen").classList.toggle("loupe", isOn);
  const image = desk.find("frame");
  image.style.transform = "";
  if (isOn) desk.loupeAt ||= { x: 0.5, y: 0.5 };
  if (desk.looked !== null) loadSharp(desk, desk.looked);
  placeLoupe(desk);
}

/* Magnify so that one pixel of the film is one of the screen, around the place pointed at. */
function placeLoupe(desk) {
  const image = desk.find("frame");
  if (!desk.isLoupe || !image.naturalWidth || !image.clientWidth) return;
  const factor = Math.max(1, image.naturalWidth / image.clientWidth / screenRatio());
  const { x, y } = desk.loupeAt;
  image.style.transformOrigin = `${x * 100}% ${y * 100}%`;
  image.style.transform = `scale(${factor})`;
}

function takeLoupe(desk) {
  const picture = desk.find("picture");
  const image = desk.find("frame");
  image.addEventListener("load", () => placeLoupe(desk));
  picture.addEventListener("pointermove", (event) => {
    if (!desk.isLoupe) return;
    const box = picture.getBoundingClientRect();
    desk.loupeAt = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    placeLoupe(desk);
  });
  picture.addEventListener("dblclick", (event) => {
    const box = picture.getBoundingClientRect();
    desk.loupeAt = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    setLoupe(desk, !desk.isLoupe);
  });
}
