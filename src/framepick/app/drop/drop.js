/* A drop zone: files go to the server as they are, piece by piece, with their progress shown. */
const ZONE = `<label class="zone" tabindex="0">
  <input type="file" hidden>
  <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 16V5m0 0 4 4m-4-4-4 4M5 19h14"/></svg>
  <b class="what"></b><span class="limit"></span>
</label>
<div class="going" hidden role="status">
  <div class="line"><span class="name"></span><span class="share"></span><button type="button">Cancel</button></div>
  <progress max="1" value="0"></progress>
</div>
<p class="wrong" role="alert" hidden></p>`;

function send(url, file, tell, begun) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    begun(request);
    request.open("PUT", `${url}?name=${encodeURIComponent(file.name)}`);
    request.responseType = "json";
    request.upload.onprogress = (event) => tell(event.loaded / Math.max(1, event.total));
    request.onload = () => {
      if (request.status === 200) resolve(request.response.id);
      else reject(new Error((request.response && request.response.error) || "It could not be sent; reload the page."));
    };
    request.onabort = () => reject(new Error(""));
    request.onerror = () => reject(new Error(`${file.name}: the connection broke; choose it again`));
    request.send(file);
  });
}

function build(root) {
  const box = document.createElement("div");
  box.innerHTML = ZONE;
  root.append(box);
  const find = (name) => box.querySelector(name);
  const zone = { box, find, component: null, request: null };
  const input = find("input");
  const label = find(".zone");
  input.addEventListener("change", () => take(zone, [...input.files]));
  label.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") input.click();
  });
  for (const kind of ["dragover", "dragenter"]) {
    label.addEventListener(kind, (event) => { event.preventDefault(); label.classList.add("over"); });
  }
  label.addEventListener("dragleave", () => label.classList.remove("over"));
  label.addEventListener("drop", (event) => {
    event.preventDefault();
    label.classList.remove("over");
    take(zone, [...event.dataTransfer.files]);
  });
  find("button").addEventListener("click", () => zone.request && zone.request.abort());
  return zone;
}

async function take(zone, files) {
  const { find, component: { data, setTriggerValue } } = zone;
  const wanted = data.many ? files : files.slice(0, 1);
  if (!wanted.length || zone.request) return;
  find(".wrong").hidden = true;
  const ids = [];
  const wrong = [];
  for (const [at, file] of wanted.entries()) {
    try {
      ids.push(await sendOne(zone, file, wanted.length > 1 ? `${at + 1} of ${wanted.length} · ` : ""));
    } catch (error) {
      wrong.push(error.message);
      if (!error.message) break;
    }
  }
  zone.request = null;
  find(".going").hidden = true;
  find("input").value = "";
  const text = wrong.find(Boolean) || "";
  find(".wrong").textContent = text;
  find(".wrong").hidden = !text;
  if (ids.length && !wrong.includes("")) setTriggerValue("sent", ids);
}

async function sendOne(zone, file, before) {
  const { find, component: { data } } = zone;
  if (file.size > data.limit) {
    throw new Error(`${file.name}: is larger than ${data.limit_text}, the limit of uploads; open it from a folder instead`);
  }
  find(".going").hidden = false;
  find(".name").textContent = before + file.name;
  return send(data.url, file, (share) => {
    find("progress").value = share;
    find(".share").textContent = `${Math.floor(share * 100)} %`;
  }, (request) => { zone.request = request; });
}

const zones = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  let zone = zones.get(parentElement);
  if (!zone) {
    zone = build(parentElement);
    zones.set(parentElement, zone);
  }
  zone.component = component;
  zone.find(".what").textContent = data.what;
  zone.find(".limit").textContent = `or click to choose · up to ${data.limit_text}`;
  zone.find("input").accept = data.accept.join(",");
  zone.find("input").multiple = Boolean(data.many);
}
