// Holds a page of ours: as high as what is in it, as dark or light as the page around it.
function isDark(at) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(at).getPropertyValue("--st-background-color").trim();
  const value = parseInt(probe.fillStyle.slice(1), 16);
  return ((value >> 16) & 255) + ((value >> 8) & 255) + (value & 255) < 384;
}

export default function (component) {
  const { data, parentElement } = component;
  let frame = parentElement.querySelector("iframe");
  if (!frame) {
    frame = document.createElement("iframe");
    parentElement.append(frame);
  }
  if (frame.dataset.url !== data.url) {
    frame.title = data.title;
    frame.dataset.url = frame.src = data.url;
  }
  frame.style.colorScheme = isDark(frame) ? "dark" : "light";
  const inner = () => frame.contentDocument && frame.contentDocument.body;
  const fit = () => {
    if (!inner()) return;
    frame.contentDocument.documentElement.dataset.within = "";
    frame.contentDocument.documentElement.style.setProperty("--tall", window.innerHeight + "px");
    frame.style.height = inner().scrollHeight + "px";
  };
  const grown = new ResizeObserver(fit);
  frame.onload = () => {
    if (!inner()) return;
    grown.observe(inner());
    fit();
  };
  const press = (event) => {
    const isFree = !event.target.closest("input, textarea, button, a, [role=button], [contenteditable]");
    if (!data.has_keys || event.code !== "Space" || event.repeat || !isFree || !inner()) return;
    event.preventDefault();
    frame.contentDocument.dispatchEvent(new KeyboardEvent("keydown", { code: "Space" }));
  };
  window.addEventListener("resize", fit);
  document.addEventListener("keydown", press);
  return () => {
    grown.disconnect();
    window.removeEventListener("resize", fit);
    document.removeEventListener("keydown", press);
    frame.remove();
  };
}
